/**
 * Whoever operates a gateway can see whether it is well, what it does, and what it has refused.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { createGateway, jsonLines } from '../../../js-bindings/gateway/index.js';
import { Metrics } from '../../../js-bindings/gateway/metrics.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { UpstreamError } from '../../../js-bindings/upstream/errors.js';
import { eventually } from '../lib/eventually.js';
import { openPGlite, openPostgres, postgresPrograms } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const job = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });

/** A text of metrics as a map, and what is wrong with it. */
function parsed(text) {
  const values = new Map();
  const typed = new Set();
  assert.ok(text.endsWith('\n'));
  for (const line of text.trimEnd().split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) \S/.exec(line);
    if (comment?.[1] === 'TYPE') typed.add(comment[2]);
    if (comment) continue;
    const sample = /^([a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? (-?[\d.e+-]+)$/.exec(line);
    assert.ok(sample, `not a sample: ${line}`);
    const base = sample[1].replace(/_(bucket|sum|count)$/, '');
    assert.ok(typed.has(sample[1]) || typed.has(base), `no type: ${line}`);
    values.set(`${sample[1]}${sample[2] ?? ''}`, Number(sample[3]));
  }
  return values;
}

for (const { name, open, skip } of [
  { name: 'PGlite', open: openPGlite, skip: false },
  {
    name: 'PostgreSQL by logical replication', open: () => openPostgres({ replication: true }),
    skip: postgresPrograms() ? false : 'no PostgreSQL server is installed',
  },
]) {
  describe(`a gateway over ${name}`, { skip }, () => {
    let origin;
    let served;
    let client;
    const lines = [];
    before(async () => {
      origin = await open();
      await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text);
        INSERT INTO job VALUES (1, 'classified'), (2, 'two')`);
      served = await serve(createGateway({
        upstream: origin.client(),
        authenticate: () => ({ subject: 'ada' }),
        metrics: (request) => request.headers.get('authorization') === 'Bearer operator',
        logger: jsonLines((line) => lines.push(line)),
      }));
      client = new EdgeClient({ url: served.url, WebSocket });
    });
    after(async () => {
      await client.close();
      await served.close();
      await origin.close();
    });
    const read = async () => {
      const response = await fetch(`${served.url}/metrics`, { headers: { authorization: 'Bearer operator' } });
      assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
      return parsed(await response.text());
    };

    test('shows its figures to those who may see them', async () => {
      assert.equal((await fetch(`${served.url}/metrics`)).status, 404);
      const copies = [new ShapeCopy(['id']), new ShapeCopy(['id'])];
      for (const copy of copies) await client.subscribe(job, copy.sink);
      for (const copy of copies) await copy.until((each) => each.snapshots === 1);
      await client.query('SELECT * FROM job');
      const write = (transaction, sql) => client.apply({ client: 'c', transaction, writes: [{ sql, params: [] }] });
      await write(1, `UPDATE job SET note = 'three' WHERE id = 2`);
      await write(2, `INSERT INTO job VALUES (1, 'x')`);
      await write(3, `UPDATE job SET note = 'three' WHERE id = 7`);
      await client.query('SELECT nope').catch(() => {});
      for (const copy of copies) await copy.until((each) => each.rows.get('[2]')[1] === 'three');
      const values = await eventually(async () => {
        const values = await read();
        assert.equal(values.get('tidemark_gateway_sent_rows_total'), 2 + 2 + 2 + 1 + 1 + 1);
        return values;
      });
      const expected = {
        tidemark_gateway_connections: 1,
        tidemark_gateway_subscriptions: 2,
        tidemark_changefeed_shapes: 1,
        tidemark_changefeed_held_bytes: 0,
        'tidemark_gateway_applied_total{state="applied"}': 1,
        'tidemark_gateway_applied_total{state="refused"}': 1,
        'tidemark_gateway_applied_total{state="conflicted"}': 1,
        'tidemark_gateway_refused_total{event="refused",code="23505"}': 1,
        'tidemark_gateway_refused_total{event="refused",code="42703"}': 1,
        tidemark_gateway_apply_duration_seconds_count: 3,
        'tidemark_gateway_apply_duration_seconds_bucket{le="+Inf"}': 3,
      };
      for (const [key, value] of Object.entries(expected)) assert.equal(values.get(key), value, key);
      assert.ok(values.get('tidemark_gateway_sent_bytes_total') > 500);
      assert.ok(values.get('tidemark_changefeed_lag_seconds') < 10);
      const hasSlot = name !== 'PGlite';
      assert.equal(values.get('tidemark_changefeed_slot_lag_bytes') >= 0, hasSlot);
    });

    test('writes what it refuses as lines of JSON, with who asked, and nothing of rows', () => {
      const events = lines.map((line) => JSON.parse(line));
      for (const [at, event] of events.entries()) {
        assert.ok(lines[at].endsWith('}\n') && !lines[at].slice(0, -1).includes('\n'));
        assert.ok(Math.abs(Date.parse(event.time) - Date.now()) < 600_000);
        assert.ok(!lines[at].includes('classified'));
      }
      assert.deepEqual(events.filter(({ event }) => event === 'refused').map(({ path, subject, error }) => [path, subject, error.code]),
        [['apply', 'ada', '23505'], ['query', 'ada', '42703']]);
      assert.deepEqual(events.filter(({ event }) => event === 'connected').map(({ subject }) => subject), ['ada']);
    });
  });
}

describe('health', () => {
  test('tells of an origin that is out of reach, and asks it once for many who ask', async () => {
    let asked = 0;
    const gateway = createGateway({
      upstream: {
        dialect: 'postgres',
        query: async () => {
          asked++;
          throw new UpstreamError('08006', 'gone: host=10.1.2.3');
        },
      },
    });
    const ask = () => gateway.fetch(new Request('http://host/api/db/health'));
    for (const response of await Promise.all([ask(), ask(), ask()])) {
      assert.deepEqual([response.status, await response.json()], [503, { status: 'unreachable', dialect: 'postgres', code: '08006' }]);
    }
    assert.equal(asked, 1);
    await gateway.close();
    assert.deepEqual(await (await ask()).json(), { status: 'closing' });
  });
});

describe('metrics', () => {
  test('are text that Prometheus reads, whatever the labels are', () => {
    const metrics = new Metrics();
    const counter = metrics.counter('a_total', 'Some.');
    counter.add(2, { kind: 'a "b"\\\n' });
    counter.add(1.5, { kind: 'a "b"\\\n' });
    metrics.gauge('b', 'None.', () => undefined);
    const histogram = metrics.histogram('c_seconds', 'Times.', [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value);
    assert.equal(metrics.text(), [
      '# HELP a_total Some.', '# TYPE a_total counter', 'a_total{kind="a \\"b\\"\\\\\\n"} 3.5',
      '# HELP c_seconds Times.', '# TYPE c_seconds histogram', 'c_seconds_bucket{le="0.1"} 2', 'c_seconds_bucket{le="1"} 3',
      'c_seconds_bucket{le="+Inf"} 4', 'c_seconds_sum 7.65', 'c_seconds_count 4', ''].join('\n'));
    parsed(metrics.text());
  });
});
