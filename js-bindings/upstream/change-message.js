/**
 * What the gateways that share a replication slot tell one another of the log: messages that can be read alone.
 *
 * Each says of the transactions that committed after a place and up to another which keys of watched relations they changed. That is
 * true whoever says it, however often and in whatever order: who reads them needs nothing but messages that follow one another
 * without a gap. A transaction that is too long for one message comes in parts, which the last of them completes.
 */
import { lsnFromText, lsnToText } from './lsn.js';

const VERSION = 1;
/** What a message has besides its transactions, generously. */
const FRAME = 1_000;

/**
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {import('./change-log.js').Commit} Commit
 * @typedef {object} Range
 * @property {string} slot whose log it is
 * @property {string} sender
 * @property {bigint} after
 * @property {bigint} to
 * @property {bigint} noted all changes up to there are in the origin's table
 * @typedef {Range & { commits: Commit[], part: number, more: boolean }} ChangeMessage `part`: how many parts of its transaction come
 *   before it; `more`: there are others behind it, and nothing is known yet of what comes after `after`
 */

/**
 * The messages that tell of the transactions of a range; at least one.
 * @param {Range} range
 * @param {Commit[]} commits all of them that changed something, in their order
 * @param {number} limit bytes of a message
 * @returns {{ text: string, to: bigint }[]}
 */
export function encodeChanges(range, commits, limit) {
  const room = limit - FRAME;
  /** @type {{ text: string, to: bigint }[]} */
  const messages = [];
  /** @type {string[]} */
  let texts = [];
  let size = 0;
  let { after } = range;
  const send = (/** @type {bigint} */ to, part = 0, more = false) => {
    messages.push({ text: messageText({ ...range, after, to }, texts, part, more), to });
    [texts, size, after] = [[], 0, to];
  };
  let last = after; // the end of the transaction before
  for (const commit of commits) {
    const parts = partsOf(commit, room);
    if (texts.length > 0 && (parts.length > 1 || size + parts[0].size > room)) send(last);
    parts.forEach(({ text, size: more }, part) => {
      texts.push(text);
      size += more;
      if (parts.length > 1) send(part < parts.length - 1 ? after : commit.end, part, part < parts.length - 1);
    });
    last = commit.end;
  }
  if (texts.length > 0 || after < range.to || messages.length === 0) send(range.to);
  return messages;
}

/**
 * @param {Uint8Array} bytes
 * @returns {ChangeMessage | null} null: it is nothing of ours, or of a newer version
 */
export function decodeChanges(bytes) {
  try {
    const { version, slot, sender, after, to, noted, part, more, commits } = JSON.parse(new TextDecoder().decode(bytes));
    if (version !== VERSION) return null;
    return {
      slot, sender, part, more, after: lsnFromText(after), to: lsnFromText(to), noted: lsnFromText(noted), commits: commits.map(commitOf),
    };
  } catch {
    return null;
  }
}

/**
 * @param {Range} range
 * @param {string[]} commits
 * @param {number} part
 * @param {boolean} more
 */
function messageText({ slot, sender, after, to, noted }, commits, part, more) {
  const head = JSON.stringify({
    version: VERSION, slot, sender, after: lsnToText(after), to: lsnToText(to), noted: lsnToText(noted), part, more,
  });
  return `${head.slice(0, -1)},"commits":[${commits.join(',')}]}`;
}

/**
 * A transaction as one text, or as several of which each has some of its changes.
 * @param {Commit} commit
 * @param {number} room bytes of each
 * @returns {{ text: string, size: number }[]}
 */
function partsOf({ txid, end, changes }, room) {
  /** @type {{ texts: string[], size: number }[]} */
  const parts = [{ texts: [], size: 0 }];
  for (const change of changes) {
    const { text, size } = changeText(change, room);
    if (parts[parts.length - 1].size + size > room) parts.push({ texts: [], size: 0 });
    const part = parts[parts.length - 1];
    part.texts.push(text);
    part.size += size;
  }
  const head = `"${txid}","${lsnToText(end)}"`;
  return parts.map(({ texts, size }) => ({ text: `[${head},[${texts.join(',')}]]`, size: size + head.length + 6 }));
}

/**
 * @param {Change} change
 * @param {number} room a change that does not find it may have changed any row
 */
function changeText({ capture, truncate, keys }, room) {
  const text = JSON.stringify([capture, truncate ? null : keys]);
  const size = new TextEncoder().encode(text).length + 1;
  if (size <= room) return { text, size };
  const any = JSON.stringify([capture, null]);
  return { text: any, size: any.length + 1 };
}

/**
 * @param {[string, string, [number, string[][] | null][]]} commit
 * @returns {Commit}
 */
function commitOf([number, end, changes]) {
  const txid = BigInt(number);
  return {
    txid,
    end: lsnFromText(end),
    changes: changes.map(([capture, keys]) => ({ txid, capture, truncate: keys === null, keys: keys ?? [] })),
  };
}
