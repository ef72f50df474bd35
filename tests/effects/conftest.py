"""Studies and tables written out small: a municipality, its comparisons, and counts one can follow by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl
import pytest

from lhu_effect.definitions import load_registry
from lhu_effect.definitions.model import Exposure, Registry, Wave
from lhu_effect.i18n import Text
from lhu_effect.study.model import Promise, Stratum, Study
from lhu_effect.survey.cube import CUBE_SCHEMA, Cube

OWN = "0486"
OTHERS = ("0428", "0461", "0488", "0480")
YEARS = (2014, 2017, 2020, 2023)
WAVES = tuple(
    Wave(y, date(y, 1, 20) if y == 2020 else date(y, 2, 1), date(y, 3, 6) if y == 2020 else date(y, 3, 31))
    for y in YEARS
)
PROMISE = Promise(
    "2020", Text("2020"), date(2020, 3, 16), date(2020, 12, 31),
    themes=("drugs",), primary=("narcotics_ever", "narcotics_12_months"), primary_named_on=date(2019, 1, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """A table under construction: rows by (year, municipality, district, grade, indicator)."""

    rows: tuple[Mapping[str, object], ...] = ()
    years: tuple[int, ...] = YEARS
    others: tuple[str, ...] = OTHERS
    grade: str = "ak9"
    base: Mapping[str, object] = field(default_factory=lambda: {"sex": "all", "status": "observed"})

    def add(
        self,
        indicator: str,
        k: Sequence[float | None],
        n: int | Sequence[int | None],
        municipality: str = OWN,
        district: str = "all",
        **more: object,
    ) -> Cells:
        """Counts of one unit, one per wave; None: no such cell."""
        bases = [n] * len(k) if isinstance(n, int) else list(n)
        new = [
            {
                **self.base, "year": y, "municipality": municipality, "district": district, "grade": self.grade,
                "indicator": indicator, "k": ki, "n": ni, **more,
            }
            for y, ki, ni in zip(self.years, k, bases, strict=True)
            if ki is not None
        ]  # fmt: skip
        return replace(self, rows=(*self.rows, *new))

    def compare(self, indicator: str, k: int, n: int = 1000, wobble: int = 0) -> Cells:
        """Steady comparison municipalities (k of n in every wave, give or take)."""
        made = self
        for i, code in enumerate(self.others):
            counts = [k + wobble * ((i + t) % 3 - 1) for t in range(len(self.years))]
            made = made.add(indicator, counts, n, code)
        return made

    def change(self, where: Mapping[str, object], **values: object) -> Cells:
        """Put other values into the rows that match."""

        def hit(row: Mapping[str, object]) -> bool:
            return all(row.get(c) == v for c, v in where.items())

        return replace(self, rows=tuple({**r, **values} if hit(r) else r for r in self.rows))

    def cube(self) -> Cube:
        """The table as a tabulated Cube."""
        frame = pl.DataFrame(
            [{c: r.get(c) for c in CUBE_SCHEMA} for r in self.rows], schema=CUBE_SCHEMA, strict=False
        )
        counted = frame.with_columns(
            pl.col("organiser").fill_null(False),
            pl.col("flags").fill_null(""),
            *(
                pl.coalesce(f"{c}_{end}", c).alias(f"{c}_{end}")
                for c in ("n", "k")
                for end in ("low", "high")
            ),
        )
        return Cube(counted)


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The packaged definitions, without anybody else's promises."""
    known = load_registry()
    clean = tuple(Exposure(code, "no", date(2010, 1, 1), None, (), Text("")) for code in OTHERS)
    return replace(known, exposures=clean)


@pytest.fixture(scope="session")
def make_study(registry: Registry) -> Callable[..., Study]:
    """A study of Strängnäs with one stratum; keywords replace its fields."""

    def make(**fields: object) -> Study:
        made = Study(
            OWN, registry, strata=(Stratum("ak9", ("ak9",)),), waves=WAVES, promises=(PROMISE,), enrolment=(),
        )  # fmt: skip
        return replace(made, **fields)

    return make
