/**
 * What a client says of how the rows of a query follow from those of its relations, and which relation each of its names is of.
 *
 * A device does not know the columns of an origin's relations. So a name that stands without a relation comes without one, and is the
 * column of the one relation that has it: were there more, the query would be none.
 */

/**
 * @typedef {import('./types.js').Relation} Relation
 * @typedef {import('./types.js').Lineage} Lineage
 * @typedef {import('./partition.js').Described} Described
 * @typedef {{ from: number, fromColumn: string, to: number, toColumn: string }} ResolvedEquality
 * @typedef {Omit<Lineage, 'equalities' | 'constants'> & { equalities: ResolvedEquality[],
 *   constants: { relation: number, column: string, value: string }[] }} Resolved each place has a relation and a column, or neither
 */

/**
 * The lineage with the relation of each name; what cannot be found is left out.
 * @param {Lineage} lineage
 * @param {(Described | undefined)[]} described its relations
 * @returns {Resolved}
 */
export function resolveLineage(lineage, described) {
  const has = (/** @type {number} */ at, /** @type {string} */ column) => described[at]?.columns.some(({ name }) => name === column) ?? false;
  const all = described.every((each) => each !== undefined) ? [...described.keys()] : [];
  const owners = (/** @type {string} */ column) => all.filter((at) => has(at, column));
  const resolve = (/** @type {number | undefined} */ relation, /** @type {string | undefined} */ column) => {
    if (relation !== undefined || column === undefined || column === '*') return { relation, column };
    const [owner, ...more] = owners(column);
    return owner === undefined || more.length > 0 ? {} : { relation: owner, column };
  };
  const group = (/** @type {Lineage['groups'][number]} */ { relation, column, resultRelation, resultColumn }) => {
    const isColumn = column !== undefined && (relation === undefined ? owners(column).length > 0 : has(relation, column));
    return resultColumn !== undefined && !isColumn ? resolve(resultRelation, resultColumn) : resolve(relation, column);
  };
  return {
    ...lineage,
    columns: lineage.columns.map(({ relation, column, name }) => ({ name: name ?? column, ...resolve(relation, column) })),
    groups: lineage.groups.map(group),
    equalities: lineage.equalities.flatMap(({ from, fromColumn, to, toColumn, optional }) => {
      const [a, b] = [resolve(from, fromColumn), resolve(to, toColumn)];
      return a.relation !== undefined && b.relation !== undefined && a.relation !== b.relation && isWithin(a.relation, optional)
        ? [{ from: a.relation, fromColumn, to: b.relation, toColumn }] : [];
    }),
    constants: lineage.constants.flatMap(({ relation, column, value, optional }) => {
      const at = resolve(relation, column).relation;
      return at !== undefined && isWithin(at, optional) ? [{ relation: at, column, value }] : [];
    }),
  };
}

/**
 * @param {number} at
 * @param {[number, number]} [optional]
 */
function isWithin(at, optional) {
  return !optional || (at >= optional[0] && at < optional[1]);
}

/**
 * Whether what a client says of a query is a lineage of these relations.
 * @param {any} lineage
 * @param {Relation[]} listed
 */
export function isLineage(lineage, listed) {
  const { relations, columns, equalities, groups, distinct, constants } = lineage;
  const lists = [relations, columns, equalities, groups, constants].every((each) => Array.isArray(each) && each.length <= 1_000);
  if (!lists || relations.length > 16 || typeof distinct !== 'boolean') return false;
  const isListed = (/** @type {any} */ each) => listed.some(({ schema, name }) => schema === each?.schema && name === each?.name);
  const isNumber = (/** @type {any} */ at) => Number.isInteger(at) && at >= 0 && at <= relations.length;
  const isPlace = (/** @type {any} */ at, /** @type {any} */ column) =>
    (at === undefined || (isNumber(at) && at < relations.length)) && typeof column === 'string';
  const isPlaceOrNone = (/** @type {any} */ at, /** @type {any} */ column) => (at === undefined && column === undefined) || isPlace(at, column);
  const isOptional = (/** @type {any} */ side) => side === undefined || (Array.isArray(side) && side.length === 2 && side.every(isNumber));
  const isObject = (/** @type {any} */ each) => typeof each === 'object' && each !== null;
  return relations.every(isListed)
    && columns.every((/** @type {any} */ each) => isObject(each) && isPlaceOrNone(each.relation, each.column)
      && ['undefined', 'string'].includes(typeof each.name))
    && groups.every((/** @type {any} */ each) => isObject(each) && isPlaceOrNone(each.relation, each.column)
      && isPlaceOrNone(each.resultRelation, each.resultColumn))
    && constants.every((/** @type {any} */ each) => isObject(each) && isPlace(each.relation, each.column) && typeof each.value === 'string'
      && isOptional(each.optional))
    && equalities.every((/** @type {any} */ each) => isObject(each) && isPlace(each.from, each.fromColumn) && isPlace(each.to, each.toColumn)
      && isOptional(each.optional));
}
