"""Ten million pupils: Parquet -> Cube -> all effects with school-clustered CR2, beside the bare scan and peers.

    pip install -e '.[all,bench]' && python tests/benchmarks/scale.py [--rows 10e6] [--repeats 3] [--plot docs]

Every arm is a process of its own, the arms take turns, the least disturbed run counts. Libraries are imported
before the clock starts, for every arm alike; `cpu` sums all threads; peak memory is the kernel's for the
whole process. `bare` is the least that any route must do: scan the same columns, group by the same keys, per
question the sum of `column == yes` and of not-null. The question for all: what did the promise of 2020 change
in the municipality by 2023, school-clustered? Peers answer it from the pupils' rows, at the sizes they take.
The file is made by a fixed seed, half a million rows at a time. Unix only. Exits with 1 where a limit or an
equality is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

YEARS, GRADES, SEXES = (2017, 2020, 2023), ("Åk 7", "Åk 9", "Gymnasiet år 2"), ("Flicka", "Pojke", "Annan")
DISTRICTS = ("Strängnäs", "Mariefred", "Åkers styckebruk", "Stallarholmen")
OTHERS = ("Nyköping", "Oxelösund", "Trosa", "Flen", "Katrineholm", "Eskilstuna", "Vingåker", "Gnesta")
KEYS = {
    "year": "ar",
    "municipality": "kommun",
    "district": "del",
    "grade": "ak",
    "sex": "kon",
    "school": "skola",
}
RATIO, MEGABYTES, EQUAL = 1.3, 400.0, 1e-9
ROW_GROUP = 65_536


def questions(count: int) -> list[str]:
    return [f"F{i:02d}" for i in range(count)]


def write(path: Path, rows: int, indicators: int, schools: int) -> None:
    """Pupils with a yes (2), a no (1), a "no answer" (9) or nothing per question."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    places = [("Strängnäs", d) for d in DISTRICTS] + [(m, None) for m in OTHERS]
    names = {"kommun": [p[0] for p in places], "del": [p[1] for p in places]}
    level = {s: rng.normal(0, 0.02, len(places) * schools) for s in questions(indicators)}
    writer = None
    for start in range(0, rows, 500_000):
        n = min(500_000, rows - start)
        place, year = rng.integers(0, len(places), n), rng.integers(0, len(YEARS), n)
        school = place * schools + rng.integers(0, schools, n)
        columns: dict[str, Any] = {"ar": pa.array(np.array(YEARS, dtype=np.int16)[year])}
        columns |= {c: pa.array(v).take(pa.array(place)) for c, v in names.items()}
        columns["ak"] = pa.array(GRADES).take(pa.array(rng.integers(0, 3, n)))
        columns["kon"] = pa.array(SEXES).take(pa.array(rng.choice(3, n, p=[0.49, 0.49, 0.02])))
        columns["skola"] = pa.array([f"S{i:05d}" for i in range(len(places) * schools)]).take(
            pa.array(school)
        )
        for i, name in enumerate(level):
            share = (
                0.06
                + 0.015 * (i % 20)
                + level[name][school]
                - 0.01 * ((place < len(DISTRICTS)) & (year == 2))
            )
            answer = np.where(rng.random(n) < share, 2, 1).astype(np.int8)
            answer[rng.random(n) < 0.02] = 9
            columns[name] = pa.array(answer, mask=rng.random(n) < 0.05)
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=ROW_GROUP)
    assert writer is not None
    writer.close()


def make_study(indicators: int) -> Any:
    """One promise, three waves, one stratum, four kommundelar, eight comparison municipalities: built in code."""
    import lhu_effect as lhu
    from lhu_effect.definitions import load_registry
    from lhu_effect.i18n import Text
    from lhu_effect.study import CodebookEntry, Stratum

    known = load_registry()
    base = known.indicators["narcotics_ever"]
    ids = {c: f"q{c.lower()}" for c in questions(indicators)}
    asked = {
        i: replace(
            base,
            id=i,
            label=Text(f"Fråga {c}", f"Question {c}"),
            question=f"Fråga {c}",
            aliases=(),
            versions=(),
        )
        for c, i in ids.items()
    }
    registry = replace(known, indicators=asked, exposures=())
    when = {2017: (date(2017, 2, 1), date(2017, 3, 31)), 2020: (date(2020, 1, 20), date(2020, 3, 6)),
            2023: (date(2023, 2, 1), date(2023, 3, 31))}  # fmt: skip
    return lhu.Study(
        municipality="0486",
        registry=registry,
        strata=(Stratum("ak9", ("ak9",)),),
        waves=tuple(lhu.Wave(y, *ends) for y, ends in when.items()),
        promises=(
            lhu.Promise("2020", Text("Löftet 2020", "The promise of 2020"), date(2020, 3, 16), date(2020, 12, 31),
                        themes=("drugs",), primary=tuple(list(asked)[:2])),
        ),
        codebook=tuple(
            CodebookEntry(ids[c], y, c, yes=("2",), no=("1",), missing=("9",))
            for c in questions(indicators)
            for y in YEARS
        ),
        codebook_keys=KEYS,
    )  # fmt: skip


def bare(path: Path, indicators: int) -> dict[str, Any]:
    import polars as pl

    asked = questions(indicators)
    yes = [(pl.col(c) == 2).sum().alias(f"y{c}") for c in asked]
    base = [pl.col(c).is_not_null().sum().alias(f"b{c}") for c in asked]
    keys = list(KEYS.values())
    return {
        "groups": pl.scan_parquet(path).group_by(keys).agg(*yes, *base).collect(engine="streaming").height
    }


def cube(path: Path, indicators: int) -> dict[str, Any]:
    import polars as pl

    import lhu_effect as lhu

    return {"cells": len(lhu.count_records(pl.scan_parquet(path), make_study(indicators)))}


def whole(path: Path, indicators: int, estimator: str = "school_cr2") -> dict[str, Any]:
    import polars as pl

    import lhu_effect as lhu

    study = make_study(indicators)
    counted = lhu.count_records(pl.scan_parquet(path), study)
    effects = lhu.estimate_effects(counted, study, estimator=estimator, with_checks=False)
    after = effects.rows.filter(pl.col("exposure") == "after")
    town = after.filter(pl.col("district") == "all").sort("indicator")
    assert after["estimate"].null_count() == 0, "an effect without an estimate"
    shown = {c: town[c].to_list() for c in ("estimate", "conf_low", "conf_high")}
    return {"cells": len(counted), "effects": len(effects), **shown}


def whole_cr1(path: Path, indicators: int) -> dict[str, Any]:
    return whole(path, indicators, "school_cr1")


def _pupils(path: Path, column: str) -> Any:
    """The rows one effect is about, as peers want them: pandas, y 0/1."""
    import pandas as pd

    frame = pd.read_parquet(path, columns=["ar", "kommun", "ak", "skola", column])
    frame = frame[(frame["ak"] == "Åk 9") & frame[column].isin([1, 2])]
    town, after = frame["kommun"] == "Strängnäs", frame["ar"] == YEARS[-1]
    return frame.assign(
        y=(frame[column] == 2).astype(float),
        town=town.astype(int),
        after=after.astype(int),
        exposed=(town & after).astype(float),
    )


def statsmodels(path: Path, indicators: int) -> dict[str, Any]:
    import statsmodels.formula.api as smf

    ends, estimate = [], []
    for column in questions(indicators):
        rows = _pupils(path, column)
        codes = {"groups": rows["skola"].astype("category").cat.codes.to_numpy()}
        fit = smf.ols("y ~ exposed + C(kommun) + C(ar)", rows).fit(
            cov_type="cluster", cov_kwds=codes, use_t=True
        )
        estimate.append(float(fit.params["exposed"]))
        ends.append([float(x) for x in fit.conf_int().loc["exposed"]])
    return {"estimate": estimate, "conf_low": [e[0] for e in ends], "conf_high": [e[1] for e in ends]}


def pyfixest(path: Path, indicators: int) -> dict[str, Any]:
    import pyfixest as pf

    ends, estimate = [], []
    for column in questions(indicators):
        fit = pf.feols("y ~ exposed + C(kommun) + C(ar)", _pupils(path, column), vcov={"CRV1": "skola"})
        estimate.append(float(fit.coef()["exposed"]))
        ends.append([float(x) for x in fit.confint().loc["exposed"]])
    return {"estimate": estimate, "conf_low": [e[0] for e in ends], "conf_high": [e[1] for e in ends]}


def diff_diff(path: Path, indicators: int) -> dict[str, Any]:
    from diff_diff import DifferenceInDifferences

    ends, estimate = [], []
    for column in questions(indicators):
        rows = _pupils(path, column)
        model = DifferenceInDifferences(cluster="skola", rank_deficient_action="silent")
        fit = model.fit(rows, outcome="y", treatment="town", post="after", fixed_effects=["kommun", "ar"])
        estimate.append(float(fit.att))
        ends.append([float(x) for x in fit.conf_int])
    return {"estimate": estimate, "conf_low": [e[0] for e in ends], "conf_high": [e[1] for e in ends]}


ARMS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "bare": bare, "cube": cube, "whole": whole, "whole_cr1": whole_cr1,
    "statsmodels": statsmodels, "pyfixest": pyfixest, "diff_diff": diff_diff,
}  # fmt: skip


def run(arm: str, path: Path, indicators: int) -> dict[str, Any] | None:
    """One arm in a fresh process; None where it could not."""
    command = [sys.executable, __file__, "--arm", arm, "--file", str(path), "--indicators", str(indicators)]
    one = {} if arm in LIBRARIES else dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    env = {
        **os.environ,
        "PYTHONWARNINGS": "ignore",
        **one,
    }  # matrices of 12 x 12 gain nothing from BLAS threads
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        print(
            f"  {arm}: could not ({done.stderr.strip().splitlines()[-1][:160] if done.stderr else done.returncode})"
        )
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


LIBRARIES = {
    "bare": ("polars",),
    "statsmodels": ("pandas", "pyarrow.parquet", "statsmodels.formula.api"),
    "pyfixest": ("pandas", "pyarrow.parquet", "pyfixest"),
    "diff_diff": ("pandas", "pyarrow.parquet", "diff_diff"),
}
OURS = ("polars", "lhu_effect.survey", "lhu_effect.effects", "lhu_effect.study", "scipy.special")


def child(arm: str, path: Path, indicators: int) -> None:
    for name in LIBRARIES.get(arm, OURS):
        import_module(name)
    began, cpu = time.perf_counter(), time.process_time()
    found = ARMS[arm](path, indicators)
    found |= {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    print(json.dumps({**found, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def best(arms: list[str], path: Path, indicators: int, repeats: int) -> dict[str, dict[str, Any]]:
    """Arms in turn, `repeats` times; of each the run with the least wall time, with the least cpu and mb of all."""
    runs: dict[str, list[dict[str, Any]]] = {a: [] for a in arms}
    for _ in range(repeats):
        for arm in arms:
            if (made := run(arm, path, indicators)) is not None:
                runs[arm].append(made)
    return {
        arm: {**min(made, key=lambda r: r["wall"]), **{c: min(r[c] for r in made) for c in ("cpu", "mb")}}
        for arm, made in runs.items()
        if made
    }


def table(found: dict[str, dict[str, Any]], against: str) -> None:
    base = found[against]
    print(f"{'arm':14}{'seconds':>9}{'cpu':>8}{'MB':>7}{'x seconds':>11}{'x cpu':>8}{'x MB':>7}")
    for arm, r in found.items():
        ratios = [r[c] / base[c] for c in ("wall", "cpu", "mb")]
        print(
            f"{arm:14}{r['wall']:9.2f}{r['cpu']:8.2f}{r['mb']:7.0f}{ratios[0]:11.2f}{ratios[1]:8.2f}{ratios[2]:7.2f}"
        )


def against_bare(folder: Path, rows: int, indicators: int, schools: int, repeats: int) -> bool:
    path = made(folder, rows, indicators, schools)
    print(
        f"\n{rows:,} pupils x {indicators} questions, {schools} schools in each of 12 places, "
        f"{path.stat().st_size / 1e6:.0f} MB"
    )
    found = best(["bare", "cube", "whole"], path, indicators, repeats)
    table(found, "bare")
    ratio, peak = found["whole"]["wall"] / found["bare"]["wall"], found["whole"]["mb"]
    good = ratio <= RATIO and peak <= MEGABYTES
    print(f"whole / bare: {ratio:.2f} (limit {RATIO}); peak {peak:.0f} MB (limit {MEGABYTES:.0f}); "
          f"{found['whole']['effects']} effects of {found['whole']['cells']:,} cells: "
          f"{'kept' if good else 'MISSED'}")  # fmt: skip
    return good


def against_peers(folder: Path, rows: int, indicators: int, schools: int, repeats: int) -> bool:
    path = made(folder, rows, indicators, schools)
    print(
        f"\npeers at {rows:,} pupils x {indicators} questions: the municipality's effect, schools as clusters (CR1)"
    )
    found = best(["whole_cr1", "statsmodels", "pyfixest", "diff_diff"], path, indicators, repeats)
    table(found, "whole_cr1")
    good = True
    for peer, r in list(found.items())[1:]:
        for what in ("estimate", "conf_low", "conf_high"):
            gap = max(abs(a - b) for a, b in zip(r[what], found["whole_cr1"][what], strict=True))
            if what == "estimate":
                good = good and gap <= EQUAL
            print(f"  {peer:12} {what:9} largest gap {gap:.1e}")
    return good


def growth(folder: Path, rows: int, repeats: int, out: Path | None) -> None:
    """Seconds and memory as one size grows and the others stay."""
    small = rows // 10
    lines = {
        "pupils (millions)": [(n, (n, 20, 40)) for n in (small, rows // 4, rows // 2, rows)],
        "questions": [(i, (small, i, 40)) for i in (5, 10, 20, 40)],
        "schools per district": [(s, (small, 20, s)) for s in (10, 20, 40, 80)],
    }
    found: dict[str, list[tuple[float, dict[str, dict[str, Any]]]]] = {}
    for name, sizes in lines.items():
        found[name] = []
        for x, size in sizes:
            measured = best(["bare", "whole"], made(folder, *size), size[1], repeats)
            found[name].append((x / 1e6 if "millions" in name else x, measured))
            shown = "  ".join(f"{a} {r['wall']:.2f} s {r['mb']:.0f} MB" for a, r in measured.items())
            print(f"  {name} {found[name][-1][0]:g}: {shown}")
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "scale.svg").write_text(drawn(found), encoding="utf-8")


def drawn(found: dict[str, list[tuple[float, dict[str, dict[str, Any]]]]]) -> str:
    """Small multiples as plain SVG: seconds above, MB below; grey the bare scan, black everything."""
    width, height, pad = 250, 150, 40
    parts = []
    for row, (what, unit) in enumerate((("wall", "seconds"), ("mb", "MB"))):
        top = max(r[what] for line in found.values() for _, arms in line for r in arms.values()) * 1.08
        for column, (name, line) in enumerate(found.items()):
            x0, y0 = pad + column * (width + pad), 30 + row * (height + 60)
            right = max(x for x, _ in line)
            parts.append(f'<path d="M{x0} {y0}V{y0 + height}H{x0 + width}" fill="none" stroke="#767676"/>')
            parts.append(f'<text x="{x0}" y="{y0 - 8}">{unit}</text>')
            parts.append(f'<text x="{x0 + width}" y="{y0 + height + 32}" text-anchor="end">{name}</text>')
            parts.append(f'<text x="{x0 - 4}" y="{y0 + 8}" text-anchor="end">{top:.3g}</text>')
            for arm, colour in (("bare", "#767676"), ("whole", "#000")):
                spots = [
                    (x0 + x / right * width, y0 + height - arms[arm][what] / top * height) for x, arms in line
                ]
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
                parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
                parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
            for x, _ in line:
                parts.append(
                    f'<text x="{x0 + x / right * width:.1f}" y="{y0 + height + 16}" text-anchor="middle">{x:g}</text>'
                )
    size = f"0 0 {3 * (width + pad) + pad} {2 * (height + 60) + 20}"
    title = "Seconds and peak memory by size: grey the bare scan, black Parquet to all effects"
    style = (
        "<style>text{font:12px sans-serif;fill:#333}</style><rect width='100%' height='100%' fill='#fff'/>"
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img"><title>{title}</title>{style}'
    )
    return f"{head}{''.join(parts)}</svg>\n"


def made(folder: Path, rows: int, indicators: int, schools: int) -> Path:
    """The file of that size, written by a process of its own when it is not there."""
    path = folder / f"pupils_{rows}_{indicators}_{schools}.parquet"
    if not path.exists():
        size = ["--write", str(rows), str(indicators), str(schools)]
        subprocess.run([sys.executable, __file__, *size, "--file", str(path)], check=True)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=float, default=10e6)
    parser.add_argument("--indicators", type=int, default=20)
    parser.add_argument("--schools", type=int, default=40, help="per district or comparison municipality")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-rows", type=float, default=1e6, help="0: no peers")
    parser.add_argument(
        "--plot", type=Path, metavar="FOLDER", help="also measure growth and draw scale.svg there"
    )
    parser.add_argument(
        "--folder", type=Path, help="where the files are made and kept (default: thrown away)"
    )
    parser.add_argument("--arm", choices=list(ARMS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--write", type=int, nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        return write(given.file, *given.write)
    if given.arm:
        return child(given.arm, given.file, given.indicators)
    with tempfile.TemporaryDirectory() as thrown:
        folder = given.folder or Path(thrown)
        size = (given.indicators, given.schools, given.repeats)
        kept = against_bare(folder, int(given.rows), *size)
        if given.peer_rows:
            kept = against_peers(folder, int(given.peer_rows), *size) and kept
        if given.plot:
            growth(folder, int(given.rows), given.repeats, given.plot)
    return sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
