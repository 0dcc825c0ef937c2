/* CREATE TYPE … AS ENUM, and the labels in ALTER TYPE. */
#include <string.h>

#include "catalog/define_type.h"

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
    code = define_check_type_name(definition, name, schema->name, name->text);
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

int alter_enum(struct definition *definition, struct type type,
               const struct sql_node *action) {
  return action->op == SQL_RENAME_VALUE ? rename_value(definition, type, action)
                                        : add_value(definition, type, action);
}
