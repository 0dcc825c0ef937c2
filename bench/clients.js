/**
 * How many devices one gateway process holds: memory and processor time of idle ones, a change that all of them see, many changes
 * for a thousand of them, and bytes on the wire. PostgreSQL, the gateway and all devices share this machine; what the gateway itself uses is
 * measured in its own process. Every device has to have every row in the end.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { WebSocket } from 'ws';

import { EdgeClient } from '../js-bindings/upstream/edge.js';
import { openPostgres } from '../tests/js/lib/origin.js';
import { tableShape } from '../tests/js/lib/shape-copy.js';
import { figure, median, percentile, report } from './report.js';

const SIZES = (process.env.BENCH_CLIENTS ?? '1000,10000').split(',').map(Number);
const BUSY = Number(process.env.BENCH_BUSY ?? 1000);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const COMMITS = 20;
const PER_SECOND = 10;

const origin = await openPostgres();
await origin.execute(`CREATE TABLE shared (id integer PRIMARY KEY, note text);
  INSERT INTO shared SELECT i, 'note ' || i FROM generate_series(1, 10) AS i;
  CREATE TABLE own (id integer PRIMARY KEY, owner integer NOT NULL, note text); CREATE INDEX ON own (owner);
  INSERT INTO own SELECT i, i, 'note 0' FROM generate_series(1, ${BUSY}) AS i`);

/** A gateway process, `measure` for what it holds and has used so far. */
async function startGateway() {
  const { host, user, database } = origin.pool.options;
  const child = fork(new URL('clients/gateway.js', import.meta.url), [JSON.stringify({ host, user, database })], { execArgv: ['--expose-gc'] });
  const [{ url }] = await once(child, 'message');
  return {
    url,
    async measure() {
      child.send('measure');
      return (await once(child, 'message'))[0];
    },
    async stop() {
      child.send('end');
      await once(child, 'exit');
    },
  };
}

/** A device that follows one shape and counts. */
class Device {
  /** @type {Map<string, string>} notes by key */
  notes = new Map();
  /** @type {(note: string, at: number) => void} */
  heard = () => {};
  static sockets = [];

  constructor(url, number, shape) {
    this.number = number;
    this.url = url;
    this.shape = { ...shape, cursor: null, client: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` };
  }

  /** Connects, and goes on from where it stood. */
  async open() {
    class Socket extends WebSocket {
      constructor(...given) {
        super(...given);
        this.once('upgrade', (response) => Device.sockets.push(response.socket));
      }
    }
    this.client = new EdgeClient({ url: this.url, WebSocket: Socket });
    let ready;
    const told = new Promise((resolve) => { ready = resolve; });
    const take = (rows) => { for (const row of rows) this.notes.set(String(row[0]), row.find((value) => /^note/.test(value))); };
    const reach = (cursor) => {
      this.shape.cursor = cursor ?? this.shape.cursor;
      if (cursor) ready();
    };
    await this.client.subscribe(this.shape, {
      snapshot: ({ rows, cursor }) => {
        take(rows);
        reach(cursor);
      },
      changes: ({ upserts, cursor }) => {
        take(upserts);
        reach(cursor);
        for (const row of upserts) this.heard(row.find((value) => /^note/.test(value)), performance.now());
      },
      lost: (error) => { throw error; },
    });
    await told;
  }
}

const shared = tableShape({ name: 'shared', columns: ['id', 'note'], key: { id: 'integer' } });
const ownOf = (owner) => tableShape({
  name: 'own', columns: ['id', 'owner', 'note'], key: { id: 'integer' }, equal: { owner },
});

/** Opens so many devices, some at a time. */
async function connect(url, count, shapeOf) {
  const devices = Array.from({ length: count }, (_, i) => new Device(url, i + 1, shapeOf(i + 1)));
  await open(devices);
  return devices;
}

async function open(devices) {
  for (let i = 0; i < devices.length; i += 50) await Promise.all(devices.slice(i, i + 50).map((device) => device.open()));
}

/** All devices lose their connection, what each of them sees changes, and they come back; devices per second. */
async function comeBack(devices, statement) {
  await disconnect(devices);
  for (const device of devices) device.heard = () => {};
  await origin.execute(statement('note while away'));
  const begun = performance.now();
  await open(devices);
  const took = performance.now() - begun;
  if (devices.some((device) => ![...device.notes.values()].includes('note while away'))) throw new Error('a device has missed a change');
  return devices.length / took * 1000;
}

async function disconnect(devices) {
  for (const device of devices) await device.client.close();
}

/** One change, until the middle and the last device has it. */
async function fanOut(devices) {
  const medians = [], lasts = [];
  for (let commit = 1; commit <= COMMITS; commit++) {
    const times = [];
    const all = new Promise((resolve) => {
      for (const device of devices) {
        device.heard = (_, at) => {
          times.push(at);
          if (times.length === devices.length) resolve();
        };
      }
    });
    const start = performance.now();
    await origin.execute(`UPDATE shared SET note = 'note ${commit} of a change' WHERE id = ${commit % 10 + 1}`);
    await all;
    medians.push(median(times) - start);
    lasts.push(Math.max(...times) - start);
    await sleep(50);
  }
  const want = await origin.rows('SELECT id, note FROM shared');
  for (const device of devices) {
    for (const [id, note] of want) if (device.notes.get(String(id)) !== note) throw new Error(`a device has another row ${id}`);
  }
  return { middle: median(medians), last: median(lasts) };
}

/** Ten commits a second; `statement` changes what each of the devices sees. */
async function busy(gateway, devices, statement) {
  const times = [], sent = new Map();
  for (const device of devices) device.heard = (note, at) => times.push(at - sent.get(note));
  const before = await gateway.measure(), begun = performance.now();
  for (let commit = 1; commit <= SECONDS * PER_SECOND; commit++) {
    const note = `note ${commit}`;
    sent.set(note, performance.now());
    await origin.execute(statement(note));
    const next = begun + commit * 1000 / PER_SECOND;
    if (next > performance.now()) await sleep(next - performance.now());
  }
  const note = `note ${SECONDS * PER_SECOND}`;
  while (devices.some((device) => ![...device.notes.values()].includes(note))) await sleep(10);
  const took = performance.now() - begun, after = await gateway.measure();
  return { times, rows: times.length / took * 1000, load: (after.cpu - before.cpu) / took };
}

// --- how many it holds ---

const held = [];
for (const size of SIZES) {
  const gateway = await startGateway();
  const before = await gateway.measure(), begun = performance.now();
  const devices = await connect(gateway.url, size, () => shared);
  const opened = performance.now() - begun, after = await gateway.measure();
  await sleep(SECONDS * 1000);
  const idle = await gateway.measure();
  const { middle, last } = await fanOut(devices);
  held.push({
    devices: size,
    'opened, devices/s': figure(size / opened * 1000),
    'memory of one, kB': figure((after.memory - before.memory) / size / 1024),
    'idle, % of a core': figure((idle.cpu - after.cpu) / SECONDS / 10),
    'change until half have it, ms': figure(middle),
    'until the last, ms': figure(last),
    'messages/s': figure(size / last * 1000),
  });
  await disconnect(devices);
  await gateway.stop();
}
report('clients-idle', 'Devices that follow ten rows of one table through one gateway', held, { notes: [
  'memory: what the gateway\'s process has more, divided by the devices; a change: medians of 20 commits, from before the commit',
] });

// --- many changes ---

const rates = [];
for (const { what, shapeOf, statement } of [
  { what: 'one row that all see', shapeOf: () => shared, statement: (note) => `UPDATE shared SET note = '${note}' WHERE id = 1` },
  { what: 'a row of each one\'s own', shapeOf: ownOf, statement: (note) => `UPDATE own SET note = '${note}'` },
]) {
  const gateway = await startGateway();
  const devices = await connect(gateway.url, BUSY, shapeOf);
  const { times, rows, load } = await busy(gateway, devices, statement);
  const back = await comeBack(devices, statement);
  rates.push({
    what, devices: BUSY, 'rows/s': figure(rows), 'p50 ms': figure(median(times)), 'p99 ms': figure(percentile(times, 0.99)),
    'gateway, % of a core': figure(load * 100), 'come back, devices/s': figure(back),
  });
  await disconnect(devices);
  await gateway.stop();
}
report('clients-busy', `${PER_SECOND} commits a second for ${SECONDS} s, each of which changes a row of every device`, rates, { notes: [
  'rows that change again before they are read come once; ms: from before the commit until a device has the row',
  'come back: all lose their connection, their row changes, and they connect again, fifty at a time',
] });

// --- bytes on the wire ---

const gateway = await startGateway();
await origin.execute('CREATE TABLE wire (id integer PRIMARY KEY, note text, amount numeric(10, 2), at timestamptz DEFAULT now())');
Device.sockets.length = 0;
const [device] = await connect(gateway.url, 1, () => tableShape({ name: 'wire', columns: ['id', 'note', 'amount', 'at'], key: { id: 'integer' } }));
const received = () => Device.sockets[0].bytesRead;

/** Bytes of each row, from a statement for each of the numbers. */
async function bytes(rows, statements) {
  let seen = 0, done;
  const all = new Promise((resolve) => { done = resolve; });
  device.heard = () => { if (++seen === rows) done(); };
  const before = received();
  for (const statement of statements) {
    const had = seen;
    await origin.execute(statement);
    if (statements.length > 1) while (seen === had) await sleep(1);
  }
  await all;
  return figure((received() - before) / rows);
}

const insert = (from, to) => `INSERT INTO wire SELECT i, 'note of row ' || i, i * 1.37 FROM generate_series(${from}, ${to}) AS i`;
const wire = [
  { what: 'inserted one by one', rows: 300, statements: Array.from({ length: 300 }, (_, i) => insert(i + 1, i + 1)) },
  { what: 'inserted by one transaction', rows: 10_000, statements: [insert(1001, 11_000)] },
  { what: 'updated by one transaction', rows: 10_000, statements: ['UPDATE wire SET amount = amount + 1 WHERE id > 1000'] },
];
const lengths = [];
for (const { what, rows, statements } of wire) lengths.push({ what, rows, 'bytes of a row': await bytes(rows, statements) });
report('clients-wire', 'Bytes that a device receives for a changed row of four columns', lengths, { notes: [
  'WebSocket frames, with their JSON and without TCP and TLS; the row itself is some 60 characters',
] });
await disconnect([device]);
await gateway.stop();
await origin.close();
