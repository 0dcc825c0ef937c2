/* Window functions over frames that SQLite cannot find become pg_framed(). */
#include <string.h>

#include "catalog/lower_internal.h"
#include "types/framed.h"
#include "types/sliding.h"

_Static_assert((int)SQL_PRECEDING == (int)FRAMED_PRECEDING &&
                   (int)SQL_UNBOUNDED_FOLLOWING == (int)FRAMED_UNBOUNDED_FOLLOWING,
               "bounds have one order");
_Static_assert((int)SQL_EXCLUDE_CURRENT_ROW == (int)FRAMED_EXCLUDE_CURRENT_ROW &&
                   (int)SQL_EXCLUDE_TIES == (int)FRAMED_EXCLUDE_TIES,
               "exclusions have one order");

/* Which value of the frame a window function gives; -1: none, it looks at the whole partition. */
static int result_of(const struct function *function) {
  static const char *const names[] = {NULL, "first_value", "last_value", "nth_value"};
  if (!(function->flags & FUNCTION_WINDOW))
    return FRAMED_AGGREGATE;
  for (int i = FRAMED_FIRST_VALUE; i <= FRAMED_NTH_VALUE; i++) {
    if (strcmp(function->name, names[i]) == 0)
      return i;
  }
  return -1;
}

static int bound_of(const struct sql_node *frame, int side) {
  return frame->child[side] ? frame->child[side]->op : SQL_CURRENT_ROW;
}

/* SQLite sorts NULLs first when ascending, and last when descending, where nothing is said. */
static int shape_of(const struct sql_node *frame, const struct sql_node *item,
                    struct type ordered, int result) {
  bool descending = item->flags & SQL_DESC;
  bool first =
      item->flags & SQL_NULLS_FIRST || (!descending && !(item->flags & SQL_NULLS_LAST));
  return (descending ? FRAMED_DESCENDING : 0) | (first ? FRAMED_NULLS_FIRST : 0) |
         (ordered.id == TYPE_NUMERIC ? FRAMED_NUMERIC : 0) |
         bound_of(frame, 0) << FRAMED_START_SHIFT |
         bound_of(frame, 1) << FRAMED_END_SHIFT |
         (int)frame->flags << FRAMED_EXCLUDE_SHIFT | result << FRAMED_RESULT_SHIFT;
}

/* name(pg_row_value(value, first), …) */
static void write_call(struct buffer *text, const struct sql_node *call,
                       const char *name, int first) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  bool compares = strcmp(name, "min") == 0 || strcmp(name, "max") == 0;
  const char *collation = compares ? type_collation(call->type) : NULL;
  buffer_format(text, "%s(", name);
  if (call->flags & SQL_ALL_ROWS)
    buffer_text(text, "*");
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    buffer_format(text, i ? ", pg_row_value(value, %d)" : "pg_row_value(value, %d)",
                  first + (int)i);
    if (collation) {
      buffer_text(text, " COLLATE ");
      buffer_identifier(text, collation);
    }
  }
  buffer_text(text, ")");
}

/* What pg_framed() runs: over rows that have a number and whether they count before the arguments, or over those of one frame. */
static struct sql_node *statement_of(struct lowering *lowering,
                                     const struct sql_node *call, const char *name,
                                     bool slides) {
  struct buffer text;
  buffer_init(&text, lowering->arena->memory);
  buffer_text(&text, "SELECT ");
  write_call(&text, call, name, slides ? 2 : 0);
  if (slides)
    buffer_text(&text, " FILTER (WHERE pg_row_value(value, 1)) OVER (ORDER BY "
                       "pg_row_value(value, 0) RANGE BETWEEN " SLIDING_DISTANCE_TEXT
                       " PRECEDING AND CURRENT ROW), pg_row_value(value, 1)");
  buffer_text(&text, " FROM pg_row_each(?1)");
  const char *sql = text.failed ? NULL : arena_string(lowering->arena, text.data);
  buffer_deinit(&text);
  return sql ? lower_node(lowering, SQL_STRING, call->position, sql) : NULL;
}

static struct sql_node *null_node(struct lowering *lowering, uint32_t position) {
  return lower_node(lowering, SQL_NULL, position, NULL);
}

/* NULL where the bound has no distance. */
static struct sql_node *distance_of(struct lowering *lowering,
                                    const struct sql_node *frame, int side) {
  const struct sql_node *bound = frame->child[side];
  return bound && bound->child[0] ? lower_value(lowering, bound->child[0])
                                  : null_node(lowering, frame->position);
}

static struct sql_node *zone_of(struct lowering *lowering, struct type ordered,
                                uint32_t position) {
  const char *zone = ordered.id == TYPE_TIMESTAMPTZ ? lowering->binding->zone : NULL;
  return zone ? lower_node(lowering, SQL_STRING, position, zone)
              : null_node(lowering, position);
}

static struct sql_node *keep_of(struct lowering *lowering, struct sql_node *call) {
  struct sql_node *filter = call->child[CALL_FILTER];
  call->child[CALL_FILTER] = NULL;
  return filter ? filter : lower_integer(lowering, call->position, 1);
}

/* ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING */
static struct sql_node *rest_of_partition(struct lowering *lowering,
                                          uint32_t position) {
  struct sql_node *frame = lower_node(lowering, SQL_FRAME, position, NULL);
  struct sql_node *start = lower_node(lowering, SQL_FRAME_BOUND, position, NULL);
  struct sql_node *end = lower_node(lowering, SQL_FRAME_BOUND, position, NULL);
  if (!frame || !start || !end)
    return NULL;
  frame->op = SQL_ROWS;
  start->op = SQL_CURRENT_ROW;
  end->op = SQL_UNBOUNDED_FOLLOWING;
  frame->child[FRAME_START] = start;
  frame->child[FRAME_END] = end;
  return frame;
}

struct sql_node *lower_framed(struct lowering *lowering, struct sql_node *call,
                              const struct function *function, const char *name) {
  struct sql_node *window = call->child[CALL_OVER];
  struct sql_node *frame = window->child[WINDOW_FRAME];
  struct sql_node *item = window->child[WINDOW_ORDER]->child[0];
  struct type ordered = item->child[0]->type;
  int result = result_of(function);
  uint32_t position = call->position;
  struct sql_node *key = lower_clone(lowering, item->child[0]);
  window->child[WINDOW_FRAME] =
      result < 0 ? NULL : rest_of_partition(lowering, position);
  if (!key || !lower_slot(lowering, &key) || lower_window(lowering, window) != TIDE_OK)
    return NULL;
  if (result < 0) {
    call->child[CALL_NAME] = lower_node(lowering, SQL_NAME, position, name);
    return call->child[CALL_NAME] ? call : NULL;
  }
  struct sql_node *arguments = lower_list(
      lowering, position, FRAMED_ARGUMENTS,
      statement_of(lowering, call, name, frame->flags == 0),
      lower_integer(lowering, position, shape_of(frame, item, ordered, result)),
      distance_of(lowering, frame, FRAME_START),
      distance_of(lowering, frame, FRAME_END), zone_of(lowering, ordered, position),
      key, keep_of(lowering, call));
  const struct sql_node *own = call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; arguments && own && i < own->count; i++) {
    if (!lower_append(lowering, arguments, own->child[i]))
      return NULL;
  }
  call->flags &= ~(uint32_t)SQL_ALL_ROWS;
  call->child[CALL_ARGUMENTS] = arguments;
  call->child[CALL_NAME] = lower_node(lowering, SQL_NAME, position, "pg_framed");
  return arguments && call->child[CALL_NAME] ? call : NULL;
}
