/** 填空题: one input in each gap of the sentence; one entry a line in the text. */
import { count } from '../definition';
import { element, onTyped } from '../dom';
import { framed, type Frame, type Inside } from '../frame';
import { answerText, unnumbered } from '../reading';
import { register, type Definition, type WidgetKind } from '../widget';

/** Stands for a gap while the stem is rendered: a character of the private use area, which no stem contains. */
const GAP = '\uE000';
const SAID = /[\p{L}\p{N}]/u;

function parse(definition: Definition, text: string): string[] | undefined | null {
  const typed = answerText(text);
  const lines = typed.split('\n').map(line => line.trim());
  if (!typed) {
    return undefined;
  }
  return lines.length === count(definition, 'blanks') ? unnumbered(lines).map(line => line.trim()) : null;
}

/** Plain lines while they cannot be mistaken; numbered ones when a gap was left empty, so that each entry keeps its place. */
function format(definition: Definition, entries: string[]): string {
  const trimmed = entries.map(entry => entry.trim());
  if (trimmed.every(entry => !entry)) {
    return '';
  }
  const plain = trimmed.join('\n');
  const read = parse(definition, plain);
  const clear = trimmed.length === 1 || (trimmed.every(entry => SAID.test(entry)) && read?.join('\n') === plain);
  return clear ? plain : trimmed.map((entry, index) => `（${index + 1}）${entry}`).join('\n');
}

/** The text nodes below a node, in order. */
function textNodes(node: Node): Text[] {
  return Array.from(node.childNodes).reduce<Text[]>(
    (found, child) => found.concat(child.nodeType === 3 ? [child as Text] : textNodes(child)),
    []
  );
}

/** Put an input where each gap stands; those for which there is no gap go to the end. */
function fill(stem: HTMLElement, inputs: readonly HTMLInputElement[]): void {
  const left = inputs.slice();
  for (const node of textNodes(stem)) {
    const parts = (node.nodeValue ?? '').split(GAP);
    if (parts.length > 1) {
      const filled = parts.reduce<(Node | string)[]>((nodes, part, index) => {
        const input = index > 0 ? left.shift() : undefined;
        return nodes.concat(input ? [input, part] : [part]);
      }, []);
      node.replaceWith(...filled);
    }
  }
  stem.append(...left);
}

/** As wide as what is written in it; style.css limits it to the line. */
function fit(input: HTMLInputElement): void {
  input.style.width = `${Math.max(6, input.value.length + 2)}em`;
}

function build(frame: Frame<string[]>): Inside<string[]> {
  const blanks = count(frame.definition, 'blanks');
  const inputs = Array.from({ length: blanks }, (_, index) =>
    element('input', {
      type: 'text',
      class: 'tq-gap',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      'aria-label': blanks > 1 ? `第 ${index + 1} 空，共 ${blanks} 空` : '填空'
    })
  );
  fill(frame.stem, inputs);
  frame.stem.addEventListener('input', event => fit(event.target as HTMLInputElement));
  onTyped(frame.stem, () => {
    const entries = inputs.map(input => input.value);
    frame.answer(entries.some(entry => entry.trim()) ? entries : undefined);
  });
  return {
    show: entries => inputs.forEach((input, index) => {
      input.value = entries?.[index] ?? '';
      fit(input);
    }),
    focus: () => (inputs.filter(input => !input.value)[0] ?? inputs[0])?.focus()
  };
}

const blank: WidgetKind<string[]> = {
  kind: 'blank',
  parse,
  format,
  describe: (_definition, entries) => entries.map(entry => entry || '（空）').join('；'),
  create: (definition, text, host) =>
    framed(
      blank,
      definition,
      text,
      host,
      { hint: '点一下空格处，填写答案。', stem: definition.stem.replace(/_{4,}/g, GAP), clearable: false },
      build
    )
};
register(blank);
