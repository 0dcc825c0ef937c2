/* Tests of view_verify_all: stored rows that are not those of the query are found, told and put right. */
#include "lib/local_database.h"
#include "lib/test.h"
#include "view/view.h"

struct found {
  char names[200];
  int64_t rows;
};

static void note(void *context, const struct relation *view, int64_t rows) {
  struct found *found = context;
  size_t length = strlen(found->names);
  snprintf(found->names + length, sizeof found->names - length, "%s ", view->name);
  found->rows += rows;
}

static struct found verify(struct local_database *local) {
  struct found found = {0};
  assert_int_equal(local_run(local, "BEGIN"), TIDE_OK);
  assert_int_equal(view_verify_all(&local->database, note, &found), TIDE_OK);
  assert_int_equal(local_run(local, "COMMIT"), TIDE_OK);
  assert_true(local_views_hold(local));
  return found;
}

static const char schema[] =
    "CREATE TABLE users (id integer PRIMARY KEY, name text);\n"
    "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount integer);\n"
    "INSERT INTO users VALUES (1, 'Ann'), (2, 'Bo'), (3, 'Cy');\n"
    "INSERT INTO orders SELECT g, g % 3 + 1, g FROM generate_series(1, 30) g;\n"
    "CREATE REALTIME VIEW joined AS SELECT o.id, u.name FROM orders o JOIN users u ON "
    "u.id = o.user_id;\n"
    "CREATE REALTIME VIEW totals AS SELECT user_id, sum(amount) AS s, max(amount) AS "
    "m, "
    "count(DISTINCT amount % 4) AS d FROM orders GROUP BY user_id;\n"
    "CREATE REALTIME VIEW documents AS SELECT u.id, u.name, (SELECT json_agg(o.amount "
    "ORDER BY o.id) FROM orders o WHERE o.user_id = u.id) AS amounts FROM users u;\n"
    "CREATE REALTIME VIEW best AS SELECT user_id, s FROM totals WHERE s > 150";

static void open_database(struct local_database *local) {
  assert_int_equal(local_open(local, memory_default()), TIDE_OK);
  assert_int_equal(local_script(local, schema), TIDE_OK);
}

/* Damage behind the engine's back, and the views it has to be found in. */
static const struct {
  const char *sql, *views;
} damages[] = {
    {"UPDATE joined SET name = 'Eve' WHERE id = 7", "joined "},
    {"DELETE FROM joined WHERE id < 4", "joined "},
    {"INSERT INTO joined(id, name) VALUES (99, 'Ann')", "joined "},
    {"UPDATE documents SET amounts = '[]' WHERE id = 2", "documents "},
    {"UPDATE best SET s = s + 1 WHERE rowid = (SELECT min(rowid) FROM best)", "best "},
};

static void finds_and_rebuilds(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(damages); i++) {
    struct local_database local;
    open_database(&local);
    assert_string_equal(verify(&local).names, "");
    local_sqlite(&local, damages[i].sql);
    struct found found = verify(&local);
    assert_string_equal(found.names, damages[i].views);
    assert_true(found.rows > 0);
    assert_string_equal(verify(&local).names, "");
    assert_int_equal(local_run(&local,
                               "UPDATE orders SET amount = amount + 1, user_id = "
                               "4 - user_id WHERE id % 2 = 0"),
                     TIDE_OK);
    assert_true(local_views_hold(&local));
    local_close(&local);
  }
}

/* A table of a view that is gone is made again. */
static void makes_what_is_missing(void **state) {
  (void)state;
  struct local_database local;
  open_database(&local);
  local_sqlite(&local, "DROP TABLE best");
  view_forget_plans(&local.database);
  assert_string_equal(verify(&local).names, "best ");
  local_close(&local);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_and_rebuilds),
      cmocka_unit_test(makes_what_is_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
