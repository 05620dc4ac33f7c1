/** The lesson page and the wrong-question book: forms become questions to tap, which answer at once. */
import '../../style/widgets.css';
import '../../style/practice.css';
import '../../style/learning.css';
import { markdown } from '../widgets/all';
import type { Definition } from '../widgets/widget';
import { mountMistake, mountPractice, type Options } from './practice';
import type { Judged } from './result';

const bar = document.querySelector<HTMLProgressElement>('#progress');
const words = document.querySelector<HTMLElement>('#progress-words');

/** Show how far the lesson is now. */
function proceed(judged: Judged): void {
  const now = judged.progress;
  if (now && bar && words) {
    bar.value = now.right;
    bar.max = now.of;
    words.textContent = now.finished ? `√ 已学完，练习做对 ${now.right}/${now.of} 题` : `练习做对 ${now.right}/${now.of} 题`;
  }
}

const page = document.querySelector<HTMLElement>('[data-base]');
const base = page?.dataset['base'] ?? '/';
const lesson = page?.dataset['lesson'];
const options: Options = { markdown, judged: proceed };
for (const node of Array.from(document.querySelectorAll<HTMLElement>('[data-practice][data-definition]'))) {
  const definition = JSON.parse(node.dataset['definition'] ?? '{}') as Definition;
  const exercise = node.dataset['exercise'];
  const question = node.dataset['question'];
  if (lesson !== undefined && exercise !== undefined) {
    mountPractice(node, definition, lesson, exercise, base, options);
  } else if (question !== undefined) {
    mountMistake(node, definition, question, base, options);
  }
}
