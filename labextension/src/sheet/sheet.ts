/** The frame around the questions of a paper: saving, time, numbers, handing in. Sees them only through SheetDocument. */
import '../../style/sheet.css';
import { askToHandIn, askWhich, showMessage, showProgress, showReceipt, type Progress } from './asking';
import { Bar } from './bar';
import { ServerClock, dateTime } from './clock';
import type { SheetDocument } from './document';
import { Flags, Jumper } from './jumper';
import { Keeper, type Conflict, type Status, type Storage, type Timers } from './keeper';
import { Questions, inWords } from './questions';
import { HandIn, canAnswer, changedSinceReceipt, dueTime, handsInAtTheEnd, whatIsMissing } from './submit';
import { Tabs, type Told } from './tabs';
import { PaperServer, type PaperState, type Receipt, type Transport } from './transport';

export type { SheetDocument, SheetQuestion } from './document';

export interface SheetOptions {
  /** The state, when the page has it already. */
  readonly state?: PaperState;
  readonly clock?: ServerClock;
  readonly server?: Transport;
}

const SECOND = 1000;
/** How often the state is asked for by itself: extra time, a withdrawn paper, answers from elsewhere. */
const REFRESH = 60 * SECOND;
/** How long is waited for what would be good to know or to have, but is not needed. */
const LAST_WORD = 1500;

/** Said when the paper is given to others while somebody works on it. */
const TAKEN = '这份试卷现在不发给您了，请告诉监考老师。您写的都还在这台设备上，没有丢；重新发给您以后，会自己接着保存。';

const TIMERS: Timers = { set: (work, ms) => setTimeout(work, ms), clear: timer => clearTimeout(timer as number | undefined) };

/** localStorage; where a browser forbids even to name it, one that keeps nothing and says so. */
function deviceStorage(): Storage {
  try {
    return window.localStorage;
  } catch {
    const refuse = (): never => {
      throw new Error('no storage');
    };
    return { getItem: () => null, setItem: refuse, removeItem: () => undefined };
  }
}

class Sheet {
  private readonly clock: ServerClock;
  private readonly server: Transport;
  private readonly keeper: Keeper;
  private readonly questions: Questions;
  private readonly flags: Flags;
  private readonly bar: Bar;
  private readonly jumper: Jumper;
  private readonly sender: HandIn;
  private readonly tabs: Tabs;
  private readonly chance = Math.random();
  private readonly undo: (() => void)[] = [];
  private state: PaperState | undefined;
  private progress: Progress | undefined;
  private asking = false;
  private wanted = false;
  private ending = false;
  private refreshing: Promise<boolean> | undefined;
  private refreshed = -Infinity;
  private disposed = false;

  constructor(private readonly document: SheetDocument, private readonly where: { bar: HTMLElement; dialogs: HTMLElement }, options: SheetOptions) {
    const { course, assignment, person, base, title } = document;
    const place = `trainer:${person}:${course}:${assignment}:`;
    const storage = deviceStorage();
    where.dialogs.classList.add('sheet-dialogs');
    this.clock = options.clock ?? new ServerClock();
    this.server = options.server ?? new PaperServer(base, course, assignment, this.clock);
    this.bar = new Bar(where.bar, title, base, { handIn: () => void this.wantToHandIn(), toggleNumbers: () => this.jumper.toggle() });
    this.flags = new Flags(`${place}flags`, storage);
    this.jumper = new Jumper(where.bar, this.flags, () => this.bar.closeNumbers());
    this.keeper = new Keeper(`${place}answer:`, storage, this.server, TIMERS, {
      status: status => this.showStatus(status),
      conflict: () => this.askNext(),
      saved: (cell, text, savedAt) => this.tabs.tell({ saved: { cell, text, savedAt } })
    });
    this.questions = new Questions(document, this.keeper, () => this.count());
    this.sender = new HandIn(this.server, () => this.questions.texts(), () => this.keeper.bases(), storage, `${place}owed`, TIMERS, {
      trying: offline => this.progress?.say(offline ? '没有网络。答案都在本机，网络一恢复就交上，请不要关闭这一页。' : '正在交卷……'),
      done: receipt => this.received(receipt),
      newer: answers => this.showNewer(answers),
      refused: refusal => this.refused(refusal.code === 'not-found' ? TAKEN : refusal.message)
    });
    this.tabs = new Tabs(place, told => this.heard(told));
    this.bar.showStatus(this.keeper.status());
    this.questions.lock(true);
    this.jumper.show(this.questions.all());
    this.count();
    this.listen();
    if (options.state) {
      this.begin(options.state);
    } else {
      void this.refresh();
    }
  }

  /** As the button 交卷 does. */
  handIn(): void {
    void this.wantToHandIn();
  }

  dispose(): void {
    this.disposed = true;
    this.undo.forEach(step => step());
    this.keeper.stop();
    this.sender.cancel();
    this.tabs.close();
    this.jumper.dispose();
    this.bar.dispose();
  }

  // -- state -----------------------------------------------------------------------------------------------------------

  private begin(state: PaperState): void {
    this.refreshed = this.clock.steady();
    this.keeper.sendNothing(!state.save);
    this.questions.open(state);
    this.showStatus(this.keeper.status());
    this.take(state);
    if (this.sender.owed && handsInAtTheEnd(state, true)) {
      this.handInByItself();
    }
  }

  private take(state: PaperState): void {
    const first = this.state === undefined;
    this.state = state;
    const open = canAnswer(state);
    this.questions.lock(!open || this.ending);
    const received = state.receipts.length > 0;
    this.bar.showSubmit(open ? '交卷' : state.over && state.allotted && !state.withdrawn && state.attempts_left !== 0 && !received ? '补交' : received ? '看回执' : '');
    if (first && !open) {
      this.bar.say(this.closedWords(state));
    }
    this.tick();
  }

  private closedWords(state: PaperState): string {
    const last = state.receipts[state.receipts.length - 1];
    const handedIn = last ? `您已在 ${dateTime(last.received_at)} 交卷。` : '';
    if (state.withdrawn) {
      return `这份试卷已经撤回。${handedIn}`;
    }
    if (!state.allotted) {
      return `${handedIn}${TAKEN}`;
    }
    if (state.over) {
      return `作答时间已到。${handedIn || '您没有交卷；存上的答案都在服务器上。'}`;
    }
    return `${handedIn}不能再改了，下面是您的答案。`;
  }

  /** Ask for the state again; whether it came. */
  private refresh(): Promise<boolean> {
    this.refreshing =
      this.refreshing ??
      this.server
        .state()
        .then(
          state => {
            this.refreshed = this.clock.steady();
            if (this.disposed) {
              return false;
            }
            if (this.state) {
              this.renew(state);
            } else {
              this.begin(state);
            }
            return true;
          },
          () => {
            if (!this.state && !this.disposed) {
              setTimeout(() => void this.refresh(), 3 * SECOND);
            }
            return false;
          }
        )
        .then(came => {
          this.refreshing = undefined;
          return came;
        });
    return this.refreshing;
  }

  private renew(state: PaperState): void {
    if (!this.sender.busy) {
      const shown = this.questions.refresh(state.answers);
      if (shown > 0) {
        this.bar.say(`您在别处改过 ${shown} 题，这里已经换成新的。`);
      }
    }
    const could = this.state !== undefined && canAnswer(this.state);
    const given = this.state?.allotted === false && state.allotted;
    if (this.ending && !this.sender.busy && this.clock.now() < dueTime(state.closes, this.chance)) {
      this.ending = false; // there is more time by now
      this.bar.say('');
    }
    this.take(state);
    if (could && !canAnswer(state) && !this.sender.busy && !state.over) {
      this.bar.say(this.closedWords(state));
    } else if (given && canAnswer(state)) {
      this.bar.say('');
      this.keeper.flush();
    }
  }

  // -- what happens ----------------------------------------------------------------------------------------------------

  private listen(): void {
    const on = (target: EventTarget, name: string, work: (event: Event) => void): void => {
      target.addEventListener(name, work);
      this.undo.push(() => target.removeEventListener(name, work));
    };
    const back = (): void => {
      this.keeper.flush();
      this.sender.retry();
      if (this.clock.jumped() || this.clock.steady() - this.refreshed > 10 * SECOND) {
        void this.refresh();
      }
    };
    this.server.revived = back;
    on(window, 'online', back);
    on(window, 'pageshow', back);
    on(window, 'pagehide', () => this.keeper.flush());
    on(document, 'visibilitychange', () => (document.visibilityState === 'hidden' ? this.keeper.flush() : back()));
    on(window, 'beforeunload', event => {
      const { waiting, kept } = this.keeper.status();
      if (waiting > 0 && !kept) {
        event.preventDefault();
        (event as BeforeUnloadEvent).returnValue = '';
      }
    });
    const ticking = setInterval(() => this.tick(), SECOND / 2);
    this.undo.push(() => clearInterval(ticking));
    this.document.questionsChanged(() => {
      if (!this.disposed) {
        this.questions.collect();
        this.jumper.show(this.questions.all());
        this.count();
      }
    });
  }

  private tick(): void {
    const { state } = this;
    if (!state) {
      return;
    }
    const now = this.clock.now();
    this.bar.showTime(state.closes !== null && canAnswer(state) ? Date.parse(state.closes) - now : undefined);
    if (canAnswer(state) && now >= dueTime(state.closes, this.chance) && !this.ending) {
      void this.end();
    } else if (document.visibilityState !== 'hidden' && (this.clock.jumped() || this.clock.steady() - this.refreshed > REFRESH)) {
      this.refreshed = this.clock.steady();
      void this.refresh();
    }
  }

  private heard(told: Told): void {
    if (told.hello || told.here) {
      this.bar.say('这份试卷在另一个窗口里也开着，请只在一个窗口里作答。');
    }
    if (told.hello) {
      this.tabs.tell({ here: true });
    }
    if (told.saved) {
      const { cell, text, savedAt } = told.saved;
      this.questions.refresh({ [cell]: { text, saved_at: savedAt } });
    }
    if (told.changed) {
      void this.refresh();
    }
  }

  private count(): void {
    const all = this.questions.all();
    this.bar.showCount(all.filter(question => question.answered).length, all.length);
    this.jumper.refresh();
  }

  // -- conflicts -------------------------------------------------------------------------------------------------------

  private showStatus(status: Status): void {
    this.bar.showStatus(status);
    const taken = status.state === 'taken';
    if (this.state && taken === this.state.allotted && (taken || status.state === 'saved')) {
      void this.refresh(); // which hears of it too, and says what to do
    }
  }

  private askNext(): void {
    const conflict: Conflict | undefined = this.keeper.conflicts()[0];
    if (!conflict || this.asking || this.sender.busy) {
      return;
    }
    this.asking = true;
    const question = this.questions.find(conflict.cell);
    const shown = { ...conflict, mine: inWords(question, conflict.mine), theirs: inWords(question, conflict.theirs) };
    askWhich(this.where.dialogs, question, shown, whose => {
      this.asking = false;
      this.keeper.choose(conflict.cell, whose);
      if (whose === 'theirs' && question) {
        this.questions.put(question, conflict.theirs);
      }
      this.count();
      this.askNext();
    });
  }

  // -- handing in ------------------------------------------------------------------------------------------------------

  private async wantToHandIn(): Promise<void> {
    if (!this.state || this.sender.busy || this.wanted) {
      return;
    }
    const last = this.state.receipts[this.state.receipts.length - 1];
    if (last && !canAnswer(this.state)) {
      this.show(last);
      return;
    }
    this.wanted = true;
    this.keeper.flush();
    await Promise.race([this.refresh(), new Promise(done => setTimeout(done, LAST_WORD))]);
    this.wanted = false;
    if (this.keeper.conflicts().length > 0) {
      this.askNext();
    } else if (!this.sender.busy && !this.ending && this.state && canAnswer({ ...this.state, over: false })) {
      askToHandIn(this.where.dialogs, whatIsMissing(this.questions.all(), this.flags), this.state, () => this.handInNow());
    }
  }

  private handInNow(): void {
    const mine = showProgress(this.where.dialogs, '正在交卷', () => {
      this.progress = undefined;
      this.sender.cancel();
      if (this.ending) {
        this.handInByItself();
      }
    });
    this.progress = mine;
    // The file is only the person's copy: what is handed in are the texts, whether it could be saved or not.
    const saved = this.document.save().catch(() => undefined);
    void Promise.race([saved, new Promise(done => setTimeout(done, LAST_WORD))]).then(() => {
      if (this.progress === mine) {
        this.sender.start(false);
      }
    });
  }

  /** The time is up, unless there is more of it by now. */
  private async end(): Promise<void> {
    this.ending = true;
    await Promise.race([this.refresh(), new Promise(done => setTimeout(done, LAST_WORD))]);
    const { state } = this;
    if (!state || this.disposed) {
      return;
    }
    if (this.clock.now() < dueTime(state.closes, this.chance)) {
      this.ending = false;
      this.take(state);
      return;
    }
    this.questions.lock(true);
    if (handsInAtTheEnd(state, changedSinceReceipt(state) || this.keeper.status().waiting > 0)) {
      this.handInByItself();
    } else {
      this.take({ ...state, over: true });
      this.bar.say(this.closedWords({ ...state, over: true }));
    }
  }

  private handInByItself(): void {
    if (this.sender.busy) {
      return;
    }
    this.ending = true;
    this.questions.lock(true);
    this.where.dialogs.querySelectorAll('dialog').forEach(open => open.remove());
    this.asking = false;
    this.bar.say('时间到了，正在自动交卷。');
    this.progress = showProgress(this.where.dialogs, '时间到了，自动交卷', undefined);
    this.sender.start(true);
  }

  private received(receipt: Receipt): void {
    const byItself = this.ending;
    this.progress?.close();
    this.progress = undefined;
    this.keeper.settle();
    this.tabs.tell({ changed: true });
    if (this.state) {
      const { receipts, attempts_left } = this.state;
      const others = receipts.filter(one => one.id !== receipt.id);
      const left = attempts_left === null || others.length < receipts.length ? attempts_left : Math.max(0, attempts_left - 1);
      this.take({ ...this.state, receipts: [...others, receipt], attempts_left: left, state: 'submitted', over: this.state.over || byItself });
    }
    this.bar.say(byItself ? '时间到了，已经自动交卷。' : '');
    this.show(receipt, byItself ? '作答时间到了，已经自动交卷。' : '');
  }

  private show(receipt: Receipt, lead = ''): void {
    const { base, course, assignment, title } = this.document;
    const open = this.state !== undefined && canAnswer(this.state);
    showReceipt(
      this.where.dialogs,
      receipt,
      title,
      {
        papers: `${base}trainer/`,
        feedback: this.state?.feedback ? `${base}trainer/feedback/${encodeURIComponent(course)}/${encodeURIComponent(assignment)}` : undefined,
        back: open ? '继续修改' : '看我的答案'
      },
      lead
    );
  }

  private showNewer(answers: PaperState['answers']): void {
    this.progress?.close();
    this.progress = undefined;
    if (this.ending) {
      this.handInByItself();
      return;
    }
    const shown = this.questions.refresh(answers);
    showMessage(this.where.dialogs, '还没有交卷', shown > 0 ? `您在别处改过 ${shown} 题，这里已经换成新的。请看一看，再点“交卷”。` : '有的题在别处改过。请看一看，再点“交卷”。');
  }

  private refused(message: string): void {
    this.progress?.close();
    this.progress = undefined;
    void this.refresh();
    showMessage(this.where.dialogs, '没有交上', message);
  }
}

/** Put the sheet around the questions of a document. */
export function mountSheet(
  document: SheetDocument,
  where: { bar: HTMLElement; dialogs: HTMLElement },
  options: SheetOptions = {}
): { dispose(): void; handIn(): void } {
  return new Sheet(document, where, options);
}
