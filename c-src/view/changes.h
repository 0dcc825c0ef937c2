/* A multiset of changes: rows, each with how many times it comes (+) or goes (-). */
#ifndef TIDE_VIEW_CHANGES_H
#define TIDE_VIEW_CHANGES_H

#include "view/row.h"

struct change {
  struct row row;
  uint64_t hash;
  int64_t weight; /* 0: came and went */
  bool in_place;  /* comes in the place of a row with the same key; see storage_apply */
};

/* Rows are found again by their bytes, so weights of equal rows add up. `failed` is
 * sticky. */
struct changes {
  struct row_pool pool;
  struct change *entries;
  uint32_t count, capacity;
  uint32_t *slots; /* index + 1 of an entry, or 0; none while there are few entries */
  uint32_t slot_count;
  bool failed;
};

void changes_init(struct changes *changes, struct memory *memory);
void changes_deinit(struct changes *changes);
void changes_clear(struct changes *changes); /* keeps its memory, unless that is much */

/* Adds `weight` to the row that was just built in `changes->pool`; its memory goes
 * back when the row was known. Returns the row's entry, valid until the next call,
 * or NULL when memory ran out. */
struct change *changes_add(struct changes *changes, struct row row, int64_t weight);

/* The first `count` columns of the statement's current row. */
struct change *changes_add_statement(struct changes *changes, sqlite3_stmt *statement,
                                     int count, const enum row_type *affinity,
                                     int64_t weight);

/* The entry of `row`, or NULL. */
struct change *changes_find(const struct changes *changes, struct row row);

#endif
