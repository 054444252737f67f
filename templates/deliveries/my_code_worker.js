{% autoescape off %}// Keeps the page with the household's number on this phone, until somebody else signs in or they sign out.
const HOME = new URL("./", self.location).pathname, KEPT = "my-code";
const SHELL = [{% for file in shell %}"{{ file|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const page = await fetch(HOME);
  const cache = await caches.open(KEPT);
  if (page.ok && page.headers.has("X-My-Code")) await cache.put(HOME, page);
  await cache.addAll(SHELL);
  await self.skipWaiting();
})()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const page = async (request) => {
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.headers.has("X-My-Code")) await (await caches.open(KEPT)).put(HOME, answer.clone());
    else if (answer.status < 500) await caches.delete(KEPT);
    return answer;
  } catch {
    return await caches.match(HOME, { cacheName: KEPT }) ?? Response.error();
  }
};
const part = async (request) => {
  try { return await fetch(request); } catch { return await caches.match(request, { cacheName: KEPT }) ?? Response.error(); }
};
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname === HOME) event.respondWith(page(event.request));
  else if (SHELL.includes(address.pathname)) event.respondWith(part(event.request));
});
{% endautoescape %}
