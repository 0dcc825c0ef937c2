/**
 * Calls between two threads over a MessagePort. Both sides may call; what a function throws crosses as a
 * TidemarkError, and an aborted signal ends the call on the other side, too.
 *
 * MESSAGES
 *   { call: id, method, argument }      wants one of the next two
 *   { answer: id, result }
 *   { answer: id, error }
 *   { abort: id }                       the caller's signal was aborted; the answer comes all the same
 *   { tell: method, argument }          wants no answer
 */
import { TidemarkError, abortedError, reportUncaught } from './errors.js';

/**
 * @typedef {(argument: any, signal: AbortSignal) => any} Handler
 */

/**
 * What a MessagePort and a link between tabs have in common.
 * @typedef {object} Port
 * @property {(message: any, transfer: Transferable[]) => void} postMessage
 * @property {(type: 'message' | 'messageerror' | 'close', listener: (event: any) => void) => void} addEventListener
 * @property {() => void} start
 * @property {() => void} close
 */

/** A result together with what is to be moved, not copied. */
export class Moved {
  /**
   * @param {unknown} result
   * @param {Transferable[]} transfer
   */
  constructor(result, transfer) {
    this.result = result;
    this.transfer = transfer;
  }
}

export class Peer {
  /** @type {any} */
  #port;
  #handlers;
  #ready;
  #lastCall = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #calls = new Map();
  /** @type {Map<number, AbortController>} calls of the other side that run here */
  #running = new Map();
  /** @type {Error | null} */
  #closed = null;

  /**
   * @param {Port} port
   * @param {Record<string, Handler>} handlers what the other side may call
   * @param {() => Promise<void> | null} [ready] to be waited for before a call is carried out
   */
  constructor(port, handlers, ready = () => null) {
    this.#port = port;
    this.#handlers = handlers;
    this.#ready = ready;
    port.addEventListener('message', (event) => this.#receive(event.data));
    port.addEventListener('messageerror', () => this.close(new TidemarkError('XX000', 'a message was lost')));
    port.addEventListener('close', () => this.close(gone()));
    port.start();
  }

  /**
   * Calls a function of the other side.
   * @param {string} method
   * @param {unknown} [argument]
   * @param {{ signal?: AbortSignal | null, transfer?: Transferable[] }} [options]
   * @returns {Promise<any>}
   */
  call(method, argument, { signal, transfer = [] } = {}) {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(abortedError(signal));
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#port.postMessage({ abort: id }, []);
      const settle = (/** @type {(value: any) => void} */ outcome) => (/** @type {any} */ value) => {
        signal?.removeEventListener('abort', onAbort);
        this.#calls.delete(id);
        this.#holdProcess();
        outcome(value);
      };
      this.#calls.set(id, { resolve: settle(resolve), reject: settle(reject) });
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        this.#port.postMessage({ call: id, method, argument }, transfer);
      } catch (error) {
        settle(reject)(new TidemarkError('22023', `it cannot be sent to another thread: ${error}`));
      }
      this.#holdProcess();
    });
  }

  /**
   * Tells the other side something.
   * @param {string} method
   * @param {unknown} argument
   */
  tell(method, argument) {
    if (this.#closed === null) this.#port.postMessage({ tell: method, argument }, []);
  }

  /**
   * Ends the connection.
   * @param {Error} [error] what calls under way fail with
   */
  close(error = gone()) {
    if (this.#closed !== null) return;
    this.#closed = error;
    for (const { reject } of [...this.#calls.values()]) reject(error);
    for (const controller of this.#running.values()) controller.abort();
    this.#port.close();
    this.#handlers.closed?.(undefined, new AbortController().signal);
  }

  /** @param {any} message */
  #receive(message) {
    if (message.call !== undefined) this.#run(message);
    else if (message.abort !== undefined) this.#running.get(message.abort)?.abort();
    else if (message.tell !== undefined) this.#hear(message);
    else if (message.answer !== undefined) {
      const call = this.#calls.get(message.answer);
      if (message.error === undefined) call?.resolve(message.result);
      else call?.reject(TidemarkError.fromJSON(message.error));
    }
  }

  /** @param {{ call: number, method: string, argument: unknown }} message */
  async #run({ call, method, argument }) {
    const controller = new AbortController();
    this.#running.set(call, controller);
    try {
      const waiting = this.#ready();
      if (waiting !== null) await waiting;
      const returned = await this.#handlers[method](argument, controller.signal);
      const [result, transfer] = returned instanceof Moved ? [returned.result, returned.transfer] : [returned, []];
      this.#answer({ answer: call, result }, transfer);
    } catch (error) {
      this.#answer({ answer: call, error: TidemarkError.from(error).toJSON() }, []);
    } finally {
      this.#running.delete(call);
    }
  }

  /** @param {{ tell: string, argument: unknown }} message */
  #hear({ tell, argument }) {
    try {
      this.#handlers[tell](argument, new AbortController().signal);
    } catch (error) {
      reportUncaught(error);
    }
  }

  /**
   * @param {object} message
   * @param {Transferable[]} transfer
   */
  #answer(message, transfer) {
    if (this.#closed === null) this.#port.postMessage(message, transfer);
  }

  /** In Node a port keeps the program alive: only while an answer is owed to us. */
  #holdProcess() {
    if (this.#calls.size > 0) this.#port.ref?.();
    else this.#port.unref?.();
  }
}

function gone() {
  return new TidemarkError('57P01', 'the other thread is gone');
}
