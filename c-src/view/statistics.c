/* Counters of maintenance, and the virtual table that shows them. */
#include "view/statistics.h"

#include <string.h>

#include "view/views.h"

struct statistics {
  struct statistics *next;
  int64_t view;
  int64_t maintenances, rows_in, rows_out, recomputes;
  double microseconds;
};

/* --- counting --- */

static bool is_counted(const struct graph *graph, int node, int read) {
  const struct delta *delta = graph->nodes[node]->deltas[read];
  for (int i = 0; i <= node; i++)
    for (int k = 0; k < (i < node ? graph->nodes[i]->read_count : read); k++)
      if (graph->nodes[i]->deltas[k] == delta)
        return true;
  return false;
}

void maintenance_read(const struct graph *graph, uint64_t run,
                      struct maintenance *maintenance) {
  *maintenance = (struct maintenance){.rows_out = graph_view(graph)->written};
  for (int i = 0; i < graph->node_count; i++) {
    const struct plan *plan = graph->nodes[i];
    maintenance->recomputed |= plan->recomputed;
    for (int k = 0; k < plan->read_count; k++) {
      const struct delta *delta = plan->deltas[k];
      if (!relation_is_internal(delta->relation) && delta->run == run &&
          !is_counted(graph, i, k))
        maintenance->rows_in += delta->count;
    }
  }
}

static struct statistics *find(const struct database *database, int64_t view) {
  struct statistics *one = database->views->statistics;
  while (one && one->view != view)
    one = one->next;
  return one;
}

void statistics_add(struct database *database, int64_t view,
                    const struct maintenance *maintenance) {
  struct statistics *one = find(database, view);
  if (!one) {
    one = memory_allocate_zeroed(database->memory, sizeof *one);
    if (!one)
      return;
    one->view = view;
    one->next = database->views->statistics;
    database->views->statistics = one;
  }
  one->maintenances++;
  one->rows_in += maintenance->rows_in;
  one->rows_out += maintenance->rows_out;
  one->recomputes += maintenance->recomputed;
  one->microseconds += maintenance->microseconds;
}

void statistics_reset(struct database *database) {
  while (database->views->statistics) {
    struct statistics *one = database->views->statistics;
    database->views->statistics = one->next;
    memory_release(database->memory, one);
  }
}

void statistics_close(struct database *database) {
  statistics_reset(database);
}

/* --- the state of a view: its stored rows and all that its nodes keep --- */

struct size {
  int64_t rows, bytes;
};

static int64_t value_size(sqlite3_stmt *statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_NULL: return 0;
  case SQLITE_FLOAT: return 8;
  case SQLITE_INTEGER: {
    int64_t value = sqlite3_column_int64(statement, column);
    int bytes = value == 0 || value == 1 ? 0 : 1;
    uint64_t rest = (uint64_t)(value < 0 ? ~value : value) >> 7;
    for (; bytes > 0 && rest > 0; rest >>= 8)
      bytes++;
    return bytes;
  }
  default: return sqlite3_column_bytes(statement, column);
  }
}

static int add_table(struct database *database, const char *name, struct size *size) {
  sqlite3_stmt *statement = NULL;
  struct buffer sql;
  bool row;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "SELECT * FROM main.%q", name);
  int rc = sql.failed
               ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
               : database_prepare(database, buffer_string(&sql), false, &statement);
  buffer_deinit(&sql);
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    size->rows++;
    for (int i = 0; i < sqlite3_column_count(statement); i++)
      size->bytes += value_size(statement, i);
  }
  sqlite3_finalize(statement);
  return rc;
}

static int measure(struct database *database, const struct relation *view,
                   struct size *size) {
  sqlite3_stmt *statement = NULL;
  bool row;
  *size = (struct size){0, 0};
  int rc = database_query(
      database, &statement,
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND (name = ?2 OR "
      "substr(name, 1, length('__view_' || ?1 || '_')) = '__view_' || ?1 || '_' OR "
      "substr(name, 1, length('__state_' || ?1 || '_')) = '__state_' || ?1 || '_')",
      "is", view->id, view->stored);
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    rc = name ? add_table(database, name, size)
              : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  }
  sqlite3_finalize(statement);
  return rc;
}

/* --- the virtual table --- */

enum {
  COLUMN_VIEW,
  COLUMN_MAINTENANCES,
  COLUMN_ROWS_IN,
  COLUMN_ROWS_OUT,
  COLUMN_RECOMPUTES,
  COLUMN_MICROSECONDS,
  COLUMN_STALE,
  COLUMN_STATE_ROWS,
  COLUMN_STATE_BYTES
};

struct table {
  sqlite3_vtab base;
  struct database *database;
};

/* One row per local view that keeps rows; ids, for the catalog may change under it. */
struct cursor {
  sqlite3_vtab_cursor base;
  int64_t *views;
  int count, at;
  bool measured;
  struct size size; /* of the current view */
};

static int connect_table(sqlite3 *handle, void *context, int count,
                         const char *const *arguments, sqlite3_vtab **made,
                         char **message) {
  (void)count, (void)arguments, (void)message;
  int rc = sqlite3_declare_vtab(
      handle, "CREATE TABLE t (view INTEGER, maintenances INTEGER, rows_in INTEGER, "
              "rows_out INTEGER, recomputes INTEGER, microseconds REAL, stale INTEGER, "
              "state_rows INTEGER, state_bytes INTEGER)");
  struct table *table = rc == SQLITE_OK ? sqlite3_malloc(sizeof *table) : NULL;
  if (!table)
    return rc == SQLITE_OK ? SQLITE_NOMEM : rc;
  *table = (struct table){.database = context};
  *made = &table->base;
  return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 100;
  info->estimatedRows = 100;
  return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **opened) {
  (void)table;
  struct cursor *cursor = sqlite3_malloc(sizeof *cursor);
  if (!cursor)
    return SQLITE_NOMEM;
  *cursor = (struct cursor){0};
  *opened = &cursor->base;
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base) {
  struct cursor *cursor = (struct cursor *)base;
  sqlite3_free(cursor->views);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int plan, const char *text, int count,
                  sqlite3_value **arguments) {
  (void)plan, (void)text, (void)count, (void)arguments;
  struct cursor *cursor = (struct cursor *)base;
  struct database *database = ((struct table *)base->pVtab)->database;
  if (views_prepare(database) != TIDE_OK)
    return SQLITE_ERROR;
  const struct views *views = database->views;
  sqlite3_free(cursor->views);
  cursor->at = 0;
  cursor->count = views->entry_count;
  cursor->measured = false;
  cursor->views =
      sqlite3_malloc64(((sqlite3_uint64)views->entry_count + 1) * sizeof(int64_t));
  if (!cursor->views)
    return SQLITE_NOMEM;
  for (int i = 0; i < views->entry_count; i++)
    cursor->views[i] = views->entries[i].view->id;
  return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *base) {
  struct cursor *cursor = (struct cursor *)base;
  cursor->at++;
  cursor->measured = false;
  return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) {
  const struct cursor *cursor = (const struct cursor *)base;
  return cursor->at >= cursor->count;
}

/* Reading all its rows takes time: only when a column asks for it. */
static int measured(struct cursor *cursor, struct database *database,
                    const struct relation *view) {
  if (cursor->measured)
    return SQLITE_OK;
  if (!view || measure(database, view, &cursor->size) != TIDE_OK)
    return SQLITE_ERROR;
  cursor->measured = true;
  return SQLITE_OK;
}

static int read_column(sqlite3_vtab_cursor *base, sqlite3_context *context,
                       int column) {
  static const struct statistics none = {0};
  struct cursor *cursor = (struct cursor *)base;
  struct database *database = ((struct table *)base->pVtab)->database;
  int64_t id = cursor->views[cursor->at];
  const struct relation *view = catalog_find_id(database, id);
  const struct statistics *one = find(database, id);
  one = one ? one : &none;
  int rc = SQLITE_OK;
  switch (column) {
  case COLUMN_VIEW: sqlite3_result_int64(context, id); break;
  case COLUMN_MAINTENANCES: sqlite3_result_int64(context, one->maintenances); break;
  case COLUMN_ROWS_IN: sqlite3_result_int64(context, one->rows_in); break;
  case COLUMN_ROWS_OUT: sqlite3_result_int64(context, one->rows_out); break;
  case COLUMN_RECOMPUTES: sqlite3_result_int64(context, one->recomputes); break;
  case COLUMN_MICROSECONDS: sqlite3_result_double(context, one->microseconds); break;
  case COLUMN_STALE:
    sqlite3_result_int(context, view && view_is_stale(database, view));
    break;
  default:
    rc = measured(cursor, database, view);
    if (rc == SQLITE_OK)
      sqlite3_result_int64(context, column == COLUMN_STATE_ROWS ? cursor->size.rows
                                                                : cursor->size.bytes);
  }
  return rc;
}

static int read_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = ((struct cursor *)base)->at;
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

int statistics_open(struct database *database) {
  int rc = sqlite3_create_module(database->handle, "__view_stats", &module, database);
  return rc == SQLITE_OK ? TIDE_OK : database_error(database, rc);
}
