/* The settings of the session: SET, RESET, SHOW, current_setting() and set_config().
 *
 * A value is text. What a transaction sets is undone with it, or with the savepoint or statement that it is undone to;
 * what it sets LOCAL lasts until it ends. Names with a dot are an application's own and take any text, save those that
 * an owner in a layer above answers for. */
#ifndef TIDE_CATALOG_SETTING_H
#define TIDE_CATALOG_SETTING_H

#include "catalog/database.h"
#include "sql/ast.h"

/* Who has settings that no layer down here knows. Each function is given a whole name; a value that is NULL is the default. */
struct setting_owner {
  bool (*has)(const struct database *database, const char *name);
  int (*set)(struct database *database, const char *name, const char *value);
  /* *value is static or arena-owned. */
  int (*show)(struct database *database, struct arena *arena, const char *name,
              const char **value);
};

int settings_open(struct database *database);
void settings_close(struct database *database);

/* Sets one; `value` NULL: the default. Returns TIDE_OK, 42704, 42602, 22023 or 0A000 with a hint. */
int setting_change(struct database *database, const char *name, const char *value,
                   bool local);
/* All that have been set have their defaults again. */
int settings_reset(struct database *database);
/* *value is arena-owned; NULL: there is no such setting. */
int setting_value(struct database *database, struct arena *arena, const char *name,
                  const char **value);

/* setting_statement.c: gives SQLite __tidemark_current_setting and __tidemark_set_config. */
int setting_functions_register(struct database *database);

/* SET and RESET. */
int setting_set(struct database *database, struct arena *arena,
                const struct sql_node *statement);
/* SHOW of one: 42704 when there is none. */
int setting_show(struct database *database, struct arena *arena,
                 const struct sql_node *statement, const char **value);
/* SHOW ALL: the index-th in the order of names; false: there are no more. */
bool setting_at(struct database *database, int index, const char **name,
                const char **value, const char **description);
/* How a known setting's name is written ("TimeZone"); any other as it is. */
const char *setting_spelling(const char *name);

/* Where the transaction is, to go back to. 0: nothing has been set in it. */
size_t settings_mark(const struct database *database);
/* Need no memory. */
void settings_undo(struct database *database, size_t mark);
void settings_commit(struct database *database);

#endif
