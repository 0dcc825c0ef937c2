/* What the grammar's actions call: each builds, completes or refuses one node.
 *
 * All accept NULL nodes and then return NULL or leave them alone: after a failed allocation the arena is marked and the
 * statement thrown away at the end. */
#ifndef TIDE_SQL_CONSTRUCT_H
#define TIDE_SQL_CONSTRUCT_H

#include "sql/ast.h"
#include "sql/grammar.h"
#include "sql/token.h"

/* A negation, besides the value of enum sql_like. */
enum { PARSER_NEGATED = 1 << 8 };

/* A parameter called :name, in the order of first appearance. */
struct parameter_name {
  struct parameter_name *next;
  const char *name;
  int32_t index;
};

struct parser {
  struct arena *arena;
  struct error *error;
  struct scanner scanner;
  struct sql_node *root; /* of the finished tree */
  struct parameter_name *parameters;
  int32_t parameter_count;
  /* What a refusal by name looks at (see refuse.c): the statement's first token, and the last one read. */
  struct token first, previous;
  struct sql_node *
      columnless; /* a SELECT without columns, around which no EXISTS has been found yet */
};

size_t parser_grammar_size(void);

/* --- failures; the first one wins --- */

void parser_too_deep(struct parser *parser);
/* `code` is the token's; names an unsupported construct where the token begins one. */
void parser_syntax_error(struct parser *parser, int code, const struct token *token);
/* "… is not supported", at a token or position. */
void parser_refuse(struct parser *parser, const struct token *token,
                   const char *construct);
void parser_refuse_at(struct parser *parser, uint32_t position, const char *construct);
/* … of a SELECT without columns, where there is one left. */
void parser_refuse_columnless(struct parser *parser);
/* A syntax error unless the token is this word. */
void parser_expect(struct parser *parser, const struct token *token, const char *word);
/* A spelling of another dialect is a syntax error elsewhere. */
void parser_only_mysql(struct parser *parser, const struct token *token,
                       const char *construct);
void parser_only_mysql_at(struct parser *parser, uint32_t position,
                          const char *construct);
void parser_not_postgres(struct parser *parser, const struct token *token,
                         const char *construct);

/* --- plain nodes --- */

struct sql_node *parser_node(struct parser *parser, enum sql_kind kind,
                             uint32_t position, struct sql_node *const *children,
                             uint32_t count);
/* Where its first child is. */
struct sql_node *parser_list(struct parser *parser, struct sql_node *const *children,
                             uint32_t count);
uint32_t node_position(const struct sql_node *node);
struct sql_node *node_with_op(struct sql_node *node, uint16_t op);
struct sql_node *node_with_flags(struct sql_node *node, uint32_t flags);
struct sql_node *node_with_text(struct sql_node *node, const char *text); /* static */
struct sql_node *node_at(struct sql_node *node, uint32_t position);
struct sql_node *node_as(struct sql_node *node, enum sql_kind kind, uint32_t position);
struct sql_node *node_set(struct sql_node *node, uint32_t slot, struct sql_node *child);
/* The node gets the text of an identifier. */
struct sql_node *parser_named(struct parser *parser, struct sql_node *node,
                              const struct token *token);

/* --- names and literals --- */

struct sql_node *parser_name(struct parser *parser, const struct token *token);
/* The name of a function, a type or an option has no case: MySQL's dialect keeps that of the names of columns and tables. */
struct sql_node *parser_fold(struct parser *parser, struct sql_node *node);
struct sql_node *parser_qualified_name(struct parser *parser,
                                       const struct token *schema,
                                       const struct token *name);
struct sql_node *parser_column(struct parser *parser, struct sql_node *relation,
                               const struct token *name);
/* (relation).field, or all of them; fields of anything else are refused. */
struct sql_node *parser_field(struct parser *parser, struct sql_node *row,
                              const struct token *dot, const struct token *field);
struct sql_node *parser_string(struct parser *parser, const struct token *token);
/* An identifier as a string, as in EXTRACT(year FROM …). */
struct sql_node *parser_word(struct parser *parser, const struct token *token);
struct sql_node *parser_number(struct parser *parser, enum sql_kind kind,
                               const struct token *token);
struct sql_node *parser_blob(struct parser *parser, const struct token *token);
struct sql_node *parser_parameter(struct parser *parser, const struct token *token);

/* --- types --- */

struct sql_node *parser_type(struct parser *parser, const struct token *name,
                             struct sql_node *modifiers);
struct sql_node *parser_type_in_schema(struct parser *parser,
                                       const struct token *schema,
                                       const struct token *name,
                                       struct sql_node *modifiers);
/* A label of MySQL's ENUM('a', 'b') as the type of a column: refused, elsewhere a syntax error. */
struct sql_node *parser_label_modifier(struct parser *parser,
                                       const struct token *label);
struct sql_node *parser_keyword_type(struct parser *parser, const struct token *token,
                                     const char *name, struct sql_node *modifiers);
struct sql_node *parser_typed_literal(struct parser *parser, struct sql_node *type,
                                      const struct token *string);
/* INTERVAL '90' DAY */
struct sql_node *parser_interval(struct parser *parser, struct sql_node *type,
                                 const struct token *string, const struct token *field);

/* --- expressions --- */

/* An operator with one operand (`left` NULL) or two. */
struct sql_node *parser_operation(struct parser *parser, const struct token *operator_,
                                  struct sql_node *left, struct sql_node *right);
struct sql_node *parser_like(struct parser *parser, uint32_t kind,
                             struct sql_node *left, struct sql_node *pattern,
                             struct sql_node *escape);
struct sql_node *parser_quantified(struct parser *parser, const struct token *operator_,
                                   uint16_t quantifier, struct sql_node *left,
                                   struct sql_node *right);
struct sql_node *parser_quantified_like(struct parser *parser, uint32_t kind,
                                        uint16_t quantifier, struct sql_node *left,
                                        struct sql_node *right);
struct sql_node *parser_collate(struct parser *parser, struct sql_node *operand,
                                const struct token *collation);
struct sql_node *parser_row(struct sql_node *list, uint32_t position, uint32_t flags);
/* GROUP_CONCAT(… SEPARATOR 'text'): an argument of that name. */
struct sql_node *parser_separator(struct parser *parser, const struct token *word,
                                  const struct token *string);
struct sql_node *parser_call(struct parser *parser, struct sql_node *name,
                             struct sql_node *arguments, struct sql_node *order,
                             uint32_t flags);
struct sql_node *parser_finish_call(struct sql_node *call, struct sql_node *within,
                                    struct sql_node *filter, struct sql_node *over);
/* A call of what a special syntax stands for. */
struct sql_node *parser_function(struct parser *parser, uint32_t position,
                                 const char *name, struct sql_node *arguments);
/* (a, b) OVERLAPS (c, d) is overlaps(a, b, c, d). */
struct sql_node *parser_overlaps(struct parser *parser, const struct sql_node *left,
                                 const struct token *word,
                                 const struct sql_node *right);
struct sql_node *parser_frame(struct parser *parser, const struct token *mode,
                              struct sql_node *start, struct sql_node *end,
                              uint32_t exclusion);

/* --- queries --- */

/* `limit` is NULL or a list of limit, offset and, perhaps, locking clauses. */
struct sql_node *parser_query(struct parser *parser, struct sql_node *with,
                              struct sql_node *body, struct sql_node *order,
                              struct sql_node *limit);
/* The list of both. */
struct sql_node *parser_tail(struct parser *parser, struct sql_node *limit,
                             struct sql_node *locking);
/* What a query in parentheses is as part of a set operation: its body, when it has nothing else. */
struct sql_node *parser_body(struct sql_node *query);
/* A result without an alias. In MySQL it is called as it is written. */
struct sql_node *parser_result(struct parser *parser, struct sql_node *expression);
struct sql_node *parser_select(struct sql_node *select);
/* A SELECT without columns, which is refused unless it becomes an EXISTS's: there it may as well have one. */
struct sql_node *parser_columnless(struct parser *parser, struct sql_node *select);
struct sql_node *parser_exists(struct parser *parser, uint32_t position,
                               struct sql_node *query);
struct sql_node *parser_with(struct sql_node *list, uint32_t position, uint32_t flags);
struct sql_node *parser_grouping(struct sql_node *list, uint32_t position, uint16_t op);
struct sql_node *parser_group_item(struct sql_node *item);
struct sql_node *parser_with_rollup(struct parser *parser, struct sql_node *list,
                                    const struct token *token);
/* An alias is NULL or a SQL_NAME with its columns in slot 0. */
struct sql_node *parser_alias(struct parser *parser, const struct token *name,
                              struct sql_node *columns);
struct sql_node *parser_reference(struct parser *parser, enum sql_kind kind,
                                  uint32_t position, struct sql_node *source,
                                  struct sql_node *alias);
/* ROWS FROM (calls): the list for parser_function_reference. One call is nothing special. */
struct sql_node *parser_rows_from(struct parser *parser, struct sql_node *calls);
/* `list`: one call or list of calls, with SQL_ORDINALITY. */
struct sql_node *parser_function_reference(struct parser *parser, uint32_t position,
                                           const struct sql_node *list,
                                           struct sql_node *alias);

/* --- statements; the first argument is the half-built node --- */

struct sql_node *parser_insert(struct sql_node *insert, struct sql_node *with,
                               uint32_t position, struct sql_node *target,
                               struct sql_node *conflict, struct sql_node *returning);
/* What the only column of a list is assigned: (a) = ROW(1) sets a to 1. */
struct sql_node *parser_row_source(const struct sql_node *columns,
                                   struct sql_node *value);
/* OVERRIDING SYSTEM VALUE: the flag for it. */
uint32_t parser_overriding(struct parser *parser, const struct token *first,
                           const struct token *second, const struct token *third);
/* What stands in parentheses behind IDENTITY, word by word: refuses what is not so anyway. */
struct sql_node *parser_identity_options(struct parser *parser,
                                         const struct sql_node *words);
struct sql_node *parser_conflict_target(struct parser *parser, struct sql_node *items);
/* INSERT … SET a = 1, b = 2: its columns and its one row. */
struct sql_node *parser_insert_set(struct parser *parser, uint32_t position,
                                   const struct sql_node *assignments);
/* UPDATE table JOIN … SET …: FROM has all of them, the first too. Which are written SET says: there is no target yet. */
struct sql_node *parser_update_join(struct parser *parser, struct sql_node *with,
                                    uint32_t position, struct sql_node *first,
                                    const struct sql_node *joins,
                                    struct sql_node *assignments,
                                    struct sql_node *condition);
struct sql_node *parser_update(struct sql_node *update, struct sql_node *with,
                               uint32_t position, struct sql_node *target);
struct sql_node *parser_delete(struct sql_node *delete_, struct sql_node *with,
                               uint32_t position, struct sql_node *target);
/* DELETE first, others FROM …: the target is a list of names. */
struct sql_node *parser_delete_several(struct parser *parser, struct sql_node *with,
                                       const struct token *token,
                                       struct sql_node *first,
                                       const struct sql_node *others,
                                       struct sql_node *from,
                                       struct sql_node *condition);
/* The rows to be written: in an order and up to a limit. The target becomes their FROM. */
struct sql_node *parser_write_rows(struct parser *parser, struct sql_node *rows,
                                   const struct sql_node *from,
                                   struct sql_node *condition);
struct sql_node *parser_merge(struct sql_node *merge, struct sql_node *with,
                              uint32_t position, struct sql_node *target);
/* The options of MySQL's CREATE TABLE that mean something; both lists may be NULL, and so may the option. */
struct sql_node *parser_with_option(struct parser *parser, struct sql_node *options,
                                    struct sql_node *option);
struct sql_node *parser_with_options(struct parser *parser, struct sql_node *elements,
                                     const struct sql_node *options);
/* AUTO_INCREMENT = 5, as the option of a sequence. */
struct sql_node *parser_next_number(struct parser *parser, const struct token *word,
                                    const struct token *number);
/* name = value behind the elements of MySQL's CREATE TABLE: nothing that changes an answer, or refused. */
void parser_table_option(struct parser *parser, const struct token *name,
                         const struct token *value);
/* COMMENT 'text' of the table or column it is written with. */
struct sql_node *parser_own_comment(struct parser *parser, const struct token *word,
                                    uint16_t object, const struct token *text);
/* UNSIGNED and its like behind a type: a SQL_NAME. */
struct sql_node *parser_column_word(struct parser *parser, const struct token *word);
struct sql_node *parser_column_charset(struct parser *parser, const struct token *word,
                                       const struct token *charset);
/* ALTER TABLE … DROP INDEX: a DROP CONSTRAINT with a nameless SQL_CREATE_INDEX. */
struct sql_node *parser_drop_key(struct parser *parser, const struct token *word,
                                 const struct token *name, uint32_t flags);
/* DROP INDEX name ON table is the same. */
struct sql_node *parser_drop_index(struct parser *parser, const struct token *word,
                                   uint16_t object, uint32_t flags,
                                   struct sql_node *names, struct sql_node *table);
/* VALUES (…) AS alias: in the assignments alias.column becomes excluded.column. */
struct sql_node *parser_row_alias(struct parser *parser, const struct token *alias,
                                  struct sql_node *assignments);
/* A further table of MySQL's UPDATE: a join without its left side and condition. */
struct sql_node *parser_update_table(struct parser *parser, const struct token *comma,
                                     struct sql_node *table);
struct sql_node *parser_create_table(struct parser *parser, const struct token *table,
                                     uint32_t flags, struct sql_node *name,
                                     struct sql_node *elements, struct sql_node *query);
/* INCLUDING or EXCLUDING something: the bits of enum sql_like_option, negative to take them away; 0: what decides nothing here. */
int32_t parser_like_option(struct parser *parser, const struct token *word,
                           const struct token *what);
uint16_t parser_like_options(uint16_t before, int32_t option);
struct sql_node *parser_constraint(struct parser *parser, enum sql_constraint kind,
                                   uint32_t position, struct sql_node *columns,
                                   struct sql_node *expression,
                                   struct sql_node *references);
struct sql_node *parser_create_index(struct sql_node *index, const struct token *what,
                                     uint32_t flags);
struct sql_node *parser_create_view(struct parser *parser, const struct token *word,
                                    uint16_t mode, uint32_t flags,
                                    struct sql_node *view);
struct sql_node *parser_alter(struct parser *parser, uint32_t position, uint16_t object,
                              uint32_t flags, struct sql_node *name,
                              struct sql_node *actions);
/* MODIFY: the column keeps its name. */
struct sql_node *parser_redefinition(struct parser *parser, struct sql_node *column);
struct sql_node *parser_action(struct parser *parser, enum sql_action action,
                               const struct token *name, struct sql_node *definition);
/* COMMENT ON COLUMN: a column without its relation is a syntax error. */
struct sql_node *parser_comment_column(struct parser *parser, uint32_t position,
                                       const struct sql_node *column,
                                       struct sql_node *text);
struct sql_node *parser_savepoint(struct parser *parser, enum sql_transaction what,
                                  uint32_t position, const struct token *name);
struct sql_node *parser_pragma(struct parser *parser, uint32_t position,
                               const struct token *name);
/* before.name, which may go on. */
struct sql_node *parser_setting_name(struct parser *parser,
                                     const struct sql_node *before,
                                     const struct sql_node *name);
/* It stands where the name does. */
struct sql_node *parser_setting(struct parser *parser, enum sql_kind kind,
                                const struct sql_node *name, struct sql_node *values);
/* The items of SET, settings with values and further values, as one node; MySQL's next settings hang on it. */
struct sql_node *parser_set(struct parser *parser, const struct sql_node *items);
/* SET NAMES 'utf8mb4' COLLATE c; without a word SET CHARACTER SET. */
struct sql_node *parser_set_names(struct parser *parser, const struct token *set,
                                  const struct token *word, struct sql_node *charset,
                                  struct sql_node *collation);
/* MySQL's @name and @@name, as a name. */
struct sql_node *parser_variable(struct parser *parser, const struct token *token);
/* The same as a value: @@a is a call of mysql_variable('a'), or of mysql_variable_number. */
struct sql_node *parser_variable_value(struct parser *parser,
                                       const struct token *token);
/* A statement of MySQL's for which there is nothing to do. */
struct sql_node *parser_nothing(struct parser *parser, const struct token *word);
/* READ, WRITE and the like behind a table in LOCK TABLES. */
void parser_lock(struct parser *parser, const struct token *word);
/* What stands behind MySQL's SHOW: refuses, by its name, what is not told of. */
void parser_shown(struct parser *parser, const struct token *word);
/* `word` NULL: DESCRIBE. `names`: NULL or a list of one or two; `filter`: SQL_STRING to be LIKE, or a list of a
 * condition. */
struct sql_node *parser_show_objects(struct parser *parser, const struct token *show,
                                     const struct token *word, uint32_t flags,
                                     struct sql_node *names, struct sql_node *filter);

#endif
