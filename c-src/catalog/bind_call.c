/* Calls: overloads, aggregates and to which query they belong. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/name_text.h"
#include "catalog/sequence.h"
#include "catalog/standard_function.h"
#include "sql/walk.h"

static const struct function *function_of(const struct sql_node *node) {
  return node->kind == SQL_CALL ? node->bound : NULL;
}

bool bind_is_aggregate(const struct sql_node *node) {
  const struct function *function = function_of(node);
  return function && (function->flags & FUNCTION_AGGREGATE) && !node->child[CALL_OVER];
}

bool bind_is_window_call(const struct sql_node *node) {
  return function_of(node) && node->child[CALL_OVER];
}

/* How PostgreSQL calls the part of a statement in which something is not allowed. */
const char *bind_clause_name(enum clause clause) {
  switch (clause) {
  case CLAUSE_RESULTS: return "the select list";
  case CLAUSE_JOIN: return "JOIN conditions";
  case CLAUSE_FROM_FUNCTION: return "functions in FROM";
  case CLAUSE_WHERE: return "WHERE";
  case CLAUSE_GROUP: return "GROUP BY";
  case CLAUSE_HAVING: return "HAVING";
  case CLAUSE_ORDER: return "ORDER BY";
  case CLAUSE_DISTINCT_ON: return "DISTINCT ON";
  case CLAUSE_LIMIT: return "LIMIT";
  case CLAUSE_OFFSET: return "OFFSET";
  case CLAUSE_WINDOW: return "window definitions";
  case CLAUSE_FILTER: return "FILTER";
  case CLAUSE_VALUES: return "VALUES";
  case CLAUSE_UPDATE: return "UPDATE";
  case CLAUSE_RETURNING: return "RETURNING";
  case CLAUSE_CONFLICT: return "ON CONFLICT";
  case CLAUSE_MERGE_WHEN: return "MERGE WHEN conditions";
  case CLAUSE_EXPRESSION: return "this expression";
  }
  return "this place";
}

/* --- choosing the function --- */

static const char *signature(struct binder *binder, const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  const char *name = call->child[CALL_NAME]->text;
  const char *text = arena_format(binder->arena, "%s(", name);
  for (uint32_t i = 0; text && arguments && i < arguments->count; i++) {
    const struct sql_node *argument = arguments->child[i];
    bool named = argument->kind == SQL_ARGUMENT;
    text = arena_format(binder->arena, "%s%s%s%s%s", text, i > 0 ? ", " : "",
                        named ? argument->text : "", named ? " => " : "",
                        bind_type_text(binder, argument->type));
  }
  return text ? text : name;
}

void bind_no_function(struct binder *binder, const struct sql_node *call) {
  error_set_at(binder->error, TIDE_ERROR_UNDEFINED_FUNCTION, call->position,
               "function %s) does not exist", signature(binder, call));
}

/* What chooses by the order of its arguments. */
static bool check_labels(struct binder *binder, const struct sql_node *call) {
  static const char *const names[] = {"min", "max", "greatest", "least"};
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(call->child[CALL_NAME]->text, names[i]) == 0 && arguments &&
        arguments->count > 0)
      return bind_check_labels(binder, arguments->child[0]->type, call->position);
  return true;
}

/* COALESCE, GREATEST and LEAST are no functions in PostgreSQL: their arguments have to have a common type. */
static bool is_choice(const char *name) {
  return strcmp(name, "coalesce") == 0 || strcmp(name, "greatest") == 0 ||
         strcmp(name, "least") == 0;
}

/* Rows are values that PostgreSQL's functions of any element take. */
static bool has_rows(const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; arguments && i < arguments->count; i++)
    if (arguments->child[i]->type.id == TYPE_RECORD)
      return true;
  return false;
}

static bool takes_element(const struct function *function) {
  if (function->argument_count == 0)
    return false;
  enum type_id first = function_argument(function, 0).id;
  return first == TYPE_ANYELEMENT || first == TYPE_ANYARRAY || first == TYPE_ANYJSON;
}

static bool takes_elements(const char *name) {
  const struct function *function;
  for (size_t i = 0; (function = function_at(i)) != NULL; i++)
    if (strcmp(function->name, name) == 0 && takes_element(function))
      return true;
  return false;
}

static void no_function(struct binder *binder, enum function_lookup lookup,
                        const struct sql_node *call, int count) {
  if (lookup == FUNCTION_NO_MATCH && has_rows(call) &&
      takes_elements(call->child[CALL_NAME]->text)) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, call->position,
                 "function %s) of rows is not supported", signature(binder, call));
    return;
  }
  if (lookup == FUNCTION_NO_MATCH && count > 0 &&
      is_choice(call->child[CALL_NAME]->text)) {
    error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, call->position,
                 "types cannot be matched: %s)", signature(binder, call));
    return;
  }
  if (lookup == FUNCTION_AMBIGUOUS) {
    error_set_at(binder->error, TIDE_ERROR_AMBIGUOUS_FUNCTION, call->position,
                 "function %s) is not unique", signature(binder, call));
    error_hint(binder->error, "Could not choose a best candidate function. You might "
                              "need to add explicit type casts.");
    return;
  }
  if (count == 0 && strcmp(call->child[CALL_NAME]->text, "merge_action") == 0) {
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, call->position,
                 "MERGE_ACTION() can only be used in the RETURNING list of a MERGE "
                 "command");
    return;
  }
  if (lookup != FUNCTION_FOUND &&
      function_is_missing(call->child[CALL_NAME]->text, count)) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, call->position,
                 "function %s) is not supported", signature(binder, call));
    return;
  }
  bind_no_function(binder, call);
  error_hint(binder->error, "No function matches the given name and argument types. "
                            "You might need to add explicit type casts.");
}

/* Puts arguments in order, and defaults in the place of those that are not given. False: there is nothing to be done. */
static bool fill_arguments(struct binder *binder, struct sql_node *call) {
  const struct sql_node *given = call->child[CALL_ARGUMENTS];
  bool named = arguments_are_named(given);
  return bind_arguments(binder, call) &&
         (named || call->child[CALL_ARGUMENTS]->count > (given ? given->count : 0));
}

bool bind_function(struct binder *binder, struct sql_node *call) {
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  struct sql_node *name = call->child[CALL_NAME];
  int count = arguments ? (int)arguments->count : 0;
  if (count > BIND_ARGUMENTS_MAX) {
    error_set_at(binder->error, TIDE_ERROR_LIMIT, call->position,
                 "cannot pass more than %d arguments to a function",
                 BIND_ARGUMENTS_MAX);
    return false;
  }
  struct type *types = bind_alloc(binder, (size_t)count * 2 * sizeof *types);
  if (!types)
    return false;
  for (int i = 0; i < count; i++)
    types[i] = arguments->child[i]->type;
  bool named = arguments_are_named(arguments);
  if (named && arguments_check(binder->error, arguments) != TIDE_OK)
    return false;
  const struct function *found;
  struct sql_node *schema = name->child[NAME_SCHEMA];
  enum function_lookup lookup =
      named || (schema && strcmp(schema->text, "pg_catalog") != 0)
          ? FUNCTION_UNKNOWN
          : function_find(name->text, types, count, &found, types + count, &call->type);
  if ((named || lookup == FUNCTION_NO_MATCH) && fill_arguments(binder, call))
    return bind_function(binder, call);
  if (lookup != FUNCTION_FOUND) {
    if (!binder->error->code)
      no_function(binder, lookup, call, count);
    return false;
  }
  for (int i = 0; i < count; i++) {
    arguments->child[i] =
        bind_convert(binder, arguments->child[i], types[count + i], CONVERT_IMPLICIT);
    if (!arguments->child[i])
      return false;
  }
  call->bound = found;
  bind_not_immutable(binder, found->flags, found->name);
  return bind_rows_as_json(binder, call);
}

/* --- aggregates --- */

struct level_search {
  int32_t level;
  bool found;
  uint32_t position; /* of what was found */
};

static enum sql_walk has_column_of(const struct sql_node *node, void *context) {
  struct level_search *search = context;
  search->found |= node->kind == SQL_COLUMN && node->index == search->level;
  return search->found ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool bind_uses_level(const struct sql_node *node, int32_t level) {
  struct level_search search = {level, false, 0};
  sql_walk(node, has_column_of, &search);
  return search.found;
}

/* With WITHIN GROUP it is what is ordered by that is aggregated. */
static bool aggregates_level(const struct sql_node *call, int32_t level) {
  const struct sql_node *within = call->child[CALL_WITHIN];
  return bind_uses_level(within ? within : call->child[CALL_ARGUMENTS], level) ||
         bind_uses_level(call->child[CALL_FILTER], level);
}

/* An aggregate belongs to the innermost query whose columns its arguments use. */
static struct level *owner_of(const struct scope *scope, const struct sql_node *call) {
  for (const struct scope *at = scope; at; at = at->outer) {
    if (aggregates_level(call, at->level->id))
      return at->level;
  }
  return scope->level;
}

static enum sql_walk find_nested(const struct sql_node *node, void *context) {
  struct level_search *search = context;
  search->found |= bind_is_aggregate(node) && node->index == search->level;
  search->position = node->position;
  return search->found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static enum sql_walk find_window(const struct sql_node *node, void *context) {
  struct level_search *search = context;
  search->found |= bind_is_window_call(node) && node->index == search->level;
  search->position = node->position;
  return search->found ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Is there something of the kind among the arguments and clauses of the call? *position is where. */
static bool below(const struct sql_node *call, int32_t level,
                  enum sql_walk (*visit)(const struct sql_node *, void *),
                  uint32_t *position) {
  struct level_search search = {level, false, 0};
  for (uint32_t i = 0; i < call->count && !search.found; i++) {
    if (call->child[i])
      sql_walk(call->child[i], visit, &search);
  }
  *position = search.position;
  return search.found;
}

static bool aggregates_allowed(enum clause clause) {
  return clause == CLAUSE_RESULTS || clause == CLAUSE_HAVING ||
         clause == CLAUSE_ORDER || clause == CLAUSE_DISTINCT_ON ||
         clause == CLAUSE_WINDOW;
}

bool bind_contains_window(const struct sql_node *call, int32_t level,
                          uint32_t *position) {
  return below(call, level, find_window, position);
}

bool bind_aggregate(struct binder *binder, const struct scope *scope,
                    struct sql_node *call) {
  struct level *owner = owner_of(scope, call);
  uint32_t position;
  if (below(call, owner->id, find_nested, &position)) {
    error_set_at(binder->error, TIDE_ERROR_GROUPING, position,
                 "aggregate function calls cannot be nested");
    return false;
  }
  if (below(call, owner->id, find_window, &position)) {
    error_set_at(binder->error, TIDE_ERROR_GROUPING, position,
                 "aggregate function calls cannot contain window function calls");
    return false;
  }
  if (!aggregates_allowed(owner->clause)) {
    error_set_at(binder->error, TIDE_ERROR_GROUPING, call->position,
                 "aggregate functions are not allowed in %s",
                 bind_clause_name(owner->clause));
    return false;
  }
  if (owner->recursive_term) {
    error_set_at(binder->error, TIDE_ERROR_RECURSION, call->position,
                 "aggregate functions are not allowed in a recursive query's recursive "
                 "term");
    return false;
  }
  call->index = owner->id;
  owner->has_aggregates = true;
  binder->binding->has_aggregates = true;
  return true;
}

/* DISTINCT with ORDER BY: what is ordered by has to be what is aggregated. */
static bool check_distinct_order(struct binder *binder, const struct sql_node *call) {
  struct sql_node *order = call->child[CALL_ORDER];
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (!(call->flags & SQL_DISTINCT))
    return true;
  const struct function *function = call->bound;
  bool counted = arguments && function && strcmp(function->name, "count") == 0 &&
                 bind_row_is_its_text(arguments->child[0]);
  if (arguments && !counted &&
      !bind_check_comparable(binder, arguments->child[0]->type,
                             arguments->child[0]->position, "an equality"))
    return false;
  if (!order)
    return true;
  for (uint32_t i = 0; i < order->count; i++) {
    bool found = false;
    for (uint32_t j = 0; arguments && j < arguments->count; j++)
      found |= sql_equal(order->child[i]->child[0], arguments->child[j]);
    if (found)
      continue;
    error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE, order->child[i]->position,
                 "in an aggregate with DISTINCT, ORDER BY expressions must appear in "
                 "argument list");
    return false;
  }
  return true;
}

bool bind_order_items(struct binder *binder, struct scope *scope,
                      struct sql_node *order) {
  for (uint32_t i = 0; order && i < order->count; i++) {
    struct sql_node **slot = &order->child[i]->child[0];
    if (!bind_slot(binder, scope, slot))
      return false;
    if (bind_is_unknown((*slot)->type))
      *slot = bind_convert(binder, *slot, TYPE(TYPE_TEXT), CONVERT_IMPLICIT);
    struct sql_node *row = *slot ? bind_row_to_spread(*slot, NULL) : NULL;
    if (!*slot || (row ? !bind_spread_order(binder, order, &i, row)
                       : !bind_check_orderable(binder, *slot)))
      return false;
  }
  return true;
}

/* --- calls --- */

struct sql_node *bind_unbound_call(struct binder *binder, const char *name,
                                   struct sql_node *arguments, uint32_t position) {
  struct sql_node *call = bind_node(binder, SQL_CALL, position, NULL);
  if (!call)
    return NULL;
  call->child[CALL_NAME] = bind_node(binder, SQL_NAME, position, name);
  call->child[CALL_ARGUMENTS] = arguments;
  return call->child[CALL_NAME] && arguments ? call : NULL;
}

bool bind_refuse_call(struct binder *binder, const struct sql_node *call,
                      const char *format) {
  error_set_at(binder->error, TIDE_ERROR_WRONG_OBJECT_TYPE, call->position, format,
               call->child[CALL_NAME]->text);
  return false;
}

/* Everything that only aggregates and window functions can have. */
static bool check_plain_call(struct binder *binder, const struct sql_node *call,
                             const struct function *function) {
  if (function->flags & FUNCTION_WINDOW)
    return bind_refuse_call(binder, call, "window function %s requires an OVER clause");
  if (call->flags & SQL_DISTINCT)
    return bind_refuse_call(binder, call,
                            "DISTINCT specified, but %s is not an aggregate function");
  if (call->child[CALL_ORDER])
    return bind_refuse_call(binder, call,
                            "ORDER BY specified, but %s is not an aggregate function");
  if (call->child[CALL_FILTER])
    return bind_refuse_call(binder, call,
                            "FILTER specified, but %s is not an aggregate function");
  if (call->flags & SQL_ALL_ROWS)
    return bind_refuse_call(binder, call,
                            "(*) specified, but %s is not an aggregate function");
  return true;
}

bool bind_filter(struct binder *binder, struct scope *scope, struct sql_node *call) {
  enum clause before = scope->level->clause;
  scope->level->clause = CLAUSE_FILTER;
  bool bound = bind_condition(binder, scope, &call->child[CALL_FILTER], "FILTER");
  scope->level->clause = before;
  return bound;
}

/* nullif(a, b) has the type that a is compared as. PostgreSQL compares integers of different sizes, and dates with
 * timestamps, as they are: there the type of a stays, for dates spelled CASE WHEN a = b THEN NULL ELSE a END. */
static struct sql_node *bind_nullif(struct binder *binder, struct sql_node *node,
                                    struct sql_node *original) {
  struct type type = type_base(original->type);
  bool takes_modifiers;
  const char *conversion = type_cast(type, node->type, &takes_modifiers);
  if (bind_is_unknown(type) || (conversion && conversion[0] == '\0')) {
    node->type = bind_is_unknown(type) ? node->type : type;
    return node;
  }
  if (type_category(type) != 'D')
    return node;
  struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  struct sql_node *when = bind_node(binder, SQL_WHEN, node->position, NULL);
  struct sql_node *whens = bind_node(binder, SQL_LIST, node->position, NULL);
  struct sql_node *result = bind_node(binder, SQL_CASE, node->position, NULL);
  struct sql_node *null = bind_node(binder, SQL_NULL, node->position, NULL);
  if (!when || !result || !null || !bind_append(binder, whens, when))
    return NULL;
  when->child[WHEN_CONDITION] = bind_binary(binder, "=", arguments->child[0],
                                            arguments->child[1], node->position);
  when->child[WHEN_RESULT] = null;
  result->child[CASE_WHENS] = whens;
  result->child[CASE_ELSE] = original;
  null->type = result->type = type;
  return when->child[WHEN_CONDITION] && original ? result : NULL;
}

/* GROUPING(a, b): which of its arguments the row is not grouped by, as bits. Lowering knows. */
static struct sql_node *bind_grouping_call(struct binder *binder, struct scope *scope,
                                           struct sql_node *node) {
  static const struct function grouping = {.name = "grouping",
                                           .argument_count = 1,
                                           .argument = {{TYPE_ANY, false}},
                                           .result = {TYPE_INTEGER, false},
                                           .sqlite = "grouping",
                                           .flags =
                                               FUNCTION_VARIADIC | FUNCTION_ORIGIN};
  const struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  if (!arguments || arguments->count > 31) {
    error_set_at(binder->error, TIDE_ERROR_LIMIT, node->position,
                 "GROUPING must have fewer than 32 arguments");
    return NULL;
  }
  if (!aggregates_allowed(scope->level->clause)) {
    error_set_at(binder->error, TIDE_ERROR_GROUPING, node->position,
                 "grouping operations are not allowed in %s",
                 bind_clause_name(scope->level->clause));
    return NULL;
  }
  if (!bind_list(binder, scope, node->child[CALL_ARGUMENTS]))
    return NULL;
  node->bound = &grouping;
  node->type = function_result(&grouping);
  node->index = scope->level->id;
  scope->level->has_grouping_calls = true;
  return node;
}

bool bind_is_grouping_call(const struct sql_node *node) {
  const struct function *function = function_of(node);
  return function && strcmp(function->name, "grouping") == 0;
}

/* What pg_typeof gives is known now: it is its last argument. */
static bool tell_type(struct binder *binder, struct sql_node *call) {
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (strcmp(call->child[CALL_NAME]->text, "pg_typeof") != 0 || !arguments)
    return true;
  if (arguments->count != 1) {
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_FUNCTION, call->position,
                 "function pg_typeof takes one argument");
    return false;
  }
  struct type type = arguments->child[0]->type;
  if (type.domain == 0)
    type.precision = type.scale = -1;
  struct sql_node *name =
      bind_node(binder, SQL_STRING, call->position, bind_type_text(binder, type));
  return name && bind_append(binder, arguments, name);
}

/* (a, interval) OVERLAPS …: a period that ends at a + interval. */
static bool add_intervals(struct binder *binder, struct sql_node *call) {
  struct sql_node *ends = call->child[CALL_ARGUMENTS];
  if (strcmp(call->child[CALL_NAME]->text, "overlaps") != 0 || !ends ||
      ends->count != 4)
    return true;
  for (uint32_t i = 1; i < 4; i += 2) {
    if (ends->child[i]->type.id != TYPE_INTERVAL || ends->child[i]->type.array)
      continue;
    struct sql_node *start = bind_clone(binder, ends->child[i - 1]);
    ends->child[i] =
        start ? bind_binary(binder, "+", start, ends->child[i], start->position) : NULL;
    if (!ends->child[i])
      return false;
  }
  return true;
}

struct sql_node *bind_call(struct binder *binder, struct scope *scope,
                           struct sql_node *node) {
  if (strcmp(node->child[CALL_NAME]->text, "grouping") == 0)
    return bind_grouping_call(binder, scope, node);
  if (node->child[CALL_WITHIN])
    return bind_within(binder, scope, node);
  bool counts = is_sequence_call(node);
  const struct standard_function *standard = standard_function_find(node);
  if (counts)
    sequence_unwrap(node);
  if (standard && !bind_regclass_arguments(binder, node))
    return NULL;
  if (!bind_list(binder, scope, node->child[CALL_ARGUMENTS]) ||
      !bind_order_items(binder, scope, node->child[CALL_ORDER]) ||
      !bind_filter(binder, scope, node))
    return NULL;
  if (counts)
    return bind_sequence_call(binder, node);
  if (!add_intervals(binder, node))
    return NULL;
  if (standard)
    return bind_standard_call(binder, scope, node, standard);
  if (!tell_type(binder, node))
    return NULL;
  struct sql_node *first = NULL;
  if (strcmp(node->child[CALL_NAME]->text, "nullif") == 0 &&
      node->child[CALL_ARGUMENTS] &&
      !(first = bind_clone(binder, node->child[CALL_ARGUMENTS]->child[0])))
    return NULL;
  if (!bind_function(binder, node) || !check_labels(binder, node))
    return NULL;
  if (first)
    return bind_nullif(binder, node, first);
  const struct function *function = node->bound;
  if (function->flags & FUNCTION_ORDERED) {
    bind_refuse_call(binder, node,
                     "WITHIN GROUP is required for ordered-set aggregate %s");
    return NULL;
  }
  if (node->child[CALL_OVER])
    return bind_window_call(binder, scope, node, function) ? node : NULL;
  if (function->flags & FUNCTION_AGGREGATE)
    return check_distinct_order(binder, node) && bind_aggregate(binder, scope, node)
               ? node
               : NULL;
  if (!check_plain_call(binder, node, function))
    return NULL;
  bool in_results =
      function->flags & FUNCTION_SET && scope->level->clause != CLAUSE_FROM_FUNCTION;
  return in_results ? bind_set_result(binder, scope, node) : node;
}

struct sql_node *bind_coalesce(struct binder *binder, struct sql_node *first,
                               struct sql_node *second) {
  struct sql_node *call = bind_node(binder, SQL_CALL, first->position, NULL);
  struct sql_node *arguments = bind_node(binder, SQL_LIST, first->position, NULL);
  if (!call || !arguments || !bind_append(binder, arguments, first) ||
      !bind_append(binder, arguments, second))
    return NULL;
  call->child[CALL_NAME] = bind_node(binder, SQL_NAME, first->position, "coalesce");
  call->child[CALL_ARGUMENTS] = arguments;
  return call->child[CALL_NAME] && bind_function(binder, call) ? call : NULL;
}
