/**
 * Names and literals as PostgreSQL's SQL text, and the word that says what a statement is.
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

/**
 * The first word of a statement in capitals, after white space, comments and opening parentheses.
 * @param {string} sql
 */
export function firstWord(sql) {
  let at = 0;
  while (at < sql.length) {
    if (sql.startsWith('--', at)) at = endOfLine(sql, at);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else if (/[\s(]/.test(sql[at])) at++;
    else break;
  }
  return /^\w*/.exec(sql.slice(at, at + 20))?.[0].toUpperCase() ?? '';
}

/**
 * @param {string} sql
 * @param {number} start
 */
function endOfLine(sql, start) {
  const end = sql.slice(start).search(/[\r\n]/);
  return end < 0 ? sql.length : start + end;
}

/**
 * Comments nest in PostgreSQL.
 * @param {string} sql
 * @param {number} start
 */
function endOfComment(sql, start) {
  let depth = 0;
  let at = start;
  do {
    if (sql.startsWith('/*', at)) {
      depth++;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at += 2;
    } else {
      at++;
    }
  } while (depth > 0 && at < sql.length);
  return at;
}
