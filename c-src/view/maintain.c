/* Brings views up to date: capture → delta → emitter → storage, for one view after
 * the other, and for one node of it after the other. */
#include <string.h>

#include "view/statistics.h"
#include "view/tracing.h"
#include "view/views.h"

static bool is_maintained(const struct views *views, const struct view_entry *entry) {
  return entry->maintained && entry->view->id != views->building;
}

/* Has what the view reads changed? Changes of views before it have been captured by
 * then, too. */
static bool is_stale(struct database *database, const struct view_entry *entry) {
  for (int i = 0; i < entry->source_count; i++)
    if (capture_table_touched(database, entry->captures[i]))
      return true;
  return false;
}

static void name_view_in_error(struct database *database, const struct relation *view) {
  struct error *error = database->error;
  if (error->view[0] != 0)
    return;
  size_t schema = strlen(view->schema), name = strlen(view->name);
  if (schema + 1 + name >= sizeof error->view)
    return;
  memcpy(error->view, view->schema, schema);
  error->view[schema] = '.';
  memcpy(error->view + schema + 1, view->name, name + 1);
}

static int maintain_rows(struct database *database, struct view_entry *entry,
                         struct maintenance *maintenance) {
  struct graph *graph;
  int64_t written;
  bool fresh = false;
  int rc = views_graph(database, entry, &graph);
  if (rc == TIDE_OK && !graph->checked)
    rc = views_check_storage(database, graph, &fresh);
  if (rc == TIDE_OK && !fresh)
    rc = graph_maintain(graph, database->views->run, &written);
  if (rc == TIDE_OK && !fresh)
    maintenance_read(graph, database->views->run, maintenance);
  return rc;
}

static int maintain_entry(struct database *database, struct view_entry *entry) {
  struct maintenance maintenance = {.recomputed = true};
  double began = database_clock(database);
  tracing_enter(database, entry->view);
  database->types.timeless = !entry->view->view->time_refresh;
  int rc = maintain_rows(database, entry, &maintenance);
  database->types.timeless = false;
  maintenance.microseconds = database_clock(database) - began;
  tracing_leave(database, rc == TIDE_OK ? &maintenance : NULL);
  if (rc == TIDE_OK)
    statistics_add(database, entry, &maintenance);
  else
    name_view_in_error(database, entry->view);
  int64_t written = maintenance.rows_out;
  if (rc == TIDE_OK && written > 0)
    trace_line(database->trace, "view %s.%s: maintained %lld %s", entry->view->schema,
               entry->view->name, (long long)written, written == 1 ? "row" : "rows");
  return rc;
}

/* Can the transaction go on after a failure like this one? */
static bool is_harmless(struct database *database, int code) {
  return code != TIDE_ERROR_NOMEM && code != TIDE_ERROR_STORAGE_FULL &&
         code != TIDE_ERROR_INPUT_OUTPUT && !sqlite3_get_autocommit(database->handle);
}

/* The view of live queries is nobody's to be failed by: without it they are run again. */
static int maintain_live(struct database *database, struct view_entry *entry) {
  int rc = transaction_run(database, TRANSACTION_LIVE);
  if (rc != TIDE_OK)
    return rc;
  int maintained = maintain_entry(database, entry);
  if (maintained != TIDE_OK && is_harmless(database, maintained)) {
    rc = transaction_run(database, TRANSACTION_LIVE_UNDO);
    entry->maintained = false;
    live_fail(database, entry->view->id);
    error_clear(database->error);
    maintained = TIDE_OK;
  }
  if (rc == TIDE_OK && !sqlite3_get_autocommit(database->handle))
    rc = transaction_run(database, TRANSACTION_LIVE_RELEASE);
  return maintained != TIDE_OK ? maintained : rc;
}

static int maintain_entries(struct database *database) {
  struct views *views = database->views;
  sqlite3_int64 last_insert = sqlite3_last_insert_rowid(database->handle);
  int rc = TIDE_OK;
  views->run++;
  for (int i = 0; rc == TIDE_OK && i < views->entry_count; i++)
    if (is_maintained(views, &views->entries[i]) &&
        is_stale(database, &views->entries[i]))
      rc = views->entries[i].live ? maintain_live(database, &views->entries[i])
                                  : maintain_entry(database, &views->entries[i]);
  if (rc == TIDE_OK)
    rc = capture_check(database);
  sqlite3_set_last_insert_rowid(database->handle, last_insert);
  return rc;
}

/* What is maintained before the transaction ends may be undone by it: which views
 * have changed in the end only their rows can tell. */
static int watch_views(struct database *database) {
  struct views *views = database->views;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < views->entry_count; i++)
    if (is_maintained(views, &views->entries[i]))
      rc = capture_watch_once(database, views->entries[i].view->stored,
                              views->entries[i].view->column_count);
  return rc;
}

int views_maintain(struct database *database, bool undoable) {
  int rc = capture_check(database);
  if (rc == TIDE_OK)
    rc = views_prepare(database);
  if (rc != TIDE_OK || !capture_pending(database))
    return rc;
  undoable = undoable && !sqlite3_get_autocommit(database->handle);
  if (undoable)
    rc = watch_views(database);
  if (rc == TIDE_OK && undoable)
    rc = transaction_run(database, TRANSACTION_MAINTENANCE);
  if (rc != TIDE_OK)
    return rc;
  rc = maintain_entries(database);
  if (undoable && rc != TIDE_OK)
    transaction_run(database, TRANSACTION_MAINTENANCE_UNDO); /* the first error stays */
  if (undoable)
    transaction_run(database, TRANSACTION_MAINTENANCE_RELEASE);
  if (rc == TIDE_OK)
    capture_maintained(database);
  return rc;
}

int view_maintain(struct database *database) {
  if (database->views->suspended == 0 || !capture_pending(database))
    return views_maintain(database, true);
  error_set(database->error, TIDE_ERROR_NOT_WRITABLE,
            "views are suspended and have to be brought up to date before");
  error_hint(database->error, "Run RESUME VIEWS first.");
  return TIDE_ERROR_NOT_WRITABLE;
}

/* Is the view stale, or one that it reads? */
static bool is_stale_deep(struct database *database, const struct view_entry *entry) {
  if (!is_maintained(database->views, entry))
    return false;
  if (is_stale(database, entry))
    return true;
  for (int i = 0; i < entry->source_count; i++) {
    const struct relation *source = catalog_find_id(database, entry->sources[i]);
    const struct view_entry *read = source ? views_entry(database, source) : NULL;
    if (read && is_stale_deep(database, read))
      return true;
  }
  return false;
}

bool view_is_stale(struct database *database, const struct relation *view) {
  if (!capture_pending(database) || views_prepare(database) != TIDE_OK)
    return false;
  const struct view_entry *entry = views_entry(database, view);
  return entry && is_stale_deep(database, entry);
}

int view_maintain_for(struct database *database,
                      const struct relation *const *relations, int count) {
  if (!capture_pending(database) || database->views->suspended > 0)
    return capture_check(database);
  int rc = views_prepare(database);
  for (int i = 0; rc == TIDE_OK && i < count; i++) {
    const struct view_entry *entry = views_entry(database, relations[i]);
    if (entry && is_stale_deep(database, entry))
      return view_maintain(database);
  }
  return rc;
}
