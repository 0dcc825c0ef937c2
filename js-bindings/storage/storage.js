/**
 * What a storage is: the places a database can be kept in, as the host loop sees them.
 *
 * An object that fulfils one of these may be passed as the option `storage`.
 */

/**
 * Keeps nothing.
 * @typedef {object} MemoryStorageInterface
 * @property {'memory'} kind
 * @property {string} name what `db.storage` says
 * @property {(path: string) => Promise<void>} open
 * @property {() => Promise<void>} close
 */

/**
 * Changed pages of one or several commits.
 * @typedef {object} PageBatch
 * @property {number} pageSize
 * @property {number} pageCount pages of the whole database after this batch; pages from there on are gone
 * @property {Map<number, Uint8Array>} pages by page number, from 0
 */

/**
 * Keeps the pages of the database; the engine holds all of them in memory while it is open.
 * @typedef {object} PageStorageInterface
 * @property {'pages'} kind
 * @property {string} name what `db.storage` says
 * @property {(path: string) => Promise<void>} open makes the database this one's alone; fails with 55P03
 *   when it is in use elsewhere
 * @property {(receive: (offset: number, bytes: Uint8Array) => void) => Promise<void>} load gives all bytes
 *   kept so far, in pieces and in any order
 * @property {(offset: number, size: number) => Promise<Uint8Array>} [read] gives the bytes from `offset`, a multiple of 64 KiB, up
 *   to a whole 64 KiB behind `size` bytes, or the end: then a large database is open before all of it has been read
 * @property {number} [size] with `read`: how many bytes there are, once it is open
 * @property {(batch: PageBatch) => Promise<void>} persist keeps all of the batch or nothing; resolves when it
 *   is durable. Never called again before it has settled
 * @property {() => Promise<void>} close
 */

/**
 * Synchronous files. Each function throws when it fails.
 * @typedef {object} Files
 * @property {(name: string, create: boolean) => number} open a handle from 0
 * @property {(handle: number) => void} close
 * @property {(handle: number, bytes: Uint8Array, offset: number) => number} read bytes read; fewer at the end
 * @property {(handle: number, bytes: Uint8Array, offset: number) => void} write
 * @property {(handle: number, size: number) => void} truncate
 * @property {(handle: number) => void} sync durable when it returns
 * @property {(handle: number) => number} size
 * @property {(name: string) => void} remove nothing happens when there is none
 * @property {(name: string) => boolean} exists
 */

/**
 * Keeps files that are read and written while a statement runs.
 * @typedef {object} FileStorageInterface
 * @property {'file'} kind
 * @property {string} name what `db.storage` says
 * @property {(path: string) => Promise<void>} open as with pages
 * @property {string} path the name that `files` knows the database by; set once it is open
 * @property {Files} files
 * @property {() => Promise<void>} close
 */

/** @typedef {MemoryStorageInterface | PageStorageInterface | FileStorageInterface} Storage */

export {};
