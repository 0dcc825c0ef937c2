/* Who uses a device: reads, writes, and decides about what the origin did not take. */
#ifndef TIDE_SIMULATOR_USER_H
#define TIDE_SIMULATOR_USER_H

#include "world.h"

/* A statement, or a transaction of several; one may stay open. Does nothing before the views are defined. */
void user_write(struct device *device, struct random *random);
/* Ends the transaction that is open, if there is one. */
void user_end(struct device *device, bool commit);
/* Decides about one conflict; false: there is none. `discard`: without mercy. */
bool user_resolve(struct device *device, struct random *random, bool discard);
/* Reads all views: they show nothing that their subject may not see, and agree with each other. */
void user_read(struct device *device);

#endif
