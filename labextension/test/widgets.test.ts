/** What the contract does not say: keyboards, screen readers, own orders, texts that nobody can read, hostile stems. */
import './browser';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, markdown, readDefinition, widgetFor, type Definition, type Host } from '../src/widgets/all';
import { inOwnOrder } from '../src/widgets/own_order';
import { ALL } from './answers';

function definitionOf(kind: string): Definition {
  const found = ALL.filter(cases => cases.kind === kind)[0];
  assert.ok(found);
  return found.definition;
}

function show(definition: Definition, text = '', more: Partial<Host> = {}) {
  const said: string[] = [];
  const host: Host = { markdown, changed: next => said.push(next), ...more };
  const widget = widgetFor(definition.kind)?.create(definition, text, host);
  assert.ok(widget);
  document.body.replaceChildren(widget.node);
  const find = <T extends HTMLElement = HTMLElement>(selector: string) => Array.from(widget.node.querySelectorAll<T>(selector));
  return { widget, said, find, node: widget.node as HTMLFieldSetElement };
}

function html(text: string): string {
  const box = document.createElement('div');
  box.append(markdown(text));
  return box.innerHTML;
}

test('every field has a name, every group is named by its head and stem', () => {
  for (const { definition } of ALL) {
    const { node, find } = show({ ...definition, number: 7, points: '2' });
    const named = (node.getAttribute('aria-labelledby') ?? '').split(' ').map(id => document.getElementById(id));
    assert.match(named.map(one => one?.textContent).join(' '), /第 7 题 .+ 2 分/);
    assert.equal(node.tagName, 'FIELDSET');
    for (const field of find<HTMLInputElement>('input, select, textarea')) {
      const label = field.getAttribute('aria-label') ?? field.labels?.[0]?.textContent ?? '';
      assert.ok(label.trim(), `${definition.kind}: ${field.outerHTML}`);
    }
    for (const button of find('button')) {
      assert.ok(button.getAttribute('aria-label') ?? button.textContent, `${definition.kind}: ${button.outerHTML}`);
      assert.equal(button.getAttribute('type'), 'button');
    }
  }
});

test('ids are not used twice on a page with many questions', () => {
  const ids = ALL.concat(ALL).reduce<string[]>((found, { definition }) => {
    const { node, find } = show(definition);
    return found.concat(find('[id]').map(one => one.id), node.id || []);
  }, []);
  assert.equal(new Set(ids).size, ids.length);
});

test('an own order is stable, differs between people, and loses nothing', () => {
  const things = ['A', 'B', 'C', 'D', 'E', 'F'];
  assert.deepEqual(inOwnOrder(things, 'zhang03/kaohe/q07'), inOwnOrder(things, 'zhang03/kaohe/q07'));
  assert.deepEqual(inOwnOrder(things, undefined), things);
  const orders = new Set<string>();
  const first = new Map<string, number>();
  for (let person = 0; person < 3000; person += 1) {
    const own = inOwnOrder(things, `xy${person}/q07`);
    assert.deepEqual(own.slice().sort(), things);
    orders.add(own.join(''));
    first.set(own[0] as string, (first.get(own[0] as string) ?? 0) + 1);
  }
  assert.ok(orders.size > 600, `${orders.size} of 720 orders`);
  for (const times of first.values()) {
    assert.ok(times > 400 && times < 600, `${times} times first of 500 expected`);
  }
});

test('an own order is kept to questions that allow it, and shows no letters', () => {
  const definition = definitionOf('single');
  const texts = (one: Definition) => show(one, '', { order: 'li04/q01' }).find('.tq-text').map(text => text.textContent);
  assert.deepEqual(texts(definition), ['三年', '一年', '半年', '两年']);
  const own = { ...definition, own_order: true };
  assert.notDeepEqual(texts(own), texts(definition));
  assert.deepEqual(texts(own).sort(), texts(definition).sort());
  assert.equal(show(own, '', { order: 'li04/q01' }).find('.tq-letter').length, 0);
  assert.equal(show(own).find('.tq-letter').length, 4, 'without a seed it stands as authored');
});

test('steps are moved by arrow keys, which keep the focus and are announced', () => {
  const { find, said, widget } = show(definitionOf('order'));
  const step = find('.tq-grip')[0] as HTMLElement;
  step.focus();
  const press = (key: string) => step.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  assert.equal(press('ArrowDown'), false, 'the page does not scroll');
  assert.equal(widget.text, 'B A C D');
  assert.equal(document.activeElement, step);
  assert.equal(find('[role=status]').pop()?.textContent, '“确定为入党积极分子”移到第 2 步，共 4 步');
  press('ArrowUp');
  press('ArrowUp');
  assert.equal(find('[role=status]').pop()?.textContent, '已经是第一步');
  assert.deepEqual(said, ['B A C D', 'A B C D']);
  assert.equal(press('a'), true);
});

test('a text that cannot be read stays, can be edited, and gives way to an answer', () => {
  const { widget, find, said } = show(definitionOf('single'), '我选一年');
  const box = find<HTMLTextAreaElement>('.tq-old textarea')[0] as HTMLTextAreaElement;
  const edit = (text: string) => {
    box.value = text;
    box.dispatchEvent(new Event('input', { bubbles: true }));
    box.dispatchEvent(new Event('change', { bubbles: true }));
  };
  edit('我选两年');
  assert.equal(widget.text, '我选两年');
  edit('B');
  assert.ok(find<HTMLInputElement>('input[value=B]')[0]?.checked, 'now it can be read');
  assert.ok(find('.tq-old')[0]?.hidden);
  widget.text = '说不清';
  assert.ok(!find('input').some(input => (input as HTMLInputElement).checked));
  find('input[value=C]')[0]?.click();
  assert.equal(widget.text, 'C');
  assert.ok(find('.tq-old')[0]?.hidden);
  assert.deepEqual(said, ['我选两年', 'B', 'C']);
});

test('a disabled question cannot be changed', () => {
  for (const { definition, cases } of ALL) {
    const text = cases[0]?.text ?? '';
    const { widget, find, said } = show(definition, text, { disabled: true });
    find('input, button, select, textarea').forEach(one => one.click());
    assert.deepEqual(said, [], definition.kind);
    widget.setDisabled(false);
    assert.equal((widget.node as HTMLFieldSetElement).disabled, false);
    assert.equal(widget.text, text);
  }
});

test('answers are described in words', () => {
  assert.equal(describe(definitionOf('single'), 'B'), '一年');
  assert.equal(describe(definitionOf('single'), '不知道'), '不知道');
  assert.equal(describe(definitionOf('order'), 'B D A C').split(' → ')[0], '递交入党申请书');
  assert.equal(describe(definitionOf('match'), '2-A'), '支部党员大会 → （未选）；党小组会 → 每月召开一次；民主生活会 → （未选）');
  assert.equal(describe({ kind: 'new', version: 1, stem: '' }, 'x'), 'x');
});

test('only definitions of this version are drawn', () => {
  assert.ok(readDefinition({ kind: 'single', version: 1, stem: '题' }));
  for (const other of [undefined, null, 'x', [], { kind: 'single' }, { kind: 'single', version: 2, stem: '题' }, { version: 1, stem: '题' }]) {
    assert.equal(readDefinition(other), undefined);
  }
});

test('a damaged definition is drawn without what is damaged', () => {
  const { find } = show({ kind: 'single', version: 1, stem: '题', options: [{ letter: 'A', text: '甲' }, null, { letter: '<b>' }, 7] });
  assert.equal(find('input[type=radio]').length, 1);
  show({ kind: 'match', version: 1, stem: '题', left: 'x', right: {} });
  show({ kind: 'blank', version: 1, stem: '没有空', blanks: 1e9 });
});

test('markdown: paragraphs, lists, tables, code', () => {
  assert.equal(html('一句话'), '一句话');
  assert.equal(html('一\n\n二'), '<p>一</p><p>二</p>');
  assert.equal(html('**粗** *斜* `码`'), '<strong>粗</strong> <em>斜</em> <code>码</code>');
  assert.equal(html('- 甲\n- 乙'), '<ul><li>甲</li><li>乙</li></ul>');
  assert.equal(html('3. 甲\n4. 乙'), '<ol start="3"><li>甲</li><li>乙</li></ol>');
  assert.equal(html('### 标题'), '<strong>标题</strong>');
  assert.match(html('| 项 | 数 |\n|---|--:|\n| 甲 | 1 |'), /<th scope="col">项<\/th>.*<td>1<\/td>/);
  assert.equal(html('```\n<b>\n```\n后'), '<pre><code>&lt;b&gt;</code></pre><p>后</p>');
  assert.equal(html('5*3*2 与 2 * 3'), '5<em>3</em>2 与 2 * 3');
  assert.equal(html('5\\*3\\*2'), '5*3*2');
});

test('markdown: nothing in a text becomes HTML', () => {
  for (const text of ['<img src=x onerror=alert(1)>', '[x](javascript:alert(1))', '**<script>x</script>**', '| <b> |\n|---|\n| <i> |']) {
    const box = document.createElement('div');
    box.append(markdown(text));
    assert.equal(box.querySelectorAll('img, a, script, b, i').length, 0, text);
  }
});

test('half a syllable is no answer, and a field that is left says nothing twice', () => {
  const { said, find } = show(definitionOf('case'));
  const box = find<HTMLTextAreaElement>('textarea')[0] as HTMLTextAreaElement;
  const type = (text: string, composing: boolean) => {
    box.value = text;
    box.dispatchEvent(new window.InputEvent('input', { bubbles: true, isComposing: composing }));
  };
  type('z', true);
  type('zhi', true);
  assert.deepEqual(said, []);
  box.value = '支部';
  box.dispatchEvent(new window.CompositionEvent('compositionend', { bubbles: true }));
  type('支部', false); // as some browsers do after it
  box.dispatchEvent(new Event('change', { bubbles: true }));
  assert.deepEqual(said, ['支部']);
  box.value = '支部大会'; // a keyboard that never says it is done
  box.dispatchEvent(new Event('change', { bubbles: true }));
  assert.deepEqual(said, ['支部', '支部大会']);
});
