/** Numbers of the engine's interface, as tidemark.h lists them. */

/** What a step returns when it is not an error. */
export const STATUS = { done: 0, row: -1, wait: -2 };

/** Where the engine keeps its pages. */
export const STORAGE = { memory: 0, pages: 1, file: 2 };

/** Dialects of the SQL that is given to the engine. */
export const DIALECT = { postgres: 0, mysql: 1, sqlite: 2 };

/** What the host tells the engine. */
export const EVENT = {
  time: 1,
  network: 2,
  pages: 3,
  loaded: 4,
  persisted: 5,
  response: 6,
  applied: 7,
  subscribed: 8,
  snapshot: 9,
  changes: 10,
  failed: 11,
  control: 12,
};

/** What the engine asks of the host. */
export const EFFECT = {
  load: 1,
  persist: 2,
  request: 3,
  apply: 4,
  subscribe: 5,
  cancel: 6,
  commit: 7,
  sync: 8,
  settled: 9,
  notice: 10,
  slot: 11,
  fetch: 12,
  ready: 13,
  export: 14,
};
