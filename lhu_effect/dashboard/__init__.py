"""The dashboard: effects and visible cells into one self-contained page.

`present` decides and words everything, `render` draws it; `sentences.explain` puts one effect into words.
"""

from lhu_effect.dashboard.model import DashboardData
from lhu_effect.dashboard.plotting import plot
from lhu_effect.dashboard.presenting import present
from lhu_effect.dashboard.render import render
from lhu_effect.dashboard.sentences import explain

__all__ = ["DashboardData", "explain", "plot", "present", "render"]
