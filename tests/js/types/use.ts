/** The declarations, used as an application uses them. Compiled, never run. */
import {
  EdgeClient, Tidemark, TidemarkClient, TidemarkError, applyChanges,
  type Commit, type ConflictEvent, type LiveQuery, type PageStorage, type QueuedWrite, type Result,
  type UpstreamClient, type ViewStatus,
} from 'tidemark';
import { useLiveQuery } from 'tidemark/react';
import { liveStore } from 'tidemark/store';
import { serve } from 'tidemark/worker';

interface User { id: number; name: string }

const db = new Tidemark({
  path: 'app.db',
  storage: 'auto',
  dialect: 'postgres',
  async getUpstreamClient(originId) {
    return originId.startsWith('tidemark:') ? new TidemarkClient({ database: new Tidemark() })
      : new EdgeClient({ url: '/api/db', dialect: 'postgres' });
  },
  autoSync: true,
  persist: true,
  encryptionKey: new Uint8Array(32),
});

export async function queries(signal: AbortSignal): Promise<void> {
  await db.connect();
  const storage: string | null = db.storage;
  const { usage, quota, persisted } = await db.estimate() ?? { usage: 0, quota: 0, persisted: false };
  void [usage / quota, persisted];
  const all: Result<User> = await db.query<User>('SELECT * FROM users WHERE id = $1', [1], { signal });
  const name: string = all.rows[0].name;
  const arrays = await db.query('SELECT 1', undefined, { rowMode: 'array' });
  const first: unknown = arrays.rows[0][0];
  await db.query('SELECT :a', { a: new Date() });
  await db.query('SELECT $1, $2, $3, $4', [1n, new Uint8Array(1), { json: [1] }, undefined]);
  const results: Result[] = await db.exec('SELECT 1; SELECT 2');
  const type: string = results[0].fields[0].type;
  await using statement = db.prepare<User>('SELECT * FROM users WHERE id = $1');
  const again: User[] = (await statement.query([2])).rows;
  for await (const user of db.stream<User>('SELECT * FROM users')) user.name.toUpperCase();
  const count = await db.transaction(async (tx) => {
    await tx.query('INSERT INTO users VALUES (1, $1)', ['Ada']);
    await tx.transaction((inner) => inner.query('DELETE FROM users'));
    const done: string = await tx.suspendViews(() => 'done');
    console.log(done);
    return 5;
  }, { signal });
  const five: number = count;
  console.log(storage, name, first, type, again, five);
  // @ts-expect-error there is no such storage
  new Tidemark({ storage: 'disk' });
  // @ts-expect-error: a key is bytes
  new Tidemark({ encryptionKey: 'secret' });
  // @ts-expect-error a symbol has no value in SQL
  await db.query('SELECT $1', [Symbol('s')]);
  // @ts-expect-error a row mode is 'object' or 'array'
  await db.query('SELECT 1', [], { rowMode: 'map' });
}

export async function live(): Promise<void> {
  using users: LiveQuery<User> = await db.live<User>('SELECT * FROM users', [], { key: ['id'] });
  const same: LiveQuery<User> = await db.query<User>('SELECT * FROM users', [], { live: true });
  const end: () => void = users.subscribe(({ rows, changes }) => {
    const next: User[] = applyChanges(rows, changes);
    for (const { op, key, old, new: now, index, oldIndex } of changes) {
      if (op === 'insert') console.log(key?.id, now?.name, old, index, oldIndex, next);
    }
  }, (error: TidemarkError) => console.log(error.code));
  for await (const { rows } of same) console.log(rows[0].name);
  end();
  await using other = await db.live<User>('SELECT * FROM users');
  other.store().subscribe((rows: User[]) => console.log(rows[0].name))();
  const { rows, loading, error } = useLiveQuery<User>(db, 'SELECT * FROM users WHERE id = $1', [1]);
  liveStore<User>(db, 'SELECT * FROM users').subscribe((known) => console.log(known.rows[0]?.name));
  // @ts-expect-error rows are of the type given
  console.log(rows[0].email, loading, error?.code);
}

export async function sync(): Promise<void> {
  const stop = await db.wal.subscribe({ public: ['users'] }, async ({ commit, changes }: Commit) => {
    console.log(commit + 1, changes[0].relation.schema, changes[0].new?.name);
  });
  const views: ViewStatus[] = await db.sync.sync('users', { forceSync: true });
  const queue: QueuedWrite[] = await db.sync.queue(['users', 'shop.orders']);
  await db.sync.resolve(queue[0].id, { set: { name: 'Grace' } });
  await db.sync.resolve(queue[0].id, 'retry');
  await (await db.wal.subscribe('users', ({ lost }) => console.log(lost), { id: 'mine' }))();
  await db.wal.drop('mine');
  await db.sync.stop();
  await db.sync.resume();
  const off = db.sync.on('conflict', (event: ConflictEvent) => console.log(event.theirs, event.mine));
  db.sync.on('status', (event) => console.log(event.type));
  // @ts-expect-error there is no such event
  db.sync.on('anything', () => {});
  console.log(views[0].state === 'synced');
  off();
  stop();
  await db.close();
}

export function errors(error: unknown): string | undefined {
  return error instanceof TidemarkError ? `${error.code} ${error.hint} ${error.position}` : undefined;
}

export const pages: PageStorage = {
  kind: 'pages',
  name: 'mine',
  async open(path) { console.log(path.length); },
  async load(receive) { receive(0, new Uint8Array(4096)); },
  async persist({ pages: changed, pageSize }) { console.log(changed.size * pageSize); },
  async close() {},
};

export const client: UpstreamClient = {
  dialect: 'postgres',
  async query(sql, params, options) {
    console.log(sql, params.length, options?.signal);
    return { rows: [], fields: [] };
  },
};

const { port1, port2 } = new MessageChannel();
serve({ database: db, port: port1 });
export const remote = new Tidemark({ worker: port2, storage: pages });
export const threaded = new Tidemark({ worker: true });

export async function moving(signal: AbortSignal): Promise<void> {
  const file: Blob = await new Response(db.export({ signal, onProgress: ({ bytes, total }) => console.log(bytes / total) })).blob();
  await db.import(file, { signal, ignoreChecksums: true, onProgress: ({ bytes, total }) => console.log(bytes, total ?? '?') });
  await db.import(await fetch('/seed.db'));
  await db.import(new Uint8Array(4096));
  await db.import(db.export());
}
