/* The binder's entry: one statement or expression, its parameters and its result columns. */
#include "catalog/bind.h"

#include <string.h>

#include "catalog/bind_internal.h"
#include "sql/walk.h"

/* --- small things that everything uses --- */

int bind_nomem(struct binder *binder) {
  return error_set(binder->error, TIDE_ERROR_NOMEM, "out of memory");
}

void *bind_alloc(struct binder *binder, size_t size) {
  void *memory = arena_alloc(binder->arena, size > 0 ? size : 1);
  if (!memory)
    bind_nomem(binder);
  return memory;
}

struct sql_node *bind_node(struct binder *binder, enum sql_kind kind, uint32_t position,
                           const char *text) {
  struct sql_node *node = text ? sql_node_text(binder->arena, kind, position, text)
                               : sql_node_new(binder->arena, kind, position);
  if (!node)
    bind_nomem(binder);
  return node;
}

struct sql_node *bind_integer(struct binder *binder, uint32_t position, int64_t value) {
  const char *digits = arena_format(binder->arena, "%lld", (long long)value);
  if (!digits) {
    bind_nomem(binder);
    return NULL;
  }
  struct sql_node *node = bind_node(binder, SQL_INTEGER, position, digits);
  if (node)
    node->type = TYPE(TYPE_INTEGER);
  return node;
}

bool bind_append(struct binder *binder, struct sql_node *list, struct sql_node *child) {
  if (list && child && sql_list_append(binder->arena, list, child))
    return true;
  if (!binder->error->code)
    bind_nomem(binder);
  return false;
}

struct sql_node *bind_clone(struct binder *binder, const struct sql_node *node) {
  struct sql_node *clone = bind_clone_tree(binder->arena, node);
  if (!clone)
    bind_nomem(binder);
  return clone;
}

bool bind_enter(struct binder *binder, uint32_t position) {
  if (binder->depth < BIND_DEPTH_MAX) {
    binder->depth++;
    return true;
  }
  error_set_at(binder->error, TIDE_ERROR_TOO_DEEP, position,
               "stack depth limit exceeded: the statement is nested too deeply");
  return false;
}

void bind_leave(struct binder *binder) {
  binder->depth--;
}

int bind_unsupported(struct binder *binder, uint32_t position, const char *what) {
  return error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, position,
                      "%s is not supported", what);
}

struct level *bind_level_new(struct binder *binder) {
  struct level *level = bind_alloc(binder, sizeof *level);
  if (level)
    level->id = ++binder->next_level;
  return level;
}

struct sql_node *bind_parse_expression(struct binder *binder, const char *text) {
  struct sql_node *expression = NULL;
  if (sql_parse_expression(binder->arena, text, strlen(text), &expression,
                           binder->error) != TIDE_OK)
    return NULL;
  if (!expression)
    bind_nomem(binder);
  return expression;
}

/* --- parameters --- */

static enum sql_walk count_parameter(const struct sql_node *node, void *context) {
  int *count = context;
  if (node->kind == SQL_PARAMETER && node->index > *count)
    *count = node->index;
  return SQL_WALK_ON;
}

/* A parameter was bound before a later use of it told its type: all nodes get the same. */
static enum sql_walk type_parameter(const struct sql_node *node, void *context) {
  struct binder *binder = context;
  if (node->kind != SQL_PARAMETER)
    return SQL_WALK_ON;
  struct type type = binder->binding->parameter_types[node->index - 1];
  if (bind_is_unknown(type)) {
    error_set_at(binder->error, TIDE_ERROR_INDETERMINATE_TYPE, node->position,
                 "could not determine data type of parameter $%d", (int)node->index);
    return SQL_WALK_STOP;
  }
  ((struct sql_node *)node)->type = type;
  return SQL_WALK_ON;
}

static int prepare_parameters(struct binder *binder, const struct sql_node *root) {
  struct binding *binding = binder->binding;
  int count = 0;
  sql_walk(root, count_parameter, &count);
  if (count <= binding->parameter_count && binding->parameter_types)
    return TIDE_OK;
  if (count < binding->parameter_count)
    count = binding->parameter_count;
  struct type *types = bind_alloc(binder, (size_t)count * sizeof *types);
  if (!types)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < count; i++)
    types[i] = binding->parameter_types && i < binding->parameter_count
                   ? binding->parameter_types[i]
                   : TYPE(TYPE_UNKNOWN);
  binding->parameter_types = types;
  binding->parameter_count = count;
  return TIDE_OK;
}

/* --- results --- */

static int fill_results(struct binder *binder, const struct sql_node *statement) {
  struct binding *binding = binder->binding;
  int count = query_column_count(statement);
  binding->result_names = bind_alloc(binder, (size_t)count * sizeof(char *));
  binding->result_types = bind_alloc(binder, (size_t)count * sizeof(struct type));
  if (!binding->result_names || !binding->result_types)
    return TIDE_ERROR_NOMEM;
  binding->result_count = count;
  for (int i = 0; i < count; i++) {
    binding->result_names[i] = query_column_name(statement, i);
    binding->result_types[i] = query_column_type(statement, i);
  }
  return TIDE_OK;
}

/* --- entries --- */

static struct binder binder_of(struct binding *binding) {
  return (struct binder){.binding = binding,
                         .database = binding->database,
                         .arena = binding->arena,
                         .error = binding->database->error};
}

static int bind_root(struct binder *binder, struct sql_node *statement) {
  binder->top_with = query_with(statement);
  switch (statement->kind) {
  case SQL_QUERY: return bind_query(binder, statement, NULL, NULL, true);
  case SQL_SHOW_OBJECTS: return bind_show(binder, statement);
  case SQL_INSERT:
  case SQL_UPDATE:
  case SQL_DELETE:
  case SQL_MERGE: return bind_write(binder, statement, NULL);
  default:
    return error_set_at(binder->error, TIDE_ERROR_WRONG_OBJECT_TYPE,
                        statement->position, "%s cannot be planned",
                        sql_kind_name(statement->kind));
  }
}

/* A failed allocation somewhere below may have gone unreported. */
static int finish(struct binder *binder) {
  if (binder->error->code)
    return binder->error->code;
  return binder->arena->failed ? bind_nomem(binder) : TIDE_OK;
}

int bind_statement(struct binding *binding, struct sql_node *statement) {
  struct binder binder = binder_of(binding);
  int rc = prepare_parameters(&binder, statement);
  if (rc == TIDE_OK)
    rc = bind_root(&binder, statement);
  if (rc == TIDE_OK)
    sql_walk(statement, type_parameter, &binder);
  if (rc == TIDE_OK && !binder.error->code)
    rc = fill_results(&binder, statement);
  return rc != TIDE_OK ? rc : finish(&binder);
}

/* The names in a CHECK or an index have no reference to qualify them. */
static struct sql_node *unqualify(struct sql_node *node, void *context) {
  const struct relation *relation = context;
  if (node->kind == SQL_COLUMN) {
    node->child[0] = NULL;
    node->bound = relation;
  }
  return node;
}

static struct sql_node *bind_outside(struct binder *binder,
                                     const struct relation *relation,
                                     struct sql_node *expression,
                                     struct type expected) {
  struct level *level = bind_level_new(binder);
  struct scope *scope = level ? bind_scope_new(binder, NULL, level, NULL) : NULL;
  if (!scope)
    return NULL;
  level->clause = CLAUSE_EXPRESSION;
  if (relation) {
    struct sql_node *reference = bind_node(binder, SQL_TABLE_REFERENCE, 0, NULL);
    if (!reference || bind_alias(binder, level, reference, relation->name) != TIDE_OK)
      return NULL;
    struct scope_reference *entry =
        bind_relation_reference(binder, level, reference, relation);
    if (!entry || bind_scope_add(binder, scope, entry) != TIDE_OK)
      return NULL;
  }
  struct sql_node *bound = bind_value(binder, scope, expression);
  if (!bound)
    return NULL;
  if (bind_is_unknown(expected))
    expected = bind_is_unknown(bound->type) ? TYPE(TYPE_TEXT) : bound->type;
  if (!bind_can_convert(bound, expected, CONVERT_ASSIGNMENT)) {
    error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, bound->position,
                 "expression is of type %s but type %s is wanted",
                 bind_type_text(binder, bound->type), bind_type_text(binder, expected));
    return NULL;
  }
  bound = bind_convert(binder, bound, expected, CONVERT_ASSIGNMENT);
  return bound ? sql_rewrite(bound, unqualify, (void *)relation) : NULL;
}

int bind_expression(struct binding *binding, const struct relation *relation,
                    struct sql_node **expression, struct type expected) {
  struct binder binder = binder_of(binding);
  int rc = prepare_parameters(&binder, *expression);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *bound = bind_outside(&binder, relation, *expression, expected);
  if (!bound)
    return binder.error->code ? binder.error->code : bind_nomem(&binder);
  *expression = bound;
  sql_walk(bound, type_parameter, &binder);
  return finish(&binder);
}
