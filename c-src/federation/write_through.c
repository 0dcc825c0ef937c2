/* A write to a foreign runtime view runs at its origin, now: the statement is translated to the origin's relation.
 *
 * It takes part in no local transaction, for nothing here could undo it there.
 */
#include <string.h>

#include "federation/fetch.h"
#include "sql/parse.h"
#include "sql/walk.h"
#include "sync/session.h"

struct translation {
  struct database *database;
  struct arena *arena;
  const struct relation *view;
  const struct sql_node *target; /* the reference that is written to */
  bool by_name;                  /* it has no alias: a MariaDB has none in DELETE */
  int rc;
};

static struct sql_node *target_of(struct sql_node *statement) {
  return statement->kind == SQL_INSERT   ? statement->child[INSERT_TARGET]
         : statement->kind == SQL_UPDATE ? statement->child[UPDATE_TARGET]
                                         : statement->child[DELETE_TARGET];
}

static int column_index(const struct relation *view, const char *name) {
  for (int i = 0; i < view->column_count; i++)
    if (strcmp(view->columns[i].name, name) == 0)
      return i;
  return -1;
}

/* The origin's name of a view column, or NULL with the failure recorded. */
static const char *origin_name(struct translation *translation,
                               const struct sql_node *node) {
  const struct relation *view = translation->view;
  int index = column_index(view, node->text);
  const char *name = index >= 0 ? view->view->write_path->origin_column[index] : NULL;
  if (name)
    return name;
  if (translation->rc == TIDE_OK)
    translation->rc = error_set_at(
        translation->database->error, TIDE_ERROR_NOT_WRITABLE, node->position,
        "column %q of view %q is not a column of its origin", node->text, view->name);
  return NULL;
}

static bool is_excluded(const struct sql_node *column) {
  return column->child[0] && strcmp(column->child[0]->text, "excluded") == 0;
}

static struct sql_node *rename_column(struct sql_node *node, void *context) {
  struct translation *translation = context;
  if (node->kind == SQL_COLUMN) {
    if (node->bound != translation->target && !is_excluded(node))
      return node;
    const char *name = origin_name(translation, node);
    if (name) {
      node->text = name;
      node->length = (uint32_t)strlen(name);
    }
    if (translation->by_name && node->child[0])
      node->child[0]->text = translation->view->view->write_path->origin_name;
  } else if (node->kind == SQL_TABLE_REFERENCE && node != translation->target &&
             node->bound && translation->rc == TIDE_OK) {
    const struct relation *other = node->bound;
    translation->rc =
        error_set_at(translation->database->error, TIDE_ERROR_NOT_SUPPORTED,
                     node->position, "a write that runs at %s cannot read relation %q",
                     translation->view->view->origin, other->name);
    error_hint(translation->database->error,
               "read the rows first and pass their values as parameters");
  }
  return node;
}

static void rename_list(struct translation *translation, struct sql_node *names) {
  for (uint32_t i = 0; names && i < names->count; i++) {
    const char *name = origin_name(translation, names->child[i]);
    if (name)
      names->child[i]->text = name;
  }
}

static void rename_assignments(struct translation *translation,
                               struct sql_node *assignments) {
  for (uint32_t i = 0; assignments && i < assignments->count; i++)
    rename_list(translation, assignments->child[i]->child[ASSIGN_COLUMNS]);
}

/* A view shows only what its filter lets through, so a write through it reaches nothing else. */
static int add_filter(struct translation *translation, struct sql_node **where) {
  const char *filter = translation->view->view->write_path->filter_sql;
  if (!filter)
    return TIDE_OK;
  struct sql_node *condition;
  int rc = sql_parse_expression(translation->arena, filter, strlen(filter), &condition,
                                translation->database->error);
  if (rc != TIDE_OK)
    return rc;
  *where = sql_and(translation->arena, *where, condition);
  return translation->arena->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* The target by the name it has at its origin, under the alias that the statement's columns use. */
static int retarget(struct translation *translation, struct sql_node *statement) {
  const struct write_path *path = translation->view->view->write_path;
  struct sql_node *target = target_of(statement);
  struct sql_node *name =
      sql_node_text(translation->arena, SQL_NAME, 0, path->origin_name);
  const char *schema = origin_schema_of(translation->view);
  if (name && schema)
    name->child[NAME_SCHEMA] = sql_node_text(translation->arena, SQL_NAME, 0, schema);
  if (translation->arena->failed)
    return TIDE_ERROR_NOMEM;
  translation->by_name =
      statement->kind == SQL_DELETE &&
      origin_dialect(translation->view->view->origin) == SQL_DIALECT_MYSQL;
  if (translation->by_name)
    target->text = NULL;
  else if (!target->text)
    target->text = translation->view->name;
  target->child[REFERENCE_SOURCE] = name;
  return TIDE_OK;
}

static int may_differ(struct translation *translation, const struct sql_node *node,
                      const char *what) {
  error_set_at(translation->database->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
               "%s may mean something else at %s", what,
               translation->view->view->origin);
  error_hint(translation->database->error,
             "Tell the rows by their key and give values as parameters, or write to a "
             "materialized or realtime view.");
  return TIDE_ERROR_NOT_SUPPORTED;
}

/* A MySQL may find other rows for the same condition, and compute other values: no row is read back that would show it. */
static int check_meaning(struct translation *translation,
                         const struct sql_node *statement) {
  bool update = statement->kind == SQL_UPDATE;
  if (statement->kind == SQL_INSERT ||
      origin_dialect(translation->view->view->origin) != SQL_DIALECT_MYSQL)
    return TIDE_OK;
  const struct sql_node *where = statement->child[update ? UPDATE_WHERE : DELETE_WHERE];
  if (where &&
      push_possible(where, translation->target, SQL_DIALECT_MYSQL) != PUSH_EXACTLY)
    return may_differ(translation, where, "the condition of this write");
  const struct sql_node *set = update ? statement->child[UPDATE_SET] : NULL;
  for (uint32_t i = 0; set && i < set->count; i++)
    if (!push_value_to_mysql(set->child[i]->child[ASSIGN_VALUE], translation->target))
      return may_differ(translation, set->child[i], "a value of this write");
  return TIDE_OK;
}

/* LAST_INSERT_ID() is this session's: the origin is sent what it tells. */
static struct sql_node *tell_insert_id(struct sql_node *node, void *context) {
  struct translation *translation = context;
  const struct insert_id *id = &translation->database->insert_id;
  if (node->kind != SQL_CALL || !is_insert_id(node->bound))
    return node;
  if (node->child[CALL_ARGUMENTS] || id->unknown) {
    translation->rc =
        error_set_at(translation->database->error, TIDE_ERROR_NOT_SUPPORTED,
                     node->position, "%s in a write that runs at %s is not supported",
                     id->unknown ? "this LAST_INSERT_ID()" : "LAST_INSERT_ID(value)",
                     translation->view->view->origin);
    return node;
  }
  const char *text = arena_format(translation->arena, "%lld", (long long)id->last);
  struct sql_node *number =
      text ? sql_node_text(translation->arena, SQL_INTEGER, node->position, text)
           : NULL;
  if (!number)
    return NULL;
  number->type = node->type;
  return number;
}

static int translate(struct translation *translation, struct sql_node *statement) {
  if (!sql_rewrite(statement, tell_insert_id, translation))
    return TIDE_ERROR_NOMEM;
  int rc = translation->rc;
  if (rc == TIDE_OK)
    rc = check_meaning(translation, statement);
  if (rc == TIDE_OK)
    rc = retarget(translation, statement);
  if (rc != TIDE_OK)
    return rc;
  sql_rewrite(statement, rename_column, translation);
  if (statement->kind == SQL_INSERT) {
    rename_list(translation, statement->child[INSERT_COLUMNS]);
    struct sql_node *conflict = statement->child[INSERT_CONFLICT];
    if (conflict)
      rename_assignments(translation, conflict->child[CONFLICT_SET]);
    return translation->rc;
  }
  bool update = statement->kind == SQL_UPDATE;
  if (update)
    rename_assignments(translation, statement->child[UPDATE_SET]);
  if (translation->rc != TIDE_OK)
    return translation->rc;
  return add_filter(translation,
                    &statement->child[update ? UPDATE_WHERE : DELETE_WHERE]);
}

/* "c0" INTEGER, "c1" TEXT, … for the rows of RETURNING. */
static void returning_columns(struct buffer *sql, const struct binding *binding) {
  for (int i = 0; i < binding->result_count; i++) {
    const char *collation = type_collation(binding->result_types[i]);
    buffer_format(sql, "%sc%d %s", i > 0 ? ", " : "", i,
                  type_storage(binding->result_types[i]));
    if (collation)
      buffer_format(sql, " COLLATE %s", collation);
  }
}

static int send(struct translation *translation, struct binding *binding,
                const struct sql_node *statement, const struct parameters *parameters,
                struct fetches *fetches) {
  struct database *database = translation->database;
  const char *origin = translation->view->view->origin;
  struct buffer sql, data, columns;
  struct block_writer writer;
  int64_t number = 0;
  buffer_init(&sql, database->memory);
  buffer_init(&data, database->memory);
  buffer_init(&columns, database->memory);
  block_writer_init(&writer, database->memory, 0);
  returning_columns(&columns, binding);
  int rc = parameters_print(database, statement, origin, parameters, &writer, &sql);
  if (rc == TIDE_OK)
    rc = block_finish(&writer, &data);
  if (rc == TIDE_OK && (sql.failed || columns.failed))
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = fetches_add(database, fetches, translation->view, "write", buffer_string(&sql),
                     &data, buffer_string(&columns), binding->result_count, false,
                     &number);
  if (rc == TIDE_OK && binding->result_count > 0)
    fetch_stage_name(fetches->returning, number);
  block_writer_deinit(&writer);
  buffer_deinit(&sql);
  buffer_deinit(&data);
  buffer_deinit(&columns);
  return rc;
}

/* The origin's session is in UTC, and would read times in it. */
static int refuse_zone(struct translation *translation) {
  struct error *error = translation->database->error;
  error_set_at(error, TIDE_ERROR_NOT_SUPPORTED, translation->target->position,
               "a write to view %q that depends on the session's time zone is not "
               "supported: it runs at %s, in UTC",
               translation->view->name, translation->view->view->origin);
  error_hint(error, "SET TIME ZONE 'UTC', or write literals with an offset.");
  return error->code;
}

int federation_write(struct database *database, struct binding *binding,
                     struct sql_node *statement, const struct parameters *parameters,
                     struct fetches **fetches) {
  struct sql_node *target = target_of(statement);
  const struct relation *view = target->bound;
  struct translation translation = {
      .database = database, .arena = binding->arena, .view = view, .target = target};
  *fetches = NULL;
  if (database->in_transaction) {
    error_set_at(database->error, TIDE_ERROR_NOT_SUPPORTED, target->position,
                 "view %q cannot be written inside a transaction: the write runs at %s "
                 "and could not be undone",
                 view->name, view->view->origin);
    error_hint(database->error, "write to a materialized or realtime view, whose "
                                "writes are queued as one transaction");
    return TIDE_ERROR_NOT_SUPPORTED;
  }
  int rc = binding->zone && bind_reads_zone(statement)
               ? refuse_zone(&translation)
               : translate(&translation, statement);
  if (rc != TIDE_OK)
    return rc;
  *fetches = fetches_new(database);
  if (!*fetches)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  (*fetches)->write = true;
  rc = send(&translation, binding, statement, parameters, *fetches);
  if (rc == TIDE_OK)
    return TIDE_OK;
  federation_end(database, *fetches);
  *fetches = NULL;
  return rc;
}
