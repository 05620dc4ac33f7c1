import '../browser';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageQuestion, type Part } from '../../src/page/questions';
import { inWords } from '../../src/sheet/questions';

const SINGLE: Part = {
  markdown: '',
  cell: 'q01',
  definition: { kind: 'single', version: 1, number: 7, stem: '虚构的一题', options: [{ letter: 'A', text: '半年' }, { letter: 'B', text: '一年' }] },
  text: '',
  code: false
};
const OLD: Part = { markdown: '**8.** 没有定义的旧题', cell: 'q08', definition: null, text: '以前写的', code: false };

test('a question of the page is a widget, tells what is chosen, and says it in words', () => {
  const question = new PageQuestion(SINGLE, 1, '', 'juan');
  document.body.append(question.node);
  const told: string[] = [];
  question.onChange(text => told.push(text));
  question.node.querySelectorAll('input')[1]?.click();
  assert.deepEqual([told, question.text, question.answered, question.label], [['B'], 'B', true, '7']);
  assert.equal(inWords(question, 'B'), '一年');
  assert.equal(inWords(question, '不知道'), '不知道');
  question.text = 'A';
  assert.deepEqual(told, ['B'], 'what the sheet shows is not told as an answer');
  question.setDisabled(true);
  assert.equal(question.node.querySelector('fieldset')?.disabled, true);
});

test('a question without a definition is a box to write in', () => {
  const question = new PageQuestion(OLD, 8, 'sl001', 'juan');
  const box = question.node.querySelector('textarea');
  assert.ok(box);
  assert.equal(question.text, '以前写的');
  assert.match(question.node.textContent ?? '', /没有定义的旧题/);
  const told: string[] = [];
  question.onChange(text => told.push(text));
  box.value = '  ';
  box.dispatchEvent(new Event('input'));
  assert.deepEqual([told, question.answered], [[''], false]);
});
