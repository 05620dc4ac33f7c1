/** Asking the person's own server what an answer is worth. */
import type { Judged } from './result';

/** No answer from the server, or none that says anything; the message is for the person. */
export class NotReached extends Error {}

/** The XSRF cookie that Jupyter set for this server; a longer path comes first. */
function xsrf(): string {
  const found = document.cookie.split('; ').filter(part => part.startsWith('_xsrf='));
  return decodeURIComponent((found[0] ?? '_xsrf=').slice('_xsrf='.length));
}

/** Send an answer to be marked. Throws NotReached. */
export async function ask(url: string, body: object): Promise<Judged> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-XSRFToken': xsrf() },
      body: JSON.stringify(body)
    });
  } catch {
    throw new NotReached('没有连上服务器。您的答案还在，请等网络好了再点一次“检查”。');
  }
  const said: unknown = await answer.json().catch(() => null);
  if (answer.ok && typeof said === 'object' && said !== null && 'verdict' in said) {
    return said as Judged;
  }
  const sentence = typeof said === 'object' && said !== null && 'message' in said ? String(said.message) : '';
  throw new NotReached(sentence || '服务器这一次没有答复。您的答案还在，请再点一次“检查”；还不行，请刷新这一页。');
}
