/** 判断题: 对 or 错. */
import { choices } from '../choices';
import { framed } from '../frame';
import { answerText, halfWidth } from '../reading';
import { register, type WidgetKind } from '../widget';

const TRUE_WORDS = ['对', '对的', '正确', '正确的', '是', '是的', '√', '✓', '✔'];
const FALSE_WORDS = ['错', '错的', '错误', '错误的', '不对', '不正确', '否', '不是', '×', '✗', '✘'];

const judge: WidgetKind<boolean> = {
  kind: 'judge',
  parse: (_definition, text) => {
    const typed = halfWidth(answerText(text)).replace(/[。.]$/, '');
    if (!typed) {
      return undefined;
    }
    return TRUE_WORDS.indexOf(typed) >= 0 ? true : FALSE_WORDS.indexOf(typed) >= 0 ? false : null;
  },
  format: (_definition, truth) => (truth ? '对' : '错'),
  create: (definition, text, host) =>
    framed(judge, definition, text, host, { hint: '点选“对”或者“错”。' }, frame =>
      choices(
        frame,
        'radio',
        [
          { value: '对', text: '对' },
          { value: '错', text: '错' }
        ],
        ticked => (ticked[0] === undefined ? undefined : ticked[0] === '对'),
        truth => [truth ? '对' : '错']
      )
    )
};
register(judge);
