/* Sealing a unit of storage: XChaCha20-Poly1305, from libsodium. */
#include "vfs/cipher.h"

#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_core_hchacha20.h>
#include <sodium/crypto_stream_chacha20.h>
#include <sodium/utils.h>
#include <string.h>

/* --- what the compiled part of libsodium needs of the rest --- */

void sodium_memzero(void *const pointer, const size_t size) {
  volatile unsigned char *bytes = pointer;
  for (size_t i = 0; i < size; i++)
    bytes[i] = 0;
}

/* A message of 256 GiB, or a key made by libsodium: there is neither. */
void sodium_misuse(void);
void sodium_misuse(void) {
  __builtin_trap();
}

void randombytes_buf(void *buffer, size_t size);
void randombytes_buf(void *buffer, size_t size) {
  (void)buffer;
  (void)size;
  __builtin_trap();
}

/* --- keys --- */

static const uint8_t check_label[crypto_core_hchacha20_INPUTBYTES] = "tidemark: check";

_Static_assert((int)CIPHER_SALT == crypto_core_hchacha20_INPUTBYTES,
               "a salt is one input");
_Static_assert((int)CIPHER_KEY == crypto_core_hchacha20_OUTPUTBYTES,
               "a key is one output");

void cipher_init(struct cipher *cipher, const uint8_t key[CIPHER_KEY],
                 const uint8_t salt[CIPHER_SALT], struct random *random) {
  uint8_t output[crypto_core_hchacha20_OUTPUTBYTES];
  uint8_t opening[crypto_core_hchacha20_INPUTBYTES];
  random_bytes(random, opening, sizeof opening);
  crypto_core_hchacha20(cipher->unit_key, salt, key, NULL);
  crypto_core_hchacha20(cipher->nonce_key, opening, cipher->unit_key, NULL);
  crypto_core_hchacha20(output, check_label, cipher->unit_key, NULL);
  memcpy(cipher->check, output, CIPHER_CHECK);
  cipher_wipe(output, sizeof output);
  cipher->nonces = 0;
}

void cipher_wipe(void *secret, size_t size) {
  sodium_memzero(secret, size);
}

/* --- units --- */

enum { PLACE_SIZE = 9 };

static void write_little_endian(uint8_t *bytes, uint64_t value) {
  for (int i = 0; i < 8; i++)
    bytes[i] = (uint8_t)(value >> 8 * i);
}

static void write_place(uint8_t bytes[PLACE_SIZE], struct cipher_place place) {
  bytes[0] = place.kind;
  write_little_endian(bytes + 1, place.number);
}

static void next_nonce(struct cipher *cipher, uint8_t nonce[CIPHER_NONCE]) {
  uint8_t count[crypto_stream_chacha20_NONCEBYTES];
  write_little_endian(count, cipher->nonces++);
  crypto_stream_chacha20(nonce, CIPHER_NONCE, count, cipher->nonce_key);
}

void cipher_seal(struct cipher *cipher, struct cipher_place place, unsigned char *unit,
                 size_t size) {
  size_t text = size - CIPHER_OVERHEAD;
  unsigned char *nonce = unit + text;
  uint8_t about[PLACE_SIZE];
  write_place(about, place);
  next_nonce(cipher, nonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt_detached(unit, nonce + CIPHER_NONCE, NULL,
                                                      unit, text, about, sizeof about,
                                                      NULL, nonce, cipher->unit_key);
}

bool cipher_open(const struct cipher *cipher, struct cipher_place place,
                 unsigned char *unit, size_t size) {
  size_t text = size - CIPHER_OVERHEAD;
  unsigned char *nonce = unit + text;
  uint8_t about[PLACE_SIZE];
  write_place(about, place);
  int failed = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
      unit, NULL, unit, text, nonce + CIPHER_NONCE, about, sizeof about, nonce,
      cipher->unit_key);
  memset(nonce, 0, CIPHER_OVERHEAD);
  return failed == 0;
}
