/* JSON as jsonb has it: normalised, compared, and contained in other JSON. */
#include <string.h>

#include "types/decimal.h"
#include "types/json.h"

/* One member of an object whose keys are being sorted. */
struct member {
  size_t key, key_length; /* where the decoded key is in `keys` */
  struct text value;
};

struct members {
  struct buffer list; /* of struct member */
  struct buffer keys;
};

static struct member *member_at(const struct members *members, size_t index) {
  return (struct member *)(void *)members->list.data + index;
}

static size_t member_count(const struct members *members) {
  return members->list.length / sizeof(struct member);
}

/* Shorter keys come first, then those with the smaller bytes. */
static int compare_keys(const char *keys, const struct member *left,
                        const struct member *right) {
  if (left->key_length != right->key_length)
    return left->key_length < right->key_length ? -1 : 1;
  if (left->key_length == 0) /* there may be no keys but empty ones, and no memory */
    return 0;
  return memcmp(keys + left->key, keys + right->key, left->key_length);
}

/* Sorts by key, equal ones in the order they came (merge sort; `spare` has room for as
 * many). */
static void sort(const char *keys, struct member *list, struct member *spare,
                 size_t count) {
  if (count < 2)
    return;
  size_t half = count / 2, left = 0, right = half, next = 0;
  sort(keys, list, spare, half);
  sort(keys, list + half, spare, count - half);
  while (left < half || right < count) {
    bool take_left = right == count || (left < half && compare_keys(keys, &list[left],
                                                                    &list[right]) <= 0);
    spare[next++] = take_left ? list[left++] : list[right++];
  }
  memcpy(list, spare, count * sizeof *list);
}

static int collect(struct members *members, struct text object) {
  struct json_iterator iterator;
  json_iterate(&iterator, object);
  while (json_next(&iterator)) {
    struct member member = {members->keys.length, 0, iterator.value};
    int code = json_decode(&members->keys, iterator.key);
    if (code != TIDE_OK)
      return code;
    member.key_length = members->keys.length - member.key;
    buffer_append(&members->list, &member, sizeof member);
  }
  if (members->list.failed || members->keys.failed)
    return TIDE_ERROR_NOMEM;
  return TIDE_OK;
}

static int sort_members(struct members *members) {
  size_t count = member_count(members);
  if (count < 2)
    return TIDE_OK;
  struct member *spare = memory_allocate(members->list.memory, count * sizeof *spare);
  if (spare == NULL)
    return TIDE_ERROR_NOMEM;
  sort(members->keys.data, member_at(members, 0), spare, count);
  memory_release(members->list.memory, spare);
  return TIDE_OK;
}

static int normalise_members(struct buffer *out, const struct members *members) {
  size_t count = member_count(members);
  bool first = true;
  buffer_character(out, '{');
  for (size_t i = 0; i < count; i++) {
    const struct member *member = member_at(members, i);
    const char *keys = buffer_string(&members->keys);
    /* Does the same key come again? The last one counts. */
    if (i + 1 < count && compare_keys(keys, member, member + 1) == 0)
      continue;
    if (!first)
      buffer_text(out, ", ");
    first = false;
    json_quote_text(out, (struct text){keys + member->key, member->key_length});
    buffer_text(out, ": ");
    int code = json_normalise(out, member->value);
    if (code != TIDE_OK)
      return code;
  }
  buffer_character(out, '}');
  return TIDE_OK;
}

static int normalise_object(struct buffer *out, struct text object) {
  struct members members;
  buffer_init(&members.list, call_memory());
  buffer_init(&members.keys, call_memory());
  int code = collect(&members, object);
  if (code == TIDE_OK)
    code = sort_members(&members);
  if (code == TIDE_OK)
    code = normalise_members(out, &members);
  buffer_deinit(&members.list);
  buffer_deinit(&members.keys);
  return code;
}

static int normalise_array(struct buffer *out, struct text array) {
  struct json_iterator iterator;
  bool first = true;
  buffer_character(out, '[');
  json_iterate(&iterator, array);
  while (json_next(&iterator)) {
    if (!first)
      buffer_text(out, ", ");
    first = false;
    int code = json_normalise(out, iterator.value);
    if (code != TIDE_OK)
      return code;
  }
  buffer_character(out, ']');
  return TIDE_OK;
}

static int normalise_string(struct buffer *out, struct text quoted) {
  /* Nothing that could be written differently? */
  if (memchr(quoted.data, '\\', quoted.length) == NULL) {
    buffer_append(out, quoted.data, quoted.length);
    return TIDE_OK;
  }
  struct buffer text;
  buffer_init(&text, call_memory());
  int code = json_decode(&text, quoted);
  if (code == TIDE_OK && text.failed)
    code = TIDE_ERROR_NOMEM;
  if (code == TIDE_OK)
    json_quote_text(out, (struct text){buffer_string(&text), text.length});
  buffer_deinit(&text);
  return code;
}

/* Is it written as numeric prints it? */
static bool is_plain_number(struct text number) {
  for (size_t i = 0; i < number.length; i++) {
    if (number.data[i] == 'e' || number.data[i] == 'E')
      return false;
  }
  return number.length > 0 &&
         !(number.data[0] == '-' && number.length > 1 && number.data[1] == '0');
}

static int normalise_number(struct buffer *out, struct text text) {
  if (is_plain_number(text)) {
    buffer_append(out, text.data, text.length);
    return TIDE_OK;
  }
  struct decimal number;
  decimal_init(&number, call_memory());
  int code = decimal_parse(&number, text.data, text.length);
  if (code == TIDE_OK)
    decimal_print(&number, out);
  decimal_deinit(&number);
  return code;
}

int json_normalise(struct buffer *out, struct text value) {
  int code = TIDE_OK;
  switch (json_kind(value)) {
  case JSON_OBJECT: code = normalise_object(out, value); break;
  case JSON_ARRAY: code = normalise_array(out, value); break;
  case JSON_STRING: code = normalise_string(out, value); break;
  case JSON_NUMBER: code = normalise_number(out, value); break;
  default: buffer_append(out, value.data, value.length);
  }
  if (code == TIDE_OK && out->failed)
    code = TIDE_ERROR_NOMEM;
  return code;
}

/* --- order --- */

static int compare_bytes(struct text left, struct text right) {
  size_t shorter = left.length < right.length ? left.length : right.length;
  int order = shorter > 0 ? memcmp(left.data, right.data, shorter) : 0;
  return order != 0 ? order
                    : (left.length > right.length) - (left.length < right.length);
}

/* Containers of more elements are greater; then the first difference decides. */
static int compare_containers(struct text left, struct text right, bool object) {
  struct json_iterator a, b;
  int64_t left_count = json_count(left), right_count = json_count(right);
  if (left_count != right_count)
    return left_count < right_count ? -1 : 1;
  json_iterate(&a, left);
  json_iterate(&b, right);
  while (json_next(&a) && json_next(&b)) {
    int order = 0;
    if (object && a.key.length != b.key.length)
      order = a.key.length < b.key.length ? -1 : 1;
    if (object && order == 0)
      order = compare_bytes(a.key, b.key);
    if (order == 0)
      order = json_compare(a.value, b.value);
    if (order != 0)
      return order;
  }
  return 0;
}

int json_compare(struct text left, struct text right) {
  enum json_kind left_kind = json_kind(left), right_kind = json_kind(right);
  if (left_kind != right_kind)
    return left_kind < right_kind ? -1 : 1;
  switch (left_kind) {
  case JSON_NULL: return 0;
  case JSON_NUMBER:
    return decimal_compare_text(left.data, left.length, right.data, right.length);
  case JSON_BOOLEAN: return (left.data[0] == 't') - (right.data[0] == 't');
  case JSON_STRING:
    /* Without the closing quote, so that what is shorter sorts first. */
    left.length--;
    right.length--;
    return compare_bytes(left, right);
  default: return compare_containers(left, right, left_kind == JSON_OBJECT);
  }
}

/* --- containment --- */

/* The member with this key, as written. */
static bool member_with_key(struct text object, struct text quoted,
                            struct text *value) {
  struct json_iterator iterator;
  json_iterate(&iterator, object);
  while (json_next(&iterator)) {
    if (compare_bytes(iterator.key, quoted) != 0)
      continue;
    *value = iterator.value;
    return true;
  }
  return false;
}

static bool is_container(struct text value) {
  return json_kind(value) >= JSON_ARRAY;
}

static bool contains(struct text value, struct text part);

static bool array_contains(struct text array, struct text part) {
  struct json_iterator iterator;
  json_iterate(&iterator, array);
  while (json_next(&iterator)) {
    bool found = is_container(part) ? contains(iterator.value, part)
                                    : json_compare(iterator.value, part) == 0;
    if (found)
      return true;
  }
  return false;
}

static bool contains(struct text value, struct text part) {
  struct json_iterator iterator;
  struct text member;
  enum json_kind kind = json_kind(part);
  if (json_kind(value) != kind)
    return false;
  if (!is_container(part))
    return json_compare(value, part) == 0;
  json_iterate(&iterator, part);
  while (json_next(&iterator)) {
    bool found = kind == JSON_ARRAY ? array_contains(value, iterator.value)
                                    : member_with_key(value, iterator.key, &member) &&
                                          contains(member, iterator.value);
    if (!found)
      return false;
  }
  return true;
}

bool json_contains(struct text value, struct text part) {
  /* An array contains a scalar that is one of its elements. */
  if (json_kind(value) == JSON_ARRAY && !is_container(part))
    return array_contains(value, part);
  return contains(value, part);
}
