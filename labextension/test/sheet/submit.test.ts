import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HandIn,
  attemptsWords,
  canAnswer,
  changedSinceReceipt,
  dueTime,
  handsInAtTheEnd
} from '../../src/sheet/submit';
import { Refusal, Unreached, type Receipt, type SavedAnswer } from '../../src/sheet/transport';
import { HandTimers, HandTransport, MapStorage, RECEIPT } from './fakes';

class Desk {
  readonly transport = new HandTransport();
  readonly timers = new HandTimers();
  readonly said: string[] = [];
  receipt: Receipt | undefined;
  newer: Record<string, SavedAnswer> | undefined;
  readonly handIn: HandIn;

  constructor(readonly storage = new MapStorage()) {
    this.handIn = new HandIn(this.transport, () => ({ q01: 'A' }), () => ({ q01: 'T' }), storage, 'owed', this.timers, {
      trying: offline => this.said.push(offline ? 'offline' : 'trying'),
      done: receipt => {
        this.receipt = receipt;
      },
      newer: answers => {
        this.newer = answers;
      },
      refused: refusal => this.said.push(refusal.message)
    });
  }
}

test('handed in when asked, with what each answer began from', async () => {
  const desk = new Desk();
  desk.handIn.start(false);
  assert.deepEqual([desk.transport.handIns[0]?.texts, desk.transport.handIns[0]?.bases], [{ q01: 'A' }, { q01: 'T' }]);
  assert.equal(desk.handIn.owed, false);
  await desk.transport.handIns[0]?.answer(RECEIPT);
  assert.equal(desk.receipt, RECEIPT);
  assert.equal(desk.handIn.busy, false);
});

test('at the end of time it is tried until there is a receipt, and a reload remembers', async () => {
  const desk = new Desk();
  desk.handIn.start(true);
  assert.equal(desk.transport.handIns[0]?.bases, null);
  await desk.transport.handIns[0]?.fail(new Unreached());
  assert.equal(new Desk(desk.storage).handIn.owed, true);
  await desk.timers.pass(2_000);
  await desk.transport.handIns[1]?.fail(new Refusal('忙。', 503, 'busy'));
  desk.handIn.retry();
  await desk.transport.handIns[2]?.answer({ ...RECEIPT, late: true });
  assert.equal(desk.receipt?.late, true);
  assert.equal(desk.handIn.owed, false);
  assert.equal(desk.timers.pending, 0);
  assert.deepEqual(desk.said, ['trying', 'offline', 'offline', 'offline', 'offline']);
});

test('called off, nothing more is sent', async () => {
  const desk = new Desk();
  desk.handIn.start(false);
  desk.handIn.cancel();
  await desk.transport.handIns[0]?.fail(new Unreached());
  await desk.timers.pass(60_000);
  assert.equal(desk.transport.handIns.length, 1);
});

test('answers from elsewhere are shown first, and a refusal is said', async () => {
  const desk = new Desk();
  const answers = { q01: { text: 'B', saved_at: 'T2' } };
  desk.handIn.start(false);
  await desk.transport.handIns[0]?.fail(new Refusal('改过。', 409, 'newer-answers', { answers }));
  assert.deepEqual(desk.newer, answers);
  desk.handIn.start(false);
  await desk.transport.handIns[1]?.fail(new Refusal('交满了。', 409, 'no-attempts'));
  assert.equal(desk.said.pop(), '交满了。');
  assert.equal(desk.handIn.busy, false);
});

test('it is handed in by itself shortly before the end, not by everybody at once', () => {
  const closes = '2026-03-01T10:00:00+08:00';
  assert.equal(dueTime(null, 0.5), Infinity);
  assert.equal(Date.parse(closes) - dueTime(closes, 0), 2_000);
  assert.equal(Date.parse(closes) - dueTime(closes, 0.999), 4_997);
});

test('the end of time hands in what is not handed in yet', () => {
  const nothing = { receipts: [], attempts_left: 1 };
  const once = { receipts: [RECEIPT], attempts_left: null };
  assert.equal(handsInAtTheEnd(nothing, false), true);
  assert.equal(handsInAtTheEnd(once, false), false);
  assert.equal(handsInAtTheEnd(once, true), true);
  assert.equal(handsInAtTheEnd({ receipts: [RECEIPT], attempts_left: 0 }, true), false);
});

test('a change is what was saved after the last receipt', () => {
  const before = { q01: { text: 'A', saved_at: '2026-03-01T09:29:00+08:00' } };
  const after = { q01: { text: 'A', saved_at: '2026-03-01T09:31:00+08:00' } };
  assert.equal(changedSinceReceipt({ receipts: [], answers: {} }), true);
  assert.equal(changedSinceReceipt({ receipts: [RECEIPT], answers: before }), false);
  assert.equal(changedSinceReceipt({ receipts: [RECEIPT], answers: after }), true);
});

test('who may answer, and what is said about another time', () => {
  const open = { allotted: true, withdrawn: false, over: false, attempts_left: 2, state: 'working' } as const;
  assert.equal(canAnswer(open), true);
  for (const change of [{ allotted: false }, { withdrawn: true }, { over: true }, { attempts_left: 0 }, { state: 'not-open' }] as const) {
    assert.equal(canAnswer({ ...open, ...change }), false);
  }
  assert.match(attemptsWords({ attempts_left: 1, over: false, late: 'keep' }), /不能再改/);
  assert.match(attemptsWords({ attempts_left: 3, over: false, late: 'keep' }), /还可以交 3 次/);
  assert.match(attemptsWords({ attempts_left: null, over: false, late: 'keep' }), /还可以改/);
  assert.match(attemptsWords({ attempts_left: null, over: true, late: 'keep' }), /迟交.*不计分/);
});
