"""Disclosure control: what may leave the house, and the proof that it gives nothing else away.

`mask` turns a tabulated Cube into a MaskedCube; `audit` attacks a finished page or export; `gate` is the
audit that a build runs on its own page.
"""

from lhu_effect.disclosure.masked import Hidden, MaskedCube
from lhu_effect.disclosure.protect import mask

__all__ = ["Hidden", "MaskedCube", "mask"]
