/* Rows made of JSON, jsonb_to_recordset(…) AS (a integer, …): a subquery that reads one field of each object after the other,
 *
 *   SELECT CAST(__json_field_text(r.value, 'a') AS integer) AS a, … FROM __jsonb_records(…) AS r (value) */
#include <string.h>

#include "catalog/bind_internal.h"

/* One of these functions. */
static const struct record_function {
  const char *name;
  const char *objects; /* gives the objects, one by one */
} functions[] = {
    {"json_to_record", "__json_record"},
    {"json_to_recordset", "__json_records"},
    {"jsonb_to_record", "__jsonb_record"},
    {"jsonb_to_recordset", "__jsonb_records"},
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

static struct sql_node *call_of(struct binder *binder, const char *name,
                                struct sql_node *arguments, uint32_t position) {
  struct sql_node *call = bind_node(binder, SQL_CALL, position, NULL);
  if (!call)
    return NULL;
  call->child[CALL_NAME] = bind_node(binder, SQL_NAME, position, name);
  call->child[CALL_ARGUMENTS] = arguments;
  return call->child[CALL_NAME] && arguments ? call : NULL;
}

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
  return call_of(binder, json ? "__json_field" : "__json_field_text", list, position);
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
  reference->child[REFERENCE_SOURCE] = call_of(binder, function, arguments, position);
  reference->child[REFERENCE_COLUMNS] = columns;
  return reference->child[REFERENCE_SOURCE] && bind_append(binder, from, reference)
             ? from
             : NULL;
}

static bool is_accepted(struct binder *binder, const struct sql_node *reference) {
  if (reference->flags & SQL_ORDINALITY) {
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, reference->position,
                 "WITH ORDINALITY cannot be used with a column definition list");
    return false;
  }
  if (has_definitions(reference))
    return true;
  error_set_at(
      binder->error, TIDE_ERROR_SYNTAX, reference->position,
      "a column definition list is required for functions returning \"record\"");
  return false;
}

bool bind_expand_records(struct binder *binder, struct sql_node *reference) {
  const struct sql_node *call = reference->child[REFERENCE_SOURCE];
  const struct record_function *function = find_function(call);
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  uint32_t position = call->position;
  struct sql_node *query = bind_node(binder, SQL_QUERY, position, NULL);
  struct sql_node *select = bind_node(binder, SQL_SELECT, position, NULL);
  if (!arguments)
    arguments = bind_node(binder, SQL_LIST, position, NULL);
  if (!query || !select || !arguments || !is_accepted(binder, reference))
    return false;
  select->child[SELECT_RESULTS] =
      build_results(binder, reference->child[REFERENCE_COLUMNS]);
  select->child[SELECT_FROM] =
      build_from(binder, function->objects, arguments, position);
  if (!select->child[SELECT_RESULTS] || !select->child[SELECT_FROM])
    return false;
  query->child[QUERY_BODY] = select;
  if (!reference->text)
    reference->text = function->name;
  reference->child[REFERENCE_COLUMNS] = NULL;
  reference->kind = SQL_SUBQUERY_REFERENCE;
  reference->flags |= SQL_LATERAL;
  reference->child[REFERENCE_SOURCE] = query;
  return true;
}
