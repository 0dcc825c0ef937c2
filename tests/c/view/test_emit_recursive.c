/* Tests of view/emit_recursive.c and the recursion_*.c: WITH RECURSIVE step by step. */
#include "view_test.h"

#include "base/random.h"
#include "lib/local_story.h"

#define RULE ": incremental recursion\n"

static void create(const char *name, const char *query, const char *says) {
  char sql[4096];
  snprintf(sql, sizeof sql, "CREATE REALTIME VIEW %s AS %s", name, query);
  run(sql);
  expect_explained(name, says);
}

static void create_tables(void) {
  run("CREATE TABLE node (id integer PRIMARY KEY, parent integer, name text)");
  run("CREATE TABLE edge (a integer, b integer, w integer)");
  run("CREATE TABLE other (a integer, b integer)");
}

#define CLOSURE                                                                        \
  "WITH RECURSIVE r(a, b) AS (SELECT a, b FROM edge UNION SELECT r.a, e.b FROM r "     \
  "JOIN edge e ON e.a = r.b) SELECT a, b FROM r"
#define TREE                                                                           \
  "WITH RECURSIVE r(id, depth, path) AS (SELECT id, 0, name FROM node WHERE parent "   \
  "IS NULL UNION ALL SELECT n.id, r.depth + 1, r.path || '/' || n.name FROM r JOIN "   \
  "node n ON n.parent = r.id) SELECT id, depth, path FROM r"

/* --- UNION --- */

/* What is connected, and no longer: also where another way remains, and in cycles, which
 * do not keep themselves. */
static void test_closure(void **state) {
  (void)state;
  create_tables();
  create("v", CLOSURE, RULE);
  expect_explained("v", "step: SELECT ");
  expect_explained("v", "other derivations: SELECT ");
  run("INSERT INTO edge (a, b) VALUES (1, 2), (2, 3)");
  expect_rows("SELECT * FROM v ORDER BY a, b", "1|2\n1|3\n2|3\n");
  run("INSERT INTO edge (a, b) VALUES (3, 4), (1, 3)");
  run("DELETE FROM edge WHERE a = 2");
  expect_rows("SELECT * FROM v ORDER BY a, b", "1|2\n1|3\n1|4\n3|4\n");
  run("INSERT INTO edge (a, b) VALUES (4, 3), (4, 1), (5, 5), (NULL, 1), (1, NULL)");
  expect_rows("SELECT count(*) FROM v", "21\n");
  run("DELETE FROM edge WHERE a = 1 AND b = 3");
  run("DELETE FROM edge WHERE a = 4 AND b = 1");
  expect_rows("SELECT * FROM v ORDER BY a, b",
              "1|2\n1|\\N\n3|3\n3|4\n4|3\n4|4\n5|5\n\\N|1\n\\N|2\n\\N|\\N\n");
  run("DELETE FROM edge WHERE a = 3");
  run("UPDATE edge SET a = b, b = a");
  run("DELETE FROM edge");
}

/* Duplicates of the non-recursive term keep a row; so does another derivation. */
static void test_duplicates(void **state) {
  (void)state;
  create_tables();
  create(
      "v",
      "WITH RECURSIVE r(x) AS (SELECT a FROM other WHERE b > 0 UNION SELECT e.b FROM "
      "r JOIN edge e ON e.a = r.x AND e.w IS NOT NULL) SELECT x FROM r",
      RULE);
  run("INSERT INTO other VALUES (1, 1), (1, 2), (2, 0)");
  run("INSERT INTO edge VALUES (1, 2, 1), (1, 2, 2), (2, 1, 1), (2, 3, NULL)");
  expect_rows("SELECT x FROM v ORDER BY x", "1\n2\n");
  run("DELETE FROM other WHERE b = 2");
  run("DELETE FROM edge WHERE a = 1 AND w = 1");
  expect_rows("SELECT x FROM v ORDER BY x", "1\n2\n");
  run("UPDATE edge SET w = 0 WHERE b = 3");
  expect_rows("SELECT x FROM v ORDER BY x", "1\n2\n3\n");
  run("UPDATE other SET b = -b");
  expect_rows("SELECT count(*) FROM v", "0\n");
  run("BEGIN");
  run("UPDATE other SET b = -b");
  run("SAVEPOINT s");
  run("DELETE FROM edge WHERE a = 1");
  expect_rows("SELECT x FROM v ORDER BY x", "1\n");
  run("ROLLBACK TO s");
  expect_rows("SELECT x FROM v ORDER BY x", "1\n2\n3\n");
  run("COMMIT");
}

/* A self-join in the recursive term, several relations that change at once, and a
 * non-recursive term that is a node. */
static void test_several(void **state) {
  (void)state;
  create_tables();
  create(
      "v",
      "WITH RECURSIVE r(x, n) AS (SELECT a, count(*)::integer FROM other GROUP BY a "
      "UNION SELECT f.b, r.n FROM edge e, r, edge f, node n WHERE e.a = r.x AND f.a = "
      "e.b AND n.id = f.b AND n.name <> 'no') SELECT x, n FROM r WHERE x > 0",
      RULE);
  run("INSERT INTO node VALUES (1, 1, 'x'), (2, 1, 'x'), (3, 1, 'no'), (4, 1, 'x')");
  run("INSERT INTO edge VALUES (1, 2, 0), (2, 3, 0), (3, 4, 0), (2, 1, 0), (1, 1, 0)");
  run("INSERT INTO other VALUES (1, 1)");
  run("BEGIN");
  run("UPDATE node SET name = 'no' WHERE id = 2");
  run("UPDATE node SET name = 'x' WHERE id = 3");
  run("UPDATE edge SET b = b + 1 WHERE a < 3");
  run("INSERT INTO other VALUES (1, 1), (3, 1)");
  run("COMMIT");
  run("BEGIN");
  run("DELETE FROM edge WHERE a = 1");
  run("INSERT INTO edge VALUES (1, 3, 0), (4, 1, 0)");
  run("DELETE FROM node WHERE id = 4");
  run("DELETE FROM other WHERE a = 3");
  run("COMMIT");
  run("UPDATE edge SET a = b, b = a");
  run("DELETE FROM edge");
}

/* Outer joins and subqueries that do not look at the recursion are a node of their own. */
static void test_rest(void **state) {
  (void)state;
  create_tables();
  create("l",
         "WITH RECURSIVE r(x, s) AS (SELECT a, 'start' FROM other UNION SELECT e.b, "
         "coalesce(n.name, r.s) FROM r JOIN edge e ON e.a = r.x AND r.s <> 'end' LEFT "
         "JOIN node n ON n.id = e.b) SELECT x, s FROM r",
         RULE);
  create(
      "i",
      "WITH RECURSIVE r(x, known) AS (SELECT a, false FROM other UNION SELECT e.b, "
      "EXISTS (SELECT 1 FROM node n WHERE n.parent = e.b) FROM r, edge e WHERE e.a = "
      "r.x AND r.x IN (SELECT id FROM node WHERE name = 'go') AND NOT EXISTS (SELECT "
      "1 FROM other o WHERE o.b = e.b)) SELECT x, known FROM r",
      RULE);
  create("a",
         "WITH RECURSIVE r(x) AS (SELECT a FROM other UNION ALL SELECT r.x + 1 FROM r "
         "WHERE r.x IN (SELECT a FROM edge)) SELECT x FROM r",
         RULE);
  run("INSERT INTO other VALUES (1, NULL), (1, 9)");
  run("INSERT INTO edge VALUES (1, 2, 0), (1, 2, 1), (2, 3, 0), (3, 9, 0)");
  expect_rows("SELECT x, s FROM l ORDER BY x", "1|start\n2|start\n3|start\n9|start\n");
  run("INSERT INTO node VALUES (1, 3, 'go'), (2, 2, 'go'), (3, NULL, 'end')");
  expect_rows("SELECT x, s FROM l ORDER BY x", "1|start\n2|go\n3|end\n");
  expect_rows("SELECT x, known FROM i ORDER BY x", "1|0\n2|1\n3|1\n");
  expect_rows("SELECT x, count(*) FROM a GROUP BY x ORDER BY x",
              "1|2\n2|2\n3|2\n4|2\n");
  run("UPDATE node SET name = 'no', parent = 1 WHERE id < 3");
  run("DELETE FROM edge WHERE w = 1");
  run("UPDATE other SET b = 2 WHERE b = 9");
  run("DELETE FROM node WHERE id = 3");
  run("UPDATE edge SET a = b, b = a");
  run("DELETE FROM other");
}

/* --- UNION ALL --- */

/* A tree with depths and paths: rows that move take all below them along. */
static void test_tree(void **state) {
  (void)state;
  create_tables();
  create("v", TREE, RULE);
  run("INSERT INTO node VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 2, 'd')");
  expect_rows("SELECT id, depth, path FROM v ORDER BY id",
              "1|0|a\n2|1|a/b\n3|2|a/b/c\n4|2|a/b/d\n");
  run("INSERT INTO node VALUES (5, NULL, 'e'), (6, 3, 'f')");
  run("UPDATE node SET parent = 5 WHERE id = 3");
  expect_rows("SELECT id, depth, path FROM v ORDER BY id",
              "1|0|a\n2|1|a/b\n3|1|e/c\n4|2|a/b/d\n5|0|e\n6|2|e/c/f\n");
  run("UPDATE node SET name = name || '!', parent = CASE id WHEN 5 THEN 4 ELSE parent "
      "END");
  run("DELETE FROM node WHERE id = 2");
  expect_rows("SELECT path FROM v", "a!\n");
  run("DELETE FROM node");
}

/* Every way counts: rows repeat, and one way goes at a time. */
static void test_ways(void **state) {
  (void)state;
  create_tables();
  create("v",
         "WITH RECURSIVE r AS (SELECT a, b FROM edge UNION ALL SELECT r.a, e.b FROM r "
         "JOIN edge e ON e.a = r.b) SELECT a, b, count(*) AS n FROM r GROUP BY a, b",
         RULE);
  run("INSERT INTO edge (a, b) VALUES (1, 2), (1, 2), (2, 3), (1, 3), (3, 4)");
  expect_rows("SELECT * FROM v WHERE a = 1 ORDER BY b", "1|2|2\n1|3|3\n1|4|3\n");
  run("DELETE FROM edge WHERE a = 2");
  expect_rows("SELECT * FROM v WHERE a = 1 ORDER BY b", "1|2|2\n1|3|1\n1|4|1\n");
  run("BEGIN");
  run("UPDATE edge SET b = 4 WHERE b = 2");
  run("INSERT INTO edge (a, b) VALUES (4, 5)");
  run("DELETE FROM edge WHERE a = 3");
  run("COMMIT");
}

/* Rows that are no longer reached do not keep each other, although a cycle comes to be
 * among them at the same time. */
static void test_cut_off(void **state) {
  (void)state;
  create_tables();
  create("v",
         "WITH RECURSIVE r(x) AS (SELECT id FROM node UNION ALL SELECT e.b FROM r JOIN "
         "edge e ON e.a = r.x) SELECT x FROM r",
         RULE);
  run("INSERT INTO node VALUES (1, NULL, 'root')");
  run("INSERT INTO edge (a, b) VALUES (1, 2), (2, 3)");
  run("BEGIN");
  run("DELETE FROM edge WHERE a = 1");
  run("INSERT INTO edge (a, b) VALUES (3, 2)");
  run("COMMIT");
  expect_rows("SELECT x FROM v", "1\n");
  run("DELETE FROM node");
  expect_rows("SELECT count(*) FROM v", "0\n");
}

/* A cycle that is reached never ends: the write fails, and nothing is changed. */
static void test_endless(void **state) {
  (void)state;
  create_tables();
  create("v",
         "WITH RECURSIVE r(x) AS (SELECT id FROM node UNION ALL SELECT e.b FROM r JOIN "
         "edge e ON e.a = r.x) SELECT x FROM r",
         RULE);
  run("INSERT INTO node VALUES (1, NULL, 'root')");
  run("INSERT INTO edge (a, b) VALUES (1, 2), (2, 3)");
  run_failing("INSERT INTO edge (a, b) VALUES (3, 1)", "54000");
  run("INSERT INTO edge (a, b) VALUES (4, 4)");
  run_failing("UPDATE edge SET b = 4 WHERE a = 2", "54000");
  run_failing("INSERT INTO node VALUES (4, NULL, 'x')", "54000");
  expect_rows("SELECT x FROM v ORDER BY x", "1\n2\n3\n");
}

/* Nor does one end that is there when the view is made, or filled for the first time: the same error, and nothing is
 * left. Where ways part and meet there are soon more rows than anybody can keep. */
static void test_endless_from_the_start(void **state) {
  (void)state;
#define REACHED                                                                        \
  "AS WITH RECURSIVE r(x) AS (SELECT id FROM node UNION ALL SELECT e.b FROM r JOIN "   \
  "edge e ON e.a = r.x) SELECT x FROM r"
  create_tables();
  run("CREATE REALTIME VIEW later " REACHED " WITH NO DATA");
  run("INSERT INTO node VALUES (1, NULL, 'root')");
  run("INSERT INTO edge (a, b) VALUES (1, 2), (2, 3), (3, 1)");
  run_failing("CREATE REALTIME VIEW v " REACHED, "54000");
  run_failing("REFRESH REALTIME VIEW later", "54000");
  run("INSERT INTO edge (a, b) SELECT i % 9 + 1, i / 9 + 1 FROM generate_series(0, 80) "
      "AS i");
  run_failing("CREATE REALTIME VIEW v " REACHED, "54000");
  expect_rows("SELECT count(*) FROM tidemark.views", "1\n");
  run("DELETE FROM edge WHERE b <= a");
  run("REFRESH REALTIME VIEW later");
  run("CREATE REALTIME VIEW v " REACHED);
  expect_rows("SELECT count(*), count(DISTINCT x) FROM v", "512|9\n");
#undef REACHED
}

/* A long chain is no cycle. */
static void test_chain(void **state) {
  (void)state;
  create_tables();
  create("v",
         "WITH RECURSIVE r(x) AS (SELECT id FROM node UNION ALL SELECT e.b FROM r "
         "JOIN edge e ON e.a = r.x) SELECT x FROM r",
         RULE);
  create("w",
         "WITH RECURSIVE r(x) AS (SELECT id FROM node UNION SELECT e.b FROM r JOIN "
         "edge e ON e.a = r.x) SELECT x FROM r",
         RULE);
  run("INSERT INTO edge (a, b) SELECT i, i + 1 FROM generate_series(1, 3000) AS i");
  run("INSERT INTO node VALUES (1, NULL, 'root')");
  expect_rows("SELECT count(*), max(x) FROM v", "3001|3001\n");
  run("DELETE FROM edge WHERE a = 2900");
  expect_rows("SELECT count(*), max(x) FROM w", "2900|2900\n");
  run("DELETE FROM edge WHERE a = 10");
  expect_rows("SELECT count(*), max(x) FROM w", "10|10\n");
}

/* --- what it leaves to others --- */

/* The query is right all the same. */
static void test_refusals(void **state) {
  (void)state;
  create_tables();
  create(
      "o",
      "WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT e.b FROM r JOIN edge e ON e.a = "
      "r.x WHERE NOT EXISTS (SELECT 1 FROM node n WHERE n.parent = r.x)) SELECT x "
      "FROM r",
      "not incremental recursion: its recursive term is more than an inner join\n");
  create(
      "n",
      "WITH RECURSIVE r(x) AS (SELECT 1.0::numeric UNION SELECT e.b::numeric FROM r "
      "JOIN edge e ON e.a = r.x) SELECT x FROM r",
      "not incremental recursion: it compares values of a type that spells equal ones "
      "differently\n");
  create("f",
         "WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT i FROM r JOIN edge e ON e.a = "
         "r.x, generate_series(e.b, e.w) AS i) SELECT x FROM r",
         "not incremental recursion");
  run("INSERT INTO node VALUES (1, 1, 'x'), (2, 7, 'x')");
  run("INSERT INTO edge VALUES (1, 2, 3), (2, 2, 2), (7, 1, 1)");
  run("DELETE FROM edge WHERE a = 1");
}

/* An expression that fails for rows that never meet does not fail the write. */
static void test_errors(void **state) {
  (void)state;
  create_tables();
  create(
      "v",
      "WITH RECURSIVE r(x, q) AS (SELECT id, 1 FROM node UNION SELECT e.b, 100 / (r.x "
      "- e.w) FROM r JOIN edge e ON e.a = r.x) SELECT x, q FROM r",
      RULE);
  run("INSERT INTO node VALUES (1, NULL, 'x')");
  run("INSERT INTO edge VALUES (1, 2, 0), (2, 3, 0)");
  run("BEGIN");
  run("DELETE FROM node");
  run("INSERT INTO edge VALUES (1, 5, 1)"); /* 1 - 1 */
  run("COMMIT");
  run_failing("INSERT INTO node VALUES (1, NULL, 'x')", "22012");
  run("DELETE FROM edge WHERE w = 1");
  run("INSERT INTO node VALUES (1, NULL, 'x')");
  expect_rows("SELECT count(*) FROM v", "3\n");
}

/* --- anything --- */

struct maker {
  struct random random;
  char sql[1024];
};

static int below(struct maker *maker, int limit) {
  return (int)(random_next(&maker->random) % (uint64_t)limit);
}

/* Graphs with cycles and duplicates for UNION; for UNION ALL edges lead upwards. */
static void random_write(struct maker *maker) {
  static const char *const writes[] = {
      "INSERT INTO edge VALUES (%d, %d, 1)",
      "INSERT INTO edge VALUES (%d, %d, 2), (3, 1, NULL)",
      "DELETE FROM edge WHERE a = %d AND b = %d",
      "DELETE FROM edge WHERE w = 2 AND a <> %d AND b <> %d",
      "UPDATE edge SET b = %d WHERE a = %d",
      "UPDATE edge SET a = b, b = a WHERE w = %d OR a = %d",
      "INSERT INTO other VALUES (%d, %d)",
      "DELETE FROM other WHERE a = %d OR b = %d",
      "UPDATE other SET b = %d WHERE a <> %d",
      "DELETE FROM edge WHERE a = %d OR b = %d"};
  snprintf(maker->sql, sizeof maker->sql, writes[below(maker, COUNT(writes))],
           below(maker, 6), below(maker, 6));
}

static void create_random_views(void) {
  create("closure", CLOSURE, RULE);
  create(
      "reached",
      "WITH RECURSIVE r(x) AS (SELECT a FROM other UNION SELECT e.b FROM r JOIN edge "
      "e ON e.a = r.x) SELECT x FROM r",
      RULE);
  create("twice",
         "WITH RECURSIVE r(x, y) AS (SELECT a, b FROM other WHERE a > 1 UNION SELECT "
         "f.b, r.y FROM edge e, edge f, r WHERE e.a = r.x AND f.a = e.b) SELECT x, y "
         "FROM r",
         RULE);
  create("joined",
         "WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT o.b FROM r, edge e, other o "
         "WHERE e.a = r.x AND o.a = e.b AND e.w > 0) SELECT x FROM r",
         RULE);
  create("ways",
         "WITH RECURSIVE r(x, y) AS (SELECT a, b FROM edge UNION ALL SELECT r.x, e.b "
         "FROM r JOIN edge e ON e.a = r.y AND e.b > r.y) SELECT x, y FROM r",
         RULE);
  create(
      "steps",
      "WITH RECURSIVE r(x, n) AS (SELECT a, 0 FROM other UNION ALL SELECT o.b, r.n + "
      "1 FROM r JOIN edge e ON e.a = r.x JOIN other o ON o.a = e.b WHERE r.n < 3) "
      "SELECT x, n FROM r",
      RULE);
}

/* Any graph, whatever is written, also several writes at once. */
static void test_random(void **state) {
  (void)state;
  for (int seed = 1; seed <= 8; seed++) {
    struct maker maker;
    uint8_t bytes[32] = {(uint8_t)seed};
    random_seed(&maker.random, bytes);
    create_tables();
    create_random_views();
    for (int i = 0; i < 60; i++) {
      int count = below(&maker, 3) == 0 ? 1 + below(&maker, 4) : 0;
      if (count > 0)
        assert_int_equal(local_run(&local, "BEGIN"), TIDE_OK);
      for (int one = 0; one < (count > 0 ? count : 1); one++) {
        random_write(&maker);
        assert_int_equal(local_run(&local, maker.sql), TIDE_OK);
      }
      if (count > 0)
        assert_int_equal(local_run(&local, "COMMIT"), TIDE_OK);
      if (!local_views_hold(&local))
        fail_msg("seed %d, write %d: %s", seed, i, maker.sql);
    }
    view_test_close(state);
    view_test_open(state);
  }
}

static int written;

static void count_steps(void *context, const char *line) {
  (void)context;
  written += strstr(line, "out of step") != NULL;
}

/* Nothing is ever recomputed because a rule got it wrong. */
static void test_in_step(void **state) {
  local.trace = (struct trace){count_steps, NULL};
  written = 0;
  create_tables();
  create_random_views();
  run("INSERT INTO other VALUES (1, 2), (2, 3)");
  run("INSERT INTO edge VALUES (1, 2, 1), (2, 3, 1), (3, 1, 1)");
  run("UPDATE edge SET b = 1 WHERE a = 2");
  run("DELETE FROM edge WHERE a = 1");
  assert_int_equal(written, 0);
  (void)state;
}

/* --- costs --- */

static int count_step(void *context) {
  ++*(int *)context;
  return 0;
}

/* Steps of SQLite's machine for one statement. */
static int steps_of(const char *sql) {
  int steps = 0;
  sqlite3_progress_handler(local.database.handle, 1, count_step, &steps);
  assert_int_equal(local_run(&local, sql), TIDE_OK);
  sqlite3_progress_handler(local.database.handle, 0, NULL, NULL);
  return steps;
}

/* Steps of a new leaf, of moving it, and of taking it away, in a tree of that many rows. */
static void measure(int rows, int *insert, int *move, int *delete) {
  char sql[128];
  create_tables();
  snprintf(sql, sizeof sql,
           "INSERT INTO node SELECT i, nullif(i / 2, 0), 'n' FROM generate_series(1, "
           "%d) AS i",
           rows);
  run(sql);
  create("v", TREE, RULE);
  create("w",
         "WITH RECURSIVE r(id, root) AS (SELECT id, id FROM node WHERE parent IS "
         "NULL UNION SELECT n.id, r.root FROM r JOIN node n ON n.parent = r.id) "
         "SELECT id, root FROM r",
         RULE);
  run("INSERT INTO node VALUES (0, 300, 'first')"); /* prepares the statements */
  run("UPDATE node SET parent = 301 WHERE id = 0");
  run("DELETE FROM node WHERE id = 0");
  *insert = steps_of("INSERT INTO node VALUES (-1, 400, 'leaf')");
  *move = steps_of("UPDATE node SET parent = 401 WHERE id = -1");
  *delete = steps_of("DELETE FROM node WHERE id = -1");
  assert_true(local_views_hold(&local));
}

/* A change costs what follows from it, however many rows there are. */
static void test_costs(void **state) {
  int small[3], large[3];
  measure(1000, &small[0], &small[1], &small[2]);
  view_test_close(state);
  view_test_open(state);
  measure(10000, &large[0], &large[1], &large[2]);
  for (int i = 0; i < 3; i++)
    if (small[i] < 50 || large[i] > small[i] * 6 / 5)
      fail_msg("change %d: %d steps in 1,000 rows, %d in 10,000", i, small[i],
               large[i]);
}

/* --- memory --- */

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  static const char *const statements[] = {
      "CREATE TABLE edge (a integer, b integer, w integer)",
      "INSERT INTO edge VALUES (1, 2, 1), (2, 3, 1)",
      "CREATE REALTIME VIEW v AS " CLOSURE,
      "CREATE REALTIME VIEW w AS WITH RECURSIVE r(x, n) AS (SELECT 1, 0 UNION ALL "
      "SELECT "
      "e.b, r.n + 1 FROM r JOIN edge e ON e.a = r.x WHERE r.n < 5) SELECT x, n FROM r",
      "CREATE REALTIME VIEW x AS WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT e.b "
      "FROM r "
      "JOIN edge e ON e.a = r.x LEFT JOIN edge f ON f.a = e.b WHERE r.x IN (SELECT a "
      "FROM "
      "edge) AND EXISTS (SELECT 1 FROM edge g WHERE g.b = e.b)) SELECT x FROM r",
      "INSERT INTO edge VALUES (3, 4, 1), (3, 1, 1)",
      "UPDATE edge SET b = 4 WHERE a = 2",
      "DELETE FROM edge WHERE a = 1",
      "INSERT INTO edge VALUES (1, 3, 1)",
  };
  struct local_story story = {statements, COUNT(statements),
                              "SELECT *, (SELECT count(*) FROM w) FROM v ORDER BY 1, 2",
                              "1|1|8\n1|3|8\n1|4|8\n2|4|8\n3|1|8\n3|3|8\n3|4|8\n"};
  some_failing_allocations(local_story_play, &story, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_closure),
      VIEW_TEST(test_duplicates),
      VIEW_TEST(test_several),
      VIEW_TEST(test_rest),
      VIEW_TEST(test_tree),
      VIEW_TEST(test_ways),
      VIEW_TEST(test_cut_off),
      VIEW_TEST(test_endless),
      VIEW_TEST(test_endless_from_the_start),
      VIEW_TEST(test_chain),
      VIEW_TEST(test_refusals),
      VIEW_TEST(test_errors),
      VIEW_TEST(test_random),
      VIEW_TEST(test_in_step),
      VIEW_TEST(test_costs),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
