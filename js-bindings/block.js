/**
 * Row blocks ↔ rows: the form in which rows cross between the engine and JavaScript, and between threads.
 *
 * The format is described in c-src/base/block.h. All text of a block is decoded by one call and cut by the
 * UTF-16 length of each cell, so that reading a row makes no call across the border.
 */
import { TidemarkError } from './errors.js';

const HEADER = 16;
const TAG = { null: 0, integer: 1, bigInteger: 2, real: 3, text: 4, blob: 5, boolean: 6, json: 7 };

/** What a column's type asks of its cells. */
const KIND = { plain: 0, boolean: 1, json: 2 };

// A byte order mark is a character like any other here.
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
const textEncoder = new TextEncoder();

/**
 * A column of a result.
 * @typedef {{ name: string, type: string }} Field
 */

/** @param {number} size may be beyond 2^31, where bitwise operators alone go wrong */
function padded(size) {
  return size + (-size & 7);
}

/** The same bytes seen as each of the element types of a block. */
export class Views {
  /** @param {ArrayBufferLike} buffer */
  constructor(buffer) {
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
    this.reals = new Float64Array(buffer, 0, buffer.byteLength >>> 3);
    this.integers = new BigInt64Array(buffer, 0, buffer.byteLength >>> 3);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} size
 * @returns {string}
 */
function decodeText(bytes, start, size) {
  if (size === 0) return '';
  if (size <= 16) {
    // Shorter than the call of a decoder takes, when it is all ASCII.
    let text = '';
    let at = start;
    const end = start + size;
    for (; at < end && bytes[at] < 0x80; at++) text += String.fromCharCode(bytes[at]);
    if (at === end) return text;
  }
  return textDecoder.decode(bytes.subarray(start, start + size));
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * @param {string} type PostgreSQL's name of it
 * @param {boolean} parse whether JSON is to be parsed
 */
function kindOf(type, parse) {
  if (type === 'boolean') return KIND.boolean;
  return parse && (type === 'json' || type === 'jsonb' || type.endsWith('[]')) ? KIND.json : KIND.plain;
}

/** Turns the cells of blocks with certain columns into rows. */
export class RowDecoder {
  #names;
  #kinds;
  #parse;

  /**
   * @param {Field[]} fields the columns of the blocks
   * @param {{ parseJson?: boolean }} [options] parseJson: false leaves JSON and arrays as text
   */
  constructor(fields, { parseJson: parse = true } = {}) {
    this.#names = fields.map((field) => field.name);
    this.#kinds = fields.map((field) => kindOf(field.type, parse));
    this.#parse = parse;
  }

  /**
   * Appends the rows of a block as objects. Of two columns with one name the last wins.
   * @param {Views} views
   * @param {number} offset of the block, a multiple of 8
   * @param {Record<string, unknown>[]} rows
   */
  appendObjects(views, offset, rows) {
    const names = this.#names;
    const hasProto = names.includes('__proto__');
    const { rows: count, columns } = blockShape(views, offset);
    const cells = new CellReader(views, offset, this.#kinds, this.#parse);
    for (let row = 0; row < count; row++) {
      /** @type {Record<string, unknown>} */
      const object = {};
      for (let column = 0; column < columns; column++) {
        const value = cells.next(column);
        if (hasProto && names[column] === '__proto__') setOwn(object, '__proto__', value);
        else object[names[column]] = value;
      }
      rows.push(object);
    }
  }

  /**
   * Appends the rows of a block as arrays.
   * @param {Views} views
   * @param {number} offset of the block, a multiple of 8
   * @param {unknown[][]} rows
   */
  appendArrays(views, offset, rows) {
    const { rows: count, columns } = blockShape(views, offset);
    const cells = new CellReader(views, offset, this.#kinds, this.#parse);
    for (let row = 0; row < count; row++) {
      const array = new Array(columns);
      for (let column = 0; column < columns; column++) array[column] = cells.next(column);
      rows.push(array);
    }
  }
}

/**
 * A plain assignment to `__proto__` would change the object's prototype.
 * @param {object} object
 * @param {string} name
 * @param {unknown} value
 */
function setOwn(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Reads the cells of one block, one after the other. */
class CellReader {
  /**
   * @param {Views} views
   * @param {number} offset
   * @param {number[]} kinds of the columns
   * @param {boolean} parse whether cells tagged as JSON are to be parsed
   */
  constructor(views, offset, kinds, parse) {
    const { tags, text, textSize, blobs } = blockShape(views, offset);
    this.views = views;
    this.kinds = kinds;
    this.parse = parse;
    this.value = (offset + HEADER) >>> 3;
    this.tag = tags;
    this.text = decodeText(views.bytes, text, textSize);
    this.unit = 0;
    this.blob = blobs;
  }

  /** @param {number} column of the next cell */
  next(column) {
    const at = this.value++;
    switch (this.views.bytes[this.tag++]) {
      case TAG.integer: {
        const value = this.views.reals[at];
        if (this.kinds[column] === KIND.boolean) return value !== 0;
        const small = value | 0;
        return small === value ? small : value;
      }
      case TAG.text: {
        const text = this.#cut(at);
        return this.kinds[column] === KIND.json ? parseJson(text) : text;
      }
      case TAG.real: return this.views.reals[at];
      case TAG.bigInteger: return this.views.integers[at];
      case TAG.boolean: return this.views.reals[at] !== 0;
      case TAG.json: return this.parse ? parseJson(this.#cut(at)) : this.#cut(at);
      case TAG.blob: {
        const start = this.blob;
        this.blob += this.views.words[at << 1];
        return this.views.bytes.slice(start, this.blob);
      }
      default: return null;
    }
  }

  /** @param {number} at the cell */
  #cut(at) {
    const start = this.unit;
    this.unit += this.views.words[(at << 1) + 1];
    return this.text.slice(start, this.unit);
  }
}

/**
 * Where the parts of a block are.
 * @param {Views} views
 * @param {number} offset
 */
function blockShape(views, offset) {
  const word = offset >>> 2;
  const rows = views.words[word];
  const columns = views.words[word + 1];
  const textSize = views.words[word + 2];
  const blobSize = views.words[word + 3];
  const tags = offset + HEADER + rows * columns * 8;
  const text = padded(tags + rows * columns);
  const blobs = padded(text + textSize);
  return { rows, columns, tags, text, textSize, blobs, end: padded(blobs + blobSize) };
}

/**
 * The number of rows of a block.
 * @param {Views} views
 * @param {number} offset
 */
export function blockRows(views, offset) {
  return views.words[offset >>> 2];
}

/**
 * Where a block ends and the next may begin.
 * @param {Views} views
 * @param {number} offset
 */
export function blockEnd(views, offset) {
  return blockShape(views, offset).end;
}

/**
 * The rows of a block as arrays of plain values: nothing is parsed or interpreted by type.
 * @param {Views} views
 * @param {number} offset
 * @returns {unknown[][]}
 */
export function decodePlain(views, offset) {
  /** @type {unknown[][]} */
  const rows = [];
  new RowDecoder([], { parseJson: false }).appendArrays(views, offset, rows);
  return rows;
}

/**
 * Encodes a row of numbers, booleans, texts and nulls where it is to be read.
 * @param {Views} views
 * @param {number} start a multiple of 8
 * @param {number} limit where the room for it ends
 * @param {readonly unknown[]} row
 * @returns {number} bytes of the block; 0: it has other values or does not fit, and a BlockEncoder has to encode it
 */
export function encodePlainRow(views, start, limit, row) {
  const { bytes, words, reals } = views;
  const count = row.length;
  const tags = start + HEADER + count * 8;
  const text = padded(tags + count);
  if (text > limit) return 0;
  let end = text;
  let at = (start + HEADER) >>> 3;
  for (let cell = 0; cell < count; cell++, at++) {
    const value = row[cell];
    if (typeof value === 'number') {
      reals[at] = value;
      bytes[tags + cell] = Number.isSafeInteger(value) && !Object.is(value, -0) ? TAG.integer : TAG.real;
    } else if (typeof value === 'string') {
      if (end + value.length * 3 > limit) return 0;
      const from = end;
      end = writeText(bytes, from, value);
      words[at << 1] = end - from;
      words[(at << 1) + 1] = value.length;
      bytes[tags + cell] = TAG.text;
    } else if (value === null || value === undefined) {
      reals[at] = 0;
      bytes[tags + cell] = TAG.null;
    } else if (typeof value === 'boolean') {
      reals[at] = value ? 1 : 0;
      bytes[tags + cell] = TAG.boolean;
    } else {
      return 0;
    }
  }
  const word = start >>> 2;
  words[word] = 1;
  words[word + 1] = count;
  words[word + 2] = end - text;
  words[word + 3] = 0;
  for (let gap = tags + count; gap < text; gap++) bytes[gap] = 0;
  const size = padded(end) - start;
  if (start + size > limit) return 0;
  for (; end < start + size; end++) bytes[end] = 0;
  return size;
}

/**
 * Writes a text of which every unit takes at most three bytes.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {string} value
 * @returns {number} where it ends
 */
function writeText(bytes, start, value) {
  let end = start;
  let unit = 0;
  if (value.length < 64) {
    for (; unit < value.length; unit++) {
      const code = value.charCodeAt(unit);
      if (code >= 0x80) break;
      bytes[end++] = code;
    }
  }
  if (unit === value.length) return end;
  const rest = unit === 0 ? value : value.slice(unit);
  return end + textEncoder.encodeInto(rest, bytes.subarray(end)).written;
}

/** Builds blocks. One encoder is used again and again and keeps its memory. */
export class BlockEncoder {
  #head = new Views(new ArrayBuffer(1024));
  #text = new Uint8Array(1024);
  /** @type {Uint8Array[]} */
  #blobs = [];
  #headSize = 0;
  #textSize = 0;
  #blobSize = 0;

  /**
   * Encodes rows; size and copyTo then give the block.
   * @param {readonly (readonly unknown[])[]} rows each as long as `columns`
   * @param {number} columns
   * @throws {TidemarkError} 22023 for a value that SQL has no word for
   */
  encode(rows, columns) {
    const cells = rows.length * columns;
    this.#begin(cells);
    let cell = 0;
    for (const row of rows) {
      for (let column = 0; column < columns; column++) this.#cell(cell++, cells, row[column], column);
    }
    this.#end(rows.length, columns);
  }

  /**
   * Encodes one row.
   * @param {readonly unknown[]} row
   */
  encodeRow(row) {
    this.#begin(row.length);
    for (let cell = 0; cell < row.length; cell++) this.#cell(cell, row.length, row[cell], cell);
    this.#end(1, row.length);
  }

  /** Bytes of the block just encoded, a multiple of 8. */
  get size() {
    return padded(this.#headSize + padded(this.#textSize) + this.#blobSize);
  }

  /**
   * Writes the block just encoded.
   * @param {Uint8Array} target
   * @param {number} offset a multiple of 8
   */
  copyTo(target, offset) {
    target.set(this.#head.bytes.subarray(0, this.#headSize), offset);
    let at = offset + this.#headSize;
    if (this.#textSize > 0) {
      target.set(this.#text.subarray(0, this.#textSize), at);
      at += this.#textSize;
      const end = offset + this.#headSize + padded(this.#textSize);
      while (at < end) target[at++] = 0;
    }
    for (const blob of this.#blobs) {
      target.set(blob, at);
      at += blob.length;
    }
    const end = offset + this.size;
    while (at < end) target[at++] = 0;
    this.#shrink();
  }

  /** The block just encoded in memory of its own. */
  toBytes() {
    const bytes = new Uint8Array(this.size);
    this.copyTo(bytes, 0);
    return bytes;
  }

  /** @param {number} cells */
  #begin(cells) {
    const size = padded(HEADER + cells * 9);
    if (this.#head.bytes.length < size) this.#head = new Views(new ArrayBuffer(padded(size * 2)));
    this.#headSize = size;
    this.#textSize = 0;
    this.#blobSize = 0;
    this.#blobs.length = 0;
  }

  /**
   * @param {number} rows
   * @param {number} columns
   */
  #end(rows, columns) {
    const { words, bytes } = this.#head;
    words[0] = rows;
    words[1] = columns;
    words[2] = this.#textSize;
    words[3] = this.#blobSize;
    bytes.fill(0, HEADER + rows * columns * 9, this.#headSize);
  }

  /** Gives memory back after an unusually large block. */
  #shrink() {
    this.#blobs.length = 0;
    if (this.#text.length > 1 << 20) this.#text = new Uint8Array(1024);
    if (this.#head.bytes.length > 1 << 20) this.#head = new Views(new ArrayBuffer(1024));
  }

  /**
   * @param {number} cell
   * @param {number} cells of the whole block
   * @param {unknown} value
   * @param {number} column
   */
  #cell(cell, cells, value, column) {
    const head = this.#head;
    const at = (HEADER >>> 3) + cell;
    const tagAt = HEADER + cells * 8 + cell;
    switch (typeof value) {
      case 'string':
        head.bytes[tagAt] = TAG.text;
        this.#setText(at, value);
        return;
      case 'number':
        head.reals[at] = value;
        head.bytes[tagAt] = Number.isSafeInteger(value) && !Object.is(value, -0) ? TAG.integer : TAG.real;
        return;
      case 'boolean':
        head.reals[at] = value ? 1 : 0;
        head.bytes[tagAt] = TAG.boolean;
        return;
      case 'bigint':
        this.#setBigInt(at, tagAt, value);
        return;
      case 'undefined':
        head.reals[at] = 0;
        head.bytes[tagAt] = TAG.null;
        return;
      case 'object':
        this.#setObject(at, tagAt, value, column);
        return;
      default:
        throw new TidemarkError('22023', `parameter ${column + 1} cannot be a ${typeof value}`);
    }
  }

  /**
   * @param {number} at
   * @param {number} tagAt
   * @param {bigint} value
   */
  #setBigInt(at, tagAt, value) {
    const head = this.#head;
    if (BigInt.asIntN(54, value) === value) {
      head.reals[at] = Number(value);
      head.bytes[tagAt] = TAG.integer;
    } else if (BigInt.asIntN(64, value) === value) {
      head.integers[at] = value;
      head.bytes[tagAt] = TAG.bigInteger;
    } else {
      head.bytes[tagAt] = TAG.text;
      this.#setText(at, value.toString());
    }
  }

  /**
   * @param {number} at
   * @param {number} tagAt
   * @param {object | null} value
   * @param {number} column
   */
  #setObject(at, tagAt, value, column) {
    const head = this.#head;
    if (value === null) {
      head.reals[at] = 0;
      head.bytes[tagAt] = TAG.null;
      return;
    }
    const bytes = bytesOf(value);
    if (bytes !== null) {
      head.bytes[tagAt] = TAG.blob;
      head.words[at << 1] = bytes.length;
      head.words[(at << 1) + 1] = 0;
      this.#blobs.push(bytes);
      this.#blobSize += bytes.length;
      return;
    }
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) {
        throw new TidemarkError('22007', `parameter ${column + 1} is an invalid Date`);
      }
      head.bytes[tagAt] = TAG.text;
      this.#setText(at, value.toISOString());
      return;
    }
    const json = JSON.stringify(value, jsonValue);
    if (json === undefined) {
      throw new TidemarkError('22023', `parameter ${column + 1} has no JSON form`);
    }
    head.bytes[tagAt] = TAG.json;
    this.#setText(at, json);
  }

  /**
   * @param {number} at
   * @param {string} value
   */
  #setText(at, value) {
    const start = this.#textSize;
    // Every UTF-16 unit takes at most three bytes.
    this.#reserveText(start + value.length * 3);
    const end = writeText(this.#text, start, value);
    this.#textSize = end;
    this.#head.words[at << 1] = end - start;
    this.#head.words[(at << 1) + 1] = value.length;
  }

  /** @param {number} size */
  #reserveText(size) {
    if (size <= this.#text.length) return;
    const larger = new Uint8Array(Math.max(size, this.#text.length * 2));
    larger.set(this.#text.subarray(0, this.#textSize));
    this.#text = larger;
  }
}

/**
 * The bytes of an ArrayBuffer or of a view of one; null for everything else.
 * @param {object} value
 */
function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return null;
}

/**
 * A parameter as another thread can receive it: what it would become in a block is decided here, where the
 * object still has its methods.
 * @param {unknown} value
 * @param {number} column
 * @returns {unknown}
 */
export function portableValue(value, column) {
  if (typeof value === 'symbol' || typeof value === 'function') {
    throw new TidemarkError('22023', `parameter ${column + 1} cannot be a ${typeof value}`);
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const bytes = bytesOf(value);
  if (bytes !== null) return bytes.slice();
  const json = JSON.stringify(value, jsonValue);
  if (json === undefined) throw new TidemarkError('22023', `parameter ${column + 1} has no JSON form`);
  return JSON.parse(json);
}

/**
 * JSON has one kind of number and JSON.stringify refuses a bigint: exact ones become numbers, others text.
 * @param {string} _key
 * @param {unknown} value
 */
function jsonValue(_key, value) {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
