/* Queries that call functions of an extension: carried out, then read. */
#include "engine.h"
#include "extension/extension.h"

/* What the functions do may change every definition, so the query around them is bound afterwards. */
static int run(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  struct arena *arena = &statement->planned;
  struct extension_parameters parameters = {statement->parameter_count,
                                            statement->parameters};
  statement->plan = sql_clone(arena, statement->tree);
  if (!statement->plan)
    return TIDE_ERROR_NOMEM;
  int rc = extension_call(database, arena, &parameters, &statement->plan);
  if (rc == TIDE_OK)
    rc = execute_bind(statement);
  return rc == TIDE_OK ? execute_to_buffer(statement) : rc;
}

int execute_extension(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  execute_forget_plan(statement);
  statement->command = "SELECT";
  return extension_find_calls(database, statement->tree) == EXTENSION_ACTS
             ? execute_in_transaction(statement, run)
             : run(statement);
}
