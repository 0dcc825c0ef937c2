/* Finding the offset of a time zone. */
#include "types/zone.h"

#include <string.h>

#include "base/error.h"
#include "types/datetime.h"

/* Six days: shorter than any time zone has ever kept an offset for that it left and
 * came back from. */
enum { SPAN_SECONDS = 1 << 19 };

bool zone_abbreviation(const char *word, int *offset) {
  static const struct {
    const char *name;
    int minutes;
  } abbreviations[] = {
      {"z", 0},       {"utc", 0},    {"gmt", 0},    {"zulu", 0},   {"ut", 0},
      {"uct", 0},     {"est", -300}, {"edt", -240}, {"cst", -360}, {"cdt", -300},
      {"mst", -420},  {"mdt", -360}, {"pst", -480}, {"pdt", -420}, {"akst", -540},
      {"akdt", -480}, {"hst", -600}, {"wet", 0},    {"west", 60},  {"bst", 60},
      {"cet", 60},    {"cest", 120}, {"met", 60},   {"mest", 120}, {"eet", 120},
      {"eest", 180},  {"jst", 540},  {"kst", 540},  {"aest", 600}, {"aedt", 660},
      {"nzst", 720},  {"nzdt", 780},
  };
  for (size_t i = 0; i < sizeof abbreviations / sizeof abbreviations[0]; i++) {
    if (strcmp(abbreviations[i].name, word) == 0) {
      *offset = abbreviations[i].minutes * 60;
      return true;
    }
  }
  return false;
}

static bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '/' || c == '+' || c == '-';
}

/* Takes a name that the host might know. What has no slash and is short is an
 * abbreviation, which may mean something else to the host than to PostgreSQL. */
static bool take_name(const char *text, size_t length, struct zone *zone) {
  if (length < 5 || length >= ZONE_NAME_MAX)
    return false;
  for (size_t i = 0; i < length; i++) {
    if (!is_name_letter(text[i]))
      return false;
    zone->name[i] = text[i];
  }
  zone->name[length] = '\0';
  return true;
}

static int ask(const struct zone_source *source, const char *name, int64_t second) {
  return source->offset == NULL ? ZONE_UNKNOWN
                                : source->offset(source->context, name, (double)second);
}

int zone_find(struct zone_source *source, const char *text, size_t length,
              struct zone *zone) {
  memset(zone, 0, sizeof *zone);
  if (zone_parse(text, length, &zone->offset) == TIDE_OK)
    return TIDE_OK;
  if (!take_name(text, length, zone) || ask(source, zone->name, 0) == ZONE_UNKNOWN)
    return TIDE_ERROR_INVALID_PARAMETER;
  return TIDE_OK;
}

/* The number of a name, from 1. When there are too many all is forgotten. */
static int number_name(struct zone_source *source, const char *name) {
  for (int i = 0; i < source->name_count; i++) {
    if (strcmp(source->names[i], name) == 0)
      return i + 1;
  }
  if (source->name_count == ZONE_NAMES) {
    source->name_count = 0;
    memset(source->spans, 0, sizeof source->spans);
  }
  memcpy(source->names[source->name_count], name, strlen(name) + 1);
  return ++source->name_count;
}

/* What is known of a zone in a stretch of time, asked for when it is not. */
static const struct zone_span *find_span(struct zone_source *source, const char *name,
                                         int64_t number) {
  int zone = number_name(source, name);
  struct zone_span *span =
      &source->spans[((uint64_t)number + (uint64_t)zone * 101) % ZONE_SPANS];
  if (span->number == number && span->zone == zone)
    return span;
  *span = (struct zone_span){.number = number, .zone = zone};
  span->first = ask(source, name, number * SPAN_SECONDS);
  span->last = ask(source, name, (number + 1) * SPAN_SECONDS - 1);
  return span;
}

int zone_offset_at(struct zone_source *source, const struct zone *zone,
                   int64_t instant) {
  if (zone->name[0] == '\0')
    return zone->offset;
  int64_t second = floor_division(instant, SECOND);
  const struct zone_span *span =
      find_span(source, zone->name, floor_division(second, SPAN_SECONDS));
  int offset =
      span->first == span->last ? span->first : ask(source, zone->name, second);
  return offset == ZONE_UNKNOWN ? 0 : offset;
}

int zone_offset_of_local(struct zone_source *source, const struct zone *zone,
                         int64_t local) {
  int before = zone_offset_at(source, zone, local - DAY),
      after = zone_offset_at(source, zone, local + DAY);
  if (before == after)
    return before;
  int64_t by_before = local - before * SECOND, by_after = local - after * SECOND;
  bool still = zone_offset_at(source, zone, by_before) == before,
       already = zone_offset_at(source, zone, by_after) == after;
  if (still != already)
    return still ? before : after;
  return before < after ? before : after;
}
