/** The product view as a table that triggers keep in SQLite's own WebAssembly build. */
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

import { tableRows, tables } from './data.js';

const DOCUMENT = `json_object('id', p.id, 'sku', p.sku, 'name', p.name, 'description', p.description, 'status', p.status,
    'price', json_object('base', p.base_price, 'current', p.current_price, 'currency', p.currency,
      'discount_pct', round((p.base_price - p.current_price) * 100 / p.base_price)),
    'category', json_object('id', c.id, 'name', c.name, 'slug', c.slug),
    'supplier', CASE WHEN s.id IS NOT NULL THEN json_object('id', s.id, 'name', s.name, 'email', s.email, 'country', s.country) END,
    'inventory', CASE WHEN i.id IS NOT NULL THEN json_object('quantity', i.quantity, 'available', i.quantity - i.reserved,
      'in_stock', json(iif(i.quantity > i.reserved, 'true', 'false')), 'warehouse', i.warehouse) END,
    'reviews', json_object(
      'count', (SELECT count(*) FROM tb_review r WHERE r.fk_product = p.id),
      'average_rating', (SELECT round(avg(r.rating), 2) FROM tb_review r WHERE r.fk_product = p.id),
      'recent', json((SELECT json_group_array(json_object('id', r.id, 'rating', r.rating, 'title', r.title,
          'verified', json(iif(r.verified, 'true', 'false'))))
        FROM (SELECT * FROM tb_review WHERE fk_product = p.id ORDER BY id DESC LIMIT 5) r))))`;
const QUERY = `SELECT p.id, ${DOCUMENT} FROM tb_product p JOIN tb_category c ON c.id = p.fk_category
  LEFT JOIN tb_supplier s ON s.id = p.fk_supplier LEFT JOIN tb_inventory i ON i.fk_product = p.id`;
const put = (where) => `INSERT OR REPLACE INTO tv_product ${QUERY} WHERE ${where};`;
const keep = (table, when, where, row) => `CREATE TRIGGER ${table}_${when} AFTER ${when} ON ${table} BEGIN ${put(where(row))} END;`;

const TRIGGERS = [
  ...['UPDATE', 'INSERT'].map((when) => keep('tb_product', when, (row) => `p.id = ${row}.id`, 'new')),
  'CREATE TRIGGER tb_product_gone AFTER DELETE ON tb_product BEGIN DELETE FROM tv_product WHERE id = old.id; END;',
  keep('tb_category', 'UPDATE', (row) => `p.fk_category = ${row}.id`, 'new'),
  keep('tb_supplier', 'UPDATE', (row) => `p.fk_supplier = ${row}.id`, 'new'),
  ...['tb_inventory', 'tb_review'].flatMap((table) => ['UPDATE', 'INSERT', 'DELETE'].map((when) =>
    keep(table, when, (row) => `p.id = ${row}.fk_product`, when === 'DELETE' ? 'old' : 'new'))),
].join('\n');

export async function open() {
  const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });
  const db = new sqlite3.oo1.DB(':memory:');
  db.exec(tables('real'));
  const prepared = new Map();
  const run = (sql, values) => {
    if (!prepared.has(sql)) prepared.set(sql, db.prepare(sql));
    prepared.get(sql).bind(values).stepReset();
  };
  const insert = (table, values) => run(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`, values);
  return {
    load: (shop) => {
      db.exec('BEGIN');
      for (const [table, rows] of tableRows(shop)) for (const row of rows) insert(table, row);
      db.exec('COMMIT');
    },
    build: () => db.exec(`CREATE TABLE tv_product (id integer PRIMARY KEY, data text); INSERT INTO tv_product ${QUERY}; ${TRIGGERS}`),
    buildMaterialized: () => db.exec('CREATE TABLE mv_product (id integer PRIMARY KEY, data text)'),
    refresh: () => db.exec(`BEGIN; DELETE FROM mv_product; INSERT INTO mv_product ${QUERY}; COMMIT`),
    setPrice: (id, price) => run('UPDATE tb_product SET current_price = ? WHERE id = ?', [price, id]),
    setPrices: (first, last, price) => run('UPDATE tb_product SET current_price = ? WHERE id BETWEEN ? AND ?', [price, first, last]),
    insert: (product) => insert('tb_product', Object.values(product)),
    remove: (id) => run('DELETE FROM tb_product WHERE id = ?', [id]),
    review: (review) => insert('tb_review', Object.values(review)),
    rename: (id, name) => run('UPDATE tb_category SET name = ? WHERE id = ?', [name, id]),
    document: (id) => {
      const text = db.selectValue('SELECT data FROM tv_product WHERE id = ?', [id]);
      return text === undefined ? undefined : JSON.parse(text);
    },
    count: () => db.selectValue('SELECT count(*) FROM tv_product'),
    close: () => {
      for (const statement of prepared.values()) statement.finalize();
      db.close();
    },
  };
}
