/** The writer as a page: `/?storage=opfs|indexeddb`; each thing that it says is posted. */
import { Tidemark } from '../../js-bindings/index.js';
import { writeOn } from './writer.js';

const storage = new URL(location.href).searchParams.get('storage');
const say = (said) => fetch('/said', { method: 'POST', body: JSON.stringify(said) });
writeOn(new Tidemark({ path: 'killed', storage, worker: storage === 'opfs' }), say)
  .catch((error) => say({ failed: `${error}` }));
