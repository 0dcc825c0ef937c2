/* Which lists can be kept, and the SQL of their elements and of their hidden columns. */
#include <string.h>

#include "catalog/lower.h"
#include "sql/walk.h"
#include "view/canonical.h"
#include "view/list.h"

static const struct form {
  const char *function, *open, *separator, *close;
} forms[] = {
    {"json_agg", "[", ", ", "]"},
    {"jsonb_agg", "[", ", ", "]"},
    {"string_agg", "", NULL, ""}, /* the separator is its second argument */
};

/* json_agg() of rows and arrays, each on a line of its own */
static const struct form lines = {"json_agg", "[", ", \n ", "]"};

static bool is_formatted(const struct sql_node *node) {
  return node->kind == SQL_CALL && !node->bound &&
         strcmp(node->child[CALL_NAME]->text, "pg_json_format") == 0;
}

static const struct form *form_of(const struct sql_node *call) {
  const struct function *function = call->bound;
  if (lower_is_list_of_lines(call)) /* NULL would not begin one */
    return is_formatted(call->child[CALL_ARGUMENTS]->child[0]) ? &lines : NULL;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (strcmp(function->name, forms[i].function) == 0)
      return &forms[i];
  return NULL;
}

bool list_is_kept(const struct sql_node *call) {
  const struct form *form = form_of(call);
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  return form && !(call->flags & SQL_DISTINCT) && !call->child[CALL_WITHIN] &&
         (form->separator ||
          (arguments->count == 2 && arguments->child[1]->kind == SQL_STRING));
}

/* --- the element --- */

/* JSON as it stands in a list: NULL is an element too. Of a string NULL is none. */
static int print_argument(struct plan *plan, const struct list *list,
                          struct buffer *out) {
  const struct sql_node *argument = list->call->child[CALL_ARGUMENTS]->child[0];
  bool json = list->open[0] != '\0' && !is_formatted(argument);
  buffer_text(out, json ? "pg_json_format('%j', " : "(");
  int rc = plan_print(plan, argument, out);
  buffer_character(out, ')');
  return rc;
}

static int print_element(struct plan *plan, struct list *list) {
  const struct sql_node *filter = list->call->child[CALL_FILTER];
  struct buffer out;
  int rc = TIDE_OK;
  buffer_init(&out, plan->database->memory);
  if (filter) {
    buffer_text(&out, "CASE WHEN ");
    rc = plan_print(plan, filter, &out);
    buffer_text(&out, " THEN ");
  }
  if (rc == TIDE_OK)
    rc = print_argument(plan, list, &out);
  buffer_text(&out, filter ? " END" : "");
  list->element = out.failed ? NULL : arena_string(&plan->arena, buffer_string(&out));
  buffer_deinit(&out);
  return rc == TIDE_OK && !list->element ? plan_out_of_memory(plan) : rc;
}

/* --- the order --- */

/* Can values of the expression be compared here as SQLite compares them? */
static bool is_comparable(const struct sql_node *node, bool *numeric) {
  const char *collation = type_collation(node->type);
  if (node->kind == SQL_COLLATE)
    collation = node->text;
  *numeric = collation && strcmp(collation, "numeric") == 0;
  return *numeric || !collation || strcmp(collation, "BINARY") == 0;
}

static int read_order_item(struct plan *plan, const struct sql_node *item,
                           struct list_order *order, const char **refusal) {
  struct buffer out;
  buffer_init(&out, plan->database->memory);
  order->descending = (item->flags & SQL_DESC) != 0;
  order->nulls_first = !order->descending; /* SQLite's own, unless it is said */
  if (item->flags & (SQL_NULLS_FIRST | SQL_NULLS_LAST))
    order->nulls_first = (item->flags & SQL_NULLS_FIRST) != 0;
  if (!is_comparable(item->child[0], &order->numeric))
    *refusal = "it collects a list in the order of values that are compared as they "
               "are not written";
  int rc = plan_print(plan, item->child[0], &out);
  order->sql = rc == TIDE_OK ? arena_string(&plan->arena, buffer_string(&out)) : NULL;
  buffer_deinit(&out);
  return rc == TIDE_OK && !order->sql ? plan_out_of_memory(plan) : rc;
}

static int read_order(struct plan *plan, struct list *list, const char **refusal) {
  const struct sql_node *order = list->call->child[CALL_ORDER];
  list->order_count = order ? (int)order->count : 0;
  list->order = plan_alloc(plan, ((size_t)list->order_count + 1) * sizeof *list->order);
  if (!list->order)
    return plan_out_of_memory(plan);
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < list->order_count; i++)
    rc = read_order_item(plan, order->child[i], &list->order[i], refusal);
  return rc;
}

/* --- all of it --- */

static enum sql_walk find_call(const struct sql_node *node, void *context) {
  const struct sql_node *const *call = context;
  return sql_equal(node, *call) ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* The first result that the call is part of: does it show text? */
static int find_shown(const struct plan *plan, const struct sql_node *call) {
  const struct sql_node *results = plan->select->child[SELECT_RESULTS];
  for (uint32_t i = 0; i < results->count; i++)
    if (!sql_walk(results->child[i]->child[0], find_call, &call))
      return plan->storage.affinity[i] == ROW_TEXT ? (int)i : -1;
  return -1;
}

static int add_columns(struct plan *plan, struct list *list, int number) {
  struct arena *arena = &plan->arena;
  const char *text = arena_format(arena, "__list_%d", number + 1);
  const char *places = arena_format(arena, "__places_%d", number + 1);
  if (!text || !places)
    return plan_out_of_memory(plan);
  list->column = storage_add_column(&plan->storage, arena, text, TYPE(TYPE_BYTEA));
  int next = storage_add_column(&plan->storage, arena, places, TYPE(TYPE_BYTEA));
  return list->column < 0 || next < 0 ? plan_out_of_memory(plan) : TIDE_OK;
}

int list_read(struct plan *plan, const struct sql_node *call, int number,
              struct list *list, const char **refusal) {
  const struct form *form = form_of(call);
  struct memory *memory = plan->database->memory;
  *list = (struct list){.call = call,
                        .open = form->open,
                        .separator = form->separator,
                        .close = form->close,
                        .shown = find_shown(plan, call)};
  changes_init(&list->changes, memory);
  buffer_init(&list->text, memory);
  buffer_init(&list->places, memory);
  if (!list->separator)
    list->separator = call->child[CALL_ARGUMENTS]->child[1]->text;
  if (!canonical_is_total(plan->bound->child[QUERY_BODY]))
    *refusal = "it collects a list in an order that is not complete";
  int rc = print_element(plan, list);
  if (rc == TIDE_OK)
    rc = read_order(plan, list, refusal);
  return rc == TIDE_OK ? add_columns(plan, list, number) : rc;
}

void list_deinit(struct plan *plan, struct list *list) {
  changes_deinit(&list->changes);
  buffer_deinit(&list->text);
  buffer_deinit(&list->places);
  memory_release(plan->database->memory, list->next);
}

/* --- SQL --- */

void list_print_row(const struct list *list, struct buffer *out) {
  buffer_format(out, ", %s", list->element);
  for (int i = 0; i < list->order_count; i++)
    buffer_format(out, ", %s", list->order[i].sql);
}

static void print_order(const struct list *list, struct buffer *out) {
  for (int i = 0; i < list->order_count; i++) {
    const struct list_order *order = &list->order[i];
    buffer_format(out, "%s%s%s", i > 0 ? ", " : " ORDER BY ", order->sql,
                  order->descending ? " DESC" : "");
    if (order->nulls_first == order->descending)
      buffer_text(out, order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
  }
}

static int print_place(struct plan *plan, const struct list *list, struct buffer *out) {
  const struct sql_node *results = plan->select->child[SELECT_RESULTS];
  if (list->shown < 0)
    return plan_print(plan, list->call, out);
  buffer_text(out, "tide_list_place(");
  int rc = plan_print(plan, list->call, out);
  buffer_text(out, ", ");
  if (rc == TIDE_OK)
    rc = plan_print(plan, results->child[list->shown]->child[0], out);
  buffer_character(out, ')');
  return rc;
}

int list_print_fill(struct plan *plan, const struct list *list, struct buffer *out) {
  buffer_text(out, ", ");
  int rc = print_place(plan, list, out);
  buffer_format(out, ", tide_places(%s", list->element);
  for (int i = 0; i < list->order_count; i++)
    buffer_format(out, ", %s", list->order[i].sql);
  print_order(list, out);
  buffer_character(out, ')');
  return rc;
}
