/* WITH RECURSIVE: its terms become what the emitter takes, rows of one relation and an inner
 * join of the recursion with relations. */
#include "view/normalise_internal.h"

#include <string.h>

#include "sql/walk.h"

/* A query of its own for one that refers to itself: WITH RECURSIVE c AS (…) SELECT all
 * columns FROM c. */
static struct sql_node *recursive_query(struct splitter *splitter,
                                        struct sql_node *cte) {
  struct arena *arena = splitter->arena;
  uint32_t position = cte->position;
  struct sql_node *with = sql_node_new(arena, SQL_WITH, position);
  struct sql_node *reference =
      sql_node_text(arena, SQL_TABLE_REFERENCE, position, cte->text);
  if (!with || !reference || !sql_list_append(arena, with, cte))
    return NULL;
  with->flags = SQL_RECURSIVE;
  reference->index = REFERENCE_CTE;
  reference->child[REFERENCE_SOURCE] =
      sql_node_text(arena, SQL_NAME, position, cte->text);
  struct sql_node *select = build_select(splitter, reference);
  const struct sql_node *names = cte->child[CTE_COLUMNS];
  for (uint32_t i = 0; select && i < names->count; i++) {
    struct sql_node *column =
        sql_node_text(arena, SQL_COLUMN, position, names->child[i]->text);
    if (!column)
      return NULL;
    column->child[0] = sql_node_text(arena, SQL_NAME, position, cte->text);
    column->type = query_column_type(cte->child[CTE_STATEMENT], (int)i);
    column->bound = reference;
    column->bound_index = (int32_t)i;
    column->index = select->index;
    if (!build_result(splitter, select, column, NULL))
      return NULL;
  }
  struct sql_node *query = select ? build_query(splitter, select) : NULL;
  if (query)
    query->child[QUERY_WITH] = with;
  return query;
}

/* --- the recursive term --- */

enum { UPPER_MAX = 8 };

/* What stays beside the node that the rest of FROM becomes: the recursion itself, and sets
 * that its rows are to be in. */
struct step {
  struct splitter *splitter;
  struct sql_node *select;
  const char *name; /* of the recursion */
  int upper_count;
  struct sql_node *upper[UPPER_MAX]; /* references; the first is the recursion */
  struct sql_node *above, *below;    /* conditions */
  const struct sql_node *further[UPPER_MAX]; /* expressions of the node */
  int further_count;
  bool fits;
};

static enum sql_walk find_upper(const struct sql_node *node, void *context) {
  const struct step *step = context;
  for (int i = 0; i < step->upper_count; i++)
    if (node == step->upper[i] ||
        (node->kind == SQL_COLUMN && node->bound == step->upper[i]))
      return SQL_WALK_STOP;
  return SQL_WALK_ON;
}

static bool has_upper(struct step *step, const struct sql_node *node) {
  return node && !sql_walk(node, find_upper, step);
}

static enum sql_walk find_query(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_QUERY ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool has_query(const struct sql_node *node) {
  return node && !sql_walk(node, find_query, NULL);
}

static enum sql_walk find_recursion(const struct sql_node *node, void *context) {
  struct step *step = context;
  if (!tree_is_cte(node, step->name))
    return SQL_WALK_ON;
  step->upper[0] = (struct sql_node *)(uintptr_t)node;
  step->upper_count = 1;
  return SQL_WALK_STOP;
}

static void add_condition(struct step *step, struct sql_node **where,
                          struct sql_node *condition) {
  if (condition)
    *where = sql_and(step->splitter->arena, *where, condition);
}

/* Can the recursion be taken out of the item, and the joins on the way to it left out? The
 * rows of an outer join stay what they are if its condition does not look at it. */
static bool can_take_out(struct step *step, const struct sql_node *item) {
  if (item == step->upper[0])
    return true;
  bool left = has_upper(step, item->child[JOIN_LEFT]);
  const struct sql_node *way = item->child[left ? JOIN_LEFT : JOIN_RIGHT];
  if (item->op == SQL_INNER || item->op == SQL_CROSS)
    return can_take_out(step, way);
  bool outer = item->op == (left ? SQL_LEFT_OUTER : SQL_RIGHT_OUTER);
  return outer && way != step->upper[0] && !has_upper(step, item->child[JOIN_ON]) &&
         can_take_out(step, way);
}

/* What is left of the item; NULL: nothing. */
static struct sql_node *take_out(struct step *step, struct sql_node *item) {
  if (item == step->upper[0])
    return NULL;
  bool left = has_upper(step, item->child[JOIN_LEFT]);
  struct sql_node **way = &item->child[left ? JOIN_LEFT : JOIN_RIGHT];
  struct sql_node *other = item->child[left ? JOIN_RIGHT : JOIN_LEFT];
  *way = take_out(step, *way);
  if (item->op == SQL_INNER || item->op == SQL_CROSS) {
    add_condition(step, &step->above, item->child[JOIN_ON]);
    item->child[JOIN_ON] = NULL;
    item->op = SQL_CROSS;
  }
  return *way ? item : other;
}

/* FROM without what stays above. */
static void take_recursion(struct step *step) {
  struct sql_node *from = step->select->child[SELECT_FROM];
  uint32_t kept = 0;
  for (uint32_t i = 0; i < from->count; i++) {
    struct sql_node *item = from->child[i];
    if (has_upper(step, item))
      item = take_out(step, item);
    if (item)
      from->child[kept++] = item;
  }
  from->count = kept;
}

/* References from number `first` on become part of FROM. */
static int add_upper(struct step *step, int first) {
  for (int i = first; i < step->upper_count; i++)
    if (!sql_list_append(step->splitter->arena, step->select->child[SELECT_FROM],
                         step->upper[i]))
      return split_nomem(step->splitter);
  return TIDE_OK;
}

/* --- subqueries --- */

/* `operand IN (set)`, of the recursion: a join with the different values of the set. */
static int join_members(struct step *step, struct sql_node *condition) {
  struct splitter *splitter = step->splitter;
  const struct relation *relation;
  struct sql_node *query = condition->child[IN_SET];
  query->child[QUERY_BODY]->flags |= SQL_DISTINCT;
  int rc = split_off(splitter, query, &relation);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *reference = build_reference(splitter, relation, query->position);
  struct sql_node *column =
      reference ? build_column(splitter, reference, 0, step->select->index) : NULL;
  struct sql_node *equal =
      column ? build_comparison(splitter, "=", column, condition->child[IN_OPERAND])
             : NULL;
  if (!equal)
    return split_nomem(splitter);
  step->upper[step->upper_count++] = reference;
  add_condition(step, &step->above, equal);
  return TIDE_OK;
}

static bool is_joined_set(struct step *step, const struct sql_node *node) {
  if (node->kind != SQL_IN_QUERY || (node->flags & SQL_NOT) ||
      node->child[IN_OPERAND]->kind == SQL_ROW || has_query(node->child[IN_OPERAND]))
    return false;
  const struct sql_node *query = node->child[IN_SET];
  const struct sql_node *body = query->child[QUERY_BODY];
  return has_upper(step, node->child[IN_OPERAND]) && split_is_projection(body) &&
         !query->child[QUERY_LIMIT] && !query->child[QUERY_OFFSET] &&
         body->child[SELECT_RESULTS]->count == 1 &&
         !type_collation(body->child[SELECT_RESULTS]->child[0]->child[0]->type) &&
         tree_is_closed(query) && step->upper_count < UPPER_MAX;
}

static int place_condition(struct step *step, struct sql_node *node) {
  if (!node)
    return TIDE_OK;
  if (node->kind == SQL_BINARY && strcmp(node->text, "and") == 0) {
    int rc = place_condition(step, node->child[LEFT]);
    return rc == TIDE_OK ? place_condition(step, node->child[RIGHT]) : rc;
  }
  if (is_joined_set(step, node))
    return join_members(step, node);
  bool below = has_query(node) && !has_upper(step, node);
  add_condition(step, below ? &step->below : &step->above, node);
  return TIDE_OK;
}

/* Subqueries in what stays above are computed below, if they do not look at the
 * recursion. */
static enum sql_walk find_further(const struct sql_node *node, void *context) {
  struct step *step = context;
  bool computed = node->kind == SQL_EXISTS || node->kind == SQL_IN_QUERY ||
                  node->kind == SQL_ARRAY_QUERY;
  if (node->kind == SQL_QUERY ||
      (computed && (has_upper(step, node) || step->further_count == UPPER_MAX)))
    return SQL_WALK_STOP;
  if (!computed)
    return SQL_WALK_ON;
  step->further[step->further_count++] = node;
  return SQL_WALK_SKIP;
}

/* Is each subquery in the conditions one that can be placed? `alone`: FROM has nothing to
 * compute it with. */
static bool check_conditions(struct step *step, const struct sql_node *node,
                             bool alone) {
  if (!node)
    return true;
  if (node->kind == SQL_BINARY && strcmp(node->text, "and") == 0)
    return check_conditions(step, node->child[LEFT], alone) &&
           check_conditions(step, node->child[RIGHT], alone);
  if (!has_query(node) || is_joined_set(step, node))
    return true;
  return !alone && (!has_upper(step, node) || sql_walk(node, find_further, step));
}

/* One that has to give one row might fail for rows that are never reached. */
static enum sql_walk find_scalar(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_SCALAR_QUERY ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool check_step(struct step *step, bool alone) {
  const struct sql_node *select = step->select;
  const struct sql_node *from = select->child[SELECT_FROM];
  const struct sql_node *results = select->child[SELECT_RESULTS];
  if (has_query(from) || !sql_walk(select, find_scalar, NULL) ||
      (alone && has_query(results)))
    return false;
  for (uint32_t i = 0; i < from->count; i++)
    if (has_upper(step, from->child[i]) && !can_take_out(step, from->child[i]))
      return false;
  return check_conditions(step, select->child[SELECT_WHERE], alone) &&
         sql_walk(results, find_further, step);
}

/* --- the node --- */

struct level {
  const struct step *step;
  int32_t level;
};

static struct sql_node *set_level(struct sql_node *node, void *context) {
  const struct level *level = context;
  for (int i = 0; node && i < level->step->upper_count; i++)
    if (node->kind == SQL_COLUMN && node->bound == level->step->upper[i])
      node->index = level->level;
  return node;
}

/* Says of which SELECT the columns are that stay above. */
static void set_levels(struct step *step, int32_t level, struct sql_node *condition) {
  struct level context = {step, level};
  sql_rewrite(step->select->child[SELECT_RESULTS], set_level, &context);
  if (condition)
    sql_rewrite(condition, set_level, &context);
}

/* The rest of FROM becomes a node; the SELECT joins it with what stays above. */
static int read_rest(struct step *step) {
  struct sql_node *select = step->select;
  take_recursion(step);
  if (step->splitter->arena->failed)
    return split_nomem(step->splitter);
  select->child[SELECT_WHERE] = step->below;
  select->child[SELECT_HAVING] = step->above;
  set_levels(step, 0, step->above); /* they are no columns of the node */
  int rc = split_rows(step->splitter, select, NULL, step->further, step->further_count);
  if (rc != TIDE_OK)
    return rc;
  select->child[SELECT_WHERE] = select->child[SELECT_HAVING];
  select->child[SELECT_HAVING] = NULL;
  set_levels(step, select->index, select->child[SELECT_WHERE]);
  return add_upper(step, 0);
}

static int split_parts(struct step *step, bool alone, bool outer_join) {
  struct sql_node *select = step->select;
  step->further_count = 0;
  int rc = place_condition(step, select->child[SELECT_WHERE]);
  if (rc != TIDE_OK)
    return rc;
  sql_walk(select->child[SELECT_RESULTS], find_further, step);
  if (step->above)
    sql_walk(step->above, find_further, step);
  if (step->splitter->arena->failed)
    return split_nomem(step->splitter);
  if (!alone && (outer_join || step->below || step->further_count > 0))
    return read_rest(step);
  select->child[SELECT_WHERE] = step->above;
  return add_upper(step, 1);
}

/* Outer joins and subqueries that do not look at the recursion become a node, so that the
 * recursive term is an inner join. Others stay. */
static int split_step(struct splitter *splitter, const struct sql_node *cte,
                      struct sql_node *select) {
  struct step step = {.splitter = splitter, .select = select, .name = cte->text};
  const struct sql_node *from = select->child[SELECT_FROM];
  struct sql_node *query = build_query(splitter, select);
  if (!query)
    return split_nomem(splitter);
  struct shape shape = shape_of(query);
  if (!from || shape.function || (!shape.outer_join && !shape.subquery) ||
      sql_walk(from, find_recursion, &step))
    return TIDE_OK;
  bool alone = from->count == 1 && from->child[0] == step.upper[0];
  return check_step(&step, alone) ? split_parts(&step, alone, shape.outer_join)
                                  : TIDE_OK;
}

int split_recursive(struct splitter *splitter, struct sql_node *cte,
                    const struct relation **relation) {
  struct sql_node *body = cte->child[CTE_STATEMENT]->child[QUERY_BODY];
  struct sql_node *base = build_query(splitter, body->child[BODY_LEFT]);
  struct sql_node *own = base ? recursive_query(splitter, cte) : NULL;
  if (!own)
    return split_nomem(splitter);
  int rc = split_branch(splitter, &base);
  body->child[BODY_LEFT] = base;
  if (rc == TIDE_OK)
    rc = split_inside_body(splitter, body->child[BODY_RIGHT], NULL);
  if (rc == TIDE_OK)
    rc = split_step(splitter, cte, body->child[BODY_RIGHT]);
  if (rc == TIDE_OK)
    rc = tree_settle(splitter, own);
  return rc == TIDE_OK ? graph_add(splitter->graph, own, relation) : rc;
}
