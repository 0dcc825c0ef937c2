/**
 * Whether who holds a database is stuck: nobody answers for it, although there is time to.
 *
 * A holder answers as soon as its thread takes events; for one in a worker its page answers as well. So a worker that
 * is busy with a statement is not taken for one that is stuck. Time in which we do not run ourselves, because the
 * machine slept or we are in the background, says nothing about others: each question has its time to itself.
 */

/** Questions in a row that have to stay without an answer. */
const QUESTIONS = 4;

/** A timer that is late by more milliseconds than this says that nobody ran. */
const LATE = 1_500;

export class Watch {
  #post;
  #last = 0;
  /** The first question of those whose answers count. */
  #first = 1;
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

  /**
   * Whether nobody answers.
   * @param {number} patience milliseconds
   * @param {() => boolean} wanted whether it is still worth asking
   * @returns {Promise<boolean>}
   */
  async isSilent(patience, wanted) {
    const time = patience / QUESTIONS;
    this.#first = this.#last + 1;
    for (let silent = 0; silent < QUESTIONS;) {
      const start = performance.now();
      if (await this.#ask(time) || !wanted()) return false;
      silent = performance.now() - start > time + LATE ? 0 : silent + 1;
    }
    return true;
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
