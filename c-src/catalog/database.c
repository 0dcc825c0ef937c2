/* Preparing and running SQL in the database file. */
#include "catalog/database.h"

#include <stdarg.h>

int database_prepare(struct database *database, const char *sql, bool persistent,
                     sqlite3_stmt **statement) {
  unsigned flags = persistent ? SQLITE_PREPARE_PERSISTENT : 0;
  return database_error(
      database, sqlite3_prepare_v3(database->handle, sql, -1, flags, statement, NULL));
}

int database_prepare_insert(struct database *database, const char *insert,
                            const char *table, int columns, sqlite3_stmt **statement) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "%s temp.%q VALUES (", insert, table);
  for (int i = 0; i < columns; i++)
    buffer_text(&sql, i > 0 ? ", ?" : "?");
  buffer_character(&sql, ')');
  int code = sql.failed
                 ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                 : database_prepare(database, buffer_string(&sql), false, statement);
  buffer_deinit(&sql);
  return code;
}

int database_execute(struct database *database, const char *sql) {
  return database_error(database,
                        sqlite3_exec(database->handle, sql, NULL, NULL, NULL));
}

int database_schema_written(struct database *database, int code) {
  int result = sqlite3_exec(database->handle, "PRAGMA writable_schema = RESET", NULL,
                            NULL, NULL);
  return code == TIDE_OK ? database_error(database, result) : code;
}

int database_run(struct database *database, sqlite3_stmt *statement) {
  int result;
  do {
    result = sqlite3_step(statement);
  } while (result == SQLITE_ROW);
  int code = result == SQLITE_DONE ? TIDE_OK : database_error(database, result);
  sqlite3_reset(statement);
  return code;
}

int database_bind(struct database *database, sqlite3_stmt *statement, int index,
                  const struct block_cell *cell) {
  int result = SQLITE_MISUSE;
  switch (cell->tag) {
  case BLOCK_NULL: result = sqlite3_bind_null(statement, index); break;
  case BLOCK_INTEGER:
  case BLOCK_BIG_INTEGER:
  case BLOCK_BOOLEAN:
    result = sqlite3_bind_int64(statement, index, cell->integer);
    break;
  case BLOCK_REAL: result = sqlite3_bind_double(statement, index, cell->real); break;
  case BLOCK_TEXT:
  case BLOCK_JSON:
    result = sqlite3_bind_text64(statement, index, cell->text, cell->length,
                                 SQLITE_TRANSIENT, SQLITE_UTF8);
    break;
  case BLOCK_BLOB:
    /* A NULL pointer would bind NULL instead of no bytes. */
    result = sqlite3_bind_blob64(statement, index, cell->length == 0 ? "" : cell->text,
                                 cell->length, SQLITE_TRANSIENT);
    break;
  }
  return database_error(database, result);
}

void database_block_column(struct block_writer *writer, sqlite3_stmt *statement,
                           int column, struct type type) {
  bool json = (type.id == TYPE_JSON || type.id == TYPE_JSONB) && !type.array;
  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_INTEGER:
    if (type.id == TYPE_BOOLEAN && !type.array)
      block_boolean(writer, sqlite3_column_int(statement, column) != 0);
    else
      block_integer(writer, sqlite3_column_int64(statement, column));
    break;
  case SQLITE_FLOAT:
    block_real(writer, sqlite3_column_double(statement, column));
    break;
  case SQLITE_TEXT: {
    const char *text = (const char *)sqlite3_column_text(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);
    if (text == NULL) /* memory ran out in SQLite */
      writer->text.failed = true;
    else if (json || type.array)
      block_json(writer, text, length);
    else
      block_text(writer, text, length);
    break;
  }
  case SQLITE_BLOB: {
    const void *data = sqlite3_column_blob(statement, column);
    block_blob(writer, data, (size_t)sqlite3_column_bytes(statement, column));
    break;
  }
  default: block_null(writer);
  }
}

int database_bind_all(struct database *database, sqlite3_stmt *statement,
                      const char *types, va_list arguments) {
  int result = SQLITE_OK;
  for (int i = 0; types[i] != '\0' && result == SQLITE_OK; i++) {
    if (types[i] == 'i')
      result = sqlite3_bind_int64(statement, i + 1, va_arg(arguments, int64_t));
    else
      result = sqlite3_bind_text(statement, i + 1, va_arg(arguments, const char *), -1,
                                 SQLITE_STATIC);
  }
  return database_error(database, result);
}

static int query(struct database *database, sqlite3_stmt **statement, const char *sql,
                 const char *types, va_list arguments) {
  int code = database_prepare(database, sql, false, statement);
  if (code != TIDE_OK)
    return code;
  code = database_bind_all(database, *statement, types, arguments);
  if (code != TIDE_OK) {
    sqlite3_finalize(*statement);
    *statement = NULL;
  }
  return code;
}

int database_query(struct database *database, sqlite3_stmt **statement, const char *sql,
                   const char *types, ...) {
  va_list arguments;
  va_start(arguments, types);
  int code = query(database, statement, sql, types, arguments);
  va_end(arguments);
  return code;
}

int database_step(struct database *database, sqlite3_stmt *statement, bool *row) {
  int result = sqlite3_step(statement);
  *row = result == SQLITE_ROW;
  if (result == SQLITE_ROW || result == SQLITE_DONE)
    return TIDE_OK;
  return database_error(database, result);
}

int database_write_page(struct database *database, sqlite3_stmt *write, int64_t number,
                        const void *page, int size) {
  int result = sqlite3_bind_int64(write, 1, number);
  if (result == SQLITE_OK)
    result = sqlite3_bind_blob(write, 2, page, size, SQLITE_STATIC);
  int code = database_error(database, result);
  return code == TIDE_OK ? database_run(database, write) : code;
}

int database_integer(struct database *database, const char *sql, int64_t *number) {
  sqlite3_stmt *query = NULL;
  bool row = false;
  int code = database_query(database, &query, sql, "");
  if (code == TIDE_OK)
    code = database_step(database, query, &row);
  if (code == TIDE_OK && row)
    *number = sqlite3_column_int64(query, 0);
  sqlite3_finalize(query);
  return code;
}

int database_register(struct database *database,
                      const struct database_function *functions, size_t count) {
  int result = SQLITE_OK;
  for (size_t i = 0; i < count && result == SQLITE_OK; i++)
    result = sqlite3_create_function_v2(database->handle, functions[i].name,
                                        functions[i].arguments, SQLITE_UTF8, database,
                                        functions[i].run, NULL, NULL, NULL);
  return database_error(database, result);
}

int database_text(struct database *database, sqlite3_stmt *statement, int column,
                  const char **text) {
  bool null = sqlite3_column_type(statement, column) == SQLITE_NULL;
  *text = (const char *)sqlite3_column_text(statement, column);
  return *text || null ? TIDE_OK
                       : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

int database_text_given(struct database *database, sqlite3_stmt *statement, int column,
                        const char **text) {
  int code = database_text(database, statement, column, text);
  return code == TIDE_OK && *text == NULL
             ? error_set(database->error, TIDE_ERROR_CORRUPT,
                         "a table of this database has no %q where there has to be one",
                         sqlite3_column_name(statement, column))
             : code;
}

int database_write(struct database *database, const char *sql, const char *types, ...) {
  sqlite3_stmt *statement = NULL;
  va_list arguments;
  va_start(arguments, types);
  int code = query(database, &statement, sql, types, arguments);
  va_end(arguments);
  if (code == TIDE_OK)
    code = database_run(database, statement);
  sqlite3_finalize(statement);
  return code;
}
