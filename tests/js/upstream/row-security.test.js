/**
 * A subscription that follows row-level security hears of rows that a change elsewhere shows or hides, and of no others.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { origins } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const SCHEMA = `
  CREATE ROLE member; GRANT USAGE ON SCHEMA public TO member;
  CREATE TABLE team (id integer PRIMARY KEY, closed boolean NOT NULL DEFAULT false);
  CREATE TABLE membership (team integer, person text, PRIMARY KEY (team, person));
  CREATE TABLE note (id integer PRIMARY KEY, team integer, text text);
  CREATE TABLE thread (id integer PRIMARY KEY, parent integer, open boolean);
  CREATE TABLE hidden (id integer PRIMARY KEY);
  CREATE FUNCTION person() RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' $$;
  CREATE FUNCTION is_hidden(integer) RETURNS boolean LANGUAGE plpgsql STABLE AS
    'BEGIN RETURN EXISTS (SELECT FROM hidden WHERE id = $1); END';
  CREATE VIEW my_team AS SELECT m.team FROM membership m WHERE m.person = person();
  ALTER TABLE note ENABLE ROW LEVEL SECURITY; ALTER TABLE team ENABLE ROW LEVEL SECURITY;
  ALTER TABLE thread ENABLE ROW LEVEL SECURITY;
  CREATE POLICY open ON team FOR SELECT USING (NOT closed);
  CREATE POLICY own ON note FOR SELECT
    USING (team IN (SELECT team FROM my_team) AND EXISTS (SELECT FROM team t WHERE t.id = note.team) AND NOT is_hidden(id));
  CREATE VIEW open_thread AS SELECT id FROM thread WHERE open;
  CREATE POLICY tree ON thread FOR SELECT USING (open OR parent IN (SELECT id FROM open_thread));
  GRANT SELECT ON note, team, membership, my_team, thread, open_thread, hidden TO member`;

const note = tableShape({ name: 'note', columns: ['id', 'text'], key: { id: 'integer' } });

for (const { name, open, skip } of origins.filter((each) => each.name !== 'EdgeClient')) {
  describe(name, { skip }, () => {
    let origin;
    const subscriptions = [];
    before(async () => {
      origin = await open();
      await origin.execute(SCHEMA);
    });
    after(async () => {
      for (const each of subscriptions) each.close();
      await origin.close();
    });
    beforeEach(() => origin.execute(`TRUNCATE note, team, membership, hidden;
      INSERT INTO team VALUES (1), (2); INSERT INTO membership VALUES (1, 'ada');
      INSERT INTO note SELECT g, 1 + g % 2, 'note ' || g FROM generate_series(1, 4) g`));

    const follow = async (person, shape = note, follow = true) => {
      const copy = new ShapeCopy(shape.key);
      const client = origin.client().as({ role: 'member', claims: { sub: person }, follow });
      subscriptions.push(await client.subscribe({ ...shape, cursor: undefined }, copy.sink));
      await copy.until((each) => each.snapshots === 1);
      return copy;
    };
    const ids = (copy) => copy.sorted().map(([id]) => id);
    const told = (copy) => copy.batches.map(({ upserts, deletes }) => [upserts.map(([id]) => id).sort(), deletes.flat().sort()]);

    test('rows appear and go with the membership that shows them; nothing else is sent, and others are told nothing', async () => {
      const [ada, eve] = [await follow('ada'), await follow('eve')];
      assert.deepEqual([ids(ada), ids(eve)], [[2, 4], []]);
      await origin.execute(`INSERT INTO membership VALUES (2, 'ada')`);
      await ada.until((each) => each.rows.size === 4);
      await origin.execute(`DELETE FROM membership WHERE team = 1; UPDATE note SET text = 'new' WHERE id = 3`);
      await ada.until((each) => each.rows.size === 2);
      // A row whose change is on its way may be sent as it was in between: keys are known a moment before a snapshot sees what became of them.
      assert.deepEqual([told(ada).at(0), told(ada).at(-1), ada.snapshots], [[[1, 3], []], [[3], [2, 4]], 1]);
      assert.deepEqual([told(eve), ids(eve), eve.snapshots], [[], [], 1]);
    });

    test('what the policy of a relation depends on that a policy reads is followed, too', async () => {
      const ada = await follow('ada');
      await origin.execute('UPDATE team SET closed = true WHERE id = 1');
      await ada.until((each) => each.rows.size === 0);
      await origin.execute('UPDATE team SET closed = false');
      await ada.until((each) => each.rows.size === 2);
    });

    test('rows that other rows of the same relation show are', async () => {
      await origin.execute('INSERT INTO thread VALUES (1, NULL, true), (2, 1, false), (3, 1, false)');
      const ada = await follow('ada', tableShape({ name: 'thread', columns: ['id'], key: { id: 'integer' } }));
      assert.deepEqual(ids(ada), [1, 2, 3]);
      await origin.execute('UPDATE thread SET open = false WHERE id = 1');
      await ada.until((each) => each.rows.size === 0);
      assert.deepEqual(told(ada).at(-1), [[], [1, 2, 3]]);
    });

    test('a shape without a key is read again', async () => {
      const count = { sql: 'SELECT count(*)::integer FROM note', params: [], client: note.client, relations: [note.relation] };
      const ada = await follow('ada', count);
      await origin.execute(`INSERT INTO membership VALUES (2, 'ada')`);
      await ada.until((each) => each.sorted()[0][0] === 4);
    });

    test('relations that functions read are followed where they are named', async () => {
      const [named, unnamed] = [await follow('ada', note, [{ schema: 'public', name: 'hidden' }]), await follow('ada')];
      await origin.execute('INSERT INTO hidden VALUES (2)');
      await named.until((each) => each.rows.size === 1);
      await sleep(50);
      assert.deepEqual(ids(unnamed), [2, 4]);
    });

    test('a policy that is changed shows and hides rows', async () => {
      const ada = await follow('ada');
      await origin.execute(`DROP POLICY own ON note; CREATE POLICY own ON note FOR SELECT USING (id = 1);
        UPDATE membership SET person = person`); // so that nobody has to wait for the next look
      await ada.until((each) => each.rows.size === 1 && each.rows.has('[1]'), 15_000);
      await origin.execute(`DROP POLICY own ON note; CREATE POLICY own ON note FOR SELECT
        USING (team IN (SELECT team FROM my_team) AND EXISTS (SELECT FROM team t WHERE t.id = note.team) AND NOT is_hidden(id))`);
    });

    test('a view that policies read and that comes to read as whoever asks hides rows', async (t) => {
      const [[version]] = await origin.rows('SHOW server_version_num');
      if (Number(version) < 150000) return t.skip('views always read as their owner');
      await origin.execute('ALTER TABLE membership ENABLE ROW LEVEL SECURITY');
      const ada = await follow('ada');
      assert.deepEqual(ids(ada), [2, 4]);
      await origin.execute('ALTER VIEW my_team SET (security_invoker = true)');
      await ada.until((each) => each.rows.size === 0, 15_000); // with the next look
      await origin.execute('ALTER VIEW my_team RESET (security_invoker); ALTER TABLE membership DISABLE ROW LEVEL SECURITY');
    });

    test('who comes back is shown what they may see by now', async () => {
      const first = await follow('ada');
      for (const each of subscriptions.splice(0)) each.close();
      await origin.execute(`DELETE FROM membership; UPDATE membership SET person = 'x'`);
      const second = new ShapeCopy(['id']);
      second.rows = new Map(first.rows);
      const client = origin.client().as({ role: 'member', claims: { sub: 'ada' }, follow: true });
      subscriptions.push(await client.subscribe({ ...note, cursor: first.cursor }, second.sink));
      await second.until((each) => each.rows.size === 0);
    });

    test('without the option none of it is noticed until the rows themselves change', async () => {
      const ada = await follow('ada', note, false);
      await origin.execute(`DELETE FROM membership`);
      await sleep(100);
      assert.deepEqual([ids(ada), told(ada)], [[2, 4], []]);
    });
  });
}
