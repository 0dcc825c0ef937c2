/* The logical types of Tidemark: PostgreSQL's types, how SQLite stores each, and what
 * functions and operators exist between them.
 *
 * A column, parameter or expression has a `struct type`. SQLite only ever sees the
 * storage class; docs/types.md gives the reasons for each choice.
 *
 * WHAT WHOEVER PRINTS SQL FOR SQLITE HAS TO DO
 *
 *   Calls and operators. Coerce every argument with type_cast(argument type,
 *     resolved[i]); then print what `sqlite` says: a name is a function of all
 *     arguments, anything that does not begin with a letter is SQLite's own operator,
 *     infix for two arguments, prefix for one ("+" before one argument changes nothing
 *     and is how a function that has nothing to do is printed).
 *   Casts. "" changes nothing; "AS TEXT" and "AS REAL" are CAST(value AS …); anything
 *     else is a function: name(value), or name(value, precision, scale) when
 *     *takes_modifiers is set; of an enum name(value, number).
 *   Collation. Comparing, ordering, grouping, DISTINCT, IN, BETWEEN, CASE x WHEN, min
 *     and max of a type whose type_collation() is not NULL need it: columns declare it,
 *     so only operands that are not plain columns get COLLATE (one operand of a
 *     comparison is enough). SQLite takes the collation of the left operand first, so
 *     put it there unless that is such a column.
 *   LIKE. `a LIKE b` is printed `a LIKE b ESCAPE '\'`, `a LIKE b ESCAPE 'c'` as it is,
 *     and ESCAPE '' as no ESCAPE: types_register has made SQLite's LIKE mind upper and
 *     lower case, and so it can use an index. `a ILIKE b ESCAPE c` is pg_ilike(a, b,
 *     c), where no ESCAPE is '\'.
 *   Division. `/` and `%` are functions because SQLite gives NULL for a division by
 *     zero. When the result is an integer type and the right operand is a literal other
 *     than 0 and -1, SQLite's own operator may be printed: it means the same and costs
 *     no call.
 *   Overflow. Sums, differences and products of integers are SQLite's own: exact in 64
 *     bits, REAL beyond. The error 22003 is raised where the value leaves the
 *     expression: a stored column carries type_check(), and a result column whose type
 *     is an integer goes through type_fits(). sum() of integers and abs() fail in
 *     SQLite with "integer overflow": that is 22003 too.
 *   Arrays. `x = ANY (array)` is `x IN (SELECT value FROM pg_unnest(array))`; `x <> ALL
 *     (array)` is NOT IN; any other operator: EXISTS (SELECT 1 FROM pg_unnest(array)
 *     WHERE x operator value), and for ALL: NOT EXISTS (… WHERE NOT (x operator
 *     value)). ARRAY[…] and a[1] go through array_constructor and array_subscript.
 *   CASE. The common type is that of the ELSE and then of the branches from the first
 *     on: start with ELSE, as PostgreSQL does.
 *   Strings with a length. `character` and `char` without a length are character(1),
 *     `bpchar` is not: type_by_name gives TYPE_CHAR for all three, and the length is
 *     the caller's to add.
 *   Functions that return rows (FUNCTION_SET) are table-valued functions in SQLite:
 *     FROM sqlite(arguments). function_columns() tells their columns; `rowid` is WITH
 *     ORDINALITY.
 *   Enums. A function whose name begins with pg_enum is given the enum's number behind its
 *     arguments.
 *   Parameters. type_cast(TYPE_UNKNOWN, type) accepts what a host may send for that
 *     type: text in any form that PostgreSQL reads, but also integers, reals and
 *     booleans where the type is made of them, and JSON arrays for arrays.
 */
#ifndef TIDE_TYPES_TYPE_H
#define TIDE_TYPES_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_id {
  TYPE_UNKNOWN = 0, /* a string literal, NULL or a parameter nobody has typed yet */
  TYPE_BOOLEAN,     /* INTEGER 0 or 1 */
  TYPE_SMALLINT,    /* INTEGER, range checked */
  TYPE_INTEGER,     /* INTEGER, range checked */
  TYPE_BIGINT,      /* INTEGER */
  TYPE_REAL,        /* REAL, rounded to single precision */
  TYPE_DOUBLE,      /* REAL */
  TYPE_NUMERIC,     /* TEXT with its digits, collation `numeric` */
  TYPE_TEXT,        /* TEXT; also name */
  TYPE_VARCHAR,     /* TEXT */
  TYPE_CHAR,        /* TEXT padded with blanks, collation `rtrim` */
  TYPE_BYTEA,       /* BLOB */
  TYPE_DATE,        /* TEXT, ISO 8601 as PostgreSQL prints it, sorts as it compares */
  TYPE_TIME,        /* TEXT */
  TYPE_TIMETZ,      /* TEXT, collation `timetz` */
  TYPE_TIMESTAMP,   /* TEXT */
  TYPE_TIMESTAMPTZ, /* TEXT in UTC, `2026-01-31 10:00:00+00` */
  TYPE_INTERVAL,    /* TEXT, collation `interval` */
  TYPE_UUID,        /* TEXT, lower case */
  TYPE_JSON,        /* TEXT as written */
  TYPE_JSONB,       /* TEXT, normalised as PostgreSQL does, collation `jsonb` */
  TYPE_JSONPATH,    /* TEXT, as PostgreSQL prints it */
  TYPE_RECORD,      /* a row value; never stored */
  /* In function signatures only: */
  TYPE_ANY,        /* any type, given as it is stored */
  TYPE_ANYELEMENT, /* one common type throughout, also the result */
  TYPE_ANYARRAY,   /* array of that type */
  TYPE_ANYTEXT,    /* any type, given as PostgreSQL prints it */
  TYPE_ANYJSON,    /* any type, given as to_json() makes it */
  TYPE_ANYENUM,    /* any enum; one throughout, also the result */
  TYPE_COUNT,
  /* From here on the enums that people have made, each by its number: TEXT, collation `enum5` (types/enum.h) */
  TYPE_ENUM = 1000
};

/* A type with its modifiers. `array` is set for an array of any number of dimensions
 * (TEXT: a JSON array, collation `array`). */
struct type {
  enum type_id id;
  bool array;
  int precision; /* numeric(p, s), varchar(n), timestamp(p): p or n; -1 when not given */
  int scale;     /* numeric(p, s): s; -1 when not given */
  int domain; /* the number of the domain that narrows it (catalog/domain.h), or 0: operators and functions see the type
                 itself */
};

#define TYPE(identifier) ((struct type){(identifier), false, -1, -1, 0})

/* A type in a function's signature, which has neither modifiers nor a domain: there are well over a thousand signatures, and
 * looking for a name reads them all. */
struct signature_type {
  unsigned char id; /* enum type_id, of those that are built in */
  bool array;
};

/* What a function is to the planner. */
enum function_flag {
  FUNCTION_AGGREGATE = 1 << 0,
  FUNCTION_WINDOW = 1 << 1,   /* only valid with OVER */
  FUNCTION_STABLE = 1 << 2,   /* constant within a transaction: now(), current_date */
  FUNCTION_VOLATILE = 1 << 3, /* random(), gen_random_uuid() */
  FUNCTION_VARIADIC = 1 << 4, /* the last argument type may repeat */
  FUNCTION_SET = 1 << 5,      /* returns rows: generate_series, unnest */
  FUNCTION_ORIGIN = 1 << 6,   /* means the same at a PostgreSQL origin */
  FUNCTION_STRICT = 1 << 7,   /* NULL when an argument is NULL; no aggregate */
  FUNCTION_SCALARS = 1 << 8,  /* its ANYTEXT takes no arrays */
  FUNCTION_WRITES = 1 << 12,  /* a query that calls it changes the database */
  FUNCTION_ELEMENTS =
      1 << 11, /* of a FUNCTION_SET: SQLite's function gives the rows as an array */
  FUNCTION_FRAMED = 1 << 9, /* an aggregate that is called …_frame where it has OVER */
  FUNCTION_ORDERED =
      1
      << 10 /* … only valid with WITHIN GROUP: what is ordered by are its last arguments */
};

enum { FUNCTION_ARGUMENTS_MAX = 7 };

/* One overload of a function or operator. */
struct function {
  const char *name;   /* in lower case; of an operator its symbol: "+", "->>" */
  int argument_count; /* an operator: 1 = prefix, 2 = infix */
  struct signature_type argument[FUNCTION_ARGUMENTS_MAX];
  struct signature_type result;
  const char *sqlite; /* what SQLite is to be given, see above */
  unsigned flags;     /* enum function_flag */
};

/* The declared type of the argument at `index`: the last one of a variadic function repeats. */
struct type function_argument(const struct function *function, int index);

/* The declared type of what it returns. */
struct type function_result(const struct function *function);

/* The type that PostgreSQL knows by `name` ("int4", "character varying", "timestamp
 * with time zone", …; case-insensitive, without modifiers). Returns TYPE_COUNT when
 * there is none. serial types give their integer type. */
enum type_id type_by_name(const char *name);

/* PostgreSQL's full name of a type as format_type() prints it, modifiers included:
 * "numeric(10,2)", "integer[]"; of an enum that of its collation. Writes at most `size`
 * bytes with the final zero. */
void type_format(struct type type, char *text, size_t size);

/* The column type to declare in SQLite's STRICT tables: "INTEGER", "REAL", "TEXT" or
 * "BLOB"; NULL when such a value cannot be stored (record, bytea[], pseudo-types). */
const char *type_storage(struct type type);

/* The collation a column of this type needs ("numeric", "interval", …), or NULL for
 * SQLite's BINARY. */
const char *type_collation(struct type type);

/* What a stored value has to satisfy beyond its storage class, to be printed after the
 * column's name in a CHECK: "BETWEEN -32768 AND 32767", "IN (0, 1)". NULL when there is
 * nothing to check. A violation is 22003. */
const char *type_check(struct type type);

/* Does an integer that SQLite computed fit a result of this type? */
bool type_fits(struct type type, int64_t value);

/* Are the two the same type, modifiers and domain included? */
bool type_equal(struct type left, struct type right);

/* Can two values of a type be equal, less and greater? Those of json and jsonpath cannot, those of rows only field by
 * field. */
bool type_compares(struct type type);

/* The type that a domain narrows; any other type itself. */
struct type type_base(struct type type);

/* PostgreSQL's category of a type: 'B'oolean, 'N'umeric, 'S'tring, 'D'ate and time,
 * 'T'imespan, 'A'rray, 'U'ser-defined, 'P'seudo, 'X' unknown. */
char type_category(struct type type);

/* Is it the preferred type of its category? */
bool type_preferred(struct type type);

/* How SQLite turns a value of type `from` into a stored value of type `to`, as an
 * explicit cast (`::`) does; see above for what the answer means. NULL when PostgreSQL
 * has no such cast (42846). Static. */
const char *type_cast(struct type from, struct type to, bool *takes_modifiers);

/* The same for an assignment (INSERT, UPDATE): NULL where PostgreSQL wants an explicit
 * cast (42804). */
const char *type_assignment(struct type from, struct type to, bool *takes_modifiers);

/* May `from` become `to` without being asked, as when 1 + 1.5 is added? Unknown becomes
 * anything. */
bool type_implicit(struct type from, struct type to);

/* The common type of two expressions (CASE, UNION, COALESCE, VALUES) by PostgreSQL's
 * rules (documentation, section 10.5). Of two unknowns it is unknown: whoever has no
 * third makes it text. A domain only when both are of it. Returns false when there is none (42804). */
bool type_common(struct type left, struct type right, struct type *common);

enum function_lookup {
  FUNCTION_FOUND,
  FUNCTION_UNKNOWN,
  FUNCTION_NO_MATCH,
  FUNCTION_AMBIGUOUS
};

/* Chooses an overload by PostgreSQL's rules (documentation, section 10.2 and 10.3). On
 * FUNCTION_FOUND *found is static, `resolved` holds the argument types to coerce to (as
 * many as arguments) and *result the result type with ANYELEMENT replaced. */
enum function_lookup function_find(const char *name, const struct type *arguments,
                                   int count, const struct function **found,
                                   struct type *resolved, struct type *result);
enum function_lookup operator_find(const char *symbol, const struct type *arguments,
                                   int count, const struct function **found,
                                   struct type *resolved, struct type *result);

/* Does PostgreSQL have something of that name that is not here? Then it is refused by name. */
bool function_is_missing(const char *name, int arguments);
bool operator_is_missing(const char *symbol);
bool type_is_missing(const char *name);

/* ARRAY[…] of these elements; the same answers as function_find. */
enum function_lookup array_constructor(const struct type *arguments, int count,
                                       const struct function **found,
                                       struct type *resolved, struct type *result);

/* array[i] or array[i][j] (`slice` false) and array[low:high] (`slice` true);
 * arguments[0] is the array. The same answers as function_find. */
enum function_lookup array_subscript(const struct type *arguments, int count,
                                     bool slice, const struct function **found,
                                     struct type *resolved, struct type *result);

/* The parameters of a function. Words are separated by single spaces. */
struct function_parameters {
  const char *function;
  const char *names;
  const char *defaults; /* of the last ones, as literals without quotes; NULL: none */
};

/* What the parameters of a function are called; NULL: they have no names. Static. */
const struct function_parameters *function_parameters(const char *function);

enum { FUNCTION_COLUMNS_MAX = 2 };

/* The columns of a FUNCTION_SET whose result type is `result`: their names in SQLite
 * and in PostgreSQL are the same, save that a single column, "value" in SQLite, has the
 * function's own name in PostgreSQL (jsonb_array_elements and the like aside, where it
 * is "value" there too). Returns how many. */
int function_columns(const struct function *function, struct type result,
                     const char **names, struct type *types);

/* The n-th function or operator known, from 0, for listings and tests; NULL after the
 * last. */
const struct function *function_at(size_t index);

#endif
