/* Can a view be written? Only when each of its rows is one row of one relation, known by a key; else the reason why not.
 *
 * A local view's relation is in the catalog. A foreign view's is at its origin, which tells columns and key later;
 * until then only the query's text speaks.
 */
#include <string.h>

#include "catalog/view_internal.h"
#include "sql/walk.h"

/* --- what the text says against it --- */

/* All flags of the functions with this name, whatever their arguments. */
static unsigned function_flags(const char *name) {
  unsigned flags = 0;
  const struct function *function;
  for (size_t i = 0; (function = function_at(i)) != NULL; i++) {
    if (strcmp(function->name, name) == 0)
      flags |= function->flags;
  }
  return flags;
}

static enum sql_walk look_for_set_calls(const struct sql_node *node, void *context) {
  const char **reason = context;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP; /* a scalar subquery is a computed column */
  if (node->kind != SQL_CALL)
    return SQL_WALK_ON;
  unsigned flags = function_flags(node->child[CALL_NAME]->text);
  if (node->child[CALL_OVER] != NULL)
    *reason = "it has a window function";
  else if ((flags & FUNCTION_AGGREGATE) != 0)
    *reason = "it has an aggregate function";
  else if ((flags & FUNCTION_SET) != 0)
    *reason = "it has a function that returns rows in its select list";
  return *reason != NULL ? SQL_WALK_STOP : SQL_WALK_ON;
}

static enum sql_walk look_for_query(const struct sql_node *node, void *context) {
  bool *found = context;
  *found = *found || node->kind == SQL_QUERY;
  return *found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool has_items(const struct sql_node *list) {
  return list != NULL && list->count > 0;
}

/* Clauses of SELECT that make a row of the view something else than a row of the relation. */
static const char *reason_in_select(const struct sql_node *select) {
  bool subquery = false;
  const char *reason = NULL;
  if ((select->flags & SQL_DISTINCT) != 0 ||
      has_items(select->child[SELECT_DISTINCT_ON]))
    return "it has DISTINCT";
  if (has_items(select->child[SELECT_GROUP]))
    return "it has GROUP BY";
  if (select->child[SELECT_HAVING] != NULL)
    return "it has HAVING";
  sql_walk(select->child[SELECT_RESULTS], look_for_set_calls, &reason);
  if (reason != NULL)
    return reason;
  if (select->child[SELECT_WHERE] != NULL)
    sql_walk(select->child[SELECT_WHERE], look_for_query, &subquery);
  return subquery ? "its WHERE clause has a subquery" : NULL;
}

static const char *reason_in_from(const struct sql_node *from) {
  if (!has_items(from))
    return "it reads no relation";
  if (from->count > 1 || from->child[0]->kind == SQL_JOIN)
    return "it reads more than one relation";
  switch (from->child[0]->kind) {
  case SQL_TABLE_REFERENCE:
    return from->child[0]->child[REFERENCE_COLUMNS] != NULL
               ? "it renames the columns of its relation in FROM"
               : NULL;
  case SQL_SUBQUERY_REFERENCE: return "it reads a subquery";
  default: return "it reads a function";
  }
}

void map_query(const struct sql_node *query, struct mapping *mapping) {
  *mapping = (struct mapping){0};
  const struct sql_node *body = query;
  if (query->kind == SQL_QUERY) {
    if (query->child[QUERY_WITH] != NULL)
      mapping->reason = "it has a WITH clause";
    else if (query->child[QUERY_LIMIT] != NULL || query->child[QUERY_OFFSET] != NULL)
      mapping->reason = "it has LIMIT or OFFSET";
    body = query->child[QUERY_BODY];
    /* ((SELECT …)) */
    if (mapping->reason == NULL && body->kind == SQL_QUERY) {
      map_query(body, mapping);
      return;
    }
  }
  if (mapping->reason != NULL)
    return;
  if (body->kind == SQL_TABLE) {
    mapping->relation = body->child[0];
    mapping->alias = mapping->relation->text;
    return;
  }
  if (body->kind == SQL_SET_OPERATION)
    mapping->reason = "it has UNION, INTERSECT or EXCEPT";
  else if (body->kind != SQL_SELECT)
    mapping->reason = "it reads no relation";
  else if ((mapping->reason = reason_in_from(body->child[SELECT_FROM])) == NULL)
    mapping->reason = reason_in_select(body);
  if (mapping->reason != NULL)
    return;
  const struct sql_node *reference = body->child[SELECT_FROM]->child[0];
  mapping->relation = reference->child[REFERENCE_SOURCE];
  mapping->alias = reference->text != NULL ? reference->text : mapping->relation->text;
  mapping->results = body->child[SELECT_RESULTS];
  mapping->where = body->child[SELECT_WHERE];
}

/* --- columns --- */

/* The relation's column that a result shows as it is, or NULL. */
static const char *plain_column(const struct mapping *mapping,
                                const struct sql_node *result) {
  const struct sql_node *value = result->child[0];
  if (value->kind != SQL_COLUMN)
    return NULL;
  const struct sql_node *qualifier = value->child[0];
  return qualifier == NULL || strcmp(qualifier->text, mapping->alias) == 0 ? value->text
                                                                           : NULL;
}

/* Fills rule->columns; `star` gives the names that stars stand for, one after the other. */
static int map_columns(struct definition *definition, const struct mapping *mapping,
                       int count, const char *const *star, int star_count,
                       struct write_rule *rule) {
  rule->columns =
      arena_alloc(definition->arena, (size_t)(count + 1) * sizeof *rule->columns);
  if (rule->columns == NULL)
    return define_nomem(definition);
  int next = 0;
  uint32_t results = mapping->results == NULL ? 1 : mapping->results->count;
  for (uint32_t i = 0; i < results; i++) {
    const struct sql_node *result =
        mapping->results == NULL ? NULL : mapping->results->child[i];
    bool all = result == NULL || result->child[0]->kind == SQL_STAR;
    for (int k = 0; all && k < star_count && next < count; k++)
      rule->columns[next++] = star[k];
    if (!all && next < count)
      rule->columns[next++] = plain_column(mapping, result);
  }
  /* Of a column shown twice only the first can be written. */
  for (int i = 0; i < count; i++) {
    for (int k = 0; k < i && rule->columns[i] != NULL; k++) {
      if (rule->columns[k] != NULL && strcmp(rule->columns[k], rule->columns[i]) == 0)
        rule->columns[i] = NULL;
    }
  }
  return TIDE_OK;
}

static int find_shown(const struct write_rule *rule, int count, const char *column) {
  for (int i = 0; i < count; i++) {
    if (rule->columns[i] != NULL && strcmp(rule->columns[i], column) == 0)
      return i;
  }
  return -1;
}

/* Does the view show all these columns? Then they are its key. */
static int try_key(struct definition *definition, struct write_rule *rule, int count,
                   const char *const *names, int name_count, bool *complete) {
  *complete = name_count > 0;
  int *key = arena_alloc(definition->arena, (size_t)(name_count + 1) * sizeof *key);
  if (key == NULL)
    return define_nomem(definition);
  for (int i = 0; i < name_count && *complete; i++) {
    key[i] = find_shown(rule, count, names[i]);
    *complete = key[i] >= 0;
  }
  if (*complete) {
    rule->key = key;
    rule->key_count = name_count;
  }
  return TIDE_OK;
}

/* --- the condition, over the relation's columns alone --- */

static struct sql_node *strip_qualifier(struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_COLUMN)
    node->child[0] = NULL;
  return node;
}

static int filter_text(struct definition *definition, const struct sql_node *where,
                       struct write_rule *rule) {
  if (where == NULL)
    return TIDE_OK;
  struct sql_node *copy = sql_clone(definition->arena, where);
  if (copy == NULL)
    return define_nomem(definition);
  return tree_text(definition, sql_rewrite(copy, strip_qualifier, NULL), &rule->filter);
}

/* --- local views --- */

/* Names of the columns of a key. */
static const char **key_names(struct definition *definition,
                              const struct relation *relation, const int *columns,
                              int count) {
  const char **names = arena_alloc(definition->arena, (size_t)count * sizeof *names);
  for (int i = 0; i < count && names != NULL; i++)
    names[i] = relation->columns[columns[i]].name;
  return names;
}

/* A key with a column that may be NULL does not tell rows apart. */
static bool is_sure(const struct relation *relation, const struct key *key) {
  bool sure = true;
  for (int i = 0; i < key->count; i++)
    sure = sure && relation->columns[key->columns[i]].not_null;
  return sure;
}

static int find_local_key(struct definition *definition, const struct relation *base,
                          int count, struct write_rule *rule) {
  bool complete = false;
  bool view = base->kind == RELATION_VIEW;
  for (int i = 0; i < base->key_count && !complete; i++) {
    const struct key *key = &base->keys[i];
    if (!view && !key->primary && !is_sure(base, key))
      continue;
    const char **names = key_names(definition, base, key->columns, key->count);
    if (names == NULL)
      return define_nomem(definition);
    int code = try_key(definition, rule, count, names, key->count, &complete);
    if (code != TIDE_OK)
      return code;
  }
  if (!complete)
    rule->reason =
        base->key_count == 0
            ? "its relation has no primary or unique key"
            : "it does not show the whole primary or unique key of its relation";
  return TIDE_OK;
}

/* A column of a view that is computed there, or a generated one, cannot be written through this one either. */
static void forget_computed(const struct relation *base, int count,
                            struct write_rule *rule) {
  for (int i = 0; i < count; i++) {
    int column =
        rule->columns[i] == NULL ? -1 : relation_column(base, rule->columns[i]);
    bool writable = column >= 0 && !base->columns[column].generated &&
                    !base->columns[column].hidden;
    if (writable && base->view != NULL)
      writable = base->view->write_path->origin_column[column] != NULL;
    if (!writable)
      rule->columns[i] = NULL;
  }
}

static const char *reason_of_base(struct definition *definition,
                                  const struct relation *base) {
  if (base == NULL)
    return "it reads a common table expression";
  if (base->kind == RELATION_SYSTEM)
    return "it reads a system relation";
  if (base->view == NULL || base->view->write_path != NULL)
    return NULL;
  const char *reason = arena_format(
      definition->arena, "it reads view \"%s\", of which the same is true: %s",
      base->name, base->view->not_updatable_because);
  return reason == NULL ? "it reads a view that cannot be written" : reason;
}

int rule_of_local_view(struct definition *definition, const struct sql_node *query,
                       int columns, struct write_rule *rule) {
  struct mapping mapping;
  *rule = (struct write_rule){0};
  map_query(query, &mapping);
  rule->reason = mapping.reason;
  if (rule->reason != NULL)
    return TIDE_OK;
  const struct relation *base = catalog_find(
      definition->database, name_schema(mapping.relation), mapping.relation->text);
  rule->reason = reason_of_base(definition, base);
  if (rule->reason != NULL)
    return TIDE_OK;
  int star_count = 0;
  const char **star =
      arena_alloc(definition->arena, (size_t)(base->column_count + 1) * sizeof *star);
  if (star == NULL)
    return define_nomem(definition);
  for (int i = 0; i < base->column_count; i++) {
    if (!base->columns[i].hidden)
      star[star_count++] = base->columns[i].name;
  }
  rule->schema = base->schema;
  rule->name = base->name;
  int code = map_columns(definition, &mapping, columns, star, star_count, rule);
  if (code != TIDE_OK)
    return code;
  code = find_local_key(definition, base, columns, rule);
  if (code == TIDE_OK && rule->reason == NULL)
    forget_computed(base, columns, rule);
  if (code == TIDE_OK && rule->reason == NULL)
    code = filter_text(definition, mapping.where, rule);
  return code;
}

/* --- foreign views --- */

/* The names behind a star: what the origin's query gives where the star stands. */
static int star_names(struct definition *definition, const struct mapping *mapping,
                      const struct column *columns, int column_count,
                      const char ***star, int *star_count) {
  uint32_t results = mapping->results == NULL ? 1 : mapping->results->count;
  int before = 0, stars = 0;
  for (uint32_t i = 0; i < results; i++) {
    bool all = mapping->results == NULL ||
               mapping->results->child[i]->child[0]->kind == SQL_STAR;
    stars += all;
    before += !all && stars == 0;
  }
  *star_count = stars == 1 ? column_count - ((int)results - 1) : 0;
  if (*star_count < 0)
    *star_count = 0;
  *star = arena_alloc(definition->arena, (size_t)(*star_count + 1) * sizeof **star);
  if (*star == NULL)
    return define_nomem(definition);
  for (int i = 0; i < *star_count && before + i < column_count; i++)
    (*star)[i] = columns[before + i].name;
  return TIDE_OK;
}

int rule_of_foreign_view(struct definition *definition, const struct sql_node *query,
                         const struct column *columns, int column_count,
                         const char *const *origin_key, int key_count,
                         struct write_rule *rule) {
  struct mapping mapping;
  const char **star;
  int star_count;
  bool complete;
  *rule = (struct write_rule){0};
  map_query(query, &mapping);
  rule->reason = mapping.reason;
  if (rule->reason == NULL && column_count == 0)
    rule->reason = "its origin has not told its columns yet";
  if (rule->reason != NULL)
    return TIDE_OK;
  rule->schema = name_schema(mapping.relation);
  rule->name = mapping.relation->text;
  int code =
      star_names(definition, &mapping, columns, column_count, &star, &star_count);
  if (code == TIDE_OK)
    code = map_columns(definition, &mapping, column_count, star, star_count, rule);
  if (code == TIDE_OK)
    code = try_key(definition, rule, column_count, origin_key, key_count, &complete);
  if (code != TIDE_OK)
    return code;
  if (!complete)
    rule->reason =
        key_count == 0
            ? "its relation has no primary or unique key at the origin"
            : "it does not show the whole primary or unique key of its relation";
  return rule->reason == NULL ? filter_text(definition, mapping.where, rule) : TIDE_OK;
}
