/* Elements of arrays, read from text as the input function of their type reads them. */
#include <math.h>
#include <string.h>

#include "types/datetime.h"
#include "types/decimal.h"
#include "types/float_text.h"
#include "types/item.h"
#include "types/jsonpath.h"
#include "types/scalar.h"
#include "types/unicode.h"

static int put_quoted(struct buffer *out, const char *text, size_t length) {
  json_quote_text(out, (struct text){text, length});
  return TIDE_OK;
}

static int convert_boolean(struct buffer *out, bool rounded, struct text text) {
  bool value;
  int64_t integer;
  int code = boolean_parse(text, &value);
  if (code != TIDE_OK && rounded && integer_parse(text, &integer) == TIDE_OK) {
    value = integer != 0;
    code = TIDE_OK;
  }
  if (code == TIDE_OK)
    buffer_text(out, value ? "true" : "false");
  return code;
}

/* Reads a number into `number`, initialised here. */
static int read_decimal(struct decimal *number, struct text text) {
  decimal_init(number, call_memory());
  return decimal_parse(number, text.data, text.length);
}

static int round_to_integer(struct text text, int64_t *value) {
  struct decimal number;
  bool boolean;
  if (boolean_parse(text, &boolean) == TIDE_OK) {
    *value = boolean;
    return TIDE_OK;
  }
  int code = read_decimal(&number, text);
  if (code == TIDE_OK && !decimal_to_integer(&number, value))
    code = TIDE_ERROR_OUT_OF_RANGE;
  decimal_deinit(&number);
  return code;
}

static int convert_integer(struct buffer *out, struct type type, bool rounded,
                           struct text text) {
  int64_t value = 0;
  int code = integer_parse(text, &value);
  if (code == TIDE_ERROR_INVALID_TEXT && rounded)
    code = round_to_integer(text, &value);
  if (code != TIDE_OK)
    return code;
  if (!type_fits(type, value))
    return TIDE_ERROR_OUT_OF_RANGE;
  buffer_format(out, "%lld", (long long)value);
  return TIDE_OK;
}

static int convert_float(struct buffer *out, bool single, struct text text) {
  char printed[FLOAT_TEXT_MAX];
  double value;
  int code = float_parse(text, &value);
  if (code != TIDE_OK)
    return code;
  size_t length = float_print(value, single, printed);
  if (!isfinite(value))
    return put_quoted(out, printed, length);
  buffer_append(out, printed, length);
  if (memchr(printed, '.', length) == NULL && memchr(printed, 'e', length) == NULL)
    buffer_text(out, ".0");
  return TIDE_OK;
}

static int convert_numeric(struct buffer *out, struct type type, struct text text) {
  struct decimal number;
  int code = read_decimal(&number, text);
  if (code == TIDE_OK && type.precision >= 0)
    code = decimal_fit(&number, type.precision, type.scale < 0 ? 0 : type.scale);
  if (code == TIDE_OK) {
    buffer_character(out, '"');
    decimal_print(&number, out);
    buffer_character(out, '"');
  }
  decimal_deinit(&number);
  return code;
}

/* text, varchar(n) and char(n). */
static int convert_text(struct buffer *out, struct type type, struct text text) {
  if (type.precision < 0)
    return put_quoted(out, text.data, text.length);
  size_t length = utf8_skip(text.data, text.length, 0, type.precision);
  if (type.id != TYPE_CHAR)
    return put_quoted(out, text.data, length);
  struct buffer padded;
  buffer_init(&padded, call_memory());
  buffer_append(&padded, text.data, length);
  for (int64_t i = utf8_count(text.data, length); i < type.precision && !padded.failed;
       i++)
    buffer_character(&padded, ' ');
  int code = padded.failed ? TIDE_ERROR_NOMEM
                           : put_quoted(out, buffer_string(&padded), padded.length);
  buffer_deinit(&padded);
  return code;
}

static int convert_datetime(struct buffer *out, struct type type, struct text text,
                            int64_t now) {
  char printed[DATETIME_TEXT_MAX * 2];
  struct datetime parsed;
  size_t length;
  int code = datetime_parse(&parsed, text.data, text.length, now);
  if (code != TIDE_OK)
    return code;
  if (parsed.zone_name != NULL)
    return TIDE_ERROR_INVALID_PARAMETER;
  bool time = type.id == TYPE_TIME || type.id == TYPE_TIMETZ;
  if (time ? !parsed.has_time : !parsed.has_date)
    return TIDE_ERROR_DATETIME_FORMAT;
  int64_t instant = parsed.instant;
  if (type.id == TYPE_TIMESTAMPTZ && instant_is_finite(instant))
    instant -= parsed.zone * SECOND;
  if (!time && !instant_in_range(instant))
    return TIDE_ERROR_DATETIME_OVERFLOW;
  if (time) {
    length = time_print(microseconds_round(parsed.time, type.precision), printed);
    if (type.id == TYPE_TIMETZ)
      length += zone_print(parsed.zone, printed + length);
  } else if (type.id == TYPE_DATE) {
    bool finite = instant_is_finite(instant);
    length = date_print(finite ? parsed.days : instant, printed);
  } else {
    instant = microseconds_round(instant, type.precision);
    length = timestamp_print(instant, type.id == TYPE_TIMESTAMPTZ, printed);
  }
  return put_quoted(out, printed, length);
}

static int convert_interval(struct buffer *out, struct type type, struct text text) {
  char printed[INTERVAL_TEXT_MAX];
  struct interval interval;
  int code = interval_parse(&interval, text.data, text.length);
  if (code != TIDE_OK)
    return code;
  interval.microseconds = microseconds_round(interval.microseconds, type.precision);
  return put_quoted(out, printed, interval_print(&interval, printed));
}

static int convert_uuid(struct buffer *out, struct text text) {
  char uuid[UUID_LENGTH];
  int code = uuid_parse(text, uuid);
  return code == TIDE_OK ? put_quoted(out, uuid, sizeof uuid) : code;
}

static int convert_json(struct buffer *out, bool normalise, struct text text) {
  int code = json_validate(text);
  if (code != TIDE_OK || !normalise)
    return code == TIDE_OK ? put_quoted(out, text.data, text.length) : code;
  struct buffer normalised;
  buffer_init(&normalised, call_memory());
  code = json_normalise(&normalised, json_trim(text));
  if (code == TIDE_OK)
    code = put_quoted(out, buffer_string(&normalised), normalised.length);
  buffer_deinit(&normalised);
  return code;
}

static int convert_jsonpath(struct buffer *out, struct text text) {
  struct jsonpath path;
  struct error error;
  struct buffer printed;
  error_clear(&error);
  buffer_init(&printed, call_memory());
  int code = jsonpath_init(&path, call_memory(), text, &error);
  if (code == TIDE_OK) {
    jsonpath_print(&printed, &path);
    code = printed.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
  }
  if (code == TIDE_OK)
    code = put_quoted(out, buffer_string(&printed), printed.length);
  buffer_deinit(&printed);
  jsonpath_deinit(&path);
  return code;
}

int item_convert(struct buffer *out, struct type type, bool rounded, struct text text,
                 int64_t now) {
  switch (type.id) {
  case TYPE_BOOLEAN: return convert_boolean(out, rounded, text);
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT: return convert_integer(out, type, rounded, text);
  case TYPE_REAL:
  case TYPE_DOUBLE: return convert_float(out, type.id == TYPE_REAL, text);
  case TYPE_NUMERIC: return convert_numeric(out, type, text);
  case TYPE_DATE:
  case TYPE_TIME:
  case TYPE_TIMETZ:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ: return convert_datetime(out, type, text, now);
  case TYPE_INTERVAL: return convert_interval(out, type, text);
  case TYPE_UUID: return convert_uuid(out, text);
  case TYPE_JSON:
  case TYPE_JSONB: return convert_json(out, type.id == TYPE_JSONB, text);
  case TYPE_JSONPATH: return convert_jsonpath(out, text);
  default: return convert_text(out, type, text);
  }
}
