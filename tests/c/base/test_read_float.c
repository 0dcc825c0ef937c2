/* Tests of base/read_float.c and base/integer.c. */
#include "base/library.h"
#include "base/read_float.h"
#include "lib/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* As the C library reads it, which is exact. */
static void same(const char *text) {
  const char *end;
  char *other;
  double read = read_float(text, &end), expected = strtod(text, &other);
  if (memcmp(&read, &expected, sizeof read) != 0 || end != other)
    fail_msg("%s: %.17g, and not %.17g; ends at '%s', and not '%s'", text, read,
             expected, end, other);
}

/* Signs, points, exponents, and what follows. */
static void forms(void **state) {
  (void)state;
  static const char *const texts[] = {
      "0",     "-0",     "1",    "+1",  "-1.5",   "1.",     ".5",    "-.5e1",
      ".",     "",       "-",    "e5",  "1e",     "1e+",    "1e5",   "1E-5x",
      "1.2.3", " 1",     "\t-2", "- 1", "1 ",     "00.1",   "0.000", "0e999",
      "1,5",   "1e0005", "+.e1", "5e",  "000123", "1e-400", "1e400"};
  for (size_t i = 0; i < COUNT(texts); i++)
    same(texts[i]);
}

/* Largest, smallest, and just beyond. */
static void borders(void **state) {
  (void)state;
  static const char *const texts[] = {"1.7976931348623157e308",
                                      "1.7976931348623158e308",
                                      "1.7976931348623159e308",
                                      "-1.8e308",
                                      "2.2250738585072014e-308",
                                      "2.2250738585072011e-308",
                                      "4.9406564584124654e-324",
                                      "2.4703282292062327e-324",
                                      "2.4703282292062328e-324",
                                      "1e-323",
                                      "9007199254740993",
                                      "9007199254740992e22",
                                      "9007199254740993e-22",
                                      "1e22",
                                      "1e23",
                                      "123456789012345678901234567890",
                                      "8.41e21",
                                      "1e999999999999999999999",
                                      "1e-999999999999999999999"};
  for (size_t i = 0; i < COUNT(texts); i++)
    same(texts[i]);
}

static uint64_t next(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state ^ *state >> 29;
}

/* Numbers with few digits, with many, and as many as there are. */
static void any_number(void **state) {
  (void)state;
  uint64_t random = 1;
  char text[64];
  for (int i = 0; i < 100000; i++) {
    uint64_t bits = next(&random);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value))
      continue;
    snprintf(text, sizeof text, "%.*g", (int)(next(&random) % 22) + 1, value);
    same(text);
    snprintf(text, sizeof text, "%.*f", (int)(next(&random) % 12),
             (double)(int64_t)next(&random) / 1e9);
    same(text);
  }
}

/* The middle of two numbers goes to the even one, and what is just beside it does not. */
static void middles(void **state) {
  (void)state;
  uint64_t random = 7;
  static char text[1200];
  for (int i = 0; i < 3000; i++) {
    uint64_t bits = next(&random) >> 1;
    if (i % 3 == 0)
      bits &= (UINT64_C(1) << 53) - 1; /* smallest numbers */
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value) || value > 1e300)
      continue;
    double above = nextafter(value, (double)INFINITY);
    long double middle = ((long double)value + (long double)above) / 2;
    snprintf(text, sizeof text, "%.1100Lf", middle);
    same(text);
    size_t length = strlen(text);
    text[length - 1] = '1';
    same(text);
    snprintf(text, sizeof text, "%.800Le", middle);
    same(text);
  }
}

/* SQLite is linked with every test, and wants of library.c what an operating system gives it. */
static int initialize(void **state) {
  (void)state;
  return library_initialize();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms),
      cmocka_unit_test(borders),
      cmocka_unit_test(any_number),
      cmocka_unit_test(middles),
  };
  return cmocka_run_group_tests(tests, initialize, NULL);
}
