/* Which views there are, what they read, and in which order they are maintained. */
#include "view/views.h"
#include "view/list.h"
#include "view/statistics.h"
#include "view/tracing.h"
#include "view/transaction.h"

#include <string.h>

/* --- life --- */

int view_open(struct database *database) {
  struct views *views = memory_allocate_zeroed(database->memory, sizeof *views);
  if (!views)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  arena_init(&views->arena, database->memory);
  database->views = views;
  int rc = row_register(database->handle);
  if (rc == SQLITE_OK)
    rc = list_register(database->handle);
  rc = rc == SQLITE_OK ? statistics_open(database) : database_error(database, rc);
  if (rc == TIDE_OK)
    rc = transaction_open(database);
  if (rc == TIDE_OK)
    rc = live_init(database);
  if (rc == TIDE_OK)
    rc = slots_init(database);
  if (rc != TIDE_OK)
    view_close(database);
  return rc;
}

void view_forget_plans(struct database *database) {
  struct views *views = database->views;
  for (int i = 0; i < views->entry_count; i++)
    graph_free(views->entries[i].graph);
  while (views->deltas) {
    struct delta *delta = views->deltas;
    views->deltas = delta->next;
    delta_free(delta);
  }
  arena_deinit(&views->arena);
  arena_init(&views->arena, database->memory);
  views->entries = NULL;
  views->entry_count = 0;
  views->version = 0;
}

int view_renew(struct database *database) {
  struct views *views = database->views;
  view_forget_plans(database);
  views->commit_reserved = views->commit;
  slots_undone(database);
  return slots_renew(database);
}

void view_close(struct database *database) {
  struct views *views = database->views;
  if (!views)
    return;
  view_forget_plans(database);
  arena_deinit(&views->arena);
  transaction_close(database);
  live_deinit(database);
  slots_deinit(database);
  tracing_close(database);
  statistics_close(database);
  while (views->subscriptions) {
    struct pattern *pattern = views->subscriptions;
    views->subscriptions = pattern->next;
    pattern_free(database->memory, pattern);
  }
  memory_release(database->memory, views);
  database->views = NULL;
}

/* --- what views read --- */

static bool is_local_stored(const struct relation *relation) {
  return relation->view && !relation_is_foreign(relation) &&
         relation_keeps_rows(relation);
}

static void count_view(const struct relation *relation, void *context) {
  int *count = context;
  *count += is_local_stored(relation);
}

static void add_entry(const struct relation *relation, void *context) {
  struct views *views = context;
  if (!is_local_stored(relation))
    return;
  bool live = strcmp(relation->schema, LIVE_SCHEMA) == 0;
  views->entries[views->entry_count++] = (struct view_entry){
      .view = relation,
      .live = live,
      .maintained = relation->view->mode == SQL_REALTIME && relation->view->filled &&
                    (!live || live_has_view(views, relation->id))};
}

static bool contains(const int64_t *ids, int count, int64_t id) {
  for (int i = 0; i < count; i++)
    if (ids[i] == id)
      return true;
  return false;
}

/* Appends the stored relations that `id` reads; a local runtime view stands for what
 * it reads itself. */
static int add_sources(struct database *database, struct view_entry *entry,
                       int *capacity, int64_t id) {
  struct arena *arena = &database->views->arena;
  int64_t *ids;
  int count;
  int rc = catalog_sources(database, arena, id, &ids, &count);
  for (int i = 0; rc == TIDE_OK && i < count; i++) {
    const struct relation *source = catalog_find_id(database, ids[i]);
    if (source && source->view && !relation_keeps_rows(source) &&
        !relation_is_foreign(source)) {
      rc = add_sources(database, entry, capacity, ids[i]);
      continue;
    }
    if (contains(entry->sources, entry->source_count, ids[i]))
      continue;
    if (entry->source_count == *capacity) {
      *capacity = *capacity * 2 + 8;
      int64_t *larger = arena_alloc(arena, (size_t)*capacity * sizeof *larger);
      if (!larger)
        return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
      if (entry->source_count > 0)
        memcpy(larger, entry->sources, (size_t)entry->source_count * sizeof *larger);
      entry->sources = larger;
    }
    entry->sources[entry->source_count++] = ids[i];
  }
  return rc;
}

/* Moves entries so that each stands behind those it reads; the catalog allows no
 * cycles. */
static void sort_entries(struct views *views) {
  for (int placed = 0; placed < views->entry_count; placed++) {
    int next = placed;
    for (int i = placed; i < views->entry_count; i++) {
      bool ready = true;
      for (int j = placed; ready && j < views->entry_count; j++)
        ready = j == i ||
                !contains(views->entries[i].sources, views->entries[i].source_count,
                          views->entries[j].view->id);
      if (!ready)
        continue;
      next = i;
      break;
    }
    struct view_entry entry = views->entries[next];
    memmove(&views->entries[placed + 1], &views->entries[placed],
            (size_t)(next - placed) * sizeof entry);
    views->entries[placed] = entry;
  }
}

static int read_entries(struct database *database) {
  struct views *views = database->views;
  int count = 0;
  catalog_each(database, count_view, &count);
  views->entries =
      arena_alloc(&views->arena, ((size_t)count + 1) * sizeof *views->entries);
  if (!views->entries)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  catalog_each(database, add_entry, views);
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < views->entry_count; i++) {
    int capacity = 0;
    rc = add_sources(database, &views->entries[i], &capacity,
                     views->entries[i].view->id);
  }
  if (rc == TIDE_OK)
    sort_entries(views);
  return rc;
}

/* --- what capture watches --- */

/* A number that changes when rows recorded before can no longer be compared with the
 * rows there are: other columns, or the table was written anew and its rowids with
 * it. */
static int layout_of(struct database *database, const struct relation *relation,
                     uint64_t *layout) {
  sqlite3_stmt *statement = NULL;
  bool row;
  int rc = database_query(
      database, &statement,
      "SELECT rootpage FROM main.sqlite_schema WHERE type = 'table' AND name = ?1", "s",
      relation->stored);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  *layout = rc == TIDE_OK && row ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  for (int i = 0; i < relation->column_count; i++) {
    *layout = (*layout ^ (uint64_t)relation->columns[i].position) * 0x9E3779B97F4A7C15u;
    *layout = (*layout ^ (uint64_t)relation->columns[i].type.id) * 0x9E3779B97F4A7C15u;
  }
  return rc;
}

static int watch(struct database *database, const struct relation *relation,
                 const struct capture_table **table) {
  *table = NULL;
  if (!relation || relation->kind == RELATION_SYSTEM || !relation_keeps_rows(relation))
    return TIDE_OK;
  *table = capture_table(database, relation->stored);
  if (*table && (*table)->watched)
    return TIDE_OK;
  uint64_t layout;
  int rc = layout_of(database, relation, &layout);
  if (rc != TIDE_OK)
    return rc;
  rc = capture_watch(database, relation->stored, relation->column_count, layout);
  if (rc != TIDE_OK)
    return error_set(database->error, rc, "out of memory");
  *table = capture_table(database, relation->stored);
  return TIDE_OK;
}

static int watch_sources(struct database *database, struct view_entry *entry) {
  struct arena *arena = &database->views->arena;
  size_t count = (size_t)entry->source_count + 1;
  entry->captures = arena_alloc(arena, count * sizeof *entry->captures);
  if (!entry->captures)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < entry->source_count; i++)
    rc = watch(database, catalog_find_id(database, entry->sources[i]),
               &entry->captures[i]);
  return rc;
}

static int watch_alone(struct database *database, const struct relation *relation) {
  const struct capture_table *ignored;
  return watch(database, relation, &ignored);
}

/* Watches what is subscribed to or selected by a slot. */
struct watching {
  struct database *database;
  int rc;
};

static void watch_subscribed(const struct relation *relation, void *context) {
  struct watching *watching = context;
  struct database *database = watching->database;
  if (watching->rc == TIDE_OK &&
      (pattern_selects(database->views->subscriptions, relation) ||
       slots_select(database, relation)))
    watching->rc = watch_alone(database, relation);
}

static int watch_all(struct database *database) {
  struct views *views = database->views;
  int rc = TIDE_OK;
  capture_unwatch_all(database);
  for (int i = 0; rc == TIDE_OK && i < views->entry_count; i++)
    if (views->entries[i].maintained)
      rc = watch_sources(database, &views->entries[i]);
  struct watching watching = {database, rc};
  catalog_each(database, watch_subscribed, &watching);
  rc = watching.rc;
  return rc == TIDE_OK ? live_each_relation(database, watch_alone) : rc;
}

int views_prepare(struct database *database) {
  struct views *views = database->views;
  int rc = catalog_ensure(database);
  if (rc != TIDE_OK || views->version == catalog_version(database))
    return rc;
  view_forget_plans(database);
  rc = read_entries(database);
  if (rc == TIDE_OK)
    rc = watch_all(database);
  if (rc == TIDE_OK)
    views->version = catalog_version(database);
  else
    view_forget_plans(database);
  return rc;
}

/* --- plans and deltas --- */

struct view_entry *views_entry(struct database *database, const struct relation *view) {
  struct views *views = database->views;
  for (int i = 0; i < views->entry_count; i++)
    if (views->entries[i].view == view)
      return &views->entries[i];
  return NULL;
}

int views_graph(struct database *database, struct view_entry *entry,
                struct graph **graph) {
  int rc = entry->graph ? TIDE_OK : graph_new(database, entry->view, &entry->graph);
  *graph = entry->graph;
  return rc;
}

const struct storage *views_storage(struct database *database,
                                    const struct relation *view) {
  if (relation_is_internal(view))
    return &internal_relation(view)->plan->storage;
  struct view_entry *entry = views_entry(database, view);
  struct graph *graph;
  if (!entry || views_graph(database, entry, &graph) != TIDE_OK)
    return NULL;
  return &graph_view(graph)->storage;
}

int views_delta(struct database *database, const struct relation *relation,
                struct delta **delta) {
  struct views *views = database->views;
  for (*delta = views->deltas; *delta; *delta = (*delta)->next)
    if ((*delta)->relation == relation)
      return TIDE_OK;
  int rc = delta_new(database, relation, delta);
  if (rc != TIDE_OK)
    return rc;
  (*delta)->next = views->deltas;
  views->deltas = *delta;
  return TIDE_OK;
}

void views_forget_delta(struct database *database, struct delta *delta) {
  struct delta **link = &database->views->deltas;
  while (delta && *link && *link != delta)
    link = &(*link)->next;
  if (!delta || !*link)
    return;
  *link = delta->next;
  delta_free(delta);
}

void views_clear_deltas(struct database *database) {
  for (struct delta *delta = database->views->deltas; delta; delta = delta->next)
    if (delta->count > 0)
      delta_clear(delta);
}

/* --- subscriptions --- */

void view_announce_commits(struct database *database, bool wanted) {
  database->views->silent = !wanted;
}

static bool same_text(const char *left, const char *right) {
  return left && right ? strcmp(left, right) == 0 : left == right;
}

int transaction_subscribe(struct database *database, const char *schema,
                          const char *name, bool on) {
  struct views *views = database->views;
  struct pattern **link = &views->subscriptions;
  while (*link &&
         !(same_text((*link)->schema, schema) && same_text((*link)->name, name)))
    link = &(*link)->next;
  if (on == (*link != NULL))
    return TIDE_OK;
  if (on) {
    *link = pattern_new(database->memory, schema, name);
    if (!*link)
      return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  } else {
    struct pattern *pattern = *link;
    *link = pattern->next;
    pattern_free(database->memory, pattern);
  }
  return views->version ? watch_all(database) : TIDE_OK;
}
