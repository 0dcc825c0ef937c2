/* Finds the equalities of a query and the ways that they make. */
#include "view/reach.h"

#include <string.h>

#include "sql/walk.h"
#include "view/join.h"
#include "view/views.h"

/* --- occurrences and edges --- */

struct reader {
  struct plan *plan;
  struct reach *reach;
  int32_t level; /* of the SELECT that is being read */
  bool failed;
};

/* Occurrences [begin, end). */
struct range {
  int begin, end;
};

static void *grow(struct reader *reader, void *items, int count, int *capacity,
                  size_t size) {
  if (count < *capacity)
    return items;
  int larger = *capacity * 2 + 8;
  void *copy = plan_alloc(reader->plan, (size_t)larger * size);
  if (!copy) {
    reader->failed = true;
    return NULL;
  }
  if (count > 0)
    memcpy(copy, items, (size_t)count * size);
  *capacity = larger;
  return copy;
}

static void add_occurrence(struct reader *reader, const struct sql_node *reference) {
  struct plan *plan = reader->plan;
  struct reach *reach = reader->reach;
  const struct relation *relation = reference->bound;
  if (!relation || relation->kind == RELATION_SYSTEM) {
    reach->unknown = true;
    return;
  }
  void *larger = grow(reader, reach->occurrences, reach->occurrence_count,
                      &reach->occurrence_capacity, sizeof *reach->occurrences);
  if (!larger)
    return;
  reach->occurrences = larger;
  struct occurrence *added = &reach->occurrences[reach->occurrence_count++];
  *added = (struct occurrence){
      .reference = reference, .relation = relation, .level = reader->level, .edge = -1};
  for (int i = 0; i < plan->read_count; i++)
    if (plan->reads[i] == relation)
      added->delta = plan->deltas[i];
}

static int find_occurrence(const struct reach *reach, const void *reference) {
  for (int i = 0; i < reach->occurrence_count; i++)
    if (reach->occurrences[i].reference == reference)
      return i;
  return -1;
}

/* The column that the expression is, casts aside: of NULL both give NULL. */
static const struct sql_node *strict_column(const struct sql_node *node) {
  while (node->kind == SQL_CAST)
    node = node->child[CAST_OPERAND];
  return node->kind == SQL_COLUMN ? node : NULL;
}

static int bare_column(const struct sql_node *node) {
  return node->kind == SQL_COLUMN ? node->bound_index : -1;
}

static void add_edge(struct reader *reader, struct range constrained,
                     const struct sql_node *left, const struct sql_node *right,
                     const struct sql_node *conjunct, bool theta) {
  struct reach *reach = reader->reach;
  const struct sql_node *from_column = strict_column(left);
  const struct sql_node *to_column = strict_column(right);
  if (!from_column || !to_column)
    return;
  int from = find_occurrence(reach, from_column->bound);
  int to = find_occurrence(reach, to_column->bound);
  if (from < constrained.begin || from >= constrained.end || to < 0 || from == to)
    return;
  void *larger = grow(reader, reach->edges, reach->edge_count, &reach->edge_capacity,
                      sizeof *reach->edges);
  if (!larger)
    return;
  reach->edges = larger;
  reach->edges[reach->edge_count++] = (struct edge){
      from, to, bare_column(left), bare_column(right), left, right, conjunct, theta};
}

static bool is_range(const struct sql_node *condition) {
  static const char *const operators[] = {"<", "<=", ">", ">="};
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    if (condition->kind == SQL_BINARY && strcmp(condition->text, operators[i]) == 0)
      return true;
  return false;
}

/* Are there no other columns in the condition than of these two? */
struct pair {
  const void *one, *other;
};

static enum sql_walk find_third(const struct sql_node *node, void *context) {
  const struct pair *pair = context;
  bool third = node->kind == SQL_QUERY ||
               (node->kind == SQL_COLUMN && node->bound != pair->one &&
                node->bound != pair->other);
  return third ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* `operand BETWEEN low AND high` holds only if both comparisons are true. */
static void add_between(struct reader *reader, struct range constrained,
                        const struct sql_node *condition) {
  const struct sql_node *operand = strict_column(condition->child[BETWEEN_OPERAND]);
  if (!operand || (condition->flags & (SQL_NOT | SQL_SYMMETRIC)))
    return;
  for (int i = BETWEEN_LOW; i <= BETWEEN_HIGH; i++) {
    const struct sql_node *limit = strict_column(condition->child[i]);
    if (!limit ||
        !sql_walk(condition, find_third, &(struct pair){operand->bound, limit->bound}))
      continue;
    add_edge(reader, constrained, operand, limit, condition, true);
    add_edge(reader, constrained, limit, operand, condition, true);
  }
}

/* --- reading --- */

static void read_query(struct reader *reader, const struct sql_node *query);
static void read_expression(struct reader *reader, const struct sql_node *node);

/* `operand IN (SELECT column …)`, where a NULL is as good as false: the rows of the
 * subquery count only where they are equal. */
static void read_in(struct reader *reader, const struct sql_node *in) {
  const struct sql_node *query = in->child[IN_SET];
  const struct sql_node *body = query->child[QUERY_BODY];
  int begin = reader->reach->occurrence_count;
  read_expression(reader, in->child[IN_OPERAND]);
  read_query(reader, query);
  if ((in->flags & SQL_NOT) || body->kind != SQL_SELECT || query->child[QUERY_LIMIT] ||
      query->child[QUERY_OFFSET] || body->child[SELECT_DISTINCT_ON])
    return;
  const struct sql_node *result = body->child[SELECT_RESULTS]->child[0]->child[0];
  struct range inside = {begin, reader->reach->occurrence_count};
  /* a column lends its collation to a cast */
  if (in->child[IN_OPERAND]->kind == SQL_COLUMN || result->kind == SQL_COLUMN)
    add_edge(reader, inside, result, in->child[IN_OPERAND], NULL, false);
}

/* A condition that must be true for rows of `constrained` to count. */
static void read_condition(struct reader *reader, struct range constrained,
                           const struct sql_node *condition) {
  if (!condition)
    return;
  if (condition->kind == SQL_BINARY && strcmp(condition->text, "and") == 0) {
    read_condition(reader, constrained, condition->child[LEFT]);
    read_condition(reader, constrained, condition->child[RIGHT]);
    return;
  }
  if (condition->kind == SQL_IN_QUERY) {
    read_in(reader, condition);
    return;
  }
  read_expression(reader, condition);
  if (condition->kind == SQL_BETWEEN)
    add_between(reader, constrained, condition);
  bool theta = is_range(condition);
  if (!theta && (condition->kind != SQL_BINARY || strcmp(condition->text, "=") != 0))
    return;
  add_edge(reader, constrained, condition->child[LEFT], condition->child[RIGHT],
           condition, theta);
  add_edge(reader, constrained, condition->child[RIGHT], condition->child[LEFT],
           condition, theta);
}

static enum sql_walk find_queries(const struct sql_node *node, void *context) {
  if (node->kind != SQL_QUERY)
    return SQL_WALK_ON;
  read_query(context, node);
  return SQL_WALK_SKIP;
}

static void read_expression(struct reader *reader, const struct sql_node *node) {
  sql_walk(node, find_queries, reader);
}

/* Which side's rows count only if ON is true. */
static struct range constrained_by(const struct sql_node *join, struct range left,
                                   struct range right) {
  switch (join->op) {
  case SQL_LEFT_OUTER: return right;
  case SQL_RIGHT_OUTER: return left;
  case SQL_FULL_OUTER: return (struct range){0, 0};
  default: return (struct range){left.begin, right.end};
  }
}

static struct range read_from(struct reader *reader, const struct sql_node *item) {
  struct range range = {reader->reach->occurrence_count, 0};
  if (item->kind == SQL_JOIN) {
    struct range left = read_from(reader, item->child[JOIN_LEFT]);
    struct range right = read_from(reader, item->child[JOIN_RIGHT]);
    read_condition(reader, constrained_by(item, left, right), item->child[JOIN_ON]);
  } else if (item->kind == SQL_TABLE_REFERENCE) {
    add_occurrence(reader, item);
  } else {
    read_expression(reader, item->child[REFERENCE_SOURCE]);
  }
  range.end = reader->reach->occurrence_count;
  return range;
}

static void read_select(struct reader *reader, const struct sql_node *select) {
  int32_t outer = reader->level;
  const struct sql_node *from = select->child[SELECT_FROM];
  struct range range = {reader->reach->occurrence_count, 0};
  reader->level = select->index;
  for (uint32_t i = 0; from && i < from->count; i++)
    read_from(reader, from->child[i]);
  range.end = reader->reach->occurrence_count;
  read_condition(reader, range, select->child[SELECT_WHERE]);
  for (uint32_t i = 0; i < select->count; i++)
    if (i != SELECT_FROM && i != SELECT_WHERE && select->child[i])
      read_expression(reader, select->child[i]);
  reader->level = outer;
}

static void read_body(struct reader *reader, const struct sql_node *body) {
  if (body->kind == SQL_SELECT) {
    read_select(reader, body);
  } else if (body->kind == SQL_SET_OPERATION) {
    read_body(reader, body->child[BODY_LEFT]);
    read_body(reader, body->child[BODY_RIGHT]);
  } else {
    read_expression(reader, body);
  }
}

static void read_query(struct reader *reader, const struct sql_node *query) {
  if (query->child[QUERY_WITH])
    reader->reach->unknown = true;
  read_body(reader, query->child[QUERY_BODY]);
  for (int i = QUERY_ORDER; i <= QUERY_OFFSET; i++)
    if (query->child[i])
      read_expression(reader, query->child[i]);
}

int reach_read(struct plan *plan, struct reach *reach) {
  struct reader reader = {.plan = plan, .reach = reach};
  *reach = (struct reach){.anchor = -1};
  read_query(&reader, plan->bound);
  return reader.failed ? plan_out_of_memory(plan) : TIDE_OK;
}

/* --- ways --- */

/* Follows the edges from what reaches the anchor one step back. Returns how many
 * occurrences that adds. */
static int grow_ways(struct reach *reach, bool theta) {
  int added = 0;
  for (int i = 0; i < reach->edge_count; i++) {
    const struct edge *edge = &reach->edges[i];
    struct occurrence *from = &reach->occurrences[edge->from];
    const struct occurrence *to = &reach->occurrences[edge->to];
    if (edge->theta != theta || from->reaches || !to->reaches)
      continue;
    from->edge = i;
    from->reaches = true;
    from->ranges = theta || to->ranges;
    added++;
  }
  return added;
}

int reach_set_anchor(struct reach *reach, int anchor) {
  int count = 1, added;
  reach->anchor = anchor;
  for (int i = 0; i < reach->occurrence_count; i++) {
    reach->occurrences[i].reaches = i == anchor;
    reach->occurrences[i].edge = -1;
    reach->occurrences[i].ranges = false;
  }
  do { /* breadth first: the shortest ways, by equalities as far as they reach */
    added = grow_ways(reach, false);
    if (added == 0)
      added = grow_ways(reach, true);
    count += added;
  } while (added > 0);
  return count;
}

int reach_wish_indexes(struct plan *plan, const struct reach *reach) {
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < reach->edge_count; i++) {
    const struct edge *edge = &reach->edges[i];
    const struct occurrence *from = &reach->occurrences[edge->from];
    const struct occurrence *to = &reach->occurrences[edge->to];
    if (edge->from_column >= 0 && (!edge->theta || from->edge == i))
      rc = plan_wish_index(plan, from->relation, &edge->from_column, 1);
    if (rc == TIDE_OK && from->edge == i && edge->to_column >= 0)
      rc = plan_wish_index(plan, to->relation, &edge->to_column, 1);
  }
  return rc;
}

/* --- statements --- */

static int print_bound(struct plan *plan, const struct sql_node *bound,
                       struct buffer *out) {
  struct sql_node *lowered = bind_clone_tree(&plan->arena, bound);
  if (!lowered)
    return plan_out_of_memory(plan);
  lowered = lower_expression(&plan->binding, lowered);
  return lowered ? plan_print(plan, lowered, out) : plan->database->error->code;
}

static int print_edge(struct plan *plan, const struct edge *edge, struct buffer *out) {
  if (edge->conjunct)
    return print_bound(plan, edge->conjunct, out);
  int rc = print_bound(plan, edge->left, out);
  buffer_text(out, " = ");
  return rc == TIDE_OK ? print_bound(plan, edge->right, out) : rc;
}

static void print_key(const struct reach *reach, const int *columns, int count,
                      struct buffer *out) {
  const struct occurrence *anchor = &reach->occurrences[reach->anchor];
  buffer_text(out, "SELECT ");
  for (int i = 0; i < count; i++)
    buffer_format(out, "%s%q.%q", i > 0 ? ", " : "", anchor->reference->text,
                  anchor->relation->columns[columns[i]].name);
}

void reach_print_from(const struct reach *reach, int first, struct buffer *out) {
  const struct occurrence *one = &reach->occurrences[first];
  buffer_format(out, " FROM %q AS %q", one->delta->table, one->reference->text);
  for (; one->edge >= 0; one = &reach->occurrences[reach->edges[one->edge].to]) {
    const struct occurrence *to = &reach->occurrences[reach->edges[one->edge].to];
    buffer_format(out, " CROSS JOIN main.%q AS %q", to->relation->stored,
                  to->reference->text);
  }
}

int reach_print_conditions(struct plan *plan, const struct reach *reach, int first,
                           const char *separator, struct buffer *out) {
  int rc = TIDE_OK;
  const struct occurrence *one = &reach->occurrences[first];
  for (; rc == TIDE_OK && one->edge >= 0;
       one = &reach->occurrences[reach->edges[one->edge].to]) {
    buffer_text(out, separator);
    rc = print_edge(plan, &reach->edges[one->edge], out);
    separator = " AND ";
  }
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

int reach_print_affected(struct plan *plan, const struct reach *reach, int first,
                         const int *columns, int count, struct buffer *out) {
  print_key(reach, columns, count, out);
  reach_print_from(reach, first, out);
  return reach_print_conditions(plan, reach, first, " WHERE ", out);
}

int reach_affected(struct plan *plan, struct reach *reach, int occurrence,
                   const int *columns, int count, sqlite3_stmt **statement) {
  struct occurrence *one = &reach->occurrences[occurrence];
  *statement = one->affects;
  if (one->affects)
    return TIDE_OK;
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  int rc = reach_print_affected(plan, reach, occurrence, columns, count, &sql);
  if (rc == TIDE_OK)
    rc = database_prepare(plan->database, buffer_string(&sql), true, &one->affects);
  buffer_deinit(&sql);
  *statement = one->affects;
  return rc;
}

void reach_deinit(struct reach *reach) {
  for (int i = 0; i < reach->occurrence_count; i++)
    sqlite3_finalize(reach->occurrences[i].affects);
  reach->occurrence_count = 0;
}

/* --- keys --- */

static bool is_equated(const struct reach *reach, int occurrence, int column,
                       uint64_t known) {
  for (int i = 0; i < reach->edge_count; i++) {
    const struct edge *edge = &reach->edges[i];
    if (edge->from == occurrence && edge->from_column == column && edge->conjunct &&
        !edge->theta && (known >> edge->to & 1))
      return true;
  }
  return false;
}

static bool is_determined(struct plan *plan, const struct reach *reach, int occurrence,
                          uint64_t known) {
  struct source_key key;
  const struct relation *relation = reach->occurrences[occurrence].relation;
  for (int which = 0; join_find_key(plan, relation, which, &key); which++) {
    bool all = true;
    for (int i = 0; all && i < key.count; i++)
      all = is_equated(reach, occurrence, key.columns[i], known);
    if (all)
      return true;
  }
  return false;
}

uint64_t reach_determined(struct plan *plan, const struct reach *reach, int32_t level,
                          uint64_t known) {
  for (bool grown = true; grown;) {
    grown = false;
    for (int i = 0; i < reach->occurrence_count && i < 64; i++) {
      if (reach->occurrences[i].level != level || (known >> i & 1) ||
          !is_determined(plan, reach, i, known))
        continue;
      known |= (uint64_t)1 << i;
      grown = true;
    }
  }
  return known;
}
