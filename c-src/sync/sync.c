/* Sessions: which foreign views are described, filled, subscribed to, waiting or stopped. */
#include "sync/sync.h"

#include <string.h>

#include "base/json.h"
#include "sync/session.h"
#include "view/transaction.h"
#include "view/view.h"

/* --- sessions --------------------------------------------------------------------------------- */

struct session *session_find(struct database *database, int64_t view) {
  for (struct session *session = database->sync->sessions; session;
       session = session->next)
    if (session->view == view)
      return session;
  return NULL;
}

struct session *session_ensure(struct database *database, int64_t view) {
  struct session *session = session_find(database, view);
  if (session)
    return session;
  session = memory_allocate_zeroed(database->memory, sizeof *session);
  if (!session)
    return NULL;
  session->view = view;
  session->next = database->sync->sessions;
  database->sync->sessions = session;
  return session;
}

const struct relation *session_relation(struct database *database,
                                        const struct session *session) {
  return catalog_find_id(database, session->view);
}

const struct relation *session_find_writable(const struct database *database,
                                             int64_t id) {
  const struct relation *view = catalog_find_id(database, id);
  return view && relation_is_foreign(view) && view->view->write_path ? view : NULL;
}

int session_not_writable(const struct database *database, int64_t id,
                         struct error *error) {
  const struct relation *view = catalog_find_id(database, id);
  if (!view)
    return error_set(error, TIDE_ERROR_NOT_WRITABLE, "the view is no longer there");
  const char *reason = relation_is_foreign(view) ? view->view->not_updatable_because
                                                 : "it has no origin";
  return error_set(error, TIDE_ERROR_NOT_WRITABLE, "view %q cannot be written: %s",
                   view->name, reason ? reason : "its origin has not described it");
}

static struct session *session_of_effect(struct database *database, int64_t effect) {
  for (struct session *session = database->sync->sessions; session;
       session = session->next)
    if (effect != 0 && session->effect == effect)
      return session;
  return NULL;
}

static void session_cancel(struct database *database, struct session *session) {
  if (session->effect != 0)
    effects_cancel(database->effects, session->effect);
  session->effect = 0;
  session->snapshotting = false;
  describe_forget(database, session);
  session->state = SESSION_IDLE;
}

static void session_remove(struct database *database, struct session *session) {
  struct session **link = &database->sync->sessions;
  while (*link != session)
    link = &(*link)->next;
  *link = session->next;
  session_cancel(database, session);
  memory_release(database->memory, session);
}

/* --- the durable half ------------------------------------------------------------------------- */

static const char *state_name(enum session_state state) {
  switch (state) {
  case SESSION_RUNNING: return "running";
  case SESSION_WAITING: return "failed";
  default: return "idle";
  }
}

/* Writes what `tidemark.sync` shows. A view that fails again has failed since the first time. */
static int save_status(struct database *database, const struct session *session,
                       const char *state) {
  sqlite3_stmt *statement;
  int rc = database_prepare(
      database,
      "INSERT INTO __tidemark_sync (view_id, state, retry_count, last_error, "
      "last_error_code, next_retry_at, updated_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
      "WHERE EXISTS (SELECT 1 FROM __tidemark_relations WHERE id = ?1) "
      "ON CONFLICT (view_id) DO UPDATE SET state = ?2, retry_count = ?3, last_error = "
      "?4, last_error_code = ?5, next_retry_at = ?6, "
      "updated_at = iif(state = 'failed' AND ?2 = 'failed', updated_at, ?7)",
      false, &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, session->view);
  sqlite3_bind_text(statement, 2, state, -1, SQLITE_STATIC);
  sqlite3_bind_int(statement, 3, session->retry_count);
  if (session->state == SESSION_WAITING) {
    sqlite3_bind_text(statement, 4, session->error.message, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, session->error.sqlstate, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 6, session->next_retry_at);
  }
  sqlite3_bind_int64(statement, 7, database->now);
  rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

static int save_status_work(struct database *database, struct session *session,
                            const struct event *event) {
  (void)event;
  const struct relation *view = session_relation(database, session);
  bool copied = session->state == SESSION_IDLE && view &&
                view->view->mode == SQL_MATERIALIZED_VIEW && view->view->filled;
  return save_status(database, session, copied ? "synced" : state_name(session->state));
}

/* A status that cannot be written (storage full) must not stop the session. */
static void publish_status(struct database *database, struct session *session) {
  struct error kept = *database->error;
  error_clear(database->error);
  if (session_relation(database, session))
    (void)sync_in_transaction(database, session, NULL, save_status_work);
  (void)sync_announce(database, "status", session->view, "");
  *database->error = kept;
}

static int is_enabled(struct database *database, int64_t view, bool *enabled) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int rc = database_query(database, &statement,
                          "SELECT enabled FROM __tidemark_sync WHERE view_id = ?1", "i",
                          view);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  *enabled = rc == TIDE_OK && (!row || sqlite3_column_int(statement, 0) != 0);
  sqlite3_finalize(statement);
  return rc;
}

int sync_in_transaction(struct database *database, struct session *session,
                        const struct event *event,
                        int (*work)(struct database *database, struct session *session,
                                    const struct event *event)) {
  if (!sqlite3_get_autocommit(database->handle))
    return work(database, session, event);
  int rc = transaction_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = work(database, session, event);
  if (rc == TIDE_OK)
    return transaction_commit(database);
  struct error kept = *database->error;
  transaction_rollback(database);
  *database->error = kept;
  return rc;
}

/* --- what people are told --------------------------------------------------------------------- */

int sync_announce(struct database *database, const char *type, int64_t view,
                  const char *members) {
  const struct relation *relation = catalog_find_id(database, view);
  if (!relation)
    return TIDE_OK;
  struct buffer json, none;
  buffer_init(&json, database->memory);
  buffer_init(&none, database->memory);
  buffer_format(&json, "{\"type\":%j,\"view\":[%j,%j]%s}", type, relation->schema,
                relation->name, members);
  int rc = json.failed
               ? TIDE_ERROR_NOMEM
               : effects_push(database->effects, TIDE_EFFECT_SYNC, &json, &none);
  buffer_deinit(&json);
  buffer_deinit(&none);
  return rc;
}

static void announce_failure(struct database *database, const struct session *session) {
  struct buffer members;
  buffer_init(&members, database->memory);
  buffer_format(&members, ",\"error\":{\"code\":%j,\"message\":%j,\"hint\":%j}",
                session->error.sqlstate, session->error.message, session->error.hint);
  if (!members.failed)
    (void)sync_announce(database, "error", session->view, buffer_string(&members));
  buffer_deinit(&members);
}

/* --- the course of a session ------------------------------------------------------------------ */

int64_t sync_backoff(struct database *database, int retry_count) {
  int64_t longest = 5 * 60 * 1000;
  int64_t delay = retry_count < 9 ? (int64_t)1000 << retry_count : longest;
  if (delay > longest)
    delay = longest;
  /* half to full length, so that a thousand devices do not come back at the same moment */
  uint64_t random =
      database->types.random ? database->types.random(database->types.random_state) : 0;
  return delay / 2 + (int64_t)(random % (uint64_t)(delay / 2 + 1));
}

void sync_look_again(struct database *database) {
  database->sync->look_again_at = database->now + sync_backoff(database, 0);
}

int session_succeeded(struct database *database, struct session *session) {
  const struct relation *view = session_relation(database, session);
  bool streams = view && view->view->mode == SQL_REALTIME && session->effect != 0;
  enum session_state before = session->state;
  session->state = streams ? SESSION_RUNNING : SESSION_IDLE;
  session->busy = session->failed = session->refresh = false;
  session->retry_count = 0;
  if (before == session->state && before == SESSION_RUNNING)
    return TIDE_OK; /* of a stream nothing is told but its beginning */
  publish_status(database, session);
  if (view && relation_is_foreign(view) && relation_keeps_rows(view))
    outbox_reached(database, view->view->origin);
  return TIDE_OK;
}

int session_failed(struct database *database, struct session *session, int rc) {
  if (!database->error->code) /* out of memory, where there was nothing to add */
    error_set(database->error, rc, "%s", tide_error_text(rc));
  session->error = *database->error;
  const struct relation *view = session_relation(database, session);
  if (session->effect != 0)
    effects_cancel(database->effects, session->effect);
  session->effect = 0;
  session->snapshotting = false;
  describe_forget(database, session);
  session->state = SESSION_WAITING;
  session->next_retry_at = database->now + sync_backoff(database, session->retry_count);
  session->retry_count++;
  session->busy = false;
  session->failed = true;
  if (view && view->view->origin && !session->error.origin[0])
    strncpy(session->error.origin, view->view->origin,
            sizeof session->error.origin - 1);
  error_clear(database->error);
  publish_status(database, session);
  announce_failure(database, session);
  return TIDE_OK;
}

int session_advance(struct database *database, struct session *session) {
  const struct relation *view = session_relation(database, session);
  if (!view || !relation_is_foreign(view))
    return TIDE_OK;
  int rc;
  if (!view->view->described)
    rc = describe_request(database, session);
  else if (view->view->mode == SQL_RUNTIME)
    rc = session_succeeded(database, session);
  else if (view->view->mode == SQL_REALTIME)
    rc = fill_subscribe(database, session);
  else
    rc = fill_request(database, session);
  return rc == TIDE_OK ? TIDE_OK : session_failed(database, session, rc);
}

static bool under_way(const struct session *session) {
  return session->state == SESSION_DESCRIBING || session->state == SESSION_FILLING ||
         session->state == SESSION_SUBSCRIBING;
}

/* Begins an attempt unless one is under way or there is nothing to do. */
static int session_begin(struct database *database, struct session *session,
                         bool refresh) {
  const struct relation *view = session_relation(database, session);
  bool streaming = session->state == SESSION_RUNNING;
  if (under_way(session))
    return TIDE_OK;
  if (streaming && !refresh)
    return TIDE_OK;
  if (!refresh && view->view->mode == SQL_MATERIALIZED_VIEW && view->view->filled) {
    session->busy = false;
    return TIDE_OK;
  }
  if (streaming)
    session_cancel(database, session);
  session->failed = false;
  session->refresh = refresh;
  session->busy = true;
  return session_advance(database, session);
}

int session_subscribe_anew(struct database *database, int64_t view) {
  struct session *session = session_find(database, view);
  if (!session || session->effect == 0 ||
      (session->state != SESSION_RUNNING && session->state != SESSION_SUBSCRIBING))
    return TIDE_OK;
  bool refresh = session->refresh;
  session_cancel(database, session);
  return session_begin(database, session, refresh);
}

/* What `tidemark.sync` shows of a view before its first attempt: how the last one has ended, also in an earlier run; but
 * no subscription has outlasted that. */
static int ensure_row(struct database *database, struct session *session,
                      const struct event *event) {
  (void)event;
  return database_write(
      database,
      "INSERT INTO __tidemark_sync (view_id, state, updated_at) SELECT ?1, 'idle', ?2 "
      "WHERE EXISTS (SELECT 1 FROM __tidemark_relations WHERE id = ?1) "
      "ON CONFLICT (view_id) DO UPDATE SET state = 'idle' "
      "WHERE state = 'running' AND NOT ?3",
      "iii", session->view, database->now,
      (int64_t)(session->state == SESSION_RUNNING));
}

int sync_start_view(struct database *database, int64_t view) {
  struct session *session = session_ensure(database, view);
  if (!session)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  const struct relation *relation = session_relation(database, session);
  int rc = TIDE_OK;
  if (relation_keeps_rows(relation))
    rc = sync_in_transaction(database, session, NULL, ensure_row);
  if (rc != TIDE_OK)
    return rc;
  session->busy = true;
  session->failed = false;
  /* inside a transaction the view may still be undone: the origin is asked when it has been committed */
  if (!sqlite3_get_autocommit(database->handle) && relation_keeps_rows(relation)) {
    database->sync->reconcile = true;
    session->wanted = true;
    return TIDE_OK;
  }
  return session_begin(database, session, false);
}

int sync_refresh(struct database *database, int64_t view) {
  int rc = sync_start_view(database, view);
  struct session *session = session_find(database, view);
  if (rc != TIDE_OK || !session)
    return rc;
  session->refresh_wanted = session->wanted;
  return session->wanted ? TIDE_OK : session_begin(database, session, true);
}

int sync_refuse_unsent(struct database *database, int64_t view) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int rc = database_query(database, &statement,
                          "SELECT count(*) FROM __tidemark_queue WHERE view_id = ?1 "
                          "AND state <> 'applied'",
                          "i", view);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  int64_t count = row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  if (rc != TIDE_OK || count == 0)
    return rc;
  const struct relation *relation = catalog_find_id(database, view);
  error_set(database->error, TIDE_ERROR_NOT_WRITABLE,
            "view %q has writes that its origin does not have yet: %lld",
            relation ? relation->name : "", (long long)count);
  error_hint(database->error,
             "Send them first (sync.sync), discard them (sync.resolve), "
             "or DROP the view with CASCADE to lose them.");
  return TIDE_ERROR_NOT_WRITABLE;
}

int sync_forget_view(struct database *database, int64_t view) {
  struct session *session = session_find(database, view);
  if (session)
    session_remove(database, session);
  database->sync->reconcile = true;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  int rc = TIDE_OK;
  static const char *const tables[] = {"__tidemark_queue", "__tidemark_base",
                                       "__tidemark_sync"};
  for (size_t i = 0; rc == TIDE_OK && i < sizeof tables / sizeof *tables; i++) {
    buffer_clear(&sql);
    buffer_format(&sql, "DELETE FROM %s WHERE view_id = ?1", tables[i]);
    rc = row_execute(database, &sql, &(struct row_parameter){.integer = view}, 1);
  }
  buffer_deinit(&sql);
  return rc;
}

bool sync_is_busy(struct database *database, int64_t view, bool *failed) {
  struct session *session = session_find(database, view);
  *failed = session && session->failed;
  if (*failed) {
    *database->error = session->error;
    const struct relation *relation = session_relation(database, session);
    if (relation)
      strncpy(database->error->view, relation->name, sizeof database->error->view - 1);
  }
  return session && session->busy;
}

/* Class 42 of SQLSTATEs is "syntax error or access rule violation". */
bool sync_is_refused(struct database *database, int64_t view) {
  const struct session *session = session_find(database, view);
  const struct relation *relation = catalog_find_id(database, view);
  return session && session->failed && relation && !relation->view->described &&
         strncmp(session->error.sqlstate, "42", 2) == 0 &&
         strcmp(session->error.sqlstate, tide_error_sqlstate(TIDE_ERROR_PRIVILEGE)) !=
             0;
}

bool sync_serves_reading(struct database *database, const struct event *event) {
  const struct session *session = session_of_effect(database, event->id);
  const struct relation *view = session ? session_relation(database, session) : NULL;
  return view && !relation_keeps_rows(view);
}

/* --- transactions of the user ----------------------------------------------------------------- */

static int start_wanted(struct database *database) {
  int rc = TIDE_OK;
  for (struct session *session = database->sync->sessions; rc == TIDE_OK && session;
       session = session->next) {
    if (!session->wanted)
      continue;
    session->wanted = false;
    rc = session_begin(database, session, session->refresh_wanted);
    session->refresh_wanted = false;
  }
  return rc;
}

/* Sessions of views that are gone (dropped, or their creation rolled back). */
static void remove_orphans(struct database *database) {
  struct session *session = database->sync->sessions;
  while (session) {
    struct session *next = session->next;
    const struct relation *view = session_relation(database, session);
    if (!view || !relation_is_foreign(view))
      session_remove(database, session);
    session = next;
  }
}

static void start_view(const struct relation *view, void *context) {
  struct database *database = context;
  if (!relation_is_foreign(view) || !relation_keeps_rows(view))
    return;
  if (session_find(database, view->id))
    return;
  bool enabled;
  int rc = is_enabled(database, view->id, &enabled);
  if (rc == TIDE_OK && enabled)
    rc = sync_start_view(database, view->id);
  if (rc != TIDE_OK)
    sync_look_again(database);
}

/* Makes sessions and catalog agree again. */
static void reconcile(struct database *database) {
  remove_orphans(database);
  if (database->auto_sync)
    catalog_each(database, start_view, database);
  if (start_wanted(database) != TIDE_OK)
    sync_look_again(database);
}

void sync_transaction_ended(struct database *database, bool committed) {
  struct sync *sync = database->sync;
  sync->transaction = 0;
  if (!sync->reconcile && !sync->queued)
    return;
  struct error kept = *database->error;
  if (sync->reconcile) {
    sync->reconcile = false;
    reconcile(database);
  }
  if (committed && sync->queued && database->auto_sync) {
    (void)outbox_send(database, false);
    (void)outbox_tell_waiting(database);
  }
  sync->queued = false;
  *database->error = kept;
}

/* --- open and close --------------------------------------------------------------------------- */

int sync_renew(struct database *database) {
  struct sync *sync = database->sync;
  while (sync->sessions)
    session_remove(database, sync->sessions);
  for (struct outbound *outbound = sync->outbounds; outbound; outbound = outbound->next)
    if (outbound->effect != 0)
      effects_cancel(database->effects, outbound->effect);
  outbox_close(database);
  sync->reconcile = sync->queued = true;
  return outbox_open(database);
}

int sync_open(struct database *database) {
  struct sync *sync = memory_allocate_zeroed(database->memory, sizeof *sync);
  if (!sync)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  sync->online = true;
  database->sync = sync;
  int rc = outbox_open(database);
  if (rc != TIDE_OK)
    return rc;
  if (!database->auto_sync)
    return TIDE_OK;
  reconcile(database);
  if (outbox_send(database, false) != TIDE_OK)
    error_clear(database->error); /* it looks again; the database can be used */
  return TIDE_OK;
}

void sync_close(struct database *database) {
  struct sync *sync = database->sync;
  if (!sync)
    return;
  while (sync->sessions) {
    struct session *next = sync->sessions->next;
    describe_forget(database, sync->sessions);
    memory_release(database->memory, sync->sessions);
    sync->sessions = next;
  }
  outbox_close(database);
  kept_close(database);
  memory_release(database->memory, sync->settling);
  memory_release(database->memory, sync);
  database->sync = NULL;
}

/* --- calls of the host ------------------------------------------------------------------------ */

static bool selected(const cJSON *selector, const struct relation *view) {
  const cJSON *name;
  if (!cJSON_IsArray(selector))
    return true;
  cJSON_ArrayForEach(name, selector) {
    const cJSON *schema = cJSON_GetArrayItem(name, 0),
                *relation = cJSON_GetArrayItem(name, 1);
    if (cJSON_IsString(schema) && cJSON_IsString(relation) &&
        strcmp(schema->valuestring, view->schema) == 0 &&
        (strcmp(relation->valuestring, "*") == 0 ||
         strcmp(relation->valuestring, view->name) == 0))
      return true;
  }
  return false;
}

struct selection {
  struct database *database;
  const cJSON *selector;
  int64_t *views;
  int count, capacity;
  bool failed;
};

static void select_view(const struct relation *view, void *context) {
  struct selection *selection = context;
  if (!relation_is_foreign(view) || !relation_keeps_rows(view))
    return;
  if (!selected(selection->selector, view) || selection->failed)
    return;
  if (selection->count == selection->capacity) {
    int capacity = selection->capacity ? selection->capacity * 2 : 16;
    int64_t *views = memory_reallocate(selection->database->memory, selection->views,
                                       (size_t)capacity * sizeof *views);
    selection->failed = !views;
    if (!views)
      return;
    selection->views = views;
    selection->capacity = capacity;
  }
  selection->views[selection->count++] = view->id;
}

static int call_sync(struct database *database, int64_t view, bool force) {
  bool enabled;
  int rc = is_enabled(database, view, &enabled);
  if (rc != TIDE_OK || !enabled)
    return rc;
  struct session *session = session_ensure(database, view);
  if (!session)
    return TIDE_ERROR_NOMEM;
  bool due =
      session->state != SESSION_WAITING || session->next_retry_at <= database->now;
  if (!due && !force)
    return TIDE_OK;
  rc = sync_in_transaction(database, session, NULL, ensure_row);
  if (rc != TIDE_OK)
    return rc;
  const struct relation *relation = session_relation(database, session);
  bool refresh = force && relation->view->mode == SQL_MATERIALIZED_VIEW;
  return session_begin(database, session, refresh);
}

static int set_enabled(struct database *database, int64_t view, bool enabled) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(
      &sql,
      "INSERT INTO __tidemark_sync (view_id, enabled, state) VALUES (?1, ?2, 'idle') "
      "ON CONFLICT (view_id) DO UPDATE SET enabled = ?2, state = iif(?2, state, "
      "'idle')");
  int rc =
      row_execute(database, &sql,
                  (struct row_parameter[]){{.integer = view}, {.integer = enabled}}, 2);
  buffer_deinit(&sql);
  return rc;
}

static int enable(struct database *database, struct session *session,
                  const struct event *event) {
  (void)event;
  return set_enabled(database, session->view, true);
}

static int disable(struct database *database, struct session *session,
                   const struct event *event) {
  (void)event;
  return set_enabled(database, session->view, false);
}

static int call_stop(struct database *database, int64_t view) {
  struct session *session = session_ensure(database, view);
  if (!session)
    return TIDE_ERROR_NOMEM;
  session_cancel(database, session);
  session->busy = false;
  int rc = sync_in_transaction(database, session, NULL, disable);
  if (rc == TIDE_OK)
    publish_status(database, session);
  return rc;
}

static int call_resume(struct database *database, int64_t view) {
  struct session *session = session_ensure(database, view);
  if (!session)
    return TIDE_ERROR_NOMEM;
  int rc = sync_in_transaction(database, session, NULL, enable);
  return rc == TIDE_OK ? session_begin(database, session, false) : rc;
}

static int call_views(struct database *database, const struct event *event,
                      const char *call) {
  struct selection selection = {.database = database,
                                .selector = event_member(event, "selector")};
  catalog_each(database, select_view, &selection);
  int rc = selection.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < selection.count; i++) {
    int64_t view = selection.views[i];
    if (strcmp(call, "stop") == 0)
      rc = call_stop(database, view);
    else if (strcmp(call, "resume") == 0)
      rc = call_resume(database, view);
    else
      rc = call_sync(database, view, event_boolean(event, "force", false));
  }
  memory_release(database->memory, selection.views);
  return rc;
}

static int await_rest(struct database *database, int64_t id) {
  struct sync *sync = database->sync;
  if (sync->settling_count == sync->settling_capacity) {
    int capacity = sync->settling_capacity ? sync->settling_capacity * 2 : 8;
    int64_t *ids = memory_reallocate(database->memory, sync->settling,
                                     (size_t)capacity * sizeof *ids);
    if (!ids)
      return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
    sync->settling = ids;
    sync->settling_capacity = capacity;
  }
  sync->settling[sync->settling_count++] = id;
  return TIDE_OK;
}

static int control(struct database *database, const struct event *event, bool *taken) {
  const char *call = event_string(event, "call");
  *taken = true;
  if (call && strcmp(call, "sync") == 0) {
    int rc = call_views(database, event, call);
    if (rc == TIDE_OK)
      rc = outbox_send(database, event_boolean(event, "force", false));
    return rc == TIDE_OK ? await_rest(database, event_integer(event, "id", 0)) : rc;
  }
  if (call && (strcmp(call, "stop") == 0 || strcmp(call, "resume") == 0))
    return call_views(database, event, call);
  if (call && strcmp(call, "resolve") == 0)
    return resolve_write(database, event_integer(event, "write", 0),
                         event_string(event, "action"), event_member(event, "values"));
  *taken = false;
  return TIDE_OK;
}

/* SETTLED for every sync call once nothing is under way any more. */
static int settle(struct database *database) {
  struct sync *sync = database->sync;
  if (sync->settling_count == 0 || outbox_is_busy(database))
    return TIDE_OK;
  for (struct session *session = sync->sessions; session; session = session->next)
    if (under_way(session) || session->wanted)
      return TIDE_OK;
  int rc = TIDE_OK;
  struct buffer json, none;
  buffer_init(&json, database->memory);
  buffer_init(&none, database->memory);
  for (int i = 0; rc == TIDE_OK && i < sync->settling_count; i++) {
    buffer_clear(&json);
    buffer_format(&json, "{\"id\":%lld}", (long long)sync->settling[i]);
    rc = json.failed
             ? TIDE_ERROR_NOMEM
             : effects_push(database->effects, TIDE_EFFECT_SETTLED, &json, &none);
  }
  buffer_deinit(&json);
  buffer_deinit(&none);
  sync->settling_count = 0;
  return rc;
}

/* --- events ----------------------------------------------------------------------------------- */

static int retry_due(struct database *database, bool now) {
  int rc = TIDE_OK;
  for (struct session *session = database->sync->sessions; rc == TIDE_OK && session;
       session = session->next) {
    if (session->state != SESSION_WAITING)
      continue;
    /* a clock that jumped back must not put a retry off for hours */
    bool jumped = session->next_retry_at > database->now + 2 * 5 * 60 * 1000;
    if (!now && !jumped && session->next_retry_at > database->now)
      continue;
    const struct relation *view = session_relation(database, session);
    if (!view || (view->view->mode == SQL_RUNTIME))
      continue;
    bool enabled;
    rc = is_enabled(database, session->view, &enabled);
    if (rc == TIDE_OK && enabled)
      rc = session_begin(database, session, session->refresh);
    else if (rc == TIDE_OK)
      session->state = SESSION_IDLE; /* stopped: it is not due again */
  }
  return rc;
}

static int network(struct database *database, const struct event *event) {
  database->sync->online = event_boolean(event, "online", true);
  if (!database->sync->online || !database->auto_sync)
    return TIDE_OK;
  int rc = retry_due(database, true);
  outbox_network(database);
  return rc == TIDE_OK ? outbox_send(database, false) : rc;
}

/* Parts and batches of a subscription are numbered from 1. One that has been taken in is not taken in again: of a view without a key
 * its rows would be there twice. One that is missing makes the session begin again from its cursor. */
static int streamed(struct database *database, struct session *session,
                    const struct event *event) {
  int64_t number = event_integer(event, "number", 0); /* 0: the origin does not count */
  if (number > 0 && number <= session->told)
    return TIDE_OK;
  if (number > session->told + 1)
    return error_set(database->error, TIDE_ERROR_ORIGIN,
                     "message %lld of the origin's subscription is missing",
                     (long long)session->told + 1);
  int rc = event->type == TIDE_EVENT_SNAPSHOT ? fill_snapshot(database, session, event)
                                              : fill_changes(database, session, event);
  if (rc == TIDE_OK && number > 0)
    session->told = number;
  return rc;
}

static int session_event(struct database *database, struct session *session,
                         const struct event *event) {
  int rc;
  switch (event->type) {
  case TIDE_EVENT_RESPONSE:
    rc = session->state == SESSION_DESCRIBING
             ? describe_answer(database, session, event)
             : fill_answer(database, session, event);
    break;
  case TIDE_EVENT_SUBSCRIBED: rc = fill_subscribed(database, session, event); break;
  case TIDE_EVENT_SNAPSHOT:
  case TIDE_EVENT_CHANGES: rc = streamed(database, session, event); break;
  case TIDE_EVENT_FAILED: {
    const struct relation *view = session_relation(database, session);
    session->effect = 0;
    event_failure(event, view ? view->view->origin : "", database->error);
    return session_failed(database, session, TIDE_ERROR_ORIGIN);
  }
  default: return TIDE_OK;
  }
  return rc == TIDE_OK ? TIDE_OK : session_failed(database, session, rc);
}

int sync_event(struct database *database, struct event *event, bool *taken) {
  int rc = TIDE_OK;
  *taken = true;
  struct session *session = session_of_effect(database, event->id);
  if (event->type == TIDE_EVENT_CONTROL)
    rc = control(database, event, taken);
  else if (event->type == TIDE_EVENT_NETWORK)
    rc = network(database, event);
  else if (session)
    rc = session_event(database, session, event);
  else
    rc = outbox_event(database, event, taken);
  return rc == TIDE_OK ? settle(database) : rc;
}

int sync_tick(struct database *database) {
  struct sync *sync = database->sync;
  int rc = outbox_tick(database);
  if (!database->auto_sync)
    return rc == TIDE_OK ? settle(database) : rc;
  bool again = sync->look_again_at > 0 && sync->look_again_at <= database->now;
  if (again) {
    sync->look_again_at = 0;
    reconcile(database);
  }
  if (rc == TIDE_OK)
    rc = retry_due(database, false);
  /* a new origin is found when it is written to */
  if (rc == TIDE_OK && (again || sync->outbounds))
    rc = outbox_send(database, false);
  return rc == TIDE_OK ? settle(database) : rc;
}

int64_t sync_next_wake(struct database *database) {
  if (outbox_has_answer(database))
    return database->now;
  if (!database->auto_sync)
    return -1;
  int64_t wake = outbox_next_wake(database);
  int64_t again = database->sync->look_again_at;
  if (again > 0 && (wake < 0 || again < wake))
    wake = again;
  for (struct session *session = database->sync->sessions; session;
       session = session->next) {
    if (session->state != SESSION_WAITING)
      continue;
    if (wake < 0 || session->next_retry_at < wake)
      wake = session->next_retry_at;
  }
  return wake;
}
