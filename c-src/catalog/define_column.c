/* Column definitions: type, default, generated and identity columns. */
#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/define_sequence.h"

int define_type(struct definition *definition, const struct sql_node *node,
                struct type *type) {
  struct binding binding = {.database = definition->database,
                            .arena = definition->arena};
  struct binder binder = {.binding = &binding,
                          .database = definition->database,
                          .arena = definition->arena,
                          .error = definition->error};
  int code = bind_type(&binder, node, type);
  if (code == TIDE_OK && (type_storage(*type) == NULL || type->id == TYPE_UNKNOWN)) {
    char name[64];
    catalog_format_type(definition->database, *type, name, sizeof name);
    code = error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
                        "a column of type %s is not supported", name);
  }
  return code;
}

/* serial and its kin: integer types that number themselves. */
static bool is_serial(const struct sql_node *type) {
  static const char *const names[] = {"serial",  "bigserial", "smallserial",
                                      "serial2", "serial4",   "serial8"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (same_letters(names[i], type->text))
      return true;
  }
  return false;
}

static bool is_integer(struct type type) {
  return !type.array && (type.id == TYPE_SMALLINT || type.id == TYPE_INTEGER ||
                         type.id == TYPE_BIGINT);
}

/* A literal is read now, as PostgreSQL does; any other expression only when a row needs it. */
static int try_literal(struct definition *definition, const struct sql_node *expression,
                       struct buffer *sql) {
  sqlite3_stmt *statement = NULL;
  bool row;
  if (expression->kind != SQL_STRING || sql->failed)
    return TIDE_OK;
  const char *select = arena_format(definition->arena, "SELECT %s", buffer_string(sql));
  int code = select == NULL
                 ? define_nomem(definition)
                 : database_prepare(definition->database, select, false, &statement);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, &row);
  sqlite3_finalize(statement);
  return code;
}

int define_collation(struct definition *definition, const struct sql_node *name,
                     struct type type) {
  char text[64];
  if (!bind_knows_collation(name->text))
    return error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, name->position,
                        "collation %q is not supported", name->text);
  if (type_category(type) == 'S')
    return TIDE_OK;
  catalog_format_type(definition->database, type, text, sizeof text);
  return error_set_at(definition->error, TIDE_ERROR_TYPE_MISMATCH, name->position,
                      "collations are not supported by type %s", text);
}

int define_default(struct definition *definition, const struct sql_node *expression,
                   struct type type, const char **text) {
  *text = NULL;
  /* NULL is what there is without one, save where the domain has another */
  if (expression == NULL || (expression->kind == SQL_NULL && type.domain == 0))
    return TIDE_OK;
  int code = sequence_qualify_all(definition, (struct sql_node *)expression);
  if (code == TIDE_OK)
    code = tree_text(definition, expression, text);
  if (code != TIDE_OK)
    return code;
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  code = expression_sql(definition, NULL, *text, type_base(type), &sql);
  if (code == TIDE_OK)
    code = try_literal(definition, expression, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_ERROR_UNDEFINED_COLUMN) {
    error_clear(definition->error);
    return error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED,
                        expression->position,
                        "cannot use column reference in DEFAULT expression");
  }
  return code;
}

static int twice(struct definition *definition, const struct sql_node *node,
                 const char *what, const char *column) {
  return error_set_at(definition->error, TIDE_ERROR_SYNTAX, node->position,
                      "%s specified for column %q", what, column);
}

static int apply(struct definition *definition, const struct sql_node *constraint,
                 struct column *column, bool *nullable) {
  const struct sql_node *expression = constraint->child[CONSTRAINT_EXPRESSION];
  bool valued =
      column->default_sql != NULL || column->identity || column->identity_sequence;
  switch ((enum sql_constraint)constraint->op) {
  case SQL_NOT_NULL:
  case SQL_PRIMARY_KEY: column->not_null = true; return TIDE_OK;
  case SQL_NULLABLE: *nullable = true; return TIDE_OK;
  case SQL_DEFAULT_VALUE:
    if (valued)
      return twice(definition, constraint, "multiple default values", column->name);
    return define_default(definition, expression, column->type, &column->default_sql);
  case SQL_GENERATED_STORED:
    if (valued)
      return twice(definition, constraint, "both default and generation expression",
                   column->name);
    column->generated = true;
    return tree_text(definition, expression, &column->default_sql);
  case SQL_IDENTITY_ALWAYS: column->identity_always = true; /* fall through */
  case SQL_IDENTITY_BY_DEFAULT:
    if (valued)
      return twice(definition, constraint, "both default and identity", column->name);
    if (!is_integer(column->type))
      return error_set_at(definition->error, TIDE_ERROR_INVALID_PARAMETER,
                          constraint->position,
                          "identity column type must be smallint, integer, or bigint");
    column->identity_sequence = expression != NULL;
    column->identity = expression == NULL;
    column->not_null = true;
    return TIDE_OK;
  case SQL_ON_UPDATE:
    return define_default(definition, expression, column->type, &column->on_update_sql);
  case SQL_COLLATION:
    return define_collation(definition, constraint->child[CONSTRAINT_EXPRESSION],
                            column->type);
  default: return TIDE_OK; /* keys, checks and references: define_constraint.c */
  }
}

int define_column(struct definition *definition, const struct sql_node *node,
                  struct column *column) {
  const struct sql_node *constraints = node->child[COLUMN_CONSTRAINTS];
  bool nullable = false;
  *column = (struct column){.name = node->text};
  int code = define_check_name(definition, node, "column", column->name);
  if (code == TIDE_OK)
    code = define_type(definition, node->child[COLUMN_TYPE], &column->type);
  if (code != TIDE_OK)
    return code;
  column->identity = column->not_null = is_serial(node->child[COLUMN_TYPE]);
  for (uint32_t i = 0; constraints != NULL && i < constraints->count; i++) {
    code = apply(definition, constraints->child[i], column, &nullable);
    if (code != TIDE_OK)
      return code;
  }
  if (nullable && column->not_null)
    return error_set_at(definition->error, TIDE_ERROR_SYNTAX, node->position,
                        "conflicting NULL/NOT NULL declarations for column %q",
                        column->name);
  return TIDE_OK;
}
