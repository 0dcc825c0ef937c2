/* What shapes of live queries keep in the database: a view in the schema __live, an index. */
#include <string.h>

#include "catalog/define.h"
#include "view/live_internal.h"
#include "view/transaction.h"
#include "view/views.h"

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* Runs what the buffer holds and frees it. */
static int run(struct database *database, struct buffer *sql) {
  int rc = sql->failed       ? out_of_memory(database)
           : sql->length > 0 ? database_execute(database, buffer_string(sql))
                             : TIDE_OK;
  buffer_deinit(sql);
  return rc;
}

/* --- indexes --- */

/* Do the columns of an index, one per row of `columns`, begin with the lifted ones in any
 * order, and go on with those of the order? */
static int index_fits(struct database *database, sqlite3_stmt *columns,
                      const struct live_query *query, bool *fits) {
  bool row;
  int rc = TIDE_OK;
  *fits = true;
  for (int at = 0; rc == TIDE_OK && *fits && at < query->index_count; at++) {
    rc = database_step(database, columns, &row);
    const char *name = NULL;
    if (rc == TIDE_OK && row)
      rc = database_text(database, columns, 0, &name);
    bool found = false;
    int first = at < query->key_count ? 0 : at,
        last = at < query->key_count ? query->key_count : at + 1;
    for (int i = first; name && i < last; i++)
      found = found || strcmp(query->index[i].column, name) == 0;
    *fits = found;
  }
  return rc;
}

/* Has the relation an index already that finds what the index would? */
static int has_index(struct database *database, const struct relation *relation,
                     const struct live_query *query, bool *has) {
  sqlite3_stmt *list = NULL, *columns = NULL;
  bool row = true;
  int row_id = relation->row_id;
  *has = row_id >= 0 && query->key_count > 0 &&
         strcmp(query->index[0].column, relation->columns[row_id].name) == 0;
  int rc =
      database_query(database, &list,
                     "SELECT name FROM pragma_index_list(?1, 'main') WHERE partial "
                     "= 0 AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
                     "s", relation->stored);
  while (rc == TIDE_OK && !*has &&
         (rc = database_step(database, list, &row)) == TIDE_OK && row) {
    const char *name;
    rc = database_text(database, list, 0, &name);
    if (rc == TIDE_OK)
      rc = database_query(
          database, &columns,
          "SELECT name FROM pragma_index_info(?1, 'main') ORDER BY seqno", "s", name);
    if (rc == TIDE_OK)
      rc = index_fits(database, columns, query, has);
    sqlite3_finalize(columns);
    columns = NULL;
  }
  sqlite3_finalize(list);
  return rc;
}

static int create_index(struct database *database, const struct relation *relation,
                        const struct live_query *query, struct live_shape *shape) {
  bool has = false;
  int rc = query->index_count > 0 && relation
               ? has_index(database, relation, query, &has)
               : TIDE_OK;
  if (rc != TIDE_OK || has || query->index_count == 0 || !relation)
    return rc;
  struct buffer sql;
  struct live *live = database->views->live;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "__live_%lld", (long long)++live->last_name);
  shape->index =
      sql.failed ? NULL : memory_string(database->memory, buffer_string(&sql));
  buffer_clear(&sql);
  buffer_format(&sql, "CREATE INDEX main.%q ON %q (", shape->index, relation->stored);
  for (int i = 0; i < query->index_count; i++)
    buffer_format(&sql, "%s%q%s", i > 0 ? ", " : "", query->index[i].column,
                  query->index[i].descending ? " DESC" : "");
  buffer_character(&sql, ')');
  if (!shape->index)
    sql.failed = true;
  return run(database, &sql);
}

/* --- views --- */

static int ensure_schema(struct database *database) {
  if (catalog_find_schema(database, LIVE_SCHEMA))
    return TIDE_OK;
  int rc = database_write(database, "INSERT INTO __tidemark_schemas (name) VALUES (?)",
                          "s", LIVE_SCHEMA);
  return rc == TIDE_OK ? catalog_reload(database) : rc;
}

/* Views of a process before may be there still, but no name is used twice. */
static int free_name(struct database *database, struct arena *arena,
                     const char **name) {
  struct live *live = database->views->live;
  do
    *name = arena_format(arena, "v%lld", (long long)++live->last_name);
  while (*name && catalog_find(database, LIVE_SCHEMA, *name));
  return *name ? TIDE_OK : out_of_memory(database);
}

static int create_view(struct database *database, struct arena *arena,
                       const struct live_query *query, struct live_shape *shape) {
  struct defined_view defined = {0};
  const char *name;
  int rc = ensure_schema(database);
  if (rc == TIDE_OK)
    rc = free_name(database, arena, &name);
  if (rc != TIDE_OK)
    return rc;
  query->view_name->text = name;
  query->view_name->length = (uint32_t)strlen(name);
  rc = define_view(database, arena, query->definition, &defined);
  view_forget_plans(database);
  if (rc != TIDE_OK)
    return rc;
  shape->view = shape->relations[0] = defined.id;
  shape->relation_count = 1;
  rc = view_create_storage(database, defined.id, true);
  return rc == TIDE_OK ? create_index(database, catalog_find_id(database, defined.id),
                                      query, shape)
                       : rc;
}

bool live_writes(const struct live_query *query) {
  return query->kind == LIVE_VIEW || query->index_count > 0;
}

int live_make(struct database *database, struct arena *arena,
              const struct live_query *query, struct live_shape **made) {
  struct live_shape *shape = live_add(database, query);
  int rc = shape ? TIDE_OK : out_of_memory(database);
  if (rc == TIDE_OK && query->kind == LIVE_VIEW)
    rc = create_view(database, arena, query, shape);
  else if (rc == TIDE_OK && query->kind == LIVE_DIRECT)
    rc = create_index(database, catalog_find_id(database, query->relation_ids[0]),
                      query, shape);
  database->views->version = 0; /* other relations are to be watched */
  if (rc != TIDE_OK) {
    live_release(database, shape);
    shape = NULL;
  }
  *made = shape;
  return rc;
}

struct sql_node *live_reading(struct database *database, struct arena *arena,
                              const struct live_query *query,
                              const struct live_shape *shape) {
  const struct relation *view = catalog_find_id(database, shape->view);
  query->view_name->text = view ? view->name : "";
  query->view_name->length = (uint32_t)strlen(query->view_name->text);
  struct sql_node *reading = sql_clone(arena, query->reading);
  if (!reading)
    return NULL;
  struct sql_node *name =
      reading->child[QUERY_BODY]->child[SELECT_FROM]->child[0]->child[REFERENCE_SOURCE];
  name->text = arena_string(arena, name->text);
  return name->text ? reading : NULL;
}

void live_identity(struct database *database, const struct live_shape *shape,
                   int result_count, int *columns, int *count) {
  const struct relation *view = catalog_find_id(database, shape->view);
  const struct storage *storage = NULL;
  *count = 0;
  if (view && views_prepare(database) == TIDE_OK)
    storage = views_storage(database, view);
  if (!storage || storage->identity != STORAGE_BY_KEY) {
    error_clear(database->error);
    return;
  }
  for (int i = 0; i < storage->key_count; i++) {
    int column = storage->key[i];
    if (column < result_count)
      columns[(*count)++] = column;
    else if (column >= result_count + shape->key_count) {
      *count = 0; /* not shown */
      return;
    }
  }
}

/* --- going away --- */

static int drop_view(struct database *database, int64_t view) {
  int rc = view_drop_storage(database, view);
  if (rc == TIDE_OK)
    rc = define_drop_relation(database, view);
  view_forget_plans(database);
  return rc;
}

static bool has_index_name(const struct live *live, const char *name) {
  for (const struct live_shape *shape = live->shapes; shape; shape = shape->next)
    if (!shape->lost && shape->index && strcmp(shape->index, name) == 0)
      return true;
  return false;
}

static int drop_indexes(struct database *database) {
  sqlite3_stmt *names = NULL;
  struct buffer sql;
  bool row = true;
  buffer_init(&sql, database->memory);
  int rc = database_query(database, &names,
                          "SELECT name FROM main.sqlite_schema WHERE type = 'index' "
                          "AND name LIKE '\\_\\_live\\_%' ESCAPE '\\'",
                          "");
  while (rc == TIDE_OK && (rc = database_step(database, names, &row)) == TIDE_OK &&
         row) {
    const char *name = (const char *)sqlite3_column_text(names, 0);
    if (!name)
      rc = out_of_memory(database);
    else if (!has_index_name(database->views->live, name))
      buffer_format(&sql, "DROP INDEX main.%q;", name);
  }
  sqlite3_finalize(names);
  int ran = rc == TIDE_OK ? run(database, &sql) : TIDE_OK;
  if (rc != TIDE_OK)
    buffer_deinit(&sql);
  return rc != TIDE_OK ? rc : ran;
}

/* Finds a view of the schema that belongs to no shape. */
struct search {
  const struct views *views;
  int64_t found;
};

static void visit(const struct relation *relation, void *context) {
  struct search *search = context;
  if (relation->view && strcmp(relation->schema, LIVE_SCHEMA) == 0 &&
      !live_has_view(search->views, relation->id))
    search->found = relation->id;
}

static int drop_all(struct database *database) {
  int rc = TIDE_OK;
  struct search search;
  do {
    search = (struct search){.views = database->views};
    catalog_each(database, visit, &search);
    if (search.found)
      rc = drop_view(database, search.found);
  } while (rc == TIDE_OK && search.found);
  return rc == TIDE_OK ? drop_indexes(database) : rc;
}

int live_give_way(struct database *database) {
  struct live *live = database->views->live;
  if (!live->shapes && !live->littered)
    return TIDE_OK;
  for (struct live_shape *shape = live->shapes; shape; shape = shape->next)
    shape->lost = live->lost = true;
  live->littered = true; /* if this is undone they are there again */
  return drop_all(database);
}

void live_collect(struct database *database) {
  struct live *live = database->views->live;
  if (!live->littered || !sqlite3_get_autocommit(database->handle))
    return;
  struct error kept = *database->error;
  int rc = transaction_begin(database);
  if (rc == TIDE_OK) {
    live->littered = false;
    rc = drop_all(database);
    if (rc == TIDE_OK)
      rc = transaction_commit(database);
    else
      transaction_rollback(database);
  }
  live->littered = live->littered || rc != TIDE_OK;
  *database->error = kept;
}
