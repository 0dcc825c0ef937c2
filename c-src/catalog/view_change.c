/* Views that change after they were defined: read back for ALTER, keys of their sources, what their origin tells. */
#include <string.h>

#include "catalog/view_internal.h"

/* --- reading back --- */

/* The column list as it was given, from the catalog. */
static int read_names(struct definition *definition, int64_t id,
                      const struct sql_node **names) {
  sqlite3_stmt *statement = NULL;
  struct sql_node *list = NULL;
  bool row = false;
  *names = NULL;
  int code = database_query(definition->database, &statement,
                            "SELECT name FROM __tidemark_columns"
                            " WHERE relation_id = ? AND named ORDER BY position",
                            "i", id);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, &row);
  while (row && code == TIDE_OK) {
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    const char *copy = text == NULL ? NULL : arena_string(definition->arena, text);
    if (list == NULL)
      list = sql_node_new(definition->arena, SQL_LIST, 0);
    if (copy == NULL || list == NULL ||
        sql_list_append(definition->arena, list,
                        sql_node_text(definition->arena, SQL_NAME, 0, copy)) == NULL)
      code = define_nomem(definition);
    else
      code = database_step(definition->database, statement, &row);
  }
  sqlite3_finalize(statement);
  *names = list;
  return code;
}

static int read_options(struct definition *definition, int64_t id,
                        const struct view *view, struct view_options *options) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  options_init(options);
  int code = database_query(definition->database, &statement,
                            "SELECT inherits, coalesce(join_pushdown_size, -1),"
                            " coalesce(join_memoization, -1), write_policy IS NOT NULL,"
                            " time_refresh IS NOT NULL,"
                            " conflict_granularity IS NOT NULL"
                            " FROM __tidemark_views WHERE relation_id = ?",
                            "i", id);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, &row);
  if (code == TIDE_OK && row) {
    options->inherits = sqlite3_column_int(statement, 0) != 0;
    options->join_pushdown_size = sqlite3_column_int64(statement, 1);
    options->join_memoization = sqlite3_column_int(statement, 2);
    if (sqlite3_column_int(statement, 3) != 0)
      options->write_policy =
          view->write_policy == WRITE_LOCAL_FIRST ? "local_first" : "origin_first";
    if (sqlite3_column_int(statement, 4) != 0)
      options->time_refresh = "external";
    if (sqlite3_column_int(statement, 5) != 0)
      options->conflict_granularity =
          view->conflict_granularity == CONFLICT_COLUMNS ? "columns" : "row";
    options->replication_origin = options->inherits ? NULL : view->replication_origin;
    options->upstream_mvcc_key = view->upstream_mvcc_key;
  }
  sqlite3_finalize(statement);
  return code;
}

int read_view_record(struct definition *definition, const struct relation *relation,
                     struct view_record *record) {
  *record =
      (struct view_record){.id = relation->id,
                           .schema = arena_string(definition->arena, relation->schema),
                           .name = arena_string(definition->arena, relation->name),
                           .mode = relation->view->mode};
  if (record->schema == NULL || record->name == NULL)
    return define_nomem(definition);
  int code = parse_view_query(definition, relation->view->query_sql, &record->query);
  if (code == TIDE_OK)
    code = read_names(definition, relation->id, &record->names);
  return code == TIDE_OK
             ? read_options(definition, relation->id, relation->view, &record->options)
             : code;
}

/* --- when a source changes --- */

static int refresh_rule(struct definition *definition, const struct relation *view) {
  struct sql_node *query;
  struct write_rule rule;
  int code = parse_view_query(definition, view->view->query_sql, &query);
  if (code == TIDE_OK)
    code = rule_of_local_view(definition, query, view->column_count, &rule);
  if (code == TIDE_OK)
    code = record_write_rule(definition, view->id, view->name, &rule);
  for (int i = 0; i < view->column_count && code == TIDE_OK; i++)
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET origin_column = ?"
                          " WHERE relation_id = ? AND position = ?",
                          "sii", rule.reason == NULL ? rule.columns[i] : NULL, view->id,
                          view->columns[i].position);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int refresh_write_rules(struct definition *definition, int64_t relation) {
  int64_t *dependents;
  int count;
  int code = catalog_dependents(definition->database, definition->arena, relation,
                                &dependents, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *view = catalog_find_id(definition->database, dependents[i]);
    if (view == NULL || view->view == NULL || view->view->origin != NULL)
      continue;
    code = refresh_rule(definition, view);
    if (code == TIDE_OK)
      code = refresh_write_rules(definition, dependents[i]);
  }
  return code;
}

/* --- what an origin tells --- */

/* Has the origin told anything new? Being described again is common, and must not cost all plans. */
static bool is_described_so(const struct relation *view, const struct column *columns,
                            int count, const char *const *key, int key_count) {
  bool hidden = view->view->mode != SQL_RUNTIME;
  const struct write_path *path = view->view->write_path;
  if (!view->view->described || view->column_count != count + (hidden ? 2 : 0))
    return false;
  for (int i = 0; i < count; i++) {
    const struct column *known = &view->columns[i];
    if (!type_equal(known->type, columns[i].type) ||
        known->not_null != columns[i].not_null ||
        (!known->named && strcmp(known->name, columns[i].name) != 0))
      return false;
  }
  if (path == NULL)
    return key_count == 0;
  for (int i = 0; i < key_count; i++) {
    if (i >= path->key_count || path->origin_column[path->key[i]] == NULL ||
        strcmp(path->origin_column[path->key[i]], key[i]) != 0)
      return false;
  }
  return path->key_count == key_count;
}

/* The columns as the origin's query calls them. Whoever describes a view a second time may give them the names they
 * have here. */
static struct column *told_columns(struct definition *definition,
                                   const struct relation *view,
                                   const struct column *columns, int count) {
  struct column *told =
      arena_alloc(definition->arena, (size_t)(count + 1) * sizeof *told);
  for (int i = 0; i < count && told != NULL; i++) {
    const struct column *known = i < view->column_count ? &view->columns[i] : NULL;
    told[i] = columns[i];
    told[i].hidden = false;
    if (known != NULL && known->named && known->told != NULL &&
        strcmp(known->name, columns[i].name) == 0)
      told[i].name = arena_string(definition->arena, known->told);
    told[i].told = told[i].name;
  }
  return definition->arena->failed ? NULL : told;
}

/* The names of the view's column list go before what the origin says. */
static int rename_columns(struct definition *definition, const struct sql_node *query,
                          const struct sql_node *names, struct column *columns,
                          int count) {
  int code = TIDE_OK;
  if (names != NULL && names->count > (uint32_t)count)
    return view_too_many_names(definition, names);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    if (names != NULL && (uint32_t)i < names->count)
      columns[i].name = names->child[i]->text;
    code = define_check_name(definition, query, "column", columns[i].name);
  }
  return code;
}

static int describe(struct definition *definition, const struct relation *view,
                    const struct column *described, int count, const char *const *key,
                    int key_count) {
  int64_t id = view->id;
  bool keeps_rows = view->view->mode != SQL_RUNTIME;
  struct sql_node *query;
  const struct sql_node *names = NULL;
  struct write_rule rule;
  struct column *columns = told_columns(definition, view, described, count);
  if (columns == NULL)
    return define_nomem(definition);
  int code = parse_view_query(definition, view->view->query_sql, &query);
  if (code == TIDE_OK)
    code =
        rule_of_foreign_view(definition, query, columns, count, key, key_count, &rule);
  if (code == TIDE_OK)
    code = read_names(definition, id, &names);
  if (code == TIDE_OK)
    code = rename_columns(definition, query, names, columns, count);
  if (code == TIDE_OK)
    code =
        record_view_columns(definition, id, columns, count,
                            names == NULL ? 0 : (int)names->count, &rule, keeps_rows);
  if (code == TIDE_OK)
    code = record_write_rule(definition, id, view->name, &rule);
  if (code == TIDE_OK)
    code = database_write(
        definition->database,
        "UPDATE __tidemark_views SET described = 1 WHERE relation_id = ?", "i", id);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK)
    code = view_settle_indexes(definition, id);
  return code == TIDE_OK ? refresh_write_rules(definition, id) : code;
}

int catalog_describe_view(struct database *database, int64_t view,
                          const struct column *columns, int column_count,
                          const char *const *origin_key, int origin_key_count) {
  struct arena arena;
  struct definition definition;
  int code = catalog_ensure(database);
  if (code != TIDE_OK)
    return code;
  const struct relation *relation = catalog_find_id(database, view);
  if (relation == NULL || relation->view == NULL || relation->view->origin == NULL)
    return error_set(database->error, TIDE_ERROR_MISUSE, "this is not a foreign view");
  if (is_described_so(relation, columns, column_count, origin_key, origin_key_count))
    return TIDE_OK;
  arena_init(&arena, database->memory);
  code = define_begin(&definition, database, &arena);
  if (code == TIDE_OK)
    code =
        define_end(&definition, describe(&definition, relation, columns, column_count,
                                         origin_key, origin_key_count));
  arena_deinit(&arena);
  return code;
}

/* What a write without the column gives it. */
static const char *generated_default(const struct column *column) {
  return !column->type.array && column->type.id == TYPE_UUID ? "gen_random_uuid()"
                                                             : NULL;
}

static bool is_staged(const struct column *column) {
  enum type_id id = column->type.id;
  return !column->type.array &&
         (id == TYPE_SMALLINT || id == TYPE_INTEGER || id == TYPE_BIGINT);
}

static int set_generated(struct definition *definition, const struct relation *view,
                         const bool *generated) {
  const struct write_path *path = view->view->write_path;
  int code = TIDE_OK;
  for (int i = 0; i < path->key_count && code == TIDE_OK; i++) {
    const struct column *column = &view->columns[path->key[i]];
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET identity = ?, expression = ?"
                          " WHERE relation_id = ? AND position = ?",
                          "isii", (int64_t)(generated[i] && is_staged(column)),
                          generated[i] ? generated_default(column) : NULL, view->id,
                          column->position);
  }
  return code == TIDE_OK ? define_reload(definition) : code;
}

static bool is_generated_so(const struct relation *view, const bool *generated) {
  const struct write_path *path = view->view->write_path;
  for (int i = 0; i < path->key_count; i++) {
    const struct column *column = &view->columns[path->key[i]];
    if (column->identity != (generated[i] && is_staged(column)) ||
        (column->default_sql != NULL) !=
            (generated[i] && generated_default(column) != NULL))
      return false;
  }
  return true;
}

int catalog_set_generated(struct database *database, int64_t view,
                          const bool *generated) {
  struct arena arena;
  struct definition definition;
  const struct relation *relation = catalog_find_id(database, view);
  if (is_generated_so(relation, generated))
    return TIDE_OK;
  arena_init(&arena, database->memory);
  int code = define_begin(&definition, database, &arena);
  if (code == TIDE_OK)
    code = define_end(&definition, set_generated(&definition, relation, generated));
  arena_deinit(&arena);
  return code;
}
