"""plotly.js without the parts that our charts never use: maps, 3D, statistics traces and their libraries.

The bundle of the plotly package is made by esbuild: one function with a statement per module,
`var name=W((exports,module)=>{...})`, that runs when it is called. Here the bundle is cut into its top-level
statements, the list of trace types to register is emptied (scatter belongs to the core), and only statements
that can still be reached are kept, as they stand. Reaching is judged generously: within a module every
`name()` and `Go(name)` counts, elsewhere every identifier outside strings. The tests draw every chart with
the result in a browser; a plotly.js version they have not met is left whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TESTED = ("4.1.1",)
"""Versions of plotly.js (not of the Python package) that the browser tests have drawn every chart with."""

_HEAD = '"use strict";var Plotly=(()=>{'
_TOKEN = re.compile(
    r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|/\*.*?\*/|`|[{}()\[\]]|/|;""", re.DOTALL
)
_REGEX = re.compile(r"/(?![*/])(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BEFORE_REGEX = re.compile(
    r"(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|instanceof|do|else|yield|await)$"
)
_TEMPLATE = re.compile(r"\\.|`|\$\{", re.DOTALL)
_REGISTER = re.compile(r"\.register\(\[(?:[\w$]+\(\),?){20,}\]\)")
_MODULE = re.compile(r"\s*var ([\w$]+)=(W|Ea)\(")
_EXPORTS = re.compile(r"\s*Fp\(([\w$]+),")
_DECLARATION = re.compile(r"\s*(?:var|let|const|function|class|async function)\b")
_DECLARED = re.compile(r"(?:^|[;\s})])(?:function\*?|class)\s+([\w$]+)|,([\w$]+)=(?![>=])")
_LISTED = re.compile(r"(?:var|let|const)\s+([^;]*)")
_NAME = re.compile(r"\s*([\w$]+)\s*(?:=(?![>=])|$)")
_CALL = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)\(\)")
_NAMESPACE = re.compile(r"(?<![\w$.])Go\(([\w$]+)\)")
_IDENTIFIER = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]+")


def version(source: str) -> str:
    """Version of plotly.js as its first lines say; "" when they do not."""
    found = re.search(r"plotly\.js v([\w.-]+)", source[:400])
    return found.group(1) if found else ""


def trimmed(source: str) -> str:
    """`source` with what the scatter core needs; `source` itself for an untested version."""
    if version(source) not in TESTED or _HEAD not in source:
        return source
    start = source.index(_HEAD) + len(_HEAD)
    bundle = _Bundle(source, *_statements(source, start))
    return source[:start] + "".join(bundle.kept()) + source[bundle.end :]


@dataclass(frozen=True, slots=True)
class _Statement:
    """One top-level statement: where it stands, and its text outside brackets and strings."""

    begin: int
    end: int
    outer: str


@dataclass
class _Bundle:
    """The statements of a bundle and who needs whom. end: where the last one ends in `source`."""

    source: str
    statements: list[_Statement]
    end: int
    texts: list[str] = field(init=False)
    owners: dict[str, list[int]] = field(init=False)
    modules: dict[str, int] = field(init=False)
    exports: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.texts = [_REGISTER.sub(".register([])", self.source[s.begin : s.end]) for s in self.statements]
        self.owners, self.modules, self.exports = {}, {}, {}
        for number, text in enumerate(self.texts):
            module, exports = _MODULE.match(text), _EXPORTS.match(text)
            if module:
                self.modules[module.group(1)] = number
            if exports:
                self.exports.setdefault(exports.group(1), []).append(number)
            for name in _declared(self.statements[number].outer):
                self.owners.setdefault(name, []).append(number)

    def kept(self) -> list[str]:
        """Texts of the statements that can be reached from the helpers and from what the bundle returns."""
        first = min(self.modules.values())
        helpers = range(first)
        acting = [
            n
            for n, text in enumerate(self.texts)
            if not _DECLARATION.match(text) and not _EXPORTS.match(text)
        ]
        found: set[int] = set(helpers)
        waiting = [n for n in acting if n >= first]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting.extend(self._needs(number))
        return [text for n, text in enumerate(self.texts) if n in found]

    def _needs(self, number: int) -> set[int]:
        text = self.texts[number]
        module = _MODULE.match(text)
        if module and module.group(2) == "W":
            names = [x for x in _CALL.findall(text) if x in self.modules] + _NAMESPACE.findall(text)
        else:
            names = _IDENTIFIER.findall(
                _code(self.source, self.statements[number].begin, self.statements[number].end)
            )
        needed: set[int] = set()
        for name in set(names):
            needed.update(self.owners.get(name, ()))
            needed.update(self.exports.get(name, ()))
        return needed


def _statements(source: str, start: int) -> tuple[list[_Statement], int]:
    """The statements from `start` to the brace that closes the bundle's function, and where that is."""
    found: list[_Statement] = []
    outer: list[str] = []
    depth, begin, last, at = 0, start, start, start
    while True:
        token = _next(source, at)
        sign, at = token.group(), _after(source, token)
        if depth == 0 and sign not in "/;)]}":
            outer.append(source[last : token.start()])
            last = at
        if sign in "{([":
            depth += 1
        elif sign in "})]":
            if depth == 0:
                found.append(
                    _Statement(begin, token.start(), " ".join([*outer, source[last : token.start()]]))
                )
                return found, token.start()
            depth -= 1
            last = at
        elif sign == ";" and depth == 0:
            found.append(_Statement(begin, at, " ".join([*outer, source[last:at]])))
            begin, last, outer = at, at, []


def _next(source: str, at: int) -> re.Match[str]:
    token = _TOKEN.search(source, at)
    if token is None:
        raise ValueError("plotly.js ends inside a statement")
    return token


def _after(source: str, token: re.Match[str]) -> int:
    """Where the token ends: after the whole template or regular expression that it opens."""
    if token.group() == "`":
        return _after_template(source, token.end())
    return _after_slash(source, token.start()) if token.group() == "/" else token.end()


def _after_template(source: str, at: int) -> int:
    while True:
        token = _TEMPLATE.search(source, at)
        if token is None:
            raise ValueError("plotly.js ends inside a template")
        at = token.end()
        if token.group() == "`":
            return at
        if token.group() == "${":
            at = _after_block(source, at)


def _after_block(source: str, at: int) -> int:
    depth = 0
    while True:
        token = _next(source, at)
        at = _after(source, token)
        if token.group() in "{([":
            depth += 1
        elif token.group() in "})]":
            if depth == 0:
                return at
            depth -= 1


def _after_slash(source: str, at: int) -> int:
    """After the regular expression at `at`, or after the sign itself where it divides."""
    before = source[max(0, at - 12) : at].rstrip()
    if before[-1:] in "(,=:[!&|?{};+-*%~^<>" or _BEFORE_REGEX.search(before):
        found = _REGEX.match(source, at)
        if found:
            return found.end()
    return at + 1


def _code(source: str, begin: int, end: int) -> str:
    """A statement without its strings."""
    parts = []
    at, last = begin, begin
    while (token := _TOKEN.search(source, at, end)) is not None:
        at = _after(source, token)
        if token.group()[0] in "\"'":
            parts.append(source[last : token.start()])
            last = at
    return " ".join([*parts, source[last:end]])


def _declared(outer: str) -> set[str]:
    names = {name for pair in _DECLARED.findall(outer) for name in pair if name}
    for listed in _LISTED.finditer(outer):
        for part in listed.group(1).split(","):
            if found := _NAME.match(part):
                names.add(found.group(1))
    return names
