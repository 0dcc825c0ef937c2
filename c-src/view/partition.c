/* Parts of a query: chosen, found, computed again. */
#include "view/partition.h"

#include <string.h>

#include "sql/walk.h"
#include "view/emit.h"
#include "view/graph.h"
#include "view/scan.h"
#include "view/shape.h"

static const struct sql_node *top_select(const struct plan *plan) {
  return plan->bound->child[QUERY_BODY];
}

/* --- choosing the anchor --- */

static bool has_one_spelling(const struct relation *relation, int column) {
  return !type_collation(relation->columns[column].type);
}

/* A key of the relation that can name parts: of one spelling each. */
static bool find_part_key(struct plan *plan, const struct relation *relation,
                          const int **columns, int *count) {
  struct source_key key;
  for (int which = 0; join_find_key(plan, relation, which, &key); which++) {
    bool fits = key.count > 0;
    for (int i = 0; i < key.count; i++)
      fits = fits && key.columns[i] < relation->column_count &&
             has_one_spelling(relation, key.columns[i]);
    if (!fits)
      continue;
    *columns = key.columns;
    *count = key.count;
    return true;
  }
  return false;
}

/* … or else all its columns that have one spelling each. */
static bool find_part_columns(struct plan *plan, const struct relation *relation,
                              const int **columns, int *count) {
  int *found = plan_alloc(plan, (size_t)relation->column_count * sizeof *found);
  *count = 0;
  for (int i = 0; found && i < relation->column_count; i++)
    if (has_one_spelling(relation, i) && !relation->columns[i].hidden)
      found[(*count)++] = i;
  *columns = found;
  return *count > 0;
}

/* Those of the given expressions that are columns of the occurrence. */
static bool find_limited(struct plan *plan, const struct occurrence *occurrence,
                         const struct partition_limits *limits, const int **columns,
                         int *count) {
  int *found = plan_alloc(plan, (size_t)(limits->count + 1) * sizeof *found);
  *count = 0;
  for (int i = 0; found && i < limits->count; i++) {
    const struct sql_node *one = limits->expressions[i];
    if (one->kind == SQL_COLUMN && one->bound == occurrence->reference &&
        has_one_spelling(occurrence->relation, one->bound_index))
      found[(*count)++] = one->bound_index;
  }
  *columns = found;
  return *count > 0;
}

static bool find_key_of(struct plan *plan, const struct occurrence *occurrence,
                        const struct partition_limits *limits, const int **columns,
                        int *count) {
  if (limits->given)
    return find_limited(plan, occurrence, limits, columns, count);
  return find_part_key(plan, occurrence->relation, columns, count) ||
         find_part_columns(plan, occurrence->relation, columns, count);
}

/* In the FROM of the query itself, and its rows are never padded away by a join. */
static bool can_anchor(const struct plan *plan, const struct occurrence *occurrence) {
  return occurrence->level == top_select(plan)->index &&
         occurrence->reference->bound_index != 1;
}

static int choose_anchor(struct plan *plan, struct partition *partition,
                         const struct partition_limits *limits) {
  struct reach *reach = &partition->reach;
  int best = -1, best_count = 0;
  for (int i = 0; i < reach->occurrence_count; i++) {
    const int *columns;
    int count;
    if (!can_anchor(plan, &reach->occurrences[i]) ||
        !find_key_of(plan, &reach->occurrences[i], limits, &columns, &count))
      continue;
    int reaching = reach_set_anchor(reach, i);
    if (reaching <= best_count)
      continue;
    best = i;
    best_count = reaching;
    partition->key = columns;
    partition->key_count = count;
  }
  if (best >= 0)
    reach_set_anchor(reach, best);
  else
    reach->anchor = -1;
  return plan->arena.failed ? plan_out_of_memory(plan) : TIDE_OK;
}

/* --- the stored columns --- */

/* A bound column of an occurrence. */
static struct sql_node *column_of(struct plan *plan, const struct sql_node *reference,
                                  int32_t level, const struct relation *relation,
                                  int column) {
  struct arena *arena = &plan->arena;
  struct sql_node *node = sql_node_text(arena, SQL_COLUMN, reference->position,
                                        relation->columns[column].name);
  if (!node)
    return NULL;
  node->child[0] = sql_node_text(arena, SQL_NAME, reference->position, reference->text);
  node->type = relation->columns[column].type;
  node->bound = reference;
  node->bound_index = column;
  node->index = level;
  return node->child[0] ? node : NULL;
}

static int find_shown(const struct sql_node *results, const void *reference,
                      int column) {
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *shown = results->child[i]->child[0];
    if (shown->kind == SQL_COLUMN && shown->bound == reference &&
        shown->bound_index == column)
      return (int)i;
  }
  return -1;
}

/* Index of the stored column that holds a column of an occurrence: one that is shown, or
 * one that is added to the results of plan->bound. -1: memory ran out. */
static int stored_column(struct plan *plan, const struct occurrence *occurrence,
                         int column) {
  struct sql_node *results = top_select(plan)->child[SELECT_RESULTS];
  int shown = find_shown(results, occurrence->reference, column);
  if (shown >= 0)
    return shown;
  const struct relation *relation = occurrence->relation;
  const char *name = arena_format(&plan->arena, "__key_%u", results->count + 1);
  struct sql_node *value =
      column_of(plan, occurrence->reference, occurrence->level, relation, column);
  struct sql_node *result =
      name && value ? sql_node_text(&plan->arena, SQL_RESULT, value->position, name)
                    : NULL;
  if (!result || !sql_list_append(&plan->arena, results, result))
    return -1;
  result->child[0] = value;
  return storage_add_column(&plan->storage, &plan->arena, name,
                            relation->columns[column].type);
}

static int store_part(struct plan *plan, struct partition *partition) {
  size_t count = (size_t)partition->key_count;
  const struct occurrence *anchor =
      &partition->reach.occurrences[partition->reach.anchor];
  int *columns = plan_alloc(plan, count * sizeof *columns);
  partition->affinity = plan_alloc(plan, count * sizeof *partition->affinity);
  if (!columns || !partition->affinity)
    return plan_out_of_memory(plan);
  for (size_t i = 0; i < count; i++) {
    columns[i] = stored_column(plan, anchor, partition->key[i]);
    if (columns[i] < 0)
      return plan_out_of_memory(plan);
    partition->affinity[i] = plan->storage.affinity[columns[i]];
  }
  return storage_set_part(&plan->storage, &plan->arena, columns, (int)count);
}

/* --- the identity of rows --- */

/* Does FROM hold nothing but stored relations? */
static bool is_plain_from(const struct sql_node *item) {
  if (item->kind == SQL_JOIN)
    return is_plain_from(item->child[JOIN_LEFT]) &&
           is_plain_from(item->child[JOIN_RIGHT]);
  return item->kind == SQL_TABLE_REFERENCE;
}

static enum sql_walk find_set_function(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  bool found = function && (function->flags & FUNCTION_SET);
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool gives_one_row_each(const struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  for (uint32_t i = 0; from && i < from->count; i++)
    if (!is_plain_from(from->child[i]))
      return false;
  return from && sql_walk(select->child[SELECT_RESULTS], find_set_function, NULL);
}

/* Occurrences of the query's own FROM whose keys together identify a row; 0: none. */
static uint64_t identifying(struct plan *plan, const struct reach *reach) {
  int32_t level = top_select(plan)->index;
  uint64_t all = 0;
  if (reach->occurrence_count > 64)
    return 0;
  for (int i = 0; i < reach->occurrence_count; i++)
    if (reach->occurrences[i].level == level)
      all |= (uint64_t)1 << i;
  uint64_t needed = all;
  for (int i = reach->occurrence_count; i-- > 0;) {
    uint64_t without = needed & ~((uint64_t)1 << i);
    if (without != needed && i != reach->anchor &&
        reach_determined(plan, reach, level, without) == all)
      needed = without;
  }
  return needed;
}

/* A stored table may have key columns that its relation does not show. */
static bool is_shown_key(const struct relation *relation,
                         const struct source_key *key) {
  for (int i = 0; i < key->count; i++)
    if (key->columns[i] >= relation->column_count)
      return false;
  return true;
}

/* The key of an occurrence by which its rows differ also where it is padded with NULLs. */
static bool find_row_key(struct plan *plan, const struct occurrence *occurrence,
                         struct source_key *key) {
  const struct relation *relation = occurrence->relation;
  for (int which = 0; join_find_key(plan, relation, which, key); which++)
    if (is_shown_key(relation, key) &&
        (key->never_null || (!key->repeats && occurrence->reference->bound_index != 1)))
      return true;
  return false;
}

static int add_row_key(struct plan *plan, const struct occurrence *occurrence,
                       const struct source_key *key, int *columns, int *count) {
  for (int i = 0; i < key->count; i++) {
    columns[*count] = stored_column(plan, occurrence, key->columns[i]);
    if (columns[(*count)++] < 0)
      return plan_out_of_memory(plan);
  }
  return TIDE_OK;
}

static int set_identity(struct plan *plan, const struct reach *reach) {
  enum { KEY_MAX = 64 };
  int columns[KEY_MAX + 1], count = 0;
  bool never_null = true;
  uint64_t needed = gives_one_row_each(top_select(plan)) ? identifying(plan, reach) : 0;
  struct source_key key;
  int total = 0;
  for (int i = 0; i < reach->occurrence_count && i < 64; i++) {
    if (!(needed >> i & 1))
      continue;
    if (!find_row_key(plan, &reach->occurrences[i], &key))
      return TIDE_OK;
    total += key.count;
  }
  if (needed == 0 || total > KEY_MAX)
    return TIDE_OK;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < reach->occurrence_count; i++) {
    const struct occurrence *one = &reach->occurrences[i];
    if (!(needed >> i & 1) || !find_row_key(plan, one, &key))
      continue;
    never_null &= key.never_null && one->reference->bound_index != 1;
    rc = add_row_key(plan, one, &key, columns, &count);
  }
  return rc == TIDE_OK
             ? storage_set_key(&plan->storage, &plan->arena, columns, count, never_null)
             : rc;
}

/* --- statements --- */

static enum sql_walk find_alias(const struct sql_node *node, void *context) {
  const struct sql_node **found = context;
  if (node->kind != SQL_TABLE_REFERENCE || strcmp(node->text, (*found)->text) != 0)
    return SQL_WALK_ON;
  *found = node;
  return SQL_WALK_STOP;
}

/* Adds `anchor.column IS NOT DISTINCT FROM $n` to a copy of the query. */
static bool add_restriction(struct plan *plan, struct sql_node *select,
                            const struct sql_node *reference,
                            const struct relation *relation, int column, int number) {
  struct arena *arena = &plan->arena;
  struct sql_node *same = sql_node_new(arena, SQL_IS_DISTINCT, reference->position);
  struct sql_node *parameter = sql_node_new(arena, SQL_PARAMETER, reference->position);
  struct sql_node **where = &select->child[SELECT_WHERE];
  if (!same || !parameter)
    return false;
  parameter->op = SQL_NUMBERED;
  parameter->index = number;
  same->flags = SQL_NOT;
  same->type = TYPE(TYPE_BOOLEAN);
  same->child[LEFT] = column_of(plan, reference, select->index, relation, column);
  same->child[RIGHT] = parameter;
  *where = sql_and(arena, same, *where);
  return !arena->failed;
}

static int print_query(struct plan *plan, struct sql_node *query, const char **sql) {
  struct buffer out;
  buffer_init(&out, plan->database->memory);
  query = lower_statement(&plan->binding, query);
  int rc = query ? plan_print(plan, query, &out) : plan->database->error->code;
  *sql = rc == TIDE_OK ? arena_string(&plan->arena, buffer_string(&out)) : NULL;
  buffer_deinit(&out);
  return rc == TIDE_OK && !*sql ? plan_out_of_memory(plan) : rc;
}

static int print_part(struct plan *plan, struct partition *partition) {
  const struct occurrence *anchor =
      &partition->reach.occurrences[partition->reach.anchor];
  const struct sql_node *reference = anchor->reference;
  struct sql_node *query = bind_clone_tree(&plan->arena, plan->bound);
  if (!query)
    return plan_out_of_memory(plan);
  struct sql_node *select = query->child[QUERY_BODY];
  sql_walk(select, find_alias, &reference);
  for (int i = 0; i < partition->key_count; i++)
    if (!add_restriction(plan, select, reference, anchor->relation, partition->key[i],
                         i + 1))
      return plan_out_of_memory(plan);
  return print_query(plan, query, &partition->sql);
}

static int print_fill(struct plan *plan) {
  struct sql_node *query = bind_clone_tree(&plan->arena, plan->bound);
  return query ? print_query(plan, query, &plan->fill) : plan_out_of_memory(plan);
}

/* --- planning --- */

static int set_up(struct plan *plan, struct partition *partition, bool patches) {
  int rc = store_part(plan, partition);
  if (rc == TIDE_OK)
    rc = set_identity(plan, &partition->reach);
  if (rc == TIDE_OK)
    rc = print_fill(plan);
  if (rc == TIDE_OK)
    rc = print_part(plan, partition);
  if (rc == TIDE_OK && patches)
    rc = patch_plan(plan, &partition->reach, partition->key, partition->key_count,
                    &partition->patches);
  if (rc == TIDE_OK)
    rc = plan_wish_index(plan,
                         partition->reach.occurrences[partition->reach.anchor].relation,
                         partition->key, partition->key_count);
  return rc == TIDE_OK ? reach_wish_indexes(plan, &partition->reach) : rc;
}

int partition_plan(struct plan *plan, const struct partition_limits *limits,
                   const char **refusal) {
  struct partition *partition = plan_alloc(plan, sizeof *partition);
  if (!partition)
    return plan_out_of_memory(plan);
  plan->state = partition;
  changes_init(&partition->keys, plan->database->memory);
  int rc = reach_read(plan, &partition->reach);
  if (rc == TIDE_OK && partition->reach.unknown)
    *refusal = "it reads what is not stored";
  else if (rc == TIDE_OK)
    rc = choose_anchor(plan, partition, limits);
  if (rc == TIDE_OK && !*refusal && partition->reach.anchor < 0)
    *refusal = "no relation of its FROM has columns that its rows can be parted by";
  if (rc == TIDE_OK && !*refusal)
    rc =
        set_up(plan, partition, !limits->given && gives_one_row_each(top_select(plan)));
  if (rc != TIDE_OK || *refusal)
    partition_release(plan);
  return rc;
}

int partition_identify(struct plan *plan) {
  struct shape shape = shape_of(plan->bound);
  struct reach reach;
  if (!shape.one_select || shape.grouped || shape.distinct || shape.distinct_on)
    return TIDE_OK;
  int rc = reach_read(plan, &reach);
  if (rc == TIDE_OK && !reach.unknown)
    rc = set_identity(plan, &reach);
  reach_deinit(&reach);
  return rc == TIDE_OK && plan->storage.identity != STORAGE_BY_HASH ? print_fill(plan)
                                                                    : rc;
}

void partition_release(struct plan *plan) {
  struct partition *partition = plan->state;
  if (!partition)
    return;
  reach_deinit(&partition->reach);
  sqlite3_finalize(partition->compute);
  patch_release(partition->patches);
  changes_deinit(&partition->keys);
  plan->state = NULL;
}

/* --- emitting --- */

static int find_affected(struct plan *plan, struct partition *partition,
                         int occurrence) {
  sqlite3_stmt *statement;
  bool row;
  int rc = reach_affected(plan, &partition->reach, occurrence, partition->key,
                          partition->key_count, &statement);
  if (rc != TIDE_OK)
    return rc;
  while ((rc = database_step(plan->database, statement, &row)) == TIDE_OK && row)
    if (!changes_add_statement(&partition->keys, statement, partition->key_count,
                               partition->affinity, 1))
      break;
  sqlite3_reset(statement);
  return rc == TIDE_OK && partition->keys.failed ? plan_out_of_memory(plan) : rc;
}

static int change_part(struct plan *plan, struct partition *partition, struct row key) {
  int rc = storage_retract_part(&plan->storage, key, &plan->changes);
  if (rc != TIDE_OK)
    return rc;
  rc = row_bind(partition->compute, 1, key, partition->key_count);
  if (rc != SQLITE_OK)
    return database_error(plan->database, rc);
  bool row;
  while ((rc = database_step(plan->database, partition->compute, &row)) == TIDE_OK &&
         row)
    if (!changes_add_statement(&plan->changes, partition->compute,
                               plan->storage.column_count, plan->storage.affinity, 1))
      break;
  sqlite3_reset(partition->compute);
  return rc == TIDE_OK && plan->changes.failed ? plan_out_of_memory(plan) : rc;
}

/* Where a comparison leads from many rows to many others, each is looked at with each. */
static bool can_be_followed(const struct occurrence *occurrence) {
  enum { ROWS_FEW = 64 };
  return occurrence->reaches &&
         (!occurrence->ranges || occurrence->delta->count <= ROWS_FEW);
}

/* Recomputing all costs less when a large share of many rows is affected. */
static int is_too_many(struct plan *plan, const struct partition *partition,
                       bool *recompute) {
  enum { PARTS_FEW = 1000, SHARE = 3 };
  int64_t rows;
  if (partition->keys.count <= PARTS_FEW)
    return TIDE_OK;
  int rc = storage_count(&plan->storage, &rows);
  *recompute = rc == TIDE_OK && partition->keys.count > rows / SHARE;
  return rc;
}

int partition_emit(struct plan *plan, bool *recompute) {
  struct partition *partition = plan->state;
  struct reach *reach = &partition->reach;
  struct patch *patch = patch_find(partition->patches, reach);
  if (patch)
    return patch_emit(plan, patch);
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && !*recompute && i < reach->occurrence_count; i++) {
    if (reach->occurrences[i].delta->count == 0)
      continue;
    if (can_be_followed(&reach->occurrences[i]))
      rc = find_affected(plan, partition, i);
    else
      *recompute = true;
  }
  if (rc == TIDE_OK && !*recompute)
    rc = is_too_many(plan, partition, recompute);
  if (rc == TIDE_OK && !partition->compute)
    rc = database_prepare(plan->database, partition->sql, true, &partition->compute);
  for (uint32_t i = 0; rc == TIDE_OK && !*recompute && i < partition->keys.count; i++)
    rc = change_part(plan, partition, partition->keys.entries[i].row);
  changes_clear(&partition->keys);
  return rc;
}

/* --- explaining --- */

static int explain_affected(struct plan *plan, const struct partition *partition,
                            int occurrence, struct buffer *out) {
  buffer_text(out, ": ");
  size_t start = out->length;
  int rc = reach_print_affected(plan, &partition->reach, occurrence, partition->key,
                                partition->key_count, out);
  return rc == TIDE_OK ? scan_explain(plan, start, out) : rc;
}

int partition_explain(struct plan *plan, struct buffer *out) {
  const struct partition *partition = plan->state;
  const struct reach *reach = &partition->reach;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < reach->occurrence_count; i++) {
    buffer_text(out, "delta of ");
    graph_print_relation(reach->occurrences[i].relation, out);
    if (reach->occurrences[i].reaches)
      rc = explain_affected(plan, partition, i, out);
    else
      buffer_text(out, ": recompute, all parts are affected\n");
  }
  if (rc == TIDE_OK)
    rc = scan_explain_statement(plan, "part", partition->sql, out);
  return rc == TIDE_OK ? patch_explain(plan, partition->patches, reach, out) : rc;
}
