/* Adds up what the rows of a delta change in the sums and values of their groups. */
#include <string.h>

#include "view/aggregate.h"
#include "view/scan.h"

/* --- groups --- */

int aggregates_delta_size(const struct aggregates *aggregates) {
  return aggregates->sum_count + 1 + aggregates->list_count;
}

int64_t *aggregates_deltas(struct aggregates *aggregates, const struct change *group) {
  return &aggregates->deltas[group->weight - 1];
}

/* The sums of a group just added to `keys`, all 0 when it is new; NULL when memory ran
 * out. */
static int64_t *deltas_of(struct plan *plan, struct aggregates *aggregates,
                          struct change *group) {
  size_t count = (size_t)aggregates_delta_size(aggregates);
  if (!group)
    return NULL;
  if (group->weight > 0)
    return aggregates_deltas(aggregates, group);
  if (aggregates->delta_count + count > aggregates->delta_capacity) {
    size_t capacity = (aggregates->delta_count + count) * 2;
    int64_t *larger = memory_reallocate(plan->database->memory, aggregates->deltas,
                                        capacity * sizeof *larger);
    if (!larger)
      return NULL;
    aggregates->deltas = larger;
    aggregates->delta_capacity = capacity;
  }
  int64_t *deltas = &aggregates->deltas[aggregates->delta_count];
  memset(deltas, 0, count * sizeof *deltas);
  group->weight = (int64_t)aggregates->delta_count + 1;
  aggregates->delta_count += count;
  return deltas;
}

/* The sums of a group that is there, by its key just built in `pool`; NULL when memory ran
 * out. */
static int64_t *deltas_of_key(struct aggregates *aggregates, struct row_pool *pool,
                              struct row key) {
  if (!key.bytes)
    return NULL;
  const struct change *group = changes_find(&aggregates->keys, key);
  row_abandon(pool, key);
  return aggregates_deltas(aggregates, group);
}

/* --- one row of the delta: its keys, its weight, the arguments, the lists --- */

static int print_row(struct plan *plan, const char *weight, struct buffer *out) {
  const struct aggregates *aggregates = plan->state;
  int rc = group_print_keys(plan, &aggregates->group, out);
  buffer_format(out, "%s%s", aggregates->group.key_count > 0 ? ", " : "", weight);
  for (int i = 0; i < aggregates->argument_count; i++)
    buffer_format(out, ", %s", aggregates->arguments[i].sql);
  for (int i = 0; i < aggregates->list_count; i++)
    list_print_row(&aggregates->lists[i], out);
  return rc;
}

int aggregates_explain(struct plan *plan, const struct aggregates *aggregates,
                       struct buffer *out) {
  int rc = join_explain(plan, print_row, NULL, out);
  if (rc == TIDE_OK)
    rc = scan_explain_statement(plan, "row of a group", aggregates->compute_sql, out);
  return rc == TIDE_OK ? aggregates_explain_rekey(plan, aggregates, out) : rc;
}

/* The digits of a numeric without its point; 0 for NaN. */
static int64_t digits_of(sqlite3_value *value) {
  const unsigned char *text = sqlite3_value_text(value);
  int64_t digits = 0;
  for (const unsigned char *at = text; at && *at; at++)
    if (*at >= '0' && *at <= '9')
      digits = digits * 10 + (*at - '0');
  return text && text[0] == '-' ? -digits : digits;
}

static bool is_nan(sqlite3_value *value) {
  const unsigned char *text = sqlite3_value_text(value);
  return text && text[0] == 'N';
}

/* The number that `value` adds to a sum when it comes once; that of SUM_XOR is combined
 * otherwise. */
static int64_t contribution(const struct argument *argument, enum sum_kind kind,
                            sqlite3_value *value) {
  if (kind == SUM_COUNT)
    return 1;
  if (kind == SUM_NAN)
    return is_nan(value);
  int64_t integer =
      argument->scale >= 0 ? digits_of(value) : sqlite3_value_int64(value);
  if (kind == SUM_LOW)
    return integer & 4294967295;
  if (kind != SUM_HIGH)
    return integer;
  return (integer - (integer & 4294967295)) / 4294967296; /* rounded down */
}

/* Returns false when a sum overflows. */
static bool fold_sums(const struct aggregates *aggregates, sqlite3_stmt *statement,
                      int64_t weight, int64_t *deltas) {
  int first = aggregates->group.key_count + 1;
  bool overflow = __builtin_add_overflow(deltas[0], weight, &deltas[0]);
  for (int i = 1; i < aggregates->sum_count; i++) {
    const struct sum *sum = &aggregates->sums[i];
    sqlite3_value *value = sqlite3_column_value(statement, first + sum->argument);
    int64_t number;
    if (sum->kind >= SUM_DISTINCT_COUNT || sqlite3_value_type(value) == SQLITE_NULL)
      continue;
    number = contribution(&aggregates->arguments[sum->argument], sum->kind, value);
    if (sum->kind == SUM_XOR) {
      deltas[i] ^= weight & 1 ? number : 0;
      continue;
    }
    overflow |= __builtin_mul_overflow(number, weight, &number);
    overflow |= __builtin_add_overflow(deltas[i], number, &deltas[i]);
  }
  return !overflow;
}

/* NULL becomes what stands for it. */
static void add_key(struct row_pool *pool, sqlite3_value *value,
                    enum row_type affinity) {
  static const unsigned char text[] = {ROW_TEXT, 0, 0, 0, 0};
  static const unsigned char blob[] = {ROW_BLOB, 0, 0, 0, 0};
  if (sqlite3_value_type(value) != SQLITE_NULL)
    row_add(pool, value, affinity);
  else
    row_add_bytes(pool, affinity == ROW_NULL ? text : blob, sizeof text);
}

static bool fold_values(const struct aggregates *aggregates, sqlite3_stmt *statement,
                        int64_t weight) {
  const struct group *group = &aggregates->group;
  for (int i = 0; i < aggregates->argument_count; i++) {
    struct values *values = aggregates->arguments[i].values;
    int column = group->key_count + 1 + i;
    if (!values || sqlite3_column_type(statement, column) == SQLITE_NULL)
      continue;
    struct row_pool *pool = &values->changes.pool;
    row_begin(pool);
    for (int k = 0; k < group->key_count; k++)
      add_key(pool, sqlite3_column_value(statement, k), group->affinity[k]);
    row_add(pool, sqlite3_column_value(statement, column),
            values->table->storage.affinity[group->key_count]);
    if (!changes_add(&values->changes, row_end(pool), weight))
      return false;
  }
  return true;
}

static bool fold_lists(const struct aggregates *aggregates, sqlite3_stmt *statement,
                       int64_t weight) {
  const struct group *group = &aggregates->group;
  int first = group->key_count + 1 + aggregates->argument_count;
  for (int i = 0; i < aggregates->list_count; i++) {
    struct list *list = &aggregates->lists[i];
    if (!list_add(list, statement, group->key_count, group->affinity, first, weight))
      return false;
    first += 1 + list->order_count;
  }
  return true;
}

static int fold_term(struct plan *plan, struct aggregates *aggregates, join_set set,
                     bool *overflow) {
  const struct group *group = &aggregates->group;
  sqlite3_stmt *statement;
  bool row, complete = true;
  int rc = join_term(plan, set, print_row, NULL, &statement);
  if (rc != TIDE_OK)
    return rc;
  while (complete && (rc = database_step(plan->database, statement, &row)) == TIDE_OK &&
         row) {
    int64_t weight = sqlite3_column_int64(statement, group->key_count);
    struct change *change = changes_add_statement(&aggregates->keys, statement,
                                                  group->key_count, group->affinity, 0);
    int64_t *deltas = deltas_of(plan, aggregates, change);
    complete = deltas && fold_values(aggregates, statement, weight) &&
               fold_lists(aggregates, statement, weight);
    if (complete)
      *overflow |= !fold_sums(aggregates, statement, weight, deltas);
  }
  sqlite3_reset(statement);
  return rc == TIDE_OK && !complete ? plan_out_of_memory(plan) : rc;
}

/* --- values --- */

static void statement_sql(const struct values *values, enum values_statement which,
                          struct buffer *out) {
  const struct storage *storage = &values->table->storage;
  const char *table = values->table->relation.stored;
  int value = storage->key_count; /* parameters: keys, value, n */
  if (which == VALUES_INSERT) {
    buffer_format(out, "INSERT INTO main.%q VALUES (", table);
    for (int i = 1; i <= value + 1; i++)
      buffer_format(out, "%s?%d", i > 1 ? ", " : "", i);
    buffer_text(out, ") ON CONFLICT DO NOTHING");
    return;
  }
  if (which == VALUES_DELETE)
    buffer_format(out, "DELETE FROM main.%q WHERE ", table);
  else
    buffer_format(out, "UPDATE main.%q SET n = n + ?%d WHERE ", table, value + 1);
  for (int i = 0; i < value; i++)
    buffer_format(out, "%q = ?%d AND ", storage->columns[i].name, i + 1);
  buffer_format(out, which == VALUES_DELETE ? "n = -?%d" : "n > -?%d", value + 1);
}

/* Runs it for the value in `change`; *done: it found, or made, a row. */
static int run_statement(struct plan *plan, struct values *values,
                         enum values_statement which, const struct change *change,
                         bool *done) {
  sqlite3_stmt **statement = &values->statements[which];
  int key_count = values->table->storage.key_count, rc = TIDE_OK;
  if (!*statement) {
    struct buffer sql;
    buffer_init(&sql, plan->database->memory);
    statement_sql(values, which, &sql);
    rc = sql.failed
             ? plan_out_of_memory(plan)
             : database_prepare(plan->database, buffer_string(&sql), true, statement);
    buffer_deinit(&sql);
  }
  if (rc != TIDE_OK)
    return rc;
  rc = row_bind(*statement, 1, change->row, key_count);
  if (rc == SQLITE_OK)
    rc = sqlite3_bind_int64(*statement, key_count + 1, change->weight);
  if (rc != SQLITE_OK)
    return database_error(plan->database, rc);
  rc = database_run(plan->database, *statement);
  *done = rc == TIDE_OK && sqlite3_changes64(plan->database->handle) == 1;
  return rc;
}

/* The sums of the group that a row of values belongs to; *value is the value in it. */
static int64_t *group_of_values(struct aggregates *aggregates, struct values *values,
                                struct row row, struct row_value *value) {
  struct row_pool *pool = &values->changes.pool;
  const unsigned char *at = row.bytes;
  row_begin(pool);
  for (int i = 0; i < aggregates->group.key_count; i++) {
    struct row_value key;
    const unsigned char *next = row_read(at, &key);
    enum row_type affinity = aggregates->group.affinity[i];
    bool null = key.type >= ROW_TEXT && key.size == 0 &&
                key.type == (affinity == ROW_NULL ? ROW_TEXT : ROW_BLOB);
    row_add_bytes(pool, null ? (const unsigned char *)"" : at,
                  null ? 1 : (size_t)(next - at)); /* ROW_NULL is one byte, 0 */
    at = next;
  }
  row_read(at, value);
  return deltas_of_key(aggregates, pool, row_end(pool));
}

/* A value has come that its group did not have (`sign` 1), or its last one has gone
 * (-1). */
static bool change_distinct(const struct argument *argument,
                            const struct row_value *value, int sign, int64_t *deltas) {
  int count = argument->sums[SUM_DISTINCT_COUNT];
  int sum = argument->sums[SUM_DISTINCT_VALUE];
  if (count >= 0)
    deltas[count] += sign;
  return sum < 0 ||
         !__builtin_add_overflow(deltas[sum], sign * value->integer, &deltas[sum]);
}

/* Adds `change->weight` to how often a value occurs. Most values occur once: they are
 * inserted and deleted without being looked for. */
static int change_value(struct plan *plan, struct aggregates *aggregates,
                        const struct argument *argument, const struct change *change,
                        bool *recompute) {
  bool comes = change->weight > 0, all = false, some = true;
  struct row_value value;
  int64_t *deltas = group_of_values(aggregates, argument->values, change->row, &value);
  if (!deltas)
    return plan_out_of_memory(plan);
  deltas[aggregates->sum_count] = 1;
  int rc = run_statement(plan, argument->values, comes ? VALUES_INSERT : VALUES_DELETE,
                         change, &all);
  if (rc == TIDE_OK && all)
    *recompute |= !change_distinct(argument, &value, comes ? 1 : -1, deltas);
  if (rc == TIDE_OK && !all)
    rc = run_statement(plan, argument->values, VALUES_ADD, change, &some);
  *recompute |= !some;
  return rc;
}

static int change_values(struct plan *plan, struct aggregates *aggregates,
                         bool *recompute) {
  int rc = TIDE_OK;
  for (int i = 0; i < aggregates->argument_count; i++) {
    const struct argument *argument = &aggregates->arguments[i];
    struct values *values = argument->values;
    for (uint32_t k = 0;
         rc == TIDE_OK && values && !*recompute && k < values->changes.count; k++)
      if (values->changes.entries[k].weight != 0)
        rc = change_value(plan, aggregates, argument, &values->changes.entries[k],
                          recompute);
  }
  return rc;
}

/* --- lists --- */

/* The sums of the group whose keys a row begins with; NULL when memory ran out. */
static int64_t *group_of_change(struct aggregates *aggregates,
                                const struct change *change) {
  struct row_pool *pool = &aggregates->keys.pool;
  const unsigned char *end = change->row.bytes;
  struct row_value value;
  for (int i = 0; i < aggregates->group.key_count; i++)
    end = row_read(end, &value);
  row_begin(pool);
  row_add_bytes(pool, change->row.bytes, (size_t)(end - change->row.bytes));
  return deltas_of_key(aggregates, pool, row_end(pool));
}

/* Chains the changes of each group's list. */
static int chain_lists(struct plan *plan, struct aggregates *aggregates) {
  for (int i = 0; i < aggregates->list_count; i++) {
    struct list *list = &aggregates->lists[i];
    for (uint32_t k = 0; k < list->changes.count; k++) {
      if (list->changes.entries[k].weight == 0)
        continue;
      int64_t *deltas = group_of_change(aggregates, &list->changes.entries[k]);
      if (!deltas || !list_chain(plan, list, k, &deltas[aggregates->sum_count + 1 + i]))
        return plan_out_of_memory(plan);
    }
  }
  return TIDE_OK;
}

/* --- all of it --- */

int aggregates_fold(struct plan *plan, struct aggregates *aggregates, bool *recompute) {
  join_set changed = join_changed(&plan->join);
  *recompute = __builtin_popcount(changed) > JOIN_CHANGED_MAX;
  int rc = TIDE_OK;
  for (join_set set = join_next_set(changed, 0);
       rc == TIDE_OK && set != 0 && !*recompute; set = join_next_set(changed, set))
    rc = fold_term(plan, aggregates, set, recompute);
  if (rc == TIDE_OK)
    rc = change_values(plan, aggregates, recompute);
  return rc == TIDE_OK ? chain_lists(plan, aggregates) : rc;
}

bool aggregates_add_old(const struct aggregates *aggregates, struct row old,
                        int64_t *sums) {
  const unsigned char *at = old.bytes;
  struct row_value value = {0};
  bool overflow = false;
  for (int i = 0; i < aggregates->first_column; i++)
    at = row_read(at, &value);
  for (int i = 0; i < aggregates->sum_count; i++) {
    at = row_read(at, &value);
    if (aggregates->sums[i].kind == SUM_XOR)
      sums[i] ^= value.integer;
    else
      overflow |= __builtin_add_overflow(sums[i], value.integer, &sums[i]);
  }
  return !overflow;
}

void aggregates_forget(struct plan *plan, struct aggregates *aggregates) {
  enum { CAPACITY_KEPT = 1 << 13 };
  changes_clear(&aggregates->keys);
  for (int i = 0; i < aggregates->argument_count; i++)
    if (aggregates->arguments[i].values)
      changes_clear(&aggregates->arguments[i].values->changes);
  for (int i = 0; i < aggregates->list_count; i++)
    changes_clear(&aggregates->lists[i].changes);
  aggregates->delta_count = 0;
  if (aggregates->delta_capacity <= CAPACITY_KEPT)
    return;
  memory_release(plan->database->memory, aggregates->deltas);
  aggregates->deltas = NULL;
  aggregates->delta_capacity = 0;
}

void aggregates_deinit(struct plan *plan, struct aggregates *aggregates) {
  sqlite3_finalize(aggregates->compute);
  sqlite3_finalize(aggregates->rekey.keys);
  changes_deinit(&aggregates->keys);
  for (int i = 0; i < aggregates->argument_count; i++) {
    struct values *values = aggregates->arguments[i].values;
    for (int which = 0; values && which < VALUES_STATEMENTS; which++)
      sqlite3_finalize(values->statements[which]);
    if (values)
      changes_deinit(&values->changes);
  }
  for (int i = 0; i < aggregates->list_count; i++)
    list_deinit(plan, &aggregates->lists[i]);
  memory_release(plan->database->memory, aggregates->deltas);
}
