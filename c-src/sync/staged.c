/* Rows whose key their origin gives them: until it has told the key, such a row has a staged one here.
 *
 * An insert without its key has the staged key in `key` and not in `mine`, so that the origin is not sent it. Whatever is
 * queued after it may name the row: updates and deletes by their key, rows of this and other relations by their foreign
 * keys. __tidemark_staged_references says which column of which write does, so nothing is guessed from values later. Inside the
 * transaction of the insert the origin's client puts the real key there (batch.c); others wait for the answer, and are
 * rewritten by it, in the same local transaction.
 *
 * What an origin makes of a key that it was given, by a trigger or by its type, is followed in the same way by the writes to that row.
 */
#include <string.h>

#include "sync/session.h"

/* --- queueing --------------------------------------------------------------------------------- */

/* Which schema the references of an origin call the one of the view's relation. */
static const char *schema_of(const struct relation *view) {
  const char *schema = origin_schema_of(view);
  return schema ? schema : "public";
}

static int stage(struct database *database, const struct relation *view, int64_t write,
                 int ordinal, int64_t value) {
  const struct write_path *path = view->view->write_path;
  int column = path->key[ordinal];
  int rc = kept_run(
      database,
      "INSERT INTO __tidemark_staged_keys (value, write_id, ordinal, origin, "
      "origin_schema, origin_relation, origin_column) VALUES (?, ?, ?, ?, ?, ?, ?)",
      "iiissss", value, write, (int64_t)ordinal, view->view->origin, schema_of(view),
      path->origin_name, path->origin_column[column]);
  return rc == TIDE_OK ? kept_run(database,
                                  "UPDATE __tidemark_queue SET mine = json_patch(mine, "
                                  "json_object(?, NULL)) WHERE id = ?",
                                  "si", view->columns[column].name, write)
                       : rc;
}

/* Keys that were handed out for the row just inserted. */
static int stage_keys(struct database *database, const struct relation *view,
                      int64_t write, sqlite3_value *const *values) {
  const struct write_path *path = view->view->write_path;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < path->key_count; i++) {
    sqlite3_value *value = values[path->key[i]];
    if (view->columns[path->key[i]].identity &&
        sqlite3_value_type(value) == SQLITE_INTEGER &&
        staged_key_is_fresh(database, sqlite3_value_int64(value)))
      rc = stage(database, view, write, i, sqlite3_value_int64(value));
  }
  return rc;
}

static int any_row(struct database *database, const char *sql, bool *any) {
  sqlite3_stmt *statement;
  int rc = kept_take(database, sql, &statement);
  *any = false;
  if (rc == TIDE_OK)
    rc = database_step(database, statement, any);
  kept_return(database, statement);
  return rc;
}

/* The columns of write ?1 to view ?2 that hold a staged key, as those of relation ?4.?5 at origin ?3 do: its own key, or what its
 * foreign keys lead to. ?6: the names of the key's columns. */
static const char REFER[] =
    "WITH RECURSIVE given (name, value) AS (SELECT m.key, m.value FROM "
    "__tidemark_queue AS q, json_each(q.mine) AS m WHERE q.id = ?1 UNION SELECT "
    "n.value, k.value FROM __tidemark_queue AS q, json_each(q.key) AS k JOIN "
    "json_each(?6) AS n ON n.key = k.key WHERE q.id = ?1), "
    "target (name, schema, relation, origin_column) AS (SELECT c.name, ?4, ?5, "
    "c.origin_column FROM __tidemark_columns AS c WHERE c.relation_id = ?2 AND "
    "c.origin_column IS NOT NULL UNION SELECT t.name, r.referenced_schema, "
    "r.referenced_relation, r.referenced_column FROM target AS t CROSS JOIN "
    "__tidemark_origin_references AS r ON r.origin = ?3 AND r.origin_schema = "
    "t.schema AND r.origin_relation = t.relation AND r.origin_column = "
    "t.origin_column) "
    "INSERT OR IGNORE INTO __tidemark_staged_references (write_id, name, value) SELECT "
    "?1, g.name, s.value FROM given AS g CROSS JOIN __tidemark_staged_keys AS s ON "
    "s.value = g.value AND typeof(g.value) = 'integer' CROSS JOIN target AS t ON "
    "t.name = g.name AND t.schema = s.origin_schema AND t.relation = "
    "s.origin_relation AND t.origin_column = s.origin_column WHERE s.origin = ?3 AND "
    "s.write_id <> ?1";

static int key_names(struct buffer *json, const struct relation *view) {
  const struct write_path *path = view->view->write_path;
  for (int i = 0; i < path->key_count; i++)
    buffer_format(json, "%s%j", i > 0 ? "," : "[", view->columns[path->key[i]].name);
  buffer_character(json, ']');
  return json->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

static int refer(struct database *database, const struct relation *view,
                 int64_t write) {
  struct buffer names;
  buffer_init(&names, database->memory);
  int rc = key_names(&names, view);
  if (rc == TIDE_OK)
    rc = kept_run(database, REFER, "iissss", write, view->id, view->view->origin,
                  schema_of(view), view->view->write_path->origin_name,
                  buffer_string(&names));
  buffer_deinit(&names);
  return rc;
}

/* --- real keys in the place of staged ones ---------------------------------------------------- */

/* The column `name` of a write holds `given` where it held the staged `value`. */
static int replace_value(struct database *database, int64_t write, const char *name,
                         int64_t value, int64_t given, int ordinal) {
  return kept_run(
      database,
      "UPDATE __tidemark_queue SET mine = iif(EXISTS (SELECT 1 FROM json_each(mine) AS "
      "m WHERE m.key = ?2 AND m.value = ?3), json_patch(mine, json_object(?2, ?4)), "
      "mine), base = iif(EXISTS (SELECT 1 FROM json_each(base) AS m WHERE m.key = ?2 "
      "AND m.value = ?3), json_patch(base, json_object(?2, ?4)), base), key = iif(?5 < "
      "0, key, json_set(key, '$[' || ?5 || ']', ?4)) WHERE id = ?1",
      "isiii", write, name, value, given, (int64_t)ordinal);
}

/* The place in the key of the column of that name; -1: it is not of the key. */
static int place_in_key(const struct relation *view, const char *name) {
  const struct write_path *path = view ? view->view->write_path : NULL;
  for (int i = 0; path && i < path->key_count; i++)
    if (strcmp(view->columns[path->key[i]].name, name) == 0)
      return i;
  return -1;
}

/* What REFERRING gives of references to staged keys whose real ones are known: the write, its view and column, both keys. */
#define REFERRING(from)                                                                \
  "SELECT q.id, q.view_id, r.name, s.value, s.given FROM " from                        \
  " CROSS JOIN __tidemark_queue AS q ON q.id = r.write_id WHERE s.given IS NOT NULL"

/* Those of one write, ?1. */
static const char OF_WRITE[] =
    REFERRING("__tidemark_staged_references AS r CROSS JOIN __tidemark_staged_keys AS "
              "s ON s.value = r.value") " AND r.write_id = ?1";

/* Those to the keys of temp.__moved. */
static const char TO_MOVED[] =
    REFERRING("temp.__moved AS m CROSS JOIN __tidemark_staged_keys AS s ON s.write_id "
              "= m.write CROSS JOIN __tidemark_staged_references AS r ON r.value = "
              "s.value");

/* `referring` is one of these; `write`: its parameter, or 0. The references have done their work then. */
static int replace_known(struct database *database, const char *referring,
                         int64_t write) {
  sqlite3_stmt *references;
  bool row;
  int rc = kept_query(database, &references, referring, write != 0 ? "i" : "", write);
  while (rc == TIDE_OK && (rc = database_step(database, references, &row)) == TIDE_OK &&
         row) {
    int64_t referrer = sqlite3_column_int64(references, 0);
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(references, 1));
    const char *name;
    rc = database_text_given(database, references, 2, &name);
    if (rc == TIDE_OK)
      rc = replace_value(database, referrer, name, sqlite3_column_int64(references, 3),
                         sqlite3_column_int64(references, 4), place_in_key(view, name));
    if (rc == TIDE_OK)
      rc = kept_run(database,
                    "DELETE FROM __tidemark_staged_references WHERE write_id = ? AND "
                    "name = ?",
                    "is", referrer, name);
  }
  kept_return(database, references);
  return rc;
}

int staged_queued(struct database *database, const struct relation *view, int64_t write,
                  sqlite3_value *const *inserted) {
  bool any = false;
  int rc = inserted ? stage_keys(database, view, write, inserted) : TIDE_OK;
  if (rc == TIDE_OK)
    rc = any_row(database, "SELECT 1 FROM __tidemark_staged_keys LIMIT 1", &any);
  if (rc != TIDE_OK || !any)
    return rc;
  rc = refer(database, view, write);
  /* a row that had got its key before somebody named it by the staged one */
  return rc == TIDE_OK ? replace_known(database, OF_WRITE, write) : rc;
}

int staged_is_referred_to(struct database *database, bool *any) {
  return any_row(database, "SELECT 1 FROM __tidemark_staged_references LIMIT 1", any);
}

/* --- the origin's answer ---------------------------------------------------------------------- */

/* temp.__moved: inserts whose row has another key at the origin. *any: there are some. */
static int find_moved(struct database *database, bool *any) {
  int rc = kept_run(database,
                    "CREATE TEMP TABLE IF NOT EXISTS __moved (write INTEGER PRIMARY "
                    "KEY, view INTEGER, former TEXT, key TEXT)",
                    "");
  if (rc == TIDE_OK)
    rc = kept_run(database, "DELETE FROM temp.__moved", "");
  if (rc == TIDE_OK)
    rc = kept_run(
        database,
        "INSERT INTO temp.__moved SELECT q.id, q.view_id, q.key, r.key FROM "
        "temp.__returned AS r CROSS JOIN __tidemark_queue AS q ON q.id = r.write WHERE "
        "q.op = 'insert' AND r.key <> q.key AND NOT EXISTS (SELECT 1 FROM "
        "json_each(r.key) AS k WHERE k.type = 'null')",
        "");
  return rc == TIDE_OK ? any_row(database, "SELECT 1 FROM temp.__moved LIMIT 1", any)
                       : rc;
}

/* temp.__followers: these, the later writes to their rows, and the writes that refer to them. */
static int find_followers(struct database *database) {
  return database_execute(
      database,
      "CREATE TEMP TABLE IF NOT EXISTS __followers (write INTEGER PRIMARY KEY);"
      "DELETE FROM temp.__followers;"
      "INSERT INTO temp.__followers SELECT write FROM temp.__moved UNION SELECT q.id "
      "FROM temp.__moved AS m CROSS JOIN __tidemark_queue AS q ON q.view_id = m.view "
      "AND q.key = m.former AND q.id > m.write UNION SELECT r.write_id FROM "
      "temp.__moved AS m CROSS JOIN __tidemark_staged_keys AS s ON s.write_id = "
      "m.write CROSS JOIN __tidemark_staged_references AS r ON r.value = s.value");
}

/* Adds the keys that the followers have now to temp.__touched. */
static int touch_followers(struct database *database) {
  return database_execute(
      database, "INSERT OR IGNORE INTO temp.__touched SELECT q.key FROM "
                "temp.__followers AS f CROSS JOIN __tidemark_queue AS q ON q.id = "
                "f.write UNION SELECT key FROM temp.__moved");
}

static int each_view(struct database *database,
                     int (*work)(struct database *database, const struct relation *view,
                                 bool touched_only)) {
  sqlite3_stmt *views = NULL;
  bool row;
  int rc = database_query(database, &views,
                          "SELECT DISTINCT q.view_id FROM temp.__followers AS f JOIN "
                          "__tidemark_queue AS q ON q.id = f.write",
                          "");
  while (rc == TIDE_OK && (rc = database_step(database, views, &row)) == TIDE_OK &&
         row) {
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(views, 0));
    if (view)
      rc = work(database, view, true);
  }
  sqlite3_finalize(views);
  return rc;
}

/* The insert itself: its values are those that its row has, the key included. */
static int move_write(struct database *database, const struct relation *view,
                      int64_t write) {
  const struct write_path *path = view->view->write_path;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "UPDATE __tidemark_queue AS q SET staged_key = m.former, key = "
                    "m.key, mine = json_patch(q.mine, json_object(");
  for (int i = 0; i < path->key_count; i++) {
    const char *name = view->columns[path->key[i]].name;
    buffer_text(&sql, i > 0 ? ", " : "");
    buffer_literal(&sql, name, strlen(name));
    buffer_format(&sql, ", m.key -> '$[%d]'", i);
  }
  buffer_text(&sql, ")) FROM temp.__moved AS m WHERE q.id = ?1 AND m.write = ?1");
  int rc = row_execute(database, &sql, &(struct row_parameter){.integer = write}, 1);
  buffer_deinit(&sql);
  return rc;
}

static int move_writes(struct database *database) {
  sqlite3_stmt *moved = NULL;
  bool row;
  int rc = database_query(database, &moved, "SELECT write, view FROM temp.__moved", "");
  while (rc == TIDE_OK && (rc = database_step(database, moved, &row)) == TIDE_OK &&
         row) {
    const struct relation *view =
        session_find_writable(database, sqlite3_column_int64(moved, 1));
    if (view)
      rc = move_write(database, view, sqlite3_column_int64(moved, 0));
  }
  sqlite3_finalize(moved);
  return rc;
}

/* All that is queued has the keys of the origin. */
static int rewrite(struct database *database) {
  int rc = database_execute(
      database, "UPDATE __tidemark_staged_keys AS s SET given = json_extract(m.key, "
                "'$[' || s.ordinal || ']') FROM temp.__moved AS m WHERE m.write = "
                "s.write_id");
  if (rc == TIDE_OK)
    rc = replace_known(database, TO_MOVED, 0);
  if (rc == TIDE_OK)
    rc = database_execute(database,
                          "UPDATE __tidemark_queue AS q SET key = m.key FROM "
                          "temp.__moved AS m WHERE q.view_id = m.view AND q.key = "
                          "m.former AND q.id > m.write");
  return rc == TIDE_OK ? move_writes(database) : rc;
}

int staged_follow(struct database *database) {
  bool any;
  int rc = find_moved(database, &any);
  if (rc != TIDE_OK || !any)
    return rc;
  rc = find_followers(database);
  if (rc == TIDE_OK)
    rc = touched_clear(database);
  if (rc == TIDE_OK)
    rc = touch_followers(database);
  if (rc == TIDE_OK)
    rc = each_view(database, replay_strip);
  if (rc == TIDE_OK)
    rc = rewrite(database);
  if (rc == TIDE_OK)
    rc = touch_followers(database);
  return rc == TIDE_OK ? each_view(database, replay_apply) : rc;
}
