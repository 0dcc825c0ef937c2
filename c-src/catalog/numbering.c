/* SQL functions that lowered INSERTs call: numbers for identity columns, and keys that SQLite would number unasked. */
#include "catalog/image.h"

/* What this SQLite function was registered for. */
static struct database *database_of(sqlite3_context *context) {
  return sqlite3_user_data(context);
}

static void fail(sqlite3_context *context) {
  sqlite3_result_error(context, database_of(context)->error->message, -1);
}

/* __tidemark_next_value(relation id, column position): the next number of an identity column. */
static void next_value(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = database_of(context);
  sqlite3_stmt **statement = &database->catalog->next_value;
  bool row = false;
  (void)count;
  int code = TIDE_OK;
  if (*statement == NULL)
    code =
        database_prepare(database,
                         "UPDATE __tidemark_identities SET next_value = next_value + 1"
                         " WHERE relation_id = ? AND position = ?"
                         " RETURNING next_value - 1",
                         true, statement);
  if (code == TIDE_OK)
    code = database_error(database, sqlite3_bind_value(*statement, 1, values[0]));
  if (code == TIDE_OK)
    code = database_error(database, sqlite3_bind_value(*statement, 2, values[1]));
  if (code == TIDE_OK)
    code = database_step(database, *statement, &row);
  if (code == TIDE_OK && row)
    sqlite3_result_int64(context, sqlite3_column_int64(*statement, 0));
  else if (code == TIDE_OK)
    code =
        error_set(database->error, TIDE_ERROR_CORRUPT, "this column has no sequence");
  if (*statement != NULL)
    sqlite3_reset(*statement);
  if (code != TIDE_OK)
    fail(context);
}

/* __tidemark_refuse_null(column, relation, schema): fails. It is what coalesce comes to for the value of an INTEGER PRIMARY
 * KEY: a NULL must not become a number, as it does in SQLite. */
static void refuse_null(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  struct error *error = database_of(context)->error;
  const char *column = (const char *)sqlite3_value_text(values[0]);
  const char *relation = (const char *)sqlite3_value_text(values[1]);
  error_set(error, TIDE_ERROR_NOT_NULL,
            "null value in column %q of relation %q violates not-null constraint",
            column, relation);
  error_about(error, (const char *)sqlite3_value_text(values[2]), relation, column,
              NULL);
  fail(context);
}

int numbering_register(struct database *database) {
  static const struct database_function functions[] = {
      {"__tidemark_next_value", 2, next_value},
      {"__tidemark_refuse_null", 3, refuse_null}};
  return database_register(database, functions, sizeof functions / sizeof functions[0]);
}
