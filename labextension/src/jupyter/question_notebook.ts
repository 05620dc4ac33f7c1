/** The questions of one open notebook. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { AnswerCell, answerName } from './answer_cell';
import type { Place } from './place';
import { asPage, hasCode } from './reading';

const HIDDEN = 'trainer-hidden';
const STEM = '-stem';

export class QuestionNotebook {
  private readonly cells = new Map<string, AnswerCell>();
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly panel: NotebookPanel,
    private readonly place: Place,
    private readonly assignment: string
  ) {
    this.scan();
    panel.content.model?.cells.changed.connect(this.scan, this);
  }

  /** In the order of the notebook. */
  get questions(): AnswerCell[] {
    return this.panel.content.widgets.reduce<AnswerCell[]>((found, cell) => {
      const known = this.cells.get(cell.model.id);
      return known && known.jupyter === cell ? found.concat(known) : found;
    }, []);
  }

  /** Whether there is nothing to run. */
  get onlyQuestions(): boolean {
    const questions = this.questions;
    const shown = questions.length > 0 && questions.every(question => question.shown);
    return shown && !hasCode(this.panel);
  }

  onChanged(listener: () => void): void {
    this.listeners.push(listener);
  }

  dispose(): void {
    this.panel.content.model?.cells.changed.disconnect(this.scan, this);
    this.cells.forEach(cell => cell.dispose());
    this.cells.clear();
  }

  /** Give every answer cell its question, and take away the stems that questions show themselves. */
  private scan(): void {
    const { widgets } = this.panel.content;
    const asker = { person: this.place.person, assignment: this.assignment, disabled: this.readOnly };
    let changed = false;
    this.cells.forEach((known, id) => {
      if (widgets.indexOf(known.jupyter) < 0) {
        known.dispose();
        changed = this.cells.delete(id);
      }
    });
    for (const cell of widgets) {
      const name = answerName(cell);
      if (name !== undefined && !this.cells.has(cell.model.id)) {
        this.cells.set(cell.model.id, new AnswerCell(cell, name, asker));
        changed = true;
      }
    }
    const shown = this.questions.filter(question => question.shown).map(question => question.cell + STEM);
    if (this.onlyQuestions) {
      asPage(this.panel);
    }
    for (const cell of widgets) {
      const nbgrader = cell.model.getMetadata('nbgrader') as { grade_id?: string; locked?: boolean } | undefined;
      cell.toggleClass(HIDDEN, nbgrader?.locked === true && shown.indexOf(nbgrader.grade_id ?? '') >= 0);
    }
    if (changed) {
      this.listeners.forEach(listener => listener());
    }
  }

  private get readOnly(): boolean {
    return this.panel.context.contentsModel?.writable === false;
  }
}
