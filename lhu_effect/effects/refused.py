"""A refusal as a value: why an estimator gives no number, with the facts behind it. Words live in texts/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refused:
    """No estimate, and why. reason: a reason id of the contract. facts: numbers and indices that explain it."""

    reason: str
    facts: Mapping[str, int | float | str] = field(default_factory=dict)
