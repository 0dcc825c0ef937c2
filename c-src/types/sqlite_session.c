/* Where one is: the version, the database and its only user, who is called as it is. */
#include "types/call.h"

static void version(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  (void)arguments;
  sqlite3_result_text(context,
                      "PostgreSQL 16.0 (Tidemark on SQLite " SQLITE_VERSION ")", -1,
                      SQLITE_STATIC);
}

static void database_name(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  (void)count;
  (void)arguments;
  sqlite3_result_text(context, "tidemark", -1, SQLITE_STATIC);
}

/* pg_typeof(value, what its type is called) */
static void type_of(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  sqlite3_result_value(context, arguments[1]);
}

int register_session(sqlite3 *db, struct types_context *context) {
  static const struct call calls[] = {{"pg_version", 0, false, version},
                                      {"pg_database_name", 0, false, database_name},
                                      {"pg_typeof", 2, false, type_of}};
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
