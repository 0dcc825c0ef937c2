/* Gives the engine sentences of its grammar and statements of the tests that were changed: whatever they are, an answer
 * or an error.
 *
 *   SECONDS=n   how long (default 20)      SEED=n   the first seed (default 1)
 *   ROUNDS=n    how many rounds at most    FAILURES=n  goes on until so many have been found (default 1)
 *   SMALLER=n   seconds to spend on making a sentence small that failed (default 20)
 *   OUT=folder  writes what libFuzzer begins with into it instead
 *
 * With a text as argument: checks that text, with the tables of a round of sentences. MYSQL=1: in MySQL's dialect.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "export.h"
#include "lib/environment.h"
#include "mutate.h"
#include "subject.h"

enum { SECONDS_OF_A_TEXT = 20, SENTENCES = 300, MUTANTS = 4, TEXT_MAX = 20000 };

/* What outlives the process that runs rounds. */
static struct shared {
  uint64_t seed, rounds;
  long texts, tried, succeeded;
  bool failed;
  char text[TEXT_MAX], reason[1200], where[300];
} * shared;

static struct grammar *grammar;
static struct seeds *seeds;

/* --- one text --- */

static void limit_text(void) {
  const struct itimerval limit = {.it_value.tv_sec = SECONDS_OF_A_TEXT};
  setitimer(ITIMER_PROF, &limit, NULL);
}

static bool check(struct subject *subject, const char *text) {
  snprintf(shared->text, sizeof shared->text, "%s", text);
  limit_text();
  shared->texts++;
  return subject_check(subject, text, strlen(text));
}

/* Does the text fail by itself, with the tables of a round of sentences? */
static bool fails_alone(const char *text, enum sql_dialect dialect, char *reason,
                        size_t size) {
  struct subject subject;
  subject_open(&subject, dialect);
  subject_define(&subject);
  bool well = subject.reason[0] || subject_check(&subject, text, strlen(text));
  snprintf(reason, size, "%s", subject.reason);
  subject_close(&subject);
  return !well;
}

/* Leaves out tokens, ever fewer at once, while what is left still fails. */
static void make_smaller(char *text, enum sql_dialect dialect, double until) {
  static uint32_t starts[2001];
  char candidate[TEXT_MAX], reason[sizeof shared->reason];
  int count = split_tokens(text, dialect, starts, 2000);
  for (int size = count / 2; size > 0 && environment_seconds() < until;) {
    bool smaller = false;
    count = split_tokens(text, dialect, starts, 2000);
    for (int at = 0; at + size <= count && environment_seconds() < until; at++) {
      snprintf(candidate, sizeof candidate, "%.*s%s", (int)starts[at], text,
               text + starts[at + size]);
      limit_text();
      if (!fails_alone(candidate, dialect, reason, sizeof reason))
        continue;
      snprintf(text, TEXT_MAX, "%s", candidate);
      snprintf(shared->reason, sizeof shared->reason, "%s", reason);
      smaller = true;
      break;
    }
    size = smaller ? size : size / 2;
  }
}

/* --- rounds --- */

/* Sentences of the grammar, in a database with something of everything. */
static void round_of_sentences(struct subject *subject, struct random *random) {
  static const char *const starts[] = {"statement", "query", "expr", "expr"};
  struct buffer text;
  snprintf(shared->where, sizeof shared->where, "a sentence");
  buffer_init(&text, memory_default());
  subject_define(subject);
  for (int i = 0; i < SENTENCES && !subject->reason[0]; i++) {
    const char *start = starts[below(random, sizeof starts / sizeof *starts)];
    bool expression = strcmp(start, "expr") == 0;
    int depth = 3 + (int)below(random, 20), tokens = 2 + (int)below(random, 40);
    buffer_clear(&text);
    buffer_text(&text, expression ? "SELECT " : "");
    grammar_write(grammar, start, random, depth, tokens, &text);
    buffer_text(&text, expression ? "FROM t" : "");
    check(subject, buffer_string(&text));
  }
  buffer_deinit(&text);
}

static const char *any_statement(struct random *random) {
  const struct script *script;
  do
    script = &seeds->scripts[below(random, (uint64_t)seeds->count)];
  while (script->count == 0);
  return script->statements[below(random, (uint64_t)script->count)];
}

/* A script is run; before each of its statements, changed ones are run and undone. */
static void round_of_mutants(struct subject *subject, const struct script *script,
                             struct random *random) {
  struct buffer text;
  buffer_init(&text, memory_default());
  for (int i = 0; i < script->count && !subject->reason[0]; i++) {
    snprintf(shared->where, sizeof shared->where, "statement %d of %s, changed", i + 1,
             script->path);
    for (int j = 0; j < MUTANTS && !subject->reason[0]; j++) {
      const char *other =
          below(random, 2) > 0
              ? any_statement(random)
              : script->statements[below(random, (uint64_t)script->count)];
      buffer_clear(&text);
      mutate(grammar, random, subject->dialect, script->statements[i], other, &text);
      check(subject, buffer_string(&text));
    }
    limit_text();
    subject_run(subject, script->statements[i]);
  }
  buffer_deinit(&text);
}

static void round_run(uint64_t seed) {
  struct random random;
  struct subject subject;
  uint8_t bytes[32] = {7};
  shared->seed = seed;
  memcpy(bytes + 8, &seed, sizeof seed);
  random_seed(&random, bytes);
  bool sentences = seed % 3 == 0;
  const struct script *script = &seeds->scripts[below(&random, (uint64_t)seeds->count)];
  bool mysql = sentences ? below(&random, 4) == 0 : script->mysql;
  subject_open(&subject, mysql ? SQL_DIALECT_MYSQL : SQL_DIALECT_POSTGRES);
  if (sentences)
    round_of_sentences(&subject, &random);
  else
    round_of_mutants(&subject, script, &random);
  subject_close(&subject);
  shared->rounds++;
  shared->tried += subject.tried;
  shared->succeeded += subject.succeeded;
  shared->failed = subject.reason[0] != '\0';
  snprintf(shared->reason, sizeof shared->reason, "%s", subject.reason);
  if (shared->failed && sentences)
    make_smaller(shared->text, subject.dialect,
                 environment_seconds() + environment_number("SMALLER", 20));
}

/* --- the process that runs rounds, and the one that watches --- */

static void work(double until, uint64_t rounds) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    while (environment_seconds() < until && shared->rounds < rounds && !shared->failed)
      round_run(shared->seed + 1);
    fflush(NULL);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return;
  bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF;
  shared->rounds++;
  shared->failed = true;
  snprintf(shared->reason, sizeof shared->reason, "%s (status %d)",
           hung ? "it hangs" : "it crashes", status);
}

static int check_given(const char *text) {
  struct subject subject;
  subject_open(&subject, environment_number("MYSQL", 0) > 0 ? SQL_DIALECT_MYSQL
                                                            : SQL_DIALECT_POSTGRES);
  subject_define(&subject);
  check(&subject, text);
  if (!subject.reason[0])
    printf("%s\n", tide_error(subject.engine));
  subject_close(&subject);
  printf("%s\n", subject.reason[0] ? subject.reason : "nothing is wrong");
  return subject.reason[0] != '\0';
}

static int fuzz(void) {
  double begin = environment_seconds(),
         until = begin + environment_number("SECONDS", 20);
  uint64_t rounds = (uint64_t)environment_number("ROUNDS", 1e18);
  int failures = 0, most = (int)environment_number("FAILURES", 1);
  shared->seed = (uint64_t)environment_number("SEED", 1) - 1;
  while (environment_seconds() < until && shared->rounds < rounds && failures < most) {
    work(until, rounds);
    if (!shared->failed)
      continue;
    failures++;
    printf("SEED=%llu: %s\n  %s\n  %s\n", (unsigned long long)shared->seed,
           shared->where, shared->text, shared->reason);
    shared->failed = false;
  }
  printf("%llu rounds in %.0f seconds, up to SEED=%llu: %ld texts, of which %ld could "
         "be read and %ld run; %d failures\n",
         (unsigned long long)shared->rounds, environment_seconds() - begin,
         (unsigned long long)shared->seed, shared->texts, shared->tried,
         shared->succeeded, failures);
  return failures > 0;
}

int main(int count, char **arguments) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return 2;
  grammar = grammar_read();
  seeds = seeds_read();
  const char *folder = getenv("OUT");
  int result = count > 1 ? check_given(arguments[1])
               : folder  ? !export_seeds(grammar, seeds, folder)
                         : fuzz();
  grammar_free(grammar);
  seeds_free(seeds);
  return result;
}
