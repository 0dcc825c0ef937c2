/* Rows of a result as typed bytes (view/row.h has the format), and what two results do not share. */
#ifndef TIDE_VIEWS_ROWS_H
#define TIDE_VIEWS_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "tidemark.h"
#include "view/row.h"

struct rows {
  struct buffer bytes;
  size_t *at; /* where each begins */
  size_t count, capacity;
  struct row_pool pool;
};

void rows_init(struct rows *rows);
void rows_deinit(struct rows *rows);
void rows_clear(struct rows *rows);

/* The current row of a statement of the engine. */
void rows_add(struct rows *rows, tide_statement *statement);
/* The current row of a statement of SQLite's, with `count` columns that are stored with that affinity (view/row.h). */
void rows_add_stored(struct rows *rows, sqlite3_stmt *statement, int count,
                     const enum row_type *affinity);

/* Is there a row that one has more often than the other? Tells of the first few in `report`. */
bool rows_differ(const struct rows *found, const struct rows *wanted,
                 struct buffer *report);

#endif
