/**
 * A MySQL or MariaDB of a test's own whose tables are followed by its binary log.
 */
import assert from 'node:assert/strict';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { openMySQL } from './mysql.js';
import { ShapeCopy, mysqlShape } from './shape-copy.js';

export class FollowedMySQL {
  /** The server, as openMySQL gives it, and what reads its log. */
  origin;
  client;
  #tables = 0;

  open = async () => {
    this.origin = await openMySQL();
    this.client = new MySQLClient(this.origin.pool);
  };

  close = async () => {
    await this.client?.close();
    await this.origin?.close();
  };

  /** The name of a new table. */
  makeTable = async (definition = 'id INT PRIMARY KEY, v VARCHAR(20)') => {
    const name = `t${++this.#tables}`;
    await this.origin.execute(`CREATE TABLE ${name} (${definition})`);
    return name;
  };

  /** @param {string} name of a table that makeTable made */
  shapeOf = (name, more = {}) => mysqlShape({ name, columns: ['id', 'v'], key: ['id'], ...more });

  /** Follows a shape until its first snapshot is there; a copy that has a cursor goes on from it. */
  follow = async (shape, { copy = new ShapeCopy(shape.key), by = this.client } = {}) => {
    const subscription = await by.subscribe({ ...shape, cursor: copy.cursor }, copy.sink);
    copy.close = () => subscription.close();
    await copy.until((each) => each.cursor !== null);
    return copy;
  };

  /** Does the copy hold what the query of its shape gives now? */
  equals = async (copy, shape) => {
    const expected = new ShapeCopy(shape.key);
    const { rows, fields } = await this.client.query(shape.sql, shape.params);
    expected.snapshot({ fields, rows, first: true, last: true });
    assert.deepEqual(copy.sorted(), expected.sorted());
  };

  /**
   * A client of its own, as another gateway has it.
   * @param {object} [options] of its connections
   * @param {object} [feed] of MySQLClient
   */
  another = async (options = {}, feed = {}) => {
    const { default: mysql } = await import('mysql2');
    const pool = mysql.createPool({ ...this.origin.options, ...options });
    const client = new MySQLClient(pool, feed);
    return {
      client,
      close: async () => {
        await client.close();
        await pool.promise().end();
      },
    };
  };
}
