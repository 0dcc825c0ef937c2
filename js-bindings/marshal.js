/**
 * The border with the engine: the only file that touches its memory.
 *
 * Views of the memory die whenever it grows, so they are remade at each use after a call. What the engine
 * hands out lives until the next call, so it is copied or decoded at once.
 */
import { BlockEncoder, Views, encodePlainRow } from './block.js';
import { ABI } from './module.js';
import { TidemarkError } from './errors.js';
import { zoneOffset } from './zones.js';

/** Scratch memory that is not given back between calls. */
const SCRATCH_KEEP = 1 << 20;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The exports of the module; wasm/README.md describes them.
 * @typedef {Record<string, (...values: any[]) => any> & { memory: WebAssembly.Memory }} Exports
 */

/** A region of the engine's memory that calls fill with what they pass, one after the other. */
class Scratch {
  #exports;
  #pointer = 0;
  #size = 0;

  /** @param {Exports} exports */
  constructor(exports) {
    this.#exports = exports;
  }

  /** Bytes of the region. */
  get size() {
    return this.#size;
  }

  /**
   * At least `size` bytes, beginning at a multiple of 8.
   * @param {number} size
   */
  reserve(size) {
    if (size <= this.#size && this.#size <= SCRATCH_KEEP && this.#size > 0) return this.#pointer;
    if (this.#pointer !== 0) this.#exports.tidemark_release(this.#pointer);
    this.#size = Math.max(size, 4096);
    this.#pointer = this.#exports.tidemark_allocate(this.#size) >>> 0;
    if (this.#pointer === 0) {
      this.#size = 0;
      throw new TidemarkError('53200', `out of memory: ${size} bytes`);
    }
    return this.#pointer;
  }
}

/** One instance of the module: its exports, with JavaScript's values in place of pointers. */
export class Border {
  #exports;
  #views;
  /** Index of the transfer block's first word. */
  #transfer;
  #text;
  #data;
  #encoder = new BlockEncoder();
  /** @type {import('./interruption.js').Interruption | null} by which what runs can be ended */
  interruption = null;
  /** @type {Map<number, string>} texts that never change, by address */
  #constants = new Map();

  /** @param {Exports} exports */
  constructor(exports) {
    this.#exports = exports;
    this.#views = new Views(exports.memory.buffer);
    this.#transfer = exports.tidemark_transfer() >>> 2;
    this.#text = new Scratch(exports);
    this.#data = new Scratch(exports);
  }

  /**
   * Makes an instance of the module.
   * @param {WebAssembly.Module} module
   * @param {import('./storage/storage.js').Files | null} files for an engine that keeps files
   * @returns {Promise<Border>}
   */
  static async create(module, files) {
    /** @type {Border | null} */
    let border = null;
    const imports = fileImports(files, () => /** @type {Border} */ (border));
    const tidemark_interrupted = () => (border?.interruption?.isWanted() ? 1 : 0);
    const instance = await WebAssembly.instantiate(module, { env: { ...imports, tidemark_interrupted } });
    const exports = /** @type {any} */ (instance.exports);
    exports._initialize();
    const abi = exports.tidemark_abi();
    if (abi !== ABI) {
      throw new TidemarkError('XX000', `these bindings need an engine of version ${ABI}, not ${abi}`, {
        hint: 'tidemark.wasm and the JavaScript beside it have to come from one release.',
      });
    }
    border = new Border(exports);
    return border;
  }

  /** The exports, for calls that pass numbers only. */
  get exports() {
    return this.#exports;
  }

  /**
   * Passes a secret for the length of one call: what the memory had of it is overwritten.
   * @template T
   * @param {Uint8Array | null} secret
   * @param {(pointer: number) => T} call
   * @returns {T}
   */
  withSecret(secret, call) {
    if (secret === null) return call(0);
    const pointer = this.#exports.tidemark_allocate(secret.length) >>> 0;
    if (pointer === 0) throw new TidemarkError('53200', 'out of memory');
    this.views.bytes.set(secret, pointer);
    try {
      return call(pointer);
    } finally {
      this.views.bytes.fill(0, pointer, pointer + secret.length);
      this.#exports.tidemark_release(pointer);
    }
  }

  /** Views of the memory as it is now. */
  get views() {
    // Memory that has grown leaves its old buffer without bytes.
    if (this.#views.bytes.length === 0) this.#views = new Views(this.#exports.memory.buffer);
    return this.#views;
  }

  /**
   * The n-th word of the transfer block: part of what the last call returned.
   * @param {number} n
   */
  word(n) {
    return this.views.words[this.#transfer + n];
  }

  /**
   * The n-th double of the transfer block.
   * @param {number} n
   */
  real(n) {
    return this.views.reals[(this.#transfer >>> 1) + n];
  }

  /**
   * The n-th 64-bit integer of the transfer block.
   * @param {number} n
   */
  integer(n) {
    return this.views.integers[(this.#transfer >>> 1) + n];
  }

  /**
   * The text whose address and size are the n-th and the next word of the transfer block.
   * @param {number} n
   */
  text(n) {
    return this.textAt(this.word(n), this.word(n + 1));
  }

  /**
   * A copy of the bytes whose address and size are the n-th and the next word of the transfer block.
   * @param {number} n
   * @returns {Uint8Array | null}
   */
  bytes(n) {
    const pointer = this.word(n);
    return pointer === 0 ? null : this.views.bytes.slice(pointer, pointer + this.word(n + 1));
  }

  /**
   * @param {number} pointer
   * @param {number} size in bytes
   */
  textAt(pointer, size) {
    return textDecoder.decode(this.views.bytes.subarray(pointer, pointer + size));
  }

  /**
   * Zero-terminated text of the engine that never changes.
   * @param {number} pointer
   */
  constantAt(pointer) {
    let text = this.#constants.get(pointer);
    if (text === undefined) {
      text = this.textAt(pointer, this.views.bytes.indexOf(0, pointer) - pointer);
      this.#constants.set(pointer, text);
    }
    return text;
  }

  /**
   * Writes zero-terminated text where it stays until the next text is written.
   * @param {string} text
   * @returns {{ pointer: number, size: number }} size in bytes, without the zero
   */
  writeText(text) {
    const pointer = this.#text.reserve(text.length * 3 + 1);
    const { bytes } = this.views;
    const target = bytes.subarray(pointer, pointer + text.length * 3);
    const size = textEncoder.encodeInto(text, target).written;
    bytes[pointer + size] = 0;
    return { pointer, size };
  }

  /**
   * Writes pieces of data, each at a multiple of 8, where they stay until the next data are written.
   * @param {readonly Uint8Array[]} pieces of which all but the last have a size that is a multiple of 8
   * @returns {{ pointer: number, size: number }}
   */
  writeData(pieces) {
    let size = 0;
    for (const piece of pieces) size += piece.length;
    const pointer = this.#data.reserve(size);
    const { bytes } = this.views;
    let at = pointer;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return { pointer, size };
  }

  /**
   * Passes one row to a function as a row block.
   * @param {(target: number, pointer: number, size: number) => number} bind
   * @param {number} target
   * @param {readonly unknown[]} row
   */
  bindRow(bind, target, row) {
    const room = this.#data.reserve(0);
    const written = encodePlainRow(this.views, room, room + this.#data.size, row);
    if (written > 0) return bind(target, room, written);
    this.#encoder.encodeRow(row);
    const { size } = this.#encoder;
    const pointer = this.#data.reserve(size);
    this.#encoder.copyTo(this.views.bytes, pointer);
    return bind(target, pointer, size);
  }
}

/**
 * The functions that the engine calls for its files, its clock and time zones. It calls nothing else of the host.
 * @param {import('./storage/storage.js').Files | null} files
 * @param {() => Border} border
 */
function fileImports(files, border) {
  const name = (/** @type {number} */ pointer) => {
    const { bytes: memory } = border().views;
    return textDecoder.decode(memory.subarray(pointer >>> 0, memory.indexOf(0, pointer >>> 0)));
  };
  const bytes = (/** @type {number} */ pointer, /** @type {number} */ size) =>
    border().views.bytes.subarray(pointer >>> 0, (pointer >>> 0) + size);
  const attempt = (/** @type {(files: any) => any} */ work) => {
    try {
      return Number(work(files) ?? 0);
    } catch (error) {
      const { code } = /** @type {any} */ (error ?? {});
      return code === 'ENOSPC' || code === 'EDQUOT' || code === '53100' ? -2 : -1;
    }
  };
  return {
    /** @type {(pointer: number, second: number) => number} */
    tidemark_zone_offset: (pointer, second) => zoneOffset(name(pointer), second),
    tidemark_clock: () => (globalThis.performance ?? Date).now() * 1000,
    /** @type {(pointer: number, create: number) => number} */
    tidemark_file_open: (pointer, create) => attempt((on) => on.open(name(pointer), create !== 0)),
    /** @type {(handle: number) => number} */
    tidemark_file_close: (handle) => attempt((on) => on.close(handle)),
    /** @type {(handle: number, pointer: number, size: number, offset: number) => number} */
    tidemark_file_read: (handle, pointer, size, offset) =>
      attempt((on) => on.read(handle, bytes(pointer, size), offset)),
    /** @type {(handle: number, pointer: number, size: number, offset: number) => number} */
    tidemark_file_write: (handle, pointer, size, offset) =>
      attempt((on) => on.write(handle, bytes(pointer, size), offset)),
    /** @type {(handle: number, size: number) => number} */
    tidemark_file_truncate: (handle, size) => attempt((on) => on.truncate(handle, size)),
    /** @type {(handle: number) => number} */
    tidemark_file_sync: (handle) => attempt((on) => on.sync(handle)),
    /** @type {(handle: number) => number} */
    tidemark_file_size: (handle) => attempt((on) => on.size(handle)),
    /** @type {(pointer: number) => number} */
    tidemark_file_remove: (pointer) => attempt((on) => on.remove(name(pointer))),
    /** @type {(pointer: number) => number} */
    tidemark_file_exists: (pointer) => attempt((on) => on.exists(name(pointer))),
  };
}
