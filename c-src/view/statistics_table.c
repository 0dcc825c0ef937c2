/* The virtual tables that show the counters of maintenance: __view_stats, a row for each view
 * that keeps rows here, and __view_node_stats, one for each node of those that are kept equal
 * to their query. */
#include "view/statistics.h"

#include "view/emit.h"
#include "view/views.h"

/* --- the state of a view, or of a node: the rows it stores and what it remembers --- */

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

/* `node`: that of the view with this number; -1: of all of them. */
static int measure(struct database *database, const struct relation *view, int node,
                   struct size *size) {
  sqlite3_stmt *statement = NULL;
  bool row;
  *size = (struct size){0, 0};
  int rc = database_query(
      database, &statement,
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND (name = iif(?3 > "
      "0, "
      "'__view_' || ?1 || '_' || ?3, ?2) OR name GLOB '__state_' || ?1 || '_' || "
      "iif(?3 < 0, '*', ?3 || '_*') OR (?3 < 0 AND name GLOB '__view_' || ?1 || '_*'))",
      "isi", view->id, view->stored, (int64_t)node);
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    rc = name ? add_table(database, name, size)
              : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  }
  sqlite3_finalize(statement);
  return rc;
}

/* --- the virtual tables --- */

enum {
  COLUMN_VIEW,
  COLUMN_NODE,
  COLUMN_KIND,
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
  bool of_nodes;
};

/* A view, or a node of one; by id, for the catalog may change under the cursor. */
struct item {
  int64_t view;
  int node; /* its number, 0 for the view's own; -1: the view */
  const char *kind;
  struct counters counters;
};

struct cursor {
  sqlite3_vtab_cursor base;
  struct item *items;
  int count, capacity, at;
  bool measured;
  struct size size; /* of the current one */
};

static int connect_table(sqlite3 *handle, struct database *database, bool of_nodes,
                         sqlite3_vtab **made) {
  int rc = sqlite3_declare_vtab(
      handle, "CREATE TABLE t (view INTEGER, node INTEGER, kind TEXT, maintenances "
              "INTEGER, rows_in INTEGER, rows_out INTEGER, recomputes INTEGER, "
              "microseconds REAL, stale INTEGER, state_rows INTEGER, state_bytes "
              "INTEGER)");
  struct table *table = rc == SQLITE_OK ? sqlite3_malloc(sizeof *table) : NULL;
  if (!table)
    return rc == SQLITE_OK ? SQLITE_NOMEM : rc;
  *table = (struct table){.database = database, .of_nodes = of_nodes};
  *made = &table->base;
  return SQLITE_OK;
}

static int connect_views(sqlite3 *handle, void *context, int count,
                         const char *const *arguments, sqlite3_vtab **made,
                         char **message) {
  (void)count, (void)arguments, (void)message;
  return connect_table(handle, context, false, made);
}

static int connect_nodes(sqlite3 *handle, void *context, int count,
                         const char *const *arguments, sqlite3_vtab **made,
                         char **message) {
  (void)count, (void)arguments, (void)message;
  return connect_table(handle, context, true, made);
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
  sqlite3_free(cursor->items);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int add_item(struct cursor *cursor, struct item item) {
  if (cursor->count == cursor->capacity) {
    int capacity = cursor->capacity * 2 + 16;
    struct item *larger =
        sqlite3_realloc64(cursor->items, (sqlite3_uint64)capacity * sizeof *larger);
    if (!larger)
      return SQLITE_NOMEM;
    cursor->items = larger;
    cursor->capacity = capacity;
  }
  cursor->items[cursor->count++] = item;
  return SQLITE_OK;
}

/* The view's own node last, as they are brought up to date. */
static int add_nodes(struct database *database, struct cursor *cursor,
                     struct view_entry *entry) {
  struct graph *graph;
  if (!entry->maintained)
    return SQLITE_OK;
  if (views_graph(database, entry, &graph) != TIDE_OK)
    return SQLITE_ERROR;
  const struct statistics *one = statistics_find(database, entry->view->id);
  int rc = SQLITE_OK;
  for (int i = 0; rc == SQLITE_OK && i < graph->node_count; i++)
    rc = add_item(cursor, (struct item){entry->view->id, graph->nodes[i]->number,
                                        graph->nodes[i]->emitter->name,
                                        statistics_of_node(one, graph, i)});
  return rc;
}

static int add_view(struct database *database, struct cursor *cursor,
                    const struct view_entry *entry) {
  const struct statistics *one = statistics_find(database, entry->view->id);
  return add_item(cursor, (struct item){entry->view->id, -1, NULL,
                                        one ? one->all : (struct counters){0}});
}

static int filter(sqlite3_vtab_cursor *base, int plan, const char *text, int count,
                  sqlite3_value **arguments) {
  (void)plan, (void)text, (void)count, (void)arguments;
  struct cursor *cursor = (struct cursor *)base;
  const struct table *table = (struct table *)base->pVtab;
  if (views_prepare(table->database) != TIDE_OK)
    return SQLITE_ERROR;
  const struct views *views = table->database->views;
  cursor->at = cursor->count = 0;
  cursor->measured = false;
  int rc = SQLITE_OK;
  for (int i = 0; rc == SQLITE_OK && i < views->entry_count; i++)
    rc = table->of_nodes ? add_nodes(table->database, cursor, &views->entries[i])
                         : add_view(table->database, cursor, &views->entries[i]);
  return rc;
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
  if (!view ||
      measure(database, view, cursor->items[cursor->at].node, &cursor->size) != TIDE_OK)
    return SQLITE_ERROR;
  cursor->measured = true;
  return SQLITE_OK;
}

static int read_state(struct cursor *cursor, struct database *database, int column,
                      sqlite3_context *context) {
  const struct relation *view =
      catalog_find_id(database, cursor->items[cursor->at].view);
  if (column == COLUMN_STALE) {
    sqlite3_result_int(context, view && view_is_stale(database, view));
    return SQLITE_OK;
  }
  int rc = measured(cursor, database, view);
  if (rc == SQLITE_OK)
    sqlite3_result_int64(context, column == COLUMN_STATE_ROWS ? cursor->size.rows
                                                              : cursor->size.bytes);
  return rc;
}

static int read_column(sqlite3_vtab_cursor *base, sqlite3_context *context,
                       int column) {
  struct cursor *cursor = (struct cursor *)base;
  const struct item *item = &cursor->items[cursor->at];
  const struct counters *counters = &item->counters;
  switch (column) {
  case COLUMN_VIEW: sqlite3_result_int64(context, item->view); break;
  case COLUMN_NODE: sqlite3_result_int(context, item->node); break;
  case COLUMN_KIND: sqlite3_result_text(context, item->kind, -1, SQLITE_STATIC); break;
  case COLUMN_MAINTENANCES:
    sqlite3_result_int64(context, counters->maintenances);
    break;
  case COLUMN_ROWS_IN: sqlite3_result_int64(context, counters->rows_in); break;
  case COLUMN_ROWS_OUT: sqlite3_result_int64(context, counters->rows_out); break;
  case COLUMN_RECOMPUTES: sqlite3_result_int64(context, counters->recomputes); break;
  case COLUMN_MICROSECONDS:
    sqlite3_result_double(context, counters->microseconds);
    break;
  default:
    return read_state(cursor, ((struct table *)base->pVtab)->database, column, context);
  }
  return SQLITE_OK;
}

static int read_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = ((struct cursor *)base)->at;
  return SQLITE_OK;
}

#define MODULE(connect)                                                                \
  {                                                                                    \
    .xConnect = (connect), .xBestIndex = best_index, .xDisconnect = disconnect_table,  \
    .xOpen = open_cursor, .xClose = close_cursor, .xFilter = filter,                   \
    .xNext = next_row, .xEof = at_end, .xColumn = read_column, .xRowid = read_rowid,   \
  }
static const sqlite3_module views_module = MODULE(connect_views);
static const sqlite3_module nodes_module = MODULE(connect_nodes);

int statistics_open(struct database *database) {
  int rc =
      sqlite3_create_module(database->handle, "__view_stats", &views_module, database);
  if (rc == SQLITE_OK)
    rc = sqlite3_create_module(database->handle, "__view_node_stats", &nodes_module,
                               database);
  return rc == SQLITE_OK ? TIDE_OK : database_error(database, rc);
}
