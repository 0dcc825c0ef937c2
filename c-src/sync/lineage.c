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

/* A column of one of them; relation -1: it is not known of which. */
struct place {
  int relation;
  const char *column;
};

/* A value of `from` is one of `to` in every row that has one of `from`. */
struct equality {
  struct place from, to;
};

/* A value of a column has this text in every row that has one. */
struct constant {
  struct place place;
  const char *value;
};

struct lineage {
  bool unknown; /* nothing can be told */
  int count, equality_count, constant_count;
  struct occurrence relations[LINEAGE_RELATIONS];
  struct equality equalities[LINEAGE_EQUALITIES];
  struct constant constants[LINEAGE_CONSTANTS];
};

/* A part of FROM: relations from `first` on, before `end`. */
struct side {
  int first, end;
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
  if (!name)
    return lineage->count == 1 ? 0 : -1;
  for (int i = 0; i < lineage->count; i++)
    if (is_called(&lineage->relations[i], name))
      return i;
  return -1;
}

static struct place find_place(const struct lineage *lineage,
                               const struct sql_node *node) {
  if (node->kind != SQL_COLUMN)
    return (struct place){-1, NULL};
  return (struct place){find_relation(lineage, node->child[0]), node->text};
}

/* --- FROM -------------------------------------------------------------------------------------- */

static bool is_within(struct place place, struct side side) {
  return place.relation >= side.first && place.relation < side.end;
}

static void add_equality(struct lineage *lineage, struct place from, struct place to) {
  if (lineage->equality_count < LINEAGE_EQUALITIES)
    lineage->equalities[lineage->equality_count++] = (struct equality){from, to};
}

/* Both values are equal wherever those of `optional` are in the row: there may be rows of the others without them. */
static void add_pair(struct lineage *lineage, struct place a, struct place b,
                     struct side optional) {
  bool always = optional.first == optional.end;
  if (a.relation < 0 || b.relation < 0 || a.relation == b.relation)
    return;
  if (always || is_within(a, optional))
    add_equality(lineage, a, b);
  if (always || is_within(b, optional))
    add_equality(lineage, b, a);
}

static void add_constant(struct lineage *lineage, struct place place,
                         const struct sql_node *value, struct side optional) {
  const char *text = equality_constant(value);
  bool holds = optional.first == optional.end || is_within(place, optional);
  if (text && place.relation >= 0 && holds &&
      lineage->constant_count < LINEAGE_CONSTANTS)
    lineage->constants[lineage->constant_count++] = (struct constant){place, text};
}

static void add_condition(struct lineage *lineage, const struct sql_node *condition,
                          struct side optional) {
  if (!condition || condition->kind != SQL_BINARY)
    return;
  const struct sql_node *left = condition->child[LEFT];
  const struct sql_node *right = condition->child[RIGHT];
  if (strcmp(condition->text, "and") == 0) {
    add_condition(lineage, left, optional);
    add_condition(lineage, right, optional);
  } else if (strcmp(condition->text, "=") == 0) {
    add_pair(lineage, find_place(lineage, left), find_place(lineage, right), optional);
    add_constant(lineage, find_place(lineage, left), right, optional);
    add_constant(lineage, find_place(lineage, right), left, optional);
  }
}

/* USING names a column of each side; of a side that is a join itself it is not known of which relation. */
static void add_using(struct lineage *lineage, const struct sql_node *names,
                      struct side left, struct side right, struct side optional) {
  if (left.end - left.first != 1 || right.end - right.first != 1)
    return;
  for (uint32_t i = 0; names && i < names->count; i++) {
    const char *column = names->child[i]->text;
    add_pair(lineage, (struct place){left.first, column},
             (struct place){right.first, column}, optional);
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
  add_condition(lineage, join->child[JOIN_ON], optional);
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

/* `"relation":0,"column":"id"`, or nothing where it is not known. */
static void print_place(struct buffer *json, struct place place, const char *relation,
                        const char *column) {
  if (place.relation >= 0)
    buffer_format(json, "\"%s\":%d,\"%s\":%j", relation, place.relation, column,
                  place.column);
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
    buffer_character(json, '}');
  }
}

static void print_constants(struct buffer *json, const struct lineage *lineage) {
  buffer_text(json, "],\"constants\":[");
  for (int i = 0; i < lineage->constant_count; i++) {
    buffer_text(json, i > 0 ? ",{" : "{");
    print_place(json, lineage->constants[i].place, "relation", "column");
    buffer_format(json, ",\"value\":%j}", lineage->constants[i].value);
  }
}

/* A star is a column of that name: of one relation, or, without one, of all. */
static struct place result_place(const struct lineage *lineage,
                                 const struct sql_node *value) {
  if (value->kind != SQL_STAR)
    return find_place(lineage, value);
  return (struct place){value->child[0] ? find_relation(lineage, value->child[0]) : -1,
                        "*"};
}

static void print_columns(struct buffer *json, const struct lineage *lineage,
                          const struct sql_node *results) {
  buffer_text(json, "],\"columns\":[");
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *value = results->child[i]->child[0];
    const char *name = results->child[i]->text;
    struct place place = result_place(lineage, value);
    buffer_text(json, i > 0 ? ",{" : "{");
    if (place.relation < 0 && value->kind == SQL_STAR)
      buffer_text(json, "\"column\":\"*\"");
    else
      print_place(json, place, "relation", "column");
    if (name && place.relation >= 0)
      buffer_format(json, ",\"name\":%j", name);
    buffer_character(json, '}');
  }
}

/* What GROUP BY names: a column, or a result by its number or its name. */
static struct place group_place(const struct lineage *lineage,
                                const struct sql_node *item,
                                const struct sql_node *results) {
  struct place place = find_place(lineage, item);
  if (item->kind == SQL_INTEGER) {
    unsigned long number = strtoul(item->text, NULL, 10);
    return number >= 1 && number <= results->count
               ? find_place(lineage, results->child[number - 1]->child[0])
               : place;
  }
  if (item->kind != SQL_COLUMN || item->child[0] || place.relation >= 0)
    return place;
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *value = results->child[i]->child[0];
    const char *name = results->child[i]->text;
    if (!name && value->kind == SQL_COLUMN)
      name = value->text;
    if (name && strcmp(name, item->text) == 0)
      return find_place(lineage, value);
  }
  return place;
}

static void print_groups(struct buffer *json, const struct lineage *lineage,
                         const struct sql_node *select) {
  const struct sql_node *items = select->child[SELECT_GROUP];
  buffer_text(json, "],\"groups\":[");
  for (uint32_t i = 0; items && i < items->count; i++) {
    buffer_text(json, i > 0 ? ",{" : "{");
    print_place(json,
                group_place(lineage, items->child[i], select->child[SELECT_RESULTS]),
                "relation", "column");
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
  add_condition(&lineage, select->child[SELECT_WHERE], (struct side){0, 0});
  print_relations(json, &lineage);
  print_equalities(json, &lineage);
  print_constants(json, &lineage);
  print_columns(json, &lineage, select->child[SELECT_RESULTS]);
  print_groups(json, &lineage, select);
}
