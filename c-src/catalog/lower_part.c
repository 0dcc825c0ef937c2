/* A part of a statement in SQLite's terms: it tells which rows it writes, and leaves alone those written before. */
#include "catalog/define_internal.h"
#include "catalog/lower_internal.h"
#include "catalog/parts.h"

static struct sql_node *row_id(struct lowering *lowering, const struct part *part,
                               const struct sql_node *alias) {
  uint32_t position = part->statement->position;
  const char *name = row_id_name(part->target);
  if (!name) {
    lower_unsupported(lowering, position,
                      "writing several times to a table with columns called rowid, oid "
                      "and _rowid_");
    return NULL;
  }
  struct sql_node *column = lower_node(lowering, SQL_COLUMN, position, name);
  if (!column || !alias)
    return column;
  column->child[0] = lower_node(lowering, SQL_NAME, position, alias->text);
  return column->child[0] ? column : NULL;
}

static struct sql_node **where_of(struct sql_node *write) {
  return &write->child[write->kind == SQL_UPDATE ? (int)UPDATE_WHERE
                                                 : (int)DELETE_WHERE];
}

/* … AND rowid NOT IN (SELECT row FROM the table of those that were written) */
static int skip_rows(struct lowering *lowering, const struct part *part,
                     struct sql_node *write) {
  uint32_t position = write->position;
  struct sql_node *table =
      lower_node(lowering, SQL_TABLE_REFERENCE, position, part->skips);
  struct sql_node *name = lower_node(lowering, SQL_NAME, position, part->skips);
  struct sql_node *row = lower_node(lowering, SQL_COLUMN, position, "row");
  struct sql_node *not_in = lower_node(lowering, SQL_IN_QUERY, position, NULL);
  if (!table || !name || !row || !not_in)
    return TIDE_ERROR_NOMEM;
  table->index = REFERENCE_CTE;
  table->child[REFERENCE_SOURCE] = name;
  struct sql_node *results =
      lower_list(lowering, position, 1, lower_result(lowering, row, NULL));
  not_in->flags = SQL_NOT;
  not_in->type = TYPE(TYPE_BOOLEAN);
  not_in->child[IN_OPERAND] = row_id(lowering, part, query_target(write));
  not_in->child[IN_SET] =
      lower_query_of(lowering, lower_select_of(lowering, results, table, 0));
  if (!not_in->child[IN_OPERAND] || !not_in->child[IN_SET])
    return lowering->error->code ? lowering->error->code : lower_nomem(lowering);
  struct sql_node **where = where_of(write);
  *where =
      *where ? lower_binary(lowering, "and", not_in, *where, not_in->type) : not_in;
  return *where ? TIDE_OK : lower_nomem(lowering);
}

static struct sql_node **returning_of(struct sql_node *write) {
  switch (write->kind) {
  case SQL_INSERT: return &write->child[INSERT_RETURNING];
  case SQL_UPDATE: return &write->child[UPDATE_RETURNING];
  default: return &write->child[DELETE_RETURNING];
  }
}

static int mark_rows(struct lowering *lowering, const struct part *part,
                     struct sql_node *write) {
  struct sql_node **returning = returning_of(write);
  struct sql_node *row = row_id(lowering, part, NULL);
  if (!*returning)
    *returning = lower_list(lowering, write->position, 0);
  bool done = row && *returning &&
              lower_append(lowering, *returning, lower_result(lowering, row, NULL));
  return done                    ? TIDE_OK
         : lowering->error->code ? lowering->error->code
                                 : lower_nomem(lowering);
}

/* What a part gives rows with: a MERGE has a query for that. */
static struct sql_node *statement_of(const struct part *part) {
  return part->statement->kind == SQL_MERGE ? part->statement->child[MERGE_RETURNING]
                                            : part->statement;
}

struct sql_node *parts_lower(struct binding *binding, const struct part *part) {
  struct lowering lowering = {
      .binding = binding, .arena = binding->arena, .error = binding->database->error};
  binding->each_row_once = false;
  struct sql_node *lowered = lower_statement(binding, statement_of(part));
  if (!lowered)
    return NULL;
  int rc = part->skips ? skip_rows(&lowering, part, lowered) : TIDE_OK;
  if (rc == TIDE_OK && part->marks)
    rc = mark_rows(&lowering, part, lowered);
  return rc == TIDE_OK ? lowered : NULL;
}
