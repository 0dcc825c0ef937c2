/* Respells the names in queries and writes: what each can mean is found as the binder finds it, scope by scope. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/respell_internal.h"
#include "sql/mysql.h"
#include "sql/token.h"

/* --- names --- */

void respell_add(struct respeller *respeller, struct names *names, const char *name) {
  if (names->count == names->capacity) {
    int capacity = 2 * names->capacity + 8;
    const char **larger =
        arena_alloc(respeller->arena, (size_t)capacity * sizeof *larger);
    if (larger == NULL)
      return;
    if (names->count > 0)
      memcpy(larger, names->list, (size_t)names->count * sizeof *larger);
    names->list = larger;
    names->capacity = capacity;
  }
  names->list[names->count++] = name;
}

static void add_all(struct respeller *respeller, struct names *names,
                    const struct names *more) {
  for (int i = 0; i < more->count; i++)
    respell_add(respeller, names, more->list[i]);
}

const char *respell_among(const struct names *names, const char *text) {
  const char *found = NULL;
  for (int i = 0; i < names->count; i++) {
    if (strcmp(names->list[i], text) == 0)
      return names->list[i];
    if (found == NULL && sql_same_name(names->list[i], text))
      found = names->list[i];
  }
  return found;
}

void respell_set(struct respeller *respeller, struct sql_node *node, const char *text) {
  if (text == NULL || strcmp(node->text, text) == 0)
    return;
  const char *copy = arena_string(respeller->arena, text);
  if (copy == NULL)
    return;
  node->text = copy;
  node->length = (uint32_t)strlen(copy);
}

void respell_list(struct respeller *respeller, const struct sql_node *list,
                  const struct names *names) {
  for (uint32_t i = 0; list != NULL && i < list->count; i++)
    respell_set(respeller, list->child[i], respell_among(names, list->child[i]->text));
}

static void take_list(struct respeller *respeller, const struct sql_node *list,
                      struct names *names) {
  for (uint32_t i = 0; list != NULL && i < list->count; i++)
    respell_add(respeller, names, list->child[i]->text);
}

/* --- relations --- */

void respell_schema(struct respeller *respeller, struct sql_node *schema) {
  const struct schema *found =
      schema == NULL ? NULL
                     : catalog_find_schema_alike(respeller->database, schema->text);
  if (found != NULL)
    respell_set(respeller, schema, found->name);
}

const struct relation *respell_relation(struct respeller *respeller,
                                        struct sql_node *name) {
  struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct relation *relation = catalog_find_alike(
      respeller->database, schema == NULL ? NULL : schema->text, name->text);
  if (relation == NULL)
    return NULL;
  respell_set(respeller, name, relation->name);
  if (schema != NULL)
    respell_set(respeller, schema, relation->schema);
  return relation;
}

void respell_relation_columns(struct respeller *respeller,
                              const struct relation *relation, struct names *names) {
  for (int i = 0; i < relation->column_count; i++) {
    if (!relation->columns[i].hidden)
      respell_add(respeller, names,
                  arena_string(respeller->arena, relation->columns[i].name));
  }
}

struct respell_source *respell_source_new(struct respeller *respeller,
                                          struct respell_place *place,
                                          const char *name) {
  struct respell_source *source = arena_alloc(respeller->arena, sizeof *source);
  if (source == NULL)
    return NULL;
  *source = (struct respell_source){.name = name};
  if (place->last == NULL)
    place->sources = source;
  else
    place->last->next = source;
  return place->last = source;
}

static const struct respell_common *find_common(const struct respell_place *place,
                                                const char *name) {
  const struct respell_common *common = place == NULL ? NULL : place->commons;
  while (common != NULL && !sql_same_name(common->name, name))
    common = common->next;
  return common;
}

/* What a name in FROM, or the target of a write, gives. */
static void take_named(struct respeller *respeller, struct respell_source *source,
                       struct sql_node *name, const struct respell_place *place) {
  const struct respell_common *common =
      name->child[NAME_SCHEMA] == NULL ? find_common(place, name->text) : NULL;
  if (common != NULL) {
    respell_set(respeller, name, common->name);
    source->columns = common->columns;
    return;
  }
  const struct relation *relation = respell_relation(respeller, name);
  if (relation == NULL)
    return;
  source->is_table = relation->view == NULL;
  source->is_system = relation->kind == RELATION_SYSTEM;
  respell_relation_columns(respeller, relation, &source->columns);
}

static struct respell_source *add_table(struct respeller *respeller,
                                        struct respell_place *place,
                                        struct sql_node *reference) {
  struct sql_node *name = reference->child[REFERENCE_SOURCE];
  struct respell_source *source = respell_source_new(respeller, place, NULL);
  if (source == NULL)
    return NULL;
  take_named(respeller, source, name, place);
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  source->name = reference->text != NULL ? reference->text : name->text;
  source->schema = reference->text == NULL && schema != NULL ? schema->text : NULL;
  return source;
}

/* --- columns --- */

static const struct respell_source *find_source(const struct respell_place *place,
                                                const char *name) {
  for (; place != NULL; place = place->outer) {
    for (const struct respell_source *source = place->sources; source != NULL;
         source = source->next) {
      if (source->name != NULL && sql_same_name(source->name, name))
        return source;
    }
  }
  return NULL;
}

/* The name in front of a column or star; NULL: it is of nothing here. */
static const struct respell_source *
respell_qualifier(struct respeller *respeller, struct sql_node *qualifier,
                  const struct respell_place *place) {
  const struct respell_source *source = find_source(place, qualifier->text);
  if (source == NULL)
    return NULL;
  respell_set(respeller, qualifier, source->name);
  if (qualifier->child[NAME_SCHEMA] != NULL)
    respell_schema(respeller, qualifier->child[NAME_SCHEMA]);
  return source;
}

/* A column of one source; false: it has none of that name. */
static bool respell_in(struct respeller *respeller, struct sql_node *column,
                       const struct respell_source *source) {
  const char *found = respell_among(&source->columns, column->text);
  if (found == NULL && source->is_system && source->columns.count == 0) {
    char *small = arena_copy(respeller->arena, column->text, column->length);
    if (small != NULL)
      token_fold(small);
    found = small;
  }
  if (found != NULL)
    respell_set(respeller, column, found);
  return found != NULL;
}

static void ambiguous(struct respeller *respeller, const struct sql_node *column) {
  error_set_at(respeller->error, TIDE_ERROR_AMBIGUOUS_COLUMN, column->position,
               "column reference %q is ambiguous", column->text);
}

/* The source of a column without a qualifier; NULL: there is none here. */
static const struct respell_source *respell_plain(struct respeller *respeller,
                                                  struct sql_node *column,
                                                  const struct respell_place *place) {
  const struct respell_source *found = NULL;
  for (const struct respell_source *source = place->sources; source != NULL;
       source = source->next) {
    const char *name = respell_among(&source->columns, column->text);
    if (name == NULL && !(source->is_system && source->columns.count == 0))
      continue;
    const char *other =
        found == NULL ? name : respell_among(&found->columns, column->text);
    if (name != NULL && other != NULL && strcmp(name, other) != 0)
      ambiguous(respeller, column);
    if (found == NULL || name != NULL)
      found = source;
  }
  if (found != NULL)
    respell_in(respeller, column, found);
  return found;
}

static const struct respell_source *respell_column(struct respeller *respeller,
                                                   struct sql_node *column,
                                                   const struct respell_place *place) {
  if (column->child[0] != NULL) {
    const struct respell_source *source =
        respell_qualifier(respeller, column->child[0], place);
    return source != NULL && respell_in(respeller, column, source) ? source : NULL;
  }
  const struct respell_source *source = NULL;
  for (; place != NULL && source == NULL; place = place->outer)
    source = respell_plain(respeller, column, place);
  return source;
}

/* --- expressions --- */

static void respell_window(struct respeller *respeller, struct sql_node *node,
                           const struct respell_place *place) {
  struct names names = {0};
  if (place == NULL || node->text == NULL)
    return;
  take_list(respeller, place->windows, &names);
  respell_set(respeller, node, respell_among(&names, node->text));
}

void respell_expression(struct respeller *respeller, struct sql_node *node,
                        const struct respell_place *place) {
  if (node == NULL || respeller->error->code != TIDE_OK || respeller->arena->failed)
    return;
  switch (node->kind) {
  case SQL_COLUMN: respell_column(respeller, node, place); return;
  case SQL_STAR:
    if (node->child[0] != NULL)
      respell_qualifier(respeller, node->child[0], place);
    return;
  case SQL_QUERY: respell_query(respeller, node, place, &(struct names){0}); return;
  case SQL_CALL:
    if (node->child[CALL_OVER] != NULL && node->child[CALL_OVER]->kind == SQL_NAME)
      respell_window(respeller, node->child[CALL_OVER], place);
    break;
  case SQL_WINDOW: respell_window(respeller, node, place); break;
  default: break;
  }
  for (uint32_t i = 0; i < node->count; i++)
    respell_expression(respeller, node->child[i], place);
}

/* --- FROM --- */

static void respell_from(struct respeller *respeller, struct sql_node *node,
                         struct respell_place *place);

/* Could the binder not tell that the two are one column? */
static void check_common(struct respeller *respeller, const struct sql_node *join,
                         const char *left, const char *right) {
  if (left == NULL || right == NULL || strcmp(left, right) == 0)
    return;
  error_set_at(respeller->error, TIDE_ERROR_NOT_SUPPORTED, join->position,
               "USING or NATURAL of columns that are spelled differently is not "
               "supported");
  error_hint(respeller->error, "Write ON, or rename %q to %q.", right, left);
}

/* All columns of the sources behind `first`, up to `last`. */
static struct names columns_between(struct respeller *respeller,
                                    const struct respell_source *first,
                                    const struct respell_source *last) {
  struct names names = {0};
  for (; first != NULL; first = first == last ? NULL : first->next)
    add_all(respeller, &names, &first->columns);
  return names;
}

static void respell_join(struct respeller *respeller, struct sql_node *join,
                         struct respell_place *place) {
  const struct respell_source *before = place->last;
  respell_from(respeller, join->child[JOIN_LEFT], place);
  struct respell_source *middle = place->last;
  respell_from(respeller, join->child[JOIN_RIGHT], place);
  respell_expression(respeller, join->child[JOIN_ON], place);
  if (middle == NULL ||
      (join->child[JOIN_USING] == NULL && (join->flags & SQL_NATURAL) == 0))
    return;
  struct names left = columns_between(
      respeller, before == NULL ? place->sources : before->next, middle);
  struct names right = columns_between(respeller, middle->next, place->last);
  const struct sql_node *list = join->child[JOIN_USING];
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    check_common(respeller, join, respell_among(&left, list->child[i]->text),
                 respell_among(&right, list->child[i]->text));
    respell_set(respeller, list->child[i], respell_among(&left, list->child[i]->text));
  }
  for (int i = 0; list == NULL && i < left.count; i++)
    check_common(respeller, join, left.list[i], respell_among(&right, left.list[i]));
}

static void respell_from(struct respeller *respeller, struct sql_node *node,
                         struct respell_place *place) {
  struct respell_source *source = NULL;
  switch (node->kind) {
  case SQL_JOIN: respell_join(respeller, node, place); return;
  case SQL_TABLE_REFERENCE: source = add_table(respeller, place, node); break;
  case SQL_SUBQUERY_REFERENCE: {
    struct names names = {0};
    struct respell_place without = {.commons = place->commons, .outer = place->outer};
    bool lateral = (node->flags & SQL_LATERAL) != 0;
    respell_query(respeller, node->child[REFERENCE_SOURCE], lateral ? place : &without,
                  &names);
    source = respell_source_new(respeller, place, node->text);
    if (source != NULL)
      source->columns = names;
    break;
  }
  default:
    respell_expression(respeller, node->child[REFERENCE_SOURCE], place);
    source = respell_source_new(respeller, place, node->text);
    break;
  }
  const struct sql_node *columns = node->child[REFERENCE_COLUMNS];
  for (uint32_t i = 0; source != NULL && columns != NULL && i < columns->count; i++) {
    if ((int)i < source->columns.count)
      source->columns.list[i] = columns->child[i]->text;
    else
      respell_add(respeller, &source->columns, columns->child[i]->text);
  }
}

static void respell_from_list(struct respeller *respeller, const struct sql_node *list,
                              struct respell_place *place) {
  for (uint32_t i = 0; list != NULL && i < list->count && !respeller->arena->failed;
       i++)
    respell_from(respeller, list->child[i], place);
}

/* --- results --- */

static void expand_star(struct respeller *respeller, struct sql_node *star,
                        const struct respell_place *place, struct names *names) {
  const struct respell_source *only =
      star->child[0] == NULL ? NULL
                             : respell_qualifier(respeller, star->child[0], place);
  for (const struct respell_source *source = place->sources; source != NULL;
       source = source->next) {
    if (star->child[0] == NULL || source == only)
      add_all(respeller, names, &source->columns);
  }
}

/* Of a column of a table the result has the spelling of the query, as in MySQL. */
static void respell_result(struct respeller *respeller, struct sql_node *result,
                           const struct respell_place *place, struct names *names) {
  struct sql_node *value = result->child[0];
  if (value->kind == SQL_STAR) {
    expand_star(respeller, value, place, names);
    return;
  }
  const char *written = value->text;
  const struct respell_source *source = NULL;
  if (value->kind == SQL_COLUMN)
    source = respell_column(respeller, value, place);
  else
    respell_expression(respeller, value, place);
  if (source != NULL && source->is_table && result->text == NULL &&
      strcmp(written, value->text) != 0) {
    result->text = written;
    result->length = (uint32_t)strlen(written);
  }
  const char *name = result->text != NULL ? result->text : bind_output_name(value);
  respell_add(respeller, names, name);
}

static void respell_results(struct respeller *respeller, const struct sql_node *list,
                            const struct respell_place *place, struct names *names) {
  for (uint32_t i = 0; list != NULL && i < list->count && !respeller->arena->failed;
       i++)
    respell_result(respeller, list->child[i], place, names);
}

/* What is ordered by: the name of a result goes before a column. */
static void respell_order(struct respeller *respeller, const struct sql_node *order,
                          const struct respell_place *place,
                          const struct names *results) {
  for (uint32_t i = 0; order != NULL && i < order->count; i++) {
    struct sql_node *node = order->child[i]->child[0];
    bool plain = node->kind == SQL_COLUMN && node->child[0] == NULL;
    const char *result = plain ? respell_among(results, node->text) : NULL;
    if (result != NULL)
      respell_set(respeller, node, result);
    else
      respell_expression(respeller, node, place);
  }
}

/* What is grouped by: a column goes before the name of a result. */
static void respell_groups(struct respeller *respeller, const struct sql_node *groups,
                           const struct respell_place *place,
                           const struct names *results) {
  for (uint32_t i = 0; groups != NULL && i < groups->count; i++) {
    struct sql_node *node = groups->child[i];
    bool plain = node->kind == SQL_COLUMN && node->child[0] == NULL;
    if (node->kind == SQL_GROUPING)
      respell_groups(respeller, node, place, results);
    else if (!plain)
      respell_expression(respeller, node, place);
    else if (respell_plain(respeller, node, place) == NULL) {
      const char *result = respell_among(results, node->text);
      respell_set(respeller, node, result);
      if (result == NULL)
        respell_column(respeller, node, place->outer);
    }
  }
}

/* --- queries --- */

static void respell_select(struct respeller *respeller, const struct sql_node *select,
                           const struct sql_node *order,
                           const struct respell_place *outer, struct names *names) {
  struct respell_place place = {.commons = outer == NULL ? NULL : outer->commons,
                                .outer = outer,
                                .windows = select->child[SELECT_WINDOWS]};
  respell_from_list(respeller, select->child[SELECT_FROM], &place);
  respell_results(respeller, select->child[SELECT_RESULTS], &place, names);
  respell_expression(respeller, select->child[SELECT_WHERE], &place);
  respell_groups(respeller, select->child[SELECT_GROUP], &place, names);
  respell_expression(respeller, select->child[SELECT_HAVING], &place);
  respell_expression(respeller, select->child[SELECT_WINDOWS], &place);
  respell_expression(respeller, select->child[SELECT_DISTINCT_ON], &place);
  respell_order(respeller, order, &place, names);
}

static void respell_body(struct respeller *respeller, struct sql_node *body,
                         const struct sql_node *order,
                         const struct respell_place *outer, struct names *names) {
  struct respell_place place = {.commons = outer == NULL ? NULL : outer->commons,
                                .outer = outer};
  struct respell_source *source;
  switch (body->kind) {
  case SQL_SELECT: respell_select(respeller, body, order, outer, names); return;
  case SQL_SET_OPERATION:
    respell_body(respeller, body->child[BODY_LEFT], NULL, outer, names);
    respell_body(respeller, body->child[BODY_RIGHT], NULL, outer, &(struct names){0});
    break;
  case SQL_QUERY: respell_query(respeller, body, outer, names); break;
  case SQL_TABLE:
    source = respell_source_new(respeller, &place, NULL);
    if (source == NULL)
      return;
    take_named(respeller, source, body->child[0], &place);
    add_all(respeller, names, &source->columns);
    break;
  default: respell_expression(respeller, body, outer); break;
  }
  respell_order(respeller, order, outer, names);
}

/* The columns of a recursive one are those of its first part, which does not read it. */
static void names_of_common(struct respeller *respeller, const struct sql_node *common,
                            const struct respell_place *place, bool recursive,
                            struct names *names) {
  const struct sql_node *query = common->child[CTE_STATEMENT];
  if (common->child[CTE_COLUMNS] != NULL)
    take_list(respeller, common->child[CTE_COLUMNS], names);
  else if (recursive && query->kind == SQL_QUERY &&
           query->child[QUERY_BODY]->kind == SQL_SET_OPERATION)
    respell_body(respeller, query->child[QUERY_BODY]->child[BODY_LEFT], NULL, place,
                 names);
}

static void respell_with(struct respeller *respeller, const struct sql_node *with,
                         struct respell_place *place) {
  bool recursive = with != NULL && (with->flags & SQL_RECURSIVE) != 0;
  for (uint32_t i = 0; with != NULL && i < with->count; i++) {
    const struct sql_node *node = with->child[i];
    struct respell_common *common = arena_alloc(respeller->arena, sizeof *common);
    if (common == NULL)
      return;
    *common = (struct respell_common){.name = node->text, .next = place->commons};
    names_of_common(respeller, node, place, recursive, &common->columns);
    if (recursive)
      place->commons = common;
    struct names given = {0};
    respell_query(respeller, node->child[CTE_STATEMENT], place, &given);
    if (common->columns.count == 0)
      common->columns = given;
    place->commons = common;
  }
}

/* --- writes --- */

static void respell_set_list(struct respeller *respeller, const struct sql_node *set,
                             const struct names *columns,
                             const struct respell_place *place) {
  for (uint32_t i = 0; set != NULL && i < set->count; i++) {
    respell_list(respeller, set->child[i]->child[ASSIGN_COLUMNS], columns);
    respell_expression(respeller, set->child[i]->child[ASSIGN_VALUE], place);
  }
}

static void respell_insert(struct respeller *respeller, const struct sql_node *insert,
                           struct respell_place *place, const struct names *columns) {
  const struct sql_node *conflict = insert->child[INSERT_CONFLICT];
  respell_list(respeller, insert->child[INSERT_COLUMNS], columns);
  if (insert->child[INSERT_SOURCE] != NULL)
    respell_query(respeller, insert->child[INSERT_SOURCE],
                  &(struct respell_place){.commons = place->commons},
                  &(struct names){0});
  if (conflict == NULL)
    return;
  respell_expression(respeller, conflict->child[CONFLICT_TARGET], place);
  respell_expression(respeller, conflict->child[CONFLICT_WHERE], place);
  /* A column of both the row that is there and the one that is not is spelled in one way. */
  struct respell_source *excluded = respell_source_new(respeller, place, "excluded");
  if (excluded != NULL)
    excluded->columns = *columns;
  respell_set_list(respeller, conflict->child[CONFLICT_SET], columns, place);
  respell_expression(respeller, conflict->child[CONFLICT_SET_WHERE], place);
}

static void respell_merge(struct respeller *respeller, const struct sql_node *merge,
                          struct respell_place *place, const struct names *columns) {
  respell_from(respeller, merge->child[MERGE_SOURCE], place);
  respell_expression(respeller, merge->child[MERGE_ON], place);
  const struct sql_node *clauses = merge->child[MERGE_CLAUSES];
  for (uint32_t i = 0; i < clauses->count; i++) {
    const struct sql_node *action = clauses->child[i]->child[MERGE_ACTION];
    respell_expression(respeller, clauses->child[i]->child[MERGE_CONDITION], place);
    if (action != NULL && action->kind == SQL_UPDATE)
      respell_set_list(respeller, action->child[UPDATE_SET], columns, place);
    if (action == NULL || action->kind != SQL_INSERT)
      continue;
    respell_list(respeller, action->child[INSERT_COLUMNS], columns);
    respell_expression(respeller, action->child[INSERT_SOURCE], place);
  }
}

/* The one relation with such a column. */
static const struct respell_source *source_of(struct respeller *respeller,
                                              const struct respell_place *place,
                                              const struct sql_node *name) {
  const struct respell_source *found = NULL;
  for (const struct respell_source *source = place->sources; source;
       source = source->next) {
    if (!respell_among(&source->columns, name->text))
      continue;
    if (found)
      ambiguous(respeller, name);
    found = source;
  }
  if (!found)
    error_set_at(respeller->error, TIDE_ERROR_UNDEFINED_COLUMN, name->position,
                 "column %q does not exist", name->text);
  return found;
}

/* Of which tables the columns of an UPDATE's SET are that do not say so. Then it is known which of them it writes. */
static void decide_tables(struct respeller *respeller, struct sql_node *update,
                          const struct respell_place *outer) {
  struct respell_place place = {.commons = outer == NULL ? NULL : outer->commons,
                                .outer = outer};
  const struct sql_node *set = update->child[UPDATE_SET];
  respell_with(respeller, update->child[UPDATE_WITH], &place);
  respell_from_list(respeller, update->child[UPDATE_FROM], &place);
  for (uint32_t i = 0; i < set->count && respeller->error->code == TIDE_OK; i++) {
    struct sql_node *name = set->child[i]->child[ASSIGN_COLUMNS]->child[0];
    if (name->child[NAME_SCHEMA] != NULL)
      continue;
    const struct respell_source *source = source_of(respeller, &place, name);
    if (source != NULL && source->name != NULL)
      name->child[NAME_SCHEMA] =
          sql_node_text(respeller->arena, SQL_NAME, name->position, source->name);
  }
  if (respeller->error->code == TIDE_OK && !respeller->arena->failed)
    mysql_decide_tables(respeller->arena, update, respeller->error);
}

/* Names of the rows that a query finds; the target is among its relations. */
static void respell_rows(struct respeller *respeller, const struct sql_node *rows,
                         struct respell_place *place) {
  const struct sql_node *select = rows->child[QUERY_BODY];
  *place = (struct respell_place){.commons = place->commons, .outer = place->outer};
  respell_from_list(respeller, select->child[SELECT_FROM], place);
  respell_expression(respeller, select->child[SELECT_WHERE], place);
  respell_expression(respeller, rows->child[QUERY_ORDER], place);
  respell_expression(respeller, rows->child[QUERY_LIMIT], place->outer);
}

/* What FROM of an UPDATE or USING of a DELETE has. */
static void respell_others(struct respeller *respeller, const struct sql_node *others,
                           struct respell_place *place) {
  if (others != NULL && others->kind == SQL_QUERY)
    respell_rows(respeller, others, place);
  else
    respell_from_list(respeller, others, place);
}

static void respell_write(struct respeller *respeller, const struct sql_node *write,
                          struct respell_place *place, struct names *names) {
  struct respell_source *target = add_table(respeller, place, query_target(write));
  if (target == NULL)
    return;
  struct names columns = target->columns;
  switch (write->kind) {
  case SQL_INSERT: respell_insert(respeller, write, place, &columns); break;
  case SQL_UPDATE:
    respell_others(respeller, write->child[UPDATE_FROM], place);
    respell_set_list(respeller, write->child[UPDATE_SET], &columns, place);
    respell_expression(respeller, write->child[UPDATE_WHERE], place);
    break;
  case SQL_DELETE:
    respell_others(respeller, write->child[DELETE_USING], place);
    respell_expression(respeller, write->child[DELETE_WHERE], place);
    break;
  default: respell_merge(respeller, write, place, &columns); break;
  }
  respell_results(respeller, query_returning(write), place, names);
}

void respell_query(struct respeller *respeller, struct sql_node *query,
                   const struct respell_place *outer, struct names *names) {
  struct respell_place place = {.commons = outer == NULL ? NULL : outer->commons,
                                .outer = outer};
  if (respeller->error->code != TIDE_OK || respeller->arena->failed)
    return;
  if (query->kind == SQL_UPDATE && query->child[UPDATE_TARGET] == NULL)
    decide_tables(respeller, query, outer);
  respell_with(respeller, query_with(query), &place);
  if (respeller->error->code != TIDE_OK || respeller->arena->failed)
    return;
  if (query->kind != SQL_QUERY) {
    respell_write(respeller, query, &place, names);
    return;
  }
  respell_body(respeller, query->child[QUERY_BODY], query->child[QUERY_ORDER], &place,
               names);
  respell_expression(respeller, query->child[QUERY_LIMIT], outer);
  respell_expression(respeller, query->child[QUERY_OFFSET], outer);
}

/* --- the whole --- */

int respell(struct database *database, struct arena *arena,
            struct sql_node *statement) {
  struct respeller respeller = {database, arena, database->error};
  switch (statement->kind) {
  case SQL_QUERY:
  case SQL_INSERT:
  case SQL_UPDATE:
  case SQL_DELETE:
  case SQL_MERGE: respell_query(&respeller, statement, NULL, &(struct names){0}); break;
  default: respell_definition(&respeller, statement); break;
  }
  if (arena->failed)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  return database->error->code;
}
