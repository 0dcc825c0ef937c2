/* Which realtime views belong to pg_tviews, and who of them reads whom. */
#include <string.h>

#include "extension/internal.h"

/* --- one --- */

/* None of them is NULL in the table. Sets `code`, which is sticky. */
static const char *column(struct database *database, sqlite3_stmt *statement, int index,
                          struct arena *arena, int *code) {
  const char *text = NULL;
  if (*code == TIDE_OK)
    *code = database_text_given(database, statement, index, &text);
  return text ? arena_string(arena, text) : NULL;
}

int tview_by_id(struct database *database, struct arena *arena, int64_t id,
                struct tview *tview) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  *tview = (struct tview){0};
  int code = database_query(
      database, &statement,
      "SELECT t.backing_id, t.owned, s.name, r.name, t.entity, t.definition, t.options,"
      " t.type_name FROM __tidemark_tviews t JOIN __tidemark_relations r ON r.id = "
      "t.relation_id"
      " JOIN __tidemark_schemas s ON s.id = r.schema_id WHERE t.relation_id = ?",
      "i", id);
  if (code == TIDE_OK)
    code = database_step(database, statement, &row);
  if (code == TIDE_OK && row) {
    *tview = (struct tview){.id = id,
                            .backing = sqlite3_column_int64(statement, 0),
                            .owned = sqlite3_column_int(statement, 1) != 0};
    const char **texts[] = {&tview->schema,     &tview->name,    &tview->entity,
                            &tview->definition, &tview->options, &tview->type_name};
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++)
      *texts[i] = column(database, statement, 2 + i, arena, &code);
    if (code == TIDE_OK && arena->failed)
      code = extension_nomem(database);
  }
  sqlite3_finalize(statement);
  return code;
}

int tview_find(struct database *database, struct arena *arena, const char *name,
               struct tview *tview) {
  *tview = (struct tview){0};
  const struct relation *relation = catalog_find(database, NULL, name);
  const char *dot = strchr(name, '.');
  if (!relation && dot) {
    const char *schema = arena_copy(arena, name, (size_t)(dot - name));
    if (!schema)
      return extension_nomem(database);
    relation = catalog_find(database, schema, dot + 1);
  }
  return relation && relation->view ? tview_by_id(database, arena, relation->id, tview)
                                    : TIDE_OK;
}

int tview_of_entity(struct database *database, struct arena *arena, const char *entity,
                    struct tview *tview) {
  const char *name = arena_format(arena, "tv_%s", entity);
  if (!name)
    return extension_nomem(database);
  int code = tview_find(database, arena, name, tview);
  if (code == TIDE_OK && tview->id == 0)
    code = tview_find(database, arena, entity, tview);
  if (code != TIDE_OK || tview->id != 0)
    return code;
  error_set(database->error, TIDE_ERROR_UNDEFINED_OBJECT,
            "TVIEW metadata not found for entity '%s'", entity);
  error_hint(database->error, "SELECT entity FROM pg_tview_meta lists them.");
  return TIDE_ERROR_UNDEFINED_OBJECT;
}

/* --- several --- */

static int read_ids(struct database *database, struct arena *arena,
                    sqlite3_stmt *statement, int64_t **ids, int *count) {
  int capacity = 0;
  bool row = true;
  int code = TIDE_OK;
  while (code == TIDE_OK && row) {
    code = database_step(database, statement, &row);
    if (code != TIDE_OK || !row)
      break;
    if (*count == capacity) {
      capacity = capacity * 2 + 16;
      int64_t *larger = arena_alloc(arena, (size_t)capacity * sizeof *larger);
      if (!larger) {
        code = extension_nomem(database);
        break;
      }
      if (*count > 0)
        memcpy(larger, *ids, (size_t)*count * sizeof *larger);
      *ids = larger;
    }
    (*ids)[(*count)++] = sqlite3_column_int64(statement, 0);
  }
  return code;
}

int tview_list(struct database *database, struct arena *arena, const char *sql,
               int64_t **ids, int *count) {
  sqlite3_stmt *statement = NULL;
  *ids = NULL;
  *count = 0;
  int code = database_query(database, &statement, sql, "");
  if (code == TIDE_OK)
    code = read_ids(database, arena, statement, ids, count);
  sqlite3_finalize(statement);
  return code;
}

int tview_all(struct database *database, struct arena *arena, int64_t **ids,
              int *count) {
  return tview_list(database, arena,
                    "SELECT t.id FROM \"tidemark.tviews\" t ORDER BY (SELECT"
                    "  coalesce(max(r.depth), 0) FROM \"tidemark.tview_reads\" r"
                    "  WHERE r.id = t.id AND r.source_entity IS NOT NULL), t.entity",
                    ids, count);
}

int tview_readers(struct database *database, struct arena *arena, int64_t id,
                  int64_t **ids, int *count) {
  sqlite3_stmt *statement = NULL;
  *ids = NULL;
  *count = 0;
  int code = database_query(database, &statement,
                            "SELECT id FROM \"tidemark.tview_reads\""
                            " WHERE source_id = ? ORDER BY depth, entity",
                            "i", id);
  if (code == TIDE_OK)
    code = read_ids(database, arena, statement, ids, count);
  sqlite3_finalize(statement);
  return code;
}

const char *tview_type_name(struct arena *arena, const char *entity) {
  char *name = arena_string(arena, entity), *end = name;
  bool begins = true;
  for (const char *at = entity; name && *at; at++) {
    bool small = *at >= 'a' && *at <= 'z';
    if (*at != '_')
      *end++ = begins && small ? (char)(*at - 'a' + 'A') : *at;
    begins = *at == '_';
  }
  if (name)
    *end = 0;
  return name;
}

int tview_log(struct database *database, const char *operation, const char *entity) {
  return database_write(database,
                        "INSERT INTO __tidemark_tview_log (operation, entity,"
                        " performed_at) VALUES (?, ?, ?)",
                        "ssi", operation, entity, database->now);
}
