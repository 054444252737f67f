// Check-in without waiting for a network. A tap counts at once, is kept in an outbox (IndexedDB; until that has it,
// localStorage) and sent when there is a network. The latest counts.
const $ = (id) => document.getElementById(id);
const made = (name, facts) => Object.assign(document.createElement(name), facts);
const form = $("ticks"), box = $("q"), says = $("words")?.dataset ?? {}, home = location.pathname;
const language = document.documentElement.lang;
let facts = {}, rows = new Map(), outbox = [], taps = new Map(), mine = new Map();
let device = "", ahead = 0, seen = 0, sentAt = 0, savedAt = 0, offline = false, sending = false, again = false;
let trouble = "", over = false, keeps = true, timer = 0, people = [];

// --- what this phone keeps
const opened = () => new Promise((done, failed) => {
  const asked = indexedDB.open(`check-in:${home}`, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("outbox", { keyPath: "uuid" });
    asked.result.createObjectStore("facts");
  };
  asked.onsuccess = () => done(asked.result);
  asked.onerror = asked.onblocked = () => failed(asked.error);
});
let kept = null;
const keep = async (store, act, mode = "readwrite") => {
  if (over || !keeps) return undefined;
  try {
    const base = await (kept ??= opened());
    return await new Promise((done, failed) => {
      const work = base.transaction(store, mode, { durability: "strict" });
      const asked = act(work.objectStore(store));
      work.oncomplete = () => done(asked?.result);
      work.onerror = work.onabort = () => failed(work.error);
    });
  } catch {
    keeps = false; // a private window, a full phone
    return undefined;
  }
};
const shelf = (() => { try { return localStorage; } catch { return {}; } })(), place = `check-in:${home}#`;
const shelved = () => Object.keys(shelf).filter((key) => key.startsWith(place));
const unsent = async () => { // oldest first; both may have the same
  const found = await keep("outbox", (store) => store.getAll(), "readonly") ?? [];
  const all = [...found, ...shelved().map((key) => JSON.parse(shelf[key]))];
  return [...new Map(all.map((one) => [one.uuid, one])).values()].sort((one, other) => one.when - other.when);
};
const remember = () => keep("facts", (store) =>
  store.put({ device, ahead, seen, sentAt, people, now: facts.now, taps: [...taps] }, "all"));

const forget = async () => {
  over = true;
  clearInterval(timer);
  for (const key of shelved()) delete shelf[key];
  (await kept?.catch(() => null))?.close();
  self.indexedDB?.deleteDatabase(`check-in:${home}`);
  await self.caches?.delete(`check-in:${home}`);
  for (const one of await navigator.serviceWorker?.getRegistrations() ?? []) if (one.scope.endsWith(home)) one.unregister();
};
const wipe = async (words) => {
  const waiting = outbox.length;
  await forget();
  const told = made("div", { className: "notice", id: "wiped", textContent: words });
  const lost = made("p", { textContent: waiting ? says.lost.replace("{n}", waiting) : "" });
  told.setAttribute("role", "status");
  $("main").firstElementChild.replaceChildren(told, lost);
};

// --- who is on the list
const came = (id) => Boolean((mine.get(id) ?? taps.get(id))?.[1]);
const later = (one, other) => !one || other[0] > one[0] || (other[0] === one[0] && other[1] > one[1]);
const hear = (told) => {
  for (const [id, tap] of told) if (later(taps.get(+id), tap)) taps.set(+id, tap);
};

const read = () => {
  facts = JSON.parse($("facts").textContent);
  rows = new Map();
  for (const li of form.querySelectorAll("li.caller")) {
    const parts = li.dataset.p.split(" ").map((text) => text.split(":").map(Number));
    const button = li.querySelector(".who"), single = [...li.querySelectorAll(".part")];
    rows.set(+li.id.slice(1), { li, button, single, ids: parts.map(([id]) => id), types: parts.map(([, type]) => type),
      number: li.id.slice(1), name: li.querySelector("b").textContent, found: plain(li.querySelector("b").textContent) });
  }
  hear(Object.entries(facts.taps));
};

const draw = (row) => {
  const done = row.ids.filter(came).length, all = done === row.ids.length, button = row.button;
  button.setAttribute("aria-pressed", all);
  button.classList.toggle("half", done > 0 && !all);
  button.name = all ? "back" : "household";
  for (const name of ["confirm", "yes", "keep"]) if (all) button.dataset[name] = says[name]; else delete button.dataset[name];
  let half = row.li.querySelector("[data-half]");
  if (done && !all && !half) {
    half = made("span", { className: "tag squash" });
    half.dataset.half = "";
    button.querySelector(".row").append(half);
  }
  if (half) {
    half.hidden = !done || all;
    half.textContent = says.half.replace("{done}", done).replace("{n}", row.ids.length);
  }
  row.single.forEach((part) => {
    const [number, id] = part.value.split(":");
    part.setAttribute("aria-pressed", came(+id));
    part.value = `${number}:${id}:${came(+id) ? "undone" : "collected"}`;
  });
};

const count = () => {
  const left = new Map();
  let done = 0;
  for (const row of rows.values()) {
    done += row.ids.every(came);
    row.ids.forEach((id, place) => left.set(row.types[place], (left.get(row.types[place]) ?? 0) + !came(id)));
  }
  $("done").textContent = done;
  $("bar").value = done;
  for (const one of document.querySelectorAll("[data-left]")) one.textContent = left.get(+one.dataset.left) ?? 0;
};
const redraw = () => { rows.forEach(draw); count(); };

// --- a tap
const fresh = () => URL.createObjectURL(new Blob()).slice(-36); // on plain http too
const now = () => Date.now() - ahead * 1000;

const claim = () => {
  mine = new Map();
  for (const one of outbox) {
    const row = rows.get(one.household);
    for (const id of one.pickup ? [one.pickup] : row?.ids ?? []) mine.set(id, [one.when, +(one.action === "collected")]);
  }
};
const post = async (told) => {
  const at = new Date(told.when + ahead * 1000).toISOString();
  const entry = { uuid: fresh(), at, ahead, device, ...told };
  try { shelf[place + entry.uuid] = JSON.stringify(entry); } catch { /* full: the outbox will say so */ }
  outbox.push(entry);
  claim();
  tell();
  await keep("outbox", (store) => store.put(entry));
  if (keeps) delete shelf[place + entry.uuid];
  flush();
};
const tap = (row, pickup, action) => {
  const ids = pickup ? [pickup] : row.ids;
  const when = Math.max(now(), ...ids.map((id) => Math.ceil((mine.get(id) ?? taps.get(id) ?? [0])[0]) + 1));
  post({ household: +row.number, pickup, action, when });
  draw(row);
  count();
  toast(row, pickup, action);
};
const toast = (row, pickup, action) => {
  const kind = action !== "collected" ? "back" : row.ids.every(came) ? "came" : "part";
  const one = $(`told-${kind}`).content.firstElementChild.cloneNode(true);
  one.querySelector("bdi").textContent = row.name;
  one.querySelector("button")?.addEventListener("click", () => tap(row, pickup, "undone"));
  $("toasts").replaceChildren(one);
  setTimeout(() => one.remove(), 6000);
};
const pressed = (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button?.name) return;
  event.preventDefault();
  const [number, pickup, action] = button.value.split(":");
  tap(rows.get(+number), pickup ? +pickup : null, action ?? (button.name === "back" ? "undone" : "collected"));
};

// --- sending and hearing
const flush = async () => {
  if (over) return;
  if (sending) { again = true; return; }
  sending = true;
  try {
    do { again = false; } while (await exchange() && (outbox.length || again));
  } finally {
    sending = false;
    if (!over) tell();
  }
};
const send = (taps) => fetch(facts.sync, { method: "POST", body: JSON.stringify({ taps, seen }),
  headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout?.(20000) });
const exchange = async () => {
  const batch = outbox.slice(0, 200);
  let response, answer = {};
  try {
    response = await send(batch);
    answer = await response.json();
  } catch {
    offline = !response || response.status >= 500 || !response.ok;
    trouble = "";
    return false;
  }
  offline = false;
  if (answer.gone) { await wipe(says.gone); return false; }
  trouble = response.ok ? "" : answer.error ?? says.unsent;
  if (!response.ok) return false;
  const settled = new Set(answer.answers.map((one) => one.uuid));
  outbox = outbox.filter((one) => !settled.has(one.uuid));
  for (const uuid of settled) delete shelf[place + uuid];
  await keep("outbox", (store) => { for (const uuid of settled) store.delete(uuid); });
  refused(answer.answers.filter((one) => one.outcome === "refused"));
  hear(Object.entries(answer.taps));
  claim();
  seen = answer.seen;
  sentAt = Date.now();
  const off = Date.now() - answer.now;
  if (Math.abs(off - ahead * 1000) > 90000) ahead = Math.round(off / 1000);
  await remember();
  if (answer.closed && !outbox.length) { await wipe(says.closed); return false; }
  if (answer.version !== facts.version) await renew();
  redraw();
  return true;
};
const refused = (answers) => {
  for (const one of answers) $("refused").append(made("p", { textContent: one.words }));
  $("refused").closest(".notice").hidden &&= !answers.length;
};
const renew = async () => { // fetch the list anew, taps laid over it
  const page = new DOMParser().parseFromString(await (await fetch(home)).text(), "text/html");
  if (!page.getElementById("ticks") || !page.getElementById("facts")) return;
  for (const id of ["households", "facts", "told", "bar", "left"]) $(id).replaceWith(page.getElementById(id));
  read();
  claim();
  filter();
};

const time = (moment) => new Intl.DateTimeFormat(language, { timeStyle: "short", hourCycle: "h23" }).format(moment);
const tell = () => {
  const waiting = outbox.length, state = $("state"), saved = savedAt > sentAt;
  const [look, words] = trouble ? ["squash", trouble]
    : !keeps && waiting ? ["squash", says.unkept]
    : offline ? ["sky", waiting ? says.offline : says.offlineSent]
    : waiting ? ["sky", says.sending]
    : ["leaf", saved ? says.saved : says.sent];
  const moment = time(saved ? savedAt : sentAt || facts.now);
  const said = words.replace("{n}", new Intl.NumberFormat(language).format(waiting)).replace("{time}", moment);
  state.className = `tag ${look}`;
  state.hidden = false;
  if (state.textContent !== said) state.textContent = said;
};

// --- finding
const plain = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim()
    .replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15);
const filter = () => {
  const words = plain(box.value), number = /^\d+$/.test(words) ? words.replace(/^0+(?=.)/, "") : null;
  const found = [], whole = /^0\d\d/.test(words); // 007 is the number on their page, 7 the beginning of one
  for (const row of rows.values()) {
    const meant = !words || row.found.includes(words) ||
      (number && (whole ? row.number === number : row.number.startsWith(number)));
    row.li.hidden = !meant;
    if (meant) found.push(row);
  }
  $("card").hidden = !found.length;
  $("nobody").hidden = found.length > 0;
  $("found").textContent = found.length ? "" : $("found").dataset.none;
  return number && rows.get(+number) ? [rows.get(+number)] : found;
};
const find = (event) => {
  event.preventDefault();
  const found = filter();
  if (found.length === 1) { found[0].li.hidden = false; found[0].button.focus(); } else box.blur();
};
const everyone = (event) => { event.preventDefault(); box.value = ""; filter(); box.focus(); };

// --- not on the list
const look = async (event) => {
  event.preventDefault();
  const said = $("why-not");
  try {
    const answer = await fetch(event.target.action, { method: "POST", body: new FormData(event.target),
      headers: { Accept: "application/json" } });
    said.textContent = (await answer.json()).words;
  } catch { said.textContent = says.lookOffline; }
};
const walkUp = (event) => {
  const input = event.target.elements.name;
  const [name, took] = [input, event.target.elements.took].map((one) => one.value.trim());
  event.preventDefault();
  if (!name) { input.focus(); return; }
  post({ action: "walk_up", name, took, when: now() });
  people.push([name, took].filter(Boolean).join(" · "));
  remember();
  listed();
  event.target.reset();
};
const listed = () => { // whatever page was saved
  const list = $("walk-ups"), there = [...list?.children ?? []].map((li) => li.textContent);
  for (const words of list ? people : []) if (!there.includes(words)) {
    list.append(made("li"));
    list.lastChild.append(made("bdi", { textContent: words }));
  }
};
const camera = async () => { // no camera, no button
  const eyes = await navigator.mediaDevices?.enumerateDevices() ?? [];
  $("scan").hidden = !eyes.some((one) => one.kind === "videoinput");
  $("scan").onclick = async () => (await import(says.scan)).scan($("scan"));
};

// --- begin
const begin = async () => {
  const early = []; // taps while the disk is asked
  read();
  filter();
  box.oninput = filter;
  box.form.onsubmit = find;
  document.querySelector("#nobody a").onclick = everyone;
  form.onsubmit = (event) => {
    if (!event.defaultPrevented) early.push(event.submitter);
    event.preventDefault();
  };
  const before = await keep("facts", (store) => store.get("all"), "readonly");
  const off = Date.now() - facts.now;
  const cached = before?.now === facts.now;
  ({ device = fresh(), people = [] } = before ?? {});
  ahead = cached ? before.ahead : Math.abs(off) > 90000 ? Math.round(off / 1000) : 0;
  sentAt = before?.sentAt ?? 0;
  seen = Math.max(facts.seen, before?.seen ?? 0);
  hear(before?.taps ?? []);
  outbox = [...await unsent(), ...outbox];
  if (now() > facts.ends + 43200000 && cached && !outbox.length) return wipe(says.closed);
  claim();
  redraw();
  listed();
  await remember();
  form.onsubmit = pressed;
  early.forEach((one) => form.requestSubmit(one));
  if ($("look")) { $("look").onsubmit = look; $("walk-up").onsubmit = walkUp; }
  camera();
  addEventListener("online", flush);
  addEventListener("offline", () => { offline = true; tell(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  timer = setInterval(() => { if (!document.hidden || outbox.length) flush(); }, 15000);
  form.dataset.ready = "";
  flush();
  const worker = await navigator.serviceWorker?.register(facts.worker).catch(() => null);
  if (worker) { await navigator.serviceWorker.ready; savedAt = Date.now(); form.dataset.saved = ""; tell(); }
};
const leave = async () => { // closed while this page was shut: what waits is sent, then wiped
  facts = JSON.parse($("facts").textContent);
  const taps = await unsent();
  for (let from = 0; from < taps.length; from += 200) {
    const sent = await send(taps.slice(from, from + 200)).catch(() => null);
    if (!sent?.ok) return; // the next time the page is opened
  }
  await forget();
};
if (form) begin(); else if ($("facts")) leave();
