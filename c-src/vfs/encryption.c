/* An encrypted database: what tells it from others, and how its pages and the frames of its log lie in their files. */
#include "vfs/encryption.h"

#include <string.h>

enum {
  MAGIC_SIZE = 8,
  VERSION_AT = 8,
  LOGARITHM_AT = 9,
  SALT_AT = 12,
  CHECK_AT = SALT_AT + CIPHER_SALT,
  VERSION = 1,
  SMALLEST_LOGARITHM = 9,
  LARGEST_LOGARITHM = 16,
  FRAME_HEADER = 24
};

_Static_assert((int)CHECK_AT + (int)CIPHER_CHECK == (int)ENCRYPTION_BEGINNING,
               "the beginning of the file");

/* The places of the bytes of SQLite's header that are the same in every database. */
enum {
  CONSTANT_END = 16, /* of the text it begins with */
  ZEROS_AT = 72,
  ZEROS_END = 92,
  MOVED = ZEROS_AT - CONSTANT_END
};

static const char magic[] = "Tidemark";
static const char sqlite_magic[16] = "SQLite format 3";

enum unit_kind { PAGE = 'p', FRAME = 'f' };

void encryption_set_key(struct encryption *encryption, const uint8_t *key) {
  encryption->given = key != NULL;
  if (key != NULL)
    memcpy(encryption->key, key, CIPHER_KEY);
}

void encryption_wipe(struct encryption *encryption) {
  cipher_wipe(encryption, sizeof *encryption);
}

/* --- opening --- */

static int refuse(struct error *error, int code, const char *message,
                  const char *hint) {
  error_set(error, code, "%s", message);
  error_hint(error, "%s", hint);
  return error->code;
}

static int missing_key(struct error *error) {
  return refuse(error, TIDE_ERROR_KEY, "the database is encrypted",
                "Give its key as `encryptionKey`.");
}

static int not_encrypted(struct error *error) {
  return refuse(
      error, TIDE_ERROR_NOT_WRITABLE,
      "a key was given, but the database is not encrypted",
      "Open it without `encryptionKey`. To encrypt it, copy what it holds into "
      "a new database that is opened with the key.");
}

static int wrong_key(struct error *error) {
  return refuse(error, TIDE_ERROR_KEY, "this is not the key of the database",
                "Nothing was changed. If the key is right, the first bytes of the "
                "database are damaged.");
}

static int later_format(struct error *error) {
  return refuse(error, TIDE_ERROR_NOT_SUPPORTED,
                "the database is encrypted in a form of a later version of Tidemark",
                "Use that version.");
}

static bool is_encrypted(const unsigned char *beginning) {
  return memcmp(beginning, magic, MAGIC_SIZE) == 0;
}

static bool is_known_format(const unsigned char *beginning) {
  return beginning[VERSION_AT] == VERSION &&
         beginning[LOGARITHM_AT] >= SMALLEST_LOGARITHM &&
         beginning[LOGARITHM_AT] <= LARGEST_LOGARITHM;
}

/* Of a database that is made now. */
static void begin_new(struct encryption *encryption, struct random *random) {
  unsigned char *beginning = encryption->beginning;
  memset(beginning, 0, ENCRYPTION_BEGINNING);
  memcpy(beginning, magic, MAGIC_SIZE);
  beginning[VERSION_AT] = VERSION;
  while (1 << beginning[LOGARITHM_AT] < ENCRYPTION_PAGE_SIZE)
    beginning[LOGARITHM_AT]++;
  random_bytes(random, beginning + SALT_AT, CIPHER_SALT);
  cipher_init(&encryption->cipher, encryption->key, beginning + SALT_AT, random);
  memcpy(beginning + CHECK_AT, encryption->cipher.check, CIPHER_CHECK);
}

static int begin_with_key(struct encryption *encryption, struct random *random,
                          const unsigned char *beginning, struct error *error) {
  if (!is_encrypted(beginning)) {
    if (memcmp(beginning, sqlite_magic, sizeof sqlite_magic) == 0)
      return not_encrypted(error);
    /* It is empty, or making it was interrupted: its journal takes that back. Anything else fails as a damaged first page does. */
    begin_new(encryption, random);
    return TIDE_OK;
  }
  if (!is_known_format(beginning))
    return later_format(error);
  cipher_init(&encryption->cipher, encryption->key, beginning + SALT_AT, random);
  if (memcmp(beginning + CHECK_AT, encryption->cipher.check, CIPHER_CHECK) != 0)
    return wrong_key(error);
  memcpy(encryption->beginning, beginning, ENCRYPTION_BEGINNING);
  return TIDE_OK;
}

int encryption_begin(struct encryption *encryption, struct random *random,
                     const unsigned char beginning[ENCRYPTION_BEGINNING],
                     struct error *error) {
  if (!encryption->given)
    return is_encrypted(beginning) ? missing_key(error) : TIDE_OK;
  int result = begin_with_key(encryption, random, beginning, error);
  cipher_wipe(encryption->key, sizeof encryption->key);
  encryption->given = false;
  if (result != TIDE_OK)
    return result;
  encryption->on = true;
  encryption->page_size = (uint32_t)1 << encryption->beginning[LOGARITHM_AT];
  return TIDE_OK;
}

/* --- pages --- */

void encryption_plain_header(const struct encryption *encryption,
                             unsigned char header[100]) {
  static const unsigned char formats[] = {2, 2, CIPHER_OVERHEAD, 64, 32, 32};
  memset(header, 0, 100);
  memcpy(header, sqlite_magic, sizeof sqlite_magic);
  header[16] = (unsigned char)(encryption->page_size >> 8);
  header[17] = (unsigned char)(encryption->page_size >> 16);
  memcpy(header + 18, formats, sizeof formats);
}

bool encryption_has_room(const unsigned char *first_page) {
  enum { RESERVED_AT = 20 };
  return first_page[RESERVED_AT] >= CIPHER_OVERHEAD;
}

void encryption_seal_page(struct encryption *encryption, uint64_t number,
                          unsigned char *page) {
  size_t kept = number == 1 ? ENCRYPTION_BEGINNING : 0;
  if (number == 1) {
    memmove(page + ENCRYPTION_BEGINNING, page + CONSTANT_END, MOVED);
    memcpy(page, encryption->beginning, ENCRYPTION_BEGINNING);
  }
  cipher_seal(&encryption->cipher, (struct cipher_place){PAGE, number}, page + kept,
              encryption->page_size - kept);
}

bool encryption_open_page(const struct encryption *encryption, uint64_t number,
                          unsigned char *page) {
  size_t kept = number == 1 ? ENCRYPTION_BEGINNING : 0;
  bool sound = memcmp(page, encryption->beginning, kept) == 0 &&
               cipher_open(&encryption->cipher, (struct cipher_place){PAGE, number},
                           page + kept, encryption->page_size - kept);
  if (number == 1) {
    memmove(page + CONSTANT_END, page + ENCRYPTION_BEGINNING, MOVED);
    memcpy(page, sqlite_magic, sizeof sqlite_magic);
    memset(page + ZEROS_AT, 0, ZEROS_END - ZEROS_AT);
  }
  return sound;
}

/* --- frames of the log --- */

void encryption_seal_frame(struct encryption *encryption, uint64_t number,
                           unsigned char *frame, uint32_t page_size) {
  cipher_seal(&encryption->cipher, (struct cipher_place){FRAME, number}, frame,
              FRAME_HEADER + (size_t)page_size);
}

bool encryption_open_frame(const struct encryption *encryption, uint64_t number,
                           unsigned char *frame, uint32_t page_size) {
  return cipher_open(&encryption->cipher, (struct cipher_place){FRAME, number}, frame,
                     FRAME_HEADER + (size_t)page_size);
}
