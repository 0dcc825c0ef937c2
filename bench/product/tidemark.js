/** The product view as a realtime view, and beside it a materialized one to refresh. */
import { Tidemark } from '../../js-bindings/index.js';
import { tableRows, tables } from './data.js';

const QUERY = `
  SELECT p.id, jsonb_build_object('id', p.id, 'sku', p.sku, 'name', p.name, 'description', p.description, 'status', p.status,
    'price', jsonb_build_object('base', p.base_price, 'current', p.current_price, 'currency', p.currency,
      'discount_pct', round((p.base_price - p.current_price) * 100 / p.base_price)),
    'category', jsonb_build_object('id', c.id, 'name', c.name, 'slug', c.slug),
    'supplier', CASE WHEN s.id IS NULL THEN NULL
      ELSE jsonb_build_object('id', s.id, 'name', s.name, 'email', s.email, 'country', s.country) END,
    'inventory', CASE WHEN i.id IS NULL THEN NULL ELSE jsonb_build_object('quantity', i.quantity,
      'available', i.quantity - i.reserved, 'in_stock', i.quantity > i.reserved, 'warehouse', i.warehouse) END,
    'reviews', jsonb_build_object(
      'count', (SELECT count(*) FROM tb_review r WHERE r.fk_product = p.id),
      'average_rating', (SELECT round(avg(r.rating), 2) FROM tb_review r WHERE r.fk_product = p.id),
      'recent', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'rating', r.rating, 'title', r.title,
          'verified', r.verified) ORDER BY r.id DESC), '[]')
        FROM (SELECT * FROM tb_review WHERE fk_product = p.id ORDER BY id DESC LIMIT 5) r))) AS data
  FROM tb_product p JOIN tb_category c ON c.id = p.fk_category
    LEFT JOIN tb_supplier s ON s.id = p.fk_supplier LEFT JOIN tb_inventory i ON i.fk_product = p.id`;

const ROWS = 200;

export async function open() {
  const db = new Tidemark();
  await db.exec(tables('numeric(10, 2)'));
  const places = (rows, columns) => Array.from({ length: rows }, (_, row) =>
    `(${Array.from({ length: columns }, (__, column) => `$${row * columns + column + 1}`).join(', ')})`).join(', ');
  return {
    load: (shop) => db.transaction(async (tx) => {
      for (const [table, rows] of tableRows(shop)) {
        for (let at = 0; at < rows.length; at += ROWS) {
          const part = rows.slice(at, at + ROWS);
          await tx.query(`INSERT INTO ${table} VALUES ${places(part.length, part[0].length)}`, part.flat());
        }
      }
    }),
    build: () => db.query(`CREATE REALTIME VIEW tv_product AS ${QUERY}`),
    buildMaterialized: () => db.query(`CREATE MATERIALIZED VIEW mv_product AS ${QUERY}`),
    refresh: () => db.query('REFRESH MATERIALIZED VIEW mv_product'),
    setPrice: (id, price) => db.query('UPDATE tb_product SET current_price = $1 WHERE id = $2', [price, id]),
    setPrices: (first, last, price) =>
      db.query('UPDATE tb_product SET current_price = $1 WHERE id BETWEEN $2 AND $3', [price, first, last]),
    insert: (product) => db.query(`INSERT INTO tb_product VALUES ${places(1, 10)}`, Object.values(product)),
    remove: (id) => db.query('DELETE FROM tb_product WHERE id = $1', [id]),
    review: (review) => db.query(`INSERT INTO tb_review VALUES ${places(1, 8)}`, Object.values(review)),
    rename: (id, name) => db.query('UPDATE tb_category SET name = $1 WHERE id = $2', [name, id]),
    document: async (id) => (await db.query('SELECT data FROM tv_product WHERE id = $1', [id])).rows[0]?.data,
    count: async () => (await db.query('SELECT count(*) AS n FROM tv_product')).rows[0].n,
    plan: async () => (await db.query('EXPLAIN VIEW tv_product')).rows.map((row) => Object.values(row).join(' ')),
    close: () => db.close(),
  };
}
