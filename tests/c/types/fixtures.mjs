// Writes the *.txt files here: asks a real PostgreSQL (PGlite) for the results of thousands of expressions.
// Run it by hand after adding some: `node tests/c/types/fixtures.mjs`. test_postgresql.c describes the format.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const folder = fileURLToPath(new URL('.', import.meta.url));
const database = new PGlite();
await database.exec(`SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'`);

/** PostgreSQL's codes for which there is one of ours that says the same more broadly. */
const CODES = {
  '2201G': '22023', '22015': '22008',
  '22021': '22000', '22030': '22023', '22032': '22023', '22019': '22025', '22001': '22001',
};

/** Values worth trying, by type. */
const VALUES = {
  boolean: ['true', 'false'],
  smallint: ['0', '1', '-7', '32767'],
  integer: ['0', '1', '-1', '2', '5', '-7', '2147483647'],
  bigint: ['0', '3', '-3', '1234567890123', '9223372036854775807'],
  real: ['0', '0.1', '1.5', '-2.25', '1e10'],
  'double precision': ['0', '0.5', '-1.5', '2.5', '0.1', '3', '1234567.891', '1e20'],
  numeric: ['0', '1.5', '-2.50', '0.001', '100', '3', '7.00', '-0.5', '123456789012345678901234567890.123456789', 'NaN', 'Infinity'],
  text: ['', 'abc', 'Héllo Wörld', ' padded ', 'a,b,,c', "it's", 'Ünïcode ΣΑΣ Привет', '12', '😀x'],
  'character varying': ['abc', 'Zebra'],
  character: ['abc  ', 'b'],
  bytea: ['', '\\x00ff10', 'abc'],
  date: ['2024-02-29', '1999-12-31', '2000-01-01', '0001-01-01', '9999-12-31', 'infinity'],
  time: ['00:00:00', '12:34:56.789', '23:59:59.999999', '24:00:00'],
  'time without time zone': ['00:00:00', '12:34:56.789', '23:59:59.999999'],
  'time with time zone': ['12:34:56+02', '00:00:00-05:30'],
  'timestamp without time zone': ['2024-02-29 12:34:56.789', '1999-12-31 23:59:59.999999', '2001-02-03 04:05:06', 'infinity'],
  'timestamp with time zone': ['2024-02-29 12:34:56.789+00', '1999-12-31 23:59:59+05:30', '2001-02-03 04:05:06+00', '-infinity'],
  interval: ['1 year 2 mons 3 days 04:05:06.789', '-1 days', '36:00:00', '1 mon', '-1 year +5 days', '00:00:00'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '00000000-0000-0000-0000-000000000000'],
  json: ['{"a": 1, "b": [true, null, "x"]}', '[1, 2,3]', '"text"', 'null', '{"a":1,"a":2}'],
  jsonb: ['{"b": [1, {"c": "d"}], "a": null}', '[1, "two", [3]]', '"text"', 'null', '42', '{}', '[]'],
  'integer[]': ['{}', '{1,2,3}', '{1,NULL,3}', '{{1,2},{3,4}}'],
  'text[]': ['{}', '{a,b}', '{a,NULL,"c d"}', '{b,0,c}'],
  'numeric[]': ['{1.50,2}', '{}'],
  'boolean[]': ['{t,f,NULL}'],
  unknown: ['5', 'abc'],
};

const lines = { casts: [], operators: [], math: [], text: [], datetime: [], json: [], arrays: [], aggregates: [] };
const seen = new Set();
let file;

const literal = (text) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
// A mere `character` would be character(1).
const typed = ([type, text]) => (type === 'unknown' ? literal(text) : `${literal(text)}::${type === 'character' ? 'bpchar' : type}`);
const escape = (text) => text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
const operand = ([type, text]) => `${type}:${text === null ? '\\N' : escape(text)}`;

/** Everything that may be written as a call of a function by its quoted name may be; the rest has a grammar of its own. */
const UNQUOTED = new Set(['coalesce', 'greatest', 'least', 'nullif']);

function expression(kind, name, operands) {
  const values = operands.map(typed);
  switch (kind) {
    case 'operator': return values.length === 1 ? `${name} (${values[0]})` : `(${values[0]}) ${name} (${values[1]})`;
    case 'cast': return `(${values[0]})::${name}`;
    case 'constructor': return `ARRAY[${values.join(', ')}]`;
    case 'subscript': return `(${values[0]})${values.slice(1).map((value) => `[${value}]`).join('')}`;
    case 'slice': return `(${values[0]})[${values[1]}:${values[2]}]`;
    default: return `${UNQUOTED.has(name) ? name : `"${name}"`}(${values.join(', ')})`;
  }
}

function query(kind, name, operands) {
  const result = (value) => `SELECT pg_typeof(${value})::text AS type, CASE WHEN ${value} IS NOT NULL THEN concat(${value}) END AS value`;
  if (kind === 'aggregate') {
    const rows = operands.map((each) => `(${typed(each)})`).join(', ');
    return `SELECT pg_typeof("${name}"(v))::text AS type, CASE WHEN "${name}"(v) IS NOT NULL THEN concat("${name}"(v)) END AS value FROM (VALUES ${rows}) AS t(v)`;
  }
  if (kind === 'rows') {
    const call = expression('function', name, operands);
    const pair = /_each/.test(name);
    return pair
      ? `SELECT 'record' AS type, string_agg(coalesce(key || '=' || value::text, '\\N'), '|') AS value FROM ${call} AS t`
      : `SELECT max(pg_typeof(v)::text) AS type, string_agg(CASE WHEN v IS NULL THEN '\\N' ELSE concat(v) END, '|') AS value FROM ${call} AS t(v)`;
  }
  return result(`(${expression(kind, name, operands)})`);
}

/** Where we differ from PostgreSQL on purpose; docs/types.md says how. */
function differs(kind, name, operands) {
  const types = operands.map(([type]) => type);
  const has = (...wanted) => types.some((type) => wanted.includes(type));
  const casts = kind === 'cast' || kind === 'assign';
  // double precision and real have no NaN here.
  if (operands.some(([type, text]) => type === 'numeric' && text === 'NaN') && (has('real', 'double precision') || ['real', 'double precision'].includes(name))) return true;
  if (operands.some(([type, text]) => type === 'numeric' && text === 'NaN') && (has('interval', 'time without time zone') || name === '|/')) return true;
  // There is no minus zero.
  if (kind === 'operator' && name === '-' && operands.length === 1 && has('real', 'double precision') && operands[0][1] === '0') return true;
  // Arrays of different types compare by their common type.
  if (['=', '<', '>'].includes(name) && has('integer[]') && has('numeric[]')) return true;
  // A jsonb scalar is no array of one.
  if (['->', '->>'].includes(name) && operands[0]?.[0] === 'jsonb' && operands[0][1]?.startsWith('"') && operands[1][0] === 'integer') return true;
  // Integers are not cast to and from bytea.
  if (casts && ((name === 'bytea' && has('smallint', 'integer', 'bigint')) || (has('bytea') && ['smallint', 'integer', 'bigint'].includes(name)))) return true;
  // The C library decides about the last digit.
  if (name === '^' && operands[0][1] === '1234567890123') return true;
  if (name === 'cbrt' || name === '||/') return !['0', '1', '8', '-1'].includes(operands[0][1]);
  // A literal of unknown type is text where PostgreSQL asks for a cast.
  if (['to_json', 'to_jsonb', 'unnest', 'trunc'].includes(name) && has('unknown')) return true;
  // json_agg puts no line break between arrays.
  if (name === 'json_agg' && types[0]?.endsWith('[]')) return true;
  return false;
}

/** Asks for one expression and notes it down. */
async function add(kind, name, ...operands) {
  if (differs(kind, name, operands)) return undefined;
  const head = [kind, name, ...operands.map(operand)].join('\t');
  if (seen.has(head)) return undefined;
  seen.add(head);
  let type = '-', text;
  try {
    if (kind === 'assign') {
      await database.exec(`CREATE TEMP TABLE assigned (v ${name})`);
      try {
        await database.exec(`INSERT INTO assigned SELECT ${typed(operands[0])}`);
        ({ type, value: text } = (await database.query(`SELECT pg_typeof(v)::text AS type, CASE WHEN v IS NOT NULL THEN concat(v) END AS value FROM assigned`)).rows[0]);
      } finally {
        await database.exec('DROP TABLE assigned');
      }
    } else {
      ({ type, value: text } = (await database.query(query(kind, name, operands))).rows[0]);
    }
    // No rows at all print nothing.
    text = text === null ? (kind === 'rows' ? '' : '\\N') : escape(text);
    type ??= '-';
    // Years run from 1 to 9999, and intervals are finite.
    if (/^(date|timestamp)/.test(type) && / BC$|^\d{5}/.test(text)) text = '!22008';
    if (type === 'interval' && text.endsWith('infinity')) text = '!22008';
  } catch (error) {
    if (!error.code) throw error;
    text = `!${CODES[error.code] ?? error.code}`;
  }
  lines[file].push(`${head}\t${type}\t${text}`);
  return text;
}

/** Is it an error that other values of the same types have too? */
const hopeless = (text) => text?.startsWith('!42');

/** All combinations of the values of these types, at most `most`, spread evenly; one with NULL each. */
async function combine(kind, name, types, most = 30) {
  const pools = types.map((type) => VALUES[type]);
  const total = pools.reduce((product, pool) => product * pool.length, 1);
  const count = Math.min(total, most);
  for (let i = 0; i < count; i++) {
    let index = count === total ? i : Math.floor((i * total) / count);
    const operands = types.map((type, j) => {
      const pool = pools[j];
      const value = pool[index % pool.length];
      index = Math.floor(index / pool.length);
      return [type, value];
    });
    if (hopeless(await add(kind, name, ...operands))) return;
  }
  for (let j = 0; j < types.length; j++) {
    await add(kind, name, ...types.map((type, i) => [type, i === j ? null : VALUES[type][1] ?? VALUES[type][0]]));
  }
}

const I = (n) => ['integer', String(n)];
const T = (text) => ['text', text];
const N = (text) => ['numeric', String(text)];
const U = (text) => ['unknown', text];
const ts = (text) => ['timestamp without time zone', text];
const tz = (text) => ['timestamp with time zone', text];
const iv = (text) => ['interval', text];
const dt = (text) => ['date', text];
const jb = (text) => ['jsonb', text];
const js = (text) => ['json', text];
const F = (text) => ['double precision', String(text)];

// --- casts and input ---
file = 'casts';
const TARGETS = ['boolean', 'smallint', 'integer', 'bigint', 'real', 'double precision', 'numeric', 'numeric(10,2)', 'text', 'varchar(4)', 'char(6)', 'bytea',
  'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'uuid', 'json', 'jsonb', 'integer[]', 'text[]'];
const SOURCES = Object.keys(VALUES).filter((type) => !['unknown', 'time', 'numeric[]', 'boolean[]'].includes(type));
for (const source of SOURCES) {
  for (const target of TARGETS) {
    const text = source === 'text' || source === 'character varying' || source === 'character';
    for (const value of VALUES[source].slice(0, text ? 2 : 3)) {
      if (hopeless(await add('cast', target, [source, value]))) break;
      await add('assign', target, [source, value]);
    }
  }
}
const INPUT = {
  boolean: ['t', 'tr', 'TRUE', ' yes ', 'on', '1', 'off', 'of', 'o', 'n', '0', '2', '', 'maybe'],
  smallint: ['42', '-32768', '32768', ' 7 ', '1_000', '0x7f', '0o17', '0b101', '1.0', '', '-', '+5', '1__0', '_1'],
  integer: ['2147483648', '-2147483648', '0x7fffffff', '1e3', 'abc', '  ', '+0'],
  bigint: ['9223372036854775807', '-9223372036854775808', '9223372036854775808', '99999999999999999999999'],
  real: ['1e38', '1e39', '1e-46', '3.4028235e38', '0.1', '16777217', '-0', 'Infinity', ' 1.5 ', '1.5x', '1234567', '123456', '1e-5', '0.0001'],
  'double precision': ['1e308', '1e309', '0.1', '1e15', '1e14', '123456789012345678', '1e-5', '0.0001', '.5', '5.', '-Infinity', 'inf', '1e', '', '5e-324',
    '2.2250738585072014e-308', '1.7976931348623157e308', '0.30000000000000004', '9007199254740993', '4.35', '0.000001', '100', '1e22', '1e23', '-1.5e-10'],
  numeric: ['1', '-1', '00012.3400', '.5', '5.', '1e5', '1e-5', '1.5e3', '-0', '-0.00', 'nan', ' inf ', '-Infinity', '', '.', 'e5', '1e', '1.2.3', '0e10', '12345678901234567890', '1E+2', '0.1e-3', '+7'],
  'numeric(5,2)': ['123.456', '999.995', '1000', '-999.99', '0.005', 'NaN', 'Infinity', '1e2'],
  'numeric(3)': ['123.5', '999.5', '-1.5'],
  'varchar(3)': ['abcdef', 'äöüß', 'ab', 'abc  '],
  'char(4)': ['ab', 'abcd', 'abcdef', 'äö'],
  bytea: ['\\x', '\\xDEADbeef', '\\x0', '\\xzz', 'a\\\\b', '\\001x', '\\1', '\\x 12 34'],
  date: ['2024-01-31', '2024-1-5', '20240131', '240131', 'Jan 31 2024', 'January 31, 2024', '31 Jan 2024', '31-Jan-2024', '1/31/2024', '01/31/99', '2024-02-30', '2023-02-29',
    '2024-13-01', '2024-00-10', 'epoch', 'infinity', '-infinity', '', 'hello', '2024-060', '2024-01-31 10:00', '2024-01-31T10:00:00Z', 'Wed Jan 31 2024', '1/2', '2024'],
  time: ['10:00', '10:00:01.5', '24:00', '24:00:01', '25:00', '10:60', '10:59:60', '1:2', '10:00 PM', '12:00 AM', '12:30 pm', '13:00 PM', '10:00+02', '2024-01-31 10:00:00', 'allballs', '', '10:00:00.1234567'],
  'time(3)': ['10:00:00.12349', '10:00:00.9999'],
  timetz: ['10:00', '10:00+02', '10:00-05:30', '10:00Z', '10:00:00.5 UTC', '10:00+15:59:59', '10:00+16'],
  timestamp: ['2024-01-31', '2024-01-31 10:00', '2024-01-31T10:00:00', '2024-01-31T10:00:00.123456Z', '2024-01-31 10:00:00+02', '2024-01-31 24:00:00', '2024-01-31 10:00:00.9999999', 'Jan 31 2024 10:00 PM',
    '2024-01-31 10:00:60', '20240131T101530', '20240131 101530.5', '2024-01-31 25:00', 'epoch', 'infinity', '2024-01-31 10:00 Europe/Nowhere', '2024-01-31 10', '2024-01-31 10 PM', 'Wed, 31 Jan 2024 10:00:00 GMT'],
  'timestamp(0)': ['2024-01-31 10:00:00.5', '1969-12-31 23:59:59.5', '2024-12-31 23:59:59.9'],
  'timestamp(3)': ['2024-01-31 10:00:00.1235', '2024-01-31 10:00:00.12349'],
  timestamptz: ['2024-01-31 10:00:00+02', '2024-01-31 10:00:00Z', '2024-01-31 10:00:00-0330', '2024-01-31T10:00:00.5+05:30', '2024-01-31', '2024-01-31 10:00 UTC', '2024-01-31 23:00-02', '-infinity'],
  interval: ['1 year', '2 years 3 months', '1-2', '-1-2', '1 day ago', '1 day 2 hours ago', '04:05', '04:05:06', '-04:05:06', '1 04:05:06', '5', '1.5 days', '1.5 months', '1.5 years', '0.5 hours', '1 week', '1.5 weeks',
    'P1Y2M3DT4H5M6S', 'PT36H', 'P1W', 'P-1D', 'PT0.5S', '@ 1 minute', '1 decade', '2 centuries', '1 millennium', '1 sec', '100 ms', '5 us', '1 h 2 m 3 s', '', 'abc', '1 foo', '-1 day +2 hours', '1 mon -1 day',
    '1 year 12 mons', '25:00:00', '1:60', '999999999 years', '1 day 25:00', '0', '-0:00:01', '3 days 04:05:06.000001'],
  uuid: ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{a0eebc999c0b4ef8bb6d6bb9bd380a11}', 'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11', 'a0eebc99', '', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1z', 'a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11'],
  json: ['{"a":1}', ' [1 , 2] ', 'nul', '{"a"}', '{a:1}', '[1,]', '', '"\\u00e9"', '"\\x"', '01', '-', '1.', '.5', '1e5', '{"a":1,}', '"a\nb"', 'true', '[[[]]]', '{"a":{"b":{}}}', '"unclosed'],
  jsonb: ['{"b":1,"a":2}', '{"aa":1,"b":2,"a":3}', '{"a":1,"a":2}', '[1,2 , 3]', '1.50', '1e3', '1E-3', '-0', '-0.0', '"\\u00e9\\n\\t\\"\\\\\\/"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\u0000"', '"\\u0001"', '{}', '[]', '{"a":[]}', '  null  ', '{"a b":"c\\td"}', '12345678901234567890.123', '100000000000000000000', '[1,[2,[3,{"x":[]}]]]'],
  'integer[]': ['{}', '{1}', '{ 1 , 2 }', '{1,NULL,null}', '{{1},{2}}', '{1,2', '1,2}', '{1,,2}', '{a}', '{"1","2"}', '{{1,2},{3}}', '{2147483648}', '{{}}', '{1}x'],
  'text[]': ['{a,b}', '{"a b","c,d"}', '{"q\\"q","b\\\\s"}', '{NULL,"NULL"}', '{ a b , c }', '{"",x}', '{a\\,b}', '{{a},{b}}', '{a"b}'],
  'boolean[]': ['{t,f,true,no}'], 'double precision[]': ['{1,1.5,1e20,Infinity}'], 'numeric[]': ['{1.50,NaN,1e3}'], 'numeric(6,1)[]': ['{1.55,2}', '{123456.7}'],
  'date[]': ['{2024-01-31,infinity}', '{2024-02-30}'], 'timestamptz[]': ['{"2024-01-31 10:00+02"}'], 'uuid[]': ['{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'], 'jsonb[]': ['{"{\\"b\\":1,\\"a\\":2}"}'], 'varchar(2)[]': ['{abc,d}'], 'interval[]': ['{"1 day","36 hours"}'],
};
for (const [type, values] of Object.entries(INPUT)) {
  for (const value of values) await add('cast', type, U(value));
}
for (const [source, target] of [['integer[]', 'text[]'], ['text[]', 'integer[]'], ['integer[]', 'bigint[]'], ['numeric[]', 'integer[]'], ['integer[]', 'numeric[]'], ['boolean[]', 'text[]'],
  ['integer[]', 'double precision[]'], ['numeric[]', 'text[]'], ['text[]', 'varchar(1)[]'], ['integer[]', 'boolean[]'], ['numeric[]', 'numeric(5,1)[]']]) {
  await combine('cast', target, [source]);
  await combine('assign', target, [source]);
}
for (const value of ['2.5', '3.5', '-2.5', '0.4', '1e10', '-0.5']) {
  for (const source of ['numeric', 'double precision', 'real']) {
    for (const target of ['integer', 'smallint', 'bigint', 'numeric', 'numeric(6,1)', 'text', 'real', 'double precision', 'varchar(2)']) await add('cast', target, [source, value]);
  }
}
for (const value of ['1.5', '2', 'true', '"x"', 'null', '[1]', '1e400']) {
  for (const target of ['boolean', 'integer', 'bigint', 'numeric', 'numeric(5,1)', 'double precision', 'real', 'smallint', 'text']) await add('cast', target, jb(value));
}

// --- operators ---
file = 'operators';
const SCALARS = ['smallint', 'integer', 'bigint', 'real', 'double precision', 'numeric'];
for (const symbol of ['+', '-', '*', '/', '%', '^', '=', '<', '>=', '&', '|', '#', '<<', '>>']) {
  for (const left of SCALARS) for (const right of SCALARS) await combine('operator', symbol, [left, right], 3);
  for (const type of SCALARS) {
    await add('operator', symbol, [type, '2'], U('3'));
    await add('operator', symbol, U('7'), [type, '2']);
  }
}
for (const symbol of ['-', '+', '@', '~', '|/', '||/']) for (const type of SCALARS) await combine('operator', symbol, [type]);
const COMPARED = ['boolean', 'text', 'character varying', 'character', 'bytea', 'date', 'time without time zone', 'time with time zone', 'timestamp without time zone', 'timestamp with time zone', 'interval', 'uuid', 'jsonb', 'integer[]', 'text[]', 'numeric[]', 'numeric', 'json'];
for (const type of COMPARED) {
  for (const symbol of ['=', '<>', '<', '<=', '>', '>=']) await combine('operator', symbol, [type, type], 14);
}
for (const [left, right] of [['date', 'timestamp without time zone'], ['timestamp without time zone', 'timestamp with time zone'], ['date', 'timestamp with time zone'], ['text', 'character varying'], ['character', 'text'], ['integer', 'text'], ['date', 'text'], ['boolean', 'integer'],
  ['time without time zone', 'time with time zone'], ['integer[]', 'numeric[]']]) {
  for (const symbol of ['=', '<', '>']) { await combine('operator', symbol, [left, right], 9); await combine('operator', symbol, [right, left], 9); }
}
for (const [left, right] of [['1 mon', '30 days'], ['24:00:00', '1 day'], ['1 year', '360 days'], ['1 year', '12 mons'], ['-1 mon', '-30 days'], ['1 mon -30 days', '0']]) {
  for (const symbol of ['=', '<', '>']) await add('operator', symbol, iv(left), iv(right));
}
for (const [left, right] of [['1.0', '1.00'], ['-0.5', '-0.50'], ['10', '9'], ['-10', '-9'], ['0.1', '0.09'], ['NaN', 'NaN'], ['NaN', 'Infinity'], ['-Infinity', '-1e100'], ['1e20', '100000000000000000000'], ['0', '-0.00'], ['0.10', '0.1'], ['0.01', '0.001'], ['123.456', '123.4560'], ['100', '1e2'], ['1', '10']]) {
  for (const symbol of ['=', '<', '>', '<>']) await add('operator', symbol, N(left), N(right));
}
const DATETIME = ['date', 'time without time zone', 'time with time zone', 'timestamp without time zone', 'timestamp with time zone', 'interval', 'integer', 'double precision', 'numeric'];
for (const symbol of ['+', '-', '*', '/']) for (const left of DATETIME) for (const right of DATETIME) await combine('operator', symbol, [left, right], 3);
for (const type of ['interval', 'date']) await combine('operator', '-', [type]);
for (const [a, b] of [['2024-01-31', '1 month'], ['2024-03-31', '-1 month'], ['2023-01-31', '1 mon'], ['2024-02-29', '1 year'], ['2024-12-31 23:59:59', '1 second'], ['2024-01-01', '1.5 days'], ['9999-12-31', '1 day'], ['0001-01-01', '-1 day'], ['2024-01-30', '1 mon 1 day']]) {
  await add('operator', '+', ts(a), iv(b)); await add('operator', '-', ts(a), iv(b)); await add('operator', '+', tz(a), iv(b)); await add('operator', '+', dt(a), U('5'));
}
for (const [a, b] of [['1 mon', '1.5'], ['1 year', '0.1'], ['10 days', '0.33'], ['01:00:00', '2.5'], ['1 mon', '0.3333333'], ['-1 mon 3 days', '1.5'], ['1 day', '1e-6'], ['3 mons', '0']]) {
  await add('operator', '*', iv(a), F(b)); await add('operator', '/', iv(a), F(b)); await add('operator', '*', F(b), iv(a));
}
const TEXTUAL = ['text', 'character varying', 'character', 'unknown', 'integer', 'numeric', 'double precision', 'boolean', 'date', 'jsonb', 'bytea', 'integer[]', 'text[]', 'interval'];
for (const left of TEXTUAL) for (const right of TEXTUAL) await combine('operator', '||', [left, right], 4);
for (const json of ['{"a": {"b": [10, 20, {"c": null}]}, "x": "y\\"z"}', '[10, "str", {"k": true}, null]', '"s"', '{"a":1,"a":2}']) {
  for (const key of ['a', 'x', '0', 'missing', '']) for (const type of ['json', 'jsonb']) { await add('operator', '->', [type, json], T(key)); await add('operator', '->>', [type, json], T(key)); await add('operator', '->', [type, json], U(key)); }
  for (const index of [0, 1, -1, 3, 9]) for (const type of ['json', 'jsonb']) { await add('operator', '->', [type, json], I(index)); await add('operator', '->>', [type, json], I(index)); }
  for (const path of ['{a,b,1}', '{a,b,2,c}', '{}', '{2,k}', '{-1}', '{a,b,-1}', '{a,NULL}', '{x}']) for (const type of ['json', 'jsonb']) for (const symbol of ['#>', '#>>']) await add('operator', symbol, [type, json], ['text[]', path]);
  for (const key of ['a', 'str', 's', 'q']) await add('operator', '?', jb(json), T(key));
  for (const keys of ['{a,q}', '{q}', '{a,x}', '{}']) { await add('operator', '?|', jb(json), ['text[]', keys]); await add('operator', '?&', jb(json), ['text[]', keys]); }
  for (const key of ['a', 'str', 'zz']) await add('operator', '-', jb(json), T(key));
  for (const index of [0, -1, 9]) await add('operator', '-', jb(json), I(index));
  await add('operator', '-', jb(json), ['text[]', '{a,str}']);
  for (const path of ['{a,b}', '{0}', '{a,b,0}', '{}', '{2,k}', '{a,zz}']) await add('operator', '#-', jb(json), ['text[]', path]);
}
const CONTAINED = ['{"a":1,"b":[1,2,{"c":3}]}', '{"a":1}', '{"b":[2]}', '{"b":[{"c":3}]}', '[1,2,[1,3]]', '[1,3]', '[[1]]', '1', '"a"', '["a","b"]', '{}', '[]', 'null', '{"a":1.0}', '[1,1]'];
for (const a of CONTAINED) for (const b of CONTAINED) { await add('operator', '@>', jb(a), jb(b)); await add('operator', '<', jb(a), jb(b)); }
await combine('operator', '<@', ['jsonb', 'jsonb']);
await combine('operator', '||', ['jsonb', 'jsonb'], 60);
for (const symbol of ['@>', '<@', '&&']) { await combine('operator', symbol, ['integer[]', 'integer[]'], 20); await combine('operator', symbol, ['text[]', 'text[]'], 20); await add('operator', symbol, ['integer[]', '{1,2,3}'], U('{2}')); }
await add('operator', '^@', T('abcdef'), T('abc'));
await add('operator', '^@', T('abc'), T('abcdef'));
for (const symbol of ['=', '<', '+', '||', '->', '*']) { await add('operator', symbol, U('5'), U('6')); await add('operator', symbol, U('{"a":1}'), U('a')); }
await add('operator', '!=', I(1), I(2));
await add('operator', '=', U('2024-01-01'), dt('2024-01-01'));
await add('operator', '~~~', I(1), I(2));

// --- mathematics ---
file = 'math';
for (const name of ['abs', 'ceil', 'ceiling', 'floor', 'round', 'trunc', 'sign', 'sqrt']) for (const type of SCALARS) { await combine('function', name, [type]); await add('function', name, U('4')); }
for (const name of ['exp', 'ln', 'log', 'degrees', 'radians', 'sin', 'cos', 'tan', 'cot', 'asin', 'acos', 'atan', 'cbrt', 'log10']) {
  for (const value of ['0', '0.5', '1', '-1', '2', '100', '8']) await add('function', name, F(value));
}
for (const name of ['sinh', 'cosh', 'tanh']) for (const value of ['0', '0.5', '1']) await add('function', name, F(value));
for (const value of ['2.5', '-2.5', '0.5', '1.4999', '1.005', '123456.789', '-0.004', '99.995', '1e15', '0']) {
  for (const digits of [0, 1, 2, 3, -1, -3, -10, 20]) { await add('function', 'round', N(value), I(digits)); await add('function', 'trunc', N(value), I(digits)); }
  for (const name of ['round', 'trunc', 'ceil', 'floor', 'scale', 'min_scale', 'trim_scale', 'sqrt', 'sign', 'abs']) await add('function', name, N(value));
}
const NUMBERS = ['0', '1', '-1', '2', '3', '7', '0.5', '-2.50', '0.001', '10', '1e10', '123456789.123456789', '1e-10', '3.14159265358979323846', '-1234567890123456789012345.678', 'NaN', '-Infinity'];
for (const a of NUMBERS) {for (const b of NUMBERS) {
  for (const symbol of ['+', '-', '*', '/', '%']) await add('operator', symbol, N(a), N(b));
  await add('function', 'div', N(a), N(b));
  await add('function', 'mod', N(a), N(b));
}}
for (const value of ['0', '1', '2', '3', '4', '10', '100', '2.25', '0.0001', '1e-20', '1e20', '123456789', '1e31', '0.5', '99999999999999999999', '2.0000000000000000000000', '-1', '1e-7', '12345.678']) await add('function', 'sqrt', N(value));
for (const base of ['0', '1', '2', '-2', '1.5', '10', '0.1', '1.0001', '123.456', '-0.5', '99999', 'NaN', 'Infinity', '-Infinity']) for (const exponent of ['0', '1', '2', '3', '-1', '-3', '10', '50', '2.0', '-20']) { await add('function', 'power', N(base), N(exponent)); await add('operator', '^', N(base), N(exponent)); }
for (const [a, b] of [['2', '3'], ['2', '0.5'], ['-8', '0.3333'], ['0', '-1'], ['10', '-2'], ['0', '0'], ['1.5', '2.5']]) await add('function', 'power', F(a), F(b));
await add('function', 'power', I(2), I(10)); await add('function', 'pow', I(2), I(-1)); await add('function', 'atan2', F(1), F(2)); await add('function', 'pi');
for (const name of ['mod', 'gcd', 'lcm']) { await combine('function', name, ['integer', 'integer'], 49); await combine('function', name, ['bigint', 'bigint']); }
await combine('function', 'mod', ['smallint', 'integer']);
for (const value of ['5.35', '-1', '0', '10', '10.06', '0.024']) await add('function', 'width_bucket', F(value), F('0.024'), F('10.06'), I(5));
for (const name of ['coalesce', 'greatest', 'least']) {
  for (const type of ['integer', 'numeric', 'text', 'date', 'interval', 'boolean', 'double precision', 'timestamp with time zone']) { await combine('function', name, [type, type], 9); await add('function', name, [type, null], [type, null]); }
  await add('function', name, I(1), N('2.5'), I(3)); await add('function', name, U('a'), U('b')); await add('function', name, U(null), I(1)); await add('function', name, I(1), U('2')); await add('function', name, I(7));
  await add('function', name, dt('2024-01-01'), ts('2023-01-01 10:00')); await add('function', name, N('1.0'), N('1.00'));
}
await combine('function', 'nullif', ['integer', 'integer'], 20); await combine('function', 'nullif', ['text', 'text'], 20); await add('function', 'nullif', I(1), N('1'));
await add('function', 'num_nulls', I(1), U(null), T('x')); await add('function', 'num_nonnulls', I(1), U(null), T('x'));
await add('function', 'nosuchfunction', I(1)); await add('function', 'abs', T('x')); await add('function', 'abs', U('-5')); await add('function', 'round', U('2.5')); await add('function', 'sqrt', T('4')); await add('function', 'mod', U('7'), I(4));

for (const value of ['0', '1', '-1', '0.5', '2.5', '-3.75', '10', '100', '-50', '0.001', '1e-10', '1.00000000000000000001', '123.456', '1000', '-1000', '5000.5', '6000', '-7000', 'NaN', 'Infinity', '-Infinity']) await add('function', 'exp', N(value));
for (const value of ['0', '1', '-1', '0.5', '2', '2.5', '10', '100', '0.001', '1e-10', '1e-50', '1.00000000000000000001', '0.99999', '1.0999', '1.2', '0.91', '123456789.123456789', '1e100', '12345678901234567890123456789012345678901234567890', 'NaN', 'Infinity', '-Infinity']) for (const name of ['ln', 'log', 'log10']) await add('function', name, N(value));
for (const base of ['2', '10', '0.5', '1', '0', '-2', '1.0001', '1e20']) for (const value of ['8', '0.125', '1', '100', '3.7', '0', '1e-10']) await add('function', 'log', N(base), N(value));
for (const base of ['0', '1', '2', '-2', '1.5', '10', '0.1', '1.0001', '123.456', '1e20', '1e-20', 'NaN', 'Infinity']) for (const exponent of ['0.5', '-0.5', '1.5', '2.25', '-3.75', '0.001', '10.1', '100.5', '0.3333333333333333', 'NaN', 'Infinity', '-Infinity']) await add('function', 'power', N(base), N(exponent));

// --- text ---
file = 'text';
for (const name of ['length', 'char_length', 'character_length', 'octet_length', 'bit_length', 'lower', 'upper', 'initcap', 'btrim', 'ltrim', 'rtrim', 'reverse', 'ascii', 'md5', 'quote_ident', 'quote_literal', 'quote_nullable']) {
  for (const type of ['text', 'character varying', 'character']) await combine('function', name, [type]);
  await add('function', name, U('abc')); await add('function', name, T(null));
}
for (const value of ['hello WORLD foo-bar', 'ÄÖÜ äöü', 'ΑΒΓ αβγς', 'ПРИВЕТ привет', 'İstanbul ı', 'ǅ ǆ Ǆ', 'ŸÿŽž', 'élan vital', "o'neil d_e 3rd x1y", '日本語', 'ﬁ', 'ａＢ']) for (const name of ['lower', 'upper']) await add('function', name, T(value));
for (const value of ['hello WORLD foo-bar', "o'neil d_e 3rd x1y", 'élan vital', 'ПРИВЕТ привет']) await add('function', 'initcap', T(value));
for (const name of ['length', 'octet_length', 'bit_length', 'md5']) await combine('function', name, ['bytea']);
for (const name of ['substr', 'substring']) {for (const value of ['hello', 'äöü😀x', '']) {for (const start of [1, 2, 0, -2, 10]) {
  await add('function', name, T(value), I(start));
  for (const count of [0, 1, 3, 100, -1, 2147483647]) await add('function', name, T(value), I(start), I(count));
}}}
for (const start of [1, 2, -1]) { await add('function', 'substr', ['bytea', '\\x0102030405'], I(start)); await add('function', 'substr', ['bytea', '\\x0102030405'], I(start), I(2)); }
for (const name of ['left', 'right']) for (const value of ['hello', 'äöü😀x', '']) for (const n of [0, 1, 3, -1, -3, 10, -10]) await add('function', name, T(value), I(n));
for (const [a, b] of [['hello', 'l'], ['hello', 'lo'], ['hello', ''], ['', 'x'], ['äöü', 'ü'], ['abcabc', 'ca'], ['aab', 'ab']]) { await add('function', 'strpos', T(a), T(b)); await add('function', 'position', T(a), T(b)); }
for (const name of ['btrim', 'ltrim', 'rtrim']) for (const [a, b] of [['xxhixx', 'x'], ['xyhixy', 'yx'], ['hi', ''], ['ääaä', 'ä'], ['', 'x'], ['\t x\n', ' ']]) await add('function', name, T(a), T(b));
for (const [a, b, c] of [['hello', 'l', 'L'], ['hello', '', 'x'], ['aaa', 'aa', 'b'], ['äöä', 'ä', 'ae'], ['abc', 'b', '']]) { await add('function', 'replace', T(a), T(b), T(c)); await add('function', 'translate', T(a), T(b), T(c)); }
await add('function', 'translate', T('12345'), T('143'), T('ax')); await add('function', 'translate', T('äbc'), T('äc'), T('cä'));
for (const [a, n] of [['ab', 3], ['ab', 0], ['ab', -1], ['', 5], ['ä', 2], ['abc', 2147483647]]) await add('function', 'repeat', T(a), I(n));
for (const name of ['lpad', 'rpad']) for (const [a, n, fill] of [['hi', 5, 'xy'], ['hi', 1, 'x'], ['hi', 5, ''], ['hä', 6, 'öü'], ['hi', -1, 'x'], ['', 3, 'ab']]) { await add('function', name, T(a), I(n), T(fill)); await add('function', name, T(a), I(n)); }
for (const [a, d] of [['a,b,c', ','], ['a||b||c', '||'], ['abc', ','], ['', ','], ['a,b', ''], [',a,', ',']]) for (const n of [1, 2, 3, 4, -1, -2, -4, 0]) await add('function', 'split_part', T(a), T(d), I(n));
for (const args of [[I(1), T('a'), ['boolean', 'true']], [U(null)], [N('1.50'), F('1'), dt('2024-01-01')], [jb('{"a":1}'), ['integer[]', '{1,2}']], [T(''), U('x')], [['real', '0.1'], ['bytea', '\\x01']], [['character', 'ab'], T('c')]]) {
  await add('function', 'concat', ...args); await add('function', 'concat_ws', T(', '), ...args); await add('function', 'concat_ws', U(null), ...args);
}
for (const args of [[T('Hello %s'), T('x')], [T('%s and %s'), I(1), N('2.0')], [T('%I = %L'), T('My Col'), T("it's")], [T('%%')], [T('%2$s %1$s'), T('a'), T('b')], [T('[%5s][%-5s]'), T('ab'), T('cd')], [T('%s'), U(null)], [T('%L'), U(null)], [T('%I'), U(null)], [T('%s')], [T('%x'), I(1)], [T('%')], [T('%s'), ['boolean', 'true']], [T('none'), I(1)], [T('%L'), T('a\\b')]]) await add('function', 'format', ...args);
for (const [a, b, start, count] of [['Txxxxas', 'hom', 2, 4], ['abc', 'XY', 1, 0], ['abc', 'X', 10, 2], ['äbc', 'ü', 2, 1]]) { await add('function', 'overlay', T(a), T(b), I(start), I(count)); await add('function', 'overlay', T(a), T(b), I(start)); }
for (const [a, b] of [['abcdef', 'abc'], ['abc', 'abcd'], ['abc', ''], ['ä', 'ä']]) await add('function', 'starts_with', T(a), T(b));
for (const n of [65, 228, 8364, 128512, 0, -1, 55296, 1114112]) await add('function', 'chr', I(n));
for (const n of ['0', '255', '-1', '2147483647']) { await add('function', 'to_hex', ['integer', n]); await add('function', 'to_hex', ['bigint', n]); }
for (const bytes of ['', '\\x00', '\\x0001ff5c61', 'hello world, this is a rather long text that needs more than one line of base64 output', 'ab']) for (const format of ['hex', 'base64', 'escape', 'rot13', 'HEX']) await add('function', 'encode', ['bytea', bytes], T(format));
for (const [text, format] of [['00ff', 'hex'], ['0', 'hex'], ['zz', 'hex'], ['aGVsbG8=', 'base64'], ['aGVsbG8', 'base64'], ['a b\\001\\\\', 'escape'], ['aGVs\nbG8=', 'base64'], ['!!', 'base64'], ['', 'hex']]) await add('function', 'decode', T(text), T(format));
await add('function', 'convert_to', T('äb'), T('UTF8')); await add('function', 'convert_from', ['bytea', '\\xc3a462'], T('UTF8')); await add('function', 'convert_from', ['bytea', '\\xff'], T('UTF8'));
for (const name of ['plain', 'Upper', 'with space', 'quo"te', '1st', 'a$1', '_x', 'ä', '']) await add('function', 'quote_ident', T(name));
await add('function', 'quote_literal', I(5)); await add('function', 'quote_nullable', U(null)); await add('function', 'length', I(5)); await add('function', 'upper', ['boolean', 'true']);

// --- date and time ---
file = 'datetime';
const FIELDS = ['microseconds', 'milliseconds', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium', 'dow', 'isodow', 'doy', 'isoyear', 'epoch', 'timezone', 'timezone_hour', 'timezone_minute', 'YEAR', 'nonsense', 'mon'];
for (const name of ['extract', 'date_part']) {for (const field of FIELDS) {
  for (const type of ['date', 'time without time zone', 'time with time zone', 'timestamp without time zone', 'timestamp with time zone', 'interval']) {
    for (const value of VALUES[type].slice(0, name === 'extract' ? 3 : 1)) await add('function', name, T(field), [type, value]);
  }
  for (const value of ['2000-12-31 00:00:00', '2001-01-01 00:00:00', '2005-01-01 12:00:00', '2004-12-31', '1969-12-31 23:59:59.5', '2008-12-29', '2010-01-03', '1900-01-01']) await add('function', name, T(field), ts(value));
}}
await add('function', 'extract', T('julian'), dt('2024-02-29'));
for (const unit of ['microseconds', 'milliseconds', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium', 'nonsense', 'dow']) {
  for (const value of ['2024-02-29 12:34:56.789123', '1999-12-31 23:59:59.999999', '2001-01-01', '1969-07-20 20:17:40', 'infinity']) { await add('function', 'date_trunc', T(unit), ts(value)); await add('function', 'date_trunc', T(unit), tz(value)); }
  await add('function', 'date_trunc', T(unit), dt('2024-02-29'));
  for (const value of ['3 years 7 mons 15 days 13:45:30.123456', '-1 year -5 mons', '50:00:00']) await add('function', 'date_trunc', T(unit), iv(value));
}
for (const [a, b] of [['2001-04-10', '1957-06-13'], ['2024-03-31', '2024-02-29'], ['2024-02-29', '2024-03-31'], ['2024-01-01 10:00', '2023-12-31 11:30'], ['2020-02-29', '2021-02-28'], ['2024-05-15', '2024-05-15'], ['2000-01-31', '2000-03-01'], ['2024-03-01', '2024-01-31']]) {
  await add('function', 'age', ts(a), ts(b)); await add('function', 'age', tz(a), tz(b)); await add('operator', '-', ts(a), ts(b));
}
for (const [y, m, d] of [[2024, 2, 29], [2023, 2, 29], [2024, 13, 1], [1, 1, 1], [0, 1, 1], [9999, 12, 31]]) await add('function', 'make_date', I(y), I(m), I(d));
for (const [h, m, s] of [[10, 20, '30.5'], [24, 0, '0'], [24, 0, '1'], [10, 60, '0'], [-1, 0, '0']]) await add('function', 'make_time', I(h), I(m), F(s));
await add('function', 'make_timestamp', I(2024), I(2), I(29), I(10), I(20), F('30.123456')); await add('function', 'make_timestamptz', I(2024), I(2), I(29), I(10), I(20), F('30')); await add('function', 'make_timestamp', I(2024), I(2), I(30), I(10), I(20), F('30'));
await add('function', 'make_interval', I(1), I(2), I(3), I(4), I(5), I(6), F('7.5'));
for (const value of ['0', '1700000000', '1700000000.123456', '-1.5', '1e18']) await add('function', 'to_timestamp', F(value));
for (const name of ['justify_days', 'justify_hours', 'justify_interval']) for (const value of ['35 days', '27 hours', '1 mon -1 hour', '-35 days', '1 mon 40 days 30:00:00', '-1 mon 1 day', '60 days -30:00:00', '3 days -25:00:00']) await add('function', name, iv(value));
for (const format of ['YYYY-MM-DD HH24:MI:SS', 'YY Mon Month MON month', 'Day, DD Month YYYY', 'FMDay, FMDD FMMonth YYYY', 'Dy DY dy D ID', 'HH12:MI:SS AM', 'HH:MI am P.M.', 'MS US', 'DDD WW IW IYYY', 'Q CC J', 'FMDDth FMMMth', '"quoted YYYY" YYYY', 'SSSS', 'YYYYMMDD', 'Y,YYY', 'HH24hMI', 'TZ OF', 'FMRM', 'DDth', 'W', '']) {
  for (const value of ['2024-02-29 12:34:56.789123', '2001-01-01 00:05:09', '1999-12-31 23:59:59']) { await add('function', 'to_char', ts(value), T(format)); await add('function', 'to_char', tz(value), T(format)); }
}
for (const zone of ['UTC', 'utc', 'GMT', 'Z', '+02', '-05:30', 'UTC+3', 'nonsense']) {
  if (zone === 'UTC+3') continue;
  await add('function', 'timezone', T(zone), ts('2024-01-31 10:00:00')); await add('function', 'timezone', T(zone), tz('2024-01-31 10:00:00+00'));
}
for (const type of ['date', 'timestamp without time zone', 'timestamp with time zone']) await combine('function', 'isfinite', [type]);
await combine('function', 'date', ['timestamp without time zone']); await combine('function', 'date', ['timestamp with time zone']);
for (const value of ['2020-02-11 15:44:17', '2019-12-31', '2020-01-01 00:00']) { await add('function', 'date_bin', iv('15 minutes'), ts(value), ts('2001-01-01')); await add('function', 'date_bin', iv('1 day 3 hours'), ts(value), ts('2020-01-01 02:00')); }
await add('function', 'date_bin', iv('1 month'), ts('2024-01-01'), ts('2001-01-01')); await add('function', 'date_bin', iv('0'), ts('2024-01-01'), ts('2001-01-01'));

// --- json ---
file = 'json';
const ANY = [I(5), ['bigint', '9223372036854775807'], N('1.50'), N('NaN'), F('0.1'), F('1e20'), F('Infinity'), ['real', '0.1'], ['boolean', 'true'], T('q"\\\n\u0001ü'), ['character varying', 'v'], ['character', 'c '], dt('2024-01-31'), ts('2024-01-31 10:00:00.5'), tz('2024-01-31 10:00:00+00'), ['time without time zone', '10:00:00'], iv('1 day'),
  ['uuid', VALUES.uuid[0]], js('{"b" : 1,"a":[1, 2]}'), jb('{"b":1,"aa":2}'), ['integer[]', '{1,NULL}'], ['integer[]', '{{1,2},{3,4}}'], ['text[]', '{a,"b c"}'], ['numeric[]', '{1.50,NaN}'], ['boolean[]', '{t,f}'], ['bytea', '\\x01ff'], ['double precision[]', '{1,1.5}'], ['timestamp without time zone[]', '{"2024-01-31 10:00:00"}'], ['jsonb[]', '{"{\\"a\\": 1}"}'], U('text')];
VALUES['timestamp without time zone[]'] = ['{}'];
for (const value of ANY) {
  for (const name of ['to_json', 'to_jsonb', 'json_build_array', 'jsonb_build_array']) await add('function', name, value);
  for (const name of ['json_build_object', 'jsonb_build_object']) await add('function', name, U('k'), value);
}
for (const name of ['json_build_object', 'jsonb_build_object']) {
  await add('function', name); await add('function', name, U('b'), I(1), U('a'), U(null), U('b'), I(2)); await add('function', name, I(1), T('x')); await add('function', name, ['boolean', 'true'], I(1)); await add('function', name, U(null), I(1)); await add('function', name, U('a')); await add('function', name, jb('{}'), I(1));
  await add('function', name, dt('2024-01-31'), I(1));
}
for (const name of ['json_build_array', 'jsonb_build_array']) { await add('function', name); await add('function', name, I(1), T('x'), U(null), jb('{"a":1}')); }
const DOCUMENTS = ['{"a": {"b": [1, 2]}, "c": null}', '[1, [2, 3], null]', '{}', '[]', '1', '"s"', 'null', 'true', '{"x": [{"y": null, "z": 1}, null]}'];
for (const document of DOCUMENTS) {
  for (const [name, value] of [['json_typeof', js(document)], ['jsonb_typeof', jb(document)], ['json_array_length', js(document)], ['jsonb_array_length', jb(document)], ['jsonb_strip_nulls', jb(document)], ['jsonb_pretty', jb(document)]]) await add('function', name, value);
  for (const path of ['{a,b,0}', '{a,b,5}', '{a,b,-9}', '{c}', '{d}', '{0}', '{-1}', '{9}', '{a,x,y}', '{1,0}', '{x,0,y}', '{}', '{a,b,zz}']) {
    await add('function', 'jsonb_set', jb(document), ['text[]', path], jb('{"new": 1}'));
    await add('function', 'jsonb_set', jb(document), ['text[]', path], jb('9'), ['boolean', 'false']);
    await add('function', 'jsonb_insert', jb(document), ['text[]', path], jb('7'));
    await add('function', 'jsonb_insert', jb(document), ['text[]', path], jb('7'), ['boolean', 'true']);
  }
  for (const name of ['jsonb_extract_path', 'jsonb_extract_path_text']) { await add('function', name, jb(document), T('a'), T('b')); await add('function', name, jb(document), T('1'), T('0')); }
  for (const name of ['json_array_elements', 'jsonb_array_elements', 'json_array_elements_text', 'jsonb_array_elements_text', 'json_each', 'jsonb_each', 'json_each_text', 'jsonb_each_text', 'json_object_keys', 'jsonb_object_keys']) await add('rows', name, name.startsWith('jsonb') ? jb(document) : js(document));
}
await add('function', 'jsonb_object', ['text[]', '{a,b}'], ['text[]', '{1,NULL}']); await add('function', 'jsonb_object', ['text[]', '{a}'], ['text[]', '{1,2}']);
await add('function', 'jsonb_set', jb('{"a":1}'), U('{a}'), U('2')); await add('function', 'jsonb_exists', jb('{"a":1}'), T('a')); await add('function', 'array_to_json', ['integer[]', '{1,2}']);
await add('rows', 'jsonb_each', jb(null)); await add('rows', 'jsonb_array_elements', U('[1,2]'));

// --- arrays ---
file = 'arrays';
const ARRAYS = ['integer[]', 'text[]', 'numeric[]', 'boolean[]'];
for (const type of ARRAYS) {
  for (const name of ['array_length', 'array_upper', 'array_lower']) for (const value of VALUES[type]) for (const dimension of [0, 1, 2, 3]) await add('function', name, [type, value], I(dimension));
  for (const name of ['array_ndims', 'cardinality']) await combine('function', name, [type]);
  for (const value of VALUES[type]) {
    for (const index of [0, 1, 2, 3, -1]) await add('subscript', '-', [type, value], I(index));
    await add('subscript', '-', [type, value], I(1), I(2)); await add('subscript', '-', [type, value], I(2), I(1));
    for (const separator of [',', '', ' | ']) { await add('function', 'array_to_string', [type, value], T(separator)); await add('function', 'array_to_string', [type, value], T(separator), T('*')); }
    await add('rows', 'unnest', [type, value]);
    if (!value.includes('{{')) for (const [low, high] of [[1, 2], [2, 9], [0, 1], [3, 2], [2, 2]]) await add('slice', '-', [type, value], I(low), I(high));
  }
}
const ELEMENT = { 'integer[]': '2', 'text[]': 'a', 'numeric[]': '1.50', 'boolean[]': 'true' };
for (const type of ARRAYS) {
  const element = type.slice(0, -2);
  for (const value of VALUES[type].filter((each) => !each.includes('{{'))) {
    for (const item of [ELEMENT[type], null]) {
      await add('function', 'array_append', [type, value], [element, item]); await add('function', 'array_prepend', [element, item], [type, value]);
      await add('function', 'array_remove', [type, value], [element, item]); await add('function', 'array_position', [type, value], [element, item]); await add('function', 'array_positions', [type, value], [element, item]);
      await add('function', 'array_replace', [type, value], [element, item], [element, ELEMENT[type]]);
      await add('operator', '||', [type, value], [element, item]); await add('operator', '||', [element, item], [type, value]);
    }
  }
  await add('function', 'array_append', [type, null], [element, ELEMENT[type]]);
  await combine('function', 'array_cat', [type, type]); await combine('operator', '||', [type, type]);
}
await add('function', 'array_append', ['integer[]', '{1}'], U('2')); await add('function', 'array_append', ['integer[]', '{1}'], N('2.5')); await add('function', 'array_append', ['integer[]', '{1}'], T('x')); await add('operator', '||', ['integer[]', '{1}'], U('{2}'));
for (const [text, separator, none] of [['a,b,c', ',', null], ['a,,c', ',', ''], ['', ',', null], ['abc', '', null], ['äb', null, null], ['a,b', ',', 'b'], ['abc', ',', null], ['xx--yy', '--', null], [',', ',', null]]) { await add('function', 'string_to_array', T(text), T(separator)); await add('function', 'string_to_array', T(text), T(separator), T(none)); }
for (const values of [[I(1), I(2)], [I(1), N('2.5')], [U('a'), U('b')], [U(null), I(1)], [['boolean', 'true'], ['boolean', null]], [dt('2024-01-01'), ts('2024-01-01 10:00')], [['integer[]', '{1,2}'], ['integer[]', '{3,4}']], [['integer[]', '{1,2}'], ['integer[]', '{3}']], [T('a "q"'), T('{}')], [F('1'), F('1.5')], [jb('{"a":1}')], [['character varying', 'x'], U('y')]]) await add('constructor', '-', ...values);
for (const args of [[1, 5], [5, 1], [1, 1], [1, 10, 3], [10, 1, -4], [1, 5, 0], [-2, 2]]) { await add('rows', 'generate_series', ...args.map(I)); await add('rows', 'generate_series', ...args.map((n) => ['bigint', String(n)])); await add('rows', 'generate_series', ...args.map((n) => N(n))); }
await add('rows', 'generate_series', ['bigint', '9223372036854775805'], ['bigint', '9223372036854775807']); await add('rows', 'generate_series', N('1.0'), N('2'), N('0.25')); await add('rows', 'generate_series', I(1), U('3')); await add('rows', 'generate_series', I(null), I(3));
for (const [a, b, step] of [['2024-01-01', '2024-01-05', '2 days'], ['2024-01-31', '2024-05-31', '1 month'], ['2024-01-05', '2024-01-01', '-1 day'], ['2024-01-01', '2024-01-02', '6 hours'], ['2024-01-01', '2024-01-02', '0']]) { await add('rows', 'generate_series', ts(a), ts(b), iv(step)); await add('rows', 'generate_series', tz(a), tz(b), iv(step)); await add('rows', 'generate_series', dt(a), dt(b), iv(step)); }
await add('rows', 'generate_subscripts', ['integer[]', '{5,6,7}'], I(1)); await add('rows', 'generate_subscripts', ['integer[]', '{{1,2},{3,4}}'], I(2)); await add('rows', 'generate_subscripts', ['integer[]', '{}'], I(1)); await add('rows', 'unnest', I(1)); await add('rows', 'unnest', U('{1,2}'));

// --- aggregates ---
file = 'aggregates';
const SETS = {
  smallint: [['1', '2', '3'], [null], ['32767', '32767']], integer: [['1', '2'], ['1', '2', '4'], [null, '5', null], ['2147483647', '2147483647'], ['10', '20', '25']], bigint: [['1', '2'], ['9223372036854775807', '9223372036854775807', '1'], [null]],
  numeric: [['1.5', '2.25', '3'], ['1', '2', '2'], ['0.1', '0.2', null], ['NaN', '1'], ['Infinity', '1'], ['Infinity', '-Infinity'], ['12345678901234567890.123', '0.0000000001'], ['1.50', '-1.50'], ['1e20', '1e-20'], ['10', '10', '10']],
  real: [['0.5', '1.25'], ['1', '2', '3']], 'double precision': [['1.5', '2.5', '4'], ['1', '2', '3', '4'], [null], ['5']], text: [['b', 'a', 'C'], [null, 'x']], 'character varying': [['b', 'a']], character: [['b', 'a ']], date: [['2024-01-01', '2023-06-01', null]], 'timestamp without time zone': [['2024-01-01 10:00', '2023-06-01']], 'timestamp with time zone': [['2024-01-01 10:00+00', '2024-01-01 10:00+05']],
  interval: [['1 day', '36 hours', '-1 mon'], ['1 mon', '2 days'], ['1 hour']], boolean: [['true', 'false', null], ['true', 'true'], [null]], 'time without time zone': [['10:00', '09:00:01']], 'integer[]': [['{1,2}', '{1,3}'], ['{2}', '{10}']], jsonb: [['{"a":1}', '[2]', null]], json: [['{"a" :1}', '2']], uuid: [[VALUES.uuid[0], VALUES.uuid[1]]],
};
for (const name of ['count', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'every', 'bit_and', 'bit_or', 'bit_xor', 'stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp', 'array_agg', 'json_agg', 'jsonb_agg']) {
  for (const [type, sets] of Object.entries(SETS)) for (const values of sets) await add('aggregate', name, ...values.map((value) => [type, value]));
}

let total = 0;
for (const [name, list] of Object.entries(lines)) {
  writeFileSync(`${folder}${name}.txt`, `# Written by fixtures.mjs from PostgreSQL's answers; test_postgresql.c says how to read it.\n${list.join('\n')}\n`);
  total += list.length;
}
console.log(`${total} expressions`);
await database.close();
