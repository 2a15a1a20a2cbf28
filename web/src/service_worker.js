// Keeps the files of one build, so that the page works offline. All files of a
// page are of one build: another one waits until the person asks for it.

const BUILD = { version: null, files: [] };  // filled by prepare/service_worker.js
const PREFIX = "keras-colorize-";
const NAME = PREFIX + BUILD.version;

self.addEventListener("install", (event) => {
  // What the page loaded just now is only asked for changes, not sent again.
  const requests = BUILD.files.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

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
