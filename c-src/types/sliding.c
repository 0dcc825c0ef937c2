/* How the rows of moving frames are numbered.
 *
 * The level of a row is one more than that of the last row that its frame does not reach. A frame then has all rows of its level up
 * to the row itself, some of the level below, and no others. Which of the level below a place in one list tells: a row stands
 * behind those that its frame does not reach, and before those that it does; only neighbouring levels have to agree, so there
 * always is such a place. A number is the level times the distance, and the place. */
#include "types/sliding.h"

static void insert_behind(struct sliding_row *rows, size_t row, size_t other) {
  size_t next = rows[other].behind;
  rows[row].before = other;
  rows[row].behind = next;
  rows[other].behind = row;
  rows[next].before = row;
}

void sliding_number(struct sliding_row *rows, size_t count) {
  size_t end = count; /* before the first and behind the last */
  rows[end].before = rows[end].behind = end;
  for (size_t i = 0; i < count; i++) {
    size_t first = rows[i].first;
    rows[i].level = first == 0 ? 0 : rows[first - 1].level + 1;
    if (first < i && rows[first].level < rows[i].level)
      insert_behind(rows, i, rows[first].before);
    else if (first < i && rows[i - 1].first == first)
      insert_behind(rows, i, i - 1);
    else /* none of the level below is reached */
      insert_behind(rows, i, first == 0 ? end : first - 1);
  }
  int64_t place = 0;
  for (size_t i = rows[end].behind; i != end; i = rows[i].behind)
    rows[i].number = (int64_t)rows[i].level * SLIDING_DISTANCE + place++;
}
