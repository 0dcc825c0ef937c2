/**
 * Names and literals as PostgreSQL's SQL text.
 */

/**
 * A quoted identifier.
 * @param {string} name
 */
export function quoteIdentifier(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A string literal, also where backslashes are escapes.
 * @param {string} text
 */
export function quoteLiteral(text) {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/**
 * The name of a relation, quoted.
 * @param {{ schema: string, name: string }} relation
 */
export function quoteRelation({ schema, name }) {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/**
 * An array parameter as PostgreSQL's text.
 * @param {Iterable<string | number | bigint>} elements
 */
export function arrayLiteral(elements) {
  const quoted = Array.from(elements, (each) => `"${String(each).replace(/[\\"]/g, '\\$&')}"`);
  return `{${quoted.join(',')}}`;
}
