/* Copies of bound trees. */
#include "catalog/bind.h"
#include "sql/walk.h"

/* References that were copied, and their copies. */
struct copies {
  struct arena *arena;
  struct copy {
    const struct sql_node *original;
    struct sql_node *copy;
    struct copy *next;
  } * first;
  bool failed;
};

static bool is_reference(const struct sql_node *node) {
  return node->kind == SQL_TABLE_REFERENCE || node->kind == SQL_SUBQUERY_REFERENCE ||
         node->kind == SQL_FUNCTION_REFERENCE;
}

static void find_copies(struct copies *copies, const struct sql_node *original,
                        struct sql_node *copy) {
  if (!original || !copy)
    return;
  if (is_reference(original)) {
    struct copy *one = arena_alloc(copies->arena, sizeof *one);
    copies->failed |= one == NULL;
    if (one) {
      *one = (struct copy){original, copy, copies->first};
      copies->first = one;
    }
  }
  for (uint32_t i = 0; i < original->count; i++)
    find_copies(copies, original->child[i], copy->child[i]);
}

static struct sql_node *rebind(struct sql_node *node, void *context) {
  const struct copies *copies = context;
  if (!node || node->kind != SQL_COLUMN)
    return node;
  for (const struct copy *one = copies->first; one; one = one->next) {
    if (node->bound == one->original)
      node->bound = one->copy;
  }
  return node;
}

struct sql_node *bind_clone_tree(struct arena *arena, const struct sql_node *node) {
  struct sql_node *clone = sql_clone(arena, node);
  struct copies copies = {.arena = arena};
  if (clone)
    find_copies(&copies, node, clone);
  if (!clone || copies.failed)
    return NULL;
  return copies.first ? sql_rewrite(clone, rebind, &copies) : clone;
}
