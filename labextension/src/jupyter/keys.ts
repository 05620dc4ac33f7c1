/** Keeping keys, clicks and the focus of form fields away from the notebook around them. */

const GUARD = 'data-trainer-keys';
const SUPPRESS = 'data-lm-suppress-shortcuts';

/** Ctrl+S or Cmd+S, the one shortcut that people know. */
function saves(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 's';
}

/** Whether Lab may take this key as a shortcut, by the guard around the element that has the focus. */
function isShortcut(event: KeyboardEvent, guard: string | null): boolean {
  return guard === 'plain' ? event.ctrlKey || event.metaKey : saves(event);
}

/**
 * Tell Lab which keys are shortcuts. It reads keys at the document before anything on the page does, and passes over an
 * element with a certain attribute; so the attribute is set here, still earlier, on whatever has the focus.
 */
export function guardKeys(): void {
  window.addEventListener(
    'keydown',
    event => {
      const target = event.target instanceof Element ? event.target : null;
      const guard = target?.closest(`[${GUARD}]`);
      if (target && guard && !target.closest('.cm-editor')) {
        target.toggleAttribute(SUPPRESS, !isShortcut(event, guard.getAttribute(GUARD)));
      }
    },
    true
  );
}

/**
 * Keep what happens inside a node to itself: Lab would take letters as commands, and the focus for its cells. Only saving
 * gets through; what the browser itself does with keys (copying, undoing, moving on) is not touched.
 */
export function keepInside(node: HTMLElement): void {
  node.setAttribute(GUARD, 'all');
  for (const name of ['mousedown', 'dblclick', 'focusin', 'contextmenu'] as const) {
    node.addEventListener(name, event => event.stopPropagation());
  }
  node.addEventListener('keydown', event => {
    if (!saves(event)) {
      event.stopPropagation();
    }
  });
}

/** In a notebook of nothing but questions no plain key is a command: a letter typed beside a field would cut or add cells. */
export function noCommands(notebook: HTMLElement): void {
  notebook.setAttribute(GUARD, 'plain');
}
