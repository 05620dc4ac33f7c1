/** What the sheet sees of a paper. Notebook (src/jupyter) and the plain page (src/page) bring an adapter each. */

export interface SheetDocument {
  readonly course: string;
  readonly assignment: string;
  readonly person: string;
  /** The base URL of the person's server, with a slash at the end. */
  readonly base: string;
  readonly title: string;
  /** In order. */
  questions(): SheetQuestion[];
  readonly questionsChanged: (listener: () => void) => void;
  /** The notebook file itself. */
  save(): Promise<void>;
}

export interface SheetQuestion {
  /** The answer cell's grade_id, e.g. q01. */
  readonly cell: string;
  readonly label: string;
  readonly node: HTMLElement;
  text: string;
  readonly answered: boolean;
  onChange(listener: (text: string) => void): void;
  /** Scroll to it and focus it. */
  reveal(): void;
}
