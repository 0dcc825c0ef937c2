/** Workload W in PGlite with pg_ivm, PostgreSQL's incremental views; it refuses V3. */
import { PGlite } from '@electric-sql/pglite';
import { pg_ivm as extension } from '@electric-sql/pglite-pg_ivm';

import { QUERIES, TABLES } from './data.js';

const UPDATE = 'UPDATE orders SET amount = $1 WHERE id = $2';

export const views = ['v1', 'v2'];

export async function open() {
  const db = await PGlite.create({ extensions: { pg_ivm: extension } });
  await db.exec(`CREATE EXTENSION pg_ivm; ${TABLES}`);
  return {
    load: (oracle) => db.transaction(async (tx) => {
      for (const { id, name, country } of oracle.users) await tx.query('INSERT INTO users VALUES ($1, $2, $3)', [id, name, country]);
      // 500 rows a statement: PGlite needs a tenth of a second for as many single ones
      for (let at = 0; at < oracle.orders.length; at += 500) {
        const rows = oracle.orders.slice(at, at + 500);
        const values = rows.map((_, i) => `($${i * 5 + 1}, $${i * 5 + 2}, $${i * 5 + 3}, $${i * 5 + 4}, $${i * 5 + 5})`);
        await tx.query(`INSERT INTO orders VALUES ${values.join(', ')}`,
          rows.flatMap((row) => [row.id, row.user_id, row.amount, row.status, row.created]));
      }
    }),
    create: async (view) => {
      await db.query('ANALYZE');
      await db.query('SELECT pgivm.create_immv($1, $2)', [view, QUERIES[view]]);
    },
    update: (id, amount) => db.query(UPDATE, [amount, id]),
    updateMany: (pairs) => db.query('UPDATE orders SET amount = new.amount FROM unnest($1::int[], $2::int[]) AS new(id, amount) ' +
      'WHERE orders.id = new.id', [pairs.map(([id]) => id), pairs.map(([, amount]) => amount)]),
    updateUser: (id, name, country) => db.query('UPDATE users SET name = $1, country = $2 WHERE id = $3', [name, country, id]),
    point: async (id) => (await db.query('SELECT * FROM orders WHERE id = $1', [id])).rows[0],
    all: async () => (await db.query('SELECT * FROM orders')).rows,
    read: async (view) => {
      const columns = view === 'v1' ? 'id, amount, name, country' : 'country, n, total, top';
      const { rows } = await db.query(`SELECT ${columns} FROM ${view} ORDER BY 1`, [], { rowMode: 'array' });
      return rows.map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
    },
    close: () => db.close(),
  };
}
