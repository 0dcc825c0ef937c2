/* INSERT, UPDATE and DELETE. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/variables.h"
#include "sql/walk.h"

/* --- what all writes share --- */

struct scope *bind_write_scope(struct binder *binder, struct sql_node *with,
                               struct cte *ctes) {
  struct level *level = bind_level_new(binder);
  if (!level || bind_ctes(binder, with, NULL, &ctes) != TIDE_OK)
    return NULL;
  return bind_scope_new(binder, NULL, level, ctes);
}

static int failed(struct binder *binder) {
  return binder->error->code ? binder->error->code : bind_nomem(binder);
}

int bind_returning(struct binder *binder, struct scope *scope,
                   struct sql_node *returning) {
  if (!returning)
    return TIDE_OK;
  scope->level->clause = CLAUSE_RETURNING;
  int rc = bind_results(binder, scope, returning);
  for (uint32_t i = 0; rc == TIDE_OK && i < returning->count; i++) {
    struct sql_node **slot = &returning->child[i]->child[0];
    if (!bind_is_unknown((*slot)->type))
      continue;
    *slot = bind_convert(binder, *slot, TYPE(TYPE_TEXT), CONVERT_IMPLICIT);
    if (!*slot)
      rc = failed(binder);
  }
  return rc;
}

int bind_where(struct binder *binder, struct scope *scope, struct sql_node **where,
               const struct target *target) {
  scope->level->clause = CLAUSE_WHERE;
  if (!bind_condition(binder, scope, where, "WHERE"))
    return failed(binder);
  if (target->filter)
    *where = bind_logic(binder, "and", target->filter, *where);
  return !target->filter || *where ? TIDE_OK : failed(binder);
}

/* --- INSERT: which columns --- */

/* The columns that values are given for, as indexes into the relation. */
struct columns {
  int count;
  int *index;
  bool overriding; /* OVERRIDING SYSTEM VALUE: identity columns may be given any */
  bool ignoring;   /* OVERRIDING USER VALUE: what they are given is not looked at */
};

static int add_column(struct binder *binder, struct columns *columns, int index,
                      const struct target *target, uint32_t position) {
  for (int i = 0; i < columns->count; i++) {
    if (columns->index[i] == index)
      return error_set_at(binder->error, TIDE_ERROR_DUPLICATE_COLUMN, position,
                          "column %q specified more than once",
                          target->relation->columns[index].name);
  }
  columns->index[columns->count++] = index;
  return TIDE_OK;
}

static int listed_columns(struct binder *binder, const struct target *target,
                          const struct sql_node *list, struct columns *columns) {
  for (uint32_t i = 0; i < list->count; i++) {
    int index = bind_target_column(binder, target, list->child[i]);
    if (index < 0)
      return failed(binder);
    int rc = add_column(binder, columns, index, target, list->child[i]->position);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* Without a list: the first columns, as many as there are values. */
static int first_columns(struct binder *binder, const struct target *target, int limit,
                         uint32_t position, struct columns *columns) {
  const struct scope_reference *reference = target->reference;
  for (int i = 0; i < reference->count && columns->count < limit; i++) {
    const struct scope_column *column = &reference->columns[i];
    if (column->hidden)
      continue;
    const struct sql_node name = {
        .kind = SQL_NAME, .text = column->name, .position = position};
    int index = bind_target_column(binder, target, &name);
    if (index < 0)
      return failed(binder);
    int rc = add_column(binder, columns, index, target, position);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

static int value_count(const struct sql_node *source) {
  if (!source)
    return 0;
  const struct sql_node *left = query_leftmost((struct sql_node *)source);
  if (left->kind == SQL_VALUES)
    return left->count > 0 ? (int)left->child[0]->count : 0;
  return query_column_count(source);
}

static uint32_t value_position(const struct sql_node *source, int index) {
  const struct sql_node *left = query_leftmost((struct sql_node *)source);
  return left->kind == SQL_VALUES ? left->child[0]->child[index]->position
                                  : left->child[SELECT_RESULTS]->child[index]->position;
}

/* `source` is bound, unless it is VALUES. */
static int choose_columns(struct binder *binder, struct sql_node *insert,
                          const struct target *target, struct columns *columns) {
  const struct sql_node *list = insert->child[INSERT_COLUMNS];
  const struct sql_node *source = insert->child[INSERT_SOURCE];
  int values = value_count(source);
  size_t room = (size_t)target->relation->column_count;
  *columns = (struct columns){.index = bind_alloc(binder, (room + 1) * sizeof(int)),
                              .overriding = insert->flags & SQL_EXPLICIT,
                              .ignoring = insert->flags & SQL_OVERRIDING_USER};
  if (!columns->index)
    return TIDE_ERROR_NOMEM;
  int rc = list ? listed_columns(binder, target, list, columns)
                : first_columns(binder, target, values, insert->position, columns);
  if (rc != TIDE_OK || !source)
    return rc;
  if (values > columns->count)
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX,
                        value_position(source, columns->count),
                        "INSERT has more expressions than target columns");
  if (values < columns->count)
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX,
                        list ? list->child[values]->position : source->position,
                        "INSERT has more target columns than expressions");
  return TIDE_OK;
}

static bool is_given(const struct columns *columns, int index) {
  for (int i = 0; i < columns->count; i++) {
    if (columns->index[i] == index)
      return true;
  }
  return false;
}

/* --- INSERT: values --- */

static bool is_identity(const struct column *column) {
  return column->identity || column->identity_sequence;
}

static int check_given(struct binder *binder, const struct columns *columns,
                       const struct column *column, const struct sql_node *value) {
  if ((columns->overriding || columns->ignoring) && is_identity(column))
    return TIDE_OK;
  return bind_check_generated(binder, column, value,
                              "cannot insert a non-DEFAULT value into column %q");
}

/* MySQL's NULL or 0 for a column that numbers itself. */
static bool is_next_number(const struct binder *binder, const struct column *column,
                           const struct sql_node *value) {
  bool literal = value->kind == SQL_NULL ||
                 (value->kind == SQL_INTEGER && !variables_keep_zero(binder->database));
  return literal && (value->flags & SQL_NEXT) && column->identity;
}

static int bind_row(struct binder *binder, struct scope *scope, struct sql_node *row,
                    const struct target *target, const struct columns *columns) {
  if ((int)row->count != columns->count)
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, row->position,
                        "VALUES lists must all be the same length");
  for (int i = 0; i < columns->count; i++) {
    const struct column *column = &target->relation->columns[columns->index[i]];
    struct sql_node *value = row->child[i];
    int rc = check_given(binder, columns, column, value);
    if (rc != TIDE_OK)
      return rc;
    if (value->kind == SQL_DEFAULT || is_next_number(binder, column, value) ||
        (columns->ignoring && is_identity(column))) {
      value = bind_default(binder, column, value->position);
    } else {
      value = bind_value(binder, scope, value);
      value = value ? bind_assigned(binder, column, value) : NULL;
    }
    if (!value)
      return failed(binder);
    row->child[i] = value;
  }
  return TIDE_OK;
}

static int bind_rows(struct binder *binder, struct scope *scope,
                     struct sql_node *values, const struct target *target,
                     const struct columns *columns) {
  scope->level->clause = CLAUSE_VALUES;
  for (uint32_t i = 0; i < values->count; i++) {
    int rc = bind_row(binder, scope, values->child[i], target, columns);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* Values of generated columns are SQLite's business: such columns are not given. */
static int drop_generated(struct sql_node *values, const struct target *target,
                          struct columns *columns) {
  for (int i = columns->count - 1; i >= 0; i--) {
    if (!target->relation->columns[columns->index[i]].generated)
      continue;
    for (int j = i; j + 1 < columns->count; j++)
      columns->index[j] = columns->index[j + 1];
    columns->count--;
    for (uint32_t row = 0; row < values->count; row++) {
      struct sql_node *node = values->child[row];
      for (uint32_t j = (uint32_t)i; j + 1 < node->count; j++)
        node->child[j] = node->child[j + 1];
      node->count--;
    }
  }
  return TIDE_OK;
}

/* What stands below the casts that gave it a type. */
static const struct sql_node *written_value(const struct sql_node *value) {
  while (value->kind == SQL_CAST)
    value = value->child[CAST_OPERAND];
  return value;
}

static int convert_source(struct binder *binder, struct sql_node *select,
                          const struct target *target, const struct columns *columns) {
  struct sql_node *results = select->child[SELECT_RESULTS];
  for (int i = 0; i < columns->count; i++) {
    const struct column *column = &target->relation->columns[columns->index[i]];
    struct sql_node **slot = &results->child[i]->child[0];
    int rc = check_given(binder, columns, column, *slot);
    if (rc != TIDE_OK)
      return rc;
    if (columns->ignoring && is_identity(column))
      return bind_unsupported(binder, (*slot)->position,
                              "OVERRIDING USER VALUE with such a query");
    *slot = bind_assigned(binder, column, *slot);
    if (!*slot)
      return failed(binder);
  }
  return TIDE_OK;
}

/* Converting the results of anything but a plain SELECT would change which rows are alike. */
static bool is_plain_select(const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  return body->kind == SQL_SELECT && !(body->flags & SQL_DISTINCT);
}

static enum sql_walk is_volatile(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  return function && function->flags & FUNCTION_VOLATILE ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Rows come in the order that the source gives them before a default counts them. */
static bool order_first(struct binder *binder, struct sql_node **source,
                        const struct sql_node *value) {
  if (!(*source)->child[QUERY_ORDER] || sql_walk(value, is_volatile, NULL))
    return true;
  struct sql_node *wrapped = query_wrap(binder, *source);
  if (!wrapped)
    return false;
  wrapped->child[QUERY_BODY]->child[SELECT_FROM]->child[0]->flags |= SQL_MATERIALIZED;
  *source = wrapped;
  return true;
}

static bool is_numbered(const struct binder *binder, const struct target *target,
                        const struct columns *columns, const struct sql_node *results,
                        int i) {
  const struct column *column = &target->relation->columns[columns->index[i]];
  return is_next_number(binder, column, written_value(results->child[i]->child[0])) ||
         (columns->ignoring && is_identity(column));
}

/* A column that numbers itself is not given where NULL is selected for it, unless it is the only one. What orders the rows may
 * count the results: they are ordered before. */
static int drop_next_numbers(struct binder *binder, struct sql_node **source,
                             const struct target *target, struct columns *columns) {
  const struct sql_node *written = (*source)->child[QUERY_BODY]->child[SELECT_RESULTS];
  bool wrapped = false;
  for (int i = columns->count - 1; i >= 0 && columns->count > 1; i--) {
    if (!is_numbered(binder, target, columns, written, i))
      continue;
    if ((*source)->child[QUERY_ORDER] && !wrapped) {
      *source = query_wrap(binder, *source);
      if (!*source)
        return failed(binder);
      (*source)->child[QUERY_BODY]->child[SELECT_FROM]->child[0]->flags |=
          SQL_MATERIALIZED;
      wrapped = true;
    }
    struct sql_node *results = (*source)->child[QUERY_BODY]->child[SELECT_RESULTS];
    for (int j = i; j + 1 < columns->count; j++) {
      columns->index[j] = columns->index[j + 1];
      results->child[j] = results->child[j + 1];
    }
    columns->count--;
    results->count--;
  }
  return TIDE_OK;
}

static int append_default(struct binder *binder, struct sql_node **slot,
                          const struct column *column) {
  struct sql_node *source = *slot, *body = source->child[QUERY_BODY];
  bool values = body->kind == SQL_VALUES;
  uint32_t count = values ? body->count : 1;
  for (uint32_t i = 0; i < count; i++) {
    struct sql_node *value = bind_default(binder, column, source->position);
    if (value && !values) {
      if (!order_first(binder, slot, value))
        return failed(binder);
      body = (*slot)->child[QUERY_BODY];
    }
    struct sql_node *list = values ? body->child[i] : body->child[SELECT_RESULTS];
    if (value && !values) {
      struct sql_node *result =
          bind_node(binder, SQL_RESULT, source->position, column->name);
      if (result)
        result->child[0] = value;
      value = result;
    }
    if (!value || !bind_append(binder, list, value))
      return failed(binder);
  }
  return TIDE_OK;
}

/* INSERT … DEFAULT VALUES is one row without values to begin with. */
static struct sql_node *empty_row(struct binder *binder, uint32_t position) {
  struct sql_node *query = bind_node(binder, SQL_QUERY, position, NULL);
  struct sql_node *values = bind_node(binder, SQL_VALUES, position, NULL);
  struct sql_node *row = bind_node(binder, SQL_ROW, position, NULL);
  if (!query || !row || !bind_append(binder, values, row))
    return NULL;
  query->child[QUERY_BODY] = values;
  return query;
}

/* Columns that are not given get their defaults, so that nothing depends on what SQLite would put there. */
static int add_defaults(struct binder *binder, struct sql_node *insert,
                        const struct target *target, struct columns *columns) {
  const struct relation *relation = target->relation;
  for (int i = 0; i < relation->column_count; i++) {
    const struct column *column = &relation->columns[i];
    bool defaulted = column->default_sql || column->type.domain != 0;
    if (is_given(columns, i) || !defaulted || column->generated)
      continue;
    if (!insert->child[INSERT_SOURCE])
      insert->child[INSERT_SOURCE] = empty_row(binder, insert->position);
    if (!insert->child[INSERT_SOURCE])
      return failed(binder);
    int rc = append_default(binder, &insert->child[INSERT_SOURCE], column);
    if (rc != TIDE_OK)
      return rc;
    columns->index[columns->count++] = i;
  }
  return TIDE_OK;
}

static int list_columns(struct binder *binder, struct sql_node *insert,
                        const struct target *target, const struct columns *columns) {
  struct sql_node *list = bind_node(binder, SQL_LIST, insert->position, NULL);
  if (!list)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < columns->count; i++) {
    struct sql_node *name =
        bind_node(binder, SQL_NAME, insert->position,
                  target->relation->columns[columns->index[i]].name);
    if (!name || !bind_append(binder, list, name))
      return TIDE_ERROR_NOMEM;
    name->bound_index = columns->index[i];
  }
  insert->child[INSERT_COLUMNS] = columns->count > 0 ? list : NULL;
  return TIDE_OK;
}

static bool is_values(const struct sql_node *source) {
  return source && source->child[QUERY_BODY]->kind == SQL_VALUES &&
         !source->child[QUERY_ORDER] && !source->child[QUERY_LIMIT] &&
         !source->child[QUERY_OFFSET] && !source->child[QUERY_LOCKING];
}

int bind_insert_source(struct binder *binder, struct scope *scope,
                       struct sql_node *insert, const struct target *target) {
  struct sql_node **source = &insert->child[INSERT_SOURCE];
  struct scope *inner = bind_scope_join(binder, scope, NULL);
  struct columns columns;
  int rc = inner ? TIDE_OK : TIDE_ERROR_NOMEM;
  bool values = is_values(*source);
  if (rc == TIDE_OK && values)
    rc = bind_ctes(binder, (*source)->child[QUERY_WITH], NULL, &inner->ctes);
  if (rc == TIDE_OK && *source && !values)
    rc = bind_query(binder, *source, NULL, scope->ctes, false);
  if (rc == TIDE_OK)
    rc = choose_columns(binder, insert, target, &columns);
  if (rc != TIDE_OK)
    return rc;
  if (values) {
    struct sql_node *rows = (*source)->child[QUERY_BODY];
    rc = bind_rows(binder, inner, rows, target, &columns);
    if (rc == TIDE_OK)
      rc = drop_generated(rows, target, &columns);
  } else if (*source) {
    if (!is_plain_select(*source))
      *source = query_wrap(binder, *source);
    else
      rc = drop_next_numbers(binder, source, target, &columns);
    if (rc != TIDE_OK)
      return rc;
    rc = *source
             ? convert_source(binder, (*source)->child[QUERY_BODY], target, &columns)
             : failed(binder);
  }
  if (rc == TIDE_OK)
    rc = add_defaults(binder, insert, target, &columns);
  /* Nothing is left to give after DEFAULT for generated columns only. */
  if (rc == TIDE_OK && columns.count == 0)
    *source = NULL;
  return rc == TIDE_OK ? list_columns(binder, insert, target, &columns) : rc;
}

/* --- SET --- */

static bool is_assigned(const struct sql_node *set, const char *name) {
  for (uint32_t i = 0; i < set->count; i++) {
    const struct sql_node *columns = set->child[i]->child[ASSIGN_COLUMNS];
    for (uint32_t j = 0; j < columns->count; j++) {
      if (strcmp(columns->child[j]->text, name) == 0)
        return true;
    }
  }
  return false;
}

static const struct column *assigned_column(struct binder *binder,
                                            const struct target *target,
                                            const struct sql_node *set,
                                            const struct sql_node *name) {
  int index = bind_target_column(binder, target, name);
  if (index < 0)
    return NULL;
  const struct column *column = &target->relation->columns[index];
  if (!is_assigned(set, column->name))
    return column;
  error_set_at(binder->error, TIDE_ERROR_SYNTAX, name->position,
               "multiple assignments to same column %q", name->text);
  return NULL;
}

/* A column of the target as it is before. */
static struct sql_node *target_column(struct binder *binder,
                                      const struct target *target, int index,
                                      uint32_t position) {
  const struct column *column = &target->relation->columns[index];
  struct sql_node *node = bind_node(binder, SQL_COLUMN, position, column->name);
  if (!node)
    return NULL;
  node->type = column->type;
  node->bound = target->node;
  node->bound_index = index;
  node->child[0] = bind_node(binder, SQL_NAME, position, target->node->text);
  return node->child[0] ? node : NULL;
}

static struct sql_node *assigned_name(struct binder *binder,
                                      const struct target *target,
                                      const struct column *column, uint32_t position) {
  struct sql_node *name = bind_node(binder, SQL_NAME, position, column->name);
  if (name)
    name->bound_index = (int32_t)(column - target->relation->columns);
  return name;
}

static int append_assignment(struct binder *binder, const struct target *target,
                             struct sql_node *set, const struct column *column,
                             struct sql_node *value, uint32_t position) {
  struct sql_node *assign = bind_node(binder, SQL_ASSIGN, position, NULL);
  struct sql_node *names = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *name = assigned_name(binder, target, column, position);
  if (!assign || !names || !name || !bind_append(binder, names, name))
    return failed(binder);
  assign->child[ASSIGN_COLUMNS] = names;
  assign->child[ASSIGN_VALUE] = value;
  return bind_append(binder, set, assign) ? TIDE_OK : failed(binder);
}

static int bind_one_assignment(struct binder *binder, struct scope *scope,
                               const struct target *target, struct sql_node *set,
                               const struct sql_node *name, struct sql_node *value) {
  const struct column *column = assigned_column(binder, target, set, name);
  if (!column)
    return failed(binder);
  int rc = bind_check_generated(binder, column, value,
                                "column %q can only be updated to DEFAULT");
  if (rc != TIDE_OK || column->generated)
    return rc;
  if (value->kind == SQL_DEFAULT) {
    value = bind_default(binder, column, value->position);
  } else {
    value = bind_value(binder, scope, value);
    value = value ? bind_assigned(binder, column, value) : NULL;
  }
  if (!value)
    return failed(binder);
  return append_assignment(binder, target, set, column, value, name->position);
}

/* (a, b) = (SELECT …) */
static int bind_query_assignment(struct binder *binder, struct scope *scope,
                                 const struct target *target, struct sql_node *set,
                                 struct sql_node *assign) {
  struct sql_node *value = assign->child[ASSIGN_VALUE];
  struct sql_node *query = value->kind == SQL_SCALAR_QUERY ? value->child[0] : value;
  const struct sql_node *names = assign->child[ASSIGN_COLUMNS];
  int rc = bind_query(binder, query, scope, scope->ctes, false);
  if (rc != TIDE_OK)
    return rc;
  if (query_column_count(query) != (int)names->count)
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, value->position,
                        "number of columns does not match number of values");
  if (!is_plain_select(query) && !(query = query_wrap(binder, query)))
    return failed(binder);
  struct sql_node *results = query->child[QUERY_BODY]->child[SELECT_RESULTS];
  struct sql_node *list = bind_node(binder, SQL_LIST, assign->position, NULL);
  for (uint32_t i = 0; list && i < names->count; i++) {
    struct sql_node **slot = &results->child[i]->child[0];
    const struct column *column = assigned_column(binder, target, set, names->child[i]);
    if (!column || bind_check_generated(binder, column, *slot,
                                        "column %q can only be updated to DEFAULT"))
      return failed(binder);
    *slot = bind_assigned(binder, column, *slot);
    if (!*slot || !bind_append(binder, list,
                               assigned_name(binder, target, column, assign->position)))
      return failed(binder);
  }
  struct sql_node *scalar = bind_node(binder, SQL_SCALAR_QUERY, value->position, NULL);
  if (!scalar)
    return TIDE_ERROR_NOMEM;
  scalar->child[0] = query;
  scalar->type = TYPE(TYPE_RECORD);
  assign->child[ASSIGN_COLUMNS] = list;
  assign->child[ASSIGN_VALUE] = scalar;
  return list && bind_append(binder, set, assign) ? TIDE_OK : failed(binder);
}

static int bind_assignment(struct binder *binder, struct scope *scope,
                           const struct target *target, struct sql_node *set,
                           struct sql_node *assign) {
  const struct sql_node *names = assign->child[ASSIGN_COLUMNS];
  struct sql_node *value = assign->child[ASSIGN_VALUE];
  bool row = value->kind == SQL_ROW;
  if (names->count == 1 && !row)
    return bind_one_assignment(binder, scope, target, set, names->child[0], value);
  if (value->kind == SQL_SCALAR_QUERY || value->kind == SQL_QUERY)
    return bind_query_assignment(binder, scope, target, set, assign);
  if (!row)
    return error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, value->position,
                        "source for a multiple-column UPDATE item must be a sub-SELECT "
                        "or ROW() expression");
  if (value->count != names->count)
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, value->position,
                        "number of columns does not match number of values");
  for (uint32_t i = 0; i < names->count; i++) {
    int rc = bind_one_assignment(binder, scope, target, set, names->child[i],
                                 value->child[i]);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* Generated columns alone are set to DEFAULT: rows are updated, and stay as they are. */
static int keep_column(struct binder *binder, const struct target *target,
                       struct sql_node *set) {
  const struct relation *relation = target->relation;
  int index = 0;
  while (index < relation->column_count - 1 && relation->columns[index].generated)
    index++;
  const struct column *column = &relation->columns[index];
  struct sql_node *value = target_column(binder, target, index, set->position);
  return value ? append_assignment(binder, target, set, column, value, set->position)
               : failed(binder);
}

/* Does the assignment change the row? NULL: that cannot be told, or an error. */
static struct sql_node *assignment_changes(struct binder *binder,
                                           const struct target *target,
                                           const struct sql_node *assign) {
  const struct sql_node *names = assign->child[ASSIGN_COLUMNS];
  if (names->count != 1 ||
      !type_compares(target->relation->columns[names->child[0]->bound_index].type))
    return NULL;
  struct sql_node *node = bind_node(binder, SQL_IS_DISTINCT, assign->position, NULL);
  struct sql_node *value = bind_clone(binder, assign->child[ASSIGN_VALUE]);
  struct sql_node *before =
      target_column(binder, target, names->child[0]->bound_index, assign->position);
  const struct function *found;
  if (!node || !value || !before)
    return NULL;
  node->child[LEFT] = before;
  node->child[RIGHT] = value;
  node->type = TYPE(TYPE_BOOLEAN);
  if (!bind_comparable(binder, "=", &node->child[LEFT], &node->child[RIGHT],
                       assign->position, &found))
    return NULL;
  node->bound = found;
  return node;
}

/* CASE WHEN the row changes THEN `value` ELSE the column END. */
static struct sql_node *if_changed(struct binder *binder, const struct target *target,
                                   const struct sql_node *set, int index,
                                   struct sql_node *value) {
  struct sql_node *any = NULL;
  for (uint32_t i = 0; i < set->count; i++) {
    struct sql_node *one = assignment_changes(binder, target, set->child[i]);
    if (!one)
      return binder->error->code ? NULL : value;
    any = bind_logic(binder, "or", any, one);
    if (!any)
      return NULL;
  }
  struct sql_node *node = bind_node(binder, SQL_CASE, set->position, NULL);
  struct sql_node *whens = bind_node(binder, SQL_LIST, set->position, NULL);
  struct sql_node *when = bind_node(binder, SQL_WHEN, set->position, NULL);
  struct sql_node *same = target_column(binder, target, index, set->position);
  if (!node || !when || !same || !bind_append(binder, whens, when))
    return NULL;
  when->child[WHEN_CONDITION] = any;
  when->child[WHEN_RESULT] = value;
  node->child[CASE_WHENS] = whens;
  node->child[CASE_ELSE] = same;
  node->type = same->type;
  return node;
}

/* Columns with ON UPDATE CURRENT_TIMESTAMP that are not assigned. */
static int bind_on_update(struct binder *binder, const struct target *target,
                          struct sql_node *set) {
  const struct relation *relation = target->relation;
  uint32_t count = set->count;
  for (int i = 0; i < relation->column_count; i++) {
    const struct column *column = &relation->columns[i];
    if (!column->on_update_sql || is_assigned(set, column->name))
      continue;
    struct sql_node *value = bind_parse_expression(binder, column->on_update_sql);
    struct sql_node given = *set;
    given.count = count;
    value = value ? bind_without_columns(binder, value) : NULL;
    value = value ? bind_assigned(binder, column, value) : NULL;
    value = value ? if_changed(binder, target, &given, i, value) : NULL;
    if (!value)
      return failed(binder);
    int rc = append_assignment(binder, target, set, column, value, set->position);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

int bind_set(struct binder *binder, struct scope *scope, const struct target *target,
             struct sql_node **slot) {
  struct sql_node *set = bind_node(binder, SQL_LIST, (*slot)->position, NULL);
  if (!set)
    return TIDE_ERROR_NOMEM;
  scope->level->clause = CLAUSE_UPDATE;
  for (uint32_t i = 0; i < (*slot)->count; i++) {
    int rc = bind_assignment(binder, scope, target, set, (*slot)->child[i]);
    if (rc != TIDE_OK)
      return rc;
  }
  *slot = set;
  int rc = set->count > 0 ? TIDE_OK : keep_column(binder, target, set);
  return rc == TIDE_OK ? bind_on_update(binder, target, set) : rc;
}

/* --- ON CONFLICT --- */

/* ON CONFLICT ON CONSTRAINT name: the columns of that key. */
static int columns_of_constraint(struct binder *binder, const struct target *target,
                                 struct sql_node *conflict) {
  const struct relation *relation = target->relation;
  const struct key *key = NULL;
  for (int i = 0; i < relation->key_count; i++) {
    if (relation->keys[i].name && strcmp(relation->keys[i].name, conflict->text) == 0)
      key = &relation->keys[i];
  }
  if (!key)
    return error_set_at(binder->error, TIDE_ERROR_UNDEFINED_OBJECT, conflict->position,
                        "constraint %q for table %q does not exist", conflict->text,
                        relation->name);
  struct sql_node *list = bind_node(binder, SQL_LIST, conflict->position, NULL);
  for (int i = 0; list && i < key->count; i++) {
    struct sql_node *node =
        target_column(binder, target, key->columns[i], conflict->position);
    if (!node || !bind_append(binder, list, node))
      return failed(binder);
  }
  conflict->child[CONFLICT_TARGET] = list;
  conflict->text = NULL;
  return list ? TIDE_OK : TIDE_ERROR_NOMEM;
}

/* Is the list, in any order, a key of the table? */
static bool is_key(const struct key *key, const struct sql_node *list) {
  int found = 0;
  for (uint32_t i = 0; i < list->count; i++) {
    for (int j = 0; j < key->count; j++)
      found += key->columns[j] == list->child[i]->bound_index;
  }
  return found == key->count && (int)list->count == key->count;
}

/* What is not a list of plain columns is left to SQLite, which knows the indexes. */
static int check_conflict_key(struct binder *binder, const struct target *target,
                              const struct sql_node *conflict) {
  const struct sql_node *list = conflict->child[CONFLICT_TARGET];
  const struct relation *relation = target->relation;
  if (!list || conflict->child[CONFLICT_WHERE] || relation->kind != RELATION_TABLE)
    return TIDE_OK;
  for (uint32_t i = 0; i < list->count; i++) {
    if (list->child[i]->kind != SQL_COLUMN || list->child[i]->bound != target->node)
      return TIDE_OK;
  }
  for (int i = 0; i < relation->key_count; i++) {
    if (is_key(&relation->keys[i], list))
      return TIDE_OK;
  }
  return error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE, conflict->position,
                      "there is no unique or exclusion constraint matching the ON "
                      "CONFLICT specification");
}

static int bind_conflict_target(struct binder *binder, struct scope *scope,
                                const struct target *target,
                                struct sql_node *conflict) {
  if (conflict->text)
    return columns_of_constraint(binder, target, conflict);
  struct sql_node *list = conflict->child[CONFLICT_TARGET];
  if (!list && conflict->op == SQL_DO_UPDATE && !(conflict->flags & SQL_ANY_KEY))
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, conflict->position,
                        "ON CONFLICT DO UPDATE requires inference specification or "
                        "constraint name");
  if (!bind_list(binder, scope, list) ||
      !bind_condition(binder, scope, &conflict->child[CONFLICT_WHERE], "WHERE"))
    return failed(binder);
  return check_conflict_key(binder, target, conflict);
}

static int bind_conflict(struct binder *binder, struct scope *scope,
                         const struct target *target, struct sql_node *conflict) {
  if (!conflict)
    return TIDE_OK;
  scope->level->clause = CLAUSE_CONFLICT;
  int rc = bind_conflict_target(binder, scope, target, conflict);
  if (rc != TIDE_OK || conflict->op != SQL_DO_UPDATE)
    return rc;
  struct scope *both = bind_scope_join(binder, scope, NULL);
  if (!both)
    return TIDE_ERROR_NOMEM;
  rc = bind_excluded(binder, both, target);
  if (rc == TIDE_OK)
    rc = bind_set(binder, both, target, &conflict->child[CONFLICT_SET]);
  if (rc == TIDE_OK)
    rc = bind_where(binder, both, &conflict->child[CONFLICT_SET_WHERE], target);
  return rc;
}

/* --- the statements --- */

/* What is inserted cannot refer to the target. */
static int bind_source(struct binder *binder, const struct scope *scope,
                       struct sql_node *insert, const struct target *target) {
  struct scope *none = bind_scope_new(binder, NULL, scope->level, scope->ctes);
  return none ? bind_insert_source(binder, none, insert, target) : TIDE_ERROR_NOMEM;
}

static int bind_insert(struct binder *binder, struct sql_node *insert,
                       struct cte *ctes) {
  struct scope *scope = bind_write_scope(binder, insert->child[INSERT_WITH], ctes);
  struct target target;
  if (!scope)
    return failed(binder);
  int rc = bind_target(binder, scope, insert->child[INSERT_TARGET], &target);
  if (rc == TIDE_OK)
    rc = bind_source(binder, scope, insert, &target);
  if (rc == TIDE_OK)
    rc = bind_conflict(binder, scope, &target, insert->child[INSERT_CONFLICT]);
  if (rc == TIDE_OK)
    rc = bind_returning(binder, scope, insert->child[INSERT_RETURNING]);
  return rc;
}

/* The tables of FROM or USING beside the target, which they cannot refer to; *others stays where there are none. */
static int bind_others(struct binder *binder, struct scope **scope,
                       struct sql_node *list, struct scope **others) {
  if (!list)
    return TIDE_OK;
  *others = bind_scope_new(binder, NULL, (*scope)->level, (*scope)->ctes);
  if (!*others)
    return TIDE_ERROR_NOMEM;
  int rc = bind_from(binder, list, others);
  if (rc != TIDE_OK)
    return rc;
  *scope = bind_scope_join(binder, *scope, *others);
  return *scope ? TIDE_OK : failed(binder);
}

/* RETURNING of a write with FROM or USING, the last that is bound of it. */
static int bind_returning_all(struct binder *binder, struct sql_node *write,
                              struct sql_node *returning, struct scope *scope,
                              const struct target *target, struct scope *others) {
  int rc = bind_returning(binder, scope, returning);
  if (rc != TIDE_OK || !others || !bind_returns_others(returning, target))
    return rc;
  binder->binding->returns_others = true;
  return binder->binding->takes_parts ? bind_as_merge(binder, write, target, others)
                                      : TIDE_OK;
}

static int bind_update(struct binder *binder, struct sql_node *update,
                       struct cte *ctes) {
  struct scope *scope = bind_write_scope(binder, update->child[UPDATE_WITH], ctes);
  struct scope *others = NULL;
  struct target target;
  if (!scope)
    return failed(binder);
  int rc = bind_target(binder, scope, update->child[UPDATE_TARGET], &target);
  if (rc == TIDE_OK)
    rc = bind_others(binder, &scope, update->child[UPDATE_FROM], &others);
  if (rc == TIDE_OK)
    rc = bind_set(binder, scope, &target, &update->child[UPDATE_SET]);
  if (rc == TIDE_OK)
    rc = bind_where(binder, scope, &update->child[UPDATE_WHERE], &target);
  if (rc == TIDE_OK)
    rc = bind_returning_all(binder, update, update->child[UPDATE_RETURNING], scope,
                            &target, others);
  return rc;
}

static int bind_delete(struct binder *binder, struct sql_node *remove,
                       struct cte *ctes) {
  struct scope *scope = bind_write_scope(binder, remove->child[DELETE_WITH], ctes);
  struct scope *others = NULL;
  struct target target;
  if (!scope)
    return failed(binder);
  int rc = bind_target(binder, scope, remove->child[DELETE_TARGET], &target);
  if (rc == TIDE_OK)
    rc = bind_others(binder, &scope, remove->child[DELETE_USING], &others);
  if (rc == TIDE_OK)
    rc = bind_where(binder, scope, &remove->child[DELETE_WHERE], &target);
  if (rc == TIDE_OK)
    rc = bind_returning_all(binder, remove, remove->child[DELETE_RETURNING], scope,
                            &target, others);
  return rc;
}

int bind_write(struct binder *binder, struct sql_node *write, struct cte *ctes) {
  if (!query_target(write))
    return bind_unsupported(binder, write->position,
                            "a column without its table in UPDATE … JOIN");
  if (bind_writes_rows(write))
    return bind_rows_as_merge(binder, write, ctes);
  switch (write->kind) {
  case SQL_INSERT: return bind_insert(binder, write, ctes);
  case SQL_UPDATE: return bind_update(binder, write, ctes);
  case SQL_MERGE: return bind_merge(binder, write, ctes);
  default: return bind_delete(binder, write, ctes);
  }
}
