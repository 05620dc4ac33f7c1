/** What single choice, multiple choice and judging have in common: native radio buttons or check boxes in big labels. */
import { element, uniqueId } from './dom';
import type { Frame, Inside } from './frame';

export interface Choice {
  /** What stands for it in the answer. */
  readonly value: string;
  /** Shown before the text; nothing where the options stand in an order of one's own. */
  readonly mark?: string;
  readonly text: string;
}

/** The choices as one list; `read` and `chosen` translate between an answer and the values that are ticked. */
export function choices<V>(
  frame: Frame<V>,
  type: 'radio' | 'checkbox',
  list: readonly Choice[],
  answer: (ticked: string[]) => V | undefined,
  ticked: (answer: V) => readonly string[]
): Inside<V> {
  const name = uniqueId();
  const inputs = list.map(choice => element('input', { type, name, value: choice.value }));
  const labels = list.map((choice, index) => {
    const text = element('span', { class: 'tq-text' });
    text.append(frame.host.markdown(choice.text));
    const mark = choice.mark ? [element('span', { class: 'tq-letter' }, choice.mark)] : [];
    return element('label', { class: 'tq-option' }, inputs[index] as HTMLInputElement, ...mark, text);
  });
  const body = element('div', { class: 'tq-options' }, ...labels);
  body.addEventListener('change', () => {
    frame.answer(answer(inputs.filter(input => input.checked).map(input => input.value)));
  });
  return {
    body,
    show: value => {
      const values = value === undefined ? [] : ticked(value);
      for (const input of inputs) {
        input.checked = values.indexOf(input.value) >= 0;
      }
    },
    focus: () => (inputs.filter(input => input.checked)[0] ?? inputs[0])?.focus()
  };
}
