/* Inner joins of stored relations: reading them from a SELECT, and printing the
 * terms of their delta. */
#include "view/join.h"

#include <assert.h>
#include <string.h>

#include "sql/walk.h"
#include "view/graph.h"
#include "view/scan.h"
#include "view/views.h"

#define BIT(source) ((join_set)1 << (source))

/* --- reading FROM and WHERE --- */

static bool refuse(struct plan *plan, const char *reason) {
  if (!plan->not_a_join)
    plan->not_a_join = reason;
  return false;
}

static bool add_conjuncts(struct plan *plan, const struct sql_node *condition) {
  struct join *join = &plan->join;
  if (!condition)
    return true;
  if (condition->kind == SQL_BINARY && strcmp(condition->text, "and") == 0)
    return add_conjuncts(plan, condition->child[LEFT]) &&
           add_conjuncts(plan, condition->child[RIGHT]);
  size_t count = (size_t)join->conjunct_count;
  if ((count & (count + 1)) == 0) { /* room is doubled at 0, 1, 3, 7, … */
    const struct sql_node **larger = plan_alloc(plan, (count * 2 + 1) * sizeof *larger);
    if (!larger)
      return false;
    if (count > 0)
      memcpy(larger, join->conjuncts, count * sizeof *larger);
    join->conjuncts = larger;
  }
  join->conjuncts[join->conjunct_count++] = condition;
  return true;
}

static bool add_source(struct plan *plan, const struct sql_node *reference) {
  struct join *join = &plan->join;
  const struct relation *relation = reference->bound;
  if (!relation)
    return refuse(plan, "it reads a common table expression");
  if (relation->kind == RELATION_SYSTEM)
    return refuse(plan, "it reads a system relation");
  if (join->source_count == JOIN_SOURCES_MAX)
    return refuse(plan, "it joins too many relations");
  struct join_source *source = &join->sources[join->source_count++];
  *source = (struct join_source){.alias = reference->text ? reference->text
                                                          : relation->stored,
                                 .relation = relation};
  for (int i = 0; i < plan->read_count; i++)
    if (plan->reads[i] == relation)
      source->delta = plan->deltas[i];
  return true;
}

static bool add_from(struct plan *plan, const struct sql_node *node) {
  switch (node->kind) {
  case SQL_TABLE_REFERENCE: return add_source(plan, node);
  case SQL_JOIN:
    if (node->op != SQL_INNER && node->op != SQL_CROSS)
      return refuse(plan, "it has an outer join");
    return add_from(plan, node->child[JOIN_LEFT]) &&
           add_from(plan, node->child[JOIN_RIGHT]) &&
           add_conjuncts(plan, node->child[JOIN_ON]);
  case SQL_SUBQUERY_REFERENCE: return refuse(plan, "it reads from a subquery");
  default: return refuse(plan, "it reads from a function");
  }
}

static enum sql_walk find_query(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_QUERY ? SQL_WALK_STOP : SQL_WALK_ON;
}

struct source_search {
  const struct join *join;
  join_set sources;
};

static int find_source(const struct join *join, const struct sql_node *column) {
  const struct sql_node *qualifier = column->child[0];
  for (int i = 0; qualifier && i < join->source_count; i++)
    if (strcmp(join->sources[i].alias, qualifier->text) == 0)
      return i;
  return -1;
}

static enum sql_walk collect_sources(const struct sql_node *node, void *context) {
  struct source_search *search = context;
  if (node->kind != SQL_COLUMN)
    return SQL_WALK_ON;
  int source = find_source(search->join, node);
  assert(source >= 0); /* a join with subqueries has been refused */
  search->sources |= BIT(source);
  return SQL_WALK_SKIP;
}

bool join_column(const struct join *join, const struct sql_node *node, int *source,
                 int *column) {
  if (!node || node->kind != SQL_COLUMN)
    return false;
  *source = find_source(join, node);
  if (*source < 0)
    return false;
  *column = relation_column(join->sources[*source].relation, node->text);
  return *column >= 0;
}

/* Notes `side = other` when `side` is a bare column and `other` is over other
 * sources. */
static void add_equality(struct join *join, const struct sql_node *side,
                         const struct sql_node *other) {
  struct join_equality equality;
  struct source_search search = {.join = join};
  if (!join_column(join, side, &equality.source, &equality.column))
    return;
  sql_walk(other, collect_sources, &search);
  if (search.sources & BIT(equality.source))
    return;
  equality.others = search.sources;
  join->equalities[join->equality_count++] = equality;
}

static int find_equalities(struct plan *plan) {
  struct join *join = &plan->join;
  join->equalities = plan_alloc(plan, ((size_t)join->conjunct_count * 2 + 1) *
                                          sizeof *join->equalities);
  if (!join->equalities)
    return plan_out_of_memory(plan);
  for (int i = 0; i < join->conjunct_count; i++) {
    const struct sql_node *conjunct = join->conjuncts[i];
    if (conjunct->kind != SQL_BINARY || strcmp(conjunct->text, "=") != 0)
      continue;
    add_equality(join, conjunct->child[LEFT], conjunct->child[RIGHT]);
    add_equality(join, conjunct->child[RIGHT], conjunct->child[LEFT]);
  }
  return TIDE_OK;
}

int join_read(struct plan *plan) {
  struct join *join = &plan->join;
  const struct sql_node *select = plan->select;
  *join = (struct join){0};
  if (!select) {
    refuse(plan, "it is more than one SELECT, or has LIMIT");
    return TIDE_OK;
  }
  join->sources = plan_alloc(plan, JOIN_SOURCES_MAX * sizeof *join->sources);
  if (!join->sources)
    return plan_out_of_memory(plan);
  const struct sql_node *from = select->child[SELECT_FROM];
  bool simple = from && from->count > 0;
  if (!simple)
    refuse(plan, "it reads no relation");
  for (uint32_t i = 0; simple && i < from->count; i++)
    simple = add_from(plan, from->child[i]);
  if (simple)
    simple = add_conjuncts(plan, select->child[SELECT_WHERE]);
  if (plan->arena.failed)
    return plan_out_of_memory(plan);
  if (simple && !sql_walk(select, find_query, NULL))
    simple = refuse(plan, "it has a subquery");
  return simple ? find_equalities(plan) : TIDE_OK;
}

void join_deinit(struct plan *plan) {
  for (struct join_term *term = plan->join.terms; term; term = term->next)
    sqlite3_finalize(term->statement);
  plan->join.terms = NULL;
}

join_set join_changed(const struct join *join) {
  join_set changed = 0;
  for (int i = 0; i < join->source_count; i++)
    if (join->sources[i].delta->count > 0)
      changed |= BIT(i);
  return changed;
}

/* --- keys --- */

static bool never_null(const struct relation *relation, const struct key *key) {
  for (int i = 0; i < key->count && !key->primary; i++)
    if (!relation->columns[key->columns[i]].not_null)
      return false;
  return true;
}

bool join_find_key(struct plan *plan, const struct relation *relation, int which,
                   struct source_key *key) {
  if (!relation_is_internal(relation) &&
      (!relation->view || relation_is_foreign(relation))) {
    if (which >= relation->key_count)
      return false;
    const struct key *declared = &relation->keys[which];
    bool complete = never_null(relation, declared);
    *key = (struct source_key){declared->columns, declared->count, complete, !complete};
    return true;
  }
  const struct storage *storage = views_storage(plan->database, relation);
  if (which > 0 || !storage || storage->identity == STORAGE_BY_HASH)
    return false;
  for (int i = 0; i < storage->key_count; i++)
    if (storage->key[i] >= relation->column_count) /* not one that can be named */
      return false;
  *key =
      (struct source_key){storage->key, storage->key_count, storage->never_null, false};
  return true;
}

static bool is_equated(const struct join *join, int source, int column,
                       join_set known) {
  for (int i = 0; i < join->equality_count; i++) {
    const struct join_equality *equality = &join->equalities[i];
    if (equality->source == source && equality->column == column &&
        (equality->others & ~known) == 0)
      return true;
  }
  return false;
}

/* Is there at most one row of `source` for given rows of `known`? A key that has a
 * NULL equals nothing. */
static bool is_determined(struct plan *plan, int source, join_set known) {
  struct source_key key;
  for (int which = 0;
       join_find_key(plan, plan->join.sources[source].relation, which, &key); which++) {
    bool all = true;
    for (int i = 0; all && i < key.count; i++)
      all = is_equated(&plan->join, source, key.columns[i], known);
    if (all)
      return true;
  }
  return false;
}

/* All sources of which `known` allows at most one row, themselves included. */
static join_set closure_of(struct plan *plan, join_set known) {
  for (bool grown = true; grown;) {
    grown = false;
    for (int i = 0; i < plan->join.source_count; i++) {
      if ((known & BIT(i)) || !is_determined(plan, i, known))
        continue;
      known |= BIT(i);
      grown = true;
    }
  }
  return known;
}

static int find_result(const struct join *join, const struct sql_node *results,
                       int source, int column) {
  for (uint32_t i = 0; i < results->count; i++) {
    int shown_source, shown_column;
    if (join_column(join, results->child[i]->child[0], &shown_source, &shown_column) &&
        shown_source == source && shown_column == column)
      return (int)i;
  }
  return -1;
}

/* Appends the results that show one key of `source`; false when they show none. */
static bool add_shown_key(struct plan *plan, const struct sql_node *results, int source,
                          int *key, int *count, bool *complete) {
  struct source_key known;
  for (int which = 0;
       join_find_key(plan, plan->join.sources[source].relation, which, &known);
       which++) {
    bool shown = !known.repeats;
    for (int i = 0; shown && i < known.count; i++) {
      int result = find_result(&plan->join, results, source, known.columns[i]);
      shown = result >= 0;
      if (shown)
        key[*count + i] = result;
    }
    if (!shown)
      continue;
    *count += known.count;
    *complete &= known.never_null;
    return true;
  }
  return false;
}

int join_key(struct plan *plan, const struct sql_node *results, int *key,
             bool *complete) {
  join_set all = (BIT(plan->join.source_count - 1) << 1) - 1;
  join_set needed = all;
  int count = 0;
  *complete = true;
  /* a relation found by its key from the others adds nothing to the identity of a
   * row */
  for (int i = plan->join.source_count - 1; i >= 0; i--)
    if (closure_of(plan, needed & ~BIT(i)) == all)
      needed &= ~BIT(i);
  for (int i = 0; i < plan->join.source_count; i++)
    if ((needed & BIT(i)) && !add_shown_key(plan, results, i, key, &count, complete))
      return -1;
  return count;
}

int join_wish_indexes(struct plan *plan) {
  struct join *join = &plan->join;
  int columns[64];
  for (int source = 0; source < join->source_count; source++) {
    for (int first = 0; first < join->equality_count; first++) {
      const struct join_equality *equality = &join->equalities[first];
      if (equality->source != source || equality->others == 0)
        continue;
      int count = 0;
      for (int i = 0; i < join->equality_count && count < 64; i++)
        if (join->equalities[i].source == source &&
            join->equalities[i].others == equality->others)
          columns[count++] = join->equalities[i].column;
      int rc = plan_wish_index(plan, join->sources[source].relation, columns, count);
      if (rc != TIDE_OK)
        return rc;
    }
  }
  return TIDE_OK;
}

/* --- printing --- */

/* How well `source` follows `placed`: higher is better. */
static int rank(struct plan *plan, int source, join_set placed, join_set deltas) {
  const struct join *join = &plan->join;
  if (deltas & BIT(source)) {
    for (int i = 0; i < join->equality_count; i++)
      if (join->equalities[i].source == source && join->equalities[i].others != 0 &&
          (join->equalities[i].others & ~placed) == 0)
        return 5;
    return 2;
  }
  if (is_determined(plan, source, placed))
    return 4;
  for (int i = 0; i < join->equality_count; i++)
    if (join->equalities[i].source == source &&
        (join->equalities[i].others & ~placed) == 0)
      return join->equalities[i].others ? 3 : 1;
  return 0;
}

static int best_next(struct plan *plan, join_set placed, join_set deltas) {
  int best = -1, best_rank = -1;
  for (int i = 0; i < plan->join.source_count; i++) {
    if (placed & BIT(i))
      continue;
    int here = placed == 0 ? (deltas & BIT(i)) != 0 : rank(plan, i, placed, deltas);
    if (here <= best_rank)
      continue;
    best = i;
    best_rank = here;
  }
  return best;
}

static void print_source(const struct join_source *source, bool delta,
                         struct buffer *out) {
  if (delta)
    buffer_format(out, "%q AS %q", source->delta->table, source->alias);
  else
    buffer_format(out, "main.%q AS %q", source->relation->stored, source->alias);
}

int join_from(struct plan *plan, join_set deltas, struct buffer *out) {
  struct join *join = &plan->join;
  join_set placed = 0;
  buffer_text(out, " FROM ");
  for (int i = 0; i < join->source_count; i++) {
    int source = deltas ? best_next(plan, placed, deltas) : i;
    if (i > 0)
      buffer_text(out, deltas ? " CROSS JOIN " : ", ");
    print_source(&join->sources[source], (deltas & BIT(source)) != 0, out);
    placed |= BIT(source);
  }
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < join->conjunct_count; i++) {
    buffer_text(out, i > 0 ? " AND (" : " WHERE (");
    rc = plan_print(plan, join->conjuncts[i], out);
    buffer_character(out, ')');
  }
  return rc;
}

/* The weight of a joined row: the product of those of its delta rows, and the sign
 * of the term. */
static void print_weight(const struct join *join, join_set deltas, struct buffer *out) {
  bool negative = false, first = true;
  for (int i = 0; i < join->source_count; i++) {
    if (!(deltas & BIT(i)))
      continue;
    buffer_format(out, "%s%q.__weight", first ? "(" : " * ", join->sources[i].alias);
    if (!first)
      negative = !negative;
    first = false;
  }
  buffer_text(out, negative ? " * -1)" : ")");
}

static int print_term(struct plan *plan, join_set deltas,
                      int (*results)(struct plan *plan, const char *weight,
                                     struct buffer *out),
                      const char *suffix, struct buffer *out) {
  struct buffer weight;
  buffer_init(&weight, plan->database->memory);
  print_weight(&plan->join, deltas, &weight);
  buffer_text(out, "SELECT ");
  int rc = weight.failed ? plan_out_of_memory(plan)
                         : results(plan, buffer_string(&weight), out);
  buffer_deinit(&weight);
  if (rc == TIDE_OK)
    rc = join_from(plan, deltas, out);
  if (suffix)
    buffer_text(out, suffix);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

int join_term(struct plan *plan, join_set deltas,
              int (*results)(struct plan *plan, const char *weight, struct buffer *out),
              const char *suffix, sqlite3_stmt **statement) {
  struct join_term *term = plan->join.terms;
  while (term && term->deltas != deltas)
    term = term->next;
  *statement = term ? term->statement : NULL;
  if (term)
    return TIDE_OK;
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  term = plan_alloc(plan, sizeof *term);
  int rc =
      term ? print_term(plan, deltas, results, suffix, &sql) : plan_out_of_memory(plan);
  if (rc == TIDE_OK)
    rc = database_prepare(plan->database, buffer_string(&sql), true, statement);
  buffer_deinit(&sql);
  if (rc != TIDE_OK)
    return rc;
  *term = (struct join_term){plan->join.terms, deltas, *statement};
  plan->join.terms = term;
  return TIDE_OK;
}

int join_explain(struct plan *plan,
                 int (*results)(struct plan *plan, const char *weight,
                                struct buffer *out),
                 const char *suffix, struct buffer *out) {
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < plan->join.source_count; i++) {
    buffer_text(out, "delta of ");
    graph_print_relation(plan->join.sources[i].relation, out);
    buffer_text(out, ": ");
    size_t start = out->length;
    rc = print_term(plan, BIT(i), results, suffix, out);
    if (rc == TIDE_OK)
      rc = scan_explain(plan, start, out);
  }
  return rc;
}
