/* What the generators of random schemas, queries and writes share. Everything they say is well-typed and
 * deterministic: PostgreSQL accepts it, and its result depends on nothing but the rows. */
#ifndef TIDE_VIEWS_GENERATOR_H
#define TIDE_VIEWS_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"

/* Types of columns and expressions. Kinds whose equal values may look different (1.0 and 1.00) are
 * compared only where it does not show which of them was taken, or in GROUP BY, which takes the least. */
#define KINDS(X)                                                                       \
  X(KIND_SMALL, "smallint", "h", KIND_EXACT)                                           \
  X(KIND_INTEGER, "integer", "i", KIND_EXACT)                                          \
  X(KIND_BIG, "bigint", "l", KIND_EXACT)                                               \
  X(KIND_MONEY, "numeric(8,2)", "m", KIND_EXACT)                                       \
  X(KIND_NUMERIC, "numeric", "n", KIND_ORDERED)                                        \
  X(KIND_REAL, "real", "r", KIND_EXACT)                                                \
  X(KIND_DOUBLE, "double precision", "d", KIND_EXACT)                                  \
  X(KIND_TEXT, "text", "s", KIND_EXACT)                                                \
  X(KIND_CHAR, "char(3)", "c", KIND_EXACT)                                             \
  X(KIND_BOOLEAN, "boolean", "f", KIND_EXACT)                                          \
  X(KIND_JSONB, "jsonb", "j", KIND_EXACT)                                              \
  X(KIND_DATE, "date", "t", KIND_EXACT)                                                \
  X(KIND_TIME, "time", "o", KIND_EXACT)                                                \
  X(KIND_TIMESTAMP, "timestamp", "p", KIND_EXACT)                                      \
  X(KIND_TIMESTAMPTZ, "timestamptz", "z", KIND_EXACT)                                  \
  X(KIND_INTERVAL, "interval", "v", KIND_EXACT)                                        \
  X(KIND_UUID, "uuid", "u", KIND_EXACT)                                                \
  X(KIND_BYTEA, "bytea", "b", KIND_EXACT)                                              \
  X(KIND_INTEGERS, "integer[]", "a", KIND_EXACT)                                       \
  X(KIND_TEXTS, "text[]", "e", KIND_EXACT)                                             \
  X(KIND_DOCUMENT, "jsonb", "g", 0) /* with numbers of different scales inside */      \
  X(KIND_JSON, "json", "q", 0)

enum kind_flag {
  KIND_ORDERED = 1, /* has < and = */
  KIND_EXACT = 3    /* and equal values look the same */
};

enum kind {
#define X(kind, type, letter, flags) kind,
  KINDS(X)
#undef X
      KIND_COUNT
};

/* What a view is made of, for the report. */
#define CONSTRUCTS(X)                                                                  \
  X(FILTER, "filter")                                                                  \
  X(INNER_JOIN, "inner join")                                                          \
  X(CROSS_JOIN, "cross join")                                                          \
  X(LEFT_JOIN, "left join")                                                            \
  X(RIGHT_JOIN, "right join")                                                          \
  X(FULL_JOIN, "full join")                                                            \
  X(USING_JOIN, "using")                                                               \
  X(SELF_JOIN, "self-join")                                                            \
  X(THETA_JOIN, "theta join")                                                          \
  X(LATERAL_ROW, "lateral row")                                                        \
  X(LATERAL_TOP, "lateral top rows")                                                   \
  X(LATERAL_GROUP, "lateral groups")                                                   \
  X(LATERAL_FILTER, "lateral filter")                                                  \
  X(LATERAL_SET, "lateral set operation")                                              \
  X(FROM_SUBQUERY, "subquery in FROM")                                                 \
  X(FROM_VALUES, "VALUES in FROM")                                                     \
  X(FROM_VIEW, "view over view")                                                       \
  X(SET_SERIES, "generate_series")                                                     \
  X(SET_UNNEST, "unnest")                                                              \
  X(SET_JSON, "jsonb_array_elements")                                                  \
  X(SET_EACH, "jsonb_each")                                                            \
  X(ORDINALITY, "with ordinality")                                                     \
  X(EXISTS, "exists")                                                                  \
  X(NOT_EXISTS, "not exists")                                                          \
  X(IN_QUERY, "in")                                                                    \
  X(NOT_IN_QUERY, "not in")                                                            \
  X(QUANTIFIED, "any, all")                                                            \
  X(SCALAR_CORRELATED, "correlated scalar")                                            \
  X(SCALAR_ALONE, "uncorrelated scalar")                                               \
  X(ARRAY_QUERY, "array subquery")                                                     \
  X(GROUP_BY, "group by")                                                              \
  X(AGGREGATE_ALL, "aggregate without group")                                          \
  X(AGGREGATE_SUM, "count, sum, avg")                                                  \
  X(AGGREGATE_EXTREME, "min, max")                                                     \
  X(AGGREGATE_DISTINCT, "aggregate distinct")                                          \
  X(AGGREGATE_FILTER, "aggregate filter")                                              \
  X(AGGREGATE_LIST, "ordered list aggregate")                                          \
  X(AGGREGATE_JSON, "json aggregate")                                                  \
  X(AGGREGATE_DEVIATION, "variance")                                                   \
  X(AGGREGATE_BITS, "bit and boolean aggregates")                                      \
  X(HAVING, "having")                                                                  \
  X(GROUPING_SETS, "grouping sets")                                                    \
  X(ROLLUP, "rollup")                                                                  \
  X(CUBE, "cube")                                                                      \
  X(DISTINCT, "distinct")                                                              \
  X(DISTINCT_ON, "distinct on")                                                        \
  X(UNION, "union")                                                                    \
  X(UNION_ALL, "union all")                                                            \
  X(INTERSECT, "intersect")                                                            \
  X(INTERSECT_ALL, "intersect all")                                                    \
  X(EXCEPT, "except")                                                                  \
  X(EXCEPT_ALL, "except all")                                                          \
  X(WINDOW_RANK, "window ranks")                                                       \
  X(WINDOW_VALUE, "window values")                                                     \
  X(WINDOW_AGGREGATE, "window aggregates")                                             \
  X(LIMIT, "limit")                                                                    \
  X(OFFSET, "offset")                                                                  \
  X(CTE_ONCE, "cte once")                                                              \
  X(CTE_TWICE, "cte twice")                                                            \
  X(RECURSIVE, "recursive union")                                                      \
  X(RECURSIVE_ALL, "recursive union all")                                              \
  X(VALUES, "values")                                                                  \
  X(RUNTIME, "runtime view")                                                           \
  X(NO_DATA, "with no data")                                                           \
  X(WRITABLE, "written through")                                                       \
  X(REPLACED, "or replace")                                                            \
  X(STAR, "star")                                                                      \
  X(NESTED_JOIN, "join in parentheses")                                                \
  X(NATURAL_JOIN, "natural join")                                                      \
  X(ROW_IN, "row in")                                                                  \
  X(ARRAY_ANY, "any of an array")                                                      \
  X(EXISTS_SET, "exists of a set operation")                                           \
  X(EXISTS_WITH, "exists with")                                                        \
  X(SCALAR_MANY, "scalar of perhaps several rows")                                     \
  X(NAMED_WINDOW, "named window")                                                      \
  X(GROUP_WINDOW, "windows over groups")                                               \
  X(GROUP_LIMIT, "limit of groups")                                                    \
  X(GROUP_DISTINCT, "distinct groups")                                                 \
  X(GROUP_EXPRESSION, "group by expression")                                           \
  X(GROUP_DEPENDENT, "group by key")                                                   \
  X(GROUPING_CALL, "grouping()")                                                       \
  X(HAVING_ALONE, "having without group by")                                           \
  X(FILTER_QUERY, "filter with subquery")                                              \
  X(LIMIT_COMPUTED, "computed limit")                                                  \
  X(OFFSET_ALONE, "offset without limit")                                              \
  X(LIMIT_EQUATED, "limit under equality")                                             \
  X(CTE_CHAIN, "cte over cte")                                                         \
  X(CTE_MATERIALIZED, "cte materialized")

enum construct {
#define X(name, text) CONSTRUCT_##name,
  CONSTRUCTS(X)
#undef X
      CONSTRUCT_COUNT
};

enum { COLUMNS_MAX = 16, TABLES_MAX = 6, RELATIONS_MAX = 20, SCOPE_MAX = 120 };

struct table_column {
  char name[16];
  enum kind kind;
  bool not_null, generated;
};

/* A table, a view, or a common table expression. */
struct relation_info {
  char name[24];
  bool view, runtime;
  bool risky; /* may raise an error for some rows */
  int depth;  /* of views: how many views are below */
  int column_count;
  struct table_column columns[COLUMNS_MAX];
  /* tables only */
  int key_count; /* the first so many columns are the primary key */
  int unique;    /* the column of a unique key, or -1 */
  int parent;    /* the column with a foreign key, or -1 */
  /* views that can be written only: the table, and its column of each of the view's */
  int base; /* 0: cannot be written; else the table's index + 1 */
  char base_columns[COLUMNS_MAX][16];
};

/* What an expression may refer to. */
struct scope {
  const struct scope *outer;
  int count;
  struct scope_column {
    const char *text;
    enum kind kind;
    bool key; /* part of a primary key */
  } columns[SCOPE_MAX];
};

struct generator {
  struct random random;
  struct arena arena; /* of the statement being made */
  int relation_count, table_count;
  struct relation_info relations[RELATIONS_MAX];
  int next_view;
  /* of the query being made */
  int cte_count;
  struct relation_info ctes[4];
  int next_alias;
  int references; /* relations that may still be read */
  bool risky;
  bool used[CONSTRUCT_COUNT];
  int savepoints;
};

/* The result of a query: columns c1, c2, … of these kinds. */
struct shape {
  int count;
  enum kind kinds[COLUMNS_MAX];
};

/* --- generator.c: chance and text --- */

void generator_init(struct generator *generator, uint64_t seed);
void generator_deinit(struct generator *generator);
/* Frees what was said about the last statement. */
void generator_clear(struct generator *generator);

int below(struct generator *generator, int limit);
bool chance(struct generator *generator, int percent);
const char *say(struct generator *generator, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define PICK(generator, list)                                                          \
  ((list)[below(generator, (int)(sizeof(list) / sizeof *(list)))])

void uses(struct generator *generator, enum construct construct);
const char *construct_name(enum construct construct);
const char *kind_type(enum kind kind);
const char *kind_letter(enum kind kind);
bool kind_ordered(enum kind kind);
bool kind_exact(enum kind kind);

/* --- schema.c: tables --- */

/* One of a table's columns gets such values. Without a cast: the context knows the type. */
const char *literal(struct generator *generator, enum kind kind);
/* The same with a cast, as good anywhere. */
const char *constant(struct generator *generator, enum kind kind);
enum kind any_kind(struct generator *generator);

/* CREATE TABLE of one more table, which is noted. */
const char *generate_table(struct generator *generator);
/* CREATE INDEX on a table; NULL when there is nothing to index. */
const char *generate_index(struct generator *generator);

/* --- expression.c --- */

void scope_add(struct scope *scope, const char *text, enum kind kind, bool key);
/* A column of that kind in `scope`; NULL when there is none. */
const char *scope_column(struct generator *generator, const struct scope *scope,
                         enum kind kind);
/* Any column; NULL in an empty scope. */
const struct scope_column *scope_any(struct generator *generator,
                                     const struct scope *scope);
/* Is it known by its name alone? A merged column of USING is. ORDER BY and DISTINCT ON take that for a result. */
static inline bool is_bare(const struct scope_column *column) {
  return strchr(column->text, '.') == NULL;
}
/* An expression of that kind: `depth` 0 is a column or a constant. */
const char *expression(struct generator *generator, const struct scope *scope,
                       enum kind kind, int depth);
/* A condition: columns of outer scopes may occur in it. */
const char *condition(struct generator *generator, const struct scope *scope,
                      int depth);
/* left = right for two scopes, or another comparison when `theta`; NULL when they have no kind in common. */
const char *comparison_between(struct generator *generator, const struct scope *left,
                               const struct scope *right, bool theta);
/* All columns of `scope` as a list for ORDER BY that leaves no tie but between equal rows. */
const char *total_order(struct generator *generator, const struct scope *scope);

/* --- subquery.c: subqueries as expressions and conditions --- */

const char *scalar_subquery(struct generator *generator, const struct scope *scope,
                            enum kind kind, int depth);
const char *subquery_condition(struct generator *generator, const struct scope *scope,
                               int depth);

/* --- aggregate.c --- */

/* An aggregate over the rows of `scope`; its kind is what comes out. */
const char *aggregate(struct generator *generator, const struct scope *scope,
                      enum kind *kind);
/* One whose result has that kind; NULL when there is none. */
const char *aggregate_of(struct generator *generator, const struct scope *scope,
                         enum kind kind);
/* A window function, with its OVER. */
const char *window_call(struct generator *generator, const struct scope *scope,
                        enum kind *kind);

/* --- from.c --- */

/* A FROM list without its keyword; its columns are added to `scope`. */
const char *from_list(struct generator *generator, struct scope *scope, int depth);
/* One table or view (or common table expression) under a new alias. */
const char *from_relation(struct generator *generator, struct scope *scope);
const char *new_alias(struct generator *generator);
const struct relation_info *any_relation(struct generator *generator);

/* --- query.c --- */

/* A query of any form. With `wanted` its columns have those kinds. */
const char *query(struct generator *generator, int depth, const struct shape *wanted,
                  struct shape *shape);
/* Its columns c1, c2, … under an alias. */
void scope_add_shape(struct generator *generator, struct scope *scope,
                     const char *alias, const struct shape *shape);
/* What its forms are made of: WHERE or nothing, columns c1, c2, … of any kind, ORDER BY without ties, LIMIT. */
const char *query_filter(struct generator *generator, const struct scope *scope,
                         int depth);
const char *query_results(struct generator *generator, const struct scope *scope,
                          int depth, const struct shape *wanted, bool exact,
                          struct shape *shape);
const char *query_order(struct generator *generator, const struct scope *scope);
const char *query_limits(struct generator *generator);
/* Appends "value AS cN" to the list and its kind to the shape. */
const char *query_result(struct generator *generator, const char *list,
                         struct shape *shape, const char *value, enum kind kind);

/* --- forms.c --- */

/* A query of one of the rarer forms; NULL when there is none over what it reads. */
const char *rare_query(struct generator *generator, int depth, struct shape *shape);

/* --- definition.c --- */

/* CREATE VIEW, realtime or, now and then, runtime; the view is noted as the last relation. */
const char *generate_view(struct generator *generator, int depth);
/* CREATE OR REPLACE of the view at `index`, with the same columns and, if `more`, one more perhaps; noted at once. It
 * reads only what is before it, so that no view reads itself. */
const char *generate_replacement(struct generator *generator, int index, int depth,
                                 bool more);

/* --- write.c --- */

/* INSERT, UPDATE, DELETE or TRUNCATE of a random table. */
const char *generate_write(struct generator *generator);
const char *generate_insert(struct generator *generator,
                            const struct relation_info *table, int rows);
/* ALTER TABLE of a random table. */
const char *generate_alter(struct generator *generator);
/* Takes note of one that has succeeded. */
void note_alter(struct generator *generator, const char *sql);
/* BEGIN, COMMIT, SAVEPOINT, … as they may come next. */
const char *generate_control(struct generator *generator, bool in_transaction);

#endif
