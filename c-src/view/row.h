/* Rows as compact typed bytes: what capture keeps, deltas carry and views are compared by.
 *
 * ROW FORMAT (little-endian), for each column one after the other
 *   u8 type: 0 NULL, 1 INTEGER, 2 REAL, 3 TEXT, 4 BLOB
 *   INTEGER, REAL: 8 bytes
 *   TEXT, BLOB: u32 n, n bytes
 *
 * Two rows are the same exactly when their bytes are. SQL's `=` also calls 1 and 1.0 equal,
 * or '1.0' and '1.00' under a collation; the contents of a view must not.
 */
#ifndef TIDE_VIEW_ROW_H
#define TIDE_VIEW_ROW_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "types/type.h"

enum row_type { ROW_NULL, ROW_INTEGER, ROW_REAL, ROW_TEXT, ROW_BLOB };

/* `bytes` is NULL when there is no row. */
struct row {
  const unsigned char *bytes;
  uint32_t size;
};

/* What a column turns numbers into when it stores them: a value that a query
 * computes has to be made the same before it is compared with one that was stored.
 * ROW_NULL: nothing. */
enum row_type row_affinity(struct type type);

/* Where rows are built and kept until all are cleared. `failed` is sticky: memory
 * ran out. */
struct row_pool {
  struct memory *memory;
  struct row_block *block;
  unsigned char *open;  /* where the row being built begins */
  unsigned char *end;   /* of what is used */
  unsigned char *limit; /* of the block */
  bool failed;
};

void row_pool_init(struct row_pool *pool, struct memory *memory);
void row_pool_deinit(struct row_pool *pool);
void row_pool_clear(struct row_pool *pool); /* keeps a block, if it is small */

/* One row: begin, add its values, end. The row is valid until the pool is cleared;
 * without bytes when memory ran out. */
void row_begin(struct row_pool *pool);
void row_add(struct row_pool *pool, sqlite3_value *value, enum row_type affinity);
void row_add_integer(struct row_pool *pool, int64_t value);
void row_add_null(struct row_pool *pool);
/* `type`: ROW_TEXT or ROW_BLOB */
void row_add_text(struct row_pool *pool, enum row_type type, const void *bytes,
                  uint32_t size);
/* Values as they stand in another row. */
void row_add_bytes(struct row_pool *pool, const unsigned char *bytes, size_t size);
struct row row_end(struct row_pool *pool);
/* Gives back the memory of the row that was ended last. */
void row_abandon(struct row_pool *pool, struct row row);

/* The first `count` columns of the statement's current row. `affinity` may be NULL. */
struct row row_of_statement(struct row_pool *pool, sqlite3_stmt *statement, int count,
                            const enum row_type *affinity);

/* Makes row_hash known to SQL: tide_row_hash(value, …). Returns SQLite's result. */
int row_register(sqlite3 *handle);

bool row_equal(struct row left, struct row right);
uint64_t row_hash(struct row row);

/* One value; `bytes` points into the row. */
struct row_value {
  enum row_type type;
  int64_t integer;
  double real;
  const unsigned char *bytes;
  uint32_t size;
};

/* Reads the value at `at`; returns where the next one begins. */
const unsigned char *row_read(const unsigned char *at, struct row_value *value);

/* Binds values without copying them: the row must outlive the run. Returns SQLite's
 * result. */
int row_bind_value(sqlite3_stmt *statement, int index, const struct row_value *value);
int row_bind(sqlite3_stmt *statement, int first, struct row row, int count);

#endif
