/* Tests of reading a database while its pages still arrive: every answer is that of the whole database. */
#include <inttypes.h>

#include "base/block.h"
#include "base/json.h"
#include "lib/test.h"
#include "tidemark.h"

#define NOW INT64_C(1769853600000)

enum { PIECE = 1 << 16 };

/* What a browser keeps, and an engine on it. */
struct host {
  struct buffer kept;
  tide_engine *engine;
  int64_t load;
  bool ready;
  bool *given; /* per piece */
  struct buffer transcript;
};

static size_t piece_count(const struct host *host) {
  return (host->kept.length + PIECE - 1) / PIECE;
}

static int feed(struct host *host, enum tide_event_type type, const char *json,
                const void *data, size_t size) {
  const tide_event event = {.type = type,
                            .now = NOW,
                            .json = json,
                            .json_size = strlen(json),
                            .data = data,
                            .data_size = size};
  return tide_feed(host->engine, &event);
}

static void keep(struct host *host, const tide_effect *effect, const cJSON *about) {
  size_t page_size = (size_t)json_integer(about, "pageSize", 0);
  size_t size = page_size * (size_t)json_integer(about, "pages", 0);
  static const char zeros[4096];
  host->kept.length = host->kept.length < size ? host->kept.length : size;
  while (host->kept.length < size)
    buffer_append(&host->kept, zeros, page_size);
  const char *data = effect->data;
  for (size_t at = 0; at < effect->data_size; at += 8 + page_size) {
    uint32_t number;
    memcpy(&number, data + at, sizeof number);
    memcpy(host->kept.data + number * page_size, data + at + 8, page_size);
  }
}

static int give(struct host *host, size_t piece, bool first) {
  char json[96];
  size_t offset = piece * PIECE, size = host->kept.length - offset;
  int length = snprintf(json, sizeof json, "{\"id\":%" PRId64 ",\"offset\":%zu",
                        host->load, offset);
  if (first)
    length += snprintf(json + length, sizeof json - (size_t)length, ",\"size\":%zu",
                       host->kept.length);
  snprintf(json + length, sizeof json - (size_t)length, "}");
  host->given[piece] = true;
  return feed(host, TIDE_EVENT_PAGES, json, host->kept.data + offset,
              size < PIECE ? size : PIECE);
}

/* Performs effects; of the pages asked for only the first is given. Returns whether there were any. */
static bool perform(struct host *host, bool in_pieces) {
  tide_effect effect;
  bool any = false;
  while (tide_next_effect(host->engine, &effect)) {
    cJSON *about;
    char json[64];
    any = true;
    assert_int_equal(
        json_parse(memory_default(), effect.json, effect.json_size, &about), TIDE_OK);
    int64_t id = json_integer(about, "id", 0);
    snprintf(json, sizeof json, "{\"id\":%" PRId64 "}", id);
    if (effect.type == TIDE_EFFECT_PERSIST) {
      keep(host, &effect, about);
      assert_int_equal(feed(host, TIDE_EVENT_PERSISTED, json, NULL, 0), TIDE_DONE);
    } else if (effect.type == TIDE_EFFECT_LOAD) {
      host->load = id;
      int status = in_pieces ? give(host, 0, true)
                             : feed(host, TIDE_EVENT_LOADED, json, NULL, 0);
      assert_int_equal(status, TIDE_DONE);
    } else if (effect.type == TIDE_EFFECT_FETCH) {
      assert_int_equal(
          give(host, (size_t)json_integer(about, "offset", 0) / PIECE, false),
          TIDE_DONE);
    } else if (effect.type == TIDE_EFFECT_READY) {
      host->ready = true;
    }
    json_free(about);
  }
  return any;
}

static void open_engine(struct host *host, bool in_pieces) {
  const tide_config config = {
      .storage = TIDE_STORAGE_PAGES, .now = NOW, .seed = {1}, .auto_sync = 1};
  assert_int_equal(tide_open(&config, &host->engine), TIDE_DONE);
  host->ready = false;
  host->given = calloc(piece_count(host) + 1, sizeof *host->given);
  while (perform(host, in_pieces)) {
  }
}

static void close_engine(struct host *host) {
  tide_close(host->engine);
  free(host->given);
}

static size_t pieces_given(const struct host *host) {
  size_t count = 0;
  for (size_t i = 0; i < piece_count(host); i++)
    count += host->given[i];
  return count;
}

/* Gives the rest and says that it is all. */
static void load_rest(struct host *host) {
  char json[64];
  for (size_t piece = piece_count(host); piece-- > 0;)
    if (!host->given[piece])
      assert_int_equal(give(host, piece, false), TIDE_DONE);
  snprintf(json, sizeof json, "{\"id\":%" PRId64 "}", host->load);
  assert_int_equal(feed(host, TIDE_EVENT_LOADED, json, NULL, 0), TIDE_DONE);
  perform(host, true);
}

static void write_cell(struct buffer *transcript, const struct block_cell *cell) {
  if (cell->tag == BLOCK_TEXT)
    buffer_append(transcript, cell->text, cell->length);
  else
    buffer_format(transcript, " %lld", (long long)cell->integer);
}

/* Runs a statement as far as it goes: TIDE_WAIT when nothing that the host can give helps. Rows become text. */
static int run(struct host *host, const char *sql) {
  tide_statement *statement;
  size_t consumed, size;
  const void *block;
  buffer_clear(&host->transcript);
  assert_int_equal(tide_prepare(host->engine, sql, strlen(sql), &statement, &consumed),
                   TIDE_DONE);
  int status;
  do {
    status = tide_fetch(statement, 10, &block, &size);
    struct block_reader reader;
    struct block_cell cell;
    if (block && block_read_init(&reader, block, size) == TIDE_OK)
      while (block_next(&reader, &cell))
        write_cell(&host->transcript, &cell);
  } while (status == TIDE_ROW || (status == TIDE_WAIT && perform(host, true)));
  if (status > 0)
    buffer_text(&host->transcript, tide_error(host->engine));
  tide_finalize(statement);
  return status;
}

static const char *const definitions[] = {
    "CREATE TABLE t (id integer PRIMARY KEY, k integer, data text)",
    "INSERT INTO t SELECT i, i % 100, repeat('x', 900) "
    "FROM generate_series(1, 4000) AS s (i)",
    "CREATE INDEX t_k ON t (k)",
    "CREATE TABLE small (id integer PRIMARY KEY, name text)",
    "INSERT INTO small VALUES (1, 'one'), (2, 'two')",
    "CREATE REALTIME VIEW sums AS SELECT k, count(*) AS n, sum(id) AS s FROM t GROUP "
    "BY k",
};

static const char *const queries[] = {
    "SELECT id, k FROM t WHERE id = 3999",
    "SELECT name FROM small ORDER BY id",
    "SELECT n, s FROM sums WHERE k = 7",
    "SELECT id FROM t WHERE k = 42 ORDER BY id",
    "SELECT count(*), sum(length(data)) FROM t",
    "SELECT t.id, small.name FROM t JOIN small ON small.id = t.id ORDER BY t.id",
    "SELECT id FROM t ORDER BY data, id",
    "SELECT nothing FROM t",
    "SELECT 1 / (id - 5) FROM t WHERE id < 10",
    "SELECT client FROM tidemark.requests",
};

enum { QUERIES = sizeof queries / sizeof *queries };

static void make(struct host *host) {
  *host = (struct host){0};
  buffer_init(&host->kept, memory_default());
  buffer_init(&host->transcript, memory_default());
  open_engine(host, false);
  for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
    assert_int_equal(run(host, definitions[i]), TIDE_DONE);
    perform(host, false);
  }
  assert_true(piece_count(host) > 60);
}

static void forget(struct host *host) {
  buffer_deinit(&host->kept);
  buffer_deinit(&host->transcript);
}

/* Each query, first on a database of which nothing but the beginning is there: what it gives and how it fails is what it does on the
 * whole. Point reads do not need much of it. */
static void reads_are_those_of_the_whole(void **state) {
  (void)state;
  struct host host;
  make(&host);
  char *expected[QUERIES];
  int status[QUERIES];
  for (int i = 0; i < QUERIES; i++) {
    status[i] = run(&host, queries[i]);
    expected[i] = buffer_take(&host.transcript);
  }
  close_engine(&host);
  for (int i = 0; i < QUERIES; i++) {
    open_engine(&host, true);
    assert_true(host.ready);
    assert_true(pieces_given(&host) < piece_count(&host) / 2);
    int found = run(&host, queries[i]);
    if (i < 3) {
      assert_int_equal(found, TIDE_DONE);
      assert_true(pieces_given(&host) < piece_count(&host) / 2);
    }
    if (found == TIDE_WAIT) {
      load_rest(&host);
      found = run(&host, queries[i]);
    }
    assert_int_equal(found, status[i]);
    assert_string_equal(buffer_string(&host.transcript),
                        expected[i] ? expected[i] : "");
    close_engine(&host);
  }
  for (int i = 0; i < QUERIES; i++)
    memory_release(memory_default(), expected[i]);
  forget(&host);
}

/* All but reads waits, and is done when everything is there; what the host says in the meantime is heard then. */
static void the_rest_waits(void **state) {
  (void)state;
  static const char *const writes[] = {"INSERT INTO small VALUES (3, 'three')", "BEGIN",
                                       "CREATE TABLE u (id integer)",
                                       "EXPLAIN SELECT 1"};
  struct host host;
  make(&host);
  close_engine(&host);
  open_engine(&host, true);
  for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
    assert_int_equal(run(&host, writes[i]), TIDE_WAIT);
  assert_int_equal(
      feed(&host, TIDE_EVENT_CONTROL,
           "{\"call\":\"subscribe\",\"selector\":[[\"public\",\"small\"]]}", NULL, 0),
      TIDE_DONE);
  assert_int_equal(feed(&host, TIDE_EVENT_TIME, "{}", NULL, 0), TIDE_DONE);
  load_rest(&host);
  assert_int_equal(run(&host, writes[0]), TIDE_DONE);
  tide_effect effect;
  bool told = false;
  while (tide_next_effect(host.engine, &effect))
    told = told || (effect.type == TIDE_EFFECT_COMMIT &&
                    strstr(effect.json, "\"changes\"") != NULL);
  assert_true(told);
  assert_int_equal(run(&host, "SELECT name FROM small WHERE id = 3"), TIDE_DONE);
  assert_string_equal(buffer_string(&host.transcript), "three");
  close_engine(&host);
  forget(&host);
}

/* A damaged page is found when it arrives, and named; so is an end that comes too early, and what is no piece. */
static void faults_are_told(void **state) {
  (void)state;
  struct host host;
  char json[64];
  make(&host);
  close_engine(&host);
  host.kept.data[50 * PIECE + 100] ^= 1;
  open_engine(&host, true);
  assert_int_not_equal(give(&host, 50, false), TIDE_DONE);
  assert_non_null(strstr(tide_error(host.engine), "XX001"));
  assert_non_null(strstr(tide_error(host.engine), "page 801 "));
  close_engine(&host);
  host.kept.data[50 * PIECE + 100] ^= 1;

  open_engine(&host, true);
  snprintf(json, sizeof json, "{\"id\":%" PRId64 "}", host.load);
  assert_int_not_equal(feed(&host, TIDE_EVENT_LOADED, json, NULL, 0), TIDE_DONE);
  assert_non_null(strstr(tide_error(host.engine), "XX001"));
  close_engine(&host);

  open_engine(&host, true);
  snprintf(json, sizeof json, "{\"id\":%" PRId64 ",\"offset\":4096}", host.load);
  assert_int_not_equal(feed(&host, TIDE_EVENT_PAGES, json, host.kept.data, PIECE),
                       TIDE_DONE);
  assert_non_null(strstr(tide_error(host.engine), "22023"));
  close_engine(&host);
  forget(&host);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_are_those_of_the_whole),
      cmocka_unit_test(the_rest_waits),
      cmocka_unit_test(faults_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
