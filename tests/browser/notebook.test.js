/**
 * The whole story in a real browser: rows of a PostgreSQL, edited offline on two devices, reloaded, brought back, in conflict.
 *
 * Screenshots are kept in artifacts/.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { startDemo } from '../../demo/server.js';
import { eventually } from '../js/lib/eventually.js';
import { launch } from './lib/browsers.js';

const artifacts = new URL('../../artifacts/', import.meta.url).pathname;
const BAKERY = '0b1f3f52-0000-4000-8000-000000000001';
const SCHOOL = '0b1f3f52-0000-4000-8000-000000000002';

describe('the field notebook in Chromium', () => {
  let demo, browser, context, page;
  const problems = [];

  before(async () => {
    await mkdir(artifacts, { recursive: true });
    demo = await startDemo();
    browser = await launch('Chromium', { viewport: { width: 1200, height: 1000 } });
    context = browser.context;
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => problems.push(error.message));
  });

  after(async () => {
    await browser?.close();
    await demo?.close();
  });

  const device = (id) => page.locator(`[data-device="${id}"]`);
  const job = (id, of) => device(of).locator(`[data-job="${id}"]`);
  const shot = (name) => page.screenshot({ path: join(artifacts, `${name}.png`) });
  const originJob = async (id) => (await demo.pglite.query('SELECT * FROM jobs WHERE id = $1', [id])).rows[0];

  /** Opens the job's sheet unless it is open. */
  async function openJob(id, of) {
    const head = job(id, of).locator('.job-head');
    if ((await head.getAttribute('aria-expanded')) !== 'true') await head.click();
    await job(id, of).locator('.sheet').waitFor();
  }

  async function writeNotes(id, of, text) {
    await openJob(id, of);
    const notes = job(id, of).locator('textarea');
    await notes.fill(text);
    await notes.blur();
  }

  async function setOnline(of, online) {
    const input = device(of).locator('.switch input');
    if ((await input.isChecked()) !== online) await device(of).locator('.switch').click();
  }

  it('shows the rows that live in PostgreSQL on both devices', async () => {
    await page.goto(demo.url);
    for (const of of ['ada', 'bo']) {
      await job(BAKERY, of).waitFor();
      assert.equal(await device(of).locator('.job').count(), 5);
      await device(of).getByText('3 parts · € 82.80').waitFor();
    }
    await page.waitForFunction(() => document.documentElement.dataset.offlineReady === 'yes');
    await shot('1-both-online');
  });

  it('shows a commit of PostgreSQL by itself', async () => {
    await demo.pglite.query(`UPDATE jobs SET status = 'on site' WHERE id = $1`, [BAKERY]);
    for (const of of ['ada', 'bo']) await job(BAKERY, of).locator('.status.on-site').waitFor();
  });

  it('opens, edits and reloads without any network', async () => {
    await context.setOffline(true);
    await page.reload();
    await job(BAKERY, 'ada').waitFor();
    await openJob(BAKERY, 'ada');
    await job(BAKERY, 'ada').locator('[data-status="waiting for parts"]').click();
    await job(BAKERY, 'ada').locator('.mark').waitFor();
    await openJob(BAKERY, 'ada');
    await job(BAKERY, 'ada').locator('[name=part]').fill('Oil filter');
    await job(BAKERY, 'ada').locator('[name=price]').fill('12.50');
    await job(BAKERY, 'ada').locator('.add-part button').click();
    await job(BAKERY, 'ada').locator('[data-part="Oil filter"]').waitFor();
    await device('ada').getByText('4 parts · € 95.30').waitFor();
    await shot('2-offline-staged');
    assert.equal((await originJob(BAKERY)).status, 'on site');

    await page.reload();
    await job(BAKERY, 'ada').locator('.mark').waitFor();
    await job(BAKERY, 'ada').locator('.status.waiting-for-parts').waitFor();
    await device('ada').getByText('4 parts · € 95.30').waitFor();
    assert.equal(await job(BAKERY, 'bo').locator('.status.on-site').count(), 1);
    await shot('3-offline-reloaded');
  });

  it('sends the edits when the network is back, and the other device sees them', async () => {
    await context.setOffline(false);
    await eventually(async () => assert.equal((await originJob(BAKERY)).status, 'waiting for parts'));
    await eventually(async () => {
      const parts = await demo.pglite.query(`SELECT quantity, price FROM parts WHERE name = 'Oil filter'`);
      assert.deepEqual(parts.rows, [{ quantity: 1, price: '12.50' }]);
    });
    await job(BAKERY, 'bo').locator('.status.waiting-for-parts').waitFor();
    await device('bo').getByText('4 parts · € 95.30').waitFor();
    await eventually(async () => assert.equal(await device('ada').locator('.mark').count(), 0));
    await shot('4-arrived');
  });

  /** Ada writes notes offline, Bo online; then Ada comes back. */
  async function makeConflict(mine, theirs) {
    await setOnline('ada', false);
    await device('ada').getByText('offline').waitFor();
    await writeNotes(SCHOOL, 'ada', mine);
    await job(SCHOOL, 'ada').locator('.mark').waitFor();
    await writeNotes(SCHOOL, 'bo', theirs);
    await eventually(async () => assert.equal((await originJob(SCHOOL)).notes, theirs));
    await setOnline('ada', true);
    await device('ada').locator('.conflict').waitFor();
  }

  it('shows base, mine and theirs of a conflict; a click takes theirs', async () => {
    const before = (await originJob(SCHOOL)).notes;
    await makeConflict('Bled the radiators.', 'Valve on the second floor is stuck.');
    const conflict = device('ada').locator('.conflict');
    assert.equal(await conflict.locator('.base').innerText(), before);
    assert.equal(await conflict.locator('.mine').innerText(), 'Bled the radiators.');
    assert.equal(await conflict.locator('.theirs').innerText(), 'Valve on the second floor is stuck.');
    await shot('5-conflict');
    await conflict.locator('.take-theirs').click();
    await conflict.waitFor({ state: 'detached' });
    await openJob(SCHOOL, 'ada');
    await eventually(async () =>
      assert.equal(await job(SCHOOL, 'ada').locator('textarea').inputValue(), 'Valve on the second floor is stuck.'));
  });

  it('another click sends mine again, on top of theirs', async () => {
    await makeConflict('Replaced the valve.', 'Ordered a valve.');
    await device('ada').locator('.keep-mine').click();
    await eventually(async () => assert.equal((await originJob(SCHOOL)).notes, 'Replaced the valve.'));
    await openJob(SCHOOL, 'bo');
    await eventually(async () =>
      assert.equal(await job(SCHOOL, 'bo').locator('textarea').inputValue(), 'Replaced the valve.'));
    await eventually(async () => assert.equal(await device('ada').locator('.mark').count(), 0));
  });

  it('shows what PostgreSQL refuses', async () => {
    await page.evaluate(() => globalThis.devices[0].db.query(`UPDATE jobs SET status = 'no such status' WHERE visit = '2026-11-25'`));
    await device('ada').getByText('PostgreSQL refused').waitFor();
    await shot('6-refused');
    await device('ada').locator('.take-theirs').click();
    await device('ada').locator('.conflict').waitFor({ state: 'detached' });
  });

  it('runs SQL over the rows kept here', async () => {
    await page.locator('#console textarea').fill('SELECT count(*) AS jobs FROM jobs');
    await page.locator('.run-button').click();
    await page.locator('#console .output').getByText('SELECT, 1 rows').waitFor();
    assert.equal(await page.locator('#console .output td').innerText(), '5');
    await shot('7-console');
    assert.deepEqual(problems, []);
  });
});
