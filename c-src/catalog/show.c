/* MySQL's words for the types, defaults and indexes of a table. */
#include "catalog/show.h"

#include <string.h>

#include "sql/parse.h"
#include "sql/print.h"
#include "types/enum.h"

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- types --- */

static void write_labels(const struct database *database, struct type type,
                         struct buffer *out) {
  const struct enum_type *labels = catalog_enum(database, type);
  buffer_text(out, "enum(");
  for (int i = 0; labels && i < labels->count; i++)
    buffer_format(out, i > 0 ? ",%Q" : "%Q", labels->labels[i]);
  buffer_character(out, ')');
}

/* PostgreSQL keeps microseconds where nothing is said. */
static void write_time(const char *name, int precision, struct buffer *out) {
  int places = precision < 0 ? 6 : precision;
  buffer_format(out, places > 0 ? "%s(%d)" : "%s", name, places);
}

static void write_length(const char *name, int length, struct buffer *out) {
  if (length < 0)
    buffer_text(out, "text");
  else
    buffer_format(out, "%s(%d)", name, length);
}

static void write_number(struct type type, struct buffer *out) {
  if (type.precision < 0)
    buffer_text(out, "decimal(65,30)");
  else
    buffer_format(out, "decimal(%d,%d)", type.precision,
                  type.scale < 0 ? 0 : type.scale);
}

static void write_other(const struct database *database, struct type type,
                        struct buffer *out) {
  char name[200];
  type.domain = 0;
  catalog_format_type(database, type, name, sizeof name);
  buffer_text(out, name);
}

void show_type(const struct database *database, struct type type, struct buffer *out) {
  if (type.array) {
    write_other(database, type, out);
    return;
  }
  if (type_is_enum(type)) {
    write_labels(database, type, out);
    return;
  }
  switch (type.id) {
  case TYPE_BOOLEAN: buffer_text(out, "tinyint(1)"); break;
  case TYPE_SMALLINT: buffer_text(out, "smallint(6)"); break;
  case TYPE_INTEGER: buffer_text(out, "int(11)"); break;
  case TYPE_BIGINT: buffer_text(out, "bigint(20)"); break;
  case TYPE_REAL: buffer_text(out, "float"); break;
  case TYPE_DOUBLE: buffer_text(out, "double"); break;
  case TYPE_NUMERIC: write_number(type, out); break;
  case TYPE_VARCHAR: write_length("varchar", type.precision, out); break;
  case TYPE_CHAR: write_length("char", type.precision, out); break;
  case TYPE_BYTEA: buffer_text(out, "blob"); break;
  case TYPE_TIME: write_time("time", type.precision, out); break;
  case TYPE_TIMESTAMP: write_time("datetime", type.precision, out); break;
  case TYPE_TIMESTAMPTZ: write_time("timestamp", type.precision, out); break;
  case TYPE_JSON:
  case TYPE_JSONB: buffer_text(out, "json"); break;
  default: write_other(database, type, out); break;
  }
}

static const char RANGE[] = "mysql_fits(";

bool show_is_range(const struct constraint *constraint) {
  return constraint->expression != NULL &&
         strncmp(constraint->expression, RANGE, sizeof RANGE - 1) == 0;
}

/* What a column is called that is kept from the least to the most of its type. */
static const char *range_type(const char *range) {
  static const struct {
    const char *range, *type;
  } types[] = {{", -128, 127)", "tinyint(4)"},
               {", -8388608, 8388607)", "mediumint(9)"},
               {", 0, 255)", "tinyint(3) unsigned"},
               {", 0, 65535)", "smallint(5) unsigned"},
               {", 0, 16777215)", "mediumint(8) unsigned"},
               {", 0, 4294967295)", "int(10) unsigned"},
               {", 0, 9223372036854775807)", "bigint(20) unsigned"}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    size_t length = strlen(range), tail = strlen(types[i].range);
    if (length > tail && strcmp(range + length - tail, types[i].range) == 0)
      return types[i].type;
  }
  return NULL;
}

/* Is the constraint about the column alone? Its name stands behind the parenthesis, perhaps in quotes. */
bool show_is_range_of(const struct constraint *constraint,
                      const struct column *column) {
  const char *name = constraint->expression + sizeof RANGE - 1;
  size_t length = strlen(column->name);
  bool quoted = *name == '"';
  name += quoted;
  return strncmp(name, column->name, length) == 0 &&
         strncmp(name + length, quoted ? "\"," : ",", quoted ? 2 : 1) == 0;
}

void show_column_type(const struct database *database, const struct relation *table,
                      const struct column *column, struct buffer *out) {
  for (int i = 0; i < table->constraint_count; i++) {
    const struct constraint *constraint = &table->constraints[i];
    const char *type = show_is_range(constraint) && show_is_range_of(constraint, column)
                           ? range_type(constraint->expression)
                           : NULL;
    if (type == NULL)
      continue;
    buffer_text(out, type);
    return;
  }
  show_type(database, column->type, out);
}

int show_comment(struct database *database, struct arena *arena,
                 const struct relation *table, int64_t position, const char **comment) {
  sqlite3_stmt *query = NULL;
  bool row = false;
  *comment = "";
  int rc = database_query(database, &query,
                          "SELECT comment FROM __tidemark_comments"
                          " WHERE relation_id = ? AND position = ?",
                          "ii", table->id, position);
  if (rc == TIDE_OK)
    rc = database_step(database, query, &row);
  if (row)
    *comment = arena_string(arena, (const char *)sqlite3_column_text(query, 0));
  sqlite3_finalize(query);
  return rc == TIDE_OK && *comment == NULL ? TIDE_ERROR_NOMEM : rc;
}

bool show_is_text(struct type type) {
  return type.array || type_is_enum(type) || type.id == TYPE_TEXT ||
         type.id == TYPE_VARCHAR || type.id == TYPE_CHAR || type.id == TYPE_JSON ||
         type.id == TYPE_JSONB;
}

/* --- defaults --- */

/* A default of a text column has been given its type: 'a'::text. */
static const struct sql_node *without_cast(const struct sql_node *value) {
  while (value->kind == SQL_CAST && value->child[CAST_OPERAND]->kind == SQL_STRING)
    value = value->child[CAST_OPERAND];
  return value;
}

/* MySQL's CURRENT_TIMESTAMP has whole seconds: date_trunc('second', localtimestamp). */
static bool is_now(const struct sql_node *value) {
  static const char *const names[] = {"now", "current_timestamp", "localtimestamp"};
  if (value->kind != SQL_CALL)
    return false;
  const struct sql_node *arguments = value->child[CALL_ARGUMENTS];
  if (strcmp(value->child[CALL_NAME]->text, "date_trunc") == 0 && arguments &&
      arguments->count == 2)
    return is_now(arguments->child[1]);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(value->child[CALL_NAME]->text, names[i]) == 0)
      return true;
  return false;
}

static int print_in_mysql(struct database *database, struct arena *arena,
                          const struct sql_node *value, const char **text) {
  struct buffer out;
  buffer_init(&out, database->memory);
  int rc = sql_print(value, SQL_DIALECT_MYSQL, &out, database->error);
  *text =
      rc == TIDE_OK && !out.failed ? arena_string(arena, buffer_string(&out)) : NULL;
  buffer_deinit(&out);
  return rc != TIDE_OK ? rc : *text ? TIDE_OK : out_of_memory(database);
}

int show_default(struct database *database, struct arena *arena,
                 const struct column *column, const char **text) {
  *text = NULL;
  struct sql_node *value = NULL;
  if (!column->default_sql || column->generated)
    return TIDE_OK;
  int rc = sql_parse_expression(arena, column->default_sql, strlen(column->default_sql),
                                &value, database->error);
  if (rc != TIDE_OK)
    return rc;
  const struct sql_node *plain = without_cast(value);
  if (plain->kind == SQL_NULL)
    return TIDE_OK;
  if (plain->kind == SQL_STRING)
    *text = plain->text;
  else if (plain->kind == SQL_BOOLEAN)
    *text = plain->op ? "1" : "0";
  else if (is_now(plain))
    *text = "current_timestamp()";
  else if (print_in_mysql(database, arena, plain, text) != TIDE_OK) {
    /* MySQL has no words for it: it is shown as it was written */
    error_clear(database->error);
    *text = column->default_sql;
  }
  return TIDE_OK;
}

/* --- keys and indexes --- */

static int read_parts(struct database *database, struct arena *arena,
                      const struct sql_node *columns, struct show_part **parts,
                      int *count) {
  *parts = arena_alloc(arena, (columns->count + 1) * sizeof **parts);
  if (!*parts)
    return out_of_memory(database);
  *count = (int)columns->count;
  for (uint32_t i = 0; i < columns->count; i++) {
    const struct sql_node *expression = columns->child[i]->child[0];
    while (expression->kind == SQL_COLLATE)
      expression = expression->child[0];
    (*parts)[i] =
        (struct show_part){expression->kind == SQL_COLUMN ? expression->text : NULL,
                           (columns->child[i]->flags & SQL_DESC) != 0};
  }
  return TIDE_OK;
}

int show_index(struct database *database, struct arena *arena,
               const struct index *index, struct show_part **parts, int *count,
               bool *unique) {
  struct sql_node *tree = NULL;
  size_t consumed;
  *count = 0;
  *unique = false;
  int rc = sql_parse(arena, index->definition, strlen(index->definition),
                     SQL_DIALECT_POSTGRES, &tree, &consumed, database->error);
  if (rc != TIDE_OK)
    return rc;
  if (!tree || tree->kind != SQL_CREATE_INDEX)
    return error_set(database->error, TIDE_ERROR_CORRUPT,
                     "the definition of index %q cannot be read", index->name);
  *unique = (tree->flags & SQL_UNIQUE) != 0 && !tree->child[INDEX_WHERE];
  return read_parts(database, arena, tree->child[INDEX_COLUMNS], parts, count);
}

/* Does an index that may have equal rows, or several columns, begin with the column? */
static bool begins_index(struct database *database, struct arena *arena,
                         const struct relation *table, int column) {
  for (int i = 0; i < table->index_count; i++) {
    struct show_part *parts;
    int count;
    bool unique;
    if (show_index(database, arena, &table->indexes[i], &parts, &count, &unique) ==
            TIDE_OK &&
        count > 0 && parts[0].column &&
        strcmp(parts[0].column, table->columns[column].name) == 0)
      return true;
  }
  error_clear(database->error);
  return false;
}

const char *show_key(struct database *database, struct arena *arena,
                     const struct relation *table, int column) {
  bool begins = false;
  for (int i = 0; i < table->key_count; i++) {
    const struct key *key = &table->keys[i];
    for (int j = 0; key->primary && j < key->count; j++)
      if (key->columns[j] == column)
        return "PRI";
    if (!key->primary && key->count == 1 && key->columns[0] == column)
      return "UNI";
    begins = begins || key->columns[0] == column;
  }
  return begins || begins_index(database, arena, table, column) ? "MUL" : "";
}
