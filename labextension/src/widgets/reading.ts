/** Texts of answer cells, read as trainer.kinds.reading does: whatever is understood here, the marker understands alike. */

/** What a released answer cell says before anybody writes in it. */
export const STUBS = ['（在这里写答案，写完请删掉这一行）', 'YOUR ANSWER HERE'];

const LINE_NUMBER = /^\s*(?:[(（]\s*(\d{1,2})\s*[)）]|(\d{1,2})\s*[.．、:：)）](?!\d)|第\s*(\d{1,2})\s*[空题步][:：.、]?)\s*/;

/** The answer itself: stubs and outer white space taken off; '' for no answer. */
export function answerText(text: string): string {
  return STUBS.reduce((rest, stub) => rest.split(stub).join(''), text.replace(/\r\n?/g, '\n')).trim();
}

/** What a released cell for a program says where the program goes. */
const CODE_STUB = '# 在这里写程序';

/** Whether somebody wrote something in an answer cell that no widget draws. */
export function isWritten(text: string): boolean {
  return answerText(text) !== '' && text.indexOf(CODE_STUB) < 0;
}

/** Full-width letters and digits to half-width ones. */
export function halfWidth(text: string): string {
  return text.normalize('NFKC');
}

/** Letters in the order written, of those given; null when there is anything else. */
export function readLetters(text: string, known: readonly string[]): string[] | null {
  const letters = halfWidth(text)
    .toUpperCase()
    .replace(/[\s,;/|、，；。.→>-]+/g, '');
  const found = letters.split('');
  return found.length > 0 && found.every(letter => known.indexOf(letter) >= 0) ? found : null;
}

/** Lines without their numbers when each carries its own: 1、甲 and 2、乙. */
export function unnumbered(lines: readonly string[]): string[] {
  const matches = lines.map(line => LINE_NUMBER.exec(line));
  const own = matches.every((match, index) => match && Number(match[1] ?? match[2] ?? match[3]) === index + 1);
  return own ? lines.map((line, index) => line.slice(matches[index]?.[0].length)) : lines.slice();
}
