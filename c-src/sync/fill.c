/* Rows coming in: a whole snapshot, or a batch of changes, becomes one local transaction.
 *
 * Rows are staged in a temporary table first, so that a snapshot that breaks off half-way changes nothing.
 */
#include "sync/session.h"

#include <string.h>

#include "base/json.h"
#include "view/view.h"

/* --- asking ----------------------------------------------------------------------------------- */

static void common_members(struct buffer *json, const struct session *session,
                           const struct relation *view) {
  buffer_format(json, "{\"id\":%lld,\"origin\":%j,\"view\":[%j,%j]",
                (long long)session->effect, view->view->origin, view->schema,
                view->name);
}

/* Pushes an effect that has no parameters. */
static int push(struct database *database, enum tide_effect_type type,
                struct buffer *json) {
  struct buffer data;
  struct block_writer writer;
  buffer_init(&data, database->memory);
  block_writer_init(&writer, database->memory, 0);
  int rc = json->failed ? TIDE_ERROR_NOMEM : block_finish(&writer, &data);
  if (rc == TIDE_OK)
    rc = effects_push(database->effects, type, json, &data);
  block_writer_deinit(&writer);
  buffer_deinit(&data);
  return rc;
}

int fill_request(struct database *database, struct session *session) {
  const struct relation *view = session_relation(database, session);
  struct arena arena;
  struct shape shape;
  struct buffer json;
  arena_init(&arena, database->memory);
  buffer_init(&json, database->memory);
  int rc = shape_build(database, &arena, view, &shape);
  if (rc == TIDE_OK)
    rc = outbox_acknowledged(database, view->view->origin, &session->confirm_through);
  if (rc == TIDE_OK) {
    session->state = SESSION_FILLING;
    session->effect = effects_next_id(database->effects);
    common_members(&json, session, view);
    buffer_format(&json, ",\"kind\":\"read\",\"sql\":%j}", shape.sql);
    rc = push(database, TIDE_EFFECT_REQUEST, &json);
  }
  buffer_deinit(&json);
  arena_deinit(&arena);
  return rc;
}

static void key_members(struct buffer *json, const struct relation *view,
                        const struct shape *shape) {
  const struct write_path *path = view->view->write_path;
  const char *schema = origin_schema_of(view);
  buffer_format(json, ",\"relation\":{\"schema\":%j,\"name\":%j},\"key\":[",
                schema ? schema : "public", path->origin_name);
  for (int i = 0; i < path->key_count; i++)
    buffer_format(json, "%s%j", i > 0 ? "," : "", view->columns[path->key[i]].name);
  buffer_text(json, "],\"originKey\":[");
  for (int i = 0; i < path->key_count; i++)
    buffer_format(json, "%s%j", i > 0 ? "," : "", path->origin_column[path->key[i]]);
  buffer_format(json, "],\"keyQuery\":%j", shape->key_sql);
}

/* The cursor kept from last time; arena-owned, NULL: from the beginning. */
static int saved_cursor(struct database *database, struct arena *arena, int64_t view,
                        const char **cursor) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  const char *text = NULL;
  *cursor = NULL;
  int rc = database_query(database, &statement,
                          "SELECT cursor FROM __tidemark_sync WHERE view_id = ?1", "i",
                          view);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  if (rc == TIDE_OK && row)
    rc = database_text(database, statement, 0, &text);
  if (text && !(*cursor = arena_string(arena, text)))
    rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  sqlite3_finalize(statement);
  return rc;
}

int fill_subscribe(struct database *database, struct session *session) {
  const struct relation *view = session_relation(database, session);
  struct arena arena;
  struct shape shape;
  struct buffer json;
  const char *cursor = NULL, *client = NULL;
  arena_init(&arena, database->memory);
  buffer_init(&json, database->memory);
  int rc = shape_build(database, &arena, view, &shape);
  if (rc == TIDE_OK && view->view->filled && !session->refresh)
    rc = saved_cursor(database, &arena, view->id, &cursor);
  if (rc == TIDE_OK)
    rc = catalog_get_setting(database, &arena, "client", &client);
  if (rc == TIDE_OK) {
    session->state = SESSION_SUBSCRIBING;
    session->resumed = cursor != NULL;
    session->effect = effects_next_id(database->effects);
    common_members(&json, session, view);
    buffer_format(&json, ",\"client\":%j,\"sql\":%j,\"parameters\":0,\"cursor\":%j",
                  client, shape.sql, cursor);
    if (shape.keyed) {
      key_members(&json, view, &shape);
    } else {
      buffer_text(&json, ",\"relations\":");
      rc = shape_relations(database, &arena, view, &json);
    }
    buffer_character(&json, '}');
  }
  if (rc == TIDE_OK)
    rc = push(database, TIDE_EFFECT_SUBSCRIBE, &json);
  buffer_deinit(&json);
  arena_deinit(&arena);
  return rc;
}

/* --- staging ---------------------------------------------------------------------------------- */

static int visible_columns(const struct relation *view) {
  int count = 0;
  for (int i = 0; i < view->column_count; i++)
    count += !view->columns[i].hidden;
  return count;
}

/* The columns of `view` that people see, then __version when it has one. */
static void column_list(struct buffer *sql, const struct relation *view) {
  const char *separator = "";
  for (int i = 0; i < view->column_count; i++) {
    if (view->columns[i].hidden)
      continue;
    buffer_format(sql, "%s%q", separator, view->columns[i].name);
    separator = ", ";
  }
  if (view->view->write_path)
    buffer_text(sql, ", __version");
}

/* A name like "__snapshot_12". */
static char *stage_name(struct database *database, const char *prefix, int64_t view) {
  struct buffer name;
  buffer_init(&name, database->memory);
  buffer_format(&name, "%s%lld", prefix, (long long)view);
  return buffer_take(&name);
}

/* An empty temporary table with the columns of the view that `columns` lists. */
static int
stage_table(struct database *database, const struct relation *view, const char *prefix,
            void (*columns)(struct buffer *sql, const struct relation *view)) {
  struct buffer sql;
  char *name = stage_name(database, prefix, view->id);
  int rc = name ? temporary_discard(database, name) : TIDE_ERROR_NOMEM;
  buffer_init(&sql, database->memory);
  if (rc == TIDE_OK) {
    buffer_format(&sql, "CREATE TEMP TABLE IF NOT EXISTS %q AS SELECT ", name);
    columns(&sql, view);
    buffer_format(&sql, " FROM main.%q WHERE 0", view->stored);
    rc =
        sql.failed ? TIDE_ERROR_NOMEM : database_execute(database, buffer_string(&sql));
  }
  buffer_deinit(&sql);
  memory_release(database->memory, name);
  return rc;
}

static int stage_begin(struct database *database, const struct relation *view) {
  return stage_table(database, view, "__snapshot_", column_list);
}

static int stage_end(struct database *database, const struct relation *view) {
  char *name = stage_name(database, "__snapshot_", view->id);
  int rc = name ? temporary_discard(database, name) : TIDE_ERROR_NOMEM;
  memory_release(database->memory, name);
  return rc;
}

static int insert_rows(struct database *database, sqlite3_stmt *insert,
                       struct block_reader *reader) {
  struct block_cell cell;
  int rc = TIDE_OK;
  for (uint32_t row = 0; rc == TIDE_OK && row < reader->rows; row++) {
    for (uint32_t i = 0; rc == TIDE_OK && i < reader->columns; i++) {
      block_next(reader, &cell);
      rc = database_bind(database, insert, (int)i + 1, &cell);
    }
    if (rc == TIDE_OK)
      rc = database_run(database, insert);
  }
  return rc;
}

static int prepare_insert(struct database *database, const char *table, int64_t view,
                          int columns, sqlite3_stmt **insert) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "INSERT INTO temp.\"%s%lld\" VALUES (", table, (long long)view);
  for (int i = 0; i < columns; i++)
    buffer_text(&sql, i > 0 ? ", ?" : "?");
  buffer_character(&sql, ')');
  int rc = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                      : database_prepare(database, buffer_string(&sql), false, insert);
  buffer_deinit(&sql);
  return rc;
}

static int stage_rows(struct database *database, const struct relation *view,
                      const struct event *event, int block) {
  struct block_reader reader;
  int expected = visible_columns(view) + (view->view->write_path ? 1 : 0);
  int rc = event_block(event, block, &reader);
  if (rc != TIDE_OK || reader.rows == 0)
    return rc;
  if ((int)reader.columns != expected)
    return error_set(
        database->error, TIDE_ERROR_ORIGIN,
        "the origin sent %u columns for view %q, which has %d: its definition "
        "there has changed",
        reader.columns, view->name, expected);
  sqlite3_stmt *insert;
  rc = prepare_insert(database, "__snapshot_", view->id, expected, &insert);
  if (rc != TIDE_OK)
    return rc;
  rc = insert_rows(database, insert, &reader);
  sqlite3_finalize(insert);
  return rc;
}

/* --- bookkeeping ------------------------------------------------------------------------------ */

static int save_position(struct database *database, int64_t view, const char *cursor,
                         int64_t applied) {
  sqlite3_stmt *statement;
  int rc =
      database_prepare(database,
                       "UPDATE __tidemark_sync SET cursor = ?2, updated_at = ?3, "
                       "applied = max(coalesce(applied, -1), ?4) WHERE view_id = ?1",
                       false, &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, view);
  sqlite3_bind_text(statement, 2, cursor, -1, SQLITE_STATIC); /* NULL binds NULL */
  sqlite3_bind_int64(statement, 3, database->now);
  sqlite3_bind_int64(statement, 4, applied);
  rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

/* Transactions of ours that the state just received contains. */
static int64_t confirmed_through(const struct session *session,
                                 const struct event *event) {
  return event_integer(event, "applied",
                       event->type == TIDE_EVENT_RESPONSE ? session->confirm_through
                                                          : -1);
}

/* --- a whole snapshot ------------------------------------------------------------------------- */

static int store_snapshot(struct database *database, const struct relation *view) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  const char *separator = "SELECT ";
  for (int i = 0; i < view->column_count; i++) {
    const char *name = view->columns[i].name;
    buffer_text(&sql, separator);
    if (view->columns[i].hidden && strcmp(name, "__staged") == 0)
      buffer_text(&sql, "0");
    else if (view->columns[i].hidden && !view->view->write_path)
      buffer_text(&sql, "NULL");
    else
      buffer_identifier(&sql, name);
    separator = ", ";
  }
  buffer_format(&sql, " FROM temp.\"__snapshot_%lld\"", (long long)view->id);
  int rc = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                      : view_store_difference(database, view, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

static int apply_snapshot(struct database *database, struct session *session,
                          const struct event *event) {
  const struct relation *view = session_relation(database, session);
  int rc = replay_strip(database, view, false);
  if (rc == TIDE_OK)
    rc = store_snapshot(database, view);
  if (rc == TIDE_OK)
    rc = replay_confirm(database, view, confirmed_through(session, event));
  if (rc == TIDE_OK)
    rc = replay_apply(database, view, false);
  if (rc == TIDE_OK)
    rc = save_position(database, view->id, event_string(event, "cursor"),
                       confirmed_through(session, event));
  if (rc == TIDE_OK && !view->view->filled)
    rc = catalog_set_filled(database, view->id, true);
  return rc;
}

static int finish_snapshot(struct database *database, struct session *session,
                           const struct event *event) {
  int rc = sync_in_transaction(database, session, event, apply_snapshot);
  const struct relation *view = session_relation(database, session);
  session->snapshotting = false;
  if (rc != TIDE_OK)
    return rc;
  rc = stage_end(database, view);
  return rc == TIDE_OK ? session_succeeded(database, session) : rc;
}

int fill_answer(struct database *database, struct session *session,
                const struct event *event) {
  const struct relation *view = session_relation(database, session);
  session->effect = 0;
  int rc = stage_begin(database, view);
  if (rc == TIDE_OK)
    rc = stage_rows(database, view, event, 0);
  return rc == TIDE_OK ? finish_snapshot(database, session, event) : rc;
}

int fill_snapshot(struct database *database, struct session *session,
                  const struct event *event) {
  const struct relation *view = session_relation(database, session);
  int rc = TIDE_OK;
  if (event_boolean(event, "first", false)) {
    rc = stage_begin(database, view);
    session->snapshotting = rc == TIDE_OK;
  } else if (!session->snapshotting) {
    return TIDE_OK; /* the rest of a snapshot whose beginning failed */
  }
  if (rc == TIDE_OK)
    rc = stage_rows(database, view, event, 0);
  if (rc != TIDE_OK || !event_boolean(event, "last", false))
    return rc;
  return finish_snapshot(database, session, event);
}

/* --- a batch of changes ----------------------------------------------------------------------- */

static void key_list(struct buffer *sql, const struct relation *view) {
  const struct write_path *path = view->view->write_path;
  for (int i = 0; i < path->key_count; i++)
    buffer_format(sql, "%s%q", i > 0 ? ", " : "", view->columns[path->key[i]].name);
}

/* Deleted keys go to a temporary table with the view's key columns. */
static int stage_deleted(struct database *database, const struct relation *view,
                         const struct event *event) {
  const struct write_path *path = view->view->write_path;
  struct block_reader reader;
  int rc = stage_table(database, view, "__deleted_", key_list);
  if (rc == TIDE_OK)
    rc = event_block(event, 1, &reader);
  if (rc != TIDE_OK || reader.rows == 0)
    return rc;
  if ((int)reader.columns != path->key_count)
    return error_set(database->error, TIDE_ERROR_ORIGIN,
                     "the origin sent keys of %u columns, not %d", reader.columns,
                     path->key_count);
  sqlite3_stmt *insert;
  rc = prepare_insert(database, "__deleted_", view->id, path->key_count, &insert);
  if (rc != TIDE_OK)
    return rc;
  rc = insert_rows(database, insert, &reader);
  sqlite3_finalize(insert);
  return rc;
}

/* Which keys this batch concerns: its rows, and those of our writes that it confirms. */
static int mark_touched(struct database *database, const struct relation *view,
                        int64_t applied) {
  struct buffer sql;
  int rc = database_execute(
      database, "CREATE TEMP TABLE IF NOT EXISTS __touched (key TEXT PRIMARY KEY);"
                "DELETE FROM temp.__touched");
  if (rc != TIDE_OK)
    return rc;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "INSERT OR IGNORE INTO temp.__touched SELECT ");
  row_key(&sql, view, "s.");
  buffer_format(&sql, " FROM temp.\"__snapshot_%lld\" AS s UNION SELECT ",
                (long long)view->id);
  row_key(&sql, view, "d.");
  buffer_format(
      &sql,
      " FROM temp.\"__deleted_%lld\" AS d UNION "
      "SELECT key FROM __tidemark_queue WHERE view_id = ?1 AND state = 'applied' "
      "AND NOT confirmed AND transaction_id <= ?2",
      (long long)view->id);
  rc = row_execute(
      database, &sql,
      (struct row_parameter[]){{.integer = view->id}, {.integer = applied}}, 2);
  buffer_deinit(&sql);
  return rc;
}

static int delete_rows(struct database *database, const struct relation *view) {
  const struct write_path *path = view->view->write_path;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql,
                "DELETE FROM main.%q WHERE rowid IN (SELECT s.rowid FROM "
                "temp.\"__deleted_%lld\" AS d "
                "CROSS JOIN main.%q AS s ON ",
                view->stored, (long long)view->id, view->stored);
  for (int i = 0; i < path->key_count; i++) {
    const char *name = view->columns[path->key[i]].name;
    buffer_format(&sql, "%ss.%q = d.%q", i > 0 ? " AND " : "", name, name);
  }
  buffer_character(&sql, ')');
  int rc = row_execute(database, &sql, NULL, 0);
  buffer_deinit(&sql);
  return rc;
}

static int upsert_rows(struct database *database, const struct relation *view) {
  const struct write_path *path = view->view->write_path;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "INSERT INTO main.%q (", view->stored);
  column_list(&sql, view);
  buffer_text(&sql, ") SELECT ");
  column_list(&sql, view);
  buffer_format(&sql, " FROM temp.\"__snapshot_%lld\" WHERE true ON CONFLICT (",
                (long long)view->id);
  for (int i = 0; i < path->key_count; i++)
    buffer_format(&sql, "%s%q", i > 0 ? ", " : "", view->columns[path->key[i]].name);
  buffer_text(&sql, ") DO UPDATE SET __staged = 0, __version = excluded.__version");
  for (int i = 0; i < view->column_count; i++) {
    const char *name = view->columns[i].name;
    if (!view->columns[i].hidden)
      buffer_format(&sql, ", %q = excluded.%q", name, name);
  }
  int rc = row_execute(database, &sql, NULL, 0);
  buffer_deinit(&sql);
  return rc;
}

static int apply_changes(struct database *database, struct session *session,
                         const struct event *event) {
  const struct relation *view = session_relation(database, session);
  int64_t applied = event_integer(event, "applied", -1);
  int rc = stage_begin(database, view);
  if (rc == TIDE_OK)
    rc = stage_rows(database, view, event, 0);
  if (rc == TIDE_OK)
    rc = stage_deleted(database, view, event);
  if (rc == TIDE_OK)
    rc = mark_touched(database, view, applied);
  if (rc == TIDE_OK)
    rc = replay_strip(database, view, true);
  if (rc == TIDE_OK)
    rc = delete_rows(database, view);
  if (rc == TIDE_OK)
    rc = upsert_rows(database, view);
  if (rc == TIDE_OK)
    rc = replay_confirm(database, view, applied);
  if (rc == TIDE_OK)
    rc = replay_apply(database, view, true);
  return rc == TIDE_OK
             ? save_position(database, view->id, event_string(event, "cursor"), applied)
             : rc;
}

int fill_changes(struct database *database, struct session *session,
                 const struct event *event) {
  const struct relation *view = session_relation(database, session);
  if (!view->view->write_path || !view->view->filled)
    return error_set(database->error, TIDE_ERROR_ORIGIN,
                     "the origin sent changes before the rows of view %q", view->name);
  int rc = sync_in_transaction(database, session, event, apply_changes);
  return rc == TIDE_OK ? session_succeeded(database, session) : rc;
}
