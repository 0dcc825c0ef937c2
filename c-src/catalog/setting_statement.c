/* SET and SHOW, current_setting() and set_config(): how settings are reached. */
#include <string.h>

#include "catalog/setting.h"
#include "catalog/setting_known.h"
#include "sql/print.h"
#include "types/call.h"

/* --- SET and SHOW --- */

static const char *value_text(const struct sql_node *value) {
  if (value->kind == SQL_BOOLEAN)
    return value->op ? "on" : "off";
  return value->text == NULL ? "" : value->text;
}

/* Numbers may have a sign. */
static void add_value(struct buffer *text, const struct sql_node *value, bool quoted) {
  if (value->kind == SQL_UNARY) {
    buffer_text(text, value->text);
    add_value(text, value->child[0], quoted);
  } else if (quoted && sql_name_needs_quotes(value_text(value), SQL_DIALECT_POSTGRES)) {
    buffer_identifier(text, value_text(value));
  } else {
    buffer_text(text, value_text(value));
  }
}

/* The values of a list as one text; those of search_path are names. */
static int join(struct database *database, struct arena *arena,
                const struct sql_node *statement, const char **text) {
  const struct sql_node *values = statement->child[1];
  bool names = strcmp(setting_spelling(statement->text), "search_path") == 0;
  bool list = names || strcmp(setting_spelling(statement->text), "DateStyle") == 0;
  *text = NULL;
  if (values == NULL || values->kind == SQL_DEFAULT)
    return TIDE_OK;
  if (values->count > 1 && !list)
    return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "SET %s takes only one argument", statement->text);
  struct buffer joined;
  buffer_init(&joined, database->memory);
  for (uint32_t i = 0; i < values->count; i++) {
    buffer_text(&joined, i > 0 ? ", " : "");
    add_value(&joined, values->child[i], names);
  }
  *text = joined.failed ? NULL : arena_string(arena, buffer_string(&joined));
  buffer_deinit(&joined);
  return *text != NULL ? TIDE_OK
                       : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

static int placed(struct database *database, const struct sql_node *statement,
                  int code) {
  if (code != TIDE_OK && database->error->position == ERROR_NO_POSITION)
    database->error->position = statement->position;
  return code;
}

int setting_set(struct database *database, struct arena *arena,
                const struct sql_node *statement) {
  const char *text;
  if (strcmp(statement->text, "all") == 0 && statement->child[1] == NULL)
    return settings_reset(database);
  int code = join(database, arena, statement, &text);
  if (code == TIDE_OK)
    code =
        setting_change(database, statement->text, text, statement->op == SQL_SET_LOCAL);
  return placed(database, statement, code);
}

static int undefined(struct database *database, const char *name) {
  return error_set(database->error, TIDE_ERROR_UNDEFINED_OBJECT,
                   "unrecognized configuration parameter \"%s\"", name);
}

int setting_show(struct database *database, struct arena *arena,
                 const struct sql_node *statement, const char **value) {
  int code = setting_value(database, arena, statement->text, value);
  if (code == TIDE_OK && *value == NULL)
    code = undefined(database, statement->text);
  return placed(database, statement, code);
}

/* --- functions of SQL --- */

static struct database *database_of(sqlite3_context *context) {
  return sqlite3_user_data(context);
}

static void answer(sqlite3_context *context, int code, const char *value) {
  if (code == TIDE_OK)
    sqlite3_result_text(context, value, -1, SQLITE_TRANSIENT);
  else
    sqlite3_result_error(context, database_of(context)->error->message, -1);
}

/* __tidemark_current_setting(name[, whether there may be none]) */
static void current_setting(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct database *database = database_of(context);
  const char *name = (const char *)sqlite3_value_text(arguments[0]), *value = NULL;
  if (name == NULL || (count > 1 && sqlite3_value_type(arguments[1]) == SQLITE_NULL))
    return;
  struct arena arena;
  arena_init(&arena, database->memory);
  int code = setting_value(database, &arena, name, &value);
  bool missing = code == TIDE_OK && value == NULL;
  if (missing && !(count > 1 && sqlite3_value_int(arguments[1]) != 0))
    code = undefined(database, name);
  if (!missing || code != TIDE_OK)
    answer(context, code, value);
  arena_deinit(&arena);
}

/* __tidemark_set_config(name, value, whether only for the transaction) gives the value. */
static void set_config(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct database *database = database_of(context);
  (void)count;
  const char *name = (const char *)sqlite3_value_text(arguments[0]), *value = NULL;
  const char *text = (const char *)sqlite3_value_text(arguments[1]);
  struct arena arena;
  arena_init(&arena, database->memory);
  int code = name == NULL ? error_set(database->error, TIDE_ERROR_NULL_NOT_ALLOWED,
                                      "SET requires parameter name")
                          : setting_change(database, name, text,
                                           sqlite3_value_int(arguments[2]) != 0);
  if (code == TIDE_OK)
    code = setting_value(database, &arena, name, &value);
  answer(context, code, value);
  arena_deinit(&arena);
}

int setting_functions_register(struct database *database) {
  static const struct database_function functions[] = {
      {"__tidemark_current_setting", 1, current_setting},
      {"__tidemark_current_setting", 2, current_setting},
      {"__tidemark_set_config", 3, set_config}};
  return database_register(database, functions, sizeof functions / sizeof functions[0]);
}
