/** What a storage owes that keeps nothing. */
import { Tidemark } from '../common.js';
import { check } from './check.js';

/** @type {import('./case.js').Case[]} */
export const memoryCases = [
  {
    name: 'a database is written and read, and forgotten when it is closed',
    async run(place, path) {
      const db = new Tidemark({ path, storage: place.create() });
      try {
        for (let life = 0; life < 2; life++) {
          await db.query('CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)');
          const { rows } = await db.query('SELECT count(*) AS n FROM t');
          check(rows[0].n === 1, `there is one row, not ${rows[0].n}`);
          await db.close();
        }
      } finally {
        await db.close();
      }
    },
  },
];
