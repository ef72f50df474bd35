// Downloads, all made in the page: CSV and Excel from the table that stands there, SVG and PNG from the scene.
const exported = (v, share) => Math.floor(v * 1e6 + 0.5) / (share ? 1e4 : 1e6);
const safe = (text) => (/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text); // never a formula

// The figure of another source, whose numbers are not the survey's; null for every other chart.
const ofOther = (figure) => (figure?.dataset.chart === "other" ? D.other.figures[params(figure).answer] : null);

// Rows of the table under the figure as the reader sees it: numbers as numbers, the rest as text.
function readTable(table) {
  const heads = [...table.querySelectorAll("thead th")];
  const rows = [...table.querySelectorAll("tbody tr")].map((tr) =>
    [...tr.children].map((td, i) => (td.dataset.v !== undefined ? exported(Number(td.dataset.v), heads[i]?.dataset.share) : td.textContent.trim())));
  return { of: ofOther(table.closest("figure")), caption: table.caption?.textContent ?? "", heads: heads.map((h) => h.textContent.trim()), rows };
}

const marks = (read) => [...((read.of ?? D.about).synthetic ? [T("export.synthetic")] : []), ...(D.about.internal ? [T("export.internal")] : [])];

function toCsv(read) {
  const mark = marks(read).join(". ");
  const field = (v) => {
    if (typeof v === "number") return String(v);
    const text = safe(v);
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const lines = [[...read.heads, ...(mark ? [T("export.about")] : [])], ...read.rows.map((r) => [...r, ...(mark ? [mark] : [])])];
  return "\ufeff" + lines.map((l) => l.map(field).join(",")).join("\r\n") + "\r\n";
}

function notes(read) {
  return [
    ...marks(read).map((m) => ["", m]),
    [T("export.table"), read.caption], [T("export.study"), both(D.about.title)],
    ...(read.of ? [[T("export.source"), read.of.source], ["", T("export.other")], [T("export.version"), D.about.version]] : aboutSurvey()),
  ];
}

function aboutSurvey() {
  return [
    [T("export.method"), T("export.how")], ["", T("export.cause")],
    ["", T("export.hidden")], ...D.about.sources.map((s) => [T("export.source"), s]), [T("export.version"), D.about.version],
  ];
}

const xml = (text) => clean(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

function sheetXml(rows, widths, bold) {
  const letter = (i) => (i > 25 ? String.fromCharCode(64 + Math.floor(i / 26)) : "") + String.fromCharCode(65 + (i % 26));
  const cell = (v, c, r) => {
    const ref = `${letter(c)}${r + 1}`;
    if (typeof v === "number") return `<c r="${ref}" s="${Number.isInteger(v) ? 2 : 3}"><v>${v}</v></c>`;
    return `<c r="${ref}" t="inlineStr" s="${bold(r, c) ? 1 : 4}"><is><t xml:space="preserve">${xml(v)}</t></is></c>`;
  };
  return '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
    (bold(0, 1) ? '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' : "") +
    `<cols>${widths.map((w, i) => `<col min="${i + 1}" max="${i + 1}" width="${w}" customWidth="1"/>`).join("")}</cols>` +
    `<sheetData>${rows.map((row, r) => `<row r="${r + 1}">${row.map((v, c) => cell(v, c, r)).join("")}</row>`).join("")}</sheetData></worksheet>`;
}

function toXlsx(read) {
  const ns = "http://schemas.openxmlformats.org";
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
  const width = (i) => Math.min(60, Math.max(10, ...[read.heads, ...read.rows].map((r) => String(r[i] ?? "").length + 2)));
  const names = [T("export.data"), T("export.about")];
  const style = '<font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>';
  const xf = (font, format, wrapped) => `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyFont="1" applyNumberFormat="1"${wrapped ? ' applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>' : "/>"}`;
  return zip([
    ["[Content_Types].xml", `${head}<Types xmlns="${ns}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/worksheets/sheet2.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`],
    ["_rels/.rels", `${head}<Relationships xmlns="${ns}/package/2006/relationships"><Relationship Id="rId1" Type="${ns}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ["xl/workbook.xml", `${head}<workbook xmlns="${ns}/spreadsheetml/2006/main" xmlns:r="${ns}/officeDocument/2006/relationships"><sheets><sheet name="${xml(names[0])}" sheetId="1" r:id="rId1"/><sheet name="${xml(names[1])}" sheetId="2" r:id="rId2"/></sheets></workbook>`],
    ["xl/_rels/workbook.xml.rels", `${head}<Relationships xmlns="${ns}/package/2006/relationships"><Relationship Id="rId1" Type="${ns}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${ns}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="${ns}/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`],
    ["xl/styles.xml", `${head}<styleSheet xmlns="${ns}/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0"/></numFmts><fonts count="2">${style}</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">${xf(0, 0)}${xf(1, 0, true)}${xf(0, 3)}${xf(0, 164)}${xf(0, 0, true)}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`],
    ["xl/worksheets/sheet1.xml", sheetXml([read.heads, ...read.rows], read.heads.map((_, i) => width(i)), (r) => r === 0)],
    ["xl/worksheets/sheet2.xml", sheetXml(notes(read), [18, 90], (r, c) => c === 0)],
  ]);
}

// A zip of stored (uncompressed) parts, dated 1980-01-01: the same bytes for the same table.
function zip(parts) {
  const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
  const crc = (bytes) => { let c = 0xffffffff; for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; };
  const bytes = (...pairs) => { const out = []; for (const [size, v] of pairs) for (let i = 0; i < size; i++) out.push((v >>> (8 * i)) & 255); return out; };
  const files = [], central = [];
  let offset = 0, size = 0;
  for (const [name, text] of parts) {
    const label = new TextEncoder().encode(name), body = new TextEncoder().encode(text);
    const common = bytes([2, 20], [2, 0x800], [2, 0], [2, 0], [2, 33], [4, crc(body)], [4, body.length], [4, body.length], [2, label.length], [2, 0]);
    const local = [...bytes([4, 0x04034b50]), ...common];
    files.push(new Uint8Array(local), label, body);
    const entry = [...bytes([4, 0x02014b50], [2, 20]), ...common, ...bytes([2, 0], [2, 0], [2, 0], [4, 0], [4, offset])];
    central.push(new Uint8Array(entry), label);
    offset += local.length + label.length + body.length;
    size += entry.length + label.length;
  }
  const end = new Uint8Array(bytes([4, 0x06054b50], [2, 0], [2, 0], [2, parts.length], [2, parts.length], [4, size], [4, offset], [2, 0]));
  return new Blob([...files, ...central, end], { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
}

// The picture of a chart carries its heading, what its table is called, and the mark of invented or internal numbers.
function picture(scene, heading, about, of) {
  const lines = wrap(clean(heading), Math.floor(scene.width / 11.2)), foot = marks({ of });
  const told = wrap(clean(about), Math.floor(scene.width / 7.8)), under = 22 * lines.length;
  const top = under + 18 * told.length + 18, bottom = 20 * foot.length;
  const framed = {
    ...scene, height: scene.height + top + bottom,
    panels: [...scene.panels.map((p) => ({ ...p, top: p.top + top })), {
      left: 12, top: 0, width: scene.width - 24, height: scene.height + top + bottom, spots: [], x: Axis(0, 1), y: Axis(0, 1, [], { down: true }),
      marks: [
        ...lines.map((line, i) => Label(0, 0, line, { size: 17, anchor: "start", dy: 20 + 22 * i, bold: true })),
        ...told.map((line, i) => Label(0, 0, line, { role: "mut", size: 13, anchor: "start", dy: under + 18 + 18 * i })),
        ...foot.map((line, i) => Label(0, 1, line, { role: "mut", size: 13, anchor: "start", dy: -8 - 20 * i })),
      ],
    }],
  };
  return { svg: toSvg(framed, "lhu-file", paint(true)), width: framed.width, height: framed.height };
}

async function toPng({ svg, width, height }) {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    await new Promise((done, failed) => { image.onload = done; image.onerror = failed; image.src = url; });
    const canvas = document.createElement("canvas");
    canvas.width = width * 2;
    canvas.height = height * 2;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally { URL.revokeObjectURL(url); }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

const FILTERED = ["trend", "event", "districts"]; // charts that follow the filters; the others follow a promise

async function download(kind, figure) {
  const p = params(figure), of = ofOther(figure), about = FILTERED.includes(figure.dataset.chart) ? [p.ind, p.unit] : figure.dataset.chart === "matrix" ? [] : [p.answer];
  const stem = [D.about.study, figure.dataset.chart, ...about].filter(Boolean).join("_").replace(/[^\w-]+/g, "-");
  const name = `${stem}${(of ?? D.about).synthetic ? "_" + (lang === "sv" ? "syntetisk" : "synthetic") : ""}.${kind}`;
  try {
    if (kind === "csv") save(new Blob([toCsv(readTable(figure.querySelector("table")))], { type: "text/csv" }), name);
    else if (kind === "xlsx") save(toXlsx(readTable(figure.querySelector("table"))), name);
    else {
      const file = picture(SCENES[figure.dataset.chart](p, false), figure.querySelector("[data-finding]")?.textContent ?? "", figure.querySelector("caption")?.textContent ?? "", of);
      save(kind === "svg" ? new Blob([file.svg], { type: "image/svg+xml" }) : await toPng(file), name);
    }
    say(figure, T("export.download", { name }));
  } catch (problem) {
    if (!(problem instanceof DOMException || problem instanceof Event)) throw problem;
    say(figure, T("export.failed"));
  }
}
