/* JSON as text: checking it, walking over it without building a tree, and normalising
 * it as jsonb. */
#ifndef TIDE_TYPES_JSON_H
#define TIDE_TYPES_JSON_H

#include "base/buffer.h"
#include "types/call.h"

enum { JSON_DEPTH_MAX = 500 };

enum json_kind {
  JSON_NULL,
  JSON_STRING,
  JSON_NUMBER,
  JSON_BOOLEAN,
  JSON_ARRAY,
  JSON_OBJECT
};

/* Is `text` one JSON value with blanks around it? Returns TIDE_OK,
 * TIDE_ERROR_INVALID_TEXT or TIDE_ERROR_TOO_DEEP (nested too deep). Functions below expect
 * text that passed; with other text they give some answer, never read outside it. */
int json_validate(struct text text);

/* Is it nested no deeper than JSON_DEPTH_MAX? What passed json_validate is; text that came
 * another way may not be, and must not be handed to what follows a tree down. */
bool json_is_shallow(struct text text);

/* Without the blanks around it. */
struct text json_trim(struct text text);
enum json_kind json_kind(struct text value);

/* Walks over the members of an object or the elements of an array. */
struct json_iterator {
  struct text text;
  size_t position;
  bool object;
  struct text key;   /* of an object's member: with its quotes, as written */
  struct text value; /* without the blanks around it */
};

/* `container` has been trimmed. */
void json_iterate(struct json_iterator *iterator, struct text container);
bool json_next(struct json_iterator *iterator);
int64_t json_count(struct text container);

/* Finds a member by its key or an element by its index (negative: from the end). Of
 * equal keys the last wins. Returns false when there is none, or `container` is no such
 * container. */
bool json_find_member(struct text container, struct text key, struct text *value);
bool json_element(struct text container, int64_t index, struct text *value);

/* Is the string `quoted` (with its quotes, maybe with escapes) equal to `key`? */
bool json_string_is(struct text quoted, struct text key);
/* The same of two quoted strings. */
bool json_same_string(struct text left, struct text right);

/* Appends what a quoted string means. Returns TIDE_OK, TIDE_ERROR_DATA for \u0000, or
 * TIDE_ERROR_INVALID_TEXT for half a surrogate pair. */
int json_decode(struct buffer *out, struct text quoted);
/* Appends `text` as a JSON string, escaped as PostgreSQL escapes. */
void json_quote_text(struct buffer *out, struct text text);
/* Append a numeric, or a double (`single`: a real), as JSON: what has no number there, NaN
 * and Infinity, becomes a string. */
void json_put_numeric(struct buffer *out, struct text text);
void json_put_float(struct buffer *out, double number, bool single);

/* Appends a valid value as jsonb prints it: keys sorted by length and then by bytes,
 * the last of equal keys, numbers with their digits, one blank after each colon and
 * comma. Returns TIDE_OK, TIDE_ERROR_NOMEM, TIDE_ERROR_DATA or TIDE_ERROR_OUT_OF_RANGE. */
int json_normalise(struct buffer *out, struct text value);

/* The end of the value at `position` and of the blanks around it. */
size_t json_skip_value(struct text text, size_t position);

/* pg_json_format(template, value, …) is the template with values in the place of its
 * holes; NULL becomes null. A hole is % and the letter that says what its value is. */
#define JSON_FORMAT "pg_json_format"
enum json_hole {
  JSON_HOLE_TEXT = 't',   /* a string, or what is printed as one */
  JSON_HOLE_NUMBER = 'n', /* an integer or a numeric */
  JSON_HOLE_DOUBLE = 'd',
  JSON_HOLE_REAL = 'r',
  JSON_HOLE_BOOLEAN = 'b', /* 0 or 1 */
  JSON_HOLE_JSON = 'j',    /* JSON already */
  JSON_HOLE_KEPT = '='     /* for pg_json_patch: as it is in the document */
};

/* Orders two normalised values as PostgreSQL's jsonb does. */
int json_compare(struct text left, struct text right);
/* Does a normalised value contain the other, as @> means it? */
bool json_contains(struct text value, struct text part);

/* Argument and results of functions. The argument is trimmed; false having failed the
 * function. */
bool json_argument(sqlite3_context *context, sqlite3_value *value, struct text *text);
/* The same for functions that follow a tree down: fails when it is nested too deep. */
bool json_tree_argument(sqlite3_context *context, sqlite3_value *value,
                        struct text *text);
/* Returns the text that a value stands for: a string's letters, NULL for null,
 * otherwise as it is written. */
void json_return_text(sqlite3_context *context, struct text value);
/* Normalises what is in `built`, returns it, and empties `built`. */
void json_return_normalised(sqlite3_context *context, struct buffer *built);
void json_fail(sqlite3_context *context, int code);

#endif
