/* The type jsonpath, its operators @? and @@, and the functions jsonb_path_…(). */
#include "types/call.h"
#include "types/jsonpath.h"

/* --- compiling --- */

static void fail(sqlite3_context *context, const struct error *error) {
  if (error->code == TIDE_ERROR_NOMEM)
    call_fail_code(context, error->code);
  else
    call_fail(context, error->code, "%s", error->message);
}

static void path_free(void *memory) {
  jsonpath_deinit(memory);
  memory_release(call_memory(), memory);
}

/* Compiles the path, which is the argument at index 1, unless it was for the row before. NULL: the function has
 * failed. */
static const struct jsonpath *compile(sqlite3_context *context, sqlite3_value *value) {
  struct jsonpath *path = sqlite3_get_auxdata(context, 1);
  struct error error;
  struct text text;
  if (path)
    return path;
  if (!call_text(context, value, &text))
    return NULL;
  path = memory_allocate_zeroed(call_memory(), sizeof *path);
  if (!path) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return NULL;
  }
  error_clear(&error);
  if (jsonpath_init(path, call_memory(), text, &error) != TIDE_OK) {
    fail(context, &error);
    path_free(path);
    return NULL;
  }
  sqlite3_set_auxdata(context, 1, path, path_free);
  path = sqlite3_get_auxdata(context, 1);
  if (!path)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  return path;
}

/* pg_jsonpath_in(text) */
static void jsonpath_in(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct jsonpath path;
  struct error error;
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  error_clear(&error);
  if (jsonpath_init(&path, call_memory(), text, &error) == TIDE_OK) {
    buffer_init(&out, call_memory());
    jsonpath_print(&out, &path);
    call_return_buffer(context, &out);
  } else {
    fail(context, &error);
  }
  jsonpath_deinit(&path);
}

/* --- following --- */

/* What a path finds, and what that lives in. */
struct result {
  struct jsonpath_list list;
  struct arena arena;
  enum jsonpath_outcome outcome;
};

/* The value, the path, and perhaps variables and whether errors of the data are none. */
static bool read_search(sqlite3_context *context, int count, sqlite3_value **arguments,
                        struct jsonpath_search *search) {
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &search->root))
    return false;
  search->variables = (struct text){"{}", 2};
  if (count > 2 && !json_tree_argument(context, arguments[2], &search->variables))
    return false;
  if (json_kind(search->variables) != JSON_OBJECT) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "\"vars\" argument is not an object");
    return false;
  }
  if (count > 3)
    search->silent = sqlite3_value_int(arguments[3]) != 0;
  search->path = compile(context, arguments[1]);
  return search->path != NULL;
}

/* `wants_all`: everything that is found, not only whether there is anything. False: the function is done; else result_deinit
 * is wanted. */
static bool result_init(struct result *result, sqlite3_context *context,
                        const struct jsonpath_search *search, bool wants_all) {
  struct error error;
  error_clear(&error);
  jsonpath_list_init(&result->list);
  arena_init(&result->arena, call_memory());
  result->outcome =
      jsonpath_search(search, &result->arena, wants_all ? &result->list : NULL, &error);
  if (error.code == TIDE_OK)
    return true;
  fail(context, &error);
  jsonpath_list_deinit(&result->list);
  arena_deinit(&result->arena);
  return false;
}

static void result_deinit(struct result *result) {
  jsonpath_list_deinit(&result->list);
  arena_deinit(&result->arena);
}

static void exists(sqlite3_context *context, int count, sqlite3_value **arguments,
                   bool silent) {
  struct jsonpath_search search = {.silent = silent};
  struct result result;
  if (!read_search(context, count, arguments, &search) ||
      !result_init(&result, context, &search, false))
    return;
  if (result.outcome != JSONPATH_FAILED)
    call_return_boolean(context, result.outcome == JSONPATH_FOUND);
  result_deinit(&result);
}

/* pg_jsonpath_exists(value, path[, variables[, silent]]) */
static void path_exists(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  exists(context, count, arguments, false);
}

/* pg_jsonpath_exists_silent(value, path) */
static void path_exists_silent(sqlite3_context *context, int count,
                               sqlite3_value **arguments) {
  exists(context, count, arguments, true);
}

static void match(sqlite3_context *context, int count, sqlite3_value **arguments,
                  bool silent) {
  struct jsonpath_search search = {.silent = silent};
  struct result result;
  if (!read_search(context, count, arguments, &search) ||
      !result_init(&result, context, &search, true))
    return;
  enum json_kind kind =
      result.list.count == 1 ? json_kind(result.list.items[0]) : JSON_ARRAY;
  if (kind == JSON_BOOLEAN)
    call_return_boolean(context, result.list.items[0].data[0] == 't');
  else if (kind != JSON_NULL && !search.silent)
    call_fail(context, TIDE_ERROR_JSON_SINGLETON, "single boolean result is expected");
  result_deinit(&result);
}

/* pg_jsonpath_match(value, path[, variables[, silent]]) */
static void path_match(sqlite3_context *context, int count, sqlite3_value **arguments) {
  match(context, count, arguments, false);
}

/* pg_jsonpath_match_silent(value, path) */
static void path_match_silent(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  match(context, count, arguments, true);
}

/* pg_jsonpath_query(value, path[, variables[, silent]]): an array. */
static void path_query(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct jsonpath_search search = {.silent = false};
  struct result result;
  struct buffer out;
  if (!read_search(context, count, arguments, &search) ||
      !result_init(&result, context, &search, true))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  for (size_t i = 0; i < result.list.count; i++) {
    struct text item = result.list.items[i];
    buffer_text(&out, i > 0 ? ", " : "");
    buffer_append(&out, item.data, item.length);
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
  result_deinit(&result);
}

/* pg_jsonpath_first(value, path[, variables[, silent]]) */
static void path_first(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct jsonpath_search search = {.silent = false};
  struct result result;
  if (!read_search(context, count, arguments, &search) ||
      !result_init(&result, context, &search, true))
    return;
  if (result.list.count > 0)
    call_return_text(context, result.list.items[0]);
  result_deinit(&result);
}

#define PATH(name, run)                                                                \
  {name, 2, false, run}, {name, 3, false, run}, {                                      \
    name, 4, false, run                                                                \
  }

static const struct call calls[] = {
    {"pg_jsonpath_in", 1, false, jsonpath_in},
    PATH("pg_jsonpath_exists", path_exists),
    {"pg_jsonpath_exists_silent", 2, false, path_exists_silent},
    PATH("pg_jsonpath_match", path_match),
    {"pg_jsonpath_match_silent", 2, false, path_match_silent},
    PATH("pg_jsonpath_query", path_query),
    PATH("pg_jsonpath_first", path_first),
};

int register_jsonpath(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
