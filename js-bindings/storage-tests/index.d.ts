/** `tidemark/storage-tests`: what a storage of one's own owes, as cases for any test runner. */
import type { Storage } from '../index.js';

/** Where the storage under test keeps things. */
export interface Place {
  /** Another storage that keeps its databases in the same place. */
  create(): Storage;
  /** Takes all room away, and gives it back; without it the cases of a full disk are left out. */
  setFull?(full: boolean): unknown;
  /** Makes whatever writes fail, and no longer; without it the cases of a failure are left out. */
  setBroken?(broken: boolean): unknown;
  /** Whether `open` can tell that a database is open already; default true. */
  exclusive?: boolean;
}

/** The cases for a storage. `run` rejects with what is not as it should be. */
export function storageTests(place: Place): { name: string; run(): Promise<void> }[];
