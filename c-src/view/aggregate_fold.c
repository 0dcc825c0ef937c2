/* Adds up what the rows of a delta change in the sums and values of their groups. */
#include <string.h>

#include "view/aggregate.h"

/* --- groups --- */

static size_t slot_count(const struct aggregates *aggregates) {
  return (size_t)aggregates->sum_count + 1;
}

int64_t *aggregates_deltas(struct aggregates *aggregates, const struct change *group) {
  return &aggregates->deltas[group->weight - 1];
}

/* The sums of a group just added to `keys`, all 0 when it is new; NULL when memory ran
 * out. */
static int64_t *deltas_of(struct plan *plan, struct aggregates *aggregates,
                          struct change *group) {
  size_t count = slot_count(aggregates);
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

/* --- one row of the delta: its keys, its weight, the arguments --- */

static int print_row(struct plan *plan, const char *weight, struct buffer *out) {
  const struct aggregates *aggregates = plan->state;
  int rc = group_print_keys(plan, &aggregates->group, out);
  buffer_format(out, "%s%s", aggregates->group.key_count > 0 ? ", " : "", weight);
  for (int i = 0; i < aggregates->argument_count; i++)
    buffer_format(out, ", %s", aggregates->arguments[i].sql);
  return rc;
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
      row_add(pool, sqlite3_column_value(statement, k), group->affinity[k]);
    row_add(pool, sqlite3_column_value(statement, column),
            values->table->storage.affinity[group->key_count]);
    if (!changes_add(&values->changes, row_end(pool), weight))
      return false;
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
    complete = deltas && fold_values(aggregates, statement, weight);
    if (complete)
      *overflow |= !fold_sums(aggregates, statement, weight, deltas);
  }
  sqlite3_reset(statement);
  return rc == TIDE_OK && !complete ? plan_out_of_memory(plan) : rc;
}

/* --- values --- */

/* The sums of the group that a row of values belongs to; *value is the value in it. */
static int64_t *group_of_values(struct aggregates *aggregates, struct row row,
                                struct row_value *value) {
  const unsigned char *at = row.bytes;
  struct row_value key;
  for (int i = 0; i < aggregates->group.key_count; i++)
    at = row_read(at, &key);
  row_read(at, value);
  struct row prefix = {row.bytes, (uint32_t)(at - row.bytes)};
  const struct change *group = aggregates->group.key_count > 0
                                   ? changes_find(&aggregates->keys, prefix)
                                   : &aggregates->keys.entries[0];
  return aggregates_deltas(aggregates, group);
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

static int64_t last_integer(const struct storage *storage, struct row row) {
  const unsigned char *at = row.bytes;
  struct row_value value = {0};
  for (int i = 0; i < storage->column_count; i++)
    at = row_read(at, &value);
  return value.integer;
}

/* Adds `change->weight` to how often a value occurs. */
static int change_value(struct plan *plan, struct aggregates *aggregates,
                        const struct argument *argument, const struct change *change,
                        bool *recompute) {
  struct storage *storage = &argument->values->table->storage;
  struct row_pool *pool = &argument->values->changes.pool;
  struct row old;
  int rc = storage_find(storage, change->row, pool, &old);
  if (rc != TIDE_OK)
    return rc;
  int64_t before = old.bytes ? last_integer(storage, old) : 0;
  int64_t after = before + change->weight;
  struct row_value value;
  int64_t *deltas = group_of_values(aggregates, change->row, &value);
  deltas[aggregates->sum_count] = 1;
  if (after < 0) {
    *recompute = true;
    return TIDE_OK;
  }
  if ((before > 0) != (after > 0))
    *recompute |= !change_distinct(argument, &value, after > 0 ? 1 : -1, deltas);
  row_begin(pool);
  row_add_bytes(pool, change->row.bytes, change->row.size);
  row_add_integer(pool, after);
  struct row row = row_end(pool);
  if (!row.bytes)
    return plan_out_of_memory(plan);
  bool in_step = true;
  rc = storage_write(storage,
                     before == 0  ? STORAGE_INSERT
                     : after == 0 ? STORAGE_DELETE
                                  : STORAGE_UPDATE,
                     row, &in_step);
  *recompute |= !in_step;
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

/* --- all of it --- */

int aggregates_fold(struct plan *plan, struct aggregates *aggregates, bool *recompute) {
  join_set changed = join_changed(&plan->join);
  *recompute = __builtin_popcount(changed) > JOIN_CHANGED_MAX;
  int rc = TIDE_OK;
  for (join_set set = join_next_set(changed, 0);
       rc == TIDE_OK && set != 0 && !*recompute; set = join_next_set(changed, set))
    rc = fold_term(plan, aggregates, set, recompute);
  return rc == TIDE_OK ? change_values(plan, aggregates, recompute) : rc;
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
  aggregates->delta_count = 0;
  if (aggregates->delta_capacity <= CAPACITY_KEPT)
    return;
  memory_release(plan->database->memory, aggregates->deltas);
  aggregates->deltas = NULL;
  aggregates->delta_capacity = 0;
}

void aggregates_deinit(struct plan *plan, struct aggregates *aggregates) {
  sqlite3_finalize(aggregates->compute);
  changes_deinit(&aggregates->keys);
  for (int i = 0; i < aggregates->argument_count; i++)
    if (aggregates->arguments[i].values)
      changes_deinit(&aggregates->arguments[i].values->changes);
  memory_release(plan->database->memory, aggregates->deltas);
}
