/* What each type is called, how it is stored and compared. */
#include "types/type.h"

#include <string.h>

#include "types/enum.h"

/* One row per type, in the order of enum type_id. */
static const struct description {
  const char *name;      /* as format_type() prints it, up to the modifiers */
  const char *tail;      /* what follows the modifiers */
  const char *storage;   /* of one value; NULL = never stored */
  const char *collation; /* NULL = BINARY */
  const char *check;     /* see type_check */
  char category;
  bool preferred;
} descriptions[TYPE_COUNT] = {
    [TYPE_UNKNOWN] = {"unknown", "", "TEXT", NULL, NULL, 'X', false},
    [TYPE_BOOLEAN] = {"boolean", "", "INTEGER", NULL, "IN (0, 1)", 'B', true},
    [TYPE_SMALLINT] = {"smallint", "", "INTEGER", NULL, "BETWEEN -32768 AND 32767", 'N',
                       false},
    [TYPE_INTEGER] = {"integer", "", "INTEGER", NULL,
                      "BETWEEN -2147483648 AND 2147483647", 'N', false},
    [TYPE_BIGINT] = {"bigint", "", "INTEGER", NULL, NULL, 'N', false},
    [TYPE_REAL] = {"real", "", "REAL", NULL, NULL, 'N', false},
    [TYPE_DOUBLE] = {"double precision", "", "REAL", NULL, NULL, 'N', true},
    [TYPE_NUMERIC] = {"numeric", "", "TEXT", "numeric", NULL, 'N', false},
    [TYPE_TEXT] = {"text", "", "TEXT", NULL, NULL, 'S', true},
    [TYPE_VARCHAR] = {"character varying", "", "TEXT", NULL, NULL, 'S', false},
    [TYPE_CHAR] = {"character", "", "TEXT", "rtrim", NULL, 'S', false},
    [TYPE_BYTEA] = {"bytea", "", "BLOB", NULL, NULL, 'U', false},
    [TYPE_DATE] = {"date", "", "TEXT", NULL, NULL, 'D', false},
    [TYPE_TIME] = {"time", " without time zone", "TEXT", NULL, NULL, 'D', false},
    [TYPE_TIMETZ] = {"time", " with time zone", "TEXT", "timetz", NULL, 'D', false},
    [TYPE_TIMESTAMP] = {"timestamp", " without time zone", "TEXT", NULL, NULL, 'D',
                        false},
    [TYPE_TIMESTAMPTZ] = {"timestamp", " with time zone", "TEXT", NULL, NULL, 'D',
                          true},
    [TYPE_INTERVAL] = {"interval", "", "TEXT", "interval", NULL, 'T', true},
    [TYPE_UUID] = {"uuid", "", "TEXT", NULL, NULL, 'U', false},
    [TYPE_JSON] = {"json", "", "TEXT", NULL, NULL, 'U', false},
    [TYPE_JSONB] = {"jsonb", "", "TEXT", "jsonb", NULL, 'U', false},
    [TYPE_JSONPATH] = {"jsonpath", "", "TEXT", NULL, NULL, 'U', false},
    [TYPE_RECORD] = {"record", "", NULL, NULL, NULL, 'P', false},
    [TYPE_ANY] = {"\"any\"", "", NULL, NULL, NULL, 'P', false},
    [TYPE_ANYELEMENT] = {"anyelement", "", NULL, NULL, NULL, 'P', false},
    [TYPE_ANYARRAY] = {"anyarray", "", NULL, NULL, NULL, 'P', false},
    [TYPE_ANYTEXT] = {"\"any\"", "", NULL, NULL, NULL, 'P', false},
    [TYPE_ANYJSON] = {"\"any\"", "", NULL, NULL, NULL, 'P', false},
    [TYPE_ANYENUM] = {"anyenum", "", NULL, NULL, NULL, 'P', false},
};

static const struct description *describe(struct type type) {
  static const struct description of_enum = {NULL, "", "TEXT", NULL, NULL, 'E', false};
  return type_is_enum(type) ? &of_enum : &descriptions[type.id];
}

/* Every name a type may be written with. */
static const struct alias {
  const char *name;
  enum type_id id;
} aliases[] = {
    {"bigint", TYPE_BIGINT},
    {"bigserial", TYPE_BIGINT},
    {"bool", TYPE_BOOLEAN},
    {"boolean", TYPE_BOOLEAN},
    {"bpchar", TYPE_CHAR},
    {"bytea", TYPE_BYTEA},
    {"char", TYPE_CHAR},
    {"char varying", TYPE_VARCHAR},
    {"character", TYPE_CHAR},
    {"character varying", TYPE_VARCHAR},
    {"date", TYPE_DATE},
    {"dec", TYPE_NUMERIC},
    {"decimal", TYPE_NUMERIC},
    {"double precision", TYPE_DOUBLE},
    {"float", TYPE_DOUBLE},
    {"float4", TYPE_REAL},
    {"float8", TYPE_DOUBLE},
    {"int", TYPE_INTEGER},
    {"int2", TYPE_SMALLINT},
    {"int4", TYPE_INTEGER},
    {"int8", TYPE_BIGINT},
    {"integer", TYPE_INTEGER},
    {"interval", TYPE_INTERVAL},
    {"json", TYPE_JSON},
    {"jsonb", TYPE_JSONB},
    {"jsonpath", TYPE_JSONPATH},
    {"name", TYPE_TEXT},
    {"national char", TYPE_CHAR},
    {"national char varying", TYPE_VARCHAR},
    {"national character", TYPE_CHAR},
    {"national character varying", TYPE_VARCHAR},
    {"nchar", TYPE_CHAR},
    {"numeric", TYPE_NUMERIC},
    {"real", TYPE_REAL},
    {"record", TYPE_RECORD},
    {"serial", TYPE_INTEGER},
    {"serial2", TYPE_SMALLINT},
    {"serial4", TYPE_INTEGER},
    {"serial8", TYPE_BIGINT},
    {"smallint", TYPE_SMALLINT},
    {"smallserial", TYPE_SMALLINT},
    {"text", TYPE_TEXT},
    {"time", TYPE_TIME},
    {"time with time zone", TYPE_TIMETZ},
    {"time without time zone", TYPE_TIME},
    {"timestamp", TYPE_TIMESTAMP},
    {"timestamp with time zone", TYPE_TIMESTAMPTZ},
    {"timestamp without time zone", TYPE_TIMESTAMP},
    {"timestamptz", TYPE_TIMESTAMPTZ},
    {"timetz", TYPE_TIMETZ},
    {"unknown", TYPE_UNKNOWN},
    {"uuid", TYPE_UUID},
    {"varchar", TYPE_VARCHAR},
};

static bool equal_ignoring_case(const char *left, const char *right) {
  for (; *left != '\0' && *right != '\0'; left++, right++) {
    char folded = *left >= 'A' && *left <= 'Z' ? (char)(*left + 32) : *left;
    if (folded != *right)
      return false;
  }
  return *left == *right;
}

enum type_id type_by_name(const char *name) {
  for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
    if (equal_ignoring_case(name, aliases[i].name))
      return aliases[i].id;
  }
  return TYPE_COUNT;
}

/* Text of limited size under construction; what does not fit is cut. */
struct output {
  char *text;
  size_t size, length;
};

static void put_text(struct output *output, const char *text) {
  while (*text != '\0' && output->length + 1 < output->size) {
    output->text[output->length++] = *text++;
  }
}

static void put_integer(struct output *output, int value) {
  char digits[12];
  size_t start = sizeof digits - 1;
  digits[start] = '\0';
  unsigned rest = value < 0 ? 0u - (unsigned)value : (unsigned)value;
  do {
    digits[--start] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0)
    digits[--start] = '-';
  put_text(output, digits + start);
}

static void put_modifiers(struct output *output, struct type type) {
  if (type.precision < 0)
    return;
  put_text(output, "(");
  put_integer(output, type.precision);
  if (type.id == TYPE_NUMERIC) {
    put_text(output, ",");
    put_integer(output, type.scale < 0 ? 0 : type.scale);
  }
  put_text(output, ")");
}

void type_format(struct type type, char *text, size_t size) {
  if (size == 0)
    return;
  struct output output = {text, size, 0};
  put_text(&output, type_is_enum(type) ? enum_collation(type_enum_number(type), false)
                                       : describe(type)->name);
  put_modifiers(&output, type);
  put_text(&output, describe(type)->tail);
  if (type.array)
    put_text(&output, "[]");
  text[output.length] = '\0';
}

const char *type_storage(struct type type) {
  const char *storage = describe(type)->storage;
  if (!type.array || storage == NULL)
    return storage;
  /* Could a value of this type be told from text inside a JSON array? */
  return type.id == TYPE_BYTEA ? NULL : "TEXT";
}

const char *type_collation(struct type type) {
  if (type_is_enum(type))
    return enum_collation(type_enum_number(type), type.array);
  if (!type.array)
    return describe(type)->collation;
  return type.id == TYPE_NUMERIC    ? "numerics"
         : type.id == TYPE_INTERVAL ? "intervals"
                                    : "array";
}

const char *type_check(struct type type) {
  return type.array ? NULL : describe(type)->check;
}

bool type_fits(struct type type, int64_t value) {
  if (type.array)
    return true;
  switch (type.id) {
  case TYPE_BOOLEAN: return value == 0 || value == 1;
  case TYPE_SMALLINT: return value >= INT16_MIN && value <= INT16_MAX;
  case TYPE_INTEGER: return value >= INT32_MIN && value <= INT32_MAX;
  default: return true;
  }
}

bool type_equal(struct type left, struct type right) {
  return left.id == right.id && left.array == right.array &&
         left.precision == right.precision && left.scale == right.scale &&
         left.domain == right.domain;
}

struct type type_base(struct type type) {
  type.domain = 0;
  return type;
}

bool type_compares(struct type type) {
  return type.id != TYPE_RECORD &&
         (type.array || (type.id != TYPE_JSON && type.id != TYPE_JSONPATH));
}

char type_category(struct type type) {
  return type.array ? 'A' : describe(type)->category;
}

bool type_preferred(struct type type) {
  return !type.array && describe(type)->preferred;
}
