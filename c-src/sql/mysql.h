/* What MySQL means by a statement, as the tree of one that means the same in PostgreSQL. */
#ifndef TIDE_SQL_MYSQL_H
#define TIDE_SQL_MYSQL_H

#include "base/error.h"
#include "sql/ast.h"

/* Rewrites in place what sql_parse made of MySQL's text: its operators and functions become PostgreSQL's where those
 * mean the same, calls of functions of ours called mysql_… (types/functions_mysql.c) where they do not, and are refused
 * (0A000) where neither is there. From then on no one has to know in which dialect a statement was written. */
int mysql_translate(struct arena *arena, struct sql_node **statement,
                    struct error *error);

/* An UPDATE of several tables whose SET has columns that do not say which table they are of has no target (catalog/respell.h) until
 * all of them do. Then this makes of it, in place, the statements that write to each of the tables. Errors are set. */
void mysql_decide_tables(struct arena *arena, struct sql_node *update,
                         struct error *error);

#endif
