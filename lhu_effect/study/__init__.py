"""A study: what one municipality wants answered, read from study.toml or made in code."""

from lhu_effect.study.check import check_study
from lhu_effect.study.load import load_study, packaged_study, parse_study, study_for
from lhu_effect.study.model import (
    CodebookEntry,
    Commitment,
    DateConflict,
    Margin,
    Mask,
    Minimum,
    PooledDistrict,
    Promise,
    Stratum,
    Study,
)

__all__ = [
    "CodebookEntry",
    "Commitment",
    "DateConflict",
    "Margin",
    "Mask",
    "Minimum",
    "PooledDistrict",
    "Promise",
    "Stratum",
    "Study",
    "check_study",
    "load_study",
    "packaged_study",
    "parse_study",
    "study_for",
]
