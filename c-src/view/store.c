/* Stored tables of views: made, filled, refreshed, dropped. */
#include <string.h>

#include "catalog/define.h"
#include "view/views.h"

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

static int find_view(struct database *database, int64_t id,
                     const struct relation **view) {
  *view = catalog_find_id(database, id);
  if (*view && (*view)->view)
    return TIDE_OK;
  return error_set(database->error, TIDE_ERROR_INTERNAL, "there is no view %lld",
                   (long long)id);
}

/* --- tables --- */

/* Creates the table of a layout in the place of another one: the user's indexes are
 * made again, and whoever reads it starts from scratch. */
static int replace_table(struct storage *storage) {
  const struct relation *view = storage->relation;
  int rc = storage_create(storage);
  if (rc == TIDE_OK)
    rc = define_restore_indexes(storage->database, view->id);
  return rc == TIDE_OK ? capture_set_unknown(storage->database, view->stored) : rc;
}

/* The first key of a foreign view that consists of its first `column_count` columns. */
static int set_foreign_key(struct storage *storage, struct arena *arena,
                           int column_count) {
  const struct relation *view = storage->relation;
  for (int i = 0; i < view->key_count; i++) {
    const struct key *key = &view->keys[i];
    bool shown = key->count > 0;
    for (int j = 0; j < key->count; j++)
      shown = shown && key->columns[j] < column_count;
    if (shown)
      return storage_set_key(storage, arena, key->columns, key->count, false);
  }
  return TIDE_OK;
}

static int create_foreign(struct database *database, const struct relation *view) {
  struct arena arena;
  struct storage storage;
  bool exists = false;
  arena_init(&arena, database->memory);
  int rc = storage_init(&storage, database, &arena, view);
  if (rc == TIDE_OK)
    rc = set_foreign_key(&storage, &arena, view->column_count);
  if (rc == TIDE_OK)
    rc = storage_exists(&storage, &exists);
  if (rc == TIDE_OK && !exists)
    rc = replace_table(&storage);
  storage_deinit(&storage);
  arena_deinit(&arena);
  return rc;
}

/* Creates all tables of a view in the place of those there are. */
static int replace_tables(struct graph *graph) {
  int rc = graph_create_internal(graph);
  return rc == TIDE_OK ? replace_table(&graph_view(graph)->storage) : rc;
}

int views_check_storage(struct database *database, struct graph *graph, bool *fresh) {
  bool stored;
  int rc = graph_is_stored(graph, &stored);
  *fresh = rc == TIDE_OK && !stored;
  if (*fresh) {
    database->views->rebuilt = true;
    rc = replace_tables(graph);
    if (rc == TIDE_OK)
      rc = graph_fill(graph);
    trace_line(database->trace, "view %s.%s: stored anew", graph->view->schema,
               graph->view->name);
  }
  if (rc == TIDE_OK) /* they go when a table that is read is made anew */
    rc = views_create_indexes(database, graph);
  graph->checked = rc == TIDE_OK;
  return rc;
}

static int local_graph(struct database *database, const struct relation *view,
                       struct graph **graph) {
  int rc = views_prepare(database);
  if (rc != TIDE_OK)
    return rc;
  struct view_entry *entry = views_entry(database, view);
  if (entry)
    return views_graph(database, entry, graph);
  return error_set(database->error, TIDE_ERROR_INTERNAL,
                   "view %q does not keep rows here", view->name);
}

/* The query has become another one: where the view's own table can stay as it is made, only rows that differ are
 * written, so that whoever reads it is told no more than these. *shown: how many. */
static int refill(struct database *database, struct graph *graph, int64_t *shown) {
  bool stays;
  int64_t written;
  *shown = 0;
  int rc = storage_exists(&graph_view(graph)->storage, &stays);
  if (rc == TIDE_OK)
    rc = stays ? graph_create_internal(graph) : replace_tables(graph);
  if (rc == TIDE_OK && stays && graph->view->view->mode == SQL_REALTIME)
    rc = views_create_indexes(database, graph);
  if (rc != TIDE_OK)
    return rc;
  return stays ? graph_refresh(graph, &written, shown) : graph_fill(graph);
}

/* Everything that views read is up to date; the table gets the rows of the query. */
static int fill_local(struct database *database, const struct relation *view,
                      bool with_data) {
  struct graph *graph;
  bool stored;
  int64_t written, shown;
  int rc = local_graph(database, view, &graph);
  if (rc == TIDE_OK)
    rc = graph_is_stored(graph, &stored);
  if (rc != TIDE_OK)
    return rc;
  if (with_data)
    rc = stored ? graph_refresh(graph, &written, &shown)
                : refill(database, graph, &shown);
  else if (!stored)
    rc = replace_tables(graph);
  graph->checked = rc == TIDE_OK;
  return rc;
}

static bool is_timeless(const struct relation *view) {
  return view->view->mode == SQL_REALTIME && !view->view->time_refresh;
}

/* Marks a local view as filled or not; filled ones are maintained from now on. */
static int set_filled(struct database *database, int64_t id, bool filled) {
  const struct relation *view = catalog_find_id(database, id);
  int rc =
      view->view->filled == filled ? TIDE_OK : catalog_set_filled(database, id, filled);
  if (rc == TIDE_OK)
    rc = views_prepare(database);
  return rc == TIDE_OK && view->view->mode == SQL_REALTIME
             ? views_adjust_indexes(database)
             : rc;
}

static int create_local(struct database *database, const struct relation *view,
                        bool with_data) {
  struct views *views = database->views;
  int64_t id = view->id;
  views->building = id;
  int rc = view_maintain(database);
  database->types.timeless = is_timeless(view);
  if (rc == TIDE_OK)
    rc = fill_local(database, view, with_data);
  database->types.timeless = false;
  views->building = 0;
  return rc == TIDE_OK ? set_filled(database, id, with_data) : rc;
}

int view_create_storage(struct database *database, int64_t id, bool with_data) {
  const struct relation *view;
  int rc = find_view(database, id, &view);
  if (rc != TIDE_OK || !relation_keeps_rows(view))
    return rc;
  if (!relation_is_foreign(view))
    return create_local(database, view, with_data);
  return view->view->described ? create_foreign(database, view) : TIDE_OK;
}

/* A view that keeps rows no longer leaves no table behind. */
static int drop_unused_table(struct database *database, const struct relation *view) {
  if (relation_keeps_rows(view))
    return TIDE_OK;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "DROP TABLE IF EXISTS main.%q", view->stored);
  int rc = sql.failed ? out_of_memory(database)
                      : database_execute(database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

int view_clear_storage(struct database *database, int64_t id) {
  const struct relation *view;
  int rc = find_view(database, id, &view);
  if (rc != TIDE_OK)
    return rc;
  view_forget_plans(database); /* none may hold on to the tables */
  rc = drop_unused_table(database, view);
  return rc == TIDE_OK ? graph_drop_internal(database, id) : rc;
}

int view_drop_storage(struct database *database, int64_t id) {
  int rc = view_clear_storage(database, id);
  if (rc != TIDE_OK || relation_is_foreign(catalog_find_id(database, id)))
    return rc;
  database->views->building = id;
  rc = views_prepare(database);
  if (rc == TIDE_OK)
    rc = views_adjust_indexes(database);
  database->views->building = 0;
  return rc;
}

/* --- contents --- */

int view_refresh(struct database *database, int64_t id) {
  const struct relation *view;
  int rc = find_view(database, id, &view);
  if (rc == TIDE_OK && relation_is_foreign(view))
    rc = error_set(database->error, TIDE_ERROR_INTERNAL, "view %q is not a local view",
                   view->name);
  return rc == TIDE_OK ? create_local(database, view, true) : rc;
}

static int has_table(struct database *database, const struct relation *view,
                     bool *there) {
  sqlite3_stmt *statement = NULL;
  int rc = database_query(database, &statement,
                          "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND "
                          "name = ?1",
                          "s", view->stored);
  *there = false;
  if (rc == TIDE_OK)
    rc = database_step(database, statement, there);
  sqlite3_finalize(statement);
  return rc;
}

/* Tables in the form of an earlier version are made anew, as the next write would do: that is no difference, unless the view has
 * shown other rows. */
static int verify(struct database *database, struct view_entry *entry, int64_t *rows) {
  struct graph *graph;
  bool stored = false, there = false;
  int64_t shown;
  *rows = 0;
  int rc = has_table(database, entry->view, &there);
  if (rc == TIDE_OK)
    rc = views_graph(database, entry, &graph);
  if (rc == TIDE_OK)
    rc = graph_is_stored(graph, &stored);
  if (rc == TIDE_OK && stored)
    return graph_refresh(graph, rows, &shown);
  if (rc == TIDE_OK)
    rc = refill(database, graph, &shown);
  if (rc == TIDE_OK)
    *rows = there ? shown : 1;
  return rc;
}

int view_verify_all(struct database *database,
                    void (*report)(void *context, const struct relation *view,
                                   int64_t rows),
                    void *context) {
  int rc = view_maintain(database);
  if (rc == TIDE_OK)
    rc = views_prepare(database);
  const struct views *views = database->views;
  for (int i = 0; rc == TIDE_OK && i < views->entry_count; i++) {
    struct view_entry *entry = &views->entries[i];
    int64_t rows;
    if (!entry->maintained)
      continue;
    database->types.timeless = is_timeless(entry->view);
    rc = verify(database, entry, &rows);
    database->types.timeless = false;
    if (rc == TIDE_OK && rows > 0)
      report(context, entry->view, rows);
  }
  return rc;
}

/* Does the view with that id read `source`, itself or through runtime views? */
static int reads_through(struct database *database, struct arena *arena, int64_t id,
                         int64_t source, bool *reads) {
  int64_t *ids;
  int count;
  int rc = catalog_sources(database, arena, id, &ids, &count);
  for (int i = 0; rc == TIDE_OK && !*reads && i < count; i++) {
    const struct relation *relation = catalog_find_id(database, ids[i]);
    *reads = ids[i] == source;
    if (!*reads && relation && !relation_keeps_rows(relation))
      rc = reads_through(database, arena, ids[i], source, reads);
  }
  return rc;
}

int view_redefined(struct database *database, int64_t id) {
  struct arena arena;
  arena_init(&arena, database->memory);
  int rc = views_prepare(database);
  struct views *views = database->views;
  for (int i = 0; rc == TIDE_OK && i < views->entry_count; i++) {
    const struct view_entry *entry = &views->entries[i];
    bool reads = false;
    if (!entry->maintained)
      continue;
    rc = reads_through(database, &arena, entry->view->id, id, &reads);
    if (rc == TIDE_OK && reads) /* which defines nothing: the entries stay */
      rc = create_local(database, entry->view, true);
  }
  arena_deinit(&arena);
  return rc;
}

/* Replaces the rows of a foreign view by those of `sql`, which may leave out columns
 * at the end. */
static int store_foreign(struct database *database, const struct relation *view,
                         const char *sql, int column_count) {
  struct arena arena;
  struct storage storage;
  int64_t written;
  arena_init(&arena, database->memory);
  int rc = storage_init(&storage, database, &arena, view);
  if (rc == TIDE_OK && column_count > storage.column_count)
    rc = error_set(database->error, TIDE_ERROR_INTERNAL, "view %q has no column %d",
                   view->name, column_count);
  if (rc == TIDE_OK) {
    storage.column_count = column_count;
    rc = set_foreign_key(&storage, &arena, column_count);
  }
  if (rc == TIDE_OK)
    rc = storage_difference(&storage, sql, &written);
  storage_deinit(&storage);
  arena_deinit(&arena);
  return rc;
}

int view_store_changes(struct database *database, const struct relation *view,
                       const char *added_sql, const char *removed_sql) {
  struct arena arena;
  struct storage storage;
  bool in_step = true;
  arena_init(&arena, database->memory);
  int rc = storage_init(&storage, database, &arena, view);
  if (rc == TIDE_OK)
    rc = set_foreign_key(&storage, &arena, view->column_count);
  if (rc == TIDE_OK)
    rc = storage_add(&storage, added_sql, 1, &storage.scratch);
  if (rc == TIDE_OK)
    rc = storage_add(&storage, removed_sql, -1, &storage.scratch);
  if (rc == TIDE_OK)
    rc = storage_apply(&storage, &storage.scratch, &in_step);
  if (rc == TIDE_OK && !in_step)
    rc = error_set(database->error, TIDE_ERROR_ORIGIN,
                   "the origin has taken rows from view %q that it does not have",
                   view->name);
  storage_deinit(&storage);
  arena_deinit(&arena);
  return rc;
}

int view_index_part(struct database *database, const struct relation *view,
                    const int *columns, int count) {
  struct arena arena;
  struct storage storage;
  arena_init(&arena, database->memory);
  int rc = storage_init(&storage, database, &arena, view);
  if (rc == TIDE_OK)
    rc = storage_set_part(&storage, &arena, columns, count);
  if (rc == TIDE_OK)
    rc = storage_index_part(&storage);
  storage_deinit(&storage);
  arena_deinit(&arena);
  return rc;
}

int view_store_difference(struct database *database, const struct relation *relation,
                          const char *select_sql) {
  sqlite3_stmt *statement = NULL;
  int rc = database_prepare(database, select_sql, false, &statement);
  int column_count = rc == TIDE_OK ? sqlite3_column_count(statement) : 0;
  sqlite3_finalize(statement);
  if (rc != TIDE_OK)
    return rc;
  if (relation_is_foreign(relation))
    return store_foreign(database, relation, select_sql, column_count);
  struct graph *graph;
  int64_t written;
  rc = local_graph(database, relation, &graph);
  return rc == TIDE_OK
             ? storage_difference(&graph_view(graph)->storage, select_sql, &written)
             : rc;
}
