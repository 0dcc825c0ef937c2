/* When what was committed moves from the write-ahead log into the database file. */
#ifndef TIDE_CATALOG_CHECKPOINT_H
#define TIDE_CATALOG_CHECKPOINT_H

#include "catalog/database.h"

/* From now on a log that has become long is copied when the host has nothing else to do, not before the commit is
 * answered. Where there is no log nothing changes. */
void checkpoint_open(struct database *database);

/* Copies a log that has become long. One that cannot be copied now (statements read it, the disk is full) is tried again
 * with the next commit: nothing is lost meanwhile. */
void checkpoint_run(struct database *database);

#endif
