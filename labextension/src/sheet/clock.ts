/** The server's time on a device whose own clock may be wrong, be set while the page is open, or sleep. */

/** Apart by more than this, the device's two clocks tell that it slept or was set: ask the server again. */
const APART = 2000;

export class ServerClock {
  private offset: number | undefined;
  private roundTrip = Infinity;
  private wallAhead = 0;

  /** `wall` is the device's clock, `steady` one that nobody sets; both in ms. */
  constructor(
    private readonly wall: () => number = () => Date.now(),
    readonly steady: () => number = () => performance.now()
  ) {}

  /** The server said `now` (ISO 8601) in an answer that was asked for at `asked` and had come at `got` (steady, ms). */
  measure(now: string, asked: number, got: number): void {
    const said = Date.parse(now);
    if (isNaN(said)) {
      return;
    }
    const roundTrip = Math.max(0, got - asked);
    const predicted = this.offset === undefined ? NaN : this.offset + got;
    // At `got` it is between said and said + roundTrip there: a closer earlier measure that agrees is better.
    const agrees = predicted >= said && predicted <= said + roundTrip;
    if (agrees && this.roundTrip <= roundTrip && !this.jumped()) {
      return;
    }
    this.offset = said + roundTrip / 2 - got;
    this.roundTrip = roundTrip;
    this.wallAhead = this.wall() - this.steady();
  }

  /** ms since 1970 at the server; NaN before the first measure. */
  now(): number {
    return this.offset === undefined ? NaN : this.offset + this.steady();
  }

  /** Whether the device slept, or its clock was set, since the last measure. */
  jumped(): boolean {
    return Math.abs(this.wall() - this.steady() - this.wallAhead) > APART;
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `1:05:09`, or `5:09` below an hour; `0:00` when there is none. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest.replace(/^0(?=\d:)/, '');
}

/** `10:32:05` of an ISO time, as it is at the server. */
export function clockTime(iso: string): string {
  return /T(\d\d:\d\d:\d\d)/.exec(iso)?.[1] ?? '';
}

/** `2026-03-01 10:32` of an ISO time, as it is at the server; seconds only where they are not zero. */
export function dateTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ').replace(/:00$/, '');
}
