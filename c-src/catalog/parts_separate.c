/* Each part of a statement means the state before it: what is read of tables that earlier parts have written is set
 * aside, and rows that they have written are not written again. */
#include <string.h>

#include "catalog/image.h"
#include "catalog/lower_internal.h"
#include "catalog/parts_internal.h"
#include "sql/walk.h"

enum { CASCADE_DEPTH_MAX = 16 };

/* --- what a part changes --- */

static bool acts(enum sql_foreign_action action) {
  return action != SQL_NO_ACTION && action != SQL_ACTION_RESTRICT;
}

/* Do the foreign keys of `table` pass on to it what is done to `target`? */
static bool follows(const struct splitting *splitting, const struct relation *target,
                    const struct relation *table, int depth) {
  const struct image *image = splitting->database->catalog->image;
  if (depth == CASCADE_DEPTH_MAX)
    return true;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *other = image->relations[i];
    for (int k = 0; k < other->constraint_count; k++) {
      const struct constraint *constraint = &other->constraints[k];
      bool passed = constraint->referenced == target->id &&
                    (acts(constraint->on_delete) || acts(constraint->on_update));
      if (passed && (other == table ||
                     (other != target && follows(splitting, other, table, depth + 1))))
        return true;
    }
  }
  return false;
}

static bool only_inserts(const struct sql_node *write) {
  const struct sql_node *conflict =
      write->kind == SQL_INSERT ? write->child[INSERT_CONFLICT] : NULL;
  return write->kind == SQL_INSERT && (!conflict || conflict->op == SQL_DO_NOTHING);
}

static bool cascades_to(const struct splitting *splitting, const struct part *part,
                        const struct relation *table) {
  return part->target && !only_inserts(part->statement) &&
         follows(splitting, part->target, table, 0);
}

static bool is_changed_before(const struct splitting *splitting, int part,
                              const struct relation *relation) {
  for (int i = 0; i < part; i++) {
    const struct part *earlier = &splitting->parts->list[i];
    if (earlier->target == relation || cascades_to(splitting, earlier, relation))
      return true;
  }
  return false;
}

/* --- setting aside --- */

static enum sql_walk is_foreign_to(const struct sql_node *node, void *context) {
  bool other = node->kind == SQL_COLUMN && node->bound != context;
  return other || node->kind == SQL_QUERY ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* The conditions of WHERE that the reference alone decides; NULL: there is none. */
static struct sql_node *own_conditions(struct splitting *splitting,
                                       struct sql_node *where,
                                       const struct sql_node *reference) {
  if (where->kind != SQL_BINARY || strcmp(where->text, "and") != 0)
    return sql_walk(where, is_foreign_to, (void *)reference) &&
                   !lower_is_volatile(where)
               ? where
               : NULL;
  struct sql_node *left = own_conditions(splitting, where->child[LEFT], reference);
  struct sql_node *right = own_conditions(splitting, where->child[RIGHT], reference);
  return sql_and(splitting->arena, left, right);
}

static struct sql_node *column_of(struct splitting *splitting,
                                  struct sql_node *reference, int index,
                                  int32_t level) {
  const struct relation *relation = reference->bound;
  const struct column *column = &relation->columns[index];
  struct arena *arena = splitting->arena;
  uint32_t position = reference->position;
  struct sql_node *result = sql_node_text(arena, SQL_RESULT, position, column->name);
  struct sql_node *node = sql_node_text(arena, SQL_COLUMN, position, column->name);
  struct sql_node *alias = sql_node_text(arena, SQL_NAME, position, reference->text);
  if (!result || !node || !alias)
    return NULL;
  result->child[0] = node;
  node->child[0] = alias;
  node->type = column->type;
  node->bound = reference;
  node->bound_index = index;
  node->index = level;
  return result;
}

/* SELECT all columns FROM the reference WHERE what it decides by itself */
static struct sql_node *query_aside(struct splitting *splitting,
                                    const struct sql_node *select,
                                    struct sql_node *reference) {
  struct arena *arena = splitting->arena;
  uint32_t position = reference->position;
  const struct relation *relation = reference->bound;
  struct sql_node *query = sql_node_new(arena, SQL_QUERY, position);
  struct sql_node *body = sql_node_new(arena, SQL_SELECT, position);
  struct sql_node *results = sql_node_new(arena, SQL_LIST, position);
  struct sql_node *from = sql_node_new(arena, SQL_LIST, position);
  if (!query || !body || !from)
    return NULL;
  body->index = select ? select->index : 0;
  for (int i = 0; results && i < relation->column_count; i++)
    results = sql_list_append(arena, results,
                              column_of(splitting, reference, i, body->index));
  body->child[SELECT_RESULTS] = results;
  body->child[SELECT_FROM] = sql_list_append(arena, from, reference);
  if (select && select->child[SELECT_WHERE] && reference->bound_index == 0)
    body->child[SELECT_WHERE] =
        own_conditions(splitting, select->child[SELECT_WHERE], reference);
  query->child[QUERY_BODY] = body;
  return results ? bind_clone_tree(arena, query) : NULL;
}

static int set_aside(struct splitting *splitting, const struct sql_node *select,
                     struct sql_node *reference) {
  struct arena *arena = splitting->arena;
  struct set_aside *aside = arena_alloc(arena, sizeof *aside);
  struct relation *copy = arena_alloc(arena, sizeof *copy);
  const char *table = parts_table(splitting);
  struct sql_node *query = query_aside(splitting, select, reference);
  if (!aside || !copy || !table || !query)
    return parts_nomem(splitting);
  const struct relation *relation = reference->bound;
  *aside = (struct set_aside){.next = splitting->parts->aside,
                              .query = query,
                              .relation = relation,
                              .table = table};
  splitting->parts->aside = aside;
  *copy = *relation;
  copy->key_count = 0;
  copy->stored = table;
  reference->bound = copy;
  return TIDE_OK;
}

struct reading {
  struct splitting *splitting;
  int part;
  const struct sql_node *target; /* of that part: not read */
};

static int look_at_reference(const struct reading *reading,
                             const struct sql_node *select,
                             struct sql_node *reference) {
  bool changed = reference != reading->target && reference->bound &&
                 reference->index != REFERENCE_EXCLUDED &&
                 is_changed_before(reading->splitting, reading->part, reference->bound);
  return changed ? set_aside(reading->splitting, select, reference) : TIDE_OK;
}

static int look_into(const struct reading *reading, const struct sql_node *select,
                     struct sql_node *node);

/* `select`: the SELECT whose FROM the node is an item of, or NULL. */
static int look_at_children(const struct reading *reading,
                            const struct sql_node *select, struct sql_node *node) {
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < node->count; i++) {
    if (node->child[i])
      rc = look_into(reading, select, node->child[i]);
  }
  return rc;
}

static int look_into(const struct reading *reading, const struct sql_node *select,
                     struct sql_node *node) {
  switch (node->kind) {
  case SQL_TABLE_REFERENCE: return look_at_reference(reading, select, node);
  case SQL_SELECT: return look_at_children(reading, node, node);
  case SQL_LIST:
  case SQL_JOIN: return look_at_children(reading, select, node);
  default: return look_at_children(reading, NULL, node);
  }
}

/* --- rows that were written --- */

/* How many parts before it write to the same table. *marks: where they mark their rows, if they do already. */
static int earlier_writes(const struct splitting *splitting, int part,
                          const char **marks) {
  const struct part *list = splitting->parts->list;
  int count = 0;
  *marks = NULL;
  for (int i = 0; i < part; i++) {
    if (list[i].target != list[part].target)
      continue;
    count++;
    if (list[i].marks)
      *marks = list[i].marks;
  }
  return count;
}

static int refuse(const struct splitting *splitting, const struct part *part,
                  const char *format) {
  return error_set_at(splitting->error, TIDE_ERROR_NOT_SUPPORTED,
                      part->statement->position, format, part->target->name);
}

/* Rows that one part has written are marked, so that those after it leave them alone. */
static int keep_from_rows(struct splitting *splitting, int index) {
  struct part *part = &splitting->parts->list[index];
  if (!part->target || only_inserts(part->statement))
    return TIDE_OK;
  for (int i = 0; i < index; i++) {
    if (cascades_to(splitting, &splitting->parts->list[i], part->target))
      return refuse(splitting, part,
                    "writing to table %q beside a write whose foreign keys change it "
                    "is not supported");
  }
  const char *table;
  if (earlier_writes(splitting, index, &table) == 0)
    return TIDE_OK;
  if (part->statement->kind == SQL_MERGE)
    return refuse(splitting, part,
                  "MERGE beside another write to table %q is not supported");
  if (part->statement->kind == SQL_INSERT)
    return refuse(splitting, part,
                  "ON CONFLICT DO UPDATE beside another write to table %q is not "
                  "supported");
  if (!table)
    table = parts_table(splitting);
  if (!table)
    return parts_nomem(splitting);
  part->skips = table;
  for (int i = 0; i < index; i++) {
    if (splitting->parts->list[i].target != part->target)
      continue;
    if (splitting->parts->list[i].statement->kind == SQL_MERGE)
      return refuse(splitting, part,
                    "writing to table %q beside a MERGE into it is not supported");
    splitting->parts->list[i].marks = table;
  }
  return TIDE_OK;
}

int parts_separate(struct splitting *splitting) {
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < splitting->parts->count; i++) {
    struct sql_node *statement = splitting->parts->list[i].statement;
    const struct reading reading = {splitting, i, query_target(statement)};
    rc = keep_from_rows(splitting, i);
    if (rc == TIDE_OK)
      rc = look_into(&reading, NULL, statement);
  }
  return rc;
}
