/* Stored tables of views: writing changes, and comparing whole contents. */
#include "view/storage_internal.h"

/* --- writing one row --- */

/* Runs a write with the columns of `row` bound, and the hash behind them where there
 * is one. */
static int write_row(struct storage *storage, enum storage_statement which,
                     const struct change *change) {
  sqlite3_stmt *statement;
  int rc = storage_prepare(storage, which, &statement);
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
    rc = storage_prepare(storage, which, &statement);
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
  int rc = storage_prepare(storage, STORAGE_FIND_HASH, &find);
  if (rc == TIDE_OK)
    rc = storage_prepare(storage, STORAGE_DELETE_ROW, &delete_row);
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
      rc = storage_out_of_memory(storage);
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
  return keys->failed || keys->pool.failed ? storage_out_of_memory(storage) : TIDE_OK;
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
    return storage_out_of_memory(storage);
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

int storage_add_all(struct storage *storage, sqlite3_stmt *statement,
                    struct changes *changes, int64_t weight) {
  bool row = false;
  int rc;
  while ((rc = database_step(storage->database, statement, &row)) == TIDE_OK && row)
    if (!changes_add_statement(changes, statement, storage->column_count,
                               storage->affinity, weight))
      break;
  sqlite3_reset(statement);
  if (rc == TIDE_OK && (changes->failed || changes->pool.failed))
    rc = storage_out_of_memory(storage);
  return rc;
}

int storage_retract_all(struct storage *storage, struct changes *changes) {
  sqlite3_stmt *stored;
  int rc = storage_prepare(storage, STORAGE_ALL, &stored);
  return rc == TIDE_OK ? storage_add_all(storage, stored, changes, -1) : rc;
}

int storage_add(struct storage *storage, const char *sql, int64_t weight,
                struct changes *changes) {
  sqlite3_stmt *wanted = NULL;
  int rc = database_prepare(storage->database, sql, false, &wanted);
  if (rc == TIDE_OK)
    rc = storage_add_all(storage, wanted, changes, weight);
  sqlite3_finalize(wanted);
  return rc;
}

int storage_compare(struct storage *storage, const char *sql, struct changes *changes) {
  int rc = storage_add(storage, sql, 1, changes);
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
