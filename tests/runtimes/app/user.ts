import { Tidemark, type FileStorage, type Result } from 'tidemark';
import { durableObjectStorage, type SqliteBackedStorage } from 'tidemark/durable-object';
import { Tidemark as EdgeTidemark } from 'tidemark/edge';
import { sendInBackground, sendQueue } from 'tidemark/service-worker';
import { storageTests } from 'tidemark/storage-tests';
import engine from 'tidemark/tidemark.wasm';
import { serve } from 'tidemark/worker';

declare const ctx: { storage: SqliteBackedStorage };
const storage: FileStorage = durableObjectStorage(ctx.storage);
const db = new Tidemark({ path: 'notes', storage });
export const notes: Promise<Result<{ id: number }>> = db.query<{ id: number }>('SELECT id FROM note');
export const edge = new EdgeTidemark({ wasm: engine });
serve({ database: db });
sendInBackground({ path: 'notes', backgroundSync: 'notes', getUpstreamClient: () => { throw new Error('offline'); } });
export const sent: Promise<void> = sendQueue({ path: 'notes' });
export const cases: string[] = storageTests({ create: () => storage, exclusive: false }).map(({ name }) => name);
