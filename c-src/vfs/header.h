/* The header of a database file: the first 100 bytes of page 1 (https://sqlite.org/fileformat.html#the_database_header). */
#ifndef TIDE_VFS_HEADER_H
#define TIDE_VFS_HEADER_H

#include <stdbool.h>
#include <stdint.h>

enum { DATABASE_HEADER_SIZE = 100 };

struct database_header {
  uint32_t page_size; /* 0: these bytes are no header */
  uint32_t reserved;  /* bytes at the end of each page that SQLite does not use */
  uint32_t pages;     /* of the file; 0: the file does not say */
  bool utf8;          /* false: UTF-16, of one order or the other */
  bool auto_vacuum;   /* some pages only say where others are referred to */
};

struct database_header header_read(const unsigned char *page);

/* Makes the header that of a closed file of `pages` pages, without a write-ahead log (1) or with one (2), and without
 * automatic vacuuming, whose pages are then read by nobody until VACUUM leaves them out. */
void header_write(unsigned char *page, uint32_t pages, unsigned char journal);

/* Makes the header of a database without tables that of one of `pages` pages, with the format and encoding that the first table gives. */
void header_begin(unsigned char *page, uint32_t pages);

/* The number that the schema has: when it is another one SQLite reads the schema again. */
void header_set_schema_cookie(unsigned char *page, uint32_t cookie);

#endif
