/** Live queries in React. React 18 or newer is a peer of this entry alone. */
import type { LiveSnapshot, Parameters, Row, Tidemark } from './index.js';

/**
 * The rows of a query, kept up to date for as long as the component is mounted. Parameters are compared by their
 * values. Components with the same query and parameters share its result.
 */
export function useLiveQuery<T = Row>(db: Tidemark, sql: string, parameters?: Parameters, options?: { key?: string[] }):
  LiveSnapshot<T>;
