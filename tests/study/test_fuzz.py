"""Whatever stands in study.toml, it becomes a Study or one message: never a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect import i18n
from lhu_effect.errors import LhuError, StudyError
from lhu_effect.study import load_study, packaged_study, parse_study
from lhu_effect.study.model import Study

HEAD = b'[study]\nid = "s"\ntitle = "T"\nmunicipality = "0486"\n'
VALUES = (
    b"1", b"-1", b"1e400", b"nan", b"inf", b"true", b'""', b'"x"', b"[]", b"{}", b"[[]]", b"[1, 'a']", b"2020-01-01",
    b"2020-01-01T00:00:00Z", b"12:00:00", b"9999999999999999999999", b'["a", "a"]', b'{ sv = 1 }', b'"\\u202e"', b'" "',
)  # fmt: skip


def _outcome(data: bytes) -> Study | LhuError:
    try:
        return parse_study(data)
    except LhuError as fault:
        found = fault
    assert all(found.message(lang) for lang in i18n.LANGS)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_lines_changed_at_random(seed: int) -> None:
    """Lines dropped, doubled, swapped, or given another value."""
    rng = random.Random(seed)
    lines = packaged_study().split(b"\n")
    for _ in range(rng.randint(1, 4)):
        i = rng.randrange(len(lines))
        kind = rng.randrange(4)
        if kind == 0:
            del lines[i]
        elif kind == 1:
            lines.insert(i, lines[i])
        elif kind == 2:
            j = rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
        elif b" = " in lines[i]:
            lines[i] = lines[i].split(b" = ")[0] + b" = " + rng.choice(VALUES)
    _outcome(b"\n".join(lines))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    _outcome(data)
    _outcome(HEAD + data)


@pytest.mark.parametrize(
    "key", ["id", "title", "municipality", "extracts", "comparison", "strata", "minimum", "mapping", "alpha"]
)
@pytest.mark.parametrize("value", VALUES)
def test_any_value_of_any_key_of_the_head(key: str, value: bytes) -> None:
    lines = [line for line in HEAD.split(b"\n") if not line.startswith(key.encode())]
    _outcome(b"\n".join([*lines, key.encode() + b" = " + value]))


@pytest.mark.parametrize(
    "data",
    [
        b"x = " + b"[" * 100_000,
        b"x = " + b"9" * 10_000,
        b"\x00",
        b"x" * 6_000_000,
        b"[study]\n" * 2,
        b"\xff\xfe[",
    ],
    ids=["brackets", "digits", "nul", "large", "twice", "utf-16"],
)
def test_hostile_files_are_one_message(data: bytes) -> None:
    fault = _outcome(data)
    assert isinstance(fault, StudyError)
    assert len(fault.message("sv")) < 600


def test_a_folder_named_study_toml(tmp_path: Path) -> None:
    (tmp_path / "study.toml").mkdir()
    with pytest.raises(LhuError):
        load_study(tmp_path)
    with pytest.raises(LhuError):
        load_study(tmp_path / "nowhere")
