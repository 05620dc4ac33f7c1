/** Elements, made in one line. */

let made = 0;

/** An id that no other element of the page has. */
export function uniqueId(): string {
  made += 1;
  return `trainer-${made}`;
}

/** An element with attributes (true: present, false: absent) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string | boolean> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value === true) {
      node.setAttribute(key, '');
    } else if (typeof value === 'string') {
      node.setAttribute(key, value);
    }
  }
  node.append(...children);
  return node;
}

/**
 * Tell what is typed into the fields below `node`, but not the letters of a syllable that is still being composed: half a
 * pinyin is no answer. Keyboards that never say that they are done are believed when the field is left.
 */
export function onTyped(node: HTMLElement, work: () => void): void {
  node.addEventListener('input', event => {
    if (!(event as InputEvent).isComposing) {
      work();
    }
  });
  node.addEventListener('compositionend', work);
  node.addEventListener('change', work);
}
