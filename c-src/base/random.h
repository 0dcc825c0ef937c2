/* Random numbers from the host's seed, since the engine may not ask the system for them. */
#ifndef TIDE_BASE_RANDOM_H
#define TIDE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256** (Blackman and Vigna, 2018). Good for identifiers, jitter and random(); not for secrets. */
struct random {
  uint64_t state[4];
};

void random_seed(struct random *random, const uint8_t seed[32]);
uint64_t random_next(struct random *random);
void random_bytes(struct random *random, void *data, size_t size);

#endif
