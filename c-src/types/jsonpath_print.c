/* Writes an SQL/JSON path as PostgreSQL does. */
#include "types/jsonpath_node.h"

static const char *const operators[] = {
    [JSONPATH_ADD] = "+",
    [JSONPATH_SUBTRACT] = "-",
    [JSONPATH_MULTIPLY] = "*",
    [JSONPATH_DIVIDE] = "/",
    [JSONPATH_MODULO] = "%",
    [JSONPATH_PLUS] = "+",
    [JSONPATH_MINUS] = "-",
    [JSONPATH_EQUAL] = "==",
    [JSONPATH_NOT_EQUAL] = "!=",
    [JSONPATH_LESS] = "<",
    [JSONPATH_LESS_EQUAL] = "<=",
    [JSONPATH_GREATER] = ">",
    [JSONPATH_GREATER_EQUAL] = ">=",
    [JSONPATH_STARTS_WITH] = "starts with",
    [JSONPATH_AND] = "&&",
    [JSONPATH_OR] = "||",
};

const char *jsonpath_operator(enum jsonpath_kind kind) {
  return operators[kind];
}

/* How tightly it binds; what binds no tighter than the operator around it stands in parentheses. */
static int priority(enum jsonpath_kind kind) {
  switch (kind) {
  case JSONPATH_OR: return 0;
  case JSONPATH_AND: return 1;
  case JSONPATH_EQUAL:
  case JSONPATH_NOT_EQUAL:
  case JSONPATH_LESS:
  case JSONPATH_LESS_EQUAL:
  case JSONPATH_GREATER:
  case JSONPATH_GREATER_EQUAL:
  case JSONPATH_STARTS_WITH: return 2;
  case JSONPATH_ADD:
  case JSONPATH_SUBTRACT: return 3;
  case JSONPATH_MULTIPLY:
  case JSONPATH_DIVIDE:
  case JSONPATH_MODULO: return 4;
  case JSONPATH_PLUS:
  case JSONPATH_MINUS: return 5;
  default: return 6;
  }
}

static void put_node(struct buffer *out, const struct jsonpath_node *node,
                     bool brackets);

static void put_text(struct buffer *out, struct text text) {
  buffer_append(out, text.data, text.length);
}

static void put_operand(struct buffer *out, const struct jsonpath_node *operand,
                        enum jsonpath_kind around) {
  put_node(out, operand, priority(operand->kind) <= priority(around));
}

static void put_operation(struct buffer *out, const struct jsonpath_node *node) {
  bool prefix = node->right == NULL;
  if (!prefix)
    put_operand(out, node->left, node->kind);
  if (!prefix)
    buffer_character(out, ' ');
  buffer_text(out, operators[node->kind]);
  if (!prefix)
    buffer_character(out, ' ');
  put_operand(out, prefix ? node->left : node->right, node->kind);
}

static void put_regex(struct buffer *out, const struct jsonpath_node *node) {
  put_operand(out, node->left, node->kind);
  buffer_text(out, " like_regex ");
  put_text(out, node->text);
  if (node->flags[0] != '\0')
    buffer_format(out, " flag \"%s\"", node->flags);
}

static void put_ranges(struct buffer *out, const struct jsonpath_node *range) {
  for (bool first = true; range; range = range->next, first = false) {
    if (!first)
      buffer_character(out, ',');
    put_node(out, range->left, false);
    if (!range->right)
      continue;
    buffer_text(out, " to ");
    put_node(out, range->right, false);
  }
}

static void put_level(struct buffer *out, int64_t level) {
  if (level == JSONPATH_LAST_LEVEL)
    buffer_text(out, "last");
  else
    buffer_format(out, "%lld", (long long)level);
}

static void put_deep(struct buffer *out, const struct jsonpath_node *node) {
  buffer_text(out, "**");
  if (node->first == 0 && node->last == JSONPATH_LAST_LEVEL)
    return;
  buffer_character(out, '{');
  put_level(out, node->first);
  if (node->first != node->last) {
    buffer_text(out, " to ");
    put_level(out, node->last);
  }
  buffer_character(out, '}');
}

static void put_method(struct buffer *out, const struct jsonpath_node *node) {
  buffer_format(out, ".%s(", jsonpath_method_name(node->method));
  bool arguments = node->method == METHOD_DECIMAL && node->first != JSONPATH_NOT_GIVEN;
  if (arguments)
    buffer_format(out, "%lld", (long long)node->first);
  if (arguments && node->last != JSONPATH_NOT_GIVEN)
    buffer_format(out, ",%lld", (long long)node->last);
  buffer_character(out, ')');
}

/* A number has to be told from the point of an accessor. */
static void put_literal(struct buffer *out, const struct jsonpath_node *node) {
  bool brackets = node->next && json_kind(node->text) == JSON_NUMBER;
  if (brackets)
    buffer_character(out, '(');
  put_text(out, node->text);
  if (brackets)
    buffer_character(out, ')');
}

static void put_around(struct buffer *out, const char *before,
                       const struct jsonpath_node *node, const char *after) {
  buffer_text(out, before);
  put_node(out, node, false);
  buffer_text(out, after);
}

static void put_operator(struct buffer *out, const struct jsonpath_node *node,
                         bool brackets) {
  if (brackets)
    buffer_character(out, '(');
  if (node->kind == JSONPATH_LIKE_REGEX)
    put_regex(out, node);
  else
    put_operation(out, node);
  if (brackets)
    buffer_character(out, ')');
}

static void put_kind(struct buffer *out, const struct jsonpath_node *node,
                     bool brackets) {
  switch (node->kind) {
  case JSONPATH_ROOT: buffer_character(out, '$'); break;
  case JSONPATH_CURRENT: buffer_character(out, '@'); break;
  case JSONPATH_LAST: buffer_text(out, "last"); break;
  case JSONPATH_LITERAL: put_literal(out, node); break;
  case JSONPATH_VARIABLE:
    buffer_character(out, '$');
    put_text(out, node->text);
    break;
  case JSONPATH_KEY:
    buffer_character(out, '.');
    put_text(out, node->text);
    break;
  case JSONPATH_ANY_KEY: buffer_text(out, ".*"); break;
  case JSONPATH_ANY_ELEMENT: buffer_text(out, "[*]"); break;
  case JSONPATH_ELEMENTS:
    buffer_character(out, '[');
    put_ranges(out, node->left);
    buffer_character(out, ']');
    break;
  case JSONPATH_DEEP:
    buffer_character(out, '.');
    put_deep(out, node);
    break;
  case JSONPATH_FILTER: put_around(out, "?(", node->left, ")"); break;
  case JSONPATH_METHOD: put_method(out, node); break;
  case JSONPATH_NOT: put_around(out, "!(", node->left, ")"); break;
  case JSONPATH_IS_UNKNOWN: put_around(out, "(", node->left, ") is unknown"); break;
  case JSONPATH_EXISTS: put_around(out, "exists (", node->left, ")"); break;
  default: put_operator(out, node, brackets);
  }
}

static void put_node(struct buffer *out, const struct jsonpath_node *node,
                     bool brackets) {
  put_kind(out, node, brackets);
  for (const struct jsonpath_node *next = node->next; next; next = next->next)
    put_kind(out, next, true);
}

void jsonpath_print(struct buffer *out, const struct jsonpath *path) {
  if (path->strict)
    buffer_text(out, "strict ");
  put_node(out, path->root, true);
}
