/**
 * Whose statements these are: the relations they may touch, and the role that they run as.
 */
import { Restriction } from './restriction.js';
import { Role } from './role.js';

/** Somebody whose statements come from elsewhere. Without a restriction and a role, whoever opened the session. */
export class Visitor {
  #restriction;
  #role;

  /**
   * @param {Restriction} [restriction]
   * @param {Role} [role]
   */
  constructor(restriction, role) {
    this.#restriction = restriction;
    this.#role = role;
    /** Equal for those who are shown the same. */
    this.name = restriction || role ? JSON.stringify([restriction?.name ?? null, role?.name ?? null]) : '';
    /** Whether others have rows in the relations that they read. */
    this.sharesRelations = role !== undefined;
    /** What ends a cursor of theirs. */
    this.mark = role ? `/${digest(role.name)}` : '';
  }

  /** @param {import('./types.js').Relation[]} relations */
  restricted(relations) {
    return new Visitor(new Restriction(relations), this.#role);
  }

  /** @param {import('./types.js').DatabaseUser} user */
  as(user) {
    return new Visitor(this.#restriction, new Role(user));
  }

  /**
   * The transaction for one statement, or for those of one savepoint.
   * @param {import('./types.js').OriginTransaction} tx
   * @returns {import('./types.js').OriginTransaction}
   */
  guard(tx) {
    const inRole = this.#role?.guard(tx) ?? tx;
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
