/* What SET of MySQL's variables does: most say how something is stored or sent, which changes no answer. */
#include "catalog/variables.h"

#include <string.h>

#include "catalog/respell.h"
#include "sql/parse.h"

struct user_variable {
  char *name, *value; /* owned; value NULL: none */
  struct user_variable *next;
};

struct variables {
  struct user_variable *users;
  char *sql_mode; /* owned; NULL: as it is at first */
  bool keep_zero;
  bool postpone;
};

static const char POSTPONED[] = "postponed_foreign_keys";

static const char DEFAULT_MODE[] =
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/* --- what is kept --- */

static struct variables *open_variables(struct database *database) {
  if (database->variables == NULL)
    database->variables =
        memory_allocate_zeroed(database->memory, sizeof *database->variables);
  return database->variables;
}

void variables_close(struct database *database) {
  struct variables *variables = database->variables;
  if (variables == NULL)
    return;
  while (variables->users != NULL) {
    struct user_variable *first = variables->users;
    variables->users = first->next;
    memory_release(database->memory, first->name);
    memory_release(database->memory, first->value);
    memory_release(database->memory, first);
  }
  memory_release(database->memory, variables->sql_mode);
  memory_release(database->memory, variables);
  database->variables = NULL;
}

bool variables_keep_zero(const struct database *database) {
  return database->variables != NULL && database->variables->keep_zero;
}

bool variables_postpone(const struct database *database) {
  return database->variables != NULL && database->variables->postpone;
}

/* *kept becomes a copy; false: no memory. */
static bool keep(struct memory *memory, char **kept, const char *text) {
  char *copy = NULL;
  if (text != NULL) {
    copy = memory_allocate(memory, strlen(text) + 1);
    if (copy == NULL)
      return false;
    memcpy(copy, text, strlen(text) + 1);
  }
  memory_release(memory, *kept);
  *kept = copy;
  return true;
}

static struct user_variable *find_user(const struct variables *variables,
                                       const char *name) {
  struct user_variable *found = variables->users;
  while (found != NULL && strcmp(found->name, name) != 0)
    found = found->next;
  return found;
}

static int set_user(struct definition *definition, struct variables *variables,
                    const char *name, const char *value) {
  struct memory *memory = definition->database->memory;
  struct user_variable *user = find_user(variables, name);
  if (user == NULL) {
    user = memory_allocate_zeroed(memory, sizeof *user);
    if (user == NULL || !keep(memory, &user->name, name)) {
      memory_release(memory, user);
      return define_nomem(definition);
    }
    user->next = variables->users;
    variables->users = user;
  }
  return keep(memory, &user->value, value) ? TIDE_OK : define_nomem(definition);
}

/* --- values --- */

/* Those that can be asked for; the value of others is not known before they are set. */
static const char *first_value(const char *name) {
  static const char *const values[][2] = {{"auto_increment_increment", "1"},
                                          {"auto_increment_offset", "1"},
                                          {"autocommit", "1"},
                                          {"character_set_client", "utf8mb4"},
                                          {"character_set_connection", "utf8mb4"},
                                          {"character_set_database", "utf8mb4"},
                                          {"character_set_results", "utf8mb4"},
                                          {"character_set_server", "utf8mb4"},
                                          {"collation_connection", "utf8mb4_bin"},
                                          {"collation_database", "utf8mb4_bin"},
                                          {"collation_server", "utf8mb4_bin"},
                                          {"default_storage_engine", "InnoDB"},
                                          {"init_connect", ""},
                                          {"interactive_timeout", "28800"},
                                          {"license", "MIT"},
                                          {"lower_case_table_names", "2"},
                                          {"max_allowed_packet", "67108864"},
                                          {"net_read_timeout", "30"},
                                          {"net_write_timeout", "60"},
                                          {"sql_auto_is_null", "0"},
                                          {"sql_notes", "1"},
                                          {"sql_safe_updates", "0"},
                                          {"sql_warnings", "0"},
                                          {"system_time_zone", "UTC"},
                                          {"time_zone", "+00:00"},
                                          {"transaction_isolation", "SERIALIZABLE"},
                                          {"transaction_read_only", "0"},
                                          {"tx_isolation", "SERIALIZABLE"},
                                          {"unique_checks", "1"},
                                          {"version", "8.0.40-Tidemark"},
                                          {"version_comment", "Tidemark"},
                                          {"wait_timeout", "28800"}};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    if (strcmp(values[i][0], name) == 0)
      return values[i][1];
  return NULL;
}

/* NULL: it is not known. `variables` may be NULL: nothing has been set. */
static const char *server_value(const struct variables *variables, const char *name) {
  if (variables == NULL)
    return strcmp(name, "sql_mode") == 0             ? DEFAULT_MODE
           : strcmp(name, "foreign_key_checks") == 0 ? "1"
                                                     : first_value(name);
  if (strcmp(name, "sql_mode") == 0)
    return variables->sql_mode == NULL ? DEFAULT_MODE : variables->sql_mode;
  if (strcmp(name, "foreign_key_checks") == 0)
    return variables->postpone ? "0" : "1";
  const struct user_variable *set = find_user(variables, name);
  return set != NULL && set->value != NULL ? set->value : first_value(name);
}

/* What is set; NULL: DEFAULT, or a value that is not known. */
static const char *value_of(const struct variables *variables,
                            const struct sql_node *set) {
  const struct sql_node *value = set->child[1];
  if (value == NULL || value->count != 1)
    return NULL;
  value = value->child[0];
  if (value->kind == SQL_BOOLEAN)
    return value->op != 0 ? "1" : "0";
  if (value->kind != SQL_NAME || value->text[0] != '@')
    return value->text;
  if (value->text[1] == '@')
    return server_value(variables, value->text + 2);
  const struct user_variable *user = find_user(variables, value->text);
  return user == NULL ? NULL : user->value;
}

static int cannot_be(struct definition *definition, const struct sql_node *set,
                     const char *name, const char *value) {
  return error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, set->position,
                      "variable %q cannot be %Q", name, value);
}

/* --- what means something --- */

/* Is the word among those of a mode? */
static bool has_mode(const char *mode, const char *word) {
  size_t length = strlen(word);
  while (*mode != '\0') {
    size_t size = strcspn(mode, ", ");
    char given[32] = "";
    if (size < sizeof given)
      memcpy(given, mode, size);
    given[size < sizeof given ? size : 0] = '\0';
    if (size == length && sql_same_name(given, word))
      return true;
    mode += size;
    mode += strspn(mode, ", ");
  }
  return false;
}

static int set_mode(struct definition *definition, struct variables *variables,
                    const struct sql_node *set, const char *value) {
  static const char *const refused[] = {"ANSI",
                                        "ANSI_QUOTES",
                                        "PIPES_AS_CONCAT",
                                        "NO_BACKSLASH_ESCAPES",
                                        "ORACLE",
                                        "DB2",
                                        "EMPTY_STRING_IS_NULL",
                                        "HIGH_NOT_PRECEDENCE",
                                        "NO_UNSIGNED_SUBTRACTION",
                                        "PAD_CHAR_TO_FULL_LENGTH",
                                        "REAL_AS_FLOAT",
                                        "IGNORE_SPACE",
                                        "TIME_TRUNCATE_FRACTIONAL"};
  for (size_t i = 0; value != NULL && i < sizeof refused / sizeof refused[0]; i++)
    if (has_mode(value, refused[i]))
      return cannot_be(definition, set, "sql_mode", refused[i]);
  if (!keep(definition->database->memory, &variables->sql_mode, value))
    return define_nomem(definition);
  variables->keep_zero = value != NULL && has_mode(value, "NO_AUTO_VALUE_ON_ZERO");
  return TIDE_OK;
}

static bool is_off(const char *value) {
  return value != NULL && (strcmp(value, "0") == 0 || sql_same_name(value, "off"));
}

/* --- foreign keys that wait --- */

/* The constraint with the column that it stands behind, if it stands behind one. */
static struct sql_node *whole_constraint(struct definition *definition,
                                         const struct sql_node *constraint,
                                         const char *column) {
  struct sql_node *whole = sql_clone(definition->arena, constraint);
  if (whole == NULL || column == NULL)
    return whole;
  struct sql_node *list = sql_node_new(definition->arena, SQL_LIST, whole->position);
  struct sql_node *name =
      sql_node_text(definition->arena, SQL_NAME, whole->position, column);
  if (name == NULL || sql_list_append(definition->arena, list, name) == NULL)
    return NULL;
  whole->child[CONSTRAINT_COLUMNS] = list;
  return whole;
}

int variables_postponed(struct definition *definition, const struct relation *table,
                        const struct sql_node *constraint, const char *column) {
  struct arena *arena = definition->arena;
  struct sql_node *whole = whole_constraint(definition, constraint, column);
  struct sql_node *name =
      sql_node_text(arena, SQL_NAME, constraint->position, table->name);
  struct sql_node *schema =
      sql_node_text(arena, SQL_NAME, constraint->position, table->schema);
  struct sql_node *action = sql_node_new(arena, SQL_ACTION, constraint->position);
  struct sql_node *actions = sql_node_new(arena, SQL_LIST, constraint->position);
  struct sql_node *alter = sql_node_new(arena, SQL_ALTER, constraint->position);
  const char *before = NULL, *text = NULL, *all;
  if (whole == NULL || name == NULL || schema == NULL || action == NULL ||
      alter == NULL || sql_list_append(arena, actions, action) == NULL)
    return define_nomem(definition);
  name->child[NAME_SCHEMA] = schema;
  action->op = SQL_ADD_CONSTRAINT;
  action->child[ACTION_DEFINITION] = whole;
  alter->op = SQL_OBJECT_TABLE;
  alter->child[ALTER_NAME] = name;
  alter->child[ALTER_ACTIONS] = actions;
  int code = tree_text(definition, alter, &text);
  if (code == TIDE_OK)
    code = catalog_get_setting(definition->database, arena, POSTPONED, &before);
  if (code != TIDE_OK)
    return code;
  all = arena_format(arena, "%s%s;", before == NULL ? "" : before, text);
  return all == NULL ? define_nomem(definition)
                     : catalog_set_setting(definition->database, POSTPONED, all);
}

static int make_foreign_keys(struct definition *definition, const char *text) {
  size_t length = strlen(text), consumed;
  int code = TIDE_OK;
  while (code == TIDE_OK && length > 0) {
    struct sql_node *alter = NULL;
    code = sql_parse(definition->arena, text, length, SQL_DIALECT_POSTGRES, &alter,
                     &consumed, definition->error);
    if (code != TIDE_OK || alter == NULL)
      break;
    code = respell(definition->database, definition->arena, alter);
    if (code == TIDE_OK)
      code = alter_table(definition, alter);
    text += consumed;
    length -= consumed;
  }
  definition->error->position = ERROR_NO_POSITION; /* they are in another text */
  return code;
}

static int set_foreign_keys(struct definition *definition, struct variables *variables,
                            bool postpone) {
  const char *text = NULL;
  variables->postpone = postpone;
  if (postpone)
    return TIDE_OK;
  int code =
      catalog_get_setting(definition->database, definition->arena, POSTPONED, &text);
  if (code != TIDE_OK || text == NULL || *text == '\0')
    return code;
  code = make_foreign_keys(definition, text);
  if (code == TIDE_OK)
    return catalog_set_setting(definition->database, POSTPONED, "");
  variables->postpone = true;
  return code;
}

/* --- the whole --- */

/* One whose value has to be among those separated by spaces; NULL: it changes no answer. */
static const struct server_variable {
  const char *name, *values;
} server_variables[] = {
    {"autocommit", "1 on"},
    {"character_set_client", "utf8mb4 utf8mb3 utf8"},
    {"character_set_connection", "utf8mb4 utf8mb3 utf8"},
    {"character_set_database", NULL},
    {"character_set_results", "utf8mb4 utf8mb3 utf8"},
    {"character_set_server", NULL},
    {"collation_connection", NULL},
    {"collation_database", NULL},
    {"collation_server", NULL},
    {"default_storage_engine", NULL},
    {"group_concat_max_len", NULL},
    {"information_schema_stats_expiry", NULL},
    {"innodb_lock_wait_timeout", NULL},
    {"interactive_timeout", NULL},
    {"lock_tables", NULL},
    {"lock_wait_timeout", NULL},
    {"max_allowed_packet", NULL},
    {"max_execution_time", NULL},
    {"net_read_timeout", NULL},
    {"net_write_timeout", NULL},
    {"sql_log_bin", NULL},
    {"sql_notes", NULL},
    {"sql_quote_show_create", NULL},
    {"sql_warnings", NULL},
    {"time_zone", "+00:00 -00:00 +0:00 system utc"},
    {"unique_checks", NULL},
    {"wait_timeout", NULL},
};

static bool is_among(const char *values, const char *value) {
  size_t length = strlen(value);
  for (const char *at = values; *at != '\0'; at += *at == ' ') {
    size_t size = strcspn(at, " ");
    char one[16] = "";
    memcpy(one, at, size < sizeof one ? size : 0);
    if (size == length && sql_same_name(one, value))
      return true;
    at += size;
  }
  return false;
}

static int set_server(struct definition *definition, struct variables *variables,
                      const struct sql_node *set, const char *name, bool *known) {
  const char *value = value_of(variables, set);
  *known = true;
  if (strcmp(name, "sql_mode") == 0)
    return set_mode(definition, variables, set, value);
  if (strcmp(name, "foreign_key_checks") == 0)
    return set_foreign_keys(definition, variables, is_off(value));
  for (size_t i = 0; i < sizeof server_variables / sizeof server_variables[0]; i++) {
    const struct server_variable *variable = &server_variables[i];
    if (strcmp(variable->name, name) != 0)
      continue;
    if (variable->values != NULL && value != NULL && !is_among(variable->values, value))
      return cannot_be(definition, set, name, value);
    return set_user(definition, variables, name, value);
  }
  *known = false;
  return TIDE_OK;
}

int variables_set(struct definition *definition, const struct sql_node *set,
                  const struct sql_node **other) {
  struct variables *variables = open_variables(definition->database);
  if (variables == NULL)
    return define_nomem(definition);
  *other = NULL;
  for (; set != NULL; set = set->child[0]) {
    const char *name = set->text;
    bool known = true;
    int code = TIDE_OK;
    if (name[0] == '@' && name[1] != '@')
      code = set_user(definition, variables, name, value_of(variables, set));
    else
      code = set_server(definition, variables, set, name + (name[0] == '@' ? 2 : 0),
                        &known);
    if (code != TIDE_OK)
      return code;
    if (!known) {
      *other = set;
      return TIDE_OK;
    }
  }
  return TIDE_OK;
}

/* --- @@name in a query --- */

static int64_t number_of(const char *value) {
  if (sql_same_name(value, "on") || sql_same_name(value, "true"))
    return 1;
  int64_t number = 0;
  for (; *value >= '0' && *value <= '9' && number < INT64_MAX / 10 - 9; value++)
    number = number * 10 + (*value - '0');
  return number;
}

/* __tidemark_variable(name) and __tidemark_variable_number(name) */
static void variable(sqlite3_context *context, sqlite3_value *argument, bool number) {
  struct database *database = sqlite3_user_data(context);
  const char *name = (const char *)sqlite3_value_text(argument);
  const char *value = name == NULL ? NULL : server_value(database->variables, name);
  if (value == NULL) {
    error_set(database->error, TIDE_ERROR_NOT_SUPPORTED,
              "variable \"@@%s\" is not supported", name == NULL ? "" : name);
    sqlite3_result_error(context, database->error->message, -1);
  } else if (number) {
    sqlite3_result_int64(context, number_of(value));
  } else {
    sqlite3_result_text(context, value, -1, SQLITE_TRANSIENT);
  }
}

static void variable_text(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  variable(context, values[0], false);
}

static void variable_number(sqlite3_context *context, int count,
                            sqlite3_value **values) {
  (void)count;
  variable(context, values[0], true);
}

int variables_register(struct database *database) {
  static const struct database_function functions[] = {
      {"__tidemark_variable", 1, variable_text},
      {"__tidemark_variable_number", 1, variable_number}};
  return database_register(database, functions, sizeof functions / sizeof functions[0]);
}
