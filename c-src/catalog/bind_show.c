/* MySQL's SHOW and DESCRIBE: a query over rows that the catalog tells, under MySQL's names. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/show.h"
#include "sql/parse.h"
#include "sql/walk.h"

/* The collation that text has here, by MySQL's name. */
#define COLLATION "utf8mb4_nopad_bin"

struct showing {
  struct binder *binder;
  const struct sql_node *show;
  const struct relation *relation; /* NULL: it tells of none */
  const char *schema;
  const char *const
      *columns; /* as they are called, up to NULL; with # before a number's */
  struct buffer rows;
  int count;
};

/* --- what the columns are called --- */

static const char *const *columns_of(struct showing *showing) {
  static const char *const columns[] = {"Field",   "Type",  "Null", "Key",
                                        "Default", "Extra", NULL};
  static const char *const full[] = {"Field",   "Type",  "Collation",  "Null",    "Key",
                                     "Default", "Extra", "Privileges", "Comment", NULL};
  static const char *const databases[] = {"Database", NULL};
  static const char *const index[] = {
      "Table",      "#Non_unique",  "Key_name",      "#Seq_in_index", "Column_name",
      "Collation",  "#Cardinality", "#Sub_part",     "Packed",        "Null",
      "Index_type", "Comment",      "Index_comment", "Ignored",       NULL};
  static const char *const create[] = {"Table", "Create Table", NULL};
  switch ((enum sql_show)showing->show->op) {
  case SQL_SHOW_TABLES: {
    const char **tables = bind_alloc(showing->binder, 3 * sizeof *tables);
    if (!tables)
      return NULL;
    bool typed = (showing->show->flags & SQL_ALL) != 0;
    tables[0] = arena_format(showing->binder->arena, "Tables_in_%s", showing->schema);
    tables[1] = typed ? "Table_type" : NULL;
    tables[2] = NULL;
    return tables[0] ? tables : NULL;
  }
  case SQL_SHOW_COLUMNS: return (showing->show->flags & SQL_ALL) != 0 ? full : columns;
  case SQL_SHOW_DATABASES: return databases;
  case SQL_SHOW_INDEX: return index;
  case SQL_SHOW_CREATE_TABLE: return create;
  }
  return NULL;
}

static bool is_number(const char *column) {
  return *column == '#';
}

static const char *name_of(const char *column) {
  return is_number(column) ? column + 1 : column;
}

/* --- rows --- */

static void begin_row(struct showing *showing) {
  buffer_format(&showing->rows, ", (%d", ++showing->count);
}

/* NULL: SQL's. */
static void add_text(struct showing *showing, const char *text) {
  buffer_format(&showing->rows, ", %Q", text);
}

static void add_number(struct showing *showing, int number) {
  buffer_format(&showing->rows, ", %d", number);
}

static void end_row(struct showing *showing) {
  buffer_character(&showing->rows, ')');
}

static void add_table(const struct relation *relation, void *context) {
  struct showing *showing = context;
  if (strcmp(relation->schema, showing->schema) != 0)
    return;
  begin_row(showing);
  add_text(showing, relation->name);
  if ((showing->show->flags & SQL_ALL) != 0)
    add_text(showing, relation->kind == RELATION_TABLE  ? "BASE TABLE"
                      : relation->kind == RELATION_VIEW ? "VIEW"
                                                        : "SYSTEM VIEW");
  end_row(showing);
}

static const char *type_text(struct showing *showing, const struct column *column) {
  struct buffer out;
  buffer_init(&out, showing->binder->database->memory);
  show_column_type(showing->binder->database, showing->relation, column, &out);
  const char *text =
      out.failed ? NULL : arena_string(showing->binder->arena, buffer_string(&out));
  buffer_deinit(&out);
  return text ? text : "";
}

static int add_column(struct showing *showing, int index) {
  struct database *database = showing->binder->database;
  struct arena *arena = showing->binder->arena;
  const struct column *column = &showing->relation->columns[index];
  bool full = (showing->show->flags & SQL_ALL) != 0;
  const char *value, *comment;
  int rc = show_default(database, arena, column, &value);
  if (rc == TIDE_OK)
    rc = show_comment(database, arena, showing->relation, column->position, &comment);
  if (rc != TIDE_OK)
    return rc;
  begin_row(showing);
  add_text(showing, column->name);
  add_text(showing, type_text(showing, column));
  if (full)
    add_text(showing, show_is_text(column->type) ? COLLATION : NULL);
  add_text(showing, column->not_null ? "NO" : "YES");
  add_text(showing, showing->relation->kind == RELATION_TABLE
                        ? show_key(database, arena, showing->relation, index)
                        : "");
  add_text(showing, value);
  add_text(showing, column->identity        ? "auto_increment"
                    : column->generated     ? "STORED GENERATED"
                    : column->on_update_sql ? "on update current_timestamp()"
                                            : "");
  if (full) {
    add_text(showing, "select,insert,update,references");
    add_text(showing, comment);
  }
  end_row(showing);
  return TIDE_OK;
}

static void add_part(struct showing *showing, const char *key, bool unique, int ordinal,
                     const char *name, bool descending) {
  int column = name ? relation_column(showing->relation, name) : -1;
  begin_row(showing);
  add_text(showing, showing->relation->name);
  add_number(showing, !unique);
  add_text(showing, key);
  add_number(showing, ordinal);
  add_text(showing, name);
  add_text(showing, descending ? "D" : "A");
  add_text(showing, NULL); /* how many values there are nobody has counted */
  add_text(showing, NULL);
  add_text(showing, NULL);
  add_text(showing,
           column >= 0 && showing->relation->columns[column].not_null ? "" : "YES");
  add_text(showing, "BTREE");
  add_text(showing, "");
  add_text(showing, "");
  add_text(showing, "NO");
  end_row(showing);
}

static void add_key(struct showing *showing, const struct key *key) {
  for (int i = 0; i < key->count; i++)
    add_part(showing, key->primary ? "PRIMARY" : key->name, true, i + 1,
             showing->relation->columns[key->columns[i]].name, false);
}

static bool is_key(const struct relation *table, const char *name) {
  for (int i = 0; i < table->key_count; i++)
    if (strcmp(table->keys[i].name, name) == 0)
      return true;
  return false;
}

static int add_indexes(struct showing *showing) {
  const struct relation *table = showing->relation;
  int rc = TIDE_OK;
  for (int i = 0; i < table->key_count; i++)
    add_key(showing, &table->keys[i]);
  for (int i = 0; rc == TIDE_OK && i < table->index_count; i++) {
    struct show_part *parts;
    int count;
    bool unique;
    if (is_key(table, table->indexes[i].name))
      continue;
    rc = show_index(showing->binder->database, showing->binder->arena,
                    &table->indexes[i], &parts, &count, &unique);
    for (int j = 0; j < count; j++)
      add_part(showing, table->indexes[i].name, unique, j + 1, parts[j].column,
               parts[j].descending);
  }
  return rc;
}

static int add_creation(struct showing *showing) {
  struct buffer text;
  buffer_init(&text, showing->binder->database->memory);
  int rc = show_create_table(showing->binder->database, showing->binder->arena,
                             showing->relation, &text);
  begin_row(showing);
  add_text(showing, showing->relation->name);
  add_text(showing, buffer_string(&text));
  end_row(showing);
  showing->rows.failed |= text.failed;
  buffer_deinit(&text);
  return rc;
}

static int add_rows(struct showing *showing) {
  int rc = TIDE_OK;
  switch ((enum sql_show)showing->show->op) {
  case SQL_SHOW_TABLES:
    catalog_each(showing->binder->database, add_table, showing);
    break;
  case SQL_SHOW_COLUMNS:
    for (int i = 0; rc == TIDE_OK && i < showing->relation->column_count; i++)
      if (!showing->relation->columns[i].hidden)
        rc = add_column(showing, i);
    break;
  case SQL_SHOW_INDEX: return add_indexes(showing);
  case SQL_SHOW_CREATE_TABLE: return add_creation(showing);
  case SQL_SHOW_DATABASES: break; /* a query tells them */
  }
  return rc;
}

/* --- of what --- */

static int find_schema(struct showing *showing) {
  struct binder *binder = showing->binder;
  const struct sql_node *name = showing->show->child[SHOW_SCHEMA];
  const char *const *path;
  int count = catalog_search_path(binder->database, &path);
  showing->schema = name ? name->text : NULL;
  for (int i = 0; !showing->schema && i < count; i++)
    if (catalog_find_schema(binder->database, path[i]))
      showing->schema = path[i];
  if (!showing->schema)
    return error_set_at(binder->error, TIDE_ERROR_UNDEFINED_SCHEMA,
                        showing->show->position, "no schema has been selected");
  if (!name || catalog_find_schema(binder->database, name->text))
    return TIDE_OK;
  return error_set_at(binder->error, TIDE_ERROR_UNDEFINED_SCHEMA, name->position,
                      "schema %q does not exist", name->text);
}

static int find_relation(struct showing *showing) {
  struct binder *binder = showing->binder;
  struct sql_node *name = showing->show->child[SHOW_NAME];
  name->child[NAME_SCHEMA] = showing->show->child[SHOW_SCHEMA];
  showing->relation = bind_find_relation(binder, name);
  if (!showing->relation)
    return binder->error->code;
  if (showing->relation->kind == RELATION_SYSTEM)
    return bind_unsupported(binder, name->position, "SHOW of a system relation");
  if (showing->show->op == SQL_SHOW_CREATE_TABLE && showing->relation->view)
    return bind_unsupported(binder, name->position, "SHOW CREATE TABLE of a view");
  return bind_check_described(binder, showing->relation, name->position);
}

static int find(struct showing *showing) {
  switch ((enum sql_show)showing->show->op) {
  case SQL_SHOW_TABLES: return find_schema(showing);
  case SQL_SHOW_DATABASES: return TIDE_OK;
  default: return find_relation(showing);
  }
}

/* --- the query --- */

static void write_source(struct showing *showing, struct buffer *sql) {
  if (showing->show->op == SQL_SHOW_DATABASES) {
    buffer_text(sql, "SELECT 1, schema_name FROM information_schema.schemata");
    return;
  }
  /* A row that is not shown tells the types, and that there are columns. */
  buffer_text(sql, "VALUES (0");
  for (int i = 0; showing->columns[i]; i++)
    buffer_text(sql,
                is_number(showing->columns[i]) ? ", NULL::bigint" : ", NULL::text");
  buffer_character(sql, ')');
  buffer_text(sql, buffer_string(&showing->rows));
}

static void write_query(struct showing *showing, struct buffer *sql) {
  const struct sql_node *like = showing->show->child[SHOW_LIKE];
  bool sorted = !showing->relation;
  const char *first = name_of(showing->columns[0]);
  for (int i = 0; showing->columns[i]; i++)
    buffer_format(sql, i > 0 ? ", %q" : "SELECT %q", name_of(showing->columns[i]));
  buffer_text(sql, " FROM (");
  write_source(showing, sql);
  buffer_text(sql, ") AS shown (\"__ordinal\"");
  for (int i = 0; showing->columns[i]; i++)
    buffer_format(sql, ", %q", name_of(showing->columns[i]));
  buffer_text(sql, ") WHERE \"__ordinal\" > 0");
  if (like)
    buffer_format(sql, " AND %q ILIKE %Q", first, like->text);
  buffer_format(sql, " ORDER BY %q", sorted ? first : "__ordinal");
}

/* Conditions may name the columns in any letter case. */
static struct sql_node *spell_column(struct sql_node *node, void *context) {
  const struct showing *showing = context;
  if (node->kind != SQL_COLUMN || node->child[0])
    return node;
  for (int i = 0; showing->columns[i]; i++)
    if (bind_same_name(name_of(showing->columns[i]), node->text))
      node->text = name_of(showing->columns[i]);
  return node;
}

static int add_condition(struct showing *showing, struct sql_node *query) {
  struct binder *binder = showing->binder;
  struct sql_node *condition = showing->show->child[SHOW_WHERE];
  struct sql_node *select = query->child[QUERY_BODY];
  if (!condition)
    return TIDE_OK;
  struct sql_node *both = bind_node(binder, SQL_BINARY, condition->position, "and");
  if (!both)
    return TIDE_ERROR_NOMEM;
  both->child[LEFT] = select->child[SELECT_WHERE];
  both->child[RIGHT] = sql_rewrite(condition, spell_column, showing);
  select->child[SELECT_WHERE] = both;
  return TIDE_OK;
}

static int make_query(struct showing *showing, struct sql_node **query) {
  struct binder *binder = showing->binder;
  struct buffer sql;
  size_t consumed;
  buffer_init(&sql, binder->database->memory);
  write_query(showing, &sql);
  int rc = sql.failed || showing->rows.failed ? bind_nomem(binder) : TIDE_OK;
  const char *text =
      rc == TIDE_OK ? arena_string(binder->arena, buffer_string(&sql)) : NULL;
  if (rc == TIDE_OK)
    rc = text ? sql_parse(binder->arena, text, strlen(text), SQL_DIALECT_POSTGRES,
                          query, &consumed, binder->error)
              : bind_nomem(binder);
  buffer_deinit(&sql);
  return rc == TIDE_OK ? add_condition(showing, *query) : rc;
}

int bind_show(struct binder *binder, struct sql_node *show) {
  struct showing showing = {.binder = binder, .show = show};
  struct sql_node *query = NULL;
  buffer_init(&showing.rows, binder->database->memory);
  int rc = find(&showing);
  if (rc == TIDE_OK && !(showing.columns = columns_of(&showing)))
    rc = bind_nomem(binder);
  if (rc == TIDE_OK)
    rc = add_rows(&showing);
  if (rc == TIDE_OK)
    rc = make_query(&showing, &query);
  buffer_deinit(&showing.rows);
  if (rc != TIDE_OK)
    return rc;
  *show = *query;
  return bind_query(binder, show, NULL, NULL, true);
}
