
"use strict";

// Nothing of a row becomes HTML: texts are set with textContent, values as attributes.
const PAGE = 24;
const byId = (id) => document.getElementById(id);
const read = (id) => JSON.parse(byId(id).textContent);
const { rows, originals, side } = read("index");
const gallery = byId("gallery"), large = byId("large"), keys = byId("keys"), filters = byId("filters");
let hits = [], page = 0, sliding = false;
let at = -1, enlarged = -1; // positions on the page, -1 for none yet

function set(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function make(tag, attributes = {}, ...children) {
  return set(document.createElement(tag), attributes, children);
}

function draw(tag, attributes, ...children) {
  return set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

// Score 0.9 or 1, or ? for one that is no number.
const shown = (score) => (score === null ? "?" : String(Math.round(score * 100) / 100));

function regions(row, details) {
  return row.found.map(([kind, score], i) => {
    const [x1, y1, x2, y2, action, source] = details.regions[i];
    return { kind, score, action, source, box: { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) } };
  });
}

function boxes(row, details) {
  const svg = draw("svg", { viewBox: `0 0 ${details.size[0]} ${details.size[1]}`, class: "boxes", "aria-hidden": "true" });
  for (const one of regions(row, details)) {
    const title = draw("title", {}, `${one.kind} ${shown(one.score)}, ${one.action}, ${one.source}`);
    svg.append(draw("rect", one.box), draw("rect", { ...one.box, class: `mark ${one.action}` }, title));
  }
  return svg;
}

const image = (data, alt) => make("img", { src: `data:image/webp;base64,${data}`, alt });

function pictures(row, details, open) {
  const before = details.original === true ? details.safe : details.original;
  if (sliding && before && details.safe) return slider(row, details, before, open);
  const part = (title, data) => {
    if (!data) return make("figure", {}, make("figcaption", {}, title), make("div", { class: "frame none" }, "no image"));
    const content = [image(data, `${title} of ${row.id}`), boxes(row, details)];
    const frame = open ? make("button", { class: "frame", type: "button", "aria-label": `${title} of ${row.id}, large` }, ...content)
      : make("div", { class: "frame" }, ...content);
    if (open) frame.addEventListener("click", open);
    return make("figure", {}, make("figcaption", {}, title), frame);
  };
  const after = part(details.original === true ? "After: unchanged" : "After", details.safe);
  return make("div", { class: "pictures" }, ...(originals ? [part("Before", before), after] : [part("Safe image", details.safe)]));
}

function slider(row, details, before, open) {
  const input = make("input", { type: "range", min: "0", max: "100", step: "0.5", value: "50", "aria-label": `Before and after of ${row.id}` });
  const over = image(details.safe, `After of ${row.id}`);
  over.className = "over";
  const frame = make("div", { class: "frame slide" }, image(before, `Before of ${row.id}`), over, boxes(row, details), input);
  input.addEventListener("input", () => frame.style.setProperty("--cut", `${input.value}%`));
  const ends = make("figcaption", { class: "ends" }, make("span", {}, "Before"), make("span", {}, "After"));
  if (open) {
    const button = make("button", { type: "button" }, "Large");
    button.addEventListener("click", open);
    ends.firstChild.after(button);
  }
  return make("figure", {}, ends, frame);
}

function chips(row, details) {
  const groups = new Map(); // a chip for a kind and an action: a page of text has many regions
  for (const { kind, score, action } of regions(row, details)) {
    const name = `${kind}/${action}`;
    groups.set(name, groups.get(name) || { kind, action, scores: [] });
    groups.get(name).scores.push(score);
  }
  const found = [...groups.values()].map(({ kind, action, scores }) => {
    const sorted = [...scores].sort((a, b) => a - b);
    const range = scores.length < 4 ? scores.map(shown).join(", ") : `${shown(sorted[0])} to ${shown(sorted.at(-1))}`;
    return make("span", { class: `found ${action}`, title: action }, `${kind}${scores.length > 1 ? ` × ${scores.length} ·` : ""} ${range}`);
  });
  const labels = row.labels.map((label) => make("span", { class: "label" }, label));
  return found.length + labels.length ? make("div", { class: "chips" }, ...found, ...labels) : "";
}

function list(title, lines) {
  if (!lines.length) return "";
  return make("details", {}, make("summary", {}, `${title} (${lines.length})`), make("ul", {}, ...lines.map((line) => make("li", {}, line))));
}

function card(row, details, open) {
  const text = (title, value, kind = "") => (value ? make("p", { class: `text ${kind}` }, make("b", {}, title), value) : "");
  const badge = make("span", { class: `badge ${row.status}` }, row.status);
  return make("article", { tabindex: "0", "aria-label": `Row ${row.id}, ${row.status}` },
    make("div", { class: "head" }, make("h2", {}, row.id), badge, make("span", { class: "reason" }, row.reason)),
    pictures(row, details, open),
    chips(row, details),
    text("Private caption", details.private_caption, "private"),
    text("Public caption", details.public_caption),
    text("Edit instruction", details.edit_instruction),
    list("Text that was read", details.read.map(([kind, value]) => `${kind}: ${value}`)),
    list("Regions", regions(row, details).map((r) => `${r.kind} ${shown(r.score)}, ${r.action}, ${r.source}`)));
}

function render() {
  const last = Math.max(0, Math.ceil(hits.length / PAGE) - 1);
  page = Math.min(page, last);
  const here = hits.slice(page * PAGE, (page + 1) * PAGE);
  const cards = here.map((number, i) => {
    const made = card(rows[number], read(`row-${number}`), () => enlarge(i));
    made.addEventListener("focusin", () => { at = i; });
    return made;
  });
  // What was shown before goes away with its pictures.
  gallery.replaceChildren(...(cards.length ? cards : [make("p", {}, rows.length ? "No row matches these filters." : "No rows.")]));
  byId("hits").textContent = hits.length === rows.length ? `${rows.length.toLocaleString("en")} rows`
    : `${hits.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
  byId("pages").textContent = `Page ${page + 1} of ${last + 1}`;
  byId("previous").disabled = page === 0;
  byId("next").disabled = page === last;
}

function filter() {
  const [id, status, reason, label, kind] = ["id", "status", "reason", "label", "kind"].map((name) => byId(name).value);
  const [low, high] = ["low", "high"].map((name) => byId(name).valueAsNumber);
  const scored = !Number.isNaN(low) || !Number.isNaN(high);
  const within = (score) => score === null || !(score < low || score > high); // an empty end bounds nothing
  const matches = (row) => row.id.toLowerCase().includes(id.trim().toLowerCase())
    && (!status || row.status === status) && (!reason || row.reason === reason) && (!label || row.labels.includes(label))
    && ((!kind && !scored) || row.found.some((one) => (!kind || one[0] === kind) && (!scored || within(one[1]))));
  hits = [...rows.keys()].filter((number) => matches(rows[number]));
  page = 0;
  at = -1;
  render();
}

function fill(name, valuesOf) {
  const counts = new Map();
  for (const row of rows) for (const value of new Set(valuesOf(row))) counts.set(value, (counts.get(value) || 0) + 1);
  const options = [...counts].sort((a, b) => b[1] - a[1]);
  byId(name).append(make("option", { value: "" }, "all"),
    ...options.map(([value, count]) => make("option", { value }, `${value} (${count.toLocaleString("en")})`)));
}

function focusCard() {
  gallery.children[at].focus({ preventScroll: true });
  gallery.children[at].scrollIntoView({ block: "nearest" });
}

function move(step) {
  if (!hits.length) return;
  const now = page * PAGE + at;
  const next = at < 0 ? page * PAGE : Math.min(Math.max(now + step, 0), hits.length - 1);
  if (Math.floor(next / PAGE) !== page) {
    page = Math.floor(next / PAGE);
    render();
  }
  at = next % PAGE;
  if (large.open) enlarge(at);
  else focusCard();
}

function turn(step) {
  const next = page + step;
  if (next < 0 || next * PAGE >= hits.length) return false;
  page = next;
  at = -1;
  render();
  gallery.firstChild.scrollIntoView({ block: "start" });
  return true;
}

function enlarge(i) {
  at = enlarged = i;
  const number = hits[page * PAGE + i], row = rows[number], details = read(`row-${number}`);
  byId("large-name").textContent = row.id;
  byId("large-pictures").replaceChildren(pictures(row, details, null));
  byId("large-note").textContent = details.size
    ? `A preview, at most ${side} pixels wide or high. The image has ${details.size[0]} × ${details.size[1]} pixels.` : "";
  if (!large.open) large.showModal();
}

function slide() {
  if (!originals) return;
  sliding = !sliding;
  byId("slider").setAttribute("aria-pressed", sliding);
  const inside = gallery.contains(document.activeElement);
  render();
  if (large.open) enlarge(at);
  else if (inside) focusCard();
}

function toggleBoxes() {
  byId("boxes").setAttribute("aria-pressed", !document.body.classList.toggle("no-boxes"));
}

const NEXT = () => move(1), BEFORE = () => move(-1);
const ANYWHERE = { j: NEXT, ArrowRight: NEXT, ArrowDown: NEXT, k: BEFORE, ArrowLeft: BEFORE, ArrowUp: BEFORE, b: toggleBoxes, s: slide };
const ON_THE_PAGE = {
  ...ANYWHERE,
  n: () => turn(1) && move(0),
  p: () => turn(-1) && move(0),
  "/": () => byId("id").focus(),
  "?": () => keys.showModal(),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  if (filters.contains(target) && !(target instanceof HTMLButtonElement)) {
    if (key === "Escape") target.blur();
    return;
  }
  if (target.type === "range" && key.startsWith("Arrow")) return;
  const onCard = key === "Enter" && target.matches("article");
  const action = onCard ? () => enlarge(at) : (large.open ? ANYWHERE : ON_THE_PAGE)[key];
  if (!action) return;
  event.preventDefault(); // else Enter would press the button that has the focus next
  action();
});

for (const dialog of [large, keys]) {
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
}
large.addEventListener("close", () => {
  byId("large-pictures").replaceChildren();
  at = enlarged; // the browser has given the focus back to the row that had it before
  focusCard();
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", filter);
filters.addEventListener("reset", () => setTimeout(filter)); // once the fields are empty
byId("previous").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
byId("boxes").addEventListener("click", toggleBoxes);
byId("slider").addEventListener("click", slide);
byId("help").addEventListener("click", () => keys.showModal());
byId("theme").addEventListener("click", () => {
  const order = ["auto", "light", "dark"];
  const theme = order[(order.indexOf(document.documentElement.dataset.theme || "auto") + 1) % 3];
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = `Theme: ${theme}`;
});

byId("slider").hidden = !originals;
fill("status", (row) => [row.status]);
fill("reason", (row) => [row.reason]);
fill("label", (row) => row.labels);
fill("kind", (row) => row.found.map((one) => one[0]));
filter();
