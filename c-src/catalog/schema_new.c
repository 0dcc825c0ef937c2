/* A catalog made anew: its tables laid down as pages at once.
 *
 * The DDL of every version, one statement after the other, takes most of the time in which an empty database opens. What it
 * comes to is always the same: empty b-trees, and their rows in sqlite_schema. So the root pages are written as such, which
 * SQLite has to learn of by the end of a transaction (https://sqlite.org/dbpage.html), and then the rows.
 */
#include "catalog/schema_new.h"

#include <string.h>

#include "catalog/schema.h"

/* https://sqlite.org/fileformat.html */
enum {
  PAGE_SIZE = 4096,
  RESERVED_AT =
      20, /* in the header: bytes at the end of each page that SQLite does not use */
  PAGES_AT = 28,
  FORMAT_AT = 44, /* 4: indexes may be descending, and 0 and 1 take no room */
  ENCODING_AT = 56,
  FORMAT = 4,
  UTF8 = 1,
  TABLE_LEAF = 0x0d,
  INDEX_LEAF = 0x0a,
  CONTENT_AT = 5 /* in a b-tree's page: where its first cell begins */
};

static void write_number(unsigned char *at, int bytes, uint32_t number) {
  for (int i = 0; i < bytes; i++)
    at[i] = (unsigned char)(number >> 8 * (bytes - 1 - i));
}

int schema_is_blank(struct database *database, bool *blank) {
  int64_t objects = 0, pages = 0, unused = 0;
  int code = database_integer(database, "SELECT count(*) FROM sqlite_schema", &objects);
  if (code == TIDE_OK)
    code = database_integer(database, "PRAGMA page_count", &pages);
  if (code == TIDE_OK)
    code = database_integer(database, "PRAGMA freelist_count", &unused);
  *blank =
      objects == 0 && unused == 0 && (pages <= 1 || pages == schema_object_count + 1);
  return code;
}

/* --- pages --- */

static int write_page(struct database *database, sqlite3_stmt *write, int64_t number,
                      const unsigned char *page) {
  int result = sqlite3_bind_int64(write, 1, number);
  if (result == SQLITE_OK)
    result = sqlite3_bind_blob(write, 2, page, PAGE_SIZE, SQLITE_STATIC);
  int code = database_error(database, result);
  return code == TIDE_OK ? database_run(database, write) : code;
}

/* The root of an empty b-tree. */
static void write_leaf(unsigned char *page, const struct schema_object *object,
                       uint32_t usable) {
  memset(page, 0, PAGE_SIZE);
  page[0] = object->kind == SCHEMA_TABLE ? TABLE_LEAF : INDEX_LEAF;
  write_number(page + CONTENT_AT, 2, usable);
}

static int read_first(struct database *database, unsigned char *page) {
  sqlite3_stmt *read = NULL;
  bool row = false;
  int code = database_query(database, &read,
                            "SELECT data FROM sqlite_dbpage WHERE pgno = 1", "");
  if (code == TIDE_OK)
    code = database_step(database, read, &row);
  if (code == TIDE_OK && row && sqlite3_column_bytes(read, 0) == PAGE_SIZE)
    memcpy(page, sqlite3_column_blob(read, 0), PAGE_SIZE);
  else if (code == TIDE_OK)
    code = error_set(database->error, TIDE_ERROR_INTERNAL,
                     "the first page of a new database cannot be read");
  sqlite3_finalize(read);
  return code;
}

static int write_roots(struct database *database, sqlite3_stmt *write) {
  unsigned char page[PAGE_SIZE];
  int code = read_first(database, page);
  if (code != TIDE_OK)
    return code;
  uint32_t usable = PAGE_SIZE - page[RESERVED_AT];
  write_number(page + PAGES_AT, 4, (uint32_t)schema_object_count + 1);
  /* as the first CREATE TABLE does */
  write_number(page + FORMAT_AT, 4, FORMAT);
  write_number(page + ENCODING_AT, 4, UTF8);
  code = write_page(database, write, 1, page);
  for (int i = 0; i < schema_object_count && code == TIDE_OK; i++) {
    write_leaf(page, &schema_objects[i], usable);
    code = write_page(database, write, i + 2, page);
  }
  return code;
}

int schema_new_pages(struct database *database) {
  sqlite3_stmt *write = NULL;
  int code = database_execute(database, "BEGIN IMMEDIATE");
  if (code != TIDE_OK)
    return code;
  code = database_prepare(database,
                          "INSERT INTO sqlite_dbpage (pgno, data) VALUES (?1, ?2)",
                          false, &write);
  if (code == TIDE_OK)
    code = write_roots(database, write);
  sqlite3_finalize(write);
  if (code == TIDE_OK)
    code = database_execute(database, "COMMIT");
  if (code != TIDE_OK)
    sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
  return code;
}

/* --- rows --- */

static int write_row(struct database *database, sqlite3_stmt *insert, ...) {
  va_list arguments;
  va_start(arguments, insert);
  int code = database_bind_all(database, insert, "sssis", arguments);
  va_end(arguments);
  return code == TIDE_OK ? database_run(database, insert) : code;
}

static int write_objects(struct database *database, sqlite3_stmt *insert) {
  int code = TIDE_OK;
  for (int i = 0; i < schema_object_count && code == TIDE_OK; i++) {
    const struct schema_object *object = &schema_objects[i];
    code = write_row(database, insert, object->kind == SCHEMA_INDEX ? "index" : "table",
                     object->name, object->table, (int64_t)i + 2, object->sql);
  }
  return code;
}

static int write_system_relation(struct database *database, sqlite3_stmt *insert,
                                 const struct system_relation *system) {
  struct buffer name, sql;
  buffer_init(&name, database->memory);
  buffer_init(&sql, database->memory);
  buffer_format(&name, "tidemark.%s", system->name);
  schema_system_view(system, &sql);
  int code = name.failed || sql.failed
                 ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                 : write_row(database, insert, "view", buffer_string(&name),
                             buffer_string(&name), INT64_C(0), buffer_string(&sql));
  buffer_deinit(&name);
  buffer_deinit(&sql);
  return code;
}

static int write_rows(struct database *database) {
  sqlite3_stmt *insert = NULL;
  int code =
      database_prepare(database,
                       "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       false, &insert);
  if (code == TIDE_OK)
    code = write_objects(database, insert);
  for (int i = 0; i < system_relation_count && code == TIDE_OK; i++)
    code = write_system_relation(database, insert, &system_relations[i]);
  sqlite3_finalize(insert);
  return code;
}

int schema_new_rows(struct database *database) {
  int code = database_execute(database, "PRAGMA writable_schema = ON");
  if (code == TIDE_OK)
    code = write_rows(database);
  /* and SQLite reads what it has been given */
  sqlite3_exec(database->handle, "PRAGMA writable_schema = RESET", NULL, NULL, NULL);
  return code == TIDE_OK
             ? database_execute(
                   database, "INSERT INTO __tidemark_schemas (name) VALUES ('public')")
             : code;
}
