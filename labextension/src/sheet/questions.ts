/** The sheet's side of the questions: what they say, what others saved, and whether they may be changed. */
import type { SheetDocument, SheetQuestion } from './document';
import type { Keeper } from './keeper';
import type { PaperState, SavedAnswer } from './transport';

/** A question that can be made read-only; adapters offer it where they can. */
interface Lockable {
  setDisabled(disabled: boolean): void;
}

function isLockable(question: object): question is Lockable {
  return typeof (question as Partial<Lockable>).setDisabled === 'function';
}

/** A question that can say an answer's letters in words. */
interface Describing {
  describe(text: string): string;
}

/** An answer as people understand it: `C` with what stands under C. */
export function inWords(question: object | undefined, text: string): string {
  const describing = question as Partial<Describing> | undefined;
  return typeof describing?.describe === 'function' ? describing.describe(text) : text;
}

/** Whether the person has the cursor in a text there. */
function isWritingIn(node: HTMLElement): boolean {
  const active = document.activeElement;
  return active !== null && node.contains(active) && active.matches('textarea, input[type="text"], [contenteditable="true"]');
}

function same(one: string, other: string): boolean {
  return one.trim() === other.trim();
}

export class Questions {
  private readonly listening = new WeakSet<SheetQuestion>();
  private locked = false;
  private putting = false;
  private list: SheetQuestion[] = [];

  constructor(private readonly document: SheetDocument, private readonly keeper: Keeper, private readonly changed: () => void) {
    this.collect();
  }

  all(): readonly SheetQuestion[] {
    return this.list;
  }

  find(cell: string): SheetQuestion | undefined {
    return this.list.find(question => question.cell === cell);
  }

  texts(): Record<string, string> {
    const texts: Record<string, string> = {};
    this.list.forEach(question => {
      texts[question.cell] = question.text;
    });
    return texts;
  }

  /** The document's questions, as they are now. */
  collect(): void {
    this.list = this.document.questions();
    for (const question of this.list) {
      if (!this.listening.has(question)) {
        this.listening.add(question);
        question.onChange(text => {
          if (!this.locked && !this.putting) {
            this.keeper.edit(question.cell, text);
            this.changed();
          }
        });
      }
    }
    this.lock(this.locked);
  }

  lock(locked: boolean): void {
    this.locked = locked;
    this.list.forEach(question => isLockable(question) && question.setDisabled(locked));
  }

  /** On opening: what this device kept, then what the file has later than the server, then what the server has. */
  open(state: PaperState): void {
    for (const question of this.list) {
      const { cell } = question;
      const saved = state.answers[cell];
      if (saved) {
        this.keeper.learn(cell, saved.text, saved.saved_at);
      }
      const kept = this.keeper.recover(cell);
      const inFile = state.in_file[cell];
      if (kept !== undefined) {
        this.put(question, kept);
      } else if (inFile !== undefined) {
        this.put(question, inFile);
        this.keeper.edit(cell, inFile);
      } else if (saved) {
        this.put(question, saved.text);
      }
    }
    this.changed();
  }

  /** Later: show what was saved elsewhere, except where the person is writing; how many were shown. */
  refresh(answers: Record<string, SavedAnswer>): number {
    let shown = 0;
    for (const question of this.list) {
      const saved = answers[question.cell];
      if (!saved || this.keeper.waiting(question.cell)) {
        continue;
      }
      const differs = !same(saved.text, question.text);
      if (differs && isWritingIn(question.node)) {
        continue; // what is written next is compared at the server
      }
      this.keeper.learn(question.cell, saved.text, saved.saved_at);
      if (differs) {
        this.put(question, saved.text);
        shown += 1;
      }
    }
    if (shown) {
      this.changed();
    }
    return shown;
  }

  /** Show a text; adapters may report it as if the person had written it. */
  put(question: SheetQuestion, text: string): void {
    if (!same(question.text, text)) {
      this.putting = true;
      question.text = text;
      this.putting = false;
    }
  }
}
