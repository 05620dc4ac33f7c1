/** A question that answers at once: a widget with 检查 and 再试一次, and why the answer is right or wrong.
 *
 * Used by the lesson page, by the wrong-question book, and by the Notebook plugin for the exercise cells of a lesson.
 */
import { markdown, widgetFor, type Definition, type QuestionWidget } from '../widgets/all';
import { onTyped } from '../widgets/dom';
import { ask, NotReached } from './asking';
import { showResult, type Judged } from './result';

export type Markdown = (text: string) => HTMLElement | DocumentFragment;

export interface Options {
  /** Safe rendering of stems, options and explanations. */
  readonly markdown: Markdown;
  /** Seed for an own order of options; undefined: as authored. */
  readonly order?: string;
  /** Told after every answer that was marked. */
  judged?(judged: Judged): void;
}

export interface Practice {
  dispose(): void;
}

/**
 * An exercise of a lesson. In a published lesson's notebook the notebook's metadata has `trainer.lesson.id`, and an exercise's
 * Markdown cell has `trainer.exercise` (its id) and `trainer.definition`. `base` is the URL of the server, with a slash.
 */
export function mountPractice(node: HTMLElement, definition: Definition, lesson: string, exercise: string, base: string, options: Options = { markdown }): Practice {
  const url = `${base}trainer/api/lessons/${encodeURIComponent(lesson)}/check`;
  return practise(node, definition, (text, attempt) => ask(url, { exercise, text, try: attempt }), options);
}

/** A question of the wrong-question book. */
export function mountMistake(node: HTMLElement, definition: Definition, question: string, base: string, options: Options = { markdown }): Practice {
  const url = `${base}trainer/api/mistakes/${encodeURIComponent(question)}/check`;
  return practise(node, definition, (text, attempt) => ask(url, { text, try: attempt }), options);
}

/** Names one try: sent again after a lost answer, it is still the same try. */
function newTry(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}

function button(words: string, quiet: boolean): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = words;
  made.className = quiet ? 'trainer-practice-button quiet' : 'trainer-practice-button';
  return made;
}

/** An answer typed as text, for a kind that has no widget. */
function textWidget(definition: Definition, changed: (text: string) => void): QuestionWidget {
  const node = document.createElement('label');
  const box = document.createElement('textarea');
  node.append(definition.instruction ?? '写下您的答案', box);
  box.rows = 4;
  let told = '';
  onTyped(box, () => {
    if (box.value !== told) {
      told = box.value;
      changed(told);
    }
  });
  return {
    node,
    get text() {
      return box.value;
    },
    set text(text: string) {
      box.value = text;
      told = text;
    },
    get answered() {
      return box.value.trim() !== '';
    },
    focus: () => box.focus(),
    setDisabled: disabled => {
      box.disabled = disabled;
    },
    dispose: () => node.remove()
  };
}

function practise(node: HTMLElement, definition: Definition, check: (text: string, attempt: string) => Promise<Judged>, options: Options): Practice {
  let attempt = newTry();
  let text = '';
  const changed = (now: string): void => {
    text = now;
    result.textContent = '';
  };
  const kind = widgetFor(definition.kind);
  const host = { markdown: options.markdown, changed, ...(options.order === undefined ? {} : { order: options.order }) };
  const widget = kind ? kind.create(definition, '', host) : textWidget(definition, changed);
  const send = button('检查', false);
  const again = button('再试一次', true);
  const result = document.createElement('div');
  again.hidden = true;
  result.className = 'trainer-practice-result';
  result.setAttribute('role', 'status');
  result.setAttribute('aria-live', 'polite');
  const actions = document.createElement('div');
  actions.className = 'trainer-practice-actions';
  actions.append(send, again);
  node.classList.add('trainer-practice');
  node.replaceChildren(widget.node, actions, result);

  function settle(judged: Judged): void {
    showResult(result, judged, options.markdown);
    const finished = judged.verdict !== 'empty' && judged.verdict !== 'unread';
    widget.setDisabled(finished);
    send.hidden = finished;
    again.hidden = !finished;
    again.textContent = judged.verdict === 'right' ? '再做一遍' : '再试一次';
    if (finished) {
      again.focus({ preventScroll: true });
      result.scrollIntoView?.({ block: 'nearest' }); // on a phone it is below what is seen
      options.judged?.(judged);
    }
  }

  send.addEventListener('click', async () => {
    send.disabled = true;
    send.textContent = '正在检查…';
    try {
      settle(await check(text, attempt));
    } catch (error) {
      if (!(error instanceof NotReached)) {
        throw error;
      }
      result.textContent = error.message;
    } finally {
      send.disabled = false;
      send.textContent = '检查';
    }
  });
  again.addEventListener('click', () => {
    attempt = newTry();
    text = '';
    widget.text = '';
    widget.setDisabled(false);
    result.textContent = '';
    again.hidden = true;
    send.hidden = false;
    widget.focus();
  });
  return {
    dispose: () => {
      widget.dispose();
      node.replaceChildren();
    }
  };
}
