/**
 * The one error that everything in Tidemark fails with.
 */
import { isSqlState } from './sql-state.js';

/**
 * What is known of a failure.
 * @typedef {object} ErrorDetails
 * @property {string} [hint] what to do about it
 * @property {number} [position] where in the SQL, in UTF-16 units from 0
 * @property {string} [view] the view it is about
 * @property {string} [origin] the origin it came from
 * @property {string} [schema] of the table
 * @property {string} [table] the table it is about
 * @property {string} [column] the column of the table
 * @property {string} [constraint] the constraint or unique index that is violated
 * @property {unknown} [cause] the error underneath
 */

/** A failure with an SQLSTATE in `code`. */
export class TidemarkError extends Error {
  /**
   * @param {string} code SQLSTATE, five characters
   * @param {string} message
   * @param {ErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.position !== undefined) this.position = details.position;
    if (details.view !== undefined) this.view = details.view;
    if (details.origin !== undefined) this.origin = details.origin;
    if (details.schema !== undefined) this.schema = details.schema;
    if (details.table !== undefined) this.table = details.table;
    if (details.column !== undefined) this.column = details.column;
    if (details.constraint !== undefined) this.constraint = details.constraint;
  }

  /** One failure in one or two readable lines. */
  toString() {
    const about = [
      this.position === undefined ? '' : `at position ${this.position}`,
      this.view === undefined ? '' : `view ${this.view}`,
      this.origin === undefined ? '' : `origin ${this.origin}`,
    ].filter((part) => part !== '');
    const where = about.length === 0 ? '' : ` (${about.join(', ')})`;
    const hint = this.hint === undefined ? '' : `\n  hint: ${this.hint}`;
    return `${this.name} ${this.code}: ${this.message}${where}${hint}`;
  }

  /**
   * The plain form that crosses to another thread; TidemarkError.fromJSON reverses it.
   * @returns {Record<string, unknown>}
   */
  toJSON() {
    const { code, message, hint, position, view, origin, schema, table, column, constraint, cause } = this;
    return { code, message, hint, position, view, origin, schema, table, column, constraint, cause: causeToJSON(cause) };
  }

  /**
   * @param {any} plain what toJSON returned
   * @returns {TidemarkError}
   */
  static fromJSON(plain) {
    const { cause, ...details } = plain;
    return new TidemarkError(plain.code, plain.message, {
      ...details,
      cause: cause === undefined ? undefined : causeFromJSON(cause),
    });
  }

  /**
   * Anything thrown as a TidemarkError: itself if it is one; otherwise its cause.
   * @param {unknown} thrown
   * @param {string} [code] for what carries no SQLSTATE
   * @returns {TidemarkError}
   */
  static from(thrown, code = 'XX000') {
    if (thrown instanceof TidemarkError) return thrown;
    const error = /** @type {any} */ (thrown);
    const state = isSqlState(error?.code) ? error.code : code;
    const message = String(error?.message ?? thrown);
    const { hint } = error ?? {};
    return new TidemarkError(state, message, { hint: hint || undefined, cause: thrown });
  }
}

// On the prototype, as for the built-in errors: not an own property that consoles print after the stack.
Object.defineProperty(TidemarkError.prototype, 'name', {
  value: 'TidemarkError',
  writable: true,
  configurable: true,
});

/**
 * @param {any} cause
 * @returns {Record<string, unknown> | undefined}
 */
function causeToJSON(cause) {
  if (cause === undefined) return undefined;
  if (cause instanceof TidemarkError) return cause.toJSON();
  return { name: String(cause?.name ?? 'Error'), message: String(cause?.message ?? cause) };
}

/** @param {any} plain */
function causeFromJSON(plain) {
  if (plain.code !== undefined) return TidemarkError.fromJSON(plain);
  const error = new Error(plain.message);
  error.name = plain.name;
  return error;
}

/**
 * The error of an aborted call.
 * @param {AbortSignal} signal
 */
export function abortedError(signal) {
  return new TidemarkError('57014', 'the call was aborted', { cause: signal.reason });
}

/** @param {AbortSignal | undefined | null} signal */
export function throwIfAborted(signal) {
  if (signal !== undefined && signal !== null && signal.aborted) throw abortedError(signal);
}

/**
 * Lets an error surface the way an uncaught one does, without disturbing the caller: what a subscriber's
 * function throws is neither the database's failure nor to be swallowed.
 * @param {unknown} error
 */
export function reportUncaught(error) {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
  else queueMicrotask(() => { throw error; });
}
