"""What a youth survey can and cannot say about a promise to citizens.

The public names, loaded when first used so that importing the package costs nothing:

>>> import lhu_effect as lhu
>>> study = lhu.open_study()
>>> study.id
'strangnas'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "open_study": "lhu_effect.pipeline",
    "read_survey": "lhu_effect.pipeline",
    "build_dashboard": "lhu_effect.pipeline",
    "estimate_effects": "lhu_effect.effects",
    "did": "lhu_effect.effects",
    "power": "lhu_effect.effects",
    "replicate": "lhu_effect.effects",
    "sample_shares": "lhu_effect.effects",
    "explain": "lhu_effect.dashboard",
    "plot": "lhu_effect.dashboard",
    "count_records": "lhu_effect.survey",
    "simulate": "lhu_effect.simulate",
    "Study": "lhu_effect.study",
    "Promise": "lhu_effect.study",
    "Commitment": "lhu_effect.study",
    "Stratum": "lhu_effect.study",
    "CodebookEntry": "lhu_effect.study",
    "Wave": "lhu_effect.definitions",
    "Place": "lhu_effect.definitions",
    "load_registry": "lhu_effect.definitions",
    "Text": "lhu_effect.i18n",
    "Indicator": "lhu_effect.definitions",
    "Cube": "lhu_effect.survey",
    "Effects": "lhu_effect.effects",
    "LhuError": "lhu_effect.errors",
}
__all__ = [
    "CodebookEntry",
    "Commitment",
    "Cube",
    "Effects",
    "Indicator",
    "LhuError",
    "Place",
    "Promise",
    "Stratum",
    "Study",
    "Text",
    "Wave",
    "build_dashboard",
    "count_records",
    "did",
    "estimate_effects",
    "explain",
    "load_registry",
    "open_study",
    "plot",
    "power",
    "read_survey",
    "replicate",
    "sample_shares",
    "simulate",
]

if TYPE_CHECKING:
    from lhu_effect.dashboard import explain, plot
    from lhu_effect.definitions import Indicator, Place, Wave, load_registry
    from lhu_effect.effects import Effects, did, estimate_effects, sample_shares
    from lhu_effect.effects.power import power
    from lhu_effect.effects.replicate import replicate
    from lhu_effect.errors import LhuError
    from lhu_effect.i18n import Text
    from lhu_effect.pipeline import build_dashboard, open_study, read_survey
    from lhu_effect.simulate import simulate
    from lhu_effect.study import CodebookEntry, Commitment, Promise, Stratum, Study
    from lhu_effect.survey import Cube, count_records


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(
            f"module 'lhu_effect' has no attribute {name!r}; public names: {', '.join(__all__)}"
        )
    found = getattr(import_module(_HOME[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
