/* Stored tables of views: their layout, and the writing of changes. */
#include "view/storage.h"

#include <string.h>

#include "view/delta.h"

static int out_of_memory(struct storage *storage) {
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
      return out_of_memory(storage);
    if (column->hidden && strcmp(column->name, "__staged") == 0)
      storage->columns[index].constraint = "NOT NULL DEFAULT 0";
    else if (!guard(arena, relation, column, &storage->columns[index].constraint))
      return out_of_memory(storage);
  }
  return TIDE_OK;
}

static bool contains(const int *columns, int count, int column) {
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
    return out_of_memory(storage);
  for (int i = 0; i < storage->column_count; i++)
    if (contains(columns, count, i))
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
    return out_of_memory(storage);
  memcpy(storage->part, columns, (size_t)count * sizeof *columns);
  storage->part_count = count;
  return TIDE_OK;
}

static void finalize_statements(struct storage *storage) {
  for (int i = 0; i < STORAGE_STATEMENTS; i++) {
    sqlite3_finalize(storage->statements[i]);
    storage->statements[i] = NULL;
  }
}

void storage_deinit(struct storage *storage) {
  if (!storage->database)
    return;
  finalize_statements(storage);
  changes_deinit(&storage->keys);
  changes_deinit(&storage->scratch);
}

/* --- creating --- */

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
  if (storage->relation->id > 0)
    buffer_format(out, "%lld", (long long)storage->relation->id);
  else
    buffer_text(out, storage->relation->stored);
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
  bool begins =
      storage->identity == STORAGE_BY_KEY && storage->part_count <= storage->key_count;
  for (int i = 0; begins && i < storage->part_count; i++)
    begins = contains(storage->key, storage->part_count, storage->part[i]);
  return begins;
}

static void part_index_sql(const struct storage *storage, struct buffer *out) {
  if (storage->part_count == 0 || is_part_keyed(storage))
    return;
  buffer_text(out, "CREATE INDEX \"");
  index_name(storage, "part", out);
  buffer_format(out, "\" ON %q(", storage->relation->stored);
  for (int i = 0; i < storage->part_count; i++)
    buffer_format(out, "%s%q", i > 0 ? ", " : "",
                  storage->columns[storage->part[i]].name);
  buffer_character(out, ')');
}

/* Is there something of that type and name, made with exactly this SQL? */
static int made_with(struct storage *storage, const char *type, const char *name,
                     const char *sql, bool *same) {
  sqlite3_stmt *statement;
  *same = false;
  int rc =
      database_query(storage->database, &statement,
                     "SELECT 1 FROM main.sqlite_schema WHERE type = ?1 AND name = ?2 "
                     "AND sql = ?3",
                     "sss", type, name, sql);
  if (rc != TIDE_OK)
    return rc;
  rc = database_step(storage->database, statement, same);
  sqlite3_finalize(statement);
  return rc;
}

/* Is the index there that `print` makes, if it makes one? */
static int has_index(struct storage *storage,
                     void (*print)(const struct storage *storage, struct buffer *out),
                     const char *what, bool *has) {
  struct buffer sql, name;
  buffer_init(&sql, storage->database->memory);
  buffer_init(&name, storage->database->memory);
  print(storage, &sql);
  index_name(storage, what, &name);
  int rc = sql.failed || name.failed ? out_of_memory(storage) : TIDE_OK;
  *has = true;
  if (rc == TIDE_OK && sql.length > 0)
    rc = made_with(storage, "index", buffer_string(&name), buffer_string(&sql), has);
  buffer_deinit(&sql);
  buffer_deinit(&name);
  return rc;
}

int storage_exists(struct storage *storage, bool *exists) {
  struct buffer sql;
  buffer_init(&sql, storage->database->memory);
  table_sql(storage, &sql);
  *exists = false;
  int rc = sql.failed ? out_of_memory(storage)
                      : made_with(storage, "table", storage->relation->stored,
                                  buffer_string(&sql), exists);
  buffer_deinit(&sql);
  if (rc == TIDE_OK && *exists)
    rc = has_index(storage, index_sql, "identity", exists);
  if (rc == TIDE_OK && *exists)
    rc = has_index(storage, part_index_sql, "part", exists);
  return rc;
}

int storage_create(struct storage *storage) {
  finalize_statements(storage);
  struct buffer sql;
  buffer_init(&sql, storage->database->memory);
  buffer_format(&sql, "DROP TABLE IF EXISTS main.%q; ", storage->relation->stored);
  table_sql(storage, &sql);
  buffer_text(&sql, "; ");
  index_sql(storage, &sql);
  buffer_text(&sql, "; ");
  part_index_sql(storage, &sql);
  int rc = sql.failed ? out_of_memory(storage)
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
    if (contains(storage->key, storage->key_count, i))
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

static int prepare(struct storage *storage, enum storage_statement which,
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
  int rc = sql.failed ? out_of_memory(storage)
                      : database_prepare(storage->database, buffer_string(&sql), true,
                                         &storage->statements[which]);
  buffer_deinit(&sql);
  *statement = storage->statements[which];
  return rc;
}

/* --- writing one row --- */

/* Runs a write with the columns of `row` bound, and the hash behind them where there
 * is one. */
static int write_row(struct storage *storage, enum storage_statement which,
                     const struct change *change) {
  sqlite3_stmt *statement;
  int rc = prepare(storage, which, &statement);
  if (rc != TIDE_OK)
    return rc;
  int bound = row_bind(statement, 1, change->row, storage->column_count);
  if (bound == SQLITE_OK && which == STORAGE_INSERT &&
      storage->identity == STORAGE_BY_HASH)
    bound =
        sqlite3_bind_int64(statement, storage->column_count + 1, (int64_t)change->hash);
  if (bound != SQLITE_OK)
    return database_error(storage->database, bound);
  return database_run(storage->database, statement);
}

/* As write_row, for what must find its row by key. */
static int change_row(struct storage *storage, enum storage_statement which,
                      const struct change *change, bool *in_step) {
  int rc = TIDE_OK;
  if (which == STORAGE_DELETE) {
    sqlite3_stmt *statement;
    rc = prepare(storage, which, &statement);
    const unsigned char *at = change->row.bytes;
    for (int i = 0, k = 0; rc == TIDE_OK && k < storage->key_count; i++) {
      struct row_value value;
      at = row_read(at, &value);
      if (storage->key[k] != i)
        continue;
      rc = row_bind_value(statement, i + 1, &value);
      if (rc != SQLITE_OK)
        rc = database_error(storage->database, rc);
      k++;
    }
    if (rc == TIDE_OK)
      rc = database_run(storage->database, statement);
  } else {
    rc = write_row(storage, which, change);
  }
  if (rc == TIDE_OK && sqlite3_changes64(storage->database->handle) != 1)
    *in_step = false;
  return rc;
}

/* Deletes one row that equals `change`: of those with its hash the first with the
 * same bytes. */
static int delete_hashed(struct storage *storage, const struct change *change,
                         bool *in_step) {
  sqlite3_stmt *find, *delete_row;
  int rc = prepare(storage, STORAGE_FIND_HASH, &find);
  if (rc == TIDE_OK)
    rc = prepare(storage, STORAGE_DELETE_ROW, &delete_row);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_int64(find, 1, (int64_t)change->hash);
  bool row = false, found = false;
  struct row_pool *pool = &storage->keys.pool;
  while (!found && (rc = database_step(storage->database, find, &row)) == TIDE_OK &&
         row) {
    row_begin(pool);
    for (int i = 0; i < storage->column_count; i++)
      row_add(pool, sqlite3_column_value(find, i + 1), ROW_NULL);
    struct row stored = row_end(pool);
    if (!stored.bytes)
      rc = out_of_memory(storage);
    if (rc != TIDE_OK)
      break;
    found = row_equal(stored, change->row);
    row_abandon(pool, stored);
  }
  int64_t rowid = found ? sqlite3_column_int64(find, 0) : 0;
  sqlite3_reset(find);
  if (rc != TIDE_OK)
    return rc;
  if (!found) {
    *in_step = false;
    return TIDE_OK;
  }
  sqlite3_bind_int64(delete_row, 1, rowid);
  return database_run(storage->database, delete_row);
}

/* --- writing changes --- */

static struct row key_of(struct storage *storage, struct row row) {
  struct row_pool *pool = &storage->keys.pool;
  const unsigned char *at = row.bytes;
  row_begin(pool);
  for (int i = 0, k = 0; k < storage->key_count; i++) {
    struct row_value value;
    const unsigned char *next = row_read(at, &value);
    if (storage->key[k] == i) {
      row_add_bytes(pool, at, (size_t)(next - at));
      k++;
    }
    at = next;
  }
  return row_end(pool);
}

/* A row that goes and one that comes with the same key are one update. */
static int pair_by_key(struct storage *storage, struct changes *changes) {
  struct changes *keys = &storage->keys;
  changes_clear(keys);
  for (uint32_t i = 0; i < changes->count; i++)
    if (changes->entries[i].weight < 0)
      changes_add(keys, key_of(storage, changes->entries[i].row), (int64_t)i);
  for (uint32_t i = 0; i < changes->count && keys->count > 0; i++) {
    struct change *coming = &changes->entries[i];
    if (coming->weight <= 0)
      continue;
    struct row key = key_of(storage, coming->row);
    if (!key.bytes)
      break;
    struct change *known = changes_find(keys, key);
    row_abandon(&keys->pool, key);
    if (!known)
      continue;
    struct change *going = &changes->entries[known->weight];
    coming->in_place = going->weight < 0;
    going->weight += coming->in_place;
  }
  return keys->failed || keys->pool.failed ? out_of_memory(storage) : TIDE_OK;
}

static int apply_deletes(struct storage *storage, struct changes *changes,
                         bool *in_step) {
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && *in_step && i < changes->count; i++) {
    struct change *change = &changes->entries[i];
    for (; rc == TIDE_OK && change->weight < 0; change->weight++)
      rc = storage->identity == STORAGE_BY_HASH
               ? delete_hashed(storage, change, in_step)
               : change_row(storage, STORAGE_DELETE, change, in_step);
  }
  return rc;
}

static int apply_rest(struct storage *storage, struct changes *changes, bool *in_step) {
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < changes->count; i++) {
    struct change *change = &changes->entries[i];
    if (change->weight > 0 && change->in_place) {
      rc = change_row(storage, STORAGE_UPDATE, change, in_step);
      change->weight--;
    }
    for (; rc == TIDE_OK && change->weight > 0; change->weight--)
      rc = write_row(storage, STORAGE_INSERT, change);
  }
  return rc;
}

int storage_apply(struct storage *storage, struct changes *changes, bool *in_step) {
  *in_step = true;
  int rc = TIDE_OK;
  if (changes->failed || changes->pool.failed)
    return out_of_memory(storage);
  if (storage->identity != STORAGE_BY_HASH)
    rc = pair_by_key(storage, changes);
  if (rc == TIDE_OK)
    rc = apply_deletes(storage, changes, in_step);
  if (rc == TIDE_OK && *in_step)
    rc = apply_rest(storage, changes, in_step);
  changes_clear(&storage->keys);
  return rc;
}

/* --- whole contents --- */

/* Adds every row of `statement` with `weight`. */
static int add_all(struct storage *storage, sqlite3_stmt *statement,
                   struct changes *changes, int64_t weight) {
  bool row = false;
  int rc;
  while ((rc = database_step(storage->database, statement, &row)) == TIDE_OK && row)
    if (!changes_add_statement(changes, statement, storage->column_count,
                               storage->affinity, weight))
      break;
  sqlite3_reset(statement);
  if (rc == TIDE_OK && (changes->failed || changes->pool.failed))
    rc = out_of_memory(storage);
  return rc;
}

int storage_retract_all(struct storage *storage, struct changes *changes) {
  sqlite3_stmt *stored;
  int rc = prepare(storage, STORAGE_ALL, &stored);
  return rc == TIDE_OK ? add_all(storage, stored, changes, -1) : rc;
}

int storage_compare(struct storage *storage, const char *sql, struct changes *changes) {
  sqlite3_stmt *wanted = NULL;
  int rc = database_prepare(storage->database, sql, false, &wanted);
  if (rc == TIDE_OK)
    rc = add_all(storage, wanted, changes, 1);
  sqlite3_finalize(wanted);
  return rc == TIDE_OK ? storage_retract_all(storage, changes) : rc;
}

int storage_difference(struct storage *storage, const char *sql, int64_t *changed) {
  *changed = 0;
  changes_clear(&storage->scratch);
  int rc = storage_compare(storage, sql, &storage->scratch);
  for (uint32_t i = 0; i < storage->scratch.count; i++)
    *changed += storage->scratch.entries[i].weight != 0;
  bool in_step = true;
  if (rc == TIDE_OK)
    rc = storage_apply(storage, &storage->scratch, &in_step);
  if (rc == TIDE_OK && !in_step)
    rc = error_set(storage->database->error, TIDE_ERROR_CORRUPT,
                   "the stored rows of view %q cannot be found by their key",
                   storage->relation->name);
  changes_clear(&storage->scratch);
  return rc;
}

int storage_count(struct storage *storage, int64_t *count) {
  sqlite3_stmt *statement;
  bool row;
  int rc = prepare(storage, STORAGE_COUNT, &statement);
  if (rc == TIDE_OK)
    rc = database_step(storage->database, statement, &row);
  *count = rc == TIDE_OK && row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  return rc;
}

int storage_retract_part(struct storage *storage, struct row key,
                         struct changes *changes) {
  sqlite3_stmt *statement;
  int rc = prepare(storage, STORAGE_FIND_PART, &statement);
  if (rc != TIDE_OK)
    return rc;
  rc = row_bind(statement, 1, key, storage->part_count);
  if (rc != SQLITE_OK)
    return database_error(storage->database, rc);
  return add_all(storage, statement, changes, -1);
}

int storage_find(struct storage *storage, struct row key, struct row_pool *pool,
                 struct row *row) {
  *row = (struct row){0};
  sqlite3_stmt *statement;
  int rc = prepare(storage, STORAGE_FIND, &statement);
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
      rc = out_of_memory(storage);
  }
  sqlite3_reset(statement);
  return rc;
}
