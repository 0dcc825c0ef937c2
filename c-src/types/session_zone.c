/* What the session's time zone is to functions. */
#include "types/session_zone.h"

#include <stdlib.h>
#include <string.h>

#include "base/read_float.h"

/* --- SET TIME ZONE --- */

static bool same_word(const char *text, const char *word) {
  return text_is((struct text){text, strlen(text)}, word);
}

static bool is_utc(const char *text) {
  static const char *const words[] = {"utc",     "gmt",  "z",        "zulu",
                                      "uct",     "ut",   "etc/utc",  "etc/gmt",
                                      "etc/uct", "gmt0", "etc/zulu", "universal"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (same_word(text, words[i]))
      return true;
  }
  return false;
}

/* <+02>-02, as PostgreSQL writes a zone of a fixed offset. */
static void print_fixed(int offset, char shown[SESSION_ZONE_MAX]) {
  char east[DATETIME_TEXT_MAX], west[DATETIME_TEXT_MAX];
  east[zone_print(offset, east)] = '\0';
  west[zone_print(-offset, west)] = '\0';
  if (offset == 0)
    west[0] = '-';
  shown[0] = '<';
  strcpy(shown + 1, east);
  strcat(shown, ">");
  strcat(shown, west);
}

static int read_hours(const char *text, char session[SESSION_ZONE_MAX],
                      char shown[SESSION_ZONE_MAX]) {
  const char *end;
  double hours = read_float(text, &end);
  if (end == text || *end != '\0' || !(hours > -16 && hours < 16))
    return TIDE_ERROR_INVALID_PARAMETER;
  int offset = (int)(hours * 3600);
  print_fixed(offset, shown);
  session[0] = '\0';
  if (offset != 0) {
    char digits[8];
    int length = 0, rest = offset < 0 ? -offset : offset;
    for (; rest > 0; rest /= 10)
      digits[length++] = (char)('0' + rest % 10);
    size_t at = 0;
    session[at++] = offset < 0 ? '-' : '+';
    while (length > 0)
      session[at++] = digits[--length];
    session[at] = '\0';
  }
  return TIDE_OK;
}

/* PostgreSQL's POSIX rules turn the sign of an offset around, and its abbreviations are no names of zones: only what the
 * host knows is taken. */
int session_zone_read(struct zone_source *source, const char *text,
                      char session[SESSION_ZONE_MAX], char shown[SESSION_ZONE_MAX]) {
  struct zone zone;
  size_t length = strlen(text);
  if (length > 0 && strchr("+-.0123456789", text[0]) != NULL)
    return read_hours(text, session, shown);
  if (length == 0 || length >= SESSION_ZONE_MAX)
    return TIDE_ERROR_INVALID_PARAMETER;
  memcpy(shown, text, length + 1);
  session[0] = '\0';
  if (is_utc(text))
    return TIDE_OK;
  if (zone_find(source, text, length, &zone) != TIDE_OK || zone.name[0] == '\0')
    return TIDE_ERROR_INVALID_PARAMETER;
  memcpy(session, text, length + 1);
  return TIDE_OK;
}

/* --- arguments --- */

bool takes_session_zone(const char *function) {
  static const char *const names[] = {
      "pg_date_in",
      "pg_time_in",
      "pg_timetz_in",
      "pg_timestamp_in",
      "pg_timestamptz_in",
      "pg_timetz_of_time",
      "pg_timestamptz_of_date",
      "pg_timestamptz_of_timestamp",
      "pg_timestamp_of_timestamptz",
      "pg_date_of_timestamptz",
      "pg_time_of_timestamptz",
      "pg_timetz_of_timestamptz",
      "pg_timestamptz_add",
      "pg_timestamptz_subtract",
      "pg_interval_add_timestamptz",
      "pg_extract_timestamptz",
      "pg_date_part_timestamptz",
      "pg_date_trunc_timestamptz",
      "pg_to_char_timestamptz",
      "pg_to_timestamp_text",
      "pg_make_timestamptz",
      "pg_age_timestamptz",
      "pg_age_until_today",
      "pg_localtimestamp",
      "pg_current_date",
      "pg_current_time",
      "pg_localtime",
      "pg_generate_series_timestamptz",
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(names[i], function) == 0)
      return true;
  }
  return false;
}

static struct zone zone_of(const char *session) {
  struct zone zone = {0};
  if (session[0] == '+' || session[0] == '-')
    zone.offset = atoi(session);
  else
    strncpy(zone.name, session, sizeof zone.name - 1);
  return zone;
}

struct zone session_zone(int count, sqlite3_value **arguments, int plain) {
  const char *text =
      count > plain ? (const char *)sqlite3_value_text(arguments[count - 1]) : NULL;
  return zone_of(text != NULL ? text : "");
}

int64_t zone_local(struct zone_source *source, const struct zone *zone,
                   int64_t instant) {
  return instant_is_finite(instant)
             ? instant + zone_offset_at(source, zone, instant) * SECOND
             : instant;
}

int64_t zone_instant(struct zone_source *source, const struct zone *zone,
                     int64_t local) {
  return instant_is_finite(local)
             ? local - zone_offset_of_local(source, zone, local) * SECOND
             : local;
}

int instant_add_in(struct zone_source *source, const struct zone *zone,
                   int64_t *instant, const struct interval *interval) {
  bool utc = zone->name[0] == '\0' && zone->offset == 0;
  if (utc || !instant_is_finite(*instant) ||
      (interval->months == 0 && interval->days == 0))
    return instant_add(instant, *instant, interval);
  struct interval calendar = {interval->months, interval->days, 0};
  struct interval time = {0, 0, interval->microseconds};
  int64_t local = zone_local(source, zone, *instant);
  int code = instant_add(&local, local, &calendar);
  if (code == TIDE_OK)
    code = instant_add(instant, zone_instant(source, zone, local), &time);
  return code;
}

/* --- output --- */

static void show_one(struct zone_source *source, const struct zone *zone,
                     struct text stored, struct buffer *out) {
  char text[DATETIME_TEXT_MAX * 2];
  int64_t instant;
  if (!stored_instant(stored, &instant)) { /* infinity */
    buffer_append(out, stored.data, stored.length);
    return;
  }
  int offset = zone_offset_at(source, zone, instant);
  size_t length = timestamp_print(instant + offset * SECOND, false, text);
  length += zone_print(offset, text + length);
  buffer_append(out, text, length);
}

void session_zone_show(struct zone_source *source, const char *session,
                       struct text stored, struct buffer *out) {
  struct zone zone = zone_of(session);
  if (stored.length == 0 || stored.data[0] != '[') {
    show_one(source, &zone, stored, out);
    return;
  }
  for (size_t i = 0; i < stored.length; i++) {
    buffer_character(out, stored.data[i]);
    if (stored.data[i] != '"')
      continue;
    size_t start = ++i;
    while (i < stored.length && stored.data[i] != '"')
      i++;
    show_one(source, &zone, (struct text){stored.data + start, i - start}, out);
    buffer_character(out, '"');
  }
}
