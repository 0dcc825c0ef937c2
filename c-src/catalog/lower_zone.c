/* The session's time zone becomes an argument, so that SQLite's functions depend on nothing else. */
#include <string.h>

#include "catalog/lower_internal.h"
#include "types/session_zone.h"

static struct sql_node *zone_node(struct lowering *lowering, uint32_t position) {
  struct sql_node *zone =
      lower_node(lowering, SQL_STRING, position, lowering->binding->zone);
  if (zone)
    zone->type = TYPE(TYPE_TEXT);
  return zone;
}

/* A literal of a view or default. */
static bool is_stored(const struct sql_node *arguments) {
  const struct sql_node *first = arguments->count > 0 ? arguments->child[0] : NULL;
  return first && first->kind == SQL_STRING && (first->flags & SQL_STORED) != 0;
}

bool lower_append_zone(struct lowering *lowering, const char *name,
                       struct sql_node *arguments) {
  if (!lowering->binding->zone || !arguments || !takes_session_zone(name) ||
      is_stored(arguments))
    return true;
  struct sql_node *zone = zone_node(lowering, arguments->position);
  return zone && lower_append(lowering, arguments, zone);
}

struct sql_node *lower_shown(struct lowering *lowering, struct sql_node *value,
                             struct type from) {
  if (!lowering->binding->zone || from.id != TYPE_TIMESTAMPTZ || !value)
    return value;
  struct sql_node *arguments = lower_list(lowering, value->position, 2, value,
                                          zone_node(lowering, value->position));
  return arguments ? lower_function(lowering, "pg_timestamptz_shown", from, arguments)
                   : NULL;
}
