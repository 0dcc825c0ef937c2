/**
 * Which rows of a MariaDB or MySQL have changed, as its binary log tells.
 *
 * The log is all there is: nothing is noted anywhere else. What has been read lately stays in memory; for whoever comes back from
 * before that, it is read again from there. What the log does not have any more, or tells in a way that cannot be
 * followed, counts as a change of every row.
 *
 * Whoever reads in a snapshot knows where in the log that stands (binlog-mariadb.js and binlog-mysql.js say how), and waits until the
 * log has been read up to there.
 */
import { changesOfRows, changesOfStatement } from './binlog-changes.js';
import { BinlogLog } from './binlog-log.js';
import { BinlogPlace } from './binlog-place.js';
import { BinlogStream } from './binlog-stream.js';
import { BinlogTransaction, changeOfAnyRow } from './binlog-transaction.js';
import { captureName } from './capture.js';
import { BARRIER } from './binlog-mysql.js';
import { openServer } from './binlog-server.js';
import { readApplied } from './mysql-dialect.js';
import { checkTable, comparableColumns, describeColumns, findAncestors, resolveTable } from './mysql-table.js';

/** Reading a part of the log again may take so long. */
const REREAD_TIMEOUT = 60_000;
/** Snapshots that are remembered to be of this log. */
const KEPT_SNAPSHOTS = 1_000;

/** The table that Tidemark writes to with each queued transaction. */
const APPLIED = { schema: 'tidemark_origin', name: 'applied' };

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./change-source.js').ChangeSource} ChangeSource
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {import('./binlog-changes.js').Watch & { from: BinlogPlace | null, stale: boolean }} Watch `from`: after that
 *   everything has been read for it; `stale`: the table may be another one now
 */

/** @implements {ChangeSource} */
export class BinlogSource {
  #session;
  #connection;
  #maximumKeys;
  /** @type {Promise<void> | null} */
  #started = null;
  /** @type {BinlogStream | null} */
  #stream = null;
  /** @type {Map<string, Watch>} by captureName */
  #watches = new Map();
  /** @type {import('./binlog-server.js').BinlogServer | null} */
  #server = null;
  #log = new BinlogLog(new BinlogPlace('', 0), '');
  #transaction;
  #applied = false;
  /** Of the transaction under way: how many commits in the barrier there are with it. */
  #passed = 0;
  /** Where the last transaction ends that somebody may wait for. */
  #newest = 0n;
  #wake = () => {};
  /** @type {Set<string>} the texts of snapshots that are known to be of this log, the newest last */
  #verified = new Set();

  /**
   * @param {import('./mysql-session.js').MySQLSession} session
   * @param {any} connection as a pool of mysql2 has it
   * @param {number} maximumKeys a transaction that changes more is read as a change of every row
   */
  constructor(session, connection, maximumKeys) {
    this.#session = session;
    this.#connection = connection;
    this.#maximumKeys = maximumKeys;
    this.#transaction = new BinlogTransaction(maximumKeys);
  }

  /** @param {{ wake(): void }} events */
  start({ wake }) {
    this.#wake = wake;
    this.#started ??= this.#start().catch((error) => {
      this.#started = null;
      throw error;
    });
    return this.#started;
  }

  /**
   * @param {OriginTransaction} tx
   * @param {import('./change-source.js').Surveyed} surveyed
   */
  async survey(tx, { clients, settled }) {
    const position = await this.#position(tx, /** @type {BinlogPlace | null} */ (settled));
    const usable = [...this.#watches].filter(([, watch]) => !watch.stale);
    return {
      position,
      captures: new Map(usable.map(([name, { id, columns }]) => [name, { id, since: 0n, comparable: comparableColumns(columns) }])),
      applied: await readApplied(tx, clients),
      security: new Map(), // there is none
    };
  }

  async settled() {
    return this.#openServer.settle(this.#session);
  }

  /**
   * @param {OriginTransaction} tx
   * @param {BinlogPlace | null} settled
   */
  async #position(tx, settled) {
    const { place, end } = await this.#openServer.findSnapshot(tx, settled);
    const { rows } = await tx.query('SELECT id, @@server_id FROM tidemark_origin.feed', []);
    const feed = rows[0].join('.');
    await this.#openStream.reach(end);
    const snapshot = place.snapshot(this.#log.markAt(place));
    this.#remember(snapshot.text);
    return {
      snapshot,
      pruned: 0n,
      behind: this.#newest > place.number,
      cursor: `${feed}/${snapshot.text}`,
      snapshotOf: (/** @type {string} */ cursor) => {
        const found = cursor.startsWith(`${feed}/`) ? BinlogPlace.parseSnapshot(cursor.slice(feed.length + 1)) : null;
        return found?.place.log === place.log ? found.snapshot : null;
      },
    };
  }

  /** @param {import('./capture.js').CaptureRequest} capture */
  async install(capture) {
    const name = captureName(capture);
    const described = await this.#session.transaction(async (tx) => {
      const relation = await resolveTable(tx, capture.relation);
      await checkTable(tx, relation, this.#openServer);
      const columns = capture.columns.length > 0 ? await describeColumns(tx, relation, capture) : [];
      return { relation, columns, ancestors: await findAncestors(tx, relation) };
    });
    const known = this.#watches.get(name);
    const watch = { id: known?.id ?? this.#watches.size + 1, from: known?.from ?? null, stale: false, ...described };
    this.#watches.set(name, watch);
    const stream = this.#openStream;
    await stream.follow(tablesOf(this.#watches.values()));
    watch.from ??= stream.place;
  }

  /**
   * The types of the columns of a capture, as information_schema names them.
   * @param {import('./capture.js').CaptureRequest} capture
   */
  columnTypes(capture) {
    return this.#watches.get(captureName(capture))?.columns.map((each) => each.type) ?? [];
  }

  hold() {
    return () => {};
  }

  /**
   * @param {OriginTransaction} tx
   * @param {import('./change-source.js').Unseen} unseen
   */
  async changes(tx, { captures, snapshots }) {
    const watches = [...this.#watches.values()].filter((each) => captures.has(each.id));
    const known = latest([this.#log.begin, ...watches.map((each) => /** @type {BinlogPlace} */ (each.from))]);
    const changes = this.#log.changes;
    for (const snapshot of snapshots) {
      const { place, mark } = /** @type {{ place: BinlogPlace, mark: string }} */ (BinlogPlace.parseSnapshot(snapshot.text));
      const followed = this.#verified.has(snapshot.text) || await this.#openServer.isInLog(tx, place, mark);
      if (followed) this.#remember(snapshot.text);
      if (followed && place.number >= known.number) continue;
      const missed = followed ? await this.#reread(place, known, watches) : null;
      changes.push(...missed ?? watches.map(({ id }) => changeOfAnyRow(id, snapshot.xmax)));
    }
    return changes;
  }

  async close() {
    this.#stream?.close();
    this.#stream = null;
  }

  async #start() {
    const server = await this.#session.transaction(async (tx) => {
      const opened = await openServer(tx);
      await opened.prepare?.(tx);
      return opened;
    });
    const { place, mark } = await this.#session.transaction((tx) => server.readEnd(tx));
    this.#server = server;
    this.#log = new BinlogLog(place, mark);
    this.#stream = new BinlogStream(this.#connection, place, {
      received: (event) => this.#received(event),
      committed: (end, known) => this.#committed(end, known),
      interrupted: () => {
        this.#transaction = new BinlogTransaction(this.#maximumKeys);
        this.#passed = 0;
      },
      skip: () => this.#skip(),
    });
    await this.#stream.follow(tablesOf([]));
  }

  get #openStream() {
    return /** @type {BinlogStream} */ (this.#stream);
  }

  get #openServer() {
    return /** @type {import('./binlog-server.js').BinlogServer} */ (this.#server);
  }

  /** @param {any} event */
  #received(event) {
    const watches = [...this.#watches.values()];
    if (event.getTypeName() === 'Query') {
      const seen = changesOfStatement(event.query, watches);
      this.#transaction.add(seen);
      for (const { watch } of seen) /** @type {Watch} */ (watch).stale = true;
    } else if (event.rows) {
      const { parentSchema, tableName } = event.tableMap[event.tableId];
      if (isOne(APPLIED, parentSchema, tableName)) this.#applied = true;
      if (isOne(BARRIER, parentSchema, tableName)) this.#passed = Number(event.rows.at(-1)?.after?.passed ?? 0);
      this.#transaction.add(changesOfRows(event, watches));
    }
  }

  /**
   * @param {BinlogPlace} place
   * @param {string} mark
   */
  #committed(place, mark) {
    const changes = this.#transaction.changes(place);
    this.#transaction = new BinlogTransaction(this.#maximumKeys);
    this.#log.add(place, mark, changes);
    if (this.#passed > 0) this.#openServer.passed?.(this.#passed, place);
    this.#passed = 0;
    if (changes.length === 0 && !this.#applied) return;
    this.#applied = false;
    this.#newest = place.number;
    this.#wake();
  }

  /** The log is read from its end on; what lies between may have changed any row. */
  async #skip() {
    const { place, mark } = await this.#session.transaction((tx) => this.#openServer.readEnd(tx));
    this.#openServer.passed?.(Infinity, place); // where those of before have ended means nothing now
    this.#log = new BinlogLog(place, mark);
    this.#log.add(place, mark, [...this.#watches.values()].map(({ id }) => changeOfAnyRow(id, place.number)));
    for (const watch of this.#watches.values()) watch.stale = true;
    this.#newest = place.number;
    this.#wake();
    return place;
  }

  /**
   * What the log tells of these between two places, read once more; null when it cannot be.
   * @param {BinlogPlace} from
   * @param {BinlogPlace} to
   * @param {Watch[]} watches
   * @returns {Promise<Change[] | null>}
   */
  async #reread(from, to, watches) {
    /** @type {Change[]} */
    const changes = [];
    const fresh = () => new BinlogTransaction(this.#maximumKeys);
    let transaction = fresh();
    const stream = new BinlogStream(this.#connection, from, {
      received: (event) => transaction.add(
        event.getTypeName() === 'Query' ? changesOfStatement(event.query, watches) : event.rows ? changesOfRows(event, watches) : []),
      committed: (place) => {
        changes.push(...transaction.changes(place));
        transaction = fresh();
      },
      interrupted: () => { transaction = fresh(); },
      skip: async () => {
        stream.close(); // who waits for it learns that at once
        throw new Error('the log cannot be read');
      },
    });
    try {
      await stream.follow(tablesOf(watches));
      await stream.reach(to, REREAD_TIMEOUT);
      return changes;
    } catch {
      return null;
    } finally {
      stream.close();
    }
  }

  /** @param {string} snapshot */
  #remember(snapshot) {
    this.#verified.delete(snapshot);
    this.#verified.add(snapshot);
    if (this.#verified.size > KEPT_SNAPSHOTS) {
      this.#verified.delete(/** @type {string} */ (this.#verified.values().next().value));
    }
  }
}

/**
 * The tables whose rows are to be read, by their databases.
 * @param {Iterable<Watch>} watches
 */
function tablesOf(watches) {
  /** @type {Record<string, string[]>} */
  const tables = {};
  const relations = [...watches].flatMap((each) => [each.relation, ...each.ancestors]);
  for (const { schema, name } of [APPLIED, BARRIER, ...relations]) (tables[schema] ??= []).push(name);
  return tables;
}

/**
 * @param {import('./types.js').Relation} relation
 * @param {string} schema
 * @param {string} name
 */
function isOne(relation, schema, name) {
  return relation.schema === schema && relation.name === name;
}

/** @param {BinlogPlace[]} places */
function latest(places) {
  return places.reduce((last, each) => (each.number > last.number ? each : last));
}
