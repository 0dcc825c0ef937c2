/* What a local_first view shows of the writes that wait in the queue. */
#ifndef TIDE_SIMULATOR_WAITING_H
#define TIDE_SIMULATOR_WAITING_H

#include "device.h"

/* The world fails unless each of them can be seen. */
void waiting_check(struct device *device);

#endif
