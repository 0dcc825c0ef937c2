/* Groups that are called otherwise as a whole: GROUP BY u.id, u.name over users and their
 * orders has one group for each user, and when only the name changes, its row gets another
 * name; no order has to be read for it.
 *
 * That holds where every key is a column of one relation that is read, a unique key of it
 * among those grouped by, and where the columns that were updated are nothing but keys. */
#include "sql/walk.h"
#include "view/aggregate.h"
#include "view/scan.h"
#include "view/updates.h"

/* The source that all keys are columns of, or -1. */
static int find_source(const struct plan *plan, const struct group *group) {
  int found = -1;
  for (int i = 0; i < group->key_count; i++) {
    int source, column;
    if (!join_column(&plan->join, group->keys[i].expression, &source, &column) ||
        (found >= 0 && source != found))
      return -1;
    found = source;
  }
  return found;
}

static bool is_grouped_by(const struct plan *plan, const struct group *group,
                          int wanted) {
  for (int i = 0; i < group->key_count; i++) {
    int source, column;
    if (!group->keys[i].dependent &&
        join_column(&plan->join, group->keys[i].expression, &source, &column) &&
        column == wanted)
      return true;
  }
  return false;
}

/* Columns of the first unique key of the source that is grouped by; 0: there is none. */
static uint64_t grouped_key(struct plan *plan, const struct group *group, int source) {
  struct source_key key;
  const struct relation *relation = plan->join.sources[source].relation;
  for (int which = 0; join_find_key(plan, relation, which, &key); which++) {
    uint64_t columns = 0;
    bool all = key.never_null && key.count > 0;
    for (int i = 0; all && i < key.count; i++) {
      all = is_grouped_by(plan, group, key.columns[i]);
      columns |= updates_column(key.columns[i]);
    }
    if (all)
      return columns;
  }
  return 0;
}

struct use {
  const struct plan *plan;
  int source;
  uint64_t columns;
};

static enum sql_walk note_use(const struct sql_node *node, void *context) {
  struct use *use = context;
  int source, column;
  if (join_column(&use->plan->join, node, &source, &column) && source == use->source)
    use->columns |= updates_column(column);
  return SQL_WALK_ON;
}

/* Columns of the source that say which rows there are, or what is collected of them. */
static uint64_t used_otherwise(const struct plan *plan,
                               const struct aggregates *aggregates, int source) {
  struct use use = {plan, source, 0};
  for (int i = 0; i < plan->join.conjunct_count; i++)
    sql_walk(plan->join.conjuncts[i], note_use, &use);
  for (int i = 0; i < aggregates->count; i++)
    sql_walk(aggregates->all[i].call, note_use, &use);
  return use.columns;
}

static bool has_values(const struct aggregates *aggregates) {
  for (int i = 0; i < aggregates->argument_count; i++)
    if (aggregates->arguments[i].values)
      return true;
  return false;
}

static int print_keys(struct plan *plan, struct aggregates *aggregates) {
  const struct join_source *source = &plan->join.sources[aggregates->rekey.source];
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  buffer_text(&sql, "SELECT ");
  int rc = group_print_keys(plan, &aggregates->group, &sql);
  buffer_format(&sql, " FROM %q AS %q", source->delta->table, source->alias);
  aggregates->rekey.sql = arena_string(&plan->arena, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc == TIDE_OK && !aggregates->rekey.sql ? plan_out_of_memory(plan) : rc;
}

int aggregates_plan_rekey(struct plan *plan, struct aggregates *aggregates) {
  struct rekey *rekey = &aggregates->rekey;
  int source = find_source(plan, &aggregates->group);
  uint64_t key = source >= 0 ? grouped_key(plan, &aggregates->group, source) : 0;
  *rekey = (struct rekey){.source = source};
  if (key == 0 || has_values(aggregates)) /* those know groups by all their keys */
    return TIDE_OK;
  rekey->columns = updates_all_columns(plan->join.sources[source].relation) & ~key &
                   ~used_otherwise(plan, aggregates, source);
  if (rekey->columns == 0)
    return TIDE_OK;
  size_t size = (size_t)aggregates_delta_size(aggregates);
  rekey->sums = plan_alloc(plan, size * sizeof *rekey->sums);
  return rekey->sums ? print_keys(plan, aggregates) : plan_out_of_memory(plan);
}

bool aggregates_are_rekeyed(const struct plan *plan,
                            const struct aggregates *aggregates) {
  const struct rekey *rekey = &aggregates->rekey;
  return rekey->columns != 0 &&
         join_changed(&plan->join) == (join_set)1 << rekey->source &&
         updates_only(plan->join.sources[rekey->source].delta, rekey->columns);
}

int aggregates_explain_rekey(struct plan *plan, const struct aggregates *aggregates,
                             struct buffer *out) {
  const struct rekey *rekey = &aggregates->rekey;
  if (rekey->columns == 0)
    return TIDE_OK;
  buffer_text(out, "groups only get other keys by updates of ");
  updates_print(plan->join.sources[rekey->source].relation, rekey->columns, out);
  return scan_explain_statement(plan, "", rekey->sql, out);
}
