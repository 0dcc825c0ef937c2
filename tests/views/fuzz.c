/* Random schemas, views and writes: after every statement every view equals its query.
 *
 *   SECONDS=n   how long (default 20)      SEED=n   the first seed (default: 1)
 *   ROUNDS=n    how many rounds at most    DEPTH=n  of queries (default 4)
 *   FAILURES=n  goes on until so many different failures have been found (default 1)
 *   OUT=folder  where minimised failures are written, besides standard output
 *
 *   SCRIPTS=n   writes what n rounds did to OUT, for tests/views/replay.js
 *
 * With files as arguments, which such failures were written to: runs those again.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "generator.h"
#include "minimise.h"
#include "script.h"
#include "session.h"

enum { STATEMENTS = 80, VIEWS_MAX = 8, FAILURES_MAX = 200, VIEW_STEPS_MAX = 200000 };

/* What the process that runs the rounds tells the one that watches it. */
struct shared {
  uint64_t seed, rounds, statements, failed_statements, checks, views, refused, heavy;
  uint64_t coverage[CONSTRUCT_COUNT];
  struct failure failure;
  struct script script;
};

static struct shared *shared;

struct options {
  double seconds;
  uint64_t seed, rounds;
  int depth, failures;
  const char *out;
  int scripts;
};

struct round {
  struct generator generator;
  struct session session;
  bool piling; /* views are not read before the transaction ends */
  int depth;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- one round --- */

/* Drops from the generator's list what is not there any more. */
static void sync_relations(struct round *round) {
  struct generator *generator = &round->generator;
  int kept = generator->table_count;
  for (int i = generator->table_count; i < generator->relation_count; i++) {
    bool there = false;
    for (int j = 0; j < round->session.view_count; j++)
      there |= strcmp(round->session.views[j].name, generator->relations[i].name) == 0;
    if (there)
      generator->relations[kept++] = generator->relations[i];
  }
  generator->relation_count = kept;
}

/* A view that takes long to compute would only hold up the others. */
static bool run_within_limits(struct session *session, const char *sql) {
  bool view = strncmp(sql, "CREATE REALTIME", 15) == 0;
  session_limit(session, view ? VIEW_STEPS_MAX : 0);
  bool done = session_run(session, sql);
  session_limit(session, 0);
  return done;
}

/* Runs a statement, and checks the views unless changes are to pile up. False: a failure was found. */
static bool run(struct round *round, const char *sql) {
  struct session *session = &round->session;
  struct failure *failure = &shared->failure;
  bool check = !(session_in_transaction(session) && round->piling) ||
               strcmp(sql, "COMMIT") == 0 || strcmp(sql, "ROLLBACK") == 0;
  script_add(&shared->script, sql, check);
  int at = shared->script.count - 1;
  bool done = sql[0] == '@' ? session_reopen(session, strcmp(sql, "@kill") == 0)
                            : run_within_limits(session, sql);
  memcpy(shared->script.entries[at].code, session->code, 6);
  shared->statements++;
  sync_relations(round);
  if (!done) {
    shared->failed_statements++;
    judge_error(session, sql, at, failure);
    if (failure->kind != FAILURE_NONE)
      return false;
  }
  generator_clear(&round->generator);
  return !check || check_views(session, at, failure);
}

static bool make_view(struct round *round) {
  struct generator *generator = &round->generator;
  const char *sql = generate_view(generator, 1 + below(generator, round->depth));
  bool used[CONSTRUCT_COUNT];
  memcpy(used, generator->used, sizeof used);
  bool good = run(round, sql);
  if (strcmp(round->session.code, "57014") == 0) {
    shared->heavy++;
    return good;
  }
  if (strcmp(round->session.code, "00000") == 0) {
    shared->views++;
    for (int i = 0; i < CONSTRUCT_COUNT; i++)
      shared->coverage[i] += used[i];
  } else {
    shared->refused++;
  }
  return good;
}

static bool drop_view(struct round *round) {
  struct generator *generator = &round->generator;
  int views = generator->relation_count - generator->table_count;
  if (views == 0)
    return true;
  int index = generator->table_count + below(generator, views);
  return run(round,
             say(generator, "DROP REALTIME VIEW %s%s", generator->relations[index].name,
                 chance(generator, 30) ? " CASCADE" : ""));
}

static bool next_statement(struct round *round) {
  struct generator *generator = &round->generator;
  bool open = session_in_transaction(&round->session);
  int choice = below(generator, 100);
  bool room = generator->relation_count - generator->table_count < VIEWS_MAX;
  if (choice < (open ? 1 : 6) && room)
    return make_view(round);
  if (choice < (open ? 2 : 9))
    return drop_view(round);
  if (choice < 11)
    return run(round, chance(generator, 50) ? "@kill" : "@reopen");
  if (choice < (open ? 38 : 18)) {
    if (!open)
      round->piling = chance(generator, 50);
    return run(round, generate_control(generator, open));
  }
  return run(round, generate_write(generator));
}

static bool begin_round(struct round *round) {
  struct generator *generator = &round->generator;
  int tables = 2 + below(generator, 3);
  for (int i = 0; i < tables; i++)
    if (!run(round, generate_table(generator)))
      return false;
  for (int i = 0; i < 2; i++) {
    const char *sql = chance(generator, 50) ? generate_index(generator) : NULL;
    if (sql && !run(round, sql))
      return false;
  }
  for (int i = 0; i < 3 * tables; i++)
    if (!run(round, generate_insert(generator, &generator->relations[i % tables],
                                    1 + below(generator, 3))))
      return false;
  int views = 3 + below(generator, 4);
  for (int i = 0; i < views; i++)
    if (!make_view(round))
      return false;
  return true;
}

/* False: a failure was found, see shared->failure. */
static bool run_round(uint64_t seed, int depth) {
  static struct round round;
  round = (struct round){.depth = depth};
  script_clear(&shared->script);
  shared->seed = seed;
  generator_init(&round.generator, seed);
  if (!session_open(&round.session)) {
    shared->failure = (struct failure){.kind = FAILURE_CRASH};
    return false;
  }
  bool good = begin_round(&round);
  for (int i = 0; good && i < STATEMENTS; i++)
    good = next_statement(&round);
  shared->checks += round.session.checks;
  shared->rounds++;
  session_close(&round.session);
  generator_deinit(&round.generator);
  return good;
}

/* --- the process that runs rounds, and the one that watches --- */

/* Runs rounds from shared->seed + 1 on until time is over or something fails. */
static void work(const struct options *options, double until) {
  pid_t child = fork();
  if (child == 0) {
    while (now() < until && shared->rounds < options->rounds) {
      alarm(120);
      if (!run_round(shared->seed + 1, options->depth))
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
         "should), %llu views (%llu given up as too heavy, %llu refused)\n",
         (unsigned long long)shared->rounds, (unsigned long long)shared->seed,
         (unsigned long long)shared->statements,
         (unsigned long long)shared->failed_statements,
         (unsigned long long)shared->views, (unsigned long long)shared->heavy,
         (unsigned long long)shared->refused);
  printf("views with each construct:");
  for (int i = 0; i < CONSTRUCT_COUNT; i++)
    printf("%s %s %llu", i ? "," : "", construct_name((enum construct)i),
           (unsigned long long)shared->coverage[i]);
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

static double number(const char *name, double otherwise) {
  const char *text = getenv(name);
  return text && *text ? strtod(text, NULL) : otherwise;
}

/* Rounds without failures, as scripts. */
static int write_scripts(const struct options *options) {
  for (int i = 0; i < options->scripts; i++) {
    shared->failure = (struct failure){0};
    if (run_round(options->seed + (uint64_t)i, options->depth))
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
  struct options options = {.seconds = number("SECONDS", 20),
                            .seed = seed && *seed ? strtoull(seed, NULL, 10) : 1,
                            .rounds = (uint64_t)number("ROUNDS", 1e18),
                            .depth = (int)number("DEPTH", 4),
                            .failures = (int)number("FAILURES", 1),
                            .out = getenv("OUT"),
                            .scripts = (int)number("SCRIPTS", 0)};
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
  double until = now() + options.seconds, spent = 0;
  while (now() < until && shared->rounds < options.rounds &&
         failures < options.failures && failures < FAILURES_MAX) {
    double start = now();
    shared->failure = (struct failure){0};
    work(&options, until);
    spent += now() - start;
    if (shared->failure.kind == FAILURE_NONE)
      continue;
    bool seen = false;
    for (int i = 0; i < failures; i++)
      seen |= strcmp(known[i], shared->failure.signature) == 0;
    if (seen && ++repeated > 0 && strcmp(shared->failure.signature, "1  ") != 0)
      continue;
    strcpy(known[failures], shared->failure.signature);
    struct failure failure = shared->failure;
    struct script *smallest = minimise(&shared->script, &failure, 60);
    save(&options, smallest, &failure, ++failures);
    free(smallest);
  }
  report(spent, failures);
  if (repeated)
    printf("%d rounds failed in a way already shown\n", repeated);
  return failures > 0;
}
