// Scenes of charts with one row per measure or theme: forest, themes, levels, detectable.
// A measure: [indicator, verdict, wanted, estimate, low, high, zone]; a theme: [label, verdict, index, low, high].
const wantedEnds = ([, , wanted, , low, high]) => (wanted > 0 ? [low, high] : [high == null ? null : -high, low == null ? null : -low]);
const clip = (value, domain) => Math.max(-domain, Math.min(value, domain));

function rowMarks(row, y, domain, half) {
  const [, verdict, wanted, estimate, , , zone] = row;
  if (verdict === "not_comparable") return [];
  const [low, high] = wantedEnds(row);
  const marks = [];
  if (verdict === "same" && zone != null) marks.push(Band(-Math.min(zone, domain), Math.min(zone, domain), y - half, y + half, "zone"));
  marks.push(Rule(0, y - half, 0, y + half, "fg", 1.5));
  if (low == null && high == null) return marks;
  const x0 = low == null ? -domain : clip(low, domain), x1 = high == null ? domain : clip(high, domain);
  const firm = FIRM.includes(verdict) && estimate != null;
  const role = firm ? verdict : "hl";
  marks.push(firm ? Span(x0, y, x1, y, `${verdict}-bar`) : Hatch(x0, y, x1, y));
  if (low == null || low < -domain) marks.push(Dot(-domain, y, "triangle-left", 13, role, bare));
  if (high == null || high > domain) marks.push(Dot(domain, y, "triangle-right", 13, role, bare));
  if (firm && Math.abs(estimate) <= domain) marks.push(Dot(wanted * estimate, y, "circle", 14, verdict));
  return marks;
}

function forestSpot(row) {
  const [low, high] = wantedEnds(row);
  const holes = { label: label("ind", row[0]), word: small(word(row[1])) };
  if (row[1] === "not_comparable" || (low == null && high == null)) return T("forest.spot_none", holes);
  const said = outwards(low ?? -1, high ?? 1, true);
  return T("forest.spot", { ...holes, low: low == null ? T("forest.unbounded") : said[0], high: high == null ? T("forest.unbounded") : said[1] });
}

function forestX(row, domain) {
  const [low, high] = wantedEnds(row);
  if (row[1] === "not_comparable" || (low == null && high == null)) return 0;
  return round(((low == null ? -domain : clip(low, domain)) + (high == null ? domain : clip(high, domain))) / 2, 6);
}

function forest(p, narrow) {
  const view = D.answers[p.answer].forest, domain = view.domain;
  const width = narrow ? 358 : 920, top = 34, bottom = 34;
  const single = view.groups.every(([, rows]) => rows.every((row) => fit(label("ind", row[0]), narrow ? 44 : 40, 2).length === 1));
  const rowHeight = !narrow ? 38 : single ? 66 : 82;
  const [left, right] = narrow ? [16, 16] : [320, 212];
  const marks = [
    Label(-domain, 0, "◄ " + T("axis.worse"), { anchor: "start", dy: -16, bold: true }),
    Label(domain, 0, T("axis.better") + " ►", { anchor: "end", dy: -16, bold: true }),
  ];
  const spots = [];
  let at = 0, count = 0;
  for (const [name, rows] of view.groups) {
    marks.push(Label(-domain, at + 0.5, both(name), { size: 15, anchor: "start", dx: -left + 10, bold: true }));
    marks.push(Rule(null, at + 0.5 + 0.42, domain, at + 0.5 + 0.42, "fg", 1.5));
    at += 1.0;
    for (const row of rows) {
      const middle = at + 0.5, y = narrow ? round(at + 1 - 18 / rowHeight, 6) : middle;
      marks.push(...forestNames(row, middle, domain, left, narrow ? rowHeight : 0));
      marks.push(...rowMarks(row, y, domain, narrow ? 0.17 : 0.3));
      spots.push(Spot(forestX(row, domain), y, forestSpot(row)));
      at += 1.0;
      count += 1;
    }
  }
  const high_px = Math.max(1, at) * rowHeight;
  const ticks = view.ticks.filter((v) => Math.abs(v) <= domain).map((v) => [v, (v > 0 ? "+" : "") + number(Math.round(v * 100))]);
  return {
    kind: "forest", width, height: top + high_px + bottom, title: both(view.title), desc: T("forest.desc", { count }),
    panels: [{ left, top, width: width - left - right, height: high_px, marks, spots, x: Axis(-domain, domain, ticks), y: Axis(0, Math.max(1, at), [], { down: true }) }],
  };
}

function forestNames(row, middle, domain, left, tall) {
  const lines = fit(label("ind", row[0]), tall ? 44 : 40, 2);
  const start = tall ? 12 - tall / 2 : (-17 * (lines.length - 1)) / 2;
  const marks = lines.map((line, i) => Label(-domain, middle, line, { size: tall ? 13 : 14, anchor: "start", dx: -left + 10, dy: start + 17 * i }));
  const role = roleOf(row[1]), words = `${ICON[row[1]]}  ${word(row[1])}`;
  if (tall) marks.push(Label(-domain, middle, words, { role, size: 12, anchor: "start", dx: -left + 10, dy: start + 17 * lines.length }));
  else marks.push(Label(domain, middle, words, { role, anchor: "start", dx: 12, bold: true }));
  return marks;
}

function themes(p, narrow) {
  const view = D.answers[p.answer].themes, count = Math.max(1, view.length);
  const width = narrow ? 358 : 720;
  const [left, right, top, row] = narrow ? [10, 14, 34, 78] : [150, 190, 34, 44];
  const most = Math.max(...view.map((t) => t[4]).filter((v) => v != null && Number.isFinite(v)), 0) > 200 ? 300 : 200;
  const marks = [
    Label(0, 0, "◄ " + T("axis.better"), { anchor: "start", dy: -16, bold: true }),
    Label(100, 0, T("axis.as_expected"), { role: "mut", dy: -16 }),
    Label(most, 0, T("axis.worse") + " ►", { anchor: "end", dy: -16, bold: true }),
  ];
  const spots = [];
  view.forEach(([name, verdict, index, low, high], i) => {
    const y = i + (narrow ? 0.76 : 0.5);
    const reach = narrow ? 0.2 : 0.3;
    marks.push(Rule(100, y - reach, 100, y + reach, "fg", 1.5));
    const firm = FIRM.includes(verdict) && index != null;
    const open = verdict === "not_comparable" || low == null || high == null;
    if (!open) {
      const [x0, x1] = [Math.min(low, most), Math.min(high, most)];
      marks.push(firm ? Span(x0, y, x1, y, `${verdict}-bar`) : Hatch(x0, y, x1, y));
      if (high > most) marks.push(Dot(most, y, "triangle-right", 13, firm ? verdict : "hl", bare));
      if (firm) marks.push(Dot(Math.min(index, most), y, "circle", 14, verdict));
    }
    marks.push(Label(0, i + 0.5, both(name), { size: 14, anchor: "start", dx: -left + 10, dy: narrow ? -25 : 0, bold: true }));
    const look = { role: roleOf(verdict), bold: true };
    marks.push(Label(narrow ? 0 : most, i + 0.5, word(verdict), { ...look, anchor: "start", ...(narrow ? { dx: -left + 10, dy: -7 } : { dx: 12 }) }));
    const holes = { label: both(name), word: small(word(verdict)) };
    const said = low == null || high == null ? T("themes.spot_none", holes) : T("themes.spot", { ...holes, low: Math.floor(low), high: Math.ceil(high) });
    spots.push(Spot(low == null || high == null ? 100 : round((Math.min(low, most) + Math.min(high, most)) / 2, 6), y, said));
  });
  const ticks = [];
  for (let v = 0; v <= most; v += 50) ticks.push([v, String(v)]);
  return {
    kind: "themes", width, height: top + count * row + 34, title: T("themes.title"), desc: T("themes.desc"),
    panels: [{ left, top, width: width - left - right, height: count * row, marks, spots, x: Axis(0, most, ticks), y: Axis(0, count, [], { down: true }) }],
  };
}

// A measure's name left of its row: two lines, or one line `above` the row where it is narrow.
function namesAt(x, y, name, left, above) {
  const lines = fit(name, above == null ? 40 : 46, above == null ? 2 : 1);
  return lines.map((line, i) => Label(x, y, line, { anchor: "start", dx: -left + 8, dy: above ?? 15 * i - 7.5 * (lines.length - 1) }));
}

function levelsView(p) {
  const answer = D.answers[p.answer];
  const at = (levels, year) => levels.find((l) => l.year === year);
  const rows = [];
  for (const [, measures] of answer.forest.groups) {
    for (const [ind] of measures) {
      const own = levelsOf(ind, "all", answer.stratum, "all"), other = levelsOf(ind, "comparison", answer.stratum, "all");
      const row = { name: label("ind", ind), before: at(own, answer.before), after: at(own, answer.after), b: at(other, answer.before), a: at(other, answer.after) };
      if (row.before && row.after) rows.push(row);
    }
  }
  return { answer, rows };
}

function levels(p, narrow) {
  const { answer, rows } = levelsView(p);
  const width = narrow ? 358 : 720, count = Math.max(1, rows.length);
  const [left, right, top, row] = narrow ? [16, 22, 34, 52] : [300, 24, 34, 38];
  const every = rows.flatMap((r) => [r.before, r.after, r.b, r.a]).filter((l) => l && seen(l)).map((l) => l.share);
  const ceiling = niceCeiling(every.length ? Math.max(...every) : 0.1, SHARES);
  const head = `○ ${T("levels.before", { year: answer.before })}   ● ${T("levels.after", { year: answer.after })}`;
  const marks = [Label(0, 0, head, { role: "mut", size: 12, anchor: "start", dx: -left + 8, dy: -18 })];
  const spots = [];
  const pair = (before, after, y, role, size) => {
    const b = before?.share ?? null, a = after?.share ?? null;
    if (b != null && a != null) marks.push(Rule(b, y, a, y, role, 2));
    if (b != null) marks.push(Dot(b, y, "circle", size, role, { hollow: true }));
    if (a != null) marks.push(Dot(a, y, "circle", size, role));
  };
  rows.forEach((r, i) => {
    const y = i + (narrow ? 0.62 : 0.42);
    pair(r.b, r.a, y + 0.24, "hl", 8);
    pair(r.before, r.after, y, "fg", 12);
    marks.push(...namesAt(0, i + 0.5, r.name, left, narrow ? -16 : null));
    for (const l of [r.before, r.after]) if (seen(l)) spots.push(Spot(l.share, y, T("levels.spot_one", { label: r.name, percent: perCent(l.share), year: l.year })));
  });
  const step = ceiling <= 0.05 ? 1 : ceiling <= 0.1 ? 2 : ceiling <= 0.2 ? 5 : ceiling <= 0.5 ? 10 : 20;
  const ticks = [];
  for (let v = 0; v <= Math.round(ceiling * 100); v += step) ticks.push([v / 100, T("axis.percent", { value: v })]);
  return {
    kind: "levels", width, height: top + count * row + 34, title: T("levels.title"), desc: T("levels.desc", { comparison: both(D.term) }),
    panels: [{ left, top, width: width - left - right, height: count * row, marks, spots, x: Axis(0, ceiling, ticks, { grid: !narrow }), y: Axis(0, count, [], { down: true }) }],
  };
}

function detectable(p, narrow) {
  const rows = D.detectable[p.answer] ?? [], count = Math.max(1, rows.length);
  const width = narrow ? 358 : 720;
  const [left, right, top, row] = narrow ? [14, 14, 34, 46] : [300, 20, 34, 34];
  const ends = rows.flatMap((r) => [r[1], r[2]]).filter((v) => v != null).map(Math.abs);
  const reach = niceCeiling((ends.length ? Math.max(...ends) : 0.1) * 1.05, POINTS);
  const marks = [
    Label(-reach, 0, "◄ " + T("axis.fewer"), { anchor: "start", dy: -16, bold: true }),
    Label(reach, 0, T("axis.more") + " ►", { anchor: "end", dy: -16, bold: true }),
  ];
  const spots = [];
  const points = (v) => (v == null ? T("detectable.never") : number(halfUp(Math.abs(v) * 100)));
  rows.forEach(([ind, decrease, increase], i) => {
    const y = i + (narrow ? 0.74 : 0.5);
    const x0 = decrease == null ? -reach : Math.max(-reach, -Math.abs(decrease)), x1 = increase == null ? reach : Math.min(reach, Math.abs(increase));
    marks.push(Span(x0, y, x1, y, "zone", 16));
    if (decrease != null && Math.abs(decrease) <= reach) marks.push(Dot(x0, y, "triangle-left", 11, "fg", bare));
    if (increase != null && Math.abs(increase) <= reach) marks.push(Dot(x1, y, "triangle-right", 11, "fg", bare));
    if (decrease == null) marks.push(Label(-reach, y, T("detectable.never"), { role: "mut", size: 12, anchor: "start", dx: 6 }));
    if (increase == null) marks.push(Label(reach, y, T("detectable.never"), { role: "mut", size: 12, anchor: "end", dx: -6 }));
    marks.push(...namesAt(-reach, i + 0.5, label("ind", ind), left, narrow ? -10 : null));
    spots.push(Spot(0, y, T("detectable.spot", { label: label("ind", ind), decrease: points(decrease), increase: points(increase) })));
  });
  marks.push(Rule(0, 0, 0, count, "fg", 1.5));
  const step = reach <= 0.05 ? 1 : reach <= 0.2 ? 5 : reach <= 0.4 ? 10 : 20;
  const most = Math.trunc((reach * 100) / step + 1e-9) * step;
  const ticks = [];
  for (let v = -most; v <= most; v += step) ticks.push([v / 100, (v > 0 ? "+" : "") + number(v)]);
  return {
    kind: "detectable", width, height: top + count * row + 34, title: T("detectable.title"), desc: T("detectable.desc"),
    panels: [{ left, top, width: width - left - right, height: count * row, marks, spots, x: Axis(-reach, reach, ticks, { grid: !narrow }), y: Axis(0, count, [], { down: true }) }],
  };
}

// Other sources: drawn by charts/other.py in both languages and widths; p.answer is the figure's id.
const other = (p, narrow) => D.other.figures[p.answer].scenes[lang][narrow ? 1 : 0];

// Drawn by Python in both languages and widths: charts that follow no filter (payload_drawn.py).
const drawnOf = (kind, p) => D.drawn[kind][p.answer] ?? D.drawn[kind][""];
const timeline = (p, narrow) => drawnOf("timeline", p).scenes[lang][narrow ? 1 : 0];
const matrix = (p, narrow) => drawnOf("matrix", p).scenes[lang][narrow ? 1 : 0];

const SCENES = { trend, event, districts, forest, themes, levels, detectable, other, timeline, matrix };
const HEADINGS = { trend: (p) => trendHeading(trendView(p)), event: (p) => eventHeading(eventView(p)), other: (p) => both(D.other.figures[p.answer].heading) };
