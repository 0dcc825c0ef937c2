/* SQL that an extension runs itself. */
#include <stdarg.h>
#include <string.h>

#include "catalog/define.h"
#include "extension/internal.h"
#include "sql/parse.h"
#include "view/view.h"

int extension_nomem(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

int extension_without_position(struct database *database, int code) {
  if (code != TIDE_OK)
    database->error->position = ERROR_NO_POSITION;
  return code;
}

int extension_parse(struct database *database, struct arena *arena, const char *sql,
                    struct sql_node **statement) {
  size_t consumed;
  int code = sql_parse(arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, statement,
                       &consumed, database->error);
  if (code == TIDE_OK &&
      (*statement == NULL || sql[consumed + strspn(sql + consumed, " \t\r\n;")] != 0))
    code = error_set(database->error, TIDE_ERROR_SYNTAX, "one statement is expected");
  return extension_without_position(database, code);
}

int extension_define_view(struct database *database, struct arena *arena,
                          const struct sql_node *statement, int64_t *id) {
  struct defined_view defined;
  int code = define_view(database, arena, statement, &defined);
  if (code != TIDE_OK)
    return code;
  view_forget_plans(database);
  *id = defined.id;
  if (statement->op == SQL_RUNTIME)
    return TIDE_OK;
  if (defined.replaced)
    code = view_clear_storage(database, defined.id);
  return code == TIDE_OK ? view_create_storage(database, defined.id, defined.with_data)
                         : code;
}

static int drop(struct database *database, struct arena *arena,
                const struct sql_node *statement) {
  int64_t *ids = NULL;
  int count = 0;
  int code = define_drop_plan(database, arena, statement, &ids, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *relation = catalog_find_id(database, ids[i]);
    if (relation && relation->view)
      code = view_drop_storage(database, ids[i]);
    if (code == TIDE_OK)
      code = define_drop_relation(database, ids[i]);
  }
  view_forget_plans(database);
  return code;
}

int extension_define(struct database *database, struct arena *arena, const char *format,
                     ...) {
  struct buffer sql;
  struct sql_node *statement;
  const char *command;
  int64_t id;
  va_list arguments;
  va_start(arguments, format);
  buffer_init(&sql, database->memory);
  buffer_format_list(&sql, format, arguments);
  va_end(arguments);
  int code = sql.failed
                 ? extension_nomem(database)
                 : extension_parse(database, arena, buffer_string(&sql), &statement);
  buffer_deinit(&sql);
  if (code != TIDE_OK)
    return code;
  if (statement->kind == SQL_CREATE_VIEW)
    code = extension_define_view(database, arena, statement, &id);
  else if (statement->kind == SQL_DROP && statement->op != SQL_OBJECT_SCHEMA)
    code = drop(database, arena, statement);
  else
    code = define_execute(database, arena, statement, &command);
  return extension_without_position(database, code);
}

int extension_number(struct database *database, int64_t *number, const char *sql) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int code = database_query(database, &statement, sql, "");
  if (code == TIDE_OK)
    code = database_step(database, statement, &row);
  *number = code == TIDE_OK && row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  return code;
}
