import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerClock, clockTime, dateTime, timeLeft } from '../../src/sheet/clock';

const NINE = Date.parse('2026-03-01T09:00:00.000+08:00');
const at = (ms: number): string => new Date(NINE + ms).toISOString();

class Device {
  wall = NINE - 86_400_000; // a day behind
  steady = 5_000;
  readonly clock = new ServerClock(
    () => this.wall,
    () => this.steady
  );

  pass(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }
}

test('the time is the server’s, whatever the device says', () => {
  const device = new Device();
  assert.ok(isNaN(device.clock.now()));
  device.clock.measure(at(0), 4_900, 5_000);
  device.pass(10_000);
  assert.equal(device.clock.now(), NINE + 10_050);
  device.wall += 86_400_000;
  assert.equal(device.clock.now(), NINE + 10_050);
  assert.equal(device.clock.jumped(), true);
});

test('the closer of two measures that agree is kept', () => {
  const device = new Device();
  device.clock.measure(at(0), 4_980, 5_000);
  device.pass(1_000);
  device.clock.measure(at(500), 5_000, 6_000);
  assert.equal(device.clock.now(), NINE + 1_010);
  device.clock.measure(at(20_000), 5_000, 6_000);
  assert.equal(device.clock.now(), NINE + 20_500, 'one that does not agree is newer');
});

test('after sleep, which the steady clock may not notice, the server is asked and believed', () => {
  const device = new Device();
  device.clock.measure(at(0), 4_999, 5_000);
  device.wall += 3_600_000;
  device.pass(1_000);
  assert.equal(device.clock.jumped(), true);
  device.clock.measure(at(3_601_000), 5_900, 6_000);
  assert.equal(device.clock.now(), NINE + 3_601_050);
  assert.equal(device.clock.jumped(), false);
});

test('nonsense is no measure', () => {
  const device = new Device();
  device.clock.measure('soon', 0, 1);
  assert.ok(isNaN(device.clock.now()));
});

test('times in words', () => {
  assert.equal(timeLeft(3_909_000), '1:05:09');
  assert.equal(timeLeft(309_000), '5:09');
  assert.equal(timeLeft(59_001), '1:00');
  assert.equal(timeLeft(600_000), '10:00');
  assert.equal(timeLeft(-5), '0:00');
  assert.equal(clockTime('2026-03-01T09:30:05.125+08:00'), '09:30:05');
  assert.equal(dateTime('2026-03-01T09:30:00.125+08:00'), '2026-03-01 09:30');
  assert.equal(dateTime('2026-03-01T09:30:05.125+08:00'), '2026-03-01 09:30:05');
});
