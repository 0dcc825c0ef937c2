/* The SQL functions that lowered statements need beside those of the types. */
#include "catalog/row_functions.h"

#include <string.h>

#include "types/call.h"
#include "types/value_bytes.h"

/* --- pg_row_hash --- */

/* FNV-1a, 64 bits. */
static const uint64_t hash_basis = 14695981039346656037u;

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t length) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * 1099511628211u;
  return hash;
}

/* Type and length go first, so that neighbouring values cannot run together. */
static uint64_t hash_value(uint64_t hash, sqlite3_value *value) {
  unsigned char type = (unsigned char)sqlite3_value_type(value);
  hash = hash_bytes(hash, &type, 1);
  switch (type) {
  case SQLITE_INTEGER: {
    int64_t integer = sqlite3_value_int64(value);
    return hash_bytes(hash, &integer, sizeof integer);
  }
  case SQLITE_FLOAT: {
    double real = sqlite3_value_double(value);
    return hash_bytes(hash, &real, sizeof real);
  }
  case SQLITE_NULL: return hash;
  default: {
    const void *data = value_bytes(value);
    int length = sqlite3_value_bytes(value);
    hash = hash_bytes(hash, &length, sizeof length);
    return data ? hash_bytes(hash, data, (size_t)length) : hash;
  }
  }
}

static void row_hash(sqlite3_context *context, int count, sqlite3_value **arguments) {
  uint64_t hash = hash_basis;
  for (int i = 0; i < count; i++)
    hash = hash_value(hash, arguments[i]);
  char text[16];
  for (int i = 0; i < 16; i++)
    text[i] = "0123456789abcdef"[(hash >> (60 - 4 * i)) & 15];
  sqlite3_result_text(context, text, sizeof text, SQLITE_TRANSIENT);
}

/* --- pg_single_row --- */

struct single_row {
  bool filled;
  sqlite3_value *value;
};

static void single_row_step(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  (void)count;
  struct single_row *row = sqlite3_aggregate_context(context, sizeof *row);
  if (!row) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (row->filled) {
    call_fail(context, TIDE_ERROR_CARDINALITY,
              "more than one row returned by a subquery used as an expression");
    return;
  }
  row->filled = true;
  row->value = sqlite3_value_dup(arguments[0]);
  if (!row->value)
    sqlite3_result_error_nomem(context);
}

static void single_row_final(sqlite3_context *context) {
  struct single_row *row = sqlite3_aggregate_context(context, 0);
  if (!row || !row->value)
    return;
  sqlite3_result_value(context, row->value);
  sqlite3_value_free(row->value);
  row->value = NULL;
}

/* --- pg_limit, pg_offset --- */

static void row_count(sqlite3_context *context, sqlite3_value *value, int64_t none,
                      const char *word, const char *sqlstate) {
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    sqlite3_result_int64(context, none);
    return;
  }
  int64_t number = sqlite3_value_int64(value);
  if (number >= 0) {
    sqlite3_result_int64(context, number);
    return;
  }
  call_fail(context, TIDE_ERROR_INVALID_ARGUMENT, "%s must not be negative", word);
  struct error *error = call_context(context)->error;
  if (error && error->code == TIDE_ERROR_INVALID_ARGUMENT)
    memcpy(error->sqlstate, sqlstate, sizeof error->sqlstate);
}

static void limit(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  row_count(context, arguments[0], -1, "LIMIT", "2201W");
}

static void offset(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  row_count(context, arguments[0], 0, "OFFSET", "2201X");
}

/* The rank of the last row of a query that ends with its ties; a limit below 0 is none. */
static void last_rank(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  int64_t limit = sqlite3_value_int64(arguments[0]);
  int64_t offset = sqlite3_value_int64(arguments[1]);
  if (limit < 0 || offset > INT64_MAX - limit)
    sqlite3_result_int64(context, INT64_MAX);
  else
    sqlite3_result_int64(context, limit > 0 ? limit + offset : 0);
}

int row_functions_register(struct database *database) {
  static const struct call calls[] = {
      {"pg_row_hash", -1, false, row_hash},
      {"pg_limit", 1, false, limit},
      {"pg_offset", 1, false, offset},
      {"pg_last_rank", 2, false, last_rank},
  };
  static const struct call_aggregate aggregates[] = {
      {"pg_single_row", 1, single_row_step, single_row_final, NULL, NULL},
  };
  int result = call_register(database->handle, &database->types, calls,
                             sizeof calls / sizeof calls[0]);
  if (result == SQLITE_OK)
    result = call_register_aggregates(database->handle, &database->types, aggregates,
                                      sizeof aggregates / sizeof aggregates[0]);
  return database_error(database, result);
}
