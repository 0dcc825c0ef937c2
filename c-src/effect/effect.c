/* What the engine asks of its host: a queue of effects. */
#include "effect/effect.h"

#include <string.h>

#include "base/error.h"

struct item {
  struct item *next;
  enum tide_effect_type type;
  int64_t id; /* 0: wants no answer */
  char *json;
  size_t json_size;
  char *data;
  size_t data_size;
};

struct effects {
  struct memory *memory;
  struct item *first,
      **end;          /* waiting for the host; `end` is where the next one goes */
  struct item *taken; /* what the host looks at just now */
  int64_t last_id;
};

struct effects *effects_new(struct memory *memory) {
  struct effects *effects = memory_allocate_zeroed(memory, sizeof *effects);
  if (effects == NULL)
    return NULL;
  effects->memory = memory;
  effects->end = &effects->first;
  return effects;
}

static void item_free(struct effects *effects, struct item *item) {
  if (item == NULL)
    return;
  memory_release(effects->memory, item->json);
  memory_release(effects->memory, item->data);
  memory_release(effects->memory, item);
}

void effects_free(struct effects *effects) {
  if (effects == NULL)
    return;
  while (effects->first != NULL) {
    struct item *item = effects->first;
    effects->first = item->next;
    item_free(effects, item);
  }
  item_free(effects, effects->taken);
  memory_release(effects->memory, effects);
}

int64_t effects_next_id(struct effects *effects) {
  return ++effects->last_id;
}

bool effects_waiting(const struct effects *effects) {
  return effects->first != NULL;
}

/* The id stands first in the control data of every effect that has one. */
static int64_t read_id(const char *json) {
  static const char member[] = "{\"id\":";
  if (strncmp(json, member, sizeof member - 1) != 0)
    return 0;
  int64_t id = 0;
  for (const char *digit = json + sizeof member - 1; *digit >= '0' && *digit <= '9';
       digit++)
    id = id * 10 + (*digit - '0');
  return id;
}

/* Moves the bytes of a buffer, none of which may be missing. An empty one gives NULL. */
static bool take(struct buffer *from, char **data, size_t *size) {
  *size = from->length;
  bool complete = !from->failed;
  if (from->length == 0)
    buffer_deinit(from);
  else
    *data = buffer_take(from);
  return complete;
}

int effects_push(struct effects *effects, enum tide_effect_type type,
                 struct buffer *json, struct buffer *data) {
  struct item *item = memory_allocate_zeroed(effects->memory, sizeof *item);
  bool complete = item != NULL;
  struct item nowhere = {0};
  struct item *into = item == NULL ? &nowhere : item;
  complete = take(json, &into->json, &into->json_size) && complete;
  if (data != NULL)
    complete = take(data, &into->data, &into->data_size) && complete;
  if (!complete || into->json == NULL) {
    memory_release(effects->memory, into->json);
    memory_release(effects->memory, into->data);
    memory_release(effects->memory, item);
    return TIDE_ERROR_NOMEM;
  }
  item->type = type;
  item->id = read_id(item->json);
  *effects->end = item;
  effects->end = &item->next;
  return TIDE_OK;
}

/* Unlinks the effect with that id if the host has not taken it yet. */
static bool withdraw(struct effects *effects, int64_t id) {
  for (struct item **link = &effects->first; *link != NULL; link = &(*link)->next) {
    struct item *item = *link;
    if (item->id != id || item->type == TIDE_EFFECT_CANCEL)
      continue;
    *link = item->next;
    if (effects->end == &item->next)
      effects->end = link;
    item_free(effects, item);
    return true;
  }
  return false;
}

int effects_cancel(struct effects *effects, int64_t id) {
  if (withdraw(effects, id))
    return TIDE_OK;
  struct buffer json;
  buffer_init(&json, effects->memory);
  buffer_format(&json, "{\"id\":%lld}", (long long)id);
  return effects_push(effects, TIDE_EFFECT_CANCEL, &json, NULL);
}

bool effects_take(struct effects *effects, tide_effect *effect) {
  item_free(effects, effects->taken);
  struct item *item = effects->taken = effects->first;
  if (item == NULL) {
    *effect = (tide_effect){0};
    return false;
  }
  effects->first = item->next;
  if (effects->first == NULL)
    effects->end = &effects->first;
  *effect = (tide_effect){.type = item->type,
                          .json = item->json,
                          .json_size = item->json_size,
                          .data = item->data,
                          .data_size = item->data_size};
  return true;
}

bool effects_empty(const struct effects *effects) {
  return effects->first == NULL;
}
