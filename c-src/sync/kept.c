/* Statements kept prepared: with every batch of changes and every answer the same few come again, and preparing them takes
 * longer than running them.
 */
#include "sync/session.h"

#include <string.h>

int kept_take(struct database *database, const char *sql, sqlite3_stmt **statement) {
  struct kept *kept = &database->sync->kept;
  for (int i = 0; i < kept->count; i++) {
    if (strcmp(sqlite3_sql(kept->statements[i]), sql) != 0)
      continue;
    *statement = kept->statements[i];
    kept->count--;
    memmove(kept->statements + i, kept->statements + i + 1,
            (size_t)(kept->count - i) * sizeof *kept->statements);
    return TIDE_OK;
  }
  return database_prepare(database, sql, true, statement);
}

void kept_return(struct database *database, sqlite3_stmt *statement) {
  struct kept *kept = &database->sync->kept;
  if (!statement)
    return;
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (kept->count == KEPT_MAX)
    sqlite3_finalize(kept->statements[--kept->count]);
  memmove(kept->statements + 1, kept->statements,
          (size_t)kept->count * sizeof *kept->statements);
  kept->statements[0] = statement;
  kept->count++;
}

int kept_query(struct database *database, sqlite3_stmt **statement, const char *sql,
               const char *types, ...) {
  va_list arguments;
  int rc = kept_take(database, sql, statement);
  if (rc != TIDE_OK)
    return rc;
  va_start(arguments, types);
  rc = database_bind_all(database, *statement, types, arguments);
  va_end(arguments);
  return rc;
}

int kept_run(struct database *database, const char *sql, const char *types, ...) {
  sqlite3_stmt *statement;
  va_list arguments;
  int rc = kept_take(database, sql, &statement);
  if (rc != TIDE_OK)
    return rc;
  va_start(arguments, types);
  rc = database_bind_all(database, statement, types, arguments);
  va_end(arguments);
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  kept_return(database, statement);
  return rc;
}

void kept_close(struct database *database) {
  struct kept *kept = &database->sync->kept;
  while (kept->count > 0)
    sqlite3_finalize(kept->statements[--kept->count]);
}
