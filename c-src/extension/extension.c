/* CREATE and DROP EXTENSION, and the tables that pg_tviews makes realtime views of. */
#include "extension/extension.h"

#include <string.h>

#include "catalog/define.h"
#include "extension/internal.h"
#include "extension/relations.h"
#include "extension/settings.h"

static const char pg_tviews[] = "pg_tviews";

/* --- CREATE EXTENSION --- */

int extension_create(struct database *database, struct arena *arena,
                     const struct sql_node *statement) {
  const char *command;
  const char *name = statement->child[0]->text;
  bool had = catalog_has_extension(database, name);
  int code = define_execute(database, arena, statement, &command);
  if (code != TIDE_OK || had || strcmp(name, pg_tviews) != 0)
    return code;
  if (!catalog_find_schema(database, "tviews"))
    code = extension_define(database, arena, "CREATE SCHEMA tviews");
  for (int i = 0; i < extension_relation_count && code == TIDE_OK; i++) {
    const struct extension_relation *relation = &extension_relations[i];
    code = extension_define(database, arena, "CREATE VIEW %s AS %s", relation->name,
                            relation->query);
  }
  return code;
}

/* --- DROP EXTENSION --- */

static int refuse_drop(struct database *database, const struct sql_node *statement,
                       int64_t id) {
  const struct relation *relation = catalog_find_id(database, id);
  error_set_at(database->error, TIDE_ERROR_DEPENDENTS, statement->position,
               "cannot drop extension pg_tviews because other objects depend on it");
  error_hint(database->error,
             "TVIEW %s depends on it. Use DROP ... CASCADE to drop the dependent "
             "objects too.",
             relation->name);
  return TIDE_ERROR_DEPENDENTS;
}

static int drop_tviews(struct database *database, struct arena *arena,
                       const struct sql_node *statement) {
  int64_t *ids = NULL;
  int count = 0;
  int code = tview_all(database, arena, &ids, &count);
  if (code == TIDE_OK && count > 0 && (statement->flags & SQL_CASCADE) == 0)
    return refuse_drop(database, statement, ids[0]);
  while (code == TIDE_OK && count > 0) { /* readers first */
    struct tview tview;
    code = tview_by_id(database, arena, ids[--count], &tview);
    if (code == TIDE_OK && tview.id != 0)
      code = tview_drop(database, arena, &tview, true);
  }
  return code;
}

static int drop_relations(struct database *database, struct arena *arena,
                          const struct sql_node *statement) {
  const char *behavior = (statement->flags & SQL_CASCADE) != 0 ? "CASCADE" : "RESTRICT";
  int code = TIDE_OK;
  for (int i = extension_relation_count; i-- > 0 && code == TIDE_OK;)
    code = extension_define(database, arena, "DROP VIEW IF EXISTS %s %s",
                            extension_relations[i].name, behavior);
  return code;
}

int extension_drop(struct database *database, struct arena *arena,
                   const struct sql_node *statement) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  const char *command;
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++) {
    if (strcmp(names->child[i]->text, pg_tviews) != 0 ||
        !catalog_has_extension(database, pg_tviews))
      continue;
    code = drop_tviews(database, arena, statement);
    if (code == TIDE_OK)
      code = drop_relations(database, arena, statement);
    if (code == TIDE_OK && catalog_find_schema(database, "tviews"))
      code = extension_define(database, arena, "DROP SCHEMA tviews");
  }
  return code == TIDE_OK ? define_execute(database, arena, statement, &command) : code;
}

/* --- CREATE TABLE tv_… AS --- */

bool extension_takes_table(const struct database *database,
                           const struct sql_node *statement) {
  return statement->kind == SQL_CREATE_TABLE && statement->child[TABLE_QUERY] &&
         (statement->flags & SQL_TEMPORARY) == 0 &&
         strncmp(statement->child[TABLE_NAME]->text, "tv_", 3) == 0 &&
         catalog_has_extension(database, pg_tviews);
}

int extension_create_table(struct database *database, struct arena *arena,
                           const struct sql_node *statement) {
  struct tview_request request = {.name = statement->child[TABLE_NAME],
                                  .query = statement->child[TABLE_QUERY],
                                  .options = tview_default_options(database, arena),
                                  .time_dependent = database->tviews.time_external,
                                  .if_not_exists =
                                      (statement->flags & SQL_IF_NOT_EXISTS) != 0,
                                  .no_data = (statement->flags & SQL_NO_DATA) != 0};
  return request.options ? tview_create(database, arena, &request)
                         : extension_nomem(database);
}

/* --- DROP TABLE tv_… --- */

static int find_named(struct database *database, struct arena *arena,
                      const struct sql_node *name, struct tview *tview) {
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const char *text =
      schema ? arena_format(arena, "%s.%s", schema->text, name->text) : name->text;
  return text ? tview_find(database, arena, text, tview) : extension_nomem(database);
}

int extension_drop_tables(struct database *database, struct arena *arena,
                          const struct sql_node **statement) {
  const struct sql_node *names = (*statement)->child[DROP_NAMES];
  if ((*statement)->op != SQL_OBJECT_TABLE ||
      !catalog_has_extension(database, pg_tviews))
    return TIDE_OK;
  struct sql_node *left = sql_node_new(arena, SQL_LIST, names->position);
  if (!left)
    return extension_nomem(database);
  for (uint32_t i = 0; i < names->count; i++) {
    struct tview tview;
    int code = find_named(database, arena, names->child[i], &tview);
    if (code == TIDE_OK && tview.id != 0)
      code =
          tview_drop(database, arena, &tview, ((*statement)->flags & SQL_CASCADE) != 0);
    else if (code == TIDE_OK)
      sql_list_append(arena, left, names->child[i]);
    if (code != TIDE_OK)
      return code;
  }
  struct sql_node *rest = NULL;
  if (left->count > 0) {
    rest = sql_node_new(arena, SQL_DROP, (*statement)->position);
    if (rest) {
      rest->op = (*statement)->op;
      rest->flags = (*statement)->flags;
      rest->child[DROP_NAMES] = left;
    }
  }
  *statement = rest;
  return arena->failed ? extension_nomem(database) : TIDE_OK;
}
