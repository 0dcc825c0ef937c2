/* CREATE TABLE a (LIKE b): what b has, as elements that a could have been written with, and what belongs to a table that
 * is there already. */
#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/sequence.h"
#include "sql/parse.h"

static bool wants(const struct sql_node *like, enum sql_like_option option) {
  return (like->op & option) != 0;
}

/* --- the elements --- */

/* A column that says how it counts does so again, by a sequence of its own. */
static void write_identity(struct definition *definition, const struct sql_node *like,
                           const struct relation *source, const struct column *column,
                           struct buffer *out) {
  const struct sequence *sequence =
      sequence_of_column(definition->database, source, (int)(column - source->columns));
  if (sequence == NULL || !wants(like, SQL_LIKE_IDENTITY))
    return;
  buffer_format(out,
                " GENERATED %s AS IDENTITY (START %lld INCREMENT %lld MINVALUE %lld"
                " MAXVALUE %lld %s)",
                column->identity_always ? "ALWAYS" : "BY DEFAULT",
                (long long)sequence->start, (long long)sequence->increment,
                (long long)sequence->minimum, (long long)sequence->maximum,
                sequence->cycle ? "CYCLE" : "NO CYCLE");
}

static void write_column(struct definition *definition, const struct sql_node *like,
                         const struct relation *source, const struct column *column,
                         struct buffer *out) {
  char type[512];
  catalog_format_type(definition->database, column->type, type, sizeof type);
  buffer_format(out, "%q %s", column->name, type);
  if (column->not_null)
    buffer_text(out, " NOT NULL");
  if (column->identity && wants(like, SQL_LIKE_IDENTITY))
    buffer_format(out, " GENERATED %s AS IDENTITY",
                  column->identity_always ? "ALWAYS" : "BY DEFAULT");
  if (column->generated && wants(like, SQL_LIKE_GENERATED))
    buffer_format(out, " GENERATED ALWAYS AS (%s) STORED", column->default_sql);
  if (column->identity_sequence)
    write_identity(definition, like, source, column, out);
  else if (!column->generated && column->default_sql && wants(like, SQL_LIKE_DEFAULTS))
    buffer_format(out, " DEFAULT (%s)", column->default_sql);
}

static void write_key(const struct relation *source, const struct key *key,
                      struct buffer *out) {
  buffer_text(out, key->primary ? ", PRIMARY KEY" : ", UNIQUE");
  for (int i = 0; i < key->count; i++)
    buffer_format(out, i > 0 ? ", %q" : " (%q", source->columns[key->columns[i]].name);
  buffer_character(out, ')');
}

/* A unique index that CREATE INDEX made is among the keys, too. */
static bool is_index(const struct relation *source, const char *name) {
  for (int i = 0; i < source->index_count; i++)
    if (strcmp(source->indexes[i].name, name) == 0)
      return true;
  return false;
}

static void write_constraints(const struct sql_node *like,
                              const struct relation *source, struct buffer *out) {
  for (int i = 0; i < source->key_count && wants(like, SQL_LIKE_INDEXES); i++)
    if (!is_index(source, source->keys[i].name))
      write_key(source, &source->keys[i], out);
  for (int i = 0; i < source->constraint_count && wants(like, SQL_LIKE_CONSTRAINTS);
       i++)
    if (!source->constraints[i].referenced)
      buffer_format(out, ", CONSTRAINT %q CHECK (%s)", source->constraints[i].name,
                    source->constraints[i].expression);
}

static void write_table(struct definition *definition, const struct sql_node *like,
                        const struct relation *source, struct buffer *out) {
  bool first = true;
  buffer_text(out, "CREATE TABLE x (");
  for (int i = 0; i < source->column_count; i++) {
    if (source->columns[i].hidden)
      continue;
    buffer_text(out, first ? "" : ", ");
    first = false;
    write_column(definition, like, source, &source->columns[i], out);
  }
  if (source->kind == RELATION_TABLE)
    write_constraints(like, source, out);
  buffer_character(out, ')');
}

static int find_source(struct definition *definition, const struct sql_node *like,
                       const struct relation **source) {
  const struct sql_node *name = like->child[0];
  int code = define_find(definition, name, source);
  if (code != TIDE_OK)
    return code;
  if ((*source)->kind == RELATION_SYSTEM)
    return define_unsupported(definition, name, "a table LIKE a system relation");
  if (relation_is_foreign(*source) && !(*source)->view->described)
    return error_set_at(
        definition->error, TIDE_ERROR_UNREACHABLE, name->position,
        "the columns of view %q are not known yet: its origin has not answered",
        (*source)->name);
  return TIDE_OK;
}

/* Appends what the clause stands for; errors are at its name. */
static int expand(struct definition *definition, const struct sql_node *like,
                  struct sql_node *elements) {
  const struct relation *source;
  struct sql_node *table = NULL;
  struct buffer text;
  size_t consumed;
  int code = find_source(definition, like, &source);
  if (code != TIDE_OK)
    return code;
  buffer_init(&text, definition->database->memory);
  write_table(definition, like, source, &text);
  code = text.failed
             ? define_nomem(definition)
             : sql_parse(definition->arena, buffer_string(&text), text.length,
                         SQL_DIALECT_POSTGRES, &table, &consumed, definition->error);
  buffer_deinit(&text);
  if (code != TIDE_OK)
    return code;
  const struct sql_node *copied = table->child[TABLE_ELEMENTS];
  for (uint32_t i = 0; i < copied->count; i++) {
    copied->child[i]->position = like->position;
    if (sql_list_append(definition->arena, elements, copied->child[i]) == NULL)
      return define_nomem(definition);
  }
  return TIDE_OK;
}

int like_expand(struct definition *definition, const struct sql_node **elements) {
  const struct sql_node *given = *elements;
  bool any = false;
  for (uint32_t i = 0; given != NULL && i < given->count; i++)
    any = any || given->child[i]->kind == SQL_TABLE_LIKE;
  if (!any)
    return TIDE_OK;
  struct sql_node *all = sql_node_new(definition->arena, SQL_LIST, given->position);
  int code = all == NULL ? define_nomem(definition) : TIDE_OK;
  for (uint32_t i = 0; i < given->count && code == TIDE_OK; i++) {
    if (given->child[i]->kind == SQL_TABLE_LIKE)
      code = expand(definition, given->child[i], all);
    else if (sql_list_append(definition->arena, all, given->child[i]) == NULL)
      code = define_nomem(definition);
  }
  *elements = all;
  return code;
}

/* --- what comes when the table is there --- */

/* What a key is known by in both tables: its kind, and the names of its columns in their order. */
#define SAME_KEY "n.kind = o.kind AND (" KEY_COLUMNS("n") ") = (" KEY_COLUMNS("o") ")"
#define KEY_COLUMNS(key)                                                               \
  "SELECT json_group_array(c.name) FROM (SELECT c.name FROM"                           \
  " __tidemark_constraint_columns p JOIN __tidemark_columns c"                         \
  " ON c.relation_id = " key ".relation_id AND c.position = p.position"                \
  " WHERE p.constraint_id = " key ".id ORDER BY p.ordinal) AS c"

static int copy_comments(struct definition *definition, int64_t from, int64_t to) {
  static const char *const copies[] = {
      "INSERT OR IGNORE INTO __tidemark_comments (relation_id, position, comment)"
      " SELECT n.relation_id, n.position, d.comment FROM __tidemark_comments d"
      " JOIN __tidemark_columns o ON o.relation_id = d.relation_id"
      "  AND o.position = d.position"
      " JOIN __tidemark_columns n ON n.relation_id = ?2 AND n.name = o.name"
      " WHERE d.relation_id = ?1",
      "INSERT OR IGNORE INTO __tidemark_comments (constraint_id, position, comment)"
      " SELECT n.id, 0, d.comment FROM __tidemark_comments d"
      " JOIN __tidemark_constraints o ON o.id = d.constraint_id"
      "  AND o.relation_id = ?1 AND o.kind = 'check'"
      " JOIN __tidemark_constraints n ON n.relation_id = ?2 AND n.name = o.name",
      "INSERT OR IGNORE INTO __tidemark_comments (constraint_id, position, comment)"
      " SELECT n.id, 1, d.comment FROM __tidemark_comments d"
      " JOIN __tidemark_constraints o ON o.id = d.constraint_id AND d.position = 1"
      "  AND o.relation_id = ?1"
      " JOIN __tidemark_constraints n ON n.relation_id = ?2 AND " SAME_KEY};
  int code = TIDE_OK;
  for (size_t i = 0; i < sizeof copies / sizeof copies[0] && code == TIDE_OK; i++)
    code = database_write(definition->database, copies[i], "ii", from, to);
  return code;
}

/* ON UPDATE CURRENT_TIMESTAMP, which is none of PostgreSQL's words. */
static int copy_on_update(struct definition *definition, int64_t from, int64_t to) {
  int64_t before = sqlite3_total_changes64(definition->database->handle);
  int code = database_write(definition->database,
                            "UPDATE __tidemark_columns AS n SET on_update = o.on_update"
                            " FROM __tidemark_columns AS o WHERE o.relation_id = ?1"
                            " AND n.relation_id = ?2 AND n.name = o.name"
                            " AND o.on_update IS NOT NULL",
                            "ii", from, to);
  bool any = before != sqlite3_total_changes64(definition->database->handle);
  return code == TIDE_OK && any ? define_reload(definition) : code;
}

/* The index made last, of the table. */
static int copy_index_comment(struct definition *definition, int64_t from,
                              const char *index, int64_t to) {
  return database_write(
      definition->database,
      "INSERT INTO __tidemark_comments (index_id, comment)"
      " SELECT (SELECT max(id) FROM __tidemark_indexes WHERE relation_id = ?3),"
      "  d.comment FROM __tidemark_comments d"
      " JOIN __tidemark_indexes o ON o.id = d.index_id"
      " WHERE o.relation_id = ?1 AND o.name = ?2",
      "isi", from, index, to);
}

/* Under a name of its own. */
static int copy_index(struct definition *definition, const struct sql_node *name,
                      const char *text) {
  struct sql_node *index = NULL;
  size_t consumed;
  int code = sql_parse(definition->arena, text, strlen(text), SQL_DIALECT_POSTGRES,
                       &index, &consumed, definition->error);
  if (code != TIDE_OK)
    return code;
  index->child[INDEX_NAME] = NULL;
  index->child[INDEX_TABLE] = (struct sql_node *)name;
  return create_index(definition, index);
}

static int copy_indexes(struct definition *definition, const struct sql_node *like,
                        const struct sql_node *name, int64_t from, int64_t to) {
  int code = TIDE_OK;
  for (int i = 0; code == TIDE_OK; i++) {
    const struct relation *source = catalog_find_id(definition->database, from);
    if (i >= source->index_count)
      break;
    const char *index = arena_string(definition->arena, source->indexes[i].name);
    const char *text = arena_string(definition->arena, source->indexes[i].definition);
    if (index == NULL || text == NULL)
      return define_nomem(definition);
    code = copy_index(definition, name, text);
    if (code == TIDE_OK && wants(like, SQL_LIKE_COMMENTS))
      code = copy_index_comment(definition, from, index, to);
  }
  return code;
}

int like_complete(struct definition *definition, const struct sql_node *elements,
                  const struct sql_node *name, int64_t table) {
  int code = TIDE_OK;
  for (uint32_t i = 0; elements != NULL && i < elements->count && code == TIDE_OK;
       i++) {
    const struct sql_node *like = elements->child[i];
    const struct relation *source;
    if (like->kind != SQL_TABLE_LIKE)
      continue;
    code = find_source(definition, like, &source);
    int64_t id = code == TIDE_OK ? source->id : 0;
    bool indexed = code == TIDE_OK && source->kind == RELATION_TABLE &&
                   wants(like, SQL_LIKE_INDEXES);
    if (code == TIDE_OK && wants(like, SQL_LIKE_COMMENTS))
      code = copy_comments(definition, id, table);
    if (code == TIDE_OK && wants(like, SQL_LIKE_DEFAULTS))
      code = copy_on_update(definition, id, table);
    if (code == TIDE_OK && indexed)
      code = copy_indexes(definition, like, name, id, table);
  }
  return code;
}
