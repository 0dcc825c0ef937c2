/** The hook, in React itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { StrictMode, act, createElement, memo } from 'react';
import { create } from 'react-test-renderer';
import { useLiveQuery } from 'tidemark/react';

import { open, until } from './lib/open.js';

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
// Its deprecation in favour of rendering to a DOM is known.
const { error } = console;
console.error = (message, ...more) => {
  if (!String(message).includes('react-test-renderer is deprecated')) error(message, ...more);
};

/** A database that notes which live queries were opened through it. */
async function users(t) {
  const db = open(t);
  await db.query(`CREATE TABLE users (id integer PRIMARY KEY, name text, city text);
    INSERT INTO users VALUES (1, 'Ada', 'London'), (2, 'Grace', 'New York'), (3, 'Mary', 'London')`);
  const opened = [];
  return {
    query: (...given) => db.query(...given),
    live: async (...given) => {
      const live = await db.live(...given);
      opened.push(live);
      return live;
    },
    opened,
  };
}

/** What a component that shows users of a city has been given, one entry for each rendering. */
function view(db) {
  const given = [];
  const rendered = [];
  const Name = memo(({ row }) => {
    rendered.push(row.id);
    return row.name;
  });
  const View = ({ city }) => {
    const known = useLiveQuery(db, 'SELECT id, name FROM users WHERE city = $1 ORDER BY id', [city]);
    given.push(known);
    return known.rows.map((row) => createElement(Name, { key: row.id, row }));
  };
  return { View, given, rendered, names: () => given.at(-1).rows.map(({ name }) => name) };
}

/** Renders, and lets everything follow that does. */
async function settled(work) {
  await act(async () => {
    await work?.();
    await new Promise((resolve) => { setTimeout(resolve, 15); });
  });
}

test('A component shows the rows and follows them, and nothing else is rendered again', async (t) => {
  const db = await users(t);
  const { View, given, rendered, names } = view(db);
  let root;
  await settled(() => { root = create(createElement(View, { city: 'London' })); });
  assert.deepEqual([given[0].loading, given[0].rows.length, given[0].error], [true, 0, null]);
  assert.deepEqual(names(), ['Ada', 'Mary']);
  assert.equal(given.at(-1).loading, false);
  assert.deepEqual(rendered.splice(0), [1, 3]);
  await settled(() => db.query("UPDATE users SET name = 'Lovelace' WHERE id = 1"));
  assert.deepEqual(names(), ['Lovelace', 'Mary']);
  assert.deepEqual(rendered.splice(0), [1], 'the other row is the same object');
  const renderings = given.length;
  await settled(() => db.query("UPDATE users SET name = 'x' WHERE id = 2"));
  assert.equal(given.length, renderings);
  await act(() => root.unmount());
});

test('Unmounting closes it, and nothing is told after that', async (t) => {
  const db = await users(t);
  const { View, given } = view(db);
  let root;
  await settled(() => { root = create(createElement(View, { city: 'London' })); });
  await act(() => root.unmount());
  assert.deepEqual(db.opened.map(({ closed }) => closed), [true]);
  const renderings = given.length;
  await settled(() => db.query("INSERT INTO users VALUES (9, 'New', 'London')"));
  assert.equal(given.length, renderings);
  // Unmounted before it was open:
  await settled(() => {
    root = create(createElement(View, { city: 'London' }));
    root.unmount();
  });
  await until(() => db.opened.every(({ closed }) => closed), 'the late one to be closed');
});

test('StrictMode mounts twice and leaves one open', async (t) => {
  const db = await users(t);
  const { View, names } = view(db);
  let root;
  await settled(() => { root = create(createElement(StrictMode, null, createElement(View, { city: 'London' }))); });
  assert.deepEqual(names(), ['Ada', 'Mary']);
  assert.equal(db.opened.filter(({ closed }) => !closed).length, 1);
  await settled(() => db.query("INSERT INTO users VALUES (4, 'Kay', 'London')"));
  assert.deepEqual(names(), ['Ada', 'Mary', 'Kay']);
  await act(() => root.unmount());
  assert.ok(db.opened.every(({ closed }) => closed));
});

test('Equal parameters are the same query, other ones a new one', async (t) => {
  const db = await users(t);
  const { View, names } = view(db);
  let root;
  await settled(() => { root = create(createElement(View, { city: 'London' })); });
  await settled(() => root.update(createElement(View, { city: 'London' })));
  assert.equal(db.opened.length, 1);
  await settled(() => root.update(createElement(View, { city: 'New York' })));
  assert.deepEqual(names(), ['Grace']);
  assert.deepEqual(db.opened.map(({ closed }) => closed), [true, false]);
  await act(() => root.unmount());
});

test('A query that cannot be run is an error, not an exception', async (t) => {
  const db = await users(t);
  const given = [];
  const View = () => {
    given.push(useLiveQuery(db, 'SELECT * FROM nowhere'));
    return null;
  };
  let root;
  await settled(() => { root = create(createElement(View)); });
  assert.equal(given.at(-1).error.code, '42P01');
  assert.deepEqual([given.at(-1).loading, given.at(-1).rows], [false, []]);
  await act(() => root.unmount());
});
