/**
 * What many clients did to one counter and one list, and whether one database can have answered so: a linearizable history
 * in which every write that was acknowledged happened once, and one that was refused not at all.
 */

export class History {
  #time = 0;
  /** @type {{ op: string, tag?: string, start: number, end: number, value: any, code: string | null }[]} */
  #calls = [];

  /** How many writes have been acknowledged. */
  commits = 0;

  begin(about) {
    const call = { ...about, start: ++this.#time, end: Infinity, value: null, code: 'unknown' };
    this.#calls.push(call);
    return call;
  }

  end(call, value, code = null) {
    Object.assign(call, { end: ++this.#time, value, code });
    if (code === null && (call.op === 'append' || call.op === 'increment')) this.commits++;
  }

  /** Codes of the calls that failed, with how often. */
  get failures() {
    const counts = {};
    for (const { code } of this.#calls) if (code !== null) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }

  /**
   * What cannot have happened in one database.
   * @param {number} counter its value at the end
   * @param {string[]} tags of the list at the end
   * @returns {string[]}
   */
  violations(counter, tags) {
    return [...this.#lostOrTwice(tags), ...this.#counted(counter), ...this.#readInOrder()];
  }

  #lostOrTwice(tags) {
    const found = [];
    const times = new Map();
    for (const tag of tags) times.set(tag, (times.get(tag) ?? 0) + 1);
    for (const { op, tag, code } of this.#calls) {
      if (tag === undefined || op === 'list') continue;
      const count = times.get(tag) ?? 0;
      if (count > 1) found.push(`${tag} is there ${count} times`);
      if (code === null && count === 0) found.push(`${tag} was acknowledged and is lost`);
      if (code !== null && !UNDECIDED.has(code) && count > 0) found.push(`${tag} was refused (${code}) and is there`);
      times.delete(tag);
    }
    for (const tag of times.keys()) found.push(`${tag} was never asked for`);
    return found;
  }

  #counted(counter) {
    const done = this.#calls.filter(({ op, code }) => op === 'increment' && code === null);
    const maybe = this.#calls.filter(({ op, code }) => op === 'increment' && UNDECIDED.has(code));
    const found = [];
    const seen = new Map();
    for (const call of done) {
      if (seen.has(call.value)) found.push(`two increments gave ${call.value}`);
      seen.set(call.value, call);
    }
    if (counter < done.length || counter > done.length + maybe.length) {
      found.push(`the counter is ${counter} after ${done.length} increments and ${maybe.length} of which nobody knows`);
    }
    return found;
  }

  /** Who asks after an answer sees at least what it told; and nobody sees more than has been asked for. */
  #readInOrder() {
    return [...this.#monotonic(({ op }) => op === 'increment', ({ op }) => op === 'read' || op === 'increment'),
      ...this.#monotonic(({ op, tag }) => op === 'append' || tag !== undefined, ({ op }) => op === 'list')];
  }

  #monotonic(writes, reads) {
    const events = [];
    for (const call of this.#calls) {
      if (!writes(call) && !reads(call)) continue;
      events.push({ at: call.start, call, begins: true });
      if (call.end !== Infinity) events.push({ at: call.end, call, begins: false });
    }
    events.sort((a, b) => a.at - b.at);
    const found = [];
    let least = 0;
    let asked = 0;
    let answered = 0;
    for (const { call, begins } of events) {
      const writing = writes(call) && call.op !== 'list';
      if (begins) {
        if (writing) asked++;
        call.least = Math.max(least, call.op === 'list' ? answered : 0);
      } else if (call.code === null) {
        if (writing) answered++;
        if (!reads(call)) continue;
        const lowest = call.least + (call.op === 'increment' ? 1 : 0);
        if (call.value < lowest) found.push(`${call.op} gave ${call.value} after ${call.least} had been answered`);
        if (call.value > asked) found.push(`${call.op} gave ${call.value} when ${asked} had been asked for`);
        least = Math.max(least, call.value);
      }
    }
    return found;
  }
}

/** Codes of writes that may have happened: nobody lived to see the answer, or nobody can know. */
const UNDECIDED = new Set(['unknown', '08007']);
