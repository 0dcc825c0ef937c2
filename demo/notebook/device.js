/**
 * One device: its database, its network switch, and the views it works on.
 */
import { EdgeClient, Tidemark } from 'tidemark';

import { DeviceNetwork } from './network.js';

/**
 * Rows that live in PostgreSQL, kept here and equal to it; writes show at once and wait for the network in a queue.
 * `job_totals` is kept by this database, from the rows of the other two.
 */
const SCHEMA = `
  CREATE REALTIME VIEW IF NOT EXISTS jobs AS TABLE public.jobs
    WITH (replication_origin = 'postgres:office', write_policy = 'local_first');
  CREATE REALTIME VIEW IF NOT EXISTS parts AS TABLE public.parts
    WITH (replication_origin = 'postgres:office', write_policy = 'local_first')`;

const TOTALS = `
  CREATE REALTIME VIEW IF NOT EXISTS job_totals AS
    SELECT job_id, sum(quantity) AS pieces, sum(quantity * price) AS total FROM parts GROUP BY job_id`;

export class Device extends EventTarget {
  /** @param {string} id names the database @param {string} title */
  constructor(id, title) {
    super();
    this.id = id;
    this.title = title;
    this.network = new DeviceNetwork(localStorage.getItem(`offline-${id}`) !== 'yes');
    this.db = new Tidemark({
      path: `notebook-${id}`,
      storage: 'indexeddb',
      getUpstreamClient: async () =>
        new EdgeClient({
          url: '/api/db',
          dialect: 'postgres',
          fetch: this.network.fetch,
          WebSocket: this.network.WebSocket,
        }),
    });
  }

  /** Opens the database and the live queries. */
  async open() {
    for (const statement of SCHEMA.split(';')) await this.db.query(statement);
    await this.#whenFilled();
    await this.db.query(TOTALS);
    this.jobs = await this.db.live(`
      SELECT j.id, j.customer, j.address, j.visit, j.status, j.urgent, j.notes, j.__staged AS staged, t.pieces, t.total
      FROM jobs j LEFT JOIN job_totals t ON t.job_id = j.id
      ORDER BY j.visit, j.customer`);
    this.parts = await this.db.live(
      'SELECT id, job_id, name, quantity, price, __staged AS staged FROM parts ORDER BY name, id',
    );
    const changed = () => this.#changed();
    this.jobs.subscribe(changed);
    this.parts.subscribe(changed);
    for (const type of ['conflict', 'error', 'applied', 'status']) this.db.sync.on(type, changed);
    this.#changed();
  }

  /** On a first start without a network there is nothing to show yet: wait until PostgreSQL has been reached once. */
  async #whenFilled() {
    for (;;) {
      try {
        await this.db.query('SELECT 1 FROM jobs LIMIT 1');
        await this.db.query('SELECT 1 FROM parts LIMIT 1');
        return;
      } catch (error) {
        if (error.code !== '08006') throw error;
        this.dispatchEvent(new CustomEvent('waiting', { detail: error.message }));
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** @param {boolean} online */
  async setOnline(online) {
    this.network.online = online;
    localStorage.setItem(`offline-${this.id}`, online ? 'no' : 'yes');
    this.#changed();
    if (online) await this.db.sync.sync(null, { forceSync: true });
    this.#changed();
  }

  setStatus(job, status) {
    return this.db.query('UPDATE jobs SET status = $1 WHERE id = $2', [status, job]);
  }

  setNotes(job, notes) {
    return this.db.query('UPDATE jobs SET notes = $1 WHERE id = $2', [notes, job]);
  }

  addPart(job, name, quantity, price) {
    return this.db.query('INSERT INTO parts (id, job_id, name, quantity, price) VALUES ($1, $2, $3, $4, $5)', [
      crypto.randomUUID(),
      job,
      name,
      quantity,
      price,
    ]);
  }

  setQuantity(part, quantity) {
    return quantity > 0
      ? this.db.query('UPDATE parts SET quantity = $1 WHERE id = $2', [quantity, part])
      : this.db.query('DELETE FROM parts WHERE id = $1', [part]);
  }

  /** What waits, what failed, what is in conflict: newest first. */
  async queue() {
    const writes = await this.db.sync.queue();
    return writes.reverse();
  }

  resolve(write, action) {
    return this.db.sync.resolve(write, action);
  }
}
