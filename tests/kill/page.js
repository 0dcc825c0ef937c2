/** The writer as a page: `/?storage=opfs|indexeddb&durability=strict|relaxed`; each thing that it says is posted. */
import { Tidemark } from '../../js-bindings/index.js';
import { writeOn } from './writer.js';

const given = new URL(location.href).searchParams;
const storage = given.get('storage');
const say = (said) => fetch('/said', { method: 'POST', body: JSON.stringify(said) });
writeOn(new Tidemark({ path: 'killed', storage, durability: given.get('durability'), worker: storage === 'opfs' }), say)
  .catch((error) => say({ failed: `${error}` }));
