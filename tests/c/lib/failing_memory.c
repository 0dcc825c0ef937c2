/* Runs a scenario again and again, each time with another allocation failing. */

#include <limits.h>

#include "base/library.h"
#include "lib/test.h"

struct failing_memory {
  struct memory memory;
  long count;    /* allocations asked for so far */
  long fail_at;  /* the one that fails, from 1; 0: none */
  bool fail_all; /* and all after it */
  long failures;
  long live;
};

static bool fails(struct failing_memory *failing) {
  failing->count++;
  bool now =
      failing->fail_at != 0 && (failing->fail_all ? failing->count >= failing->fail_at
                                                  : failing->count == failing->fail_at);
  if (now)
    failing->failures++;
  return now;
}

static void *failing_allocate(void *context, size_t size) {
  struct failing_memory *failing = context;
  if (fails(failing))
    return NULL;
  failing->live++;
  return malloc(size);
}

static void *failing_reallocate(void *context, void *pointer, size_t size) {
  struct failing_memory *failing = context;
  if (fails(failing))
    return NULL;
  if (pointer == NULL)
    failing->live++;
  return realloc(pointer, size);
}

static void failing_release(void *context, void *pointer) {
  struct failing_memory *failing = context;
  failing->live--;
  free(pointer);
}

static int run_once(scenario *run, void *context, struct failing_memory *failing,
                    long fail_at, bool fail_all) {
  *failing = (struct failing_memory){.fail_at = fail_at, .fail_all = fail_all};
  failing->memory =
      (struct memory){failing_allocate, failing_reallocate, failing_release, failing};
  library_use(&failing->memory);
  int result = run(&failing->memory, context);
  library_use(NULL);
  return result;
}

static void check(scenario *run, void *context, long n, bool fail_all) {
  struct failing_memory failing;
  int result = run_once(run, context, &failing, n, fail_all);
  if (failing.live != 0)
    fail_msg("%ld allocations leaked when allocation %ld failed%s", failing.live, n,
             fail_all ? " and all after it" : "");
  if (result != TIDE_OK && result != TIDE_ERROR_NOMEM)
    fail_msg("error %d (%s) when allocation %ld failed%s", result,
             tide_error_sqlstate(result), n, fail_all ? " and all after it" : "");
  if (result == TIDE_ERROR_NOMEM && failing.failures == 0)
    fail_msg("out of memory although allocation %ld was never asked for", n);
}

void some_failing_allocations(scenario *run, void *context, long maximum) {
  if (getenv("ALL_ALLOCATIONS") != NULL)
    maximum = LONG_MAX / 4;
  /* Once before counting: what is made for good (by SQLite, for the process) is made here. */
  assert_int_equal(library_initialize(), TIDE_OK);
  struct failing_memory failing;
  int result = run_once(run, context, &failing, 0, false);
  if (result != TIDE_OK)
    fail_msg("error %d (%s) with all memory there is", result,
             tide_error_sqlstate(result));
  if (failing.live != 0)
    fail_msg("%ld allocations leaked with all memory there is", failing.live);
  long count = failing.count;
  long step = count * 2 / maximum + 1;
  for (long n = 1; n <= count; n += step) {
    check(run, context, n, false);
    check(run, context, n, true);
  }
}

void each_failing_allocation(scenario *run, void *context) {
  some_failing_allocations(run, context, LONG_MAX / 4);
}

long run_counting_leaks(scenario *run, void *context) {
  assert_int_equal(library_initialize(), TIDE_OK);
  struct failing_memory failing;
  assert_int_equal(run_once(run, context, &failing, 0, false), TIDE_OK);
  return failing.live;
}
