/* Binding and lowering survive any allocation that fails. */
#include "bind_fixture.h"

/* Between them they go through every part of the binder and of lowering. */
static const char *const statements[] = {
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3), q AS "
    "(SELECT id FROM vv JOIN u ON u.id = vv.ident) SELECT n.i, count(*) FILTER (WHERE "
    "n.i "
    "> 1), string_agg(DISTINCT q.id::text, ',') FROM n LEFT JOIN q ON q.id = n.i GROUP "
    "BY "
    "n.i HAVING count(*) > 0 ORDER BY 2 DESC, n.i + 1 LIMIT $1 OFFSET 1",
    "SELECT DISTINCT ON (t_id) t_id, name FROM u JOIN t USING (id) ORDER BY t_id, n",
    "SELECT id FROM t INTERSECT ALL (SELECT t_id FROM u ORDER BY 1 LIMIT 2) UNION "
    "VALUES "
    "(1.5), ('2')",
    "SELECT CASE a WHEN 1 THEN c WHEN 2.5 THEN 1 END, (a, b) < (1, 'x'), a = ANY ($1), "
    "c > "
    "ALL (SELECT n FROM u), b LIKE ANY (ARRAY['x', b]), nullif(a, 1.5), a BETWEEN "
    "SYMMETRIC "
    "1 AND g, (SELECT name FROM u), ARRAY(SELECT id FROM u), (id, b) IN ((1, 'x')), "
    "row_number() "
    "OVER (w ORDER BY c RANGE UNBOUNDED PRECEDING) FROM t WINDOW w AS (PARTITION BY c)",
    "SELECT x, y FROM j, jsonb_each(doc) AS e(x, y), unnest(tags) WITH ORDINALITY, "
    "(SELECT "
    "random() AS r) q WHERE j.__version <> ''",
    "INSERT INTO v (id, alpha) SELECT DISTINCT id, 1.5 FROM u ON CONFLICT (id) DO "
    "UPDATE SET "
    "alpha = excluded.alpha + 1 RETURNING id, b",
    "INSERT INTO numbered (name) VALUES ($1), (DEFAULT) RETURNING *",
    "UPDATE t SET (a, b) = (SELECT id, name FROM u LIMIT 1), c = DEFAULT FROM keyed "
    "WHERE "
    "keyed.a = t.id RETURNING t.*",
    "DELETE FROM vv USING u WHERE u.id = ident",
    "SELECT k.v, s.n, p.name, q.z FROM keyed k, LATERAL (SELECT count(*) AS n FROM u "
    "WHERE "
    "u.t_id = k.a) s LEFT JOIN LATERAL (SELECT name FROM u WHERE u.t_id = s.n ORDER BY "
    "n DESC "
    "LIMIT 2 OFFSET 1) p ON true, LATERAL (SELECT id + k.a AS z FROM t WHERE t.id > "
    "k.a) q ORDER "
    "BY q.z + 1",
    "SELECT a, b, grouping(a, b), count(*) FROM t GROUP BY ROLLUP (a), CUBE (b, e) "
    "HAVING "
    "count(*) > 1 ORDER BY a + 1, 4",
    "UPDATE t SET a = (SELECT max(z.a) FROM t z WHERE z.id < t.id)",
    "SELECT jsonb_set(doc, replacement => '1', path => '{a}') FROM j WHERE doc IS NOT "
    "NULL AND make_interval(days => 1) > make_interval(1)",
    "SELECT a, percentile_cont(a / 2.0) WITHIN GROUP (ORDER BY f DESC), mode() WITHIN "
    "GROUP (ORDER BY c), dense_rank(a, 'x') WITHIN GROUP (ORDER BY g, b NULLS FIRST) "
    "FILTER (WHERE d) FROM t GROUP BY a",
    "SELECT percentile_cont(1, 2) WITHIN GROUP (ORDER BY a) FROM t",
    "SELECT a AS x, b AS x FROM t ORDER BY a + 1, c OFFSET 1 FETCH FIRST ($1) ROWS "
    "WITH "
    "TIES",
    "SELECT id, upper(unnest(tags)) AS tag FROM j ORDER BY unnest(tags) LIMIT 1",
    "SELECT make_date(years => 1)",
    "SELECT nope FROM t",
    "SELECT upper(1, 2)",
};

struct planning {
  struct fixture *fixture;
  const char *sql;
};

/* Parses, binds, lowers and prints with `memory`; the catalog has memory of its own. */
static int plan(struct memory *memory, void *context) {
  const struct planning *planning = context;
  struct database *database = &planning->fixture->database;
  struct planned planned;
  struct buffer sql;
  struct memory *own = database->memory;
  database->memory = memory;
  buffer_init(&sql, memory);
  bind(planning->fixture, &planned, planning->sql);
  int rc = planned.code;
  struct sql_node *lowered =
      rc == TIDE_OK ? lower_statement(&planned.binding, planned.tree) : NULL;
  if (rc == TIDE_OK && !lowered)
    rc = database->error->code;
  if (rc == TIDE_OK)
    rc = lower_print(&planned.binding, lowered, &sql);
  if (rc == TIDE_OK && sql.failed)
    rc = TIDE_ERROR_NOMEM;
  unplan(&planned);
  buffer_deinit(&sql);
  database->memory = own;
  /* Some are meant to fail. */
  bool meant = rc == TIDE_ERROR_UNDEFINED_COLUMN || rc == TIDE_ERROR_UNDEFINED_FUNCTION;
  return meant ? TIDE_OK : rc;
}

/* Memory that runs out while planning is reported as that, and nothing leaks. An arena asks for memory only when a block is
 * full: with blocks that end at other places it fails at other nodes. */
static void test_planning(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  for (size_t i = 0; i < COUNT(statements); i++) {
    struct planning planning = {f, statements[i]};
    for (arena_filler = 0; arena_filler < 4096; arena_filler += 56)
      each_failing_allocation(plan, &planning);
    arena_filler = 0;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {CASE(test_planning)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
