/* What emit_aggregate.c keeps of the groups of a node, so that rows which come and go are
 * all that has to be looked at. Private to the aggregate_*.c files and emit_aggregate.c.
 *
 * SUMS are integers in hidden columns of the group's stored row:
 *
 *   __rows        how many rows it has; a group without any is gone, if there is GROUP BY
 *   __count_n     of argument n: how many of its values are not NULL
 *   __sum_n       … their sum; of a bigint or numeric the sum of its low 32 bits
 *   __high_n      … and that of the other bits
 *   __nan_n       … how many are NaN, if it is numeric
 *   __xor_n       … the exclusive or of all
 *   __distinct_n, __distinct_sum_n
 *                 … the count and the sum of its different values
 *
 * VALUES of an argument are a state table with each different value of each group and how
 * often it occurs (key_1, …, value, n), in this order: what min, max and DISTINCT need to
 * know when a value goes. In the place of a key that is NULL stands an empty blob, or an
 * empty text where keys are blobs.
 *
 * LISTS are two hidden columns each, behind the sums: list.h.
 */
#ifndef TIDE_VIEW_AGGREGATE_H
#define TIDE_VIEW_AGGREGATE_H

#include "view/group.h"
#include "view/list.h"

enum aggregate_kind {
  AGGREGATE_ROWS,  /* count(*) */
  AGGREGATE_COUNT, /* count(x), count(DISTINCT x) */
  AGGREGATE_SUM,
  AGGREGATE_AVERAGE,
  AGGREGATE_ALL_TRUE, /* bool_and, every */
  AGGREGATE_ANY_TRUE, /* bool_or */
  AGGREGATE_XOR,
  AGGREGATE_LEAST,     /* min */
  AGGREGATE_GREATEST,  /* max */
  AGGREGATE_SPELLING,  /* the least value as text: catalog/spelling.h */
  AGGREGATE_OF_VALUES, /* what SQL computes from the different values: bit_and, … */
  AGGREGATE_LIST       /* json_agg, string_agg, … */
};

enum sum_kind {
  SUM_ROWS,
  SUM_COUNT,
  SUM_VALUE,
  SUM_LOW,
  SUM_HIGH,
  SUM_NAN,
  SUM_XOR,
  SUM_DISTINCT_COUNT,
  SUM_DISTINCT_VALUE,
  SUM_KINDS
};

struct sum {
  enum sum_kind kind;
  int argument; /* -1: none */
};

enum values_statement {
  VALUES_INSERT, /* a value that is not there yet */
  VALUES_DELETE, /* … with as many occurrences as go */
  VALUES_ADD,    /* to how often it occurs, if something is left */
  VALUES_STATEMENTS
};

struct values {
  struct state_table *table;
  struct changes changes; /* rows: keys and value */
  sqlite3_stmt *statements[VALUES_STATEMENTS];
};

struct argument {
  const char *sql; /* NULL where FILTER leaves the row out */
  struct type type;
  int scale;             /* of a numeric: its digits after the point; or -1 */
  int sums[SUM_KINDS];   /* numbers of its sums, or -1 */
  struct values *values; /* or NULL */
};

struct aggregate {
  const struct sql_node *call;
  enum aggregate_kind kind;
  int argument; /* -1: none */
  int list;     /* … or the number of its list */
  bool distinct;
};

/* aggregate_rekey.c */
struct rekey {
  int source;         /* of which all keys are columns */
  uint64_t columns;   /* whose updates change nothing but keys; 0: there are none */
  const char *sql;    /* the keys of each row of its delta */
  sqlite3_stmt *keys; /* … prepared when first needed */
  int64_t *sums;      /* room for the sums of one group */
};

struct aggregates {
  struct group group;
  int count, capacity;
  struct aggregate *all;
  int argument_count;
  struct argument *arguments;
  int sum_count, first_column; /* of the stored table that holds sums */
  struct sum *sums;
  int list_count;
  struct list *lists;
  const char *compute_sql; /* from keys, sums and lists to a stored row */
  sqlite3_stmt *compute;   /* prepared when first needed: it reads the state tables */
  struct rekey rekey;

  /* while a change is worked out: */
  struct changes keys; /* groups; weight: where its sums begin in `deltas`, plus 1 */
  int64_t *deltas; /* of each group its sums, whether its values changed, and of each
                          list where the chain of its changes begins */
  size_t delta_count, delta_capacity;
  bool renamed; /* a group shows other dependent keys than its stored row */
};

/* Reads the aggregates of plan->select, adds the columns of their sums, and declares the
 * state tables of values. *refusal says which aggregate cannot be kept. */
int aggregates_read(struct plan *plan, struct aggregates *aggregates,
                    const char **refusal);
/* The number of the aggregate that `node` calls, or -1. */
int aggregates_find(const struct aggregates *aggregates, const struct sql_node *node);
/* Appends the SQL of a sum over all rows of a group. */
void aggregates_print_sum(const struct aggregates *aggregates, const struct sum *sum,
                          struct buffer *out);
/* The number of the parameter that is a list's text. */
int aggregates_list_parameter(const struct aggregates *aggregates, int list);
/* Appends the value of an aggregate, given that parameter i + 1 is key i, parameter
 * key_count + i + 1 is sum i, and those behind are lists. */
void aggregates_print_value(const struct aggregates *aggregates,
                            const struct aggregate *aggregate, struct buffer *out);
/* Sets plan->fill and the fills of the state tables. */
int aggregates_print_fills(struct plan *plan, const struct aggregates *aggregates);

/* For EXPLAIN VIEW: the terms of the delta, and what makes a stored row of a group's
 * sums. */
int aggregates_explain(struct plan *plan, const struct aggregates *aggregates,
                       struct buffer *out);

/* Finds the updates that give whole groups other keys. */
int aggregates_plan_rekey(struct plan *plan, struct aggregates *aggregates);
/* Has nothing changed but by such updates? */
bool aggregates_are_rekeyed(const struct plan *plan,
                            const struct aggregates *aggregates);
int aggregates_explain_rekey(struct plan *plan, const struct aggregates *aggregates,
                             struct buffer *out);

/* Adds up the changes that the terms of the delta give, and writes them to the state
 * tables. *recompute is set when numbers overflow or states are out of step. */
int aggregates_fold(struct plan *plan, struct aggregates *aggregates, bool *recompute);
/* The sums of a group in aggregates->keys; behind them a flag that tells whether its
 * values changed, and the chains of its lists. */
int64_t *aggregates_deltas(struct aggregates *aggregates, const struct change *group);
/* How many numbers that are. */
int aggregates_delta_size(const struct aggregates *aggregates);
/* Adds the sums of the stored row `old` to `sums`. Returns false when they overflow. */
bool aggregates_add_old(const struct aggregates *aggregates, struct row old,
                        int64_t *sums);
/* What stands for NULL in a column of the type: SQL, and the class of it. */
const char *aggregates_null(struct type type);
/* Forgets the changes that were added up. */
void aggregates_forget(struct plan *plan, struct aggregates *aggregates);
void aggregates_deinit(struct plan *plan, struct aggregates *aggregates);

#endif
