/* The rows that an INSERT … ON CONFLICT DO UPDATE has written, so that it writes none of them twice. */
#ifndef TIDE_VIEW_CAPTURE_ONCE_H
#define TIDE_VIEW_CAPTURE_ONCE_H

#include "catalog/catalog.h"

struct capture_table;

struct once {
  struct database *database;
  const struct capture_table *table; /* the statement's target; NULL: none is running */
  int64_t *slots;                    /* a hash table of rowids; INT64_MIN: empty */
  uint32_t capacity, count;          /* capacity: a power of two, or 0 */
  bool smallest;                     /* the row INT64_MIN was written */
  bool failed;                       /* memory ran out: nothing may be concluded */
};

/* Registers the SQL function __tidemark_once(rowid), which lowered statements ask before they update a row: 1, or
 * 21000 when the row is one of those written. */
int once_open(struct once *once, struct database *database);
void once_deinit(struct once *once);

/* The running statement has written this row. */
void once_add(struct once *once, int64_t rowid);
void once_end(struct once *once);

#endif
