/** Random choices that a seed repeats. */

/**
 * @param {number} seed
 * @returns {(below: number) => number} the next whole number from 0 on, below another
 */
export function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
