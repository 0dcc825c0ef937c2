/* SET, RESET and SHOW of settings of the engine, `tidemark.`, and of extensions; others belong to
 * the catalog. */
#include <string.h>

#include "catalog/define.h"
#include "engine.h"
#include "extension/settings.h"
#include "view/statistics.h"
#include "view/tracing.h"

static int undefined(struct database *database, const struct sql_node *tree) {
  return error_set_at(database->error, TIDE_ERROR_UNDEFINED_OBJECT, tree->position,
                      "unrecognized configuration parameter \"%s\"", tree->text);
}

/* NULL: DEFAULT, or RESET. */
static int read_boolean(struct database *database, const struct sql_node *tree,
                        const struct sql_node *value, bool *result) {
  static const char *const words[] = {"off", "false", "no",  "0",
                                      "on",  "true",  "yes", "1"};
  *result = false;
  if (value && value->kind == SQL_LIST && value->count == 1)
    value = value->child[0];
  if (!value || value->kind == SQL_DEFAULT)
    return TIDE_OK;
  if (value->kind == SQL_BOOLEAN) {
    *result = value->op != 0;
    return TIDE_OK;
  }
  for (int i = 0; value->text && i < 8; i++)
    if (strcmp(value->text, words[i]) == 0) {
      *result = i >= 4;
      return TIDE_OK;
    }
  return error_set_at(database->error, TIDE_ERROR_INVALID_PARAMETER, tree->position,
                      "parameter \"%s\" requires a Boolean value", tree->text);
}

bool setting_is_own(const struct database *database, const struct sql_node *tree) {
  return strncmp(tree->text, "tidemark.", 9) == 0 ||
         tview_setting_is(database, tree->text);
}

int setting_set(struct database *database, const struct sql_node *tree) {
  const struct sql_node *value = tree->child[1];
  bool on;
  if (tview_setting_is(database, tree->text))
    return tview_setting_set(database, tree);
  if (strcmp(tree->text, "tidemark.trace") == 0) {
    int rc = read_boolean(database, tree, value, &on);
    return rc == TIDE_OK ? tracing_set(database, on) : rc;
  }
  if (strcmp(tree->text, "tidemark.node_timing") == 0) {
    int rc = read_boolean(database, tree, value, &on);
    if (rc == TIDE_OK)
      statistics_time_nodes(database, on);
    return rc;
  }
  if (strcmp(tree->text, "tidemark.stats") != 0)
    return undefined(database, tree);
  if (value)
    return error_set_at(database->error, TIDE_ERROR_INVALID_PARAMETER, tree->position,
                        "\"tidemark.stats\" can only be reset");
  statistics_reset(database);
  return TIDE_OK;
}

int setting_show(struct database *database, struct arena *arena,
                 const struct sql_node *tree, const char **value) {
  if (tview_setting_is(database, tree->text))
    return tview_setting_show(database, arena, tree, value);
  bool trace = strcmp(tree->text, "tidemark.trace") == 0;
  if (!trace && strcmp(tree->text, "tidemark.node_timing") != 0)
    return undefined(database, tree);
  bool on = trace ? tracing_is_set(database) : statistics_times_nodes(database);
  *value = on ? "on" : "off";
  return TIDE_OK;
}
