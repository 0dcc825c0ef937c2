/**
 * Whether who holds a database is stuck: nobody answers for it, although there is time to.
 *
 * A holder answers as soon as its thread takes events; for one in a worker its page answers as well. So a worker that
 * is busy with a statement is not taken for one that is stuck. Time in which we do not run ourselves, because the
 * machine slept or we are in the background, says nothing about others: each question has its time to itself.
 *
 * The patience is counted from the last sign of it: after an answer nothing is asked for as long as a question waits, which
 * counts as one. So what takes less than seven eighths of it is never taken for being stuck.
 */

/** Questions in a row that have to stay without an answer. */
const QUESTIONS = 8;

/** A timer that is late by more milliseconds than this says that nobody ran. */
const LATE = 1_500;

export class Watch {
  #post;
  #last = 0;
  /** The first question of those whose answers count. */
  #first = 1;
  /** Times without an answer since there was one. */
  #silent = 0;
  /** @type {() => void} */
  #answered = () => {};

  /** @param {(number: number) => void} post asks whoever holds it */
  constructor(post) {
    this.#post = post;
  }

  /**
   * Somebody has answered for the holder.
   * @param {number} number of the question
   */
  hear(number) {
    if (number >= this.#first) this.#answered();
  }

  /** Another one has it: of that nothing is known yet. */
  begin() {
    this.#silent = 0;
  }

  /**
   * Whether nobody answers; takes its time also when somebody does.
   * @param {number} patience milliseconds
   * @param {() => boolean} wanted whether it is still worth asking
   * @returns {Promise<boolean>}
   */
  async isSilent(patience, wanted) {
    const time = patience / QUESTIONS;
    this.#first = this.#last + 1;
    while (this.#silent < QUESTIONS) {
      const answered = await this.#counted(time, () => this.#ask(time));
      if (answered) {
        this.#silent = 0;
        await this.#counted(time, () => new Promise((resolve) => { setTimeout(resolve, time); }));
      }
      if (answered || !wanted()) return false;
    }
    this.#silent = 0;
    return true;
  }

  /**
   * Counts a time without an answer, in which we ran ourselves.
   * @template T
   * @param {number} time milliseconds
   * @param {() => Promise<T>} wait
   * @returns {Promise<T>}
   */
  async #counted(time, wait) {
    const start = performance.now();
    const result = await wait();
    this.#silent = performance.now() - start > time + LATE ? 0 : this.#silent + 1;
    return result;
  }

  /**
   * @param {number} time milliseconds
   * @returns {Promise<boolean>} whether there was an answer
   */
  #ask(time) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time, false);
      this.#answered = () => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#post(++this.#last);
    });
  }
}
