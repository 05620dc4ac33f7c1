/**
 * A tiny Markdown for questions: paragraphs, headings, bold, italics, lists, tables, code. It makes elements, never HTML
 * from a string: whatever else is in a text is shown as it was typed.
 */
import { element } from './dom';

const INLINE = /\\([\\`*_{}[\]()#+\-.!|~])|`([^`\n]+)`|\*\*(\S|\S[\s\S]*?\S)\*\*|\*([^\s*]|[^\s*][^*]*?[^\s*])\*/;
const ITEM = /^\s*(?:[-*+]|(\d{1,3})[.)])\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const FENCE = /^\s*(```|~~~)/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

function inline(text: string): (Node | string)[] {
  const match = INLINE.exec(text);
  if (!match) {
    return text ? [text] : [];
  }
  const [whole, escaped, code, bold, italic] = match;
  const before = text.slice(0, match.index);
  const middle =
    escaped !== undefined
      ? escaped
      : code !== undefined
        ? element('code', {}, code)
        : bold !== undefined
          ? element('strong', {}, ...inline(bold))
          : element('em', {}, ...inline(italic ?? ''));
  return [...(before ? [before] : []), middle, ...inline(text.slice(match.index + whole.length))];
}

function cells(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map(cell => cell.trim());
}

function table(lines: readonly string[]): HTMLElement {
  const [first = '', , ...rest] = lines;
  const head = element('tr', {}, ...cells(first).map(cell => element('th', { scope: 'col' }, ...inline(cell))));
  const body = rest.map(line => element('tr', {}, ...cells(line).map(cell => element('td', {}, ...inline(cell)))));
  const made = element('table', { class: 'tq-table' }, element('thead', {}, head), element('tbody', {}, ...body));
  return element('div', { class: 'tq-scroll', tabindex: '0', role: 'group', 'aria-label': '表格' }, made);
}

function list(lines: readonly string[]): HTMLElement {
  const start = ITEM.exec(lines[0] ?? '')?.[1];
  const items: string[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item) {
      items.push(item[2] ?? '');
    } else {
      items[items.length - 1] += `\n${line.trim()}`;
    }
  }
  const nodes = items.map(item => element('li', {}, ...inline(item)));
  return start === undefined ? element('ul', {}, ...nodes) : element('ol', { start }, ...nodes);
}

/** The lines of the next block, and how to draw it. */
function nextBlock(lines: readonly string[]): [number, () => HTMLElement] {
  const line = lines[0] ?? '';
  const until = (ends: (line: string, index: number) => boolean): number => {
    const found = lines.findIndex((one, index) => index > 0 && ends(one, index));
    return found < 0 ? lines.length : found;
  };
  if (FENCE.test(line)) {
    const end = until(one => FENCE.test(one));
    return [end + 1, () => element('pre', {}, element('code', {}, lines.slice(1, end).join('\n')))];
  }
  if (line.indexOf('|') >= 0 && TABLE_RULE.test(lines[1] ?? '') && (lines[1] ?? '').indexOf('-') >= 0) {
    const end = until((one, index) => index > 1 && one.indexOf('|') < 0);
    return [end, () => table(lines.slice(0, end))];
  }
  const heading = HEADING.exec(line);
  if (heading) {
    return [1, () => element('p', {}, element('strong', {}, ...inline(heading[1] ?? '')))];
  }
  if (ITEM.test(line)) {
    const end = until(one => !one.trim());
    return [end, () => list(lines.slice(0, end))];
  }
  const end = until(one => !one.trim() || FENCE.test(one) || HEADING.test(one));
  return [end, () => element('p', {}, ...inline(lines.slice(0, end).join('\n')))];
}

/** A text as elements; a single paragraph as its contents alone, so that it fits into a label. */
export function markdown(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let lines: string[] = text.replace(/\r\n?/g, '\n').split('\n');
  while (lines.length > 0) {
    if (!(lines[0] ?? '').trim()) {
      lines = lines.slice(1);
      continue;
    }
    const [length, draw] = nextBlock(lines);
    fragment.append(draw());
    lines = lines.slice(length);
  }
  const only = fragment.firstElementChild;
  if (only && fragment.childElementCount === 1 && only.tagName === 'P') {
    only.replaceWith(...Array.from(only.childNodes));
  }
  return fragment;
}
