/* Runs stories, one for each seed, and makes a failing one small.
 *
 *   RUNS=n      how many (default: as many as there is time for)   SECONDS=n   how long at most (default 60)
 *   SEED=n      the first seed (default 1)                         JOBS=n      processes (default 1)
 *   TRACE=1     prints what happens in each                        TWICE=1     plays each twice: they are the same to the byte
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/environment.h"
#include "story.h"

enum { JOBS_MAX = 64, HANGS_AFTER = 120 };

/* What a process tells of its work, also when it dies. */
struct progress {
  uint64_t seed, runs;
  int64_t simulated; /* milliseconds */
  bool failed;
};

struct plan {
  uint64_t first, runs;
  double until;
  int jobs;
  bool trace, twice;
};

/* --- one run --- */

/* Leaves out one step after the other, as long as it still fails for a reason of the same kind. */
static void shrink(uint64_t seed, bool left_out[STEPS_MAX]) {
  struct world world;
  for (int i = STEPS_MAX - 1; i >= 0; i--) {
    left_out[i] = true;
    story_play(&world, seed, left_out);
    left_out[i] = world.failed;
    world_deinit(&world);
  }
}

static void report(uint64_t seed) {
  bool left_out[STEPS_MAX] = {false};
  struct world world;
  int steps = 0;
  shrink(seed, left_out);
  story_play(&world, seed, left_out);
  for (int i = 0; i < STEPS_MAX; i++)
    steps += !left_out[i];
  printf("%s\nSEED=%" PRIu64 " fails (as above with the %d steps that it needs): %s\n",
         buffer_string(&world.trace), seed, steps, world.reason);
  fflush(stdout);
  world_deinit(&world);
}

static bool plays_the_same(uint64_t seed, const struct world *before) {
  static const bool nothing[STEPS_MAX];
  struct world world;
  story_play(&world, seed, nothing);
  bool same = strcmp(buffer_string(&world.trace), buffer_string(&before->trace)) == 0;
  if (!same)
    printf("SEED=%" PRIu64 " is not the same when it is played again\n", seed);
  world_deinit(&world);
  return same;
}

/* True: nothing was wrong. */
static bool run_one(const struct plan *plan, uint64_t seed, struct progress *progress) {
  static const bool nothing[STEPS_MAX];
  struct world world;
  progress->seed = seed;
  alarm(HANGS_AFTER);
  story_play(&world, seed, nothing);
  bool right = !world.failed;
  progress->simulated += world.now - BEGINNING;
  if (plan->trace)
    printf("%s", buffer_string(&world.trace));
  if (right && plan->twice)
    right = plays_the_same(seed, &world);
  bool failed = world.failed;
  world_deinit(&world);
  if (failed)
    report(seed);
  progress->runs++;
  return right;
}

/* --- many --- */

static void work(const struct plan *plan, int job, struct progress *progress) {
  for (uint64_t i = (uint64_t)job; i < plan->runs; i += (uint64_t)plan->jobs) {
    if (environment_seconds() > plan->until)
      return;
    if (!run_one(plan, plan->first + i, progress)) {
      progress->failed = true;
      return;
    }
  }
}

static bool await_all(const struct plan *plan, const pid_t *children,
                      struct progress *progress) {
  bool right = true;
  for (int job = 0; job < plan->jobs; job++) {
    int status = 0;
    waitpid(children[job], &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
      printf("SEED=%" PRIu64 " ends its process (status %d)\n", progress[job].seed,
             status);
    right = right && status == 0 && !progress[job].failed;
  }
  return right;
}

static void summarise(const struct plan *plan, const struct progress *progress,
                      double took) {
  uint64_t runs = 0;
  int64_t simulated = 0;
  for (int job = 0; job < plan->jobs; job++) {
    runs += progress[job].runs;
    simulated += progress[job].simulated;
  }
  printf("%" PRIu64 " runs from SEED=%" PRIu64 " on, %.0f simulated hours, in %.0f "
         "seconds: %.0f runs a minute\n",
         runs, plan->first, (double)simulated / (double)HOUR, took,
         (double)runs * 60 / took);
}

int main(void) {
  double begin = environment_seconds();
  struct plan plan = {.first = (uint64_t)environment_number("SEED", 1),
                      .runs = (uint64_t)environment_number("RUNS", 1e15),
                      .jobs = (int)environment_number("JOBS", 1),
                      .trace = environment_number("TRACE", 0) > 0,
                      .twice = environment_number("TWICE", 0) > 0};
  plan.until = begin + environment_number("SECONDS", getenv("RUNS") != NULL ? 1e9 : 60);
  if (plan.jobs < 1 || plan.jobs > JOBS_MAX)
    plan.jobs = 1;
  pid_t children[JOBS_MAX];
  struct progress *progress =
      mmap(NULL, sizeof *progress * JOBS_MAX, PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (progress == MAP_FAILED)
    return 2;
  fflush(stdout);
  for (int job = 0; job < plan.jobs; job++) {
    children[job] = fork();
    if (children[job] != 0)
      continue;
    work(&plan, job, &progress[job]);
    fflush(stdout);
    _exit(0);
  }
  bool right = await_all(&plan, children, progress);
  summarise(&plan, progress, environment_seconds() - begin);
  return right ? 0 : 1;
}
