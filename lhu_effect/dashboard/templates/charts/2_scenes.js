// Scenes: marks in data coordinates, made exactly as charts/*.py make them (a test compares the two).
const VERDICTS = ["better", "worse", "same", "unsure", "not_comparable"];
const EXPOSURES = ["before", "during", "after"];
const FIRM = ["better", "worse", "same"];
const SYMBOL = { better: "triangle-up", worse: "triangle-down", same: "equals" };
const ICON = { better: "▲", worse: "▼", same: "=", unsure: "?", not_comparable: "–" };
const roleOf = (verdict) => (verdict === "not_comparable" ? "na" : verdict);

const Band = (x0, x1, y0, y1, role) => ({ m: "band", x0, x1, y0, y1, role });
const Rule = (x0, y0, x1, y1, role, width = 1, dash = "") => ({ m: "rule", x0, y0, x1, y1, role, width, dash });
const Path = (xs, ys, role, width = 3, dash = "") => ({ m: "path", xs, ys, role, width, dash });
const Span = (x0, y0, x1, y1, role, width = 8) => ({ m: "span", x0, y0, x1, y1, role, width });
const Hatch = (x0, y0, x1, y1, width = 14) => ({ m: "hatch", x0, y0, x1, y1, width });
const Dot = (x, y, symbol, size, role, o = {}) => ({ m: "dot", x, y, symbol, size, role, hollow: false, rim: true, ...o });
const bare = { rim: false };
const Label = (x, y, text, o = {}) => ({ m: "label", x, y, text, role: "fg", size: 13, anchor: "middle", dx: 0, dy: 0, bold: false, ...o });
const Axis = (lo, hi, ticks = [], o = {}) => ({ lo, hi, ticks, grid: false, line: false, down: false, ...o });
const Spot = (x, y, text) => ({ x, y, text });

// Levels: [n, share, low, high, why, version] per wave; differences: [wave, exposure, verdict, estimate, low, high, why].
const levelsOf = (ind, unit, group, sex) =>
  (D.series[`${ind}|${unit}|${group}|${sex}`] ?? []).map(([n, share, low, high, reason, version], i) => ({
    year: D.waves[i][0], x: D.waves[i][1], n, share, low, high, why: reason, version,
  }));
const seen = (level) => level.share != null;

function timeSpan(bands, pad) {
  const xs = [...D.waves.map((w) => w[1]), ...bands.map((b) => b[1]), ...bands.filter((b) => !b[3]).map((b) => b[4])];
  return [round(Math.min(...xs) - pad, 4), round(Math.max(...xs) + pad, 4)];
}
const inside = (band, last) => [band[1], band[3] ? last : Math.min(band[2], last)];

function bandMarks(bands, limits, top, px, room) {
  const [low, last] = limits;
  const marks = bands.map((b) => Band(...inside(b, last), null, null, "band"));
  for (const b of bands) {
    const [x0, x1] = inside(b, last);
    marks.push(Rule(round(x0 + 0.04, 4), top, round(Math.max(x0 + 0.05, x1 - 0.04), 4), top, "band-line", 3));
  }
  const first = T("band.legend");
  marks.push(Label(low, top, first, { role: "mut", size: 12, anchor: "start", dy: -13 }));
  const taken = [first.length * LETTER, -1e9, -1e9];
  for (const b of bands) {
    const [start, end] = inside(b, last);
    const name = b[0].replace(/-/g, "–");
    const width = name.length * LETTER;
    let left = Math.min(((start + end) / 2 - low) * px - width / 2, room - width);
    let level = taken.findIndex((endOf) => left >= endOf + 8);
    if (level < 0) {
      level = taken.indexOf(Math.min(...taken));
      left = Math.max(left, Math.min(taken[level] + 8, room - width));
    }
    taken[level] = left + width;
    const at = round(low + (left + width / 2) / px, 4);
    const dy = -13 - 15 * level;
    marks.push(at <= last ? Label(at, top, name, { dy }) : Label(last, top, name, { dx: round((at - last) * px, 1), dy }));
  }
  return marks;
}
const LETTER = 7.3; // pixels of a letter at 13 px

function breaksOf(levels, years) {
  const asked = levels.filter((v) => v.version != null);
  const found = [];
  for (let i = 1; i < asked.length; i++) {
    const [old, now] = [asked[i - 1], asked[i]];
    const x = round((old.x + now.x) / 2, 4);
    if (old.version !== now.version) found.push({ x, kind: "question" });
    else if (years.some((y) => old.year < y && y <= now.year)) found.push({ x, kind: "geography" });
  }
  return found;
}

function lineThrough(levels, broken, shift = 0) {
  const xs = [], ys = [];
  for (const level of levels) {
    const x = round(level.x + shift, 4);
    const last = xs[xs.length - 1];
    if (xs.length && broken.some((b) => last < b.x && b.x < x)) { xs.push(x); ys.push(null); }
    xs.push(x);
    ys.push(level.share ?? null);
  }
  return [xs, ys];
}

const breakYears = (unit) => D.breaks.filter((b) => b[0] === unit).map((b) => b[1]);
const topOf = (levels) => Math.max(...levels.filter(seen).map((v) => v.high ?? v.share), -Infinity);
const ceilingOf = (levels) => { const top = topOf(levels); return niceCeiling(top === -Infinity ? 0.1 : top, SHARES); };

function shareTicks(ceiling) {
  const step = ceiling <= 0.05 ? 1 : ceiling > 0.5 ? 20 : ceiling > 0.2 ? 10 : ceiling > 0.1 ? 5 : 2;
  const ticks = [];
  for (let v = 0; v <= Math.round(ceiling * 100); v += step) ticks.push([v / 100, T("axis.percent", { value: v })]);
  return ticks;
}

function trendSpot(unit, level) {
  if (!seen(level)) return T("trend.spot_none", { unit, year: level.year, why: why(level.why) });
  const percent = perCent(level.share);
  if (level.low == null || level.high == null || level.n == null) return T("trend.spot_rounded", { unit, year: level.year, percent });
  const [low, high] = outwards(level.low, level.high);
  return T("trend.spot", { unit, year: level.year, percent, low, high, n: number(level.n) });
}

function trendView(p) {
  const unit = label("unit", p.unit), other = both(D.term);
  return {
    unit, other, indicator: label("ind", p.ind), own: levelsOf(p.ind, p.unit, p.group, p.sex),
    compared: p.cmp ? levelsOf(p.ind, "comparison", p.group, p.sex) : [],
  };
}

function trendHeading(v) {
  const parts = (levels) => joinWords(levels.map((l) => T("trend.heading_part", { percent: perCent(l.share), year: l.year })));
  const shown = v.own.filter(seen).slice(-2);
  if (!shown.length) return T("trend.heading_none", { unit: v.unit });
  const own = T("trend.heading", { unit: v.unit, parts: parts(shown) });
  const years = shown.map((l) => l.year);
  const other = v.compared.filter((l) => seen(l) && years.includes(l.year));
  if (!other.length) return own + ".";
  return `${own}. ${T("trend.heading_compare", { label: capital(v.other), parts: parts(other) })}.`;
}

function trend(p, narrow) {
  const v = trendView(p);
  const [width, height, left, right, top, bottom] = narrow ? [358, 320, 48, 106, 52, 56] : [720, 360, 48, 180, 52, 56];
  const [low, high] = timeSpan(D.bands, 0.6);
  const ceiling = ceilingOf([...v.own, ...v.compared]);
  const px = (width - left - right) / (high - low);
  const broken = breaksOf(v.own, breakYears(p.unit));
  const marks = bandMarks(D.bands, [low, high], ceiling, px, width - left - 8);
  broken.forEach((gap, i) => {
    marks.push(Path([gap.x, gap.x], [0, ceiling], "mut", 1.4, "dot"));
    marks.push(Label(gap.x, 0, T(`break.${gap.kind}`), { role: "mut", size: 12, dy: -10 - 16 * (i % 2) }));
  });
  const shift = round((high - low) * 0.012, 4);
  const others = v.compared.filter(seen);
  if (others.length) {
    const at = (l) => round(l.x + shift, 4);
    for (const l of others) if (l.low != null && l.high != null) marks.push(Span(at(l), l.low, at(l), l.high, "hl", 1.2));
    marks.push(Path(...lineThrough(v.compared, breaksOf(v.compared, []), shift), "hl", 2.4, "dash"));
    for (const l of others) marks.push(Dot(at(l), l.share, "square", 9, "hl"));
  }
  const shown = v.own.filter(seen);
  for (const l of shown) if (l.low != null && l.high != null) marks.push(Span(l.x, l.low, l.x, l.high, "fg", 1.6));
  marks.push(Path(...lineThrough(v.own, broken), "fg", 3));
  for (const l of shown) marks.push(Dot(l.x, l.share, "circle", 11, "fg"));
  for (const l of v.own) if (!seen(l) && l.why === "masked") marks.push(Label(l.x, 0, "••", { role: "mut", size: 14, dy: -12 }));
  for (const w of D.waves) marks.push(Dot(w[1], 0, "triangle-up", 11, "mut", { hollow: !!w[2], rim: !!w[2] }));
  marks.push(Label(low, 0, T("axis.fieldwork") + (D.waves.some((w) => w[2]) ? "   " + T("axis.fieldwork_assumed") : ""), { role: "mut", size: 12, anchor: "start", dx: -left + 4, dy: 42 }));
  marks.push(...directLabels(v, ceiling, high, height - top - bottom, narrow));
  const spots = [];
  for (const [unit, levels] of [[v.unit, v.own], [v.other, v.compared]]) for (const l of levels) spots.push(Spot(l.x, l.share ?? 0, trendSpot(capital(unit), l)));
  return {
    kind: "trend", width, height, title: T("trend.title", { indicator: v.indicator, unit: v.unit }), desc: trendHeading(v),
    panels: [{
      left, top, width: width - left - right, height: height - top - bottom, marks, spots,
      x: Axis(low, high, D.waves.map((w) => [w[1], String(w[0])]), { line: true }),
      y: Axis(0, ceiling, shareTicks(ceiling), { grid: true }),
    }],
  };
}

function directLabels(v, ceiling, high, pixels, narrow) {
  const found = [];
  for (const [levels, name, role, bold] of [[v.own, v.unit, "fg", true], [v.compared, narrow ? T("trend.compared") : v.other, "mut", false]]) {
    const last = [...levels].reverse().find(seen);
    if (last) found.push([last.share, fit(name, narrow ? (bold ? 12 : 14) : 22, 3), role, bold]);
  }
  found.sort((a, b) => b[0] - a[0]);
  const marks = [];
  let floor = -1e9;
  for (const [share, lines, role, bold] of found) {
    const start = Math.max((1 - share / ceiling) * pixels - (16 * (lines.length - 1)) / 2, floor);
    floor = start + 16 * lines.length + 4;
    lines.forEach((line, i) =>
      marks.push(Label(high, 0, line, { role, size: narrow ? 12 : 13, anchor: "start", dx: 8, dy: round(start + 16 * i - pixels, 1), bold })));
  }
  return marks;
}

function eventView(p) {
  const answer = D.answers[p.answer] ?? { promises: [], kind: D.about.kind };
  const bands = D.bands.filter((b) => answer.promises.includes(b[0]));
  return {
    unit: label("unit", p.unit), indicator: label("ind", p.ind), kind: answer.kind, bands: bands.length ? bands : D.bands,
    points: (D.events[p.answer]?.[`${p.ind}|${p.unit}|${p.group}`] ?? []).map(([wave, exposure, verdict, estimate, low, high, reason, weak]) => ({
      year: D.waves[wave][0], x: D.waves[wave][1], exposure: EXPOSURES[exposure], verdict: VERDICTS[verdict], estimate, low, high, why: reason ?? "", fragile: Boolean(weak),
    })),
  };
}

const word = (verdict) => both(D.verdicts[verdict]);

function eventHeading(v) {
  const after = v.points.find((q) => q.exposure === "after");
  if (!after) return T("event.heading_none", { unit: v.unit });
  const holes = { unit: v.unit, year: after.year, word: small(word(after.verdict)) };
  const doubt = after.fragile ? ` ${T("event.fragile")}` : "";
  if (!FIRM.includes(after.verdict) || after.low == null || after.high == null) return T("event.heading", holes) + doubt;
  const [low, high] = outwards(after.low, after.high, true);
  return T("event.heading_interval", { ...holes, low, high }) + doubt;
}

function eventSpot(q) {
  const exposure = T(`exposure.${q.exposure}`);
  if (q.low == null && q.high == null) {
    const reason = q.exposure === "after" && !q.why ? word(q.verdict) : why(q.why);
    return T("event.spot_none", { year: q.year, exposure, why: small(reason) });
  }
  const said = outwards(q.low ?? -1, q.high ?? 1, true);
  const holes = {
    year: q.year, exposure, low: q.low == null ? T("event.unbounded") : said[0], high: q.high == null ? T("event.unbounded") : said[1],
  };
  return q.exposure === "after" ? T("event.spot", { ...holes, word: small(word(q.verdict)) }) : T("event.spot_unjudged", holes);
}

function pointTicks(reach) {
  const step = reach <= 0.02 ? 1 : reach <= 0.05 ? 2 : reach <= 0.15 ? 5 : reach <= 0.4 ? 10 : 20;
  const most = Math.floor((reach * 100) / step + 1e-9) * step;
  const ticks = [];
  for (let v = -most; v <= most; v += step) ticks.push([v / 100, (v > 0 ? "+" : "") + number(v)]);
  return ticks;
}

function event(p, narrow) {
  const v = eventView(p);
  const [width, height, left, right, top, bottom] = narrow ? [358, 340, 44, 12, 52, 56] : [720, 360, 44, 12, 52, 56];
  const [low, high] = timeSpan(v.bands, 0.9);
  const ends = v.points.flatMap((q) => [q.low, q.high, q.estimate]).filter((e) => e != null).map(Math.abs);
  const reach = niceCeiling(ends.length ? Math.max(...ends) : 0.1, POINTS);
  const px = (width - left - right) / (high - low);
  const suffix = v.kind === "change" ? "_change" : "";
  const high_px = height - top - bottom;
  const marks = [
    ...bandMarks(v.bands, [low, high], reach, px, width - left - right),
    Rule(low, 0, high, 0, "fg", 1.5),
    Label(low, reach, "↑ " + T(`axis.higher${suffix}`), { role: "mut", size: 12, anchor: "start", dx: 4, dy: 12 }),
    Label(low, reach, "↓ " + T(`axis.lower${suffix}`), { role: "mut", size: 12, anchor: "start", dx: 4, dy: high_px - 12 }),
  ];
  for (const q of v.points) {
    marks.push(...eventPoint(q, reach));
    marks.push(Label(q.x, reach, T(`exposure.${q.exposure}`), { role: "mut", size: 12, dy: high_px + 34 }));
  }
  const middle = (q) => (q.low == null && q.high == null ? 0 : round((Math.max(-reach, q.low ?? -reach) + Math.min(reach, q.high ?? reach)) / 2, 6));
  return {
    kind: "event", width, height, desc: eventHeading(v),
    title: T(v.kind === "change" ? "event.title_change" : "event.title", { indicator: v.indicator, unit: v.unit }),
    panels: [{
      left, top, width: width - left - right, height: high_px, marks, spots: v.points.map((q) => Spot(q.x, middle(q), eventSpot(q))),
      x: Axis(low, high, D.waves.map((w) => [w[1], String(w[0])])),
      y: Axis(-reach, reach, pointTicks(reach), { grid: true }),
    }],
  };
}

function eventPoint(q, reach) {
  if (q.low == null && q.high == null) return [Label(q.x, 0, "–", { role: "na", size: 18, dy: -12 })];
  const low = Math.max(-reach, q.low ?? -reach), high = Math.min(reach, q.high ?? reach);
  const arrows = [];
  if (q.low == null) arrows.push(Dot(q.x, -reach, "triangle-down", 10, "hl"));
  if (q.high == null) arrows.push(Dot(q.x, reach, "triangle-up", 10, "hl"));
  if (q.exposure !== "after" || !FIRM.includes(q.verdict) || q.estimate == null) return [Hatch(q.x, low, q.x, high), ...arrows];
  return [Span(q.x, low, q.x, high, `${q.verdict}-bar`), ...arrows, Dot(q.x, q.estimate, SYMBOL[q.verdict], 16, q.verdict)];
}

// Every kommundel, with the first group it has where it lacks the chosen one (no gymnasium there).
function districtViews(p) {
  return D.units.filter((u) => u !== "all" && u !== "comparison").flatMap((unit) => {
    const group = [p.group, ...D.groups].find((g) => D.series[`${p.ind}|${unit}|${g}|all`]);
    if (group === undefined) return [];
    return [{ unit, group, levels: levelsOf(p.ind, unit, group, "all"), other: levelsOf(p.ind, "comparison", group, "all") }];
  });
}

function districts(p, narrow) {
  const views = districtViews(p), mixed = views.some((v) => v.group !== p.group);
  const columns = narrow || views.length < 3 ? 2 : [5, 4, 3].reduce((a, b) => (b - 1 - ((views.length - 1) % b) < a - 1 - ((views.length - 1) % a) ? b : a));
  const [width, gap, head, body, foot] = narrow ? [358, 14, 92, 110, 30] : [920, 22, 78, 128, 30];
  const each = (width - 34 - gap * (columns - 1) - 10) / columns;
  const [low, high] = timeSpan(D.bands, 1.0);
  const ceiling = ceilingOf(views.flatMap((v) => [...v.levels, ...v.other]));
  const bands = D.bands.map((b) => Band(...inside(b, high), null, null, "band"));
  const lineOf = (levels, broken, role, w, dash) => (levels.some(seen) ? [Path(...lineThrough(levels, broken), role, w, dash)] : []);
  const panels = views.map(({ unit: u, group, levels, other }, i) => {
    const broken = breaksOf(levels, breakYears(u));
    const verdict = VERDICTS[D.judged[p.answer]?.[`${p.ind}|${u}|${group}`]];
    const marks = [
      ...bands,
      ...lineOf(other, breaksOf(other, []), "hl", 1.8, "dash"),
      ...broken.map((b) => Path([b.x, b.x], [0, ceiling], "mut", 1.2, "dot")),
      ...levels.filter((l) => seen(l) && l.low != null && l.high != null).map((l) => Span(l.x, l.low, l.x, l.high, "fg", 1.3)),
      ...lineOf(levels, broken, "fg", 2.2, ""),
      ...levels.filter(seen).map((l) => Dot(l.x, l.share, "circle", 8, "fg")),
      ...levels.filter((l) => !seen(l) && !["not_asked", ""].includes(l.why)).map((l) => Label(l.x, 0, l.why === "masked" ? "••" : "–", { role: "mut", size: 12, dy: -9 })),
      ...districtHead(label("unit", u), mixed ? label("group", group) : "", verdict, low, ceiling, each),
    ];
    if (!levels.some(seen)) marks.push(Label(round((low + high) / 2, 4), ceiling / 2, T("districts.none"), { role: "mut" }));
    const ends = D.waves.length > 1 ? [D.waves[0], D.waves[D.waves.length - 1]] : D.waves;
    const steps = ceiling <= 0.05 ? [0, ceiling] : [0, ceiling / 2, ceiling];
    return {
      left: 34 + (i % columns) * (each + gap), top: head + Math.floor(i / columns) * (head + body + foot), width: each, height: body, marks,
      spots: levels.map((l) => Spot(l.x, l.share ?? 0, trendSpot(label("unit", u), l))),
      x: Axis(low, high, ends.map((w) => [w[1], String(w[0])]), { line: true }),
      y: Axis(0, ceiling, steps.map((s) => [s, i % columns === 0 ? perCent(s) : ""]), { grid: true }),
    };
  });
  const rows = Math.max(1, Math.ceil(views.length / columns));
  return {
    kind: "districts", width, height: rows * (head + body + foot), panels,
    title: T("districts.title", { indicator: label("ind", p.ind) }), desc: T("districts.desc", { count: views.length, comparison: both(D.term) }),
  };
}

function districtHead(name, group, verdict, low, ceiling, width) {
  const said = fit(name, Math.max(10, Math.trunc(width / 8.6)), 2).map((line) => [line, { size: 14, bold: true }]);
  if (group) said.push(...fit(group, Math.max(10, Math.trunc(width / 6.4)), 1).map((line) => [line, { size: 12, role: "mut" }]));
  if (verdict) {
    const lines = fit(`${ICON[verdict]} ${word(verdict)}`, Math.max(10, Math.trunc(width / 6.4)), 2);
    said.push(...lines.map((line) => [line, { size: 12, role: roleOf(verdict) }]));
  }
  const top = -14 - 16 * (said.length - 1);
  return said.map(([line, look], i) => Label(low, ceiling, line, { anchor: "start", dy: top + 16 * i, ...look }));
}
