"""Surveys with a known truth: for planning, calibration and the demo. Everything here is invented but the enrolment."""

from lhu_effect.simulate.model import Simulated, sampler, simulate
from lhu_effect.simulate.settings import Settings

__all__ = ["Settings", "Simulated", "sampler", "simulate"]
