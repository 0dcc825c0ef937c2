/* What the parts of the translation from MySQL share. */
#ifndef TIDE_SQL_MYSQL_INTERNAL_H
#define TIDE_SQL_MYSQL_INTERNAL_H

#include "sql/mysql.h"

struct mysql {
  struct arena *arena;
  struct error *error;
  /* In a statement that writes, a division by zero fails; elsewhere it is NULL. */
  bool strict;
};

/* Each returns NULL when memory ran out; what is refused stays as it is. */
struct sql_node *mysql_refuse(struct mysql *mysql, struct sql_node *node,
                              const char *construct);
struct sql_node *mysql_node(struct mysql *mysql, enum sql_kind kind, uint32_t position,
                            struct sql_node *first, struct sql_node *second);
struct sql_node *mysql_integer(struct mysql *mysql, uint32_t position,
                               const char *digits);
/* A binary operator; `text` is static. */
struct sql_node *mysql_binary(struct mysql *mysql, const char *text,
                              struct sql_node *left, struct sql_node *right);
/* A call of a function, by a static name; arguments that are NULL are left out. */
struct sql_node *mysql_call(struct mysql *mysql, const char *name, uint32_t position,
                            struct sql_node *first, struct sql_node *second);
struct sql_node *mysql_cast(struct mysql *mysql, struct sql_node *operand,
                            const char *type);
struct sql_node *mysql_divide(struct mysql *mysql, struct sql_node *left,
                              struct sql_node *right);
struct sql_node *mysql_modulo(struct mysql *mysql, struct sql_node *left,
                              struct sql_node *right);
/* Is it a quotient, whose digits MySQL counts by the places of its operands? */
bool mysql_is_quotient(const struct sql_node *node);
/* The same with the digits that MySQL computes with, more than it shows. */
void mysql_exact(struct sql_node *node);

/* A truth value, recognised by what it is, as a number; a number as a truth value, when it is a literal. */
struct sql_node *mysql_number(struct mysql *mysql, struct sql_node *operand);
struct sql_node *mysql_truth(struct sql_node *operand);

/* mysql_having.c: names of results in HAVING become what they stand for. */
void mysql_having(struct mysql *mysql, struct sql_node *select);

/* mysql_call.c: a call of MySQL's. */
struct sql_node *mysql_translate_call(struct mysql *mysql, struct sql_node *call);

#endif
