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
