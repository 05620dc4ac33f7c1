/** The questions of the plain page: widgets where there are some, a box to write in for everything else. */
import type { SheetQuestion } from '../sheet/document';
import { answerText, describe, isWritten, markdown, orderSeed, readDefinition, widgetFor, type Definition, type QuestionWidget } from '../widgets/all';
import { element, onTyped, uniqueId } from '../widgets/dom';

/** A piece of the paper, as the server describes it: Part in Python. */
export interface Part {
  readonly markdown: string;
  readonly cell: string;
  readonly definition: Record<string, unknown> | null;
  readonly text: string;
  readonly code: boolean;
}

/** A question whose stem is text, answered by writing. */
function box(part: Part, label: string, changed: (text: string) => void): QuestionWidget {
  const stem = element('div', { class: 'tq-stem', id: uniqueId() });
  stem.append(markdown(part.markdown || label));
  const text = element('textarea', { class: 'tq-box', rows: '3', 'aria-labelledby': stem.id });
  text.value = part.text;
  let told = answerText(part.text) ? part.text : '';
  onTyped(text, () => {
    const now = answerText(text.value) ? text.value : '';
    if (now !== told) {
      told = now;
      changed(now);
    }
  });
  return {
    node: element('div', { class: 'tq' }, stem, text),
    get text() {
      return answerText(text.value) ? text.value : '';
    },
    set text(next: string) {
      text.value = next;
      told = next;
    },
    get answered() {
      return isWritten(text.value);
    },
    focus: () => text.focus(),
    setDisabled: disabled => {
      text.readOnly = disabled;
    },
    dispose: () => undefined
  };
}

/** One question on the page, as the sheet sees it. */
export class PageQuestion implements SheetQuestion {
  readonly cell: string;
  readonly label: string;
  readonly node: HTMLElement;
  private readonly widget: QuestionWidget;
  private readonly definition: Definition | undefined;
  private readonly listeners: ((text: string) => void)[] = [];

  constructor(part: Part, position: number, person: string, assignment: string) {
    this.cell = part.cell;
    const definition = readDefinition(part.definition);
    this.label = String(definition?.number ?? position);
    this.definition = definition;
    const kind = definition && widgetFor(definition.kind);
    const changed = (text: string): void => this.listeners.forEach(listener => listener(text));
    if (definition && kind) {
      const order = orderSeed(person, assignment, part.cell);
      this.widget = kind.create(definition, part.text, { markdown, changed, ...(order === undefined ? {} : { order }) });
    } else {
      const stem = part.markdown || String(part.definition?.['stem'] ?? '');
      this.widget = box({ ...part, markdown: stem }, `第 ${this.label} 题`, changed);
    }
    this.node = element('section', { class: 'page-question', id: `question-${part.cell}`, 'aria-label': `第 ${this.label} 题` }, this.widget.node);
  }

  get text(): string {
    return this.widget.text;
  }

  set text(next: string) {
    this.widget.text = next;
  }

  get answered(): boolean {
    return this.widget.answered;
  }

  onChange(listener: (text: string) => void): void {
    this.listeners.push(listener);
  }

  /** An answer in words, for somebody who chose an option and perhaps saw no letter. */
  describe(text: string): string {
    return this.definition ? describe(this.definition, text) : text;
  }

  setDisabled(disabled: boolean): void {
    this.widget.setDisabled(disabled);
  }

  reveal(): void {
    this.node.scrollIntoView();
    this.widget.focus();
  }
}
