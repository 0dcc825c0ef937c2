/* Deltas that are nothing but updates of some columns, and such columns as bits of a number. */
#ifndef TIDE_VIEW_UPDATES_H
#define TIDE_VIEW_UPDATES_H

#include "base/buffer.h"
#include "view/delta.h"

/* Columns from this one on have no bit: they are in no set. */
enum { UPDATES_COLUMNS_MAX = 64 };

static inline uint64_t updates_column(int column) {
  return column >= 0 && column < UPDATES_COLUMNS_MAX ? (uint64_t)1 << column : 0;
}
uint64_t updates_all_columns(const struct relation *relation);

/* Is the delta nothing but updates of these columns? An update is a row that went and behind
 * it the one that came (delta.h). */
bool updates_only(const struct delta *delta, uint64_t columns);

/* Appends "relation (column, …)". */
void updates_print(const struct relation *relation, uint64_t columns,
                   struct buffer *out);

#endif
