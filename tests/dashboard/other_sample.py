"""Other sources for a page: wastewater with limits, crimes with a small month, Kolada. All numbers are invented."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from lhu_effect.disclosure.series import mask_series
from lhu_effect.study import parse_study
from lhu_effect.study.model import Study
from lhu_effect.survey import read_other_sources
from lhu_effect.survey.series import SeriesSet

STUDY = """
[study]
id = "strangnas"
title = "T"
municipality = "0486"
[[source]]
id = "wastewater"
kind = "wastewater"
files = "w.csv"
producer = "Påhittat laboratorium"
retrieved = 2026-11-01
synthetic = true
[[source]]
id = "crime"
kind = "activity"
files = "c.csv"
title = { sv = "Anmälda brott", en = "Reported crimes" }
producer = "Polisen"
[[source]]
id = "kolada"
kind = "kolada"
files = "k.csv"
producer = "Kolada (RKA)"
terms = "CC BY 4.0"
source = "https://www.kolada.se"
"""
WATER = """Provdatum;Provplats;Kokain;MDMA
2020-03-14;Strängnäs;12,5;<3
2020-03-17;Strängnäs;10,1;4
2021-03-17;Strängnäs;11,1;4
2021-03-20;Strängnäs;15;7,5
2020-03-17;Mariefred;<8,5;<LOD
2021-03-17;Mariefred;9;1
2022-03-17;Mariefred;..;2
"""
SMALL = 3
CRIME = "Månad;Narkotikabrott;Misshandel\n" + "".join(
    f"{year}-{m:02d};{SMALL if (year, m) == (2020, 2) else 30 + m};{10 + m}\n"
    for year in (2020, 2021)
    for m in range(1, 13)
)
KOLADA = "kpi;municipality_id;gender;year;value\n" + "".join(
    f"N15643;0486;T;{year};{value}\n"
    for year, value in ((2020, "78.2"), (2021, "79"), (2022, ".."), (2023, "81.5"))
)


@cache
def study() -> Study:
    """The study of the sources, without folder once they are read."""
    return parse_study(STUDY.encode())


@cache
def raw() -> SeriesSet:
    """As read: the small month included."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("w.csv", WATER), ("c.csv", CRIME), ("k.csv", KOLADA)):
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return read_other_sources(parse_study(STUDY.encode(), Path(folder)))


def shown() -> SeriesSet:
    """As it may be shown."""
    return mask_series(raw(), study())
