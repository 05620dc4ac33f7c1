/** 连线题: each left-hand side has a list to pick its right-hand side from, which needs neither aim nor sight. */
import { lettered, numbered } from '../definition';
import { element, uniqueId } from '../dom';
import { framed, type Frame, type Inside } from '../frame';
import { shown } from '../options';
import { answerText, halfWidth } from '../reading';
import { register, type Definition, type WidgetKind } from '../widget';

/** Left number to right letter. */
type Pairs = Readonly<Record<number, string>>;

/** In a list a chosen text longer than this many characters may be cut off, so it is shown again below. */
const FITS = 12;

function parse(definition: Definition, text: string): Pairs | undefined | null {
  const typed = halfWidth(answerText(text));
  if (!typed) {
    return undefined;
  }
  const lefts = numbered(definition, 'left').map(left => left.number);
  const rights = lettered(definition, 'right').map(right => right.letter);
  const pairs: Record<number, string> = {};
  for (const part of typed.split(/[\s,、;。]+/).filter(Boolean)) {
    const match = /^\(?(\d{1,2})\)?[-:.—–−]?\(?([A-Za-z])\)?$/.exec(part);
    const left = Number(match?.[1]);
    const right = (match?.[2] ?? '').toUpperCase();
    if (lefts.indexOf(left) < 0 || rights.indexOf(right) < 0 || (pairs[left] ?? right) !== right) {
      return null;
    }
    pairs[left] = right;
  }
  return pairs;
}

function format(definition: Definition, pairs: Pairs): string {
  return numbered(definition, 'left')
    .filter(left => pairs[left.number])
    .map(left => `${left.number}-${pairs[left.number]}`)
    .join('\n');
}

function build(frame: Frame<Pairs>): Inside<Pairs> {
  const rights = shown(frame.definition, 'right', frame.host);
  const rows = numbered(frame.definition, 'left').map(left => {
    const id = uniqueId();
    const choices = rights.map(({ letter, mark, text }) =>
      element('option', { value: letter }, mark ? `${mark}. ${text}` : text)
    );
    const select = element('select', { id, class: 'tq-select' }, element('option', { value: '' }, '请选择'), ...choices);
    const chosen = element('div', { class: 'tq-chosen', 'aria-hidden': 'true' });
    const label = element('label', { for: id, class: 'tq-left' }, element('span', { class: 'tq-letter' }, `${left.number}`));
    label.append(frame.host.markdown(left.text));
    return { left, select, chosen, node: element('div', { class: 'tq-pair' }, label, select, chosen) };
  });
  const retell = (): void => {
    for (const { select, chosen } of rows) {
      const text = rights.filter(right => right.letter === select.value)[0]?.text ?? '';
      chosen.textContent = text.length > FITS ? text : '';
      select.classList.toggle('tq-picked', select.value !== '');
    }
  };
  const body = element('div', { class: 'tq-pairs' }, ...rows.map(row => row.node));
  body.addEventListener('change', () => {
    const pairs: Record<number, string> = {};
    for (const { left, select } of rows) {
      if (select.value) {
        pairs[left.number] = select.value;
      }
    }
    retell();
    frame.answer(Object.keys(pairs).length > 0 ? pairs : undefined);
  });
  return {
    body,
    show: pairs => {
      for (const { left, select } of rows) {
        select.value = pairs?.[left.number] ?? '';
      }
      retell();
    },
    focus: () => (rows.filter(row => !row.select.value)[0] ?? rows[0])?.select.focus()
  };
}

const match: WidgetKind<Pairs> = {
  kind: 'match',
  parse,
  format,
  describe: (definition, pairs) => {
    const rights = lettered(definition, 'right');
    return numbered(definition, 'left')
      .map(left => `${left.text} → ${rights.filter(right => right.letter === pairs[left.number])[0]?.text ?? '（未选）'}`)
      .join('；');
  },
  create: (definition, text, host) =>
    framed(match, definition, text, host, { hint: '给每一项选出与它对应的内容。' }, build)
};
register(match);
