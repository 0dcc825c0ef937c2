/* What the user decides about a conflicted write: try it again on the row as it is now, drop it, or send other values.
 *
 * A local transaction is one transaction at the origin: the decision about one of its writes holds for all.
 */
#include <string.h>

#include "base/json.h"
#include "sync/session.h"
#include "view/transaction.h"

struct conflict {
  int64_t write, transaction;
  const struct relation *view;
  const cJSON *values;
};

static int find_conflict(struct database *database, struct conflict *conflict) {
  sqlite3_stmt *statement;
  int rc = database_prepare(database,
                            "SELECT view_id, transaction_id FROM __tidemark_queue "
                            "WHERE id = ?1 AND state = 'conflicted'",
                            false, &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, conflict->write);
  if (sqlite3_step(statement) == SQLITE_ROW) {
    conflict->view = catalog_find_id(database, sqlite3_column_int64(statement, 0));
    conflict->transaction = sqlite3_column_int64(statement, 1);
  }
  sqlite3_finalize(statement);
  if (!conflict->view)
    return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "there is no conflicted write %lld in the queue",
                     (long long)conflict->write);
  return TIDE_OK;
}

/* Runs `work` for every view that the transaction writes to. */
static int each_view(struct database *database, const struct conflict *conflict,
                     int (*work)(struct database *database, const struct relation *view,
                                 bool touched)) {
  sqlite3_stmt *views;
  int rc = database_prepare(
      database,
      "SELECT DISTINCT view_id FROM __tidemark_queue WHERE transaction_id = ?1", false,
      &views);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(views, 1, conflict->transaction);
  while (rc == TIDE_OK && sqlite3_step(views) == SQLITE_ROW) {
    const struct relation *view =
        catalog_find_id(database, sqlite3_column_int64(views, 0));
    if (view)
      rc = work(database, view, false);
  }
  sqlite3_finalize(views);
  return rc;
}

/* The authoritative row's version becomes the one that the write expects. */
static int rebase_write(struct database *database, const struct relation *view,
                        int64_t write) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "UPDATE __tidemark_queue AS q SET chained = 0, base_version = "
                    "(SELECT s.__version FROM ");
  buffer_format(&sql, "main.%q AS s WHERE ", view->stored);
  row_match(&sql, view, "s.", "q.key");
  buffer_text(&sql, "), base = (SELECT ");
  row_image(&sql, view, "s.", false);
  buffer_format(&sql, " FROM main.%q AS s WHERE ", view->stored);
  row_match(&sql, view, "s.", "q.key");
  buffer_text(&sql, ") WHERE id = ?1 AND op <> 'insert'");
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = write}, 1);
  buffer_deinit(&sql);
  return rc;
}

/* All writes of the transaction are based on the rows as they are now. Called with every pending write stripped. */
static int rebase(struct database *database, const struct conflict *conflict) {
  sqlite3_stmt *writes;
  int rc = database_prepare(
      database, "SELECT id, view_id FROM __tidemark_queue WHERE transaction_id = ?1",
      false, &writes);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(writes, 1, conflict->transaction);
  while (rc == TIDE_OK && sqlite3_step(writes) == SQLITE_ROW) {
    const struct relation *view =
        catalog_find_id(database, sqlite3_column_int64(writes, 1));
    if (view)
      rc = rebase_write(database, view, sqlite3_column_int64(writes, 0));
  }
  sqlite3_finalize(writes);
  return rc;
}

/* The transaction goes to the end of the queue under a new number: what the origin has confirmed by number so far does not
 * hold for it. Later writes of the same transaction to the same row stay chained to the first. */
static int requeue(struct database *database, const struct conflict *conflict) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "UPDATE __tidemark_queue AS q SET state = 'pending', theirs = "
                    "NULL, last_error = NULL, "
                    "last_error_code = NULL, next_retry_at = NULL, retry_count = 0, "
                    "chained = EXISTS (SELECT 1 FROM __tidemark_queue AS e WHERE "
                    "e.view_id = q.view_id AND e.key = q.key "
                    "AND e.transaction_id = q.transaction_id AND e.id < q.id), "
                    "transaction_id = ?2 WHERE transaction_id = ?1");
  int rc =
      row_execute(database, &sql,
                  (struct row_parameter[]){{.integer = conflict->transaction},
                                           {.integer = database->sync->transaction}},
                  2);
  buffer_deinit(&sql);
  return rc;
}

static int set_values(struct database *database, const struct conflict *conflict) {
  struct buffer sql, json;
  buffer_init(&sql, database->memory);
  buffer_init(&json, database->memory);
  int rc = json_print(conflict->values, &json);
  const cJSON *value;
  cJSON_ArrayForEach(value, conflict->values) {
    bool known = false;
    for (int i = 0; i < conflict->view->column_count; i++)
      known = known || (!conflict->view->columns[i].hidden &&
                        conflict->view->view->write_path->origin_column[i] &&
                        strcmp(conflict->view->columns[i].name, value->string) == 0);
    if (!known && rc == TIDE_OK)
      rc = error_set(database->error, TIDE_ERROR_UNDEFINED_COLUMN,
                     "column %q of view %q cannot be written", value->string,
                     conflict->view->name);
  }
  /* json_patch would take a null as "no such member" */
  buffer_text(&sql, "UPDATE __tidemark_queue AS q SET mine = (SELECT "
                    "json_group_object(key, value) FROM ("
                    "SELECT key, value FROM json_each(coalesce(q.mine, '{}')) "
                    "WHERE key NOT IN (SELECT key FROM json_each(?2)) "
                    "UNION ALL SELECT key, value FROM json_each(?2))), "
                    "op = iif(op = 'delete', 'update', op) WHERE id = ?1");
  if (rc == TIDE_OK)
    rc = row_execute(database, &sql,
                     (struct row_parameter[]){{.integer = conflict->write},
                                              {.text = buffer_string(&json)}},
                     2);
  buffer_deinit(&json);
  buffer_deinit(&sql);
  return rc;
}

static int discard(struct database *database, const struct conflict *conflict) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "DELETE FROM __tidemark_queue WHERE transaction_id = ?1");
  int rc = row_execute(database, &sql,
                       &(struct row_parameter){.integer = conflict->transaction}, 1);
  buffer_deinit(&sql);
  return rc;
}

static int resolve(struct database *database, const struct conflict *conflict,
                   const char *action) {
  int rc = each_view(database, conflict, replay_strip);
  if (rc == TIDE_OK && strcmp(action, "discard") == 0) {
    /* its views are gone from the queue with it: look them up first */
    sqlite3_int64 view = conflict->view->id;
    rc = discard(database, conflict);
    const struct relation *relation = catalog_find_id(database, view);
    return rc == TIDE_OK ? replay_apply(database, relation, false) : rc;
  }
  if (rc == TIDE_OK && strcmp(action, "set") == 0)
    rc = set_values(database, conflict);
  if (rc == TIDE_OK)
    rc = rebase(database, conflict);
  if (rc == TIDE_OK)
    rc = outbox_number(database);
  if (rc == TIDE_OK)
    rc = requeue(database, conflict);
  struct conflict requeued = *conflict;
  requeued.transaction = database->sync->transaction;
  return rc == TIDE_OK ? each_view(database, &requeued, replay_apply) : rc;
}

static bool is_action(const char *action) {
  return action && (strcmp(action, "retry") == 0 || strcmp(action, "discard") == 0 ||
                    strcmp(action, "set") == 0);
}

int resolve_write(struct database *database, int64_t write, const char *action,
                  const cJSON *values) {
  struct conflict conflict = {.write = write, .values = values};
  if (!is_action(action) || (strcmp(action, "set") == 0 && !cJSON_IsObject(values)))
    return error_set(
        database->error, TIDE_ERROR_INVALID_PARAMETER,
        "sync.resolve takes 'retry', 'discard' or { set: { column: value } }");
  int rc = find_conflict(database, &conflict);
  if (rc == TIDE_OK)
    rc = transaction_begin(database);
  if (rc != TIDE_OK)
    return rc;
  int64_t view = conflict.view->id;
  rc = resolve(database, &conflict, action);
  if (rc == TIDE_OK) {
    rc = transaction_commit(database);
  } else {
    struct error kept = *database->error;
    transaction_rollback(database);
    *database->error = kept;
  }
  database->sync->transaction = 0;
  /* the queue is shorter even when no row has changed */
  if (rc == TIDE_OK)
    rc = sync_announce(database, "status", view, "");
  return rc == TIDE_OK && database->auto_sync ? outbox_send(database, false) : rc;
}
