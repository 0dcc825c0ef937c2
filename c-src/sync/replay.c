/* What a view shows: its authoritative rows with the still pending local writes applied on top, in order.
 *
 * The stored table holds the rows as shown. For each key that a pending write touches, __tidemark_base keeps the
 * authoritative row that lies underneath (image NULL: the origin has no such row). Echo, refresh, conflict and restart are all
 * the same three steps inside one transaction: strip, change the authoritative rows, apply again.
 */
#include "sync/session.h"

#include <string.h>

/* The writes that are shown on top: not yet acknowledged, or acknowledged but not yet seen from the origin. */
#define PENDING                                                                        \
  "(q.state IN ('pending', 'failed') OR (q.state = 'applied' AND NOT q.confirmed))"

/* The staged keys of rows of view ?1 that have come from the origin under their own: it has applied the insert, but its answer, which
 * tells which row that is, has not come yet or was lost. What is queued about them is shown again when it has come. */
#define ARRIVED                                                                        \
  "(SELECT i.key FROM __tidemark_staged_keys AS k CROSS JOIN __tidemark_queue AS i "   \
  "ON i.id = k.write_id CROSS JOIN __tidemark_sync AS s ON s.view_id = i.view_id "     \
  "WHERE i.view_id = ?1 AND i.state IN ('pending', 'failed') AND "                     \
  "i.transaction_id <= s.applied)"

static const char *touched_condition(bool touched_only) {
  return touched_only ? " AND b.key IN (SELECT key FROM temp.__touched)" : "";
}

int touched_clear(struct database *database) {
  int rc = kept_run(
      database, "CREATE TEMP TABLE IF NOT EXISTS __touched (key TEXT PRIMARY KEY)", "");
  return rc == TIDE_OK ? kept_run(database, "DELETE FROM temp.__touched", "") : rc;
}

int replay_touch_arrived(struct database *database, const struct relation *view) {
  return kept_run(database,
                  "INSERT OR IGNORE INTO temp.__touched SELECT key FROM " ARRIVED, "i",
                  view->id);
}

int replay_touch(struct database *database, const char *origin,
                 const int64_t *transactions, int count) {
  int rc = touched_clear(database);
  if (rc != TIDE_OK)
    return rc;
  struct buffer numbers;
  buffer_init(&numbers, database->memory);
  row_numbers(&numbers, transactions, count);
  rc =
      numbers.failed
          ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
          : kept_run(database,
                     "INSERT OR IGNORE INTO temp.__touched SELECT key FROM "
                     "__tidemark_queue WHERE origin = ?1 AND transaction_id IN (SELECT "
                     "value FROM json_each(?2))",
                     "ss", origin, buffer_string(&numbers));
  buffer_deinit(&numbers);
  return rc;
}

/* Rows whose authoritative row exists come back from their image; the others go. */
static int restore_rows(struct database *database, const struct relation *view,
                        bool touched_only) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "INSERT INTO %q (", view->stored);
  for (int i = 0; i < view->column_count; i++)
    if (!view->columns[i].hidden)
      buffer_format(&sql, "%q, ", view->columns[i].name);
  buffer_text(&sql, "__staged, __version) SELECT ");
  for (int i = 0; i < view->column_count; i++) {
    if (view->columns[i].hidden)
      continue;
    row_value(&sql, view, i, "b.image");
    buffer_text(&sql, ", ");
  }
  buffer_text(&sql, "0, json_extract(b.image, '$.__version') FROM __tidemark_base AS b "
                    "WHERE b.view_id = ?1 AND b.image IS NOT NULL");
  buffer_text(&sql, touched_condition(touched_only));
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = view->id}, 1);
  buffer_deinit(&sql);
  return rc;
}

static int remove_shown_rows(struct database *database, const struct relation *view,
                             bool touched_only) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(
      &sql,
      "DELETE FROM %q WHERE rowid IN (SELECT s.rowid FROM __tidemark_base AS b "
      "CROSS JOIN %q AS s ON ",
      view->stored, view->stored);
  row_match(&sql, view, "s.", "b.key");
  buffer_format(&sql, " WHERE b.view_id = ?1%s)", touched_condition(touched_only));
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = view->id}, 1);
  buffer_deinit(&sql);
  return rc;
}

static int forget_base(struct database *database, const struct relation *view,
                       bool touched_only) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "DELETE FROM __tidemark_base AS b WHERE b.view_id = ?1%s",
                touched_condition(touched_only));
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = view->id}, 1);
  buffer_deinit(&sql);
  return rc;
}

int replay_strip(struct database *database, const struct relation *view,
                 bool touched_only) {
  if (!view->view->write_path)
    return TIDE_OK;
  int rc = remove_shown_rows(database, view, touched_only);
  if (rc == TIDE_OK)
    rc = restore_rows(database, view, touched_only);
  return rc == TIDE_OK ? forget_base(database, view, touched_only) : rc;
}

/* Keeps the authoritative row under the write's key, unless an earlier write has. */
static int keep_base(struct database *database, const struct relation *view,
                     int64_t write) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "INSERT INTO __tidemark_base (view_id, key, image) SELECT "
                    "q.view_id, q.key, (SELECT ");
  row_image(&sql, view, "s.", true);
  buffer_format(&sql, " FROM %q AS s WHERE ", view->stored);
  row_match(&sql, view, "s.", "q.key");
  buffer_text(&sql, ") FROM __tidemark_queue AS q WHERE q.id = ?1 ON CONFLICT "
                    "(view_id, key) DO NOTHING");
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = write}, 1);
  buffer_deinit(&sql);
  return rc;
}

/* `mine` has a member for this column. */
static void has_column(struct buffer *sql, const struct column *column) {
  buffer_text(sql, "EXISTS (SELECT 1 FROM json_each(q.mine) WHERE key = ");
  buffer_literal(sql, column->name, strlen(column->name));
  buffer_character(sql, ')');
}

static void update_sql(struct buffer *sql, const struct relation *view) {
  buffer_format(sql, "UPDATE %q AS s SET __staged = 1", view->stored);
  for (int i = 0; i < view->column_count; i++) {
    const struct column *column = &view->columns[i];
    if (column->hidden)
      continue;
    buffer_format(sql, ", %q = iif(", column->name);
    has_column(sql, column);
    buffer_text(sql, ", ");
    row_value(sql, view, i, "q.mine");
    buffer_format(sql, ", s.%q)", column->name);
  }
  buffer_text(sql, " FROM __tidemark_queue AS q WHERE q.id = ?1 AND ");
  row_match(sql, view, "s.", "q.key");
}

/* An insert shows over whatever the origin has under that key: if they clash, the origin will say so. */
static void insert_sql(struct buffer *sql, const struct relation *view) {
  buffer_format(sql, "INSERT OR REPLACE INTO %q (__staged", view->stored);
  for (int i = 0; i < view->column_count; i++)
    if (!view->columns[i].hidden)
      buffer_format(sql, ", %q", view->columns[i].name);
  buffer_text(sql, ") SELECT 1");
  for (int i = 0; i < view->column_count; i++) {
    if (view->columns[i].hidden)
      continue;
    buffer_text(sql, ", coalesce(");
    row_value(sql, view, i, "q.mine");
    buffer_text(sql, ", ");
    row_key_value(sql, view, i, "q.key"); /* a staged one is not among them */
    buffer_character(sql, ')');
  }
  buffer_text(sql, " FROM __tidemark_queue AS q WHERE q.id = ?1");
}

static void delete_sql(struct buffer *sql, const struct relation *view) {
  buffer_format(sql,
                "DELETE FROM %q AS s WHERE EXISTS (SELECT 1 FROM __tidemark_queue AS q "
                "WHERE q.id = ?1 AND ",
                view->stored);
  row_match(sql, view, "s.", "q.key");
  buffer_character(sql, ')');
}

static int write_operation(struct database *database, int64_t write, char *operation) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  const char *text = NULL;
  int rc =
      kept_take(database, "SELECT op FROM __tidemark_queue WHERE id = ?1", &statement);
  if (rc == TIDE_OK) {
    sqlite3_bind_int64(statement, 1, write);
    rc = database_step(database, statement, &row);
  }
  if (rc == TIDE_OK && row)
    rc = database_text_given(database, statement, 0, &text);
  *operation = text ? text[0] : 0;
  kept_return(database, statement);
  return rc == TIDE_OK && !row ? TIDE_ERROR_CORRUPT : rc;
}

int replay_write(struct database *database, const struct relation *view,
                 int64_t write) {
  char operation;
  int rc = keep_base(database, view, write);
  if (rc == TIDE_OK)
    rc = write_operation(database, write, &operation);
  if (rc != TIDE_OK)
    return rc;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  if (operation == 'i')
    insert_sql(&sql, view);
  else if (operation == 'u')
    update_sql(&sql, view);
  else
    delete_sql(&sql, view);
  rc = row_execute(database, &sql, &(struct row_parameter){.integer = write}, 1);
  buffer_deinit(&sql);
  return rc;
}

/* The ids of the view's pending writes, oldest first. */
static int pending_writes(struct database *database, const struct relation *view,
                          bool touched_only, sqlite3_stmt **statement) {
  const char *sql =
      touched_only
          ? "SELECT q.id FROM __tidemark_queue AS q WHERE q.view_id = ?1 AND " PENDING
            " AND q.key IN (SELECT key FROM temp.__touched) AND q.key NOT IN " ARRIVED
            " ORDER BY q.transaction_id, q.id"
          : "SELECT q.id FROM __tidemark_queue AS q WHERE q.view_id = ?1 AND " PENDING
            " AND q.key NOT IN " ARRIVED " ORDER BY q.transaction_id, q.id";
  int rc = kept_take(database, sql, statement);
  if (rc == TIDE_OK)
    sqlite3_bind_int64(*statement, 1, view->id);
  return rc;
}

int replay_apply(struct database *database, const struct relation *view,
                 bool touched_only) {
  /* with origin_first the rows change only when the origin says so */
  if (!view->view->write_path || view->view->write_policy != WRITE_LOCAL_FIRST)
    return TIDE_OK;
  sqlite3_stmt *writes;
  int rc = pending_writes(database, view, touched_only, &writes);
  if (rc != TIDE_OK)
    return rc;
  int step;
  while (rc == TIDE_OK && (step = sqlite3_step(writes)) == SQLITE_ROW)
    rc = replay_write(database, view, sqlite3_column_int64(writes, 0));
  if (rc == TIDE_OK && step != SQLITE_DONE)
    rc = database_error(database, step);
  kept_return(database, writes);
  return rc;
}

int replay_confirm(struct database *database, const struct relation *view,
                   int64_t transaction) {
  return kept_run(database,
                  "UPDATE __tidemark_queue SET confirmed = 1 WHERE view_id = ?1 AND "
                  "state = 'applied' AND NOT confirmed AND transaction_id <= ?2",
                  "ii", view->id, transaction);
}
