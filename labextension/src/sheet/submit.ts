/** Handing in: what is missing, when it happens by itself, and trying until there is a receipt. */
import type { SheetQuestion } from './document';
import type { Flags } from './jumper';
import type { Storage, Timers } from './keeper';
import { Refusal, Unreached, type PaperState, type Receipt, type SavedAnswer, type Transport } from './transport';

export interface Missing {
  readonly answered: number;
  readonly all: number;
  readonly unanswered: readonly SheetQuestion[];
  readonly flagged: readonly SheetQuestion[];
}

/** What a person should know before handing in. */
export function whatIsMissing(questions: readonly SheetQuestion[], flags: Pick<Flags, 'has'>): Missing {
  const unanswered = questions.filter(question => !question.answered);
  return {
    answered: questions.length - unanswered.length,
    all: questions.length,
    unanswered,
    flagged: questions.filter(question => flags.has(question.cell))
  };
}

/** So long before the end it is handed in, ms: the request has to arrive in time… */
const AHEAD = 2_000;
/** …and not everybody's at the same instant. */
const SPREAD = 3_000;

/** When a paper that closes then is handed in by itself, ms since 1970; `chance` is in [0, 1). */
export function dueTime(closes: string | null, chance: number): number {
  return closes === null ? Infinity : Date.parse(closes) - AHEAD - chance * SPREAD;
}

/** Whether anything was saved since the last receipt. */
export function changedSinceReceipt(state: Pick<PaperState, 'receipts' | 'answers'>): boolean {
  const last = state.receipts[state.receipts.length - 1];
  return (
    last === undefined ||
    Object.keys(state.answers).some(cell => Date.parse(state.answers[cell]?.saved_at ?? '') > Date.parse(last.received_at))
  );
}

/** Whether the end of time hands in: the first time always, afterwards what was changed, and never more than allowed. */
export function handsInAtTheEnd(state: Pick<PaperState, 'receipts' | 'attempts_left'>, changed: boolean): boolean {
  return state.attempts_left !== 0 && (state.receipts.length === 0 || changed);
}

/** Whether answers can still be changed. */
export function canAnswer(state: Pick<PaperState, 'allotted' | 'withdrawn' | 'over' | 'attempts_left' | 'state'>): boolean {
  return state.allotted && !state.withdrawn && !state.over && state.attempts_left !== 0 && state.state !== 'not-open';
}

/** What the person is told about another time, before 确定交卷. */
export function attemptsWords(state: Pick<PaperState, 'attempts_left' | 'over' | 'late'>): string {
  if (state.over) {
    return state.late === 'accept' ? '作答时间已到，现在交会注明“迟交”。' : '作答时间已到，现在交会注明“迟交”，留存备查，一般不计分。';
  }
  if (state.attempts_left === null) {
    return '交了以后还可以改；改了要再交一次才算。';
  }
  return state.attempts_left === 1 ? '交了以后就不能再改了。' : `还可以交 ${state.attempts_left} 次；改了要再交一次才算。`;
}

export interface HandInListeners {
  /** Shortly before each attempt and after each that did not get through. */
  trying(offline: boolean): void;
  done(receipt: Receipt): void;
  /** Somebody else's later answers: to be shown first. */
  newer(answers: Record<string, SavedAnswer>): void;
  refused(refusal: Refusal): void;
}

const SHORTEST_WAIT = 2_000;
const LONGEST_WAIT = 20_000;

/** Sends one hand-in until it is received or refused. Sent twice it is the same one: the server gives the same receipt. */
export class HandIn {
  private timer: unknown;
  private failures = 0;
  private running: 'no' | 'asked' | 'by itself' = 'no';
  private sending = false;

  /** `key`: where it is noted that the end of time wanted to hand in, for a page that is loaded again. */
  constructor(
    private readonly transport: Pick<Transport, 'submit'>,
    private readonly texts: () => Record<string, string>,
    private readonly bases: () => Record<string, string>,
    private readonly storage: Storage,
    private readonly key: string,
    private readonly timers: Timers,
    private readonly listeners: HandInListeners
  ) {}

  get busy(): boolean {
    return this.running !== 'no';
  }

  /** Whether the end of time came here before the page was loaded, and there was no receipt yet. */
  get owed(): boolean {
    try {
      return this.storage.getItem(this.key) !== null;
    } catch {
      return false;
    }
  }

  start(byItself: boolean): void {
    this.running = byItself ? 'by itself' : 'asked';
    this.failures = 0;
    if (byItself) {
      this.note(true);
    }
    this.attempt();
  }

  /** The person does not want to after all, as long as it has not been received. */
  cancel(): void {
    this.running = 'no';
    this.timers.clear(this.timer);
  }

  /** The network is back. */
  retry(): void {
    if (this.busy && !this.sending) {
      this.timers.clear(this.timer);
      this.attempt();
    }
  }

  private attempt(): void {
    this.sending = true;
    this.listeners.trying(this.failures > 0);
    // At the end of time what stands here counts; a person is shown what came from elsewhere first.
    const bases = this.running === 'asked' ? this.bases() : null;
    this.transport.submit(this.texts(), bases).then(
      receipt => {
        this.sending = false;
        this.ended();
        this.listeners.done(receipt);
      },
      (error: unknown) => {
        this.sending = false;
        if (this.busy) {
          this.failed(error);
        }
      }
    );
  }

  private failed(error: unknown): void {
    if (error instanceof Unreached || !(error instanceof Refusal) || error.passing) {
      this.failures += 1;
      this.listeners.trying(true);
      const wait = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** Math.min(this.failures - 1, 5));
      this.timer = this.timers.set(() => this.attempt(), wait);
      return;
    }
    this.ended();
    if (error.code === 'newer-answers') {
      this.listeners.newer(error.more['answers'] as Record<string, SavedAnswer>);
    } else {
      this.listeners.refused(error);
    }
  }

  private ended(): void {
    this.running = 'no';
    this.note(false);
  }

  private note(owed: boolean): void {
    try {
      if (owed) {
        this.storage.setItem(this.key, new Date().toISOString());
      } else {
        this.storage.removeItem(this.key);
      }
    } catch {
      // Without storage it holds until the page is closed.
    }
  }
}
