/* Chance, text, and the names of things. */
#include "generator.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

void generator_init(struct generator *generator, uint64_t seed) {
  uint8_t bytes[32] = {0};
  *generator = (struct generator){0};
  memcpy(bytes, &seed, sizeof seed);
  random_seed(&generator->random, bytes);
  arena_init(&generator->arena, memory_default());
}

void generator_deinit(struct generator *generator) {
  arena_deinit(&generator->arena);
}

void generator_clear(struct generator *generator) {
  arena_deinit(&generator->arena);
  arena_init(&generator->arena, memory_default());
}

int below(struct generator *generator, int limit) {
  assert(limit > 0);
  return (int)(random_next(&generator->random) % (uint64_t)limit);
}

bool chance(struct generator *generator, int percent) {
  return below(generator, 100) < percent;
}

const char *say(struct generator *generator, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *text = arena_alloc(&generator->arena, (size_t)length + 1);
  assert(text);
  vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  return text;
}

void uses(struct generator *generator, enum construct construct) {
  generator->used[construct] = true;
}

const char *construct_name(enum construct construct) {
  static const char *const names[] = {
#define X(name, text) text,
      CONSTRUCTS(X)
#undef X
  };
  return names[construct];
}

static const struct {
  const char *type, *letter;
  int flags;
} kinds[] = {
#define X(kind, type, letter, flags) {type, letter, flags},
    KINDS(X)
#undef X
};

const char *kind_type(enum kind kind) {
  return kinds[kind].type;
}

const char *kind_letter(enum kind kind) {
  return kinds[kind].letter;
}

bool kind_ordered(enum kind kind) {
  return kinds[kind].flags & KIND_ORDERED;
}

bool kind_exact(enum kind kind) {
  return kinds[kind].flags == KIND_EXACT;
}
