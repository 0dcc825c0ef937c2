/* The checksum at the end of each page of a database. */
#include "vfs/checksum.h"

#include <string.h>

#include "vfs/header.h"

static uint32_t word(const unsigned char *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

static void set_word(unsigned char *bytes, uint32_t value) {
  for (int i = 0; i < 4; i++)
    bytes[i] = (unsigned char)(value >> 8 * i);
}

uint64_t checksum_of(const unsigned char *data, size_t size) {
  uint32_t first = 0, second = 0;
  for (size_t at = 0; at < size; at += 8) {
    first += word(data + at) + second;
    second += word(data + at + 4) + first;
  }
  return (uint64_t)second << 32 | first;
}

void checksum_write(unsigned char *page, size_t size) {
  uint64_t sum = checksum_of(page, size - CHECKSUM_SIZE);
  set_word(page + size - 8, (uint32_t)sum);
  set_word(page + size - 4, (uint32_t)(sum >> 32));
}

bool checksum_verify(unsigned char *page, size_t size) {
  uint64_t sum = checksum_of(page, size - CHECKSUM_SIZE);
  uint64_t kept = (uint64_t)word(page + size - 4) << 32 | word(page + size - 8);
  memset(page + size - CHECKSUM_SIZE, 0, CHECKSUM_SIZE);
  return sum == kept;
}

enum { SIZE_AT = 16, RESERVED_AT = 20 };

bool checksum_disowned(unsigned char *page, size_t size) {
  unsigned char reserved = page[RESERVED_AT];
  uint64_t kept = (uint64_t)word(page + size - 4) << 32 | word(page + size - 8);
  page[RESERVED_AT] = CHECKSUM_SIZE;
  uint64_t sum = checksum_of(page, size - CHECKSUM_SIZE);
  page[RESERVED_AT] = reserved;
  return reserved != CHECKSUM_SIZE && sum == kept;
}

struct page_format page_format_read(const unsigned char *bytes) {
  struct database_header header = header_read(bytes);
  return (struct page_format){.size = header.page_size,
                              .checksummed = header.page_size != 0 &&
                                             header.reserved == CHECKSUM_SIZE};
}
