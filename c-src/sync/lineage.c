/* Which relations' columns the columns of a view without a key are, and what of its relations is equal.
 *
 * With that, who serves the view finds from a changed row of any of its relations the rows of the result that it concerns, and reads them
 * again alone. Nothing is told of a query in which that is not so: of subqueries, set operations, windows, LIMIT, FULL JOIN.
 */
#include "sync/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sql/walk.h"

enum { LINEAGE_RELATIONS = 16, LINEAGE_EQUALITIES = 64, LINEAGE_CONSTANTS = 16 };

/* A relation in FROM. */
struct occurrence {
  const char *schema, *name;
  const char *alias; /* NULL: it is called by its name */
  bool nullable;     /* an outer join puts NULLs in its place */
};

/* A column of one of them. Relation -1: of the one that has such a column, which who knows their columns finds out; column NULL: it is
 * none. */
struct place {
  int relation;
  const char *column;
};

/* Parts of FROM: relations from `first` on, before `end`. */
struct side {
  int first, end;
};

/* A value of `from` is one of `to` in every row that has one of `from`; where `optional` is not empty, if `from` is one of these. */
struct equality {
  struct place from, to;
  struct side optional;
};

/* A value of a column has this text in every row that has one; where `optional` is not empty, if it is of one of these. */
struct constant {
  struct place place;
  const char *value;
  struct side optional;
};

struct lineage {
  bool unknown; /* nothing can be told */
  int count, equality_count, constant_count, merged_count;
  struct occurrence relations[LINEAGE_RELATIONS];
  struct equality equalities[LINEAGE_EQUALITIES];
  struct constant constants[LINEAGE_CONSTANTS];
  struct place merged
      [LINEAGE_RELATIONS]; /* what a column of USING is called without a relation */
};

/* --- what is told of nothing -------------------------------------------------------------------- */

static enum sql_walk find_obstacle(const struct sql_node *node, void *context) {
  const struct sql_node *root = context;
  switch (node->kind) {
  case SQL_QUERY: return node == root ? SQL_WALK_ON : SQL_WALK_STOP;
  case SQL_GROUPING: return SQL_WALK_STOP;
  case SQL_CALL: return node->child[CALL_OVER] ? SQL_WALK_STOP : SQL_WALK_ON;
  default: return SQL_WALK_ON;
  }
}

static bool is_plain(struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  return !query->child[QUERY_WITH] && !query->child[QUERY_LIMIT] &&
         !query->child[QUERY_OFFSET] && body->kind == SQL_SELECT &&
         !body->child[SELECT_DISTINCT_ON] && body->child[SELECT_FROM] &&
         sql_walk(query, find_obstacle, query);
}

/* --- names ------------------------------------------------------------------------------------- */

static bool is_called(const struct occurrence *relation, const struct sql_node *name) {
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  if (schema)
    return !relation->alias && strcmp(relation->name, name->text) == 0 &&
           strcmp(relation->schema, schema->text) == 0;
  return strcmp(relation->alias ? relation->alias : relation->name, name->text) == 0;
}

static int find_relation(const struct lineage *lineage, const struct sql_node *name) {
  for (int i = 0; i < lineage->count; i++)
    if (is_called(&lineage->relations[i], name))
      return i;
  return -1;
}

static bool is_within(struct place place, struct side side) {
  return place.relation >= side.first && place.relation < side.end;
}

/* A name without a relation, among those of `scope`. */
static struct place find_bare(const struct lineage *lineage, const char *column,
                              struct side scope) {
  struct place found = {lineage->count == 1 ? 0 : -1, column};
  for (int i = 0; i < lineage->merged_count; i++) {
    const struct place *merged = &lineage->merged[i];
    if (strcmp(merged->column, column) != 0 || !is_within(*merged, scope))
      continue;
    if (found.relation >= 0)
      return (struct place){-1, NULL};
    found = *merged;
  }
  return found;
}

static struct place find_place(const struct lineage *lineage,
                               const struct sql_node *node, struct side scope) {
  if (node->kind != SQL_COLUMN)
    return (struct place){-1, NULL};
  if (!node->child[0])
    return find_bare(lineage, node->text, scope);
  int relation = find_relation(lineage, node->child[0]);
  return (struct place){relation, relation < 0 ? NULL : node->text};
}

/* All that are in FROM. */
static struct side everything(const struct lineage *lineage) {
  return (struct side){0, lineage->count};
}

/* --- FROM -------------------------------------------------------------------------------------- */

/* Of a name without a relation it is seen where its relation is found. */
static bool may_be_within(struct place place, struct side side) {
  return side.first == side.end || place.relation < 0 || is_within(place, side);
}

static void add_equality(struct lineage *lineage, struct place from, struct place to,
                         struct side optional) {
  if (may_be_within(from, optional) && lineage->equality_count < LINEAGE_EQUALITIES)
    lineage->equalities[lineage->equality_count++] =
        (struct equality){from, to, optional};
}

/* Both values are equal wherever those of `optional` are in the row: there may be rows of the others without them. */
static void add_pair(struct lineage *lineage, struct place a, struct place b,
                     struct side optional) {
  if (!a.column || !b.column || (a.relation >= 0 && a.relation == b.relation))
    return;
  add_equality(lineage, a, b, optional);
  add_equality(lineage, b, a, optional);
}

static void add_constant(struct lineage *lineage, struct place place,
                         const struct sql_node *value, struct side optional) {
  const char *text = equality_constant(value);
  if (text && place.column && may_be_within(place, optional) &&
      lineage->constant_count < LINEAGE_CONSTANTS)
    lineage->constants[lineage->constant_count++] =
        (struct constant){place, text, optional};
}

/* `scope`: which relations its names may be of. */
static void add_condition(struct lineage *lineage, const struct sql_node *condition,
                          struct side scope, struct side optional) {
  if (!condition || condition->kind != SQL_BINARY)
    return;
  const struct sql_node *left = condition->child[LEFT];
  const struct sql_node *right = condition->child[RIGHT];
  if (strcmp(condition->text, "and") == 0) {
    add_condition(lineage, left, scope, optional);
    add_condition(lineage, right, scope, optional);
  } else if (strcmp(condition->text, "=") == 0) {
    struct place a = find_place(lineage, left, scope),
                 b = find_place(lineage, right, scope);
    add_pair(lineage, a, b, optional);
    add_constant(lineage, a, right, optional);
    add_constant(lineage, b, left, optional);
  }
}

/* USING names a column of each side; of a side that is a join itself it is not known of which relation. Without a relation it is
 * that of the side that is always in the row. */
static void add_using(struct lineage *lineage, const struct sql_node *names,
                      struct side left, struct side right, struct side optional) {
  if (left.end - left.first != 1 || right.end - right.first != 1)
    return;
  for (uint32_t i = 0; names && i < names->count; i++) {
    const char *column = names->child[i]->text;
    struct place a = {left.first, column}, b = {right.first, column};
    add_pair(lineage, a, b, optional);
    if (lineage->merged_count < LINEAGE_RELATIONS)
      lineage->merged[lineage->merged_count++] = is_within(a, optional) ? b : a;
  }
}

static void add_table(struct lineage *lineage, const struct sql_node *reference,
                      bool nullable) {
  const struct sql_node *name = reference->child[REFERENCE_SOURCE];
  if (lineage->count == LINEAGE_RELATIONS || name->kind != SQL_NAME ||
      reference->child[REFERENCE_COLUMNS]) {
    lineage->unknown = true;
    return;
  }
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  lineage->relations[lineage->count++] = (struct occurrence){
      schema ? schema->text : "public", name->text, reference->text, nullable};
}

static struct side add_item(struct lineage *lineage, const struct sql_node *item,
                            bool nullable);

static void add_join(struct lineage *lineage, const struct sql_node *join,
                     bool nullable) {
  bool left_outer = join->op == SQL_LEFT_OUTER,
       right_outer = join->op == SQL_RIGHT_OUTER;
  if (join->op == SQL_FULL_OUTER || (join->flags & SQL_NATURAL)) {
    lineage->unknown = true;
    return;
  }
  struct side left = add_item(lineage, join->child[JOIN_LEFT], nullable || right_outer);
  struct side right =
      add_item(lineage, join->child[JOIN_RIGHT], nullable || left_outer);
  struct side optional = left_outer ? right : right_outer ? left : (struct side){0, 0};
  struct side scope = {left.first, right.end};
  add_condition(lineage, join->child[JOIN_ON], scope, optional);
  add_using(lineage, join->child[JOIN_USING], left, right, optional);
}

/* A relation or a join of some; returns which they are. */
static struct side add_item(struct lineage *lineage, const struct sql_node *item,
                            bool nullable) {
  struct side side = {lineage->count, lineage->count};
  if (item->kind == SQL_TABLE_REFERENCE)
    add_table(lineage, item, nullable);
  else if (item->kind == SQL_JOIN)
    add_join(lineage, item, nullable);
  else
    lineage->unknown = true;
  side.end = lineage->count;
  return side;
}

/* --- JSON -------------------------------------------------------------------------------------- */

/* `"relation":0,"column":"id"`, without a relation where the name has none, or nothing. */
static void print_place(struct buffer *json, struct place place, const char *relation,
                        const char *column) {
  if (place.relation >= 0)
    buffer_format(json, "\"%s\":%d,", relation, place.relation);
  if (place.column)
    buffer_format(json, "\"%s\":%j", column, place.column);
}

/* Where what is in `side` only is meant, and somebody has to see whether it is. */
static void print_optional(struct buffer *json, struct place place, struct side side) {
  if (place.relation < 0 && side.first != side.end)
    buffer_format(json, ",\"optional\":[%d,%d]", side.first, side.end);
}

static void print_relations(struct buffer *json, const struct lineage *lineage) {
  buffer_text(json, ",\"lineage\":{\"relations\":[");
  for (int i = 0; i < lineage->count; i++) {
    const struct occurrence *relation = &lineage->relations[i];
    buffer_format(json, "%s{\"schema\":%j,\"name\":%j,\"nullable\":%s}",
                  i > 0 ? "," : "", relation->schema, relation->name,
                  relation->nullable ? "true" : "false");
  }
}

static void print_equalities(struct buffer *json, const struct lineage *lineage) {
  buffer_text(json, "],\"equalities\":[");
  for (int i = 0; i < lineage->equality_count; i++) {
    buffer_text(json, i > 0 ? ",{" : "{");
    print_place(json, lineage->equalities[i].from, "from", "fromColumn");
    buffer_character(json, ',');
    print_place(json, lineage->equalities[i].to, "to", "toColumn");
    print_optional(json, lineage->equalities[i].from, lineage->equalities[i].optional);
    buffer_character(json, '}');
  }
}

static void print_constants(struct buffer *json, const struct lineage *lineage) {
  buffer_text(json, "],\"constants\":[");
  for (int i = 0; i < lineage->constant_count; i++) {
    buffer_text(json, i > 0 ? ",{" : "{");
    const struct constant *constant = &lineage->constants[i];
    print_place(json, constant->place, "relation", "column");
    buffer_format(json, ",\"value\":%j", constant->value);
    print_optional(json, constant->place, constant->optional);
    buffer_character(json, '}');
  }
}

/* A star is a column of that name: of one relation, or, without one, of all. */
static struct place result_place(const struct lineage *lineage,
                                 const struct sql_node *value) {
  if (value->kind != SQL_STAR)
    return find_place(lineage, value, everything(lineage));
  int relation = value->child[0] ? find_relation(lineage, value->child[0]) : -1;
  return (struct place){relation, value->child[0] && relation < 0 ? NULL : "*"};
}

static void print_columns(struct buffer *json, const struct lineage *lineage,
                          const struct sql_node *results) {
  buffer_text(json, "],\"columns\":[");
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *value = results->child[i]->child[0];
    const char *name = results->child[i]->text;
    struct place place = result_place(lineage, value);
    buffer_text(json, i > 0 ? ",{" : "{");
    print_place(json, place, "relation", "column");
    if (name && place.column)
      buffer_format(json, ",\"name\":%j", name);
    buffer_character(json, '}');
  }
}

/* The result that is called so. */
static struct place named_result(const struct lineage *lineage,
                                 const struct sql_node *results, const char *called) {
  for (uint32_t i = 0; i < results->count; i++) {
    const char *name = results->child[i]->text;
    if (name && strcmp(name, called) == 0)
      return find_place(lineage, results->child[i]->child[0], everything(lineage));
  }
  return (struct place){-1, NULL};
}

/* What GROUP BY names: a column; if there is none, what the result of that name is; or a result by its number. */
static void print_group(struct buffer *json, const struct lineage *lineage,
                        const struct sql_node *item, const struct sql_node *results) {
  struct place place = find_place(lineage, item, everything(lineage)),
               result = {-1, NULL};
  if (item->kind == SQL_INTEGER) {
    unsigned long number = strtoul(item->text, NULL, 10);
    if (number >= 1 && number <= results->count)
      place = find_place(lineage, results->child[number - 1]->child[0],
                         everything(lineage));
  } else if (item->kind == SQL_COLUMN && !item->child[0]) {
    result = named_result(lineage, results, item->text);
  }
  print_place(json, place, "relation", "column");
  if (result.column) {
    buffer_character(json, ',');
    print_place(json, result, "resultRelation", "resultColumn");
  }
}

static void print_groups(struct buffer *json, const struct lineage *lineage,
                         const struct sql_node *select) {
  const struct sql_node *items = select->child[SELECT_GROUP];
  buffer_text(json, "],\"groups\":[");
  for (uint32_t i = 0; items && i < items->count; i++) {
    buffer_text(json, i > 0 ? ",{" : "{");
    print_group(json, lineage, items->child[i], select->child[SELECT_RESULTS]);
    buffer_character(json, '}');
  }
  buffer_format(json, "],\"distinct\":%s}",
                select->flags & SQL_DISTINCT ? "true" : "false");
}

void lineage_member(struct buffer *json, struct sql_node *query) {
  struct lineage lineage = {0};
  if (!is_plain(query))
    return;
  const struct sql_node *select = query->child[QUERY_BODY];
  const struct sql_node *from = select->child[SELECT_FROM];
  for (uint32_t i = 0; i < from->count; i++)
    add_item(&lineage, from->child[i], false);
  if (lineage.unknown)
    return;
  add_condition(&lineage, select->child[SELECT_WHERE], everything(&lineage),
                (struct side){0, 0});
  print_relations(json, &lineage);
  print_equalities(json, &lineage);
  print_constants(json, &lineage);
  print_columns(json, &lineage, select->child[SELECT_RESULTS]);
  print_groups(json, &lineage, select);
}
