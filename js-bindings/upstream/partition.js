/**
 * How a shape without a key is kept up to date by parts: its rows are told apart by some of their columns, and a change of any of its
 * relations concerns those alone that it is joined to.
 *
 * The columns are of one relation, the root, or equal to such: a key of it, or all that GROUP BY names. A row of another relation is joined
 * to the root's by equalities; those that an unchanged chain of rows leads to are found in the database as it is now, from the values that
 * the changed row has, and had. Of two changed rows of one chain the one nearer to the root leads there. So what is found includes every
 * part that differs.
 */
import { CANONICAL } from './comparable.js';
import { resolveLineage } from './lineage.js';

/**
 * @typedef {import('./types.js').Relation} Relation
 * @typedef {import('./lineage.js').Resolved} Lineage
 * @typedef {import('./lineage.js').ResolvedEquality} Equality
 * @typedef {import('./comparable.js').Comparable} Comparable
 * @typedef {object} Described what an origin says of a relation
 * @property {{ name: string, kind: Comparable | null, type: string | null }[]} columns in their order; `kind` and type as SQL of those
 *   whose values are equal when their texts are
 * @property {string[][]} keys columns that are unique together, the primary key first
 * @typedef {{ relation: number, column: string, name: string }} Output a column of a row of the shape; relation -1: of none
 * @typedef {object} Source a relation from whose changed rows the parts are found
 * @property {Relation} relation
 * @property {string[]} columns the values that are noted of its rows
 * @property {Comparable | null} kind of the one column, where it is joined
 * @property {{ column: string, value: string }[]} required rows that have other values than these are of no concern
 * @property {Step[]} path to the root, from the relation that the first of its columns leads to; empty: of the root itself
 * @property {boolean} told the noted values are those of the part
 * @typedef {{ relation: Relation, entry: string, exit: string | null }} Step `entry`: the column that is equal to what comes before;
 *   `exit`: to the entry of the next one, null at the root
 * @typedef {object} Partition
 * @property {string[]} columns of the root, by which the parts are told apart
 * @property {string[]} types of these, as SQL
 * @property {boolean} grouped the shape has GROUP BY or DISTINCT
 * @property {number[]} positions of these in a row of the shape
 * @property {string[]} names of these there
 * @property {Source[]} sources
 * @property {Relation[]} others each change of these concerns all
 */

/**
 * Chooses how the parts are told apart.
 * @param {import('./types.js').Lineage} told
 * @param {(relation: Relation) => Described | undefined} describe
 * @returns {Partition | undefined} undefined: every change concerns all
 */
export function planPartition(told, describe) {
  const described = told.relations.map(describe);
  const lineage = resolveLineage(told, described);
  const outputs = outputsOf(lineage, described);
  if (!outputs) return undefined;
  const plans = lineage.relations.flatMap((relation, root) => {
    if (relation.nullable) return [];
    const columns = columnsOf(lineage, described, outputs, root);
    return columns ? [planFor(lineage, described, outputs, root, columns)] : [];
  });
  return plans.reduce((best, plan) => (!best || plan.others.length < best.others.length ? plan : best), /** @type {Partition | undefined} */ (undefined));
}

/**
 * For each column of a row of the shape which column of which relation it is.
 * @param {Lineage} lineage
 * @param {(Described | undefined)[]} described
 * @returns {Output[] | null}
 */
function outputsOf({ columns, relations }, described) {
  /** @type {Output[]} */
  const outputs = [];
  for (const { relation = -1, column = '', name = column } of columns) {
    if (column !== '*') {
      outputs.push({ relation, column, name });
      continue;
    }
    for (const each of relation >= 0 ? [relation] : relations.keys()) {
      const found = described[each];
      if (!found) return null;
      outputs.push(...found.columns.map(({ name: own }) => ({ relation: each, column: own, name: own })));
    }
  }
  return outputs;
}

/**
 * The columns of a root that tell the parts apart: a key of it, or all that the shape is grouped by.
 * @param {Lineage} lineage
 * @param {(Described | undefined)[]} described
 * @param {Output[]} outputs
 * @param {number} root
 * @returns {string[] | undefined}
 */
function columnsOf(lineage, described, outputs, root) {
  const { groups } = lineage;
  const isUsable = (/** @type {string} */ name) => {
    const isIt = sameAs(lineage, described, root, name);
    return kindOf(described[root], name) !== null && outputs.some(isIt)
      && (groups.length === 0 || groups.some(isIt)); // MySQL may show any row's value of other columns
  };
  const key = described[root]?.keys.find((each) => each.every(isUsable));
  if (key) return key;
  const grouped = groups.length > 0 && groups.every(({ relation, column }) => relation === root && isUsable(/** @type {string} */ (column)));
  return grouped ? [...new Set(groups.map(({ column }) => /** @type {string} */ (column)))] : undefined;
}

/**
 * Whether a column is a root's, or equal to it in every row.
 * @param {Lineage} lineage
 * @param {(Described | undefined)[]} described
 * @param {number} root
 * @param {string} name
 * @returns {(place: { relation?: number, column?: string }) => boolean}
 */
function sameAs({ equalities }, described, root, name) {
  const type = columnOf(described[root], name)?.type;
  const equal = equalities.filter(({ from, fromColumn, to, toColumn }) => from === root && fromColumn === name
    && columnOf(described[to], toColumn)?.type === type
    && equalities.some((back) => back.from === to && back.fromColumn === toColumn && back.to === root && back.toColumn === name));
  return ({ relation, column }) => (relation === root && column === name)
    || equal.some(({ to, toColumn }) => to === relation && toColumn === column);
}

/**
 * @param {Described | undefined} described
 * @param {string} column
 */
function columnOf(described, column) {
  return described?.columns.find(({ name }) => name === column);
}

/**
 * @param {Described | undefined} described
 * @param {string} column
 */
function kindOf(described, column) {
  return columnOf(described, column)?.kind ?? null;
}

/**
 * @param {Lineage} lineage
 * @param {(Described | undefined)[]} described
 * @param {Output[]} outputs
 * @param {number} root
 * @param {string[]} columns of the root
 * @returns {Partition}
 */
function planFor(lineage, described, outputs, root, columns) {
  const { relations } = lineage;
  const types = columns.map((each) => /** @type {string} */ (columnOf(described[root], each)?.type));
  const ways = waysTo(lineage, described, root);
  const sources = relations.flatMap((relation, at) => {
    const required = requiredOf(lineage, described, at);
    if (at === root) return [{ relation: plain(relation), columns, kind: null, required, path: [], told: true }];
    const way = ways.get(at);
    if (!way) return [];
    const path = pathOf(relations, ways, at, root);
    const { kind = null, type = null } = columnOf(described[at], way.fromColumn) ?? {};
    const told = path.length === 1 && columns.length === 1 && columns[0] === path[0].entry && type === types[0];
    return [{ relation: plain(relation), columns: [way.fromColumn], kind, required, path, told }];
  });
  const others = relations.filter((_, at) => at !== root && !ways.has(at)).map(plain);
  const positions = columns.map((each) => outputs.findIndex(sameAs(lineage, described, root, each)));
  const names = positions.map((at) => outputs[at].name);
  return { columns, types, grouped: lineage.distinct || lineage.groups.length > 0, positions, names, sources, others };
}

/**
 * The values that rows of a relation have to have.
 * @param {Lineage} lineage
 * @param {(Described | undefined)[]} described
 * @param {number} at
 */
function requiredOf({ constants }, described, at) {
  return constants.filter(({ relation, column, value }) => {
    const kind = relation === at ? kindOf(described[at], column) : null;
    return kind !== null && CANONICAL[kind].test(value);
  }).map(({ column, value }) => ({ column, value }));
}

/**
 * The columns of the root that are read along a path: those of the part, and what is required of its rows.
 * @param {Partition} partition
 */
export function columnsRead({ columns, sources }) {
  const { required } = /** @type {Source} */ (sources.find(({ path }) => path.length === 0));
  return { columns: [...columns, ...required.map(({ column }) => column)], values: required.map(({ value }) => value) };
}

/** @param {Relation} relation */
function plain({ schema, name }) {
  return { schema, name };
}

/**
 * For each relation that leads to the root, by which equality: the shortest way.
 * @param {Lineage} lineage
 * @param {(Described | undefined)[]} described
 * @param {number} root
 * @returns {Map<number, Equality>}
 */
function waysTo({ equalities }, described, root) {
  const comparable = equalities.filter(({ from, fromColumn, to, toColumn }) => {
    const kind = kindOf(described[from], fromColumn);
    return kind !== null && kind === kindOf(described[to], toColumn);
  });
  /** @type {Map<number, Equality>} */
  const ways = new Map();
  const reached = [root];
  for (const target of reached) {
    for (const each of comparable) {
      if (each.to !== target || each.from === root || ways.has(each.from)) continue;
      ways.set(each.from, each);
      reached.push(each.from);
    }
  }
  return ways;
}

/**
 * @param {Relation[]} relations
 * @param {Map<number, Equality>} ways
 * @param {number} start
 * @param {number} root
 */
function pathOf(relations, ways, start, root) {
  /** @type {Step[]} */
  const path = [];
  for (let at = start; at !== root;) {
    const { to, toColumn } = /** @type {Equality} */ (ways.get(at));
    path.push({ relation: plain(relations[to]), entry: toColumn, exit: ways.get(to)?.fromColumn ?? null });
    at = to;
  }
  return path;
}

/**
 * What has to be noted of each relation of a partitioned shape; without columns only that it has changed.
 * @param {Partition} partition
 * @returns {{ relation: Relation, columns: string[] }[]}
 */
export function notedColumns({ sources, others }) {
  /** @type {Map<string, { relation: Relation, columns: string[] }>} */
  const noted = new Map();
  const nameOf = (/** @type {Relation} */ { schema, name }) => JSON.stringify([schema, name]);
  for (const { relation, columns, required } of sources) {
    const known = noted.get(nameOf(relation))?.columns ?? [];
    const all = new Set([...known, ...columns, ...required.map(({ column }) => column)]);
    noted.set(nameOf(relation), { relation, columns: [...all].sort() });
  }
  for (const relation of others) noted.set(nameOf(relation), { relation, columns: [] });
  return [...noted.values()];
}
