/** 单选题: one letter. */
import { choices } from '../choices';
import { lettered } from '../definition';
import { framed } from '../frame';
import { optionChoices, textsOf } from '../options';
import { answerText, readLetters } from '../reading';
import { register, type WidgetKind } from '../widget';

const single: WidgetKind<string> = {
  kind: 'single',
  parse: (definition, text) => {
    const typed = answerText(text);
    if (!typed) {
      return undefined;
    }
    const found = readLetters(typed, lettered(definition, 'options').map(option => option.letter));
    return found?.length === 1 ? found[0] : null;
  },
  format: (_definition, letter) => letter,
  describe: (definition, letter) => textsOf(definition, 'options', [letter]),
  create: (definition, text, host) =>
    framed(single, definition, text, host, { hint: '点选一项。' }, frame =>
      choices(
        frame,
        'radio',
        optionChoices(definition, host),
        ticked => ticked[0],
        letter => [letter]
      )
    )
};
register(single);
