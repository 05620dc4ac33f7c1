/** The numbers of all questions, to jump by: answered or not, and marked to be looked at again. */
import type { SheetQuestion } from './document';
import { element } from './dom';
import type { Storage } from './keeper';

/** Which questions the person wants to look at again; on this device only. */
export class Flags {
  private readonly cells = new Set<string>();

  constructor(private readonly key: string, private readonly storage: Storage) {
    try {
      const kept: unknown = JSON.parse(storage.getItem(key) ?? '[]');
      (Array.isArray(kept) ? kept : []).forEach(cell => this.cells.add(String(cell)));
    } catch {
      // Nothing to go by.
    }
  }

  has(cell: string): boolean {
    return this.cells.has(cell);
  }

  toggle(cell: string): boolean {
    if (!this.cells.delete(cell)) {
      this.cells.add(cell);
    }
    try {
      this.storage.setItem(this.key, JSON.stringify(Array.from(this.cells)));
    } catch {
      // Only a help: it holds until the page is closed.
    }
    return this.cells.has(cell);
  }
}

/** `7` of `第 7 题`, or the label as it is. */
export function shortLabel(label: string): string {
  return label.replace(/[第题\s]/g, '') || label;
}

/** What a number says to those who do not see it. */
export function spokenLabel(label: string, answered: boolean, flagged: boolean): string {
  return `第 ${shortLabel(label)} 题，${answered ? '已答' : '未答'}${flagged ? '，再看看' : ''}`;
}

interface Entry {
  readonly question: SheetQuestion;
  readonly button: HTMLButtonElement;
  readonly flag: HTMLButtonElement;
}

export class Jumper {
  private readonly node = element('nav', { class: 'sheet-jumper', 'aria-label': '题号', hidden: true });
  private readonly list = element('div', { class: 'sheet-jumper-list' });
  private entries: Entry[] = [];

  constructor(place: HTMLElement, private readonly flags: Flags, private readonly jumped: () => void) {
    const legend = element(
      'p',
      { class: 'sheet-legend' },
      element('span', { class: 'sheet-key sheet-done' }, '✓'),
      ' 已答　',
      element('span', { class: 'sheet-key' }, '　'),
      ' 未答　',
      element('span', { class: 'sheet-key' }, '★'),
      ' 再看看'
    );
    this.node.append(this.list, legend);
    place.append(this.node);
  }

  /** The questions, in order; each gets its 再看看 button. */
  show(questions: readonly SheetQuestion[]): void {
    this.entries.forEach(entry => entry.flag.parentElement?.remove());
    this.entries = questions.map(question => this.entry(question));
    this.list.replaceChildren(...this.entries.map(entry => entry.button));
    this.refresh();
  }

  refresh(): void {
    for (const { question, button, flag } of this.entries) {
      const { answered, label, cell } = question;
      const flagged = this.flags.has(cell);
      button.classList.toggle('sheet-done', answered);
      button.setAttribute('aria-label', spokenLabel(label, answered, flagged));
      button.textContent = `${flagged ? '★' : ''}${shortLabel(label)}${answered ? '✓' : ''}`;
      flag.setAttribute('aria-pressed', String(flagged));
      flag.textContent = `${flagged ? '★' : '☆'} 再看看`;
    }
  }

  /** Open or close; whether it is open now. */
  toggle(): boolean {
    this.node.hidden = !this.node.hidden;
    return !this.node.hidden;
  }

  close(): void {
    this.node.hidden = true;
  }

  dispose(): void {
    this.entries.forEach(entry => entry.flag.parentElement?.remove());
    this.node.remove();
  }

  private entry(question: SheetQuestion): Entry {
    const button = element('button', { type: 'button', class: 'sheet-jump' });
    button.addEventListener('click', () => {
      this.close();
      this.jumped();
      question.reveal();
    });
    const flag = element('button', { type: 'button', class: 'sheet-flag-button' }, '☆ 再看看');
    flag.setAttribute('aria-label', `第 ${shortLabel(question.label)} 题标记为再看看`);
    flag.addEventListener('click', () => {
      this.flags.toggle(question.cell);
      this.refresh();
    });
    question.node.append(element('p', { class: 'sheet-flag' }, flag));
    return { question, button, flag };
  }
}
