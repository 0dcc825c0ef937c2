/* How the tables of functions and operators are written, and where they are. Only
 * function.c and the tables include this. */
#ifndef TIDE_TYPES_FUNCTION_TABLE_H
#define TIDE_TYPES_FUNCTION_TABLE_H

#include "types/type.h"

/* A type in a signature: one value, or an array. */
#define ONE(type)                                                                      \
  { TYPE_##type, false }
#define MANY(type)                                                                     \
  { TYPE_##type, true }

/* The most common flags: pure, may be pushed down, NULL for NULL. */
#define PURE (FUNCTION_ORIGIN | FUNCTION_STRICT)

/* name, arguments…, result, SQLite, flags */
#define F0(name, r, sqlite, flags)                                                     \
  { name, 0, {ONE(UNKNOWN)}, r, sqlite, flags }
#define F1(name, a, r, sqlite, flags)                                                  \
  { name, 1, {a}, r, sqlite, flags }
#define F2(name, a, b, r, sqlite, flags)                                               \
  { name, 2, {a, b}, r, sqlite, flags }
#define F3(name, a, b, c, r, sqlite, flags)                                            \
  { name, 3, {a, b, c}, r, sqlite, flags }
#define F4(name, a, b, c, d, r, sqlite, flags)                                         \
  { name, 4, {a, b, c, d}, r, sqlite, flags }
#define F5(name, a, b, c, d, e, r, sqlite, flags)                                      \
  { name, 5, {a, b, c, d, e}, r, sqlite, flags }
#define F6(name, a, b, c, d, e, f, r, sqlite, flags)                                   \
  { name, 6, {a, b, c, d, e, f}, r, sqlite, flags }

/* One table: an area's functions or operators. */
struct function_table {
  const struct function *functions;
  size_t count;
};

#define TABLE(functions)                                                               \
  { functions, sizeof functions / sizeof functions[0] }

extern const struct function_table operator_table;
extern const struct function_table function_table_math;
extern const struct function_table function_table_text;
extern const struct function_table function_table_datetime;
extern const struct function_table function_table_json;
extern const struct function_table function_table_json_delta;
extern const struct function_table function_table_jsonpath;
extern const struct function_table function_table_array;
extern const struct function_table function_table_aggregate;
extern const struct function_table function_table_enum;
extern const struct function_table function_table_session;
extern const struct function_table function_table_mysql;

#endif
