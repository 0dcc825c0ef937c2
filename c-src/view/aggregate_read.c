/* Which aggregates can be kept by what rows add and take away, and what that takes. */
#include <string.h>

#include "catalog/spelling.h"
#include "sql/walk.h"
#include "view/aggregate.h"

/* --- kinds --- */

static bool is_named(const struct function *function, const char *name) {
  return strcmp(function->name, name) == 0;
}

static bool is_integer(enum type_id type) {
  return type == TYPE_SMALLINT || type == TYPE_INTEGER || type == TYPE_BIGINT;
}

static bool classify_sum(const struct sql_node *call, struct aggregate *aggregate) {
  const struct function *function = call->bound;
  bool sum = is_named(function, "sum");
  if (!sum && !is_named(function, "avg"))
    return false;
  aggregate->kind = sum ? AGGREGATE_SUM : AGGREGATE_AVERAGE;
  enum type_id type = function->argument[0].id;
  if (aggregate->distinct && (type == TYPE_BIGINT || type == TYPE_NUMERIC))
    aggregate->kind = AGGREGATE_OF_VALUES;
  return is_integer(type) || type == TYPE_NUMERIC;
}

/* Aggregates for which it makes no difference how often a value occurs. */
static bool classify_values(const struct sql_node *call, struct aggregate *aggregate) {
  static const struct {
    const char *name;
    enum aggregate_kind kind;
  } kinds[] = {
      {"min", AGGREGATE_LEAST},         {"max", AGGREGATE_GREATEST},
      {"bool_and", AGGREGATE_ALL_TRUE}, {"every", AGGREGATE_ALL_TRUE},
      {"bool_or", AGGREGATE_ANY_TRUE},  {"bit_and", AGGREGATE_OF_VALUES},
      {"bit_or", AGGREGATE_OF_VALUES},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (!is_named(call->bound, kinds[i].name))
      continue;
    aggregate->kind = kinds[i].kind;
    aggregate->distinct = false;
    return true;
  }
  return false;
}

/* The kind of a call whose value can be kept; false for others. */
static bool classify(const struct sql_node *call, struct aggregate *aggregate) {
  const struct function *function = call->bound;
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  *aggregate = (struct aggregate){.call = call, .argument = -1, .list = -1};
  aggregate->distinct = (call->flags & SQL_DISTINCT) != 0;
  if (list_is_kept(call)) {
    aggregate->kind = AGGREGATE_LIST;
    return true;
  }
  if (spelling_is_least(call)) {
    aggregate->kind = AGGREGATE_SPELLING;
    return true;
  }
  if (call->child[CALL_ORDER] || call->child[CALL_WITHIN])
    return false;
  bool rows = (call->flags & SQL_ALL_ROWS) || !arguments || arguments->count == 0;
  if (is_named(function, "count")) {
    aggregate->kind =
        rows && !call->child[CALL_FILTER] ? AGGREGATE_ROWS : AGGREGATE_COUNT;
    if (!rows && aggregate->distinct && type_collation(arguments->child[0]->type))
      aggregate->kind = AGGREGATE_OF_VALUES;
    return true;
  }
  if (is_named(function, "bit_xor")) {
    aggregate->kind = AGGREGATE_XOR;
    return !aggregate->distinct;
  }
  return classify_sum(call, aggregate) || classify_values(call, aggregate);
}

static bool is_extreme(const struct aggregate *aggregate) {
  return aggregate->kind == AGGREGATE_LEAST || aggregate->kind == AGGREGATE_GREATEST;
}

static bool needs_values(const struct aggregate *aggregate) {
  return aggregate->distinct || is_extreme(aggregate) ||
         aggregate->kind == AGGREGATE_SPELLING ||
         aggregate->kind == AGGREGATE_OF_VALUES;
}

/* --- arguments --- */

static const struct sql_node *argument_node(const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  return arguments && arguments->count > 0 ? arguments->child[0] : NULL;
}

/* Where integers are computed beyond 64 bits SQLite goes on in floating point, of which nothing may be added up. */
static bool may_exceed(const struct sql_node *call, const struct sql_node *argument) {
  const struct function *function = call->bound;
  bool adds = strcmp(function->name, "sum") == 0 || strcmp(function->name, "avg") == 0;
  enum type_id id = argument ? argument->type.id : TYPE_UNKNOWN;
  return adds && argument->kind != SQL_COLUMN && !argument->type.array &&
         (id == TYPE_SMALLINT || id == TYPE_INTEGER || id == TYPE_BIGINT);
}

/* The argument as one expression: NULL where FILTER leaves the row out. CASE would be
 * compared as FILTER compares. */
static int print_argument(struct plan *plan, const struct sql_node *call,
                          const char **sql) {
  const struct sql_node *filter = call->child[CALL_FILTER];
  const struct sql_node *argument = argument_node(call);
  struct buffer out;
  int rc = TIDE_OK;
  const char *collation = argument ? type_collation(argument->type) : NULL;
  buffer_init(&out, plan->database->memory);
  if (filter) {
    buffer_text(&out, "(CASE WHEN ");
    rc = plan_print(plan, filter, &out);
    buffer_text(&out, " THEN ");
  }
  buffer_text(&out, may_exceed(call, argument) ? "pg_bigint(" : "(");
  if (rc == TIDE_OK && argument)
    rc = plan_print(plan, argument, &out);
  else
    buffer_character(&out, '1');
  buffer_character(&out, ')');
  if (filter)
    buffer_format(&out, " END) COLLATE %s", collation ? collation : "BINARY");
  *sql = out.failed ? NULL : arena_string(&plan->arena, buffer_string(&out));
  buffer_deinit(&out);
  return rc == TIDE_OK && !*sql ? plan_out_of_memory(plan) : rc;
}

/* Digits after the point of a numeric of which all values have as many, and few enough
 * altogether to be counted as an integer; -1: not known. */
static int fixed_scale(const struct plan *plan, const struct sql_node *node) {
  enum { DIGITS_MAX = 18 };
  int precision;
  int scale = node ? group_numeric_scale(plan, node, &precision) : -1;
  return scale >= 0 && precision <= DIGITS_MAX ? scale : -1;
}

static int add_argument(struct plan *plan, struct aggregates *aggregates,
                        struct aggregate *aggregate) {
  const char *sql;
  int rc = print_argument(plan, aggregate->call, &sql);
  if (rc != TIDE_OK)
    return rc;
  for (int i = 0; i < aggregates->argument_count && aggregate->argument < 0; i++)
    if (strcmp(aggregates->arguments[i].sql, sql) == 0)
      aggregate->argument = i;
  if (aggregate->argument >= 0)
    return TIDE_OK;
  const struct sql_node *node = argument_node(aggregate->call);
  aggregate->argument = aggregates->argument_count++;
  struct argument *argument = &aggregates->arguments[aggregate->argument];
  *argument = (struct argument){.sql = sql,
                                .type = node ? node->type : TYPE(TYPE_INTEGER),
                                .scale = fixed_scale(plan, node)};
  for (int i = 0; i < SUM_KINDS; i++)
    argument->sums[i] = -1;
  return TIDE_OK;
}

/* --- sums --- */

static int add_sum(struct plan *plan, struct aggregates *aggregates, int number,
                   enum sum_kind kind) {
  static const char *const names[] = {
      "rows", "count", "sum", "sum", "high", "nan", "xor", "distinct", "distinct_sum"};
  struct arena *arena = &plan->arena;
  if (number >= 0 && aggregates->arguments[number].sums[kind] >= 0)
    return TIDE_OK;
  const char *name = number >= 0
                         ? arena_format(arena, "__%s_%d", names[kind], number + 1)
                         : arena_format(arena, "__%s", names[kind]);
  if (!name || storage_add_column(&plan->storage, arena, name, TYPE(TYPE_BIGINT)) < 0)
    return plan_out_of_memory(plan);
  if (number >= 0)
    aggregates->arguments[number].sums[kind] = aggregates->sum_count;
  aggregates->sums[aggregates->sum_count++] = (struct sum){kind, number};
  return TIDE_OK;
}

/* The sums that an aggregate is computed from, as a set of kinds. */
static unsigned sums_of(const struct aggregate *aggregate,
                        const struct argument *argument) {
  bool distinct = aggregate->distinct, large = argument->type.id == TYPE_BIGINT;
  unsigned count = 1u << (distinct ? SUM_DISTINCT_COUNT : SUM_COUNT);
  switch (aggregate->kind) {
  case AGGREGATE_COUNT: return count;
  case AGGREGATE_SUM:
  case AGGREGATE_AVERAGE:
    if (argument->scale >= 0)
      return count | 1u << SUM_LOW | 1u << SUM_HIGH | 1u << SUM_NAN;
    if (distinct)
      return count | 1u << SUM_DISTINCT_VALUE;
    return large ? count | 1u << SUM_LOW | 1u << SUM_HIGH : count | 1u << SUM_VALUE;
  case AGGREGATE_ALL_TRUE:
  case AGGREGATE_ANY_TRUE: return count | 1u << SUM_VALUE;
  case AGGREGATE_XOR: return count | 1u << SUM_XOR;
  default: return 0;
  }
}

static int add_sums(struct plan *plan, struct aggregates *aggregates,
                    const struct aggregate *aggregate) {
  int rc = TIDE_OK;
  if (aggregate->argument < 0)
    return rc;
  unsigned kinds = sums_of(aggregate, &aggregates->arguments[aggregate->argument]);
  for (int kind = 0; rc == TIDE_OK && kind < SUM_KINDS; kind++)
    if (kinds & 1u << kind)
      rc = add_sum(plan, aggregates, aggregate->argument, (enum sum_kind)kind);
  return rc;
}

/* --- values --- */

static int add_key_columns(struct plan *plan, const struct group *group,
                           struct storage *storage) {
  for (int i = 0; i < group->key_count; i++) {
    const char *name = arena_format(&plan->arena, "key_%d", i + 1);
    if (!name || storage_add_column(storage, &plan->arena, name,
                                    group->keys[i].expression->type) < 0)
      return plan_out_of_memory(plan);
  }
  return TIDE_OK;
}

/* Values that are spelled differently are different ones here. */
static int add_values(struct plan *plan, struct aggregates *aggregates,
                      struct argument *argument) {
  const struct group *group = &aggregates->group;
  struct arena *arena = &plan->arena;
  struct values *values = plan_alloc(plan, sizeof *values);
  int *key = plan_alloc(plan, ((size_t)group->key_count + 1) * sizeof *key);
  if (!values || !key)
    return plan_out_of_memory(plan);
  changes_init(&values->changes, plan->database->memory);
  argument->values = values;
  int rc = state_new(plan, &values->table);
  if (rc == TIDE_OK)
    rc = add_key_columns(plan, group, &values->table->storage);
  if (rc != TIDE_OK)
    return rc;
  struct storage *storage = &values->table->storage;
  int value = storage_add_column(storage, arena, "value", argument->type);
  int number = storage_add_column(storage, arena, "n", TYPE(TYPE_BIGINT));
  if (value < 0 || number < 0)
    return plan_out_of_memory(plan);
  storage->columns[value].collation = NULL;
  for (int i = 0; i <= group->key_count; i++)
    key[i] = i;
  rc = storage_set_key(storage, arena, key, group->key_count + 1, true);
  storage->clustered = !storage->row_id;
  return rc;
}

/* Where values are not ordered by their bytes, extremes are found by an index. */
static int order_values(struct plan *plan, const struct aggregates *aggregates,
                        struct argument *argument) {
  const char *collation = type_collation(argument->type);
  if (!collation || argument->values->table->indexes)
    return TIDE_OK;
  struct buffer columns;
  buffer_init(&columns, plan->database->memory);
  for (int i = 0; i < aggregates->group.key_count; i++)
    buffer_format(&columns, "key_%d, ", i + 1);
  buffer_format(&columns, "value COLLATE %s", collation);
  const char *kept = arena_string(&plan->arena, buffer_string(&columns));
  buffer_deinit(&columns);
  return state_add_index(plan, argument->values->table, kept);
}

/* --- all of them --- */

struct collector {
  struct plan *plan;
  struct aggregates *aggregates;
  const struct sql_node *refused;
};

static enum sql_walk collect(const struct sql_node *node, void *context) {
  struct collector *collector = context;
  struct aggregates *aggregates = collector->aggregates;
  struct aggregate found;
  if (!group_is_aggregate(node))
    return SQL_WALK_ON;
  if (!classify(node, &found)) {
    collector->refused = node;
    return SQL_WALK_STOP;
  }
  if (aggregates_find(aggregates, node) >= 0)
    return SQL_WALK_SKIP;
  if (aggregates->count == aggregates->capacity) {
    int capacity = aggregates->capacity * 2 + 4;
    struct aggregate *larger =
        plan_alloc(collector->plan, (size_t)capacity * sizeof *larger);
    if (!larger)
      return SQL_WALK_STOP;
    if (aggregates->count > 0)
      memcpy(larger, aggregates->all, (size_t)aggregates->count * sizeof *larger);
    aggregates->all = larger;
    aggregates->capacity = capacity;
  }
  aggregates->all[aggregates->count++] = found;
  return SQL_WALK_SKIP;
}

int aggregates_find(const struct aggregates *aggregates, const struct sql_node *node) {
  for (int i = 0; i < aggregates->count; i++)
    if (sql_equal(aggregates->all[i].call, node))
      return i;
  return -1;
}

static const char *refuse_call(struct plan *plan, const struct sql_node *call) {
  const struct function *function = call->bound;
  return arena_format(&plan->arena, "what it needs for %s%s is all rows of a group",
                      function->name,
                      call->flags & SQL_DISTINCT ? " with DISTINCT" : "");
}

/* Can the argument's values be kept, and be told apart as the aggregate does? */
static const char *refuse_argument(struct plan *plan, const struct aggregate *aggregate,
                                   const struct argument *argument) {
  const struct function *function = aggregate->call->bound;
  bool sum = is_named(function, "sum") || is_named(function, "avg");
  if (sum && argument->type.id == TYPE_NUMERIC && argument->scale < 0)
    return arena_format(&plan->arena,
                        "it sums numeric values of which the scale is not declared");
  if (needs_values(aggregate) && !type_storage(argument->type))
    return refuse_call(plan, aggregate->call);
  if (is_extreme(aggregate) && !group_has_one_spelling(argument_node(aggregate->call)))
    return arena_format(&plan->arena, "the extreme may have several spellings");
  return NULL;
}

static int add_needs(struct plan *plan, struct aggregates *aggregates,
                     const char **refusal) {
  int rc = add_sum(plan, aggregates, -1, SUM_ROWS);
  for (int i = 0; rc == TIDE_OK && i < aggregates->count; i++) {
    struct aggregate *aggregate = &aggregates->all[i];
    if (aggregate->kind == AGGREGATE_ROWS || aggregate->kind == AGGREGATE_LIST)
      continue;
    rc = add_argument(plan, aggregates, aggregate);
    if (rc != TIDE_OK)
      break;
    struct argument *argument = &aggregates->arguments[aggregate->argument];
    *refusal = refuse_argument(plan, aggregate, argument);
    if (*refusal)
      break;
    rc = add_sums(plan, aggregates, aggregate);
    if (rc == TIDE_OK && needs_values(aggregate) && !argument->values)
      rc = add_values(plan, aggregates, argument);
    if (rc == TIDE_OK && is_extreme(aggregate))
      rc = order_values(plan, aggregates, argument);
  }
  return rc;
}

/* Behind the sums, which stand together. */
static int add_lists(struct plan *plan, struct aggregates *aggregates,
                     const char **refusal) {
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && !*refusal && i < aggregates->count; i++) {
    struct aggregate *aggregate = &aggregates->all[i];
    if (aggregate->kind != AGGREGATE_LIST)
      continue;
    aggregate->list = aggregates->list_count++;
    rc = list_read(plan, aggregate->call, aggregate->list,
                   &aggregates->lists[aggregate->list], refusal);
  }
  return rc;
}

int aggregates_read(struct plan *plan, struct aggregates *aggregates,
                    const char **refusal) {
  struct collector collector = {plan, aggregates, NULL};
  if (plan->select->child[SELECT_HAVING]) {
    *refusal = "it has HAVING";
    return TIDE_OK;
  }
  sql_walk(plan->select->child[SELECT_RESULTS], collect, &collector);
  if (collector.refused)
    *refusal = refuse_call(plan, collector.refused);
  if (plan->arena.failed)
    return plan_out_of_memory(plan);
  if (*refusal)
    return TIDE_OK;
  size_t count = (size_t)aggregates->count + 1;
  aggregates->first_column = plan->storage.column_count;
  aggregates->arguments = plan_alloc(plan, count * sizeof *aggregates->arguments);
  aggregates->sums = plan_alloc(plan, count * SUM_KINDS * sizeof *aggregates->sums);
  aggregates->lists = plan_alloc(plan, count * sizeof *aggregates->lists);
  if (!aggregates->arguments || !aggregates->sums || !aggregates->lists)
    return plan_out_of_memory(plan);
  int rc = add_needs(plan, aggregates, refusal);
  if (rc == TIDE_OK)
    rc = add_lists(plan, aggregates, refusal);
  return rc == TIDE_OK && plan->arena.failed ? plan_out_of_memory(plan) : rc;
}
