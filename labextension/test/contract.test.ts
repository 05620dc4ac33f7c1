/** Whatever is tapped becomes the text that the marker reads, and whatever text there is comes back on the screen. */
import './browser';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdown, registeredKinds, widgetFor, type Host, type WidgetKind } from '../src/widgets/all';
import { ALL, perform, type Cases } from './answers';

function shown(cases: Cases, text: string, order?: string) {
  const said: string[] = [];
  const host: Host = { markdown, changed: next => said.push(next), ...(order === undefined ? {} : { order }) };
  const kind = widgetFor(cases.kind) as WidgetKind;
  const widget = kind.create(cases.definition, text, host);
  document.body.replaceChildren(widget.node);
  return { kind, widget, said };
}

/** What is on the screen, for comparing: every field's value, and the steps as they stand. */
function state(node: HTMLElement): string {
  const fields = Array.from(node.querySelectorAll<HTMLInputElement>('input, select, .tq-answer > textarea'));
  const values = fields.map(field => (/radio|checkbox/.test(field.type) ? String(field.checked) : field.value.trim()));
  const steps = Array.from(node.querySelectorAll('li .tq-text')).map(step => step.textContent);
  return JSON.stringify([values, steps]);
}

test('every kind has cases', () => {
  assert.deepEqual(ALL.map(cases => cases.kind).sort(), registeredKinds().map(kind => kind.kind).sort());
});

for (const cases of ALL) {
  for (const one of cases.cases) {
    test(`${cases.kind}, ${one.name}: the text is read`, () => {
      const { kind, widget, said } = shown(cases, one.text);
      const read = kind.parse(cases.definition, one.text);
      assert.deepEqual(read, { answer: one.parsed, nothing: undefined, unreadable: null }[one.is]);
      assert.equal(widget.answered, one.is !== 'nothing');
      assert.equal(widget.text, one.is === 'nothing' ? '' : one.text);
      assert.deepEqual(said, [], 'showing a text changes nothing');
      const old = widget.node.querySelector<HTMLElement>('.tq-old') as HTMLElement;
      assert.equal(old.hidden, one.is !== 'unreadable');
      assert.equal(old.querySelector('textarea')?.value, one.is === 'unreadable' ? one.text : '');
    });

    if (one.gesture) {
      for (const order of [undefined, 'zhang03/q07']) {
        test(`${cases.kind}, ${one.name}: the gesture is written${order ? ' in an order of one’s own' : ''}`, () => {
          const own = { ...cases, definition: { ...cases.definition, own_order: true } };
          const { kind, widget, said } = shown(own, '', order);
          const moves = one.gesture?.some(gesture => 'move' in gesture || 'keep' in gesture);
          if (order && moves) {
            return; // steps are moved from where they stand, which differs
          }
          one.gesture?.forEach(gesture => perform(widget.node, gesture));
          assert.equal(said[said.length - 1] ?? '', one.text);
          assert.equal(widget.text, one.text);
          assert.equal(widget.answered, one.text !== '');
          const again = shown(own, one.text, order);
          assert.equal(state(again.widget.node), state(widget.node), 'the same after a reload');
          const read = kind.parse(own.definition, one.text);
          assert.equal(read === undefined || read === null ? '' : kind.format(own.definition, read), one.text);
        });
      }
    }
  }
}
