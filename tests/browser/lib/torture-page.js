/** One tab of the torture: it writes and reads, and reports each call before it makes it and when it is answered. */

/* global WebSocket, document, location, BroadcastChannel */

/**
 * Runs in the page.
 * @param {{ name: string, options: object }[]} databases
 * @param {string} client its slot and a name of its own
 */
export function torturePage(databases, client) {
  const granted = new Map();
  let lastCall = 0;
  let stopping = false;
  const opened = [];
  /** What is under way with each database. */
  const doing = {};

  let lastMessage = 0;
  let socket = null;
  /** What may not have arrived; a page that was frozen has lost its connection, and connects again. */
  const unconfirmed = new Map();
  const send = (number) => { if (socket?.readyState === 1) socket.send(unconfirmed.get(number)); };
  const tell = (message) => {
    const number = ++lastMessage;
    unconfirmed.set(number, JSON.stringify({ client, number, ...message }));
    send(number);
    return number;
  };
  const connect = () => {
    socket = new WebSocket(`ws://${location.host}/`);
    socket.addEventListener('open', () => {
      for (const number of unconfirmed.keys()) send(number);
      if (unconfirmed.size === 0) tell({ again: true });
    });
    socket.addEventListener('message', ({ data }) => receive(JSON.parse(data)));
    socket.addEventListener('close', () => setTimeout(connect, 100));
  };
  const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

  /** Makes a call that the harness knows of from before its beginning to after its end. */
  async function call(database, op, work) {
    const id = ++lastCall;
    await new Promise((resolve) => { granted.set(tell({ invoke: id, database, ...op }), resolve); });
    doing[database] = op;
    try {
      tell({ answer: id, value: await work() });
    } catch (error) {
      tell({ answer: id, code: error.code ?? String(error) });
    }
  }

  const different = (rows, expected) => {
    const at = expected.findIndex((row, index) => JSON.stringify(row) !== JSON.stringify(rows[index]));
    return `(${rows.length} of ${expected.length}; at ${at} ${JSON.stringify(rows[at])}, not ${JSON.stringify(expected[at])})`;
  };

  async function open({ name, options }) {
    doing[name] = 'opens';
    const { Tidemark } = await import('/tidemark/index.js');
    const db = new Tidemark(options);
    new BroadcastChannel(`tidemark:${options.path}`).addEventListener('message', ({ data }) => {
      if (data.holder !== undefined) tell({ holder: data.holder, database: name });
    });
    await db.connect();
    doing[name] = 'follows';
    const count = await db.live('SELECT count(*) AS n, max(id) AS last FROM list');
    const tags = await db.live('SELECT id, tag FROM list WHERE id > $1 ORDER BY id', [0]);
    let followed = new Set();
    const { applyChanges } = await import('/tidemark/index.js');
    let copy = [...tags.rows];
    tags.subscribe(({ changes }) => { copy = applyChanges(copy, changes); });
    const reload = async () => { followed = new Set((await db.query('SELECT tag FROM list')).rows.map(({ tag }) => tag)); };
    await db.wal.subscribe('list', async ({ changes, lost }) => {
      if (lost) await reload();
      for (const { new: row } of changes) followed.add(row.tag);
    });
    await reload();
    doing[name] = 'is open';
    opened.push({
      name,
      async differences() {
        const { rows } = await db.query('SELECT id, tag FROM list ORDER BY id');
        const text = JSON.stringify(rows);
        const found = [];
        if (JSON.stringify(tags.rows) !== text) found.push(`rows of a live query ${different(tags.rows, rows)}`);
        if (JSON.stringify(copy) !== text) found.push(`changes of a live query ${different(copy, rows)}`);
        if (count.rows[0].n !== rows.length || count.rows[0].last !== (rows.at(-1)?.id ?? null)) found.push('a live count');
        if (followed.size !== rows.length) found.push(`a subscription (${followed.size} of ${rows.length})`);
        return found;
      },
    });
    return db;
  }

  const increment = 'UPDATE counter SET n = n + 1 WHERE id = 1 RETURNING n';

  async function work({ name }, db) {
    for (let round = 0; !stopping; round++) {
      const tag = `${client}-${name}-${round}`;
      const kind = Math.floor(Math.random() * 5);
      if (kind === 0) await call(name, { op: 'append', tag }, () => db.query('INSERT INTO list (tag) VALUES ($1)', [tag]).then(() => null));
      else if (kind === 1) await call(name, { op: 'increment' }, async () => (await db.query(increment)).rows[0].n);
      else if (kind === 2) await call(name, { op: 'read' }, async () => (await db.query('SELECT n FROM counter WHERE id = 1')).rows[0].n);
      else if (kind === 3) await call(name, { op: 'list' }, async () => (await db.query('SELECT count(*) AS n FROM list')).rows[0].n);
      else {
        await call(name, { op: 'increment', tag }, () => db.transaction(async (tx) => {
          const { rows: [{ n }] } = await tx.query('SELECT n FROM counter WHERE id = 1');
          await tx.query('INSERT INTO list (tag) VALUES ($1)', [tag]);
          await tx.query('UPDATE counter SET n = $1 WHERE id = 1', [n + 1]);
          return n + 1;
        }));
      }
      await pause(Math.random() * 40);
    }
  }

  async function receive(message) {
    if (message.received !== undefined) {
      unconfirmed.delete(message.received);
      granted.get(message.received)?.();
      granted.delete(message.received);
    } else if (message.stop) {
      stopping = true;
      tell({ doing });
      await working;
      tell({ stopped: true });
    } else if (message.compare) {
      const differences = [];
      for (const { name, differences: find } of opened) {
        let found = await find();
        // What was committed last is told in a moment.
        for (let wait = 0; wait < 40 && found.length > 0; wait++) {
          await pause(50);
          found = await find();
        }
        differences.push(...found.map((what) => `${name}: ${what}`));
      }
      tell({ compared: differences });
    }
  }

  /** A holder with files that is stopped cannot be replaced: until it goes on they are in use. */
  async function openWhenFree(about) {
    for (;;) {
      try {
        return await open(about);
      } catch (error) {
        if (error.code !== '55P03') throw error;
        doing[about.name] = 'waits for files in use';
        await pause(200);
      }
    }
  }

  tell({ here: document.visibilityState });
  connect();
  setInterval(() => tell({ runs: true }), 1000);
  const working = Promise.all(databases.map(async (about) => work(about, await openWhenFree(about))))
    .catch((error) => tell({ broken: `${error.code ?? ''} ${error.message}` }));
}
