/* What the files of the binder share: the state of one run, what names mean, and each file's part. */
#ifndef TIDE_CATALOG_BIND_INTERNAL_H
#define TIDE_CATALOG_BIND_INTERNAL_H

#include "catalog/bind.h"
#include "sql/parse.h"

/* What SQLite is to be given for a row as json: lowering knows. */
#define JSON_ROW "pg_json_row"

enum {
  BIND_DEPTH_MAX = 400,     /* nesting of expressions, queries and views together */
  BIND_COLUMNS_MAX = 2000,  /* of one result, as SQLite's SQLITE_MAX_COLUMN */
  BIND_FIELDS_MAX = 1664,   /* of a row, as PostgreSQL's MaxTupleAttributeNumber */
  BIND_TABLES_MAX = 64,     /* of one FROM, as SQLite has it */
  BIND_TYPE_TEXT_MAX = 200, /* of the name of a type, cut where it is longer */
  BIND_ARGUMENTS_MAX = 100  /* of one call, as PostgreSQL's FUNC_MAX_ARGS */
};

/* Which part of a statement is being bound: what is allowed there, and how PostgreSQL calls it. */
enum clause {
  CLAUSE_RESULTS,
  CLAUSE_JOIN,
  CLAUSE_FROM_FUNCTION,
  CLAUSE_WHERE,
  CLAUSE_GROUP,
  CLAUSE_HAVING,
  CLAUSE_ORDER,
  CLAUSE_DISTINCT_ON,
  CLAUSE_LIMIT,
  CLAUSE_OFFSET,
  CLAUSE_WINDOW,
  CLAUSE_FILTER,
  CLAUSE_VALUES,
  CLAUSE_UPDATE,
  CLAUSE_RETURNING,
  CLAUSE_CONFLICT,
  CLAUSE_MERGE_WHEN,
  CLAUSE_EXPRESSION /* bind_expression: no subqueries either */
};

/* One run of the binder. */
struct binder {
  struct binding *binding;
  struct database *database;
  struct arena *arena;
  struct error *error;
  int depth;
  int32_t next_level;
  int views;    /* whose queries are being bound in place of their names */
  int standard; /* … those of them that may read the catalog's own tables */
  struct sql_node
      *given;       /* bound: what $1, $2, … mean in what is put in place of a call */
  struct cte *ctes; /* all of the statement so far: each has a name of its own */
  const struct sql_node *top_with; /* of the statement: it alone may hold writes */
  struct target
      *written; /* what a reference marked as SQL_TARGET is; NULL: there is none */
  bool
      in_recursive_term; /* the next SELECT is the recursive term of a WITH RECURSIVE */
};

/* A SELECT, or a write: everything whose FROM is one. */
struct level {
  int32_t id;
  struct level *outer;
  enum clause clause;
  bool has_aggregates;
  bool has_grouping_calls;
  bool recursive_term; /* of WITH RECURSIVE: aggregates and the like are not allowed */
  const struct sql_node *windows;     /* the named ones */
  struct set_function *set_functions; /* of the select list, not yet in FROM */
  struct alias *aliases;              /* in use, so that each is unique */
};

/* A function that returns rows in a select list, as it would stand in FROM. */
struct set_function {
  struct scope_reference *reference;
  struct set_function *next;
};

struct alias {
  const char *name;
  struct alias *next;
};

/* A column as a name can reach it. */
struct scope_column {
  const char *name;   /* as the user knows it */
  const char *actual; /* as it is called in the bound tree */
  struct type type;
  bool hidden;
  int index; /* in the relation */
  struct scope_reference *reference;
  struct sql_node *value; /* what it stands for, bound; NULL: the column itself */
};

/* A relation as a name can qualify columns with it. */
struct scope_reference {
  struct sql_node *node;
  const char *name;   /* NULL: cannot be named */
  const char *schema; /* NULL: it has an alias */
  const struct relation *relation;
  struct level *level;
  int count;
  struct scope_column *columns;
};

/* A common table expression that can be referred to. */
struct cte {
  const char *name;   /* as the user knows it */
  const char *actual; /* as it is called in the bound tree */
  struct sql_node *node;
  int column_count;
  const char **names; /* as the user knows them */
  struct type *types;
  bool silent; /* a write without RETURNING: it cannot be referred to */
  bool open;   /* its non-recursive term is bound, its recursive one is being bound */
  int references; /* from its own recursive term */
  struct cte *outer;
  struct cte *earlier; /* see struct binder */
};

/* Everything that names can mean at one place. */
struct scope {
  struct scope *outer;
  struct level *level;
  struct cte *ctes;
  int reference_count;
  struct scope_reference **references;
  int column_count;
  struct scope_column
      *columns; /* what names without a qualifier mean, in the order of a star */
};

enum conversion { CONVERT_EXPLICIT, CONVERT_IMPLICIT, CONVERT_ASSIGNMENT };

/* --- bind.c --- */
/* Each node function returns NULL with the error set on failure; each int function a result code. */
struct sql_node *bind_node(struct binder *binder, enum sql_kind kind, uint32_t position,
                           const char *text);
struct sql_node *bind_integer(struct binder *binder, uint32_t position, int64_t value);
void *bind_alloc(struct binder *binder, size_t size);
int bind_nomem(struct binder *binder);
bool bind_append(struct binder *binder, struct sql_node *list, struct sql_node *child);
struct sql_node *bind_clone(struct binder *binder, const struct sql_node *node);
bool bind_enter(struct binder *binder, uint32_t position);
void bind_leave(struct binder *binder);
int bind_unsupported(struct binder *binder, uint32_t position, const char *what);
struct level *bind_level_new(struct binder *binder);
/* Binds `text` as written in the catalog. The expression returned is unbound. */
struct sql_node *bind_parse_expression(struct binder *binder, const char *text);

/* --- bind_scope.c --- */
struct scope *bind_scope_new(struct binder *binder, struct scope *outer,
                             struct level *level, struct cte *ctes);
/* A scope with the references of both; its columns are `left`'s, then `right`'s. Either may be NULL. */
struct scope *bind_scope_join(struct binder *binder, const struct scope *left,
                              const struct scope *right);
int bind_scope_add(struct binder *binder, struct scope *scope,
                   struct scope_reference *reference);
/* Tells binding->resolutions, if anybody asks. */
bool bind_resolved(struct binder *binder, const struct resolution *resolution);
/* Gives the reference an alias that is unique in its level. */
int bind_alias(struct binder *binder, struct level *level, struct sql_node *reference,
               const char *wanted);
struct scope_reference *bind_relation_reference(struct binder *binder,
                                                struct level *level,
                                                struct sql_node *node,
                                                const struct relation *relation);
struct sql_node *bind_scope_column(struct binder *binder,
                                   const struct scope_column *column,
                                   uint32_t position);
struct sql_node *bind_column(struct binder *binder, struct scope *scope,
                             struct sql_node *node);
struct scope_reference *bind_find_reference(struct binder *binder, struct scope *scope,
                                            const struct sql_node *name);
/* The reference whose whole row the name means; NULL: it is a column's, or nobody's. */
const struct scope_reference *bind_row_reference(const struct scope *scope,
                                                 const char *name);
struct cte *bind_find_cte(struct cte *ctes, const char *name);
const struct relation *bind_find_relation(struct binder *binder,
                                          const struct sql_node *name);
bool bind_same_name(const char *left, const char *right);

/* --- bind_whole_row.c --- */
/* The row of a reference as a value. */
struct sql_node *bind_whole_row(struct binder *binder,
                                const struct scope_reference *reference,
                                uint32_t position);
/* … of `t.*`. */
struct sql_node *bind_star_row(struct binder *binder, struct scope *scope,
                               const struct sql_node *star);
/* --- bind_row_keys.c --- */
/* Appends a bound expression, or the fields of the row that it is, to what is grouped by. */
bool bind_append_keys(struct binder *binder, struct sql_node *list,
                      struct sql_node *node);
/* The row that something to order by is, or is the number of; NULL: it is something else. */
struct sql_node *bind_row_to_spread(const struct sql_node *node,
                                    const struct sql_node *results);
/* Puts the fields of the row in the place of item *index, which becomes that of the last of them. */
bool bind_spread_order(struct binder *binder, struct sql_node *order, uint32_t *index,
                       struct sql_node *row);
/* Is it a row whose text is the same as that of another if, and only if, they are equal? */
bool bind_row_is_its_text(const struct sql_node *node);

/* The SQL_ROW of a row whose fields are told; NULL: it is something else. */
struct sql_node *bind_row_fields(struct sql_node *node);
/* `result` where `row` is there, NULL where an outer join lacks it. */
struct sql_node *bind_if_there(struct binder *binder, const struct sql_node *row,
                               struct sql_node *result);
/* CASE WHEN condition THEN result END */
struct sql_node *bind_case_when(struct binder *binder, struct sql_node *condition,
                                struct sql_node *result);

/* --- bind_row_json.c --- */
/* Rows among the arguments of a bound call that takes JSON become JSON. */
bool bind_rows_as_json(struct binder *binder, struct sql_node *call);

/* --- bind_records.c --- */
/* Is it jsonb_to_record() or one of its kin? */
bool bind_makes_records(const struct sql_node *call);
/* Makes an unbound LATERAL subquery of a reference to one. Returns false with the error set. */
bool bind_expand_records(struct binder *binder, struct sql_node *reference);

/* --- bind_from.c --- */
/* Binds a FROM list; *scope becomes what its columns mean. */
int bind_from(struct binder *binder, struct sql_node *list, struct scope **scope);
/* Binds the call of a function reference: it has to return rows. */
bool bind_function_call(struct binder *binder, struct scope *context,
                        struct sql_node *node);
/* The columns of a function whose call, REFERENCE_SOURCE of `node`, is bound. */
struct scope_reference *bind_function_result(struct binder *binder, struct level *level,
                                             struct sql_node *node, const char *alias);
/* Names given in `t AS x(a, b)`: the reference's columns are called that. */
int bind_column_aliases(struct binder *binder, struct sql_node *node,
                        struct scope_reference *reference);
struct sql_node *bind_parse_view(struct binder *binder, const struct relation *view);
/* An error inside a view's own query: it is the reference that has a position in the statement. */
void bind_blame_view(struct binder *binder, const struct relation *view,
                     uint32_t position);
/* Fails with TIDE_ERROR_UNREACHABLE when the relation is a foreign view whose columns are not known yet. */
int bind_check_described(struct binder *binder, const struct relation *relation,
                         uint32_t position);

/* --- bind_with.c --- */
int bind_ctes(struct binder *binder, struct sql_node *with, struct scope *outer,
              struct cte **ctes);

/* --- bind_expression.c and its kin --- */
struct sql_node *bind_value(struct binder *binder, struct scope *scope,
                            struct sql_node *node);
bool bind_slot(struct binder *binder, struct scope *scope, struct sql_node **slot);
bool bind_list(struct binder *binder, struct scope *scope, struct sql_node *list);
/* A condition: `what` is the word for it in messages ("WHERE"). */
bool bind_condition(struct binder *binder, struct scope *scope, struct sql_node **slot,
                    const char *what);
struct sql_node *bind_operator(struct binder *binder, struct sql_node *node);
struct sql_node *bind_binary(struct binder *binder, const char *symbol,
                             struct sql_node *left, struct sql_node *right,
                             uint32_t position);
/* Chooses the operator; `types` become the ones to convert the operands to. */
bool bind_find_operator(struct binder *binder, const char *symbol, struct type *types,
                        int count, uint32_t position, const struct function **found,
                        struct type *result);
/* Two operands made comparable; fails where there is no operator `symbol` for them. */
/* MySQL orders the texts of labels where it compares, and elsewhere as they are declared: false, refused. */
bool bind_check_labels(struct binder *binder, struct type type, uint32_t position);
bool bind_comparable(struct binder *binder, const char *symbol, struct sql_node **left,
                     struct sql_node **right, uint32_t position,
                     const struct function **found);
/* AND or OR of two conditions; either may be NULL. */
struct sql_node *bind_logic(struct binder *binder, const char *word,
                            struct sql_node *left, struct sql_node *right);
struct sql_node *bind_row_comparison(struct binder *binder, struct sql_node *node);
struct sql_node *bind_in(struct binder *binder, struct scope *scope,
                         struct sql_node *node);
struct sql_node *bind_quantified(struct binder *binder, struct scope *scope,
                                 struct sql_node *node);
struct sql_node *bind_coalesce(struct binder *binder, struct sql_node *first,
                               struct sql_node *second);
struct sql_node *bind_call(struct binder *binder, struct scope *scope,
                           struct sql_node *node);
/* A call that is still to be bound; NULL when memory ran out, or there are no arguments. */
struct sql_node *bind_unbound_call(struct binder *binder, const char *name,
                                   struct sql_node *arguments, uint32_t position);
/* Puts bound arguments that are given by name in order, and defaults in the place of those that are not given. False:
 * they fit no parameters, or the error is set. */
bool bind_arguments(struct binder *binder, struct sql_node *call);
/* Chooses the function for bound arguments, and converts them. */
bool bind_function(struct binder *binder, struct sql_node *call);
/* "function f(types) does not exist" */
void bind_no_function(struct binder *binder, const struct sql_node *call);
/* Fails with 42809: `format` says why, with the function's name for %s. Returns false. */
bool bind_refuse_call(struct binder *binder, const struct sql_node *call,
                      const char *format);
bool bind_filter(struct binder *binder, struct scope *scope, struct sql_node *call);
/* Finds the query that an aggregate belongs to. */
bool bind_aggregate(struct binder *binder, const struct scope *scope,
                    struct sql_node *call);
/* Is there a column of that level in it? `node` may be NULL. */
bool bind_uses_level(const struct sql_node *node, int32_t level);
/* --- bind_rows_from.c --- */
/* The calls that `source` of a function reference stands for, if they are several; NULL: it is one, or memory ran out. */
struct sql_node *bind_several_calls(struct binder *binder, struct sql_node *source);
/* The function reference becomes a subquery of the calls side by side; returns the query. */
struct sql_node *bind_rows_from(struct binder *binder, struct scope *context,
                                struct sql_node *node, struct sql_node *calls);
/* A query of bound functions side by side, those with fewer rows padded with NULL; `ordinality`: with the number of the row as
 * last result. */
struct sql_node *bind_side_by_side(struct binder *binder, struct level *level,
                                   struct scope_reference **functions, int count,
                                   bool ordinality);
/* Makes a reference to the query of `node`; LATERAL if it needs to. */
int bind_as_subquery(struct binder *binder, struct level *level, struct sql_node *node,
                     struct sql_node *query, const char *alias);
/* --- bind_set_result.c --- */
/* The column that a bound call which returns rows is in a select list. */
struct sql_node *bind_set_result(struct binder *binder, struct scope *scope,
                                 struct sql_node *call);
/* Puts the functions among the results of a bound SELECT into its FROM; `grouped`: it has groups. */
int bind_set_function(struct binder *binder, struct level *level,
                      struct sql_node *select, struct sql_node *order, bool grouped);
/* A call with WITHIN GROUP. */
struct sql_node *bind_within(struct binder *binder, struct scope *scope,
                             struct sql_node *call);
/* How PostgreSQL calls the part of a statement in which something is not allowed. */
const char *bind_clause_name(enum clause clause);
bool bind_order_items(struct binder *binder, struct scope *scope,
                      struct sql_node *order);
/* Is there a window function of the query `level` below the call? *position is where. */
bool bind_contains_window(const struct sql_node *call, int32_t level,
                          uint32_t *position);
/* --- bind_window.c --- */
int bind_windows(struct binder *binder, struct scope *scope, struct sql_node *windows);
/* A call of `function` with OVER. */
bool bind_window_call(struct binder *binder, struct scope *scope, struct sql_node *call,
                      const struct function *function);
/* --- bind_call.c --- */
bool bind_is_aggregate(const struct sql_node *node);
bool bind_is_window_call(const struct sql_node *node);
bool bind_is_grouping_call(const struct sql_node *node);
/* The expressions of a GROUP BY, those inside GROUPING SETS too, as one list. */
bool bind_group_leaves(struct arena *arena, const struct sql_node *group,
                       struct sql_node *leaves);

/* A literal that becomes a jsonpath is read now, while it is known where it stands; any other passes. */
bool bind_check_path(struct binder *binder, const struct sql_node *literal,
                     struct type to);

/* --- bind_convert.c --- */
struct sql_node *bind_convert(struct binder *binder, struct sql_node *node,
                              struct type to, enum conversion how);
/* The same value as a type that differs only in its modifiers and asks for nothing. */
struct sql_node *bind_relabel(struct binder *binder, struct sql_node *node,
                              struct type to);
/* All text is ordered by code point here: only collations that say so can be given. */
bool bind_knows_collation(const char *name);
bool bind_can_convert(const struct sql_node *node, struct type to, enum conversion how);
struct sql_node *bind_type_node(struct binder *binder, struct type type,
                                uint32_t position);
/* The type that a SQL_TYPE names, modifiers and [] aside. Returns whether there is one. */
bool bind_named_type(const struct database *database, const struct sql_node *node,
                     struct type *type);
int bind_type(struct binder *binder, const struct sql_node *node, struct type *type);
const char *bind_type_text(struct binder *binder, struct type type);
/* Short name of a type as PostgreSQL's catalog has it: "int4". Static. */
const char *bind_type_name(enum type_id id);
/* Makes all of them one type; `what` is the word in the message ("CASE"). */
bool bind_unify(struct binder *binder, struct sql_node ***slots, int count,
                const char *what, struct type *common);
bool bind_is_unknown(struct type type);
/* Is it that of a row? */
bool bind_is_record(struct type type);
/* The query's result depends on more than its tables: because of the function `name`, or of a literal. */
void bind_not_immutable(struct binder *binder, unsigned flags, const char *name);

/* --- bind_select.c, bind_query.c, bind_group.c --- */
/* `resolve`: results that are still unknown become text. */
int bind_query(struct binder *binder, struct sql_node *query, struct scope *outer,
               struct cte *ctes, bool resolve);
int bind_select(struct binder *binder, struct sql_node *query, struct sql_node *select,
                struct scope *outer, struct cte *ctes);
/* --- bind_locking.c --- */
/* Judges the locking clauses of a query whose body is the bound SELECT, and takes them away. */
int bind_locking(struct binder *binder, struct sql_node *query,
                 const struct scope *scope, const struct sql_node *select);
/* The same where its unbound body is no SELECT; those of a query around a query become the inner one's. */
int bind_locking_elsewhere(struct binder *binder, struct sql_node *query);
/* A part of a query: SELECT, VALUES, a set operation, TABLE, or a query in parentheses. */
/* LIMIT or OFFSET, as the clause says. */
int bind_limit(struct binder *binder, struct sql_node **slot, struct scope *outer,
               struct cte *ctes, enum clause clause);
int bind_body(struct binder *binder, struct sql_node **body, struct scope *outer,
              struct cte *ctes);
int bind_results(struct binder *binder, struct scope *scope, struct sql_node *results);
int bind_order(struct binder *binder, struct scope *scope, struct sql_node *order,
               struct sql_node *select);
/* Can values of the type be compared? If not the error is set; `operator` is what is missing: "an ordering", "an
 * equality". */
bool bind_check_comparable(struct binder *binder, struct type type, uint32_t position,
                           const char *operator);
bool bind_check_orderable(struct binder *binder, const struct sql_node *node);
int bind_check_grouping(struct binder *binder, struct level *level,
                        struct sql_node *select, struct sql_node *order);
const char *bind_output_name(const struct sql_node *expression);
/* Its leftmost SQL_SELECT or SQL_VALUES. */
struct sql_node *query_leftmost(struct sql_node *query);
/* Results that are still unknown become text. */
int query_resolve(struct binder *binder, struct sql_node *query);
/* Gives the results of a query names that are unique without regard to case. */
int query_unique_names(struct binder *binder, struct sql_node *query);
/* Converts the results of a bound query; fewer types than columns is a mistake of the caller. */
int query_convert(struct binder *binder, struct sql_node *query,
                  const struct type *types, int count, enum conversion how);
/* TABLE t as SELECT * FROM t, unbound. */
struct sql_node *query_of_table(struct binder *binder, struct sql_node *table);
/* SELECT of all columns FROM (a bound query). */
struct sql_node *query_wrap(struct binder *binder, struct sql_node *query);

/* --- bind_target.c: what a write writes to --- */
struct target {
  struct sql_node *node;             /* the reference */
  const struct relation *relation;   /* that is written: the base of a local view */
  struct scope_reference *reference; /* its columns as the statement knows them */
  struct sql_node *filter;           /* of a view, bound; or NULL */
};
/* Finds and checks the target; its columns can be named in `scope` afterwards. */
int bind_target(struct binder *binder, struct scope *scope, struct sql_node *node,
                struct target *target);
/* The same relation under the name `excluded`. */
int bind_excluded(struct binder *binder, struct scope *scope,
                  const struct target *target);
/* The index of the column to be written that `name` names; -1 and the error set if there is none such. */
int bind_target_column(struct binder *binder, const struct target *target,
                       const struct sql_node *name);
/* The value of a column that is not given, or given as DEFAULT, bound; SQL_NULL when it has none, SQL_DEFAULT for an
 * identity column. */
/* Binds an expression in which no column can be named. */
struct sql_node *bind_without_columns(struct binder *binder,
                                      struct sql_node *expression);
struct sql_node *bind_default(struct binder *binder, const struct column *column,
                              uint32_t position);
/* A value for a column, converted as an assignment does. */
struct sql_node *bind_assigned(struct binder *binder, const struct column *column,
                               struct sql_node *value);
/* Refuses anything but DEFAULT for generated columns and those that are GENERATED ALWAYS AS IDENTITY. */
int bind_check_generated(struct binder *binder, const struct column *column,
                         const struct sql_node *value, const char *format);

/* --- bind_write.c --- */
/* An INSERT, UPDATE, DELETE or MERGE; `ctes` are those of the WITH that it stands in. */
int bind_write(struct binder *binder, struct sql_node *write, struct cte *ctes);
/* A level of its own, and what its WITH makes known. NULL: the error is set, or memory ran out. */
struct scope *bind_write_scope(struct binder *binder, struct sql_node *with,
                               struct cte *ctes);
/* The columns and the values or query of an INSERT; `scope`: what the values may refer to. */
int bind_insert_source(struct binder *binder, struct scope *scope,
                       struct sql_node *insert, const struct target *target);
/* *slot: the list of a SET. Each assignment becomes one of a single column, save those from a query. */
int bind_set(struct binder *binder, struct scope *scope, const struct target *target,
             struct sql_node **slot);
int bind_returning(struct binder *binder, struct scope *scope,
                   struct sql_node *returning);
/* The condition of the statement and that of the view that it names. */
int bind_where(struct binder *binder, struct scope *scope, struct sql_node **where,
               const struct target *target);

/* --- bind_as_merge.c --- */
/* Does a bound RETURNING show columns of other tables than the target? It may be NULL. */
bool bind_returns_others(const struct sql_node *returning, const struct target *target);
/* What RETURNING a MERGE cannot give: 0A000. */
int bind_check_returned(struct binder *binder, const struct sql_node *returning);
/* An UPDATE or DELETE whose names are bound becomes a MERGE (catalog/merge.h); `others`: the tables of FROM or USING. */
int bind_as_merge(struct binder *binder, struct sql_node *write,
                  const struct target *target, struct scope *others);
/* Does a query find the rows that it writes? */
bool bind_writes_rows(const struct sql_node *write);
/* … such a write, whose names are not bound yet. */
int bind_rows_as_merge(struct binder *binder, struct sql_node *write, struct cte *ctes);

/* --- bind_merge.c --- */
int bind_merge(struct binder *binder, struct sql_node *merge, struct cte *ctes);

/* --- bind_show.c --- */
/* The statement becomes a bound query. */
int bind_show(struct binder *binder, struct sql_node *show);

/* --- bind_zone.c --- */
/* The tree of a definition's text, of which literals mean the same whoever reads it. */
struct sql_node *bind_stored(struct sql_node *tree);

#endif
