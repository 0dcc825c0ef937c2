/* One round: a database made, filled, written to and checked. */
#include "round.h"

#include <stdio.h>
#include <string.h>

enum {
  STATEMENTS = 200,
  VIEWS_MAX = 12,
  /* session.work at most: of defining a view, of a write, of comparing after a statement */
  VIEW_WORK_MAX = 4,
  WRITE_WORK_MAX = 100,
  CHECK_WORK_MAX = 100
};

/* Drops from the generator's list what is not there any more. */
static void sync_relations(struct round *round) {
  struct generator *generator = &round->generator;
  int kept = generator->table_count;
  for (int i = generator->table_count; i < generator->relation_count; i++) {
    bool there = false;
    for (int j = 0; j < round->session.view_count; j++)
      there |= strcmp(round->session.views[j].name, generator->relations[i].name) == 0;
    if (there)
      generator->relations[kept++] = generator->relations[i];
  }
  generator->relation_count = kept;
}

/* A view that takes long to compute would only hold up the others, and so would a write. */
static bool run_within_limits(struct session *session, const char *sql) {
  bool view = strncmp(sql, "CREATE", 6) == 0 && strstr(sql, "REALTIME VIEW");
  session_limit(session, view ? VIEW_WORK_MAX : WRITE_WORK_MAX);
  bool done = session_run(session, sql);
  session_limit(session, 0);
  return done;
}

/* Runs a statement, and checks the views unless changes are to pile up. False: a failure was found. */
bool round_statement(struct round *round, const char *sql) {
  struct shared *shared = round->shared;
  struct session *session = &round->session;
  struct failure *failure = &shared->failure;
  bool check = !(session_in_transaction(session) && round->piling) ||
               strcmp(sql, "COMMIT") == 0 || strcmp(sql, "ROLLBACK") == 0;
  script_add(&shared->script, sql, check);
  int at = shared->script.count - 1;
  bool done = run_within_limits(session, sql);
  memcpy(shared->script.entries[at].code, session->code, 6);
  shared->statements++;
  round->heavy |=
      !done && strcmp(session->code, "57014") == 0 && strncmp(sql, "CREATE", 6) != 0;
  sync_relations(round);
  if (!done) {
    shared->failed_statements++;
    judge_error(session, sql, at, failure);
    if (failure->kind != FAILURE_NONE)
      return false;
  }
  generator_clear(&round->generator);
  bool equal =
      !check || session_suspended(session) || check_views(session, at, failure);
  round->heavy |= session->work > CHECK_WORK_MAX;
  return equal;
}

/* What the last statement gave: the session's code may be that of a check since then. */
static const char *last_code(const struct round *round) {
  const struct script *script = &round->shared->script;
  return script->entries[script->count - 1].code;
}

/* Runs the definition of a view, and counts what it is made of. */
static bool define_view(struct round *round, const char *sql) {
  struct shared *shared = round->shared;
  const struct generator *generator = &round->generator;
  bool used[CONSTRUCT_COUNT];
  memcpy(used, generator->used, sizeof used);
  bool good = round_statement(round, sql);
  if (strcmp(last_code(round), "57014") == 0) {
    shared->heavy++;
    return good;
  }
  if (strcmp(last_code(round), "00000") == 0) {
    shared->views++;
    for (int i = 0; i < CONSTRUCT_COUNT; i++)
      shared->coverage[i] += used[i];
  } else {
    shared->refused++;
  }
  return good;
}

static bool make_view(struct round *round) {
  struct generator *generator = &round->generator;
  return define_view(round,
                     generate_view(generator, 1 + below(generator, round->depth)));
}

/* The index of a view; 0 when there is none. */
static int any_view(struct generator *generator) {
  int views = generator->relation_count - generator->table_count;
  return views > 0 ? generator->table_count + below(generator, views) : 0;
}

/* A view gets another query. It gets no more columns where that might be undone. */
static bool replace_view(struct round *round) {
  struct generator *generator = &round->generator;
  int index = any_view(generator);
  if (index == 0)
    return true;
  struct relation_info before = generator->relations[index];
  const char *sql =
      generate_replacement(generator, index, 1 + below(generator, round->depth),
                           !session_in_transaction(&round->session));
  bool good = define_view(round, sql);
  for (int i = 0; i < generator->relation_count; i++)
    if (strcmp(generator->relations[i].name, before.name) == 0 &&
        strcmp(last_code(round), "00000") != 0)
      generator->relations[i] = before;
  return good;
}

static bool drop_view(struct round *round) {
  struct generator *generator = &round->generator;
  const struct relation_info *view = &generator->relations[any_view(generator)];
  if (!view->view)
    return true;
  return round_statement(round, say(generator, "DROP %sVIEW %s%s",
                                    view->runtime ? "" : "REALTIME ", view->name,
                                    chance(generator, 30) ? " CASCADE" : ""));
}

static bool alter(struct round *round) {
  char sql[200];
  snprintf(sql, sizeof sql, "%s", generate_alter(&round->generator));
  bool good = round_statement(round, sql);
  if (strcmp(last_code(round), "00000") == 0)
    note_alter(&round->generator, sql);
  return good;
}

/* REFRESH, of a view that has not been filled if there is one. */
static bool refresh(struct round *round) {
  struct generator *generator = &round->generator;
  const struct relation_info *view = &generator->relations[any_view(generator)];
  const char *name = view->view && !view->runtime ? view->name : NULL;
  for (int i = 0; i < round->session.view_count; i++)
    if (round->session.views[i].kept == KEPT_UNFILLED)
      name = round->session.views[i].name;
  return !name ||
         round_statement(round, say(generator, "REFRESH REALTIME VIEW %s", name));
}

/* The database is closed, or loses power: between two statements or within one. */
static bool accident(struct round *round) {
  struct generator *generator = &round->generator;
  if (chance(generator, 30))
    return round_statement(round, "@reopen");
  int operation = 1 + below(generator, chance(generator, 50) ? 12 : 60);
  bool commit = session_in_transaction(&round->session) && chance(generator, 60);
  const char *sql = commit ? "COMMIT" : generate_write(generator);
  bool between = chance(generator, 40) || round->shared->portable;
  return round_statement(
      round, between ? "@kill" : say(generator, "@kill %d %s", operation, sql));
}

static bool next_statement(struct round *round) {
  struct generator *generator = &round->generator;
  bool open = session_in_transaction(&round->session);
  int choice = below(generator, 200);
  bool room = generator->relation_count - generator->table_count < VIEWS_MAX;
  if (choice < (open ? 1 : 6) && room)
    return make_view(round);
  if (choice < (open ? 2 : 9))
    return drop_view(round);
  if (choice < 11)
    return accident(round);
  if (choice < 13 && !open)
    return alter(round);
  if (choice < 15 && !open)
    return refresh(round);
  if (choice < (open ? 14 : 18))
    return replace_view(round);
  if (choice < 17 && open)
    return round_statement(round, session_suspended(&round->session) ? "RESUME VIEWS"
                                                                     : "SUSPEND VIEWS");
  if (choice < (open ? 63 : 25))
    return round_control(round);
  return round_statement(round, generate_write(generator));
}

static bool begin_round(struct round *round) {
  struct generator *generator = &round->generator;
  int tables = 2 + below(generator, 3);
  for (int i = 0; i < tables; i++)
    if (!round_statement(round, generate_table(generator)))
      return false;
  for (int i = 0; i < 2; i++) {
    const char *sql = chance(generator, 50) ? generate_index(generator) : NULL;
    if (sql && !round_statement(round, sql))
      return false;
  }
  for (int i = 0; i < 3 * tables; i++)
    if (!round_statement(round,
                         generate_insert(generator, &generator->relations[i % tables],
                                         1 + below(generator, 3))))
      return false;
  int views = 3 + below(generator, 4);
  for (int i = 0; i < views; i++)
    if (!make_view(round))
      return false;
  return true;
}

static bool random_run(struct round *round) {
  bool good = begin_round(round);
  for (int i = 0; good && !round->heavy && i < STATEMENTS; i++)
    good = next_statement(round);
  return good;
}

bool round_control(struct round *round) {
  bool open = session_in_transaction(&round->session);
  if (!open)
    round->piling = chance(&round->generator, 50);
  return round_statement(round, generate_control(&round->generator, open));
}

static enum theme theme_of(uint64_t seed) {
  if (seed % 20 == 7)
    return THEME_RECURSION;
  return seed % 10 == 4 ? THEME_MATRIX : seed % 10 == 9 ? THEME_LOGIC : THEME_RANDOM;
}

bool round_run(struct shared *shared, uint64_t seed, enum theme theme, int depth) {
  static struct round round;
  static bool (*const runs[])(struct round * round) = {
      random_run, matrix_run, plans_run, logic_run, recursion_run};
  round = (struct round){.shared = shared, .depth = depth};
  script_clear(&shared->script);
  shared->seed = seed;
  generator_init(&round.generator, seed);
  if (theme == THEME_COUNT)
    theme = theme_of(seed);
  if (!session_open(&round.session)) {
    shared->failure = (struct failure){.kind = FAILURE_CRASH};
    return false;
  }
  bool good = runs[theme](&round);
  shared->checks += round.session.checks;
  shared->cut += round.session.cut;
  shared->themes[theme] += round.session.checks;
  shared->rounds++;
  session_close(&round.session);
  generator_deinit(&round.generator);
  return good;
}
