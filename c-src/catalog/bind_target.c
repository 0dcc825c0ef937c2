/* What a write writes to: tables, foreign views, and local views as another form of their base. */
#include <string.h>

#include "catalog/bind_internal.h"

/* A code of PostgreSQL's that our list of errors does not have. */
static int generated_always(struct binder *binder, uint32_t position,
                            const char *format, const char *column) {
  int rc = error_set_at(binder->error, TIDE_ERROR_INVALID_DEFINITION, position, format,
                        column);
  memcpy(binder->error->sqlstate, "428C9", sizeof binder->error->sqlstate);
  return rc;
}

/* --- views --- */

static bool is_local_view(const struct relation *relation) {
  return relation->kind == RELATION_VIEW && !relation_is_foreign(relation);
}

static struct scope_reference *
base_reference(struct binder *binder, struct level *level, struct sql_node *node,
               const struct relation *relation, struct target *target);

/* The one relation that a view which can be written reads; NULL when its query is not of that kind. */
static struct sql_node *only_source(struct binder *binder, struct sql_node *query,
                                    struct sql_node **select) {
  struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind == SQL_TABLE)
    body = query_of_table(binder, body);
  *select = body;
  if (!body || body->kind != SQL_SELECT || !body->child[SELECT_FROM] ||
      body->child[SELECT_FROM]->count != 1)
    return NULL;
  struct sql_node *source = body->child[SELECT_FROM]->child[0];
  return source->kind == SQL_TABLE_REFERENCE ? source : NULL;
}

static struct scope_reference *as_view(struct binder *binder, struct level *level,
                                       struct sql_node *node,
                                       const struct relation *view,
                                       const struct sql_node *results) {
  struct scope_reference *reference = bind_alloc(binder, sizeof *reference);
  struct scope_column *columns =
      bind_alloc(binder, (size_t)view->column_count * sizeof *columns);
  if (!reference || !columns)
    return NULL;
  for (int i = 0; i < view->column_count && i < (int)results->count; i++)
    columns[i] = (struct scope_column){.name = view->columns[i].name,
                                       .type = results->child[i]->child[0]->type,
                                       .index = i,
                                       .reference = reference,
                                       .value = results->child[i]->child[0]};
  *reference = (struct scope_reference){.node = node,
                                        .name = view->name,
                                        .schema = view->schema,
                                        .relation = view,
                                        .level = level,
                                        .count = view->column_count,
                                        .columns = columns};
  return reference;
}

/* The columns of a local view as expressions over its base; the filter of its query joins the target's. */
static struct scope_reference *
view_reference(struct binder *binder, struct level *level, struct sql_node *node,
               const struct relation *view, struct target *target) {
  struct sql_node *query = bind_parse_view(binder, view), *select;
  struct sql_node *source = query ? only_source(binder, query, &select) : NULL;
  if (!source) {
    error_set_at(binder->error, TIDE_ERROR_NOT_WRITABLE, node->position,
                 "cannot write to view %q", view->name);
    return NULL;
  }
  const struct relation *inner =
      bind_find_relation(binder, source->child[REFERENCE_SOURCE]);
  struct scope_reference *base =
      inner ? base_reference(binder, level, node, inner, target) : NULL;
  if (!base)
    return NULL;
  base->name = source->text ? source->text : inner->name;
  base->schema = source->text ? NULL : inner->schema;
  struct scope *scope = bind_scope_new(binder, NULL, level, NULL);
  if (!scope || bind_column_aliases(binder, source, base) != TIDE_OK ||
      bind_scope_add(binder, scope, base) != TIDE_OK ||
      bind_results(binder, scope, select->child[SELECT_RESULTS]) != TIDE_OK ||
      !bind_condition(binder, scope, &select->child[SELECT_WHERE], "WHERE"))
    return NULL;
  if (select->child[SELECT_WHERE])
    target->filter =
        bind_logic(binder, "and", target->filter, select->child[SELECT_WHERE]);
  return as_view(binder, level, node, view, select->child[SELECT_RESULTS]);
}

static bool check_writable(struct binder *binder, const struct relation *relation,
                           uint32_t position) {
  if (relation->kind == RELATION_SYSTEM) {
    error_set_at(binder->error, TIDE_ERROR_READ_ONLY, position,
                 "%s.%s is a system relation and read-only", relation->schema,
                 relation->name);
    return false;
  }
  if (!is_local_view(relation) || relation->view->write_path)
    return true;
  const char *reason = relation->view->not_updatable_because;
  error_set_at(binder->error, TIDE_ERROR_NOT_WRITABLE, position,
               "view %q cannot be written: %s", relation->name,
               reason ? reason : "its query is not updatable");
  return false;
}

static struct scope_reference *
base_reference(struct binder *binder, struct level *level, struct sql_node *node,
               const struct relation *relation, struct target *target) {
  if (!check_writable(binder, relation, node->position) ||
      bind_check_described(binder, relation, node->position) != TIDE_OK)
    return NULL;
  if (!is_local_view(relation)) {
    node->bound = relation;
    target->relation = relation;
    return bind_relation_reference(binder, level, node, relation);
  }
  if (!bind_enter(binder, node->position))
    return NULL;
  struct scope_reference *reference =
      view_reference(binder, level, node, relation, target);
  bind_leave(binder);
  if (!reference)
    bind_blame_view(binder, relation, node->position);
  return reference;
}

/* --- the target --- */

int bind_target(struct binder *binder, struct scope *scope, struct sql_node *node,
                struct target *target) {
  *target = (struct target){.node = node};
  struct sql_node *name = node->child[REFERENCE_SOURCE];
  const struct relation *relation = bind_find_relation(binder, name);
  if (!relation)
    return binder->error->code;
  bool has_alias = node->text != NULL;
  const char *alias = has_alias ? node->text : name->text;
  int rc = bind_alias(binder, scope->level, node, alias);
  if (rc != TIDE_OK)
    return rc;
  target->reference = base_reference(binder, scope->level, node, relation, target);
  if (!target->reference)
    return binder->error->code ? binder->error->code : bind_nomem(binder);
  target->reference->name = alias;
  target->reference->schema = has_alias ? NULL : relation->schema;
  /* From here on the statement is one on the base. */
  if (target->relation != relation) {
    node->child[REFERENCE_SOURCE] =
        bind_node(binder, SQL_NAME, name->position, target->relation->name);
    if (!node->child[REFERENCE_SOURCE])
      return TIDE_ERROR_NOMEM;
    node->child[REFERENCE_SOURCE]->child[NAME_SCHEMA] =
        bind_node(binder, SQL_NAME, name->position, target->relation->schema);
  }
  rc = bind_column_aliases(binder, node, target->reference);
  return rc == TIDE_OK ? bind_scope_add(binder, scope, target->reference) : rc;
}

int bind_excluded(struct binder *binder, struct scope *scope,
                  const struct target *target) {
  struct sql_node *node =
      bind_node(binder, SQL_TABLE_REFERENCE, target->node->position, NULL);
  if (!node || bind_alias(binder, scope->level, node, "excluded") != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  node->index = REFERENCE_EXCLUDED;
  node->child[REFERENCE_SOURCE] = target->node->child[REFERENCE_SOURCE];
  struct target same = {.node = node};
  struct scope_reference *reference =
      base_reference(binder, scope->level, node, target->reference->relation, &same);
  if (!reference)
    return binder->error->code ? binder->error->code : bind_nomem(binder);
  reference->name = "excluded";
  reference->schema = NULL;
  return bind_scope_add(binder, scope, reference);
}

static const struct scope_column *find_target_column(const struct target *target,
                                                     const char *name) {
  for (int i = 0; i < target->reference->count; i++) {
    if (strcmp(target->reference->columns[i].name, name) == 0)
      return &target->reference->columns[i];
  }
  return NULL;
}

int bind_target_column(struct binder *binder, const struct target *target,
                       const struct sql_node *name) {
  const struct scope_column *column = find_target_column(target, name->text);
  if (strncmp(name->text, "__", 2) == 0) {
    error_set_at(binder->error, TIDE_ERROR_NOT_WRITABLE, name->position,
                 "column %q is a system column and cannot be written", name->text);
    return -1;
  }
  if (!column) {
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_COLUMN, name->position,
                 "column %q of relation %q does not exist", name->text,
                 target->reference->relation->name);
    return -1;
  }
  if (!column->value)
    return column->index;
  if (column->value->kind == SQL_COLUMN && column->value->bound == target->node)
    return column->value->bound_index;
  error_set_at(binder->error, TIDE_ERROR_NOT_WRITABLE, name->position,
               "column %q of view %q cannot be written: it is not a column of its base",
               name->text, target->reference->relation->name);
  return -1;
}

/* --- values for columns --- */

struct sql_node *bind_assigned(struct binder *binder, const struct column *column,
                               struct sql_node *value) {
  if (bind_can_convert(value, column->type, CONVERT_ASSIGNMENT))
    return bind_convert(binder, value, column->type, CONVERT_ASSIGNMENT);
  error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, value->position,
               "column %q is of type %s but expression is of type %s", column->name,
               bind_type_text(binder, column->type),
               bind_type_text(binder, value->type));
  error_hint(binder->error, "You will need to rewrite or cast the expression.");
  return NULL;
}

static struct sql_node *null_of(struct binder *binder, struct type type,
                                uint32_t position) {
  struct sql_node *null = bind_node(binder, SQL_NULL, position, NULL);
  if (null)
    null->type = type;
  return null;
}

struct sql_node *bind_without_columns(struct binder *binder,
                                      struct sql_node *expression) {
  struct level *level = bind_level_new(binder);
  struct scope *scope = level ? bind_scope_new(binder, NULL, level, NULL) : NULL;
  if (!scope)
    return NULL;
  level->clause = CLAUSE_EXPRESSION;
  return bind_value(binder, scope, expression);
}

struct sql_node *bind_default(struct binder *binder, const struct column *column,
                              uint32_t position) {
  if (column->identity) { /* lowering has the next number put there */
    struct sql_node *number = bind_node(binder, SQL_DEFAULT, position, NULL);
    if (number)
      number->type = column->type;
    return number;
  }
  const char *text = catalog_default(binder->database, column);
  if (!text || column->generated) {
    struct sql_node *null = null_of(binder, type_base(column->type), position);
    return null && !column->generated ? bind_assigned(binder, column, null) : null;
  }
  struct sql_node *expression = bind_parse_expression(binder, text);
  struct sql_node *bound =
      expression ? bind_without_columns(binder, bind_stored(expression)) : NULL;
  return bound ? bind_assigned(binder, column, bound) : NULL;
}

int bind_check_generated(struct binder *binder, const struct column *column,
                         const struct sql_node *value, const char *format) {
  if (!(column->generated || column->identity_always) || value->kind == SQL_DEFAULT)
    return TIDE_OK;
  return generated_always(binder, value->position, format, column->name);
}
