/** Talking to the person's own server: JSON both ways, and a clear word for everything that goes wrong. */
import type { ServerClock } from './clock';

export interface Receipt {
  readonly id: string;
  readonly course: string;
  readonly assignment: string;
  readonly trainee: string;
  readonly received_at: string;
  readonly late: boolean;
  readonly attempt: number;
  readonly answers: number;
  readonly sha256: string;
  readonly key_id: string;
  readonly signature: string;
}

export interface SavedAnswer {
  readonly text: string;
  readonly saved_at: string;
}

/** Where a paper stands: AnswerSheet.state in Python. */
export interface PaperState {
  readonly now: string;
  readonly title: string;
  readonly opens: string | null;
  readonly closes: string | null;
  readonly late: 'keep' | 'accept';
  readonly save: boolean;
  readonly attempts_left: number | null;
  readonly state: 'not-open' | 'open' | 'working' | 'submitted' | 'closed' | 'withdrawn';
  readonly over: boolean;
  /** Whether it is (still) for this person. */
  readonly allotted: boolean;
  readonly withdrawn: boolean;
  readonly answers: Record<string, SavedAnswer>;
  readonly in_file: Record<string, string>;
  readonly receipts: Receipt[];
  readonly feedback: boolean;
}

/** The server understood and refused; `code` is a stable word, `more` what else it told. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly more: Record<string, unknown> = {}
  ) {
    super(message);
  }

  /** Whether the same again may succeed by itself. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 424 || this.code === 'login';
  }
}

/** No answer at all. */
export class Unreached extends Error {}

/** What the parts of the sheet ask of the server. */
export interface Transport {
  /** Told when the server or the login may be back. */
  revived?: () => void;
  state(): Promise<PaperState>;
  save(cell: string, text: string, base: string): Promise<{ saved_at: string }>;
  submit(texts: Record<string, string>, bases: Record<string, string> | null): Promise<Receipt>;
}

/** Longer than a slow network needs, shorter than a person waits. */
const PATIENCE = 25_000;
const LONG_PATIENCE = 60_000;
/** Between two attempts to bring the server back or to log in again, in ms. */
const REVIVAL = 3_000;
/** How long an attempt may take: a server has to start. */
const REVIVED = 20_000;

function cookie(name: string): string {
  const found = new RegExp(`(?:^|; )${name}=([^;]*)`).exec(document.cookie);
  return found ? found[1] ?? '' : '';
}

function hubOf(base: string): string {
  return `${base.replace(/user\/[^/]+\/$/, '')}hub/`;
}

/** The address that starts the person's server, after a login where one is needed, and leads to the learning hall. */
export function startOf(base: string): string {
  return `${hubOf(base)}spawn?next=${encodeURIComponent(`${base}trainer/`)}`;
}

/** A server that was ended is started again, and its login renewed, by opening it in a frame that nobody sees. */
class Revival {
  /** Whether the hub itself asks who it is: nothing but a login helps. */
  loggedOut = false;
  private last = -Infinity;

  constructor(private readonly base: string, private readonly steady: () => number) {}

  /** `done`: something was loaded, perhaps what was wanted. */
  attempt(done: () => void): void {
    if (this.steady() - this.last < REVIVAL) {
      return;
    }
    this.last = this.steady();
    void this.lookAtLogin();
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.title = '重新连接';
    frame.addEventListener('load', done);
    frame.src = startOf(this.base);
    document.body.append(frame);
    setTimeout(() => frame.remove(), REVIVED);
  }

  /** The hub's first page leads who is not logged in elsewhere. */
  private async lookAtLogin(): Promise<void> {
    const answer = await fetch(`${hubOf(this.base)}home`, { redirect: 'manual', cache: 'no-store' }).catch(() => undefined);
    this.loggedOut = answer?.type === 'opaqueredirect';
  }
}

/** Requests to one paper's addresses. */
export class PaperServer implements Transport {
  revived?: () => void;
  private readonly root: string;
  private readonly revival: Revival;

  constructor(base: string, course: string, assignment: string, private readonly clock: ServerClock) {
    this.root = `${base}trainer/api/papers/${encodeURIComponent(course)}/${encodeURIComponent(assignment)}/`;
    this.revival = new Revival(base, clock.steady);
  }

  state(): Promise<PaperState> {
    return this.ask('GET', 'state');
  }

  /** The state and the parts of the paper. */
  paper<T>(): Promise<T> {
    return this.ask('GET', 'paper');
  }

  save(cell: string, text: string, base: string): Promise<{ saved_at: string }> {
    // A page that is being closed still sends what it can; browsers limit how much.
    return this.ask('PUT', `answers/${encodeURIComponent(cell)}`, { text, base }, text.length < 15_000);
  }

  async submit(texts: Record<string, string>, bases: Record<string, string> | null): Promise<Receipt> {
    return (await this.ask<{ receipt: Receipt }>('POST', 'submit', { texts, bases })).receipt;
  }

  private async ask<T>(method: string, path: string, body?: unknown, keepalive = false): Promise<T> {
    const asked = this.clock.steady();
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), method === 'POST' ? LONG_PATIENCE : PATIENCE);
    try {
      const response = await fetch(this.root + path, {
        method,
        keepalive,
        cache: 'no-store',
        signal: control.signal,
        headers: { 'Content-Type': 'application/json', 'X-XSRFToken': cookie('_xsrf') },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      });
      const answer: unknown = await response.json().catch(() => undefined);
      return this.read<T>(response, answer, asked);
    } catch (error) {
      if (error instanceof Refusal) {
        throw error;
      }
      throw new Unreached();
    } finally {
      clearTimeout(timer);
    }
  }

  private read<T>(response: Response, answer: unknown, asked: number): T {
    const told = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : undefined;
    if (response.ok && told) {
      if (typeof told['now'] === 'string') {
        this.clock.measure(told['now'], asked, this.clock.steady());
      }
      return told as unknown as T;
    }
    const code = typeof told?.['code'] === 'string' ? told['code'] : response.status === 403 || response.status === 401 ? 'login' : '';
    if (code === 'login' || response.status === 424 || (response.status >= 502 && !code)) {
      this.revival.attempt(() => this.revived?.());
    }
    const message = typeof told?.['message'] === 'string' ? told['message'] : '服务器没有应答，正在重试。';
    throw new Refusal(message, response.ok ? 502 : response.status, code, { ...told, logged_out: this.revival.loggedOut });
  }
}
