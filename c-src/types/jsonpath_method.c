/* The methods of SQL/JSON paths. */
#include <math.h>
#include <string.h>

#include "types/decimal.h"
#include "types/float_text.h"
#include "types/jsonpath_run.h"
#include "types/scalar.h"

enum { SHOWN_MAX = 60, DOUBLE_DIGITS = 15 };

static struct text static_text(const char *text) {
  return (struct text){text, strlen(text)};
}

/* --- failures --- */

static enum jsonpath_outcome wrong_kind(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        const char *wanted) {
  return jsonpath_fault(run, TIDE_ERROR_JSON_ITEM,
                        "jsonpath item method .%s() can only be applied to a %s value",
                        jsonpath_method_name(node->method), wanted);
}

static enum jsonpath_outcome wrong_argument(struct jsonpath_run *run,
                                            const struct jsonpath_node *node,
                                            struct text argument, const char *type) {
  return jsonpath_fault(
      run, TIDE_ERROR_JSON_ITEM,
      "argument \"%.*s\" of jsonpath item method .%s() is invalid for type %s",
      (int)(argument.length < SHOWN_MAX ? argument.length : SHOWN_MAX), argument.data,
      jsonpath_method_name(node->method), type);
}

static enum jsonpath_outcome not_finite(struct jsonpath_run *run,
                                        const struct jsonpath_node *node) {
  return jsonpath_fault(run, TIDE_ERROR_JSON_ITEM,
                        "NaN or Infinity is not allowed for jsonpath item method .%s()",
                        jsonpath_method_name(node->method));
}

/* --- numbers --- */

/* What a number is printed as, or a string means. */
static bool written(struct text value, struct buffer *out, struct text *text) {
  *text = value;
  if (json_kind(value) != JSON_STRING)
    return true;
  json_decode(out, value);
  *text = (struct text){buffer_string(out), out->length};
  return !out->failed;
}

static enum jsonpath_outcome give_decimal(struct jsonpath_run *run,
                                          const struct jsonpath_node *node,
                                          const struct decimal *number,
                                          struct jsonpath_list *found) {
  struct buffer out;
  struct text value;
  buffer_init(&out, call_memory());
  decimal_print(number, &out);
  return jsonpath_keep(run, &out, &value) ? jsonpath_follow(run, node, value, found)
                                          : JSONPATH_FAILED;
}

static enum jsonpath_outcome give_integer(struct jsonpath_run *run,
                                          const struct jsonpath_node *node,
                                          int64_t integer,
                                          struct jsonpath_list *found) {
  struct buffer out;
  struct text value;
  buffer_init(&out, call_memory());
  buffer_format(&out, "%lld", (long long)integer);
  return jsonpath_keep(run, &out, &value) ? jsonpath_follow(run, node, value, found)
                                          : JSONPATH_FAILED;
}

static enum jsonpath_outcome absolute(struct jsonpath_run *run,
                                      const struct jsonpath_node *node,
                                      struct text value, struct jsonpath_list *found) {
  if (json_kind(value) != JSON_NUMBER)
    return wrong_kind(run, node, "numeric");
  if (value.data[0] == '-')
    value = (struct text){value.data + 1, value.length - 1};
  return jsonpath_follow(run, node, value, found);
}

static enum jsonpath_outcome rounded(struct jsonpath_run *run,
                                     const struct jsonpath_node *node,
                                     struct text value, struct jsonpath_list *found) {
  struct decimal number;
  if (json_kind(value) != JSON_NUMBER)
    return wrong_kind(run, node, "numeric");
  decimal_init(&number, call_memory());
  int code = decimal_parse(&number, value.data, value.length);
  if (code == TIDE_OK)
    code = decimal_round(
        &number, 0, node->method == METHOD_FLOOR ? DECIMAL_FLOOR : DECIMAL_CEILING);
  enum jsonpath_outcome outcome = code == TIDE_OK
                                      ? give_decimal(run, node, &number, found)
                                      : jsonpath_stop(run, code);
  decimal_deinit(&number);
  return outcome;
}

/* A number stays as it is, if it is one in double precision too. */
static enum jsonpath_outcome to_double(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       struct text value, struct text text,
                                       struct jsonpath_list *found) {
  char printed[FLOAT_TEXT_MAX];
  struct decimal number;
  double parsed;
  int code = float_parse(text, &parsed);
  if (code == TIDE_ERROR_NOT_SUPPORTED || (code == TIDE_OK && isinf(parsed)))
    return not_finite(run, node);
  if (code != TIDE_OK)
    return wrong_argument(run, node, text, "double precision");
  if (json_kind(value) == JSON_NUMBER)
    return jsonpath_follow(run, node, value, found);
  decimal_init(&number, call_memory());
  size_t length = float_print_rounded(parsed, DOUBLE_DIGITS, printed);
  code = decimal_parse(&number, printed, length);
  enum jsonpath_outcome outcome = code == TIDE_OK
                                      ? give_decimal(run, node, &number, found)
                                      : jsonpath_stop(run, code);
  decimal_deinit(&number);
  return outcome;
}

/* Numbers are rounded, strings must be integers. */
static bool read_integer(struct text value, struct text text, int64_t *integer) {
  struct decimal number;
  if (json_kind(value) == JSON_STRING)
    return integer_parse(text, integer) == TIDE_OK;
  decimal_init(&number, call_memory());
  bool fits = decimal_parse(&number, text.data, text.length) == TIDE_OK &&
              decimal_to_integer(&number, integer);
  decimal_deinit(&number);
  return fits;
}

static enum jsonpath_outcome to_integer(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        struct text value, struct text text,
                                        struct jsonpath_list *found) {
  int64_t integer;
  bool big = node->method == METHOD_BIGINT;
  bool fits = read_integer(value, text, &integer) &&
              (big || (integer >= INT32_MIN && integer <= INT32_MAX));
  return fits ? give_integer(run, node, integer, found)
              : wrong_argument(run, node, text, big ? "bigint" : "integer");
}

/* Fits a number to .decimal(precision, scale), where that is given. */
static int fit(const struct jsonpath_node *node, struct decimal *number) {
  if (node->method != METHOD_DECIMAL || node->first == JSONPATH_NOT_GIVEN)
    return TIDE_OK;
  int64_t scale = node->last == JSONPATH_NOT_GIVEN ? 0 : node->last;
  if (node->first < 1 || node->first > 1000 || scale < -1000 || scale > 1000)
    return TIDE_ERROR_INVALID_PARAMETER;
  return decimal_fit(number, (int)node->first, (int)scale);
}

static enum jsonpath_outcome to_number(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       struct text text, struct jsonpath_list *found) {
  struct decimal number;
  enum jsonpath_outcome outcome;
  decimal_init(&number, call_memory());
  int code = decimal_parse(&number, text.data, text.length);
  bool finite = number.kind == DECIMAL_FINITE;
  if (code == TIDE_OK && finite)
    code = fit(node, &number);
  if (code == TIDE_ERROR_NOMEM)
    outcome = jsonpath_stop(run, code);
  else if (code == TIDE_ERROR_INVALID_PARAMETER)
    outcome = jsonpath_fault(run, code,
                             "NUMERIC precision must be between 1 and 1000, scale "
                             "between -1000 and 1000");
  else if (code != TIDE_OK)
    outcome = wrong_argument(run, node, text, "numeric");
  else
    outcome = finite ? give_decimal(run, node, &number, found) : not_finite(run, node);
  decimal_deinit(&number);
  return outcome;
}

/* Methods that make a number of a number or a string. */
static enum jsonpath_outcome convert(struct jsonpath_run *run,
                                     const struct jsonpath_node *node,
                                     struct text value, struct jsonpath_list *found) {
  struct buffer out;
  struct text text;
  enum jsonpath_outcome outcome;
  if (json_kind(value) != JSON_NUMBER && json_kind(value) != JSON_STRING)
    return wrong_kind(run, node, "string or numeric");
  buffer_init(&out, call_memory());
  if (!written(value, &out, &text))
    outcome = jsonpath_stop(run, TIDE_ERROR_NOMEM);
  else if (node->method == METHOD_DOUBLE)
    outcome = to_double(run, node, value, text, found);
  else if (node->method == METHOD_INTEGER || node->method == METHOD_BIGINT)
    outcome = to_integer(run, node, value, text, found);
  else
    outcome = to_number(run, node, text, found);
  buffer_deinit(&out);
  return outcome;
}

/* --- other scalars --- */

static bool read_boolean(struct text value, struct text text, bool *boolean) {
  int64_t integer;
  if (json_kind(value) == JSON_STRING)
    return boolean_parse(text, boolean) == TIDE_OK;
  bool read = integer_parse(text, &integer) == TIDE_OK && integer >= INT32_MIN &&
              integer <= INT32_MAX;
  *boolean = read && integer != 0;
  return read;
}

static enum jsonpath_outcome to_boolean(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        struct text value,
                                        struct jsonpath_list *found) {
  struct buffer out;
  struct text text;
  bool boolean;
  enum jsonpath_outcome outcome;
  if (json_kind(value) == JSON_BOOLEAN)
    return jsonpath_follow(run, node, value, found);
  if (json_kind(value) != JSON_NUMBER && json_kind(value) != JSON_STRING)
    return wrong_kind(run, node, "boolean, string, or numeric");
  buffer_init(&out, call_memory());
  if (!written(value, &out, &text))
    outcome = jsonpath_stop(run, TIDE_ERROR_NOMEM);
  else if (!read_boolean(value, text, &boolean))
    outcome = wrong_argument(run, node, text, "boolean");
  else
    outcome =
        jsonpath_follow(run, node, static_text(boolean ? "true" : "false"), found);
  buffer_deinit(&out);
  return outcome;
}

static enum jsonpath_outcome to_string(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       struct text value, struct jsonpath_list *found) {
  struct buffer out;
  if (json_kind(value) == JSON_STRING)
    return jsonpath_follow(run, node, value, found);
  if (json_kind(value) != JSON_NUMBER && json_kind(value) != JSON_BOOLEAN)
    return wrong_kind(run, node, "boolean, string, numeric, or datetime");
  buffer_init(&out, call_memory());
  json_quote_text(&out, value);
  return jsonpath_keep(run, &out, &value) ? jsonpath_follow(run, node, value, found)
                                          : JSONPATH_FAILED;
}

/* --- everything --- */

static enum jsonpath_outcome type_name(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       struct text value, struct jsonpath_list *found) {
  static const char *const names[] = {
      [JSON_NULL] = "\"null\"",     [JSON_STRING] = "\"string\"",
      [JSON_NUMBER] = "\"number\"", [JSON_BOOLEAN] = "\"boolean\"",
      [JSON_ARRAY] = "\"array\"",   [JSON_OBJECT] = "\"object\""};
  return jsonpath_follow(run, node, static_text(names[json_kind(value)]), found);
}

static enum jsonpath_outcome size(struct jsonpath_run *run,
                                  const struct jsonpath_node *node, struct text value,
                                  struct jsonpath_list *found) {
  if (json_kind(value) == JSON_ARRAY)
    return give_integer(run, node, json_count(value), found);
  if (run->lax)
    return give_integer(run, node, 1, found);
  if (run->lenient)
    return JSONPATH_NOTHING;
  return jsonpath_fault(run, TIDE_ERROR_JSON_ARRAY,
                        "jsonpath item method .size() can only be applied to an array");
}

/* Where an object is: PostgreSQL says it in its own form of jsonb, so only the root's, 0, is the same there. */
static int64_t place_of(const struct jsonpath_run *run, struct text object) {
  struct text root = run->search->root;
  bool inside = object.data >= root.data && object.data < root.data + root.length;
  return inside ? object.data - root.data : 0;
}

static enum jsonpath_outcome key_values(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        struct text value,
                                        struct jsonpath_list *found) {
  struct json_iterator iterator;
  struct buffer out;
  struct text pair;
  enum jsonpath_outcome all = JSONPATH_NOTHING;
  if (json_kind(value) != JSON_OBJECT)
    return jsonpath_fault(
        run, TIDE_ERROR_JSON_OBJECT,
        "jsonpath item method .keyvalue() can only be applied to an object");
  json_iterate(&iterator, value);
  while (json_next(&iterator)) {
    if (!found && !node->next)
      return JSONPATH_FOUND;
    buffer_init(&out, call_memory());
    buffer_format(&out, "{\"id\": %lld, \"key\": ", (long long)place_of(run, value));
    buffer_append(&out, iterator.key.data, iterator.key.length);
    buffer_text(&out, ", \"value\": ");
    buffer_append(&out, iterator.value.data, iterator.value.length);
    buffer_character(&out, '}');
    if (!jsonpath_keep(run, &out, &pair))
      return JSONPATH_FAILED;
    enum jsonpath_outcome one = jsonpath_follow(run, node, pair, found);
    if (one == JSONPATH_FAILED || (one == JSONPATH_FOUND && !found))
      return one;
    if (one == JSONPATH_FOUND)
      all = one;
  }
  return all;
}

enum jsonpath_outcome jsonpath_call(struct jsonpath_run *run,
                                    const struct jsonpath_node *node, struct text value,
                                    struct jsonpath_list *found) {
  switch (node->method) {
  case METHOD_ABS: return absolute(run, node, value, found);
  case METHOD_CEILING:
  case METHOD_FLOOR: return rounded(run, node, value, found);
  case METHOD_BOOLEAN: return to_boolean(run, node, value, found);
  case METHOD_STRING: return to_string(run, node, value, found);
  case METHOD_TYPE: return type_name(run, node, value, found);
  case METHOD_SIZE: return size(run, node, value, found);
  case METHOD_KEYVALUE: return key_values(run, node, value, found);
  default: return convert(run, node, value, found);
  }
}
