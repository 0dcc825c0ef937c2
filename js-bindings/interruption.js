/**
 * How a statement is ended that another thread runs: while it does, no message reaches that thread. Both look at the same
 * thing instead: memory that they share, where there is some; otherwise the address of a blob, which is there until who
 * made it revokes it, and which can be asked for without waiting for messages.
 */
import { hasNode } from './builtin.js';

/** Milliseconds that a statement runs before the first look, and between two looks. */
const LOOK_DELAY = 150;

const canShare = hasNode || globalThis.crossOriginIsolated === true;

/** What a caller ends a call with. */
export class InterruptionSource {
  #revoke;
  /** @type {Int32Array | string | undefined} for Interruption, in the other thread; undefined: there is no way */
  token;

  /** @param {boolean} near whether the other thread can share memory with this one */
  constructor(near) {
    if (near && canShare) {
      const word = new Int32Array(new SharedArrayBuffer(4));
      this.token = word;
      this.#revoke = () => { Atomics.store(word, 0, 1); };
    } else if (typeof URL.createObjectURL === 'function') {
      const address = URL.createObjectURL(new Blob(['']));
      this.token = address;
      this.#revoke = () => URL.revokeObjectURL(address);
    } else {
      this.#revoke = () => {};
    }
  }

  /** Ends the call, or gives back what was needed for that. */
  interrupt() {
    this.#revoke();
  }
}

/** Whether what runs in this thread is to be ended. */
export class Interruption {
  #token;
  #next = performance.now() + LOOK_DELAY;

  /** @param {Int32Array | string} token */
  constructor(token) {
    this.#token = token;
  }

  isWanted() {
    const token = this.#token;
    if (typeof token !== 'string') return Atomics.load(token, 0) !== 0;
    if (performance.now() < this.#next) return false;
    const wanted = canLook() && !isThere(token);
    this.#next = performance.now() + LOOK_DELAY;
    return wanted;
  }
}

/** @type {boolean | null} */
let works = null;

/** A page may forbid it (connect-src without blob:): then everything would look revoked. */
function canLook() {
  if (works === null) {
    const address = URL.createObjectURL(new Blob(['']));
    works = isThere(address);
    URL.revokeObjectURL(address);
  }
  return works;
}

/** @param {string} address of a blob */
function isThere(address) {
  try {
    const request = new XMLHttpRequest();
    request.open('GET', address, false);
    request.send();
    return request.status === 200;
  } catch {
    return false;
  }
}
