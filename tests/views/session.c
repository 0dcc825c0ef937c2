/* One database under test, over tidemark.h. */
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "engine.h"
#include "lib/crash_files.h"
#include "view/view.h"

#define NOW INT64_C(1769853600000) /* 2026-01-31 10:00:00 UTC */

enum { WORK_STEPS = 100000, WORK_ROWS = 1000 };

/* --- the host --- */

static bool perform_effects(struct session *session) {
  tide_effect effect;
  bool performed = false;
  while (tide_next_effect(session->engine, &effect)) {
    char json[64] = "{}";
    cJSON *data;
    if (json_parse(memory_default(), effect.json, effect.json_size, &data) == TIDE_OK)
      snprintf(json, sizeof json, "{\"id\":%" PRId64 "}", json_integer(data, "id", 0));
    json_free(data);
    tide_event event = {.type = effect.type == TIDE_EFFECT_LOAD ? TIDE_EVENT_LOADED
                                                                : TIDE_EVENT_TIME,
                        .now = NOW,
                        .json = json,
                        .json_size = strlen(json)};
    if (effect.type == TIDE_EFFECT_PERSIST)
      event.type = TIDE_EVENT_PERSISTED;
    tide_feed(session->engine, &event);
    performed = true;
  }
  return performed;
}

static void note_failure(struct session *session) {
  const char *text = tide_error(session->engine);
  cJSON *json = NULL;
  snprintf(session->code, sizeof session->code, "XX000");
  snprintf(session->message, sizeof session->message, "%s", text);
  if (json_parse(memory_default(), text, strlen(text), &json) == TIDE_OK) {
    const char *code = json_string(json, "code");
    const char *message = json_string(json, "message");
    if (code)
      snprintf(session->code, sizeof session->code, "%s", code);
    if (message)
      snprintf(session->message, sizeof session->message, "%s", message);
  }
  json_free(json);
}

static void on_trace(void *context, const char *line) {
  struct session *session = context;
  session->out_of_step += strstr(line, "out of step") != NULL;
}

static int count_work(void *context) {
  struct session *session = context;
  session->work++;
  return session->limit > 0 && session->work > session->limit;
}

static bool open_engine(struct session *session) {
  tide_config config = {.storage = TIDE_STORAGE_FILE,
                        .path = "test.db",
                        .files = crash_disk_files(session->disk),
                        .now = NOW,
                        .auto_sync = 1};
  /* never the same twice, or SQLite could take what is left of an old journal for a new one's */
  session->opened++;
  memcpy(config.seed, &session->opened, sizeof session->opened);
  if (tide_open(&config, &session->engine) != TIDE_DONE) {
    note_failure(session);
    return false;
  }
  tide_set_trace(session->engine, on_trace, session);
  sqlite3_progress_handler(session->engine->database.handle, WORK_STEPS, count_work,
                           session);
  perform_effects(session);
  session->version = 0;
  return true;
}

bool session_open(struct session *session) {
  *session = (struct session){.code = "00000"};
  rows_init(&session->found);
  rows_init(&session->wanted);
  state_check_init(&session->states);
  session->disk = crash_disk_new(1);
  return open_engine(session);
}

static void forget_statements(struct session *session) {
  for (int i = 0; i < session->view_count; i++) {
    tide_finalize(session->views[i].stored);
    tide_finalize(session->views[i].recomputed);
    session->views[i].stored = session->views[i].recomputed = NULL;
  }
  state_check_forget(&session->states);
}

void session_close(struct session *session) {
  forget_statements(session);
  for (int i = 0; i < session->view_count; i++)
    free(session->views[i].query);
  tide_close(session->engine);
  crash_disk_free(session->disk);
  rows_deinit(&session->found);
  rows_deinit(&session->wanted);
  state_check_deinit(&session->states);
}

/* --- which views there are --- */

struct known {
  struct session *session;
  struct watched views[SESSION_VIEWS_MAX];
  int count;
};

static char *copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = malloc(size);
  memcpy(copy, text, size);
  return copy;
}

static void free_view(struct watched *view) {
  tide_finalize(view->stored);
  tide_finalize(view->recomputed);
  free(view->query);
}

static void note_relation(const struct relation *relation, void *context) {
  struct known *known = context;
  const struct view *definition = relation->view;
  if (!definition || relation_is_foreign(relation) ||
      (definition->mode != SQL_RUNTIME && definition->mode != SQL_REALTIME) ||
      known->count == SESSION_VIEWS_MAX)
    return;
  struct watched *view = &known->views[known->count++];
  *view = (struct watched){.query = copy_text(definition->query_sql),
                           .kept = definition->mode == SQL_RUNTIME ? KEPT_NOWHERE
                                   : definition->filled            ? KEPT_EQUAL
                                                                   : KEPT_UNFILLED};
  snprintf(view->name, sizeof view->name, "%s", relation->name);
  for (int i = 0; i < known->session->view_count; i++) {
    struct watched *old = &known->session->views[i];
    if (strcmp(old->name, view->name) != 0 || strcmp(old->query, view->query) != 0)
      continue;
    view->stored = old->stored;
    view->recomputed = old->recomputed;
    old->stored = old->recomputed = NULL;
  }
}

/* Reads the list of views from the catalog: definitions may have been rolled back. */
static void note_views(struct session *session) {
  struct known known = {.session = session};
  if (catalog_ensure(&session->engine->database) != TIDE_OK)
    return;
  catalog_each(&session->engine->database, note_relation, &known);
  for (int i = 0; i < session->view_count; i++)
    free_view(&session->views[i]);
  memcpy(session->views, known.views, sizeof known.views);
  session->view_count = known.count;
}

bool session_in_transaction(struct session *session) {
  return tide_in_transaction(session->engine);
}

bool session_suspended(struct session *session) {
  return view_suspended(&session->engine->database) > 0;
}

void session_limit(struct session *session, int limit) {
  session->work = 0;
  session->limit = limit;
}

/* --- statements --- */

static int step(struct session *session, tide_statement *statement) {
  int status;
  while ((status = tide_step(statement)) == TIDE_WAIT && perform_effects(session)) {
  }
  return status;
}

static bool run_statement(struct session *session, const char *sql) {
  tide_statement *statement = NULL;
  size_t consumed;
  int status = tide_prepare(session->engine, sql, strlen(sql), &statement, &consumed);
  if (status == TIDE_DONE && statement)
    while ((status = step(session, statement)) == TIDE_ROW) {
    }
  if (status == TIDE_DONE) {
    strcpy(session->code, "00000");
    session->message[0] = 0;
  } else {
    note_failure(session);
  }
  tide_finalize(statement);
  perform_effects(session);
  if (session->version != catalog_version(&session->engine->database)) {
    session->version = catalog_version(&session->engine->database);
    note_views(session);
  }
  return status == TIDE_DONE;
}

/* `power`: it is there all the time, so that what was written is there, too. */
static bool reopen(struct session *session, bool power) {
  if (!power && !crash_disk_is_off(session->disk))
    crash_disk_lose_power_at(session->disk, 1);
  forget_statements(session);
  tide_close(session->engine);
  session->engine = NULL;
  if (!power)
    crash_disk_restart(session->disk);
  if (!open_engine(session))
    return false;
  note_views(session);
  strcpy(session->code, "00000");
  session->message[0] = 0;
  return true;
}

bool session_run(struct session *session, const char *sql) {
  long operation;
  int at = 0;
  if (sql[0] != '@')
    return run_statement(session, sql);
  if (sscanf(sql, "@kill %ld %n", &operation, &at) == 1) {
    crash_disk_lose_power_at(session->disk, operation);
    run_statement(session, sql + at);
    session->cut += crash_disk_is_off(session->disk);
  }
  return reopen(session, strcmp(sql, "@reopen") == 0);
}

/* --- comparing --- */

static int collect(struct session *session, tide_statement *statement,
                   struct rows *rows) {
  int status;
  rows_clear(rows);
  while ((status = step(session, statement)) == TIDE_ROW)
    rows_add(rows, statement);
  session->work += (int)(rows->count / WORK_ROWS);
  if (status != TIDE_DONE)
    note_failure(session);
  tide_reset(statement);
  return status;
}

static bool prepare(struct session *session, const char *sql,
                    tide_statement **statement) {
  size_t consumed;
  if (*statement)
    return true;
  int status = tide_prepare(session->engine, sql, strlen(sql), statement, &consumed);
  if (status != TIDE_DONE)
    note_failure(session);
  return status == TIDE_DONE;
}

static enum verdict check_state(struct session *session, const char *name,
                                struct buffer *report) {
  struct database *database = &session->engine->database;
  const struct relation *view = catalog_find(database, NULL, name);
  error_clear(database->error);
  switch (view ? state_check_view(&session->states, database, view, report)
               : STATE_ERROR) {
  case STATE_EQUAL: return VERDICT_EQUAL;
  case STATE_DIFFERENT: return VERDICT_STATE;
  default:
    snprintf(session->code, sizeof session->code, "%s", database->error->sqlstate);
    snprintf(session->message, sizeof session->message, "%s", database->error->message);
    error_clear(database->error);
    return VERDICT_ERROR;
  }
}

enum verdict session_check(struct session *session, int index, struct buffer *report) {
  struct watched *view = &session->views[index];
  char sql[64];
  if (view->kept == KEPT_NOWHERE)
    return VERDICT_EQUAL;
  snprintf(sql, sizeof sql, "SELECT * FROM %s", view->name);
  if (!prepare(session, sql, &view->stored) ||
      collect(session, view->stored, &session->found) != TIDE_DONE)
    return VERDICT_ERROR;
  rows_clear(&session->wanted);
  if (view->kept == KEPT_EQUAL &&
      (!prepare(session, view->query, &view->recomputed) ||
       collect(session, view->recomputed, &session->wanted) != TIDE_DONE))
    return VERDICT_RAISES;
  session->checks++;
  return rows_differ(&session->found, &session->wanted, report)
             ? VERDICT_DIFFERENT
             : check_state(session, view->name, report);
}

const char *session_columns(struct session *session, int index) {
  struct buffer *out = &session->found.bytes;
  tide_statement *statement = session->views[index].stored;
  buffer_clear(out);
  for (int i = 0; statement && i < tide_column_count(statement); i++)
    buffer_format(out, "%s%q::text", i > 0 ? ", " : "", tide_column_name(statement, i));
  return buffer_string(out);
}

void session_explain(struct session *session, const char *view, struct buffer *out) {
  char sql[64];
  tide_statement *statement = NULL;
  size_t consumed, size;
  snprintf(sql, sizeof sql, "EXPLAIN VIEW %s", view);
  if (tide_prepare(session->engine, sql, strlen(sql), &statement, &consumed) ==
      TIDE_DONE)
    while (step(session, statement) == TIDE_ROW) {
      const char *text = tide_column_text(statement, 0, &size);
      buffer_append(out, text, size);
      buffer_character(out, '\n');
    }
  tide_finalize(statement);
}
