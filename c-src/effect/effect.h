/* What the engine asks of its host: a queue of effects, and which of them are owed an answer. */
#ifndef TIDE_EFFECT_EFFECT_H
#define TIDE_EFFECT_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "tidemark.h"

struct effects;

/* Returns NULL when memory ran out. */
struct effects *effects_new(struct memory *memory);
void effects_free(struct effects *effects);

/* A fresh id for an effect that wants an answer; ids rise and are never used twice by one engine. */
int64_t effects_next_id(struct effects *effects);

/* Is there one that the host has not taken? */
bool effects_waiting(const struct effects *effects);

/* Queues an effect. Control data of one that wants an answer begin with {"id":…. The JSON text in `json` and the bytes in `data` (may be NULL) are taken over: both buffers are empty afterwards, also on
 * failure. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int effects_push(struct effects *effects, enum tide_effect_type type,
                 struct buffer *json, struct buffer *data);

/* Queues CANCEL {"id"}; an effect with that id that the host has not taken yet is removed instead. */
int effects_cancel(struct effects *effects, int64_t id);

/* Takes the next one as tide_next_effect does: its memory stays valid until the next call of effects_take or effects_free. */
bool effects_take(struct effects *effects, tide_effect *effect);

bool effects_empty(const struct effects *effects);

#endif
