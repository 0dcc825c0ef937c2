/* SHOW CREATE TABLE: the statement that would make the table, in MySQL's words. */
#include <string.h>

#include "catalog/show.h"
#include "sql/parse.h"
#include "sql/print.h"

struct creation {
  struct database *database;
  struct arena *arena;
  const struct relation *table;
  struct buffer *out;
  int rc; /* the first failure */
};

static void write_name(struct creation *creation, const char *name) {
  buffer_character(creation->out, '`');
  for (; *name; name++)
    buffer_format(creation->out, *name == '`' ? "``" : "%c", *name);
  buffer_character(creation->out, '`');
}

static void write_columns(struct creation *creation, const struct relation *table,
                          int count, const int *columns) {
  for (int i = 0; i < count; i++) {
    buffer_text(creation->out, i > 0 ? "," : " (");
    write_name(creation, table->columns[columns[i]].name);
  }
  buffer_character(creation->out, ')');
}

/* An expression of PostgreSQL's, without the name of the table. */
static void write_expression(struct creation *creation, const char *text) {
  struct database *database = creation->database;
  struct sql_node *tree = NULL;
  int rc =
      sql_parse_expression(creation->arena, text, strlen(text), &tree, database->error);
  if (rc == TIDE_OK)
    rc = sql_print(tree, SQL_DIALECT_MYSQL, creation->out, database->error);
  if (creation->rc == TIDE_OK)
    creation->rc = rc;
}

static void write_string(struct creation *creation, const char *text) {
  buffer_character(creation->out, '\'');
  for (; *text; text++)
    buffer_format(creation->out, *text == '\'' || *text == '\\' ? "%c%c" : "%c", *text,
                  *text);
  buffer_character(creation->out, '\'');
}

/* Numbers and calls stand as they are, anything else is text. */
static void write_default(struct creation *creation, const struct column *column) {
  struct sql_node *value = NULL;
  const char *text;
  int rc = show_default(creation->database, creation->arena, column, &text);
  if (rc == TIDE_OK && text)
    rc = sql_parse_expression(creation->arena, column->default_sql,
                              strlen(column->default_sql), &value,
                              creation->database->error);
  if (rc != TIDE_OK) {
    creation->rc = rc;
    return;
  }
  if (!text) {
    if (!column->not_null && !column->generated)
      buffer_text(creation->out, " DEFAULT NULL");
    return;
  }
  while (value->kind == SQL_CAST)
    value = value->child[CAST_OPERAND];
  buffer_text(creation->out, " DEFAULT ");
  if (value->kind == SQL_STRING)
    write_string(creation, text);
  else
    buffer_text(creation->out, text);
}

static void write_comment(struct creation *creation, int64_t position,
                          const char *word) {
  const char *comment;
  int rc = show_comment(creation->database, creation->arena, creation->table, position,
                        &comment);
  if (rc != TIDE_OK) {
    creation->rc = rc;
  } else if (*comment != '\0') {
    buffer_text(creation->out, word);
    write_string(creation, comment);
  }
}

static void write_column(struct creation *creation, const struct column *column) {
  buffer_text(creation->out, "  ");
  write_name(creation, column->name);
  buffer_character(creation->out, ' ');
  show_column_type(creation->database, creation->table, column, creation->out);
  if (column->generated) {
    buffer_text(creation->out, " GENERATED ALWAYS AS (");
    write_expression(creation, column->default_sql);
    buffer_text(creation->out, ") STORED");
  }
  if (column->not_null)
    buffer_text(creation->out, " NOT NULL");
  if (column->identity)
    buffer_text(creation->out, " AUTO_INCREMENT");
  else
    write_default(creation, column);
  if (column->on_update_sql)
    buffer_text(creation->out, " ON UPDATE current_timestamp()");
  write_comment(creation, column->position, " COMMENT ");
}

static void write_keys(struct creation *creation) {
  const struct relation *table = creation->table;
  for (int i = 0; i < table->key_count; i++) {
    const struct key *key = &table->keys[i];
    buffer_text(creation->out, key->primary ? ",\n  PRIMARY KEY" : ",\n  UNIQUE KEY ");
    if (!key->primary)
      write_name(creation, key->name);
    write_columns(creation, table, key->count, key->columns);
  }
}

static bool is_key(const struct relation *table, const char *name) {
  for (int i = 0; i < table->key_count; i++)
    if (strcmp(table->keys[i].name, name) == 0)
      return true;
  return false;
}

/* Those over columns: MySQL has no others, and none of a part of the rows. */
static void write_index(struct creation *creation, const struct index *index) {
  struct show_part *parts;
  int count;
  bool unique;
  int rc =
      show_index(creation->database, creation->arena, index, &parts, &count, &unique);
  if (rc != TIDE_OK) {
    creation->rc = rc;
    return;
  }
  for (int i = 0; i < count; i++)
    if (!parts[i].column)
      return;
  buffer_text(creation->out, unique ? ",\n  UNIQUE KEY " : ",\n  KEY ");
  write_name(creation, index->name);
  for (int i = 0; i < count; i++) {
    buffer_text(creation->out, i > 0 ? "," : " (");
    write_name(creation, parts[i].column);
    buffer_text(creation->out, parts[i].descending ? " DESC" : "");
  }
  buffer_character(creation->out, ')');
}

static void write_foreign_key(struct creation *creation,
                              const struct constraint *constraint) {
  static const char *const actions[] = {NULL, "RESTRICT", "CASCADE", "SET NULL",
                                        "SET DEFAULT"};
  const struct relation *referenced =
      catalog_find_id(creation->database, constraint->referenced);
  buffer_text(creation->out, "FOREIGN KEY");
  write_columns(creation, creation->table, constraint->count, constraint->columns);
  buffer_text(creation->out, " REFERENCES ");
  if (strcmp(referenced->schema, creation->table->schema) != 0) {
    write_name(creation, referenced->schema);
    buffer_character(creation->out, '.');
  }
  write_name(creation, referenced->name);
  write_columns(creation, referenced, constraint->count,
                constraint->referenced_columns);
  if (actions[constraint->on_delete])
    buffer_format(creation->out, " ON DELETE %s", actions[constraint->on_delete]);
  if (actions[constraint->on_update])
    buffer_format(creation->out, " ON UPDATE %s", actions[constraint->on_update]);
}

static void write_constraint(struct creation *creation,
                             const struct constraint *constraint) {
  buffer_text(creation->out, ",\n  CONSTRAINT ");
  write_name(creation, constraint->name);
  buffer_character(creation->out, ' ');
  if (constraint->referenced) {
    write_foreign_key(creation, constraint);
    return;
  }
  buffer_text(creation->out, "CHECK (");
  write_expression(creation, constraint->expression);
  buffer_character(creation->out, ')');
}

int show_create_table(struct database *database, struct arena *arena,
                      const struct relation *table, struct buffer *out) {
  struct creation creation = {database, arena, table, out, TIDE_OK};
  bool first = true;
  buffer_text(out, "CREATE TABLE ");
  write_name(&creation, table->name);
  buffer_text(out, " (\n");
  for (int i = 0; i < table->column_count; i++) {
    if (table->columns[i].hidden)
      continue;
    buffer_text(out, first ? "" : ",\n");
    first = false;
    write_column(&creation, &table->columns[i]);
  }
  write_keys(&creation);
  for (int i = 0; i < table->index_count; i++)
    if (!is_key(table, table->indexes[i].name))
      write_index(&creation, &table->indexes[i]);
  for (int i = 0; i < table->constraint_count; i++)
    if (!show_is_range(&table->constraints[i]))
      write_constraint(&creation, &table->constraints[i]);
  buffer_text(out, "\n)");
  write_comment(&creation, 0, " COMMENT=");
  return creation.rc;
}
