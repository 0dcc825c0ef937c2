/* Aggregates and window functions whose results do not depend on the order of rows. */
#include "generator.h"

/* A column of one of the kinds in scope; *kind says which. */
static const char *column_among(struct generator *generator, const struct scope *scope,
                                const enum kind *kinds, int count, enum kind *kind) {
  int first = below(generator, count);
  for (int i = 0; i < count; i++) {
    *kind = kinds[(first + i) % count];
    const char *column = scope_column(generator, scope, *kind);
    if (column)
      return column;
  }
  *kind = KIND_INTEGER;
  return expression(generator, scope, KIND_INTEGER, 1);
}

static const enum kind numbers[] = {KIND_INTEGER, KIND_INTEGER, KIND_SMALL, KIND_BIG,
                                    KIND_MONEY,   KIND_NUMERIC, KIND_DOUBLE};
static const enum kind extremes[] = {KIND_SMALL,     KIND_INTEGER,     KIND_BIG,
                                     KIND_MONEY,     KIND_REAL,        KIND_DOUBLE,
                                     KIND_TEXT,      KIND_DATE,        KIND_TIME,
                                     KIND_TIMESTAMP, KIND_TIMESTAMPTZ, KIND_INTERVAL};
#define NUMBERS  numbers, (int)(sizeof numbers / sizeof *numbers)
#define EXTREMES extremes, (int)(sizeof extremes / sizeof *extremes)

static enum kind sum_kind(enum kind kind) {
  switch (kind) {
  case KIND_SMALL:
  case KIND_INTEGER: return KIND_BIG;
  case KIND_DOUBLE: return KIND_DOUBLE;
  default: return KIND_NUMERIC;
  }
}

static const char *filter(struct generator *generator, const struct scope *scope) {
  if (!chance(generator, 20))
    return "";
  uses(generator, CONSTRUCT_AGGREGATE_FILTER);
  return say(generator, " FILTER (WHERE %s)", condition(generator, scope, 0));
}

static const char *distinct(struct generator *generator) {
  if (!chance(generator, 25))
    return "";
  uses(generator, CONSTRUCT_AGGREGATE_DISTINCT);
  return "DISTINCT ";
}

static const char *count(struct generator *generator, const struct scope *scope) {
  uses(generator, CONSTRUCT_AGGREGATE_SUM);
  const struct scope_column *column = scope_any(generator, scope);
  if (!column || chance(generator, 40))
    return say(generator, "count(*)%s", filter(generator, scope));
  return say(generator, "count(%s%s)%s",
             kind_ordered(column->kind) ? distinct(generator) : "", column->text,
             filter(generator, scope));
}

static const char *sum(struct generator *generator, const struct scope *scope,
                       enum kind *kind) {
  const char *value = column_among(generator, scope, NUMBERS, kind);
  bool average = chance(generator, 35);
  /* which of 1 and 1.0 is added decides the scale of the sum */
  const char *once = kind_exact(*kind) ? distinct(generator) : "";
  *kind = average && *kind != KIND_DOUBLE ? KIND_NUMERIC : sum_kind(*kind);
  uses(generator, CONSTRUCT_AGGREGATE_SUM);
  return say(generator, "%s(%s%s)%s", average ? "avg" : "sum", once, value,
             filter(generator, scope));
}

static const char *extreme(struct generator *generator, const struct scope *scope,
                           enum kind *kind) {
  const char *value = column_among(generator, scope, EXTREMES, kind);
  uses(generator, CONSTRUCT_AGGREGATE_EXTREME);
  return say(generator, "%s(%s)%s", chance(generator, 50) ? "min" : "max", value,
             filter(generator, scope));
}

static const char *deviation(struct generator *generator, const struct scope *scope,
                             enum kind *kind) {
  static const char *const names[] = {"stddev", "variance", "stddev_pop", "var_pop"};
  static const enum kind kinds[] = {KIND_INTEGER, KIND_BIG, KIND_MONEY};
  const char *value = column_among(generator, scope, kinds, 3, kind);
  *kind = KIND_NUMERIC;
  uses(generator, CONSTRUCT_AGGREGATE_DEVIATION);
  return say(generator, "%s(%s)%s", PICK(generator, names), value,
             filter(generator, scope));
}

static const char *bits(struct generator *generator, const struct scope *scope,
                        enum kind *kind) {
  static const char *const logical[] = {"bool_and", "bool_or", "every"};
  static const char *const binary[] = {"bit_and", "bit_or", "bit_xor"};
  const char *flag = scope_column(generator, scope, KIND_BOOLEAN);
  uses(generator, CONSTRUCT_AGGREGATE_BITS);
  if (flag && chance(generator, 60)) {
    *kind = KIND_BOOLEAN;
    return say(generator, "%s(%s)%s", PICK(generator, logical), flag,
               filter(generator, scope));
  }
  *kind = KIND_INTEGER;
  return say(generator, "%s(%s)%s", PICK(generator, binary),
             expression(generator, scope, KIND_INTEGER, 0), filter(generator, scope));
}

static const char *list(struct generator *generator, const struct scope *scope,
                        enum kind *kind) {
  static const char *const orders[] = {"", " DESC", " NULLS FIRST", " DESC NULLS LAST"};
  uses(generator, CONSTRUCT_AGGREGATE_LIST);
  bool numbers_wanted = chance(generator, 40);
  enum kind element = numbers_wanted ? KIND_INTEGER : KIND_TEXT;
  const char *value = expression(generator, scope, element, 0);
  const char *once = distinct(generator), *order = PICK(generator, orders);
  if (numbers_wanted || chance(generator, 30)) {
    *kind = numbers_wanted ? KIND_INTEGERS : KIND_TEXTS;
    if (!once[0] && scope->count > 0 && chance(generator, 40))
      return say(generator, "array_agg(%s ORDER BY %s)%s", value,
                 total_order(generator, scope), filter(generator, scope));
    return say(generator, "array_agg(%s%s ORDER BY %s%s)%s", once, value, value, order,
               filter(generator, scope));
  }
  *kind = KIND_TEXT;
  if (!once[0] && scope->count > 0 && chance(generator, 40))
    return say(generator, "string_agg(%s, ',' ORDER BY %s)%s", value,
               total_order(generator, scope), filter(generator, scope));
  return say(generator, "string_agg(%s%s, ',' ORDER BY %s%s)%s", once, value, value,
             order, filter(generator, scope));
}

static const char *documents(struct generator *generator, const struct scope *scope,
                             enum kind *kind) {
  static const enum kind members[] = {KIND_INTEGER, KIND_TEXT,     KIND_BOOLEAN,
                                      KIND_JSONB,   KIND_DOCUMENT, KIND_BIG};
  enum kind member = PICK(generator, members);
  const char *value = expression(generator, scope, member, 1);
  const char *order = total_order(generator, scope);
  bool binary = chance(generator, 60);
  *kind = !binary ? KIND_JSON : KIND_DOCUMENT;
  uses(generator, CONSTRUCT_AGGREGATE_JSON);
  if (!order)
    order = "1";
  if (chance(generator, 30)) {
    const char *key = expression(generator, scope, KIND_TEXT, 0);
    const char *more = chance(generator, 30)
                           ? say(generator, " AND %s", condition(generator, scope, 0))
                           : "";
    return say(generator,
               "json%s_object_agg(%s, %s ORDER BY %s) FILTER (WHERE %s IS NOT NULL%s)",
               binary ? "b" : "", key, value, order, key, more);
  }
  return say(generator, "json%s_agg(%s ORDER BY %s)%s", binary ? "b" : "", value, order,
             filter(generator, scope));
}

const char *aggregate(struct generator *generator, const struct scope *scope,
                      enum kind *kind) {
  switch (below(generator, 14)) {
  case 0:
  case 1:
  case 2: *kind = KIND_BIG; return count(generator, scope);
  case 3:
  case 4:
  case 5: return sum(generator, scope, kind);
  case 6:
  case 7:
  case 8: return extreme(generator, scope, kind);
  case 9: return deviation(generator, scope, kind);
  case 10: return bits(generator, scope, kind);
  case 11: return documents(generator, scope, kind);
  default: return list(generator, scope, kind);
  }
}

const char *aggregate_of(struct generator *generator, const struct scope *scope,
                         enum kind kind) {
  enum kind found;
  if (kind == KIND_BIG && chance(generator, 50))
    return count(generator, scope);
  for (int i = 0; i < 12; i++) {
    const char *call = aggregate(generator, scope, &found);
    if (found == kind)
      return call;
  }
  return NULL;
}

/* --- window functions --- */

static const char *partition(struct generator *generator, const struct scope *scope) {
  for (int i = 0; i < 4 && !chance(generator, 25); i++) {
    const struct scope_column *column = scope_any(generator, scope);
    if (column && kind_exact(column->kind))
      return say(generator, "PARTITION BY %s ", column->text);
  }
  return "";
}

static const char *frame(struct generator *generator) {
  static const char *const frames[] = {
      "",
      "",
      " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
      " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
      " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
      " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
      " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
      " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
      " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW"};
  return PICK(generator, frames);
}

static const char *ranks(struct generator *generator, const struct scope *scope,
                         enum kind *kind) {
  static const char *const names[] = {"rank", "dense_rank", "percent_rank",
                                      "cume_dist"};
  const char *name = PICK(generator, names);
  const struct scope_column *column = scope_any(generator, scope);
  uses(generator, CONSTRUCT_WINDOW_RANK);
  *kind = name[0] == 'p' || name[0] == 'c' ? KIND_DOUBLE : KIND_BIG;
  if (!column || !kind_ordered(column->kind) || chance(generator, 30)) {
    *kind = KIND_BIG;
    return say(generator, "row_number() OVER (%sORDER BY %s)",
               partition(generator, scope), total_order(generator, scope));
  }
  return say(generator, "%s() OVER (%sORDER BY %s%s)", name,
             partition(generator, scope), column->text,
             chance(generator, 30) ? " DESC" : "");
}

static const char *values(struct generator *generator, const struct scope *scope,
                          enum kind *kind) {
  const struct scope_column *column = scope_any(generator, scope);
  const char *order = total_order(generator, scope);
  const char *window =
      say(generator, "%sORDER BY %s", partition(generator, scope), order);
  *kind = column->kind;
  uses(generator, CONSTRUCT_WINDOW_VALUE);
  switch (below(generator, 6)) {
  case 0: return say(generator, "lag(%s) OVER (%s)", column->text, window);
  case 1: return say(generator, "lead(%s, 2) OVER (%s)", column->text, window);
  case 2:
    return say(generator, "first_value(%s) OVER (%s%s)", column->text, window,
               frame(generator));
  case 3:
    return say(generator, "last_value(%s) OVER (%s%s)", column->text, window,
               frame(generator));
  case 4: *kind = KIND_INTEGER; return say(generator, "ntile(2) OVER (%s)", window);
  default: return say(generator, "nth_value(%s, 2) OVER (%s)", column->text, window);
  }
}

const char *window_call(struct generator *generator, const struct scope *scope,
                        enum kind *kind) {
  int choice = below(generator, 3);
  if (choice == 0 || scope->count == 0)
    return ranks(generator, scope, kind);
  if (choice == 1)
    return values(generator, scope, kind);
  uses(generator, CONSTRUCT_WINDOW_AGGREGATE);
  const char *order = chance(generator, 70)
                          ? say(generator, "ORDER BY %s%s",
                                total_order(generator, scope), frame(generator))
                          : "";
  const char *window = say(generator, "%s%s", partition(generator, scope), order);
  if (chance(generator, 30)) {
    *kind = KIND_BIG;
    return say(generator, "count(*) OVER (%s)", window);
  }
  const char *value = column_among(generator, scope, NUMBERS, kind);
  if (kind_exact(*kind) && chance(generator, 40))
    return say(generator, "max(%s) OVER (%s)", value, window);
  *kind = sum_kind(*kind);
  return say(generator, "sum(%s) OVER (%s)", value, window);
}
