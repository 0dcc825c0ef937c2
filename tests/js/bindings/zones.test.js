/** Offsets of time zones, as the engine asks for them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Tidemark } from '../../../js-bindings/index.js';
import { zoneOffset } from '../../../js-bindings/zones.js';

const UNKNOWN = -(2 ** 31);
const at = (/** @type {string} */ text) => Date.parse(text) / 1000;

// The offset is the one in force at that second.
test('an offset changes with the clocks', () => {
  assert.equal(zoneOffset('Europe/Berlin', at('2026-03-29T00:59:59Z')), 3600);
  assert.equal(zoneOffset('Europe/Berlin', at('2026-03-29T01:00:00Z')), 7200);
  assert.equal(zoneOffset('america/new_york', at('2026-01-31T10:00:00Z')), -18_000);
  assert.equal(zoneOffset('Asia/Kolkata', at('9999-12-31T23:59:59Z')), 19_800);
});

// Before there were zones it is the time of the sun, also in the first year.
test('local mean time has no end', () => {
  assert.equal(zoneOffset('Europe/Berlin', at('0001-01-01T00:00:00Z')), zoneOffset('Europe/Berlin', at('1850-01-01T00:00:00Z')));
});

// What is no zone is said to be none, however many such names are tried.
test('unknown names', () => {
  for (let i = 0; i < 300; i++) assert.equal(zoneOffset(`Nowhere/At_${i}`, 0), UNKNOWN);
});

// Many rows in many zones are computed by the host's rules.
test('the engine asks the host', async () => {
  const db = new Tidemark();
  const { rows } = await db.query(
    `SELECT z, count(DISTINCT t AT TIME ZONE z - t AT TIME ZONE 'UTC') AS offsets,
            bool_and(t AT TIME ZONE z AT TIME ZONE z = t) AS back
     FROM unnest(ARRAY['Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe']) AS z,
          generate_series(timestamptz '2020-01-01 12:00+00', '2029-12-31', '1 day') AS t
     GROUP BY z ORDER BY z`);
  assert.deepEqual(rows, [
    { z: 'Asia/Kolkata', offsets: 1, back: true },
    { z: 'Australia/Lord_Howe', offsets: 2, back: true },
    { z: 'Europe/Berlin', offsets: 2, back: true },
  ]);
  await assert.rejects(db.query(`SELECT now() AT TIME ZONE 'Europe/Berlim'`), {
    code: '22023', message: 'time zone "Europe/Berlim" not recognized', hint: 'Time zones have names like "Europe/Berlin".',
  });
  await db.close();
});
