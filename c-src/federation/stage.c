/* Temporary tables for rows that came from an origin. */
#include "federation/fetch.h"

void stage_columns(struct buffer *sql, const struct relation *view,
                   const bool *needed) {
  const char *separator = "";
  for (int i = 0; i < view->column_count; i++) {
    const struct column *column = &view->columns[i];
    if (needed ? !needed[i] : column->hidden)
      continue;
    const char *collation = type_collation(column->type);
    buffer_format(sql, "%s%q %s", separator, column->name, type_storage(column->type));
    if (collation)
      buffer_format(sql, " COLLATE %s", collation);
    separator = ", ";
  }
}
