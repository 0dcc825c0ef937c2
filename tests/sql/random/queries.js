/** Random queries over the tables: joins, groups, windows, sets, subqueries, WITH. Each asks for its rows in one order. */
import { aggregate, windowFunction } from './aggregates.js';
import { expression, types } from './expressions.js';
import { tables } from './tables.js';

/** @typedef {import('./choices.js').Choices} Choices */
/** @typedef {import('./expressions.js').Scope} Scope */
/** @typedef {import('./expressions.js').Atom} Atom */
/**
 * What a query reads from.
 * @typedef {{ sql: string, atoms: Atom[], places: string[] }} Source `places`: columns that differ between any two of its rows; empty: none
 */
/**
 * What is known while a query is being written.
 * @typedef {{ depth: number, outer: Atom[], tables: Relations, relations: Relations, names: { last: number } }} Context
 *   `outer`: columns of the queries around it; `relations`: the tables and what WITH defines; `names`: the number of the last name that was given
 */
/** @typedef {Record<string, import('./tables.js').Column[]>} Relations the columns of each; a table's `id` is its key */

/**
 * A whole statement.
 * @param {Choices} choices
 * @param {Relations} [from] the tables that it reads
 * @returns {string}
 */
export function statement(choices, from = tables) {
  return query(choices, choices.once(4) ? null : typesOf(choices), { depth: 2, outer: [], tables: from, relations: from, names: { last: 0 } }).sql;
}

/** @param {Choices} choices */
function typesOf(choices) {
  return Array.from({ length: 1 + choices.below(4) }, () => choices.of(types));
}

/**
 * A query with columns of these types; null: any.
 * @param {Choices} choices
 * @param {string[] | null} wanted
 * @param {Context} context
 * @returns {{ sql: string, columns: import('./tables.js').Column[] }}
 */
function query(choices, wanted, context) {
  const columns = (wanted ?? typesOf(choices)).map((type, index) => ({ name: `c${index + 1}`, type }));
  let inner = context;
  let before = '';
  if (context.depth > 0 && choices.once(6)) ({ before, inner } = define(choices, context));
  const body = choices.once(6) && context.depth > 0 ? combined(choices, columns, inner) : selected(choices, columns, inner);
  return { sql: `${before}${body} ORDER BY ${order(choices, columns.length)}${limit(choices, body)}`, columns };
}

/**
 * WITH and a query that may be read by its name.
 * @param {Choices} choices
 * @param {Context} context
 */
function define(choices, context) {
  const name = nameIt(context, 'w');
  const { sql, columns } = query(choices, null, { ...context, depth: context.depth - 1 });
  const how = choices.of(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED ']);
  return { before: `WITH ${name} AS ${how}(${sql}) `, inner: { ...context, relations: { ...context.relations, [name]: columns } } };
}

/**
 * @param {Context} context
 * @param {string} letter
 */
function nameIt(context, letter) {
  context.names.last++;
  return `${letter}${context.names.last}`;
}

/**
 * All columns, so that no two rows that differ may change places.
 * @param {Choices} choices
 * @param {number} count
 */
function order(choices, count) {
  return Array.from({ length: count }, (_, index) => `${index + 1}${choices.of(['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])}`).join(', ');
}

/**
 * @param {Choices} choices
 * @param {string} body PostgreSQL 18 fails (21000) with ties of a min() that it finds by an index
 */
function limit(choices, body) {
  const ties = /\b(min|max)\(/.test(body) ? ' LIMIT 4' : ' FETCH FIRST 2 ROWS WITH TIES';
  return choices.once(4) ? choices.of([' LIMIT 3', ' LIMIT 1', ' OFFSET 1', ' LIMIT 2 OFFSET 1', ties]) : '';
}

/**
 * @param {Choices} choices
 * @param {import('./tables.js').Column[]} columns
 * @param {Context} context
 */
function combined(choices, columns, context) {
  const inner = { ...context, depth: context.depth - 1 };
  const operator = choices.of(['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL']);
  return `(${selected(choices, columns, inner)}) ${operator} (${selected(choices, columns, inner)})`;
}

/**
 * SELECT … without its order.
 * @param {Choices} choices
 * @param {import('./tables.js').Column[]} columns
 * @param {Context} context
 */
function selected(choices, columns, context) {
  const source = from(choices, context);
  const rows = scopeOf(source.atoms, context);
  const where = choices.once(2) ? ` WHERE ${expression(choices, 'boolean', rows, 2)}` : '';
  const grouped = choices.once(3) ? group(choices, { atoms: source.atoms, query: null }) : null;
  const result = grouped ? scopeOf(grouped.atoms, context, context.outer.concat(grouped.atoms.filter((atom) => atom.column))) : rows;
  const having = grouped && choices.once(3) ? ` HAVING ${expression(choices, 'boolean', result, 1)}` : '';
  const windows = choices.once(4) ? [windowFunction(choices, result, grouped ? [] : source.places)] : [];
  const shown = { ...result, atoms: [...windows, ...result.atoms] };
  const items = columns.map(({ name, type }) => `${expression(choices, type, shown, 2)} AS ${name}`);
  const distinct = choices.once(6) ? 'DISTINCT ' : '';
  return `SELECT ${distinct}${items.join(', ')}${source.sql}${where}${grouped?.sql ?? ''}${having}`;
}

/**
 * @param {Atom[]} atoms
 * @param {Context} context
 * @param {Atom[]} [outer] what subqueries see
 * @returns {Scope}
 */
function scopeOf(atoms, context, outer = context.outer.concat(atoms)) {
  const inner = { ...context, depth: context.depth - 1, outer };
  const subquery = (/** @type {Choices} */ choices, /** @type {string} */ type) => scalar(choices, type, inner);
  return { atoms: [...atoms, ...context.outer], query: context.depth > 0 ? subquery : null };
}

/**
 * A query of one column and at most one row.
 * @param {Choices} choices
 * @param {string} type
 * @param {Context} context
 */
function scalar(choices, type, context) {
  const column = { name: 'c1', type };
  return `${selected(choices, [column], context)} ORDER BY 1${choices.of(['', ' DESC'])} LIMIT 1`;
}

/**
 * GROUP BY, and what may be shown of a group.
 * @param {Choices} choices
 * @param {Scope} rows without what is outside: an aggregate of that alone belongs there
 */
function group(choices, rows) {
  const keys = Array.from({ length: choices.below(3) }, () => {
    const atom = choices.of(rows.atoms);
    return choices.once(3) ? { sql: `(${atom.sql} IS NULL)`, type: 'boolean' } : atom;
  });
  const aggregates = Array.from({ length: 1 + choices.below(3) }, () => aggregate(choices, rows));
  const list = keys.map(({ sql }) => sql).join(', ');
  const sets = choices.once(5) && keys.length > 1 ? choices.of([`ROLLUP (${list})`, `CUBE (${list})`, `GROUPING SETS ((${list}), ())`]) : list;
  return { sql: keys.length > 0 ? ` GROUP BY ${sets}` : '', atoms: [...aggregates, ...keys] };
}

/**
 * FROM one to three sources.
 * @param {Choices} choices
 * @param {Context} context
 * @returns {Source}
 */
function from(choices, context) {
  let left = source(choices, context);
  for (let more = choices.below(5); more > 2; more--) {
    const right = source(choices, context);
    const kind = choices.of(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN']);
    const on = kind === 'CROSS JOIN' ? '' : ` ON ${condition(choices, left, right, kind, context)}`;
    const distinct = left.places.length > 0 && right.places.length > 0 && kind !== 'RIGHT JOIN' && kind !== 'FULL JOIN';
    left = {
      sql: `${left.sql} ${kind} ${right.sql}${on}`,
      atoms: [...left.atoms, ...right.atoms],
      places: distinct ? [...left.places, ...right.places] : [],
    };
  }
  return { ...left, sql: ` FROM ${left.sql}` };
}

/**
 * @param {Choices} choices
 * @param {Source} left
 * @param {Source} right
 * @param {string} kind
 * @param {Context} context
 */
function condition(choices, left, right, kind, context) {
  const pairs = left.atoms.flatMap((a) => right.atoms.filter((b) => b.type === a.type).map((b) => `${a.sql} = ${b.sql}`));
  const equal = pairs.length > 0 ? choices.of(pairs) : 'true';
  if (kind === 'FULL JOIN' || choices.once(2)) return equal; // PostgreSQL joins in full only what it can merge or hash
  const scope = { atoms: [...left.atoms, ...right.atoms, ...context.outer], query: null };
  return `${equal} ${choices.of(['AND', 'OR'])} ${expression(choices, 'boolean', scope, 1)}`;
}

/**
 * @param {Choices} choices
 * @param {Context} context
 * @returns {Source}
 */
function source(choices, context) {
  const alias = nameIt(context, 't');
  if (context.depth > 0 && choices.once(5)) {
    const { sql, columns } = query(choices, null, { ...context, depth: context.depth - 1 });
    return { sql: `(${sql}) AS ${alias}`, atoms: atomsOf(alias, columns), places: [] };
  }
  if (choices.once(12)) {
    const atoms = atomsOf(alias, [{ name: 'n', type: 'integer' }]);
    return { sql: `generate_series(1, 4) AS ${alias}(n)`, atoms, places: [`${alias}.n`] };
  }
  const name = choices.of(Object.keys(context.relations));
  const columns = context.relations[name];
  const places = name in context.tables && columns.some((column) => column.name === 'id') ? [`${alias}.id`] : [];
  return { sql: `${name} AS ${alias}`, atoms: atomsOf(alias, columns), places };
}

/**
 * @param {string} alias
 * @param {import('./tables.js').Column[]} columns
 * @returns {Atom[]}
 */
function atomsOf(alias, columns) {
  return columns.map(({ name, type }) => ({ sql: `${alias}.${name}`, type, column: true }));
}
