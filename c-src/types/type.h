/* The logical types of Tidemark: PostgreSQL's types, how SQLite stores each, and what functions and
 * operators exist between them.
 *
 * A column, parameter or expression has a `struct type`. SQLite only ever sees the storage class;
 * docs/types.md gives the reasons for each choice.
 */
#ifndef TIDE_TYPES_TYPE_H
#define TIDE_TYPES_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_id {
  TYPE_UNKNOWN = 0,  /* a string literal, NULL or a parameter nobody has typed yet */
  TYPE_BOOLEAN,      /* INTEGER 0 or 1 */
  TYPE_SMALLINT,     /* INTEGER, range checked */
  TYPE_INTEGER,      /* INTEGER, range checked */
  TYPE_BIGINT,       /* INTEGER */
  TYPE_REAL,         /* REAL, rounded to single precision */
  TYPE_DOUBLE,       /* REAL */
  TYPE_NUMERIC,      /* TEXT with its digits, collation `numeric` */
  TYPE_TEXT,         /* TEXT; also varchar, char, name */
  TYPE_VARCHAR,
  TYPE_CHAR,
  TYPE_BYTEA,        /* BLOB */
  TYPE_DATE,         /* TEXT, ISO 8601 as PostgreSQL prints it, sorts as it compares */
  TYPE_TIME,
  TYPE_TIMETZ,
  TYPE_TIMESTAMP,
  TYPE_TIMESTAMPTZ,  /* TEXT in UTC, `2026-01-31 10:00:00+00` */
  TYPE_INTERVAL,
  TYPE_UUID,         /* TEXT, lower case */
  TYPE_JSON,         /* TEXT as written */
  TYPE_JSONB,        /* TEXT, normalised as PostgreSQL does */
  TYPE_RECORD,       /* a row value; never stored */
  TYPE_ANY,          /* in function signatures only: any type */
  TYPE_ANYELEMENT,   /* in function signatures only: one same type throughout, also the result */
  TYPE_ANYARRAY,     /* in function signatures only: array of that type */
  TYPE_COUNT
};

/* A type with its modifiers. `array` is 1 for an array of any number of dimensions (TEXT: JSON array). */
struct type {
  enum type_id id;
  bool array;
  int precision; /* numeric(p, s), varchar(n), timestamp(p): p or n; -1 when not given */
  int scale;     /* numeric(p, s): s; -1 when not given */
};

#define TYPE(identifier) ((struct type){(identifier), false, -1, -1})

/* What a function is to the planner. */
enum function_flag {
  FUNCTION_AGGREGATE = 1 << 0,
  FUNCTION_WINDOW = 1 << 1,        /* only valid with OVER */
  FUNCTION_STABLE = 1 << 2,        /* constant within a transaction: now(), current_date */
  FUNCTION_VOLATILE = 1 << 3,      /* random(), gen_random_uuid() */
  FUNCTION_VARIADIC = 1 << 4,      /* the last argument type may repeat */
  FUNCTION_SET = 1 << 5,           /* returns rows: generate_series, unnest, jsonb_array_elements */
  FUNCTION_ORIGIN = 1 << 6         /* means the same at a PostgreSQL origin: may be pushed down */
};

enum { FUNCTION_ARGUMENTS_MAX = 6 };

/* One overload of a function or operator. */
struct function {
  const char *name;      /* PostgreSQL's name, lower case; an operator by its symbol: "+", "||", "->>" */
  int argument_count;    /* an operator: 1 = prefix, 2 = infix */
  struct type argument[FUNCTION_ARGUMENTS_MAX];
  struct type result;
  const char *sqlite;    /* what SQLite is to be given: a function name; or, when it begins with a
                            non-letter, the infix/prefix operator that means the same there */
  unsigned flags;        /* enum function_flag */
};

/* The type that PostgreSQL knows by `name` ("int4", "character varying", "timestamp with time zone", …;
 * case-insensitive, without modifiers). Returns TYPE_COUNT when there is none. serial types give their integer type. */
enum type_id type_by_name(const char *name);

/* PostgreSQL's full name of a type as format_type() prints it, modifiers included: "numeric(10,2)",
 * "integer[]". Writes at most `size` bytes with the final zero. */
void type_format(struct type type, char *text, size_t size);

/* The column type to declare in SQLite's STRICT tables: "INTEGER", "REAL", "TEXT" or "BLOB". */
const char *type_storage(struct type type);

/* The collation a column of this type needs ("numeric", "interval"), or NULL for SQLite's BINARY. */
const char *type_collation(struct type type);

/* The SQLite function that turns any value of type `from` into a stored value of type `to`, as an
 * explicit cast (`::`) does; it takes the value and, if *takes_modifiers is set, precision and scale.
 * "" when the value needs no change. NULL when PostgreSQL has no such cast (42846). */
const char *type_cast(struct type from, struct type to, bool *takes_modifiers);

/* The same for an assignment (INSERT, UPDATE): NULL where PostgreSQL wants an explicit cast (42804). */
const char *type_assignment(struct type from, struct type to, bool *takes_modifiers);

/* May `from` become `to` without being asked, as when 1 + 1.5 is added? Unknown becomes anything. */
bool type_implicit(struct type from, struct type to);

/* The common type of two expressions (CASE, UNION, COALESCE, VALUES) by PostgreSQL's rules
 * (documentation, section 10.5). Returns false when there is none (42804). */
bool type_common(struct type left, struct type right, struct type *common);

enum function_lookup { FUNCTION_FOUND, FUNCTION_UNKNOWN, FUNCTION_NO_MATCH, FUNCTION_AMBIGUOUS };

/* Chooses an overload by PostgreSQL's rules (documentation, section 10.2 and 10.3). On FUNCTION_FOUND
 * *found is static, `resolved` holds the argument types to coerce to (as many as arguments) and
 * *result the result type with ANYELEMENT replaced. */
enum function_lookup function_find(const char *name, const struct type *arguments, int count,
                                   const struct function **found, struct type *resolved,
                                   struct type *result);
enum function_lookup operator_find(const char *symbol, const struct type *arguments, int count,
                                   const struct function **found, struct type *resolved,
                                   struct type *result);

#endif
