/** Choices that make something random, written down, so that it can be made again and made smaller. */

/** A stream of choices: those that are given first, then random ones; the smallest is the simplest. */
export class Choices {
  #given;
  #random;
  /** @type {number[]} what has been chosen */
  made = [];

  /**
   * @param {() => number} random from 0 up to 1
   * @param {number[]} [given] choices made before
   */
  constructor(random, given = []) {
    this.#random = random;
    this.#given = given;
  }

  /**
   * A whole number from 0 on, below `count`.
   * @param {number} count
   */
  below(count) {
    const given = this.#given[this.made.length];
    const choice = given === undefined ? Math.floor(this.#random() * count) : Math.min(given, count - 1);
    this.made.push(choice);
    return choice;
  }

  /**
   * True once in `times`.
   * @param {number} times
   */
  once(times) {
    return this.below(times) === times - 1;
  }

  /**
   * One of the items; the first is the simplest.
   * @template T
   * @param {readonly T[]} items
   */
  of(items) {
    return items[this.below(items.length)];
  }
}

/**
 * Numbers that look random and are the same for the same seed (xorshift, Marsaglia 2003).
 * @param {number} seed
 */
export function randomOf(seed) {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * The fewest and smallest choices, as far as they are found, for which something still holds. Parts are left out, then made
 * simplest, then smaller, in ever shorter pieces.
 * @param {number[]} choices for which it holds
 * @param {(choices: number[]) => Promise<number[] | null>} holds the choices that were made of these; null: it does not hold
 * @param {number} until the time at which to be content, as of Date.now()
 */
export async function shrink(choices, holds, until) {
  const without = (/** @type {number[]} */ list, /** @type {number} */ at, /** @type {number} */ size) => list.toSpliced(at, size);
  const zeroed = (/** @type {number[]} */ list, /** @type {number} */ at, /** @type {number} */ size) => list.map(
    (each, index) => (index >= at && index < at + size ? 0 : each));
  const halved = (/** @type {number[]} */ list, /** @type {number} */ at) => list.with(at, list[at] >> 1);
  let least = choices;
  for (let before = null; before !== least && Date.now() < until;) {
    before = least;
    for (let size = Math.max(1, least.length >> 1); size > 0; size >>= 1) {
      for (let at = 0; at < least.length && Date.now() < until; at++) {
        for (const simpler of size > 1 ? [without, zeroed] : [without, zeroed, halved]) {
          const candidate = simpler(least, at, size);
          const made = isSimpler(candidate, least) ? await holds(candidate) : null;
          if (made !== null && isSimpler(made, least)) least = made;
        }
      }
    }
  }
  return least;
}

/**
 * Shorter, or as long and with a smaller number where they differ first.
 * @param {number[]} a
 * @param {number[]} b
 */
function isSimpler(a, b) {
  if (a.length !== b.length) return a.length < b.length;
  const at = a.findIndex((each, index) => each !== b[index]);
  return at >= 0 && a[at] < b[at];
}
