/* The statements by which the rows of WITH RECURSIVE are found. */
#include "view/recursion.h"

#include "view/graph.h"
#include "view/scan.h"

#define BIT(source) ((join_set)1 << (source))

void recursion_read_changed(struct plan *plan) {
  struct recursion *recursion = plan->state;
  recursion->came = recursion->went = 0;
  for (int i = 0; i < plan->join.source_count; i++) {
    const struct delta *delta = plan->join.sources[i].delta;
    for (uint32_t row = 0; i != recursion->self && row < delta->count; row++)
      *(delta->rows[row].weight > 0 ? &recursion->came : &recursion->went) |= BIT(i);
  }
}

/* --- printing --- */

static int print_results(struct plan *plan, const struct sql_node *select,
                         struct buffer *out) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  int rc = TIDE_OK;
  buffer_text(out, "SELECT ");
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    rc = plan_print(plan, results->child[i]->child[0], out);
    buffer_text(out, ", ");
  }
  return rc;
}

/* The columns of the recursion as it is stored. */
static void print_self(const struct plan *plan, struct buffer *out) {
  const struct recursion *recursion = plan->state;
  for (int i = 0; i < plan->view->column_count; i++)
    buffer_format(out, "%s%q.%q", i > 0 ? ", " : "",
                  plan->join.sources[recursion->self].alias,
                  plan->view->columns[i].name);
}

/* The product of the weights of the deltas. */
static void print_weight(const struct plan *plan, join_set deltas, struct buffer *out) {
  const char *separator = "";
  for (int i = 0; i < plan->join.source_count; i++) {
    if (!(deltas & BIT(i)))
      continue;
    buffer_format(out, "%s%q.__weight", separator, plan->join.sources[i].alias);
    separator = " * ";
  }
}

static void print_signs(const struct plan *plan, join_set came, join_set went,
                        struct buffer *out) {
  const char *separator = plan->join.conjunct_count > 0 ? " AND " : " WHERE ";
  for (int i = 0; i < plan->join.source_count; i++) {
    if (!((came | went) & BIT(i)))
      continue;
    buffer_format(out, "%s%q.__weight %s 0", separator, plan->join.sources[i].alias,
                  (came & BIT(i)) ? ">" : "<");
    separator = " AND ";
  }
}

static int print_term(struct plan *plan, const struct recursion_term *term,
                      struct buffer *out) {
  const struct recursion *recursion = plan->state;
  join_set deltas = term->came | term->went | (term->stored ? 0 : BIT(recursion->self));
  int rc = print_results(plan, recursion->step, out);
  print_weight(plan, deltas, out);
  if (term->stored) {
    buffer_text(out, ", ");
    print_self(plan, out);
  }
  if (rc == TIDE_OK)
    rc = join_from(plan, deltas, out);
  print_signs(plan, term->came, term->went, out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

/* FROM … WHERE … of the non-recursive term. */
static int print_base(struct plan *plan, const char *table, struct buffer *out) {
  const struct recursion *recursion = plan->state;
  const char *alias = recursion->base->child[SELECT_FROM]->child[0]->text;
  const struct sql_node *where = recursion->base->child[SELECT_WHERE];
  buffer_format(out, " FROM %q AS %q WHERE ", table, alias);
  if (where)
    return plan_print(plan, where, out);
  buffer_text(out, "true");
  return TIDE_OK;
}

static int print_base_changes(struct plan *plan, struct buffer *out) {
  const struct recursion *recursion = plan->state;
  int rc = print_results(plan, recursion->base, out);
  buffer_format(out, "%q.__weight",
                recursion->base->child[SELECT_FROM]->child[0]->text);
  if (rc == TIDE_OK)
    rc = print_base(plan, recursion->base_delta->table, out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int print_base_rows(struct plan *plan, struct buffer *out) {
  const struct recursion *recursion = plan->state;
  int rc = print_results(plan, recursion->base, out);
  buffer_character(out, '1');
  if (rc == TIDE_OK)
    rc = print_base(plan, recursion->base_delta->relation->stored, out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

/* AND each result is the parameter of its number. */
static int print_wanted(struct plan *plan, const struct sql_node *select,
                        const char *separator, struct buffer *out) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    buffer_format(out, "%s(", i > 0 ? " AND " : separator);
    rc = plan_print(plan, results->child[i]->child[0], out);
    buffer_format(out, ") IS ?%u", i + 1);
  }
  return rc;
}

static int print_in_base(struct plan *plan, struct buffer *out) {
  const struct recursion *recursion = plan->state;
  buffer_text(out, "SELECT 1");
  int rc = print_base(plan, recursion->base_delta->relation->stored, out);
  if (rc == TIDE_OK)
    rc = print_wanted(plan, recursion->base, " AND ", out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int print_derivations(struct plan *plan, struct buffer *out) {
  const struct recursion *recursion = plan->state;
  buffer_text(out, "SELECT ");
  print_self(plan, out);
  int rc = join_from(plan, 0, out);
  if (rc == TIDE_OK)
    rc = print_wanted(plan, recursion->step,
                      plan->join.conjunct_count > 0 ? " AND " : " WHERE ", out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

/* --- preparing --- */

static int prepare(struct plan *plan,
                   int (*print)(struct plan *plan, struct buffer *out),
                   sqlite3_stmt **kept, sqlite3_stmt **statement) {
  int rc = TIDE_OK;
  if (!*kept) {
    struct buffer sql;
    buffer_init(&sql, plan->database->memory);
    rc = print(plan, &sql);
    if (rc == TIDE_OK)
      rc = database_prepare(plan->database, buffer_string(&sql), true, kept);
    buffer_deinit(&sql);
  }
  *statement = *kept;
  return rc;
}

int recursion_base_changes(struct plan *plan, sqlite3_stmt **statement) {
  struct recursion *recursion = plan->state;
  return prepare(plan, print_base_changes, &recursion->base_changes, statement);
}

int recursion_base_rows(struct plan *plan, sqlite3_stmt **statement) {
  struct recursion *recursion = plan->state;
  return prepare(plan, print_base_rows, &recursion->base_rows, statement);
}

int recursion_in_base(struct plan *plan, sqlite3_stmt **statement) {
  struct recursion *recursion = plan->state;
  return prepare(plan, print_in_base, &recursion->in_base, statement);
}

int recursion_derivations(struct plan *plan, sqlite3_stmt **statement) {
  struct recursion *recursion = plan->state;
  return prepare(plan, print_derivations, &recursion->derivations, statement);
}

int recursion_term(struct plan *plan, bool stored, join_set came, join_set went,
                   sqlite3_stmt **statement) {
  struct recursion *recursion = plan->state;
  struct recursion_term *term = recursion->terms;
  while (term && (term->stored != stored || term->came != came || term->went != went))
    term = term->next;
  *statement = term ? term->statement : NULL;
  if (term)
    return TIDE_OK;
  term = plan_alloc(plan, sizeof *term);
  if (!term)
    return plan_out_of_memory(plan);
  *term = (struct recursion_term){recursion->terms, stored, came, went, NULL};
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  int rc = print_term(plan, term, &sql);
  if (rc == TIDE_OK)
    rc = database_prepare(plan->database, buffer_string(&sql), true, &term->statement);
  buffer_deinit(&sql);
  if (rc == TIDE_OK)
    recursion->terms = term;
  *statement = term->statement;
  return rc;
}

void recursion_finalize(struct recursion *recursion) {
  for (struct recursion_term *term = recursion->terms; term; term = term->next)
    sqlite3_finalize(term->statement);
  sqlite3_finalize(recursion->base_changes);
  sqlite3_finalize(recursion->base_rows);
  sqlite3_finalize(recursion->in_base);
  sqlite3_finalize(recursion->derivations);
  recursion->terms = NULL;
  recursion->base_changes = recursion->base_rows = NULL;
  recursion->in_base = recursion->derivations = NULL;
}

int recursion_advance(struct plan *plan) {
  struct recursion *recursion = plan->state;
  struct changes used = recursion->current;
  recursion->current = recursion->next;
  recursion->next = used;
  changes_clear(&recursion->next);
  return delta_take(recursion->frontier, &recursion->current);
}

/* --- explaining --- */

static int explain_term(struct plan *plan, const struct recursion_term *term,
                        struct buffer *out) {
  buffer_text(out, ": ");
  size_t start = out->length;
  int rc = print_term(plan, term, out);
  return rc == TIDE_OK ? scan_explain(plan, start, out) : rc;
}

static int explain_statement(struct plan *plan, const char *what,
                             int (*print)(struct plan *plan, struct buffer *out),
                             struct buffer *out) {
  buffer_format(out, "%s: ", what);
  size_t start = out->length;
  int rc = print(plan, out);
  return rc == TIDE_OK ? scan_explain(plan, start, out) : rc;
}

int recursion_explain(struct plan *plan, struct buffer *out) {
  const struct recursion *recursion = plan->state;
  buffer_text(out, "delta of ");
  graph_print_relation(recursion->base_delta->relation, out);
  int rc = explain_statement(plan, "", print_base_changes, out);
  for (int i = 0; rc == TIDE_OK && i < plan->join.source_count; i++) {
    if (i == recursion->self)
      continue;
    buffer_text(out, "delta of ");
    graph_print_relation(plan->join.sources[i].relation, out);
    rc = explain_term(plan, &(struct recursion_term){.stored = true, .came = BIT(i)},
                      out);
  }
  buffer_text(out, "step");
  if (rc == TIDE_OK)
    rc = explain_term(plan, &(struct recursion_term){.stored = false}, out);
  if (rc == TIDE_OK && !recursion->all)
    rc = explain_statement(plan, "is it in the first term", print_in_base, out);
  if (rc == TIDE_OK && !recursion->all)
    rc = explain_statement(plan, "other derivations", print_derivations, out);
  return rc;
}
