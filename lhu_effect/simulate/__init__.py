"""Surveys with a known truth: for planning, calibration and the demo. Everything here is invented but the enrolment."""

from lhu_effect.simulate.model import Simulated, sampler, simulate
from lhu_effect.simulate.publish import LAYOUTS, demo_extracts, published_files
from lhu_effect.simulate.settings import Settings

__all__ = ["LAYOUTS", "Settings", "Simulated", "demo_extracts", "published_files", "sampler", "simulate"]
