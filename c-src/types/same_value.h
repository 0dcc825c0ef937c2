/* Whether two values of SQLite are the same: of one type, and equal by their bytes. */
#ifndef TIDE_TYPES_SAME_VALUE_H
#define TIDE_TYPES_SAME_VALUE_H

#include <sqlite3.h>
#include <stdbool.h>

/* 0.0 and -0.0 are the same, as SQLite compares them. NULL is the same as NULL. */
bool same_value(sqlite3_value *a, sqlite3_value *b);

#endif
