/**
 * Statements in their order, one round trip each: for sessions that cannot send the next before the last is answered.
 */

/**
 * @param {import('./types.js').Statement[]} statements
 * @param {import('./types.js').OriginTransaction['query']} query
 * @returns {ReturnType<import('./types.js').OriginTransaction['queryAll']>}
 */
export async function queryEach(statements, query) {
  const results = [];
  try {
    for (const { sql, params } of statements) results.push(await query(sql, params));
  } catch (failure) {
    return { results, failure };
  }
  return { results, failure: null };
}
