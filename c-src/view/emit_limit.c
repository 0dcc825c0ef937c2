/* ORDER BY … LIMIT … OFFSET … over one stored relation: a window of its rows.
 *
 * Which of several equal rows are inside is decided by the key of the relation, or by all
 * results, in the direction of the last item of ORDER BY. So the order is total, and an
 * index over it gives the window without a sort. What is remembered is where the window
 * ends: rows that were and are behind that cannot touch it, and cost that comparison.
 */
#include "view/emit.h"
#include "view/graph.h"
#include "view/shape.h"

#include <stdlib.h>
#include <string.h>

/* What rows are ordered by, one after the other. */
struct term {
  const char *sql;
  const char *indexed; /* as an index has it; NULL: no column of the relation */
  const char *collation;
  struct type type;
  bool descending;
};

struct window {
  int64_t limit, offset;
  const struct sql_node *select; /* lowered */
  const struct sql_node *order;  /* lowered; NULL: none */
  const struct sql_node *reference;
  const struct relation *relation;
  struct delta *delta;
  int term_count, term_capacity;
  struct term *terms;
  struct state_table *end; /* the terms of the last row, when there are `limit` */
  sqlite3_stmt *touches;   /* is a changed row before the end? */
  sqlite3_stmt *read;      /* results and terms of the window */
  struct changes end_changes;
};

/* --- what it takes --- */

/* Reads a literal; *value is `absent` where there is none. */
static bool read_number(const struct sql_node *node, int64_t absent, int64_t *value) {
  enum { DIGITS_MAX = 15 };
  while (node && node->kind == SQL_CAST)
    node = node->child[CAST_OPERAND];
  *value = absent;
  if (!node)
    return true;
  if (node->kind != SQL_INTEGER || strlen(node->text) > DIGITS_MAX)
    return false;
  *value = strtoll(node->text, NULL, 10);
  return true;
}

static const char *why_not(const struct plan *plan, struct window *window) {
  const struct sql_node *query = plan->bound;
  if (!query->child[QUERY_LIMIT] && !query->child[QUERY_OFFSET])
    return "it has no LIMIT";
  if (plan->binding.volatility != 0)
    return "it calls a function that is not immutable";
  if (query->child[QUERY_WITH] || !shape_is_projection(query->child[QUERY_BODY]))
    return "it limits more than rows of one relation";
  if (query->flags & SQL_TIES)
    return "it ends WITH TIES";
  if (!query->child[QUERY_LIMIT] ||
      !read_number(query->child[QUERY_LIMIT], 0, &window->limit) ||
      !read_number(query->child[QUERY_OFFSET], 0, &window->offset))
    return "its LIMIT or OFFSET is no number";
  return NULL;
}

/* --- the order --- */

static bool add_term(struct plan *plan, struct window *window, struct term term) {
  if (window->term_count == window->term_capacity) {
    int capacity = window->term_capacity * 2 + 8;
    struct term *larger = plan_alloc(plan, (size_t)capacity * sizeof *larger);
    if (!larger)
      return false;
    if (window->term_count > 0)
      memcpy(larger, window->terms, (size_t)window->term_count * sizeof *larger);
    window->terms = larger;
    window->term_capacity = capacity;
  }
  window->terms[window->term_count++] = term;
  return term.sql != NULL;
}

static const struct sql_node *without_collation(const struct sql_node *node) {
  return node->kind == SQL_COLLATE ? node->child[0] : node;
}

/* The column of the relation that an ordered expression is, or -1. */
static int column_of(const struct window *window, const struct sql_node *node) {
  const struct sql_node *column = without_collation(node);
  return column->kind == SQL_COLUMN ? relation_column(window->relation, column->text)
                                    : -1;
}

/* x NULLS LAST as x IS NULL, x: so both can be had from an index. */
static int add_ordered(struct plan *plan, struct window *window,
                       const struct sql_node *item) {
  const struct sql_node *node = item->child[0];
  const char *nulls = item->flags & SQL_NULLS_FIRST  ? " IS NOT NULL"
                      : item->flags & SQL_NULLS_LAST ? " IS NULL"
                                                     : NULL;
  int column = column_of(window, node);
  struct arena *arena = &plan->arena;
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  buffer_text(&sql, column >= 0 ? "" : "coalesce(");
  int rc = plan_print(plan, without_collation(node), &sql);
  buffer_text(&sql, column >= 0 ? "" : ", NULL)");
  const char *text = rc == TIDE_OK ? arena_string(arena, buffer_string(&sql)) : NULL;
  buffer_deinit(&sql);
  if (rc != TIDE_OK || !text)
    return rc == TIDE_OK ? plan_out_of_memory(plan) : rc;
  const char *indexed =
      column >= 0 ? arena_format(arena, "%q", window->relation->columns[column].name)
                  : NULL;
  if (nulls &&
      !add_term(
          plan, window,
          (struct term){arena_format(arena, "(%s)%s", text, nulls),
                        indexed ? arena_format(arena, "%s%s", indexed, nulls) : NULL,
                        NULL, TYPE(TYPE_BIGINT), false}))
    return plan_out_of_memory(plan);
  const char *collation =
      node->kind == SQL_COLLATE ? node->text : type_collation(node->type);
  if (collation)
    text = arena_format(arena, "(%s) COLLATE %s", text, collation);
  struct term term = {text, indexed, collation, node->type,
                      (item->flags & SQL_DESC) != 0};
  return add_term(plan, window, term) && !arena->failed ? TIDE_OK
                                                        : plan_out_of_memory(plan);
}

static bool is_ordered_by(const struct window *window, int column) {
  for (uint32_t i = 0; window->order && i < window->order->count; i++)
    if (column_of(window, window->order->child[i]->child[0]) == column)
      return true;
  return false;
}

static bool find_key(struct plan *plan, const struct window *window,
                     struct source_key *key) {
  for (int which = 0; join_find_key(plan, window->relation, which, key); which++) {
    bool fits = !key->repeats && key->count > 0;
    for (int i = 0; fits && i < key->count; i++) /* a group's may not be shown */
      fits = key->columns[i] < window->relation->column_count;
    if (fits)
      return true;
  }
  return false;
}

static bool add_key(struct plan *plan, struct window *window,
                    const struct source_key *key, bool descending) {
  struct arena *arena = &plan->arena;
  for (int i = 0; i < key->count; i++) {
    const struct column *column = &window->relation->columns[key->columns[i]];
    struct term term = {
        arena_format(arena, "%q.%q", window->reference->text, column->name),
        arena_format(arena, "%q", column->name), type_collation(column->type),
        column->type, descending};
    if (!is_ordered_by(window, key->columns[i]) && !add_term(plan, window, term))
      return false;
  }
  return !arena->failed;
}

static bool is_number(const struct sql_node *node) {
  while (node->kind == SQL_CAST || node->kind == SQL_UNARY)
    node = node->child[0];
  return node->kind == SQL_INTEGER;
}

/* Rows that are equal in all results, to the byte, are the same. */
static int add_results(struct plan *plan, struct window *window, bool descending) {
  const struct sql_node *results = window->select->child[SELECT_RESULTS];
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    const struct sql_node *value = without_collation(results->child[i]->child[0]);
    if (is_number(value)) /* the same in all rows, and taken for that of a result */
      continue;
    bool column = value->kind == SQL_COLUMN; /* else SQLite might make a number of it */
    buffer_clear(&sql);
    buffer_text(&sql, column ? "(" : "coalesce(");
    rc = plan_print(plan, value, &sql);
    buffer_text(&sql, column ? ") COLLATE BINARY" : ", NULL) COLLATE BINARY");
    struct term term = {arena_string(&plan->arena, buffer_string(&sql)), NULL, "BINARY",
                        plan->view->columns[i].type, descending};
    if (rc == TIDE_OK && (sql.failed || !add_term(plan, window, term)))
      rc = plan_out_of_memory(plan);
  }
  buffer_deinit(&sql);
  return rc;
}

static int read_order(struct plan *plan, struct window *window, const char **refusal) {
  const struct sql_node *order = window->order;
  uint32_t count = order ? order->count : 0;
  bool descending = count > 0 && (order->child[count - 1]->flags & SQL_DESC);
  struct source_key key;
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < count; i++)
    rc = add_ordered(plan, window, order->child[i]);
  if (rc != TIDE_OK)
    return rc;
  if (find_key(plan, window, &key))
    rc = add_key(plan, window, &key, descending) ? TIDE_OK : plan_out_of_memory(plan);
  else
    rc = add_results(plan, window, descending);
  if (rc == TIDE_OK && (window->term_count == 0 || !window->terms[0].indexed))
    *refusal = "it is ordered by what is no column";
  return rc;
}

/* --- the index --- */

/* Appends the columns that WHERE equates with constants: rows with these values are in
 * order in an index that begins with them. */
static int append_equated(struct plan *plan, const struct window *window,
                          const struct sql_node *where, struct buffer *out) {
  if (!where || where->kind != SQL_BINARY)
    return TIDE_OK;
  const struct sql_node *left = where->child[LEFT], *right = where->child[RIGHT];
  if (strcmp(where->text, "and") == 0) {
    int rc = append_equated(plan, window, left, out);
    return rc == TIDE_OK ? append_equated(plan, window, right, out) : rc;
  }
  if (strcmp(where->text, "=") != 0)
    return TIDE_OK;
  int column = column_of(window, left);
  const struct sql_node *value = column >= 0 ? right : left;
  column = column >= 0 ? column : column_of(window, right);
  bool constant = value->kind == SQL_INTEGER || value->kind == SQL_STRING ||
                  value->kind == SQL_BOOLEAN || value->kind == SQL_DECIMAL;
  if (column >= 0 && constant && !is_ordered_by(window, column))
    buffer_format(out, "%q, ", window->relation->columns[column].name);
  return TIDE_OK;
}

static int wish_index(struct plan *plan, const struct window *window) {
  struct buffer out;
  buffer_init(&out, plan->database->memory);
  int rc = append_equated(plan, window, window->select->child[SELECT_WHERE], &out);
  for (int i = 0; i < window->term_count && window->terms[i].indexed; i++)
    buffer_format(&out, "%s%s%s", i > 0 ? ", " : "", window->terms[i].indexed,
                  window->terms[i].descending ? " DESC" : "");
  if (rc == TIDE_OK)
    rc = out.failed ? plan_out_of_memory(plan)
                    : plan_wish_order(plan, window->relation, buffer_string(&out));
  buffer_deinit(&out);
  return rc;
}

/* --- statements --- */

static void print_terms(const struct window *window, struct buffer *out) {
  for (int i = 0; i < window->term_count; i++)
    buffer_format(out, "%s%s", i > 0 ? ", " : "", window->terms[i].sql);
}

static void print_order(const struct window *window, struct buffer *out) {
  buffer_text(out, " ORDER BY ");
  for (int i = 0; i < window->term_count; i++)
    buffer_format(out, "%s%s%s", i > 0 ? ", " : "", window->terms[i].sql,
                  window->terms[i].descending ? " DESC" : "");
}

static int print_results(struct plan *plan, const struct window *window,
                         struct buffer *out) {
  const struct sql_node *results = window->select->child[SELECT_RESULTS];
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    buffer_text(out, i > 0 ? ", " : "");
    rc = plan_print(plan, results->child[i]->child[0], out);
  }
  return rc;
}

static int print_where(struct plan *plan, const struct window *window,
                       struct buffer *out) {
  const struct sql_node *where = window->select->child[SELECT_WHERE];
  if (!where)
    return TIDE_OK;
  buffer_text(out, " WHERE ");
  return plan_print(plan, where, out);
}

static int print_from(struct plan *plan, const struct window *window,
                      struct buffer *out) {
  buffer_format(out, " FROM main.%q AS %q", window->relation->stored,
                window->reference->text);
  int rc = print_where(plan, window, out);
  print_order(window, out);
  return rc;
}

/* Of the rows that have changed and the end of the window, is the end the first? */
static int print_touches(struct plan *plan, const struct window *window,
                         struct buffer *out) {
  buffer_text(out, "WITH __changed(");
  for (int i = 0; i < window->term_count; i++)
    buffer_format(out, "o%d, ", i + 1);
  buffer_text(out, "__end) AS (SELECT ");
  print_terms(window, out);
  buffer_format(out, ", 0 FROM %q AS %q", window->delta->table,
                window->reference->text);
  int rc = print_where(plan, window, out);
  buffer_format(out,
                " UNION ALL SELECT *, 1 FROM main.%q) SELECT __end FROM __changed "
                "ORDER BY ",
                window->end->relation.stored);
  for (int i = 0; i < window->term_count; i++) {
    const struct term *term = &window->terms[i];
    buffer_format(out, "o%d", i + 1);
    if (term->collation)
      buffer_format(out, " COLLATE %s", term->collation);
    buffer_text(out, term->descending ? " DESC, " : ", ");
  }
  buffer_text(out, "__end LIMIT 1");
  return rc;
}

static int print_read(struct plan *plan, const struct window *window,
                      struct buffer *out) {
  buffer_text(out, "SELECT ");
  int rc = print_results(plan, window, out);
  buffer_text(out, ", ");
  print_terms(window, out);
  if (rc == TIDE_OK)
    rc = print_from(plan, window, out);
  buffer_format(out, " LIMIT %lld OFFSET %lld", (long long)window->limit,
                (long long)window->offset);
  return rc;
}

static int print_fill(struct plan *plan, const struct window *window,
                      struct buffer *out) {
  buffer_text(out, "SELECT ");
  int rc = print_results(plan, window, out);
  if (rc == TIDE_OK)
    rc = print_from(plan, window, out);
  buffer_format(out, " LIMIT %lld OFFSET %lld", (long long)window->limit,
                (long long)window->offset);
  return rc;
}

static int print_end(struct plan *plan, const struct window *window,
                     struct buffer *out) {
  int64_t last = window->limit + window->offset - 1;
  buffer_text(out, "SELECT ");
  print_terms(window, out);
  int rc = print_from(plan, window, out);
  buffer_format(out, " LIMIT %d OFFSET %lld", window->limit > 0, (long long)last);
  return rc;
}

typedef int printer(struct plan *plan, const struct window *window, struct buffer *out);

static int keep_sql(struct plan *plan, const struct window *window, printer *print,
                    const char **sql) {
  struct buffer out;
  buffer_init(&out, plan->database->memory);
  int rc = print(plan, window, &out);
  *sql = rc == TIDE_OK ? arena_string(&plan->arena, buffer_string(&out)) : NULL;
  if (rc == TIDE_OK && (out.failed || !*sql))
    rc = plan_out_of_memory(plan);
  buffer_deinit(&out);
  return rc;
}

static int prepare(struct plan *plan, const struct window *window, printer *print,
                   sqlite3_stmt **statement) {
  if (*statement)
    return TIDE_OK;
  struct buffer out;
  buffer_init(&out, plan->database->memory);
  int rc = print(plan, window, &out);
  if (rc == TIDE_OK)
    rc = out.failed
             ? plan_out_of_memory(plan)
             : database_prepare(plan->database, buffer_string(&out), true, statement);
  buffer_deinit(&out);
  return rc;
}

/* --- planning --- */

static int declare_end(struct plan *plan, struct window *window) {
  struct arena *arena = &plan->arena;
  int rc = state_new(plan, &window->end);
  for (int i = 0; rc == TIDE_OK && i < window->term_count; i++) {
    const char *name = arena_format(arena, "o%d", i + 1);
    if (!name || storage_add_column(&window->end->storage, arena, name,
                                    window->terms[i].type) < 0)
      rc = plan_out_of_memory(plan);
  }
  if (rc == TIDE_OK)
    rc = storage_set_key(&window->end->storage, arena, NULL, 0, true);
  return rc == TIDE_OK ? keep_sql(plan, window, print_end, &window->end->fill) : rc;
}

/* The key, when it is shown. */
static int set_identity(struct plan *plan, const struct window *window) {
  const struct sql_node *results = window->select->child[SELECT_RESULTS];
  struct source_key key;
  if (!find_key(plan, window, &key))
    return TIDE_OK;
  int count = 0, *columns = plan_alloc(plan, (size_t)key.count * sizeof *columns);
  if (!columns)
    return plan_out_of_memory(plan);
  for (int i = 0; i < key.count; i++)
    for (uint32_t shown = 0; shown < results->count && count == i; shown++) {
      const struct sql_node *value = results->child[shown]->child[0];
      if (value->kind == SQL_COLUMN && column_of(window, value) == key.columns[i])
        columns[count++] = (int)shown;
    }
  return count == key.count ? storage_set_key(&plan->storage, &plan->arena, columns,
                                              count, key.never_null)
                            : TIDE_OK;
}

/* Numbers of results in ORDER BY become what they stand for. */
static bool spell_out(struct plan *plan, struct sql_node *query) {
  struct sql_node *order = query->child[QUERY_ORDER];
  const struct sql_node *results = query->child[QUERY_BODY]->child[SELECT_RESULTS];
  for (uint32_t i = 0; order && i < order->count; i++) {
    struct sql_node **item = &order->child[i]->child[0];
    long number = (*item)->kind == SQL_INTEGER ? strtol((*item)->text, NULL, 10) : 0;
    if (number < 1 || number > (long)results->count)
      continue;
    *item = bind_clone_tree(&plan->arena, results->child[number - 1]->child[0]);
    if (!*item)
      return false;
    if ((*item)->kind == SQL_COLUMN) /* of this copy, not of the result's */
      (*item)->bound = results->child[number - 1]->child[0]->bound;
  }
  return true;
}

static int lower_window(struct plan *plan, struct window *window) {
  struct sql_node *query = bind_clone_tree(&plan->arena, plan->bound);
  if (!query || !spell_out(plan, query))
    return plan_out_of_memory(plan);
  query = lower_statement(&plan->binding, query);
  if (!query)
    return plan->database->error->code;
  window->select = query->child[QUERY_BODY];
  window->order = query->child[QUERY_ORDER];
  window->reference = window->select->child[SELECT_FROM]->child[0];
  window->relation = window->reference->bound;
  for (int i = 0; i < plan->read_count; i++)
    if (plan->reads[i] == window->relation)
      window->delta = plan->deltas[i];
  return TIDE_OK;
}

static void release(struct plan *plan) {
  struct window *window = plan->state;
  if (!window)
    return;
  sqlite3_finalize(window->touches);
  sqlite3_finalize(window->read);
  changes_deinit(&window->end_changes);
  plan->state = NULL;
}

static int set_up(struct plan *plan, struct window *window) {
  int rc = declare_end(plan, window);
  if (rc == TIDE_OK)
    rc = set_identity(plan, window);
  if (rc == TIDE_OK)
    rc = wish_index(plan, window);
  return rc == TIDE_OK ? keep_sql(plan, window, print_fill, &plan->fill) : rc;
}

static int plan_limit(struct plan *plan, const char **refusal) {
  struct window *window = plan_alloc(plan, sizeof *window);
  if (!window)
    return plan_out_of_memory(plan);
  changes_init(&window->end_changes, plan->database->memory);
  plan->state = window;
  *refusal = why_not(plan, window);
  int rc = *refusal ? TIDE_OK : lower_window(plan, window);
  if (rc == TIDE_OK && !*refusal)
    rc = read_order(plan, window, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = set_up(plan, window);
  if (rc != TIDE_OK || *refusal)
    release(plan);
  return rc;
}

/* --- emitting --- */

static int find_touched(struct plan *plan, struct window *window, bool *touched) {
  bool row;
  int rc = prepare(plan, window, print_touches, &window->touches);
  if (rc == TIDE_OK)
    rc = database_step(plan->database, window->touches, &row);
  *touched = rc == TIDE_OK && row && sqlite3_column_int(window->touches, 0) == 0;
  sqlite3_reset(window->touches);
  return rc;
}

/* The terms of the current row are where the window ends. */
static bool add_end(struct window *window, int first) {
  const struct storage *storage = &window->end->storage;
  struct row_pool *pool = &window->end_changes.pool;
  row_begin(pool);
  for (int i = 0; i < window->term_count; i++)
    row_add(pool, sqlite3_column_value(window->read, first + i), storage->affinity[i]);
  return changes_add(&window->end_changes, row_end(pool), 1) != NULL;
}

/* Adds the rows of the window as they are now. */
static int read_window(struct plan *plan, struct window *window) {
  int count = plan->view->column_count;
  bool row;
  int rc = prepare(plan, window, print_read, &window->read);
  if (rc != TIDE_OK)
    return rc;
  for (int64_t number = 1;
       (rc = database_step(plan->database, window->read, &row)) == TIDE_OK && row;
       number++)
    if (!changes_add_statement(&plan->changes, window->read, count,
                               plan->storage.affinity, 1) ||
        (number == window->limit && !add_end(window, count))) {
      rc = plan_out_of_memory(plan);
      break;
    }
  sqlite3_reset(window->read);
  return rc;
}

/* Takes back where the window ended. */
static int retract_end(struct plan *plan, struct window *window) {
  struct row old;
  int rc = storage_find(&window->end->storage, (struct row){0},
                        &window->end_changes.pool, &old);
  if (rc == TIDE_OK && old.bytes && !changes_add(&window->end_changes, old, -1))
    rc = plan_out_of_memory(plan);
  return rc;
}

static int emit(struct plan *plan, bool *recompute) {
  struct window *window = plan->state;
  bool touched, in_step = true;
  int rc = find_touched(plan, window, &touched);
  if (rc != TIDE_OK || !touched)
    return rc;
  changes_clear(&window->end_changes);
  rc = retract_end(plan, window);
  if (rc == TIDE_OK)
    rc = read_window(plan, window);
  if (rc == TIDE_OK)
    rc = storage_retract_all(&plan->storage, &plan->changes);
  if (rc == TIDE_OK)
    rc = storage_apply(&window->end->storage, &window->end_changes, &in_step);
  *recompute = !in_step;
  changes_clear(&window->end_changes);
  return rc;
}

/* What tells whether the window is touched, and what reads it. */
static int explain(struct plan *plan, struct buffer *out) {
  const struct window *window = plan->state;
  buffer_text(out, "delta of ");
  graph_print_relation(window->relation, out);
  buffer_text(out, ": ");
  int rc = print_touches(plan, window, out);
  buffer_text(out, "\nwindow: ");
  if (rc == TIDE_OK)
    rc = print_read(plan, window, out);
  buffer_character(out, '\n');
  return rc;
}

const struct emitter emit_limit = {
    .name = "incremental window of LIMIT",
    .plan = plan_limit,
    .emit = emit,
    .release = release,
    .explain = explain,
};
