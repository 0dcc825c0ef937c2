/** Workload W in TanStack's raw dataflow operators: plain objects in memory, no database around them. */
import { D2, MultiSet, filter, groupBy, groupByOperators, join, map, output, reduce } from '@tanstack/db-ivm';

import { Collected } from './collect.js';

const { count, max, sum } = groupByOperators;

/** What each view is made of: users and orders by user, joined. */
const PIPELINES = {
  v1: (orders, users) => orders.pipe(
    filter(([, order]) => order.status === 'open'),
    join(users, 'inner'),
    map(([, [order, user]]) => [order.id, [order.id, order.amount, user.name, user.country]])),
  v2: (orders, users) => orders.pipe(
    join(users, 'inner'),
    map(([, [order, user]]) => ({ country: user.country, amount: order.amount })),
    groupBy(({ country }) => ({ country }), { n: count(), total: sum(({ amount }) => amount), top: max(({ amount }) => amount) }),
    map(([, { country, n, total, top }]) => [country, [country, n, total, top]])),
  v3: (orders, users) => orders.pipe(
    reduce((rows) => [[rows.map(([order]) => order).sort((a, b) => a.id - b.id), 1]]),
    join(users, 'inner'),
    map(([id, [list, user]]) => [id, [id, {
      id, name: user.name, country: user.country, orders: list.map(({ id: order, amount, status }) => ({ id: order, amount, status })),
    }]])),
};

export async function open() {
  /** @type {Map<number, any>} */
  const users = new Map();
  /** @type {Map<number, any>} */
  const orders = new Map();
  /** @type {{ graph: any, userInput: any, orderInput: any, rows: Collected }[]} */
  const graphs = [];
  const results = new Map();
  const send = (userChanges, orderChanges) => {
    for (const { graph, userInput, orderInput, rows } of graphs) {
      if (userChanges.length > 0) userInput.sendData(new MultiSet(userChanges));
      if (orderChanges.length > 0) orderInput.sendData(new MultiSet(orderChanges));
      graph.run();
      rows.apply();
    }
  };
  const change = (id, amount) => {
    const before = orders.get(id);
    const after = { ...before, amount };
    orders.set(id, after);
    return [[[before.user_id, before], -1], [[after.user_id, after], 1]];
  };
  return {
    load: (oracle) => {
      for (const user of oracle.users) users.set(user.id, { ...user });
      for (const order of oracle.orders) orders.set(order.id, { ...order });
    },
    create: (view) => {
      const graph = new D2();
      const userInput = graph.newInput();
      const orderInput = graph.newInput();
      const rows = new Collected();
      PIPELINES[view](orderInput, userInput).pipe(output((message) => rows.add(message.getInner())));
      graph.finalize();
      results.set(view, rows);
      userInput.sendData(new MultiSet([...users.values()].map((user) => [[user.id, user], 1])));
      orderInput.sendData(new MultiSet([...orders.values()].map((order) => [[order.user_id, order], 1])));
      graph.run();
      rows.apply();
      graphs.push({ graph, userInput, orderInput, rows });
    },
    update: (id, amount) => send([], change(id, amount)),
    updateMany: (pairs) => send([], pairs.flatMap(([id, amount]) => change(id, amount))),
    updateUser: (id, name, country) => {
      const before = users.get(id);
      const after = { ...before, name, country };
      users.set(id, after);
      send([[[id, before], -1], [[id, after], 1]], []);
    },
    point: (id) => orders.get(id),
    all: () => [...orders.values()],
    read: (view) => results.get(view).rows(),
    close: () => {},
  };
}
