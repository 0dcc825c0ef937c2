/* Queries and what stands in FROM to text. */
#include "sql/print_internal.h"

#include <string.h>

#include "sql/walk.h"

static bool is_sqlite(const struct printer *printer) {
  return printer->dialect == SQL_DIALECT_SQLITE;
}

void print_clause(struct printer *printer, const char *keyword,
                  const struct sql_node *expression) {
  if (expression == NULL)
    return;
  print_text(printer, keyword);
  print_expression(printer, expression);
}

void print_subquery(struct printer *printer, const struct sql_node *query) {
  bool restricted = printer->restricted;
  printer->restricted = false;
  print_text(printer, "(");
  print_node(printer, query);
  print_text(printer, ")");
  printer->restricted = restricted;
}

/* --- relations --- */

/* A name, or of a function that returns records a name and a type. */
static void print_alias_column(struct printer *printer, const struct sql_node *column) {
  print_identifier(printer, column->text);
  if (column->kind != SQL_COLUMN_DEFINITION)
    return;
  print_only_postgres(printer, column, "a column definition list");
  print_text(printer, " ");
  print_type(printer, column->child[0]);
}

static void print_alias(struct printer *printer, const struct sql_node *reference) {
  const struct sql_node *columns = reference->child[REFERENCE_COLUMNS];
  if (reference->text != NULL || columns != NULL)
    print_text(printer, " AS");
  if (reference->text != NULL) {
    print_text(printer, " ");
    print_identifier(printer, reference->text);
  }
  if (columns != NULL) {
    if (is_sqlite(printer))
      print_refuse(printer, reference, "column names of an alias");
    print_text(printer, " ");
    print_in_parentheses(printer, columns, print_alias_column);
  }
}

#define UNNAMED "unnamed_subquery_"

/* Raises the number to that of a name like ours which the statement has itself. */
static enum sql_walk pass_name(const struct sql_node *node, void *context) {
  uint32_t *unnamed = context, number = 0;
  if (node->text == NULL || strncmp(node->text, UNNAMED, strlen(UNNAMED)) != 0)
    return SQL_WALK_ON;
  const char *c = node->text + strlen(UNNAMED);
  for (; *c >= '0' && *c <= '9' && number < UINT32_MAX / 100; c++)
    number = number * 10 + (uint32_t)(*c - '0');
  if (*c == '\0' && number > *unnamed)
    *unnamed = number;
  return SQL_WALK_ON;
}

/* PostgreSQL before 16 and MariaDB want an alias for each subquery; nothing else may mean it. */
static void print_unused_alias(struct printer *printer) {
  if (printer->unnamed == 0)
    sql_walk(printer->root, pass_name, &printer->unnamed);
  buffer_format(printer->out, " AS " UNNAMED "%u", ++printer->unnamed);
}

static void print_lateral(struct printer *printer, const struct sql_node *reference) {
  if ((reference->flags & SQL_LATERAL) == 0)
    return;
  /* In SQLite a table-valued function sees what is left of it anyway; a subquery never does. */
  if (!is_sqlite(printer))
    print_text(printer, "LATERAL ");
  else if (reference->kind == SQL_SUBQUERY_REFERENCE)
    print_refuse(printer, reference, "LATERAL");
}

static void print_function_reference(struct printer *printer,
                                     const struct sql_node *reference) {
  if (printer->dialect == SQL_DIALECT_MYSQL)
    print_refuse(printer, reference, "a function in FROM");
  print_lateral(printer, reference);
  const struct sql_node *source = reference->child[REFERENCE_SOURCE];
  if (source->kind == SQL_LIST) {
    print_only_postgres(printer, reference, "ROWS FROM");
    print_text(printer, "ROWS FROM ");
    print_in_parentheses(printer, source, print_call);
  } else {
    print_call(printer, source);
  }
  if ((reference->flags & SQL_ORDINALITY) != 0) {
    print_only_postgres(printer, reference, "WITH ORDINALITY");
    print_text(printer, " WITH ORDINALITY");
  }
  print_alias(printer, reference);
}

/* MariaDB can name the columns of a WITH query, and not those of a relation in FROM. */
static void print_renamed(struct printer *printer, const struct sql_node *reference) {
  const struct sql_node *source = reference->child[REFERENCE_SOURCE];
  if ((reference->flags & SQL_LATERAL) != 0)
    print_refuse(printer, reference, "LATERAL with names of columns");
  print_text(printer, "(WITH ");
  print_identifier(printer, reference->text);
  print_text(printer, " ");
  print_in_parentheses(printer, reference->child[REFERENCE_COLUMNS],
                       print_alias_column);
  print_text(printer, " AS ");
  if (reference->kind == SQL_SUBQUERY_REFERENCE) {
    print_subquery(printer, source);
  } else {
    print_text(printer, "(SELECT * FROM ");
    print_name(printer, source);
    print_text(printer, ")");
  }
  print_text(printer, " SELECT * FROM ");
  print_identifier(printer, reference->text);
  print_text(printer, ") AS ");
  print_identifier(printer, reference->text);
}

static void print_join_word(struct printer *printer, const struct sql_node *join) {
  static const char *const words[] = {" JOIN ", " LEFT JOIN ", " RIGHT JOIN ",
                                      " FULL JOIN ", " CROSS JOIN "};
  static const char *const natural[] = {" NATURAL JOIN ", " NATURAL LEFT JOIN ",
                                        " NATURAL RIGHT JOIN ", " NATURAL FULL JOIN "};
  bool unconditional = join->child[JOIN_ON] == NULL && join->child[JOIN_USING] == NULL;
  if (join->op == SQL_FULL_OUTER && printer->dialect == SQL_DIALECT_MYSQL)
    print_refuse(printer, join, "FULL JOIN");
  if ((join->flags & SQL_NATURAL) != 0)
    print_text(printer, natural[join->op]);
  else if (join->op == SQL_CROSS && is_sqlite(printer))
    /* To SQLite CROSS is advice not to reorder; the plain word means the same rows. */
    print_text(printer, words[SQL_INNER]);
  else if (join->op == SQL_INNER && unconditional && !is_sqlite(printer))
    print_text(printer, words[SQL_CROSS]);
  else
    print_text(printer, words[join->op]);
}

static void print_join(struct printer *printer, const struct sql_node *join) {
  const struct sql_node *right = join->child[JOIN_RIGHT];
  print_relation(printer, join->child[JOIN_LEFT]);
  print_join_word(printer, join);
  if (right->kind == SQL_JOIN)
    print_text(printer, "(");
  print_relation(printer, right);
  if (right->kind == SQL_JOIN)
    print_text(printer, ")");
  bool outer = join->op == SQL_LEFT_OUTER || join->op == SQL_RIGHT_OUTER ||
               join->op == SQL_FULL_OUTER;
  print_clause(printer, " ON ", join->child[JOIN_ON]);
  if (join->child[JOIN_USING] != NULL) {
    print_text(printer, " USING ");
    print_in_parentheses(printer, join->child[JOIN_USING], print_name);
  } else if (outer && join->child[JOIN_ON] == NULL &&
             (join->flags & SQL_NATURAL) == 0) {
    print_text(printer, " ON TRUE");
  }
}

static bool is_renamed(const struct sql_node *relation) {
  return (relation->kind == SQL_SUBQUERY_REFERENCE ||
          relation->kind == SQL_TABLE_REFERENCE) &&
         relation->text != NULL && relation->child[REFERENCE_COLUMNS] != NULL;
}

void print_relation(struct printer *printer, const struct sql_node *relation) {
  if (printer->dialect == SQL_DIALECT_MYSQL && is_renamed(relation)) {
    print_renamed(printer, relation);
    return;
  }
  switch (relation->kind) {
  case SQL_JOIN: print_join(printer, relation); break;
  case SQL_FUNCTION_REFERENCE: print_function_reference(printer, relation); break;
  case SQL_SUBQUERY_REFERENCE:
    print_lateral(printer, relation);
    print_subquery(printer, relation->child[REFERENCE_SOURCE]);
    if (relation->text == NULL && printer->server)
      print_unused_alias(printer);
    else
      print_alias(printer, relation);
    break;
  default:
    print_name(printer, relation->child[REFERENCE_SOURCE]);
    print_alias(printer, relation);
  }
}

/* --- SELECT, VALUES, TABLE --- */

void print_result(struct printer *printer, const struct sql_node *result) {
  print_expression(printer, result->child[0]);
  if (result->text != NULL) {
    print_text(printer, " AS ");
    print_identifier(printer, result->text);
  }
}

static void print_named_window(struct printer *printer, const struct sql_node *window) {
  print_identifier(printer, window->text);
  print_text(printer, " AS ");
  print_window(printer, window->child[0]);
}

static void print_distinct(struct printer *printer, const struct sql_node *select) {
  if ((select->flags & SQL_DISTINCT) == 0)
    return;
  print_text(printer, "DISTINCT ");
  if (select->child[SELECT_DISTINCT_ON] == NULL)
    return;
  print_only_postgres(printer, select, "DISTINCT ON");
  print_text(printer, "ON ");
  print_in_parentheses(printer, select->child[SELECT_DISTINCT_ON], print_expression);
  print_text(printer, " ");
}

static void print_group(struct printer *printer, const struct sql_node *group) {
  if (group == NULL)
    return;
  print_text(printer, " GROUP BY ");
  const struct sql_node *first = group->child[0];
  bool rollup = printer->dialect == SQL_DIALECT_MYSQL && group->count == 1 &&
                first->kind == SQL_GROUPING && first->op == SQL_ROLLUP;
  print_list(printer, rollup ? first : group, print_expression);
  if (rollup)
    print_text(printer, " WITH ROLLUP");
}

static void print_select(struct printer *printer, const struct sql_node *select) {
  print_text(printer, "SELECT ");
  print_distinct(printer, select);
  print_list(printer, select->child[SELECT_RESULTS], print_result);
  if (select->child[SELECT_FROM] != NULL) {
    print_text(printer, " FROM ");
    print_list(printer, select->child[SELECT_FROM], print_relation);
  }
  print_clause(printer, " WHERE ", select->child[SELECT_WHERE]);
  print_group(printer, select->child[SELECT_GROUP]);
  print_clause(printer, " HAVING ", select->child[SELECT_HAVING]);
  if (select->child[SELECT_WINDOWS] != NULL) {
    print_text(printer, " WINDOW ");
    print_list(printer, select->child[SELECT_WINDOWS], print_named_window);
  }
}

static void print_values_row(struct printer *printer, const struct sql_node *row) {
  print_in_parentheses(printer, row, print_expression);
}

static void print_mysql_row(struct printer *printer, const struct sql_node *row) {
  print_text(printer, "ROW");
  print_in_parentheses(printer, row, print_expression);
}

static void print_values(struct printer *printer, const struct sql_node *values) {
  bool word = printer->dialect == SQL_DIALECT_MYSQL && !printer->insert_source;
  printer->insert_source = false;
  print_text(printer, "VALUES ");
  print_list(printer, values, word ? print_mysql_row : print_values_row);
}

/* PostgreSQL alone is sure to know TABLE: SQLite and MariaDB do not. */
static void print_table(struct printer *printer, const struct sql_node *table) {
  bool known = printer->dialect == SQL_DIALECT_POSTGRES;
  print_text(printer, known ? "TABLE " : "SELECT * FROM ");
  print_name(printer, table->child[0]);
}

/* --- set operations --- */

/* INTERSECT binds tighter; the others are equal and associate to the left. */
static int set_level(const struct sql_node *body) {
  if (body->kind == SQL_SET_OPERATION)
    return body->op == SQL_INTERSECT ? 2 : 1;
  return body->kind == SQL_QUERY ? 0 : 3;
}

/* SQLite knows neither parentheses here nor precedence: whatever would need them becomes a subquery in FROM. */
static void print_member(struct printer *printer, const struct sql_node *body,
                         bool parentheses) {
  if (!parentheses) {
    print_body(printer, body);
    return;
  }
  if (is_sqlite(printer))
    print_text(printer, "SELECT * FROM ");
  print_text(printer, "(");
  print_body(printer, body);
  print_text(printer, ")");
}

static void print_set_operation(struct printer *printer, const struct sql_node *node) {
  static const char *const words[] = {" UNION ", " INTERSECT ", " EXCEPT "};
  const struct sql_node *left = node->child[BODY_LEFT],
                        *right = node->child[BODY_RIGHT];
  int level = set_level(node);
  bool all = (node->flags & SQL_ALL) != 0;
  if (all && is_sqlite(printer) && node->op != SQL_UNION)
    print_refuse(printer, node, "INTERSECT ALL or EXCEPT ALL");
  bool left_bare = is_sqlite(printer) ? set_level(left) > 0 : set_level(left) >= level;
  bool right_bare =
      is_sqlite(printer) ? set_level(right) == 3 : set_level(right) > level;
  print_member(printer, left, !left_bare);
  print_text(printer, words[node->op]);
  if (all)
    print_text(printer, "ALL ");
  print_member(printer, right, !right_bare);
}

void print_body(struct printer *printer, const struct sql_node *body) {
  switch (body->kind) {
  case SQL_SELECT: print_select(printer, body); break;
  case SQL_VALUES: print_values(printer, body); break;
  case SQL_TABLE: print_table(printer, body); break;
  case SQL_SET_OPERATION: print_set_operation(printer, body); break;
  default: print_node(printer, body);
  }
}

/* --- the query around them --- */

static void print_cte(struct printer *printer, const struct sql_node *cte) {
  print_identifier(printer, cte->text);
  if (cte->child[CTE_COLUMNS] != NULL) {
    print_text(printer, " ");
    print_in_parentheses(printer, cte->child[CTE_COLUMNS], print_name);
  }
  print_text(printer, " AS ");
  if (printer->dialect != SQL_DIALECT_MYSQL) {
    if ((cte->flags & SQL_MATERIALIZED) != 0)
      print_text(printer, "MATERIALIZED ");
    if ((cte->flags & SQL_NOT_MATERIALIZED) != 0)
      print_text(printer, "NOT MATERIALIZED ");
  }
  if (cte->child[CTE_STATEMENT]->kind != SQL_QUERY)
    print_only_postgres(printer, cte, "a write in WITH");
  print_subquery(printer, cte->child[CTE_STATEMENT]);
}

void print_with(struct printer *printer, const struct sql_node *with) {
  if (with == NULL)
    return;
  print_text(printer, (with->flags & SQL_RECURSIVE) != 0 ? "WITH RECURSIVE " : "WITH ");
  print_list(printer, with, print_cte);
  print_text(printer, " ");
}

static void print_limit(struct printer *printer, const struct sql_node *query) {
  const struct sql_node *limit = query->child[QUERY_LIMIT];
  const struct sql_node *offset = query->child[QUERY_OFFSET];
  if (query->flags & SQL_TIES) {
    print_only_postgres(printer, query, "WITH TIES");
    print_clause(printer, " OFFSET ", offset);
    print_clause(printer, " FETCH FIRST (", limit);
    print_text(printer, ") ROWS WITH TIES");
    return;
  }
  print_clause(printer, " LIMIT ", limit);
  if (limit == NULL && offset != NULL) {
    /* Neither knows OFFSET by itself. */
    if (is_sqlite(printer))
      print_text(printer, " LIMIT -1");
    else if (printer->dialect == SQL_DIALECT_MYSQL)
      print_text(printer, " LIMIT 18446744073709551615");
  }
  print_clause(printer, " OFFSET ", offset);
}

static void print_locking_clause(struct printer *printer,
                                 const struct sql_node *clause) {
  if (clause->op != SQL_FOR_UPDATE && clause->op != SQL_FOR_SHARE)
    print_only_postgres(printer, clause, "a lock of keys");
  print_text(printer, " ");
  print_text(printer, sql_locking_text(clause));
  if (clause->child[LOCKING_RELATIONS] != NULL) {
    print_text(printer, " OF ");
    print_list(printer, clause->child[LOCKING_RELATIONS], print_name);
  }
  if ((clause->flags & SQL_NOWAIT) != 0)
    print_text(printer, " NOWAIT");
  if ((clause->flags & SQL_SKIP_LOCKED) != 0)
    print_text(printer, " SKIP LOCKED");
}

static void print_locking(struct printer *printer, const struct sql_node *query) {
  const struct sql_node *locking = query->child[QUERY_LOCKING];
  if (locking != NULL && is_sqlite(printer))
    print_refuse(printer, query, "locking rows");
  for (uint32_t i = 0; locking != NULL && i < locking->count; i++)
    print_locking_clause(printer, locking->child[i]);
}

void print_query(struct printer *printer, const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  bool tail = query->child[QUERY_ORDER] != NULL || query->child[QUERY_LIMIT] != NULL ||
              query->child[QUERY_OFFSET] != NULL;
  /* SQLite lets nothing follow VALUES. */
  bool nested = body->kind == SQL_QUERY ||
                (body->kind == SQL_VALUES && tail && is_sqlite(printer));
  print_with(printer, query->child[QUERY_WITH]);
  print_member(printer, body, nested);
  if (query->child[QUERY_ORDER] != NULL) {
    print_text(printer, " ORDER BY ");
    print_list(printer, query->child[QUERY_ORDER], print_order);
  }
  print_limit(printer, query);
  print_locking(printer, query);
}
