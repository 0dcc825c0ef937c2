/* MySQL's functions of dates as a PostgreSQL server has them, where it is evident what they are of. */
#include <string.h>

#include "sql/print_internal.h"

/* --- dates and instants, recognised by what they are --- */

enum evident { EVIDENT_NOTHING, EVIDENT_DATE, EVIDENT_TIMESTAMP };

static bool is_call(const struct sql_node *node, const char *name) {
  return node->kind == SQL_CALL && node->child[CALL_NAME]->child[NAME_SCHEMA] == NULL &&
         strcmp(node->child[CALL_NAME]->text, name) == 0;
}

static enum evident evident_type(const struct sql_node *node) {
  if (node->kind == SQL_CAST && strcmp(node->child[CAST_TYPE]->text, "date") == 0)
    return EVIDENT_DATE;
  if (node->kind == SQL_CAST && strcmp(node->child[CAST_TYPE]->text, "timestamp") == 0)
    return EVIDENT_TIMESTAMP;
  if (is_call(node, "current_date"))
    return EVIDENT_DATE;
  if (is_call(node, "date_trunc") || is_call(node, "mysql_add_time"))
    return EVIDENT_TIMESTAMP;
  return is_call(node, "mysql_add_days")
             ? evident_type(node->child[CALL_ARGUMENTS]->child[0])
             : EVIDENT_NOTHING;
}

/* --- what is added to a date --- */

/* How long one of the unit is; NULL: it is written in several fields, or seconds. */
static const char *length_of(const char *unit) {
  static const struct {
    const char *unit, *length;
  } lengths[] = {
      {"minute", "1 minute"}, {"hour", "1 hour"},     {"day", "1 day"},
      {"week", "7 days"},     {"month", "1 month"},   {"quarter", "3 months"},
      {"year", "1 year"},     {"second", "1 second"}, {"microsecond", "1 microsecond"}};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    if (strcmp(lengths[i].unit, unit) == 0)
      return lengths[i].length;
  }
  return NULL;
}

/* (date + amount * interval '1 day'); of a date to which days are added a date is left. */
static bool print_added(struct printer *printer, const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  enum evident type = evident_type(arguments->child[0]);
  const char *unit = arguments->child[2]->text;
  bool taken_off = unit[0] == '-';
  const char *length = length_of(unit + taken_off);
  bool number = arguments->child[1]->kind != SQL_STRING;
  if (type == EVIDENT_NOTHING || length == NULL || !number)
    return false;
  bool date = type == EVIDENT_DATE && is_call(call, "mysql_add_days");
  print_text(printer, date ? "CAST(" : "(");
  print_operand(printer, arguments->child[0], LEVEL_PRIMARY);
  print_text(printer, taken_off ? " - " : " + ");
  print_operand(printer, arguments->child[1], LEVEL_PRIMARY);
  print_text(printer, " * interval '");
  print_text(printer, length);
  print_text(printer, date ? "' AS date)" : "')");
  return true;
}

/* --- formats --- */

/* What to_char calls a field of DATE_FORMAT; NULL: it has none. */
static const char *pattern_of(char letter) {
  static const struct {
    char letter;
    const char *pattern;
  } patterns[] = {{'Y', "YYYY"},
                  {'y', "YY"},
                  {'m', "MM"},
                  {'c', "FMMM"},
                  {'d', "DD"},
                  {'e', "FMDD"},
                  {'j', "DDD"},
                  {'H', "HH24"},
                  {'k', "FMHH24"},
                  {'h', "HH12"},
                  {'I', "HH12"},
                  {'l', "FMHH12"},
                  {'i', "MI"},
                  {'s', "SS"},
                  {'S', "SS"},
                  {'f', "US"},
                  {'p', "AM"},
                  {'T', "HH24:MI:SS"},
                  {'r', "HH12:MI:SS AM"},
                  {'M', "FMMonth"},
                  {'b', "Mon"},
                  {'W', "FMDay"},
                  {'a', "Dy"},
                  {'v', "IW"},
                  {'x', "IYYY"}};
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    if (patterns[i].letter == letter)
      return patterns[i].pattern;
  }
  return NULL;
}

/* Can all of the format be said? */
static bool has_pattern(const struct sql_node *format) {
  if (format->kind != SQL_STRING)
    return false;
  for (uint32_t i = 0; i < format->length; i++) {
    if (format->text[i] == '"' || format->text[i] == '\\')
      return false;
    if (format->text[i] != '%')
      continue;
    i++;
    if (i == format->length ||
        (format->text[i] != '%' && pattern_of(format->text[i]) == NULL))
      return false;
  }
  return true;
}

/* to_char(date, pattern), what is no field in quotes. */
static bool print_format(struct printer *printer, const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  const struct sql_node *format = arguments->child[1];
  if (!has_pattern(format))
    return false;
  print_text(printer, "to_char(CAST(");
  print_expression(printer, arguments->child[0]);
  print_text(printer, " AS timestamp), '");
  for (uint32_t i = 0; i < format->length; i++) {
    const char *field = NULL;
    if (format->text[i] == '%')
      field = pattern_of(format->text[++i]);
    if (field != NULL)
      print_text(printer, field);
    else
      buffer_format(printer->out, format->text[i] == '\'' ? "\"''\"" : "\"%c\"",
                    format->text[i]);
  }
  print_text(printer, "')");
  return true;
}

bool print_postgres_call(struct printer *printer, const struct sql_node *call) {
  const struct sql_node *name = call->child[CALL_NAME];
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (name->child[NAME_SCHEMA] != NULL || strncmp(name->text, "mysql_", 6) != 0 ||
      arguments == NULL)
    return false;
  if (strncmp(name->text, "mysql_add_", 10) == 0 && arguments->count == 3 &&
      print_added(printer, call))
    return true;
  if (is_call(call, "mysql_date_format") && arguments->count == 2 &&
      print_format(printer, call))
    return true;
  print_refuse(printer, call, mysql_function_name(name->text));
  return true;
}
