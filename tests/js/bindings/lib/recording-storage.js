/** A storage of pages as an application might write it; it records what it is asked. */
export class RecordingStorage {
  kind = 'pages';
  name = 'recording';
  batches = [];
  bytes = new Uint8Array(0);
  /** @type {((batch: any) => Promise<void>) | null} */
  before = null;

  async open() {}

  async load(receive) { if (this.bytes.length > 0) receive(0, this.bytes); }

  async persist(batch) {
    await this.before?.(batch);
    this.batches.push(batch);
    const bytes = new Uint8Array(batch.pageCount * batch.pageSize);
    bytes.set(this.bytes.subarray(0, bytes.length));
    for (const [number, page] of batch.pages) bytes.set(page, number * batch.pageSize);
    this.bytes = bytes;
  }

  async close() {}
}
