/* Follows SQL/JSON paths: keys, subscripts, wildcards and filters, in lax and in strict mode. */
#include <stdarg.h>
#include <string.h>

#include "base/format.h"
#include "types/decimal.h"
#include "types/jsonpath_run.h"

/* How deep following a path may go: paths are not that deep, but .** is as deep as the data, once for each. */
enum { RUN_DEPTH_MAX = 1000, MEMO_LENGTH_MIN = 64 };

static enum jsonpath_outcome run_in(struct jsonpath_run *run,
                                    const struct jsonpath_node *node, struct text value,
                                    struct jsonpath_list *found, bool unwrap);

/* --- lists --- */

void jsonpath_list_init(struct jsonpath_list *list) {
  list->items = list->few;
  list->count = 0;
  list->capacity = sizeof list->few / sizeof list->few[0];
}

void jsonpath_list_deinit(struct jsonpath_list *list) {
  if (list->items != list->few)
    memory_release(call_memory(), list->items);
}

static bool grow(struct jsonpath_list *list) {
  size_t capacity = list->capacity * 2;
  bool few = list->items == list->few;
  struct text *items = memory_reallocate(call_memory(), few ? NULL : list->items,
                                         capacity * sizeof *items);
  if (!items)
    return false;
  if (few)
    memcpy(items, list->few, sizeof list->few);
  list->items = items;
  list->capacity = capacity;
  return true;
}

bool jsonpath_list_append(struct jsonpath_list *list, struct text item) {
  if (list->count == list->capacity && !grow(list))
    return false;
  list->items[list->count++] = item;
  return true;
}

/* --- failures --- */

enum jsonpath_outcome jsonpath_fault(struct jsonpath_run *run, int code,
                                     const char *format, ...) {
  char message[ERROR_MESSAGE_MAX];
  va_list arguments;
  if (run->silent)
    return JSONPATH_FAILED;
  va_start(arguments, format);
  format_text(message, sizeof message, format, arguments);
  va_end(arguments);
  error_set(run->error, code, "%s", message);
  return JSONPATH_FAILED;
}

enum jsonpath_outcome jsonpath_stop(struct jsonpath_run *run, int code) {
  error_set(run->error, code, "%s", tide_error_text(code));
  return JSONPATH_FAILED;
}

/* --- going on --- */

bool jsonpath_keep(struct jsonpath_run *run, struct buffer *out, struct text *value) {
  const char *copy =
      out->failed ? NULL : arena_copy(run->arena, buffer_string(out), out->length);
  *value = (struct text){copy, out->length};
  buffer_deinit(out);
  if (!copy)
    jsonpath_stop(run, TIDE_ERROR_NOMEM);
  return copy != NULL;
}

enum jsonpath_outcome jsonpath_follow(struct jsonpath_run *run,
                                      const struct jsonpath_node *node,
                                      struct text value, struct jsonpath_list *found) {
  if (node->next)
    return jsonpath_run(run, node->next, value, found);
  if (found && !jsonpath_list_append(found, value))
    return jsonpath_stop(run, TIDE_ERROR_NOMEM);
  return JSONPATH_FOUND;
}

/* Is it over: by a failure, or because one is enough? */
static bool is_settled(enum jsonpath_outcome outcome,
                       const struct jsonpath_list *found) {
  return outcome == JSONPATH_FAILED || (outcome == JSONPATH_FOUND && !found);
}

/* Takes the outcome of one of several into that of them all. */
static void add_outcome(enum jsonpath_outcome *all, enum jsonpath_outcome one) {
  if (one != JSONPATH_NOTHING)
    *all = one;
}

/* The node finds something in each element; without a node the elements themselves are found. */
static enum jsonpath_outcome run_elements(struct jsonpath_run *run,
                                          const struct jsonpath_node *node,
                                          struct text container,
                                          struct jsonpath_list *found, bool unwrap) {
  struct json_iterator iterator;
  enum jsonpath_outcome all = JSONPATH_NOTHING;
  json_iterate(&iterator, container);
  while (!is_settled(all, found) && json_next(&iterator)) {
    if (node)
      add_outcome(&all, run_in(run, node, iterator.value, found, unwrap));
    else if (found && !jsonpath_list_append(found, iterator.value))
      return jsonpath_stop(run, TIDE_ERROR_NOMEM);
    else
      all = JSONPATH_FOUND;
  }
  return all;
}

/* --- memory of what was found --- */

/* What the node remembers of a container that is worth it; NULL: nothing, look. `found` tells of the last one. */
static struct jsonpath_memo *memo_of(struct jsonpath_run *run,
                                     const struct jsonpath_node *node,
                                     struct text container) {
  if (container.length < MEMO_LENGTH_MIN)
    return NULL;
  if (!run->memos) {
    size_t count = (size_t)run->search->path->memo_count + 1;
    run->memos = arena_alloc(run->arena, count * sizeof *run->memos);
    if (!run->memos)
      return NULL;
  }
  return &run->memos[node->memo];
}

/* The member of a normalised object: its keys are written as ours is, each once. */
static bool find_member(struct text object, struct text key, struct text *value) {
  struct json_iterator iterator;
  json_iterate(&iterator, object);
  while (json_next(&iterator)) {
    if (iterator.key.length != key.length ||
        memcmp(iterator.key.data, key.data, key.length) != 0)
      continue;
    *value = iterator.value;
    return true;
  }
  return false;
}

static bool look_up(struct jsonpath_run *run, const struct jsonpath_node *node,
                    struct text object, struct text *value) {
  struct jsonpath_memo *memo = memo_of(run, node, object);
  if (!memo)
    return find_member(object, node->text, value);
  if (memo->container != object.data) {
    memo->found = find_member(object, node->text, &memo->value);
    memo->container = object.data;
  }
  if (memo->found)
    *value = memo->value;
  return memo->found;
}

/* --- keys --- */

static enum jsonpath_outcome run_key(struct jsonpath_run *run,
                                     const struct jsonpath_node *node,
                                     struct text value, struct jsonpath_list *found,
                                     bool unwrap) {
  struct text member;
  enum json_kind kind = json_kind(value);
  if (kind == JSON_OBJECT && look_up(run, node, value, &member))
    return jsonpath_follow(run, node, member, found);
  if (kind == JSON_ARRAY && unwrap)
    return run_elements(run, node, value, found, false);
  if (run->lenient)
    return JSONPATH_NOTHING;
  if (kind == JSON_OBJECT)
    return jsonpath_fault(run, TIDE_ERROR_JSON_MEMBER,
                          "JSON object does not contain key %.*s",
                          (int)node->text.length, node->text.data);
  return jsonpath_fault(run, TIDE_ERROR_JSON_MEMBER,
                        "jsonpath member accessor can only be applied to an object");
}

static enum jsonpath_outcome run_any_key(struct jsonpath_run *run,
                                         const struct jsonpath_node *node,
                                         struct text value, struct jsonpath_list *found,
                                         bool unwrap) {
  enum json_kind kind = json_kind(value);
  if (kind == JSON_OBJECT)
    return run_elements(run, node->next, value, found, run->lax);
  if (kind == JSON_ARRAY && unwrap)
    return run_elements(run, node, value, found, false);
  if (run->lenient)
    return JSONPATH_NOTHING;
  return jsonpath_fault(
      run, TIDE_ERROR_JSON_OBJECT,
      "jsonpath wildcard member accessor can only be applied to an object");
}

/* --- subscripts --- */

static enum jsonpath_outcome run_any_element(struct jsonpath_run *run,
                                             const struct jsonpath_node *node,
                                             struct text value,
                                             struct jsonpath_list *found) {
  if (json_kind(value) == JSON_ARRAY)
    return run_elements(run, node->next, value, found, run->lax);
  if (run->lax)
    return jsonpath_follow(run, node, value, found);
  if (run->lenient)
    return JSONPATH_NOTHING;
  return jsonpath_fault(
      run, TIDE_ERROR_JSON_ARRAY,
      "jsonpath wildcard array accessor can only be applied to an array");
}

/* Digits before the point, cut off there. Returns false when it is beyond an integer. */
static bool to_index(struct text number, int64_t *index) {
  struct decimal decimal;
  decimal_init(&decimal, call_memory());
  bool fits = decimal_parse(&decimal, number.data, number.length) == TIDE_OK &&
              decimal_round(&decimal, 0, DECIMAL_TRUNCATE) == TIDE_OK &&
              decimal_to_integer(&decimal, index);
  decimal_deinit(&decimal);
  return fits && *index >= INT32_MIN && *index <= INT32_MAX;
}

static bool compute_index(struct jsonpath_run *run, const struct jsonpath_node *node,
                          struct text array, int64_t *index) {
  struct jsonpath_list list;
  jsonpath_list_init(&list);
  bool computed = jsonpath_run(run, node, array, &list) != JSONPATH_FAILED;
  if (computed && (list.count != 1 || json_kind(list.items[0]) != JSON_NUMBER)) {
    jsonpath_fault(run, TIDE_ERROR_JSON_SUBSCRIPT,
                   "jsonpath array subscript is not a single numeric value");
    computed = false;
  } else if (computed && !to_index(list.items[0], index)) {
    jsonpath_fault(run, TIDE_ERROR_JSON_SUBSCRIPT,
                   "jsonpath array subscript is out of integer range");
    computed = false;
  }
  jsonpath_list_deinit(&list);
  return computed;
}

/* How many elements there are; -1: it is no array. */
static int64_t size_of(struct jsonpath_run *run, const struct jsonpath_node *node,
                       struct text value) {
  if (json_kind(value) != JSON_ARRAY)
    return -1;
  struct jsonpath_memo *memo = memo_of(run, node, value);
  if (!memo)
    return json_count(value);
  if (memo->container != value.data)
    *memo = (struct jsonpath_memo){
        .container = value.data, .size = json_count(value), .index = -1};
  return memo->size;
}

/* The one element of an array. */
static bool element_of(struct jsonpath_run *run, const struct jsonpath_node *node,
                       struct text array, int64_t index, struct text *value) {
  struct jsonpath_memo *memo = memo_of(run, node, array);
  if (!memo)
    return json_element(array, index, value);
  if (memo->index != index) {
    memo->found = json_element(array, index, &memo->value);
    memo->index = index;
  }
  *value = memo->value;
  return memo->found;
}

/* The elements from one index to another, both within the array. */
static enum jsonpath_outcome run_slice(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       struct text array, int64_t from, int64_t to,
                                       struct jsonpath_list *found) {
  struct json_iterator iterator;
  struct text element;
  enum jsonpath_outcome all = JSONPATH_NOTHING;
  if (from == to)
    return element_of(run, node, array, from, &element)
               ? jsonpath_follow(run, node, element, found)
               : JSONPATH_NOTHING;
  json_iterate(&iterator, array);
  for (int64_t i = 0; i <= to && !is_settled(all, found) && json_next(&iterator); i++) {
    if (i >= from)
      add_outcome(&all, jsonpath_follow(run, node, iterator.value, found));
  }
  return all;
}

static enum jsonpath_outcome run_range(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       const struct jsonpath_node *range,
                                       struct text value, int64_t size,
                                       struct jsonpath_list *found) {
  int64_t from, to, last = size < 0 ? 0 : size - 1;
  if (!compute_index(run, range->left, value, &from))
    return JSONPATH_FAILED;
  to = from;
  if (range->right && !compute_index(run, range->right, value, &to))
    return JSONPATH_FAILED;
  if (!run->lenient && (from < 0 || from > to || to > last))
    return jsonpath_fault(run, TIDE_ERROR_JSON_SUBSCRIPT,
                          "jsonpath array subscript is out of bounds");
  from = from < 0 ? 0 : from;
  to = to > last ? last : to;
  if (from > to)
    return JSONPATH_NOTHING;
  return size < 0 ? jsonpath_follow(run, node, value, found)
                  : run_slice(run, node, value, from, to, found);
}

static enum jsonpath_outcome run_ranges(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        struct text value,
                                        struct jsonpath_list *found) {
  int64_t around = run->size, size = size_of(run, node, value);
  enum jsonpath_outcome all = JSONPATH_NOTHING;
  if (size < 0 && !run->lax && run->lenient)
    return JSONPATH_NOTHING;
  if (size < 0 && !run->lax)
    return jsonpath_fault(run, TIDE_ERROR_JSON_ARRAY,
                          "jsonpath array accessor can only be applied to an array");
  for (const struct jsonpath_node *range = node->left; range && !is_settled(all, found);
       range = range->next) {
    run->size = size < 0 ? 1 : size;
    add_outcome(&all, run_range(run, node, range, value, size, found));
  }
  run->size = around;
  return all;
}

/* --- everything beneath --- */

static bool is_container(struct text value) {
  return json_kind(value) == JSON_ARRAY || json_kind(value) == JSON_OBJECT;
}

/* Is what is on this level wanted? {last} wants what has nothing beneath. */
static bool wants_level(const struct jsonpath_node *node, int64_t level,
                        struct text value) {
  if (node->first == JSONPATH_LAST_LEVEL)
    return node->last == JSONPATH_LAST_LEVEL && !is_container(value);
  return level >= node->first;
}

/* Something is not there in most of what is beneath: that is no error, there. */
static enum jsonpath_outcome run_leniently(struct jsonpath_run *run,
                                           const struct jsonpath_node *node,
                                           struct text value,
                                           struct jsonpath_list *found) {
  bool lenient = run->lenient;
  run->lenient = true;
  enum jsonpath_outcome outcome = jsonpath_follow(run, node, value, found);
  run->lenient = lenient;
  return outcome;
}

static enum jsonpath_outcome run_beneath(struct jsonpath_run *run,
                                         const struct jsonpath_node *node,
                                         struct text container, int64_t level,
                                         struct jsonpath_list *found) {
  struct json_iterator iterator;
  enum jsonpath_outcome all = JSONPATH_NOTHING;
  if (level > node->last)
    return JSONPATH_NOTHING;
  if (++run->depth > RUN_DEPTH_MAX)
    return jsonpath_stop(run, TIDE_ERROR_TOO_DEEP);
  json_iterate(&iterator, container);
  while (!is_settled(all, found) && json_next(&iterator)) {
    if (wants_level(node, level, iterator.value))
      add_outcome(&all, run_leniently(run, node, iterator.value, found));
    if (!is_settled(all, found) && is_container(iterator.value))
      add_outcome(&all, run_beneath(run, node, iterator.value, level + 1, found));
  }
  run->depth--;
  return all;
}

static enum jsonpath_outcome run_deep(struct jsonpath_run *run,
                                      const struct jsonpath_node *node,
                                      struct text value, struct jsonpath_list *found) {
  enum jsonpath_outcome all = JSONPATH_NOTHING;
  if (node->first == 0)
    all = run_leniently(run, node, value, found);
  if (!is_settled(all, found) && is_container(value))
    add_outcome(&all, run_beneath(run, node, value, 1, found));
  return all;
}

/* --- values --- */

bool jsonpath_variable(struct jsonpath_run *run, const struct jsonpath_node *node,
                       struct text *value) {
  struct text variables = run->search->variables;
  if (look_up(run, node, variables, value))
    return true;
  error_set(run->error, TIDE_ERROR_UNDEFINED_OBJECT,
            "could not find jsonpath variable %.*s", (int)node->text.length,
            node->text.data);
  return false;
}

static enum jsonpath_outcome run_last(struct jsonpath_run *run,
                                      const struct jsonpath_node *node,
                                      struct jsonpath_list *found) {
  struct buffer out;
  struct text number;
  buffer_init(&out, call_memory());
  buffer_format(&out, "%lld", (long long)run->size - 1);
  return jsonpath_keep(run, &out, &number) ? jsonpath_follow(run, node, number, found)
                                           : JSONPATH_FAILED;
}

static enum jsonpath_outcome run_filter(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        struct text value, struct jsonpath_list *found,
                                        bool unwrap) {
  struct text around = run->current;
  if (unwrap && json_kind(value) == JSON_ARRAY)
    return run_elements(run, node, value, found, false);
  run->current = value;
  enum jsonpath_truth truth = jsonpath_decide(run, node->left, value);
  run->current = around;
  return truth == JSONPATH_TRUE ? jsonpath_follow(run, node, value, found)
                                : JSONPATH_NOTHING;
}

static enum jsonpath_outcome run_predicate(struct jsonpath_run *run,
                                           const struct jsonpath_node *node,
                                           struct text value,
                                           struct jsonpath_list *found) {
  static const struct text truths[] = {
      [JSONPATH_FALSE] = {"false", 5},
      [JSONPATH_TRUE] = {"true", 4},
      [JSONPATH_UNKNOWN] = {"null", 4},
  };
  enum jsonpath_truth truth = jsonpath_decide(run, node, value);
  return run->error->code ? JSONPATH_FAILED
                          : jsonpath_follow(run, node, truths[truth], found);
}

static enum jsonpath_outcome run_kind(struct jsonpath_run *run,
                                      const struct jsonpath_node *node,
                                      struct text value, struct jsonpath_list *found,
                                      bool unwrap) {
  switch (node->kind) {
  case JSONPATH_ROOT: return jsonpath_follow(run, node, run->search->root, found);
  case JSONPATH_CURRENT: return jsonpath_follow(run, node, run->current, found);
  case JSONPATH_LAST: return run_last(run, node, found);
  case JSONPATH_LITERAL: return jsonpath_follow(run, node, node->text, found);
  case JSONPATH_VARIABLE:
    return jsonpath_variable(run, node, &value)
               ? jsonpath_follow(run, node, value, found)
               : JSONPATH_FAILED;
  case JSONPATH_KEY: return run_key(run, node, value, found, unwrap);
  case JSONPATH_ANY_KEY: return run_any_key(run, node, value, found, unwrap);
  case JSONPATH_ELEMENTS: return run_ranges(run, node, value, found);
  case JSONPATH_ANY_ELEMENT: return run_any_element(run, node, value, found);
  case JSONPATH_DEEP: return run_deep(run, node, value, found);
  case JSONPATH_FILTER: return run_filter(run, node, value, found, unwrap);
  case JSONPATH_METHOD:
    if (unwrap && json_kind(value) == JSON_ARRAY && node->method != METHOD_SIZE &&
        node->method != METHOD_TYPE)
      return run_elements(run, node, value, found, false);
    return jsonpath_call(run, node, value, found);
  default:
    return jsonpath_is_predicate(node) ? run_predicate(run, node, value, found)
                                       : jsonpath_arithmetic(run, node, value, found);
  }
}

static enum jsonpath_outcome run_in(struct jsonpath_run *run,
                                    const struct jsonpath_node *node, struct text value,
                                    struct jsonpath_list *found, bool unwrap) {
  if (run->error->code)
    return JSONPATH_FAILED;
  if (++run->depth > RUN_DEPTH_MAX)
    return jsonpath_stop(run, TIDE_ERROR_TOO_DEEP);
  enum jsonpath_outcome outcome = run_kind(run, node, value, found, unwrap);
  run->depth--;
  return outcome;
}

enum jsonpath_outcome jsonpath_run(struct jsonpath_run *run,
                                   const struct jsonpath_node *node, struct text value,
                                   struct jsonpath_list *found) {
  return run_in(run, node, value, found, run->lax);
}

enum jsonpath_outcome jsonpath_run_apart(struct jsonpath_run *run,
                                         const struct jsonpath_node *node,
                                         struct text value,
                                         struct jsonpath_list *found) {
  struct jsonpath_list whole;
  if (!run->lax)
    return jsonpath_run(run, node, value, found);
  jsonpath_list_init(&whole);
  enum jsonpath_outcome outcome = jsonpath_run(run, node, value, &whole);
  for (size_t i = 0; outcome != JSONPATH_FAILED && i < whole.count; i++) {
    struct text item = whole.items[i];
    if (json_kind(item) == JSON_ARRAY) {
      if (run_elements(run, NULL, item, found, false) == JSONPATH_FAILED)
        outcome = JSONPATH_FAILED;
    } else if (!jsonpath_list_append(found, item)) {
      outcome = jsonpath_stop(run, TIDE_ERROR_NOMEM);
    }
  }
  jsonpath_list_deinit(&whole);
  return outcome;
}

enum jsonpath_outcome jsonpath_search(const struct jsonpath_search *search,
                                      struct arena *arena, struct jsonpath_list *found,
                                      struct error *error) {
  struct jsonpath_run run = {.search = search,
                             .arena = arena,
                             .error = error,
                             .current = search->root,
                             .size = -1,
                             .lax = !search->path->strict,
                             .lenient = !search->path->strict,
                             .silent = search->silent};
  struct jsonpath_list all;
  if (run.lax || found)
    return jsonpath_run(&run, search->path->root, search->root, found);
  /* In strict mode an error anywhere is one, though something be found before. */
  jsonpath_list_init(&all);
  enum jsonpath_outcome outcome =
      jsonpath_run(&run, search->path->root, search->root, &all);
  if (outcome != JSONPATH_FAILED)
    outcome = all.count > 0 ? JSONPATH_FOUND : JSONPATH_NOTHING;
  jsonpath_list_deinit(&all);
  return outcome;
}
