"""`lhu.did`: a difference-in-differences on any table of rows, for data that are no study of ours.

A table with an outcome (or counts k of n), units, times and a 0/1 exposure becomes one estimate under the name
of its method, with the cautions it deserves. Nothing of promises, dates or municipalities is needed; the same
kernels answer as in `estimate_effects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, get_args

import polars as pl

from lhu_effect.effects.difference_fits import Did, Method, Vcov, cells_of, of_units, regression
from lhu_effect.effects.given import check_level
from lhu_effect.errors import EstimationError

if TYPE_CHECKING:
    import pandas as pd

ROW = "_row"
UNIT_METHODS: tuple[Method, ...] = ("noise_floor_did", "aggregate_did")
METHODS: tuple[Method, ...] = (*UNIT_METHODS, "linear", "logit")
VCOVS: tuple[Vcov, ...] = get_args(Vcov)


def did(
    table: pl.DataFrame | pl.LazyFrame | pd.DataFrame | Mapping[str, Sequence[object]],
    *,
    exposed: str,
    outcome: str | None = None,
    k: str | None = None,
    n: str | None = None,
    unit: str | None = None,
    time: str | None = None,
    controls: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    estimator: Method | None = None,
    vcov: Vcov | None = None,
    at: float | None = None,
    design_effect: float = 1.4,
    level: float = 0.95,
) -> Did:
    """The effect of `exposed` (0/1: exposed unit in an exposed time), with `unit` and `time` taken out.

    Each other argument is a column's name. outcome: any number per row; or k of n: counts per row. controls:
    more columns whose levels are taken out. cluster: whose rows move together (default: unit, else every
    row alone). weights: how sure a row's outcome is; rows that stand for several pupils are counts k of n.
    estimator: "noise_floor_did" (default for k and n with unit and time),
    "aggregate_did", "linear" or "logit". vcov: "CR2" with Satterthwaite's df where there are clusters,
    else "iid". The unit methods need numbers as time, sum several exposed units to one, and answer for the
    wave `at` (default: the first exposed). Rows with a null in a used column are left out.
    Raises EstimationError for a column that is not there or cannot mean what it is given as, and where the
    effect cannot be told from the rest.

    >>> table = {"town": list("aabbcc"), "year": [1, 2] * 3, "on": [0, 1, 0, 0, 0, 0],
    ...          "yes": [30, 20, 40, 41, 22, 25], "all": [100] * 6}
    >>> made = did(table, exposed="on", k="yes", n="all", unit="town", time="year", estimator="aggregate_did")
    >>> round(made.estimate, 3), made.warnings
    (-0.12, ('one_exposed_unit', 'few_comparisons', 'one_wave_before'))
    """
    check_level(level)
    if not isinstance(design_effect, Real) or not 0 < design_effect < float("inf"):
        raise EstimationError("effects.did_design_effect", found=design_effect)
    controls = (controls,) if isinstance(controls, str) else tuple(controls)
    if (outcome is None) == (k is None or n is None) or (k is None) != (n is None):
        raise EstimationError("effects.did_outcome")
    by_units = k is not None and unit is not None and time is not None
    name = estimator or ("noise_floor_did" if by_units else "linear")
    if name not in METHODS:
        raise EstimationError("effects.unknown_estimator", name=name, known=", ".join(METHODS))
    if vcov is not None and vcov not in VCOVS:
        raise EstimationError("effects.did_vcov", name=vcov, known=", ".join(VCOVS))
    by_rows = {"controls": controls, "cluster": cluster, "vcov": vcov, "weights": weights}
    unused = [x for x, given in by_rows.items() if given and (name in UNIT_METHODS or (x == "weights" and k))]
    if unused:
        raise EstimationError("effects.did_unused", name=name, given=", ".join(unused))
    numbers = [c for c in (exposed, outcome, k, n, weights) if c is not None]
    labels = list(dict.fromkeys(c for c in (unit, time, *controls, cluster) if c is not None))
    frame = _columns(table, numbers, labels)
    if k is not None and n is not None:
        _check_counts(frame, k, n)
    if weights is not None and (wrong := frame.filter(pl.col(weights) <= 0)).height:
        raise EstimationError("effects.did_weights", found=f"{wrong[weights][0]:g}")
    if name in UNIT_METHODS:
        if k is None or n is None or unit is None or time is None:
            raise EstimationError("effects.did_units", name=name)
        return of_units(frame, exposed, k, n, unit, time, name, at, design_effect, level)
    if name == "logit" and k is None:
        frame = _yes_no(frame, str(outcome))
        outcome, k, n = None, "k", "n"
    kind = vcov or ("CR2" if cluster or unit else "iid")
    by = (cluster or unit) if kind != "iid" else None
    if kind != "iid" and by is None:
        by = ROW
        frame, labels = frame.with_row_index(ROW), [*labels, ROW]
    cells = cells_of(frame, exposed, outcome, k, n, weights, labels, by)
    absorbed = tuple(dict.fromkeys(c for c in (unit, time, *controls) if c is not None))
    return regression(cells, absorbed, by, unit, time, name, kind, level)


def _columns(
    table: pl.DataFrame | pl.LazyFrame | pd.DataFrame | Mapping[str, Sequence[object]],
    numbers: Sequence[str],
    labels: Sequence[str],
) -> pl.DataFrame:
    """The used columns, numbers as Float64, rows without nulls."""
    table = table.collect() if isinstance(table, pl.LazyFrame) else table
    frame = table if isinstance(table, pl.DataFrame) else pl.DataFrame(_plain(table))
    for name in (*numbers, *labels):
        if name not in frame.columns:
            raise EstimationError("effects.did_column", name=name, known=", ".join(frame.columns))
    for name in numbers:
        made = frame[name].cast(pl.Float64, strict=False)
        wrong = made.is_null() & frame[name].is_not_null()
        if wrong.any():
            row = int(wrong.arg_max() or 0)
            raise EstimationError("effects.did_number", name=name, row=row + 1, found=str(frame[name][row]))
        frame = frame.with_columns(made.fill_nan(None).alias(name))
    kept = frame.select(list(dict.fromkeys((*numbers, *labels)))).drop_nulls()
    if kept.is_empty():
        raise EstimationError("effects.did_empty")
    return kept


def _plain(table: object) -> list[pl.Series]:
    """A pandas frame or a mapping, column by column."""
    if not hasattr(table, "keys"):
        raise EstimationError("effects.did_table", found=type(table).__name__)
    named: Mapping[str, Sequence[object]] = table  # type: ignore[assignment]
    return [pl.Series(str(c), list(named[c]), strict=False) for c in named]


def _check_counts(frame: pl.DataFrame, k: str, n: str) -> None:
    wrong = frame.filter((pl.col(k) < 0) | (pl.col(k) > pl.col(n)) | pl.col(n).is_infinite())
    if wrong.height:
        raise EstimationError("effects.did_counts", k=f"{wrong[k][0]:g}", n=f"{wrong[n][0]:g}")


def _yes_no(frame: pl.DataFrame, outcome: str) -> pl.DataFrame:
    if not frame[outcome].is_in([0.0, 1.0]).all():
        raise EstimationError("effects.did_yes_no", name=outcome)
    return frame.with_columns(pl.col(outcome).alias("k"), pl.lit(1.0).alias("n"))
