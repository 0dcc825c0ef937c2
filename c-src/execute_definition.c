/* Definitions, REFRESH and transaction control. */
#include "catalog/define.h"

#include <string.h>

#include "catalog/setting.h"
#include "engine.h"
#include "extension/extension.h"
#include "sync/sync.h"
#include "view/live.h"
#include "view/transaction.h"
#include "view/view.h"

/* --- views ----------------------------------------------------------------------------------- */

static const char *view_command(const char *verb, enum sql_view_mode mode) {
  static const char *const create[] = {"CREATE VIEW", "CREATE MATERIALIZED VIEW",
                                       "CREATE REALTIME VIEW"};
  static const char *const alter[] = {"ALTER VIEW", "ALTER MATERIALIZED VIEW",
                                      "ALTER REALTIME VIEW"};
  return verb[0] == 'C' ? create[mode] : alter[mode];
}

/* Gives a view what its definition asks for: rows from its query, or a beginning at its origin. */
static int build_view(struct tide_statement *statement, int64_t id, bool with_data) {
  struct tide_engine *engine = statement->engine;
  struct database *database = &engine->database;
  const struct relation *view = catalog_find_id(database, id);
  bool foreign = relation_is_foreign(view);
  if (relation_keeps_rows(view) && (!foreign || view->view->described)) {
    int rc = view_create_storage(database, id, with_data);
    if (rc == TIDE_OK && catalog_find_id(database, id)->index_count > 0)
      rc = define_restore_indexes(database, id);
    if (rc != TIDE_OK)
      return rc;
  }
  if (!foreign || !with_data)
    return TIDE_OK;
  if (relation_keeps_rows(view) && !database->auto_sync)
    return TIDE_OK;
  int rc = sync_start_view(database, id);
  return rc == TIDE_OK ? engine_await_filling(engine, id) : rc;
}

static int unbuild_view(struct database *database, int64_t id, bool lose_writes) {
  int rc = lose_writes ? TIDE_OK : sync_refuse_unsent(database, id);
  return rc == TIDE_OK ? sync_forget_view(database, id) : rc;
}

/* It is built again at once. */
static int clear_view(struct database *database, int64_t id) {
  int rc = unbuild_view(database, id, false);
  return rc == TIDE_OK ? view_clear_storage(database, id) : rc;
}

/* CREATE VIEW, or ALTER VIEW … AS. */
static int build_defined(struct tide_statement *statement, bool replaces) {
  struct database *database = &statement->engine->database;
  const struct sql_node *tree = statement->tree;
  struct defined_view defined = {0};
  /* while rows are not what the definitions say nothing can be brought up to date */
  int rc = replaces ? view_maintain(database) : TIDE_OK;
  if (rc == TIDE_OK)
    rc = define_view(database, &statement->planned, tree, &defined);
  if (rc != TIDE_OK || defined.id == 0)
    return rc;
  view_forget_plans(database);
  if (defined.replaced)
    rc = clear_view(database, defined.id);
  if (rc == TIDE_OK)
    rc = build_view(statement, defined.id, defined.with_data);
  /* what it replaced is gone, and what belongs to a transaction is not this statement's to undo */
  if (rc == TIDE_OK && !defined.replaced && !database->in_transaction &&
      relation_keeps_rows(catalog_find_id(database, defined.id)))
    statement->creating = defined.id;
  return rc == TIDE_OK && defined.replaced ? view_redefined(database, defined.id) : rc;
}

static int create_view(struct tide_statement *statement) {
  const struct sql_node *tree = statement->tree;
  statement->command = view_command("CREATE", (enum sql_view_mode)tree->op);
  return build_defined(statement, (tree->flags & SQL_OR_REPLACE) != 0);
}

static int alter_views(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  const struct sql_node *actions = statement->tree->child[ALTER_ACTIONS];
  int64_t *changed;
  int count;
  if (actions->child[0]->op == SQL_AS_QUERY)
    return build_defined(statement, true);
  int rc = define_alter_view(database, &statement->planned, statement->tree, &changed,
                             &count);
  view_forget_plans(database);
  for (int i = 0; rc == TIDE_OK && i < count; i++) {
    rc = clear_view(database, changed[i]);
    if (rc == TIDE_OK)
      rc = build_view(statement, changed[i], true);
    if (rc == TIDE_OK)
      rc = view_redefined(database, changed[i]);
  }
  return rc;
}

static const char *object_command(bool drop, enum sql_object object) {
  switch (object) {
  case SQL_OBJECT_TABLE: return drop ? "DROP TABLE" : "ALTER TABLE";
  case SQL_OBJECT_INDEX: return drop ? "DROP INDEX" : "ALTER INDEX";
  case SQL_OBJECT_VIEW: return drop ? "DROP VIEW" : "ALTER VIEW";
  case SQL_OBJECT_MATERIALIZED_VIEW:
    return drop ? "DROP MATERIALIZED VIEW" : "ALTER MATERIALIZED VIEW";
  case SQL_OBJECT_REALTIME_VIEW:
    return drop ? "DROP REALTIME VIEW" : "ALTER REALTIME VIEW";
  case SQL_OBJECT_EXTENSION: return "DROP EXTENSION";
  case SQL_OBJECT_TYPE: return drop ? "DROP TYPE" : "ALTER TYPE";
  case SQL_OBJECT_DOMAIN: return drop ? "DROP DOMAIN" : "ALTER DOMAIN";
  case SQL_OBJECT_SEQUENCE: return drop ? "DROP SEQUENCE" : "ALTER SEQUENCE";
  default: break;
  }
  return drop ? "DROP SCHEMA" : "ALTER SCHEMA";
}

/* A type, domain or sequence: what relations use, and is none itself. */
static bool is_used_by_relations(const struct sql_node *tree) {
  return tree->op == SQL_OBJECT_TYPE || tree->op == SQL_OBJECT_DOMAIN ||
         tree->op == SQL_OBJECT_SEQUENCE;
}

static int drop_planned(struct database *database, const int64_t *ids, int count,
                        bool cascade) {
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < count; i++) {
    const struct relation *relation = catalog_find_id(database, ids[i]);
    if (relation && relation->view)
      rc = unbuild_view(database, ids[i], cascade);
    if (rc == TIDE_OK && relation && relation->view)
      rc = view_drop_storage(database, ids[i]);
    if (rc == TIDE_OK)
      rc = define_drop_relation(database, ids[i]);
  }
  return rc;
}

static int uncreate(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = drop_planned(database, &statement->creating, 1, true);
  view_forget_plans(database);
  return rc;
}

int execute_uncreate(struct tide_statement *statement) {
  struct error *error = statement->engine->database.error;
  struct error refusal = *error;
  error_clear(error);
  int rc = execute_in_transaction(statement, uncreate);
  if (rc != TIDE_OK)
    return rc;
  *error = refusal;
  return refusal.code;
}

static int drop_relations(struct tide_statement *statement,
                          const struct sql_node *tree) {
  struct database *database = &statement->engine->database;
  int64_t *ids;
  int count;
  int rc = define_drop_plan(database, &statement->planned, tree, &ids, &count);
  if (rc == TIDE_OK)
    rc = drop_planned(database, ids, count, (tree->flags & SQL_CASCADE) != 0);
  /* A schema goes when it is empty, a type or sequence when nothing uses it, or they are refused. */
  if (rc == TIDE_OK && (tree->op == SQL_OBJECT_SCHEMA || is_used_by_relations(tree)))
    rc = define_execute(database, &statement->planned, tree, &statement->command);
  view_forget_plans(database);
  return rc;
}

/* --- everything else ------------------------------------------------------------------------- */

static bool is_view_alteration(const struct sql_node *tree) {
  return tree->op != SQL_OBJECT_TABLE && tree->op != SQL_OBJECT_INDEX &&
         !is_used_by_relations(tree);
}

/* Could what live queries keep stand in its way, or be left over relations that are no more
 * what they were? */
static bool needs_way(const struct sql_node *tree) {
  return tree->kind == SQL_ALTER || tree->kind == SQL_DROP ||
         (tree->kind == SQL_SET && (tree->flags & SQL_EXPLICIT)) ||
         (tree->kind == SQL_CREATE_VIEW && (tree->flags & SQL_OR_REPLACE));
}

/* Does a primary key tell rows apart of which equal values are spelled alike (1.0 and 1.00
 * are not)? Without one views tell them apart by all columns. */
static bool has_plain_key(const struct relation *table) {
  bool plain = table->key_count > 0 && table->keys[0].primary;
  for (int i = 0; plain && i < table->keys[0].count; i++)
    plain = !type_collation(table->columns[table->keys[0].columns[i]].type);
  return plain;
}

/* Can it change which columns tell the table's rows apart, or how they are stored? */
static bool changes_keys(const struct sql_node *action, const struct relation *table) {
  switch ((enum sql_action)action->op) {
  case SQL_DROP_COLUMN:
  case SQL_SET_TYPE:
  case SQL_SET_NOT_NULL:
  case SQL_DROP_NOT_NULL:
  case SQL_ADD_CONSTRAINT:
  case SQL_DROP_CONSTRAINT: return true;
  case SQL_ADD_COLUMN: return !has_plain_key(table);
  default: return false;
  }
}

/* Views that keep rows keep the keys of the tables they read along with them. */
static int alter_other(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  const struct sql_node *tree = statement->tree, *name = tree->child[ALTER_NAME];
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct sql_node *actions = tree->child[ALTER_ACTIONS];
  const struct relation *table =
      catalog_find(database, schema ? schema->text : NULL, name->text);
  int64_t id = table ? table->id : 0;
  bool keys = false;
  for (uint32_t i = 0; tree->op == SQL_OBJECT_TABLE && table && i < actions->count; i++)
    keys |= changes_keys(actions->child[i], table);
  int64_t *ids;
  int count = 0;
  int rc =
      tree->op == SQL_OBJECT_TABLE
          ? define_drop_columns_plan(database, &statement->planned, tree, &ids, &count)
          : TIDE_OK;
  if (rc == TIDE_OK && count > 0)
    rc = drop_planned(database, ids, count, true);
  if (rc == TIDE_OK)
    rc = define_execute(database, &statement->planned, tree, &statement->command);
  view_forget_plans(database);
  return rc == TIDE_OK && keys ? view_redefined(database, id) : rc;
}

static bool renames(const struct sql_node *tree) {
  const struct sql_node *actions =
      tree->kind == SQL_ALTER ? tree->child[ALTER_ACTIONS] : NULL;
  for (uint32_t i = 0; actions && i < actions->count; i++) {
    enum sql_action action = (enum sql_action)actions->child[i]->op;
    if (action == SQL_RENAME_TO || action == SQL_SET_SCHEMA ||
        action == SQL_RENAME_COLUMN)
      return true;
  }
  return false;
}

static int alter(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  const struct sql_node *tree = statement->tree;
  struct view_renames names = {0};
  bool moves = !is_used_by_relations(tree) && renames(tree);
  int rc = moves ? view_rename_begin(database, &statement->planned, &names) : TIDE_OK;
  statement->command = object_command(false, (enum sql_object)tree->op);
  if (rc == TIDE_OK)
    rc = is_view_alteration(tree) ? alter_views(statement) : alter_other(statement);
  return rc == TIDE_OK && moves ? view_rename_end(database, &names) : rc;
}

static int define(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  const struct sql_node *tree = statement->tree;
  struct arena *arena = &statement->planned;
  int rc = needs_way(tree) ? live_give_way(database) : TIDE_OK;
  if (rc != TIDE_OK)
    return rc;
  switch (tree->kind) {
  case SQL_CREATE_VIEW: return create_view(statement);
  case SQL_CREATE_EXTENSION:
    statement->command = "CREATE EXTENSION";
    return extension_create(database, arena, tree);
  case SQL_CREATE_TABLE:
    if (!extension_takes_table(database, tree))
      break;
    statement->command = "CREATE TABLE AS";
    return extension_create_table(database, arena, tree);
  case SQL_TRUNCATE: return execute_truncate(statement);
  case SQL_SET:
    statement->command = "SET";
    if ((tree->flags & SQL_EXPLICIT) == 0)
      return setting_set(database, arena, tree);
    break;
  case SQL_ALTER: return alter(statement);
  case SQL_DROP:
    statement->command = object_command(true, (enum sql_object)tree->op);
    if (tree->op == SQL_OBJECT_EXTENSION)
      return extension_drop(database, arena, tree);
    rc = extension_drop_tables(database, arena, &tree);
    if (rc != TIDE_OK || !tree)
      return rc;
    if (tree->op != SQL_OBJECT_INDEX)
      return drop_relations(statement, tree);
    break;
  default: break;
  }
  rc = define_execute(database, &statement->planned, tree, &statement->command);
  view_forget_plans(database);
  return rc;
}

int execute_definition(struct tide_statement *statement) {
  execute_forget_plan(statement);
  int rc = statement_no_rows(statement);
  return rc == TIDE_OK ? execute_in_transaction(statement, define) : rc;
}

static int refresh(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  struct database *database = &engine->database;
  const struct sql_node *name = statement->tree->child[0];
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct relation *view =
      catalog_find(database, schema ? schema->text : NULL, name->text);
  if (!view)
    return error_set_at(database->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                        "relation %q does not exist", name->text);
  if (!view->view || !relation_keeps_rows(view))
    return error_set_at(database->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q is not a view that keeps rows", name->text);
  if (!relation_is_foreign(view)) {
    int rc = view_maintain(database); /* its sources may be views that are stale */
    return rc == TIDE_OK ? view_refresh(database, view->id) : rc;
  }
  int64_t id = view->id;
  int rc = sync_refresh(database, id);
  if (rc != TIDE_OK)
    return rc;
  if (!database->in_transaction)
    statement->refreshing = id;
  return engine_await_filling(engine, id);
}

int execute_refresh(struct tide_statement *statement) {
  static const char *const commands[] = {"REFRESH VIEW", "REFRESH MATERIALIZED VIEW",
                                         "REFRESH REALTIME VIEW"};
  execute_forget_plan(statement);
  statement->command = commands[statement->tree->op];
  int rc = statement_no_rows(statement);
  return rc == TIDE_OK ? execute_in_transaction(statement, refresh) : rc;
}

/* --- transactions ---------------------------------------------------------------------------- */

static int begin(struct tide_engine *engine) {
  struct database *database = &engine->database;
  if (database->in_transaction)
    return error_set(database->error, TIDE_ERROR_ACTIVE_TRANSACTION,
                     "there is already a transaction in progress");
  int rc = transaction_begin(database);
  database->in_transaction = rc == TIDE_OK;
  return rc;
}

static int end(struct tide_engine *engine, bool commit) {
  struct database *database = &engine->database;
  if (!database->in_transaction)
    return error_set(database->error, TIDE_ERROR_NO_TRANSACTION,
                     "there is no transaction in progress");
  int rc = commit ? transaction_commit(database) : transaction_rollback(database);
  database->in_transaction = false;
  engine_transaction_ended(engine, commit && rc == TIDE_OK);
  return rc;
}

static int savepoint(struct database *database, const struct sql_node *tree) {
  if (!database->in_transaction)
    return error_set_at(database->error, TIDE_ERROR_NO_TRANSACTION, tree->position,
                        "savepoints can only be used in transactions");
  if (tree->op == SQL_SAVEPOINT)
    return transaction_savepoint(database, tree->text);
  if (tree->op == SQL_RELEASE)
    return transaction_release(database, tree->text);
  return transaction_rollback_to(database, tree->text);
}

const char *execute_transaction_command(const struct sql_node *tree) {
  static const char *const commands[] = {"BEGIN",         "COMMIT",      "ROLLBACK",
                                         "SAVEPOINT",     "RELEASE",     "ROLLBACK",
                                         "SUSPEND VIEWS", "RESUME VIEWS"};
  return commands[tree->op];
}

int execute_transaction(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  const struct sql_node *tree = statement->tree;
  execute_forget_plan(statement);
  statement->command = execute_transaction_command(tree);
  int rc = statement_no_rows(statement);
  if (rc != TIDE_OK)
    return rc;
  switch ((enum sql_transaction)tree->op) {
  case SQL_BEGIN: return begin(engine);
  case SQL_COMMIT: return end(engine, true);
  case SQL_ROLLBACK: return end(engine, false);
  case SQL_SUSPEND_VIEWS: return view_suspend(&engine->database);
  case SQL_RESUME_VIEWS: return view_resume(&engine->database);
  default: return savepoint(&engine->database, tree);
  }
}
