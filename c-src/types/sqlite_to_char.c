/* to_char() of timestamps: PostgreSQL's template patterns. */
#include <string.h>

#include "types/datetime_call.h"

static const char *const month_names[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
static const char *const day_names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};

enum pattern {
  P_YYYY,
  P_YYY,
  P_YY,
  P_Y,
  P_Y_YYY,
  P_IYYY,
  P_IYY,
  P_IY,
  P_I,
  P_CC,
  P_Q,
  P_MM,
  P_MONTH,
  P_MON,
  P_RM,
  P_DDD,
  P_IDDD,
  P_DD,
  P_D,
  P_ID,
  P_DAY,
  P_DY,
  P_J,
  P_WW,
  P_W,
  P_IW,
  P_HH24,
  P_HH12,
  P_MI,
  P_SS,
  P_SSSS,
  P_MS,
  P_US,
  P_FF1,
  P_FF2,
  P_FF3,
  P_FF4,
  P_FF5,
  P_FF6,
  P_AM,
  P_A_M,
  P_BC,
  P_B_C,
  P_TZ,
  P_TZH,
  P_TZM,
  P_OF
};

/* How a word is spelled. */
enum letters { AS_NUMBER, UPPER, CAPITAL, LOWER };

/* Longer patterns come before those they begin with. A number's may be in lower case as well. */
static const struct template {
  const char *text;
  enum pattern pattern;
  enum letters letters;
}
templates[] = {
    {"Y,YYY", P_Y_YYY, AS_NUMBER}, {"YYYY", P_YYYY, AS_NUMBER},
    {"YYY", P_YYY, AS_NUMBER},     {"YY", P_YY, AS_NUMBER},
    {"Y", P_Y, AS_NUMBER},         {"IYYY", P_IYYY, AS_NUMBER},
    {"IYY", P_IYY, AS_NUMBER},     {"IY", P_IY, AS_NUMBER},
    {"CC", P_CC, AS_NUMBER},       {"MONTH", P_MONTH, UPPER},
    {"Month", P_MONTH, CAPITAL},   {"month", P_MONTH, LOWER},
    {"MON", P_MON, UPPER},         {"Mon", P_MON, CAPITAL},
    {"mon", P_MON, LOWER},         {"MM", P_MM, AS_NUMBER},
    {"MI", P_MI, AS_NUMBER},       {"MS", P_MS, AS_NUMBER},
    {"RM", P_RM, UPPER},           {"rm", P_RM, LOWER},
    {"DDD", P_DDD, AS_NUMBER},     {"DD", P_DD, AS_NUMBER},
    {"DAY", P_DAY, UPPER},         {"Day", P_DAY, CAPITAL},
    {"day", P_DAY, LOWER},         {"DY", P_DY, UPPER},
    {"Dy", P_DY, CAPITAL},         {"dy", P_DY, LOWER},
    {"D", P_D, AS_NUMBER},         {"IDDD", P_IDDD, AS_NUMBER},
    {"ID", P_ID, AS_NUMBER},       {"IW", P_IW, AS_NUMBER},
    {"I", P_I, AS_NUMBER},         {"J", P_J, AS_NUMBER},
    {"Q", P_Q, AS_NUMBER},         {"WW", P_WW, AS_NUMBER},
    {"W", P_W, AS_NUMBER},         {"HH24", P_HH24, AS_NUMBER},
    {"HH12", P_HH12, AS_NUMBER},   {"HH", P_HH12, AS_NUMBER},
    {"SSSSS", P_SSSS, AS_NUMBER},  {"SSSS", P_SSSS, AS_NUMBER},
    {"SS", P_SS, AS_NUMBER},       {"FF1", P_FF1, AS_NUMBER},
    {"FF2", P_FF2, AS_NUMBER},     {"FF3", P_FF3, AS_NUMBER},
    {"FF4", P_FF4, AS_NUMBER},     {"FF5", P_FF5, AS_NUMBER},
    {"FF6", P_FF6, AS_NUMBER},     {"US", P_US, AS_NUMBER},
    {"A.M.", P_A_M, UPPER},        {"P.M.", P_A_M, UPPER},
    {"a.m.", P_A_M, LOWER},        {"p.m.", P_A_M, LOWER},
    {"AM", P_AM, UPPER},           {"PM", P_AM, UPPER},
    {"am", P_AM, LOWER},           {"pm", P_AM, LOWER},
    {"B.C.", P_B_C, UPPER},        {"A.D.", P_B_C, UPPER},
    {"b.c.", P_B_C, LOWER},        {"a.d.", P_B_C, LOWER},
    {"BC", P_BC, UPPER},           {"AD", P_BC, UPPER},
    {"bc", P_BC, LOWER},           {"ad", P_BC, LOWER},
    {"TZH", P_TZH, UPPER},         {"TZM", P_TZM, UPPER},
    {"tzh", P_TZH, LOWER},         {"tzm", P_TZM, LOWER},
    {"TZ", P_TZ, UPPER},           {"tz", P_TZ, LOWER},
    {"OF", P_OF, UPPER},           {"of", P_OF, LOWER},
};

/* The instant being printed. */
struct source {
  struct moment moment;
  int64_t days;
  bool with_zone;
};

static bool spells(const char *word, const char *text, size_t length, bool lower) {
  for (size_t i = 0; i < length; i++) {
    bool capital = word[i] >= 'A' && word[i] <= 'Z';
    if (text[i] != (lower && capital ? word[i] + 32 : word[i]))
      return false;
  }
  return true;
}

static const struct template *find_template(struct text format, size_t position) {
  const char *text = format.data + position;
  for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
    const struct template *template = &templates[i];
    size_t length = strlen(template->text);
    if (length <= format.length - position &&
        (spells(template->text, text, length, false) ||
         (template->letters == AS_NUMBER &&
          spells(template->text, text, length, true))))
      return template;
  }
  return NULL;
}

/* A number with leading zeros, or none in fill mode (FM). */
static void put_number(struct buffer *out, int64_t value, int digits, bool fill_mode) {
  char text[24];
  size_t start = sizeof text;
  do {
    text[--start] = (char)('0' + value % 10);
    value /= 10;
    digits--;
  } while (value > 0 || (digits > 0 && !fill_mode));
  buffer_append(out, text + start, sizeof text - start);
}

/* A name in its spelling, padded with blanks to `width` unless in fill mode. */
static void put_name(struct buffer *out, const char *name, size_t length,
                     enum letters letters, size_t width, bool fill_mode) {
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    if (letters == UPPER && c >= 'a' && c <= 'z')
      c = (char)(c - 32);
    if (letters == LOWER && c >= 'A' && c <= 'Z')
      c = (char)(c + 32);
    buffer_character(out, c);
  }
  for (size_t i = length; i < width && !fill_mode; i++)
    buffer_character(out, ' ');
}

/* The first digits of a fraction of a second. */
static void put_fraction(struct buffer *out, int microsecond, int digits) {
  for (int i = digits; i < 6; i++)
    microsecond /= 10;
  put_number(out, microsecond, digits, false);
}

static void put_date_pattern(struct buffer *out, const struct template *template,
                             const struct source *source, bool fill_mode) {
  const struct civil *date = &source->moment.date;
  struct civil new_year = {date->year, 1, 1};
  int64_t day_of_year = source->days - days_from_civil(new_year);
  int weekday = iso_weekday(source->days), iso_year,
      week = iso_week(source->days, &iso_year);
  static const char *const roman[] = {"I",   "II",   "III", "IV", "V",  "VI",
                                      "VII", "VIII", "IX",  "X",  "XI", "XII"};
  const char *month = month_names[date->month - 1], *day = day_names[weekday - 1];
  switch (template->pattern) {
  case P_YYYY: put_number(out, date->year, 4, fill_mode); break;
  case P_YYY: put_number(out, date->year % 1000, 3, fill_mode); break;
  case P_YY: put_number(out, date->year % 100, 2, fill_mode); break;
  case P_Y: put_number(out, date->year % 10, 1, fill_mode); break;
  case P_Y_YYY:
    put_number(out, date->year / 1000, 1, fill_mode);
    buffer_character(out, ',');
    put_number(out, date->year % 1000, 3, false);
    break;
  case P_IYYY: put_number(out, iso_year, 4, fill_mode); break;
  case P_IYY: put_number(out, iso_year % 1000, 3, fill_mode); break;
  case P_IY: put_number(out, iso_year % 100, 2, fill_mode); break;
  case P_I: put_number(out, iso_year % 10, 1, fill_mode); break;
  case P_CC: put_number(out, (date->year + 99) / 100, 2, fill_mode); break;
  case P_Q: put_number(out, (date->month - 1) / 3 + 1, 1, fill_mode); break;
  case P_MM: put_number(out, date->month, 2, fill_mode); break;
  case P_MONTH:
    put_name(out, month, strlen(month), template->letters, 9, fill_mode);
    break;
  case P_MON: put_name(out, month, 3, template->letters, 3, fill_mode); break;
  case P_RM:
    put_name(out, roman[date->month - 1], strlen(roman[date->month - 1]),
             template->letters, 4, fill_mode);
    break;
  case P_DDD: put_number(out, day_of_year + 1, 3, fill_mode); break;
  case P_IDDD: put_number(out, (week - 1) * 7 + weekday, 3, fill_mode); break;
  case P_DD: put_number(out, date->day, 2, fill_mode); break;
  case P_D: put_number(out, weekday % 7 + 1, 1, fill_mode); break;
  case P_ID: put_number(out, weekday, 1, fill_mode); break;
  case P_DAY: put_name(out, day, strlen(day), template->letters, 9, fill_mode); break;
  case P_DY: put_name(out, day, 3, template->letters, 3, fill_mode); break;
  case P_J: put_number(out, source->days + 2440588, 1, fill_mode); break;
  case P_WW: put_number(out, day_of_year / 7 + 1, 2, fill_mode); break;
  case P_W: put_number(out, (date->day - 1) / 7 + 1, 1, fill_mode); break;
  default: put_number(out, week, 2, fill_mode); break;
  }
}

static void put_pattern(struct buffer *out, const struct template *template,
                        const struct source *source, bool fill_mode) {
  const struct moment *moment = &source->moment;
  bool morning = moment->hour < 12;
  const char *half =
      template->pattern == P_AM ? (morning ? "AM" : "PM") : (morning ? "A.M." : "P.M.");
  switch (template->pattern) {
  case P_HH24: put_number(out, moment->hour, 2, fill_mode); break;
  case P_HH12: put_number(out, (moment->hour + 11) % 12 + 1, 2, fill_mode); break;
  case P_MI: put_number(out, moment->minute, 2, fill_mode); break;
  case P_SS: put_number(out, moment->second, 2, fill_mode); break;
  case P_SSSS:
    put_number(out, moment->hour * 3600 + moment->minute * 60 + moment->second, 1,
               fill_mode);
    break;
  case P_MS: put_number(out, moment->microsecond / 1000, 3, false); break;
  case P_US: put_number(out, moment->microsecond, 6, false); break;
  case P_FF1:
  case P_FF2:
  case P_FF3:
  case P_FF4:
  case P_FF5:
  case P_FF6:
    put_fraction(out, moment->microsecond, (int)(template->pattern - P_FF1) + 1);
    break;
  case P_AM:
  case P_A_M: put_name(out, half, strlen(half), template->letters, 0, true); break;
  case P_BC: put_name(out, "AD", 2, template->letters, 0, true); break;
  case P_B_C: put_name(out, "A.D.", 4, template->letters, 0, true); break;
  case P_TZH: buffer_text(out, "+00"); break;
  case P_TZM: buffer_text(out, "00"); break;
  case P_TZ:
    if (source->with_zone)
      put_name(out, "UTC", 3, template->letters, 0, true);
    break;
  case P_OF: buffer_text(out, "+00"); break;
  default: put_date_pattern(out, template, source, fill_mode); break;
  }
}

/* 1st, 2nd, 3rd, 4th … 11th: the letters after the number that `out` ends with. */
static const char *ordinal_suffix(const struct buffer *out) {
  const char *text = buffer_string(out);
  size_t length = out->length;
  char last = length > 0 ? text[length - 1] : '0',
       before = length > 1 ? text[length - 2] : '0';
  if (before == '1' || last > '3' || last == '0')
    return "th";
  return last == '1' ? "st" : last == '2' ? "nd" : "rd";
}

static bool follows(struct text format, size_t position, const char *word) {
  size_t length = strlen(word);
  return length <= format.length - position &&
         memcmp(format.data + position, word, length) == 0;
}

/* Copies "quoted text"; returns the position after it. */
static size_t put_quoted(struct buffer *out, struct text format, size_t position) {
  for (position++; position < format.length && format.data[position] != '"';
       position++) {
    if (format.data[position] == '\\' && position + 1 < format.length)
      position++;
    buffer_character(out, format.data[position]);
  }
  return position < format.length ? position + 1 : position;
}

static void print(struct buffer *out, struct text format, const struct source *source) {
  bool fill_mode = false;
  for (size_t i = 0; i < format.length;) {
    if (format.data[i] == '"') {
      i = put_quoted(out, format, i);
      continue;
    }
    if (follows(format, i, "FM") || follows(format, i, "fm")) {
      fill_mode = true;
      i += 2;
      continue;
    }
    const struct template *template = find_template(format, i);
    if (template == NULL) {
      buffer_character(out, format.data[i++]);
      continue;
    }
    put_pattern(out, template, source, fill_mode);
    fill_mode = false;
    i += strlen(template->text);
    if (template->letters == AS_NUMBER &&
        (follows(format, i, "th") || follows(format, i, "TH"))) {
      const char *suffix = ordinal_suffix(out);
      put_name(out, suffix, 2, format.data[i] == 'T' ? UPPER : LOWER, 0, true);
      i += 2;
    }
  }
}

static void to_char(sqlite3_context *context, sqlite3_value **arguments,
                    bool with_zone) {
  struct text format;
  struct buffer out;
  int64_t instant;
  if (call_has_null(2, arguments) ||
      !instant_argument(context, arguments[0], &instant) ||
      !call_text(context, arguments[1], &format) || format.length == 0 ||
      !instant_is_finite(instant))
    return;
  struct source source = {moment_from_instant(instant), floor_division(instant, DAY),
                          with_zone};
  buffer_init(&out, call_memory());
  print(&out, format, &source);
  call_return_buffer(context, &out);
}

static void to_char_timestamp(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  to_char(context, arguments, false);
}

static void to_char_timestamptz(sqlite3_context *context, int count,
                                sqlite3_value **arguments) {
  (void)count;
  to_char(context, arguments, true);
}

static const struct call calls[] = {
    {"pg_to_char_timestamp", 2, false, to_char_timestamp},
    {"pg_to_char_timestamptz", 2, false, to_char_timestamptz},
};

int register_to_char(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
