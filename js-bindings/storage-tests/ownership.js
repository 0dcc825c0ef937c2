/** A database belongs to one at a time. */
import { check, failureOf, using } from './check.js';

/** @type {import('./case.js').Case[]} */
export const ownershipCases = [
  {
    name: 'what is open is not opened by another (55P03), and what is closed is',
    needs: 'exclusive',
    run: (place, path) => using(place, path, async (first) => {
      const other = place.create();
      const error = await failureOf(() => other.open(path), 'opening what is open already');
      check(error.code === '55P03', `opening what is open already must fail with 55P03, not ${error.code}: ${error.message}`);
      await first.close();
      await other.open(path);
      await other.close();
      await first.open(path);
    }),
  },
  {
    name: 'databases of different paths are open at once',
    run: (place, path) => using(place, path, () => using(place, `${path}-other`, () => {})),
  },
  {
    name: 'a storage that was closed can be opened again, and closed twice',
    run: (place, path) => using(place, path, async (storage) => {
      await storage.close();
      await storage.open(path);
      await storage.close();
      await storage.close();
      await storage.open(path);
    }),
  },
];
