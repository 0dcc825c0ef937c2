/* JSON from a template: what json_build_object and its like become when their keys are
 * known beforehand (catalog/lower_json.c); and such a document with other values in some of
 * its holes (view/patch.c). */
#include <string.h>

#include "types/json.h"

static bool put_text(sqlite3_context *context, struct buffer *out,
                     sqlite3_value *value) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  json_quote_text(out, text);
  return true;
}

static bool put_number(sqlite3_context *context, struct buffer *out,
                       sqlite3_value *value) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  json_put_numeric(out, text);
  return true;
}

static bool put_json(sqlite3_context *context, struct buffer *out,
                     sqlite3_value *value) {
  struct text text;
  if (!json_argument(context, value, &text))
    return false;
  buffer_append(out, text.data, text.length);
  return true;
}

static bool put_value(sqlite3_context *context, struct buffer *out, char hole,
                      sqlite3_value *value) {
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    buffer_text(out, "null");
    return true;
  }
  switch (hole) {
  case JSON_HOLE_TEXT: return put_text(context, out, value);
  case JSON_HOLE_NUMBER: return put_number(context, out, value);
  case JSON_HOLE_DOUBLE:
  case JSON_HOLE_REAL:
    json_put_float(out, sqlite3_value_double(value), hole == JSON_HOLE_REAL);
    return true;
  case JSON_HOLE_BOOLEAN:
    buffer_text(out, sqlite3_value_int(value) ? "true" : "false");
    return true;
  default: return put_json(context, out, value);
  }
}

/* --- reading a template --- */

struct template {
  const char *at, *end;
  struct text literal; /* what stands before the hole */
  char hole;           /* '%' stands for itself; 0: the end */
};

static bool next_hole(struct template *template) {
  if (template->at >= template->end)
    return false;
  const char *hole = memchr(template->at, '%', (size_t)(template->end - template->at));
  const char *stop = hole ? hole : template->end;
  template->literal = (struct text){template->at, (size_t)(stop - template->at)};
  template->hole = !hole ? 0 : hole + 1 < template->end ? hole[1] : '%';
  template->at = hole ? hole + 2 : template->end;
  return true;
}

/* --- filling it --- */

/* Returns false having failed the function. */
static bool fill(sqlite3_context *context, struct buffer *out, struct text text,
                 int count, sqlite3_value **values) {
  struct template template = {.at = text.data, .end = text.data + text.length};
  int next = 0;
  while (next_hole(&template)) {
    buffer_append(out, template.literal.data, template.literal.length);
    if (template.hole == '%')
      buffer_character(out, '%');
    else if (template.hole && next < count &&
             !put_value(context, out, template.hole, values[next++]))
      return false;
  }
  return true;
}

static void return_document(sqlite3_context *context, struct buffer *out) {
  if (!out->failed && !json_is_shallow((struct text){out->data, out->length})) {
    buffer_deinit(out);
    json_fail(context, TIDE_ERROR_TOO_DEEP);
  } else {
    call_return_buffer(context, out);
  }
}

/* pg_json_format(template, values…) */
static void json_format(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct text template;
  struct buffer out;
  if (count == 0 || call_has_null(1, arguments) ||
      !call_text(context, arguments[0], &template))
    return;
  buffer_init(&out, call_memory());
  if (fill(context, &out, template, count - 1, arguments + 1))
    return_document(context, &out);
  else
    buffer_deinit(&out);
}

/* --- filling some of it anew --- */

struct patch {
  struct text document;
  size_t copied; /* bytes of the document that are in `out` already, or replaced */
  size_t at;     /* how far it has been compared with the template */
  struct buffer out;
};

/* Follows what the template has before its next hole. False: the document is of another
 * template. */
static bool follow_literal(struct patch *patch, struct text literal, bool percent) {
  size_t length = literal.length + percent;
  if (length > patch->document.length - patch->at ||
      memcmp(patch->document.data + patch->at, literal.data, literal.length) != 0 ||
      (percent && patch->document.data[patch->at + literal.length] != '%'))
    return false;
  patch->at += length;
  return true;
}

static void copy_up_to(struct patch *patch, size_t end) {
  buffer_append(&patch->out, patch->document.data + patch->copied, end - patch->copied);
  patch->copied = end;
}

/* Returns TIDE_OK, TIDE_ERROR_CORRUPT, or -1 having failed the function. */
static int replace(sqlite3_context *context, struct patch *patch, struct text text,
                   int count, sqlite3_value **values) {
  struct template template = {.at = text.data, .end = text.data + text.length};
  int next = 0;
  while (next_hole(&template)) {
    if (!follow_literal(patch, template.literal, template.hole == '%'))
      return TIDE_ERROR_CORRUPT;
    if (template.hole == '%' || template.hole == 0)
      continue;
    size_t begin = patch->at;
    patch->at = json_skip_value(patch->document, begin); /* json keeps blanks */
    if (template.hole == JSON_HOLE_KEPT || next == count)
      continue;
    size_t end = patch->at;
    copy_up_to(patch, begin);
    if (!put_value(context, &patch->out, template.hole, values[next++]))
      return -1;
    patch->copied = end;
  }
  copy_up_to(patch, patch->document.length);
  return patch->at == patch->document.length ? TIDE_OK : TIDE_ERROR_CORRUPT;
}

/* pg_json_patch(document, template, values…): `document` was made from the template by
 * pg_json_format; holes %= stay as they are in it, the others get the values. */
static void json_patch(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text template;
  struct patch patch = {0};
  if (count < 2 || call_has_null(2, arguments) ||
      !call_text(context, arguments[0], &patch.document) ||
      !call_text(context, arguments[1], &template))
    return;
  buffer_init(&patch.out, call_memory());
  int code = replace(context, &patch, template, count - 2, arguments + 2);
  if (code == TIDE_OK) {
    return_document(context, &patch.out);
    return;
  }
  buffer_deinit(&patch.out);
  if (code > 0)
    call_fail(context, code, "a stored document is not of the form its view gives it");
}

static const struct call calls[] = {
    {JSON_FORMAT, -1, false, json_format},
    {"pg_json_patch", -1, false, json_patch},
};

int register_json_format(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
