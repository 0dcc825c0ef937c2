/**
 * A write that the origin's row has overtaken: what it was based on, what was written here, what is there now, and
 * the three things one can do about it.
 */
import { h } from './dom.js';

/** @param {import('./device-pane.js').DevicePane} pane @param {import('./device.js').Device} device */
export function conflictCard(pane, device, write) {
  const refused = write.last_error_code && write.last_error_code !== '40001';
  const columns = Object.keys(write.mine ?? write.base ?? {}).filter((column) => column !== 'id');
  const inputs = new Map();
  const cell = (row, column) => (row ? format(row[column]) : 'deleted');
  const edited = () => Object.fromEntries([...inputs].map(([column, input]) => [column, input.value]));
  return h(
    'section',
    { class: 'conflict', 'data-write': write.id },
    h('h3', {}, refused ? `PostgreSQL refused: ${write.last_error}` : 'Somebody else changed this while you were away'),
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ['', 'was', 'yours', 'now there', 'send instead'].map((title) => h('th', {}, title)))),
      h('tbody', {}, columns.map((column) => {
        const input = h('input', { value: String((write.mine ?? write.base)[column] ?? ''), 'aria-label': column });
        inputs.set(column, input);
        return h(
          'tr',
          {},
          h('th', {}, column),
          h('td', { class: 'base' }, cell(write.base, column)),
          h('td', { class: 'mine' }, write.op === 'delete' ? 'deleted' : cell(write.mine, column)),
          h('td', { class: 'theirs' }, cell(write.theirs, column)),
          h('td', {}, input),
        );
      })),
    ),
    h(
      'p',
      { class: 'choices' },
      h('button', { class: 'keep-mine', onclick: () => pane.act(() => device.resolve(write.id, 'retry')) }, 'Send mine again'),
      h('button', { class: 'take-theirs', onclick: () => pane.act(() => device.resolve(write.id, 'discard')) }, 'Take theirs'),
      h('button', { class: 'send-edited', onclick: () => pane.act(() => device.resolve(write.id, { set: edited() })) }, 'Send the edited values'),
    ),
  );
}

function format(value) {
  return value === null || value === undefined ? '–' : String(value);
}
