/* SET and SHOW of pg_tviews' settings. */
#ifndef TIDE_EXTENSION_SETTINGS_H
#define TIDE_EXTENSION_SETTINGS_H

#include "catalog/catalog.h"

enum { TVIEW_DEPTH_MAX = 10, TVIEW_REPORT_MAX = 10000 }; /* the defaults */

/* Is this the name of one, and the extension there? */
bool tview_setting_is(const struct database *database, const char *name);
/* `value` NULL: the default. */
int tview_setting_set(struct database *database, const char *name, const char *value);
int tview_setting_show(struct database *database, struct arena *arena, const char *name,
                       const char **value);

/* What they are set to. */
int tview_max_depth(const struct database *database);
int tview_report_max(const struct database *database);
/* What a TVIEW made now is declared with where its own options say nothing: JSON. */
const char *tview_default_options(const struct database *database, struct arena *arena);

#endif
