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

/* HAVING without GROUP BY makes one group of all rows, also where nothing is aggregated. */
static void test_having_alone(void **state) {
  (void)state;
  create_points();
  run("CREATE REALTIME VIEW one AS SELECT 1 AS n FROM points HAVING true");
  run("CREATE REALTIME VIEW many AS SELECT sum(score) AS s FROM points HAVING count(*) "
      "> "
      "1");
  expect_explained("many", "node 1: incremental aggregate\n");
  expect_rows("SELECT n FROM one", "1\n");
  expect_rows("SELECT s FROM many", "22\n");
  run("DELETE FROM points WHERE id < 4");
  run("INSERT INTO points (id, score) VALUES (5, 5), (6, 6)");
  expect_rows("SELECT n FROM one", "1\n");
  expect_rows("SELECT s FROM many", "11\n");
  run("DELETE FROM points");
  expect_rows("SELECT n FROM one", "1\n");
  expect_rows("SELECT count(*) FROM many", "0\n");
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

/* Lists over joins: rows come in the order of the keys of the tables where the query does
 * not say it. */
static void test_lists(void **state) {
  (void)state;
  create_points();
  run("CREATE TABLE players (name text PRIMARY KEY, team text)");
  run("CREATE TABLE loose (player text, note numeric)");
  run("INSERT INTO players VALUES ('b', 'blue'), ('a', 'red'), ('c', 'red')");
  run("INSERT INTO loose VALUES ('a', 2), ('a', 1.0), ('a', 1.00), ('b', NULL)");
  run("CREATE REALTIME VIEW teams AS SELECT p.team, json_agg(x.score) AS scores, "
      "string_agg(p.name || x.id, ',' ORDER BY x.score DESC) AS names, array_agg(x.id) "
      "FILTER (WHERE x.score > 5) AS ids FROM points x JOIN players p ON p.name = "
      "x.player "
      "GROUP BY p.team");
  expect_explained("teams", "maintenance: recompute of the groups affected\n");
  run("CREATE REALTIME VIEW notes AS SELECT p.name, p.team, json_agg(l.note) AS notes, "
      "json_object_agg(l.note::text, x.id) FILTER (WHERE l.note IS NOT NULL) AS o, "
      "stddev(x.score) AS s FROM players p JOIN loose l ON l.player = p.name JOIN "
      "points x ON "
      "x.player = p.name GROUP BY p.name");
  expect_explained("notes", "maintenance: recompute of the groups affected\n");
  run("CREATE REALTIME VIEW apart AS SELECT player, json_agg(note) AS notes FROM loose "
      "GROUP "
      "BY player");
  run("INSERT INTO points VALUES (9, 'a', 10, 0, 0), (8, 'c', 10, 0, 0), (7, 'b', 1, "
      "0, 0)");
  expect_rows("SELECT team, names, ids FROM teams ORDER BY team",
              "blue|b3,b7|[3]\nred|a1,c8,a9,a2|[1,8,9]\n");
  expect_rows("SELECT notes FROM apart WHERE player = 'a'", "[1.0, 1.00, 2]\n");
  run("CREATE REALTIME VIEW lasts AS SELECT p.team, jsonb_object_agg('', x.id) AS o "
      "FROM "
      "points x JOIN players p ON p.name = x.player GROUP BY p.team");
  expect_rows("SELECT * FROM lasts ORDER BY team", "blue|{\"\": 7}\nred|{\"\": 9}\n");
  run("UPDATE players SET team = 'red' WHERE name = 'b'");
  run("UPDATE points SET id = 20 WHERE id = 1");
  run("UPDATE points SET id = id + 100");
  run("INSERT INTO loose SELECT chr(97 + i % 3), i * 7 % 5 FROM generate_series(1, 20) "
      "AS i");
  run("DELETE FROM loose WHERE note = 1");
  run("DELETE FROM players WHERE name = 'a'");
}

/* A document per user with the list of its orders, one of which changes. */
static void test_documents(void **state) {
  (void)state;
  run("CREATE TABLE users (id integer PRIMARY KEY, name text)");
  run("CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount integer)");
  run("INSERT INTO users VALUES (1, 'a'), (2, 'b')");
  run("INSERT INTO orders VALUES (3, 1, 5), (1, 1, 7), (2, 2, 9)");
  run("CREATE REALTIME VIEW documents AS SELECT u.id, json_build_object('name', "
      "u.name, "
      "'orders', json_agg(json_build_object('id', o.id, 'amount', o.amount))) AS "
      "document "
      "FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id");
  expect_explained("documents", "maintenance: incremental aggregate\n");
  expect_rows(
      "SELECT document FROM documents WHERE id = 1",
      "{\"name\" : \"a\", \"orders\" : [{\"id\" : 1, \"amount\" : 7}, {\"id\" : 3, "
      "\"amount\" : 5}]}\n");
  run("UPDATE orders SET amount = 8 WHERE id = 3");
  run("UPDATE users SET name = 'c'");
  run("UPDATE orders SET user_id = 2");
  run("DELETE FROM users WHERE id = 2");
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

/* Groups of values with several spellings are found as these compare, by an index on
 * them. */
static void test_spellings(void **state) {
  (void)state;
  create_points();
  run("CREATE REALTIME VIEW fees AS SELECT fee, stddev(score) AS n FROM points GROUP "
      "BY fee");
  expect_explained("fees", "maintenance: recompute of the groups affected\n");
  expect_explained("fees", "searches: public.points (fee)\n");
  run("CREATE REALTIME VIEW joined AS SELECT p.fee, stddev(q.score) AS n FROM points "
      "AS "
      "p JOIN points AS q ON q.player = p.player GROUP BY p.fee");
  expect_explained("joined", "maintenance: recompute of the groups affected\n");
  run("INSERT INTO points VALUES (10, 'x', 1, 1, 1.5), (11, 'x', 1, 1, 1.500)");
  run("DELETE FROM points WHERE id = 1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_extremes),         VIEW_TEST(test_no_drift),
      VIEW_TEST(test_having),           VIEW_TEST(test_having_alone),
      VIEW_TEST(test_other_aggregates), VIEW_TEST(test_without_index),
      VIEW_TEST(test_spellings),        VIEW_TEST(test_lists),
      VIEW_TEST(test_documents),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
