/* The keywords, sorted, with their tokens and categories. */
#include "sql/keyword.h"

#include <string.h>

#include "sql/grammar.h"

#define U KEYWORD_UNRESERVED
#define C KEYWORD_COLUMN_NAME
#define F KEYWORD_FUNCTION_NAME
#define R KEYWORD_RESERVED

/* Every keyword of PostgreSQL that is not merely unreserved, and every word that the grammar uses; sorted
 * in byte order. Words of the first sort that the grammar treats like any other name are TOKEN_IDENT:
 * they are here because printing them needs quotes. */
static const struct keyword keywords[] = {
    {"action", TOKEN_ACTION, U},
    {"add", TOKEN_ADD, U},
    {"after", TOKEN_AFTER, U},
    {"all", TOKEN_ALL, R},
    {"alter", TOKEN_ALTER, U},
    {"always", TOKEN_ALWAYS, U},
    {"analyse", TOKEN_ANALYZE, R},
    {"analyze", TOKEN_ANALYZE, R},
    {"and", TOKEN_AND, R},
    {"any", TOKEN_ANY, R},
    {"array", TOKEN_ARRAY, R},
    {"as", TOKEN_AS, R},
    {"asc", TOKEN_ASC, R},
    {"asymmetric", TOKEN_ASYMMETRIC, R},
    {"at", TOKEN_AT, U},
    {"authorization", TOKEN_TYPE_FUNCTION, F},
    {"auto_increment", TOKEN_AUTO_INCREMENT, U},
    {"before", TOKEN_BEFORE, U},
    {"begin", TOKEN_BEGIN, U},
    {"between", TOKEN_BETWEEN, C},
    {"bigint", TOKEN_IDENT, C},
    {"binary", TOKEN_TYPE_FUNCTION, F},
    {"bit", TOKEN_IDENT, C},
    {"boolean", TOKEN_IDENT, C},
    {"both", TOKEN_BOTH, R},
    {"by", TOKEN_BY, U},
    {"cascade", TOKEN_CASCADE, U},
    {"case", TOKEN_CASE, R},
    {"cast", TOKEN_CAST, R},
    {"char", TOKEN_CHARACTER, C},
    {"character", TOKEN_CHARACTER, C},
    {"check", TOKEN_CHECK, R},
    {"checkpoint", TOKEN_CHECKPOINT, U},
    {"coalesce", TOKEN_IDENT, C},
    {"collate", TOKEN_COLLATE, R},
    {"collation", TOKEN_TYPE_FUNCTION, F},
    {"column", TOKEN_COLUMN, R},
    {"commit", TOKEN_COMMIT, U},
    {"concurrently", TOKEN_CONCURRENTLY, F},
    {"conflict", TOKEN_CONFLICT, U},
    {"constraint", TOKEN_CONSTRAINT, R},
    {"continue", TOKEN_CONTINUE, U},
    {"create", TOKEN_CREATE, R},
    {"cross", TOKEN_CROSS, F},
    {"cube", TOKEN_CUBE, U},
    {"current", TOKEN_CURRENT, U},
    {"current_catalog", TOKEN_VALUE_FUNCTION, R},
    {"current_date", TOKEN_VALUE_FUNCTION, R},
    {"current_role", TOKEN_VALUE_FUNCTION, R},
    {"current_schema", TOKEN_CURRENT_SCHEMA, F},
    {"current_time", TOKEN_TIME_FUNCTION, R},
    {"current_timestamp", TOKEN_TIME_FUNCTION, R},
    {"current_user", TOKEN_VALUE_FUNCTION, R},
    {"data", TOKEN_DATA, U},
    {"database", TOKEN_DATABASE, U},
    {"day", TOKEN_INTERVAL_FIELD, U},
    {"dec", TOKEN_IDENT, C},
    {"decimal", TOKEN_IDENT, C},
    {"default", TOKEN_DEFAULT, R},
    {"deferrable", TOKEN_RESERVED, R},
    {"delete", TOKEN_DELETE, U},
    {"desc", TOKEN_DESC, R},
    {"distinct", TOKEN_DISTINCT, R},
    {"do", TOKEN_DO, R},
    {"double", TOKEN_DOUBLE, U},
    {"drop", TOKEN_DROP, U},
    {"duplicate", TOKEN_DUPLICATE, U},
    {"else", TOKEN_ELSE, R},
    {"end", TOKEN_END, R},
    {"enum", TOKEN_ENUM, U},
    {"escape", TOKEN_ESCAPE, U},
    {"except", TOKEN_EXCEPT, R},
    {"exclude", TOKEN_EXCLUDE, U},
    {"exists", TOKEN_EXISTS, C},
    {"explain", TOKEN_EXPLAIN, U},
    {"extension", TOKEN_EXTENSION, U},
    {"extract", TOKEN_EXTRACT, C},
    {"false", TOKEN_FALSE, R},
    {"fetch", TOKEN_FETCH, R},
    {"filter", TOKEN_FILTER, U},
    {"first", TOKEN_FIRST, U},
    {"float", TOKEN_IDENT, C},
    {"following", TOKEN_FOLLOWING, U},
    {"for", TOKEN_FOR, R},
    {"foreign", TOKEN_FOREIGN, R},
    {"freeze", TOKEN_TYPE_FUNCTION, F},
    {"from", TOKEN_FROM, R},
    {"full", TOKEN_FULL, F},
    {"generated", TOKEN_GENERATED, U},
    {"glob", TOKEN_GLOB, U},
    {"grant", TOKEN_RESERVED, R},
    {"greatest", TOKEN_IDENT, C},
    {"group", TOKEN_GROUP, R},
    {"grouping", TOKEN_GROUPING, C},
    {"groups", TOKEN_GROUPS, U},
    {"having", TOKEN_HAVING, R},
    {"hour", TOKEN_INTERVAL_FIELD, U},
    {"identity", TOKEN_IDENTITY, U},
    {"if", TOKEN_IF, U},
    {"ignore", TOKEN_IGNORE, U},
    {"ilike", TOKEN_ILIKE, F},
    {"in", TOKEN_IN, R},
    {"index", TOKEN_INDEX, U},
    {"initially", TOKEN_RESERVED, R},
    {"inner", TOKEN_INNER, F},
    {"inout", TOKEN_IDENT, C},
    {"insert", TOKEN_INSERT, U},
    {"int", TOKEN_IDENT, C},
    {"integer", TOKEN_IDENT, C},
    {"intersect", TOKEN_INTERSECT, R},
    {"interval", TOKEN_INTERVAL, C},
    {"into", TOKEN_INTO, R},
    {"is", TOKEN_IS, F},
    {"isnull", TOKEN_ISNULL, F},
    {"join", TOKEN_JOIN, F},
    {"key", TOKEN_KEY, U},
    {"last", TOKEN_LAST, U},
    {"lateral", TOKEN_LATERAL, R},
    {"leading", TOKEN_LEADING, R},
    {"least", TOKEN_IDENT, C},
    {"left", TOKEN_LEFT, F},
    {"like", TOKEN_LIKE, F},
    {"limit", TOKEN_LIMIT, R},
    {"localtime", TOKEN_TIME_FUNCTION, R},
    {"localtimestamp", TOKEN_TIME_FUNCTION, R},
    {"matched", TOKEN_MATCHED, U},
    {"materialized", TOKEN_MATERIALIZED, U},
    {"merge", TOKEN_MERGE, U},
    {"merge_action", TOKEN_IDENT, C},
    {"minute", TOKEN_INTERVAL_FIELD, U},
    {"month", TOKEN_INTERVAL_FIELD, U},
    {"national", TOKEN_UNSUPPORTED_NAME, C},
    {"natural", TOKEN_NATURAL, F},
    {"nchar", TOKEN_IDENT, C},
    {"next", TOKEN_NEXT, U},
    {"no", TOKEN_NO, U},
    {"none", TOKEN_IDENT, C},
    {"normalize", TOKEN_UNSUPPORTED_NAME, C},
    {"not", TOKEN_NOT, R},
    {"nothing", TOKEN_NOTHING, U},
    {"notnull", TOKEN_NOTNULL, F},
    {"null", TOKEN_NULL, R},
    {"nullif", TOKEN_IDENT, C},
    {"nulls", TOKEN_NULLS, U},
    {"numeric", TOKEN_IDENT, C},
    {"offset", TOKEN_OFFSET, R},
    {"on", TOKEN_ON, R},
    {"only", TOKEN_ONLY, R},
    {"or", TOKEN_OR, R},
    {"order", TOKEN_ORDER, R},
    {"ordinality", TOKEN_ORDINALITY, U},
    {"others", TOKEN_OTHERS, U},
    {"out", TOKEN_IDENT, C},
    {"outer", TOKEN_OUTER, F},
    {"over", TOKEN_OVER, U},
    {"overlaps", TOKEN_OVERLAPS, F},
    {"overlay", TOKEN_OVERLAY, C},
    {"partition", TOKEN_PARTITION, U},
    {"placing", TOKEN_PLACING, R},
    {"position", TOKEN_POSITION, C},
    {"pragma", TOKEN_PRAGMA, U},
    {"preceding", TOKEN_PRECEDING, U},
    {"precision", TOKEN_PRECISION, C},
    {"primary", TOKEN_PRIMARY, R},
    {"range", TOKEN_RANGE, U},
    {"real", TOKEN_IDENT, C},
    {"realtime", TOKEN_REALTIME, U},
    {"recursive", TOKEN_RECURSIVE, U},
    {"references", TOKEN_REFERENCES, R},
    {"refresh", TOKEN_REFRESH, U},
    {"reindex", TOKEN_REINDEX, U},
    {"release", TOKEN_RELEASE, U},
    {"rename", TOKEN_RENAME, U},
    {"replace", TOKEN_REPLACE, U},
    {"reset", TOKEN_RESET, U},
    {"restart", TOKEN_RESTART, U},
    {"restrict", TOKEN_RESTRICT, U},
    {"resume", TOKEN_RESUME, U},
    {"returning", TOKEN_RETURNING, R},
    {"right", TOKEN_RIGHT, F},
    {"rollback", TOKEN_ROLLBACK, U},
    {"rollup", TOKEN_ROLLUP, U},
    {"row", TOKEN_ROW, C},
    {"rows", TOKEN_ROWS, U},
    {"savepoint", TOKEN_SAVEPOINT, U},
    {"schema", TOKEN_SCHEMA, U},
    {"second", TOKEN_INTERVAL_FIELD, U},
    {"select", TOKEN_SELECT, R},
    {"session_user", TOKEN_VALUE_FUNCTION, R},
    {"set", TOKEN_SET, U},
    {"setof", TOKEN_UNSUPPORTED_NAME, C},
    {"sets", TOKEN_SETS, U},
    {"show", TOKEN_SHOW, U},
    {"similar", TOKEN_SIMILAR, F},
    {"smallint", TOKEN_IDENT, C},
    {"some", TOKEN_SOME, R},
    {"source", TOKEN_SOURCE, U},
    {"start", TOKEN_START, U},
    {"stored", TOKEN_STORED, U},
    {"substring", TOKEN_SUBSTRING, C},
    {"suspend", TOKEN_SUSPEND, U},
    {"symmetric", TOKEN_SYMMETRIC, R},
    {"system_user", TOKEN_VALUE_FUNCTION, R},
    {"table", TOKEN_TABLE, R},
    {"tablesample", TOKEN_TYPE_FUNCTION, F},
    {"target", TOKEN_TARGET, U},
    {"temp", TOKEN_TEMPORARY, U},
    {"temporary", TOKEN_TEMPORARY, U},
    {"then", TOKEN_THEN, R},
    {"ties", TOKEN_TIES, U},
    {"time", TOKEN_TIME, C},
    {"timestamp", TOKEN_TIMESTAMP, C},
    {"to", TOKEN_TO, R},
    {"trailing", TOKEN_TRAILING, R},
    {"transaction", TOKEN_TRANSACTION, U},
    {"treat", TOKEN_UNSUPPORTED_NAME, C},
    {"trim", TOKEN_TRIM, C},
    {"true", TOKEN_TRUE, R},
    {"truncate", TOKEN_TRUNCATE, U},
    {"type", TOKEN_TYPE, U},
    {"unbounded", TOKEN_UNBOUNDED, U},
    {"union", TOKEN_UNION, R},
    {"unique", TOKEN_UNIQUE, R},
    {"unknown", TOKEN_UNKNOWN, U},
    {"update", TOKEN_UPDATE, U},
    {"user", TOKEN_VALUE_FUNCTION, R},
    {"using", TOKEN_USING, R},
    {"vacuum", TOKEN_VACUUM, U},
    {"values", TOKEN_VALUES, C},
    {"varchar", TOKEN_IDENT, C},
    {"variadic", TOKEN_VARIADIC, R},
    {"varying", TOKEN_VARYING, U},
    {"verbose", TOKEN_TYPE_FUNCTION, F},
    {"view", TOKEN_VIEW, U},
    {"views", TOKEN_VIEWS, U},
    {"virtual", TOKEN_VIRTUAL, U},
    {"when", TOKEN_WHEN, R},
    {"where", TOKEN_WHERE, R},
    {"window", TOKEN_WINDOW, R},
    {"with", TOKEN_WITH, R},
    {"within", TOKEN_WITHIN, U},
    {"without", TOKEN_WITHOUT, U},
    {"work", TOKEN_WORK, U},
    {"xmlattributes", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlconcat", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlelement", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlexists", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlforest", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlnamespaces", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlparse", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlpi", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlroot", TOKEN_UNSUPPORTED_NAME, C},
    {"xmlserialize", TOKEN_UNSUPPORTED_NAME, C},
    {"xmltable", TOKEN_UNSUPPORTED_NAME, C},
    {"year", TOKEN_INTERVAL_FIELD, U},
    {"zone", TOKEN_ZONE, U},
};

/* Words of SQLite that are not above and mean something where a name may stand; sorted. */
static const char *const sqlite_words[] = {
    "abort", "attach",    "autoincrement", "deferred", "detach",  "each", "exclusive",
    "fail",  "immediate", "indexed",       "instead",  "match",   "of",   "plan",
    "query", "raise",     "regexp",        "trigger",  "virtual",
};

#undef U
#undef C
#undef F
#undef R

enum { WORD_MAX = 24 };

const struct keyword *keyword_find(const char *text, size_t length) {
  char word[WORD_MAX];
  if (length >= sizeof word)
    return NULL;
  for (size_t i = 0; i < length; i++)
    word[i] =
        (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
  word[length] = '\0';
  size_t low = 0, high = sizeof keywords / sizeof keywords[0];
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(word, keywords[middle].word);
    if (order == 0)
      return &keywords[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

static bool is_sqlite_word(const char *name) {
  for (size_t i = 0; i < sizeof sqlite_words / sizeof sqlite_words[0]; i++) {
    if (strcmp(name, sqlite_words[i]) == 0)
      return true;
  }
  return false;
}

bool keyword_needs_quotes(const char *name, enum sql_dialect dialect) {
  const struct keyword *keyword = keyword_find(name, strlen(name));
  if (dialect == SQL_DIALECT_SQLITE)
    return keyword != NULL || is_sqlite_word(name);
  return keyword != NULL && keyword->category != KEYWORD_UNRESERVED;
}
