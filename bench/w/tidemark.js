/** Workload W in Tidemark: three realtime views, through the promises of the public interface. */
import { Tidemark } from '../../js-bindings/index.js';
import { QUERIES, TABLES } from './data.js';

const UPDATE = 'UPDATE orders SET amount = $1 WHERE id = $2';

export async function open() {
  const db = new Tidemark();
  await db.exec(TABLES);
  return {
    load: (oracle) => db.transaction(async (tx) => {
      for (const { id, name, country } of oracle.users) await tx.query('INSERT INTO users VALUES ($1, $2, $3)', [id, name, country]);
      for (const { id, user_id: user, amount, status, created } of oracle.orders) {
        await tx.query('INSERT INTO orders VALUES ($1, $2, $3, $4, $5)', [id, user, amount, status, created]);
      }
    }),
    create: (view) => db.query(`CREATE REALTIME VIEW ${view} AS ${QUERIES[view]}`),
    update: (id, amount) => db.query(UPDATE, [amount, id]),
    updateMany: (pairs) => db.transaction(async (tx) => {
      for (const [id, amount] of pairs) await tx.query(UPDATE, [amount, id]);
    }),
    updateUser: (id, name, country) => db.query('UPDATE users SET name = $1, country = $2 WHERE id = $3', [name, country, id]),
    point: (id) => db.query('SELECT * FROM orders WHERE id = $1', [id]).then(({ rows }) => rows[0]),
    all: () => db.query('SELECT * FROM orders').then(({ rows }) => rows),
    read: async (view) => (await db.query(`SELECT * FROM ${view} ORDER BY 1`, [], { rowMode: 'array' })).rows,
    close: () => db.close(),
  };
}
