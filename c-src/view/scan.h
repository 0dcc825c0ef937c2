/* Which stored relations a statement of maintenance goes through from end to end. */
#ifndef TIDE_VIEW_SCAN_H
#define TIDE_VIEW_SCAN_H

#include "view/plan.h"

/* For EXPLAIN VIEW: ends the line of which `out` holds SQL from `start` on. If SQLite runs that SQL by going through whole
 * relations, which for a change of a few rows is what costs, a line "reads all of: …" follows.
 * Returns TIDE_OK, TIDE_ERROR_NOMEM or SQLite's errors. */
int scan_explain(struct plan *plan, size_t start, struct buffer *out);
/* The same for a whole line: "what: sql". */
int scan_explain_statement(struct plan *plan, const char *what, const char *sql,
                           struct buffer *out);

#endif
