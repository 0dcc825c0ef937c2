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
  perform_effects(session);
  session->version = 0;
  return true;
}

bool session_open(struct session *session) {
  *session = (struct session){.code = "00000"};
  buffer_init(&session->left.bytes, memory_default());
  buffer_init(&session->right.bytes, memory_default());
  session->disk = crash_disk_new(1);
  return open_engine(session);
}

static void forget_statements(struct session *session) {
  for (int i = 0; i < session->view_count; i++) {
    tide_finalize(session->views[i].stored);
    tide_finalize(session->views[i].recomputed);
    session->views[i].stored = session->views[i].recomputed = NULL;
  }
}

void session_close(struct session *session) {
  forget_statements(session);
  for (int i = 0; i < session->view_count; i++)
    free(session->views[i].query);
  tide_close(session->engine);
  crash_disk_free(session->disk);
  buffer_deinit(&session->left.bytes);
  buffer_deinit(&session->right.bytes);
  free(session->left.at);
  free(session->right.at);
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
  if (!relation->view || relation_is_foreign(relation) ||
      relation->view->mode != SQL_REALTIME || known->count == SESSION_VIEWS_MAX)
    return;
  struct watched *view = &known->views[known->count++];
  *view = (struct watched){.query = copy_text(relation->view->query_sql)};
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

/* Reads the list of realtime views from the catalog: definitions may have been rolled back. */
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

bool session_reopen(struct session *session, bool kill) {
  if (kill)
    crash_disk_lose_power_at(session->disk, 1);
  forget_statements(session);
  tide_close(session->engine);
  session->engine = NULL;
  if (kill)
    crash_disk_restart(session->disk);
  if (!open_engine(session))
    return false;
  note_views(session);
  return true;
}

bool session_in_transaction(struct session *session) {
  return tide_in_transaction(session->engine);
}

bool session_suspended(struct session *session) {
  return view_suspended(&session->engine->database) > 0;
}

static int out_of_steps(void *context) {
  (void)context;
  return 1;
}

void session_limit(struct session *session, int steps) {
  sqlite3_progress_handler(session->engine->database.handle, steps,
                           steps ? out_of_steps : NULL, NULL);
}

/* --- statements --- */

static int step(struct session *session, tide_statement *statement) {
  int status;
  while ((status = tide_step(statement)) == TIDE_WAIT && perform_effects(session)) {
  }
  return status;
}

bool session_run(struct session *session, const char *sql) {
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

/* --- rows --- */

static void add_value(struct buffer *out, tide_statement *statement, int column) {
  enum tide_value kind = tide_column_value(statement, column);
  size_t size = 0;
  buffer_character(out, (char)('0' + (int)kind));
  if (kind == TIDE_INTEGER) {
    int64_t value = tide_column_integer(statement, column);
    buffer_append(out, &value, sizeof value);
  } else if (kind == TIDE_REAL) {
    double value = tide_column_real(statement, column);
    buffer_append(out, &value, sizeof value);
  } else if (kind == TIDE_TEXT || kind == TIDE_BLOB) {
    const void *data = kind == TIDE_TEXT
                           ? (const void *)tide_column_text(statement, column, &size)
                           : tide_column_blob(statement, column, &size);
    buffer_append(out, &size, sizeof size);
    buffer_append(out, data, size);
  }
}

static int collect(struct session *session, tide_statement *statement,
                   struct rows *rows) {
  int status;
  buffer_clear(&rows->bytes);
  rows->count = 0;
  while ((status = step(session, statement)) == TIDE_ROW) {
    if (rows->count + 1 >= rows->capacity) {
      rows->capacity = rows->capacity * 2 + 64;
      rows->at = realloc(rows->at, rows->capacity * sizeof *rows->at);
    }
    rows->at[rows->count++] = rows->bytes.length;
    for (int i = 0; i < tide_column_count(statement); i++)
      add_value(&rows->bytes, statement, i);
  }
  if (rows->at)
    rows->at[rows->count] = rows->bytes.length;
  if (status != TIDE_DONE)
    note_failure(session);
  tide_reset(statement);
  return status;
}

struct row_span {
  const char *data;
  size_t size;
};

static int compare_spans(const void *left, const void *right) {
  const struct row_span *a = left, *b = right;
  int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);
  if (order != 0 || a->size == b->size)
    return order;
  return a->size < b->size ? -1 : 1;
}

static struct row_span *sorted(const struct rows *rows) {
  struct row_span *spans = malloc((rows->count + 1) * sizeof *spans);
  for (size_t i = 0; i < rows->count; i++)
    spans[i] = (struct row_span){rows->bytes.data + rows->at[i],
                                 rows->at[i + 1] - rows->at[i]};
  qsort(spans, rows->count, sizeof *spans, compare_spans);
  return spans;
}

static void print_row(struct buffer *out, struct row_span row) {
  const char *at = row.data, *end = row.data + row.size;
  for (bool first = true; at < end; first = false) {
    enum tide_value kind = (enum tide_value)(*at++ - '0');
    int64_t integer;
    double real;
    size_t size;
    char number[40];
    buffer_text(out, first ? "" : " | ");
    switch (kind) {
    case TIDE_NULL: buffer_text(out, "NULL"); break;
    case TIDE_INTEGER:
      memcpy(&integer, at, sizeof integer);
      snprintf(number, sizeof number, "%" PRId64, integer);
      buffer_text(out, number);
      at += sizeof integer;
      break;
    case TIDE_REAL:
      memcpy(&real, at, sizeof real);
      snprintf(number, sizeof number, "%.17g (real)", real);
      buffer_text(out, number);
      at += sizeof real;
      break;
    default:
      memcpy(&size, at, sizeof size);
      buffer_character(out, kind == TIDE_BLOB ? 'x' : '\'');
      buffer_append(out, at + sizeof size, size);
      buffer_character(out, '\'');
      at += sizeof size + size;
    }
  }
}

/* What is in one of the sorted lists but not in the other. */
static bool differences(struct session *session, struct buffer *report) {
  struct rows *stored = &session->left, *wanted = &session->right;
  struct row_span *a = sorted(stored), *b = sorted(wanted);
  size_t i = 0, j = 0;
  int count = 0;
  while (i < stored->count || j < wanted->count) {
    int order = i == stored->count   ? 1
                : j == wanted->count ? -1
                                     : compare_spans(&a[i], &b[j]);
    if (order != 0 && ++count <= 8) {
      buffer_text(report, order < 0 ? "# too many: " : "# missing:  ");
      print_row(report, order < 0 ? a[i] : b[j]);
      buffer_character(report, '\n');
    }
    i += order <= 0;
    j += order >= 0;
  }
  free(a);
  free(b);
  return count > 0;
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

enum verdict session_check(struct session *session, int index, struct buffer *report) {
  struct watched *view = &session->views[index];
  char sql[64];
  snprintf(sql, sizeof sql, "SELECT * FROM %s", view->name);
  if (!prepare(session, sql, &view->stored) ||
      collect(session, view->stored, &session->left) != TIDE_DONE)
    return VERDICT_ERROR;
  if (!prepare(session, view->query, &view->recomputed) ||
      collect(session, view->recomputed, &session->right) != TIDE_DONE)
    return VERDICT_RAISES;
  session->checks++;
  if (session->left.count == session->right.count &&
      session->left.bytes.length == session->right.bytes.length &&
      (session->left.bytes.length == 0 ||
       memcmp(session->left.bytes.data, session->right.bytes.data,
              session->left.bytes.length) == 0))
    return VERDICT_EQUAL;
  return differences(session, report) ? VERDICT_DIFFERENT : VERDICT_EQUAL;
}

const char *session_columns(struct session *session, int index) {
  struct buffer *out = &session->left.bytes;
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
