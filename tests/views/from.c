/* Random FROM lists: relations, subqueries, VALUES, functions that return rows, joins and LATERAL. */
#include <string.h>

#include "generator.h"

const char *new_alias(struct generator *generator) {
  return say(generator, "q%d", generator->next_alias++);
}

const struct relation_info *any_relation(struct generator *generator) {
  if (generator->cte_count > 0 && chance(generator, 55))
    return &generator->ctes[below(generator, generator->cte_count)];
  bool views = generator->relation_count > generator->table_count;
  for (int i = 0; i < 4 && views && chance(generator, 30); i++) {
    int index = generator->table_count +
                below(generator, generator->relation_count - generator->table_count);
    if (generator->relations[index].depth < 5)
      return &generator->relations[index];
  }
  return &generator->relations[below(generator, generator->table_count)];
}

static void scope_add_relation(struct generator *generator, struct scope *scope,
                               const char *alias,
                               const struct relation_info *relation) {
  for (int i = 0; i < relation->column_count; i++)
    scope_add(scope, say(generator, "%s.%s", alias, relation->columns[i].name),
              relation->columns[i].kind, i < relation->key_count);
}

static const char *take(struct generator *generator, struct scope *scope,
                        const struct relation_info *relation) {
  const char *alias = new_alias(generator);
  generator->references--;
  generator->risky |= relation->risky;
  if (relation->view)
    uses(generator, CONSTRUCT_FROM_VIEW);
  scope_add_relation(generator, scope, alias, relation);
  return say(generator, "%s AS %s", relation->name, alias);
}

const char *from_relation(struct generator *generator, struct scope *scope) {
  return take(generator, scope, any_relation(generator));
}

static const char *values(struct generator *generator, struct scope *scope) {
  const char *alias = new_alias(generator), *rows = "", *names = "";
  int count = 1 + below(generator, 3), row_count = 1 + below(generator, 3);
  enum kind kinds[3];
  for (int i = 0; i < count; i++) {
    kinds[i] = any_kind(generator);
    names = say(generator, "%s%sc%d", names, i ? ", " : "", i + 1);
    scope_add(scope, say(generator, "%s.c%d", alias, i + 1), kinds[i], false);
  }
  for (int row = 0; row < row_count; row++) {
    rows = say(generator, "%s%s", rows, row ? ", (" : "(");
    for (int i = 0; i < count; i++)
      rows =
          say(generator, "%s%s%s", rows, i ? ", " : "", constant(generator, kinds[i]));
    rows = say(generator, "%s)", rows);
  }
  uses(generator, CONSTRUCT_FROM_VALUES);
  return say(generator, "(VALUES %s) AS %s(%s)", rows, alias, names);
}

static const char *item(struct generator *generator, struct scope *scope, int depth) {
  if (chance(generator, 4))
    return values(generator, scope);
  if (depth > 0 && generator->references > 1 && chance(generator, 30)) {
    struct shape shape;
    const char *alias = new_alias(generator);
    const char *text = query(generator, depth - 1, NULL, &shape);
    scope_add_shape(generator, scope, alias, &shape);
    uses(generator, CONSTRUCT_FROM_SUBQUERY);
    return say(generator, "(%s) AS %s", text, alias);
  }
  return from_relation(generator, scope);
}

/* --- functions that return rows --- */

static const char *json_guard(struct generator *generator, const char *column,
                              const char *type) {
  return say(generator, "CASE WHEN jsonb_typeof(%s) = '%s' THEN %s END", column, type,
             column);
}

/* A function over the columns before it; NULL when there is none for them. */
static const char *function(struct generator *generator, struct scope *scope) {
  const char *alias = new_alias(generator);
  const char *json = scope_column(generator, scope, KIND_JSONB);
  const char *array = scope_column(generator, scope, KIND_INTEGERS);
  const char *texts = scope_column(generator, scope, KIND_TEXTS);
  const char *number = scope_column(generator, scope, KIND_INTEGER);
  bool counted = chance(generator, 30);
  const char *call = NULL;
  enum kind kind = KIND_INTEGER;
  if (json && chance(generator, 50)) {
    if (chance(generator, 35)) {
      uses(generator, CONSTRUCT_SET_EACH);
      scope_add(scope, say(generator, "%s.key", alias), KIND_TEXT, false);
      scope_add(scope, say(generator, "%s.value", alias), KIND_JSONB, false);
      return say(generator, "jsonb_each(%s) AS %s",
                 json_guard(generator, json, "object"), alias);
    }
    call = say(generator, "jsonb_array_elements(%s)",
               json_guard(generator, json, "array"));
    kind = KIND_JSONB;
    uses(generator, CONSTRUCT_SET_JSON);
  } else if ((array || texts) && chance(generator, 60)) {
    call = say(generator, "unnest(%s)", array ? array : texts);
    kind = array ? KIND_INTEGER : KIND_TEXT;
    uses(generator, CONSTRUCT_SET_UNNEST);
  } else {
    call = number ? say(generator, "generate_series(1, least(%s, 4))", number)
                  : "generate_series(1, 3)";
    uses(generator, CONSTRUCT_SET_SERIES);
  }
  scope_add(scope, say(generator, "%s.c1", alias), kind, false);
  if (!counted)
    return say(generator, "%s AS %s(c1)", call, alias);
  uses(generator, CONSTRUCT_ORDINALITY);
  scope_add(scope, say(generator, "%s.c2", alias), KIND_BIG, false);
  return say(generator, "%s WITH ORDINALITY AS %s(c1, c2)", call, alias);
}

static const char *with_function(struct generator *generator, struct scope *scope,
                                 const char *text) {
  const char *call = function(generator, scope);
  switch (below(generator, 3)) {
  case 0: return say(generator, "%s LEFT JOIN LATERAL %s ON true", text, call);
  case 1: return say(generator, "%s CROSS JOIN LATERAL %s", text, call);
  default: return say(generator, "%s, %s", text, call);
  }
}

/* --- LATERAL --- */

static void add_results(struct generator *generator, struct scope *scope,
                        const char *alias, const char **results, int number,
                        const char *value, enum kind kind) {
  *results =
      say(generator, "%s%s%s AS c%d", *results, number > 1 ? ", " : "", value, number);
  scope_add(scope, say(generator, "%s.c%d", alias, number), kind, false);
}

static const char *lateral_row(struct generator *generator, struct scope *scope,
                               const char *alias) {
  const char *results = "";
  struct scope before = *scope;
  int count = 1 + below(generator, 2);
  for (int i = 1; i <= count; i++) {
    enum kind kind = any_kind(generator);
    add_results(generator, scope, alias, &results, i,
                expression(generator, &before, kind, 1), kind);
  }
  uses(generator, CONSTRUCT_LATERAL_ROW);
  return say(generator, "SELECT %s", results);
}

/* Aggregates, groups, or the first rows, of those that are tied to the rows before. */
static const char *lateral_rows(struct generator *generator, struct scope *scope,
                                const char *alias) {
  struct scope before = *scope, inner = {.count = 0};
  const char *from = from_relation(generator, &inner), *results = "", *rest = "";
  const char *tie = comparison_between(generator, &inner, &before, false);
  enum kind kind;
  int choice = below(generator, 4);
  if (!tie)
    return NULL;
  if (chance(generator, choice == 3 ? 50 : 25)) {
    const char *theta = comparison_between(generator, &inner, &before, true);
    tie = theta ? theta : tie;
  }
  const struct scope_column *column = scope_any(generator, &inner);
  if (choice == 0) { /* one row always */
    const char *call = aggregate(generator, &inner, &kind);
    add_results(generator, scope, alias, &results, 1, call, kind);
    call = aggregate(generator, &inner, &kind);
    add_results(generator, scope, alias, &results, 2, call, kind);
    uses(generator, CONSTRUCT_LATERAL_GROUP);
  } else if (choice == 1 && kind_exact(column->kind)) {
    const char *call = aggregate(generator, &inner, &kind);
    add_results(generator, scope, alias, &results, 1, column->text, column->kind);
    add_results(generator, scope, alias, &results, 2, call, kind);
    rest = say(generator, " GROUP BY %s", column->text);
    uses(generator, CONSTRUCT_LATERAL_GROUP);
  } else {
    add_results(generator, scope, alias, &results, 1, column->text, column->kind);
    column = scope_any(generator, &inner);
    add_results(generator, scope, alias, &results, 2, column->text, column->kind);
    uses(generator, choice == 3 ? CONSTRUCT_LATERAL_FILTER : CONSTRUCT_LATERAL_TOP);
    if (choice != 3)
      rest = say(generator, " ORDER BY %s LIMIT %d", total_order(generator, &inner),
                 1 + below(generator, 2));
  }
  return say(generator, "SELECT %s FROM %s WHERE %s%s", results, from, tie, rest);
}

/* A row from the rows before, and another that is tied to them. */
static const char *lateral_set(struct generator *generator, struct scope *scope,
                               const char *alias) {
  struct scope before = *scope, inner = {.count = 0};
  const char *from = from_relation(generator, &inner);
  const char *tie = comparison_between(generator, &inner, &before, true);
  const struct scope_column *column = scope_any(generator, &inner);
  if (!tie || !kind_exact(column->kind))
    return NULL;
  scope_add(scope, say(generator, "%s.c1", alias), column->kind, false);
  uses(generator, CONSTRUCT_LATERAL_SET);
  return say(generator, "SELECT %s AS c1 FROM %s WHERE %s %s SELECT %s", column->text,
             from, tie, chance(generator, 50) ? "UNION" : "UNION ALL",
             expression(generator, &before, column->kind, 1));
}

static const char *with_lateral(struct generator *generator, struct scope *scope,
                                const char *text) {
  const char *alias = new_alias(generator);
  const char *subquery = chance(generator, 30) ? lateral_row(generator, scope, alias)
                         : chance(generator, 15)
                             ? lateral_set(generator, scope, alias)
                             : lateral_rows(generator, scope, alias);
  if (!subquery)
    return text;
  return say(generator,
             chance(generator, 50) ? "%s LEFT JOIN LATERAL (%s) AS %s ON true"
                                   : "%s CROSS JOIN LATERAL (%s) AS %s",
             text, subquery, alias);
}

/* --- joins --- */

/* The name of a column that both have and that can be compared, or NULL. */
static const char *common_column(struct generator *generator,
                                 const struct relation_info *left,
                                 const struct relation_info *right) {
  int first = below(generator, left->column_count);
  for (int i = 0; i < left->column_count; i++) {
    const struct table_column *column =
        &left->columns[(first + i) % left->column_count];
    for (int j = 0; j < right->column_count; j++)
      if (strcmp(column->name, right->columns[j].name) == 0 &&
          column->kind == right->columns[j].kind && kind_exact(column->kind))
        return column->name;
  }
  return NULL;
}

static const char *join_words(struct generator *generator, bool sides) {
  switch (below(generator, sides ? 10 : 6)) {
  case 0:
  case 1:
  case 2: uses(generator, CONSTRUCT_INNER_JOIN); return "JOIN";
  case 6:
  case 7: uses(generator, CONSTRUCT_RIGHT_JOIN); return "RIGHT JOIN";
  case 8:
  case 9: uses(generator, CONSTRUCT_FULL_JOIN); return "FULL JOIN";
  default: uses(generator, CONSTRUCT_LEFT_JOIN); return "LEFT JOIN";
  }
}

/* Two relations joined by a column of the same name; NULL when they share none. */
static const char *using_join(struct generator *generator, struct scope *scope,
                              struct scope_column *merged) {
  const struct relation_info *left = any_relation(generator);
  const struct relation_info *right = any_relation(generator);
  const char *name = common_column(generator, left, right);
  if (!name)
    return NULL;
  if (left == right)
    uses(generator, CONSTRUCT_SELF_JOIN);
  uses(generator, CONSTRUCT_USING_JOIN);
  const char *first = take(generator, scope, left);
  const char *second = take(generator, scope, right);
  const char *words = join_words(generator, true);
  *merged = (struct scope_column){.text = name};
  for (int i = 0; i < left->column_count; i++)
    if (strcmp(left->columns[i].name, name) == 0)
      merged->kind = left->columns[i].kind;
  return say(generator, "%s %s %s USING (%s)", first, words, second, name);
}

static const char *join(struct generator *generator, struct scope *scope,
                        const char *text, int depth, bool sides, bool last) {
  struct scope added = {.count = 0}, all;
  bool twice = generator->table_count > 0 && chance(generator, 12);
  const char *right = item(generator, &added, twice ? 0 : depth);
  bool theta = chance(generator, 12);
  const char *tie = comparison_between(generator, &added, scope, theta);
  all = *scope;
  for (int i = 0; i < added.count; i++)
    scope_add(&all, added.columns[i].text, added.columns[i].kind, added.columns[i].key);
  if (!tie || chance(generator, 5)) {
    uses(generator, CONSTRUCT_CROSS_JOIN);
    text = say(generator, last && chance(generator, 60) ? "%s, %s" : "%s CROSS JOIN %s",
               text, right);
  } else {
    const char *words = join_words(generator, sides && !theta);
    if (theta)
      uses(generator, CONSTRUCT_THETA_JOIN);
    if (chance(generator, 25))
      tie = say(generator, "%s AND %s", tie, condition(generator, &all, depth - 1));
    text = say(generator, "%s %s %s ON %s", text, words, right, tie);
  }
  *scope = all;
  return text;
}

const char *from_list(struct generator *generator, struct scope *scope, int depth) {
  const char *text = NULL;
  struct scope_column merged = {.text = NULL};
  bool lateral = false;
  if (chance(generator, 15))
    text = using_join(generator, scope, &merged);
  if (!text)
    text = item(generator, scope, depth);
  int joins = chance(generator, 45) ? 0 : chance(generator, 70) ? 1 : 2;
  if (joins == 0 && merged.text) /* else it might be ambiguous */
    scope_add(scope, merged.text, merged.kind, false);
  for (int i = 0; i < joins && generator->references > 0; i++) {
    if (chance(generator, 12)) {
      text = with_function(generator, scope, text);
      break;
    }
    if (chance(generator, 14)) {
      text = with_lateral(generator, scope, text);
      lateral = true;
      continue;
    }
    text = join(generator, scope, text, depth, !lateral, i + 1 == joins);
  }
  return text;
}
