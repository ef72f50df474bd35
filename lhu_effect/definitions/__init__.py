"""The registers: what is asked, where, when, who promised what; read from TOML, checked, frozen."""

from lhu_effect.definitions.labels import bare, closest, fold, look_up, spelling_index
from lhu_effect.definitions.load import load_registry
from lhu_effect.definitions.model import (
    District,
    Enrolment,
    Exposure,
    Indicator,
    Place,
    Registry,
    School,
    Theme,
    Version,
    Wave,
)

__all__ = [
    "District",
    "Enrolment",
    "Exposure",
    "Indicator",
    "Place",
    "Registry",
    "School",
    "Theme",
    "Version",
    "Wave",
    "bare",
    "closest",
    "fold",
    "load_registry",
    "look_up",
    "spelling_index",
]
