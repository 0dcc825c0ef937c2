/* What the functions registered with SQLite share: arguments in, results and failures
 * out. */
#ifndef TIDE_TYPES_CALL_H
#define TIDE_TYPES_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "types/register.h"

/* Bytes of UTF-8 (or of a bytea) that belong to somebody else. */
struct text {
  const char *data;
  size_t length;
};

/* One function as SQLite is told of it. `argument_count` -1: any number. */
struct call {
  const char *name;
  int argument_count;
  bool volatile_result; /* may differ from call to call with equal arguments */
  void (*run)(sqlite3_context *, int, sqlite3_value **);
};

/* One aggregate; `value` and `inverse` are NULL when it cannot be a window function. */
struct call_aggregate {
  const char *name;
  int argument_count;
  void (*step)(sqlite3_context *, int, sqlite3_value **);
  void (*final)(sqlite3_context *);
  void (*value)(sqlite3_context *);
  void (*inverse)(sqlite3_context *, int, sqlite3_value **);
};

/* Both return an SQLite result code. */
int call_register(sqlite3 *db, struct types_context *context, const struct call *calls,
                  size_t count);
int call_register_aggregates(sqlite3 *db, struct types_context *context,
                             const struct call_aggregate *aggregates, size_t count);

/* SQLite's allocator as ours, so that results are handed over without a copy. Static. */
struct memory *call_memory(void);

struct types_context *call_context(sqlite3_context *context);
/* The instant for datetime_parse. */
int64_t types_reading_time(const struct types_context *context);

/* Fails the running function: `code` is one of TIDE_ERROR_*, the rest as in error_set. */
void call_fail(sqlite3_context *context, int code, const char *format, ...);
/* Adds a hint to the failure just made. */
void call_hint(sqlite3_context *context, const char *hint);
/* Fails with the code's own sentence. */
void call_fail_code(sqlite3_context *context, int code);
/* "invalid input syntax for type …", cut where the text is long. */
void call_fail_input(sqlite3_context *context, const char *type, struct text input);

bool call_has_null(int count, sqlite3_value **arguments);

/* The text of an argument that is not NULL, valid until the function returns. Returns
 * false, having failed the function, when memory ran out. */
bool call_text(sqlite3_context *context, sqlite3_value *value, struct text *text);
/* The same for bytes. */
bool call_bytes(sqlite3_context *context, sqlite3_value *value, struct text *bytes);
/* An integer argument cut to the range of int. */
int call_int(sqlite3_value *value);
/* Does the text spell `word` (lower case), whatever the case of its ASCII letters? */
bool text_is(struct text text, const char *word);
struct text text_trim(struct text text);

/* Orders two texts as SQLite's collation `name` does; any other name: by their bytes. */
int collation_compare(const struct types_context *context, const char *name,
                      struct text left, struct text right);

/* Results. Text and buffers are UTF-8. A buffer is handed over and emptied. */
void call_return_text(sqlite3_context *context, struct text text);
void call_return_buffer(sqlite3_context *context, struct buffer *buffer);
void call_return_bytes(sqlite3_context *context, struct buffer *buffer);
void call_return_boolean(sqlite3_context *context, bool value);

/* Each area registers its own. All return an SQLite result code. */
int register_numbers(sqlite3 *db, struct types_context *context);
int register_mathematics(sqlite3 *db, struct types_context *context);
int register_numeric(sqlite3 *db, struct types_context *context);
int register_extremes(sqlite3 *db, struct types_context *context);
int register_ranges(sqlite3 *db, struct types_context *context);
int register_framed(sqlite3 *db, struct types_context *context);
int register_text(sqlite3 *db, struct types_context *context);
int register_lengths(sqlite3 *db, struct types_context *context);
int register_regex(sqlite3 *db, struct types_context *context);
int register_bytes(sqlite3 *db, struct types_context *context);
int register_datetime(sqlite3 *db, struct types_context *context);
int register_interval(sqlite3 *db, struct types_context *context);
int register_datetime_parts(sqlite3 *db, struct types_context *context);
int register_to_char(sqlite3 *db, struct types_context *context);
int register_to_date(sqlite3 *db, struct types_context *context);
int register_to_number(sqlite3 *db, struct types_context *context);
int register_json(sqlite3 *db, struct types_context *context);
int register_json_changes(sqlite3 *db, struct types_context *context);
int register_json_format(sqlite3 *db, struct types_context *context);
int register_json_records(sqlite3 *db, struct types_context *context);
int register_json_delta(sqlite3 *db, struct types_context *context);
int register_jsonpath(sqlite3 *db, struct types_context *context);
int register_arrays(sqlite3 *db, struct types_context *context);
int register_array_casts(sqlite3 *db, struct types_context *context);
int register_aggregates(sqlite3 *db, struct types_context *context);
int register_regressions(sqlite3 *db, struct types_context *context);
int register_percentiles(sqlite3 *db, struct types_context *context);
int register_ranks(sqlite3 *db, struct types_context *context);
int register_sums(sqlite3 *db, struct types_context *context);
int register_spellings(sqlite3 *db, struct types_context *context);
int register_overlaps(sqlite3 *db, struct types_context *context);
int register_rows_as_text(sqlite3 *db, struct types_context *context);
int register_json_aggregates(sqlite3 *db, struct types_context *context);
int register_rows(sqlite3 *db, struct types_context *context);
int register_session(sqlite3 *db, struct types_context *context);
int register_mysql(sqlite3 *db, struct types_context *context);
int register_mysql_dates(sqlite3 *db, struct types_context *context);
int register_enums(sqlite3 *db, struct types_context *context);
int register_sets(sqlite3 *db, struct types_context *context);
int register_collations(sqlite3 *db);

#endif
