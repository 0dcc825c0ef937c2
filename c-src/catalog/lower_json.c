/* json_build_object, json_build_array and rows, in either type of JSON, as one call over a
 * template: what is known of the result is written down once, keys sorted as jsonb has
 * them, and the values are all that is left to be filled in for each row. */
#include <stdlib.h>
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "types/json.h"

enum {
  HOLES_MAX = 100 /* SQLite takes no more than 127 arguments where it is built so */
};

/* --- values as JSON --- */

/* Is what to_json() makes of the type written as jsonb writes it? */
static bool is_normalised(struct type type) {
  return !type.array && type.id != TYPE_JSON && type.id != TYPE_RECORD &&
         type.id != TYPE_REAL && type.id != TYPE_DOUBLE;
}

struct sql_node *lower_to_json(struct lowering *lowering, struct sql_node *value,
                               struct type from, struct type result) {
  struct sql_node *json =
      lower_conversion(lowering, value, from, TYPE(TYPE_ANYJSON), CONVERT_EXPLICIT);
  if (!json || result.id != TYPE_JSONB || is_normalised(from))
    return json;
  return lower_function(lowering, "pg_jsonb", TYPE(TYPE_JSONB),
                        lower_list(lowering, json->position, 1, json));
}

const char *lower_json_aggregate(const struct sql_node *call) {
  const struct function *function = call->bound;
  if (lower_is_list_of_lines(call))
    return "pg_json_agg_lines";
  return strcmp(function->sqlite, "pg_jsonb_agg") == 0 ? "pg_json_agg"
                                                       : function->sqlite;
}

bool lower_is_list_of_lines(const struct sql_node *call) {
  const struct function *function = call->bound;
  return strcmp(function->sqlite, "pg_json_agg_lines") == 0 ||
         (strcmp(function->sqlite, "pg_json_agg") == 0 &&
          call->child[CALL_ARGUMENTS]->child[0]->type.array);
}

/* --- what can be written down --- */

static bool is_call_of(const struct sql_node *node, const char *json,
                       const char *jsonb) {
  const struct function *function = node->bound;
  return strcmp(function->sqlite, json) == 0 || strcmp(function->sqlite, jsonb) == 0;
}

static bool is_object(const struct sql_node *node) {
  return is_call_of(node, "pg_json_build_object", "pg_jsonb_build_object");
}

static struct text literal(const struct sql_node *node) {
  return (struct text){node->text, node->length};
}

/* Shorter keys come first, then those with the smaller bytes. */
static int compare_keys(const void *left, const void *right) {
  struct text a = literal(*(struct sql_node *const *)left);
  struct text b = literal(*(struct sql_node *const *)right);
  if (a.length != b.length)
    return a.length < b.length ? -1 : 1;
  return memcmp(a.data, b.data, a.length);
}

static bool has_key(const struct sql_node *arguments, uint32_t count,
                    const struct sql_node *key) {
  for (uint32_t i = 0; i < count; i += 2)
    if (compare_keys(&arguments->child[i], &key) == 0)
      return true;
  return false;
}

/* Of equal keys jsonb keeps the last one: that is left to the function. */
static bool has_known_keys(const struct sql_node *arguments, bool jsonb) {
  for (uint32_t i = 0; i < arguments->count; i += 2)
    if (arguments->child[i]->kind != SQL_STRING ||
        (jsonb && has_key(arguments, i, arguments->child[i])))
      return false;
  return arguments->count % 2 == 0;
}

bool lower_is_json_template(const struct sql_node *node) {
  const struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  if (!arguments || arguments->count == 0)
    return false;
  if (is_object(node))
    return arguments->count <= 2 * HOLES_MAX &&
           has_known_keys(arguments, node->type.id == TYPE_JSONB);
  return is_call_of(node, "pg_json_build_array", "pg_jsonb_build_array") &&
         arguments->count <= HOLES_MAX;
}

/* --- the template --- */

struct template {
  struct lowering *lowering;
  bool jsonb;
  struct buffer text;
  struct sql_node *values; /* of the holes so far, behind a place for the text */
  uint32_t reserved;       /* values that will come for certain */
};

static void put_literal(struct template *template, struct text text) {
  struct buffer quoted;
  buffer_init(&quoted, template->text.memory);
  json_quote_text(&quoted, text);
  for (size_t i = 0; i < quoted.length; i++) {
    buffer_character(&template->text, quoted.data[i]);
    if (quoted.data[i] == '%')
      buffer_character(&template->text, '%');
  }
  template->text.failed |= quoted.failed;
  buffer_deinit(&quoted);
}

/* What is to be filled in for a value of the type; JSON_HOLE_JSON: what to_json() makes
 * of it. */
static enum json_hole hole_for(struct type type, bool jsonb) {
  bool modifiers;
  const char *conversion = type_cast(type, TYPE(TYPE_ANYJSON), &modifiers);
  if (!conversion || type.array)
    return JSON_HOLE_JSON;
  if (strcmp(conversion, "pg_json_of_text") == 0)
    return JSON_HOLE_TEXT;
  switch (type.id) {
  case TYPE_BOOLEAN: return JSON_HOLE_BOOLEAN;
  case TYPE_SMALLINT:
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_NUMERIC: return JSON_HOLE_NUMBER;
  case TYPE_REAL: return jsonb ? JSON_HOLE_JSON : JSON_HOLE_REAL;
  case TYPE_DOUBLE: return jsonb ? JSON_HOLE_JSON : JSON_HOLE_DOUBLE;
  default: return JSON_HOLE_JSON;
  }
}

static bool put_hole(struct template *template, struct sql_node *value,
                     struct type type) {
  enum json_hole hole = hole_for(type, template->jsonb);
  if (hole == JSON_HOLE_JSON)
    value = lower_to_json(template->lowering, value, type,
                          TYPE(template->jsonb ? TYPE_JSONB : TYPE_JSON));
  buffer_character(&template->text, '%');
  buffer_character(&template->text, (char)hole);
  return value && lower_append(template->lowering, template->values, value);
}

/* Is it a lowered template that may stand within this one as it is? */
static bool can_contain(const struct template *template, const struct sql_node *value,
                        struct type type) {
  if (value->kind != SQL_CALL || value->bound ||
      strcmp(value->child[CALL_NAME]->text, JSON_FORMAT) != 0 ||
      (template->jsonb && type.id != TYPE_JSONB))
    return false;
  uint32_t added = value->child[CALL_ARGUMENTS]->count - 1;
  return template->values->count - 1 + added + template->reserved <= HOLES_MAX;
}

static bool put_template(struct template *template, const struct sql_node *inner) {
  const struct sql_node *arguments = inner->child[CALL_ARGUMENTS];
  buffer_append(&template->text, arguments->child[0]->text,
                arguments->child[0]->length);
  for (uint32_t i = 1; i < arguments->count; i++)
    if (!lower_append(template->lowering, template->values, arguments->child[i]))
      return false;
  return true;
}

static bool put_value(struct template *template, struct sql_node *value) {
  struct type type = value->type;
  bool known = value->kind == SQL_STRING && !type.array &&
               hole_for(type, template->jsonb) == JSON_HOLE_TEXT;
  template->reserved--;
  if (value->kind == SQL_NULL) {
    buffer_text(&template->text, "null");
    return true;
  }
  if (known) {
    put_literal(template, literal(value));
    return true;
  }
  struct sql_node *lowered = lower_value(template->lowering, value);
  if (!lowered)
    return false;
  return can_contain(template, lowered, type) ? put_template(template, lowered)
                                              : put_hole(template, lowered, type);
}

struct style {
  const char *comma, *colon;
};

/* Members from the argument `first` up to `end`. */
static bool put_members(struct template *template, struct sql_node *arguments,
                        uint32_t first, uint32_t end, const struct style *style) {
  template->reserved = (end - first) / 2;
  for (uint32_t i = first; i < end; i += 2) {
    buffer_text(&template->text, i > 0 ? style->comma : "");
    put_literal(template, literal(arguments->child[i]));
    buffer_text(&template->text, style->colon);
    if (!put_value(template, arguments->child[i + 1]))
      return false;
  }
  return true;
}

static bool put_object(struct template *template, struct sql_node *arguments) {
  struct style style = {", ", template->jsonb ? ": " : " : "};
  if (template->jsonb)
    qsort(arguments->child, arguments->count / 2, 2 * sizeof *arguments->child,
          compare_keys);
  buffer_character(&template->text, '{');
  bool fine = put_members(template, arguments, 0, arguments->count, &style);
  buffer_character(&template->text, '}');
  return fine;
}

static bool put_array(struct template *template, struct sql_node *arguments) {
  template->reserved = arguments->count;
  buffer_character(&template->text, '[');
  for (uint32_t i = 0; i < arguments->count; i++) {
    buffer_text(&template->text, i > 0 ? ", " : "");
    if (!put_value(template, arguments->child[i]))
      return false;
  }
  buffer_character(&template->text, ']');
  return true;
}

static struct template template_begin(struct lowering *lowering,
                                      const struct sql_node *node) {
  struct sql_node *text = lower_node(lowering, SQL_STRING, node->position, "");
  struct template template = {.lowering = lowering,
                              .jsonb = node->type.id == TYPE_JSONB,
                              .values = lower_list(lowering, node->position, 1, text)};
  buffer_init(&template.text, lowering->binding->database->memory);
  return template;
}

/* The call; `fine`: nothing has failed so far. */
static struct sql_node *template_end(struct template *template, struct type type,
                                     bool fine) {
  struct lowering *lowering = template->lowering;
  if (fine && template->values) {
    struct sql_node *text = template->values->child[0];
    text->text = arena_string(lowering->arena, buffer_string(&template->text));
    text->length = (uint32_t) template->text.length;
    text->type = TYPE(TYPE_TEXT);
    fine = text->text && !template->text.failed;
  }
  buffer_deinit(&template->text);
  if (!fine && !lowering->error->code)
    lower_nomem(lowering);
  return fine ? lower_function(lowering, JSON_FORMAT, type, template->values) : NULL;
}

struct sql_node *lower_json_template(struct lowering *lowering, struct sql_node *node) {
  struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  struct template template = template_begin(lowering, node);
  bool fine = template.values && (is_object(node) ? put_object(&template, arguments)
                                                  : put_array(&template, arguments));
  return template_end(&template, node->type, fine);
}

/* --- rows --- */

bool lower_is_json_row(const struct sql_node *node) {
  const struct function *function = node->bound;
  return strcmp(function->sqlite, JSON_ROW) == 0;
}

/* As many members as one template can hold: a row may have more. */
static struct sql_node *row_part(struct lowering *lowering, struct sql_node *node,
                                 uint32_t first, uint32_t end) {
  static const struct style compact = {",", ":"};
  struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  struct template template = template_begin(lowering, node);
  buffer_text(&template.text, first == 0 ? "{" : "");
  bool fine =
      template.values && put_members(&template, arguments, first, end, &compact);
  buffer_text(&template.text, end == arguments->count ? "}" : "");
  return template_end(&template, node->type, fine);
}

struct sql_node *lower_json_row(struct lowering *lowering, struct sql_node *node) {
  const uint32_t count = node->child[CALL_ARGUMENTS]->count;
  struct sql_node *row = NULL;
  uint32_t first = 0;
  do {
    uint32_t end = count - first > 2 * HOLES_MAX ? first + 2 * HOLES_MAX : count;
    struct sql_node *part = row_part(lowering, node, first, end);
    row = row && part ? lower_binary(lowering, "||", row, part, node->type) : part;
    first = end;
  } while (row && first < count);
  return row;
}
