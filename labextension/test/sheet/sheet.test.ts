import '../browser';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { savedWords } from '../../src/sheet/bar';
import { Flags, shortLabel, spokenLabel } from '../../src/sheet/jumper';
import type { Status } from '../../src/sheet/keeper';
import { receiptLines, wrapped } from '../../src/sheet/receipt';
import { mountSheet, type SheetDocument, type SheetQuestion } from '../../src/sheet/sheet';
import type { PaperState, Receipt, Transport } from '../../src/sheet/transport';
import { pageText } from '../../src/page/text';
import { dated, showBox } from '../../src/sheet/dom';
import { MapStorage, RECEIPT, settled } from './fakes';

const STATUS: Status = { state: 'saved', savedAt: '2026-03-01T10:32:05.125+08:00', waiting: 0, message: '', kept: true };

test('the words about saving', () => {
  assert.equal(savedWords(STATUS), '已保存 10:32:05');
  assert.equal(savedWords({ ...STATUS, state: 'offline' }), '没有网络，已存在本机，正在重试…');
  assert.equal(savedWords({ ...STATUS, state: 'offline', message: '服务器忙。' }), '服务器忙，已存在本机，正在重试…');
  assert.match(savedWords({ ...STATUS, state: 'offline', kept: false }), /本机也存不下/);
  assert.match(savedWords({ ...STATUS, state: 'login' }), /重新登录/);
});

test('numbers are named for those who do not see them', () => {
  assert.equal(shortLabel('第 7 题'), '7');
  assert.equal(spokenLabel('7', false, true), '第 7 题，未答，再看看');
  assert.equal(spokenLabel('第 7 题', true, false), '第 7 题，已答');
});

test('flags are kept on the device, and nonsense there does no harm', () => {
  const storage = new MapStorage();
  new Flags('f', storage).toggle('q02');
  assert.equal(new Flags('f', storage).has('q02'), true);
  storage.map.set('f', '{"');
  assert.equal(new Flags('f', storage).has('q02'), false);
});

test('the receipt says everything, and long lines are broken', () => {
  const words = receiptLines({ ...RECEIPT, late: true }, '虚构卷').map(([, value]) => value).join('\n');
  for (const part of ['虚构卷', 'sl001', '2026-03-01 09:30:00', '迟交', '3 题', RECEIPT.sha256, RECEIPT.signature]) {
    assert.ok(words.includes(part), part);
  }
  assert.deepEqual(wrapped('一二三四五', 2, text => text.length), ['一二', '三四', '五']);
});

test('a text between questions has its headings, and markup of strangers stays text', () => {
  const made = pageText('# 卷\n\n**A 卷**　共 2 题\n\n<script>alert(1)</script>\n## 一、单选');
  assert.deepEqual(Array.from(made.children).map(child => child.tagName), ['H1', 'DIV', 'H2']);
  assert.equal(made.querySelector('script'), null);
});

class FakeQuestion implements SheetQuestion {
  readonly node = document.createElement('section');
  text = '';
  disabled = false;
  revealed = false;
  private listener: (text: string) => void = () => undefined;

  constructor(readonly cell: string, readonly label: string) {}

  get answered(): boolean {
    return this.text !== '';
  }

  onChange(listener: (text: string) => void): void {
    this.listener = listener;
  }

  setDisabled(disabled: boolean): void {
    this.disabled = disabled;
  }

  reveal(): void {
    this.revealed = true;
  }

  answer(text: string): void {
    this.text = text;
    this.listener(text);
  }
}

const STATE: PaperState = {
  now: new Date().toISOString(),
  title: '虚构卷',
  opens: null,
  closes: null,
  late: 'keep',
  save: true,
  attempts_left: null,
  state: 'working',
  over: false,
  withdrawn: false,
  allotted: true,
  answers: { q01: { text: 'A', saved_at: '2026-03-01T09:00:00.000+08:00' } },
  in_file: {},
  receipts: [],
  feedback: false
};

class FakeServer implements Transport {
  current = STATE;
  readonly submitted: Record<string, string>[] = [];

  state(): Promise<PaperState> {
    return Promise.resolve(this.current);
  }

  save(): Promise<{ saved_at: string }> {
    return Promise.resolve({ saved_at: '2026-03-01T09:05:00.000+08:00' });
  }

  submit(texts: Record<string, string>): Promise<Receipt> {
    this.submitted.push(texts);
    return Promise.resolve(RECEIPT);
  }
}

function mounted(state: PaperState): { server: FakeServer; questions: FakeQuestion[]; bar: HTMLElement; dialogs: HTMLElement; dispose(): void } {
  const questions = [new FakeQuestion('q01', '1'), new FakeQuestion('q02', '2')];
  const [bar, dialogs] = [document.createElement('div'), document.createElement('div')];
  document.body.append(bar, dialogs, ...questions.map(question => question.node));
  const paper: SheetDocument = {
    course: '课',
    assignment: `卷${Math.random()}`,
    person: 'sl001',
    base: '/user/sl001/',
    title: '虚构卷',
    questions: () => questions,
    questionsChanged: () => undefined,
    save: () => Promise.resolve()
  };
  const server = new FakeServer();
  server.current = state;
  const sheet = mountSheet(paper, { bar, dialogs }, { state, server });
  return {
    server,
    questions,
    bar,
    dialogs,
    dispose: () => {
      sheet.dispose();
      bar.remove();
      dialogs.remove();
    }
  };
}

function press(place: HTMLElement, words: string): void {
  const button = Array.from(place.querySelectorAll('button')).find(one => one.textContent === words);
  assert.ok(button, `${words} in ${place.textContent ?? ''}`);
  button.click();
}

test('a sheet shows what the server has, says what is missing, asks once and shows the receipt', async () => {
  const { server, questions, bar, dialogs, dispose } = mounted(STATE);
  assert.equal(questions[0]?.text, 'A');
  assert.match(bar.textContent ?? '', /已答 1\/2/);
  press(bar, '交卷');
  await settled();
  assert.match(dialogs.textContent ?? '', /还有 1 题没有作答/);
  press(dialogs, '再检查一下');
  assert.equal(dialogs.childElementCount, 0);
  questions[1]?.answer('对');
  assert.match(bar.textContent ?? '', /已答 2\/2/);
  press(bar, '交卷');
  await settled();
  assert.doesNotMatch(dialogs.textContent ?? '', /没有作答/);
  press(dialogs, '确定交卷');
  await settled();
  assert.deepEqual(server.submitted, [{ q01: 'A', q02: '对' }]);
  assert.match(dialogs.textContent ?? '', /已经收到您的答卷/);
  press(dialogs, '继续修改');
  dispose();
});

test('a paper that cannot be answered any more is locked and says why', () => {
  const { questions, bar, dispose } = mounted({ ...STATE, over: true, state: 'submitted', receipts: [RECEIPT] });
  assert.deepEqual(questions.map(question => question.disabled), [true, true]);
  assert.match(bar.textContent ?? '', /作答时间已到。您已在 2026-03-01 09:30 交卷/);
  assert.match(bar.textContent ?? '', /看回执/);
  dispose();
});

test('a click on a missing number leads to the question', async () => {
  const { questions, bar, dialogs, dispose } = mounted(STATE);
  press(bar, '交卷');
  await settled();
  press(dialogs, '2');
  assert.equal(questions[1]?.revealed, true);
  dispose();
});

test('dates are kept whole', () => {
  assert.deepEqual(dated('收到：2026-03-01 09:30:00（服务器时间）').map(part => (typeof part === 'string' ? part : part.outerHTML)), [
    '收到：',
    '<time>2026-03-01</time>',
    ' 09:30:00（服务器时间）'
  ]);
});

test('the second half of a double tap presses nothing in what the first half opened', () => {
  const pressed: string[] = [];
  const place = document.createElement('div');
  document.body.replaceChildren(place);
  const tap = (target: Element, x: number, detail = 1) =>
    target.dispatchEvent(new window.MouseEvent('click', { bubbles: true, cancelable: true, clientX: x, clientY: 10, detail }));
  tap(place, 10);
  const box = showBox(place, { title: '要交卷吗？', content: [], choices: [{ words: '确定', act: () => void pressed.push('确定') }] });
  const button = box.node.querySelector('button') as HTMLButtonElement;
  tap(button, 12);
  assert.equal(pressed.length, 0);
  tap(button, 300); // somewhere else: meant
  assert.deepEqual(pressed, ['确定']);
  tap(place, 10);
  const again = showBox(place, { title: '要交卷吗？', content: [], choices: [{ words: '确定', act: () => void pressed.push('键') }] });
  tap(again.node.querySelector('button') as HTMLButtonElement, 10, 0); // by the keyboard
  assert.deepEqual(pressed, ['确定', '键']);
  assert.equal(document.body.classList.contains('sheet-asked'), false);
});
