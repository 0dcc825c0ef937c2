/* UPDATE and DELETE of MySQL: of one table of several, of several at once, of rows in an order and up to a limit. */
#include <string.h>

#include "sql/mysql_internal.h"
#include "sql/walk.h"

/* --- SET --- */

struct assigned {
  const struct sql_node *set;
  uint32_t count; /* of the assignments that were made before */
};

/* Is the column, as a value names it, the one that `name` of SET is? Without tables they may be. */
static bool is_column(const struct sql_node *column, const struct sql_node *name) {
  const struct sql_node *table = name->child[NAME_SCHEMA];
  bool other = table != NULL && column->child[0] != NULL &&
               !sql_same_name(table->text, column->child[0]->text);
  return !other && sql_same_name(name->text, column->text);
}

static enum sql_walk find_assigned(const struct sql_node *node, void *context) {
  const struct assigned *assigned = context;
  if (node->kind != SQL_COLUMN ||
      (node->child[0] != NULL && strcmp(node->child[0]->text, "excluded") == 0))
    return SQL_WALK_ON;
  for (uint32_t i = 0; i < assigned->count; i++) {
    const struct sql_node *names = assigned->set->child[i]->child[ASSIGN_COLUMNS];
    for (uint32_t j = 0; j < names->count; j++) {
      if (is_column(node, names->child[j]))
        return SQL_WALK_STOP;
    }
  }
  return SQL_WALK_ON;
}

/* MySQL assigns one after the other: what comes later sees what came before. */
void mysql_check_set(struct mysql *mysql, const struct sql_node *set) {
  for (uint32_t i = 0; set != NULL && i < set->count; i++) {
    struct assigned assigned = {set, i};
    if (!sql_walk(set->child[i]->child[ASSIGN_VALUE], find_assigned, &assigned))
      mysql_refuse(mysql, set->child[i],
                   "a value that depends on a column that was assigned before it");
  }
}

/* Does the name in front of a column, or behind DELETE, mean the reference? */
static bool names(const struct sql_node *name, const struct sql_node *reference) {
  if (reference->kind != SQL_TABLE_REFERENCE)
    return false;
  return sql_same_name(name->text, reference->text != NULL
                                       ? reference->text
                                       : reference->child[REFERENCE_SOURCE]->text);
}

static struct sql_node *unknown_table(struct mysql *mysql,
                                      const struct sql_node *name) {
  error_set_at(mysql->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
               "table %q is not among those of the statement", name->text);
  return NULL;
}

void mysql_set_of(struct mysql *mysql, const struct sql_node *set,
                  const struct sql_node *target) {
  for (uint32_t i = 0; set != NULL && i < set->count; i++) {
    const struct sql_node *columns = set->child[i]->child[ASSIGN_COLUMNS];
    for (uint32_t j = 0; j < columns->count; j++) {
      const struct sql_node *table = columns->child[j]->child[NAME_SCHEMA];
      columns->child[j]->child[NAME_SCHEMA] = NULL;
      if (table != NULL && !names(table, target))
        unknown_table(mysql, table);
    }
  }
}

/* --- the rows that are written --- */

/* Where an UPDATE and a DELETE have what both have. */
struct slots {
  int with, target, others, where;
};

static struct slots slots_of(const struct sql_node *write) {
  return write->kind == SQL_UPDATE
             ? (struct slots){UPDATE_WITH, UPDATE_TARGET, UPDATE_FROM, UPDATE_WHERE}
             : (struct slots){DELETE_WITH, DELETE_TARGET, DELETE_USING, DELETE_WHERE};
}

/* The tables of a write. */
struct joined {
  struct mysql *mysql;
  const struct sql_node *name; /* of the one that is written */
  struct sql_node *target;     /* found */
  struct sql_node *others;
  struct sql_node *condition;
};

/* Is it inner joins alone, whose conditions may as well stand in WHERE? */
static bool is_inner(const struct sql_node *relation) {
  if (relation->kind != SQL_JOIN)
    return true;
  return (relation->op == SQL_INNER || relation->op == SQL_CROSS) &&
         (relation->flags & SQL_NATURAL) == 0 && relation->child[JOIN_USING] == NULL &&
         is_inner(relation->child[JOIN_LEFT]) && is_inner(relation->child[JOIN_RIGHT]);
}

static void take_condition(struct joined *joined, struct sql_node *condition) {
  if (condition != NULL)
    joined->condition =
        joined->condition == NULL
            ? condition
            : mysql_binary(joined->mysql, "and", joined->condition, condition);
}

/* Of inner joins. */
static void take_relation(struct joined *joined, struct sql_node *relation) {
  if (relation->kind == SQL_JOIN) {
    take_relation(joined, relation->child[JOIN_LEFT]);
    take_relation(joined, relation->child[JOIN_RIGHT]);
    take_condition(joined, relation->child[JOIN_ON]);
  } else if (joined->target == NULL && names(joined->name, relation)) {
    joined->target = relation;
  } else {
    sql_list_append(joined->mysql->arena, joined->others, relation);
  }
}

/* Where the target stands in a join of any kind; NULL: nowhere. */
static struct sql_node *find_reference(const struct sql_node *name,
                                       struct sql_node *relation) {
  if (relation->kind != SQL_JOIN)
    return names(name, relation) ? relation : NULL;
  struct sql_node *found = find_reference(name, relation->child[JOIN_LEFT]);
  return found != NULL ? found : find_reference(name, relation->child[JOIN_RIGHT]);
}

/* The target stands among the rows' relations; the write names it by itself. */
static void mark_target(struct mysql *mysql, struct sql_node *write,
                        struct sql_node *reference) {
  write->child[slots_of(write).target] = sql_clone(mysql->arena, reference);
  reference->flags |= SQL_TARGET;
}

/* FROM others WHERE the conditions of all joins */
static void write_inner(struct joined *joined, struct sql_node *write,
                        const struct sql_node *list) {
  struct slots slots = slots_of(write);
  struct sql_node *where = write->child[slots.where];
  joined->others = sql_node_new(joined->mysql->arena, SQL_LIST, list->position);
  for (uint32_t i = 0; joined->others != NULL && i < list->count; i++)
    take_relation(joined, list->child[i]);
  take_condition(joined, where);
  if (joined->others == NULL || joined->target == NULL)
    return;
  write->child[slots.target] = joined->target;
  write->child[slots.others] = joined->others->count > 0 ? joined->others : NULL;
  write->child[slots.where] = joined->condition;
}

static void write_outer(struct joined *joined, struct sql_node *write,
                        struct sql_node *list) {
  struct slots slots = slots_of(write);
  struct arena *arena = joined->mysql->arena;
  struct sql_node *rows = sql_node_new(arena, SQL_QUERY, list->position);
  struct sql_node *select = sql_node_new(arena, SQL_SELECT, list->position);
  for (uint32_t i = 0; joined->target == NULL && i < list->count; i++)
    joined->target = find_reference(joined->name, list->child[i]);
  if (rows == NULL || select == NULL || joined->target == NULL)
    return;
  mark_target(joined->mysql, write, joined->target);
  rows->child[QUERY_BODY] = select;
  select->child[SELECT_FROM] = list;
  select->child[SELECT_WHERE] = write->child[slots.where];
  write->child[slots.others] = rows;
  write->child[slots.where] = NULL;
}

/* One table of the list, by its name, is written. */
static void write_one(struct mysql *mysql, struct sql_node *write,
                      const struct sql_node *name, struct sql_node *list) {
  struct joined joined = {.mysql = mysql, .name = name};
  bool inner = true;
  for (uint32_t i = 0; i < list->count; i++)
    inner = inner && is_inner(list->child[i]);
  if (inner)
    write_inner(&joined, write, list);
  else
    write_outer(&joined, write, list);
  if (joined.target == NULL && !mysql->arena->failed)
    unknown_table(mysql, name);
}

/* --- several tables --- */

static bool is_among(const struct sql_node *list, const struct sql_node *name) {
  for (uint32_t i = 0; i < list->count; i++) {
    if (sql_same_name(list->child[i]->text, name->text))
      return true;
  }
  return false;
}

/* The tables that SET names, each once; NULL also when a column does not say which it is of. */
static struct sql_node *assigned_tables(struct mysql *mysql,
                                        const struct sql_node *set) {
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, set->position);
  for (uint32_t i = 0; list != NULL && i < set->count; i++) {
    const struct sql_node *columns = set->child[i]->child[ASSIGN_COLUMNS];
    for (uint32_t j = 0; list != NULL && j < columns->count; j++) {
      struct sql_node *table = columns->child[j]->child[NAME_SCHEMA];
      if (table == NULL)
        return NULL;
      if (!is_among(list, table))
        list = sql_list_append(mysql->arena, list, table);
    }
  }
  return list;
}

/* The assignments to one table. */
static struct sql_node *set_of_table(struct mysql *mysql, const struct sql_node *set,
                                     const struct sql_node *table) {
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, set->position);
  for (uint32_t i = 0; list != NULL && i < set->count; i++) {
    struct sql_node *name = set->child[i]->child[ASSIGN_COLUMNS]->child[0];
    if (sql_same_name(name->child[NAME_SCHEMA]->text, table->text))
      list = sql_list_append(mysql->arena, list, set->child[i]);
  }
  return list;
}

static void choose_set(struct mysql *mysql, struct sql_node *update,
                       const struct sql_node *all, const struct sql_node *table) {
  update->child[UPDATE_SET] = set_of_table(mysql, all, table);
  if (update->child[UPDATE_SET] == NULL || update->child[UPDATE_TARGET] == NULL)
    return;
  mysql_set_of(mysql, update->child[UPDATE_SET], update->child[UPDATE_TARGET]);
}

/* The write to one of the tables: a statement of its own, or what is left of the whole. */
static void write_table(struct mysql *mysql, struct sql_node *write,
                        const struct sql_node *table) {
  const struct sql_node *set =
      write->kind == SQL_UPDATE ? write->child[UPDATE_SET] : NULL;
  write_one(mysql, write, table, write->child[slots_of(write).others]);
  if (set != NULL && !mysql->arena->failed)
    choose_set(mysql, write, set, table);
}

/* The WITH of the statement, which may be NULL, and behind it the parts. */
static struct sql_node *with_parts(struct mysql *mysql, struct sql_node *own,
                                   struct sql_node *parts) {
  struct sql_node *with = own == NULL ? parts : own;
  for (uint32_t i = 0; own != NULL && with != NULL && i < parts->count; i++)
    with = sql_list_append(mysql->arena, with, parts->child[i]);
  if (with != NULL)
    with->flags |= SQL_EVERY_WRITE;
  return with;
}

/* "write to t" AS (the write to t) */
static struct sql_node *part_of(struct mysql *mysql, const struct sql_node *write,
                                const struct sql_node *table) {
  const char *name = arena_format(mysql->arena, "write to %s", table->text);
  struct sql_node *part = sql_clone(mysql->arena, write);
  struct sql_node *cte =
      name == NULL ? NULL : sql_node_text(mysql->arena, SQL_CTE, table->position, name);
  if (part == NULL || cte == NULL)
    return NULL;
  write_table(mysql, part, table);
  cte->child[CTE_STATEMENT] = part;
  return cte;
}

/* All of them mean the state before the statement, as the parts of a WITH do. */
static void write_several(struct mysql *mysql, struct sql_node *write,
                          const struct sql_node *tables) {
  uint32_t last = tables->count - 1;
  struct sql_node **slot = &write->child[slots_of(write).with];
  struct sql_node *own = *slot, *parts = sql_node_new(mysql->arena, SQL_WITH, 0);
  *slot = NULL;
  for (uint32_t i = 0; parts != NULL && i < last; i++) {
    struct sql_node *part = part_of(mysql, write, tables->child[i]);
    parts = part == NULL ? NULL : sql_list_append(mysql->arena, parts, part);
  }
  *slot = own;
  if (parts == NULL)
    return;
  write_table(mysql, write, tables->child[last]);
  if (last > 0)
    *slot = with_parts(mysql, own, parts);
}

/* --- one table --- */

/* ORDER BY and LIMIT: the rows have no FROM yet. */
static void complete_rows(struct mysql *mysql, struct sql_node *write,
                          const struct sql_node *rows) {
  struct sql_node *select = rows->child[QUERY_BODY];
  struct sql_node *target = write->child[slots_of(write).target];
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, target->position);
  mark_target(mysql, write, target);
  select->child[SELECT_FROM] =
      list == NULL ? NULL : sql_list_append(mysql->arena, list, target);
  select->child[SELECT_WHERE] = mysql_truth(select->child[SELECT_WHERE]);
}

static void write_single(struct mysql *mysql, struct sql_node *write) {
  const struct sql_node *rows = write->child[slots_of(write).others];
  if (rows != NULL && rows->kind == SQL_QUERY)
    complete_rows(mysql, write, rows);
}

/* --- entry --- */

static void truth_of_where(struct sql_node *write) {
  struct sql_node **where = &write->child[slots_of(write).where];
  *where = mysql_truth(*where);
}

static void decide(struct mysql *mysql, struct sql_node *update) {
  const struct sql_node *tables = assigned_tables(mysql, update->child[UPDATE_SET]);
  if (tables != NULL && mysql->error->code == TIDE_OK)
    write_several(mysql, update, tables);
}

void mysql_update(struct mysql *mysql, struct sql_node *update) {
  struct sql_node *set = update->child[UPDATE_SET];
  truth_of_where(update);
  mysql_check_set(mysql, set);
  if (update->child[UPDATE_TARGET] != NULL) {
    mysql_set_of(mysql, set, update->child[UPDATE_TARGET]);
    write_single(mysql, update);
    return;
  }
  decide(mysql, update);
}

void mysql_decide_tables(struct arena *arena, struct sql_node *update,
                         struct error *error) {
  decide(&(struct mysql){.arena = arena, .error = error}, update);
}

static void delete_several(struct mysql *mysql, struct sql_node *remove,
                           const struct sql_node *tables) {
  for (uint32_t i = 1; i < tables->count; i++) {
    const struct sql_node before = {.child = tables->child, .count = i};
    const struct sql_node *table = tables->child[i];
    if (is_among(&before, table))
      error_set_at(mysql->error, TIDE_ERROR_DUPLICATE_ALIAS, table->position,
                   "table name %q specified more than once", table->text);
  }
  if (mysql->error->code == TIDE_OK)
    write_several(mysql, remove, tables);
}

void mysql_delete(struct mysql *mysql, struct sql_node *remove) {
  const struct sql_node *target = remove->child[DELETE_TARGET];
  struct sql_node *list = remove->child[DELETE_USING];
  truth_of_where(remove);
  if (target->kind == SQL_LIST)
    delete_several(mysql, remove, target);
  else if (list != NULL && list->kind == SQL_LIST)
    write_one(mysql, remove, target->child[REFERENCE_SOURCE], list);
  else
    write_single(mysql, remove);
}
