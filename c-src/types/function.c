/* Choosing the function or operator that PostgreSQL would choose. */
#include "types/type.h"

#include <string.h>

#include "types/enum.h"
#include "types/function_table.h"

enum { CANDIDATES_MAX = 64 };

/* One overload that fits, and what its ANYELEMENT stands for. */
struct candidate {
  const struct function *function;
  struct type element;
};

struct candidates {
  struct candidate list[CANDIDATES_MAX];
  int count;
};

static const struct function_table *const function_tables[] = {
    &function_table_math,      &function_table_text,       &function_table_datetime,
    &function_table_json,      &function_table_json_delta, &function_table_array,
    &function_table_aggregate, &function_table_enum,       &function_table_session,
    &function_table_mysql,     &function_table_jsonpath,
};

enum { FUNCTION_TABLE_COUNT = sizeof function_tables / sizeof function_tables[0] };

const struct function *function_at(size_t index) {
  for (size_t i = 0; i < FUNCTION_TABLE_COUNT; i++) {
    if (index < function_tables[i]->count)
      return &function_tables[i]->functions[index];
    index -= function_tables[i]->count;
  }
  return index < operator_table.count ? &operator_table.functions[index] : NULL;
}

static bool is_unknown(struct type type) {
  return type.id == TYPE_UNKNOWN && !type.array;
}

static bool same_type(struct type left, struct type right) {
  return left.id == right.id && left.array == right.array;
}

static struct type declared(struct signature_type type) {
  return (struct type){type.id, type.array, -1, -1, 0};
}

struct type function_argument(const struct function *function, int index) {
  int last = function->argument_count - 1;
  return declared(function->argument[index < last ? index : last]);
}

struct type function_result(const struct function *function) {
  return declared(function->result);
}

/* Does it stand for the one type that the arguments have in common? */
static bool is_element(struct type type) {
  return type.id == TYPE_ANYELEMENT || type.id == TYPE_ANYENUM;
}

/* The same with ANYELEMENT, ANYENUM and ANYARRAY replaced. */
static struct type argument_of(const struct candidate *candidate, int index) {
  struct type type = function_argument(candidate->function, index);
  if (is_element(type))
    return candidate->element;
  if (type.id == TYPE_ANYARRAY)
    return (struct type){candidate->element.id, true, -1, -1, 0};
  return type;
}

/* Finds the one type that ANYELEMENT can stand for. Returns false when there is none. */
static bool unify_element(const struct function *function, const struct type *arguments,
                          int count, struct type *element) {
  bool has_element = false, has_array = false, has_enum = false;
  *element = TYPE(TYPE_UNKNOWN);
  for (int i = 0; i < count; i++) {
    struct type type = function_argument(function, i), actual = arguments[i];
    has_element |= type.id == TYPE_ANYELEMENT;
    has_enum |= type.id == TYPE_ANYENUM;
    has_array |= type.id == TYPE_ANYARRAY;
    if ((!is_element(type) && type.id != TYPE_ANYARRAY) || is_unknown(actual))
      continue;
    if (type.id == TYPE_ANYARRAY) {
      if (!actual.array)
        return false;
      actual.array = false;
    }
    if (actual.id == TYPE_RECORD)
      return false;
    if (!type_common(*element, actual, element))
      return false;
  }
  element->precision = element->scale = -1;
  element->domain = 0;
  if (has_enum && (!type_is_enum(*element) || element->array))
    return false;
  if (!is_unknown(*element))
    return !has_array || !element->array;
  /* Nothing but unknown literals: as elements they are text, as arrays they are
   * nothing. */
  if (has_array)
    return false;
  if (has_element)
    *element = TYPE(TYPE_TEXT);
  return true;
}

/* May an argument of this type be passed where the candidate wants that? */
static bool argument_fits(struct type wanted, struct type actual) {
  bool takes_modifiers;
  switch (wanted.id) {
  case TYPE_ANY: return true;
  case TYPE_ANYTEXT:
  case TYPE_ANYJSON: return type_cast(actual, wanted, &takes_modifiers) != NULL;
  default: return type_implicit(actual, wanted);
  }
}

static bool takes_count(const struct function *function, int count) {
  if (function->flags & FUNCTION_VARIADIC)
    return count >= function->argument_count;
  return count == function->argument_count;
}

/* Adds `function` to the candidates if these arguments can be passed to it. */
static void consider(struct candidates *candidates, const struct function *function,
                     const struct type *arguments, int count) {
  struct candidate candidate = {function, TYPE(TYPE_UNKNOWN)};
  if (!takes_count(function, count) || candidates->count == CANDIDATES_MAX)
    return;
  if (!unify_element(function, arguments, count, &candidate.element))
    return;
  for (int i = 0; i < count; i++) {
    struct type wanted = argument_of(&candidate, i);
    bool excluded = wanted.id == TYPE_ANYTEXT && arguments[i].array &&
                    (function->flags & FUNCTION_SCALARS);
    if (excluded || !argument_fits(wanted, arguments[i]))
      return;
  }
  candidates->list[candidates->count++] = candidate;
}

/* Keeps the candidates with the highest score; scores are computed per candidate by
 * `score`. */
static void
keep_best(struct candidates *candidates, const struct type *arguments, int count,
          int (*score)(const struct candidate *, const struct type *, int)) {
  int best = -1, kept = 0;
  for (int i = 0; i < candidates->count; i++) {
    int value = score(&candidates->list[i], arguments, count);
    if (value < best)
      continue;
    if (value > best)
      kept = 0;
    best = value;
    candidates->list[kept++] = candidates->list[i];
  }
  candidates->count = kept;
}

/* Only types that are named count: what takes any type matches nothing exactly. */
static int exact_matches(const struct candidate *candidate,
                         const struct type *arguments, int count) {
  int matches = 0;
  for (int i = 0; i < count; i++)
    matches += !is_unknown(arguments[i]) &&
               same_type(function_argument(candidate->function, i), arguments[i]);
  return matches;
}

/* Exact matches and, where a conversion is needed, conversions to a preferred type. */
static int preferred_matches(const struct candidate *candidate,
                             const struct type *arguments, int count) {
  int matches = 0;
  for (int i = 0; i < count; i++) {
    struct type wanted = function_argument(candidate->function, i);
    if (is_unknown(arguments[i]))
      continue;
    matches += same_type(wanted, arguments[i]) ||
               (type_preferred(wanted) &&
                type_category(wanted) == type_category(arguments[i]));
  }
  return matches;
}

/* Of two that fit equally well the one that names its types wins over the one that
 * takes any array, and that over the one that takes anything. */
static int named_types(const struct candidate *candidate, const struct type *arguments,
                       int count) {
  (void)arguments;
  int named = 0;
  for (int i = 0; i < count; i++) {
    enum type_id id = function_argument(candidate->function, i).id;
    named += id < TYPE_ANY ? 2 : id == TYPE_ANYARRAY || id == TYPE_ANYENUM;
  }
  return named;
}

/* The category that the argument at `index`, an unknown literal, should have: strings
 * when any candidate takes one, else the one they agree on, else 0. */
static char category_at(const struct candidates *candidates, int index) {
  char category = 0;
  bool agree = true;
  for (int i = 0; i < candidates->count; i++) {
    char wanted = type_category(argument_of(&candidates->list[i], index));
    if (wanted == 'S')
      return 'S';
    if (category == 0)
      category = wanted;
    agree = agree && category == wanted;
  }
  return agree ? category : 0;
}

/* Settles the argument at `index`, an unknown literal, by category. */
static void decide_unknown(struct candidates *candidates, int index) {
  char category = category_at(candidates, index);
  if (category == 0)
    return;
  bool preferred = false;
  int kept = 0;
  for (int i = 0; i < candidates->count; i++) {
    struct type wanted = argument_of(&candidates->list[i], index);
    if (type_category(wanted) != category)
      continue;
    if (preferred && !type_preferred(wanted))
      continue;
    if (!preferred && type_preferred(wanted)) {
      preferred = true;
      kept = 0;
    }
    candidates->list[kept++] = candidates->list[i];
  }
  candidates->count = kept;
}

/* If all arguments that have a type have the same, the unknown ones are assumed to have
 * it too. */
static void assume_same_type(struct candidates *candidates,
                             const struct type *arguments, int count) {
  struct type known = TYPE(TYPE_UNKNOWN);
  for (int i = 0; i < count; i++) {
    if (is_unknown(arguments[i]))
      continue;
    if (!is_unknown(known) && !same_type(known, arguments[i]))
      return;
    known = arguments[i];
  }
  if (is_unknown(known))
    return;
  int fitting = 0, last = 0;
  for (int i = 0; i < candidates->count; i++) {
    bool fits = true;
    for (int j = 0; j < count; j++) {
      fits = fits && argument_fits(argument_of(&candidates->list[i], j), known);
    }
    if (!fits)
      continue;
    fitting++;
    last = i;
  }
  if (fitting != 1)
    return;
  candidates->list[0] = candidates->list[last];
  candidates->count = 1;
}

/* GREATEST and LEAST are no functions in PostgreSQL: they take the common type of their
 * arguments. A candidate that names that type is the one, otherwise the one that takes
 * any. Returns false when this is no such function. */
static bool choose_common(struct candidates *candidates) {
  const struct candidate *any = NULL, *best;
  for (int i = 0; i < candidates->count; i++) {
    const struct function *function = candidates->list[i].function;
    if ((function->flags & FUNCTION_VARIADIC) &&
        function->argument[0].id == TYPE_ANYELEMENT)
      any = &candidates->list[i];
  }
  if (any == NULL)
    return false;
  best = any;
  for (int i = 0; i < candidates->count; i++) {
    if (same_type(argument_of(&candidates->list[i], 0), any->element) &&
        candidates->list[i].function->argument[0].id != TYPE_ANYELEMENT)
      best = &candidates->list[i];
  }
  struct candidate chosen = *best;
  candidates->list[0] = chosen;
  candidates->count = 1;
  return true;
}

/* PostgreSQL's func_select_candidate(). */
static void narrow(struct candidates *candidates, const struct type *arguments,
                   int count) {
  if (choose_common(candidates))
    return;
  keep_best(candidates, arguments, count, exact_matches);
  keep_best(candidates, arguments, count, preferred_matches);
  for (int i = 0; i < count && candidates->count > 1; i++) {
    if (is_unknown(arguments[i]))
      decide_unknown(candidates, i);
  }
  if (candidates->count > 1)
    assume_same_type(candidates, arguments, count);
  if (candidates->count > 1)
    keep_best(candidates, arguments, count, named_types);
}

/* Writes out what the chosen candidate wants and gives. */
static enum function_lookup choose(const struct candidate *candidate,
                                   const struct type *arguments, int count,
                                   const struct function **found, struct type *resolved,
                                   struct type *result) {
  const struct function *function = candidate->function;
  for (int i = 0; i < count; i++) {
    struct type type = argument_of(candidate, i);
    resolved[i] = type;
    if (type.id == TYPE_ANY)
      resolved[i] = is_unknown(arguments[i]) ? TYPE(TYPE_TEXT) : arguments[i];
  }
  *result = function_result(function);
  if (is_element(*result))
    *result = candidate->element;
  if (result->id == TYPE_ANYARRAY)
    *result = (struct type){candidate->element.id, true, -1, -1, 0};
  *found = function;
  return FUNCTION_FOUND;
}

static enum function_lookup decide(struct candidates *candidates,
                                   const struct type *arguments, int count,
                                   const struct function **found, struct type *resolved,
                                   struct type *result) {
  if (candidates->count == 0)
    return FUNCTION_NO_MATCH;
  if (candidates->count > 1)
    narrow(candidates, arguments, count);
  if (candidates->count != 1)
    return FUNCTION_AMBIGUOUS;
  return choose(&candidates->list[0], arguments, count, found, resolved, result);
}

/* Adds what `table` has under `name`. Returns whether the name exists at all. */
static bool collect(struct candidates *candidates, const struct function_table *table,
                    const char *name, const struct type *arguments, int count) {
  bool known = false;
  for (size_t i = 0; i < table->count; i++) {
    const struct function *function = &table->functions[i];
    if (function->name[0] != name[0] || strcmp(function->name, name) != 0)
      continue;
    known = true;
    consider(candidates, function, arguments, count);
  }
  return known;
}

enum function_lookup function_find(const char *name, const struct type *arguments,
                                   int count, const struct function **found,
                                   struct type *resolved, struct type *result) {
  struct candidates candidates;
  candidates.count = 0;
  bool known = false;
  for (size_t i = 0; i < FUNCTION_TABLE_COUNT; i++) {
    known |= collect(&candidates, function_tables[i], name, arguments, count);
  }
  if (!known)
    return FUNCTION_UNKNOWN;
  return decide(&candidates, arguments, count, found, resolved, result);
}

/* The types of an operator's arguments when an unknown literal is taken for the same type as the other one. Returns
 * false when none is known. */
static bool assume_operands(const struct type *arguments, int count,
                            struct type assumed[2]) {
  assumed[0] = arguments[0];
  assumed[1] = arguments[count - 1];
  if (is_unknown(assumed[0]))
    assumed[0] = assumed[1];
  if (is_unknown(assumed[1]))
    assumed[1] = assumed[0];
  return !is_unknown(assumed[0]);
}

/* PostgreSQL's oper_select_exact(): what names exactly these types needs no comparison with everything else that could
 * be made to fit. */
static const struct function *find_named(const char *symbol, int count,
                                         const struct type assumed[2]) {
  for (size_t i = 0; i < operator_table.count; i++) {
    const struct function *function = &operator_table.functions[i];
    if (function->argument_count == count && function->name[0] == symbol[0] &&
        same_type(function_argument(function, 0), assumed[0]) &&
        same_type(function_argument(function, count - 1), assumed[1]) &&
        strcmp(function->name, symbol) == 0)
      return function;
  }
  return NULL;
}

/* The same among those that take several types. */
static bool find_exact(const struct candidates *candidates, int count,
                       const struct type assumed[2], struct candidate *exact) {
  for (int i = 0; i < candidates->count; i++) {
    const struct candidate *candidate = &candidates->list[i];
    bool any = function_argument(candidate->function, 0).id == TYPE_ANYELEMENT ||
               function_argument(candidate->function, count - 1).id == TYPE_ANYELEMENT;
    if (any)
      continue;
    if (!same_type(argument_of(candidate, 0), assumed[0]))
      continue;
    if (!same_type(argument_of(candidate, count - 1), assumed[1]))
      continue;
    *exact = *candidate;
    return true;
  }
  return false;
}

enum function_lookup operator_find(const char *symbol, const struct type *arguments,
                                   int count, const struct function **found,
                                   struct type *resolved, struct type *result) {
  struct candidate exact = {NULL, TYPE(TYPE_UNKNOWN)};
  struct type assumed[2];
  if (strcmp(symbol, "!=") == 0)
    symbol = "<>";
  bool known = assume_operands(arguments, count, assumed);
  if (known)
    exact.function = find_named(symbol, count, assumed);
  if (exact.function)
    return choose(&exact, arguments, count, found, resolved, result);
  struct candidates candidates;
  candidates.count = 0;
  if (!collect(&candidates, &operator_table, symbol, arguments, count))
    return FUNCTION_UNKNOWN;
  if (known && find_exact(&candidates, count, assumed, &exact))
    return choose(&exact, arguments, count, found, resolved, result);
  return decide(&candidates, arguments, count, found, resolved, result);
}
