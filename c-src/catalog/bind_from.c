/* FROM: tables, subqueries and functions, and how joins combine what their columns mean. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "sql/walk.h"

/* --- column aliases --- */

int bind_column_aliases(struct binder *binder, struct sql_node *node,
                        struct scope_reference *reference) {
  struct sql_node *aliases = node->child[REFERENCE_COLUMNS];
  if (!aliases)
    return TIDE_OK;
  int visible = 0;
  for (int i = 0; i < reference->count; i++)
    visible += !reference->columns[i].hidden;
  if ((int)aliases->count > visible)
    return error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE, node->position,
                        "table %q has %d columns available but %d columns specified",
                        node->text, visible, (int)aliases->count);
  uint32_t next = 0;
  for (int i = 0; i < reference->count && next < aliases->count; i++) {
    if (!reference->columns[i].hidden)
      reference->columns[i].name = aliases->child[next++]->text;
  }
  node->child[REFERENCE_COLUMNS] = NULL;
  return TIDE_OK;
}

/* A scope of one reference, within `context`. */
static struct scope *scope_of(struct binder *binder, const struct scope *context,
                              struct scope_reference *reference) {
  struct scope *scope =
      bind_scope_new(binder, context->outer, context->level, context->ctes);
  if (!scope || bind_scope_add(binder, scope, reference) != TIDE_OK)
    return NULL;
  return scope;
}

/* A reference to a bound query, whose columns the user knows as `names` (NULL: by their own names). */
static struct scope_reference *
query_reference(struct binder *binder, struct level *level, struct sql_node *node,
                struct sql_node *query, const char *const *names) {
  int count = query_column_count(query);
  struct scope_reference *reference = bind_alloc(binder, sizeof *reference);
  struct scope_column *columns = bind_alloc(binder, (size_t)count * sizeof *columns);
  if (!reference || !columns)
    return NULL;
  for (int i = 0; i < count; i++)
    columns[i].name = names ? names[i] : query_column_name(query, i);
  if (query_unique_names(binder, query) != TIDE_OK)
    return NULL;
  for (int i = 0; i < count; i++) {
    columns[i].actual = query_column_name(query, i);
    columns[i].type = query_column_type(query, i);
    columns[i].index = i;
    columns[i].reference = reference;
  }
  *reference = (struct scope_reference){.node = node,
                                        .name = node->text,
                                        .level = level,
                                        .count = count,
                                        .columns = columns};
  return reference;
}

/* --- tables and views --- */

static struct scope_reference *cte_reference(struct binder *binder,
                                             const struct scope *context,
                                             struct sql_node *node, struct cte *cte) {
  if (cte->silent) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
                 "WITH query %q does not have a RETURNING clause", cte->name);
    return NULL;
  }
  if (cte->open && !context->level->recursive_term) {
    bind_unsupported(binder, node->position, "a recursive reference within a subquery");
    return NULL;
  }
  if (cte->open && ++cte->references > 1) {
    error_set_at(binder->error, TIDE_ERROR_RECURSION, node->position,
                 "recursive reference to query %q must not appear more than once",
                 cte->name);
    return NULL;
  }
  struct scope_reference *reference = bind_alloc(binder, sizeof *reference);
  struct scope_column *columns =
      bind_alloc(binder, (size_t)cte->column_count * sizeof *columns);
  if (!reference || !columns)
    return NULL;
  const struct sql_node *actual = cte->node->child[CTE_COLUMNS];
  for (int i = 0; i < cte->column_count; i++)
    columns[i] = (struct scope_column){.name = cte->names[i],
                                       .actual = actual->child[i]->text,
                                       .type = cte->types[i],
                                       .index = i,
                                       .reference = reference};
  node->index = REFERENCE_CTE;
  node->bound = NULL;
  node->child[REFERENCE_SOURCE] =
      bind_node(binder, SQL_NAME, node->position, cte->actual);
  *reference = (struct scope_reference){.node = node,
                                        .name = node->text,
                                        .level = context->level,
                                        .count = cte->column_count,
                                        .columns = columns};
  return node->child[REFERENCE_SOURCE] ? reference : NULL;
}

void bind_blame_view(struct binder *binder, const struct relation *view,
                     uint32_t position) {
  struct error *error = binder->error;
  if (error->code == 0 || error->view[0])
    return;
  error->position = position;
  size_t length = strlen(view->name);
  if (length >= sizeof error->view)
    length = sizeof error->view - 1;
  memcpy(error->view, view->name, length);
  error->view[length] = '\0';
}

struct sql_node *bind_parse_view(struct binder *binder, const struct relation *view) {
  struct sql_node *query = NULL;
  size_t consumed;
  const char *text = view->query ? view->query : view->view->query_sql;
  if (sql_parse(binder->arena, text, strlen(text), SQL_DIALECT_POSTGRES, &query,
                &consumed, binder->error) != TIDE_OK)
    return NULL;
  if (query && query->kind == SQL_QUERY)
    return bind_stored(query);
  error_set(binder->error, TIDE_ERROR_CORRUPT, "the query of view %q cannot be read",
            view->name);
  return NULL;
}

/* The query of a view in place of its name. */
static struct scope_reference *expand_view(struct binder *binder,
                                           const struct scope *context,
                                           struct sql_node *node,
                                           const struct relation *view) {
  struct sql_node *query = bind_parse_view(binder, view);
  bool standard = view->query != NULL;
  binder->views++;
  binder->standard += standard;
  bool bound = query && bind_query(binder, query, NULL, NULL, true) == TIDE_OK;
  binder->standard -= standard;
  binder->views--;
  if (!bound)
    return NULL;
  node->kind = SQL_SUBQUERY_REFERENCE;
  node->child[REFERENCE_SOURCE] = query;
  if (standard)
    return query_reference(binder, context->level, node, query, NULL);
  int count = query_column_count(query);
  if (count != view->column_count) {
    error_set(binder->error, TIDE_ERROR_CORRUPT,
              "view %q has %d columns but its query gives %d", view->name,
              view->column_count, count);
    return NULL;
  }
  const char **names = bind_alloc(binder, (size_t)count * sizeof *names);
  if (!names)
    return NULL;
  for (int i = 0; i < count; i++)
    names[i] = view->columns[i].name;
  return query_reference(binder, context->level, node, query, names);
}

int bind_check_described(struct binder *binder, const struct relation *relation,
                         uint32_t position) {
  if (!relation_is_foreign(relation) || relation->view->described)
    return TIDE_OK;
  binder->binding->undescribed = relation;
  return error_set_at(
      binder->error, TIDE_ERROR_UNREACHABLE, position,
      "the columns of view %q are not known yet: its origin has not answered",
      relation->name);
}

static struct scope_reference *relation_reference(struct binder *binder,
                                                  const struct scope *context,
                                                  struct sql_node *node,
                                                  const struct relation *relation) {
  if (bind_check_described(binder, relation, node->position) != TIDE_OK)
    return NULL;
  bool expands = relation->query || (relation->view && !relation_is_foreign(relation) &&
                                     !relation_keeps_rows(relation));
  if (!expands) {
    node->bound = relation;
    return bind_relation_reference(binder, context->level, node, relation);
  }
  if (!bind_enter(binder, node->position))
    return NULL;
  struct scope_reference *reference = expand_view(binder, context, node, relation);
  bind_leave(binder);
  if (!reference)
    bind_blame_view(binder, relation, node->position);
  return reference;
}

/* What is written is one of the relations. */
static struct scope *bind_written(struct binder *binder, const struct scope *context,
                                  struct sql_node *node) {
  struct scope *scope =
      bind_scope_new(binder, context->outer, context->level, context->ctes);
  return scope && bind_target(binder, scope, node, binder->written) == TIDE_OK ? scope
                                                                               : NULL;
}

static struct scope *bind_table(struct binder *binder, const struct scope *context,
                                struct sql_node *node) {
  if (node->flags & SQL_TARGET && binder->written)
    return bind_written(binder, context, node);
  struct sql_node *name = node->child[REFERENCE_SOURCE];
  bool plain = !name->child[NAME_SCHEMA];
  const char *alias = node->text ? node->text : name->text;
  bool has_alias = node->text != NULL;
  if (bind_alias(binder, context->level, node, alias) != TIDE_OK)
    return NULL;
  struct cte *cte = plain ? bind_find_cte(context->ctes, name->text) : NULL;
  const struct relation *relation = cte ? NULL : bind_find_relation(binder, name);
  const struct resolution found = {.position = node->position,
                                   .reference = node->position,
                                   .relation = relation ? relation->id : 0,
                                   .column = -1,
                                   .own_name = !has_alias};
  if ((!cte && !relation) || !bind_resolved(binder, &found))
    return NULL;
  struct scope_reference *reference =
      cte ? cte_reference(binder, context, node, cte)
          : relation_reference(binder, context, node, relation);
  if (!reference)
    return NULL;
  reference->name = alias;
  reference->schema = relation && !has_alias ? relation->schema : NULL;
  if (bind_column_aliases(binder, node, reference) != TIDE_OK)
    return NULL;
  return scope_of(binder, context, reference);
}

/* --- subqueries --- */

static struct scope *bind_subquery_reference(struct binder *binder,
                                             struct scope *context,
                                             struct sql_node *node) {
  struct sql_node *query = node->child[REFERENCE_SOURCE];
  if (query->kind != SQL_QUERY) {
    bind_unsupported(binder, query->position, "a write inside FROM");
    return NULL;
  }
  const char *alias = node->text;
  if (bind_alias(binder, context->level, node, alias ? alias : "unnamed_subquery") !=
      TIDE_OK)
    return NULL;
  bool lateral = node->flags & SQL_LATERAL;
  struct scope *outer = lateral ? context : context->outer;
  if (bind_query(binder, query, outer, context->ctes, true) != TIDE_OK)
    return NULL;
  /* LATERAL without need for it is nothing special. */
  if (lateral && !bind_uses_level(query, context->level->id))
    node->flags &= ~(uint32_t)SQL_LATERAL;
  struct scope_reference *reference =
      query_reference(binder, context->level, node, query, NULL);
  if (!reference || bind_column_aliases(binder, node, reference) != TIDE_OK)
    return NULL;
  reference->name = alias;
  return scope_of(binder, context, reference);
}

/* --- functions --- */

/* The names that PostgreSQL gives to the columns of a function in FROM. */
static int function_reference_columns(struct binder *binder, struct sql_node *node,
                                      struct scope_reference *reference) {
  const struct sql_node *call = node->child[REFERENCE_SOURCE];
  const struct function *function = call->bound;
  const char *names[FUNCTION_COLUMNS_MAX];
  struct type types[FUNCTION_COLUMNS_MAX];
  int count = function_columns(function, call->type, names, types);
  bool named_value = strstr(function->name, "_array_elements") != NULL;
  if (count == 1 && !named_value)
    names[0] = node->text;
  bool numbered = node->flags & SQL_ORDINALITY;
  struct scope_column *columns =
      bind_alloc(binder, (size_t)(count + numbered) * sizeof *columns);
  if (!columns)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < count + numbered; i++)
    columns[i] = (struct scope_column){.name = i < count ? names[i] : "ordinality",
                                       .type = i < count ? types[i] : TYPE(TYPE_BIGINT),
                                       .index = i,
                                       .reference = reference};
  reference->columns = columns;
  reference->count = count + numbered;
  return TIDE_OK;
}

/* In the bound tree the columns of a function are always listed. */
static int list_function_columns(struct binder *binder, struct sql_node *node,
                                 struct scope_reference *reference) {
  struct sql_node *list = bind_node(binder, SQL_LIST, node->position, NULL);
  if (!list)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < reference->count; i++) {
    const char *name = reference->columns[i].name;
    for (int j = 0; j < i && name; j++) {
      if (bind_same_name(list->child[j]->text, name))
        name = arena_format(binder->arena, "%s_%d", name, i);
    }
    if (!name)
      return bind_nomem(binder);
    if (!bind_append(binder, list, bind_node(binder, SQL_NAME, node->position, name)))
      return TIDE_ERROR_NOMEM;
    reference->columns[i].actual = name;
  }
  node->child[REFERENCE_COLUMNS] = list;
  return TIDE_OK;
}

bool bind_function_call(struct binder *binder, struct scope *context,
                        struct sql_node *node) {
  enum clause before = context->level->clause;
  context->level->clause = CLAUSE_FROM_FUNCTION;
  bool bound = bind_slot(binder, context, &node->child[REFERENCE_SOURCE]);
  context->level->clause = before;
  if (!bound)
    return false;
  const struct sql_node *call = node->child[REFERENCE_SOURCE];
  const struct function *function = call->kind == SQL_CALL ? call->bound : NULL;
  if (function && function->flags & FUNCTION_SET)
    return true;
  bind_unsupported(binder, node->position,
                   "a function that does not return rows in FROM");
  return false;
}

struct scope_reference *bind_function_result(struct binder *binder, struct level *level,
                                             struct sql_node *node, const char *alias) {
  struct scope_reference *reference = bind_alloc(binder, sizeof *reference);
  if (!reference || bind_alias(binder, level, node, alias) != TIDE_OK)
    return NULL;
  *reference = (struct scope_reference){.node = node, .name = alias, .level = level};
  bool listed = function_reference_columns(binder, node, reference) == TIDE_OK &&
                bind_column_aliases(binder, node, reference) == TIDE_OK &&
                list_function_columns(binder, node, reference) == TIDE_OK;
  return listed ? reference : NULL;
}

/* Several functions side by side. */
static struct scope *bind_rows_reference(struct binder *binder, struct scope *context,
                                         struct sql_node *node,
                                         struct sql_node *calls) {
  const char *alias = node->text;
  struct sql_node *query = bind_rows_from(binder, context, node, calls);
  if (!query)
    return NULL;
  struct scope_reference *reference =
      query_reference(binder, context->level, node, query, NULL);
  if (!reference || bind_column_aliases(binder, node, reference) != TIDE_OK)
    return NULL;
  reference->name = alias ? alias : calls->child[0]->child[CALL_NAME]->text;
  return scope_of(binder, context, reference);
}

static struct scope *bind_function_reference(struct binder *binder,
                                             struct scope *context,
                                             struct sql_node *node) {
  struct sql_node *call = node->child[REFERENCE_SOURCE];
  struct sql_node *calls = bind_several_calls(binder, call);
  if (calls)
    return bind_rows_reference(binder, context, node, calls);
  if (binder->error->code)
    return NULL;
  if (bind_makes_records(call))
    return bind_expand_records(binder, node)
               ? bind_subquery_reference(binder, context, node)
               : NULL;
  const struct sql_node *columns = node->child[REFERENCE_COLUMNS];
  if (columns && columns->child[0]->kind == SQL_COLUMN_DEFINITION) {
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, columns->position,
                 "a column definition list is only allowed for functions returning "
                 "\"record\"");
    return NULL;
  }
  const char *alias = node->text;
  if (!alias && call->kind == SQL_CALL)
    alias = call->child[CALL_NAME]->text;
  if (!bind_function_call(binder, context, node))
    return NULL;
  struct scope_reference *reference =
      bind_function_result(binder, context->level, node, alias);
  return reference ? scope_of(binder, context, reference) : NULL;
}

/* --- joins --- */

/* The rows of these relations may be missing: their columns may be NULL whatever is declared. */
static void mark_outer(const struct scope *scope) {
  for (int i = 0; i < scope->reference_count; i++)
    scope->references[i]->node->bound_index = 1;
}

static const struct scope_column *find_join_column(struct binder *binder,
                                                   const struct scope *side,
                                                   const struct sql_node *name,
                                                   const char *which) {
  const struct scope_column *found = NULL;
  for (int i = 0; i < side->column_count; i++) {
    if (side->columns[i].hidden || strcmp(side->columns[i].name, name->text) != 0)
      continue;
    if (found) {
      error_set_at(binder->error, TIDE_ERROR_AMBIGUOUS_COLUMN, name->position,
                   "common column name %q appears more than once in %s table",
                   name->text, which);
      return NULL;
    }
    found = &side->columns[i];
  }
  if (!found)
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_COLUMN, name->position,
                 "column %q specified in USING clause does not exist in %s table",
                 name->text, which);
  return found;
}

/* The columns that both sides of a NATURAL join have. */
static struct sql_node *common_columns(struct binder *binder, const struct scope *left,
                                       const struct scope *right, uint32_t position) {
  struct sql_node *names = bind_node(binder, SQL_LIST, position, NULL);
  for (int i = 0; names && i < left->column_count; i++) {
    if (left->columns[i].hidden)
      continue;
    for (int j = 0; j < right->column_count; j++) {
      if (right->columns[j].hidden ||
          strcmp(left->columns[i].name, right->columns[j].name) != 0)
        continue;
      if (!bind_append(binder, names,
                       bind_node(binder, SQL_NAME, position, left->columns[i].name)))
        return NULL;
      break;
    }
  }
  return names;
}

/* What a column named in USING means after the join. */
static struct sql_node *merged_value(struct binder *binder, const struct sql_node *join,
                                     struct sql_node *left, struct sql_node *right,
                                     struct type common) {
  struct sql_node *one = bind_clone(binder, left);
  struct sql_node *other = bind_clone(binder, right);
  if (!one || !other)
    return NULL;
  one = bind_convert(binder, one, common, CONVERT_IMPLICIT);
  other = one ? bind_convert(binder, other, common, CONVERT_IMPLICIT) : NULL;
  if (!other)
    return NULL;
  switch (join->op) {
  case SQL_FULL_OUTER: return bind_coalesce(binder, one, other);
  case SQL_RIGHT_OUTER: return other;
  default:
    return one->kind == SQL_CAST && other->kind != SQL_CAST &&
                   join->op != SQL_LEFT_OUTER
               ? other
               : one;
  }
}

static bool is_merged(const struct sql_node *names, const struct scope_column *column) {
  for (uint32_t i = 0; i < names->count; i++) {
    if (!column->hidden && strcmp(names->child[i]->text, column->name) == 0)
      return true;
  }
  return false;
}

/* Joins the two by equality of the columns called `names`, which become one each. */
static struct scope *join_using(struct binder *binder, struct sql_node *join,
                                const struct scope *left, const struct scope *right,
                                const struct sql_node *names) {
  struct scope *both = bind_scope_join(binder, left, right);
  if (!both)
    return NULL;
  struct scope_column *columns =
      bind_alloc(binder, (size_t)(both->column_count + 1) * sizeof *columns);
  if (!columns)
    return NULL;
  int count = 0;
  struct sql_node *condition = NULL;
  for (uint32_t i = 0; i < names->count; i++) {
    const struct sql_node *name = names->child[i];
    const struct scope_column *one = find_join_column(binder, left, name, "left");
    const struct scope_column *other =
        one ? find_join_column(binder, right, name, "right") : NULL;
    if (!other)
      return NULL;
    struct sql_node *a = bind_scope_column(binder, one, name->position);
    struct sql_node *b = bind_scope_column(binder, other, name->position);
    struct type common;
    if (!a || !b)
      return NULL;
    if (!type_common(a->type, b->type, &common)) {
      error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, name->position,
                   "JOIN/USING types %s and %s cannot be matched",
                   bind_type_text(binder, a->type), bind_type_text(binder, b->type));
      return NULL;
    }
    struct sql_node *value = merged_value(binder, join, a, b, common);
    struct sql_node *equal =
        value ? bind_binary(binder, "=", a, b, name->position) : NULL;
    condition = equal ? bind_logic(binder, "and", condition, equal) : NULL;
    if (!condition)
      return NULL;
    columns[count++] = (struct scope_column){
        .name = name->text, .type = value->type, .value = value, .index = (int)i};
  }
  for (int i = 0; i < both->column_count; i++) {
    if (!is_merged(names, &both->columns[i]))
      columns[count++] = both->columns[i];
  }
  both->columns = columns;
  both->column_count = count;
  join->child[JOIN_ON] = condition;
  return both;
}

static struct scope *bind_from_item(struct binder *binder, struct scope *context,
                                    struct sql_node *node);

/* What the right side of a join, or a later item of FROM, may refer to when it is LATERAL. */
static struct scope *lateral_context(struct binder *binder, const struct scope *context,
                                     const struct scope *left) {
  struct scope *both = bind_scope_join(binder, context, left);
  if (both) {
    both->outer = context->outer;
    both->ctes = context->ctes;
  }
  return both;
}

static bool bind_on(struct binder *binder, struct scope *both, struct sql_node *join) {
  enum clause before = both->level->clause;
  both->level->clause = CLAUSE_JOIN;
  bool bound = bind_condition(binder, both, &join->child[JOIN_ON], "JOIN/ON");
  both->level->clause = before;
  return bound;
}

static struct scope *bind_join(struct binder *binder, struct scope *context,
                               struct sql_node *join) {
  struct scope *left = bind_from_item(binder, context, join->child[JOIN_LEFT]);
  if (!left)
    return NULL;
  bool lateral = join->op != SQL_RIGHT_OUTER && join->op != SQL_FULL_OUTER;
  struct scope *inner = lateral ? lateral_context(binder, context, left) : context;
  struct scope *right =
      inner ? bind_from_item(binder, inner, join->child[JOIN_RIGHT]) : NULL;
  if (!right)
    return NULL;
  if (join->op == SQL_LEFT_OUTER || join->op == SQL_FULL_OUTER)
    mark_outer(right);
  if (join->op == SQL_RIGHT_OUTER || join->op == SQL_FULL_OUTER)
    mark_outer(left);
  struct sql_node *names = join->child[JOIN_USING];
  if (join->flags & SQL_NATURAL)
    names = common_columns(binder, left, right, join->position);
  else if (!names) {
    struct scope *both = bind_scope_join(binder, left, right);
    return both && bind_on(binder, both, join) ? both : NULL;
  }
  if (!names)
    return NULL;
  join->child[JOIN_USING] = NULL;
  join->flags &= ~(uint32_t)SQL_NATURAL;
  return join_using(binder, join, left, right, names);
}

/* --- the list --- */

static struct scope *bind_from_kind(struct binder *binder, struct scope *context,
                                    struct sql_node *node) {
  switch (node->kind) {
  case SQL_TABLE_REFERENCE: return bind_table(binder, context, node);
  case SQL_SUBQUERY_REFERENCE: return bind_subquery_reference(binder, context, node);
  case SQL_FUNCTION_REFERENCE: return bind_function_reference(binder, context, node);
  case SQL_JOIN: return bind_join(binder, context, node);
  default:
    bind_unsupported(binder, node->position, "this kind of FROM item");
    return NULL;
  }
}

static struct scope *bind_from_item(struct binder *binder, struct scope *context,
                                    struct sql_node *node) {
  if (!bind_enter(binder, node->position))
    return NULL;
  struct scope *scope = bind_from_kind(binder, context, node);
  bind_leave(binder);
  return scope;
}

int bind_from(struct binder *binder, struct sql_node *list, struct scope **scope) {
  struct scope *whole = *scope;
  for (uint32_t i = 0; list && i < list->count; i++) {
    struct scope *item = bind_from_item(binder, whole, list->child[i]);
    whole = item ? bind_scope_join(binder, whole, item) : NULL;
    if (!whole)
      return binder->error->code ? binder->error->code : bind_nomem(binder);
    if (whole->reference_count > BIND_TABLES_MAX)
      return error_set_at(binder->error, TIDE_ERROR_LIMIT, list->child[i]->position,
                          "at most %d tables can be joined", BIND_TABLES_MAX);
  }
  *scope = whole;
  return TIDE_OK;
}
