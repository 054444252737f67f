// Check-in: find while typing; a toast goes after six seconds; a tap that was not saved says so.
const box = document.getElementById("q"), list = document.getElementById("households");

const plain = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim()
    .replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15);

const filter = () => {
  if (!list || !box) return;
  const words = plain(box.value);
  let found = 0;
  for (const row of list.children) {
    const { name = "", number = "" } = row.dataset;
    const meant = !words || plain(name).includes(words) || (/^\d+$/.test(words) && number.startsWith(words));
    row.hidden = !meant;
    found += meant;
  }
  document.getElementById("card").hidden = !found;
  document.getElementById("nobody").hidden = found > 0;
  const said = document.getElementById("found");
  said.textContent = found ? "" : said.dataset.none;
};

box?.addEventListener("input", filter);
box?.form.addEventListener("submit", (event) => { event.preventDefault(); filter(); box.blur(); });
document.querySelector("#nobody a")?.addEventListener("click", (event) => {
  event.preventDefault();
  box.value = "";
  filter();
  box.focus();
});

const say = (words) => {
  const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: words });
  document.getElementById("toasts").replaceChildren(toast);
  setTimeout(() => toast.remove(), 6000);
};
document.addEventListener("htmx:afterSettle", () => {
  if (box?.value) filter();
  for (const toast of document.querySelectorAll("[data-gone]")) {
    toast.removeAttribute("data-gone");
    setTimeout(() => toast.remove(), 6000);
  }
});
for (const failed of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failed, (event) => { if (event.target.matches?.("form")) say(list.dataset.unsaved); });
}
document.addEventListener("htmx:responseError", (event) => {
  if (!event.target.matches?.("form")) return;
  const answer = event.detail.xhr;
  const told = answer.getResponseHeader("Content-Type")?.startsWith("text/plain") && answer.responseText;
  say(told || list.dataset.unsaved);
});
