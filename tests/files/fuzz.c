/* Damages databases in every way that comes to mind, and uses them: no crash, no hang, XX001 or right answers.
 *
 *   SECONDS=n   how long (default 20)      SEED=n   the first seed (default 1)
 *   ROUNDS=n    how many rounds at most    KIND=n   only one kind of damage (0 bytes, 1 log, 2 pages, 3 rows)
 *   FAILURES=n  goes on until so many have been found (default 1)
 *   TALLY=1     prints which errors there were
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "corpus.h"
#include "damage.h"
#include "lib/environment.h"
#include "scenario.h"

enum { STATES_MAX = 16, SECONDS_OF_A_ROUND = 60 };

/* What outlives the process that runs rounds. */
static struct shared {
  uint64_t seed, rounds, kinds[DAMAGE_COUNT];
  char about[4000];
  struct verdict verdict;
} * shared;

static struct crash_disk *closed, *left;
static struct reads states[STATES_MAX];
static int state_count;

static void note_state(struct session *session) {
  scenario_read(session, &states[state_count++]);
}

/* --- one round --- */

static void damage(struct crash_disk *disk, enum damage kind, struct random *random) {
  char *about = shared->about;
  size_t size = sizeof shared->about;
  switch (kind) {
  case DAMAGE_BYTES: damage_bytes(disk, random, about, size); break;
  case DAMAGE_LOG: damage_log(disk, random, about, size); break;
  case DAMAGE_PAGES: damage_pages(disk, random, about, size); break;
  default: damage_rows(disk, random, about, size); break;
  }
}

/* In a file, or in pages of the host. */
static void use(struct crash_disk *disk, enum damage kind, struct random *random) {
  struct session session = {.disk = disk};
  struct buffer pages;
  bool all = kind == DAMAGE_LOG; /* an older state may be what is left */
  /* a page of zeros may be a right one */
  bool zeros = kind == DAMAGE_BYTES && strstr(shared->about, "zeros");
  bool known = all || (kind == DAMAGE_BYTES && !zeros);
  size_t size;
  buffer_init(&pages, memory_default());
  if (kind != DAMAGE_LOG && random_below(random, 3) == 0) {
    unsigned char *bytes = crash_disk_content(disk, FILE_NAME, &size);
    buffer_append(&pages, bytes, size);
    session = (struct session){.pages = &pages};
  }
  scenario_run(&session, random_below(random, 2) == 0,
               known ? states + (all ? 0 : state_count - 1) : NULL,
               all ? state_count : 1, &shared->verdict);
  buffer_deinit(&pages);
}

static void round_run(uint64_t seed, int only) {
  struct random random;
  uint8_t bytes[32] = {7};
  shared->seed = seed;
  shared->about[0] = 0;
  memcpy(bytes + 8, &seed, sizeof seed);
  random_seed(&random, bytes);
  static const enum damage kinds[] = {DAMAGE_BYTES, DAMAGE_LOG,  DAMAGE_PAGES,
                                      DAMAGE_PAGES, DAMAGE_ROWS, DAMAGE_ROWS,
                                      DAMAGE_ROWS,  DAMAGE_ROWS};
  enum damage kind = only < 0 ? kinds[random_below(&random, 8)] : (enum damage)only;
  struct crash_disk *disk = kind == DAMAGE_LOG || random_below(&random, 4) == 0
                                ? crash_disk_copy(left, 1)
                                : crash_disk_copy(closed, 1);
  damage(disk, kind, &random);
  use(disk, kind, &random);
  crash_disk_free(disk);
  shared->rounds++;
  shared->kinds[kind]++;
}

/* --- the process that runs rounds, and the one that watches --- */

static void work(double until, uint64_t rounds, int only) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    while (environment_seconds() < until && shared->rounds < rounds &&
           !shared->verdict.failed) {
      const struct itimerval limit = {.it_value.tv_sec = SECONDS_OF_A_ROUND};
      setitimer(ITIMER_PROF, &limit, NULL);
      round_run(shared->seed + 1, only);
    }
    fflush(NULL);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return;
  bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF;
  shared->rounds++;
  shared->verdict.failed = true;
  snprintf(shared->verdict.reason, sizeof shared->verdict.reason,
           "%s\n  %s (status %d)", shared->verdict.step,
           hung ? "it hangs" : "it crashes", status);
}

static void report(const struct verdict *verdict, double seconds, int failures) {
  printf("%llu rounds in %.0f seconds, up to SEED=%llu: %llu of damaged bytes, %llu of "
         "logs, %llu of pages, %llu of rows; %ld steps, %ld of them failed, %ld with "
         "XX001; %d failures\n",
         (unsigned long long)shared->rounds, seconds, (unsigned long long)shared->seed,
         (unsigned long long)shared->kinds[DAMAGE_BYTES],
         (unsigned long long)shared->kinds[DAMAGE_LOG],
         (unsigned long long)shared->kinds[DAMAGE_PAGES],
         (unsigned long long)shared->kinds[DAMAGE_ROWS], verdict->steps,
         verdict->errors, verdict->corrupt, failures);
  for (int i = 0;
       environment_number("TALLY", 0) > 0 && i < 400 && verdict->tallies[i].count; i++)
    printf("%6ld %s\n", verdict->tallies[i].count, verdict->tallies[i].text);
}

int main(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return 2;
  closed = corpus_make(note_state, &left);
  /* logs that come to an end in between are those of a power cut: what was committed before is there */
  double begin = environment_seconds(),
         until = begin + environment_number("SECONDS", 20);
  uint64_t rounds = (uint64_t)environment_number("ROUNDS", 1e18);
  int failures = 0, most = (int)environment_number("FAILURES", 1);
  shared->seed = (uint64_t)environment_number("SEED", 1) - 1;
  while (environment_seconds() < until && shared->rounds < rounds && failures < most) {
    work(until, rounds, (int)environment_number("KIND", -1));
    if (!shared->verdict.failed)
      continue;
    failures++;
    printf("SEED=%llu\n  %s\n  %s\n", (unsigned long long)shared->seed, shared->about,
           shared->verdict.reason);
    shared->verdict.failed = false;
  }
  report(&shared->verdict, environment_seconds() - begin, failures);
  crash_disk_free(closed);
  crash_disk_free(left);
  return failures > 0;
}
