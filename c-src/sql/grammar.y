/* The grammar: PostgreSQL's, with its precedences (documentation, section 4.1.6), plus the
 * statements about views, plus MySQL's and SQLite's spellings of a few things.
 *
 * Actions only construct. What each node holds is said in sql/ast.h, what the constructors do in
 * sql/construct.h. NODE(kind, position, children…) is the plainest of them.
 *
 * Words. An unreserved keyword falls back to IDENT wherever its own meaning does not fit. Lemon
 * leaves no entry for a keyword where reducing is the default, so a rule that reduces to nothing must
 * not stand where both an IDENT and an unreserved keyword may follow: such rules are written out
 * instead (see `update`, `window_body`). The parser itself turns some words into IDENT by their
 * neighbours (see sql/parse.c), so that a word after a dot or AS is a name. */

%name sql_grammar
%token_prefix TOKEN_
%token_type {struct token}
%default_type {struct sql_node *}
%extra_context {struct parser *parser}
%stack_size 4000
%stack_overflow { parser_too_deep(parser); }
%syntax_error { parser_syntax_error(parser, yymajor, &TOKEN); }
%start_symbol input

%include {
/* The parser's tables and actions, generated from grammar.y. */
#include "sql/construct.h"

#define YYNOERRORRECOVERY 1
#define YYPARSEFREENEVERNULL 1
#define sql_grammar_ENGINEALWAYSONSTACK 1

#define NODE(kind, position, ...)                                                      \
  parser_node(parser, kind, position, (struct sql_node *[]){__VA_ARGS__},              \
              sizeof((struct sql_node *[]){__VA_ARGS__}) / sizeof(struct sql_node *))
#define LEAF(kind, position) parser_node(parser, kind, position, NULL, 0)
#define LIST(...)                                                                      \
  parser_list(parser, (struct sql_node *[]){__VA_ARGS__},                              \
              sizeof((struct sql_node *[]){__VA_ARGS__}) / sizeof(struct sql_node *))
#define APPEND(list, node) sql_list_append(parser->arena, list, node)
#define NAME(token) parser_name(parser, &token)
#define STRING(token) parser_string(parser, &token)
#define FOLD(node) parser_fold(parser, node)
#define WORD(token) FOLD(NAME(token))
#define AT(node) node_position(node)
#define FLAGS(flags, node) node_with_flags(node, flags)
#define OP(op, node) node_with_op(node, op)
#define REFUSE(token, construct) parser_refuse(parser, &token, construct)
#define RELATION(name) NODE(SQL_TABLE_REFERENCE, AT(name), name, NULL)
#define ALIASED(name, alias) parser_named(parser, RELATION(name), &alias)
#define REFERENCE(kind, position, source, alias)                                       \
  parser_reference(parser, kind, position, source, alias)
#define CONFLICT(op, token, ...) OP(op, NODE(SQL_ON_CONFLICT, token.position, __VA_ARGS__))
#define LABEL(action, label, other)                                                     \
  OP(action, NODE(SQL_ACTION, label.position, other, STRING(label), NULL))
#define SEQUENCE_OPTION(word, value)                                                    \
  FOLD(parser_named(parser, NODE(SQL_SEQUENCE_OPTION, word.position, value), &word))
#define CONSTRAINT(kind, position, ...) parser_constraint(parser, kind, position, __VA_ARGS__)
}

%code {
size_t parser_grammar_size(void) {
  return sizeof(yyParser);
}
}

/* Unreserved keywords. */
%fallback IDENT
  ACTION ADD AFTER ALTER ALWAYS AUTO_INCREMENT BEFORE BEGIN BY CASCADE CHANGE CHECKPOINT COMMENT COMMIT CONFLICT CONTINUE CONVERT CUBE CURRENT
  DATA DATABASE DELETE DOMAIN DOUBLE DROP DUPLICATE ENUM ESCAPE EXCLUDE EXPLAIN EXTENSION FILTER FIRST FOLLOWING GENERATED
  GLOB GROUPS IDENTITY IF IGNORE INDEX INSERT INTERVAL_FIELD KEY LAST LOCAL LOCK LOCKED MATCHED MATERIALIZED MERGE MODIFY NEXT NO NOTHING NOWAIT
  OF ORDINALITY OTHERS OVER PARTITION PRAGMA PRECEDING RANGE REALTIME RECURSIVE REFRESH REINDEX RELEASE RENAME REPLACE RESET
  RESTART RESTRICT RESUME ROLLBACK ROLLUP ROWS ROWS_BEFORE_FROM SAVEPOINT SCHEMA SEPARATOR SEQUENCE SESSION SET SETS SHARE SHOW SKIP SOURCE START STORED SUSPEND TABLE_OPTION TARGET TEMPORARY
  TIES TRANSACTION TRUNCATE TYPE UNBOUNDED UNKNOWN UNLOCK UPDATE VACUUM VARYING VIEW VIEWS VIRTUAL WITHIN WORK ZONE.

/* Names of columns and tables. */
%type name {struct token}
name(A) ::= IDENT(A).
name(A) ::= BETWEEN(A).
name(A) ::= CHARACTER(A).
name(A) ::= EXISTS(A).
name(A) ::= EXTRACT(A).
name(A) ::= INTERVAL(A).
name(A) ::= OVERLAY(A).
name(A) ::= POSITION(A).
name(A) ::= PRECISION(A).
name(A) ::= ROW(A).
name(A) ::= SUBSTRING(A).
name(A) ::= TIME(A).
name(A) ::= TIMESTAMP(A).
name(A) ::= TRIM(A).
name(A) ::= VALUES(A).
name(A) ::= UNSUPPORTED_NAME(A).
/* Names of functions and types. */
%type function_word {struct token}
function_word(A) ::= IDENT(A).
function_word(A) ::= LEFT(A).
function_word(A) ::= RIGHT(A).
function_word(A) ::= LIKE(A).
function_word(A) ::= OVERLAPS(A).
function_word(A) ::= TYPE_FUNCTION(A).
/* A name after AS: the parser has made IDENT of all keywords but those that may begin something
 * else there. */
%type as_label {struct token}
as_label(A) ::= IDENT(A).
as_label(A) ::= BETWEEN(A).
as_label(A) ::= CHARACTER(A).
as_label(A) ::= EXISTS(A).
as_label(A) ::= EXTRACT(A).
as_label(A) ::= INTERVAL(A).
as_label(A) ::= OVERLAY(A).
as_label(A) ::= POSITION(A).
as_label(A) ::= PRECISION(A).
as_label(A) ::= ROW(A).
as_label(A) ::= SUBSTRING(A).
as_label(A) ::= TIME(A).
as_label(A) ::= TIMESTAMP(A).
as_label(A) ::= TRIM(A).
as_label(A) ::= VALUES(A).
as_label(A) ::= UNSUPPORTED_NAME(A).
as_label(A) ::= NOT(A).
as_label(A) ::= SELECT(A).
as_label(A) ::= TABLE(A).
as_label(A) ::= WITH(A).
/* A name of a result without AS. */
%type bare_label {struct token}
bare_label(A) ::= IDENT(A).
bare_label(A) ::= BETWEEN(A).
bare_label(A) ::= EXISTS(A).
bare_label(A) ::= EXTRACT(A).
bare_label(A) ::= INTERVAL(A).
bare_label(A) ::= OVERLAY(A).
bare_label(A) ::= POSITION(A).
bare_label(A) ::= ROW(A).
bare_label(A) ::= SUBSTRING(A).
bare_label(A) ::= TIME(A).
bare_label(A) ::= TIMESTAMP(A).
bare_label(A) ::= TRIM(A).
bare_label(A) ::= VALUES(A).
bare_label(A) ::= UNSUPPORTED_NAME(A).
bare_label(A) ::= ALL(A).
bare_label(A) ::= ANALYZE(A).
bare_label(A) ::= ANY(A).
bare_label(A) ::= ASC(A).
bare_label(A) ::= ASYMMETRIC(A).
bare_label(A) ::= BOTH(A).
bare_label(A) ::= CASE(A).
bare_label(A) ::= CAST(A).
bare_label(A) ::= CHECK(A).
bare_label(A) ::= COLUMN(A).
bare_label(A) ::= CONSTRAINT(A).
bare_label(A) ::= CURRENT_SCHEMA(A).
bare_label(A) ::= DEFAULT(A).
bare_label(A) ::= DESC(A).
bare_label(A) ::= DISTINCT(A).
bare_label(A) ::= DO(A).
bare_label(A) ::= ELSE(A).
bare_label(A) ::= END(A).
bare_label(A) ::= FALSE(A).
bare_label(A) ::= FOREIGN(A).
bare_label(A) ::= LATERAL(A).
bare_label(A) ::= LEADING(A).
bare_label(A) ::= LEFT(A).
bare_label(A) ::= NULL(A).
bare_label(A) ::= ONLY(A).
bare_label(A) ::= PLACING(A).
bare_label(A) ::= PRIMARY(A).
bare_label(A) ::= REFERENCES(A).
bare_label(A) ::= RESERVED(A).
bare_label(A) ::= RIGHT(A).
bare_label(A) ::= SELECT(A).
bare_label(A) ::= SOME(A).
bare_label(A) ::= SYMMETRIC(A).
bare_label(A) ::= TABLE(A).
bare_label(A) ::= THEN(A).
bare_label(A) ::= TIME_FUNCTION(A).
bare_label(A) ::= TRAILING(A).
bare_label(A) ::= TRUE(A).
bare_label(A) ::= TYPE_FUNCTION(A).
bare_label(A) ::= UNIQUE(A).
bare_label(A) ::= USING(A).
bare_label(A) ::= VALUE_FUNCTION(A).
bare_label(A) ::= VARIADIC(A).
bare_label(A) ::= WHEN(A).
/* Small choices of tokens. */
%type first_or_next {struct token}
first_or_next(A) ::= FIRST(A).
first_or_next(A) ::= NEXT(A).
%type row_or_rows {struct token}
row_or_rows(A) ::= ROW(A).
row_or_rows(A) ::= ROWS(A).
%type any_operator {struct token}
any_operator(A) ::= PLUS(A).
any_operator(A) ::= MINUS(A).
any_operator(A) ::= STAR(A).
any_operator(A) ::= SLASH(A).
any_operator(A) ::= PERCENT(A).
any_operator(A) ::= CARET(A).
any_operator(A) ::= LESS(A).
any_operator(A) ::= GREATER(A).
any_operator(A) ::= EQUAL(A).
any_operator(A) ::= LESS_EQUAL(A).
any_operator(A) ::= GREATER_EQUAL(A).
any_operator(A) ::= NOT_EQUAL(A).
any_operator(A) ::= OPERATOR(A).
%type field {struct token}
field(A) ::= IDENT(A).
field(A) ::= STAR(A).
%type frame_mode {struct token}
frame_mode(A) ::= ROWS(A).
frame_mode(A) ::= RANGE(A).
frame_mode(A) ::= GROUPS(A).

/* Known, and never read: a semicolon ends the statement, WITHOUT becomes WITHOUT_BEFORE or
 * IDENT. */
%token SEMICOLON WITHOUT.

/* Lowest first, as in PostgreSQL, whose bit operators are operators like others; MySQL's have levels of their own. */
%left UNION EXCEPT.
%left INTERSECT.
%left OR.
%left XOR.
%left AND.
%right NOT.
%nonassoc IS ISNULL NOTNULL.
%nonassoc LESS GREATER EQUAL LESS_EQUAL GREATER_EQUAL NOT_EQUAL NULL_SAFE_EQUAL.
%nonassoc BETWEEN IN LIKE ILIKE SIMILAR GLOB REGEXP NOT_BEFORE OVERLAPS.
%nonassoc ESCAPE.
%left OPERATOR.
%left BIT_OR.
%left BIT_AND.
%left BIT_SHIFT.
%left PLUS MINUS.
%left STAR SLASH PERCENT DIV MOD.
%left CARET.
%left AT.
%left COLLATE.
%right UMINUS EXCLAMATION.
%left LBRACKET RBRACKET.
%left LP RP.
%left TYPECAST.
%left DOT.
%left JOIN CROSS LEFT FULL RIGHT INNER NATURAL.

input ::= START_STATEMENT statement(A).                 { parser->root = A; }
input ::= START_EXPRESSION expr(A).                     { parser->root = A; }

statement(A) ::= query(A).
statement(A) ::= insert(A).
statement(A) ::= update(A).
statement(A) ::= delete(A).
statement(A) ::= merge(A).
statement(A) ::= explain(A).
statement(A) ::= create_table(A).
statement(A) ::= create_index(A).
statement(A) ::= create_view(A).
statement(A) ::= create_schema(A).
statement(A) ::= create_extension(A).
statement(A) ::= create_enum(A).
statement(A) ::= create_domain(A).
statement(A) ::= create_sequence(A).
statement(A) ::= alter(A).
statement(A) ::= drop(A).
statement(A) ::= comment(A).
statement(A) ::= truncate(A).
statement(A) ::= refresh(A).
statement(A) ::= transaction(A).
statement(A) ::= maintenance(A).
statement(A) ::= setting(A).
statement(A) ::= show_objects(A).

/* --- queries --- */

/* As in PostgreSQL: parentheses around a query belong to it, not to what stands around it. */
query(A) ::= select_no_parens(A). [UMINUS]
query(A) ::= select_with_parens(A). [UMINUS]

select_with_parens(A) ::= LP select_no_parens(B) RP.    { A = B; }
select_with_parens(A) ::= LP select_with_parens(B) RP.  { A = B; }

select_no_parens(A) ::= simple_select(B).
  { A = parser_query(parser, NULL, B, NULL, NULL); }
select_no_parens(A) ::= select_clause(B) order_by(C).
  { A = parser_query(parser, NULL, B, C, NULL); }
select_no_parens(A) ::= select_clause(B) tail(D).
  { A = parser_query(parser, NULL, B, NULL, D); }
select_no_parens(A) ::= select_clause(B) order_by(C) tail(D).
  { A = parser_query(parser, NULL, B, C, D); }
select_no_parens(A) ::= with(W) select_clause(B).
  { A = parser_query(parser, W, B, NULL, NULL); }
select_no_parens(A) ::= with(W) select_clause(B) order_by(C).
  { A = parser_query(parser, W, B, C, NULL); }
select_no_parens(A) ::= with(W) select_clause(B) tail(D).
  { A = parser_query(parser, W, B, NULL, D); }
select_no_parens(A) ::= with(W) select_clause(B) order_by(C) tail(D).
  { A = parser_query(parser, W, B, C, D); }

select_clause(A) ::= simple_select(A).
select_clause(A) ::= select_with_parens(B).             { A = parser_body(B); }

simple_select(A) ::= SELECT(T) distinct(D) results(R) from(F) where(W) group_by(G) having(H)
                     windows(N).
  { A = parser_select(NODE(SQL_SELECT, T.position, D, R, F, W, G, H, N)); }
simple_select(A) ::= SELECT(T) from(F) where(W) group_by(G) having(H) windows(N).
  { A = parser_columnless(parser, NODE(SQL_SELECT, T.position, NULL, NULL, F, W, G, H, N)); }
simple_select(A) ::= values(A).
simple_select(A) ::= TABLE(T) qualified_name(B).        { A = NODE(SQL_TABLE, T.position, B); }
simple_select(A) ::= select_clause(L) UNION all(F) select_clause(R).
  { A = OP(SQL_UNION, FLAGS(F, NODE(SQL_SET_OPERATION, AT(L), L, R))); }
simple_select(A) ::= select_clause(L) INTERSECT all(F) select_clause(R).
  { A = OP(SQL_INTERSECT, FLAGS(F, NODE(SQL_SET_OPERATION, AT(L), L, R))); }
simple_select(A) ::= select_clause(L) EXCEPT all(F) select_clause(R).
  { A = OP(SQL_EXCEPT, FLAGS(F, NODE(SQL_SET_OPERATION, AT(L), L, R))); }

%type all {uint32_t}
all(A) ::= .                                            { A = 0; }
all(A) ::= ALL.                                         { A = SQL_ALL; }
all(A) ::= DISTINCT.                                    { A = 0; }

values(A) ::= VALUES(T) plain_row(B).                   { A = NODE(SQL_VALUES, T.position, B); }
values(A) ::= VALUES_BEFORE_ROW(T) mysql_row(B).        { A = NODE(SQL_VALUES, T.position, B); }
values(A) ::= values(A) COMMA plain_row(B).             { A = APPEND(A, B); }
values(A) ::= values(A) COMMA mysql_row(B).             { A = APPEND(A, B); }
plain_row(A) ::= LP(T) expr_list(B) RP.                 { A = parser_row(B, T.position, 0); }
mysql_row(A) ::= ROW(T) LP expr_list(B) RP.
  { A = parser_row(B, T.position, 0); parser_only_mysql(parser, &T, "VALUES ROW()"); }

/* An empty list stands for plain DISTINCT, see parser_select. */
distinct(A) ::= .                                       { A = NULL; }
distinct(A) ::= ALL.                                    { A = NULL; }
distinct(A) ::= DISTINCT(T).                            { A = LEAF(SQL_LIST, T.position); }
distinct(A) ::= DISTINCT ON LP expr_list(B) RP.         { A = B; }

results(A) ::= result(B).                               { A = LIST(B); }
results(A) ::= results(A) COMMA result(B).              { A = APPEND(A, B); }
result(A) ::= expr(B).                                  { A = parser_result(parser, B); }
result(A) ::= expr(B) AS as_label(L).
  { A = parser_named(parser, NODE(SQL_RESULT, AT(B), B), &L); }
result(A) ::= expr(B) bare_label(L).
  { A = parser_named(parser, NODE(SQL_RESULT, AT(B), B), &L); }
result(A) ::= STAR(T).
  { A = NODE(SQL_RESULT, T.position, NODE(SQL_STAR, T.position, NULL)); }

from(A) ::= .                                           { A = NULL; }
from(A) ::= FROM from_list(B).                          { A = B; }
from_list(A) ::= relation(B).                           { A = LIST(B); }
from_list(A) ::= from_list(A) COMMA relation(B).        { A = APPEND(A, B); }

where(A) ::= .                                          { A = NULL; }
where(A) ::= WHERE expr(B).                             { A = B; }

group_by(A) ::= .                                       { A = NULL; }
group_by(A) ::= GROUP BY group_list(B).                 { A = B; }
group_by(A) ::= GROUP BY group_list(B) WITH_BEFORE_ROLLUP(T) ROLLUP.
  { A = parser_with_rollup(parser, B, &T); }
group_list(A) ::= group_item(B).                        { A = LIST(B); }
group_list(A) ::= group_list(A) COMMA group_item(B).    { A = APPEND(A, B); }
group_item(A) ::= expr(B).                              { A = parser_group_item(B); }
group_item(A) ::= LP(T) RP.
  { A = OP(SQL_GROUPING_SET, LEAF(SQL_GROUPING, T.position)); }
group_item(A) ::= ROLLUP(T) LP group_list(B) RP.
  { A = parser_grouping(B, T.position, SQL_ROLLUP); }
group_item(A) ::= CUBE(T) LP group_list(B) RP.
  { A = parser_grouping(B, T.position, SQL_CUBE); }
group_item(A) ::= GROUPING_BEFORE_SETS(T) SETS LP group_list(B) RP.
  { A = parser_grouping(B, T.position, SQL_GROUPING_SETS); }

having(A) ::= .                                         { A = NULL; }
having(A) ::= HAVING expr(B).                           { A = B; }

windows(A) ::= .                                        { A = NULL; }
windows(A) ::= WINDOW window_list(B).                   { A = B; }
window_list(A) ::= named_window(B).                     { A = LIST(B); }
window_list(A) ::= window_list(A) COMMA named_window(B). { A = APPEND(A, B); }
named_window(A) ::= name(N) AS window(B).
  { A = parser_named(parser, NODE(SQL_NAMED_WINDOW, N.position, B), &N); }

order_by(A) ::= ORDER BY order_list(B).                 { A = B; }
order_list(A) ::= order_item(B).                        { A = LIST(B); }
order_list(A) ::= order_list(A) COMMA order_item(B).    { A = APPEND(A, B); }
order_item(A) ::= expr(B) direction(D) nulls(N).
  { A = FLAGS(D | N, NODE(SQL_ORDER, AT(B), B)); }

%type direction {uint32_t}
direction(A) ::= .                                      { A = 0; }
direction(A) ::= ASC.                                   { A = SQL_ASC; }
direction(A) ::= DESC.                                  { A = SQL_DESC; }
%type nulls {uint32_t}
nulls(A) ::= .                                          { A = 0; }
nulls(A) ::= NULLS FIRST.                               { A = SQL_NULLS_FIRST; }
nulls(A) ::= NULLS LAST.                                { A = SQL_NULLS_LAST; }

/* What stands behind ORDER BY, a list of three: limit, offset, locking clauses. */
tail(A) ::= limit(A).
tail(A) ::= locking(C).
  { A = NODE(SQL_LIST, 0, NULL, NULL, C); }
tail(A) ::= limit(B) locking(C).                        { A = parser_tail(parser, B, C); }
tail(A) ::= locking(C) limit(B).                        { A = parser_tail(parser, B, C); }

locking(A) ::= locking_clause(B).                       { A = LIST(B); }
locking(A) ::= locking(A) locking_clause(B).            { A = APPEND(A, B); }
locking_clause(A) ::= FOR(T) strength(S) locked_relations(B) waiting(W).
  { A = FLAGS(W, OP(S, NODE(SQL_LOCKING, T.position, B))); }
%type strength {int}
strength(A) ::= UPDATE.                                 { A = SQL_FOR_UPDATE; }
strength(A) ::= NO KEY UPDATE.                          { A = SQL_FOR_NO_KEY_UPDATE; }
strength(A) ::= SHARE.                                  { A = SQL_FOR_SHARE; }
strength(A) ::= KEY SHARE.                              { A = SQL_FOR_KEY_SHARE; }
locked_relations(A) ::= .                               { A = NULL; }
locked_relations(A) ::= OF locked_list(B).               { A = B; }
locked_list(A) ::= qualified_name(B).                   { A = LIST(B); }
locked_list(A) ::= locked_list(A) COMMA qualified_name(B). { A = APPEND(A, B); }
%type waiting {uint32_t}
waiting(A) ::= .                                        { A = 0; }
waiting(A) ::= NOWAIT.                                  { A = SQL_NOWAIT; }
waiting(A) ::= SKIP LOCKED.                             { A = SQL_SKIP_LOCKED; }

/* A list of two: limit, offset. */
limit(A) ::= limit_clause(B).                           { A = NODE(SQL_LIST, 0, B, NULL); }
limit(A) ::= offset_clause(C).                          { A = NODE(SQL_LIST, 0, NULL, C); }
limit(A) ::= limit_clause(B) offset_clause(C).          { A = NODE(SQL_LIST, 0, B, C); }
limit(A) ::= offset_clause(C) limit_clause(B).          { A = NODE(SQL_LIST, 0, B, C); }
limit(A) ::= ties_clause(B).
  { A = FLAGS(SQL_TIES, NODE(SQL_LIST, 0, B, NULL)); }
limit(A) ::= ties_clause(B) offset_clause(C).
  { A = FLAGS(SQL_TIES, NODE(SQL_LIST, 0, B, C)); }
limit(A) ::= offset_clause(C) ties_clause(B).
  { A = FLAGS(SQL_TIES, NODE(SQL_LIST, 0, B, C)); }
limit(A) ::= LIMIT expr(C) COMMA(T) expr(B).
  { A = NODE(SQL_LIST, 0, B, C); parser_not_postgres(parser, &T, "LIMIT with a comma"); }
limit_clause(A) ::= LIMIT expr(B).                      { A = B; }
limit_clause(A) ::= LIMIT ALL.                          { A = NULL; }
limit_clause(A) ::= FETCH first_or_next fetch_count(B) row_or_rows ONLY. { A = B; }
limit_clause(A) ::= FETCH first_or_next(T) row_or_rows ONLY.
  { A = node_with_text(LEAF(SQL_INTEGER, T.position), "1"); }
ties_clause(A) ::= FETCH first_or_next fetch_count(B) row_or_rows WITH TIES. { A = B; }
ties_clause(A) ::= FETCH first_or_next(T) row_or_rows WITH TIES.
  { A = node_with_text(LEAF(SQL_INTEGER, T.position), "1"); }
fetch_count(A) ::= c_expr(A).
fetch_count(A) ::= PLUS(T) INTEGER(N).
  { A = parser_operation(parser, &T, NULL, parser_number(parser, SQL_INTEGER, &N)); }
fetch_count(A) ::= MINUS(T) INTEGER(N).
  { A = parser_operation(parser, &T, NULL, parser_number(parser, SQL_INTEGER, &N)); }
offset_clause(A) ::= OFFSET expr(B).                    { A = B; }
offset_clause(A) ::= OFFSET c_expr(B) row_or_rows.      { A = B; }

with(A) ::= WITH(T) cte_list(B).                        { A = parser_with(B, T.position, 0); }
with(A) ::= WITH(T) RECURSIVE cte_list(B).
  { A = parser_with(B, T.position, SQL_RECURSIVE); }
optional_with(A) ::= .                                  { A = NULL; }
optional_with(A) ::= with(A).
cte_list(A) ::= cte(B).                                 { A = LIST(B); }
cte_list(A) ::= cte_list(A) COMMA cte(B).               { A = APPEND(A, B); }
cte(A) ::= name(N) optional_names(C) AS materialized(F) LP cte_statement(B) RP.
  { A = FLAGS(F, parser_named(parser, NODE(SQL_CTE, N.position, C, B), &N)); }
cte_statement(A) ::= query(A).
cte_statement(A) ::= insert(A).
cte_statement(A) ::= update(A).
cte_statement(A) ::= delete(A).
cte_statement(A) ::= merge(A).
%type materialized {uint32_t}
materialized(A) ::= .                                   { A = 0; }
materialized(A) ::= MATERIALIZED.                       { A = SQL_MATERIALIZED; }
materialized(A) ::= NOT MATERIALIZED.                   { A = SQL_NOT_MATERIALIZED; }

/* --- relations in FROM --- */

relation(A) ::= plain_relation(A).
relation(A) ::= joined_relation(A).
relation(A) ::= LP joined_relation(B) RP.               { A = B; }
relation(A) ::= LP joined_relation(B) RP alias(T).
  { A = B; parser_refuse_at(parser, AT(T), "an alias of a join in parentheses"); }

plain_relation(A) ::= qualified_name(B) optional_alias(C).
  { A = REFERENCE(SQL_TABLE_REFERENCE, AT(B), B, C); }
plain_relation(A) ::= ONLY(T) qualified_name(B) optional_alias.
  { A = RELATION(B); REFUSE(T, "ONLY"); }
plain_relation(A) ::= select_with_parens(B) optional_alias(C).
  { A = REFERENCE(SQL_SUBQUERY_REFERENCE, AT(B), B, C); }
plain_relation(A) ::= LATERAL(T) select_with_parens(B) optional_alias(C).
  { A = FLAGS(SQL_LATERAL, REFERENCE(SQL_SUBQUERY_REFERENCE, T.position, B, C)); }
plain_relation(A) ::= function_relation(B) optional_alias(C).
  { A = parser_function_reference(parser, AT(B), B, C); }
plain_relation(A) ::= LATERAL(T) function_relation(B) optional_alias(C).
  { A = FLAGS(SQL_LATERAL, parser_function_reference(parser, T.position, B, C)); }
/* A list of one, with SQL_ORDINALITY. */
function_relation(A) ::= application(B).                { A = LIST(B); }
function_relation(A) ::= value_function(B).             { A = LIST(B); }
function_relation(A) ::= application(B) WITH_BEFORE ORDINALITY.
  { A = FLAGS(SQL_ORDINALITY, LIST(B)); }
function_relation(A) ::= rows_from(A).
function_relation(A) ::= rows_from(A) WITH_BEFORE ORDINALITY. { FLAGS(SQL_ORDINALITY, A); }
rows_from(A) ::= ROWS_BEFORE_FROM FROM LP application_list(B) RP. { A = parser_rows_from(parser, B); }
application_list(A) ::= application(B).                 { A = LIST(B); }
application_list(A) ::= application_list(A) COMMA application(B). { A = APPEND(A, B); }

/* The alias is a SQL_NAME, its columns are in the slot of the schema. */
optional_alias(A) ::= .                                 { A = NULL; }
optional_alias(A) ::= alias(A).
alias(A) ::= AS as_label(N).                            { A = NAME(N); }
alias(A) ::= name(N).                                   { A = NAME(N); }
alias(A) ::= AS as_label(N) LP name_list(C) RP.         { A = parser_alias(parser, &N, C); }
alias(A) ::= name(N) LP name_list(C) RP.                { A = parser_alias(parser, &N, C); }
alias(A) ::= AS as_label(N) LP column_definition_list(C) RP.
  { A = parser_alias(parser, &N, C); }
alias(A) ::= name(N) LP column_definition_list(C) RP.   { A = parser_alias(parser, &N, C); }
alias(A) ::= AS LP column_definition_list(C) RP.        { A = parser_alias(parser, NULL, C); }
column_definition_list(A) ::= typed_name(B).            { A = LIST(B); }
column_definition_list(A) ::= column_definition_list(A) COMMA typed_name(B). { A = APPEND(A, B); }
typed_name(A) ::= name(N) type(T).
  { A = parser_named(parser, NODE(SQL_COLUMN_DEFINITION, N.position, T, NULL), &N); }

joined_relation(A) ::= relation(L) CROSS JOIN relation(R).
  { A = OP(SQL_CROSS, NODE(SQL_JOIN, AT(L), L, R, NULL, NULL)); }
joined_relation(A) ::= relation(L) join_type(T) relation(R) ON expr(C).
  { A = OP(T, NODE(SQL_JOIN, AT(L), L, R, C, NULL)); }
joined_relation(A) ::= relation(L) join_type(T) relation(R) USING LP name_list(C) RP.
  { A = OP(T, NODE(SQL_JOIN, AT(L), L, R, NULL, C)); }
joined_relation(A) ::= relation(L) join_type(T) relation(R) USING LP name_list(C) RP
                       AS(W) as_label.
  { A = OP(T, NODE(SQL_JOIN, AT(L), L, R, NULL, C)); REFUSE(W, "an alias of USING"); }
joined_relation(A) ::= relation(L) NATURAL join_type(T) relation(R).
  { A = FLAGS(SQL_NATURAL, OP(T, NODE(SQL_JOIN, AT(L), L, R, NULL, NULL))); }

%type join_type {uint16_t}
join_type(A) ::= JOIN.                                  { A = SQL_INNER; }
join_type(A) ::= INNER JOIN.                            { A = SQL_INNER; }
join_type(A) ::= LEFT JOIN.                             { A = SQL_LEFT_OUTER; }
join_type(A) ::= LEFT OUTER JOIN.                       { A = SQL_LEFT_OUTER; }
join_type(A) ::= RIGHT JOIN.                            { A = SQL_RIGHT_OUTER; }
join_type(A) ::= RIGHT OUTER JOIN.                      { A = SQL_RIGHT_OUTER; }
join_type(A) ::= FULL JOIN.                             { A = SQL_FULL_OUTER; }
join_type(A) ::= FULL OUTER JOIN.                       { A = SQL_FULL_OUTER; }

/* --- names and types --- */

qualified_name(A) ::= name(N).                          { A = NAME(N); }
qualified_name(A) ::= name(S) DOT IDENT(N).
  { A = parser_qualified_name(parser, &S, &N); }
qualified_name(A) ::= name(S) DOT IDENT(N) DOT(T) IDENT.
  { A = parser_qualified_name(parser, &S, &N); REFUSE(T, "a name in another database"); }
qualified_names(A) ::= qualified_name(B).               { A = LIST(B); }
qualified_names(A) ::= qualified_names(A) COMMA qualified_name(B). { A = APPEND(A, B); }

name_list(A) ::= name(N).                               { A = LIST(NAME(N)); }
name_list(A) ::= name_list(A) COMMA name(N).            { A = APPEND(A, NAME(N)); }
optional_names(A) ::= .                                 { A = NULL; }
optional_names(A) ::= LP name_list(B) RP.               { A = B; }

type(A) ::= simple_type(A).
type(A) ::= simple_type(B) array_bounds.
  { A = FLAGS(SQL_ARRAY_TYPE, B); }
type(A) ::= simple_type(B) ARRAY.
  { A = FLAGS(SQL_ARRAY_TYPE, B); }
type(A) ::= simple_type(B) ARRAY LBRACKET INTEGER RBRACKET.
  { A = FLAGS(SQL_ARRAY_TYPE, B); }
array_bounds ::= array_bound.
array_bounds ::= array_bounds array_bound.
array_bound ::= LBRACKET RBRACKET.
array_bound ::= LBRACKET INTEGER RBRACKET.

simple_type(A) ::= function_word(N) modifiers(M).       { A = parser_type(parser, &N, M); }
simple_type(A) ::= function_word(S) DOT IDENT(N) modifiers(M).
  { A = parser_type_in_schema(parser, &S, &N, M); }
simple_type(A) ::= keyword_type(A).
simple_type(A) ::= interval_type(A).
simple_type(A) ::= INTERVAL(T) interval_fields(F).
  { A = parser_type(parser, &T, NULL); REFUSE(F, "an interval of certain fields"); }

/* The types whose names are not plain words and that may stand before a literal. */
keyword_type(A) ::= DOUBLE(T) PRECISION.
  { A = parser_keyword_type(parser, &T, "double precision", NULL); }
keyword_type(A) ::= CHARACTER(T) modifiers(M).
  { A = parser_keyword_type(parser, &T, "character", M); }
keyword_type(A) ::= CHARACTER(T) VARYING modifiers(M).
  { A = parser_keyword_type(parser, &T, "character varying", M); }
keyword_type(A) ::= TIME(T) modifiers(M).
  { A = parser_keyword_type(parser, &T, "time", M); }
keyword_type(A) ::= TIME(T) modifiers(M) WITHOUT_BEFORE TIME ZONE.
  { A = parser_keyword_type(parser, &T, "time", M); }
keyword_type(A) ::= TIME(T) modifiers(M) WITH_BEFORE TIME ZONE.
  { A = parser_keyword_type(parser, &T, "time with time zone", M); }
keyword_type(A) ::= TIMESTAMP(T) modifiers(M).
  { A = parser_keyword_type(parser, &T, "timestamp", M); }
keyword_type(A) ::= TIMESTAMP(T) modifiers(M) WITHOUT_BEFORE TIME ZONE.
  { A = parser_keyword_type(parser, &T, "timestamp", M); }
keyword_type(A) ::= TIMESTAMP(T) modifiers(M) WITH_BEFORE TIME ZONE.
  { A = parser_keyword_type(parser, &T, "timestamp with time zone", M); }
interval_type(A) ::= INTERVAL(T) modifiers(M).
  { A = parser_keyword_type(parser, &T, "interval", M); }

%type interval_fields {struct token}
interval_fields(A) ::= INTERVAL_FIELD(A).
interval_fields(A) ::= INTERVAL_FIELD(A) TO INTERVAL_FIELD.

modifiers(A) ::= .                                      { A = NULL; }
modifiers(A) ::= LP modifier_list(B) RP.                { A = B; }
modifier_list(A) ::= modifier(B).                       { A = LIST(B); }
modifier_list(A) ::= modifier_list(A) COMMA modifier(B). { A = APPEND(A, B); }
modifier(A) ::= INTEGER(T).
  { A = parser_number(parser, SQL_INTEGER, &T); }
modifier(A) ::= STRING(T).                              { A = parser_label_modifier(parser, &T); }
modifier(A) ::= MINUS(S) INTEGER(T).
  { A = parser_operation(parser, &S, NULL, parser_number(parser, SQL_INTEGER, &T)); }

/* --- expressions --- */

expr_list(A) ::= expr(B).                               { A = LIST(B); }
expr_list(A) ::= expr_list(A) COMMA expr(B).            { A = APPEND(A, B); }

expr(A) ::= c_expr(A).
expr(A) ::= DEFAULT(T).                                 { A = LEAF(SQL_DEFAULT, T.position); }
expr(A) ::= expr(L) TYPECAST type(R).                   { A = NODE(SQL_CAST, AT(L), L, R); }
expr(A) ::= expr(L) COLLATE collation(N).               { A = parser_collate(parser, L, &N); }
expr(A) ::= expr(L) AT TIME ZONE expr(R). [AT]
  { A = parser_function(parser, AT(L), "timezone", LIST(R, L)); }
expr(A) ::= PLUS(T) expr(R). [UMINUS]
  { A = parser_operation(parser, &T, NULL, R); }
expr(A) ::= MINUS(T) expr(R). [UMINUS]
  { A = parser_operation(parser, &T, NULL, R); }
expr(A) ::= OPERATOR(T) expr(R).
  { A = parser_operation(parser, &T, NULL, R); }
expr(A) ::= expr(L) PLUS(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) MINUS(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) STAR(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) SLASH(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) PERCENT(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) CARET(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) LESS(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) GREATER(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) EQUAL(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) LESS_EQUAL(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) GREATER_EQUAL(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) NOT_EQUAL(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) OPERATOR(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) BIT_OR(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) BIT_AND(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) BIT_SHIFT(T) expr(R).
  { A = parser_operation(parser, &T, L, R); }
expr(A) ::= expr(L) DIV expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "div"); }
expr(A) ::= expr(L) MOD expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "%"); }
expr(A) ::= expr(L) XOR expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "xor"); }
expr(A) ::= expr(L) REGEXP expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "regexp"); }
expr(A) ::= expr(L) NOT_BEFORE REGEXP expr(R). [NOT_BEFORE]
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "not regexp"); }
expr(A) ::= expr(L) NULL_SAFE_EQUAL expr(R).
  { A = FLAGS(SQL_NOT, NODE(SQL_IS_DISTINCT, AT(L), L, R)); }
expr(A) ::= expr(L) AND expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "and"); }
expr(A) ::= expr(L) OR expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "or"); }
expr(A) ::= NOT(T) expr(R).
  { A = node_with_text(NODE(SQL_UNARY, T.position, R), "not"); }
expr(A) ::= NOT_BEFORE(T) expr(R). [NOT]
  { A = node_with_text(NODE(SQL_UNARY, T.position, R), "not"); }
expr(A) ::= EXCLAMATION(T) expr(R).
  { A = node_with_text(NODE(SQL_UNARY, T.position, R), "not"); }

expr(A) ::= expr(L) OVERLAPS(T) expr(R).
  { A = parser_overlaps(parser, L, &T, R); }

expr(A) ::= expr(L) like(K) expr(P). [LIKE]
  { A = parser_like(parser, K, L, P, NULL); }
expr(A) ::= expr(L) like(K) expr(P) ESCAPE expr(E). [LIKE]
  { A = parser_like(parser, K, L, P, E); }
%type like {uint32_t}
like(A) ::= LIKE. [LIKE]                                { A = SQL_LIKE_LIKE; }
like(A) ::= NOT_BEFORE LIKE. [NOT_BEFORE]               { A = SQL_LIKE_LIKE | PARSER_NEGATED; }
like(A) ::= ILIKE. [LIKE]                               { A = SQL_LIKE_ILIKE; }
like(A) ::= NOT_BEFORE ILIKE. [NOT_BEFORE]              { A = SQL_LIKE_ILIKE | PARSER_NEGATED; }
like(A) ::= SIMILAR TO. [LIKE]                          { A = SQL_LIKE_SIMILAR; }
like(A) ::= NOT_BEFORE SIMILAR TO. [NOT_BEFORE]         { A = SQL_LIKE_SIMILAR | PARSER_NEGATED; }
like(A) ::= GLOB. [LIKE]                                { A = SQL_LIKE_GLOB; }
like(A) ::= NOT_BEFORE GLOB. [NOT_BEFORE]               { A = SQL_LIKE_GLOB | PARSER_NEGATED; }

expr(A) ::= expr(L) ISNULL.                             { A = NODE(SQL_IS, AT(L), L); }
expr(A) ::= expr(L) NOTNULL.
  { A = FLAGS(SQL_NOT, NODE(SQL_IS, AT(L), L)); }
expr(A) ::= expr(L) IS is_what(W). [IS]
  { A = OP(W, NODE(SQL_IS, AT(L), L)); }
expr(A) ::= expr(L) IS NOT is_what(W). [IS]
  { A = FLAGS(SQL_NOT, OP(W, NODE(SQL_IS, AT(L), L))); }
%type is_what {uint16_t}
is_what(A) ::= NULL.                                    { A = SQL_IS_NULL; }
is_what(A) ::= TRUE.                                    { A = SQL_IS_TRUE; }
is_what(A) ::= FALSE.                                   { A = SQL_IS_FALSE; }
is_what(A) ::= UNKNOWN.                                 { A = SQL_IS_UNKNOWN; }
expr(A) ::= expr(L) IS DISTINCT FROM expr(R). [IS]
  { A = NODE(SQL_IS_DISTINCT, AT(L), L, R); }
expr(A) ::= expr(L) IS NOT DISTINCT FROM expr(R). [IS]
  { A = FLAGS(SQL_NOT, NODE(SQL_IS_DISTINCT, AT(L), L, R)); }

expr(A) ::= expr(L) BETWEEN symmetric(F) b_expr(B) AND expr(C). [BETWEEN]
  { A = FLAGS(F, NODE(SQL_BETWEEN, AT(L), L, B, C)); }
expr(A) ::= expr(L) NOT_BEFORE BETWEEN symmetric(F) b_expr(B) AND expr(C). [NOT_BEFORE]
  { A = FLAGS(F | SQL_NOT, NODE(SQL_BETWEEN, AT(L), L, B, C)); }
%type symmetric {uint32_t}
symmetric(A) ::= .                                      { A = 0; }
symmetric(A) ::= ASYMMETRIC.                            { A = 0; }
symmetric(A) ::= SYMMETRIC.                             { A = SQL_SYMMETRIC; }

expr(A) ::= expr(L) IN LP expr_list(R) RP. [IN]         { A = NODE(SQL_IN_LIST, AT(L), L, R); }
expr(A) ::= expr(L) NOT_BEFORE IN LP expr_list(R) RP. [NOT_BEFORE]
  { A = FLAGS(SQL_NOT, NODE(SQL_IN_LIST, AT(L), L, R)); }
expr(A) ::= expr(L) IN select_with_parens(R). [IN]      { A = NODE(SQL_IN_QUERY, AT(L), L, R); }
expr(A) ::= expr(L) NOT_BEFORE IN select_with_parens(R). [NOT_BEFORE]
  { A = FLAGS(SQL_NOT, NODE(SQL_IN_QUERY, AT(L), L, R)); }

expr(A) ::= expr(L) any_operator(T) quantifier(Q) select_with_parens(R). [OPERATOR]
  { A = parser_quantified(parser, &T, Q, L, R); }
expr(A) ::= expr(L) any_operator(T) quantifier(Q) LP expr(R) RP. [OPERATOR]
  { A = parser_quantified(parser, &T, Q, L, R); }
expr(A) ::= expr(L) like(K) quantifier(Q) select_with_parens(R). [LIKE]
  { A = parser_quantified_like(parser, K, Q, L, R); }
expr(A) ::= expr(L) like(K) quantifier(Q) LP expr(R) RP. [LIKE]
  { A = parser_quantified_like(parser, K, Q, L, R); }
%type quantifier {uint16_t}
quantifier(A) ::= ANY.                                  { A = SQL_ANY; }
quantifier(A) ::= SOME.                                 { A = SQL_ANY; }
quantifier(A) ::= ALL.                                  { A = SQL_ALL_OF; }

/* What may stand where AND or NOT NULL could follow. */
b_expr(A) ::= c_expr(A).
b_expr(A) ::= b_expr(L) TYPECAST type(R).               { A = NODE(SQL_CAST, AT(L), L, R); }
b_expr(A) ::= PLUS(T) b_expr(R). [UMINUS]
  { A = parser_operation(parser, &T, NULL, R); }
b_expr(A) ::= MINUS(T) b_expr(R). [UMINUS]
  { A = parser_operation(parser, &T, NULL, R); }
b_expr(A) ::= OPERATOR(T) b_expr(R).
  { A = parser_operation(parser, &T, NULL, R); }
b_expr(A) ::= b_expr(L) PLUS(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) MINUS(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) STAR(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) SLASH(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) PERCENT(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) CARET(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) LESS(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) GREATER(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) EQUAL(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) LESS_EQUAL(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) GREATER_EQUAL(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) NOT_EQUAL(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) OPERATOR(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) DIV b_expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "div"); }
b_expr(A) ::= b_expr(L) MOD b_expr(R).
  { A = node_with_text(NODE(SQL_BINARY, AT(L), L, R), "%"); }
b_expr(A) ::= b_expr(L) BIT_OR(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) BIT_AND(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) BIT_SHIFT(T) b_expr(R).
  { A = parser_operation(parser, &T, L, R); }
b_expr(A) ::= b_expr(L) IS DISTINCT FROM b_expr(R). [IS]
  { A = NODE(SQL_IS_DISTINCT, AT(L), L, R); }
b_expr(A) ::= b_expr(L) IS NOT DISTINCT FROM b_expr(R). [IS]
  { A = FLAGS(SQL_NOT, NODE(SQL_IS_DISTINCT, AT(L), L, R)); }

%type collation {struct token}
collation(A) ::= IDENT(A).
collation(A) ::= IDENT DOT IDENT(B).                   { A = B; }

/* What needs no parentheses anywhere. */
c_expr(A) ::= column(A).
c_expr(A) ::= literal(A).
c_expr(A) ::= PARAMETER(T).                             { A = parser_parameter(parser, &T); }
c_expr(A) ::= LP expr(B) RP.                            { A = B; }
c_expr(A) ::= LP expr(B) RP DOT(T) field(F).
  { A = parser_field(parser, B, &T, &F); }
c_expr(A) ::= c_expr(B) LBRACKET expr(I) RBRACKET.
  { A = NODE(SQL_SUBSCRIPT, AT(B), B, I, NULL); }
c_expr(A) ::= c_expr(B) LBRACKET optional_expr(L) COLON optional_expr(U) RBRACKET.
  { A = FLAGS(SQL_SLICE, NODE(SQL_SUBSCRIPT, AT(B), B, L, U)); }
c_expr(A) ::= select_with_parens(B). [UMINUS]           { A = NODE(SQL_SCALAR_QUERY, AT(B), B); }
c_expr(A) ::= EXISTS(T) select_with_parens(B).
  { A = parser_exists(parser, T.position, B); }
c_expr(A) ::= ARRAY(T) select_with_parens(B).
  { A = NODE(SQL_ARRAY_QUERY, T.position, B); }
c_expr(A) ::= ARRAY(T) array(B).                        { A = node_at(B, T.position); }
c_expr(A) ::= ROW(T) LP RP.
  { A = FLAGS(SQL_EXPLICIT, LEAF(SQL_ROW, T.position)); }
c_expr(A) ::= ROW(T) LP expr_list(B) RP.
  { A = parser_row(B, T.position, SQL_EXPLICIT); }
c_expr(A) ::= LP(T) expr_list(B) COMMA expr(C) RP.
  { A = parser_row(APPEND(B, C), T.position, 0); }
c_expr(A) ::= CASE(T) optional_expr(B) when_list(C) else(D) END.
  { A = NODE(SQL_CASE, T.position, B, C, D); }
c_expr(A) ::= CAST(T) LP expr(B) AS type(C) RP.         { A = NODE(SQL_CAST, T.position, B, C); }
c_expr(A) ::= call(A).
c_expr(A) ::= VARIABLE(V).                              { A = parser_variable_value(parser, &V); }

optional_expr(A) ::= .                                  { A = NULL; }
optional_expr(A) ::= expr(A).

array(A) ::= LBRACKET(T) RBRACKET.                      { A = LEAF(SQL_ARRAY, T.position); }
array(A) ::= LBRACKET(T) expr_list(B) RBRACKET.         { A = node_as(B, SQL_ARRAY, T.position); }
array(A) ::= LBRACKET(T) array_list(B) RBRACKET.        { A = node_as(B, SQL_ARRAY, T.position); }
array_list(A) ::= array(B).                             { A = LIST(B); }
array_list(A) ::= array_list(A) COMMA array(B).         { A = APPEND(A, B); }

when_list(A) ::= when(B).                               { A = LIST(B); }
when_list(A) ::= when_list(A) when(B).                  { A = APPEND(A, B); }
when(A) ::= WHEN(T) expr(B) THEN expr(C).               { A = NODE(SQL_WHEN, T.position, B, C); }
else(A) ::= .                                           { A = NULL; }
else(A) ::= ELSE expr(B).                               { A = B; }

column(A) ::= name(N).                                  { A = parser_column(parser, NULL, &N); }
column(A) ::= name(R) DOT IDENT(N).
  { A = parser_column(parser, NAME(R), &N); }
column(A) ::= name(S) DOT IDENT(R) DOT IDENT(N).
  { A = parser_column(parser, parser_qualified_name(parser, &S, &R), &N); }
column(A) ::= name(R) DOT STAR.
  { A = NODE(SQL_STAR, R.position, NAME(R)); }
column(A) ::= name(S) DOT IDENT(R) DOT STAR.
  { A = NODE(SQL_STAR, S.position, parser_qualified_name(parser, &S, &R)); }

literal(A) ::= NULL(T).                                 { A = LEAF(SQL_NULL, T.position); }
literal(A) ::= TRUE(T).
  { A = OP(1, LEAF(SQL_BOOLEAN, T.position)); }
literal(A) ::= FALSE(T).                                { A = LEAF(SQL_BOOLEAN, T.position); }
literal(A) ::= INTEGER(T).
  { A = parser_number(parser, SQL_INTEGER, &T); }
literal(A) ::= DECIMAL(T).
  { A = parser_number(parser, SQL_DECIMAL, &T); }
literal(A) ::= STRING(T).                               { A = STRING(T); }
literal(A) ::= BLOB(T).                                 { A = parser_blob(parser, &T); }
literal(A) ::= function_word(N) STRING(T).
  { A = parser_typed_literal(parser, parser_type(parser, &N, NULL), &T); }
literal(A) ::= keyword_type(B) STRING(T).
  { A = parser_typed_literal(parser, B, &T); }
literal(A) ::= interval_type(B) STRING(T).
  { A = parser_typed_literal(parser, B, &T); }
literal(A) ::= interval_type(B) STRING(T) interval_fields(F).
  { A = parser_interval(parser, B, &T, &F); }

/* MySQL's; a call, so that it is printed and translated like one. */
c_expr(A) ::= INTERVAL_OF(T) expr(B) IDENT(U).
  { A = parser_function(parser, T.position, "mysql_interval", LIST(B, parser_word(parser, &U))); }

/* --- calls --- */

call(A) ::= application(B) within(W) filter(F) over(O). { A = parser_finish_call(B, W, F, O); }
call(A) ::= value_function(A).

function_name(A) ::= function_word(N).                  { A = WORD(N); }
function_name(A) ::= GROUPING(N).                       { A = WORD(N); }
function_name(A) ::= name(S) DOT IDENT(N).
  { A = FOLD(parser_qualified_name(parser, &S, &N)); }

application(A) ::= function_name(N) LP RP.
  { A = parser_call(parser, N, NULL, NULL, 0); }
application(A) ::= function_name(N) LP STAR RP.
  { A = parser_call(parser, N, NULL, NULL, SQL_ALL_ROWS); }
application(A) ::= function_name(N) LP arguments(B) optional_order(O) RP.
  { A = parser_call(parser, N, B, O, 0); }
application(A) ::= function_name(N) LP arguments(B) optional_order(O) SEPARATOR(S) STRING(T) RP.
  { A = parser_call(parser, N, APPEND(B, parser_separator(parser, &S, &T)), O, 0); }
application(A) ::= function_name(N) LP DISTINCT arguments(B) optional_order(O) SEPARATOR(S) STRING(T) RP.
  { A = parser_call(parser, N, APPEND(B, parser_separator(parser, &S, &T)), O, SQL_DISTINCT); }
application(A) ::= function_name(N) LP ALL arguments(B) optional_order(O) RP.
  { A = parser_call(parser, N, B, O, 0); }
application(A) ::= function_name(N) LP DISTINCT arguments(B) optional_order(O) RP.
  { A = parser_call(parser, N, B, O, SQL_DISTINCT); }
application(A) ::= function_name(N) LP VARIADIC(T) expr(B) optional_order RP.
  { A = parser_call(parser, N, LIST(B), NULL, 0); REFUSE(T, "VARIADIC"); }
application(A) ::= function_name(N) LP arguments(B) COMMA VARIADIC(T) expr optional_order RP.
  { A = parser_call(parser, N, B, NULL, 0); REFUSE(T, "VARIADIC"); }
arguments(A) ::= argument(B).                           { A = LIST(B); }
arguments(A) ::= arguments(A) COMMA argument(B).        { A = APPEND(A, B); }
argument(A) ::= expr(A).
argument(A) ::= name(N) ARGUMENT_IS expr(B).
  { A = FOLD(parser_named(parser, NODE(SQL_ARGUMENT, N.position, B), &N)); }
optional_order(A) ::= .                                 { A = NULL; }
optional_order(A) ::= order_by(A).

within(A) ::= .                                         { A = NULL; }
within(A) ::= WITHIN GROUP LP order_by(B) RP.           { A = B; }
filter(A) ::= .                                         { A = NULL; }
filter(A) ::= FILTER LP WHERE expr(B) RP.               { A = B; }
over(A) ::= .                                           { A = NULL; }
over(A) ::= OVER window(B).                             { A = B; }
over(A) ::= OVER name(N).                               { A = NAME(N); }

window(A) ::= LP(T) window_body(B) RP.                  { A = node_at(B, T.position); }
window_body(A) ::= window_rest(A).
window_body(A) ::= name(N) window_rest(B).              { A = parser_named(parser, B, &N); }
window_rest(A) ::= window_order(A).
window_rest(A) ::= PARTITION BY expr_list(P) window_order(B).
  { A = node_set(B, WINDOW_PARTITION, P); }
window_order(A) ::= frame(F).
  { A = NODE(SQL_WINDOW, 0, NULL, NULL, F); }
window_order(A) ::= order_by(O) frame(F).               { A = NODE(SQL_WINDOW, 0, NULL, O, F); }
frame(A) ::= .                                          { A = NULL; }
frame(A) ::= frame_mode(M) frame_bound(S) exclusion(X).
  { A = parser_frame(parser, &M, S, NULL, X); }
frame(A) ::= frame_mode(M) BETWEEN frame_bound(S) AND frame_bound(E) exclusion(X).
  { A = parser_frame(parser, &M, S, E, X); }
frame_bound(A) ::= UNBOUNDED(T) PRECEDING.
  { A = OP(SQL_UNBOUNDED_PRECEDING, NODE(SQL_FRAME_BOUND, T.position, NULL)); }
frame_bound(A) ::= UNBOUNDED(T) FOLLOWING.
  { A = OP(SQL_UNBOUNDED_FOLLOWING, NODE(SQL_FRAME_BOUND, T.position, NULL)); }
frame_bound(A) ::= CURRENT(T) ROW.
  { A = OP(SQL_CURRENT_ROW, NODE(SQL_FRAME_BOUND, T.position, NULL)); }
frame_bound(A) ::= expr(B) PRECEDING.
  { A = OP(SQL_PRECEDING, NODE(SQL_FRAME_BOUND, AT(B), B)); }
frame_bound(A) ::= expr(B) FOLLOWING.
  { A = OP(SQL_FOLLOWING, NODE(SQL_FRAME_BOUND, AT(B), B)); }
%type exclusion {uint32_t}
exclusion(A) ::= .                                      { A = 0; }
exclusion(A) ::= EXCLUDE CURRENT ROW.                   { A = SQL_EXCLUDE_CURRENT_ROW; }
exclusion(A) ::= EXCLUDE GROUP.                         { A = SQL_EXCLUDE_GROUP; }
exclusion(A) ::= EXCLUDE TIES.                          { A = SQL_EXCLUDE_TIES; }
exclusion(A) ::= EXCLUDE NO OTHERS.                     { A = 0; }

/* Functions with a syntax of their own become calls of what PostgreSQL calls for them. */
value_function(A) ::= VALUE_FUNCTION(T).
  { A = parser_call(parser, WORD(T), NULL, NULL, 0); }
value_function(A) ::= CURRENT_SCHEMA(T).
  { A = parser_call(parser, WORD(T), NULL, NULL, 0); }
value_function(A) ::= CURRENT_SCHEMA(T) LP RP.
  { A = parser_call(parser, WORD(T), NULL, NULL, 0); }
value_function(A) ::= TIME_FUNCTION(T).
  { A = parser_call(parser, WORD(T), NULL, NULL, 0); }
value_function(A) ::= TIME_FUNCTION(T) LP RP.
  { A = parser_call(parser, WORD(T), NULL, NULL, 0); parser_only_mysql(parser, &T, "a call without arguments"); }
value_function(A) ::= TIME_FUNCTION(T) LP INTEGER(N) RP.
  { A = parser_call(parser, WORD(T), LIST(parser_number(parser, SQL_INTEGER, &N)), NULL, 0); }
call(A) ::= EXTRACT(T) LP extract_field(F) FROM expr(B) RP.
  { A = parser_function(parser, T.position, "extract", LIST(F, B)); }
extract_field(A) ::= IDENT(T).                          { A = parser_word(parser, &T); }
extract_field(A) ::= STRING(T).                         { A = STRING(T); }
call(A) ::= POSITION(T) LP b_expr(B) IN b_expr(C) RP.
  { A = parser_function(parser, T.position, "position", LIST(C, B)); }
call(A) ::= OVERLAY(T) LP expr(B) PLACING expr(C) FROM expr(D) RP.
  { A = parser_function(parser, T.position, "overlay", LIST(B, C, D)); }
call(A) ::= OVERLAY(T) LP expr(B) PLACING expr(C) FROM expr(D) FOR expr(E) RP.
  { A = parser_function(parser, T.position, "overlay", LIST(B, C, D, E)); }
call(A) ::= OVERLAY(T) LP expr_list(B) RP.
  { A = parser_function(parser, T.position, "overlay", B); }
call(A) ::= SUBSTRING(T) LP expr_list(B) RP.
  { A = parser_function(parser, T.position, "substring", B); }
call(A) ::= SUBSTRING(T) LP expr(B) FROM expr(C) RP.
  { A = parser_function(parser, T.position, "substring", LIST(B, C)); }
call(A) ::= SUBSTRING(T) LP expr(B) FROM expr(C) FOR expr(D) RP.
  { A = parser_function(parser, T.position, "substring", LIST(B, C, D)); }
call(A) ::= SUBSTRING(T) LP expr(B) FOR expr(D) FROM expr(C) RP.
  { A = parser_function(parser, T.position, "substring", LIST(B, C, D)); }
call(A) ::= SUBSTRING(T) LP expr(B) FOR expr(D) RP.
  { A = parser_function(parser, T.position, "substring",
                        LIST(B, node_with_text(LEAF(SQL_INTEGER, T.position), "1"), D)); }
call(A) ::= SUBSTRING(T) LP expr(B) SIMILAR expr(C) ESCAPE expr(D) RP.
  { A = parser_function(parser, T.position, "substring", LIST(B, C, D)); }
call(A) ::= TRIM(T) LP trim_arguments(B) RP.
  { A = parser_function(parser, T.position, "btrim", B); }
call(A) ::= TRIM(T) LP BOTH trim_arguments(B) RP.
  { A = parser_function(parser, T.position, "btrim", B); }
call(A) ::= TRIM(T) LP LEADING trim_arguments(B) RP.
  { A = parser_function(parser, T.position, "ltrim", B); }
call(A) ::= TRIM(T) LP TRAILING trim_arguments(B) RP.
  { A = parser_function(parser, T.position, "rtrim", B); }
trim_arguments(A) ::= expr_list(A).
trim_arguments(A) ::= FROM expr_list(B).                { A = B; }
trim_arguments(A) ::= expr(B) FROM expr_list(C).        { A = APPEND(C, B); }

/* --- writes --- */

insert(A) ::= optional_with(W) INSERT(T) INTO insert_target(R) insert_source(B) on_conflict(C)
              returning(X).
  { A = parser_insert(B, W, T.position, R, C, X); }
insert(A) ::= optional_with(W) INSERT(T) insert_or(O) INTO insert_target(R) insert_source(B)
              returning(X).
  { A = OP(O, parser_insert(B, W, T.position, R, NULL, X));
    parser_not_postgres(parser, &T, "INSERT OR"); }
insert(A) ::= optional_with(W) INSERT(T) IGNORE INTO insert_target(R) insert_source(B).
  { A = parser_insert(B, W, T.position, R, CONFLICT(SQL_DO_NOTHING, T, NULL, NULL, NULL, NULL), NULL);
    parser_only_mysql(parser, &T, "INSERT IGNORE"); }
insert(A) ::= REPLACE(T) INTO insert_target(R) insert_source(B).
  { A = OP(SQL_INSERT_REPLACE, parser_insert(B, NULL, T.position, R, NULL, NULL));
    parser_not_postgres(parser, &T, "REPLACE"); }
%type insert_or {uint16_t}
insert_or(A) ::= OR REPLACE.                            { A = SQL_INSERT_REPLACE; }
insert_or(A) ::= OR IGNORE.                             { A = SQL_INSERT_IGNORE; }

insert_target(A) ::= qualified_name(B).
  { A = RELATION(B); }
insert_target(A) ::= qualified_name(B) AS as_label(N).
  { A = ALIASED(B, N); }
insert_source(A) ::= query(B).
  { A = NODE(SQL_INSERT, 0, NULL, NULL, NULL, B, NULL, NULL); }
insert_source(A) ::= LP name_list(C) RP query(B).
  { A = NODE(SQL_INSERT, 0, NULL, NULL, C, B, NULL, NULL); }
insert_source(A) ::= LP name_list(C) RP overriding(O) query(B).
  { A = FLAGS(O, NODE(SQL_INSERT, 0, NULL, NULL, C, B, NULL, NULL)); }
insert_source(A) ::= overriding(O) query(B).
  { A = FLAGS(O, NODE(SQL_INSERT, 0, NULL, NULL, NULL, B, NULL, NULL)); }
%type overriding {uint32_t}
overriding(A) ::= IDENT(T) IDENT(B) IDENT(C).           { A = parser_overriding(parser, &T, &B, &C); }
overriding(A) ::= IDENT(T) VALUE_FUNCTION(B) IDENT(C).  { A = parser_overriding(parser, &T, &B, &C); }
insert_source(A) ::= DEFAULT VALUES.
  { A = NODE(SQL_INSERT, 0, NULL, NULL, NULL, NULL, NULL, NULL); }
insert_source(A) ::= SET(T) assignments(S).
  { A = parser_insert_set(parser, T.position, S); parser_only_mysql(parser, &T, "INSERT … SET"); }
insert_source(A) ::= VALUES(T) LP RP.
  { A = NODE(SQL_INSERT, 0, NULL, NULL, NULL, NULL, NULL, NULL);
    parser_only_mysql(parser, &T, "VALUES ()"); }
insert_source(A) ::= LP(T) RP VALUES LP RP.
  { A = NODE(SQL_INSERT, 0, NULL, NULL, NULL, NULL, NULL, NULL);
    parser_only_mysql(parser, &T, "() VALUES ()"); }

on_conflict(A) ::= .                                    { A = NULL; }
on_conflict(A) ::= ON(T) CONFLICT DO NOTHING.
  { A = CONFLICT(SQL_DO_NOTHING, T, NULL, NULL, NULL, NULL); }
on_conflict(A) ::= ON(T) CONFLICT DO UPDATE SET assignments(S) where(V).
  { A = CONFLICT(SQL_DO_UPDATE, T, NULL, NULL, S, V); }
on_conflict(A) ::= ON(T) CONFLICT LP index_items(B) RP where(W) DO NOTHING.
  { A = CONFLICT(SQL_DO_NOTHING, T, parser_conflict_target(parser, B), W, NULL, NULL); }
on_conflict(A) ::= ON(T) CONFLICT LP index_items(B) RP where(W) DO UPDATE SET assignments(S)
                   where(V).
  { A = CONFLICT(SQL_DO_UPDATE, T, parser_conflict_target(parser, B), W, S, V); }
on_conflict(A) ::= ON(T) CONFLICT ON CONSTRAINT name(N) DO NOTHING.
  { A = parser_named(parser, CONFLICT(SQL_DO_NOTHING, T, NULL, NULL, NULL, NULL), &N); }
on_conflict(A) ::= ON(T) CONFLICT ON CONSTRAINT name(N) DO UPDATE SET assignments(S) where(V).
  { A = parser_named(parser, CONFLICT(SQL_DO_UPDATE, T, NULL, NULL, S, V), &N); }
on_conflict(A) ::= ON(T) DUPLICATE KEY UPDATE assignments(S).
  { A = FLAGS(SQL_ANY_KEY, CONFLICT(SQL_DO_UPDATE, T, NULL, NULL, S, NULL));
    parser_only_mysql(parser, &T, "ON DUPLICATE KEY UPDATE"); }

on_conflict(A) ::= AS_ROW(T) as_label(N) ON DUPLICATE KEY UPDATE assignments(S).
  { A = FLAGS(SQL_ANY_KEY, CONFLICT(SQL_DO_UPDATE, T, NULL, NULL, parser_row_alias(parser, &N, S), NULL));
    parser_only_mysql(parser, &T, "an alias of the row"); }

returning(A) ::= .                                      { A = NULL; }
returning(A) ::= RETURNING results(B).                  { A = B; }

update(A) ::= optional_with(W) UPDATE(T) qualified_name(R) update_rest(B).
  { A = parser_update(B, W, T.position, RELATION(R)); }
update(A) ::= optional_with(W) UPDATE(T) qualified_name(R) name(N) update_rest(B).
  { A = parser_update(B, W, T.position, ALIASED(R, N)); }
update(A) ::= optional_with(W) UPDATE(T) qualified_name(R) AS as_label(N) update_rest(B).
  { A = parser_update(B, W, T.position, ALIASED(R, N)); }
update(A) ::= optional_with(W) UPDATE(T) qualified_name(R) update_list(J) assignments(S) where(B).
  { A = parser_update_join(parser, W, T.position, RELATION(R), J, S, B); }
update(A) ::= optional_with(W) UPDATE(T) qualified_name(R) name(N) update_list(J) assignments(S) where(B).
  { A = parser_update_join(parser, W, T.position, ALIASED(R, N), J, S, B); }
update(A) ::= optional_with(W) UPDATE(T) qualified_name(R) AS as_label(N) update_list(J) assignments(S) where(B).
  { A = parser_update_join(parser, W, T.position, ALIASED(R, N), J, S, B); }
/* A list of joins without their left sides. SET is no alias of a table that ends it. */
update_list(A) ::= update_joins(A) SET.
update_list(A) ::= COMMA(P) qualified_name(B) SET.
  { A = LIST(parser_update_table(parser, &P, RELATION(B))); }
update_list(A) ::= update_joins(L) COMMA(P) qualified_name(B) SET.
  { A = APPEND(L, parser_update_table(parser, &P, RELATION(B))); }
update_list(A) ::= update_tables(L) COMMA(P) qualified_name(B) SET.
  { A = APPEND(L, parser_update_table(parser, &P, RELATION(B))); }
/* These end with a table without an alias. */
update_tables(A) ::= COMMA(P) qualified_name(B).        { A = LIST(parser_update_table(parser, &P, RELATION(B))); }
update_tables(A) ::= update_joins(L) COMMA(P) qualified_name(B).
  { A = APPEND(L, parser_update_table(parser, &P, RELATION(B))); }
update_tables(A) ::= update_tables(A) COMMA(P) qualified_name(B).
  { A = APPEND(A, parser_update_table(parser, &P, RELATION(B))); }
update_joins(A) ::= update_join(B).                     { A = LIST(B); }
update_joins(A) ::= update_joins(A) update_join(B).     { A = APPEND(A, B); }
update_joins(A) ::= update_tables(A) update_join(B).    { A = APPEND(A, B); }
update_join(A) ::= join_type(T) update_relation(R) ON(P) expr(C).
  { A = OP(T, NODE(SQL_JOIN, P.position, NULL, R, C, NULL)); parser_only_mysql(parser, &P, "UPDATE … JOIN"); }
update_join(A) ::= join_type(T) update_relation(R) USING(P) LP name_list(C) RP.
  { A = OP(T, NODE(SQL_JOIN, P.position, NULL, R, NULL, C)); parser_only_mysql(parser, &P, "UPDATE … JOIN"); }
update_join(A) ::= CROSS(P) JOIN update_relation(R).
  { A = OP(SQL_CROSS, NODE(SQL_JOIN, P.position, NULL, R, NULL, NULL)); parser_only_mysql(parser, &P, "UPDATE … JOIN"); }
update_join(A) ::= COMMA(P) qualified_name(B) alias(C).
  { A = parser_update_table(parser, &P, REFERENCE(SQL_TABLE_REFERENCE, AT(B), B, C)); }
update_join(A) ::= COMMA(P) select_with_parens(B) alias(C).
  { A = parser_update_table(parser, &P, REFERENCE(SQL_SUBQUERY_REFERENCE, AT(B), B, C)); }
update_join(A) ::= COMMA(P) LATERAL select_with_parens(B) alias(C).
  { A = parser_update_table(parser, &P, FLAGS(SQL_LATERAL, REFERENCE(SQL_SUBQUERY_REFERENCE, AT(B), B, C))); }
update_relation(A) ::= qualified_name(B).               { A = RELATION(B); }
update_relation(A) ::= qualified_name(B) alias(C).      { A = REFERENCE(SQL_TABLE_REFERENCE, AT(B), B, C); }
update_relation(A) ::= select_with_parens(B) alias(C).  { A = REFERENCE(SQL_SUBQUERY_REFERENCE, AT(B), B, C); }
update_rest(A) ::= SET assignments(S) from(F) where(B) returning(X).
  { A = NODE(SQL_UPDATE, 0, NULL, NULL, S, F, B, X); }
update_rest(A) ::= SET assignments(S) from(F) where(B) write_order(O).
  { A = NODE(SQL_UPDATE, 0, NULL, NULL, S, parser_write_rows(parser, O, F, B), NULL, NULL); }
/* Of the rows to be written: a SQL_QUERY without a body. */
write_order(A) ::= order_by(O).
  { A = NODE(SQL_QUERY, AT(O), NULL, NULL, O); }
write_order(A) ::= order_by(O) LIMIT expr(L).
  { A = NODE(SQL_QUERY, AT(O), NULL, NULL, O, L); }
write_order(A) ::= LIMIT(T) expr(L).
  { A = NODE(SQL_QUERY, T.position, NULL, NULL, NULL, L); }

assignments(A) ::= assignment(B).                       { A = LIST(B); }
assignments(A) ::= assignments(A) COMMA assignment(B).  { A = APPEND(A, B); }
assignment(A) ::= name(N) EQUAL expr(B).
  { A = NODE(SQL_ASSIGN, N.position, LIST(NAME(N)), B); }
assignment(A) ::= name(R) DOT IDENT(N) EQUAL expr(B).
  { A = NODE(SQL_ASSIGN, R.position, LIST(parser_qualified_name(parser, &R, &N)), B);
    parser_only_mysql(parser, &R, "a qualified column in SET"); }
assignment(A) ::= name(N) LBRACKET(T) optional_expr RBRACKET EQUAL expr(B).
  { A = NODE(SQL_ASSIGN, N.position, NULL, B); REFUSE(T, "assignment to an array element"); }
assignment(A) ::= LP(T) name_list(C) RP EQUAL expr(B).
  { A = NODE(SQL_ASSIGN, T.position, C, parser_row_source(C, B)); }

delete(A) ::= optional_with(W) DELETE(T) FROM qualified_name(R) delete_rest(B).
  { A = parser_delete(B, W, T.position, RELATION(R)); }
delete(A) ::= optional_with(W) DELETE(T) FROM qualified_name(R) name(N) delete_rest(B).
  { A = parser_delete(B, W, T.position, ALIASED(R, N)); }
delete(A) ::= optional_with(W) DELETE(T) FROM qualified_name(R) AS as_label(N) delete_rest(B).
  { A = parser_delete(B, W, T.position, ALIASED(R, N)); }
delete(A) ::= optional_with(W) DELETE_BEFORE_NAME(T) qualified_name(R) FROM from_list(F) where(B).
  { A = parser_delete(NODE(SQL_DELETE, 0, NULL, NULL, F, B, NULL), W, T.position, RELATION(R));
    parser_only_mysql(parser, &T, "DELETE t FROM"); }
delete(A) ::= optional_with(W) DELETE_BEFORE_NAME(T) qualified_name(R) COMMA qualified_names(L) FROM from_list(F) where(B).
  { A = parser_delete_several(parser, W, &T, R, L, F, B); }
delete(A) ::= optional_with(W) DELETE(T) FROM qualified_name(R) COMMA qualified_names(L) USING from_list(F) where(B).
  { A = parser_delete_several(parser, W, &T, R, L, F, B); }
delete_rest(A) ::= where(B) returning(X).
  { A = NODE(SQL_DELETE, 0, NULL, NULL, NULL, B, X); }
delete_rest(A) ::= where(B) write_order(O) returning(X).
  { A = NODE(SQL_DELETE, 0, NULL, NULL, parser_write_rows(parser, O, NULL, B), NULL, X); }
delete_rest(A) ::= USING from_list(F) where(B) returning(X).
  { A = NODE(SQL_DELETE, 0, NULL, NULL, F, B, X); }

merge(A) ::= optional_with(W) MERGE(T) INTO qualified_name(R) merge_rest(B).
  { A = parser_merge(B, W, T.position, RELATION(R)); }
merge(A) ::= optional_with(W) MERGE(T) INTO qualified_name(R) name(N) merge_rest(B).
  { A = parser_merge(B, W, T.position, ALIASED(R, N)); }
merge(A) ::= optional_with(W) MERGE(T) INTO qualified_name(R) AS as_label(N) merge_rest(B).
  { A = parser_merge(B, W, T.position, ALIASED(R, N)); }
merge_rest(A) ::= USING relation(S) ON expr(C) merge_clauses(B) returning(X).
  { A = NODE(SQL_MERGE, 0, NULL, NULL, S, C, B, X); }
merge_clauses(A) ::= merge_clause(B).                   { A = LIST(B); }
merge_clauses(A) ::= merge_clauses(A) merge_clause(B).  { A = APPEND(A, B); }
merge_clause(A) ::= WHEN(T) MATCHED merge_condition(C) THEN merge_change(B).
  { A = OP(SQL_MATCHED, NODE(SQL_MERGE_CLAUSE, T.position, C, B, NULL)); }
merge_clause(A) ::= WHEN(T) NOT MATCHED merge_condition(C) THEN merge_insert(B).
  { A = OP(SQL_NOT_MATCHED, NODE(SQL_MERGE_CLAUSE, T.position, C, B, NULL)); }
merge_clause(A) ::= WHEN(T) NOT MATCHED BY TARGET merge_condition(C) THEN merge_insert(B).
  { A = OP(SQL_NOT_MATCHED, NODE(SQL_MERGE_CLAUSE, T.position, C, B, NULL)); }
merge_clause(A) ::= WHEN(T) NOT MATCHED BY SOURCE merge_condition(C) THEN merge_change(B).
  { A = OP(SQL_NOT_MATCHED_BY_SOURCE, NODE(SQL_MERGE_CLAUSE, T.position, C, B, NULL)); }
merge_condition(A) ::= .                                { A = NULL; }
merge_condition(A) ::= AND expr(B).                     { A = B; }
merge_change(A) ::= UPDATE(T) SET assignments(S).
  { A = NODE(SQL_UPDATE, T.position, NULL, NULL, S, NULL, NULL, NULL); }
merge_change(A) ::= DELETE(T).
  { A = NODE(SQL_DELETE, T.position, NULL, NULL, NULL, NULL, NULL); }
merge_change(A) ::= DO NOTHING.                         { A = NULL; }
merge_insert(A) ::= INSERT(T) merge_values(B).
  { A = NODE(SQL_INSERT, T.position, NULL, NULL, NULL, B, NULL, NULL); }
merge_insert(A) ::= INSERT(T) LP name_list(C) RP merge_values(B).
  { A = NODE(SQL_INSERT, T.position, NULL, NULL, C, B, NULL, NULL); }
merge_insert(A) ::= INSERT(T) overriding(O) merge_values(B).
  { A = FLAGS(O, NODE(SQL_INSERT, T.position, NULL, NULL, NULL, B, NULL, NULL)); }
merge_insert(A) ::= INSERT(T) LP name_list(C) RP overriding(O) merge_values(B).
  { A = FLAGS(O, NODE(SQL_INSERT, T.position, NULL, NULL, C, B, NULL, NULL)); }
merge_insert(A) ::= INSERT(T) DEFAULT VALUES.
  { A = NODE(SQL_INSERT, T.position, NULL, NULL, NULL, NULL, NULL, NULL); }
merge_insert(A) ::= DO NOTHING.                         { A = NULL; }
merge_values(A) ::= VALUES(T) plain_row(B).
  { A = parser_query(parser, NULL, NODE(SQL_VALUES, T.position, B), NULL, NULL); }

truncate(A) ::= TRUNCATE(T) qualified_names(B) identity(I) behavior(D).
  { A = FLAGS(I | D, NODE(SQL_TRUNCATE, T.position, B)); }
truncate(A) ::= TRUNCATE(T) TABLE qualified_names(B) identity(I) behavior(D).
  { A = FLAGS(I | D, NODE(SQL_TRUNCATE, T.position, B)); }
%type identity {uint32_t}
identity(A) ::= .
  { A = parser->scanner.dialect == SQL_DIALECT_MYSQL ? SQL_RESTART_IDENTITY : 0; }
identity(A) ::= RESTART IDENTITY.                       { A = SQL_RESTART_IDENTITY; }
identity(A) ::= CONTINUE IDENTITY.                      { A = 0; }
%type behavior {uint32_t}
behavior(A) ::= .                                       { A = 0; }
behavior(A) ::= CASCADE.                                { A = SQL_CASCADE; }
behavior(A) ::= RESTRICT.                               { A = SQL_RESTRICT; }

/* --- definitions --- */

%type create_what {uint32_t}
create_what(A) ::= CREATE.                              { A = 0; }
create_what(A) ::= CREATE OR REPLACE.                   { A = SQL_OR_REPLACE; }
create_what(A) ::= CREATE TEMPORARY.                    { A = SQL_TEMPORARY; }
create_what(A) ::= CREATE OR REPLACE TEMPORARY.         { A = SQL_OR_REPLACE | SQL_TEMPORARY; }
%type if_not_exists {uint32_t}
if_not_exists(A) ::= .                                  { A = 0; }
if_not_exists(A) ::= IF NOT EXISTS.                     { A = SQL_IF_NOT_EXISTS; }
%type if_exists {uint32_t}
if_exists(A) ::= .                                      { A = 0; }
if_exists(A) ::= IF EXISTS.                             { A = SQL_IF_EXISTS; }
%type with_data {uint32_t}
with_data(A) ::= .                                      { A = 0; }
with_data(A) ::= WITH DATA.                             { A = 0; }
with_data(A) ::= WITH NO DATA.                          { A = SQL_NO_DATA; }

create_table(A) ::= create_what(F) TABLE(T) if_not_exists(E) qualified_name(N)
                    LP table_elements(B) RP table_options(O).
  { A = parser_create_table(parser, &T, F | E, N, parser_with_options(parser, B, O), NULL); }
create_table(A) ::= create_what(F) TABLE(T) if_not_exists(E) qualified_name(N) LIKE(W) qualified_name(B).
  { A = parser_create_table(parser, &T, F | E, N, LIST(OP(SQL_LIKE_ALL, NODE(SQL_TABLE_LIKE, W.position, B))), NULL);
    parser_only_mysql(parser, &W, "CREATE TABLE … LIKE without parentheses"); }
create_table(A) ::= create_what(F) TABLE(T) if_not_exists(E) qualified_name(N)
                    AS query(B) with_data(D).
  { A = parser_create_table(parser, &T, F | E | D, N, NULL, B); }
create_table(A) ::= create_what(F) TABLE(T) if_not_exists(E) qualified_name(N)
                    LP name_list(C) RP AS query(B) with_data.
  { A = parser_create_table(parser, &T, F | E, N, NULL, B);
    parser_refuse_at(parser, AT(C), "column names in CREATE TABLE … AS"); }

/* MySQL's. */
table_options(A) ::= .                                  { A = NULL; }
table_options(A) ::= table_options(B) table_option(C).  { A = parser_with_option(parser, B, C); }
table_options(A) ::= table_options(B) COMMA table_option(C). { A = parser_with_option(parser, B, C); }
/* What the table is called for people, and its next number; other options leave nothing. */
table_option(A) ::= option_word(N) optional_equal option_given(V).
  { A = NULL; parser_table_option(parser, &N, &V); }
table_option(A) ::= DEFAULT option_word(N) optional_equal option_given(V).
  { A = NULL; parser_table_option(parser, &N, &V); }
table_option(A) ::= AUTO_INCREMENT(T) optional_equal INTEGER(N).
  { A = parser_next_number(parser, &T, &N); }
%type option_word {struct token}
option_word(A) ::= TABLE_OPTION(A).
option_word(A) ::= COLLATE(A).
option_word(A) ::= CHARACTER(T) SET.                    { A = T; }
%type option_given {struct token}
option_given(A) ::= IDENT(A).
option_given(A) ::= INTEGER(A).
option_given(A) ::= STRING(A).
option_given(A) ::= DEFAULT(A).
optional_equal ::= .
optional_equal ::= EQUAL.
table_option(A) ::= COMMENT(T) EQUAL STRING(S).         { A = parser_own_comment(parser, &T, SQL_OBJECT_TABLE, &S); }
table_option(A) ::= COMMENT(T) STRING(S).               { A = parser_own_comment(parser, &T, SQL_OBJECT_TABLE, &S); }

table_elements(A) ::= .                                 { A = LEAF(SQL_LIST, 0); }
table_elements(A) ::= table_element_list(A).
table_element_list(A) ::= table_element(B).             { A = LIST(B); }
table_element_list(A) ::= table_element_list(A) COMMA table_element(B). { A = APPEND(A, B); }
table_element(A) ::= column_definition(A).
table_element(A) ::= table_constraint(A).
table_element(A) ::= own_index(A).
table_element(A) ::= LIKE(T) qualified_name(B).
  { A = NODE(SQL_TABLE_LIKE, T.position, B); }
table_element(A) ::= LIKE(T) qualified_name(B) like_options(O).
  { A = OP(O, NODE(SQL_TABLE_LIKE, T.position, B)); }
/* None of these words is a keyword. */
%type like_options {uint16_t}
like_options(A) ::= like_option(B).                     { A = parser_like_options(0, B); }
like_options(A) ::= like_options(O) like_option(B).     { A = parser_like_options(O, B); }
%type like_option {int32_t}
like_option(A) ::= IDENT(W) name(N).                    { A = parser_like_option(parser, &W, &N); }
like_option(A) ::= IDENT(W) ALL(N).                     { A = parser_like_option(parser, &W, &N); }

column_definition(A) ::= name(N) type(T).
  { A = parser_named(parser, NODE(SQL_COLUMN_DEFINITION, N.position, T, NULL), &N); }
column_definition(A) ::= name(N) type(T) column_constraints(C).
  { A = parser_named(parser, NODE(SQL_COLUMN_DEFINITION, N.position, T, C), &N); }
column_constraints(A) ::= column_constraint(B).         { A = LIST(B); }
column_constraints(A) ::= column_constraints(A) column_constraint(B). { A = APPEND(A, B); }
column_constraint(A) ::= column_constraint_element(A).
column_constraint(A) ::= CONSTRAINT(T) name(N) column_constraint_element(B).
  { A = node_at(parser_named(parser, B, &N), T.position); }

column_constraint_element(A) ::= NOT(T) NULL.
  { A = CONSTRAINT(SQL_NOT_NULL, T.position, NULL, NULL, NULL); }
column_constraint_element(A) ::= NULL(T).
  { A = CONSTRAINT(SQL_NULLABLE, T.position, NULL, NULL, NULL); }
column_constraint_element(A) ::= UNIQUE(T).
  { A = CONSTRAINT(SQL_UNIQUE_KEY, T.position, NULL, NULL, NULL); }
column_constraint_element(A) ::= UNIQUE(T) KEY.
  { A = CONSTRAINT(SQL_UNIQUE_KEY, T.position, NULL, NULL, NULL); parser_only_mysql(parser, &T, "UNIQUE KEY"); }
/* MySQL's: what its words mean for the type, and a SQL_COMMENT. */
column_constraint_element(A) ::= IDENT(T).              { A = parser_column_word(parser, &T); }
column_constraint_element(A) ::= CHARACTER(T) SET IDENT(V). { A = parser_column_charset(parser, &T, &V); }
column_constraint_element(A) ::= COMMENT(T) STRING(S).  { A = parser_own_comment(parser, &T, SQL_OBJECT_COLUMN, &S); }
column_constraint_element(A) ::= PRIMARY(T) KEY.
  { A = CONSTRAINT(SQL_PRIMARY_KEY, T.position, NULL, NULL, NULL); }
column_constraint_element(A) ::= CHECK(T) LP expr(B) RP.
  { A = CONSTRAINT(SQL_CHECK, T.position, NULL, B, NULL); }
column_constraint_element(A) ::= DEFAULT(T) b_expr(B).
  { A = CONSTRAINT(SQL_DEFAULT_VALUE, T.position, NULL, B, NULL); }
column_constraint_element(A) ::= GENERATED(T) ALWAYS AS LP expr(B) RP STORED.
  { A = CONSTRAINT(SQL_GENERATED_STORED, T.position, NULL, B, NULL); }
// The value is the same; it is stored all the same, so that views and indexes find it.
column_constraint_element(A) ::= GENERATED(T) ALWAYS AS LP expr(B) RP VIRTUAL.
  { A = CONSTRAINT(SQL_GENERATED_STORED, T.position, NULL, B, NULL); }
column_constraint_element(A) ::= GENERATED(T) ALWAYS AS IDENTITY identity_options(O).
  { A = CONSTRAINT(SQL_IDENTITY_ALWAYS, T.position, NULL, O, NULL); }
column_constraint_element(A) ::= GENERATED(T) BY DEFAULT AS IDENTITY identity_options(O).
  { A = CONSTRAINT(SQL_IDENTITY_BY_DEFAULT, T.position, NULL, O, NULL); }
identity_options(A) ::= .                               { A = NULL; }
identity_options(A) ::= LP identity_words(B) RP.        { A = parser_identity_options(parser, B); }
identity_words(A) ::= identity_word(B).                 { A = LIST(B); }
identity_words(A) ::= identity_words(A) identity_word(B). { A = APPEND(A, B); }
identity_word(A) ::= name(N).                           { A = WORD(N); }
identity_word(A) ::= WITH(N).                           { A = WORD(N); }
identity_word(A) ::= MINUS(N).                          { A = NAME(N); }
identity_word(A) ::= DOT(N).                            { A = NAME(N); }
identity_word(A) ::= INTEGER(N).                        { A = parser_number(parser, SQL_INTEGER, &N); }
column_constraint_element(A) ::= AUTO_INCREMENT(T).
  { A = CONSTRAINT(SQL_IDENTITY_BY_DEFAULT, T.position, NULL, NULL, NULL); }
column_constraint_element(A) ::= ON_BEFORE_NOW(T) UPDATE value_function(F).
  { A = CONSTRAINT(SQL_ON_UPDATE, T.position, NULL, F, NULL); }
column_constraint_element(A) ::= ON_BEFORE_NOW(T) UPDATE application(F).
  { A = CONSTRAINT(SQL_ON_UPDATE, T.position, NULL, F, NULL); }
column_constraint_element(A) ::= references(R).
  { A = CONSTRAINT(SQL_FOREIGN_KEY, AT(R), NULL, NULL, R); }
column_constraint_element(A) ::= COLLATE(T) collation(N).
  { A = CONSTRAINT(SQL_COLLATION, T.position, NULL, WORD(N), NULL); }

table_constraint(A) ::= table_constraint_element(A).
table_constraint(A) ::= CONSTRAINT(T) name(N) table_constraint_element(B).
  { A = node_at(parser_named(parser, B, &N), T.position); }
table_constraint_element(A) ::= UNIQUE(T) LP name_list(C) RP.
  { A = CONSTRAINT(SQL_UNIQUE_KEY, T.position, C, NULL, NULL); }
table_constraint_element(A) ::= UNIQUE(T) unique_index name(N) index_type LP name_list(C) RP index_type.
  { A = parser_named(parser, CONSTRAINT(SQL_UNIQUE_KEY, T.position, C, NULL, NULL), &N);
    parser_only_mysql(parser, &T, "UNIQUE KEY"); }
table_constraint_element(A) ::= UNIQUE(T) name(N) index_type LP name_list(C) RP index_type.
  { A = parser_named(parser, CONSTRAINT(SQL_UNIQUE_KEY, T.position, C, NULL, NULL), &N);
    parser_only_mysql(parser, &T, "UNIQUE with a name"); }
table_constraint_element(A) ::= UNIQUE(T) unique_index LP name_list(C) RP index_type.
  { A = CONSTRAINT(SQL_UNIQUE_KEY, T.position, C, NULL, NULL);
    parser_only_mysql(parser, &T, "UNIQUE KEY"); }
unique_index ::= KEY.
unique_index ::= INDEX.
index_type ::= .
index_type ::= USING(T) name.                           { parser_only_mysql(parser, &T, "the type of a key"); }
/* An index among the columns is made when the table is there. */
own_index(A) ::= INDEX_OF(T) index_type LP index_items(C) RP index_type.
  { A = NODE(SQL_CREATE_INDEX, T.position, NULL, NULL, C, NULL, NULL); }
own_index(A) ::= INDEX_OF(T) name(N) index_type LP index_items(C) RP index_type.
  { A = NODE(SQL_CREATE_INDEX, T.position, NAME(N), NULL, C, NULL, NULL); }
table_constraint_element(A) ::= PRIMARY(T) KEY LP name_list(C) RP index_type.
  { A = CONSTRAINT(SQL_PRIMARY_KEY, T.position, C, NULL, NULL); }
table_constraint_element(A) ::= CHECK(T) LP expr(B) RP.
  { A = CONSTRAINT(SQL_CHECK, T.position, NULL, B, NULL); }
table_constraint_element(A) ::= FOREIGN(T) KEY name(N) LP name_list(C) RP references(R).
  { A = parser_named(parser, CONSTRAINT(SQL_FOREIGN_KEY, T.position, C, NULL, R), &N);
    parser_only_mysql(parser, &T, "FOREIGN KEY with a name"); }
table_constraint_element(A) ::= FOREIGN(T) KEY LP name_list(C) RP references(R).
  { A = CONSTRAINT(SQL_FOREIGN_KEY, T.position, C, NULL, R); }

references(A) ::= REFERENCES(T) qualified_name(B) optional_names(C) foreign_actions(F).
  { A = OP(F, NODE(SQL_REFERENCES, T.position, B, C)); }
%type foreign_actions {uint16_t}
foreign_actions(A) ::= .                                { A = SQL_NO_ACTION; }
foreign_actions(A) ::= ON DELETE foreign_action(D).     { A = D; }
foreign_actions(A) ::= ON UPDATE foreign_action(U).     { A = (uint16_t)(U << 8); }
foreign_actions(A) ::= ON DELETE foreign_action(D) ON UPDATE foreign_action(U).
  { A = (uint16_t)(D | U << 8); }
foreign_actions(A) ::= ON UPDATE foreign_action(U) ON DELETE foreign_action(D).
  { A = (uint16_t)(D | U << 8); }
%type foreign_action {uint16_t}
foreign_action(A) ::= NO ACTION.                        { A = SQL_NO_ACTION; }
foreign_action(A) ::= RESTRICT.                         { A = SQL_ACTION_RESTRICT; }
foreign_action(A) ::= CASCADE.                          { A = SQL_ACTION_CASCADE; }
foreign_action(A) ::= SET NULL.                         { A = SQL_SET_NULL; }
foreign_action(A) ::= SET DEFAULT.                      { A = SQL_SET_DEFAULT; }

create_index(A) ::= create_index_what(F) concurrently(C) if_not_exists(E) name(N)
                    ON index_rest(B).
  { A = node_set(FLAGS(F.length, parser_create_index(B, &F, C | E)), INDEX_NAME, NAME(N)); }
create_index(A) ::= create_index_what(F) concurrently(C) ON index_rest(B).
  { A = FLAGS(F.length, parser_create_index(B, &F, C)); }
/* A token: where it begins and, in place of its length, the flags. */
%type create_index_what {struct token}
create_index_what(A) ::= CREATE(T) INDEX.               { A = (struct token){T.position, 0}; }
create_index_what(A) ::= CREATE(T) UNIQUE INDEX.
  { A = (struct token){T.position, SQL_UNIQUE}; }
%type concurrently {uint32_t}
concurrently(A) ::= .                                   { A = 0; }
concurrently(A) ::= CONCURRENTLY.                       { A = SQL_CONCURRENTLY; }
index_rest(A) ::= qualified_name(R) LP index_items(C) RP where(W).
  { A = NODE(SQL_CREATE_INDEX, 0, NULL, R, C, W, NULL); }
index_rest(A) ::= qualified_name(R) USING name(M) LP index_items(C) RP where(W).
  { A = NODE(SQL_CREATE_INDEX, 0, NULL, R, C, W, WORD(M)); }
index_items(A) ::= index_item(B).                       { A = LIST(B); }
index_items(A) ::= index_items(A) COMMA index_item(B).  { A = APPEND(A, B); }
index_item(A) ::= index_expression(B) direction(D) nulls(N).
  { A = FLAGS(D | N, NODE(SQL_ORDER, AT(B), B)); }
index_item(A) ::= index_expression(B) qualified_name(C) direction nulls.
  { A = B; parser_refuse_at(parser, AT(C), "an operator class"); }
index_expression(A) ::= index_subject(A).
index_expression(A) ::= index_subject(B) COLLATE collation(N).
  { A = parser_collate(parser, B, &N); }
index_subject(A) ::= name(N).                           { A = parser_column(parser, NULL, &N); }
index_subject(A) ::= application(A).
index_subject(A) ::= value_function(A).
index_subject(A) ::= LP expr(B) RP.                     { A = B; }

create_view(A) ::= create_what(F) view_mode(M) VIEW(T) if_not_exists(E) qualified_name(N)
                   optional_names(C) AS query(B) view_tail(O).
  { A = parser_create_view(parser, &T, M, F | E, NODE(SQL_CREATE_VIEW, T.position, N, C, B, O)); }
%type view_mode {uint16_t}
view_mode(A) ::= .                                      { A = SQL_RUNTIME; }
view_mode(A) ::= MATERIALIZED.                          { A = SQL_MATERIALIZED_VIEW; }
view_mode(A) ::= REALTIME.                              { A = SQL_REALTIME; }
/* The options, or NULL; with the flag SQL_NO_DATA, and then perhaps empty. */
view_tail(A) ::= .                                      { A = NULL; }
view_tail(A) ::= WITH LP options(B) RP.                 { A = B; }
view_tail(A) ::= WITH LP options(B) RP WITH DATA.       { A = B; }
view_tail(A) ::= WITH LP options(B) RP WITH NO DATA.    { A = FLAGS(SQL_NO_DATA, B); }
view_tail(A) ::= WITH DATA.                             { A = NULL; }
view_tail(A) ::= WITH(T) NO DATA.
  { A = FLAGS(SQL_NO_DATA, LEAF(SQL_LIST, T.position)); }

options(A) ::= option(B).                               { A = LIST(B); }
options(A) ::= options(A) COMMA option(B).              { A = APPEND(A, B); }
option(A) ::= name(N).
  { A = FOLD(parser_named(parser, NODE(SQL_OPTION, N.position, NULL), &N)); }
option(A) ::= name(N) EQUAL option_value(V).
  { A = FOLD(parser_named(parser, NODE(SQL_OPTION, N.position, V), &N)); }
option_value(A) ::= STRING(T).                          { A = STRING(T); }
option_value(A) ::= number(A).
option_value(A) ::= TRUE(T).
  { A = OP(1, LEAF(SQL_BOOLEAN, T.position)); }
option_value(A) ::= FALSE(T).                           { A = LEAF(SQL_BOOLEAN, T.position); }
option_value(A) ::= VARIABLE(V).                        { A = parser_variable(parser, &V); }
option_value(A) ::= ON(T).                              { A = WORD(T); }
option_value(A) ::= name(T).                            { A = WORD(T); }
number(A) ::= INTEGER(T).
  { A = parser_number(parser, SQL_INTEGER, &T); }
number(A) ::= DECIMAL(T).
  { A = parser_number(parser, SQL_DECIMAL, &T); }
number(A) ::= MINUS(S) number(B).
  { A = parser_operation(parser, &S, NULL, B); }
number(A) ::= PLUS number(B).                           { A = B; }

create_schema(A) ::= CREATE(T) SCHEMA if_not_exists(E) name(N) schema_options(O).
  { A = FLAGS(E, NODE(SQL_CREATE_SCHEMA, T.position, NAME(N), O)); }
schema_options(A) ::= .                                 { A = NULL; }
schema_options(A) ::= WITH LP options(B) RP.            { A = B; }
create_extension(A) ::= CREATE(T) EXTENSION if_not_exists(E) name(N).
  { A = FLAGS(E, NODE(SQL_CREATE_EXTENSION, T.position, WORD(N))); }

create_enum(A) ::= CREATE(T) TYPE qualified_name(N) AS ENUM LP labels(B) RP.
  { A = NODE(SQL_CREATE_ENUM, T.position, N, B); }
labels(A) ::= .                                         { A = LEAF(SQL_LIST, 0); }
labels(A) ::= label_list(A).
label_list(A) ::= STRING(B).                            { A = LIST(STRING(B)); }
label_list(A) ::= label_list(A) COMMA STRING(B).        { A = APPEND(A, STRING(B)); }

create_domain(A) ::= CREATE(T) DOMAIN qualified_name(N) optional_as type(B).
  { A = NODE(SQL_CREATE_DOMAIN, T.position, N, B, NULL); }
create_domain(A) ::= CREATE(T) DOMAIN qualified_name(N) optional_as type(B) column_constraints(C).
  { A = NODE(SQL_CREATE_DOMAIN, T.position, N, B, C); }
%type optional_as {int}
optional_as(A) ::= .                                    { A = 0; }
optional_as(A) ::= AS.                                  { A = 1; }

create_sequence(A) ::= CREATE(T) SEQUENCE if_not_exists(E) qualified_name(N).
  { A = FLAGS(E, NODE(SQL_CREATE_SEQUENCE, T.position, N, NULL)); }
create_sequence(A) ::= CREATE(T) SEQUENCE if_not_exists(E) qualified_name(N) sequence_options(O).
  { A = FLAGS(E, NODE(SQL_CREATE_SEQUENCE, T.position, N, O)); }
sequence_options(A) ::= sequence_option(B).             { A = LIST(B); }
sequence_options(A) ::= sequence_options(A) sequence_option(B). { A = APPEND(A, B); }
/* Which words there are is known where they are read: few of them are keywords. */
sequence_option(A) ::= AS(T) type(B).                   { A = SEQUENCE_OPTION(T, B); }
sequence_option(A) ::= name(N).                         { A = SEQUENCE_OPTION(N, NULL); }
sequence_option(A) ::= name(N) number(B).               { A = SEQUENCE_OPTION(N, B); }
sequence_option(A) ::= name(N) WITH number(B).          { A = SEQUENCE_OPTION(N, B); }
sequence_option(A) ::= name(N) BY number(B).            { A = SEQUENCE_OPTION(N, B); }
sequence_option(A) ::= name(N) BY column(B).            { A = SEQUENCE_OPTION(N, B); }
sequence_option(A) ::= NO name(N).                      { A = FLAGS(SQL_NOT, SEQUENCE_OPTION(N, NULL)); }

drop(A) ::= DROP(T) drop_object(O) if_exists(E) qualified_names(B) behavior(D).
  { A = FLAGS(E | D, OP(O, NODE(SQL_DROP, T.position, B))); }
drop(A) ::= DROP(T) drop_object(O) if_exists(E) qualified_names(B) ON qualified_name(N).
  { A = parser_drop_index(parser, &T, O, E, B, N); }
%type drop_object {uint16_t}
drop_object(A) ::= INDEX_OF.                            { A = SQL_OBJECT_INDEX; }
drop_object(A) ::= TABLE.                               { A = SQL_OBJECT_TABLE; }
drop_object(A) ::= INDEX.                               { A = SQL_OBJECT_INDEX; }
drop_object(A) ::= SCHEMA.                              { A = SQL_OBJECT_SCHEMA; }
drop_object(A) ::= EXTENSION.                           { A = SQL_OBJECT_EXTENSION; }
drop_object(A) ::= TYPE.                                { A = SQL_OBJECT_TYPE; }
drop_object(A) ::= DOMAIN.                              { A = SQL_OBJECT_DOMAIN; }
drop_object(A) ::= SEQUENCE.                            { A = SQL_OBJECT_SEQUENCE; }
drop_object(A) ::= view_object(A).
%type view_object {uint16_t}
view_object(A) ::= VIEW.                                { A = SQL_OBJECT_VIEW; }
view_object(A) ::= MATERIALIZED VIEW.                   { A = SQL_OBJECT_MATERIALIZED_VIEW; }
view_object(A) ::= REALTIME VIEW.                       { A = SQL_OBJECT_REALTIME_VIEW; }

comment(A) ::= COMMENT(T) ON drop_object(O) qualified_name(N) IS comment_text(S).
  { A = OP(O, NODE(SQL_COMMENT, T.position, N, S)); }
comment(A) ::= COMMENT(T) ON COLUMN column(C) IS comment_text(S).
  { A = parser_comment_column(parser, T.position, C, S); }
comment(A) ::= COMMENT(T) ON CONSTRAINT name(N) ON qualified_name(B) IS comment_text(S).
  { A = parser_named(parser, OP(SQL_OBJECT_CONSTRAINT, NODE(SQL_COMMENT, T.position, B, S)), &N); }
comment(A) ::= COMMENT(T) ON CONSTRAINT name(N) ON DOMAIN qualified_name(B) IS comment_text(S).
  { A = parser_named(parser, OP(SQL_OBJECT_DOMAIN_CONSTRAINT, NODE(SQL_COMMENT, T.position, B, S)), &N); }
comment_text(A) ::= STRING(T).                          { A = STRING(T); }
comment_text(A) ::= NULL.                               { A = NULL; }

refresh(A) ::= REFRESH(T) view_mode(M) VIEW concurrently(C) qualified_name(N) with_data(D).
  { A = FLAGS(C | D, OP(M, NODE(SQL_REFRESH, T.position, N))); }

alter(A) ::= ALTER(T) TABLE if_exists(E) qualified_name(N) table_actions(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_TABLE, E, N, B != NULL ? B : LEAF(SQL_LIST, T.position)); }
alter(A) ::= ALTER(T) TABLE if_exists(E) qualified_name(N) SWITCH_KEYS(W) IDENT.
  { A = parser_alter(parser, T.position, SQL_OBJECT_TABLE, E, N, LEAF(SQL_LIST, W.position)); }
alter(A) ::= RENAME(T) TABLE renamed(R).                { A = node_at(R, T.position); parser_only_mysql(parser, &T, "RENAME TABLE"); }
alter(A) ::= RENAME TABLE renamed(R) COMMA(C) renamed.  { A = R; REFUSE(C, "RENAME TABLE of several tables"); }
renamed(A) ::= qualified_name(N) TO name(D).
  { A = parser_alter(parser, AT(N), SQL_OBJECT_TABLE, 0, N, LIST(parser_action(parser, SQL_RENAME_TO, &D, NULL))); }
alter(A) ::= ALTER(T) TABLE if_exists(E) qualified_name(N) any_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_TABLE, E, N, LIST(B)); }
alter(A) ::= ALTER(T) TABLE if_exists(E) qualified_name(N) RENAME name(C) TO name(D).
  { A = parser_alter(parser, T.position, SQL_OBJECT_TABLE, E, N,
                     LIST(parser_action(parser, SQL_RENAME_COLUMN, &C, NAME(D)))); }
alter(A) ::= ALTER(T) TABLE if_exists(E) qualified_name(N) RENAME COLUMN name(C) TO name(D).
  { A = parser_alter(parser, T.position, SQL_OBJECT_TABLE, E, N,
                     LIST(parser_action(parser, SQL_RENAME_COLUMN, &C, NAME(D)))); }
alter(A) ::= ALTER(T) INDEX if_exists(E) qualified_name(N) any_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_INDEX, E, N, LIST(B)); }
alter(A) ::= ALTER(T) view_object(O) if_exists(E) qualified_name(N) any_action(B).
  { A = parser_alter(parser, T.position, O, E, N, LIST(B)); }
alter(A) ::= ALTER(T) view_object(O) if_exists(E) qualified_name(N) option_action(B).
  { A = parser_alter(parser, T.position, O, E, N, LIST(B)); }
alter(A) ::= ALTER(T) view_object(O) if_exists(E) qualified_name(N) AS(W) query(B).
  { A = parser_alter(parser, T.position, O, E, N,
                     LIST(OP(SQL_AS_QUERY, NODE(SQL_ACTION, W.position, B, NULL, NULL)))); }
alter(A) ::= ALTER(T) SCHEMA name(N) any_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_SCHEMA, 0, NAME(N), LIST(B)); }
alter(A) ::= ALTER(T) SCHEMA name(N) option_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_SCHEMA, 0, NAME(N), LIST(B)); }

alter(A) ::= ALTER(T) TYPE qualified_name(N) any_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_TYPE, 0, N, LIST(B)); }
alter(A) ::= ALTER(T) TYPE qualified_name(N) label_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_TYPE, 0, N, LIST(B)); }

label_action(A) ::= ADD value if_not_exists(E) STRING(L).
  { A = FLAGS(E, LABEL(SQL_ADD_VALUE, L, NULL)); }
label_action(A) ::= ADD value if_not_exists(E) STRING(L) BEFORE STRING(B).
  { A = FLAGS(E, LABEL(SQL_ADD_VALUE_BEFORE, L, STRING(B))); }
label_action(A) ::= ADD value if_not_exists(E) STRING(L) AFTER STRING(B).
  { A = FLAGS(E, LABEL(SQL_ADD_VALUE_AFTER, L, STRING(B))); }
label_action(A) ::= RENAME value STRING(L) TO STRING(B).
  { A = LABEL(SQL_RENAME_VALUE, L, STRING(B)); }
/* VALUE is no keyword: many columns are called so. */
value ::= IDENT(T).                                     { parser_expect(parser, &T, "value"); }

alter(A) ::= ALTER(T) DOMAIN qualified_name(N) any_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_DOMAIN, 0, N, LIST(B)); }
alter(A) ::= ALTER(T) DOMAIN qualified_name(N) domain_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_DOMAIN, 0, N, LIST(B)); }

alter(A) ::= ALTER(T) SEQUENCE if_exists(E) qualified_name(N) any_action(B).
  { A = parser_alter(parser, T.position, SQL_OBJECT_SEQUENCE, E, N, LIST(B)); }
alter(A) ::= ALTER(T) SEQUENCE if_exists(E) qualified_name(N) sequence_options(O).
  { A = parser_alter(parser, T.position, SQL_OBJECT_SEQUENCE, E, N,
                     LIST(OP(SQL_SET_OPTIONS, NODE(SQL_ACTION, AT(N), O, NULL, NULL)))); }

domain_action(A) ::= SET(T) DEFAULT expr(B).
  { A = OP(SQL_SET_COLUMN_DEFAULT, NODE(SQL_ACTION, T.position, NULL, B, NULL)); }
domain_action(A) ::= DROP(T) DEFAULT.
  { A = OP(SQL_DROP_COLUMN_DEFAULT, NODE(SQL_ACTION, T.position, NULL, NULL, NULL)); }
domain_action(A) ::= SET(T) NOT NULL.
  { A = OP(SQL_SET_NOT_NULL, NODE(SQL_ACTION, T.position, NULL, NULL, NULL)); }
domain_action(A) ::= DROP(T) NOT NULL.
  { A = OP(SQL_DROP_NOT_NULL, NODE(SQL_ACTION, T.position, NULL, NULL, NULL)); }
domain_action(A) ::= ADD(T) table_constraint(B).
  { A = OP(SQL_ADD_CONSTRAINT, NODE(SQL_ACTION, T.position, B, NULL, NULL)); }
domain_action(A) ::= ADD(T) table_constraint(B) NOT valid.
  { A = FLAGS(SQL_NO_DATA, OP(SQL_ADD_CONSTRAINT, NODE(SQL_ACTION, T.position, B, NULL, NULL))); }
domain_action(A) ::= DROP(T) CONSTRAINT if_exists(E) name(N) behavior(D).
  { A = node_at(FLAGS(E | D, parser_action(parser, SQL_DROP_CONSTRAINT, &N, NULL)), T.position); }
domain_action(A) ::= RENAME CONSTRAINT name(N) TO name(B).
  { A = parser_action(parser, SQL_RENAME_CONSTRAINT, &N, NAME(B)); }
domain_action(A) ::= validate CONSTRAINT name(N).
  { A = parser_action(parser, SQL_VALIDATE_CONSTRAINT, &N, NULL); }
/* No keywords, either. */
valid ::= IDENT(T).                                     { parser_expect(parser, &T, "valid"); }
validate ::= IDENT(T).                                  { parser_expect(parser, &T, "validate"); }

any_action(A) ::= RENAME TO name(N).
  { A = parser_action(parser, SQL_RENAME_TO, &N, NULL); }
any_action(A) ::= SET SCHEMA name(N).
  { A = parser_action(parser, SQL_SET_SCHEMA, &N, NULL); }
option_action(A) ::= SET(T) LP options(B) RP.
  { A = OP(SQL_SET_OPTIONS, NODE(SQL_ACTION, T.position, B, NULL, NULL)); }
option_action(A) ::= RESET(T) LP name_list(B) RP.
  { A = OP(SQL_RESET_OPTIONS, NODE(SQL_ACTION, T.position, B, NULL, NULL)); }

/* NULL: options of MySQL's that leave nothing. */
table_actions(A) ::= table_action(B).                   { A = parser_with_option(parser, NULL, B); }
table_actions(A) ::= table_actions(B) COMMA table_action(C). { A = parser_with_option(parser, B, C); }
table_action(A) ::= table_option(B) table_collation.
  { A = B == NULL ? NULL : OP(SQL_ADD_CONSTRAINT, NODE(SQL_ACTION, AT(B), B, NULL, NULL)); }
table_action(A) ::= CONVERT TO option_word(N) option_given(V) table_collation.
  { A = NULL; parser_table_option(parser, &N, &V); }
table_collation ::= .
table_collation ::= COLLATE(N) optional_equal option_given(V). { parser_table_option(parser, &N, &V); }
table_action(A) ::= ADD(T) add_column(B).               { A = node_at(B, T.position); }
table_action(A) ::= ADD(T) COLUMN add_column(B).        { A = node_at(B, T.position); }
add_column(A) ::= column_definition(B).
  { A = OP(SQL_ADD_COLUMN, NODE(SQL_ACTION, 0, B, NULL, NULL)); }
add_column(A) ::= IF NOT EXISTS column_definition(B).
  { A = FLAGS(SQL_IF_NOT_EXISTS, OP(SQL_ADD_COLUMN, NODE(SQL_ACTION, 0, B, NULL, NULL))); }
table_action(A) ::= MODIFY(T) redefinition(B).           { A = node_at(B, T.position); parser_only_mysql(parser, &T, "MODIFY"); }
table_action(A) ::= MODIFY(T) COLUMN redefinition(B).    { A = node_at(B, T.position); parser_only_mysql(parser, &T, "MODIFY"); }
table_action(A) ::= CHANGE(T) change(B).                 { A = node_at(B, T.position); parser_only_mysql(parser, &T, "CHANGE"); }
table_action(A) ::= CHANGE(T) COLUMN change(B).          { A = node_at(B, T.position); parser_only_mysql(parser, &T, "CHANGE"); }
redefinition(A) ::= column_definition(B).               { A = parser_redefinition(parser, B); }
change(A) ::= name(N) column_definition(B).             { A = FLAGS(SQL_EXPLICIT, parser_action(parser, SQL_REDEFINE_COLUMN, &N, B)); }
table_action(A) ::= ADD(T) table_constraint(B).
  { A = OP(SQL_ADD_CONSTRAINT, NODE(SQL_ACTION, T.position, B, NULL, NULL)); }
table_action(A) ::= ADD(T) own_index(B).
  { A = OP(SQL_ADD_CONSTRAINT, NODE(SQL_ACTION, T.position, B, NULL, NULL)); }
table_action(A) ::= DROP(T) INDEX_OF name(N).           { A = parser_drop_key(parser, &T, &N, 0); }
table_action(A) ::= DROP(T) FOREIGN KEY name(N).
  { A = node_at(parser_action(parser, SQL_DROP_CONSTRAINT, &N, NULL), T.position);
    parser_only_mysql(parser, &T, "DROP FOREIGN KEY"); }
table_action(A) ::= DROP(T) PRIMARY KEY.
  { A = FLAGS(SQL_UNIQUE, OP(SQL_DROP_CONSTRAINT, NODE(SQL_ACTION, T.position, NULL, NULL, NULL)));
    parser_only_mysql(parser, &T, "DROP PRIMARY KEY"); }
table_action(A) ::= DROP(T) drop_column(B).             { A = node_at(B, T.position); }
table_action(A) ::= DROP(T) COLUMN drop_column(B).      { A = node_at(B, T.position); }
drop_column(A) ::= name(N) behavior(D).
  { A = FLAGS(D, parser_action(parser, SQL_DROP_COLUMN, &N, NULL)); }
drop_column(A) ::= IF EXISTS name(N) behavior(D).
  { A = FLAGS(D | SQL_IF_EXISTS, parser_action(parser, SQL_DROP_COLUMN, &N, NULL)); }
table_action(A) ::= DROP(T) CONSTRAINT if_exists(E) name(N) behavior(D).
  { A = node_at(FLAGS(E | D, parser_action(parser, SQL_DROP_CONSTRAINT, &N, NULL)), T.position); }
table_action(A) ::= ALTER(T) alter_column(B).           { A = node_at(B, T.position); }
table_action(A) ::= ALTER(T) COLUMN alter_column(B).    { A = node_at(B, T.position); }
alter_column(A) ::= name(N) RESTART(T).
  { A = parser_action(parser, SQL_RESTART_COLUMN, &N, SEQUENCE_OPTION(T, NULL)); }
alter_column(A) ::= name(N) RESTART(T) number(B).
  { A = parser_action(parser, SQL_RESTART_COLUMN, &N, SEQUENCE_OPTION(T, B)); }
alter_column(A) ::= name(N) RESTART(T) WITH number(B).
  { A = parser_action(parser, SQL_RESTART_COLUMN, &N, SEQUENCE_OPTION(T, B)); }
alter_column(A) ::= name(N) SET DEFAULT expr(B).
  { A = node_set(parser_action(parser, SQL_SET_COLUMN_DEFAULT, &N, NULL), ACTION_EXPRESSION, B); }
alter_column(A) ::= name(N) DROP DEFAULT.
  { A = parser_action(parser, SQL_DROP_COLUMN_DEFAULT, &N, NULL); }
alter_column(A) ::= name(N) SET NOT NULL.
  { A = parser_action(parser, SQL_SET_NOT_NULL, &N, NULL); }
alter_column(A) ::= name(N) DROP NOT NULL.
  { A = parser_action(parser, SQL_DROP_NOT_NULL, &N, NULL); }
alter_column(A) ::= name(N) TYPE type(B) using(C).
  { A = node_set(parser_action(parser, SQL_SET_TYPE, &N, B), ACTION_EXPRESSION, C); }
alter_column(A) ::= name(N) SET DATA TYPE type(B) using(C).
  { A = node_set(parser_action(parser, SQL_SET_TYPE, &N, B), ACTION_EXPRESSION, C); }
using(A) ::= .                                          { A = NULL; }
using(A) ::= USING expr(B).                             { A = B; }

/* --- the rest --- */

explain(A) ::= EXPLAIN(T) cte_statement(B).             { A = NODE(SQL_EXPLAIN, T.position, B); }
explain(A) ::= EXPLAIN(T) ANALYZE cte_statement(B).
  { A = FLAGS(SQL_ANALYZE, NODE(SQL_EXPLAIN, T.position, B)); }
explain(A) ::= EXPLAIN(T) LP ANALYZE RP cte_statement(B).
  { A = FLAGS(SQL_ANALYZE, NODE(SQL_EXPLAIN, T.position, B)); }
explain(A) ::= EXPLAIN(T) VIEW qualified_name(B).
  { A = FLAGS(SQL_VIEW, NODE(SQL_EXPLAIN, T.position, B)); }

%type transaction_word {int}
transaction(A) ::= BEGIN(T) transaction_word.
  { A = OP(SQL_BEGIN, LEAF(SQL_TRANSACTION, T.position)); }
transaction(A) ::= START(T) TRANSACTION.
  { A = OP(SQL_BEGIN, LEAF(SQL_TRANSACTION, T.position)); }
transaction(A) ::= COMMIT(T) transaction_word.
  { A = OP(SQL_COMMIT, LEAF(SQL_TRANSACTION, T.position)); }
transaction(A) ::= END(T) transaction_word.
  { A = OP(SQL_COMMIT, LEAF(SQL_TRANSACTION, T.position)); }
transaction(A) ::= ROLLBACK(T) transaction_word.
  { A = OP(SQL_ROLLBACK, LEAF(SQL_TRANSACTION, T.position)); }
transaction(A) ::= SAVEPOINT(T) name(N).
  { A = parser_savepoint(parser, SQL_SAVEPOINT, T.position, &N); }
transaction(A) ::= RELEASE(T) name(N).
  { A = parser_savepoint(parser, SQL_RELEASE, T.position, &N); }
transaction(A) ::= RELEASE(T) SAVEPOINT name(N).
  { A = parser_savepoint(parser, SQL_RELEASE, T.position, &N); }
transaction(A) ::= ROLLBACK(T) transaction_word TO name(N).
  { A = parser_savepoint(parser, SQL_ROLLBACK_TO, T.position, &N); }
transaction(A) ::= ROLLBACK(T) transaction_word TO SAVEPOINT name(N).
  { A = parser_savepoint(parser, SQL_ROLLBACK_TO, T.position, &N); }
transaction(A) ::= SUSPEND(T) VIEWS.
  { A = OP(SQL_SUSPEND_VIEWS, LEAF(SQL_TRANSACTION, T.position)); }
transaction(A) ::= RESUME(T) VIEWS.
  { A = OP(SQL_RESUME_VIEWS, LEAF(SQL_TRANSACTION, T.position)); }
transaction_word(A) ::= .                               { A = 0; }
transaction_word(A) ::= WORK.                           { A = 0; }
transaction_word(A) ::= TRANSACTION.                    { A = 0; }

maintenance(A) ::= VACUUM(T) vacuum_flags(F).
  { A = FLAGS(F, OP(SQL_VACUUM, LEAF(SQL_MAINTENANCE, T.position))); }
maintenance(A) ::= ANALYZE(T).
  { A = OP(SQL_ANALYZE_TABLES, LEAF(SQL_MAINTENANCE, T.position)); }
maintenance(A) ::= ANALYZE(T) qualified_name(B).
  { A = OP(SQL_ANALYZE_TABLES, NODE(SQL_MAINTENANCE, T.position, B)); }
maintenance(A) ::= ANALYZE(T) TABLE qualified_name(B).
  { A = OP(SQL_ANALYZE_TABLES, NODE(SQL_MAINTENANCE, T.position, B)); }
maintenance(A) ::= CHECKPOINT(T).
  { A = OP(SQL_CHECKPOINT, LEAF(SQL_MAINTENANCE, T.position)); }
maintenance(A) ::= REINDEX(T) DATABASE.
  { A = OP(SQL_REINDEX, LEAF(SQL_MAINTENANCE, T.position)); }
maintenance(A) ::= REINDEX(T) TABLE qualified_name(B).
  { A = OP(SQL_REINDEX, NODE(SQL_MAINTENANCE, T.position, B)); }
maintenance(A) ::= PRAGMA(T) name(N).
  { A = parser_pragma(parser, T.position, &N); }
%type vacuum_flags {uint32_t}
vacuum_flags(A) ::= .                                   { A = 0; }
vacuum_flags(A) ::= FULL.                               { A = 0; }
vacuum_flags(A) ::= ANALYZE.                            { A = SQL_ANALYZE; }
vacuum_flags(A) ::= FULL ANALYZE.                       { A = SQL_ANALYZE; }

setting(A) ::= SET set_items(B).                        { A = parser_set(parser, B); }
setting(A) ::= SET SESSION set_items(B).                { A = parser_set(parser, B); }
setting(A) ::= SET LOCAL set_items(B).                  { A = OP(SQL_SET_LOCAL, parser_set(parser, B)); }
setting(A) ::= SET zone_setting(B).                     { A = B; }
setting(A) ::= SET SESSION zone_setting(B).             { A = B; }
setting(A) ::= SET LOCAL zone_setting(B).               { A = OP(SQL_SET_LOCAL, B); }
setting(A) ::= SET(T) IDENT(N) option_text(V).          { A = parser_set_names(parser, &T, &N, V, NULL); }
setting(A) ::= SET(T) IDENT(N) option_text(V) COLLATE option_text(C).
  { A = parser_set_names(parser, &T, &N, V, C); }
setting(A) ::= SET(T) CHARACTER SET option_text(V).     { A = parser_set_names(parser, &T, NULL, V, NULL); }
setting(A) ::= RESET setting_name(N).                   { A = parser_setting(parser, SQL_SET, N, NULL); }
setting(A) ::= RESET time_zone(N).                      { A = parser_setting(parser, SQL_SET, N, NULL); }
setting(A) ::= RESET(T) ALL.
  { A = node_with_text(LEAF(SQL_SET, T.position), "all"); }
setting(A) ::= SHOW setting_name(N).                    { A = parser_setting(parser, SQL_SHOW, N, NULL); }
setting(A) ::= SHOW time_zone(N).                       { A = parser_setting(parser, SQL_SHOW, N, NULL); }
setting(A) ::= SHOW(T) ALL.
  { A = node_with_text(LEAF(SQL_SHOW, T.position), "all"); }
zone_setting(A) ::= time_zone(N) setting_values(V).
  { A = parser_setting(parser, SQL_SET, N, V); }
time_zone(A) ::= TIME(T) ZONE.
  { A = node_with_text(LEAF(SQL_NAME, T.position), "timezone"); }
/* A value without a name is one more of those before it: SET a = 1, 2 and MySQL's SET a = 1, b = 2. */
set_items(A) ::= set_item(B).                           { A = LIST(B); }
set_items(A) ::= set_items(A) COMMA set_more(B).        { A = APPEND(A, B); }
set_item(A) ::= setting_name(N) set_is option_value(V).
  { A = parser_setting(parser, SQL_SET, N, LIST(V)); }
set_item(A) ::= setting_name(N) set_is DEFAULT.         { A = parser_setting(parser, SQL_SET, N, NULL); }
set_more(A) ::= set_item(A).
set_more(A) ::= option_value(A).
set_is ::= TO.
set_is ::= EQUAL.
option_text(A) ::= STRING(T).                           { A = STRING(T); }
option_text(A) ::= IDENT(T).                            { A = WORD(T); }
/* MySQL's, for a server where others could come between: here there is nothing to do. */
setting(A) ::= LOCK(T) IDENT(W) locked_tables.          { parser_expect(parser, &W, "tables"); A = parser_nothing(parser, &T); }
setting(A) ::= UNLOCK(T) IDENT(W).                      { parser_expect(parser, &W, "tables"); A = parser_nothing(parser, &T); }
locked_tables ::= locked_table.
locked_tables ::= locked_tables COMMA locked_table.
locked_table ::= qualified_name lock.
locked_table ::= qualified_name AS as_label lock.
lock ::= IDENT(W).                                      { parser_lock(parser, &W); }
lock ::= IDENT(W) IDENT.                                { parser_lock(parser, &W); }
setting_name(A) ::= VARIABLE(V).                        { A = parser_variable(parser, &V); }
setting_name(A) ::= name(N).                            { A = WORD(N); }
setting_name(A) ::= setting_name(S) DOT name(N).        { A = parser_setting_name(parser, S, WORD(N)); }
setting_values(A) ::= DEFAULT.                          { A = NULL; }
setting_values(A) ::= setting_list(A).
setting_list(A) ::= option_value(B).                    { A = LIST(B); }
setting_list(A) ::= setting_list(A) COMMA option_value(B). { A = APPEND(A, B); }

/* MySQL's SHOW and DESCRIBE of what there is. Which words there are is known where they are read. */
show_objects(A) ::= SHOW_OBJECTS(T) shown(W) shown_of(O) shown_where(C).
  { A = parser_show_objects(parser, &T, &W, 0, O, C); }
show_objects(A) ::= SHOW_OBJECTS(T) FULL shown(W) shown_of(O) shown_where(C).
  { A = parser_show_objects(parser, &T, &W, SQL_ALL, O, C); }
show_objects(A) ::= SHOW_OBJECTS(T) CREATE TABLE(W) qualified_name(N).
  { A = parser_show_objects(parser, &T, &W, 0, LIST(N), NULL); }
show_objects(A) ::= DESCRIBE(T) qualified_name(N) shown_column(C).
  { A = parser_show_objects(parser, &T, NULL, 0, LIST(N), C); }
show_objects(A) ::= DESCRIBE(T) cte_statement(B).       { A = NODE(SQL_EXPLAIN, T.position, B); }
%type shown {struct token}
shown(A) ::= name(A).                                   { parser_shown(parser, &A); }
shown_of(A) ::= .                                       { A = NULL; }
shown_of(A) ::= from_or_in qualified_name(N).           { A = LIST(N); }
shown_of(A) ::= from_or_in qualified_name(N) from_or_in name(D). { A = LIST(N, NAME(D)); }
from_or_in ::= FROM.
from_or_in ::= IN.
shown_where(A) ::= .                                    { A = NULL; }
shown_where(A) ::= LIKE STRING(T).                      { A = STRING(T); }
shown_where(A) ::= WHERE expr(B).                       { A = LIST(B); }
shown_column(A) ::= .                                   { A = NULL; }
shown_column(A) ::= name(N).                            { A = parser_word(parser, &N); }
shown_column(A) ::= STRING(T).                          { A = STRING(T); }
