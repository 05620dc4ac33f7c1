/** A paper in a notebook: the sheet (bar, saving, handing in) around its questions. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import '../../style/sheet.css';
import type { SheetDocument } from '../sheet/document';
import { mountSheet } from '../sheet/sheet';
import { keepInside } from './keys';
import type { PaperPath, Place } from './place';
import type { QuestionNotebook } from './question_notebook';

const IN_SHEET = 'trainer-inSheet';

/** What the paper calls itself in its first heading. */
function titleOf(panel: NotebookPanel, otherwise: string): string {
  const first = panel.content.model?.cells.get(0)?.sharedModel.getSource() ?? '';
  return /^#\s+(.+)$/m.exec(first)?.[1]?.trim() ?? otherwise;
}

/** Put the sheet around an open paper, for as long as it is open. */
export function showSheet(
  panel: NotebookPanel,
  notebook: QuestionNotebook,
  place: Place & PaperPath,
  save: () => Promise<void>
): void {
  const bar = document.createElement('div');
  const dialogs = document.createElement('div');
  bar.className = 'trainer-bar';
  keepInside(bar);
  panel.addClass(IN_SHEET);
  if (notebook.onlyQuestions) {
    panel.toolbar.hide();
  }
  panel.content.node.prepend(bar); // sticks to the top of what scrolls, and is as high as it needs to be
  document.body.append(dialogs);
  const paper: SheetDocument = {
    course: place.course,
    assignment: place.assignment,
    person: place.person,
    base: place.base,
    title: titleOf(panel, place.assignment),
    questions: () => notebook.questions,
    questionsChanged: listener => notebook.onChanged(listener),
    save
  };
  const sheet = mountSheet(paper, { bar, dialogs });
  panel.disposed.connect(() => {
    sheet.dispose();
    dialogs.remove();
    bar.remove();
  });
}
