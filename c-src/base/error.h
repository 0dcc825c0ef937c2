/* Error codes with their texts, and the object that carries one failure to whoever reports it. */
#ifndef TIDE_BASE_ERROR_H
#define TIDE_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/* The result of every function that can fail: 0, or one of these. Each has an SQLSTATE (tide_error_sqlstate). */
#define TIDE_ERRORS(X)                                                                 \
  X(TIDE_ERROR_SYNTAX, "42601", "syntax error")                                        \
  X(TIDE_ERROR_UNDEFINED_TABLE, "42P01", "relation does not exist")                    \
  X(TIDE_ERROR_UNDEFINED_COLUMN, "42703", "column does not exist")                     \
  X(TIDE_ERROR_UNDEFINED_FUNCTION, "42883", "function does not exist")                 \
  X(TIDE_ERROR_UNDEFINED_OBJECT, "42704", "object does not exist")                     \
  X(TIDE_ERROR_UNDEFINED_PARAMETER, "42P02", "there is no such parameter")             \
  X(TIDE_ERROR_UNDEFINED_SCHEMA, "3F000", "schema does not exist")                     \
  X(TIDE_ERROR_UNDEFINED_SAVEPOINT, "3B001", "savepoint does not exist")               \
  X(TIDE_ERROR_AMBIGUOUS_COLUMN, "42702", "column reference is ambiguous")             \
  X(TIDE_ERROR_AMBIGUOUS_FUNCTION, "42725", "function is not unique")                  \
  X(TIDE_ERROR_DUPLICATE_TABLE, "42P07", "relation already exists")                    \
  X(TIDE_ERROR_DUPLICATE_SCHEMA, "42P06", "schema already exists")                     \
  X(TIDE_ERROR_DUPLICATE_COLUMN, "42701", "column already exists")                     \
  X(TIDE_ERROR_DUPLICATE_ALIAS, "42712", "table name specified more than once")        \
  X(TIDE_ERROR_DUPLICATE_OBJECT, "42710", "object already exists")                     \
  X(TIDE_ERROR_GROUPING, "42803", "column must appear in GROUP BY or in an aggregate") \
  X(TIDE_ERROR_WINDOWING, "42P20", "window function is not allowed here")              \
  X(TIDE_ERROR_RECURSION, "42P19", "invalid recursive query")                          \
  X(TIDE_ERROR_COLUMN_REFERENCE, "42P10", "invalid column reference")                  \
  X(TIDE_ERROR_TYPE_MISMATCH, "42804", "types do not match")                           \
  X(TIDE_ERROR_CANNOT_COERCE, "42846", "cannot cast")                                  \
  X(TIDE_ERROR_INDETERMINATE_TYPE, "42P18", "could not determine the type")            \
  X(TIDE_ERROR_WRONG_OBJECT_TYPE, "42809", "wrong kind of object")                     \
  X(TIDE_ERROR_INVALID_DEFINITION, "42P16", "invalid table definition")                \
  X(TIDE_ERROR_NOT_IMMUTABLE, "42P17", "functions must be immutable")                  \
  X(TIDE_ERROR_INVALID_FOREIGN_KEY, "42830", "invalid foreign key")                    \
  X(TIDE_ERROR_RESERVED_NAME, "42939", "reserved name")                                \
  X(TIDE_ERROR_INVALID_NAME, "42602", "invalid name")                                  \
  X(TIDE_ERROR_CYCLE, "42P17", "definitions refer to each other in a circle")          \
  X(TIDE_ERROR_TOO_DEEP, "54001", "nested too deeply")                                 \
  X(TIDE_ERROR_INVALID_PARAMETER, "22023", "invalid parameter value")                  \
  X(TIDE_ERROR_INVALID_TEXT, "22P02", "invalid input syntax")                          \
  X(TIDE_ERROR_OUT_OF_RANGE, "22003", "value out of range")                            \
  X(TIDE_ERROR_STRING_TOO_LONG, "22001", "value too long")                             \
  X(TIDE_ERROR_DIVISION_BY_ZERO, "22012", "division by zero")                          \
  X(TIDE_ERROR_DATETIME_OVERFLOW, "22008", "date/time field value out of range")       \
  X(TIDE_ERROR_DATETIME_FORMAT, "22007", "invalid date/time format")                   \
  X(TIDE_ERROR_ZONE_DISPLACEMENT, "22009", "time zone displacement out of range")      \
  X(TIDE_ERROR_INVALID_ARGUMENT, "2201E", "invalid argument")                          \
  X(TIDE_ERROR_INVALID_POWER, "2201F", "invalid argument for a power")                 \
  X(TIDE_ERROR_SUBSTRING, "22011", "invalid length of a substring")                    \
  X(TIDE_ERROR_FRAME, "22013", "invalid distance of a window's frame")                 \
  X(TIDE_ERROR_NTH_VALUE, "22016", "invalid argument of nth_value")                    \
  X(TIDE_ERROR_NULL_NOT_ALLOWED, "22004", "null value not allowed")                    \
  X(TIDE_ERROR_UNTRANSLATABLE, "22P05", "unsupported character")                       \
  X(TIDE_ERROR_CHARACTER, "22021", "invalid byte sequence")                            \
  X(TIDE_ERROR_INVALID_REGEX, "2201B", "invalid regular expression")                   \
  X(TIDE_ERROR_JSON_SUBSCRIPT, "22033", "invalid SQL/JSON subscript")                  \
  X(TIDE_ERROR_JSON_ITEM, "22036", "SQL/JSON item of another kind")                    \
  X(TIDE_ERROR_JSON_SINGLETON, "22038", "a single SQL/JSON item is required")          \
  X(TIDE_ERROR_JSON_ARRAY, "22039", "SQL/JSON array not found")                        \
  X(TIDE_ERROR_JSON_MEMBER, "2203A", "SQL/JSON member not found")                      \
  X(TIDE_ERROR_JSON_NUMBER, "2203B", "SQL/JSON number not found")                      \
  X(TIDE_ERROR_JSON_OBJECT, "2203C", "SQL/JSON object not found")                      \
  X(TIDE_ERROR_INVALID_ESCAPE, "22025", "invalid escape sequence")                     \
  X(TIDE_ERROR_SUBSCRIPT, "2202E", "array subscript error")                            \
  X(TIDE_ERROR_SEQUENCE_LIMIT, "2200H", "the sequence has come to its end")            \
  X(TIDE_ERROR_DATA, "22000", "data exception")                                        \
  X(TIDE_ERROR_CARDINALITY, "21000", "more than one row returned by a subquery")       \
  X(TIDE_ERROR_INTEGRITY, "23000", "constraint violation")                             \
  X(TIDE_ERROR_NOT_NULL, "23502", "null value violates not-null constraint")           \
  X(TIDE_ERROR_FOREIGN_KEY, "23503", "foreign key violation")                          \
  X(TIDE_ERROR_UNIQUE, "23505", "duplicate key value violates unique constraint")      \
  X(TIDE_ERROR_CHECK, "23514", "check constraint violation")                           \
  X(TIDE_ERROR_NOT_SUPPORTED, "0A000", "not supported")                                \
  X(TIDE_ERROR_NOT_WRITABLE, "55000", "object not in the required state")              \
  X(TIDE_ERROR_OBJECT_IN_USE, "55006", "object in use")                                \
  X(TIDE_ERROR_DEPENDENTS, "2BP01", "other objects depend on it")                      \
  X(TIDE_ERROR_WRITE_CONFLICT, "40001", "write conflict")                              \
  X(TIDE_ERROR_ACTIVE_TRANSACTION, "25001", "a transaction is already in progress")    \
  X(TIDE_ERROR_NO_TRANSACTION, "25P01", "no transaction is in progress")               \
  X(TIDE_ERROR_FAILED_TRANSACTION, "25P02", "the transaction is aborted")              \
  X(TIDE_ERROR_READ_ONLY, "25006", "read only")                                        \
  X(TIDE_ERROR_UNREACHABLE, "08006", "origin out of reach")                            \
  X(TIDE_ERROR_UNAUTHORISED, "28000", "not authorised")                                \
  X(TIDE_ERROR_KEY, "28P01", "wrong key")                                              \
  X(TIDE_ERROR_PRIVILEGE, "42501", "permission denied")                                \
  X(TIDE_ERROR_ABORTED, "57014", "aborted")                                            \
  X(TIDE_ERROR_STORAGE_FULL, "53100", "storage full")                                  \
  X(TIDE_ERROR_LIMIT, "54000", "limit exceeded")                                       \
  X(TIDE_ERROR_ORIGIN, "HV000", "the origin refused")                                  \
  X(TIDE_ERROR_INPUT_OUTPUT, "58030", "input/output error")                            \
  X(TIDE_ERROR_NOMEM, "53200", "out of memory")                                        \
  X(TIDE_ERROR_CORRUPT, "XX001", "corrupt database")                                   \
  X(TIDE_ERROR_MISUSE, "XX000", "misuse of the interface")                             \
  X(TIDE_ERROR_INTERNAL, "XX000", "internal error")

enum tide_result {
  TIDE_OK = 0,
#define X(name, sqlstate, text) name,
  TIDE_ERRORS(X)
#undef X
      TIDE_ERROR_COUNT
};

/* The five-character SQLSTATE of `code`; "00000" for TIDE_OK. Static. */
const char *tide_error_sqlstate(int code);

/* One plain sentence for `code`. Static. */
const char *tide_error_text(int code);

/* The code whose SQLSTATE is `sqlstate`; TIDE_ERROR_ORIGIN when none of ours is. */
int tide_error_from_sqlstate(const char *sqlstate);

enum { ERROR_MESSAGE_MAX = 512, ERROR_HINT_MAX = 256, ERROR_NAME_MAX = 128 };
#define ERROR_NO_POSITION UINT32_MAX

/* The first failure wins: once `code` is set, error_set and its kin do nothing until error_clear. All
 * text lives in the object, so that reporting a failure never allocates. */
struct error {
  int code;         /* enum tide_result */
  char sqlstate[6]; /* of `code`, or verbatim from an origin */
  char message[ERROR_MESSAGE_MAX];
  char hint[ERROR_HINT_MAX];   /* "" = none */
  char view[ERROR_NAME_MAX];   /* "" = none: the view it is about, schema.name */
  char origin[ERROR_NAME_MAX]; /* "" = none: the origin it came from */
  /* What it is about, as PostgreSQL's error fields of these names tell it; "" = nothing of that kind. */
  char schema[ERROR_NAME_MAX];
  char table[ERROR_NAME_MAX];
  char column[ERROR_NAME_MAX];
  char constraint[ERROR_NAME_MAX];
  uint32_t position; /* byte offset in the statement, or ERROR_NO_POSITION */
};

void error_clear(struct error *error);

/* Records a failure with a printf-style message (%s %d %u %zu %lld %c and %q — an identifier in double
 * quotes — are understood) and returns `code`, so that `return error_set(…)` reads well. Messages too long are cut at a
 * character border. */
int error_set(struct error *error, int code, const char *format, ...);
int error_set_at(struct error *error, int code, uint32_t position, const char *format,
                 ...);
/* Adds a hint to the failure just recorded. */
void error_hint(struct error *error, const char *format, ...);
/* Says which origin the failure just recorded came from. */
void error_origin(struct error *error, const char *origin);
/* Says which table the failure just recorded is about (NULL: a type of that schema), and which of its columns or
 * constraints, or NULL. */
void error_about(struct error *error, const char *schema, const char *table,
                 const char *column, const char *constraint);

#endif
