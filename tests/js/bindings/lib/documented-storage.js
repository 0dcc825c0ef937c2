/** The storage that docs/storage.md shows, and a store as it wants one. */
import { readFile } from 'node:fs/promises';

const DOCUMENT = new URL('../../../../docs/storage.md', import.meta.url);

/** The class, as it is written there. */
export async function documented() {
  const [, source] = /** @type {RegExpExecArray} */ (/```js\n(class KeyValueStorage [^]*?\n)```/.exec(await readFile(DOCUMENT, 'utf8')));
  return (await import(`data:text/javascript,${encodeURIComponent(`export default ${source}`)}`)).default;
}

/** Keys and values in memory; several are written at once, or none. */
export class Store {
  values = new Map();
  /** @type {string | null} the code of the error that writing fails with */
  failure = null;

  async get(key) {
    return this.values.get(key);
  }

  async write(entries) {
    if (this.failure !== null) throw Object.assign(new Error('refused'), { code: this.failure });
    for (const [key, value] of entries) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, structuredClone(value));
    }
  }
}
