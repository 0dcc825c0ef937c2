/* Aggregates that cannot take a row back, as window functions: the rows of the frame are kept, and gone through again
 * after some have left it, as PostgreSQL does. */
#ifndef TIDE_TYPES_FRAME_H
#define TIDE_TYPES_FRAME_H

#include "types/call.h"

/* An aggregate that passes over rows with a NULL among their arguments. */
struct frame_aggregate {
  size_t
      state_size; /* of a state: zeros at first, with nothing in it that has to be released */
  /* The arguments stay valid while the frame is. */
  void (*step)(sqlite3_context *, void *state, sqlite3_value **arguments);
  /* `state` is NULL where there was no row. */
  void (*result)(sqlite3_context *, const void *state);
};

/* What SQLite calls, of an aggregate of `count` arguments. */
void frame_step(sqlite3_context *context, int count, sqlite3_value **arguments,
                const struct frame_aggregate *aggregate);
void frame_inverse(sqlite3_context *context, int count, sqlite3_value **arguments);
void frame_value(sqlite3_context *context, const struct frame_aggregate *aggregate);
void frame_final(sqlite3_context *context, const struct frame_aggregate *aggregate);

/* The same aggregate of a group: nothing is kept. */
void frame_group_step(sqlite3_context *context, int count, sqlite3_value **arguments,
                      const struct frame_aggregate *aggregate);
void frame_group_final(sqlite3_context *context,
                       const struct frame_aggregate *aggregate);

/* The functions of `name`_frame: over a window. */
#define FRAME_AGGREGATE(name, ...)                                                     \
  static const struct frame_aggregate name = {__VA_ARGS__};                            \
  static void name##_frame_step(sqlite3_context *context, int count,                   \
                                sqlite3_value **arguments) {                           \
    frame_step(context, count, arguments, &name);                                      \
  }                                                                                    \
  static void name##_frame_value(sqlite3_context *context) {                           \
    frame_value(context, &name);                                                       \
  }                                                                                    \
  static void name##_frame_final(sqlite3_context *context) {                           \
    frame_final(context, &name);                                                       \
  }

/* … and those of `name`: of a group. */
#define GROUP_AGGREGATE(name, ...)                                                     \
  FRAME_AGGREGATE(name, __VA_ARGS__)                                                   \
  static void name##_step(sqlite3_context *context, int count,                         \
                          sqlite3_value **arguments) {                                 \
    frame_group_step(context, count, arguments, &name);                                \
  }                                                                                    \
  static void name##_final(sqlite3_context *context) {                                 \
    frame_group_final(context, &name);                                                 \
  }

/* Entries of a table of struct call_aggregate; SQLite's names are pg_`name` and pg_`name`_frame. */
#define FRAME_CALL(name, count)                                                        \
  {                                                                                    \
    "pg_" #name "_frame", count, name##_frame_step, name##_frame_final,                \
        name##_frame_value, frame_inverse                                              \
  }
#define GROUP_CALLS(name, count)                                                       \
  {"pg_" #name, count, name##_step, name##_final, NULL, NULL}, FRAME_CALL(name, count)

#endif
