/**
 * A pool of the package `pg` as an origin session: transactions whose values have the form of the upstream
 * border.
 */
import { checkCopiesNothing } from './client-statement.js';
import { UNREACHABLE, UpstreamError } from './errors.js';
import { Pipeline } from './pg-pipeline.js';
import { checkSql } from './protocol.js';
import { queryEach } from './query-each.js';
import { quoteIdentifier } from './sql-text.js';
import { SESSION_SETTINGS, TypeCatalog, parameterToText } from './values.js';

const SETTINGS = SESSION_SETTINGS.map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
const BEGIN = {
  change: ['BEGIN ISOLATION LEVEL READ COMMITTED', ...SETTINGS],
  snapshot: ['BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', ...SETTINGS],
};

const KNOWN_STATEMENTS = 500;

/** What begins or ends a transaction waits for nobody: a server that has not answered by then is not there. */
const ANSWER_TIMEOUT = 10_000;
/** How often a connection that only listens is tried. */
const HEARTBEAT = 30_000;

const ignore = () => {};

/** Every type as the text that the server sent. */
const AS_TEXT = { getTypeParser: () => (/** @type {string} */ text) => text };

/** The sessions of one pool. */
export class PGSession {
  #pool;
  #types = new TypeCatalog();
  /** @type {Map<string, number[]>} the parameters' types of statements, the newest last */
  #parameters = new Map();
  #timing;

  /**
   * @param {any} pool a pg.Pool
   * @param {{ answerTimeout?: number, heartbeat?: number }} [timing] milliseconds
   */
  constructor(pool, { answerTimeout = ANSWER_TIMEOUT, heartbeat = HEARTBEAT } = {}) {
    this.#pool = pool;
    this.#timing = { answerTimeout, heartbeat };
    pool.on('error', ignore); // of an idle connection: the pool makes another
  }

  /**
   * @template T
   * @param {(tx: import('./types.js').OriginTransaction) => Promise<T>} work
   * @param {{ snapshot?: boolean, signal?: AbortSignal }} [options] aborting the signal cancels the statement
   * @returns {Promise<T>}
   */
  async transaction(work, { snapshot = false, signal } = {}) {
    const client = await this.#connect();
    const cancel = () => this.#cancel(client);
    signal?.addEventListener('abort', cancel, { once: true });
    let begin = snapshot ? BEGIN.snapshot : BEGIN.change;
    const run = async (/** @type {string} */ script) => {
      const before = begin; // on the way of what is sent anyway
      begin = [];
      const results = [await this.#ask(client, [...before, script].join(';\n'))].flat();
      return results.slice(before.length).map((each) => each.rows);
    };
    const begun = async () => {
      if (begin.length > 0) await run('');
    };
    let result;
    try {
      result = await work({
        query: async (sql, params) => {
          await begun();
          return this.#query(client, sql, params);
        },
        queryAll: async (statements) => {
          await begun();
          return this.#queryAll(client, statements);
        },
        plan: async (sql, params) => {
          await begun();
          await this.#query(client, sql, params, 'EXPLAIN');
        },
        run,
      });
      if (!snapshot) await this.#send(client, 'COMMIT');
    } catch (error) {
      await this.#end(client, 'ROLLBACK');
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    if (snapshot) this.#end(client, 'COMMIT'); // what it has read is right, however it ends
    else this.#release(client);
    return result;
  }

  /**
   * Ends a transaction, and gives its connection back.
   * @param {any} client
   * @param {string} statement
   */
  async #end(client, statement) {
    await this.#ask(client, statement).then(() => this.#release(client), () => this.#release(client, true));
  }

  /**
   * @param {string} channel
   * @param {() => void} notified
   * @param {(error: Error) => void} lost
   * @returns {Promise<() => Promise<void>>} stops listening
   */
  async listen(channel, notified, lost) {
    const client = await this.#connect();
    let listening = true;
    const heart = setInterval(() => this.#ask(client, 'SELECT 1').catch(ended), this.#timing.heartbeat);
    heart.unref?.();
    const ended = (/** @type {unknown} */ error) => {
      if (!listening) return;
      listening = false;
      clearInterval(heart);
      this.#release(client, true);
      lost(failure(error ?? new Error('the connection ended')));
    };
    client.on('error', ended);
    client.on('end', ended);
    client.on('notification', (/** @type {any} */ message) => {
      if (message.channel === channel) notified();
    });
    try {
      await this.#send(client, `LISTEN ${quoteIdentifier(channel)}`);
    } catch (error) {
      clearInterval(heart);
      if (listening) this.#release(client, true);
      listening = false;
      throw error;
    }
    return async () => {
      clearInterval(heart);
      if (listening) this.#release(client, true); // ends the connection: the next owner should not hear of this
      listening = false;
    };
  }

  async #connect() {
    try {
      const client = await this.#pool.connect();
      client.on('error', ignore); // the statement under way fails with it; nothing else should
      return client;
    } catch (error) {
      throw failure(error);
    }
  }

  /**
   * @param {any} client
   * @param {unknown} [broken] do not use this connection again
   */
  #release(client, broken) {
    client.off('error', ignore);
    client.release(Boolean(broken));
  }

  /**
   * Cancels what `client` is running.
   * @param {any} client
   */
  async #cancel(client) {
    try {
      await this.#pool.query('SELECT pg_cancel_backend($1)', [client.processID]);
    } catch {
      // then it ends by itself
    }
  }

  /**
   * Runs what is answered at once wherever there is a server. A connection that brings no answer is given up, with all that waits
   * for it: it may have been forgotten on the way, and nobody would ever say so.
   * @param {any} client
   * @param {string} script
   */
  async #ask(client, script) {
    const timer = setTimeout(() => client.connection?.stream?.destroy(), this.#timing.answerTimeout);
    try {
      return await this.#send(client, script);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * @param {any} client
   * @param {string} sql one statement; without `values` several
   * @param {(string | null)[]} [values]
   */
  async #send(client, sql, values) {
    // The simple protocol, which `pg` prefers when there are no values, runs whatever follows a semicolon.
    const queryMode = values ? 'extended' : undefined;
    try {
      return await client.query({ text: sql, values, queryMode, rowMode: 'array', types: AS_TEXT });
    } catch (error) {
      throw failure(error);
    }
  }

  /**
   * @param {any} client
   * @returns {(sql: string, params: string[]) => Promise<(string | null)[][]>}
   */
  #asking(client) {
    return async (sql, params) => (await this.#send(client, sql, params)).rows;
  }

  /**
   * Parameters as PostgreSQL reads them.
   * @param {(sql: string, params: string[]) => Promise<(string | null)[][]>} ask
   * @param {string} sql
   * @param {unknown[]} params
   */
  async #texts(ask, sql, params) {
    checkSql(sql);
    checkCopiesNothing(sql);
    const types = await this.#parameterTypes(ask, sql, params);
    return params.map((value, at) => parameterToText(value, types[at]));
  }

  /**
   * @param {any} client
   * @param {string} sql
   * @param {unknown[]} params
   * @param {string} [before] a word to put before the statement
   * @returns {Promise<import('./types.js').OriginResult>}
   */
  async #query(client, sql, params, before = '') {
    const ask = this.#asking(client);
    const values = await this.#texts(ask, sql, params);
    const result = await this.#send(client, before ? `${before} ${sql}` : sql, values);
    return this.#types.decode({ ...result, rowCount: result.rowCount ?? undefined }, ask);
  }

  /**
   * @param {any} client
   * @param {import('./types.js').Statement[]} statements
   * @returns {ReturnType<import('./types.js').OriginTransaction['queryAll']>}
   */
  async #queryAll(client, statements) {
    // In its own pipeline mode `pg` takes nobody else's.
    if (client.pipeline || statements.length < 2) {
      return queryEach(statements, (sql, params) => this.#query(client, sql, params));
    }
    const ask = this.#asking(client);
    const pipeline = new Pipeline();
    try {
      for (const { sql, params } of statements) pipeline.add(sql, await this.#texts(ask, sql, params));
    } catch (thrown) {
      return { results: [], failure: thrown };
    }
    client.query(pipeline);
    const { results, error } = await pipeline.answer;
    const decoded = [];
    for (const result of results) decoded.push(await this.#types.decode(result, ask));
    return { results: decoded, failure: error && failure(error) };
  }

  /**
   * The types of the parameters, asked for only where one may be an array: `pg` does not tell them.
   * @param {(sql: string, params: string[]) => Promise<(string | null)[][]>} ask
   * @param {string} sql
   * @param {unknown[]} params
   */
  async #parameterTypes(ask, sql, params) {
    if (!params.some((value) => typeof value === 'string' && value.startsWith('['))) return [];
    let oids = this.#parameters.get(sql);
    if (!oids) {
      await ask(`PREPARE tidemark_parameters AS ${sql}`, []);
      const [[list]] = await ask(
        `SELECT array_to_string(parameter_types::oid[], ',') FROM pg_catalog.pg_prepared_statements
         WHERE name = 'tidemark_parameters'`, []);
      await ask('DEALLOCATE tidemark_parameters', []);
      oids = list ? list.split(',').map(Number) : [];
      if (this.#parameters.size >= KNOWN_STATEMENTS) {
        this.#parameters.delete(/** @type {string} */ (this.#parameters.keys().next().value));
      }
      this.#parameters.set(sql, oids);
    }
    return this.#types.get(oids, ask);
  }
}

/**
 * @param {unknown} thrown what carries no SQLSTATE was about the connection
 */
function failure(thrown) {
  return UpstreamError.from(thrown, UNREACHABLE);
}
