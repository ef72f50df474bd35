"""A DashboardData written out by hand: few numbers, every state a chart can meet. All figures are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lhu_effect.dashboard.model import (
    COMPARISON,
    Answer,
    Band,
    Cell,
    Column,
    DashboardData,
    Definition,
    Detectable,
    DetectableRow,
    EffectRow,
    EventPoint,
    EventStudy,
    Forest,
    Judgement,
    Level,
    Matrix,
    MatrixCell,
    MeasureGroup,
    MeasureRow,
    Option,
    Series,
    SourceView,
    Table,
    ThemeAnswer,
    Timeline,
    TimelineEvent,
    UnitBreak,
    WaveView,
)
from lhu_effect.effects.model import EFFECT_SCHEMA
from lhu_effect.i18n import Text

ANSWER = "2020+2021+2022-2023"
WAVES = (
    WaveView(2011, date(2011, 2, 1), date(2011, 3, 31), False),
    WaveView(2014, date(2014, 2, 1), date(2014, 3, 31), False),
    WaveView(2017, date(2017, 2, 1), date(2017, 3, 31), False),
    WaveView(2020, date(2020, 1, 20), date(2020, 3, 6), True),
    WaveView(2023, date(2023, 2, 1), date(2023, 3, 31), False),
)
YEARS = tuple(w.year for w in WAVES)
BANDS = (
    Band("2017", Text("Medborgarlöftet 2017", "Promise 2017"), date(2017, 3, 1), date(2017, 12, 31)),
    Band("2020", Text("Medborgarlöftet 2020", "Promise 2020"), date(2020, 3, 16), date(2020, 12, 31)),
    Band("2021", Text("Medborgarlöftet 2021", "Promise 2021"), date(2021, 3, 11), date(2021, 12, 31)),
    Band(
        "2022-2023",
        Text("Medborgarlöftet 2022–2023", "Promise 2022–2023"),
        date(2022, 1, 1),
        date(2023, 12, 31),
    ),
)
WORDS = {
    "better": Text("Tydligt bättre", "Clearly better"),
    "worse": Text("Tydligt sämre", "Clearly worse"),
    "same": Text("I stort sett oförändrat", "Largely unchanged"),
    "unsure": Text("För osäkert för att säga", "Too uncertain to say"),
    "not_comparable": Text("Går inte att jämföra", "Cannot be compared"),
}
NAMES = {
    "narcotics_ever": Text("Använt narkotika någon gång", "Ever used narcotics"),
    "offered_narcotics_12_months": Text(
        "Erbjudits narkotika senaste 12 månaderna", "Offered narcotics in the last 12 months"
    ),
    "easy_to_get_narcotics": Text("Lätt att få tag på narkotika", "Narcotics easy to get"),
    "drunk_30_days": Text("Varit berusad senaste 30 dagarna", "Drunk in the last 30 days"),
    "safe_neighbourhood_evening": Text(
        "Trygg i bostadsområdet på kvällen", "Feels safe in the neighbourhood in the evening"
    ),
    "safe_in_school": Text("Trygg i skolan", "Feels safe in school"),
    "threatened_12_months": Text("Hotad senaste 12 månaderna", "Threatened in the last 12 months"),
}
THEMES = {
    "narcotics_ever": "drugs",
    "offered_narcotics_12_months": "drugs",
    "easy_to_get_narcotics": "drugs",
    "drunk_30_days": "alcohol_tobacco",
    "safe_neighbourhood_evening": "safety",
    "safe_in_school": "safety",
    "threatened_12_months": "victimisation",
}
UNITS = (
    Option("all", Text("Hela kommunen", "The whole municipality")),
    Option("strangnas", Text("Strängnäs", "Strängnäs")),
    Option("mariefred", Text("Mariefred", "Mariefred")),
    Option("aker", Text("Åker", "Åker")),
    Option("stallarholmen", Text("Stallarholmen", "Stallarholmen")),
    Option("mariefred_stallarholmen", Text("Mariefred och Stallarholmen", "Mariefred and Stallarholmen")),
)


def data() -> DashboardData:
    """The page's data with every kind of verdict, a masked cell, a changed question and a broken unit."""
    return DashboardData(
        study="strangnas",
        title=Text("Medborgarlöften i Strängnäs", "Citizen promises in Strängnäs"),
        place="Strängnäs kommun",
        lang="sv",
        version="0.1.0",
        synthetic=True,
        internal=False,
        kind="effect",
        comparison_term=Text("jämförelsekommunerna", "the comparison municipalities"),
        comparison_names=("Vingåker", "Oxelösund", "Trosa"),
        comparison_notes=(),
        answers=(answer(),),
        promises=(),
        definitions=tuple(
            Definition(
                i,
                label,
                THEMES[i],
                "higher" if i.startswith("safe") else "lower",
                "",
                (),
                "",
                Text("nu", "now"),
            )
            for i, label in NAMES.items()
        ),
        themes=(
            Option("drugs", Text("Narkotika", "Narcotics")),
            Option("safety", Text("Trygghet", "Safety")),
        ),
        units=UNITS,
        groups=(
            Option("ak9", Text("årskurs 9", "grade 9")),
            Option("ak7", Text("årskurs 7", "grade 7")),
        ),
        sexes=(
            Option("all", Text("Alla", "All")),
            Option("girl", Text("Flickor", "Girls")),
        ),
        waves=WAVES,
        bands=BANDS,
        series=series(),
        events=events(),
        judgements=judgements(),
        districts=(),
        matrix=matrix(),
        detectable=(detectable(),),
        effects=effects(),
        checks=(),
        breaks=(
            UnitBreak("mariefred", 2019, Text("Stallarholmens elever flyttade hit.", "Pupils moved here.")),
        ),
        blocks=(),
        sources=(SourceView("Region Sörmland", "2026-01-01", "", True, Text("Utdrag", "Extract")),),
        start=(("ind", "narcotics_ever"), ("kd", "all"), ("ak", "ak9"), ("kon", "all"), ("cmp", "1")),
        masked_text=Text("•• visas inte (för få svar)", "•• not shown (too few answers)"),
    )


def hostile() -> DashboardData:
    """The same with names that try to run, to load, to turn the text around and to become formulas."""
    bad = Text(
        '<img src=x onerror="pwned=1"><a href="https://example.org">&amp; \u202ekod</a>',
        "=1+1<script>pwned=1</script>",
    )
    made = data()
    units = (Option("all", bad), *UNITS[1:])
    definitions = tuple(replace(d, label=bad) for d in made.definitions)
    rows_ = tuple(replace(r, label=bad) for r in rows())
    groups = tuple(
        replace(g, label=bad, rows=tuple(r for r in rows_ if r.theme == g.theme)) for g in forest().groups
    )
    hurt = replace(forest(), groups=groups, title=bad, table=plain_table("forest", [(bad, bad)]))
    answers = (replace(answer(), forest=hurt, themes=tuple(replace(t, label=bad) for t in themes())),)
    return replace(made, units=units, definitions=definitions, answers=answers, comparison_term=bad)


def level(year: int, n: int, k: int, spread: float, version: str = "v1") -> Level:
    """A published cell with a symmetrical interval."""
    return Level(year, n, k, k / n, max(0.0, k / n - spread), min(1.0, k / n + spread), "", version)


def series() -> tuple[Series, ...]:
    """Levels of every indicator and unit; Åker 2020 masked, Stallarholmen without schools after 2017."""
    made = []
    for number, indicator in enumerate(NAMES):
        safe = indicator.startswith("safe")
        for unit, size, spread in (
            ("all", 410, 0.03),
            ("strangnas", 250, 0.035),
            ("mariefred", 120, 0.06),
            ("aker", 45, 0.1),
            ("stallarholmen", 40, 0.11),
            ("mariefred_stallarholmen", 150, 0.055),
            (COMPARISON, 1290, 0.012),
        ):
            shares = [0.76, 0.78, 0.8, 0.77, 0.81] if safe else [0.14, 0.125, 0.1 + number / 100, 0.09, 0.07]
            levels = []
            for position, (year, share) in enumerate(zip(YEARS, shares, strict=True)):
                version = "v2" if safe and year >= 2020 else "v1"
                moved = share + (0.02 if unit == COMPARISON else -0.01 * (position % 2))
                levels.append(level(year, size, round(size * moved), spread, version))
            if unit == "aker":
                levels[3] = Level(2020, why="masked", version="v2" if safe else "v1")
            if unit == "stallarholmen":
                levels[3:] = [Level(y, why="geography", version="v1") for y in (2020, 2023)]
            made.append(Series(indicator, unit, "ak9", "all", tuple(levels)))
            if unit in ("all", COMPARISON):
                made.append(Series(indicator, unit, "ak9", "girl", tuple(levels)))
    return tuple(made)


def rows() -> tuple[MeasureRow, ...]:
    """One measure per state: better, same, unsure (one clipped, one unbounded), worse, not comparable."""

    def row(indicator: str, verdict: str, **numbers: float | None) -> MeasureRow:
        return MeasureRow(
            id=f"m-{indicator}",
            indicator=indicator,
            label=NAMES[indicator],
            theme=THEMES[indicator],
            role="primary" if indicator == "narcotics_ever" else "exploratory",
            kind="effect",
            verdict=verdict,  # type: ignore[arg-type]
            word=WORDS[verdict],
            reason="question_changed" if verdict == "not_comparable" else "",
            wanted=1 if indicator.startswith("safe") else -1,
            levels=Text("Före 9 av 100 · efter 7 av 100", "Before 9 of 100 · after 7 of 100"),
            sentences=(Text("Mening.", "Sentence."),),
            after_year=2023,
            **numbers,  # type: ignore[arg-type]
        )

    return (
        row("narcotics_ever", "better", estimate=-0.054, low=-0.092, high=-0.016),
        row("drunk_30_days", "same", estimate=0.004, low=-0.019, high=0.023, zone=0.03),
        row("offered_narcotics_12_months", "unsure", low=-0.071, high=0.048),
        row("easy_to_get_narcotics", "unsure", low=-0.21, high=0.06),
        row("threatened_12_months", "unsure", low=None, high=0.05),
        row("safe_neighbourhood_evening", "worse", estimate=-0.068, low=-0.119, high=-0.017),
        row("safe_in_school", "not_comparable"),
    )


def forest() -> Forest:
    """The sample's measures in their groups."""
    every = {r.indicator: r for r in rows()}

    def group(theme: str, sv: str, en: str) -> MeasureGroup:
        return MeasureGroup(theme, Text(sv, en), tuple(r for i, r in every.items() if THEMES[i] == theme))

    return Forest(
        domain=0.15,
        ticks=(-0.1, -0.05, 0.0, 0.05, 0.1),
        groups=(
            group("drugs", "Narkotika", "Narcotics"),
            group("alcohol_tobacco", "Alkohol och tobak", "Alcohol and tobacco"),
            group("safety", "Trygghet", "Safety"),
            group("victimisation", "Utsatthet", "Victimisation"),
        ),
        title=Text(
            "Ett mått blev bättre, ett sämre, tre är för osäkra", "One better, one worse, three too uncertain"
        ),
        table=plain_table("forest", [(r.label, r.word) for r in every.values()]),
    )


def plain_table(name: str, pairs: list[tuple[Text, Text]]) -> Table:
    """Two columns of words."""
    return Table(
        name,
        Text("Alla mått", "All measures"),
        (Column(Text("Mått", "Measure")), Column(Text("Omdöme", "Verdict"))),
        tuple((Cell(a), Cell(b)) for a, b in pairs),
    )


def themes() -> tuple[ThemeAnswer, ...]:
    """One claim and one unsure."""
    return (
        ThemeAnswer(
            "drugs", Text("Narkotika", "Narcotics"), "better", WORDS["better"], (), 74.2, 58.4, 93.1, ()
        ),
        ThemeAnswer(
            "safety", Text("Trygghet", "Safety"), "unsure", WORDS["unsure"], (), None, 71.0, 131.0, ()
        ),
    )


def answer() -> Answer:
    """One answer of three promises."""
    return Answer(
        id=ANSWER,
        promises=("2020", "2021", "2022-2023"),
        kind="effect",
        heads=(),
        themes=themes(),
        squares=rows(),
        tiles=(),
        reading=(),
        quote=Text("Citat.", "Quote."),
        council=(),
        cannot=(),
        answered=(),
        scope=Text("Strängnäs kommun, årskurs 9.", "Strängnäs, grade 9."),
        detail=Text("", ""),
        forest=forest(),
        empty=None,
        stratum="ak9",
        before_year=2020,
        after_year=2023,
    )


def events() -> tuple[EventStudy, ...]:
    """Placebos and an after wave: a claim for narcotics, unsure and unbounded for others."""

    def study(indicator: str, unit: str, last: EventPoint) -> EventStudy:
        return EventStudy(
            ANSWER,
            indicator,
            unit,
            "ak9",
            (
                EventPoint(2011, "before", "not_comparable", None, None, None, "no_first"),
                EventPoint(2014, "before", "not_comparable", -0.008, -0.068, 0.048),
                EventPoint(2017, "before", "not_comparable", 0.011, -0.058, 0.058),
                EventPoint(2020, "before", "not_comparable", 0.004, -0.05, 0.061),
                last,
            ),
        )

    return (
        study(
            "narcotics_ever", "all", EventPoint(2023, "after", "better", -0.054, -0.092, -0.016, fragile=True)
        ),
        study("drunk_30_days", "all", EventPoint(2023, "after", "same", 0.004, -0.019, 0.023)),
        study(
            "safe_neighbourhood_evening", "all", EventPoint(2023, "after", "worse", -0.068, -0.119, -0.017)
        ),
        study("easy_to_get_narcotics", "all", EventPoint(2023, "after", "unsure", None, -0.21, 0.06)),
        study("threatened_12_months", "all", EventPoint(2023, "after", "unsure", None, None, 0.05)),
    )


def judgements() -> tuple[Judgement, ...]:
    """What is said of each kommundel."""

    def said(unit: str, verdict: str) -> Judgement:
        return Judgement(ANSWER, "narcotics_ever", unit, "ak9", verdict, WORDS[verdict], ())  # type: ignore[arg-type]

    return (
        said("strangnas", "same"),
        said("mariefred", "not_comparable"),
        said("aker", "unsure"),
        said("stallarholmen", "not_comparable"),
        said("mariefred_stallarholmen", "better"),
    )


def detectable() -> Detectable:
    """Smallest differences; one so rare that not even total disappearance shows."""
    return Detectable(
        ANSWER,
        Text("Så stor måste skillnaden vara", "How large the difference must be"),
        tuple(
            DetectableRow(
                i, label, 0.09, None if i == "narcotics_ever" else 0.05 + 0.005 * n, 0.06 + 0.005 * n
            )
            for n, (i, label) in enumerate(NAMES.items())
        ),
        plain_table("detectable", [(label, label) for label in NAMES.values()]),
    )


def matrix() -> Matrix:
    """Two promises over the waves."""
    words = {
        "before": Text("före", "before"),
        "during": Text("under", "during"),
        "after": Text("efter", "after"),
        "": Text("", ""),
    }

    def line(*exposures: str) -> tuple[MatrixCell, ...]:
        return tuple(MatrixCell(e, words[e]) for e in exposures)  # type: ignore[arg-type]

    return Matrix(
        WAVES,
        (
            Option("2020", Text("Löftet 2020", "Promise 2020")),
            Option("2019", Text("Löftet 2019", "Promise 2019")),
        ),
        (line("before", "before", "before", "before", "after"), line("", "", "", "", "")),
        (Text("Går inte att skilja åt.", "Cannot be told apart."),),
        (),
        plain_table("matrix", [(Text("2020"), Text("före"))]),
    )


def timeline() -> Timeline:
    """A commitment with something done, something half done and something cancelled."""
    return Timeline(
        id="2020-2",
        start=date(2019, 7, 1),
        end=date(2023, 12, 31),
        band=BANDS[1],
        events=(
            TimelineEvent(
                date(2020, 3, 20), "cancelled", Text("Andra söket ställdes in", "Second search cancelled")
            ),
            TimelineEvent(
                date(2020, 9, 15), "delivered", Text("Sök på Paulinska skolan", "Search at Paulinska")
            ),
            TimelineEvent(date(2020, 11, 2), "partly", Text("Uppföljning", "Follow-up")),
        ),
        waves=WAVES,
        summary=Text("Ett sök gjordes, ett ställdes in.", "One search was made, one cancelled."),
    )


def effects() -> tuple[EffectRow, ...]:
    """Two published rows."""

    def row(indicator: str, verdict: str, **values: str | int | float | None) -> EffectRow:
        full = dict.fromkeys(EFFECT_SCHEMA) | {
            "promise": ANSWER,
            "indicator": indicator,
            "role": "primary",
            "municipality": "0486",
            "district": "all",
            "grade": "ak9",
            "sex": "all",
            "after_year": 2023,
            "exposure": "after",
            "verdict": verdict,
            "change_verdict": verdict,
            "reason": "",
            "estimator": "noise_floor_did",
            "flags": "",
            **values,
        }
        return EffectRow(
            ANSWER, indicator, "primary", "all", "ak9", 2023, "after",
            verdict, verdict, "", (), verdict in ("better", "worse", "same"), tuple(full.values()),  # type: ignore[arg-type]
        )  # fmt: skip

    return (
        row("narcotics_ever", "better", estimate=-0.054, conf_low=-0.092, conf_high=-0.016, n_after=410),
        row("threatened_12_months", "unsure", conf_low=None, conf_high=0.05, flags="unbounded"),
    )
