/* Row values as PostgreSQL prints them: (1,a,"b c"). */
#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"

enum {
  FIELDS_MAX = 100
}; /* of one call: SQLite takes no more than 127 arguments where it is built so */

/* A field as it is printed by itself. */
static struct sql_node *field_text(struct lowering *lowering, struct sql_node *field) {
  struct type from = field->type;
  struct sql_node *value = lower_value(lowering, field);
  return value ? lower_conversion(lowering, value, from, TYPE(TYPE_ANYTEXT),
                                  CONVERT_EXPLICIT)
               : NULL;
}

static struct sql_node *fields_text(struct lowering *lowering, struct sql_node *row,
                                    uint32_t first, uint32_t end) {
  struct sql_node *arguments = lower_node(lowering, SQL_LIST, row->position, NULL);
  for (uint32_t i = first; arguments && i < end; i++) {
    if (!lower_append(lowering, arguments, field_text(lowering, row->child[i])))
      return NULL;
  }
  return arguments ? lower_function(lowering, "pg_row_fields", row->type, arguments)
                   : NULL;
}

static struct sql_node *joined(struct lowering *lowering, struct sql_node *left,
                               struct sql_node *right) {
  return left && right ? lower_binary(lowering, "||", left, right, right->type) : NULL;
}

static struct sql_node *text_of(struct lowering *lowering, const struct sql_node *row,
                                const char *text) {
  struct sql_node *node = lower_node(lowering, SQL_STRING, row->position, text);
  if (node)
    node->type = row->type;
  return node;
}

struct sql_node *lower_row(struct lowering *lowering, struct sql_node *row) {
  struct sql_node *text = text_of(lowering, row, "(");
  for (uint32_t first = 0; text && first < row->count; first += FIELDS_MAX) {
    uint32_t end = row->count - first > FIELDS_MAX ? first + FIELDS_MAX : row->count;
    if (first > 0)
      text = joined(lowering, text, text_of(lowering, row, ","));
    text = joined(lowering, text, fields_text(lowering, row, first, end));
  }
  return joined(lowering, text, text_of(lowering, row, ")"));
}
