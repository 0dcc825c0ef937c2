/* Whether two values of SQLite are the same. */
#include "types/same_value.h"

#include <stdint.h>
#include <string.h>

#include "types/value_bytes.h"

/* Eight at a time: memcmp goes byte by byte in WebAssembly, and unnest compares long arrays for each of their rows. */
static bool same_bytes(const char *a, const char *b, size_t count) {
  for (; count >= sizeof(uint64_t);
       a += sizeof(uint64_t), b += sizeof(uint64_t), count -= sizeof(uint64_t)) {
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x != y)
      return false;
  }
  return count == 0 || memcmp(a, b, count) == 0;
}

/* By type: a number is not asked for its text, for want of memory would make NULL of it. */
bool same_value(sqlite3_value *a, sqlite3_value *b) {
  int type = sqlite3_value_type(a);
  if (type != sqlite3_value_type(b))
    return false;
  if (type == SQLITE_INTEGER)
    return sqlite3_value_int64(a) == sqlite3_value_int64(b);
  if (type == SQLITE_FLOAT)
    return !(sqlite3_value_double(a) < sqlite3_value_double(b)) &&
           !(sqlite3_value_double(a) > sqlite3_value_double(b));
  int size = sqlite3_value_bytes(a);
  return size == sqlite3_value_bytes(b) &&
         same_bytes(value_bytes(a), value_bytes(b), (size_t)size);
}
