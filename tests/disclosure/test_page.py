"""Nothing that must be hidden has any say in what leaves: two inputs, one page; two inputs, one export.

A small town study from the file to the finished bytes. The twin extract moves yes-answers between cells that
are hidden (Åker and Mariefred, girls and boys of the same two), so every published margin stays as it is.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from lhu_effect import pipeline
from lhu_effect.cli import main
from lhu_effect.dashboard import export
from lhu_effect.disclosure import MaskedCube, audit, gate
from lhu_effect.disclosure.structure import CELL
from lhu_effect.errors import DisclosureError
from lhu_effect.i18n import LANGS
from lhu_effect.survey.model import Issue
from lhu_effect.survey.tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parent))
from town import HEAD, QUESTIONS, extract, write_study


def analysed(folder: Path, text: str, internal: bool = False) -> pipeline.Analysis:
    return pipeline.analyse(pipeline.find_inputs([write_study(folder, text)]), internal=internal)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[pipeline.Analysis, pipeline.Analysis]:
    root = tmp_path_factory.mktemp("twins")
    return analysed(root / "a", extract()), analysed(root / "b", extract(moved=2))


@pytest.fixture(scope="module")
def pages(twins) -> tuple[str, str]:
    return pipeline.page(twins[0]), pipeline.page(twins[1])


def table_of(analysis: pipeline.Analysis) -> pl.DataFrame:
    return tabulate(analysis.survey.cube, analysis.study).frame


def hidden_district_cells(analysis: pipeline.Analysis) -> pl.DataFrame:
    return analysis.shown.frame.filter(pl.col("status") == "masked", pl.col("district") != "all")


def test_the_twins_differ_and_only_where_numbers_are_hidden(twins):
    a, b = (table_of(t) for t in twins)
    differs = a.filter(~a["k"].eq_missing(b["k"])).select(CELL)
    assert differs.height >= 6
    assert set(twins[0].shown.frame.join(differs, on=CELL)["status"]) == {"masked"}


def test_the_same_cube_effects_and_page_come_out(twins, pages):
    """Bytes: so no axis range, sort order, colour, marker size, hover text or sentence reaches for a hidden number."""
    one, other = twins
    assert one.shown.frame.equals(other.shown.frame)
    assert one.effects.rows.equals(other.effects.rows)
    assert one.effects.checks.equals(other.effects.checks)
    assert pages[0] == pages[1]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json", "parquet"])
def test_the_same_exports_come_out(twins, suffix: str):
    a, b = (export.effect_files(t.effects, t.study, t.survey, suffix, stem="effects") for t in twins)
    assert a == b


def test_an_internal_page_shows_the_difference_and_carries_no_cells(twins, tmp_path: Path):
    """The contrary: without masking the twins are told apart, so the tests above can fail."""
    one, other = (
        analysed(tmp_path / n, t, internal=True) for n, t in (("a", extract()), ("b", extract(moved=2)))
    )
    a, b = pipeline.page(one), pipeline.page(other)
    assert a != b
    assert "Internt" in a
    assert not isinstance(one.shown, MaskedCube)


def test_a_hidden_after_wave_has_no_estimate(twins):
    rows = twins[0].effects.rows.filter(pl.col("district") == "aker", pl.col("after_year") == 2023)
    assert rows.height > 0
    numbers = [
        "n_after",
        "share_after",
        "change",
        "change_low",
        "estimate",
        "conf_low",
        "conf_high",
        "p_value",
    ]
    assert set(rows.select(numbers).unpivot()["value"]) == {None}
    assert set(rows["verdict"]) == {"not_comparable"}


def test_the_whole_minus_a_district_s_effect_gives_nothing_back(twins):
    """No row tells of the hidden district together with others (all minus the town, say)."""
    hidden = set(hidden_district_cells(twins[0])["district"])
    told = twins[0].effects.rows.filter(pl.col("n_after").is_not_null())["district"]
    assert {"aker", "mariefred"} <= hidden
    assert not {d for name in told for d in name.split("+")} & {"aker"}


def test_the_finished_page_passes_and_says_why_things_are_hidden(twins, pages, tmp_path: Path):
    gate(pages[0], twins[0].study)
    path = tmp_path / "page.html"
    path.write_text(pages[0], encoding="utf-8")
    assert audit(path) == []
    assert "••" in pages[0]
    assert "visas inte (för få svar)" in pages[0]


def test_nothing_on_the_page_identifies_the_input(twins, pages):
    """No hash that guesses could be held against, no source path, no user."""
    text = re.sub(r"<script\b.*?</script>", "", pages[0], flags=re.DOTALL)
    text = re.sub(r"sha256-[A-Za-z0-9+/=]+", "", text)
    assert not re.search(r"\b[0-9a-f]{32,}\b", text)
    assert "answers.csv" not in text or "/answers.csv" not in text
    assert str(twins[0].study.folder) not in pages[0]


def test_error_messages_and_the_log_hold_no_hidden_count(twins):
    numbers = re.compile(r"\d+")
    years = {"2017", "2020", "2023", "0486", "9"}
    for line in twins[0].shown.log:
        assert set(numbers.findall(line.cell + line.protects)) <= years | {"12"}
    assert twins[0].shown.log == twins[1].shown.log
    assert repr(twins[0].shown) == repr(twins[1].shown)


def test_page_tables_as_files_have_nothing_beside_their_cells(twins):
    """Excel downloads: no hidden sheet, no comment, no link, no cached value of a formula."""
    import io
    import zipfile

    files = export.effect_files(twins[0].effects, twins[0].study, twins[0].survey, "xlsx", stem="effects")
    for content in files.values():
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts = book.namelist()
            xml = "".join(book.read(p).decode("utf-8", "replace") for p in parts)
        assert not [p for p in parts if "comment" in p or "external" in p or "calcChain" in p]
        assert 'state="hidden"' not in xml
        assert not re.search(r'<(?:row|col|sheet)\b[^>]*hidden="(?:1|true)"', xml)
        assert "<f>" not in xml


@pytest.mark.parametrize("lang", LANGS)
def test_both_languages_pass_the_gate(twins, lang):
    gate(pipeline.page(twins[0], lang=lang), twins[0].study)


def random_extract(seed: int) -> str:
    """A survey of random sizes, districts, sexes and questions; some rows left out, some districts tiny."""
    random = np.random.default_rng(seed)
    districts = [d for d in ("Strängnäs", "Mariefred", "Åker", "Stallarholmen") if random.random() < 0.8]
    places = ["Nyköping", "Trosa", "Flen", "Gnesta", "Vingåker"][: int(random.integers(0, 6))]
    lines = [HEAD]
    for year in (2017, 2020, 2023):
        for question in QUESTIONS:
            share, groups = (
                random.uniform(0.02, 0.5),
                {d: random.poisson(random.choice([8, 30, 90])) for d in districts},
            )
            parts = {
                (d, s): random.poisson(n / 2)
                for d, n in groups.items()
                for s in ("Flickor", "Pojkar", "Annat")
            }
            yes = {key: random.binomial(n, share) for key, n in parts.items()}
            for d in [*districts, "Totalt"] if random.random() < 0.8 else ["Totalt"]:
                for sex in ("Totalt", "Flickor", "Pojkar", "Annat") if d == "Totalt" else ("Totalt",):
                    own = [key for key in parts if d in (key[0], "Totalt") and sex in (key[1], "Totalt")]
                    k, n = sum(yes[key] for key in own), sum(parts[key] for key in own)
                    lines.append(f"{year};Strängnäs;{d};Åk 9;{sex};{question};{k};{n}")
            for place in places:
                n = int(random.integers(5, 400))
                lines.append(f"{year};{place};Totalt;Åk 9;Totalt;{question};{random.binomial(n, share)};{n}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_masked_passes_the_gate(seed: int, tmp_path: Path):
    """`page` raises DisclosureError if the gate finds anything; so does nothing on random small studies."""
    assert audit(pipeline.page(analysed(tmp_path / "study", random_extract(seed))).encode()) == []


def test_remarks_from_reading_are_not_counted_on_a_published_page(twins, pages, tmp_path: Path):
    """Some remarks are about numbers that are hidden (an answer count that jumps): their number would tell."""
    one = twins[0]
    remark = Issue("geography_broke", "warning", "answers.csv")
    more = replace(one, survey=replace(one.survey, found=(*one.survey.found, remark, remark)))
    assert pipeline.page(more) == pages[0]
    own = analysed(tmp_path / "own", extract(), internal=True)
    told = replace(own, survey=replace(own.survey, found=(remark, remark)))
    assert "2 anmärkningar" in pipeline.page(told)


def late_answers(text: str) -> str:
    """The extract with two more girls of Mariefred in 2023, one of whom says yes to the first question."""
    question = next(iter(QUESTIONS))

    def more(found: re.Match[str]) -> str:
        return f"{found[1]}{int(found[2]) + 1};{int(found[3]) + 2}"

    for place in ("Totalt;Åk 9;Totalt", "Totalt;Åk 9;Flickor", "Mariefred;Åk 9;Totalt"):
        text = re.sub(rf"(2023;Strängnäs;{place};{question};)(\d+);(\d+)", more, text)
    return text


def test_effects_and_power_know_the_earlier_page(twins, pages, tmp_path: Path):
    """Two late answers: a new table beside the old page would show them; with --previous it is not written."""
    old = tmp_path / "old.html"
    old.write_text(pages[0], "utf-8")
    study = write_study(tmp_path / "new", late_answers(extract()))

    def shown(command: str, *more: str) -> pl.DataFrame:
        out = tmp_path / f"{command}{len(more)}.csv"
        done = CliRunner().invoke(main, [command, str(study), "--out", str(out), *more])
        assert done.exit_code == 0, done.output
        rows = pl.read_csv(out, infer_schema_length=None)
        return rows.filter(district="all", indicator="narcotics_ever", after_year=2023)

    known = ("--previous", str(old))
    assert shown("effects")["n_after"].to_list() == [373]
    assert shown("effects", *known)["n_after"].to_list() == [None]
    assert shown("power").height > 0
    assert not shown("power")["share"].equals(shown("power", *known)["share"])


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json", "parquet"])
def test_an_effects_file_that_tells_of_a_hidden_cell_is_not_written(twins, suffix: str):
    """The file itself is read back: whatever put the number there, it does not leave."""
    one = twins[0]
    files = export.effect_files(one.effects, one.study, one.survey, suffix, stem="effects")
    pipeline.gate_files(one, files)
    aker = (pl.col("district") == "aker") & (pl.col("after_year") == 2023)
    leaky = one.effects.rows.with_columns(n_after=pl.when(aker).then(31).otherwise("n_after"))
    assert not leaky.equals(one.effects.rows)
    files = export.effect_files(
        replace(one.effects, rows=leaky), one.study, one.survey, suffix, stem="effects"
    )
    with pytest.raises(DisclosureError):
        pipeline.gate_files(one, files)
