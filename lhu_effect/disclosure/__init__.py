"""Disclosure control: what may leave the house, and the proof that it gives nothing else away.

`mask` turns a tabulated Cube into a MaskedCube; `block` is the form in which a page carries its cells;
`audit` attacks a finished page or export; `gate` is the audit that a build runs on its own page.
"""

from lhu_effect.disclosure.audit import Finding, audit, gate, gate_bundle, gate_table
from lhu_effect.disclosure.earlier import public_totals
from lhu_effect.disclosure.masked import Hidden, MaskedCube
from lhu_effect.disclosure.protect import mask
from lhu_effect.disclosure.published import block
from lhu_effect.disclosure.summary import kept, log_table, reader_summary

__all__ = [
    "Finding",
    "Hidden",
    "MaskedCube",
    "audit",
    "block",
    "gate",
    "gate_bundle",
    "gate_table",
    "kept",
    "log_table",
    "mask",
    "public_totals",
    "reader_summary",
]
