/* May a value be one of a domain? The function that SQLite calls to know, and what it asks. */
#include "catalog/domain.h"

/* What VALUE means in a CHECK: the only column of a relation of its own. */
int domain_check_sql(struct definition *definition, const struct domain *domain,
                     const char *expression, struct buffer *out) {
  struct column value = {.position = 1, .name = "value", .type = domain->type};
  const struct relation values = {.kind = RELATION_TABLE,
                                  .schema = domain->schema,
                                  .name = domain->name,
                                  .column_count = 1,
                                  .columns = &value,
                                  .row_id = -1};
  return expression_sql(definition, &values, expression, TYPE(TYPE_BOOLEAN), out);
}

/* --- the constraints of a domain, and before them those of the domain that it is over --- */

static const struct domain *over(const struct database *database,
                                 const struct domain *domain) {
  return catalog_domain(database, domain->type);
}

static bool refuses_null(const struct database *database, const struct domain *domain) {
  for (; domain != NULL; domain = over(database, domain)) {
    if (domain->not_null)
      return true;
  }
  return false;
}

static int count_checks(const struct database *database, const struct domain *domain) {
  int count = 0;
  for (; domain != NULL; domain = over(database, domain))
    count += domain->check_count;
  return count;
}

/* The check of that index among all of them. */
static const struct domain_check *check_at(const struct database *database,
                                           const struct domain *domain, int index) {
  int before = count_checks(database, domain) - domain->check_count;
  return index < before ? check_at(database, over(database, domain), index)
                        : &domain->checks[index - before];
}

static int append_checks(struct definition *definition, const struct domain *domain,
                         int *index, struct buffer *out) {
  const struct domain *base = over(definition->database, domain);
  int code = base == NULL ? TIDE_OK : append_checks(definition, base, index, out);
  for (int i = 0; i < domain->check_count && code == TIDE_OK; i++) {
    buffer_text(out, " WHEN NOT (");
    code = domain_check_sql(definition, domain, domain->checks[i].expression, out);
    buffer_format(out, ") THEN %d", (*index)++);
  }
  return code;
}

/* A query that gives the index of the first check that its parameter violates, or NULL. The column has the collation of
 * its type, as that of a table would. */
static int prepare_test(struct database *database, struct domain *domain) {
  struct arena arena;
  struct buffer sql;
  struct definition definition = {database, &arena, database->error};
  const char *collation = type_collation(domain->type);
  int index = 0;
  arena_init(&arena, database->memory);
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "SELECT CASE");
  int code = append_checks(&definition, domain, &index, &sql);
  buffer_text(&sql, " END FROM (SELECT ?1");
  if (collation != NULL)
    buffer_format(&sql, " COLLATE %q", collation);
  buffer_text(&sql, " AS value)");
  if (code == TIDE_OK)
    code = sql.failed
               ? define_nomem(&definition)
               : database_prepare(database, buffer_string(&sql), true, &domain->test);
  buffer_deinit(&sql);
  arena_deinit(&arena);
  return code;
}

/* --- the function --- */

/* *violated: the first check that is, or NULL. */
static int find_violated(struct database *database, struct domain *domain,
                         sqlite3_value *value, const struct domain_check **violated) {
  bool row = false;
  int code = domain->test == NULL ? prepare_test(database, domain) : TIDE_OK;
  *violated = NULL;
  if (code == TIDE_OK && sqlite3_stmt_busy(domain->test))
    return error_set(database->error, TIDE_ERROR_TOO_DEEP,
                     "the constraints of domain %s lead back to it", domain->shown);
  if (code == TIDE_OK)
    code = database_error(database, sqlite3_bind_value(domain->test, 1, value));
  if (code == TIDE_OK)
    code = database_step(database, domain->test, &row);
  if (code == TIDE_OK && row && sqlite3_column_type(domain->test, 0) == SQLITE_INTEGER)
    *violated = check_at(database, domain, sqlite3_column_int(domain->test, 0));
  if (domain->test != NULL) {
    sqlite3_reset(domain->test);
    sqlite3_clear_bindings(domain->test);
  }
  return code;
}

static int test_value(struct database *database, struct domain *domain,
                      sqlite3_value *value) {
  const struct domain_check *violated = NULL;
  if (sqlite3_value_type(value) == SQLITE_NULL && refuses_null(database, domain)) {
    error_set(database->error, TIDE_ERROR_NOT_NULL,
              "domain %s does not allow null values", domain->shown);
    error_about(database->error, domain->schema, NULL, NULL, NULL);
    return TIDE_ERROR_NOT_NULL;
  }
  if (count_checks(database, domain) == 0)
    return TIDE_OK;
  int code = find_violated(database, domain, value, &violated);
  if (code != TIDE_OK || violated == NULL)
    return code;
  error_set(database->error, TIDE_ERROR_CHECK,
            "value for domain %s violates check constraint %q", domain->shown,
            violated->name);
  error_about(database->error, domain->schema, NULL, NULL, violated->name);
  return TIDE_ERROR_CHECK;
}

/* __tidemark_domain(value, number): the value, if it may be one of that domain. */
static void domain_value(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = sqlite3_user_data(context);
  struct domain *domain =
      image_domain(database->catalog->image, sqlite3_value_int64(values[1]));
  (void)count;
  int code = domain != NULL ? test_value(database, domain, values[0])
                            : error_set(database->error, TIDE_ERROR_CORRUPT,
                                        "this column's domain is not there");
  if (code == TIDE_OK)
    sqlite3_result_value(context, values[0]);
  else
    sqlite3_result_error(context, database->error->message, -1);
}

int domain_register(struct database *database) {
  enum { FLAGS = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS };
  return database_error(
      database, sqlite3_create_function_v2(database->handle, DOMAIN_FUNCTION, 2, FLAGS,
                                           database, domain_value, NULL, NULL, NULL));
}
