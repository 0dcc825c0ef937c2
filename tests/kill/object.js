/** The writer as a Durable Object: `/found`, `/commit?<id>`; an answer that got out is an acknowledgement. */
import { DurableObject } from 'cloudflare:workers';

import { durableObjectStorage } from '../../js-bindings/storage/durable-object.js';
import { Tidemark } from '../../js-bindings/workerd.js';
import { commit, found } from './writer.js';

export class Killed extends DurableObject {
  db = new Tidemark({ path: 'killed', storage: durableObjectStorage(this.ctx.storage) });

  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    try {
      if (pathname === '/found') return Response.json(await found(this.db));
      const id = Number(search.slice(1));
      await commit(this.db, id);
      return Response.json({ acknowledged: id });
    } catch (error) {
      return Response.json({ failed: `${error}` });
    }
  }
}

export default {
  fetch: (request, env) => env.KILLED.get(env.KILLED.idFromName('one')).fetch(request),
};
