/* Expressions and conditions over the columns in scope. */
#include <string.h>

#include "generator.h"

void scope_add(struct scope *scope, const char *text, enum kind kind, bool key) {
  if (scope->count < SCOPE_MAX)
    scope->columns[scope->count++] = (struct scope_column){text, kind, key};
}

const char *scope_column(struct generator *generator, const struct scope *scope,
                         enum kind kind) {
  if (scope->count == 0)
    return NULL;
  int first = below(generator, scope->count);
  for (int i = 0; i < scope->count; i++) {
    const struct scope_column *column = &scope->columns[(first + i) % scope->count];
    if (column->kind == kind)
      return column->text;
  }
  return NULL;
}

const struct scope_column *scope_any(struct generator *generator,
                                     const struct scope *scope) {
  return scope->count == 0 ? NULL : &scope->columns[below(generator, scope->count)];
}

/* A column merged by USING has no qualifier: in a subquery its name may be another column's. */
static const char *qualified(const char *column) {
  return column && strchr(column, '.') ? column : NULL;
}

/* A column of that kind, of an outer query now and then, or a constant. */
static const char *leaf(struct generator *generator, const struct scope *scope,
                        enum kind kind) {
  const char *column = NULL;
  if (scope->outer && chance(generator, 15))
    column = qualified(scope_column(generator, scope->outer, kind));
  if (!column && !chance(generator, 8))
    column = scope_column(generator, scope, kind);
  return column ? column : constant(generator, kind);
}

/* --- expressions, by kind --- */

static const char *integer_expression(struct generator *generator,
                                      const struct scope *scope, int depth) {
  const char *left = expression(generator, scope, KIND_INTEGER, depth);
  switch (below(generator, 14)) {
  case 0: return say(generator, "(%s + %d)", left, 1 + below(generator, 3));
  case 1:
    return say(generator, "(%s - %s)", left, leaf(generator, scope, KIND_INTEGER));
  case 2: return say(generator, "(%s * 2)", left);
  case 3: return say(generator, "length(%s)", leaf(generator, scope, KIND_TEXT));
  case 4: return say(generator, "abs(%s)", left);
  case 5: return say(generator, "(%s %% 3)", left);
  case 6: return say(generator, "cardinality(%s)", leaf(generator, scope, KIND_TEXTS));
  case 7: return say(generator, "(%s)::integer", leaf(generator, scope, KIND_SMALL));
  case 8: {
    const char *json = leaf(generator, scope, KIND_JSONB);
    return say(generator,
               "CASE WHEN jsonb_typeof(%s) = 'array' THEN jsonb_array_length(%s) END",
               json, json);
  }
  case 9:
    if (!chance(generator, 20))
      return left;
    generator->risky = true;
    return say(generator, "(100 / (%s - 3))", leaf(generator, scope, KIND_INTEGER));
  case 10: return say(generator, "(- %s)", left);
  case 11: return say(generator, "(%s)[1]", leaf(generator, scope, KIND_INTEGERS));
  case 12:
    return say(generator, "greatest(%s, %s)", left,
               leaf(generator, scope, KIND_INTEGER));
  default: return say(generator, "(%s)::integer", leaf(generator, scope, KIND_BOOLEAN));
  }
}

static const char *numeric_expression(struct generator *generator,
                                      const struct scope *scope, int depth) {
  const char *left = expression(generator, scope, KIND_NUMERIC, depth);
  switch (below(generator, 6)) {
  case 0: return say(generator, "(%s + %s)", left, leaf(generator, scope, KIND_MONEY));
  case 1: return say(generator, "(%s * 2)", left);
  case 2: return say(generator, "round(%s, 1)", left);
  case 3: return say(generator, "(%s / 3.0)", leaf(generator, scope, KIND_INTEGER));
  case 4: return say(generator, "(%s)::numeric", leaf(generator, scope, KIND_BIG));
  default: return say(generator, "abs(%s)", left);
  }
}

static const char *double_expression(struct generator *generator,
                                     const struct scope *scope, int depth) {
  const char *left = expression(generator, scope, KIND_DOUBLE, depth);
  switch (below(generator, 5)) {
  case 0: return say(generator, "(%s + 1.5)", left);
  case 1: return say(generator, "(%s * 3)", left);
  case 2:
    return say(generator, "(%s)::double precision",
               leaf(generator, scope, KIND_INTEGER));
  case 3: return say(generator, "sqrt(abs(%s))", left);
  default:
    return say(generator, "(%s)::double precision", leaf(generator, scope, KIND_REAL));
  }
}

static const char *text_expression(struct generator *generator,
                                   const struct scope *scope, int depth) {
  static const enum kind printed[] = {KIND_INTEGER, KIND_BIG,      KIND_MONEY,
                                      KIND_DATE,    KIND_UUID,     KIND_BOOLEAN,
                                      KIND_DOUBLE,  KIND_TIMESTAMP};
  const char *left = expression(generator, scope, KIND_TEXT, depth);
  switch (below(generator, 10)) {
  case 0: return say(generator, "(%s || '!')", left);
  case 1: return say(generator, "upper(%s)", left);
  case 2: return say(generator, "lower(%s)", left);
  case 3: return say(generator, "left(%s, 1)", left);
  case 4: {
    enum kind kind = PICK(generator, printed);
    return say(generator, "(%s)::text", leaf(generator, scope, kind));
  }
  case 5:
    return say(generator, "concat(%s, %s)", left, leaf(generator, scope, KIND_INTEGER));
  case 6: return say(generator, "((%s) ->> 'k')", leaf(generator, scope, KIND_JSONB));
  case 7: return say(generator, "replace(%s, 'a', 'z')", left);
  case 8:
    return say(generator, "array_to_string(%s, ',')",
               leaf(generator, scope, KIND_TEXTS));
  default: return say(generator, "coalesce(%s, 'none')", left);
  }
}

static const char *json_expression(struct generator *generator,
                                   const struct scope *scope, bool binary) {
  static const enum kind members[] = {KIND_INTEGER, KIND_TEXT,  KIND_BOOLEAN,
                                      KIND_BIG,     KIND_JSONB, KIND_DATE};
  const char *build = binary ? "jsonb_build" : "json_build";
  const char *first = leaf(generator, scope, PICK(generator, members));
  const char *second = leaf(generator, scope, PICK(generator, members));
  switch (below(generator, 3)) {
  case 0: return say(generator, "%s_array(%s, %s)", build, first, second);
  case 1: return say(generator, "to_json%s(%s)", binary ? "b" : "", first);
  default: return say(generator, "%s_object('k', %s, 's', %s)", build, first, second);
  }
}

static const char *computed(struct generator *generator, const struct scope *scope,
                            enum kind kind, int depth) {
  switch (kind) {
  case KIND_INTEGER: return integer_expression(generator, scope, depth);
  case KIND_BIG:
    return chance(generator, 50)
               ? say(generator, "(%s + 1)", leaf(generator, scope, KIND_BIG))
               : say(generator, "(%s)::bigint",
                     expression(generator, scope, KIND_INTEGER, depth));
  case KIND_MONEY:
    return say(generator, "(%s / 2)::numeric(8,2)", leaf(generator, scope, KIND_MONEY));
  case KIND_NUMERIC: return numeric_expression(generator, scope, depth);
  case KIND_DOUBLE: return double_expression(generator, scope, depth);
  case KIND_TEXT: return text_expression(generator, scope, depth);
  case KIND_BOOLEAN: return say(generator, "(%s)", condition(generator, scope, depth));
  case KIND_JSONB: return json_expression(generator, scope, true);
  case KIND_JSON: return json_expression(generator, scope, false);
  case KIND_DOCUMENT:
    return say(generator, "jsonb_build_object('n', %s, 'x', %s)",
               leaf(generator, scope, KIND_NUMERIC),
               leaf(generator, scope, KIND_DOUBLE));
  case KIND_DATE:
    return chance(generator, 50)
               ? say(generator, "(%s + 1)", leaf(generator, scope, KIND_DATE))
               : say(generator, "(%s)::date", leaf(generator, scope, KIND_TIMESTAMP));
  case KIND_TIMESTAMP:
    return chance(generator, 50) ? say(generator, "date_trunc('day', %s)",
                                       leaf(generator, scope, KIND_TIMESTAMP))
                                 : say(generator, "(%s + interval '1 day')",
                                       leaf(generator, scope, KIND_TIMESTAMP));
  case KIND_INTEGERS:
    return chance(generator, 50)
               ? say(generator, "ARRAY[%s, %s]", leaf(generator, scope, KIND_INTEGER),
                     leaf(generator, scope, KIND_INTEGER))
               : say(generator, "array_append(%s, %s)",
                     leaf(generator, scope, KIND_INTEGERS),
                     leaf(generator, scope, KIND_INTEGER));
  case KIND_TEXTS:
    return say(generator, "ARRAY[%s, %s]", leaf(generator, scope, KIND_TEXT),
               leaf(generator, scope, KIND_TEXT));
  default: return leaf(generator, scope, kind);
  }
}

const char *expression(struct generator *generator, const struct scope *scope,
                       enum kind kind, int depth) {
  if (depth <= 0 || chance(generator, 50))
    return leaf(generator, scope, kind);
  switch (below(generator, 12)) {
  case 0:
    return say(generator, "coalesce(%s, %s)",
               expression(generator, scope, kind, depth - 1),
               constant(generator, kind));
  case 1:
    return say(generator, "CASE WHEN %s THEN %s ELSE %s END",
               condition(generator, scope, depth - 1),
               expression(generator, scope, kind, depth - 1),
               leaf(generator, scope, kind));
  case 2:
    if (kind_exact(kind))
      return say(generator, "nullif(%s, %s)", leaf(generator, scope, kind),
                 constant(generator, kind));
    break;
  case 3:
  case 4: {
    const char *subquery = generator->references > 0
                               ? scalar_subquery(generator, scope, kind, depth - 1)
                               : NULL;
    if (subquery)
      return subquery;
    break;
  }
  default: break;
  }
  return computed(generator, scope, kind, depth - 1);
}

/* --- conditions --- */

/* A kind that a column in scope has, if one does, and that can be compared. */
static enum kind comparable(struct generator *generator, const struct scope *scope) {
  for (int i = 0; i < 4; i++) {
    const struct scope_column *column = scope_any(generator, scope);
    if (column && kind_ordered(column->kind))
      return column->kind;
  }
  return KIND_INTEGER;
}

static const char *comparison_operator(struct generator *generator, bool theta) {
  static const char *const all[] = {"=", "=", "<>", "<", ">=", ">", "<="};
  static const char *const unequal[] = {"<>", "<", ">=", ">", "<="};
  return theta ? PICK(generator, unequal) : PICK(generator, all);
}

static const char *row_condition(struct generator *generator,
                                 const struct scope *scope) {
  const char *one = leaf(generator, scope, KIND_INTEGER);
  const char *two = leaf(generator, scope, KIND_TEXT);
  switch (below(generator, 3)) {
  case 0:
    return say(generator, "(%s, %s) %s (2, 'b')", one, two,
               comparison_operator(generator, false));
  case 1:
    return say(generator, "(%s, %s) IN ((1, 'a'), (2, 'b'), (%s, 'A'))", one, two,
               constant(generator, KIND_INTEGER));
  default: return say(generator, "(%s, %s) IS DISTINCT FROM (1, 'a')", one, two);
  }
}

static const char *list_condition(struct generator *generator,
                                  const struct scope *scope, enum kind kind) {
  const char *column = leaf(generator, scope, kind);
  const char *not = chance(generator, 35) ? "NOT " : "";
  if (chance(generator, 50))
    return say(generator, "%s %sBETWEEN %s AND %s", column, not,
               constant(generator, kind), leaf(generator, scope, kind));
  return say(generator, "%s %sIN (%s, %s, %s)", column, not, constant(generator, kind),
             constant(generator, kind), leaf(generator, scope, kind));
}

static const char *null_condition(struct generator *generator,
                                  const struct scope *scope, enum kind kind) {
  const char *column = leaf(generator, scope, kind);
  const char *not = chance(generator, 50) ? "NOT " : "";
  if (kind == KIND_BOOLEAN && chance(generator, 50))
    return say(generator, "%s IS %s%s", column, not,
               chance(generator, 50) ? "TRUE" : "UNKNOWN");
  if (kind_ordered(kind) && chance(generator, 40))
    return say(generator, "%s IS %sDISTINCT FROM %s", column, not,
               leaf(generator, scope, kind));
  return say(generator, "%s IS %sNULL", column, not );
}

static const char *text_condition(struct generator *generator,
                                  const struct scope *scope) {
  static const char *const patterns[] = {"'a%'", "'%b'", "'_'", "'%ß%'", "'A'"};
  return say(generator, "%s %s%s %s", leaf(generator, scope, KIND_TEXT),
             chance(generator, 25) ? "NOT " : "",
             chance(generator, 50) ? "LIKE" : "ILIKE", PICK(generator, patterns));
}

const char *condition(struct generator *generator, const struct scope *scope,
                      int depth) {
  enum kind kind = comparable(generator, scope);
  if (depth > 0 && chance(generator, 30)) {
    const char *left = condition(generator, scope, depth - 1);
    if (chance(generator, 20))
      return say(generator, "NOT (%s)", left);
    return say(generator, "(%s %s %s)", left, chance(generator, 50) ? "AND" : "OR",
               condition(generator, scope, depth - 1));
  }
  if (depth > 0 && generator->references > 0 && chance(generator, 30))
    return subquery_condition(generator, scope, depth - 1);
  switch (below(generator, 12)) {
  case 0: return null_condition(generator, scope, kind);
  case 1: return null_condition(generator, scope, any_kind(generator));
  case 2: return list_condition(generator, scope, kind);
  case 3: return row_condition(generator, scope);
  case 4: return text_condition(generator, scope);
  case 5: {
    const char *flag = scope_column(generator, scope, KIND_BOOLEAN);
    if (flag)
      return flag;
    break;
  }
  default: break;
  }
  return say(generator, "%s %s %s", expression(generator, scope, kind, depth - 1),
             comparison_operator(generator, false),
             chance(generator, 60) ? constant(generator, kind)
                                   : leaf(generator, scope, kind));
}

const char *comparison_between(struct generator *generator, const struct scope *left,
                               const struct scope *right, bool theta) {
  for (int i = 0; i < 6; i++) {
    const struct scope_column *column = scope_any(generator, left);
    if (!column || !kind_ordered(column->kind))
      continue;
    const char *other = qualified(scope_column(generator, right, column->kind));
    if (other)
      return say(generator, "%s %s %s", column->text,
                 theta ? comparison_operator(generator, true) : "=", other);
  }
  return NULL;
}

const char *total_order(struct generator *generator, const struct scope *scope) {
  const char *text = NULL;
  for (int i = 0; i < scope->count; i++) {
    const struct scope_column *column = &scope->columns[i];
    const char *one = column->text;
    if (is_bare(column)) /* else it might mean a result */
      one = say(generator, "coalesce(%s, %s)", one, one);
    if (!kind_ordered(column->kind))
      one = say(generator, "%s::text", one);
    else if (!kind_exact(column->kind))
      one = say(generator, "%s, %s::text", one, one);
    text = text ? say(generator, "%s, %s", text, one) : one;
  }
  return text;
}
