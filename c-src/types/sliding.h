/* Numbers for rows whose frames only move forward, such that RANGE BETWEEN SLIDING_DISTANCE PRECEDING AND CURRENT ROW over them
 * finds each frame. */
#ifndef TIDE_TYPES_SLIDING_H
#define TIDE_TYPES_SLIDING_H

#include <stddef.h>
#include <stdint.h>

#define SLIDING_DISTANCE      INT64_C(4294967296)
#define SLIDING_DISTANCE_TEXT "4294967296"

struct sliding_row {
  size_t
      first; /* of the row's frame: at most the row itself, and not before that of the row before */
  int64_t number; /* the result, ascending */
  /* while they are numbered: a list in which each row has its place */
  size_t level, before, behind;
};

/* Numbers the rows. rows[count] is scratch. */
void sliding_number(struct sliding_row *rows, size_t count);

#endif
