/**
 * What a holder does for other tabs, once: a write is noted in the transaction that carries it out, with its answer, so that
 * the next holder can answer who asks again because this one went before it had answered.
 */
import { TidemarkError } from '../errors.js';

/** Longer answers are not kept, only that there was one. */
const ANSWER_MAX = 1 << 20;

/** With what statements fail that run in no transaction. */
const OUTSIDE_ONLY = '0A000';

/**
 * @typedef {import('../session.js').Session} Session
 * @typedef {import('../session.js').Result} Result
 */

/**
 * A call that is made again when its answer is lost.
 * @typedef {object} Request
 * @property {string} client
 * @property {number} number rises with each request of the client
 * @property {number} keep answers to requests before this one have arrived
 * @property {boolean} again whether it was made before
 */

export class Requests {
  #session;
  /** @type {Set<string>} clients whose answers nobody will ask for */
  #gone = new Set();

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /**
   * Has the answers of clients that are not there any more forgotten, with the next write.
   * @param {() => Promise<ReadonlySet<string>>} living those that are there
   */
  async forgetAllBut(living) {
    const { rows } = await this.#session.query(this.#session.root, 'SELECT DISTINCT client FROM tidemark.requests');
    // Asked for afterwards: who has come in the meantime is among them.
    const alive = await living();
    for (const { client } of rows) if (!alive.has(client)) this.#gone.add(client);
  }

  /**
   * Has the answers of a client forgotten.
   * @param {string} client
   */
  forget(client) {
    this.#gone.add(client);
  }

  /**
   * Runs a text outside of transactions.
   * @param {Request} request
   * @param {string} sql
   * @param {(scope: any) => Promise<Result[]>} run with rows as blocks
   * @param {() => void} onUnnoted called before the run of what cannot be noted
   * @param {AbortSignal | null} signal
   * @returns {Promise<Result[]>}
   */
  async run(request, sql, run, onUnnoted, signal) {
    const session = this.#session;
    const kind = session.kindOf(sql);
    if (kind === 'reads') return run(session.root);
    if (kind === 'writes') {
      const results = await this.#inTransaction(request, run, signal);
      if (results !== null) return results;
    }
    onUnnoted();
    return run(session.root);
  }

  /**
   * Commits the transaction of a request.
   * @param {any} scope
   * @param {Request} request
   */
  async commit(scope, request) {
    const forgotten = await this.#note(scope, request, []);
    await this.#session.commit(scope);
    for (const client of forgotten) this.#gone.delete(client);
  }

  /**
   * Whether a request was carried out.
   * @param {Request} request
   */
  async isDone(request) {
    return await this.#answerOf(this.#session.root, request) !== null;
  }

  /**
   * @param {Request} request
   * @param {(scope: any) => Promise<Result[]>} run
   * @param {AbortSignal | null} signal
   * @returns {Promise<Result[] | null>} null: it cannot be run in a transaction
   */
  async #inTransaction(request, run, signal) {
    const session = this.#session;
    const scope = await session.begin(session.root, signal);
    let results, forgotten;
    try {
      const answer = request.again ? await this.#answerOf(scope, request) : null;
      if (answer !== null) {
        await session.rollback(scope);
        return decodeAnswer(answer);
      }
      results = await run(scope);
      forgotten = await this.#note(scope, request, results);
    } catch (error) {
      await session.rollback(scope);
      if (/** @type {any} */ (error)?.code === OUTSIDE_ONLY) return null;
      throw error;
    }
    await session.commit(scope);
    for (const client of forgotten) this.#gone.delete(client);
    return results;
  }

  /**
   * @param {any} scope
   * @param {Request} request
   * @param {Result[]} results
   * @returns {Promise<string[]>} clients that are forgotten with it
   */
  async #note(scope, { client, number, keep }, results) {
    const gone = [...this.#gone];
    await this.#session.note(scope, { call: 'request', client, number, keep, gone }, encodeAnswer(results));
    return gone;
  }

  /**
   * @param {any} scope
   * @param {Request} request
   * @returns {Promise<Uint8Array | null>}
   */
  async #answerOf(scope, { client, number }) {
    const { rows: [row] } = await this.#session.query(scope,
      'SELECT answer FROM tidemark.requests WHERE client = $1 AND number = $2', [client, number]);
    return row?.answer ?? null;
  }
}

/**
 * FORMAT
 *   4 bytes   size of the JSON
 *   n bytes   JSON: null, or for each result its members, `rows` being the sizes of its blocks, `insertId` text where it is a bigint
 *   zero or more { n bytes  a row block }
 * @param {Result[]} results
 */
function encodeAnswer(results) {
  const blocks = results.flatMap(({ rows }) => rows);
  const size = blocks.reduce((sum, block) => sum + block.length, 0);
  const about = size > ANSWER_MAX ? null
    : results.map((result) => ({ ...result, rows: result.rows.map((block) => block.length) }));
  const json = new TextEncoder().encode(JSON.stringify(about,
    (_name, value) => (typeof value === 'bigint' ? value.toString() : value)));
  const answer = new Uint8Array(4 + json.length + (about === null ? 0 : size));
  new DataView(answer.buffer).setUint32(0, json.length, true);
  answer.set(json, 4);
  let at = 4 + json.length;
  for (const block of about === null ? [] : blocks) {
    answer.set(block, at);
    at += block.length;
  }
  return answer;
}

/**
 * @param {Uint8Array} answer
 * @returns {Result[]}
 */
function decodeAnswer(answer) {
  let at = 4 + new DataView(answer.buffer, answer.byteOffset).getUint32(0, true);
  const about = JSON.parse(new TextDecoder().decode(answer.subarray(4, at)));
  if (about === null) {
    throw new TidemarkError('08007', 'the statement was carried out, but its rows were lost with the tab that ran it');
  }
  return about.map((/** @type {any} */ result) => ({
    ...result,
    ...typeof result.insertId === 'string' ? { insertId: BigInt(result.insertId) } : {},
    rows: result.rows.map((/** @type {number} */ length) => answer.slice(at, at += length)),
  }));
}
