/* Paths into JSON: a.b[0].c, or an array of steps. */
#include "types/json_path.h"

#include <string.h>

enum { INDEX_MAX = 100000, KEY_LENGTH_MAX = 256 };

/* Digits only; too large ones stay too large. */
static bool read_index(struct text digits, int64_t *index) {
  *index = 0;
  for (size_t i = 0; i < digits.length; i++) {
    if (digits.data[i] < '0' || digits.data[i] > '9')
      return false;
    if (*index <= INDEX_MAX)
      *index = *index * 10 + (digits.data[i] - '0');
  }
  return digits.length > 0;
}

static void skip(struct text *text, size_t length) {
  text->data += length;
  text->length -= length;
}

/* The next step of a path that path_init has accepted. */
static bool next_dotted(struct json_path *path, struct json_step *step) {
  struct text *rest = &path->rest;
  size_t length = 0;
  if (rest->length == 0)
    return false;
  *step = (struct json_step){.only_index = rest->data[0] == '['};
  if (step->only_index) {
    while (length < rest->length && rest->data[length] != ']')
      length++;
    step->has_index =
        read_index((struct text){rest->data + 1, length - 1}, &step->index);
    length++;
  } else {
    while (length < rest->length && rest->data[length] != '.' &&
           rest->data[length] != '[')
      length++;
    step->key = (struct text){rest->data, length};
  }
  skip(rest, length < rest->length ? length : rest->length);
  if (rest->length > 0 && rest->data[0] == '.')
    skip(rest, 1);
  return true;
}

bool json_path_next(struct json_path *path, struct json_step *step) {
  if (path->dotted)
    return next_dotted(path, step);
  if (!json_next(&path->steps))
    return false;
  struct text key = path->steps.value;
  *step = (struct json_step){.quoted = true, .key = key};
  if (key.length > 2)
    step->has_index =
        read_index((struct text){key.data + 1, key.length - 2}, &step->index);
  return true;
}

/* What is wrong with a dotted path; NULL: nothing. */
static const char *dotted_mistake(struct text text) {
  size_t begin = 0;
  if (text.length == 0)
    return "path cannot be empty";
  if (text.data[text.length - 1] == '.')
    return "invalid path syntax: it ends with a dot";
  while (begin < text.length) {
    size_t end = begin;
    while (end < text.length && !strchr(".[]", text.data[end]))
      end++;
    bool indexed = end < text.length && text.data[end] == '[';
    bool after_index = begin > 0 && text.data[begin - 1] == ']';
    if (end == begin && !indexed && !after_index)
      return "invalid path syntax: a key is empty";
    if (end > begin && after_index)
      return "invalid path syntax: a key behind ] needs a dot";
    if (end - begin > KEY_LENGTH_MAX)
      return "a key of the path is longer than 256 bytes";
    begin = end;
    if (indexed) {
      int64_t index;
      while (end < text.length && text.data[end] != ']')
        end++;
      if (end == text.length ||
          !read_index((struct text){text.data + begin + 1, end - begin - 1}, &index))
        return "invalid path syntax: [ needs digits and ]";
      if (index > INDEX_MAX)
        return "array index of the path exceeds 100000";
      begin = end + 1;
    } else if (begin < text.length && text.data[begin] == ']') {
      return "invalid path syntax: ] without [";
    }
    if (begin < text.length && text.data[begin] == '.')
      begin++;
  }
  return NULL;
}

bool json_path_dotted(sqlite3_context *context, sqlite3_value *value,
                      struct json_path *path) {
  *path = (struct json_path){.dotted = true};
  if (!call_text(context, value, &path->rest))
    return false;
  const char *mistake = dotted_mistake(path->rest);
  if (mistake)
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "%s", mistake);
  return !mistake;
}

bool json_path_array(sqlite3_context *context, sqlite3_value *value,
                     struct json_path *path) {
  struct text steps;
  *path = (struct json_path){.dotted = false};
  if (!json_tree_argument(context, value, &steps))
    return false;
  json_iterate(&path->steps, steps);
  return true;
}
