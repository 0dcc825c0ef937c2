/* CREATE, ALTER and DROP SCHEMA. */
#include <string.h>

#include "catalog/enum_uses.h"
#include "catalog/options.h"

static int check_schema_name(struct definition *definition, const struct sql_node *node,
                             const char *name) {
  const struct image *image = definition->database->catalog->image;
  int code = define_check_name(definition, node, "schema", name);
  if (code != TIDE_OK)
    return code;
  if (strncmp(name, "pg_", 3) == 0 || same_letters(name, "tidemark") ||
      same_letters(name, "information_schema")) {
    error_set_at(definition->error, TIDE_ERROR_RESERVED_NAME, node->position,
                 "unacceptable schema name %q", name);
    error_hint(
        definition->error,
        "tidemark, information_schema and names that begin with \"pg_\" are reserved.");
    return TIDE_ERROR_RESERVED_NAME;
  }
  for (int i = 0; i < image->schema_count; i++) {
    if (!same_letters(image->schemas[i].name, name))
      continue;
    error_set_at(definition->error, TIDE_ERROR_DUPLICATE_SCHEMA, node->position,
                 "schema %q already exists", image->schemas[i].name);
    if (strcmp(image->schemas[i].name, name) != 0)
      error_hint(definition->error,
                 "Names that differ only in the case of letters cannot be told apart.");
    return TIDE_ERROR_DUPLICATE_SCHEMA;
  }
  return TIDE_OK;
}

int create_schema(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[SCHEMA_NAME];
  const char *origin;
  if ((statement->flags & SQL_IF_NOT_EXISTS) != 0 &&
      catalog_find_schema(definition->database, name->text) != NULL)
    return TIDE_OK;
  int code = check_schema_name(definition, name, name->text);
  if (code == TIDE_OK)
    code =
        options_of_schema(definition->error, statement->child[SCHEMA_OPTIONS], &origin);
  if (code == TIDE_OK)
    code = database_write(
        definition->database,
        "INSERT INTO __tidemark_schemas (name, default_replication_origin)"
        " VALUES (?, ?)",
        "ss", name->text, origin);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int define_find_schema(struct definition *definition, const struct sql_node *name,
                       const struct schema **schema) {
  *schema = catalog_find_schema(definition->database, name->text);
  if (*schema != NULL && strncmp(name->text, "__", 2) != 0)
    return TIDE_OK;
  if (define_is_system_schema(name->text))
    return error_set_at(definition->error, TIDE_ERROR_PRIVILEGE, name->position,
                        "permission denied for schema %s: it holds system relations",
                        name->text);
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_SCHEMA, name->position,
                      "schema %q does not exist", name->text);
}

/* --- RENAME --- */

/* Every relation of the schema gets its new stored name. */
static int move_relations(struct definition *definition, const char *from,
                          const char *to) {
  const struct image *image = definition->database->catalog->image;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    if (strcmp(relation->schema, from) != 0)
      continue;
    int code = move_relation(definition, relation, to, relation->name);
    if (code != TIDE_OK)
      return code;
    image = definition->database->catalog->image; /* in the same order */
  }
  return TIDE_OK;
}

static int move_enums(struct definition *definition, const char *from, const char *to) {
  int code = TIDE_OK;
  for (int i = 0; i < ENUMS_MAX && code == TIDE_OK; i++) {
    const struct enum_type *type = definition->database->catalog->image->enums[i];
    if (type == NULL || strcmp(type->schema, from) != 0)
      continue;
    const char *name = arena_string(definition->arena, type->name);
    code = name == NULL ? define_nomem(definition)
                        : move_enum(definition, enum_type_of(i), to, name);
  }
  return code;
}

static int rename_schema(struct definition *definition, const struct schema *schema,
                         const struct sql_node *action) {
  const char *from = arena_string(definition->arena, schema->name);
  int64_t id = schema->id;
  if (from == NULL)
    return define_nomem(definition);
  if (strcmp(from, "public") == 0)
    return define_unsupported(definition, action, "renaming schema public");
  int code = check_schema_name(definition, action, action->text);
  /* The new name exists beside the old one until everything has moved. */
  if (code == TIDE_OK)
    code = database_write(
        definition->database,
        "INSERT INTO __tidemark_schemas (name, default_replication_origin)"
        " SELECT ?, default_replication_origin FROM __tidemark_schemas"
        " WHERE id = ?",
        "si", action->text, id);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK)
    code = move_relations(definition, from, action->text);
  if (code == TIDE_OK)
    code = move_enums(definition, from, action->text);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "DELETE FROM __tidemark_schemas WHERE id = ?", "i", id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int alter_schema(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *actions = statement->child[ALTER_ACTIONS];
  const struct schema *schema;
  int code = define_find_schema(definition, statement->child[ALTER_NAME], &schema);
  if (code != TIDE_OK)
    return code;
  if (actions->count != 1 || actions->child[0]->op != SQL_RENAME_TO)
    return define_unsupported(definition, statement, "this ALTER SCHEMA");
  return rename_schema(definition, schema, actions->child[0]);
}

/* --- DROP --- */

static int not_empty(struct definition *definition, const struct sql_node *name,
                     const char *held) {
  error_set_at(definition->error, TIDE_ERROR_DEPENDENTS, name->position,
               "cannot drop schema %s because other objects depend on it", name->text);
  error_hint(definition->error,
             "It holds %s. Use DROP ... CASCADE to drop the dependent objects too.",
             held);
  return TIDE_ERROR_DEPENDENTS;
}

/* After the relations: what uses them in other schemas goes with CASCADE. */
static int drop_types(struct definition *definition, const struct sql_node *name,
                      bool cascade) {
  int code = TIDE_OK;
  for (int i = 0; i < ENUMS_MAX && code == TIDE_OK; i++) {
    const struct enum_type *type = definition->database->catalog->image->enums[i];
    if (type == NULL || strcmp(type->schema, name->text) != 0)
      continue;
    code = cascade ? drop_enum(definition, enum_type_of(i), name, true)
                   : not_empty(definition, name, type->name);
  }
  return code;
}

static int drop_contents(struct definition *definition, const struct sql_node *name,
                         bool cascade) {
  const struct image *image = definition->database->catalog->image;
  const struct relation **relations =
      arena_alloc(definition->arena, (size_t)image->relation_count * sizeof *relations);
  int found = 0, count;
  int64_t *ids;
  if (relations == NULL)
    return define_nomem(definition);
  for (int i = 0; i < image->relation_count; i++) {
    if (strcmp(image->relations[i]->schema, name->text) == 0)
      relations[found++] = image->relations[i];
  }
  if (found == 0)
    return TIDE_OK;
  if (!cascade)
    return not_empty(definition, name, relations[0]->name);
  int code = plan_drop(definition, name, relations, found, true, &ids, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++)
    code = drop_relation(definition, catalog_find_id(definition->database, ids[i]));
  return code;
}

static int drop_one(struct definition *definition, const struct sql_node *name,
                    uint32_t flags) {
  const struct schema *schema;
  int code = define_find_schema(definition, name, &schema);
  if (code == TIDE_ERROR_UNDEFINED_SCHEMA && (flags & SQL_IF_EXISTS) != 0) {
    error_clear(definition->error);
    return TIDE_OK;
  }
  if (code != TIDE_OK)
    return code;
  int64_t id = schema->id;
  if (strcmp(schema->name, "public") == 0)
    return define_unsupported(definition, name, "dropping schema public");
  code = drop_contents(definition, name, (flags & SQL_CASCADE) != 0);
  if (code == TIDE_OK)
    code = drop_types(definition, name, (flags & SQL_CASCADE) != 0);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "DELETE FROM __tidemark_schemas WHERE id = ?", "i", id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int drop_schema(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++)
    code = drop_one(definition, names->child[i], statement->flags);
  return code;
}
