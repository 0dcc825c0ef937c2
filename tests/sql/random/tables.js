/** The tables that random queries read, and their rows: NULLs, duplicates, ties, unicode, an empty table. */

/** @typedef {{ name: string, type: string }} Column */

/** @type {Record<string, Column[]>} */
export const tables = Object.fromEntries([
  ['people', 'id integer, age integer, points bigint, score numeric, weight double precision, name text, active boolean, '
    + 'born date, seen timestamp, tags text[], info jsonb'],
  ['visits', 'id integer, person_id integer, amount numeric, note text, at timestamp, marks integer[], good boolean'],
  ['pairs', 'a integer, b text, c double precision, d date'],
  ['nothing', 'id integer, v text, n numeric, f boolean'],
].map(([name, columns]) => [name, columns.split(', ').map((column) => {
  const [, columnName, type] = /** @type {RegExpMatchArray} */ (/^(\w+) (.*)$/.exec(column));
  return { name: columnName, type };
})]));

/** Statements that make and fill them. */
export const statements = [
  ...Object.entries(tables).map(([name, columns]) => `CREATE TABLE ${name} (${columns.map((column) => (
    `${column.name} ${column.type}${column.name === 'id' ? ' PRIMARY KEY' : ''}`)).join(', ')})`),
  'CREATE INDEX people_age ON people (age)',
  'CREATE INDEX visits_person ON visits (person_id, at)',
  'CREATE INDEX pairs_b ON pairs (b DESC)',
  `INSERT INTO people VALUES
    (1, 30, 100, 12.50, 0.5, 'Ann', true, '1990-05-01', '2026-01-01 10:00:00', '{a,b}', '{"x": 1}'),
    (2, NULL, -5, 7, -2.25, 'bob', false, NULL, NULL, '{}', '{"x": 2, "y": [1, null, "s"]}'),
    (3, 45, NULL, NULL, 1024, 'Ünal', true, '1980-01-15', '2026-01-31 23:59:59.5', NULL, NULL),
    (4, 30, 100, 12.50, NULL, NULL, NULL, '2000-02-29', '2024-02-29 00:00:00', '{b}', '[]'),
    (5, 22, 0, 0.00, 0, 'ann', true, '2003-07-07', '2026-01-01 10:00:00', '{c,a}', '{"x": null}'),
    (6, -7, 9007199254740993, -3.25, 0.125, '', false, '1980-01-15', '1969-12-31 23:59:59', '{a}', '"s"'),
    (7, 0, 3, 100000.001, -0.5, '😀', NULL, '1600-03-01', '2026-03-29 02:30:00', '{NULL,a}', '{"a": {"b": [1, 2.50]}}')`,
  `INSERT INTO visits VALUES
    (1, 1, 10.00, 'first', '2026-01-01 10:00:00', '{1,2,3}', true),
    (2, 1, 20.50, NULL, '2026-01-15 11:30:00', '{}', false),
    (3, 2, 5.25, 'Ann', '2026-02-01 09:00:00', NULL, NULL),
    (4, NULL, 99.99, 'a%b_c', NULL, '{NULL}', true),
    (5, 5, 10.00, '', '2026-01-01 10:00:00', '{3,3}', true),
    (6, 9, -1.5, '10', '2026-03-01 00:00:00', '{-1}', false),
    (7, 3, NULL, 'ann', '2026-02-28 12:00:00', '{2,1}', NULL)`,
  `INSERT INTO pairs VALUES (1, 'x', 1.5, '2026-01-01'), (1, 'x', 1.5, '2026-01-01'), (2, 'y', 2.5, '2026-01-31'),
    (2, NULL, 2.5, NULL), (NULL, 'x', NULL, '2026-01-01'), (NULL, NULL, NULL, NULL), (3, 'Y', -1, '2025-12-31'), (1, 'z', 0, '2026-02-28')`,
];
