/** What the tabs of the torture tell of their calls, kept outside of the browser. */
import { WebSocketServer } from 'ws';

import { eventually } from '../../js/lib/eventually.js';
import { History } from './history.js';

/** A call hangs that is not answered although its page has run for so long (milliseconds): more than a short disturbance and a takeover. */
export const HANGS = 20_000;

/** Milliseconds without a sign of a page after which it did not run. */
const SILENT = 3_000;

/**
 * What it knows of one page that was loaded. Its connection may end before it does (a frozen page loses it): then the page
 * connects again and repeats what was not confirmed.
 * @typedef {object} Client
 * @property {any} socket
 * @property {number} received number of its last message
 * @property {number} seen when that came
 * @property {Map<number, { database: string, entry: any }>} calls under way
 */

export class Witness {
  #server;
  /** @type {Map<string, Client>} */
  #clients = new Map();
  /** @type {string[]} who was loaded last in each slot */
  #current = [];
  /** @type {Map<string, (message: any) => void>} */
  #questions = new Map();
  /** @type {Map<any, { client: string, database: string, waited: number }>} calls of pages that are there */
  #pending = new Map();
  #histories;
  #holders;
  #lastAnswer;
  /** @type {string[]} */
  problems = [];
  longestGap = 0;

  /**
   * @param {import('node:http').Server} server
   * @param {string[]} databases their names
   */
  constructor(server, databases) {
    const each = (make) => Object.fromEntries(databases.map((name) => [name, make()]));
    this.#histories = each(() => new History());
    this.#holders = each(() => new Set());
    this.#lastAnswer = each(() => 0);
    this.#server = new WebSocketServer({ server });
    this.#server.on('connection', (socket) => this.#connected(socket));
  }

  #connected(socket) {
    let client = '';
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      client = message.client;
      this.#receive(client, message, socket);
    });
    socket.on('close', () => {
      for (const [entry, { client: caller }] of this.#pending) if (caller === client) this.#pending.delete(entry);
    });
  }

  #receive(client, message, socket) {
    const known = this.#clients.get(client) ?? { socket, received: 0, seen: Date.now(), calls: new Map() };
    this.#clients.set(client, known);
    known.socket = socket;
    this.#lived(client, known);
    if (message.number === 1) this.#current[Number(client.split('-')[0])] = client;
    if (message.number > known.received) {
      known.received = message.number;
      this.#take(client, known, message);
    }
    socket.send(JSON.stringify({ received: message.number }));
  }

  /** The page has run since its last message, unless that is long ago. */
  #lived(client, known) {
    const now = Date.now();
    const time = now - known.seen < SILENT ? now - known.seen : 0;
    known.seen = now;
    for (const pending of this.#pending.values()) if (pending.client === client) pending.waited += time;
  }

  #take(client, { calls }, message) {
    const { database } = message;
    if (message.invoke !== undefined) {
      const entry = this.#histories[database].begin({ op: message.op, tag: message.tag });
      calls.set(message.invoke, { entry, database });
      if (![...this.#pending.values()].some((pending) => pending.database === database)) this.#lastAnswer[database] = Date.now();
      this.#pending.set(entry, { client, database, waited: 0 });
    } else if (message.answer !== undefined) {
      this.#answered(calls.get(message.answer), message);
      calls.delete(message.answer);
    } else if (message.holder !== undefined) {
      this.#holders[database].add(message.holder);
    } else if (message.runs) {
      // Its arrival was all.
    } else if (message.broken !== undefined) {
      this.problems.push(`${client}: ${message.broken}`);
    } else {
      this.#questions.get(client)?.(message);
    }
  }

  #answered({ entry, database }, { value = null, code = null }) {
    this.#histories[database].end(entry, value, code);
    if (!this.#pending.delete(entry)) return;
    this.longestGap = Math.max(this.longestGap, Date.now() - this.#lastAnswer[database]);
    this.#lastAnswer[database] = Date.now();
  }

  /** Finds calls that are not answered. */
  findHanging() {
    for (const [{ op }, { client, waited, database }] of this.#pending) {
      if (waited > HANGS) this.problems.push(`${client}: ${op} at ${database} hangs`);
    }
  }

  /**
   * Waits until the page that was loaded last in a slot is there.
   * @param {number} slot
   */
  there(slot) {
    return eventually(() => {
      if (this.#clients.get(this.#current[slot])?.socket.readyState !== 1) throw new Error(`tab ${slot} is not there`);
    });
  }

  /**
   * Asks the page in a slot something; null: it does not answer, which is a problem.
   * @param {number} slot
   * @param {object} question
   * @returns {Promise<any>}
   */
  ask(slot, question) {
    const client = this.#current[slot];
    return new Promise((resolve) => {
      let about = 'nothing';
      const timer = setTimeout(() => {
        this.problems.push(`tab ${slot} (${client}) does not answer ${JSON.stringify(question)}; it told ${about}`);
        resolve(null);
      }, HANGS);
      this.#questions.set(client, (message) => {
        if (message.doing !== undefined) {
          about = JSON.stringify(message.doing);
          return;
        }
        clearTimeout(timer);
        resolve(message);
      });
      this.#clients.get(client).socket.send(JSON.stringify(question));
    });
  }

  /**
   * What cannot have happened.
   * @param {string} database
   * @param {number} counter its value in the end
   * @param {string[]} tags of the list in the end
   */
  violations(database, counter, tags) {
    return this.#histories[database].violations(counter, tags).map((what) => `${database}: ${what}`);
  }

  get report() {
    const histories = Object.values(this.#histories);
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    return {
      commits: sum(histories.map(({ commits }) => commits)),
      takeovers: sum(Object.values(this.#holders).map(({ size }) => Math.max(size - 1, 0))),
      longest: this.longestGap,
      failures: histories.map(({ failures }) => failures),
    };
  }

  close() {
    this.#server.close();
  }
}
