/* What enums are called, and where a label stands in the order that was declared. */
#include "types/enum.h"

#include <stdlib.h>
#include <string.h>

/* Names last as long as what refers to them, whatever becomes of the enums: there is one for each number. */
#define NAME(number)                                                                   \
  { "enum" number, "enum" number "_array" }
#define TEN(tens)                                                                      \
  NAME(tens "0"), NAME(tens "1"), NAME(tens "2"), NAME(tens "3"), NAME(tens "4"),      \
      NAME(tens "5"), NAME(tens "6"), NAME(tens "7"), NAME(tens "8"), NAME(tens "9")

static const char *const names[][2] = {
    TEN(""),   TEN("1"),  TEN("2"),  TEN("3"),  TEN("4"),  TEN("5"),  TEN("6"),
    TEN("7"),  TEN("8"),  TEN("9"),  TEN("10"), TEN("11"), TEN("12"), TEN("13"),
    TEN("14"), TEN("15"), TEN("16"), TEN("17"), TEN("18"), TEN("19"), TEN("20"),
    TEN("21"), TEN("22"), TEN("23"), TEN("24"),
};

_Static_assert(sizeof names / sizeof names[0] == ENUMS_MAX, "a name for each number");

const char *enum_collation(int number, bool array) {
  return names[number][array];
}

int enum_by_collation(const char *name) {
  if (strncmp(name, "enum", 4) != 0)
    return -1;
  int number = 0;
  const char *digit = name + 4;
  for (; *digit >= '0' && *digit <= '9' && number < ENUMS_MAX; digit++)
    number = number * 10 + (*digit - '0');
  bool known = number < ENUMS_MAX && (strcmp(name, names[number][0]) == 0 ||
                                      strcmp(name, names[number][1]) == 0);
  return known ? number : -1;
}

static int compare_labels(const void *left, const void *right) {
  const struct enum_label *a = left, *b = right;
  return strcmp(a->text, b->text);
}

void enum_sort(struct enum_type *type) {
  for (int i = 0; i < type->count; i++)
    type->sorted[i] = (struct enum_label){type->labels[i], i};
  if (type->count > 0)
    qsort(type->sorted, (size_t)type->count, sizeof *type->sorted, compare_labels);
}

int enum_place(const struct enum_type *type, const char *text, size_t length) {
  int low = 0, high = type->count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    const char *label = type->sorted[middle].text;
    size_t whole = strlen(label), shorter = whole < length ? whole : length;
    int order = memcmp(label, text, shorter);
    if (order == 0)
      order = (whole > length) - (whole < length);
    if (order == 0)
      return type->sorted[middle].place;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return -1;
}
