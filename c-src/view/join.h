/* Inner joins of stored relations: what a SELECT reads and under which conditions, and the
 * terms of its delta.
 *
 * With every table in its new state, the change of T1 ⋈ … ⋈ Tn is the sum, over each
 * non-empty set S of changed tables, of
 *
 *     (-1)^(|S|-1) · ⋈ (delta of T if T ∈ S, else T)
 *
 * which is the telescoping rule with its old states multiplied out. So no old state is ever
 * read, every term is a plain join that begins with a delta, and a table joined with itself
 * is no special case. When one table has changed there is one term.
 */
#ifndef TIDE_VIEW_JOIN_H
#define TIDE_VIEW_JOIN_H

#include "catalog/catalog.h"

struct plan;

enum {
  JOIN_SOURCES_MAX = 32,
  JOIN_CHANGED_MAX = 5 /* more changed at once: recomputing is cheaper than 2^n terms */
};

typedef uint32_t join_set; /* bit i: source i */

struct join_source {
  const char *alias;
  const struct relation *relation;
  struct delta *delta;
};

/* source.column = something over `others`. */
struct join_equality {
  int source, column;
  join_set others;
};

/* A prepared term. */
struct join_term {
  struct join_term *next;
  join_set deltas;
  sqlite3_stmt *statement;
};

struct join {
  int source_count;
  struct join_source *sources;
  int conjunct_count;
  const struct sql_node **conjuncts; /* of ON and WHERE */
  int equality_count;
  struct join_equality *equalities;
  struct join_term *terms;
};

/* Reads FROM and WHERE of plan->select into plan->join; plan->not_a_join says why
 * when it is something else. */
int join_read(struct plan *plan);
void join_deinit(struct plan *plan); /* finalizes the terms */

/* Index of the source and of its column when `node` is a bare column; false
 * otherwise. */
bool join_column(const struct join *join, const struct sql_node *node, int *source,
                 int *column);

/* Which sources have a delta that is not empty. */
join_set join_changed(const struct join *join);

/* The next non-empty subset of `changed` after `set` (0 to begin with); 0 at the
 * end. */
static inline join_set join_next_set(join_set changed, join_set set) {
  return (set - changed) & changed;
}

/* The statement of the term for `deltas`, prepared when it is first needed.
 * `results` appends its SELECT list, given the SQL of a row's weight; `suffix`
 * follows WHERE (GROUP BY …) or is NULL. */
int join_term(struct plan *plan, join_set deltas,
              int (*results)(struct plan *plan, const char *weight, struct buffer *out),
              const char *suffix, sqlite3_stmt **statement);

/* For EXPLAIN VIEW: the terms for a change of one relation alone, a line each. */
int join_explain(struct plan *plan,
                 int (*results)(struct plan *plan, const char *weight,
                                struct buffer *out),
                 const char *suffix, struct buffer *out);

/* Appends " FROM … WHERE …" with the relations in an order that begins with `deltas`
 * and then follows equalities; with none the relations as they are and the order
 * left to SQLite. */
int join_from(struct plan *plan, join_set deltas, struct buffer *out);

/* A key of a stored relation. */
struct source_key {
  const int *columns;
  int count;
  bool never_null;
  bool repeats; /* two rows may have it in common when it has a NULL */
};
/* Key number `which` of a relation; false at the end. */
bool join_find_key(struct plan *plan, const struct relation *relation, int which,
                   struct source_key *key);

/* Which of `results` (SQL_RESULT nodes; bare columns count) identify a row: their
 * indexes are written to `key`, which has room for all of them. *never_null: none of
 * their values ever is NULL. Returns how many, or -1 when too little is shown. */
int join_key(struct plan *plan, const struct sql_node *results, int *key,
             bool *never_null);

/* Wishes for indexes on the columns that the terms search. */
int join_wish_indexes(struct plan *plan);

#endif
