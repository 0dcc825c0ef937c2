/** Answers for a worker that holds a database, while it is busy with a statement: as long as its page runs, it works. */

export class Spokesman {
  #path;
  /** @type {BroadcastChannel | null} */
  #lobby = null;

  /** @param {string} path of the database */
  constructor(path) {
    this.#path = path;
  }

  /** @param {boolean} holds whether the worker holds the database */
  speak(holds) {
    if (holds === (this.#lobby !== null)) return;
    if (!holds) {
      this.#lobby?.close();
      this.#lobby = null;
      return;
    }
    const lobby = new BroadcastChannel(`tidemark:${this.#path}`);
    lobby.addEventListener('message', ({ data: { ask, by } }) => {
      if (ask !== undefined) lobby.postMessage({ alive: ask, to: by });
    });
    this.#lobby = lobby;
  }
}
