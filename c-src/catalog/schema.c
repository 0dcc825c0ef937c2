/* The catalog's own tables: their DDL, and how older files are upgraded. */
#include "catalog/schema.h"

#include "catalog/schema_new.h"

/* Version 1. Everything Tidemark knows about a database is in these tables; the tables and stored views of
 * the user stand beside them. Times are milliseconds since 1970-01-01 UTC. */
static const char *const version_1[] = {
    /* Small values of the engine: "version" (of these tables), "client", "commit". */
    "CREATE TABLE __tidemark_settings ("
    "  name TEXT PRIMARY KEY,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;",

    "CREATE TABLE __tidemark_schemas ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL,"
    "  default_replication_origin TEXT,"
    "  UNIQUE (name COLLATE NOCASE)"
    ") STRICT;"
    "INSERT INTO __tidemark_schemas (name) VALUES ('public');"

    /* Ids are never used twice: queues and cursors may outlive a relation for a moment. */
    "CREATE TABLE __tidemark_relations ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  schema_id INTEGER NOT NULL REFERENCES __tidemark_schemas,"
    "  kind TEXT NOT NULL CHECK (kind IN ('table', 'view')),"
    "  name TEXT NOT NULL,"
    "  stored TEXT NOT NULL," /* its name in SQLite */
    "  row_id INTEGER,"       /* position of the column that is the rowid */
    "  UNIQUE (stored COLLATE NOCASE)"
    ") STRICT;",

    /* A position is never used twice in a relation, so that constraints keep meaning the same column. */
    "CREATE TABLE __tidemark_columns ("
    "  relation_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  type TEXT NOT NULL,"      /* as people read it: numeric(10,2)[] */
    "  type_name TEXT NOT NULL," /* without modifiers: numeric */
    "  type_array INTEGER NOT NULL,"
    "  type_precision INTEGER NOT NULL," /* -1: none */
    "  type_scale INTEGER NOT NULL,"
    "  not_null INTEGER NOT NULL,"
    "  generated INTEGER NOT NULL,"
    "  identity INTEGER NOT NULL," /* 1: by default, 2: always */
    "  hidden INTEGER NOT NULL,"
    "  expression TEXT," /* the default, or what generates the column */
    "  named INTEGER NOT NULL DEFAULT 0," /* of a view: its column list gave the name */
    "  told TEXT,"          /* of a foreign view: what its query calls it */
    "  origin_column TEXT," /* of a view: what writing to it writes to */
    "  PRIMARY KEY (relation_id, position),"
    "  UNIQUE (relation_id, name COLLATE NOCASE)"
    ") STRICT, WITHOUT ROWID;",

    "CREATE TABLE __tidemark_constraints ("
    "  id INTEGER PRIMARY KEY,"
    "  relation_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  kind TEXT NOT NULL CHECK (kind IN ('primary key', 'unique', 'unique index',"
    "    'partial index', 'check', 'foreign key')),"
    "  stored TEXT,"     /* of a key: the index's name in SQLite */
    "  expression TEXT," /* of a check */
    "  referenced_id INTEGER REFERENCES __tidemark_relations,"
    "  on_delete INTEGER NOT NULL DEFAULT 0,"
    "  on_update INTEGER NOT NULL DEFAULT 0,"
    "  UNIQUE (relation_id, name COLLATE NOCASE),"
    "  UNIQUE (stored COLLATE NOCASE)"
    ") STRICT;"
    "CREATE TABLE __tidemark_constraint_columns ("
    "  constraint_id INTEGER NOT NULL REFERENCES __tidemark_constraints ON DELETE "
    "CASCADE,"
    "  ordinal INTEGER NOT NULL,"
    "  position INTEGER NOT NULL,"
    "  referenced_position INTEGER,"
    "  PRIMARY KEY (constraint_id, ordinal)"
    ") STRICT, WITHOUT ROWID;",

    /* Made by CREATE INDEX. */
    "CREATE TABLE __tidemark_indexes ("
    "  id INTEGER PRIMARY KEY,"
    "  relation_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  stored TEXT NOT NULL,"
    "  definition TEXT NOT NULL," /* the whole CREATE INDEX statement */
    "  UNIQUE (stored COLLATE NOCASE)"
    ") STRICT;",

    /* The next number of an identity column that is not the rowid. */
    "CREATE TABLE __tidemark_sequences ("
    "  relation_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  next_value INTEGER NOT NULL,"
    "  PRIMARY KEY (relation_id, position)"
    ") STRICT, WITHOUT ROWID;",

    "CREATE TABLE __tidemark_views ("
    "  relation_id INTEGER PRIMARY KEY REFERENCES __tidemark_relations ON DELETE "
    "CASCADE,"
    "  mode TEXT NOT NULL CHECK (mode IN ('runtime', 'materialized', 'realtime')),"
    "  query TEXT NOT NULL,"
    "  replication_origin TEXT," /* as given; INHERIT by its own */
    "  inherits INTEGER NOT NULL,"
    "  origin TEXT,"                /* in effect */
    "  join_pushdown_size INTEGER," /* options not given are NULL */
    "  join_memoization INTEGER,"
    "  write_policy TEXT,"
    "  upstream_mvcc_key TEXT,"
    "  described INTEGER NOT NULL DEFAULT 0,"
    "  filled INTEGER NOT NULL DEFAULT 0,"
    "  write_schema TEXT," /* the one relation that writes go to */
    "  write_name TEXT,"
    "  write_filter TEXT,"
    "  not_updatable_because TEXT"
    ") STRICT;",

    "CREATE TABLE __tidemark_dependencies ("
    "  relation_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  source_id INTEGER NOT NULL REFERENCES __tidemark_relations,"
    "  PRIMARY KEY (relation_id, source_id)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX __tidemark_dependencies_source ON __tidemark_dependencies "
    "(source_id);"

    /* Writes on their way to an origin, oldest first. Rows are JSON objects by column name, keys arrays. */
    "CREATE TABLE __tidemark_queue ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  view_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  origin TEXT NOT NULL,"
    "  transaction_id INTEGER NOT NULL," /* one number per local transaction */
    "  op TEXT NOT NULL CHECK (op IN ('insert', 'update', 'delete')),"
    "  key TEXT NOT NULL,"
    "  base TEXT,"                          /* the row the write was based on */
    "  mine TEXT,"                          /* the columns that were given values */
    "  chained INTEGER NOT NULL DEFAULT 0," /* based on an earlier write of the queue */
    "  base_version TEXT,"                  /* the row's version at the origin */
    "  ack_version TEXT,"                   /* … after it was applied there */
    "  theirs TEXT,"                        /* of a conflict: the origin's row */
    "  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN"
    "    ('pending', 'failed', 'conflicted', 'applied')),"
    "  confirmed INTEGER NOT NULL DEFAULT 0," /* the origin's row that contains it has arrived */
    "  retry_count INTEGER NOT NULL DEFAULT 0,"
    "  last_error TEXT,"
    "  last_error_code TEXT,"
    "  next_retry_at INTEGER,"
    "  created_at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX __tidemark_queue_transaction ON"
    "  __tidemark_queue (origin, transaction_id);"
    "CREATE INDEX __tidemark_queue_view ON __tidemark_queue (view_id, key);"

    /* The authoritative rows under pending writes; image NULL: the origin has no such row. */
    "CREATE TABLE __tidemark_base ("
    "  view_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  key TEXT NOT NULL,"
    "  image TEXT,"
    "  PRIMARY KEY (view_id, key)"
    ") STRICT, WITHOUT ROWID;"

    /* How far each foreign view that keeps rows has come. */
    "CREATE TABLE __tidemark_sync ("
    "  view_id INTEGER PRIMARY KEY REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  enabled INTEGER NOT NULL DEFAULT 1,"
    "  state TEXT NOT NULL DEFAULT 'idle'"
    "    CHECK (state IN ('idle', 'running', 'synced', 'failed')),"
    "  cursor TEXT,"
    "  applied INTEGER," /* our transactions up to this one are in the rows received */
    "  retry_count INTEGER NOT NULL DEFAULT 0,"
    "  last_error TEXT,"
    "  last_error_code TEXT,"
    "  next_retry_at INTEGER,"
    "  updated_at INTEGER"
    ") STRICT;",

    NULL};

/* Version 2: slots, which keep changes for whoever subscribed to them until they are acknowledged. */
static const char *const version_2[] = {
    "CREATE TABLE __tidemark_slots ("
    "  id TEXT PRIMARY KEY,"
    "  selector TEXT NOT NULL,"        /* JSON: null or [[schema, name or null], …] */
    "  acknowledged INTEGER NOT NULL," /* number of the last commit that is done with */
    "  lost INTEGER NOT NULL DEFAULT 0" /* commits were dropped that it should have got */
    ") STRICT, WITHOUT ROWID;",

    /* What a COMMIT effect carries of the relations that some slot selects. */
    "CREATE TABLE __tidemark_slot_commits ("
    "  number INTEGER PRIMARY KEY,"
    "  about TEXT NOT NULL,"
    "  data BLOB NOT NULL"
    ") STRICT;",

    NULL};

/* Version 3: realtime views that may depend on the time. */
static const char *const version_3[] = {
    "ALTER TABLE __tidemark_views ADD COLUMN time_refresh TEXT;", NULL};

/* Version 4: extensions, and the realtime views that belong to pg_tviews. */
static const char *const version_4[] = {
    "CREATE TABLE __tidemark_extensions ("
    "  name TEXT PRIMARY KEY"
    ") STRICT, WITHOUT ROWID;",

    "CREATE TABLE __tidemark_tviews ("
    "  relation_id INTEGER PRIMARY KEY REFERENCES __tidemark_relations"
    "    ON DELETE CASCADE,"
    "  entity TEXT NOT NULL,"
    "  backing_id INTEGER NOT NULL," /* the view v_<entity> */
    "  owned INTEGER NOT NULL,"      /* that view was made with it, and goes with it */
    "  definition TEXT NOT NULL,"    /* as it was given, printed */
    "  options TEXT NOT NULL,"       /* JSON */
    "  type_name TEXT NOT NULL,"
    "  created_at INTEGER NOT NULL"
    ") STRICT;"
    /* What happened to them. */
    "CREATE TABLE __tidemark_tview_log ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  operation TEXT NOT NULL,"
    "  entity TEXT NOT NULL,"
    "  performed_at INTEGER NOT NULL"
    ") STRICT;",

    NULL};

/* Version 5: requests of other tabs that were carried out (view/request.h). */
static const char *const version_5[] = {"CREATE TABLE __tidemark_requests ("
                                        "  client TEXT NOT NULL,"
                                        "  number INTEGER NOT NULL,"
                                        "  answer BLOB NOT NULL,"
                                        "  PRIMARY KEY (client, number)"
                                        ") STRICT, WITHOUT ROWID;",

                                        NULL};

/* Version 6: rows whose key their origin gives them (sync/staged.c). */
static const char *const version_6[] = {
    "ALTER TABLE __tidemark_queue ADD COLUMN staged_key TEXT;" /* before the origin's */

    /* The keys that such rows have here until their origin has told its own. */
    "CREATE TABLE __tidemark_staged_keys ("
    "  value INTEGER PRIMARY KEY,"
    "  write_id INTEGER NOT NULL REFERENCES __tidemark_queue ON DELETE CASCADE,"
    "  ordinal INTEGER NOT NULL," /* place in the key */
    "  origin TEXT NOT NULL,"
    "  origin_schema TEXT NOT NULL,"
    "  origin_relation TEXT NOT NULL,"
    "  origin_column TEXT NOT NULL,"
    "  given INTEGER" /* what the origin has put in its place */
    ") STRICT;"
    "CREATE INDEX __tidemark_staged_keys_write ON __tidemark_staged_keys (write_id);"

    /* Queued writes that have such a key in a column of their view. */
    "CREATE TABLE __tidemark_staged_references ("
    "  write_id INTEGER NOT NULL REFERENCES __tidemark_queue ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  value INTEGER NOT NULL REFERENCES __tidemark_staged_keys ON DELETE CASCADE,"
    "  PRIMARY KEY (write_id, name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX __tidemark_staged_references_value ON"
    "  __tidemark_staged_references (value);"

    /* The foreign keys of relations at origins, column by column. */
    "CREATE TABLE __tidemark_origin_references ("
    "  origin TEXT NOT NULL,"
    "  origin_schema TEXT NOT NULL,"
    "  origin_relation TEXT NOT NULL,"
    "  origin_column TEXT NOT NULL,"
    "  referenced_schema TEXT NOT NULL,"
    "  referenced_relation TEXT NOT NULL,"
    "  referenced_column TEXT NOT NULL,"
    "  PRIMARY KEY (origin, origin_schema, origin_relation, origin_column,"
    "    referenced_schema, referenced_relation, referenced_column)"
    ") STRICT, WITHOUT ROWID;",

    NULL};

/* Version 7: enums. A column says which it is of by the name of its collation, enum<id> (types/enum.h). */
static const char *const version_7[] = {
    "CREATE TABLE __tidemark_types ("
    "  id INTEGER PRIMARY KEY," /* the least that is free */
    "  schema_id INTEGER NOT NULL REFERENCES __tidemark_schemas,"
    "  name TEXT NOT NULL,"
    "  UNIQUE (schema_id, name)"
    ") STRICT;"
    "CREATE TABLE __tidemark_labels ("
    "  type_id INTEGER NOT NULL REFERENCES __tidemark_types ON DELETE CASCADE,"
    "  ordinal INTEGER NOT NULL," /* from 1, without gaps */
    "  label TEXT NOT NULL,"
    "  PRIMARY KEY (type_id, ordinal)"
    ") STRICT, WITHOUT ROWID;",

    NULL};

/* Version 8: what is looked for in the queue again and again is found without reading all of it. */
static const char *const version_8[] = {
    /* what waits to be sent, and what it waits for */
    "CREATE INDEX __tidemark_queue_unanswered ON"
    "  __tidemark_queue (origin, state, transaction_id) WHERE state <> 'applied';"
    /* what has not come back */
    "CREATE INDEX __tidemark_queue_unconfirmed ON"
    "  __tidemark_queue (view_id, transaction_id)"
    "  WHERE state = 'applied' AND NOT confirmed;"
    /* what may be forgotten */
    "CREATE INDEX __tidemark_queue_confirmed ON __tidemark_queue (id) WHERE confirmed;",

    NULL};

/* Version 9: writes to rows whose version alone has moved (sync/touched.c). */
static const char *const version_9[] = {
    "ALTER TABLE __tidemark_views ADD COLUMN conflict_granularity TEXT;"
    "ALTER TABLE __tidemark_queue ADD COLUMN touched_version TEXT;",

    NULL};

/* Version 10: domains and sequences. A column of a domain says its base type as any other, and which domain it is. */
static const char *const version_10[] = {
    "CREATE TABLE __tidemark_domains ("
    "  id INTEGER PRIMARY KEY," /* higher than that of the domain it is over */
    "  schema_id INTEGER NOT NULL REFERENCES __tidemark_schemas,"
    "  name TEXT NOT NULL,"
    "  type TEXT NOT NULL," /* the one it is over, as of columns */
    "  type_name TEXT NOT NULL,"
    "  type_array INTEGER NOT NULL,"
    "  type_precision INTEGER NOT NULL,"
    "  type_scale INTEGER NOT NULL,"
    "  domain_id INTEGER REFERENCES __tidemark_domains," /* or a domain */
    "  not_null INTEGER NOT NULL,"
    "  expression TEXT," /* the default */
    "  UNIQUE (schema_id, name)"
    ") STRICT;"
    "CREATE TABLE __tidemark_domain_checks ("
    "  id INTEGER PRIMARY KEY,"
    "  domain_id INTEGER NOT NULL REFERENCES __tidemark_domains ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  expression TEXT NOT NULL,"
    "  validated INTEGER NOT NULL," /* values that were there before were looked at */
    "  UNIQUE (domain_id, name)"
    ") STRICT;"
    "ALTER TABLE __tidemark_columns"
    "  ADD COLUMN domain_id INTEGER REFERENCES __tidemark_domains;",

    /* What numbers a column that is not the rowid is no sequence of CREATE SEQUENCE. */
    "CREATE TABLE __tidemark_identities ("
    "  relation_id INTEGER NOT NULL REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  next_value INTEGER NOT NULL,"
    "  PRIMARY KEY (relation_id, position)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO __tidemark_identities SELECT * FROM __tidemark_sequences;"
    "DROP TABLE __tidemark_sequences;"
    "CREATE TABLE __tidemark_sequences ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  schema_id INTEGER NOT NULL REFERENCES __tidemark_schemas,"
    "  name TEXT NOT NULL,"
    "  stored TEXT NOT NULL," /* the name among those of relations */
    "  type_name TEXT NOT NULL,"
    "  start INTEGER NOT NULL,"
    "  minimum INTEGER NOT NULL,"
    "  maximum INTEGER NOT NULL,"
    "  increment INTEGER NOT NULL,"
    "  cache INTEGER NOT NULL,"
    "  cycle INTEGER NOT NULL,"
    "  last_value INTEGER NOT NULL,"
    "  called INTEGER NOT NULL," /* 0: last_value is the next */
    "  owner_id INTEGER,"        /* the column that it goes with */
    "  owner_position INTEGER,"
    "  UNIQUE (stored COLLATE NOCASE),"
    "  FOREIGN KEY (owner_id, owner_position) REFERENCES"
    "    __tidemark_columns (relation_id, position) ON DELETE CASCADE"
    ") STRICT;"
    "CREATE INDEX __tidemark_sequences_owner ON __tidemark_sequences"
    "  (owner_id, owner_position);",

    NULL};

/* Version 11: comments. Each is on one thing: exactly one of the ids is set, and the thing takes its comment along. */
static const char *const version_11[] = {
    "CREATE TABLE __tidemark_comments ("
    "  id INTEGER PRIMARY KEY,"
    "  schema_id INTEGER UNIQUE REFERENCES __tidemark_schemas ON DELETE CASCADE,"
    "  relation_id INTEGER REFERENCES __tidemark_relations ON DELETE CASCADE,"
    "  constraint_id INTEGER REFERENCES __tidemark_constraints ON DELETE CASCADE,"
    "  index_id INTEGER UNIQUE REFERENCES __tidemark_indexes ON DELETE CASCADE,"
    "  type_id INTEGER UNIQUE REFERENCES __tidemark_types ON DELETE CASCADE,"
    "  domain_id INTEGER UNIQUE REFERENCES __tidemark_domains ON DELETE CASCADE,"
    "  check_id INTEGER UNIQUE REFERENCES __tidemark_domain_checks ON DELETE CASCADE,"
    "  sequence_id INTEGER UNIQUE REFERENCES __tidemark_sequences ON DELETE CASCADE,"
    /* of a column of the relation; 1: of the index of the constraint */
    "  position INTEGER NOT NULL DEFAULT 0,"
    "  comment TEXT NOT NULL,"
    "  UNIQUE (relation_id, position),"
    "  UNIQUE (constraint_id, position)"
    ") STRICT;",

    NULL};

/* Version 12: transactions of which nobody knows whether their origin has them (sync/resolve.c). Of those that wait for a decision
 * already it was not noted. */
static const char *const version_12[] = {
    "ALTER TABLE __tidemark_queue ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0"
    "  CHECK (in_doubt BETWEEN 0 AND 2);"
    "UPDATE __tidemark_queue SET in_doubt = 1 WHERE state = 'conflicted';"
    "CREATE INDEX __tidemark_queue_in_doubt ON"
    "  __tidemark_queue (origin, transaction_id) WHERE in_doubt <> 0;",

    NULL};

/* Version 13: columns that note when their row has changed (MySQL's ON UPDATE CURRENT_TIMESTAMP). */
static const char *const version_13[] = {
    "ALTER TABLE __tidemark_columns ADD COLUMN on_update TEXT;", /* an expression */

    NULL};

/* Version 14: identity columns that count by a sequence of their own, 3 (by default) and 4 (always) in `identity`. */
static const char *const version_14[] = {NULL};

/* upgrades[n] brings a file of version n to version n + 1. */
static const char *const *const upgrades[] = {
    version_1, version_2, version_3,  version_4,  version_5,  version_6,  version_7,
    version_8, version_9, version_10, version_11, version_12, version_13, version_14};
enum { VERSION = sizeof upgrades / sizeof upgrades[0] };

/* 0: the file has none of our tables yet. */
static int read_version(struct database *database, int64_t *version) {
  *version = 0;
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int code = database_query(
      database, &statement,
      "SELECT 1 FROM sqlite_schema WHERE name = '__tidemark_settings'", "");
  if (code == TIDE_OK)
    code = database_step(database, statement, &row);
  sqlite3_finalize(statement);
  if (code != TIDE_OK || !row)
    return code;
  code = database_query(database, &statement,
                        "SELECT CAST(value AS INTEGER) FROM __tidemark_settings"
                        " WHERE name = 'version'",
                        "");
  if (code != TIDE_OK)
    return code;
  code = database_step(database, statement, &row);
  if (code == TIDE_OK && row)
    *version = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  if (code == TIDE_OK && *version < 1)
    code = error_set(database->error, TIDE_ERROR_CORRUPT,
                     "the catalog of this database has no valid version");
  return code;
}

void schema_system_view(const struct system_relation *system, struct buffer *sql) {
  buffer_format(sql, "CREATE VIEW \"tidemark.%s\" AS ", system->name);
  buffer_text(sql, system->query);
}

/* Made anew with every version, so that they need no upgrades of their own. */
static int create_system_view(struct database *database,
                              const struct system_relation *system) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "DROP VIEW IF EXISTS \"tidemark.%s\"; ", system->name);
  schema_system_view(system, &sql);
  int code = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                        : database_execute(database, buffer_string(&sql));
  buffer_deinit(&sql);
  return code;
}

static int upgrade(struct database *database, int64_t version) {
  int code = TIDE_OK;
  for (int64_t next = version; next < VERSION; next++) {
    for (int i = 0; upgrades[next][i] != NULL && code == TIDE_OK; i++)
      code = database_execute(database, upgrades[next][i]);
  }
  for (int i = 0; i < system_relation_count && code == TIDE_OK; i++)
    code = create_system_view(database, &system_relations[i]);
  return code;
}

static int write_version(struct database *database) {
  return database_write(database,
                        "INSERT OR REPLACE INTO __tidemark_settings (name, value)"
                        " VALUES ('version', ?)",
                        "i", (int64_t)VERSION);
}

/* Closing leaves the log of a crash beside the file as it is. One that is empty was made by opening, and goes. */
static void keep_log(struct database *database) {
  int frames = 0;
  sqlite3_wal_checkpoint_v2(database->handle, "main", SQLITE_CHECKPOINT_NOOP, &frames,
                            NULL);
  if (frames > 0)
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

int schema_open(struct database *database) {
  int64_t version;
  int code = database_execute(database, "PRAGMA foreign_keys = ON;"
                                        "PRAGMA cell_size_check = ON;");
  if (code == TIDE_OK)
    code = read_version(database, &version);
  if (code != TIDE_OK || version == VERSION)
    return code;
  if (version > VERSION) {
    error_set(database->error, TIDE_ERROR_NOT_SUPPORTED,
              "this database was written by a newer Tidemark: its catalog has version "
              "%lld, this one reads up to version %d",
              (long long)version, VERSION);
    error_hint(database->error, "Update Tidemark. The database is as it was.");
    keep_log(database);
    return TIDE_ERROR_NOT_SUPPORTED;
  }
  bool blank = false;
  if (version == 0)
    code = schema_is_blank(database, &blank);
  if (blank && code == TIDE_OK)
    code = schema_new_pages(database);
  /* a savepoint: within an import there is a transaction already */
  if (code == TIDE_OK)
    code = database_execute(database, "SAVEPOINT __upgrade");
  if (code != TIDE_OK)
    return code;
  code = blank ? schema_new_rows(database) : upgrade(database, version);
  if (code == TIDE_OK)
    code = write_version(database);
  if (code == TIDE_OK)
    code = database_execute(database, "RELEASE __upgrade");
  if (code != TIDE_OK)
    sqlite3_exec(database->handle, "ROLLBACK TO __upgrade; RELEASE __upgrade", NULL,
                 NULL, NULL);
  return code;
}
