/* CREATE DOMAIN, and what ALTER DOMAIN changes about one. */
#include <string.h>

#include "catalog/alter_internal.h"
#include "catalog/define_type.h"
#include "catalog/domain.h"

static int at(struct definition *definition, int code, const struct sql_node *node,
              const char *message) {
  return error_set_at(definition->error, code, node->position, "%s", message);
}

/* Anything that columns can have and domains cannot. */
static int refuse_constraint(struct definition *definition,
                             const struct sql_node *constraint) {
  switch ((enum sql_constraint)constraint->op) {
  case SQL_PRIMARY_KEY:
    return at(definition, TIDE_ERROR_SYNTAX, constraint,
              "primary key constraints not possible for domains");
  case SQL_UNIQUE_KEY:
    return at(definition, TIDE_ERROR_SYNTAX, constraint,
              "unique constraints not possible for domains");
  case SQL_FOREIGN_KEY:
    return at(definition, TIDE_ERROR_SYNTAX, constraint,
              "foreign key constraints not possible for domains");
  default:
    return at(definition, TIDE_ERROR_SYNTAX, constraint,
              "specifying GENERATED is not possible for domains");
  }
}

/* --- CHECK --- */

static const struct domain_check *find_check(const struct domain *domain,
                                             const char *name) {
  for (int i = 0; i < domain->check_count; i++) {
    if (strcmp(domain->checks[i].name, name) == 0)
      return &domain->checks[i];
  }
  return NULL;
}

/* What PostgreSQL would call it: d_check, d_check1, … */
static int check_name(struct definition *definition, const struct domain *domain,
                      const struct sql_node *constraint, const char **name) {
  *name = constraint->text;
  if (*name != NULL && find_check(domain, *name) != NULL)
    return error_set_at(
        definition->error, TIDE_ERROR_DUPLICATE_OBJECT, constraint->position,
        "constraint %q for domain %q already exists", *name, domain->name);
  if (*name != NULL)
    return define_check_name(definition, constraint, "constraint", *name);
  *name = arena_format(definition->arena, "%s_check", domain->name);
  for (int i = 1; *name != NULL && find_check(domain, *name) != NULL; i++)
    *name = arena_format(definition->arena, "%s_check%d", domain->name, i);
  return *name == NULL ? define_nomem(definition) : TIDE_OK;
}

static int add_check(struct definition *definition, int number,
                     const struct sql_node *constraint, bool validated,
                     const char **name) {
  const struct domain *domain =
      image_domain(definition->database->catalog->image, number);
  const char *expression;
  struct buffer sql;
  int code = check_name(definition, domain, constraint, name);
  if (code == TIDE_OK)
    code = tree_text(definition, constraint->child[CONSTRAINT_EXPRESSION], &expression);
  if (code != TIDE_OK)
    return code;
  /* its errors show now, as PostgreSQL's do */
  buffer_init(&sql, definition->database->memory);
  code = domain_check_sql(definition, domain, expression, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_OK)
    code = database_write(
        definition->database,
        "INSERT INTO __tidemark_domain_checks (domain_id, name, expression, validated)"
        " VALUES (?, ?, ?, ?)",
        "issi", (int64_t)number, *name, expression, (int64_t)validated);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* --- CREATE --- */

/* What the constraints of CREATE DOMAIN say, CHECKs aside. */
struct declared {
  bool not_null, nullable, defaulted;
  const char *default_sql;
};

static int read_default(struct definition *definition, const struct sql_node *node,
                        struct type type, struct declared *declared) {
  if (declared->defaulted)
    return at(definition, TIDE_ERROR_SYNTAX, node, "multiple default expressions");
  declared->defaulted = true;
  return define_default(definition, node->child[CONSTRAINT_EXPRESSION], type_base(type),
                        &declared->default_sql);
}

static int read_constraint(struct definition *definition, const struct sql_node *node,
                           struct type type, struct declared *declared) {
  switch ((enum sql_constraint)node->op) {
  case SQL_CHECK: return TIDE_OK;
  case SQL_DEFAULT_VALUE: return read_default(definition, node, type, declared);
  case SQL_NOT_NULL: declared->not_null = true; break;
  case SQL_NULLABLE: declared->nullable = true; break;
  case SQL_COLLATION:
    return define_collation(definition, node->child[CONSTRAINT_EXPRESSION], type);
  default: return refuse_constraint(definition, node);
  }
  return declared->not_null && declared->nullable
             ? at(definition, TIDE_ERROR_SYNTAX, node,
                  "conflicting NULL/NOT NULL constraints")
             : TIDE_OK;
}

static int record_domain(struct definition *definition, const struct schema *schema,
                         const char *name, struct type type,
                         const struct declared *declared, int *number) {
  char shown[BIND_TYPE_TEXT_MAX], type_name[64];
  catalog_format_type(definition->database, type, shown, sizeof shown);
  type_format(TYPE(type.id), type_name, sizeof type_name);
  int code = database_write(
      definition->database,
      "INSERT INTO __tidemark_domains (schema_id, name, type, type_name, type_array,"
      " type_precision, type_scale, domain_id, not_null, expression)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?)",
      "isssiiiiis", schema->id, name, shown, type_name, (int64_t)type.array,
      (int64_t)type.precision, (int64_t)type.scale, (int64_t)type.domain,
      (int64_t)declared->not_null, declared->default_sql);
  *number = (int)sqlite3_last_insert_rowid(definition->database->handle);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* The default of the domain that it is over is its own from the beginning. */
static void take_default(struct definition *definition, struct type type,
                         struct declared *declared) {
  const struct domain *base = catalog_domain(definition->database, type);
  if (!declared->defaulted && base != NULL && base->default_sql != NULL)
    declared->default_sql = arena_string(definition->arena, base->default_sql);
}

int create_domain(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[DOMAIN_NAME];
  const struct sql_node *constraints = statement->child[DOMAIN_CONSTRAINTS];
  uint32_t count = constraints == NULL ? 0 : constraints->count;
  const struct schema *schema;
  struct declared declared = {0};
  struct type type;
  int number = 0;
  int code = define_target_schema(definition, name, &schema);
  if (code == TIDE_OK)
    code = define_check_type_name(definition, name, schema->name, name->text);
  if (code == TIDE_OK)
    code = define_type(definition, statement->child[DOMAIN_TYPE], &type);
  for (uint32_t i = 0; i < count && code == TIDE_OK; i++)
    code = read_constraint(definition, constraints->child[i], type, &declared);
  if (code == TIDE_OK) {
    take_default(definition, type, &declared);
    code = record_domain(definition, schema, name->text, type, &declared, &number);
  }
  for (uint32_t i = 0; i < count && code == TIDE_OK; i++) {
    const char *check;
    if (constraints->child[i]->op == SQL_CHECK)
      code = add_check(definition, number, constraints->child[i], true, &check);
  }
  return code;
}

/* --- do the rows obey? --- */

/* Calls `verify` for every column of a table that is of the domain or of one over it. */
static int each_column(struct definition *definition, int number,
                       int (*verify)(struct definition *definition,
                                     const struct relation *relation, int column,
                                     const void *context),
                       const void *context) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    for (int k = 0; k < relation->column_count && code == TIDE_OK; k++) {
      if (relation->kind == RELATION_TABLE &&
          type_involves(definition->database, relation->columns[k].type,
                        domain_type(image_domain(image, number))))
        code = verify(definition, relation, k, context);
    }
  }
  return code;
}

static int verify_column_not_null(struct definition *definition,
                                  const struct relation *relation, int column,
                                  const void *context) {
  (void)context;
  return verify_not_null(definition, relation, column);
}

/* A constraint that is being validated. */
struct validated {
  const struct domain *domain;
  const struct domain_check *check;
};

static int verify_column_check(struct definition *definition,
                               const struct relation *relation, int column,
                               const void *context) {
  const struct validated *validated = context;
  const char *name = relation->columns[column].name;
  struct buffer sql;
  bool found = false;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "SELECT 1 FROM (SELECT %q AS value FROM %q) WHERE NOT (", name,
                relation->stored);
  int code = domain_check_sql(definition, validated->domain,
                              validated->check->expression, &sql);
  buffer_text(&sql, ") LIMIT 1");
  if (code == TIDE_OK)
    code = gives_row(definition, &sql, &found);
  buffer_deinit(&sql);
  if (code != TIDE_OK || !found)
    return code;
  error_set(definition->error, TIDE_ERROR_CHECK,
            "column %q of table %q contains values that violate the new constraint",
            name, relation->name);
  error_about(definition->error, relation->schema, relation->name, name, NULL);
  return TIDE_ERROR_CHECK;
}

static int validate(struct definition *definition, int number, const char *name) {
  const struct domain *domain =
      image_domain(definition->database->catalog->image, number);
  struct validated validated = {domain, find_check(domain, name)};
  return each_column(definition, number, verify_column_check, &validated);
}

/* --- ALTER --- */

static int undefined_constraint(struct definition *definition,
                                const struct domain *domain,
                                const struct sql_node *action) {
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT, action->position,
                      "constraint %q of domain %q does not exist", action->text,
                      domain->name);
}

static int add_constraint(struct definition *definition, int number,
                          const struct sql_node *action) {
  const struct sql_node *constraint = action->child[ACTION_DEFINITION];
  bool validated = (action->flags & SQL_NO_DATA) == 0;
  const char *name;
  if (constraint->op != SQL_CHECK)
    return refuse_constraint(definition, constraint);
  int code = add_check(definition, number, constraint, validated, &name);
  return code == TIDE_OK && validated ? validate(definition, number, name) : code;
}

static int drop_constraint(struct definition *definition, const struct domain *domain,
                           const struct sql_node *action) {
  if (find_check(domain, action->text) == NULL)
    return action->flags & SQL_IF_EXISTS
               ? TIDE_OK
               : undefined_constraint(definition, domain, action);
  return database_write(definition->database,
                        "DELETE FROM __tidemark_domain_checks"
                        " WHERE domain_id = ? AND name = ?",
                        "is", (int64_t)domain->number, action->text);
}

static int rename_constraint(struct definition *definition, const struct domain *domain,
                             const struct sql_node *action) {
  const struct sql_node *name = action->child[ACTION_DEFINITION];
  if (find_check(domain, action->text) == NULL)
    return undefined_constraint(definition, domain, action);
  int code = define_check_name(definition, name, "constraint", name->text);
  if (code == TIDE_OK && find_check(domain, name->text) != NULL)
    return error_set_at(definition->error, TIDE_ERROR_DUPLICATE_OBJECT, name->position,
                        "constraint %q for domain %q already exists", name->text,
                        domain->name);
  return code == TIDE_OK
             ? database_write(definition->database,
                              "UPDATE __tidemark_domain_checks SET name = ?"
                              " WHERE domain_id = ? AND name = ?",
                              "sis", name->text, (int64_t)domain->number, action->text)
             : code;
}

static int validate_constraint(struct definition *definition,
                               const struct domain *domain,
                               const struct sql_node *action) {
  if (find_check(domain, action->text) == NULL)
    return undefined_constraint(definition, domain, action);
  int code = validate(definition, domain->number, action->text);
  return code == TIDE_OK
             ? database_write(definition->database,
                              "UPDATE __tidemark_domain_checks SET validated = 1"
                              " WHERE domain_id = ? AND name = ?",
                              "is", (int64_t)domain->number, action->text)
             : code;
}

static int set_not_null(struct definition *definition, const struct domain *domain,
                        bool not_null) {
  int code = not_null && !domain->not_null
                 ? each_column(definition, domain->number, verify_column_not_null, NULL)
                 : TIDE_OK;
  return code == TIDE_OK
             ? database_write(definition->database,
                              "UPDATE __tidemark_domains SET not_null = ? WHERE id = ?",
                              "ii", (int64_t)not_null, (int64_t)domain->number)
             : code;
}

/* A foreign key that sets a default has SQLite know it. */
static int renew_defaults(struct definition *definition, int number) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    bool sets = false;
    for (int k = 0; k < relation->column_count && !sets; k++)
      sets = relation->kind == RELATION_TABLE &&
             relation->columns[k].type.domain == number &&
             table_sets_default(relation, k);
    if (sets)
      code = rewrite_table(definition, relation, -1);
  }
  return code;
}

static int set_default(struct definition *definition, const struct domain *domain,
                       const struct sql_node *action) {
  const char *text = NULL;
  int number = domain->number;
  int code = define_default(definition, action->child[ACTION_EXPRESSION],
                            type_base(domain->type), &text);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_domains SET expression = ? WHERE id = ?",
                          "si", text, (int64_t)number);
  if (code == TIDE_OK)
    code = define_reload(definition);
  return code == TIDE_OK ? renew_defaults(definition, number) : code;
}

int alter_domain(struct definition *definition, const struct domain *domain,
                 const struct sql_node *action) {
  int code;
  switch ((enum sql_action)action->op) {
  case SQL_SET_COLUMN_DEFAULT:
  case SQL_DROP_COLUMN_DEFAULT: return set_default(definition, domain, action);
  case SQL_ADD_CONSTRAINT: return add_constraint(definition, domain->number, action);
  case SQL_SET_NOT_NULL:
  case SQL_DROP_NOT_NULL:
    code = set_not_null(definition, domain, action->op == SQL_SET_NOT_NULL);
    break;
  case SQL_DROP_CONSTRAINT: code = drop_constraint(definition, domain, action); break;
  case SQL_RENAME_CONSTRAINT:
    code = rename_constraint(definition, domain, action);
    break;
  default: code = validate_constraint(definition, domain, action);
  }
  return code == TIDE_OK ? define_reload(definition) : code;
}
