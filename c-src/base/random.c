/* Random numbers from the host's seed, since the engine may not ask the system for them. */
#include "base/random.h"

#include <string.h>

static uint64_t rotate_left(uint64_t value, int bits) {
  return (value << bits) | (value >> (64 - bits));
}

void random_seed(struct random *random, const uint8_t seed[32]) {
  memcpy(random->state, seed, sizeof random->state);
  /* an all-zero state would stay zero for ever */
  if ((random->state[0] | random->state[1] | random->state[2] | random->state[3]) == 0)
    random->state[0] = 1;
  /* a poor seed (a test's, say) is spread over the state first */
  for (int i = 0; i < 16; i++)
    (void)random_next(random);
}

uint64_t random_next(struct random *random) {
  uint64_t *s = random->state;
  uint64_t result = rotate_left(s[1] * 5, 7) * 9;
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate_left(s[3], 45);
  return result;
}

void random_bytes(struct random *random, void *data, size_t size) {
  unsigned char *bytes = data;
  while (size > 0) {
    uint64_t value = random_next(random);
    size_t step = size < sizeof value ? size : sizeof value;
    memcpy(bytes, &value, step);
    bytes += step;
    size -= step;
  }
}
