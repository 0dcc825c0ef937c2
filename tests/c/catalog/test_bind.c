/* What names, stars, types and conversions become when a statement is bound. */
#include "bind_fixture.h"

/* --- names --- */

/* Every column is qualified by the alias of its reference, stars are expanded, every result has a name. */
static void test_names(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_to(f, "SELECT a, x.b AS y FROM t x", "SELECT x.a AS a, x.b AS y FROM t AS x");
  binds_to(f, "SELECT * FROM s.t", "SELECT t.id AS id, t.a AS a FROM s.t AS t");
  binds_to(f, "SELECT u.* FROM s.t, u",
           "SELECT u.id AS id, u.t_id AS t_id, u.name AS name, u.n AS n FROM s.t AS t, "
           "u AS u");
  binds_to(f, "TABLE s.t", "SELECT t.id AS id, t.a AS a FROM s.t AS t");
}

/* Two tables of one name get aliases that differ, also where only the case of letters would tell them apart. */
static void test_aliases(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_to(f, "SELECT s.t.id, public.t.id FROM s.t, public.t",
           "SELECT t.id AS id, t_1.id AS id FROM s.t AS t, public.t AS t_1");
  binds_to(f, "SELECT \"X\".id, x.id FROM u AS \"X\", u AS x",
           "SELECT \"X\".id AS id, x_1.id AS id FROM u AS \"X\", u AS x_1");
  binds_to(f, "SELECT (SELECT \"X\".name FROM u AS x LIMIT 1) FROM u AS \"X\"",
           "SELECT (SELECT \"X\".name AS name FROM u AS x_1 LIMIT 1) AS name FROM u AS "
           "\"X\"");
}

/* USING and NATURAL become ON; the merged column is one of the two, or the one that is there. */
static void test_using(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_to(f, "SELECT id FROM t JOIN u USING (id)",
           "SELECT t.id AS id FROM t AS t JOIN u AS u ON t.id = u.id");
  binds_to(f, "SELECT id FROM t RIGHT JOIN u USING (id)",
           "SELECT u.id AS id FROM t AS t RIGHT JOIN u AS u ON t.id = u.id");
  binds_to(f, "SELECT id FROM t FULL JOIN u USING (id)",
           "SELECT coalesce(t.id, u.id) AS id FROM t AS t FULL JOIN u AS u ON t.id = "
           "u.id");
  binds_to(f, "SELECT * FROM (SELECT 1 AS x, 2 AS y) p NATURAL JOIN (SELECT 1 AS x) q",
           "SELECT p.x AS x, p.y AS y FROM (SELECT 1 AS x, 2 AS y) AS p JOIN (SELECT 1 "
           "AS x) AS q ON p.x = q.x");
}

/* A local runtime view is replaced by its query, also one over another. */
static void test_views(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_to(
      f, "SELECT alpha FROM v WHERE id = 1",
      "SELECT v.alpha AS alpha FROM (SELECT t.id AS id, t.a AS alpha, t.b AS b FROM "
      "public.t AS t WHERE t.a > 0) AS v WHERE v.id = 1");
  binds_to(f, "SELECT ident FROM vv",
           "SELECT vv.id AS ident FROM (SELECT v.id AS id, upper(v.b) AS upper FROM "
           "(SELECT t.id AS id, t.a AS alpha, t.b AS b FROM public.t AS t WHERE t.a > "
           "0) AS v) "
           "AS vv");
}

/* A common table expression never has the name of a table, which it would hide from expanded views. */
static void test_ctes(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_to(f, "WITH t AS (SELECT 1 AS x) SELECT x FROM t",
           "WITH t_1 (x) AS (SELECT 1 AS x) SELECT t.x AS x FROM t_1 AS t");
  binds_to(
      f,
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * "
      "FROM n LIMIT 3",
      "WITH RECURSIVE n (i) AS (SELECT 1 AS \"?column?\" UNION ALL SELECT n.i + 1 AS "
      "\"?column?\" FROM n AS n) SELECT n.i AS i FROM n AS n LIMIT 3");
}

/* Hidden columns answer to their names but are not part of a star; a table's version is a hash of its row. */
static void test_hidden(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_to(
      f, "SELECT __staged, __version FROM s.t",
      "SELECT FALSE AS __staged, pg_row_hash(t.id, t.a) AS __version FROM s.t AS t");
  refuses(f, "UPDATE s.t SET __staged = true", "55000", 15,
          "column \"__staged\" is a system column and cannot be written");
}

/* --- output names --- */

/* Results without an alias are called as PostgreSQL calls them. */
static void test_output_names(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *expression, *name;
  } cases[] = {
      {"a", "a"},
      {"x.a", "a"},
      {"1", "?column?"},
      {"a + 1", "?column?"},
      {"true", "?column?"},
      {"upper(b)", "upper"},
      {"count(*)", "count"},
      {"coalesce(1, 2)", "coalesce"},
      {"a::text", "a"},
      {"1::smallint", "int2"},
      {"'x'::character varying", "varchar"},
      {"date '2020-01-01'", "date"},
      {"CASE WHEN true THEN 1 END", "case"},
      {"CASE WHEN true THEN 1 ELSE 1 END", "case"},
      {"ARRAY[1]", "array"},
      {"(ARRAY[1])[1]", "array"},
      {"EXISTS (SELECT 1)", "exists"},
      {"(SELECT 1 AS q)", "q"},
      {"(SELECT max(id) FROM u)", "max"},
      {"ARRAY(SELECT 1)", "array"},
      {"current_date", "current_date"},
      {"extract(year FROM date '2020-01-01')", "extract"},
      {"b COLLATE \"C\"", "b"},
      {"NULL", "?column?"},
  };
  create_tables(f);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct planned planned;
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT %s FROM t x%s", cases[i].expression,
             strcmp(cases[i].name, "case") == 0 ? "" : " GROUP BY id");
    bind(f, &planned, sql);
    if (planned.code != TIDE_OK)
      fail_msg("%s: %s", sql, f->sqlite.error.message);
    assert_string_equal(planned.binding.result_names[0], cases[i].name);
    unplan(&planned);
  }
}

/* --- types --- */

static void assert_type(struct type type, const char *expected) {
  char text[64];
  type_format(type, text, sizeof text);
  assert_string_equal(text, expected);
}

/* The type of an expression is PostgreSQL's. */
static void test_types(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *expression, *type;
  } cases[] = {
      {"1", "integer"},
      {"2147483648", "bigint"},
      {"-2147483648", "integer"},
      {"-9223372036854775808", "bigint"},
      {"9223372036854775808", "numeric"},
      {"1.5", "numeric"},
      {"'x'", "text"},
      {"NULL", "text"},
      {"a + g", "bigint"},
      {"a + 1.5", "numeric"},
      {"a + f", "double precision"},
      {"c", "numeric(10,2)"},
      {"c + 1", "numeric"},
      {"e - e", "integer"},
      {"e + 1", "date"},
      {"b || 'x'", "text"},
      {"'x' || 1", "text"},
      {"a = 1", "boolean"},
      {"CASE WHEN d THEN 1 ELSE 2.5 END", "numeric"},
      {"coalesce(a, g)", "bigint"},
      {"nullif(a, g)", "integer"},
      {"nullif(a, 1.5)", "numeric"},
      {"nullif(e, timestamp '2020-01-01')", "date"},
      {"ARRAY[1, NULL]", "integer[]"},
      {"(ARRAY['x'])[1]", "text"},
      {"count(*)", "bigint"},
      {"sum(a)", "bigint"},
      {"sum(g)", "numeric"},
      {"avg(f)", "double precision"},
      {"max(c)", "numeric"},
      {"array_agg(b)", "text[]"},
      {"(SELECT 'x')", "text"},
      {"row_number() OVER ()", "bigint"},
      {"lag(b) OVER ()", "text"},
  };
  create_tables(f);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct planned planned;
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT %s FROM t GROUP BY id", cases[i].expression);
    bind(f, &planned, sql);
    if (planned.code != TIDE_OK)
      fail_msg("%s: %s", sql, f->sqlite.error.message);
    assert_type(planned.binding.result_types[0], cases[i].type);
    unplan(&planned);
  }
}

/* A set operation of numeric(10, 2) and numeric is numeric, without the digits of one side. */
static void test_common_types(void **state) {
  struct fixture *f = *state;
  struct planned planned;
  create_tables(f);
  bind(f, &planned, "SELECT c, NULL FROM t UNION SELECT n, id FROM u");
  assert_int_equal(planned.code, TIDE_OK);
  assert_type(planned.binding.result_types[0], "numeric");
  assert_type(planned.binding.result_types[1], "integer");
  unplan(&planned);
}

/* Parameters take the type that is wanted where they stand. */
static void test_parameters(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *sql, *types[3];
  } cases[] = {
      {"SELECT * FROM t WHERE id = $1 AND b = $2 AND c > $3",
       {"integer", "text", "numeric"}},
      {"SELECT * FROM t WHERE $1 IS NULL OR a = $1", {"integer"}},
      {"SELECT $1::date, $2", {"date", "text"}},
      {"SELECT * FROM t WHERE d = $1 LIMIT $2", {"boolean", "bigint"}},
      {"SELECT * FROM t WHERE id = ANY ($1)", {"integer[]"}},
      {"SELECT * FROM t WHERE id IN ($1, $2)", {"integer", "integer"}},
      {"INSERT INTO t (id, b, e) VALUES ($1, $2, $3)", {"integer", "text", "date"}},
      {"UPDATE t SET c = $1, d = $2 WHERE id = $3", {"numeric", "boolean", "integer"}},
      {"SELECT coalesce($1, a), upper($2) FROM t", {"integer", "text"}},
      {"SELECT CASE WHEN $1 THEN $2 ELSE 1.5 END", {"boolean", "numeric"}},
      {"INSERT INTO t (id) SELECT $1", {"integer"}},
  };
  create_tables(f);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct planned planned;
    bind(f, &planned, cases[i].sql);
    if (planned.code != TIDE_OK)
      fail_msg("%s: %s", cases[i].sql, f->sqlite.error.message);
    for (int k = 0; k < planned.binding.parameter_count; k++)
      assert_type(planned.binding.parameter_types[k], cases[i].types[k]);
    unplan(&planned);
  }
  refuses(f, "SELECT 1 WHERE $1 IS NULL", "42P18", 15,
          "could not determine data type of parameter $1");
}

/* --- expressions outside statements --- */

static void binds_expression(struct fixture *f, const char *sql, const char *table,
                             struct type expected, const char *lowered) {
  struct arena arena;
  struct sql_node *expression;
  arena_init(&arena, memory_default());
  struct binding binding = {.database = &f->database, .arena = &arena};
  const struct relation *relation =
      table ? catalog_find(&f->database, NULL, table) : NULL;
  error_clear(f->database.error);
  assert_int_equal(
      sql_parse_expression(&arena, sql, strlen(sql), &expression, f->database.error),
      TIDE_OK);
  if (bind_expression(&binding, relation, &expression, expected) != TIDE_OK)
    fail_msg("%s: %s", sql, f->sqlite.error.message);
  expression = lower_expression(&binding, expression);
  assert_non_null(expression);
  buffer_clear(&f->rows);
  assert_int_equal(lower_print(&binding, expression, &f->rows), TIDE_OK);
  assert_string_equal(buffer_string(&f->rows), lowered);
  arena_deinit(&arena);
}

/* A CHECK or index knows the columns of its table by their plain names; a default knows none. */
static void test_expressions(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_expression(f, "a > 0 AND c < 1.5", "t", TYPE(TYPE_BOOLEAN),
                   "a > 0 AND c < '1.5'");
  binds_expression(f, "upper(b)", "t", TYPE(TYPE_UNKNOWN), "pg_upper(b)");
  binds_expression(f, "1 + 1", NULL, TYPE(TYPE_BIGINT), "1 + 1");
  binds_expression(f, "'5'", NULL, TYPE(TYPE_INTEGER), "5");
}

static void refuses_expression(struct fixture *f, const char *sql,
                               const char *sqlstate) {
  struct arena arena;
  struct sql_node *expression;
  arena_init(&arena, memory_default());
  struct binding binding = {.database = &f->database, .arena = &arena};
  error_clear(f->database.error);
  assert_int_equal(
      sql_parse_expression(&arena, sql, strlen(sql), &expression, f->database.error),
      TIDE_OK);
  assert_int_not_equal(bind_expression(&binding, catalog_find(&f->database, NULL, "t"),
                                       &expression, TYPE(TYPE_BOOLEAN)),
                       TIDE_OK);
  assert_string_equal(f->sqlite.error.sqlstate, sqlstate);
  arena_deinit(&arena);
}

/* Subqueries, aggregates and window functions have no place in them. */
static void test_expressions_refused(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  refuses_expression(f, "EXISTS (SELECT 1)", "0A000");
  refuses_expression(f, "a IN (SELECT 1)", "0A000");
  refuses_expression(f, "count(*) > 1", "42803");
  refuses_expression(f, "row_number() OVER () > 1", "42P20");
  refuses_expression(f, "nope", "42703");
  refuses_expression(f, "a", "42804");
}

/* --- relations --- */

/* What a statement touches is listed once, through views too. */
static void test_relations(void **state) {
  struct fixture *f = *state;
  struct planned planned;
  const struct relation **relations;
  int count;
  create_tables(f);
  bind(f, &planned, "SELECT 1 FROM vv, t, u WHERE u.id IN (SELECT id FROM u)");
  assert_int_equal(planned.code, TIDE_OK);
  assert_int_equal(bind_relations(&planned.binding, planned.tree, &relations, &count),
                   TIDE_OK);
  assert_int_equal(count, 2);
  assert_string_equal(relations[0]->name, "t");
  assert_string_equal(relations[1]->name, "u");
  unplan(&planned);
}

/* The target of a write to a view is its base, and the columns are the base's. */
static void test_view_writes(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  binds_to(f, "UPDATE v SET alpha = alpha + 1 WHERE b = 'x' RETURNING *",
           "UPDATE public.t AS v SET a = v.a + 1 WHERE v.a > 0 AND v.b = 'x' RETURNING "
           "v.id AS id, v.a AS alpha, v.b AS b");
  binds_to(f, "DELETE FROM vv WHERE up = 'X'",
           "DELETE FROM public.t AS vv WHERE vv.a > 0 AND upper(vv.b) = 'X'");
  refuses(
      f, "UPDATE vv SET up = 'x'", "55000", 14,
      "column \"up\" of view \"vv\" cannot be written: it is not a column of its base");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_names),        CASE(test_aliases),     CASE(test_using),
      CASE(test_views),        CASE(test_ctes),        CASE(test_hidden),
      CASE(test_output_names), CASE(test_types),       CASE(test_common_types),
      CASE(test_parameters),   CASE(test_expressions), CASE(test_expressions_refused),
      CASE(test_relations),    CASE(test_view_writes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
