/** Values of a queued transaction that only its origin knows: the keys that it gives to rows inserted earlier in it. */

/**
 * @typedef {import('./types.js').Statement & { references?: import('./types.js').RowReference[] }} Referring
 */

/**
 * The statement with the values that earlier writes returned in the place of staged ones.
 * @template {Referring} T
 * @param {T} statement
 * @param {(unknown[] | null | undefined)[]} rows what each write so far returned
 * @returns {T}
 */
export function withKnownKeys(statement, rows) {
  if (!statement.references?.length) return statement;
  const params = [...statement.params];
  for (const { parameter, write, column } of statement.references) params[parameter] = rows[write]?.[column] ?? params[parameter];
  return { ...statement, params };
}

/**
 * Whether writes depend on what others return, so that they cannot all be sent before the first is answered.
 * @param {Referring[]} writes
 */
export function isLinked(writes) {
  return writes.some(({ references }) => references !== undefined && references.length > 0);
}
