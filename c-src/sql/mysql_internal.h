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

/* --- mysql_write.c --- */

/* In place. Several tables are written by as many statements, all but the last inside WITH. */
void mysql_update(struct mysql *mysql, struct sql_node *update);
void mysql_delete(struct mysql *mysql, struct sql_node *remove);
/* Takes the tables from columns of SET, which are all to be the target's. */
void mysql_set_of(struct mysql *mysql, const struct sql_node *set,
                  const struct sql_node *target);
/* Refuses a SET in which the order of assignments matters. */
void mysql_check_set(struct mysql *mysql, const struct sql_node *set);

/* --- mysql_table.c --- */

/* A column with MySQL's type. */
struct sql_node *mysql_column_definition(struct mysql *mysql, struct sql_node *column);
/* Refuses words and comments that only a column can have. */
void mysql_domain(struct mysql *mysql, const struct sql_node *domain);
/* Comments of columns become elements of their table, or actions of its ALTER. */
void mysql_lift_comments(struct mysql *mysql, struct sql_node *statement);
/* An index, whose columns may say how much of them it takes. */
void mysql_index(struct mysql *mysql, struct sql_node *index);
/* A type as MySQL declares it: lengths that mean nothing are left out, those that go without saying are said. */
void mysql_declared_type(struct mysql *mysql, struct sql_node *type);

/* --- mysql_call.c --- */

struct sql_node *mysql_translate_call(struct mysql *mysql, struct sql_node *call);

/* One call that is being translated. */
struct mysql_call {
  struct mysql *mysql;
  struct sql_node *node;
  struct sql_node *arguments; /* NULL: none */
  uint32_t count;
  const char *to; /* what the table says */
};

typedef struct sql_node *mysql_translation(struct mysql_call *call);

/* How calls with so many arguments are translated. */
struct mysql_function {
  const char *name;
  uint32_t least, most;
  mysql_translation *make;
  const char *to;
};

struct sql_node *mysql_argument(const struct mysql_call *call, uint32_t index);
/* The same call of another function. */
struct sql_node *mysql_renamed(struct mysql_call *call, const char *name);
struct sql_node *mysql_rename_call(struct mysql_call *call);
struct sql_node *mysql_refuse_call(struct mysql_call *call);
/* A value without parentheses, called what the table says. */
struct sql_node *mysql_value_call(struct mysql_call *call);

/* --- mysql_date.c --- */

/* Functions of dates; NULL: there is none. */
const struct mysql_function *mysql_date_function(const char *name, uint32_t count);
/* Is there one of that name, with however many arguments, or has PostgreSQL one with another meaning? */
bool mysql_is_date_function(const char *name);
/* d + INTERVAL 1 DAY, or minus; NULL also when no operand is an INTERVAL. */
struct sql_node *mysql_add_interval(struct mysql *mysql, struct sql_node *node);
/* An operand of a comparison: what is added to a parameter is an instant there. */
struct sql_node *mysql_compared(struct mysql *mysql, struct sql_node *operand);
/* How far a window frame goes, which may be an INTERVAL. */
struct sql_node *mysql_distance(struct mysql *mysql, struct sql_node *distance);
/* Refuses an INTERVAL that nothing has taken. */
void mysql_check_intervals(struct mysql *mysql, const struct sql_node *statement);

#endif
