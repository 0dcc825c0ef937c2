/* How a run ends: nothing is in the way any more, everything comes to rest, and then all of it has to be right. */
#ifndef TIDE_SIMULATOR_PEACE_H
#define TIDE_SIMULATOR_PEACE_H

#include "world.h"

void peace_make(struct world *world);

#endif
