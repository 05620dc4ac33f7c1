/** What became of an answer, shown below the question. */

export type Verdict = 'right' | 'partial' | 'wrong' | 'unread' | 'empty' | 'self';

/** The answer of `POST trainer/api/…/check`; texts are Chinese, `explanation` and `reference` are Markdown. */
export interface Judged {
  readonly verdict: Verdict;
  /** 对、部分对、错、没看懂、还没有作答、对照评分要点 */
  readonly title: string;
  readonly sentence: string;
  readonly key: string;
  readonly explanation: string;
  readonly citation: string;
  readonly rubric: readonly string[];
  readonly reference: string;
  /** A sentence on what is kept: progress of the lesson, or whether the question stays in the book. */
  readonly kept: string;
  readonly progress?: { readonly right: number; readonly of: number; readonly finished: boolean };
}

/** Signs that every Chinese font has. */
const SIGNS: Record<Verdict, string> = { right: '√', partial: '△', wrong: '×', unread: '？', empty: '！', self: '○' };

function line(name: string, value: Node | string): HTMLElement[] {
  const term = document.createElement('dt');
  const text = document.createElement('dd');
  term.textContent = name;
  text.append(value);
  return [term, text];
}

/** Replace what `place` shows. It is a live region: what is put in is read out. */
export function showResult(place: HTMLElement, judged: Judged, markdown: (text: string) => Node): void {
  const head = document.createElement('p');
  head.className = 'trainer-practice-verdict';
  const sign = document.createElement('span');
  sign.setAttribute('aria-hidden', 'true');
  sign.textContent = `${SIGNS[judged.verdict]} `;
  const title = document.createElement('strong');
  title.textContent = judged.title;
  head.append(sign, title, judged.sentence ? `　${judged.sentence}` : '');
  const facts = document.createElement('dl');
  if (judged.key) {
    facts.append(...line('正确答案', judged.key));
  }
  if (judged.rubric.length) {
    const points = document.createElement('ul');
    points.append(
      ...judged.rubric.map(point => {
        const item = document.createElement('li');
        item.textContent = point;
        return item;
      })
    );
    facts.append(...line('评分要点', points));
  }
  if (judged.reference) {
    facts.append(...line('参考答案', markdown(judged.reference)));
  }
  if (judged.explanation) {
    facts.append(...line('为什么', markdown(judged.explanation)));
  }
  if (judged.citation) {
    facts.append(...line('依据', judged.citation));
  }
  const shown: Node[] = [head];
  if (facts.childElementCount) {
    shown.push(facts);
  }
  if (judged.kept) {
    const kept = document.createElement('p');
    kept.textContent = judged.kept;
    shown.push(kept);
  }
  place.dataset['verdict'] = judged.verdict;
  place.replaceChildren(...shown);
}
