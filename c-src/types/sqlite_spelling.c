/* Values of which equal ones may be spelled differently (numeric 1.0 and 1.00): one text for all of them, and which
 * of several spellings is shown. */
#include <string.h>

#include "types/datetime_call.h"
#include "types/item.h"

/* --- one text for all equal values, which is one of them --- */

static bool is_number_part(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' ||
         c == 'E';
}

/* A number without the zeros behind its point; one with an exponent has one spelling, as has NaN. */
static void put_number(struct buffer *out, struct text number) {
  const char *data = number.data;
  size_t end = number.length;
  if (memchr(data, '.', end) && !memchr(data, 'e', end)) {
    while (data[end - 1] == '0')
      end--;
    end -= data[end - 1] == '.';
  }
  if (end == 2 && memcmp(data, "-0", 2) == 0) {
    data++;
    end--;
  }
  buffer_append(out, data, end);
}

static size_t string_end(struct text json, size_t at) {
  for (at++; at < json.length && json.data[at] != '"'; at++)
    at += json.data[at] == '\\';
  return at < json.length ? at + 1 : json.length;
}

static size_t number_end(struct text json, size_t at) {
  while (at < json.length && is_number_part(json.data[at]))
    at++;
  return at;
}

/* Of normalised JSON all that may be spelled differently are its numbers. */
static void put_json(struct buffer *out, struct text json) {
  for (size_t at = 0; at < json.length && !out->failed;) {
    char c = json.data[at];
    bool number = c == '-' || (c >= '0' && c <= '9');
    size_t end = number     ? number_end(json, at)
                 : c == '"' ? string_end(json, at)
                            : at + 1;
    struct text part = {json.data + at, end - at};
    if (number)
      put_number(out, part);
    else
      buffer_append(out, part.data, part.length);
    at = end;
  }
}

static void canonical(sqlite3_context *context, sqlite3_value **arguments,
                      void (*put)(struct buffer *, struct text)) {
  struct text text;
  struct buffer out;
  if (call_has_null(1, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  put(&out, text);
  call_return_buffer(context, &out);
}

static void canonical_numeric(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  canonical(context, arguments, put_number);
}

static void canonical_json(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  (void)count;
  canonical(context, arguments, put_json);
}

static void canonical_char(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  struct text text;
  (void)count;
  if (call_has_null(1, arguments) || !call_text(context, arguments[0], &text))
    return;
  while (text.length > 0 && text.data[text.length - 1] == ' ')
    text.length--;
  call_return_text(context, text);
}

/* A month has 30 days, a day 24 hours: as many months as there are, then days, then the time. */
static void canonical_interval(sqlite3_context *context, int count,
                               sqlite3_value **arguments) {
  enum { MONTH = 30 };
  struct interval interval;
  (void)count;
  if (call_has_null(1, arguments) ||
      !interval_argument(context, arguments[0], &interval))
    return;
  int64_t days = interval.microseconds / DAY, time = interval.microseconds % DAY;
  days += (int64_t)interval.months * MONTH + interval.days - (time < 0);
  time += time < 0 ? DAY : 0;
  int64_t months = days / MONTH;
  bool fits = months >= INT32_MIN && months <= INT32_MAX;
  struct interval same = {(int32_t)months, (int32_t)(days % MONTH), time};
  return_interval(context, fits ? TIDE_OK : TIDE_ERROR_DATETIME_OVERFLOW, &same);
}

static void canonical_timetz(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  int64_t time;
  int zone;
  (void)count;
  if (!call_has_null(1, arguments) &&
      time_argument(context, arguments[0], &time, &zone))
    return_timetz(context, time, zone);
}

/* --- the spelling that is shown --- */

/* The least text so far; NULL: none. */
struct least {
  char *data;
  size_t length;
};

static bool is_less(struct text text, const struct least *least) {
  size_t shorter = text.length < least->length ? text.length : least->length;
  int order = shorter > 0 ? memcmp(text.data, least->data, shorter) : 0;
  return order < 0 || (order == 0 && text.length < least->length);
}

static void spelling_step(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  struct text text;
  struct least *least = sqlite3_aggregate_context(context, sizeof *least);
  (void)count;
  if (!least) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (call_has_null(1, arguments) || !call_text(context, arguments[0], &text) ||
      (least->data && !is_less(text, least)))
    return;
  char *data = sqlite3_realloc64(least->data, text.length + 1);
  if (!data) {
    sqlite3_result_error_nomem(context);
    return;
  }
  memcpy(data, text.data, text.length);
  *least = (struct least){data, text.length};
}

static void spelling_final(sqlite3_context *context) {
  struct least *least = sqlite3_aggregate_context(context, 0);
  if (least && least->data)
    sqlite3_result_text64(context, least->data, least->length, sqlite3_free,
                          SQLITE_UTF8);
}

int register_spellings(sqlite3 *db, struct types_context *context) {
  static const struct call calls[] = {
      {"pg_canonical_numeric", 1, false, canonical_numeric},
      {"pg_canonical_interval", 1, false, canonical_interval},
      {"pg_canonical_json", 1, false, canonical_json},
      {"pg_canonical_char", 1, false, canonical_char},
      {"pg_canonical_timetz", 1, false, canonical_timetz},
  };
  static const struct call_aggregate aggregates[] = {
      {"pg_spelling", 1, spelling_step, spelling_final, NULL, NULL},
  };
  int result = call_register(db, context, calls, sizeof calls / sizeof calls[0]);
  return result == SQLITE_OK ? call_register_aggregates(db, context, aggregates, 1)
                             : result;
}
