/* Literals, parameters and conversions, folded where the value is known, so that SQLite sees constants. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/domain.h"
#include "catalog/lower_internal.h"

/* --- recognising constants --- */

static bool all_digits(const char *text) {
  if (!*text)
    return false;
  for (; *text; text++) {
    if (*text < '0' || *text > '9')
      return false;
  }
  return true;
}

/* Digits with at most one point among them: "12", "1.50", ".5", "5.". */
static bool is_plain_decimal(const char *text) {
  bool digits = false, point = false;
  for (; *text; text++) {
    if (*text == '.' && !point)
      point = true;
    else if (*text >= '0' && *text <= '9')
      digits = true;
    else
      return false;
  }
  return digits;
}

/* A number literal, perhaps with a minus before it; *negative tells. */
static const struct sql_node *number_of(const struct sql_node *node, bool *negative) {
  *negative = false;
  if (node->kind == SQL_UNARY && node->text && strcmp(node->text, "-") == 0) {
    *negative = true;
    node = node->child[0];
  }
  return node->kind == SQL_INTEGER || node->kind == SQL_DECIMAL ? node : NULL;
}

/* --- literals --- */

static struct sql_node *string_node(struct lowering *lowering, uint32_t position,
                                    const char *text, struct type type) {
  if (!text) {
    lower_nomem(lowering);
    return NULL;
  }
  struct sql_node *node = lower_node(lowering, SQL_STRING, position, text);
  if (node)
    node->type = type;
  return node;
}

/* The digits of a numeric as PostgreSQL prints them; NULL when that takes more than cutting zeros. */
static const char *numeric_digits(struct lowering *lowering, const char *text,
                                  bool negative) {
  if (!is_plain_decimal(text))
    return NULL;
  while (text[0] == '0' && text[1] && text[1] != '.')
    text++;
  size_t length = strlen(text);
  if (text[length - 1] == '.')
    length--;
  bool zero = strspn(text, "0.") == strlen(text);
  return arena_format(lowering->arena, "%s%s%.*s", negative && !zero ? "-" : "",
                      text[0] == '.' ? "0" : "", (int)length, text);
}

static struct sql_node *numeric_literal(struct lowering *lowering, uint32_t position,
                                        const char *text, bool negative) {
  struct type numeric = TYPE(TYPE_NUMERIC);
  const char *digits = numeric_digits(lowering, text, negative);
  if (digits || lowering->arena->failed)
    return string_node(lowering, position, digits, numeric);
  const char *raw = arena_format(lowering->arena, negative ? "-%s" : "%s", text);
  struct sql_node *string = string_node(lowering, position, raw, TYPE(TYPE_UNKNOWN));
  return string ? lower_conversion(lowering, string, TYPE(TYPE_UNKNOWN), numeric,
                                   CONVERT_EXPLICIT)
                : NULL;
}

/* 0x…, 0o…, 0b… and digits grouped by _ are what a 64-bit integer can be written as. */
static struct sql_node *other_integer(struct lowering *lowering,
                                      const struct sql_node *node) {
  unsigned base = 10;
  const char *text = node->text;
  if (text[0] == '0' && text[1]) {
    char letter = (char)(text[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    text += base == 10 ? 0 : 2;
  }
  uint64_t value = 0;
  for (; *text; text++) {
    if (*text == '_')
      continue;
    char letter = (char)(*text | 0x20);
    unsigned digit = (unsigned)(*text <= '9' ? *text - '0' : letter - 'a' + 10);
    if (value > ((uint64_t)INT64_MAX - digit) / base) {
      error_set_at(lowering->error, TIDE_ERROR_OUT_OF_RANGE, node->position,
                   "integer out of range");
      return NULL;
    }
    value = value * base + digit;
  }
  struct sql_node *integer = lower_integer(lowering, node->position, (int64_t)value);
  if (integer)
    integer->type = node->type;
  return integer;
}

/* Only what a neighbour's affinity would not bring into form is given to an input function. */
static bool needs_input(struct type type) {
  if (type.array)
    return true;
  switch (type.id) {
  case TYPE_UNKNOWN:
  case TYPE_BYTEA:
  case TYPE_RECORD: return false;
  default: return true;
  }
}

bool lower_is_bare_parameter(const struct sql_node *node) {
  if (node->kind != SQL_PARAMETER || node->type.array)
    return false;
  switch (node->type.id) {
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_DOUBLE:
  case TYPE_TEXT:
  case TYPE_VARCHAR: return true;
  default: return false;
  }
}

static struct sql_node *lower_parameter(struct lowering *lowering,
                                        struct sql_node *node) {
  struct type type = node->type;
  if (!needs_input(type))
    return node;
  if (type_storage(type) && strcmp(type_storage(type), "TEXT") == 0 && !type.array &&
      type_category(type) == 'S')
    return lower_conversion(lowering, node, TYPE(TYPE_BIGINT), type, CONVERT_EXPLICIT);
  return lower_conversion(lowering, node, TYPE(TYPE_UNKNOWN), type, CONVERT_EXPLICIT);
}

struct sql_node *lower_literal(struct lowering *lowering, struct sql_node *node) {
  switch (node->kind) {
  case SQL_DECIMAL:
    if (node->type.id == TYPE_NUMERIC)
      return numeric_literal(lowering, node->position, node->text, false);
    return node;
  case SQL_INTEGER:
    if (node->type.id == TYPE_NUMERIC)
      return numeric_literal(lowering, node->position, node->text, false);
    return all_digits(node->text) ? node : other_integer(lowering, node);
  case SQL_PARAMETER: return lower_parameter(lowering, node);
  default: return node;
  }
}

/* --- conversions --- */

/* CAST(value AS TEXT) and the like: the type is SQLite's. */
static struct sql_node *storage_cast(struct lowering *lowering, struct sql_node *value,
                                     const char *storage, struct type to) {
  struct sql_node *cast = lower_node(lowering, SQL_CAST, value->position, NULL);
  if (!cast)
    return NULL;
  cast->child[CAST_OPERAND] = value;
  cast->child[CAST_TYPE] = lower_node(lowering, SQL_TYPE, value->position, storage);
  cast->type = to;
  return cast->child[CAST_TYPE] ? cast : NULL;
}

static bool same_text(const char *left, const char *right) {
  return left == right || (left && right && strcmp(left, right) == 0);
}

/* The same characters compared in another way: numeric to text. */
static struct sql_node *recollate(struct lowering *lowering, struct sql_node *value,
                                  struct type from, struct type to) {
  if (same_text(type_collation(from), type_collation(to)) ||
      (to.id >= TYPE_RECORD && to.id < TYPE_COUNT))
    return value;
  return lower_collate(lowering, value,
                       type_collation(to) ? type_collation(to) : "BINARY");
}

/* Is it the text, or the JSON, of what is converted? */
static bool is_output(struct type to) {
  return to.id == TYPE_ANYTEXT || to.id == TYPE_ANYJSON ||
         (to.id < TYPE_RECORD &&
          type_category((struct type){to.id, false, -1, -1, 0}) == 'S');
}

/* The elements of arrays are read as UTC has them. */
static bool refuse_array(struct lowering *lowering, const struct sql_node *value,
                         struct type from, struct type to) {
  bool zoned =
      to.id == TYPE_TIMESTAMPTZ || to.id == TYPE_TIMETZ || from.id == TYPE_TIMESTAMPTZ;
  if (!lowering->binding->zone || !to.array || from.id == to.id || !zoned ||
      is_output(to))
    return false;
  lower_unsupported(lowering, value->position,
                    "this conversion to an array in a session that is not in UTC");
  error_hint(lowering->error, "Convert the elements: ARRAY['…'::timestamptz].");
  return true;
}

struct sql_node *lower_conversion(struct lowering *lowering, struct sql_node *value,
                                  struct type from, struct type to, int how) {
  if (!value || refuse_array(lowering, value, from, to))
    return NULL;
  if (is_output(to) && !(value = lower_shown(lowering, value, from)))
    return NULL;
  bool modifiers = false;
  const char *function = how == CONVERT_ASSIGNMENT
                             ? type_assignment(from, to, &modifiers)
                             : type_cast(from, to, &modifiers);
  if (!function) {
    error_set_at(lowering->error, TIDE_ERROR_CANNOT_COERCE, value->position,
                 "cannot convert this value");
    return NULL;
  }
  if (function[0] == '\0')
    return recollate(lowering, value, from, to);
  if (strncmp(function, "AS ", 3) == 0)
    return storage_cast(lowering, value, function + 3, to);
  struct sql_node *arguments = lower_list(lowering, value->position, 1, value);
  if (arguments && type_is_enum(to)) {
    if (!lower_append(lowering, arguments,
                      lower_integer(lowering, value->position, type_enum_number(to))))
      return NULL;
  } else if (arguments && modifiers) {
    if (!lower_append(lowering, arguments,
                      lower_integer(lowering, value->position, to.precision)) ||
        !lower_append(lowering, arguments,
                      lower_integer(lowering, value->position, to.scale)))
      return NULL;
  }
  return lower_append_zone(lowering, function, arguments)
             ? lower_function(lowering, function, to, arguments)
             : NULL;
}

/* --- casts of constants --- */

static bool is_integer_type(struct type type) {
  return !type.array && (type.id == TYPE_SMALLINT || type.id == TYPE_INTEGER ||
                         type.id == TYPE_BIGINT);
}

/* A number literal as another type of number; NULL: not known here. */
static struct sql_node *fold_number(struct lowering *lowering, struct sql_node *operand,
                                    struct type to) {
  bool negative;
  const struct sql_node *number = number_of(operand, &negative);
  if (!number || to.precision >= 0 || to.array)
    return NULL;
  if (to.id == TYPE_NUMERIC &&
      (number->type.id == TYPE_NUMERIC || is_plain_decimal(number->text)))
    return numeric_literal(lowering, operand->position, number->text, negative);
  bool integer = number->kind == SQL_INTEGER && all_digits(number->text);
  if (is_integer_type(to) && integer && strlen(number->text) < 5) {
    operand->type = to;
    return operand;
  }
  /* Up to 15 digits are a double exactly as written. */
  if (to.id != TYPE_DOUBLE || !is_plain_decimal(number->text) ||
      strlen(number->text) > 15)
    return NULL;
  const char *text =
      arena_format(lowering->arena, "%s%s%s", number->text[0] == '.' ? "0" : "",
                   number->text, strchr(number->text, '.') ? "" : ".0");
  struct sql_node *real =
      text ? lower_node(lowering, SQL_DECIMAL, operand->position, text) : NULL;
  if (!real)
    return NULL;
  real->type = to;
  if (!negative)
    return real;
  struct sql_node *minus = lower_node(lowering, SQL_UNARY, operand->position, "-");
  if (!minus)
    return NULL;
  minus->child[0] = real;
  minus->type = to;
  return minus;
}

static struct sql_node *fold_boolean(struct lowering *lowering,
                                     const struct sql_node *operand) {
  bool yes = strcmp(operand->text, "t") == 0 || strcmp(operand->text, "true") == 0;
  bool no = strcmp(operand->text, "f") == 0 || strcmp(operand->text, "false") == 0;
  if (!yes && !no)
    return NULL;
  struct sql_node *node = lower_node(lowering, SQL_BOOLEAN, operand->position, NULL);
  if (!node)
    return NULL;
  node->op = yes;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

static bool is_canonical_uuid(const char *text) {
  for (int i = 0; i < 36; i++) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    bool digit =
        (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !digit)
      return false;
  }
  return text[36] == '\0';
}

/* Certainly not the digits of an integer; what is less certain is left to its input function. */
static bool is_no_integer(const char *text) {
  if (strpbrk(text, "0123456789") == NULL)
    return true;
  return !(text[0] == '0' && text[1]) &&
         strpbrk(text, "abcdefghijklmnopqrstuvwyz") != NULL;
}

static const char *type_word(struct type type) {
  return type.id == TYPE_SMALLINT  ? "smallint"
         : type.id == TYPE_INTEGER ? "integer"
                                   : "bigint";
}

/* A label as it is stored, if it is one; as PostgreSQL does, what is none is found before the statement runs. */
static struct sql_node *fold_label(struct lowering *lowering, struct sql_node *operand,
                                   struct type to) {
  const struct enum_type *type = catalog_enum(lowering->binding->database, to);
  if (enum_place(type, operand->text, operand->length) < 0) {
    error_set_at(lowering->error, TIDE_ERROR_INVALID_TEXT, operand->position,
                 "invalid input value for enum %s: \"%s\"", type->shown, operand->text);
    return NULL;
  }
  operand->type = to;
  return operand;
}

/* A string literal as the type that it is cast to; NULL: not known here. */
static struct sql_node *fold_string(struct lowering *lowering, struct sql_node *operand,
                                    struct type to) {
  if (to.array || to.precision >= 0 || operand->length != strlen(operand->text))
    return NULL;
  switch (to.id) {
  case TYPE_BOOLEAN: return fold_boolean(lowering, operand);
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT: {
    size_t limit = to.id == TYPE_SMALLINT ? 4 : to.id == TYPE_INTEGER ? 9 : 18;
    if (is_no_integer(operand->text)) {
      error_set_at(lowering->error, TIDE_ERROR_INVALID_TEXT, operand->position,
                   "invalid input syntax for type %s: \"%s\"", type_word(to),
                   operand->text);
      return NULL;
    }
    if (!all_digits(operand->text) || strlen(operand->text) > limit)
      return NULL;
    struct sql_node *node =
        lower_node(lowering, SQL_INTEGER, operand->position, operand->text);
    if (node)
      node->type = to;
    return node;
  }
  case TYPE_NUMERIC:
    return is_plain_decimal(operand->text)
               ? numeric_literal(lowering, operand->position, operand->text, false)
               : NULL;
  case TYPE_UUID:
    if (!is_canonical_uuid(operand->text))
      return NULL;
    operand->type = to;
    return operand;
  default: return type_is_enum(to) ? fold_label(lowering, operand, to) : NULL;
  }
}

/* Beyond 64 bits SQLite goes on in floating point: its digits are not those of the number. */
static bool may_exceed(const struct sql_node *operand, struct type to) {
  struct type from = operand->type;
  return operand->kind == SQL_BINARY && from.id == TYPE_BIGINT && !from.array &&
         !to.array && (to.id == TYPE_NUMERIC || type_category(to) == 'S');
}

/* The operand is of the type that the domain is over already. */
static struct sql_node *domain_cast(struct lowering *lowering, struct sql_node *node) {
  struct sql_node *value = lower_value(lowering, node->child[CAST_OPERAND]);
  struct sql_node *arguments =
      value ? lower_list(lowering, node->position, 1, value) : NULL;
  if (!arguments ||
      !lower_append(lowering, arguments,
                    lower_integer(lowering, node->position, node->type.domain)))
    return NULL;
  return lower_function(lowering, DOMAIN_FUNCTION, node->type, arguments);
}

struct sql_node *lower_cast(struct lowering *lowering, struct sql_node *node) {
  if (node->type.domain != 0)
    return domain_cast(lowering, node);
  struct sql_node *operand = node->child[CAST_OPERAND];
  struct type from = operand->type, to = node->type;
  struct sql_node *folded = NULL;
  if (operand->kind == SQL_STRING && from.id == TYPE_UNKNOWN)
    folded = fold_string(lowering, operand, to);
  else
    folded = fold_number(lowering, operand, to);
  if (folded || lowering->error->code)
    return folded;
  if (operand->kind == SQL_NULL) {
    operand->type = to;
    return operand;
  }
  /* The input function of a parameter reads any modifiers too. */
  bool typed = operand->kind == SQL_PARAMETER && from.id == to.id &&
               from.array == to.array && to.precision < 0;
  bool checked = may_exceed(operand, to);
  struct sql_node *value = lower_value(lowering, operand);
  if (value && checked)
    value = lower_function(lowering, "pg_bigint", from,
                           lower_list(lowering, node->position, 1, value));
  if (!value)
    return NULL;
  return typed ? value : lower_conversion(lowering, value, from, to, node->op);
}
