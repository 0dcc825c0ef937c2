/* Rows to order by, to group by and to tell apart: their fields are, one after the other, or the text that they are printed as. */
#include "catalog/bind_internal.h"
#include "catalog/spelling.h"

/* Is it a row that has fields, and are they told? */
static bool is_row(const struct sql_node *node) {
  if (node->type.id != TYPE_RECORD || node->type.array)
    return false;
  const struct sql_node *row = bind_row_fields((struct sql_node *)node);
  return row && row->count > 0;
}

/* --- one after the other --- */

bool bind_append_keys(struct binder *binder, struct sql_node *list,
                      struct sql_node *node) {
  if (!is_row(node))
    return bind_check_orderable(binder, node) && bind_append(binder, list, node);
  struct sql_node *row = bind_row_fields(node);
  for (uint32_t i = 0; i < row->count; i++) {
    struct sql_node *field = bind_clone(binder, row->child[i]);
    if (!field || !bind_append_keys(binder, list, field))
      return false;
  }
  return true;
}

static bool append_item(struct binder *binder, struct sql_node *order,
                        struct sql_node *key, uint32_t flags) {
  struct sql_node *item = bind_node(binder, SQL_ORDER, key->position, NULL);
  if (!item)
    return false;
  item->child[0] = key;
  item->flags = flags;
  return bind_append(binder, order, item);
}

/* Where NULLS are said to be is about rows that are missing: NULL in a field is greater than all else. */
static bool append_row(struct binder *binder, struct sql_node *order,
                       const struct sql_node *item, struct sql_node *row) {
  uint32_t direction = item->flags & (SQL_ASC | SQL_DESC);
  bool descending = item->flags & SQL_DESC;
  bool first =
      item->flags & SQL_NULLS_FIRST || (descending && !(item->flags & SQL_NULLS_LAST));
  if (row->kind == SQL_CASE) {
    const struct sql_node *when = row->child[CASE_WHENS]->child[0];
    struct sql_node *there = bind_clone(binder, when->child[WHEN_CONDITION]);
    if (!there || !append_item(binder, order, there, first ? SQL_ASC : SQL_DESC))
      return false;
  }
  struct sql_node *keys = bind_node(binder, SQL_LIST, row->position, NULL);
  if (!keys || !bind_append_keys(binder, keys, row))
    return false;
  for (uint32_t i = 0; i < keys->count; i++) {
    if (!append_item(binder, order, keys->child[i],
                     direction | (descending ? SQL_NULLS_FIRST : SQL_NULLS_LAST)))
      return false;
  }
  return true;
}

bool bind_spread_order(struct binder *binder, struct sql_node *order, uint32_t *index,
                       struct sql_node *row) {
  struct sql_node *spread = bind_node(binder, SQL_LIST, order->position, NULL);
  for (uint32_t i = 0; spread && i < order->count; i++) {
    struct sql_node *item = order->child[i];
    if (i == *index ? !append_row(binder, spread, item, row)
                    : !bind_append(binder, spread, item))
      return false;
  }
  if (!spread)
    return false;
  *index += spread->count - order->count;
  order->child = spread->child;
  order->count = spread->count;
  return true;
}

struct sql_node *bind_row_to_spread(const struct sql_node *node,
                                    const struct sql_node *results) {
  if (node->kind == SQL_INTEGER && results && node->type.id == TYPE_RECORD) {
    uint32_t number = 0;
    for (const char *digit = node->text; *digit; digit++)
      number = number * 10 + (uint32_t)(*digit - '0');
    node = results->child[number - 1]->child[0];
  }
  return is_row(node) ? (struct sql_node *)node : NULL;
}

/* --- as text --- */

bool bind_row_is_its_text(const struct sql_node *node) {
  if (!is_row(node))
    return false;
  const struct sql_node *row = bind_row_fields((struct sql_node *)node);
  for (uint32_t i = 0; i < row->count; i++) {
    const struct sql_node *field = row->child[i];
    enum type_id id = field->type.id;
    bool one_text = type_compares(field->type) && !spelling_varies(field) &&
                    id != TYPE_REAL && id != TYPE_DOUBLE /* 0 and -0 */;
    if (!one_text && !bind_row_is_its_text(field))
      return false;
  }
  return true;
}
