# ruff: noqa: E501
"""Take out one guard at a time and see that a test notices. Prints guard, tests run, and whether it was noticed.

    python tests/benchmarks/mutants.py [WORD]       # only guards whose name contains WORD

Works on a copy in a temporary folder. Exit code 1 if a guard can go unnoticed or no longer exists.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Guard:
    """name: the way to leak it stands against. file, old, new: how it is taken out. test: pytest -k expression."""

    name: str
    file: str
    old: str
    new: str
    test: str
    where: str = "tests/disclosure/test_mask.py"


D = "disclosure/"
AUDIT = "tests/disclosure/test_audit.py"
PAGE = "tests/disclosure/test_page.py"
REPEATED = "tests/disclosure/test_repeated.py"
POINTS = "tests/disclosure/test_points.py"
GUARDS = (
    Guard("margins minus siblings", D + "structure.py", 'pl.col("district") == "all",', "pl.lit(False),", "siblings"),
    Guard("grade minus sex slices", D + "structure.py", 'pl.col("sex") == "all", pl.col', "pl.lit(False), pl.col", "sex_slices"),
    Guard("unlisted sex", D + "structure.py", 'found = gaps.filter(pl.col("gap") > 0)', 'found = gaps.clear()', "unlisted_sex"),
    Guard("pupils of no district", D + "structure.py", 'found = gaps.filter(pl.col("gap") > 0)', 'found = gaps.clear()', "no_listed_district"),
    Guard("answer options", D + "protect.py", "    draft = _linked(draft)\n", "", "answer_options"),
    Guard("nested items", D + "structure.py", "for whole in i.wholes)", "for whole in ())", "nested"),
    Guard("n beside a rounded per cent", D + "bounds.py", 'counts[f"{name}_high"].fill_null(UNBOUNDED)', 'counts[name].fill_null(UNBOUNDED)', "rounded or per_cent", "tests/disclosure/test_attack.py"),
    Guard("rounded counts judged by their worst", D + "primary.py", 'pl.coalesce("k_low", "k"), pl', 'pl.coalesce("k_high", "k"), pl', "bounds_are_judged", "tests/disclosure/test_primary.py"),
    Guard("two small neighbours", D + "protect.py", "    draft = _by_attack(draft, study, earlier)\n", "", "two_small_neighbours"),
    Guard("pooled district and its parts", D + "structure.py", 'for p, ds in structure.pools.items()\n', 'for p, ds in ()\n', "pool", "tests/disclosure/test_attack.py"),
    Guard("a pool of districts with all who answered", "survey/tabulate.py", "pl.concat([wanted, further.join(places, on=places.columns, how=\"semi\", maintain_order=\"left\")])", "wanted", "registers_know_to_be_empty"),
    Guard("stratum minus its grade", D + "structure.py", 'for s, gs in structure.strata.items()\n', 'for s, gs in ()\n', "stratum_minus"),
    Guard("the Region's own table", D + "structure.py", 'for r, codes in structure.regions.items()\n', 'for r, codes in ()\n', "region"),
    Guard("an earlier version as knowledge", D + "earlier.py", "views = self.seen_with(shown)", "views = []", "region"),
    Guard("a small difference between versions", D + "protect.py", "small | changed", "small", "small_difference"),
    Guard("an earlier version in the audit", D + "audit.py", "in earlier.views(cells)", "in Earlier().views(cells)", "earlier", AUDIT),
    Guard("the Region's rows of the extract itself", D + "earlier.py", 'pl.col("municipality").str.len_chars() < 4,\n        pl.col("school")', 'pl.lit(False),\n        pl.col("school")', "rows_of_the_extract"),
    Guard("the Region's rows in the gate", D + "audit.py", "read_earlier(previous, totals), html", "read_earlier(previous), html", "region_s_rows", AUDIT),
    Guard("told more narrowly than the Region tells", D + "earlier.py", "return frozenset(asked) & frozenset(", "return frozenset(asked) | frozenset(", "no_excuse", AUDIT),
    Guard("all earlier versions together", D + "earlier.py", "(*single, self.together())", "single", "two_versions_tell"),
    Guard("parts of parts of an answer", D + "structure.py", "_closed(structure.nested), schema", "list(structure.nested), schema", "part_of_a_part", "tests/disclosure/test_attack.py"),
    Guard("bounds of a sum with a part that came hidden", D + "protect.py", "        if told:\n", "        if False:\n", "second_hidden_part"),
    Guard("a pool with a part that came hidden", D + "protect.py", 'pl.col("status") == "observed")\n    if extra', 'pl.lit(True))\n    if extra', "one_came_hidden"),
    Guard("incoming masks", D + "primary.py", "(masked & ~bounded) | ", "", "source_hid"),
    Guard("masked rows without numbers", D + "masked.py", '(pl.col("status") == "observed") & ~pl.col("hidden")', 'pl.col("status") == "observed"', "no_trace or no_number", "tests/disclosure/test_primary.py"),
    Guard("flags that tell", D + "masked.py", 'pl.when("hidden").then(public).otherwise("flags")', 'pl.col("flags")', "no_number", "tests/disclosure/test_primary.py"),
    Guard("source places", D + "masked.py", "*(pl.lit(None, dtype=pl.String).alias(c) for c in PLACES),", "", "not_its_place", "tests/disclosure/test_primary.py"),
    Guard("type: numbers in masked rows", D + "masked.py", 'raise ValueError("a row that is not observed carries a number")', "pass", "type_refuses", "tests/disclosure/test_primary.py"),
    Guard("type: small visible rows", D + "masked.py", 'raise ValueError("a visible row breaks the primary rule")', "pass", "type_refuses", "tests/disclosure/test_primary.py"),
    Guard("the floor of the rule", D + "primary.py", "max(minimum.k, FLOOR.k)", "minimum.k", "floor", "tests/disclosure/test_primary.py"),
    Guard("published from the masked cube", "pipeline.py", "tabulate(survey.cube, study) if internal else", "tabulate(survey.cube, study) if True else", "same", PAGE),
    Guard("effects from the masked cube", "pipeline.py", "effects = estimate_effects(shown,", "effects = estimate_effects(tabulate(survey.cube, study),", "same", PAGE),
    Guard("effects, changes, intervals in JSON", D + "page.py", "found = [found for row in rows for found in effect_findings(row, shown)]\n    charts", "found = []\n    charts", "after_wave", AUDIT),
    Guard("before waves in JSON", D + "page.py", "if before else []", "if False else []", "before_wave", AUDIT),
    Guard("chart points", D + "page.py", "[*_series(charts, shown), *_events", "[*_events", "chart_point", AUDIT),
    Guard("event studies", D + "page.py", ", *_events(charts, shown)]", "]", "event_study", AUDIT),
    Guard("comments, base64, other data blocks", D + "page.py", "found += _carriers(html, published.data)", "pass", "read_back or packed", AUDIT),
    Guard("forests, themes, tables of the page", D + "page.py", "found += repeated_findings(Known(published.cells, rows, charts), charts, html)", "pass", "repeats_nothing", REPEATED),
    Guard("tables in the page's text", D + "repeated.py", "    yield from _static(known, html)\n", "", "page_s_text", REPEATED),
    Guard("theme composites", D + "page.py", "yield from theme_findings(row, shown.by_key)", "pass", "repeats_nothing", REPEATED),
    Guard("checks", D + "page.py", "return list(check_findings(told, shown.by_key))", "return []", "checks_that_tell", REPEATED),
    Guard("power tables", D + "page.py", "return list(power_findings(", "return [] and list(power_findings(", "power_table", REPEATED),
    Guard("replication bundles", D + "audit.py", "_refuse(list(bundle_findings(files, indicator, masked.frame)))", "pass", "replication_bundle", REPEATED),
    Guard("an effects file before it is written", "pipeline.py", "                gate_table(effects_of(path)", "                (lambda *_: None)(effects_of(path)", "is_not_written", PAGE),
    Guard("the gate", D + "audit.py", "    if findings:\n", "    if False:\n", "gate", AUDIT),
    Guard("a page without cells", D + "audit.py", 'raise DisclosureError("disclosure.not_readable") from error', "return", "carries_no_readable", AUDIT),
    Guard("five possible values", D + "points.py", "WIDTH = 5 ", "WIDTH = 4 ", "five_values or four_possible", POINTS),
    Guard("points that are whole", D + "points.py", "whole = broken[labels] == 0", "whole = broken[labels] >= 0", "not_whole", POINTS),
    Guard("an end that a point reaches", D + "attack.py", "== part.limit(at, count, way):", "!= np.inf:", "brute_force", POINTS),
    Guard("unlisted parts near what was hidden", D + "protect.py", "near = None if changed is None else np.asarray(changed, np.int64)", "near = None", "known_to_be_large", POINTS),
    Guard("sums that no longer contradict", D + "protect.py", "asked=asked if as_then else None", "asked=asked", "stops_contradicting", POINTS),
    Guard("what was weak in the round before", D + "protect.py", 'self.weak | {(row, "") for row in changed}', '{(row, "") for row in changed}', "no_later_finding", POINTS),
    Guard("messages without numbers", D + "audit.py", 'cells="; ".join(cells[:3])', 'cells=str(findings[:3])', "without_repeating", AUDIT),
)  # fmt: skip


def noticed(guard: Guard, folder: Path) -> bool | None:
    """Whether the tests fail without the guard; None when the guard is not where it was."""
    path = folder / "lhu_effect" / guard.file
    text = path.read_text("utf-8")
    if guard.old not in text:
        return None
    path.write_text(text.replace(guard.old, guard.new), "utf-8")
    try:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n",
            "0",
            guard.where,
            "-k",
            guard.test,
        ]
        run = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
        return run.returncode == 1
    finally:
        path.write_text(text, "utf-8")


def main() -> int:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    unnoticed = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in ("lhu_effect", "tests", "data"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        for guard in GUARDS:
            if word in guard.name:
                result = noticed(guard, folder)
                unnoticed += result is not True
                said = {True: "noticed", False: "UNNOTICED", None: "GONE"}[result]
                print(f"{said:<10} {guard.name:<42} {guard.where} -k '{guard.test}'", flush=True)
    return int(unnoticed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
