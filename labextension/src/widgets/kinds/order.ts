/** 排序题: steps to move by mouse, by finger and by keyboard; the text is all letters in the order chosen. */
import { lettered } from '../definition';
import { element } from '../dom';
import { dragging } from '../dragging';
import { framed, type Frame, type Inside } from '../frame';
import { shown, textsOf, type Shown } from '../options';
import { answerText, readLetters } from '../reading';
import { register, type Definition, type WidgetKind } from '../widget';

function parse(definition: Definition, text: string): string[] | undefined | null {
  const typed = answerText(text);
  if (!typed) {
    return undefined;
  }
  const known = lettered(definition, 'steps').map(step => step.letter);
  const found = readLetters(typed, known);
  return found && found.length === known.length && known.every(letter => found.indexOf(letter) >= 0) ? found : null;
}

interface Row {
  readonly step: Shown;
  readonly node: HTMLLIElement;
  readonly grip: HTMLButtonElement;
  readonly up: HTMLButtonElement;
  readonly down: HTMLButtonElement;
}

function rowOf(frame: Frame<string[]>, step: Shown): Row {
  const text = element('span', { class: 'tq-text' });
  text.append(frame.host.markdown(step.text));
  const grip = element('button', { type: 'button', class: 'tq-grip' });
  const up = element('button', { type: 'button', class: 'tq-move', 'aria-label': `上移：${step.text}` }, '上移');
  const down = element('button', { type: 'button', class: 'tq-move', 'aria-label': `下移：${step.text}` }, '下移');
  const mark = step.mark ? [element('span', { class: 'tq-letter' }, step.mark)] : [];
  const node = element('li', { class: 'tq-step' }, grip, ...mark, text, element('span', { class: 'tq-moves' }, up, down));
  return { step, node, grip, up, down };
}

function build(frame: Frame<string[]>): Inside<string[]> {
  const first = shown(frame.definition, 'steps', frame.host).map(step => rowOf(frame, step));
  const list = element('ol', { class: 'tq-steps' });
  const keep = element('button', { type: 'button', class: 'tq-keep' }, '不用移动，就按这个次序作答');
  let rows = first.slice();

  const draw = (): void => {
    rows.forEach(({ step, grip, up, down }, index) => {
      grip.textContent = String(index + 1);
      grip.setAttribute('aria-label', `第 ${index + 1} 步，共 ${rows.length} 步：${step.text}。按上下方向键移动`);
      up.setAttribute('aria-disabled', String(index === 0));
      down.setAttribute('aria-disabled', String(index === rows.length - 1));
    });
  };
  const lay = (next: Row[]): void => {
    rows = next;
    list.append(...rows.map(row => row.node));
    draw();
  };
  const answer = (): void => {
    keep.hidden = true;
    frame.answer(rows.map(row => row.step.letter));
  };
  const move = (row: Row, by: -1 | 1, button: HTMLButtonElement): void => {
    const from = rows.indexOf(row);
    const to = from + by;
    if (to < 0 || to >= rows.length || frame.disabled) {
      frame.announce(by < 0 ? '已经是第一步' : '已经是最后一步');
      return;
    }
    const next = rows.slice();
    next.splice(to, 0, ...next.splice(from, 1));
    lay(next);
    button.focus(); // a node that is moved loses the focus
    frame.announce(`“${row.step.text}”移到第 ${to + 1} 步，共 ${rows.length} 步`);
    answer();
  };
  for (const row of first) {
    row.up.addEventListener('click', () => move(row, -1, row.up));
    row.down.addEventListener('click', () => move(row, 1, row.down));
    row.grip.addEventListener('keydown', event => {
      if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        event.preventDefault();
        move(row, event.key === 'ArrowUp' ? -1 : 1, row.grip);
      }
    });
  }
  dragging(list, {
    allowed: () => !frame.disabled,
    moved: () => {
      const nodes = Array.from(list.children); // what was dragged is known to the list first
      rows = rows.slice().sort((a, b) => nodes.indexOf(a.node) - nodes.indexOf(b.node));
      draw();
    },
    dropped: node => {
      const row = rows.filter(one => one.node === node)[0];
      frame.announce(row ? `“${row.step.text}”移到第 ${rows.indexOf(row) + 1} 步，共 ${rows.length} 步` : '');
      answer();
    }
  });
  keep.addEventListener('click', () => {
    answer();
    frame.announce('已按现在的次序作答');
    rows[0]?.grip.focus();
  });
  return {
    body: element('div', { class: 'tq-answer' }, list, keep),
    show: letters => {
      keep.hidden = letters !== undefined;
      lay(letters ? letters.map(letter => first.filter(row => row.step.letter === letter)[0] as Row) : first.slice());
    },
    focus: () => rows[0]?.grip.focus()
  };
}

const order: WidgetKind<string[]> = {
  kind: 'order',
  parse,
  format: (_definition, letters) => letters.join(' '),
  describe: (definition, letters) => textsOf(definition, 'steps', letters, ' → '),
  create: (definition, text, host) =>
    framed(order, definition, text, host, { hint: '按住左边的序号上下拖动，或者点“上移”“下移”，排出先后次序。' }, build)
};
register(order);
