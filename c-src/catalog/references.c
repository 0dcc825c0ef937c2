/* Which relations a query names, before it is bound: with schemas written out and stars replaced, so that the stored
 * text of a view keeps its meaning when the search path or a table changes. */
#include <string.h>

#include "catalog/define_sequence.h"
#include "catalog/view_internal.h"

/* Common table expressions in force: they hide relations of the same name. */
struct hidden {
  const char *name;
  const struct hidden *outer;
};

struct walk {
  struct definition *definition;
  struct reference_list *list;
  bool rewrite;
  int depth;
};

static bool is_hidden(const struct hidden *hidden, const char *name) {
  for (; hidden != NULL; hidden = hidden->outer) {
    if (strcmp(hidden->name, name) == 0)
      return true;
  }
  return false;
}

static int add(struct walk *walk, int64_t id) {
  struct reference_list *list = walk->list;
  for (int i = 0; i < list->count; i++) {
    if (list->ids[i] == id)
      return TIDE_OK;
  }
  if (list->count == list->capacity) {
    int capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
    int64_t *larger =
        arena_alloc(walk->definition->arena, (size_t)capacity * sizeof *larger);
    if (larger == NULL)
      return define_nomem(walk->definition);
    if (list->count > 0)
      memcpy(larger, list->ids, (size_t)list->count * sizeof *larger);
    list->ids = larger;
    list->capacity = capacity;
  }
  list->ids[list->count++] = id;
  return TIDE_OK;
}

/* The relation that a name in FROM means; NULL for a common table expression or an unknown one. */
static const struct relation *resolve(struct walk *walk, const struct sql_node *name,
                                      const struct hidden *hidden) {
  if (name_schema(name) == NULL && is_hidden(hidden, name->text))
    return NULL;
  return catalog_find(walk->definition->database, name_schema(name), name->text);
}

static int visit_name(struct walk *walk, struct sql_node *name,
                      const struct hidden *hidden) {
  const struct relation *relation = resolve(walk, name, hidden);
  if (relation == NULL)
    return TIDE_OK; /* binding reports it, if it is nothing */
  if (walk->rewrite && name->child[NAME_SCHEMA] == NULL) {
    name->child[NAME_SCHEMA] = sql_node_text(walk->definition->arena, SQL_NAME,
                                             name->position, relation->schema);
    if (name->child[NAME_SCHEMA] == NULL)
      return define_nomem(walk->definition);
  }
  if (relation->kind == RELATION_SYSTEM) {
    walk->list->system = true;
    return TIDE_OK;
  }
  return add(walk, relation->id);
}

/* A type that somebody has made gets its schema too. */
static int visit_type(struct walk *walk, struct sql_node *type) {
  const struct database *database = walk->definition->database;
  struct type named;
  if (!walk->rewrite || type->child[TYPE_SCHEMA] != NULL ||
      !bind_named_type(database, type, &named))
    return TIDE_OK;
  const struct domain *domain = catalog_domain(database, named);
  const char *schema = domain != NULL        ? domain->schema
                       : type_is_enum(named) ? catalog_enum(database, named)->schema
                                             : NULL;
  if (schema == NULL)
    return TIDE_OK;
  type->child[TYPE_SCHEMA] =
      sql_node_text(walk->definition->arena, SQL_NAME, type->position, schema);
  return type->child[TYPE_SCHEMA] == NULL ? define_nomem(walk->definition) : TIDE_OK;
}

/* --- stars --- */

/* Can every column of this FROM be named one by one? Joins that merge columns, subqueries, functions and common table
 * expressions keep their star. */
static bool all_plain(struct walk *walk, const struct sql_node *from,
                      const struct hidden *hidden, int *count) {
  if (from->kind == SQL_LIST) {
    bool plain = true;
    for (uint32_t i = 0; i < from->count && plain; i++)
      plain = all_plain(walk, from->child[i], hidden, count);
    return plain;
  }
  if (from->kind == SQL_JOIN)
    return (from->flags & SQL_NATURAL) == 0 && from->child[JOIN_USING] == NULL &&
           all_plain(walk, from->child[JOIN_LEFT], hidden, count) &&
           all_plain(walk, from->child[JOIN_RIGHT], hidden, count);
  if (from->kind != SQL_TABLE_REFERENCE || from->child[REFERENCE_COLUMNS] != NULL ||
      from->child[REFERENCE_SOURCE]->kind != SQL_NAME)
    return false;
  const struct relation *relation =
      resolve(walk, from->child[REFERENCE_SOURCE], hidden);
  ++*count;
  return relation != NULL && relation->column_count > 0;
}

static const char *reference_name(const struct sql_node *reference) {
  return reference->text != NULL ? reference->text
                                 : reference->child[REFERENCE_SOURCE]->text;
}

static bool append_column(struct walk *walk, struct sql_node *results,
                          const struct sql_node *star, const char *column,
                          const char *qualifier) {
  struct arena *arena = walk->definition->arena;
  struct sql_node *result = sql_node_new(arena, SQL_RESULT, star->position);
  struct sql_node *value = sql_node_text(arena, SQL_COLUMN, star->position, column);
  if (result == NULL || value == NULL)
    return false;
  if (qualifier != NULL) {
    value->child[0] = sql_node_text(arena, SQL_NAME, star->position, qualifier);
    if (value->child[0] == NULL)
      return false;
  }
  result->child[0] = value;
  return sql_list_append(arena, results, result) != NULL;
}

/* Appends the columns of `from` that the star stands for. */
static bool append_star(struct walk *walk, const struct sql_node *from,
                        const struct hidden *hidden, const struct sql_node *star,
                        bool qualify, struct sql_node *results) {
  bool done = true;
  if (from->kind == SQL_LIST || from->kind == SQL_JOIN) {
    uint32_t count = from->kind == SQL_JOIN ? 2 : from->count;
    for (uint32_t i = 0; i < count && done; i++)
      done = append_star(walk, from->child[i], hidden, star, qualify, results);
    return done;
  }
  const char *name = reference_name(from);
  if (star->child[0] != NULL && strcmp(star->child[0]->text, name) != 0)
    return true;
  const struct relation *relation =
      resolve(walk, from->child[REFERENCE_SOURCE], hidden);
  for (int i = 0; i < relation->column_count && done; i++) {
    if (!relation->columns[i].hidden)
      done = append_column(walk, results, star, relation->columns[i].name,
                           qualify ? name : NULL);
  }
  return done;
}

static int replace_stars(struct walk *walk, struct sql_node *select,
                         const struct hidden *hidden) {
  const struct sql_node *from = select->child[SELECT_FROM];
  struct sql_node *old = select->child[SELECT_RESULTS];
  int count = 0;
  if (from == NULL || old == NULL || !all_plain(walk, from, hidden, &count))
    return TIDE_OK;
  struct sql_node *results =
      sql_node_new(walk->definition->arena, SQL_LIST, old->position);
  if (results == NULL)
    return define_nomem(walk->definition);
  for (uint32_t i = 0; i < old->count; i++) {
    struct sql_node *result = old->child[i];
    bool star = result->child[0]->kind == SQL_STAR;
    bool done =
        star ? append_star(walk, from, hidden, result->child[0], count > 1, results)
             : sql_list_append(walk->definition->arena, results, result) != NULL;
    if (!done)
      return define_nomem(walk->definition);
  }
  if (results->count > 0) /* x.* of an x that is not there: binding reports it */
    select->child[SELECT_RESULTS] = results;
  return TIDE_OK;
}

/* --- the walk --- */

static int visit(struct walk *walk, struct sql_node *node, const struct hidden *hidden);

static int visit_children(struct walk *walk, struct sql_node *node,
                          const struct hidden *hidden, uint32_t first) {
  int code = TIDE_OK;
  for (uint32_t i = first; i < node->count && code == TIDE_OK; i++) {
    if (node->child[i] != NULL)
      code = visit(walk, node->child[i], hidden);
  }
  return code;
}

/* A common table expression sees those before it, with RECURSIVE all and itself; what follows WITH sees all. */
static int visit_with(struct walk *walk, struct sql_node *node,
                      const struct hidden *hidden) {
  struct sql_node *with = node->child[0];
  struct hidden *all =
      arena_alloc(walk->definition->arena, (with->count + 1) * sizeof *all);
  if (all == NULL)
    return define_nomem(walk->definition);
  const struct hidden *inner = hidden;
  for (uint32_t i = 0; i < with->count; i++) {
    all[i] = (struct hidden){with->child[i]->text, inner};
    inner = &all[i];
  }
  bool recursive = (with->flags & SQL_RECURSIVE) != 0;
  int code = TIDE_OK;
  for (uint32_t i = 0; i < with->count && code == TIDE_OK; i++)
    code = visit(walk, with->child[i]->child[CTE_STATEMENT],
                 recursive ? inner : all[i].outer);
  return code == TIDE_OK ? visit_children(walk, node, inner, 1) : code;
}

static int visit(struct walk *walk, struct sql_node *node,
                 const struct hidden *hidden) {
  if (++walk->depth > 4 * BIND_DEPTH_MAX)
    return error_set_at(walk->definition->error, TIDE_ERROR_TOO_DEEP, node->position,
                        "the statement is nested too deeply");
  bool with = (node->kind == SQL_QUERY || node->kind == SQL_INSERT ||
               node->kind == SQL_UPDATE || node->kind == SQL_DELETE ||
               node->kind == SQL_MERGE) &&
              node->child[0] != NULL;
  int code = TIDE_OK;
  if (node->kind == SQL_TYPE)
    code = visit_type(walk, node);
  else if (node->kind == SQL_TABLE)
    code = visit_name(walk, node->child[0], hidden);
  else if (node->kind == SQL_TABLE_REFERENCE &&
           node->child[REFERENCE_SOURCE]->kind == SQL_NAME)
    code = visit_name(walk, node->child[REFERENCE_SOURCE], hidden);
  else if (with)
    code = visit_with(walk, node, hidden);
  else
    code = visit_children(walk, node, hidden, 0);
  if (code == TIDE_OK && node->kind == SQL_CALL && walk->rewrite)
    code = sequence_qualify_all(walk->definition, node);
  if (code == TIDE_OK && node->kind == SQL_SELECT && walk->rewrite)
    code = replace_stars(walk, node, hidden);
  walk->depth--;
  return code;
}

int find_references(struct definition *definition, struct sql_node *query, bool rewrite,
                    struct reference_list *list) {
  *list = (struct reference_list){0};
  struct walk walk = {definition, list, rewrite, 0};
  return visit(&walk, query, NULL);
}
