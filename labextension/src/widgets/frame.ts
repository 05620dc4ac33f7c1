/**
 * What all questions have in common: head, stem, hint, the box for a text that the widget cannot read, and the rule
 * that a text is kept as it is until the person does something.
 */
import { element, onTyped, uniqueId } from './dom';
import { answerText } from './reading';
import type { Definition, Host, QuestionWidget, WidgetKind } from './widget';

/** With the full stop that authors of single lines leave out. */
function sentence(words: string): string {
  return /[。！？：.]$/.test(words) ? words : `${words}。`;
}

/** What a kind builds inside the frame. */
export interface Inside<V> {
  /** Where people answer; for blanks, which are answered in the stem itself, nothing. */
  readonly body?: HTMLElement;
  /** Show an answer; undefined for none. */
  show(value: V | undefined): void;
  focus(): void;
}

/** What a kind may ask of the frame. */
export interface Frame<V> {
  readonly definition: Definition;
  readonly host: Host;
  readonly fieldset: HTMLFieldSetElement;
  readonly stem: HTMLElement;
  /** The person answered, or (undefined) took the answer back. */
  answer(value: V | undefined): void;
  /** Say something to those who do not see the screen. */
  announce(words: string): void;
  readonly disabled: boolean;
}

export interface Wishes {
  /** One sentence on what to do with the fingers. */
  readonly hint: string;
  /** What stands in the stem's place; as authored when not given. */
  readonly stem?: string;
  /** Whether a button takes the answer back; text fields are simply emptied. */
  readonly clearable?: boolean;
}

function head(definition: Definition): HTMLLegendElement {
  const legend = element('legend', { class: 'tq-head', id: uniqueId() });
  if (typeof definition.number === 'number') {
    legend.append(element('span', { class: 'tq-no' }, `第 ${definition.number} 题`), ' ');
  }
  if (typeof definition['title'] === 'string') {
    legend.append(element('span', { class: 'tq-title' }, definition['title']), ' ');
  }
  if (definition.points) {
    legend.append(element('span', { class: 'tq-points' }, `${definition.points} 分`));
  }
  return legend;
}

/** The box that shows a text which only a person (and perhaps the marker) can read; it stays editable. */
function oldText(changed: (text: string) => void, left: () => void): { node: HTMLElement; box: HTMLTextAreaElement } {
  const id = uniqueId();
  const box = element('textarea', { id, rows: '3', class: 'tq-box' });
  const label = '您原来写的内容（已保留，阅卷时按这段文字判读；在上面作答会替换它）';
  const node = element('div', { class: 'tq-old', hidden: true }, element('label', { for: id }, label), box);
  onTyped(box, () => changed(box.value.trim() ? box.value : ''));
  box.addEventListener('change', left);
  return { node, box };
}

/** A question of a kind, whose inside `build` makes. */
export function framed<V>(
  kind: WidgetKind<V>,
  definition: Definition,
  text: string,
  host: Host,
  wishes: Wishes,
  build: (frame: Frame<V>) => Inside<V>
): QuestionWidget {
  let current = answerText(text) ? text : '';
  const legend = head(definition);
  const stem = element('div', { class: 'tq-stem', id: uniqueId() });
  stem.append(host.markdown(wishes.stem ?? definition.stem));
  const hint = element('p', { class: 'tq-hint', id: uniqueId() }, sentence(definition.instruction ?? wishes.hint));
  const live = element('p', { class: 'tq-live', role: 'status', 'aria-live': 'polite' });
  const clear = element('button', { type: 'button', class: 'tq-clear', hidden: true }, '清空本题');
  const fieldset = element('fieldset', {
    class: `tq tq-kind-${definition.kind}`,
    'aria-labelledby': `${legend.id} ${stem.id}`,
    'aria-describedby': hint.id
  });

  const changed = (next: string): void => {
    if (next === current) {
      return; // a field that is left says once more what it said
    }
    current = next;
    clear.hidden = wishes.clearable === false || next === '';
    fieldset.classList.toggle('tq-answered', next !== '');
    host.changed(next);
  };
  const old = oldText(changed, () => show(current));
  const show = (next: string): void => {
    const value = kind.parse(definition, next);
    current = answerText(next) ? next : '';
    inside.show(value ?? undefined);
    old.node.hidden = value !== null;
    old.box.value = value === null ? next : '';
    clear.hidden = wishes.clearable === false || current === '';
    fieldset.classList.toggle('tq-answered', current !== '');
  };
  const frame: Frame<V> = {
    definition,
    host,
    fieldset,
    stem,
    announce: words => {
      live.textContent = words;
    },
    answer: value => {
      old.node.hidden = true;
      old.box.value = '';
      changed(value === undefined ? '' : kind.format(definition, value));
    },
    get disabled() {
      return fieldset.disabled;
    }
  };
  const inside = build(frame);
  clear.addEventListener('click', () => {
    frame.answer(undefined);
    inside.show(undefined);
    frame.announce('本题的作答已清空');
    inside.focus();
  });
  fieldset.append(legend, stem, hint, ...(inside.body ? [inside.body] : []), old.node, clear, live);
  fieldset.disabled = host.disabled === true;
  show(text);

  return {
    node: fieldset,
    get text() {
      return current;
    },
    set text(next: string) {
      if (next !== current) {
        show(next);
      }
    },
    get answered() {
      return current !== '';
    },
    focus: () => inside.focus(),
    setDisabled: disabled => {
      fieldset.disabled = disabled;
    },
    dispose: () => fieldset.remove()
  };
}
