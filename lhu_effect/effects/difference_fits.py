"""What `lhu.did` computes: regressions on cells of alike rows, and the unit methods on summed counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from lhu_effect.effects import clustered, regressors
from lhu_effect.effects.clustered import Fit
from lhu_effect.effects.estimators import aggregate, noise_floor
from lhu_effect.effects.noise import Array
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused
from lhu_effect.errors import EstimationError
from lhu_effect.i18n import Lang, Text, number, text

Method = Literal["noise_floor_did", "aggregate_did", "linear", "logit"]
Vcov = Literal["iid", "CR0", "CR1", "CR2", "CR3"]
FEW_EXPOSED, FEW_CLUSTERS = 5, 20
ROUNDING = 1e-12


@dataclass(frozen=True)
class Did:
    """One effect. scale: "outcome" (its own units), "share" (difference of shares, 0-1) or "log_odds".

    std_error, df: None where the method has none. df inf: a normal law. clusters, exposed_clusters: None
    without clusters; of unit methods the units. p_permutation: rank of the estimate among those of every unit
    given the exposed one's exposure (linear and logit with one exposed unit), never below 1 / units.
    warnings: ids, worded by `explain`.
    """

    estimator: str
    scale: Literal["outcome", "share", "log_odds"]
    estimate: float | None
    std_error: float | None
    df: float | None
    p_value: float
    conf_low: float
    conf_high: float
    level: float
    rows: int
    clusters: int | None
    exposed_clusters: int | None
    p_permutation: float | None = None
    warnings: tuple[str, ...] = ()

    def explain(self, lang: Lang = "en") -> str:
        """The estimate and its cautions in plain sentences."""
        point = "–" if self.estimate is None else _said(self.estimate, lang)
        first = text(
            f"effects.did.said_{self.scale}", lang, estimate=point, low=_said(self.conf_low, lang),
            high=_said(self.conf_high, lang), level=f"{100 * self.level:g}", estimator=self.estimator,
        )  # fmt: skip
        rank = "" if self.p_permutation is None else _said(self.p_permutation, lang)
        more = [text("effects.did.permutation", lang, p=rank)] if rank else []
        return " ".join([first, *(text(f"effects.did.warnings.{w}", lang) for w in self.warnings), *more])

    def __str__(self) -> str:
        return self.explain("en")


def _said(x: float, lang: Lang) -> str:
    """Three digits that matter, in the language's way."""
    if not np.isfinite(x):
        return "∞" if x > 0 else "−∞"
    places = max(0, 2 - int(np.floor(np.log10(abs(x))))) if x else 0
    return number(x, lang, min(places, 6))


@dataclass(frozen=True, eq=False)
class _Cells:
    """Rows alike in everything but the outcome, counted together: the same fit to the last digit.

    y: weighted mean, size: weight, spread: sum of weight (y - mean)^2 within. rows: rows or pupils behind.
    """

    exposed: Array
    y: Array
    size: Array
    spread: float
    rows: float
    labels: pl.DataFrame
    cluster: regressors.Index | None
    counts: bool


def cells_of(
    frame: pl.DataFrame,
    exposed: str,
    outcome: str | None,
    k: str | None,
    n: str | None,
    weights: str | None,
    labels: Sequence[str],
    by: str | None,
) -> _Cells:
    if k is not None and n is not None:
        made = frame.select(pl.col(k).alias("_wy"), pl.col(n).alias("_w"), pl.col(k).alias("_wyy"))
        rows = float(made["_w"].sum())
    else:
        w = pl.col(weights) if weights else pl.lit(1.0)
        y = pl.col(str(outcome))
        made = frame.select((w * y).alias("_wy"), w.alias("_w"), (w * y * y).alias("_wyy"))
        rows = float(frame.height)
    used = frame.select(pl.col(exposed).alias("_on"), *(pl.col(c).cast(pl.String) for c in labels))
    whole = pl.concat([used, made], how="horizontal").filter(pl.col("_w") > 0)
    keys = list(dict.fromkeys(used.columns))
    sums = whole.group_by(keys, maintain_order=True).agg(pl.col("_wy", "_w", "_wyy").sum())
    size = sums["_w"].to_numpy()
    y_mean = sums["_wy"].to_numpy() / size
    return _Cells(
        exposed=sums["_on"].to_numpy(),
        y=y_mean,
        size=size,
        spread=float((sums["_wyy"].to_numpy() - size * y_mean**2).sum()),
        rows=rows,
        labels=sums,
        cluster=np.unique(sums[by].to_numpy(), return_inverse=True)[1] if by else None,
        counts=k is not None,
    )


def regression(
    cells: _Cells,
    absorbed: Sequence[str],
    by: str | None,
    unit: str | None,
    time: str | None,
    name: str,
    kind: Vcov,
    level: float,
) -> Did:
    from scipy.special import stdtr, stdtrit

    others = _dummies(cells, absorbed)
    fit = _fitted(cells, cells.exposed, others, name)
    variance, df = _variance(cells, fit, name, kind)
    if not np.isfinite(variance) or variance <= 0:
        raise EstimationError("effects.did_leverage", vcov=kind)
    if np.sqrt(variance) <= ROUNDING * max(1.0, float(np.abs(cells.y).max())):
        raise EstimationError("effects.did_no_spread")
    effect, error = float(fit.beta[0]), float(np.sqrt(variance))
    half = float(stdtrit(df, (1 + level) / 2)) * error
    clusters = None if cells.cluster is None else len(fit.clusters)
    exposed = None
    if cells.cluster is not None:
        exposed = len(np.unique(cells.cluster[cells.exposed != 0]))
    return Did(
        estimator=f"{name}, {kind}",
        scale="log_odds" if name == "logit" else "share" if cells.counts else "outcome",
        estimate=effect,
        std_error=error,
        df=df,
        p_value=float(2 * stdtr(df, -abs(effect) / error)),
        conf_low=effect - half,
        conf_high=effect + half,
        level=level,
        rows=round(cells.rows),
        clusters=clusters,
        exposed_clusters=exposed,
        p_permutation=_rank(cells, others, unit, time, name, effect),
        warnings=_cautions(cells, fit, kind, clusters, exposed, unit, time),
    )


def _dummies(cells: _Cells, absorbed: Sequence[str]) -> Array:
    """An intercept and the levels of the absorbed columns."""
    made = [np.ones((len(cells.y), 1))]
    for column in absorbed:
        place = np.unique(cells.labels[column].to_numpy(), return_inverse=True)[1]
        made.append(np.eye(int(place.max()) + 1)[place][:, 1:])
    X = np.hstack(made)
    return X[:, regressors.independent(X, (0,))]


def _fitted(cells: _Cells, on: Array, others: Array, name: str) -> Fit:
    """Least squares or a logit with the exposure first. Raises where it cannot be told from the others."""
    X = np.column_stack([on, others])
    if 0 not in regressors.independent(X, range(1, X.shape[1])):
        raise EstimationError("effects.did_swallowed")
    cluster = np.arange(len(on)) if cells.cluster is None else cells.cluster
    of = regressors.Regressors.plain(X, cluster)
    if name == "linear":
        fit = clustered.least_squares(cells.y, cells.size, of)
        return replace(fit, rows=cells.rows)
    made = clustered.logistic(cells.y * cells.size, cells.size, of)
    if made is None:
        raise EstimationError("effects.did_separated")
    return made


def _variance(cells: _Cells, fit: Fit, name: str, kind: Vcov) -> tuple[float, float]:
    """Variance of the effect and its degrees of freedom."""
    if kind == "iid":
        left = cells.rows - fit.X.shape[1]
        if name == "logit":
            return float(fit.bread[0, 0]), float("inf")
        if left < 1:
            raise EstimationError("effects.did_empty")
        return float(((fit.residual**2).sum() + cells.spread) / left * fit.bread[0, 0]), float(left)
    if len(fit.clusters) < 2:
        raise EstimationError("effects.did_clusters")
    df = float(len(fit.clusters) - 1) if kind in ("CR0", "CR1") else fit.satterthwaite(0, kind)
    return fit.variance(0, kind), df


def _rank(
    cells: _Cells, others: Array, unit: str | None, time: str | None, name: str, effect: float
) -> float | None:
    """With one exposed unit: the share of units whose estimate, had they been it, is at least as far from 0."""
    if unit is None or time is None or not np.isin(cells.exposed, (0.0, 1.0)).all():
        return None
    of, when = (cells.labels[c].to_numpy() for c in (unit, time))
    units, exposed = np.unique(of), np.unique(of[cells.exposed > 0])
    if len(exposed) != 1 or len(units) < 3:
        return None
    times = np.unique(when[cells.exposed > 0])
    made = []
    for u in units:
        on = ((of == u) & np.isin(when, times)).astype(float)
        try:
            made.append(abs(float(_fitted(cells, on, others, name).beta[0])))
        except EstimationError:
            continue
    return float((np.array(made) >= abs(effect) * (1 - 1e-9)).mean())


def _cautions(
    cells: _Cells, fit: Fit, kind: Vcov, clusters: int | None, exposed: int | None, unit: str | None, time: str | None
) -> tuple[str, ...]:  # fmt: skip
    out = []
    if kind == "iid":
        out.append("rows_independent")
    if clusters is not None and exposed is not None:
        if exposed == 1 or fit.unheard(0):
            out.append("one_exposed_cluster")
        elif exposed < FEW_EXPOSED:
            out.append("few_exposed_clusters")
        if clusters < FEW_CLUSTERS and kind in ("CR0", "CR1"):
            out.append("few_clusters")
    if unit is not None and time is not None:
        on = cells.labels.filter(pl.col("_on") != 0)
        first = _earliest(on[time])
        begun = [_earliest(part[time]) for part in on.partition_by(unit)]
        out += ["staggered"] if len(set(begun)) > 1 else []
        out += ["one_wave_before"] if _in_order(cells.labels[time]).index(first) == 1 else []
    return tuple(out)


def _in_order(times: pl.Series) -> list[str]:
    """Distinct times, as numbers where they all are."""
    found = times.unique().to_list()
    numbers = times.unique().cast(pl.Float64, strict=False)
    return sorted(found) if numbers.null_count() else sorted(found, key=float)


def _earliest(times: pl.Series) -> str:
    return _in_order(times)[0]


def of_units(
    frame: pl.DataFrame, exposed: str, k: str, n: str, unit: str, time: str, name: str, at: float | None,
    design_effect: float, level: float,
) -> Did:  # fmt: skip
    """Counts by unit and wave, exposed units summed to one, to the unit methods."""
    when = frame[time].cast(pl.Float64, strict=False)
    if when.null_count() or frame[time].dtype.is_temporal():
        raise EstimationError("effects.did_time", name=time)
    sums = (
        frame.select(
            pl.col(unit).cast(pl.String).alias("unit"), when.alias("time"), pl.col(exposed).alias("_on"),
            pl.col(k).alias("k"), pl.col(n).alias("n"),
        )
        .group_by("unit", "time").agg(pl.col("_on").max(), pl.col("k", "n").sum()).sort("unit", "time")
    )  # fmt: skip
    on = sums.filter(pl.col("_on") > 0)
    if on.is_empty() or not sums["_on"].is_in([0.0, 1.0]).all():
        raise EstimationError("effects.did_exposed", name=exposed)
    starts = on.group_by("unit").agg(pl.col("time").min())["time"].unique().to_list()
    if len(starts) > 1:
        raise EstimationError("effects.did_staggered", starts=", ".join(f"{s:g}" for s in sorted(starts)))
    years = np.array(sorted(sums["time"].unique().to_list()))
    goal = starts[0] if at is None else at
    if goal not in years or goal < starts[0]:
        raise EstimationError(
            "effects.no_such_wave", year=f"{goal:g}", known=", ".join(f"{y:g}" for y in years)
        )
    mine = on["unit"].unique().sort().to_list()
    others = [u for u in sums["unit"].unique().sort().to_list() if u not in mine]
    counts, base = (_grid(sums, c, [*mine, *others], years) for c in ("k", "n"))
    whole = [np.vstack([x[: len(mine)].sum(0), x[len(mine) :]]) for x in (counts, base)]
    fit = np.ones(whole[0].shape, dtype=bool)
    fit[0] = years < starts[0]
    target = (0, int(np.flatnonzero(years == goal)[0]))
    problem = Problem(whole[0], whole[0], whole[1], years, fit, target, design_effect)
    run = noise_floor.named if name == "noise_floor_did" else aggregate.named
    made = run(problem, (level,))
    if isinstance(made, Refused):
        why = f"effects.reasons.{'wave_missing' if made.reason == 'missing' else made.reason}"
        raise EstimationError("effects.did_refused", why=Text(text(why, "sv"), text(why, "en")))
    low, high = made.intervals[level]
    warnings = ["one_exposed_unit" if len(mine) == 1 else "units_summed"]
    warnings += ["few_comparisons"] if len(others) < 3 else []
    warnings += ["one_wave_before"] if int(problem.cells[0].sum()) == 1 else []
    return Did(
        estimator=name,
        scale="share",
        estimate=made.estimate,
        std_error=made.std_error,
        df=made.df,
        p_value=made.p_value,
        conf_low=low,
        conf_high=high,
        level=level,
        rows=int(np.nansum(base)),
        clusters=1 + len(others),
        exposed_clusters=1,
        warnings=tuple(warnings),
    )


def _grid(sums: pl.DataFrame, column: str, units: Sequence[str], years: Array) -> Array:
    """(units, waves), NaN where there is none."""
    out = np.full((len(units), len(years)), np.nan)
    row, col = {u: i for i, u in enumerate(units)}, {y: i for i, y in enumerate(years.tolist())}
    for u, when, value in sums.select("unit", "time", column).iter_rows():
        out[row[u], col[when]] = value
    return out
