/**
 * What a gateway tells its logger: what happened, to whom, in which request; never what was in a statement or a row.
 */

/**
 * The option `logger` that writes each event as a line of JSON, the time first.
 * @param {(line: string) => void} write
 * @returns {(event: import('./types.js').GatewayEvent) => void}
 */
export function jsonLines(write) {
  return (event) => write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}

/** The words of one gateway. */
export class Journal {
  #logger;
  #prefix = Math.random().toString(36).slice(2, 8);
  #requests = 0;

  /** @param {((event: import('./types.js').GatewayEvent) => void) | undefined} logger */
  constructor(logger) {
    this.#logger = logger;
  }

  /**
   * The name of a request: what a proxy in front has given it, or one of its own.
   * @param {Request} request
   */
  nameOf(request) {
    const given = request.headers.get('x-request-id');
    if (given && /^[\w.:-]{1,64}$/.test(given)) return given;
    this.#requests++;
    return `${this.#prefix}-${this.#requests}`;
  }

  /**
   * @param {string} event
   * @param {Omit<import('./types.js').GatewayEvent, 'event' | 'error'>} about
   * @param {import('../upstream/errors.js').UpstreamError} [error]
   */
  note(event, about, error) {
    this.#logger?.({ event, ...about, ...(error ? { error: withoutData(error) } : {}) });
  }
}

/**
 * A message of the database may quote a row.
 * @param {import('../upstream/errors.js').UpstreamError} error
 */
function withoutData({ code, message, cause }) {
  return /** @type {any} */ (cause)?.severity ? { code } : { code, message };
}
