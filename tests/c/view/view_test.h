/* What the tests of the emitters share: statements that must succeed, rows that must
 * come out, views that must hold. */
#ifndef TIDE_TEST_VIEW_TEST_H
#define TIDE_TEST_VIEW_TEST_H

#include "lib/local_database.h"
#include "lib/test.h"
#include "view/view.h"

static struct local_database local;

static inline int view_test_open(void **state) {
  (void)state;
  assert_int_equal(local_open(&local, memory_default()), TIDE_OK);
  return 0;
}

static inline int view_test_close(void **state) {
  (void)state;
  local_close(&local);
  return 0;
}

/* Runs a statement that must succeed; every view must hold its query's rows
 * afterwards. */
static inline void run(const char *sql) {
  int rc = local_run(&local, sql);
  if (rc != TIDE_OK)
    fail_msg("%s\nerror %s: %s", sql, tide_error_sqlstate(rc),
             local.sqlite.error.message);
  if (!local_views_hold(&local))
    fail_msg("after %s", sql);
}

/* Runs a statement that must fail with that SQLSTATE; every view must hold its
 * query's rows afterwards. */
static inline void run_failing(const char *sql, const char *sqlstate) {
  int rc = local_run(&local, sql);
  if (strcmp(tide_error_sqlstate(rc), sqlstate) != 0)
    fail_msg("%s\nerror %s, not %s: %s", sql, tide_error_sqlstate(rc), sqlstate,
             local.sqlite.error.message);
  if (!local_views_hold(&local))
    fail_msg("after %s", sql);
}

/* `rows`: one line each, values separated by |, \N for NULL. */
static inline void expect_rows(const char *sql, const char *rows) {
  char found[8192];
  snprintf(found, sizeof found, "%s", local_rows(&local, sql));
  if (strcmp(found, rows) != 0)
    fail_msg("%s\nexpected\n%sfound\n%s", sql, rows, found);
}

static inline void explain_contains(const char *view, const char *line, bool expected) {
  const struct relation *relation = catalog_find(&local.database, NULL, view);
  struct buffer out;
  assert_non_null(relation);
  buffer_init(&out, local.database.memory);
  assert_int_equal(view_explain(&local.database, relation, &out), TIDE_OK);
  if ((strstr(buffer_string(&out), line) != NULL) != expected)
    fail_msg("EXPLAIN VIEW %s\n%s\n%s: %s", view, buffer_string(&out),
             expected ? "does not say" : "must not say", line);
  buffer_deinit(&out);
}

/* Does EXPLAIN VIEW say this? */
static inline void expect_explained(const char *view, const char *line) {
  explain_contains(view, line, true);
}

static inline void expect_unexplained(const char *view, const char *line) {
  explain_contains(view, line, false);
}

#define VIEW_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, view_test_open, view_test_close)

#endif
