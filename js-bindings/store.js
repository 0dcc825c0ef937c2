/** The package `tidemark/store`: a live query as a store in the sense of Svelte, which other frameworks take, too. */
import { LiveSnapshots } from './live-snapshot.js';

/**
 * A store of the rows of a query. It is opened by its first subscriber and closed after its last.
 * @param {import('./tidemark.js').Tidemark} db
 * @param {string} sql
 * @param {import('./engine-statement.js').Parameters} [parameters]
 * @param {{ key?: string[] }} [options]
 */
export function liveStore(db, sql, parameters, options) {
  const snapshots = new LiveSnapshots(() => db.live(sql, parameters, { key: options?.key }));
  return {
    /**
     * Calls `run` with what is known now, and then each time that it has changed.
     * @param {(value: import('./live-snapshot.js').LiveSnapshot) => void} run
     * @returns {() => void} ends the subscription
     */
    subscribe(run) {
      const end = snapshots.subscribe(() => run(snapshots.snapshot));
      run(snapshots.snapshot);
      return end;
    },
  };
}
