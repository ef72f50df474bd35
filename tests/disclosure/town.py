"""A small town study from file to page: one district too small to show, four municipalities beside it."""

from __future__ import annotations

from pathlib import Path

STUDY = """
[study]
id = "town"
title = "Staden"
municipality = "0486"
extracts = ["answers.csv"]
comparison = "all"
contaminated = "flag"
strata = [{ id = "ak9", grades = ["ak9"] }]

[[wave]]
year = 2017
[[wave]]
year = 2020
field_start = 2020-01-20
field_end = 2020-02-20
[[wave]]
year = 2023
field_start = 2023-02-01
field_end = 2023-03-31

[[promise]]
id = "2020"
title = "Löftet 2020"
start = 2020-04-01
end = 2020-12-31
themes = ["drugs"]
primary = ["narcotics_ever", "offered_narcotics_12_months"]
primary_named_on = 2020-03-01
primary_named_by = "kommunen"
"""
QUESTIONS = {"Använt narkotika någon gång": 0.10, "Erbjuden narkotika senaste 12 månaderna": 0.16}
TOWN = {"Strängnäs": 240, "Mariefred": 100, "Åker": 31}
OTHERS = {"Nyköping": 700, "Katrineholm": 420, "Trosa": 180, "Flen": 170}
HEAD = "År;Kommun;Kommundel;Årskurs;Kön;Fråga;Antal;Antal svar"


def extract(moved: int = 0) -> str:
    """The extract as text. moved: yes-answers of Åker's girls counted as Mariefred's girls' instead."""
    lines = [HEAD]
    for year in (2017, 2020, 2023):
        for number, (question, share) in enumerate(QUESTIONS.items()):
            small = {2017: 4, 2020: 4, 2023: 3}[year]
            counts = {d: (n, round(n * share) + year % 4) for d, n in TOWN.items()} | {"Åker": (31, small)}
            counts["Åker"] = (31, small - moved)
            counts["Mariefred"] = (counts["Mariefred"][0], counts["Mariefred"][1] + moved)
            whole = (sum(n for n, _ in counts.values()), sum(k for _, k in counts.values()))
            key = f"{year};Strängnäs"
            lines += [f"{key};{d};Åk 9;Totalt;{question};{k};{n}" for d, (n, k) in counts.items()]
            girls = (whole[0] // 2, whole[1] // 2 + number)
            lines.append(f"{key};Totalt;Åk 9;Totalt;{question};{whole[1]};{whole[0]}")
            lines.append(f"{key};Totalt;Åk 9;Flickor;{question};{girls[1]};{girls[0]}")
            lines.append(f"{key};Totalt;Åk 9;Pojkar;{question};{whole[1] - girls[1]};{whole[0] - girls[0]}")
            for place, n in OTHERS.items():
                lines.append(
                    f"{year};{place};Totalt;Åk 9;Totalt;{question};{round(n * share) + year % 7};{n}"
                )
    return "\n".join(lines) + "\n"


def write_study(folder: Path, text: str | None = None, study: str = STUDY) -> Path:
    """The study as a folder on disk."""
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(study, encoding="utf-8")
    (folder / "answers.csv").write_text(extract() if text is None else text, encoding="utf-8")
    return folder
