/* Calls that MySQL spells otherwise. */
#include <string.h>

#include "sql/print_internal.h"

/* The functions that stand for an operator of MySQL's (sql/mysql.c). */
static const char *operator_of(const char *name) {
  static const struct {
    const char *name, *text;
  } operators[] = {
      {"mysql_divide", "/"},      {"mysql_divide_strict", "/"},
      {"mysql_quotient", "/"},    {"mysql_quotient_strict", "/"},
      {"mysql_div", "DIV"},       {"mysql_div_strict", "DIV"},
      {"mysql_modulo", "%"},      {"mysql_modulo_strict", "%"},
      {"mysql_bit_or", "|"},      {"mysql_bit_and", "&"},
      {"mysql_shift_left", "<<"}, {"mysql_shift_right", ">>"},
  };
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
    if (strcmp(operators[i].name, name) == 0)
      return operators[i].text;
  }
  return NULL;
}

const char *mysql_function_name(const char *name) {
  static const struct {
    const char *name, *mysql;
  } functions[] = {
      {"mysql_concat", "concat"},
      {"mysql_concat_ws", "concat_ws"},
      {"mysql_left", "left"},
      {"mysql_right", "right"},
      {"mysql_substr", "substr"},
      {"mysql_text", "concat"},
      {"strpos", "instr"},
      {"stddev", "stddev_samp"},
      {"variance", "var_samp"},
      {"mysql_add_days", "date_add"},
      {"mysql_add_time", "date_add"},
      {"mysql_date_format", "date_format"},
      {"mysql_from_unixtime", "from_unixtime"},
      {"mysql_last_day", "last_day"},
      {"mysql_last_insert_id", "last_insert_id"},
      {"mysql_makedate", "makedate"},
      {"mysql_str_to_date", "str_to_date"},
      {"mysql_str_to_datetime", "str_to_date"},
      {"mysql_to_days", "to_days"},
      {"mysql_unix_timestamp", "unix_timestamp"},
      {"mysql_week", "week"},
      {"mysql_yearweek", "yearweek"},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].name, name) == 0)
      return functions[i].mysql;
  }
  return name;
}

static void print_operator_call(struct printer *printer, const char *text,
                                const struct sql_node *arguments) {
  print_text(printer, "(");
  print_operand(printer, arguments->child[0], LEVEL_PRIMARY);
  buffer_format(printer->out, " %s ", text);
  print_operand(printer, arguments->child[1], LEVEL_PRIMARY);
}

/* GROUP_CONCAT of the first `count` arguments; `separator` may be NULL. */
static void print_group_concat(struct printer *printer, const struct sql_node *call,
                               uint32_t count, const struct sql_node *separator) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  print_text(printer, (call->flags & SQL_DISTINCT) != 0 ? "GROUP_CONCAT(DISTINCT "
                                                        : "GROUP_CONCAT(");
  for (uint32_t i = 0; i < count; i++) {
    print_text(printer, i > 0 ? ", " : "");
    print_expression(printer, arguments->child[i]);
  }
  if (call->child[CALL_ORDER] != NULL) {
    print_text(printer, " ORDER BY ");
    print_list(printer, call->child[CALL_ORDER], print_order);
  }
  if (separator != NULL) {
    print_text(printer, " SEPARATOR ");
    print_expression(printer, separator);
  }
}

/* As it was written: what stands behind SEPARATOR is its last argument. */
static void print_written(struct printer *printer, const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  uint32_t count = arguments->count;
  const struct sql_node *last = arguments->child[count - 1];
  if (count > 1 && last->kind == SQL_ARGUMENT)
    print_group_concat(printer, call, count - 1, last->child[0]);
  else
    print_group_concat(printer, call, count, NULL);
}

/* extract(field FROM x). MySQL's own EXTRACT of a week counts otherwise, that of a second has no fraction. */
static void print_extract_field(struct printer *printer, const struct sql_node *call) {
  static const struct {
    const char *field, *before, *behind;
  } fields[] = {
      {"year", "EXTRACT(YEAR FROM ", ""},
      {"quarter", "EXTRACT(QUARTER FROM ", ""},
      {"month", "EXTRACT(MONTH FROM ", ""},
      {"day", "EXTRACT(DAY FROM ", ""},
      {"hour", "EXTRACT(HOUR FROM ", ""},
      {"minute", "EXTRACT(MINUTE FROM ", ""},
      {"dow", "(DAYOFWEEK(", ") - 1"},
      {"isodow", "(WEEKDAY(", ") + 1"},
      {"doy", "DAYOFYEAR(", ""},
      {"week", "WEEK(", ", 3"},
  };
  const struct sql_node *field = call->child[CALL_ARGUMENTS]->child[0];
  const struct sql_node *value = call->child[CALL_ARGUMENTS]->child[1];
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    if (strcmp(fields[i].field, field->text) != 0)
      continue;
    print_text(printer, fields[i].before);
    print_expression(printer, value);
    print_text(printer, fields[i].behind);
    return;
  }
  if (strcmp(field->text, "second") != 0)
    print_refuse(printer, call, "EXTRACT of this field");
  print_text(printer, "CAST(date_format(");
  print_expression(printer, value);
  print_text(printer, ", '%s.%f') AS DECIMAL(8, 6)");
}

/* trunc(x), trunc(x, places) */
static void print_truncate(struct printer *printer, const struct sql_node *arguments) {
  print_text(printer, "TRUNCATE(");
  print_expression(printer, arguments->child[0]);
  print_text(printer, ", ");
  if (arguments->count > 1)
    print_expression(printer, arguments->child[1]);
  else
    print_text(printer, "0");
}

/* INTERVAL amount unit */
static void print_interval(struct printer *printer, const struct sql_node *amount,
                           const char *unit) {
  print_text(printer, "INTERVAL ");
  print_operand(printer, amount, LEVEL_PRIMARY);
  print_text(printer, " ");
  print_text(printer, unit);
}

/* mysql_add_days(date, amount, 'day') and its kin (sql/mysql_date.c): a minus stands in front of what is taken off. */
static void print_date_add(struct printer *printer, const struct sql_node *arguments) {
  const char *unit = arguments->child[2]->text;
  bool taken_off = unit[0] == '-';
  print_text(printer, taken_off ? "DATE_SUB(" : "DATE_ADD(");
  print_expression(printer, arguments->child[0]);
  print_text(printer, ", ");
  print_interval(printer, arguments->child[1], unit + taken_off);
}

static void print_timestampdiff(struct printer *printer,
                                const struct sql_node *arguments) {
  print_text(printer, "TIMESTAMPDIFF(");
  print_text(printer, arguments->child[0]->text);
  print_text(printer, ", ");
  print_expression(printer, arguments->child[1]);
  print_text(printer, ", ");
  print_expression(printer, arguments->child[2]);
}

/* Calls of functions of dates that are no calls of MySQL's, without the closing parenthesis. */
static bool print_date_call(struct printer *printer, const struct sql_node *call) {
  const char *name = call->child[CALL_NAME]->text;
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  uint32_t count = arguments->count;
  bool text = count > 0 && arguments->child[count - 1]->kind == SQL_STRING;
  if (strncmp(name, "mysql_add_", 10) == 0 && count == 3 && text)
    print_date_add(printer, arguments);
  else if (strcmp(name, "mysql_timestampdiff") == 0 && count == 3 &&
           arguments->child[0]->kind == SQL_STRING)
    print_timestampdiff(printer, arguments);
  else
    return false;
  return true;
}

/* localtimestamp has whole seconds there. */
static bool is_now(const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (strcmp(call->child[CALL_NAME]->text, "date_trunc") != 0 ||
      arguments->count != 2 || arguments->child[0]->kind != SQL_STRING ||
      arguments->child[1]->kind != SQL_CALL)
    return false;
  return strcmp(arguments->child[0]->text, "second") == 0 &&
         strcmp(arguments->child[1]->child[CALL_NAME]->text, "localtimestamp") == 0;
}

/* What MySQL does not have, or MariaDB in a way of its own. */
static bool is_template_function(const char *name) {
  static const char *const names[] = {"to_char", "to_date", "to_number",
                                      "to_timestamp"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(names[i], name) == 0)
      return true;
  }
  return false;
}

bool print_mysql_call(struct printer *printer, const struct sql_node *call) {
  const struct sql_node *name = call->child[CALL_NAME];
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (name->child[NAME_SCHEMA] != NULL || arguments == NULL)
    return false;
  if (is_template_function(name->text))
    print_refuse(printer, call, name->text);
  if (strcmp(name->text, "mysql_interval") == 0 && arguments->count == 2) {
    print_interval(printer, arguments->child[0], arguments->child[1]->text);
    return true;
  }
  if (is_now(call)) {
    print_expression(printer, arguments->child[1]);
    return true;
  }
  if (strncmp(name->text, "mysql_variable", 14) == 0 && arguments->count == 1 &&
      arguments->child[0]->kind == SQL_STRING) {
    print_text(printer, "@@");
    print_text(printer, arguments->child[0]->text);
    return true;
  }
  const char *text = operator_of(name->text);
  if (text != NULL && arguments->count == 2) {
    print_operator_call(printer, text, arguments);
  } else if (strcmp(name->text, "mysql_unsigned") == 0) {
    print_text(printer, "CAST(");
    print_expression(printer, arguments->child[0]);
    print_text(printer, " AS UNSIGNED");
  } else if (strcmp(name->text, "extract") == 0 && arguments->count == 2 &&
             arguments->child[0]->kind == SQL_STRING) {
    print_extract_field(printer, call);
  } else if (strcmp(name->text, "trunc") == 0 && arguments->count >= 1) {
    print_truncate(printer, arguments);
  } else if (strcmp(name->text, "string_agg") == 0 && arguments->count == 2 &&
             arguments->child[1]->kind == SQL_STRING) {
    print_group_concat(printer, call, 1, arguments->child[1]);
  } else if (strcmp(name->text, "group_concat") == 0 && arguments->count > 0) {
    print_written(printer, call);
  } else if (!print_date_call(printer, call)) {
    return false;
  }
  print_text(printer, ")");
  return true;
}
