/**
 * The application on a server: `main.js write|read <path> <worker: true|false>`; prints what came of it as JSON. `hold` keeps the database
 * open until the process is killed, `try` only says whether it can be opened.
 */
import { Tidemark } from 'tidemark';

import { read, write } from './notes.js';

const [phase, path, worker] = process.argv.slice(-3);
const options = { path, worker: worker === 'true' };
const phases = {
  write: async () => ({ storage: await write(Tidemark, options) }),
  read: () => read(Tidemark, options),
  async try() {
    const db = new Tidemark(options);
    const outcome = await db.query('SELECT 1 AS one').then(() => 'open', (error) => error.code);
    await db.close().catch(() => {});
    return { outcome };
  },
  async hold() {
    const db = new Tidemark(options);
    await db.query('SELECT 1 AS one');
    setInterval(() => db.storage, 1000);
    return { outcome: 'open' };
  },
};
console.log(JSON.stringify(await phases[phase]()));
