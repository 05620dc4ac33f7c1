/** 案例分析题: an essay, whose text is the answer. */
import { element, onTyped } from '../dom';
import { framed, type Frame, type Inside } from '../frame';
import { STUBS, answerText } from '../reading';
import { register, type WidgetKind } from '../widget';

/** Characters that count as written: no white space; what looks like one character counts as one where it can be told. */
export function written(text: string): number {
  return Array.from(text.replace(/\s/g, '')).length;
}

function build(frame: Frame<string>): Inside<string> {
  const box = element('textarea', { class: 'tq-box', rows: '8', 'aria-label': '作答' });
  const counted = element('span', { class: 'tq-count' });
  const full = frame.definition.points ? `，本题满分 ${frame.definition.points} 分` : '';
  const count = (): void => {
    counted.textContent = `已写 ${written(box.value)} 字${full}`;
    box.style.height = 'auto'; // then as high as the text, so that nothing scrolls inside the page
    box.style.height = `${box.scrollHeight + 4}px`;
  };
  box.addEventListener('focus', count); // it may have been made before it had a place on the page
  window.requestAnimationFrame(count);
  box.addEventListener('input', count);
  onTyped(box, () => frame.answer(box.value.trim() ? box.value : undefined));
  return {
    body: element('div', { class: 'tq-answer' }, box, counted),
    show: text => {
      box.value = text ?? '';
      count();
    },
    focus: () => box.focus()
  };
}

const essay: WidgetKind<string> = {
  kind: 'case',
  parse: (_definition, text) => {
    const stubbed = STUBS.some(stub => text.indexOf(stub) >= 0);
    return answerText(text) ? (stubbed ? answerText(text) : text) : undefined;
  },
  format: (_definition, text) => text,
  create: (definition, text, host) =>
    framed(essay, definition, text, host, { hint: '用自己的话写，分点作答。', clearable: false }, build)
};
register(essay);
