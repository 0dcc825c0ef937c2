/* The header of a database file. */
#include "vfs/header.h"

#include <string.h>

enum {
  PAGE_SIZE_AT = 16,
  WRITE_VERSION_AT = 18,
  READ_VERSION_AT = 19,
  RESERVED_AT = 20,
  CHANGES_AT = 24,
  PAGES_AT = 28,
  SCHEMA_COOKIE_AT = 40,
  FORMAT_AT = 44,       /* 4: indexes may be descending, and 0 and 1 take no room */
  LARGEST_ROOT_AT = 52, /* 0: no pages that say where others are referred to */
  ENCODING_AT = 56,
  INCREMENTAL_AT = 64,
  VALID_FOR_AT = 92, /* the number of changes at which the number of pages is right */
  FORMAT = 4,
  UTF8 = 1,
  PAGE_SIZE_MIN = 512
};

static uint32_t read_number(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write_number(unsigned char *at, uint32_t number) {
  for (int i = 0; i < 4; i++)
    at[i] = (unsigned char)(number >> 8 * (3 - i));
}

struct database_header header_read(const unsigned char *page) {
  struct database_header header = {0};
  if (memcmp(page, "SQLite format 3", 16) != 0)
    return header;
  uint32_t size = (uint32_t)page[PAGE_SIZE_AT] << 8 | page[PAGE_SIZE_AT + 1];
  if (size == 1) /* as 65536 does not fit */
    size = 65536;
  if (size < PAGE_SIZE_MIN || (size & (size - 1)) != 0)
    return header;
  header.page_size = size;
  header.reserved = page[RESERVED_AT];
  if (read_number(page + CHANGES_AT) == read_number(page + VALID_FOR_AT))
    header.pages = read_number(page + PAGES_AT);
  header.utf8 = read_number(page + ENCODING_AT) <= 1;
  header.auto_vacuum = read_number(page + LARGEST_ROOT_AT) != 0;
  return header;
}

void header_write(unsigned char *page, uint32_t pages, unsigned char journal) {
  page[WRITE_VERSION_AT] = page[READ_VERSION_AT] = journal;
  write_number(page + PAGES_AT, pages);
  write_number(page + LARGEST_ROOT_AT, 0);
  write_number(page + INCREMENTAL_AT, 0);
  memcpy(page + VALID_FOR_AT, page + CHANGES_AT, 4);
}

void header_begin(unsigned char *page, uint32_t pages) {
  write_number(page + PAGES_AT, pages);
  write_number(page + FORMAT_AT, FORMAT);
  write_number(page + ENCODING_AT, UTF8);
}

void header_set_schema_cookie(unsigned char *page, uint32_t cookie) {
  write_number(page + SCHEMA_COOKIE_AT, cookie);
}
