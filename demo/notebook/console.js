/**
 * A SQL console over the database of either device.
 */
import { fill, h } from './dom.js';

const EXAMPLES = [
  'SELECT status, count(*) AS jobs FROM jobs GROUP BY status ORDER BY status',
  'SELECT customer, total FROM jobs JOIN job_totals ON job_id = jobs.id ORDER BY total DESC',
  'SELECT id, view, op, mine, state FROM tidemark.queue ORDER BY id DESC LIMIT 5',
  'EXPLAIN VIEW job_totals',
];

/** @param {Element} element @param {import('./device.js').Device[]} devices */
export function showConsole(element, devices) {
  const choice = h('select', { 'aria-label': 'Device' }, devices.map((device) => h('option', { value: device.id }, device.title)));
  const text = h('textarea', { rows: 3, spellcheck: 'false', 'aria-label': 'SQL', value: EXAMPLES[0] });
  const output = h('div', { class: 'output', role: 'status' });
  const run = async () => {
    const device = devices.find((candidate) => candidate.id === choice.value);
    const start = performance.now();
    try {
      const result = await device.db.query(text.value);
      fill(output, table(result), h('p', { class: 'quiet' }, `${result.command}, ${result.rowCount} rows, ${(performance.now() - start).toFixed(1)} ms`));
    } catch (error) {
      fill(output, h('p', { class: 'problem' }, `${error.code ?? ''} ${error.message}`, error.hint ? ` — ${error.hint}` : ''));
    }
  };
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
  });
  fill(
    element,
    h('h2', {}, 'SQL console'),
    h('p', { class: 'examples' }, EXAMPLES.map((sql) => h('button', { class: 'plain', onclick: () => { text.value = sql; run(); } }, sql.slice(0, 42) + ' …'))),
    text,
    h('p', { class: 'run' }, choice, h('button', { class: 'run-button', onclick: run }, 'Run'), h('span', { class: 'quiet' }, 'Ctrl+Enter')),
    output,
  );
}

function table({ rows, fields }) {
  if (fields.length === 0) return null;
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, fields.map((field) => h('th', {}, field.name, h('small', {}, field.type))))),
    h('tbody', {}, rows.slice(0, 200).map((row) => h('tr', {}, fields.map((field) => h('td', {}, cell(row[field.name])))))),
  );
}

function cell(value) {
  if (value === null) return h('i', {}, 'null');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
