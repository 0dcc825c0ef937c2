/* A MERGE whose names are bound becomes queries over temporary tables and writes of one row each (merge.h). */
#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/merge_internal.h"
#include "sql/walk.h"

static int failed(const struct merging *merging) {
  struct binder *binder = merging->binder;
  return binder->error->code ? binder->error->code : bind_nomem(binder);
}

const char *merge_values_name(struct arena *arena, uint32_t clause) {
  return arena_format(arena, MERGE_ROWS "_%u", (unsigned)clause);
}

struct sql_node **merge_next_query(struct sql_node *merge, uint32_t *next) {
  const struct sql_node *clauses = merge->child[MERGE_CLAUSES];
  if ((*next)++ == 0)
    return &merge->child[MERGE_SOURCE];
  for (; *next - 2 < clauses->count; (*next)++) {
    if (clauses->child[*next - 2]->child[MERGE_VALUES])
      return &clauses->child[(*next)++ - 2]->child[MERGE_VALUES];
  }
  return NULL;
}

/* --- building --- */

/* A reference to a temporary table. */
static struct sql_node *table_reference(struct binder *binder, const char *name) {
  struct sql_node *reference =
      name ? bind_node(binder, SQL_TABLE_REFERENCE, 0, name) : NULL;
  if (!reference)
    return NULL;
  reference->index = REFERENCE_CTE;
  reference->child[REFERENCE_SOURCE] = bind_node(binder, SQL_NAME, 0, name);
  return reference->child[REFERENCE_SOURCE] ? reference : NULL;
}

static struct sql_node *column_of(const struct merging *merging,
                                  struct sql_node *reference, const char *name,
                                  struct type type) {
  struct binder *binder = merging->binder;
  struct sql_node *column =
      reference && name ? bind_node(binder, SQL_COLUMN, reference->position, name)
                        : NULL;
  if (!column)
    return NULL;
  column->child[0] = bind_node(binder, SQL_NAME, reference->position, reference->text);
  column->type = type;
  column->bound = reference;
  column->bound_index = -1;
  column->index = merging->level->id;
  return column->child[0] ? column : NULL;
}

static bool append_result(struct binder *binder, struct sql_node *results,
                          const char *name, struct sql_node *value) {
  struct sql_node *result =
      name && value ? bind_node(binder, SQL_RESULT, value->position, name) : NULL;
  if (!result)
    return false;
  result->child[0] = value;
  return bind_append(binder, results, result);
}

static struct sql_node *select_from(const struct merging *merging,
                                    struct sql_node *results, struct sql_node *from,
                                    struct sql_node *where) {
  struct binder *binder = merging->binder;
  uint32_t position = merging->merge->position;
  struct sql_node *query = bind_node(binder, SQL_QUERY, position, NULL);
  struct sql_node *select = bind_node(binder, SQL_SELECT, position, NULL);
  struct sql_node *list = bind_node(binder, SQL_LIST, position, NULL);
  if (!query || !select || !bind_append(binder, list, from))
    return NULL;
  query->child[QUERY_BODY] = select;
  select->index = merging->level->id;
  select->child[SELECT_RESULTS] = results;
  select->child[SELECT_FROM] = list;
  select->child[SELECT_WHERE] = where;
  return query;
}

static struct sql_node *is_null(struct binder *binder, struct sql_node *value) {
  struct sql_node *node =
      value ? bind_node(binder, SQL_IS, value->position, NULL) : NULL;
  if (!node)
    return NULL;
  node->op = SQL_IS_NULL;
  node->child[0] = value;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

/* … WHEN condition THEN result, before `otherwise`. */
static bool append_when(struct binder *binder, struct sql_node **choice,
                        struct sql_node *condition, struct sql_node *result) {
  if (!condition || !result)
    return false;
  if (!*choice) {
    *choice = bind_node(binder, SQL_CASE, result->position, NULL);
    if (!*choice)
      return false;
    (*choice)->type = result->type;
    (*choice)->child[CASE_WHENS] = bind_node(binder, SQL_LIST, result->position, NULL);
  }
  struct sql_node *when = bind_node(binder, SQL_WHEN, result->position, NULL);
  if (!when)
    return false;
  when->child[WHEN_CONDITION] = condition;
  when->child[WHEN_RESULT] = result;
  return bind_append(binder, (*choice)->child[CASE_WHENS], when);
}

static struct sql_node *with_else(struct sql_node *choice, struct sql_node *otherwise) {
  if (!choice)
    return otherwise;
  choice->child[CASE_ELSE] = otherwise;
  return otherwise ? choice : NULL;
}

/* The rowid of the target, which `reference` is to be: a column of it, or one that only SQLite knows. */
static struct sql_node *row_of(const struct merging *merging,
                               struct sql_node *reference) {
  struct binder *binder = merging->binder;
  const struct relation *relation = merging->target.relation;
  const char *name = row_id_name(relation);
  if (!name) {
    bind_unsupported(binder, merging->merge->position,
                     "MERGE into a table with columns called rowid, oid and _rowid_");
    return NULL;
  }
  if (relation->row_id < 0) {
    struct sql_node *unknown = table_reference(binder, reference->text);
    return column_of(merging, unknown, name, TYPE(TYPE_BIGINT));
  }
  struct sql_node *column =
      column_of(merging, reference, name, relation->columns[relation->row_id].type);
  if (column)
    column->bound_index = relation->row_id;
  return column;
}

/* --- which clause --- */

static bool has_kind(const struct merging *merging, enum sql_merge kind) {
  const struct sql_node *clauses = merging->merge->child[MERGE_CLAUSES];
  for (uint32_t i = 0; i < clauses->count; i++) {
    if (clauses->child[i]->op == kind)
      return true;
  }
  return false;
}

/* The number of the clause that a row of that kind is for. */
static struct sql_node *clause_of_kind(const struct merging *merging,
                                       enum sql_merge kind) {
  struct binder *binder = merging->binder;
  const struct sql_node *clauses = merging->merge->child[MERGE_CLAUSES];
  struct sql_node *choice = NULL;
  for (uint32_t i = 0; i < clauses->count; i++) {
    struct sql_node *clause = clauses->child[i];
    struct sql_node *condition = clause->child[MERGE_CONDITION];
    if (clause->op != kind)
      continue;
    struct sql_node *number =
        bind_integer(binder, clause->position, clause->child[MERGE_ACTION] ? i + 1 : 0);
    if (!condition)
      return with_else(choice, number);
    clause->child[MERGE_CONDITION] = NULL;
    if (!append_when(binder, &choice, condition, number))
      return NULL;
  }
  return with_else(choice, bind_integer(binder, merging->merge->position, 0));
}

/* Rows of the base that a view does not show are none of the target. */
static struct sql_node *clause_by_source(const struct merging *merging) {
  struct binder *binder = merging->binder;
  struct sql_node *clause = clause_of_kind(merging, SQL_NOT_MATCHED_BY_SOURCE);
  struct sql_node *choice = NULL;
  if (!clause || !merging->target.filter)
    return clause;
  if (!append_when(binder, &choice, merging->target.filter, clause))
    return NULL;
  return with_else(choice, bind_integer(binder, merging->merge->position, 0));
}

/* `present`: NULL where no row of the source was found; it may be NULL itself, where that cannot be. */
static struct sql_node *clause_of_row(const struct merging *merging,
                                      struct sql_node *present) {
  struct binder *binder = merging->binder;
  struct sql_node *choice = NULL;
  if (has_kind(merging, SQL_NOT_MATCHED) &&
      !append_when(binder, &choice,
                   is_null(binder, row_of(merging, merging->target.node)),
                   clause_of_kind(merging, SQL_NOT_MATCHED)))
    return NULL;
  if (present && !append_when(binder, &choice, is_null(binder, present),
                              clause_by_source(merging)))
    return NULL;
  bool missing = merging->rows_found && merging->target.node->bound_index != 0;
  if (missing && !append_when(binder, &choice,
                              is_null(binder, row_of(merging, merging->target.node)),
                              bind_integer(binder, merging->merge->position, 0)))
    return NULL;
  return with_else(choice, clause_of_kind(merging, SQL_MATCHED));
}

/* --- the rows --- */

struct sql_node *merge_join(struct binder *binder, enum sql_join kind,
                            struct sql_node *left, struct sql_node *right,
                            struct sql_node *on) {
  struct sql_node *node =
      left && right ? bind_node(binder, SQL_JOIN, left->position, NULL) : NULL;
  if (!node)
    return NULL;
  node->op = (uint16_t)kind;
  node->child[JOIN_LEFT] = left;
  node->child[JOIN_RIGHT] = right;
  node->child[JOIN_ON] = on;
  return node;
}

/* (SELECT 1 AS present): beside the source it tells whether there is a row of it. */
static struct sql_node *presence(const struct merging *merging) {
  struct binder *binder = merging->binder;
  uint32_t position = merging->merge->position;
  struct level *level = bind_level_new(binder);
  struct sql_node *query = bind_node(binder, SQL_QUERY, position, NULL);
  struct sql_node *select = bind_node(binder, SQL_SELECT, position, NULL);
  struct sql_node *results = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *reference =
      bind_node(binder, SQL_SUBQUERY_REFERENCE, position, "__source");
  if (!level || !query || !select || !results || !reference ||
      !append_result(binder, results, "present", bind_integer(binder, position, 1)))
    return NULL;
  select->index = level->id;
  select->child[SELECT_RESULTS] = results;
  query->child[QUERY_BODY] = select;
  reference->child[REFERENCE_SOURCE] = query;
  reference->bound_index = 1;
  return reference;
}

static struct sql_node *presence_column(const struct merging *merging,
                                        struct sql_node *reference) {
  struct sql_node *column =
      column_of(merging, reference, "present", TYPE(TYPE_INTEGER));
  if (column)
    column->bound_index = 0;
  return column;
}

static void mark_outer(const struct scope *scope) {
  for (int i = 0; i < scope->reference_count; i++)
    scope->references[i]->node->bound_index = 1;
}

/* FROM source [LEFT | RIGHT | FULL] JOIN target ON …, as the kinds of clauses ask for. */
static struct sql_node *joined(struct merging *merging, struct sql_node *present) {
  struct binder *binder = merging->binder;
  struct sql_node *merge = merging->merge, *source = merge->child[MERGE_SOURCE];
  bool inserts = has_kind(merging, SQL_NOT_MATCHED);
  if (inserts)
    mark_outer(merging->of_target);
  if (present) {
    mark_outer(merging->of_source);
    source = merge_join(binder, SQL_CROSS, source, present, NULL);
  }
  enum sql_join kind = present && inserts       ? SQL_FULL_OUTER
                       : present                ? SQL_RIGHT_OUTER
                       : inserts                ? SQL_LEFT_OUTER
                       : merge->child[MERGE_ON] ? SQL_INNER
                                                : SQL_CROSS;
  return merge_join(binder, kind, source, merging->target.node, merge->child[MERGE_ON]);
}

/* --- columns that are kept with the rows --- */

static bool belongs(const struct scope *scope, const struct sql_node *column) {
  for (int i = 0; i < scope->reference_count; i++) {
    if (column->bound == scope->references[i]->node)
      return true;
  }
  return false;
}

static const char *keep_column(struct merging *merging, const struct sql_node *column,
                               bool written) {
  struct binder *binder = merging->binder;
  for (const struct merge_column *one = merging->columns; one; one = one->next) {
    if (one->written == written && one->original->bound == column->bound &&
        one->original->bound_index == column->bound_index)
      return one->name;
  }
  struct merge_column *kept = bind_alloc(binder, sizeof *kept);
  const char *name = arena_format(binder->arena, "c%d", ++merging->column_count);
  if (!kept ||
      !append_result(binder, merging->results, name, bind_clone(binder, column)))
    return NULL;
  *kept = (struct merge_column){
      .next = merging->columns, .original = column, .name = name, .written = written};
  merging->columns = kept;
  return name;
}

/* What merge_action() gives for a row. */
static struct sql_node *action_of_row(const struct merging *merging) {
  static const struct {
    enum sql_kind kind;
    const char *name;
  } names[] = {{SQL_INSERT, "INSERT"}, {SQL_UPDATE, "UPDATE"}, {SQL_DELETE, "DELETE"}};
  struct binder *binder = merging->binder;
  const struct sql_node *clauses = merging->merge->child[MERGE_CLAUSES];
  struct sql_node *choice = NULL;
  for (uint32_t i = 0; i < clauses->count; i++) {
    const struct sql_node *action = clauses->child[i]->child[MERGE_ACTION];
    for (size_t k = 0; action && k < sizeof names / sizeof names[0]; k++) {
      if (action->kind != names[k].kind)
        continue;
      struct sql_node *text = bind_node(binder, SQL_STRING, 0, names[k].name);
      struct sql_node *clause =
          column_of(merging, merging->rows, "clause", TYPE(TYPE_INTEGER));
      struct sql_node *number = bind_integer(binder, 0, i + 1);
      if (!text || !clause || !number)
        return NULL;
      text->type = TYPE(TYPE_TEXT);
      if (!append_when(binder, &choice, bind_binary(binder, "=", clause, number, 0),
                       text))
        return NULL;
    }
  }
  struct sql_node *null = bind_node(binder, SQL_NULL, 0, NULL);
  if (null)
    null->type = TYPE(TYPE_TEXT);
  return with_else(choice, null);
}

/* A column of target or source is read from the rows. */
static struct sql_node *from_rows(struct sql_node *node, void *context) {
  struct merging *merging = context;
  if (node->kind != SQL_COLUMN)
    return node;
  if (merging->action && node->bound == merging->action)
    return action_of_row(merging);
  bool of_target = node->bound == merging->target.node;
  if (!of_target && !belongs(merging->of_source, node))
    return node;
  const char *name = keep_column(merging, node, of_target && merging->after);
  return name ? column_of(merging, merging->rows, name, node->type) : NULL;
}

/* --- one clause --- */

/* The write of a clause being made. */
struct writing {
  struct merging *merging;
  struct sql_node *target;  /* of its own */
  struct sql_node *values;  /* the reference to its table */
  struct sql_node *results; /* of the query for it */
};

static struct sql_node *parameter(const struct merging *merging, struct type type) {
  struct sql_node *node =
      bind_node(merging->binder, SQL_PARAMETER, merging->merge->position, NULL);
  if (!node)
    return NULL;
  node->op = SQL_NUMBERED;
  node->index = merging->merge->index;
  node->type = type;
  return node;
}

static struct sql_node *equal(struct binder *binder, struct sql_node *left,
                              struct sql_node *right) {
  return left && right ? bind_binary(binder, "=", left, right, left->position) : NULL;
}

static struct sql_node *is_this_row(const struct writing *writing) {
  const struct merging *merging = writing->merging;
  struct type type = TYPE(TYPE_BIGINT);
  return equal(merging->binder, column_of(merging, writing->values, "n", type),
               parameter(merging, type));
}

/* Anything but DEFAULT is computed before the first write. */
static struct sql_node *stage_value(struct writing *writing, struct sql_node *value) {
  struct merging *merging = writing->merging;
  struct binder *binder = merging->binder;
  if (value->kind == SQL_DEFAULT)
    return value;
  struct type type = value->type;
  const char *name =
      arena_format(binder->arena, "v%u", (unsigned)writing->results->count);
  value = sql_rewrite(value, from_rows, merging);
  if (!value || !append_result(binder, writing->results, name, value))
    return NULL;
  return column_of(merging, writing->values, name, type);
}

/* DEFAULT is left of identity columns only: a column that is not given is the same. */
static int split_insert(struct writing *writing, struct sql_node *insert) {
  struct binder *binder = writing->merging->binder;
  const struct sql_node *names = insert->child[INSERT_COLUMNS];
  const struct sql_node *source = insert->child[INSERT_SOURCE];
  insert->child[INSERT_TARGET] = writing->target;
  if (!source)
    return TIDE_OK;
  const struct sql_node *row = source->child[QUERY_BODY]->child[0];
  struct sql_node *given = bind_node(binder, SQL_LIST, insert->position, NULL);
  struct sql_node *results = bind_node(binder, SQL_LIST, insert->position, NULL);
  if (!given || !results)
    return TIDE_ERROR_NOMEM;
  for (uint32_t i = 0; i < row->count; i++) {
    struct sql_node *name = names->child[i];
    if (row->child[i]->kind == SQL_DEFAULT)
      continue;
    if (!bind_append(binder, given, name) ||
        !append_result(binder, results, name->text,
                       stage_value(writing, row->child[i])))
      return failed(writing->merging);
  }
  insert->child[INSERT_COLUMNS] = given->count > 0 ? given : NULL;
  insert->child[INSERT_SOURCE] =
      given->count > 0 ? select_from(writing->merging, results, writing->values,
                                     is_this_row(writing))
                       : NULL;
  return given->count == 0 || insert->child[INSERT_SOURCE] ? TIDE_OK
                                                           : failed(writing->merging);
}

/* The k-th column of a query as a query of its own. */
static struct sql_node *single_column(struct binder *binder,
                                      const struct sql_node *scalar, uint32_t k,
                                      const struct column *column) {
  struct sql_node *clone = bind_clone(binder, scalar);
  if (!clone)
    return NULL;
  struct sql_node *query = query_wrap(binder, clone->child[0]);
  if (!query)
    return NULL;
  struct sql_node *results = query->child[QUERY_BODY]->child[SELECT_RESULTS];
  results->child[0] = results->child[k];
  results->count = 1;
  clone->child[0] = query;
  clone->type = column->type;
  return clone;
}

/* (a, b) = (SELECT …) is computed for each of its columns. */
static int split_assignment(struct writing *writing, const struct sql_node *assign,
                            struct sql_node *set) {
  struct binder *binder = writing->merging->binder;
  const struct relation *relation = writing->merging->target.relation;
  const struct sql_node *names = assign->child[ASSIGN_COLUMNS];
  struct sql_node *value = assign->child[ASSIGN_VALUE];
  bool several = value->type.id == TYPE_RECORD;
  for (uint32_t i = 0; i < names->count; i++) {
    const struct column *column = &relation->columns[names->child[i]->bound_index];
    struct sql_node *own = several ? single_column(binder, value, i, column) : value;
    struct sql_node *one = bind_node(binder, SQL_ASSIGN, assign->position, NULL);
    struct sql_node *list = bind_node(binder, SQL_LIST, assign->position, NULL);
    if (!own || !one || !bind_append(binder, list, names->child[i]))
      return failed(writing->merging);
    one->child[ASSIGN_COLUMNS] = list;
    one->child[ASSIGN_VALUE] = stage_value(writing, own);
    if (!one->child[ASSIGN_VALUE] || !bind_append(binder, set, one))
      return failed(writing->merging);
  }
  return TIDE_OK;
}

static enum sql_walk is_volatile(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  return function && function->flags & FUNCTION_VOLATILE ? SQL_WALK_STOP : SQL_WALK_ON;
}

static int split_update(struct writing *writing, struct sql_node *update) {
  struct merging *merging = writing->merging;
  struct binder *binder = merging->binder;
  const struct sql_node *all = update->child[UPDATE_SET];
  struct sql_node *set = bind_node(binder, SQL_LIST, update->position, NULL);
  struct sql_node *from = bind_node(binder, SQL_LIST, update->position, NULL);
  struct sql_node *row = row_of(merging, writing->target);
  if (!set || !row || !bind_append(binder, from, writing->values))
    return failed(merging);
  for (uint32_t i = 0; i < all->count; i++) {
    const struct sql_node *value = all->child[i]->child[ASSIGN_VALUE];
    if (value->type.id == TYPE_RECORD && !sql_walk(value, is_volatile, NULL))
      return bind_unsupported(binder, value->position,
                              "SET (…) = (a query with a volatile function) in MERGE");
    int rc = split_assignment(writing, all->child[i], set);
    if (rc != TIDE_OK)
      return rc;
  }
  update->child[UPDATE_TARGET] = writing->target;
  update->child[UPDATE_SET] = set;
  update->child[UPDATE_FROM] = from;
  update->child[UPDATE_WHERE] = bind_logic(
      binder, "and", is_this_row(writing),
      equal(binder, row, column_of(merging, writing->values, "row", row->type)));
  return update->child[UPDATE_WHERE] ? TIDE_OK : failed(merging);
}

static int split_delete(const struct writing *writing, struct sql_node *remove) {
  const struct merging *merging = writing->merging;
  struct sql_node *row = row_of(merging, writing->target);
  remove->child[DELETE_TARGET] = writing->target;
  if (row)
    remove->child[DELETE_WHERE] =
        equal(merging->binder, row, parameter(merging, row->type));
  return remove->child[DELETE_WHERE] ? TIDE_OK : failed(merging);
}

/* What RETURNING needs of the target as it is after the write. */
static int add_returning(const struct writing *writing, struct sql_node **slot) {
  const struct merging *merging = writing->merging;
  struct binder *binder = merging->binder;
  for (const struct merge_column *one = merging->columns; one; one = one->next) {
    if (!one->written)
      continue;
    if (!*slot)
      *slot = bind_node(binder, SQL_LIST, merging->merge->position, NULL);
    struct sql_node *column = bind_clone(binder, one->original);
    if (!*slot || !column)
      return failed(merging);
    column->bound = writing->target;
    if (!append_result(binder, *slot, one->name, column))
      return failed(merging);
  }
  return TIDE_OK;
}

static int split_action(struct writing *writing, struct sql_node *action) {
  int rc;
  switch (action->kind) {
  case SQL_INSERT:
    rc = split_insert(writing, action);
    return rc == TIDE_OK ? add_returning(writing, &action->child[INSERT_RETURNING])
                         : rc;
  case SQL_UPDATE:
    rc = split_update(writing, action);
    return rc == TIDE_OK ? add_returning(writing, &action->child[UPDATE_RETURNING])
                         : rc;
  default: return split_delete(writing, action);
  }
}

static struct sql_node *rows_of_clause(struct merging *merging, const char *symbol,
                                       uint32_t number) {
  struct binder *binder = merging->binder;
  struct sql_node *clause =
      column_of(merging, merging->rows, "clause", TYPE(TYPE_INTEGER));
  struct sql_node *value = bind_integer(binder, 0, number);
  return clause && value ? bind_binary(binder, symbol, clause, value, 0) : NULL;
}

static int split_clause(struct merging *merging, uint32_t index) {
  struct binder *binder = merging->binder;
  struct sql_node *clause = merging->merge->child[MERGE_CLAUSES]->child[index];
  struct sql_node *action = clause->child[MERGE_ACTION];
  if (!action)
    return TIDE_OK;
  struct writing writing = {
      .merging = merging,
      .target = bind_clone(binder, merging->target.node),
      .values = table_reference(binder, merge_values_name(binder->arena, index + 1)),
      .results = bind_node(binder, SQL_LIST, clause->position, NULL)};
  if (!writing.target || !writing.values || !writing.results ||
      !append_result(binder, writing.results, "n",
                     column_of(merging, merging->rows, "n", TYPE(TYPE_BIGINT))) ||
      !append_result(binder, writing.results, "row",
                     column_of(merging, merging->rows, "row", TYPE(TYPE_BIGINT))))
    return failed(merging);
  writing.target->bound_index = 0;
  uint32_t plain = writing.results->count;
  int rc = split_action(&writing, action);
  bool needed = action->kind == SQL_UPDATE || writing.results->count > plain;
  if (rc != TIDE_OK || !needed)
    return rc;
  struct sql_node *where = rows_of_clause(merging, "=", index + 1);
  if (where)
    clause->child[MERGE_VALUES] =
        select_from(merging, writing.results, merging->rows, where);
  return clause->child[MERGE_VALUES] ? TIDE_OK : failed(merging);
}

/* --- RETURNING --- */

static int split_returning(struct merging *merging) {
  struct binder *binder = merging->binder;
  struct sql_node **returning = &merging->merge->child[MERGE_RETURNING];
  if (!*returning)
    return TIDE_OK;
  merging->after = true;
  struct sql_node *results = sql_rewrite(*returning, from_rows, merging);
  merging->after = false;
  struct sql_node *where = rows_of_clause(merging, ">", 0);
  struct sql_node *query =
      results && where ? select_from(merging, results, merging->rows, where) : NULL;
  struct sql_node *item = bind_node(binder, SQL_ORDER, 0, NULL);
  struct sql_node *order = bind_node(binder, SQL_LIST, 0, NULL);
  if (!query || !item || !bind_append(binder, order, item))
    return failed(merging);
  item->child[0] = column_of(merging, merging->rows, "n", TYPE(TYPE_BIGINT));
  query->child[QUERY_ORDER] = order;
  *returning = query;
  return item->child[0] ? TIDE_OK : failed(merging);
}

/* --- entry --- */

/* A parameter of the statement's own, behind those of the user. */
static int reserve_parameter(struct merging *merging) {
  struct binding *binding = merging->binder->binding;
  int count = binding->parameter_count;
  struct type *types = bind_alloc(merging->binder, (size_t)(count + 1) * sizeof *types);
  if (!types)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < count; i++)
    types[i] = binding->parameter_types[i];
  types[count] = TYPE(TYPE_BIGINT);
  binding->parameter_types = types;
  binding->parameter_count = count + 1;
  merging->merge->index = count + 1;
  return TIDE_OK;
}

static int split_rows(struct merging *merging) {
  struct binder *binder = merging->binder;
  struct sql_node *present = NULL;
  if (has_kind(merging, SQL_NOT_MATCHED_BY_SOURCE)) {
    present = presence(merging);
    if (!present)
      return failed(merging);
  }
  struct sql_node *found = merging->rows_found;
  struct sql_node *from = found ? NULL : joined(merging, present);
  struct sql_node *clause =
      clause_of_row(merging, present ? presence_column(merging, present) : NULL);
  merging->rows = table_reference(binder, MERGE_ROWS);
  merging->results = bind_node(binder, SQL_LIST, merging->merge->position, NULL);
  if ((!from && !found) || !clause || !merging->rows || !merging->results ||
      !append_result(binder, merging->results, "clause", clause) ||
      !append_result(binder, merging->results, "row",
                     row_of(merging, merging->target.node)))
    return failed(merging);
  merging->merge->child[MERGE_ON] = NULL;
  if (found)
    found->child[QUERY_BODY]->child[SELECT_RESULTS] = merging->results;
  else
    found = select_from(merging, merging->results, from, NULL);
  merging->merge->child[MERGE_SOURCE] = found;
  return merging->merge->child[MERGE_SOURCE] ? TIDE_OK : failed(merging);
}

/* The target of the statement as a whole is a reference of its own: the one that was bound stands in FROM. */
int merge_split(struct merging *merging) {
  const struct sql_node *clauses = merging->merge->child[MERGE_CLAUSES];
  int rc = reserve_parameter(merging);
  if (rc == TIDE_OK)
    rc = split_rows(merging);
  if (rc == TIDE_OK)
    rc = split_returning(merging);
  for (uint32_t i = 0; rc == TIDE_OK && i < clauses->count; i++)
    rc = split_clause(merging, i);
  if (rc != TIDE_OK)
    return rc;
  merging->merge->child[MERGE_TARGET] =
      bind_clone(merging->binder, merging->target.node);
  return merging->merge->child[MERGE_TARGET] ? TIDE_OK : failed(merging);
}
