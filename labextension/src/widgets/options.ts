/** Lettered options on the screen: as on the form, or in an order of one's own and then without letters. */
import type { Choice } from './choices';
import { lettered, type Lettered } from './definition';
import { inOwnOrder } from './own_order';
import type { Definition, Host } from './widget';

export interface Shown extends Lettered {
  /** The letter as shown; none in an order of one's own, where jumbled letters would only confuse. */
  readonly mark?: string;
}

/** The lettered list of a field in the order in which this person sees it. */
export function shown(definition: Definition, field: string, host: Host): Shown[] {
  const list = lettered(definition, field);
  return definition['own_order'] === true && host.order !== undefined
    ? inOwnOrder(list, host.order)
    : list.map(entry => ({ ...entry, mark: entry.letter }));
}

/** The options of a choice question. */
export function optionChoices(definition: Definition, host: Host): Choice[] {
  return shown(definition, 'options', host).map(({ letter, text, mark }) => ({
    value: letter,
    text,
    ...(mark === undefined ? {} : { mark })
  }));
}

/** The texts under letters, as words. */
export function textsOf(definition: Definition, field: string, letters: readonly string[], between = '；'): string {
  const list = lettered(definition, field);
  return letters.map(letter => list.filter(entry => entry.letter === letter)[0]?.text ?? letter).join(between);
}
