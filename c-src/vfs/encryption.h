/* An encrypted database: what tells it from others, and how its pages and the frames of its log lie in their files.
 *
 * The file begins with
 *   8 bytes "Tidemark"
 *   1 byte version of the format, 1
 *   1 byte base-2 logarithm of the page size
 *   2 bytes 0
 *   16 bytes salt
 *   8 bytes check (cipher.h)
 * and each page ends with nonce and tag. What is before them is ciphertext: of the page as SQLite has it, whose last 40 bytes are
 * reserved (byte 20 of its header says so), and of the first page only of bytes 16 to 71 and then of those from 92 on. The others are the same
 * in every database, so they make room for the beginning above.
 *
 * The log has its header in plain: it says nothing of what is in the database. Each frame (24 bytes and a page) is one unit, since its
 * checksums would tell whether a guess of the page is right.
 */
#ifndef TIDE_VFS_ENCRYPTION_H
#define TIDE_VFS_ENCRYPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "vfs/cipher.h"

enum {
  ENCRYPTION_BEGINNING = 36,
  ENCRYPTION_PAGE_SIZE = 4096 /* of a new database, and of every one kept in pages */
};

struct encryption {
  uint8_t key[CIPHER_KEY]; /* the app's, until it has been used */
  bool given;              /* there is one */
  bool on;                 /* the database is encrypted */
  uint32_t page_size;
  struct cipher cipher;
  unsigned char beginning[ENCRYPTION_BEGINNING]; /* of the file */
};

/* Copies the key; NULL: none is given. */
void encryption_set_key(struct encryption *encryption, const uint8_t *key);
void encryption_wipe(struct encryption *encryption);

/* Decides by the beginning of the database (zeros for a new one) whether it can be opened, and begins. Forgets the app's key. Returns TIDE_OK;
 * 28P01 when the key is wrong or missing; 55000 when one is given for a database that is not encrypted; 0A000 for a later format. */
int encryption_begin(struct encryption *encryption, struct random *random,
                     const unsigned char beginning[ENCRYPTION_BEGINNING],
                     struct error *error);

/* Whether the first page, as SQLite has it, leaves room for nonces and tags at the end of each; if not, nothing may be written. */
bool encryption_has_room(const unsigned char *first_page);

/* Makes of a page (from 1) what is kept of it, in place. */
void encryption_seal_page(struct encryption *encryption, uint64_t number,
                          unsigned char *page);

/* The other way round; false: it is not what was kept. */
bool encryption_open_page(const struct encryption *encryption, uint64_t number,
                          unsigned char *page);

/* What of SQLite's header is known without the first page: enough to open the file and recover that page from the log. */
void encryption_plain_header(const struct encryption *encryption,
                             unsigned char header[100]);

/* The same as for pages, for a frame of the log (from 0) with its page of `page_size` bytes. */
void encryption_seal_frame(struct encryption *encryption, uint64_t number,
                           unsigned char *frame, uint32_t page_size);
bool encryption_open_frame(const struct encryption *encryption, uint64_t number,
                           unsigned char *frame, uint32_t page_size);

#endif
