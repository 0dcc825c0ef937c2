/* Results compared as multisets of typed values. */
#include "rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rows_init(struct rows *rows) {
  *rows = (struct rows){0};
  buffer_init(&rows->bytes, memory_default());
  row_pool_init(&rows->pool, memory_default());
}

void rows_deinit(struct rows *rows) {
  buffer_deinit(&rows->bytes);
  row_pool_deinit(&rows->pool);
  free(rows->at);
}

void rows_clear(struct rows *rows) {
  buffer_clear(&rows->bytes);
  rows->count = 0;
}

/* --- adding --- */

static void begin_row(struct rows *rows) {
  if (rows->count == rows->capacity) {
    rows->capacity = rows->capacity * 2 + 64;
    rows->at = realloc(rows->at, rows->capacity * sizeof *rows->at);
  }
  rows->at[rows->count++] = rows->bytes.length;
}

static void add_value(struct buffer *out, tide_statement *statement, int column) {
  enum tide_value kind = tide_column_value(statement, column);
  size_t size = 0;
  buffer_character(out, (char)kind);
  if (kind == TIDE_INTEGER) {
    int64_t value = tide_column_integer(statement, column);
    buffer_append(out, &value, sizeof value);
  } else if (kind == TIDE_REAL) {
    double value = tide_column_real(statement, column);
    buffer_append(out, &value, sizeof value);
  } else if (kind == TIDE_TEXT || kind == TIDE_BLOB) {
    const void *data = kind == TIDE_TEXT
                           ? (const void *)tide_column_text(statement, column, &size)
                           : tide_column_blob(statement, column, &size);
    uint32_t length = (uint32_t)size;
    buffer_append(out, &length, sizeof length);
    buffer_append(out, data, size);
  }
}

void rows_add(struct rows *rows, tide_statement *statement) {
  begin_row(rows);
  for (int i = 0; i < tide_column_count(statement); i++)
    add_value(&rows->bytes, statement, i);
}

void rows_add_stored(struct rows *rows, sqlite3_stmt *statement, int count,
                     const enum row_type *affinity) {
  struct row row = row_of_statement(&rows->pool, statement, count, affinity);
  begin_row(rows);
  buffer_append(&rows->bytes, row.bytes, row.size);
  row_pool_clear(&rows->pool);
}

/* --- comparing --- */

struct span {
  const unsigned char *data;
  size_t size;
};

static int compare_spans(const void *left, const void *right) {
  const struct span *a = left, *b = right;
  int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);
  if (order != 0 || a->size == b->size)
    return order;
  return a->size < b->size ? -1 : 1;
}

static struct span *sorted(const struct rows *rows) {
  struct span *spans = malloc((rows->count + 1) * sizeof *spans);
  for (size_t i = 0; i < rows->count; i++) {
    size_t end = i + 1 < rows->count ? rows->at[i + 1] : rows->bytes.length;
    spans[i] = (struct span){(const unsigned char *)rows->bytes.data + rows->at[i],
                             end - rows->at[i]};
  }
  qsort(spans, rows->count, sizeof *spans, compare_spans);
  return spans;
}

static void print_value(struct buffer *out, const struct row_value *value) {
  char number[40] = "NULL";
  switch (value->type) {
  case ROW_TEXT:
  case ROW_BLOB:
    buffer_text(out, value->type == ROW_BLOB ? "x'" : "'");
    buffer_append(out, value->bytes, value->size);
    buffer_character(out, '\'');
    return;
  case ROW_INTEGER: snprintf(number, sizeof number, "%" PRId64, value->integer); break;
  case ROW_REAL: snprintf(number, sizeof number, "%.17g (real)", value->real); break;
  default: break;
  }
  buffer_text(out, number);
}

static void print_row(struct buffer *out, struct span row) {
  const unsigned char *at = row.data, *end = row.data + row.size;
  while (at < end) {
    struct row_value value;
    buffer_text(out, at == row.data ? "" : " | ");
    at = row_read(at, &value);
    print_value(out, &value);
  }
}

static bool same_order(const struct rows *a, const struct rows *b) {
  return a->count == b->count && a->bytes.length == b->bytes.length &&
         (a->bytes.length == 0 ||
          memcmp(a->bytes.data, b->bytes.data, a->bytes.length) == 0);
}

bool rows_differ(const struct rows *found, const struct rows *wanted,
                 struct buffer *report) {
  if (same_order(found, wanted))
    return false;
  struct span *a = sorted(found), *b = sorted(wanted);
  size_t i = 0, j = 0;
  int count = 0;
  while (i < found->count || j < wanted->count) {
    int order = i == found->count    ? 1
                : j == wanted->count ? -1
                                     : compare_spans(&a[i], &b[j]);
    if (order != 0 && ++count <= 8) {
      buffer_text(report, order < 0 ? "# too many: " : "# missing:  ");
      print_row(report, order < 0 ? a[i] : b[j]);
      buffer_character(report, '\n');
    }
    i += order <= 0;
    j += order >= 0;
  }
  free(a);
  free(b);
  return count > 0;
}
