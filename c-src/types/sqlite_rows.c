/* Rows of a subquery as one value, which is how LATERAL gets through SQLite: pg_rows(a, b, …) gathers them, pg_row_each(rows) in
 * FROM gives them back one by one (sqlite_rows.h), pg_row_value(row, i) is a value of one, from 0.
 *
 * A row is its length in bytes and then its values: a byte that says the type as SQLite numbers it, and the value; text and
 * bytes begin with their length. They live within a statement, so numbers are as in memory. */
#include "types/sqlite_rows.h"

#include <string.h>

/* --- gathering --- */

struct gathered {
  bool started;
  struct buffer rows;
};

static void put_bytes(struct buffer *out, const void *bytes, int count) {
  uint32_t length = (uint32_t)count;
  buffer_append(out, &length, sizeof length);
  buffer_append(out, bytes, length);
}

static void put_value(struct buffer *out, sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  int64_t integer;
  double number;
  buffer_character(out, (char)type);
  switch (type) {
  case SQLITE_INTEGER:
    integer = sqlite3_value_int64(value);
    buffer_append(out, &integer, sizeof integer);
    break;
  case SQLITE_FLOAT:
    number = sqlite3_value_double(value);
    buffer_append(out, &number, sizeof number);
    break;
  case SQLITE_TEXT:
    put_bytes(out, sqlite3_value_text(value), sqlite3_value_bytes(value));
    break;
  case SQLITE_BLOB:
    put_bytes(out, sqlite3_value_blob(value), sqlite3_value_bytes(value));
    break;
  default: break;
  }
}

void rows_append(struct buffer *rows, int count, sqlite3_value **values) {
  size_t start = rows->length;
  uint32_t length = 0;
  buffer_append(rows, &length, sizeof length);
  for (int i = 0; i < count; i++)
    put_value(rows, values[i]);
  if (rows->failed)
    return;
  length = (uint32_t)(rows->length - start - sizeof length);
  memcpy(rows->data + start, &length, sizeof length);
}

void rows_number(struct buffer *rows, int64_t number, bool flag, struct text row) {
  int64_t integers[2] = {number, flag};
  size_t size = row.length > 0 ? row.length - sizeof(uint32_t) : 0;
  uint32_t length = (uint32_t)(size + 2 * (1 + sizeof number));
  buffer_append(rows, &length, sizeof length);
  for (int i = 0; i < 2; i++) {
    buffer_character(rows, SQLITE_INTEGER);
    buffer_append(rows, &integers[i], sizeof integers[i]);
  }
  if (size > 0)
    buffer_append(rows, row.data + sizeof length, size);
}

static void rows_step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct gathered *gathered = sqlite3_aggregate_context(context, sizeof *gathered);
  if (gathered == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  if (!gathered->started)
    buffer_init(&gathered->rows, call_memory());
  gathered->started = true;
  rows_append(&gathered->rows, count, arguments);
  if (gathered->rows.failed)
    call_fail_code(context, TIDE_ERROR_NOMEM);
}

/* NULL without rows. */
static void rows_final(sqlite3_context *context) {
  struct gathered *gathered = sqlite3_aggregate_context(context, 0);
  if (gathered != NULL && gathered->started)
    call_return_bytes(context, &gathered->rows);
}

static const struct call_aggregate aggregates[] = {
    {"pg_rows", -1, rows_step, rows_final, NULL, NULL},
};

/* --- taking apart --- */

bool rows_next(struct text *rows, struct text *row) {
  uint32_t length;
  if (rows->length < sizeof length)
    return false;
  memcpy(&length, rows->data, sizeof length);
  *row = (struct text){rows->data + sizeof length, length};
  size_t used = sizeof length + length;
  *rows = (struct text){rows->data + used, rows->length - used};
  return true;
}

/* How many bytes a value has behind its type; those of text and bytes are behind their length. */
static size_t value_size(const char *value) {
  uint32_t length;
  switch (value[0]) {
  case SQLITE_INTEGER: return sizeof(int64_t);
  case SQLITE_FLOAT: return sizeof(double);
  case SQLITE_TEXT:
  case SQLITE_BLOB:
    memcpy(&length, value + 1, sizeof length);
    return sizeof length + length;
  default: return 0;
  }
}

/* NULL of none. */
static void return_value(sqlite3_context *context, const char *value) {
  if (value == NULL)
    return;
  int64_t integer;
  double number;
  size_t size = value_size(value);
  const char *bytes = value + 1 + sizeof(uint32_t);
  switch (value[0]) {
  case SQLITE_INTEGER:
    memcpy(&integer, value + 1, sizeof integer);
    sqlite3_result_int64(context, integer);
    break;
  case SQLITE_FLOAT:
    memcpy(&number, value + 1, sizeof number);
    sqlite3_result_double(context, number);
    break;
  case SQLITE_TEXT:
    sqlite3_result_text64(context, bytes, size - sizeof(uint32_t), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
    break;
  case SQLITE_BLOB:
    sqlite3_result_blob64(context, bytes, size - sizeof(uint32_t), SQLITE_TRANSIENT);
    break;
  default: break;
  }
}

/* The value of that number in a row; NULL: the row has fewer. */
static const char *value_at(struct text row, int index) {
  const char *end = row.data + row.length;
  for (; index > 0 && row.data < end; index--)
    row.data += 1 + value_size(row.data);
  return row.data < end ? row.data : NULL;
}

void rows_return(sqlite3_context *context, struct text rows, int index) {
  struct text row;
  if (rows_next(&rows, &row))
    return_value(context, value_at(row, index));
}

bool rows_integer(struct text rows, int index, int64_t *integer) {
  struct text row;
  if (!rows_next(&rows, &row))
    return false;
  const char *value = value_at(row, index);
  if (value == NULL || value[0] != SQLITE_INTEGER)
    return false;
  memcpy(integer, value + 1, sizeof *integer);
  return true;
}

/* NULL of a row that is NULL, as an outer join has, and behind a row's last value: SQLite asks for an aggregate's arguments before
 * FILTER passes over what pg_framed() gives without any. */
static void row_value(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  struct text row = {sqlite3_value_blob(arguments[0]),
                     (size_t)sqlite3_value_bytes(arguments[0])};
  if (row.data != NULL)
    return_value(context, value_at(row, sqlite3_value_int(arguments[1])));
}

static const struct call calls[] = {
    {"pg_row_value", 2, false, row_value},
};

int register_rows(sqlite3 *db, struct types_context *context) {
  int result = call_register(db, context, calls, sizeof calls / sizeof calls[0]);
  return result == SQLITE_OK
             ? call_register_aggregates(db, context, aggregates,
                                        sizeof aggregates / sizeof aggregates[0])
             : result;
}
