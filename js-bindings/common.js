/** What the package `tidemark` has in every runtime. */
export { Tidemark } from './tidemark.js';
export { TidemarkError } from './errors.js';
export { LiveQuery } from './live.js';
export { applyChanges } from './live-diff.js';
export { EdgeClient } from './upstream/edge.js';
export { TidemarkClient } from './upstream/tidemark.js';
