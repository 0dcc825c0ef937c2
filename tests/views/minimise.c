/* Makes a failing script small. */
#include "minimise.h"
#include "lib/environment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "reduce.h"

enum { REDUCED_MAX = 1 << 16 };

/* What an attempt's process tells. */
struct attempt {
  bool more, printed, failed; /* printed: the variant has been written */
  struct failure failure;
  char sql[REDUCED_MAX];
  struct script script;
};

struct minimiser {
  struct attempt *attempt; /* shared with the processes */
  struct script *best;
  struct failure failure;
  double until;
};

/* Of computing: the machine may have other things to do in between. */
static void limit_seconds(int seconds) {
  const struct itimerval limit = {.it_value.tv_sec = seconds};
  setitimer(ITIMER_PROF, &limit, NULL);
}

static bool out_of_time(const struct minimiser *minimiser) {
  return environment_seconds() > minimiser->until;
}

/* Waits for a process that was to fail as wanted. */
static bool ended_as_wanted(struct minimiser *minimiser, pid_t child) {
  struct attempt *attempt = minimiser->attempt;
  int status = 0;
  waitpid(child, &status, 0);
  bool crashed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  if (minimiser->failure.kind == FAILURE_CRASH)
    return crashed && attempt->printed;
  return !crashed && attempt->failed;
}

static void run_attempt(struct minimiser *minimiser) {
  struct attempt *attempt = minimiser->attempt;
  bool crash = minimiser->failure.kind == FAILURE_CRASH;
  /* what is said on the way there has been said before */
  if (!freopen("/dev/null", "w", stderr))
    _exit(1);
  limit_seconds(60);
  attempt->failed = script_run(&attempt->script, crash ? NULL : &minimiser->failure,
                               &attempt->failure);
}

static void keep(struct minimiser *minimiser) {
  struct attempt *attempt = minimiser->attempt;
  memcpy(minimiser->best, &attempt->script, sizeof *minimiser->best);
  if (minimiser->failure.kind != FAILURE_CRASH)
    minimiser->failure = attempt->failure;
}

/* Without the statements from `first` on: does it still fail? Then they are gone. */
static bool try_cut(struct minimiser *minimiser, int first, int count) {
  struct attempt *attempt = minimiser->attempt;
  script_cut(&attempt->script, minimiser->best, first, count);
  attempt->failed = false;
  attempt->printed = true;
  pid_t child = fork();
  if (child == 0) {
    run_attempt(minimiser);
    _exit(0);
  }
  if (!ended_as_wanted(minimiser, child))
    return false;
  keep(minimiser);
  return true;
}

static bool cut_statements(struct minimiser *minimiser) {
  bool any = false;
  for (int size = minimiser->best->count; size > 0; size /= 2)
    for (int first = minimiser->best->count - size;
         first >= 0 && !out_of_time(minimiser); first -= size)
      if (first < minimiser->best->count)
        any |= try_cut(minimiser, first, size);
  return any;
}

/* One variant of one statement. Returns false when there are no more. */
static bool try_variant(struct minimiser *minimiser, int index, int number,
                        bool *kept) {
  struct attempt *attempt = minimiser->attempt;
  attempt->more = attempt->failed = attempt->printed = false;
  pid_t child = fork();
  if (child == 0) {
    const char *sql = script_sql(minimiser->best, index);
    limit_seconds(20);
    attempt->more = true; /* should writing it crash, there may still be more */
    attempt->more = reduce(sql, number, attempt->sql, sizeof attempt->sql);
    if (!attempt->more || !attempt->sql[0] || strcmp(attempt->sql, sql) == 0)
      _exit(0);
    if (!script_replace(&attempt->script, minimiser->best, index, attempt->sql))
      _exit(0);
    attempt->printed = true;
    run_attempt(minimiser);
    _exit(0);
  }
  *kept = ended_as_wanted(minimiser, child);
  if (*kept)
    keep(minimiser);
  return attempt->more;
}

static bool simplify_statement(struct minimiser *minimiser, int index) {
  bool any = false, kept;
  if (script_sql(minimiser->best, index)[0] == '@')
    return false;
  for (int number = 0; !out_of_time(minimiser); number++) {
    if (!try_variant(minimiser, index, number, &kept))
      break;
    if (kept) {
      any = true;
      number--; /* what follows has moved up */
    }
    if (index >= minimiser->best->count)
      break;
  }
  return any;
}

/* What comes after the failure is of no use. */
static void cut_end(struct minimiser *minimiser) {
  int at = minimiser->failure.at;
  if (at + 1 < minimiser->best->count)
    try_cut(minimiser, at + 1, minimiser->best->count - at - 1);
}

struct script *minimise(const struct script *script, struct failure *failure,
                        double seconds) {
  struct minimiser minimiser = {.failure = *failure,
                                .until = environment_seconds() + seconds};
  minimiser.best = malloc(sizeof *minimiser.best);
  minimiser.attempt = mmap(NULL, sizeof *minimiser.attempt, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!minimiser.best || minimiser.attempt == MAP_FAILED)
    abort();
  memcpy(minimiser.best, script, sizeof *script);
  bool better = try_cut(&minimiser, 0, 0); /* does it fail again at all? */
  if (!better)
    fprintf(stderr, "the failure does not repeat\n");
  while (better && !out_of_time(&minimiser)) {
    cut_end(&minimiser);
    better = cut_statements(&minimiser);
    for (int i = minimiser.best->count - 1; i >= 0; i--)
      if (i < minimiser.best->count)
        better |= simplify_statement(&minimiser, i);
  }
  munmap(minimiser.attempt, sizeof *minimiser.attempt);
  *failure = minimiser.failure;
  return minimiser.best;
}
