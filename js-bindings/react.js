/** The package `tidemark/react`: a live query as a hook. */
import { useMemo, useSyncExternalStore } from 'react';

import { LiveSnapshots, parametersText } from './live-snapshot.js';

/**
 * The rows of a query, kept up to date for as long as the component is there. Components with the same query and
 * parameters share what is kept.
 * @param {import('./tidemark.js').Tidemark} db
 * @param {string} sql
 * @param {import('./engine-statement.js').Parameters} [parameters] compared by their values: a new list is no new query
 * @param {{ key?: string[] }} [options]
 * @returns {import('./live-snapshot.js').LiveSnapshot}
 */
export function useLiveQuery(db, sql, parameters, options) {
  const given = parametersText(parameters);
  const key = options?.key?.join('\n');
  const store = useMemo(() => {
    const snapshots = new LiveSnapshots(() => db.live(sql, parameters, { key: options?.key }));
    return {
      subscribe: (/** @type {() => void} */ onChange) => snapshots.subscribe(onChange),
      getSnapshot: () => snapshots.snapshot,
    };
    // Parameters and key stand for themselves by their text.
  }, [db, sql, given, key]);
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}
