"""The reading test: what the first screen says, sentence by sentence, against the effects table and the study.

`unsupported` is a reader with a pencil who knows nothing of the page's code: every count, year, interval, direction
and verdict it can find is ticked off against a row; what it cannot tick off is a claim without support. That it
would notice is tested too: every number moved by one and every direction turned must be found.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable

import polars as pl
import pytest

from tests.dashboard.fixtures import Made
from tests.dashboard.test_page import made_of, page_of, visible

WORDS = {
    "better": ("är utvecklingen tydligt bättre", "tydligt bättre"),
    "worse": ("är utvecklingen tydligt sämre", "tydligt sämre"),
    "same": ("är läget i stort sett oförändrat", "i stort sett oförändrat", "i stort sett oförändrade"),
    "unsure": ("är det för osäkert för att säga", "för osäkert för att säga"),
    "not_comparable": ("går det inte att jämföra", "går inte att jämföra"),
}
VERDICT = {word: verdict for verdict, words in WORDS.items() for word in words}
SAID = "|".join(sorted(VERDICT, key=len, reverse=True))
CONSTANT = (
    "Går en andel från 9 till 7 av 100 elever har den minskat med 2 procentenheter",
    "(95 procents säkerhet)",
    "100 är som väntat, och lägre är bättre",
    "Det kan vara bättre eller sämre än väntat",
    "Att en kommundel är bättre eller sämre än en annan",
    "”För osäkert för att säga” är ett fullt svar",
    "årskurs 9 och gymnasiet år 2",
)
QUESTION = r"Vad ändrades efter medborgarlöftet (\d{4})"
STUDIES = ("mixed", "unsure", "better", "worse", "same", "changes", "masked", "without n")
CLAIM = re.compile(r"\d+|(?i:tydligt (?:bättre|sämre)|alltså (?:bättre|sämre)|(?:färre|fler) än|oförändra)")
Check = Callable[[re.Match[str]], bool]


def first_screen(name: str) -> str:
    """The words of the first answer, and of the drawing's name that only some hear."""
    article = page_of(name).split('<article class="ans"')[1].split("</article>")[0]
    spaced = re.sub(r"</(p|li|h[1-4]|summary|b|span)>", r"</\1> ", article)
    heard = re.findall(r'role="img" aria-label="([^"]*)"', article)
    return " ".join((visible(f"<article{spaced}"), *heard))


def unsupported(told: str, made: Made) -> list[str]:
    """Claims that the effects table, the study's dates or its commitments do not hold."""
    study, rows = (
        made.study,
        made.effects.rows.filter(pl.col("exposure") == "after", pl.col("district") == "all"),
    )
    themes = rows.filter(pl.col("indicator").str.starts_with("theme:"))
    rows = rows.filter(~pl.col("indicator").str.starts_with("theme:"))
    change = rows["reason"].eq("no_comparison").any()
    column, estimate = ("change_verdict", "change") if change else ("verdict", "estimate")
    count = Counter(rows[column])
    after, before = rows["after_year"][0], int(rows["before_years"][0].split()[-1])
    promises = {p.id: p for p in study.promises}
    period = rows["promise"][0].split("+")
    subject = {i.subject.sv: k for k, i in study.registry.indicators.items() if i.subject}
    waves = {w.year: w for w in study.waves}
    answers = {before: set(rows["n_before"].drop_nulls()), after: set(rows["n_after"].drop_nulls())}
    least = [v for c in ("detectable_decrease", "detectable_increase") for v in rows[c].drop_nulls().abs()]
    status = {"genomförda": "delivered", "genomfört": "delivered", "delvis genomfört": "partly"}
    status |= {"inställt": "cancelled", "okänt": "unknown"}
    done = Counter(c.status for c in promises[period[0]].commitments)

    def named(m: re.Match[str]) -> bool:
        row = rows.filter(pl.col("indicator") == subject.get(m[2], ""))
        if row.height != 1 or row[column][0] not in ("better", "worse"):
            return False
        wanted = study.registry.indicators[subject[m[2]]].better == "higher"
        up = row[estimate][0] > 0
        return up == (m[1] == "Fler") and (row[column][0] == "better") == (up == wanted)

    def index(m: re.Match[str]) -> bool:
        row = themes.filter(
            pl.col("indicator") == {"narkotika": "theme:drugs", "trygghet": "theme:safety"}[m[1]]
        )
        if row.height != 1 or VERDICT[m[2].lower()] != row["verdict"][0]:
            return False
        ends = math.floor(row["index_low"][0]), math.ceil(row["index_high"][0])
        firm = row["verdict"][0] in ("better", "worse", "same")
        middle = str(round(row["index"][0])) if firm else None
        turn = {"better": "bättre", "worse": "sämre"}.get(row["verdict"][0])
        return (int(m[3]), int(m[4])) == ends and m[5] == middle and m[6] == turn

    def cohort(m: re.Match[str]) -> bool:
        then = (int(m[1]) if m[1] else 9 + int(m[2])) - (int(m[3]) - int(m[5]))
        return int(m[3]) == after and int(m[4]) == then and int(m[5]) == promises[period[0]].start.year

    def dates(m: re.Match[str]) -> bool:
        wave = waves.get(int(m[1]))
        months = {1: "januari", 3: "mars"}
        if not (wave and wave.assumed and wave.field_start and wave.field_end):
            return False
        start, end = wave.field_start, wave.field_end
        return m[2] == f"{start.day} {months[start.month]}–{end.day} {months[end.month]} {end.year}"

    checks: list[tuple[str, Check]] = [
        (
            rf"[Ff]ör (alla|\d+ av) (\d+) mått ({SAID})",
            lambda m: (
                int(m[2]) == rows.height
                and count[VERDICT[m[3]]] == (rows.height if m[1] == "alla" else int(m[1].split()[0]))
            ),
        ),
        (rf"(\d+) ({SAID})", lambda m: int(m[1]) == count[VERDICT[m[2]]]),
        (rf"(Färre|Fler) än (?:väntat|före löftet) ({'|'.join(map(re.escape, subject))})", named),
        (
            rf"Temaindex: (narkotika|trygghet) ((?i:{SAID})) .*?på (\d+)–(\d+)(?:, troligast kring (\d+))?\. "
            r"100 är som väntat, och lägre är bättre\. Det (?:är \w+ än väntat, alltså (bättre|sämre)|kan vara "
            r"bättre eller sämre än väntat)",
            index,
        ),
        (r"under (\d+) procentenheter kan vi inte se", lambda m: int(m[1]) == math.floor(min(least) * 100)),
        (r"(\d+) svar (\d{4})", lambda m: answers.get(int(m[2])) == {int(m[1])}),
        (
            r"Eleverna i (?:årskurs (\d)|gymnasiet år (\d)) år (\d{4}) gick i årskurs (\d+) det läsår då löftet "
            r"började \(våren (\d{4})\)",
            cohort,
        ),
        (r"Enkätens datum (\d{4}) är antagna: ([^.]*)", dates),
        (
            r"[Ll]öftena (\d{4}) och (\d{4}) (?:ligger mellan samma|som har betytt)",
            lambda m: [m[1], m[2]] == period,
        ),
        (rf"{QUESTION}\?", lambda m: m[1] in period),
        (r"(?<=, )(\d{4}) och (\d{4})(?=[.:])", lambda m: (int(m[1]), int(m[2])) == (before, after)),
        (r"(\d+) åtaganden(?=:)", lambda m: int(m[1]) == done.total()),
        (
            r"(\d+) (genomförda|delvis genomfört|inställt|okänt)(?=[,.])",
            lambda m: done[status[m[2]]] == int(m[1]),
        ),
    ]
    asked = re.findall(QUESTION, told)
    wrong = [] if asked == period else asked
    for pattern, check in checks:
        for m in re.finditer(pattern, told):
            if not check(m):
                wrong.append(m[0])
        told = re.sub(pattern, "·", told)
    labels = [i.label.sv for i in study.registry.indicators.values()]
    for known in sorted((*labels, *CONSTANT), key=len, reverse=True):
        told = told.replace(known, "·")
    return wrong + [told[max(0, m.start() - 30) : m.end() + 20] for m in CLAIM.finditer(told)]


@pytest.mark.parametrize("name", STUDIES)
def test_the_first_screen_states_nothing_that_the_effects_table_does_not_hold(name: str) -> None:
    assert unsupported(first_screen(name), made_of(name)) == []


@pytest.mark.parametrize("name", ["mixed", "worse", "changes", "masked"])
def test_a_number_moved_by_one_is_found(name: str) -> None:
    told, made = first_screen(name), made_of(name)
    fixed = [*CONSTANT, *(i.label.sv for i in made.study.registry.indicators.values())]
    spared = [m.span() for known in fixed for m in re.finditer(re.escape(known), told)]
    moved = [m for m in re.finditer(r"\d+", told) if not any(a <= m.start() < b for a, b in spared)]
    assert len(moved) >= 20
    missed = []
    for m in moved:
        changed = told[: m.start()] + str(int(m[0]) + 1) + told[m.end() :]
        if not unsupported(changed, made):
            missed.append(told[max(0, m.start() - 30) : m.end() + 20])
    assert missed == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Färre än väntat har använt", "Fler än väntat har använt"),
        ("Färre än väntat känner sig trygga", "Fler än väntat känner sig trygga"),
        ("har använt narkotika de senaste 12 månaderna", "har blivit hotade de senaste 12 månaderna"),
        ("känner sig trygga i sitt bostadsområde på kvällen", "känner sig trygga i skolan"),
        ("är det för osäkert för att säga", "är utvecklingen tydligt bättre"),
        ("Temaindex: trygghet För osäkert för att säga", "Temaindex: trygghet Tydligt bättre"),
        ("alltså bättre", "alltså sämre"),
        ("på 87–132", "på 87–132, troligast kring 104"),
        ("Läs så här", "Utvecklingen är tydligt bättre."),
        ("Läs så här", "Färre än väntat blir rånade."),
        ("Läs så här", "Ungefär 4 procentenheter färre."),
    ],
)
def test_a_sentence_turned_or_added_is_found(old: str, new: str) -> None:
    told, made = first_screen("mixed"), made_of("mixed")
    assert old in told
    assert unsupported(told.replace(old, new), made)
