/* Names in any case of their letters, as MySQL has them, are written as what they name is called.
 *
 * Everything behind this pass compares names byte by byte, and what the catalog keeps of a statement (the query of a
 * view, a CHECK) reads the same in every dialect. */
#ifndef TIDE_CATALOG_RESPELL_H
#define TIDE_CATALOG_RESPELL_H

#include "catalog/catalog.h"

/* Changes the names in a parsed statement in place; texts are copied into `arena`. Names of nothing stay as they are, for
 * the binder to report. A second time it changes nothing, unless definitions have changed. An UPDATE of several tables learns which of
 * them it writes. Returns TIDE_OK; 42702 for a name of columns that are spelled differently, or of several tables; 42703 for what SET
 * assigns and no table has; 0A000 for USING and NATURAL of columns that are spelled differently. */
int respell(struct database *database, struct arena *arena, struct sql_node *statement);

#endif
