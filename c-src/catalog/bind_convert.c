/* Conversions made explicit: which are allowed where, type names, and the common type of several. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "types/datetime.h"
#include "types/enum.h"
#include "types/jsonpath.h"

bool bind_is_unknown(struct type type) {
  return type.id == TYPE_UNKNOWN && !type.array;
}

bool bind_is_record(struct type type) {
  return type.id == TYPE_RECORD && !type.array;
}

void bind_not_immutable(struct binder *binder, unsigned flags, const char *name) {
  flags &= FUNCTION_STABLE | FUNCTION_VOLATILE | FUNCTION_WRITES;
  binder->binding->volatility |= flags;
  if (flags != 0 && !binder->binding->not_immutable)
    binder->binding->not_immutable = name;
}

const char *bind_type_text(struct binder *binder, struct type type) {
  char text[BIND_TYPE_TEXT_MAX];
  catalog_format_type(binder->database, type, text, sizeof text);
  const char *copy = arena_string(binder->arena, text);
  return copy ? copy : "";
}

const char *bind_type_name(enum type_id id) {
  static const char *const names[TYPE_COUNT] = {
      [TYPE_UNKNOWN] = "text",
      [TYPE_BOOLEAN] = "bool",
      [TYPE_SMALLINT] = "int2",
      [TYPE_INTEGER] = "int4",
      [TYPE_BIGINT] = "int8",
      [TYPE_REAL] = "float4",
      [TYPE_DOUBLE] = "float8",
      [TYPE_NUMERIC] = "numeric",
      [TYPE_TEXT] = "text",
      [TYPE_VARCHAR] = "varchar",
      [TYPE_CHAR] = "bpchar",
      [TYPE_BYTEA] = "bytea",
      [TYPE_DATE] = "date",
      [TYPE_TIME] = "time",
      [TYPE_TIMETZ] = "timetz",
      [TYPE_TIMESTAMP] = "timestamp",
      [TYPE_TIMESTAMPTZ] = "timestamptz",
      [TYPE_INTERVAL] = "interval",
      [TYPE_UUID] = "uuid",
      [TYPE_JSON] = "json",
      [TYPE_JSONB] = "jsonb",
      [TYPE_JSONPATH] = "jsonpath",
      [TYPE_RECORD] = "record",
  };
  return id < TYPE_COUNT && names[id] ? names[id] : "record";
}

/* --- type names --- */

static int read_modifier(const struct sql_node *list, uint32_t index, int *modifier) {
  *modifier = -1;
  if (!list || index >= list->count)
    return TIDE_OK;
  const struct sql_node *node = list->child[index];
  bool negative = node->kind == SQL_UNARY;
  if (negative)
    node = node->child[0];
  int value = 0;
  for (const char *digit = node->text ? node->text : ""; *digit; digit++) {
    if (*digit < '0' || *digit > '9' || value > 100000000)
      return TIDE_ERROR_INVALID_PARAMETER;
    value = value * 10 + (*digit - '0');
  }
  *modifier = negative ? -value : value;
  return TIDE_OK;
}

bool bind_named_type(const struct database *database, const struct sql_node *node,
                     struct type *type) {
  const struct sql_node *schema = node->child[TYPE_SCHEMA];
  *type = TYPE(schema ? TYPE_COUNT : type_by_name(node->text));
  return type->id != TYPE_COUNT ||
         catalog_find_type(database, schema ? schema->text : NULL, node->text, type);
}

int bind_type(struct binder *binder, const struct sql_node *node, struct type *type) {
  bool known = bind_named_type(binder->database, node, type);
  enum type_id id = type->id;
  if (!known && type_is_missing(node->text))
    return error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
                        "type %q is not supported", node->text);
  if (!known)
    return error_set_at(binder->error, TIDE_ERROR_UNDEFINED_OBJECT, node->position,
                        "type %q does not exist", node->text);
  const struct sql_node *modifiers = node->child[TYPE_MODIFIERS];
  if (modifiers && (type_is_enum(*type) || type->domain != 0))
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, node->position,
                        "type modifier is not allowed for type %q", node->text);
  bool array = (node->flags & SQL_ARRAY_TYPE) != 0;
  if (type->domain != 0)
    return array ? error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
                                "an array of domain %s is not supported",
                                bind_type_text(binder, *type))
                 : TIDE_OK;
  type->array = array;
  if (read_modifier(modifiers, 0, &type->precision) != TIDE_OK ||
      read_modifier(modifiers, 1, &type->scale) != TIDE_OK)
    return error_set_at(binder->error, TIDE_ERROR_INVALID_PARAMETER, node->position,
                        "invalid type modifier");
  if (id == TYPE_NUMERIC && type->precision >= 0 &&
      (!modifiers || modifiers->count < 2))
    type->scale = 0;
  if ((id == TYPE_VARCHAR || id == TYPE_CHAR) && type->precision == 0)
    return error_set_at(binder->error, TIDE_ERROR_INVALID_PARAMETER, node->position,
                        "length for type %s must be at least 1",
                        id == TYPE_CHAR ? "char" : "varchar");
  /* character without a length is character(1), except as the internal name bpchar. */
  if (id == TYPE_CHAR && type->precision < 0 && strcmp(node->text, "bpchar") != 0)
    type->precision = 1;
  return TIDE_OK;
}

/* An enum or domain by its name and schema, which may not be in the search path. */
static struct sql_node *made_type_node(struct binder *binder, const char *schema,
                                       const char *name, uint32_t position) {
  struct sql_node *node = bind_node(binder, SQL_TYPE, position, name);
  if (!node)
    return NULL;
  node->child[TYPE_SCHEMA] = bind_node(binder, SQL_NAME, position, schema);
  return node->child[TYPE_SCHEMA] ? node : NULL;
}

struct sql_node *bind_type_node(struct binder *binder, struct type type,
                                uint32_t position) {
  const struct domain *domain = catalog_domain(binder->database, type);
  struct sql_node *node;
  if (domain) {
    node = made_type_node(binder, domain->schema, domain->name, position);
  } else if (type_is_enum(type)) {
    const struct enum_type *found = catalog_enum(binder->database, type);
    node = made_type_node(binder, found->schema, found->name, position);
  } else {
    node = bind_node(binder, SQL_TYPE, position, bind_type_name(type.id));
  }
  if (!node)
    return NULL;
  node->type = type;
  if (domain)
    return node;
  if (type.array)
    node->flags |= SQL_ARRAY_TYPE;
  if (type.precision < 0)
    return node;
  struct sql_node *modifiers = bind_node(binder, SQL_LIST, position, NULL);
  if (!modifiers ||
      !bind_append(binder, modifiers, bind_integer(binder, position, type.precision)))
    return NULL;
  if (type.id == TYPE_NUMERIC &&
      !bind_append(binder, modifiers, bind_integer(binder, position, type.scale)))
    return NULL;
  node->child[TYPE_MODIFIERS] = modifiers;
  return node;
}

/* --- converting one expression --- */

bool bind_can_convert(const struct sql_node *node, struct type to,
                      enum conversion how) {
  bool takes_modifiers;
  if (bind_is_unknown(node->type))
    return type_implicit(node->type, to);
  switch (how) {
  case CONVERT_EXPLICIT: return type_cast(node->type, to, &takes_modifiers) != NULL;
  case CONVERT_IMPLICIT: return type_implicit(node->type, to);
  case CONVERT_ASSIGNMENT:
    return type_assignment(node->type, to, &takes_modifiers) != NULL;
  }
  return false;
}

static struct sql_node *cast_node(struct binder *binder, struct sql_node *node,
                                  struct type to, enum conversion how) {
  struct sql_node *cast = bind_node(binder, SQL_CAST, node->position, NULL);
  if (!cast)
    return NULL;
  cast->child[CAST_OPERAND] = node;
  cast->child[CAST_TYPE] = bind_type_node(binder, to, node->position);
  cast->type = to;
  cast->op = (uint16_t)how;
  return cast->child[CAST_TYPE] ? cast : NULL;
}

bool bind_check_path(struct binder *binder, const struct sql_node *literal,
                     struct type to) {
  struct jsonpath path;
  if (literal->kind != SQL_STRING || to.id != TYPE_JSONPATH || to.array)
    return true;
  struct error error;
  struct text text = {literal->text, strlen(literal->text)};
  error_clear(&error);
  if (jsonpath_init(&path, binder->arena->memory, text, &error) != TIDE_OK)
    error_set_at(binder->error, error.code, literal->position, "%s", error.message);
  jsonpath_deinit(&path);
  return error.code == TIDE_OK;
}

/* 'today' and the like are read when the query runs. */
static void note_literal(struct binder *binder, const struct sql_node *literal,
                         struct type to) {
  struct datetime parsed;
  switch (to.id) {
  case TYPE_DATE:
  case TYPE_TIME:
  case TYPE_TIMETZ:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ:
    if (datetime_parse(&parsed, literal->text, strlen(literal->text),
                       DATETIME_NO_NOW) == TIDE_ERROR_NOT_IMMUTABLE)
      bind_not_immutable(binder, FUNCTION_STABLE, literal->text);
    break;
  default: break;
  }
}

static struct type without_modifiers(struct type type) {
  return (struct type){type.id, type.array, -1, -1, 0};
}

/* A literal, NULL or parameter takes the type that is wanted of it. */
static struct sql_node *convert_unknown(struct binder *binder, struct sql_node *node,
                                        struct type to, enum conversion how) {
  struct type plain = without_modifiers(to);
  switch (node->kind) {
  case SQL_NULL: node->type = to; return node;
  case SQL_PARAMETER: {
    struct type *known = &binder->binding->parameter_types[node->index - 1];
    if (bind_is_unknown(*known))
      *known = plain;
    node->type = *known;
    break;
  }
  case SQL_STRING:
    note_literal(binder, node, plain);
    if (!bind_check_path(binder, node, plain))
      return NULL;
    if (plain.id == TYPE_TEXT && !plain.array)
      node->type = plain;
    else if (!(node = cast_node(binder, node, plain, CONVERT_EXPLICIT)))
      return NULL;
    break;
  default:
    if (!(node = cast_node(binder, node, plain, CONVERT_EXPLICIT)))
      return NULL;
  }
  return bind_convert(binder, node, to, how);
}

static bool same_type(struct type left, struct type right) {
  return left.id == right.id && left.array == right.array;
}

/* A value of what the domain is over, seen by its constraints. Even one that is of the domain is seen again: a join may
 * have made NULL of it. */
static struct sql_node *convert_to_domain(struct binder *binder, struct sql_node *node,
                                          struct type to, enum conversion how) {
  if (how == CONVERT_IMPLICIT && node->type.domain == to.domain)
    return node;
  node = bind_convert(binder, node, type_base(to), how);
  return node ? cast_node(binder, node, to, how) : NULL;
}

struct sql_node *bind_convert(struct binder *binder, struct sql_node *node,
                              struct type to, enum conversion how) {
  if (!node)
    return NULL;
  if (to.domain != 0)
    return convert_to_domain(binder, node, to, how);
  /* Pseudo-types say how a value is to be given, which lowering does; it keeps its own type here. */
  if (to.id >= TYPE_RECORD && to.id < TYPE_COUNT && !bind_is_unknown(node->type))
    return node;
  if (to.id > TYPE_RECORD && to.id < TYPE_COUNT)
    to = TYPE(TYPE_TEXT);
  if (bind_is_unknown(to))
    return node;
  if (bind_is_unknown(node->type))
    return convert_unknown(binder, node, to, how);
  if (same_type(node->type, to)) {
    bool fits = to.precision < 0 || type_equal(type_base(node->type), to);
    if (fits || how == CONVERT_IMPLICIT)
      return node;
  }
  if (!bind_can_convert(node, to, how)) {
    error_set_at(binder->error, TIDE_ERROR_CANNOT_COERCE, node->position,
                 "cannot cast type %s to %s", bind_type_text(binder, node->type),
                 bind_type_text(binder, to));
    return NULL;
  }
  return cast_node(binder, node, to, how);
}

struct sql_node *bind_relabel(struct binder *binder, struct sql_node *node,
                              struct type to) {
  return type_equal(node->type, to) ? node
                                    : cast_node(binder, node, to, CONVERT_IMPLICIT);
}

/* --- several that become one type --- */

bool bind_unify(struct binder *binder, struct sql_node ***slots, int count,
                const char *what, struct type *common) {
  *common = TYPE(TYPE_UNKNOWN);
  for (int i = 0; i < count; i++) {
    struct sql_node *node = *slots[i];
    struct type previous = i == 0 ? node->type : *common;
    if (type_common(previous, node->type, common))
      continue;
    bool alike = type_category(previous) == type_category(node->type);
    error_set_at(binder->error,
                 alike ? TIDE_ERROR_CANNOT_COERCE : TIDE_ERROR_TYPE_MISMATCH,
                 node->position, "%s types %s and %s cannot be matched", what,
                 bind_type_text(binder, previous), bind_type_text(binder, node->type));
    return false;
  }
  if (bind_is_unknown(*common))
    *common = TYPE(TYPE_TEXT);
  for (int i = 0; i < count; i++) {
    struct sql_node *converted =
        bind_convert(binder, *slots[i], *common, CONVERT_IMPLICIT);
    if (!converted)
      return false;
    *slots[i] = converted;
  }
  return true;
}
