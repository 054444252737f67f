{% autoescape off %}// Keeps the check-in page of one link, and what it is made of, on this phone: it opens without a network.
const HOME = new URL("./", self.location).pathname, KEPT = `check-in:${HOME}`;
const SHELL = [{% for file in shell %}"{{ file|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
if (!self.BarcodeDetector) SHELL.push("{{ reader|escapejs }}"); // a phone that reads codes by itself is spared ours
const PATIENCE = 3000;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(KEPT);
  await cache.addAll([HOME, ...SHELL]);
  await self.skipWaiting();
})()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const kept = async (request) => (await caches.open(KEPT)).match(request, { ignoreSearch: true });
const page = async (event) => {
  const asked = fetch(event.request).then(async (answer) => {
    if (answer.ok && answer.headers.has("X-Check-In")) await (await caches.open(KEPT)).put(HOME, answer.clone());
    if (answer.headers.has("X-Link-Gone")) { await caches.delete(KEPT); indexedDB.deleteDatabase(KEPT); await self.registration.unregister(); }
    return answer;
  });
  event.waitUntil(asked.catch(() => null));
  const late = new Promise((done) => setTimeout(done, PATIENCE));
  const answer = await Promise.race([asked, late]).catch(() => null);
  return answer ?? await kept(HOME) ?? asked;
};
const part = async (event) => {
  const have = await kept(event.request), asked = fetch(event.request).then(async (answer) => {
    if (answer.ok) await (await caches.open(KEPT)).put(event.request, answer.clone());
    return answer;
  });
  if (have) event.waitUntil(asked.catch(() => null));
  return have ?? asked;
};

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname === HOME) event.respondWith(page(event));
  else if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => Response.redirect(`${HOME}#offline`)));
  else if (SHELL.includes(address.pathname)) event.respondWith(part(event));
});
{% endautoescape %}
