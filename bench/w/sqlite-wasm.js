/** Workload W in SQLite's own WebAssembly build: the views are tables that triggers keep, as one would write them by hand. */
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

import { TABLES } from './data.js';

const DOCUMENT = `SELECT json_object('id', u.id, 'name', u.name, 'country', u.country, 'orders', (
    SELECT json_group_array(json_object('id', o.id, 'amount', o.amount, 'status', o.status))
    FROM (SELECT * FROM orders WHERE user_id = u.id ORDER BY id) o)) FROM users u`;

/** The maximum of a country after amounts have come and gone; the counter of amounts makes it one look into an index. */
const setTop = (country) => `
  UPDATE v2 SET top = (SELECT max(amount) FROM v2_amounts WHERE country = ${country}) WHERE country = ${country};`;
const leave = (country, amount) => `
  UPDATE v2 SET n = n - 1, total = total - ${amount} WHERE country = ${country};
  UPDATE v2_amounts SET n = n - 1 WHERE country = ${country} AND amount = ${amount};
  DELETE FROM v2_amounts WHERE country = ${country} AND amount = ${amount} AND n = 0;`;
const enter = (country, amount) => `
  INSERT INTO v2 VALUES (${country}, 1, ${amount}, ${amount})
    ON CONFLICT DO UPDATE SET n = n + 1, total = total + excluded.total;
  INSERT INTO v2_amounts VALUES (${country}, ${amount}, 1) ON CONFLICT DO UPDATE SET n = n + 1;`;
const countryOf = (row) => `(SELECT country FROM users WHERE id = ${row}.user_id)`;

/** What keeps each view: made with it, and nothing else. */
const TRIGGERS = {
  v1: `
    CREATE TABLE v1 (id integer PRIMARY KEY, amount integer, name text, country text);
    INSERT INTO v1 SELECT o.id, o.amount, u.name, u.country FROM orders o JOIN users u ON u.id = o.user_id
      WHERE o.status = 'open';
    CREATE TRIGGER v1_delete AFTER DELETE ON orders BEGIN DELETE FROM v1 WHERE id = old.id; END;
    CREATE TRIGGER v1_insert AFTER INSERT ON orders WHEN new.status = 'open' BEGIN
      INSERT INTO v1 SELECT new.id, new.amount, name, country FROM users WHERE id = new.user_id; END;
    CREATE TRIGGER v1_update AFTER UPDATE ON orders BEGIN
      DELETE FROM v1 WHERE id = old.id;
      INSERT INTO v1 SELECT new.id, new.amount, name, country FROM users WHERE id = new.user_id AND new.status = 'open'; END;
    CREATE TRIGGER v1_user AFTER UPDATE ON users BEGIN
      UPDATE v1 SET name = new.name, country = new.country
        WHERE id IN (SELECT id FROM orders WHERE user_id = new.id AND status = 'open'); END;`,
  v2: `
    CREATE TABLE v2 (country text PRIMARY KEY, n integer, total integer, top integer);
    CREATE TABLE v2_amounts (country text, amount integer, n integer, PRIMARY KEY (country, amount)) WITHOUT ROWID;
    INSERT INTO v2 SELECT country, count(*), sum(amount), max(amount) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY 1;
    INSERT INTO v2_amounts SELECT country, amount, count(*) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY 1, 2;
    CREATE TRIGGER v2_delete AFTER DELETE ON orders BEGIN
      ${leave(countryOf('old'), 'old.amount')} ${setTop(countryOf('old'))}
      DELETE FROM v2 WHERE country = ${countryOf('old')} AND n = 0; END;
    CREATE TRIGGER v2_insert AFTER INSERT ON orders BEGIN
      ${enter(countryOf('new'), 'new.amount')} ${setTop(countryOf('new'))} END;
    CREATE TRIGGER v2_update AFTER UPDATE ON orders BEGIN
      ${leave(countryOf('old'), 'old.amount')} ${enter(countryOf('new'), 'new.amount')} ${setTop(countryOf('old'))}
      UPDATE v2 SET top = max(top, new.amount) WHERE country = ${countryOf('new')};
      DELETE FROM v2 WHERE country = ${countryOf('old')} AND n = 0; END;
    CREATE TRIGGER v2_user AFTER UPDATE OF country ON users WHEN old.country <> new.country BEGIN
      UPDATE v2 SET n = n - (SELECT count(*) FROM orders WHERE user_id = new.id),
        total = total - (SELECT coalesce(sum(amount), 0) FROM orders WHERE user_id = new.id) WHERE country = old.country;
      INSERT INTO v2 SELECT new.country, count(*), sum(amount), max(amount) FROM orders WHERE user_id = new.id HAVING count(*) > 0
        ON CONFLICT DO UPDATE SET n = n + excluded.n, total = total + excluded.total;
      UPDATE v2_amounts SET n = n - (SELECT count(*) FROM orders WHERE user_id = new.id AND amount = v2_amounts.amount)
        WHERE country = old.country AND amount IN (SELECT amount FROM orders WHERE user_id = new.id);
      DELETE FROM v2_amounts WHERE country = old.country AND n = 0
        AND amount IN (SELECT amount FROM orders WHERE user_id = new.id);
      INSERT INTO v2_amounts SELECT new.country, amount, count(*) FROM orders WHERE user_id = new.id GROUP BY amount
        ON CONFLICT DO UPDATE SET n = n + excluded.n;
      ${setTop('old.country')} ${setTop('new.country')}
      DELETE FROM v2 WHERE country = old.country AND n = 0; END;`,
  v3: `
    CREATE TABLE v3 (id integer PRIMARY KEY, doc text);
    INSERT INTO v3 SELECT id, (${DOCUMENT} WHERE u.id = users.id) FROM users
      WHERE EXISTS (SELECT 1 FROM orders WHERE user_id = users.id);
    CREATE TRIGGER v3_delete AFTER DELETE ON orders BEGIN
      UPDATE v3 SET doc = (${DOCUMENT} WHERE u.id = old.user_id) WHERE id = old.user_id;
      DELETE FROM v3 WHERE id = old.user_id AND NOT EXISTS (SELECT 1 FROM orders WHERE user_id = old.user_id); END;
    CREATE TRIGGER v3_insert AFTER INSERT ON orders BEGIN
      INSERT INTO v3 VALUES (new.user_id, (${DOCUMENT} WHERE u.id = new.user_id))
        ON CONFLICT DO UPDATE SET doc = excluded.doc; END;
    CREATE TRIGGER v3_update AFTER UPDATE ON orders BEGIN
      UPDATE v3 SET doc = (${DOCUMENT} WHERE u.id = new.user_id) WHERE id = new.user_id; END;
    CREATE TRIGGER v3_moved AFTER UPDATE OF user_id ON orders WHEN old.user_id <> new.user_id BEGIN
      UPDATE v3 SET doc = (${DOCUMENT} WHERE u.id = old.user_id) WHERE id = old.user_id; END;
    CREATE TRIGGER v3_user AFTER UPDATE ON users BEGIN
      UPDATE v3 SET doc = (${DOCUMENT} WHERE u.id = new.id) WHERE id = new.id; END;`,
};

export async function open() {
  const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });
  const db = new sqlite3.oo1.DB(':memory:');
  db.exec(TABLES);
  const prepared = new Map();
  const statement = (sql) => {
    if (!prepared.has(sql)) prepared.set(sql, db.prepare(sql));
    return prepared.get(sql);
  };
  const inTransaction = (work) => {
    db.exec('BEGIN');
    work();
    db.exec('COMMIT');
  };
  const update = (id, amount) => statement('UPDATE orders SET amount = ? WHERE id = ?').bind([amount, id]).stepReset();
  return {
    load: (oracle) => inTransaction(() => {
      const user = statement('INSERT INTO users VALUES (?, ?, ?)');
      for (const { id, name, country } of oracle.users) user.bind([id, name, country]).stepReset();
      const order = statement('INSERT INTO orders VALUES (?, ?, ?, ?, ?)');
      for (const row of oracle.orders) order.bind([row.id, row.user_id, row.amount, row.status, row.created]).stepReset();
    }),
    create: (view) => db.exec(TRIGGERS[view]),
    update,
    updateMany: (pairs) => inTransaction(() => {
      for (const [id, amount] of pairs) update(id, amount);
    }),
    updateUser: (id, name, country) =>
      statement('UPDATE users SET name = ?, country = ? WHERE id = ?').bind([name, country, id]).stepReset(),
    point: (id) => {
      const select = statement('SELECT * FROM orders WHERE id = ?');
      select.bind([id]).step();
      const row = select.get({});
      select.reset();
      return row;
    },
    all: () => db.selectObjects('SELECT * FROM orders'),
    read: (view) => db.selectArrays(`SELECT * FROM ${view} ORDER BY 1`)
      .map((row) => (view === 'v3' ? [row[0], JSON.parse(row[1])] : row)),
    close: () => {
      for (const one of prepared.values()) one.finalize();
      db.close();
    },
  };
}
