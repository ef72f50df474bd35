"""Shares and their differences from a sample survey: weights, strata, clusters, finite population correction.

Not every survey is a census. From the sums of `survey.sampled` (made in the engine that holds the records),
with Taylor linearisation: a share is a ratio of weighted totals, its variance that of the totals of its
linearised values over primary sampling units within strata, one or two stages (Sarndal, Swensson and
Wretman 1992, ch. 5; Lumley 2010, ch. 2). Agrees with R survey 4.1 (svymean, svyby, svycontrast, svyciprop).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from lhu_effect.effects.noise import Array, expit, logit
from lhu_effect.effects.regressors import Index
from lhu_effect.errors import EstimationError
from lhu_effect.survey.codes import Definition
from lhu_effect.survey.sampled import Columns, sample_sums

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

SinglePsu = Literal["fail", "remove", "adjust"]
ROWS = ("n", "share", "std_error", "df", "conf_low", "conf_high", "wald_low", "wald_high")


@dataclass(frozen=True)
class ShareDifference:
    """Share of the first group less that of the second, 0-1; interval symmetric, t with the design's df."""

    estimate: float
    std_error: float
    df: int
    conf_low: float
    conf_high: float
    p_value: float


@dataclass(frozen=True, eq=False)
class SampleShares:
    """rows (polars): the `by` columns and n (who answered), share and std_error (0-1), df (sampling units less
    strata, of those with answers), conf_low, conf_high (logit interval), wald_low, wald_high (symmetric).
    covariance: (groups, groups), in the order of rows. df: of the whole design."""

    rows: pl.DataFrame
    covariance: Array = field(repr=False)
    by: tuple[str, ...]
    df: int
    level: float

    def difference(
        self, first: Sequence[object] | object, second: Sequence[object] | object
    ) -> ShareDifference:
        """Of two groups, named by their values of `by`: ``shares.difference("E", "H")``; groups share clusters."""
        from scipy.special import stdtr, stdtrit

        a, b = self._at(first), self._at(second)
        c, share = self.covariance, self.rows["share"]
        error = float(np.sqrt(c[a, a] + c[b, b] - 2 * c[a, b]))
        moved = float(share[a] - share[b])
        half = float(stdtrit(self.df, (1 + self.level) / 2)) * error
        p_value = float(2 * stdtr(self.df, -abs(moved) / error)) if error > 0 else float("nan")
        return ShareDifference(moved, error, self.df, moved - half, moved + half, p_value)

    def _at(self, key: Sequence[object] | object) -> int:
        wanted = tuple(key) if isinstance(key, Sequence) and not isinstance(key, str) else (key,)
        groups = self.rows.select(self.by).rows()
        if wanted not in groups:
            known = "; ".join(", ".join(map(str, g)) for g in groups[:8])
            raise EstimationError("effects.no_such_group", key=", ".join(map(str, wanted)), known=known)
        return groups.index(wanted)

    def _repr_html_(self) -> str:
        return str(self.rows._repr_html_())


def sample_shares(
    frame: IntoFrame,
    variable: str,
    *,
    yes: Sequence[object],
    no: Sequence[object] = (),
    missing: Sequence[object] = (),
    weights: str,
    strata: str = "",
    ids: str = "",
    fpc: str | Sequence[str] = (),
    by: str | Sequence[str] = (),
    single_psu: SinglePsu = "fail",
    level: float = 0.95,
) -> SampleShares:
    """Weighted shares of yes in a stratified cluster sample, for each group of `by`.

    frame: one row per pupil of the WHOLE sample, in any engine `count_records` takes; the sums are made there.
    yes, no, missing: codes of `variable`, as in a codebook; a blank is no answer; without `no`, every other
    answer is a no. weights, strata, ids (primary sampling units; rows where left out), fpc: columns. fpc: how
    many units there are in the population of the row's stratum (at most 1: the fraction that was drawn); two
    columns: rows were drawn within the sampling units, the second counts them there. single_psu: a stratum
    with one sampling unit fails, adds no variance ("remove"), or is compared with all units ("adjust").

    Raises InputError for a column that does not exist, answers that no code names and weights that are not
    above zero; EstimationError for strata with one unit, uneven population sizes, nobody who answered.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"school": [1, 1, 2, 2, 3, 3], "w": [10.0] * 6, "F46": [2, 1, 1, 1, 2, 2]})
    >>> made = sample_shares(rows, "F46", yes=[2], no=[1], weights="w", ids="school")
    >>> made.rows.select("n", pl.col("share", "std_error").round(4)).row(0)
    (6, 0.5, 0.2887)
    """
    if single_psu not in ("fail", "remove", "adjust"):
        raise EstimationError("effects.unknown_single_psu", name=single_psu)
    groups = (by,) if isinstance(by, str) else tuple(by)
    sizes = (fpc,) if isinstance(fpc, str) else tuple(fpc)
    columns = Columns(weights, strata, ids, tuple(c for c in sizes if c), tuple(c for c in groups if c))
    said = [tuple(str(code) for code in codes) for codes in (yes, no, missing)]
    sums = sample_sums(frame, Definition(variable, said[0], said[1], said[2], "all"), columns)
    if not int(sums["answered"].sum()):
        raise EstimationError("effects.no_answers", variable=variable)
    return _shares(sums, columns, single_psu, level)


def _shares(sums: pl.DataFrame, columns: Columns, single_psu: SinglePsu, level: float) -> SampleShares:
    from scipy.special import stdtrit

    by = list(columns.by)
    answered = sums.filter(pl.col("answered") > 0)
    groups = answered.select(by).unique().sort(by) if by else pl.DataFrame({"": [0]})
    parts = (
        [_part(answered, dict(zip(by, key, strict=True))) for key in groups.select(by).rows()]
        if by
        else [answered]
    )
    total = np.array([part["wa"].sum() for part in parts])
    share = np.array([part["wy"].sum() for part in parts]) / total
    design = _Design.of(sums, columns, single_psu)
    covariance = design.covariance(parts, share, total)
    error = np.sqrt(np.diag(covariance))
    df = np.array([design.df(part) for part in parts])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = stdtrit(np.maximum(df, 1), (1 + level) / 2)
        inside = (share > 0) & (share < 1)
        middle = logit(np.where(inside, share, 0.5))
        half = np.where(inside, t * error / (share * (1 - share)), 0.0)
    ends = [np.where(inside, expit(middle + sign * half), share) for sign in (-1, 1)]
    values = [
        [int(p["answered"].sum()) for p in parts],
        share,
        error,
        df,
        *ends,
        share - t * error,
        share + t * error,
    ]
    rows = pl.DataFrame([pl.Series(name, v) for name, v in zip(ROWS, values, strict=True)])
    return SampleShares(pl.concat([groups.select(by), rows], how="horizontal") if by else rows, covariance,
                        columns.by, design.df(sums), level)  # fmt: skip


def _part(sums: pl.DataFrame, key: dict[str, object]) -> pl.DataFrame:
    return sums.filter(pl.col(c).eq_missing(pl.lit(v)) for c, v in key.items())


@dataclass(frozen=True, eq=False)
class _Design:
    """The sample: units (stratum and psu of each, or strata where rows are the units), how many were drawn of how many."""

    units: pl.DataFrame  # stratum, psu, rows; one per psu
    strata: pl.DataFrame  # stratum, drawn, fraction; one per stratum
    clustered: bool
    second: Array | None  # fraction drawn within each unit, where rows were drawn within units
    single_psu: SinglePsu

    @classmethod
    def of(cls, sums: pl.DataFrame, columns: Columns, single_psu: SinglePsu) -> _Design:
        clustered = bool(columns.ids)
        names = [f"fpc{i}" for i in range(1, len(columns.fpc) + 1)]
        sizes = [e for n in names for e in (pl.col(f"{n}_low").min(), pl.col(f"{n}_high").max())]
        units = sums.group_by("stratum", "psu", maintain_order=True).agg(pl.col("rows").sum(), *sizes)
        drawn = pl.len() if clustered else pl.col("rows").sum()
        strata = units.group_by("stratum", maintain_order=True).agg(
            drawn.cast(pl.Int64).alias("drawn"), *sizes
        )
        first = _fraction(strata, "fpc1", "drawn", columns.fpc[0]) if columns.fpc else np.zeros(strata.height)
        second = _fraction(units, "fpc2", "rows", columns.fpc[1]) if len(columns.fpc) > 1 else None
        lonely = strata.filter(pl.col("drawn") == 1, pl.Series(first < 1))
        if single_psu == "fail" and lonely.height:
            shown = ", ".join(map(str, lonely["stratum"].head(5)))
            raise EstimationError("effects.single_psu", count=lonely.height, strata=shown)
        return cls(units, strata.with_columns(fraction=pl.Series(first)), clustered, second, single_psu)

    def df(self, part: pl.DataFrame) -> int:
        """Sampling units less strata, of those that have answers in `part`."""
        seen = part.filter(pl.col("answered") > 0)
        units = seen.select("stratum", "psu").n_unique() if self.clustered else int(seen["answered"].sum())
        return units - seen["stratum"].n_unique()

    def covariance(self, parts: Sequence[pl.DataFrame], share: Array, total: Array) -> Array:
        """Of the shares. z: totals of the linearised values per unit; q: sums of their squares over rows."""
        looked_up = self.units.select("stratum", "psu").with_row_index("at")
        z, q = np.zeros((self.units.height, len(parts))), np.zeros((self.units.height, len(parts)))
        for g, part in enumerate(parts):
            here = part.join(
                looked_up, on=["stratum", "psu"], how="left", nulls_equal=True, maintain_order="left"
            )
            at = here["at"].to_numpy()
            wy, wa, wwy, wwa = (here[c].cast(pl.Float64).to_numpy() for c in ("wy", "wa", "wwy", "wwa"))
            np.add.at(z[:, g], at, (wy - share[g] * wa) / total[g])
            np.add.at(q[:, g], at, (wwy * (1 - 2 * share[g]) + share[g] ** 2 * wwa) / total[g] ** 2)
        stratum = _stratum_of(self.units, self.strata)
        drawn, fraction = (self.strata[c].to_numpy().astype(float) for c in ("drawn", "fraction"))
        if not self.clustered:
            return _between(z, _diagonals(q), stratum, drawn, fraction, self.single_psu)
        made = _between(z, z[:, :, None] * z[:, None, :], stratum, drawn, fraction, self.single_psu)
        if self.second is None:
            return made
        rows = self.units["rows"].to_numpy().astype(float)
        each = _scale(rows, self.second) * fraction[stratum]
        within = _diagonals(q) - z[:, :, None] * z[:, None, :] / rows[:, None, None]
        return np.asarray(made + (each[:, None, None] * within).sum(0))


def _between(
    z: Array, squares: Array, stratum: Index, drawn: Array, fraction: Array, single_psu: SinglePsu
) -> Array:
    """Sum over strata of (1 - f) n/(n - 1) (sum z z' - (sum z)(sum z)'/n), n the units drawn in the stratum."""
    total, crossed = np.zeros((len(drawn), z.shape[1])), np.zeros((len(drawn), z.shape[1], z.shape[1]))
    np.add.at(total, stratum, z)
    np.add.at(crossed, stratum, squares)
    spread = crossed - total[:, :, None] * total[:, None, :] / drawn[:, None, None]
    scale = _scale(drawn, fraction)
    if single_psu == "adjust":
        lonely = drawn == 1
        moved = total - total.sum(0) / drawn.sum()
        spread = np.where(lonely[:, None, None], moved[:, :, None] * moved[:, None, :], spread)
        scale = np.where(lonely, 1 - fraction, scale)
    return np.asarray((scale[:, None, None] * spread).sum(0))


def _scale(drawn: Array, fraction: Array) -> Array:
    return np.asarray(np.where(drawn > 1, (1 - fraction) * drawn / np.maximum(drawn - 1, 1), 0.0))


def _diagonals(q: Array) -> Array:
    """Groups share no rows: the products of their rows' values vanish off the diagonal."""
    return np.asarray(q[:, :, None] * np.eye(q.shape[1]))


def _stratum_of(units: pl.DataFrame, strata: pl.DataFrame) -> Index:
    numbered = strata.select("stratum").with_row_index("number")
    found = units.join(numbered, on="stratum", how="left", nulls_equal=True, maintain_order="left")
    return np.asarray(found["number"].to_numpy(), dtype=np.intp)


def _fraction(table: pl.DataFrame, name: str, drawn: str, column: str) -> Array:
    """Sampled share of a population, from its size or from the share itself (at most 1)."""
    low, high = (table[f"{name}_{end}"].to_numpy().astype(float) for end in ("low", "high"))
    units = table[drawn].to_numpy().astype(float)
    wrong = (low != high) | ((high > 1) & (high < units))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        where = str(table["stratum"][at])
        raise EstimationError("effects.bad_fpc", column=column, stratum=where, sampled=int(units[at]))
    return np.asarray(np.where(high > 1, units / np.maximum(high, 1), high))
