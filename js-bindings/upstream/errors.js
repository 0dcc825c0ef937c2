/**
 * What goes wrong at an origin, in one form: an Error whose `code` is an SQLSTATE.
 */
import { isSqlState } from '../sql-state.js';

/** The SQLSTATE of "the origin cannot be reached": the caller may try again. */
export const UNREACHABLE = '08006';

const PROTOCOL_VIOLATION = '08P01'; // of class 08, but nothing that passes
const TRANSIENT_CODES = new Set(['40001', '40P01', '55P03']);
const CONNECTION_CLASSES = ['08', '57P0'];
const TRANSIENT_CLASSES = ['53', ...CONNECTION_CLASSES];

/**
 * Whether the same request may succeed when it is sent again.
 * @param {string | undefined} code an SQLSTATE
 * @returns {boolean}
 */
export function isTransient(code) {
  if (typeof code !== 'string' || code === PROTOCOL_VIOLATION) return false;
  return TRANSIENT_CODES.has(code) || TRANSIENT_CLASSES.some((each) => code.startsWith(each));
}

/**
 * Whether there was no connection to the origin, or it ended: what is transient besides has been answered by it.
 * @param {string | undefined} code an SQLSTATE
 * @returns {boolean}
 */
export function isDisconnected(code) {
  return isTransient(code) && CONNECTION_CLASSES.some((each) => /** @type {string} */ (code).startsWith(each));
}

/** A failure reported by an origin, by the way to it, or by a client of it. */
export class UpstreamError extends Error {
  /**
   * @param {string} code SQLSTATE, five characters
   * @param {string} message
   * @param {{ detail?: string, hint?: string, cause?: unknown }} [more]
   */
  constructor(code, message, { detail, hint, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'UpstreamError';
    this.code = code;
    if (detail) this.detail = detail;
    if (hint) this.hint = hint;
  }

  /** Whether the same request may succeed when it is sent again. */
  get transient() {
    return isTransient(this.code);
  }

  /** The plain form that crosses the wire. */
  toJSON() {
    const { code, message, detail, hint } = /** @type {any} */ (this);
    return { code, message, detail, hint };
  }

  /**
   * The reverse of toJSON.
   * @param {{ code?: string, message?: string, detail?: string, hint?: string }} plain
   */
  static fromJSON(plain) {
    return new UpstreamError(plain?.code ?? 'XX000', plain?.message ?? 'unknown error', plain ?? {});
  }

  /**
   * Any thrown thing as an UpstreamError. What carries no SQLSTATE gets `code`.
   * @param {unknown} thrown
   * @param {string} [code]
   * @returns {UpstreamError}
   */
  static from(thrown, code = 'XX000') {
    if (thrown instanceof UpstreamError) return thrown;
    const error = /** @type {any} */ (thrown);
    return new UpstreamError(isSqlState(error?.code) ? error.code : code, String(error?.message ?? thrown), {
      detail: error?.detail,
      hint: error?.hint,
      cause: thrown,
    });
  }
}

/**
 * Throws 57014 when `signal` has been aborted.
 * @param {AbortSignal | undefined} signal
 */
export function throwIfAborted(signal) {
  if (signal?.aborted) throw aborted(signal);
}

/**
 * The error of an aborted request.
 * @param {AbortSignal} [signal]
 */
export function aborted(signal) {
  return new UpstreamError('57014', 'the request was aborted', { cause: signal?.reason });
}
