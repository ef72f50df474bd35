"""An invented survey with whole numbers for every place, grade and sex, and what a right reading of a table of it is.

Sums are true (girls and boys make all, kommundelar make the municipality), so that any table made of them is
consistent: every cell that is read can be held against `truth`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lhu_effect.errors import InputError
from tests.survey.by_hand import home, read, workbook

QUESTIONS = {
    "narcotics_ever": "Använt narkotika någon gång",
    "safe_in_school": "Trygg i skolan",
    "drunk_30_days": "Varit berusad senaste 30 dagarna",
}
ASKED = QUESTIONS["narcotics_ever"]
LEVEL = {"narcotics_ever": 0.09, "safe_in_school": 0.83, "drunk_30_days": 0.22}
DISTRICTS = {"strangnas": (71, 66), "mariefred": (42, 47), "aker": (23, 19), "stallarholmen": (31, 28)}
OTHERS = {"0482": (77, 83), "0484": (511, 498), "0488": (61, 58), "0480": (243, 251)}
NATION = (40_000, 41_000)
PLACE = {
    "all": "Totalt",
    "strangnas": "Strängnäs tätort",
    "mariefred": "Mariefred",
    "aker": "Åkers styckebruk",
    "stallarholmen": "Stallarholmen",
}
PLACES = tuple(PLACE)
TOWN = {"0482": "Flen", "0484": "Eskilstuna", "0488": "Trosa", "0480": "Nyköping", "0486": "Strängnäs"}
TOWNS = ("0486", *OTHERS)
GRADE = {"ak7": "Åk 7", "ak9": "Åk 9", "gy2": "Gy 2"}
SEX = {"girl": "Flickor", "boy": "Pojkar", "all": "Totalt"}
YEARS = (2014, 2017, 2020)
Id = tuple[int, str, str, str, str, str]


def leaves(municipality: str, district: str, grade: str) -> list[tuple[str, tuple[int, int]]]:
    """The groups that make up a place: (district, girls and boys)."""
    if municipality == "00":
        return [*leaves("04", "all", grade), ("all", NATION)]
    if municipality == "04":
        return [leaf for m in TOWNS for leaf in leaves(m, "all", grade)]
    if municipality != "0486":
        return [("all", OTHERS[municipality])]
    schools = ("strangnas",) if grade == "gy2" else tuple(DISTRICTS)
    return [(d, DISTRICTS[d]) for d in (schools if district == "all" else (district,))]


def truth(
    year: int, municipality: str, district: str, grade: str, sex: str, indicator: str
) -> tuple[int, int]:
    """n and k."""
    n = k = 0
    for d, pupils in leaves(municipality, district, grade):
        for i, s in enumerate(("girl", "boy")):
            if sex in ("all", s):
                here = pupils[i] + (year - 2008) % 7 + {"ak7": 0, "ak9": 3, "gy2": 5}[grade]
                turn = (year + i * 3 + len(d) + list(GRADE).index(grade)) % 5
                n += here
                k += round(here * (LEVEL[indicator] + 0.012 * turn - 0.02))
    return n, k


def base(
    y: int, d: str = "all", g: str = "ak9", s: str = "all", i: str = "narcotics_ever", m: str = "0486"
) -> int:
    """Answers."""
    return truth(y, m, d, g, s, i)[0]


def count(
    y: int, d: str = "all", g: str = "ak9", s: str = "all", i: str = "narcotics_ever", m: str = "0486"
) -> int:
    """Yes-answers."""
    return truth(y, m, d, g, s, i)[1]


def share(
    y: int, d: str = "all", g: str = "ak9", s: str = "all", i: str = "narcotics_ever", m: str = "0486"
) -> float:
    """Per cent, one decimal."""
    n, k = truth(y, m, d, g, s, i)
    return round(100 * k / n, 1)


def comma(number: float) -> str:
    """A number as Swedish tables write it."""
    return str(number).replace(".", ",")


def keys(
    years: Iterable[int] = (2020,),
    d: Iterable[str] = ("all",),
    g: Iterable[str] = ("ak9",),
    s: Iterable[str] = ("all",),
    i: Iterable[str] = ("narcotics_ever",),
    m: Iterable[str] = ("0486",),
) -> set[Id]:
    """Cells of the cube, as (year, municipality, district, grade, sex, indicator)."""
    return set(itertools.product(years, m, d, g, s, i))


@dataclass(frozen=True)
class Sent:
    """A table as somebody sends it. wanted: the cells it gives. said: rules of what is said about it besides.

    bases: whether every cell must come with its number of answers.
    """

    write: Callable[[Path], list[Path]]
    wanted: frozenset[Id]
    said: frozenset[str]
    bases: bool


Write = Callable[[Path], list[Path]]


def sender(tables: list[Sent]) -> Callable[..., Callable[[Write], Write]]:
    """`sent`: a decorator that adds the table it stands over, with the cells it must give, to `tables`."""

    def sent(wanted: set[Id], *said: str, bases: bool = True) -> Callable[[Write], Write]:
        def take(write: Write) -> Write:
            tables.append(Sent(write, frozenset(wanted), frozenset(said), bases))
            return write

        return take

    return sent


def made(
    at: Path, sheets: Mapping[str, Sequence[Sequence[object]]], merges: Sequence[str] = ()
) -> list[Path]:
    """One workbook in the folder `at`, or as the file that `at` names."""
    return [workbook(at if at.suffix else at / "a.xlsx", sheets, merges)]


def faults(sent: Sent, at: Path) -> list[object]:
    """What is wrong with how a table was read: cells missing or extra, numbers that are not true, words unasked for."""
    study = replace(home(), enrolment=())
    try:
        survey = read(*sent.write(at), strict=False, study=study)
    except InputError as fault:
        return [str(fault)]
    rules = {i.rule.split(".")[1] for i in survey.found if i.severity != "note"}
    found: list[object] = sorted(rules - sent.said)
    read_keys = set()
    for row in survey.cube.frame.iter_rows(named=True):
        key = tuple(row[c] for c in ("year", "municipality", "district", "grade", "sex", "indicator"))
        read_keys.add(key)
        n, k = truth(*key)
        true = row["n"] in (n, None) and row["k"] in (k, None) and row["k_low"] <= k
        true &= row["n_low"] <= n <= (row["n_high"] or n) and k <= (
            row["k_high"] if row["k_high"] is not None else k
        )
        true &= row["percent"] is None or abs(row["percent"] - 100 * k / n) <= 0.501
        told = row["status"] == "masked" or row["percent"] is not None or row["k"] is not None
        if not true or not told or (sent.bases and row["n"] is None):
            found.append((key, {c: row[c] for c in ("n", "k", "k_low", "k_high", "percent", "status")}))
    return [*found, *sorted(read_keys ^ sent.wanted)]
