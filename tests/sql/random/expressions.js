/**
 * Random expressions: for each type how one is written, with the types of what it is made of in braces.
 *
 * What raises an error for some rows and not for others has no defined answer where rows need not be looked at: divisors
 * are never 0, texts are cast to numbers only where they are numbers.
 */

/** @typedef {import('./choices.js').Choices} Choices */
/**
 * An expression that may stand where it stands: a column, a group, an aggregate.
 * @typedef {{ sql: string, type: string, column?: boolean }} Atom
 */
/**
 * What expressions are made of.
 * @typedef {object} Scope
 * @property {Atom[]} atoms
 * @property {((choices: Choices, type: string, scope: Scope) => string) | null} query a query of one column of that type that reads
 *   from the scope as an outer one; null where there may be none
 */

/** @type {Record<string, string[]>} */
const literals = {
  integer: ['0', '1', '2', '-1', '30', '45', 'NULL::integer', '1000'],
  bigint: ['0::bigint', '100::bigint', '-5::bigint', 'NULL::bigint', '9007199254740993'],
  numeric: ['0.0', '1.5', '12.50', '-3.25', 'NULL::numeric', '100.00', '0.001'],
  'double precision': ["'2'::double precision", "'1.5'::double precision", "'-0.25'::double precision", 'NULL::double precision'],
  text: [
    "''::text", "'a'::text", "'Ann'::text", "'x'::text", 'NULL::text', "'%n%'::text", "'Ünal'::text", "'a_'::text", "'10'::text",
    "'😀'::text",
  ],
  boolean: ['true', 'false', 'NULL::boolean'],
  date: ["'2026-01-01'::date", "'1980-01-15'::date", "'2024-02-29'::date", 'NULL::date'],
  timestamp: ["'2026-01-01 10:00:00'::timestamp", "'2024-02-29 12:34:56.789'::timestamp", 'NULL::timestamp'],
  interval: ["'1 day'::interval", "'1 month'::interval", "'-02:30:00'::interval", "'1 year 2 days 03:04:05.5'::interval"],
  'text[]': ["'{}'::text[]", "'{a,b}'::text[]", "ARRAY['a', NULL]", 'NULL::text[]'],
  'integer[]': ["'{}'::integer[]", "'{1,2,3}'::integer[]", 'ARRAY[3, NULL, 1]', 'NULL::integer[]'],
  'numeric[]': ["'{}'::numeric[]", "'{1.50,2,NULL}'::numeric[]", 'ARRAY[1.5, 2.00]', 'NULL::numeric[]'],
  'timestamp with time zone': ["'2026-01-01 10:00:00+02'::timestamptz", "'2025-07-01 00:00:00Z'::timestamptz", 'NULL::timestamptz'],
  time: ["'10:00:00'::time", "'23:59:59.5'::time", 'NULL::time'],
  uuid: ["'00000000-0000-4000-8000-000000000001'::uuid", 'NULL::uuid'],
  bytea: ["'\\\\x00ff'::bytea", "''::bytea", 'NULL::bytea'],
  jsonb: ["'1'::jsonb", `'{"x": 1}'::jsonb`, `'[1, "a", null]'::jsonb`, 'NULL::jsonb', `'{"x": {"y": [true]}}'::jsonb`],
};

export const types = Object.keys(literals);

/** Ways that there are for every type T. */
const always = [
  'CASE WHEN {boolean} THEN {T} ELSE {T} END', 'coalesce({T}, {T})', 'nullif({T}, {T})', 'CASE WHEN {boolean} THEN {T} END',
  'CASE {T} WHEN {T} THEN {T} ELSE {T} END', 'greatest({T}, {T})', 'least({T}, {T})',
];

/** @type {Record<string, string[]>} */
const ways = {
  integer: [
    '{integer} + {integer}', '{integer} - {integer}', '{integer} * {integer}', '- {integer}', '{integer} / nullif({integer}, 0)',
    '{integer} % nullif({integer}, 0)', 'abs({integer})', 'sign({integer})::integer', 'length({text})', 'octet_length({text})',
    'strpos({text}, {text})', 'ascii({text})', 'array_length({text[]}, 1)', 'cardinality({integer[]})', '({integer[]})[{integer}]',
    'array_position({integer[]}, {integer})', 'array_position({numeric[]}, {numeric})', 'extract(year FROM {date})::integer',
    '{date} - {date}', '{boolean}::integer', 'round({numeric})::integer', '{integer} & {integer}', '{integer} | {integer}',
    '{integer} # {integer}', '~{integer}', 'jsonb_array_length(jsonb_build_array({jsonb}, {integer}))', 'num_nulls({text}, {integer})',
    'width_bucket({integer}, 0, 50, 5)', 'gcd({integer}, {integer})', 'date_part(\'month\', {timestamp})::integer',
    'extract(isodow FROM {date})::integer', 'char_length({text})', 'array_upper({integer[]}, 1)', 'position({text} IN {text})',
    'div({integer}, 7)::integer',
  ],
  bigint: [
    '{bigint} + {integer}', '{bigint} - {integer}', '{integer}::bigint', '{bigint} / 7', '{bigint} % 10', 'abs({bigint})',
    '{bigint} & 255', 'mod({bigint}, 13)', '- {integer}::bigint',
  ],
  numeric: [
    '{numeric} + {numeric}', '{numeric} - {integer}', '{numeric} * {numeric}', '{numeric} / nullif({numeric}, 0)', '- {numeric}',
    'abs({numeric})', 'round({numeric}, 1)', 'trunc({numeric}, 1)', 'ceil({numeric})', 'floor({numeric})', '{integer}::numeric',
    '{bigint}::numeric', '{numeric} % nullif({numeric}, 0)', 'sign({numeric})', 'round({numeric})', 'extract(epoch FROM {timestamp})',
    'extract(day FROM {date})', '{numeric}::numeric(12, 2)', 'round({numeric}, -1)', 'mod({numeric}, 7)', 'trim_scale({numeric})',
    'extract(second FROM {timestamp})', 'power({integer} % 5, 2::numeric)', 'extract(hour FROM {interval})',
  ],
  'double precision': [
    '{double precision} + {double precision}', '{double precision} - {double precision}', '{double precision} * {double precision}',
    '- {double precision}', '{double precision} / nullif({double precision}, 0)', 'abs({double precision})', 'floor({double precision})',
    '{integer}::double precision', '{numeric}::double precision', 'round({double precision})', 'trunc({double precision})',
    'sqrt(abs({double precision}))', 'sign({double precision})', '{numeric} * {double precision}', 'power({double precision}, 2)',
  ],
  text: [
    '{text} || {text}', 'upper({text})', 'lower({text})', 'substring({text}, {integer}, 2)', 'substring({text} FROM 2)', 'trim({text})',
    'left({text}, {integer})', 'right({text}, {integer})', 'replace({text}, {text}, {text})', 'concat({text}, {integer}, {boolean})',
    'concat_ws({text}, {text}, {text})', '{integer}::text', '{numeric}::text', '{boolean}::text', '{date}::text', '{timestamp}::text',
    'reverse({text})', 'initcap({text})', 'lpad({text}, 3, {text})', 'rpad({text}, 5)', 'split_part({text}, {text}, 1)',
    'repeat({text}, 2)', '({text[]})[1]', '{jsonb} ->> \'x\'', '{jsonb} #>> \'{x,y}\'', 'array_to_string({text[]}, {text})',
    'array_to_string({text[]}, \',\', {text})', 'translate({text}, \'an\', \'N\')', 'jsonb_typeof({jsonb})', '{jsonb}::text',
    'to_char({date}, \'YYYY-MM-DD Day\')', '{text} || {integer}', 'btrim({text}, {text})', 'ltrim({text}, \'Aa\')', 'md5({text})',
    'quote_literal({text})', 'quote_ident({text})', 'format(\'%s-%L\', {text}, {text})', '{interval}::text', '{time}::text',
    '{timestamp with time zone}::text', '{uuid}::text', '{numeric[]}::text', 'encode({bytea}, \'hex\')', '{text[]}::text',
    '{integer[]}::text', '{double precision}::text', 'overlay({text} PLACING {text} FROM 1)',
    'encode(convert_to({text}, \'UTF8\'), \'hex\')', 'starts_with({text}, {text})::text', 'substring({text} FROM \'n+\')',
    'regexp_replace({text}, \'[an]\', {text}, \'g\')', 'chr(65 + abs({integer} % 20))',
  ],
  boolean: [
    '{boolean} AND {boolean}', '{boolean} OR {boolean}', 'NOT {boolean}', '{S} = {S}', '{S} <> {S}', '{S} < {S}', '{S} >= {S}',
    '{S} > {S}', '{S} <= {S}', '{S} IS NULL', '{S} IS NOT NULL', '{boolean} IS TRUE', '{boolean} IS NOT FALSE', '{boolean} IS UNKNOWN',
    '{S} IS DISTINCT FROM {S}', '{S} IS NOT DISTINCT FROM {S}', '{S} BETWEEN {S} AND {S}', '{S} NOT BETWEEN {S} AND {S}',
    '{S} IN ({S}, {S}, {S})', '{S} NOT IN ({S}, {S})', '{text} LIKE {text}', '{text} ILIKE {text}', '{text} NOT LIKE \'%a%\'',
    '{text} ~ \'^[A-Z]\'', '{text} ~* \'a.*n\'', '{text} = ANY ({text[]})', '{integer} = ANY ({integer[]})',
    '{integer} > ALL ({integer[]})', '{integer} <> ALL ({integer[]})', '{text[]} @> {text[]}', '{text[]} && {text[]}',
    '{integer[]} <@ {integer[]}', '{numeric[]} @> {numeric[]}', '{numeric} = ANY ({numeric[]})', '{numeric[]} && {numeric[]}',
    '{timestamp with time zone} > {timestamp}', '{date} <= {timestamp with time zone}', '{jsonb} @> {jsonb}', '{jsonb} ? \'x\'',
    'starts_with({text}, {text})', '({S}, {R}) = ({S}, {R})', '({S}, {R}) < ({S}, {R})', '({S}, {R}) IS NOT DISTINCT FROM ({S}, {R})',
    '{integer}::boolean', '{date} < \'2026-01-01\'', '{text} = \'Ann\'', '{integer} = \'30\'', '{text} IN (\'a\', \'x\')',
    '{integer} < {numeric}', '{bigint} = {double precision}', '{integer} = {bigint}', '{date} < {timestamp}',
    '{numeric} > {double precision}', '{text} SIMILAR TO \'(A|a)%\'', '({boolean}) = ({boolean})', '{S} IN ({S})',
    '({S}, {R}) IN (({S}, {R}), ({S}, {R}))', '{S} BETWEEN SYMMETRIC {S} AND {S}', '{text} ^@ {text}',
    '({date}, {date}) OVERLAPS ({date}, {date})', '{jsonb} ?| ARRAY[\'x\', \'a\']', '{jsonb} <@ {jsonb}',
  ],
  date: [
    '{date} + {integer} % 1000', '{date} - {integer} % 1000', '{timestamp}::date',
    'make_date(2000 + abs({integer} % 30), 1 + abs({integer} % 12), 1 + abs({integer} % 28))', 'date_trunc(\'month\', {date})::date',
    '({date} + {interval})::date',
  ],
  timestamp: [
    '{date}::timestamp', '{timestamp} + {interval}', '{timestamp} - {interval}', 'date_trunc(\'month\', {timestamp})',
    'date_trunc(\'hour\', {timestamp})', '{date} + {interval}', 'date_trunc(\'week\', {timestamp})',
    'date_bin(\'15 minutes\', {timestamp}, \'2000-01-01\'::timestamp)',
  ],
  interval: [
    '{interval} + {interval}', '{interval} * ({integer} % 10)', '{timestamp} - {timestamp}', '- {interval}',
    'age({timestamp}, {timestamp})', '({integer} % 100) * interval \'1 hour\'', 'justify_days({interval})', 'justify_hours({interval})',
    'make_interval(days => {integer} % 50)', '{interval} / 2',
  ],
  'text[]': [
    '{text[]} || {text}', '{text[]} || {text[]}', 'ARRAY[{text}, {text}]', 'array_append({text[]}, {text})',
    'array_remove({text[]}, {text})', 'string_to_array({text}, {text})', 'array_prepend({text}, {text[]})',
    'array_replace({text[]}, {text}, {text})', '({text[]})[1:1]', 'array_cat({text[]}, {text[]})',
  ],
  'integer[]': [
    '{integer[]} || {integer}', 'ARRAY[{integer}, {integer}]', '({integer[]})[2:3]', 'array_positions({integer[]}, {integer})',
    'array_append({integer[]}, {integer})', 'array_remove({integer[]}, {integer})', '{integer[]} || {integer[]}',
  ],
  jsonb: [
    '{jsonb} -> \'x\'', '{jsonb} -> 0', 'to_jsonb({integer})', 'to_jsonb({text})', 'jsonb_build_object(\'k\', {S})',
    'jsonb_build_array({S}, {R})', '{jsonb} || {jsonb}', 'jsonb_set(\'{"x": 1}\', \'{x}\', {jsonb})', 'to_jsonb({S})',
    '{jsonb} #> \'{x,y}\'', 'jsonb_strip_nulls({jsonb})', 'to_jsonb({text[]})', 'jsonb_insert(\'{"a": [1]}\', \'{a,0}\', {jsonb})',
    '\'{"x": {"y": 2}}\'::jsonb #- \'{x,y}\'',
  ],
  'numeric[]': [
    '{numeric[]} || {numeric}', 'ARRAY[{numeric}, {numeric}]', 'array_remove({numeric[]}, {numeric})', '{numeric[]} || {numeric[]}',
    'array_replace({numeric[]}, {numeric}, {numeric})', '{integer[]}::numeric[]',
  ],
  'timestamp with time zone': [
    '{timestamp with time zone} + {interval}', 'date_trunc(\'day\', {timestamp with time zone})', '{timestamp} AT TIME ZONE \'UTC\'',
  ],
  time: ['{time} + {interval}', '{timestamp}::time', 'make_time(abs({integer} % 24), abs({integer} % 60), 1.5)'],
  uuid: ['coalesce({uuid}, {uuid})'],
  bytea: ['{bytea} || {bytea}', 'convert_to({text}, \'UTF8\')', 'decode(md5({text}), \'hex\')', 'substring({bytea} FROM 1 FOR 2)'],
};

/** Ways of queries within expressions. */
const queried = ['({query T})', '({query T})', 'CASE WHEN EXISTS ({query S}) THEN {T} ELSE {T} END'];
const asked = [
  'EXISTS ({query S})', '{S} IN ({query S})', '{S} NOT IN ({query S})', '{S} = ANY ({query S})', '{S} > ALL ({query S})',
  '{S} <> ALL ({query S})', 'NOT EXISTS ({query S})',
];

/**
 * An expression of the type.
 * @param {Choices} choices
 * @param {string} type
 * @param {Scope} scope
 * @param {number} depth of what it is made of
 * @returns {string}
 */
export function expression(choices, type, scope, depth) {
  const atoms = scope.atoms.filter((atom) => atom.type === type);
  const kind = choices.below(depth > 0 ? 5 : 2);
  if (kind < 2) return kind === 0 && atoms.length > 0 ? choices.of(atoms).sql : choices.of(literals[type]);
  const some = kind < 4 ? ways[type] : [...always, ...scope.query ? queried : [], ...scope.query && type === 'boolean' ? asked : []];
  return `(${fill(choices, choices.of(some), type, scope, depth - 1)})`;
}

/**
 * A way written out. S and R are other types, the same within it.
 * @param {Choices} choices
 * @param {string} way
 * @param {string} type
 * @param {Scope} scope
 * @param {number} depth
 */
function fill(choices, way, type, scope, depth) {
  const others = /** @type {Record<string, string>} */ ({ T: type });
  if (/\{(query )?S\}/.test(way)) others.S = choices.of(types);
  if (way.includes('{R}')) others.R = choices.of(types);
  return way.replace(/\{(query )?([a-zA-Z ]+(?:\[\])?)\}/g, (whole, query, name) => {
    const wanted = others[name] ?? name;
    if (!(wanted in literals)) return whole;
    return query ? /** @type {Function} */ (scope.query)(choices, wanted, scope, depth) : expression(choices, wanted, scope, depth);
  });
}
