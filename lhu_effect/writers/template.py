"""An empty workbook to type results into, with lists to choose from; filled in, it reads back as any long table."""

from __future__ import annotations

from lhu_effect.study.model import Study
from lhu_effect.writers.long import COLUMNS
from lhu_effect.writers.published import SEXES, grade_label, place_labels
from lhu_effect.writers.workbook import Bounds, Choice, Sheet, Value, workbook_bytes

ROWS = 3000
NOTES = (
    "Fyll i en rad för varje andel på bladet Data. Välj ur listorna; andra kända stavningar går också bra.",
    "Kommundel: Totalt betyder hela kommunen. Kön: Totalt betyder alla elever.",
    "Andel (%): 0–100, så som den publicerats. Antal svar: hur många som svarat på frågan (bas).",
    ".. = färre än 5 svar i kategorin; visas inte",
    "Lämna raden tom om uppgiften inte finns. Skriv aldrig uppgifter om enskilda elever.",
)


def template_workbook(study: Study) -> bytes:
    """The workbook for `study`: sheet Data to fill in, sheet Förklaring with the lists."""
    lists = _lists(study)
    first = len(NOTES) + 3
    columns: list[list[Value]] = [[name, *values] for name, values in lists.items()]
    height = max(len(c) for c in columns)
    listed: list[list[Value]] = [
        [column[i] if i < len(column) else None for column in columns] for i in range(height)
    ]
    said: list[list[Value]] = [[note] for note in NOTES]
    notes = Sheet(
        "Förklaring",
        [*said, [], *listed],
        header=(first - 1,),
        widths={"A": 24, "B": 24, "C": 24, "D": 16, "E": 60},
    )
    last = ROWS + 1
    where = {
        name: f"Förklaring!${c}${first}:${c}${first + len(lists[name]) - 1}"
        for c, name in zip("ABCDE", lists, strict=True)
    }
    checks: list[Choice | Bounds] = [
        Bounds(f"A2:A{last}", 1990, 2100, whole=True, prompt="Året då enkäten gjordes"),
        Choice(f"B2:B{last}", where["Kommun"]),
        Choice(f"C2:C{last}", where["Kommundel"], prompt="Totalt = hela kommunen"),
        Choice(f"D2:D{last}", where["Årskurs"]),
        Choice(f"E2:E{last}", where["Kön"], prompt="Totalt = alla elever"),
        Choice(f"F2:F{last}", where["Fråga"]),
        Bounds(f"H2:H{last}", 0, 1_000_000, whole=True, prompt="Antal elever som svarat på frågan"),
    ]
    data = Sheet(
        "Data",
        [list(COLUMNS)],
        header=(1,),
        formats={"G": "0.0"},
        widths={"B": 20, "C": 20, "D": 18, "E": 12, "F": 52, "G": 12, "H": 12},
        freeze="A2",
        checks=checks,
    )
    return workbook_bytes([data, notes], title=study.title.sv)


def _lists(study: Study) -> dict[str, list[str]]:
    """What may be chosen: places of the study's county, its kommundelar, grades of its strata, sexes, outcomes."""
    registry = study.registry
    own = registry.places[study.municipality]
    towns = [p.name for p in registry.places.values() if p.region == own.region and p.kind == "municipality"]
    grades = dict.fromkeys(g for s in study.strata for g in s.grades)
    return {
        "Kommun": sorted(towns),
        "Kommundel": ["Totalt", *(place_labels(registry, own.code, d.id)[1] for d in own.districts)],
        "Årskurs": [grade_label(g) for g in grades],
        "Kön": [SEXES[s] for s in ("all", "girl", "boy", "other")],
        "Fråga": [i.label.sv for i in registry.indicators.values() if i.kind == "outcome"],
    }
