/* The checksum at the end of each page of a database.
 *
 * It is that of SQLite's own checksum VFS (https://sqlite.org/cksumvfs.html): the page size's last eight bytes are reserved
 * (byte 20 of the header says so) and hold two sums of 32 bits over all bytes before them. So a database is an
 * ordinary SQLite file, and SQLite's tools can verify it too. In memory those bytes are zero.
 */
#ifndef TIDE_VFS_CHECKSUM_H
#define TIDE_VFS_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHECKSUM_SIZE = 8 };

/* Two sums over `size` bytes at `data`, a multiple of eight. Pages of zeros have the sum 0, and they are right: the first page
 * on the list of free ones can be one, and so can the end of a long value. */
uint64_t checksum_of(const unsigned char *data, size_t size);

/* Sets the last bytes of a page. */
void checksum_write(unsigned char *page, size_t size);

/* Compares the last bytes of a page with the rest, and makes them zero. */
bool checksum_verify(unsigned char *page, size_t size);

/* What the header of a database (its first 100 bytes) says of its pages. */
struct page_format {
  uint32_t size;    /* 0: this is no header */
  bool checksummed; /* whether pages end with a checksum */
};
struct page_format page_format_read(const unsigned char *header);

/* Is the first page of a database one with a checksum, all of it, but for the byte that says so? Then that byte is damaged. */
bool checksum_disowned(unsigned char *page, size_t size);

#endif
