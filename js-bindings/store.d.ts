/** Live queries as stores: the contract of Svelte's stores, which RxJS, Solid and others take, too. */
import type { LiveSnapshot, Parameters, Row, Tidemark } from './index.js';

export interface LiveStore<T = Row> {
  /**
   * Calls `run` with what is known now, and then each time that it has changed. The query is opened by the first
   * subscriber and closed after the last.
   * @returns a function that ends the subscription
   */
  subscribe(run: (value: LiveSnapshot<T>) => void): () => void;
}

/** A store of the rows of a query. */
export function liveStore<T = Row>(db: Tidemark, sql: string, parameters?: Parameters, options?: { key?: string[] }):
  LiveStore<T>;
