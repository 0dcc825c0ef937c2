/** SQLSTATEs, and what looks like one. */

/**
 * Whether `code` is an SQLSTATE and not, say, a code of Node such as EPIPE.
 * @param {unknown} code
 * @returns {code is string}
 */
export function isSqlState(code) {
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]/.test(code);
}
