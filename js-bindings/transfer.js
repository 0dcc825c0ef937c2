/** Moves whole databases: out as the bytes of a SQLite file, and in from one. */
import { TidemarkError, throwIfAborted } from './errors.js';

/** Pages that are exported at once: 256 KiB. */
const PAGES = 64;

/** Bytes that are given to the engine at once. */
const PIECE = 1 << 20;

/** @typedef {import('./queryable.js').Access} Access */

/**
 * @typedef {object} TransferOptions
 * @property {AbortSignal} [signal] ends it with 57014; then nothing was imported
 * @property {(progress: { bytes: number, total: number | null }) => void} [onProgress] told after each piece
 * @property {boolean} [ignoreChecksums] takes a file that another program has changed
 */

/**
 * What can be imported.
 * @typedef {ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Blob | Response | ArrayBuffer | ArrayBufferView
 * } ImportSource
 */

/**
 * The database as it is when the first bytes are read, in one transaction.
 * @param {() => Access | Promise<Access>} access
 * @param {TransferOptions} [options]
 * @returns {ReadableStream<Uint8Array>}
 */
export function exportDatabase(access, options = {}) {
  const pieces = exportPieces(access, options);
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return();
    },
  }, { highWaterMark: 0 });
}

/**
 * @param {() => Access | Promise<Access>} access
 * @param {TransferOptions} options
 * @returns {AsyncGenerator<Uint8Array, void, undefined>}
 */
async function* exportPieces(access, { signal, onProgress }) {
  throwIfAborted(signal);
  const { connection, scope: root } = await access();
  const scope = await connection.begin(root, signal ?? null);
  try {
    for (let page = 1, end = false; !end; page += PAGES) {
      throwIfAborted(signal);
      const { pages, pageSize, data } = await connection.move(scope, { call: 'export', page, maximum: PAGES });
      end = page + PAGES > pages;
      yield data;
      onProgress?.({ bytes: Math.min(page + PAGES - 1, pages) * pageSize, total: pages * pageSize });
    }
  } finally {
    await connection.rollback(scope).catch(() => {}); // it was gone already
  }
}

/**
 * Makes a file the contents of an empty database: all of it, or nothing.
 * @param {() => Access | Promise<Access>} access
 * @param {ImportSource} source
 * @param {TransferOptions} [options]
 */
export async function importDatabase(access, source, options = {}) {
  const { signal, onProgress, ignoreChecksums = false } = options;
  throwIfAborted(signal);
  const { chunks, total } = chunksOf(source);
  const { connection, scope: root } = await access();
  const scope = await connection.begin(root, signal ?? null);
  let bytes = 0;
  try {
    await connection.move(scope, { call: 'import', step: 'begin', ignoreChecksums });
    for await (const piece of inPieces(chunks)) {
      throwIfAborted(signal);
      bytes += piece.byteLength;
      await connection.move(scope, { call: 'import', step: 'data' }, piece);
      onProgress?.({ bytes, total });
    }
    throwIfAborted(signal);
    await connection.move(scope, { call: 'import', step: 'finish' });
  } catch (error) {
    await connection.move(scope, { call: 'import', step: 'cancel' }).catch(() => {});
    throw error;
  } finally {
    // After "finish" no transaction is open any more.
    await connection.rollback(scope).catch(() => {});
  }
}

/**
 * @param {any} source
 * @returns {{ chunks: AsyncIterable<Uint8Array>, total: number | null }}
 */
function chunksOf(source) {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return whole(bytesOf(source));
  if (typeof Response === 'function' && source instanceof Response) return chunksOfResponse(source);
  if (typeof Blob === 'function' && source instanceof Blob) {
    return { chunks: chunksOfStream(source.stream()), total: source.size };
  }
  if (typeof source?.getReader === 'function') return { chunks: chunksOfStream(source), total: null };
  if (typeof source?.[Symbol.asyncIterator] === 'function') return { chunks: source, total: null };
  throw new TidemarkError('22023', 'there is nothing to import', {
    hint: 'Give a ReadableStream, a Blob, a Response, an ArrayBuffer, a typed array or an async iterable of bytes.',
  });
}

/** @param {Response} response */
function chunksOfResponse(response) {
  if (!response.ok || response.body === null) {
    throw new TidemarkError('22023', `the response to import has status ${response.status}`);
  }
  const length = response.headers.get('content-encoding') === null ? response.headers.get('content-length') : null;
  return { chunks: chunksOfStream(response.body), total: length === null ? null : Number(length) };
}

/** @param {Uint8Array} bytes */
function whole(bytes) {
  return { chunks: (async function* () { yield bytes; })(), total: bytes.byteLength };
}

/**
 * Not every runtime lets one iterate a stream.
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {AsyncGenerator<Uint8Array, void, undefined>}
 */
async function* chunksOfStream(stream) {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {}); // it failed, or is not wanted any more
  }
}

/**
 * The same bytes in copies of a size that the engine takes at once.
 * @param {AsyncIterable<Uint8Array>} chunks
 * @returns {AsyncGenerator<Uint8Array, void, undefined>}
 */
async function* inPieces(chunks) {
  for await (const chunk of chunks) {
    const bytes = bytesOf(chunk);
    for (let at = 0; at < bytes.byteLength; at += PIECE) yield bytes.slice(at, at + PIECE);
  }
}

/**
 * @param {any} value
 * @returns {Uint8Array}
 */
function bytesOf(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) throw new TidemarkError('22023', 'what is imported has to come as bytes');
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
