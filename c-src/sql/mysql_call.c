/* What MySQL means by its functions; those of dates are in mysql_date.c. */
#include <string.h>

#include "sql/mysql_internal.h"

struct sql_node *mysql_argument(const struct mysql_call *call, uint32_t index) {
  return call->arguments->child[index];
}

struct sql_node *mysql_renamed(struct mysql_call *call, const char *name) {
  call->node->child[CALL_NAME]->text = name;
  call->node->child[CALL_NAME]->length = (uint32_t)strlen(name);
  return call->node;
}

static struct sql_node *call_of(struct mysql_call *call, const char *name,
                                struct sql_node *first, struct sql_node *second) {
  return mysql_call(call->mysql, name, call->node->position, first, second);
}

/* --- each of these makes one kind of call --- */

struct sql_node *mysql_rename_call(struct mysql_call *call) {
  return mysql_renamed(call, call->to);
}

struct sql_node *mysql_refuse_call(struct mysql_call *call) {
  const char *name = call->node->child[CALL_NAME]->text;
  return mysql_refuse(call->mysql, call->node,
                      arena_format(call->mysql->arena, "MySQL's function %s()", name));
}

/* IF(condition, one, other) */
static struct sql_node *if_call(struct mysql_call *call) {
  uint32_t position = call->node->position;
  struct mysql *mysql = call->mysql;
  struct sql_node *when =
      mysql_node(mysql, SQL_WHEN, position, mysql_truth(mysql_argument(call, 0)),
                 mysql_argument(call, 1));
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, position);
  struct sql_node *node = sql_node_new(mysql->arena, SQL_CASE, position);
  if (when == NULL || list == NULL || node == NULL ||
      sql_list_append(mysql->arena, list, when) == NULL)
    return NULL;
  node->child[CASE_WHENS] = list;
  node->child[CASE_ELSE] = mysql_argument(call, 2);
  return node;
}

static struct sql_node *isnull_call(struct mysql_call *call) {
  return mysql_node(call->mysql, SQL_IS, call->node->position, mysql_argument(call, 0),
                    NULL);
}

struct sql_node *mysql_value_call(struct mysql_call *call) {
  struct sql_node *node = call_of(call, call->to, NULL, NULL);
  if (node != NULL)
    node->child[CALL_ARGUMENTS] = NULL;
  return node;
}

/* The same with arguments that are floating-point numbers. */
static struct sql_node *double_call(struct mysql_call *call) {
  for (uint32_t i = 0; i < call->count; i++) {
    call->arguments->child[i] =
        mysql_cast(call->mysql, mysql_argument(call, i), "double precision");
    if (mysql_argument(call, i) == NULL)
      return NULL;
  }
  return mysql_renamed(call, call->to);
}

/* f(a, b) is PostgreSQL's f(b, a). */
static struct sql_node *swapped_call(struct mysql_call *call) {
  struct sql_node *first = mysql_argument(call, 0);
  call->arguments->child[0] = mysql_argument(call, 1);
  call->arguments->child[1] = first;
  return mysql_renamed(call, call->to);
}

static struct sql_node *modulo_call(struct mysql_call *call) {
  return mysql_modulo(call->mysql, mysql_argument(call, 0), mysql_argument(call, 1));
}

/* Of truth values the numbers 1 and 0 are summed. */
static struct sql_node *sum_call(struct mysql_call *call) {
  struct sql_node *number = mysql_number(call->mysql, mysql_argument(call, 0));
  call->arguments->child[0] = number;
  return number == NULL ? NULL : mysql_renamed(call, "sum");
}

/* avg(x) has the places of x and four more: so has a quotient. */
static struct sql_node *average_call(struct mysql_call *call) {
  struct sql_node *count = sql_clone(call->mysql->arena, call->node);
  if (count == NULL)
    return NULL;
  count->child[CALL_NAME]->text = "count";
  count->child[CALL_NAME]->length = 5;
  struct sql_node *sum = sum_call(call);
  return sum == NULL ? NULL : mysql_divide(call->mysql, sum, count);
}

/* NULL where any of them is. */
static struct sql_node *extreme_call(struct mysql_call *call) {
  struct mysql *mysql = call->mysql;
  uint32_t position = call->node->position;
  struct sql_node *nulls = sql_clone(mysql->arena, call->node);
  struct sql_node *node = sql_node_new(mysql->arena, SQL_CASE, position);
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, position);
  struct sql_node *zero = mysql_integer(mysql, position, "0");
  if (nulls == NULL || node == NULL || list == NULL || zero == NULL)
    return NULL;
  nulls->child[CALL_NAME]->text = "num_nulls";
  nulls->child[CALL_NAME]->length = 9;
  struct sql_node *none = mysql_binary(mysql, "=", nulls, zero);
  struct sql_node *when =
      none ? mysql_node(mysql, SQL_WHEN, position, none, call->node) : NULL;
  if (when == NULL || sql_list_append(mysql->arena, list, when) == NULL)
    return NULL;
  node->child[CASE_WHENS] = list;
  return node;
}

/* The separator that a GROUP_CONCAT says, taken out of its arguments, or a comma. */
static struct sql_node *take_separator(struct mysql_call *call) {
  struct sql_node *last = mysql_argument(call, call->count - 1);
  if (last->kind != SQL_ARGUMENT)
    return sql_node_text(call->mysql->arena, SQL_STRING, call->node->position, ",");
  call->arguments->count = --call->count;
  return last->child[0];
}

static struct sql_node *concat_of(struct mysql_call *call) {
  struct sql_node *text = call_of(call, "mysql_concat", NULL, NULL);
  if (text != NULL)
    text->child[CALL_ARGUMENTS] = call->arguments;
  return text;
}

/* GROUP_CONCAT(DISTINCT a ORDER BY a) is array_to_string(array_agg(DISTINCT a ORDER BY a) FILTER (WHERE a IS NOT NULL), ','):
 * only so are numbers ordered as numbers, and of no rows there is NULL. */
static struct sql_node *distinct_concat(struct mysql_call *call,
                                        struct sql_node *separator) {
  struct mysql *mysql = call->mysql;
  uint32_t position = call->node->position;
  const struct sql_node *orders = call->node->child[CALL_ORDER];
  if (orders != NULL &&
      (orders->count != 1 || call->count != 1 ||
       !sql_equal(orders->child[0]->child[0], mysql_argument(call, 0))))
    return mysql_refuse(mysql, call->node,
                        "GROUP_CONCAT(DISTINCT …) ordered by something else");
  struct sql_node *value = orders != NULL ? mysql_argument(call, 0) : concat_of(call);
  struct sql_node *given = value ? sql_clone(mysql->arena, value) : NULL;
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, position);
  struct sql_node *filter =
      given ? mysql_node(mysql, SQL_IS, position, given, NULL) : NULL;
  if (filter == NULL || list == NULL ||
      sql_list_append(mysql->arena, list, value) == NULL)
    return NULL;
  filter->flags |= SQL_NOT;
  call->node->child[CALL_ARGUMENTS] = list;
  call->node->child[CALL_FILTER] = filter;
  return call_of(call, "array_to_string", mysql_renamed(call, "array_agg"), separator);
}

/* GROUP_CONCAT(a, b ORDER BY c SEPARATOR 'x') is string_agg(concat(a, b), 'x' ORDER BY c). */
static struct sql_node *group_concat_call(struct mysql_call *call) {
  struct sql_node *separator = take_separator(call);
  if (separator == NULL)
    return NULL;
  if ((call->node->flags & SQL_DISTINCT) != 0)
    return distinct_concat(call, separator);
  struct sql_node *text = concat_of(call);
  struct sql_node *list =
      sql_node_new(call->mysql->arena, SQL_LIST, call->node->position);
  if (text == NULL || list == NULL ||
      sql_list_append(call->mysql->arena, list, text) == NULL ||
      sql_list_append(call->mysql->arena, list, separator) == NULL)
    return NULL;
  call->node->child[CALL_ARGUMENTS] = list;
  return mysql_renamed(call, "string_agg");
}

/* VERSION() is @@version. */
static struct sql_node *version_call(struct mysql_call *call) {
  struct sql_node *name =
      sql_node_text(call->mysql->arena, SQL_STRING, call->node->position, "version");
  return name == NULL ? NULL : call_of(call, "mysql_variable", name, NULL);
}

/* --- the table --- */

static const struct mysql_function functions[] = {
    {"avg", 1, 1, average_call, NULL},
    {"concat", 1, 100, mysql_rename_call, "mysql_concat"},
    {"concat_ws", 2, 100, mysql_rename_call, "mysql_concat_ws"},
    {"database", 0, 0, mysql_value_call, "current_schema"},
    {"exp", 1, 1, double_call, "exp"},
    {"greatest", 2, 100, extreme_call, NULL},
    {"group_concat", 1, 100, group_concat_call, NULL},
    {"if", 3, 3, if_call, NULL},
    {"ifnull", 2, 2, mysql_rename_call, "coalesce"},
    {"instr", 2, 2, mysql_rename_call, "strpos"},
    {"isnull", 1, 1, isnull_call, NULL},
    {"last_insert_id", 0, 1, mysql_rename_call, "mysql_last_insert_id"},
    {"lcase", 1, 1, mysql_rename_call, "lower"},
    {"least", 2, 100, extreme_call, NULL},
    {"left", 2, 2, mysql_rename_call, "mysql_left"},
    {"length", 1, 1, mysql_rename_call, "octet_length"},
    {"ln", 1, 1, double_call, "ln"},
    {"locate", 2, 2, swapped_call, "strpos"},
    {"log", 1, 1, double_call, "ln"},
    {"log10", 1, 1, double_call, "log10"},
    {"mid", 3, 3, mysql_rename_call, "mysql_substr"},
    {"mod", 2, 2, modulo_call, NULL},
    {"octet_length", 1, 1, mysql_rename_call, "octet_length"},
    {"pow", 2, 2, double_call, "power"},
    {"power", 2, 2, double_call, "power"},
    {"rand", 0, 0, mysql_rename_call, "random"},
    {"right", 2, 2, mysql_rename_call, "mysql_right"},
    {"schema", 0, 0, mysql_value_call, "current_schema"},
    {"sqrt", 1, 1, double_call, "sqrt"},
    {"std", 1, 1, double_call, "stddev_pop"},
    {"stddev", 1, 1, double_call, "stddev_pop"},
    {"stddev_pop", 1, 1, double_call, "stddev_pop"},
    {"stddev_samp", 1, 1, double_call, "stddev_samp"},
    {"substr", 2, 3, mysql_rename_call, "mysql_substr"},
    {"substring", 2, 3, mysql_rename_call, "mysql_substr"},
    {"sum", 1, 1, sum_call, NULL},
    {"truncate", 2, 2, mysql_rename_call, "trunc"},
    {"ucase", 1, 1, mysql_rename_call, "upper"},
    {"var_pop", 1, 1, double_call, "var_pop"},
    {"var_samp", 1, 1, double_call, "var_samp"},
    {"variance", 1, 1, double_call, "var_pop"},
    {"version", 0, 0, version_call, NULL},
};

/* Functions that PostgreSQL has too, with another meaning. */
static const char *const refused[] = {
    "bit_and", "bit_or", "bit_xor", "char", "format", "json_object", "lpad",
    "md5",     "pi",     "rpad",    "user", "insert", "log",         "rand",
};

static const struct mysql_function *find(const char *name, uint32_t count) {
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].name, name) == 0 && count >= functions[i].least &&
        count <= functions[i].most)
      return &functions[i];
  }
  return NULL;
}

static bool is_refused(const char *name) {
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    if (strcmp(refused[i], name) == 0)
      return true;
  }
  return mysql_is_date_function(name);
}

/* --- quotients as arguments --- */

static bool is_among(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0)
      return true;
  }
  return false;
}

#define IS_AMONG(name, ...)                                                            \
  is_among(name, (const char *const[]){__VA_ARGS__},                                   \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* What rounds takes all digits; what shows its argument takes those that are shown; others would have to go on with more. */
static void check_quotients(struct mysql_call *call, const char *name) {
  bool rounds = IS_AMONG(name, "round", "truncate", "floor", "ceil", "ceiling", "sign");
  bool shows =
      IS_AMONG(name, "min", "max", "count", "coalesce", "ifnull", "if", "isnull",
               "concat", "concat_ws", "group_concat", "lag", "lead", "first_value",
               "last_value", "nth_value", "any_value", "num_nulls");
  for (uint32_t i = 0; i < call->count; i++) {
    if (!mysql_is_quotient(mysql_argument(call, i)) || shows)
      continue;
    if (rounds) {
      mysql_exact(mysql_argument(call, i));
      continue;
    }
    if (call->mysql->error->code == TIDE_OK) {
      mysql_refuse(call->mysql, mysql_argument(call, i), "a quotient as this argument");
      error_hint(call->mysql->error, "Say to how many digits: ROUND(a / b, 4).");
    }
  }
}

/* trim(BOTH 'ab' FROM x) takes away that text, PostgreSQL's each of its characters. */
static bool trims_text(const struct mysql_call *call, const char *name) {
  if (!IS_AMONG(name, "btrim", "ltrim", "rtrim") || call->count != 2)
    return false;
  const struct sql_node *text = mysql_argument(call, 1);
  return text->kind != SQL_STRING || text->length != 1;
}

struct sql_node *mysql_translate_call(struct mysql *mysql, struct sql_node *node) {
  struct sql_node *name = node->child[CALL_NAME];
  struct mysql_call call = {
      .mysql = mysql, .node = node, .arguments = node->child[CALL_ARGUMENTS]};
  call.count = call.arguments == NULL ? 0 : call.arguments->count;
  if (name->child[NAME_SCHEMA] != NULL)
    return node;
  check_quotients(&call, name->text);
  if (trims_text(&call, name->text))
    return mysql_refuse(mysql, node, "trimming a text of several characters");
  const struct mysql_function *function = find(name->text, call.count);
  if (function == NULL)
    function = mysql_date_function(name->text, call.count);
  if (function == NULL)
    return is_refused(name->text) ? mysql_refuse_call(&call) : node;
  call.to = function->to;
  return function->make(&call);
}
