"""The shared strings of a workbook, read in one pass beside the cells."""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from lhu_effect.errors import InputError
from lhu_effect.survey.preflight import Limits
from lhu_effect.survey.sheet_xml import LOCAL, feed, unescape


class StringReader:
    """The workbook's shared strings, in order."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.strings: list[str] = []
        self._file, self._limits = file, limits
        self._parts: list[str] = []
        self._taking, self._in_phonetic = False, False
        self._length, self._silent = 0, 0

    def read(self, chunks: Iterable[bytes], part: str) -> list[str]:
        """All strings. Raises InputError when there are too many or one is too long."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        feed(parser, self._watched(chunks), self._file, part)
        return self.strings

    def _watched(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        for chunk in chunks:
            self._silent += len(chunk)
            if self._silent > self._limits.silent_bytes:
                raise InputError("files.endless_tag", file=self._file)
            yield chunk

    def _start(self, full: str, _attributes: dict[str, str]) -> None:
        self._silent = 0
        name = LOCAL.get(full)
        if name == "t":
            self._taking = not self._in_phonetic
        elif name == "rPh":
            self._in_phonetic = True
        elif name == "si":
            self._parts.clear()
            self._length = 0

    def _end(self, full: str) -> None:
        name = LOCAL.get(full)
        if name == "t":
            self._taking = False
        elif name == "rPh":
            self._in_phonetic = False
        elif name == "si":
            self.strings.append(unescape("".join(self._parts)))
            if len(self.strings) > self._limits.strings:
                raise InputError("files.too_many_cells", file=self._file, limit=self._limits.strings)

    def _text(self, data: str) -> None:
        self._silent = 0
        if self._taking:
            self._length += len(data)
            if self._length > self._limits.text_chars:
                raise InputError("files.long_text", file=self._file, limit=self._limits.text_chars)
            self._parts.append(data)
