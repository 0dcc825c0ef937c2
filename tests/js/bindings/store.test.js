/** Stores, in Svelte's and Vue's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { effect, effectScope, onScopeDispose, shallowRef } from '@vue/reactivity';
import { derived, get } from 'svelte/store';
import { liveStore } from 'tidemark/store';

import { open, until } from './lib/open.js';

const SQL = 'SELECT id, name FROM users WHERE id < $1 ORDER BY id';

async function users(t) {
  const db = open(t);
  await db.query("CREATE TABLE users (id integer PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace')");
  return db;
}

test('It keeps the contract of a Svelte store: a value at once, then each change, until the end', async (t) => {
  const db = await users(t);
  const store = liveStore(db, SQL, [10]);
  const values = [];
  const end = store.subscribe((value) => values.push(value));
  assert.deepEqual(values, [{ rows: [], fields: [], error: null, loading: true }]);
  await until(() => values.length === 2, 'the rows');
  assert.deepEqual(values[1].rows, [{ id: 1, name: 'Ada' }, { id: 2, name: 'Grace' }]);
  await db.query("INSERT INTO users VALUES (3, 'Mary')");
  await until(() => values.length === 3, 'the change');
  assert.equal(values[2].rows[0], values[1].rows[0]);
  end();
  await db.query("INSERT INTO users VALUES (4, 'Kay')");
  await new Promise((resolve) => { setTimeout(resolve, 10); });
  assert.equal(values.length, 3);
});

test("Svelte's get and derived take it, and close it after use", async (t) => {
  const db = await users(t);
  let open = 0;
  const counting = {
    live: async (...given) => {
      const live = await db.live(...given);
      open++;
      const { close } = live;
      live.close = () => {
        open--;
        close.call(live);
      };
      return live;
    },
  };
  const store = liveStore(counting, SQL, [10]);
  const names = derived(store, ({ rows }) => rows.map(({ name }) => name).join(' '));
  const seen = [];
  const end = names.subscribe((text) => seen.push(text));
  await until(() => seen.at(-1) === 'Ada Grace', 'the names');
  assert.equal(get(names), 'Ada Grace');
  await db.query("UPDATE users SET name = 'Hopper' WHERE id = 2");
  await until(() => seen.at(-1) === 'Ada Hopper', 'the change');
  end();
  assert.equal(open, 0);
  assert.equal(get(store).loading, true);
  await until(() => open === 0, 'what get opened to be closed');
});

test('A live query is a store of its rows', async (t) => {
  const db = await users(t);
  const live = await db.live(SQL, [2]);
  const store = live.store();
  assert.deepEqual(get(store), [{ id: 1, name: 'Ada' }]);
  const seen = [];
  const end = store.subscribe((rows) => seen.push(rows.length));
  await db.query("INSERT INTO users VALUES (0, 'Zero')");
  await until(() => seen.length === 2, 'the change');
  assert.deepEqual(seen, [1, 2]);
  end();
  assert.equal(live.closed, false);
});

/** As docs/javascript.md has it. */
function useStore(store) {
  const value = shallowRef();
  onScopeDispose(store.subscribe((next) => { value.value = next; }));
  return value;
}

test("Vue's shallowRef follows it until its scope ends", async (t) => {
  const db = await users(t);
  const scope = effectScope();
  const seen = [];
  scope.run(() => {
    const known = useStore(liveStore(db, SQL, [10]));
    effect(() => seen.push(known.value.rows.length));
  });
  await until(() => seen.at(-1) === 2, 'the rows');
  await db.query('DELETE FROM users WHERE id = 1');
  await until(() => seen.at(-1) === 1, 'the change');
  scope.stop();
  const { length } = seen;
  await db.query('DELETE FROM users');
  await new Promise((resolve) => { setTimeout(resolve, 10); });
  assert.equal(seen.length, length);
});

test('A query that cannot be run is an error in the value', async (t) => {
  const db = await users(t);
  const values = [];
  t.after(liveStore(db, 'SELECT nothing FROM users').subscribe((value) => values.push(value)));
  await until(() => values.length === 2, 'the error');
  assert.equal(values[1].error.code, '42703');
});
