import './browser';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { showExercises } from '../src/practice/exercises';
import { mountMistake, mountPractice } from '../src/practice/practice';
import type { Judged } from '../src/practice/result';
import { markdown, type Definition } from '../src/widgets/all';

const DEFINITION: Definition = { kind: 'judge', version: 1, number: 1, stem: '虚构的一句话。' };
const WRONG: Judged = {
  verdict: 'wrong', title: '错', sentence: '您的答案：错。', key: '对', explanation: '因为**如此**。', citation: '《虚构办法》第1条',
  rubric: [], reference: '', kept: '已放进错题本。', progress: { right: 0, of: 1, finished: false }
};
const RIGHT: Judged = { ...WRONG, verdict: 'right', title: '对', sentence: '', progress: { right: 1, of: 1, finished: true } };
const EMPTY: Judged = { ...WRONG, verdict: 'empty', title: '还没有作答', sentence: '请先作答。', key: '', explanation: '', citation: '', kept: '' };

let node: HTMLElement;
let sent: { url: string; body: Record<string, string>; token: string }[];
let answers: (Judged | Error)[];

beforeEach(() => {
  node = document.createElement('div');
  document.body.append(node);
  document.cookie = '_xsrf=abc';
  sent = [];
  globalThis.fetch = (async (url: string, options: RequestInit) => {
    sent.push({ url, body: JSON.parse(String(options.body)), token: (options.headers as Record<string, string>)['X-XSRFToken'] ?? '' });
    const answer = answers.shift();
    if (answer instanceof Error || !answer) {
      throw answer ?? new Error('nothing more');
    }
    return new Response(JSON.stringify(answer));
  }) as typeof fetch;
});
afterEach(() => node.remove());

const result = (): HTMLElement => node.querySelector<HTMLElement>('[role=status].trainer-practice-result')!;
const named = (words: string): HTMLButtonElement =>
  Array.from(node.querySelectorAll('button')).find(button => button.textContent === words && !button.hidden)!;

/** Press a button and wait until the answer is shown. */
async function press(words: string): Promise<void> {
  named(words).click();
  while (node.querySelector<HTMLButtonElement>('.trainer-practice-button')!.disabled) {
    await new Promise(resolve => setImmediate(resolve));
  }
}

test('a wrong answer is explained, and tried again as a new try', async () => {
  answers = [WRONG, RIGHT];
  const judged: Judged[] = [];
  mountPractice(node, DEFINITION, 'ke', 'e1', '/user/a/', { markdown, judged: one => judged.push(one) });
  await press('检查');
  for (const text of ['错', '正确答案', '因为如此。', '《虚构办法》第1条', '已放进错题本。']) {
    assert.ok(result().textContent!.includes(text), text);
  }
  assert.equal(result().getAttribute('aria-live'), 'polite');
  assert.equal(result().querySelector('strong + *, dd strong')!.textContent, '如此');
  assert.equal(document.activeElement, named('再试一次'));
  assert.equal(node.querySelector('fieldset')!.disabled, true);
  await press('再试一次');
  assert.equal(result().textContent, '');
  assert.equal(node.querySelector('fieldset')!.disabled, false);
  await press('检查');
  assert.ok(named('再做一遍'));
  assert.deepEqual(judged.map(one => one.progress?.right), [0, 1]);
  assert.equal(sent[0]!.url, '/user/a/trainer/api/lessons/ke/check');
  assert.equal(sent[0]!.token, 'abc');
  assert.equal(sent[0]!.body['exercise'], 'e1');
  assert.notEqual(sent[0]!.body['try'], sent[1]!.body['try']);
});

test('an empty answer is no try', async () => {
  answers = [EMPTY];
  mountPractice(node, DEFINITION, 'ke', 'e1', '/', { markdown });
  await press('检查');
  assert.ok(result().textContent!.includes('还没有作答'));
  assert.equal(result().querySelector('dl'), null);
  assert.ok(named('检查'));
});

test('without a network the answer stays and the try stays the same', async () => {
  answers = [new TypeError('Failed to fetch'), RIGHT];
  mountMistake(node, DEFINITION, 'q-1', '/user/a/', { markdown });
  await press('检查');
  assert.ok(result().textContent!.includes('没有连上'));
  await press('检查');
  assert.ok(result().textContent!.includes('对'));
  assert.equal(sent[0]!.url, '/user/a/trainer/api/mistakes/q-1/check');
  assert.equal(sent[0]!.body['try'], sent[1]!.body['try']);
});

test('a kind without a widget is answered as text, and nothing is taken for HTML', async () => {
  answers = [{ ...WRONG, key: '<img src=x>', citation: '<b>条</b>' }];
  mountPractice(node, { kind: 'unknown', version: 1, stem: '' }, 'ke', 'e1', '/', { markdown });
  const box = node.querySelector('textarea')!;
  box.value = '我的答案';
  box.dispatchEvent(new Event('input'));
  await press('检查');
  assert.equal(sent[0]!.body['text'], '我的答案');
  assert.equal(result().querySelector('img, b'), null);
  assert.ok(result().textContent!.includes('<img src=x>'));
});

test('the exercises of a lesson in a notebook', async () => {
  const cell = (trainer: unknown) => {
    const made = { node: document.createElement('div'), model: { getMetadata: () => trainer }, classes: [] as string[] };
    return { ...made, addClass: (name: string) => made.classes.push(name) };
  };
  const cells = [cell(undefined), cell({ exercise: 'e1', definition: DEFINITION }), cell({ exercise: 'e2', definition: null })];
  const prepared: HTMLElement[] = [];
  const show = (said: unknown) => showExercises(said, cells, '/user/a/', 'trainer-shown', one => prepared.push(one));
  assert.equal(show(undefined).length, 0, 'an ordinary notebook');
  const [practice] = show({ lesson: { id: 'ke' } });
  assert.equal(prepared.length, 1);
  assert.deepEqual(cells.map(one => one.classes.length), [0, 1, 0]);
  node.append(cells[1]!.node);
  answers = [RIGHT];
  await press('检查');
  assert.equal(sent[0]!.url, '/user/a/trainer/api/lessons/ke/check');
  practice!.dispose();
  assert.equal(cells[1]!.node.querySelector('fieldset'), null);
});
