/**
 * Reading the body of a request without trusting it.
 */
import { UpstreamError } from '../upstream/errors.js';

/**
 * The body as parsed JSON.
 * @param {Request} request
 * @param {number} limit bytes
 * @returns {Promise<any>}
 * @throws {UpstreamError} 54000 longer than `limit`, 08P01 not JSON
 */
export async function readJson(request, limit) {
  // Also keeps out what a foreign page may send without asking (forms, text/plain).
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw new UpstreamError('08P01', 'the body must be application/json');
  }
  const text = new TextDecoder().decode(await readBytes(request, limit));
  try {
    return JSON.parse(text);
  } catch {
    throw new UpstreamError('08P01', 'the body is not JSON');
  }
}

/**
 * @param {Request} request
 * @param {number} limit
 */
async function readBytes(request, limit) {
  const chunks = [];
  let length = 0;
  if (Number(request.headers.get('content-length')) > limit) throw tooLong(limit);
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel().catch(() => {});
      throw tooLong(limit);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** @param {number} limit */
function tooLong(limit) {
  return new UpstreamError('54000', `the request is longer than ${limit} bytes`);
}
