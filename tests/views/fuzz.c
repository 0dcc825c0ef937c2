/* Random schemas, views and writes: after every statement every view equals its query.
 *
 *   SECONDS=n   how long (default 20)      SEED=n   the first seed (default: 1)
 *   ROUNDS=n    how many rounds at most    DEPTH=n  of queries (default 4)
 *   FAILURES=n  goes on until so many different failures have been found (default 1)
 *   OUT=folder  where minimised failures are written, besides standard output
 *   MINIMISE=n  seconds to spend on making a failure small (default 60)
 *   THEME=name  only rounds of one kind: random, matrix, plans, logic, recursion
 *   SCRIPTS=n   writes what n rounds did to OUT, for tests/views/replay.js
 *
 * With files as arguments, which such failures were written to: runs those again.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/environment.h"
#include "minimise.h"
#include "round.h"

enum { FAILURES_MAX = 200 };

static struct shared *shared;

struct options {
  double seconds;
  uint64_t seed, rounds;
  int depth, failures;
  const char *out;
  int scripts;
  enum theme theme;
  double minimise;
};

/* --- the process that runs rounds, and the one that watches --- */

/* A round that computes for two minutes never ends. */
static void limit_round(void) {
  const struct itimerval limit = {.it_value.tv_sec = 120};
  setitimer(ITIMER_PROF, &limit, NULL);
}

/* Runs rounds from shared->seed + 1 on until time is over or something fails. */
static void work(const struct options *options, double until) {
  pid_t child = fork();
  if (child == 0) {
    while (environment_seconds() < until && shared->rounds < options->rounds) {
      limit_round();
      if (!round_run(shared, shared->seed + 1, options->theme, options->depth))
        break;
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    shared->rounds++;
    shared->failure = (struct failure){
        .kind = FAILURE_CRASH, .at = shared->script.count - 1, .signature = "crash"};
    snprintf(shared->failure.detail, sizeof shared->failure.detail,
             "# the process ended with status %d\n", status);
  }
}

static void report(double seconds, int failures) {
  printf("%llu rounds, up to SEED=%llu: %llu statements (%llu of them failed, as they "
         "should; in %llu the power went), %llu views (%llu given up as too heavy, "
         "%llu refused)\n",
         (unsigned long long)shared->rounds, (unsigned long long)shared->seed,
         (unsigned long long)shared->statements,
         (unsigned long long)shared->failed_statements, (unsigned long long)shared->cut,
         (unsigned long long)shared->views, (unsigned long long)shared->heavy,
         (unsigned long long)shared->refused);
  printf("views with each construct:");
  for (int i = 0; i < CONSTRUCT_COUNT; i++)
    printf("%s %s %llu", i ? "," : "", construct_name((enum construct)i),
           (unsigned long long)shared->coverage[i]);
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < MATRIX_KINDS; i++)
    least = shared->matrix[i] < least ? shared->matrix[i] : least;
  printf(
      "\nmatrix: %d shapes, %d kinds of statements, each at least %llu times; checks "
      "of random views %llu, of the matrix %llu, of sqllogictest's forms %llu, of "
      "recursion %llu; statements of maintenance "
      "whose plan was read %llu",
      MATRIX_SHAPES, MATRIX_KINDS, (unsigned long long)least,
      (unsigned long long)shared->themes[THEME_RANDOM],
      (unsigned long long)shared->themes[THEME_MATRIX],
      (unsigned long long)shared->themes[THEME_LOGIC],
      (unsigned long long)shared->themes[THEME_RECURSION],
      (unsigned long long)shared->plans);
  printf("\n%llu checks of a view after a statement, %.0f per second; %d failures\n",
         (unsigned long long)shared->checks, (double)shared->checks / seconds,
         failures);
}

static void save(const struct options *options, const struct script *script,
                 const struct failure *failure, int number) {
  char name[300];
  if (failure->kind != FAILURE_NONE) {
    printf("\nSEED=%llu\n", (unsigned long long)shared->seed);
    script_print(script, failure, stdout);
    fflush(stdout);
  }
  if (!options->out)
    return;
  snprintf(name, sizeof name, "%s/seed-%llu-%d.test", options->out,
           (unsigned long long)shared->seed, number);
  FILE *file = fopen(name, "w");
  if (!file) {
    fprintf(stderr, "cannot write %s\n", name);
    return;
  }
  fprintf(file, "# SEED=%llu\n", (unsigned long long)shared->seed);
  script_print(script, failure, file);
  fclose(file);
}

static const char *const themes[THEME_COUNT] = {"random", "matrix", "plans", "logic",
                                                "recursion"};

static enum theme theme_named(const char *name) {
  int theme = 0;
  while (theme < THEME_COUNT && (!name || strcmp(name, themes[theme]) != 0))
    theme++;
  return (enum theme)theme;
}

/* Rounds without failures, as scripts. */
static int write_scripts(const struct options *options) {
  shared->portable = true;
  for (int i = 0; i < options->scripts; i++) {
    shared->failure = (struct failure){0};
    if (round_run(shared, options->seed + (uint64_t)i, options->theme, options->depth))
      save(options, &shared->script, &shared->failure, 0);
  }
  printf("%llu scripts written\n", (unsigned long long)shared->rounds);
  return shared->rounds < (uint64_t)options->scripts;
}

/* Runs scripts again, each in this process. */
static int replay(char **files) {
  struct failure failure;
  int failures = 0;
  for (; *files; files++) {
    if (!script_read(&shared->script, *files)) {
      fprintf(stderr, "cannot read %s\n", *files);
      return 2;
    }
    bool failed = script_run(&shared->script, NULL, &failure);
    printf("%s  %s: %d statements\n", failed ? "FAILED" : "ok    ", *files,
           shared->script.count);
    if (failed)
      script_print(&shared->script, &failure, stdout);
    failures += failed;
  }
  return failures > 0;
}

int main(int count, char **arguments) {
  static char known[FAILURES_MAX][sizeof shared->failure.signature];
  const char *seed = getenv("SEED");
  struct options options = {.seconds = environment_number("SECONDS", 20),
                            .seed = seed && *seed ? strtoull(seed, NULL, 10) : 1,
                            .rounds = (uint64_t)environment_number("ROUNDS", 1e18),
                            .depth = (int)environment_number("DEPTH", 4),
                            .failures = (int)environment_number("FAILURES", 1),
                            .out = getenv("OUT"),
                            .minimise = environment_number("MINIMISE", 60),
                            .theme = theme_named(getenv("THEME")),
                            .scripts = (int)environment_number("SCRIPTS", 0)};
  int failures = 0, repeated = 0;
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return 2;
  if (count > 1)
    return replay(arguments + 1);
  if (options.scripts > 0)
    return write_scripts(&options);
  shared->seed = options.seed - 1;
  double until = environment_seconds() + options.seconds, spent = 0;
  while (environment_seconds() < until && shared->rounds < options.rounds &&
         failures < options.failures && failures < FAILURES_MAX) {
    double start = environment_seconds();
    shared->failure = (struct failure){0};
    work(&options, until);
    spent += environment_seconds() - start;
    if (shared->failure.kind == FAILURE_NONE)
      continue;
    bool seen = false;
    for (int i = 0; i < failures; i++)
      seen |= strcmp(known[i], shared->failure.signature) == 0;
    if (seen && ++repeated > 0 && strcmp(shared->failure.signature, "1  ") != 0)
      continue;
    strcpy(known[failures], shared->failure.signature);
    struct failure failure = shared->failure;
    struct script *smallest = minimise(
        &shared->script, &failure, failure.kind == FAILURE_PLAN ? 0 : options.minimise);
    save(&options, smallest, &failure, ++failures);
    free(smallest);
  }
  report(spent, failures);
  if (repeated)
    printf("%d rounds failed in a way already shown\n", repeated);
  return failures > 0;
}
