/** A browser's document for tests that run in node. Import it before anything that touches the document. */
import { JSDOM } from 'jsdom';

export const dom = new JSDOM('<!doctype html><html lang="zh-CN"><body></body></html>', {
  url: 'http://127.0.0.1/',
  pretendToBeVisual: true
});

for (const name of ['document', 'window', 'HTMLElement', 'HTMLInputElement', 'HTMLTextAreaElement', 'Node', 'Event', 'KeyboardEvent', 'MouseEvent', 'DocumentFragment', 'localStorage', 'getComputedStyle'] as const) {
  Object.defineProperty(globalThis, name, { value: dom.window[name as keyof typeof dom.window], configurable: true });
}
