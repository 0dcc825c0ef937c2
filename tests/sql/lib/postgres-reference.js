/** PostgreSQL (PGlite) says what is right: columns, types, rows, counts, SQLSTATEs and what violated constraints are told of. */
import { isDeepStrictEqual } from 'node:util';
import { Tidemark } from '../../../js-bindings/index.js';
import { answer } from './differential.js';
import { Postgres } from './postgres.js';

/** @type {import('./differential.js').Reference} */
export const reference = {
  name: 'PostgreSQL',
  open: async () => ({ tidemark: new Tidemark(), other: new Postgres() }),

  async ask(tidemark, postgres, sql) {
    const writes = !/^(SELECT|VALUES|TABLE)\b/.test(sql);
    if (writes) await answer(postgres, 'BEGIN');
    const theirs = await answer(postgres, sql);
    const ours = await answer(tidemark, sql);
    if (writes) await answer(postgres, ours.error && !theirs.error ? 'ROLLBACK' : 'COMMIT');
    return { ours, theirs };
  },

  /** Of a violated constraint (class 23) also which one it is. */
  failureOf(error) {
    if (error === undefined) return null;
    const { code, schema, table, column, constraint } = error;
    return code.startsWith('23') ? { code, schema, table, column, constraint } : { code };
  },

  columnsOf: ({ fields }) => fields.map(({ name, type }) => `${name} ${type.replace(/\(\d+(,\s*-?\d+)?\)/, '')}`).join(', '),

  /** real: PostgreSQL's shortest digits and the double nearest to them are one. */
  sameValue(ours, theirs, type) {
    const same = isDeepStrictEqual(ours, theirs) || ours === theirs;
    return same || (type === 'real' && Math.fround(/** @type {any} */ (ours)) === Math.fround(/** @type {any} */ (theirs)));
  },

  countsAlike: () => true,
};
