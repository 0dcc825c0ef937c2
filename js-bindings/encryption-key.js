/** The key of an encrypted database, as an application gives it. */
import { TidemarkError } from './errors.js';

const KEY_SIZE = 32;

/**
 * The bytes of a key, which are not copied.
 * @param {unknown} option
 * @returns {Uint8Array | undefined}
 * @throws {TidemarkError} 22023, which says nothing of what was given
 */
export function keyBytes(option) {
  if (option === undefined || option === null) return undefined;
  const bytes = option instanceof ArrayBuffer ? new Uint8Array(option) : option;
  if (!(bytes instanceof Uint8Array) || bytes.length !== KEY_SIZE) {
    throw new TidemarkError('22023', `encryptionKey has to be ${KEY_SIZE} bytes`, {
      hint: 'Pass a Uint8Array or an ArrayBuffer; docs/storage.md shows how to derive one from a password.',
    });
  }
  return bytes;
}

/**
 * Lets two who have opened one database make sure that they have the same key, without telling it to each other.
 */
export class KeyProof {
  /** @type {Promise<CryptoKey> | null} null: there is no key */
  #key = null;

  /** @param {Uint8Array | undefined} key */
  constructor(key) {
    if (key === undefined) return;
    this.#key = crypto.subtle.importKey('raw', key.slice(), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  }

  /**
   * @param {string} conversation in which it is of use
   * @returns {Promise<ArrayBuffer | null>}
   */
  async prove(conversation) {
    return this.#key === null ? null : crypto.subtle.sign('HMAC', await this.#key, message(conversation));
  }

  /**
   * @param {unknown} proof of the other
   * @param {string} conversation
   * @returns {Promise<void>}
   * @throws {TidemarkError} when the other one has another key, or one of both has none
   */
  async verify(proof, conversation) {
    if (this.#key === null) {
      if (proof === null) return;
      throw new TidemarkError('55000', 'a key was given, but the database is not encrypted', {
        hint: 'Open it without `encryptionKey`.',
      });
    }
    if (!(proof instanceof ArrayBuffer)) {
      throw new TidemarkError('28P01', 'the database is encrypted', { hint: 'Give its key as `encryptionKey`.' });
    }
    if (!await crypto.subtle.verify('HMAC', await this.#key, proof, message(conversation))) {
      throw new TidemarkError('28P01', 'this is not the key of the database', { hint: 'Nothing was changed.' });
    }
  }
}

/** @param {string} conversation */
function message(conversation) {
  return new TextEncoder().encode(`tidemark: ${conversation}`);
}
