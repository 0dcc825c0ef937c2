/* One run: a world made of a seed, some steps in which anything happens, and then peace. */
#ifndef TIDE_SIMULATOR_STORY_H
#define TIDE_SIMULATOR_STORY_H

#include "world.h"

enum { STEPS_MAX = 64 };

/* Plays the story of that seed, without the steps that `left_out` has. What was wrong is in the world. */
void story_play(struct world *world, uint64_t seed, const bool left_out[STEPS_MAX]);

#endif
