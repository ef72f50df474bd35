"""Invented files for the default study's other sources: wastewater with values below the limit, reported crimes by month.

Same seed, same bytes. They show what the section looks like; nothing in them is tied to the simulated survey.
"""

from __future__ import annotations

import math
import re
from datetime import date
from random import Random

from lhu_effect.study.model import OtherSource, Study

YEARS = (2020, 2021, 2022, 2023)
PLACES = (("Strängnäs", 1.0), ("Mariefred", 0.45))
SUBSTANCES = (("Kokain", 24.0, 1.9, 6.0), ("Amfetamin", 30.0, 1.1, 8.0), ("MDMA", 3.5, 2.4, 3.0))
CRIMES = (("Narkotikabrott", 11.0), ("Misshandel, utomhus", 6.5))
SIDECAR = """# Säger vem som lämnat filen med samma namn. Talen i den är påhittade.
producer = "lhu_effect simulate"
terms = "Syntetiska data. Fritt att använda."
synthetic = true
"""


def other_files(study: Study, seed: int) -> dict[str, bytes]:
    """The files of the study's wastewater and activity sources with their sidecars, by name within the study."""
    files: dict[str, bytes] = {}
    for number, source in enumerate(study.sources):
        text = _text(source, Random(1000 * seed + number))
        for name in source.files:
            files[name] = text.encode()
            files[f"{name}.toml"] = SIDECAR.encode()
    return files


def without_sources(text: str) -> str:
    """A study.toml without its [[source]] tables: a simulated study has no files for them."""
    return re.sub(r"(?ms)^\[\[source\]\]\n.*?(?=^\[|\Z)", "", text)


def _text(source: OtherSource, chance: Random) -> str:
    return _wastewater(chance) if source.kind == "wastewater" else _crimes(chance)


def _wastewater(chance: Random) -> str:
    """A Tuesday and a Saturday in March each year, wide; less than the limit is written `<limit`."""
    lines = [["Provdatum", "Provplats", *(f"{s} (mg per 1 000 invånare och dygn)" for s, *_ in SUBSTANCES)]]
    for year in YEARS:
        for place, size in PLACES:
            for weekday in (1, 5):
                day = date.fromordinal(
                    next(d for d in range(_ides(year), _ides(year) + 7) if _weekday(d) == weekday)
                )
                values = [
                    _amount(level * size * (week if weekday == 5 else 1.0), limit, chance)
                    for _, level, week, limit in SUBSTANCES
                ]
                lines.append([day.isoformat(), place, *values])
    return _csv(lines)


def _ides(year: int) -> int:
    return date(year, 3, 15).toordinal()


def _weekday(ordinal: int) -> int:
    return date.fromordinal(ordinal).weekday()


def _amount(level: float, limit: float, chance: Random) -> str:
    found = level * math.exp(0.35 * _bell(chance))
    return f"<{limit:g}" if found < limit else f"{found:.1f}".replace(".", ",")


def _crimes(chance: Random) -> str:
    """Reports per month: Poisson-like counts, a few of them small."""
    lines = [["Månad", *(name for name, _ in CRIMES)]]
    for year in YEARS:
        for month in range(1, 13):
            counts = [max(0, round(mean + math.sqrt(mean) * _bell(chance))) for _, mean in CRIMES]
            lines.append([f"{year}-{month:02d}", *(str(c) for c in counts)])
    return _csv(lines)


def _bell(chance: Random) -> float:
    """Nearly normal: the sum of twelve even draws, which every Python draws alike."""
    return sum(chance.random() for _ in range(12)) - 6.0


def _csv(lines: list[list[str]]) -> str:
    return "\n".join(";".join(line) for line in lines) + "\n"
