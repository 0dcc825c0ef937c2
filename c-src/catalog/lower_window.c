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

/* A month has no length, so that a frame of months would need more than a number. */
static int refuse_months(struct lowering *lowering, uint32_t position) {
  lower_unsupported(lowering, position, "RANGE with a distance in months");
  error_hint(lowering->error, "Write the distance in days.");
  return lowering->error->code;
}

/* Nor has a day where clocks change. */
static int refuse_days(struct lowering *lowering, uint32_t position) {
  lower_unsupported(lowering, position,
                    "RANGE with a distance in days in a session that is not in UTC");
  error_hint(lowering->error, "Write the distance in hours.");
  return lowering->error->code;
}

/* The microseconds of a frame's distance, as far as instants can be apart. */
static int read_distance(struct lowering *lowering, const struct sql_node *node,
                         struct type order, int64_t *distance) {
  const struct interval zero = {0, 0, 0};
  struct interval interval;
  const char *text = literal_text(node);
  if (!text)
    return lower_unsupported(lowering, node->position,
                             "RANGE with an interval that is not a literal");
  int code = interval_parse(&interval, text, strlen(text));
  if (code != TIDE_OK)
    return distance_error(lowering, node->position, code, text);
  if (interval_compare(&interval, &zero) < 0)
    return error_set_at(lowering->error, TIDE_ERROR_FRAME, node->position,
                        "invalid preceding or following size in window function");
  if (interval.months != 0)
    return refuse_months(lowering, node->position);
  if (interval.days != 0 && lowering->binding->zone && order.id == TYPE_TIMESTAMPTZ)
    return refuse_days(lowering, node->position);
  *distance = range_distance(&interval);
  return TIDE_OK;
}

/* SQLite adds a distance to numbers only: an interval becomes its microseconds … */
static bool lower_interval(struct lowering *lowering, struct sql_node **slot,
                           struct type order) {
  int64_t distance = 0;
  if (read_distance(lowering, *slot, order, &distance) != TIDE_OK)
    return false;
  *slot = lower_integer(lowering, (*slot)->position, distance);
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
                        struct type order, const char *which) {
  struct sql_node **slot = &bound->child[0];
  if ((*slot)->kind == SQL_NULL) {
    error_set_at(lowering->error, TIDE_ERROR_NULL_NOT_ALLOWED, (*slot)->position,
                 "frame %s offset must not be null", which);
    return false;
  }
  return (*slot)->type.id == TYPE_INTERVAL ? lower_interval(lowering, slot, order)
                                           : lower_number(lowering, slot);
}

/* `instants`: whether some distance is an interval. */
static bool lower_frame(struct lowering *lowering, struct sql_node *frame,
                        struct type order, bool *instants) {
  *instants = false;
  for (int i = 0; frame && i < 2; i++) {
    struct sql_node *bound = frame->child[i];
    if (!bound || !bound->child[0])
      continue;
    *instants = *instants || bound->child[0]->type.id == TYPE_INTERVAL;
    if (!lower_bound(lowering, bound, order, i == 0 ? "starting" : "ending"))
      return false;
  }
  return true;
}

int lower_window(struct lowering *lowering, struct sql_node *window) {
  struct sql_node *partition = window->child[WINDOW_PARTITION];
  struct sql_node *order = window->child[WINDOW_ORDER];
  struct type ordered =
      order && order->count > 0 ? order->child[0]->child[0]->type : TYPE(TYPE_UNKNOWN);
  bool instants;
  for (uint32_t i = 0; partition && i < partition->count; i++) {
    if (!lower_slot_ordered(lowering, &partition->child[i]))
      return lowering->error->code;
  }
  if (lower_order(lowering, order, NULL) != TIDE_OK ||
      !lower_frame(lowering, window->child[WINDOW_FRAME], ordered, &instants) ||
      (instants && !lower_instant(lowering, &order->child[0]->child[0])))
    return lowering->error->code;
  return TIDE_OK;
}

int lower_windows(struct lowering *lowering, struct sql_node *windows) {
  for (uint32_t i = 0; windows && i < windows->count; i++) {
    int rc = lower_window(lowering, windows->child[i]->child[0]);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}
