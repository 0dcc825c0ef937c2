/**
 * One device on the page: its switch, its jobs, the job that is open, its queue and its conflicts.
 */
import { conflictCard } from './conflict-card.js';
import { fill, h } from './dom.js';
import { jobSheet } from './job-sheet.js';
import { queueList } from './queue-list.js';

export class DevicePane {
  #device;
  #openJob = null;
  #stale = false;
  #body = h('div', { class: 'device-body' }, h('p', { class: 'quiet' }, 'Opening …'));
  #state = h('span', { class: 'state' });
  #switch;

  /** @param {import('./device.js').Device} device */
  constructor(device) {
    this.#device = device;
    this.#switch = h('input', {
      type: 'checkbox',
      role: 'switch',
      onchange: (event) => device.setOnline(event.target.checked).catch((error) => this.fail(error)),
    });
    this.#switch.checked = device.network.online;
    this.element = h(
      'article',
      { class: 'device', 'data-device': device.id },
      h(
        'header',
        { class: 'device-head' },
        h('h2', {}, device.title),
        this.#state,
        h('label', { class: 'switch' }, this.#switch, h('span', { class: 'track' }), 'online'),
      ),
      this.#body,
    );
    device.addEventListener('change', () => this.#render());
    for (const type of ['online', 'offline']) addEventListener(type, () => this.#render());
    device.addEventListener('waiting', () =>
      fill(this.#body, h('p', { class: 'quiet' }, 'The first visit needs the network: waiting for PostgreSQL …')),
    );
    // what is being typed stays: the pane is drawn again when the field is left
    this.element.addEventListener('focusout', () => setTimeout(() => this.#stale && this.#render()));
  }

  /** Something went wrong that a person should know. */
  fail(error) {
    console.error(error);
    this.#body.prepend(
      h('p', { class: 'problem', role: 'alert' }, error.message, error.hint ? `. ${error.hint}` : '',
        h('button', { class: 'plain', onclick: (event) => event.target.parentElement.remove() }, 'Close')),
    );
  }

  /** Runs what a click asked for and shows what it could not do. */
  act(work) {
    Promise.resolve()
      .then(work)
      .catch((error) => this.fail(error));
  }

  async #render() {
    const device = this.#device;
    if (!device.jobs || !device.parts) return;
    const typing = this.#body.contains(document.activeElement) && document.activeElement.matches('input, textarea');
    this.#stale = typing;
    if (typing) return;
    const writes = await device.queue();
    const waiting = writes.filter((write) => write.state === 'pending' || write.state === 'failed').length;
    const conflicts = writes.filter((write) => write.state === 'conflicted');
    const online = device.network.online && navigator.onLine;
    this.#switch.checked = device.network.online;
    this.element.classList.toggle('offline', !online);
    this.#state.textContent = !online
      ? waiting ? `offline, ${waiting} waiting` : 'offline'
      : waiting ? `sending ${waiting}` : 'in sync';
    const scroll = this.#body.scrollTop;
    fill(
      this.#body,
      [...this.#body.querySelectorAll('.problem')],
      conflicts.map((write) => conflictCard(this, device, write)),
      h('ul', { class: 'jobs' }, device.jobs.rows.map((job) => this.#jobItem(job))),
      queueList(writes),
    );
    this.#body.scrollTop = scroll;
  }

  #jobItem(job) {
    const open = job.id === this.#openJob;
    const head = h(
      'button',
      {
        class: 'job-head',
        'aria-expanded': String(open),
        onclick: () => {
          this.#openJob = open ? null : job.id;
          this.#render();
        },
      },
      h('span', { class: 'customer' }, job.customer, job.urgent && h('span', { class: 'urgent' }, 'urgent')),
      h('span', { class: `status ${job.status.replaceAll(' ', '-')}` }, job.status),
      h('span', { class: 'address' }, `${job.visit} · ${job.address}`),
      h('span', { class: 'total' }, job.total === null ? 'no parts' : `${job.pieces} parts · € ${job.total}`),
    );
    return h(
      'li',
      { class: job.staged ? 'job staged' : 'job', 'data-job': job.id },
      head,
      job.staged && h('span', { class: 'mark' }, 'not sent yet'),
      open && jobSheet(this, this.#device, job),
    );
  }
}
