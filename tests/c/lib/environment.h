/* What a program that runs for as long as it is told asks: its environment, and the time. */
#ifndef TIDE_TEST_ENVIRONMENT_H
#define TIDE_TEST_ENVIRONMENT_H

#include <stdlib.h>
#include <time.h>

/* Seconds since some moment. */
static inline double environment_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The number that the variable has, or `otherwise`. */
static inline double environment_number(const char *name, double otherwise) {
  const char *text = getenv(name);
  return text && *text ? strtod(text, NULL) : otherwise;
}

#endif
