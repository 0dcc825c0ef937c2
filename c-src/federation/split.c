/* Cuts a bound query into what each origin is asked for and what is left to run here.
 *
 * Every reference to a foreign runtime view becomes one request,
 *     SELECT the columns needed FROM (the view's query) WHERE the filters that the origin can evaluate [ORDER BY … LIMIT …]
 * and the reference reads the staged answer instead. Filters stay in the local part as well, so what is pushed only has
 * to be implied by it.
 */
#include <stdlib.h>
#include <string.h>

#include "catalog/lower.h"
#include "federation/split.h"
#include "sql/parse.h"
#include "sql/walk.h"
#include "sync/session.h"

/* --- finding the references ------------------------------------------------------------------- */

static bool is_remote(const struct sql_node *node) {
  if (node->kind != SQL_TABLE_REFERENCE || !node->bound)
    return false;
  const struct relation *relation = node->bound;
  return relation_is_foreign(relation) && !relation_keeps_rows(relation);
}

static int add_remote(struct split *split, struct sql_node *query,
                      struct sql_node *select, struct sql_node *reference,
                      bool nullable, bool preserved, struct sql_node *on) {
  struct remote *remote = arena_alloc(split->arena, sizeof *remote);
  if (!remote)
    return TIDE_ERROR_NOMEM;
  *remote = (struct remote){.next = split->remotes,
                            .reference = reference,
                            .query = query,
                            .select = select,
                            .view = reference->bound,
                            .nullable = nullable,
                            .preserved = preserved,
                            .on = on};
  remote->needed = arena_alloc(split->arena, (size_t)remote->view->column_count + 1);
  if (!remote->needed)
    return TIDE_ERROR_NOMEM;
  split->remotes = remote;
  return TIDE_OK;
}

static int find_in_query(struct split *split, struct sql_node *node);

/* An item of FROM: joins are gone through with what their kind means for each side. */
static int find_in_from(struct split *split, struct sql_node *query,
                        struct sql_node *select, struct sql_node *item, bool nullable,
                        bool preserved, struct sql_node *on) {
  if (is_remote(item))
    return add_remote(split, query, select, item, nullable, preserved, on);
  if (item->kind != SQL_JOIN)
    return find_in_query(split, item);
  bool left_outer = item->op == SQL_LEFT_OUTER || item->op == SQL_FULL_OUTER;
  bool right_outer = item->op == SQL_RIGHT_OUTER || item->op == SQL_FULL_OUTER;
  struct sql_node *condition = item->child[JOIN_ON];
  struct sql_node *left_on = on, *right_on = on;
  if (condition) {
    /* ON filters a side only where a row of it that fails is not shown all the same */
    struct sql_node *both = sql_node_new(split->arena, SQL_LIST, 0);
    for (uint32_t i = 0; both && on && i < on->count; i++)
      both = sql_list_append(split->arena, both, on->child[i]);
    if (!both || push_conjuncts(split->arena, condition, both) != TIDE_OK)
      return TIDE_ERROR_NOMEM;
    if (!left_outer)
      left_on = both;
    if (!right_outer)
      right_on = both;
    int rc = find_in_query(split, condition);
    if (rc != TIDE_OK)
      return rc;
  }
  int rc = find_in_from(split, query, select, item->child[JOIN_LEFT],
                        nullable || right_outer, preserved || left_outer, left_on);
  return rc == TIDE_OK
             ? find_in_from(split, query, select, item->child[JOIN_RIGHT],
                            nullable || left_outer, preserved || right_outer, right_on)
             : rc;
}

static int find_in_select(struct split *split, struct sql_node *query,
                          struct sql_node *select) {
  struct sql_node *from = select->child[SELECT_FROM];
  for (uint32_t i = 0; from && i < from->count; i++) {
    int rc = find_in_from(split, query, select, from->child[i], false, false, NULL);
    if (rc != TIDE_OK)
      return rc;
  }
  for (uint32_t i = 0; i < select->count; i++) {
    if (i == SELECT_FROM || !select->child[i])
      continue;
    int rc = find_in_query(split, select->child[i]);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* Any other node: looks for SELECTs below it. */
static int find_in_query(struct split *split, struct sql_node *node) {
  for (uint32_t i = 0; i < node->count; i++) {
    struct sql_node *child = node->child[i];
    if (!child)
      continue;
    bool body = node->kind == SQL_QUERY && i == QUERY_BODY;
    int rc = child->kind == SQL_SELECT
                 ? find_in_select(split, body ? node : NULL, child)
             : is_remote(child) ? add_remote(split, NULL, NULL, child, true, true, NULL)
                                : find_in_query(split, child);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

static enum sql_walk mark_needed(const struct sql_node *node, void *context) {
  struct remote *remote = context;
  if (node->kind == SQL_COLUMN && node->bound == remote->reference &&
      node->bound_index >= 0 && node->bound_index < remote->view->column_count)
    remote->needed[node->bound_index] = true;
  return SQL_WALK_ON;
}

/* count(*) needs no column, but a row has to have one. */
static void need_one(struct remote *remote) {
  for (int i = 0; i < remote->view->column_count; i++)
    if (remote->needed[i])
      return;
  remote->needed[0] = true;
}

/* --- the request ------------------------------------------------------------------------------ */

static struct sql_node *qualify(struct sql_node *node, void *context) {
  const struct remote *remote = context;
  if (node->kind == SQL_COLUMN && node->child[0])
    node->child[0]->text = remote->view->name;
  return node;
}

/* A copy that calls the view by its own name, whatever it is called in the statement: so that equal requests look equal. */
static struct sql_node *clone_qualified(struct arena *arena,
                                        const struct remote *remote,
                                        const struct sql_node *node) {
  struct sql_node *clone = sql_clone(arena, node);
  return clone ? sql_rewrite(clone, qualify, (void *)(uintptr_t)remote) : NULL;
}

static struct sql_node *column_of(struct arena *arena, const struct remote *remote,
                                  int column) {
  struct sql_node *node =
      sql_node_text(arena, SQL_COLUMN, 0, remote->view->columns[column].name);
  struct sql_node *name = sql_node_text(arena, SQL_NAME, 0, remote->view->name);
  if (node)
    node->child[0] = name;
  return node;
}

static struct sql_node *needed_columns(struct arena *arena,
                                       const struct remote *remote) {
  struct sql_node *results = sql_node_new(arena, SQL_LIST, 0);
  for (int i = 0; i < remote->view->column_count; i++) {
    if (!remote->needed[i])
      continue;
    struct sql_node *result = sql_node_new(arena, SQL_RESULT, 0);
    if (!result)
      return NULL;
    result->child[0] = column_of(arena, remote, i);
    results = sql_list_append(arena, results, result);
  }
  return results;
}

/* (the view's query) AS view (its columns by the names they have here) */
static struct sql_node *view_as_source(struct split *split,
                                       const struct remote *remote) {
  struct arena *arena = split->arena;
  const char *text = remote->view->view->query_sql;
  size_t consumed;
  struct sql_node *query;
  if (sql_parse(arena, text, strlen(text), SQL_DIALECT_POSTGRES, &query, &consumed,
                split->database->error) != TIDE_OK)
    return NULL;
  struct sql_node *source =
      sql_node_text(arena, SQL_SUBQUERY_REFERENCE, 0, remote->view->name);
  struct sql_node *columns = sql_node_new(arena, SQL_LIST, 0);
  for (int i = 0; i < remote->view->column_count; i++)
    if (!remote->view->columns[i].hidden)
      columns = sql_list_append(
          arena, columns,
          sql_node_text(arena, SQL_NAME, 0, remote->view->columns[i].name));
  if (arena->failed)
    return NULL;
  source->child[REFERENCE_SOURCE] = query;
  source->child[REFERENCE_COLUMNS] = columns;
  return source;
}

/* All filters on this reference alone that its origin can evaluate; *complete tells whether that is the whole of WHERE. */
static int pushed_filter(struct split *split, const struct remote *remote,
                         struct sql_node **filter, bool *complete) {
  struct arena *arena = split->arena;
  struct sql_node *conjuncts = sql_node_new(arena, SQL_LIST, 0);
  *filter = NULL;
  *complete = true;
  if (!conjuncts || !remote->select)
    return conjuncts ? TIDE_OK : TIDE_ERROR_NOMEM;
  int rc = TIDE_OK;
  /* WHERE sees the NULLs of an outer join, which the origin does not make */
  if (!remote->nullable)
    rc = push_conjuncts(arena, remote->select->child[SELECT_WHERE], conjuncts);
  else
    *complete = !remote->select->child[SELECT_WHERE];
  for (uint32_t i = 0; remote->on && i < remote->on->count; i++)
    conjuncts = sql_list_append(arena, conjuncts, remote->on->child[i]);
  for (uint32_t i = 0; rc == TIDE_OK && i < conjuncts->count; i++) {
    enum push push = push_possible(conjuncts->child[i], remote->reference,
                                   origin_dialect(remote->view->view->origin));
    /* sessions of origins are in UTC */
    if (split->binding->zone && bind_reads_zone(conjuncts->child[i]))
      push = PUSH_NOT;
    if (push != PUSH_NOT)
      *filter =
          sql_and(arena, *filter, clone_qualified(arena, remote, conjuncts->child[i]));
    if (push != PUSH_EXACTLY)
      *complete = false;
  }
  return rc == TIDE_OK && arena->failed ? TIDE_ERROR_NOMEM : rc;
}

/* --- LIMIT ------------------------------------------------------------------------------------ */

/* A constant or parameter as a number of rows; -1: not known. */
static int64_t row_limit(const struct split *split, const struct sql_node *node) {
  if (!node)
    return -1;
  while (node->kind == SQL_CAST)
    node = node->child[CAST_OPERAND];
  if (node->kind == SQL_INTEGER) {
    int64_t value = 0;
    for (const char *c = node->text; *c && value < INT32_MAX; c++)
      value = value * 10 + (*c - '0');
    return value;
  }
  if (node->kind != SQL_PARAMETER || node->index > split->parameters->count)
    return -1;
  const struct block_cell *cell = &split->parameters->values[node->index - 1];
  bool integer = cell->tag == BLOCK_INTEGER || cell->tag == BLOCK_BIG_INTEGER;
  return integer && cell->integer >= 0 && cell->integer < INT32_MAX ? cell->integer
                                                                    : -1;
}

/* What a key of ORDER BY stands for: the number of a result is that result. */
static const struct sql_node *order_key(const struct remote *remote,
                                        const struct sql_node *item) {
  const struct sql_node *results = remote->select->child[SELECT_RESULTS];
  const struct sql_node *key = item->child[0];
  if (key->kind != SQL_INTEGER)
    return key;
  unsigned long number = strtoul(key->text, NULL, 10);
  return number >= 1 && number <= results->count ? results->child[number - 1]->child[0]
                                                 : key;
}

static bool sorts_alike(const struct remote *remote, const struct sql_node *order) {
  for (uint32_t i = 0; order && i < order->count; i++) {
    const struct sql_node *key = order_key(remote, order->child[i]);
    if (key->kind != SQL_COLUMN || key->bound != remote->reference)
      return false;
    if (key->type.id == TYPE_TEXT || key->type.id == TYPE_VARCHAR ||
        key->type.id == TYPE_CHAR || key->type.id == TYPE_JSON ||
        key->type.id == TYPE_JSONB || key->type.array)
      return false;
  }
  return true;
}

static enum sql_walk find_aggregate(const struct sql_node *node, void *context) {
  bool *found = context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  /* a function that returns a set makes none or many rows of one */
  if (function &&
      (function->flags & (FUNCTION_AGGREGATE | FUNCTION_WINDOW | FUNCTION_SET)))
    *found = true;
  return *found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool has_aggregate(const struct sql_node *select) {
  bool found = false;
  sql_walk(select->child[SELECT_RESULTS], find_aggregate, &found);
  return found;
}

/* Does every row of the answer become a row of the result, in the origin's order? */
static bool limit_possible(const struct remote *remote, bool complete) {
  const struct sql_node *select = remote->select;
  if (!remote->query || !complete || !remote->query->child[QUERY_LIMIT] ||
      remote->query->flags & SQL_TIES)
    return false;
  const struct sql_node *from = select->child[SELECT_FROM];
  return from->count == 1 && from->child[0] == remote->reference &&
         !select->child[SELECT_GROUP] && !select->child[SELECT_HAVING] &&
         !select->child[SELECT_DISTINCT_ON] && !(select->flags & SQL_DISTINCT) &&
         !has_aggregate(select) &&
         sorts_alike(remote, remote->query->child[QUERY_ORDER]);
}

static int add_limit(struct split *split, const struct remote *remote,
                     struct sql_node *request) {
  int64_t limit = row_limit(split, remote->query->child[QUERY_LIMIT]);
  int64_t offset = remote->query->child[QUERY_OFFSET]
                       ? row_limit(split, remote->query->child[QUERY_OFFSET])
                       : 0;
  if (limit < 0 || offset < 0)
    return TIDE_OK;
  /* OFFSET is left to the local part: the origin sends the rows before it, too */
  char *rows = arena_format(split->arena, "%lld", (long long)(limit + offset));
  if (!rows)
    return TIDE_ERROR_NOMEM;
  request->child[QUERY_LIMIT] = sql_node_text(split->arena, SQL_INTEGER, 0, rows);
  const struct sql_node *order = remote->query->child[QUERY_ORDER];
  if (order)
    request->child[QUERY_ORDER] = sql_clone(split->arena, order);
  for (uint32_t i = 0; order && !split->arena->failed && i < order->count; i++)
    request->child[QUERY_ORDER]->child[i]->child[0] =
        clone_qualified(split->arena, remote, order_key(remote, order->child[i]));
  return split->arena->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

static int build_request(struct split *split, const struct remote *remote,
                         struct sql_node *keys, struct sql_node **request) {
  struct arena *arena = split->arena;
  struct sql_node *filter;
  bool complete;
  int rc = pushed_filter(split, remote, &filter, &complete);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *query = sql_node_new(arena, SQL_QUERY, 0);
  struct sql_node *select = sql_node_new(arena, SQL_SELECT, 0);
  struct sql_node *from = sql_node_new(arena, SQL_LIST, 0);
  struct sql_node *source = view_as_source(split, remote);
  if (arena->failed || !source)
    return split->database->error->code ? split->database->error->code
                                        : TIDE_ERROR_NOMEM;
  select->child[SELECT_RESULTS] = needed_columns(arena, remote);
  select->child[SELECT_FROM] = sql_list_append(arena, from, source);
  select->child[SELECT_WHERE] = sql_and(arena, filter, keys);
  query->child[QUERY_BODY] = select;
  *request = query;
  if (remote->select && limit_possible(remote, complete))
    rc = add_limit(split, remote, query);
  return rc == TIDE_OK && arena->failed ? TIDE_ERROR_NOMEM : rc;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* The reference reads the staged rows: a relation like the view, but a table of that name. */
static int read_stage(struct split *split, struct remote *remote, int64_t number) {
  struct relation *staged = arena_alloc(split->arena, sizeof *staged);
  char *name = arena_alloc(split->arena, 32);
  if (!name || !staged)
    return TIDE_ERROR_NOMEM;
  fetch_stage_name(name, number);
  *staged = *remote->view;
  staged->kind = RELATION_TABLE;
  staged->view = NULL;
  staged->key_count = 0;
  staged->stored = name;
  remote->reference->bound = staged;
  return TIDE_OK;
}

static int print_request(struct split *split, const struct remote *remote,
                         const struct sql_node *request,
                         const struct parameters *parameters, struct buffer *sql,
                         struct buffer *data) {
  struct block_writer writer;
  block_writer_init(&writer, split->database->memory, 0);
  int rc = parameters_print(split->database, request, remote->view->view->origin,
                            parameters, &writer, sql);
  if (rc == TIDE_OK && sql->failed)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = block_finish(&writer, data);
  block_writer_deinit(&writer);
  return rc;
}

static int count_needed(const struct remote *remote) {
  int count = 0;
  for (int i = 0; i < remote->view->column_count; i++)
    count += remote->needed[i];
  return count;
}

static int send_request(struct split *split, struct fetches *fetches,
                        struct remote *remote, const struct sql_node *request,
                        const struct parameters *parameters) {
  struct database *database = split->database;
  struct buffer sql, data, columns;
  int64_t number;
  buffer_init(&sql, database->memory);
  buffer_init(&data, database->memory);
  buffer_init(&columns, database->memory);
  stage_columns(&columns, remote->view, remote->needed);
  int rc = print_request(split, remote, request, parameters, &sql, &data);
  if (rc == TIDE_OK && columns.failed)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = fetches_add(database, fetches, remote->view, "read", buffer_string(&sql),
                     &data, buffer_string(&columns), count_needed(remote),
                     remote->view->view->join_memoization, &number);
  if (rc == TIDE_OK)
    rc = read_stage(split, remote, number);
  buffer_deinit(&sql);
  buffer_deinit(&data);
  buffer_deinit(&columns);
  return rc;
}

/* The statement's parameters and one more: the keys that are known here. */
static int add_parameter(struct split *split, const struct buffer *keys,
                         struct parameters *parameters) {
  int count = split->parameters->count;
  struct block_cell *values =
      arena_alloc(split->arena, (size_t)(count + 1) * sizeof *values);
  if (!values)
    return TIDE_ERROR_NOMEM;
  if (count > 0)
    memcpy(values, split->parameters->values, (size_t)count * sizeof *values);
  values[count] = (struct block_cell){
      .tag = BLOCK_TEXT, .text = buffer_string(keys), .length = keys->length};
  *parameters = (struct parameters){count + 1, values};
  return TIDE_OK;
}

static int ask(struct split *split, struct fetches *fetches, struct remote *remote) {
  struct sql_node *request, *condition;
  struct buffer keys;
  struct parameters parameters = *split->parameters;
  buffer_init(&keys, split->database->memory);
  int rc = semi_join_keys(split, remote, &keys, &condition);
  if (rc == TIDE_OK && condition)
    rc = add_parameter(split, &keys, &parameters);
  if (rc == TIDE_OK)
    rc = build_request(split, remote, condition, &request);
  if (rc == TIDE_OK)
    rc = send_request(split, fetches, remote, request, &parameters);
  buffer_deinit(&keys);
  return rc;
}

static int find_remotes(struct split *split, struct sql_node *statement) {
  int rc = find_in_query(split, statement);
  for (struct remote *remote = split->remotes; rc == TIDE_OK && remote;
       remote = remote->next) {
    sql_walk(statement, mark_needed, remote);
    need_one(remote);
  }
  return rc;
}

int federation_split(struct database *database, struct binding *binding,
                     struct sql_node *statement, const struct parameters *parameters,
                     struct fetches **fetches) {
  struct split split = {.database = database,
                        .binding = binding,
                        .arena = binding->arena,
                        .parameters = parameters};
  *fetches = NULL;
  int rc = find_remotes(&split, statement);
  if (rc != TIDE_OK || !split.remotes)
    return rc;
  *fetches = fetches_new(database);
  if (!*fetches)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  for (struct remote *remote = split.remotes; rc == TIDE_OK && remote;
       remote = remote->next)
    rc = ask(&split, *fetches, remote);
  if (rc == TIDE_OK)
    return TIDE_OK;
  federation_end(database, *fetches);
  *fetches = NULL;
  return rc;
}

/* --- EXPLAIN ---------------------------------------------------------------------------------- */

static int explain_remote(struct split *split, struct remote *remote,
                          struct buffer *out) {
  struct sql_node *request;
  struct buffer sql, data;
  buffer_init(&sql, split->database->memory);
  buffer_init(&data, split->database->memory);
  int rc = build_request(split, remote, NULL, &request);
  if (rc == TIDE_OK)
    rc = print_request(split, remote, request, split->parameters, &sql, &data);
  if (rc == TIDE_OK)
    buffer_format(out, "at %s: %s\n", remote->view->view->origin, buffer_string(&sql));
  if (rc == TIDE_OK)
    rc = read_stage(split, remote, (int64_t)remote->reference->position + 1);
  buffer_deinit(&sql);
  buffer_deinit(&data);
  return rc;
}

int federation_explain(struct database *database, struct binding *binding,
                       struct sql_node *statement, struct buffer *out) {
  const struct parameters none = {0, NULL};
  struct split split = {.database = database,
                        .binding = binding,
                        .arena = binding->arena,
                        .parameters = &none};
  int rc = find_remotes(&split, statement);
  for (struct remote *remote = split.remotes; rc == TIDE_OK && remote;
       remote = remote->next)
    rc = explain_remote(&split, remote, out);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *lowered = lower_statement(binding, statement);
  if (!lowered)
    return database->error->code ? database->error->code : TIDE_ERROR_NOMEM;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  rc = lower_print(binding, lowered, &sql);
  if (rc == TIDE_OK)
    buffer_format(out, "here: %s\n", buffer_string(&sql));
  if (rc == TIDE_OK && (sql.failed || out->failed))
    rc = TIDE_ERROR_NOMEM;
  buffer_deinit(&sql);
  return rc;
}
