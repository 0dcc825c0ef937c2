/* Rows made of JSON, jsonb_to_recordset(…) AS (a integer, …): a subquery that reads one field of each object after the other,
 *
 *   SELECT CAST(__json_field_text(r.value, 'a') AS integer) AS a, … FROM __jsonb_records(…) AS r (value)
 *
 * jsonb_populate_recordset(NULL::t, …) has the columns of t. */
#include <string.h>

#include "catalog/bind_internal.h"

/* One of these functions. */
static const struct record_function {
  const char *name;
  const char *objects; /* gives the objects, one by one */
  bool populates;      /* its first argument tells the columns */
} functions[] = {
    {"json_to_record", "__json_record", false},
    {"json_to_recordset", "__json_records", false},
    {"jsonb_to_record", "__jsonb_record", false},
    {"jsonb_to_recordset", "__jsonb_records", false},
    {"json_populate_record", "__json_record", true},
    {"json_populate_recordset", "__json_records", true},
    {"jsonb_populate_record", "__jsonb_record", true},
    {"jsonb_populate_recordset", "__jsonb_records", true},
};

#define OBJECT "r"

static const struct record_function *find_function(const struct sql_node *call) {
  const char *name = call->kind == SQL_CALL && !call->child[CALL_NAME]->child[0]
                         ? call->child[CALL_NAME]->text
                         : "";
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].name, name) == 0)
      return &functions[i];
  }
  return NULL;
}

static bool has_definitions(const struct sql_node *reference) {
  const struct sql_node *columns = reference->child[REFERENCE_COLUMNS];
  return columns && columns->count > 0 &&
         columns->child[0]->kind == SQL_COLUMN_DEFINITION;
}

bool bind_makes_records(const struct sql_node *call) {
  return find_function(call) != NULL;
}

/* --- the query --- */

static struct sql_node *object_column(struct binder *binder, uint32_t position) {
  struct sql_node *column = bind_node(binder, SQL_COLUMN, position, "value");
  if (!column)
    return NULL;
  column->child[0] = bind_node(binder, SQL_NAME, position, OBJECT);
  return column->child[0] ? column : NULL;
}

/* The field's text, or for a column of JSON its value; NULL where that is null. */
static struct sql_node *read_field(struct binder *binder, const char *name, bool json,
                                   uint32_t position) {
  struct sql_node *object = object_column(binder, position);
  struct sql_node *key = bind_node(binder, SQL_STRING, position, name);
  if (!object || !key)
    return NULL;
  key->length = (uint32_t)strlen(name);
  struct sql_node *list = bind_node(binder, SQL_LIST, position, NULL);
  if (!list || !bind_append(binder, list, object) || !bind_append(binder, list, key))
    return NULL;
  return bind_unbound_call(binder, json ? "__json_field" : "__json_field_text", list,
                           position);
}

static bool is_json(struct type type) {
  return !type.array && (type.id == TYPE_JSON || type.id == TYPE_JSONB);
}

/* A field becomes a column as its text would become one that is inserted: what is too long is refused, not cut. */
static enum conversion conversion_to(struct type type) {
  return type_category(type) == 'S' ? CONVERT_ASSIGNMENT : CONVERT_EXPLICIT;
}

static struct sql_node *build_result(struct binder *binder,
                                     const struct sql_node *definition) {
  struct type type;
  uint32_t position = definition->position;
  if (bind_type(binder, definition->child[0], &type) != TIDE_OK)
    return NULL;
  if (type.array && type.precision >= 0) {
    bind_unsupported(binder, position,
                     "an array of a type with a length, made of JSON");
    return NULL;
  }
  struct sql_node *cast = bind_node(binder, SQL_CAST, position, NULL);
  struct sql_node *result = bind_node(binder, SQL_RESULT, position, definition->text);
  if (!cast || !result)
    return NULL;
  cast->child[CAST_OPERAND] =
      read_field(binder, definition->text, is_json(type), position);
  cast->child[CAST_TYPE] = bind_clone(binder, definition->child[0]);
  cast->op = (uint16_t)conversion_to(type);
  result->child[0] = cast;
  return cast->child[CAST_OPERAND] && cast->child[CAST_TYPE] ? result : NULL;
}

static struct sql_node *build_results(struct binder *binder,
                                      const struct sql_node *definitions) {
  struct sql_node *results = bind_node(binder, SQL_LIST, definitions->position, NULL);
  for (uint32_t i = 0; results && i < definitions->count; i++) {
    struct sql_node *result = build_result(binder, definitions->child[i]);
    if (!result || !bind_append(binder, results, result))
      return NULL;
  }
  return results;
}

/* FROM function(arguments) AS r (value) */
static struct sql_node *build_from(struct binder *binder, const char *function,
                                   struct sql_node *arguments, uint32_t position) {
  struct sql_node *reference =
      bind_node(binder, SQL_FUNCTION_REFERENCE, position, OBJECT);
  struct sql_node *columns = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *from = bind_node(binder, SQL_LIST, position, NULL);
  if (!reference || !columns || !from ||
      !bind_append(binder, columns, bind_node(binder, SQL_NAME, position, "value")))
    return NULL;
  reference->child[REFERENCE_SOURCE] =
      bind_unbound_call(binder, function, arguments, position);
  reference->child[REFERENCE_COLUMNS] = columns;
  return reference->child[REFERENCE_SOURCE] && bind_append(binder, from, reference)
             ? from
             : NULL;
}

/* --- the columns --- */

/* t of NULL::t, where the names of relations are those of their rows' types. */
static const struct relation *row_type(struct binder *binder,
                                       const struct sql_node *base) {
  bool typed = base->kind == SQL_CAST && base->child[CAST_OPERAND]->kind == SQL_NULL;
  if (!typed) {
    bind_unsupported(binder, base->position,
                     "a row as the base of rows made of JSON, but for NULL::relation,");
    return NULL;
  }
  const struct sql_node *type = base->child[CAST_TYPE];
  const struct sql_node *schema = type->child[TYPE_SCHEMA];
  const struct relation *relation =
      type->flags & SQL_ARRAY_TYPE
          ? NULL
          : catalog_find(binder->database, schema ? schema->text : NULL, type->text);
  if (!relation)
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_OBJECT, type->position,
                 "type %q does not exist", type->text);
  return relation;
}

static struct sql_node *define_column(struct binder *binder,
                                      const struct column *column, uint32_t position) {
  struct sql_node *definition =
      bind_node(binder, SQL_COLUMN_DEFINITION, position, column->name);
  if (definition)
    definition->child[COLUMN_TYPE] = bind_type_node(binder, column->type, position);
  return definition && definition->child[COLUMN_TYPE] ? definition : NULL;
}

/* The definitions of the columns that `base` has. */
static struct sql_node *definitions_of_type(struct binder *binder,
                                            const struct sql_node *base) {
  const struct relation *relation = row_type(binder, base);
  struct sql_node *list = bind_node(binder, SQL_LIST, base->position, NULL);
  if (!relation || !list)
    return NULL;
  binder->binding->row_type = base->child[CAST_TYPE];
  for (int i = 0; i < relation->column_count; i++)
    if (!relation->columns[i].hidden &&
        !bind_append(binder, list,
                     define_column(binder, &relation->columns[i], base->position)))
      return NULL;
  return list;
}

/* What stands behind a function that returns "record". */
static struct sql_node *given_definitions(struct binder *binder,
                                          const struct sql_node *reference) {
  if (reference->flags & SQL_ORDINALITY)
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, reference->position,
                 "WITH ORDINALITY cannot be used with a column definition list");
  else if (has_definitions(reference))
    return reference->child[REFERENCE_COLUMNS];
  else
    error_set_at(
        binder->error, TIDE_ERROR_SYNTAX, reference->position,
        "a column definition list is required for functions returning \"record\"");
  return NULL;
}

static bool may_populate(struct binder *binder, const struct sql_node *reference,
                         const struct record_function *function,
                         const struct sql_node *arguments) {
  if (arguments->count != 2)
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_FUNCTION,
                 reference->child[REFERENCE_SOURCE]->position,
                 "function %s takes NULL::relation and a JSON document",
                 function->name);
  else if (has_definitions(reference))
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, reference->position,
                 "a column definition list is redundant for a function returning a "
                 "named composite type");
  else if (reference->flags & SQL_ORDINALITY)
    bind_unsupported(binder, reference->position, "WITH ORDINALITY of rows of a type");
  return binder->error->code == 0;
}

/* --- all of it --- */

/* SELECT definitions FROM objects(arguments) */
static struct sql_node *build_query(struct binder *binder,
                                    const struct sql_node *definitions,
                                    const char *objects, struct sql_node *arguments,
                                    uint32_t position) {
  struct sql_node *query = bind_node(binder, SQL_QUERY, position, NULL);
  struct sql_node *select = bind_node(binder, SQL_SELECT, position, NULL);
  if (!query || !select || !definitions || !arguments)
    return NULL;
  select->child[SELECT_RESULTS] = build_results(binder, definitions);
  select->child[SELECT_FROM] = build_from(binder, objects, arguments, position);
  query->child[QUERY_BODY] = select;
  return select->child[SELECT_RESULTS] && select->child[SELECT_FROM] ? query : NULL;
}

static struct sql_node *build_source(struct binder *binder,
                                     struct sql_node *reference) {
  const struct sql_node *call = reference->child[REFERENCE_SOURCE];
  const struct record_function *function = find_function(call);
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (!arguments)
    arguments = bind_node(binder, SQL_LIST, call->position, NULL);
  if (!arguments)
    return NULL;
  if (!function->populates) {
    const struct sql_node *definitions = given_definitions(binder, reference);
    reference->child[REFERENCE_COLUMNS] = NULL;
    return build_query(binder, definitions, function->objects, arguments,
                       call->position);
  }
  if (!may_populate(binder, reference, function, arguments))
    return NULL;
  struct sql_node *document = bind_node(binder, SQL_LIST, call->position, NULL);
  if (!document || !bind_append(binder, document, arguments->child[1]))
    return NULL;
  return build_query(binder, definitions_of_type(binder, arguments->child[0]),
                     function->objects, document, call->position);
}

bool bind_expand_records(struct binder *binder, struct sql_node *reference) {
  struct sql_node *query = build_source(binder, reference);
  if (!query)
    return false;
  if (!reference->text)
    reference->text = reference->child[REFERENCE_SOURCE]->child[CALL_NAME]->text;
  reference->kind = SQL_SUBQUERY_REFERENCE;
  reference->flags |= SQL_LATERAL;
  reference->child[REFERENCE_SOURCE] = query;
  return true;
}
