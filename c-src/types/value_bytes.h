/* The bytes of one of SQLite's values, without changing what it is. */
#ifndef TIDE_TYPES_VALUE_BYTES_H
#define TIDE_TYPES_VALUE_BYTES_H

#include <sqlite3.h>

/* Of a text or a blob, sqlite3_value_bytes() of them; valid as what sqlite3_value_text() returns is. NULL: there are none, or memory
 * ran out.
 *
 * SQLite marks a text that is asked for as a blob, or the other way round, as both. Where it is then a function's result, Bloom
 * filters take it for a value that equals no other: they hash the marks (filterHash in vdbe.c). */
static inline const void *value_bytes(sqlite3_value *value) {
  return sqlite3_value_type(value) == SQLITE_BLOB ? sqlite3_value_blob(value)
                                                  : sqlite3_value_text(value);
}

#endif
