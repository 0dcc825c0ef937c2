/* What the user decides about a conflicted write: try it again on the row as it is now, drop it, or send other values.
 * One whose view can no longer be written can be dropped, or kept until it can.
 *
 * A local transaction is one transaction at the origin: the decision about one of its writes holds for all.
 *
 * Tried again, a transaction goes to the end of the queue, under a new number, which its origin does not know from the first attempt.
 * Where the origin has not said itself that it has not applied it, it may have: the transaction is in doubt (1). It keeps its number then
 * until the origin has been asked about it (batch.c), and goes again only if nothing was done under it. Where
 * other values were decided on meanwhile (2), and the first ones have been applied, an update to these follows.
 */
#include <string.h>

#include "base/json.h"
#include "sync/session.h"
#include "view/transaction.h"

struct conflict {
  int64_t write, transaction;
  const char *
      origin; /* a transaction is one transaction at each of its origins: only this one's writes are decided about */
  bool in_doubt;
  int64_t view_id;
  const struct relation *view; /* NULL: it cannot be written any more */
  const cJSON *values;
};

static int find_conflict(struct database *database, struct conflict *conflict) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  const char *origin = NULL;
  int rc = database_query(database, &statement,
                          "SELECT view_id, transaction_id, origin, in_doubt <> 0 FROM "
                          "__tidemark_queue WHERE id = ?1 AND state = 'conflicted'",
                          "i", conflict->write);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  if (rc == TIDE_OK && row) {
    conflict->view_id = sqlite3_column_int64(statement, 0);
    conflict->view = session_find_writable(database, conflict->view_id);
    conflict->transaction = sqlite3_column_int64(statement, 1);
    conflict->in_doubt = sqlite3_column_int(statement, 3) != 0;
    rc = database_text_given(database, statement, 2, &origin);
  }
  conflict->origin = origin ? memory_string(database->memory, origin) : NULL;
  sqlite3_finalize(statement);
  if (rc != TIDE_OK)
    return rc;
  if (!row)
    return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "there is no conflicted write %lld in the queue",
                     (long long)conflict->write);
  return conflict->origin
             ? TIDE_OK
             : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* A query for the writes of the transaction: ?1 is the origin, ?2 the number. */
static int prepare_of(struct database *database, const struct conflict *conflict,
                      const char *sql, sqlite3_stmt **statement) {
  int rc = database_prepare(database, sql, false, statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_text(*statement, 1, conflict->origin, -1, SQLITE_STATIC);
  sqlite3_bind_int64(*statement, 2, conflict->transaction);
  return TIDE_OK;
}

/* The same for statements that change something. */
static int execute_of(struct database *database, const struct conflict *conflict,
                      const char *sql, int64_t third) {
  sqlite3_stmt *statement;
  int rc = prepare_of(database, conflict, sql, &statement);
  if (rc != TIDE_OK)
    return rc;
  if (sqlite3_bind_parameter_count(statement) > 2)
    sqlite3_bind_int64(statement, 3, third);
  rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

/* Runs `work` for every view that the transaction writes to. */
static int each_view(struct database *database, const struct conflict *conflict,
                     int (*work)(struct database *database, const struct relation *view,
                                 bool touched)) {
  sqlite3_stmt *views;
  int rc = prepare_of(database, conflict,
                      "SELECT DISTINCT view_id FROM __tidemark_queue WHERE origin = ?1 "
                      "AND transaction_id = ?2",
                      &views);
  int step = SQLITE_DONE;
  while (rc == TIDE_OK && (step = sqlite3_step(views)) == SQLITE_ROW) {
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(views, 0));
    if (view)
      rc = work(database, view, true);
  }
  if (rc == TIDE_OK && step != SQLITE_DONE)
    rc = database_error(database, step);
  sqlite3_finalize(views);
  return rc;
}

/* The row as it is now becomes what the write is based on: the one stored here, or, where the write was based on that one
 * already, the newer one that the origin has shown. */
static int rebase_write(struct database *database, const struct relation *view,
                        int64_t write) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "UPDATE __tidemark_queue AS q SET chained = 0, base_version = "
                    "iif(n.newer, q.ack_version, n.version), base = iif(n.newer, "
                    "q.theirs, n.image) FROM (SELECT w.id, s.__version AS version, "
                    "w.theirs IS NOT NULL AND w.ack_version IS NOT NULL AND "
                    "(s.__version IS w.base_version OR s.__version IS NULL) AS newer, "
                    "iif(s.rowid IS NULL, NULL, ");
  row_image(&sql, view, "s.", false);
  buffer_format(&sql,
                ") AS image FROM __tidemark_queue AS w LEFT JOIN main.%q AS s ON ",
                view->stored);
  row_match(&sql, view, "s.", "w.key");
  buffer_text(&sql, " WHERE w.id = ?1) AS n WHERE q.id = n.id AND q.op <> 'insert'");
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = write}, 1);
  buffer_deinit(&sql);
  return rc;
}

/* All writes of the transaction are based on the rows as they are now. Called with every pending write stripped. */
static int rebase(struct database *database, const struct conflict *conflict) {
  sqlite3_stmt *writes;
  int rc = prepare_of(database, conflict,
                      "SELECT id, view_id FROM __tidemark_queue WHERE origin = ?1 AND "
                      "transaction_id = ?2",
                      &writes);
  int step = SQLITE_DONE;
  while (rc == TIDE_OK && (step = sqlite3_step(writes)) == SQLITE_ROW) {
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(writes, 1));
    if (view)
      rc = rebase_write(database, view, sqlite3_column_int64(writes, 0));
  }
  if (rc == TIDE_OK && step != SQLITE_DONE)
    rc = database_error(database, step);
  sqlite3_finalize(writes);
  return rc;
}

/* Later writes of the same transaction to the same row stay chained to the first. */
static int make_pending(struct database *database, const struct conflict *conflict) {
  return execute_of(
      database, conflict,
      "UPDATE __tidemark_queue AS q SET state = 'pending', theirs = NULL, ack_version "
      "= NULL, touched_version = NULL, last_error = NULL, last_error_code = NULL, "
      "next_retry_at = NULL, "
      "retry_count = 0, chained = EXISTS (SELECT 1 FROM __tidemark_queue AS e WHERE "
      "e.view_id = q.view_id AND e.key = q.key AND e.transaction_id = q.transaction_id "
      "AND e.id < q.id) WHERE origin = ?1 AND transaction_id = ?2",
      0);
}

/* The transaction, and those that wait for it, in temp.__waiting. */
static int find_waiting(struct database *database, const struct conflict *conflict) {
  int rc = database_execute(
      database, "CREATE TEMP TABLE IF NOT EXISTS __waiting (number INTEGER PRIMARY "
                "KEY); DELETE FROM temp.__waiting");
  return rc == TIDE_OK ? execute_of(database, conflict,
                                    "INSERT INTO temp.__waiting " QUEUE_WAITING(
                                        "SELECT ?2") "SELECT number FROM waiting",
                                    0)
                       : rc;
}

/* Those of temp.__waiting go to the end of the queue under new numbers, in the order they had: what the origin has
 * confirmed by number so far does not hold for them, and what has overtaken them stays before them. conflict->transaction
 * follows its transaction. */
static int renumber(struct database *database, struct conflict *conflict) {
  sqlite3_stmt *numbers;
  struct conflict moved = *conflict;
  int rc = database_prepare(
      database, "SELECT number FROM temp.__waiting ORDER BY number", false, &numbers);
  int step = SQLITE_DONE;
  while (rc == TIDE_OK && (step = sqlite3_step(numbers)) == SQLITE_ROW) {
    moved.transaction = sqlite3_column_int64(numbers, 0);
    database->sync->transaction = 0;
    rc = outbox_number(database);
    if (rc == TIDE_OK)
      rc = execute_of(database, &moved,
                      "UPDATE __tidemark_queue SET transaction_id = ?3 WHERE origin = "
                      "?1 AND transaction_id = ?2",
                      database->sync->transaction);
    if (moved.transaction == conflict->transaction)
      conflict->transaction = database->sync->transaction;
  }
  if (rc == TIDE_OK && step != SQLITE_DONE)
    rc = database_error(database, step);
  sqlite3_finalize(numbers);
  database->sync->transaction = 0;
  return rc;
}

static int set_values(struct database *database, const struct conflict *conflict) {
  struct buffer sql, json;
  if (!conflict->view)
    return session_not_writable(database, conflict->view_id, database->error);
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
                    "op = iif(op = 'delete', 'update', op), in_doubt = "
                    "iif(in_doubt, 2, 0) WHERE id = ?1");
  if (rc == TIDE_OK)
    rc = row_execute(database, &sql,
                     (struct row_parameter[]){{.integer = conflict->write},
                                              {.text = buffer_string(&json)}},
                     2);
  buffer_deinit(&json);
  buffer_deinit(&sql);
  return rc;
}

/* The writes were set aside when the conflict came: no row changes. */
static int discard(struct database *database, struct conflict *conflict) {
  int rc = find_waiting(database, conflict);
  if (rc == TIDE_OK)
    rc = execute_of(database, conflict,
                    "DELETE FROM __tidemark_queue WHERE origin = ?1 AND "
                    "transaction_id = ?2",
                    0);
  return rc == TIDE_OK ? renumber(database, conflict) : rc;
}

static int resolve(struct database *database, struct conflict *conflict,
                   const char *action) {
  if (strcmp(action, "discard") == 0)
    return discard(database, conflict);
  int rc = replay_touch(database, conflict->origin, &conflict->transaction, 1);
  if (rc == TIDE_OK)
    rc = each_view(database, conflict, replay_strip);
  if (rc == TIDE_OK && strcmp(action, "set") == 0)
    rc = set_values(database, conflict);
  if (rc == TIDE_OK)
    rc = rebase(database, conflict);
  if (rc == TIDE_OK)
    rc = find_waiting(database, conflict);
  if (rc == TIDE_OK)
    rc = make_pending(database, conflict);
  if (rc == TIDE_OK && !conflict->in_doubt)
    rc = renumber(database, conflict);
  return rc == TIDE_OK ? each_view(database, conflict, replay_apply) : rc;
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
  if (rc != TIDE_OK) {
    memory_release(database->memory, (char *)conflict.origin);
    return rc;
  }
  rc = resolve(database, &conflict, action);
  if (rc == TIDE_OK) {
    rc = transaction_commit(database);
  } else {
    struct error kept = *database->error;
    transaction_rollback(database);
    *database->error = kept;
  }
  memory_release(database->memory, (char *)conflict.origin);
  database->sync->transaction = 0;
  /* the queue is shorter even when no row has changed */
  if (rc == TIDE_OK)
    rc = sync_announce(database, "status", conflict.view_id, "");
  return rc == TIDE_OK && database->auto_sync ? outbox_send(database, false) : rc;
}

/* --- in doubt --------------------------------------------------------------------------------- */

static int end_doubt(struct database *database, const struct conflict *conflict) {
  return execute_of(database, conflict,
                    "UPDATE __tidemark_queue SET in_doubt = 0 WHERE origin = ?1 AND "
                    "transaction_id = ?2 AND in_doubt <> 0",
                    0);
}

/* Runs `work` with the transaction's writes, and those that wait for it, off the rows. */
static int with_rows_stripped(struct database *database, struct conflict *conflict,
                              int (*work)(struct database *database,
                                          struct conflict *conflict)) {
  int rc = replay_touch(database, conflict->origin, &conflict->transaction, 1);
  if (rc == TIDE_OK)
    rc = each_view(database, conflict, replay_strip);
  if (rc == TIDE_OK)
    rc = find_waiting(database, conflict);
  if (rc == TIDE_OK)
    rc = work(database, conflict);
  return rc == TIDE_OK ? each_view(database, conflict, replay_apply) : rc;
}

static int go_again(struct database *database, struct conflict *conflict) {
  int rc = end_doubt(database, conflict);
  return rc == TIDE_OK ? renumber(database, conflict) : rc;
}

int resolve_again(struct database *database, const char *origin, int64_t transaction) {
  return with_rows_stripped(
      database, &(struct conflict){.origin = origin, .transaction = transaction},
      go_again);
}

/* Queues an update of transaction ?2 to what the write ?1 says now, on top of what it has said at the origin. Its key is what the
 * origin has made of it. */
static int queue_update(struct database *database, const struct relation *view,
                        int64_t write, int64_t number) {
  const struct write_path *path = view->view->write_path;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql,
              "INSERT INTO __tidemark_queue (view_id, origin, transaction_id, "
              "created_at, op, key, base, mine, chained) SELECT q.view_id, q.origin, "
              "?2, ?3, 'update', q.key, json_patch(coalesce(q.base, '{}'), q.mine), "
              "m.mine, 1 FROM __tidemark_queue AS q JOIN (SELECT "
              "json_group_object(key, value) AS mine FROM json_each((SELECT mine FROM "
              "__tidemark_queue WHERE id = ?1)) WHERE key NOT IN (");
  for (int i = 0; i < path->key_count; i++) {
    const char *name = view->columns[path->key[i]].name;
    buffer_text(&sql, i > 0 ? ", " : "");
    buffer_literal(&sql, name, strlen(name));
  }
  buffer_text(&sql, ")) AS m WHERE q.id = ?1 AND m.mine <> '{}'");
  int rc = row_execute(database, &sql,
                       (struct row_parameter[]){{.integer = write},
                                                {.integer = number},
                                                {.integer = database->now}},
                       3);
  buffer_deinit(&sql);
  return rc;
}

/* Does so for each write that was given other values. */
static int queue_updates(struct database *database, const struct conflict *conflict) {
  sqlite3_stmt *writes;
  bool row;
  int rc = prepare_of(database, conflict,
                      "SELECT id, view_id FROM __tidemark_queue WHERE origin = ?1 AND "
                      "transaction_id = ?2 AND in_doubt = 2 ORDER BY id",
                      &writes);
  database->sync->transaction = 0; /* the updates are one of their own */
  while (rc == TIDE_OK && (rc = database_step(database, writes, &row)) == TIDE_OK &&
         row) {
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(writes, 1));
    if (view)
      rc = outbox_number(database);
    if (rc == TIDE_OK && view)
      rc = queue_update(database, view, sqlite3_column_int64(writes, 0),
                        database->sync->transaction);
  }
  sqlite3_finalize(writes);
  return rc;
}

/* It keeps its number. What waited for it goes behind the updates, and behind what has overtaken it. */
static int follow(struct database *database, struct conflict *conflict) {
  int rc = execute_of(database, conflict,
                      "DELETE FROM temp.__waiting WHERE ?1 <> '' AND number = ?2", 0);
  if (rc == TIDE_OK)
    rc = queue_updates(database, conflict);
  if (rc == TIDE_OK)
    rc = end_doubt(database, conflict);
  return rc == TIDE_OK ? renumber(database, conflict) : rc;
}

int resolve_applied(struct database *database, const char *origin,
                    int64_t transaction) {
  return with_rows_stripped(
      database, &(struct conflict){.origin = origin, .transaction = transaction},
      follow);
}
