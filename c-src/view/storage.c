/* Stored tables of views: their layout, the statements over them, and finding rows. */
#include "view/storage_internal.h"

#include <string.h>

#include "view/delta.h"

int storage_out_of_memory(const struct storage *storage) {
  return error_set(storage->database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- layout --- */

static bool grow_columns(struct storage *storage, struct arena *arena) {
  if (storage->column_count < storage->column_capacity)
    return true;
  int capacity = storage->column_capacity ? storage->column_capacity * 2 : 16;
  size_t count = (size_t)storage->column_count;
  struct storage_column *columns =
      arena_alloc(arena, (size_t)capacity * sizeof *columns);
  enum row_type *affinity = arena_alloc(arena, (size_t)capacity * sizeof *affinity);
  if (!columns || !affinity)
    return false;
  if (count > 0)
    memcpy(columns, storage->columns, count * sizeof *columns);
  if (count > 0)
    memcpy(affinity, storage->affinity, count * sizeof *affinity);
  storage->columns = columns;
  storage->affinity = affinity;
  storage->column_capacity = capacity;
  return true;
}

int storage_add_column(struct storage *storage, struct arena *arena, const char *name,
                       struct type type) {
  if (!grow_columns(storage, arena))
    return -1;
  int index = storage->column_count++;
  storage->columns[index] = (struct storage_column){
      .name = name, .type = type_storage(type), .collation = type_collation(type)};
  storage->affinity[index] = row_affinity(type);
  return index;
}

/* SQLite computes integers with 64 bits and goes on in floating point beyond them: what a
 * local view shows has to fit its type. (Nodes below it may hold what is still to be
 * computed with.) The constraint's name tells database_error.c which column it is. */
static bool guard(struct arena *arena, const struct relation *relation,
                  const struct column *column, const char **constraint) {
  enum type_id id = column->type.id;
  if (!relation->view || relation_is_foreign(relation) || column->type.array ||
      (id != TYPE_SMALLINT && id != TYPE_INTEGER && id != TYPE_BIGINT))
    return true;
  const char *check = id == TYPE_BIGINT     ? "typeof(%q) <> 'real'"
                      : id == TYPE_SMALLINT ? "%q BETWEEN -32768 AND 32767"
                                            : "%q BETWEEN -2147483648 AND 2147483647";
  const char *name =
      arena_format(arena, "__type_%lld_%s", (long long)relation->id, column->name);
  const char *condition = arena_format(arena, check, column->name);
  *constraint = name && condition
                    ? arena_format(arena, "CONSTRAINT %q CHECK (%s)", name, condition)
                    : NULL;
  return *constraint != NULL;
}

int storage_init(struct storage *storage, struct database *database,
                 struct arena *arena, const struct relation *relation) {
  *storage = (struct storage){
      .database = database, .relation = relation, .identity = STORAGE_BY_HASH};
  changes_init(&storage->keys, database->memory);
  changes_init(&storage->scratch, database->memory);
  for (int i = 0; i < relation->column_count; i++) {
    const struct column *column = &relation->columns[i];
    int index = storage_add_column(storage, arena, column->name, column->type);
    if (index < 0)
      return storage_out_of_memory(storage);
    if (column->hidden && strcmp(column->name, "__staged") == 0)
      storage->columns[index].constraint = "NOT NULL DEFAULT 0";
    else if (!guard(arena, relation, column, &storage->columns[index].constraint))
      return storage_out_of_memory(storage);
  }
  return TIDE_OK;
}

bool storage_contains(const int *columns, int count, int column) {
  for (int i = 0; i < count; i++)
    if (columns[i] == column)
      return true;
  return false;
}

int storage_set_key(struct storage *storage, struct arena *arena, const int *columns,
                    int count, bool never_null) {
  storage->identity = count > 0 ? STORAGE_BY_KEY : STORAGE_ONE_ROW;
  storage->key_count = 0;
  storage->key =
      arena_alloc(arena, (size_t)(count > 0 ? count : 1) * sizeof *storage->key);
  if (!storage->key)
    return storage_out_of_memory(storage);
  for (int i = 0; i < storage->column_count; i++)
    if (storage_contains(columns, count, i))
      storage->key[storage->key_count++] = i;
  storage->never_null = never_null;
  storage->row_id = never_null && storage->key_count == 1 &&
                    storage->affinity[storage->key[0]] == ROW_INTEGER;
  return TIDE_OK;
}

int storage_set_part(struct storage *storage, struct arena *arena, const int *columns,
                     int count) {
  storage->part = arena_alloc(arena, (size_t)(count + 1) * sizeof *storage->part);
  if (!storage->part)
    return storage_out_of_memory(storage);
  memcpy(storage->part, columns, (size_t)count * sizeof *columns);
  storage->part_count = count;
  return TIDE_OK;
}

void storage_finalize_statements(struct storage *storage) {
  for (int i = 0; i < STORAGE_STATEMENTS; i++) {
    sqlite3_finalize(storage->statements[i]);
    storage->statements[i] = NULL;
  }
}

void storage_deinit(struct storage *storage) {
  if (!storage->database)
    return;
  storage_finalize_statements(storage);
  changes_deinit(&storage->keys);
  changes_deinit(&storage->scratch);
}

/* --- statements --- */

static void all_columns(const struct storage *storage, struct buffer *out) {
  for (int i = 0; i < storage->column_count; i++)
    buffer_format(out, "%s%q", i > 0 ? ", " : "", storage->columns[i].name);
}

/* `by_position`: parameter numbers are those of the columns, as when a whole row is
 * bound. */
static void where_key(const struct storage *storage, struct buffer *out,
                      bool by_position) {
  for (int i = 0; i < storage->key_count; i++)
    buffer_format(out, "%s%q IS ?%d", i > 0 ? " AND " : " WHERE ",
                  storage->columns[storage->key[i]].name,
                  by_position ? storage->key[i] + 1 : i + 1);
}

static void insert_sql(const struct storage *storage, struct buffer *out) {
  bool hashed = storage->identity == STORAGE_BY_HASH;
  int count = storage->column_count + hashed;
  buffer_format(out, "INSERT INTO main.%q(", storage->relation->stored);
  all_columns(storage, out);
  buffer_text(out, hashed ? ", __hash) VALUES (" : ") VALUES (");
  for (int i = 0; i < count; i++)
    buffer_format(out, "%s?%d", i > 0 ? ", " : "", i + 1);
  buffer_character(out, ')');
}

static void update_sql(const struct storage *storage, struct buffer *out) {
  const char *separator = " SET ";
  buffer_format(out, "UPDATE main.%q", storage->relation->stored);
  for (int i = 0; i < storage->column_count; i++) {
    if (storage_contains(storage->key, storage->key_count, i))
      continue;
    buffer_format(out, "%s%q = ?%d", separator, storage->columns[i].name, i + 1);
    separator = ", ";
  }
  where_key(storage, out, true);
}

static void select_sql(const struct storage *storage, struct buffer *out,
                       bool with_rowid) {
  buffer_text(out, "SELECT ");
  if (with_rowid)
    buffer_format(out, "%q, ", delta_rowid_name(storage->relation));
  all_columns(storage, out);
  buffer_format(out, " FROM main.%q", storage->relation->stored);
}

static void statement_sql(const struct storage *storage, enum storage_statement which,
                          struct buffer *out) {
  const char *table = storage->relation->stored;
  switch (which) {
  case STORAGE_INSERT: insert_sql(storage, out); break;
  case STORAGE_UPDATE: update_sql(storage, out); break;
  case STORAGE_DELETE:
    buffer_format(out, "DELETE FROM main.%q", table);
    where_key(storage, out, true);
    break;
  case STORAGE_FIND:
    select_sql(storage, out, false);
    where_key(storage, out, false);
    break;
  case STORAGE_FIND_PART:
    select_sql(storage, out, false);
    for (int i = 0; i < storage->part_count; i++)
      buffer_format(out, "%s%q IS ?%d", i > 0 ? " AND " : " WHERE ",
                    storage->columns[storage->part[i]].name, i + 1);
    break;
  case STORAGE_FIND_HASH:
    select_sql(storage, out, true);
    buffer_text(out, " WHERE __hash = ?1");
    break;
  case STORAGE_DELETE_ROW:
    buffer_format(out, "DELETE FROM main.%q WHERE %q = ?1", table,
                  delta_rowid_name(storage->relation));
    break;
  case STORAGE_COUNT: buffer_format(out, "SELECT count(*) FROM main.%q", table); break;
  case STORAGE_ALL:
  case STORAGE_STATEMENTS: select_sql(storage, out, false);
  }
}

int storage_prepare(struct storage *storage, enum storage_statement which,
                    sqlite3_stmt **statement) {
  *statement = storage->statements[which];
  if (*statement)
    return TIDE_OK;
  if (!delta_rowid_name(storage->relation))
    return error_set(storage->database->error, TIDE_ERROR_NOT_SUPPORTED,
                     "view %q has columns named rowid, _rowid_ and oid",
                     storage->relation->name);
  struct buffer sql;
  buffer_init(&sql, storage->database->memory);
  statement_sql(storage, which, &sql);
  int rc = sql.failed ? storage_out_of_memory(storage)
                      : database_prepare(storage->database, buffer_string(&sql), true,
                                         &storage->statements[which]);
  buffer_deinit(&sql);
  *statement = storage->statements[which];
  return rc;
}

/* --- finding rows --- */

int storage_count(struct storage *storage, int64_t *count) {
  sqlite3_stmt *statement;
  bool row;
  int rc = storage_prepare(storage, STORAGE_COUNT, &statement);
  if (rc == TIDE_OK)
    rc = database_step(storage->database, statement, &row);
  *count = rc == TIDE_OK && row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  return rc;
}

int storage_retract_part(struct storage *storage, struct row key,
                         struct changes *changes) {
  sqlite3_stmt *statement;
  int rc = storage_prepare(storage, STORAGE_FIND_PART, &statement);
  if (rc != TIDE_OK)
    return rc;
  rc = row_bind(statement, 1, key, storage->part_count);
  if (rc != SQLITE_OK)
    return database_error(storage->database, rc);
  return storage_add_all(storage, statement, changes, -1);
}

int storage_find(struct storage *storage, struct row key, struct row_pool *pool,
                 struct row *row) {
  *row = (struct row){0};
  sqlite3_stmt *statement;
  int rc = storage_prepare(storage, STORAGE_FIND, &statement);
  if (rc != TIDE_OK)
    return rc;
  rc = row_bind(statement, 1, key, storage->key_count);
  if (rc != SQLITE_OK)
    return database_error(storage->database, rc);
  bool found;
  rc = database_step(storage->database, statement, &found);
  if (rc == TIDE_OK && found) {
    *row = row_of_statement(pool, statement, storage->column_count, NULL);
    if (!row->bytes)
      rc = storage_out_of_memory(storage);
  }
  sqlite3_reset(statement);
  return rc;
}
