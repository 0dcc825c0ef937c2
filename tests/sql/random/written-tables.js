/** The tables that random writes change: keys, defaults, CHECKs, generated columns, references with actions. */

/**
 * A column: its type where it is read, and of which type what it is given is.
 * @typedef {{ name: string, type: string, from: string }} WrittenColumn
 */

/** Those that may be given values; the first is the key. @type {Record<string, WrittenColumn[]>} */
export const written = {
  accounts: [
    { name: 'id', type: 'integer', from: 'integer' }, { name: 'email', type: 'text', from: 'text' },
    { name: 'balance', type: 'numeric', from: 'numeric' }, { name: 'level', type: 'smallint', from: 'integer' },
    { name: 'active', type: 'boolean', from: 'boolean' }, { name: 'born', type: 'date', from: 'date' },
    { name: 'tags', type: 'text[]', from: 'text[]' },
  ],
  entries: [
    { name: 'id', type: 'integer', from: 'integer' }, { name: 'account_id', type: 'integer', from: 'integer' },
    { name: 'amount', type: 'numeric', from: 'integer' }, { name: 'note', type: 'character varying', from: 'text' },
    { name: 'at', type: 'timestamp', from: 'timestamp' }, { name: 'doc', type: 'jsonb', from: 'jsonb' },
  ],
  links: [
    { name: 'id', type: 'integer', from: 'integer' }, { name: 'account_id', type: 'integer', from: 'bigint' },
    { name: 'weight', type: 'double precision', from: 'numeric' }, { name: 'kind', type: 'text', from: 'text' },
  ],
};

/** Unique columns besides the key. @type {Record<string, string[]>} */
export const unique = { accounts: ['email'], entries: [], links: ['account_id, kind'] };

/** What queries read of them. */
export const read = Object.fromEntries(Object.entries(written).map(([name, columns]) => [name, columns.map(({ name: column, type }) => ({ name: column, type }))]));

/** Statements that make and fill them. */
export const statements = [
  `CREATE TABLE accounts (id integer PRIMARY KEY, email text UNIQUE, balance numeric(10, 2) NOT NULL DEFAULT 5 CONSTRAINT solvent CHECK (balance > -1000),
    level smallint DEFAULT 1, active boolean NOT NULL DEFAULT true, born date, tags text[] DEFAULT '{new}',
    doubled numeric GENERATED ALWAYS AS (balance * 2) STORED)`,
  `CREATE TABLE entries (id integer PRIMARY KEY, account_id integer REFERENCES accounts (id) ON DELETE CASCADE ON UPDATE CASCADE, amount numeric(8, 1),
    note varchar(12), at timestamp DEFAULT '2026-01-01', doc jsonb, CONSTRAINT lucky CHECK (amount <> 13))`,
  `CREATE TABLE links (id integer PRIMARY KEY, account_id integer REFERENCES accounts (id) ON DELETE SET NULL, weight double precision NOT NULL DEFAULT 1,
    kind text DEFAULT 'friend', UNIQUE (account_id, kind))`,
  'CREATE INDEX entries_account ON entries (account_id)',
  `INSERT INTO accounts VALUES (1, 'ann', 10.50, 1, true, '1990-05-01', '{a,b}'), (2, 'Bob', 0, NULL, false, NULL, '{}'), (3, NULL, -3.25, 30, true, '1980-01-15', NULL),
    (4, '', 100, 2, true, '2024-02-29', '{b}'), (5, 'Ünal', 7, 45, false, '1980-01-15', '{c,NULL}')`,
  `INSERT INTO entries VALUES (1, 1, 10, 'first', '2026-01-01 10:00:00', '{"x": 1}'), (2, 1, 20.5, NULL, NULL, '[1, null]'), (3, 2, 5, 'a', '2026-02-01', NULL),
    (4, NULL, NULL, '10', '2026-01-15 11:30:00', '1'), (5, 4, -1, 'Ann', '2026-01-01 10:00:00', '{"x": {"y": 2}}'), (6, 4, 2, '', '1969-12-31', '"s"')`,
  `INSERT INTO links VALUES (1, 1, 1.5, 'friend'), (2, 1, 2, 'foe'), (3, 3, -1, 'x'), (4, NULL, 0, 'friend'), (5, NULL, 0, 'friend')`,
];
