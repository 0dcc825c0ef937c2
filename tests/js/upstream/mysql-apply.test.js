/**
 * Queued transactions at a MariaDB: whole, once, with what conflicts and what is refused told apart.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { mysqlDialect } from '../../../js-bindings/upstream/mysql-dialect.js';
import { MySQLSession } from '../../../js-bindings/upstream/mysql-session.js';
import { mysqlMissing, numbers, openMySQL, serverName } from '../lib/mysql.js';

const skip = await mysqlMissing();

describe(`queued transactions at a ${serverName}`, { skip }, () => {
  let origin;
  let client;
  let transaction = 0;
  before(async () => {
    origin = await openMySQL();
    client = new MySQLClient(origin.pool);
    await origin.execute(`CREATE TABLE stock (id INT PRIMARY KEY, name VARCHAR(5) UNIQUE, amount INT NOT NULL DEFAULT 7 CHECK (amount >= 0),
      changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))`);
  });
  after(async () => {
    await client?.close();
    await origin?.close();
  });

  const read = 'SELECT `id`, `name`, `amount`, CAST(`changed` AS CHAR) FROM `stock` WHERE `id` = ?';
  const insert = (id, name) => ({
    sql: 'INSERT INTO `stock` (`id`, `name`) VALUES (?, ?)', params: [id, name], conflict: { sql: read, params: [id] },
  });
  const update = (id, amount, version) => ({
    sql: 'UPDATE `stock` SET `amount` = ? WHERE `id` = ? AND CAST(`changed` AS CHAR) = ?',
    params: [amount, id, version],
    conflict: { sql: read, params: [id] },
  });
  const send = (writes, number = ++transaction, by = client) => by.apply({ client: 'device', transaction: number, writes });
  const rows = async () => (await client.query('SELECT id, name, amount FROM stock ORDER BY id')).rows;

  test('a transaction is answered with its rows, also when it comes again', async () => {
    const writes = [insert(1, 'nail'), insert(2, 'bolt')];
    const first = await send(writes);
    assert.deepEqual([first.state, first.repeated], ['applied', false]);
    assert.deepEqual(first.rows.map((row) => row.slice(0, 3)), [[1, 'nail', 7], [2, 'bolt', 7]]);
    assert.equal(first.fields[0][2].name, 'amount');
    assert.deepEqual(await send(writes, transaction), { ...first, repeated: true });
    assert.deepEqual(await rows(), [[1, 'nail', 7], [2, 'bolt', 7]]);
  });

  test('the same transaction, sent by several at once, is applied once', async () => {
    await origin.execute('CREATE TABLE tally (n INT)');
    const write = { sql: 'INSERT INTO tally VALUES (1)', params: [] };
    const number = ++transaction;
    const answers = await Promise.all(Array.from({ length: 6 }, () => send([write], number)));
    assert.deepEqual(answers.map((each) => each.repeated).sort(), [false, true, true, true, true, true]);
    assert.deepEqual((await client.query('SELECT count(*) FROM tally')).rows, [[1]]);
  });

  test('a row of another version is a conflict, which shows the row; nothing of the transaction stays', async () => {
    const [[version]] = (await client.query('SELECT CAST(changed AS CHAR) FROM stock WHERE id = 1')).rows;
    await origin.execute('UPDATE stock SET amount = 20 WHERE id = 1');
    const answer = await send([insert(3, 'pin'), update(1, 8, version)]);
    assert.deepEqual([answer.state, answer.index], ['conflicted', 1]);
    assert.deepEqual(answer.theirs.row.slice(0, 3), [1, 'nail', 20]);
    assert.equal((await rows()).length, 2);
    const retried = await send([update(1, 8, answer.theirs.row[3])], transaction);
    assert.equal(retried.state, 'applied');
    assert.notEqual(retried.rows[0][3], answer.theirs.row[3]);
  });

  test('a row that is gone is a conflict without one; a row that came first is one with it', async () => {
    const gone = await send([update(99, 1, 'any')]);
    assert.deepEqual([gone.state, gone.theirs.row], ['conflicted', null]);
    const taken = await send([insert(1, 'other')]);
    assert.deepEqual([taken.state, taken.theirs.row.slice(0, 2)], ['conflicted', [1, 'nail']]);
  });

  test('what the table does not take is refused with the SQLSTATE of PostgreSQL', async () => {
    const refused = async (write, code) => {
      const answer = await send([insert(50, 'first'), write]);
      assert.deepEqual([answer.state, answer.index, answer.error?.code], ['refused', 1, code]);
    };
    await refused(insert(60, 'bolt'), '23505');
    await refused(insert(60, 'longer than five'), '22001');
    await refused({ sql: 'UPDATE stock SET amount = -1 WHERE id = 1', params: [] }, '23514');
    await refused({ sql: 'UPDATE stock SET amount = NULL WHERE id = 1', params: [] }, '23502');
    await refused({ sql: 'UPDATE stock SET amount = 0', params: [] }, '21000');
    await origin.execute(`CREATE TRIGGER closed BEFORE DELETE ON stock FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed'`);
    await refused({ sql: 'DELETE FROM stock WHERE id = 1', params: [] }, '45000');
    assert.equal((await rows()).length, 2);
  });

  test('a row that another transaction holds is waited for', async () => {
    const holder = await origin.pool.promise().getConnection();
    await holder.query('START TRANSACTION');
    await holder.query('UPDATE stock SET amount = 30 WHERE id = 2');
    const [[version]] = (await client.query('SELECT CAST(changed AS CHAR) FROM stock WHERE id = 2')).rows;
    const sent = send([update(2, 31, version)]);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    await holder.query('COMMIT');
    holder.release();
    const answer = await sent;
    assert.deepEqual([answer.state, answer.theirs.row[2]], ['conflicted', 30]);
  });

  test('old answers are forgotten, but for the newest of each device', async () => {
    await send([]);
    await origin.execute(`INSERT INTO tidemark_origin.applied (client, transaction, result)
      SELECT 'old', seq, '{"rows":[],"fields":[]}' FROM ${numbers(1100)}`);
    await origin.execute(`INSERT INTO tidemark_origin.applied (client, transaction, result) VALUES ('older', 5, '{"rows":[],"fields":[]}')`);
    await origin.execute("UPDATE tidemark_origin.applied SET at = at - INTERVAL 8 DAY WHERE client LIKE 'old%'");
    const left = async () => (await client.query(`SELECT client, count(*), min(transaction), max(transaction)
      FROM tidemark_origin.applied WHERE client LIKE 'old%' GROUP BY client ORDER BY client`)).rows;
    const { prune } = mysqlDialect(/** @type {any} */ (null));
    await prune(new MySQLSession(origin.pool), 9);
    assert.deepEqual(await left(), [['old', 1100, 1, 1100], ['older', 1, 5, 5]]);
    await prune(new MySQLSession(origin.pool), 7);
    assert.deepEqual(await left(), [['old', 1024, 77, 1100], ['older', 1, 5, 5]]);
  });
});
