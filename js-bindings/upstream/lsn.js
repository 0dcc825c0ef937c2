/**
 * Places in PostgreSQL's write-ahead log (LSN), as text and as numbers.
 */

/**
 * @param {string} text such as '16/B374D848'
 * @returns {bigint}
 */
export function lsnFromText(text) {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/**
 * @param {bigint} lsn
 * @returns {string}
 */
export function lsnToText(lsn) {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xFFFFFFFFn).toString(16)}`.toUpperCase();
}

/** @param {string} text */
export function isLsn(text) {
  return /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/.test(text);
}
