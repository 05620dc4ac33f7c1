/** The bar above the questions: title, time left, how many are answered, whether it is saved, 题号 and 交卷. */
import { clockTime, timeLeft } from './clock';
import { dated, element } from './dom';
import { startOf } from './transport';
import type { Status } from './keeper';

export interface BarActions {
  handIn(): void;
  toggleNumbers(): boolean;
}

/** Minutes before the end at which the time left is spoken. */
const WARNINGS = [5, 1];
const MINUTE = 60_000;

/** The sentence about saving. */
export function savedWords(status: Status): string {
  const kept = status.kept ? '已存在本机' : '本机也存不下，请不要关闭这一页';
  switch (status.state) {
    case 'conflict':
      return '有一题在别处改过，请选一个';
    case 'refused':
      return status.message;
    case 'taken':
      return `这份试卷现在不发给您，${kept}`;
    case 'login':
      return `登录已过期，${kept}，请重新登录`;
    case 'offline':
      return status.message && status.kept ? `${status.message.replace(/。$/, '')}，已存在本机，正在重试…` : `没有网络，${kept}，正在重试…`;
    case 'saving':
      return '正在保存…';
    case 'local':
      return `${kept}，交卷时一起交上`;
    case 'saved':
      return `已保存 ${clockTime(status.savedAt)}`;
    case 'untouched':
      return '作答会自动保存';
  }
}

export class Bar {
  private readonly time = element('span', { class: 'sheet-time', hidden: true });
  private readonly count = element('span', { class: 'sheet-count' });
  private readonly saved = element('span', { class: 'sheet-saved', role: 'status', 'aria-live': 'polite' });
  private readonly spoken = element('p', { class: 'sheet-warning', role: 'status', 'aria-live': 'polite', hidden: true });
  private readonly login: HTMLAnchorElement;
  private readonly submit = element('button', { type: 'button', class: 'sheet-button sheet-submit' }, '交卷');
  private readonly numbers = element('button', { type: 'button', class: 'sheet-button quiet sheet-numbers', 'aria-expanded': 'false' }, '题号');
  private readonly node: HTMLElement;
  private warned = Infinity;

  constructor(place: HTMLElement, title: string, base: string, actions: BarActions) {
    this.login = element('a', { class: 'sheet-login', href: startOf(base), target: '_blank', hidden: true }, '去登录');
    const home = element('a', { class: 'sheet-home', href: `${base}trainer/`, 'aria-label': '返回学习大厅' }, '‹ 返回');
    this.node = element(
      'div',
      { class: 'sheet-bar', role: 'region', 'aria-label': '答题情况' },
      element('div', { class: 'sheet-row' }, home, element('strong', { class: 'sheet-title' }, title), this.time),
      element(
        'div',
        { class: 'sheet-row' },
        element('div', { class: 'sheet-facts' }, this.count, element('div', { class: 'sheet-saving' }, this.saved, ' ', this.login)),
        this.numbers,
        this.submit
      ),
      this.spoken
    );
    this.submit.addEventListener('click', () => actions.handIn());
    this.numbers.addEventListener('click', () => {
      this.numbers.setAttribute('aria-expanded', String(actions.toggleNumbers()));
    });
    place.append(this.node);
  }

  /** ms left; undefined where there is no limit. */
  showTime(left: number | undefined): void {
    this.time.hidden = left === undefined || isNaN(left);
    if (left === undefined || isNaN(left)) {
      return;
    }
    const words = left > 0 ? `剩 ${timeLeft(left)}` : '时间到';
    if (this.time.textContent !== words) {
      this.time.textContent = words;
    }
    this.time.classList.toggle('sheet-hurry', left <= 5 * MINUTE);
    const due = WARNINGS.filter(minutes => left <= minutes * MINUTE && left > 0).pop();
    if (due === undefined) {
      this.warned = Infinity;
    } else if (due < this.warned) {
      this.warned = due;
      this.say(`离结束还有 ${Math.ceil(left / MINUTE)} 分钟，到时会自动交卷。`);
    }
  }

  showCount(answered: number, all: number): void {
    this.count.textContent = `已答 ${answered}/${all}`;
  }

  showStatus(status: Status): void {
    const words = savedWords(status);
    const quiet = status.state === 'saving';
    // 正在保存 comes and goes with every answer: it is shown, and only its outcome is spoken.
    this.saved.setAttribute('aria-live', quiet ? 'off' : 'polite');
    if (this.saved.textContent !== words) {
      this.saved.textContent = words;
    }
    this.saved.className = `sheet-saved sheet-saved-${status.state}`;
    this.login.hidden = status.state !== 'login';
  }

  /** The words on the button; '' for none. */
  showSubmit(words: string): void {
    this.submit.hidden = words === '';
    this.submit.textContent = words;
  }

  /** A sentence for everybody, seen and spoken, until the next; '' takes it away. */
  say(words: string): void {
    this.spoken.hidden = words === '';
    this.spoken.replaceChildren(...dated(words));
  }

  closeNumbers(): void {
    this.numbers.setAttribute('aria-expanded', 'false');
  }

  dispose(): void {
    this.node.remove();
  }
}
