/* TRUNCATE: the rows of several tables go at once, one by one, so that views, live queries
 * and slots see it. */
#include "catalog/sequence.h"
#include "engine.h"

struct truncation {
  struct database *database;
  const struct relation **tables;
  int count;
  bool cascade;
  uint32_t position;
};

static bool is_listed(const struct truncation *truncation, int64_t id) {
  for (int i = 0; i < truncation->count; i++)
    if (truncation->tables[i]->id == id)
      return true;
  return false;
}

static int add_named(struct truncation *truncation, const struct sql_node *name) {
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  struct error *error = truncation->database->error;
  const struct relation *table =
      catalog_find(truncation->database, schema ? schema->text : NULL, name->text);
  if (!table)
    return error_set_at(error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                        "relation %q does not exist", name->text);
  if (table->kind != RELATION_TABLE)
    return error_set_at(error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q is not a table", name->text);
  if (!is_listed(truncation, table->id))
    truncation->tables[truncation->count++] = table;
  return TIDE_OK;
}

/* The table among those listed that this one refers to; NULL: none but itself. */
static const struct relation *referred(const struct truncation *truncation,
                                       const struct relation *table) {
  for (int i = 0; i < table->constraint_count; i++)
    for (int k = 0; k < truncation->count; k++)
      if (table->constraints[i].referenced == truncation->tables[k]->id &&
          truncation->tables[k] != table)
        return truncation->tables[k];
  return NULL;
}

struct search {
  const struct truncation *truncation;
  const struct relation *found;
};

static void find_referring(const struct relation *table, void *context) {
  struct search *search = context;
  if (!search->found && table->kind == RELATION_TABLE &&
      !is_listed(search->truncation, table->id) && referred(search->truncation, table))
    search->found = table;
}

/* Tables that refer to those listed have to be listed, or are. */
static int add_referring(struct truncation *truncation) {
  for (;;) {
    struct search search = {truncation, NULL};
    catalog_each(truncation->database, find_referring, &search);
    if (!search.found)
      return TIDE_OK;
    if (truncation->cascade) {
      truncation->tables[truncation->count++] = search.found;
      continue;
    }
    error_set_at(truncation->database->error, TIDE_ERROR_NOT_SUPPORTED,
                 truncation->position,
                 "cannot truncate a table referenced in a foreign key constraint");
    error_hint(truncation->database->error,
               "Truncate table %q at the same time, or use TRUNCATE ... CASCADE.",
               search.found->name);
    return TIDE_ERROR_NOT_SUPPORTED;
  }
}

/* Tables that refer to others go before those, as far as that is possible. */
static void sort_tables(struct truncation *truncation) {
  for (int placed = 0; placed < truncation->count; placed++) {
    struct truncation rest = {.tables = truncation->tables + placed,
                              .count = truncation->count - placed};
    int next = placed;
    for (int i = placed; i < truncation->count; i++) {
      bool is_referred = false;
      for (int k = 0; k < rest.count && !is_referred; k++) {
        struct truncation one = {.tables = &truncation->tables[i], .count = 1};
        is_referred = referred(&one, rest.tables[k]) != NULL;
      }
      if (is_referred)
        continue;
      next = i;
      break;
    }
    const struct relation *table = truncation->tables[placed];
    truncation->tables[placed] = truncation->tables[next];
    truncation->tables[next] = table;
  }
}

static int empty(struct tide_statement *statement, const struct relation *table,
                 bool restart) {
  struct database *database = &statement->engine->database;
  char *sql = arena_format(&statement->planned, "DELETE FROM %q", table->stored);
  int rc = sql ? database_execute(database, sql) : TIDE_ERROR_NOMEM;
  bool numbered = table->row_id >= 0 && table->columns[table->row_id].identity;
  if (rc == TIDE_OK && restart && numbered)
    rc = database_write(database, "DELETE FROM sqlite_sequence WHERE name = ?", "s",
                        table->stored);
  if (rc == TIDE_OK && restart)
    rc = database_write(
        database,
        "UPDATE __tidemark_identities SET next_value = 1 WHERE relation_id = ?", "i",
        table->id);
  return rc == TIDE_OK && restart ? sequence_restart_owned(database, table->id) : rc;
}

static void count_relation(const struct relation *relation, void *context) {
  (void)relation;
  ++*(int *)context;
}

int execute_truncate(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  const struct sql_node *tree = statement->tree;
  const struct sql_node *names = tree->child[0];
  int room = 0;
  statement->command = "TRUNCATE TABLE";
  catalog_each(database, count_relation, &room);
  struct truncation truncation = {.database = database,
                                  .cascade = (tree->flags & SQL_CASCADE) != 0,
                                  .position = tree->position};
  truncation.tables =
      arena_alloc(&statement->planned, ((size_t)room + 1) * sizeof *truncation.tables);
  if (!truncation.tables)
    return TIDE_ERROR_NOMEM;
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < names->count; i++)
    rc = add_named(&truncation, names->child[i]);
  if (rc == TIDE_OK)
    rc = add_referring(&truncation);
  if (rc != TIDE_OK)
    return rc;
  sort_tables(&truncation);
  rc = database_execute(database, "PRAGMA defer_foreign_keys = ON");
  for (int i = 0; rc == TIDE_OK && i < truncation.count; i++)
    rc = empty(statement, truncation.tables[i],
               (tree->flags & SQL_RESTART_IDENTITY) != 0);
  int reset = database_execute(database, "PRAGMA defer_foreign_keys = OFF");
  return rc != TIDE_OK ? rc : reset;
}
