"""Other sources that are read, one module each: a file here, a line in SOURCES, a [[kind]] in definitions/sources.toml."""

from lhu_effect.survey.series import SourceReader
from lhu_effect.survey.sources import activity, kolada, skolenkaten, wastewater

SOURCES: tuple[SourceReader, ...] = (
    SourceReader("kolada", kolada.read),
    SourceReader("skolenkaten", skolenkaten.read),
    SourceReader("wastewater", wastewater.read),
    SourceReader("activity", activity.read),
)
