/**
 * Who a device is: what `authenticate` found out, and when that ends.
 */

/** Claims that differ from token to token of the same person. */
const OF_THE_TOKEN = new Set(['exp', 'iat', 'nbf', 'jti']);

/**
 * The claims that say who somebody is, sorted by name.
 * @param {import('./types.js').Identity} identity
 * @returns {Record<string, unknown>}
 */
export function lastingClaims({ claims = {} }) {
  const lasting = Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name));
  return Object.fromEntries(lasting.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A text that is equal for the same person with the same rights.
 * @param {import('./types.js').Identity} identity
 */
export function identityName(identity) {
  return JSON.stringify([identity.subject ?? null, lastingClaims(identity)]);
}
