/* SQL of sums, of the values computed from them, and of what fills their columns. */
#include "view/aggregate.h"

#include "sql/walk.h"

/* The argument as an integer: the digits of a numeric without its point. */
static void print_integer(const struct argument *argument, struct buffer *out) {
  if (argument->scale >= 0)
    buffer_format(out, "CAST(replace(%s, '.', '') AS INTEGER)", argument->sql);
  else
    buffer_text(out, argument->sql);
}

void aggregates_print_sum(const struct aggregates *aggregates, const struct sum *sum,
                          struct buffer *out) {
  const struct argument *argument = &aggregates->arguments[sum->argument];
  switch (sum->kind) {
  case SUM_COUNT: buffer_format(out, "count(%s)", argument->sql); break;
  case SUM_VALUE: buffer_format(out, "coalesce(sum(%s), 0)", argument->sql); break;
  case SUM_LOW:
    buffer_text(out, "coalesce(sum(");
    print_integer(argument, out);
    buffer_text(out, " & 4294967295), 0)");
    break;
  case SUM_HIGH:
    buffer_text(out, "coalesce(sum(");
    print_integer(argument, out);
    buffer_text(out, " >> 32), 0)");
    break;
  case SUM_NAN:
    buffer_format(out, "count(CASE WHEN %s = 'NaN' COLLATE BINARY THEN 1 END)",
                  argument->sql);
    break;
  case SUM_XOR: buffer_format(out, "coalesce(pg_bit_xor(%s), 0)", argument->sql); break;
  case SUM_DISTINCT_COUNT:
    buffer_format(out, "count(DISTINCT %s)", argument->sql);
    break;
  case SUM_DISTINCT_VALUE:
    buffer_format(out, "coalesce(sum(DISTINCT %s), 0)", argument->sql);
    break;
  case SUM_ROWS:
  case SUM_KINDS: buffer_text(out, "count(*)");
  }
}

/* --- values --- */

const char *aggregates_null(struct type type) {
  return row_affinity(type) == ROW_NULL ? "''" : "x''";
}

static int parameter(const struct aggregates *aggregates,
                     const struct argument *argument, enum sum_kind kind) {
  return aggregates->group.key_count + 1 + argument->sums[kind];
}

static void print_group_values(const struct aggregates *aggregates,
                               const struct argument *argument, struct buffer *out) {
  buffer_format(out, " FROM main.%q", argument->values->table->relation.stored);
  for (int i = 0; i < aggregates->group.key_count; i++)
    buffer_format(out, "%s key_%d = coalesce(?%d, %s)", i > 0 ? " AND" : " WHERE",
                  i + 1, i + 1,
                  aggregates_null(aggregates->group.keys[i].expression->type));
}

static void print_extreme(const struct aggregates *aggregates,
                          const struct argument *argument, const char *collation,
                          bool greatest, struct buffer *out) {
  buffer_text(out, "(SELECT value");
  print_group_values(aggregates, argument, out);
  buffer_format(out, " ORDER BY value%s%s%s LIMIT 1)", collation ? " COLLATE " : "",
                collation ? collation : "", greatest ? " DESC" : "");
}

/* The call, over the different values. */
static void print_of_values(const struct aggregates *aggregates,
                            const struct aggregate *aggregate,
                            const struct argument *argument, struct buffer *out) {
  const struct sql_node *name = aggregate->call->child[CALL_NAME];
  const char *collation = type_collation(argument->type);
  buffer_format(out, "(SELECT %s(%svalue%s%s)", name->text,
                collation ? "DISTINCT " : "", collation ? " COLLATE " : "",
                collation ? collation : "");
  print_group_values(aggregates, argument, out);
  buffer_character(out, ')');
}

/* The sum as SQL, given that there is one. */
static void print_total(const struct aggregates *aggregates,
                        const struct argument *argument, bool distinct, bool text,
                        struct buffer *out) {
  if (argument->sums[SUM_HIGH] < 0 || distinct) {
    int sum =
        parameter(aggregates, argument, distinct ? SUM_DISTINCT_VALUE : SUM_VALUE);
    buffer_format(out, text ? "CAST(?%d AS TEXT)" : "?%d", sum);
    return;
  }
  if (argument->scale > 0)
    buffer_text(out, "pg_numeric_multiply(");
  buffer_format(out,
                "pg_numeric_add(pg_numeric_multiply(CAST(?%d AS TEXT), '4294967296'), "
                "CAST(?%d AS TEXT))",
                parameter(aggregates, argument, SUM_HIGH),
                parameter(aggregates, argument, SUM_LOW));
  if (argument->scale > 0)
    buffer_format(out, ", '1e-%d')", argument->scale);
}

static void print_sum_value(const struct aggregates *aggregates,
                            const struct aggregate *aggregate,
                            const struct argument *argument, struct buffer *out) {
  int count = parameter(aggregates, argument,
                        aggregate->distinct ? SUM_DISTINCT_COUNT : SUM_COUNT);
  bool average = aggregate->kind == AGGREGATE_AVERAGE;
  buffer_text(out, "CASE");
  if (argument->sums[SUM_NAN] >= 0)
    buffer_format(out, " WHEN ?%d > 0 THEN 'NaN'",
                  parameter(aggregates, argument, SUM_NAN));
  buffer_format(out, " WHEN ?%d > 0 THEN %s", count,
                average ? "pg_numeric_divide(" : "");
  print_total(aggregates, argument, aggregate->distinct, average, out);
  if (average)
    buffer_format(out, ", CAST(?%d AS TEXT))", count);
  buffer_text(out, " END");
}

int aggregates_list_parameter(const struct aggregates *aggregates, int list) {
  return aggregates->group.key_count + aggregates->sum_count + 1 + list;
}

void aggregates_print_value(const struct aggregates *aggregates,
                            const struct aggregate *aggregate, struct buffer *out) {
  const struct argument *argument =
      aggregate->argument >= 0 ? &aggregates->arguments[aggregate->argument] : NULL;
  switch (aggregate->kind) {
  case AGGREGATE_ROWS:
    buffer_format(out, "?%d", aggregates->group.key_count + 1);
    break;
  case AGGREGATE_COUNT:
    buffer_format(out, "?%d",
                  parameter(aggregates, argument,
                            aggregate->distinct ? SUM_DISTINCT_COUNT : SUM_COUNT));
    break;
  case AGGREGATE_SUM:
  case AGGREGATE_AVERAGE: print_sum_value(aggregates, aggregate, argument, out); break;
  case AGGREGATE_ALL_TRUE:
  case AGGREGATE_ANY_TRUE: {
    int count = parameter(aggregates, argument, SUM_COUNT);
    buffer_format(out, "CASE WHEN ?%d > 0 THEN ?%d", count,
                  parameter(aggregates, argument, SUM_VALUE));
    if (aggregate->kind == AGGREGATE_ALL_TRUE)
      buffer_format(out, " = ?%d END", count);
    else
      buffer_text(out, " > 0 END");
    break;
  }
  case AGGREGATE_XOR:
    buffer_format(out, "CASE WHEN ?%d > 0 THEN ?%d END",
                  parameter(aggregates, argument, SUM_COUNT),
                  parameter(aggregates, argument, SUM_XOR));
    break;
  case AGGREGATE_LEAST:
  case AGGREGATE_GREATEST:
    print_extreme(aggregates, argument, type_collation(argument->type),
                  aggregate->kind == AGGREGATE_GREATEST, out);
    break;
  case AGGREGATE_SPELLING: print_extreme(aggregates, argument, NULL, false, out); break;
  case AGGREGATE_OF_VALUES:
    print_of_values(aggregates, aggregate, argument, out);
    break;
  case AGGREGATE_LIST:
    buffer_format(out, "?%d", aggregates_list_parameter(aggregates, aggregate->list));
    break;
  }
}

/* --- fills --- */

/* Of the stored table: what is shown, keys that are not, sums, lists. */
static int print_stored(struct plan *plan, const struct aggregates *aggregates,
                        struct buffer *out) {
  buffer_text(out, "SELECT ");
  int rc = group_print_stored(plan, &aggregates->group, out);
  for (int i = 0; i < aggregates->sum_count; i++) {
    buffer_text(out, ", ");
    aggregates_print_sum(aggregates, &aggregates->sums[i], out);
  }
  for (int i = 0; rc == TIDE_OK && i < aggregates->list_count; i++)
    rc = list_print_fill(plan, &aggregates->lists[i], out);
  if (rc == TIDE_OK)
    rc = join_from(plan, 0, out);
  buffer_text(out, aggregates->group.by);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int print_values(struct plan *plan, const struct aggregates *aggregates,
                        const struct argument *argument, struct buffer *out) {
  const struct group *group = &aggregates->group;
  int rc = TIDE_OK;
  buffer_text(out, "SELECT ");
  for (int i = 0; rc == TIDE_OK && i < group->key_count; i++) {
    buffer_text(out, "coalesce(");
    rc = plan_print(plan, group->keys[i].expression, out);
    buffer_format(out, ", %s), ", aggregates_null(group->keys[i].expression->type));
  }
  buffer_format(out, "%s, count(*)", argument->sql);
  if (rc == TIDE_OK)
    rc = join_from(plan, 0, out);
  /* by its number among the results: a constant would be taken for one */
  buffer_format(out, "%s %s IS NOT NULL%s%s %d COLLATE BINARY",
                plan->join.conjunct_count > 0 ? " AND" : " WHERE", argument->sql,
                group->key_count > 0 ? group->by : " GROUP BY",
                group->key_count > 0 ? "," : "", group->key_count + 1);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int keep(struct plan *plan, const struct buffer *sql, const char **kept) {
  *kept = arena_string(&plan->arena, buffer_string(sql));
  return *kept ? TIDE_OK : plan_out_of_memory(plan);
}

int aggregates_print_fills(struct plan *plan, const struct aggregates *aggregates) {
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  int rc = print_stored(plan, aggregates, &sql);
  if (rc == TIDE_OK)
    rc = keep(plan, &sql, &plan->fill);
  for (int i = 0; rc == TIDE_OK && i < aggregates->argument_count; i++) {
    const struct argument *argument = &aggregates->arguments[i];
    if (!argument->values)
      continue;
    buffer_clear(&sql);
    rc = print_values(plan, aggregates, argument, &sql);
    if (rc == TIDE_OK)
      rc = keep(plan, &sql, &argument->values->table->fill);
  }
  buffer_deinit(&sql);
  return rc;
}
