/**
 * What a server says of its binary log: which server it is, whether the log tells rows, where it ends.
 */
import { MariaDBLog } from './binlog-mariadb.js';
import { MySQLLog } from './binlog-mysql.js';
import { UpstreamError } from './errors.js';

/**
 * What differs between the servers.
 * @typedef {object} BinlogServer
 * @property {Setting[]} needed what the log has to be like
 * @property {string} statusStatement says where the log ends, and of which databases it tells
 * @property {(tx: OriginTransaction) => Promise<void>} [prepare] makes what it keeps in tidemark_origin
 * @property {(session: import('./mysql-session.js').MySQLSession) => Promise<BinlogPlace | null>} settle a place of which every snapshot
 *   that is taken from then on sees all that ends there or before; null where the snapshot itself tells
 * @property {(number: number, place: BinlogPlace) => void} [passed] to be called of each commit in the barrier that the log tells of
 * @property {(tx: OriginTransaction, settled: BinlogPlace | null) => Promise<{ place: BinlogPlace, end: BinlogPlace }>}
 *   findSnapshot the snapshot of a transaction sees all that ends at `place` or before, and nothing that ends after `end`; `settled`: as of
 *   before it began
 * @property {(tx: OriginTransaction) => Promise<{ place: BinlogPlace, mark: string }>} readEnd where the log ends now, and the mark of its
 *   last transaction
 * @property {(tx: OriginTransaction, place: BinlogPlace, mark: string) => Promise<boolean>} isInLog whether the log has this place, and
 *   the same transaction before it: it is not the log of another server, or one that was begun anew
 *
 * @typedef {[name: string, value: string, hint: string]} Setting a variable, its value, and how to set it
 * @typedef {import('./binlog-place.js').BinlogPlace} BinlogPlace
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 */

/** @type {Setting[]} of every server */
const NEEDED = [
  ['log_bin', 'ON', 'Start the server with --log-bin.'],
  ['binlog_format', 'ROW', "SET GLOBAL binlog_format = 'ROW', and in the server's configuration."],
  ['binlog_row_image', 'FULL', "SET GLOBAL binlog_row_image = 'FULL', and in the server's configuration."],
];

/**
 * The server of a transaction, whose log can be followed.
 * @param {OriginTransaction} tx
 * @returns {Promise<BinlogServer>}
 * @throws {UpstreamError} 55000 its log does not tell which rows have changed
 */
export async function openServer(tx) {
  const { rows: [[version]] } = await tx.query('SELECT version()', []);
  const server = /mariadb/i.test(String(version)) ? new MariaDBLog() : new MySQLLog(String(version));
  await checkSettings(tx, [...NEEDED, ...server.needed]);
  return server;
}

/**
 * @param {OriginTransaction} tx
 * @param {Setting[]} needed one that the server does not know is as it has to be
 */
async function checkSettings(tx, needed) {
  const { rows } = await tx.query(
    `SHOW GLOBAL VARIABLES WHERE variable_name IN (${needed.map(() => '?').join(', ')})`, needed.map(([name]) => name));
  const settings = new Map(/** @type {[string, string][]} */ (rows));
  for (const [name, wanted, hint] of needed) {
    const value = settings.get(name) ?? wanted;
    if (value === wanted) continue;
    throw new UpstreamError('55000', `changes cannot be followed: ${name} is ${value}, not ${wanted || 'empty'}`, { hint });
  }
}
