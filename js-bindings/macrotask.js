/** Runs work after everything that is ready to go on by itself, such as a row of awaited commits. */

/** @type {(work: () => void) => void} */
export const afterMicrotasks = typeof setImmediate === 'function'
  ? (work) => { setImmediate(work); }
  : throughChannel();

/** A message to oneself comes at once; timers of browsers wait for milliseconds. */
function throughChannel() {
  if (typeof MessageChannel !== 'function') return (/** @type {() => void} */ work) => setTimeout(work, 0);
  /** @type {(() => void)[]} */
  const queue = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => queue.shift()?.();
  return (/** @type {() => void} */ work) => {
    queue.push(work);
    port2.postMessage(null);
  };
}
