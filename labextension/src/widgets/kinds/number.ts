/** 计算题: a number, with its unit standing behind the field. The text is what was typed. */
import { words } from '../definition';
import { element, onTyped, uniqueId } from '../dom';
import { framed, type Frame, type Inside } from '../frame';
import { answerText, halfWidth } from '../reading';
import { register, type WidgetKind } from '../widget';

const NUMERIC = /^[+-]?[\d,，]*[.．。]?\d+$/;

function looksLikeANumber(typed: string, unit: string): boolean {
  const plain = halfWidth(typed).trim();
  const bare = unit && plain.slice(-unit.length) === unit ? plain.slice(0, -unit.length).trim() : plain;
  return NUMERIC.test(bare) || /^[零〇一二两三四五六七八九十百千万]+$/.test(bare);
}

function build(frame: Frame<string>): Inside<string> {
  const unit = words(frame.definition, 'unit');
  const advice = element('p', { class: 'tq-advice', id: uniqueId(), role: 'status' });
  const input = element('input', {
    type: 'text',
    inputmode: 'decimal',
    class: 'tq-number-field',
    autocomplete: 'off',
    'aria-label': unit ? `计算结果，单位：${unit}` : '计算结果',
    'aria-describedby': advice.id
  });
  const advise = (): void => {
    const odd = input.value.trim() && !looksLikeANumber(input.value, unit);
    advice.textContent = odd ? '请只填一个数，例如 12.50。' : '';
  };
  input.addEventListener('input', () => {
    advice.textContent = '';
  });
  onTyped(input, () => frame.answer(input.value.trim() || undefined));
  input.addEventListener('change', advise);
  const line = element('div', { class: 'tq-line' }, input, ...(unit ? [element('span', { class: 'tq-unit' }, unit)] : []));
  return {
    body: element('div', { class: 'tq-answer' }, line, advice),
    show: value => {
      input.value = value ?? '';
      advise();
    },
    focus: () => input.focus()
  };
}

const number: WidgetKind<string> = {
  kind: 'number',
  parse: (_definition, text) => {
    const typed = answerText(text);
    return typed ? (typed.indexOf('\n') < 0 ? typed : null) : undefined;
  },
  format: (_definition, typed) => typed.trim(),
  create: (definition, text, host) =>
    framed(number, definition, text, host, { hint: '只填计算结果，不用写单位。', clearable: false }, build)
};
register(number);
