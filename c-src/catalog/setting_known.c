/* The settings that are known, in the order of their names. */
#include "catalog/setting_known.h"

#include <string.h>

#include "catalog/catalog.h"
#include "catalog/define_internal.h"
#include "types/session_zone.h"

static int nomem(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

static int invalid(struct database *database, const struct setting_kind *kind,
                   const char *text) {
  return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                   "invalid value for parameter \"%s\": \"%s\"", kind->name, text);
}

static int keep_text(struct database *database, const char *text,
                     struct setting_value *value) {
  value->text = memory_string(database->memory, text);
  return value->text != NULL ? TIDE_OK : nomem(database);
}

/* --- words --- */

/* Is the text one of the words between |, whatever the case of its letters? *word: the place of that one. */
static bool among(const char *words, const char *text, const char **word,
                  size_t *length) {
  for (const char *at = words; *at != '\0'; at += *length + (at[*length] == '|')) {
    char candidate[32] = "";
    *length = strcspn(at, "|");
    memcpy(candidate, at, *length);
    *word = at;
    if (same_letters(candidate, text))
      return true;
  }
  return false;
}

/* One value is true here; `takes` has other spellings of it. */
static int read_fixed(struct database *database, const struct setting_kind *kind,
                      const char *text, struct setting_value *value) {
  const char *word;
  size_t length;
  if (same_letters(text, kind->initial) || among(kind->takes, text, &word, &length))
    return keep_text(database, kind->initial, value);
  error_set(database->error, TIDE_ERROR_NOT_SUPPORTED,
            "parameter \"%s\" cannot be changed", kind->name);
  error_hint(database->error, "It is always %Q here.", kind->initial);
  return TIDE_ERROR_NOT_SUPPORTED;
}

/* One of the words of `takes`, which change nothing. */
static int read_choice(struct database *database, const struct setting_kind *kind,
                       const char *text, struct setting_value *value) {
  const char *word;
  size_t length;
  if (!among(kind->takes, text, &word, &length))
    return invalid(database, kind, text);
  char chosen[32] = "";
  memcpy(chosen, word, length);
  return keep_text(database, chosen, value);
}

static int read_boolean(struct database *database, const struct setting_kind *kind,
                        const char *text, struct setting_value *value) {
  const char *word;
  size_t length;
  (void)kind;
  bool on = among("on|true|yes|1|t|y", text, &word, &length);
  if (!on && !among("off|false|no|0|f|n", text, &word, &length))
    return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "parameter \"%s\" requires a Boolean value", kind->name);
  return keep_text(database, on ? "on" : "off", value);
}

static int read_any(struct database *database, const struct setting_kind *kind,
                    const char *text, struct setting_value *value) {
  (void)kind;
  return keep_text(database, text, value);
}

/* --- search_path --- */

struct search_path {
  int count;
  const char *names[]; /* their characters stand behind them */
};

/* Copies one name of the list to `to` (NULL: only reads it). Returns what follows it and the blanks behind, NULL when it is
 * none; *length: of the name. */
static const char *take_name(const char *text, char *to, size_t *length) {
  bool quoted = *text == '"', closed = false;
  *length = 0;
  for (text += quoted; *text != '\0'; text++) {
    char c = *text;
    if (quoted && c == '"' && *++text != '"') {
      closed = true;
      break;
    }
    if (!quoted && strchr(", \t\n\r\"", c) != NULL)
      break;
    if (!quoted && c >= 'A' && c <= 'Z')
      c = (char)(c + ('a' - 'A'));
    if (to != NULL)
      to[*length] = c;
    (*length)++;
  }
  if (quoted ? !closed : *length == 0)
    return NULL;
  if (to != NULL)
    to[*length] = '\0';
  return text + strspn(text, " \t\n\r");
}

/* Reads the whole list into `path`, whose characters go to `to`; both NULL: only counts. -1: it is no list. */
static int take_names(const char *text, struct search_path *path, char *to,
                      size_t *size) {
  int count = 0;
  *size = 0;
  text += strspn(text, " \t\n\r");
  if (*text == '\0')
    return 0;
  for (;;) {
    size_t length;
    text = take_name(text, to, &length);
    if (text == NULL)
      return -1;
    if (path != NULL) {
      path->names[count] = to;
      to += length + 1;
    }
    count++;
    *size += length + 1;
    if (*text == '\0')
      return count;
    if (*text++ != ',')
      return -1;
    text += strspn(text, " \t\n\r");
  }
}

static int read_search_path(struct database *database, const struct setting_kind *kind,
                            const char *text, struct setting_value *value) {
  size_t size;
  int count = take_names(text, NULL, NULL, &size);
  if (count < 0)
    return invalid(database, kind, text);
  size_t names = sizeof(struct search_path) + (size_t)count * sizeof(char *);
  struct search_path *path = memory_allocate(database->memory, names + size);
  if (path == NULL)
    return nomem(database);
  path->count = take_names(text, path, (char *)path + names, &size);
  value->meaning = path;
  return keep_text(database, text, value);
}

static void apply_search_path(struct database *database,
                              const struct setting_value *value) {
  const struct search_path *path = value->meaning;
  catalog_use_search_path(database, path->names, path->count);
}

/* --- TimeZone --- */

static int read_zone(struct database *database, const struct setting_kind *kind,
                     const char *text, struct setting_value *value) {
  char shown[SESSION_ZONE_MAX];
  char *session = memory_allocate_zeroed(database->memory, SESSION_ZONE_MAX);
  if (session == NULL)
    return nomem(database);
  value->meaning = session;
  bool local = same_letters(text, "local") || same_letters(text, "default");
  if (session_zone_read(&database->types.zones, local ? kind->initial : text, session,
                        shown) == TIDE_OK)
    return keep_text(database, shown, value);
  invalid(database, kind, text);
  error_hint(database->error, database->types.zones.offset == NULL
                                  ? "This host has no time zones."
                                  : "Time zones have names like \"Europe/Berlin\".");
  return TIDE_ERROR_INVALID_PARAMETER;
}

/* Statements compare it with the one that they were planned in. */
static void apply_zone(struct database *database, const struct setting_value *value) {
  memcpy(database->zone, value->meaning, SESSION_ZONE_MAX);
}

/* --- all --- */

#define FIXED(name, initial, takes, description)                                       \
  { name, description, initial, takes, read_fixed, NULL }

static const struct setting_kind kinds[] = {
    {"application_name", "Sets the application name.", "", NULL, read_any, NULL},
    FIXED("bytea_output", "hex", "", "Sets the output format for bytea."),
    {"check_function_bodies", "There are no function bodies.", "on", NULL, read_boolean,
     NULL},
    FIXED("client_encoding", "UTF8", "utf-8|unicode",
          "Sets the client's character set encoding."),
    {"client_min_messages", "Sets the message levels that are sent to the client.",
     "notice", "debug5|debug4|debug3|debug2|debug1|log|notice|warning|error",
     read_choice, NULL},
    FIXED("DateStyle", "ISO, MDY", "ISO|iso,mdy",
          "Sets the display format for date and time values."),
    FIXED("default_table_access_method", "heap", "",
          "Sets the default table access method for new tables."),
    FIXED("default_tablespace", "", "",
          "Sets the default tablespace to create tables and indexes in."),
    FIXED("default_transaction_isolation", "serializable", "",
          "Sets the transaction isolation level of each new transaction."),
    {"extra_float_digits",
     "Sets the number of digits displayed for floating-point values.", "1", "1|2|3",
     read_choice, NULL},
    FIXED("idle_in_transaction_session_timeout", "0", "0ms|0s|0min",
          "Sets the maximum allowed idle time between queries in a transaction."),
    FIXED("IntervalStyle", "postgres", "",
          "Sets the display format for interval values."),
    FIXED("lock_timeout", "0", "0ms|0s|0min",
          "Sets the maximum allowed duration of any wait for a lock."),
    {"row_security", "There are no row security policies.", "on", NULL, read_boolean,
     NULL},
    {"search_path", "Sets the schema search order for names that are not qualified.",
     "public", NULL, read_search_path, apply_search_path},
    FIXED("server_encoding", "UTF8", "utf-8", "Shows the character set encoding."),
    FIXED("server_version", "16.0", "", "Shows the server version."),
    FIXED("standard_conforming_strings", "on", "true|yes|1",
          "Causes '...' strings to treat backslashes literally."),
    FIXED("statement_timeout", "0", "0ms|0s|0min",
          "Sets the maximum allowed duration of any statement."),
    {"TimeZone", "Sets the time zone for displaying and interpreting time stamps.",
     "UTC", NULL, read_zone, apply_zone},
    FIXED("transaction_isolation", "serializable", "",
          "Sets the current transaction's isolation level."),
    FIXED("xmloption", "content", "", "There is no XML."),
};

const struct setting_kind *setting_known_at(int index) {
  return (size_t)index < sizeof kinds / sizeof kinds[0] ? &kinds[index] : NULL;
}

const struct setting_kind *setting_known(const char *name) {
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (same_letters(kinds[i].name, name))
      return &kinds[i];
  }
  return NULL;
}
