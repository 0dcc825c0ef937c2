/* What the catalog's tables hold of a view: written anew whenever its query, options or origin change. */
#include <string.h>

#include "catalog/follow.h"
#include "catalog/view_internal.h"
#include "sql/parse.h"
#include "sql/walk.h"

const char *view_mode_name(enum sql_view_mode mode) {
  static const char *const names[] = {
      [SQL_RUNTIME] = "runtime",
      [SQL_MATERIALIZED_VIEW] = "materialized",
      [SQL_REALTIME] = "realtime",
  };
  return names[mode];
}

int parse_view_query(struct definition *definition, const char *text,
                     struct sql_node **query) {
  size_t consumed;
  int code = sql_parse(definition->arena, text, strlen(text), SQL_DIALECT_POSTGRES,
                       query, &consumed, definition->error);
  if (code == TIDE_OK && *query == NULL)
    code = error_set(definition->error, TIDE_ERROR_CORRUPT,
                     "the catalog holds a view without a query");
  return code;
}

/* --- the view's own row --- */

static const char *number_text(struct definition *definition, int64_t value) {
  return value < 0 ? NULL : arena_format(definition->arena, "%lld", (long long)value);
}

int record_view_options(struct definition *definition, int64_t id,
                        const struct view_options *options, const char *origin) {
  return database_write(
      definition->database,
      "UPDATE __tidemark_views SET replication_origin = ?, inherits = ?, origin = ?,"
      " join_pushdown_size = CAST(? AS INTEGER), join_memoization = CAST(? AS INTEGER),"
      " write_policy = ?, upstream_mvcc_key = ?, conflict_granularity = ?,"
      " time_refresh = ? WHERE relation_id = ?",
      "sisssssssi", options->inherits ? "INHERIT" : options->replication_origin,
      (int64_t)options->inherits, origin,
      number_text(definition, options->join_pushdown_size),
      number_text(definition, options->join_memoization), options->write_policy,
      options->upstream_mvcc_key, options->conflict_granularity, options->time_refresh,
      id);
}

static int record_row(struct definition *definition, const struct view_record *record,
                      const char *query, const char *origin) {
  int code =
      database_write(definition->database,
                     "INSERT INTO __tidemark_views (relation_id, mode, query, "
                     "inherits) VALUES (?, ?, ?, 0)"
                     " ON CONFLICT (relation_id) DO UPDATE SET mode = excluded.mode,"
                     " query = excluded.query, described = 0, filled = 0",
                     "iss", record->id, view_mode_name(record->mode), query);
  return code == TIDE_OK
             ? record_view_options(definition, record->id, &record->options, origin)
             : code;
}

static const char *effective_origin(struct definition *definition,
                                    const struct view_record *record) {
  if (!record->options.inherits)
    return record->options.replication_origin;
  const struct schema *schema =
      catalog_find_schema(definition->database, record->schema);
  return schema == NULL ? NULL : schema->default_replication_origin;
}

/* --- columns --- */

/* The columns of its indexes are found anew when the others are known: view_settle_indexes. */
static int forget_columns(struct definition *definition, int64_t id) {
  int code =
      database_write(definition->database,
                     "DELETE FROM __tidemark_columns WHERE relation_id = ?", "i", id);
  return code == TIDE_OK
             ? database_write(definition->database,
                              "DELETE FROM __tidemark_constraints WHERE relation_id = ?"
                              " AND kind IN ('unique index', 'partial index')",
                              "i", id)
             : code;
}

static int record_mapping(struct definition *definition, int64_t id,
                          const struct column *column, bool named,
                          const char *origin_column) {
  return database_write(
      definition->database,
      "UPDATE __tidemark_columns SET named = ?, told = ?, origin_column = ?"
      " WHERE relation_id = ? AND position = ?",
      "issii", (int64_t)named, column->told, origin_column, id, column->position);
}

static int duplicate_column(struct definition *definition, const struct column *columns,
                            int index) {
  for (int i = 0; i < index; i++) {
    if (same_letters(columns[i].name, columns[index].name))
      return error_set(definition->error, TIDE_ERROR_DUPLICATE_COLUMN,
                       "column %q specified more than once", columns[index].name);
  }
  return TIDE_OK;
}

/* What foreign views that keep rows have beside the columns of their query. */
static int record_hidden_columns(struct definition *definition, int64_t id, int count) {
  const struct column hidden[] = {
      {.position = count + 1,
       .name = "__staged",
       .type = TYPE(TYPE_BOOLEAN),
       .hidden = true},
      {.position = count + 2,
       .name = "__version",
       .type = TYPE(TYPE_TEXT),
       .hidden = true},
  };
  int code = record_column(definition, id, &hidden[0]);
  return code == TIDE_OK ? record_column(definition, id, &hidden[1]) : code;
}

/* `names`: how many of the first columns the view's column list named. */
int record_view_columns(struct definition *definition, int64_t id,
                        struct column *columns, int count, int names,
                        const struct write_rule *rule, bool hidden) {
  int code = forget_columns(definition, id);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    columns[i].position = i + 1;
    code = duplicate_column(definition, columns, i);
    if (code == TIDE_OK)
      code = record_column(definition, id, &columns[i]);
    if (code == TIDE_OK)
      code = record_mapping(definition, id, &columns[i], i < names,
                            rule->reason == NULL ? rule->columns[i] : NULL);
  }
  if (code == TIDE_OK && hidden)
    code = record_hidden_columns(definition, id, count);
  return code == TIDE_OK ? comments_keep_columns(definition, id) : code;
}

/* The columns of a foreign view are not known yet: only the names that the column list gives are kept. */
static int record_names(struct definition *definition, int64_t id,
                        const struct sql_node *names) {
  int code = forget_columns(definition, id);
  for (uint32_t i = 0; names != NULL && i < names->count && code == TIDE_OK; i++) {
    code =
        define_check_name(definition, names->child[i], "column", names->child[i]->text);
    if (code == TIDE_OK)
      code =
          database_write(definition->database,
                         "INSERT INTO __tidemark_columns (relation_id, position, name, "
                         "type, type_name,"
                         " type_array, type_precision, type_scale, not_null, "
                         "generated, identity, hidden,"
                         " named) VALUES (?, ?, ?, '', '', 0, -1, -1, 0, 0, 0, 0, 1)",
                         "iis", id, (int64_t)i + 1, names->child[i]->text);
  }
  return code;
}

/* --- the write path --- */

int record_write_rule(struct definition *definition, int64_t id, const char *view_name,
                      const struct write_rule *rule) {
  bool writable = rule->reason == NULL;
  int code = database_write(
      definition->database,
      "UPDATE __tidemark_views SET write_schema = ?, write_name = ?,"
      " write_filter = ?, not_updatable_because = ?"
      " WHERE relation_id = ?",
      "ssssi", writable ? rule->schema : NULL, writable ? rule->name : NULL,
      writable ? rule->filter : NULL, rule->reason, id);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "DELETE FROM __tidemark_constraints WHERE relation_id = ?"
                          " AND kind = 'primary key'",
                          "i", id);
  if (code != TIDE_OK || !writable)
    return code;
  int64_t *positions =
      arena_alloc(definition->arena, (size_t)rule->key_count * sizeof *positions);
  const char *name = arena_format(definition->arena, "%s_key", view_name);
  if (positions == NULL || name == NULL)
    return define_nomem(definition);
  for (int i = 0; i < rule->key_count; i++)
    positions[i] = rule->key[i] + 1;
  struct constraint_record record = {.relation = id,
                                     .name = name,
                                     .kind = "primary key",
                                     .count = rule->key_count,
                                     .positions = positions};
  return record_constraint(definition, &record);
}

static int settle_index(struct definition *definition, const struct relation *relation,
                        const struct index *index) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  int code = index_sql(definition, relation, index, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_OK)
    return record_index_key(definition, relation, index);
  if (code == TIDE_ERROR_NOMEM)
    return code;
  error_clear(definition->error);
  return record_drop_index(definition, relation->id, index->name);
}

int view_settle_indexes(struct definition *definition, int64_t id) {
  const struct relation *relation = catalog_find_id(definition->database, id);
  if (relation->column_count == 0 || relation->index_count == 0)
    return TIDE_OK;
  int code = TIDE_OK;
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++)
    code = settle_index(definition, relation, &relation->indexes[i]);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* --- dependencies --- */

static int reads_itself(struct definition *definition, const char *name,
                        const char *others) {
  error_set(definition->error, TIDE_ERROR_CYCLE, "view %q cannot read itself", name);
  if (others)
    error_hint(definition->error, "It would, through %s.", others);
  return TIDE_ERROR_CYCLE;
}

/* Does what the view reads lead back to it? */
static int check_no_cycle(struct definition *definition,
                          const struct view_record *record) {
  sqlite3_stmt *statement = NULL;
  bool found = false;
  int code = database_query(
      definition->database, &statement,
      "WITH RECURSIVE reads (id) AS ("
      "  SELECT source_id FROM __tidemark_dependencies WHERE relation_id = ?1"
      "  UNION SELECT d.source_id FROM __tidemark_dependencies d JOIN reads ON"
      "    d.relation_id = reads.id)"
      ", readers (id) AS (SELECT ?1 UNION SELECT d.relation_id"
      "  FROM __tidemark_dependencies d JOIN readers ON d.source_id = readers.id)"
      " SELECT (SELECT group_concat(r.name, ', ' ORDER BY r.name)"
      "  FROM __tidemark_relations r JOIN reads ON reads.id = r.id"
      "   JOIN readers ON readers.id = r.id WHERE r.id <> ?1)"
      " FROM reads WHERE id = ?1",
      "i", record->id);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, &found);
  if (code == TIDE_OK && found)
    code = reads_itself(definition, record->name,
                        (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return code;
}

static int record_dependencies(struct definition *definition,
                               const struct view_record *record,
                               const struct reference_list *references) {
  int code = database_write(definition->database,
                            "DELETE FROM __tidemark_dependencies WHERE relation_id = ?",
                            "i", record->id);
  for (int i = 0; i < references->count && code == TIDE_OK; i++)
    code = database_write(definition->database,
                          "INSERT INTO __tidemark_dependencies VALUES (?, ?)", "ii",
                          record->id, references->ids[i]);
  return code == TIDE_OK ? check_no_cycle(definition, record) : code;
}

/* --- local views --- */

int view_too_many_names(struct definition *definition, const struct sql_node *names) {
  return error_set_at(definition->error, TIDE_ERROR_SYNTAX, names->position,
                      "CREATE VIEW specifies more column names than columns");
}

static int local_columns(struct definition *definition,
                         const struct view_record *record,
                         const struct binding *binding, struct column **columns) {
  const struct sql_node *names = record->names;
  if (names != NULL && names->count > (uint32_t)binding->result_count)
    return view_too_many_names(definition, names);
  *columns = arena_alloc(definition->arena,
                         (size_t)(binding->result_count + 1) * sizeof **columns);
  if (*columns == NULL)
    return define_nomem(definition);
  for (int i = 0; i < binding->result_count; i++) {
    struct column *column = &(*columns)[i];
    bool named = names != NULL && (uint32_t)i < names->count;
    column->name = named ? names->child[i]->text
                         : arena_string(definition->arena, binding->result_names[i]);
    column->type = binding->result_types[i].id == TYPE_UNKNOWN
                       ? TYPE(TYPE_TEXT)
                       : binding->result_types[i];
    if (column->name == NULL)
      return define_nomem(definition);
    int code = define_check_name(definition, named ? names->child[i] : record->query,
                                 "column", column->name);
    if (code == TIDE_OK && type_storage(column->type) == NULL)
      code = error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED,
                          record->query->position,
                          "column %q has a type that no column can have", column->name);
    if (code != TIDE_OK)
      return code;
  }
  return TIDE_OK;
}

/* Local rows of a system relation change without notice: they cannot be kept. */
static int check_sources(struct definition *definition,
                         const struct view_record *record,
                         const struct reference_list *references) {
  for (int i = 0; i < references->count; i++) {
    if (references->ids[i] == record->id)
      return reads_itself(definition, record->name, NULL);
  }
  if (references->system && record->mode != SQL_RUNTIME)
    return define_unsupported(definition, record->query,
                              "a materialized or realtime view over a system relation");
  return TIDE_OK;
}

/* Views that read this one count on its columns. */
static int check_columns_kept(struct definition *definition,
                              const struct view_record *record,
                              const struct column *columns, int count) {
  int64_t *dependents;
  int dependent_count;
  const struct relation *before = catalog_find_id(definition->database, record->id);
  int code = catalog_dependents(definition->database, definition->arena, record->id,
                                &dependents, &dependent_count);
  if (code != TIDE_OK || before == NULL || dependent_count == 0)
    return code;
  for (int i = 0; i < before->column_count; i++) {
    if (before->columns[i].hidden)
      continue;
    if (i < count && strcmp(before->columns[i].name, columns[i].name) == 0 &&
        type_equal(before->columns[i].type, columns[i].type))
      continue;
    error_set(definition->error, TIDE_ERROR_INVALID_DEFINITION,
              "cannot drop or change column %q of view %q", before->columns[i].name,
              record->name);
    error_hint(definition->error,
               "Other views depend on it: its columns must stay, new ones may follow.");
    return TIDE_ERROR_INVALID_DEFINITION;
  }
  return TIDE_OK;
}

/* With the sources of views that the binder looked through. */
static int add_bound_sources(struct definition *definition, struct binding *binding,
                             const struct sql_node *query,
                             struct reference_list *references) {
  const struct relation **relations;
  int count;
  if (binding->row_type != NULL) { /* nothing would follow the columns */
    error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED,
                 binding->row_type->position,
                 "a view of whole rows of a relation is not supported");
    error_hint(definition->error, "Name the columns: jsonb_build_object(…), or "
                                  "jsonb_to_recordset(…) AS (…).");
    return TIDE_ERROR_NOT_SUPPORTED;
  }
  int code = bind_relations(binding, query, &relations, &count);
  if (code != TIDE_OK)
    return code;
  int64_t *ids = arena_alloc(definition->arena,
                             (size_t)(references->count + count + 1) * sizeof *ids);
  if (ids == NULL)
    return define_nomem(definition);
  if (references->count > 0)
    memcpy(ids, references->ids, (size_t)references->count * sizeof *ids);
  references->ids = ids;
  for (int i = 0; i < count; i++) {
    bool known = relations[i]->kind == RELATION_SYSTEM;
    references->system = references->system || known;
    for (int k = 0; k < references->count; k++)
      known = known || ids[k] == relations[i]->id;
    if (!known)
      ids[references->count++] = relations[i]->id;
  }
  return TIDE_OK;
}

/* The rows of a realtime view have to stay true for as long as its tables do not change. */
static int check_immutable(struct definition *definition,
                           const struct view_record *record,
                           const struct binding *binding) {
  bool writes = (binding->volatility & FUNCTION_WRITES) != 0;
  if (record->mode != SQL_REALTIME || binding->volatility == 0 ||
      (record->options.time_refresh != NULL && !writes))
    return TIDE_OK;
  error_set_at(definition->error, TIDE_ERROR_NOT_IMMUTABLE, record->query->position,
               "a realtime view may only depend on its tables, not on %q",
               binding->not_immutable);
  if (writes)
    return TIDE_ERROR_NOT_IMMUTABLE;
  error_hint(definition->error,
             "WITH (time_refresh = 'external') declares that it is computed anew only "
             "when its tables change and by REFRESH.");
  return TIDE_ERROR_NOT_IMMUTABLE;
}

/* What binding tells of a local view's query. */
struct local_view {
  const char *text;
  struct binding binding;
  struct reference_list references;
  struct column *columns;
  struct write_rule rule;
};

static int bind_local_view(struct definition *definition, struct view_record *record,
                           struct local_view *local) {
  local->binding =
      (struct binding){.database = definition->database, .arena = definition->arena};
  struct sql_node *bound = sql_clone(definition->arena, record->query);
  if (bound == NULL)
    return define_nomem(definition);
  int code = bind_statement(&local->binding, bound);
  if (code == TIDE_OK && local->binding.parameter_count > 0)
    code = error_set_at(definition->error, TIDE_ERROR_UNDEFINED_PARAMETER,
                        record->query->position, "a view cannot have parameters");
  if (code == TIDE_OK)
    code = add_bound_sources(definition, &local->binding, bound, &local->references);
  if (code == TIDE_OK)
    code = check_sources(definition, record, &local->references);
  return code == TIDE_OK ? check_immutable(definition, record, &local->binding) : code;
}

int view_check_query(struct definition *definition, struct view_record *record) {
  struct local_view local = {0};
  return record->mode == SQL_REALTIME && record->options.time_refresh == NULL
             ? bind_local_view(definition, record, &local)
             : TIDE_OK;
}

static int read_local_view(struct definition *definition, struct view_record *record,
                           struct local_view *local) {
  /* An inheriting view may come to run at an origin: its text stays as it was written. */
  int code = find_references(definition, record->query, !record->options.inherits,
                             &local->references);
  if (code == TIDE_OK)
    code = check_sources(definition, record, &local->references);
  if (code == TIDE_OK)
    code = tree_text(definition, record->query, &local->text);
  if (code == TIDE_OK)
    code = bind_local_view(definition, record, local);
  if (code == TIDE_OK)
    code = local_columns(definition, record, &local->binding, &local->columns);
  int count = local->binding.result_count;
  if (code == TIDE_OK)
    code = check_columns_kept(definition, record, local->columns, count);
  return code == TIDE_OK
             ? rule_of_local_view(definition, record->query, count, &local->rule)
             : code;
}

/* A star in the query of a view that reads one with more columns now stands for what it stood for. */
static int begin_following(struct definition *definition, int64_t id, int count,
                           struct followers *followers, bool *follows) {
  const struct relation *before = catalog_find_id(definition->database, id);
  int visible = 0;
  for (int i = 0; before != NULL && i < before->column_count; i++)
    visible += !before->columns[i].hidden;
  *follows = visible > 0 && visible < count;
  return *follows ? follow_begin(definition, before, followers) : TIDE_OK;
}

static int record_local_view(struct definition *definition, struct view_record *record,
                             struct followers *followers, bool *follows) {
  struct local_view local = {0};
  int code = read_local_view(definition, record, &local);
  if (code == TIDE_OK)
    code = begin_following(definition, record->id, local.binding.result_count,
                           followers, follows);
  if (code == TIDE_OK)
    code = record_row(definition, record, local.text, NULL);
  if (code == TIDE_OK)
    code = record_view_columns(
        definition, record->id, local.columns, local.binding.result_count,
        record->names == NULL ? 0 : (int)record->names->count, &local.rule, false);
  if (code == TIDE_OK)
    code = record_write_rule(definition, record->id, record->name, &local.rule);
  return code == TIDE_OK ? record_dependencies(definition, record, &local.references)
                         : code;
}

/* The query of a view that reads a redefined one means something else now. */
static int rebind(struct definition *definition, const struct relation *view) {
  struct view_record record;
  struct local_view local = {0};
  int code = read_view_record(definition, view, &record);
  if (code == TIDE_OK)
    code = find_references(definition, record.query, false, &local.references);
  if (code == TIDE_OK)
    code = bind_local_view(definition, &record, &local);
  if (code == TIDE_OK)
    return record_dependencies(definition, &record, &local.references);
  error_hint(definition->error, "View %q depends on it.", record.name);
  return code;
}

static int rebind_dependents(struct definition *definition, int64_t id) {
  int64_t *dependents;
  int count;
  int code = catalog_dependents(definition->database, definition->arena, id,
                                &dependents, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *view = catalog_find_id(definition->database, dependents[i]);
    if (view == NULL || view->view == NULL || view->view->origin != NULL)
      continue;
    code = rebind(definition, view);
    if (code == TIDE_OK)
      code = rebind_dependents(definition, dependents[i]);
  }
  return code;
}

/* --- foreign views --- */

static int record_foreign_view(struct definition *definition,
                               struct view_record *record, const char *origin) {
  struct reference_list none = {0};
  struct write_rule rule;
  const char *text;
  if (record->options.time_refresh != NULL)
    return error_set(definition->error, TIDE_ERROR_INVALID_PARAMETER,
                     "option \"time_refresh\" is for local views only");
  int code = tree_text(definition, record->query, &text);
  if (code == TIDE_OK)
    code = rule_of_foreign_view(definition, record->query, NULL, 0, NULL, 0, &rule);
  if (code == TIDE_OK)
    code = record_row(definition, record, text, origin);
  if (code == TIDE_OK)
    code = record_write_rule(definition, record->id, record->name, &rule);
  if (code == TIDE_OK)
    code = record_names(definition, record->id, record->names);
  return code == TIDE_OK ? record_dependencies(definition, record, &none) : code;
}

/* --- any view --- */

static enum sql_walk refuse_locking(const struct sql_node *node, void *context) {
  if (node->kind != SQL_LOCKING)
    return SQL_WALK_ON;
  define_unsupported(context, node, "locking rows (FOR UPDATE, FOR SHARE) in a view");
  return SQL_WALK_STOP;
}

/* A view may come to run at an origin, where reading it would hold up others. */
static int check_no_locking(struct definition *definition,
                            const struct view_record *record) {
  return sql_walk(record->query, refuse_locking, definition) ? TIDE_OK
                                                             : definition->error->code;
}

int record_view(struct definition *definition, struct view_record *record) {
  const char *origin = effective_origin(definition, record);
  struct followers followers;
  bool follows = false;
  int code = check_no_locking(definition, record);
  if (code != TIDE_OK)
    return code;
  code = origin == NULL ? record_local_view(definition, record, &followers, &follows)
                        : record_foreign_view(definition, record, origin);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK && follows)
    code = follow_addition(definition, &followers);
  if (code == TIDE_OK)
    code = view_settle_indexes(definition, record->id);
  if (code == TIDE_OK && record->mode == SQL_RUNTIME)
    code = rebind_dependents(definition, record->id);
  return code == TIDE_OK ? refresh_write_rules(definition, record->id) : code;
}
