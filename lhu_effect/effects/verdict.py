"""An interval, an adjusted p-value and a margin to one of five verdicts (method.md section 4).

Tried in this order: not_comparable, better/worse, same, unsure. A verdict carries the rule that fired;
the numbers it fired on stand beside it in `Effects.reasons`. Which tests belong together, and who may be
judged at all, is `families`' business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from lhu_effect.definitions.model import Better
from lhu_effect.study.model import Margin

Name = Literal["better", "worse", "same", "unsure", "not_comparable"]

THEME_MARGIN = (math.log(0.75), math.log(1.25))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict is given on. low..high: 95 %, low90..high90: 90 %; NaN where there is none.

    margin: what counts as unchanged, (-m, m) for shares. p_adjusted: NaN where it is not tested.
    refused: reason id, "" when there is an estimate. closed: reason id when it may not be judged.
    holds: False when the difference is no longer clear under the largest floor that must be allowed for.
    """

    low: float
    high: float
    low90: float
    high90: float
    p_adjusted: float
    margin: tuple[float, float]
    better: Better
    refused: str = ""
    closed: str = ""
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """name: one of five. rule: which rule fired. reason: the contract's reason id, "" where none is due.

    rules: refused, not_judged, claimed, equivalent, interval_holds_zero, adjusted_p, floor.
    """

    name: Name
    rule: str
    reason: str = ""


def judge(e: Evidence, alpha: float) -> Verdict:
    """The verdict on one effect or change.

    >>> judge(Evidence(-0.06, -0.01, -0.055, -0.014, 0.01, (-0.02, 0.02), "lower"), alpha=0.05)
    Verdict(name='better', rule='claimed', reason='')
    """
    if e.refused:
        return Verdict("not_comparable", "refused", e.refused)
    if e.closed == "not_judged_alone":
        return Verdict("unsure", "not_judged", e.closed)
    clear = e.low > 0 or e.high < 0
    if clear and e.p_adjusted <= alpha and e.holds and not e.closed:
        fell = e.high < 0
        return Verdict("better" if fell == (e.better == "lower") else "worse", "claimed")
    if e.margin[0] < e.low90 and e.high90 < e.margin[1] and e.low90 <= 0 <= e.high90:
        return Verdict("same", "equivalent")
    return Verdict("unsure", _why_unsure(e, clear, alpha), e.closed)


def share_margin(margin: Margin, share: float) -> float:
    """What counts as unchanged beside `share`: max(points / 100, fraction of min(p, 1 - p))."""
    return max(margin.points / 100, margin.share * min(share, 1 - share))


def agreed(both: Verdict, upper: Verdict) -> Verdict:
    """One verdict where n is only bounded: `both` on the widest interval, `upper` at the most answers.

    A judgement needs both ends; unsure needs the upper end only; else the missing n decides.
    """
    if both.name != "unsure" or both.rule == "not_judged":
        return both
    return upper if upper.name == "unsure" else Verdict("not_comparable", "refused", "n_missing")


def _why_unsure(e: Evidence, clear: bool, alpha: float) -> str:
    if not clear:
        return "interval_holds_zero"
    if e.closed:
        return "gate"
    return "adjusted_p" if not e.p_adjusted <= alpha else "floor"
