/* Importing a SQLite file: its pages are written as they come, checked as a whole, and become the database in one commit. */
#include <string.h>

#include "engine.h"
#include "sync/sync.h"
#include "vfs/checksum.h"
#include "vfs/header.h"
#include "vfs/vfs_pages.h"
#include "view/transaction.h"
#include "view/view.h"

/* Pages can be written as they are if they are laid out as ours are. Those of any other file are collected in memory and
 * rewritten by VACUUM before. */
struct import {
  struct database *database;
  bool ignore_checksums;
  unsigned char journal;         /* of our database, as its header says it */
  struct database_header header; /* page_size 0: not known yet */
  uint32_t reserved;             /* at the end of our pages */
  struct buffer rest;            /* received, and less than a page */
  int64_t received;              /* bytes */
  unsigned char *first;          /* page 1, which is written last */
  sqlite3_stmt *write;
  struct vfs_pages *foreign; /* NULL: pages are laid out as ours */
};

enum { PAGE_SIZE = VFS_PAGE_SIZE };

/* The page at this byte of a file is never used (https://sqlite.org/fileformat.html#the_lock_byte_page). */
#define LOCK_BYTE (INT64_C(1) << 30)

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

static int refuse(struct import *import, int code, const char *message,
                  const char *hint) {
  error_set(import->database->error, code, "%s", message);
  error_hint(import->database->error, hint);
  return code;
}

void import_end(struct tide_engine *engine) {
  struct import *import = engine->import;
  engine->import = NULL;
  if (import == NULL)
    return;
  sqlite3_finalize(import->write);
  vfs_pages_free(import->foreign);
  buffer_deinit(&import->rest);
  memory_release(&engine->memory, import->first);
  memory_release(&engine->memory, import);
}

/* --- begin --- */

static int refuse_relations(struct database *database) {
  sqlite3_stmt *query = NULL;
  bool row = false;
  int rc = database_query(database, &query,
                          "SELECT 1 FROM main.__tidemark_relations LIMIT 1", "");
  if (rc == TIDE_OK)
    rc = database_step(database, query, &row);
  sqlite3_finalize(query);
  if (rc != TIDE_OK || !row)
    return rc;
  error_set(database->error, TIDE_ERROR_NOT_WRITABLE,
            "a file can be imported only into a database without tables and views");
  error_hint(database->error, "Import it under another path, or drop them before.");
  return TIDE_ERROR_NOT_WRITABLE;
}

static int begin_writing(struct import *import) {
  struct database *database = import->database;
  int rc = database_prepare(database,
                            "INSERT INTO sqlite_dbpage (pgno, data) VALUES (?1, ?2)",
                            false, &import->write);
  /* released when page 1 has been written: then SQLite reads in it how many pages there are */
  return rc == TIDE_OK ? database_execute(database, "SAVEPOINT __import") : rc;
}

/* SQLite can make the reserved part of pages larger, and never smaller: ours, of the empty database, becomes as large as
 * that of the file. */
static int widen(struct import *import) {
  struct database *database = import->database;
  int reserved = (int)import->header.reserved;
  sqlite3_finalize(import->write);
  import->write = NULL;
  import->reserved = import->header.reserved;
  int rc = transaction_rollback(database);
  if (rc == TIDE_OK)
    rc = database_error(database,
                        sqlite3_file_control(database->handle, "main",
                                             SQLITE_FCNTL_RESERVE_BYTES, &reserved));
  if (rc == TIDE_OK)
    rc = database_execute(database, "VACUUM; BEGIN IMMEDIATE");
  return rc == TIDE_OK ? begin_writing(import) : rc;
}

static int begin(struct tide_engine *engine, const struct event *event) {
  struct database *database = &engine->database;
  int reserved = -1; /* asks */
  int rc = maintenance_refuse_reading(database, "an import");
  if (rc == TIDE_OK)
    rc = refuse_relations(database);
  if (rc != TIDE_OK)
    return rc;
  import_end(engine);
  struct import *import = memory_allocate_zeroed(&engine->memory, sizeof *import);
  if (import == NULL)
    return out_of_memory(database);
  engine->import = import;
  import->database = database;
  import->journal = engine->storage == TIDE_STORAGE_FILE ? 2 : 1;
  import->ignore_checksums = event_boolean(event, "ignoreChecksums", false);
  buffer_init(&import->rest, &engine->memory);
  import->first = memory_allocate(&engine->memory, PAGE_SIZE);
  rc = import->first == NULL ? out_of_memory(database) : TIDE_OK;
  if (rc == TIDE_OK)
    rc = database_error(database,
                        sqlite3_file_control(database->handle, "main",
                                             SQLITE_FCNTL_RESERVE_BYTES, &reserved));
  import->reserved = (uint32_t)reserved;
  return rc == TIDE_OK ? begin_writing(import) : rc;
}

/* --- pages --- */

static int write_page(struct import *import, int64_t number, const void *page) {
  if ((number - 1) * PAGE_SIZE == LOCK_BYTE)
    return TIDE_OK;
  return database_write_page(import->database, import->write, number, page, PAGE_SIZE);
}

/* A page of a file that is laid out as ours are. */
static int take_page(struct import *import, unsigned char *page) {
  int64_t number = import->received / PAGE_SIZE + 1;
  import->received += PAGE_SIZE;
  if (import->header.reserved == CHECKSUM_SIZE && !checksum_verify(page, PAGE_SIZE) &&
      !import->ignore_checksums) {
    error_set(import->database->error, TIDE_ERROR_CORRUPT,
              "page %lld of the imported file is damaged", (long long)number);
    error_hint(import->database->error,
               "If another program has changed the file, import it with "
               "ignoreChecksums: its structure is checked all the same.");
    return TIDE_ERROR_CORRUPT;
  }
  if (number > 1)
    return write_page(import, number, page);
  memcpy(import->first, page, PAGE_SIZE);
  return TIDE_OK;
}

/* Pages of a file that is not laid out as ours are. */
static int collect(struct import *import, unsigned char *data, size_t size) {
  bool renews = import->ignore_checksums && import->header.page_size == PAGE_SIZE &&
                import->header.reserved == CHECKSUM_SIZE;
  for (size_t at = 0; renews && at < size; at += PAGE_SIZE)
    checksum_write(data + at, PAGE_SIZE);
  int rc = vfs_pages_load(import->foreign, import->received, data, size);
  import->received += (int64_t)size;
  return rc == TIDE_OK
             ? rc
             : error_set(import->database->error, rc,
                         "a file that is not laid out as an export has to fit in "
                         "memory, and this one does not");
}

static int make_foreign(struct import *import) {
  struct database *database = import->database;
  struct vfs_environment environment = {&database->now, database->types.random_state};
  import->foreign = vfs_pages_new(database->memory, environment, NULL);
  if (import->foreign == NULL)
    return out_of_memory(database);
  /* its log, if it had one, is not part of it */
  header_write((unsigned char *)import->rest.data, import->header.pages, 1);
  return TIDE_OK;
}

static int take_header(struct import *import) {
  import->header = header_read((const unsigned char *)import->rest.data);
  if (import->header.page_size == 0)
    return refuse(import, TIDE_ERROR_INVALID_PARAMETER,
                  "what is imported is not a SQLite file",
                  "An export is one, as any file that SQLite has written.");
  if (!import->header.utf8)
    return refuse(import, TIDE_ERROR_NOT_SUPPORTED,
                  "the texts of the imported file are in UTF-16",
                  "Make it anew with PRAGMA encoding = 'UTF-8'.");
  int rc = import->header.reserved > import->reserved ? widen(import) : TIDE_OK;
  bool ours = import->header.page_size == PAGE_SIZE && !import->header.auto_vacuum &&
              import->header.reserved == import->reserved;
  return ours || rc != TIDE_OK ? rc : make_foreign(import);
}

/* Takes all whole pages of what has come. */
static int take_rest(struct import *import) {
  struct buffer *rest = &import->rest;
  size_t taken = 0;
  int rc = TIDE_OK;
  if (import->foreign != NULL) {
    taken = rest->length - rest->length % PAGE_SIZE;
    rc = collect(import, (unsigned char *)rest->data, taken);
  }
  while (rc == TIDE_OK && rest->length - taken >= PAGE_SIZE) {
    rc = take_page(import, (unsigned char *)rest->data + taken);
    taken += PAGE_SIZE;
  }
  memmove(rest->data, rest->data + taken, rest->length - taken);
  rest->length -= taken;
  return rc;
}

static int take_data(struct import *import, const struct event *event) {
  struct buffer *rest = &import->rest;
  buffer_append(rest, event->data, event->data_size);
  if (rest->failed)
    return out_of_memory(import->database);
  if (import->header.page_size == 0) {
    if (rest->length < DATABASE_HEADER_SIZE)
      return TIDE_OK;
    int rc = take_header(import);
    if (rc != TIDE_OK)
      return rc;
  }
  return take_rest(import);
}

/* --- finish --- */

static int check_end(struct import *import) {
  const struct database_header *header = &import->header;
  if (header->page_size == 0)
    return refuse(import, TIDE_ERROR_INVALID_PARAMETER,
                  "what is imported is not a SQLite file", "It has no header.");
  int64_t expected = (int64_t)header->pages * header->page_size;
  int64_t received = import->received + (int64_t)import->rest.length;
  if (received % header->page_size == 0 && (expected == 0 || received == expected))
    return TIDE_OK;
  return error_set(import->database->error, TIDE_ERROR_CORRUPT,
                   "the imported file should have %lld bytes, and has %lld",
                   (long long)expected, (long long)received);
}

/* Pages of the rewritten file, as take_page would get them. */
static int copy_pages(struct import *import, sqlite3 *from) {
  sqlite3_stmt *query = NULL;
  int result = sqlite3_prepare_v2(from, "SELECT pgno, data FROM sqlite_dbpage", -1,
                                  &query, NULL);
  int rc = TIDE_OK;
  import->received = 0;
  while (rc == TIDE_OK && result == SQLITE_OK &&
         (result = sqlite3_step(query)) == SQLITE_ROW) {
    int64_t number = sqlite3_column_int64(query, 0);
    const void *page = sqlite3_column_blob(query, 1);
    result = page == NULL ? SQLITE_NOMEM : SQLITE_OK;
    import->received += PAGE_SIZE;
    if (page != NULL && number == 1)
      memcpy(import->first, page, PAGE_SIZE);
    else if (page != NULL)
      rc = write_page(import, number, page);
  }
  sqlite3_finalize(query);
  if (rc != TIDE_OK || result == SQLITE_DONE)
    return rc;
  return error_set(import->database->error, vfs_error_code(result),
                   "the imported file cannot be read: %s", sqlite3_errmsg(from));
}

/* Lays the pages of a file out as ours. */
static int rewrite(struct import *import, sqlite3 *handle) {
  struct database *database = import->database;
  int reserved = (int)import->reserved;
  int result = types_register(handle, &database->types);
  if (result == SQLITE_OK)
    result = sqlite3_exec(handle, "PRAGMA page_size = 4096", NULL, NULL, NULL);
  /* after the page size, which would set it to nothing */
  if (result == SQLITE_OK)
    result =
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (result == SQLITE_OK)
    result = sqlite3_exec(handle, "VACUUM", NULL, NULL, NULL);
  if (result == SQLITE_OK)
    return copy_pages(import, handle);
  return error_set(database->error, vfs_error_code(result),
                   "the imported file cannot be read: %s", sqlite3_errmsg(handle));
}

static int copy_foreign(struct import *import) {
  sqlite3 *handle = NULL;
  int rc = vfs_pages_open(import->foreign, true, &handle, import->database->error);
  if (rc == TIDE_OK)
    rc = rewrite(import, handle);
  sqlite3_close(handle);
  return rc;
}

/* SQLite remembers what it has found in pages, unless they are rolled back: it has to for those that were overwritten. */
static int forget_pages(struct import *import, int64_t count) {
  struct database *database = import->database;
  int rc = database_execute(database, "SAVEPOINT __forget");
  for (int64_t number = 1; rc == TIDE_OK && number <= count; number++)
    rc = write_page(import, number, import->first);
  return rc == TIDE_OK
             ? database_execute(database, "ROLLBACK TO __forget; RELEASE __forget")
             : rc;
}

/* Page 1 is the last, and makes the others the database. */
static int write_first(struct import *import) {
  struct database *database = import->database;
  int64_t cookie = 0, count = 0;
  int rc = database_integer(database, "PRAGMA main.schema_version", &cookie);
  if (rc == TIDE_OK)
    rc = database_integer(database, "PRAGMA main.page_count", &count);
  header_write(import->first, (uint32_t)(import->received / PAGE_SIZE),
               import->journal);
  /* as it is, until the savepoint is released: SQLite must not read the schema before */
  header_set_schema_cookie(import->first, (uint32_t)cookie);
  if (rc == TIDE_OK)
    rc = write_page(import, 1, import->first);
  if (rc == TIDE_OK)
    rc = forget_pages(import, count);
  sqlite3_finalize(import->write);
  import->write = NULL;
  return rc == TIDE_OK
             ? database_execute(database,
                                "RELEASE __import; PRAGMA writable_schema = RESET")
             : rc;
}

static int check_catalog(struct import *import) {
  struct database *database = import->database;
  sqlite3_stmt *query = NULL;
  bool row = false;
  int rc = database_query(
      database, &query,
      "SELECT 1 FROM main.sqlite_schema WHERE name = '__tidemark_settings'", "");
  if (rc == TIDE_OK)
    rc = database_step(database, query, &row);
  sqlite3_finalize(query);
  if (rc != TIDE_OK || row)
    return rc;
  return refuse(import, TIDE_ERROR_NOT_SUPPORTED,
                "the imported file was not written by Tidemark",
                "Make its tables with CREATE TABLE, and insert their rows.");
}

static int check_contents(struct import *import) {
  struct database *database = import->database;
  struct buffer problems;
  buffer_init(&problems, database->memory);
  int rc = maintenance_check(database, &problems);
  if (rc == TIDE_OK && problems.failed)
    rc = out_of_memory(database);
  if (rc == TIDE_OK && problems.length > 0) {
    const char *text = buffer_string(&problems);
    rc =
        error_set(database->error, TIDE_ERROR_CORRUPT,
                  "the imported file is damaged: %.*s", (int)strcspn(text, "\n"), text);
  }
  buffer_deinit(&problems);
  return rc;
}

/* The imported database is another one than that which was exported: both may go on, so it writes to origins under a
 * name of its own. What was queued before keeps the old one, so that an origin takes it once, from whichever comes first. */
static int forget_client(struct database *database) {
  return database_execute(
      database,
      "INSERT OR REPLACE INTO main.__tidemark_settings (name, value) SELECT "
      "'former_clients', json_insert(coalesce((SELECT value FROM "
      "main.__tidemark_settings WHERE name = 'former_clients'), '[]'), '$[#]', "
      "json_array(value, (SELECT coalesce(max(transaction_id), 0) FROM "
      "main.__tidemark_queue))) FROM main.__tidemark_settings WHERE name = 'client' "
      "AND EXISTS (SELECT 1 FROM main.__tidemark_queue);"
      "DELETE FROM main.__tidemark_settings WHERE name = 'client'");
}

static int check_and_commit(struct import *import) {
  struct database *database = import->database;
  int rc = check_end(import);
  if (rc == TIDE_OK && import->foreign != NULL)
    rc = collect(import, (unsigned char *)import->rest.data, import->rest.length);
  if (rc == TIDE_OK && import->foreign != NULL)
    rc = copy_foreign(import);
  if (rc == TIDE_OK)
    rc = write_first(import);
  if (rc == TIDE_OK)
    rc = check_catalog(import);
  if (rc == TIDE_OK)
    rc = catalog_renew(database);
  if (rc == TIDE_OK)
    rc = check_contents(import);
  if (rc == TIDE_OK)
    rc = forget_client(database);
  return rc == TIDE_OK ? database_execute(database, "COMMIT") : rc;
}

/* After a failure the database is as it was, and nothing of the file is remembered. */
static void undo(struct database *database) {
  struct error kept = *database->error;
  transaction_rollback(database);
  sqlite3_exec(database->handle, "PRAGMA writable_schema = RESET", NULL, NULL, NULL);
  catalog_reload(database);
  *database->error = kept;
}

static int finish(struct tide_engine *engine) {
  struct database *database = &engine->database;
  for (struct tide_statement *each = engine->statements; each; each = each->next)
    execute_forget_plan(each);
  int rc = check_and_commit(engine->import);
  if (rc != TIDE_OK)
    undo(database);
  import_end(engine);
  database->in_transaction = false;
  if (rc == TIDE_OK)
    rc = view_renew(database);
  if (rc == TIDE_OK)
    rc = sync_renew(database);
  if (rc == TIDE_OK)
    rc = engine_ensure_client(engine); /* its commit is told to the host */
  engine_transaction_ended(engine, rc == TIDE_OK);
  return rc;
}

static int step(struct tide_engine *engine, const struct event *event) {
  const char *name = event_string(event, "step");
  if (strcmp(name, "begin") == 0)
    return begin(engine, event);
  if (engine->import == NULL)
    return strcmp(name, "cancel") == 0
               ? TIDE_OK
               : error_set(engine->database.error, TIDE_ERROR_MISUSE,
                           "no import has begun");
  if (strcmp(name, "data") == 0)
    return take_data(engine->import, event);
  if (strcmp(name, "finish") == 0)
    return finish(engine);
  import_end(engine);
  return TIDE_OK;
}

int import_call(struct tide_engine *engine, const struct event *event, bool *taken) {
  *taken = engine_is_call(event, "import");
  if (!*taken)
    return TIDE_OK;
  if (!engine->database.in_transaction)
    return error_set(engine->database.error, TIDE_ERROR_NO_TRANSACTION,
                     "an import needs a transaction");
  return step(engine, event);
}
