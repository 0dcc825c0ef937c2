/* The printer's parts among themselves. */
#ifndef TIDE_SQL_PRINT_INTERNAL_H
#define TIDE_SQL_PRINT_INTERNAL_H

#include "sql/print.h"

/* How tightly an expression binds, loosest first. SQLite and MySQL order IS, comparisons and IN
 * differently among themselves: there these never stand bare inside each other (see above_level). */
enum level {
  LEVEL_ANY,
  LEVEL_OR,
  LEVEL_XOR, /* MySQL's */
  LEVEL_AND,
  LEVEL_NOT,
  LEVEL_IS,
  LEVEL_COMPARE,
  LEVEL_IN, /* also LIKE and BETWEEN */
  LEVEL_OPERATOR,
  LEVEL_ADD,
  LEVEL_MULTIPLY,
  LEVEL_POWER, /* in SQLite || and -> */
  LEVEL_COLLATE,
  LEVEL_UNARY,
  LEVEL_CAST,
  LEVEL_PRIMARY
};

struct printer {
  struct buffer *out;
  enum sql_dialect dialect;
  bool server;                       /* who reads it has none of our own functions */
  const struct sql_node *root;       /* all that is printed */
  uint32_t unnamed;                  /* subqueries that were given an alias */
  struct sql_print_options *options; /* NULL: parameters keep their numbers */
  struct error *error;
  /* Inside the lower bound of BETWEEN and the like PostgreSQL reads only a part of its expressions (b_expr). */
  bool restricted;
  bool insert_source; /* the next VALUES are those of an INSERT */
  bool
      duplicate; /* in ON DUPLICATE KEY UPDATE, where MySQL calls excluded.x VALUES(x) */
};

/* --- print.c: words and names --- */

void print_text(struct printer *printer, const char *text);
void print_identifier(struct printer *printer, const char *name);
/* Is the name spelled with lower-case letters, digits and underscores alone? */
bool is_simple_name(const char *name);
/* A SQL_NAME with its schema. */
void print_name(struct printer *printer, const struct sql_node *name);
void print_string(struct printer *printer, const char *text, uint32_t length);
void print_type(struct printer *printer, const struct sql_node *type);
/* The children with commas between them; a NULL list is empty. */
void print_list(struct printer *printer, const struct sql_node *list,
                void (*print)(struct printer *printer, const struct sql_node *node));
void print_in_parentheses(struct printer *printer, const struct sql_node *list,
                          void (*print)(struct printer *printer,
                                        const struct sql_node *node));
/* The dialect has no spelling for it. */
void print_refuse(struct printer *printer, const struct sql_node *node,
                  const char *construct);
/* Refuses unless the dialect is PostgreSQL's. */
void print_only_postgres(struct printer *printer, const struct sql_node *node,
                         const char *construct);
/* Any node, by its kind. */
void print_node(struct printer *printer, const struct sql_node *node);

/* --- print_expression.c --- */

/* In parentheses when it binds less tightly than `least`. */
void print_operand(struct printer *printer, const struct sql_node *node,
                   enum level least);
/* Where anything may stand. */
void print_expression(struct printer *printer, const struct sql_node *node);
void print_call(struct printer *printer, const struct sql_node *call);
/* SQL_ORDER */
void print_order(struct printer *printer, const struct sql_node *order);
void print_window(struct printer *printer, const struct sql_node *window);

/* --- print_mysql.c --- */

/* Prints the whole call; false: it has no spelling of its own. */
bool print_mysql_call(struct printer *printer, const struct sql_node *call);
/* What MySQL calls a function. Static, or the name itself. */
const char *mysql_function_name(const char *name);

/* --- print_postgres.c --- */

/* Prints or refuses a function of ours; false: it is none. For servers. */
bool print_postgres_call(struct printer *printer, const struct sql_node *call);

/* --- print_query.c --- */

void print_query(struct printer *printer, const struct sql_node *query);
void print_subquery(struct printer *printer, const struct sql_node *query);
/* SQL_SELECT, SQL_VALUES, SQL_TABLE, SQL_SET_OPERATION or a query */
void print_body(struct printer *printer, const struct sql_node *body);
void print_with(struct printer *printer, const struct sql_node *with);
void print_relation(struct printer *printer, const struct sql_node *relation);
void print_result(struct printer *printer, const struct sql_node *result);
/* A keyword and an expression, or nothing. */
void print_clause(struct printer *printer, const char *keyword,
                  const struct sql_node *expression);

/* --- print_write.c, print_definition.c; false: the kind is not theirs --- */

bool print_write(struct printer *printer, const struct sql_node *statement);
bool print_definition(struct printer *printer, const struct sql_node *statement);

#endif
