// The harvest grid by keyboard: rows save themselves, Enter, Esc, ↑ and paste do what a spreadsheet leads one to expect.
const rows = document.getElementById("rows");
const known = JSON.parse(document.getElementById("known").textContent);
const folded = (name) => name.normalize("NFKC").toLowerCase().trim().split(/\s+/).join(" ");
const rowOf = (node) => node.closest?.("#rows tr");
const cell = (row, name) => row?.querySelector(`[data-field="${name}"]`);
const crop = (row) => known.crops[folded(cell(row, "crop").value)];
const fill = (input, value) => { if (input && value && input.value !== value) { input.value = value; return true; } };

const save = (row) => {
  if (!row?.dataset.dirty) return;
  delete row.dataset.dirty;
  const sent = { row: row.dataset.key };
  for (const input of row.querySelectorAll("[data-field]")) {
    if (input.type !== "checkbox") sent[input.name] = input.value;
    else if (input.checked) (sent[input.name] ??= []).push(input.value);
  }
  htmx.ajax("POST", rows.dataset.rowsUrl, { source: rows, target: rows, values: sent, swap: "none" });
};

const remove = (row) =>
  htmx.ajax("POST", rows.dataset.rowsUrl, { source: rows, target: rows, values: { remove: row.dataset.key }, swap: "none" });

const isWhole = (row) => cell(row, "crop").value.trim() && cell(row, "picked").value.trim();
const isEmpty = (row) => !cell(row, "crop").value.trim() && !cell(row, "picked").value.trim();

rows.addEventListener("input", (event) => { rowOf(event.target).dataset.dirty = "yes"; });

// A crop brings its unit, step and price; a unit its usual step.
rows.addEventListener("change", (event) => {
  const row = rowOf(event.target), field = event.target.dataset.field, found = crop(row);
  if (field === "crop" && found) for (const name of ["unit", "step", "price"]) fill(cell(row, name), found[name]);
  if (field === "unit") {
    const step = found?.unit === event.target.value ? found.step : known.steps[event.target.value];
    fill(cell(row, "step"), step);
  }
});

rows.addEventListener("focusout", (event) => {
  const row = rowOf(event.target);
  if (rowOf(event.relatedTarget ?? document.body) === row) return;
  if (isWhole(row) || ("line" in row.dataset && isEmpty(row))) save(row);
});

// Whoever types faster than the server answers gets another blank row at once.
let made = 0;
const blankAfter = (row) => {
  const key = row.dataset.key, fresh = `new-j${++made}`, next = row.cloneNode(true);
  for (const node of [next, ...next.querySelectorAll("*")]) {
    for (const { name, value } of [...node.attributes]) if (value.includes(key)) node.setAttribute(name, value.replaceAll(key, fresh));
  }
  delete next.dataset.dirty;
  delete next.dataset.line;
  for (const input of next.querySelectorAll("[data-field]")) {
    input.removeAttribute("value");
    input.value = "";
  }
  for (const said of next.querySelectorAll(".error, button")) said.remove();
  row.after(next);
  return next;
};

const goOn = (row, field) => {
  const next = row.nextElementSibling ?? blankAfter(row);
  const to = cell(next, "line" in (next?.dataset ?? {}) ? field : "crop");
  to?.focus();
  to?.select?.();
};

const putBack = (row) => {
  for (const input of row.querySelectorAll("[data-field]")) {
    if (input.type === "checkbox") input.checked = input.defaultChecked;
    else if (input.options) for (const option of input.options) option.selected = option.defaultSelected;
    else input.value = input.defaultValue;
  }
  delete row.dataset.dirty;
};

// ↑ on an empty cell: last week's amount; on an empty crop, last week's next crop that is not in the grid yet.
const repeat = (row, field) => {
  if (field === "crop") {
    const here = new Set([...rows.querySelectorAll('[data-field="crop"]')].map((input) => folded(input.value)));
    const next = Object.entries(known.crops).find(([name, facts]) => facts.last && !here.has(name));
    if (!next) return false;
    for (const [name, value] of [["crop", next[1].name], ["picked", next[1].last], ["unit", next[1].unit],
      ["step", next[1].step], ["price", next[1].price]]) fill(cell(row, name), value);
    return true;
  }
  return field === "picked" && fill(cell(row, "picked"), crop(row)?.last);
};

rows.addEventListener("keydown", (event) => {
  const row = rowOf(event.target), field = event.target.dataset.field;
  if (!field || event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    if (!isEmpty(row) || "line" in row.dataset) save(row);
    goOn(row, field);
  } else if (event.key === "Escape") {
    putBack(row);
    event.target.select?.();
  } else if (event.key === "ArrowUp" && event.target.value === "" && repeat(row, field)) {
    event.preventDefault();
    row.dataset.dirty = "yes";
    event.target.select?.();
  }
});

rows.addEventListener("click", (event) => {
  const button = event.target.closest('button[name="remove"]');
  if (!button) return;
  event.preventDefault();
  const row = rowOf(button);
  cell(row.nextElementSibling, "crop")?.focus();
  delete row.dataset.dirty;
  remove(row);
});

// The answer puts a saved row in the place of the typed one: whoever is in it stays in the same field.
let stay = "";
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const target = event.detail.target;
  if (target?.contains?.(document.activeElement) && target.matches("tr")) stay = document.activeElement.dataset.field ?? "";
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const row = event.detail.target?.id?.startsWith("row-") ? event.detail.elt ?? event.detail.target : null;
  if (!stay || !row) return;
  const field = stay;
  stay = "";
  requestAnimationFrame(() => cell(document.getElementById(row.id) ?? document.querySelector("#rows tr .error")?.closest("tr"), field)?.focus());
});

// Several rows pasted anywhere in the grid go to the page that reads them first.
rows.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  if (!/[\n\t]/.test(text.trim())) return;
  event.preventDefault();
  const form = document.createElement("form");
  form.method = "post";
  form.action = document.getElementById("paste").href;
  for (const [name, value] of [["text", text], ["csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value]]) {
    form.append(Object.assign(document.createElement("textarea"), { name, value }));
  }
  form.hidden = true;
  document.body.append(form);
  form.submit();
});

// The first empty row is where one goes on.
const first = [...rows.children].find((row) => isEmpty(row));
if (!document.querySelector(".error-summary")) cell(first, "crop")?.focus({ preventScroll: true });
addEventListener("beforeunload", () => { for (const row of rows.children) if (isWhole(row)) save(row); });
