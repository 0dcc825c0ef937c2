/* What the files of lowering share: one run, building nodes, and each file's part.
 *
 * Lowering works in two manners. Constructs that SQLite lacks are first rewritten as bound trees (a quantified
 * comparison as an aggregate, DISTINCT ON as a window function, …); then every expression is printed node by
 * node in SQLite's own terms. Everything returns NULL, or a result code, with the error set.
 */
#ifndef TIDE_CATALOG_LOWER_INTERNAL_H
#define TIDE_CATALOG_LOWER_INTERNAL_H

#include "catalog/lower.h"

enum {
  LOWER_DEPTH_MAX = 1200 /* rewriting nests more deeply than what was bound */
};

struct lowering {
  struct binding *binding;
  struct arena *arena;
  struct error *error;
  int depth;
  int32_t
      next_level; /* of queries that lowering adds: negative, so unlike any bound one */
  bool padded;    /* the SELECT has a RIGHT or FULL JOIN */
};

/* --- lower.c --- */
int lower_nomem(struct lowering *lowering);
int lower_unsupported(struct lowering *lowering, uint32_t position, const char *what);
bool lower_enter(struct lowering *lowering, uint32_t position);
struct sql_node *lower_node(struct lowering *lowering, enum sql_kind kind,
                            uint32_t position, const char *text);
struct sql_node *lower_clone(struct lowering *lowering, const struct sql_node *node);
bool lower_append(struct lowering *lowering, struct sql_node *list,
                  struct sql_node *child);
/* A list of the `count` nodes given; NULL if one of them is. */
struct sql_node *lower_list(struct lowering *lowering, uint32_t position, int count,
                            ...);
struct sql_node *lower_integer(struct lowering *lowering, uint32_t position,
                               int64_t value);
/* A call of the SQLite function `name`. */
struct sql_node *lower_function(struct lowering *lowering, const char *name,
                                struct type type, struct sql_node *arguments);
/* IS NULL; `flags` SQL_NOT: IS NOT NULL. */
struct sql_node *lower_is_null(struct lowering *lowering, struct sql_node *operand,
                               uint32_t flags);
/* `symbol` between two conditions or values; NULL where one of them is. */
struct sql_node *lower_binary(struct lowering *lowering, const char *symbol,
                              struct sql_node *left, struct sql_node *right,
                              struct type type);
struct sql_node *lower_collate(struct lowering *lowering, struct sql_node *node,
                               const char *collation);

/* --- lower_expression.c, lower_literal.c, lower_call.c --- */
struct sql_node *lower_value(struct lowering *lowering, struct sql_node *node);
bool lower_slot(struct lowering *lowering, struct sql_node **slot);
bool lower_values(struct lowering *lowering, struct sql_node *list);
struct sql_node *lower_call(struct lowering *lowering, struct sql_node *node);
/* LIKE whose operands are lowered already. */
struct sql_node *lower_like_operator(struct lowering *lowering, struct sql_node *node);
struct sql_node *lower_operator(struct lowering *lowering, struct sql_node *node);
/* Converts a lowered value; `how` is an enum conversion. */
struct sql_node *lower_conversion(struct lowering *lowering, struct sql_node *value,
                                  struct type from, struct type to, int how);
struct sql_node *lower_literal(struct lowering *lowering, struct sql_node *node);
struct sql_node *lower_cast(struct lowering *lowering, struct sql_node *node);
/* A parameter whose neighbour gives it SQLite's affinity needs no conversion: the bare ?n. */
bool lower_is_bare_parameter(const struct sql_node *node);
/* --- lower_row.c --- */
/* A row as a value. */
struct sql_node *lower_row(struct lowering *lowering, struct sql_node *row);

/* --- lower_zone.c --- */
/* Gives a call of SQLite's function `name` the session's time zone behind its arguments, if it takes it. */
bool lower_append_zone(struct lowering *lowering, const char *name,
                       struct sql_node *arguments);
/* Lowered instants, or arrays of them, as they are printed; what is of another type as it is. */
struct sql_node *lower_shown(struct lowering *lowering, struct sql_node *value,
                             struct type from);
/* --- lower_window.c --- */
int lower_window(struct lowering *lowering, struct sql_node *window);
/* Is the frame of a bound window one that SQLite finds by adding a number? */
int lower_range_is_added(struct lowering *lowering, const struct sql_node *window,
                         bool *added);
/* Writes the named windows of a bound SELECT where they are used, also in `order` (or NULL), the ORDER BY around it. */
bool lower_named_windows(struct lowering *lowering, struct sql_node *select,
                         struct sql_node *order);
/* --- lower_framed.c --- */
/* A call over a bound window whose frame SQLite cannot find; its arguments and filter are lowered, `name` is what SQLite has it as. */
struct sql_node *lower_framed(struct lowering *lowering, struct sql_node *call,
                              const struct function *function, const char *name);

/* --- lower_within.c --- */
/* Puts what the call is ordered by WITHIN GROUP among its arguments; both are still bound. */
bool lower_within(struct lowering *lowering, struct sql_node *call);
/* A percentile of no rows: its fraction is checked outside of the aggregate. Other lowered calls stay as they are. */
struct sql_node *lower_checked(struct lowering *lowering, struct sql_node *call,
                               const struct function *function);

/* --- lower_json.c --- */
/* A lowered value as to_json() makes it; as to_jsonb() does where `result` is jsonb. */
struct sql_node *lower_to_json(struct lowering *lowering, struct sql_node *value,
                               struct type from, struct type result);
/* The function to call in the place of one, now that its arguments are normalised. */
const char *lower_json_aggregate(const struct sql_node *call);
/* Is it a bound call that makes json of a row (bind_row_json.c)? */
bool lower_is_json_row(const struct sql_node *node);
struct sql_node *lower_json_row(struct lowering *lowering, struct sql_node *node);
/* Is it a bound call that builds an object or an array whose keys are known? */
bool lower_is_json_template(const struct sql_node *node);
struct sql_node *lower_json_template(struct lowering *lowering, struct sql_node *node);

/* --- lower_collation.c --- */
/* Is it a column that SQLite knows the collation of? */
bool lower_has_collation(const struct sql_node *node);
/* How a bound expression is compared, remembered before it is lowered. */
struct ordering {
  struct type type;
  bool stored; /* a column that SQLite knows the collation of */
};
struct ordering lower_ordering(const struct sql_node *bound);
/* In SQLite a COLLATE anywhere inside an expression decides how the whole is compared. Does this lowered one have any? */
bool lower_names_collation(const struct sql_node *lowered);
/* The lowered expression, with its collation named if SQLite would not choose it by itself. `other`: what it is compared
 * with, lowered, or NULL. */
struct sql_node *lower_ordered(struct lowering *lowering, struct sql_node *lowered,
                               struct ordering ordering, const struct sql_node *other);
/* Lowers an expression to order or group by. */
bool lower_slot_ordered(struct lowering *lowering, struct sql_node **slot);
/* Lowers the items of an ORDER BY; `results` (not lowered yet, may be NULL) are what its numbers mean. */
int lower_order(struct lowering *lowering, struct sql_node *order,
                const struct sql_node *results);

/* --- lower_query.c, lower_set.c, lower_from.c, lower_subquery.c --- */
int lower_query(struct lowering *lowering, struct sql_node *query);
/* `collate`: rows will be compared with each other. */
int lower_body(struct lowering *lowering, struct sql_node **body, bool collate);
int lower_select(struct lowering *lowering, struct sql_node *select, bool collate);
int lower_with(struct lowering *lowering, struct sql_node *with);
int lower_from(struct lowering *lowering, struct sql_node **list);
/* Does it call a function that may give another value each time? */
bool lower_is_volatile(const struct sql_node *node);
int lower_reference_name(struct lowering *lowering, struct sql_node *reference);
int lower_set_operation(struct lowering *lowering, struct sql_node **operation,
                        bool collate);
/* SELECT * FROM (query) as a body; the query may be a body itself. */
struct sql_node *lower_wrap(struct lowering *lowering, struct sql_node *query);
/* The name of a function of SQLite that looks for an equal element: there are forms for types of which equal values may be spelled
 * differently. NULL: out of memory. */
const char *lower_search_name(struct lowering *lowering, const char *name,
                              struct type array);
/* NOT of a lowered node; NULL gives NULL. */
struct sql_node *lower_negation(struct lowering *lowering, struct sql_node *node);
/* A query of one body. */
struct sql_node *lower_query_of(struct lowering *lowering, struct sql_node *body);
/* A bound reference to a bound query, and a bound column of it. */
struct sql_node *lower_derived(struct lowering *lowering, struct sql_node *query,
                               const char *alias);
struct sql_node *lower_derived_column(struct lowering *lowering,
                                      struct sql_node *reference, int index,
                                      int32_t level);
struct sql_node *lower_result(struct lowering *lowering, struct sql_node *value,
                              const char *name);
struct sql_node *lower_select_of(struct lowering *lowering, struct sql_node *results,
                                 struct sql_node *from, int32_t level);
/* Does the GROUP BY of a bound SELECT ask for several groupings? They become a UNION ALL of one SELECT each. */
bool lower_has_grouping_sets(const struct sql_node *select);
int lower_grouping_sets(struct lowering *lowering, struct sql_node *query,
                        struct sql_node **body);
/* Are two bound expressions the same over the same columns? */
bool lower_is_same(const struct sql_node *left, const struct sql_node *right);
/* The first of a list that is the same; -1: none. */
int lower_find_same(const struct sql_node *list, const struct sql_node *node);
/* --- lower_layer.c --- */
/* Splits a bound SELECT that has window functions beside grouping sets, or within DISTINCT ON or the `order` (or NULL) around it. */
int lower_layers(struct lowering *lowering, struct sql_node *order,
                 struct sql_node **body);
/* --- lower_query.c again --- */
/* What a bound SELECT is ordered by and is no result becomes one; `order` then holds numbers of results only. */
bool lower_hide_order(struct lowering *lowering, struct sql_node *select,
                      struct sql_node *order);
/* PostgreSQL's DISTINCT ON, still bound: keeps the first row of each group by its number. */
int lower_distinct_on(struct lowering *lowering, struct sql_node *query,
                      struct sql_node **body);
/* name() OVER window: row_number and the like */
struct sql_node *lower_numbering(struct lowering *lowering, const char *name,
                                 uint32_t position, struct sql_node *window);
/* A limit that is only known when the statement runs is given to `function`; NULL is none, as is the literal. */
struct sql_node *lower_limit(struct lowering *lowering, struct sql_node *node,
                             const char *function);
/* --- lower_ties.c --- */
/* A bound query that ends with its ties becomes one that is cut off by rank. */
int lower_ties(struct lowering *lowering, struct sql_node *query);
/* What an expression of ORDER BY or DISTINCT ON stands for: a clone, of the result if it is the number of one. */
struct sql_node *lower_meant(struct lowering *lowering, const struct sql_node *node,
                             const struct sql_node *results);
/* Rids the FROM of a bound SELECT of LATERAL subqueries; `order` is that of the query around it, or NULL. */
int lower_lateral(struct lowering *lowering, struct sql_node *select,
                  struct sql_node *order);
struct sql_node *lower_subquery(struct lowering *lowering, struct sql_node *node);
struct sql_node *lower_in_query(struct lowering *lowering, struct sql_node *node);
struct sql_node *lower_in_rows(struct lowering *lowering, struct sql_node *node);
struct sql_node *lower_quantified(struct lowering *lowering, struct sql_node *node);
/* Makes a bound query fail (21000) when it gives more than one row, unless it cannot. */
int lower_single_row(struct lowering *lowering, struct sql_node *query);

/* --- lower_write.c --- */
struct sql_node *lower_write(struct lowering *lowering, struct sql_node *statement);

#endif
