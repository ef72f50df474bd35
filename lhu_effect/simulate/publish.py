"""A simulated survey as a study folder: extracts as an authority sends them, sidecars, and the truth.

Returns names and bytes; writing them is the caller's.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import polars as pl

from lhu_effect.errors import UsageError
from lhu_effect.simulate.model import Simulated, simulate
from lhu_effect.simulate.other import other_files, without_sources
from lhu_effect.simulate.settings import Settings
from lhu_effect.study.load import STUDY_FILE, packaged_study
from lhu_effect.study.model import Study
from lhu_effect.writers.long import long_csv
from lhu_effect.writers.microdata import codebook_toml, coded, microdata_bytes, variables
from lhu_effect.writers.published import Rules, with_county
from lhu_effect.writers.tables import table_bytes
from lhu_effect.writers.wide import wide_workbook

TITLE = "Liv & hälsa ung Sörmland – resultat per kommun och kommundel"
LAYOUTS = ("wide", "long", "microdata", "demo")
Files = dict[str, bytes]


def published_files(
    study: Study,
    seed: int = 1,
    layout: str = "demo",
    *,
    rules: Rules | None = None,
    records: str = "csv",
    settings: Settings | None = None,
    **changes: Any,
) -> Files:
    """A study folder: study.toml, extracts/ with sidecars, truth.csv; the packaged study's other sources too.

    layout: wide (one workbook, years across), long (one `;` CSV per wave), microdata (one row per pupil, with the
    codebook in study.toml), demo (all waves but the last in a wide workbook, the last as long CSV).
    rules: how per cents are rounded and small numbers hidden; None: whole per cents in workbooks, one decimal in CSV,
    counts under five hidden. records: format of microdata (csv, parquet, sav).
    Raises UsageError for another layout, or settings as in `simulate`.
    """
    if layout not in LAYOUTS:
        raise UsageError("writers.unknown_format", found=layout, known=", ".join(LAYOUTS))
    made = simulate(study, seed, settings=settings, **changes)
    extracts = _extracts(made, layout, rules, records)
    folder = _extract_folder(study)
    files = {STUDY_FILE: _study_text(made, layout)}
    for name, data in extracts.items():
        files[f"{folder}{name}"] = data
        files[f"{folder}{name}.toml"] = _sidecar(seed)
    files["truth.csv"] = _truth(made)
    return files | (other_files(study, seed) if _is_packaged(study) else {})


def demo_extracts(study: Study, seed: int = 1) -> Files:
    """The extracts of the default study with their sidecars, by name within extracts/."""
    folder = _extract_folder(study)
    return {
        name.removeprefix(folder): data
        for name, data in published_files(study, seed).items()
        if name.startswith(folder)
    }


def _extract_folder(study: Study) -> str:
    """Where the study looks for extracts: the first folder it names (a name without a suffix is one)."""
    folders = [e.rstrip("/") for e in study.extracts if e.endswith("/") or not PurePosixPath(e).suffix]
    return f"{folders[0] if folders else 'extracts'}/"


def _extracts(made: Simulated, layout: str, rules: Rules | None, records: str) -> Files:
    """The extract files of a layout, by name."""
    *before, last = years = _years(made)
    if layout == "microdata":
        return {f"lhu_sormland_elever.{records}": _records(made, records)}
    if layout == "long" or (layout == "demo" and not before):
        return {f"lhu_sormland_{year}.csv": _csv(made, year, rules) for year in years}
    if layout == "wide":
        return {_span(years): _workbook(made, years, rules)}
    return {
        _span(before): _workbook(made, before, rules),
        f"lhu_sormland_{last}.csv": _csv(made, last, rules),
    }


def _span(years: list[int]) -> str:
    return f"lhu_sormland_{years[0]}-{years[-1]}.xlsx"


def _records(made: Simulated, kind: str) -> bytes:
    ids, registry = _ids(made), made.study.registry
    labels = {v: registry.indicators[i].label.sv for i, v in variables(ids).items()}
    return microdata_bytes(coded(made.records(), registry, ids), kind, labels)


def _years(made: Simulated) -> list[int]:
    return sorted(made.cube.frame["year"].unique().to_list())


def _ids(made: Simulated) -> list[str]:
    have = set(made.cube.frame["indicator"].unique())
    return [i for i in made.study.registry.indicators if i in have]


def _cells(made: Simulated, years: list[int]) -> pl.DataFrame:
    """Cells to publish: no school rows, the county added."""
    frame = made.cube.frame.filter(pl.col("school").is_null(), pl.col("year").is_in(years))
    return with_county(frame, made.study.municipality[:2])


def _workbook(made: Simulated, years: list[int], rules: Rules | None) -> bytes:
    cells = _cells(made, years)
    title = f"{TITLE}, {years[0]}–{years[-1]}"
    return wide_workbook(cells, made.study.registry, rules or Rules(decimals=0), title=title, synthetic=True)


def _csv(made: Simulated, year: int, rules: Rules | None) -> bytes:
    return long_csv(_cells(made, [year]), made.study.registry, rules or Rules(decimals=1))


def _sidecar(seed: int) -> bytes:
    return (
        "# Säger vem som lämnat filen med samma namn. Talen i den är påhittade.\n"
        'producer = "lhu_effect simulate"\n'
        'terms = "Syntetiska data – inga riktiga elever. Fritt att använda."\n'
        f"synthetic = true\nseed = {seed}\n"
    ).encode()


def _study_text(made: Simulated, layout: str) -> bytes:
    """The study's own file, with a codebook for microdata. A study made in code has only the packaged one."""
    folder = made.study.folder
    text = (folder / STUDY_FILE).read_bytes() if folder else packaged_study()
    if not _is_packaged(made.study):
        text = without_sources(text.decode("utf-8")).encode()
    if layout != "microdata":
        return text
    return text + b"\n# --- Elevrader\n\n" + codebook_toml(_ids(made), _years(made)).encode()


def _is_packaged(study: Study) -> bool:
    """Whether its study.toml is the packaged one, whose other sources are invented too."""
    return study.folder is None or (study.folder / STUDY_FILE).read_bytes() == packaged_study()


def _truth(made: Simulated) -> bytes:
    """The truth of every wave and unit, rounded to what can be read; the first line of each file is its heading."""
    rounded = made.truth.with_columns(
        pl.col("share_without", "share_with", "effect", "log_odds_ratio", "common_move", "own_move").round(6)
    )
    return table_bytes(rounded, "csv")


__all__ = ["LAYOUTS", "demo_extracts", "published_files"]
