/* Runs lists of statements and judges what they give. */
#include "script.h"

#include <ctype.h>
#include <string.h>

#include "session.h"

void script_clear(struct script *script) {
  script->count = 0;
  script->length = 0;
}

void script_shorten(struct script *script, int count) {
  if (count < script->count)
    script->length = script->entries[count].text;
  script->count = count < script->count ? count : script->count;
}

bool script_add(struct script *script, const char *sql, bool check) {
  size_t size = strlen(sql) + 1;
  if (script->count == SCRIPT_MAX || script->length + size > SCRIPT_TEXT_MAX)
    return false;
  struct script_entry *entry = &script->entries[script->count++];
  *entry = (struct script_entry){script->length, check, "00000"};
  memcpy(script->text + script->length, sql, size);
  script->length += size;
  return true;
}

const char *script_sql(const struct script *script, int index) {
  return script->text + script->entries[index].text;
}

void script_cut(struct script *to, const struct script *from, int first, int count) {
  script_clear(to);
  for (int i = 0; i < from->count; i++)
    if (i < first || i >= first + count)
      script_add(to, script_sql(from, i), from->entries[i].check);
}

void script_copy(struct script *to, const struct script *from) {
  script_cut(to, from, 0, 0);
}

bool script_replace(struct script *to, const struct script *from, int index,
                    const char *sql) {
  bool room = true;
  script_clear(to);
  for (int i = 0; i < from->count; i++)
    room &=
        script_add(to, i == index ? sql : script_sql(from, i), from->entries[i].check);
  return room;
}

/* --- judging --- */

bool error_is_expected(const char *code) {
  static const char *const expected[] = {"23505", "23502", "23503", "22012",
                                         "22003", "21000", "3B001", "25P01",
                                         "2BP01", "25P02", "23514"};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    if (strcmp(code, expected[i]) == 0)
      return true;
  return false;
}

bool refusal_is_documented(const char *message) {
  static const char *const documented[] = {
      "a LATERAL subquery of this kind",
      "dropping a column that is the integer primary key",
      "a table without columns is not supported",
      "GROUPING SETS with volatile functions"};
  for (size_t i = 0; i < sizeof documented / sizeof *documented; i++)
    if (strstr(message, documented[i]))
      return true;
  return false;
}

/* Letters only: names and numbers differ from case to case. */
static void sign(struct failure *failure, const char *code, const char *message) {
  size_t length = (size_t)snprintf(failure->signature, sizeof failure->signature,
                                   "%d %s ", failure->kind, code);
  bool quoted = false;
  const char *end = strstr(message, "no such column: "); /* SQLite's, unquoted */
  for (const char *at = message;
       *at && at != end && length + 1 < sizeof failure->signature; at++) {
    quoted ^= *at == '"';
    /* a mistake in a name is told by the name */
    if (code[1] != '2' && (quoted || isdigit((unsigned char)*at)))
      continue;
    failure->signature[length++] = *at;
  }
  failure->signature[length] = 0;
}

static bool starts_with(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

void judge_error(const struct session *session, const char *sql, int at,
                 struct failure *failure) {
  bool view = starts_with(sql, "CREATE"), drop = starts_with(sql, "DROP");
  *failure = (struct failure){.at = at};
  if (error_is_expected(session->code) || strstr(session->message, "suspended") ||
      strcmp(session->code, "57014") == 0 || /* given up as too heavy */
      (strcmp(session->code, "42701") == 0 && starts_with(sql, "ALTER")) ||
      (strcmp(session->code, "42P16") == 0 && starts_with(sql, "CREATE OR REPLACE")) ||
      (strcmp(session->code, "42P01") == 0 && drop))
    return;
  if (strcmp(session->code, "0A000") == 0 && refusal_is_documented(session->message))
    return;
  failure->kind = view ? FAILURE_REFUSED : FAILURE_UNEXPECTED;
  sign(failure, session->code, session->message);
  snprintf(failure->detail, sizeof failure->detail, "# error %s: %s\n", session->code,
           session->message);
}

bool check_views(struct session *session, int at, struct failure *failure) {
  struct buffer report;
  buffer_init(&report, memory_default());
  *failure = (struct failure){.at = at};
  for (int i = 0; failure->kind == FAILURE_NONE && i < session->view_count; i++) {
    enum verdict verdict = session_check(session, i, &report);
    bool wrong = verdict == VERDICT_DIFFERENT || verdict == VERDICT_STATE;
    /* a view may be kept whose query is refused when it is run by itself */
    bool refused = verdict == VERDICT_RAISES && refusal_is_documented(session->message);
    if (verdict == VERDICT_EQUAL || refused ||
        (!wrong && error_is_expected(session->code)))
      continue;
    failure->kind = verdict == VERDICT_DIFFERENT ? FAILURE_DIFFERENT
                    : wrong                      ? FAILURE_STATE
                                                 : FAILURE_UNREADABLE;
    snprintf(failure->view, sizeof failure->view, "%s", session->views[i].name);
    if (wrong)
      snprintf(failure->detail, sizeof failure->detail, "%s", buffer_string(&report));
    else
      snprintf(failure->detail, sizeof failure->detail, "# error %s: %s\n",
               session->code, session->message);
    snprintf(failure->columns, sizeof failure->columns, "%s",
             session_columns(session, i));
    sign(failure, wrong ? "" : session->code, wrong ? "" : session->message);
  }
  if (failure->kind == FAILURE_NONE && session->out_of_step > 0) {
    failure->kind = FAILURE_OUT_OF_STEP;
    sign(failure, "", "out of step");
  }
  buffer_deinit(&report);
  return failure->kind == FAILURE_NONE;
}

/* --- running --- */

static bool is_wanted(const struct failure *failure, const struct failure *wanted) {
  return failure->kind != FAILURE_NONE &&
         (!wanted || strcmp(failure->signature, wanted->signature) == 0);
}

static bool run_entry(struct session *session, struct script *script, int index,
                      struct failure *failure) {
  struct script_entry *entry = &script->entries[index];
  const char *sql = script_sql(script, index);
  *failure = (struct failure){.at = index};
  bool done = session_run(session, sql);
  if (!done)
    judge_error(session, sql, index, failure);
  memcpy(entry->code, session->code, sizeof entry->code);
  return done || sql[0] != '@';
}

bool script_run(struct script *script, const struct failure *wanted,
                struct failure *failure) {
  struct session session;
  bool found = false;
  *failure = (struct failure){0};
  if (!session_open(&session))
    return false;
  for (int i = 0; !found && i < script->count; i++) {
    if (!run_entry(&session, script, i, failure))
      return is_wanted(failure, wanted);
    found = is_wanted(failure, wanted);
    if (!found && script->entries[i].check && !session_suspended(&session)) {
      check_views(&session, i, failure);
      found = is_wanted(failure, wanted);
      session.out_of_step = 0;
    }
  }
  session_close(&session);
  return found;
}

/* --- printing --- */

/* A record that gives 0 when the view equals its query. */
static void print_check(const struct script *script, const struct failure *failure,
                        FILE *file) {
  const char *view = failure->view, *columns = failure->columns;
  char create[64];
  const char *query = NULL;
  snprintf(create, sizeof create, " REALTIME VIEW %s AS ", view);
  for (int i = 0; i < script->count; i++) {
    const char *sql = script_sql(script, i), *found = strstr(sql, create);
    if (found && starts_with(sql, "CREATE"))
      query = found + strlen(create);
  }
  if (!query || strstr(query, " WITH (time_refresh") || strstr(query, " WITH NO DATA"))
    return;
  fprintf(file,
          "# %s equals its query.\nquery\nSELECT count(*) FROM ((SELECT %s FROM %s "
          "EXCEPT ALL SELECT %s FROM (%s) AS q)\n  UNION ALL (SELECT %s FROM (%s) AS q "
          "EXCEPT ALL SELECT %s FROM %s)) AS d\n----\n0\n\n",
          view, columns, view, columns, query, columns, query, columns, view);
}

void script_print(const struct script *script, const struct failure *failure,
                  FILE *file) {
  static const char *const kinds[] = {
      "",
      "a view is not equal to its query",
      "a statement that PostgreSQL accepts is refused",
      "a statement fails for a reason that it does not have",
      "a view or its query cannot be read",
      "what a view remembers is wrong",
      "the view engine found its own state wrong",
      "maintenance reads a whole table",
      "the engine crashed"};
  if (failure->kind != FAILURE_NONE)
    fprintf(file, "# %s%s%s\n%s\n", kinds[failure->kind], failure->view[0] ? ": " : "",
            failure->view, failure->detail);
  for (int i = 0; i < script->count; i++) {
    const char *sql = script_sql(script, i);
    const char *code = script->entries[i].code;
    bool refused = failure->kind == FAILURE_REFUSED && i == failure->at;
    if (starts_with(sql, "@kill "))
      fprintf(file, "# kill at %s\n\n", sql + strlen("@kill "));
    else if (sql[0] == '@')
      fprintf(file, "# %s here\n\n", sql + 1);
    else if (strcmp(code, "00000") == 0 || refused)
      fprintf(file, "statement ok\n%s\n\n", sql);
    else
      fprintf(file, "statement error %s\n%s\n\n", code, sql);
  }
  if (failure->view[0])
    print_check(script, failure, file);
}

/* --- reading --- */

bool script_read(struct script *script, const char *name) {
  static char line[SCRIPT_TEXT_MAX], sql[SCRIPT_TEXT_MAX];
  FILE *file = fopen(name, "r");
  bool inside = false;
  script_clear(script);
  sql[0] = 0;
  while (file && fgets(line, sizeof line, file)) {
    bool blank = line[0] == '\n';
    if (strcmp(line, "# reopen here\n") == 0)
      script_add(script, "@reopen", true);
    if (strcmp(line, "# kill here\n") == 0)
      script_add(script, "@kill", true);
    if (starts_with(line, "# kill at ")) {
      snprintf(sql, sizeof sql, "@kill %s", line + strlen("# kill at "));
      sql[strcspn(sql, "\n")] = 0;
      script_add(script, sql, true);
      sql[0] = 0;
    }
    if (inside && !blank && strlen(sql) + strlen(line) < sizeof sql)
      strcat(sql, line);
    if (inside && blank) {
      sql[strcspn(sql, "\n") == strlen(sql) - 1 ? strlen(sql) - 1 : strlen(sql)] = 0;
      script_add(script, sql, true);
      sql[0] = 0;
    }
    if (starts_with(line, "statement "))
      inside = true;
    else if (blank)
      inside = false;
  }
  if (file)
    fclose(file);
  return file != NULL;
}
