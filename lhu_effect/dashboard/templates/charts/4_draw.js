// A scene as SVG (svg.py) and as a plotly figure (plotly_figure.py). Texts are escaped for either.
const DASH = { dash: ' stroke-dasharray="7 5"', dot: ' stroke-dasharray="2 4"' };
const EDGE = 10;
const num = (v) => String(Math.floor(v * 10 + 0.5 + 1e-4) / 10);
const esc = (text) => clean(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(/'/g, "&#x27;");
const said = (text) => clean(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\n/g, "<br>");
const pxOf = (p, v) => p.left + ((v - p.x.lo) / (p.x.hi - p.x.lo)) * p.width;
const pyOf = (p, v) => { const part = (v - p.y.lo) / (p.y.hi - p.y.lo); return p.top + (p.y.down ? part : 1 - part) * p.height; };

const OUTLINE = {
  square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  diamond: [[0, -1], [1, 0], [0, 1], [-1, 0]],
  "triangle-up": [[0, -1], [1, 0.8], [-1, 0.8]],
  "triangle-down": [[0, 1], [1, -0.8], [-1, -0.8]],
  "triangle-left": [[-1, 0], [0.8, -1], [0.8, 1]],
  "triangle-right": [[1, 0], [-0.8, -1], [-0.8, 1]],
  cross: [[-0.9, -0.5], [-0.5, -0.9], [0, -0.35], [0.5, -0.9], [0.9, -0.5], [0.35, 0], [0.9, 0.5], [0.5, 0.9], [0, 0.35], [-0.5, 0.9], [-0.9, 0.5], [-0.35, 0]],
};

function toSvg(scene, uid, paint) {
  const fill = (role) => (paint ? ` fill="${paint[role]}"` : ` class="f-${role}"`);
  const stroke = (role) => (paint ? ` fill="none" stroke="${paint[role]}"` : ` class="s-${role}"`);
  const line = (x0, y0, x1, y1, role, width, dash) =>
    `<path d="M${num(x0)} ${num(y0)}L${num(x1)} ${num(y1)}"${stroke(role)} stroke-width="${num(width)}"${DASH[dash] ?? ""}/>`;
  const text = (x, y, words, role, size, anchor, bold) =>
    `<text x="${num(x)}" y="${num(y)}" dy=".35em" font-size="${size}" text-anchor="${anchor}"${bold ? ' font-weight="600"' : ""}${fill(role)}>${esc(words)}</text>`;
  const ring = (role, hollow) => {
    if (!paint) return ` class="${hollow ? "o" : "p"}-${role}"`;
    return ` fill="${hollow ? paint.bg : paint[role]}" stroke="${hollow ? paint[role] : paint.bg}" stroke-width="2"`;
  };
  const outline = (symbol, x, y, r) => {
    if (symbol === "half") return `M${num(x)} ${num(y - r)}A${num(r)} ${num(r)} 0 0 1 ${num(x)} ${num(y + r)}Z`;
    if (symbol === "equals") return [[-0.75, -0.15], [0.15, 0.75]].map(([a, b]) => `M${num(x - r)} ${num(y + a * r)}H${num(x + r)}V${num(y + b * r)}H${num(x - r)}Z`).join("");
    return `M${OUTLINE[symbol].map(([dx, dy]) => `${num(x + dx * r)} ${num(y + dy * r)}`).join(" ")}Z`;
  };
  const draw = {
    band(m, p) {
      const x0 = m.x0 == null ? p.left : pxOf(p, m.x0), x1 = m.x1 == null ? p.left + p.width : pxOf(p, m.x1);
      const ys = [m.y0 == null ? p.top : pyOf(p, m.y0), m.y1 == null ? p.top + p.height : pyOf(p, m.y1)];
      const [y0, y1] = [Math.min(...ys), Math.max(...ys)];
      return `<rect x="${num(x0)}" y="${num(y0)}" width="${num(x1 - x0)}" height="${num(y1 - y0)}"${fill(m.role)}/>`;
    },
    rule: (m, p) => line(m.x0 == null ? EDGE : pxOf(p, m.x0), pyOf(p, m.y0), pxOf(p, m.x1), pyOf(p, m.y1), m.role, m.width, m.dash),
    span: (m, p) => line(pxOf(p, m.x0), pyOf(p, m.y0), pxOf(p, m.x1), pyOf(p, m.y1), m.role, m.width, ""),
    path(m, p) {
      const runs = [[]];
      m.xs.forEach((x, i) => (m.ys[i] == null ? runs.push([]) : runs[runs.length - 1].push(`${num(pxOf(p, x))} ${num(pyOf(p, m.ys[i]))}`)));
      const d = runs.filter((run) => run.length > 1).map((run) => `M${run.join("L")}`).join("");
      return d && `<path d="${d}"${stroke(m.role)} stroke-width="${num(m.width)}"${DASH[m.dash] ?? ""}/>`;
    },
    hatch(m, p) {
      const xs = [pxOf(p, m.x0), pxOf(p, m.x1)].sort((a, b) => a - b), ys = [pyOf(p, m.y0), pyOf(p, m.y1)].sort((a, b) => a - b);
      const half = m.width / 2;
      const box = m.y0 === m.y1 ? [xs[0], ys[0] - half, xs[1] - xs[0], m.width] : [xs[0] - half, ys[0], m.width, ys[1] - ys[0]];
      const [x, y, w, h] = box.map(num);
      const rim = paint ? `stroke="${paint.hl}"` : 'class="hatch"';
      return `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="3" fill="url(#${uid}-h)" ${rim} stroke-width="1.2" stroke-dasharray="4 3"/>`;
    },
    dot(m, p) {
      const x = pxOf(p, m.x), y = pyOf(p, m.y), r = m.size / 2;
      const look = m.rim ? ring(m.role, m.hollow) : fill(m.role);
      if (m.symbol === "circle") return `<circle cx="${num(x)}" cy="${num(y)}" r="${num(r)}"${look}/>`;
      return `<path d="${outline(m.symbol, x, y, r)}"${look}/>`;
    },
    label: (m, p) => text(pxOf(p, m.x) + m.dx, pyOf(p, m.y) + m.dy, m.text, m.role, m.size, m.anchor, m.bold),
  };
  const axes = (p) => {
    const right = p.left + p.width, bottom = p.top + p.height;
    let parts = "";
    for (const [v, words] of p.x.ticks) {
      if (p.x.grid) parts += line(pxOf(p, v), p.top, pxOf(p, v), bottom, "line", 1, "");
      parts += text(pxOf(p, v), bottom + 16, words, "mut", 13, "middle", false);
    }
    for (const [v, words] of p.y.ticks) {
      if (p.y.grid) parts += line(p.left, pyOf(p, v), right, pyOf(p, v), "line", 1, "");
      parts += text(p.left - 8, pyOf(p, v), words, "mut", 13, "end", false);
    }
    return parts + (p.x.line ? line(p.left, bottom, right, bottom, "fg", 1, "") : "");
  };
  const panel = (p) =>
    p.marks.filter((m) => m.m === "band").map((m) => draw.band(m, p)).join("") + axes(p) +
    p.marks.filter((m) => m.m !== "band").map((m) => draw[m.m](m, p)).join("");
  const hatched = scene.panels.some((p) => p.marks.some((m) => m.m === "hatch"));
  const pattern = hatched
    ? `<defs><pattern id="${uid}-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6"${fill("hb")}/>` +
      `<path d="M1.5 0V6" ${paint ? `stroke="${paint.hl}"` : 'class="s-hl"'} stroke-width="1.4"/></pattern></defs>`
    : "";
  const [w, h] = [num(scene.width), num(scene.height)];
  const alone = paint ? ` xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"` : "";
  const font = paint ? ' font-family="Segoe UI, Open Sans, Noto Sans, Helvetica, Arial, sans-serif"' : ` class="lhu-chart k-${scene.kind}"`;
  return `<svg${alone}${font} viewBox="0 0 ${w} ${h}" role="img" aria-labelledby="${uid}-t" aria-describedby="${uid}-d">` +
    `<title id="${uid}-t">${esc(scene.title)}</title><desc id="${uid}-d">${esc(scene.desc)}</desc>${pattern}` +
    `${paint ? `<rect width="100%" height="100%"${fill("bg")}/>` : ""}${scene.panels.map(panel).join("")}</svg>`;
}

const CONFIG = { displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", displaylogo: false, responsive: false, scrollZoom: false, doubleClick: false };
const GLYPH = { equals: "=", half: "◗" };

function toPlotly(scene, paint, font, width = scene.width) {
  const ps = scene.panels;
  const left = Math.min(...ps.map((p) => p.left)), right = Math.max(...ps.map((p) => p.left + p.width));
  const top = Math.min(...ps.map((p) => p.top)), bottom = Math.max(...ps.map((p) => p.top + p.height));
  const share = (start, length, low, high) => [round((start - low) / (high - low), 6), round((start + length - low) / (high - low), 6)];
  const layout = {
    template: null, height: scene.height,
    margin: { l: left, r: scene.width - right, t: top, b: scene.height - bottom, pad: 0 },
    font: { family: font, size: 13, color: paint.fg }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    separators: lang === "sv" ? ", " : ".,", showlegend: false, dragmode: false, hovermode: "closest", hoverdistance: 24,
    hoverlabel: { bgcolor: paint.bg, bordercolor: paint.mut, align: "left", font: { family: font, size: 14, color: paint.fg } },
    shapes: [], annotations: [],
  };
  const axis = (a, domain, anchor, line) => ({
    range: a.down ? [a.hi, a.lo] : [a.lo, a.hi], domain, anchor, tickmode: "array", tickvals: a.ticks.map((t) => t[0]), ticktext: a.ticks.map((t) => said(t[1])),
    tickfont: { size: 13, color: paint.mut }, ticks: "", showgrid: a.grid, gridcolor: paint.line, gridwidth: 1, zeroline: false, showline: line,
    linecolor: paint.fg, linewidth: 1, fixedrange: true, automargin: false,
  });
  const shape = (m, p, tail) => {
    if (m.m === "rule") {
      const edge = m.x0 == null;
      return { type: "line", xref: edge ? "paper" : `x${tail}`, yref: `y${tail}`, x0: edge ? round((EDGE - p.left) / (p.width + width - scene.width), 6) : m.x0, x1: edge ? 1 : m.x1, y0: m.y0, y1: m.y1, layer: "between", line: { color: paint[m.role], width: m.width, dash: m.dash || "solid" } };
    }
    const wholeX = m.x0 == null || m.x1 == null, wholeY = m.y0 == null || m.y1 == null;
    return {
      type: "rect", xref: wholeX ? `x${tail} domain` : `x${tail}`, yref: wholeY ? `y${tail} domain` : `y${tail}`,
      x0: wholeX ? 0 : m.x0, x1: wholeX ? 1 : m.x1, y0: wholeY ? 0 : m.y0, y1: wholeY ? 1 : m.y1, layer: "below", fillcolor: paint[m.role], line: { width: 0 },
    };
  };
  const note = (m, tail) => ({
    x: m.x, y: m.y, xref: `x${tail}`, yref: `y${tail}`, text: m.bold ? `<b>${said(m.text)}</b>` : said(m.text), showarrow: false,
    xanchor: { start: "left", middle: "center", end: "right" }[m.anchor], yanchor: "middle", xshift: m.dx, yshift: -m.dy, borderpad: 0, font: { size: m.size, color: paint[m.role] },
  });
  const data = [];
  ps.forEach((p, i) => {
    const tail = i === 0 ? "" : String(i + 1);
    layout[`xaxis${tail}`] = axis(p.x, share(p.left, p.width, left, right), `y${tail}`, p.x.line);
    const [low, high] = share(p.top, p.height, top, bottom);
    layout[`yaxis${tail}`] = axis(p.y, [1 - high, 1 - low], `x${tail}`, false);
    layout.shapes.push(...p.marks.filter((m) => m.m === "band" || m.m === "rule").map((m) => shape(m, p, tail)));
    layout.annotations.push(...p.marks.filter((m) => m.m === "label").map((m) => note(m, tail)));
    data.push(...traces(p, tail, paint));
  });
  return { data, layout };
}

function traces(p, tail, paint) {
  const look = (m) => [m.m, m.role, m.m === "dot" ? [m.hollow, m.rim, GLYPH[m.symbol] ?? ""] : m.m === "hatch" ? "" : m.width, m.m === "path" ? m.dash : ""].join("|");
  const runs = [];
  for (const m of p.marks.filter((q) => ["path", "span", "hatch", "dot"].includes(q.m))) {
    const run = runs[runs.length - 1];
    if (run && look(run[0]) === look(m)) run.push(m);
    else runs.push([m]);
  }
  const common = { type: "scatter", xaxis: `x${tail}`, yaxis: `y${tail}`, cliponaxis: false };
  const made = runs.map((run) => ({ ...common, hoverinfo: "skip", ...trace(run, p, paint) }));
  if (p.spots.length) {
    made.push({
      ...common, mode: "markers", x: p.spots.map((s) => s.x), y: p.spots.map((s) => s.y), text: p.spots.map((s) => said(s.text).replaceAll(". ", ".<br>")),
      hoverinfo: "text", marker: { size: 22, opacity: 0, color: paint.fg },
    });
  }
  return made;
}

function withGaps(runs) {
  const xs = [], ys = [];
  for (const [x, y] of runs) {
    if (xs.length) { xs.push(null); ys.push(null); }
    xs.push(...x);
    ys.push(...y);
  }
  return [xs, ys];
}

function trace(run, p, paint) {
  const first = run[0];
  if (first.m === "dot") {
    const x = run.map((d) => d.x), y = run.map((d) => d.y);
    if (GLYPH[first.symbol]) {
      return { mode: "text", x, y, text: run.map((d) => GLYPH[d.symbol]), textfont: { size: first.size * 1.5, color: paint[first.role], weight: "bold" } };
    }
    const [inner, rim] = first.hollow ? ["bg", first.role] : [first.role, "bg"];
    return {
      mode: "markers", x, y,
      marker: { symbol: run.map((d) => (d.symbol === "cross" ? "x" : d.symbol)), size: run.map((d) => d.size), opacity: 1, color: paint[inner], line: { width: first.rim ? 2 : 0, color: paint[rim] } },
    };
  }
  if (first.m === "hatch") {
    const perX = (p.x.hi - p.x.lo) / p.width, perY = (p.y.hi - p.y.lo) / p.height;
    const [x, y] = withGaps(run.map((b) => {
      const flat = b.y0 === b.y1;
      const dx = flat ? 0 : round((b.width / 2) * perX, 6), dy = flat ? round((b.width / 2) * perY, 6) : 0;
      const [x0, x1, y0, y1] = [b.x0 - dx, b.x1 + dx, b.y0 - dy, b.y1 + dy];
      return [[x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0]];
    }));
    return {
      mode: "lines", x, y, fill: "toself", fillcolor: paint.hb,
      fillpattern: { shape: "/", size: 6, solidity: 0.22, fgcolor: paint.hl, bgcolor: paint.hb }, line: { color: paint.hl, width: 1.2, dash: "4px,3px" },
    };
  }
  if (first.m === "span") {
    const [x, y] = withGaps(run.map((s) => [[s.x0, s.x1], [s.y0, s.y1]]));
    return { mode: "lines", x, y, line: { color: paint[first.role], width: first.width }, connectgaps: false };
  }
  const [x, y] = withGaps(run.map((s) => [s.xs, s.ys]));
  return { mode: "lines", x, y, line: { color: paint[first.role], width: first.width, dash: first.dash || "solid" }, connectgaps: false };
}
