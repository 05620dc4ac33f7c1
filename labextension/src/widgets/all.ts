/** The widgets as others use them. Loads every module in `kinds/`, each of which registers itself: the build collects them. */
import 'trainer:kinds';

export { readDefinition } from './definition';
export { markdown } from './markdown';
export { orderSeed } from './own_order';
export { answerText, isWritten } from './reading';
export * from './widget';
