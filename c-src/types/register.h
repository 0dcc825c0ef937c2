/* Everything PostgreSQL has and SQLite lacks, as SQL functions, collations and
 * table-valued functions. */
#ifndef TIDE_TYPES_REGISTER_H
#define TIDE_TYPES_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "sqlite3.h"
#include "types/zone.h"

struct enum_type; /* types/enum.h */

enum { ENUMS_MAX = 250 };

/* What the functions may not get by themselves. The owner keeps it valid as long as the
 * connection, sets `now_microseconds` when a transaction begins, and clears `error`
 * before a statement runs. */
struct types_context {
  int64_t now_microseconds; /* since 1970-01-01 00:00:00 UTC */
  bool timeless; /* what is computed has to stay true: no word may mean the time */
  uint64_t (*random)(void *state);
  void *random_state;
  struct zone_source zones; /* the host's time zones */
  struct error *error; /* a failing function records its SQLSTATE here: SQLite carries
                          text only */
  const struct enum_type *enums[ENUMS_MAX]; /* by number; see enums_show() */
  bool enums_known[ENUMS_MAX];              /* the connection has their collations */
};

/* Registers all of it, and makes LIKE mind upper and lower case. Returns an SQLite
 * result code. */
int types_register(sqlite3 *db, struct types_context *context);

#endif
