/* Control data: parsed by cJSON with the caller's memory, written with buffer_format's %j. */
#ifndef TIDE_BASE_JSON_H
#define TIDE_BASE_JSON_H

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/memory.h"

/* Parses exactly one JSON text of `size` bytes. Returns TIDE_OK and a tree that json_free releases; or, with
 * *json NULL, TIDE_ERROR_INVALID_TEXT or TIDE_ERROR_NOMEM. */
int json_parse(struct memory *memory, const char *text, size_t size, cJSON **json);
void json_free(cJSON *json); /* accepts NULL */

/* A member of an object, by its exact name; NULL when there is none or `object` is not an object. */
const cJSON *json_member(const cJSON *object, const char *name);
/* Members by type; the default when absent or of another type. Integers are exact up to 2^53. Strings belong to
 * the tree. */
const char *json_string(const cJSON *object, const char *name);
int64_t json_integer(const cJSON *object, const char *name, int64_t otherwise);
bool json_boolean(const cJSON *object, const char *name, bool otherwise);

/* Is it a number without a fraction that a double holds exactly? */
bool json_is_integer(const cJSON *json);

/* Appends a tree as text. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int json_print(const cJSON *json, struct buffer *out);

/* Appends "text" with its escapes; `length` bytes, which may include zeros. */
void json_quote(struct buffer *out, const char *text, size_t length);

/* Did an allocation of cJSON or SQLite fail since this was last asked? (library.c) */
bool json_ran_out_of_memory(void);

#endif
