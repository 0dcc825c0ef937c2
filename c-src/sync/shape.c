/* The SQL that an origin runs for a view: all its rows, and some of its rows by key. */
#include "sync/session.h"

#include <string.h>

#include "base/json.h"
#include "sql/parse.h"
#include "sql/print.h"
#include "sql/walk.h"

enum sql_dialect origin_dialect(const char *origin) {
  return strncmp(origin, "mysql:", 6) == 0 ? SQL_DIALECT_MYSQL : SQL_DIALECT_POSTGRES;
}

bool origin_is_tidemark(const char *origin) {
  return strncmp(origin, "tidemark:", 9) == 0;
}

struct sql_print_options origin_print_options(const char *origin) {
  return (struct sql_print_options){.dialect = origin_dialect(origin),
                                    .server = !origin_is_tidemark(origin)};
}

int origin_print(struct database *database, const struct sql_node *node,
                 const char *origin, struct buffer *sql) {
  struct sql_print_options options = origin_print_options(origin);
  return sql_print_with(node, &options, sql, database->error);
}

void origin_identifier(struct buffer *sql, enum sql_dialect dialect, const char *name) {
  if (dialect != SQL_DIALECT_MYSQL) {
    buffer_identifier(sql, name);
    return;
  }
  buffer_character(sql, '`');
  for (const char *c = name; *c; c++) {
    if (*c == '`')
      buffer_character(sql, '`');
    buffer_character(sql, *c);
  }
  buffer_character(sql, '`');
}

const char *origin_schema_of(const struct relation *view) {
  const char *schema = view->view->write_path->origin_schema;
  if (!schema && origin_dialect(view->view->origin) != SQL_DIALECT_MYSQL)
    return "public";
  return schema;
}

/* The column of the origin that changes with every update; NULL: there is none. */
static const char *version_column(const struct relation *view) {
  const char *origin = view->view->origin;
  if (view->view->upstream_mvcc_key)
    return view->view->upstream_mvcc_key;
  if (origin_dialect(origin) == SQL_DIALECT_MYSQL)
    return NULL;
  return origin_is_tidemark(origin) ? "__version" : "xmin";
}

bool shape_is_version(const struct relation *view, int index) {
  const char *version = version_column(view);
  const char *column = view->view->write_path->origin_column[index];
  if (!version || !column)
    return false;
  return origin_dialect(view->view->origin) == SQL_DIALECT_MYSQL
             ? sqlite3_stricmp(version, column) == 0
             : strcmp(version, column) == 0;
}

bool shape_version(struct buffer *sql, enum sql_dialect dialect,
                   const struct relation *view, const char *reference) {
  const char *key = version_column(view);
  if (!key)
    return false;
  buffer_text(sql, "CAST(");
  if (*reference) {
    origin_identifier(sql, dialect, reference);
    buffer_character(sql, '.');
  }
  origin_identifier(sql, dialect, key);
  buffer_text(sql, dialect == SQL_DIALECT_MYSQL ? " AS CHAR)" : " AS text)");
  return true;
}

/* --- what the query reads --------------------------------------------------------------------- */

/* The FROM item of a query that reads exactly one relation and nothing else; NULL otherwise. */
static struct sql_node *single_reference(const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind != SQL_SELECT)
    return NULL;
  const struct sql_node *from = body->child[SELECT_FROM];
  if (!from || from->count != 1 || from->child[0]->kind != SQL_TABLE_REFERENCE)
    return NULL;
  return from->child[0];
}

static const struct sql_node *single_name(const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind == SQL_TABLE)
    return body->child[0];
  const struct sql_node *reference = single_reference(query);
  return reference ? reference->child[REFERENCE_SOURCE] : NULL;
}

static const char *schema_of(const struct sql_node *name) {
  return name->child[NAME_SCHEMA] ? name->child[NAME_SCHEMA]->text : "public";
}

bool shape_single_relation(const struct sql_node *query, const char **schema,
                           const char **name) {
  const struct sql_node *found = single_name(query);
  if (!found)
    return false;
  *schema = schema_of(found);
  *name = found->text;
  return true;
}

int shape_query(struct database *database, struct arena *arena,
                const struct relation *view, struct sql_node **query) {
  size_t consumed;
  const char *sql = view->view->query_sql;
  return sql_parse(arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, query, &consumed,
                   database->error);
}

struct relation_list {
  const struct sql_node *root;
  struct buffer *json;
  int count;
};

static bool is_common_table(const struct sql_node *root, const char *name) {
  const struct sql_node *with = root->child[QUERY_WITH];
  for (uint32_t i = 0; with && i < with->count; i++)
    if (strcmp(with->child[i]->text, name) == 0)
      return true;
  return false;
}

static enum sql_walk list_relation(const struct sql_node *node, void *context) {
  struct relation_list *list = context;
  const struct sql_node *name = NULL;
  if (node->kind == SQL_TABLE)
    name = node->child[0];
  if (node->kind == SQL_TABLE_REFERENCE)
    name = node->child[REFERENCE_SOURCE];
  if (!name || name->kind != SQL_NAME)
    return SQL_WALK_ON;
  if (!name->child[NAME_SCHEMA] && is_common_table(list->root, name->text))
    return SQL_WALK_ON;
  buffer_text(list->json, list->count++ > 0 ? ",{\"schema\":" : "{\"schema\":");
  json_quote(list->json, schema_of(name), strlen(schema_of(name)));
  buffer_text(list->json, ",\"name\":");
  json_quote(list->json, name->text, strlen(name->text));
  buffer_character(list->json, '}');
  return SQL_WALK_ON;
}

int shape_relations(struct buffer *json, const struct sql_node *query) {
  struct relation_list list = {query, json, 0};
  buffer_character(json, '[');
  sql_walk(query, list_relation, &list);
  buffer_character(json, ']');
  return json->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* --- the queries ------------------------------------------------------------------------------ */

/* A result `expression AS name`, from text. */
static int append_result(struct database *database, struct arena *arena,
                         struct sql_node *results, const char *expression,
                         const char *name) {
  struct sql_node *value;
  int rc = sql_parse_expression(arena, expression, strlen(expression), &value,
                                database->error);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *result = sql_node_text(arena, SQL_RESULT, 0, name);
  if (!result)
    return TIDE_ERROR_NOMEM;
  result->child[0] = value;
  return sql_list_append(arena, results, result) ? TIDE_OK : TIDE_ERROR_NOMEM;
}

/* Every column of the view by its origin's name under the view's name: a column that the origin gets later does not come
 * uninvited, and a key column is found by the name it has here. */
static int explicit_results(struct database *database, struct arena *arena,
                            const struct relation *view, struct sql_node *select,
                            const char *reference) {
  const struct write_path *path = view->view->write_path;
  const struct sql_node *written = select->child[SELECT_RESULTS];
  struct sql_node *results = sql_node_new(arena, SQL_LIST, 0);
  if (!results)
    return TIDE_ERROR_NOMEM;
  bool has_star = false;
  for (uint32_t i = 0; i < written->count; i++)
    has_star = has_star || written->child[i]->child[0]->kind == SQL_STAR;
  int shown = 0;
  for (int i = 0; i < view->column_count; i++) {
    const struct column *column = &view->columns[i];
    if (column->hidden)
      continue;
    int rc;
    if (path->origin_column[i]) {
      rc =
          append_result(database, arena, results,
                        arena_format(arena, "%q.%q", reference, path->origin_column[i]),
                        column->name);
    } else if (!has_star && (uint32_t)shown < written->count) {
      struct sql_node *result = sql_clone(arena, written->child[shown]);
      if (!result)
        return TIDE_ERROR_NOMEM;
      result->text = column->name;
      rc = sql_list_append(arena, results, result) ? TIDE_OK : TIDE_ERROR_NOMEM;
    } else {
      rc = error_set(database->error, TIDE_ERROR_NOT_SUPPORTED,
                     "view %q mixes * with expressions", view->name);
    }
    if (rc != TIDE_OK)
      return rc;
    shown++;
  }
  select->child[SELECT_RESULTS] = results;
  return TIDE_OK;
}

/* TABLE x becomes SELECT * FROM x, so that one shape of tree is left. */
static int select_from_table(struct arena *arena, struct sql_node *query) {
  struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind != SQL_TABLE)
    return TIDE_OK;
  struct sql_node *select = sql_node_new(arena, SQL_SELECT, 0);
  struct sql_node *results = sql_node_new(arena, SQL_LIST, 0);
  struct sql_node *result = sql_node_new(arena, SQL_RESULT, 0);
  struct sql_node *star = sql_node_new(arena, SQL_STAR, 0);
  struct sql_node *from = sql_node_new(arena, SQL_LIST, 0);
  struct sql_node *reference = sql_node_new(arena, SQL_TABLE_REFERENCE, 0);
  if (arena->failed)
    return TIDE_ERROR_NOMEM;
  result->child[0] = star;
  reference->child[REFERENCE_SOURCE] = body->child[0];
  select->child[SELECT_RESULTS] = sql_list_append(arena, results, result);
  select->child[SELECT_FROM] = sql_list_append(arena, from, reference);
  query->child[QUERY_BODY] = select;
  return arena->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

static int print_query(struct database *database, struct arena *arena,
                       const struct sql_node *query, const char *origin, char **sql) {
  struct buffer text;
  buffer_init(&text, database->memory);
  int rc = origin_print(database, query, origin, &text);
  if (rc == TIDE_OK) {
    *sql = arena_string(arena, buffer_string(&text));
    if (!*sql)
      rc = TIDE_ERROR_NOMEM;
  }
  buffer_deinit(&text);
  return rc;
}

/* What is text here may be of a type at its origin that is not, and that has no operator with text: an enum, a range, an address. */
static bool is_of_origin_type(const struct relation *view, int key) {
  struct type type = view->columns[view->view->write_path->key[key]].type;
  return type.id == TYPE_TEXT && !type.array && !origin_is_tidemark(view->view->origin);
}

/* , jsonb_populate_record(NULL::relation, jsonb_build_object('k1', e.value ->> 0)) AS k: those keys as the origin has them. */
static void keys_of_origin_types(struct buffer *sql, const struct relation *view) {
  const struct write_path *path = view->view->write_path;
  int count = 0;
  for (int i = 0; i < path->key_count; i++) {
    if (!is_of_origin_type(view, i))
      continue;
    if (count++ == 0)
      buffer_format(sql, ", jsonb_populate_record(NULL::%q.%q, jsonb_build_object(",
                    origin_schema_of(view), path->origin_name);
    else
      buffer_text(sql, ", ");
    buffer_format(sql, "%Q, e.value ->> %d", path->origin_column[path->key[i]], i);
  }
  if (count > 0)
    buffer_text(sql, ")) AS k");
}

/* (k1, k2) IN (SELECT (e->>0)::type, … FROM jsonb_array_elements($1::jsonb) AS e) */
static void key_condition(struct buffer *sql, const struct relation *view,
                          const char *reference) {
  const struct write_path *path = view->view->write_path;
  char type[64];
  buffer_character(sql, '(');
  for (int i = 0; i < path->key_count; i++)
    buffer_format(sql, "%s%q.%q", i > 0 ? ", " : "", reference,
                  path->origin_column[path->key[i]]);
  buffer_text(sql, ") IN (SELECT ");
  for (int i = 0; i < path->key_count; i++) {
    if (i > 0)
      buffer_text(sql, ", ");
    if (is_of_origin_type(view, i)) {
      buffer_format(sql, "k.%q", path->origin_column[path->key[i]]);
      continue;
    }
    type_format(view->columns[path->key[i]].type, type, sizeof type);
    buffer_format(sql, "(e.value ->> %d)::%s", i, type);
  }
  buffer_text(sql, " FROM jsonb_array_elements($1::jsonb) AS e (value)");
  keys_of_origin_types(sql, view);
  buffer_character(sql, ')');
}

static int add_key_condition(struct database *database, struct arena *arena,
                             const struct relation *view, struct sql_node *select,
                             const char *reference) {
  struct buffer text;
  buffer_init(&text, database->memory);
  key_condition(&text, view, reference);
  struct sql_node *condition = NULL;
  int rc = text.failed ? TIDE_ERROR_NOMEM
                       : sql_parse_expression(arena, buffer_string(&text), text.length,
                                              &condition, database->error);
  buffer_deinit(&text);
  if (rc != TIDE_OK)
    return rc;
  select->child[SELECT_WHERE] = sql_and(arena, select->child[SELECT_WHERE], condition);
  return arena->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* SELECT * FROM (query) AS keyed WHERE (`k1`, `k2`) IN (?), where the client puts the list of keys: MySQL has no arrays, and
 * finds rows by an index only if the keys are constants. */
static int key_query_mysql(struct database *database, struct arena *arena,
                           const struct relation *view, const char *query,
                           char **key_sql) {
  const struct write_path *path = view->view->write_path;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "SELECT * FROM (%s) AS keyed WHERE (", query);
  for (int i = 0; i < path->key_count; i++) {
    if (i > 0)
      buffer_text(&sql, ", ");
    origin_identifier(&sql, SQL_DIALECT_MYSQL, view->columns[path->key[i]].name);
  }
  buffer_text(&sql, ") IN (?)");
  *key_sql = sql.failed ? NULL : arena_string(arena, buffer_string(&sql));
  buffer_deinit(&sql);
  return *key_sql ? TIDE_OK : TIDE_ERROR_NOMEM;
}

/* The query for some keys. Changes `query`. */
static int key_query(struct database *database, struct arena *arena,
                     const struct relation *view, struct sql_node *query,
                     const char *reference, char **key_sql) {
  const char *origin = view->view->origin;
  if (origin_dialect(origin) == SQL_DIALECT_MYSQL) {
    char *sql;
    int rc = print_query(database, arena, query, origin, &sql);
    return rc == TIDE_OK ? key_query_mysql(database, arena, view, sql, key_sql) : rc;
  }
  int rc =
      add_key_condition(database, arena, view, query->child[QUERY_BODY], reference);
  return rc == TIDE_OK ? print_query(database, arena, query, origin, key_sql) : rc;
}

/* The query for some keys, without the equality. */
static int equality_query(struct database *database, struct arena *arena,
                          const struct relation *view, const struct sql_node *query,
                          const char *reference, struct shape_equality *equality) {
  struct sql_node *copy = sql_clone(arena, query);
  if (!copy)
    return TIDE_ERROR_NOMEM;
  struct sql_node *select = copy->child[QUERY_BODY];
  if (select->child[SELECT_WHERE])
    select->child[SELECT_WHERE] =
        equality_extract(arena, select->child[SELECT_WHERE], equality);
  if (arena->failed)
    return TIDE_ERROR_NOMEM;
  if (equality->count == 0)
    return TIDE_OK;
  for (int i = 0; i < equality->count; i++) {
    const char *text =
        arena_format(arena, "CAST(%q.%q AS text)", reference, equality->columns[i]);
    const char *name = arena_format(arena, "__equality_%d", i);
    int rc = text && name ? append_result(database, arena,
                                          select->child[SELECT_RESULTS], text, name)
                          : TIDE_ERROR_NOMEM;
    if (rc != TIDE_OK)
      return rc;
  }
  return key_query(database, arena, view, copy, reference, &equality->key_sql);
}

static int keyed_shape(struct database *database, struct arena *arena,
                       const struct relation *view, struct sql_node *query,
                       struct shape *shape) {
  int rc = select_from_table(arena, query);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *select = query->child[QUERY_BODY];
  const struct sql_node *from = single_reference(query);
  const char *reference = from->text ? from->text : from->child[REFERENCE_SOURCE]->text;
  rc = explicit_results(database, arena, view, select, reference);
  if (rc != TIDE_OK)
    return rc;
  struct buffer version;
  buffer_init(&version, database->memory);
  if (!shape_version(&version, SQL_DIALECT_POSTGRES, view, reference))
    buffer_text(&version, "NULL");
  rc = version.failed ? TIDE_ERROR_NOMEM
                      : append_result(database, arena, select->child[SELECT_RESULTS],
                                      buffer_string(&version), "__version");
  buffer_deinit(&version);
  if (rc == TIDE_OK)
    rc = print_query(database, arena, query, view->view->origin, &shape->sql);
  if (rc == TIDE_OK)
    rc = equality_query(database, arena, view, query, reference, &shape->equality);
  if (rc == TIDE_OK)
    rc = key_query(database, arena, view, query, reference, &shape->key_sql);
  return rc;
}

int shape_build(struct database *database, struct arena *arena,
                const struct relation *view, struct shape *shape) {
  *shape = (struct shape){.keyed = view->view->write_path != NULL};
  struct sql_node *query;
  int rc = shape_query(database, arena, view, &query);
  if (rc != TIDE_OK)
    return rc;
  if (shape->keyed)
    return keyed_shape(database, arena, view, query, shape);
  return print_query(database, arena, query, view->view->origin, &shape->sql);
}
