/** What a case of these tests is, and what it is put to. */

/** @typedef {import('../storage/storage.js').Storage} Storage */

/**
 * Where the storage under test keeps things.
 * @typedef {object} Place
 * @property {() => Storage} create gives another storage that keeps its databases in the same place
 * @property {(full: boolean) => unknown} [setFull] takes all room away, and gives it back
 * @property {(broken: boolean) => unknown} [setBroken] makes whatever writes fail, and no longer
 * @property {boolean} [exclusive] whether `open` can tell that a database is open already; default true
 */

/**
 * A case has a path of its own.
 * @typedef {(place: Place, path: string) => Promise<void>} Run
 * @typedef {{ name: string, needs?: 'setFull' | 'setBroken' | 'exclusive', run: Run }} Case
 */

export {};
