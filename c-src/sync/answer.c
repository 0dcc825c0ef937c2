/* What an origin said to a queued transaction: applied, conflicted, refused, or nothing at all. */
#include <string.h>

#include "base/json.h"
#include "sync/session.h"
#include "view/transaction.h"
#include "view/view.h"

/* How many writes that the origin has are still listed in tidemark.queue. */
enum { APPLIED_KEPT = 1000 };

/* The answer being taken in. */
struct answer {
  struct outbound *outbound;
  const struct event *event;
  const char *code, *message; /* of a refusal */
};

/* --- the writes of a transaction -------------------------------------------------------------- */

static int prepare_writes(struct database *database, const struct outbound *outbound,
                          sqlite3_stmt **writes) {
  int rc = database_prepare(database,
                            "SELECT id, view_id FROM __tidemark_queue WHERE origin = "
                            "?1 AND transaction_id = ?2 "
                            "ORDER BY id",
                            false, writes);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_text(*writes, 1, outbound->origin, -1, SQLITE_STATIC);
  sqlite3_bind_int64(*writes, 2, outbound->transaction);
  return TIDE_OK;
}

/* The views whose queued writes the transaction holds: each once. */
static int each_view(struct database *database, const struct outbound *outbound,
                     int (*work)(struct database *database,
                                 const struct outbound *outbound,
                                 const struct relation *view)) {
  sqlite3_stmt *views;
  int rc = database_prepare(database,
                            "SELECT DISTINCT view_id FROM __tidemark_queue WHERE "
                            "origin = ?1 AND transaction_id = ?2",
                            false, &views);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_text(views, 1, outbound->origin, -1, SQLITE_STATIC);
  sqlite3_bind_int64(views, 2, outbound->transaction);
  bool row;
  while (rc == TIDE_OK && (rc = database_step(database, views, &row)) == TIDE_OK &&
         row) {
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(views, 0));
    if (view)
      rc = work(database, outbound, view);
  }
  sqlite3_finalize(views);
  return rc;
}

static int set_state(struct database *database, const struct outbound *outbound,
                     const char *state, const char *code, const char *message,
                     int64_t next_retry_at) {
  sqlite3_stmt *statement;
  int rc = database_prepare(database,
                            "UPDATE __tidemark_queue SET state = ?3, last_error_code = "
                            "?4, last_error = ?5, next_retry_at = ?6, "
                            "retry_count = retry_count + (?3 = 'failed') WHERE origin "
                            "= ?1 AND transaction_id = ?2",
                            false, &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_text(statement, 1, outbound->origin, -1, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 2, outbound->transaction);
  sqlite3_bind_text(statement, 3, state, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 4, code, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 5, message, -1, SQLITE_STATIC);
  if (next_retry_at > 0)
    sqlite3_bind_int64(statement, 6, next_retry_at);
  rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

/* {"id", "key", "base", "mine", "theirs"} of one write, told to the host. */
static int announce_write(struct database *database, const char *type, int64_t write,
                          int64_t view, const char *code, const char *message) {
  sqlite3_stmt *statement;
  int rc = database_prepare(database,
                            "SELECT json_object('id', id, 'op', op, 'key', json(key), "
                            "'base', json(base), 'mine', json(mine), "
                            "'theirs', json(theirs), 'transaction', transaction_id) "
                            "FROM __tidemark_queue WHERE id = ?1",
                            false, &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, write);
  struct buffer members;
  buffer_init(&members, database->memory);
  bool row;
  const char *object = NULL;
  rc = database_step(database, statement, &row);
  if (rc == TIDE_OK && row)
    rc = database_text(database, statement, 0, &object);
  if (rc == TIDE_OK && row) {
    size_t length = object ? strlen(object) : 0;
    /* its members without the braces follow those that every announcement has */
    buffer_character(&members, ',');
    if (length > 2)
      buffer_append(&members, object + 1, length - 2);
    if (code)
      buffer_format(&members, ",\"error\":{\"code\":%j,\"message\":%j}", code, message);
    rc = members.failed ? TIDE_ERROR_NOMEM
                        : sync_announce(database, type, view, buffer_string(&members));
  }
  buffer_deinit(&members);
  sqlite3_finalize(statement);
  return rc;
}

static int announce_writes(struct database *database, const struct outbound *outbound,
                           const char *type, const char *code, const char *message) {
  sqlite3_stmt *writes;
  int rc = prepare_writes(database, outbound, &writes);
  bool row;
  while (rc == TIDE_OK && (rc = database_step(database, writes, &row)) == TIDE_OK &&
         row)
    rc = announce_write(database, type, sqlite3_column_int64(writes, 0),
                        sqlite3_column_int64(writes, 1), code, message);
  sqlite3_finalize(writes);
  return rc;
}

/* --- applied ---------------------------------------------------------------------------------- */

/* The version that the origin gave the row: the last column of what it returned for this write. */
static int save_version(struct database *database, int64_t write,
                        const struct block_cell *version) {
  sqlite3_stmt *statement;
  int rc = database_prepare(
      database, "UPDATE __tidemark_queue SET ack_version = ?2 WHERE id = ?1", false,
      &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, write);
  if (version->tag != BLOCK_NULL)
    rc = database_bind(database, statement, 2, version);
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

static int save_versions(struct database *database, const struct answer *answer) {
  const cJSON *counts = event_member(answer->event, "writes");
  struct block_reader reader;
  int rc = event_block(answer->event, 0, &reader);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_stmt *writes;
  rc = prepare_writes(database, answer->outbound, &writes);
  bool row;
  for (int i = 0;
       rc == TIDE_OK && (rc = database_step(database, writes, &row)) == TIDE_OK && row;
       i++) {
    const cJSON *count = cJSON_GetArrayItem(counts, i);
    struct block_cell cell = {.tag = BLOCK_NULL};
    for (int column = 0; cJSON_IsNumber(count) && column < count->valueint; column++)
      if (!block_next(&reader, &cell))
        break;
    if (cJSON_IsNumber(count) && count->valueint > 0)
      rc = save_version(database, sqlite3_column_int64(writes, 0), &cell);
  }
  sqlite3_finalize(writes);
  return rc;
}

static int prune_applied(struct database *database) {
  sqlite3_stmt *statement;
  int rc = database_prepare(
      database,
      "DELETE FROM __tidemark_queue WHERE state = 'applied' AND confirmed AND id <= "
      "(SELECT max(id) FROM __tidemark_queue) - ?1",
      false, &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, APPLIED_KEPT);
  rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

/* The changefeed may have been faster than this answer: then the rows contain the writes already. */
static int confirm_view(struct database *database, const struct outbound *outbound,
                        const struct relation *view) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int rc = database_query(database, &statement,
                          "SELECT applied FROM __tidemark_sync WHERE view_id = ?1", "i",
                          view->id);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  bool contained = row && sqlite3_column_type(statement, 0) != SQLITE_NULL &&
                   sqlite3_column_int64(statement, 0) >= outbound->transaction;
  sqlite3_finalize(statement);
  if (rc != TIDE_OK || !contained)
    return rc;
  rc = replay_strip(database, view, true);
  if (rc == TIDE_OK)
    rc = replay_confirm(database, view, outbound->transaction);
  return rc == TIDE_OK ? replay_apply(database, view, true) : rc;
}

static int take_applied(struct database *database, const struct answer *answer) {
  int rc = set_state(database, answer->outbound, "applied", NULL, NULL, 0);
  if (rc == TIDE_OK)
    rc = save_versions(database, answer);
  if (rc == TIDE_OK)
    rc =
        replay_touch(database, answer->outbound->origin, answer->outbound->transaction);
  if (rc == TIDE_OK)
    rc = each_view(database, answer->outbound, confirm_view);
  return rc == TIDE_OK ? prune_applied(database) : rc;
}

/* --- conflicted and refused ------------------------------------------------------------------- */

/* The origin's row as it is now, as a JSON object kept with the write, and its version; gone: NULL. */
static int save_theirs(struct database *database, const struct relation *view,
                       int64_t write, struct block_reader *reader) {
  struct buffer sql;
  sqlite3_stmt *statement;
  if (reader->rows == 0 || reader->columns == 0)
    return TIDE_OK;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "UPDATE __tidemark_queue SET theirs = (SELECT ");
  row_image(&sql, view, "t.", false);
  buffer_text(&sql, " FROM (SELECT ");
  int column = 0;
  for (int i = 0; i < view->column_count; i++) {
    if (view->columns[i].hidden)
      continue;
    buffer_format(&sql, "%s?%d AS %q", column > 0 ? ", " : "", column + 2,
                  view->columns[i].name);
    column++;
  }
  buffer_format(&sql, ") AS t), ack_version = ?%d WHERE id = ?1", column + 2);
  int rc = sql.failed
               ? TIDE_ERROR_NOMEM
               : database_prepare(database, buffer_string(&sql), false, &statement);
  buffer_deinit(&sql);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, write);
  struct block_cell cell;
  for (int i = 0; rc == TIDE_OK && i <= column && block_next(reader, &cell); i++)
    rc = database_bind(database, statement, i + 2, &cell);
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

/* Which write of the transaction it was. */
static int culprit(struct database *database, const struct answer *answer,
                   int64_t *write, int64_t *view) {
  sqlite3_stmt *writes;
  int rc = prepare_writes(database, answer->outbound, &writes);
  int64_t index = event_integer(answer->event, "index", 0);
  *write = *view = 0;
  bool row;
  for (int64_t i = 0;
       rc == TIDE_OK && (rc = database_step(database, writes, &row)) == TIDE_OK && row;
       i++) {
    if (i != index && *write != 0)
      continue;
    *write = sqlite3_column_int64(writes, 0);
    *view = sqlite3_column_int64(writes, 1);
    if (i == index)
      break;
  }
  sqlite3_finalize(writes);
  return rc;
}

static int strip_view(struct database *database, const struct outbound *outbound,
                      const struct relation *view) {
  (void)outbound;
  return replay_strip(database, view, true);
}

static int apply_view(struct database *database, const struct outbound *outbound,
                      const struct relation *view) {
  (void)outbound;
  return replay_apply(database, view, true);
}

/* The view returns to the origin's row: the transaction's writes are no longer on top. */
static int set_aside(struct database *database, const struct answer *answer,
                     const char *code, const char *message) {
  const struct outbound *outbound = answer->outbound;
  int rc = replay_touch(database, outbound->origin, outbound->transaction);
  if (rc == TIDE_OK)
    rc = each_view(database, outbound, strip_view);
  if (rc == TIDE_OK)
    rc = set_state(database, answer->outbound, "conflicted", code, message, 0);
  return rc == TIDE_OK ? each_view(database, answer->outbound, apply_view) : rc;
}

static int take_conflicted(struct database *database, const struct answer *answer) {
  struct block_reader reader;
  int64_t write, view_id;
  int rc = culprit(database, answer, &write, &view_id);
  if (rc == TIDE_OK)
    rc = set_aside(database, answer, "40001", "the origin's row has changed");
  if (rc == TIDE_OK)
    rc = event_block(answer->event, 0, &reader);
  const struct relation *view = session_find_writable(database, view_id);
  return rc == TIDE_OK && view ? save_theirs(database, view, write, &reader) : rc;
}

static int take_refused(struct database *database, const struct answer *answer) {
  return set_aside(database, answer, answer->code, answer->message);
}

/* --- taking an answer in ---------------------------------------------------------------------- */

static int in_transaction(struct database *database, const struct answer *answer,
                          int (*work)(struct database *database,
                                      const struct answer *answer)) {
  int rc = transaction_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = work(database, answer);
  if (rc == TIDE_OK)
    return transaction_commit(database);
  struct error kept = *database->error;
  transaction_rollback(database);
  *database->error = kept;
  return rc;
}

static int tell_conflict(struct database *database, const struct answer *answer) {
  int64_t write, view;
  int rc = culprit(database, answer, &write, &view);
  return rc == TIDE_OK ? announce_write(database, "conflict", write, view, NULL, NULL)
                       : rc;
}

/* Refused, by the origin or by the client before the origin saw it: waits for sync.resolve like a conflict. */
static int take_in_refusal(struct database *database, const struct answer *answer) {
  int64_t write, view;
  int rc = in_transaction(database, answer, take_refused);
  if (rc == TIDE_OK)
    rc = culprit(database, answer, &write, &view);
  return rc == TIDE_OK ? announce_write(database, "error", write, view, answer->code,
                                        answer->message)
                       : rc;
}

int answer_applied(struct database *database, struct outbound *outbound,
                   const struct event *event) {
  struct answer answer = {.outbound = outbound, .event = event};
  const char *state = event_string(event, "state");
  outbound->retry_count = 0;
  outbound->next_retry_at = 0;
  if (state && strcmp(state, "applied") == 0) {
    int rc = in_transaction(database, &answer, take_applied);
    return rc == TIDE_OK ? announce_writes(database, outbound, "applied", NULL, NULL)
                         : rc;
  }
  if (state && strcmp(state, "conflicted") == 0) {
    int rc = in_transaction(database, &answer, take_conflicted);
    return rc == TIDE_OK ? tell_conflict(database, &answer) : rc;
  }
  const cJSON *error = event_member(event, "error");
  answer.code = json_string(error, "code");
  answer.message = json_string(error, "message");
  if (!answer.code)
    answer.code = tide_error_sqlstate(TIDE_ERROR_ORIGIN);
  if (!answer.message)
    answer.message = tide_error_text(TIDE_ERROR_ORIGIN);
  return take_in_refusal(database, &answer);
}

static int take_failed(struct database *database, const struct answer *answer) {
  return set_state(database, answer->outbound, "failed", answer->code, answer->message,
                   answer->outbound->next_retry_at);
}

int answer_failed(struct database *database, struct outbound *outbound,
                  const struct event *event) {
  struct answer answer = {.outbound = outbound, .event = event};
  struct error failure;
  error_clear(&failure);
  event_failure(event, outbound->origin, &failure);
  answer.code = failure.sqlstate;
  answer.message = failure.message;
  if (!event_boolean(event, "transient", true)) {
    outbound->next_retry_at = 0;
    return take_in_refusal(database, &answer);
  }
  outbound->next_retry_at =
      database->now + sync_backoff(database, outbound->retry_count++);
  int rc = in_transaction(database, &answer, take_failed);
  return rc == TIDE_OK ? announce_writes(database, outbound, "error", failure.sqlstate,
                                         failure.message)
                       : rc;
}
