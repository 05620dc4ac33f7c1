/** An order of one's own: the same for the same seed in every browser, and different for different seeds. */

/** FNV-1a over the seed's UTF-16 units, then mulberry32: short, well spread, and not a secret. */
function numbers(seed: string): () => number {
  let state = 2166136261;
  for (let i = 0; i < seed.length; i += 1) {
    state = Math.imul(state ^ seed.charCodeAt(i), 16777619);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The things in the order that belongs to a seed (Fisher and Yates); as they are without one. */
export function inOwnOrder<T>(things: readonly T[], seed: string | undefined): T[] {
  const ordered = things.slice();
  if (seed === undefined) {
    return ordered;
  }
  const next = numbers(seed);
  for (let i = ordered.length - 1; i > 0; i -= 1) {
    const j = Math.floor(next() * (i + 1));
    [ordered[i], ordered[j]] = [ordered[j] as T, ordered[i] as T];
  }
  return ordered;
}

/** The seed of a person's own order for one question: `Host.order`, the same on every page that shows the question. */
export function orderSeed(person: string, assignment: string, cell: string): string | undefined {
  return person ? `${person}/${assignment}/${cell}` : undefined;
}
