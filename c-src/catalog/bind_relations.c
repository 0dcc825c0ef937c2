/* Which relations a bound statement touches, and whether a local view that it writes to can be written. */
#include "catalog/bind.h"
#include "catalog/bind_internal.h"
#include "sql/walk.h"

/* --- relations --- */

struct collection {
  struct arena *arena;
  const struct relation **relations;
  int count, capacity;
};

static bool grow(struct collection *collection) {
  int capacity = collection->capacity ? collection->capacity * 2 : 8;
  const struct relation **relations =
      arena_alloc(collection->arena, (size_t)capacity * sizeof *relations);
  if (!relations)
    return false;
  for (int i = 0; i < collection->count; i++)
    relations[i] = collection->relations[i];
  collection->relations = relations;
  collection->capacity = capacity;
  return true;
}

static enum sql_walk collect(const struct sql_node *node, void *context) {
  struct collection *collection = context;
  if (node->kind != SQL_TABLE_REFERENCE || !node->bound)
    return SQL_WALK_ON;
  for (int i = 0; i < collection->count; i++) {
    if (collection->relations[i] == node->bound)
      return SQL_WALK_ON;
  }
  if (collection->count == collection->capacity && !grow(collection))
    return SQL_WALK_STOP;
  collection->relations[collection->count++] = node->bound;
  return SQL_WALK_ON;
}

int bind_relations(struct binding *binding, const struct sql_node *statement,
                   const struct relation ***relations, int *count) {
  struct collection collection = {.arena = binding->arena};
  *relations = NULL;
  *count = 0;
  if (!sql_walk(statement, collect, &collection))
    return error_set(binding->database->error, TIDE_ERROR_NOMEM, "out of memory");
  *relations = collection.relations;
  *count = collection.count;
  return TIDE_OK;
}

/* --- writes to local views --- */

/* Binding itself puts the base in place of the view (bind_target.c), because only it knows what each name
 * in the statement means; here is refused what cannot be written at all. */
int bind_rewrite_view_write(struct database *database, struct arena *arena,
                            struct sql_node **statement) {
  (void)arena;
  const struct sql_node *target = query_target(*statement);
  const struct sql_node *name = target ? target->child[REFERENCE_SOURCE] : NULL;
  if (!name)
    return TIDE_OK;
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct relation *relation =
      catalog_find(database, schema ? schema->text : NULL, name->text);
  if (!relation || relation->kind != RELATION_VIEW || relation_is_foreign(relation) ||
      relation->view->write_path)
    return TIDE_OK;
  const char *reason = relation->view->not_updatable_because;
  return error_set_at(database->error, TIDE_ERROR_NOT_WRITABLE, name->position,
                      "view %q cannot be written: %s", relation->name,
                      reason ? reason : "its query is not updatable");
}
