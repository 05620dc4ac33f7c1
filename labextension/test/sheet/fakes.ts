/** A server, a storage and timers that tests drive by hand. */
import type { Storage, Timers } from '../../src/sheet/keeper';
import type { Receipt, Transport } from '../../src/sheet/transport';

export class HandTimers implements Timers {
  private now = 0;
  private made = 0;
  private readonly waiting = new Map<number, { at: number; work: () => void }>();

  set(work: () => void, ms: number): unknown {
    this.made += 1;
    this.waiting.set(this.made, { at: this.now + ms, work });
    return this.made;
  }

  clear(timer: unknown): void {
    this.waiting.delete(timer as number);
  }

  get pending(): number {
    return this.waiting.size;
  }

  /** Let time pass, with whatever becomes due in it and whatever that promises. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const due = Array.from(this.waiting.entries()).filter(([, one]) => one.at <= end);
      due.sort(([a, one], [b, other]) => one.at - other.at || a - b);
      const next = due[0];
      if (!next) {
        break;
      }
      this.waiting.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].work();
      await settled();
    }
    this.now = end;
    await settled();
  }
}

/** Promises that are kept already have told everybody. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) {
    await Promise.resolve();
  }
}

export class MapStorage implements Storage {
  readonly map = new Map<string, string>();
  full = false;

  getItem(key: string): string | null {
    return this.map.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.full) {
      throw new Error('QuotaExceededError');
    }
    this.map.set(key, value);
  }

  removeItem(key: string): void {
    this.map.delete(key);
  }
}

export interface Request {
  readonly cell: string;
  readonly text: string;
  readonly base: string;
  answer(savedAt: string): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** Requests wait until the test answers them. */
export class HandTransport implements Pick<Transport, 'save' | 'submit'> {
  readonly requests: Request[] = [];
  readonly handIns: { texts: Record<string, string>; bases: Record<string, string> | null; answer(receipt: Receipt): Promise<void>; fail(error: Error): Promise<void> }[] = [];

  save(cell: string, text: string, base: string): Promise<{ saved_at: string }> {
    return new Promise((resolve, reject) => {
      this.requests.push({
        cell,
        text,
        base,
        answer: saved_at => (resolve({ saved_at }), settled()),
        fail: error => (reject(error), settled())
      });
    });
  }

  submit(texts: Record<string, string>, bases: Record<string, string> | null): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.handIns.push({ texts, bases, answer: receipt => (resolve(receipt), settled()), fail: error => (reject(error), settled()) });
    });
  }

  /** The last request; there must be `count` by now. */
  last(count: number): Request {
    const found = this.requests[count - 1];
    if (!found || this.requests.length !== count) {
      throw new Error(`${this.requests.length} requests, not ${count}`);
    }
    return found;
  }
}

export const RECEIPT: Receipt = {
  id: '8d0c5f1be07a4c11',
  course: '虚构课程',
  assignment: 'juan',
  trainee: 'sl001',
  received_at: '2026-03-01T09:30:00.125+08:00',
  late: false,
  attempt: 1,
  answers: 3,
  sha256: 'a'.repeat(64),
  key_id: 'k',
  signature: 's'.repeat(88)
};
