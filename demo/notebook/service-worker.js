/**
 * Keeps the notebook's files, so that it opens without a network after the first visit.
 *
 * All files of a version are kept together: a page never runs half of an old version and half of a new one.
 */
const PREFIX = 'notebook-';

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const ours = origin === location.origin && (pathname.startsWith('/notebook/') || pathname.startsWith('/tidemark/'));
  if (event.request.method === 'GET' && ours) event.respondWith(answer(event.request));
});

async function install() {
  const { version, urls } = await (await fetch('/precache.json', { cache: 'no-store' })).json();
  const cache = await caches.open(PREFIX + version);
  await cache.addAll(urls.map((url) => new Request(url, { cache: 'reload' })));
  await self.skipWaiting();
}

async function activate() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** From the network when it is there, so that a new version is seen at once; else from what was kept. */
async function answer(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
