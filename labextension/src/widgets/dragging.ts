/** Reordering a list by mouse or finger, with pointer events; a finger drags by the grip, so that the rest still scrolls. */

export interface Dragging {
  allowed(): boolean;
  /** The list has another order now; the item is still held. */
  moved(): void;
  /** The item was let go at another place than it was taken from. */
  dropped(item: Element): void;
}

const EDGE = 60;
const STEP = 12;

/** Where to insert `item` so that it stands under the pointer. Only its neighbours move: a moved node would lose the pointer. */
function follow(item: Element, y: number): boolean {
  let moved = false;
  for (let before = item.previousElementSibling; before && y < middle(before); before = item.previousElementSibling) {
    item.after(before);
    moved = true;
  }
  for (let after = item.nextElementSibling; after && y > middle(after); after = item.nextElementSibling) {
    item.before(after);
    moved = true;
  }
  return moved;
}

function middle(item: Element): number {
  const box = item.getBoundingClientRect();
  return box.top + box.height / 2;
}

/** The nearest ancestor that scrolls, else the page. */
function scroller(node: Element): Element {
  for (let parent = node.parentElement; parent; parent = parent.parentElement) {
    const { overflowY } = getComputedStyle(parent);
    if (/auto|scroll/.test(overflowY) && parent.scrollHeight > parent.clientHeight) {
      return parent;
    }
  }
  return document.scrollingElement ?? document.documentElement;
}

/** Let the items of a list be dragged. */
export function dragging(list: HTMLElement, wishes: Dragging): void {
  list.addEventListener('pointerdown', event => {
    const target = event.target as Element;
    const item = target.closest('li');
    const grip = target.closest('.tq-grip');
    const holds = grip !== null || (event.pointerType === 'mouse' && !target.closest('button'));
    if (event.button !== 0 || !item || !holds || !wishes.allowed()) {
      return;
    }
    const before = Array.from(list.children);
    item.classList.add('tq-dragged');
    item.setPointerCapture(event.pointerId);

    const onMove = (moving: PointerEvent): void => {
      const view = scroller(list);
      if (moving.clientY < EDGE) {
        view.scrollTop -= STEP;
      } else if (moving.clientY > window.innerHeight - EDGE) {
        view.scrollTop += STEP;
      }
      if (follow(item, moving.clientY)) {
        wishes.moved();
      }
    };
    const end = (ending: PointerEvent): void => {
      item.removeEventListener('pointermove', onMove);
      item.removeEventListener('pointerup', end);
      item.removeEventListener('pointercancel', end);
      item.classList.remove('tq-dragged');
      if (ending.type === 'pointercancel') {
        list.append(...before);
        wishes.moved();
      } else if (before.some((node, index) => node !== list.children[index])) {
        wishes.dropped(item);
      }
    };
    item.addEventListener('pointermove', onMove);
    item.addEventListener('pointerup', end);
    item.addEventListener('pointercancel', end);
  });
}
