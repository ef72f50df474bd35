"""Counts as an authority publishes them: per cents rounded, small numbers hidden behind marks, n beside.

Turns cells (year ... n, k) into cells with what may be printed; the layouts (wide, long) only arrange them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from lhu_effect import i18n
from lhu_effect.definitions.model import GRADES, Registry

KEY = ("year", "municipality", "district", "grade", "sex", "indicator")
SEXES = {
    "girl": "Flickor",
    "boy": "Pojkar",
    "other": "Annat",
    "undisclosed": "Vill inte ange",
    "all": "Totalt",
}
NO_CELL = "–"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a producer publishes. decimals: of per cents. hide_below: counts under this are hidden, and n under it.

    mark: what stands for a hidden per cent. only_percent: no n at all is published.
    """

    decimals: int = 0
    hide_below: int = 5
    mark: str = ".."
    only_percent: bool = False

    @property
    def small(self) -> str:
        """What stands for a hidden n."""
        return f"<{self.hide_below}"


@dataclass(frozen=True, slots=True)
class Printed:
    """One published cell: a number or a mark each. k, n: the counts behind it (never printed)."""

    percent: float | str
    n: int | str | None
    k: int


def round_percent(k: int, n: int, decimals: int) -> float:
    """100 k/n rounded half up in decimal arithmetic, as spreadsheets show it.

    >>> round_percent(1, 8, 1), round_percent(1, 8, 0)
    (12.5, 13.0)
    """
    exact = Decimal(100 * k) / Decimal(n)
    return float(exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def publish(frame: pl.DataFrame, rules: Rules) -> dict[tuple[object, ...], Printed]:
    """Each cell of `frame` (KEY, n, k; no school rows) as printed, by its KEY."""
    return {
        tuple(row[:6]): _printed(row[6], row[7], rules)
        for row in frame.select(*KEY, "n", "k").iter_rows()
        if row[6] > 0
    }


def _printed(n: int, k: int, rules: Rules) -> Printed:
    if n < rules.hide_below:
        return Printed(rules.mark, None if rules.only_percent else rules.small, k)
    shown = rules.mark if k < rules.hide_below else round_percent(k, n, rules.decimals)
    return Printed(shown, None if rules.only_percent else n, k)


def with_county(frame: pl.DataFrame, code: str) -> pl.DataFrame:
    """`frame` and the county: the sum of its municipalities."""
    whole = frame.filter(pl.col("district") == "all", pl.col("municipality").str.starts_with(code))
    county = (
        whole.with_columns(municipality=pl.lit(code))
        .group_by(*KEY, maintain_order=True)
        .agg(pl.col("n").sum(), pl.col("k").sum())
    )
    return pl.concat([frame.select(*KEY, "n", "k"), county.select(*KEY, "n", "k")])


def place_labels(registry: Registry, municipality: str, district: str) -> tuple[str, str]:
    """Kommun and Kommundel as written in an extract; the whole municipality is "Totalt"."""
    place = registry.places[municipality]
    if district == "all":
        return place.name, "Totalt"
    named = next(d for d in place.districts if d.id == district)
    return place.name, named.name


def grade_label(grade: str) -> str:
    """Årskurs 9, Gymnasiet år 2."""
    return i18n.text(f"definitions.grade.{grade}", "sv")


def ordered(registry: Registry, keys: Sequence[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """(municipality, district, grade, sex) as an authority sorts them: county first, then by name; totals before parts."""
    names = {k: place_labels(registry, k[0], k[1]) for k in keys}
    sexes = list(SEXES)

    def place(k: tuple[str, str, str, str]) -> tuple[object, ...]:
        county_first = len(k[0]) != 2
        return (county_first, names[k][0], k[1] != "all", names[k][1], GRADES.index(k[2]), sexes.index(k[3]))

    return sorted(set(keys), key=place)


def footnotes(rules: Rules, synthetic: bool) -> list[str]:
    """What the marks mean, in the producer's words."""
    said = [
        f"{rules.mark} = färre än {rules.hide_below} svar i kategorin; visas inte",
        f"{NO_CELL} = ej aktuellt: årskursen eller svarsalternativet fanns inte",
    ]
    if not rules.only_percent:
        said.append("Antal svar = antal elever som svarat på frågan (bas).")
    if synthetic:
        said.append("Syntetiska data – inga riktiga elever.")
    return said


def questions(registry: Registry, ids: Sequence[str]) -> Mapping[str, str]:
    """Indicator id -> its label, in register order."""
    return {i: registry.indicators[i].label.sv for i in registry.indicators if i in set(ids)}
