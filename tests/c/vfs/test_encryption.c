/* Tests of vfs/cipher.c, encryption.c and encrypted_file.c: what is sealed comes back with its key, in its place, unchanged, and not otherwise. */
#include "vfs/encryption.h"

#include <sodium/crypto_aead_xchacha20poly1305.h>

#include "base/library.h"
#include "lib/crash_files.h"
#include "lib/test.h"
#include "vfs/checksum.h"
#include "vfs/encrypted_file.h"

/* --- the cipher --- */

static void from_hex(const char *hex, unsigned char *bytes) {
  for (; hex[0] != '\0'; hex += 2) {
    char digits[] = {hex[0], hex[1], '\0'};
    *bytes++ = (unsigned char)strtoul(digits, NULL, 16);
  }
}

/* draft-irtf-cfrg-xchacha-03, A.3.1 */
static void seals_as_specified(void **state) {
  (void)state;
  static const char text[] =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
      "the future, sunscreen would be it.";
  unsigned char key[32], nonce[24], about[12], tag[16], expected[sizeof text + 15];
  unsigned char sealed[sizeof text - 1];
  from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key);
  from_hex("404142434445464748494a4b4c4d4e4f5051525354555657", nonce);
  from_hex("50515253c0c1c2c3c4c5c6c7", about);
  from_hex("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
           "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
           "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
           "21f9664c97637da9768812f615c68b13b52e"
           "c0875924c1c7987947deafd8780acf49",
           expected);
  crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
      sealed, tag, NULL, (const unsigned char *)text, sizeof sealed, about,
      sizeof about, NULL, nonce, key);
  assert_memory_equal(sealed, expected, sizeof sealed);
  assert_memory_equal(tag, expected + sizeof sealed, sizeof tag);
}

/* draft-irtf-cfrg-xchacha-03, 2.2.1: the key of a database is HChaCha20 of the app's key and the salt. */
static void derives_as_specified(void **state) {
  (void)state;
  static const uint8_t seed[32] = {1};
  unsigned char key[32], salt[16], expected[32];
  struct random random;
  struct cipher cipher;
  random_seed(&random, seed);
  from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", key);
  from_hex("000000090000004a0000000031415927", salt);
  from_hex("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc",
           expected);
  cipher_init(&cipher, key, salt, &random);
  assert_memory_equal(cipher.unit_key, expected, sizeof expected);
}

static void begin(struct encryption *encryption, uint8_t salt, uint32_t page_size) {
  static const uint8_t key[32] = {42};
  const uint8_t seed[32] = {salt};
  struct error error;
  struct random random;
  unsigned char beginning[ENCRYPTION_BEGINNING] = "Tidemark\1";
  *encryption = (struct encryption){0};
  error_clear(&error);
  random_seed(&random, seed);
  for (uint32_t size = page_size; size > 1; size /= 2)
    beginning[9]++;
  memset(beginning + 12, salt, 16);
  cipher_init(&encryption->cipher, key, beginning + 12, &random);
  memcpy(beginning + 28, encryption->cipher.check, CIPHER_CHECK);
  encryption_set_key(encryption, key);
  assert_int_equal(encryption_begin(encryption, &random, beginning, &error), TIDE_OK);
  assert_int_equal(encryption->page_size, page_size);
  assert_false(encryption->given);
}

/* As SQLite has it: a header, and at the end the reserved bytes. */
static void make_page(const struct encryption *encryption, unsigned char *page) {
  for (uint32_t i = 0; i < encryption->page_size; i++)
    page[i] = (unsigned char)(i * 31 + i / 256);
  encryption_plain_header(encryption, page);
  page[24] = page[71] = page[92] = page[99] = 0xab;
  memset(page + encryption->page_size - CIPHER_OVERHEAD, 0, CIPHER_OVERHEAD);
}

/* A page of any size, the first or not, and a frame come back as they were, and never look the same twice. */
static void opens_what_it_sealed(void **state) {
  (void)state;
  for (uint32_t size = 512; size <= 65536; size *= 2) {
    struct encryption encryption;
    unsigned char *plain = malloc(24 + (size_t)size),
                  *first = malloc(24 + (size_t)size);
    unsigned char *second = malloc(24 + (size_t)size);
    begin(&encryption, 5, size);
    make_page(&encryption, plain);
    for (uint64_t number = 1; number <= 2; number++) {
      memcpy(first, plain, size);
      memcpy(second, plain, size);
      encryption_seal_page(&encryption, number, first);
      encryption_seal_page(&encryption, number, second);
      assert_memory_not_equal(first + ENCRYPTION_BEGINNING,
                              second + ENCRYPTION_BEGINNING, 64);
      assert_true(encryption_open_page(&encryption, number, first));
      assert_true(encryption_open_page(&encryption, number, second));
      assert_memory_equal(first, plain, size);
      assert_memory_equal(second, plain, size);
    }
    memmove(plain + 24, plain, size);
    memcpy(first, plain, 24 + (size_t)size);
    encryption_seal_frame(&encryption, 7, first, size);
    assert_memory_not_equal(first, plain, 24);
    assert_true(encryption_open_frame(&encryption, 7, first, size));
    assert_memory_equal(first, plain, 24 + (size_t)size);
    free(plain);
    free(first);
    free(second);
  }
}

/* Whichever byte changes, it is noticed; and so is a page in the place of another, in that of a frame, or of another database. */
static void notices_every_change(void **state) {
  (void)state;
  struct encryption encryption, other;
  unsigned char sealed[4096], page[4096];
  begin(&encryption, 5, sizeof page);
  begin(&other, 6, sizeof page);
  for (uint64_t number = 1; number <= 2; number++) {
    make_page(&encryption, sealed);
    encryption_seal_page(&encryption, number, sealed);
    for (size_t at = 0; at < sizeof page; at++) {
      memcpy(page, sealed, sizeof page);
      page[at] ^= (unsigned char)(1 << at % 8);
      assert_false(encryption_open_page(&encryption, number, page));
    }
    memcpy(page, sealed, sizeof page);
    assert_false(encryption_open_page(&encryption, 3, page));
    memcpy(page, sealed, sizeof page);
    assert_false(encryption_open_page(&other, number, page));
    memcpy(page, sealed, sizeof page);
    assert_false(encryption_open_frame(&encryption, number, page, sizeof page - 24));
    memcpy(page, sealed, sizeof page);
    assert_true(encryption_open_page(&encryption, number, page));
  }
}

/* What is kept is read by every later version: this changes only with the version in the file. */
static void format_is_what_it_was(void **state) {
  (void)state;
  struct encryption encryption;
  unsigned char page[4096];
  uint64_t sum = 0;
  begin(&encryption, 5, sizeof page);
  for (uint64_t number = 1; number <= 3; number++) {
    make_page(&encryption, page);
    if (number < 3)
      encryption_seal_page(&encryption, number, page);
    else
      encryption_seal_frame(&encryption, number, page, sizeof page - 24);
    sum = sum * 31 + checksum_of(page, sizeof page);
  }

  assert_true(sum == UINT64_C(0x454928ab7400da6f));
}

static void is_wiped(void **state) {
  (void)state;
  struct encryption encryption;
  static const struct encryption zeros;
  begin(&encryption, 5, 4096);
  encryption_wipe(&encryption);
  assert_memory_equal(&encryption, &zeros, sizeof zeros);
}

/* Pages without room for nonce and tag, and what is no page, are not written at all. */
static void writes_only_what_it_can_seal(void **state) {
  (void)state;
  struct crash_disk *disk = crash_disk_new(1);
  unsigned char page[4096] = {0}, frame[24] = {0, 0, 0, 1};
  struct encryption encryption;
  struct encrypted_file database, log;
  struct host_file file;
  begin(&encryption, 5, 4096);
  assert_int_equal(
      host_file_open(&file, memory_default(), crash_disk_files(disk), "data.db", true),
      SQLITE_OK);
  encrypted_file_init(&database, &encryption, &file);
  encrypted_file_init(&log, &encryption, &file);
  for (int room = 0; room < 2; room++) {
    int expected = room ? SQLITE_OK : SQLITE_IOERR_WRITE;
    page[20] = room ? 40 : 8;
    assert_int_equal(encrypted_database_write(&database, page, sizeof page, 0),
                     expected);
    assert_int_equal(encrypted_log_write(&log, 4096, frame, 24, 32), SQLITE_OK);
    assert_int_equal(encrypted_log_write(&log, 4096, page, sizeof page, 56), expected);
    /* nor is anything but whole pages */
    assert_int_equal(encrypted_database_write(&database, page, 100, 0),
                     SQLITE_IOERR_WRITE);
    assert_int_equal(encrypted_log_write(&log, 4096, page, 100, 56),
                     SQLITE_IOERR_WRITE);
  }
  encrypted_file_deinit(&database);
  encrypted_file_deinit(&log);
  host_file_close(&file);
  crash_disk_free(disk);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(seals_as_specified),
      cmocka_unit_test(derives_as_specified),
      cmocka_unit_test(opens_what_it_sealed),
      cmocka_unit_test(notices_every_change),
      cmocka_unit_test(format_is_what_it_was),
      cmocka_unit_test(is_wiped),
      cmocka_unit_test(writes_only_what_it_can_seal),
  };
  return library_initialize() == TIDE_OK ? cmocka_run_group_tests(tests, NULL, NULL)
                                         : 1;
}
