/* What is done to what the tables of a database hold, with SQL: to ours above all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "damage.h"
#include "session.h"
#include "vfs/vfs_host.h"

/* --- the database as SQLite alone sees it --- */

struct plain {
  struct vfs_host *host;
  struct random random; /* SQLite's */
  int64_t now;
  sqlite3 *handle;
};

static bool plain_open(struct plain *plain, struct crash_disk *disk) {
  static const uint8_t seed[32] = {3};
  struct error error;
  error_clear(&error);
  random_seed(&plain->random, seed);
  library_use(memory_default());
  plain->now = 0;
  plain->handle = NULL;
  plain->host = vfs_host_new(memory_default(),
                             (struct vfs_environment){&plain->now, &plain->random},
                             crash_disk_files(disk), NULL);
  if (vfs_host_open(plain->host, FILE_NAME, true, &plain->handle, &error) != TIDE_OK)
    return false;
  sqlite3_exec(plain->handle, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL);
  sqlite3_exec(plain->handle, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL);
  return true;
}

static void plain_close(struct plain *plain) {
  sqlite3_close(plain->handle);
  vfs_host_free(plain->host);
}

/* Runs what `format` gives, with %w and %Q; returns whether it was carried out. */
static bool execute(struct plain *plain, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  int result = sqlite3_exec(plain->handle, sql, NULL, NULL, NULL);
  sqlite3_free(sql);
  return result == SQLITE_OK;
}

/* The first value of a query, to be freed; NULL: none. */
static char *ask(struct plain *plain, const char *format, ...) {
  sqlite3_stmt *statement = NULL;
  char *value = NULL;
  va_list arguments;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  if (sqlite3_prepare_v2(plain->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
    value = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_free(sql);
  return value;
}

/* Runs `sql` while the table has no types and no constraints but its keys. */
static bool execute_freely(struct plain *plain, const char *table, const char *sql) {
  char *definition = ask(plain, "SELECT sql FROM sqlite_schema WHERE name = %Q", table);
  if (!definition)
    return false;
  execute(plain,
          "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
          "replace(replace(replace(sql, ') STRICT, WITHOUT', ') WITHOUT'), ') STRICT', "
          "')'), 'NOT NULL', '') WHERE name = %Q; PRAGMA writable_schema = RESET",
          table);
  bool done = sqlite3_exec(plain->handle, sql, NULL, NULL, NULL) == SQLITE_OK;
  execute(plain,
          "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = %Q WHERE name = "
          "%Q; PRAGMA writable_schema = RESET",
          definition, table);
  sqlite3_free(definition);
  return done;
}

void damage_by_sql(struct crash_disk *disk, const char *table, const char *sql) {
  struct plain plain;
  if (!plain_open(&plain, disk) || !execute_freely(&plain, table, sql)) {
    fprintf(stderr, "%s\n  cannot be run: %s\n", sql, sqlite3_errmsg(plain.handle));
    exit(2);
  }
  plain_close(&plain);
}

/* --- something random --- */

/* Our own tables, mostly. */
static char *some_table(struct plain *plain, struct random *random) {
  uint64_t kind = random_below(random, 20);
  return ask(plain,
             "SELECT name FROM sqlite_schema WHERE type = 'table' AND %s ORDER BY "
             "(rootpage * %d) %% 9973 LIMIT 1",
             kind < 13   ? "name GLOB '__tidemark_*'"
             : kind < 16 ? "name GLOB '__*' AND name NOT GLOB '__tidemark_*'"
             : kind < 19 ? "name NOT GLOB '__*'"
                         : "name GLOB 'sqlite_*'",
             (int)(1 + random_below(random, 9000)));
}

static char *some_column(struct plain *plain, struct random *random,
                         const char *table) {
  return ask(
      plain,
      "SELECT name FROM pragma_table_xinfo(%Q) ORDER BY (cid * %d) %% 97 LIMIT 1",
      table, (int)(1 + random_below(random, 90)));
}

/* An expression that gives a value which has no business there. */
static char *some_value(struct plain *plain, struct random *random, const char *table,
                        const char *column) {
  static const char *const values[] = {"NULL",
                                       "0",
                                       "-1",
                                       "1",
                                       "2",
                                       "99",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "2147483648",
                                       "1e308",
                                       "9e999",
                                       "''",
                                       "'x'",
                                       "'null'",
                                       "'{'",
                                       "'[1'",
                                       "'[]'",
                                       "'{}'",
                                       "'{\"a\": 1}'",
                                       "'[[1, [2]], null]'",
                                       "'true'",
                                       "CAST(x'FF80C3' AS TEXT)",
                                       "CAST(x'6100' AS TEXT)",
                                       "x''",
                                       "x'00FF00FF00FF00FF'",
                                       "zeroblob(100000)",
                                       "printf('%.100000c', 'y')",
                                       "printf('%.3000c', '[')",
                                       "'SELECT'",
                                       "'SELECT * FROM customers'",
                                       "'SELECT id, name FROM on_top'",
                                       "'integer'",
                                       "'realtime'",
                                       "'table'",
                                       "'view'",
                                       "'public'",
                                       "'runtime'",
                                       "'materialized'",
                                       "'postgres:app'",
                                       "'conflicted'",
                                       "'applied'",
                                       "'insert'"};
  switch (random_below(random, 10)) {
  case 0: return sqlite3_mprintf("-\"%w\"", column);
  case 1: return sqlite3_mprintf("\"%w\" + 1", column);
  case 2:
    return sqlite3_mprintf("substr(\"%w\", 1, length(\"%w\") / 2)", column, column);
  case 3: {
    char *other = some_column(plain, random, table);
    char *value = sqlite3_mprintf("\"%w\"", other);
    sqlite3_free(other);
    return value;
  }
  case 4: /* the same column's in another row */
    return sqlite3_mprintf("(SELECT \"%w\" FROM \"%w\" LIMIT 1 OFFSET %d)", column,
                           table, (int)random_below(random, 20));
  case 5: /* some relation's number */
    return sqlite3_mprintf("(SELECT id FROM __tidemark_relations LIMIT 1 OFFSET %d)",
                           (int)random_below(random, 30));
  default:
    return sqlite3_mprintf(
        "%s", values[random_below(random, sizeof values / sizeof *values)]);
  }
}

static char *some_write(struct plain *plain, struct random *random, const char *table,
                        const char *column) {
  char *write, *value = some_value(plain, random, table, column);
  int row = (int)random_below(random, 40);
  switch (random_below(random, 8)) {
  case 0:
    write = sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = %s", table, column, value);
    break;
  case 1:
    write = sqlite3_mprintf("DELETE FROM \"%w\" WHERE \"%w\" IS (SELECT \"%w\" FROM "
                            "\"%w\" LIMIT 1 OFFSET %d)",
                            table, column, column, table, row);
    break;
  case 2: {
    /* one more row, with one value another */
    char *columns = ask(plain,
                        "SELECT group_concat(CASE WHEN name = %Q THEN %Q ELSE '\"' || "
                        "name || '\"' END) FROM pragma_table_info(%Q)",
                        column, value, table);
    write =
        sqlite3_mprintf("INSERT INTO \"%w\" SELECT %s FROM \"%w\" LIMIT 1 OFFSET %d",
                        table, columns, table, row);
    sqlite3_free(columns);
    break;
  }
  default:
    write = sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = %s WHERE \"%w\" IS (SELECT "
                            "\"%w\" FROM \"%w\" LIMIT 1 OFFSET %d)",
                            table, column, value, column, column, table, row);
  }
  sqlite3_free(value);
  return write;
}

static void tell(char *about, size_t size, const char *text) {
  size_t length = strlen(about);
  snprintf(about + length, size - length, "%s; ", text);
}

/* What SQLite itself knows of a table or index: gone, or another's. */
static char *schema_write(struct plain *plain, struct random *random) {
  char *name =
      ask(plain, "SELECT name FROM sqlite_schema ORDER BY (rowid * %d) %% 9973 LIMIT 1",
          (int)(1 + random_below(random, 9000)));
  char *write =
      random_below(random, 3) == 0
          ? sqlite3_mprintf("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM "
                            "sqlite_schema LIMIT 1 OFFSET %d) WHERE name = %Q",
                            (int)random_below(random, 60), name)
          : sqlite3_mprintf("DELETE FROM sqlite_schema WHERE name = %Q", name);
  sqlite3_free(name);
  return write;
}

static void damage_once(struct plain *plain, struct random *random, char *about,
                        size_t size) {
  if (random_below(random, 12) == 0) {
    char *write = schema_write(plain, random);
    tell(about, size, write);
    execute(plain, "PRAGMA writable_schema = ON; %s; PRAGMA writable_schema = RESET",
            write);
    sqlite3_free(write);
    return;
  }
  char *table = some_table(plain, random);
  char *column = table ? some_column(plain, random, table) : NULL;
  if (column) {
    char *write = some_write(plain, random, table, column);
    if (execute_freely(plain, table, write))
      tell(about, size, write);
    sqlite3_free(write);
  }
  sqlite3_free(column);
  sqlite3_free(table);
}

void damage_rows(struct crash_disk *disk, struct random *random, char *about,
                 size_t size) {
  struct plain plain;
  if (!plain_open(&plain, disk)) {
    fprintf(stderr, "the undamaged database cannot be opened\n");
    exit(2);
  }
  uint64_t wanted = 1 + random_below(random, 3);
  for (int tries = 0; tries < 20 && wanted > 0; tries++) {
    size_t before = strlen(about);
    damage_once(&plain, random, about, size);
    wanted -= strlen(about) > before;
  }
  plain_close(&plain);
}
