/** Random writes: INSERT with every conflict clause, UPDATE, DELETE, MERGE and WITH, over tables with constraints. */
import { expression } from './expressions.js';
import { unique, written } from './written-tables.js';

/** @typedef {import('./choices.js').Choices} Choices */
/** @typedef {import('./expressions.js').Scope} Scope */
/** @typedef {import('./written-tables.js').WrittenColumn} WrittenColumn */

/**
 * A statement that writes.
 * @param {Choices} choices
 * @returns {string}
 */
export function write(choices) {
  const table = choices.of(Object.keys(written));
  const make = choices.of([insert, insert, update, update, remove, merge, within]);
  return make(choices, table);
}

/**
 * The columns of a table under a name.
 * @param {string} alias
 * @param {string} table
 */
function atomsOf(alias, table) {
  return written[table].map(({ name, type }) => ({ sql: `${alias}.${name}`, type, column: true }));
}

/**
 * What may stand in expressions over these rows.
 * @param {import('./expressions.js').Atom[]} [atoms]
 * @returns {Scope}
 */
function scopeOf(atoms = []) {
  const query = (/** @type {Choices} */ choices, /** @type {string} */ type) => {
    const table = choices.of(Object.keys(written));
    return `SELECT ${expression(choices, type, { atoms: [...atomsOf('q', table), ...atoms], query: null }, 1)} FROM ${table} AS q ORDER BY q.id LIMIT 1`;
  };
  return { atoms, query };
}

/**
 * Some of the columns of a table, never its key.
 * @param {Choices} choices
 * @param {string} table
 */
function someColumns(choices, table) {
  const others = written[table].slice(1);
  const chosen = others.filter(() => choices.once(2));
  return chosen.length > 0 ? chosen : [choices.of(others)];
}

/**
 * A value for a column. Keys and references are mostly those of rows that are there.
 * @param {Choices} choices
 * @param {WrittenColumn} column
 * @param {Scope} scope
 */
function valueFor(choices, { name, from }, scope) {
  if (name === 'account_id' && !choices.once(3)) return choices.of(['1', '2', '3', 'NULL', '4', '9']);
  if (scope.atoms.length === 0 && choices.once(8)) return 'DEFAULT';
  return expression(choices, from, scope, 2);
}

/**
 * @param {Choices} choices
 * @param {WrittenColumn[]} columns
 * @param {Scope} scope
 */
function settings(choices, columns, scope) {
  if (columns.length > 1 && choices.once(5)) {
    const values = columns.map((column) => expression(choices, column.from, scope, 1));
    return `(${columns.map(({ name }) => name).join(', ')}) = ${choices.of(['ROW ', ''])}(${values.join(', ')})`;
  }
  return columns.map((column) => `${column.name} = ${choices.once(9) ? 'DEFAULT' : valueFor(choices, column, scope)}`).join(', ');
}

/**
 * @param {Choices} choices
 * @param {Scope} scope
 * @param {string} key
 */
function returning(choices, scope, key) {
  const kind = choices.below(4);
  if (kind === 0) return '';
  if (kind === 1) return ' RETURNING *';
  return ` RETURNING ${key}, ${expression(choices, choices.of(['text', 'numeric', 'boolean', 'jsonb']), { ...scope, query: null }, 2)} AS r`;
}

/**
 * @param {Choices} choices
 * @param {string} table
 */
function insert(choices, table) {
  const columns = [written[table][0], ...someColumns(choices, table)];
  const names = columns.map(({ name }) => name).join(', ');
  const conflict = onConflict(choices, table);
  const scope = { atoms: atomsOf(table, table), query: null };
  return `INSERT INTO ${table} (${names}) ${rowsFor(choices, columns)}${conflict}${returning(choices, scope, `${table}.id`)}`;
}

/**
 * VALUES, or a query.
 * @param {Choices} choices
 * @param {WrittenColumn[]} columns
 */
function rowsFor(choices, columns) {
  const [, ...others] = columns;
  if (choices.once(3)) {
    const from = choices.of(Object.keys(written));
    const scope = scopeOf(atomsOf('s', from));
    const values = others.map((column) => valueFor(choices, column, scope));
    return `SELECT s.id + ${choices.of(['20', '3'])}, ${values.join(', ')} FROM ${from} AS s WHERE ${expression(choices, 'boolean', scope, 1)} ORDER BY s.id`;
  }
  const first = choices.of([10, 1, 3]);
  const rows = Array.from({ length: 1 + choices.below(3) }, (_, index) => (
    `(${[first + index, ...others.map((column) => valueFor(choices, column, scopeOf()))].join(', ')})`));
  return `VALUES ${rows.join(', ')}`;
}

/**
 * @param {Choices} choices
 * @param {string} table
 */
function onConflict(choices, table) {
  const kind = choices.below(6);
  if (kind < 2) return '';
  const target = choices.of(['id', ...unique[table]]);
  if (kind === 2) return choices.of([' ON CONFLICT DO NOTHING', ` ON CONFLICT (${target}) DO NOTHING`]);
  const scope = { atoms: [...atomsOf('EXCLUDED', table), ...atomsOf(table, table)], query: null };
  const where = choices.once(3) ? ` WHERE ${expression(choices, 'boolean', scope, 1)}` : '';
  return ` ON CONFLICT (${target}) DO UPDATE SET ${settings(choices, someColumns(choices, table), scope)}${where}`;
}

/**
 * Another table, of whose rows one at most belongs to each row of this one.
 * @param {Choices} choices
 * @param {string} table
 */
function partner(choices, table) {
  const other = choices.of(Object.keys(written));
  const column = other === 'accounts' && table !== 'accounts' ? choices.of(['id', 'account_id']) : 'id';
  return { other, on: `y.id = x.${column}`, atoms: atomsOf('y', other) };
}

/**
 * @param {Choices} choices
 * @param {string} table
 */
function update(choices, table) {
  const joined = choices.once(3) ? partner(choices, table) : null;
  const scope = scopeOf([...atomsOf('x', table), ...joined?.atoms ?? []]);
  const key = choices.once(6) ? ', id = x.id + 50' : '';
  const set = settings(choices, someColumns(choices, table), scope) + key;
  const where = [joined?.on, choices.once(4) ? null : expression(choices, 'boolean', scope, 2)].filter(Boolean).join(' AND ');
  return `UPDATE ${table} AS x SET ${set}${joined ? ` FROM ${joined.other} AS y` : ''}${where ? ` WHERE ${where}` : ''}${returning(choices, scope, 'x.id')}`;
}

/**
 * @param {Choices} choices
 * @param {string} table
 */
function remove(choices, table) {
  const joined = choices.once(3) ? partner(choices, table) : null;
  const scope = scopeOf([...atomsOf('x', table), ...joined?.atoms ?? []]);
  const where = [joined?.on, expression(choices, 'boolean', scope, 2)].filter(Boolean).join(' AND ');
  return `DELETE FROM ${table} AS x${joined ? ` USING ${joined.other} AS y` : ''} WHERE ${where}${returning(choices, scope, 'x.id')}`;
}

/**
 * @param {Choices} choices
 * @param {string} table
 */
function merge(choices, table) {
  const { other, on, atoms } = partner(choices, table);
  const both = scopeOf([...atomsOf('x', table), ...atoms]);
  const clauses = Array.from({ length: 1 + choices.below(3) }, () => mergeClause(choices, table, both, scopeOf(atoms)));
  const shown = choices.once(2) ? ' RETURNING merge_action(), x.id' : '';
  return `MERGE INTO ${table} AS x USING ${other} AS y ON ${on} ${clauses.join(' ')}${shown}`;
}

/**
 * @param {Choices} choices
 * @param {string} table
 * @param {Scope} both rows
 * @param {Scope} source the row that may have no other
 */
function mergeClause(choices, table, both, source) {
  const when = (/** @type {string} */ kind, /** @type {Scope} */ scope) => (
    `WHEN ${kind}${choices.once(2) ? ` AND ${expression(choices, 'boolean', { ...scope, query: null }, 1)}` : ''} THEN `);
  const own = scopeOf(both.atoms.filter(({ sql }) => sql.startsWith('x.')));
  const changed = (/** @type {Scope} */ scope) => `UPDATE SET ${settings(choices, someColumns(choices, table), scope)}`;
  switch (choices.below(4)) {
    case 0: return when('MATCHED', both) + changed(both);
    case 1: return when('MATCHED', both) + choices.of(['DELETE', 'DO NOTHING']);
    case 2: {
      const columns = someColumns(choices, table);
      const values = columns.map((column) => valueFor(choices, column, source));
      return `${when('NOT MATCHED', source)}INSERT (id, ${columns.map(({ name }) => name).join(', ')}) VALUES (y.id + 70, ${values.join(', ')})`;
    }
    default: return when('NOT MATCHED BY SOURCE', own) + choices.of([changed(own), 'DELETE']);
  }
}

/**
 * A write inside WITH, and what is done with what it returns.
 * @param {Choices} choices
 * @param {string} table
 */
function within(choices, table) {
  const inner = choices.of([remove, update, insert])(choices, table).replace(/ RETURNING .*$/, '');
  const returned = inner.startsWith('INSERT') ? 'id' : 'x.id';
  const outer = choices.of([
    'SELECT count(*), min(w.id), max(w.id) FROM w',
    'SELECT w.id FROM w ORDER BY 1 DESC',
    ...Object.keys(written).filter((name) => name !== table && table !== 'accounts').map((name) => `UPDATE ${name} AS o SET ${written[name].at(-1)?.name} = NULL FROM w WHERE w.id = o.id RETURNING o.id`),
    ...table === 'links' ? ["INSERT INTO entries (id, note) SELECT w.id + 90, 'moved' FROM w"] : [],
  ]);
  return `WITH w AS (${inner} RETURNING ${returned}) ${outer}`;
}
