"""The estimators, one file each, and the tuple that names them.

A study's numbers come from `noise_floor` (effects), `theme` (composites) and `before_after` (changes). Those
in ESTIMATORS answer one question each by their name, as headline or as a check beside it.
"""

from __future__ import annotations

from lhu_effect.effects.estimators import aggregate, noise_floor, permutation, school_clustered
from lhu_effect.effects.named import BySchools, ByUnits

ESTIMATORS: tuple[ByUnits | BySchools, ...] = (
    ByUnits("noise_floor_did", noise_floor.named),
    ByUnits("aggregate_did", aggregate.named),
    ByUnits("permutation", permutation.named),
    BySchools("school_cr2", school_clustered.linear_cr2),
    BySchools("school_cr1", school_clustered.linear_cr1),
    BySchools("school_cr3", school_clustered.linear_cr3),
    BySchools("school_logit_cr2", school_clustered.logit_cr2),
    BySchools("wild_bootstrap", school_clustered.wild),
)

__all__ = ["ESTIMATORS"]
