/* What stands where the grammar wants a name, a literal or an operator. */
#include "words.h"

#include <string.h>

#include "grammar.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Words are separated by |. */
struct words {
  const char *of, *words;
};

/* Tokens with any of several texts. */
static const struct words tokens[] = {
    {"IDENT",
     "id|a|b|c|d|e|f|n|g|s|t|u|v|x|doc|tags|mood|\"A b\"|\"é\"|\"select\"|public|"
     "excluded|__staged"},
    {"STRING",
     "''|'1'|'a'|'-0.5'|'it''s'|'a%_\\'|'2026-01-31'|'2024-02-29 "
     "23:59:59.5+02'|'10:00'|"
     "'1 day -2:03'|'P1Y2M'|'{1,NULL,3}'|'{{a,b},{c,d}}'|'{\"k\": [1, {\"a\": null}]}'|"
     "'[]'|'null'|'$.k[*] ? (@ > 1)'|'(a|b)+?\\d'|'\\xdead'|'NaN'|'infinity'|'true'|"
     "'123e4567-e89b-12d3-a456-426614174000'|'sad'|'UTC'|'Europe/Berlin'|'YYYY-MM-DD "
     "HH24:MI'|'FM990.0'|'99999999999999999999'|'😀é'|E'\\n\\u00e9'|'t'|'day'|"
     "'postgres:x'"},
    {"INTEGER", "0|1|2|3|7|10|-1|2147483647|2147483648|9223372036854775807|0x1F|1_000"},
    {"DECIMAL",
     "0.5|1.50|1e3|1e-400|1e400|.1|99999999999999999999|123456789.123456789"},
    {"BLOB", "X'00ff'|X''"},
    {"PARAMETER", "$1|$2|:name|?"},
    {"OPERATOR",
     "\\|\\||->|->>|#>|#>>|@>|<@|?|@?|@@|~|~*|!~|&&|#-|#|&|\\||<<|>>|<->|!!"},
    {"BIT_SHIFT", "<<|>>"},
    {"SHOW_OBJECTS", "show"},          /* MySQL's */
    {"SWITCH_KEYS", "enable|disable"}, /* MySQL's */
    {"ON_BEFORE_NOW", "on"},           /* MySQL's */
    {"VARIABLE", "@a|@@b"},            /* MySQL's */
    {"AS_ROW", "as"},                  /* MySQL's */
    {"INDEX_OF", "key|index"},         /* MySQL's */
    {"INTERVAL_OF", "interval"},       /* MySQL's */
};

static const struct {
  const char *token, *text;
} marks[] = {
    {"ARGUMENT_IS", "=>"}, {"BIT_AND", "&"},        {"BIT_OR", "|"},
    {"CARET", "^"},        {"COLON", ":"},          {"COMMA", ","},
    {"DOT", "."},          {"EQUAL", "="},          {"EXCLAMATION", "!"},
    {"GREATER", ">"},      {"GREATER_EQUAL", ">="}, {"LBRACKET", "["},
    {"LESS", "<"},         {"LESS_EQUAL", "<="},    {"LP", "("},
    {"MINUS", "-"},        {"NOT_EQUAL", "<>"},     {"NULL_SAFE_EQUAL", "<=>"},
    {"PERCENT", "%"},      {"PLUS", "+"},           {"RBRACKET", "]"},
    {"RP", ")"},           {"SLASH", "/"},          {"STAR", "*"},
    {"TYPECAST", "::"},    {"START_STATEMENT", ""}, {"START_EXPRESSION", ""},
};

/* What an IDENT within a symbol of the grammar may be called. A symbol that is gone from it does no harm. */
static const struct words places[] = {
    {"qualified_name",
     "t|u|v|w|live|kept|far|numbered|nothing|series|public|s|tidemark|"
     "information_schema|pg_catalog|tables|views"},
    {"simple_type",
     "integer|bigint|smallint|numeric|text|boolean|date|timestamptz|uuid|"
     "bytea|json|jsonb|real|float8|varchar|mood|positive|inet|serial"},
    {"function_name",
     "count|sum|avg|min|max|array_agg|string_agg|jsonb_agg|jsonb_object_agg|bool_and|"
     "percentile_cont|mode|stddev|row_number|rank|lag|first_value|ntile|lower|upper|"
     "length|"
     "coalesce|nullif|greatest|abs|round|mod|power|sqrt|concat|concat_ws|replace|left|"
     "repeat|"
     "lpad|split_part|regexp_replace|regexp_matches|format|to_char|date_trunc|age|now|"
     "make_date|generate_series|unnest|array_length|array_append|array_to_string|"
     "jsonb_build_object|to_jsonb|jsonb_set|jsonb_each|jsonb_array_elements|jsonb_path_"
     "query|"
     "jsonb_to_record|json_typeof|nextval|currval|random|gen_random_uuid|pg_typeof|"
     "ifnull|if|group_concat|date_format|pg_catalog|"
     "pg_tviews_create"},
    {"extract_field", "year|month|day|hour|second|epoch|dow|doy|week|isoyear|timezone"},
    {"collation", "\"C\"|nocase|pg_catalog"},
    {"option", "replication_origin|write_policy|join_pushdown_size|join_memoization|"
               "upstream_mvcc_key|inherit"},
    {"sequence_option",
     "increment|minvalue|maxvalue|start|restart|cache|cycle|owned|none"},
    {"overriding", "overriding|system|user|value"},
    {"setting", "search_path|timezone|time|zone|local|session|public"},
    {"setting_name",
     "search_path|timezone|app|user_id|client_min_messages|row_security"},
    {"setting_list", "public|on|local|utc|warning|a"},
};

static const struct words *find(const struct words *list, size_t count,
                                const char *name) {
  for (size_t i = 0; name && i < count; i++)
    if (strcmp(list[i].of, name) == 0)
      return &list[i];
  return NULL;
}

/* One of the words; \| is a | of the word's own. */
static const char *pick(const char *words, struct random *random) {
  static char word[256];
  uint64_t count = 1;
  for (const char *at = words; *at; at++)
    count += *at == '|' && (at == words || at[-1] != '\\');
  uint64_t wanted = below(random, count);
  size_t length = 0;
  for (const char *at = words; *at; at++) {
    bool escaped = *at == '\\' && at[1] == '|';
    if (*at == '|') {
      if (wanted-- == 0)
        break;
    } else if (wanted == 0 && length + 1 < sizeof word) {
      word[length++] = escaped ? '|' : *at;
    }
    at += escaped;
  }
  word[length] = '\0';
  return word;
}

const char *word_for_token(const char *token, const char *place,
                           struct random *random) {
  for (size_t i = 0; i < COUNT(marks); i++)
    if (strcmp(marks[i].token, token) == 0)
      return marks[i].text;
  const struct words *words = strcmp(token, "IDENT") == 0 && below(random, 8) > 0
                                  ? find(places, COUNT(places), place)
                                  : NULL;
  if (!words)
    words = find(tokens, COUNT(tokens), token);
  return words ? pick(words->words, random) : NULL;
}

bool word_has_place(const char *symbol) {
  return find(places, COUNT(places), symbol) != NULL;
}
