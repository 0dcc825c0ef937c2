/** What shares a turn: a session, or one transaction or savepoint in it. */
import { Turns } from './turns.js';

export class Scope {
  turns = new Turns();
  /** @type {Set<import('./cursor.js').Cursor>} open cursors, which end with it */
  cursors = new Set();
  /** @type {Scope | null} null: it is the session itself */
  parent;
  /** @type {number} */
  depth;

  /** @param {Scope | null} parent */
  constructor(parent) {
    this.parent = parent;
    this.depth = parent === null ? 0 : parent.depth + 1;
  }

  /** The name of the savepoint that it is. */
  get savepoint() {
    return `tidemark_${this.depth}`;
  }
}
