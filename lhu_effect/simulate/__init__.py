"""Surveys with a known truth: for planning, calibration and the demo. Everything here is invented but the enrolment.

The package bears the name of its one verb: `lhu_effect.simulate` is this module or, as a public name, the function in
it. Importing the module puts it in the function's place on `lhu_effect`; so the module can be called and does the same.
"""

import sys
from types import ModuleType

from lhu_effect.simulate.model import Simulated, sampler, simulate
from lhu_effect.simulate.other import other_files
from lhu_effect.simulate.publish import LAYOUTS, demo_extracts, published_files
from lhu_effect.simulate.settings import Settings

__all__ = [
    "LAYOUTS",
    "Settings",
    "Simulated",
    "demo_extracts",
    "other_files",
    "published_files",
    "sampler",
    "simulate",
]


class _Verb(ModuleType):
    """This module, callable."""

    __call__ = staticmethod(simulate)


sys.modules[__name__].__class__ = _Verb
