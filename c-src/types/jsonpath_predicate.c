/* What SQL/JSON paths compute: predicates, which are true, false or unknown, and arithmetic. */
#include <string.h>

#include "types/decimal.h"
#include "types/jsonpath_run.h"

/* --- strings --- */

/* What a JSON string means. Strings without escapes are taken as they are; `out` holds the others. */
static struct text meaning(struct text quoted, struct buffer *out) {
  struct text plain = {quoted.data + 1, quoted.length - 2};
  if (!memchr(plain.data, '\\', plain.length))
    return plain;
  json_decode(out, quoted);
  return (struct text){buffer_string(out), out->length};
}

/* Two strings as what they mean. */
struct strings {
  struct buffer left_buffer, right_buffer;
  struct text left, right;
};

static bool strings_init(struct jsonpath_run *run, struct strings *strings,
                         struct text left, struct text right) {
  buffer_init(&strings->left_buffer, call_memory());
  buffer_init(&strings->right_buffer, call_memory());
  strings->left = meaning(left, &strings->left_buffer);
  strings->right = meaning(right, &strings->right_buffer);
  bool failed = strings->left_buffer.failed || strings->right_buffer.failed;
  if (failed)
    jsonpath_stop(run, TIDE_ERROR_NOMEM);
  return !failed;
}

static void strings_deinit(struct strings *strings) {
  buffer_deinit(&strings->left_buffer);
  buffer_deinit(&strings->right_buffer);
}

static int compare_bytes(struct text left, struct text right) {
  size_t shorter = left.length < right.length ? left.length : right.length;
  int order = shorter > 0 ? memcmp(left.data, right.data, shorter) : 0;
  return order != 0 ? order
                    : (left.length > right.length) - (left.length < right.length);
}

static int compare_strings(struct jsonpath_run *run, struct text left,
                           struct text right) {
  struct strings strings;
  int order = 0;
  if (strings_init(run, &strings, left, right))
    order = compare_bytes(strings.left, strings.right);
  strings_deinit(&strings);
  return order;
}

static bool string_starts(struct jsonpath_run *run, struct text whole,
                          struct text start) {
  struct strings strings;
  bool starts = false;
  if (strings_init(run, &strings, whole, start))
    starts = strings.left.length >= strings.right.length &&
             memcmp(strings.left.data, strings.right.data, strings.right.length) == 0;
  strings_deinit(&strings);
  return starts;
}

static bool string_matches(struct jsonpath_run *run, const struct regex *regex,
                           struct text quoted) {
  struct buffer out;
  struct regex_subject subject;
  bool matches = false;
  buffer_init(&out, call_memory());
  struct text text = meaning(quoted, &out);
  int code = out.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
  if (code == TIDE_OK) {
    code = regex_subject_init(&subject, call_memory(), text);
    if (code == TIDE_OK)
      code = regex_test(regex, &subject, &matches);
    regex_subject_deinit(&subject);
  }
  if (code != TIDE_OK)
    jsonpath_stop(run, code);
  buffer_deinit(&out);
  return matches;
}

/* --- two items --- */

static enum jsonpath_truth truth_of(bool condition) {
  return condition ? JSONPATH_TRUE : JSONPATH_FALSE;
}

static enum jsonpath_truth ordered(enum jsonpath_kind kind, int order) {
  switch (kind) {
  case JSONPATH_EQUAL: return truth_of(order == 0);
  case JSONPATH_NOT_EQUAL: return truth_of(order != 0);
  case JSONPATH_LESS: return truth_of(order < 0);
  case JSONPATH_LESS_EQUAL: return truth_of(order <= 0);
  case JSONPATH_GREATER: return truth_of(order > 0);
  default: return truth_of(order >= 0);
  }
}

/* Scalars of one kind compare; null is unequal to all others and neither less nor greater. */
static enum jsonpath_truth compare(struct jsonpath_run *run, enum jsonpath_kind kind,
                                   struct text left, struct text right) {
  enum json_kind left_kind = json_kind(left), right_kind = json_kind(right);
  if (left_kind != right_kind)
    return left_kind == JSON_NULL || right_kind == JSON_NULL
               ? truth_of(kind == JSONPATH_NOT_EQUAL)
               : JSONPATH_UNKNOWN;
  switch (left_kind) {
  case JSON_NULL: return ordered(kind, 0);
  case JSON_BOOLEAN:
    return ordered(kind, (left.data[0] == 't') - (right.data[0] == 't'));
  case JSON_NUMBER:
    return ordered(
        kind, decimal_compare_text(left.data, left.length, right.data, right.length));
  case JSON_STRING: return ordered(kind, compare_strings(run, left, right));
  default: return JSONPATH_UNKNOWN;
  }
}

/* `right` means nothing to like_regex. */
static enum jsonpath_truth decide_pair(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       struct text left, struct text right) {
  if (node->kind == JSONPATH_LIKE_REGEX)
    return json_kind(left) == JSON_STRING
               ? truth_of(string_matches(run, node->regex, left))
               : JSONPATH_UNKNOWN;
  if (node->kind == JSONPATH_STARTS_WITH)
    return json_kind(left) == JSON_STRING && json_kind(right) == JSON_STRING
               ? truth_of(string_starts(run, left, right))
               : JSONPATH_UNKNOWN;
  return compare(run, node->kind, left, right);
}

/* --- two sequences --- */

/* Is it true of any pair? In lax mode the first answer counts, in strict mode an unknown one anywhere. */
static enum jsonpath_truth decide_pairs(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        const struct jsonpath_list *left,
                                        const struct jsonpath_list *right) {
  bool found = false, unknown = false;
  for (size_t i = 0; i < left->count; i++) {
    for (size_t j = 0; j < right->count; j++) {
      enum jsonpath_truth truth =
          decide_pair(run, node, left->items[i], right->items[j]);
      if (truth == JSONPATH_UNKNOWN && !run->lax)
        return JSONPATH_UNKNOWN;
      if (truth == JSONPATH_TRUE && run->lax)
        return JSONPATH_TRUE;
      unknown |= truth == JSONPATH_UNKNOWN;
      found |= truth == JSONPATH_TRUE;
    }
  }
  return found ? JSONPATH_TRUE : unknown ? JSONPATH_UNKNOWN : JSONPATH_FALSE;
}

/* What the operands find, which must not fail: then the answer is not known. */
static bool find_operands(struct jsonpath_run *run, const struct jsonpath_node *node,
                          struct text value, struct jsonpath_list *left,
                          struct jsonpath_list *right) {
  static const struct text nothing = {"null", 4};
  if (jsonpath_run_apart(run, node->left, value, left) == JSONPATH_FAILED)
    return false;
  if (!node->right)
    return jsonpath_list_append(right, nothing);
  if (node->kind == JSONPATH_STARTS_WITH)
    return jsonpath_run(run, node->right, value, right) != JSONPATH_FAILED;
  return jsonpath_run_apart(run, node->right, value, right) != JSONPATH_FAILED;
}

static enum jsonpath_truth decide_comparison(struct jsonpath_run *run,
                                             const struct jsonpath_node *node,
                                             struct text value) {
  struct jsonpath_list left, right;
  jsonpath_list_init(&left);
  jsonpath_list_init(&right);
  enum jsonpath_truth truth = find_operands(run, node, value, &left, &right)
                                  ? decide_pairs(run, node, &left, &right)
                                  : JSONPATH_UNKNOWN;
  jsonpath_list_deinit(&left);
  jsonpath_list_deinit(&right);
  return truth;
}

static enum jsonpath_truth decide_exists(struct jsonpath_run *run,
                                         const struct jsonpath_node *node,
                                         struct text value) {
  struct jsonpath_list list;
  enum jsonpath_outcome outcome;
  if (run->lax) {
    outcome = jsonpath_run(run, node->left, value, NULL);
  } else {
    jsonpath_list_init(&list);
    outcome = jsonpath_run(run, node->left, value, &list);
    if (outcome != JSONPATH_FAILED)
      outcome = list.count > 0 ? JSONPATH_FOUND : JSONPATH_NOTHING;
    jsonpath_list_deinit(&list);
  }
  return outcome == JSONPATH_FAILED ? JSONPATH_UNKNOWN
                                    : truth_of(outcome == JSONPATH_FOUND);
}

/* An error in an operand makes the answer unknown, nothing else. */
static enum jsonpath_truth decide_silently(struct jsonpath_run *run,
                                           const struct jsonpath_node *node,
                                           struct text value) {
  bool silent = run->silent;
  run->silent = true;
  enum jsonpath_truth truth = node->kind == JSONPATH_EXISTS
                                  ? decide_exists(run, node, value)
                                  : decide_comparison(run, node, value);
  run->silent = silent;
  return truth;
}

static enum jsonpath_truth decide_and(struct jsonpath_run *run,
                                      const struct jsonpath_node *node,
                                      struct text value) {
  enum jsonpath_truth left = jsonpath_decide(run, node->left, value);
  if (left == JSONPATH_FALSE)
    return left;
  enum jsonpath_truth right = jsonpath_decide(run, node->right, value);
  return right == JSONPATH_TRUE ? left : right;
}

static enum jsonpath_truth decide_or(struct jsonpath_run *run,
                                     const struct jsonpath_node *node,
                                     struct text value) {
  enum jsonpath_truth left = jsonpath_decide(run, node->left, value);
  if (left == JSONPATH_TRUE)
    return left;
  enum jsonpath_truth right = jsonpath_decide(run, node->right, value);
  return right == JSONPATH_FALSE ? left : right;
}

enum jsonpath_truth jsonpath_decide(struct jsonpath_run *run,
                                    const struct jsonpath_node *node,
                                    struct text value) {
  enum jsonpath_truth truth;
  switch (node->kind) {
  case JSONPATH_AND: return decide_and(run, node, value);
  case JSONPATH_OR: return decide_or(run, node, value);
  case JSONPATH_NOT:
    truth = jsonpath_decide(run, node->left, value);
    return truth == JSONPATH_UNKNOWN ? truth : truth_of(truth == JSONPATH_FALSE);
  case JSONPATH_IS_UNKNOWN:
    return truth_of(jsonpath_decide(run, node->left, value) == JSONPATH_UNKNOWN);
  default: return decide_silently(run, node, value);
  }
}

/* --- arithmetic --- */

static int compute(struct decimal *result, enum jsonpath_kind kind,
                   const struct decimal *left, const struct decimal *right) {
  switch (kind) {
  case JSONPATH_ADD: return decimal_add(result, left, right);
  case JSONPATH_SUBTRACT: return decimal_subtract(result, left, right);
  case JSONPATH_MULTIPLY: return decimal_multiply(result, left, right);
  case JSONPATH_DIVIDE:
    return decimal_divide(result, left, right, decimal_division_scale(left, right));
  default: return decimal_modulo(result, left, right);
  }
}

static bool compute_texts(struct jsonpath_run *run, enum jsonpath_kind kind,
                          struct text left, struct text right, struct text *value) {
  struct decimal numbers[3]; /* left, right, result */
  struct buffer out;
  for (int i = 0; i < 3; i++)
    decimal_init(&numbers[i], call_memory());
  buffer_init(&out, call_memory());
  int code = decimal_parse(&numbers[0], left.data, left.length);
  if (code == TIDE_OK)
    code = decimal_parse(&numbers[1], right.data, right.length);
  if (code == TIDE_OK)
    code = compute(&numbers[2], kind, &numbers[0], &numbers[1]);
  if (code == TIDE_OK)
    decimal_print(&numbers[2], &out);
  for (int i = 0; i < 3; i++)
    decimal_deinit(&numbers[i]);
  if (code == TIDE_OK)
    return jsonpath_keep(run, &out, value);
  buffer_deinit(&out);
  if (code == TIDE_ERROR_NOMEM)
    jsonpath_stop(run, code);
  else
    jsonpath_fault(run, code, "%s", tide_error_text(code));
  return false;
}

static bool is_number(const struct jsonpath_list *list) {
  return list->count == 1 && json_kind(list->items[0]) == JSON_NUMBER;
}

static enum jsonpath_outcome run_binary(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        struct text value,
                                        struct jsonpath_list *operands,
                                        struct jsonpath_list *found) {
  static const char *const sides[] = {"left", "right"};
  struct text result;
  const struct jsonpath_node *nodes[] = {node->left, node->right};
  for (int i = 0; i < 2; i++) {
    if (jsonpath_run_apart(run, nodes[i], value, &operands[i]) == JSONPATH_FAILED)
      return JSONPATH_FAILED;
  }
  for (int i = 0; i < 2; i++) {
    if (!is_number(&operands[i]))
      return jsonpath_fault(
          run, TIDE_ERROR_JSON_SINGLETON,
          "%s operand of jsonpath operator %s is not a single numeric value", sides[i],
          jsonpath_operator(node->kind));
  }
  return compute_texts(run, node->kind, operands[0].items[0], operands[1].items[0],
                       &result)
             ? jsonpath_follow(run, node, result, found)
             : JSONPATH_FAILED;
}

static enum jsonpath_outcome run_signed(struct jsonpath_run *run,
                                        const struct jsonpath_node *node,
                                        struct text number,
                                        struct jsonpath_list *found) {
  static const struct text zero = {"0", 1};
  struct text result = number;
  if (node->kind == JSONPATH_MINUS &&
      !compute_texts(run, JSONPATH_SUBTRACT, zero, number, &result))
    return JSONPATH_FAILED;
  return jsonpath_follow(run, node, result, found);
}

/* Of each number that the operand finds. */
static enum jsonpath_outcome run_unary(struct jsonpath_run *run,
                                       const struct jsonpath_node *node,
                                       struct text value, struct jsonpath_list *operand,
                                       struct jsonpath_list *found) {
  enum jsonpath_outcome all = JSONPATH_NOTHING;
  if (jsonpath_run_apart(run, node->left, value, operand) == JSONPATH_FAILED)
    return JSONPATH_FAILED;
  for (size_t i = 0; i < operand->count; i++) {
    bool number = json_kind(operand->items[i]) == JSON_NUMBER;
    if (!number && !found && !node->next)
      continue;
    enum jsonpath_outcome one =
        number ? run_signed(run, node, operand->items[i], found)
               : jsonpath_fault(
                     run, TIDE_ERROR_JSON_NUMBER,
                     "operand of unary jsonpath operator %s is not a numeric value",
                     jsonpath_operator(node->kind));
    if (one == JSONPATH_FAILED || (one == JSONPATH_FOUND && !found))
      return one;
    if (one == JSONPATH_FOUND)
      all = one;
  }
  return all;
}

enum jsonpath_outcome jsonpath_arithmetic(struct jsonpath_run *run,
                                          const struct jsonpath_node *node,
                                          struct text value,
                                          struct jsonpath_list *found) {
  struct jsonpath_list operands[2];
  for (int i = 0; i < 2; i++)
    jsonpath_list_init(&operands[i]);
  enum jsonpath_outcome outcome = node->right
                                      ? run_binary(run, node, value, operands, found)
                                      : run_unary(run, node, value, operands, found);
  for (int i = 0; i < 2; i++)
    jsonpath_list_deinit(&operands[i]);
  return outcome;
}
