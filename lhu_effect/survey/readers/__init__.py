"""The layouts that are read, tried in this order. Each module is one: NAME and `refuses(table)`."""

from lhu_effect.survey.layouts import Layout
from lhu_effect.survey.readers import long_table, skolenkaten, wide_table

READERS: tuple[Layout, ...] = (
    Layout(skolenkaten.NAME, skolenkaten.refuses),
    Layout(long_table.NAME, long_table.refuses),
    Layout(wide_table.NAME, wide_table.refuses),
)
