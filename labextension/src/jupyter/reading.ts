/** A notebook in which nothing is run is a page to read and to answer on: no kernel, no commands, no feed of cells. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { noCommands } from './keys';

const PAGE = 'trainer-page';

/** A screen reader would say the role and the name, in English, before each cell. */
function unnamed(node: Element): void {
  node.removeAttribute('role');
  node.removeAttribute('aria-label');
}

/** What Notebook itself says in English to those who listen, or go by keyboard. */
function inChinese(): void {
  document.querySelector('[aria-label="main area content"]')?.setAttribute('aria-label', '试卷或课程');
  document.querySelector('#jp-NotebookLogo')?.setAttribute('aria-label', '文件列表');
  // Its link past the bar leads to an editor, of which nothing is shown here.
  document.querySelector<HTMLElement>('.jp-skiplink')?.style.setProperty('display', 'none');
}

/** Whether there is a program in it. */
export function hasCode(panel: NotebookPanel): boolean {
  return panel.content.widgets.some(cell => cell.model.type === 'code');
}

/** Make an open notebook such a page; once more when its cells have changed. */
export function asPage(panel: NotebookPanel): void {
  const feed = panel.content.node.querySelector('[role=feed]');
  if (feed) {
    unnamed(feed);
  }
  panel.content.widgets.forEach(cell => {
    unnamed(cell.node);
    cell.node.tabIndex = -1; // nothing can be done with a text, so the keyboard passes it by
  });
  if (panel.hasClass(PAGE)) {
    return;
  }
  panel.addClass(PAGE);
  inChinese();
  noCommands(panel.node);
  // What no kernel is ever asked must not ask which kernel to use. The session begins after this, on the same page load.
  const { sessionContext } = panel.context;
  sessionContext.kernelPreference = {
    ...sessionContext.kernelPreference,
    shouldStart: false,
    canStart: false,
    autoStartDefault: false
  };
}
