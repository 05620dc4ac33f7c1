/**
 * Keeps every answer: at once on this device, then at the server, again and again until it is there. Never overwrites
 * unseen what was saved elsewhere. Knows no page: storage, server and timers are given to it.
 */
import { Refusal, Unreached, type Transport } from './transport';

/** localStorage, or what stands for it. Each method may throw. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface Timers {
  set(work: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

export interface Conflict {
  readonly cell: string;
  readonly mine: string;
  readonly theirs: string;
  readonly savedAt: string;
}

/** What there is to say about saving. */
export interface Status {
  /** The first that holds: something must be decided or read, cannot be reached, is on its way, or all is saved. */
  readonly state: 'conflict' | 'refused' | 'taken' | 'login' | 'offline' | 'saving' | 'saved' | 'local' | 'untouched';
  /** When the server saved last, ISO 8601; '' when it has not. */
  readonly savedAt: string;
  /** How many answers are not at the server yet. */
  readonly waiting: number;
  /** Why not, in the server's words; '' when there is nothing to say. */
  readonly message: string;
  /** Whether this device keeps what is waiting. */
  readonly kept: boolean;
}

export interface Listeners {
  status(status: Status): void;
  /** Ask the person; until `choose` nothing is sent for the cell. */
  conflict(conflict: Conflict): void;
  /** An answer is at the server. */
  saved(cell: string, text: string, savedAt: string): void;
}

const DEBOUNCE = 600;
const LONGEST_DEBOUNCE = 3_000;
const SHORTEST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const AT_ONCE = 3;
/** So often in a row the server may not know who we are while it is started again. */
const MOST_STRANGE = 6;
/** As many failures make the wait long: nothing changes within seconds. */
const PATIENT = 4;

/** What this device keeps of an answer that is not at the server. */
interface Kept {
  text: string;
  /** saved_at of the answer that the edit began from; '' where there was none. */
  base: string;
  /** The device's time, for people who look. */
  at: string;
  /** Texts that were sent without an answer coming back: the server may have them. */
  sent: string[];
}

interface Cell extends Kept {
  waiting: boolean;
  sending: boolean;
  conflict: Conflict | undefined;
  refused: string;
}

function isKept(value: unknown): value is Kept {
  const kept = value as Partial<Kept> | null;
  return typeof kept === 'object' && kept !== null && typeof kept.text === 'string' && typeof kept.base === 'string' && Array.isArray(kept.sent);
}

export class Keeper {
  private readonly cells = new Map<string, Cell>();
  private timer: unknown;
  private ceiling: unknown;
  private failures = 0;
  /** How often in a row the server did not know who we are. */
  private strangers = 0;
  private unreachable: '' | 'offline' | 'login' | 'taken' = '';
  private message = '';
  private savedAt = '';
  private keeps = true;
  private stopped = false;
  private local = false;

  /** `place` is the beginning of every key in the storage: person, course, assignment. */
  constructor(
    private readonly place: string,
    private readonly storage: Storage,
    private readonly transport: Pick<Transport, 'save'>,
    private readonly timers: Timers,
    private readonly listeners: Listeners
  ) {}

  /** Whether answers are only kept on this device until they are handed in. */
  sendNothing(local: boolean): void {
    this.local = local;
  }

  /** What the server has. False: this device has a later text, which `text` gives. */
  learn(cell: string, text: string, savedAt: string): boolean {
    const known = this.cell(cell);
    if (savedAt > this.savedAt) {
      this.savedAt = savedAt;
    }
    if (known.waiting || known.sending) {
      return known.text === text;
    }
    known.text = text;
    known.base = savedAt;
    return true;
  }

  /** Take up what this device kept from an earlier visit: its text, if there is any. */
  recover(cell: string): string | undefined {
    const kept = this.read(cell);
    if (!kept) {
      return undefined;
    }
    Object.assign(this.cell(cell), kept, { waiting: true });
    this.later(0);
    return kept.text;
  }

  /** The person changed an answer. */
  edit(cell: string, text: string): void {
    const known = this.cell(cell);
    known.text = text;
    known.refused = '';
    known.waiting = true;
    this.write(cell, known);
    if (this.failures === 0) {
      this.later(DEBOUNCE);
      // Who types without a pause is saved as well.
      this.ceiling = this.ceiling ?? this.timers.set(() => this.pump(), LONGEST_DEBOUNCE);
    }
    this.tell();
  }

  /** Send everything now: the network is back, or the page is about to go. */
  flush(): void {
    if (!this.stopped && !this.local) {
      this.timers.clear(this.timer);
      this.pump();
    }
  }

  /** The person decided about a conflict. */
  choose(cell: string, whose: 'mine' | 'theirs'): void {
    const known = this.cell(cell);
    const { conflict } = known;
    if (!conflict) {
      return;
    }
    known.conflict = undefined;
    known.base = conflict.savedAt;
    known.sent = [];
    if (whose === 'theirs') {
      known.text = conflict.theirs;
      known.waiting = false;
      this.forget(cell, undefined);
    } else {
      this.write(cell, known);
      this.later(0);
    }
    this.tell();
  }

  text(cell: string): string {
    return this.cell(cell).text;
  }

  /** saved_at of what each answer began from. */
  bases(): Record<string, string> {
    const bases: Record<string, string> = {};
    this.cells.forEach((known, cell) => {
      bases[cell] = known.base;
    });
    return bases;
  }

  conflicts(): Conflict[] {
    return Array.from(this.cells.values()).flatMap(known => (known.conflict ? [known.conflict] : []));
  }

  waiting(cell: string): boolean {
    return this.cell(cell).waiting;
  }

  /** Everything was handed in as it stands: nothing waits any more. */
  settle(): void {
    this.cells.forEach((known, cell) => {
      known.waiting = false;
      known.conflict = undefined;
      known.refused = '';
      this.forget(cell, undefined);
    });
    this.tell();
  }

  stop(): void {
    this.stopped = true;
    this.timers.clear(this.timer);
    this.timers.clear(this.ceiling);
  }

  status(): Status {
    const all = Array.from(this.cells.values());
    const waiting = all.filter(known => known.waiting).length;
    const refused = all.find(known => known.refused)?.refused ?? '';
    const state = all.some(known => known.conflict)
      ? 'conflict'
      : waiting && this.local
        ? 'local'
        : refused
          ? 'refused'
          : waiting && this.unreachable
            ? this.unreachable
            : waiting
              ? 'saving'
              : this.savedAt
                ? 'saved'
                : 'untouched';
    return { state, savedAt: this.savedAt, waiting, message: refused || this.message, kept: this.keeps };
  }

  // -- sending ---------------------------------------------------------------------------------------------------------

  private later(ms: number): void {
    if (this.stopped || this.local) {
      return;
    }
    this.timers.clear(this.timer);
    this.timer = this.timers.set(() => this.pump(), ms);
  }

  private wait(): number {
    return Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** Math.min(this.failures - 1, 6));
  }

  private pump(): void {
    this.timers.clear(this.ceiling);
    this.ceiling = undefined;
    const cells = Array.from(this.cells.entries());
    let busy = cells.filter(([, known]) => known.sending).length;
    // While nothing gets through, one knocks for all.
    const most = this.failures ? 1 : AT_ONCE;
    for (const [cell, known] of cells) {
      if (busy >= most || this.stopped || this.local) {
        break;
      }
      if (known.waiting && !known.sending && !known.conflict && !known.refused) {
        busy += 1;
        void this.send(cell, known);
      }
    }
    this.tell();
  }

  private async send(cell: string, known: Cell): Promise<void> {
    const { text, base } = known;
    known.sending = true;
    if (known.sent.indexOf(text) < 0) {
      known.sent = known.sent.concat(text).slice(-20);
      this.write(cell, known);
    }
    try {
      const { saved_at } = await this.transport.save(cell, text, base);
      known.sending = false;
      this.reached();
      this.acknowledged(cell, known, text, saved_at);
    } catch (error) {
      known.sending = false;
      this.failed(cell, known, text, error);
    }
    this.tell();
  }

  private acknowledged(cell: string, known: Cell, text: string, savedAt: string): void {
    known.base = savedAt;
    known.sent = [];
    if (savedAt > this.savedAt) {
      this.savedAt = savedAt;
    }
    if (known.text === text) {
      known.waiting = false;
      this.forget(cell, text);
    } else if (known.waiting) {
      this.write(cell, known);
    }
    this.listeners.saved(cell, text, savedAt);
    this.later(0);
  }

  private reached(): void {
    this.failures = 0;
    this.strangers = 0;
    this.unreachable = '';
    this.message = '';
  }

  private failed(cell: string, known: Cell, text: string, error: unknown): void {
    if (error instanceof Unreached || !(error instanceof Refusal) || error.passing) {
      this.failures += 1;
      const login = error instanceof Refusal && error.code === 'login';
      this.strangers = login ? this.strangers + 1 : 0;
      // A login is renewed without anybody noticing; only when that cannot be, or does not help, there is something to do.
      const loggedOut = login && error.more['logged_out'] === true;
      this.unreachable = loggedOut || this.strangers > MOST_STRANGE ? 'login' : 'offline';
      this.message = login ? '服务器暂时没有应答' : error instanceof Refusal ? error.message : '';
      this.later(this.wait());
      return;
    }
    if (error.code === 'not-found') {
      // Given to others now. It may be given back, and what is written here must be there then.
      this.failures = Math.max(this.failures + 1, PATIENT);
      this.unreachable = 'taken';
      this.later(this.wait());
      return;
    }
    this.reached();
    if (error.code === 'newer-answer') {
      this.newer(cell, known, String(error.more['text'] ?? ''), String(error.more['saved_at'] ?? ''));
    } else if (error.code === 'no-saving') {
      this.local = true;
    } else if (known.text === text) {
      known.refused = error.message;
      this.later(0);
    } else {
      this.later(0);
    }
  }

  private newer(cell: string, known: Cell, theirs: string, savedAt: string): void {
    if (known.sent.indexOf(theirs) >= 0) {
      // It is our own, whose acknowledgement was lost.
      this.acknowledged(cell, known, theirs, savedAt);
    } else if (!known.waiting || theirs === known.text) {
      known.waiting = false;
      known.base = savedAt;
      this.forget(cell, undefined);
    } else {
      known.conflict = { cell, mine: known.text, theirs, savedAt };
      this.listeners.conflict(known.conflict);
      this.later(0);
    }
  }

  private tell(): void {
    if (!this.stopped) {
      this.listeners.status(this.status());
    }
  }

  // -- this device -----------------------------------------------------------------------------------------------------

  private cell(name: string): Cell {
    let known = this.cells.get(name);
    if (!known) {
      known = { text: '', base: '', at: '', sent: [], waiting: false, sending: false, conflict: undefined, refused: '' };
      this.cells.set(name, known);
    }
    return known;
  }

  private read(cell: string): Kept | undefined {
    try {
      const kept: unknown = JSON.parse(this.storage.getItem(this.place + cell) ?? 'null');
      return isKept(kept) ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  private write(cell: string, { text, base, sent }: Kept): void {
    try {
      const kept: Kept = { text, base, at: new Date().toISOString(), sent };
      this.storage.setItem(this.place + cell, JSON.stringify(kept));
      this.keeps = true;
    } catch {
      this.keeps = false;
    }
  }

  /** `text`: only if that is what is kept; another window may keep a later one. */
  private forget(cell: string, text: string | undefined): void {
    try {
      if (text === undefined || this.read(cell)?.text === text) {
        this.storage.removeItem(this.place + cell);
      }
    } catch {
      this.keeps = false;
    }
  }
}
