/* A row that was touched is no conflict: its version has moved at the origin, what the write depends on has not.
 *
 * An update that gives a column the value that it has, a trigger, a dump and its restoration give rows other versions. A write whose row the
 * origin has with another version is compared by value with the row that it was based on: with all that the view shows of it, or with the
 * columns that an update sets, as the view's conflict_granularity says. Where they are the same it is sent again, and expects
 * the new version: whatever happens meanwhile is noticed as ever.
 */
#include "sync/session.h"

#include <string.h>

#include "catalog/catalog.h"
#include "types/type.h"

static bool is_key(const struct write_path *path, int index) {
  for (int i = 0; i < path->key_count; i++)
    if (path->key[i] == index)
      return true;
  return false;
}

static void sets_column(struct buffer *sql, const struct column *column) {
  buffer_text(sql, "EXISTS (SELECT 1 FROM json_each(q.mine) WHERE key = ");
  buffer_literal(sql, column->name, strlen(column->name));
  buffer_character(sql, ')');
}

/* Has the column another value than the write was based on, and does the write depend on it? The column of the version is of use
 * to a write only that gives it a value itself. */
static void differs(struct buffer *sql, const struct relation *view, int index) {
  const struct column *column = &view->columns[index];
  const char *collation = type_collation(column->type);
  row_value(sql, view, index, "q.theirs");
  buffer_text(sql, " IS NOT ");
  row_value(sql, view, index, "q.base");
  if (collation)
    buffer_format(sql, " COLLATE %q", collation);
  if (shape_is_version(view, index)) {
    buffer_text(sql, " AND ");
    sets_column(sql, column);
  } else if (view->view->conflict_granularity == CONFLICT_COLUMNS) {
    buffer_text(sql, " AND (q.op = 'delete' OR ");
    sets_column(sql, column);
    buffer_character(sql, ')');
  }
}

int touched_expect(struct database *database, const struct relation *view,
                   int64_t write, bool *goes_again) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  /* a row that was not taken with the version that it has is not taken with that version again */
  buffer_text(&sql, "UPDATE __tidemark_queue AS q SET touched_version = ack_version, "
                    "theirs = NULL, ack_version = NULL WHERE id = ?1 AND op <> "
                    "'insert' AND theirs IS NOT NULL AND ack_version <> "
                    "coalesce(touched_version, iif(chained, '', base_version)) AND NOT "
                    "(0");
  for (int i = 0; i < view->column_count; i++) {
    if (view->columns[i].hidden || is_key(view->view->write_path, i))
      continue;
    buffer_text(&sql, " OR ");
    differs(&sql, view, i);
  }
  buffer_character(&sql, ')');
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = write}, 1);
  *goes_again = rc == TIDE_OK && sqlite3_changes(database->handle) > 0;
  buffer_deinit(&sql);
  return rc;
}
