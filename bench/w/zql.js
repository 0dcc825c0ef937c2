/** Workload W in ZQL, Zero's query engine, over its sources in memory; it has no aggregates, so V2 is left out. */
import { byFirst } from './collect.js';

// ZQL is not exported by its package: its modules are found beside the one that is.
const root = new URL('../../zql/src/', import.meta.resolve('@rocicorp/zero'));
const load = (path) => import(new URL(path, root).href);
const { MemorySource } = await load('ivm/memory-source.js');
const { MemoryStorage } = await load('ivm/memory-storage.js');
const { ArrayView } = await load('ivm/array-view.js');
const { buildPipeline } = await load('builder/builder.js');

const ADD = 0, EDIT = 2;
const number = { type: 'number' };
const string = { type: 'string' };

export const views = ['v1', 'v3'];

const open_ = { type: 'simple', op: '=', left: { type: 'column', name: 'status' }, right: { type: 'literal', value: 'open' } };
/** A query of one table and what belongs to each of its rows. */
const related = (table, own, alias, other, foreign, where) => ({
  table, where, orderBy: [['id', 'asc']],
  related: [{
    correlation: { parentField: [own], childField: [foreign] }, system: 'client',
    subquery: { table: other, alias, orderBy: [['id', 'asc']] },
  }],
});
const VIEWS = {
  v1: [related('orders', 'user_id', 'user', 'users', 'id', open_), { singular: false, relationships: { user: { singular: true, relationships: {} } } }],
  v3: [related('users', 'id', 'orders', 'orders', 'user_id'), { singular: false, relationships: { orders: { singular: false, relationships: {} } } }],
};

export async function open() {
  const sources = {
    users: new MemorySource('users', { id: number, name: string, country: string }, ['id']),
    orders: new MemorySource('orders', { id: number, user_id: number, amount: number, status: string, created: number }, ['id']),
  };
  const delegate = {
    getSource: (name) => sources[name], createStorage: () => new MemoryStorage(), decorateInput: (input) => input,
    decorateFilterInput: (input) => input, decorateSourceInput: (input) => input, addEdge: () => {},
  };
  const users = new Map();
  const orders = new Map();
  const open = new Map();
  const push = (source, change) => {
    for (const _ of source.push(change)); // a push is done when its steps have been asked for
  };
  const flush = () => {
    for (const view of open.values()) view.flush();
  };
  const edit = (source, rows, id, values) => {
    const before = rows.get(id);
    const after = { ...before, ...values };
    rows.set(id, after);
    push(source, [EDIT, after, before]);
  };
  return {
    load: (oracle) => {
      for (const [name, rows] of [['users', users], ['orders', orders]]) {
        for (const row of oracle[name]) {
          const copy = { ...row };
          rows.set(row.id, copy);
          push(sources[name], [ADD, copy, null]);
        }
      }
    },
    create: (name) => {
      const [ast, format] = VIEWS[name];
      const view = new ArrayView(buildPipeline(ast, delegate, name), format, true, () => {});
      view.addListener(() => {}); // somebody looks, as in an application
      open.set(name, view);
    },
    update: (id, amount) => {
      edit(sources.orders, orders, id, { amount });
      flush();
    },
    updateMany: (pairs) => {
      for (const [id, amount] of pairs) edit(sources.orders, orders, id, { amount });
      flush();
    },
    updateUser: (id, name, country) => {
      edit(sources.users, users, id, { name, country });
      flush();
    },
    point: (id) => {
      const input = sources.orders.connect([['id', 'asc']]);
      input.setOutput({ push: () => [] });
      let row;
      for (const node of input.fetch({ constraint: { id } })) row = node.row;
      input.destroy();
      return row;
    },
    all: () => {
      const view = new ArrayView(buildPipeline({ table: 'orders', orderBy: [['id', 'asc']] }, delegate, 'all'),
        { singular: false, relationships: {} }, true, () => {});
      const rows = view.data.map(({ id, user_id, amount, status, created }) => ({ id, user_id, amount, status, created }));
      view.destroy();
      return rows;
    },
    read: (name) => byFirst(open.get(name).data.filter((row) => name === 'v1' || row.orders.length > 0).map((row) => (name === 'v1'
      ? [row.id, row.amount, row.user.name, row.user.country]
      : [row.id, {
        id: row.id, name: row.name, country: row.country,
        orders: row.orders.map(({ id, amount, status }) => ({ id, amount, status })),
      }]))),
    close: () => {
      for (const view of open.values()) view.destroy();
    },
  };
}
