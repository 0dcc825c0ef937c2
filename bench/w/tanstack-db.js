/** Workload W in TanStack DB: collections that are told of synced rows, and live queries over them. */
import { BTreeIndex, count, createCollection, createLiveQueryCollection, eq, max, sum, toArray } from '@tanstack/db';

import { byFirst } from './collect.js';

/** A collection whose rows come from a sync source, which is us. */
function synced(id) {
  let sync;
  const collection = createCollection({
    id, getKey: (row) => row.id, startSync: true, autoIndex: 'eager', defaultIndexType: BTreeIndex,
    sync: {
      sync: (given) => {
        sync = given;
        given.markReady();
      },
    },
  });
  const write = (type, values) => {
    sync.begin();
    for (const value of values) sync.write({ type, value });
    sync.commit();
  };
  return { collection, write };
}

const QUERIES = {
  v1: (orders, users) => (q) => q.from({ o: orders }).innerJoin({ u: users }, ({ o, u }) => eq(o.user_id, u.id))
    .where(({ o }) => eq(o.status, 'open'))
    .select(({ o, u }) => ({ id: o.id, amount: o.amount, name: u.name, country: u.country })),
  v2: (orders, users) => (q) => q.from({ o: orders }).innerJoin({ u: users }, ({ o, u }) => eq(o.user_id, u.id))
    .groupBy(({ u }) => u.country)
    .select(({ o, u }) => ({ country: u.country, n: count(o.id), total: sum(o.amount), top: max(o.amount) })),
  v3: (orders, users) => (q) => q.from({ u: users }).select(({ u }) => ({
    id: u.id, name: u.name, country: u.country,
    orders: toArray(q.from({ o: orders }).where(({ o }) => eq(o.user_id, u.id)).orderBy(({ o }) => o.id)
      .select(({ o }) => ({ id: o.id, amount: o.amount, status: o.status }))),
  })),
};

let opened = 0;

export async function open() {
  const number = opened++;
  const users = synced(`users ${number}`);
  const orders = synced(`orders ${number}`);
  const live = new Map();
  return {
    load: (oracle) => {
      users.write('insert', oracle.users.map((row) => ({ ...row })));
      orders.write('insert', oracle.orders.map((row) => ({ ...row })));
    },
    create: async (view) => {
      const collection = createLiveQueryCollection({ id: `${view} ${number}`, startSync: true, query: QUERIES[view](orders.collection, users.collection) });
      live.set(view, { collection, subscription: collection.subscribeChanges(() => {}) });
      await collection.preload();
    },
    update: (id, amount) => orders.write('update', [{ ...orders.collection.get(id), amount }]),
    updateMany: (pairs) => orders.write('update', pairs.map(([id, amount]) => ({ ...orders.collection.get(id), amount }))),
    updateUser: (id, name, country) => users.write('update', [{ id, name, country }]),
    point: (id) => own(orders.collection.get(id)),
    all: () => orders.collection.toArray.map(own),
    read: (view) => byFirst(live.get(view).collection.toArray.map((row) => ({
      v1: () => [row.id, row.amount, row.name, row.country],
      v2: () => [row.country, row.n, row.total, row.top],
      v3: () => [row.id, {
        id: row.id, name: row.name, country: row.country,
        orders: row.orders.map(({ id, amount, status }) => ({ id, amount, status })),
      }],
    })[view]())),
    close: async () => {
      for (const { collection, subscription } of live.values()) {
        subscription.unsubscribe();
        await collection.cleanup();
      }
    },
  };
}

/** The row without what TanStack DB adds to it. */
function own({ id, user_id, amount, status, created }) {
  return { id, user_id, amount, status, created };
}
