/* What MySQL means by its functions. */
#include <string.h>

#include "sql/mysql_internal.h"

/* One call that is being translated. */
struct call {
  struct mysql *mysql;
  struct sql_node *node;
  struct sql_node *arguments; /* NULL: none */
  uint32_t count;
  const char *to; /* what the table says */
};

static struct sql_node *argument(const struct call *call, uint32_t index) {
  return call->arguments->child[index];
}

static struct sql_node *renamed(struct call *call, const char *name) {
  call->node->child[CALL_NAME]->text = name;
  call->node->child[CALL_NAME]->length = (uint32_t)strlen(name);
  return call->node;
}

static struct sql_node *call_of(struct call *call, const char *name,
                                struct sql_node *first, struct sql_node *second) {
  return mysql_call(call->mysql, name, call->node->position, first, second);
}

/* --- each of these makes one kind of call --- */

static struct sql_node *rename_call(struct call *call) {
  return renamed(call, call->to);
}

static struct sql_node *refuse_call(struct call *call) {
  const char *name = call->node->child[CALL_NAME]->text;
  return mysql_refuse(call->mysql, call->node,
                      arena_format(call->mysql->arena, "MySQL's function %s()", name));
}

/* IF(condition, one, other) */
static struct sql_node *if_call(struct call *call) {
  uint32_t position = call->node->position;
  struct mysql *mysql = call->mysql;
  struct sql_node *when = mysql_node(mysql, SQL_WHEN, position,
                                     mysql_truth(argument(call, 0)), argument(call, 1));
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, position);
  struct sql_node *node = sql_node_new(mysql->arena, SQL_CASE, position);
  if (when == NULL || list == NULL || node == NULL ||
      sql_list_append(mysql->arena, list, when) == NULL)
    return NULL;
  node->child[CASE_WHENS] = list;
  node->child[CASE_ELSE] = argument(call, 2);
  return node;
}

static struct sql_node *isnull_call(struct call *call) {
  return mysql_node(call->mysql, SQL_IS, call->node->position, argument(call, 0), NULL);
}

/* The same with arguments that are floating-point numbers. */
static struct sql_node *double_call(struct call *call) {
  for (uint32_t i = 0; i < call->count; i++) {
    call->arguments->child[i] =
        mysql_cast(call->mysql, argument(call, i), "double precision");
    if (argument(call, i) == NULL)
      return NULL;
  }
  return renamed(call, call->to);
}

/* f(a, b) is PostgreSQL's f(b, a). */
static struct sql_node *swapped_call(struct call *call) {
  struct sql_node *first = argument(call, 0);
  call->arguments->child[0] = argument(call, 1);
  call->arguments->child[1] = first;
  return renamed(call, call->to);
}

static struct sql_node *modulo_call(struct call *call) {
  return mysql_modulo(call->mysql, argument(call, 0), argument(call, 1));
}

/* Of truth values the numbers 1 and 0 are summed. */
static struct sql_node *sum_call(struct call *call) {
  struct sql_node *number = mysql_number(call->mysql, argument(call, 0));
  call->arguments->child[0] = number;
  return number == NULL ? NULL : renamed(call, "sum");
}

/* avg(x) has the places of x and four more: so has a quotient. */
static struct sql_node *average_call(struct call *call) {
  struct sql_node *count = sql_clone(call->mysql->arena, call->node);
  if (count == NULL)
    return NULL;
  count->child[CALL_NAME]->text = "count";
  count->child[CALL_NAME]->length = 5;
  struct sql_node *sum = sum_call(call);
  return sum == NULL ? NULL : mysql_divide(call->mysql, sum, count);
}

/* NULL where any of them is. */
static struct sql_node *extreme_call(struct call *call) {
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
static struct sql_node *take_separator(struct call *call) {
  struct sql_node *last = argument(call, call->count - 1);
  if (last->kind != SQL_ARGUMENT)
    return sql_node_text(call->mysql->arena, SQL_STRING, call->node->position, ",");
  call->arguments->count = --call->count;
  return last->child[0];
}

static struct sql_node *concat_of(struct call *call) {
  struct sql_node *text = call_of(call, "mysql_concat", NULL, NULL);
  if (text != NULL)
    text->child[CALL_ARGUMENTS] = call->arguments;
  return text;
}

/* GROUP_CONCAT(DISTINCT a ORDER BY a) is array_to_string(array_agg(DISTINCT a ORDER BY a) FILTER (WHERE a IS NOT NULL), ','):
 * only so are numbers ordered as numbers, and of no rows there is NULL. */
static struct sql_node *distinct_concat(struct call *call, struct sql_node *separator) {
  struct mysql *mysql = call->mysql;
  uint32_t position = call->node->position;
  const struct sql_node *orders = call->node->child[CALL_ORDER];
  if (orders != NULL && (orders->count != 1 || call->count != 1 ||
                         !sql_equal(orders->child[0]->child[0], argument(call, 0))))
    return mysql_refuse(mysql, call->node,
                        "GROUP_CONCAT(DISTINCT …) ordered by something else");
  struct sql_node *value = orders != NULL ? argument(call, 0) : concat_of(call);
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
  return call_of(call, "array_to_string", renamed(call, "array_agg"), separator);
}

/* GROUP_CONCAT(a, b ORDER BY c SEPARATOR 'x') is string_agg(concat(a, b), 'x' ORDER BY c). */
static struct sql_node *group_concat_call(struct call *call) {
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
  return renamed(call, "string_agg");
}

/* --- dates and times --- */

static struct sql_node *timestamp_of(struct call *call, uint32_t index) {
  return mysql_cast(call->mysql, argument(call, index), "timestamp");
}

/* NOW(): without a zone, in whole seconds. */
static struct sql_node *now_call(struct call *call) {
  struct sql_node *unit =
      sql_node_text(call->mysql->arena, SQL_STRING, call->node->position, "second");
  struct sql_node *now = call_of(call, "localtimestamp", NULL, NULL);
  if (now != NULL)
    now->child[CALL_ARGUMENTS] = NULL;
  return unit != NULL && now != NULL ? call_of(call, "date_trunc", unit, now) : NULL;
}

static struct sql_node *value_call(struct call *call) {
  struct sql_node *node = call_of(call, call->to, NULL, NULL);
  if (node != NULL)
    node->child[CALL_ARGUMENTS] = NULL;
  return node;
}

/* A whole number: EXTRACT(field FROM x) without a fraction. */
static struct sql_node *field_of(struct call *call, const char *field,
                                 struct sql_node *value) {
  struct mysql *mysql = call->mysql;
  struct sql_node *name =
      sql_node_text(mysql->arena, SQL_STRING, call->node->position, field);
  struct sql_node *extract =
      name != NULL && value != NULL ? call_of(call, "extract", name, value) : NULL;
  struct sql_node *whole = extract ? call_of(call, "trunc", extract, NULL) : NULL;
  return whole ? mysql_cast(mysql, whole, "integer") : NULL;
}

/* YEAR(x) and its kin */
static struct sql_node *field_call(struct call *call) {
  return field_of(call, call->to, timestamp_of(call, 0));
}

static struct sql_node *extract_call(struct call *call) {
  static const char *const fields[] = {"year", "quarter", "month", "day",
                                       "hour", "minute",  "second"};
  const char *field =
      argument(call, 0)->kind == SQL_STRING ? argument(call, 0)->text : "";
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    if (strcmp(fields[i], field) == 0)
      return field_of(call, fields[i], timestamp_of(call, 1));
  }
  return refuse_call(call);
}

/* Days from one: PostgreSQL counts them from zero, or Monday from one. */
static struct sql_node *weekday_call(struct call *call) {
  bool sunday = strcmp(call->to, "dow") == 0;
  struct sql_node *day = field_of(call, call->to, timestamp_of(call, 0));
  struct sql_node *one = mysql_integer(call->mysql, call->node->position, "1");
  return day && one ? mysql_binary(call->mysql, sunday ? "+" : "-", day, one) : NULL;
}

static struct sql_node *date_call(struct call *call) {
  return mysql_cast(call->mysql, argument(call, 0), "date");
}

static struct sql_node *datediff_call(struct call *call) {
  struct sql_node *one = mysql_cast(call->mysql, argument(call, 0), "date");
  struct sql_node *other = mysql_cast(call->mysql, argument(call, 1), "date");
  return one && other ? mysql_binary(call->mysql, "-", one, other) : NULL;
}

/* What to_char calls a field of DATE_FORMAT; NULL: it has none. */
static const char *pattern_of(char letter) {
  switch (letter) {
  case 'Y': return "YYYY";
  case 'y': return "YY";
  case 'm': return "MM";
  case 'c': return "FMMM";
  case 'd': return "DD";
  case 'e': return "FMDD";
  case 'j': return "DDD";
  case 'H': return "HH24";
  case 'k': return "FMHH24";
  case 'h':
  case 'I': return "HH12";
  case 'l': return "FMHH12";
  case 'i': return "MI";
  case 's':
  case 'S': return "SS";
  case 'f': return "US";
  case 'p': return "AM";
  case 'T': return "HH24:MI:SS";
  case 'r': return "HH12:MI:SS AM";
  case 'M': return "FMMonth";
  case 'b': return "Mon";
  case 'W': return "FMDay";
  case 'a': return "Dy";
  default: return NULL;
  }
}

/* The pattern for to_char, everything but the fields in quotes; NULL: a field is unknown, or memory ran out. */
static const char *date_pattern(struct arena *arena, const char *format) {
  const char *pattern = "";
  for (const char *at = format; *at != '\0' && pattern != NULL; at++) {
    if (*at == '%' && at[1] != '\0') {
      const char *field = pattern_of(*++at);
      if (field != NULL)
        pattern = arena_format(arena, "%s%s", pattern, field);
      else if (*at == '%')
        pattern = arena_format(arena, "%s\"%%\"", pattern);
      else
        return NULL;
    } else if (*at == '"' || *at == '\\') {
      return NULL;
    } else {
      pattern = arena_format(arena, "%s\"%c\"", pattern, *at);
    }
  }
  return pattern;
}

static struct sql_node *date_format_call(struct call *call) {
  struct sql_node *format = argument(call, 1);
  const char *pattern = format->kind == SQL_STRING
                            ? date_pattern(call->mysql->arena, format->text)
                            : NULL;
  if (pattern == NULL)
    return mysql_refuse(call->mysql, call->node, "this format of DATE_FORMAT()");
  struct sql_node *text =
      sql_node_text(call->mysql->arena, SQL_STRING, format->position, pattern);
  struct sql_node *when = timestamp_of(call, 0);
  return text && when ? call_of(call, "to_char", when, text) : NULL;
}

/* --- the table --- */

typedef struct sql_node *translation(struct call *call);

static const struct entry {
  const char *name;
  uint32_t least, most; /* arguments */
  translation *make;
  const char *to;
} entries[] = {
    {"avg", 1, 1, average_call, NULL},
    {"concat", 1, 100, rename_call, "mysql_concat"},
    {"concat_ws", 2, 100, rename_call, "mysql_concat_ws"},
    {"curdate", 0, 0, value_call, "current_date"},
    {"current_timestamp", 0, 0, now_call, NULL},
    {"database", 0, 0, value_call, "current_schema"},
    {"date", 1, 1, date_call, NULL},
    {"date_format", 2, 2, date_format_call, NULL},
    {"datediff", 2, 2, datediff_call, NULL},
    {"day", 1, 1, field_call, "day"},
    {"dayofmonth", 1, 1, field_call, "day"},
    {"dayofweek", 1, 1, weekday_call, "dow"},
    {"dayofyear", 1, 1, field_call, "doy"},
    {"exp", 1, 1, double_call, "exp"},
    {"extract", 2, 2, extract_call, NULL},
    {"greatest", 2, 100, extreme_call, NULL},
    {"group_concat", 1, 100, group_concat_call, NULL},
    {"hour", 1, 1, field_call, "hour"},
    {"if", 3, 3, if_call, NULL},
    {"ifnull", 2, 2, rename_call, "coalesce"},
    {"instr", 2, 2, rename_call, "strpos"},
    {"isnull", 1, 1, isnull_call, NULL},
    {"lcase", 1, 1, rename_call, "lower"},
    {"least", 2, 100, extreme_call, NULL},
    {"left", 2, 2, rename_call, "mysql_left"},
    {"length", 1, 1, rename_call, "octet_length"},
    {"ln", 1, 1, double_call, "ln"},
    {"localtime", 0, 0, now_call, NULL},
    {"localtimestamp", 0, 0, now_call, NULL},
    {"locate", 2, 2, swapped_call, "strpos"},
    {"log", 1, 1, double_call, "ln"},
    {"log10", 1, 1, double_call, "log10"},
    {"mid", 3, 3, rename_call, "mysql_substr"},
    {"minute", 1, 1, field_call, "minute"},
    {"mod", 2, 2, modulo_call, NULL},
    {"month", 1, 1, field_call, "month"},
    {"now", 0, 0, now_call, NULL},
    {"octet_length", 1, 1, rename_call, "octet_length"},
    {"pow", 2, 2, double_call, "power"},
    {"power", 2, 2, double_call, "power"},
    {"quarter", 1, 1, field_call, "quarter"},
    {"rand", 0, 0, rename_call, "random"},
    {"right", 2, 2, rename_call, "mysql_right"},
    {"schema", 0, 0, value_call, "current_schema"},
    {"second", 1, 1, field_call, "second"},
    {"sqrt", 1, 1, double_call, "sqrt"},
    {"std", 1, 1, double_call, "stddev_pop"},
    {"stddev", 1, 1, double_call, "stddev_pop"},
    {"stddev_pop", 1, 1, double_call, "stddev_pop"},
    {"stddev_samp", 1, 1, double_call, "stddev_samp"},
    {"substr", 2, 3, rename_call, "mysql_substr"},
    {"substring", 2, 3, rename_call, "mysql_substr"},
    {"sum", 1, 1, sum_call, NULL},
    {"sysdate", 0, 0, now_call, NULL},
    {"truncate", 2, 2, rename_call, "trunc"},
    {"ucase", 1, 1, rename_call, "upper"},
    {"var_pop", 1, 1, double_call, "var_pop"},
    {"var_samp", 1, 1, double_call, "var_samp"},
    {"variance", 1, 1, double_call, "var_pop"},
    {"weekday", 1, 1, weekday_call, "isodow"},
    {"year", 1, 1, field_call, "year"},
};

/* Functions that PostgreSQL has too, with another meaning. */
static const char *const refused[] = {
    "bit_and",
    "bit_or",
    "bit_xor",
    "char",
    "format",
    "json_object",
    "lpad",
    "md5",
    "pi",
    "rpad",
    "time",
    "version",
    "user",
    "week",
    "insert",
    "now",
    "log",
    "rand",
    "sysdate",
    "extract",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_time",
    "unix_timestamp",
    "last_insert_id",
};

static const struct entry *find(const char *name, uint32_t count) {
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
    if (strcmp(entries[i].name, name) == 0 && count >= entries[i].least &&
        count <= entries[i].most)
      return &entries[i];
  }
  return NULL;
}

static bool is_refused(const char *name) {
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    if (strcmp(refused[i], name) == 0)
      return true;
  }
  return false;
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
static void check_quotients(struct call *call, const char *name) {
  bool rounds = IS_AMONG(name, "round", "truncate", "floor", "ceil", "ceiling", "sign");
  bool shows =
      IS_AMONG(name, "min", "max", "count", "coalesce", "ifnull", "if", "isnull",
               "concat", "concat_ws", "group_concat", "lag", "lead", "first_value",
               "last_value", "nth_value", "any_value", "num_nulls");
  for (uint32_t i = 0; i < call->count; i++) {
    if (!mysql_is_quotient(argument(call, i)) || shows)
      continue;
    if (rounds) {
      mysql_exact(argument(call, i));
      continue;
    }
    if (call->mysql->error->code == TIDE_OK) {
      mysql_refuse(call->mysql, argument(call, i), "a quotient as this argument");
      error_hint(call->mysql->error, "Say to how many digits: ROUND(a / b, 4).");
    }
  }
}

/* trim(BOTH 'ab' FROM x) takes away that text, PostgreSQL's each of its characters. */
static bool trims_text(const struct call *call, const char *name) {
  if (!IS_AMONG(name, "btrim", "ltrim", "rtrim") || call->count != 2)
    return false;
  const struct sql_node *text = argument(call, 1);
  return text->kind != SQL_STRING || text->length != 1;
}

struct sql_node *mysql_translate_call(struct mysql *mysql, struct sql_node *node) {
  struct sql_node *name = node->child[CALL_NAME];
  struct call call = {
      .mysql = mysql, .node = node, .arguments = node->child[CALL_ARGUMENTS]};
  call.count = call.arguments == NULL ? 0 : call.arguments->count;
  if (name->child[NAME_SCHEMA] != NULL)
    return node;
  check_quotients(&call, name->text);
  if (trims_text(&call, name->text))
    return mysql_refuse(mysql, node, "trimming a text of several characters");
  const struct entry *entry = find(name->text, call.count);
  if (entry == NULL)
    return is_refused(name->text) ? refuse_call(&call) : node;
  call.to = entry->to;
  return entry->make(&call);
}
