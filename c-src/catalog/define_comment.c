/* COMMENT ON: what people say of things, kept with them in the catalog. */
#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/define_type.h"
#include "types/enum.h"

/* What a comment is on, as a row of the catalog has it. */
struct commented {
  const char *column; /* of __tidemark_comments: the id that is set */
  int64_t id;
  int64_t position; /* of a column; 1: the index of a constraint */
};

/* --- finding it --- */

/* Is the relation what COMMENT ON says that it is? A view is one that shows what is. */
static bool is_kind(const struct relation *relation, enum sql_object object) {
  if (relation->view == NULL)
    return object == SQL_OBJECT_TABLE;
  switch (object) {
  case SQL_OBJECT_VIEW: return relation->view->mode != SQL_MATERIALIZED_VIEW;
  case SQL_OBJECT_MATERIALIZED_VIEW:
    return relation->view->mode == SQL_MATERIALIZED_VIEW;
  case SQL_OBJECT_REALTIME_VIEW: return relation->view->mode == SQL_REALTIME;
  default: return false;
  }
}

static int wrong_kind(struct definition *definition, const struct sql_node *name,
                      enum sql_object object) {
  const char *what = object == SQL_OBJECT_TABLE               ? "a table"
                     : object == SQL_OBJECT_VIEW              ? "a view"
                     : object == SQL_OBJECT_MATERIALIZED_VIEW ? "a materialized view"
                     : object == SQL_OBJECT_REALTIME_VIEW     ? "a realtime view"
                     : object == SQL_OBJECT_INDEX             ? "an index"
                                                              : "a sequence";
  return error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                      "%q is not %s", name->text, what);
}

static int find_column(struct definition *definition, const struct sql_node *statement,
                       struct commented *found) {
  const struct sql_node *name = statement->child[COMMENT_NAME];
  const struct relation *relation;
  int code = define_find(definition, name, &relation);
  if (code != TIDE_OK)
    return code;
  if (relation->kind == RELATION_SYSTEM)
    return define_find_table(definition, name, &relation);
  int column = relation_column(relation, statement->text);
  if (column < 0 || relation->columns[column].hidden)
    return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_COLUMN, name->position,
                        "column %q of relation %q does not exist", statement->text,
                        relation->name);
  *found = (struct commented){"relation_id", relation->id,
                              relation->columns[column].position};
  return TIDE_OK;
}

/* The id that a query about an id and a name gives; 0: none. */
static int find_id(struct definition *definition, const char *sql, int64_t of,
                   const char *name, int64_t *id) {
  sqlite3_stmt *query = NULL;
  bool row = false;
  int code = database_query(definition->database, &query, sql, "is", of, name);
  if (code == TIDE_OK)
    code = database_step(definition->database, query, &row);
  *id = row ? sqlite3_column_int64(query, 0) : 0;
  sqlite3_finalize(query);
  return code;
}

static int find_constraint(struct definition *definition,
                           const struct sql_node *statement, struct commented *found) {
  const struct sql_node *name = statement->child[COMMENT_NAME];
  const struct relation *table;
  int code = define_find_table(definition, name, &table);
  if (code != TIDE_OK)
    return code;
  *found = (struct commented){"constraint_id", 0, 0};
  code = find_id(definition,
                 "SELECT id FROM __tidemark_constraints WHERE relation_id = ?"
                 " AND name = ? AND kind NOT LIKE '%index'",
                 table->id, statement->text, &found->id);
  return code != TIDE_OK || found->id != 0
             ? code
             : error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT,
                            statement->position,
                            "constraint %q for table %q does not exist",
                            statement->text, table->name);
}

static int find_domain_check(struct definition *definition,
                             const struct sql_node *statement,
                             struct commented *found) {
  const struct sql_node *name = statement->child[COMMENT_NAME];
  struct type type;
  int code = define_find_type(definition, name, SQL_OBJECT_DOMAIN, &type);
  if (code != TIDE_OK)
    return code;
  *found = (struct commented){"check_id", 0, 0};
  code = find_id(definition,
                 "SELECT id FROM __tidemark_domain_checks WHERE domain_id = ?"
                 " AND name = ?",
                 type.domain, statement->text, &found->id);
  return code != TIDE_OK || found->id != 0
             ? code
             : error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT,
                            statement->position,
                            "constraint %q for domain %q does not exist",
                            statement->text, name->text);
}

/* An index that CREATE INDEX made, or that of a key. */
static int find_index(struct definition *definition, const struct relation *owner,
                      const char *name, struct commented *found) {
  *found = (struct commented){"index_id", 0, 0};
  int code = find_id(definition,
                     "SELECT id FROM __tidemark_indexes WHERE relation_id = ?"
                     " AND name = ?",
                     owner->id, name, &found->id);
  if (code != TIDE_OK || found->id != 0)
    return code;
  *found = (struct commented){"constraint_id", 0, 1};
  return find_id(definition,
                 "SELECT id FROM __tidemark_constraints WHERE relation_id = ?"
                 " AND name = ?",
                 owner->id, name, &found->id);
}

/* A table, view, index or sequence: no two of them have one name. */
static int find_class(struct definition *definition, const struct sql_node *name,
                      enum sql_object object, struct commented *found) {
  const char *schema = name_schema(name);
  const struct relation *relation =
      catalog_find(definition->database, schema, name->text);
  const struct sequence *sequence =
      catalog_find_sequence(definition->database, schema, name->text);
  if (relation != NULL && relation->kind == RELATION_SYSTEM)
    return define_find_table(definition, name, &relation);
  if (relation != NULL && is_kind(relation, object)) {
    *found = (struct commented){"relation_id", relation->id, 0};
    return TIDE_OK;
  }
  if (sequence != NULL && object == SQL_OBJECT_SEQUENCE) {
    *found = (struct commented){"sequence_id", sequence->id, 0};
    return TIDE_OK;
  }
  if (relation != NULL || sequence != NULL)
    return wrong_kind(definition, name, object);
  if (define_find_index(definition, name, true, &relation) == TIDE_OK)
    return object == SQL_OBJECT_INDEX
               ? find_index(definition, relation, name->text, found)
               : wrong_kind(definition, name, object);
  error_clear(definition->error);
  return define_find(definition, name, &relation);
}

static int find_type(struct definition *definition, const struct sql_node *name,
                     enum sql_object object, struct commented *found) {
  struct type type;
  int code = define_find_type(definition, name, object, &type);
  if (code == TIDE_OK)
    *found = type.domain != 0
                 ? (struct commented){"domain_id", type.domain, 0}
                 : (struct commented){"type_id", type_enum_number(type), 0};
  return code;
}

static int find(struct definition *definition, const struct sql_node *statement,
                struct commented *found) {
  const struct sql_node *name = statement->child[COMMENT_NAME];
  enum sql_object object = (enum sql_object)statement->op;
  const struct schema *schema;
  int code;
  switch (object) {
  case SQL_OBJECT_COLUMN: return find_column(definition, statement, found);
  case SQL_OBJECT_CONSTRAINT: return find_constraint(definition, statement, found);
  case SQL_OBJECT_DOMAIN_CONSTRAINT:
    return find_domain_check(definition, statement, found);
  case SQL_OBJECT_TYPE:
  case SQL_OBJECT_DOMAIN: return find_type(definition, name, object, found);
  case SQL_OBJECT_EXTENSION:
    return define_unsupported(definition, name, "COMMENT ON EXTENSION");
  case SQL_OBJECT_SCHEMA:
    code = define_find_schema(definition, name, &schema);
    if (code == TIDE_OK)
      *found = (struct commented){"schema_id", schema->id, 0};
    return code;
  default: return find_class(definition, name, object, found);
  }
}

/* --- the comment --- */

/* An empty one is none. */
static int record_comment(struct definition *definition,
                          const struct commented *commented, const char *text) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "DELETE FROM __tidemark_comments WHERE %s = ? AND position = ?",
                commented->column);
  int code = sql.failed ? define_nomem(definition)
                        : database_write(definition->database, buffer_string(&sql),
                                         "ii", commented->id, commented->position);
  buffer_clear(&sql);
  buffer_format(&sql,
                "INSERT INTO __tidemark_comments (%s, position, comment)"
                " VALUES (?, ?, ?)",
                commented->column);
  if (code == TIDE_OK && text != NULL && *text != '\0')
    code = sql.failed ? define_nomem(definition)
                      : database_write(definition->database, buffer_string(&sql), "iis",
                                       commented->id, commented->position, text);
  buffer_deinit(&sql);
  return code;
}

int comment_on(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *text = statement->child[COMMENT_TEXT];
  struct commented found;
  int code = find(definition, statement, &found);
  if (code == TIDE_OK)
    code = record_comment(definition, &found, text == NULL ? NULL : text->text);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* --- what becomes of it --- */

int comments_keep_columns(struct definition *definition, int64_t relation) {
  return database_write(definition->database,
                        "DELETE FROM __tidemark_comments AS d"
                        " WHERE d.relation_id = ? AND d.position > 0 AND NOT EXISTS"
                        "  (SELECT 1 FROM __tidemark_columns c"
                        "   WHERE c.relation_id = d.relation_id"
                        "   AND c.position = d.position)",
                        "i", relation);
}

int comment_lift(struct definition *definition, int64_t relation, const char *index,
                 int64_t *comment) {
  int code = find_id(definition,
                     "SELECT d.id FROM __tidemark_indexes i"
                     " JOIN __tidemark_comments d ON d.index_id = i.id"
                     " WHERE i.relation_id = ? AND i.name = ?",
                     relation, index, comment);
  if (code != TIDE_OK || *comment == 0)
    return code;
  return database_write(definition->database,
                        "UPDATE __tidemark_comments SET index_id = NULL WHERE id = ?",
                        "i", *comment);
}

int comment_put(struct definition *definition, int64_t comment, int64_t relation,
                const char *index) {
  return database_write(definition->database,
                        "UPDATE __tidemark_comments SET index_id ="
                        " (SELECT id FROM __tidemark_indexes"
                        "  WHERE relation_id = ? AND name = ?) WHERE id = ?",
                        "isi", relation, index, comment);
}
