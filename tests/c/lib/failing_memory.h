/* Runs a scenario again and again, each time with another allocation failing. */
#ifndef TIDE_TEST_FAILING_MEMORY_H
#define TIDE_TEST_FAILING_MEMORY_H

#include "base/memory.h"

/* What is to survive any failing allocation: everything it takes from `memory` (SQLite and cJSON do so too) it gives back,
 * whatever happens. Returns TIDE_OK when it succeeded, TIDE_ERROR_NOMEM when memory ran out; it fails the test itself when the
 * outcome is wrong for what it returns. */
typedef int scenario(struct memory *memory, void *context);

/* Runs the scenario with all memory there is, when it must succeed, and then, for every n, with the n-th allocation
 * failing, once alone and once with all that follow. Fails the test when the scenario leaks, returns another error,
 * or, where nothing failed in the end, does not succeed. */
void each_failing_allocation(scenario *run, void *context);

/* The same, but skipping allocations so that at most about `maximum` runs happen: for scenarios with very many.
 * ALL_ALLOCATIONS=1 in the environment runs them all. */
void some_failing_allocations(scenario *run, void *context, long maximum);

/* The number of allocations not released, of a run with all memory there is: for tests of leaks alone. */
long run_counting_leaks(scenario *run, void *context);

#endif
