// Small comforts on top of pages that already work without script.
const $ = (root, what) => [...root.querySelectorAll(what)];
document.documentElement.classList.add("js");

// Errors: the summary takes focus, also when htmx brought it; its links go to the field itself.
const focusErrors = (root) => root.querySelector?.(".error-summary[autofocus]")?.focus();
focusErrors(document);
document.addEventListener("htmx:afterSettle", (event) => focusErrors(event.target));

const say = (words, action) => {
  const place = document.getElementById("toasts");
  if (!place) return;
  const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: words });
  if (action) toast.append(action);
  place.replaceChildren(toast);
  setTimeout(() => toast.remove(), 6000);
};

const copy = async (button) => {
  const from = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  await navigator.clipboard.writeText(from ? from.value ?? from.textContent.trim() : button.dataset.copy);
  if (button.dataset.copied) say(button.dataset.copied);
};

document.addEventListener("click", (event) => {
  const hit = (what) => event.target.closest?.(what);
  const link = hit(".error-summary a[href^='#']");
  if (link) {
    const field = document.getElementById(link.hash.slice(1));
    if (field) { event.preventDefault(); field.scrollIntoView({ block: "center" }); field.focus(); }
  }
  if (hit("[data-dismiss]")) hit(".notice, .toast")?.remove();
  if (hit("[data-print]")) window.print();
  const button = hit("[data-copy], [data-copy-from]");
  if (button) copy(button);
  const opener = hit("[data-open]");
  if (opener) { event.preventDefault(); document.querySelector(opener.dataset.open)?.showModal(); }
  if (hit("dialog [data-close]")) hit("dialog").close();
});

// data-confirm="Cancel Tuesday's pickup?" on a button asks first; without script the form just posts.
let sure = null;
document.addEventListener("submit", (event) => {
  const button = event.submitter, asked = button?.dataset.confirm ?? event.target.dataset.confirm;
  if (!asked || sure === event.target) { sure = null; return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(asked, button?.dataset.yes ?? button?.textContent.trim(), button?.dataset.keep).then((yes) => {
    if (!yes) return button?.focus();
    sure = event.target;
    event.target.requestSubmit(button ?? undefined);
  });
}, true);

// Signing out takes the household's code off this phone.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action")?.includes("/logout/")) self.caches?.delete("my-code");
});

const ask = (words, yes, no) => new Promise((answer) => {
  const dialog = document.createElement("dialog"), text = document.createElement("p");
  const row = Object.assign(document.createElement("form"), { method: "dialog", className: "actions" });
  const choose = (value, label, className) =>
    Object.assign(document.createElement("button"), { value, textContent: label, className });
  text.textContent = words;
  text.id = "ask-words";
  dialog.setAttribute("aria-labelledby", text.id);
  row.append(choose("yes", yes || "OK", "btn danger sure"), choose("", no || "✕", "btn quiet"));
  dialog.append(text, row);
  document.body.append(dialog);
  dialog.addEventListener("close", () => { answer(dialog.returnValue === "yes"); dialog.remove(); });
  dialog.showModal();
});

// <details data-keep="name"> stays as the reader left it; a search or filter form sends itself.
for (const details of $(document, "details[data-keep]")) {
  const key = `details:${details.dataset.keep}`;
  try {
    if (localStorage.getItem(key) !== null) details.open = localStorage.getItem(key) === "1";
    details.addEventListener("toggle", () => localStorage.setItem(key, details.open ? "1" : "0"));
  } catch { /* storage may be closed to us */ }
}
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-send] :is(select, input), select[data-send]")) event.target.form?.requestSubmit();
});
