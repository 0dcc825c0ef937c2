/**
 * The package `tidemark/storage-tests`: what a storage of one's own owes, as cases for any test runner.
 *
 *     import { test } from 'node:test';
 *     import { storageTests } from 'tidemark/storage-tests';
 *     for (const { name, run } of storageTests({ create: () => new MyStorage() })) test(name, run);
 */
import { randomId } from '../builtin.js';
import { databaseCases } from './database.js';
import { fileCases } from './files.js';
import { memoryCases } from './memory.js';
import { ownershipCases } from './ownership.js';
import { pageCases } from './pages.js';

/** @typedef {import('./case.js').Place} Place */

/**
 * The cases for a storage: those that its kind has, and that the place can be put to.
 * @param {Place} place
 * @returns {{ name: string, run: () => Promise<void> }[]} `run` rejects with what is not as it should be
 */
export function storageTests(place) {
  const { kind } = place.create();
  const given = { exclusive: true, ...place };
  return casesOf(kind)
    .filter(({ needs }) => needs === undefined || Boolean(given[needs]))
    .map(({ name, run }) => ({ name, run: async () => run(place, `storage-test-${await randomId()}`) }));
}

/** @param {import('../storage/storage.js').Storage['kind']} kind */
function casesOf(kind) {
  switch (kind) {
    case 'pages': return [...pageCases, ...ownershipCases, ...databaseCases];
    case 'file': return [...fileCases, ...ownershipCases, ...databaseCases];
    default: return memoryCases;
  }
}
