/* Authors, their towns, posts and notes: tables, views over them, and statements that change
 * all of it in every way. */
#ifndef TIDE_TEST_VIEW_BLOG_H
#define TIDE_TEST_VIEW_BLOG_H

#include "view_test.h"

/* Each statement leaves every view equal to its query: run() sees to it. */
static inline void change_everything(void) {
  static const char *const statements[] = {
      "INSERT INTO author VALUES (1, 'Ada', 1), (2, 'Bob', NULL), (3, NULL, 2), (4, "
      "'Dan', "
      "9)",
      "INSERT INTO town VALUES (1, 'Bern'), (2, NULL), (3, 'Oslo')",
      "INSERT INTO post VALUES (1, 1, 10, '[1,2]'), (2, 1, 5, NULL), (3, 2, 7, '[]'), "
      "(4, "
      "NULL, 1, '[3]'), (5, 8, 2, '[3,3]')",
      "INSERT INTO note VALUES (1, 'x'), (1, 'x'), (2, 'y'), (NULL, 'z'), (5, NULL)",
      "UPDATE post SET author = 2 WHERE id = 1",
      "UPDATE post SET score = score + 1",
      "UPDATE author SET town = 1 WHERE id = 3",
      "UPDATE author SET id = 8 WHERE id = 4",
      "UPDATE author SET id = id + 10",
      "UPDATE post SET author = author + 10",
      "DELETE FROM note WHERE text = 'x'",
      "INSERT INTO note VALUES (4, 'w'), (1, NULL)",
      "UPDATE town SET name = 'Rome' WHERE id = 2",
      "DELETE FROM town WHERE id = 1",
      "BEGIN",
      "UPDATE post SET id = id + 100",
      "UPDATE note SET post = post + 100",
      "DELETE FROM author WHERE id = 12",
      "INSERT INTO author VALUES (12, 'Bob again', 3), (1, 'low', 2)",
      "SAVEPOINT s",
      "DELETE FROM post",
      "INSERT INTO town VALUES (9, 'Nowhere')",
      "ROLLBACK TO s",
      "UPDATE author SET town = NULL WHERE name IS NULL",
      "COMMIT",
      "BEGIN",
      "DELETE FROM author",
      "DELETE FROM post WHERE score > 3",
      "COMMIT",
      "INSERT INTO author SELECT id, 'again', 3 FROM post",
      "UPDATE post SET author = id",
      "DELETE FROM post",
      "DELETE FROM author",
  };
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
    run(statements[i]);
}

static inline void create_tables(void) {
  run("CREATE TABLE town (id integer PRIMARY KEY, name text)");
  run("CREATE TABLE author (id integer PRIMARY KEY, name text, town integer)");
  run("CREATE TABLE post (id integer PRIMARY KEY, author integer, score integer, tags "
      "jsonb)");
  run("CREATE TABLE note (post integer, text text)");
}

/* Creates views v0, v1, … of these queries, which all are maintained in this way. */
static inline void create_views(const char *const *queries, const char *maintenance) {
  char sql[1024];
  for (int i = 0; queries[i]; i++) {
    char name[16];
    snprintf(name, sizeof name, "v%d", i);
    snprintf(sql, sizeof sql, "CREATE REALTIME VIEW %s AS %s", name, queries[i]);
    run(sql);
    expect_explained(name, maintenance);
  }
}

#endif
