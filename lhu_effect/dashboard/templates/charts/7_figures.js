// The life of a figure: twin first, plotly when it nears the viewport, points by keyboard, redraw, download.
const params = (figure) => JSON.parse(figure.dataset.params || "{}");
const WIDE = { forest: 800, districts: 800 }; // pixels a chart needs beside its labels; as in charts.css
const isNarrow = (figure, width) => width < (WIDE[figure.dataset.chart] ?? 560);
const narrow = (figure) => isNarrow(figure, figure.querySelector(".frame").clientWidth);
const say = (figure, text) => { const live = figure.querySelector("[aria-live]"); if (live) live.textContent = text; };
let readyPlotly = null;
let probe = null;

// Tokens as plain colours. `file`: light colours whatever the page shows, so that a saved picture can be printed.
function paint(file = false) {
  if (file) return D.paint;
  probe ??= document.body.appendChild(Object.assign(document.createElement("span"), { hidden: true }));
  probe.style.forcedColorAdjust = "none"; // else every colour comes back as the colour of text
  const made = {};
  for (const name of Object.keys(D.paint)) {
    probe.style.color = `var(--${name})`;
    made[name] = getComputedStyle(probe).color;
  }
  return made;
}

// plotly.js: unpacked from the page itself, run once as a script whose hash the CSP names.
function plotly() {
  readyPlotly ??= (async () => {
    while (!document.getElementById("lhu-plotly")) await new Promise((done) => setTimeout(done, 50)); // last in the page
    const packed = document.getElementById("lhu-plotly");
    const text = packed.textContent;
    const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const source = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    for (const id of packed.dataset.styleIds.split(" ")) {
      const stand = Object.assign(document.createElement("i"), { id, hidden: true, className: "no-inline-styles" });
      document.body.append(stand); // plotly adds no style element when one with this id is there
    }
    styleThroughCssom();
    await new Promise((done) => setTimeout(done));
    const script = document.createElement("script");
    script.textContent = source;
    document.head.append(script);
    script.remove();
    packed.remove();
    return window.Plotly;
  })();
  return readyPlotly;
}

// A CSP without 'unsafe-inline' refuses setAttribute("style", ...), which plotly uses in two places; the same
// declarations through the CSSOM are allowed.
function styleThroughCssom() {
  const set = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name === "style" && this.style) this.style.cssText = value;
    else set.call(this, name, value);
  };
}

function redrawStatic(figure) {
  const p = params(figure), kind = figure.dataset.chart;
  if (!SCENES[kind]) return;
  const finding = figure.querySelector("[data-finding]");
  if (finding) finding.textContent = clean(HEADINGS[kind] ? HEADINGS[kind](p) : SCENES[kind](p, false).title);
  figure.querySelector(".wide").innerHTML = toSvg(SCENES[kind](p, false), `${figure.id}-w`);
  figure.querySelector(".narrow").innerHTML = toSvg(SCENES[kind](p, true), `${figure.id}-n`);
  const table = figure.querySelector("table");
  if (table && TABLES[kind]) table.innerHTML = tableHtml(TABLES[kind](p));
  figure.querySelector(".frame").setAttribute("aria-label", clean(SCENES[kind](p, false).title) + ". " + T("reader.how"));
}

async function draw(figure) {
  const kind = figure.dataset.chart;
  if (!SCENES[kind]) return;
  const turn = (figure.turn = (figure.turn ?? 0) + 1);
  const Plotly = await plotly();
  if (turn !== figure.turn) return; // a later selection is already on its way
  const plot = figure.querySelector(".plot");
  const scene = SCENES[kind](params(figure), narrow(figure));
  const room = figure.querySelector(".frame").clientWidth || scene.width;
  const { data, layout } = toPlotly(scene, paint(), getComputedStyle(document.body).fontFamily, room);
  if (room < scene.width) shrink(layout, room / scene.width);
  layout.width = room;
  layout.height = Math.round((scene.height * room) / scene.width); // the twin's: the page does not move when plotly takes its place
  plot.hidden = false; // over the twin, invisible until drawn: no blank frame at any moment
  await Plotly.react(plot, data, layout, CONFIG);
  for (const svg of plot.querySelectorAll(".main-svg")) svg.setAttribute("aria-hidden", "true");
  figure.classList.add("drawn");
  figure.scene = scene;
  figure.at = null;
  figure.dataset.ready = "1";
}

// On a screen narrower than the scene words and margins shrink as the twin's do, so that no two labels meet.
function shrink(layout, by) {
  const times = (it, ...keys) => { for (const key of keys) it[key] *= by; };
  times(layout.margin, "l", "r", "t", "b");
  for (const note of layout.annotations) { times(note, "xshift", "yshift"); times(note.font, "size"); }
  for (const [name, axis] of Object.entries(layout)) if (/^[xy]axis/.test(name)) times(axis.tickfont, "size");
}

// Arrow keys step through the points of all panels, told through aria-live and shown as plotly's hover label.
function step(figure, key) {
  const scene = figure.scene ?? SCENES[figure.dataset.chart](params(figure), narrow(figure));
  const points = scene.panels.flatMap((panel, i) => panel.spots.map((spot, j) => ({ ...spot, panel: i, point: j })));
  if (!points.length) return say(figure, T("reader.empty"));
  const last = points.length - 1, at = figure.at ?? (key === "ArrowLeft" || key === "ArrowUp" ? points.length : -1);
  const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[key];
  figure.at = Math.max(0, Math.min(last, next));
  const here = points[figure.at];
  say(figure, T("reader.at", { number: figure.at + 1, count: points.length, said: here.text }));
  const plot = figure.querySelector(".plot");
  if (!figure.classList.contains("drawn")) return;
  let curve = -1;
  plot.data.forEach((t, i) => { if (t.hoverinfo === "text" && (t.xaxis ?? "x") === (here.panel ? `x${here.panel + 1}` : "x")) curve = i; });
  window.Plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: here.point }], [here.panel ? `x${here.panel + 1}y${here.panel + 1}` : "xy"]);
}

// forget: what was read goes too. When focus only moves on it stays: were it taken away, the button being clicked would jump.
function leave(figure, forget = true) {
  figure.at = null;
  if (forget) say(figure, "");
  const plot = figure.querySelector(".plot");
  if (figure.classList.contains("drawn")) window.Plotly.Fx.unhover(plot);
}

const figures = () => [...document.querySelectorAll("figure[data-chart]")];
let near = null;
let first = "sv";

// Figures that come to the page after the start, in the page's first language with its first selection.
function adopt(from) {
  if (!D) return;
  for (const figure of [from, ...from.querySelectorAll("figure[data-chart]")]) {
    if (!figure.matches("figure[data-chart]")) continue;
    if (lang !== first) redrawStatic(figure);
    watch(figure);
  }
}

function watch(figure) {
  const frame = figure.querySelector(".frame");
  frame.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"].includes(e.key)) { e.preventDefault(); step(figure, e.key); }
    else if (e.key === "Escape") leave(figure);
  });
  frame.addEventListener("blur", () => leave(figure, false));
  let was = null; // the observer calls once at the start, with a width that no layout has to be forced for
  new ResizeObserver(([{ contentRect }]) => {
    const now = contentRect.width;
    if (was && now && now !== was && figure.classList.contains("drawn")) draw(figure);
    was = now || was;
  }).observe(frame);
  near.observe(figure);
}

function start(options) {
  D = options.data;
  lang = first = options.lang;
  near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { near.unobserve(target); draw(target); }
  }, { rootMargin: "200px" });
  for (const figure of figures()) watch(figure);
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-dl]"), figure = button?.closest("figure[data-chart]");
    if (figure) download(button.dataset.dl, figure);
  });
  for (const query of ["(prefers-color-scheme:dark)", "(forced-colors:active)"]) matchMedia(query).addEventListener("change", () => refresh({}));
}

function set(id, change) {
  const figure = document.getElementById(id), before = params(figure), after = { ...before, ...change };
  if (Object.keys(after).every((key) => after[key] === before[key])) return;
  figure.dataset.params = JSON.stringify(after);
  say(figure, "");
  redrawStatic(figure);
  if (figure.classList.contains("drawn")) draw(figure);
}

function refresh(options) {
  if (options.lang && options.lang !== lang) { lang = options.lang; figures().forEach(redrawStatic); }
  for (const figure of figures()) if (figure.classList.contains("drawn")) draw(figure);
}

return {
  start, adopt, set, refresh, download, step,
  scene: (kind, p, isNarrow) => SCENES[kind](p, isNarrow),
  figure: (kind, p, isNarrow) => toPlotly(SCENES[kind](p, isNarrow), D.paint, D.font),
  svg: (kind, p, isNarrow, uid) => toSvg(SCENES[kind](p, isNarrow), uid),
  table: (kind, p) => TABLES[kind](p),
  heading: (kind, p) => HEADINGS[kind](p),
};
