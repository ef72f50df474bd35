"""What is known of a target without its own answer: the mixture over the model's grid."""

from __future__ import annotations

from dataclasses import dataclass

from lhu_effect.effects.noise import Array


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """The target's log-odds without the promise, point by point of the grid: weight (sum 1), mean c,
    variance V, dispersion phi, all (G,)."""

    weight: Array
    c: Array
    V: Array
    phi: Array
