/* Finds the shape of a live query: what is lifted out of it, and how its rows are kept. */
#include <stdlib.h>
#include <string.h>

#include "catalog/lower.h"
#include "sql/print.h"
#include "sql/walk.h"
#include "view/live_inspection.h"

int live_no_memory(struct inspection *inspection) {
  return error_set(inspection->database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- what a tree holds --- */

static enum sql_walk note(const struct sql_node *node, void *context) {
  struct content *content = context;
  switch (node->kind) {
  case SQL_QUERY: content->query = true; break;
  case SQL_PARAMETER: content->parameter = true; break;
  case SQL_COLUMN: content->column = true; break;
  case SQL_COLLATE: content->collation = true; break;
  case SQL_CALL: content->window |= node->child[CALL_OVER] != NULL; break;
  default: break;
  }
  return SQL_WALK_ON;
}

struct content live_content(const struct sql_node *node) {
  struct content content = {0};
  if (node)
    sql_walk(node, note, &content);
  return content;
}

bool live_reads_stored(const struct live_query *query) {
  for (int i = 0; i < query->relation_count; i++)
    if (query->relations[i]->kind == RELATION_SYSTEM ||
        !relation_keeps_rows(query->relations[i]))
      return false;
  return query->relation_count > 0;
}

static bool reads_one_relation(const struct inspection *inspection) {
  const struct sql_node *query = inspection->bound;
  const struct sql_node *select = inspection->bound_select;
  struct content content = {0};
  for (uint32_t i = 0; i < query->count; i++)
    if (query->child[i])
      sql_walk(query->child[i], note, &content);
  const struct sql_node *from = select ? select->child[SELECT_FROM] : NULL;
  return from && from->count == 1 && from->child[0]->kind == SQL_TABLE_REFERENCE &&
         from->child[0]->bound && !content.query;
}

bool live_is_grouped(const struct sql_node *select) {
  return select->bound_index == 1 || select->child[SELECT_GROUP] ||
         select->child[SELECT_HAVING];
}

bool live_is_rowwise(const struct sql_node *bound) {
  const struct sql_node *select = bound->child[QUERY_BODY];
  if (bound->kind != SQL_QUERY || bound->child[QUERY_WITH] || live_has_window(bound) ||
      select->kind != SQL_SELECT || live_is_grouped(select) ||
      (select->flags & SQL_DISTINCT) || select->child[SELECT_DISTINCT_ON] ||
      !select->child[SELECT_FROM] || select->child[SELECT_FROM]->count != 1)
    return false;
  const struct sql_node *reference = select->child[SELECT_FROM]->child[0];
  struct content content = live_content(select);
  struct content order = live_content(bound->child[QUERY_ORDER]);
  return reference->kind == SQL_TABLE_REFERENCE && reference->bound && !content.query &&
         !content.window && !order.query && !order.window;
}

/* --- conjuncts --- */

static bool is_and(const struct sql_node *node) {
  return node->kind == SQL_BINARY && strcmp(node->text, "and") == 0;
}

static int count_conjuncts(const struct sql_node *node) {
  if (!node)
    return 0;
  return is_and(node)
             ? count_conjuncts(node->child[LEFT]) + count_conjuncts(node->child[RIGHT])
             : 1;
}

static void list_conjuncts(struct sql_node *node, struct sql_node **list, int *count) {
  if (!node)
    return;
  if (!is_and(node)) {
    list[(*count)++] = node;
    return;
  }
  list_conjuncts(node->child[LEFT], list, count);
  list_conjuncts(node->child[RIGHT], list, count);
}

/* Are two values of the type equal in SQL only if they are stored alike? */
static bool compares_as_stored(struct type type) {
  if (type.array)
    return false;
  switch (type.id) {
  case TYPE_BOOLEAN:
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_TEXT:
  case TYPE_VARCHAR:
  case TYPE_BYTEA:
  case TYPE_DATE:
  case TYPE_UUID: return true;
  default: return false;
  }
}

static bool is_liftable_column(const struct sql_node *node,
                               const struct sql_node *select) {
  return node->kind == SQL_COLUMN && node->bound && node->index == select->index &&
         compares_as_stored(node->type);
}

/* A value that a query brings with it: parameters, and nothing that rows decide. */
static bool is_given(const struct sql_node *node) {
  struct content content = live_content(node);
  return content.parameter && !content.column && !content.query && !content.collation;
}

/* Is the conjunct `column = value`, or the other way round? *side: where the column is. */
static bool is_liftable(const struct sql_node *conjunct, const struct sql_node *select,
                        int *side) {
  if (conjunct->kind != SQL_BINARY || strcmp(conjunct->text, "=") != 0)
    return false;
  for (*side = LEFT; *side <= RIGHT; (*side)++)
    if (is_liftable_column(conjunct->child[*side], select) &&
        is_given(conjunct->child[1 - *side]))
      return true;
  return false;
}

/* Takes `column = value` out of the parsed copy and notes them. */
static int lift(struct inspection *inspection) {
  struct sql_node *bound = inspection->bound_select,
                  *parsed = inspection->parsed_select;
  int count = bound ? count_conjuncts(bound->child[SELECT_WHERE]) : 0;
  if (count == 0 || count != count_conjuncts(parsed->child[SELECT_WHERE]))
    return TIDE_OK;
  size_t size = (size_t)count * sizeof(struct sql_node *);
  struct sql_node **conjuncts = arena_alloc(inspection->arena, size);
  struct sql_node **texts = arena_alloc(inspection->arena, size);
  inspection->values = arena_alloc(inspection->arena, size);
  inspection->columns = arena_alloc(inspection->arena, size);
  inspection->written = arena_alloc(inspection->arena, size);
  inspection->given = arena_alloc(inspection->arena, size);
  if (inspection->arena->failed)
    return live_no_memory(inspection);
  int bound_count = 0, parsed_count = 0, side;
  list_conjuncts(bound->child[SELECT_WHERE], conjuncts, &bound_count);
  list_conjuncts(parsed->child[SELECT_WHERE], texts, &parsed_count);
  struct sql_node *rest = NULL;
  for (int i = 0; i < count; i++) {
    bool lifted = is_liftable(conjuncts[i], bound, &side) &&
                  texts[i]->kind == SQL_BINARY &&
                  texts[i]->child[side]->kind == SQL_COLUMN;
    if (!lifted) {
      rest = sql_and(inspection->arena, rest, texts[i]);
      continue;
    }
    int at = inspection->query->key_count++;
    inspection->columns[at] = conjuncts[i]->child[side];
    inspection->values[at] = conjuncts[i]->child[1 - side];
    inspection->written[at] = texts[i]->child[side];
    inspection->given[at] = texts[i]->child[1 - side];
  }
  parsed->child[SELECT_WHERE] = rest;
  return inspection->arena->failed ? live_no_memory(inspection) : TIDE_OK;
}

/* --- the values of lifted columns, as SQL --- */

static const char *cast_type(struct type type) {
  switch (type.id) {
  case TYPE_BYTEA: return "BLOB";
  case TYPE_BOOLEAN:
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT: return "INTEGER";
  default: return "TEXT";
  }
}

/* SELECT of the values. A query is told of too many changes rather than too few, so it does
 * not matter that a cast also takes what would equal nothing. */
static int print_values(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  struct buffer sql;
  int rc = TIDE_OK;
  if (query->key_count == 0)
    return TIDE_OK;
  buffer_init(&sql, inspection->database->memory);
  for (int i = 0; rc == TIDE_OK && i < query->key_count; i++) {
    struct sql_node *value =
        lower_expression(inspection->binding, inspection->values[i]);
    buffer_text(&sql, i == 0 ? "SELECT CAST(" : ", CAST(");
    rc = value ? lower_print(inspection->binding, value, &sql)
               : inspection->database->error->code;
    buffer_format(&sql, " AS %s)", cast_type(inspection->columns[i]->type));
  }
  if (rc == TIDE_OK)
    query->key_sql =
        sql.failed ? NULL : arena_string(inspection->arena, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc == TIDE_OK && !query->key_sql ? live_no_memory(inspection) : rc;
}

/* --- indexes --- */

void live_index_column(struct live_query *query, const char *column, bool descending) {
  for (int i = 0; i < query->index_count; i++)
    if (strcmp(query->index[i].column, column) == 0)
      return;
  query->index[query->index_count++] = (struct live_order){column, descending};
}

bool live_has_window(const struct sql_node *bound) {
  return bound->child[QUERY_LIMIT] || bound->child[QUERY_OFFSET];
}

int live_start_index(struct inspection *inspection) {
  const struct sql_node *order = inspection->bound->child[QUERY_ORDER];
  size_t count = (size_t)inspection->query->key_count + (order ? order->count : 0) + 1;
  inspection->query->index =
      arena_alloc(inspection->arena, count * sizeof *inspection->query->index);
  return inspection->query->index ? TIDE_OK : live_no_memory(inspection);
}

int live_start_keys(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  query->keys = arena_alloc(inspection->arena,
                            ((size_t)query->key_count + 1) * sizeof *query->keys);
  return query->keys ? TIDE_OK : live_no_memory(inspection);
}

/* What ORDER BY of a single relation stands for, if that is a column of it. */
static const struct sql_node *ordered_column(const struct sql_node *select,
                                             const struct sql_node *item) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  const struct sql_node *node = item->child[0];
  if (node->kind == SQL_INTEGER) {
    int number = atoi(node->text);
    node = number >= 1 && (uint32_t)number <= results->count
               ? results->child[number - 1]->child[0]
               : NULL;
  }
  return node && node->kind == SQL_COLUMN ? node : NULL;
}

/* The lifted columns, then as much of the order as is columns, when only a window is read. */
static int index_direct(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  const struct relation *relation = query->relations[0];
  const struct sql_node *order = inspection->bound->child[QUERY_ORDER];
  int rc = live_start_index(inspection);
  if (rc != TIDE_OK)
    return rc;
  for (int i = 0; i < query->key_count; i++)
    live_index_column(
        query, relation->columns[inspection->columns[i]->bound_index].name, false);
  bool usable = live_has_window(inspection->bound) &&
                !live_is_grouped(inspection->bound_select) &&
                !(inspection->bound_select->flags & SQL_DISTINCT);
  for (uint32_t i = 0; usable && order && i < order->count; i++) {
    const struct sql_node *column =
        ordered_column(inspection->bound_select, order->child[i]);
    usable = column != NULL;
    if (usable)
      live_index_column(query, relation->columns[column->bound_index].name,
                        (order->child[i]->flags & SQL_DESC) != 0);
  }
  return TIDE_OK;
}

/* --- the shape of a single relation --- */

static bool is_plain(const struct sql_node *select) {
  return !live_is_grouped(select) && !(select->flags & SQL_DISTINCT) &&
         !select->child[SELECT_DISTINCT_ON] && !select->child[SELECT_WHERE] &&
         !live_content(select->child[SELECT_RESULTS]).window;
}

static int describe_direct(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  const struct relation *relation = query->relations[0];
  struct buffer name;
  query->kind = LIVE_DIRECT;
  int rc = index_direct(inspection);
  if (rc == TIDE_OK)
    rc = live_start_keys(inspection);
  if (rc != TIDE_OK)
    return rc;
  buffer_init(&name, inspection->database->memory);
  buffer_format(&name, "direct %lld", (long long)relation->id);
  for (int i = 0; i < query->key_count; i++) {
    query->keys[i] = arena_string(
        inspection->arena, relation->columns[inspection->columns[i]->bound_index].name);
    buffer_format(&name, " %q", query->keys[i] ? query->keys[i] : "");
  }
  for (int i = 0; i < query->index_count; i++)
    buffer_format(&name, "%s%q %d", i == 0 ? " by " : ", ", query->index[i].column,
                  query->index[i].descending);
  query->name =
      name.failed ? NULL : arena_string(inspection->arena, buffer_string(&name));
  buffer_deinit(&name);
  return query->name && !inspection->arena->failed ? TIDE_OK
                                                   : live_no_memory(inspection);
}

/* --- queries that are run again --- */

void live_run_again(struct live_query *query) {
  query->kind = LIVE_EACH;
  query->key_count = 0;
  query->index_count = 0;
  query->name = query->each;
}

/* What it reads, and how it is called if it is run again. */
static int name_each(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  struct buffer name;
  query->relation_ids =
      arena_alloc(inspection->arena,
                  ((size_t)query->relation_count + 1) * sizeof *query->relation_ids);
  if (!query->relation_ids)
    return live_no_memory(inspection);
  for (int i = 0; i < query->relation_count; i++)
    query->relation_ids[i] = query->relations[i]->id;
  buffer_init(&name, inspection->database->memory);
  buffer_text(&name, "each");
  for (int i = 0; i < query->relation_count; i++)
    buffer_format(&name, " %lld", (long long)query->relations[i]->id);
  query->each =
      name.failed ? NULL : arena_string(inspection->arena, buffer_string(&name));
  buffer_deinit(&name);
  return query->each ? TIDE_OK : live_no_memory(inspection);
}

/* --- identity --- */

/* The place among the results of each column of the primary key. */
static int identify(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  const struct sql_node *select = inspection->bound_select;
  if (!inspection->single || live_is_grouped(select) || (select->flags & SQL_DISTINCT))
    return TIDE_OK;
  const struct relation *relation = query->relations[0];
  const struct sql_node *results = select->child[SELECT_RESULTS];
  if (relation->key_count == 0 || !relation->keys[0].primary)
    return TIDE_OK;
  const struct key *key = &relation->keys[0];
  query->identity =
      arena_alloc(inspection->arena, (size_t)key->count * sizeof *query->identity);
  if (!query->identity)
    return live_no_memory(inspection);
  for (int i = 0; i < key->count; i++) {
    uint32_t at = 0;
    while (at < results->count &&
           (results->child[at]->child[0]->kind != SQL_COLUMN ||
            results->child[at]->child[0]->bound_index != key->columns[i]))
      at++;
    if (at == results->count)
      return TIDE_OK;
    query->identity[i] = (int)at;
  }
  query->identity_count = key->count;
  return TIDE_OK;
}

/* --- the whole --- */

static int describe_shape(struct inspection *inspection) {
  struct live_query *query = inspection->query;
  int rc = name_each(inspection);
  if (rc == TIDE_OK)
    rc = lift(inspection);
  if (rc == TIDE_OK)
    rc = print_values(inspection);
  if (rc != TIDE_OK)
    return rc;
  if (inspection->single && live_reads_stored(query) &&
      (query->key_count > 0 || is_plain(inspection->bound_select)))
    return describe_direct(inspection);
  return live_describe_view(inspection);
}

int live_describe(struct binding *binding, const struct sql_node *parsed,
                  struct live_query *query) {
  *query = (struct live_query){0};
  struct inspection inspection = {.binding = binding,
                                  .database = binding->database,
                                  .arena = binding->arena,
                                  .query = query,
                                  .bound = sql_clone(binding->arena, parsed),
                                  .parsed = sql_clone(binding->arena, parsed)};
  if (!inspection.bound || !inspection.parsed)
    return live_no_memory(&inspection);
  int rc = bind_statement(binding, inspection.bound);
  if (rc == TIDE_OK)
    rc = bind_relations(binding, inspection.bound, &query->relations,
                        &query->relation_count);
  if (rc != TIDE_OK)
    return rc;
  query->result_count = binding->result_count;
  struct sql_node *bound_body = inspection.bound->child[QUERY_BODY],
                  *parsed_body = inspection.parsed->child[QUERY_BODY];
  if (bound_body->kind == SQL_SELECT && parsed_body->kind == SQL_SELECT) {
    inspection.bound_select = bound_body;
    inspection.parsed_select = parsed_body;
  }
  inspection.single = reads_one_relation(&inspection);
  rc = identify(&inspection);
  return rc == TIDE_OK ? describe_shape(&inspection) : rc;
}
