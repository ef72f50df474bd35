"""Pupils' rows (invented ones) as the files a researcher is handed, and the codebook that goes with them.

Column names and codes are as a supplier writes them: Swedish heads, 1 = Ja, 2 = Nej, 9 = Ej svar.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import polars as pl

from lhu_effect.definitions.model import Registry
from lhu_effect.errors import UsageError
from lhu_effect.writers.published import SEXES, grade_label, place_labels

KEYS = {
    "year": "ar",
    "municipality": "skolkommun",
    "district": "kommundel",
    "grade": "arskurs",
    "sex": "kon",
    "school": "skolenhetskod",
    "class": "klass",
}
YES, NO, NO_ANSWER = 1, 2, 9
FORMATS: tuple[str, ...] = ("csv", "parquet", "sav")


def variables(ids: Sequence[str]) -> dict[str, str]:
    """Indicator id -> variable of the file: F01, F02 ..."""
    return {id_: f"F{i:02d}" for i, id_ in enumerate(ids, start=1)}


def coded(records: pl.DataFrame, registry: Registry, ids: Sequence[str]) -> pl.DataFrame:
    """Rows with keys and 1/0/null answers as a supplier's table; sorted so that rows tell nothing of the draw."""
    named = variables(ids)
    place = {
        (m, d): place_labels(registry, m, d)
        for m, d in records.select("municipality", "district").unique().iter_rows()
    }
    pair = pl.struct("municipality", "district")
    rows = records.select(
        pl.col("year").alias("ar"),
        pair.map_elements(lambda p: place[p["municipality"], p["district"]][0], return_dtype=pl.String).alias(
            "skolkommun"
        ),
        pair.map_elements(lambda p: place[p["municipality"], p["district"]][1], return_dtype=pl.String).alias(
            "kommundel"
        ),
        pl.col("grade")
        .replace_strict({g: grade_label(g) for g in records["grade"].unique()})
        .alias("arskurs"),
        pl.col("sex").replace_strict({s: SEXES[s] for s in records["sex"].unique()}).alias("kon"),
        pl.col("school").alias("skolenhetskod"),
        pl.col("class").alias("klass"),
        *(
            pl.when(pl.col(i).is_null()).then(NO_ANSWER).when(pl.col(i) == 1).then(YES).otherwise(NO).alias(v)
            for i, v in named.items()
        ),
    )
    return rows.with_columns(pl.col(list(named.values())).cast(pl.Int64)).sort(
        rows.columns, maintain_order=True
    )


def microdata_bytes(rows: pl.DataFrame, kind: str, labels: Mapping[str, str] | None = None) -> bytes:
    """`coded` rows as csv (`;`), parquet or sav. labels: variable -> question, kept where the format can."""
    if kind not in FORMATS:
        raise UsageError("writers.unknown_format", found=kind, known=", ".join(FORMATS))
    if kind == "csv":
        return rows.write_csv(separator=";", line_terminator="\r\n").encode("utf-8-sig")
    if kind == "parquet":
        out = io.BytesIO()
        rows.write_parquet(out, compression="zstd", metadata={"generator": "lhu_effect"})
        return out.getvalue()
    return _sav(rows, labels or {})


def _sav(rows: pl.DataFrame, labels: Mapping[str, str]) -> bytes:
    """SPSS's format takes a path only; written in a folder of its own and read back."""
    import tempfile
    from pathlib import Path

    try:
        import pyreadstat
    except ImportError:
        raise UsageError("writers.missing_library", format="sav", extra="spss") from None
    answers = {c: {YES: "Ja", NO: "Nej", NO_ANSWER: "Ej svar"} for c in rows.columns if c.startswith("F")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.sav"
        pyreadstat.write_sav(
            rows.to_pandas(),
            str(path),
            column_labels=dict(labels),
            variable_value_labels=answers,
            missing_ranges={c: [NO_ANSWER] for c in answers},
        )
        return _undated(path.read_bytes())


def _undated(sav: bytes) -> bytes:
    """The file without the day and time it was written (bytes 92-108 of its header)."""
    return sav[:92] + b"01 Jan 80" + b"00:00:00" + sav[109:]


def codebook_toml(ids: Sequence[str], years: Sequence[int]) -> str:
    """The [[codebook]] tables of a study.toml for such a file."""
    entries = [
        f'[[codebook]]\nindicator = "{id_}"\nwave = {year}\nvariable = "{variable}"\n'
        f'yes = ["{YES}"]\nno = ["{NO}"]\nmissing = ["{NO_ANSWER}"]\n'
        for id_, variable in variables(ids).items()
        for year in years
    ]
    keys = "\n".join(f'{role} = "{column}"' for role, column in KEYS.items())
    return "\n".join(entries) + f"[codebook.keys]\n{keys}\n"
