/* How lowering tells pg_framed() which frame a window function looks through, and what it makes of it. */
#ifndef TIDE_TYPES_FRAMED_H
#define TIDE_TYPES_FRAMED_H

/* Its arguments. Those of the function itself come last. */
enum framed_argument {
  FRAMED_SQL,   /* what computes an aggregate of the rows that are bound to ?1 */
  FRAMED_SHAPE, /* bits, below */
  FRAMED_START, /* distances, NULL where the bound has none */
  FRAMED_END,
  FRAMED_ZONE, /* whose days those of an interval are */
  FRAMED_KEY,  /* what the window is ordered by */
  FRAMED_KEEP, /* does FILTER let the row through? */
  FRAMED_ARGUMENTS
};

/* In the order of enum sql_bound. */
enum framed_bound {
  FRAMED_UNBOUNDED_PRECEDING,
  FRAMED_PRECEDING,
  FRAMED_CURRENT_ROW,
  FRAMED_FOLLOWING,
  FRAMED_UNBOUNDED_FOLLOWING
};

/* In the order of enum sql_exclusion. */
enum framed_exclusion {
  FRAMED_EXCLUDE_NOTHING,
  FRAMED_EXCLUDE_CURRENT_ROW,
  FRAMED_EXCLUDE_GROUP,
  FRAMED_EXCLUDE_TIES
};

/* An aggregate, or the value of one row of the frame. */
enum framed_result {
  FRAMED_AGGREGATE,
  FRAMED_FIRST_VALUE,
  FRAMED_LAST_VALUE,
  FRAMED_NTH_VALUE
};

enum framed_shape {
  FRAMED_DESCENDING = 1 << 0,
  FRAMED_NULLS_FIRST = 1 << 1,
  FRAMED_NUMERIC = 1 << 2,  /* otherwise instants and intervals */
  FRAMED_START_SHIFT = 3,   /* 3 bits */
  FRAMED_END_SHIFT = 6,     /* 3 bits */
  FRAMED_EXCLUDE_SHIFT = 9, /* 2 bits */
  FRAMED_RESULT_SHIFT = 11  /* 2 bits */
};

#endif
