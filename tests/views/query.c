/* Random queries of every form. */
#include <stdio.h>
#include <string.h>

#include "generator.h"

static const char *result_list(struct generator *generator, const char *list,
                               int number, const char *value, enum kind kind,
                               bool cast) {
  return say(generator, cast ? "%s%s(%s)::%s AS c%d" : "%s%s%s%.0s AS c%d", list,
             number > 1 ? ", " : "", value, kind_type(kind), number);
}

const char *query_filter(struct generator *generator, const struct scope *scope,
                         int depth) {
  if (!chance(generator, 55))
    return "";
  uses(generator, CONSTRUCT_FILTER);
  return say(generator, " WHERE %s", condition(generator, scope, depth));
}

void scope_add_shape(struct generator *generator, struct scope *scope,
                     const char *alias, const struct shape *shape) {
  for (int i = 0; i < shape->count; i++)
    scope_add(scope, say(generator, "%s.c%d", alias, i + 1), shape->kinds[i], false);
}

/* --- which columns --- */

static void shape_add(struct shape *shape, enum kind kind) {
  shape->kinds[shape->count++] = kind;
}

const char *query_result(struct generator *generator, const char *list,
                         struct shape *shape, const char *value, enum kind kind) {
  shape_add(shape, kind);
  return result_list(generator, list, shape->count, value, kind, false);
}

/* A kind that is in scope, most of the time. */
static enum kind kind_in(struct generator *generator, const struct scope *scope,
                         bool exact) {
  for (int i = 0; i < 4; i++) {
    const struct scope_column *column = scope_any(generator, scope);
    if (column && (!exact || kind_exact(column->kind)) && !chance(generator, 15))
      return column->kind;
  }
  enum kind kind = any_kind(generator);
  return exact && !kind_exact(kind) ? KIND_INTEGER : kind;
}

/* Results for the rows of `scope`. */
const char *query_results(struct generator *generator, const struct scope *scope,
                          int depth, const struct shape *wanted, bool exact,
                          struct shape *shape) {
  const char *list = "";
  shape->count = 0;
  for (int i = 0; !wanted && chance(generator, 60) && i < scope->count; i++)
    if (scope->columns[i].key && shape->count < 6) {
      shape_add(shape, scope->columns[i].kind);
      list = result_list(generator, list, shape->count, scope->columns[i].text,
                         scope->columns[i].kind, false);
    }
  int count = wanted ? wanted->count : 1 + below(generator, 4);
  for (int i = 0; i < count; i++) {
    enum kind kind = wanted ? wanted->kinds[i] : kind_in(generator, scope, exact);
    shape_add(shape, kind);
    list = result_list(generator, list, shape->count,
                       expression(generator, scope, kind, depth), kind, wanted != NULL);
  }
  return list;
}

/* --- forms --- */

static const char *plain(struct generator *generator, int depth,
                         const struct shape *wanted, struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth);
  const char *condition = query_filter(generator, &scope, depth);
  const char *list =
      query_results(generator, &scope, depth > 2 ? 2 : depth, wanted, false, shape);
  return say(generator, "SELECT %s FROM %s%s", list, from, condition);
}

static const char *distinct(struct generator *generator, int depth,
                            const struct shape *wanted, struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth);
  const char *condition = query_filter(generator, &scope, depth);
  const char *list = query_results(generator, &scope, 1, wanted, true, shape);
  uses(generator, CONSTRUCT_DISTINCT);
  return say(generator, "SELECT DISTINCT %s FROM %s%s", list, from, condition);
}

static const char *distinct_on(struct generator *generator, int depth,
                               const struct shape *wanted, struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth);
  const struct scope_column *on = scope_any(generator, &scope);
  if (!kind_exact(on->kind) || is_bare(on))
    return say(generator, "SELECT %s FROM %s",
               query_results(generator, &scope, 1, wanted, false, shape), from);
  const char *condition = query_filter(generator, &scope, depth);
  const char *list = query_results(generator, &scope, 1, wanted, false, shape);
  uses(generator, CONSTRUCT_DISTINCT_ON);
  return say(generator, "SELECT DISTINCT ON (%s) %s FROM %s%s ORDER BY %s%s, %s",
             on->text, list, from, condition, on->text,
             chance(generator, 30) ? " DESC" : "", total_order(generator, &scope));
}

const char *query_limits(struct generator *generator) {
  const char *limit =
      say(generator, chance(generator, 85) ? " LIMIT %d" : " FETCH FIRST %d ROWS ONLY",
          1 + below(generator, 5));
  uses(generator, CONSTRUCT_LIMIT);
  if (!chance(generator, 30))
    return limit;
  uses(generator, CONSTRUCT_OFFSET);
  const char *offset = say(generator, " OFFSET %d", 1 + below(generator, 3));
  return strstr(limit, "FETCH") ? say(generator, "%s%s", offset, limit)
                                : say(generator, "%s%s", limit, offset);
}

const char *query_order(struct generator *generator, const struct scope *scope) {
  const struct scope_column *column = scope_any(generator, scope);
  static const char *const directions[] = {"", " DESC", " NULLS FIRST",
                                           " DESC NULLS LAST"};
  const char *total = total_order(generator, scope);
  if (column && kind_ordered(column->kind) && !is_bare(column) && chance(generator, 70))
    return say(generator, " ORDER BY %s%s, %s", column->text,
               PICK(generator, directions), total);
  return say(generator, " ORDER BY %s", total);
}

static const char *limited(struct generator *generator, int depth,
                           const struct shape *wanted, struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth);
  const char *condition = query_filter(generator, &scope, depth);
  const char *list = query_results(generator, &scope, 1, wanted, false, shape);
  return say(generator, "SELECT %s FROM %s%s%s%s", list, from, condition,
             query_order(generator, &scope), query_limits(generator));
}

static const char *windowed(struct generator *generator, int depth,
                            const struct shape *wanted, struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *from = from_list(generator, &scope, depth);
  const char *condition = query_filter(generator, &scope, depth);
  const char *list = query_results(generator, &scope, 1, wanted, false, shape);
  int count = 1 + below(generator, 2);
  for (int i = 0; !wanted && i < count; i++) {
    enum kind kind;
    const char *call = window_call(generator, &scope, &kind);
    shape_add(shape, kind);
    list = result_list(generator, list, shape->count, call, kind, false);
  }
  return say(generator, "SELECT %s FROM %s%s", list, from, condition);
}

/* --- groups --- */

struct groups {
  struct scope keys;
  const char *list; /* for GROUP BY */
};

static void choose_keys(struct generator *generator, const struct scope *scope,
                        struct groups *groups) {
  int count = 1 + below(generator, 3);
  groups->list = NULL;
  for (int i = 0; i < count; i++) {
    const struct scope_column *column = scope_any(generator, scope);
    const char *text = column->text;
    enum kind kind = column->kind;
    if (!kind_exact(kind) && kind != KIND_NUMERIC && kind != KIND_DOCUMENT)
      continue;
    if (kind == KIND_INTEGER && chance(generator, 15))
      text = say(generator, "(%s %% 2)", text);
    bool known = false;
    for (int j = 0; j < groups->keys.count; j++)
      known |= strcmp(groups->keys.columns[j].text, text) == 0;
    if (known)
      continue;
    scope_add(&groups->keys, text, kind, false);
    groups->list = groups->list ? say(generator, "%s, %s", groups->list, text) : text;
  }
}

static const char *having(struct generator *generator, const struct scope *scope) {
  enum kind kind;
  if (!chance(generator, 30))
    return "";
  uses(generator, CONSTRUCT_HAVING);
  if (chance(generator, 40))
    return say(generator, " HAVING count(*) %s 1", chance(generator, 70) ? ">" : "=");
  const char *call = aggregate(generator, scope, &kind);
  if (kind_ordered(kind) && chance(generator, 60))
    return say(generator, " HAVING %s %s %s", call,
               chance(generator, 50) ? ">" : "<=", constant(generator, kind));
  return say(generator, " HAVING %s IS NOT NULL", call);
}

static const char *group_results(struct generator *generator, const struct scope *scope,
                                 struct groups *groups, const struct shape *wanted,
                                 struct shape *shape) {
  const char *list = "";
  enum kind kind;
  shape->count = 0;
  if (wanted) {
    for (int i = 0; i < wanted->count; i++) {
      kind = wanted->kinds[i];
      const char *value = scope_column(generator, &groups->keys, kind);
      if (!value)
        value = aggregate_of(generator, scope, kind);
      if (!value)
        value = constant(generator, kind);
      shape_add(shape, kind);
      list = result_list(generator, list, i + 1, value, kind, true);
    }
    return list;
  }
  for (int i = 0; i < groups->keys.count; i++)
    if (chance(generator, 85)) {
      shape_add(shape, groups->keys.columns[i].kind);
      list = result_list(generator, list, shape->count, groups->keys.columns[i].text,
                         groups->keys.columns[i].kind, false);
    }
  int count = below(generator, 4) + (shape->count == 0);
  for (int i = 0; i < count; i++) {
    const char *call = aggregate(generator, scope, &kind);
    if (chance(generator, 12)) {
      call = say(generator, "coalesce(%s, %s)", call, constant(generator, kind));
    } else if (kind == KIND_BIG && chance(generator, 15)) {
      call = say(generator, "(%s + count(*))", call);
    } else if (kind_ordered(kind) && chance(generator, 8)) {
      call = say(generator, "jsonb_build_object('n', %s)", call);
      kind = KIND_DOCUMENT;
    }
    shape_add(shape, kind);
    list = result_list(generator, list, shape->count, call, kind, false);
  }
  return list;
}

static const char *group_by(struct generator *generator, const struct groups *groups) {
  const struct scope *keys = &groups->keys;
  int choice = below(generator, 10);
  if (choice < 6 || keys->count == 0) {
    uses(generator, CONSTRUCT_GROUP_BY);
    return groups->list;
  }
  if (choice < 8) {
    uses(generator, choice == 6 ? CONSTRUCT_ROLLUP : CONSTRUCT_CUBE);
    return say(generator, "%s (%s)", choice == 6 ? "ROLLUP" : "CUBE", groups->list);
  }
  uses(generator, CONSTRUCT_GROUPING_SETS);
  return say(generator, "GROUPING SETS ((%s), (%s)%s)", groups->list,
             keys->columns[0].text, chance(generator, 60) ? ", ()" : "");
}

static const char *grouped(struct generator *generator, int depth,
                           const struct shape *wanted, struct shape *shape) {
  struct scope scope = {.count = 0};
  struct groups groups = {.list = NULL};
  const char *from = from_list(generator, &scope, depth);
  const char *condition = query_filter(generator, &scope, depth);
  bool all = chance(generator, 12);
  if (!all)
    choose_keys(generator, &scope, &groups);
  if (!groups.list)
    uses(generator, CONSTRUCT_AGGREGATE_ALL);
  const char *list = group_results(generator, &scope, &groups, wanted, shape);
  if (!groups.list) {
    bool none = wanted != NULL; /* perhaps no aggregate is left: then it is no group */
    return say(generator, "SELECT %s FROM %s%s%s", list, from, condition,
               none ? " HAVING count(*) >= 0" : having(generator, &scope));
  }
  const char *keys = group_by(generator, &groups);
  return say(generator, "SELECT %s FROM %s%s GROUP BY %s%s", list, from, condition,
             keys, having(generator, &scope));
}

/* --- set operations --- */

static const char *values_branch(struct generator *generator,
                                 const struct shape *shape) {
  const char *text = "VALUES ";
  int rows = 1 + below(generator, 3);
  for (int row = 0; row < rows; row++) {
    text = say(generator, "%s%s", text, row ? ", (" : "(");
    for (int i = 0; i < shape->count; i++) {
      const char *value = constant(generator, shape->kinds[i]);
      text = say(generator, "%s%s%s", text, i ? ", " : "",
                 say(generator, "(%s)::%s", value, kind_type(shape->kinds[i])));
    }
    text = say(generator, "%s)", text);
  }
  uses(generator, CONSTRUCT_VALUES);
  return text;
}

static const char *set_operator(struct generator *generator, bool exact) {
  static const char *const texts[] = {"UNION ALL",     "UNION",  "INTERSECT",
                                      "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"};
  static const enum construct constructs[] = {
      CONSTRUCT_UNION_ALL,     CONSTRUCT_UNION,  CONSTRUCT_INTERSECT,
      CONSTRUCT_INTERSECT_ALL, CONSTRUCT_EXCEPT, CONSTRUCT_EXCEPT_ALL};
  int choice = exact ? below(generator, 6) : 0;
  uses(generator, constructs[choice]);
  return texts[choice];
}

static const char *set_operation(struct generator *generator, int depth,
                                 const struct shape *wanted, struct shape *shape) {
  struct shape kinds = {.count = 0}, ignored;
  bool exact = true;
  if (wanted) {
    kinds = *wanted;
  } else {
    int count = 1 + below(generator, 3);
    for (int i = 0; i < count; i++) {
      enum kind kind = any_kind(generator);
      shape_add(&kinds, kind_exact(kind) ? kind : KIND_INTEGER);
    }
  }
  for (int i = 0; i < kinds.count; i++)
    exact &= kind_exact(kinds.kinds[i]);
  const char *text = say(generator, "(%s)", query(generator, depth - 1, &kinds, shape));
  int branches = 1 + chance(generator, 25);
  for (int i = 0; i < branches; i++) {
    const char *right = chance(generator, 10)
                            ? values_branch(generator, &kinds)
                            : query(generator, depth - 1, &kinds, &ignored);
    text = say(generator, "%s %s (%s)", text, set_operator(generator, exact), right);
  }
  if (exact && chance(generator, 12)) {
    text = say(generator, "%s ORDER BY 1", text);
    for (int i = 1; i < kinds.count; i++)
      text = say(generator, "%s, %d", text, i + 1);
    text = say(generator, "%s%s", text, query_limits(generator));
  }
  *shape = kinds;
  return text;
}

/* --- WITH --- */

static struct relation_info *add_cte(struct generator *generator,
                                     const struct shape *shape) {
  struct relation_info *cte = &generator->ctes[generator->cte_count++];
  *cte = (struct relation_info){.column_count = shape->count};
  snprintf(cte->name, sizeof cte->name, "w%d", generator->next_alias++);
  for (int i = 0; i < shape->count; i++) {
    snprintf(cte->columns[i].name, sizeof cte->columns[i].name, "c%d", i + 1);
    cte->columns[i].kind = shape->kinds[i];
  }
  return cte;
}

static const char *query_of(struct generator *generator, int depth,
                            const struct shape *wanted, struct shape *shape) {
  switch (below(generator, 4)) {
  case 0: return grouped(generator, depth, wanted, shape);
  case 1:
    if (depth > 0)
      return set_operation(generator, depth, wanted, shape);
    break;
  default: break;
  }
  return plain(generator, depth, wanted, shape);
}

static int count_uses(const char *text, const char *name) {
  char reference[40];
  int count = 0;
  snprintf(reference, sizeof reference, "%s AS ", name);
  for (const char *at = text; (at = strstr(at, reference)); at++)
    count++;
  return count;
}

static const char *with(struct generator *generator, int depth,
                        const struct shape *wanted, struct shape *shape) {
  struct shape inner;
  if (generator->cte_count == 4)
    return plain(generator, depth, wanted, shape);
  int before = generator->cte_count;
  const char *definition = query(generator, depth - 1, NULL, &inner);
  struct relation_info *cte = add_cte(generator, &inner);
  const char *name = say(generator, "%s", cte->name);
  const char *body = query_of(generator, depth - 1, wanted, shape);
  int count = count_uses(body, name);
  if (count > 0)
    uses(generator, count > 1 ? CONSTRUCT_CTE_TWICE : CONSTRUCT_CTE_ONCE);
  generator->cte_count = before;
  return say(generator, "WITH %s AS (%s) %s", name, definition, body);
}

/* Two integer columns of a table: edges of a graph. */
static bool edges(struct generator *generator, const struct relation_info *table,
                  const char **from, const char **to) {
  const char *found[2];
  int count = 0;
  for (int i = table->column_count - 1; i >= 0 && count < 2; i--)
    if (table->columns[i].kind == KIND_INTEGER)
      found[count++] = table->columns[i].name;
  if (count < 2)
    return false;
  bool swap = chance(generator, 50);
  *from = found[swap];
  *to = found[!swap];
  return true;
}

static const char *recursive_definition(struct generator *generator, const char *name,
                                        bool all, struct shape *shape) {
  const char *from, *to;
  const struct relation_info *table =
      &generator->relations[below(generator, generator->table_count)];
  *shape = (struct shape){2, {KIND_INTEGER, KIND_INTEGER}};
  generator->references--;
  if (!edges(generator, table, &from, &to)) {
    const char *start =
        say(generator, "SELECT 1, count(*)::integer FROM %s", table->name);
    return say(generator, "%s %s SELECT %s.c1 + 1, %s.c2 FROM %s WHERE %s.c1 < 4",
               start, all ? "UNION ALL" : "UNION", name, name, name, name);
  }
  if (!all && chance(generator, 60)) /* pairs that are connected */
    return say(generator,
               "SELECT %s, %s FROM %s UNION SELECT %s.c1, e.%s FROM %s JOIN %s AS e "
               "ON e.%s = %s.c2",
               from, to, table->name, name, to, name, table->name, from, name);
  return say(generator,
             "SELECT %s, 0 FROM %s%s %s SELECT e.%s, %s.c2 + 1 FROM %s JOIN %s AS e "
             "ON e.%s = %s.c1 WHERE %s.c2 < 2",
             from, table->name,
             chance(generator, 60) ? say(generator, " WHERE %s < 3", from) : "",
             all ? "UNION ALL" : "UNION", to, name, name, table->name, from, name,
             name);
}

static const char *recursive(struct generator *generator, int depth,
                             const struct shape *wanted, struct shape *shape) {
  struct shape inner = {2, {KIND_INTEGER, KIND_INTEGER}};
  bool all = chance(generator, 45);
  if (generator->cte_count == 4)
    return plain(generator, depth, wanted, shape);
  int before = generator->cte_count;
  struct relation_info *cte = add_cte(generator, &inner);
  const char *name = say(generator, "%s", cte->name);
  const char *definition = recursive_definition(generator, name, all, &inner);
  uses(generator, all ? CONSTRUCT_RECURSIVE_ALL : CONSTRUCT_RECURSIVE);
  const char *body = query_of(generator, depth - 1, wanted, shape);
  generator->cte_count = before;
  return say(generator, "WITH RECURSIVE %s(c1, c2) AS (%s) %s", name, definition, body);
}

/* --- any form --- */

static const char *free_form(struct generator *generator, int depth,
                             struct shape *shape) {
  int choice = below(generator, 100);
  const char *rare =
      depth > 0 && chance(generator, 16) ? rare_query(generator, depth, shape) : NULL;
  if (rare)
    return rare;
  if (depth <= 0 || choice < 30)
    return chance(generator, 75) ? plain(generator, depth, NULL, shape)
                                 : grouped(generator, depth, NULL, shape);
  if (choice < 54)
    return grouped(generator, depth, NULL, shape);
  if (choice < 61)
    return distinct(generator, depth, NULL, shape);
  if (choice < 66)
    return distinct_on(generator, depth, NULL, shape);
  if (choice < 74)
    return windowed(generator, depth, NULL, shape);
  if (choice < 81)
    return limited(generator, depth, NULL, shape);
  if (choice < 90)
    return set_operation(generator, depth, NULL, shape);
  if (choice < 96)
    return with(generator, depth, NULL, shape);
  return recursive(generator, depth, NULL, shape);
}

/* A query of any form, then a selection from it that has the columns wanted. */
static const char *wrapped(struct generator *generator, int depth,
                           const struct shape *wanted, struct shape *shape) {
  struct scope scope = {.count = 0};
  const char *alias = new_alias(generator);
  const char *inner = free_form(generator, depth - 1, shape);
  scope_add_shape(generator, &scope, alias, shape);
  uses(generator, CONSTRUCT_FROM_SUBQUERY);
  const char *list = query_results(generator, &scope, 1, wanted, false, shape);
  return say(generator, "SELECT %s FROM (%s) AS %s", list, inner, alias);
}

const char *query(struct generator *generator, int depth, const struct shape *wanted,
                  struct shape *shape) {
  if (generator->references <= 1)
    depth = 0;
  if (!wanted)
    return free_form(generator, depth, shape);
  bool exact = true;
  for (int i = 0; i < wanted->count; i++)
    exact &= kind_exact(wanted->kinds[i]);
  switch (depth > 0 ? below(generator, 10) : below(generator, 3)) {
  case 0: return grouped(generator, depth, wanted, shape);
  case 3: return wrapped(generator, depth, wanted, shape);
  case 4: return limited(generator, depth, wanted, shape);
  case 5: return set_operation(generator, depth, wanted, shape);
  case 6:
    if (exact)
      return distinct(generator, depth, wanted, shape);
    break;
  case 7: return with(generator, depth, wanted, shape);
  case 8: return distinct_on(generator, depth, wanted, shape);
  default: break;
  }
  return plain(generator, depth, wanted, shape);
}
