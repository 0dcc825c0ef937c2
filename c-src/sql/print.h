/* Tree to text, in the dialect of whoever is to run it. */
#ifndef TIDE_SQL_PRINT_H
#define TIDE_SQL_PRINT_H

#include "base/buffer.h"
#include "sql/ast.h"
#include "sql/parse.h"

/* Appends `node` (a statement, query or expression) to `out`. Parsing what is printed gives an equal
 * tree (in the dialects postgres and mysql; for sqlite the tree must have been lowered first: the printer only spells, it never
 * changes meaning). Identifiers are quoted whenever they need it.
 * Returns TIDE_OK, TIDE_ERROR_NOMEM, or TIDE_ERROR_NOT_SUPPORTED when the dialect has no spelling for
 * a node, naming it and its position. */
int sql_print(const struct sql_node *node, enum sql_dialect dialect, struct buffer *out,
              struct error *error);

/* Options for statements sent to an origin: parameters are renumbered $1, $2, … (or ?) in order of appearance and listed in
 * `parameters` (indexes of the original, `parameter_capacity` long) so that the sender can pass the values. */
struct sql_print_options {
  enum sql_dialect dialect;
  bool
      server; /* a server of that dialect reads it, which has none of our own functions */
  bool renumber;
  int32_t *parameters;
  uint32_t parameter_capacity;
  uint32_t parameter_count; /* out */
};
int sql_print_with(const struct sql_node *node, struct sql_print_options *options,
                   struct buffer *out, struct error *error);

/* Does a name stand in quotes where it is printed? */
bool sql_name_needs_quotes(const char *name, enum sql_dialect dialect);

#endif
