/** What the sheet asks and shows in dialogs. */
import { clockTime } from './clock';
import { element, showBox, type Box, type Choice } from './dom';
import { shortLabel } from './jumper';
import type { Conflict } from './keeper';
import { downloadReceipt, receiptList } from './receipt';
import { attemptsWords, type Missing } from './submit';
import type { SheetQuestion } from './document';
import type { PaperState, Receipt } from './transport';

function numbers(questions: readonly SheetQuestion[], jump: (question: SheetQuestion) => void): HTMLElement {
  const buttons = questions.map(question => {
    const button = element('button', { type: 'button', class: 'sheet-jump', 'aria-label': `回到第 ${shortLabel(question.label)} 题` }, shortLabel(question.label));
    button.addEventListener('click', () => jump(question));
    return button;
  });
  return element('p', { class: 'sheet-jumper-list' }, ...buttons);
}

/** 交卷: says what is missing and asks once. */
export function askToHandIn(place: HTMLElement, missing: Missing, state: PaperState, sure: () => void): Box {
  const content: HTMLElement[] = [element('p', { class: 'sheet-large' }, `已答 ${missing.answered}/${missing.all} 题。`)];
  const jump = (question: SheetQuestion): void => {
    box.close();
    question.reveal();
  };
  if (missing.unanswered.length > 0) {
    content.push(element('p', { class: 'sheet-attention' }, `还有 ${missing.unanswered.length} 题没有作答：`), numbers(missing.unanswered, jump));
  }
  if (missing.flagged.length > 0) {
    content.push(element('p', {}, `标了“再看看”的有 ${missing.flagged.length} 题：`), numbers(missing.flagged, jump));
  }
  content.push(element('p', {}, attemptsWords(state)));
  const box = showBox(place, {
    title: '要交卷吗？',
    content,
    cancel: () => undefined,
    choices: [
      { words: '确定交卷', act: sure },
      { words: '再检查一下', quiet: true, act: () => undefined }
    ]
  });
  return box;
}

export interface Progress {
  say(words: string): void;
  close(): void;
}

/** Shown while it is handed in; `cancel` undefined: it cannot be called off. */
export function showProgress(place: HTMLElement, title: string, cancel: (() => void) | undefined): Progress {
  const words = element('p', { role: 'status', 'aria-live': 'polite' });
  const box = showBox(place, {
    title,
    content: [words],
    choices: cancel ? [{ words: '先不交', quiet: true, act: cancel }] : [],
    ...(cancel ? { cancel } : {})
  });
  return {
    say: text => {
      words.textContent = text;
    },
    close: () => box.close()
  };
}

/** Said, and read: one button. */
export function showMessage(place: HTMLElement, title: string, words: string): Box {
  return showBox(place, { title, content: [element('p', {}, words)], cancel: () => undefined, choices: [{ words: '知道了', act: () => undefined }] });
}

export interface ReceiptPlaces {
  /** Address of the list of papers. */
  readonly papers: string;
  /** Address of the feedback, if there is some. */
  readonly feedback: string | undefined;
  /** Back to the answers, where they can be changed or read. */
  readonly back: string;
}

/** The receipt, with the picture and the way back. */
export function showReceipt(place: HTMLElement, receipt: Receipt, title: string, places: ReceiptPlaces, lead = ''): Box {
  const go = (address: string): Choice['act'] => () => {
    location.assign(address);
    return false;
  };
  const late = receipt.late ? [element('p', { class: 'sheet-attention' }, '收到时已过截止时间，注明“迟交”。')] : [];
  return showBox(place, {
    title: '✓ 已经收到您的答卷',
    kind: 'sheet-receipt-box',
    content: [
      ...(lead ? [element('p', {}, lead)] : []),
      element('p', { class: 'sheet-large' }, `${clockTime(receipt.received_at)} 收到，作答了 ${receipt.answers} 题。`),
      ...late,
      element('details', {}, element('summary', {}, '回执全文'), receiptList(receipt, title)),
      element('p', { class: 'sheet-small' }, '回执也放进了您的“回执”文件夹，以后有疑问凭它查证。')
    ],
    cancel: () => undefined,
    choices: [
      { words: '返回学习大厅', act: go(places.papers) },
      { words: '保存为图片', quiet: true, act: () => (downloadReceipt(receipt, title), false) },
      ...(places.feedback ? [{ words: '看成绩和讲解', quiet: true, act: go(places.feedback) }] : []),
      { words: places.back, quiet: true, act: () => undefined }
    ]
  });
}

/** Two texts for one question: the person chooses. */
export function askWhich(place: HTMLElement, question: SheetQuestion | undefined, conflict: Conflict, choose: (whose: 'mine' | 'theirs') => void): Box {
  const shown = (words: string, text: string): HTMLElement =>
    element('div', { class: 'sheet-side' }, element('h3', {}, words), element('p', { class: 'sheet-text' }, text.trim() || '（没有作答）'));
  const label = question ? `第 ${shortLabel(question.label)} 题` : '有一题';
  return showBox(place, {
    title: `${label}在别处也改过`,
    content: [
      element('p', {}, '同一题在另一个窗口或设备上也改了，两边不一样。请选一个留下。'),
      element('div', { class: 'sheet-sides' }, shown('这里写的', conflict.mine), shown(`另一处写的（${clockTime(conflict.savedAt)} 保存）`, conflict.theirs))
    ],
    choices: [
      { words: '留下这里写的', act: () => choose('mine') },
      { words: '换成另一处写的', quiet: true, act: () => choose('theirs') }
    ]
  });
}
