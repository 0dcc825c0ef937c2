/* Which type may become which, when, and what SQLite runs to make it so. */
#include "types/type.h"

#include <stddef.h>

#include "types/enum.h"

/* When PostgreSQL applies a cast by itself (pg_cast.castcontext). */
enum context { IMPLICIT, ASSIGNMENT, EXPLICIT };

/* PostgreSQL's casts between different scalar types. Every type may besides become text
 * in an assignment and be made from text by an explicit cast: see to_text and
 * from_text. */
static const struct cast {
  enum type_id from, to;
  enum context context;
  const char *function;
} casts[] = {
    {TYPE_BOOLEAN, TYPE_INTEGER, EXPLICIT, ""},
    {TYPE_INTEGER, TYPE_BOOLEAN, EXPLICIT, "pg_boolean"},

    {TYPE_SMALLINT, TYPE_INTEGER, IMPLICIT, ""},
    {TYPE_SMALLINT, TYPE_BIGINT, IMPLICIT, ""},
    {TYPE_SMALLINT, TYPE_REAL, IMPLICIT, "AS REAL"},
    {TYPE_SMALLINT, TYPE_DOUBLE, IMPLICIT, "AS REAL"},
    {TYPE_SMALLINT, TYPE_NUMERIC, IMPLICIT, "AS TEXT"},
    {TYPE_INTEGER, TYPE_SMALLINT, ASSIGNMENT, "pg_smallint"},
    {TYPE_INTEGER, TYPE_BIGINT, IMPLICIT, ""},
    {TYPE_INTEGER, TYPE_REAL, IMPLICIT, "pg_real"},
    {TYPE_INTEGER, TYPE_DOUBLE, IMPLICIT, "AS REAL"},
    {TYPE_INTEGER, TYPE_NUMERIC, IMPLICIT, "AS TEXT"},
    {TYPE_BIGINT, TYPE_SMALLINT, ASSIGNMENT, "pg_smallint"},
    {TYPE_BIGINT, TYPE_INTEGER, ASSIGNMENT, "pg_integer"},
    {TYPE_BIGINT, TYPE_REAL, IMPLICIT, "pg_real"},
    {TYPE_BIGINT, TYPE_DOUBLE, IMPLICIT, "AS REAL"},
    {TYPE_BIGINT, TYPE_NUMERIC, IMPLICIT, "AS TEXT"},

    {TYPE_REAL, TYPE_SMALLINT, ASSIGNMENT, "pg_smallint"},
    {TYPE_REAL, TYPE_INTEGER, ASSIGNMENT, "pg_integer"},
    {TYPE_REAL, TYPE_BIGINT, ASSIGNMENT, "pg_bigint"},
    {TYPE_REAL, TYPE_DOUBLE, IMPLICIT, ""},
    {TYPE_REAL, TYPE_NUMERIC, ASSIGNMENT, "pg_numeric_real"},
    {TYPE_DOUBLE, TYPE_SMALLINT, ASSIGNMENT, "pg_smallint"},
    {TYPE_DOUBLE, TYPE_INTEGER, ASSIGNMENT, "pg_integer"},
    {TYPE_DOUBLE, TYPE_BIGINT, ASSIGNMENT, "pg_bigint"},
    {TYPE_DOUBLE, TYPE_REAL, ASSIGNMENT, "pg_real"},
    {TYPE_DOUBLE, TYPE_NUMERIC, ASSIGNMENT, "pg_numeric_double"},
    {TYPE_NUMERIC, TYPE_SMALLINT, ASSIGNMENT, "pg_smallint"},
    {TYPE_NUMERIC, TYPE_INTEGER, ASSIGNMENT, "pg_integer"},
    {TYPE_NUMERIC, TYPE_BIGINT, ASSIGNMENT, "pg_bigint"},
    {TYPE_NUMERIC, TYPE_REAL, IMPLICIT, "pg_real"},
    {TYPE_NUMERIC, TYPE_DOUBLE, IMPLICIT, "pg_double"},

    {TYPE_TEXT, TYPE_VARCHAR, IMPLICIT, ""},
    {TYPE_TEXT, TYPE_CHAR, IMPLICIT, ""},
    {TYPE_VARCHAR, TYPE_TEXT, IMPLICIT, ""},
    {TYPE_VARCHAR, TYPE_CHAR, IMPLICIT, ""},
    {TYPE_CHAR, TYPE_TEXT, IMPLICIT, "rtrim"},
    {TYPE_CHAR, TYPE_VARCHAR, IMPLICIT, "rtrim"},

    {TYPE_DATE, TYPE_TIMESTAMP, IMPLICIT, "pg_timestamp_of_date"},
    {TYPE_DATE, TYPE_TIMESTAMPTZ, IMPLICIT, "pg_timestamptz_of_date"},
    {TYPE_TIME, TYPE_INTERVAL, IMPLICIT, "pg_interval_of_time"},
    {TYPE_TIME, TYPE_TIMETZ, IMPLICIT, "pg_timetz_of_time"},
    {TYPE_TIMETZ, TYPE_TIME, ASSIGNMENT, "pg_time_of_timetz"},
    {TYPE_TIMESTAMP, TYPE_DATE, ASSIGNMENT, "pg_date_of_timestamp"},
    {TYPE_TIMESTAMP, TYPE_TIME, ASSIGNMENT, "pg_time_of_timestamp"},
    {TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, IMPLICIT, "pg_timestamptz_of_timestamp"},
    {TYPE_TIMESTAMPTZ, TYPE_DATE, ASSIGNMENT, "pg_date_of_timestamptz"},
    {TYPE_TIMESTAMPTZ, TYPE_TIME, ASSIGNMENT, "pg_time_of_timestamptz"},
    {TYPE_TIMESTAMPTZ, TYPE_TIMETZ, ASSIGNMENT, "pg_timetz_of_timestamptz"},
    {TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, ASSIGNMENT, "pg_timestamp_of_timestamptz"},
    {TYPE_INTERVAL, TYPE_TIME, ASSIGNMENT, "pg_time_of_interval"},

    {TYPE_JSON, TYPE_JSONB, ASSIGNMENT, "pg_jsonb"},
    {TYPE_JSONB, TYPE_JSON, ASSIGNMENT, ""},
    {TYPE_JSONB, TYPE_BOOLEAN, EXPLICIT, "pg_boolean_of_jsonb"},
    {TYPE_JSONB, TYPE_SMALLINT, EXPLICIT, "pg_smallint_of_jsonb"},
    {TYPE_JSONB, TYPE_INTEGER, EXPLICIT, "pg_integer_of_jsonb"},
    {TYPE_JSONB, TYPE_BIGINT, EXPLICIT, "pg_bigint_of_jsonb"},
    {TYPE_JSONB, TYPE_REAL, EXPLICIT, "pg_real_of_jsonb"},
    {TYPE_JSONB, TYPE_DOUBLE, EXPLICIT, "pg_double_of_jsonb"},
    {TYPE_JSONB, TYPE_NUMERIC, EXPLICIT, "pg_numeric_of_jsonb"},
};

/* Per type: reading it from text, fitting a value to modifiers, writing it as text, as
 * JSON, and making an array of it. NULL: does not apply. */
static const struct conversion {
  const char *
      from_text; /* PostgreSQL's input function; with modifiers where `modify` is set */
  const char *modify;  /* the same type with other modifiers */
  const char *to_text; /* PostgreSQL's output function */
  const char *to_json; /* to_json() */
  const char
      *array; /* array of it from its literal, or from an array of another type */
} conversions[TYPE_COUNT] = {
    [TYPE_UNKNOWN] = {"", NULL, "", "pg_json_of_text", NULL},
    [TYPE_BOOLEAN] = {"pg_boolean_in", NULL, "pg_boolean_text", "pg_boolean_text",
                      "pg_boolean_array"},
    [TYPE_SMALLINT] = {"pg_smallint_in", NULL, "AS TEXT", "AS TEXT",
                       "pg_smallint_array"},
    [TYPE_INTEGER] = {"pg_integer_in", NULL, "AS TEXT", "AS TEXT", "pg_integer_array"},
    [TYPE_BIGINT] = {"pg_bigint_in", NULL, "AS TEXT", "AS TEXT", "pg_bigint_array"},
    [TYPE_REAL] = {"pg_real_in", NULL, "pg_real_text", "pg_json_of_real",
                   "pg_real_array"},
    [TYPE_DOUBLE] = {"pg_double_in", NULL, "pg_double_text", "pg_json_of_double",
                     "pg_double_array"},
    [TYPE_NUMERIC] = {"pg_numeric_in", "pg_numeric", "", "pg_json_of_numeric",
                      "pg_numeric_array"},
    [TYPE_TEXT] = {"", NULL, "", "pg_json_of_text", "pg_text_array"},
    [TYPE_VARCHAR] = {"", "pg_varchar", "", "pg_json_of_text", "pg_varchar_array"},
    [TYPE_CHAR] = {"", "pg_char", "", "pg_json_of_text", "pg_char_array"},
    [TYPE_BYTEA] = {"pg_bytea_in", NULL, "pg_bytea_text", "pg_json_of_bytea", NULL},
    [TYPE_DATE] = {"pg_date_in", NULL, "", "pg_json_of_text", "pg_date_array"},
    [TYPE_TIME] = {"pg_time_in", "pg_time", "", "pg_json_of_text", "pg_time_array"},
    [TYPE_TIMETZ] = {"pg_timetz_in", "pg_timetz", "", "pg_json_of_text",
                     "pg_timetz_array"},
    [TYPE_TIMESTAMP] = {"pg_timestamp_in", "pg_timestamp", "", "pg_json_of_timestamp",
                        "pg_timestamp_array"},
    [TYPE_TIMESTAMPTZ] = {"pg_timestamptz_in", "pg_timestamptz", "",
                          "pg_json_of_timestamp", "pg_timestamptz_array"},
    [TYPE_INTERVAL] = {"pg_interval_in", "pg_interval", "", "pg_json_of_text",
                       "pg_interval_array"},
    [TYPE_UUID] = {"pg_uuid_in", NULL, "", "pg_json_of_text", "pg_uuid_array"},
    [TYPE_JSON] = {"pg_json_in", NULL, "", "", "pg_json_array"},
    [TYPE_JSONB] = {"pg_jsonb", NULL, "", "", "pg_jsonb_array"},
    [TYPE_JSONPATH] = {"pg_jsonpath_in", NULL, "", "pg_json_of_text",
                       "pg_jsonpath_array"},
};

static const struct conversion *conversion_of(struct type type) {
  static const struct conversion of_enum = {"pg_enum", NULL, "", "pg_json_of_text",
                                            "pg_enum_array"};
  return type_is_enum(type) ? &of_enum : &conversions[type.id];
}

static bool is_string(struct type type) {
  return !type.array && type_category(type) == 'S';
}

static const struct cast *find_cast(enum type_id from, enum type_id to) {
  for (size_t i = 0; i < sizeof casts / sizeof casts[0]; i++) {
    if (casts[i].from == from && casts[i].to == to)
      return &casts[i];
  }
  return NULL;
}

static bool is_pseudo(struct type type) {
  return type.id >= TYPE_RECORD && type.id < TYPE_COUNT;
}

/* Does a value that already fits `from` have to be changed to fit the modifiers of
 * `to`? */
static bool fits_modifiers(struct type from, struct type to) {
  if (to.precision < 0 || (from.precision == to.precision && from.scale == to.scale))
    return true;
  return to.id == TYPE_VARCHAR && from.precision >= 0 && from.precision <= to.precision;
}

/* Between two arrays, or from the text of an array to an array. */
static const char *cast_array(struct type from, struct type to, enum context context,
                              bool *takes_modifiers) {
  struct type element = {to.id, false, to.precision, to.scale, 0};
  if (from.array) {
    struct type source = {from.id, false, from.precision, from.scale, 0};
    if (from.id == to.id && fits_modifiers(source, element))
      return "";
    const struct cast *cast = find_cast(from.id, to.id);
    bool through_text = is_string(source) || is_string(element) || from.id == to.id;
    if (cast == NULL && !through_text)
      return NULL;
    if (cast != NULL && cast->context > context)
      return NULL;
    if (cast == NULL && context < EXPLICIT && from.id != to.id && !is_string(element))
      return NULL;
  } else if (from.id != TYPE_UNKNOWN && !(is_string(from) && context == EXPLICIT)) {
    return NULL;
  }
  *takes_modifiers = to.precision >= 0 || type_is_enum(to);
  /* An explicit cast cuts strings that are too long, an assignment refuses them. */
  if (*takes_modifiers && context < EXPLICIT && to.id == TYPE_VARCHAR)
    return "pg_assign_varchar_array";
  if (*takes_modifiers && context < EXPLICIT && to.id == TYPE_CHAR)
    return "pg_assign_char_array";
  return conversion_of(to)->array;
}

static const char *cast_to_pseudo(struct type from, struct type to) {
  switch (to.id) {
  case TYPE_ANY:
  case TYPE_ANYELEMENT: return "";
  case TYPE_ANYTEXT:
    if (from.id == TYPE_RECORD && !from.array)
      return "";
    if (is_pseudo(from))
      return NULL;
    if (from.array)
      return "pg_array_text";
    /* Printed alone it is t or f; only a cast to text spells it out. */
    return from.id == TYPE_BOOLEAN ? "pg_boolean_out" : conversion_of(from)->to_text;
  case TYPE_ANYJSON:
    if (from.id == TYPE_RECORD && !from.array)
      return "";
    if (is_pseudo(from))
      return NULL;
    if (!from.array)
      return conversion_of(from)->to_json;
    if (from.id == TYPE_TIMESTAMP || from.id == TYPE_TIMESTAMPTZ)
      return "pg_json_of_timestamp_array";
    return from.id == TYPE_NUMERIC || from.id == TYPE_JSON || from.id == TYPE_JSONB
               ? "pg_json_of_raw_array"
               : "pg_json_of_array";
  default: return from.id == to.id ? "" : NULL;
  }
}

/* What fits a value of this type, as text, to varchar(n) or char(n): cut in an explicit
 * cast, refused when too long in an assignment. Integers and what is stored as text
 * already need no preparation. */
static const char *length_function(struct type from, enum type_id to, bool cut) {
  static const struct row {
    enum type_id from;
    const char *varchar, *assign_varchar, *character, *assign_char;
  } rows[] = {
      {TYPE_BOOLEAN, "pg_varchar_of_boolean", "pg_assign_varchar_of_boolean",
       "pg_char_of_boolean", "pg_assign_char_of_boolean"},
      {TYPE_REAL, "pg_varchar_of_real", "pg_assign_varchar_of_real", "pg_char_of_real",
       "pg_assign_char_of_real"},
      {TYPE_DOUBLE, "pg_varchar_of_double", "pg_assign_varchar_of_double",
       "pg_char_of_double", "pg_assign_char_of_double"},
      {TYPE_BYTEA, "pg_varchar_of_bytea", "pg_assign_varchar_of_bytea",
       "pg_char_of_bytea", "pg_assign_char_of_bytea"},
      {TYPE_CHAR, "pg_varchar_of_char", "pg_assign_varchar_of_char", "pg_char",
       "pg_assign_char"},
      {TYPE_ANYARRAY, "pg_varchar_of_array", "pg_assign_varchar_of_array",
       "pg_char_of_array", "pg_assign_char_of_array"},
      {TYPE_ANY, "pg_varchar", "pg_assign_varchar", "pg_char", "pg_assign_char"},
  };
  enum type_id key = from.array ? TYPE_ANYARRAY : from.id;
  const struct row *row = rows;
  while (row->from != key && row->from != TYPE_ANY)
    row++;
  if (to == TYPE_CHAR)
    return cut ? row->character : row->assign_char;
  return cut ? row->varchar : row->assign_varchar;
}

/* To a string type: the text of the value, then cut or padded where the target has a
 * length. */
static const char *cast_to_string(struct type from, struct type to,
                                  enum context context, bool *takes_modifiers) {
  bool same = from.id == to.id && !from.array;
  *takes_modifiers = to.precision >= 0 && !(same && fits_modifiers(from, to));
  if (*takes_modifiers)
    return length_function(from, to.id, context == EXPLICIT);
  if (same)
    return "";
  return from.array             ? "pg_array_text"
         : from.id == TYPE_CHAR ? "rtrim"
                                : conversion_of(from)->to_text;
}

static const char *cast_in(struct type from, struct type to, enum context context,
                           bool *takes_modifiers) {
  *takes_modifiers = false;
  if (is_pseudo(to))
    return cast_to_pseudo(from, to);
  if (from.id == TYPE_RECORD && is_string(to) && !to.array)
    from.id = TYPE_TEXT; /* a row is stored as it is printed */
  if (is_pseudo(from))
    return NULL;
  if (to.array)
    return cast_array(from, to, context, takes_modifiers);
  if (to.id == TYPE_UNKNOWN)
    return from.id == TYPE_UNKNOWN && !from.array ? "" : NULL;
  if (is_string(to))
    return cast_to_string(from, to, context, takes_modifiers);
  if (from.array)
    return NULL;
  const struct conversion *conversion = conversion_of(to);
  *takes_modifiers = to.precision >= 0 && conversion->modify != NULL;
  if (from.id == to.id) {
    if (*takes_modifiers && !fits_modifiers(from, to))
      return conversion->modify;
    *takes_modifiers = false;
    return "";
  }
  *takes_modifiers |= type_is_enum(to);
  if (from.id == TYPE_UNKNOWN)
    return conversion->from_text;
  const struct cast *cast = find_cast(from.id, to.id);
  if (cast == NULL)
    return is_string(from) && context == EXPLICIT ? conversion->from_text : NULL;
  if (cast->context > context)
    return NULL;
  /* Integers have no digits to lose but may have too many. */
  if (*takes_modifiers && cast->function[0] == 'A')
    return conversion->modify;
  return cast->function;
}

const char *type_cast(struct type from, struct type to, bool *takes_modifiers) {
  return cast_in(from, to, EXPLICIT, takes_modifiers);
}

const char *type_assignment(struct type from, struct type to, bool *takes_modifiers) {
  return cast_in(from, to, ASSIGNMENT, takes_modifiers);
}

bool type_implicit(struct type from, struct type to) {
  if (from.id == TYPE_UNKNOWN && !from.array)
    return !is_pseudo(to);
  if (from.array != to.array)
    return false;
  if (from.id == to.id)
    return true;
  const struct cast *cast = find_cast(from.id, to.id);
  return cast != NULL && cast->context == IMPLICIT;
}

bool type_common(struct type left, struct type right, struct type *common) {
  *common = type_base(left);
  if (right.id == TYPE_UNKNOWN && !right.array)
    return true;
  *common = type_base(right);
  if (left.id == TYPE_UNKNOWN && !left.array)
    return true;
  if (left.id == right.id && left.array == right.array) {
    /* Modifiers and domains survive only when both have the same. */
    if (type_equal(left, right))
      *common = left;
    else if (!type_equal(type_base(left), type_base(right)))
      *common = (struct type){left.id, left.array, -1, -1, 0};
    return true;
  }
  if (type_category(left) != type_category(right))
    return false;
  bool to_right = type_implicit(left, right), to_left = type_implicit(right, left);
  if (!to_right && !to_left)
    return false;
  *common = to_right && !to_left && !type_preferred(left) ? right : left;
  *common = (struct type){common->id, common->array, -1, -1, 0};
  return true;
}
