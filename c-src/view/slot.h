/* Slots: committed changes kept in the database until whoever asked for them says that they
 * are done with, also across reopening.
 *
 * A slot has a name, a selector, and the number of the last commit acknowledged. What a COMMIT
 * effect carries of relations that some slot selects is stored in the committing transaction;
 * what all slots have acknowledged is deleted. At most SLOT_COMMITS commits and SLOT_BYTES
 * bytes are kept: beyond that the oldest go, and slots that had not got them are *lost*,
 * which their owner is told. */
#ifndef TIDE_VIEW_SLOT_H
#define TIDE_VIEW_SLOT_H

#include "base/json.h"
#include "catalog/catalog.h"

#define SLOT_COMMITS 100000
#define SLOT_BYTES   (INT64_C(64) << 20)

/* Makes the slot, which begins with the next commit; or gives one that is there this selector:
 * null for everything, or [[schema, name or null], …]. */
int slot_open(struct database *database, const char *name, const cJSON *selector);

/* Queues a SLOT effect for each commit kept after `after` (or after what was acknowledged, if
 * that is more) that is about what the slot selects, at most `maximum`; then one that says
 * {"end": …}. */
int slot_read(struct database *database, const char *name, int64_t after,
              int64_t maximum);

/* The slot is done with all commits up to this one. What was lost is so no longer. */
int slot_acknowledge(struct database *database, const char *name, int64_t commit);

/* Forgets it; it need not be there. */
int slot_drop(struct database *database, const char *name);

#endif
