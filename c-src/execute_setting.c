/* The settings of the engine, `tidemark.`, and of extensions; others belong to the catalog. */
#include <string.h>

#include "catalog/setting.h"
#include "engine.h"
#include "extension/settings.h"
#include "view/statistics.h"
#include "view/tracing.h"

static int undefined(struct database *database, const char *name) {
  return error_set(database->error, TIDE_ERROR_UNDEFINED_OBJECT,
                   "unrecognized configuration parameter \"%s\"", name);
}

static int read_boolean(struct database *database, const char *name, const char *value,
                        bool *result) {
  static const char *const words[] = {"off", "false", "no",  "0",
                                      "on",  "true",  "yes", "1"};
  *result = false;
  if (!value)
    return TIDE_OK;
  for (int i = 0; i < 8; i++)
    if (strcmp(value, words[i]) == 0) {
      *result = i >= 4;
      return TIDE_OK;
    }
  return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                   "parameter \"%s\" requires a Boolean value", name);
}

static bool has(const struct database *database, const char *name) {
  return strncmp(name, "tidemark.", 9) == 0 || tview_setting_is(database, name);
}

static int set(struct database *database, const char *name, const char *value) {
  bool on;
  if (tview_setting_is(database, name))
    return tview_setting_set(database, name, value);
  if (strcmp(name, "tidemark.trace") == 0) {
    int rc = read_boolean(database, name, value, &on);
    return rc == TIDE_OK ? tracing_set(database, on) : rc;
  }
  if (strcmp(name, "tidemark.node_timing") == 0) {
    int rc = read_boolean(database, name, value, &on);
    if (rc == TIDE_OK)
      statistics_time_nodes(database, on);
    return rc;
  }
  if (strcmp(name, "tidemark.stats") != 0)
    return undefined(database, name);
  if (value)
    return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "\"tidemark.stats\" can only be reset");
  statistics_reset(database);
  return TIDE_OK;
}

static int show(struct database *database, struct arena *arena, const char *name,
                const char **value) {
  if (tview_setting_is(database, name))
    return tview_setting_show(database, arena, name, value);
  if (strcmp(name, "tidemark.stats") == 0) {
    *value = "";
    return TIDE_OK;
  }
  bool trace = strcmp(name, "tidemark.trace") == 0;
  if (!trace && strcmp(name, "tidemark.node_timing") != 0)
    return undefined(database, name);
  bool on = trace ? tracing_is_set(database) : statistics_times_nodes(database);
  *value = on ? "on" : "off";
  return TIDE_OK;
}

void execute_own_settings(struct database *database) {
  static const struct setting_owner owner = {has, set, show};
  database->setting_owner = &owner;
}
