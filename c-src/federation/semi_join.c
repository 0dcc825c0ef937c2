/* Keys known here restrict what an origin sends: `remote.c = local.d` becomes remote.c IN (the values of local.d).
 *
 * Valid wherever the equality must hold for a remote row to appear at all: in WHERE, and in ON for a side whose
 * unmatched rows are not shown.
 */
#include <string.h>

#include "base/json.h"
#include "federation/split.h"
#include "sql/walk.h"
#include "sync/session.h"
#include "view/view.h"

/* The join found: which column here gives the values. */
struct key_source {
  const struct sql_node *remote_column, *local_column;
  const struct sql_node *local_reference;
};

/* Of a relation whose rows are here: those of the statement's remote references are still to come. */
static bool is_local_column(const struct split *split, const struct sql_node *node) {
  if (node->kind != SQL_COLUMN || !node->bound)
    return false;
  const struct sql_node *reference = node->bound;
  if (reference->kind != SQL_TABLE_REFERENCE || !reference->bound)
    return false;
  for (const struct remote *other = split->remotes; other; other = other->next)
    if (other->reference == reference)
      return false;
  return true;
}

static bool sends_as_json(struct type type) {
  switch (type.id) {
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_TEXT:
  case TYPE_VARCHAR:
  case TYPE_UUID:
  case TYPE_DATE: return !type.array;
  default: return false;
  }
}

static bool match(const struct split *split, const struct sql_node *left,
                  const struct sql_node *right, const struct remote *remote,
                  struct key_source *source) {
  if (left->kind != SQL_COLUMN || left->bound != remote->reference)
    return false;
  if (!is_local_column(split, right) || !sends_as_json(left->type) ||
      !sends_as_json(right->type))
    return false;
  /* only relations of the same FROM: an outer query's row is not known yet */
  *source = (struct key_source){left, right, right->bound};
  return true;
}

struct search {
  const struct sql_node *reference;
  bool found;
};

static enum sql_walk find_reference(const struct sql_node *node, void *context) {
  struct search *search = context;
  search->found = node == search->reference;
  if (search->found)
    return SQL_WALK_STOP;
  return node->kind == SQL_SUBQUERY_REFERENCE ? SQL_WALK_SKIP : SQL_WALK_ON;
}

static bool in_same_from(const struct remote *remote,
                         const struct sql_node *reference) {
  struct search search = {reference, false};
  sql_walk(remote->select->child[SELECT_FROM], find_reference, &search);
  return search.found;
}

static bool find_source(const struct split *split, const struct remote *remote,
                        const struct sql_node *conjuncts, struct key_source *source) {
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    const struct sql_node *node = conjuncts->child[i];
    if (node->kind != SQL_BINARY || strcmp(node->text, "=") != 0)
      continue;
    bool found = match(split, node->child[LEFT], node->child[RIGHT], remote, source) ||
                 match(split, node->child[RIGHT], node->child[LEFT], remote, source);
    if (found && in_same_from(remote, source->local_reference))
      return true;
  }
  return false;
}

/* --- the values ------------------------------------------------------------------------------- */

/* Is the reference on the side of an outer join that may be filled with NULLs? -1: it is not below `item`. */
static int is_nullable(const struct sql_node *item, const struct sql_node *reference,
                       bool nullable) {
  if (item == reference)
    return nullable;
  if (item->kind != SQL_JOIN)
    return -1;
  bool left = item->op == SQL_RIGHT_OUTER || item->op == SQL_FULL_OUTER;
  bool right = item->op == SQL_LEFT_OUTER || item->op == SQL_FULL_OUTER;
  int found = is_nullable(item->child[JOIN_LEFT], reference, nullable || left);
  return found >= 0
             ? found
             : is_nullable(item->child[JOIN_RIGHT], reference, nullable || right);
}

/* May WHERE choose among the local rows? Not where it sees NULLs in their place when the remote rows are missing. */
static bool where_applies(const struct remote *remote,
                          const struct sql_node *reference) {
  const struct sql_node *from = remote->select->child[SELECT_FROM];
  for (uint32_t i = 0; i < from->count; i++) {
    int nullable = is_nullable(from->child[i], reference, false);
    if (nullable >= 0)
      return !nullable;
  }
  return false;
}

/* SELECT DISTINCT d FROM local WHERE (what WHERE says about that relation alone) LIMIT n */
static struct sql_node *values_query(struct split *split, const struct remote *remote,
                                     const struct key_source *source, int64_t limit) {
  struct arena *arena = split->arena;
  struct sql_node *query = sql_node_new(arena, SQL_QUERY, 0);
  struct sql_node *select = sql_node_new(arena, SQL_SELECT, 0);
  struct sql_node *results = sql_node_new(arena, SQL_LIST, 0);
  struct sql_node *result = sql_node_text(arena, SQL_RESULT, 0, "key");
  struct sql_node *from = sql_node_new(arena, SQL_LIST, 0);
  struct sql_node *conjuncts = sql_node_new(arena, SQL_LIST, 0);
  if (arena->failed)
    return NULL;
  result->child[0] = sql_clone(arena, source->local_column);
  select->child[SELECT_RESULTS] = sql_list_append(arena, results, result);
  select->child[SELECT_FROM] =
      sql_list_append(arena, from, sql_clone(arena, source->local_reference));
  select->flags |= SQL_DISTINCT;
  struct sql_node *filters = where_applies(remote, source->local_reference)
                                 ? remote->select->child[SELECT_WHERE]
                                 : NULL;
  if (push_conjuncts(arena, filters, conjuncts) != TIDE_OK)
    return NULL;
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    if (push_possible(conjuncts->child[i], source->local_reference,
                      SQL_DIALECT_POSTGRES) == PUSH_NOT)
      continue;
    struct sql_node *condition = sql_clone(arena, conjuncts->child[i]);
    select->child[SELECT_WHERE] =
        sql_and(arena, select->child[SELECT_WHERE], condition);
  }
  query->child[QUERY_BODY] = select;
  char *rows = arena_format(arena, "%lld", (long long)limit);
  query->child[QUERY_LIMIT] = rows ? sql_node_text(arena, SQL_INTEGER, 0, rows) : NULL;
  if (query->child[QUERY_LIMIT])
    query->child[QUERY_LIMIT]->type = TYPE(TYPE_BIGINT);
  return arena->failed ? NULL : query;
}

static int prepare_values(struct split *split, struct sql_node *query,
                          sqlite3_stmt **statement) {
  struct database *database = split->database;
  struct sql_node *lowered = lower_statement(split->binding, query);
  if (!lowered)
    return database->error->code ? database->error->code : TIDE_ERROR_NOMEM;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  int rc = lower_print(split->binding, lowered, &sql);
  if (rc == TIDE_OK)
    rc = database_prepare(database, buffer_string(&sql), false, statement);
  buffer_deinit(&sql);
  if (rc != TIDE_OK)
    return rc;
  int expected = sqlite3_bind_parameter_count(*statement);
  for (int i = 0; rc == TIDE_OK && i < split->parameters->count && i < expected; i++)
    rc = database_bind(database, *statement, i + 1, &split->parameters->values[i]);
  if (rc != TIDE_OK)
    sqlite3_finalize(*statement);
  return rc;
}

/* ["…", "5", …]; NULLs join with nothing. The query gives one key more than allowed and one more for the NULL that may be
 * among them. */
static int collect_values(struct database *database, sqlite3_stmt *statement,
                          struct buffer *json, int64_t *count) {
  bool row;
  int rc;
  *count = 0;
  buffer_character(json, '[');
  while ((rc = database_step(database, statement, &row)) == TIDE_OK && row) {
    if (sqlite3_column_type(statement, 0) == SQLITE_NULL)
      continue;
    if ((*count)++ > 0)
      buffer_character(json, ',');
    const char *text;
    rc = database_text(database, statement, 0, &text);
    if (rc != TIDE_OK)
      return rc;
    json_quote(json, text, (size_t)sqlite3_column_bytes(statement, 0));
  }
  if (rc != TIDE_OK)
    return rc;
  buffer_character(json, ']');
  return json->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* "alias"."c" IN (SELECT e.value::type FROM jsonb_array_elements_text($n::jsonb) AS e (value)) */
static int keys_condition(struct split *split, const struct remote *remote,
                          const struct key_source *source,
                          struct sql_node **condition) {
  char type[64];
  struct buffer sql;
  /* the type that the values have here: another one might not hold them */
  type_format(source->local_column->type, type, sizeof type);
  buffer_init(&sql, split->database->memory);
  buffer_format(&sql,
                "%q.%q IN (SELECT e.value::%s FROM "
                "jsonb_array_elements_text($%d::jsonb) AS e (value))",
                remote->view->name, source->remote_column->text, type,
                split->parameters->count + 1);
  int rc = sql.failed
               ? TIDE_ERROR_NOMEM
               : sql_parse_expression(split->arena, buffer_string(&sql), sql.length,
                                      condition, split->database->error);
  buffer_deinit(&sql);
  return rc;
}

static int maintain(struct split *split, const struct key_source *source) {
  const struct relation *relation = source->local_reference->bound;
  return split->database->in_transaction
             ? view_maintain_for(split->database, &relation, 1)
             : TIDE_OK;
}

int semi_join_keys(struct split *split, const struct remote *remote,
                   struct buffer *parameter, struct sql_node **condition) {
  int64_t limit = remote->view->view->join_pushdown_size;
  struct key_source source;
  *condition = NULL;
  bool mysql = origin_dialect(remote->view->view->origin) == SQL_DIALECT_MYSQL;
  if (limit <= 0 || !remote->select || mysql)
    return TIDE_OK;
  struct sql_node *conjuncts = sql_node_new(split->arena, SQL_LIST, 0);
  if (!conjuncts)
    return TIDE_ERROR_NOMEM;
  int rc = push_conjuncts(split->arena, remote->select->child[SELECT_WHERE], conjuncts);
  for (uint32_t i = 0; remote->on && i < remote->on->count; i++)
    conjuncts = sql_list_append(split->arena, conjuncts, remote->on->child[i]);
  if (rc != TIDE_OK || split->arena->failed)
    return TIDE_ERROR_NOMEM;
  if (!find_source(split, remote, conjuncts, &source))
    return TIDE_OK;
  sqlite3_stmt *statement;
  int64_t count;
  struct sql_node *query = values_query(split, remote, &source, limit + 2);
  rc = query ? maintain(split, &source) : TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = prepare_values(split, query, &statement);
  if (rc != TIDE_OK)
    return rc;
  rc = collect_values(split->database, statement, parameter, &count);
  sqlite3_finalize(statement);
  if (rc != TIDE_OK || count > limit)
    return rc;
  return keys_condition(split, remote, &source, condition);
}
