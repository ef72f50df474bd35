"""mask: a tabulated Cube -> the MaskedCube that may be published."""

from __future__ import annotations

from pathlib import Path

from lhu_effect.disclosure.masked import MaskedCube, without_numbers
from lhu_effect.disclosure.primary import must_hide
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import Cube


def mask(table: Cube, study: Study, previous: Path | None = None) -> MaskedCube:
    """What may be shown of `table` (from `survey.tabulate`)."""
    return MaskedCube(without_numbers(table.frame, must_hide(study.minimum)), study.minimum)
