/* The engine played with by a scripted host: each scenario is a text of what the host does and what the engine answers. */
#include "lib/scripted_host.h"
#include "lib/test.h"

/* Runs with failing allocations per scenario; ALL_ALLOCATIONS=1 in the environment fails every single one. */
enum { RUNS = 60 };

#define FOLDER "tests/c/engine/scenarios/"

static long failing_runs(void) {
  return getenv("ALL_ALLOCATIONS") ? INT32_MAX : RUNS;
}

static void play(void **state) {
  const char *file = *state;
  scripted_expect(file);
  if (!getenv("UPDATE_GOLDEN"))
    scripted_survive(file, failing_runs());
}

#define QUEUE "SELECT id, state, last_error, base, mine, theirs, op FROM tidemark.queue"

#define DOUBTS "SELECT id, key, mine, state, transaction, in_doubt FROM tidemark.queue"

/* An answer that cannot be taken in for want of memory is taken in later: nothing of it is kept, and no write is lost. */
static void answers(void **state) {
  (void)state;
  scripted_lose_nothing(FOLDER "arrived.txt", "< APPLIED {\"id\": 5", QUEUE);
  scripted_lose_nothing(FOLDER "conflict.txt", "< APPLIED {\"id\": 4", QUEUE);
  scripted_lose_nothing(FOLDER "conflict.txt", "< APPLIED {\"id\": 5", QUEUE);
  scripted_lose_nothing(FOLDER "conflict.txt", "< CONTROL", QUEUE);
  scripted_lose_nothing(FOLDER "in_doubt.txt", "< APPLIED {\"id\": 10", DOUBTS);
  scripted_lose_nothing(FOLDER "in_doubt.txt", "< APPLIED {\"id\": 15", DOUBTS);
  scripted_lose_nothing(FOLDER "in_doubt.txt", "< CONTROL", DOUBTS);
  scripted_lose_nothing(FOLDER "retry.txt", "< FAILED", QUEUE);
  scripted_lose_nothing(FOLDER "staged_keys.txt", "< APPLIED {\"id\": 4", QUEUE);
  scripted_lose_nothing(FOLDER "together.txt", "< APPLIED {\"id\": 5", QUEUE);
  scripted_lose_nothing(FOLDER "together.txt", "< APPLIED {\"id\": 6", QUEUE);
  scripted_lose_nothing(FOLDER "unwritable.txt", "< APPLIED {\"id\": 5", QUEUE);
  scripted_lose_nothing(FOLDER "unwritable.txt",
                        "< CONTROL {\"call\": \"resolve\", \"write\": 2", QUEUE);
}

/* So are rows. */
static void changes(void **state) {
  (void)state;
  scripted_lose_nothing(FOLDER "arrived.txt", "< CHANGES",
                        "SELECT id, name, parent, __staged FROM v ORDER BY id");
  scripted_lose_nothing(FOLDER "local_first.txt", "< CHANGES",
                        "SELECT *, __staged FROM v");
}

/* A write that cannot be queued whole is not queued, and says so. */
static void writes(void **state) {
  (void)state;
  scripted_lose_nothing(FOLDER "local_first.txt", "> INSERT", QUEUE);
  scripted_lose_nothing(FOLDER "local_first.txt", "> UPDATE", QUEUE);
  scripted_lose_nothing(FOLDER "origin_first.txt", "> UPDATE", QUEUE);
  scripted_lose_nothing(FOLDER "staged_keys.txt", "> INSERT INTO v (name)", QUEUE);
}

#define SCENARIO(name)                                                                 \
  { name, play, NULL, NULL, (void *)(uintptr_t)(FOLDER name ".txt") }

int main(void) {
  /* Each file says in its first lines what it proves. */
  const struct CMUnitTest tests[] = {
      SCENARIO("realtime_view"),   SCENARIO("local_first"),
      SCENARIO("staged_keys"),     SCENARIO("origin_first"),
      SCENARIO("arrived"),         SCENARIO("retry"),
      SCENARIO("conflict"),        SCENARIO("several_views"),
      SCENARIO("order_of_rows"),   SCENARIO("materialized"),
      SCENARIO("together"),        SCENARIO("broken_snapshot"),
      SCENARIO("held_back"),       SCENARIO("in_transaction"),
      SCENARIO("stop_resume"),     SCENARIO("inherit"),
      SCENARIO("concurrent_read"), SCENARIO("values"),
      SCENARIO("pushdown"),        SCENARIO("session_zone"),
      SCENARIO("write_through"),   SCENARIO("two_origins"),
      SCENARIO("reals"),           SCENARIO("shapes"),
      SCENARIO("rename"),          SCENARIO("cut_off"),
      SCENARIO("unwritable"),      SCENARIO("refused"),
      SCENARIO("touched"),         SCENARIO("dropped"),
      SCENARIO("in_doubt"),        SCENARIO("equality"),
      SCENARIO("keyless"),         SCENARIO("numbered"),
      SCENARIO("partition"),       cmocka_unit_test(answers),
      cmocka_unit_test(changes),   cmocka_unit_test(writes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
