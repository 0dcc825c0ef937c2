/* Tests of view/list.c and list_read.c: lists out of which elements are cut, and into which they are put. */
#include "view_test.h"

#include "lib/local_story.h"

static void create_tracks(void) {
  run("CREATE TABLE album (id integer PRIMARY KEY, title text, artist text)");
  run("CREATE TABLE track (id integer PRIMARY KEY, album integer, place integer, title "
      "text, price numeric, rating double precision, tags jsonb)");
  run("INSERT INTO album VALUES (1, 'First', 'Ann'), (2, 'Second', 'Ann'), (3, "
      "'Third', "
      "NULL)");
  run("INSERT INTO track VALUES (1, 1, 2, 'one', 1.5, 0.5, '[1]'), (2, 1, 1, NULL, "
      "1.50, NULL, NULL), (3, 2, NULL, 'thr\"ee', 10, 1, '{\"b\": 1, \"a\": [ ]}'), "
      "(4, "
      "NULL, 7, 'four', 2, -1, 'null')");
}

/* Every way in which elements come, go, move and stay. */
static void change_tracks(void) {
  static const char *const statements[] = {
      "INSERT INTO track VALUES (5, 1, 3, 'last', 0.1, 9, '5'), (6, 1, 0, 'first', "
      "NULL, "
      "9, '6'), (7, 2, 1, 'in between', 9.99, 2, NULL)",
      "UPDATE track SET title = 'a longer title' WHERE id = 1",
      "UPDATE track SET title = '' WHERE id = 5",
      "UPDATE track SET place = 10 - place",
      "UPDATE track SET price = price * 100 WHERE id % 2 = 0",
      "UPDATE track SET rating = NULL WHERE rating = 9",
      "UPDATE track SET album = 2 WHERE id IN (1, 4)",
      "UPDATE track SET album = NULL WHERE id = 5",
      "UPDATE track SET id = id + 100 WHERE id > 3",
      "UPDATE album SET artist = 'Bob' WHERE id = 2",
      "UPDATE album SET title = title || '!'",
      "DELETE FROM track WHERE id = 106",
      "DELETE FROM track WHERE album = 1",
      "INSERT INTO track SELECT i, i % 4, i * 7 % 11, 'track ' || i, i * 37 % 10, i % "
      "3, "
      "NULL FROM generate_series(200, 260) AS i",
      "BEGIN",
      "DELETE FROM track WHERE id = 230",
      "INSERT INTO track VALUES (230, 3, 4, 'again', 1, 1, '[]')",
      "UPDATE track SET place = 4 WHERE id BETWEEN 210 AND 220",
      "SAVEPOINT s",
      "DELETE FROM track",
      "ROLLBACK TO s",
      "COMMIT",
      "DELETE FROM track WHERE id % 5 <> 0",
      "DELETE FROM track",
      "INSERT INTO track VALUES (1, 1, 1, 'anew', 1, 1, '1')",
  };
  for (size_t i = 0; i < COUNT(statements); i++)
    run(statements[i]);
}

/* Documents with lists in them: the text is that of the query, byte for byte. */
static void test_documents(void **state) {
  (void)state;
  create_tracks();
  run("CREATE REALTIME VIEW albums AS SELECT a.id, json_build_object('title', a.title, "
      "'tracks', json_agg(json_build_object('id', t.id, 'title', t.title) ORDER BY "
      "t.place)) AS document FROM album a JOIN track t ON t.album = a.id GROUP BY "
      "a.id, "
      "a.title");
  run("CREATE REALTIME VIEW packed AS SELECT album, jsonb_agg(tags ORDER BY id DESC) "
      "AS "
      "tags, jsonb_build_object('n', count(*), 'titles', jsonb_agg(title)) AS b FROM "
      "track GROUP BY album");
  expect_explained("albums", "maintenance: incremental aggregate\n");
  expect_explained("packed", "maintenance: incremental aggregate\n");
  expect_rows("SELECT document FROM albums ORDER BY id",
              "{\"title\" : \"First\", \"tracks\" : [{\"id\" : 2, \"title\" : null}, "
              "{\"id\" : 1, \"title\" : \"one\"}]}\n"
              "{\"title\" : \"Second\", \"tracks\" : [{\"id\" : 3, \"title\" : "
              "\"thr\\\"ee\"}]}\n");
  run("UPDATE track SET title = 'two' WHERE id = 2");
  expect_rows(
      "SELECT document ->> 'tracks' FROM albums WHERE id = 1",
      "[{\"id\" : 2, \"title\" : \"two\"}, {\"id\" : 1, \"title\" : \"one\"}]\n");
  change_tracks();
}

/* NULL first and last, up and down, numbers that are text, ties. */
static void test_orders(void **state) {
  (void)state;
  create_tracks();
  run("CREATE REALTIME VIEW up AS SELECT album, string_agg(title, '; ' ORDER BY price, "
      "title DESC) AS l FROM track GROUP BY album");
  run("CREATE REALTIME VIEW down AS SELECT album, string_agg(title, '' ORDER BY rating "
      "DESC NULLS LAST, place NULLS FIRST) AS l FROM track GROUP BY album");
  run("CREATE REALTIME VIEW texts AS SELECT album, json_agg(id ORDER BY title NULLS "
      "FIRST, price DESC) AS l FROM track GROUP BY album");
  expect_explained("up", "maintenance: incremental aggregate\n");
  expect_explained("down", "maintenance: incremental aggregate\n");
  expect_explained("texts", "maintenance: incremental aggregate\n");
  change_tracks();
}

/* FILTER, several lists beside sums and extremes, one group for all. */
static void test_among_others(void **state) {
  (void)state;
  create_tracks();
  run("CREATE REALTIME VIEW one AS SELECT count(*) AS n, json_agg(title ORDER BY id) "
      "AS "
      "all_titles, string_agg(title, ',' ORDER BY place DESC) FILTER (WHERE place > 1) "
      "AS "
      "few, max(place) AS last, sum(place) AS places FROM track");
  expect_explained("one", "maintenance: incremental aggregate\n");
  expect_rows("SELECT all_titles, few FROM one",
              "[\"one\", null, \"thr\\\"ee\", \"four\"]|four,one\n");
  change_tracks();
  run("DELETE FROM track");
  expect_rows("SELECT n, all_titles, few FROM one", "0|\\N|\\N\n");
}

/* Without a primary key rows may repeat: as many elements go as rows do. */
static void test_repeated_rows(void **state) {
  (void)state;
  run("CREATE TABLE vote (topic text, value integer)");
  run("INSERT INTO vote VALUES ('a', 1), ('a', 1), ('a', 2), ('b', NULL), ('b', NULL)");
  run("CREATE REALTIME VIEW votes AS SELECT topic, json_agg(value) AS l, "
      "string_agg(value::text, '+') AS s FROM vote GROUP BY topic");
  expect_explained("votes", "maintenance: incremental aggregate\n");
  expect_rows("SELECT * FROM votes ORDER BY topic",
              "a|[1, 1, 2]|1+1+2\nb|[null, null]|\\N\n");
  run("INSERT INTO vote VALUES ('a', 1), ('b', 0)");
  run("UPDATE vote SET value = 1 WHERE value = 2");
  run("DELETE FROM vote WHERE value = 1");
  run("INSERT INTO vote SELECT 'a', i % 3 FROM generate_series(1, 9) AS i");
  run("UPDATE vote SET topic = 'b' WHERE value = 0");
  expect_rows("SELECT * FROM votes ORDER BY topic",
              "a|[1, 1, 1, 2, 2, 2]|1+1+1+2+2+2\nb|[0, 0, 0, 0, null, null]|0+0+0+0\n");
}

/* What is ordered by values that compare otherwise than they are written is recomputed. */
static void test_refused_orders(void **state) {
  (void)state;
  create_tracks();
  run("CREATE REALTIME VIEW tagged AS SELECT album, json_agg(id ORDER BY tags) AS l "
      "FROM "
      "track GROUP BY album");
  run("CREATE REALTIME VIEW single AS SELECT album, json_agg(DISTINCT place) AS l FROM "
      "track GROUP BY album");
  expect_explained("tagged", "maintenance: recompute of the groups affected\n");
  expect_explained("single", "maintenance: recompute of the groups affected\n");
  change_tracks();
}

/* Is the stored list of a view's first row told by its place (or is it its text)? */
static void expect_placed(const char *column, bool placed) {
  char sql[64];
  snprintf(sql, sizeof sql, "SELECT typeof(%s) FROM l", column);
  assert_string_equal(local_sqlite(&local, sql), placed ? "blob" : "text");
}

/* What a column shows of a list word for word is not stored again; what it shows in
 * other words is. The same text may stand elsewhere, too. */
static void test_place_of_text(void **state) {
  (void)state;
  create_tracks();
  run("CREATE REALTIME VIEW l AS SELECT album, json_build_object('[1, 2]', album, "
      "'ids', "
      "json_agg(id), 'titles', json_agg(title)) AS document, upper(string_agg(title, "
      "'')) AS loud, '[' || string_agg(id::text, '') AS joined FROM track GROUP BY "
      "album");
  expect_explained("l", "maintenance: incremental aggregate\n");
  run("UPDATE track SET title = 'lower' WHERE id = 1");
  expect_placed("__list_1", true);
  expect_placed("__list_2", true);
  expect_placed("__list_3", false);
  expect_placed("__list_4", true);
  change_tracks();
}

/* Many groups are written while they are computed. One that is called otherwise now is
 * written with what it was called before, in whichever order they come. */
static void test_many_groups(void **state) {
  (void)state;
  run("CREATE TABLE author (id integer PRIMARY KEY, name text)");
  run("CREATE TABLE book (id integer PRIMARY KEY, author integer, title text)");
  run("INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 40) AS i");
  run("INSERT INTO book SELECT i, i % 40 + 1, 'book ' || i FROM generate_series(1, "
      "200) "
      "AS i");
  run("CREATE REALTIME VIEW shelf AS SELECT a.id, a.name, json_agg(b.title ORDER BY "
      "b.id) "
      "AS titles FROM author a JOIN book b ON b.author = a.id GROUP BY a.id");
  expect_explained("shelf", "maintenance: incremental aggregate\n");
  run("UPDATE book SET title = title || '!' WHERE id % 2 = 0");
  run("UPDATE author SET name = name || '?' WHERE id % 3 = 0");
  run("UPDATE author SET name = 'author ' || (41 - id)");
  run("UPDATE author SET id = id + 100");
  run("UPDATE book SET author = author + 100");
  run("BEGIN");
  run("UPDATE author SET name = 'one name'");
  run("UPDATE book SET title = 'new ' || id");
  run("COMMIT");
  run("UPDATE book SET author = 101");
}

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, k integer, s text)",
      "INSERT INTO t SELECT i, i % 2, 'text ' || i FROM generate_series(1, 30) AS i",
      "CREATE REALTIME VIEW l AS SELECT k, json_agg(s ORDER BY s, id) AS l FROM t "
      "GROUP "
      "BY k",
      "UPDATE t SET s = 'other' WHERE id IN (3, 4, 20)",
      "DELETE FROM t WHERE id < 5",
      "INSERT INTO t SELECT i, i % 3, NULL FROM generate_series(40, 60) AS i",
      "CREATE TABLE u (id integer PRIMARY KEY, name text)",
      "INSERT INTO u VALUES (0, 'zero'), (1, 'one')",
      "CREATE REALTIME VIEW d AS SELECT u.name, json_agg(t.s) AS l FROM u JOIN t ON "
      "t.k = "
      "u.id GROUP BY u.id",
      "UPDATE u SET name = name || '!'",
  };
  struct local_story story = {statements, COUNT(statements), "SELECT count(*) FROM l",
                              "3\n"};
  some_failing_allocations(local_story_play, &story, 120);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_documents),      VIEW_TEST(test_orders),
      VIEW_TEST(test_among_others),   VIEW_TEST(test_repeated_rows),
      VIEW_TEST(test_refused_orders), VIEW_TEST(test_place_of_text),
      VIEW_TEST(test_many_groups),    cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
