/**
 * The figures of one gateway: what it has done, and how it stands.
 */
import { Metrics } from './metrics.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * @typedef {import('../upstream/types.js').UpstreamStatus} UpstreamStatus
 */

/** Counts what happens; asks how things stand when somebody looks. */
export class Figures {
  #metrics = new Metrics();
  #refused;
  #applied;
  #rows;
  #bytes;
  #durations;
  #upstream;
  /** @type {UpstreamStatus} */
  #status = {};

  /**
   * @param {{ connections(): number, subscriptions(): number }} gateway
   * @param {import('../upstream/types.js').UpstreamClient} [upstream]
   */
  constructor(gateway, upstream) {
    const metrics = this.#metrics;
    this.#upstream = upstream;
    metrics.gauge('tidemark_gateway_connections', 'WebSockets that are open.', gateway.connections);
    metrics.gauge('tidemark_gateway_subscriptions', 'Subscriptions of all WebSockets.', gateway.subscriptions);
    this.#applied = metrics.counter('tidemark_gateway_applied_total', 'Queued transactions, by what became of them.');
    this.#refused = metrics.counter('tidemark_gateway_refused_total', 'What was refused or ended, by event and SQLSTATE.');
    this.#rows = metrics.counter('tidemark_gateway_sent_rows_total', 'Rows and keys of deleted rows sent to devices.');
    this.#bytes = metrics.counter('tidemark_gateway_sent_bytes_total', 'Characters sent to devices, before compression.');
    this.#durations = {
      query: metrics.histogram('tidemark_gateway_query_duration_seconds', 'Time of a statement over HTTP.', SECONDS),
      apply: metrics.histogram('tidemark_gateway_apply_duration_seconds', 'Time of a queued transaction.', SECONDS),
    };
    const status = (/** @type {keyof UpstreamStatus} */ name) => () => this.#status[name];
    metrics.gauge('tidemark_changefeed_shapes', 'Different shapes that are subscribed to.', status('shapes'));
    metrics.gauge('tidemark_changefeed_held_bytes', 'Rows that were read and not yet taken by devices.', status('heldBytes'));
    metrics.gauge('tidemark_changefeed_lag_seconds', 'How long a change that is known of has waited to be read.', status('lagSeconds'));
    metrics.gauge('tidemark_changefeed_slot_lag_bytes', 'Write-ahead log that the replication slot keeps.', status('slotLagBytes'));
  }

  /**
   * @param {string} event
   * @param {string} code SQLSTATE, or empty
   */
  refused(event, code) {
    this.#refused.add(1, { event, code });
  }

  /** @param {string} state of an ApplyResult */
  applied(state) {
    this.#applied.add(1, { state });
  }

  /**
   * @param {number} bytes
   * @param {number} rows
   */
  sent(bytes, rows) {
    this.#bytes.add(bytes);
    if (rows > 0) this.#rows.add(rows);
  }

  /**
   * Takes the time until `work` has ended, well or not.
   * @template T
   * @param {'query' | 'apply'} what
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async timed(what, work) {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.#durations[what].observe((performance.now() - began) / 1000);
    }
  }

  /** All of them; what an origin out of reach does not tell is left out. */
  async text() {
    this.#status = await this.#upstream?.status?.().catch(() => ({})) ?? {};
    return this.#metrics.text();
  }
}
