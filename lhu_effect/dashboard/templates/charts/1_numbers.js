// Numbers and words as the charts say them: the same rounding as chart_data.py and rounding there.
let D = null; // chart_payload: labels, levels, differences, texts; each once for the whole page
let lang = "sv";

const T = (key, holes = {}) =>
  (D.texts[lang][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(holes[name] ?? ""));
const both = (pair) => (Array.isArray(pair) ? pair[lang === "en" && pair[1] != null ? 1 : 0] : pair);
const label = (kind, id) => both(D.labels[kind][id] ?? id);
const round = (value, decimals) => Math.floor(value * 10 ** decimals + 0.5) / 10 ** decimals;

function number(value, decimals = 0) {
  const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, lang === "sv" ? "\u00a0" : ",");
  const shown = grouped + (part ? (lang === "sv" ? "," : ".") + part : "");
  return (value < 0 && /[1-9]/.test(shown) ? "\u2212" : "") + shown;
}

function halfUp(value, decimals = 0) {
  const scale = 10 ** decimals;
  return (Math.floor(Math.abs(value) * scale + 0.5 + 1e-9) / scale) * (value < 0 ? -1 : 1);
}

const perCent = (share, decimals = 0) => number(halfUp(share * 100, decimals), decimals);

function outwards(low, high, signed = false) {
  return [Math.floor(low * 100 + 1e-9), Math.ceil(high * 100 - 1e-9)].map(
    (v) => (signed && v > 0 ? "+" : "") + number(v === 0 ? 0 : v),
  );
}

function joinWords(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${lang === "sv" ? "och" : "and"} ${words[words.length - 1]}`;
}

const niceCeiling = (value, steps) => steps.find((s) => s >= value - 1e-12) ?? steps[steps.length - 1];
const SHARES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0];
const POINTS = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0];

function wrap(text, limit) {
  const lines = [];
  for (let word of text.split(" ")) {
    while (word.length > limit) {
      lines.push(word.slice(0, limit - 1) + "-");
      word = word.slice(limit - 1);
    }
    const last = lines[lines.length - 1];
    if (lines.length && !last.endsWith("-") && last.length + 1 + word.length <= limit) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function fit(text, limit, most) {
  const lines = wrap(text, limit);
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), lines[most - 1].slice(0, limit - 1) + "…"];
}

const capital = (words) => words.slice(0, 1).toUpperCase() + words.slice(1);
const small = (word) => word.toLowerCase();
const why = (id) => T(`why.${id}`) === `why.${id}` ? T("why.other") : T(`why.${id}`);
const clean = (text) =>
  String(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "");
