/** What a question widget is, and what it may ask of the place where it is shown. */

/** A question as the trainee may see it: made by `Kind.present` in Python, without any key. */
export interface Definition {
  kind: string;
  version: number;
  number?: number;
  points?: string;
  stem: string;
  instruction?: string;
  [key: string]: unknown;
}

/** What a widget may ask of where it is shown. */
export interface Host {
  /** Seed for an own order of options (per trainee and question); undefined: as authored. */
  readonly order?: string;
  /** Safe rendering of stems and options. */
  markdown(text: string): HTMLElement | DocumentFragment;
  /** The answer as canonical text, '' when emptied. */
  changed(text: string): void;
  readonly disabled?: boolean;
}

/** A question on the screen. Setting `text` shows that answer and reports nothing to the host. */
export interface QuestionWidget {
  readonly node: HTMLElement;
  text: string;
  readonly answered: boolean;
  focus(): void;
  setDisabled(disabled: boolean): void;
  dispose(): void;
}

/** One kind of question; `V` is what its answers are once they are read. */
export interface WidgetKind<V = unknown> {
  readonly kind: string;
  /** The answer in a text: undefined for no answer, null for a text that this kind cannot read exactly. */
  parse(definition: Definition, text: string): V | undefined | null;
  /** The canonical text of an answer, '' for none. */
  format(definition: Definition, value: V): string;
  /** The answer in words, for people who see no letters; without it the canonical text has to do. */
  describe?(definition: Definition, value: V): string;
  create(definition: Definition, text: string, host: Host): QuestionWidget;
}

const kinds = new Map<string, WidgetKind>();

/** Add a kind; a module in `kinds/` does this when it is loaded. */
export function register<V>(kind: WidgetKind<V>): void {
  kinds.set(kind.kind, kind as WidgetKind);
}

/** The kind of that name, if there is a widget for it. */
export function widgetFor(kind: string): WidgetKind | undefined {
  return kinds.get(kind);
}

/** An answer's text in words that a person recognises, for whatever text. */
export function describe(definition: Definition, text: string): string {
  const kind = kinds.get(definition.kind);
  const value = kind?.parse(definition, text);
  return kind?.describe && value !== undefined && value !== null ? kind.describe(definition, value) : text;
}

/** Every kind that has a widget. */
export function registeredKinds(): WidgetKind[] {
  return Array.from(kinds.values());
}
