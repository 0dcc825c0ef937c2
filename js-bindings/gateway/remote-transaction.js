/**
 * A transaction at the origin whose statements come from a device, one message each.
 */
import { UpstreamError } from '../upstream/errors.js';

/**
 * @typedef {{ kind: 'query' | 'commit' | 'rollback', call: number, sql: string, params: unknown[] }} Command
 * @typedef {{
 *   answer(call: number, result?: import('../upstream/types.js').QueryResult): void,
 *   fail(call: number, error: UpstreamError): void,
 *   ended(): void
 * }} Replies `answer(0)`: the transaction has begun
 */

/** Statements that may wait for those before them. */
const WAITING = 64;

/** Thrown inside the upstream transaction to roll it back. */
const ROLLBACK = Symbol('rollback');

/** One open transaction. */
export class RemoteTransaction {
  #replies;
  #idle;
  /** @type {Command[]} */
  #commands = [];
  /** @type {(() => void) | null} */
  #arrived = null;
  #abandoned = false;

  /**
   * Begins it.
   * @param {import('../upstream/types.js').UpstreamClient} upstream one with transactions
   * @param {number} idle milliseconds without a command after which it is rolled back, so that a device that
   *   has gone to sleep does not hold the origin's locks
   * @param {Replies} replies
   */
  constructor(upstream, idle, replies) {
    this.#idle = idle;
    this.#replies = replies;
    this.#run(upstream);
  }

  /** @param {Command} command */
  take(command) {
    const room = command.kind === 'query' ? WAITING : WAITING + 1; // the end of it has a place of its own
    if (this.#commands.length >= room) {
      const error = new UpstreamError('54000', `more than ${WAITING} statements of a transaction wait for their turn`);
      this.#replies.fail(command.call, error);
      return;
    }
    this.#commands.push(command);
    this.#arrived?.();
  }

  /** The device is gone: rolls back. */
  abandon() {
    this.#abandoned = true;
    this.#arrived?.();
  }

  /** @param {import('../upstream/types.js').UpstreamClient} upstream */
  async #run(upstream) {
    let call = 0;
    try {
      await /** @type {Required<typeof upstream>} */ (upstream).transaction(async (tx) => {
        this.#replies.answer(0);
        for (;;) {
          const command = await this.#next();
          call = command.call;
          if (command.kind === 'rollback') throw ROLLBACK;
          if (command.kind === 'commit') return;
          await this.#query(tx, command);
        }
      });
      this.#replies.ended();
      this.#replies.answer(call);
    } catch (thrown) {
      this.#replies.ended();
      if (thrown === ROLLBACK) this.#replies.answer(call);
      else this.#replies.fail(call, UpstreamError.from(thrown));
    }
  }

  /**
   * @param {{ query: import('../upstream/types.js').UpstreamClient['query'] }} tx
   * @param {Command} command
   */
  async #query(tx, { sql, params, call }) {
    try {
      this.#replies.answer(call, await tx.query(sql, params));
    } catch (error) {
      this.#replies.fail(call, UpstreamError.from(error)); // the device decides what to do next
    }
  }

  /** @returns {Promise<Command>} */
  async #next() {
    if (this.#commands.length === 0 && !this.#abandoned) {
      await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
        const timer = setTimeout(resolve, this.#idle);
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#arrived = null;
    }
    if (this.#abandoned) throw new UpstreamError('08006', 'the device is gone');
    const command = this.#commands.shift();
    if (command) return command;
    throw new UpstreamError('25P03', `the transaction was idle for ${this.#idle} ms and has been rolled back`);
  }
}
