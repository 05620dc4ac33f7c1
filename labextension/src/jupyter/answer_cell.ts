/** One answer cell: the question's widget in the cell's place, or the cell as it is where there is no widget. */
import type { Cell } from '@jupyterlab/cells';
import type { SheetQuestion } from '../sheet/document';
import {
  answerText,
  describe,
  isWritten,
  markdown,
  orderSeed,
  readDefinition,
  widgetFor,
  type Definition,
  type QuestionWidget
} from '../widgets/all';
import { keepInside } from './keys';

/** The class of cells that show a question in place of their text. */
export const SHOWN = 'trainer-shown';

/** The nbgrader name of a cell in which people answer, undefined for all others. */
export function answerName(cell: Cell): string | undefined {
  const nbgrader: unknown = cell.model.getMetadata('nbgrader');
  const { grade_id, solution } = (nbgrader ?? {}) as { grade_id?: unknown; solution?: unknown };
  return solution === true && typeof grade_id === 'string' ? grade_id : undefined;
}

export interface Asker {
  readonly person: string;
  readonly assignment: string;
  readonly disabled: boolean;
}

export class AnswerCell implements SheetQuestion {
  private readonly widget: QuestionWidget | undefined;
  private readonly definition: Definition | undefined;
  private readonly listeners: ((text: string) => void)[] = [];
  private source: string;

  constructor(
    readonly jupyter: Cell,
    readonly cell: string,
    asker: Asker
  ) {
    this.source = jupyter.model.sharedModel.getSource();
    const definition = jupyter.model.type === 'markdown' ? readDefinition(jupyter.model.getMetadata('trainer')) : undefined;
    const kind = definition && widgetFor(definition.kind);
    this.definition = definition;
    this.label = String(definition?.number ?? cell.replace(/^q0*/, ''));
    if (definition && kind) {
      const order = orderSeed(asker.person, asker.assignment, cell);
      this.widget = kind.create(definition, this.source, {
        markdown,
        changed: text => {
          this.write(text);
          this.tell();
        },
        disabled: asker.disabled,
        ...(order === undefined ? {} : { order })
      });
      keepInside(this.widget.node);
      jupyter.node.append(this.widget.node);
      jupyter.addClass(SHOWN);
    }
    jupyter.model.contentChanged.connect(this.onContent, this);
  }

  readonly label: string;

  /** Whether the question stands in the cell itself, so that the cell with its stem is not needed. */
  get shown(): boolean {
    return this.widget !== undefined;
  }

  get node(): HTMLElement {
    return this.widget?.node ?? this.jupyter.node;
  }

  get text(): string {
    return this.widget?.text ?? (answerText(this.source) ? this.source : '');
  }

  set text(text: string) {
    if (this.widget) {
      this.widget.text = text;
    }
    this.write(text);
  }

  get answered(): boolean {
    return this.widget?.answered ?? isWritten(this.source);
  }

  /** Hear of what the person does; what the sheet puts here itself is not told. */
  onChange(listener: (text: string) => void): void {
    this.listeners.push(listener);
  }

  reveal(): void {
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.node.scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' });
    if (this.widget) {
      this.widget.focus();
    } else {
      this.jupyter.node.focus();
    }
  }

  /** An answer in words, for somebody who chose an option and saw no letter. */
  describe(text: string): string {
    return this.definition ? describe(this.definition, text) : text;
  }

  setDisabled(disabled: boolean): void {
    if (this.widget) {
      this.widget.setDisabled(disabled);
    } else {
      this.jupyter.readOnly = disabled;
    }
  }

  dispose(): void {
    this.jupyter.model.contentChanged.disconnect(this.onContent, this);
    this.widget?.dispose();
    this.jupyter.removeClass(SHOWN);
  }

  private write(text: string): void {
    if (text !== this.source) {
      this.source = text;
      this.jupyter.model.sharedModel.setSource(text);
    }
  }

  /** The cell's text changed, be it by us or in its own editor. */
  private onContent(): void {
    const source = this.jupyter.model.sharedModel.getSource();
    if (source !== this.source) {
      this.source = source;
      if (this.widget) {
        this.widget.text = source;
      }
      this.tell();
    }
  }

  private tell(): void {
    for (const listener of this.listeners) {
      listener(this.text);
    }
  }
}
