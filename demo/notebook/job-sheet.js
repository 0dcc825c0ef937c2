/**
 * The job that is open: status, notes and the list of parts.
 */
import { h } from './dom.js';

const STATUSES = ['planned', 'on site', 'waiting for parts', 'done'];

/** @param {import('./device-pane.js').DevicePane} pane @param {import('./device.js').Device} device */
export function jobSheet(pane, device, job) {
  const parts = device.parts.rows.filter((part) => part.job_id === job.id);
  return h(
    'div',
    { class: 'sheet' },
    h(
      'div',
      { class: 'statuses', role: 'group', 'aria-label': 'Status' },
      STATUSES.map((status) =>
        h(
          'button',
          {
            class: status === job.status ? 'chosen' : '',
            'data-status': status,
            onclick: () => pane.act(() => device.setStatus(job.id, status)),
          },
          status,
        ),
      ),
    ),
    h(
      'label',
      { class: 'notes' },
      'Notes',
      h('textarea', {
        rows: 3,
        value: job.notes,
        onchange: (event) => pane.act(() => device.setNotes(job.id, event.target.value)),
      }),
    ),
    h('table', { class: 'parts' }, h('tbody', {}, parts.map((part) => partRow(pane, device, part)))),
    partForm(pane, device, job),
  );
}

function partRow(pane, device, part) {
  const step = (by, label) =>
    h(
      'button',
      { class: 'step', 'aria-label': label, onclick: () => pane.act(() => device.setQuantity(part.id, part.quantity + by)) },
      by > 0 ? '+' : '−',
    );
  return h(
    'tr',
    { class: part.staged ? 'staged' : '', 'data-part': part.name },
    h('td', {}, part.name),
    h('td', { class: 'quantity' }, step(-1, `One ${part.name} less`), h('b', {}, String(part.quantity)), step(1, `One ${part.name} more`)),
    h('td', { class: 'price' }, `€ ${part.price}`),
  );
}

function partForm(pane, device, job) {
  const submit = (event) => {
    event.preventDefault();
    const { part, price } = event.target.elements;
    if (!part.value.trim()) return;
    const values = [part.value.trim(), 1, price.value || '0'];
    event.target.reset();
    document.activeElement?.blur();
    pane.act(() => device.addPart(job.id, ...values));
  };
  return h(
    'form',
    { class: 'add-part', onsubmit: submit },
    h('input', { name: 'part', placeholder: 'Add a part', 'aria-label': 'Part' }),
    h('input', { name: 'price', type: 'number', step: '0.01', min: '0', placeholder: 'Price', 'aria-label': 'Price' }),
    h('button', {}, 'Add'),
  );
}
