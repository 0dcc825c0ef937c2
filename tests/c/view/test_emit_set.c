/* Tests of view/emit_set.c: set operations by counters per branch. */
#include "view_test.h"

#include "base/random.h"
#include "lib/local_story.h"

#define MAINTENANCE "maintenance: incremental set operation\n"

static void create(const char *name, const char *query, const char *says) {
  char sql[4096];
  snprintf(sql, sizeof sql, "CREATE REALTIME VIEW %s AS %s", name, query);
  run(sql);
  expect_explained(name, says);
}

static void create_tables(void) {
  run("CREATE TABLE a (id integer PRIMARY KEY, x integer, s text, n numeric)");
  run("CREATE TABLE b (id integer PRIMARY KEY, x integer, s text, n numeric)");
  run("CREATE TABLE c (x integer, s text, d double precision)");
}

/* --- one operation each --- */

/* UNION shows a row as long as any branch has it. */
static void test_union(void **state) {
  (void)state;
  create_tables();
  create("v", "SELECT x FROM a UNION SELECT x FROM b WHERE x > 0", MAINTENANCE);
  expect_explained("v", "row identity: x\n");
  expect_explained("v", "(c1, n1, n2)\n");
  run("INSERT INTO a (id, x) VALUES (1, 1), (2, 1), (3, NULL), (4, -1)");
  run("INSERT INTO b (id, x) VALUES (1, 1), (2, NULL), (3, -1)");
  expect_rows("SELECT x FROM v ORDER BY x", "-1\n1\n\\N\n");
  run("DELETE FROM a WHERE id IN (1, 3)");
  expect_rows("SELECT x FROM v ORDER BY x", "-1\n1\n");
  run("DELETE FROM a WHERE id = 2");
  expect_rows("SELECT x FROM v ORDER BY x", "-1\n1\n");
  run("UPDATE b SET x = x + 1");
  expect_rows("SELECT x FROM v ORDER BY x", "-1\n2\n");
}

/* UNION ALL is the sum of its branches, remembers nothing, and takes any type. */
static void test_union_all(void **state) {
  (void)state;
  create_tables();
  create("v",
         "SELECT n, id + 1 FROM a UNION ALL SELECT n, x FROM b UNION ALL VALUES "
         "(1.0, 2)",
         MAINTENANCE);
  expect_explained("v", "row identity: all columns; rows may repeat\n");
  run("INSERT INTO a (id, n) VALUES (1, 1.0), (2, 1.00)");
  run("INSERT INTO b (id, x, n) VALUES (1, 2, 1.0), (2, 2, 1.00)");
  expect_rows("SELECT n, count(*) FROM v GROUP BY n::text, n ORDER BY n::text",
              "1.0|3\n1.00|2\n");
  run("DELETE FROM a WHERE id = 1");
  run("UPDATE b SET n = 1.000");
  expect_rows("SELECT count(*) FROM v", "4\n");
}

/* EXCEPT and INTERSECT keep the key of the branch that their rows come from. */
static void test_keys(void **state) {
  (void)state;
  create_tables();
  create("e", "SELECT id, x FROM a EXCEPT SELECT id, x FROM b", MAINTENANCE);
  create("i", "SELECT x, s FROM c INTERSECT ALL SELECT id, s FROM b", MAINTENANCE);
  create("u", "SELECT id, x FROM a UNION ALL SELECT id, x FROM b", MAINTENANCE);
  expect_explained("e", "row identity: id\n");
  expect_explained("i", "row identity: x\n");
  expect_explained("u", "row identity: all columns; rows may repeat\n");
  run("INSERT INTO a (id, x) VALUES (1, 10), (2, 20), (3, NULL)");
  run("INSERT INTO b (id, x, s) VALUES (1, 10, 'p'), (3, NULL, NULL), (4, 4, 'q')");
  run("INSERT INTO c (x, s) VALUES (1, 'p'), (1, 'p'), (3, NULL), (4, 'r')");
  expect_rows("SELECT * FROM e", "2|20\n");
  expect_rows("SELECT * FROM i ORDER BY x", "1|p\n3|\\N\n");
  run("UPDATE a SET x = 21 WHERE id = 2");
  run("UPDATE b SET x = 11, s = 'pp' WHERE id = 1");
  expect_rows("SELECT * FROM e ORDER BY id", "1|10\n2|21\n");
  expect_rows("SELECT * FROM i", "3|\\N\n");
}

/* ALL counts: the smaller number, or what is left. */
static void test_all(void **state) {
  (void)state;
  create_tables();
  create("i", "SELECT x FROM a INTERSECT ALL SELECT x FROM c", MAINTENANCE);
  create("e", "SELECT x FROM a EXCEPT ALL SELECT x FROM c", MAINTENANCE);
  run("INSERT INTO a (id, x) VALUES (1, 1), (2, 1), (3, 1), (4, NULL)");
  run("INSERT INTO c (x) VALUES (1), (NULL), (NULL)");
  expect_rows("SELECT * FROM i ORDER BY x", "1\n\\N\n");
  expect_rows("SELECT * FROM e", "1\n1\n");
  run("INSERT INTO c (x) VALUES (1), (1), (1)");
  expect_rows("SELECT * FROM i ORDER BY x", "1\n1\n1\n\\N\n");
  expect_rows("SELECT count(*) FROM e", "0\n");
  run("DELETE FROM c");
  expect_rows("SELECT count(*) FROM i", "0\n");
  expect_rows("SELECT * FROM e ORDER BY x", "1\n1\n1\n\\N\n");
}

/* What it leaves to others. */
static void test_refusals(void **state) {
  (void)state;
  create_tables();
  create(
      "n", "SELECT n FROM a UNION SELECT n FROM b",
      "not incremental set operation: it compares values of a type that spells equal "
      "ones differently\n");
  run("INSERT INTO a (id, n) VALUES (1, 1.0), (2, 1.00)");
  run("INSERT INTO b (id, n) VALUES (1, 1.000)");
  run("DELETE FROM a WHERE id = 1");
}

/* Constant branches count as often as they say. */
static void test_constants(void **state) {
  (void)state;
  create_tables();
  create("v", "VALUES (1), (1), (2) EXCEPT ALL SELECT x FROM a", MAINTENANCE);
  create("w", "SELECT 1 AS x, 'z' AS s UNION SELECT x, s FROM c", MAINTENANCE);
  expect_rows("SELECT * FROM v ORDER BY 1", "1\n1\n2\n");
  run("INSERT INTO a (id, x) VALUES (1, 1), (2, 2), (3, 3)");
  run("INSERT INTO c VALUES (1, 'z'), (1, 'y')");
  expect_rows("SELECT * FROM v", "1\n");
  run("DELETE FROM c");
  expect_rows("SELECT * FROM w", "1|z\n");
}

/* --- anything --- */

struct maker {
  struct random random;
  char sql[2048];
};

static int below(struct maker *maker, int limit) {
  return (int)(random_next(&maker->random) % (uint64_t)limit);
}

static void append(struct maker *maker, const char *text) {
  size_t length = strlen(maker->sql);
  snprintf(maker->sql + length, sizeof maker->sql - length, "%s", text);
}

static void put_query(struct maker *maker, int depth) {
  static const char *const leaves[] = {
      "SELECT x, s, 1.5::double precision AS d FROM a",
      "SELECT id, s, 2::double precision AS d FROM b WHERE x > 1",
      "SELECT x, s, d FROM c",
      "SELECT x + 1 AS x, s || 'a' AS s, -d AS d FROM c WHERE d IS NOT NULL",
      "SELECT x, 'a' AS s, 0::double precision AS d FROM b",
      "VALUES (1, 'a', 1.5::double precision), (2, NULL, 0)",
      "SELECT id, s, x::double precision AS d FROM a WHERE s = 'a' OR x IS NULL"};
  static const char *const operations[] = {" UNION ",     " UNION ALL ",
                                           " INTERSECT ", " INTERSECT ALL ",
                                           " EXCEPT ",    " EXCEPT ALL "};
  if (depth == 0 || below(maker, 4) == 0) {
    append(maker, leaves[below(maker, COUNT(leaves))]);
    return;
  }
  append(maker, "(");
  put_query(maker, depth - 1);
  append(maker, ")");
  append(maker, operations[below(maker, COUNT(operations))]);
  append(maker, "(");
  put_query(maker, depth - 1);
  append(maker, ")");
}

static const char *random_write(struct maker *maker) {
  static const char *const writes[] = {
      "INSERT INTO a SELECT coalesce(max(id), 0) + 1, %d, 'a', 1 FROM a",
      "INSERT INTO a SELECT coalesce(max(id), 0) + 1, NULL, NULL, 1 FROM a HAVING %d > "
      "0",
      "INSERT INTO b SELECT coalesce(max(id), 0) + 1, %d, 'aa', 1 FROM b",
      "INSERT INTO c VALUES (%d, 'a', 1.5), (2, 'a', -0.0), (2, NULL, 0)",
      "INSERT INTO c VALUES (NULL, NULL, NULL), (%d, 'a', 2), (1, 'a', 1.5)",
      "UPDATE a SET x = %d WHERE id %% 2 = 0",
      "UPDATE b SET s = CASE WHEN s = 'a' THEN 'b' ELSE 'a' END WHERE x <> %d",
      "UPDATE c SET x = x + 1, d = -d WHERE x = %d",
      "DELETE FROM a WHERE id %% 3 = %d",
      "DELETE FROM b WHERE x = %d OR x IS NULL",
      "DELETE FROM c WHERE x = %d",
      "BEGIN; UPDATE a SET x = %d; UPDATE b SET x = x - 1; DELETE FROM c WHERE x = 2; "
      "COMMIT"};
  snprintf(maker->sql, sizeof maker->sql, writes[below(maker, COUNT(writes))],
           below(maker, 4));
  return maker->sql;
}

/* Runs statements separated by "; ". */
static void run_each(char *sql) {
  for (char *next; sql; sql = next) {
    next = strstr(sql, "; ");
    if (next) {
      *next = 0;
      next += 2;
    }
    run(sql);
  }
}

/* Any nesting of any operations is counted right, whatever changes. */
static void test_random(void **state) {
  (void)state;
  for (int seed = 1; seed <= 12; seed++) {
    struct maker maker;
    uint8_t bytes[32] = {(uint8_t)seed};
    random_seed(&maker.random, bytes);
    create_tables();
    for (int i = 0; i < 5; i++) {
      char name[16];
      do {
        maker.sql[0] = 0;
        put_query(&maker, 3);
      } while (maker.sql[0] != '(');
      snprintf(name, sizeof name, "v%d", i);
      create(name, maker.sql, MAINTENANCE);
    }
    for (int i = 0; i < 40; i++) {
      random_write(&maker);
      run_each(maker.sql);
    }
    view_test_close(state);
    view_test_open(state);
  }
}

/* --- memory --- */

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, x integer)",
      "CREATE TABLE u (x integer)",
      "INSERT INTO t VALUES (1, 1), (2, 2)",
      "CREATE REALTIME VIEW v AS SELECT x FROM t EXCEPT SELECT x FROM u UNION ALL "
      "VALUES (7)",
      "INSERT INTO u VALUES (1), (1), (3)",
      "UPDATE t SET x = 3",
      "DELETE FROM u WHERE x = 3",
  };
  struct local_story story = {statements, COUNT(statements),
                              "SELECT * FROM v ORDER BY 1", "3\n7\n"};
  some_failing_allocations(local_story_play, &story, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_union),    VIEW_TEST(test_union_all),
      VIEW_TEST(test_keys),     VIEW_TEST(test_all),
      VIEW_TEST(test_refusals), VIEW_TEST(test_constants),
      VIEW_TEST(test_random),   cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
