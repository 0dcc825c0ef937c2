/* Requests: notes of what was carried out, in the transaction that did it. */
#include "view/request.h"

static int insert(struct database *database, const struct request *request) {
  sqlite3_stmt *statement = NULL;
  int rc = database_query(database, &statement,
                          "INSERT INTO main.__tidemark_requests VALUES (?, ?, ?)", "si",
                          request->client, request->number);
  if (rc == TIDE_OK &&
      sqlite3_bind_blob64(statement, 3, request->answer_size > 0 ? request->answer : "",
                          request->answer_size, SQLITE_STATIC) != SQLITE_OK)
    rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

static int forget(struct database *database, const char *client, int64_t before) {
  return database_write(
      database, "DELETE FROM main.__tidemark_requests WHERE client = ? AND number < ?",
      "si", client, before);
}

int request_note(struct database *database, const struct request *request) {
  if (!database->in_transaction)
    return error_set(database->error, TIDE_ERROR_NO_TRANSACTION,
                     "a request is noted in the transaction that carries it out");
  int rc = forget(database, request->client, request->keep);
  const cJSON *client;
  cJSON_ArrayForEach(client, request->gone) {
    if (rc == TIDE_OK)
      rc = forget(database, cJSON_GetStringValue(client), INT64_MAX);
  }
  return rc == TIDE_OK ? insert(database, request) : rc;
}
