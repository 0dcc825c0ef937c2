/* Stored tables of views: creating them and their indexes. */
#include "view/storage_internal.h"

static void key_columns(const struct storage *storage, struct buffer *out) {
  for (int i = 0; i < storage->key_count; i++)
    buffer_format(out, "%s%q", i > 0 ? ", " : "",
                  storage->columns[storage->key[i]].name);
}

static void table_sql(const struct storage *storage, struct buffer *out) {
  buffer_format(out, "CREATE TABLE %q(", storage->relation->stored);
  for (int i = 0; i < storage->column_count; i++) {
    const struct storage_column *column = &storage->columns[i];
    bool row_id = storage->row_id && storage->key[0] == i;
    buffer_format(out, "%s%q %s", i > 0 ? ", " : "", column->name, column->type);
    if (column->collation)
      buffer_format(out, " COLLATE %s", column->collation);
    if (column->constraint)
      buffer_format(out, " %s", column->constraint);
    if (row_id)
      buffer_text(out, " PRIMARY KEY");
  }
  if (storage->identity == STORAGE_BY_HASH)
    buffer_text(out, ", __hash INTEGER");
  if (storage->clustered) {
    buffer_text(out, ", PRIMARY KEY (");
    key_columns(storage, out);
    buffer_text(out, ")) WITHOUT ROWID");
    return;
  }
  buffer_character(out, ')');
}

/* By id, because names of views change; tables without one keep theirs. */
static void index_name(const struct storage *storage, const char *what,
                       struct buffer *out) {
  buffer_format(out, "__view_%s_", what);
  if (storage->relation->id < 0)
    buffer_text(out, storage->relation->stored);
  else
    buffer_format(out, "%lld", (long long)storage->relation->id);
}

/* Nothing is appended when the table needs no index. */
static void index_sql(const struct storage *storage, struct buffer *out) {
  if (storage->identity == STORAGE_ONE_ROW || storage->row_id || storage->clustered)
    return;
  bool by_key = storage->identity == STORAGE_BY_KEY;
  buffer_format(out, "CREATE %sINDEX \"", by_key ? "UNIQUE " : "");
  index_name(storage, "identity", out);
  buffer_format(out, "\" ON %q(", storage->relation->stored);
  key_columns(storage, out);
  buffer_format(out, "%s)", by_key ? "" : "__hash");
}

/* Does the unique key begin with the columns of the part? */
static bool is_part_keyed(const struct storage *storage) {
  for (int i = 0; i < storage->part_count; i++)
    if (i >= storage->key_count ||
        !storage_contains(storage->part, storage->part_count, storage->key[i]))
      return false;
  return true;
}

static void print_part_index(const struct storage *storage, const char *what,
                             struct buffer *out) {
  buffer_text(out, "CREATE INDEX \"");
  index_name(storage, what, out);
  buffer_format(out, "\" ON %q(", storage->relation->stored);
  for (int i = 0; i < storage->part_count; i++)
    buffer_format(out, "%s%q", i > 0 ? ", " : "",
                  storage->columns[storage->part[i]].name);
  buffer_character(out, ')');
}

static void part_index_sql(const struct storage *storage, struct buffer *out) {
  if (storage->part_count > 0 && !is_part_keyed(storage))
    print_part_index(storage, "part", out);
}

/* Not of the layout: a table without it is as good. */
static void later_index_sql(const struct storage *storage, struct buffer *out) {
  print_part_index(storage, "later", out);
}

/* Is there something of that type and name, made with exactly this SQL? Without SQL: is there nothing? */
static int made_with(const struct storage *storage, const char *type, const char *name,
                     const char *sql, bool *same) {
  sqlite3_stmt *statement;
  bool row = false;
  *same = false;
  int rc = database_query(storage->database, &statement,
                          "SELECT coalesce((SELECT sql FROM main.sqlite_schema WHERE "
                          "type = ?1 AND name = ?2), '') = ?3",
                          "sss", type, name, sql);
  if (rc != TIDE_OK)
    return rc;
  rc = database_step(storage->database, statement, &row);
  *same = row && sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return rc;
}

/* Is the index there that `print` makes, or none if it makes none? */
static int has_index(const struct storage *storage,
                     void (*print)(const struct storage *storage, struct buffer *out),
                     const char *what, bool *has) {
  struct buffer sql, name;
  buffer_init(&sql, storage->database->memory);
  buffer_init(&name, storage->database->memory);
  *has = false;
  print(storage, &sql);
  index_name(storage, what, &name);
  int rc = sql.failed || name.failed ? storage_out_of_memory(storage) : TIDE_OK;
  if (rc == TIDE_OK)
    rc = made_with(storage, "index", buffer_string(&name), buffer_string(&sql), has);
  buffer_deinit(&sql);
  buffer_deinit(&name);
  return rc;
}

int storage_exists(const struct storage *storage, bool *exists) {
  struct buffer sql;
  buffer_init(&sql, storage->database->memory);
  table_sql(storage, &sql);
  *exists = false;
  int rc = sql.failed ? storage_out_of_memory(storage)
                      : made_with(storage, "table", storage->relation->stored,
                                  buffer_string(&sql), exists);
  buffer_deinit(&sql);
  if (rc == TIDE_OK && *exists)
    rc = has_index(storage, index_sql, "identity", exists);
  if (rc == TIDE_OK && *exists)
    rc = has_index(storage, part_index_sql, "part", exists);
  return rc;
}

/* What creates the indexes, after each other. */
static void indexes_sql(const struct storage *storage, struct buffer *out) {
  index_sql(storage, out);
  buffer_text(out, "; ");
  part_index_sql(storage, out);
}

int storage_create(struct storage *storage) {
  storage_finalize_statements(storage);
  struct buffer sql;
  buffer_init(&sql, storage->database->memory);
  buffer_format(&sql, "DROP TABLE IF EXISTS main.%q; ", storage->relation->stored);
  table_sql(storage, &sql);
  buffer_text(&sql, "; ");
  indexes_sql(storage, &sql);
  int rc = sql.failed ? storage_out_of_memory(storage)
                      : database_execute(storage->database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

static void drop_index(const struct storage *storage, const char *what,
                       struct buffer *out) {
  buffer_text(out, "DROP INDEX IF EXISTS main.\"");
  index_name(storage, what, out);
  buffer_text(out, "\"; ");
}

int storage_set_indexed(struct storage *storage, bool indexed) {
  struct buffer sql;
  buffer_init(&sql, storage->database->memory);
  if (indexed) {
    indexes_sql(storage, &sql);
  } else {
    drop_index(storage, "identity", &sql);
    drop_index(storage, "part", &sql);
  }
  int rc = sql.failed ? storage_out_of_memory(storage)
                      : database_execute(storage->database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

int storage_index_part(struct storage *storage) {
  struct buffer sql;
  bool has = false;
  int rc = has_index(storage, later_index_sql, "later", &has);
  if (rc != TIDE_OK || has)
    return rc;
  buffer_init(&sql, storage->database->memory);
  drop_index(storage, "later", &sql);
  later_index_sql(storage, &sql);
  rc = sql.failed ? storage_out_of_memory(storage)
                  : database_execute(storage->database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

void storage_explain(const struct storage *storage, const char *what,
                     struct buffer *out) {
  void (*const print[])(const struct storage *storage,
                        struct buffer *out) = {index_sql, part_index_sql};
  buffer_format(out, "%s: %s (", what, storage->relation->stored);
  for (int i = 0; i < storage->column_count; i++)
    buffer_format(out, "%s%s", i > 0 ? ", " : "", storage->columns[i].name);
  buffer_text(out, ")\n");
  if (storage->row_id || storage->clustered) {
    buffer_text(out, "index: the table itself, by ");
    key_columns(storage, out);
    buffer_character(out, '\n');
  }
  for (size_t i = 0; i < sizeof print / sizeof *print; i++) {
    struct buffer sql;
    buffer_init(&sql, storage->database->memory);
    print[i](storage, &sql);
    if (sql.length > 0)
      buffer_format(out, "index: %s\n", buffer_string(&sql));
    out->failed |= sql.failed;
    buffer_deinit(&sql);
  }
}
