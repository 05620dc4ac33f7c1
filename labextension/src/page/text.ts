/** What stands between the questions: headings become headings, everything else is drawn as in questions. */
import { markdown } from '../widgets/all';
import { element } from '../widgets/dom';

const HEADING = /^(#{1,3})\s+(.*?)\s*#*\s*$/;

/** A text cell of a paper as elements. */
export function pageText(text: string): HTMLElement {
  const made = element('div', { class: 'page-text' });
  let gathered: string[] = [];
  const flush = (): void => {
    if (gathered.join('').trim()) {
      const block = element('div', { class: 'page-block' });
      block.append(markdown(gathered.join('\n')));
      made.append(block);
    }
    gathered = [];
  };
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    const heading = HEADING.exec(line);
    if (heading) {
      flush();
      const level = `h${(heading[1] ?? '#').length}` as 'h1' | 'h2' | 'h3';
      const title = element(level);
      title.append(markdown(heading[2] ?? ''));
      made.append(title);
    } else {
      gathered.push(line);
    }
  }
  flush();
  return made;
}
