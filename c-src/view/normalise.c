/* Takes queries apart at their constructs. */
#include "view/normalise_internal.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/spelling.h"
#include "sql/walk.h"
#include "view/flatten.h"
#include "view/group.h"

int split_nomem(const struct splitter *splitter) {
  return error_set(splitter->graph->database->error, TIDE_ERROR_NOMEM, "out of memory");
}

static bool is_plain_reference(const struct sql_node *item) {
  return item->kind == SQL_TABLE_REFERENCE && item->bound;
}

/* FROM is one stored relation. */
static bool reads_one(const struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  return from && from->count == 1 && is_plain_reference(from->child[0]);
}

bool split_is_projection(const struct sql_node *body) {
  if (body->kind != SQL_SELECT || !reads_one(body))
    return false;
  struct sql_node query = {.kind = SQL_QUERY, .count = 5};
  struct sql_node *child[5] = {[QUERY_BODY] = (struct sql_node *)(uintptr_t)body};
  query.child = child;
  struct shape shape = shape_of(&query);
  return shape_is_row_by_row(&shape) && !shape.subquery && !shape.function;
}

int split_off(struct splitter *splitter, struct sql_node *query,
              const struct relation **relation) {
  int rc = split_query(splitter, query);
  if (rc == TIDE_OK)
    rc = tree_settle(splitter, query);
  return rc == TIDE_OK ? graph_add(splitter->graph, query, relation) : rc;
}

/* --- subqueries in FROM --- */

static int split_inside(struct splitter *splitter, struct sql_node *query);

/* Takes apart what is in a subquery; one that looks at its neighbours stays as it is. */
static int split_reference(struct splitter *splitter, struct sql_node *reference) {
  struct sql_node *query = reference->child[REFERENCE_SOURCE];
  if (!tree_is_closed(query))
    return split_inside(splitter, query);
  reference->flags &= ~(uint32_t)SQL_LATERAL;
  return split_query(splitter, query);
}

/* A subquery that could not be merged becomes a node. */
static int replace_reference(struct splitter *splitter, struct sql_node *reference) {
  const struct relation *relation;
  struct sql_node *query = reference->child[REFERENCE_SOURCE];
  if (!tree_is_closed(query))
    return TIDE_OK;
  int rc = tree_settle(splitter, query);
  if (rc == TIDE_OK)
    rc = graph_add(splitter->graph, query, &relation);
  if (rc == TIDE_OK)
    build_replace(splitter, reference, relation);
  return rc;
}

static int each_subquery(struct splitter *splitter, struct sql_node *item,
                         int (*work)(struct splitter *splitter,
                                     struct sql_node *reference)) {
  if (item->kind == SQL_SUBQUERY_REFERENCE)
    return work(splitter, item);
  if (item->kind != SQL_JOIN)
    return TIDE_OK;
  int rc = each_subquery(splitter, item->child[JOIN_LEFT], work);
  return rc == TIDE_OK ? each_subquery(splitter, item->child[JOIN_RIGHT], work) : rc;
}

static int split_from(struct splitter *splitter, struct sql_node *select,
                      struct sql_node *order) {
  struct sql_node *from = select->child[SELECT_FROM];
  int rc = TIDE_OK;
  split_right_joins(select);
  for (uint32_t i = 0; rc == TIDE_OK && from && i < from->count; i++)
    rc = each_subquery(splitter, from->child[i], split_reference);
  if (rc == TIDE_OK && !flatten_subqueries(splitter->arena, select, order))
    rc = split_nomem(splitter);
  for (uint32_t i = 0; rc == TIDE_OK && from && i < from->count; i++)
    rc = each_subquery(splitter, from->child[i], replace_reference);
  return rc;
}

/* --- subqueries in expressions --- */

/* A closed one is a node, unless it only picks rows of one relation. */
static int split_closed(struct splitter *splitter, struct sql_node *query) {
  const struct relation *relation;
  int rc = split_query(splitter, query);
  if (rc != TIDE_OK || (split_is_projection(query->child[QUERY_BODY]) &&
                        !query->child[QUERY_LIMIT] && !query->child[QUERY_OFFSET]))
    return rc;
  struct sql_node *own = sql_node_new(splitter->arena, SQL_QUERY, query->position);
  if (!own)
    return split_nomem(splitter);
  memcpy(own->child, query->child, query->count * sizeof(struct sql_node *));
  own->flags = query->flags;
  rc = tree_settle(splitter, own);
  if (rc == TIDE_OK)
    rc = graph_add(splitter->graph, own, &relation);
  if (rc != TIDE_OK)
    return rc;
  memset(query->child, 0, query->count * sizeof(struct sql_node *));
  query->flags = 0;
  query->child[QUERY_BODY] = build_select_all(splitter, relation, query->position);
  return query->child[QUERY_BODY] ? TIDE_OK : split_nomem(splitter);
}

struct expression_search {
  struct splitter *splitter;
  int rc;
};

static enum sql_walk split_found(const struct sql_node *node, void *context) {
  struct expression_search *search = context;
  bool array = node->kind == SQL_ARRAY_QUERY;
  if (array)
    node = node->child[0];
  if (node->kind != SQL_QUERY)
    return SQL_WALK_ON;
  /* the walk only promises not to change the tree by itself */
  struct sql_node *query = (struct sql_node *)(uintptr_t)node;
  bool ordered = array && query->child[QUERY_ORDER]; /* which a node is not */
  search->rc = tree_is_closed(query) && !ordered
                   ? split_closed(search->splitter, query)
                   : split_inside(search->splitter, query);
  return search->rc == TIDE_OK ? SQL_WALK_SKIP : SQL_WALK_STOP;
}

static int split_expressions(struct splitter *splitter, const struct sql_node *node) {
  struct expression_search search = {splitter, TIDE_OK};
  if (node)
    sql_walk(node, split_found, &search);
  return search.rc;
}

/* ON conditions below a FROM item. */
static int split_conditions(struct splitter *splitter, const struct sql_node *item) {
  if (item->kind != SQL_JOIN)
    return item->kind == SQL_FUNCTION_REFERENCE ? split_expressions(splitter, item)
                                                : TIDE_OK;
  int rc = split_conditions(splitter, item->child[JOIN_LEFT]);
  if (rc == TIDE_OK)
    rc = split_conditions(splitter, item->child[JOIN_RIGHT]);
  return rc == TIDE_OK ? split_expressions(splitter, item->child[JOIN_ON]) : rc;
}

static int split_subqueries(struct splitter *splitter, struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && from && i < from->count; i++)
    rc = split_conditions(splitter, from->child[i]);
  for (uint32_t i = 0; rc == TIDE_OK && i < select->count; i++)
    if (i != SELECT_FROM)
      rc = split_expressions(splitter, select->child[i]);
  return rc;
}

int split_inside_body(struct splitter *splitter, struct sql_node *body,
                      struct sql_node *order) {
  int rc = TIDE_OK;
  if (body->kind == SQL_SET_OPERATION) {
    rc = split_inside_body(splitter, body->child[BODY_LEFT], NULL);
    return rc == TIDE_OK ? split_inside_body(splitter, body->child[BODY_RIGHT], NULL)
                         : rc;
  }
  if (body->kind == SQL_QUERY)
    return split_inside(splitter, body);
  if (body->kind != SQL_SELECT)
    return TIDE_OK;
  rc = split_from(splitter, body, order);
  if (rc == TIDE_OK && order)
    rc = split_expressions(splitter, order);
  return rc == TIDE_OK ? split_subqueries(splitter, body) : rc;
}

/* A correlated query stays where it is, as it is. */
static int split_inside(struct splitter *splitter, struct sql_node *query) {
  int rc = split_with(splitter, query);
  return rc == TIDE_OK ? split_inside_body(splitter, query->child[QUERY_BODY],
                                           query->child[QUERY_ORDER])
                       : rc;
}

/* --- one SELECT --- */

static enum sql_walk find_ordered(const struct sql_node *node, void *context) {
  (void)context;
  static const char *const ordered[] = {"array_agg",       "string_agg",
                                        "json_agg",        "jsonb_agg",
                                        "json_object_agg", "jsonb_object_agg"};
  const struct function *function = node->bound;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  if (!group_is_aggregate(node) || node->child[CALL_ORDER])
    return SQL_WALK_ON;
  for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++)
    if (strcmp(function->name, ordered[i]) == 0)
      return SQL_WALK_STOP;
  return SQL_WALK_ON;
}

/* Does the result depend on the order in which rows come? That of a node is another. */
static bool depends_on_order(const struct sql_node *select) {
  return !sql_walk(select, find_ordered, NULL);
}

struct expressions {
  struct splitter *splitter;
  const struct sql_node **items;
  int count, capacity;
};

static void add_expression(struct expressions *expressions,
                           const struct sql_node *one) {
  if (one->kind == SQL_COLUMN || one->kind == SQL_INTEGER)
    return;
  if (expressions->count == expressions->capacity) {
    int capacity = expressions->capacity * 2 + 8;
    const struct sql_node **larger =
        arena_alloc(expressions->splitter->arena, (size_t)capacity * sizeof *larger);
    if (!larger)
      return;
    if (expressions->count > 0)
      memcpy(larger, expressions->items, (size_t)expressions->count * sizeof *larger);
    expressions->items = larger;
    expressions->capacity = capacity;
  }
  expressions->items[expressions->count++] = one;
}

static enum sql_walk find_query(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_QUERY ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool has_query(const struct sql_node *node) {
  return node && !sql_walk(node, find_query, NULL);
}

/* Arguments of aggregates that have subqueries. */
static enum sql_walk find_arguments(const struct sql_node *node, void *context) {
  if (!group_is_aggregate(node))
    return SQL_WALK_ON;
  const struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; arguments && i < arguments->count; i++)
    if (has_query(arguments->child[i]))
      add_expression(context, arguments->child[i]);
  const struct sql_node *within = node->child[CALL_WITHIN];
  for (uint32_t i = 0; within && i < within->count; i++)
    if (has_query(within->child[i]->child[0]))
      add_expression(context, within->child[i]->child[0]);
  if (has_query(node->child[CALL_FILTER]))
    add_expression(context, node->child[CALL_FILTER]);
  return SQL_WALK_SKIP;
}

/* What the groups are made of becomes a node; subqueries are part of that. */
static int split_group_rows(struct splitter *splitter, struct sql_node *select,
                            struct sql_node *order) {
  struct expressions expressions = {.splitter = splitter};
  const struct sql_node *keys = select->child[SELECT_GROUP];
  for (uint32_t i = 0; keys && i < keys->count; i++)
    if (has_query(keys->child[i]))
      add_expression(&expressions, keys->child[i]);
  sql_walk(select->child[SELECT_RESULTS], find_arguments, &expressions);
  if (splitter->arena->failed)
    return split_nomem(splitter);
  return split_rows(splitter, select, order, expressions.items, expressions.count);
}

static enum sql_walk find_upper_query(const struct sql_node *node, void *context) {
  (void)context;
  if (group_is_aggregate(node))
    return SQL_WALK_SKIP;
  return node->kind == SQL_QUERY ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Groups: rows that take more than inner joins are a node below, what is done with groups
 * a layer above. */
static int split_grouped(struct splitter *splitter, struct sql_node *select,
                         struct sql_node *order, const struct shape *shape) {
  if (select->child[SELECT_HAVING] || shape->windows ||
      !sql_walk(select->child[SELECT_RESULTS], find_upper_query, NULL))
    return split_groups(splitter, select, order);
  if (shape->outer_join || shape->function || shape->subquery)
    return split_group_rows(splitter, select, order);
  return TIDE_OK;
}

static enum sql_walk find_partitions(const struct sql_node *node, void *context) {
  const struct sql_node *partition =
      node->kind == SQL_WINDOW ? node->child[WINDOW_PARTITION] : NULL;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  for (uint32_t i = 0; partition && i < partition->count; i++)
    add_expression(context, partition->child[i]);
  return SQL_WALK_ON;
}

/* Windows and DISTINCT ON are over one relation, whose columns make the parts. */
static int split_parted(struct splitter *splitter, struct sql_node *select,
                        struct sql_node *order) {
  struct expressions expressions = {.splitter = splitter};
  const struct sql_node *on = select->child[SELECT_DISTINCT_ON];
  sql_walk(select, find_partitions, &expressions);
  for (uint32_t i = 0; on && i < on->count; i++)
    add_expression(&expressions, on->child[i]);
  if (splitter->arena->failed)
    return split_nomem(splitter);
  if (reads_one(select) && expressions.count == 0)
    return TIDE_OK;
  return split_rows(splitter, select, order, expressions.items, expressions.count);
}

static int split_layers(struct splitter *splitter, struct sql_node *select,
                        struct sql_node *order) {
  struct sql_node *query = build_query(splitter, select);
  if (!query)
    return split_nomem(splitter);
  struct shape shape = shape_of(query);
  /* where a subquery is grouped by nothing tells which results are that key */
  if (!shape.one_select || has_query(select->child[SELECT_GROUP]))
    return TIDE_OK;
  if (shape.distinct)
    return split_distinct(splitter, select);
  int rc = TIDE_OK;
  if (spelling_groups_vary(select) && !spelling_group(splitter->arena, select, order))
    return split_nomem(splitter);
  if (shape.grouped)
    rc = split_grouped(splitter, select, order, &shape);
  if (rc != TIDE_OK)
    return rc; /* the tree is of a node that could not be made */
  shape = shape_of(query);
  if (!shape.grouped && (shape.windows || shape.distinct_on))
    rc = split_parted(splitter, select, order);
  return rc;
}

static int split_body(struct splitter *splitter, struct sql_node **body,
                      struct sql_node *order);

static int split_select(struct splitter *splitter, struct sql_node **body,
                        struct sql_node *order) {
  int rc = TIDE_OK;
  if (depends_on_order(*body)) /* of what the rows come from */
    return TIDE_OK;
  if (!(*body)->child[SELECT_DISTINCT_ON])
    rc = lower_expand_grouping_sets(&splitter->graph->binding, body);
  if (rc != TIDE_OK || (*body)->kind != SQL_SELECT)
    return rc == TIDE_OK ? split_body(splitter, body, order) : rc;
  struct sql_node *select = *body;
  rc = split_from(splitter, select, order);
  if (rc == TIDE_OK)
    rc = split_full_joins(splitter, select, order);
  if (rc == TIDE_OK)
    rc = split_subqueries(splitter, select);
  if (rc == TIDE_OK)
    rc = split_members(splitter, select);
  if (rc == TIDE_OK)
    rc = split_quantified(splitter, select);
  return rc == TIDE_OK ? split_layers(splitter, select, order) : rc;
}

/* --- bodies and queries --- */

int split_branch(struct splitter *splitter, struct sql_node **branch) {
  const struct relation *relation;
  if ((*branch)->kind == SQL_SET_OPERATION)
    return split_body(splitter, branch, NULL);
  struct sql_node *query =
      (*branch)->kind == SQL_QUERY ? *branch : build_query(splitter, *branch);
  int rc = query ? split_query(splitter, query) : split_nomem(splitter);
  if (rc != TIDE_OK)
    return rc;
  bool bare = !query->child[QUERY_WITH] && !query->child[QUERY_LIMIT] &&
              !query->child[QUERY_OFFSET];
  if (bare && split_is_projection(query->child[QUERY_BODY])) {
    *branch = query->child[QUERY_BODY];
    return TIDE_OK;
  }
  rc = tree_settle(splitter, query);
  if (rc == TIDE_OK)
    rc = graph_add(splitter->graph, query, &relation);
  if (rc != TIDE_OK)
    return rc;
  *branch = build_select_all(splitter, relation, query->position);
  return *branch ? TIDE_OK : split_nomem(splitter);
}

static int split_body(struct splitter *splitter, struct sql_node **body,
                      struct sql_node *order) {
  if ((*body)->kind == SQL_SELECT)
    return split_select(splitter, body, order);
  if ((*body)->kind != SQL_SET_OPERATION)
    return TIDE_OK;
  int rc = split_branch(splitter, &(*body)->child[BODY_LEFT]);
  return rc == TIDE_OK ? split_branch(splitter, &(*body)->child[BODY_RIGHT]) : rc;
}

/* The query without LIMIT becomes a node, with what it is ordered by as columns. */
static int split_limit(struct splitter *splitter, struct sql_node *query) {
  struct sql_node *body = query->child[QUERY_BODY];
  struct sql_node *order = query->child[QUERY_ORDER];
  const struct relation *relation;
  int count = query_column_count(query);
  const struct sql_node *names =
      body->kind == SQL_SELECT ? body->child[SELECT_RESULTS] : NULL;
  const char **kept = arena_alloc(splitter->arena, (size_t)count * sizeof *kept);
  int *columns = arena_alloc(splitter->arena, ((size_t)(order ? order->count : 0) + 1) *
                                                  sizeof *columns);
  if (!kept || !columns)
    return split_nomem(splitter);
  for (int i = 0; i < count; i++)
    kept[i] = query_column_name(query, i);
  for (uint32_t i = 0; order && i < order->count; i++) {
    struct sql_node *one = order->child[i]->child[0];
    if (one->kind == SQL_INTEGER) {
      columns[i] = (int)strtol(one->text, NULL, 10) - 1;
      continue;
    }
    if (!names)
      return TIDE_OK; /* cannot be: a set operation is ordered by its results */
    columns[i] = (int)names->count;
    if (!build_result(splitter, body, bind_clone_tree(splitter->arena, one), NULL))
      return split_nomem(splitter);
  }
  struct sql_node *inner = build_query(splitter, body);
  if (!inner)
    return split_nomem(splitter);
  if (body->kind == SQL_SELECT && body->child[SELECT_DISTINCT_ON] && order) {
    inner->child[QUERY_ORDER] = bind_clone_tree(splitter->arena, order);
    if (!inner->child[QUERY_ORDER])
      return split_nomem(splitter);
  }
  int rc = split_off(splitter, inner, &relation);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *select = build_select_all(splitter, relation, query->position);
  if (!select)
    return split_nomem(splitter);
  const struct sql_node *reference = select->child[SELECT_FROM]->child[0];
  select->child[SELECT_RESULTS]->count = (uint32_t)count;
  for (int i = 0; i < count; i++) {
    select->child[SELECT_RESULTS]->child[i]->text = kept[i];
    select->child[SELECT_RESULTS]->child[i]->length = (uint32_t)strlen(kept[i]);
  }
  for (uint32_t i = 0; order && i < order->count; i++) {
    order->child[i]->child[0] =
        build_column(splitter, reference, columns[i], select->index);
    if (!order->child[i]->child[0])
      return split_nomem(splitter);
  }
  query->child[QUERY_BODY] = select;
  return TIDE_OK;
}

int split_query(struct splitter *splitter, struct sql_node *query) {
  int rc = split_with(splitter, query);
  if (rc != TIDE_OK || query->child[QUERY_WITH])
    return rc;
  struct sql_node **body = &query->child[QUERY_BODY];
  bool limited = query->child[QUERY_LIMIT] || query->child[QUERY_OFFSET];
  if (limited && (*body)->kind == SQL_SELECT && !depends_on_order(*body))
    rc = split_from(splitter, *body, query->child[QUERY_ORDER]);
  if (rc != TIDE_OK)
    return rc;
  if (limited)
    return split_is_projection(*body) ? TIDE_OK : split_limit(splitter, query);
  bool ordered = (*body)->kind == SQL_SELECT && (*body)->child[SELECT_DISTINCT_ON];
  if (!ordered)
    query->child[QUERY_ORDER] = NULL;
  while ((*body)->kind == SQL_QUERY && !(*body)->child[QUERY_WITH] &&
         !(*body)->child[QUERY_LIMIT] && !(*body)->child[QUERY_OFFSET])
    *body = (*body)->child[QUERY_BODY];
  return split_body(splitter, body, query->child[QUERY_ORDER]);
}

int normalise(struct graph *graph, struct sql_node **query) {
  enum { FIRST_LEVEL = 1 << 20 };
  struct splitter splitter = {
      .graph = graph, .arena = &graph->arena, .next_level = FIRST_LEVEL};
  int rc = split_query(&splitter, *query);
  return rc == TIDE_OK ? tree_settle(&splitter, *query) : rc;
}
