/** What threads and tabs say to each other has a version: while an app is being updated two of them may run at once. */
import { TidemarkError } from './errors.js';

/** Rises with each change of what they say (peer.js, server.js, tabs/): those of different versions do not share a database. */
export const PROTOCOL = 3;

/**
 * Why one is not served by another; null: both speak the same.
 * @param {number | undefined} asking version of who asks
 * @param {number | undefined} serving version of who has the database; before 3 none was told
 * @returns {TidemarkError | null} for who asks
 */
export function versionError(asking = 0, serving = 0) {
  if (asking === serving) return null;
  // The hint alone would not reach those of every version.
  return new TidemarkError('55P03', asking < serving
    ? 'the database is open in a tab or worker that runs a newer version of Tidemark; reload this page'
    : 'the database is open in a tab or worker that runs an older version of Tidemark; close or reload that tab');
}
