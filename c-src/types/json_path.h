/* Paths into JSON as jsonb_delta's functions take them. */
#ifndef TIDE_TYPES_JSON_PATH_H
#define TIDE_TYPES_JSON_PATH_H

#include "types/json.h"

/* A path is given as text[] or as text, a.b[0].c; steps are read as they are needed. */
struct json_path {
  bool dotted;
  struct text rest;           /* dotted: what is still ahead */
  struct json_iterator steps; /* text[] */
};

struct json_step {
  bool quoted;     /* the key is a JSON string */
  bool has_index;  /* the step can lead into an array */
  bool only_index; /* … and nowhere else */
  int64_t index;
  struct text key;
};

/* Arguments: a dotted path, whose mistakes are found here, or a text[]. Return false having failed the function. */
bool json_path_dotted(sqlite3_context *context, sqlite3_value *value,
                      struct json_path *path);
bool json_path_array(sqlite3_context *context, sqlite3_value *value,
                     struct json_path *path);
/* The next step; false: there is none. A copy of a path goes on by itself. */
bool json_path_next(struct json_path *path, struct json_step *step);

#endif
