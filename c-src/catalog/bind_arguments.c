/* Arguments that are given by name: put in the order of the parameters. */
#include <string.h>

#include "catalog/bind_internal.h"

bool arguments_are_named(const struct sql_node *arguments) {
  for (uint32_t i = 0; arguments && i < arguments->count; i++)
    if (arguments->child[i]->kind == SQL_ARGUMENT)
      return true;
  return false;
}

static bool is_given_before(const struct sql_node *arguments, uint32_t index) {
  for (uint32_t i = 0; i < index; i++) {
    const struct sql_node *other = arguments->child[i];
    if (other->kind == SQL_ARGUMENT &&
        strcmp(other->text, arguments->child[index]->text) == 0)
      return true;
  }
  return false;
}

int arguments_check(struct error *error, const struct sql_node *arguments) {
  bool named = false;
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    const struct sql_node *argument = arguments->child[i];
    if (argument->kind != SQL_ARGUMENT && named)
      return error_set_at(error, TIDE_ERROR_SYNTAX, argument->position,
                          "positional argument cannot follow named argument");
    if (argument->kind != SQL_ARGUMENT)
      continue;
    named = true;
    if (is_given_before(arguments, i))
      return error_set_at(error, TIDE_ERROR_SYNTAX, argument->position,
                          "argument name %q used more than once", argument->text);
  }
  return TIDE_OK;
}

/* --- places --- */

static size_t word_length(const char *text, char end) {
  size_t length = 0;
  while (text[length] != '\0' && text[length] != ' ' && text[length] != end)
    length++;
  return length;
}

/* Is `name` the parameter that begins at `word`, under one of its names? */
static bool is_parameter(const char *word, const char *name) {
  size_t wanted = strlen(name);
  for (;;) {
    size_t length = word_length(word, '|');
    if (length == wanted && memcmp(word, name, length) == 0)
      return true;
    if (word[length] != '|')
      return false;
    word += length + 1;
  }
}

static const char *next_word(const char *word) {
  word += word_length(word, ' ');
  return *word == ' ' ? word + 1 : word;
}

static int place_of(const char *names, const char *name) {
  int index = 0;
  for (const char *word = names; *word != '\0'; word = next_word(word), index++)
    if (is_parameter(word, name))
      return index;
  return -1;
}

static int count_words(const char *words) {
  int count = 0;
  for (; words && *words != '\0'; words = next_word(words))
    count++;
  return count;
}

bool arguments_place(const struct sql_node *arguments, const char *names,
                     struct sql_node **places, int capacity, int *count) {
  *count = count_words(names);
  if (*count > capacity)
    return false;
  for (int i = 0; i < *count; i++)
    places[i] = NULL;
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    struct sql_node *argument = arguments->child[i];
    bool named = argument->kind == SQL_ARGUMENT;
    int place = named ? place_of(names, argument->text) : (int)i;
    if (place < 0 || place >= *count || places[place])
      return false;
    places[place] = named ? argument->child[0] : argument;
  }
  return true;
}

/* --- in the binder --- */

static bool is_word(const char *word, const char *text) {
  size_t length = strlen(text);
  return word_length(word, ' ') == length && memcmp(word, text, length) == 0;
}

/* The literal that stands for a parameter that is not given. */
static struct sql_node *build_default(struct binder *binder, const char *word,
                                      uint32_t position) {
  if (is_word(word, "true") || is_word(word, "false")) {
    struct sql_node *boolean = bind_node(binder, SQL_BOOLEAN, position, NULL);
    if (boolean)
      boolean->op = is_word(word, "true");
    return boolean;
  }
  const char *text = arena_copy(binder->arena, word, word_length(word, ' '));
  enum sql_kind kind = is_word(word, "NULL")              ? SQL_NULL
                       : word[0] >= '0' && word[0] <= '9' ? SQL_INTEGER
                                                          : SQL_STRING;
  return text ? bind_node(binder, kind, position, kind == SQL_NULL ? NULL : text)
              : NULL;
}

static const char *word_at(const char *words, int index) {
  while (index-- > 0)
    words = next_word(words);
  return words;
}

bool bind_arguments(struct binder *binder, struct sql_node *call) {
  struct sql_node *places[BIND_ARGUMENTS_MAX];
  const struct sql_node *name = call->child[CALL_NAME];
  const struct function_parameters *parameters = function_parameters(name->text);
  int count;
  if (!parameters || !arguments_place(call->child[CALL_ARGUMENTS], parameters->names,
                                      places, BIND_ARGUMENTS_MAX, &count))
    return false;
  int required = count - count_words(parameters->defaults);
  struct sql_node *list = bind_node(binder, SQL_LIST, call->position, NULL);
  for (int i = 0; list && i < count; i++) {
    if (!places[i] && i < required)
      return false;
    if (!places[i]) {
      const char *word = word_at(parameters->defaults, i - required);
      struct sql_node *value = build_default(binder, word, call->position);
      places[i] = value ? bind_value(binder, NULL, value) : NULL;
    }
    if (!places[i] || !bind_append(binder, list, places[i]))
      return false;
  }
  if (list)
    call->child[CALL_ARGUMENTS] = list;
  return list != NULL;
}
