/* Options of views and schemas: a table of what there is, and the reading of one value. */
#include "catalog/options.h"

#include <string.h>

enum {
  RUNTIME = 1 << SQL_RUNTIME,
  REALTIME = 1 << SQL_REALTIME,
  KEEPS_ROWS = 1 << SQL_MATERIALIZED_VIEW | 1 << SQL_REALTIME,
  EVERY_VIEW = RUNTIME | KEEPS_ROWS
};

/* One option: `set` stores a value and returns false when it is not one it takes; a NULL value resets. */
struct option {
  const char *name;
  int modes;
  const char *takes;
  bool (*set)(const struct sql_node *value, struct view_options *options);
};

/* --- values --- */

static bool is_word(const struct sql_node *value) {
  return value->kind == SQL_STRING || value->kind == SQL_COLUMN ||
         value->kind == SQL_NAME;
}

static bool same_word(const char *left, const char *right) {
  for (; *left != '\0'; left++, right++) {
    char letter =
        *right >= 'A' && *right <= 'Z' ? (char)(*right + ('a' - 'A')) : *right;
    if (*left != letter)
      return false;
  }
  return *right == '\0';
}

/* Begins with a dialect, and something follows. */
static bool is_origin(const char *text) {
  static const char *const dialects[] = {"postgres:", "mysql:", "tidemark:"};
  for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
    size_t length = strlen(dialects[i]);
    if (strncmp(text, dialects[i], length) == 0)
      return text[length] != '\0';
  }
  return false;
}

static bool set_replication_origin(const struct sql_node *value,
                                   struct view_options *options) {
  options->replication_origin = NULL;
  options->inherits = false;
  if (value == NULL || value->kind == SQL_NULL)
    return true;
  if (!is_word(value))
    return false;
  options->inherits = same_word("inherit", value->text);
  if (options->inherits)
    return true;
  options->replication_origin = value->text;
  return value->kind == SQL_STRING && is_origin(value->text);
}

static bool set_join_pushdown_size(const struct sql_node *value,
                                   struct view_options *options) {
  options->join_pushdown_size = -1;
  if (value == NULL)
    return true;
  if (value->kind != SQL_INTEGER || strlen(value->text) > 9)
    return false;
  int64_t size = 0;
  for (const char *digit = value->text; *digit != '\0'; digit++) {
    if (*digit < '0' || *digit > '9')
      return false;
    size = 10 * size + (*digit - '0');
  }
  options->join_pushdown_size = size;
  return true;
}

static bool set_join_memoization(const struct sql_node *value,
                                 struct view_options *options) {
  options->join_memoization = -1;
  if (value == NULL)
    return true;
  if (value->kind == SQL_BOOLEAN)
    options->join_memoization = value->op != 0;
  else if (is_word(value) &&
           (same_word("on", value->text) || same_word("true", value->text)))
    options->join_memoization = 1;
  else if (is_word(value) &&
           (same_word("off", value->text) || same_word("false", value->text)))
    options->join_memoization = 0;
  return options->join_memoization >= 0;
}

static bool set_write_policy(const struct sql_node *value,
                             struct view_options *options) {
  options->write_policy = NULL;
  if (value == NULL)
    return true;
  if (is_word(value) && same_word("origin_first", value->text))
    options->write_policy = "origin_first";
  else if (is_word(value) && same_word("local_first", value->text))
    options->write_policy = "local_first";
  return options->write_policy != NULL;
}

static bool set_upstream_mvcc_key(const struct sql_node *value,
                                  struct view_options *options) {
  options->upstream_mvcc_key = NULL;
  if (value == NULL || value->kind == SQL_NULL)
    return true;
  if (!is_word(value) || value->text[0] == '\0')
    return false;
  options->upstream_mvcc_key = value->text;
  return true;
}

static bool set_conflict_granularity(const struct sql_node *value,
                                     struct view_options *options) {
  options->conflict_granularity = NULL;
  if (value == NULL)
    return true;
  if (is_word(value) && same_word("row", value->text))
    options->conflict_granularity = "row";
  else if (is_word(value) && same_word("columns", value->text))
    options->conflict_granularity = "columns";
  return options->conflict_granularity != NULL;
}

static bool set_time_refresh(const struct sql_node *value,
                             struct view_options *options) {
  options->time_refresh = NULL;
  if (value == NULL || value->kind == SQL_NULL)
    return true;
  if (is_word(value) && same_word("external", value->text))
    options->time_refresh = "external";
  return options->time_refresh != NULL;
}

#define TAKES_ORIGIN "a string that begins with postgres:, mysql: or tidemark:"

static const struct option table[] = {
    {"replication_origin", EVERY_VIEW, TAKES_ORIGIN ", or INHERIT",
     set_replication_origin},
    {"join_pushdown_size", RUNTIME, "an integer from 0 to 999999999",
     set_join_pushdown_size},
    {"join_memoization", RUNTIME, "a boolean", set_join_memoization},
    {"write_policy", KEEPS_ROWS, "'origin_first' or 'local_first'", set_write_policy},
    {"upstream_mvcc_key", KEEPS_ROWS, "the name of a column of the origin",
     set_upstream_mvcc_key},
    {"conflict_granularity", KEEPS_ROWS, "'row' or 'columns'",
     set_conflict_granularity},
    {"time_refresh", REALTIME, "'external'", set_time_refresh},
};
enum { COUNT = sizeof table / sizeof table[0] };

/* --- lists --- */

void options_init(struct view_options *options) {
  *options = (struct view_options){.join_pushdown_size = -1, .join_memoization = -1};
}

static int unknown(struct error *error, const struct sql_node *node,
                   enum sql_view_mode mode) {
  error_set_at(error, TIDE_ERROR_INVALID_PARAMETER, node->position,
               "unrecognized option \"%s\"", node->text);
  error_hint(error,
             mode == SQL_RUNTIME
                 ? "A runtime view takes replication_origin, join_pushdown_size and "
                   "join_memoization."
             : mode == SQL_REALTIME
                 ? "A realtime view takes replication_origin, write_policy, "
                   "upstream_mvcc_key, conflict_granularity and time_refresh."
                 : "A materialized view takes replication_origin, write_policy, "
                   "upstream_mvcc_key and conflict_granularity.");
  return TIDE_ERROR_INVALID_PARAMETER;
}

static int find_option(struct error *error, const struct sql_node *node,
                       enum sql_view_mode mode, const struct option **option) {
  for (int i = 0; i < COUNT; i++) {
    *option = &table[i];
    if (strcmp(table[i].name, node->text) != 0)
      continue;
    if ((table[i].modes & 1 << mode) != 0)
      return TIDE_OK;
    error_set_at(error, TIDE_ERROR_INVALID_PARAMETER, node->position,
                 "option \"%s\" is for %s views only", node->text,
                 table[i].modes == RUNTIME    ? "runtime"
                 : table[i].modes == REALTIME ? "realtime"
                                              : "materialized and realtime");
    error_hint(error, "It takes %s.", table[i].takes);
    return TIDE_ERROR_INVALID_PARAMETER;
  }
  return unknown(error, node, mode);
}

static int check_once(struct error *error, const struct sql_node *list,
                      uint32_t index) {
  for (uint32_t i = 0; i < index; i++) {
    if (strcmp(list->child[i]->text, list->child[index]->text) == 0)
      return error_set_at(
          error, TIDE_ERROR_INVALID_PARAMETER, list->child[index]->position,
          "option \"%s\" specified more than once", list->child[index]->text);
  }
  return TIDE_OK;
}

/* WITH (name) alone means true. */
static const struct sql_node *value_of(const struct sql_node *option,
                                       struct sql_node *yes) {
  *yes = (struct sql_node){.kind = SQL_BOOLEAN, .op = 1, .position = option->position};
  return option->count > 0 && option->child[0] != NULL ? option->child[0] : yes;
}

int options_set(struct error *error, const struct sql_node *list,
                enum sql_view_mode mode, struct view_options *options) {
  struct sql_node yes;
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    const struct sql_node *node = list->child[i];
    const struct option *option;
    int code = check_once(error, list, i);
    if (code == TIDE_OK)
      code = find_option(error, node, mode, &option);
    if (code != TIDE_OK)
      return code;
    if (!option->set(value_of(node, &yes), options))
      return error_set_at(error, TIDE_ERROR_INVALID_PARAMETER, node->position,
                          "option \"%s\" takes %s", node->text, option->takes);
  }
  return TIDE_OK;
}

int options_reset(struct error *error, const struct sql_node *list,
                  enum sql_view_mode mode, struct view_options *options) {
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    const struct option *option;
    int code = find_option(error, list->child[i], mode, &option);
    if (code != TIDE_OK)
      return code;
    option->set(NULL, options);
  }
  return TIDE_OK;
}

static int check_schema_option(struct error *error, const struct sql_node *node) {
  if (strcmp(node->text, "default_replication_origin") == 0)
    return TIDE_OK;
  error_set_at(error, TIDE_ERROR_INVALID_PARAMETER, node->position,
               "unrecognized option \"%s\"", node->text);
  error_hint(error, "A schema takes default_replication_origin.");
  return TIDE_ERROR_INVALID_PARAMETER;
}

int options_of_schema(struct error *error, const struct sql_node *list,
                      const char **origin) {
  struct sql_node yes;
  *origin = NULL;
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    const struct sql_node *node = list->child[i];
    const struct sql_node *value = value_of(node, &yes);
    int code = check_once(error, list, i);
    if (code == TIDE_OK)
      code = check_schema_option(error, node);
    if (code != TIDE_OK)
      return code;
    if (value->kind == SQL_NULL)
      continue;
    if (value->kind != SQL_STRING || !is_origin(value->text))
      return error_set_at(error, TIDE_ERROR_INVALID_PARAMETER, node->position,
                          "option \"%s\" takes " TAKES_ORIGIN, node->text);
    *origin = value->text;
  }
  return TIDE_OK;
}

int options_reset_schema(struct error *error, const struct sql_node *list) {
  int code = TIDE_OK;
  for (uint32_t i = 0; list != NULL && i < list->count && code == TIDE_OK; i++)
    code = check_schema_option(error, list->child[i]);
  return code;
}
