/* What the catalog says of a table, as SQLite's DDL. */
#include "catalog/define_internal.h"

#include <string.h>

#include "catalog/domain.h"
#include "catalog/lower.h"
#include "sql/print.h"

int tree_text(struct definition *definition, const struct sql_node *tree,
              const char **text) {
  struct buffer out;
  buffer_init(&out, definition->database->memory);
  int code = sql_print(tree, SQL_DIALECT_POSTGRES, &out, definition->error);
  if (code == TIDE_OK) {
    *text = out.failed ? NULL : arena_string(definition->arena, buffer_string(&out));
    if (*text == NULL)
      code = define_nomem(definition);
  }
  buffer_deinit(&out);
  return code;
}

int expression_sql(struct definition *definition, const struct relation *relation,
                   const char *text, struct type expected, struct buffer *out) {
  struct binding binding = {.database = definition->database,
                            .arena = definition->arena};
  struct sql_node *expression = NULL;
  int code = sql_parse_expression(definition->arena, text, strlen(text), &expression,
                                  definition->error);
  if (code == TIDE_OK)
    code = bind_expression(&binding, relation, &expression, expected);
  if (code != TIDE_OK)
    return code;
  expression = lower_expression(&binding, expression);
  return expression == NULL ? definition->error->code
                            : lower_print(&binding, expression, out);
}

bool key_is_row_id(const struct relation *relation, const struct key *key) {
  return key->primary && key->count == 1 && key->columns[0] == relation->row_id;
}

/* --- columns --- */

static void type_constraint(const struct relation *relation,
                            const struct column *column, struct buffer *out) {
  const char *check = type_check(column->type);
  bool limited = (column->type.id == TYPE_VARCHAR || column->type.id == TYPE_CHAR) &&
                 !column->type.array && column->type.precision >= 0;
  if (check == NULL && !limited)
    return;
  buffer_format(out, " CONSTRAINT \"__type_%lld_", (long long)relation->id);
  for (const char *letter = column->name; *letter != '\0'; letter++)
    buffer_format(out, *letter == '"' ? "\"\"" : "%c", *letter);
  if (limited)
    buffer_format(out, "\" CHECK (length(%q) <= %d)", column->name,
                  column->type.precision);
  else
    buffer_format(out, "\" CHECK (%q %s)", column->name, check);
}

static bool uses_column(const struct constraint *constraint, int column) {
  for (int i = 0; i < constraint->count; i++) {
    if (constraint->columns[i] == column)
      return true;
  }
  return false;
}

/* Does a foreign key put values into the column that no statement gives? */
static bool is_acted_on(const struct relation *relation, int column) {
  for (int i = 0; i < relation->constraint_count; i++) {
    const struct constraint *key = &relation->constraints[i];
    if (key->referenced != 0 && uses_column(key, column) &&
        (key->on_delete > SQL_ACTION_RESTRICT || key->on_update > SQL_ACTION_RESTRICT))
      return true;
  }
  return false;
}

/* What a foreign key does to a column of a domain goes through the domain's constraints too. */
static void domain_constraint(const struct relation *relation, int index,
                              struct buffer *out) {
  const struct column *column = &relation->columns[index];
  if (column->type.domain != 0 && is_acted_on(relation, index))
    buffer_format(out, " CHECK (" DOMAIN_FUNCTION "(%q, %d) IS %q)", column->name,
                  column->type.domain, column->name);
}

bool table_sets_default(const struct relation *relation, int column) {
  for (int i = 0; i < relation->constraint_count; i++) {
    const struct constraint *key = &relation->constraints[i];
    if (key->referenced != 0 && uses_column(key, column) &&
        (key->on_delete == SQL_SET_DEFAULT || key->on_update == SQL_SET_DEFAULT))
      return true;
  }
  return false;
}

/* INSERT is given every value: only a foreign key that sets a default leaves that to SQLite. */
static int default_sql(struct definition *definition, const struct relation *relation,
                       int index, struct buffer *out) {
  const struct column *column = &relation->columns[index];
  const char *text = catalog_default(definition->database, column);
  if (text == NULL || !table_sets_default(relation, index))
    return TIDE_OK;
  buffer_text(out, " DEFAULT (");
  int code = expression_sql(definition, relation, text, type_base(column->type), out);
  buffer_text(out, ")");
  return code;
}

static int column_sql(struct definition *definition, const struct relation *relation,
                      int index, bool loose, struct buffer *out) {
  const struct column *column = &relation->columns[index];
  buffer_identifier(out, column->name);
  if (loose) {
    buffer_text(out, " ANY");
    return TIDE_OK;
  }
  buffer_format(out, " %s", type_storage(column->type));
  if (index == relation->row_id)
    buffer_text(out, column->identity ? " PRIMARY KEY AUTOINCREMENT" : " PRIMARY KEY");
  if (column->not_null)
    buffer_text(out, " NOT NULL");
  const char *collation = type_collation(column->type);
  if (collation != NULL)
    buffer_format(out, " COLLATE %q", collation);
  if (column->generated) {
    buffer_text(out, " GENERATED ALWAYS AS (");
    int code =
        expression_sql(definition, relation, column->default_sql, column->type, out);
    if (code != TIDE_OK)
      return code;
    buffer_text(out, ") STORED");
  }
  type_constraint(relation, column, out);
  domain_constraint(relation, index, out);
  return column->generated ? TIDE_OK : default_sql(definition, relation, index, out);
}

static void column_list(const struct relation *relation, const int *columns, int count,
                        struct buffer *out) {
  for (int i = 0; i < count; i++) {
    if (i > 0)
      buffer_text(out, ", ");
    buffer_identifier(out, relation->columns[columns[i]].name);
  }
}

/* --- constraints --- */

static const char *action(enum sql_foreign_action action) {
  switch (action) {
  case SQL_NO_ACTION: return "NO ACTION";
  case SQL_ACTION_RESTRICT: return "RESTRICT";
  case SQL_ACTION_CASCADE: return "CASCADE";
  case SQL_SET_NULL: return "SET NULL";
  case SQL_SET_DEFAULT: return "SET DEFAULT";
  }
  return "NO ACTION";
}

static int foreign_key_sql(struct definition *definition,
                           const struct relation *relation,
                           const struct constraint *constraint, struct buffer *out) {
  const struct relation *target =
      catalog_find_id(definition->database, constraint->referenced);
  if (target == NULL)
    return error_set(definition->error, TIDE_ERROR_CORRUPT,
                     "foreign key %q refers to a table that is not there",
                     constraint->name);
  buffer_text(out, ", FOREIGN KEY (");
  column_list(relation, constraint->columns, constraint->count, out);
  buffer_format(out, ") REFERENCES %q (", target->stored);
  column_list(target, constraint->referenced_columns, constraint->count, out);
  buffer_format(out, ") ON DELETE %s ON UPDATE %s", action(constraint->on_delete),
                action(constraint->on_update));
  return TIDE_OK;
}

static int check_sql(struct definition *definition, const struct relation *relation,
                     const struct constraint *constraint, struct buffer *out) {
  const char *name = arena_format(definition->arena, "__check_%lld_%s",
                                  (long long)relation->id, constraint->name);
  if (name == NULL)
    return define_nomem(definition);
  buffer_format(out, ", CONSTRAINT %q CHECK (", name);
  int code = expression_sql(definition, relation, constraint->expression,
                            TYPE(TYPE_BOOLEAN), out);
  buffer_text(out, ")");
  return code;
}

int table_sql(struct definition *definition, const struct relation *relation, int loose,
              struct buffer *out) {
  int code = TIDE_OK;
  buffer_format(out, "CREATE TABLE %q (", relation->stored);
  for (int i = 0; i < relation->column_count && code == TIDE_OK; i++) {
    if (i > 0)
      buffer_text(out, ", ");
    code = column_sql(definition, relation, i, i == loose, out);
  }
  for (int i = 0; i < relation->constraint_count && code == TIDE_OK; i++) {
    const struct constraint *constraint = &relation->constraints[i];
    if (constraint->referenced == 0 && loose < 0)
      code = check_sql(definition, relation, constraint, out);
    else if (constraint->referenced != 0 && !uses_column(constraint, loose))
      code = foreign_key_sql(definition, relation, constraint, out);
  }
  buffer_text(out, ") STRICT");
  if (code == TIDE_OK && out->failed)
    code = define_nomem(definition);
  return code;
}

int key_sql(struct definition *definition, const struct relation *relation,
            const struct key *key, struct buffer *out) {
  const char *stored = stored_name(definition->arena, relation->schema, key->name);
  if (stored == NULL)
    return define_nomem(definition);
  buffer_format(out, "CREATE UNIQUE INDEX %q ON %q (", stored, relation->stored);
  column_list(relation, key->columns, key->count, out);
  buffer_text(out, ")");
  return out->failed ? define_nomem(definition) : TIDE_OK;
}
