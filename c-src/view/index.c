/* Indexes that maintenance needs on the relations that views read: made with the
 * first view that searches them, dropped with the last. */
#include <string.h>

#include "view/views.h"

static bool is_maintained(const struct views *views, const struct view_entry *entry) {
  return entry->maintained && entry->view->id != views->building;
}

/* An index by the name that says what it is over:
 * __view_index_<stored>_<column>_<column>…, or __view_index_<stored>_<order>. */
static void append_name(const struct index_wish *wish, struct buffer *out) {
  buffer_format(out, "__view_index_%s", wish->relation->stored);
  for (int i = 0; i < wish->count; i++)
    buffer_format(out, "_%s", wish->relation->columns[wish->columns[i]].name);
  if (wish->order)
    buffer_format(out, "_%s", wish->order);
}

/* Does an index that is not ours begin with one of the columns? Appends its name. */
static int is_covered(struct database *database, const struct index_wish *wish,
                      bool *covered, struct buffer *name) {
  sqlite3_stmt *statement = NULL;
  *covered = false;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && !*covered && i < wish->count; i++) {
    rc = database_query(database, &statement,
                        "SELECT list.name FROM pragma_index_list(?1, 'main') AS list "
                        "JOIN pragma_index_info(list.name, 'main') AS info "
                        "WHERE info.seqno = 0 AND info.name = ?2 AND list.partial = 0 "
                        "AND list.name NOT LIKE '\\_\\_view\\_index\\_%' ESCAPE '\\' "
                        "AND list.name NOT LIKE '\\_\\_live\\_%' ESCAPE '\\'",
                        "ss", wish->relation->stored,
                        wish->relation->columns[wish->columns[i]].name);
    if (rc == TIDE_OK)
      rc = database_step(database, statement, covered);
    if (rc == TIDE_OK && *covered)
      buffer_text(name, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    statement = NULL;
  }
  return rc;
}

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* Appends the statement that makes the index, or, if the relation has one of its own that
 * does, sets *covered and appends the name of that. */
static int print_index(struct database *database, const struct index_wish *wish,
                       bool *covered, struct buffer *out) {
  int rc = is_covered(database, wish, covered, out);
  if (rc != TIDE_OK || *covered)
    return rc;
  struct buffer name;
  buffer_init(&name, database->memory);
  append_name(wish, &name);
  buffer_format(out, "CREATE INDEX IF NOT EXISTS main.%q ON %q(", buffer_string(&name),
                wish->relation->stored);
  for (int i = 0; i < wish->count; i++)
    buffer_format(out, "%s%q", i > 0 ? ", " : "",
                  wish->relation->columns[wish->columns[i]].name);
  buffer_format(out, "%s)", wish->order ? wish->order : "");
  rc = name.failed ? out_of_memory(database) : TIDE_OK;
  buffer_deinit(&name);
  return rc;
}

/* Is it a view whose table has yet to be made as its definition says? Who reads it is
 * looked at again then. */
static int is_outdated(struct database *database, const struct relation *relation,
                       bool *outdated) {
  bool exists = true;
  int rc = TIDE_OK;
  if (relation_is_internal(relation) ||
      (relation->view && !relation_is_foreign(relation))) {
    const struct storage *storage = views_storage(database, relation);
    rc = storage ? storage_exists(storage, &exists) : database->error->code;
  }
  *outdated = !exists;
  return rc;
}

static int create_index(struct database *database, const struct index_wish *wish) {
  struct buffer sql;
  bool needless;
  buffer_init(&sql, database->memory);
  int rc = print_index(database, wish, &needless, &sql);
  if (rc == TIDE_OK && !needless)
    rc = is_outdated(database, wish->relation, &needless);
  if (rc == TIDE_OK && !needless)
    rc = sql.failed ? out_of_memory(database)
                    : database_execute(database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

int views_explain_index(struct database *database, const struct index_wish *wish,
                        struct buffer *out) {
  bool covered;
  buffer_text(out, "index: ");
  int rc = print_index(database, wish, &covered, out);
  if (covered)
    buffer_text(out, ", which is there anyway");
  buffer_character(out, '\n');
  return rc;
}

static bool wishes(const struct plan *plan, const char *name, struct buffer *scratch) {
  bool found = false;
  for (const struct index_wish *wish = plan->indexes; wish && !found;
       wish = wish->next) {
    buffer_clear(scratch);
    append_name(wish, scratch);
    found = strcmp(buffer_string(scratch), name) == 0;
  }
  return found;
}

/* Does any maintained view wish for the index with this name? */
static int is_wished(struct database *database, const char *name, bool *wished) {
  struct views *views = database->views;
  struct buffer known;
  buffer_init(&known, database->memory);
  *wished = false;
  for (int i = 0; !*wished && i < views->entry_count; i++) {
    const struct graph *graph = views->entries[i].graph;
    if (!is_maintained(views, &views->entries[i]) || !graph)
      continue;
    for (int node = 0; !*wished && node < graph->node_count; node++)
      *wished = wishes(graph->nodes[node], name, &known);
  }
  bool failed = known.failed;
  buffer_deinit(&known);
  return failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                : TIDE_OK;
}

/* Appends DROP INDEX for each of ours that no view wishes for any more. */
static int append_drops(struct database *database, struct buffer *sql) {
  sqlite3_stmt *statement = NULL;
  bool row;
  int rc = database_query(database, &statement,
                          "SELECT name FROM main.sqlite_schema WHERE type = 'index' "
                          "AND name LIKE '\\_\\_view\\_index\\_%' ESCAPE '\\'",
                          "");
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    bool wished = false;
    rc = name ? is_wished(database, name, &wished)
              : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
    if (rc == TIDE_OK && !wished)
      buffer_format(sql, "DROP INDEX main.%q;", name);
  }
  sqlite3_finalize(statement);
  return rc;
}

int views_create_node_indexes(struct database *database, const struct plan *plan) {
  int rc = TIDE_OK;
  for (const struct index_wish *wish = plan->indexes; rc == TIDE_OK && wish;
       wish = wish->next)
    rc = create_index(database, wish);
  return rc;
}

int views_create_indexes(struct database *database, const struct graph *graph) {
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < graph->node_count; i++)
    rc = views_create_node_indexes(database, graph->nodes[i]);
  return rc;
}

int views_adjust_indexes(struct database *database) {
  struct views *views = database->views;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < views->entry_count; i++) {
    struct graph *graph;
    if (!is_maintained(views, &views->entries[i]))
      continue;
    rc = views_graph(database, &views->entries[i], &graph);
    if (rc == TIDE_OK)
      rc = views_create_indexes(database, graph);
  }
  struct buffer drops;
  buffer_init(&drops, database->memory);
  if (rc == TIDE_OK)
    rc = append_drops(database, &drops);
  if (rc == TIDE_OK && drops.failed)
    rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  if (rc == TIDE_OK && drops.length > 0)
    rc = database_execute(database, buffer_string(&drops));
  buffer_deinit(&drops);
  return rc;
}
