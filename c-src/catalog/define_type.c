/* ALTER and DROP of types and domains, as far as it is the same for all of them. */
#include "catalog/define_type.h"

#include <string.h>

int define_check_type_name(struct definition *definition, const struct sql_node *node,
                           const char *schema, const char *name) {
  struct type type;
  int code = define_check_name(definition, node, "type", name);
  if (code == TIDE_OK && catalog_find_type(definition->database, schema, name, &type))
    code = error_set_at(definition->error, TIDE_ERROR_DUPLICATE_OBJECT, node->position,
                        "type %q already exists", name);
  return code;
}

int define_find_type(struct definition *definition, const struct sql_node *name,
                     enum sql_object object, struct type *type) {
  const char *schema = name_schema(name);
  bool domain = object == SQL_OBJECT_DOMAIN;
  bool found = catalog_find_type(definition->database, schema, name->text, type);
  bool built_in = !found && schema == NULL && type_by_name(name->text) != TYPE_COUNT;
  if (found && (!domain || type->domain != 0))
    return TIDE_OK;
  if (found || built_in)
    return error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q is not %s", name->text, domain ? "a domain" : "an enum");
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT, name->position,
                      "type \"%s\" does not exist",
                      define_written_name(definition, name));
}

/* --- RENAME TO, SET SCHEMA --- */

static int record_name(struct definition *definition, struct type type,
                       const char *schema_name, const char *name) {
  const struct schema *schema = catalog_find_schema(definition->database, schema_name);
  const char *update = type.domain != 0
                           ? "UPDATE __tidemark_domains SET schema_id = ?, name = ?"
                             " WHERE id = ?"
                           : "UPDATE __tidemark_types SET schema_id = ?, name = ?"
                             " WHERE id = ?";
  return database_write(
      definition->database, update, "isi", schema->id, name,
      (int64_t)(type.domain != 0 ? type.domain : type_enum_number(type)));
}

/* What people read of the types of columns and domains. */
static int record_shown(struct definition *definition, struct type type) {
  static const char *const of_domains[] = {
      "UPDATE __tidemark_columns SET type = ? WHERE domain_id = ?",
      "UPDATE __tidemark_domains SET type = ? WHERE domain_id = ?"};
  static const char *const of_enums[] = {
      "UPDATE __tidemark_columns SET type = ? || iif(type_array, '[]', '')"
      " WHERE type_name = ? AND domain_id IS NULL",
      "UPDATE __tidemark_domains SET type = ? || iif(type_array, '[]', '')"
      " WHERE type_name = ? AND domain_id IS NULL"};
  const struct domain *domain = catalog_domain(definition->database, type);
  int code = TIDE_OK;
  for (int i = 0; i < 2 && code == TIDE_OK; i++)
    code = domain != NULL
               ? database_write(definition->database, of_domains[i], "si",
                                domain->shown, (int64_t)domain->number)
               : database_write(definition->database, of_enums[i], "ss",
                                catalog_enum(definition->database, type)->shown,
                                enum_collation(type_enum_number(type), false));
  return code;
}

int move_type(struct definition *definition, struct type type, const char *schema,
              const char *name) {
  int code = type_rename_uses(definition, type, schema, name);
  if (code == TIDE_OK)
    code = record_name(definition, type, schema, name);
  if (code == TIDE_OK)
    code = define_reload(definition);
  return code == TIDE_OK ? record_shown(definition, type) : code;
}

static int move(struct definition *definition, struct type type,
                const struct sql_node *action) {
  const struct domain *domain = catalog_domain(definition->database, type);
  const struct enum_type *found =
      domain == NULL ? catalog_enum(definition->database, type) : NULL;
  bool renamed = action->op == SQL_RENAME_TO;
  const char *schema =
      renamed ? (domain != NULL ? domain->schema : found->schema) : action->text;
  const char *name =
      renamed ? action->text : (domain != NULL ? domain->name : found->name);
  const struct schema *target;
  if ((schema = arena_string(definition->arena, schema)) == NULL ||
      (name = arena_string(definition->arena, name)) == NULL)
    return define_nomem(definition);
  int code = renamed ? TIDE_OK : define_find_schema(definition, action, &target);
  if (code == TIDE_OK)
    code = define_check_type_name(definition, action, schema, name);
  return code == TIDE_OK ? move_type(definition, type, schema, name) : code;
}

int alter_type(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[ALTER_NAME];
  const struct sql_node *action = statement->child[ALTER_ACTIONS]->child[0];
  struct type type;
  int code = define_find_type(definition, name, (enum sql_object)statement->op, &type);
  if (code != TIDE_OK)
    return code;
  if (action->op == SQL_RENAME_TO || action->op == SQL_SET_SCHEMA)
    return move(definition, type, action);
  if (statement->op == SQL_OBJECT_DOMAIN)
    return alter_domain(definition, catalog_domain(definition->database, type), action);
  return type.domain == 0
             ? alter_enum(definition, type, action)
             : error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE,
                            name->position, "%q is not an enum", name->text);
}

/* --- DROP --- */

int drop_types(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++) {
    struct type type;
    code = define_find_type(definition, names->child[i], (enum sql_object)statement->op,
                            &type);
    if (code == TIDE_OK)
      code = drop_type(definition, type, names->child[i],
                       (statement->flags & SQL_CASCADE) != 0);
    if (code == TIDE_ERROR_UNDEFINED_OBJECT &&
        (statement->flags & SQL_IF_EXISTS) != 0) {
      error_clear(definition->error);
      code = TIDE_OK;
    }
  }
  return code;
}

/* --- all of a schema --- */

/* The first type of the schema from a place in the list of all on; false: there is none. */
static bool next_of_schema(const struct image *image, const char *schema, int *place,
                           struct type *type, const char **name) {
  for (; *place < ENUMS_MAX + image->domain_count; ++*place) {
    bool is_enum = *place < ENUMS_MAX;
    const struct enum_type *found = is_enum ? image->enums[*place] : NULL;
    const struct domain *domain = is_enum ? NULL : &image->domains[*place - ENUMS_MAX];
    if (found == NULL && domain == NULL)
      continue;
    if (strcmp(found != NULL ? found->schema : domain->schema, schema) != 0)
      continue;
    *type = found != NULL ? enum_type_of(*place) : domain_type(domain);
    *name = found != NULL ? found->name : domain->name;
    return true;
  }
  return false;
}

int each_type_of_schema(struct definition *definition, const char *schema,
                        int (*visit)(struct definition *definition, struct type type,
                                     const char *name, void *context),
                        void *context) {
  const struct catalog *catalog = definition->database->catalog;
  struct type type;
  const char *name;
  int place = 0, code = TIDE_OK;
  while (code == TIDE_OK &&
         next_of_schema(catalog->image, schema, &place, &type, &name)) {
    int before = catalog->image->domain_count;
    name = arena_string(definition->arena, name);
    code = name == NULL ? define_nomem(definition)
                        : visit(definition, type, name, context);
    /* where one was dropped, perhaps with others, those that are left have moved up */
    if (code == TIDE_OK && catalog->image->domain_count < before)
      place = 0;
    else
      place++;
  }
  return code;
}
