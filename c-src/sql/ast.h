/* The tree that every statement becomes: one node type, with named child slots per kind.
 *
 * One node type instead of one struct per kind, so that walking, cloning, comparing and rewriting are
 * each written once. A slot that is optional holds NULL. Nodes belong to an arena.
 */
#ifndef TIDE_SQL_AST_H
#define TIDE_SQL_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "types/type.h"

/* clang-format off */

/* X(kind, "name for traces", slots). A kind with slots = -1 is a list of any length.
 * `text`, `op` and `flags` are explained with the slots below. */
#define SQL_KINDS(X)                                                                               \
  X(SQL_LIST, "list", -1)                                                                          \
  X(SQL_NAME, "name", 1)                     /* text: name; of a relation, type or function */     \
  /* queries */                                                                                    \
  X(SQL_QUERY, "query", 6)                   /* flags: SQL_TIES */                                 \
  X(SQL_SELECT, "select", 7)                 /* flags: SQL_DISTINCT */                             \
  X(SQL_LOCKING, "locking clause", 1)        /* op; flags: SQL_NOWAIT, SQL_SKIP_LOCKED */          \
  X(SQL_VALUES, "values", -1)                /* each child a SQL_ROW */                            \
  X(SQL_SET_OPERATION, "set operation", 2)   /* op; flags: SQL_ALL; left, right: bodies */         \
  X(SQL_TABLE, "table", 1)                   /* TABLE name */                                      \
  X(SQL_RESULT, "result", 1)                 /* text: alias or NULL */                             \
  X(SQL_STAR, "star", 1)                     /* child: SQL_NAME that qualifies it, or NULL */      \
  X(SQL_ORDER, "order", 1)                   /* flags: SQL_DESC, SQL_ASC, SQL_NULLS_FIRST/LAST */  \
  X(SQL_WITH, "with", -1)                    /* each a SQL_CTE; flags: SQL_RECURSIVE */            \
  X(SQL_CTE, "common table expression", 2)   /* text: name; flags: SQL_MATERIALIZED/NOT_… */       \
  X(SQL_WINDOW, "window", 3)                 /* text: base window or NULL */                       \
  X(SQL_NAMED_WINDOW, "named window", 1)     /* text: name */                                      \
  X(SQL_FRAME, "frame", 2)                   /* op: mode; flags: exclusion */                      \
  X(SQL_FRAME_BOUND, "frame bound", 1)       /* op */                                              \
  X(SQL_GROUPING, "grouping", -1)            /* op: sets, rollup, cube, or a ( ) set */            \
  /* relations in FROM */                                                                          \
  X(SQL_TABLE_REFERENCE, "table reference", 2)       /* text: alias or NULL */                     \
  X(SQL_SUBQUERY_REFERENCE, "subquery reference", 2) /* text: alias or NULL; flags: SQL_LATERAL */ \
  X(SQL_FUNCTION_REFERENCE, "function reference", 2) /* text: alias; SQL_LATERAL, SQL_ORDINALITY */\
  X(SQL_JOIN, "join", 4)                     /* op; flags: SQL_NATURAL */                          \
  /* expressions */                                                                                \
  X(SQL_NULL, "null", 0)                                                                           \
  X(SQL_BOOLEAN, "boolean", 0)               /* op: 1 true, 0 false */                             \
  X(SQL_INTEGER, "integer", 0)               /* text: digits */                                    \
  X(SQL_DECIMAL, "decimal", 0)               /* text: as written */                                \
  X(SQL_STRING, "string", 0)                 /* text, length: without quotes */                    \
  X(SQL_BLOB, "blob", 0)                     /* text: hexadecimal digits */                        \
  X(SQL_PARAMETER, "parameter", 0)           /* op: style; index; text: name of :name */           \
  X(SQL_COLUMN, "column", 1)                 /* text: column; child: SQL_NAME of relation/NULL */  \
  X(SQL_UNARY, "unary", 1)                   /* text: operator symbol or "not" */                  \
  X(SQL_BINARY, "binary", 2)                 /* text: operator symbol, "and" or "or" */            \
  X(SQL_IS, "is", 1)                         /* op: what; flags: SQL_NOT */                        \
  X(SQL_IS_DISTINCT, "is distinct", 2)       /* flags: SQL_NOT */                                  \
  X(SQL_BETWEEN, "between", 3)               /* flags: SQL_NOT, SQL_SYMMETRIC */                   \
  X(SQL_IN_LIST, "in list", 2)               /* flags: SQL_NOT */                                  \
  X(SQL_IN_QUERY, "in query", 2)             /* flags: SQL_NOT */                                  \
  X(SQL_LIKE, "like", 3)                     /* op: like, ilike, similar, glob; flags: SQL_NOT */  \
  X(SQL_EXISTS, "exists", 1)                                                                       \
  X(SQL_SCALAR_QUERY, "scalar subquery", 1)                                                        \
  X(SQL_ARRAY_QUERY, "array subquery", 1)                                                          \
  X(SQL_QUANTIFIED, "quantified", 2)         /* text: operator; op: any, all; right: query/array */\
  X(SQL_ROW, "row", -1)                      /* flags: SQL_EXPLICIT for ROW(...); bound: text */   \
  X(SQL_ARRAY, "array", -1)                                                                        \
  X(SQL_SUBSCRIPT, "subscript", 3)           /* base, index or lower, upper; flags: SQL_SLICE */   \
  X(SQL_CASE, "case", 3)                                                                           \
  X(SQL_WHEN, "when", 2)                                                                           \
  X(SQL_CAST, "cast", 2)                     /* flags: SQL_PREFIX for date '2020-01-01' */         \
  X(SQL_COLLATE, "collate", 1)               /* text: collation */                                 \
  X(SQL_CALL, "call", 6)                     /* flags: SQL_DISTINCT, SQL_ALL_ROWS for count(*) */  \
  X(SQL_ARGUMENT, "named argument", 1)       /* text: parameter; among a call's arguments */       \
  X(SQL_DEFAULT, "default", 0)                                                                     \
  X(SQL_TYPE, "type", 2)                     /* text: name; flags: SQL_ARRAY_TYPE */               \
  /* writes */                                                                                     \
  X(SQL_INSERT, "insert", 6)                 /* op: enum sql_insert; SQL_EXPLICIT: OVERRIDING SYSTEM */    \
  X(SQL_ON_CONFLICT, "on conflict", 4)       /* op: nothing, update; text: constraint name */      \
  X(SQL_UPDATE, "update", 6)                                                                       \
  X(SQL_ASSIGN, "assign", 2)                                                                       \
  X(SQL_DELETE, "delete", 5)                                                                       \
  X(SQL_MERGE, "merge", 6)                   /* op: bound: catalog/merge.h */                      \
  X(SQL_MERGE_CLAUSE, "merge clause", 3)     /* op: enum sql_merge */                              \
  X(SQL_TRUNCATE, "truncate", 1)             /* flags: SQL_CASCADE, SQL_RESTART_IDENTITY */        \
  /* definitions */                                                                                \
  X(SQL_CREATE_TABLE, "create table", 3)     /* flags: SQL_IF_NOT_EXISTS, SQL_TEMPORARY */         \
  X(SQL_COLUMN_DEFINITION, "column definition", 2)   /* text: column */                            \
  X(SQL_CONSTRAINT, "constraint", 5)         /* op: kind; text: its name or NULL */                \
  X(SQL_REFERENCES, "references", 2)         /* op: on delete | on update << 8 */                  \
  X(SQL_TABLE_LIKE, "like of a table", 1)    /* op: enum sql_like_option, several; child: SQL_NAME */ \
  X(SQL_CREATE_INDEX, "create index", 5)     /* flags: SQL_UNIQUE, SQL_IF_NOT_EXISTS */            \
  X(SQL_CREATE_VIEW, "create view", 4)       /* op: mode; SQL_OR_REPLACE, SQL_IF_NOT_EXISTS, SQL_NO_DATA, SQL_TEMPORARY */ \
  X(SQL_OPTION, "option", 1)                 /* text: option; child: value or NULL (= true) */     \
  X(SQL_CREATE_SCHEMA, "create schema", 2)   /* flags: SQL_IF_NOT_EXISTS */                        \
  X(SQL_CREATE_EXTENSION, "create extension", 1) /* flags: SQL_IF_NOT_EXISTS */                    \
  X(SQL_CREATE_ENUM, "create type as enum", 2)                                                     \
  X(SQL_CREATE_DOMAIN, "create domain", 3)                                                         \
  X(SQL_CREATE_SEQUENCE, "create sequence", 2) /* flags: SQL_IF_NOT_EXISTS */                      \
  X(SQL_SEQUENCE_OPTION, "sequence option", 1) /* text: as, increment, owned …; flags: SQL_NOT; child: number, SQL_TYPE, SQL_COLUMN or NULL */ \
  X(SQL_ALTER, "alter", 2)                   /* op: object; flags: SQL_IF_EXISTS */                \
  X(SQL_ACTION, "action", 3)                 /* op: what; text: column (of a domain: NULL), constraint or new name; SQL_NO_DATA: NOT VALID; SQL_EXPLICIT: CHANGE, not MODIFY */  \
  X(SQL_DROP, "drop", 1)                     /* op: object; flags: SQL_IF_EXISTS, SQL_CASCADE, SQL_RESTRICT */ \
  X(SQL_COMMENT, "comment", 2)               /* op: object; text: column or constraint */          \
  X(SQL_REFRESH, "refresh", 1)               /* op: mode; flags: SQL_CONCURRENTLY, SQL_NO_DATA */  \
  /* the rest */                                                                                   \
  X(SQL_TRANSACTION, "transaction", 0)       /* op: what; text: savepoint name */                  \
  X(SQL_EXPLAIN, "explain", 1)               /* flags: SQL_VIEW, SQL_ANALYZE; child: query or name */ \
  X(SQL_MAINTENANCE, "maintenance", 1)       /* op: what; flags: SQL_ANALYZE; child: name of what, or NULL: all */ \
  X(SQL_SET, "set", 2)                       /* op: until when; text: setting, "all": RESET ALL; child 0: MySQL's next one; child 1: L of values, NULL = DEFAULT; SQL_EXPLICIT: MySQL's variables */ \
  X(SQL_SHOW, "show", 0)                     /* text: setting, or "all" */                         \
  X(SQL_SHOW_OBJECTS, "show of objects", 4)  /* op: enum sql_show; flags: SQL_ALL for FULL */

enum sql_kind {
#define X(kind, text, slots) kind,
  SQL_KINDS(X)
#undef X
  SQL_KIND_COUNT
};

/* Child slots. L: a SQL_LIST. Where nothing is said the slot holds one expression. */
enum { NAME_SCHEMA /* SQL_NAME */ };
enum { QUERY_WITH, QUERY_BODY, QUERY_ORDER /* L of SQL_ORDER */, QUERY_LIMIT, QUERY_OFFSET,
       QUERY_LOCKING /* L of SQL_LOCKING; bound: NULL */ };
enum { LOCKING_RELATIONS /* L of SQL_NAME; NULL: all */ };
enum { SELECT_DISTINCT_ON /* L */, SELECT_RESULTS /* L of SQL_RESULT; RESULT may hold a SQL_STAR */, SELECT_FROM /* L */,
       SELECT_WHERE, SELECT_GROUP /* L */, SELECT_HAVING, SELECT_WINDOWS /* L of SQL_NAMED_WINDOW */ };
enum { BODY_LEFT, BODY_RIGHT };
enum { CTE_COLUMNS /* L of SQL_NAME */, CTE_STATEMENT };
enum { WINDOW_PARTITION /* L */, WINDOW_ORDER /* L */, WINDOW_FRAME };
enum { FRAME_START, FRAME_END /* or NULL */ };
enum { REFERENCE_SOURCE /* SQL_NAME, SQL_QUERY (or a write with RETURNING), SQL_CALL, or an L of them for ROWS FROM */, REFERENCE_COLUMNS /* L of SQL_NAME */ };
enum { JOIN_LEFT, JOIN_RIGHT, JOIN_ON, JOIN_USING /* L of SQL_NAME */ };
enum { LEFT, RIGHT };
enum { BETWEEN_OPERAND, BETWEEN_LOW, BETWEEN_HIGH };
enum { IN_OPERAND, IN_SET /* L or SQL_QUERY */ };
enum { LIKE_OPERAND, LIKE_PATTERN, LIKE_ESCAPE };
enum { CASE_OPERAND, CASE_WHENS /* L of SQL_WHEN */, CASE_ELSE };
enum { WHEN_CONDITION, WHEN_RESULT };
enum { CAST_OPERAND, CAST_TYPE /* SQL_TYPE */ };
enum { CALL_NAME /* SQL_NAME */, CALL_ARGUMENTS /* L */, CALL_ORDER /* L, inside the parentheses */,
       CALL_FILTER, CALL_OVER /* SQL_WINDOW, or SQL_NAME of a window */, CALL_WITHIN /* L of SQL_ORDER */ };
enum { TYPE_MODIFIERS /* L of SQL_INTEGER */, TYPE_SCHEMA /* SQL_NAME; of an enum or domain, or NULL */ };
enum { INSERT_WITH, INSERT_TARGET /* SQL_TABLE_REFERENCE */, INSERT_COLUMNS /* L of SQL_NAME */,
       INSERT_SOURCE /* SQL_QUERY; NULL = DEFAULT VALUES; VALUES rows may hold SQL_DEFAULT */, INSERT_CONFLICT, INSERT_RETURNING /* L of SQL_RESULT */ };
enum { CONFLICT_TARGET /* L of SQL_ORDER-less expressions */, CONFLICT_WHERE, CONFLICT_SET /* L of SQL_ASSIGN */, CONFLICT_SET_WHERE };
enum { UPDATE_WITH, UPDATE_TARGET, UPDATE_SET /* L of SQL_ASSIGN */, UPDATE_FROM /* L, or the rows: below */, UPDATE_WHERE, UPDATE_RETURNING };
enum { ASSIGN_COLUMNS /* L of SQL_NAME: one, or several for (a, b) = (…) */, ASSIGN_VALUE };
/* DELETE_USING: L, or the rows: a SQL_QUERY without results, which finds the rows to be written. It has the target in its FROM,
 * marked as SQL_TARGET, and the condition: MySQL's outer joins, and its ORDER BY and LIMIT of writes. */
enum { DELETE_WITH, DELETE_TARGET, DELETE_USING, DELETE_WHERE, DELETE_RETURNING };
enum { MERGE_WITH, MERGE_TARGET, MERGE_SOURCE /* a relation; bound: the query that gives the rows */, MERGE_ON, MERGE_CLAUSES /* L */,
       MERGE_RETURNING /* L of SQL_RESULT; bound: a query over the rows */ };
enum { MERGE_CONDITION, MERGE_ACTION /* SQL_INSERT, SQL_UPDATE or SQL_DELETE of the target; NULL = DO NOTHING */, MERGE_VALUES /* bound: the query that gives them */ };
enum { TABLE_NAME, TABLE_ELEMENTS /* L of SQL_COLUMN_DEFINITION, SQL_CONSTRAINT and SQL_TABLE_LIKE */, TABLE_QUERY };
enum { COLUMN_TYPE /* SQL_TYPE */, COLUMN_CONSTRAINTS /* L of SQL_CONSTRAINT */ };
enum { CONSTRAINT_COLUMNS /* L of SQL_NAME; NULL on a column */, CONSTRAINT_EXPRESSION, CONSTRAINT_REFERENCES, CONSTRAINT_SPARE1, CONSTRAINT_SPARE2 };
enum { REFERENCES_TABLE /* SQL_NAME */, REFERENCES_COLUMNS /* L of SQL_NAME */ };
enum { INDEX_NAME /* SQL_NAME or NULL */, INDEX_TABLE, INDEX_COLUMNS /* L of SQL_ORDER */, INDEX_WHERE, INDEX_METHOD /* SQL_NAME */ };
enum { VIEW_NAME, VIEW_COLUMNS /* L of SQL_NAME */, VIEW_QUERY /* SQL_QUERY */, VIEW_OPTIONS /* L of SQL_OPTION */ };
enum { SCHEMA_NAME, SCHEMA_OPTIONS /* L of SQL_OPTION */ };
enum { ENUM_NAME, ENUM_LABELS /* L of SQL_STRING */ };
enum { DOMAIN_NAME, DOMAIN_TYPE /* SQL_TYPE */, DOMAIN_CONSTRAINTS /* L of SQL_CONSTRAINT */ };
enum { SEQUENCE_NAME, SEQUENCE_OPTIONS /* L of SQL_SEQUENCE_OPTION */ };
enum { ALTER_NAME, ALTER_ACTIONS /* L of SQL_ACTION */ };
enum { ACTION_DEFINITION /* column definition, constraint, SQL_TYPE, SQL_QUERY, L of options or SQL_NAME, SQL_STRING: neighbour or new label */,
       ACTION_EXPRESSION /* or SQL_STRING: the label */, ACTION_SPARE };
enum { DROP_NAMES /* L of SQL_NAME */ };
enum { COMMENT_NAME /* SQL_NAME; of a column or constraint: of what has it */, COMMENT_TEXT /* SQL_STRING; NULL takes it away */ };
enum { SHOW_NAME /* SQL_NAME of a relation */, SHOW_SCHEMA /* SQL_NAME */, SHOW_LIKE /* SQL_STRING */, SHOW_WHERE };

/* Values of `op`. */
enum sql_set_operation { SQL_UNION, SQL_INTERSECT, SQL_EXCEPT };
enum sql_join { SQL_INNER, SQL_LEFT_OUTER, SQL_RIGHT_OUTER, SQL_FULL_OUTER, SQL_CROSS };
/* The strength of a SQL_LOCKING. */
enum sql_locking { SQL_FOR_UPDATE, SQL_FOR_NO_KEY_UPDATE, SQL_FOR_SHARE, SQL_FOR_KEY_SHARE };
enum sql_is { SQL_IS_NULL, SQL_IS_TRUE, SQL_IS_FALSE, SQL_IS_UNKNOWN };
enum sql_like { SQL_LIKE_LIKE, SQL_LIKE_ILIKE, SQL_LIKE_SIMILAR, SQL_LIKE_GLOB };
enum sql_quantifier { SQL_ANY, SQL_ALL_OF };
enum sql_parameter { SQL_NUMBERED /* $1, ?1 */, SQL_NAMED /* :name */, SQL_POSITIONAL /* ? */ };
enum sql_frame { SQL_ROWS, SQL_RANGE, SQL_GROUPS };
/* In `flags` of a SQL_FRAME; 0 excludes nothing. */
enum sql_exclusion { SQL_EXCLUDE_CURRENT_ROW = 1, SQL_EXCLUDE_GROUP, SQL_EXCLUDE_TIES };
enum sql_bound { SQL_UNBOUNDED_PRECEDING, SQL_PRECEDING, SQL_CURRENT_ROW, SQL_FOLLOWING, SQL_UNBOUNDED_FOLLOWING };
enum sql_grouping { SQL_GROUPING_SETS, SQL_ROLLUP, SQL_CUBE, SQL_GROUPING_SET };
/* How a SQL_INSERT begins: INSERT, REPLACE (sqlite: INSERT OR REPLACE), sqlite's INSERT OR IGNORE. */
enum sql_insert { SQL_INSERT_PLAIN, SQL_INSERT_REPLACE, SQL_INSERT_IGNORE };
enum sql_conflict { SQL_DO_NOTHING, SQL_DO_UPDATE };
/* Which rows a clause of MERGE is for. */
enum sql_merge { SQL_MATCHED, SQL_NOT_MATCHED, SQL_NOT_MATCHED_BY_SOURCE };
enum sql_constraint { SQL_NOT_NULL, SQL_NULLABLE, SQL_DEFAULT_VALUE, SQL_PRIMARY_KEY, SQL_UNIQUE_KEY, SQL_CHECK,
                      SQL_FOREIGN_KEY, SQL_GENERATED_STORED, SQL_IDENTITY_ALWAYS, SQL_IDENTITY_BY_DEFAULT,
                      SQL_COLLATION /* expression: SQL_NAME */, SQL_ON_UPDATE /* MySQL's: what the column becomes when its row changes */ };
enum sql_foreign_action { SQL_NO_ACTION, SQL_ACTION_RESTRICT, SQL_ACTION_CASCADE, SQL_SET_NULL, SQL_SET_DEFAULT };
enum sql_object { SQL_OBJECT_TABLE, SQL_OBJECT_INDEX, SQL_OBJECT_VIEW, SQL_OBJECT_MATERIALIZED_VIEW,
                  SQL_OBJECT_REALTIME_VIEW, SQL_OBJECT_SCHEMA, SQL_OBJECT_EXTENSION, SQL_OBJECT_TYPE, SQL_OBJECT_DOMAIN,
                  SQL_OBJECT_SEQUENCE, SQL_OBJECT_COLUMN, SQL_OBJECT_CONSTRAINT, SQL_OBJECT_DOMAIN_CONSTRAINT };
/* What LIKE in CREATE TABLE includes beside names, types and NOT NULL. */
enum sql_like_option { SQL_LIKE_COMMENTS = 1, SQL_LIKE_CONSTRAINTS = 2, SQL_LIKE_DEFAULTS = 4, SQL_LIKE_GENERATED = 8,
                       SQL_LIKE_IDENTITY = 16, SQL_LIKE_INDEXES = 32, SQL_LIKE_ALL = 63 };
enum sql_view_mode { SQL_RUNTIME, SQL_MATERIALIZED_VIEW, SQL_REALTIME };
enum sql_action { SQL_ADD_COLUMN, SQL_DROP_COLUMN, SQL_RENAME_COLUMN, SQL_RENAME_TO, SQL_SET_SCHEMA,
                  SQL_SET_COLUMN_DEFAULT, SQL_DROP_COLUMN_DEFAULT, SQL_RESTART_COLUMN, SQL_SET_NOT_NULL, SQL_DROP_NOT_NULL, SQL_SET_TYPE,
                  SQL_ADD_CONSTRAINT, SQL_DROP_CONSTRAINT, SQL_SET_OPTIONS, SQL_RESET_OPTIONS, SQL_AS_QUERY,
                  SQL_ADD_VALUE, SQL_ADD_VALUE_BEFORE, SQL_ADD_VALUE_AFTER, SQL_RENAME_VALUE,
                  SQL_RENAME_CONSTRAINT, SQL_VALIDATE_CONSTRAINT, SQL_REDEFINE_COLUMN /* MySQL's MODIFY and CHANGE */ };
enum sql_transaction { SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK, SQL_SAVEPOINT, SQL_RELEASE, SQL_ROLLBACK_TO, SQL_SUSPEND_VIEWS, SQL_RESUME_VIEWS };

enum sql_set { SQL_SET_SESSION, SQL_SET_LOCAL };

/* What MySQL's SHOW tells of. */
enum sql_show { SQL_SHOW_TABLES, SQL_SHOW_COLUMNS, SQL_SHOW_DATABASES, SQL_SHOW_INDEX, SQL_SHOW_CREATE_TABLE };
enum sql_maintenance { SQL_VACUUM, SQL_ANALYZE_TABLES, SQL_CHECKPOINT, SQL_REINDEX, SQL_INTEGRITY_CHECK };

/* No tree that sql_parse makes is deeper: whoever walks one may recurse. */
enum { SQL_DEPTH_MAX = 1000 };

/* Bits of `flags`; each is used by the kinds that name it above. */
enum sql_flag {
  SQL_NOT = 1 << 0,
  SQL_UNSIGNED = SQL_NOT, /* of a type */
  SQL_STORED = SQL_NOT, /* of a literal that is bound: a definition has it, so times are in UTC */
  SQL_DISTINCT = 1 << 1,
  SQL_NOWAIT = SQL_NOT,
  SQL_SKIP_LOCKED = SQL_DISTINCT,
  SQL_ALL = 1 << 2,
  SQL_EVERY_WRITE = SQL_ALL, /* of a WITH: the rows that its writes change count as the statement's */
  SQL_TIES = SQL_ALL, /* of a query: its last row comes with its peers */
  SQL_ANY_KEY = SQL_ALL, /* of ON CONFLICT: whichever key it is, as MySQL's ON DUPLICATE KEY */
  SQL_NEXT = SQL_ALL, /* of a NULL or 0 in VALUES: the next number where a column numbers itself */
  SQL_DESC = 1 << 3,
  SQL_ASC = 1 << 4,
  SQL_NULLS_FIRST = 1 << 5,
  SQL_NULLS_LAST = 1 << 6,
  SQL_RECURSIVE = 1 << 7,
  SQL_MATERIALIZED = 1 << 8,
  SQL_NOT_MATERIALIZED = 1 << 9,
  SQL_LATERAL = 1 << 10,
  SQL_ORDINALITY = 1 << 11,
  SQL_NATURAL = 1 << 12,
  SQL_SYMMETRIC = 1 << 13,
  SQL_EXPLICIT = 1 << 14,
  SQL_SLICE = 1 << 15,
  SQL_PREFIX = 1 << 16,
  SQL_ALL_ROWS = 1 << 17,
  SQL_ARRAY_TYPE = 1 << 18,
  SQL_IF_NOT_EXISTS = 1 << 19,
  SQL_IF_EXISTS = 1 << 20,
  SQL_TEMPORARY = 1 << 21,
  SQL_UNIQUE = 1 << 22,
  SQL_TARGET = SQL_UNIQUE, /* of a table reference: it is what is written */
  SQL_OR_REPLACE = 1 << 23,
  SQL_NO_DATA = 1 << 24,
  SQL_CASCADE = 1 << 25,
  SQL_RESTRICT = 1 << 26,
  SQL_OVERRIDING_USER = 1 << 26, /* of a SQL_INSERT */
  SQL_CONCURRENTLY = 1 << 27,
  SQL_VIEW = 1 << 28,
  SQL_ANALYZE = 1 << 29,
  SQL_RESTART_IDENTITY = 1 << 30
};

/* clang-format on */

struct sql_node {
  enum sql_kind kind;
  uint16_t op;       /* one of the enums above, as the kind says */
  uint32_t flags;    /* enum sql_flag */
  uint32_t position; /* byte offset of its first token in the statement's text */
  uint32_t length;   /* of `text`, in bytes */
  int32_t index;     /* of a parameter, from 1; otherwise free for later passes */
  uint32_t count, capacity; /* children used, and room for them */
  const char *
      text; /* zero-terminated; identifiers already folded to lower case unless quoted or MySQL's */
  struct sql_node **child;
  /* What binding found; before that TYPE_UNKNOWN and NULL. */
  struct type type; /* of an expression */
  const void *
      bound; /* struct relation of a table reference, struct function of a call or operator, … */
  int32_t bound_index; /* of a column: its index within the relation `bound` */
};

/* Constructors; NULL when memory ran out: the arena is marked failed then. NULL children are empty slots. */
struct sql_node *sql_node_new(struct arena *arena, enum sql_kind kind,
                              uint32_t position);
struct sql_node *sql_node_text(struct arena *arena, enum sql_kind kind,
                               uint32_t position, const char *text);
struct sql_node *sql_list_append(struct arena *arena, struct sql_node *list,
                                 struct sql_node *child);
/* left AND right, or the one that is not NULL. NULL: neither is there, or memory is short (arena->failed). */
struct sql_node *sql_and(struct arena *arena, struct sql_node *left,
                         struct sql_node *right);
/* A deep copy, binding included. */
struct sql_node *sql_clone(struct arena *arena, const struct sql_node *node);
/* One name, whatever the case of its ASCII letters? */
bool sql_same_name(const char *left, const char *right);
/* One of MySQL's for text, by its name? Here all of them are read as the order of code points. */
bool sql_is_text_collation(const char *name);
/* Same statement? Positions and bindings aside. */
bool sql_equal(const struct sql_node *left, const struct sql_node *right);
const char *sql_kind_name(enum sql_kind kind);

/* "FOR UPDATE" and its kin, of a SQL_LOCKING. */
const char *sql_locking_text(const struct sql_node *clause);

#endif
