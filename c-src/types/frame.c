/* Aggregates that cannot take a row back, as window functions. */
#include "types/frame.h"

#include <string.h>

/* A queue of the rows in the frame: values first … end - 1, those of a row side by side. The first `stepped` of them the
 * state that follows in memory has seen. */
struct frame {
  sqlite3_value **values;
  size_t first, stepped, end, capacity;
  size_t width; /* values of a row */
  bool left;    /* a row that the state has seen is gone */
};

static void *state_of(struct frame *frame) {
  return frame + 1;
}

/* Makes room at the end for `count` values: half of it is what has left the frame, or it grows. */
static bool reserve(struct frame *frame, size_t count) {
  if (frame->end + count <= frame->capacity)
    return true;
  if (frame->first > frame->capacity / 2) {
    memmove(frame->values, frame->values + frame->first,
            (frame->end - frame->first) * sizeof *frame->values);
    frame->end -= frame->first;
    frame->stepped -= frame->first;
    frame->first = 0;
    return true;
  }
  size_t capacity = frame->capacity ? 2 * frame->capacity : 16;
  sqlite3_value **values =
      sqlite3_realloc64(frame->values, capacity * sizeof *frame->values);
  if (values == NULL)
    return false;
  frame->values = values;
  frame->capacity = capacity;
  return true;
}

static void drop_row(struct frame *frame) {
  for (size_t i = 0; i < frame->width; i++)
    sqlite3_value_free(frame->values[frame->first + i]);
  frame->first += frame->width;
}

/* Copies the values behind the last row. Returns false, having copied nothing, when memory ran out. */
static bool append_row(struct frame *frame, sqlite3_value **arguments) {
  if (!reserve(frame, frame->width))
    return false;
  for (size_t i = 0; i < frame->width; i++) {
    sqlite3_value *copy = sqlite3_value_dup(arguments[i]);
    if (copy == NULL) {
      while (i-- > 0)
        sqlite3_value_free(frame->values[frame->end + i]);
      return false;
    }
    frame->values[frame->end + i] = copy;
  }
  frame->end += frame->width;
  return true;
}

void frame_step(sqlite3_context *context, int count, sqlite3_value **arguments,
                const struct frame_aggregate *aggregate) {
  if (call_has_null(count, arguments))
    return;
  struct frame *frame =
      sqlite3_aggregate_context(context, (int)(sizeof *frame + aggregate->state_size));
  if (frame != NULL)
    frame->width = (size_t)count;
  if (frame == NULL || !append_row(frame, arguments))
    call_fail_code(context, TIDE_ERROR_NOMEM);
}

void frame_inverse(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct frame *frame = sqlite3_aggregate_context(context, 0);
  if (frame == NULL || frame->first == frame->end || call_has_null(count, arguments))
    return;
  frame->left = frame->left || frame->first < frame->stepped;
  drop_row(frame);
  if (frame->stepped < frame->first)
    frame->stepped = frame->first;
}

void frame_value(sqlite3_context *context, const struct frame_aggregate *aggregate) {
  struct frame *frame = sqlite3_aggregate_context(context, 0);
  if (frame == NULL) {
    aggregate->result(context, NULL);
    return;
  }
  if (frame->left) {
    memset(state_of(frame), 0, aggregate->state_size);
    frame->stepped = frame->first;
    frame->left = false;
  }
  for (; frame->stepped < frame->end; frame->stepped += frame->width)
    aggregate->step(context, state_of(frame), frame->values + frame->stepped);
  aggregate->result(context, state_of(frame));
}

void frame_final(sqlite3_context *context, const struct frame_aggregate *aggregate) {
  struct frame *frame = sqlite3_aggregate_context(context, 0);
  frame_value(context, aggregate);
  if (frame == NULL)
    return;
  while (frame->first < frame->end)
    drop_row(frame);
  sqlite3_free(frame->values);
}

void frame_group_step(sqlite3_context *context, int count, sqlite3_value **arguments,
                      const struct frame_aggregate *aggregate) {
  if (call_has_null(count, arguments))
    return;
  void *state = sqlite3_aggregate_context(context, (int)aggregate->state_size);
  if (state == NULL)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  else
    aggregate->step(context, state, arguments);
}

void frame_group_final(sqlite3_context *context,
                       const struct frame_aggregate *aggregate) {
  aggregate->result(context, sqlite3_aggregate_context(context, 0));
}
