/* The settings of pg_tviews: those that decide something here, and those of which only one
 * value is true. */
#include "extension/settings.h"

#include <stdlib.h>
#include <string.h>

#include "extension/internal.h"

static const char prefix[] = "pg_tviews.";

/* What cannot be set, as it is; why it cannot. */
static const struct fixed {
  const char *name, *value, *hint;
} fixed_settings[] = {
    {"unlogged_by_default", "off", "Every TVIEW is kept in the file of its tables."},
    {"max_propagation_depth", "100",
     "Views are brought up to date once each, in order: nothing propagates in rounds."},
    {"max_queue_size", "10000", "Nothing is queued: changes are net, per row."},
    {"batch_size", "0",
     "There are no batches: a commit's changes are worked in at once."},
    {"graph_cache_size", "0", "There is no cache apart from the plans of views."},
    {"table_cache_size", "0", "There is no cache apart from the plans of views."},
    {"prepared_stmt_cache_size", "0", "Views keep their statements prepared."},
    {"graph_cache_enabled", "on", "Plans of views are always kept."},
    {"table_cache_enabled", "on", "Plans of views are always kept."},
    {"suspend_triggers", "off",
     "Call pg_tviews_suspend_triggers() or run SUSPEND VIEWS in a transaction."},
    {"direct_patch_enabled", "on",
     "Lists and documents are changed in place wherever that is exact."},
    {"data_gin_index", "off", "SQLite has no inverted indexes."},
    {"fillfactor", "100", "SQLite's pages are filled as it sees fit."},
    {"union_duplicate_policy", "error", "Rows need no key: equal rows are counted."},
    {"lock_escalation_threshold", "64",
     "One connection writes: there are no row locks."},
    {"auto_rebuild_databases", "", "A TVIEW is as durable as its tables."},
    {"audit_enabled", "on", "pg_tview_audit_log is always written."},
    {"metrics_enabled", "on", "tidemark.stats always counts."},
    {"log_level", "info", "Run SET tidemark.trace = on to be told of maintenance."},
};

static const char *const policies[] = {"error", "full_refresh", "warn"};

enum setting {
  SETTING_NONE,
  SETTING_DEPTH,
  SETTING_TRACKED,
  SETTING_TIME,
  SETTING_POLICY,
  SETTING_FIXED
};

static const struct fixed *find_fixed(const char *name) {
  for (size_t i = 0; i < sizeof fixed_settings / sizeof *fixed_settings; i++)
    if (strcmp(fixed_settings[i].name, name) == 0)
      return &fixed_settings[i];
  return NULL;
}

/* `name` with its prefix. */
static enum setting find(const char *name) {
  static const char *const names[] = {
      [SETTING_DEPTH] = "max_dependency_depth",
      [SETTING_TRACKED] = "report_max_tracked",
      [SETTING_TIME] = "time_refresh",
      [SETTING_POLICY] = "uncascaded_policy",
  };
  name += sizeof prefix - 1;
  for (size_t i = SETTING_DEPTH; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0)
      return (enum setting)i;
  return find_fixed(name) ? SETTING_FIXED : SETTING_NONE;
}

bool tview_setting_is(const struct database *database, const char *name) {
  return strncmp(name, prefix, sizeof prefix - 1) == 0 &&
         catalog_has_extension(database, "pg_tviews");
}

/* --- values --- */

int tview_max_depth(const struct database *database) {
  int depth = database->tviews.max_dependency_depth;
  return depth > 0 ? depth : TVIEW_DEPTH_MAX;
}

/* Kept plus 1, because 0 is one of its values. */
int tview_report_max(const struct database *database) {
  int tracked = database->tviews.report_max_tracked;
  return tracked > 0 ? tracked - 1 : TVIEW_REPORT_MAX;
}

const char *tview_default_options(const struct database *database,
                                  struct arena *arena) {
  const struct tview_settings *settings = &database->tviews;
  const char *policy = settings->uncascaded_policy;
  if (!policy)
    return settings->time_external ? "{\"time_refresh\": \"external\"}" : "{}";
  return arena_format(arena, "{\"uncascaded_policy\": \"%s\"%s}", policy,
                      settings->time_external ? ", \"time_refresh\": \"external\""
                                              : "");
}

static int unknown(struct database *database, const char *name) {
  return error_set(database->error, TIDE_ERROR_UNDEFINED_OBJECT,
                   "unrecognized configuration parameter \"%s\"", name);
}

static int wrong(struct database *database, const char *name, const char *value,
                 const char *takes) {
  error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
            "invalid value for parameter \"%s\": \"%s\"", name, value);
  error_hint(database->error, "It takes %s.", takes);
  return TIDE_ERROR_INVALID_PARAMETER;
}

static bool read_number(const char *text, int least, int most, int *number) {
  char *end;
  long value = strtol(text, &end, 10);
  *number = (int)value;
  return *text && !*end && value >= least && value <= most;
}

static int set_number(struct database *database, const char *name, const char *value,
                      int least, int most, int *setting) {
  int number = 0;
  if (value && !read_number(value, least, most, &number))
    return wrong(database, name, value,
                 least > 0 ? "a number from 1 to 100" : "a number from 0 to 1000000");
  *setting = value ? number + 1 - least : 0;
  return TIDE_OK;
}

static int set_policy(struct database *database, const char *name, const char *value) {
  database->tviews.uncascaded_policy = NULL;
  for (size_t i = 0; value && i < sizeof policies / sizeof *policies; i++)
    if (strcmp(policies[i], value) == 0)
      database->tviews.uncascaded_policy = policies[i];
  return !value || database->tviews.uncascaded_policy
             ? TIDE_OK
             : wrong(database, name, value, "error, full_refresh or warn");
}

static int set_time(struct database *database, const char *name, const char *value) {
  bool external = value && strcmp(value, "external") == 0;
  if (value && !external && strcmp(value, "none") != 0)
    return wrong(database, name, value, "none or external");
  database->tviews.time_external = external;
  return TIDE_OK;
}

static int set_fixed(struct database *database, const char *name, const char *value) {
  const struct fixed *fixed = find_fixed(name + sizeof prefix - 1);
  if (!value || strcmp(value, fixed->value) == 0)
    return TIDE_OK;
  error_set(database->error, TIDE_ERROR_NOT_SUPPORTED,
            "parameter \"%s\" cannot be changed", name);
  error_hint(database->error, "%s", fixed->hint);
  return TIDE_ERROR_NOT_SUPPORTED;
}

int tview_setting_set(struct database *database, const char *name, const char *value) {
  struct tview_settings *settings = &database->tviews;
  switch (find(name)) {
  case SETTING_DEPTH:
    return set_number(database, name, value, 1, 100, &settings->max_dependency_depth);
  case SETTING_TRACKED:
    return set_number(database, name, value, 0, 1000000, &settings->report_max_tracked);
  case SETTING_TIME: return set_time(database, name, value);
  case SETTING_POLICY: return set_policy(database, name, value);
  case SETTING_FIXED: return set_fixed(database, name, value);
  case SETTING_NONE: break;
  }
  return unknown(database, name);
}

int tview_setting_show(struct database *database, struct arena *arena, const char *name,
                       const char **value) {
  const struct tview_settings *settings = &database->tviews;
  switch (find(name)) {
  case SETTING_DEPTH:
    *value = arena_format(arena, "%d", tview_max_depth(database));
    break;
  case SETTING_TRACKED:
    *value = arena_format(arena, "%d", tview_report_max(database));
    break;
  case SETTING_TIME: *value = settings->time_external ? "external" : "none"; break;
  case SETTING_POLICY:
    *value = settings->uncascaded_policy ? settings->uncascaded_policy : "error";
    break;
  case SETTING_FIXED: *value = find_fixed(name + sizeof prefix - 1)->value; break;
  case SETTING_NONE: return unknown(database, name);
  }
  return *value ? TIDE_OK : extension_nomem(database);
}
