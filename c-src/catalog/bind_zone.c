/* What of a bound tree depends on the time zone of the session. */
#include "catalog/bind_internal.h"
#include "sql/walk.h"
#include "types/datetime.h"
#include "types/session_zone.h"

static bool is_zoned(struct type type) {
  return type.id == TYPE_TIMESTAMPTZ || type.id == TYPE_TIMETZ;
}

/* A literal with an offset of its own is the same everywhere. */
static bool has_offset(const struct sql_node *node) {
  struct datetime parsed;
  return node->kind == SQL_STRING &&
         datetime_parse(&parsed, node->text, node->length, DATETIME_NO_NOW) ==
             TIDE_OK &&
         parsed.has_zone && parsed.zone_name == NULL;
}

static bool cast_reads(const struct sql_node *cast) {
  const struct sql_node *operand = cast->child[CAST_OPERAND];
  return (is_zoned(operand->type) || is_zoned(cast->type)) &&
         operand->type.id != cast->type.id && !has_offset(operand);
}

/* A function that looks at instants other than by comparing them. */
static bool call_reads(const struct sql_node *node, const struct sql_node *arguments) {
  const struct function *function = node->bound;
  if (!function)
    return false;
  if (takes_session_zone(function->sqlite))
    return true;
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    enum type_id wanted = function_argument(function, (int)i).id;
    const struct sql_node *argument = arguments->child[i];
    if (argument && argument->type.id == TYPE_TIMESTAMPTZ &&
        (wanted == TYPE_ANYTEXT || wanted == TYPE_ANYJSON || wanted == TYPE_ANYARRAY))
      return true;
  }
  return false;
}

static enum sql_walk visit(const struct sql_node *node, void *context) {
  (void)context;
  bool reads = false;
  switch (node->kind) {
  case SQL_CAST: reads = cast_reads(node); break;
  case SQL_PARAMETER: reads = is_zoned(node->type); break;
  case SQL_CALL: reads = call_reads(node, node->child[CALL_ARGUMENTS]); break;
  case SQL_UNARY:
  case SQL_BINARY: reads = call_reads(node, node); break;
  default: break;
  }
  return reads ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool bind_reads_zone(const struct sql_node *tree) {
  return !sql_walk(tree, visit, NULL);
}

static struct sql_node *mark_literal(struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_STRING)
    node->flags |= SQL_STORED;
  return node;
}

struct sql_node *bind_stored(struct sql_node *tree) {
  return sql_rewrite(tree, mark_literal, NULL);
}
