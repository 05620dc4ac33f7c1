import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keeper, type Conflict, type Status } from '../../src/sheet/keeper';
import { Refusal, Unreached } from '../../src/sheet/transport';
import { HandTimers, HandTransport, MapStorage } from './fakes';

const T1 = '2026-03-01T09:00:01.000+08:00';
const T2 = '2026-03-01T09:00:02.000+08:00';
const T3 = '2026-03-01T09:00:03.000+08:00';

function newer(text: string, savedAt: string): Refusal {
  return new Refusal('改过。', 409, 'newer-answer', { text, saved_at: savedAt });
}

class Desk {
  readonly storage: MapStorage;
  readonly transport = new HandTransport();
  readonly timers = new HandTimers();
  readonly conflicts: Conflict[] = [];
  readonly keeper: Keeper;
  status: Status | undefined;

  constructor(storage = new MapStorage()) {
    this.storage = storage;
    this.keeper = new Keeper('p:', this.storage, this.transport, this.timers, {
      status: status => {
        this.status = status;
      },
      conflict: conflict => this.conflicts.push(conflict),
      saved: () => undefined
    });
  }

  kept(cell: string): string | undefined {
    const found = this.storage.map.get(`p:${cell}`);
    return found === undefined ? undefined : (JSON.parse(found) as { text: string }).text;
  }
}

test('an answer is kept at once, sent after a moment, and forgotten here when it is there', async () => {
  const desk = new Desk();
  desk.keeper.edit('q01', 'A');
  assert.equal(desk.kept('q01'), 'A');
  assert.equal(desk.status?.state, 'saving');
  assert.equal(desk.transport.requests.length, 0);
  await desk.timers.pass(600);
  const request = desk.transport.last(1);
  assert.deepEqual([request.cell, request.text, request.base], ['q01', 'A', '']);
  await request.answer(T1);
  assert.equal(desk.kept('q01'), undefined);
  assert.deepEqual([desk.status?.state, desk.status?.savedAt], ['saved', T1]);
  desk.keeper.edit('q01', 'B');
  await desk.timers.pass(600);
  assert.equal(desk.transport.last(2).base, T1);
});

test('typing without a pause is saved all the same', async () => {
  const desk = new Desk();
  for (let i = 1; i <= 8; i += 1) {
    desk.keeper.edit('q01', 'x'.repeat(i));
    await desk.timers.pass(500);
  }
  assert.equal(desk.transport.last(1).text, 'x'.repeat(6));
});

test('what is typed while an answer is on its way is sent after it, from its time on', async () => {
  const desk = new Desk();
  desk.keeper.edit('q01', 'A');
  await desk.timers.pass(600);
  desk.keeper.edit('q01', 'AB');
  await desk.timers.pass(5000);
  await desk.transport.last(1).answer(T1);
  assert.equal(desk.kept('q01'), 'AB');
  await desk.timers.pass(600);
  assert.deepEqual([desk.transport.last(2).text, desk.transport.last(2).base], ['AB', T1]);
});

test('without a network it is tried again and again, one for all, and all are sent when it is back', async () => {
  const desk = new Desk();
  for (const cell of ['q01', 'q02', 'q03', 'q04']) {
    desk.keeper.edit(cell, 'A');
  }
  await desk.timers.pass(600);
  assert.equal(desk.transport.requests.length, 3);
  for (const request of desk.transport.requests.slice()) {
    await request.fail(new Unreached());
  }
  assert.deepEqual([desk.status?.state, desk.status?.waiting, desk.status?.kept], ['offline', 4, true]);
  await desk.timers.pass(60_000);
  assert.equal(desk.transport.requests.length, 4, 'one at a time');
  for (let i = 4; i < 12; i += 1) {
    await desk.transport.last(i).fail(new Unreached());
    await desk.timers.pass(30_000);
  }
  await desk.transport.last(12).answer(T1);
  await desk.timers.pass(0);
  assert.equal(desk.transport.requests.length, 15);
  for (const request of desk.transport.requests.slice(12)) {
    await request.answer(T2);
  }
  assert.deepEqual([desk.status?.state, desk.status?.waiting], ['saved', 0]);
  assert.equal(desk.storage.map.size, 0);
});

test('a network that is back is used at once', async () => {
  const desk = new Desk();
  desk.keeper.edit('q01', 'A');
  await desk.timers.pass(600);
  await desk.transport.last(1).fail(new Unreached());
  desk.keeper.flush();
  assert.equal(desk.transport.requests.length, 2);
});

test('a page that is loaded again has what was not sent, and sends it', async () => {
  const before = new Desk();
  before.keeper.learn('q01', 'A', T1);
  before.keeper.edit('q01', 'B');
  const after = new Desk(before.storage);
  after.keeper.learn('q01', 'A', T1);
  assert.equal(after.keeper.recover('q01'), 'B');
  assert.equal(after.keeper.recover('q02'), undefined);
  await after.timers.pass(0);
  assert.deepEqual([after.transport.last(1).text, after.transport.last(1).base], ['B', T1]);
});

test('an answer whose acknowledgement was lost is no conflict with oneself, even over a reload', async () => {
  const before = new Desk();
  before.keeper.edit('q01', 'A');
  await before.timers.pass(600);
  await before.transport.last(1).fail(new Unreached());
  const after = new Desk(before.storage);
  after.keeper.recover('q01');
  after.keeper.edit('q01', 'AB');
  await after.timers.pass(600);
  await after.transport.last(1).fail(newer('A', T1));
  assert.equal(after.conflicts.length, 0);
  await after.timers.pass(0);
  assert.deepEqual([after.transport.last(2).text, after.transport.last(2).base], ['AB', T1]);
});

for (const whose of ['mine', 'theirs'] as const) {
  test(`another device's answer is shown, nothing is sent until a choice, and ${whose} stays`, async () => {
    const desk = new Desk();
    desk.keeper.learn('q01', 'A', T1);
    desk.keeper.edit('q01', 'B');
    desk.keeper.edit('q02', 'X');
    await desk.timers.pass(600);
    await desk.transport.requests[0]?.fail(newer('C', T2));
    await desk.transport.requests[1]?.answer(T2);
    assert.deepEqual(desk.conflicts, [{ cell: 'q01', mine: 'B', theirs: 'C', savedAt: T2 }]);
    assert.equal(desk.status?.state, 'conflict');
    await desk.timers.pass(60_000);
    assert.equal(desk.transport.requests.length, 2);
    assert.equal(desk.kept('q01'), 'B');
    desk.keeper.choose('q01', whose);
    await desk.timers.pass(0);
    if (whose === 'mine') {
      const request = desk.transport.last(3);
      assert.deepEqual([request.text, request.base], ['B', T2]);
      await request.answer(T3);
    } else {
      assert.equal(desk.transport.requests.length, 2);
      assert.equal(desk.keeper.text('q01'), 'C');
      assert.equal(desk.keeper.bases()['q01'], T2);
    }
    assert.equal(desk.kept('q01'), undefined);
    assert.equal(desk.status?.state, 'saved');
  });
}

test('a refusal is said, kept, and not repeated until the answer changes', async () => {
  const desk = new Desk();
  desk.keeper.edit('q01', 'A');
  await desk.timers.pass(600);
  await desk.transport.last(1).fail(new Refusal('作答时间已到。', 409, 'over'));
  await desk.timers.pass(60_000);
  assert.deepEqual([desk.transport.requests.length, desk.status?.state, desk.status?.message], [1, 'refused', '作答时间已到。']);
  assert.equal(desk.kept('q01'), 'A');
  desk.keeper.edit('q01', 'B');
  await desk.timers.pass(600);
  assert.equal(desk.transport.requests.length, 2);
});

test('busy, ended and restarting servers are tried again; a login only after a while is asked for', async () => {
  const desk = new Desk();
  desk.keeper.edit('q01', 'A');
  await desk.timers.pass(600);
  let sent = 1;
  for (const refusal of [new Refusal('忙。', 503, 'busy'), new Refusal('', 424, ''), new Refusal('', 502, '')]) {
    await desk.transport.last(sent).fail(refusal);
    assert.equal(desk.status?.state, 'offline');
    await desk.timers.pass(30_000);
    sent += 1;
  }
  for (const state of [...Array<string>(6).fill('offline'), 'login']) {
    await desk.transport.last(sent).fail(new Refusal('登录已经过期。', 403, 'login'));
    assert.equal(desk.status?.state, state);
    await desk.timers.pass(30_000);
    sent += 1;
  }
  await desk.transport.last(sent).answer(T1);
  assert.equal(desk.status?.state, 'saved');
});

test('who has logged out elsewhere is told at once, and what was written is kept', async () => {
  const desk = new Desk();
  desk.keeper.edit('q01', 'A');
  await desk.timers.pass(600);
  await desk.transport.last(1).fail(new Refusal('登录已经过期。', 403, 'login', { logged_out: true }));
  assert.deepEqual([desk.status?.state, desk.status?.waiting, desk.status?.kept], ['login', 1, true]);
  desk.keeper.flush();
  await desk.transport.last(2).answer(T1);
  assert.equal(desk.status?.state, 'saved');
});

test('a full device is said, and the server still gets it', async () => {
  const desk = new Desk();
  desk.storage.full = true;
  desk.keeper.edit('q01', 'A');
  assert.equal(desk.status?.kept, false);
  await desk.timers.pass(600);
  await desk.transport.last(1).answer(T1);
  assert.equal(desk.status?.state, 'saved');
});

test('a paper without saving keeps here and sends nothing', async () => {
  const desk = new Desk();
  desk.keeper.sendNothing(true);
  desk.keeper.edit('q01', 'A');
  await desk.timers.pass(60_000);
  assert.deepEqual([desk.transport.requests.length, desk.status?.state, desk.kept('q01')], [0, 'local', 'A']);
  desk.keeper.settle();
  assert.equal(desk.kept('q01'), undefined);
});

test('what another window keeps of the same question is not forgotten for it', async () => {
  const desk = new Desk();
  desk.keeper.edit('q01', 'A');
  await desk.timers.pass(600);
  const other = new Desk(desk.storage);
  other.keeper.edit('q01', 'B');
  await desk.transport.last(1).answer(T1);
  assert.equal(desk.kept('q01'), 'B');
});

test('what others saved is learnt, except where something waits here', () => {
  const desk = new Desk();
  assert.equal(desk.keeper.learn('q01', 'A', T1), true);
  desk.keeper.edit('q01', 'B');
  assert.equal(desk.keeper.learn('q01', 'C', T2), false);
  assert.equal(desk.keeper.bases()['q01'], T1);
});
