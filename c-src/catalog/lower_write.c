/* INSERT, UPDATE and DELETE in SQLite's terms. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/define_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

/* --- targets --- */

static int lower_target(struct lowering *lowering, struct sql_node *target) {
  return lower_reference_name(lowering, target);
}

/* A value that is stored in a column: its affinity brings plain parameters into form. */
static bool lower_stored(struct lowering *lowering, struct sql_node **slot) {
  return lower_is_bare_parameter(*slot) || lower_slot(lowering, slot);
}

/* --- numbers and keys --- */

static struct sql_node *text_node(struct lowering *lowering, uint32_t position,
                                  const char *text) {
  struct sql_node *node = lower_node(lowering, SQL_STRING, position, text);
  if (node)
    node->type = TYPE(TYPE_TEXT);
  return node;
}

/* The next number of an identity column: SQLite numbers its rowid itself, others are counted by a row of their own. Those of
 * an origin are its own business: until it has told one, the row has a staged key. */
static struct sql_node *next_number(struct lowering *lowering,
                                    const struct relation *relation, int column,
                                    uint32_t position) {
  if (column == relation->row_id)
    return lower_node(lowering, SQL_NULL, position, NULL);
  if (relation->view)
    return lower_function(lowering, "__tidemark_staged_key",
                          relation->columns[column].type,
                          lower_list(lowering, position, 0));
  struct sql_node *id = lower_integer(lowering, position, relation->id);
  struct sql_node *place =
      lower_integer(lowering, position, relation->columns[column].position);
  return lower_function(lowering, "__tidemark_next_value",
                        relation->columns[column].type,
                        lower_list(lowering, position, 2, id, place));
}

/* SQLite would take NULL in its rowid as a wish for a number. */
static struct sql_node *not_null_key(struct lowering *lowering,
                                     const struct relation *relation,
                                     struct sql_node *value, bool nullable) {
  const struct column *column = &relation->columns[relation->row_id];
  if (!value || !nullable)
    return value;
  struct sql_node *refusal = lower_function(
      lowering, "__tidemark_refuse_null", column->type,
      lower_list(lowering, value->position, 3,
                 text_node(lowering, value->position, column->name),
                 text_node(lowering, value->position, relation->name),
                 text_node(lowering, value->position, relation->schema)));
  return lower_function(lowering, "coalesce", column->type,
                        lower_list(lowering, value->position, 2, value, refusal));
}

/* A value for the column of that index. */
static bool lower_for_column(struct lowering *lowering, const struct relation *relation,
                             int column, struct sql_node **slot) {
  if ((*slot)->kind == SQL_DEFAULT) {
    *slot = next_number(lowering, relation, column, (*slot)->position);
    return *slot != NULL;
  }
  bool nullable = lower_nullable(*slot);
  if (!lower_stored(lowering, slot))
    return false;
  if (column == relation->row_id)
    *slot = not_null_key(lowering, relation, *slot, nullable);
  return *slot != NULL;
}

/* A lowered value for the column that numbers itself, where only the run tells whether it asks for the next number. */
static struct sql_node *given_key(struct lowering *lowering,
                                  const struct relation *relation, int column,
                                  struct sql_node *value) {
  uint32_t position = value->position;
  struct sql_node *list =
      column == relation->row_id
          ? lower_list(lowering, position, 1, value)
          : lower_list(
                lowering, position, 3, value,
                lower_integer(lowering, position, relation->id),
                lower_integer(lowering, position, relation->columns[column].position));
  return lower_function(lowering, "__tidemark_given_key",
                        relation->columns[column].type, list);
}

/* The same for one of VALUES: SQLite numbers its rowid itself where it is NULL. */
static bool lower_given_key(struct lowering *lowering, const struct relation *relation,
                            int column, struct sql_node **slot) {
  uint32_t position = (*slot)->position;
  if ((*slot)->kind == SQL_DEFAULT)
    *slot = lower_node(lowering, SQL_NULL, position, NULL);
  else if (!lower_stored(lowering, slot))
    return false;
  struct sql_node *given = *slot ? given_key(lowering, relation, column, *slot) : NULL;
  *slot = column == relation->row_id
              ? given
              : lower_function(
                    lowering, "coalesce", relation->columns[column].type,
                    lower_list(lowering, position, 2, given,
                               next_number(lowering, relation, column, position)));
  return *slot != NULL;
}

/* A column that the statement gives no value for and that SQLite must not fill by itself: its value, or NULL. */
static struct sql_node *missing_value(struct lowering *lowering,
                                      const struct relation *relation, int column,
                                      uint32_t position) {
  if (relation->columns[column].identity)
    return column == relation->row_id
               ? NULL
               : next_number(lowering, relation, column, position);
  if (column != relation->row_id)
    return NULL;
  struct sql_node *null = lower_node(lowering, SQL_NULL, position, NULL);
  return not_null_key(lowering, relation, null, true);
}

/* --- RETURNING --- */

struct returning {
  struct lowering *lowering;
  const struct sql_node *target;
  const char *stored;
  int depth; /* of subqueries */
};

static enum sql_walk check_returned(const struct sql_node *node, void *context) {
  const struct returning *returning = context;
  if (node->kind == SQL_SCALAR_QUERY || node->kind == SQL_EXISTS ||
      node->kind == SQL_IN_QUERY || node->kind == SQL_ARRAY_QUERY ||
      node->kind == SQL_QUANTIFIED) {
    lower_unsupported(returning->lowering, node->position, "a subquery in RETURNING");
    return SQL_WALK_STOP;
  }
  if (node->kind != SQL_COLUMN || node->bound == returning->target)
    return SQL_WALK_ON;
  lower_unsupported(returning->lowering, node->position,
                    "RETURNING a column of another table than the one written");
  return SQL_WALK_STOP;
}

/* SQLite's RETURNING knows the columns of the target by their plain names. */
static struct sql_node *unqualify(struct sql_node *node, void *context) {
  const struct sql_node *target = context;
  if (node->kind == SQL_COLUMN && node->bound == target)
    node->child[0] = NULL;
  return node;
}

static int lower_returning(struct lowering *lowering, struct sql_node **slot,
                           struct sql_node *target) {
  if (!*slot)
    return TIDE_OK;
  struct returning returning = {.lowering = lowering, .target = target};
  if (!sql_walk(*slot, check_returned, &returning))
    return lowering->error->code;
  for (uint32_t i = 0; i < (*slot)->count; i++) {
    if (!lower_slot(lowering, &(*slot)->child[i]->child[0]))
      return lowering->error->code;
  }
  *slot = sql_rewrite(*slot, unqualify, target);
  return *slot ? TIDE_OK : lower_nomem(lowering);
}

/* --- SET --- */

static int lower_set(struct lowering *lowering, const struct relation *relation,
                     struct sql_node *set) {
  for (uint32_t i = 0; set && i < set->count; i++) {
    struct sql_node **value = &set->child[i]->child[ASSIGN_VALUE];
    if ((*value)->type.id == TYPE_RECORD) { /* (a, b) = (SELECT …) */
      if (!lower_slot(lowering, value))
        return lowering->error->code;
    } else {
      int column = set->child[i]->child[ASSIGN_COLUMNS]->child[0]->bound_index;
      if ((*value)->kind == SQL_DEFAULT && column == relation->row_id)
        return lower_unsupported(lowering, (*value)->position,
                                 "numbering a row anew with DEFAULT");
      if (!lower_for_column(lowering, relation, column, value))
        return lowering->error->code;
    }
  }
  return TIDE_OK;
}

/* --- what subqueries see --- */

static enum sql_walk is_reference_to(const struct sql_node *node, void *context) {
  bool found = node->kind == SQL_TABLE_REFERENCE && node->bound == context;
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Does a subquery in there read the relation? */
static bool reads(const struct sql_node *node, const struct relation *relation) {
  return node && !sql_walk(node, is_reference_to, (void *)relation);
}

/* --- INSERT --- */

static int lower_rows(struct lowering *lowering, struct sql_node *insert,
                      struct sql_node *values) {
  const struct binding *binding = lowering->binding;
  const struct relation *relation = insert->child[INSERT_TARGET]->bound;
  const struct sql_node *names = insert->child[INSERT_COLUMNS];
  for (uint32_t i = 0; i < values->count; i++) {
    struct sql_node *row = values->child[i];
    for (uint32_t j = 0; j < row->count; j++) {
      int column = names->child[j]->bound_index;
      bool lowered = binding->numbers_some && column == binding->numbered - 1
                         ? lower_given_key(lowering, relation, column, &row->child[j])
                         : lower_for_column(lowering, relation, column, &row->child[j]);
      if (!lowered)
        return lowering->error->code;
    }
  }
  return TIDE_OK;
}

static bool is_listed(const struct sql_node *names, int column) {
  for (uint32_t i = 0; names && i < names->count; i++) {
    if (names->child[i]->bound_index == column)
      return true;
  }
  return false;
}

/* Appends the column to the list and its value to each row of the source, which is lowered. */
static int append_column(struct lowering *lowering, struct sql_node *insert, int column,
                         struct sql_node *value) {
  const struct relation *relation = insert->child[INSERT_TARGET]->bound;
  struct sql_node **names = &insert->child[INSERT_COLUMNS];
  struct sql_node *body = insert->child[INSERT_SOURCE]->child[QUERY_BODY];
  struct sql_node *name =
      lower_node(lowering, SQL_NAME, value->position, relation->columns[column].name);
  if (!*names)
    *names = lower_list(lowering, value->position, 0);
  if (!name || !*names || !lower_append(lowering, *names, name))
    return lower_nomem(lowering);
  name->bound_index = column;
  if (body->kind != SQL_VALUES)
    return lower_append(lowering, body->child[SELECT_RESULTS],
                        lower_result(lowering, value, name->text))
               ? TIDE_OK
               : lower_nomem(lowering);
  for (uint32_t i = 0; i < body->count; i++) {
    struct sql_node *own = i == 0 ? value : lower_clone(lowering, value);
    if (!lower_append(lowering, body->child[i], own))
      return lower_nomem(lowering);
  }
  return TIDE_OK;
}

static struct sql_node *one_empty_row(struct lowering *lowering, uint32_t position) {
  struct sql_node *values = lower_node(lowering, SQL_VALUES, position, NULL);
  struct sql_node *row = lower_node(lowering, SQL_ROW, position, NULL);
  return values && row && lower_append(lowering, values, row)
             ? lower_query_of(lowering, values)
             : NULL;
}

static int add_missing(struct lowering *lowering, struct sql_node *insert) {
  const struct relation *relation = insert->child[INSERT_TARGET]->bound;
  for (int i = 0; i < relation->column_count; i++) {
    if (is_listed(insert->child[INSERT_COLUMNS], i))
      continue;
    struct sql_node *value = missing_value(lowering, relation, i, insert->position);
    if (lowering->error->code)
      return lowering->error->code;
    if (!value)
      continue;
    if (!insert->child[INSERT_SOURCE])
      insert->child[INSERT_SOURCE] = one_empty_row(lowering, insert->position);
    if (!insert->child[INSERT_SOURCE])
      return lower_nomem(lowering);
    int rc = append_column(lowering, insert, i, value);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* The key of INSERT … SELECT must not be NULL either. */
static void check_selected_key(struct lowering *lowering, struct sql_node *insert) {
  const struct relation *relation = insert->child[INSERT_TARGET]->bound;
  const struct sql_node *names = insert->child[INSERT_COLUMNS];
  struct sql_node *body = insert->child[INSERT_SOURCE]->child[QUERY_BODY];
  for (uint32_t i = 0; body->kind == SQL_SELECT && names && i < names->count; i++) {
    struct sql_node **slot = &body->child[SELECT_RESULTS]->child[i]->child[0];
    int column = names->child[i]->bound_index;
    if (column == lowering->binding->numbered - 1)
      *slot = given_key(lowering, relation, column, *slot);
    else if (column == relation->row_id)
      *slot = not_null_key(lowering, relation, *slot, true);
  }
}

/* SQLite would take ON for a join's: a SELECT before ON CONFLICT needs a WHERE. */
static int separate_conflict(struct lowering *lowering, struct sql_node *insert) {
  struct sql_node *query = insert->child[INSERT_SOURCE];
  if (!insert->child[INSERT_CONFLICT] || !query ||
      query->child[QUERY_BODY]->kind == SQL_VALUES)
    return TIDE_OK;
  struct sql_node *body = query->child[QUERY_BODY];
  bool bare = body->kind == SQL_SELECT && !query->child[QUERY_WITH];
  if (!bare) {
    body = lower_wrap(lowering, query);
    query = body ? lower_query_of(lowering, body) : NULL;
    if (!query)
      return lower_nomem(lowering);
    insert->child[INSERT_SOURCE] = query;
  }
  if (body->child[SELECT_WHERE])
    return TIDE_OK;
  struct sql_node *always = lower_node(lowering, SQL_BOOLEAN, query->position, NULL);
  if (!always)
    return TIDE_ERROR_NOMEM;
  always->op = 1;
  body->child[SELECT_WHERE] = always;
  return TIDE_OK;
}

static int lower_source(struct lowering *lowering, struct sql_node *insert) {
  struct sql_node *query = insert->child[INSERT_SOURCE];
  if (!query)
    return TIDE_OK;
  bool values = query->child[QUERY_BODY]->kind == SQL_VALUES &&
                !query->child[QUERY_ORDER] && !query->child[QUERY_LIMIT] &&
                !query->child[QUERY_OFFSET];
  if (values) {
    int rc = lower_with(lowering, query->child[QUERY_WITH]);
    return rc == TIDE_OK ? lower_rows(lowering, insert, query->child[QUERY_BODY]) : rc;
  }
  int rc = lower_query(lowering, query);
  if (rc == TIDE_OK)
    check_selected_key(lowering, insert);
  return rc == TIDE_OK ? lowering->error->code : rc;
}

/* Can the statement insert more than one row? */
static bool may_give_rows(const struct sql_node *insert) {
  const struct sql_node *source = insert->child[INSERT_SOURCE];
  const struct sql_node *body = source ? source->child[QUERY_BODY] : NULL;
  return body && (body->kind != SQL_VALUES || body->count > 1);
}

/* `then` where `condition` holds. Not AND, of which SQLite leaves out the rest when a part is constant. */
static struct sql_node *only_when(struct lowering *lowering, struct sql_node *condition,
                                  struct sql_node *then) {
  uint32_t position = condition->position;
  struct sql_node *when = lower_node(lowering, SQL_WHEN, position, NULL);
  struct sql_node *result = lower_node(lowering, SQL_CASE, position, NULL);
  if (!when || !result)
    return NULL;
  when->child[WHEN_CONDITION] = condition;
  when->child[WHEN_RESULT] = then;
  result->type = then->type;
  result->child[CASE_WHENS] = lower_list(lowering, position, 1, when);
  return result->child[CASE_WHENS] ? result : NULL;
}

/* SQLite would update a row for as many of the inserted rows as conflict with it. The row is asked for before the
 * condition is computed: in PostgreSQL it is locked first. */
static int update_once(struct lowering *lowering, const struct relation *relation,
                       struct sql_node *conflict) {
  struct sql_node **condition = &conflict->child[CONFLICT_SET_WHERE];
  const char *row_id = row_id_name(relation);
  if (!row_id)
    return lower_unsupported(lowering, conflict->position,
                             "ON CONFLICT DO UPDATE of several rows in a table with "
                             "columns called rowid, oid and _rowid_");
  struct sql_node *row = lower_node(lowering, SQL_COLUMN, conflict->position, row_id);
  struct sql_node *once =
      lower_function(lowering, "__tidemark_once", TYPE(TYPE_BOOLEAN),
                     lower_list(lowering, conflict->position, 1, row));
  *condition = once && *condition ? only_when(lowering, once, *condition) : once;
  lowering->binding->each_row_once = true;
  return *condition ? TIDE_OK : lower_nomem(lowering);
}

static int lower_conflict(struct lowering *lowering, struct sql_node *conflict,
                          struct sql_node *target, bool rows) {
  if (!conflict)
    return TIDE_OK;
  struct sql_node **list = &conflict->child[CONFLICT_TARGET];
  if (!lower_values(lowering, *list) ||
      !lower_slot(lowering, &conflict->child[CONFLICT_WHERE]))
    return lowering->error->code;
  if (*list)
    *list = sql_rewrite(*list, unqualify, target);
  if (conflict->child[CONFLICT_WHERE])
    conflict->child[CONFLICT_WHERE] =
        sql_rewrite(conflict->child[CONFLICT_WHERE], unqualify, target);
  int rc = lower_set(lowering, target->bound, conflict->child[CONFLICT_SET]);
  if (rc != TIDE_OK)
    return rc;
  if (!lower_slot(lowering, &conflict->child[CONFLICT_SET_WHERE]))
    return lowering->error->code;
  /* MySQL takes row after row, and updates one as often as it is met. */
  return rows && conflict->op == SQL_DO_UPDATE && !(conflict->flags & SQL_ANY_KEY)
             ? update_once(lowering, target->bound, conflict)
             : TIDE_OK;
}

/* In SQLite a subquery in ON CONFLICT sees the rows that were inserted before by the same statement. */
static int check_conflict_reads(struct lowering *lowering,
                                const struct sql_node *insert) {
  const struct sql_node *conflict = insert->child[INSERT_CONFLICT];
  const struct relation *relation = insert->child[INSERT_TARGET]->bound;
  if (!conflict || !may_give_rows(insert) ||
      (!reads(conflict->child[CONFLICT_SET], relation) &&
       !reads(conflict->child[CONFLICT_SET_WHERE], relation)))
    return TIDE_OK;
  return lower_unsupported(lowering, conflict->position,
                           "a subquery on the table itself in ON CONFLICT of several "
                           "rows");
}

/* --- which rows MySQL numbers --- */

static int numbered_column(const struct relation *relation) {
  for (int i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].identity)
      return i;
  }
  return -1;
}

/* What VALUES give the column of that name: how many rows nothing, and how many what only the run tells. */
static void count_numbers(const struct sql_node *values, uint32_t place,
                          uint32_t *defaults, uint32_t *computed) {
  for (uint32_t i = 0; i < values->count; i++) {
    enum sql_kind kind = values->child[i]->child[place]->kind;
    *defaults += kind == SQL_DEFAULT;
    *computed += kind != SQL_DEFAULT && kind != SQL_INTEGER;
  }
}

/* Finds out what the run has to follow for LAST_INSERT_ID(). */
static int follow_numbers(struct lowering *lowering, const struct sql_node *insert) {
  struct binding *binding = lowering->binding;
  const struct relation *relation = insert->child[INSERT_TARGET]->bound;
  const struct sql_node *names = insert->child[INSERT_COLUMNS];
  const struct sql_node *source = insert->child[INSERT_SOURCE];
  const struct sql_node *body = source ? source->child[QUERY_BODY] : NULL;
  int column = numbered_column(relation);
  uint32_t place = 0, defaults = 0, computed = 0;
  if (!binding->database->mysql || relation->view || column < 0)
    return TIDE_OK;
  binding->numbered = column + 1;
  binding->inserts_values = !body || body->kind == SQL_VALUES;
  while (names && place < names->count && names->child[place]->bound_index != column)
    place++;
  binding->numbers_all = !body || !names || place == names->count;
  if (binding->numbers_all || body->kind != SQL_VALUES)
    return TIDE_OK;
  count_numbers(body, place, &defaults, &computed);
  binding->numbers_all = defaults == body->count;
  binding->numbers_some = !binding->numbers_all &&
                          (defaults > 0 || computed > 0 || column != relation->row_id);
  if (binding->numbers_some && reads(body, relation)) /* then it is computed before */
    return lower_unsupported(lowering, body->position,
                             "a subquery on the table itself beside a key that is "
                             "given");
  return TIDE_OK;
}

static int lower_insert(struct lowering *lowering, struct sql_node *insert) {
  struct sql_node *target = insert->child[INSERT_TARGET];
  int rc = check_conflict_reads(lowering, insert);
  if (rc == TIDE_OK)
    rc = follow_numbers(lowering, insert);
  if (rc == TIDE_OK)
    rc = lower_with(lowering, insert->child[INSERT_WITH]);
  if (rc == TIDE_OK)
    rc = lower_target(lowering, target);
  if (rc == TIDE_OK)
    rc = lower_source(lowering, insert);
  if (rc == TIDE_OK)
    rc = add_missing(lowering, insert);
  if (rc == TIDE_OK)
    rc = separate_conflict(lowering, insert);
  if (rc == TIDE_OK)
    rc = lower_conflict(lowering, insert->child[INSERT_CONFLICT], target,
                        may_give_rows(insert));
  if (rc == TIDE_OK)
    rc = lower_returning(lowering, &insert->child[INSERT_RETURNING], target);
  return rc;
}

/* --- UPDATE and DELETE --- */

/* SQLite would show a subquery the rows that were updated before. With a FROM it computes all new values first. */
static int compute_first(struct lowering *lowering, struct sql_node *update) {
  uint32_t position = update->position;
  if (update->child[UPDATE_FROM] ||
      !reads(update->child[UPDATE_SET], update->child[UPDATE_TARGET]->bound))
    return TIDE_OK;
  struct sql_node *select = lower_node(lowering, SQL_SELECT, position, NULL);
  struct sql_node *one =
      lower_result(lowering, lower_integer(lowering, position, 1), "one");
  if (!select || !one)
    return lower_nomem(lowering);
  select->child[SELECT_RESULTS] = lower_list(lowering, position, 1, one);
  update->child[UPDATE_FROM] =
      lower_list(lowering, position, 1,
                 lower_derived(lowering, lower_query_of(lowering, select), "__first"));
  return select->child[SELECT_RESULTS] && update->child[UPDATE_FROM]
             ? TIDE_OK
             : lower_nomem(lowering);
}

static int lower_update(struct lowering *lowering, struct sql_node *update) {
  struct sql_node *target = update->child[UPDATE_TARGET];
  int rc = lower_with(lowering, update->child[UPDATE_WITH]);
  if (rc == TIDE_OK)
    rc = lower_target(lowering, target);
  if (rc == TIDE_OK)
    rc = compute_first(lowering, update);
  if (rc == TIDE_OK)
    rc = lower_from(lowering, &update->child[UPDATE_FROM]);
  if (rc == TIDE_OK)
    rc = lower_set(lowering, target->bound, update->child[UPDATE_SET]);
  if (rc == TIDE_OK && !lower_slot(lowering, &update->child[UPDATE_WHERE]))
    rc = lowering->error->code;
  if (rc == TIDE_OK)
    rc = lower_returning(lowering, &update->child[UPDATE_RETURNING], target);
  return rc;
}

/* DELETE … USING others WHERE condition becomes … WHERE EXISTS (SELECT 1 FROM others WHERE condition). */
static int using_to_exists(struct lowering *lowering, struct sql_node *remove) {
  struct sql_node *list = remove->child[DELETE_USING];
  if (!list || list->count == 0)
    return TIDE_OK;
  uint32_t position = list->position;
  struct sql_node *one = lower_integer(lowering, position, 1);
  struct sql_node *select = lower_node(lowering, SQL_SELECT, position, NULL);
  struct sql_node *exists = lower_node(lowering, SQL_EXISTS, position, NULL);
  if (!one || !select || !exists)
    return lower_nomem(lowering);
  select->child[SELECT_RESULTS] =
      lower_list(lowering, position, 1, lower_result(lowering, one, NULL));
  select->child[SELECT_FROM] = list;
  select->child[SELECT_WHERE] = remove->child[DELETE_WHERE];
  exists->child[0] = lower_query_of(lowering, select);
  exists->type = TYPE(TYPE_BOOLEAN);
  remove->child[DELETE_USING] = NULL;
  remove->child[DELETE_WHERE] = exists;
  return exists->child[0] && select->child[SELECT_RESULTS] ? TIDE_OK
                                                           : lower_nomem(lowering);
}

static int lower_delete(struct lowering *lowering, struct sql_node *remove) {
  struct sql_node *target = remove->child[DELETE_TARGET];
  int rc = lower_with(lowering, remove->child[DELETE_WITH]);
  if (rc == TIDE_OK)
    rc = lower_target(lowering, target);
  if (rc == TIDE_OK)
    rc = using_to_exists(lowering, remove);
  if (rc == TIDE_OK && !lower_slot(lowering, &remove->child[DELETE_WHERE]))
    rc = lowering->error->code;
  if (rc == TIDE_OK)
    rc = lower_returning(lowering, &remove->child[DELETE_RETURNING], target);
  return rc;
}

struct sql_node *lower_write(struct lowering *lowering, struct sql_node *statement) {
  int rc;
  switch (statement->kind) {
  case SQL_INSERT: rc = lower_insert(lowering, statement); break;
  case SQL_UPDATE: rc = lower_update(lowering, statement); break;
  case SQL_DELETE: rc = lower_delete(lowering, statement); break;
  default: rc = lower_unsupported(lowering, statement->position, "this statement");
  }
  return rc == TIDE_OK ? statement : NULL;
}
