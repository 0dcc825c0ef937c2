/* What MySQL means by its types, and by what it writes among the columns of a table. */
#include <string.h>

#include "sql/mysql_internal.h"

static bool is_any_of(const char *text, const char *const words[]) {
  for (size_t i = 0; words[i] != NULL; i++) {
    if (strcmp(words[i], text) == 0)
      return true;
  }
  return false;
}

/* --- types --- */

static int modifier(struct mysql *mysql, struct sql_node *type, const char *digits) {
  struct sql_node **list = &type->child[TYPE_MODIFIERS];
  if (*list == NULL)
    *list = sql_node_new(mysql->arena, SQL_LIST, type->position);
  struct sql_node *number = mysql_integer(mysql, type->position, digits);
  return *list != NULL && number != NULL &&
                 sql_list_append(mysql->arena, *list, number) != NULL
             ? TIDE_OK
             : TIDE_ERROR_NOMEM;
}

void mysql_declared_type(struct mysql *mysql, struct sql_node *type) {
  static const char *const whole[] = {"smallint", "integer", "int", "bigint", NULL};
  static const char *const exact[] = {"numeric", "decimal", "dec", "fixed", NULL};
  static const char *const times[] = {"timestamp", "time", NULL};
  static const char *const missing[] = {"year", "bit", "set", "serial", NULL};
  bool plain = type->child[TYPE_MODIFIERS] == NULL;
  const char *text = type->text;
  if (is_any_of(text, missing)) {
    mysql_refuse(mysql, type, arena_format(mysql->arena, "MySQL's type %s", text));
  } else if (is_any_of(text, whole)) {
    type->child[TYPE_MODIFIERS] = NULL;
  } else if (is_any_of(text, exact)) {
    type->text = "numeric";
    if (plain && modifier(mysql, type, "10") == TIDE_OK)
      modifier(mysql, type, "0");
  } else if (is_any_of(text, times) && plain) {
    modifier(mysql, type, "0");
  } else if (strcmp(text, "character") == 0) {
    type->text = "character varying"; /* without the blanks at the end */
  } else if (strcmp(text, "real") == 0) {
    type->text = "double precision";
  }
  type->length = (uint32_t)strlen(type->text);
}

/* --- ranges --- */

/* A type of MySQL's that is a part of one that there is. */
struct part {
  const char *type;
  bool is_unsigned;
  const char *stored;
  const char *least, *most; /* the least without its minus */
};

static const struct part *part_of(const char *type, bool is_unsigned) {
  static const struct part parts[] = {
      {"tinyint", false, "smallint", "128", "127"},
      {"mediumint", false, "integer", "8388608", "8388607"},
      {"tinyint", true, "smallint", "0", "255"},
      {"smallint", true, "integer", "0", "65535"},
      {"mediumint", true, "integer", "0", "16777215"},
      {"int", true, "bigint", "0", "4294967295"},
      {"integer", true, "bigint", "0", "4294967295"},
      {"bigint", true, "bigint", "0", "9223372036854775807"},
  };
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (parts[i].is_unsigned == is_unsigned && strcmp(parts[i].type, type) == 0)
      return &parts[i];
  }
  return NULL;
}

/* CHECK (mysql_fits(column, least, most)), which fails with 22003. */
static struct sql_node *range_check(struct mysql *mysql, const struct sql_node *column,
                                    const struct part *part) {
  uint32_t position = column->position;
  struct sql_node *check = sql_node_new(mysql->arena, SQL_CONSTRAINT, position);
  struct sql_node *least = mysql_integer(mysql, position, part->least);
  struct sql_node *most = mysql_integer(mysql, position, part->most);
  struct sql_node *value =
      sql_node_text(mysql->arena, SQL_COLUMN, position, column->text);
  struct sql_node *minus = sql_node_text(mysql->arena, SQL_UNARY, position, "-");
  if (check == NULL || least == NULL || most == NULL || value == NULL || minus == NULL)
    return NULL;
  minus->child[0] = least;
  struct sql_node *call = mysql_call(mysql, "mysql_fits", position, value,
                                     part->is_unsigned ? least : minus);
  if (call == NULL ||
      sql_list_append(mysql->arena, call->child[CALL_ARGUMENTS], most) == NULL)
    return NULL;
  check->op = SQL_CHECK;
  check->child[CONSTRAINT_EXPRESSION] = call;
  return check;
}

/* --- columns --- */

/* Is it a word that belongs to the type? Then it is taken away. */
static bool takes_word(struct mysql *mysql, struct sql_node *type,
                       const struct sql_node *constraint) {
  if (constraint->kind == SQL_NAME) {
    if (strcmp(constraint->text, "unsigned") == 0)
      type->flags |= SQL_UNSIGNED;
    else if (strcmp(constraint->text, "signed") != 0)
      error_set_at(mysql->error, TIDE_ERROR_SYNTAX, constraint->position,
                   "syntax error: a constraint is wanted behind its name");
    return true;
  }
  if (constraint->kind != SQL_CONSTRAINT || constraint->op != SQL_COLLATION)
    return false;
  return sql_is_text_collation(constraint->child[CONSTRAINT_EXPRESSION]->text);
}

static void take_words(struct mysql *mysql, struct sql_node *column) {
  struct sql_node **list = &column->child[COLUMN_CONSTRAINTS];
  uint32_t kept = 0;
  for (uint32_t i = 0; *list != NULL && i < (*list)->count; i++) {
    struct sql_node *constraint = (*list)->child[i];
    if (!takes_word(mysql, column->child[COLUMN_TYPE], constraint))
      (*list)->child[kept++] = constraint;
  }
  if (*list != NULL)
    (*list)->count = kept;
  if (kept == 0)
    *list = NULL;
}

static bool append_to_column(struct mysql *mysql, struct sql_node *column,
                             struct sql_node *constraint) {
  struct sql_node **list = &column->child[COLUMN_CONSTRAINTS];
  if (*list == NULL)
    *list = sql_node_new(mysql->arena, SQL_LIST, column->position);
  return *list != NULL && constraint != NULL &&
         sql_list_append(mysql->arena, *list, constraint) != NULL;
}

/* ENUM('a', 'b') as a text: what the type is called that all columns of these labels have. */
static const char *enum_name(struct mysql *mysql, const struct sql_node *labels) {
  const char *text = "enum(";
  for (uint32_t i = 0; text != NULL && i < labels->count; i++) {
    text = arena_format(mysql->arena, "%s%s'", text, i > 0 ? "," : "");
    for (const char *c = labels->child[i]->text; text != NULL && *c != '\0'; c++)
      text = arena_format(mysql->arena, *c == '\'' ? "%s%c'" : "%s%c", text, *c);
    text = text == NULL ? NULL : arena_format(mysql->arena, "%s'", text);
  }
  return text == NULL ? NULL : arena_format(mysql->arena, "%s)", text);
}

/* The type is made with the table, if there is none yet; see mysql_lift_own. */
static struct sql_node *enum_column(struct mysql *mysql, struct sql_node *column) {
  struct sql_node *type = column->child[COLUMN_TYPE];
  struct sql_node *labels = type->child[TYPE_MODIFIERS];
  for (uint32_t i = 0; labels != NULL && i < labels->count; i++)
    if (labels->child[i]->kind != SQL_STRING)
      labels = NULL;
  if (labels == NULL)
    return mysql_refuse(mysql, type, "ENUM without labels");
  const char *name = enum_name(mysql, labels);
  if (name == NULL)
    return NULL;
  struct sql_node *made =
      mysql_node(mysql, SQL_CREATE_ENUM, type->position,
                 sql_node_text(mysql->arena, SQL_NAME, type->position, name), labels);
  type->text = name;
  type->length = (uint32_t)strlen(name);
  type->child[TYPE_MODIFIERS] = NULL;
  return append_to_column(mysql, column, made) ? column : NULL;
}

struct sql_node *mysql_column_definition(struct mysql *mysql, struct sql_node *column) {
  struct sql_node *type = column->child[COLUMN_TYPE];
  take_words(mysql, column);
  if (strcmp(type->text, "enum") == 0)
    return enum_column(mysql, column);
  bool is_unsigned = (type->flags & SQL_UNSIGNED) != 0;
  const struct part *part = part_of(type->text, is_unsigned);
  type->flags &= ~(uint32_t)SQL_UNSIGNED;
  if (is_unsigned && part == NULL)
    mysql_refuse(mysql, type,
                 arena_format(mysql->arena, "UNSIGNED of type %s", type->text));
  if (part != NULL) {
    type->text = part->stored;
    if (!append_to_column(mysql, column, range_check(mysql, column, part)))
      return NULL;
  }
  mysql_declared_type(mysql, type);
  return column;
}

void mysql_domain(struct mysql *mysql, const struct sql_node *domain) {
  const struct sql_node *constraints = domain->child[DOMAIN_CONSTRAINTS];
  for (uint32_t i = 0; constraints != NULL && i < constraints->count; i++) {
    if (constraints->child[i]->kind == SQL_CONSTRAINT)
      continue;
    mysql_refuse(mysql, constraints->child[i],
                 "a word or comment of MySQL's in a domain");
    return;
  }
}

/* --- what is made when the table is there --- */

/* Moves what goes with a column, its comment and its type, out of its constraints; each to the end of the list, wrapped as
 * an action where it is one. */
static void lift_from_column(struct mysql *mysql, const struct sql_node *column,
                             struct sql_node *list, bool actions) {
  struct sql_node *constraints = column->child[COLUMN_CONSTRAINTS];
  uint32_t kept = 0;
  for (uint32_t i = 0; constraints != NULL && i < constraints->count; i++) {
    struct sql_node *comment = constraints->child[i];
    if (comment->kind != SQL_COMMENT && comment->kind != SQL_CREATE_ENUM) {
      constraints->child[kept++] = comment;
      continue;
    }
    if (comment->kind == SQL_COMMENT) {
      comment->text = column->text;
      comment->length = column->length;
    }
    if (actions)
      comment = mysql_node(mysql, SQL_ACTION, comment->position, comment, NULL);
    if (comment == NULL)
      return;
    if (actions)
      comment->op = SQL_ADD_CONSTRAINT;
    sql_list_append(mysql->arena, list, comment);
  }
  if (constraints != NULL)
    constraints->count = kept;
}

void mysql_lift_comments(struct mysql *mysql, struct sql_node *statement) {
  bool actions = statement->kind == SQL_ALTER;
  struct sql_node *list = statement->child[actions ? ALTER_ACTIONS : TABLE_ELEMENTS];
  uint32_t count = list == NULL ? 0 : list->count;
  for (uint32_t i = 0; i < count && !mysql->arena->failed; i++) {
    const struct sql_node *node = list->child[i];
    if (actions && (node->op == SQL_ADD_COLUMN || node->op == SQL_REDEFINE_COLUMN))
      node = node->child[ACTION_DEFINITION];
    if (node->kind == SQL_COLUMN_DEFINITION)
      lift_from_column(mysql, node, list, actions);
  }
}

/* name(10) is the column, of which the first letters are kept: what is found is the same. */
void mysql_index(struct mysql *mysql, struct sql_node *index) {
  struct sql_node *columns = index->child[INDEX_COLUMNS];
  for (uint32_t i = 0; columns != NULL && i < columns->count; i++) {
    struct sql_node *part = columns->child[i]->child[0];
    const struct sql_node *arguments =
        part->kind == SQL_CALL ? part->child[CALL_ARGUMENTS] : NULL;
    if (arguments == NULL || arguments->count != 1 ||
        arguments->child[0]->kind != SQL_INTEGER)
      continue;
    if ((index->flags & SQL_UNIQUE) != 0)
      mysql_refuse(mysql, part, "a unique index of the first letters");
    columns->child[i]->child[0] = sql_node_text(
        mysql->arena, SQL_COLUMN, part->position, part->child[CALL_NAME]->text);
  }
}
