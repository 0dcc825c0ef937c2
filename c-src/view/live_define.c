/* The view of a live query's shape: its definition, the query that reads it, its name. */
#include <string.h>

#include "sql/print.h"
#include "view/live_inspection.h"

static struct sql_node *append(struct inspection *inspection, struct sql_node *list,
                               struct sql_node *node) {
  return node ? sql_list_append(inspection->arena, list, node) : NULL;
}

static void append_result(struct inspection *inspection, const struct sql_node *value) {
  struct sql_node *result =
      sql_node_new(inspection->arena, SQL_RESULT, value->position);
  if (!result)
    return;
  result->child[0] = sql_clone(inspection->arena, value);
  append(inspection, inspection->parsed_select->child[SELECT_RESULTS], result);
}

/* c1, c2, … p1, … o1, … */
static struct sql_node *column_names(struct inspection *inspection, int orders) {
  const struct live_query *query = inspection->query;
  const int counts[] = {query->result_count, query->key_count, orders};
  struct sql_node *names = sql_node_new(inspection->arena, SQL_LIST, 0);
  for (int kind = 0; kind < 3; kind++)
    for (int i = 1; i <= counts[kind] && names; i++) {
      const char *name = arena_format(inspection->arena, "%c%d", "cpo"[kind], i);
      names = name ? append(inspection, names,
                            sql_node_text(inspection->arena, SQL_NAME, 0, name))
                   : NULL;
    }
  return names;
}

/* Does lifting its columns keep the meaning of the SELECT, once they are grouped by, too? */
static bool allows_lifting(const struct sql_node *select) {
  const struct sql_node *group = select->child[SELECT_GROUP];
  for (uint32_t i = 0; group && i < group->count; i++)
    if (group->child[i]->kind == SQL_GROUPING)
      return false;
  return (group || !live_is_grouped(select)) && !select->child[SELECT_DISTINCT_ON] &&
         !live_content(select->child[SELECT_RESULTS]).window;
}

/* ORDER BY items that are not results become columns of the view. Returns how many. */
static int append_orders(struct inspection *inspection) {
  const struct sql_node *bound = inspection->bound->child[QUERY_ORDER];
  const struct sql_node *parsed = inspection->parsed->child[QUERY_ORDER];
  int count = 0;
  for (uint32_t i = 0; bound && i < bound->count; i++)
    if (bound->child[i]->child[0]->kind != SQL_INTEGER) {
      append_result(inspection, parsed->child[i]->child[0]);
      count++;
    }
  return count;
}

/* --- reading from the view --- */

/* What the query over the view calls it. */
static const char view_alias[] = "view";

/* With the view's name: in ORDER BY a bare one could be that of a result. */
static struct sql_node *view_column(struct inspection *inspection, const char *name) {
  struct sql_node *column =
      name ? sql_node_text(inspection->arena, SQL_COLUMN, 0, name) : NULL;
  if (column)
    column->child[0] = sql_node_text(inspection->arena, SQL_NAME, 0, view_alias);
  return column && column->child[0] ? column : NULL;
}

static struct sql_node *reading_results(struct inspection *inspection) {
  struct arena *arena = inspection->arena;
  struct sql_node *results = sql_node_new(arena, SQL_LIST, 0);
  for (int i = 0; i < inspection->query->result_count && results; i++) {
    struct sql_node *result =
        sql_node_text(arena, SQL_RESULT, 0, inspection->binding->result_names[i]);
    if (!result)
      return NULL;
    result->child[0] = view_column(inspection, arena_format(arena, "c%d", i + 1));
    results = append(inspection, results, result);
  }
  return results;
}

static struct sql_node *reading_condition(struct inspection *inspection) {
  struct arena *arena = inspection->arena;
  struct sql_node *all = NULL;
  for (int i = 0; i < inspection->query->key_count; i++) {
    struct sql_node *one = sql_node_text(arena, SQL_BINARY, 0, "=");
    if (!one)
      return NULL;
    one->child[LEFT] = view_column(inspection, arena_format(arena, "p%d", i + 1));
    one->child[RIGHT] = sql_clone(arena, inspection->given[i]);
    all = sql_and(inspection->arena, all, one);
  }
  return all;
}

/* The name of the view's column that an item of the bound ORDER BY stands for. */
static const char *order_column(struct inspection *inspection,
                                const struct sql_node *item, int *extra) {
  return item->child[0]->kind == SQL_INTEGER
             ? arena_format(inspection->arena, "c%s", item->child[0]->text)
             : arena_format(inspection->arena, "o%d", ++*extra);
}

static struct sql_node *reading_order(struct inspection *inspection) {
  const struct sql_node *bound = inspection->bound->child[QUERY_ORDER];
  struct sql_node *order =
      sql_clone(inspection->arena, inspection->parsed->child[QUERY_ORDER]);
  int extra = 0;
  for (uint32_t i = 0; order && i < order->count; i++)
    order->child[i]->child[0] =
        view_column(inspection, order_column(inspection, bound->child[i], &extra));
  return order;
}

/* The query over the view that gives the rows of this one; before its window is cut off. */
static int write_reading(struct inspection *inspection) {
  struct arena *arena = inspection->arena;
  struct live_query *query = inspection->query;
  struct sql_node *reading = sql_node_new(arena, SQL_QUERY, 0);
  struct sql_node *select = sql_node_new(arena, SQL_SELECT, 0);
  struct sql_node *from = sql_node_new(arena, SQL_LIST, 0);
  struct sql_node *reference = sql_node_text(arena, SQL_TABLE_REFERENCE, 0, view_alias);
  query->view_name = sql_node_text(arena, SQL_NAME, 0, "");
  if (arena->failed)
    return live_no_memory(inspection);
  query->view_name->child[NAME_SCHEMA] = sql_node_text(arena, SQL_NAME, 0, LIVE_SCHEMA);
  reference->child[REFERENCE_SOURCE] = query->view_name;
  select->child[SELECT_RESULTS] = reading_results(inspection);
  select->child[SELECT_FROM] = append(inspection, from, reference);
  select->child[SELECT_WHERE] = reading_condition(inspection);
  reading->child[QUERY_BODY] = select;
  reading->child[QUERY_ORDER] = reading_order(inspection);
  const struct sql_node *parsed = inspection->parsed;
  reading->child[QUERY_LIMIT] = sql_clone(arena, parsed->child[QUERY_LIMIT]);
  reading->child[QUERY_OFFSET] = sql_clone(arena, parsed->child[QUERY_OFFSET]);
  reading->flags = parsed->flags;
  query->reading = reading;
  return arena->failed ? live_no_memory(inspection) : TIDE_OK;
}

static int index_view(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  const struct sql_node *order = inspection->bound->child[QUERY_ORDER];
  int extra = 0;
  int rc = live_start_index(inspection);
  if (rc == TIDE_OK)
    rc = live_start_keys(inspection);
  for (int i = 0; rc == TIDE_OK && i < query->key_count; i++) {
    query->keys[i] = arena_format(inspection->arena, "p%d", i + 1);
    if (query->keys[i])
      live_index_column(query, query->keys[i], false);
  }
  if (rc != TIDE_OK || inspection->arena->failed)
    return live_no_memory(inspection);
  bool ordered = order && (query->key_count > 0 || live_has_window(inspection->bound));
  for (uint32_t i = 0; ordered && i < order->count && !inspection->arena->failed; i++) {
    const struct sql_node *item = order->child[i];
    const char *name = order_column(inspection, item, &extra);
    if (name)
      live_index_column(query, name, (item->flags & SQL_DESC) != 0);
  }
  return inspection->arena->failed ? live_no_memory(inspection) : TIDE_OK;
}

/* CREATE REALTIME VIEW __live.? (…) AS the query without its window and lifted conjuncts. */
static int define(struct inspection *inspection) {
  struct arena *arena = inspection->arena;
  struct sql_node *parsed = inspection->parsed, *select = inspection->parsed_select;
  int keys = inspection->query->key_count;
  for (int i = 0; i < keys; i++) {
    append_result(inspection, inspection->written[i]);
    if (select->child[SELECT_GROUP])
      append(inspection, select->child[SELECT_GROUP],
             sql_clone(arena, inspection->written[i]));
  }
  int orders = append_orders(inspection);
  int rc = write_reading(inspection);
  if (rc != TIDE_OK)
    return rc;
  parsed->child[QUERY_LIMIT] = parsed->child[QUERY_OFFSET] = NULL;
  parsed->flags = 0;
  if (select && !select->child[SELECT_DISTINCT_ON])
    parsed->child[QUERY_ORDER] = NULL;
  struct sql_node *view = sql_node_new(arena, SQL_CREATE_VIEW, parsed->position);
  if (!view)
    return live_no_memory(inspection);
  view->op = SQL_REALTIME;
  view->child[VIEW_NAME] = inspection->query->view_name;
  view->child[VIEW_COLUMNS] = column_names(inspection, orders);
  view->child[VIEW_QUERY] = parsed;
  inspection->query->definition = view;
  return arena->failed ? live_no_memory(inspection) : TIDE_OK;
}

/* The bound query as text: what names mean is written out in it, so equal texts over equal
 * relations are one shape. */
static int name_view(struct inspection *inspection, const struct sql_node *bound) {
  struct live_query *query = inspection->query;
  struct buffer name;
  buffer_init(&name, inspection->database->memory);
  buffer_text(&name, "view");
  for (int i = 0; i < query->relation_count; i++)
    buffer_format(&name, " %lld", (long long)query->relations[i]->id);
  for (int i = 0; i < query->index_count; i++)
    buffer_format(&name, " %s %d", query->index[i].column, query->index[i].descending);
  buffer_text(&name, ": ");
  int rc = sql_print(bound, SQL_DIALECT_POSTGRES, &name, inspection->database->error);
  if (rc == TIDE_OK)
    query->name =
        name.failed ? NULL : arena_string(inspection->arena, buffer_string(&name));
  buffer_deinit(&name);
  return rc == TIDE_OK && !query->name ? live_no_memory(inspection) : rc;
}

/* The view's query is bound once more, for its name: *fits is false when that fails. */
static int settle_view(struct inspection *inspection, bool *fits) {
  struct database *database = inspection->database;
  struct binding binding = {.database = database, .arena = inspection->arena};
  struct sql_node *bound = sql_clone(inspection->arena, inspection->parsed);
  if (!bound)
    return live_no_memory(inspection);
  int rc = bind_statement(&binding, bound);
  if (rc == TIDE_OK)
    rc = name_view(inspection, bound);
  *fits = rc == TIDE_OK && binding.parameter_count == 0;
  if (rc == TIDE_OK || rc == TIDE_ERROR_NOMEM)
    return rc;
  error_clear(database->error);
  return TIDE_OK;
}

/* The window is cut off outside the view, which does not follow what a subquery in it reads. */
static bool window_reads_rows(const struct sql_node *bound) {
  return live_content(bound->child[QUERY_LIMIT]).query ||
         live_content(bound->child[QUERY_OFFSET]).query;
}

int live_describe_view(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  const struct sql_node *order = inspection->bound->child[QUERY_ORDER];
  bool fits = inspection->binding->volatility == 0 && live_reads_stored(query) &&
              !live_content(order).collation && !window_reads_rows(inspection->bound) &&
              (query->key_count == 0 || allows_lifting(inspection->bound_select));
  int rc = TIDE_OK;
  if (fits) {
    rc = index_view(inspection);
    if (rc == TIDE_OK)
      rc = define(inspection);
    fits = rc == TIDE_OK && !live_content(inspection->parsed).parameter;
  }
  if (rc == TIDE_OK && fits)
    rc = settle_view(inspection, &fits);
  query->kind = LIVE_VIEW;
  if (rc == TIDE_OK && !fits)
    live_run_again(query);
  return rc;
}
