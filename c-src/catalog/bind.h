/* Names to things: resolves every name, star and type in a statement against the catalog.
 *
 * After binding:
 *  - a SQL_TABLE_REFERENCE has `bound` = its struct relation and an alias in `text`, unique within its query;
 *    a CTE reference has `bound` NULL and `index` = -1; a local runtime view has become a SQL_SUBQUERY_REFERENCE
 *    holding its own bound query (so a statement reads only tables, views that keep rows, foreign runtime views,
 *    system relations, functions and CTEs);
 *  - stars are expanded; every SQL_COLUMN is qualified by the alias of its reference, `bound` = that reference node (struct sql_node *)
 *    and `bound_index` = the column's index there; USING/NATURAL have become ON (merged column = coalesce where outer);
 *  - every expression has its `type`; implicit conversions are explicit SQL_CAST nodes; calls and operators have
 *    `bound` = struct function;
 *  - each SQL_RESULT has its output name in `text`;
 *  - parameters got a type from their surroundings (parameter_types);
 *  - the target of a write that named a local view is the view's base, INSERT lists every column that it gives a value
 *    (defaults included; SQL_DEFAULT is left for identity columns), and each SQL_NAME of such a list or of SET has
 *    `bound_index` = the column's index; (a, b) = (1, 2) has become two assignments;
 *  - ORDER BY and DISTINCT ON hold the number of a result (SQL_INTEGER) wherever they mean one.
 *
 * More that is left in the tree, for whoever rewrites it:
 *  - each SELECT has an `index` of its own and `bound_index` 1 if it aggregates; a SQL_COLUMN, an aggregate and a window
 *    function have as `index` that of the SELECT they belong to, so a column of another SELECT is a correlation;
 *  - a reference in FROM has `bound_index` 1 when an outer join may leave out its rows;
 *  - the `op` of a SQL_CAST is an enum conversion (bind_internal.h); a row VALUES has its column names in `bound` of the first row.
 */
#ifndef TIDE_CATALOG_BIND_H
#define TIDE_CATALOG_BIND_H

#include "catalog/catalog.h"

enum {
  REFERENCE_CTE = -1, /* sql_node.index of a reference to a common table expression */
  REFERENCE_EXCLUDED = -2 /* … of the pseudo-table `excluded` */
};

/* What a name in the statement's own text stands for: a relation in FROM, or a column. Names in the queries of views
 * that are looked through are not told. */
struct resolution {
  uint32_t
      position; /* of the reference or of the name; of the star or USING that stands for it */
  uint32_t reference; /* position of the reference that the column belongs to */
  int64_t relation; /* id; 0: a subquery's, a common table expression's, a function's */
  int column;       /* -1: the reference itself */
  bool own_name;    /* it goes by the name that it has in the catalog */
  const char
      *shown; /* its name, where that shows in a value: the column is of a whole row */
};

struct resolutions {
  struct resolution *list; /* in the order in which names are looked up */
  int count, capacity;
};

struct binding {
  struct database *database;
  struct arena *arena;
  int parameter_count;
  struct type *parameter_types; /* [parameter_count] */
  int result_count;             /* columns of the result: SELECT list or RETURNING */
  const char **result_names;
  struct type *result_types;
  /* The first foreign view met whose columns are not known yet: binding returned TIDE_ERROR_UNREACHABLE and
   * succeeds after catalog_describe_view. NULL otherwise. */
  const struct relation *undescribed;
  bool has_aggregates; /* anywhere: informational */
  unsigned
      volatility; /* FUNCTION_STABLE | FUNCTION_VOLATILE | FUNCTION_WRITES of the functions used */
  const char
      *not_immutable; /* one of them, or a literal that means the time; or NULL */
  struct resolutions *resolutions; /* to be filled; NULL: nobody asks */
  bool
      each_row_once; /* lowered: the statement asks __tidemark_once before it updates */
  int numbered; /* lowered, an INSERT of MySQL's: the column that numbers itself, from 1; 0: none */
  bool numbers_all;    /* … and no row gives it a value */
  bool numbers_some;   /* … and __tidemark_given_key tells which do */
  bool inserts_values; /* … of rows that are written as their values are computed */
  const struct sql_node *
      row_type; /* where all columns of a relation are meant by its name; NULL: nowhere */
  const char *
      zone; /* of the session (types/session_zone.h); NULL: it is UTC, or what is bound is kept */
  bool takes_parts; /* whoever binds runs writes inside WITH (catalog/parts.h) */
  bool
      returns_others; /* a write has columns of other tables RETURNING: it needs to be run in parts */
};

/* Binds a query or write in place (the tree must be the caller's own). Returns TIDE_OK or 42P01, 42703, 42702, 42883,
 * 42804, 42803, 0A000 … with position. */
int bind_statement(struct binding *binding, struct sql_node *statement);

/* Binds one expression outside a statement: a CHECK, DEFAULT, generated column, index expression or stored filter.
 * Its column names are those of `relation` (NULL: there are none, as in a DEFAULT); subqueries, aggregates and window functions are
 * refused. A bound SQL_COLUMN has `bound` = `relation` and no qualifier. `expected` (TYPE_UNKNOWN: any) is converted to as
 * an assignment does. *expression is replaced. For SQLite lower the result with lower_expression. */
int bind_expression(struct binding *binding, const struct relation *relation,
                    struct sql_node **expression, struct type expected);

/* The results of a bound query, as its leftmost part has them; of a bound write, what it RETURNs. */
int query_column_count(const struct sql_node *query);
const char *query_column_name(const struct sql_node *query, int index);
struct type query_column_type(const struct sql_node *query, int index);

/* What a write has RETURNING, as a list of SQL_RESULT; NULL: nothing, or it is no write. */
const struct sql_node *query_returning(const struct sql_node *statement);
/* The WITH of a query or write; NULL: it has none. */
struct sql_node *query_with(const struct sql_node *statement);
/* The reference that a write writes to; NULL: it is no write. */
struct sql_node *query_target(const struct sql_node *statement);
/* Is a statement, bound or not, run in parts: does it write inside its WITH, or is it a MERGE? */
bool query_has_parts(const struct sql_node *statement);

/* A deep copy of a bound tree: columns of references inside it are bound to their copies. NULL when memory ran out. */
struct sql_node *bind_clone_tree(struct arena *arena, const struct sql_node *node);

/* Relations that a bound statement reads or writes, without duplicates; arena-owned. */
int bind_relations(struct binding *binding, const struct sql_node *statement,
                   const struct relation ***relations, int *count);

/* Arguments given by name, f(a => 1). Refuses a name that is given twice, and an argument without a name behind one
 * that has one (42601). */
int arguments_check(struct error *error, const struct sql_node *arguments);
bool arguments_are_named(const struct sql_node *arguments);
/* Puts them in the places of the parameters `names` (words separated by spaces; a|b: two names for one): places[i] is
 * the value of the i-th, or NULL. False when they do not fit. */
bool arguments_place(const struct sql_node *arguments, const char *names,
                     struct sql_node **places, int capacity, int *count);

/* A write to a local view (any mode) becomes the same write to its base table: call before binding; *statement is replaced (still unbound).
 * Returns TIDE_OK (also when the target is not a local view) or TIDE_ERROR_NOT_WRITABLE with the reason. */
int bind_rewrite_view_write(struct database *database, struct arena *arena,
                            struct sql_node **statement);

/* Might the bound expression or statement mean something else in a session of another time zone? */
bool bind_reads_zone(const struct sql_node *tree);

#endif
