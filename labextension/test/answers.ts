/** The cases that pytest reads too: ../tests/data/answers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Definition } from '../src/widgets/widget';

export type Gesture =
  | { choose: string }
  | { write: [number, string] }
  | { pick: [number, string] }
  | { move: [string, number] }
  | { keep: true }
  | { clear: true };

export interface Case {
  name: string;
  gesture?: Gesture[];
  text: string;
  is: 'answer' | 'nothing' | 'unreadable';
  parsed?: unknown;
}

export interface Cases {
  kind: string;
  definition: Definition;
  cases: Case[];
}

const FOLDER = join(process.cwd(), '..', 'tests', 'data', 'answers');

export const ALL: Cases[] = readdirSync(FOLDER)
  .filter(name => name.endsWith('.json'))
  .map(name => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Cases);

function one<T extends HTMLElement>(node: HTMLElement, selector: string, index = 0): T {
  const found = node.querySelectorAll<T>(selector)[index];
  if (!found) {
    throw new Error(`no ${selector} number ${index} in ${node.outerHTML}`);
  }
  return found;
}

/** Do with a question on the screen what a person does. */
export function perform(node: HTMLElement, gesture: Gesture): void {
  if ('choose' in gesture) {
    one(node, `input[value="${gesture.choose}"]`).click();
  } else if ('write' in gesture) {
    const [position, text] = gesture.write;
    const field = one<HTMLInputElement>(node, 'input[type=text], textarea.tq-box:not(.tq-old *)', position - 1);
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.dispatchEvent(new Event('change', { bubbles: true }));
  } else if ('pick' in gesture) {
    const [number, letter] = gesture.pick;
    const select = one<HTMLSelectElement>(node, 'select', number - 1);
    select.value = letter;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  } else if ('move' in gesture) {
    const [letter, by] = gesture.move;
    const step = Array.from(node.querySelectorAll<HTMLElement>('li')).filter(
      item => item.querySelector('.tq-letter')?.textContent === letter
    )[0];
    for (let i = 0; i < Math.abs(by); i += 1) {
      one(step ?? node, '.tq-move', by < 0 ? 0 : 1).click();
    }
  } else {
    one(node, 'keep' in gesture ? '.tq-keep' : '.tq-clear').click();
  }
}
