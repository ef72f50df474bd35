"""From table cells to effects: exposure by dates, estimators, families and verdicts (method.md)."""

from __future__ import annotations

from lhu_effect.effects.differences import did
from lhu_effect.effects.estimate import estimate_effects
from lhu_effect.effects.model import CHECK_SCHEMA, EFFECT_SCHEMA, VERDICTS, Effect, Effects
from lhu_effect.effects.power import POWER_SCHEMA, power
from lhu_effect.effects.replicate import replicate
from lhu_effect.effects.sample_design import sample_shares

__all__ = [
    "CHECK_SCHEMA",
    "EFFECT_SCHEMA",
    "POWER_SCHEMA",
    "VERDICTS",
    "Effect",
    "Effects",
    "did",
    "estimate_effects",
    "power",
    "replicate",
    "sample_shares",
]
