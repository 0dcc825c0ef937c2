/* What the files of ALTER TABLE share: each action works on the table with this id as the one before left it. */
#ifndef TIDE_CATALOG_ALTER_INTERNAL_H
#define TIDE_CATALOG_ALTER_INTERNAL_H

#include "catalog/view_internal.h"

/* --- alter_table.c --- */

/* The table as the catalog has it now. */
const struct relation *alter_current(struct definition *definition, int64_t id);
/* Reads the catalog again and gives SQLite the table's definition as it is now. */
int alter_settle(struct definition *definition, int64_t id);
/* The column that an action names; 42703. */
int alter_find_column(struct definition *definition, const struct relation *relation,
                      const struct sql_node *action, int *column);
/* May the table have a column of this name too? */
int alter_check_new_column(struct definition *definition,
                           const struct relation *relation, const struct sql_node *node,
                           const char *name);
bool alter_has_column(const int *columns, int count, int column);

/* --- alter_constraint.c --- */

/* Records the constraint, lets SQLite have it, and proves that the rows obey. */
int alter_add_constraint(struct definition *definition, int64_t id,
                         const struct sql_node *node, const char *column);
int alter_drop_constraint(struct definition *definition, int64_t id,
                          const struct sql_node *action);

/* --- alter_columns.c: which columns there are --- */

int alter_add_column(struct definition *definition, int64_t id,
                     const struct sql_node *action);
int alter_drop_column(struct definition *definition, int64_t id,
                      const struct sql_node *action);
int alter_rename_column(struct definition *definition, int64_t id,
                        const struct sql_node *action);
/* Refused (2BP01) when a generated column is made of the column. */
int alter_check_not_generating(struct definition *definition,
                               const struct relation *relation, const char *column,
                               const struct sql_node *node);

/* --- alter_redefine.c --- */

int alter_redefine_column(struct definition *definition, int64_t id,
                          const struct sql_node *action);

/* --- alter_column.c: what one column is --- */

int alter_column_default(struct definition *definition, int64_t id,
                         const struct sql_node *action);
int alter_column_restart(struct definition *definition, int64_t id,
                         const struct sql_node *action);
int alter_column_not_null(struct definition *definition, int64_t id,
                          const struct sql_node *action);
int alter_column_type(struct definition *definition, int64_t id,
                      const struct sql_node *action);

#endif
