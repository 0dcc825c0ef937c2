/* Calls of extensions' functions in a query: found, their arguments computed, carried out, and replaced by what they
 * gave. */
#include <assert.h>
#include <string.h>

#include "catalog/lower.h"
#include "extension/internal.h"
#include "sql/walk.h"

static const char prefix[] = "pg_tviews_";

/* The function that a call means, or NULL. */
static const struct extension_function *called(const struct sql_node *call) {
  const struct sql_node *name = call->child[CALL_NAME];
  const struct sql_node *schema = name ? name->child[NAME_SCHEMA] : NULL;
  if (!name)
    return NULL;
  bool prefixed = strncmp(name->text, prefix, sizeof prefix - 1) == 0;
  bool own_schema = schema && strcmp(schema->text, "tviews") == 0;
  if (!own_schema && (!prefixed || (schema && strcmp(schema->text, "public") != 0)))
    return NULL;
  return extension_function(name->text + (prefixed ? sizeof prefix - 1 : 0));
}

static enum sql_walk look(const struct sql_node *node, void *context) {
  enum extension_calls *calls = context;
  const struct extension_function *function =
      node->kind == SQL_CALL ? called(node) : NULL;
  if (!function)
    return SQL_WALK_ON;
  *calls = function->acts ? EXTENSION_ACTS : EXTENSION_READS;
  return function->acts ? SQL_WALK_STOP : SQL_WALK_ON;
}

enum extension_calls extension_find_calls(const struct database *database,
                                          const struct sql_node *query) {
  enum extension_calls calls = EXTENSION_NO_CALLS;
  if (query->kind == SQL_QUERY && catalog_has_extension(database, "pg_tviews"))
    sql_walk(query, look, &calls);
  return calls;
}

/* --- where a function that acts may stand --- */

static int count_acting(const struct sql_node *node) {
  int count = node->kind == SQL_CALL && called(node) && called(node)->acts;
  for (uint32_t i = 0; i < node->count; i++)
    count += node->child[i] ? count_acting(node->child[i]) : 0;
  return count;
}

static int acting_in_from(const struct sql_node *from) {
  int count = 0;
  for (uint32_t i = 0; from && i < from->count; i++) {
    const struct sql_node *reference = from->child[i];
    if (reference->kind == SQL_FUNCTION_REFERENCE &&
        reference->child[REFERENCE_SOURCE]->kind == SQL_CALL &&
        called(reference->child[REFERENCE_SOURCE]))
      count += called(reference->child[REFERENCE_SOURCE])->acts;
  }
  return count;
}

/* Once per statement: as a result of a SELECT without FROM, or in FROM. */
static int check_places(struct database *database, const struct sql_node *query) {
  const struct sql_node *select = query->child[QUERY_BODY];
  int acting = count_acting(query);
  if (acting == 0)
    return TIDE_OK;
  int at_top = 0;
  if (select->kind == SQL_SELECT && !select->child[SELECT_WHERE]) {
    at_top = select->child[SELECT_FROM] ? acting_in_from(select->child[SELECT_FROM])
                                        : count_acting(select->child[SELECT_RESULTS]);
  }
  if (acting == at_top)
    return TIDE_OK;
  error_set_at(database->error, TIDE_ERROR_NOT_SUPPORTED, query->position,
               "a function that changes TVIEWs inside another query is not supported");
  error_hint(database->error,
             "Call it as SELECT function(…) or in FROM without WHERE.");
  return TIDE_ERROR_NOT_SUPPORTED;
}

/* --- arguments --- */

static const char *conversion(char letter) {
  switch (letter) {
  case 'b': return "CAST(CAST(NULL AS boolean) AS text)";
  case 'i': return "CAST(CAST(NULL AS bigint) AS text)";
  case 'j': return "CAST(CAST(NULL AS jsonb) AS text)";
  case 'a': return "CAST(to_jsonb(CAST(NULL AS text[])) AS text)";
  default: return "CAST(NULL AS text)";
  }
}

/* Puts the argument in place of the NULL. */
static struct sql_node *fill(struct sql_node *node, void *context) {
  struct sql_node **argument = context;
  if (!node || node->kind != SQL_NULL || !*argument)
    return node;
  node = *argument;
  *argument = NULL;
  return node;
}

static int parse_conversion(struct extension_call *call, char letter,
                            struct sql_node *argument, struct sql_node **query) {
  const char *sql = arena_format(call->arena, "SELECT %s", conversion(letter));
  if (!sql)
    return extension_nomem(call->database);
  int code = extension_parse(call->database, call->arena, sql, query);
  if (code == TIDE_OK)
    *query = sql_rewrite(*query, fill, &argument);
  return code;
}

static int bind_values(struct database *database, sqlite3_stmt *statement,
                       const struct extension_parameters *parameters) {
  int code = TIDE_OK;
  int expected = sqlite3_bind_parameter_count(statement);
  for (int i = 0; i < parameters->count && i < expected && code == TIDE_OK; i++)
    code = database_bind(database, statement, i + 1, &parameters->values[i]);
  return code;
}

static int read_text(struct extension_call *call, sqlite3_stmt *statement,
                     const char **value) {
  bool row;
  const char *text = NULL;
  int code = database_step(call->database, statement, &row);
  if (code == TIDE_OK && row)
    code = database_text(call->database, statement, 0, &text);
  *value = text ? arena_string(call->arena, text) : NULL;
  return text && !*value ? extension_nomem(call->database) : code;
}

static int compute(struct extension_call *call,
                   const struct extension_parameters *parameters,
                   struct sql_node *query, const char **value) {
  struct database *database = call->database;
  struct binding binding = {.database = database,
                            .arena = call->arena,
                            .parameter_count = parameters->count,
                            .zone = database_zone(database)};
  sqlite3_stmt *statement = NULL;
  struct buffer sql;
  int code = bind_statement(&binding, query);
  if (code != TIDE_OK)
    return code;
  query = lower_statement(&binding, query);
  if (!query)
    return database->error->code ? database->error->code : extension_nomem(database);
  buffer_init(&sql, database->memory);
  code = lower_print(&binding, query, &sql);
  if (code == TIDE_OK)
    code = database_prepare(database, buffer_string(&sql), false, &statement);
  buffer_deinit(&sql);
  if (code == TIDE_OK)
    code = bind_values(database, statement, parameters);
  if (code == TIDE_OK)
    code = read_text(call, statement, value);
  sqlite3_finalize(statement);
  return code;
}

static int wrong_arguments(struct extension_call *call, const struct sql_node *node) {
  bool named = arguments_are_named(node->child[CALL_ARGUMENTS]);
  return error_set_at(call->database->error, TIDE_ERROR_UNDEFINED_FUNCTION,
                      node->position, "function %s does not take %s", call->name,
                      named ? "arguments of these names" : "this number of arguments");
}

/* How many arguments the function takes, and how many of them it needs. */
static int count_parameters(const struct extension_function *function, int *needed) {
  const char *optional = strchr(function->signature, '|');
  int count = (int)strlen(function->signature) - (optional ? 1 : 0);
  *needed = optional ? (int)(optional - function->signature) : count;
  return count;
}

static int compute_arguments(struct extension_call *call,
                             const struct extension_function *function,
                             const struct extension_parameters *parameters,
                             struct sql_node *node) {
  const struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  struct sql_node *places[CALL_ARGUMENTS_MAX];
  int needed, named;
  int count = count_parameters(function, &needed);
  int code = arguments_check(call->database->error, arguments);
  if (code != TIDE_OK)
    return code;
  if (!arguments_place(arguments, function->names, places, CALL_ARGUMENTS_MAX, &named))
    return wrong_arguments(call, node);
  assert(named == count);
  for (int i = 0; i < count; i++) {
    struct sql_node *query;
    if (!places[i] && i < needed)
      return wrong_arguments(call, node);
    if (!places[i])
      continue;
    code = parse_conversion(call, function->signature[i < needed ? i : i + 1],
                            places[i], &query);
    if (code == TIDE_OK)
      code = compute(call, parameters, query, &call->argument[i]);
    if (code != TIDE_OK)
      return code;
    call->argument_count = i + 1;
  }
  return TIDE_OK;
}

/* --- results --- */

/* The text of a function's query with its arguments as literals. */
static void put_query(struct extension_call *call, const char *query) {
  for (; *query; query++) {
    if (query[0] == '$' && query[1] >= '1' && query[1] <= '9') {
      buffer_format(&call->result, "%Q", call->argument[query[1] - '1']);
      query++;
    } else {
      buffer_character(&call->result, *query);
    }
  }
}

static int carry_out(struct extension_call *call,
                     const struct extension_function *function,
                     struct sql_node **query) {
  int code = TIDE_OK;
  if (function->run)
    code = function->run(call);
  else
    put_query(call, function->query);
  if (code == TIDE_OK && call->result.failed)
    code = extension_nomem(call->database);
  if (code == TIDE_OK)
    code = extension_parse(call->database, call->arena, buffer_string(&call->result),
                           query);
  return code;
}

/* --- replacing --- */

struct replacement {
  struct database *database;
  struct arena *arena;
  const struct extension_parameters *parameters;
  int code; /* sticky */
};

static struct sql_node *replace_call(struct replacement *replacement,
                                     struct sql_node *node) {
  const struct extension_function *function = called(node);
  struct extension_call call = {.database = replacement->database,
                                .arena = replacement->arena,
                                .name = function->name};
  struct sql_node *query = NULL;
  struct sql_node *scalar =
      sql_node_new(replacement->arena, SQL_SCALAR_QUERY, node->position);
  buffer_init(&call.result, replacement->database->memory);
  int code = scalar ? compute_arguments(&call, function, replacement->parameters, node)
                    : extension_nomem(replacement->database);
  if (code == TIDE_OK)
    code = carry_out(&call, function, &query);
  buffer_deinit(&call.result);
  replacement->code = code;
  if (code != TIDE_OK)
    return node;
  scalar->text = node->child[CALL_NAME]->text;
  scalar->child[0] = query;
  return scalar;
}

/* FROM f() has become FROM (scalar query): a subquery. */
static struct sql_node *replace_reference(struct replacement *replacement,
                                          struct sql_node *node) {
  const struct sql_node *source = node->child[REFERENCE_SOURCE];
  if (source->kind != SQL_SCALAR_QUERY)
    return node;
  struct sql_node *reference =
      sql_node_new(replacement->arena, SQL_SUBQUERY_REFERENCE, node->position);
  if (!reference) {
    replacement->code = extension_nomem(replacement->database);
    return node;
  }
  reference->text = node->text ? node->text : source->text;
  reference->child[REFERENCE_SOURCE] = source->child[0];
  reference->child[REFERENCE_COLUMNS] = node->child[REFERENCE_COLUMNS];
  return reference;
}

static struct sql_node *replace(struct sql_node *node, void *context) {
  struct replacement *replacement = context;
  if (!node || replacement->code != TIDE_OK)
    return node;
  switch (node->kind) {
  case SQL_CALL: return called(node) ? replace_call(replacement, node) : node;
  case SQL_FUNCTION_REFERENCE: return replace_reference(replacement, node);
  case SQL_RESULT:
    if (!node->text && node->child[0]->kind == SQL_SCALAR_QUERY)
      node->text = node->child[0]->text; /* the function's name */
    return node;
  default: return node;
  }
}

int extension_call(struct database *database, struct arena *arena,
                   const struct extension_parameters *parameters,
                   struct sql_node **query) {
  struct replacement replacement = {database, arena, parameters, TIDE_OK};
  int code = check_places(database, *query);
  if (code != TIDE_OK)
    return code;
  *query = sql_rewrite(*query, replace, &replacement);
  if (replacement.code == TIDE_OK && arena->failed)
    return extension_nomem(database);
  return replacement.code;
}
