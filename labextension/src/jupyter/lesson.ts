/** A lesson in a notebook: its exercises answer at once. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import '../../style/practice.css';
import { showExercises } from '../practice/exercises';
import { element } from '../widgets/dom';
import { SHOWN } from './answer_cell';
import { keepInside } from './keys';
import { asPage, hasCode } from './reading';

const LESSON = 'trainer-inLesson';

/** Show the exercises of an open lesson, for as long as it is open; any other notebook is left alone. */
export function showLesson(panel: NotebookPanel, base: string): void {
  const said: unknown = panel.content.model?.getMetadata('trainer');
  const exercises = showExercises(said, panel.content.widgets, base, SHOWN, keepInside);
  if (exercises.length === 0) {
    return;
  }
  panel.addClass(LESSON);
  if (!hasCode(panel)) {
    asPage(panel);
    panel.toolbar.hide();
  }
  const back = element('p', { class: 'trainer-back' }, element('a', { href: `${base}trainer/` }, '返回学习大厅'));
  keepInside(back);
  panel.content.node.prepend(back);
  panel.disposed.connect(() => {
    exercises.forEach(exercise => exercise.dispose());
    back.remove();
  });
}
