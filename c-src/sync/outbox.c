/* Rows going out: the durable queue of local writes, sent to each origin transaction by transaction, in order.
 *
 * A write is a row of __tidemark_queue, put there in the transaction that made it. `state` is
 *   pending     to be sent
 *   failed      was sent, the origin was out of reach: sent again at next_retry_at
 *   conflicted  the origin's row had moved on, or the origin refused: waits for sync.resolve
 *   applied     the origin has it; it stays on top of the view until its row has come back (`confirmed`)
 * A write to a key that an earlier write of the queue touches is `chained`: its base is what that write makes of the row.
 */
#include <string.h>

#include "base/json.h"
#include "sync/session.h"
#include "types/same_value.h"
#include "view/transaction.h"

/* --- origins ----------------------------------------------------------------------------------- */

static struct outbound *outbound_find(struct database *database, const char *origin) {
  struct outbound *outbound = database->sync->outbounds;
  while (outbound && strcmp(outbound->origin, origin) != 0)
    outbound = outbound->next;
  return outbound;
}

static struct outbound *outbound_ensure(struct database *database, const char *origin) {
  struct outbound *outbound = outbound_find(database, origin);
  if (outbound)
    return outbound;
  outbound = memory_allocate_zeroed(database->memory, sizeof *outbound);
  char *name = outbound ? memory_string(database->memory, origin) : NULL;
  if (!name) {
    memory_release(database->memory, outbound);
    return NULL;
  }
  outbound->origin = name;
  buffer_init(&outbound->sent.writes, database->memory);
  buffer_init(&outbound->answered.writes, database->memory);
  outbound->limit = 1;
  outbound->next = database->sync->outbounds;
  database->sync->outbounds = outbound;
  return outbound;
}

/* --- queueing --------------------------------------------------------------------------------- */

/* The number of the open transaction in the queue: the same for all its writes, above all before it. */
int outbox_number(struct database *database) {
  struct sync *sync = database->sync;
  if (sync->transaction != 0)
    return TIDE_OK;
  struct arena arena;
  arena_init(&arena, database->memory);
  int64_t number;
  int rc = catalog_get_count(database, "transaction", &number);
  number++;
  char *text = rc == TIDE_OK ? arena_format(&arena, "%lld", (long long)number) : NULL;
  if (rc == TIDE_OK)
    rc = text ? catalog_set_setting(database, "transaction", text) : TIDE_ERROR_NOMEM;
  arena_deinit(&arena);
  if (rc == TIDE_OK)
    sync->transaction = number;
  return rc;
}

/* The values of one row image, bound so that row.c's expressions can name them as columns of `source`. */
static void image_source(struct buffer *sql, const struct relation *view, int first) {
  buffer_text(sql, "(SELECT ");
  for (int i = 0; i < view->column_count; i++)
    buffer_format(sql, "%s?%d AS %q", i > 0 ? ", " : "", first + i,
                  view->columns[i].name);
  buffer_text(sql, ")");
}

static void mine_image(struct buffer *sql, const struct relation *view,
                       const bool *columns) {
  buffer_text(sql, "json_object(");
  const char *separator = "";
  for (int i = 0; i < view->column_count; i++) {
    const struct column *column = &view->columns[i];
    if (column->hidden || !columns[i])
      continue;
    buffer_text(sql, separator);
    buffer_literal(sql, column->name, strlen(column->name));
    buffer_text(sql, ", ");
    row_encoded(sql, column, "n.");
    separator = ", ";
  }
  buffer_character(sql, ')');
}

/* INSERT INTO __tidemark_queue … SELECT from the old image (o) and the new one (n). With origin_first the view still shows a row that
 * the transaction has deleted: what it does to that row afterwards does nothing, as at the origin. */
static void enqueue_sql(struct buffer *sql, const struct relation *view, char operation,
                        const bool *columns) {
  const char *keyed = operation == 'I' ? "n." : "o.";
  buffer_text(sql, "INSERT INTO __tidemark_queue (view_id, origin, transaction_id, "
                   "created_at, op, key, mine, base, "
                   "base_version, chained) SELECT ?1, ?2, ?3, ?4, ");
  buffer_text(sql, operation == 'I'   ? "'insert', "
                   : operation == 'U' ? "'update', "
                                      : "'delete', ");
  row_key(sql, view, keyed);
  buffer_text(sql, ", ");
  if (operation == 'D')
    buffer_text(sql, "NULL");
  else
    mine_image(sql, view, columns);
  buffer_text(sql, ", ");
  if (operation == 'I') {
    buffer_text(sql, "NULL, NULL");
  } else {
    row_image(sql, view, "o.", false);
    buffer_text(sql, ", o.__version");
  }
  buffer_text(sql, ", EXISTS (SELECT 1 FROM __tidemark_queue AS q WHERE q.view_id = ?1 "
                   "AND NOT q.confirmed AND q.key = ");
  row_key(sql, view, keyed);
  buffer_text(sql, ") FROM ");
  image_source(sql, view, 5);
  buffer_text(sql, " AS o, ");
  image_source(sql, view, 5 + view->column_count);
  buffer_text(sql, " AS n");
  if (operation == 'I')
    return;
  buffer_text(sql, " WHERE coalesce((SELECT q.op FROM __tidemark_queue AS q WHERE "
                   "q.view_id = ?1 AND q.transaction_id = ?3 AND q.key = ");
  row_key(sql, view, keyed);
  buffer_text(sql, " ORDER BY q.id DESC LIMIT 1), '') <> 'delete'");
}

static int bind_image(sqlite3_stmt *statement, int first, const struct relation *view,
                      sqlite3_value *const *values) {
  int result = SQLITE_OK;
  for (int i = 0; values && result == SQLITE_OK && i < view->column_count; i++)
    result = sqlite3_bind_value(statement, first + i, values[i]);
  return result;
}

/* *queued: there was something to queue. */
static int enqueue_row(struct database *database, const struct relation *view,
                       char operation, const struct row_change *change,
                       const bool *columns, bool *queued) {
  struct buffer sql;
  sqlite3_stmt *statement;
  buffer_init(&sql, database->memory);
  enqueue_sql(&sql, view, operation, columns);
  int rc = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                      : kept_take(database, buffer_string(&sql), &statement);
  buffer_deinit(&sql);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, view->id);
  sqlite3_bind_text(statement, 2, view->view->origin, -1, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 3, database->sync->transaction);
  sqlite3_bind_int64(statement, 4, database->now);
  int result =
      bind_image(statement, 5, view, operation == 'I' ? NULL : change->old_values);
  if (result == SQLITE_OK)
    result = bind_image(statement, 5 + view->column_count, view,
                        operation == 'D' ? NULL : change->new_values);
  rc = database_error(database, result);
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  *queued = rc == TIDE_OK && sqlite3_changes(database->handle) > 0;
  kept_return(database, statement);
  return *queued ? staged_queued(database, view,
                                 sqlite3_last_insert_rowid(database->handle),
                                 operation == 'I' ? change->new_values : NULL)
                 : rc;
}

static bool same_key(const struct relation *view, const struct row_change *change) {
  const struct write_path *path = view->view->write_path;
  for (int i = 0; i < path->key_count; i++)
    if (!same_value(change->old_values[path->key[i]], change->new_values[path->key[i]]))
      return false;
  return true;
}

static bool has_null_key(const struct relation *view, const struct row_change *change) {
  const struct write_path *path = view->view->write_path;
  for (int i = 0; i < path->key_count; i++)
    if (sqlite3_value_type(change->new_values[path->key[i]]) == SQLITE_NULL)
      return true;
  return false;
}

/* A new key is a row deleted and another inserted, with all its columns. */
static int enqueue_rekeyed(struct database *database, const struct relation *view,
                           const struct row_change *change) {
  bool *all = memory_allocate(database->memory, (size_t)view->column_count);
  if (!all)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  memset(all, 1, (size_t)view->column_count);
  bool queued;
  int rc = enqueue_row(database, view, 'D', change, all, &queued);
  if (rc == TIDE_OK && queued)
    rc = enqueue_row(database, view, 'I', change, all, &queued);
  memory_release(database->memory, all);
  return rc;
}

static int enqueue_change(struct database *database, const struct relation *view,
                          const struct row_change *change, const bool *columns) {
  bool queued;
  if (change->operation != 'D' && has_null_key(view, change))
    return error_set(
        database->error, TIDE_ERROR_NOT_NULL,
        "a row written to view %q needs its key: its origin does not give it one",
        view->name);
  return change->operation == 'U' && !same_key(view, change)
             ? enqueue_rekeyed(database, view, change)
             : enqueue_row(database, view, change->operation, change, columns, &queued);
}

static int last_write(struct database *database, int64_t *id) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int rc = kept_take(database, "SELECT max(id) FROM __tidemark_queue", &statement);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  *id = row ? sqlite3_column_int64(statement, 0) : 0;
  kept_return(database, statement);
  return rc;
}

/* local_first: the writes just queued are applied on top of the rows at once. */
static int show_writes(struct database *database, const struct relation *view,
                       int64_t after) {
  sqlite3_stmt *writes;
  int rc = kept_take(
      database, "SELECT id FROM __tidemark_queue WHERE id > ?1 ORDER BY id", &writes);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(writes, 1, after);
  int step = SQLITE_DONE;
  while (rc == TIDE_OK && (step = sqlite3_step(writes)) == SQLITE_ROW)
    rc = replay_write(database, view, sqlite3_column_int64(writes, 0));
  if (rc == TIDE_OK && step != SQLITE_DONE)
    rc = database_error(database, step);
  kept_return(database, writes);
  return rc;
}

int sync_enqueue(struct database *database, const struct relation *view,
                 const struct row_change *changes, size_t count, const bool *columns) {
  int rc = outbox_number(database);
  if (rc != TIDE_OK || count == 0)
    return rc;
  if (!view->view->write_path)
    return error_set(database->error, TIDE_ERROR_NOT_WRITABLE,
                     "view %q cannot be written: %s", view->name,
                     view->view->not_updatable_because);
  if (!outbound_ensure(database, view->view->origin))
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  database->sync->queued = true;
  int64_t before = 0;
  rc = last_write(database, &before);
  for (size_t i = 0; rc == TIDE_OK && i < count; i++)
    rc = enqueue_change(database, view, &changes[i], columns);
  if (rc == TIDE_OK)
    rc = staged_keys_save(database);
  bool show = rc == TIDE_OK && view->view->write_policy == WRITE_LOCAL_FIRST;
  return show ? show_writes(database, view, before) : rc;
}

/* --- choosing what to send -------------------------------------------------------------------- */

static int send_next(struct database *database, struct outbound *outbound, bool force) {
  if (outbound->effect != 0)
    return TIDE_OK;
  bool jumped = outbound->next_retry_at > database->now + 2 * 5 * 60 * 1000;
  if (!force && !jumped && outbound->next_retry_at > database->now)
    return TIDE_OK;
  return batch_send(database, outbound);
}

int outbox_send(struct database *database, bool force) {
  if (!database->sync->online && !force)
    return TIDE_OK;
  int rc = TIDE_OK;
  for (struct outbound *outbound = database->sync->outbounds; rc == TIDE_OK && outbound;
       outbound = outbound->next)
    rc = send_next(database, outbound, force);
  if (rc != TIDE_OK)
    sync_look_again(database);
  return rc;
}

static bool waits(const struct database *database, const struct outbound *outbound) {
  return outbound->effect == 0 &&
         (!database->sync->online || outbound->next_retry_at > database->now);
}

int outbox_tell_waiting(struct database *database) {
  struct buffer json, none;
  int rc = TIDE_OK;
  buffer_init(&json, database->memory);
  buffer_init(&none, database->memory);
  for (struct outbound *outbound = database->sync->outbounds; rc == TIDE_OK && outbound;
       outbound = outbound->next) {
    if (!waits(database, outbound))
      continue;
    buffer_clear(&json);
    buffer_format(&json, "{\"type\":\"waiting\",\"origin\":%j}", outbound->origin);
    rc = json.failed ? TIDE_ERROR_NOMEM
                     : effects_push(database->effects, TIDE_EFFECT_SYNC, &json, &none);
  }
  buffer_deinit(&json);
  buffer_deinit(&none);
  return rc;
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct outbound *outbound_of_effect(struct database *database, int64_t effect) {
  struct outbound *outbound = database->sync->outbounds;
  while (outbound && (effect == 0 || outbound->effect != effect))
    outbound = outbound->next;
  return outbound;
}

/* The answer could not be taken in (storage full, say): it will be asked for again, and the origin remembers. */
static int ask_again(struct database *database, struct outbound *outbound, int rc) {
  if (rc != TIDE_OK)
    outbound->next_retry_at =
        database->now + sync_backoff(database, outbound->retry_count++);
  return rc;
}

/* The answer that was put off. */
static int take_in(struct database *database, struct outbound *outbound) {
  if (outbound->answered.count == 0)
    return TIDE_OK;
  int rc = answer_applied(database, outbound, &outbound->answered, &outbound->answer);
  outbound->answered.count = 0;
  event_deinit(&outbound->answer);
  return ask_again(database, outbound, rc);
}

/* Keeps the answer for later; false: there is no memory for that, and nothing has changed. */
static bool put_off(struct outbound *outbound, struct event *event) {
  if (event_move(&outbound->answer, event) != TIDE_OK)
    return false;
  struct batch spare = outbound->answered;
  outbound->answered = outbound->sent;
  outbound->sent = spare;
  return true;
}

/* An origin has answered an APPLY, or has not (answer.c). Where it applied all, it gets the next transactions first, so that it
 * works while we do: they touch no row that the answer is about (batch.c). */
int outbox_event(struct database *database, struct event *event, bool *taken) {
  struct outbound *outbound = outbound_of_effect(database, event->id);
  *taken = outbound != NULL;
  if (!outbound)
    return TIDE_OK;
  outbound->effect = 0;
  int rc = take_in(database, outbound);
  if (rc != TIDE_OK)
    return rc;
  if (event->type == TIDE_EVENT_FAILED) {
    rc = ask_again(database, outbound, answer_failed(database, outbound, event));
  } else if (answer_arrived(outbound, event) && put_off(outbound, event)) {
    (void)outbox_send(database, false); /* what fails is tried again at the next tick */
    rc = outbound->effect != 0 ? TIDE_OK : take_in(database, outbound);
  } else {
    rc = ask_again(database, outbound,
                   answer_applied(database, outbound, &outbound->sent, event));
  }
  return rc == TIDE_OK ? outbox_send(database, false) : rc;
}

int outbox_tick(struct database *database) {
  int rc = TIDE_OK;
  for (struct outbound *outbound = database->sync->outbounds; rc == TIDE_OK && outbound;
       outbound = outbound->next)
    rc = take_in(database, outbound);
  return rc;
}

/* --- the rest --------------------------------------------------------------------------------- */

/* Every origin that has something queued gets an outbound; later ones get it from what is queued for them. */
int outbox_open(struct database *database) {
  sqlite3_stmt *statement = NULL;
  bool row;
  int rc = database_query(
      database, &statement,
      "SELECT origin, max(next_retry_at) FILTER (WHERE state IN "
      "('pending', 'failed')) FROM __tidemark_queue WHERE origin IS NOT NULL "
      "GROUP BY origin",
      "");
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    const char *origin;
    rc = database_text(database, statement, 0, &origin);
    if (rc != TIDE_OK)
      break;
    struct outbound *outbound = outbound_ensure(database, origin);
    if (!outbound)
      rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
    else /* the time to wait goes on */
      outbound->next_retry_at = sqlite3_column_int64(statement, 1);
  }
  sqlite3_finalize(statement);
  return rc;
}

void outbox_close(struct database *database) {
  struct outbound *outbound = database->sync->outbounds;
  while (outbound) {
    struct outbound *next = outbound->next;
    if (outbound->answered.count > 0)
      event_deinit(&outbound->answer);
    buffer_deinit(&outbound->sent.writes);
    buffer_deinit(&outbound->answered.writes);
    memory_release(database->memory, outbound->origin);
    memory_release(database->memory, outbound);
    outbound = next;
  }
  database->sync->outbounds = NULL;
}

bool outbox_has_answer(const struct database *database) {
  for (const struct outbound *outbound = database->sync->outbounds; outbound;
       outbound = outbound->next)
    if (outbound->answered.count > 0)
      return true;
  return false;
}

bool outbox_is_busy(const struct database *database) {
  for (const struct outbound *outbound = database->sync->outbounds; outbound;
       outbound = outbound->next)
    if (outbound->effect != 0)
      return true;
  return outbox_has_answer(database);
}

int64_t outbox_next_wake(const struct database *database) {
  int64_t wake = -1;
  /* off line nothing is sent, however long it has been due: outbox_network is told when it may */
  if (!database->sync->online)
    return wake;
  for (const struct outbound *outbound = database->sync->outbounds; outbound;
       outbound = outbound->next)
    if (outbound->effect == 0 && outbound->next_retry_at > 0 &&
        (wake < 0 || outbound->next_retry_at < wake))
      wake = outbound->next_retry_at;
  return wake;
}

void outbox_network(struct database *database) {
  for (struct outbound *outbound = database->sync->outbounds; outbound;
       outbound = outbound->next)
    outbound->next_retry_at = 0;
}

void outbox_reached(struct database *database, const char *origin) {
  struct outbound *outbound = outbound_find(database, origin);
  if (!outbound || outbound->next_retry_at == 0 || !database->auto_sync)
    return;
  struct error kept = *database->error;
  outbound->next_retry_at = 0;
  (void)outbox_send(database, false); /* what fails is looked at again */
  *database->error = kept;
}

int outbox_acknowledged(struct database *database, const char *origin,
                        int64_t *transaction) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  *transaction = -1;
  int rc = database_query(
      database, &statement,
      "SELECT max(transaction_id) FROM __tidemark_queue WHERE origin = ?1 "
      "AND state = 'applied'",
      "s", origin);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  if (row && sqlite3_column_type(statement, 0) != SQLITE_NULL)
    *transaction = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return rc;
}
