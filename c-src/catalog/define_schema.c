/* CREATE, ALTER and DROP SCHEMA. */
#include <string.h>

#include "catalog/define_sequence.h"
#include "catalog/define_type.h"
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

static int not_empty(struct definition *definition, const struct sql_node *name,
                     const char *held) {
  error_set_at(definition->error, TIDE_ERROR_DEPENDENTS, name->position,
               "cannot drop schema %s because other objects depend on it", name->text);
  error_hint(definition->error,
             "It holds %s. Use DROP ... CASCADE to drop the dependent objects too.",
             held);
  return TIDE_ERROR_DEPENDENTS;
}

/* The first sequence of a schema, or NULL. */
static const struct sequence *sequence_of(const struct definition *definition,
                                          const char *schema) {
  const struct image *image = definition->database->catalog->image;
  for (int i = 0; i < image->sequence_count; i++) {
    if (strcmp(image->sequences[i].schema, schema) == 0)
      return &image->sequences[i];
  }
  return NULL;
}

static int move_sequences(struct definition *definition, const char *from,
                          const char *to) {
  const struct sequence *sequence;
  int code = TIDE_OK;
  while (code == TIDE_OK && (sequence = sequence_of(definition, from)) != NULL) {
    const char *name = arena_string(definition->arena, sequence->name);
    code = name == NULL ? define_nomem(definition)
                        : move_sequence(definition, sequence, to, name);
  }
  return code;
}

/* After the relations that own them. */
static int drop_sequences_of(struct definition *definition, const struct sql_node *name,
                             bool cascade) {
  const struct sequence *sequence;
  int code = TIDE_OK;
  while (code == TIDE_OK && (sequence = sequence_of(definition, name->text)) != NULL)
    code = cascade ? drop_sequence(definition, sequence, name, true)
                   : not_empty(definition, name, sequence->name);
  return code;
}

static int move_to(struct definition *definition, struct type type, const char *name,
                   void *schema) {
  return move_type(definition, type, schema, name);
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
    code = move_sequences(definition, from, action->text);
  if (code == TIDE_OK)
    code = each_type_of_schema(definition, from, move_to, (void *)action->text);
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

/* A schema being dropped. */
struct dropping {
  const struct sql_node *name;
  bool cascade;
};

/* After the relations: what uses it in other schemas goes with CASCADE. */
static int drop_with_schema(struct definition *definition, struct type type,
                            const char *name, void *context) {
  const struct dropping *dropping = context;
  return dropping->cascade ? drop_type(definition, type, dropping->name, true)
                           : not_empty(definition, dropping->name, name);
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
    code = drop_sequences_of(definition, name, (flags & SQL_CASCADE) != 0);
  struct dropping dropping = {name, (flags & SQL_CASCADE) != 0};
  if (code == TIDE_OK)
    code = each_type_of_schema(definition, name->text, drop_with_schema, &dropping);
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
