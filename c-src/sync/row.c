/* Rows of a view as JSON inside SQLite: images in the write queue and their values back again.
 *
 * An image is a JSON object {column: value}. SQLite's own JSON functions write and read it, so integers keep
 * their 64 bits; bytea, which JSON has no place for, is written as PostgreSQL prints it, "\x0a0b", and booleans, which
 * SQLite has no place for, as true and false.
 */
#include "base/buffer.h"
#include "sync/session.h"

#include <string.h>

static void literal(struct buffer *sql, const char *text) {
  buffer_literal(sql, text, strlen(text));
}

static bool is_bytes(const struct column *column) {
  return column->type.id == TYPE_BYTEA && !column->type.array;
}

static bool is_boolean(const struct column *column) {
  return column->type.id == TYPE_BOOLEAN && !column->type.array;
}

void row_encoded(struct buffer *sql, const struct column *column, const char *source) {
  const char *name = column->name;
  if (is_bytes(column))
    buffer_format(sql, "iif(%s%q IS NULL, NULL, '\\x' || lower(hex(%s%q)))", source,
                  name, source, name);
  else if (is_boolean(column))
    buffer_format(
        sql, "CASE WHEN %s%q THEN json('true') WHEN NOT %s%q THEN json('false') END",
        source, name, source, name);
  else
    buffer_format(sql, "%s%q", source, name);
}

void row_image(struct buffer *sql, const struct relation *view, const char *source,
               bool version) {
  const char *separator = "";
  buffer_text(sql, "json_object(");
  for (int i = 0; i < view->column_count; i++) {
    const struct column *column = &view->columns[i];
    if (column->hidden)
      continue;
    buffer_text(sql, separator);
    literal(sql, column->name);
    buffer_text(sql, ", ");
    row_encoded(sql, column, source);
    separator = ", ";
  }
  if (version)
    buffer_format(sql, "%s'__version', %s__version", separator, source);
  buffer_character(sql, ')');
}

void row_key(struct buffer *sql, const struct relation *view, const char *source) {
  const struct write_path *path = view->view->write_path;
  buffer_text(sql, "json_array(");
  for (int i = 0; i < path->key_count; i++) {
    if (i > 0)
      buffer_text(sql, ", ");
    row_encoded(sql, &view->columns[path->key[i]], source);
  }
  buffer_character(sql, ')');
}

static void decoded(struct buffer *sql, const struct column *column,
                    const char *value) {
  if (is_bytes(column))
    buffer_format(sql, "unhex(substr(%s, 3))", value);
  else
    buffer_text(sql, value);
}

/* json_each is asked by name, for a JSON path could not name every column. */
void row_value(struct buffer *sql, const struct relation *view, int index,
               const char *json_sql) {
  const struct column *column = &view->columns[index];
  buffer_text(sql, "(SELECT ");
  decoded(sql, column, "value");
  buffer_format(sql, " FROM json_each(%s) WHERE key = ", json_sql);
  literal(sql, column->name);
  buffer_character(sql, ')');
}

void row_key_value(struct buffer *sql, const struct relation *view, int index,
                   const char *key_sql) {
  const struct write_path *path = view->view->write_path;
  struct buffer value;
  int place = 0;
  while (place < path->key_count && path->key[place] != index)
    place++;
  if (place == path->key_count) {
    buffer_text(sql, "NULL");
    return;
  }
  buffer_init(&value, sql->memory);
  buffer_format(&value, "json_extract(%s, '$[%d]')", key_sql, place);
  decoded(sql, &view->columns[index], buffer_string(&value));
  sql->failed = sql->failed || value.failed;
  buffer_deinit(&value);
}

void row_match(struct buffer *sql, const struct relation *view, const char *source,
               const char *key_sql) {
  const struct write_path *path = view->view->write_path;
  for (int i = 0; i < path->key_count; i++) {
    buffer_format(sql, "%s%s%q = ", i > 0 ? " AND " : "", source,
                  view->columns[path->key[i]].name);
    row_key_value(sql, view, path->key[i], key_sql);
  }
}

int row_cell(const struct relation *view, int index) {
  int cell = 0;
  for (int i = 0; i < index; i++)
    cell += !view->columns[i].hidden;
  return cell;
}

void row_key_given(struct buffer *sql, const struct relation *view, int first,
                   bool alone) {
  const struct write_path *path = view->view->write_path;
  buffer_text(sql, "SELECT ");
  row_key(sql, view, "k.");
  for (int i = 0; i < path->key_count; i++) {
    const struct column *column = &view->columns[path->key[i]];
    buffer_format(sql, "%sCAST(?%d AS %s) AS %q", i > 0 ? ", " : " FROM (SELECT ",
                  first + (alone ? i : row_cell(view, path->key[i])),
                  type_storage(column->type), column->name);
  }
  buffer_text(sql, ") AS k");
}

void row_numbers(struct buffer *json, const int64_t *numbers, int count) {
  buffer_character(json, '[');
  for (int i = 0; i < count; i++)
    buffer_format(json, "%s%lld", i > 0 ? "," : "", (long long)numbers[i]);
  buffer_character(json, ']');
}

int row_execute(struct database *database, struct buffer *sql,
                const struct row_parameter *parameters, int count) {
  if (sql->failed)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  sqlite3_stmt *statement;
  int rc = kept_take(database, buffer_string(sql), &statement);
  if (rc != TIDE_OK)
    return rc;
  for (int i = 0; i < count; i++) {
    if (parameters[i].text)
      sqlite3_bind_text(statement, i + 1, parameters[i].text, -1, SQLITE_STATIC);
    else
      sqlite3_bind_int64(statement, i + 1, parameters[i].integer);
  }
  rc = database_run(database, statement);
  kept_return(database, statement);
  return rc;
}

int temporary_discard(struct database *database, const char *name) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "DROP TABLE IF EXISTS temp.%q", name);
  int rc =
      sql.failed ? TIDE_ERROR_NOMEM : database_execute(database, buffer_string(&sql));
  if (rc != TIDE_OK && rc != TIDE_ERROR_NOMEM) {
    error_clear(database->error);
    buffer_clear(&sql);
    buffer_format(&sql, "DELETE FROM temp.%q", name);
    rc =
        sql.failed ? TIDE_ERROR_NOMEM : database_execute(database, buffer_string(&sql));
  }
  buffer_deinit(&sql);
  return rc;
}
