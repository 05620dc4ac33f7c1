/** Reading definitions, which come from files that anybody may have changed: what is not as it should be is left out. */
import type { Definition } from './widget';

/** The version of definitions that these widgets draw; `PRESENTED` in Python. */
export const VERSION = 1;

/** Something under a letter: an option, a step, a right-hand side. */
export interface Lettered {
  readonly letter: string;
  readonly text: string;
}

/** Something under a number: a left-hand side. */
export interface Numbered {
  readonly number: number;
  readonly text: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A definition in the `trainer` metadata of an answer cell, undefined when there is none that can be drawn. */
export function readDefinition(metadata: unknown): Definition | undefined {
  if (!isRecord(metadata) || metadata['version'] !== VERSION) {
    return undefined;
  }
  const { kind, stem } = metadata;
  return typeof kind === 'string' && typeof stem === 'string' ? (metadata as Definition) : undefined;
}

/** The lettered list in a field. */
export function lettered(definition: Definition, field: string): Lettered[] {
  const list = definition[field];
  return (Array.isArray(list) ? list : []).filter(
    (entry): entry is Lettered => isRecord(entry) && /^[A-Z]$/.test(String(entry['letter'])) && typeof entry['text'] === 'string'
  );
}

/** The numbered list in a field. */
export function numbered(definition: Definition, field: string): Numbered[] {
  const list = definition[field];
  return (Array.isArray(list) ? list : []).filter(
    (entry): entry is Numbered => isRecord(entry) && typeof entry['number'] === 'number' && typeof entry['text'] === 'string'
  );
}

/** A count in a field, 0 when there is none. */
export function count(definition: Definition, field: string): number {
  const value = definition[field];
  return typeof value === 'number' && value > 0 ? Math.min(Math.floor(value), 50) : 0;
}

/** A text in a field, '' when there is none. */
export function words(definition: Definition, field: string): string {
  const value = definition[field];
  return typeof value === 'string' ? value : '';
}
