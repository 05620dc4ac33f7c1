/** The plain page: one paper, without Jupyter. Its data come with it; when they could not, it asks for them. */
import '../../style/page.css';
import '../../style/widgets.css';
import { ServerClock, dateTime, timeLeft } from '../sheet/clock';
import { dated } from '../sheet/dom';
import type { SheetDocument } from '../sheet/document';
import { mountSheet } from '../sheet/sheet';
import { PaperServer, Refusal, type PaperState } from '../sheet/transport';
import { element } from '../widgets/dom';
import { PageQuestion, type Part } from './questions';
import { pageText } from './text';

interface Paper {
  readonly state: PaperState;
  readonly parts: Part[] | null;
}

interface Data {
  readonly course: string;
  readonly assignment: string;
  readonly person: string;
  readonly base: string;
  readonly hub: string;
  readonly paper?: Paper;
  readonly problem?: { readonly message: string; readonly code: string };
}

const RETRY = 4_000;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(id);
  }
  return found;
}

const data = JSON.parse(byId('data').textContent ?? '') as Data;
const loaded = performance.now();
const clock = new ServerClock();
const server = new PaperServer(data.base, data.course, data.assignment, clock);
const names = `${encodeURIComponent(data.course)}/${encodeURIComponent(data.assignment)}`;
const main = byId('paper');

function back(): HTMLElement {
  return element('p', { class: 'page-actions' }, element('a', { class: 'sheet-button', href: `${data.base}trainer/` }, '返回学习大厅'));
}

function say(title: string, words: string): HTMLElement {
  const line = element('p', { role: 'status' }, words);
  main.replaceChildren(element('div', { class: 'page-card' }, element('h1', {}, title), line, back()));
  return line;
}

function show(paper: Paper): void {
  const { state, parts } = paper;
  document.title = state.title;
  if (state.state === 'not-open') {
    waitForOpening(state);
    return;
  }
  if (!parts) {
    say(state.title, state.withdrawn ? '这份试卷已经撤回，现在不能作答。' : '这份试卷现在不能看。');
    return;
  }
  const questions: PageQuestion[] = [];
  main.replaceChildren();
  for (const part of parts) {
    if (part.cell) {
      const question = new PageQuestion(part, questions.length + 1, data.person, data.assignment);
      questions.push(question);
      main.append(question.node);
    } else {
      main.append(pageText(part.markdown));
    }
  }
  const other = element('a', { href: `${data.base}trainer/open/${names}?face=notebook` }, '用笔记本界面打开');
  const done = element('button', { type: 'button', class: 'sheet-button' }, '答完了，交卷');
  main.append(element('p', { class: 'page-end' }, done), element('p', { class: 'page-other' }, other));
  const sheetDocument: SheetDocument = {
    course: data.course,
    assignment: data.assignment,
    person: data.person,
    base: data.base,
    title: state.title,
    questions: () => questions,
    questionsChanged: () => undefined,
    // There is no file to save: the answers are at the server.
    save: () => Promise.resolve()
  };
  const sheet = mountSheet(sheetDocument, { bar: byId('bar'), dialogs: byId('dialogs') }, { state, clock, server });
  done.addEventListener('click', () => sheet.handIn());
}

/** Counts down by the server's clock, and opens by itself. */
function waitForOpening(state: PaperState): void {
  const opens = Date.parse(state.opens ?? '');
  const line = say(state.title, '');
  line.setAttribute('aria-live', 'off');
  const timer = setInterval(() => {
    const left = opens - clock.now();
    line.replaceChildren(...dated(`还没有到时间：${dateTime(state.opens ?? '')} 开始，还有 ${timeLeft(left)}。到时会自动打开。`));
    if (left <= 0) {
      clearInterval(timer);
      load();
    }
  }, 500);
}

/** Ask for the paper until there is an answer. */
function load(): void {
  server.paper<Paper>().then(show, (error: unknown) => {
    if (error instanceof Refusal && !error.passing && error.code !== 'not-open') {
      say('没有打开', error.message);
      return;
    }
    say('正在打开试卷', error instanceof Refusal ? `${error.message}正在重试……` : '没有网络，正在重试……');
    setTimeout(load, RETRY);
  });
}

if (data.paper) {
  // The page was made before its program was there; how long before is not known, so this measure yields to any other.
  clock.measure(data.paper.state.now, 0, loaded);
  show(data.paper);
} else if (data.problem && ['over', 'not-found', 'refused', 'withdrawn', 'no-permission'].includes(data.problem.code)) {
  say('没有打开', data.problem.message);
} else {
  load();
}
