// The page's state: everything a reader has chosen stands in the hash. Languages and theme are swapped without a
// reload; charts are charts.js's work and are only told what to show.
(async () => {
  "use strict";
  const root = document.documentElement;
  const carried = JSON.parse(document.getElementById("lhu-data").textContent);
  const page = carried.page;
  const unpack = async (text) => {
    const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
  };
  const data = await unpack(carried.packed);
  const charts = lhuCharts;
  const series = data.charts.series;
  const $ = (id) => document.getElementById(id);
  const all = (query, from = document) => [...(from.matches?.(query) ? [from] : []), ...from.querySelectorAll(query)];
  const FILTERS = { "f-ind": "ind", "f-kd": "kd", "f-ak": "ak", "f-kon": "kon" };
  const promises = new Map(page.promises.map((p) => [p[0], { sv: p[1], en: p[2], answer: p[3] }]));
  const commitments = new Set(page.commitments);
  const answerOf = new Map(page.answers.flatMap(([id, ids]) => ids.map((p) => [p, id])));
  const KEYS = ["lofte", "ind", "kd", "ak", "kon", "cmp"];
  let lang = page.lang;
  let state = { ...page.start, lang, s: "" };

  const ui = (key, holes = {}) => {
    let said = page.ui[key][lang === "sv" ? 0 : 1];
    for (const [name, value] of Object.entries(holes)) said = said.split(`{${name}}`).join(value);
    return said;
  };

  // --- what waits below the first screen (early.js) --------------------------------------------------------------
  // An element with much in it comes without its content, then that bit by bit; what belongs to an answer that is not
  // shown is kept aside until it is.
  const BIT = 30; // elements put in place in one go
  const aside = new Map();
  const lay = function* (parent, before, nodes) {
    let laid = 0;
    try {
      for (const node of nodes) {
        const size = node.nodeType === 1 ? node.getElementsByTagName("*").length + 1 : 0;
        const off = size && node.matches("[data-answer][data-off]");
        const inside = off || (size > BIT && !node.matches("select, svg, .cols")) ? [...node.childNodes] : [];
        if (inside.length) node.replaceChildren();
        parent.insertBefore(node, before);
        laid++;
        if (off) aside.set(node, inside);
        else if (inside.length) {
          yield* lay(node, null, inside);
          if (node.matches("figure")) charts.adopt(node);
        } else if (size) { if (!parent.closest("figure")) charts.adopt(node); yield size; }
      }
    } finally {
      for (const node of nodes.slice(laid)) parent.insertBefore(node, before); // a failure leaves nothing out
    }
  };
  const laying = (function* () {
    for (const piece of lhuLater.waiting()) {
      const parsed = lhuLater.parsed(piece), end = document.createComment("");
      piece.replaceWith(end);
      yield* lay(end.parentNode, end, [...parsed.childNodes]);
    }
  })();
  const open = (box) => {
    box.append(...aside.get(box));
    aside.delete(box);
    if (lang !== page.lang) for (const el of box.children) translate(el);
    charts.adopt(box);
  };
  const whole = () => {
    while (!laying.next().done);
    for (const box of aside.keys()) if (!box.hasAttribute("data-off")) open(box);
  };
  lhuLater.stop = () => { laying.return(); for (const box of aside.keys()) open(box); };
  const find = (id) => {
    if (!$(id)) whole();
    if (!$(id)) for (const [box, nodes] of aside) if (nodes.some((n) => n.id === id || n.querySelector?.(`[id="${CSS.escape(id)}"]`))) open(box);
    return $(id);
  };

  // --- languages -------------------------------------------------------------------------------------------------
  const first = new Map();
  const written = (el) => [...el.childNodes].map((n) => (n.nodeName === "STRONG" ? `**${n.textContent}**` : n.textContent)).join("");
  const write = (el, said) => {
    if (!said.includes("**")) { el.textContent = said; return; }
    el.replaceChildren(...said.split("**").map((part, n) => {
      if (n % 2 === 0) return document.createTextNode(part);
      const strong = document.createElement("strong");
      strong.textContent = part;
      return strong;
    }));
  };
  const translate = (from) => {
    const other = lang !== page.lang;
    for (const el of all("[data-t]", from)) {
      if (!first.has(el)) first.set(el, written(el));
      const there = page.others[Number(el.dataset.t)];
      write(el, other && there !== null ? there : first.get(el));
      if (there === null) el.toggleAttribute("lang", lang === "en"), lang === "en" && el.setAttribute("lang", "sv");
    }
    for (const el of all("[data-ta]", from)) {
      const [name, number] = el.dataset.ta.split(":");
      if (!first.has(el.getAttributeNode(name))) first.set(el.getAttributeNode(name), el.getAttribute(name));
      const there = page.others[Number(number)];
      el.setAttribute(name, (other && there !== null ? there : first.get(el.getAttributeNode(name))).split("**").join(""));
    }
    for (const twin of all("[data-twin]", from)) {
      const kept = twin.nextElementSibling;
      const now = [...twin.childNodes];
      twin.replaceChildren(...kept.content.childNodes);
      kept.content.replaceChildren(...now);
    }
  };
  const speak = (wanted) => {
    if (wanted === lang) return;
    whole();
    lang = wanted;
    translate(document);
    root.lang = lang;
    document.title = page.titles[lang];
    const button = $("lang");
    button.textContent = ui("page.other_language");
    button.lang = lang === "sv" ? "en" : "sv";
    themeWord();
    districts();
    note();
    charts.refresh({ lang });
    for (const table of all("figure .sc > table")) table.parentElement.setAttribute("aria-label", ui("table.of", { caption: table.caption.textContent }));
  };

  // --- theme -----------------------------------------------------------------------------------------------------
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const themeWord = () => {
    $("theme").textContent = ui(dark() ? "page.light" : "page.dark");
  };
  $("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    themeWord();
    charts.refresh({});
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { themeWord(); charts.refresh({}); });

  // --- hash ------------------------------------------------------------------------------------------------------
  const known = (key, value) => {
    if (key === "lofte") return promises.has(value) || commitments.has(value);
    if (key === "cmp") return value === "0" || value === "1";
    if (key === "lang") return value === "sv" || value === "en";
    if (key === "s") return value === "" || Boolean(find(value));
    if (key === "v") return value === "1";
    return Boolean(page.choices[key]?.includes(value));
  };
  const read = (hash) => {
    const bare = hash.replace(/^#/, "");
    if (!bare) return { found: {}, unknown: [] };
    if (!bare.includes("=")) return { found: { s: decode(bare) }, unknown: [] };
    const found = {};
    const unknown = [];
    for (const part of bare.split("&")) {
      const at = part.indexOf("=");
      const key = decode(at < 0 ? part : part.slice(0, at));
      const value = decode(at < 0 ? "" : part.slice(at + 1));
      if (![...KEYS, "lang", "s", "v"].includes(key) || !known(key, value)) unknown.push([key, value]);
      else found[key] = value;
    }
    return { found, unknown };
  };
  const decode = (words) => { try { return decodeURIComponent(words); } catch { return words; } };
  const hash = () => "#v=1&" + [...KEYS, "lang"].map((k) => `${k}=${encodeURIComponent(state[k])}`).join("&") + (state.s ? `&s=${encodeURIComponent(state.s)}` : "");
  const keep = () => { if (location.hash !== hash()) history.replaceState(null, "", hash()); };

  const tell = (unknown) => {
    const notice = $("notice");
    notice.hidden = unknown.length === 0;
    const what = unknown.map(([k, v]) => `${k}=${v}`.slice(0, 40)).join(", ");
    notice.textContent = unknown.length ? ui("filter.unknown", { what, shown: promises.get(promiseOf(state.lofte))[lang] }) : "";
  };

  // --- showing ---------------------------------------------------------------------------------------------------
  const promiseOf = (lofte) => {
    if (promises.has(lofte)) return lofte;
    return [...promises.keys()].filter((p) => lofte.startsWith(`${p}-`)).sort((a, b) => b.length - a.length)[0] || page.start.lofte;
  };
  // A place without the chosen grade (no gymnasium there) shows the first grade it has, and says so; `chosen`: the
  // reader asked for that very grade.
  let moved = "";
  const settle = (chosen) => {
    const has = (group) => `${state.ind}|${state.kd}|${group}|${state.kon}` in series;
    if (chosen || !has(state.ak)) moved = "";
    if (chosen || has(state.ak)) return;
    const other = page.choices.ak.find(has);
    if (other) [moved, state.ak] = [state.ak, other];
  };
  const show = () => {
    const promise = promiseOf(state.lofte);
    const answer = answerOf.get(promise);
    for (const el of all("[data-answer]")) el.toggleAttribute("data-off", el.dataset.answer !== answer);
    whole();
    for (const el of all("[data-promise]")) el.toggleAttribute("data-off", el.dataset.promise !== promise);
    for (const el of all("#svaret h1")) el.removeAttribute("id");
    const head = document.querySelector(`#svaret [data-answer]:not([data-off]) [data-promise]:not([data-off]) h1`);
    if (head) head.id = "svaret-h";
    for (const el of all(".pick a")) el.dataset.lofte === promise ? el.setAttribute("aria-current", "true") : el.removeAttribute("aria-current");
    for (const [id, key] of Object.entries(FILTERS)) $(id).value = state[key];
    if ($("f-cmp")) $("f-cmp").checked = state.cmp === "1";
    const pick = { ind: state.ind, unit: state.kd, group: state.ak, sex: state.kon, answer, cmp: Number(state.cmp) };
    for (const id of ["fig-trend", "fig-event"]) if ($(id)) charts.set(id, pick);
    if ($("fig-districts")) charts.set("fig-districts", { ...pick, group: localGroup() });
    districts();
    note();
  };
  // Kommundelar without upper secondary school: the chosen group if most of them have it, else the first they have.
  const local = page.choices.kd.filter((u) => u !== "all");
  const having = (group) => local.filter((u) => `${state.ind}|${u}|${group}|all` in series).length;
  const localGroup = () => {
    const most = Math.max(...page.choices.ak.map(having));
    return having(state.ak) === most ? state.ak : page.choices.ak.find((g) => having(g) === most);
  };
  const pair = (said) => (Array.isArray(said) ? said[lang === "sv" ? 0 : 1] : said);
  const cell = (name, words, hidden = "") => {
    const made = document.createElement(name);
    if (hidden) {
      const seen = document.createElement("span");
      seen.setAttribute("aria-hidden", "true");
      seen.textContent = words;
      const read = document.createElement("span");
      read.className = "vh";
      read.textContent = hidden;
      made.append(seen, read);
    } else made.textContent = words;
    return made;
  };
  const rounded = (share) => Math.round(Math.round(share * 1e8) / 1e6);
  // Every kommundel x wave of the chosen measure, from the published levels: the same cells as the charts'.
  const districts = () => {
    const table = document.querySelector("#kd-table table");
    if (!table) return;
    const group = localGroup(), labels = data.charts.labels;
    const answer = answerOf.get(promiseOf(state.lofte));
    const roles = page.roles[answer]?.[page.looks[state.ind]] ?? [];
    const units = data.charts.units.filter((u) => `${state.ind}|${u}|${group}|all` in series || data.charts.breaks.some(([b]) => b === u));
    const years = data.charts.waves.map((w) => w[0]);
    const heads = years.map((year, i) => cell("th", roles[i] ? ui("districts.role", { year, role: ui(`exposure.${roles[i]}`) }) : String(year)));
    const head = document.createElement("tr");
    head.append(cell("th", ui("table.unit")), ...heads);
    for (const th of head.children) th.scope = "col";
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...units.map((unit) => {
      const row = document.createElement("tr");
      const name = cell("th", pair(labels.unit[unit]));
      name.scope = "row";
      const broken = data.charts.breaks.find(([b]) => b === unit)?.[1] ?? Infinity;
      const levels = series[`${state.ind}|${unit}|${group}|all`] ?? years.map(() => [null, null, null, null, "missing", ""]);
      row.append(name, ...levels.map(([n, share, , , why], i) => {
        if (share === null) {
          const reason = why === "masked" ? why : unit === "other_districts" && why === "missing" ? "apart" : years[i] >= broken && why === "missing" ? "geography" : why || "missing";
          return reason === "masked" ? cell("td", ui("table.hidden"), ui("why.masked")) : cell("td", ui(`why.${reason}`));
        }
        const shown = `${rounded(share)}${lang === "sv" ? "\u00a0" : ""}%`;
        const made = cell("td", n === null ? shown : ui("districts.cell", { share: shown, n: n.toLocaleString(lang === "sv" ? "sv-SE" : "en-GB") }));
        if (years[i] >= broken) {
          const more = cell("span", ui("why.geography"));
          more.className = "mn";
          made.append(" ", more);
        }
        return made;
      }));
      return row;
    }));
    const said = ui("table.caption_districts", { measure: pair(labels.ind[state.ind]), grades: pair(page.grades[group]) });
    table.caption.textContent = said;
    table.parentElement.setAttribute("aria-label", said);
  };
  const note = () => {
    const place = $("filter-note");
    const has = `${state.ind}|${state.kd}|${state.ak}|${state.kon}` in series;
    const labels = data.charts.labels;
    if (has && moved) place.textContent = ui("filter.moved", { unit: pair(labels.unit[state.kd]), wanted: pair(page.grades[moved]), shown: pair(page.grades[state.ak]) });
    else place.textContent = has ? "" : ui(state.kon !== "all" && state.kd !== "all" ? "filter.no_sex" : "filter.nothing");
  };
  const go = (id, focus = true) => {
    const el = find(id);
    if (!el) return;
    const box = el.closest("[data-answer]");
    if (box && box.hasAttribute("data-off")) {
      state.lofte = page.answers.find(([a]) => a === box.dataset.answer)[1].at(-1);
      show();
    }
    for (let up = el; up; up = up.parentElement) if (up.nodeName === "DETAILS") up.open = true;
    const target = el.nodeName === "DETAILS" ? el.querySelector("summary") : el.nodeName === "SECTION" ? el.querySelector("h1:not([data-off] *), h2") || el : el;
    for (const hit of all(".hit")) hit.classList.remove("hit");
    if (el.matches(".r")) el.classList.add("hit");
    el.scrollIntoView({ block: "start" });
    if (focus) target.focus({ preventScroll: true });
  };
  const arrive = (found, focus = true) => {
    if (found.lang) { speak(found.lang); state.lang = found.lang; }
    Object.assign(state, Object.fromEntries(Object.entries(found).filter(([k]) => k !== "v")));
    settle("ak" in found);
    show();
    if (found.lofte && commitments.has(found.lofte) && !promises.has(found.lofte)) go(`lofte-${found.lofte}`, focus);
    else if (found.s) go(found.s, focus);
  };

  addEventListener("hashchange", () => {
    const { found, unknown } = read(location.hash);
    state.s = "";
    arrive(found);
    tell(unknown);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { found } = read(link.getAttribute("href"));
    state.s = "";
    if (!("s" in found) && link.dataset.lofte) found.s = "svaret";
    arrive(found);
    history.pushState(null, "", hash());
    tell([]);
  });
  document.addEventListener("change", ({ target }) => {
    const key = FILTERS[target.id];
    if (key) {
      state[key] = target.value;
      if (key === "kd" && target.value !== "all") state.kon = "all";
      settle(key === "ak");
    } else if (target.id === "f-cmp") state.cmp = target.checked ? "1" : "0";
    else return;
    show();
    keep();
  });
  $("lang").addEventListener("click", () => { state.lang = lang === "sv" ? "en" : "sv"; speak(state.lang); tell([]); keep(); });

  // The question's wording stands once, under "Alla frågor"; it is shown where a reader asks for it.
  document.addEventListener("toggle", (event) => {
    const box = event.target;
    const place = box.matches?.("[data-def]") && box.open && box.querySelector(".fill");
    if (!place) return;
    const copy = find(`q-${box.dataset.def}`).cloneNode(true);
    copy.removeAttribute("id");
    place.replaceWith(copy);
  }, true);

  document.addEventListener("click", ({ target }) => {
    if (target.id !== "f-reset") return;
    for (const key of [...Object.values(FILTERS), "cmp"]) state[key] = page.start[key];
    show();
    keep();
  });
  $("print").addEventListener("click", () => print());

  // --- print: everything open, then as it was --------------------------------------------------------------------
  let closed = [];
  addEventListener("beforeprint", () => {
    whole();
    closed = all("details:not([open])");
    for (const el of closed) el.open = true;
  });
  addEventListener("afterprint", () => { for (const el of closed) el.open = false; });

  // --- start: the first screen stands; the rest comes when the browser has time, at once for who goes elsewhere ------
  const { found, unknown } = read(location.hash);
  const atOnce = Object.keys(found).length > 0 || unknown.length > 0;
  const BATCH = 60; // elements put in place between two frames, so that no frame is long on a slow phone
  const idle = () => new Promise((go) => (window.requestIdleCallback ? requestIdleCallback(go, { timeout: 300 }) : setTimeout(go, 20)));
  themeWord();
  charts.start({ data: data.charts, lang });
  if (atOnce) arrive(found, Boolean(found.s || found.lofte));
  else for (let step = {}; !step.done; await idle()) for (let size = 0; size < BATCH && !step.done; size += step.value) step = laying.next();
  tell(unknown);
  root.dataset.ready = "1";
})();
