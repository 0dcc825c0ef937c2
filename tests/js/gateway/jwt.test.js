/**
 * A gateway takes the tokens that their issuer has signed for it, for as long as they last, and no others.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { WebSocket } from 'ws';
import { jwt } from '../../../js-bindings/gateway/jwt.js';
import { openEdge } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const SECRET = 'a secret of more than thirty-two bytes';
const base64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs claims; `header` and `ends` (seconds from now, or null) as given. */
async function sign(key, claims, { header = { alg: 'HS256' }, ends = 60 } = {}) {
  const token = new SignJWT(claims).setProtectedHeader(header);
  if (ends !== null) token.setExpirationTime(Math.floor(Date.now() / 1000) + ends);
  return token.sign(typeof key === 'string' ? new TextEncoder().encode(key) : key);
}

const asking = (authorization) => new Request('http://x/', { headers: authorization ? { authorization } : {} });
const bearing = (token) => asking(`Bearer ${token}`);
const refused = (message) => ({ name: 'UpstreamError', code: '28000', message });

describe('tokens signed with a secret', () => {
  const authenticate = jwt({ key: SECRET, issuer: 'https://issuer.example', audience: 'notes' });
  const claims = { sub: 'ada', iss: 'https://issuer.example', aud: 'notes', tenant: 7 };

  test('a good one tells who asks, and until when', async () => {
    const identity = await authenticate(bearing(await sign(SECRET, claims)));
    assert.deepEqual([identity.subject, identity.claims.tenant], ['ada', 7]);
    assert.ok(Math.abs(identity.expires - Date.now() - 65_000) < 2_000);
  });

  test('one of several audiences is enough', async () => {
    assert.equal((await authenticate(bearing(await sign(SECRET, { ...claims, aud: ['x', 'notes'] })))).subject, 'ada');
  });

  test('clocks may differ by a little', async () => {
    assert.equal((await authenticate(bearing(await sign(SECRET, claims, { ends: -2 })))).subject, 'ada');
    const strict = jwt({ key: SECRET, clockTolerance: 0 });
    await assert.rejects(strict(bearing(await sign(SECRET, claims, { ends: -2 }))), refused('the token has expired'));
  });

  const soon = Math.floor(Date.now() / 1000) + 600;
  for (const [what, message, token] of [
    ['expired', /expired/, () => sign(SECRET, claims, { ends: -60 })],
    ['without an end', /"exp"/, () => sign(SECRET, claims, { ends: null })],
    ['not valid yet', /"nbf"/, () => sign(SECRET, { ...claims, nbf: soon }, { ends: 900 })],
    ['of another issuer', /"iss"/, () => sign(SECRET, { ...claims, iss: 'https://evil.example' })],
    ['for another audience', /"aud"/, () => sign(SECRET, { ...claims, aud: 'mail' })],
    ['for no audience', /"aud"/, () => sign(SECRET, { sub: 'ada', iss: claims.iss })],
    ['signed with another secret', /not valid/, () => sign(`${SECRET}!`, claims)],
    ['of alg none', /not valid/, () => `${base64({ alg: 'none' })}.${base64({ ...claims, exp: soon })}.`],
    ['of alg None', /not valid/, () => `${base64({ alg: 'None' })}.${base64({ ...claims, exp: soon })}.`],
    ['without a signature', /not valid/, async () => `${(await sign(SECRET, claims)).split('.').slice(0, 2).join('.')}.`],
    ['with other claims under the same signature', /not valid/, async () => {
      const [head, , signature] = (await sign(SECRET, claims)).split('.');
      return `${head}.${base64({ ...claims, sub: 'root', exp: soon })}.${signature}`;
    }],
    ['with a critical header that nobody knows', /not valid/, async () => {
      const [, payload, signature] = (await sign(SECRET, claims)).split('.');
      return `${base64({ alg: 'HS256', crit: ['x'], x: 1 })}.${payload}.${signature}`;
    }],
    ['that is none', /not valid/, () => 'token'],
    ['that is empty claims', /not valid/, () => `${base64({ alg: 'HS256' })}..`],
  ]) {
    test(`refused: a token ${what}`, async () => {
      await assert.rejects(authenticate(bearing(await token())), refused(message));
    });
  }

  test('no token, and other kinds of authorization, are refused', async () => {
    await assert.rejects(authenticate(asking()), refused('a token is required'));
    for (const header of ['Basic YTpi', 'Bearer', 'Bearer a b', 'bearer a,b']) {
      await assert.rejects(authenticate(asking(header)), refused(/no bearer token/));
    }
  });

  test('whoever may be anonymous still brings no bad token', async () => {
    const open = jwt({ key: SECRET, anonymous: true });
    assert.deepEqual(await open(asking()), { claims: {} });
    await assert.rejects(open(bearing(await sign(SECRET, {}, { ends: -60 }))), refused(/expired/));
  });
});

describe('tokens signed with a private key', () => {
  test('PEM, a JWK and a set of JWKs all verify; the public key is no secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const pem = await exportSPKI(publicKey);
    const jwk = await exportJWK(publicKey);
    const good = await sign(privateKey, { sub: 'ada' }, { header: { alg: 'RS256' } });
    // What a library takes that asks the token how to verify it.
    const confused = await sign(pem, { sub: 'root' });
    for (const key of [pem, jwk, { keys: [jwk] }]) {
      const authenticate = jwt({ key });
      assert.equal((await authenticate(bearing(good))).subject, 'ada');
      await assert.rejects(authenticate(bearing(confused)), refused('the token is not valid'));
      assert.throws(() => jwt({ key, algorithms: ['HS256'] }), { code: '22023' });
    }
    await assert.rejects(jwt({ key: pem, algorithms: ['ES256'] })(bearing(good)), refused('the token is not valid'));
  });

  test('options that let forged tokens in are refused', () => {
    for (const options of [
      {}, { key: 'short' }, { key: SECRET, algorithms: ['none'] }, { key: SECRET, algorithms: ['RS256'] },
      { key: SECRET, algorithms: [] }, { jwksUri: 'http://issuer.example/keys' }, { jwksUri: 'keys' },
      { jwksUri: 'https://issuer.example/keys', algorithms: ['HS256'] },
      { key: '-----BEGIN PRIVATE KEY-----\n' },
    ]) {
      assert.throws(() => jwt(options), { code: '22023' }, JSON.stringify(options));
    }
  });
});

describe('keys that the issuer publishes', () => {
  let issuer;
  let jwksUri;
  let asked = 0;
  let answer = () => [200, { keys: [] }];
  before(async () => {
    issuer = createServer((_, response) => {
      asked++;
      const [status, body] = answer();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise((resolve) => { issuer.listen(0, '127.0.0.1', resolve); });
    jwksUri = `http://127.0.0.1:${issuer.address().port}/keys`;
  });
  after(() => {
    issuer.close();
    issuer.closeAllConnections();
  });

  const published = async (kid) => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...await exportJWK(publicKey), kid };
    return { jwk, token: await sign(privateKey, { sub: kid }, { header: { alg: 'ES256', kid } }) };
  };

  test('are kept, and asked for again when a token names a new one', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const [first, second] = [await published('first'), await published('second')];
    answer = () => [200, { keys: [first.jwk] }];
    const authenticate = jwt({ jwksUri });
    const before = asked;
    for (let i = 0; i < 3; i++) assert.equal((await authenticate(bearing(first.token))).subject, 'first');
    assert.equal(asked - before, 1);
    answer = () => [200, { keys: [second.jwk] }];
    await assert.rejects(authenticate(bearing(second.token)), refused('the token is not valid'));
    assert.equal(asked - before, 1); // unknown names do not make it ask again and again
    context.mock.timers.tick(31_000);
    assert.equal((await authenticate(bearing(second.token))).subject, 'second');
    await assert.rejects(authenticate(bearing(first.token)), refused('the token is not valid'));
    assert.equal(asked - before, 2);
  });

  test('that cannot be read are nobody\'s fault: the device may try again', async () => {
    const { token } = await published('any');
    for (const each of [() => [500, {}], () => [200, 'nonsense'], () => [200, { keys: 1 }]]) {
      answer = each;
      await assert.rejects(jwt({ jwksUri })(bearing(token)), { code: '08006', transient: true });
    }
    await assert.rejects(jwt({ jwksUri: 'http://127.0.0.1:1/keys' })(bearing(token)), { code: '08006' });
  });
});

describe('a WebSocket', () => {
  let origin;
  before(async () => {
    origin = await openEdge({ authenticate: jwt({ key: SECRET, clockTolerance: 0 }) });
    await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text); INSERT INTO job VALUES (1, 'one')`);
  });
  after(() => origin.close());

  const job = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });
  const subscribed = async (client) => {
    const copy = new ShapeCopy(['id']);
    await client.subscribe(job, copy.sink);
    await copy.until((each) => each.snapshots === 1);
    return copy;
  };

  test('ends with its token', async () => {
    const token = await sign(SECRET, { sub: 'ada' }, { ends: 4 });
    const copy = await subscribed(origin.client({ token }));
    await copy.until((each) => each.lostWith);
    assert.deepEqual([copy.lostWith.code, /expired/.test(copy.lostWith.message)], ['28000', true]);
  });

  test('goes on, with its subscriptions, when the device brings a fresh token in time', async () => {
    let given = 0;
    const client = origin.client({
      token: () => {
        given++;
        return sign(SECRET, { sub: 'ada', jti: `${given}` }, { ends: 4 });
      },
    });
    const copy = await subscribed(client);
    await sleep(5_500);
    await origin.execute(`UPDATE job SET note = 'later'`);
    await copy.until((each) => each.rows.get('[1]')[1] === 'later');
    assert.deepEqual([copy.lostWith ?? null, copy.snapshots, given > 2], [null, 1, true]);
    await client.close();
  });

  test('a token service that fails once is asked again', async () => {
    let given = 0;
    const client = origin.client({
      token: () => {
        given++;
        if (given === 2) throw new Error('out of order');
        return sign(SECRET, { sub: 'ada' }, { ends: given === 1 ? 4 : 60 });
      },
    });
    const copy = await subscribed(client);
    await sleep(4_500);
    assert.deepEqual([copy.lostWith ?? null, given], [null, 3]);
    await client.close();
  });

  test('a fresh token of somebody else ends it: what was subscribed to was another\'s', async () => {
    const subjects = ['ada', 'eve'];
    const copy = await subscribed(origin.client({ token: () => sign(SECRET, { sub: subjects.shift() }, { ends: 4 }) }));
    await copy.until((each) => each.lostWith);
    assert.deepEqual([copy.lostWith.code, /other rights/.test(copy.lostWith.message)], ['08006', true]);
  });

  test('a bad token refuses it, at first and later', async () => {
    const bad = { code: '28000' };
    await assert.rejects(origin.client({ token: 'x' }).subscribe(job, new ShapeCopy().sink), bad);
    await assert.rejects(origin.client({ token: 'x\ny' }).subscribe(job, new ShapeCopy().sink), bad);
    await assert.rejects(origin.client().subscribe(job, new ShapeCopy().sink), bad);
    const good = await sign(SECRET, { sub: 'ada' });
    const socket = new WebSocket(`${origin.url.replace('http', 'ws')}/changes`);
    const closed = new Promise((resolve) => { socket.addEventListener('close', resolve); });
    socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'hello', version: 1, token: good })));
    socket.addEventListener('message', () => socket.send(JSON.stringify({ type: 'token', token: 'x' })));
    assert.equal((await closed).code, 4401);
  });
});
