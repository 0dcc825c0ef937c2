/* What an origin said to queued transactions: applied, conflicted, refused, or nothing at all. */
#include <string.h>

#include "base/json.h"
#include "sync/session.h"
#include "view/transaction.h"
#include "view/view.h"

/* How many writes that the origin has are still listed in tidemark.queue. */
enum { APPLIED_KEPT = 1000 };

/* What an origin said to some of the transactions of an APPLY. */
struct answer {
  struct outbound *outbound;
  const int64_t *transactions;
  int count;
  bool asked;            /* about the number of the only one */
  const int64_t *writes; /* as they were sent, from those of the first (struct batch) */
  const cJSON *results;  /* one for each transaction, then those for later ones */
  struct block_reader *values; /* stands on the values of the first result */
  const char *code, *message;  /* of a refusal or a failure */
  bool unsaid; /* the origin has said nothing: it may have applied them all the same */
  const struct answer *next; /* what it said to the transaction after them */
};

/* --- the writes of transactions --------------------------------------------------------------- */

/* A statement whose ?1 is the origin and ?2 a JSON array of the transactions; the caller gives it back, whatever is returned. */
static int take_of(struct database *database, const struct answer *answer,
                   const char *sql, sqlite3_stmt **statement) {
  struct buffer numbers;
  buffer_init(&numbers, database->memory);
  row_numbers(&numbers, answer->transactions, answer->count);
  int rc = numbers.failed
               ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
               : kept_take(database, sql, statement);
  if (rc == TIDE_OK) {
    sqlite3_bind_text(*statement, 1, answer->outbound->origin, -1, SQLITE_STATIC);
    rc = database_error(
        database, sqlite3_bind_text(*statement, 2, numbers.data, -1, SQLITE_TRANSIENT));
  }
  buffer_deinit(&numbers);
  return rc;
}

/* The views whose queued writes the transactions hold: each once. */
static int each_view(struct database *database, const struct answer *answer,
                     int (*work)(struct database *database, const struct answer *answer,
                                 const struct relation *view)) {
  sqlite3_stmt *views = NULL;
  int rc = take_of(database, answer,
                   "SELECT DISTINCT view_id FROM __tidemark_queue WHERE origin = ?1 "
                   "AND transaction_id IN (SELECT value FROM json_each(?2))",
                   &views);
  bool row;
  while (rc == TIDE_OK && (rc = database_step(database, views, &row)) == TIDE_OK &&
         row) {
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(views, 0));
    if (view)
      rc = work(database, answer, view);
  }
  kept_return(database, views);
  return rc;
}

static int set_state(struct database *database, const struct answer *answer,
                     const char *state, int64_t next_retry_at) {
  sqlite3_stmt *statement = NULL;
  int rc = take_of(database, answer,
                   "UPDATE __tidemark_queue SET state = ?3, last_error_code = ?4, "
                   "last_error = ?5, next_retry_at = ?6, "
                   "retry_count = retry_count + (?3 = 'failed') WHERE origin = ?1 "
                   "AND transaction_id IN (SELECT value FROM json_each(?2))",
                   &statement);
  if (rc == TIDE_OK) {
    sqlite3_bind_text(statement, 3, state, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, answer->code, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, answer->message, -1, SQLITE_STATIC);
    if (next_retry_at > 0)
      sqlite3_bind_int64(statement, 6, next_retry_at);
    rc = database_run(database, statement);
  }
  kept_return(database, statement);
  return rc;
}

/* {"id", "key", "base", "mine", "theirs"} of writes, for the host. */
static const char ANNOUNCED[] =
    "SELECT json_object('id', id, 'op', op, 'key', json(key), 'base', json(base), "
    "'mine', json(mine), 'theirs', json(theirs), 'staged_key', json(staged_key), "
    "'transaction', transaction_id), "
    "view_id FROM __tidemark_queue WHERE ";

/* Tells the host of the write that `statement`, begun with ANNOUNCED, stands on. */
static int announce_write(struct database *database, const struct answer *answer,
                          sqlite3_stmt *statement, const char *type) {
  struct buffer members;
  const char *object;
  buffer_init(&members, database->memory);
  int rc = database_text(database, statement, 0, &object);
  if (rc == TIDE_OK) {
    size_t length = object ? strlen(object) : 0;
    /* its members without the braces follow those that every announcement has */
    buffer_character(&members, ',');
    if (length > 2)
      buffer_append(&members, object + 1, length - 2);
    if (answer->code)
      buffer_format(&members, ",\"error\":{\"code\":%j,\"message\":%j}", answer->code,
                    answer->message);
    rc = members.failed
             ? TIDE_ERROR_NOMEM
             : sync_announce(database, type, sqlite3_column_int64(statement, 1),
                             buffer_string(&members));
  }
  buffer_deinit(&members);
  return rc;
}

static int announce_each(struct database *database, const struct answer *answer,
                         sqlite3_stmt *statement, const char *type) {
  int rc = TIDE_OK;
  bool row;
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row)
    rc = announce_write(database, answer, statement, type);
  return rc;
}

/* Tells of all the writes of the transactions. */
static int announce_writes(struct database *database, const struct answer *answer,
                           const char *type) {
  struct buffer sql;
  sqlite3_stmt *statement = NULL;
  buffer_init(&sql, database->memory);
  buffer_format(&sql,
                "%sorigin = ?1 AND transaction_id IN (SELECT value FROM json_each(?2)) "
                "ORDER BY transaction_id, id",
                ANNOUNCED);
  int rc = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                      : take_of(database, answer, buffer_string(&sql), &statement);
  if (rc == TIDE_OK)
    rc = announce_each(database, answer, statement, type);
  kept_return(database, statement);
  buffer_deinit(&sql);
  return rc;
}

/* Tells of a write that waits for a decision; one that does not is nobody's business. */
static int announce_waiting(struct database *database, const struct answer *answer,
                            const char *type, int64_t write) {
  struct buffer sql;
  sqlite3_stmt *statement = NULL;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "%sid = ?1 AND state = 'conflicted'", ANNOUNCED);
  int rc = sql.failed
               ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
               : database_query(database, &statement, buffer_string(&sql), "i", write);
  if (rc == TIDE_OK)
    rc = announce_each(database, answer, statement, type);
  sqlite3_finalize(statement);
  buffer_deinit(&sql);
  return rc;
}

/* --- applied ---------------------------------------------------------------------------------- */

/* How many writes of a transaction were sent. Some may be gone from the queue. */
static int count_sent(const int64_t *sent) {
  int count = 0;
  while (sent[count] != 0)
    count++;
  return count;
}

/* The writes that were sent with the transaction `count` after that of `sent`. */
static const int64_t *skip_sent(const int64_t *sent, int count) {
  for (; count > 0; count--)
    sent += count_sent(sent) + 1;
  return sent;
}

/* The view that the write goes to; NULL: it has gone from the queue with its view. */
static int find_view(struct database *database, sqlite3_stmt *view_of, int64_t write,
                     const struct relation **view) {
  bool row;
  sqlite3_bind_int64(view_of, 1, write);
  int rc = database_step(database, view_of, &row);
  *view = rc == TIDE_OK && row
              ? session_find_writable(database, sqlite3_column_int64(view_of, 0))
              : NULL;
  sqlite3_reset(view_of);
  return rc;
}

/* temp.__returned: for each write the key and the version that its row has at the origin. */
static int returned_clear(struct database *database) {
  int rc = kept_run(database,
                    "CREATE TEMP TABLE IF NOT EXISTS __returned (write INTEGER PRIMARY "
                    "KEY, key TEXT, version TEXT)",
                    "");
  return rc == TIDE_OK ? kept_run(database, "DELETE FROM temp.__returned", "") : rc;
}

/* A statement that takes the write as ?1, the version as ?2 and the row from ?3 on. */
static int prepare_returned(struct database *database, const struct relation *view,
                            sqlite3_stmt **statement) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "INSERT INTO temp.__returned SELECT ?1, (");
  row_key_given(&sql, view, 3, false);
  buffer_text(&sql, "), ?2");
  int rc = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                      : kept_take(database, buffer_string(&sql), statement);
  buffer_deinit(&sql);
  return rc;
}

/* Takes the row that the origin returned for a write: `count` values, the version last. They are read whatever becomes of it, for
 * those of the next come after them. NULL view: the row is of no use. */
static int save_returned(struct database *database, const struct answer *answer,
                         const struct relation *view, int64_t write, int count) {
  sqlite3_stmt *save = NULL;
  struct block_cell cell = {.tag = BLOCK_NULL};
  int rc = view ? prepare_returned(database, view, &save) : TIDE_OK;
  int parameters = save ? sqlite3_bind_parameter_count(save) : 0;
  if (save)
    sqlite3_bind_int64(save, 1, write);
  for (int i = 0; i < count && block_next(answer->values, &cell); i++)
    if (rc == TIDE_OK && 3 + i <= parameters)
      rc = database_bind(database, save, 3 + i, &cell);
  if (rc == TIDE_OK && save)
    rc = database_bind(database, save, 2, &cell);
  if (rc == TIDE_OK && save)
    rc = database_run(database, save);
  kept_return(database, save);
  return rc;
}

/* Takes what the writes `sent` of one transaction returned: `returned` is how many values each of them. Where they are not as many as
 * were sent, the origin answers a request that had more: their order says nothing then. `view_of` finds the view of a write. */
static int save_returned_of(struct database *database, const struct answer *answer,
                            sqlite3_stmt *view_of, const int64_t *sent,
                            const cJSON *returned) {
  const cJSON *count;
  bool known = cJSON_GetArraySize(returned) == count_sent(sent);
  int rc = TIDE_OK;
  cJSON_ArrayForEach(count, returned) {
    int values = cJSON_IsNumber(count) ? count->valueint : 0;
    int64_t write = known ? *sent++ : 0;
    const struct relation *view = NULL;
    if (values > 0 && write != 0)
      rc = find_view(database, view_of, write, &view);
    if (rc == TIDE_OK)
      rc = save_returned(database, answer, view, write, values);
    if (rc != TIDE_OK)
      break;
  }
  return rc;
}

static int save_rows(struct database *database, const struct answer *answer) {
  sqlite3_stmt *view_of = NULL;
  int rc = returned_clear(database);
  if (rc == TIDE_OK)
    rc = kept_take(database, "SELECT view_id FROM __tidemark_queue WHERE id = ?1",
                   &view_of);
  const cJSON *result = answer->results ? answer->results->child : NULL;
  const int64_t *sent = answer->writes;
  for (int i = 0; rc == TIDE_OK && i < answer->count; i++, result = result->next) {
    rc = save_returned_of(database, answer, view_of, sent,
                          cJSON_GetObjectItemCaseSensitive(result, "writes"));
    sent = skip_sent(sent, 1);
  }
  kept_return(database, view_of);
  if (rc == TIDE_OK)
    rc = kept_run(database,
                  "UPDATE __tidemark_queue AS q SET ack_version = r.version FROM "
                  "temp.__returned AS r WHERE q.id = r.write",
                  "");
  return rc == TIDE_OK ? staged_follow(database) : rc;
}

static int prune_applied(struct database *database) {
  return kept_run(database,
                  "DELETE FROM __tidemark_queue WHERE confirmed AND id <= (SELECT "
                  "max(id) FROM __tidemark_queue) - ?1",
                  "i", (int64_t)APPLIED_KEPT);
}

/* The changefeed may have been faster than this answer: then the rows contain the first of the writes, or all. */
static int confirm_view(struct database *database, const struct answer *answer,
                        const struct relation *view) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int rc =
      kept_query(database, &statement,
                 "SELECT coalesce(applied, -1) FROM __tidemark_sync WHERE view_id = ?1",
                 "i", view->id);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  int64_t contained = row ? sqlite3_column_int64(statement, 0) : -1;
  kept_return(database, statement);
  if (rc != TIDE_OK || contained < answer->transactions[0])
    return rc;
  rc = replay_strip(database, view, true);
  if (rc == TIDE_OK)
    rc = replay_confirm(database, view, contained);
  return rc == TIDE_OK ? replay_apply(database, view, true) : rc;
}

static int take_applied(struct database *database, const struct answer *answer) {
  int rc = set_state(database, answer, "applied", 0);
  if (rc == TIDE_OK)
    rc = save_rows(database, answer);
  if (rc == TIDE_OK)
    rc = replay_touch(database, answer->outbound->origin, answer->transactions,
                      answer->count);
  if (rc == TIDE_OK)
    rc = each_view(database, answer, confirm_view);
  return rc == TIDE_OK ? prune_applied(database) : rc;
}

static bool has_state(const cJSON *result, const char *state) {
  const char *given = json_string(result, "state");
  return given && strcmp(given, state) == 0;
}

/* --- conflicted and refused ------------------------------------------------------------------- */

/* The origin's row as it is now, as a JSON object kept with the write, and its version; gone: NULL. */
static int save_theirs(struct database *database, const struct relation *view,
                       int64_t write, const struct answer *answer) {
  struct buffer sql;
  sqlite3_stmt *statement;
  const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(answer->results, "theirs");
  if (!cJSON_IsNumber(theirs) || theirs->valueint == 0)
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
  for (int i = 0; rc == TIDE_OK && i <= column && block_next(answer->values, &cell);
       i++)
    rc = database_bind(database, statement, i + 2, &cell);
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

/* Which write of the transaction it was; 0: it has gone from the queue with its view. */
static int culprit(struct database *database, const struct answer *answer,
                   int64_t *write, int64_t *view) {
  sqlite3_stmt *queued = NULL;
  const cJSON *member = cJSON_GetObjectItemCaseSensitive(answer->results, "index");
  const int64_t *sent = answer->writes;
  bool row = false;
  if (cJSON_IsNumber(member) && member->valueint > 0 &&
      member->valueint < count_sent(sent))
    sent += member->valueint;
  int rc =
      kept_query(database, &queued,
                 "SELECT id, view_id FROM __tidemark_queue WHERE id = ?", "i", *sent);
  if (rc == TIDE_OK)
    rc = database_step(database, queued, &row);
  *write = row ? sqlite3_column_int64(queued, 0) : 0;
  *view = row ? sqlite3_column_int64(queued, 1) : 0;
  kept_return(database, queued);
  return rc;
}

static int strip_view(struct database *database, const struct answer *answer,
                      const struct relation *view) {
  (void)answer;
  return replay_strip(database, view, true);
}

static int apply_view(struct database *database, const struct answer *answer,
                      const struct relation *view) {
  (void)answer;
  return replay_apply(database, view, true);
}

/* What the origin was told to do and has not spoken of, it may have done. */
static int put_in_doubt(struct database *database, const struct answer *answer) {
  sqlite3_stmt *statement = NULL;
  int rc =
      take_of(database, answer,
              "UPDATE __tidemark_queue SET in_doubt = 1 WHERE origin = ?1 AND "
              "transaction_id IN (SELECT value FROM json_each(?2)) AND in_doubt = 0",
              &statement);
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  kept_return(database, statement);
  return rc;
}

/* The view returns to the origin's row: the transaction's writes are no longer on top. */
static int set_aside(struct database *database, const struct answer *answer) {
  int rc = replay_touch(database, answer->outbound->origin, answer->transactions,
                        answer->count);
  if (rc == TIDE_OK)
    rc = each_view(database, answer, strip_view);
  if (rc == TIDE_OK)
    rc = set_state(database, answer, "conflicted", 0);
  if (rc == TIDE_OK && answer->unsaid)
    rc = put_in_doubt(database, answer);
  return rc == TIDE_OK ? each_view(database, answer, apply_view) : rc;
}

/* The write was in conflict: does it go again all the same, for the row was only touched? */
static int examine_conflict(struct database *database, const struct answer *answer,
                            int64_t write, int64_t view_id, bool *goes_again) {
  const struct relation *view = session_find_writable(database, view_id);
  if (!view)
    return TIDE_OK;
  int rc = save_theirs(database, view, write, answer);
  return rc == TIDE_OK ? touched_expect(database, view, write, goes_again) : rc;
}

/* A transaction that its origin did not apply, or that was refused before the origin saw it, waits for sync.resolve. Where the write
 * that was in the way has gone with its view, the others go again. */
static int take_unapplied(struct database *database, const struct answer *answer) {
  int64_t write, view_id;
  struct answer reason = *answer;
  int rc = culprit(database, answer, &write, &view_id);
  bool goes_again = write == 0;
  if (rc == TIDE_OK && has_state(answer->results, "conflicted")) {
    reason.code = "40001";
    reason.message = "the origin's row has changed";
    rc = examine_conflict(database, answer, write, view_id, &goes_again);
  }
  if (rc != TIDE_OK || !goes_again)
    return rc == TIDE_OK ? set_aside(database, &reason) : rc;
  reason.code = reason.message = NULL;
  return set_state(database, &reason, "pending", 0);
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

/* The origin was asked about the number of a transaction: as many values as writes if it has it, and none if it never will. */
static int take_number(struct database *database, const struct answer *answer) {
  const cJSON *writes =
      cJSON_GetObjectItemCaseSensitive(answer->results->child, "writes");
  const char *origin = answer->outbound->origin;
  if (cJSON_GetArraySize(writes) == 0)
    return resolve_again(database, origin, answer->transactions[0]);
  int rc = take_applied(database, answer);
  return rc == TIDE_OK ? resolve_applied(database, origin, answer->transactions[0])
                       : rc;
}

static int take_answer(struct database *database, const struct answer *answer) {
  int rc = answer->count == 0 ? TIDE_OK
           : answer->asked    ? take_number(database, answer)
                              : take_applied(database, answer);
  return rc == TIDE_OK && answer->next ? take_unapplied(database, answer->next) : rc;
}

static int take_failed(struct database *database, const struct answer *answer) {
  return set_state(database, answer, "failed", answer->outbound->next_retry_at);
}

static int tell_unapplied(struct database *database, const struct answer *answer) {
  int64_t write, view;
  bool conflicted = has_state(answer->results, "conflicted");
  int rc = culprit(database, answer, &write, &view);
  return rc == TIDE_OK ? announce_waiting(database, answer,
                                          conflicted ? "conflict" : "error", write)
                       : rc;
}

static int tell_answer(struct database *database, const struct answer *answer) {
  int rc = answer->count > 0 ? announce_writes(database, answer, "applied") : TIDE_OK;
  return rc == TIDE_OK && answer->next ? tell_unapplied(database, answer->next) : rc;
}

/* Why the origin refused the transaction; nothing for a conflict. */
static void read_refusal(struct answer *answer) {
  const cJSON *error = cJSON_GetObjectItemCaseSensitive(answer->results, "error");
  if (has_state(answer->results, "conflicted"))
    return;
  answer->code = json_string(error, "code");
  answer->message = json_string(error, "message");
  if (!answer->code)
    answer->code = tide_error_sqlstate(TIDE_ERROR_ORIGIN);
  if (!answer->message)
    answer->message = tide_error_text(TIDE_ERROR_ORIGIN);
}

/* How many transactions were applied: the first ones. */
static int count_applied(const struct event *event) {
  const cJSON *results = event_member(event, "results");
  const cJSON *result = results ? results->child : NULL;
  int applied = 0;
  for (; result && has_state(result, "applied"); result = result->next)
    applied++;
  return applied;
}

/* The next request carries half as many: less is lost when it fares the same, and it may have been too much at once. */
static void send_less(struct outbound *outbound) {
  outbound->limit = outbound->limit / 2 > 0 ? outbound->limit / 2 : 1;
}

bool answer_arrived(struct outbound *outbound, const struct event *event) {
  int applied = count_applied(event);
  bool all = applied == outbound->sent.count;
  if (!all)
    send_less(outbound);
  else if (applied == outbound->limit)
    outbound->limit =
        2 * outbound->limit < OUTBOUND_MAX ? 2 * outbound->limit : OUTBOUND_MAX;
  outbound->retry_count = 0;
  outbound->next_retry_at = 0;
  return all;
}

/* Of what was applied in another name the view's stream does not tell that its rows contain it. */
static int subscribe_view(struct database *database, const struct answer *answer,
                          const struct relation *view) {
  (void)answer;
  return session_subscribe_anew(database, view->id);
}

int answer_applied(struct database *database, struct outbound *outbound,
                   const struct batch *batch, const struct event *event) {
  struct block_reader values = {0};
  const cJSON *results = event_member(event, "results");
  int given = cJSON_GetArraySize(results), applied = count_applied(event);
  if (given == 0 || given > batch->count)
    return error_set(database->error, TIDE_ERROR_ORIGIN,
                     "the origin %q answered %d of %d transactions", outbound->origin,
                     given, batch->count);
  const int64_t *writes = (const int64_t *)(const void *)batch->writes.data;
  struct answer last = {.outbound = outbound,
                        .transactions = batch->transactions + applied,
                        .count = 1,
                        .writes = skip_sent(writes, applied < given ? applied : 0),
                        .results = cJSON_GetArrayItem(results, applied),
                        .values = &values};
  struct answer answer = {.outbound = outbound,
                          .transactions = batch->transactions,
                          .count = applied,
                          .asked = batch->asks,
                          .writes = writes,
                          .results = results,
                          .values = &values,
                          .next = applied < given ? &last : NULL};
  read_refusal(&last);
  int rc = event->data_size > 0 ? event_block(event, 0, &values) : TIDE_OK;
  if (rc == TIDE_OK)
    rc = in_transaction(database, &answer, take_answer);
  if (rc == TIDE_OK && batch->former && applied > 0)
    rc = each_view(database, &answer, subscribe_view);
  return rc == TIDE_OK ? tell_answer(database, &answer) : rc;
}

int answer_failed(struct database *database, struct outbound *outbound,
                  const struct event *event) {
  struct error failure;
  error_clear(&failure);
  event_failure(event, outbound->origin, &failure);
  struct answer answer = {.outbound = outbound,
                          .transactions = outbound->sent.transactions,
                          .count = outbound->sent.count,
                          .writes =
                              (const int64_t *)(const void *)outbound->sent.writes.data,
                          .code = failure.sqlstate,
                          .message = failure.message,
                          .unsaid = true};
  if (event_boolean(event, "transient", true)) {
    send_less(outbound);
    outbound->next_retry_at =
        database->now + sync_backoff(database, outbound->retry_count++);
    int rc = in_transaction(database, &answer, take_failed);
    return rc == TIDE_OK ? announce_writes(database, &answer, "error") : rc;
  }
  outbound->next_retry_at = 0;
  /* which of several it is about, each of them tells alone */
  outbound->limit = 1;
  if (outbound->sent.count > 1)
    return TIDE_OK;
  int rc = in_transaction(database, &answer, take_unapplied);
  return rc == TIDE_OK ? tell_unapplied(database, &answer) : rc;
}

/* --- what cannot be sent ---------------------------------------------------------------------- */

/* Appends the numbers of the transactions that have no answer yet and write to the view. */
static int unanswered_of(struct database *database, const struct outbound *outbound,
                         int64_t view, struct buffer *numbers) {
  sqlite3_stmt *statement = NULL;
  bool row;
  int rc = database_query(database, &statement,
                          "SELECT DISTINCT transaction_id FROM __tidemark_queue WHERE "
                          "origin = ?1 AND view_id = ?2 AND state IN ('pending', "
                          "'failed') ORDER BY transaction_id",
                          "si", outbound->origin, view);
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    int64_t number = sqlite3_column_int64(statement, 0);
    buffer_append(numbers, &number, sizeof number);
  }
  sqlite3_finalize(statement);
  return rc == TIDE_OK && numbers->failed
             ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
             : rc;
}

/* Tells of the first write to the view of each of the transactions. */
static int tell_unwritable(struct database *database, const struct answer *answer,
                           int64_t view) {
  struct buffer sql;
  sqlite3_stmt *statement = NULL;
  buffer_init(&sql, database->memory);
  buffer_format(&sql,
                "%sid IN (SELECT min(id) FROM __tidemark_queue WHERE origin = ?1 AND "
                "transaction_id IN (SELECT value FROM json_each(?2)) AND view_id = ?3 "
                "GROUP BY transaction_id) ORDER BY id",
                ANNOUNCED);
  int rc = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                      : take_of(database, answer, buffer_string(&sql), &statement);
  if (rc == TIDE_OK)
    rc = database_error(database, sqlite3_bind_int64(statement, 3, view));
  if (rc == TIDE_OK)
    rc = announce_each(database, answer, statement, "error");
  kept_return(database, statement);
  buffer_deinit(&sql);
  return rc;
}

int answer_unwritable(struct database *database, struct outbound *outbound,
                      int64_t view) {
  struct error reason;
  struct buffer numbers;
  error_clear(&reason);
  session_not_writable(database, view, &reason);
  buffer_init(&numbers, database->memory);
  int rc = unanswered_of(database, outbound, view, &numbers);
  struct answer answer = {.outbound = outbound,
                          .transactions = (const int64_t *)(const void *)numbers.data,
                          .count = (int)(numbers.length / sizeof(int64_t)),
                          .code = reason.sqlstate,
                          .message = reason.message,
                          .unsaid = true};
  if (rc == TIDE_OK)
    rc = in_transaction(database, &answer, set_aside);
  if (rc == TIDE_OK)
    rc = tell_unwritable(database, &answer, view);
  buffer_deinit(&numbers);
  return rc;
}
