/* Taking apart a statement that writes inside its WITH: which parts there are, in which order, and which rows each of
 * them keeps for the others. */
#include "catalog/parts.h"

#include <string.h>

#include "catalog/lower_internal.h"
#include "catalog/merge.h"
#include "catalog/parts_internal.h"
#include "sql/walk.h"

int parts_nomem(struct splitting *splitting) {
  return error_set(splitting->error, TIDE_ERROR_NOMEM, "out of memory");
}

const char *parts_table(struct splitting *splitting) {
  return arena_format(splitting->arena, "__part_%lld",
                      (long long)(*splitting->number)++);
}

/* --- which common table expressions a tree reads --- */

static enum sql_walk is_reference_to(const struct sql_node *node, void *context) {
  const struct sql_node *cte = context;
  bool found = node->kind == SQL_TABLE_REFERENCE && node->index == REFERENCE_CTE &&
               strcmp(node->child[REFERENCE_SOURCE]->text, cte->text) == 0;
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool reads(const struct sql_node *tree, const struct sql_node *cte) {
  return !sql_walk(tree, is_reference_to, (void *)cte);
}

/* --- the order --- */

static void add_part(struct splitting *splitting, struct sql_node *statement,
                     const struct sql_node *cte) {
  struct sql_node *target = query_target(statement);
  splitting->parts->list[splitting->parts->count++] =
      (struct part){.statement = statement,
                    .target = target ? target->bound : NULL,
                    .main = cte == NULL,
                    .counts = cte == NULL || splitting->with->flags & SQL_EVERY_WRITE,
                    .columns = cte ? cte->child[CTE_COLUMNS] : NULL};
}

static void add_what_it_reads(struct splitting *splitting, const struct sql_node *tree);

static void add_member(struct splitting *splitting, uint32_t index) {
  const struct sql_node *cte = splitting->with->child[index];
  struct member *member = &splitting->members[index];
  if (member->done)
    return;
  member->done = true;
  add_what_it_reads(splitting, cte->child[CTE_STATEMENT]);
  if (!member->apart)
    return;
  member->part = splitting->parts->count;
  add_part(splitting, cte->child[CTE_STATEMENT], cte);
}

/* A common table expression is read by later ones only: this comes to an end. */
static void add_what_it_reads(struct splitting *splitting,
                              const struct sql_node *tree) {
  for (uint32_t i = 0; i < splitting->with->count; i++) {
    if (reads(tree, splitting->with->child[i]))
      add_member(splitting, i);
  }
}

static void order_parts(struct splitting *splitting, struct sql_node *statement) {
  add_what_it_reads(splitting, statement);
  add_part(splitting, statement, NULL);
  for (uint32_t i = splitting->with->count; i > 0; i--) {
    if (splitting->members[i - 1].writes)
      add_member(splitting, i - 1);
  }
}

/* --- the WITH of each part --- */

static void mark_needed(const struct splitting *splitting, const struct sql_node *tree,
                        bool *needed) {
  for (uint32_t i = 0; i < splitting->with->count; i++) {
    const struct sql_node *cte = splitting->with->child[i];
    if (needed[i] || splitting->members[i].apart || !reads(tree, cte))
      continue;
    needed[i] = true;
    mark_needed(splitting, cte->child[CTE_STATEMENT], needed);
  }
}

static struct sql_node **with_slot(struct sql_node *statement) {
  switch (statement->kind) {
  case SQL_INSERT: return &statement->child[INSERT_WITH];
  case SQL_UPDATE: return &statement->child[UPDATE_WITH];
  case SQL_DELETE: return &statement->child[DELETE_WITH];
  case SQL_MERGE: return &statement->child[MERGE_WITH];
  default: return &statement->child[QUERY_WITH];
  }
}

/* The queries that stay common table expressions stand before the part, in copies of its own. */
static int give_with(struct splitting *splitting, struct sql_node *statement) {
  struct arena *arena = splitting->arena;
  const struct sql_node *all = splitting->with;
  struct sql_node **slot = with_slot(statement), *own = *slot;
  struct sql_node *with = sql_node_new(arena, SQL_WITH, all->position);
  bool *needed = arena_alloc(arena, (all->count + 1) * sizeof *needed);
  if (!with || !needed)
    return parts_nomem(splitting);
  mark_needed(splitting, statement, needed);
  with->flags = all->flags | (own ? own->flags : 0);
  for (uint32_t i = 0; with && i < all->count; i++) {
    if (needed[i])
      with = sql_list_append(arena, with, bind_clone_tree(arena, all->child[i]));
  }
  for (uint32_t i = 0; with && own && i < own->count; i++)
    with = sql_list_append(arena, with, own->child[i]);
  if (!with || arena->failed)
    return parts_nomem(splitting);
  *slot = with->count > 0 ? with : NULL;
  return TIDE_OK;
}

/* A MERGE is made of several queries. */
static int give_with_each(struct splitting *splitting, struct sql_node *statement) {
  if (statement->kind != SQL_MERGE)
    return give_with(splitting, statement);
  uint32_t next = 0;
  int rc = TIDE_OK;
  for (struct sql_node **query = merge_next_query(statement, &next);
       rc == TIDE_OK && query; query = merge_next_query(statement, &next))
    rc = give_with(splitting, *query);
  return rc;
}

/* --- rows of parts --- */

/* A reference to a part reads its temporary table. */
static struct sql_node *redirect(struct sql_node *node, void *context) {
  struct splitting *splitting = context;
  if (!node || node->kind != SQL_TABLE_REFERENCE || node->index != REFERENCE_CTE)
    return node;
  for (uint32_t i = 0; i < splitting->with->count; i++) {
    const struct member *member = &splitting->members[i];
    if (!member->apart || !reads(node, splitting->with->child[i]))
      continue;
    struct part *part = &splitting->parts->list[member->part];
    if (!part->rows)
      part->rows = parts_table(splitting);
    struct sql_node *name = part->rows ? sql_node_text(splitting->arena, SQL_NAME,
                                                       node->position, part->rows)
                                       : NULL;
    if (name)
      node->child[REFERENCE_SOURCE] = name;
    break;
  }
  return node;
}

/* --- entry --- */

static int find_members(struct splitting *splitting) {
  const struct sql_node *with = splitting->with;
  splitting->members =
      arena_alloc(splitting->arena, (with->count + 1) * sizeof *splitting->members);
  splitting->parts->list =
      arena_alloc(splitting->arena, (with->count + 1) * sizeof(struct part));
  if (!splitting->members || !splitting->parts->list)
    return parts_nomem(splitting);
  for (uint32_t i = 0; i < with->count; i++) {
    const struct sql_node *statement = with->child[i]->child[CTE_STATEMENT];
    bool writes = statement->kind != SQL_QUERY;
    splitting->members[i] = (struct member){
        .writes = writes, .apart = writes || lower_is_volatile(statement)};
  }
  return TIDE_OK;
}

static void count_writes(struct parts *parts) {
  int writes = 0;
  for (int i = 0; i < parts->count; i++)
    writes += parts->list[i].target == NULL                 ? 0
              : parts->list[i].statement->kind == SQL_MERGE ? 2
                                                            : 1;
  parts->writes_several = writes > 1;
}

int parts_split(struct binding *binding, struct sql_node *statement, int64_t *number,
                struct parts *parts) {
  struct splitting splitting = {.database = binding->database,
                                .arena = binding->arena,
                                .error = binding->database->error,
                                .with = query_with(statement),
                                .number = number,
                                .parts = parts};
  *parts = (struct parts){0};
  if (!splitting.with)
    splitting.with = sql_node_new(binding->arena, SQL_WITH, statement->position);
  if (!splitting.with)
    return parts_nomem(&splitting);
  int rc = find_members(&splitting);
  if (rc != TIDE_OK)
    return rc;
  *with_slot(statement) = NULL;
  order_parts(&splitting, statement);
  for (int i = 0; rc == TIDE_OK && i < parts->count; i++)
    rc = give_with_each(&splitting, parts->list[i].statement);
  for (int i = 0; rc == TIDE_OK && i < parts->count; i++) {
    if (!sql_rewrite(parts->list[i].statement, redirect, &splitting))
      rc = parts_nomem(&splitting);
  }
  if (rc == TIDE_OK)
    rc = parts_separate(&splitting);
  count_writes(parts);
  return rc == TIDE_OK && binding->arena->failed ? parts_nomem(&splitting) : rc;
}
