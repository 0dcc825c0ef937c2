/** What all workloads share: a seeded generator, timing, summaries of many timings, peers that may be missing. */
import { figure, median, percentile } from './report.js';

/**
 * A small generator of numbers (xorshift32): the same seed gives the same data on every machine.
 * @param {number} seed not 0
 */
export function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    /** @param {number} limit a whole number below it is returned */
    below: (limit) => next() % limit,
    /** @param {number} share of 1 */
    chance: (share) => next() / 2 ** 32 < share,
  };
}

/**
 * Milliseconds that a piece of work takes.
 * @param {() => any} work
 */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds that one series of timings may take: what is slow is timed less often. */
const BUDGET = 8_000;

/**
 * Milliseconds of each of `count` pieces of work, after some that are not counted: engines compile what runs often.
 * @param {number} count
 * @param {number} warm
 * @param {(i: number) => any} work may return a promise
 */
export async function timedEach(count, warm, work) {
  const times = [];
  const end = performance.now() + BUDGET;
  for (let i = 0; i < count + warm; i++) {
    if (performance.now() > end && times.length >= 3) break;
    if (performance.now() > end - BUDGET / 2 && i < warm) i = warm;
    const start = performance.now();
    const result = work(i);
    if (result instanceof Promise) await result;
    const time = performance.now() - start;
    if (i >= warm) times.push(time);
  }
  return times;
}

/** Timings of one thing, of several rounds. */
export class Timings {
  #times = new Map();

  /** @param {string} what @param {readonly number[]} times in milliseconds */
  add(what, times) {
    const all = this.#times.get(what);
    if (all === undefined) this.#times.set(what, [...times]);
    else all.push(...times);
  }

  /** @param {string} what */
  has(what) {
    return this.#times.has(what);
  }

  /** @param {string} what */
  median(what) {
    return median(this.#times.get(what));
  }

  /** @param {string} what */
  p95(what) {
    return percentile(this.#times.get(what), 0.95);
  }

  /** All of it, for a file: milliseconds. */
  summary() {
    return Object.fromEntries([...this.#times].map(([what, times]) =>
      [what, { count: times.length, median: this.median(what), p95: this.p95(what) }]));
  }
}

/**
 * Milliseconds for one thing, in the unit of a table.
 * @param {number} milliseconds
 * @param {string} unit
 */
export function toUnit(milliseconds, unit) {
  if (unit === 'ms') return milliseconds;
  return unit === 'µs' ? milliseconds * 1_000 : 1_000 / milliseconds;
}

/**
 * A peer's figure, with our time as a multiple of its time.
 * @param {number} theirs milliseconds
 * @param {string} unit
 * @param {number | null} ours null: not comparable
 */
export function cell(theirs, unit, ours) {
  return figure(toUnit(theirs, unit)) + (ours === null ? '' : ` (${figure(ours / theirs)}x)`);
}

/**
 * Imports a peer; null when it is not installed here, which is said.
 * @param {string} name
 * @param {() => Promise<any>} load
 */
export async function optionalPeer(name, load) {
  try {
    return await load();
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.log(`  ${name} is not installed (npm ci --prefix bench): left out`);
    return null;
  }
}

/** A number from the environment. @param {string} name @param {number} otherwise */
export function setting(name, otherwise) {
  const value = process.env[name];
  if (value === undefined || value === '') return otherwise;
  if (!(Number(value) > 0)) throw new Error(`${name} has to be a number above 0, not ${value}`);
  return Number(value);
}
