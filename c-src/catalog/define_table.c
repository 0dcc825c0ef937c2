/* CREATE TABLE, with columns or AS a query. */
#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/define_sequence.h"
#include "catalog/lower.h"
#include "catalog/variables.h"

/* What CREATE TABLE … AS needs of its query before the catalog changes under the bound tree. */
struct query_rows {
  const char *select; /* in SQLite's words; NULL: no rows to insert */
  int count;
  struct column *columns;
};

/* --- columns --- */

static int check_unique_column(struct definition *definition,
                               const struct sql_node *node,
                               const struct column *columns, int count) {
  for (int i = 0; i < count; i++) {
    if (!same_letters(columns[i].name, columns[count].name))
      continue;
    error_set_at(definition->error, TIDE_ERROR_DUPLICATE_COLUMN, node->position,
                 "column %q specified more than once", columns[count].name);
    if (strcmp(columns[i].name, columns[count].name) != 0)
      error_hint(definition->error,
                 "Names that differ only in the case of letters cannot be told apart.");
    return TIDE_ERROR_DUPLICATE_COLUMN;
  }
  return TIDE_OK;
}

static int record_columns(struct definition *definition, int64_t relation,
                          struct column *columns, int count) {
  int code = TIDE_OK;
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    columns[i].position = i + 1;
    code = record_column(definition, relation, &columns[i]);
  }
  return code;
}

static int define_columns(struct definition *definition,
                          const struct sql_node *elements, int64_t relation) {
  uint32_t capacity = elements == NULL ? 0 : elements->count;
  struct column *columns =
      arena_alloc(definition->arena, (capacity + 1) * sizeof *columns);
  if (columns == NULL)
    return define_nomem(definition);
  int count = 0;
  for (uint32_t i = 0; i < capacity; i++) {
    const struct sql_node *node = elements->child[i];
    if (node->kind != SQL_COLUMN_DEFINITION)
      continue;
    int code = define_column(definition, node, &columns[count]);
    if (code == TIDE_OK)
      code = check_unique_column(definition, node, columns, count);
    if (code != TIDE_OK)
      return code;
    count++;
  }
  return record_columns(definition, relation, columns, count);
}

/* --- constraints --- */

static int define_one(struct definition *definition, const struct relation *relation,
                      const struct sql_node *constraint, const char *column,
                      const char **name) {
  return constraint->op == SQL_FOREIGN_KEY && variables_postpone(definition->database)
             ? variables_postponed(definition, relation, constraint, column)
             : define_constraint(definition, relation, constraint, column, name);
}

/* All keys, or all CHECKs and foreign keys, of the elements; *name stays NULL when there are none. */
static int define_constraints(struct definition *definition,
                              const struct sql_node *elements, int64_t id,
                              bool (*wanted)(const struct sql_node *constraint),
                              const char **name) {
  const struct relation *relation = catalog_find_id(definition->database, id);
  int code = TIDE_OK;
  for (uint32_t i = 0; elements != NULL && i < elements->count; i++) {
    const struct sql_node *element = elements->child[i];
    if (element->kind == SQL_CONSTRAINT && wanted(element))
      code = define_one(definition, relation, element, NULL, name);
    const struct sql_node *own = element->kind == SQL_COLUMN_DEFINITION
                                     ? element->child[COLUMN_CONSTRAINTS]
                                     : NULL;
    for (uint32_t k = 0; own != NULL && k < own->count && code == TIDE_OK; k++) {
      if (wanted(own->child[k]))
        code = define_one(definition, relation, own->child[k], element->text, name);
    }
    if (code != TIDE_OK)
      return code;
  }
  return code;
}

/* A primary key of one integer column is SQLite's rowid: the fastest key there is. */
static int choose_row_id(struct definition *definition, int64_t id) {
  return database_write(
      definition->database,
      "UPDATE __tidemark_relations SET row_id = ("
      "  SELECT c.position FROM __tidemark_constraints k"
      "    JOIN __tidemark_constraint_columns p ON p.constraint_id = k.id"
      "    JOIN __tidemark_columns c"
      "      ON c.relation_id = k.relation_id AND c.position = p.position"
      "  WHERE k.relation_id = ?1 AND k.kind = 'primary key' AND NOT c.generated"
      "    AND c.type IN ('smallint', 'integer', 'bigint')"
      "    AND (SELECT count(*) FROM __tidemark_constraint_columns o"
      "      WHERE o.constraint_id = k.id) = 1)"
      " WHERE id = ?1",
      "i", id);
}

static int define_keys(struct definition *definition, const struct sql_node *elements,
                       int64_t id) {
  const char *name = NULL;
  int code = define_constraints(definition, elements, id, is_key_constraint, &name);
  if (code == TIDE_OK && name != NULL)
    code = choose_row_id(definition, id);
  return code == TIDE_OK && name != NULL ? define_reload(definition) : code;
}

static int define_rules(struct definition *definition, const struct sql_node *elements,
                        int64_t id) {
  const char *name = NULL;
  int code = define_constraints(definition, elements, id, is_rule_constraint, &name);
  return code == TIDE_OK && name != NULL ? define_reload(definition) : code;
}

/* Identity columns that are not the rowid count by a row of their own. */
static int create_sequences(struct definition *definition,
                            const struct relation *relation) {
  int code = TIDE_OK;
  for (int i = 0; i < relation->column_count && code == TIDE_OK; i++) {
    if (relation->columns[i].identity && i != relation->row_id)
      code = database_write(definition->database,
                            "INSERT INTO __tidemark_identities VALUES (?, ?, 1)", "ii",
                            relation->id, relation->columns[i].position);
  }
  return code;
}

static int create_storage(struct definition *definition,
                          const struct relation *relation) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  int code = table_sql(definition, relation, -1, &sql);
  for (int i = 0; i < relation->key_count && code == TIDE_OK; i++) {
    buffer_text(&sql, ";");
    if (!key_is_row_id(relation, &relation->keys[i]))
      code = key_sql(definition, relation, &relation->keys[i], &sql);
  }
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code == TIDE_OK ? create_sequences(definition, relation) : code;
}

/* --- AS query --- */

static int check_local(struct definition *definition, struct binding *binding,
                       const struct sql_node *query) {
  const struct relation **relations;
  int count;
  int code = bind_relations(binding, query, &relations, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    if (relation_is_foreign(relations[i]) && !relation_keeps_rows(relations[i]))
      code = define_unsupported(definition, query,
                                "CREATE TABLE AS over a runtime view of an origin");
  }
  return code;
}

static int query_columns(struct definition *definition,
                         const struct sql_node *statement,
                         const struct binding *binding, struct query_rows *rows) {
  const struct sql_node *names = statement->child[TABLE_ELEMENTS];
  if (names != NULL && names->count > (uint32_t)binding->result_count)
    return error_set_at(definition->error, TIDE_ERROR_SYNTAX, names->position,
                        "too many column names were specified");
  rows->count = binding->result_count;
  rows->columns =
      arena_alloc(definition->arena, (size_t)rows->count * sizeof *rows->columns);
  if (rows->columns == NULL)
    return define_nomem(definition);
  for (int i = 0; i < rows->count; i++) {
    struct column *column = &rows->columns[i];
    bool named = names != NULL && (uint32_t)i < names->count;
    column->name = named ? names->child[i]->text
                         : arena_string(definition->arena, binding->result_names[i]);
    column->type = binding->result_types[i].id == TYPE_UNKNOWN
                       ? TYPE(TYPE_TEXT)
                       : binding->result_types[i];
    if (column->name == NULL)
      return define_nomem(definition);
    int code = define_check_name(definition, statement, "column", column->name);
    if (code == TIDE_OK)
      code = check_unique_column(definition, statement, rows->columns, i);
    if (code != TIDE_OK)
      return code;
  }
  return TIDE_OK;
}

static int read_query(struct definition *definition, const struct sql_node *statement,
                      struct query_rows *rows) {
  struct binding binding = {.database = definition->database,
                            .zone = database_zone(definition->database),
                            .arena = definition->arena};
  struct sql_node *query = sql_clone(definition->arena, statement->child[TABLE_QUERY]);
  if (query == NULL)
    return define_nomem(definition);
  int code = bind_statement(&binding, query);
  if (code == TIDE_OK)
    code = check_local(definition, &binding, query);
  if (code == TIDE_OK)
    code = query_columns(definition, statement, &binding, rows);
  if (code != TIDE_OK || (statement->flags & SQL_NO_DATA) != 0)
    return code;
  query = lower_statement(&binding, query);
  if (query == NULL)
    return definition->error->code;
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  code = lower_print(&binding, query, &sql);
  if (code == TIDE_OK) {
    rows->select =
        sql.failed ? NULL : arena_string(definition->arena, buffer_string(&sql));
    if (rows->select == NULL)
      code = define_nomem(definition);
  }
  buffer_deinit(&sql);
  return code;
}

static int insert_rows(struct definition *definition, const struct relation *relation,
                       const char *select) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "INSERT INTO %q %s", relation->stored, select);
  int code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

/* --- the statement --- */

static int define_table(struct definition *definition, const struct sql_node *statement,
                        const struct schema *schema) {
  const struct sql_node *elements = statement->child[TABLE_ELEMENTS];
  const char *name = statement->child[TABLE_NAME]->text;
  struct query_rows rows = {NULL, 0, NULL};
  bool from_query = statement->child[TABLE_QUERY] != NULL;
  int64_t id = 0;
  int code = from_query ? TIDE_OK : define_own_types(definition, elements);
  if (code == TIDE_OK)
    code = from_query ? read_query(definition, statement, &rows)
                      : like_expand(definition, &elements);
  if (code == TIDE_OK)
    code = record_relation(definition, schema, "table", name, &id);
  if (code == TIDE_OK)
    code = from_query ? record_columns(definition, id, rows.columns, rows.count)
                      : define_columns(definition, elements, id);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK && catalog_find_id(definition->database, id)->column_count == 0)
    code = define_unsupported(definition, statement, "a table without columns");
  if (code == TIDE_OK && !from_query)
    code = define_keys(definition, elements, id);
  if (code == TIDE_OK && !from_query)
    code = define_rules(definition, elements, id);
  const struct relation *relation = catalog_find_id(definition->database, id);
  if (code == TIDE_OK)
    code = create_storage(definition, relation);
  if (code == TIDE_OK && !from_query)
    code = create_identity_sequences(definition, elements, id);
  if (code == TIDE_OK && rows.select != NULL)
    code = insert_rows(definition, relation, rows.select);
  if (code == TIDE_OK && !from_query)
    code = like_complete(definition, statement->child[TABLE_ELEMENTS],
                         statement->child[TABLE_NAME], id);
  return code == TIDE_OK && !from_query
             ? define_all_own(definition, elements, statement->child[TABLE_NAME])
             : code;
}

int create_table(struct definition *definition, const struct sql_node *statement,
                 const char **command) {
  const struct sql_node *name = statement->child[TABLE_NAME];
  const struct schema *schema;
  *command = statement->child[TABLE_QUERY] != NULL ? "CREATE TABLE AS" : "CREATE TABLE";
  if ((statement->flags & SQL_TEMPORARY) != 0)
    return define_no_temporary(definition, statement, "a temporary table");
  int code = define_target_schema(definition, name, &schema);
  if (code == TIDE_OK)
    code = define_check_name(definition, name, "relation", name->text);
  if (code != TIDE_OK)
    return code;
  if ((statement->flags & SQL_IF_NOT_EXISTS) != 0 &&
      catalog_find(definition->database, schema->name, name->text) != NULL)
    return TIDE_OK;
  code = define_check_free(definition, name, schema->name, name->text);
  return code == TIDE_OK ? define_table(definition, statement, schema) : code;
}
