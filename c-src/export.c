/* Exporting a database: its pages, in their order, are those of a plain SQLite file. */
#include <string.h>

#include "engine.h"
#include "vfs/checksum.h"
#include "vfs/header.h"

/* As the page is in the file that the export makes: closed, and with a checksum where there is room for one. */
static void finish_page(unsigned char *page, uint32_t size, int64_t number,
                        int64_t pages, int reserved) {
  if (number == 1)
    header_write(page, (uint32_t)pages, 1);
  if (reserved == CHECKSUM_SIZE)
    checksum_write(page, size);
}

static int append_page(struct database *database, sqlite3_stmt *query, int64_t number,
                       struct buffer *data) {
  bool row = false;
  int rc = database_error(database, sqlite3_bind_int64(query, 1, number));
  if (rc == TIDE_OK)
    rc = database_step(database, query, &row);
  if (rc == TIDE_OK && !row)
    rc = error_set(database->error, TIDE_ERROR_CORRUPT,
                   "page %lld of the database is missing", (long long)number);
  if (rc == TIDE_OK)
    buffer_append(data, sqlite3_column_blob(query, 0),
                  (size_t)sqlite3_column_bytes(query, 0));
  sqlite3_reset(query);
  return rc;
}

static int append_pages(struct database *database, int64_t first, int64_t end,
                        int64_t pages, struct buffer *data) {
  sqlite3_stmt *query = NULL;
  int reserved = -1; /* asks */
  int rc = database_error(database,
                          sqlite3_file_control(database->handle, "main",
                                               SQLITE_FCNTL_RESERVE_BYTES, &reserved));
  if (rc == TIDE_OK)
    rc = database_prepare(database, "SELECT data FROM sqlite_dbpage WHERE pgno = ?1",
                          false, &query);
  for (int64_t number = first; rc == TIDE_OK && number < end; number++) {
    size_t before = data->length;
    rc = append_page(database, query, number, data);
    if (rc == TIDE_OK && data->failed)
      rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
    if (rc == TIDE_OK)
      finish_page((unsigned char *)data->data + before,
                  (uint32_t)(data->length - before), number, pages, reserved);
  }
  sqlite3_finalize(query);
  return rc;
}

int export_call(struct tide_engine *engine, const struct event *event, bool *taken) {
  struct database *database = &engine->database;
  *taken = engine_is_call(event, "export");
  if (!*taken)
    return TIDE_OK;
  int64_t first = event_integer(event, "page", 1), pages = 0, page_size = 0;
  if (!database->in_transaction)
    return error_set(database->error, TIDE_ERROR_NO_TRANSACTION,
                     "an export needs a transaction");
  struct buffer json, data;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  int rc = database_integer(database, "PRAGMA main.page_count", &pages);
  if (rc == TIDE_OK)
    rc = database_integer(database, "PRAGMA main.page_size", &page_size);
  int64_t end = first + event_integer(event, "maximum", 1);
  if (end > pages + 1)
    end = pages + 1;
  if (rc == TIDE_OK)
    rc = append_pages(database, first, end, pages, &data);
  buffer_format(&json, "{\"pages\":%lld,\"pageSize\":%lld}", (long long)pages,
                (long long)page_size);
  if (rc == TIDE_OK)
    rc = json.failed
             ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
             : effects_push(database->effects, TIDE_EFFECT_EXPORT, &json, &data);
  buffer_deinit(&json);
  buffer_deinit(&data);
  return rc;
}
