/* Tests of view/emit_group.c: groups affected by a change are recomputed. */
#include "view_test.h"

static void create_points(void) {
  run("CREATE TABLE points (id integer PRIMARY KEY, player text, score integer, weight "
      "double precision, fee numeric)");
  run("INSERT INTO points VALUES (1, 'a', 10, 0.1, 1.50), (2, 'a', 5, 0.2, 2.5), (3, "
      "'b', 7, NULL, NULL), "
      "(4, NULL, NULL, 1e300, 3)");
}

/* The least and greatest value, also when it is the one that goes. */
static void test_extremes(void **state) {
  (void)state;
  create_points();
  run("CREATE REALTIME VIEW best AS SELECT player, min(score) AS lo, max(score) AS hi, "
      "max(player) AS p FROM points GROUP BY player");
  expect_explained("best", "maintenance: incremental aggregate\n");
  expect_rows("SELECT player, lo, hi FROM best ORDER BY player",
              "a|5|10\nb|7|7\n\\N|\\N|\\N\n");
  run("DELETE FROM points WHERE id = 1");
  run("INSERT INTO points VALUES (5, 'b', 70, 0, 0), (6, 'c', 1, 0, 0)");
  run("UPDATE points SET player = 'c' WHERE player = 'a'");
  run("UPDATE points SET player = NULL WHERE player = 'b'");
  expect_rows("SELECT player, lo, hi FROM best ORDER BY player", "c|1|5\n\\N|7|70\n");
}

/* Sums of doubles and numerics are exactly those that the query gives: no drift. */
static void test_no_drift(void **state) {
  (void)state;
  create_points();
  run("CREATE REALTIME VIEW sums AS SELECT player, sum(weight) AS w, avg(weight) AS m, "
      "sum(fee) AS f, avg(fee) AS g "
      "FROM points GROUP BY player");
  for (int i = 0; i < 40; i++) {
    char sql[256];
    snprintf(sql, sizeof sql, "INSERT INTO points VALUES (%d, 'a', 1, %d.%d7, %d.%02d)",
             100 + i, i * i, i, i, i);
    run(sql);
  }
  run("UPDATE points SET weight = weight / 3.0, fee = fee / 7 WHERE id % 2 = 0");
  run("DELETE FROM points WHERE id % 5 = 0");
}

/* HAVING hides groups and shows them again. */
static void test_having(void **state) {
  (void)state;
  create_points();
  run("CREATE REALTIME VIEW frequent AS SELECT player, count(*) AS n FROM points GROUP "
      "BY player HAVING count(*) > 1");
  expect_rows("SELECT * FROM frequent", "a|2\n");
  run("INSERT INTO points VALUES (7, 'b', 1, 1, 1)");
  run("DELETE FROM points WHERE id = 1");
  expect_rows("SELECT * FROM frequent", "b|2\n");
}

/* Columns that follow from a key, DISTINCT, lists in an order, and keys that are not
 * shown. */
static void test_other_aggregates(void **state) {
  (void)state;
  create_points();
  run("CREATE TABLE players (name text PRIMARY KEY, team text)");
  run("INSERT INTO players VALUES ('a', 'red'), ('b', 'blue'), ('c', 'red')");
  run("CREATE REALTIME VIEW listed AS SELECT count(DISTINCT score) AS d, "
      "string_agg(score::text, ',' ORDER BY score) AS l "
      "FROM points GROUP BY player");
  expect_explained("listed", "row identity: __key_1\n");
  run("CREATE REALTIME VIEW teams AS SELECT p.name, p.team, max(x.score) AS hi FROM "
      "players p "
      "JOIN points x ON x.player = p.name GROUP BY p.name");
  run("INSERT INTO points VALUES (8, 'a', 10, 1, 1), (9, 'c', 3, 1, 1)");
  run("UPDATE players SET team = 'green' WHERE name = 'a'");
  run("UPDATE points SET score = 4 WHERE player = 'a'");
  run("DELETE FROM players WHERE name = 'b'");
  expect_rows("SELECT * FROM teams ORDER BY name", "a|green|4\nc|red|3\n");
}

/* Groups that cannot be found by an index are recomputed with all others. */
static void test_without_index(void **state) {
  (void)state;
  create_points();
  run("CREATE REALTIME VIEW parity AS SELECT id % 2 AS p, max(score) AS hi FROM points "
      "GROUP BY id % 2");
  run("UPDATE points SET score = score + 1 WHERE id = 3");
  run("UPDATE points SET score = score + 1");
  run("DELETE FROM points WHERE id % 2 = 1");
}

/* Values with several spellings are not grouped here: which one is shown is for the
 * whole query to say. */
static void test_spellings(void **state) {
  (void)state;
  create_points();
  run("CREATE REALTIME VIEW fees AS SELECT fee, count(*) AS n FROM points GROUP BY "
      "fee");
  expect_explained("fees", "maintenance: recompute\n");
  run("INSERT INTO points VALUES (10, 'x', 1, 1, 1.5), (11, 'x', 1, 1, 1.500)");
  run("DELETE FROM points WHERE id = 1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_extremes),      VIEW_TEST(test_no_drift),
      VIEW_TEST(test_having),        VIEW_TEST(test_other_aggregates),
      VIEW_TEST(test_without_index), VIEW_TEST(test_spellings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
