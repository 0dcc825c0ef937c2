/* Subqueries as expressions and as conditions: correlated or not. */
#include "generator.h"

/* " WHERE …" of a subquery; *correlated says whether it refers to the outer query. */
static const char *where(struct generator *generator, const struct scope *inner,
                         int depth, bool *correlated) {
  const char *tie = NULL, *more = NULL;
  if (inner->outer && chance(generator, 70))
    tie = comparison_between(generator, inner, inner->outer, chance(generator, 15));
  *correlated = tie != NULL;
  if (!tie || chance(generator, 35))
    more = condition(generator, inner, depth - 1);
  if (tie && more)
    return say(generator, " WHERE %s AND %s", tie, more);
  return say(generator, " WHERE %s", tie ? tie : more);
}

static const char *rows(struct generator *generator, struct scope *inner, int depth) {
  return depth > 0 && chance(generator, 30) ? from_list(generator, inner, depth - 1)
                                            : from_relation(generator, inner);
}

const char *scalar_subquery(struct generator *generator, const struct scope *scope,
                            enum kind kind, int depth) {
  struct scope inner = {.outer = scope};
  bool correlated;
  const char *from = rows(generator, &inner, depth);
  struct scope alone = inner;
  alone.outer =
      NULL; /* an aggregate of outer columns would belong to the outer query */
  if (kind == KIND_INTEGERS || kind == KIND_TEXTS) {
    enum kind element = kind == KIND_INTEGERS ? KIND_INTEGER : KIND_TEXT;
    const char *value = scope_column(generator, &inner, element);
    if (!value)
      return NULL;
    const char *condition = where(generator, &inner, depth, &correlated);
    uses(generator, CONSTRUCT_ARRAY_QUERY);
    return say(generator, "ARRAY(SELECT %s FROM %s%s ORDER BY %s)", value, from,
               condition, value);
  }
  const char *call =
      chance(generator, 70) ? aggregate_of(generator, &alone, kind) : NULL;
  const char *value = scope_column(generator, &inner, kind);
  if (!call && !value)
    return NULL;
  const char *condition = where(generator, &inner, depth, &correlated);
  uses(generator, correlated ? CONSTRUCT_SCALAR_CORRELATED : CONSTRUCT_SCALAR_ALONE);
  if (call)
    return say(generator, "(SELECT %s FROM %s%s)", call, from, condition);
  return say(generator, "(SELECT %s FROM %s%s ORDER BY %s%s LIMIT 1)", value, from,
             condition, total_order(generator, &alone),
             chance(generator, 20) ? " DESC" : "");
}

static const char *exists(struct generator *generator, const struct scope *scope,
                          int depth) {
  struct scope inner = {.outer = scope};
  bool correlated, not = chance(generator, 45);
  const char *from = rows(generator, &inner, depth);
  const char *condition = where(generator, &inner, depth, &correlated);
  uses(generator, not ? CONSTRUCT_NOT_EXISTS : CONSTRUCT_EXISTS);
  return say(generator, "%sEXISTS (SELECT %s FROM %s%s)", not ? "NOT " : "",
             chance(generator, 50) ? "1" : "*", from, condition);
}

/* A query of one column of that kind, of any form or a correlated one. */
static const char *column_query(struct generator *generator, const struct scope *scope,
                                enum kind kind, int depth) {
  struct scope inner = {.outer = scope};
  struct shape wanted = {1, {kind}}, found;
  bool correlated;
  if (depth > 0 && chance(generator, 35))
    return query(generator, depth - 1, &wanted, &found);
  const char *from = rows(generator, &inner, depth);
  const char *value = scope_column(generator, &inner, kind);
  if (!value)
    value = expression(generator, &inner, kind, 1);
  return chance(generator, 30) ? say(generator, "SELECT %s FROM %s", value, from)
                               : say(generator, "SELECT %s FROM %s%s", value, from,
                                     where(generator, &inner, depth, &correlated));
}

const char *subquery_condition(struct generator *generator, const struct scope *scope,
                               int depth) {
  if (chance(generator, 40))
    return exists(generator, scope, depth);
  const struct scope_column *column = scope_any(generator, scope);
  enum kind kind = column && kind_ordered(column->kind) ? column->kind : KIND_INTEGER;
  const char *left = column && kind_ordered(column->kind)
                         ? column->text
                         : constant(generator, KIND_INTEGER);
  const char *set = column_query(generator, scope, kind, depth);
  static const char *const operators[] = {"=", "<>", "<", ">="};
  switch (below(generator, 5)) {
  case 0:
  case 1:
    uses(generator, CONSTRUCT_IN_QUERY);
    return say(generator, "%s IN (%s)", left, set);
  case 2:
  case 3:
    uses(generator, CONSTRUCT_NOT_IN_QUERY);
    return say(generator, "%s NOT IN (%s)", left, set);
  default:
    uses(generator, CONSTRUCT_QUANTIFIED);
    return say(generator, "%s %s %s (%s)", left, PICK(generator, operators),
               chance(generator, 50) ? "ANY" : "ALL", set);
  }
}
