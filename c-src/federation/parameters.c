/* Values of a statement's parameters on their way into requests to origins. */
#include "federation/fetch.h"
#include "sql/print.h"
#include "sync/session.h"

enum { PARAMETERS_MAX = 1024 };

void parameters_append(struct block_writer *writer, const struct block_cell *cell) {
  switch (cell->tag) {
  case BLOCK_NULL: block_null(writer); break;
  case BLOCK_INTEGER:
  case BLOCK_BIG_INTEGER: block_integer(writer, cell->integer); break;
  case BLOCK_REAL: block_real(writer, cell->real); break;
  case BLOCK_BOOLEAN: block_boolean(writer, cell->integer != 0); break;
  case BLOCK_TEXT: block_text(writer, cell->text, cell->length); break;
  case BLOCK_JSON: block_json(writer, cell->text, cell->length); break;
  case BLOCK_BLOB: block_blob(writer, cell->text, cell->length); break;
  }
}

int parameters_print(struct database *database, const struct sql_node *node,
                     const char *origin, const struct parameters *parameters,
                     struct block_writer *writer, struct buffer *sql) {
  int32_t used[PARAMETERS_MAX];
  struct sql_print_options options = origin_print_options(origin);
  options.renumber = true;
  options.parameters = used;
  options.parameter_capacity = PARAMETERS_MAX;
  int rc = sql_print_with(node, &options, sql, database->error);
  if (rc != TIDE_OK)
    return rc;
  if (options.parameter_count > PARAMETERS_MAX)
    return error_set(database->error, TIDE_ERROR_LIMIT,
                     "more than %d parameters for one origin", PARAMETERS_MAX);
  block_writer_clear(writer, options.parameter_count);
  for (uint32_t i = 0; i < options.parameter_count; i++) {
    int32_t index = used[i];
    if (index < 1 || index > parameters->count)
      block_null(writer);
    else
      parameters_append(writer, &parameters->values[index - 1]);
  }
  return TIDE_OK;
}
