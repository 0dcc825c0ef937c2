/* Sealing a unit of storage: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), from libsodium.
 *
 * A sealed unit ends with the nonce and the tag:
 *   n bytes ciphertext
 *   24 bytes nonce
 *   16 bytes tag, over the ciphertext and the place (1 byte kind, 8 bytes number, little-endian)
 * so that one put in another's place is noticed.
 *
 * The app's key is never used itself. Each database has a salt, and keys of its own:
 *   key of the units = HChaCha20(the app's key, salt)
 *   check            = the first 8 bytes of HChaCha20(key of the units, "tidemark: check"): tells another key, and nothing else
 *   key of the nonces = HChaCha20(key of the units, 16 random bytes): their generator, ChaCha20, begins anew with each opening
 */
#ifndef TIDE_VFS_CIPHER_H
#define TIDE_VFS_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

enum {
  CIPHER_KEY = 32,
  CIPHER_SALT = 16,
  CIPHER_CHECK = 8,
  CIPHER_NONCE = 24,
  CIPHER_TAG = 16,
  CIPHER_OVERHEAD = CIPHER_NONCE + CIPHER_TAG
};

struct cipher {
  uint8_t unit_key[CIPHER_KEY];
  uint8_t nonce_key[CIPHER_KEY];
  uint8_t check[CIPHER_CHECK];
  uint64_t nonces; /* so many were made */
};

/* What a unit is: the `number`-th of its kind. */
struct cipher_place {
  uint8_t kind;
  uint64_t number;
};

/* Derives the keys. `random` gives what makes this opening's nonces others than those of all before. */
void cipher_init(struct cipher *cipher, const uint8_t key[CIPHER_KEY],
                 const uint8_t salt[CIPHER_SALT], struct random *random);

/* Overwrites what is secret, so that no compiler leaves it out. */
void cipher_wipe(void *secret, size_t size);

/* Seals `unit` in place; its last CIPHER_OVERHEAD bytes are overwritten. */
void cipher_seal(struct cipher *cipher, struct cipher_place place, unsigned char *unit,
                 size_t size);

/* The other way round: false, and zeros, if this is not what was sealed with this key in this place. What were nonce and tag
 * become zeros. */
bool cipher_open(const struct cipher *cipher, struct cipher_place place,
                 unsigned char *unit, size_t size);

#endif
