/**
 * Whose statements these are: the relations they may touch, the role that they run as, and the time that each has.
 */
import { Restriction } from './restriction.js';
import { Role } from './role.js';
import { checkTimeout, withTimeout } from './statement-timeout.js';

/** Somebody whose statements come from elsewhere. Without a restriction and a role, whoever opened the session. */
export class Visitor {
  #restriction;
  #role;
  #timeout;

  /**
   * @param {Restriction} [restriction]
   * @param {Role} [role]
   * @param {number} [timeout] milliseconds for a statement
   * @param {boolean | import('./types.js').Relation[]} [follow]
   */
  constructor(restriction, role, timeout, follow = false) {
    this.#restriction = restriction;
    this.#role = role;
    this.#timeout = timeout;
    /** Equal for those who are shown the same. */
    this.name = restriction || role ? JSON.stringify([restriction?.name ?? null, role?.name ?? null, follow]) : '';
    /** Whether others have rows in the relations that they read. */
    this.sharesRelations = role !== undefined;
    /** Whether what policies depend on is watched, too; or what relations in addition. */
    this.follows = follow;
    /** What ends a cursor of theirs. */
    this.mark = role ? `/${digest(role.name)}` : '';
  }

  /** @param {import('./types.js').Relation[]} relations */
  restricted(relations) {
    return new Visitor(new Restriction(relations), this.#role, this.#timeout, this.follows);
  }

  /** @param {import('./types.js').DatabaseUser} user */
  as(user) {
    return new Visitor(this.#restriction, new Role(user), this.#timeout, user.follow);
  }

  /** @param {number} timeout milliseconds for a statement */
  within(timeout) {
    checkTimeout(timeout);
    return new Visitor(this.#restriction, this.#role, timeout, this.follows);
  }

  /**
   * The transaction for one statement, or for those of one savepoint.
   * @param {import('./types.js').OriginTransaction} tx
   * @returns {import('./types.js').OriginTransaction}
   */
  guard(tx) {
    const timed = this.#timeout === undefined ? tx : withTimeout(tx, this.#timeout);
    const inRole = this.#role?.guard(timed) ?? timed;
    return this.#restriction?.guard(inRole) ?? inRole;
  }

  /**
   * Refuses a shape over relations that are not listed.
   * @param {import('./types.js').ShapeRequest} request
   * @throws {UpstreamError} 42501
   */
  checkShape(request) {
    this.#restriction?.checkShape(request);
  }

  /**
   * The changefeed's cursor in one of theirs; null when it was given to somebody else, who may have seen other rows.
   * @param {string | null | undefined} cursor
   */
  cursorOf(cursor) {
    return cursor?.endsWith(this.mark) ? cursor.slice(0, cursor.length - this.mark.length) : null;
  }
}

/**
 * A short text for a long one: FNV-1a of 64 bits. Whoever makes two texts meet deceives nobody but themselves.
 * @param {string} text
 */
function digest(text) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(36);
}
