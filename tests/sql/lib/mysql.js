/** Runs statements in a real MariaDB or MySQL and gives results as the package does. */
import { fieldOf, fromMySQL, valueType } from '../../../js-bindings/upstream/mysql-values.js';
import { serverName } from '../../js/lib/mysql.js';

/** How each of the servers calls the collation that compares characters by their codes, and passes over no spaces. */
export const COLLATION = serverName === 'MySQL' ? 'utf8mb4_0900_bin' : 'utf8mb4_nopad_bin';

/** The settings of the server that dialect 'mysql' means (docs/sql.md). */
const SETTINGS = `SET NAMES utf8mb4 COLLATE ${COLLATION}, time_zone = '+00:00',`
  + " sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

export class MariaDB {
  #connection;

  /** @param {any} connection of mysql2/promise */
  constructor(connection) {
    this.#connection = connection;
  }

  /**
   * A connection to an empty database of its own.
   * @param {{ options: object, execute(sql: string): Promise<void> }} server
   */
  static async open(server) {
    await server.execute(`DROP DATABASE tidemark; CREATE DATABASE tidemark CHARACTER SET utf8mb4 COLLATE ${COLLATION}`);
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection({
      ...server.options,
      rowsAsArray: true,
      typeCast: (/** @type {any} */ column) => column.buffer(),
    });
    await connection.query(SETTINGS);
    return new MariaDB(connection);
  }

  /**
   * @param {string} sql
   * @returns {Promise<import('./script.js').Result>}
   */
  async query(sql) {
    try {
      const [result, columns] = await this.#connection.query(sql.replaceAll('utf8mb4_nopad_bin', COLLATION));
      if (columns === undefined) return { rows: [], fields: [], rowCount: result.affectedRows, unmodified: true };
      const fields = columns.map(fieldOf);
      const types = fields.map(valueType);
      const rows = result.map((/** @type {(Buffer | null)[]} */ row) => row.map(
        (value, index) => (value === null ? null : types[index].decodeBytes(value))));
      return { rows, fields, rowCount: rows.length, unmodified: true };
    } catch (error) {
      throw fromMySQL(error);
    }
  }

  async close() {
    await this.#connection.end();
  }
}
