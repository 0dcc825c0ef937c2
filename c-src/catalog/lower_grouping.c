/* GROUPING SETS, ROLLUP and CUBE: one grouped SELECT per set, together by UNION ALL. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

enum { SETS_MAX = 256 };

bool lower_has_grouping_sets(const struct sql_node *select) {
  const struct sql_node *group = select->child[SELECT_GROUP];
  for (uint32_t i = 0; group && i < group->count; i++) {
    if (group->child[i]->kind == SQL_GROUPING)
      return true;
  }
  return false;
}

/* --- the sets --- */

static bool append_all(struct lowering *lowering, struct sql_node *list,
                       const struct sql_node *items) {
  for (uint32_t i = 0; i < items->count; i++) {
    if (!lower_append(lowering, list, items->child[i]))
      return false;
  }
  return true;
}

static struct sql_node *expand(struct lowering *lowering, const struct sql_node *item);

/* Every set of the one with every set of the other. */
static struct sql_node *combine(struct lowering *lowering, const struct sql_node *left,
                                const struct sql_node *right) {
  struct sql_node *sets = lower_list(lowering, left->position, 0);
  if (left->count * right->count > SETS_MAX) {
    error_set_at(lowering->error, TIDE_ERROR_LIMIT, left->position,
                 "too many grouping sets present (maximum %d)", SETS_MAX);
    return NULL;
  }
  for (uint32_t i = 0; sets && i < left->count; i++) {
    for (uint32_t j = 0; j < right->count; j++) {
      struct sql_node *set = lower_list(lowering, left->position, 0);
      if (!set || !append_all(lowering, set, left->child[i]) ||
          !append_all(lowering, set, right->child[j]) ||
          !lower_append(lowering, sets, set))
        return NULL;
    }
  }
  return sets;
}

/* The members of ROLLUP or CUBE with those that `bits` leaves out. */
static bool append_chosen(struct lowering *lowering, struct sql_node *sets,
                          const struct sql_node *members, uint64_t bits) {
  struct sql_node *set = lower_list(lowering, members->position, 0);
  for (uint32_t i = 0; set && i < members->count; i++) {
    struct sql_node *member = members->child[i];
    if (!(bits >> i & 1))
      continue;
    bool added = member->kind == SQL_GROUPING ? append_all(lowering, set, member)
                                              : lower_append(lowering, set, member);
    if (!added)
      return false;
  }
  return set && lower_append(lowering, sets, set);
}

static struct sql_node *expand_members(struct lowering *lowering,
                                       const struct sql_node *members) {
  struct sql_node *sets = lower_list(lowering, members->position, 0);
  uint32_t count = members->count;
  bool cube = members->op == SQL_CUBE;
  if (cube ? count > 8 : count >= 60) {
    error_set_at(lowering->error, TIDE_ERROR_LIMIT, members->position,
                 "too many grouping sets present (maximum %d)", SETS_MAX);
    return NULL;
  }
  uint64_t all = ((uint64_t)1 << count) - 1;
  for (uint64_t bits = all;; bits = cube ? bits - 1 : bits >> 1) {
    if (!sets || !append_chosen(lowering, sets, members, bits))
      return NULL;
    if (bits == 0)
      return sets;
  }
}

/* A list of sets, each a list of expressions. */
static struct sql_node *expand(struct lowering *lowering, const struct sql_node *item) {
  struct sql_node *sets = lower_list(lowering, item->position, 0);
  if (item->kind != SQL_GROUPING || item->op == SQL_GROUPING_SET) {
    struct sql_node *set = lower_list(lowering, item->position, 0);
    bool added = set && (item->kind == SQL_GROUPING
                             ? append_all(lowering, set, item)
                             : lower_append(lowering, set, (struct sql_node *)item));
    return added && lower_append(lowering, sets, set) ? sets : NULL;
  }
  if (item->op != SQL_GROUPING_SETS)
    return expand_members(lowering, item);
  for (uint32_t i = 0; sets && i < item->count; i++) {
    struct sql_node *more = expand(lowering, item->child[i]);
    if (!more || !append_all(lowering, sets, more))
      return NULL;
  }
  return sets;
}

static struct sql_node *all_sets(struct lowering *lowering,
                                 const struct sql_node *group) {
  struct sql_node *sets = NULL;
  for (uint32_t i = 0; i < group->count; i++) {
    struct sql_node *own = expand(lowering, group->child[i]);
    sets = own && sets ? combine(lowering, sets, own) : own;
    if (!sets)
      return NULL;
  }
  return sets;
}

/* --- one of the SELECTs --- */

bool lower_is_same(const struct sql_node *left, const struct sql_node *right) {
  if (!left || !right)
    return left == right;
  if (left->kind != right->kind || left->op != right->op || left->count != right->count)
    return false;
  if (left->kind == SQL_COLUMN) /* aliases are unique within a level */
    return left->index == right->index && left->bound_index == right->bound_index &&
           sql_equal(left, right);
  if (left->count == 0)
    return sql_equal(left, right);
  bool same_text = left->text == right->text ||
                   (left->text && right->text && strcmp(left->text, right->text) == 0);
  for (uint32_t i = 0; same_text && i < left->count; i++) {
    if (!lower_is_same(left->child[i], right->child[i]))
      return false;
  }
  return same_text && left->flags == right->flags;
}

int lower_find_same(const struct sql_node *list, const struct sql_node *node) {
  for (uint32_t i = 0; i < list->count; i++) {
    if (lower_is_same(list->child[i], node))
      return (int)i;
  }
  return -1;
}

static bool contains(const struct sql_node *list, const struct sql_node *node) {
  return lower_find_same(list, node) >= 0;
}

struct branch {
  struct lowering *lowering;
  int32_t level;
  const struct sql_node *leaves; /* all expressions that something is grouped by */
  const struct sql_node *set;    /* those of this SELECT */
};

static struct sql_node *grouping_bits(const struct branch *branch,
                                      const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  int64_t bits = 0;
  for (uint32_t i = 0; i < arguments->count; i++)
    bits = bits << 1 | !contains(branch->set, arguments->child[i]);
  return lower_integer(branch->lowering, call->position, bits);
}

/* What the rows are not grouped by is NULL outside of aggregates, and beside WITHIN GROUP. */
static struct sql_node *restrict_to_set(const struct branch *branch,
                                        struct sql_node *node) {
  if (!node)
    return NULL;
  if (bind_is_aggregate(node) && node->index == branch->level) {
    struct sql_node *direct = node->child[CALL_ARGUMENTS];
    return !node->child[CALL_WITHIN] || !direct || restrict_to_set(branch, direct)
               ? node
               : NULL;
  }
  if (bind_is_grouping_call(node) && node->index == branch->level)
    return grouping_bits(branch, node);
  if (contains(branch->leaves, node)) {
    if (contains(branch->set, node))
      return node;
    struct sql_node *null =
        lower_node(branch->lowering, SQL_NULL, node->position, NULL);
    if (null)
      null->type = node->type;
    return null;
  }
  for (uint32_t i = 0; i < node->count; i++) {
    struct sql_node *child = restrict_to_set(branch, node->child[i]);
    if (!child && node->child[i])
      return NULL;
    node->child[i] = child;
  }
  return node;
}

/* A copy of the SELECT that groups by `group`; all its columns belong to the copy. */
static struct sql_node *clone_with_group(struct lowering *lowering,
                                         const struct sql_node *select,
                                         struct sql_node *group) {
  struct sql_node *original = lower_node(lowering, SQL_SELECT, select->position, NULL);
  if (!original)
    return NULL;
  struct sql_node **child = original->child;
  *original = *select;
  original->child = child;
  for (uint32_t i = 0; i < select->count; i++)
    child[i] = i == SELECT_GROUP ? group : select->child[i];
  return lower_clone(lowering, original);
}

static struct sql_node *select_of_set(struct lowering *lowering,
                                      const struct sql_node *select,
                                      const struct sql_node *leaves,
                                      const struct sql_node *set) {
  static const int slots[] = {SELECT_RESULTS, SELECT_HAVING};
  struct branch branch = {lowering, select->index, leaves, set};
  struct sql_node *group = lower_list(lowering, select->position, 0);
  for (uint32_t i = 0; group && i < set->count; i++) {
    if (!contains(group, set->child[i]) &&
        !lower_append(lowering, group, set->child[i]))
      return NULL;
  }
  struct sql_node *clone = group ? clone_with_group(lowering, select, group) : NULL;
  if (!clone)
    return NULL;
  group = clone->child[SELECT_GROUP];
  for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
    struct sql_node **slot = &clone->child[slots[i]];
    if (*slot && !(*slot = restrict_to_set(&branch, *slot)))
      return NULL;
  }
  clone->child[SELECT_GROUP] = group->count > 0 ? group : NULL;
  /* One row for all rows, also when there are none and nothing is aggregated. */
  if (group->count == 0 && clone->bound_index != 1) {
    clone->child[SELECT_FROM] = NULL;
    clone->child[SELECT_WHERE] = clone->child[SELECT_HAVING];
    clone->child[SELECT_HAVING] = NULL;
  }
  return clone;
}

/* --- the whole --- */

bool lower_hide_order(struct lowering *lowering, struct sql_node *select,
                      struct sql_node *order) {
  struct sql_node *results = select->child[SELECT_RESULTS];
  for (uint32_t i = 0; order && i < order->count; i++) {
    struct sql_node **slot = &order->child[i]->child[0];
    if ((*slot)->kind == SQL_INTEGER)
      continue;
    const char *name =
        arena_format(lowering->arena, "__order_%u", (unsigned)results->count);
    if (!name || !lower_append(lowering, results, lower_result(lowering, *slot, name)))
      return false;
    *slot = lower_integer(lowering, (*slot)->position, (int64_t)results->count);
    if (!*slot)
      return false;
    (*slot)->flags |= SQL_EXPLICIT; /* to be turned into a column by show_results */
  }
  return true;
}

static struct sql_node *unite(struct lowering *lowering, const struct sql_node *select,
                              const struct sql_node *sets,
                              const struct sql_node *leaves) {
  struct sql_node *all = NULL;
  for (uint32_t i = 0; i < sets->count; i++) {
    struct sql_node *one = select_of_set(lowering, select, leaves, sets->child[i]);
    if (!one)
      return NULL;
    if (!all) {
      all = one;
      continue;
    }
    struct sql_node *operation =
        lower_node(lowering, SQL_SET_OPERATION, select->position, NULL);
    if (!operation)
      return NULL;
    operation->op = SQL_UNION;
    operation->flags = select->flags & SQL_DISTINCT ? 0 : SQL_ALL;
    operation->child[BODY_LEFT] = all;
    operation->child[BODY_RIGHT] = one;
    all = operation;
  }
  return all;
}

/* SELECT the results without the hidden ones FROM (all). */
static struct sql_node *show_results(struct lowering *lowering, struct sql_node *all,
                                     const char *const *names, int count,
                                     struct sql_node *order) {
  int32_t level = --lowering->next_level;
  struct binder binder = {.arena = lowering->arena, .error = lowering->error};
  struct sql_node *query = lower_query_of(lowering, all);
  if (!query || query_unique_names(&binder, query) != TIDE_OK)
    return NULL;
  struct sql_node *reference = lower_derived(lowering, query, "__sets");
  struct sql_node *results = lower_list(lowering, all->position, 0);
  for (int i = 0; reference && results && i < count; i++) {
    struct sql_node *column = lower_derived_column(lowering, reference, i, level);
    if (!lower_append(lowering, results, lower_result(lowering, column, names[i])))
      return NULL;
  }
  for (uint32_t i = 0; reference && order && i < order->count; i++) {
    struct sql_node **slot = &order->child[i]->child[0];
    int index = 0;
    if (!((*slot)->flags & SQL_EXPLICIT))
      continue;
    for (const char *digit = (*slot)->text; *digit; digit++)
      index = index * 10 + (*digit - '0');
    *slot = lower_derived_column(lowering, reference, index - 1, level);
    if (!*slot)
      return NULL;
  }
  return reference ? lower_select_of(lowering, results, reference, level) : NULL;
}

int lower_grouping_sets(struct lowering *lowering, struct sql_node *query,
                        struct sql_node **body) {
  struct sql_node *select = *body;
  struct sql_node *order = query ? query->child[QUERY_ORDER] : NULL;
  struct sql_node *results = select->child[SELECT_RESULTS];
  uint32_t count = results->count;
  const char **names = arena_alloc(lowering->arena, (count + 1) * sizeof *names);
  if (!names)
    return lower_nomem(lowering);
  for (uint32_t i = 0; i < count; i++)
    names[i] = results->child[i]->text;
  /* it would be run for each set */
  if (lower_is_volatile(select) || (order && lower_is_volatile(order)))
    return lower_unsupported(lowering, select->child[SELECT_GROUP]->position,
                             "GROUPING SETS with volatile functions");
  struct sql_node *leaves = lower_list(lowering, select->position, 0);
  if (!leaves ||
      !bind_group_leaves(lowering->arena, select->child[SELECT_GROUP], leaves))
    return lower_nomem(lowering);
  struct sql_node *sets = all_sets(lowering, select->child[SELECT_GROUP]);
  if (!sets || !lower_hide_order(lowering, select, order))
    return lowering->error->code ? lowering->error->code : lower_nomem(lowering);
  struct sql_node *all = unite(lowering, select, sets, leaves);
  *body = all ? show_results(lowering, all, names, (int)count, order) : NULL;
  return *body ? TIDE_OK : lower_nomem(lowering);
}
