/** The writer as a program: `program.js <strict|relaxed> <path>`; a line of JSON for each thing that it says. */
import { writeSync } from 'node:fs';

import { Tidemark } from '../../js-bindings/index.js';
import { writeOn } from './writer.js';

await writeOn(new Tidemark({ path: process.argv.at(-1), durability: process.argv.at(-2) }), (said) => { writeSync(1, `${JSON.stringify(said)}\n`); });
