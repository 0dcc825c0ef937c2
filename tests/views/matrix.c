/* Twelve shapes of views, some embedding others, under twenty-six kinds of statements of one or a few rows; nothing keeps
 * references from dangling. */
#include "round.h"

enum { STATEMENTS = 90 };

static const char *const tables[] = {
    "CREATE TABLE customer (pk integer PRIMARY KEY, id text, name text)",
    "CREATE TABLE orders (pk integer PRIMARY KEY, fk_customer integer, ref text, "
    "status "
    "text)",
    "CREATE TABLE line (pk integer PRIMARY KEY, fk_order integer, sku text, qty "
    "integer)",
    "CREATE TABLE contract (pk integer PRIMARY KEY, id_contract integer, version_no "
    "integer, status text)",
    "CREATE TABLE deal (pk integer PRIMARY KEY, fk_contract integer, title text)",
    "CREATE TABLE desk (pk integer PRIMARY KEY, fk_deal integer, label text)",
    "CREATE TABLE doc (pk integer PRIMARY KEY, id uuid, rev integer, body text)",
    "CREATE TABLE note (pk integer PRIMARY KEY, fk_doc integer, remark text)",
    "CREATE TABLE task (pk integer PRIMARY KEY, title text, state text)",
    "CREATE TABLE task_archive (pk integer PRIMARY KEY, title text, state text)"};

static const int initial_rows[] = {6, 10, 20, 12, 6, 4, 8, 6, 4, 3};

/* The first is read by a shape, and a shape itself no more. */
static const char *const views[] = {
    "CREATE REALTIME VIEW v_cnt AS SELECT fk_order, count(*) AS lines, sum(qty) AS "
    "total "
    "FROM line GROUP BY fk_order",
    "CREATE REALTIME VIEW tv_customer AS SELECT c.pk AS pk_customer, c.id, "
    "jsonb_build_object('id', c.id, 'name', c.name) AS data FROM customer AS c",
    "CREATE REALTIME VIEW tv_order AS SELECT o.pk AS pk_thing, "
    "jsonb_build_object('ref', o.ref, 'customer', c.name) AS data FROM orders AS o "
    "JOIN "
    "customer AS c ON c.pk = o.fk_customer",
    "CREATE REALTIME VIEW tv_line AS SELECT l.pk AS pk_line, jsonb_build_object('sku', "
    "l.sku, 'order', jsonb_build_object('ref', o.ref, 'customer', c.name)) AS data "
    "FROM "
    "line AS l JOIN orders AS o ON o.pk = l.fk_order JOIN customer AS c ON c.pk = "
    "o.fk_customer",
    "CREATE REALTIME VIEW tv_order_full AS SELECT DISTINCT ON (o.pk) o.pk AS pk_order, "
    "v.lines, v.total, jsonb_build_object('ref', o.ref, 'customer', c.data) AS data "
    "FROM "
    "orders AS o LEFT JOIN v_cnt AS v ON v.fk_order = o.pk LEFT JOIN tv_customer AS c "
    "ON "
    "c.pk_customer = o.fk_customer ORDER BY o.pk, v.lines, v.total, c.pk_customer",
    "CREATE REALTIME VIEW tv_contract AS SELECT DISTINCT ON (k.id_contract) "
    "k.id_contract, k.pk AS pk_contract, jsonb_build_object('version', k.version_no, "
    "'status', k.status) AS data FROM contract AS k ORDER BY k.id_contract, "
    "k.version_no "
    "DESC, k.pk",
    "CREATE REALTIME VIEW tv_deal AS SELECT d.pk AS pk_deal, "
    "jsonb_build_object('title', "
    "d.title, 'contract', k.data) AS data FROM deal AS d LEFT JOIN tv_contract AS k ON "
    "k.id_contract = d.fk_contract",
    "CREATE REALTIME VIEW tv_desk AS SELECT s.pk AS pk_desk, "
    "jsonb_build_object('label', "
    "s.label, 'deal', d.data) AS data FROM desk AS s LEFT JOIN tv_deal AS d ON "
    "d.pk_deal "
    "= s.fk_deal",
    "CREATE REALTIME VIEW tv_doc AS SELECT DISTINCT ON (d.id) d.id, d.pk AS pk_doc, "
    "jsonb_build_object('rev', d.rev, 'body', d.body) AS data FROM doc AS d ORDER BY "
    "d.id, d.rev DESC, d.pk DESC",
    "CREATE REALTIME VIEW tv_note AS SELECT n.pk AS pk_note, "
    "jsonb_build_object('remark', "
    "n.remark, 'doc', d.data) AS data FROM note AS n LEFT JOIN tv_doc AS d ON d.pk_doc "
    "= "
    "n.fk_doc",
    "CREATE REALTIME VIEW tv_last_line AS SELECT DISTINCT ON (o.pk) o.pk AS pk_order, "
    "l.pk AS pk_line, l.sku, l.qty FROM line AS l JOIN orders AS o ON o.pk = "
    "l.fk_order "
    "ORDER BY o.pk, l.pk DESC",
    "CREATE REALTIME VIEW tv_task AS SELECT t.pk, t.title, 'open' AS kind FROM task AS "
    "t "
    "UNION ALL SELECT a.pk, a.title, 'archived' FROM task_archive AS a",
    "CREATE REALTIME VIEW tv_customer_orders AS SELECT c.pk AS pk_customer, c.name, "
    "count(o.pk) AS orders, jsonb_agg(o.ref ORDER BY o.pk) FILTER (WHERE o.pk IS NOT "
    "NULL) AS refs FROM customer AS c LEFT JOIN orders AS o ON o.fk_customer = c.pk "
    "GROUP "
    "BY c.pk, c.name"};

_Static_assert(sizeof views / sizeof *views == MATRIX_SHAPES + 1, "one per shape");

static const char *text(struct generator *generator) {
  static const char *const texts[] = {"'a'", "'b'", "'c'", "''", "NULL", "'d e'"};
  return PICK(generator, texts);
}

static const char *uuid(struct generator *generator) {
  return say(generator, "'00000000-0000-0000-0000-00000000000%d'", below(generator, 4));
}

static const char *reference(struct generator *generator) {
  return chance(generator, 8) ? "NULL" : say(generator, "%d", 1 + below(generator, 12));
}

/* The columns behind the key of one row. */
static const char *columns_of(struct generator *generator, int table) {
  switch (table) {
  case 0: return say(generator, "%s, %s", text(generator), text(generator));
  case 1:
    return say(generator, "%s, %s, %s", reference(generator), text(generator),
               text(generator));
  case 2:
    return say(generator, "%s, %s, %d", reference(generator), text(generator),
               below(generator, 5));
  case 3:
    return say(generator, "%d, %d, %s", 1 + below(generator, 5), below(generator, 4),
               text(generator));
  case 6:
    return say(generator, "%s, %d, %s", uuid(generator), below(generator, 4),
               text(generator));
  case 4:
  case 5:
  case 7: return say(generator, "%s, %s", reference(generator), text(generator));
  default: return say(generator, "%s, %s", text(generator), text(generator));
  }
}

static const char *const names[] = {"customer", "orders",      "line", "contract",
                                    "deal",     "desk",        "doc",  "note",
                                    "task",     "task_archive"};

static const char *insert(struct generator *generator, int table, int rows) {
  const char *sql = say(generator, "INSERT INTO %s VALUES ", names[table]);
  for (int i = 0; i < rows; i++)
    sql = say(generator, "%s%s(%d, %s)", sql, i ? ", " : "", 1 + below(generator, 30),
              columns_of(generator, table));
  return say(generator, "%s ON CONFLICT DO NOTHING", sql);
}

/* Of one row half of the time, else of two to four. */
static const char *which(struct generator *generator) {
  int first = 1 + below(generator, 20);
  if (chance(generator, 50))
    return say(generator, " WHERE pk = %d", first);
  return say(generator, " WHERE pk BETWEEN %d AND %d", first,
             first + 2 + below(generator, 3));
}

static const char *update(struct generator *generator, int table, const char *column,
                          const char *value) {
  return say(generator, "UPDATE %s SET %s = %s%s", names[table], column, value,
             which(generator));
}

static const char *delete_rows(struct generator *generator, int table) {
  return say(generator, "DELETE FROM %s%s", names[table], which(generator));
}

static const char *number(struct generator *generator, int limit) {
  return say(generator, "%d", below(generator, limit));
}

static const char *statement(struct generator *g, int kind) {
  int rows = chance(g, 50) ? 1 : 2 + below(g, 3);
  switch (kind) {
  case 0: return insert(g, 0, rows);
  case 1: return update(g, 0, "name", text(g));
  case 2: return delete_rows(g, 0);
  case 3: return insert(g, 1, rows);
  case 4: return update(g, 1, "fk_customer", reference(g));
  case 5: return update(g, 1, "ref", text(g));
  case 6: return delete_rows(g, 1);
  case 7: return insert(g, 2, rows);
  case 8: return update(g, 2, "fk_order", reference(g));
  case 9: return update(g, 2, "qty", number(g, 5));
  case 10: return delete_rows(g, 2);
  case 11: return insert(g, 3, rows);
  case 12: return update(g, 3, "version_no", number(g, 6));
  case 13: return update(g, 3, "id_contract", number(g, 6));
  case 14: return update(g, 3, "status", text(g));
  case 15: return delete_rows(g, 3);
  case 16: return insert(g, 4, rows);
  case 17: return update(g, 4, "fk_contract", reference(g));
  case 18: return delete_rows(g, 4);
  case 19: return update(g, 5, "fk_deal", reference(g));
  case 20: return insert(g, 6, rows);
  case 21: return update(g, 6, "id", uuid(g));
  case 22: return update(g, 6, "rev", number(g, 5));
  case 23: return delete_rows(g, 6);
  case 24: return update(g, 7, "fk_doc", reference(g));
  default:
    return chance(g, 50)
               ? "INSERT INTO task_archive SELECT pk, title, state FROM task ORDER BY "
                 "pk LIMIT 2 ON CONFLICT DO NOTHING"
               : update(g, 8, "title", text(g));
  }
}

static bool prepare(struct round *round) {
  struct generator *generator = &round->generator;
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    if (!round_statement(round, tables[i]))
      return false;
    for (int row = 0; row < initial_rows[i]; row++)
      if (!round_statement(round,
                           say(generator, "INSERT INTO %s VALUES (%d, %s)", names[i],
                               row + 1, columns_of(generator, (int)i))))
        return false;
  }
  for (size_t i = 0; i < sizeof views / sizeof *views; i++)
    if (!round_statement(round, views[i]))
      return false;
  return true;
}

bool matrix_run(struct round *round) {
  struct generator *generator = &round->generator;
  bool good = prepare(round);
  for (int i = 0; good && i < STATEMENTS; i++) {
    int kind = below(generator, MATRIX_KINDS);
    if (chance(generator, 10))
      good = round_control(round);
    if (good)
      good = round_statement(round, statement(generator, kind));
    round->shared->matrix[kind]++;
  }
  return good;
}
