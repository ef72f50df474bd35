"""Draws pupils' answers: who answers, and what, with correlation within class, within pupil and between questions.

An answer is a threshold of a latent normal value: sqrt(r) of the class, the rest the pupil's own and a common tendency
to take risks. The share in a cell is exactly expit of its log-odds; r is chosen so that the intraclass correlation of
the answers is the one asked for. A nested question is asked of those who said yes to the one it is part of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lhu_effect.definitions.labels import closest
from lhu_effect.definitions.model import Indicator
from lhu_effect.errors import UsageError
from lhu_effect.simulate.levels import SEXES, known_indicators, level_of
from lhu_effect.simulate.roster import Roster, make_roster
from lhu_effect.simulate.settings import Settings
from lhu_effect.simulate.shocks import Floats, Moves, draw_moves, effect_years, planted, stream
from lhu_effect.study.model import Study

Bools = NDArray[np.bool_]
RISK_SHARE, RISK_LOG_ODDS = 0.3, 0.7
CLASS_PUPILS = 20  # of method.md 2.4: design effect = 1 + 19 icc


@dataclass(frozen=True, eq=False)
class Pupils:
    """The pupils of one seed: sex (index of SEXES), higher-risk group, tendency, and whether they answer at all.

    mix: number of pupils by cell x sex x group.
    """

    sex: NDArray[np.int64]
    group: NDArray[np.int64]
    tendency: Floats
    answers: Bools
    mix: Floats


@dataclass(frozen=True, eq=False)
class Answers:
    """One indicator of one seed, per pupil. asked: answered this question.

    with_effect, without: shares by cell x sex x group.
    """

    yes: Bools
    asked: Bools
    with_effect: Floats
    without: Floats
    moves: Moves


@dataclass(frozen=True)
class Plan:
    """A study and settings made ready: draws any number of seeds."""

    study: Study
    settings: Settings

    @cached_property
    def roster(self) -> Roster:
        """The classes."""
        return make_roster(self.study, self.settings)

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """Ids to simulate: as set, else all outcomes of the registry that levels.toml knows."""
        if self.settings.indicators:
            return self.settings.indicators
        return tuple(i for i in known_indicators() if i in self.study.registry.indicators)

    @cached_property
    def affected(self) -> Bools:
        """Per cell: the study's municipality in a wave with the effect."""
        years = effect_years(self.study, self.settings)
        own = self.study.municipality
        return np.array([c[1] == own and c[0] in years for c in self.roster.cells])

    def pupils(self, seed: int) -> Pupils:
        """Who is in school and who answers."""
        s, r = self.settings, self.roster
        rng = stream(seed, "pupils")
        cell, count = r.cell_of, len(r.class_of)
        other = np.array([_share_other(c[0]) for c in r.cells])
        u = rng.random(count)
        sex = np.where(u < other[cell], 2, (u < (other + (1 - other) * 0.505)[cell]).astype(np.int64))
        grown = RISK_SHARE + s.composition_shift * self.affected
        group = (rng.random(count) < grown[cell]).astype(np.int64)
        tendency = rng.standard_normal(count)
        chance = self._response()[cell] + s.selective * self.affected[cell] * tendency
        answers = (rng.random(count) < _expit(chance)) & self._taking_part(seed)
        shape = (len(r.cells), len(SEXES), 2)
        mix = np.bincount((cell * 3 + sex) * 2 + group, minlength=math.prod(shape)).reshape(shape)
        return Pupils(sex, group, tendency, answers, mix.astype(float))

    def _response(self) -> Floats:
        s = self.settings
        years = np.array([c[0] for c in self.roster.cells])
        rate = np.array([s.response_by_year.get(int(y), s.response) for y in years])
        everyone = rate >= 1
        drift = s.response_drift * (years - years.min()) / 3
        made = np.log(np.where(everyone, 0.5, rate) / (1 - np.where(everyone, 0.5, rate))) + drift
        return np.where(everyone, 50.0, made)

    def _taking_part(self, seed: int) -> Bools:
        """Per pupil: the school takes part."""
        share = self.settings.school_participation
        rng = stream(seed, "schools")
        part = [rng.random() < share.get(year, 1.0) for year, _ in self.roster.schools]
        taking: Bools = np.array(part)[self.roster.school_of_class][self.roster.class_of]
        return taking

    def answers(self, indicator: str, seed: int, pupils: Pupils, made: dict[str, Answers]) -> Answers:
        """The answers to one question; those it is part of are drawn first and kept in `made`."""
        if indicator in made:
            return made[indicator]
        known = self.study.registry.indicators
        if indicator not in known:
            near = closest(indicator, known) or ", ".join(known)
            raise UsageError("simulate.unknown_indicator", found=indicator, closest=near)
        i = known[indicator]
        parent = self.answers(i.nested_in, seed, pupils, made) if i.nested_in else None
        moves = parent.moves if parent else draw_moves(self.roster, self.settings, level_of(i), i.id, seed)
        without, with_effect = self._shares(i, moves, parent)
        drawn = self._draw(i, seed, pupils, parent, without, with_effect, moves)
        for other in i.nested_also:
            drawn = replace(drawn, yes=drawn.yes & self.answers(other, seed, pupils, made).yes)
        made[indicator] = drawn
        return made[indicator]

    def _shares(self, i: Indicator, moves: Moves, parent: Answers | None) -> tuple[Floats, Floats]:
        """Shares without and with the planted effect, shape (cells, sexes, groups)."""
        level = level_of(i)
        grade = np.array([level.by_grade[c[3]] for c in self.roster.cells])
        sex = np.array([level.by_sex[s] for s in SEXES])
        risk = (RISK_LOG_ODDS if level.load > 0 else -RISK_LOG_ODDS) * (np.array([0.0, 1.0]) - RISK_SHARE)
        eta = (grade + moves.total + self.settings.level_shift)[:, None, None] + sex[:, None] + risk
        effect = planted(self.roster, self.study, self.settings, i.id, i.theme)[:, None, None]
        without, with_effect = _expit(eta), _expit(eta + effect)
        if parent is None:
            return without, with_effect
        return np.minimum(without, 0.98 * parent.without), np.minimum(with_effect, 0.98 * parent.with_effect)

    def _draw(
        self,
        i: Indicator,
        seed: int,
        pupils: Pupils,
        parent: Answers | None,
        without: Floats,
        with_effect: Floats,
        moves: Moves,
    ) -> Answers:
        """A nested question is drawn among those who said yes above; its share is then exactly its own."""
        from scipy.special import ndtri

        r, s = self.roster, self.settings
        share = with_effect if parent is None else with_effect / parent.with_effect
        of_class, of_school = self._class_correlation(i, share)
        rng = stream(seed, "answers", i.id)
        u_class = rng.standard_normal(len(r.classes))
        u_school = rng.standard_normal(len(r.schools))[r.school_of_class]
        cell = r.cell_of_class
        shared = np.sqrt(of_class[cell]) * u_class + np.sqrt(of_school[cell]) * u_school
        own_sd = np.sqrt(1 - of_class - of_school)[cell]
        load = level_of(i).load if parent is None else 0.0
        own = load * pupils.tendency + np.sqrt(1 - load**2) * rng.standard_normal(len(r.class_of))
        latent = shared[r.class_of] + own_sd[r.class_of] * own
        threshold = ndtri(1 - share)
        yes = latent > threshold[r.cell_of, pupils.sex, pupils.group]
        asked = pupils.answers & (rng.random(len(yes)) < s.item_response)
        if parent is not None:
            yes, asked = yes & parent.yes, asked & parent.asked
        return Answers(yes, asked, with_effect, without, moves)

    def _class_correlation(self, i: Indicator, share: Floats) -> tuple[Floats, Floats]:
        """Latent correlations of class and school per cell that give the intraclass correlations asked for."""
        phi0 = self.study.registry.themes[i.theme].phi0
        icc = self.settings.icc if self.settings.icc is not None else (phi0 - 1) / (CLASS_PUPILS - 1)
        p = share[:, :2].mean(axis=(1, 2))
        return latent_correlation(p, icc), latent_correlation(p, self.settings.school_icc)


def latent_correlation(p: Floats, icc: float) -> Floats:
    """The correlation r of two latent normals whose threshold answers, each yes with probability p, correlate icc.

    Solves icc p q = phi(h)^2 sum_k He_k(h)^2 r^(k+1)/(k+1)!, the tetrachoric series of Pearson (1900) with
    Hermite polynomials He_k, by bisection on its first twelve terms.
    """
    from scipy.special import ndtri

    if icc == 0:
        return np.zeros_like(p)
    h = ndtri(1 - p)
    weights = _tetrachoric_weights(h)
    target = icc * p * (1 - p) * 2 * np.pi * np.exp(h**2)
    low, high = np.zeros_like(p), np.full_like(p, 0.95)
    for _ in range(40):
        r = (low + high) / 2
        reached = sum(w * r ** (k + 1) for k, w in enumerate(weights))
        low, high = np.where(reached < target, r, low), np.where(reached < target, high, r)
    middle: Floats = (low + high) / 2
    return middle


def _tetrachoric_weights(h: Floats, terms: int = 12) -> list[Floats]:
    """He_k(h)^2 / (k+1)!, k = 0, 1, ...: He_(k+1) = h He_k - k He_(k-1)."""
    before, he = np.zeros_like(h), np.ones_like(h)
    weights = []
    for k in range(terms):
        weights.append(he**2 / math.factorial(k + 1))
        before, he = he, h * he - k * before
    return weights


def _expit(x: Floats) -> Floats:
    made: Floats = 1 / (1 + np.exp(-x))
    return made


def _share_other(year: int) -> float:
    """The third answer on sex appears in 2017 and grows."""
    return 0.0 if year < 2017 else min(0.04, 0.015 + 0.01 * (year - 2017) / 3)
