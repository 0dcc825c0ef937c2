/* What MySQL means by its functions of dates and times, and by INTERVAL. */
#include <string.h>

#include "sql/mysql_internal.h"
#include "sql/token.h"
#include "sql/walk.h"

static const char INTERVAL[] = "mysql_interval";

static struct sql_node *call_of(struct mysql_call *call, const char *name,
                                struct sql_node *first, struct sql_node *second) {
  return mysql_call(call->mysql, name, call->node->position, first, second);
}

static struct sql_node *text_of(struct mysql *mysql, uint32_t position,
                                const char *text) {
  return sql_node_text(mysql->arena, SQL_STRING, position, text);
}

/* --- intervals --- */

/* INTERVAL amount unit is a call of its amount and its unit. */
static bool is_interval(const struct sql_node *node) {
  return node->kind == SQL_CALL && node->child[CALL_NAME]->child[NAME_SCHEMA] == NULL &&
         strcmp(node->child[CALL_NAME]->text, INTERVAL) == 0;
}

enum unit { UNIT_UNKNOWN, UNIT_OF_DAYS, UNIT_OF_TIME };

/* A date to which units of days are added stays a date. */
static enum unit unit_of(const char *name) {
  static const char *const days[] = {"day",     "week", "month",
                                     "quarter", "year", "year_month"};
  static const char *const times[] = {"microsecond",
                                      "second",
                                      "minute",
                                      "hour",
                                      "second_microsecond",
                                      "minute_microsecond",
                                      "minute_second",
                                      "hour_microsecond",
                                      "hour_second",
                                      "hour_minute",
                                      "day_microsecond",
                                      "day_second",
                                      "day_minute",
                                      "day_hour"};
  for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
    if (strcmp(days[i], name) == 0)
      return UNIT_OF_DAYS;
  }
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
    if (strcmp(times[i], name) == 0)
      return UNIT_OF_TIME;
  }
  return UNIT_UNKNOWN;
}

/* Does the text begin with something of this form, 0 standing for digits, and end there? */
static bool has_form(const char *text, const char *form) {
  for (; *form != '\0'; text++, form++) {
    if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
      return false;
  }
  return *text == '\0';
}

/* A literal that is written as its type prints it is of that type: the result reads the same, and can be compared. */
static struct sql_node *typed(struct mysql *mysql, struct sql_node *date) {
  if (date->kind != SQL_STRING)
    return date;
  if (has_form(date->text, "0000-00-00"))
    return mysql_cast(mysql, date, "date");
  return has_form(date->text, "0000-00-00 00:00:00")
             ? mysql_cast(mysql, date, "timestamp")
             : date;
}

/* A unit that is taken off has a minus in front of its name. */
static struct sql_node *added(struct mysql *mysql, struct sql_node *date,
                              struct sql_node *amount, const struct sql_node *unit,
                              bool taken_off) {
  enum unit kind = unit_of(unit->text);
  if (kind == UNIT_UNKNOWN) {
    error_set_at(mysql->error, TIDE_ERROR_SYNTAX, unit->position,
                 "%q is no unit of an interval", unit->text);
    return date;
  }
  const char *name =
      taken_off ? arena_format(mysql->arena, "-%s", unit->text) : unit->text;
  struct sql_node *text = name ? text_of(mysql, unit->position, name) : NULL;
  amount = mysql_number(mysql, amount);
  date = typed(mysql, date);
  struct sql_node *call =
      amount == NULL || date == NULL
          ? NULL
          : mysql_call(mysql,
                       kind == UNIT_OF_DAYS ? "mysql_add_days" : "mysql_add_time",
                       date->position, date, amount);
  if (text == NULL || call == NULL ||
      sql_list_append(mysql->arena, call->child[CALL_ARGUMENTS], text) == NULL)
    return NULL;
  return call;
}

static struct sql_node *interval_added(struct mysql *mysql, struct sql_node *date,
                                       const struct sql_node *interval,
                                       bool taken_off) {
  const struct sql_node *arguments = interval->child[CALL_ARGUMENTS];
  return added(mysql, date, arguments->child[0], arguments->child[1], taken_off);
}

struct sql_node *mysql_add_interval(struct mysql *mysql, struct sql_node *node) {
  struct sql_node *left = node->child[LEFT], *right = node->child[RIGHT];
  bool plus = strcmp(node->text, "+") == 0;
  if (is_interval(right) && (plus || strcmp(node->text, "-") == 0))
    return interval_added(mysql, left, right, !plus);
  return plus && is_interval(left) ? interval_added(mysql, right, left, false) : NULL;
}

/* A frame goes back by an interval of PostgreSQL's. */
struct sql_node *mysql_distance(struct mysql *mysql, struct sql_node *distance) {
  if (distance == NULL || !is_interval(distance))
    return distance;
  const struct sql_node *amount = distance->child[CALL_ARGUMENTS]->child[0];
  const char *unit = distance->child[CALL_ARGUMENTS]->child[1]->text;
  if (amount->kind != SQL_INTEGER || unit_of(unit) == UNIT_UNKNOWN ||
      strchr(unit, '_') != NULL || strcmp(unit, "quarter") == 0)
    return mysql_refuse(mysql, distance, "this INTERVAL of a window frame");
  const char *text = arena_format(mysql->arena, "%s %s", amount->text, unit);
  struct sql_node *literal = text ? text_of(mysql, distance->position, text) : NULL;
  return literal ? mysql_cast(mysql, literal, "interval") : NULL;
}

struct sql_node *mysql_compared(struct mysql *mysql, struct sql_node *operand) {
  const struct sql_node *date = operand;
  while (date->kind == SQL_CALL && date->child[CALL_NAME]->child[NAME_SCHEMA] == NULL &&
         strncmp(date->child[CALL_NAME]->text, "mysql_add_", 10) == 0)
    date = date->child[CALL_ARGUMENTS]->child[0];
  return date != operand && date->kind == SQL_PARAMETER
             ? mysql_cast(mysql, operand, "timestamp")
             : operand;
}

static enum sql_walk find_interval(const struct sql_node *node, void *context) {
  struct mysql *mysql = context;
  if (!is_interval(node))
    return SQL_WALK_ON;
  error_set_at(mysql->error, TIDE_ERROR_SYNTAX, node->position,
               "an INTERVAL stands beside + or -, or in a function of dates");
  return SQL_WALK_STOP;
}

void mysql_check_intervals(struct mysql *mysql, const struct sql_node *statement) {
  if (!mysql->arena->failed && mysql->error->code == TIDE_OK)
    sql_walk(statement, find_interval, mysql);
}

/* DATE_ADD(d, INTERVAL 1 DAY) and its kin; those that may say so take a number of days, too. */
static struct sql_node *add_call(struct mysql_call *call) {
  bool taken_off = strchr(call->to, '-') != NULL, days = strchr(call->to, 'd') != NULL;
  struct sql_node *date = mysql_argument(call, 0), *amount = mysql_argument(call, 1);
  if (is_interval(amount))
    return interval_added(call->mysql, date, amount, taken_off);
  if (!days)
    return mysql_refuse(call->mysql, call->node, "DATE_ADD() without an INTERVAL");
  struct sql_node *unit = text_of(call->mysql, call->node->position, "day");
  return unit ? added(call->mysql, date, amount, unit, taken_off) : NULL;
}

/* A unit by its name alone, which may have SQL_TSI_ in front of it. */
static struct sql_node *unit_argument(struct mysql_call *call) {
  const struct sql_node *word = mysql_argument(call, 0);
  bool plain = word->kind == SQL_COLUMN && word->child[0] == NULL;
  char *folded = arena_string(call->mysql->arena, plain ? word->text : "");
  if (folded == NULL)
    return NULL;
  token_fold(folded);
  const char *name = folded;
  if (strncmp(name, "sql_tsi_", 8) == 0)
    name += 8;
  if (unit_of(name) == UNIT_UNKNOWN || strchr(name, '_') != NULL) {
    error_set_at(call->mysql->error, TIDE_ERROR_SYNTAX, word->position,
                 "a unit is wanted here: MICROSECOND, SECOND, MINUTE, HOUR, DAY, WEEK, "
                 "MONTH, QUARTER or YEAR");
    return NULL;
  }
  return text_of(call->mysql, word->position, name);
}

static struct sql_node *timestampadd_call(struct mysql_call *call) {
  const struct sql_node *unit = unit_argument(call);
  return unit == NULL ? call->node
                      : added(call->mysql, mysql_argument(call, 2),
                              mysql_argument(call, 1), unit, false);
}

static struct sql_node *timestampdiff_call(struct mysql_call *call) {
  struct sql_node *unit = unit_argument(call);
  if (unit != NULL)
    call->arguments->child[0] = unit;
  return mysql_renamed(call, "mysql_timestampdiff");
}

/* --- now --- */

static struct sql_node *timestamp_of(struct mysql_call *call, uint32_t index) {
  return mysql_cast(call->mysql, mysql_argument(call, index), "timestamp");
}

/* NOW(): without a zone, in whole seconds. */
/* NOW(3) has so many digits of a second, which are cut off. */
static const char *now_unit(struct mysql_call *call) {
  const struct sql_node *digits = call->count > 0 ? mysql_argument(call, 0) : NULL;
  const char *text = digits == NULL || digits->kind != SQL_INTEGER ? "0" : digits->text;
  if (strcmp(text, "3") == 0)
    return "milliseconds";
  if (strcmp(text, "6") == 0)
    return "microseconds";
  if (strcmp(text, "0") != 0)
    mysql_refuse(call->mysql, call->node, "a time with this many digits of a second");
  return "second";
}

static struct sql_node *now_call(struct mysql_call *call) {
  struct sql_node *unit = text_of(call->mysql, call->node->position, now_unit(call));
  struct sql_node *now = call_of(call, "localtimestamp", NULL, NULL);
  if (now != NULL)
    now->child[CALL_ARGUMENTS] = NULL;
  return unit != NULL && now != NULL ? call_of(call, "date_trunc", unit, now) : NULL;
}

static struct sql_node *curtime_call(struct mysql_call *call) {
  struct sql_node *now = now_call(call);
  return now ? mysql_cast(call->mysql, now, "time") : NULL;
}

/* Seconds since 1970, of now or of the argument. */
static struct sql_node *unix_timestamp_call(struct mysql_call *call) {
  struct sql_node *when = call->count > 0 ? mysql_argument(call, 0) : now_call(call);
  return when ? call_of(call, "mysql_unix_timestamp", when, NULL) : NULL;
}

/* --- parts --- */

/* A whole number: EXTRACT(field FROM x) without a fraction. */
static struct sql_node *field_of(struct mysql_call *call, const char *field,
                                 struct sql_node *value) {
  struct sql_node *name = text_of(call->mysql, call->node->position, field);
  struct sql_node *extract =
      name != NULL && value != NULL ? call_of(call, "extract", name, value) : NULL;
  struct sql_node *whole = extract ? call_of(call, "trunc", extract, NULL) : NULL;
  return whole ? mysql_cast(call->mysql, whole, "integer") : NULL;
}

/* YEAR(x) and its kin */
static struct sql_node *field_call(struct mysql_call *call) {
  return field_of(call, call->to, timestamp_of(call, 0));
}

static struct sql_node *extract_call(struct mysql_call *call) {
  static const char *const fields[] = {"year", "quarter", "month", "day",
                                       "hour", "minute",  "second"};
  const char *field =
      mysql_argument(call, 0)->kind == SQL_STRING ? mysql_argument(call, 0)->text : "";
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    if (strcmp(fields[i], field) == 0)
      return field_of(call, fields[i], timestamp_of(call, 1));
  }
  return mysql_refuse_call(call);
}

/* Days from one: PostgreSQL counts them from zero, or Monday from one. */
static struct sql_node *weekday_call(struct mysql_call *call) {
  bool sunday = strcmp(call->to, "dow") == 0;
  struct sql_node *day = field_of(call, call->to, timestamp_of(call, 0));
  struct sql_node *one = mysql_integer(call->mysql, call->node->position, "1");
  return day && one ? mysql_binary(call->mysql, sunday ? "+" : "-", day, one) : NULL;
}

static struct sql_node *date_call(struct mysql_call *call) {
  return mysql_cast(call->mysql, mysql_argument(call, 0), "date");
}

static struct sql_node *datediff_call(struct mysql_call *call) {
  struct sql_node *one = mysql_cast(call->mysql, mysql_argument(call, 0), "date");
  struct sql_node *other = mysql_cast(call->mysql, mysql_argument(call, 1), "date");
  return one && other ? mysql_binary(call->mysql, "-", one, other) : NULL;
}

/* WEEK(d) is that of mode 0. */
static struct sql_node *week_call(struct mysql_call *call) {
  struct sql_node *mode = mysql_integer(call->mysql, call->node->position, "0");
  if (call->count > 1)
    mode = mysql_argument(call, 1);
  return mode ? call_of(call, call->to, mysql_argument(call, 0), mode) : NULL;
}

static struct sql_node *weekofyear_call(struct mysql_call *call) {
  struct sql_node *mode = mysql_integer(call->mysql, call->node->position, "3");
  return mode ? call_of(call, "mysql_week", mysql_argument(call, 0), mode) : NULL;
}

/* --- formats --- */

/* DAYNAME(d) is DATE_FORMAT(d, '%W'). */
static struct sql_node *format_call(struct mysql_call *call) {
  struct sql_node *format = text_of(call->mysql, call->node->position, call->to);
  return format ? call_of(call, "mysql_date_format", mysql_argument(call, 0), format)
                : NULL;
}

/* FROM_UNIXTIME(n), FROM_UNIXTIME(n, format) */
static struct sql_node *from_unixtime_call(struct mysql_call *call) {
  struct sql_node *when =
      call_of(call, "mysql_from_unixtime", mysql_argument(call, 0), NULL);
  if (when == NULL || call->count == 1)
    return when;
  return call_of(call, "mysql_date_format", when, mysql_argument(call, 1));
}

/* The format says whether there is a time in the date that is read. */
static struct sql_node *str_to_date_call(struct mysql_call *call) {
  const struct sql_node *format = mysql_argument(call, 1);
  bool year = false, month = false, day = false, time = false;
  bool known = format->kind == SQL_STRING;
  for (uint32_t i = 0; known && i + 1 < format->length; i++) {
    char field = format->text[i + 1];
    if (format->text[i] != '%')
      continue;
    i++;
    year = year || strchr("Yy", field) != NULL;
    month = month || strchr("mcMb", field) != NULL;
    day = day || strchr("de", field) != NULL;
    time = time || strchr("HkhIliSsfpTr", field) != NULL;
    known = strchr("YymcMbdeWaHkhIliSsfpTr%", field) != NULL;
  }
  if (!known || !year || !month || !day)
    return mysql_refuse(call->mysql, call->node, "this format of STR_TO_DATE()");
  return mysql_renamed(call, time ? "mysql_str_to_datetime" : "mysql_str_to_date");
}

/* --- the table --- */

static const struct mysql_function functions[] = {
    {"adddate", 2, 2, add_call, "days"},
    {"curdate", 0, 0, mysql_value_call, "current_date"},
    {"current_timestamp", 0, 1, now_call, NULL},
    {"curtime", 0, 0, curtime_call, NULL},
    {"date", 1, 1, date_call, NULL},
    {"date_add", 2, 2, add_call, ""},
    {"date_format", 2, 2, mysql_rename_call, "mysql_date_format"},
    {"date_sub", 2, 2, add_call, "-"},
    {"datediff", 2, 2, datediff_call, NULL},
    {"day", 1, 1, field_call, "day"},
    {"dayname", 1, 1, format_call, "%W"},
    {"dayofmonth", 1, 1, field_call, "day"},
    {"dayofweek", 1, 1, weekday_call, "dow"},
    {"dayofyear", 1, 1, field_call, "doy"},
    {"extract", 2, 2, extract_call, NULL},
    {"from_unixtime", 1, 2, from_unixtime_call, NULL},
    {"hour", 1, 1, field_call, "hour"},
    {"last_day", 1, 1, mysql_rename_call, "mysql_last_day"},
    {"localtime", 0, 0, now_call, NULL},
    {"localtimestamp", 0, 1, now_call, NULL},
    {"makedate", 2, 2, mysql_rename_call, "mysql_makedate"},
    {"minute", 1, 1, field_call, "minute"},
    {"month", 1, 1, field_call, "month"},
    {"monthname", 1, 1, format_call, "%M"},
    {"now", 0, 1, now_call, NULL},
    {"quarter", 1, 1, field_call, "quarter"},
    {"second", 1, 1, field_call, "second"},
    {"str_to_date", 2, 2, str_to_date_call, NULL},
    {"subdate", 2, 2, add_call, "-days"},
    {"sysdate", 0, 0, now_call, NULL},
    {"timestampadd", 3, 3, timestampadd_call, NULL},
    {"timestampdiff", 3, 3, timestampdiff_call, NULL},
    {"to_days", 1, 1, mysql_rename_call, "mysql_to_days"},
    {"unix_timestamp", 0, 1, unix_timestamp_call, NULL},
    {"utc_date", 0, 0, mysql_value_call, "current_date"},
    {"utc_timestamp", 0, 0, now_call, NULL},
    {"week", 1, 2, week_call, "mysql_week"},
    {"weekday", 1, 1, weekday_call, "isodow"},
    {"weekofyear", 1, 1, weekofyear_call, NULL},
    {"year", 1, 1, field_call, "year"},
    {"yearweek", 1, 2, week_call, "mysql_yearweek"},
};

/* What is left. */
static const char *const refused[] = {
    "addtime",   "convert_tz",  "current_time", "from_days",   "get_format",
    "maketime",  "microsecond", "period_add",   "period_diff", "sec_to_time",
    "subtime",   "time",        "time_format",  "time_to_sec", "timediff",
    "timestamp", "to_seconds",  "utc_time",
};

const struct mysql_function *mysql_date_function(const char *name, uint32_t count) {
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].name, name) == 0 && count >= functions[i].least &&
        count <= functions[i].most)
      return &functions[i];
  }
  return NULL;
}

bool mysql_is_date_function(const char *name) {
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].name, name) == 0)
      return true;
  }
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    if (strcmp(refused[i], name) == 0)
      return true;
  }
  return false;
}
