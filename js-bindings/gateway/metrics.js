/**
 * Figures in Prometheus' text format, version 0.0.4.
 */

/** What the text is: the header Content-Type. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * @typedef {Record<string, string>} Labels
 * @typedef {{ lines(): string[] }} Metric
 */

/** Some figures under one name each. */
export class Metrics {
  /** @type {Metric[]} */
  #metrics = [];

  /**
   * @param {string} name ends in _total
   * @param {string} help
   */
  counter(name, help) {
    return this.#add(new Counter(name, help));
  }

  /**
   * @param {string} name
   * @param {string} help
   * @param {() => number | undefined} read its value now; undefined: there is none
   */
  gauge(name, help, read) {
    return this.#add(new Gauge(name, help, read));
  }

  /**
   * @param {string} name ends in the unit
   * @param {string} help
   * @param {number[]} bounds the upper ones of its buckets, rising
   */
  histogram(name, help, bounds) {
    return this.#add(new Histogram(name, help, bounds));
  }

  text() {
    return `${this.#metrics.flatMap((each) => each.lines()).join('\n')}\n`;
  }

  /**
   * @template {Metric} M
   * @param {M} metric
   * @returns {M}
   */
  #add(metric) {
    this.#metrics.push(metric);
    return metric;
  }
}

/** What only grows. */
class Counter {
  #name;
  #help;
  /** @type {Map<string, number>} by the text of the labels */
  #values = new Map();

  /**
   * @param {string} name
   * @param {string} help
   */
  constructor(name, help) {
    this.#name = name;
    this.#help = help;
  }

  /**
   * @param {number} [amount]
   * @param {Labels} [labels] few different ones in all: each is kept
   */
  add(amount = 1, labels = {}) {
    const text = labelText(labels);
    this.#values.set(text, (this.#values.get(text) ?? 0) + amount);
  }

  lines() {
    const values = [...this.#values].map(([labels, value]) => `${this.#name}${labels} ${value}`);
    return [...headOf(this.#name, this.#help, 'counter'), ...values];
  }
}

/** What is asked for when somebody looks. */
class Gauge {
  #name;
  #help;
  #read;

  /**
   * @param {string} name
   * @param {string} help
   * @param {() => number | undefined} read
   */
  constructor(name, help, read) {
    this.#name = name;
    this.#help = help;
    this.#read = read;
  }

  lines() {
    const value = this.#read();
    return value === undefined ? [] : [...headOf(this.#name, this.#help, 'gauge'), `${this.#name} ${value}`];
  }
}

/** How values are distributed. */
class Histogram {
  #name;
  #help;
  #bounds;
  /** Of values up to each bound and above the one before; the last has no bound. */
  #counts;
  #sum = 0;

  /**
   * @param {string} name
   * @param {string} help
   * @param {number[]} bounds
   */
  constructor(name, help, bounds) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  /** @param {number} value */
  observe(value) {
    const at = this.#bounds.findIndex((bound) => value <= bound);
    this.#counts[at < 0 ? this.#bounds.length : at]++;
    this.#sum += value;
  }

  lines() {
    let total = 0;
    const buckets = this.#counts.map((count, at) => {
      total += count;
      return `${this.#name}_bucket${labelText({ le: String(this.#bounds[at] ?? '+Inf') })} ${total}`;
    });
    return [...headOf(this.#name, this.#help, 'histogram'), ...buckets,
      `${this.#name}_sum ${this.#sum}`, `${this.#name}_count ${total}`];
  }
}

/**
 * @param {string} name
 * @param {string} help
 * @param {string} type
 */
function headOf(name, help, type) {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

/** @param {Labels} labels */
function labelText(labels) {
  const pairs = Object.entries(labels).map(([name, value]) =>
    `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}
