/**
 * Where a stream of NATS is and who connects to it, from options or URLs.
 */
import { UpstreamError } from './errors.js';
import { quoteLiteral } from './sql-text.js';

const SCHEMES = new Set(['nats:', 'tls:']);

/**
 * @param {any} options as `connect` of the package `nats` takes them, or a URL of a server; and the name of the `stream`, and the `domain`
 *   of JetStream that it is in
 * @param {string} name of the stream where the options have none
 * @returns {{ stream: string, domain?: string, connection: object }} `connection`: as `connect` takes it
 * @throws {UpstreamError} 22023 it is no URL, or no name of a stream
 */
export function readAddress(options, name) {
  const given = typeof options === 'object' && options !== null ? options : { servers: options };
  const { stream = name, domain, servers, ...connection } = given;
  if (!/^[\w-]{1,63}$/.test(stream)) refuse(`a stream cannot be named ${quoteLiteral(String(stream))}`);
  return { stream, domain, connection: { ...servers !== undefined && connectionTo([servers].flat()), ...connection } };
}

/**
 * URLs as options: the package does not read who connects from them.
 * @param {unknown[]} servers each one URL, or several with commas between
 */
function connectionTo(servers) {
  const urls = servers.flatMap((each) => String(each ?? '').split(',')).map(parseServer);
  const [{ username, password }] = urls;
  const [user, pass] = [username, password].map(decodeURIComponent);
  return {
    servers: urls.map((each) => each.host),
    ...urls.some((each) => each.protocol === 'tls:') && { tls: {} },
    ...user && (pass ? { user, pass } : { token: user }),
  };
}

/** @param {string} text a URL, or a host with or without a port */
function parseServer(text) {
  try {
    const url = new URL(text.includes('://') ? text.trim() : `nats://${text.trim()}`);
    decodeURIComponent(url.username + url.password);
    if (url.host !== '' && SCHEMES.has(url.protocol)) return url;
  } catch {
    // refused, without telling a password
  }
  return refuse('the address is no URL');
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  throw new UpstreamError('22023', `NATS: ${message}`, { hint: "Such as { nats: 'nats://user:password@host:4222' }." });
}
