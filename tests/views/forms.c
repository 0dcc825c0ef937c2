/* Random queries of rarer forms, each a small pattern over what the others make. */
#include <stdio.h>
#include <string.h>

#include "generator.h"

/* A column whose equal values look the same, for GROUP BY and the like. NULL: none was met. */
static const struct scope_column *exact_column(struct generator *generator,
                                               const struct scope *scope) {
  for (int i = 0; i < 8; i++) {
    const struct scope_column *column = scope_any(generator, scope);
    if (column && kind_exact(column->kind) && kind_ordered(column->kind))
      return column;
  }
  return NULL;
}

/* An aggregate with such a result. */
static const char *exact_aggregate(struct generator *generator,
                                   const struct scope *scope, enum kind *kind) {
  for (int i = 0; i < 6; i++) {
    const char *call = aggregate(generator, scope, kind);
    if (kind_exact(*kind))
      return call;
  }
  *kind = KIND_BIG;
  return "count(*)";
}

static void add_all(struct scope *to, const struct scope *from) {
  for (int i = 0; i < from->count; i++)
    scope_add(to, from->columns[i].text, from->columns[i].kind, from->columns[i].key);
}

static const char *and_where(struct generator *generator, const char *filter,
                             const char *more) {
  return filter[0] ? say(generator, "%s AND %s", filter, more)
                   : say(generator, " WHERE %s", more);
}

/* A relation with names of its own for its columns. */
static const char *renamed(struct generator *generator, struct scope *scope,
                           struct shape *shape) {
  const struct relation_info *relation = any_relation(generator);
  const char *alias = new_alias(generator), *names = "";
  *shape = (struct shape){.count = relation->column_count};
  generator->references--;
  generator->risky |= relation->risky;
  if (relation->view)
    uses(generator, CONSTRUCT_FROM_VIEW);
  for (int i = 0; i < relation->column_count; i++) {
    shape->kinds[i] = relation->columns[i].kind;
    names = say(generator, "%s%sc%d", names, i > 0 ? ", " : "", i + 1);
    scope_add(scope, say(generator, "%s.c%d", alias, i + 1), shape->kinds[i], false);
  }
  return say(generator, "%s AS %s(%s)", relation->name, alias, names);
}

static const char *star(struct generator *generator, int depth, struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = renamed(generator, &scope, shape);
  uses(generator, CONSTRUCT_STAR);
  return say(generator, "SELECT * FROM %s%s", from,
             query_filter(generator, &scope, depth - 1));
}

/* --- joins --- */

static const char *nested_join(struct generator *generator, int depth,
                               struct shape *shape) {
  static const char *const words[] = {"LEFT JOIN", "JOIN", "RIGHT JOIN", "FULL JOIN"};
  struct scope scope = {.count = 0}, one = {.count = 0}, two = {.count = 0};
  const char *left = from_relation(generator, &scope);
  const char *right = from_relation(generator, &one);
  const char *other = from_relation(generator, &two);
  const char *inner = comparison_between(generator, &two, &one, false);
  add_all(&one, &two);
  const char *tie = comparison_between(generator, &one, &scope, false);
  if (!tie || !inner)
    return NULL;
  add_all(&scope, &one);
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *list = query_results(generator, &scope, 1, NULL, false, shape);
  uses(generator, CONSTRUCT_NESTED_JOIN);
  return say(generator, "SELECT %s FROM %s %s (%s %s %s ON %s) ON %s%s", list, left,
             PICK(generator, words), right, PICK(generator, words), other, inner, tie,
             filter);
}

/* Adds the columns of `relation` that `other` has not got. False: one of both cannot be compared. */
static bool add_own(struct generator *generator, struct scope *scope, const char *alias,
                    const struct relation_info *relation,
                    const struct relation_info *other, int *shared) {
  *shared = 0;
  for (int i = 0; i < relation->column_count; i++) {
    const struct table_column *column = &relation->columns[i];
    bool common = false;
    for (int j = 0; j < other->column_count; j++) {
      if (strcmp(other->columns[j].name, column->name) != 0)
        continue;
      common = true;
      if (other->columns[j].kind != column->kind || !kind_exact(column->kind))
        return false;
    }
    *shared += common;
    if (!common)
      scope_add(scope, say(generator, "%s.%s", alias, column->name), column->kind,
                false);
  }
  return true;
}

static const char *natural_join(struct generator *generator, int depth,
                                struct shape *shape) {
  static const char *const words[] = {"NATURAL JOIN", "NATURAL LEFT JOIN",
                                      "NATURAL FULL JOIN"};
  struct scope scope = {.count = 0};
  const struct relation_info *left = any_relation(generator);
  const struct relation_info *right = any_relation(generator);
  const char *one = new_alias(generator), *two = new_alias(generator);
  int shared;
  if (left == right || !add_own(generator, &scope, one, left, right, &shared) ||
      !add_own(generator, &scope, two, right, left, &shared) || shared == 0)
    return NULL;
  for (int i = 0; i < left->column_count; i++)
    for (int j = 0; j < right->column_count; j++)
      if (strcmp(left->columns[i].name, right->columns[j].name) == 0)
        scope_add(&scope, left->columns[i].name, left->columns[i].kind, false);
  generator->references -= 2;
  generator->risky |= left->risky || right->risky;
  if (left->view || right->view)
    uses(generator, CONSTRUCT_FROM_VIEW);
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *list = query_results(generator, &scope, 0, NULL, false, shape);
  uses(generator, CONSTRUCT_NATURAL_JOIN);
  return say(generator, "SELECT %s FROM %s AS %s %s %s AS %s%s", list, left->name, one,
             PICK(generator, words), right->name, two, filter);
}

/* --- conditions --- */

/* (a, b) IN (SELECT x, y …). */
static const char *row_in(struct generator *generator, const struct scope *scope) {
  struct scope inner = {.count = 0};
  const char *from = from_relation(generator, &inner);
  const struct scope_column *one = exact_column(generator, scope);
  const struct scope_column *two = exact_column(generator, scope);
  if (!one || !two)
    return NULL;
  const char *first = scope_column(generator, &inner, one->kind);
  const char *second = scope_column(generator, &inner, two->kind);
  uses(generator, CONSTRUCT_ROW_IN);
  return say(generator, "(%s, %s) %sIN (SELECT %s, %s FROM %s%s)", one->text, two->text,
             chance(generator, 40) ? "NOT " : "",
             first ? first : constant(generator, one->kind),
             second ? second : constant(generator, two->kind), from,
             query_filter(generator, &inner, 0));
}

static const char *any_of_array(struct generator *generator,
                                const struct scope *scope) {
  static const char *const operators[] = {"= ANY", "<> ALL", "< ANY", ">= ALL"};
  struct scope inner = {.count = 0};
  const char *array = scope_column(generator, scope, KIND_INTEGERS);
  const char *number = scope_column(generator, scope, KIND_INTEGER);
  if (!number)
    return NULL;
  if (!array || chance(generator, 50)) {
    const char *from = from_relation(generator, &inner);
    const char *value = scope_column(generator, &inner, KIND_INTEGER);
    if (!value)
      return NULL;
    array = say(generator, "ARRAY(SELECT %s FROM %s)", value, from);
  }
  uses(generator, CONSTRUCT_ARRAY_ANY);
  return say(generator, "%s %s (%s)", number, PICK(generator, operators), array);
}

/* EXISTS of a set operation; both branches are tied to the row. */
static const char *exists_set(struct generator *generator, const struct scope *scope) {
  static const char *const operators[] = {"UNION ALL", "UNION", "EXCEPT", "INTERSECT",
                                          "EXCEPT ALL"};
  struct scope one = {.count = 0}, two = {.count = 0};
  const char *first = from_relation(generator, &one);
  const char *second = from_relation(generator, &two);
  const char *left = comparison_between(generator, &one, scope, false);
  const char *right = comparison_between(generator, &two, scope, false);
  const struct scope_column *shown = exact_column(generator, &one);
  const char *other = shown ? scope_column(generator, &two, shown->kind) : NULL;
  if (!left || !right)
    return NULL;
  uses(generator, CONSTRUCT_EXISTS_SET);
  return say(generator,
             "%sEXISTS (SELECT %s FROM %s WHERE %s %s SELECT %s FROM %s WHERE %s)",
             chance(generator, 40) ? "NOT " : "", other ? shown->text : "1", first,
             left, PICK(generator, operators), other ? other : "1", second, right);
}

/* EXISTS of a query with a common table expression. */
static const char *exists_with(struct generator *generator, const struct scope *scope) {
  struct scope inner = {.count = 0}, outside = {.count = 0};
  struct shape shape;
  const char *from = from_relation(generator, &inner);
  const char *name = say(generator, "w%d", generator->next_alias++);
  const char *alias = new_alias(generator);
  const char *filter = query_filter(generator, &inner, 0);
  const char *list = query_results(generator, &inner, 0, NULL, false, &shape);
  scope_add_shape(generator, &outside, alias, &shape);
  const char *tie = comparison_between(generator, &outside, scope, false);
  if (!tie)
    return NULL;
  uses(generator, CONSTRUCT_EXISTS_WITH);
  return say(generator,
             "%sEXISTS (WITH %s AS (SELECT %s FROM %s%s) SELECT 1 FROM %s AS %s WHERE "
             "%s)",
             chance(generator, 40) ? "NOT " : "", name, list, from, filter, name, alias,
             tie);
}

static const char *conditional(struct generator *generator, int depth,
                               struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth - 1), *more = NULL;
  switch (below(generator, 4)) {
  case 0: more = row_in(generator, &scope); break;
  case 1: more = any_of_array(generator, &scope); break;
  case 2: more = exists_set(generator, &scope); break;
  default: more = exists_with(generator, &scope); break;
  }
  if (!more)
    return NULL;
  const char *filter = query_filter(generator, &scope, 0);
  const char *list = query_results(generator, &scope, 1, NULL, false, shape);
  return say(generator, "SELECT %s FROM %s%s", list, from,
             and_where(generator, filter, more));
}

/* A value of the rows that are tied to this one: there should be one, but there may be more. */
static const char *scalar_many(struct generator *generator, int depth,
                               struct shape *shape) {
  struct scope scope = {.count = 0}, inner = {.count = 0};
  const char *from = from_relation(generator, &scope);
  const char *other = from_relation(generator, &inner);
  const char *tie = comparison_between(generator, &inner, &scope, false);
  const struct scope_column *shown = scope_any(generator, &inner);
  if (!tie)
    return NULL;
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *list = query_results(generator, &scope, 0, NULL, false, shape);
  generator->risky = true;
  uses(generator, CONSTRUCT_SCALAR_MANY);
  const char *value =
      say(generator, "(SELECT %s FROM %s WHERE %s)", shown->text, other, tie);
  return say(generator, "SELECT %s FROM %s%s",
             query_result(generator, list, shape, value, shown->kind), from, filter);
}

/* --- windows --- */

static const char *named_window(struct generator *generator, int depth,
                                struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth - 1);
  const struct scope_column *part = exact_column(generator, &scope);
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *list = query_results(generator, &scope, 0, NULL, false, shape);
  const char *order = total_order(generator, &scope);
  const char *number = scope_column(generator, &scope, KIND_INTEGER);
  bool apart = part && chance(generator, 60);
  const char *parts = apart ? say(generator, "PARTITION BY %s", part->text) : "";
  uses(generator, CONSTRUCT_NAMED_WINDOW);
  if (number) {
    list = query_result(generator, list, shape,
                        say(generator, "sum(%s) OVER w", number), KIND_BIG);
    list = query_result(
        generator, list, shape,
        say(generator, "lag(%s, 1, 0) OVER (w ORDER BY %s)", number, order),
        KIND_INTEGER);
    list = query_result(generator, list, shape,
                        say(generator, "count(*) FILTER (WHERE %s > 1) OVER w", number),
                        KIND_BIG);
  }
  list = query_result(generator, list, shape,
                      say(generator, "row_number() OVER (w ORDER BY %s)", order),
                      KIND_BIG);
  return say(generator, "SELECT %s FROM %s%s WINDOW w AS (%s)", list, from, filter,
             parts);
}

static const char *group_window(struct generator *generator, int depth,
                                struct shape *shape) {
  struct scope scope = {.count = 0};
  enum kind kind;
  const char *from = from_list(generator, &scope, depth - 1);
  const struct scope_column *key = exact_column(generator, &scope);
  if (!key)
    return NULL;
  const char *filter = query_filter(generator, &scope, depth - 1);
  *shape = (struct shape){.count = 0};
  const char *list = query_result(generator, "", shape, key->text, key->kind);
  const char *call = exact_aggregate(generator, &scope, &kind);
  list = query_result(generator, list, shape,
                      say(generator, "sum(count(*)) OVER (ORDER BY %s)", key->text),
                      KIND_NUMERIC);
  list = query_result(
      generator, list, shape,
      say(generator, "lag(%s) OVER (ORDER BY count(*) DESC, %s)", call, key->text),
      kind);
  list = query_result(generator, list, shape,
                      chance(generator, 50) ? "rank() OVER (ORDER BY count(*))"
                                            : "count(*) OVER ()",
                      KIND_BIG);
  uses(generator, CONSTRUCT_GROUP_WINDOW);
  return say(generator, "SELECT %s FROM %s%s GROUP BY %s", list, from, filter,
             key->text);
}

/* --- groups --- */

static const char *group_limit(struct generator *generator, int depth,
                               struct shape *shape) {
  struct scope scope = {.count = 0};
  enum kind kind;
  const char *from = from_list(generator, &scope, depth - 1);
  const struct scope_column *key = exact_column(generator, &scope);
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *call = exact_aggregate(generator, &scope, &kind);
  if (!key)
    return NULL;
  *shape = (struct shape){.count = 0};
  const char *list = query_result(generator, "", shape, key->text, key->kind);
  list = query_result(generator, list, shape, call, kind);
  if (chance(generator, 40)) {
    uses(generator, CONSTRUCT_GROUP_DISTINCT);
    *shape = (struct shape){.count = 0};
    return say(generator, "SELECT DISTINCT %s FROM %s%s GROUP BY %s",
               query_result(generator, "", shape, call, kind), from, filter, key->text);
  }
  uses(generator, CONSTRUCT_GROUP_LIMIT);
  return say(generator, "SELECT %s FROM %s%s GROUP BY %s ORDER BY count(*) DESC, %s%s",
             list, from, filter, key->text, key->text, query_limits(generator));
}

static const char *group_expression(struct generator *generator, int depth,
                                    struct shape *shape) {
  static const enum kind kinds[] = {KIND_INTEGER, KIND_TEXT, KIND_BOOLEAN, KIND_BOOLEAN,
                                    KIND_DATE};
  struct scope scope = {.count = 0};
  enum kind kind = PICK(generator, kinds), result;
  const char *from = from_list(generator, &scope, depth - 1);
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *value = expression(generator, &scope, kind, 1);
  const char *call = aggregate(generator, &scope, &result);
  *shape = (struct shape){.count = 0};
  const char *list = query_result(generator, "", shape, value, kind);
  list = query_result(generator, list, shape, call, result);
  uses(generator, CONSTRUCT_GROUP_EXPRESSION);
  /* a constant would be taken for an ordinal */
  bool again = strchr(value, 'q') && chance(generator, 50);
  return say(generator, "SELECT %s FROM %s%s GROUP BY %s", list, from, filter,
             again ? value : "1");
}

/* Columns that follow from the key that is grouped by. */
static const char *group_dependent(struct generator *generator, int depth,
                                   struct shape *shape) {
  const struct relation_info *table =
      &generator->relations[below(generator, generator->table_count)];
  struct scope scope = {.count = 0}, other = {.count = 0}, all;
  const char *alias = new_alias(generator), *keys = "", *list = "";
  enum kind kind;
  if (table->key_count == 0)
    return NULL;
  *shape = (struct shape){.count = 0};
  for (int i = 0; i < table->column_count; i++) {
    const char *column = say(generator, "%s.%s", alias, table->columns[i].name);
    scope_add(&scope, column, table->columns[i].kind, i < table->key_count);
    if (i < table->key_count)
      keys = say(generator, "%s%s%s", keys, i > 0 ? ", " : "", column);
    if (shape->count < 4)
      list = query_result(generator, list, shape, column, table->columns[i].kind);
  }
  generator->references -= 2;
  const char *from = say(generator, "%s AS %s", table->name, alias);
  const char *joined = from_relation(generator, &other);
  const char *tie = comparison_between(generator, &other, &scope, false);
  all = scope;
  if (tie) {
    from = say(generator, "%s %s %s ON %s", from,
               chance(generator, 40) ? "LEFT JOIN" : "JOIN", joined, tie);
    add_all(&all, &other);
  }
  const char *filter =
      chance(generator, 40) ? query_filter(generator, &all, depth - 1) : "";
  const char *call = aggregate(generator, &all, &kind);
  uses(generator, CONSTRUCT_GROUP_DEPENDENT);
  return say(generator, "SELECT %s FROM %s%s GROUP BY %s",
             query_result(generator, list, shape, call, kind), from, filter, keys);
}

static const char *grouping_call(struct generator *generator, int depth,
                                 struct shape *shape) {
  struct scope scope = {.count = 0};
  enum kind kind;
  const char *from = from_list(generator, &scope, depth - 1);
  const struct scope_column *one = exact_column(generator, &scope);
  const struct scope_column *two = exact_column(generator, &scope);
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *call = aggregate(generator, &scope, &kind);
  if (!one || strcmp(one->text, two->text) == 0)
    return NULL;
  *shape = (struct shape){.count = 0};
  const char *list = query_result(generator, "", shape, one->text, one->kind);
  const char *value = say(generator, "grouping(%s, %s)", one->text, two->text);
  list = query_result(generator, list, shape, value, KIND_INTEGER);
  list = query_result(generator, list, shape, call, kind);
  uses(generator, CONSTRUCT_GROUPING_CALL);
  return say(generator, "SELECT %s FROM %s%s GROUP BY %s (%s, %s)%s", list, from,
             filter, chance(generator, 50) ? "ROLLUP" : "CUBE", one->text, two->text,
             chance(generator, 30)
                 ? say(generator, " HAVING grouping(%s) = 0", one->text)
                 : "");
}

static const char *having_alone(struct generator *generator, int depth,
                                struct shape *shape) {
  struct scope scope = {.count = 0};
  enum kind kind;
  const char *from = from_list(generator, &scope, depth - 1);
  const char *filter = query_filter(generator, &scope, depth - 1);
  *shape = (struct shape){.count = 0};
  const char *list = query_result(generator, "", shape, "1", KIND_INTEGER);
  if (chance(generator, 50)) {
    const char *call = aggregate(generator, &scope, &kind);
    list = query_result(generator, list, shape, call, kind);
  }
  uses(generator, CONSTRUCT_HAVING_ALONE);
  return say(generator, "SELECT %s FROM %s%s HAVING count(*) %s %d", list, from, filter,
             chance(generator, 50) ? ">" : "<>", 1 + below(generator, 4));
}

/* Subqueries in FILTER and in HAVING. */
static const char *filter_query(struct generator *generator, int depth,
                                struct shape *shape) {
  struct scope scope = {.count = 0}, inner = {.count = 0}, keys = {.count = 0};
  const char *from = from_list(generator, &scope, depth - 1);
  const struct scope_column *key = exact_column(generator, &scope);
  const char *filter = query_filter(generator, &scope, depth - 1);
  if (!key)
    return NULL;
  scope_add(&keys, key->text, key->kind, false);
  const char *other = from_relation(generator, &inner);
  bool having = chance(generator, 40);
  const char *tie =
      comparison_between(generator, &inner, having ? &keys : &scope, false);
  if (!tie)
    return NULL;
  const char *found = say(generator, "%sEXISTS (SELECT 1 FROM %s WHERE %s)",
                          chance(generator, 40) ? "NOT " : "", other, tie);
  const char *call =
      having ? "count(*)" : say(generator, "count(*) FILTER (WHERE %s)", found);
  *shape = (struct shape){.count = 0};
  const char *list = query_result(generator, "", shape, key->text, key->kind);
  list = query_result(generator, list, shape, call, KIND_BIG);
  uses(generator, CONSTRUCT_FILTER_QUERY);
  return say(generator, "SELECT %s FROM %s%s GROUP BY %s%s", list, from, filter,
             key->text, having ? say(generator, " HAVING %s", found) : "");
}

/* --- LIMIT --- */

static const char *computed_limits(struct generator *generator) {
  if (chance(generator, 25)) {
    uses(generator, CONSTRUCT_OFFSET_ALONE);
    return say(generator, " OFFSET %d", below(generator, 4));
  }
  uses(generator, CONSTRUCT_LIMIT_COMPUTED);
  switch (below(generator, 6)) {
  case 0: return " LIMIT 0";
  case 1: return " LIMIT ALL OFFSET 1";
  case 2: return " LIMIT NULL";
  case 3: {
    struct scope inner = {.count = 0};
    const char *from = from_relation(generator, &inner);
    return say(generator, " LIMIT (SELECT count(*) FROM %s)", from);
  }
  default: return say(generator, " LIMIT 1 + %d", below(generator, 3));
  }
}

static const char *computed_limit(struct generator *generator, int depth,
                                  struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth - 1);
  const char *filter = query_filter(generator, &scope, depth - 1);
  const char *list = query_results(generator, &scope, 1, NULL, false, shape);
  const char *order = query_order(generator, &scope);
  return say(generator, "SELECT %s FROM %s%s%s%s", list, from, filter, order,
             computed_limits(generator));
}

/* The first of those of one relation that have a value. */
static const char *equated_limit(struct generator *generator, int depth,
                                 struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_relation(generator, &scope);
  const struct scope_column *column = exact_column(generator, &scope);
  if (!column)
    return NULL;
  const char *filter =
      depth > 1 && chance(generator, 30) ? query_filter(generator, &scope, 0) : "";
  const char *list = query_results(generator, &scope, 1, NULL, false, shape);
  const char *value = constant(generator, column->kind);
  const char *equality = chance(generator, 70)
                             ? say(generator, "%s = %s", column->text, value)
                             : say(generator, "%s = %s", value, column->text);
  uses(generator, CONSTRUCT_LIMIT_EQUATED);
  return say(generator, "SELECT %s FROM %s%s%s%s", list, from,
             and_where(generator, filter, equality), query_order(generator, &scope),
             query_limits(generator));
}

/* --- WITH --- */

/* A common table expression over another, both read. */
static const char *cte_chain(struct generator *generator, int depth,
                             struct shape *shape) {
  static const char *const modes[] = {"", " MATERIALIZED", " NOT MATERIALIZED"};
  struct scope one = {.count = 0}, two = {.count = 0}, again = {.count = 0};
  struct shape first, second;
  const char *mode = PICK(generator, modes);
  const char *definition = query(generator, depth - 1, NULL, &first);
  const char *name = say(generator, "w%d", generator->next_alias++);
  const char *over = say(generator, "w%d", generator->next_alias++);
  const char *a = new_alias(generator), *b = new_alias(generator);
  const char *c = new_alias(generator);
  scope_add_shape(generator, &one, a, &first);
  const char *filter = query_filter(generator, &one, 0);
  const char *list = query_results(generator, &one, 1, NULL, false, &second);
  scope_add_shape(generator, &two, b, &second);
  scope_add_shape(generator, &again, c, &first);
  const char *tie = comparison_between(generator, &again, &two, false);
  const char *from = say(generator, "%s AS %s", over, b);
  if (tie) {
    from = say(generator, "%s JOIN %s AS %s ON %s", from, name, c, tie);
    add_all(&two, &again);
  }
  if (mode[0])
    uses(generator, CONSTRUCT_CTE_MATERIALIZED);
  uses(generator, CONSTRUCT_CTE_CHAIN);
  return say(generator,
             "WITH %s AS%s (%s), %s AS (SELECT %s FROM %s AS %s%s) SELECT %s FROM %s",
             name, mode, definition, over, list, name, a, filter,
             query_results(generator, &two, 0, NULL, false, shape), from);
}

const char *rare_query(struct generator *generator, int depth, struct shape *shape) {
  static const char *(*const forms[])(struct generator * generator, int depth,
                                      struct shape *shape) = {
      star,         nested_join,      natural_join,    conditional,     conditional,
      conditional,  scalar_many,      named_window,    group_window,    group_limit,
      group_limit,  group_expression, group_dependent, group_dependent, grouping_call,
      having_alone, filter_query,     computed_limit,  equated_limit,   cte_chain};
  bool used[CONSTRUCT_COUNT];
  memcpy(used, generator->used, sizeof used);
  const char *text = PICK(generator, forms)(generator, depth, shape);
  if (!text)
    memcpy(generator->used, used, sizeof used);
  return text;
}
