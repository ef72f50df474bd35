"""Plain tables out: frames as CSV, Parquet or xlsx with the columns other programs rely on."""

from __future__ import annotations

import io
from collections.abc import Sequence

import polars as pl

from lhu_effect.errors import UsageError
from lhu_effect.writers.workbook import Sheet, neutral, printable, workbook_bytes

IMPORT_COLUMNS = (
    *("year", "municipality", "district", "school", "grade", "sex", "indicator"),
    *("n", "n_low", "n_high", "k", "k_low", "k_high", "percent", "status", "flags", "file", "sheet", "cell"),
)
FORMATS = ("csv", "parquet", "xlsx")
GENERATOR = {"generator": "lhu_effect"}


def import_table(frame: pl.DataFrame, suffix: str) -> bytes:
    """The cells of a cube (its frame) as the import table of the contract. suffix: csv, parquet or xlsx.

    Rows of an organiser carry the flag `organiser`. Private and unmasked: the caller says so.
    """
    shown = frame
    if "organiser" in frame.columns:
        flagged = (pl.col("flags").str.split(" ").list.concat(pl.lit("organiser"))).list.unique().list.sort()
        marked = flagged.list.eval(pl.element().filter(pl.element() != "")).list.join(" ")
        shown = frame.with_columns(flags=pl.when("organiser").then(marked).otherwise("flags"))
    return table_bytes(shown.select(IMPORT_COLUMNS), suffix, sheet="import")


def table_bytes(frame: pl.DataFrame, suffix: str, *, sheet: str = "data") -> bytes:
    """A frame as CSV (UTF-8, comma, point), Parquet or xlsx. Empty is null. Raises UsageError for other formats."""
    kind = suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise UsageError("writers.unknown_format", found=suffix, known=", ".join(FORMATS))
    if kind == "parquet":
        out = io.BytesIO()
        frame.write_parquet(out, compression="zstd", statistics=False, metadata=GENERATOR)
        return out.getvalue()
    if kind == "csv":
        return _safe(frame).write_csv(line_terminator="\n", float_precision=None).encode("utf-8")
    return tables_workbook({sheet: frame})


def tables_workbook(frames: dict[str, pl.DataFrame], *, title: str = "") -> bytes:
    """Frames as the sheets of one workbook: heading row, filter, frozen heading."""
    return workbook_bytes([_sheet(name, frame) for name, frame in frames.items()], title=title)


def _sheet(name: str, frame: pl.DataFrame) -> Sheet:
    rows: Sequence[Sequence[object]] = [frame.columns, *frame.iter_rows()]
    last = _letter(frame.width)
    return Sheet(
        name,
        [[_plain(v) for v in row] for row in rows],
        header=(1,),
        freeze="A2",
        filter=f"A1:{last}{len(rows)}",
    )


def _plain(value: object) -> str | int | float | bool | None:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None if value != value else ("inf" if value > 0 else "-inf")
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(max(1, column)))


def _safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts that a spreadsheet would take for a formula made plain; an empty text is nothing."""
    texts = [c for c, t in frame.schema.items() if t == pl.String]
    return frame.with_columns(
        pl.col(c).map_elements(lambda v: neutral(printable(v)) or None, return_dtype=pl.String) for c in texts
    )
