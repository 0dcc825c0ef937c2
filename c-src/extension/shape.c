/* What a query must show to become a table tv_<entity>: pk_<entity>, and the document in `data`. */
#include <string.h>

#include "catalog/bind.h"
#include "extension/internal.h"
#include "sql/walk.h"

const char *shape_entity(const char *name) {
  return strncmp(name, "tv_", 3) == 0 && name[3] != '\0' ? name + 3 : NULL;
}

static int find(const struct binding *binding, const char *name) {
  for (int i = 0; i < binding->result_count; i++) {
    if (strcmp(binding->result_names[i], name) == 0)
      return i;
  }
  return -1;
}

static int check_key(struct database *database, struct arena *arena,
                     const struct binding *binding, const struct sql_node *query,
                     const char *entity) {
  const char *key = arena_format(arena, "pk_%s", entity);
  if (!key)
    return extension_nomem(database);
  int found = 0;
  for (int i = 0; i < binding->result_count; i++)
    found += strcmp(binding->result_names[i], key) == 0;
  if (found == 1)
    return TIDE_OK;
  int code = found == 0 ? TIDE_ERROR_UNDEFINED_COLUMN : TIDE_ERROR_DUPLICATE_COLUMN;
  error_set_at(database->error, code, query->position,
               found == 0 ? "required column %q is missing"
                          : "column %q specified more than once",
               key);
  error_hint(database->error,
             "tv_%s has to show the primary key of its root once, as pk_%s.", entity,
             entity);
  return code;
}

static int check_data(struct database *database, const struct binding *binding,
                      const struct sql_node *query) {
  int data = find(binding, "data");
  if (data < 0) {
    error_set_at(database->error, TIDE_ERROR_UNDEFINED_COLUMN, query->position,
                 "required column \"data\" is missing");
    error_hint(database->error, "Show the document as data: jsonb_build_object(…) AS "
                                "data.");
    return TIDE_ERROR_UNDEFINED_COLUMN;
  }
  struct type type = binding->result_types[data];
  if (type.id == TYPE_JSONB && !type.array)
    return TIDE_OK;
  char name[64];
  catalog_format_type(database, type, name, sizeof name);
  error_set_at(database->error, TIDE_ERROR_TYPE_MISMATCH, query->position,
               "column \"data\" has to be jsonb, not %s", name);
  error_hint(database->error, "Use jsonb_build_object or a cast to jsonb.");
  return TIDE_ERROR_TYPE_MISMATCH;
}

int shape_bind(struct database *database, struct arena *arena,
               const struct sql_node *query, struct binding *binding,
               struct sql_node **bound) {
  *binding = (struct binding){.database = database, .arena = arena};
  *bound = sql_clone(arena, query);
  return *bound ? bind_statement(binding, *bound) : extension_nomem(database);
}

int shape_check(struct database *database, struct arena *arena,
                const struct sql_node *name, const struct sql_node *query,
                const char **entity) {
  struct binding binding;
  struct sql_node *bound;
  *entity = shape_entity(name->text);
  if (!*entity) {
    error_set_at(database->error, TIDE_ERROR_INVALID_NAME, name->position,
                 "invalid TVIEW name '%s'", name->text);
    error_hint(database->error, "It has to be tv_ and the name of an entity.");
    return TIDE_ERROR_INVALID_NAME;
  }
  if (query->kind != SQL_QUERY)
    return error_set_at(database->error, TIDE_ERROR_SYNTAX, query->position,
                        "a TVIEW is defined by a SELECT");
  int code = shape_bind(database, arena, query, &binding, &bound);
  if (code == TIDE_OK)
    code = check_key(database, arena, &binding, query, *entity);
  return code == TIDE_OK ? check_data(database, &binding, query) : code;
}

/* --- what a query shows --- */

static bool begins(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *text, const char *suffix) {
  size_t length = strlen(text), end = strlen(suffix);
  return length > end && strcmp(text + length - end, suffix) == 0;
}

static void put_first(struct buffer *json, const struct binding *binding,
                      const char *key, const char *name, const char *prefix) {
  const char *found = NULL;
  for (int i = 0; i < binding->result_count && !found; i++) {
    const char *column = binding->result_names[i];
    if (name ? strcmp(column, name) == 0 : begins(column, prefix))
      found = column;
  }
  buffer_format(json, "%j:%j,", key, found);
}

static void put_list(struct buffer *json, const struct binding *binding,
                     const char *key, const char *prefix, const char *suffix) {
  const char *separator = "";
  buffer_format(json, "%j:[", key);
  for (int i = 0; i < binding->result_count; i++) {
    const char *column = binding->result_names[i];
    if (prefix ? !begins(column, prefix) : !ends(column, suffix))
      continue;
    buffer_format(json, "%s%j", separator, column);
    separator = ",";
  }
  buffer_text(json, "],");
}

static void put_types(struct buffer *json, const struct binding *binding) {
  buffer_text(json, "\"column_types\":{");
  for (int i = 0; i < binding->result_count; i++) {
    char type[64];
    catalog_format_type(binding->database, binding->result_types[i], type, sizeof type);
    buffer_format(json, "%s%j:%j", i > 0 ? "," : "", binding->result_names[i], type);
  }
  buffer_text(json, "},");
}

int shape_describe(struct database *database, struct arena *arena, const char *select,
                   struct buffer *json) {
  struct binding binding;
  struct sql_node *query, *bound;
  const struct relation **relations;
  int count = 0;
  int code = extension_parse(database, arena, select, &query);
  if (code == TIDE_OK && query->kind != SQL_QUERY)
    code =
        error_set(database->error, TIDE_ERROR_SYNTAX, "a TVIEW is defined by a SELECT");
  if (code == TIDE_OK)
    code = shape_bind(database, arena, query, &binding, &bound);
  if (code == TIDE_OK)
    code = bind_relations(&binding, bound, &relations, &count);
  if (code != TIDE_OK)
    return extension_without_position(database, code);
  buffer_character(json, '{');
  put_first(json, &binding, "pk_column", NULL, "pk_");
  put_first(json, &binding, "id_column", "id", NULL);
  put_first(json, &binding, "identifier_column", "identifier", NULL);
  put_first(json, &binding, "data_column", "data", NULL);
  put_list(json, &binding, "fk_columns", "fk_", NULL);
  put_list(json, &binding, "uuid_fk_columns", NULL, "_id");
  put_types(json, &binding);
  buffer_text(json, "\"source_tables\":[");
  for (int i = 0; i < count; i++)
    buffer_format(json, "%s%j", i > 0 ? "," : "", relations[i]->name);
  buffer_text(json, "]}");
  return json->failed ? extension_nomem(database) : TIDE_OK;
}
