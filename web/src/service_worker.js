// Keeps the files of one build, so that the page works offline. All files of a
// page are of one build: another one waits until the person asks for it.

const BUILD = { version: null, files: [] };  // filled by prepare/service_worker.js
// Pages in other folders of the same server see the same caches. An address has
// no spaces: no prefix is the beginning of another one's.
const PREFIX = `keras-colorize ${self.registration.scope} `;
const NAME = PREFIX + BUILD.version;
// Of former versions, in all folders alike.
const FORMER_PREFIX = "keras-colorize-";

self.addEventListener("install", (event) => {
  // What the page loaded just now is only asked for changes, not sent again.
  const requests = BUILD.files.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    await Promise.all(names.map(async (name) => {
      if (await isOutdated(name)) await caches.delete(name);
    }));
    await self.clients.claim();
  })());
});

/** Whether a cache is one of this page, of another build. */
async function isOutdated(name) {
  if (!name.startsWith(FORMER_PREFIX)) return name.startsWith(PREFIX) && name !== NAME;
  const cache = await caches.open(name);
  return Boolean(await cache.match(self.registration.scope));  // this very page
}

self.addEventListener("message", ({ data }) => {
  if (data === "use") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOwn = request.url.startsWith(self.registration.scope);
  if (request.method === "GET" && isOwn) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && request.url.endsWith(".wasm")) await cache.put(request, response.clone());
  return response;
}
