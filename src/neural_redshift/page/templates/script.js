// No library: this file sorts, writes CSV and draws the explorer, and the table libraries that Python packages carry
// bring many times as much.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const make = (tag, about = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), about);
  element.append(...children);
  return element;
};

// light and dark

const stored = (value) => {
  try { // a browser may forbid storage to files
    if (value) localStorage.setItem("theme", value);
    return localStorage.getItem("theme");
  } catch { return null; }
};

function paint(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  byId("theme").setAttribute("aria-pressed", dark);
}

function theme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (stored() ? stored() === "dark" : system.matches);
  paint(isDark());
  system.addEventListener("change", () => paint(isDark()));
  byId("theme").hidden = false;
  byId("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme !== "dark";
    stored(dark ? "dark" : "light");
    paint(dark);
  });
}

// tables: sorted by a click on a header, downloaded as CSV, cards on a phone

const value = (cell) => cell.dataset.value ?? cell.textContent.trim().replace(/\s+/g, " ");
const words = new Intl.Collator("en", { numeric: true });

function compare(a, b) {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const difference = Number(a) - Number(b);
  return Number.isNaN(difference) ? words.compare(a, b) : difference;
}

function sort(table, header) {
  const column = [...header.parentNode.children].indexOf(header);
  const rising = header.getAttribute("aria-sort") !== "ascending";
  for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", rising ? "ascending" : "descending");
  const body = table.tBodies[0];
  const at = (row) => value(row.cells[column]);
  const known = [...body.rows].filter((row) => at(row) !== "");
  const unknown = [...body.rows].filter((row) => at(row) === "");
  known.sort((a, b) => (rising ? 1 : -1) * compare(at(a), at(b)));
  body.append(...known, ...unknown); // what has no value comes last either way
}

function csv(table) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.name ?? cell.dataset.label);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map(value));
  return [names, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

function download(table, name) {
  const url = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv" }));
  make("a", { href: url, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function label(table) {
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.label);
  for (const row of table.tBodies[0].rows) {
    row.setAttribute("role", "row"); // cards keep the meaning of a table
    [...row.cells].forEach((cell, column) => {
      cell.dataset.label = names[column];
      cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
    });
  }
}

function enhance(table, number) {
  table.setAttribute("role", "table");
  for (const part of [table.tHead, table.tBodies[0]]) part.setAttribute("role", "rowgroup");
  for (const header of table.tHead.rows[0].cells) {
    header.dataset.label = header.textContent.trim();
    header.setAttribute("role", "columnheader");
    const button = make("button", { type: "button", className: "sort" }, header.dataset.label);
    button.addEventListener("click", () => sort(table, header));
    header.replaceChildren(button);
  }
  label(table);
  const name = table.id || `table_${number + 1}`;
  const button = make("button", { type: "button", className: "csv" }, "Download CSV");
  button.setAttribute("aria-label", `Download ${name} as CSV`);
  button.addEventListener("click", () => download(table, name));
  (table.caption ?? table.createCaption()).append(button);
}

// verdicts: one of them alone

function choose(chosen) {
  const open = chosen.getAttribute("aria-pressed") === "true" ? null : chosen.dataset.verdict;
  for (const button of all(".count")) button.setAttribute("aria-pressed", button.dataset.verdict === open);
  for (const row of all("#claims tr[data-verdict]")) row.hidden = open !== null && row.dataset.verdict !== open;
}

// explorer

const data = JSON.parse(byId("data").textContent);
const controls = document.querySelector(".controls").elements;
const images = {};

const short = (number, digits = 3) =>
  number === null ? "–" : String(Number(number.toPrecision(digits))).replace(/^(-?)0\./, "$1.").replace("-", "−");
const measure = () => data.measures[byId("measure").value];

function architecture() {
  const unbiased = controls.variant.value === "unbiased"; // the Fourier model has neither activation nor layers
  const name = unbiased ? "unbiased/none" : `${controls.variant.value}/${controls.activation.value}`;
  return { name, ...data.architectures[name] };
}

const index = (shown) => Number(controls.depth.value) * shown.magnitudes.length + Number(controls.magnitude.value);

function image(shown) {
  images[shown.name] ??= Object.assign(new Image(), { src: `data:image/png;base64,${shown.sprite.png}` });
  return images[shown.name].decode().then(() => images[shown.name]);
}

function paste(pen, sprite, { slot, columns, sides }, number, left, top, size) {
  const side = sides[number];
  const alone = make("canvas", { width: side, height: side }); // or its neighbours would shine in at the border
  const place = [slot * (number % columns), slot * Math.floor(number / columns)];
  alone.getContext("2d").drawImage(sprite, ...place, side, side, 0, 0, side, side);
  pen.imageSmoothingEnabled = side < slot || size < slot;
  pen.drawImage(alone, left, top, size, size);
}

async function drawFunctions(shown, title) {
  const canvases = all("#functions canvas");
  const first = index(shown) * shown.networks;
  const sprite = await image(shown);
  if (!byId("summary").textContent.startsWith(title)) return; // another cell was chosen in the meantime
  canvases.forEach((canvas, network) => {
    paste(canvas.getContext("2d"), sprite, shown.sprite, first + network, 0, 0, canvas.width);
    const range = shown.ranges[first + network].map((end) => short(end));
    canvas.setAttribute("aria-label", `Function of network ${network}: ${title}, from ${range[0]} to ${range[1]}`);
    canvas.nextElementSibling.textContent = `network ${network}: from ${range[0]} to ${range[1]}`;
  });
  drawMosaic(shown, sprite, title);
}

function drawMosaic(shown, sprite, title) {
  const [step, size] = [50, 47];
  const canvas = byId("mosaic");
  canvas.width = step * shown.magnitudes.length;
  canvas.height = step * shown.depths.length;
  const pen = canvas.getContext("2d");
  const corner = (row, column) => [step * column + 1, canvas.height - step * (row + 1) + 1];
  shown.depths.forEach((_, row) => shown.magnitudes.forEach((_, column) => {
    const number = (row * shown.magnitudes.length + column) * shown.networks;
    paste(pen, sprite, shown.sprite, number, ...corner(row, column), size);
  }));
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = 4;
  pen.strokeRect(...corner(Number(controls.depth.value), Number(controls.magnitude.value)), size, size);
  canvas.setAttribute("aria-label", `Functions of all ${shown.depths.length} × ${shown.magnitudes.length} cells, that of ` +
    `${title} marked`);
}

function pick(event) {
  const [shown, place] = [architecture(), byId("mosaic").getBoundingClientRect()];
  const across = ((event.clientX - place.left) / place.width) * shown.magnitudes.length;
  const up = ((place.bottom - event.clientY) / place.height) * shown.depths.length;
  move(Math.floor(up), Math.floor(across));
}

function writeNumbers(shown) {
  for (const row of all("#numbers tbody tr")) {
    const about = data.measures.find((found) => found.name === row.dataset.measure);
    const [mean, half, n] = shown.numbers[about.name][index(shown)];
    const share = mean === null || about.noise === null ? null : (mean - about.plane) / (about.noise - about.plane);
    const ends = half === null ? "–" : `${short(mean - half)} to ${short(mean + half)}`;
    const bar = make("span", { className: "share" });
    bar.style.setProperty("--share", Math.min(Math.max(share ?? 0, 0), 1));
    const [, second, third, fourth, fifth] = row.cells;
    second.textContent = short(mean);
    third.textContent = ends;
    fourth.textContent = n;
    fifth.dataset.value = share === null ? "" : share.toFixed(3);
    fifth.replaceChildren(share === null ? "–" : `${Math.round(100 * share)} %`.replace("-", "−"), bar);
  }
}

function colour(mean) {
  if (mean === null) return "transparent";
  const { low, high } = measure();
  const share = Math.min(Math.max((mean - low) / (high - low || 1), 0), 1);
  return data.palette[Math.round(share * (data.palette.length - 1))];
}

function drawHeatmap(shown) {
  const [depth, magnitude] = [Number(controls.depth.value), Number(controls.magnitude.value)];
  const means = shown.numbers[measure().name];
  const focused = byId("heatmap").contains(document.activeElement);
  const cell = (row, column) => {
    const [mean] = means[row * shown.magnitudes.length + column];
    const chosen = row === depth && column === magnitude;
    const button = make("button", { type: "button", tabIndex: chosen ? 0 : -1 });
    button.style.background = colour(mean);
    button.title = `${where(shown, row, column)}: ${short(mean)}`;
    button.setAttribute("aria-label", button.title);
    const place = make("div", {}, button);
    place.setAttribute("role", "gridcell");
    place.setAttribute("aria-selected", chosen);
    button.addEventListener("click", () => move(row, column, true));
    return place;
  };
  const line = (row) => {
    const name = make("span", { className: "tick" }, String(shown.depths[row] || "–"));
    name.setAttribute("role", "rowheader");
    const found = make("div", { className: "line" }, name, ...shown.magnitudes.map((_, column) => cell(row, column)));
    found.setAttribute("role", "row");
    return found;
  };
  const ticks = shown.magnitudes.map((magnitude) => make("span", { className: "tick" }, short(magnitude, 2)));
  const foot = make("div", { className: "line foot" }, make("span"), ...ticks);
  foot.setAttribute("aria-hidden", "true");
  byId("heatmap").style.setProperty("--columns", shown.magnitudes.length);
  byId("heatmap").replaceChildren(...shown.depths.map((_, row) => line(row)).reverse(), foot);
  if (focused) byId("heatmap").querySelector("[tabindex='0']").focus();
  byId("lowest").textContent = short(measure().low, 2);
  byId("highest").textContent = `${short(measure().high, 2)} ${measure().unit}`;
  byId("colours").style.background = `linear-gradient(90deg, ${data.palette.join(", ")})`;
}

function where(shown, row, column) {
  const layers = shown.depths[row] ? `depth ${shown.depths[row]}, ` : "";
  return `${layers}α ${short(shown.magnitudes[column], 2)}`;
}

function move(row, column, focus = false) {
  const shown = architecture();
  controls.depth.value = Math.min(Math.max(row, 0), shown.depths.length - 1);
  controls.magnitude.value = Math.min(Math.max(column, 0), shown.magnitudes.length - 1);
  update();
  if (focus) byId("heatmap").querySelector("[tabindex='0']").focus();
}

function update() {
  const shown = architecture();
  controls.depth.max = shown.depths.length - 1;
  controls.magnitude.max = shown.magnitudes.length - 1;
  controls.activation.disabled = controls.depth.disabled = shown.name === "unbiased/none";
  const [row, column] = [Number(controls.depth.value), Number(controls.magnitude.value)];
  controls.depth_is.textContent = shown.depths[row] ? `${shown.depths[row]} hidden layers` : "no layers";
  controls.magnitude_is.textContent = short(shown.magnitudes[column], 2);
  const [mean, , n] = shown.numbers[measure().name][index(shown)];
  const kind = shown.name === "unbiased/none" ? "unbiased model" : `${data.variants[controls.variant.value]}, ` +
    data.activations[controls.activation.value];
  const title = `${kind}, ${where(shown, row, column)}`;
  byId("summary").textContent = `${title}: ${measure().label} ${short(mean)}, n = ${n}`;
  drawHeatmap(shown);
  writeNumbers(shown);
  drawFunctions(shown, title);
}

function arrows(event) {
  const steps = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const [up, right] = steps[event.key];
  move(Number(controls.depth.value) + up, Number(controls.magnitude.value) + right, true);
}

function explorer() {
  for (const name in data.architectures) {
    if (!name.endsWith("/none")) continue;
    for (const option of all("option[value='none']", controls.activation)) option.remove(); // it is the unbiased variant
  }
  const networks = Math.max(...Object.values(data.architectures).map((found) => found.networks));
  for (let network = 0; network < networks; network++) {
    const canvas = make("canvas", { width: 256, height: 256 });
    canvas.setAttribute("role", "img");
    byId("functions").append(make("figure", {}, canvas, make("figcaption")));
  }
  for (const { name, label, unit } of data.measures) {
    const head = make("th", { scope: "row" }, label, make("small", {}, unit));
    head.dataset.value = name;
    const row = make("tr", {}, head, ...["number", "", "number", ""].map((className) => make("td", { className })));
    row.dataset.measure = name;
    byId("numbers").tBodies[0].append(row);
  }
  if (data.activations.tanh) controls.activation.value = "tanh"; // neither all simple nor all complex
  const first = architecture();
  controls.depth.max = first.depths.length - 1;
  controls.magnitude.max = first.magnitudes.length - 1;
  controls.depth.value = Math.floor(first.depths.length / 2);
  controls.magnitude.value = Math.floor(first.magnitudes.length / 2);
  for (const control of [...controls, byId("measure")]) control.addEventListener("input", update);
  byId("heatmap").addEventListener("keydown", arrows);
  byId("mosaic").addEventListener("click", pick); // for the keyboard there is the heatmap, cell by cell
  update();
}

theme();
explorer();
all("main table").forEach(enhance);
for (const button of all(".count")) button.addEventListener("click", () => choose(button));
