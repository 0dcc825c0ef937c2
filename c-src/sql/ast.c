/* Making, copying and comparing nodes. */
#include "sql/ast.h"

#include <string.h>

static const struct {
  const char *name;
  int slots; /* -1: a list of any length */
} kinds[SQL_KIND_COUNT] = {
#define X(kind, name, slots) {name, slots},
    SQL_KINDS(X)
#undef X
};

const char *sql_kind_name(enum sql_kind kind) {
  return (unsigned)kind < SQL_KIND_COUNT ? kinds[kind].name : "unknown";
}

struct sql_node *sql_node_new(struct arena *arena, enum sql_kind kind,
                              uint32_t position) {
  uint32_t slots = kinds[kind].slots < 0 ? 0 : (uint32_t)kinds[kind].slots;
  struct sql_node *node =
      arena_alloc(arena, sizeof *node + slots * sizeof(struct sql_node *));
  if (node == NULL)
    return NULL;
  node->kind = kind;
  node->position = position;
  node->count = node->capacity = slots;
  node->child = slots == 0 ? NULL : (struct sql_node **)(node + 1);
  node->type = TYPE(TYPE_UNKNOWN);
  return node;
}

struct sql_node *sql_node_text(struct arena *arena, enum sql_kind kind,
                               uint32_t position, const char *text) {
  struct sql_node *node = sql_node_new(arena, kind, position);
  if (node == NULL || text == NULL)
    return node;
  node->text = arena_string(arena, text);
  node->length = (uint32_t)strlen(text);
  return node->text == NULL ? NULL : node;
}

struct sql_node *sql_and(struct arena *arena, struct sql_node *left,
                         struct sql_node *right) {
  if (left == NULL || right == NULL)
    return left != NULL ? left : right;
  struct sql_node *both = sql_node_text(arena, SQL_BINARY, left->position, "and");
  if (both == NULL)
    return NULL;
  both->child[LEFT] = left;
  both->child[RIGHT] = right;
  both->type = TYPE(TYPE_BOOLEAN);
  return both;
}

/* Room for at least one more child. */
static bool grow(struct arena *arena, struct sql_node *list) {
  enum { CAPACITY_FIRST = 4 };
  uint32_t capacity = list->capacity == 0 ? CAPACITY_FIRST : list->capacity * 2;
  struct sql_node **child = arena_alloc(arena, (size_t)capacity * sizeof *child);
  if (child == NULL)
    return false;
  if (list->count > 0)
    memcpy(child, list->child, list->count * sizeof *child);
  list->child = child;
  list->capacity = capacity;
  return true;
}

struct sql_node *sql_list_append(struct arena *arena, struct sql_node *list,
                                 struct sql_node *child) {
  if (list == NULL || (list->count == list->capacity && !grow(arena, list)))
    return NULL;
  list->child[list->count++] = child;
  return list;
}

struct sql_node *sql_clone(struct arena *arena, const struct sql_node *node) {
  if (node == NULL)
    return NULL;
  struct sql_node *copy = arena_alloc(arena, sizeof *copy + node->count * sizeof copy);
  if (copy == NULL)
    return NULL;
  *copy = *node;
  copy->capacity = node->count;
  copy->child = node->count == 0 ? NULL : (struct sql_node **)(copy + 1);
  if (node->text != NULL) {
    copy->text = arena_copy(arena, node->text, node->length);
    if (copy->text == NULL)
      return NULL;
  }
  for (uint32_t i = 0; i < node->count; i++) {
    copy->child[i] = sql_clone(arena, node->child[i]);
    if (copy->child[i] == NULL && node->child[i] != NULL)
      return NULL;
  }
  return copy;
}

static char lower(char letter) {
  return (char)(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
}

bool sql_same_name(const char *left, const char *right) {
  for (; *left != '\0' && lower(*left) == lower(*right); left++)
    right++;
  return lower(*left) == lower(*right);
}

bool sql_is_text_collation(const char *name) {
  static const char *const charsets[] = {"utf8mb4_", "utf8mb3_", "utf8_", "ascii_",
                                         "latin1_"};
  for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++) {
    if (strncmp(name, charsets[i], strlen(charsets[i])) == 0)
      return true;
  }
  return false;
}

static bool equal_text(const struct sql_node *left, const struct sql_node *right) {
  if (left->text == NULL || right->text == NULL)
    return left->text == right->text;
  return left->length == right->length &&
         memcmp(left->text, right->text, left->length) == 0;
}

bool sql_equal(const struct sql_node *left, const struct sql_node *right) {
  if (left == NULL || right == NULL)
    return left == right;
  if (left->kind != right->kind || left->op != right->op ||
      left->flags != right->flags || left->count != right->count ||
      !equal_text(left, right))
    return false;
  if (left->kind == SQL_PARAMETER && left->index != right->index)
    return false;
  for (uint32_t i = 0; i < left->count; i++) {
    if (!sql_equal(left->child[i], right->child[i]))
      return false;
  }
  return true;
}

const char *sql_locking_text(const struct sql_node *clause) {
  static const char *const texts[] = {
      [SQL_FOR_UPDATE] = "FOR UPDATE",
      [SQL_FOR_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
      [SQL_FOR_SHARE] = "FOR SHARE",
      [SQL_FOR_KEY_SHARE] = "FOR KEY SHARE",
  };
  return texts[clause->op];
}
