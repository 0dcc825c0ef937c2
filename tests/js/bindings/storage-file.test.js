import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { FileStorage } from '../../../js-bindings/storage/file.js';
import { folder } from './lib/open.js';

const MODULE = new URL('../../../js-bindings/storage/file.js', import.meta.url).href;

/**
 * Opens a database in a process of its own, which lives until it is killed.
 * @param {string} file
 */
async function openElsewhere(file) {
  const script = `const { FileStorage } = await import(${JSON.stringify(MODULE)});
    const storage = new FileStorage();
    await storage.open(${JSON.stringify(file)});
    console.log('open');
    setInterval(() => storage, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  const errors = [];
  child.stderr.on('data', (data) => errors.push(data));
  await Promise.race([
    new Promise((resolve) => { child.stdout.once('data', resolve); }),
    ended.then(() => { throw new Error(Buffer.concat(errors).toString()); }),
  ]);
  return { child, ended };
}

test('Files are written, read, cut, synchronised and removed', async (t) => {
  const storage = new FileStorage();
  const file = path.join(folder(t), 'a.db');
  await storage.open(file);
  assert.equal(storage.path, file);
  const { files } = storage;
  assert.equal(files.exists(file), false);
  assert.throws(() => files.open(file, false), { code: 'ENOENT' });
  const handle = files.open(file, true);
  files.write(handle, Uint8Array.of(1, 2, 3, 4), 4);
  files.sync(handle);
  assert.equal(files.size(handle), 8);
  const bytes = new Uint8Array(6);
  assert.equal(files.read(handle, bytes, 3), 5);
  assert.deepEqual(bytes, Uint8Array.of(0, 1, 2, 3, 4, 0));
  files.truncate(handle, 5);
  assert.equal(files.size(handle), 5);
  files.close(handle);
  files.remove(file);
  files.remove(file);
  assert.equal(files.exists(file), false);
  await storage.close();
  assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
});

test('A database that is open in this process cannot be opened twice', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const first = new FileStorage();
  await first.open(file);
  await assert.rejects(new FileStorage().open(file), { code: '55P03', message: /in this process already/ });
  await first.close();
  const second = new FileStorage();
  await second.open(file);
  await second.close();
});

test('A database that another process has open cannot be opened; when that process dies it can', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const { child, ended } = await openElsewhere(file);
  t.after(() => child.kill('SIGKILL'));
  await assert.rejects(new FileStorage().open(file), { code: '55P03', message: new RegExp(`${child.pid}`) });
  child.kill('SIGKILL');
  await ended;
  const storage = new FileStorage();
  await storage.open(file);
  await storage.close();
});

test('A lock of a process id that is used again is stale', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const record = { pid: process.ppid, descriptor: 99, host: os.hostname() };
  fs.writeFileSync(`${file}-lock`, JSON.stringify(record));
  const storage = new FileStorage();
  await storage.open(file);
  await storage.close();
});

test('A lock of another host is never taken over', async (t) => {
  const file = path.join(folder(t), 'a.db');
  fs.writeFileSync(`${file}-lock`, JSON.stringify({ pid: 1, descriptor: 3, host: 'elsewhere' }));
  await assert.rejects(new FileStorage().open(file), { code: '55P03', message: /on elsewhere/ });
});

test('A lock file that a crash left empty is stale after a moment', async (t) => {
  const file = path.join(folder(t), 'a.db');
  fs.writeFileSync(`${file}-lock`, '');
  await assert.rejects(new FileStorage().open(file), { code: '55P03' });
  fs.utimesSync(`${file}-lock`, new Date(0), new Date(0));
  const storage = new FileStorage();
  await storage.open(file);
  await storage.close();
});

test('A worker thread that is terminated leaves no lock behind', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const script = `const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(MODULE)}).then(async ({ FileStorage }) => {
      await new FileStorage().open(${JSON.stringify(file)});
      parentPort.postMessage('open');
      setInterval(() => {}, 1000);
    });`;
  const worker = new Worker(script, { eval: true });
  await new Promise((resolve) => { worker.once('message', resolve); });
  await assert.rejects(new FileStorage().open(file), { code: '55P03' });
  await worker.terminate();
  const storage = new FileStorage();
  await storage.open(file);
  await storage.close();
});

test('Of many processes that find a stale lock at once exactly one gets the database', async (t) => {
  const file = path.join(folder(t), 'a.db');
  fs.writeFileSync(`${file}-lock`, JSON.stringify({ pid: 2 ** 22, descriptor: 3, host: os.hostname() }));
  const attempts = await Promise.allSettled(Array.from({ length: 6 }, () => openElsewhere(file)));
  const opened = attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const { child } of opened) child.kill('SIGKILL');
  assert.equal(opened.length, 1);
  for (const each of attempts) if (each.status === 'rejected') assert.match(String(each.reason), /55P03/);
});
