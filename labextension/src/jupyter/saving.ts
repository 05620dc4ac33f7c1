/** Saving the notebook's file a moment after each change. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';

const QUIET = 600;
const LONGEST = 30_000;

/** Call `save` once nothing has happened for 600 ms, and at once when the page is left. */
export function saveAfterChanges(panel: NotebookPanel, save: () => Promise<void>): void {
  let timer: number | undefined;
  const now = (): void => {
    if (timer !== undefined) {
      window.clearTimeout(timer);
      timer = undefined;
      save().catch(() => undefined); // whoever saves says so
    }
  };
  const left = (): void => {
    if (document.visibilityState === 'hidden') {
      now();
    }
  };
  const changed = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(now, QUIET);
  };
  panel.context.model.contentChanged.connect(changed);
  document.addEventListener('visibilitychange', left);
  panel.disposed.connect(() => {
    window.clearTimeout(timer);
    document.removeEventListener('visibilitychange', left);
  });
}

/**
 * Saves a paper's file without Lab's dialogs. What is on the screen counts: the hall keeps the answers and tells about
 * other devices, cell by cell; the file is the person's copy. Lab would ask in a dialog which file to keep whenever the
 * server wrote into it, and show another for each failure of a weak network.
 */
export class PaperSaver {
  private last: Promise<void> = Promise.resolve();
  private wait = 1000;

  constructor(
    private readonly panel: NotebookPanel,
    private readonly contents: Contents.IManager
  ) {
    // Ctrl+S, Lab's own timer and its menus come here too. They get no error: it is tried again until it works.
    panel.context.save = () => this.save().catch(() => undefined);
    window.addEventListener('online', this.retry);
    panel.disposed.connect(() => window.removeEventListener('online', this.retry));
  }

  /** Save what is on the screen, after whatever is being saved already. Rejects when it did not work this time. */
  save(): Promise<void> {
    this.last = this.last.catch(() => undefined).then(() => this.put());
    return this.last;
  }

  private readonly retry = (): void => {
    if (!this.panel.isDisposed) {
      this.save().catch(() => undefined);
    }
  };

  private async put(): Promise<void> {
    const { model, path } = this.panel.context;
    if (!model.dirty) {
      return;
    }
    model.dirty = false; // what changes from here on is for another save
    try {
      await this.contents.save(path, { type: 'notebook', format: 'json', content: model.toJSON() });
      this.wait = 1000;
    } catch (error) {
      model.dirty = true;
      window.setTimeout(this.retry, this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST);
      throw error;
    }
  }
}
