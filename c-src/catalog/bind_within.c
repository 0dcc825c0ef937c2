/* Aggregates with WITHIN GROUP: what is ordered by are further arguments of theirs. */
#include "catalog/bind_internal.h"

static bool check_syntax(struct binder *binder, const struct sql_node *call) {
  bool distinct = call->flags & SQL_DISTINCT;
  if (!distinct && !call->child[CALL_ORDER])
    return true;
  error_set_at(binder->error, TIDE_ERROR_SYNTAX, call->child[CALL_WITHIN]->position,
               distinct ? "cannot use DISTINCT with WITHIN GROUP"
                        : "cannot use multiple ORDER BY clauses with WITHIN GROUP");
  return false;
}

static bool bind_ordered(struct binder *binder, struct scope *scope,
                         struct sql_node *order) {
  for (uint32_t i = 0; i < order->count; i++) {
    struct sql_node **slot = &order->child[i]->child[0];
    if (!bind_slot(binder, scope, slot) || !bind_check_orderable(binder, *slot))
      return false;
  }
  return true;
}

/* The arguments in parentheses and what is ordered by, as one list. */
static struct sql_node *gather(struct binder *binder, const struct sql_node *call) {
  const struct sql_node *direct = call->child[CALL_ARGUMENTS];
  const struct sql_node *order = call->child[CALL_WITHIN];
  struct sql_node *all = bind_node(binder, SQL_LIST, call->position, NULL);
  for (uint32_t i = 0; all && direct && i < direct->count; i++) {
    if (!bind_append(binder, all, direct->child[i]))
      return NULL;
  }
  for (uint32_t i = 0; all && i < order->count; i++) {
    if (!bind_append(binder, all, order->child[i]->child[0]))
      return NULL;
  }
  return all;
}

/* Each back to where it came from. */
static void spread(struct sql_node *call, struct sql_node *direct,
                   const struct sql_node *all) {
  struct sql_node *order = call->child[CALL_WITHIN];
  uint32_t count = direct ? direct->count : 0;
  for (uint32_t i = 0; i < count; i++)
    direct->child[i] = all->child[i];
  for (uint32_t i = 0; i < order->count; i++)
    order->child[i]->child[0] = all->child[count + i];
  call->child[CALL_ARGUMENTS] = direct;
}

/* --- how many of each --- */

/* Does the name mean the rank of a row that is not there? Such take any arguments. */
static bool is_hypothetical(const struct sql_node *call) {
  struct type argument = TYPE(TYPE_TEXT), resolved, result;
  const struct function *found;
  const char *name = call->child[CALL_NAME]->text;
  unsigned wanted = FUNCTION_ORDERED | FUNCTION_VARIADIC;
  return function_find(name, &argument, 1, &found, &resolved, &result) ==
             FUNCTION_FOUND &&
         (found->flags & wanted) == wanted;
}

/* The row is compared with the others: each argument has the type of its column. */
static bool unify_row(struct binder *binder, const struct sql_node *call,
                      struct sql_node *all, uint32_t direct) {
  uint32_t ordered = all->count - direct;
  if (direct != ordered) {
    bind_no_function(binder, call);
    error_hint(binder->error,
               "To use the hypothetical-set aggregate %s, the number of hypothetical "
               "direct arguments (here %u) must match the number of ordering columns "
               "(here %u).",
               call->child[CALL_NAME]->text, (unsigned)direct, (unsigned)ordered);
    return false;
  }
  for (uint32_t i = 0; i < direct; i++) {
    struct sql_node **pair[] = {&all->child[direct + i], &all->child[i]};
    struct type common;
    if (!bind_unify(binder, pair, 2, "WITHIN GROUP", &common))
      return false;
  }
  return true;
}

/* All others have one column. */
static bool check_count(struct binder *binder, struct sql_node *call,
                        struct sql_node *direct) {
  const struct function *function = call->bound;
  unsigned count = direct ? direct->count : 0;
  unsigned wanted = (unsigned)function->argument_count - 1;
  if (function->flags & FUNCTION_VARIADIC || count == wanted)
    return true;
  call->child[CALL_ARGUMENTS] = direct;
  call->child[CALL_ARGUMENTS] = gather(binder, call); /* as they were given */
  bind_no_function(binder, call);
  error_hint(binder->error,
             "There is an ordered-set aggregate %s, but it requires %u direct %s, not "
             "%u.",
             function->name, wanted, wanted == 1 ? "argument" : "arguments", count);
  return false;
}

static bool check_function(struct binder *binder, const struct sql_node *call) {
  const struct function *function = call->bound;
  const struct sql_node *all = call->child[CALL_ARGUMENTS];
  if (function->flags & FUNCTION_WINDOW)
    return bind_refuse_call(binder, call,
                            call->child[CALL_OVER]
                                ? "window function %s cannot have WITHIN GROUP"
                                : "window function %s requires an OVER clause");
  if (!(function->flags & FUNCTION_AGGREGATE))
    return bind_refuse_call(
        binder, call, "WITHIN GROUP specified, but %s is not an aggregate function");
  if (!(function->flags & FUNCTION_ORDERED))
    return bind_refuse_call(
        binder, call,
        "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP");
  if (call->child[CALL_OVER]) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, call->position,
                 "OVER is not supported for ordered-set aggregate %s", function->name);
    return false;
  }
  const struct sql_node *last = all->child[all->count - 1];
  if (function->result.id != TYPE_ANYARRAY || !last->type.array)
    return true;
  error_set_at(binder->error, TIDE_ERROR_UNDEFINED_OBJECT, last->position,
               "could not find array type for data type %s",
               bind_type_text(binder, last->type));
  return false;
}

/* The direct arguments are evaluated where the group is, also when that is an outer query. */
static bool check_levels(struct binder *binder, const struct scope *scope,
                         const struct sql_node *call) {
  const struct sql_node *direct = call->child[CALL_ARGUMENTS];
  for (const struct scope *at = scope; at && at->level->id != call->index;
       at = at->outer) {
    if (!bind_uses_level(direct, at->level->id))
      continue;
    error_set_at(binder->error, TIDE_ERROR_GROUPING, call->position,
                 "outer-level aggregate cannot contain a lower-level variable in its "
                 "direct arguments");
    return false;
  }
  return true;
}

struct sql_node *bind_within(struct binder *binder, struct scope *scope,
                             struct sql_node *call) {
  struct sql_node *direct = call->child[CALL_ARGUMENTS];
  uint32_t count = direct ? direct->count : 0;
  if (!check_syntax(binder, call) || !bind_list(binder, scope, direct) ||
      !bind_ordered(binder, scope, call->child[CALL_WITHIN]) ||
      !bind_filter(binder, scope, call))
    return NULL;
  struct sql_node *all = call->child[CALL_ARGUMENTS] = gather(binder, call);
  if (!all ||
      (!call->child[CALL_OVER] && is_hypothetical(call) &&
       !unify_row(binder, call, all, count)) ||
      !bind_function(binder, call) || !check_function(binder, call) ||
      !check_count(binder, call, direct))
    return NULL;
  spread(call, direct, all);
  return bind_aggregate(binder, scope, call) && check_levels(binder, scope, call)
             ? call
             : NULL;
}
