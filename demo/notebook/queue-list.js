/**
 * The write queue of a device: what waits for the network, what has arrived.
 */
import { h } from './dom.js';

const SHOWN = 8;

export function queueList(writes) {
  return h(
    'details',
    { class: 'queue', open: writes.some((write) => write.state !== 'applied') },
    h('summary', {}, `Write queue (${writes.filter((write) => write.state !== 'applied').length} open)`),
    writes.length === 0
      ? h('p', { class: 'quiet' }, 'Nothing has been written on this device.')
      : h('ol', {}, writes.slice(0, SHOWN).map(queueItem)),
  );
}

function queueItem(write) {
  return h(
    'li',
    { class: `write ${write.state}` },
    h('span', { class: 'write-state' }, write.state),
    h('code', {}, `${write.op} ${write.view.replace('public.', '')} ${describe(write)}`),
    write.state === 'failed' && h('span', { class: 'quiet' }, `${write.last_error}; attempt ${write.retry_count}`),
  );
}

function describe(write) {
  if (!write.mine) return '';
  return Object.entries(write.mine)
    .filter(([column]) => !column.endsWith('id'))
    .map(([column, value]) => `${column}: ${value}`)
    .join(', ');
}
