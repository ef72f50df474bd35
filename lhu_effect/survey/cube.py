"""The Cube: counts k of n with bounds, one row per cell, and the only currency between the rooms.

Pooling is a sum; every estimator needs nothing else. A Cube holds unmasked numbers; what may be shown is
a `disclosure.MaskedCube` with the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

import polars as pl

from lhu_effect.errors import UsageError, nearest

KEY: tuple[str, ...] = (
    "year",
    "municipality",
    "district",
    "school",
    "grade",
    "sex",
    "indicator",
    "organiser",
)

CUBE_SCHEMA: dict[str, pl.DataType] = {
    "year": pl.Int64(),
    "municipality": pl.String(),
    "district": pl.String(),
    "school": pl.String(),  # null: not the row of one school
    "grade": pl.String(),  # grade id; after `tabulate` also stratum ids
    "sex": pl.String(),
    "indicator": pl.String(),
    "organiser": pl.Boolean(),  # huvudman, not the municipality of the same name
    "n": pl.Int64(),  # null: not published (see n_low, n_high) or masked
    "n_low": pl.Int64(),
    "n_high": pl.Int64(),  # null: no upper bound is known
    "k": pl.Int64(),  # null unless published or the only whole count that fits
    "k_low": pl.Int64(),
    "k_high": pl.Int64(),
    "percent": pl.Float64(),  # 0-100 as published, when published
    "status": pl.String(),
    "flags": pl.String(),  # blank-separated, sorted
    "file": pl.String(),
    "sheet": pl.String(),
    "cell": pl.String(),
}

CLASS_SCHEMA: dict[str, pl.DataType] = {
    "year": pl.Int64(),
    "municipality": pl.String(),
    "grade": pl.String(),
    "indicator": pl.String(),
    "classes": pl.Int64(),  # with an answer
    "n": pl.Int64(),
    "k": pl.Int64(),
    "squares": pl.Float64(),  # the sum of k * k / n over the classes
}

NEEDED: tuple[str, ...] = ("year", "municipality", "district", "grade", "sex", "indicator", "status")


@dataclass(frozen=True, eq=False)
class Cube:
    """Cells of a survey. frame: columns of CUBE_SCHEMA in that order, unique on KEY, sorted by KEY.

    status observed: n and k (or their bounds) are known. masked: hidden by the source, bounds only.
    missing: should exist but does not. not_asked: the question was not in that wave or grade.
    classes: how answers vary between classes (CLASS_SCHEMA), None without records that name them. Nothing in it
    is about one class.

    >>> cells = Cube.of(pl.DataFrame({"year": 2023, "municipality": "0486", "district": "all", "grade": "ak9",
    ...     "sex": ["girl", "boy"], "indicator": "narcotics_ever", "n": [100, 110], "k": [9, 12], "status": "observed"}))
    >>> cells
    Cube(2 cells: 2023; 1 indicators, 1 municipalities; unmasked, not for publication)
    >>> cells.pool("sex").frame.select("sex", "n", "k").rows()
    [('all', 210, 21)]
    """

    frame: pl.DataFrame
    classes: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        _check(self.frame, CUBE_SCHEMA)
        if self.classes is not None:
            _check(self.classes, CLASS_SCHEMA)

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Cube:
        """A Cube of a table with at least NEEDED columns, in any order: the others null, n and k as given.

        Raises UsageError for missing columns.
        """
        _check_kind(frame)
        if missing := [c for c in NEEDED if c not in frame.columns]:
            raise UsageError("survey.not_a_cube", wrong=", ".join(missing), needed=", ".join(NEEDED))
        return as_cube(frame)

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        f = self.frame
        years = ", ".join(map(str, f["year"].unique().sort()))
        kinds = f"{f['indicator'].n_unique()} indicators, {f['municipality'].n_unique()} municipalities"
        return f"Cube({f.height} cells: {years}; {kinds}; unmasked, not for publication)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.frame.head(10)._repr_html_()}"

    def filter(self, **ids: str | int | Sequence[str | None] | Sequence[int] | None) -> Cube:
        """Keep the rows whose columns have the given ids: ``cube.filter(grade="ak9", year=[2020, 2023])``.

        None stands for an empty field: ``school=None`` keeps the rows that are not of one school. Raises UsageError
        for a column that a Cube has not, and for an id that no cell has (`all` and None: nothing is kept).
        """
        wanted = {}
        for column, given in ids.items():
            if column not in self.frame.columns:
                known = nearest(column, self.frame.columns)
                raise UsageError("survey.no_such_column", found=column, known=known)
            kept = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
            there = self.frame[column].unique().sort().drop_nulls().to_list()
            for name in kept:
                if name not in there and name not in ("all", None):
                    known = nearest(name, there)
                    raise UsageError("survey.no_such_value", column=column, found=name, known=known)
            wanted[column] = pl.col(column).is_in(kept, nulls_equal=True)
        if not wanted:
            return self
        shared = [held for column, held in wanted.items() if column in CLASS_SCHEMA]
        return replace(
            self,
            frame=self.frame.filter(*wanted.values()),
            classes=self.classes.filter(*shared) if self.classes is not None and shared else self.classes,
        )

    def pool(self, axis: str) -> Cube:
        """Sum `axis` away: "sex", "grade", "district" or "school". The sums carry `all` (school: null).

        A published total is kept as it is and never added to its parts; where there is none, the parts
        are summed (flag `summed`). One masked part makes the sum masked, with the parts' bounds added;
        one missing part makes it missing. Raises ValueError for another axis.
        """
        if axis not in ("sex", "grade", "district", "school"):
            raise ValueError(f"pool() takes sex, grade, district or school, not {axis!r}")
        is_total = pl.col(axis).is_null() if axis == "school" else pl.col(axis) == "all"
        rest = [c for c in KEY if c != axis]
        totals = self.frame.filter(is_total)
        parts = self.frame.filter(~is_total).join(totals, on=rest, how="anti", nulls_equal=True)
        summed = sum_parts(parts, rest).with_columns(
            pl.lit(None if axis == "school" else "all", dtype=pl.String).alias(axis)
        )
        return replace(as_cube(pl.concat([totals, summed.select(totals.columns)])), classes=self.classes)


def _check_kind(frame: object) -> None:
    if not isinstance(frame, pl.DataFrame):
        raise UsageError("survey.no_polars", found=type(frame).__name__)


def _check(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> None:
    _check_kind(frame)
    if frame.schema != pl.Schema(schema):
        wrong = [c for c in schema if frame.schema.get(c) != schema[c]]
        wrong += [c for c in frame.columns if c not in schema]
        raise UsageError(
            "survey.not_a_cube", wrong=", ".join(wrong) or ", ".join(frame.columns), needed=", ".join(NEEDED)
        )


def sum_parts(parts: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """One row per `by`: counts and bounds added, the worst status of the parts, flag `summed`.

    parts: CUBE_SCHEMA columns. The columns outside `by` that cannot be summed (percent, cell) are null.
    """
    worst = pl.col("status").replace_strict(_SEVERITY, return_dtype=pl.Int64).max()
    counts = [pl.when(pl.col(c).null_count() == 0).then(pl.col(c).sum()).alias(c) for c in _COUNTS]
    names = {v: k for k, v in _SEVERITY.items()}
    made = parts.group_by(by, maintain_order=True).agg(
        *counts,
        worst.replace_strict(names, return_dtype=pl.String).alias("status"),
        merge_flags("summed"),
        pl.col("file").first(),
        pl.col("sheet").first(),
    )
    gone = [pl.lit(None, dtype=t).alias(c) for c, t in CUBE_SCHEMA.items() if c not in made.columns]
    return made.with_columns(gone).select(list(CUBE_SCHEMA))


def merge_flags(*more: str) -> pl.Expr:
    """Aggregation: the sorted union of the rows' flags and `more`, blank-separated."""
    union = pl.concat_list(
        pl.col("flags").str.split(" ").explode().implode(), pl.lit(list(more), dtype=pl.List(pl.String))
    )
    return union.list.unique().list.sort().list.join(" ").str.strip_chars(" ").alias("flags")


_COUNTS = ("n", "n_low", "n_high", "k", "k_low", "k_high")
_SEVERITY = {"observed": 0, "masked": 1, "missing": 2, "not_asked": 3}


def empty_frame() -> pl.DataFrame:
    """No cells, right columns."""
    return pl.DataFrame(schema=CUBE_SCHEMA)


def as_cube(frame: pl.DataFrame) -> Cube:
    """`frame` (any column order) as a Cube: missing columns null, types cast, sorted by KEY."""
    have = [
        pl.col(c).cast(t) if c in frame.columns else pl.lit(None, dtype=t).alias(c)
        for c, t in CUBE_SCHEMA.items()
    ]
    made = frame.select(have).with_columns(
        pl.col("organiser").fill_null(False), pl.col("flags").fill_null("")
    )
    return Cube(made.sort(list(KEY), nulls_last=False, maintain_order=True))
