/* Registers the functions of every area with a connection. */
#include "types/register.h"

#include "types/call.h"

typedef int registration(sqlite3 *, struct types_context *);

static registration *const registrations[] = {
    register_numbers,
    register_mathematics,
    register_numeric,
    register_text,
    register_bytes,
    register_lengths,
    register_datetime,
    register_interval,
    register_datetime_parts,
    register_to_char,
    register_to_date,
    register_to_number,
    register_json,
    register_json_changes,
    register_json_format,
    register_json_delta,
    register_arrays,
    register_array_casts,
    register_aggregates,
    register_regressions,
    register_percentiles,
    register_ranks,
    register_rows_as_text,
    register_overlaps,
    register_json_aggregates,
    register_rows,
    register_sets,
    register_sums,
    register_spellings,
    register_regex,
    register_session,
    register_enums,
    register_mysql,
    register_mysql_dates,
    register_jsonpath,
    register_json_records,
    register_extremes,
    register_ranges,
    register_framed,
};

int types_register(sqlite3 *db, struct types_context *context) {
  int result = register_collations(db);
  size_t count = sizeof registrations / sizeof registrations[0];
  for (size_t i = 0; i < count && result == SQLITE_OK; i++)
    result = registrations[i](db, context);
  if (result == SQLITE_OK)
    result = sqlite3_exec(db, "PRAGMA case_sensitive_like = on", NULL, NULL, NULL);
  return result;
}
