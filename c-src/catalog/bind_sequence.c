/* nextval, currval, lastval and setval in a statement. */
#include <string.h>

#include "catalog/sequence.h"
#include "sql/print.h"

#define TEXT                                                                           \
  { TYPE_TEXT, false }
#define BIGINT                                                                         \
  { TYPE_BIGINT, false }
#define BOOLEAN                                                                        \
  { TYPE_BOOLEAN, false }

static const struct function functions[] = {
    {"nextval",
     1,
     {TEXT},
     BIGINT,
     "__tidemark_nextval",
     FUNCTION_VOLATILE | FUNCTION_WRITES},
    {"currval", 1, {TEXT}, BIGINT, "__tidemark_currval", FUNCTION_VOLATILE},
    {"lastval", 0, {TEXT}, BIGINT, "__tidemark_lastval", FUNCTION_VOLATILE},
    {"setval",
     2,
     {TEXT, BIGINT},
     BIGINT,
     "__tidemark_setval",
     FUNCTION_VOLATILE | FUNCTION_WRITES},
    {"setval",
     3,
     {TEXT, BIGINT, BOOLEAN},
     BIGINT,
     "__tidemark_setval",
     FUNCTION_VOLATILE | FUNCTION_WRITES}};
enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0] };

static const struct function *find(const struct sql_node *call) {
  const struct sql_node *name = call->child[CALL_NAME];
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  int count = arguments ? (int)arguments->count : 0;
  for (int i = 0; i < FUNCTION_COUNT; i++) {
    if (functions[i].argument_count == count &&
        strcmp(functions[i].name, name->text) == 0 &&
        (!schema || strcmp(schema->text, "pg_catalog") == 0))
      return &functions[i];
  }
  return NULL;
}

bool is_sequence_call(const struct sql_node *call) {
  return call->kind == SQL_CALL && find(call) != NULL;
}

void sequence_unwrap(struct sql_node *call) {
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  struct sql_node *first =
      arguments && arguments->count > 0 ? arguments->child[0] : NULL;
  if (first && first->kind == SQL_CAST && !(first->flags & SQL_ARRAY_TYPE) &&
      strcmp(first->child[CAST_TYPE]->text, "regclass") == 0)
    arguments->child[0] = first->child[CAST_OPERAND];
}

/* The literal that names the sequence, or NULL. */
static struct sql_node *literal_of(struct sql_node *call) {
  if (!is_sequence_call(call) || !call->child[CALL_ARGUMENTS])
    return NULL;
  sequence_unwrap(call);
  struct sql_node *first = call->child[CALL_ARGUMENTS]->child[0];
  return first->kind == SQL_STRING ? first : NULL;
}

const struct sequence *sequence_named(struct database *database,
                                      const struct sql_node *call) {
  struct numbered found;
  const struct sql_node *literal = literal_of((struct sql_node *)call);
  if (!literal)
    return NULL;
  if (sequence_find(database, literal->text, &found) != TIDE_OK)
    error_clear(database->error);
  return found.sequence;
}

bool sequence_rename(struct database *database, struct arena *arena,
                     struct sql_node *call, const char *schema, const char *name) {
  struct sql_node *literal = literal_of(call);
  struct sql_node *written = sql_node_text(arena, SQL_NAME, 0, name);
  struct error ignored = {0};
  struct buffer text;
  if (!written ||
      !(written->child[NAME_SCHEMA] = sql_node_text(arena, SQL_NAME, 0, schema)))
    return false;
  buffer_init(&text, database->memory);
  sql_print(written, SQL_DIALECT_POSTGRES, &text, &ignored);
  literal->text = text.failed ? NULL : arena_string(arena, buffer_string(&text));
  literal->length = (uint32_t)text.length;
  buffer_deinit(&text);
  return literal->text != NULL;
}

/* A name that means nothing is found before the statement runs. */
static bool check_name(struct binder *binder, const struct sql_node *argument) {
  struct numbered found;
  if (argument->kind != SQL_STRING)
    return true;
  int code = sequence_find(binder->database, argument->text, &found);
  if (code != TIDE_OK)
    binder->error->position = argument->position;
  return code == TIDE_OK;
}

struct sql_node *bind_sequence_call(struct binder *binder, struct sql_node *call) {
  const struct function *function = find(call);
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (function->argument_count > 0 && !check_name(binder, arguments->child[0]))
    return NULL;
  if (call->child[CALL_OVER] || call->child[CALL_FILTER] || call->child[CALL_ORDER] ||
      call->flags & SQL_DISTINCT) {
    bind_refuse_call(binder, call, "%s is not an aggregate function");
    return NULL;
  }
  for (int i = 0; i < function->argument_count; i++) {
    if (!bind_can_convert(arguments->child[i], function_argument(function, i),
                          CONVERT_IMPLICIT)) {
      bind_no_function(binder, call);
      return NULL;
    }
    arguments->child[i] = bind_convert(
        binder, arguments->child[i], function_argument(function, i), CONVERT_IMPLICIT);
    if (!arguments->child[i])
      return NULL;
  }
  call->bound = function;
  call->type = function_result(function);
  bind_not_immutable(binder, function->flags, function->name);
  return call;
}
