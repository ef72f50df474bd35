// The table of a chart: same columns, rows and rounding as charts/*.py. A cell is a text or {t: shown, v: number}.
const column = (name, o = {}) => ({ title: T(`column.${name}`), number: true, share: false, ...o });
const words = { number: false };
const shareCell = (share, signed = false) =>
  share == null ? "" : { t: (signed && halfUp(share * 100, 1) > 0 ? "+" : "") + perCent(share, 1), v: share };
const countCell = (n) => (n == null ? "" : { t: number(n), v: n });

function levelRow(first, second, l) {
  return [first, second, shareCell(l.share), shareCell(l.low), shareCell(l.high), countCell(l.n), seen(l) ? "" : why(l.why)];
}
const levelColumns = () => [
  column("share", { share: true }), column("low", { share: true }), column("high", { share: true }), column("n"), column("note", words),
];

const TABLES = {
  trend(p) {
    const v = trendView(p);
    return {
      id: "trend", caption: T("trend.caption", { indicator: v.indicator, group: label("group", p.group), sex: label("sex", p.sex) }),
      columns: [column("year", words), column("place", words), ...levelColumns()],
      rows: [[v.unit, v.own], [v.other, v.compared]].flatMap(([unit, levels]) => levels.map((l) => levelRow(String(l.year), unit, l))),
    };
  },
  event(p) {
    const v = eventView(p);
    return {
      id: "event", caption: T("event.caption", { indicator: v.indicator, unit: v.unit, group: label("group", p.group) }),
      columns: [
        column("year", words), column("exposure", words), column("verdict", words), column("difference", { share: true }),
        column("low", { share: true }), column("high", { share: true }), column("note", words),
      ],
      rows: v.points.map((q) => [
        String(q.year), T(`exposure.${q.exposure}`), q.exposure === "after" ? word(q.verdict) : "", shareCell(q.estimate, true),
        shareCell(q.low, true), shareCell(q.high, true), q.why ? why(q.why) : "",
      ]),
    };
  },
  districts(p) {
    const rows = districtViews(p).flatMap(({ unit, group, levels, other }) => {
      const name = label("unit", unit), grade = label("group", group);
      const line = (place, l) => { const [, year, ...rest] = levelRow(place, String(l.year), l); return [place, grade, year, ...rest]; };
      return [...levels.map((l) => line(name, l)), ...other.map((l) => line(`${both(D.term)} (${name})`, l))];
    });
    return {
      id: "districts", caption: T("districts.caption", { indicator: label("ind", p.ind), group: label("group", p.group) }), rows,
      columns: [column("place", words), column("grade", words), column("year", words), ...levelColumns()],
    };
  },
  levels(p) {
    return {
      id: "levels", caption: T("levels.title"),
      columns: [column("measure", words), ...["before", "after", "comparison_before", "comparison_after"].map((c) => column(c, { share: true }))],
      rows: levelsView(p).rows.map((r) => [r.name, r.before, r.after, r.b, r.a].map((c, i) => (i ? shareCell(c?.share) : c))),
    };
  },
  themes(p) {
    const cell = (v) => (v == null ? "" : { t: String(Math.round(v)), v });
    return {
      id: "themes", caption: T("themes.desc"),
      columns: [column("theme", words), column("verdict", words), column("index"), column("low"), column("high")],
      rows: D.answers[p.answer].themes.map(([name, verdict, index, low, high]) => [both(name), word(verdict), cell(index), cell(low), cell(high)]),
    };
  },
  forest: (p) => shared(D.answers[p.answer].forest.table),
  detectable: (p) => shared(D.tables[p.answer]),
  timeline: (p) => shared(drawnOf("timeline", p).table),
  matrix: (p) => shared(drawnOf("matrix", p).table),
  other: (p) => shared(D.other.figures[p.answer].table),
};

// A table that `present` made: cells are texts, [sv, en] pairs, or [text, number].
function shared(table) {
  const text = (t) => (Array.isArray(t) ? both(t) : t);
  return {
    id: table.id, caption: text(table.caption), columns: table.columns.map(([title, n, share]) => ({ title: text(title), number: !!n, share: !!share })),
    rows: table.rows.map((row) => row.map((c) => (c && c.v !== undefined ? { t: text(c.t), v: c.v } : text(c)))),
  };
}

function tableHtml(table) {
  const cell = (c, i) => {
    const kind = table.columns[i].number ? ' class="n"' : "";
    const value = c && c.v !== undefined ? ` data-v="${c.v}"` : "";
    const shown = esc(c && c.v !== undefined ? c.t : c);
    return i ? `<td${kind}${value}>${shown}</td>` : `<th scope="row">${shown}</th>`;
  };
  const head = table.columns.map((c) => `<th scope="col"${c.number ? ' class="n"' : ""}${c.share ? ' data-share="1"' : ""}>${esc(c.title)}</th>`).join("");
  const body = table.rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("");
  return `<caption>${esc(table.caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody>`;
}
