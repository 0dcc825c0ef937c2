/* Simpler variants of a statement, made from its tree. */
#include "reduce.h"

#include <string.h>

#include "base/buffer.h"
#include "sql/parse.h"
#include "sql/print.h"

struct search {
  int left; /* variants to pass over */
  bool done;
};

static bool found(struct search *search) {
  return search->left-- == 0;
}

static void remove_child(struct sql_node *node, uint32_t index) {
  memmove(&node->child[index], &node->child[index + 1],
          (node->count - index - 1) * sizeof *node->child);
  node->count--;
}

static bool is_list(const struct sql_node *node) {
  return node->kind == SQL_LIST || node->kind == SQL_VALUES || node->kind == SQL_WITH ||
         node->kind == SQL_ROW || node->kind == SQL_ARRAY || node->kind == SQL_GROUPING;
}

/* Variants that change what is in slot `index`. */
static bool change_slot(struct search *search, struct sql_node *node, uint32_t index) {
  struct sql_node *child = node->child[index];
  if (is_list(node)) {
    if (node->count > 1 && found(search)) {
      remove_child(node, index);
      return true;
    }
  } else if (found(search)) {
    node->child[index] = NULL;
    return true;
  }
  if (child->kind == SQL_RESULT) /* without its name others could not refer to it */
    return false;
  for (uint32_t i = 0; i < child->count; i++) {
    if (!child->child[i])
      continue;
    if (!is_list(child->child[i]) && found(search)) {
      node->child[index] = child->child[i];
      return true;
    }
    for (uint32_t j = 0; is_list(child->child[i]) && j < child->child[i]->count; j++)
      if (child->child[i]->child[j] && found(search)) {
        node->child[index] = child->child[i]->child[j];
        return true;
      }
  }
  return false;
}

static bool change(struct search *search, struct sql_node *node) {
  if (node->flags && found(search)) {
    node->flags = 0;
    return true;
  }
  for (uint32_t i = 0; i < node->count; i++) {
    if (!node->child[i])
      continue;
    if (change_slot(search, node, i) || change(search, node->child[i]))
      return true;
  }
  return false;
}

bool reduce(const char *sql, int number, char *out, size_t size) {
  struct arena arena;
  struct error error = {0};
  struct buffer text;
  struct sql_node *tree = NULL;
  struct search search = {.left = number};
  size_t consumed;
  arena_init(&arena, memory_default());
  buffer_init(&text, memory_default());
  out[0] = 0;
  bool more = sql_parse(&arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, &tree,
                        &consumed, &error) == TIDE_OK &&
              tree && change(&search, tree);
  if (more && sql_print(tree, SQL_DIALECT_POSTGRES, &text, &error) == TIDE_OK &&
      !text.failed && text.length < size)
    memcpy(out, buffer_string(&text), text.length + 1);
  buffer_deinit(&text);
  arena_deinit(&arena);
  return more;
}
