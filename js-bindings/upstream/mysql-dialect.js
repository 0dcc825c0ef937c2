/**
 * What a changefeed and queued transactions need said in MySQL's SQL; and the database `tidemark_origin` that Tidemark keeps in such an origin:
 * who it is, and which queued transactions have been applied. `DROP DATABASE tidemark_origin` removes it.
 */
import { ANSWERS_KEPT } from './applied-answer.js';
import { capturesOf } from './capture.js';
import { UpstreamError } from './errors.js';
import { mysqlPartitions } from './mysql-partition.js';
import { KeyList } from './mysql-values.js';

const VERSION = 1;

const STATEMENTS = [
  'CREATE DATABASE IF NOT EXISTS tidemark_origin CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  `CREATE TABLE IF NOT EXISTS tidemark_origin.applied (
     client varchar(200) NOT NULL,
     transaction bigint NOT NULL,
     result longtext,
     at timestamp NOT NULL DEFAULT current_timestamp,
     PRIMARY KEY (client, transaction),
     KEY (at)
   ) ENGINE = InnoDB`,
  // One row: who this origin is. It begins every cursor.
  `CREATE TABLE IF NOT EXISTS tidemark_origin.feed (
     only_row boolean PRIMARY KEY DEFAULT true,
     version integer NOT NULL,
     id char(36) NOT NULL
   ) ENGINE = InnoDB`,
  `INSERT INTO tidemark_origin.feed (version, id) SELECT ${VERSION}, uuid()
   WHERE NOT EXISTS (SELECT * FROM tidemark_origin.feed)`,
];

/**
 * @param {import('./binlog-source.js').BinlogSource} source
 * @returns {import('./origin-dialect.js').OriginDialect}
 */
export function mysqlDialect(source) {
  return {
    createSchema: createMySQLSchema,
    prune: pruneMySQL,
    partitions: mysqlPartitions,

    async startAgain() {}, // a statement that fails leaves nothing, and there are no locks

    keyParameters(request, keys) {
      const [capture] = capturesOf(request);
      const types = source.columnTypes(capture);
      const originKey = /** @type {string[]} */ (request.originKey);
      return [...request.params, new KeyList(keys, originKey.map((name) => types[capture.columns.indexOf(name)]))];
    },
  };
}

/**
 * The highest applied transaction of each of the clients that have one.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {Set<string>} clients
 */
export async function readApplied(tx, clients) {
  const { rows } = await tx.query(
    `SELECT client, max(transaction) FROM tidemark_origin.applied
     WHERE client IN (${[...clients].map(() => '?').join(', ')}) GROUP BY client`,
    [...clients]);
  return new Map(/** @type {[string, number][]} */ (rows));
}

/** @type {import('./origin-dialect.js').ApplyDialect} */
export const mysqlApply = {
  async claim(tx, client, transactions) {
    const answers = new Map();
    for (const transaction of transactions) {
      try {
        await tx.query('INSERT INTO tidemark_origin.applied (client, transaction) VALUES (?, ?)', [client, transaction]);
      } catch (thrown) {
        if (UpstreamError.from(thrown).code !== '23505') throw thrown;
        const { rows } = await tx.query(
          'SELECT result FROM tidemark_origin.applied WHERE client = ? AND transaction = ?', [client, transaction]);
        answers.set(transaction, /** @type {string} */ (rows[0][0]));
      }
    }
    return answers;
  },

  async record(tx, client, answers) {
    for (const [transaction, answer] of answers) {
      await tx.query(
        'UPDATE tidemark_origin.applied SET result = ? WHERE client = ? AND transaction = ?', [answer, client, transaction]);
    }
  },

  async checkDeferred() {}, // there are none

  // MySQL has no RETURNING. What reads the row in a conflict reads it now: with what defaults and triggers have made of it.
  async written(tx, { row, conflict }, result) {
    const read = row ?? conflict;
    return read ? tx.query(read.sql, read.params) : result;
  },
};

/**
 * Creates the database where it is missing. Two may do it at once.
 * @param {import('./types.js').OriginSession} session
 * @throws {UpstreamError} 55000 it is of a newer version than this code; 42501 it is missing and may not be created
 */
export async function createMySQLSchema(session) {
  const version = await session.transaction(readVersion);
  if (version === null) {
    await session.transaction(async (tx) => {
      for (const statement of STATEMENTS) await tx.query(statement, []);
    });
  } else if (version > VERSION) {
    throw new UpstreamError('55000', `the origin's database tidemark_origin is of version ${version}, newer than ${VERSION}`,
      { hint: 'Update the tidemark package of this gateway or client.' });
  }
}

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @returns {Promise<number | null>}
 */
async function readVersion(tx) {
  try {
    const { rows } = await tx.query('SELECT version FROM tidemark_origin.feed', []);
    return rows.length > 0 ? Number(rows[0][0]) : null;
  } catch (thrown) {
    // Without the database, MariaDB says that there is no such table, MySQL that there is no such database.
    if (['42P01', '3D000'].includes(UpstreamError.from(thrown).code)) return null;
    throw thrown;
  }
}

/**
 * Forgets stored answers that are older than `days`. The newest answers of every client stay, so that transactions sent again
 * after years are still recognised.
 * @param {import('./types.js').OriginSession} session
 * @param {number} days
 */
async function pruneMySQL(session, days) {
  await session.transaction((tx) => tx.query(
    `DELETE old FROM tidemark_origin.applied old JOIN (
       SELECT one.client, (SELECT newer.transaction FROM tidemark_origin.applied newer WHERE newer.client = one.client
         ORDER BY newer.transaction DESC LIMIT 1 OFFSET ${ANSWERS_KEPT - 1}) AS transaction
       FROM (SELECT DISTINCT client FROM tidemark_origin.applied WHERE at < now() - INTERVAL ? DAY) AS one
     ) AS kept ON kept.client = old.client AND old.transaction < kept.transaction
     WHERE old.at < now() - INTERVAL ? DAY`, [days, days]));
}
