/* Window functions, the windows they look through, and frames. */
#include <string.h>

#include "catalog/bind_internal.h"

static const struct sql_node *find_named_window(const struct scope *scope,
                                                const char *name) {
  const struct sql_node *windows = scope->level->windows;
  for (uint32_t i = 0; windows && i < windows->count; i++) {
    if (strcmp(windows->child[i]->text, name) == 0)
      return windows->child[i];
  }
  return NULL;
}

static bool check_named_window(struct binder *binder, const struct scope *scope,
                               const char *name, uint32_t position) {
  if (find_named_window(scope, name))
    return true;
  error_set_at(binder->error, TIDE_ERROR_UNDEFINED_OBJECT, position,
               "window %q does not exist", name);
  return false;
}

/* The type of a RANGE frame's distance, by that of the column that is ordered by. Returns false where there is none. */
static bool range_distance(struct type order, struct type *distance) {
  switch (order.array ? TYPE_ANY : order.id) {
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_DOUBLE: *distance = order; return true;
  case TYPE_NUMERIC: *distance = TYPE(TYPE_NUMERIC); return true;
  case TYPE_REAL: *distance = TYPE(TYPE_DOUBLE); return true;
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ: *distance = TYPE(TYPE_INTERVAL); return true;
  default: return false;
  }
}

static bool check_range(struct binder *binder, const struct sql_node *window,
                        const struct sql_node *order, struct type *distance) {
  struct sql_node *frame = window->child[WINDOW_FRAME];
  if (!order || order->count != 1) {
    error_set_at(binder->error, TIDE_ERROR_WINDOWING, frame->position,
                 "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY "
                 "column");
    return false;
  }
  struct type type = order->child[0]->child[0]->type;
  if (!range_distance(type, distance)) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, frame->position,
                 "RANGE with a distance is not supported for type %s",
                 bind_type_text(binder, type));
    return false;
  }
  return true;
}

/* A frame begins before it ends. */
static bool check_frame_order(struct binder *binder, const struct sql_node *frame) {
  const struct sql_node *start = frame->child[0], *end = frame->child[1];
  const char *wrong = NULL;
  if (start && start->op == SQL_UNBOUNDED_FOLLOWING)
    wrong = "frame start cannot be UNBOUNDED FOLLOWING";
  else if (end && end->op == SQL_UNBOUNDED_PRECEDING)
    wrong = "frame end cannot be UNBOUNDED PRECEDING";
  else if (start && start->op == SQL_FOLLOWING && (!end || end->op < SQL_FOLLOWING))
    wrong = "frame starting from following row cannot have preceding rows";
  else if (start && start->op == SQL_CURRENT_ROW && end && end->op < SQL_CURRENT_ROW)
    wrong = "frame starting from current row cannot have preceding rows";
  if (wrong)
    error_set_at(binder->error, TIDE_ERROR_WINDOWING, frame->position, "%s", wrong);
  return !wrong;
}

static const char *mode_name(const struct sql_node *frame) {
  return frame->op == SQL_ROWS ? "ROWS" : frame->op == SQL_RANGE ? "RANGE" : "GROUPS";
}

static void refuse_distance(struct binder *binder, const struct sql_node *frame,
                            const struct sql_node *distance,
                            const struct sql_node *order) {
  if (frame->op == SQL_RANGE)
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, distance->position,
                 "RANGE with offset PRECEDING/FOLLOWING is not supported for column "
                 "type %s and offset type %s",
                 bind_type_text(binder, order->child[0]->child[0]->type),
                 bind_type_text(binder, distance->type));
  else
    error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, distance->position,
                 "argument of %s must be type bigint, not type %s", mode_name(frame),
                 bind_type_text(binder, distance->type));
}

static bool bind_distance(struct binder *binder, struct scope *scope,
                          const struct sql_node *window, const struct sql_node *order,
                          struct sql_node **slot) {
  const struct sql_node *frame = window->child[WINDOW_FRAME];
  struct type type = TYPE(TYPE_BIGINT);
  if ((frame->op == SQL_RANGE && !check_range(binder, window, order, &type)) ||
      !bind_slot(binder, scope, slot))
    return false;
  if (bind_uses_level(*slot, scope->level->id)) {
    error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE, (*slot)->position,
                 "argument of %s must not contain variables", mode_name(frame));
    return false;
  }
  if (!bind_can_convert(*slot, type, CONVERT_IMPLICIT)) {
    refuse_distance(binder, frame, *slot, order);
    return false;
  }
  *slot = bind_convert(binder, *slot, type, CONVERT_IMPLICIT);
  return *slot != NULL;
}

static bool bind_frame(struct binder *binder, struct scope *scope,
                       const struct sql_node *window, const struct sql_node *order) {
  const struct sql_node *frame = window->child[WINDOW_FRAME];
  if (!frame)
    return true;
  if (!check_frame_order(binder, frame))
    return false;
  if (frame->op == SQL_GROUPS && (!order || order->count == 0)) {
    error_set_at(binder->error, TIDE_ERROR_WINDOWING, frame->position,
                 "GROUPS mode requires an ORDER BY clause");
    return false;
  }
  for (int i = 0; i < 2; i++) {
    struct sql_node *bound = frame->child[i];
    if (bound && bound->child[0] &&
        !bind_distance(binder, scope, window, order, &bound->child[0]))
      return false;
  }
  return true;
}

static bool bind_partition(struct binder *binder, struct scope *scope,
                           struct sql_node *partition) {
  if (!bind_list(binder, scope, partition))
    return false;
  for (uint32_t i = 0; partition && i < partition->count; i++)
    if (!bind_check_comparable(binder, partition->child[i]->type,
                               partition->child[i]->position, "an equality"))
      return false;
  return true;
}

/* May a window have the parts that it has beside those of its base? */
static bool check_base(struct binder *binder, const struct sql_node *window,
                       const struct sql_node *base) {
  const char *wrong = NULL;
  if (window->child[WINDOW_PARTITION])
    wrong = "cannot override PARTITION BY clause of window %q";
  else if (window->child[WINDOW_ORDER] && base->child[WINDOW_ORDER])
    wrong = "cannot override ORDER BY clause of window %q";
  else if (base->child[WINDOW_FRAME])
    wrong = "cannot copy window %q because it has a frame clause";
  if (wrong)
    error_set_at(binder->error, TIDE_ERROR_WINDOWING, window->position, wrong,
                 window->text);
  return !wrong;
}

static bool bind_window(struct binder *binder, struct scope *scope,
                        struct sql_node *window) {
  const struct sql_node *order = window->child[WINDOW_ORDER];
  if (window->text) {
    if (!check_named_window(binder, scope, window->text, window->position))
      return false;
    const struct sql_node *base = find_named_window(scope, window->text)->child[0];
    if (!check_base(binder, window, base))
      return false;
    order = order ? order : base->child[WINDOW_ORDER];
  }
  enum clause before = scope->level->clause;
  scope->level->clause = CLAUSE_WINDOW;
  bool bound = bind_partition(binder, scope, window->child[WINDOW_PARTITION]) &&
               bind_order_items(binder, scope, window->child[WINDOW_ORDER]) &&
               bind_frame(binder, scope, window, order);
  scope->level->clause = before;
  return bound;
}

int bind_windows(struct binder *binder, struct scope *scope, struct sql_node *windows) {
  if (!windows)
    return TIDE_OK;
  /* A window may build on those before it only. */
  struct sql_node *known = bind_node(binder, SQL_LIST, windows->position, NULL);
  scope->level->windows = known;
  for (uint32_t i = 0; known && i < windows->count; i++) {
    struct sql_node *named = windows->child[i];
    if (find_named_window(scope, named->text))
      return error_set_at(binder->error, TIDE_ERROR_WINDOWING, named->position,
                          "window %q is already defined", named->text);
    if (!bind_window(binder, scope, named->child[0]) ||
        !bind_append(binder, known, named))
      return binder->error->code;
  }
  return known ? TIDE_OK : TIDE_ERROR_NOMEM;
}

static bool settle_window_call(struct binder *binder, struct scope *scope,
                               struct sql_node *call) {
  struct level *level = scope->level;
  struct sql_node *over = call->child[CALL_OVER];
  if (level->clause != CLAUSE_RESULTS && level->clause != CLAUSE_ORDER &&
      level->clause != CLAUSE_DISTINCT_ON) {
    error_set_at(binder->error, TIDE_ERROR_WINDOWING, call->position,
                 "window functions are not allowed in %s",
                 bind_clause_name(level->clause));
    return false;
  }
  if (call->flags & SQL_DISTINCT) {
    bind_unsupported(binder, call->position, "DISTINCT for window functions");
    return false;
  }
  if (call->child[CALL_ORDER]) {
    bind_unsupported(binder, call->position, "aggregate ORDER BY for window functions");
    return false;
  }
  if (level->recursive_term) {
    bind_unsupported(binder, call->position, "a window function in a recursive term");
    return false;
  }
  call->index = level->id;
  bool bound = over->kind == SQL_NAME
                   ? check_named_window(binder, scope, over->text, over->position)
                   : bind_window(binder, scope, over);
  if (!bound)
    return false;
  uint32_t position;
  if (!bind_contains_window(call, level->id, &position))
    return true;
  error_set_at(binder->error, TIDE_ERROR_WINDOWING, position,
               "window function calls cannot be nested");
  return false;
}

bool bind_window_call(struct binder *binder, struct scope *scope, struct sql_node *call,
                      const struct function *function) {
  if (!(function->flags & (FUNCTION_WINDOW | FUNCTION_AGGREGATE)))
    return bind_refuse_call(
        binder, call,
        "OVER specified, but %s is not a window function nor an aggregate function");
  if ((function->flags & FUNCTION_WINDOW) && call->child[CALL_FILTER]) {
    bind_unsupported(binder, call->position,
                     "FILTER for a window function that is not an aggregate");
    return false;
  }
  return settle_window_call(binder, scope, call);
}
