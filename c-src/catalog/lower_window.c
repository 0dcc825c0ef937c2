/* Windows and their frames in SQLite's terms. */
#include <string.h>

#include "catalog/bind.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"
#include "types/datetime.h"

/* --- the distances of RANGE between dates and timestamps --- */

/* The text of a literal, also with its type before or behind it; NULL for everything else. */
static const char *literal_text(const struct sql_node *node) {
  while (node->kind == SQL_CAST && node->type.precision < 0)
    node = node->child[0];
  return node->kind == SQL_STRING ? node->text : NULL;
}

static int distance_error(struct lowering *lowering, uint32_t position, int code,
                          const char *text) {
  if (code == TIDE_ERROR_DATETIME_FORMAT)
    return error_set_at(lowering->error, code, position,
                        "invalid input syntax for type interval: %q", text);
  return error_set_at(lowering->error, code, position,
                      "interval field value out of range: %q", text);
}

/* The interval of a literal; TIDE_OK also where it is none, and `known` false. */
static int read_literal(struct lowering *lowering, const struct sql_node *node,
                        struct interval *interval, bool *known) {
  static const struct interval zero = {0, 0, 0};
  const char *text = literal_text(node);
  *known = text != NULL;
  if (!text)
    return TIDE_OK;
  int code = interval_parse(interval, text, strlen(text));
  if (code != TIDE_OK)
    return distance_error(lowering, node->position, code, text);
  if (interval_compare(interval, &zero) < 0)
    return error_set_at(lowering->error, TIDE_ERROR_FRAME, node->position,
                        "invalid preceding or following size in window function");
  return TIDE_OK;
}

/* Can SQLite add it? A month has no length, nor has a day where clocks change. */
static int read_distance(struct lowering *lowering, const struct sql_node *node,
                         struct type order, bool *added) {
  struct interval interval = {0, 0, 0};
  *added = node->type.id != TYPE_NUMERIC || node->type.array;
  if (node->type.id != TYPE_INTERVAL)
    return TIDE_OK;
  int rc = read_literal(lowering, node, &interval, added);
  bool zoned = lowering->binding->zone && order.id == TYPE_TIMESTAMPTZ;
  if (interval.months != 0 || (interval.days != 0 && zoned))
    *added = false;
  return rc;
}

int lower_range_is_added(struct lowering *lowering, const struct sql_node *window,
                         bool *added) {
  const struct sql_node *frame = window->child[WINDOW_FRAME];
  *added = true;
  for (int i = 0; frame && frame->op == SQL_RANGE && *added && i < 2; i++) {
    const struct sql_node *bound = frame->child[i];
    if (!bound || !bound->child[0] || bound->child[0]->kind == SQL_NULL)
      continue;
    const struct sql_node *order = window->child[WINDOW_ORDER]->child[0]->child[0];
    int rc = read_distance(lowering, bound->child[0], order->type, added);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* SQLite adds a distance to numbers only: an interval becomes its microseconds … */
static bool lower_interval(struct lowering *lowering, struct sql_node **slot) {
  struct interval interval;
  bool known;
  if (read_literal(lowering, *slot, &interval, &known) != TIDE_OK)
    return false;
  *slot = lower_integer(lowering, (*slot)->position, range_distance(&interval));
  return *slot != NULL;
}

/* … and an instant its own. */
static bool lower_instant(struct lowering *lowering, struct sql_node **slot) {
  *slot = lower_function(lowering, "pg_range_key", TYPE(TYPE_BIGINT),
                         lower_list(lowering, (*slot)->position, 1, *slot));
  return *slot != NULL;
}

/* --- frames --- */

static enum sql_walk is_computed(const struct sql_node *node, void *context) {
  (void)context;
  bool computed =
      node->kind == SQL_CALL || node->kind == SQL_QUERY || node->kind == SQL_COLUMN;
  return computed ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* SQLite wants an expression without calls, columns and subqueries, and takes NULL for any other. */
static bool lower_number(struct lowering *lowering, struct sql_node **slot) {
  uint32_t position = (*slot)->position;
  if (!lower_slot(lowering, slot))
    return false;
  if (sql_walk(*slot, is_computed, NULL))
    return true;
  lower_unsupported(lowering, position,
                    "a frame's distance that is neither a literal nor a parameter");
  return false;
}

static bool lower_bound(struct lowering *lowering, struct sql_node *bound,
                        const char *which) {
  struct sql_node **slot = &bound->child[0];
  if ((*slot)->kind == SQL_NULL) {
    error_set_at(lowering->error, TIDE_ERROR_NULL_NOT_ALLOWED, (*slot)->position,
                 "frame %s offset must not be null", which);
    return false;
  }
  return (*slot)->type.id == TYPE_INTERVAL ? lower_interval(lowering, slot)
                                           : lower_number(lowering, slot);
}

/* `instants`: whether some distance is an interval. */
static bool lower_frame(struct lowering *lowering, struct sql_node *frame,
                        bool *instants) {
  *instants = false;
  for (int i = 0; frame && i < 2; i++) {
    struct sql_node *bound = frame->child[i];
    if (!bound || !bound->child[0])
      continue;
    *instants = *instants || bound->child[0]->type.id == TYPE_INTERVAL;
    if (!lower_bound(lowering, bound, i == 0 ? "starting" : "ending"))
      return false;
  }
  return true;
}

int lower_window(struct lowering *lowering, struct sql_node *window) {
  struct sql_node *partition = window->child[WINDOW_PARTITION];
  struct sql_node *order = window->child[WINDOW_ORDER];
  bool instants;
  for (uint32_t i = 0; partition && i < partition->count; i++) {
    if (!lower_slot_ordered(lowering, &partition->child[i]))
      return lowering->error->code;
  }
  if (lower_order(lowering, order, NULL) != TIDE_OK ||
      !lower_frame(lowering, window->child[WINDOW_FRAME], &instants) ||
      (instants && !lower_instant(lowering, &order->child[0]->child[0])))
    return lowering->error->code;
  return TIDE_OK;
}

/* --- windows with a name --- */

static const struct sql_node *find_window(const struct sql_node *windows,
                                          const char *name) {
  for (uint32_t i = 0; i < windows->count; i++) {
    if (strcmp(windows->child[i]->text, name) == 0)
      return windows->child[i]->child[0];
  }
  return NULL;
}

/* Puts what a window inherits into it. */
static bool complete(struct lowering *lowering, const struct sql_node *windows,
                     struct sql_node *window) {
  const struct sql_node *base =
      window->text ? find_window(windows, window->text) : NULL;
  if (!base)
    return true;
  for (int i = WINDOW_PARTITION; i <= WINDOW_ORDER; i++) {
    struct sql_node **slot = &window->child[i];
    if (!*slot && base->child[i] && !(*slot = lower_clone(lowering, base->child[i])))
      return false;
  }
  window->text = NULL;
  return true;
}

/* Subqueries have windows of their own. */
static bool complete_calls(struct lowering *lowering, const struct sql_node *windows,
                           struct sql_node *node) {
  if (!node || node->kind == SQL_QUERY)
    return true;
  struct sql_node *over = node->kind == SQL_CALL ? node->child[CALL_OVER] : NULL;
  const struct sql_node *named =
      over && over->kind == SQL_NAME ? find_window(windows, over->text) : NULL;
  if (named && !(node->child[CALL_OVER] = lower_clone(lowering, named)))
    return false;
  if (over && over->kind == SQL_WINDOW && !complete(lowering, windows, over))
    return false;
  for (uint32_t i = 0; i < node->count; i++) {
    if (!complete_calls(lowering, windows, node->child[i]))
      return false;
  }
  return true;
}

bool lower_named_windows(struct lowering *lowering, struct sql_node *select,
                         struct sql_node *order) {
  struct sql_node *windows = select->child[SELECT_WINDOWS];
  if (!windows)
    return true;
  for (uint32_t i = 0; i < windows->count; i++) {
    if (!complete(lowering, windows, windows->child[i]->child[0]))
      return false;
  }
  select->child[SELECT_WINDOWS] = NULL;
  return complete_calls(lowering, windows, select->child[SELECT_DISTINCT_ON]) &&
         complete_calls(lowering, windows, select->child[SELECT_RESULTS]) &&
         complete_calls(lowering, windows, order);
}
