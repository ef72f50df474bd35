"""Tables to observations: every value cell with ids instead of labels, or the reason why it has none.

An observation is one figure of one kind (per cent, count or base) about one key. Also decided here, cell
by cell, is what became of everything in the table: used, rejected (a label or figure at fault), ignored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lhu_effect.survey.cells import Parsed
from lhu_effect.survey.fates import Fates, column_out, reject, reject_row
from lhu_effect.survey.grid import Cell
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.pairs import count_then_percent, meaning_of_brackets, pair_of
from lhu_effect.survey.rows import Key, Resolver, Stuck, Where, split_label
from lhu_effect.survey.tables import UNUSED_MEASURES, At, DataRow, Label, Table, ValueColumn
from lhu_effect.survey.words import fold, words


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure. measure: percent, count or base. answer: the answer counted, "" when the figure is the indicator's own.

    alone: a base whose column or table is about this indicator only (not shared by several).
    """

    key: Key
    measure: str
    answer: str
    parsed: Parsed
    table: Table
    column: ValueColumn
    at: At
    cell: Cell
    alone: bool = True


@dataclass(eq=False)
class Tidied:
    """All that tables of one file gave. mapping: (kind, text, id); unknown: stuck labels and how many figures each cost."""

    observations: list[Observation] = field(default_factory=list)
    mapping: dict[tuple[str, str, str], None] = field(default_factory=dict)
    unknown: Counter[Stuck] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a column's figures are: indicator ("" for none), answer and measure."""

    column: ValueColumn
    measure: str
    indicator: str | None
    answer: str


def tidy(
    table: Table, labels: Labels, home: str, parse: Callable[[Cell], Parsed], fates: Fates, out: Tidied
) -> None:
    """Adds a table's observations to `out` and its cells' fates to `fates`."""
    resolver = Resolver(table, labels, home)
    columns = []
    for column in table.values:
        meant = meaning(column, table, labels)
        if isinstance(meant, Meant):
            columns.append(meant)
        else:
            column_out(table, column, meant, fates, out.unknown)
    used_columns: Counter[int] = Counter()
    for row in table.rows:
        _row(row, columns, resolver, parse, fates, out, used_columns)
    for meant in columns:
        for at in meant.column.headings:
            if used_columns[meant.column.col]:
                fates.used.setdefault(at, _heading_axis(meant.column, at))
            else:
                fates.ignored.setdefault(at, "heading")
    _note_headings(columns, used_columns, out)
    if any(used_columns.values()):
        _use_surroundings(table, fates, out)


def meaning(column: ValueColumn, table: Table, labels: Labels) -> Meant | Stuck | str:
    """What a column's figures are, the label at fault, or why they are not needed."""
    measure = column.measure or table.measure
    if measure in UNUSED_MEASURES:
        return measure
    over = column.labels
    clash = next((x for a, x in over.items() if x.id is None and a not in ("indicator", "answer")), None)
    if clash is not None:
        return Stuck("unknown_label", clash.axis, clash.text, clash.at)
    in_rows = any("indicator" in r.texts and r.texts["indicator"][0] for r in table.rows[:50])
    own = over.get("indicator")
    around = table.context.get("indicator")
    answer = over["answer"].text if "answer" in over else ""
    if own is not None and own.id is None and (in_rows or (around is not None and around.id is not None)):
        known = None if in_rows else str(around.id) if around is not None else None
        if not _may_be_answers(table):
            return "unknown_column"
        return _answer_column(column, measure, known, own)
    if own is not None and own.id is None:
        return Stuck("unknown_label", "indicator", own.text, own.at)
    indicator = str(own.id) if own is not None else None if in_rows else str(around.id) if around else ""
    if indicator == "" and "unknown" in table.context and not in_rows:
        lost = table.context["unknown"]
        if measure != "base":
            return Stuck("unknown_label", "indicator", lost.text, lost.at)
    return Meant(column, measure, indicator, answer)


def _may_be_answers(table: Table) -> bool:
    """Whether unknown headings under a known question can be answers: no column beside them is the figure itself."""
    if "answer" in table.row_axes():
        return False
    named = [v for v in table.values if not v.unknown and "answer" not in v.labels]
    return not any(v.measure in ("percent", "count", "value") for v in named)


def _answer_column(column: ValueColumn, measure: str, indicator: str | None, own: Label) -> Meant | Stuck:
    """An unknown heading under a known question: an answer to it."""
    text = own.text
    if "answer" in column.labels:
        return Stuck("unknown_label", "answer", column.labels["answer"].text, own.at)
    return Meant(column, measure, indicator, text)


def _row(
    row: DataRow,
    columns: list[Meant],
    resolver: Resolver,
    parse: Callable[[Cell], Parsed],
    fates: Fates,
    out: Tidied,
    used: Counter[int],
) -> None:
    table, labels = resolver.table, resolver.labels
    texts: Mapping[str, tuple[str, At | None]] = row.texts
    for axis in ("organiser", "municipality", "place"):
        if axis in texts and texts[axis][0] and " - " in texts[axis][0]:
            texts = split_label(texts, axis, labels)
    for axis, rule in (("group", "unknown_label"), ("unclear", "unclear_part")):
        if texts.get(axis, ("", None))[0]:
            reject_row(
                row,
                [m.column for m in columns],
                table,
                Stuck(rule, "group", *texts[axis]),
                fates,
                out.unknown,
            )
            return
    any_used = False
    seen: dict[tuple[int, ...], Key | Stuck] = {}
    for meant in columns:
        cell = table.grid.cell(row.row, meant.column.col)
        if cell is None:
            continue
        key = _key(texts, meant, resolver, seen)
        at = (row.row, meant.column.col)
        if isinstance(key, Stuck):
            reject(at, key, fates, out.unknown)
            continue
        found = [
            _observe(key, part, texts, parse(figure), table, at, figure, labels)
            for part, figure in _figures(meant, cell, table)
        ]
        stuck = next((x for x in found if isinstance(x, Stuck)), None)
        if stuck is not None:
            reject(at, stuck, fates, out.unknown)
            continue
        for got in found:
            if isinstance(got, Observation):
                out.observations.append(got)
                fates.used[at] = found[0].measure if isinstance(found[0], Observation) else got.measure
                if got.parsed.nothing == "masked":
                    fates.masked.add(at)
        used[meant.column.col] += 1
        any_used = True
    if any_used:
        _use_row(texts, fates, out, resolver, columns)


def _figures(meant: Meant, cell: Cell, table: Table) -> list[tuple[Meant, Cell]]:
    """The figures of a cell: one, or two of a pair like "12,3 (45)" when it is known which is the per cent."""
    if not isinstance(cell.value, str) or pair_of(cell.text) is None:
        return [(meant, cell)]
    headings = [table.grid.text(*at) for at in meant.column.headings]
    pair = pair_of(cell.text, count_then_percent([*headings, *_titles(table)]))
    if pair is None:
        return [(meant, cell)]
    shares = meant.column.per_cent or table.per_cent or "percent" in (meant.column.measure, table.measure)
    if not pair.sure and not shares:
        return [(meant, cell)]
    made = [(replace(meant, measure="percent"), replace(cell, value=pair.percent))]
    if pair.other:
        means = pair.means or meaning_of_brackets([*headings, *_titles(table)]) or "count"
        made.append((replace(meant, measure=means), replace(cell, value=pair.other)))
    return made


def _titles(table: Table) -> list[str]:
    rows = table.grid.rows[: table.header[0] - 1]
    return [cell.text for row in rows for cell in row if cell is not None and isinstance(cell.value, str)]


def _key(
    texts: Mapping[str, tuple[str, At | None]],
    meant: Meant,
    resolver: Resolver,
    seen: dict[tuple[int, ...], Key | Stuck],
) -> Key | Stuck:
    over = meant.column.labels
    memo = tuple(id(over[a]) if a in over else 0 for a in ("year", "grade", "sex", "place"))
    if memo not in seen:
        seen[memo] = _place_key(texts, over, resolver)
    base = seen[memo]
    if isinstance(base, Stuck):
        return base
    indicator = meant.indicator
    if indicator is None:
        text, at = texts.get("indicator", ("", None))
        found = resolver.indicator(text) if text else None
        measure = resolver.labels.measure(texts.get("measure", ("", None))[0]) or meant.measure
        if found is None and measure != "base":
            return Stuck("unknown_label" if text else "missing_axis", "indicator", text, at)
        indicator = found or ""
    return Key(
        base.year,
        base.municipality,
        base.district,
        base.school,
        base.grade,
        base.sex,
        indicator,
        base.organiser,
    )


def _place_key(
    texts: Mapping[str, tuple[str, At | None]], over: Mapping[str, Label], resolver: Resolver
) -> Key | Stuck:
    where = resolver.where(texts, over)
    if isinstance(where, Stuck):
        return where
    year, grade, sex = resolver.year(texts, over), resolver.grade(texts, over), resolver.sex(texts, over)
    for found in (year, grade, sex):
        if isinstance(found, Stuck):
            return found
    assert isinstance(year, int)
    assert isinstance(grade, str)
    assert isinstance(sex, str)
    return _joined(where, year, grade, sex)


def _joined(where: Where, year: int, grade: str, sex: str) -> Key:
    return Key(year, where.municipality, where.district, where.school, grade, sex, "", where.organiser)


def _observe(
    key: Key,
    meant: Meant,
    texts: Mapping[str, tuple[str, At | None]],
    parsed: Parsed,
    table: Table,
    at: At,
    cell: Cell,
    labels: Labels,
) -> Observation | Stuck:
    measure = meant.measure
    said = texts.get("measure", ("", None))
    if said[0]:
        measure = labels.measure(said[0]) or ""
        if not measure:
            return Stuck("unknown_label", "measure", *said)
        if measure in UNUSED_MEASURES:
            return Stuck("unused_measure", "measure", *said)
    answer = meant.answer or texts.get("answer", ("", None))[0]
    if measure in ("", "value"):
        measure = _measure_of(parsed, cell, table, meant)
        if not measure:
            return Stuck("unknown_measure", "measure", _headed(table, meant.column) or cell.text, at)
    if measure == "count" and not answer and not key.indicator:
        measure = "base"
    if measure != "base" and not key.indicator:
        return Stuck("missing_axis", "indicator", "", at)
    if parsed.kind in ("text", "date", "error", "bool", "interval"):
        return Stuck(f"not_a_number_{parsed.kind}", measure, cell.text, at)
    if answer and measure != "base" and fold(answer) in words().totals:
        if measure == "percent":
            return Stuck("answers_total", "answer", cell.text, at)
        measure = "base"  # all answers together
    if answer and measure == "base":
        answer = ""
    return Observation(key, measure, answer, parsed, table, meant.column, at, cell, bool(key.indicator))


def _measure_of(parsed: Parsed, cell: Cell, table: Table, meant: Meant) -> str:
    """The measure of a column that does not say: per cent when a sign, a title or decimals say so; else unknown."""
    if meant.column.per_cent or table.per_cent or parsed.unit:
        return "percent"
    figures = (table.grid.cell(r.row, meant.column.col) for r in table.rows)
    for other in figures:
        if other is not None and isinstance(other.value, float) and other.value != int(other.value):
            return "percent"
        if other is not None and isinstance(other.value, str) and ("," in other.value or "%" in other.value):
            return "percent"
    return ""


def _headed(table: Table, column: ValueColumn) -> str:
    return " ".join(table.grid.text(*at) for at in column.headings)


def _heading_axis(column: ValueColumn, at: At) -> str:
    return next((a for a, x in column.labels.items() if x.at == at), "measure")


def _note_headings(columns: list[Meant], used: Counter[int], out: Tidied) -> None:
    for meant in columns:
        if not used[meant.column.col]:
            continue
        for axis, label in meant.column.labels.items():
            if label.id is not None and axis != "place":
                out.mapping[axis, label.text, str(label.id)] = None


def _use_row(
    texts: Mapping[str, tuple[str, At | None]],
    fates: Fates,
    out: Tidied,
    resolver: Resolver,
    columns: list[Meant],
) -> None:
    for axis, (text, at) in texts.items():
        if not text or at is None:
            continue
        fates.used[at] = axis
        fates.rejected.pop(at, None)
        if (axis, text) not in resolver.noted:
            resolver.noted.add((axis, text))
            if named := _id_of(axis, text, resolver):
                out.mapping[axis, text, named] = None


def _id_of(axis: str, text: str, resolver: Resolver) -> str:
    labels = resolver.labels
    if axis == "year":
        return str(labels.year(text) or "")
    if axis == "grade":
        return labels.grade(text, bare=True) or ""
    if axis == "sex":
        return labels.sex(text, bare=True) or ""
    if axis == "indicator":
        return labels.indicator(text) or ""
    if axis in ("municipality", "district", "place"):
        spot = resolver._spot(text, axis, "" if axis == "municipality" else resolver._around())
        return (spot.district or spot.code) if spot else ""
    return ""


def _use_surroundings(table: Table, fates: Fates, out: Tidied) -> None:
    own = table.row_axes() | {a for v in table.values for a in v.labels}
    for axis, label in table.context.items():
        if axis in own:
            continue
        if label.id is not None:
            out.mapping[axis, label.text, str(label.id)] = None
        if label.at is not None and label.origin == "title" and label.id is not None:
            before = fates.used.get(label.at, "").split("+")  # one title may say grade, question and year
            fates.used[label.at] = "+".join(sorted({*before, axis} - {""}))
    for column in table.labels:
        for at in column.headings:
            if column.axis:
                fates.used[at] = column.axis
