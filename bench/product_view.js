/** pg_tviews' product view, kept incrementally: beside its own REFRESH and beside triggers written by hand, at growing sizes. */
import assert from 'node:assert/strict';

import { Shop } from './product/data.js';
import { open as openTriggers } from './product/sqlite-wasm.js';
import { open as openTidemark } from './product/tidemark.js';
import { Timings, cell, generator, setting, timed, timedEach } from './measure.js';
import { figure, report } from './report.js';

const SIZES = (process.env.BENCH_PRODUCTS ?? '1000,10000,100000').split(',').map(Number);
/** Where only the update of one row is measured: is it as fast with many rows as with few? 200,000 products are 1.4 million rows. */
const FLAT = (process.env.BENCH_FLAT ?? '200000').split(',').filter(Boolean).map(Number);
const UPDATES = setting('BENCH_UPDATES', 200);
/** Engines compile what runs often, and the update is what its target is about: enough of them run before they are timed. */
const WARM = setting('BENCH_WARM', 3_000);
const PEERS = [['tidemark', openTidemark], ['sqlite-wasm, triggers', openTriggers]];

/** What pg_tviews' authors measured with PostgreSQL 18 on 8 cores, durably: milliseconds. */
const PUBLISHED = {
  1_000: { update: 1.77, refresh: 15, batch: 5.12, insert: 1.83, remove: 1.15, build: 59.8 },
  10_000: { update: 1.87, refresh: 167.9, batch: 39.3, insert: 1.79, remove: 1.12, build: 405.8 },
  100_000: { update: 1.97, refresh: 1523.5, batch: 540.3, insert: 1.91, remove: 1.18, build: 4426.7 },
};

const MEASURES = [
  ['update', 'UPDATE of one price'],
  ['review', 'INSERT of one review'],
  ['insert', 'INSERT of one product'],
  ['remove', 'DELETE of one product'],
  ['batch', 'UPDATE of 1 % of the prices'],
  ['rename', 'category renamed: its products'],
  ['build', 'creation of the view'],
  ['refresh', 'REFRESH of a materialized view of the same'],
];

async function measure(open, size, timings, flat) {
  const shop = new Shop(size);
  const random = generator(5);
  const engine = await open();
  await engine.load(shop);
  timings.add('build', [await timed(() => engine.build())]);
  const touched = new Set();
  const anyone = () => {
    const id = 1 + random.below(size);
    touched.add(id);
    return id;
  };
  timings.add('update', await timedEach(UPDATES, WARM, () => {
    const id = anyone();
    const price = (1 + random.below(Math.floor(shop.products[id - 1].base_price * 100))) / 100;
    shop.products[id - 1].current_price = price;
    return engine.setPrice(id, price);
  }));
  if (!flat) await measureRest(engine, shop, size, timings, random, touched, anyone);
  await check(engine, shop, size, random, touched);
  await engine.close();
}

async function measureRest(engine, shop, size, timings, random, touched, anyone) {
  timings.add('review', await timedEach(UPDATES / 4, UPDATES / 4, () => {
    const id = shop.reviews.length + 1;
    const review = {
      id, fk_product: anyone(), fk_user: 1, rating: 1 + random.below(5), title: `New ${id}`, content: 'Late', verified: true, helpful_count: 0,
    };
    shop.addReview(review);
    return engine.review(review);
  }));
  timings.add('insert', await timedEach(UPDATES / 4, UPDATES / 4, () => {
    const product = shop.product(shop.products.length + 1, random);
    shop.products.push(product);
    touched.add(product.id);
    return engine.insert(product);
  }));
  timings.add('remove', await timedEach(UPDATES / 4, 5, () => {
    const { id } = shop.products.pop();
    touched.add(id);
    return engine.remove(id);
  }));
  const part = Math.max(1, size / 100);
  timings.add('batch', await timedEach(5, 2, (i) => {
    for (let id = i * part + 1; id <= (i + 1) * part; id++) {
      shop.products[id - 1].current_price = 5 + i;
      touched.add(id);
    }
    return engine.setPrices(i * part + 1, (i + 1) * part, 5 + i);
  }));
  timings.add('rename', await timedEach(5, 2, (i) => {
    shop.categories[i].name = `Renamed ${i}`;
    return engine.rename(i + 1, `Renamed ${i}`);
  }));
  await engine.buildMaterialized();
  timings.add('refresh', await timedEach(size > 10_000 ? 2 : 3, 1, () => engine.refresh()));
}

/** All that was changed, and others beside; their number tells of whatever is too much. */
async function check(engine, shop, size, random, touched) {
  assert.equal(Number(await engine.count()), shop.products.length);
  const ids = size <= 10_000 ? shop.products.map(({ id }) => id) : [...touched];
  for (let i = 0; i < 1_000; i++) ids.push(1 + random.below(size));
  for (const id of ids) {
    const expected = id <= shop.products.length ? shop.document(id) : undefined;
    assert.deepEqual(await engine.document(id), expected, `product ${id} is wrong`);
  }
}

const sizes = new Map();
for (const size of [...SIZES, ...FLAT]) {
  const timings = PEERS.map(() => new Timings());
  for (const [i, [name, open]] of PEERS.entries()) {
    const flat = !SIZES.includes(size);
    if (flat && i > 0) continue;
    try {
      await measure(open, size, timings[i], flat);
    } catch (error) {
      throw new Error(`${name}, ${size}: ${error.message}`, { cause: error });
    }
  }
  sizes.set(size, timings);
}

const rows = [];
for (const [size, [ours, theirs]] of sizes) {
  for (const [key, what] of MEASURES) {
    if (!ours.has(key)) continue;
    const ms = ours.median(key);
    const published = PUBLISHED[size]?.[key];
    rows.push({
      products: size.toLocaleString('en'), what, 'tidemark ms': figure(ms), 'p95 ms': figure(ours.p95(key)),
      'our REFRESH is': key !== 'refresh' && ours.has('refresh') ? `${figure(ours.median('refresh') / ms)} x as long` : '-',
      'sqlite-wasm, triggers': theirs.has(key) ? cell(theirs.median(key), 'ms', ms) : '-',
      'pg_tviews, published': published === undefined ? '-' : `${published} (${figure(ms / published)}x)`,
    });
  }
}
const update = (size) => sizes.get(size)[0].median('update');
const [small, large] = [SIZES.includes(10_000) ? 10_000 : SIZES[0], Math.max(...sizes.keys())];
report('product-view', 'Product view: a document of each product with category, supplier, stock and reviews, in memory', rows, {
  notes: [
    `flat: one UPDATE at ${large.toLocaleString('en')} products takes ${figure(update(large) / update(small))} x the time at ${small.toLocaleString('en')}.`,
    'Each product has five reviews; its document holds their number, average and the five latest, found by correlated subqueries.',
    "In brackets: our time as a multiple of the peer's; below 1 we are faster. Documents are compared with an oracle after each run.",
    'pg_tviews, published: measured by its authors with PostgreSQL 18 on 8 cores, durably, on another machine: an order of magnitude only.',
    'REFRESH of triggers is DELETE and INSERT … SELECT. UPDATE of 1 % is one statement; a category has about 100 products, at 100,000 about 1,000.',
  ],
  details: Object.fromEntries([...sizes].map(([size, timings]) => [size, timings.map((one, i) => ({ peer: PEERS[i][0], ...one.summary() }))])),
});
