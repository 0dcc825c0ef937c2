/* WITH: common table expressions, recursive ones too. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "sql/walk.h"

static enum sql_walk is_reference_to(const struct sql_node *node, void *context) {
  const char *name = context;
  if (node->kind != SQL_TABLE_REFERENCE && node->kind != SQL_TABLE)
    return SQL_WALK_ON;
  const struct sql_node *source = node->child[0];
  bool same = source && !source->child[NAME_SCHEMA] && strcmp(source->text, name) == 0;
  return same ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool refers_to(const struct sql_node *node, const char *name) {
  return !sql_walk(node, is_reference_to, (void *)name);
}

/* --- names --- */

struct name_search {
  const char *name;
  bool found;
};

static void compare_stored(const struct relation *relation, void *context) {
  struct name_search *search = context;
  search->found |= bind_same_name(relation->stored, search->name);
}

/* In SQLite a CTE hides a table of that name everywhere below it, in the queries of expanded views too. And where a
 * query moves in the tree, a name must still mean one CTE. */
static bool means_something(const struct binder *binder, const char *name) {
  struct name_search search = {name, false};
  catalog_each(binder->database, compare_stored, &search);
  for (const struct cte *cte = binder->ctes; cte && !search.found; cte = cte->earlier)
    search.found = bind_same_name(cte->actual, name);
  return search.found;
}

static int choose_actual_name(struct binder *binder, struct cte *cte) {
  cte->actual = cte->name;
  if (strncmp(cte->name, "__", 2) == 0)
    cte->actual = arena_format(binder->arena, "x%s", cte->name);
  for (int number = 1; cte->actual && means_something(binder, cte->actual); number++)
    cte->actual = arena_format(binder->arena, "%s_%d", cte->name, number);
  if (!cte->actual)
    return bind_nomem(binder);
  cte->node->text = cte->actual;
  cte->node->length = (uint32_t)strlen(cte->actual);
  cte->earlier = binder->ctes;
  binder->ctes = cte;
  return TIDE_OK;
}

/* --- columns --- */

static const char *unique_among(struct binder *binder, const struct sql_node *list,
                                const char *wanted) {
  const char *name = wanted;
  for (int number = 1; name; number++) {
    bool taken = false;
    for (uint32_t i = 0; i < list->count; i++)
      taken |= bind_same_name(list->child[i]->text, name);
    if (!taken)
      return name;
    name = arena_format(binder->arena, "%s_%d", wanted, number);
  }
  bind_nomem(binder);
  return NULL;
}

/* Takes names and types from the bound query; afterwards CTE_COLUMNS always lists unique names. */
static int take_columns(struct binder *binder, struct cte *cte,
                        const struct sql_node *query) {
  const struct sql_node *given = cte->node->child[CTE_COLUMNS];
  int count = query_column_count(query);
  if (given && (int)given->count > count)
    return error_set_at(
        binder->error, TIDE_ERROR_COLUMN_REFERENCE, cte->node->position,
        "WITH query %q has %d columns available but %d columns specified", cte->name,
        count, (int)given->count);
  struct sql_node *list = bind_node(binder, SQL_LIST, cte->node->position, NULL);
  cte->names = bind_alloc(binder, (size_t)count * sizeof *cte->names);
  cte->types = bind_alloc(binder, (size_t)count * sizeof *cte->types);
  if (!list || !cte->names || !cte->types)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < count; i++) {
    cte->names[i] = given && i < (int)given->count ? given->child[i]->text
                                                   : query_column_name(query, i);
    cte->types[i] = query_column_type(query, i);
    const char *name = unique_among(binder, list, cte->names[i]);
    if (!name ||
        !bind_append(binder, list, bind_node(binder, SQL_NAME, list->position, name)))
      return TIDE_ERROR_NOMEM;
  }
  cte->column_count = count;
  cte->node->child[CTE_COLUMNS] = list;
  return TIDE_OK;
}

/* --- recursion --- */

static int refuse_recursion(struct binder *binder, const struct cte *cte,
                            const char *format) {
  return error_set_at(binder->error, TIDE_ERROR_RECURSION, cte->node->position, format,
                      cte->name);
}

static int check_recursive_form(struct binder *binder, const struct cte *cte,
                                const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind != SQL_SET_OPERATION || body->op != SQL_UNION)
    return refuse_recursion(binder, cte,
                            "recursive query %q does not have the form "
                            "non-recursive-term UNION [ALL] recursive-term");
  if (refers_to(body->child[BODY_LEFT], cte->name))
    return refuse_recursion(
        binder, cte,
        "recursive reference to query %q must not appear within its "
        "non-recursive term");
  if (query->child[QUERY_ORDER])
    return bind_unsupported(binder, query->position, "ORDER BY in a recursive query");
  if (query->child[QUERY_LIMIT] || query->child[QUERY_OFFSET])
    return bind_unsupported(binder, query->position,
                            "LIMIT or OFFSET in a recursive query");
  if (query->child[QUERY_WITH])
    return bind_unsupported(binder, query->position, "WITH in a recursive query");
  if (body->child[BODY_RIGHT]->kind != SQL_SELECT)
    return bind_unsupported(binder, body->child[BODY_RIGHT]->position,
                            "a recursive term that is not a single SELECT");
  return TIDE_OK;
}

/* PostgreSQL takes the types from the non-recursive term alone. */
static int check_recursive_types(struct binder *binder, const struct cte *cte,
                                 struct sql_node *right) {
  if (query_column_count(right) != cte->column_count)
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, right->position,
                        "each UNION query must have the same number of columns");
  for (int i = 0; i < cte->column_count; i++) {
    struct type left = cte->types[i], other = query_column_type(right, i), overall;
    if (!type_common(left, other, &overall))
      return error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, right->position,
                          "UNION types %s and %s cannot be matched",
                          bind_type_text(binder, left), bind_type_text(binder, other));
    if (overall.id == left.id && overall.array == left.array)
      continue;
    return error_set_at(
        binder->error, TIDE_ERROR_TYPE_MISMATCH, cte->node->position,
        "recursive query %q column %d has type %s in non-recursive term "
        "but type %s overall",
        cte->name, i + 1, bind_type_text(binder, left),
        bind_type_text(binder, overall));
  }
  return query_convert(binder, right, cte->types, cte->column_count, CONVERT_IMPLICIT);
}

static enum sql_walk is_outer_side(const struct sql_node *node, void *context) {
  bool found = node->kind == SQL_TABLE_REFERENCE && node->index == REFERENCE_CTE &&
               node->bound_index == 1 &&
               strcmp(node->child[REFERENCE_SOURCE]->text, context) == 0;
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static int bind_recursive(struct binder *binder, struct cte *cte,
                          struct sql_node *query, struct scope *outer) {
  int rc = check_recursive_form(binder, cte, query);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *body = query->child[QUERY_BODY];
  rc = bind_body(binder, &body->child[BODY_LEFT], outer, cte->outer);
  if (rc == TIDE_OK)
    rc = query_resolve(binder, body->child[BODY_LEFT]);
  if (rc == TIDE_OK)
    rc = take_columns(binder, cte, body->child[BODY_LEFT]);
  if (rc != TIDE_OK)
    return rc;
  cte->open = true;
  binder->in_recursive_term = true;
  rc = bind_body(binder, &body->child[BODY_RIGHT], outer, cte);
  binder->in_recursive_term = false;
  cte->open = false;
  if (rc != TIDE_OK)
    return rc;
  if (!sql_walk(body, is_outer_side, (void *)cte->actual))
    return refuse_recursion(binder, cte,
                            "recursive reference to query %q must not appear within an "
                            "outer join");
  return check_recursive_types(binder, cte, body->child[BODY_RIGHT]);
}

/* --- the list --- */

/* INSERT, UPDATE, DELETE or MERGE: whoever binds the statement takes it apart (catalog/parts.h). */
static int bind_cte_write(struct binder *binder, struct cte *cte,
                          const struct sql_node *with) {
  struct sql_node *write = cte->node->child[CTE_STATEMENT];
  if (with != binder->top_with)
    return error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, write->position,
                        "WITH clause containing a data-modifying statement must be at "
                        "the top level");
  if (!binder->binding->takes_parts)
    return bind_unsupported(binder, write->position,
                            "a write inside WITH in a view, a definition or EXPLAIN");
  if (with->flags & SQL_RECURSIVE && refers_to(write, cte->name))
    return refuse_recursion(
        binder, cte, "recursive query %q must not contain data-modifying statements");
  cte->silent = !query_returning(write);
  int rc = bind_write(binder, write, cte->outer);
  return rc == TIDE_OK ? take_columns(binder, cte, write) : rc;
}

static int bind_cte(struct binder *binder, struct cte *cte, const struct sql_node *with,
                    struct scope *outer) {
  struct sql_node *query = cte->node->child[CTE_STATEMENT];
  int rc = choose_actual_name(binder, cte);
  if (rc != TIDE_OK)
    return rc;
  if (query->kind != SQL_QUERY)
    return bind_cte_write(binder, cte, with);
  if (with->flags & SQL_RECURSIVE && refers_to(query, cte->name)) {
    rc = bind_recursive(binder, cte, query, outer);
  } else {
    rc = bind_query(binder, query, outer, cte->outer, true);
    if (rc == TIDE_OK)
      rc = take_columns(binder, cte, query);
  }
  return rc;
}

static const struct cte *find_among(const struct cte *ctes, uint32_t count,
                                    const char *name) {
  for (; count > 0; count--, ctes = ctes->outer) {
    if (strcmp(ctes->name, name) == 0)
      return ctes;
  }
  return NULL;
}

int bind_ctes(struct binder *binder, struct sql_node *with, struct scope *outer,
              struct cte **ctes) {
  for (uint32_t i = 0; with && i < with->count; i++) {
    struct sql_node *node = with->child[i];
    if (find_among(*ctes, i, node->text))
      return error_set_at(binder->error, TIDE_ERROR_DUPLICATE_ALIAS, node->position,
                          "WITH query name %q specified more than once", node->text);
    struct cte *cte = bind_alloc(binder, sizeof *cte);
    if (!cte)
      return TIDE_ERROR_NOMEM;
    *cte = (struct cte){.name = node->text, .node = node, .outer = *ctes};
    int rc = bind_cte(binder, cte, with, outer);
    if (rc != TIDE_OK)
      return rc;
    *ctes = cte;
  }
  return TIDE_OK;
}

struct sql_node *query_with(const struct sql_node *statement) {
  switch (statement->kind) {
  case SQL_QUERY: return statement->child[QUERY_WITH];
  case SQL_INSERT: return statement->child[INSERT_WITH];
  case SQL_UPDATE: return statement->child[UPDATE_WITH];
  case SQL_DELETE: return statement->child[DELETE_WITH];
  case SQL_MERGE: return statement->child[MERGE_WITH];
  default: return NULL;
  }
}

struct sql_node *query_target(const struct sql_node *statement) {
  switch (statement->kind) {
  case SQL_INSERT: return statement->child[INSERT_TARGET];
  case SQL_UPDATE: return statement->child[UPDATE_TARGET];
  case SQL_DELETE: return statement->child[DELETE_TARGET];
  case SQL_MERGE: return statement->child[MERGE_TARGET];
  default: return NULL;
  }
}

bool query_has_parts(const struct sql_node *statement) {
  const struct sql_node *with = query_with(statement);
  if (statement->kind == SQL_MERGE || bind_writes_rows(statement))
    return true;
  for (uint32_t i = 0; with && i < with->count; i++) {
    if (with->child[i]->child[CTE_STATEMENT]->kind != SQL_QUERY)
      return true;
  }
  return false;
}
