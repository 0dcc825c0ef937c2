/* Net changes of stored tables, and the virtual tables through which SQL reads them. */
#include "view/delta.h"

#include <string.h>

#include "types/value_bytes.h"
#include "view/capture_records.h"

enum { SCAN_MAX = 16 /* fewer rows are scanned rather than indexed */ };

/* Rows by the hash of one column, made when a join first asks for it. */
struct delta_index {
  struct delta_index *next;
  int column;
  uint32_t mask;
  uint32_t *heads;     /* [mask + 1] row + 1, or 0 */
  uint32_t *following; /* [rows] the next row with the same hash + 1, or 0 */
};

/* --- net changes --- */

static bool add_row(struct delta *delta, struct row row, int64_t weight) {
  if (!row.bytes)
    return false;
  if (delta->count == delta->capacity) {
    if (delta->capacity > UINT32_MAX / 4)
      return false;
    uint32_t capacity = delta->capacity ? delta->capacity * 2 : 8;
    struct delta_row *rows = memory_reallocate(delta->database->memory, delta->rows,
                                               capacity * sizeof *rows);
    if (!rows)
      return false;
    delta->rows = rows;
    delta->capacity = capacity;
  }
  delta->rows[delta->count++] = (struct delta_row){row, weight};
  return true;
}

int delta_read_row(struct delta *delta, int64_t rowid, struct row_pool *pool,
                   struct row *row) {
  *row = (struct row){0};
  sqlite3_bind_int64(delta->read, 1, rowid);
  int rc = sqlite3_step(delta->read);
  if (rc == SQLITE_ROW)
    *row = row_of_statement(pool, delta->read, delta->relation->column_count, NULL);
  bool failed = rc == SQLITE_ROW && !row->bytes;
  rc = sqlite3_reset(delta->read);
  if (rc != SQLITE_OK)
    return database_error(delta->database, rc);
  return failed ? error_set(delta->database->error, TIDE_ERROR_NOMEM, "out of memory")
                : TIDE_OK;
}

static int compare_row(struct delta *delta, const struct capture_record *record) {
  struct row now;
  int rc = delta_read_row(delta, record->rowid, &delta->pool, &now);
  if (rc != TIDE_OK)
    return rc;
  struct row before = record->before;
  if (before.bytes && now.bytes && row_equal(before, now)) {
    row_abandon(&delta->pool, now);
    return TIDE_OK;
  }
  if ((before.bytes && !add_row(delta, before, -1)) ||
      (now.bytes && !add_row(delta, now, 1)))
    return error_set(delta->database->error, TIDE_ERROR_NOMEM, "out of memory");
  return TIDE_OK;
}

int delta_compute(struct delta *delta, uint64_t run) {
  if (delta->run == run)
    return TIDE_OK;
  delta_clear(delta);
  const struct capture_table *table =
      capture_table(delta->database, delta->relation->stored);
  int rc = TIDE_OK;
  delta->unknown = table && table->unknown;
  if (table && !table->unknown)
    for (uint32_t i = capture_current(delta->database, table);
         rc == TIDE_OK && i < table->count; i++)
      rc = compare_row(delta, &table->records[i]);
  if (rc == TIDE_OK)
    delta->run = run;
  return rc;
}

int delta_take(struct delta *delta, const struct changes *changes) {
  delta_clear(delta);
  for (uint32_t i = 0; i < changes->count; i++)
    if (changes->entries[i].weight != 0 &&
        !add_row(delta, changes->entries[i].row, changes->entries[i].weight))
      return error_set(delta->database->error, TIDE_ERROR_NOMEM, "out of memory");
  return TIDE_OK;
}

static void free_indexes(struct delta *delta) {
  struct memory *memory = delta->database->memory;
  while (delta->indexes) {
    struct delta_index *index = delta->indexes;
    delta->indexes = index->next;
    memory_release(memory, index->heads);
    memory_release(memory, index->following);
    memory_release(memory, index);
  }
}

void delta_clear(struct delta *delta) {
  enum { ROWS_KEPT = 1 << 13 };
  free_indexes(delta);
  row_pool_clear(&delta->pool);
  if (delta->capacity > ROWS_KEPT) {
    memory_release(delta->database->memory, delta->rows);
    delta->rows = NULL;
    delta->capacity = 0;
  }
  delta->count = 0;
  delta->unknown = false;
  delta->run = 0;
}

/* --- an index over the rows --- */

static const unsigned char *column_at(const unsigned char *at, int column,
                                      struct row_value *value) {
  for (int i = 0; i <= column; i++)
    at = row_read(at, value);
  return at;
}

static uint64_t hash_bytes(const unsigned char *bytes, uint32_t size) {
  return row_hash((struct row){bytes, size});
}

static uint64_t hash_integer(int64_t integer) {
  uint64_t hash = (uint64_t)integer * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 32);
}

/* NULL equals nothing, so it gets no place in an index. Of a column only values of
 * one class are stored, which is what makes their bytes comparable; see can_search. */
static bool hash_value(const struct row_value *value, uint64_t *hash) {
  if (value->type == ROW_NULL || value->type == ROW_REAL)
    return false;
  *hash = value->type == ROW_INTEGER ? hash_integer(value->integer)
                                     : hash_bytes(value->bytes, value->size);
  return true;
}

static void fill_index(struct delta *delta, struct delta_index *index) {
  for (uint32_t i = delta->count; i-- > 0;) { /* backwards: chains run forwards */
    struct row_value value;
    uint64_t hash;
    column_at(delta->rows[i].row.bytes, index->column, &value);
    if (!hash_value(&value, &hash))
      continue;
    uint32_t *head = &index->heads[hash & index->mask];
    index->following[i] = *head;
    *head = i + 1;
  }
}

/* The index over `column`; NULL when memory ran out. */
static struct delta_index *index_of(struct delta *delta, int column) {
  for (struct delta_index *index = delta->indexes; index; index = index->next)
    if (index->column == column)
      return index;
  struct memory *memory = delta->database->memory;
  struct delta_index *index = memory_allocate_zeroed(memory, sizeof *index);
  if (!index)
    return NULL;
  index->next = delta->indexes;
  delta->indexes = index;
  index->column = column;
  index->mask = 31;
  while (index->mask < delta->count)
    index->mask = index->mask * 2 + 1;
  index->heads =
      memory_allocate_zeroed(memory, ((size_t)index->mask + 1) * sizeof(uint32_t));
  index->following = memory_allocate_zeroed(memory, delta->count * sizeof(uint32_t));
  if (!index->heads || !index->following) {
    index->column = -1; /* of no use; freed with the others */
    return NULL;
  }
  fill_index(delta, index);
  return index;
}

/* --- the virtual table --- */

struct delta_table {
  sqlite3_vtab base;
  struct delta *delta;
};

struct delta_cursor {
  sqlite3_vtab_cursor base;
  struct delta *delta;
  struct delta_index *index; /* NULL: a scan */
  uint32_t row;
  int column; /* the column that `at` is the beginning of */
  const unsigned char *at;
};

/* Column types in the order of the relation; a table so declared compares as the
 * stored one does. */
static void declare(const struct relation *relation, struct buffer *out) {
  buffer_text(out, "CREATE TABLE delta(");
  for (int i = 0; i < relation->column_count; i++) {
    const struct column *column = &relation->columns[i];
    const char *collation = type_collation(column->type);
    buffer_identifier(out, column->name);
    buffer_format(out, " %s%s%s, ", type_storage(column->type),
                  collation ? " COLLATE " : "", collation ? collation : "");
  }
  buffer_text(out, "__weight INTEGER)");
}

static int connect_table(sqlite3 *handle, void *context, int argument_count,
                         const char *const *arguments, sqlite3_vtab **table,
                         char **message) {
  (void)argument_count;
  (void)arguments;
  (void)message;
  struct delta *delta = context;
  struct buffer declaration;
  buffer_init(&declaration, delta->database->memory);
  declare(delta->relation, &declaration);
  /* SQLite may disconnect it later than the delta is freed, so its memory is
   * SQLite's */
  struct delta_table *created = sqlite3_malloc(sizeof *created);
  int rc = declaration.failed || !created
               ? SQLITE_NOMEM
               : sqlite3_declare_vtab(handle, buffer_string(&declaration));
  buffer_deinit(&declaration);
  if (rc != SQLITE_OK) {
    sqlite3_free(created);
    return rc;
  }
  *created = (struct delta_table){.delta = delta};
  *table = &created->base;
  return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

/* Are equal values of this column equal byte for byte? */
static bool can_search(const struct relation *relation, int column) {
  if (column < 0 || column >= relation->column_count)
    return false;
  struct type type = relation->columns[column].type;
  return !type_collation(type) && row_affinity(type) != ROW_REAL;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  const struct relation *relation = ((struct delta_table *)table)->delta->relation;
  info->estimatedCost = 40;
  info->estimatedRows = 20;
  for (int i = 0; i < info->nConstraint; i++) {
    int column = info->aConstraint[i].iColumn;
    if (!info->aConstraint[i].usable ||
        info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ ||
        !can_search(relation, column) ||
        strcmp(sqlite3_vtab_collation(info, i), "BINARY") != 0)
      continue;
    info->idxNum = column + 1;
    info->aConstraintUsage[i].argvIndex = 1; /* SQLite checks it once more */
    info->estimatedCost = 2;
    info->estimatedRows = 1;
    break;
  }
  return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  struct delta *delta = ((struct delta_table *)table)->delta;
  struct delta_cursor *created =
      memory_allocate_zeroed(delta->database->memory, sizeof *created);
  if (!created)
    return SQLITE_NOMEM;
  created->delta = delta;
  *cursor = &created->base;
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor) {
  memory_release(((struct delta_cursor *)cursor)->delta->database->memory, cursor);
  return SQLITE_OK;
}

static void move_to(struct delta_cursor *cursor, uint32_t row) {
  cursor->row = row;
  cursor->column = 0;
  cursor->at = row < cursor->delta->count ? cursor->delta->rows[row].row.bytes : NULL;
}

/* The class of values that a column holds besides NULL. */
static int stored_class(const struct relation *relation, int column) {
  switch (row_affinity(relation->columns[column].type)) {
  case ROW_INTEGER: return SQLITE_INTEGER;
  case ROW_TEXT: return SQLITE_TEXT;
  default: return SQLITE_BLOB;
  }
}

static int filter(sqlite3_vtab_cursor *base, int column_plus_one, const char *text,
                  int argument_count, sqlite3_value **arguments) {
  (void)text;
  struct delta_cursor *cursor = (struct delta_cursor *)base;
  struct delta *delta = cursor->delta;
  int column = column_plus_one - 1;
  cursor->index = NULL;
  move_to(cursor, 0);
  if (argument_count == 0 || delta->count <= SCAN_MAX)
    return SQLITE_OK;
  /* something of another class may still be equal: 1 = 1.0 */
  if (sqlite3_value_type(arguments[0]) != stored_class(delta->relation, column))
    return SQLITE_OK;
  cursor->index = index_of(delta, column);
  if (!cursor->index)
    return SQLITE_NOMEM;
  uint64_t hash = sqlite3_value_type(arguments[0]) == SQLITE_INTEGER
                      ? hash_integer(sqlite3_value_int64(arguments[0]))
                      : hash_bytes(value_bytes(arguments[0]),
                                   (uint32_t)sqlite3_value_bytes(arguments[0]));
  move_to(cursor, cursor->index->heads[hash & cursor->index->mask] - 1);
  return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *base) {
  struct delta_cursor *cursor = (struct delta_cursor *)base;
  move_to(cursor,
          cursor->index ? cursor->index->following[cursor->row] - 1 : cursor->row + 1);
  return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) {
  struct delta_cursor *cursor = (struct delta_cursor *)base;
  return cursor->row >= cursor->delta->count; /* also UINT32_MAX: the end of a chain */
}

static void give_value(sqlite3_context *context, const struct row_value *value) {
  switch (value->type) {
  case ROW_NULL: break;
  case ROW_INTEGER: sqlite3_result_int64(context, value->integer); break;
  case ROW_REAL: sqlite3_result_double(context, value->real); break;
  case ROW_TEXT:
    sqlite3_result_text(context, (const char *)value->bytes, (int)value->size,
                        SQLITE_STATIC);
    break;
  case ROW_BLOB:
    sqlite3_result_blob(context, value->bytes, (int)value->size, SQLITE_STATIC);
    break;
  }
}

static int read_column(sqlite3_vtab_cursor *base, sqlite3_context *context,
                       int column) {
  struct delta_cursor *cursor = (struct delta_cursor *)base;
  const struct delta_row *row = &cursor->delta->rows[cursor->row];
  if (column >= cursor->delta->relation->column_count) {
    sqlite3_result_int64(context, row->weight);
    return SQLITE_OK;
  }
  if (column < cursor->column) {
    cursor->column = 0;
    cursor->at = row->row.bytes;
  }
  struct row_value value;
  cursor->at = column_at(cursor->at, column - cursor->column, &value);
  cursor->column = column + 1;
  give_value(context, &value);
  return SQLITE_OK;
}

static int read_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = ((struct delta_cursor *)base)->row;
  return SQLITE_OK;
}

static const sqlite3_module module = {
    .xConnect = connect_table,
    .xBestIndex = best_index,
    .xDisconnect = disconnect_table,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next_row,
    .xEof = at_end,
    .xColumn = read_column,
    .xRowid = read_rowid,
};

/* --- life --- */

const char *delta_rowid_name(const struct relation *relation) {
  static const char *const names[] = {"rowid", "_rowid_", "oid"};
  if (relation->row_id >= 0)
    return relation->columns[relation->row_id].name;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    int hidden = 0;
    for (int column = 0; column < relation->column_count; column++)
      hidden |= sqlite3_stricmp(relation->columns[column].name, names[i]) == 0;
    if (!hidden)
      return names[i];
  }
  return NULL;
}

static int prepare_read(struct delta *delta) {
  const struct relation *relation = delta->relation;
  const char *rowid = delta_rowid_name(relation);
  if (!rowid)
    return error_set(delta->database->error, TIDE_ERROR_NOT_SUPPORTED,
                     "%q has columns named rowid, _rowid_ and oid", relation->name);
  struct buffer sql;
  buffer_init(&sql, delta->database->memory);
  buffer_text(&sql, "SELECT ");
  for (int i = 0; i < relation->column_count; i++) {
    if (i > 0)
      buffer_text(&sql, ", ");
    buffer_identifier(&sql, relation->columns[i].name);
  }
  buffer_format(&sql, " FROM main.%q WHERE %q = ?1", relation->stored, rowid);
  int rc =
      sql.failed
          ? error_set(delta->database->error, TIDE_ERROR_NOMEM, "out of memory")
          : database_prepare(delta->database, buffer_string(&sql), true, &delta->read);
  buffer_deinit(&sql);
  return rc;
}

static int register_module(struct delta *delta) {
  struct database *database = delta->database;
  struct buffer name;
  buffer_init(&name, database->memory);
  buffer_format(&name, "__delta_%s", delta->relation->stored);
  delta->table = buffer_take(&name);
  if (!delta->table)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  int rc =
      sqlite3_create_module_v2(database->handle, delta->table, &module, delta, NULL);
  delta->registered = rc == SQLITE_OK;
  return delta->registered ? TIDE_OK : database_error(database, rc);
}

int delta_new(struct database *database, const struct relation *relation,
              struct delta **created) {
  *created = NULL;
  struct delta *delta = memory_allocate_zeroed(database->memory, sizeof *delta);
  if (!delta)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  delta->database = database;
  delta->relation = relation;
  row_pool_init(&delta->pool, database->memory);
  int rc = relation->id < 0 ? TIDE_OK : prepare_read(delta);
  if (rc == TIDE_OK)
    rc = register_module(delta);
  if (rc != TIDE_OK) {
    delta_free(delta);
    return rc;
  }
  *created = delta;
  return TIDE_OK;
}

void delta_free(struct delta *delta) {
  if (!delta)
    return;
  struct memory *memory = delta->database->memory;
  if (delta->registered)
    sqlite3_create_module_v2(delta->database->handle, delta->table, NULL, NULL, NULL);
  sqlite3_finalize(delta->read);
  delta_clear(delta);
  row_pool_deinit(&delta->pool);
  memory_release(memory, delta->rows);
  memory_release(memory, delta->table);
  memory_release(memory, delta);
}
