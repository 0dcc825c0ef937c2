/** What `new Tidemark({ worker: true })` runs, for bundlers that have to be told of it as an entry of its own. */
export {};
