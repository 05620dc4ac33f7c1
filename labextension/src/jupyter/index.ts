/** The extension of JupyterLab and Notebook: answer cells are shown as what they are. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';
import '../../style/widgets.css';
import '../../style/jupyter.css';
import { guardKeys } from './keys';
import { showLesson } from './lesson';
import { showSheet } from './paper';
import { here, paperAt } from './place';
import { QuestionNotebook } from './question_notebook';
import { PaperSaver, saveAfterChanges } from './saving';

/** What is done with a notebook once it is loaded. */
function take(app: JupyterFrontEnd, panel: NotebookPanel): void {
  const place = here();
  const paper = paperAt(panel.context.path);
  const notebook = new QuestionNotebook(panel, place, paper?.assignment ?? panel.context.path);
  panel.disposed.connect(() => notebook.dispose());
  if (!notebook.questions.some(question => question.shown)) {
    showLesson(panel, place.base);
    return; // a lesson, or an ordinary notebook
  }
  const sheet = place.sheets && paper !== undefined;
  const saver = sheet ? new PaperSaver(panel, app.serviceManager.contents) : panel.context;
  saveAfterChanges(panel, () => saver.save());
  if (sheet) {
    showSheet(panel, notebook, { ...place, ...paper }, () => saver.save());
  }
}

/** Where all of Notebook's menus are left out, their empty row goes too. */
function hideEmptyMenu(app: JupyterFrontEnd): void {
  const { menu } = app.shell as { menu?: Widget };
  if (menu && !menu.node.querySelector('.lm-MenuBar-item')) {
    menu.hide();
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'trainer-questions:plugin',
  description: 'Shows answer cells as what they are: options to tap, blanks in the sentence, steps to move.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker) => {
    guardKeys();
    void app.restored.then(() => hideEmptyMenu(app));
    tracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        if (!panel.isDisposed) {
          take(app, panel);
        }
      });
    });
  }
};
export default plugin;
