/* Calls, aggregates and window functions in SQLite's terms. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"
#include "types/session_zone.h"

/* Functions of SQLite that compare their arguments use the first one's collation. */
static bool compares_arguments(const struct sql_node *node,
                               const struct function *function) {
  return (node->flags & SQL_DISTINCT) || strcmp(function->sqlite, "min") == 0 ||
         strcmp(function->sqlite, "max") == 0 ||
         strcmp(function->sqlite, "nullif") == 0;
}

/* array_to_json() has nothing to do but what to_json() does. */
static bool takes_json(const struct function *function, struct type wanted) {
  return wanted.id == TYPE_ANYJSON ||
         (wanted.id == TYPE_ANYARRAY && function->result.id == TYPE_JSON);
}

static bool lower_arguments(struct lowering *lowering, struct sql_node *node,
                            const struct function *function) {
  struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  bool compares = compares_arguments(node, function);
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    struct sql_node *argument = arguments->child[i];
    struct type from = argument->type, wanted = function_argument(function, (int)i);
    struct ordering ordering = lower_ordering(argument);
    struct sql_node *value = lower_value(lowering, argument);
    if (takes_json(function, wanted))
      value = lower_to_json(lowering, value, from, node->type);
    else if (wanted.id == TYPE_ANYARRAY && node->type.id == TYPE_TEXT &&
             !node->type.array)
      value = lower_shown(lowering, value, from); /* array_to_string */
    else if (wanted.id == TYPE_ANYTEXT)
      value = lower_conversion(lowering, value, from, wanted, CONVERT_EXPLICIT);
    arguments->child[i] =
        compares && i == 0 ? lower_ordered(lowering, value, ordering, NULL) : value;
    if (!arguments->child[i])
      return false;
  }
  return true;
}

/* Functions of enums are given which one. */
static bool append_enum(struct lowering *lowering, struct sql_node *node,
                        const char *name) {
  if (strncmp(name, "pg_enum", 7) != 0)
    return true;
  struct sql_node *number =
      lower_integer(lowering, node->position, type_enum_number(node->type));
  return number && lower_append(lowering, node->child[CALL_ARGUMENTS], number);
}

/* greatest and least are given the collation by which they compare. */
static bool append_collation(struct lowering *lowering, struct sql_node *node,
                             const char *name) {
  if (strcmp(name, "pg_greatest") != 0 && strcmp(name, "pg_least") != 0)
    return true;
  const char *collation = type_collation(node->type);
  struct sql_node *text = lower_node(lowering, collation ? SQL_STRING : SQL_NULL,
                                     node->position, collation);
  return text && lower_append(lowering, node->child[CALL_ARGUMENTS], text);
}

/* current_date and its kin have no arguments otherwise. */
static bool append_zone(struct lowering *lowering, struct sql_node *node,
                        const char *name) {
  if (!node->child[CALL_ARGUMENTS] && takes_session_zone(name))
    node->child[CALL_ARGUMENTS] = lower_list(lowering, node->position, 0);
  return lower_append_zone(lowering, name, node->child[CALL_ARGUMENTS]);
}

/* --- aggregates --- */

/* Does the order in which values come show in the result? */
static bool depends_on_order(const struct function *function) {
  return strcmp(function->name, "string_agg") == 0 ||
         strstr(function->name, "array_agg") || strstr(function->name, "json");
}

/* PostgreSQL sorts the values of a DISTINCT aggregate to find equal ones: they arrive in order. */
static bool order_distinct(struct lowering *lowering, struct sql_node *node,
                           const struct function *function) {
  if (!(node->flags & SQL_DISTINCT) || node->child[CALL_ORDER] ||
      !depends_on_order(function))
    return true;
  const struct sql_node *argument = node->child[CALL_ARGUMENTS]->child[0];
  struct sql_node *item = lower_node(lowering, SQL_ORDER, node->position, NULL);
  if (!item)
    return false;
  item->child[0] = lower_clone(lowering, argument);
  item->type = argument->type;
  node->child[CALL_ORDER] = lower_list(lowering, node->position, 1, item);
  return item->child[0] && node->child[CALL_ORDER];
}

static enum sql_walk is_of_a_row(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_COLUMN || node->kind == SQL_QUERY ? SQL_WALK_STOP
                                                             : SQL_WALK_ON;
}

/* FILTER (WHERE argument IS NOT NULL AND …) */
static bool filter_null(struct lowering *lowering, struct sql_node *node) {
  struct sql_node **filter = &node->child[CALL_FILTER];
  struct sql_node *value = lower_clone(lowering, node->child[CALL_ARGUMENTS]->child[0]);
  struct sql_node *given = value ? lower_is_null(lowering, value, SQL_NOT) : NULL;
  *filter = given && *filter
                ? lower_binary(lowering, "and", given, *filter, TYPE(TYPE_BOOLEAN))
                : given;
  return *filter != NULL;
}

/* SQLite's DISTINCT takes one argument. string_agg(DISTINCT x, separator) gathers an array, and *separator, if it is the same for all
 * rows, joins its elements (join_elements). */
static bool reduce_distinct(struct lowering *lowering, struct sql_node *node,
                            const char **name, struct sql_node **separator) {
  struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  if (!(node->flags & SQL_DISTINCT) || !arguments || arguments->count == 1)
    return true;
  if (strcmp(*name, "string_agg") != 0 ||
      !sql_walk(arguments->child[1], is_of_a_row, NULL)) {
    lower_unsupported(lowering, node->position,
                      "DISTINCT in an aggregate of several arguments");
    return false;
  }
  *separator = arguments->child[1];
  arguments->count = 1;
  *name = "pg_array_agg";
  return filter_null(lowering, node);
}

/* array_to_string(array, coalesce(separator, '')) */
static struct sql_node *join_elements(struct lowering *lowering, struct sql_node *array,
                                      struct sql_node *separator) {
  uint32_t position = array->position;
  struct type text = TYPE(TYPE_TEXT);
  struct sql_node *none = lower_node(lowering, SQL_STRING, position, "");
  if (!none || !lower_slot(lowering, &separator))
    return NULL;
  struct sql_node *given = lower_function(
      lowering, "coalesce", text, lower_list(lowering, position, 2, separator, none));
  return lower_function(lowering, "pg_array_to_string", text,
                        lower_list(lowering, position, 2, array, given));
}

/* --- windows --- */

/* Aggregates that cannot take a row back have another function for windows. */
static const char *name_over_window(struct lowering *lowering,
                                    const struct function *function, const char *name) {
  if (!(function->flags & FUNCTION_FRAMED))
    return name;
  const char *framed = arena_format(lowering->arena, "%s_frame", name);
  if (!framed)
    lower_nomem(lowering);
  return framed;
}

/* --- all calls --- */

struct sql_node *lower_call(struct lowering *lowering, struct sql_node *node) {
  const struct function *function = node->bound;
  if (!function) /* lowered already */
    return node;
  if (bind_is_grouping_call(node)) /* there is one grouping, by all of its arguments */
    return lower_integer(lowering, node->position, 0);
  if (lower_is_json_template(node))
    return lower_json_template(lowering, node);
  if (lower_is_json_row(node))
    return lower_json_row(lowering, node);
  const struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  const char *name = lower_json_aggregate(node);
  if (arguments && arguments->count > 0)
    name = lower_search_name(lowering, name, arguments->child[0]->type);
  if (!name || (node->child[CALL_WITHIN] && !lower_within(lowering, node)))
    return NULL;
  struct sql_node *separator = NULL;
  if (!order_distinct(lowering, node, function) ||
      !reduce_distinct(lowering, node, &name, &separator) ||
      !lower_arguments(lowering, node, function) ||
      !append_enum(lowering, node, name) || !append_collation(lowering, node, name) ||
      !append_zone(lowering, node, name) ||
      !lower_slot(lowering, &node->child[CALL_FILTER]) ||
      lower_order(lowering, node->child[CALL_ORDER], NULL) != TIDE_OK)
    return NULL;
  struct sql_node *over = node->child[CALL_OVER];
  bool added = true;
  name = over ? name_over_window(lowering, function, name) : name;
  if (!name || (over && lower_range_is_added(lowering, over, &added) != TIDE_OK))
    return NULL;
  if (!added)
    return lower_framed(lowering, node, function, name);
  if (over && lower_window(lowering, over) != TIDE_OK)
    return NULL;
  if (strcmp(name, "+") == 0)
    return node->child[CALL_ARGUMENTS]->child[0];
  node->child[CALL_NAME] = lower_node(lowering, SQL_NAME, node->position, name);
  if (!node->child[CALL_NAME])
    return NULL;
  return separator ? join_elements(lowering, node, separator)
                   : lower_checked(lowering, node, function);
}
