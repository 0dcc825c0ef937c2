/* CREATE TYPE … AS ENUM and ALTER TYPE. */
#include <string.h>

#include "catalog/enum_uses.h"

/* --- labels --- */

static int check_label(struct definition *definition, const struct sql_node *label) {
  enum { LABEL_MAX = 63 };
  if (label->length <= LABEL_MAX && strlen(label->text) == label->length)
    return TIDE_OK;
  error_set_at(definition->error, TIDE_ERROR_INVALID_NAME, label->position,
               "invalid enum label %q", label->text);
  error_hint(definition->error, "Labels must be 63 bytes or less.");
  return TIDE_ERROR_INVALID_NAME;
}

static int duplicate_label(struct definition *definition,
                           const struct sql_node *label) {
  return error_set_at(definition->error, TIDE_ERROR_DUPLICATE_OBJECT, label->position,
                      "enum label %q already exists", label->text);
}

static int insert_label(struct definition *definition, int number, int ordinal,
                        const char *label) {
  return database_write(definition->database,
                        "INSERT INTO __tidemark_labels (type_id, ordinal, label)"
                        " VALUES (?, ?, ?)",
                        "iis", (int64_t)number, (int64_t)ordinal, label);
}

static int insert_labels(struct definition *definition, int number,
                         const struct sql_node *labels) {
  int code = TIDE_OK;
  for (uint32_t i = 0; i < labels->count && code == TIDE_OK; i++) {
    const struct sql_node *label = labels->child[i];
    code = check_label(definition, label);
    for (uint32_t k = 0; k < i && code == TIDE_OK; k++) {
      if (strcmp(labels->child[k]->text, label->text) == 0)
        code = error_set_at(definition->error, TIDE_ERROR_UNIQUE, label->position,
                            "enum label %q used more than once", label->text);
    }
    if (code == TIDE_OK)
      code = insert_label(definition, number, (int)i + 1, label->text);
  }
  return code;
}

/* --- CREATE --- */

/* May a type of this schema be called so? */
static int check_type_name(struct definition *definition, const struct sql_node *node,
                           const char *schema, const char *name) {
  int code = define_check_name(definition, node, "type", name);
  if (code == TIDE_OK &&
      catalog_find_type(definition->database, schema, name) != TYPE_COUNT)
    code = error_set_at(definition->error, TIDE_ERROR_DUPLICATE_OBJECT, node->position,
                        "type %q already exists", name);
  return code;
}

static int free_number(const struct definition *definition) {
  const struct image *image = definition->database->catalog->image;
  int number = 0;
  while (number < ENUMS_MAX && image->enums[number] != NULL)
    number++;
  return number;
}

int create_enum(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[ENUM_NAME];
  const struct schema *schema;
  int number = free_number(definition);
  int code = define_target_schema(definition, name, &schema);
  if (code == TIDE_OK)
    code = check_type_name(definition, name, schema->name, name->text);
  if (code == TIDE_OK && number == ENUMS_MAX)
    code = error_set_at(definition->error, TIDE_ERROR_LIMIT, name->position,
                        "a database can have at most %d enums", ENUMS_MAX);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "INSERT INTO __tidemark_types (id, schema_id, name)"
                          " VALUES (?, ?, ?)",
                          "iis", (int64_t)number, schema->id, name->text);
  if (code == TIDE_OK)
    code = insert_labels(definition, number, statement->child[ENUM_LABELS]);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int define_find_enum(struct definition *definition, const struct sql_node *name,
                     struct type *type) {
  const char *schema = name_schema(name);
  *type = TYPE(catalog_find_type(definition->database, schema, name->text));
  if (type_is_enum(*type))
    return TIDE_OK;
  if (schema == NULL && type_by_name(name->text) != TYPE_COUNT)
    return error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q is not an enum", name->text);
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT, name->position,
                      "type \"%s\" does not exist",
                      define_written_name(definition, name));
}

int drop_enums(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++) {
    struct type type;
    code = define_find_enum(definition, names->child[i], &type);
    if (code == TIDE_OK)
      code = drop_enum(definition, type, names->child[i],
                       (statement->flags & SQL_CASCADE) != 0);
    if (code == TIDE_ERROR_UNDEFINED_OBJECT &&
        (statement->flags & SQL_IF_EXISTS) != 0) {
      error_clear(definition->error);
      code = TIDE_OK;
    }
  }
  return code;
}

/* --- ADD VALUE --- */

static int place_of(const struct enum_type *type, const struct sql_node *label) {
  return enum_place(type, label->text, label->length);
}

/* Labels from `ordinal` on move up by one; none ever has the ordinal of another. */
static int make_room(struct definition *definition, int number, int ordinal) {
  int code = database_write(definition->database,
                            "UPDATE __tidemark_labels SET ordinal = -(ordinal + 1)"
                            " WHERE type_id = ? AND ordinal >= ?",
                            "ii", (int64_t)number, (int64_t)ordinal);
  return code == TIDE_OK ? database_write(definition->database,
                                          "UPDATE __tidemark_labels SET ordinal ="
                                          " -ordinal WHERE type_id = ? AND ordinal < 0",
                                          "i", (int64_t)number)
                         : code;
}

static int not_a_label(struct definition *definition, const struct sql_node *label) {
  return error_set_at(definition->error, TIDE_ERROR_INVALID_PARAMETER, label->position,
                      "%q is not an existing enum label", label->text);
}

static int add_value(struct definition *definition, struct type enumeration,
                     const struct sql_node *action) {
  const struct enum_type *type = catalog_enum(definition->database, enumeration);
  const struct sql_node *label = action->child[ACTION_EXPRESSION];
  const struct sql_node *neighbour = action->child[ACTION_DEFINITION];
  int number = type_enum_number(enumeration), place = type->count;
  int code = check_label(definition, label);
  if (code != TIDE_OK)
    return code;
  if (place_of(type, label) >= 0)
    return action->flags & SQL_IF_NOT_EXISTS ? TIDE_OK
                                             : duplicate_label(definition, label);
  if (neighbour != NULL && (place = place_of(type, neighbour)) < 0)
    return not_a_label(definition, neighbour);
  place += action->op == SQL_ADD_VALUE_AFTER;
  code = make_room(definition, number, place + 1);
  if (code == TIDE_OK)
    code = insert_label(definition, number, place + 1, label->text);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* --- RENAME VALUE --- */

/* The rows have the new label before the old one is gone: at no time is there a value whose place is unknown. */
static int rename_value(struct definition *definition, struct type enumeration,
                        const struct sql_node *action) {
  const struct enum_type *type = catalog_enum(definition->database, enumeration);
  const struct sql_node *from = action->child[ACTION_EXPRESSION];
  const struct sql_node *to = action->child[ACTION_DEFINITION];
  int number = type_enum_number(enumeration), place = place_of(type, from);
  int code = check_label(definition, to);
  if (code != TIDE_OK)
    return code;
  if (place < 0)
    return not_a_label(definition, from);
  if (place_of(type, to) >= 0)
    return duplicate_label(definition, to);
  code = enum_check_renamable(definition, enumeration, from);
  if (code == TIDE_OK)
    code = make_room(definition, number, place + 2);
  if (code == TIDE_OK)
    code = insert_label(definition, number, place + 2, to->text);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK)
    code = enum_replace_label(definition, enumeration, from->text, to->text);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "DELETE FROM __tidemark_labels WHERE type_id = ?"
                          " AND ordinal = ?",
                          "ii", (int64_t)number, (int64_t)place + 1);
  if (code == TIDE_OK)
    code =
        database_write(definition->database,
                       "UPDATE __tidemark_labels SET ordinal = ? WHERE type_id = ?"
                       " AND ordinal = ?",
                       "iii", (int64_t)place + 1, (int64_t)number, (int64_t)place + 2);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_labels SET ordinal = -(ordinal - 1)"
                          " WHERE type_id = ? AND ordinal > ?",
                          "ii", (int64_t)number, (int64_t)place + 1);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_labels SET ordinal = -ordinal"
                          " WHERE type_id = ? AND ordinal < 0",
                          "i", (int64_t)number);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* --- RENAME TO, SET SCHEMA --- */

int move_enum(struct definition *definition, struct type enumeration,
              const char *schema_name, const char *name) {
  const struct schema *schema = catalog_find_schema(definition->database, schema_name);
  int number = type_enum_number(enumeration);
  int code = enum_rename_uses(definition, enumeration, schema_name, name);
  if (code == TIDE_OK)
    code = database_write(
        definition->database,
        "UPDATE __tidemark_types SET schema_id = ?, name = ? WHERE id = ?", "isi",
        schema->id, name, (int64_t)number);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK)
    code = database_write(
        definition->database,
        "UPDATE __tidemark_columns SET type = ? || iif(type_array, '[]', '')"
        " WHERE type_name = ?",
        "ss", catalog_enum(definition->database, enumeration)->shown,
        enum_collation(number, false));
  return code;
}

static int move(struct definition *definition, struct type enumeration,
                const struct sql_node *action) {
  const struct enum_type *type = catalog_enum(definition->database, enumeration);
  bool renamed = action->op == SQL_RENAME_TO;
  const char *schema =
      arena_string(definition->arena, renamed ? type->schema : action->text);
  const char *name =
      arena_string(definition->arena, renamed ? action->text : type->name);
  const struct schema *found;
  if (schema == NULL || name == NULL)
    return define_nomem(definition);
  int code = renamed ? TIDE_OK : define_find_schema(definition, action, &found);
  if (code == TIDE_OK)
    code = check_type_name(definition, action, schema, name);
  return code == TIDE_OK ? move_enum(definition, enumeration, schema, name) : code;
}

int alter_enum(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *action = statement->child[ALTER_ACTIONS]->child[0];
  struct type type;
  int code = define_find_enum(definition, statement->child[ALTER_NAME], &type);
  if (code != TIDE_OK)
    return code;
  switch ((enum sql_action)action->op) {
  case SQL_ADD_VALUE:
  case SQL_ADD_VALUE_BEFORE:
  case SQL_ADD_VALUE_AFTER: return add_value(definition, type, action);
  case SQL_RENAME_VALUE: return rename_value(definition, type, action);
  default: return move(definition, type, action);
  }
}
