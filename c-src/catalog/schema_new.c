/* A catalog made anew: its tables laid down as pages at once.
 *
 * The DDL of every version, one statement after the other, takes most of the time in which an empty database opens. What it
 * comes to is always the same: empty b-trees, and their rows in sqlite_schema. So the root pages are written as such, which
 * SQLite has to learn of by the end of a transaction (https://sqlite.org/dbpage.html), and then the rows.
 */
#include "catalog/schema_new.h"

#include <string.h>

#include "catalog/schema.h"
#include "vfs/header.h"
#include "vfs/vfs_pages.h"

/* https://sqlite.org/fileformat.html#b_tree_pages */
enum {
  PAGE_SIZE = VFS_PAGE_SIZE,
  TABLE_LEAF = 0x0d,
  INDEX_LEAF = 0x0a,
  CONTENT_AT = 5 /* where its first cell begins */
};

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

/* Without tables and free pages all pages but the first belong to nobody, however many a version wrote before a crash. With automatic
 * vacuuming (https://sqlite.org/fileformat.html#pointer_map_or_ptrmap_pages) page 2 could be the root of nothing. */
int schema_is_blank(struct database *database, bool *blank) {
  unsigned char page[PAGE_SIZE];
  const struct {
    const char *sql;
    int64_t least, most;
  } numbers[] = {{"SELECT count(*) FROM sqlite_schema", 0, 0},
                 {"PRAGMA freelist_count", 0, 0},
                 {"PRAGMA page_size", PAGE_SIZE, PAGE_SIZE},
                 {"PRAGMA page_count", 0, schema_object_count + 1}};
  int code = TIDE_OK;
  int64_t number = 0;
  *blank = true;
  for (size_t i = 0;
       i < sizeof numbers / sizeof numbers[0] && code == TIDE_OK && *blank; i++) {
    code = database_integer(database, numbers[i].sql, &number);
    *blank = code == TIDE_OK && number >= numbers[i].least && number <= numbers[i].most;
  }
  if (code != TIDE_OK || !*blank || number == 0)
    return code;
  code = read_first(database, page);
  *blank = code == TIDE_OK && !header_read(page).auto_vacuum;
  return code;
}

/* --- pages --- */

/* The root of an empty b-tree. */
static void write_leaf(unsigned char *page, const struct schema_object *object,
                       uint32_t usable) {
  memset(page, 0, PAGE_SIZE);
  page[0] = object->kind == SCHEMA_TABLE ? TABLE_LEAF : INDEX_LEAF;
  page[CONTENT_AT] = (unsigned char)(usable >> 8);
  page[CONTENT_AT + 1] = (unsigned char)usable;
}

static int write_roots(struct database *database, sqlite3_stmt *write) {
  unsigned char page[PAGE_SIZE];
  int code = read_first(database, page);
  if (code != TIDE_OK)
    return code;
  uint32_t usable = PAGE_SIZE - header_read(page).reserved;
  header_begin(page, (uint32_t)schema_object_count + 1);
  code = database_write_page(database, write, 1, page, PAGE_SIZE);
  for (int i = 0; i < schema_object_count && code == TIDE_OK; i++) {
    write_leaf(page, &schema_objects[i], usable);
    code = database_write_page(database, write, i + 2, page, PAGE_SIZE);
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
  code = database_schema_written(database, code);
  return code == TIDE_OK
             ? database_execute(
                   database, "INSERT INTO __tidemark_schemas (name) VALUES ('public')")
             : code;
}
