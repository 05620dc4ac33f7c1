/** The exercises of a lesson that is open as a notebook. Knows of a notebook only what is said here. */
import { markdown, readDefinition } from '../widgets/all';
import { mountPractice, type Practice } from './practice';

/** A cell as a notebook shows it; JupyterLab's `Cell` is one. */
export interface ShownCell {
  readonly node: HTMLElement;
  readonly model: { getMetadata(name: string): unknown };
  addClass(name: string): void;
}

/** Where in a published lesson the pieces are. */
function part(said: unknown, name: string): unknown {
  return typeof said === 'object' && said !== null ? (said as Record<string, unknown>)[name] : undefined;
}

/**
 * Put a question that answers at once into the place of each exercise. `said` is the notebook's metadata `trainer`; for a
 * notebook that is no lesson nothing happens. `prepare` gets each question's node: what a notebook has to do so that its
 * keyboard shortcuts leave the question alone. `shown` is the class of cells that are not to show their text.
 */
export function showExercises(said: unknown, cells: readonly ShownCell[], base: string, shown: string, prepare: (node: HTMLElement) => void): Practice[] {
  const lesson = part(part(said, 'lesson'), 'id');
  if (typeof lesson !== 'string') {
    return [];
  }
  const mounted: Practice[] = [];
  for (const cell of cells) {
    const trainer = cell.model.getMetadata('trainer');
    const exercise = part(trainer, 'exercise');
    const definition = readDefinition(part(trainer, 'definition'));
    if (typeof exercise === 'string' && definition) {
      const node = document.createElement('div');
      prepare(node);
      cell.node.append(node);
      cell.addClass(shown);
      mounted.push(mountPractice(node, definition, lesson, exercise, base, { markdown }));
    }
  }
  return mounted;
}
