// Runs every statement of the corpora (*.sql of this folder, ../../README.md) on Tidemark with the dialect 'mysql' and on
// MariaDB, and compares values, counts and classes of SQLSTATEs.
// PRINTED=1: MariaDB answers to the queries as they are printed for an origin.
// Usage: [PRINTED=1] node tests/sql/differential/mysql/run.js [--refused] corpus.sql …
import { isDeepStrictEqual } from 'node:util';
import { Tidemark } from '../../../../js-bindings/index.js';
import { MySQLClient } from '../../../../js-bindings/upstream/mysql.js';
import { mysqlMissing, openMySQL, serverName } from '../../../js/lib/mysql.js';
import { answer, isRefused, runDifferential } from '../../lib/differential.js';
import { COLLATION, MariaDB } from '../../lib/mysql.js';
import { printed } from '../../lib/printed.js';

/**
 * A value as both databases would spell it: MySQL has numbers for truth values.
 * @param {unknown} value
 */
function spelling(value) {
  if (typeof value === 'boolean') return Number(value).toString();
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : value;
}

/** MariaDB shows as many digits of a second as the type has. @param {unknown} value */
const withoutZeros = (value) => (typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$/.test(value)
  ? value.replace(/\.?0+$/, '')
  : value);

/**
 * @param {any} server
 * @returns {import('../../lib/differential.js').Reference}
 */
const mariadb = (server) => ({
  name: serverName,
  open: async () => ({ tidemark: new Tidemark({ dialect: 'mysql' }), other: await MariaDB.open(server) }),

  /** Definitions cannot be rolled back there: what Tidemark refuses is asked only where it changes nothing. */
  async ask(tidemark, other, sql) {
    const ours = await answer(tidemark, sql);
    const changes = !/^(SELECT|VALUES|TABLE|SHOW|DESC|EXPLAIN|WITH)\b/.test(sql);
    const theirs = isRefused(ours) && changes ? {} : await answer(other, sql);
    return { ours, theirs };
  },

  failureOf: (error) => error?.code.slice(0, 2) ?? null,
  columnsOf: ({ fields }) => `${fields.length} columns`,
  sameValue: (ours, theirs) => isDeepStrictEqual(withoutZeros(spelling(ours)), withoutZeros(spelling(theirs))),
  /** MariaDB counts a row twice that it replaces or updates on a duplicate key. */
  countsAlike: (sql) => /^(INSERT|UPDATE|DELETE|SELECT)\b/.test(sql) && !/ON DUPLICATE KEY/.test(sql),
});

/** @param {any} server @returns {Promise<import('../../lib/printed.js').Origin>} */
async function originOf(server) {
  const database = await MariaDB.open(server);
  return {
    dialect: 'mysql',
    client: () => new MySQLClient(server.pool),
    execute: async (sql) => { await database.query(sql); },
    close: () => database.close(),
  };
}

const missing = await mysqlMissing();
if (missing) {
  console.log(`differential suite (${serverName}): skipped, ${missing}`);
} else {
  const server = await openMySQL(
    [`--collation-server=${COLLATION}`, '--character-set-server=utf8mb4', '--lower-case-table-names=1']);
  try {
    const reference = mariadb(server);
    await runDifferential(process.env.PRINTED ? printed(reference, () => originOf(server)) : reference, process.argv.slice(2));
  } finally {
    await server.close();
  }
}
