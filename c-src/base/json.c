/* Control data: parsed by cJSON with the caller's memory. */
#include "base/json.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "base/error.h"
#include "base/library.h"
#include "base/read_float.h"
#include "base/utf8.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53 */

int json_parse(struct memory *memory, const char *text, size_t size, cJSON **json) {
  *json = NULL;
  if (library_initialize() != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  if (utf8_valid(text, size, &(size_t){0}) != size)
    return TIDE_ERROR_INVALID_TEXT;
  struct memory *before = library_use(memory);
  json_ran_out_of_memory();
  const char *end = NULL;
  cJSON *parsed = cJSON_ParseWithLengthOpts(text, size, &end, false);
  library_use(before);
  if (parsed == NULL)
    return json_ran_out_of_memory() ? TIDE_ERROR_NOMEM : TIDE_ERROR_INVALID_TEXT;
  while (end < text + size && strchr(" \t\r\n", *end) != NULL && *end != '\0')
    end++;
  if (end != text + size) {
    cJSON_Delete(parsed);
    return TIDE_ERROR_INVALID_TEXT;
  }
  *json = parsed;
  return TIDE_OK;
}

void json_free(cJSON *json) {
  cJSON_Delete(json);
}

const cJSON *json_member(const cJSON *object, const char *name) {
  return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const char *json_string(const cJSON *object, const char *name) {
  return cJSON_GetStringValue(json_member(object, name));
}

bool json_is_integer(const cJSON *json) {
  return cJSON_IsNumber(json) && json->valuedouble >= -EXACT_MAX &&
         json->valuedouble <= EXACT_MAX &&
         json->valuedouble == (double)(int64_t)json->valuedouble;
}

int64_t json_integer(const cJSON *object, const char *name, int64_t otherwise) {
  const cJSON *member = json_member(object, name);
  return json_is_integer(member) ? (int64_t)member->valuedouble : otherwise;
}

bool json_boolean(const cJSON *object, const char *name, bool otherwise) {
  const cJSON *member = json_member(object, name);
  return cJSON_IsBool(member) ? (bool)cJSON_IsTrue(member) : otherwise;
}

/* With as many digits as it takes to read the same number. */
static void print_number(const cJSON *json, struct buffer *out) {
  double value = json->valuedouble;
  char text[40];
  if (json_is_integer(json)) {
    buffer_format(out, "%lld", (long long)value);
  } else if (isfinite(value)) {
    sqlite3_snprintf(sizeof text, text, "%!.15g", value);
    if (read_float(text, NULL) != value)
      sqlite3_snprintf(sizeof text, text, "%!.17g", value);
    buffer_text(out, text);
  } else {
    buffer_text(out, "null");
  }
}

static void print_string(const char *text, struct buffer *out) {
  json_quote(out, text, strlen(text));
}

static void print(const cJSON *json, struct buffer *out) {
  bool object = cJSON_IsObject(json);
  if (cJSON_IsNumber(json)) {
    print_number(json, out);
  } else if (cJSON_IsString(json)) {
    print_string(json->valuestring, out);
  } else if (object || cJSON_IsArray(json)) {
    buffer_character(out, object ? '{' : '[');
    for (const cJSON *child = json->child; child; child = child->next) {
      if (child != json->child)
        buffer_character(out, ',');
      if (object) {
        print_string(child->string, out);
        buffer_character(out, ':');
      }
      print(child, out);
    }
    buffer_character(out, object ? '}' : ']');
  } else {
    buffer_text(out, cJSON_IsNull(json)   ? "null"
                     : cJSON_IsTrue(json) ? "true"
                                          : "false");
  }
}

int json_print(const cJSON *json, struct buffer *out) {
  print(json, out);
  return out->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

void json_quote(struct buffer *out, const char *text, size_t length) {
  buffer_character(out, '"');
  for (const char *end = text + length; text < end; text++) {
    const char *plain = text;
    while (text < end && (unsigned char)*text >= 0x20 && *text != '"' && *text != '\\')
      text++;
    buffer_append(out, plain, (size_t)(text - plain));
    if (text == end)
      break;
    if (*text == '"' || *text == '\\')
      buffer_format(out, "\\%c", *text);
    else
      buffer_format(out, "\\u%04x", (unsigned)(unsigned char)*text);
  }
  buffer_character(out, '"');
}
