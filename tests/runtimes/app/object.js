/** The application in a Durable Object: `/write` and `/read` as in the other runtimes, for an object of that name. */
import { DurableObject } from 'cloudflare:workers';
import { Tidemark } from 'tidemark';
import { durableObjectStorage } from 'tidemark/durable-object';

import { read, write } from './notes.js';

export class Notes extends DurableObject {
  async fetch(request) {
    const options = { path: 'notes', storage: durableObjectStorage(this.ctx.storage) };
    try {
      if (new URL(request.url).pathname === '/write') return Response.json({ storage: await write(Tidemark, options) });
      return Response.json(await read(Tidemark, options));
    } catch (error) {
      return Response.json({ failed: String(error), stack: error?.stack }, { status: 500 });
    }
  }
}

export default {
  fetch(request, env) {
    return env.NOTES.get(env.NOTES.idFromName('mine')).fetch(request);
  },
};
