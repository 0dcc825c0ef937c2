/* INSERT, UPDATE, DELETE, MERGE and TRUNCATE to text. */
#include <string.h>

#include "sql/print_internal.h"
#include "sql/walk.h"

static void print_returning(struct printer *printer, const struct sql_node *results) {
  if (results == NULL)
    return;
  if (printer->dialect == SQL_DIALECT_MYSQL)
    print_refuse(printer, results, "RETURNING");
  print_text(printer, " RETURNING ");
  print_list(printer, results, print_result);
}

static void print_assignment(struct printer *printer,
                             const struct sql_node *assignment) {
  const struct sql_node *columns = assignment->child[ASSIGN_COLUMNS];
  if (columns->count == 1) {
    print_name(printer, columns->child[0]);
  } else {
    if (printer->dialect == SQL_DIALECT_MYSQL)
      print_refuse(printer, assignment, "assigning to several columns at once");
    print_in_parentheses(printer, columns, print_name);
  }
  print_text(printer, " = ");
  print_expression(printer, assignment->child[ASSIGN_VALUE]);
}

/* --- INSERT --- */

static void print_conflict_item(struct printer *printer, const struct sql_node *item) {
  /* A column, perhaps with a collation; anything else in parentheses. */
  const struct sql_node *subject = item->kind == SQL_COLLATE ? item->child[0] : item;
  if (subject->kind == SQL_COLUMN)
    print_expression(printer, item);
  else
    print_operand(printer, item, (enum level)(LEVEL_PRIMARY + 1));
}

static void print_conflict_postgres(struct printer *printer,
                                    const struct sql_node *conflict) {
  print_text(printer, " ON CONFLICT");
  if (conflict->text != NULL) {
    print_only_postgres(printer, conflict, "ON CONSTRAINT");
    print_text(printer, " ON CONSTRAINT ");
    print_identifier(printer, conflict->text);
  }
  if (conflict->child[CONFLICT_TARGET] != NULL) {
    print_text(printer, " ");
    print_in_parentheses(printer, conflict->child[CONFLICT_TARGET],
                         print_conflict_item);
    print_clause(printer, " WHERE ", conflict->child[CONFLICT_WHERE]);
  }
  if (conflict->op == SQL_DO_NOTHING) {
    print_text(printer, " DO NOTHING");
    return;
  }
  print_text(printer, " DO UPDATE SET ");
  print_list(printer, conflict->child[CONFLICT_SET], print_assignment);
  print_clause(printer, " WHERE ", conflict->child[CONFLICT_SET_WHERE]);
}

/* MySQL reacts to any key, and has no condition. */
static void print_conflict_mysql(struct printer *printer,
                                 const struct sql_node *conflict) {
  if (conflict->child[CONFLICT_TARGET] != NULL || conflict->text != NULL ||
      conflict->child[CONFLICT_SET_WHERE] != NULL)
    print_refuse(printer, conflict, "ON CONFLICT with a target or a condition");
  if (conflict->op == SQL_DO_NOTHING)
    return;
  print_text(printer, " ON DUPLICATE KEY UPDATE ");
  printer->duplicate = true;
  print_list(printer, conflict->child[CONFLICT_SET], print_assignment);
  printer->duplicate = false;
}

static void print_conflict(struct printer *printer, const struct sql_node *conflict) {
  if (conflict == NULL)
    return;
  if (printer->dialect == SQL_DIALECT_MYSQL)
    print_conflict_mysql(printer, conflict);
  else
    print_conflict_postgres(printer, conflict);
}

static void print_insert_verb(struct printer *printer, const struct sql_node *insert) {
  const struct sql_node *conflict = insert->child[INSERT_CONFLICT];
  bool mysql = printer->dialect == SQL_DIALECT_MYSQL;
  bool ignores = mysql && conflict != NULL && conflict->op == SQL_DO_NOTHING;
  if (insert->op != SQL_INSERT_PLAIN && printer->dialect == SQL_DIALECT_POSTGRES)
    print_refuse(printer, insert, "INSERT OR and REPLACE");
  if (insert->op == SQL_INSERT_REPLACE)
    print_text(printer, mysql ? "REPLACE INTO " : "INSERT OR REPLACE INTO ");
  else if (insert->op == SQL_INSERT_IGNORE)
    print_text(printer, mysql ? "INSERT IGNORE INTO " : "INSERT OR IGNORE INTO ");
  else
    print_text(printer, ignores ? "INSERT IGNORE INTO " : "INSERT INTO ");
}

/* In `INSERT … SELECT … FROM t ON CONFLICT` SQLite takes ON for a join's: a WHERE keeps them apart. */
static bool needs_where(const struct printer *printer, const struct sql_node *insert) {
  const struct sql_node *query = insert->child[INSERT_SOURCE];
  if (printer->dialect != SQL_DIALECT_SQLITE ||
      insert->child[INSERT_CONFLICT] == NULL || query->kind != SQL_QUERY ||
      query->child[QUERY_ORDER] != NULL || query->child[QUERY_LIMIT] != NULL ||
      query->child[QUERY_OFFSET] != NULL || query->child[QUERY_LOCKING] != NULL)
    return false;
  const struct sql_node *body = query->child[QUERY_BODY];
  while (body->kind == SQL_SET_OPERATION)
    body = body->child[BODY_RIGHT];
  if (body->kind != SQL_SELECT)
    return body->kind != SQL_VALUES;
  return body->child[SELECT_WHERE] == NULL && body->child[SELECT_GROUP] == NULL &&
         body->child[SELECT_HAVING] == NULL && body->child[SELECT_WINDOWS] == NULL;
}

static void print_source(struct printer *printer, const struct sql_node *insert) {
  const struct sql_node *source = insert->child[INSERT_SOURCE];
  if (insert->child[INSERT_COLUMNS] != NULL) {
    print_text(printer, " ");
    print_in_parentheses(printer, insert->child[INSERT_COLUMNS], print_name);
  }
  if (source == NULL) {
    print_text(printer, printer->dialect == SQL_DIALECT_MYSQL ? " () VALUES ()"
                                                              : " DEFAULT VALUES");
    return;
  }
  if (insert->flags & SQL_EXPLICIT && printer->dialect == SQL_DIALECT_POSTGRES)
    print_text(printer, " OVERRIDING SYSTEM VALUE");
  if (insert->flags & SQL_OVERRIDING_USER && printer->dialect == SQL_DIALECT_POSTGRES)
    print_text(printer, " OVERRIDING USER VALUE");
  print_text(printer, " ");
  printer->insert_source = source->kind == SQL_QUERY &&
                           source->child[QUERY_BODY]->kind == SQL_VALUES &&
                           source->child[QUERY_WITH] == NULL;
  print_node(printer, source);
  printer->insert_source = false;
  if (needs_where(printer, insert))
    print_text(printer, " WHERE TRUE");
}

static void print_insert(struct printer *printer, const struct sql_node *insert) {
  if (insert->child[INSERT_WITH] != NULL && printer->dialect == SQL_DIALECT_MYSQL)
    print_refuse(printer, insert, "WITH before INSERT");
  print_with(printer, insert->child[INSERT_WITH]);
  print_insert_verb(printer, insert);
  if (insert->child[INSERT_TARGET]->text != NULL &&
      printer->dialect == SQL_DIALECT_MYSQL)
    print_refuse(printer, insert, "an alias of what is inserted into");
  print_relation(printer, insert->child[INSERT_TARGET]);
  print_source(printer, insert);
  print_conflict(printer, insert->child[INSERT_CONFLICT]);
  print_returning(printer, insert->child[INSERT_RETURNING]);
}

/* --- UPDATE, DELETE, TRUNCATE --- */

struct assigned {
  const struct sql_node *set;
  uint32_t count; /* of the assignments before */
};

static enum sql_walk find_assigned(const struct sql_node *node, void *context) {
  const struct assigned *assigned = context;
  for (uint32_t i = 0; node->kind == SQL_COLUMN && i < assigned->count; i++) {
    const struct sql_node *columns = assigned->set->child[i]->child[ASSIGN_COLUMNS];
    if (strcmp(columns->child[0]->text, node->text) == 0)
      return SQL_WALK_STOP;
  }
  return SQL_WALK_ON;
}

/* MySQL assigns one column after the other: what comes later would see what came before. */
static void check_assignments(struct printer *printer, const struct sql_node *set) {
  for (uint32_t i = 1; printer->dialect == SQL_DIALECT_MYSQL && i < set->count; i++) {
    struct assigned assigned = {set, i};
    if (!sql_walk(set->child[i]->child[ASSIGN_VALUE], find_assigned, &assigned))
      print_refuse(printer, set->child[i],
                   "a value that depends on a column assigned before it");
  }
}

/* What a target is called in its statement. */
static void print_target_name(struct printer *printer, const struct sql_node *target) {
  if (target->text != NULL)
    print_identifier(printer, target->text);
  else
    print_name(printer, target->child[REFERENCE_SOURCE]);
}

/* t.a = …: of several tables MySQL has to be told which is meant. */
static void print_own_assignments(struct printer *printer,
                                  const struct sql_node *update) {
  const struct sql_node *set = update->child[UPDATE_SET];
  for (uint32_t i = 0; i < set->count; i++) {
    print_text(printer, i > 0 ? ", " : "");
    if (set->child[i]->child[ASSIGN_COLUMNS]->child[0]->child[NAME_SCHEMA] == NULL) {
      print_target_name(printer, update->child[UPDATE_TARGET]);
      print_text(printer, ".");
    }
    print_assignment(printer, set->child[i]);
  }
}

/* UPDATE t, u SET t.a = u.b WHERE …. A row that meets several is updated once, as in PostgreSQL, with one of them. */
static void print_joined_update(struct printer *printer,
                                const struct sql_node *update) {
  print_with(printer, update->child[UPDATE_WITH]);
  print_text(printer, "UPDATE ");
  print_relation(printer, update->child[UPDATE_TARGET]);
  print_text(printer, ", ");
  print_list(printer, update->child[UPDATE_FROM], print_relation);
  print_text(printer, " SET ");
  print_own_assignments(printer, update);
  print_clause(printer, " WHERE ", update->child[UPDATE_WHERE]);
  print_returning(printer, update->child[UPDATE_RETURNING]);
}

/* The rows that a query finds, of several tables or in an order: MySQL's only. */
static const struct sql_node *rows_of(const struct sql_node *others) {
  return others != NULL && others->kind == SQL_QUERY ? others : NULL;
}

/* The target stands among them, or, in a statement that is as it was read, by itself. */
static void print_tables(struct printer *printer, const struct sql_node *rows,
                         const struct sql_node *target) {
  const struct sql_node *from = rows->child[QUERY_BODY]->child[SELECT_FROM];
  if (from != NULL)
    print_list(printer, from, print_relation);
  else
    print_relation(printer, target);
}

/* Of several tables MySQL has no order. */
static void print_order_of_rows(struct printer *printer, const struct sql_node *rows) {
  print_clause(printer, " WHERE ", rows->child[QUERY_BODY]->child[SELECT_WHERE]);
  if (rows->child[QUERY_ORDER] != NULL) {
    print_text(printer, " ORDER BY ");
    print_list(printer, rows->child[QUERY_ORDER], print_order);
  }
  print_clause(printer, " LIMIT ", rows->child[QUERY_LIMIT]);
}

static void print_update_of_rows(struct printer *printer,
                                 const struct sql_node *update) {
  const struct sql_node *rows = rows_of(update->child[UPDATE_FROM]);
  if (printer->dialect != SQL_DIALECT_MYSQL)
    print_refuse(printer, update, "UPDATE with outer joins, ORDER BY or LIMIT");
  print_with(printer, update->child[UPDATE_WITH]);
  print_text(printer, "UPDATE ");
  print_tables(printer, rows, update->child[UPDATE_TARGET]);
  print_text(printer, " SET ");
  print_own_assignments(printer, update);
  print_order_of_rows(printer, rows);
}

/* As MySQL's was read: which tables are written SET says. */
static void print_update_of_tables(struct printer *printer,
                                   const struct sql_node *update) {
  if (printer->dialect != SQL_DIALECT_MYSQL)
    print_refuse(printer, update, "UPDATE of several tables");
  print_with(printer, update->child[UPDATE_WITH]);
  print_text(printer, "UPDATE ");
  print_list(printer, update->child[UPDATE_FROM], print_relation);
  print_text(printer, " SET ");
  print_list(printer, update->child[UPDATE_SET], print_assignment);
  print_clause(printer, " WHERE ", update->child[UPDATE_WHERE]);
}

static void print_update(struct printer *printer, const struct sql_node *update) {
  check_assignments(printer, update->child[UPDATE_SET]);
  if (update->child[UPDATE_TARGET] == NULL) {
    print_update_of_tables(printer, update);
    return;
  }
  if (rows_of(update->child[UPDATE_FROM])) {
    print_update_of_rows(printer, update);
    return;
  }
  if (printer->dialect == SQL_DIALECT_MYSQL && update->child[UPDATE_FROM] != NULL) {
    print_joined_update(printer, update);
    return;
  }
  print_with(printer, update->child[UPDATE_WITH]);
  print_text(printer, "UPDATE ");
  print_relation(printer, update->child[UPDATE_TARGET]);
  print_text(printer, " SET ");
  print_list(printer, update->child[UPDATE_SET], print_assignment);
  if (update->child[UPDATE_FROM] != NULL) {
    print_text(printer, " FROM ");
    print_list(printer, update->child[UPDATE_FROM], print_relation);
  }
  print_clause(printer, " WHERE ", update->child[UPDATE_WHERE]);
  print_returning(printer, update->child[UPDATE_RETURNING]);
}

static const char *called(const struct sql_node *reference) {
  return reference->text != NULL ? reference->text
                                 : reference->child[REFERENCE_SOURCE]->text;
}

/* Is the target among the relations, as MySQL writes it? */
static bool has_target(const struct sql_node *relation, const struct sql_node *target) {
  if (relation->kind == SQL_JOIN)
    return has_target(relation->child[JOIN_LEFT], target) ||
           has_target(relation->child[JOIN_RIGHT], target);
  return relation->kind == SQL_TABLE_REFERENCE &&
         strcmp(called(relation), called(target)) == 0;
}

/* DELETE t FROM t, u WHERE … */
static void print_joined_delete(struct printer *printer,
                                const struct sql_node *delete_) {
  print_with(printer, delete_->child[DELETE_WITH]);
  print_text(printer, "DELETE ");
  print_target_name(printer, delete_->child[DELETE_TARGET]);
  print_text(printer, " FROM ");
  const struct sql_node *others = delete_->child[DELETE_USING];
  bool there = false;
  for (uint32_t i = 0; i < others->count; i++)
    there = there || has_target(others->child[i], delete_->child[DELETE_TARGET]);
  if (!there) {
    print_relation(printer, delete_->child[DELETE_TARGET]);
    print_text(printer, ", ");
  }
  print_list(printer, others, print_relation);
  print_clause(printer, " WHERE ", delete_->child[DELETE_WHERE]);
  print_returning(printer, delete_->child[DELETE_RETURNING]);
}

static void print_delete_of_rows(struct printer *printer,
                                 const struct sql_node *delete_) {
  const struct sql_node *rows = rows_of(delete_->child[DELETE_USING]);
  const struct sql_node *from = rows->child[QUERY_BODY]->child[SELECT_FROM];
  bool joined = from != NULL && (from->count > 1 || from->child[0]->kind == SQL_JOIN);
  if (printer->dialect != SQL_DIALECT_MYSQL)
    print_refuse(printer, delete_, "DELETE with outer joins, ORDER BY or LIMIT");
  print_with(printer, delete_->child[DELETE_WITH]);
  print_text(printer, "DELETE ");
  if (joined) {
    print_target_name(printer, delete_->child[DELETE_TARGET]);
    print_text(printer, " ");
  }
  print_text(printer, "FROM ");
  print_tables(printer, rows, delete_->child[DELETE_TARGET]);
  print_order_of_rows(printer, rows);
  print_returning(printer, delete_->child[DELETE_RETURNING]);
}

/* As MySQL's was read. */
static void print_delete_of_tables(struct printer *printer,
                                   const struct sql_node *delete_) {
  if (printer->dialect != SQL_DIALECT_MYSQL)
    print_refuse(printer, delete_, "DELETE from several tables");
  print_with(printer, delete_->child[DELETE_WITH]);
  print_text(printer, "DELETE ");
  print_list(printer, delete_->child[DELETE_TARGET], print_name);
  print_text(printer, " FROM ");
  print_list(printer, delete_->child[DELETE_USING], print_relation);
  print_clause(printer, " WHERE ", delete_->child[DELETE_WHERE]);
}

static void print_delete(struct printer *printer, const struct sql_node *delete_) {
  if (delete_->child[DELETE_TARGET]->kind == SQL_LIST) {
    print_delete_of_tables(printer, delete_);
    return;
  }
  if (rows_of(delete_->child[DELETE_USING])) {
    print_delete_of_rows(printer, delete_);
    return;
  }
  if (printer->dialect == SQL_DIALECT_MYSQL && delete_->child[DELETE_USING] != NULL) {
    print_joined_delete(printer, delete_);
    return;
  }
  print_with(printer, delete_->child[DELETE_WITH]);
  print_text(printer, "DELETE FROM ");
  print_relation(printer, delete_->child[DELETE_TARGET]);
  if (delete_->child[DELETE_USING] != NULL) {
    print_only_postgres(printer, delete_, "DELETE … USING");
    print_text(printer, " USING ");
    print_list(printer, delete_->child[DELETE_USING], print_relation);
  }
  print_clause(printer, " WHERE ", delete_->child[DELETE_WHERE]);
  print_returning(printer, delete_->child[DELETE_RETURNING]);
}

/* --- MERGE --- */

static void print_merge_action(struct printer *printer, const struct sql_node *action) {
  if (action == NULL) {
    print_text(printer, "DO NOTHING");
  } else if (action->kind == SQL_INSERT) {
    print_text(printer, "INSERT");
    print_source(printer, action);
  } else if (action->kind == SQL_UPDATE) {
    print_text(printer, "UPDATE SET ");
    print_list(printer, action->child[UPDATE_SET], print_assignment);
  } else {
    print_text(printer, "DELETE");
  }
}

static void print_merge_clause(struct printer *printer, const struct sql_node *clause) {
  static const char *const kinds[] = {" WHEN MATCHED", " WHEN NOT MATCHED",
                                      " WHEN NOT MATCHED BY SOURCE"};
  print_text(printer, kinds[clause->op]);
  print_clause(printer, " AND ", clause->child[MERGE_CONDITION]);
  print_text(printer, " THEN ");
  print_merge_action(printer, clause->child[MERGE_ACTION]);
}

static void print_merge(struct printer *printer, const struct sql_node *merge) {
  print_only_postgres(printer, merge, "MERGE");
  print_with(printer, merge->child[MERGE_WITH]);
  print_text(printer, "MERGE INTO ");
  print_relation(printer, merge->child[MERGE_TARGET]);
  print_text(printer, " USING ");
  print_relation(printer, merge->child[MERGE_SOURCE]);
  print_clause(printer, " ON ", merge->child[MERGE_ON]);
  for (uint32_t i = 0; i < merge->child[MERGE_CLAUSES]->count; i++)
    print_merge_clause(printer, merge->child[MERGE_CLAUSES]->child[i]);
  print_returning(printer, merge->child[MERGE_RETURNING]);
}

static void print_truncate(struct printer *printer, const struct sql_node *truncate) {
  if (printer->dialect == SQL_DIALECT_SQLITE)
    print_refuse(printer, truncate, "TRUNCATE");
  print_text(printer, "TRUNCATE TABLE ");
  print_list(printer, truncate->child[0], print_name);
  if (printer->dialect == SQL_DIALECT_MYSQL) {
    /* There it begins to count anew, and concerns one table. */
    if (truncate->child[0]->count > 1 || truncate->flags != SQL_RESTART_IDENTITY)
      print_refuse(printer, truncate,
                   "TRUNCATE of several tables, or without RESTART IDENTITY");
    return;
  }
  if ((truncate->flags & SQL_RESTART_IDENTITY) != 0)
    print_text(printer, " RESTART IDENTITY");
  if ((truncate->flags & SQL_CASCADE) != 0)
    print_text(printer, " CASCADE");
  if ((truncate->flags & SQL_RESTRICT) != 0)
    print_text(printer, " RESTRICT");
}

bool print_write(struct printer *printer, const struct sql_node *statement) {
  switch (statement->kind) {
  case SQL_INSERT: print_insert(printer, statement); return true;
  case SQL_ON_CONFLICT: print_conflict(printer, statement); return true;
  case SQL_UPDATE: print_update(printer, statement); return true;
  case SQL_ASSIGN: print_assignment(printer, statement); return true;
  case SQL_DELETE: print_delete(printer, statement); return true;
  case SQL_MERGE: print_merge(printer, statement); return true;
  case SQL_MERGE_CLAUSE: print_merge_clause(printer, statement); return true;
  case SQL_TRUNCATE: print_truncate(printer, statement); return true;
  default: return false;
  }
}
