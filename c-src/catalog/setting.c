/* What the session's settings are, and going back to what they were. */
#include "catalog/setting.h"

#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/setting_known.h"

/* One that has been set, or at least tried. It stays for as long as the database is open. */
struct setting {
  struct setting *next;
  const struct setting_kind *kind; /* NULL: an owner's, or an application's */
  bool owned;
  char *name;
  struct setting_value session, local; /* local.text NULL: there is none */
};

/* What a change has replaced. session.text NULL: that has not been. */
struct change {
  struct setting *setting;
  struct setting_value session, local;
};

struct settings {
  struct setting *first;
  struct change *changes; /* of the transaction */
  size_t count, capacity;
};

static int nomem(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

static void free_value(struct database *database, struct setting_value *value) {
  memory_release(database->memory, value->text);
  memory_release(database->memory, value->meaning);
  *value = (struct setting_value){0};
}

static const struct setting_value *value_of(const struct setting *setting) {
  return setting->local.text != NULL ? &setting->local : &setting->session;
}

/* What an owner took once it takes again. */
static void apply(struct database *database, const struct setting *setting) {
  const struct setting_value *value = value_of(setting);
  if (setting->owned) {
    struct error kept = *database->error;
    database->setting_owner->set(database, setting->name, value->text);
    *database->error = kept;
  } else if (setting->kind != NULL && setting->kind->apply != NULL) {
    setting->kind->apply(database, value);
  }
}

/* --- finding --- */

/* Identifiers with dots between them. */
static bool is_custom_name(const char *name) {
  bool dotted = false, begins = true;
  for (; *name != '\0'; name++) {
    char c = *name;
    bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    if (c == '.' && !begins)
      dotted = begins = true;
    else if (letter || (!begins && ((c >= '0' && c <= '9') || c == '$')))
      begins = false;
    else
      return false;
  }
  return dotted && !begins;
}

static int check_custom_name(struct database *database, const char *name) {
  if (strchr(name, '.') == NULL)
    return error_set(database->error, TIDE_ERROR_UNDEFINED_OBJECT,
                     "unrecognized configuration parameter \"%s\"", name);
  if (is_custom_name(name))
    return TIDE_OK;
  error_set(database->error, TIDE_ERROR_INVALID_NAME,
            "invalid configuration parameter name \"%s\"", name);
  error_hint(database->error, "Custom parameter names must be two or more simple "
                              "identifiers separated by dots.");
  return TIDE_ERROR_INVALID_NAME;
}

static bool is_owned(const struct database *database, const char *name) {
  return database->setting_owner != NULL &&
         database->setting_owner->has(database, name);
}

static struct setting *find(const struct database *database, const char *name) {
  struct setting *setting = database->settings->first;
  while (setting != NULL && !same_letters(setting->name, name))
    setting = setting->next;
  return setting;
}

/* Checks the text, and makes a value of it. */
static int read_value(struct database *database, const struct setting *setting,
                      const char *text, struct setting_value *value) {
  *value = (struct setting_value){0};
  const struct setting_kind *kind = setting->kind;
  int code = TIDE_OK;
  if (kind != NULL)
    code = kind->read(database, kind, text, value);
  else if ((value->text = memory_string(database->memory, text)) == NULL)
    code = nomem(database);
  if (code != TIDE_OK)
    free_value(database, value);
  return code;
}

/* What it has before anybody sets it. An owner's may have none that could be shown: then "". */
static int read_initial(struct database *database, struct setting *setting) {
  if (!setting->owned)
    return read_value(database, setting, setting->kind ? setting->kind->initial : "",
                      &setting->session);
  struct arena arena;
  const char *text;
  arena_init(&arena, database->memory);
  int code = database->setting_owner->show(database, &arena, setting->name, &text);
  if (code == TIDE_OK)
    code = read_value(database, setting, text, &setting->session);
  arena_deinit(&arena);
  return code;
}

static void free_setting(struct database *database, struct setting *setting) {
  free_value(database, &setting->session);
  free_value(database, &setting->local);
  memory_release(database->memory, setting->name);
  memory_release(database->memory, setting);
}

/* The setting of that name, made if it was not there. */
static int obtain(struct database *database, const char *name, struct setting **found) {
  *found = find(database, name);
  if (*found != NULL)
    return TIDE_OK;
  const struct setting_kind *kind = setting_known(name);
  bool owned = kind == NULL && is_owned(database, name);
  int code = kind || owned ? TIDE_OK : check_custom_name(database, name);
  if (code != TIDE_OK)
    return code;
  struct setting *setting = memory_allocate_zeroed(database->memory, sizeof *setting);
  if (setting == NULL)
    return nomem(database);
  setting->kind = kind;
  setting->owned = owned;
  setting->name = memory_string(database->memory, kind ? kind->name : name);
  code = setting->name == NULL ? nomem(database) : read_initial(database, setting);
  if (code != TIDE_OK) {
    free_setting(database, setting);
    return code;
  }
  setting->next = database->settings->first;
  database->settings->first = setting;
  *found = setting;
  return TIDE_OK;
}

/* --- changing --- */

/* Makes room for one more change. */
static int reserve(struct database *database) {
  struct settings *settings = database->settings;
  if (settings->count < settings->capacity)
    return TIDE_OK;
  size_t capacity = settings->capacity * 2 + 4;
  struct change *larger =
      memory_reallocate(database->memory, settings->changes, capacity * sizeof *larger);
  if (larger == NULL)
    return nomem(database);
  settings->changes = larger;
  settings->capacity = capacity;
  return TIDE_OK;
}

/* What it replaces is kept until the transaction ends. */
static void replace(struct database *database, struct setting *setting,
                    struct setting_value value, bool local) {
  struct settings *settings = database->settings;
  struct change *change = &settings->changes[settings->count++];
  *change = (struct change){.setting = setting, .local = setting->local};
  if (local) {
    setting->local = value;
  } else {
    change->session = setting->session;
    setting->session = value;
    setting->local = (struct setting_value){0};
  }
}

/* An owner checks what it is given by taking it. */
static int change_owned(struct database *database, struct setting *setting,
                        const char *text, bool local) {
  const struct setting_owner *owner = database->setting_owner;
  struct arena arena;
  struct setting_value value;
  const char *shown = "";
  arena_init(&arena, database->memory);
  int code = owner->set(database, setting->name, text);
  if (code == TIDE_OK)
    code = owner->show(database, &arena, setting->name, &shown);
  if (code == TIDE_OK)
    code = read_value(database, setting, shown, &value);
  if (code == TIDE_OK)
    replace(database, setting, value, local);
  else
    apply(database, setting);
  arena_deinit(&arena);
  return code;
}

int setting_change(struct database *database, const char *name, const char *text,
                   bool local) {
  struct setting *setting;
  struct setting_value value;
  int code = obtain(database, name, &setting);
  if (code == TIDE_OK)
    code = reserve(database);
  if (code != TIDE_OK)
    return code;
  if (setting->owned)
    return change_owned(database, setting, text, local);
  const char *initial = setting->kind ? setting->kind->initial : "";
  code = read_value(database, setting, text ? text : initial, &value);
  if (code != TIDE_OK)
    return code;
  replace(database, setting, value, local);
  apply(database, setting);
  return TIDE_OK;
}

int settings_reset(struct database *database) {
  int code = TIDE_OK;
  for (struct setting *setting = database->settings->first;
       setting != NULL && code == TIDE_OK; setting = setting->next)
    code = setting_change(database, setting->name, NULL, false);
  return code;
}

/* --- going back --- */

size_t settings_mark(const struct database *database) {
  return database->settings->count;
}

void settings_undo(struct database *database, size_t mark) {
  struct settings *settings = database->settings;
  while (settings->count > mark) {
    struct change *change = &settings->changes[--settings->count];
    struct setting *setting = change->setting;
    if (change->session.text != NULL) {
      free_value(database, &setting->session);
      setting->session = change->session;
    } else {
      free_value(database, &setting->local);
    }
    setting->local = change->local;
    apply(database, setting);
  }
}

void settings_commit(struct database *database) {
  struct settings *settings = database->settings;
  for (size_t i = 0; i < settings->count; i++) {
    struct change *change = &settings->changes[i];
    struct setting *setting = change->setting;
    if (setting->local.text != NULL) {
      free_value(database, &setting->local);
      apply(database, setting);
    }
    free_value(database, &change->session);
    free_value(database, &change->local);
  }
  settings->count = 0;
}

/* --- telling --- */

int setting_value(struct database *database, struct arena *arena, const char *name,
                  const char **value) {
  const struct setting *setting = find(database, name);
  const struct setting_kind *kind = setting_known(name);
  *value = NULL;
  if (kind == NULL && is_owned(database, name))
    return database->setting_owner->show(database, arena, name, value);
  if (setting != NULL ? setting->owned : kind == NULL)
    return TIDE_OK; /* there is none, or no longer */
  *value = arena_string(arena, setting ? value_of(setting)->text : kind->initial);
  return *value != NULL ? TIDE_OK : nomem(database);
}

bool setting_at(struct database *database, int index, const char **name,
                const char **value, const char **description) {
  const struct setting_kind *kind = setting_known_at(index);
  if (kind == NULL)
    return false;
  const struct setting *setting = find(database, kind->name);
  *name = kind->name;
  *value = setting ? value_of(setting)->text : kind->initial;
  *description = kind->description;
  return true;
}

const char *setting_spelling(const char *name) {
  const struct setting_kind *kind = setting_known(name);
  return kind ? kind->name : name;
}

/* --- life --- */

int settings_open(struct database *database) {
  database->settings =
      memory_allocate_zeroed(database->memory, sizeof *database->settings);
  return database->settings != NULL ? setting_functions_register(database)
                                    : nomem(database);
}

void settings_close(struct database *database) {
  struct settings *settings = database->settings;
  if (settings == NULL)
    return;
  for (size_t i = 0; i < settings->count; i++) {
    free_value(database, &settings->changes[i].session);
    free_value(database, &settings->changes[i].local);
  }
  while (settings->first != NULL) {
    struct setting *next = settings->first->next;
    free_setting(database, settings->first);
    settings->first = next;
  }
  memory_release(database->memory, settings->changes);
  memory_release(database->memory, settings);
  database->settings = NULL;
}
