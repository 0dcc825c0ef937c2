/* Deltas that are nothing but updates of some columns. */
#include "view/updates.h"

#include <string.h>

#include "view/graph.h"

uint64_t updates_all_columns(const struct relation *relation) {
  int count = relation->column_count;
  return count >= UPDATES_COLUMNS_MAX ? UINT64_MAX : updates_column(count) - 1;
}

/* Do the rows differ in nothing but these columns? */
static bool differ_only_in(struct row before, struct row after, int count,
                           uint64_t columns) {
  const unsigned char *left = before.bytes, *right = after.bytes;
  for (int i = 0; i < count; i++) {
    struct row_value value;
    const unsigned char *left_end = row_read(left, &value);
    const unsigned char *right_end = row_read(right, &value);
    size_t size = (size_t)(left_end - left);
    bool same = size == (size_t)(right_end - right) && memcmp(left, right, size) == 0;
    if (!same && !(columns & updates_column(i)))
      return false;
    left = left_end;
    right = right_end;
  }
  return true;
}

bool updates_only(const struct delta *delta, uint64_t columns) {
  if (delta->count % 2 != 0)
    return false;
  for (uint32_t i = 0; i < delta->count; i += 2) {
    const struct delta_row *before = &delta->rows[i], *after = before + 1;
    if (before->weight != -1 || after->weight != 1 ||
        !differ_only_in(before->row, after->row, delta->relation->column_count,
                        columns))
      return false;
  }
  return true;
}

void updates_print(const struct relation *relation, uint64_t columns,
                   struct buffer *out) {
  graph_print_relation(relation, out);
  const char *separator = " (";
  for (int i = 0; i < relation->column_count; i++) {
    if (!(columns & updates_column(i)))
      continue;
    buffer_format(out, "%s%s", separator, relation->columns[i].name);
    separator = ", ";
  }
  buffer_character(out, ')');
}
