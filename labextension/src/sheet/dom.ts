/** Dialogs for the sheet: the browser's own where it has them (focus stays inside, the rest is inert). */
import { element, uniqueId } from '../widgets/dom';

export { element };

export interface Choice {
  readonly words: string;
  readonly quiet?: boolean;
  /** What to do; the dialog is closed first unless this returns false. */
  act(): void | false;
}

export interface Box {
  readonly node: HTMLDialogElement;
  close(): void;
}

export interface BoxOptions {
  readonly title: string;
  readonly content: readonly (Node | string)[];
  readonly choices: readonly Choice[];
  /** Esc and the back key of the phone; without it the person has to choose. */
  readonly cancel?: () => void;
  readonly kind?: string;
}

/** A second tap at the place of the first, so many ms later, was not meant for what came up under the finger. */
const DOUBLE_TAP = 500;
const NEAR = 40;
let before = { at: -Infinity, x: 0, y: 0 };
let second = false;

window.addEventListener(
  'click',
  ({ clientX: x, clientY: y, detail }) => {
    const at = performance.now();
    // A key's click has no detail, and no place.
    second = detail > 0 && at - before.at < DOUBLE_TAP && Math.abs(x - before.x) < NEAR && Math.abs(y - before.y) < NEAR;
    before = { at, x, y };
  },
  true
);

/** Keep the second half of a double tap from pressing a button of what its first half has opened. */
function ignoreSecondTap(node: HTMLElement): void {
  const opened = performance.now();
  node.addEventListener(
    'click',
    event => {
      if (second && performance.now() - opened < DOUBLE_TAP) {
        event.stopPropagation();
        event.preventDefault();
      }
    },
    true
  );
}

/** Said of the page while a dialog is open: only that is printed then. */
const ASKED = 'sheet-asked';

/** A text with its dates as elements that are not broken at their hyphens. */
export function dated(words: string): (HTMLElement | string)[] {
  return words.split(/(\d{4}-\d\d-\d\d)/).map((part, index) => (index % 2 ? element('time', {}, part) : part));
}

function open(node: HTMLDialogElement): void {
  if (typeof node.showModal === 'function') {
    node.showModal();
  } else {
    node.setAttribute('open', '');
  }
}

/** Show a dialog in `place`. Focus goes to its heading, so that it is read from the start, and back when it closes. */
export function showBox(place: HTMLElement, options: BoxOptions): Box {
  const title = element('h2', { id: uniqueId(), tabindex: '-1' }, options.title);
  const node = element('dialog', { class: `sheet-box ${options.kind ?? ''}`, 'aria-labelledby': title.id });
  const before = document.activeElement;
  let closed = false;
  const box: Box = {
    node,
    close: () => {
      if (closed) {
        return;
      }
      closed = true;
      if (node.open && typeof node.close === 'function') {
        node.close();
      }
      node.remove();
      document.body.classList.toggle(ASKED, document.querySelector('.sheet-box') !== null);
      if (before instanceof HTMLElement && before.isConnected) {
        before.focus();
      }
    }
  };
  const buttons = options.choices.map(choice => {
    const button = element('button', { type: 'button', class: choice.quiet ? 'sheet-button quiet' : 'sheet-button' }, choice.words);
    button.addEventListener('click', () => {
      if (choice.act() !== false) {
        box.close();
      }
    });
    return button;
  });
  node.append(title, ...options.content, element('p', { class: 'sheet-actions' }, ...buttons));
  node.addEventListener('cancel', event => {
    event.preventDefault();
    if (options.cancel) {
      options.cancel();
      box.close();
    }
  });
  // Keys stay here: behind it there may be a notebook with commands of its own.
  node.addEventListener('keydown', event => event.stopPropagation());
  ignoreSecondTap(node);
  place.append(node);
  document.body.classList.add(ASKED);
  open(node);
  title.focus();
  return box;
}
