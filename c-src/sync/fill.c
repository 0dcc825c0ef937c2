/* Rows coming in: a whole snapshot, or a batch of changes, becomes one local transaction.
 *
 * A snapshot comes in parts. They are staged in a temporary table first, so that one that breaks off half-way changes nothing.
 * A batch comes whole and goes straight to the rows: making a temporary table costs more than most batches, for SQLite then
 * prepares every statement anew.
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
  equality_member(json, &shape->equality);
}

/* Of a view without a key: what it reads, and how its rows follow from that. */
static int relation_members(struct database *database, struct arena *arena,
                            const struct relation *view, struct buffer *json) {
  struct sql_node *query;
  int rc = shape_query(database, arena, view, &query);
  if (rc != TIDE_OK)
    return rc;
  buffer_text(json, ",\"relations\":");
  rc = shape_relations(json, query);
  lineage_member(json, query);
  return rc;
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
  if (rc == TIDE_OK)
    rc = outbox_acknowledged(database, view->view->origin, &session->confirm_through);
  if (rc == TIDE_OK) {
    session->state = SESSION_SUBSCRIBING;
    session->resumed = cursor != NULL;
    session->subscribed = false;
    session->told = 0;
    session->effect = effects_next_id(database->effects);
    common_members(&json, session, view);
    buffer_format(&json, ",\"client\":%j,\"sql\":%j,\"parameters\":0,\"cursor\":%j",
                  client, shape.sql, cursor);
    if (shape.keyed) {
      key_members(&json, view, &shape);
    } else {
      rc = relation_members(database, &arena, view, &json);
    }
    buffer_character(&json, '}');
  }
  if (rc == TIDE_OK)
    rc = push(database, TIDE_EFFECT_SUBSCRIBE, &json);
  buffer_deinit(&json);
  arena_deinit(&arena);
  return rc;
}

/* --- rows of an event -------------------------------------------------------------------------- */

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

/* "(?, ?, …)" */
static void parameter_list(struct buffer *sql, int count) {
  for (int i = 0; i < count; i++)
    buffer_text(sql, i > 0 ? ", ?" : "(?");
  buffer_character(sql, ')');
}

/* How many columns a row of the view comes with. */
static int row_width(const struct relation *view) {
  return visible_columns(view) + (view->view->write_path ? 1 : 0);
}

/* Runs `sql` for each row of a block: its cells are the parameters, those behind the last one are passed over. */
static int each_row(struct database *database, const struct buffer *sql,
                    struct block_reader reader) {
  sqlite3_stmt *statement;
  struct block_cell cell;
  if (sql->failed)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  if (reader.rows == 0)
    return TIDE_OK;
  int rc = kept_take(database, buffer_string(sql), &statement);
  int parameters = rc == TIDE_OK ? sqlite3_bind_parameter_count(statement) : 0;
  for (uint32_t row = 0; rc == TIDE_OK && row < reader.rows; row++) {
    for (int i = 0; rc == TIDE_OK && i < (int)reader.columns; i++) {
      block_next(&reader, &cell);
      if (i < parameters)
        rc = database_bind(database, statement, i + 1, &cell);
    }
    if (rc == TIDE_OK)
      rc = database_run(database, statement);
  }
  kept_return(database, statement);
  return rc;
}

/* The rows of a block of an event, which have the columns of the view. */
static int read_rows(struct database *database, const struct relation *view,
                     const struct event *event, int block, struct block_reader *rows) {
  int rc = event_block(event, block, rows);
  if (rc != TIDE_OK || rows->rows == 0 || (int)rows->columns == row_width(view))
    return rc;
  return error_set(
      database->error, TIDE_ERROR_ORIGIN,
      "the origin sent %u columns for view %q, which has %d: its definition "
      "there has changed",
      rows->columns, view->name, row_width(view));
}

/* --- bookkeeping ------------------------------------------------------------------------------ */

static int save_position(struct database *database, int64_t view, const char *cursor,
                         int64_t applied) {
  sqlite3_stmt *statement;
  int rc = kept_take(database,
                     "UPDATE __tidemark_sync SET cursor = ?2, updated_at = ?3, "
                     "applied = max(coalesce(applied, -1), ?4) WHERE view_id = ?1",
                     &statement);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(statement, 1, view);
  sqlite3_bind_text(statement, 2, cursor, -1, SQLITE_STATIC); /* NULL binds NULL */
  sqlite3_bind_int64(statement, 3, database->now);
  sqlite3_bind_int64(statement, 4, applied);
  rc = database_run(database, statement);
  kept_return(database, statement);
  return rc;
}

/* Transactions of ours that the state just received contains: the origin counts those of this database; what it had acknowledged in
 * another name, before it was asked, is in the state too. */
static int64_t confirmed_through(const struct session *session,
                                 const struct event *event) {
  int64_t applied = event_integer(event, "applied", -1);
  return applied > session->confirm_through ? applied : session->confirm_through;
}

/* --- a whole snapshot ------------------------------------------------------------------------- */

/* Temporary tables with the columns of a view: of what an event brings, and of what it takes away. */
static const char SNAPSHOT[] = "snapshot", REMOVED[] = "removed";

static char *stage_name(struct database *database, const struct relation *view,
                        const char *what) {
  struct buffer name;
  buffer_init(&name, database->memory);
  buffer_format(&name, "__%s_%lld", what, (long long)view->id);
  return buffer_take(&name);
}

static int stage_end(struct database *database, const struct relation *view,
                     const char *what) {
  char *name = stage_name(database, view, what);
  int rc = name ? temporary_discard(database, name) : TIDE_ERROR_NOMEM;
  memory_release(database->memory, name);
  return rc;
}

/* An empty one, of some columns. */
static int stage_columns(struct database *database, const struct relation *view,
                         const char *what, const struct buffer *columns) {
  struct buffer sql;
  int rc = stage_end(database, view, what); /* of a snapshot that has broken off */
  if (rc != TIDE_OK)
    return rc;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "CREATE TEMP TABLE IF NOT EXISTS \"__%s_%lld\" AS SELECT ", what,
                (long long)view->id);
  buffer_append(&sql, columns->data, columns->length);
  buffer_format(&sql, " FROM main.%q WHERE 0", view->stored);
  rc = sql.failed || columns->failed ? TIDE_ERROR_NOMEM
                                     : database_execute(database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

/* An empty one. */
static int stage_begin(struct database *database, const struct relation *view,
                       const char *what) {
  struct buffer columns;
  buffer_init(&columns, database->memory);
  column_list(&columns, view);
  int rc = stage_columns(database, view, what, &columns);
  buffer_deinit(&columns);
  return rc;
}

/* Fills it with the rows of a block. */
static int stage_block(struct database *database, const struct relation *view,
                       const char *what, struct block_reader rows) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "INSERT INTO temp.\"__%s_%lld\" VALUES ", what,
                (long long)view->id);
  parameter_list(&sql, (int)rows.columns);
  int rc = each_row(database, &sql, rows);
  buffer_deinit(&sql);
  return rc;
}

/* The rows of a block of the event. *count becomes their number. */
static int stage_rows(struct database *database, const struct relation *view,
                      const char *what, const struct event *event, int block,
                      int64_t *count) {
  struct block_reader rows;
  int rc = read_rows(database, view, event, block, &rows);
  *count = rc == TIDE_OK ? rows.rows : 0;
  return rc == TIDE_OK ? stage_block(database, view, what, rows) : rc;
}

/* SELECTs all columns of the view from such a table. */
static void select_staged(struct buffer *sql, const struct relation *view,
                          const char *what) {
  const char *separator = "SELECT ";
  for (int i = 0; i < view->column_count; i++) {
    const char *name = view->columns[i].name;
    buffer_text(sql, separator);
    if (view->columns[i].hidden && strcmp(name, "__staged") == 0)
      buffer_text(sql, "0");
    else if (view->columns[i].hidden && !view->view->write_path)
      buffer_text(sql, "NULL");
    else
      buffer_identifier(sql, name);
    separator = ", ";
  }
  buffer_format(sql, " FROM temp.\"__%s_%lld\"", what, (long long)view->id);
}

static int store_snapshot(struct database *database, const struct relation *view) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  select_staged(&sql, view, SNAPSHOT);
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
    rc = save_position(database, view->id, event_string(event, "cursor"),
                       confirmed_through(session, event));
  if (rc == TIDE_OK)
    rc = replay_apply(database, view, false);
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
  rc = stage_end(database, view, SNAPSHOT);
  return rc == TIDE_OK ? session_succeeded(database, session) : rc;
}

int fill_answer(struct database *database, struct session *session,
                const struct event *event) {
  const struct relation *view = session_relation(database, session);
  session->effect = 0;
  int64_t count;
  int rc = stage_begin(database, view, SNAPSHOT);
  if (rc == TIDE_OK)
    rc = stage_rows(database, view, SNAPSHOT, event, 0, &count);
  return rc == TIDE_OK ? finish_snapshot(database, session, event) : rc;
}

/* For a person who waits. */
static int announce_progress(struct database *database, const struct session *session) {
  char members[40];
  sqlite3_snprintf(sizeof members, members, ",\"rows\":%lld",
                   (long long)session->received);
  return sync_announce(database, "progress", session->view, members);
}

int fill_snapshot(struct database *database, struct session *session,
                  const struct event *event) {
  const struct relation *view = session_relation(database, session);
  int rc = TIDE_OK;
  if (event_boolean(event, "first", false)) {
    rc = stage_begin(database, view, SNAPSHOT);
    session->snapshotting = rc == TIDE_OK;
    session->received = 0;
  } else if (!session->snapshotting) {
    return TIDE_OK; /* the rest of a snapshot whose beginning failed */
  }
  int64_t count;
  if (rc == TIDE_OK)
    rc = stage_rows(database, view, SNAPSHOT, event, 0, &count);
  if (rc != TIDE_OK)
    return rc;
  session->received += count;
  return event_boolean(event, "last", false) ? finish_snapshot(database, session, event)
                                             : announce_progress(database, session);
}

/* --- a batch of changes ----------------------------------------------------------------------- */

/* What a batch brings. */
struct change_batch {
  struct block_reader rows, deleted; /* … of the latter the keys */
  int64_t applied; /* transactions of ours up to this one are contained; -1: none */
};

static int read_batch(struct database *database, const struct session *session,
                      const struct event *event, struct change_batch *batch) {
  const struct relation *view = session_relation(database, session);
  int key_count = view->view->write_path->key_count;
  int rc = read_rows(database, view, event, 0, &batch->rows);
  if (rc == TIDE_OK)
    rc = event_block(event, 1, &batch->deleted);
  batch->applied = confirmed_through(session, event);
  if (rc != TIDE_OK || batch->deleted.rows == 0 ||
      (int)batch->deleted.columns == key_count)
    return rc;
  return error_set(database->error, TIDE_ERROR_ORIGIN,
                   "the origin sent keys of %u columns, not %d", batch->deleted.columns,
                   key_count);
}

/* Marks the keys of a block as touched, written as the stored table would keep them. */
static int touch_block(struct database *database, const struct relation *view,
                       struct block_reader block, bool only_keys) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "INSERT OR IGNORE INTO temp.__touched ");
  row_key_given(&sql, view, 1, only_keys);
  int rc = each_row(database, &sql, block);
  buffer_deinit(&sql);
  return rc;
}

/* The keys that a batch concerns: of its rows, and of those writes of ours that it confirms or contains. */
static int touch_batch(struct database *database, const struct relation *view,
                       const struct change_batch *batch) {
  int rc = touched_clear(database);
  if (rc == TIDE_OK)
    rc = touch_block(database, view, batch->rows, false);
  if (rc == TIDE_OK)
    rc = touch_block(database, view, batch->deleted, true);
  if (rc == TIDE_OK)
    rc = replay_touch_arrived(database, view);
  if (rc != TIDE_OK)
    return rc;
  return kept_run(database,
                  "INSERT OR IGNORE INTO temp.__touched SELECT key FROM "
                  "__tidemark_queue WHERE view_id = ?1 AND state = 'applied' "
                  "AND NOT confirmed AND transaction_id <= ?2",
                  "ii", view->id, batch->applied);
}

static int delete_rows(struct database *database, const struct relation *view,
                       struct block_reader deleted) {
  const struct write_path *path = view->view->write_path;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "DELETE FROM main.%q WHERE ", view->stored);
  for (int i = 0; i < path->key_count; i++)
    buffer_format(&sql, "%s%q = ?%d", i > 0 ? " AND " : "",
                  view->columns[path->key[i]].name, i + 1);
  int rc = each_row(database, &sql, deleted);
  buffer_deinit(&sql);
  return rc;
}

static int upsert_rows(struct database *database, const struct relation *view,
                       struct block_reader rows) {
  const struct write_path *path = view->view->write_path;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "INSERT INTO main.%q (", view->stored);
  column_list(&sql, view);
  buffer_text(&sql, ") VALUES ");
  parameter_list(&sql, row_width(view));
  for (int i = 0; i < path->key_count; i++)
    buffer_format(&sql, "%s%q", i > 0 ? ", " : " ON CONFLICT (",
                  view->columns[path->key[i]].name);
  buffer_text(&sql, ") DO UPDATE SET __staged = 0, __version = excluded.__version");
  for (int i = 0; i < view->column_count; i++) {
    const char *name = view->columns[i].name;
    if (!view->columns[i].hidden)
      buffer_format(&sql, ", %q = excluded.%q", name, name);
  }
  int rc = each_row(database, &sql, rows);
  buffer_deinit(&sql);
  return rc;
}

static int apply_changes(struct database *database, struct session *session,
                         const struct event *event) {
  const struct relation *view = session_relation(database, session);
  struct change_batch batch;
  int rc = read_batch(database, session, event, &batch);
  if (rc == TIDE_OK)
    rc =
        save_position(database, view->id, event_string(event, "cursor"), batch.applied);
  if (rc == TIDE_OK)
    rc = touch_batch(database, view, &batch);
  if (rc == TIDE_OK)
    rc = replay_strip(database, view, true);
  if (rc == TIDE_OK)
    rc = delete_rows(database, view, batch.deleted);
  if (rc == TIDE_OK)
    rc = upsert_rows(database, view, batch.rows);
  if (rc == TIDE_OK)
    rc = replay_confirm(database, view, batch.applied);
  return rc == TIDE_OK ? replay_apply(database, view, true) : rc;
}

/* --- a batch of changes of a view without a key ------------------------------------------------ */

/* Which column of the view is its `position`th that people see; -1: none. */
static int visible_column(const struct relation *view, int position) {
  for (int i = 0; i < view->column_count; i++)
    if (!view->columns[i].hidden && position-- == 0)
      return i;
  return -1;
}

static int read_partition(struct database *database, const struct relation *view,
                          const struct event *event, struct partition *partition) {
  const cJSON *positions = event_member(event, "partition"), *position;
  partition->count = 0;
  cJSON_ArrayForEach(position, positions) {
    int column = cJSON_IsNumber(position) && partition->count < PARTITION_COLUMNS
                     ? visible_column(view, position->valueint)
                     : -1;
    if (column < 0)
      return error_set(database->error, TIDE_ERROR_ORIGIN,
                       "the origin sent a partition of view %q by columns that it "
                       "does not have",
                       view->name);
    partition->columns[partition->count++] = column;
  }
  return TIDE_OK;
}

static void partition_list(struct buffer *sql, const struct relation *view,
                           const struct partition *partition) {
  for (int i = 0; i < partition->count; i++)
    buffer_format(sql, "%s%q", i > 0 ? ", " : "",
                  view->columns[partition->columns[i]].name);
}

/* The values of the partition's columns whose rows are replaced. */
static int stage_values(struct database *database, const struct relation *view,
                        const struct partition *partition, const struct event *event) {
  struct block_reader values;
  struct buffer columns;
  int rc = event_block(event, 1, &values);
  if (rc == TIDE_OK && values.rows > 0 && (int)values.columns != partition->count)
    rc = error_set(database->error, TIDE_ERROR_ORIGIN,
                   "the origin sent partitions of %u columns, not %d", values.columns,
                   partition->count);
  if (rc != TIDE_OK)
    return rc;
  buffer_init(&columns, database->memory);
  partition_list(&columns, view, partition);
  rc = stage_columns(database, view, REMOVED, &columns);
  if (rc == TIDE_OK)
    rc = stage_block(database, view, REMOVED, values);
  buffer_deinit(&columns);
  return rc;
}

/* SELECTs the stored rows that have such values. */
static void select_partition(struct buffer *sql, const struct relation *view,
                             const struct partition *partition) {
  const char *separator = "SELECT ";
  for (int i = 0; i < view->column_count; i++) {
    buffer_format(sql, "%s%q", separator, view->columns[i].name);
    separator = ", ";
  }
  buffer_format(sql, " FROM main.%q WHERE (", view->stored);
  partition_list(sql, view, partition);
  buffer_format(sql, ") IN (SELECT * FROM temp.\"__%s_%lld\")", REMOVED,
                (long long)view->id);
}

/* The rows that have come, and those that have gone. */
static int store_changes(struct database *database, const struct relation *view,
                         const struct partition *partition) {
  struct buffer added, removed;
  buffer_init(&added, database->memory);
  buffer_init(&removed, database->memory);
  select_staged(&added, view, SNAPSHOT);
  if (partition->count > 0)
    select_partition(&removed, view, partition);
  else
    select_staged(&removed, view, REMOVED);
  int rc = added.failed || removed.failed
               ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
               : view_store_changes(database, view, buffer_string(&added),
                                    buffer_string(&removed));
  buffer_deinit(&added);
  buffer_deinit(&removed);
  return rc;
}

static int apply_whole_rows(struct database *database, struct session *session,
                            const struct event *event) {
  const struct relation *view = session_relation(database, session);
  struct partition partition;
  int rc = read_partition(database, view, event, &partition);
  if (rc == TIDE_OK && partition.count > 0)
    rc = view_index_part(database, view, partition.columns, partition.count);
  if (rc == TIDE_OK)
    rc = store_changes(database, view, &partition);
  return rc == TIDE_OK
             ? save_position(database, view->id, event_string(event, "cursor"), -1)
             : rc;
}

static int stage_removed(struct database *database, const struct relation *view,
                         const struct event *event) {
  struct partition partition;
  int64_t count;
  int rc = read_partition(database, view, event, &partition);
  if (rc == TIDE_OK && partition.count > 0)
    return stage_values(database, view, &partition, event);
  if (rc == TIDE_OK)
    rc = stage_begin(database, view, REMOVED);
  return rc == TIDE_OK ? stage_rows(database, view, REMOVED, event, 1, &count) : rc;
}

static int take_whole_rows(struct database *database, struct session *session,
                           const struct event *event) {
  const struct relation *view = session_relation(database, session);
  int64_t count;
  int rc = stage_begin(database, view, SNAPSHOT);
  if (rc == TIDE_OK)
    rc = stage_rows(database, view, SNAPSHOT, event, 0, &count);
  if (rc == TIDE_OK)
    rc = stage_removed(database, view, event);
  if (rc == TIDE_OK)
    rc = sync_in_transaction(database, session, event, apply_whole_rows);
  if (rc == TIDE_OK)
    rc = stage_end(database, view, SNAPSHOT);
  return rc == TIDE_OK ? stage_end(database, view, REMOVED) : rc;
}

int fill_subscribed(struct database *database, struct session *session,
                    const struct event *event) {
  const struct relation *view = session_relation(database, session);
  int rc = read_partition(database, view, event, &session->partition);
  session->subscribed = rc == TIDE_OK;
  return rc == TIDE_OK && session->resumed ? session_succeeded(database, session) : rc;
}

int fill_changes(struct database *database, struct session *session,
                 const struct event *event) {
  const struct relation *view = session_relation(database, session);
  if (!view->view->filled)
    return error_set(database->error, TIDE_ERROR_ORIGIN,
                     "the origin sent changes before the rows of view %q", view->name);
  int rc = view->view->write_path
               ? sync_in_transaction(database, session, event, apply_changes)
               : take_whole_rows(database, session, event);
  return rc == TIDE_OK ? session_succeeded(database, session) : rc;
}
