/* Rows as compact typed bytes: building, comparing, hashing, binding. */
#include "view/row.h"

#include <stddef.h>
#include <string.h>

enum { BLOCK_SIZE_MIN = 4096, BLOCK_SIZE_MAX = 1 << 20, BLOCK_SIZE_KEPT = 1 << 16 };

struct row_block {
  struct row_block *next;
  size_t size;
  unsigned char bytes[];
};

enum row_type row_affinity(struct type type) {
  const char *storage = type_storage(type);
  if (strcmp(storage, "INTEGER") == 0)
    return ROW_INTEGER;
  if (strcmp(storage, "REAL") == 0)
    return ROW_REAL;
  return strcmp(storage, "TEXT") == 0 ? ROW_TEXT : ROW_NULL;
}

/* --- memory --- */

void row_pool_init(struct row_pool *pool, struct memory *memory) {
  *pool = (struct row_pool){.memory = memory};
}

static void release_from(struct row_pool *pool, struct row_block *block) {
  while (block) {
    struct row_block *next = block->next;
    memory_release(pool->memory, block);
    block = next;
  }
}

void row_pool_deinit(struct row_pool *pool) {
  release_from(pool, pool->block);
  row_pool_init(pool, pool->memory);
}

void row_pool_clear(struct row_pool *pool) {
  pool->failed = false;
  if (!pool->block)
    return;
  if (pool->block->size > BLOCK_SIZE_KEPT) {
    row_pool_deinit(pool);
    return;
  }
  release_from(pool, pool->block->next);
  pool->block->next = NULL;
  pool->open = pool->end = pool->block->bytes;
}

/* Makes room for `size` bytes; the row being built moves along into the new block. */
static bool reserve(struct row_pool *pool, size_t size) {
  if (pool->failed)
    return false;
  if ((size_t)(pool->limit - pool->end) >= size)
    return true;
  size_t begun = (size_t)(pool->end - pool->open);
  size_t wanted = pool->block ? pool->block->size * 2 : BLOCK_SIZE_MIN;
  if (wanted > BLOCK_SIZE_MAX)
    wanted = BLOCK_SIZE_MAX;
  if (wanted < begun + size)
    wanted = (begun + size) * 2;
  struct row_block *block = NULL;
  if (begun + size <= UINT32_MAX)
    block = memory_allocate(pool->memory, offsetof(struct row_block, bytes) + wanted);
  if (!block) {
    pool->failed = true;
    return false;
  }
  if (begun > 0)
    memcpy(block->bytes, pool->open, begun);
  block->next = pool->block;
  block->size = wanted;
  pool->block = block;
  pool->open = block->bytes;
  pool->end = block->bytes + begun;
  pool->limit = block->bytes + wanted;
  return true;
}

/* --- building --- */

void row_begin(struct row_pool *pool) {
  pool->open = pool->end;
}

static void add_fixed(struct row_pool *pool, enum row_type type, const void *value) {
  if (!reserve(pool, 9))
    return;
  pool->end[0] = (unsigned char)type;
  memcpy(pool->end + 1, value, 8);
  pool->end += 9;
}

void row_add_integer(struct row_pool *pool, int64_t value) {
  add_fixed(pool, ROW_INTEGER, &value);
}

static void add_real(struct row_pool *pool, double value, enum row_type affinity) {
  if (value == 0)
    value = 0; /* SQLite stores -0.0 as 0.0 */
  if (affinity == ROW_INTEGER && value >= -9007199254740992.0 &&
      value <= 9007199254740992.0 && (double)(int64_t)value == value)
    row_add_integer(pool, (int64_t)value);
  else
    add_fixed(pool, ROW_REAL, &value);
}

void row_add_text(struct row_pool *pool, enum row_type type, const void *bytes,
                  uint32_t size) {
  if ((!bytes && size > 0) || !reserve(pool, 5 + (size_t)size)) {
    pool->failed = true;
    return;
  }
  pool->end[0] = (unsigned char)type;
  memcpy(pool->end + 1, &size, 4);
  if (size > 0)
    memcpy(pool->end + 5, bytes, size);
  pool->end += 5 + size;
}

void row_add_null(struct row_pool *pool) {
  if (reserve(pool, 1))
    *pool->end++ = ROW_NULL;
}

void row_add(struct row_pool *pool, sqlite3_value *value, enum row_type affinity) {
  int type = sqlite3_value_type(value);
  if (affinity == ROW_TEXT && (type == SQLITE_INTEGER || type == SQLITE_FLOAT))
    type = SQLITE_TEXT; /* sqlite3_value_text converts as the column would */
  switch (type) {
  case SQLITE_INTEGER:
    if (affinity == ROW_REAL)
      add_real(pool, (double)sqlite3_value_int64(value), ROW_REAL);
    else
      row_add_integer(pool, sqlite3_value_int64(value));
    break;
  case SQLITE_FLOAT: add_real(pool, sqlite3_value_double(value), affinity); break;
  case SQLITE_TEXT: {
    const void *text = sqlite3_value_text(value); /* NULL: memory ran out */
    if (text)
      row_add_text(pool, ROW_TEXT, text, (uint32_t)sqlite3_value_bytes(value));
    else
      pool->failed = true;
    break;
  }
  case SQLITE_BLOB: {
    const void *blob = sqlite3_value_blob(value);
    row_add_text(pool, ROW_BLOB, blob, (uint32_t)sqlite3_value_bytes(value));
    break;
  }
  default: row_add_null(pool);
  }
}

void row_add_bytes(struct row_pool *pool, const unsigned char *bytes, size_t size) {
  if (!reserve(pool, size))
    return;
  memcpy(pool->end, bytes, size);
  pool->end += size;
}

struct row row_end(struct row_pool *pool) {
  /* a row without columns still is a row */
  if (!reserve(pool, pool->end == pool->open ? 1 : 0))
    return (struct row){0};
  return (struct row){pool->open, (uint32_t)(pool->end - pool->open)};
}

void row_abandon(struct row_pool *pool, struct row row) {
  if (row.bytes && row.bytes == pool->open)
    pool->end = pool->open;
}

struct row row_of_statement(struct row_pool *pool, sqlite3_stmt *statement, int count,
                            const enum row_type *affinity) {
  row_begin(pool);
  for (int i = 0; i < count; i++)
    row_add(pool, sqlite3_column_value(statement, i),
            affinity ? affinity[i] : ROW_NULL);
  return row_end(pool);
}

/* --- comparing --- */

bool row_equal(struct row left, struct row right) {
  return left.size == right.size && memcmp(left.bytes, right.bytes, left.size) == 0;
}

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

/* Kept in database files (`__hash`), so it never changes. */
uint64_t row_hash(struct row row) {
  uint64_t hash = mix(0x5469646521u, row.size);
  uint32_t at = 0;
  for (; at + 8 <= row.size; at += 8) {
    uint64_t word;
    memcpy(&word, row.bytes + at, 8);
    hash = mix(hash, word);
  }
  uint64_t rest = 0;
  if (at < row.size)
    memcpy(&rest, row.bytes + at, row.size - at);
  hash = mix(hash, rest);
  return hash ^ (hash >> 32);
}

/* --- reading --- */

const unsigned char *row_read(const unsigned char *at, struct row_value *value) {
  value->type = (enum row_type) * at++;
  switch (value->type) {
  case ROW_NULL: return at;
  case ROW_INTEGER: memcpy(&value->integer, at, 8); return at + 8;
  case ROW_REAL: memcpy(&value->real, at, 8); return at + 8;
  default:
    memcpy(&value->size, at, 4);
    value->bytes = at + 4;
    return at + 4 + value->size;
  }
}

int row_bind_value(sqlite3_stmt *statement, int index, const struct row_value *value) {
  switch (value->type) {
  case ROW_INTEGER: return sqlite3_bind_int64(statement, index, value->integer);
  case ROW_REAL: return sqlite3_bind_double(statement, index, value->real);
  case ROW_TEXT:
    return sqlite3_bind_text(statement, index, (const char *)value->bytes,
                             (int)value->size, SQLITE_STATIC);
  case ROW_BLOB:
    return sqlite3_bind_blob(statement, index, value->bytes, (int)value->size,
                             SQLITE_STATIC);
  case ROW_NULL: break;
  }
  return sqlite3_bind_null(statement, index);
}

int row_bind(sqlite3_stmt *statement, int first, struct row row, int count) {
  const unsigned char *at = row.bytes;
  int rc = SQLITE_OK;
  for (int i = 0; i < count && rc == SQLITE_OK; i++) {
    struct row_value value;
    at = row_read(at, &value);
    rc = row_bind_value(statement, first + i, &value);
  }
  return rc;
}

/* --- in SQL --- */

static void hash_function(sqlite3_context *context, int count, sqlite3_value **values) {
  struct row_pool pool;
  row_pool_init(&pool, memory_default());
  row_begin(&pool);
  for (int i = 0; i < count; i++)
    row_add(&pool, values[i], ROW_NULL);
  struct row row = row_end(&pool);
  if (row.bytes)
    sqlite3_result_int64(context, (int64_t)row_hash(row));
  else
    sqlite3_result_error_nomem(context);
  row_pool_deinit(&pool);
}

int row_register(sqlite3 *handle) {
  return sqlite3_create_function_v2(handle, "tide_row_hash", -1,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC |
                                        SQLITE_INNOCUOUS,
                                    NULL, hash_function, NULL, NULL, NULL);
}
