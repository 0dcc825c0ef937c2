/** The application on a server: `main.js write|read <path> <worker: true|false>`; prints what came of it as JSON. */
import { Tidemark } from 'tidemark';

import { read, write } from './notes.js';

const [phase, path, worker] = process.argv.slice(-3);
const options = { path, worker: worker === 'true' };
const result = phase === 'write' ? { storage: await write(Tidemark, options) } : await read(Tidemark, options);
console.log(JSON.stringify(result));
