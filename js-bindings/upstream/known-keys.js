/** Values of a queued transaction that only its origin knows: the keys that it gives to rows inserted earlier in it. */
import { UpstreamError } from './errors.js';

/**
 * @typedef {import('./types.js').Statement & { references?: import('./types.js').RowReference[] }} Referring
 */

/**
 * The statement with the values that earlier writes returned in the place of staged ones.
 * @template {Referring} T
 * @param {T} statement
 * @param {(write: number) => unknown[] | null | undefined} rowOf what a write before it returned
 * @returns {T}
 * @throws {UpstreamError} 22023 it refers to what is not there
 */
export function withKnownKeys(statement, rowOf) {
  if (!statement.references?.length) return statement;
  const params = [...statement.params];
  // Clients of a gateway write what they like; and a staged key must never get to the origin.
  for (const { parameter, write, column } of statement.references) {
    const given = [parameter, write, column].every((number) => Number.isInteger(number)) ? rowOf(write)?.[column] : undefined;
    if (parameter < 0 || parameter >= params.length || given === undefined || given === null) throw noSuchReference();
    params[parameter] = given;
  }
  return { ...statement, params };
}

function noSuchReference() {
  return new UpstreamError('22023', 'a queued write refers to a value that no write before it has returned');
}

/**
 * Whether writes depend on what others return, so that they cannot all be sent before the first is answered.
 * @param {Referring[]} writes
 */
export function isLinked(writes) {
  return writes.some(({ references }) => references !== undefined && references.length > 0);
}
