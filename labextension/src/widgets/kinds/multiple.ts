/** 多选题: letters in alphabetical order, whatever the order in which they were ticked. */
import { choices } from '../choices';
import { lettered } from '../definition';
import { framed } from '../frame';
import { optionChoices, textsOf } from '../options';
import { answerText, readLetters } from '../reading';
import { register, type WidgetKind } from '../widget';

function sorted(letters: readonly string[]): string[] {
  return letters.filter((letter, index) => letters.indexOf(letter) === index).sort();
}

const multiple: WidgetKind<string[]> = {
  kind: 'multiple',
  parse: (definition, text) => {
    const typed = answerText(text);
    if (!typed) {
      return undefined;
    }
    const found = readLetters(typed, lettered(definition, 'options').map(option => option.letter));
    return found && sorted(found);
  },
  format: (_definition, letters) => sorted(letters).join(' '),
  describe: (definition, letters) => textsOf(definition, 'options', letters),
  create: (definition, text, host) =>
    framed(multiple, definition, text, host, { hint: '有两项或两项以上正确，请全部勾选。' }, frame =>
      choices(
        frame,
        'checkbox',
        optionChoices(definition, host),
        ticked => (ticked.length > 0 ? sorted(ticked) : undefined),
        letters => letters
      )
    )
};
register(multiple);
