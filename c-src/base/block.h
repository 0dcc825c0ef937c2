/* Rows as they cross the border between the engine and its host, a block at a time.
 *
 * ROW BLOCK FORMAT (little-endian; every block begins on an address that is a multiple of 8)
 *   u32  rows
 *   u32  columns
 *   u32  bytes of the text area
 *   u32  bytes of the blob area
 *   rows * columns times { 8 bytes value }    row by row
 *   rows * columns times { u8 tag }           then zero bytes up to a multiple of 8
 *   text area: UTF-8 of all text cells, one after the other; zero bytes up to a multiple of 8
 *   blob area: bytes of all blob cells, one after the other; zero bytes up to a multiple of 8
 *
 *   tag  value                              SQL
 *   0    0                                  NULL
 *   1    f64, an integer within ±2^53       integer
 *   2    i64                                integer beyond that
 *   3    f64                                real
 *   4    u32 bytes, u32 UTF-16 units        text
 *   5    u32 bytes, u32 0                   blob
 *   6    f64 0 or 1                         boolean (from the host; the engine sends booleans as integers)
 *   7    as 4                               JSON text (the receiver may parse it)
 *
 * One text area lets the receiver decode all strings with one call and cut them by UTF-16 length.
 */
#ifndef TIDE_BASE_BLOCK_H
#define TIDE_BASE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum block_tag {
  BLOCK_NULL,
  BLOCK_INTEGER,
  BLOCK_BIG_INTEGER,
  BLOCK_REAL,
  BLOCK_TEXT,
  BLOCK_BLOB,
  BLOCK_BOOLEAN,
  BLOCK_JSON
};

/* Builds one block; append cells row by row. Errors are sticky as in struct buffer. */
struct block_writer {
  uint32_t columns;
  uint32_t cells;
  struct buffer values;
  struct buffer tags;
  struct buffer text;
  struct buffer blobs;
};

void block_writer_init(struct block_writer *writer, struct memory *memory,
                       uint32_t columns);
void block_writer_deinit(struct block_writer *writer);
void block_writer_clear(struct block_writer *writer, uint32_t columns);
void block_null(struct block_writer *writer);
void block_integer(struct block_writer *writer, int64_t value);
void block_real(struct block_writer *writer, double value);
void block_boolean(struct block_writer *writer, bool value);
void block_text(struct block_writer *writer, const char *text, size_t length);
void block_json(struct block_writer *writer, const char *text, size_t length);
void block_blob(struct block_writer *writer, const void *data, size_t length);
size_t
block_writer_size(const struct block_writer *writer); /* of the finished block so far */
/* Appends the finished block to `out` (padded so that it starts at a multiple of 8). Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int block_finish(struct block_writer *writer, struct buffer *out);

/* One cell; `text` points into the block, is not zero-terminated, and is valid as long as the block. */
struct block_cell {
  enum block_tag tag;
  int64_t integer;  /* of INTEGER, BIG_INTEGER, BOOLEAN */
  double real;      /* of REAL, INTEGER */
  const char *text; /* of TEXT, JSON, BLOB */
  size_t length;
};

/* Reads a block from cell to cell. Input comes from outside: block_read_init checks every length first. */
struct block_reader {
  uint32_t rows, columns;
  uint32_t cell; /* next cell */
  const char *values, *tags, *text, *blobs;
};

/* Returns TIDE_OK, or TIDE_ERROR_MISUSE when `data` is not one well-formed block (UTF-8 included). */
int block_read_init(struct block_reader *reader, const void *data, size_t size);
/* Where the block ends, as its header of 16 bytes says: the size of a block that another one follows. SIZE_MAX when
 * no memory could hold it. */
size_t block_size(const void *data);
/* The next cell in row order; false at the end. */
bool block_next(struct block_reader *reader, struct block_cell *cell);

#endif
