"""The documentation stays true: the module map, the README's commands and links.

`python tests/test_docs.py` writes docs/modules.md anew from the modules' own first sentences.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lhu_effect"
MAP = ROOT / "docs" / "modules.md"
HEADING = """# Module map

One line per module: its own first sentence. A test keeps it true; `python tests/test_docs.py` writes it anew.

The way of the data:
`survey/readers → survey/tidy → Cube → survey/tabulate → disclosure (MaskedCube) → effects → dashboard`.
A module imports only from layers to the right of it in
`cli > program > terminal > pipeline > inputs > (dashboard | simulate) > effects > disclosure > (survey | writers) > study >
definitions > errors > i18n`; import-linter keeps that.
"""


def first_sentence(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return re.sub(r"\s+", " ", said.split("\n\n", 1)[0]).strip()


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.read_text("utf-8").strip())


def module_map() -> str:
    parts = [HEADING]
    room = ""
    for path in modules():
        here = path.parent.relative_to(ROOT).as_posix()
        if here != room:
            room = here
            parts.append(f"\n## {room}/\n\n| module | what it does |\n| --- | --- |")
        parts.append(f"| `{path.name}` | {first_sentence(path).replace('|', '/')} |")
    return "\n".join(parts) + "\n"


def test_every_module_opens_with_what_it_does() -> None:
    silent = [p.relative_to(ROOT).as_posix() for p in modules() if not first_sentence(p)]
    assert silent == []


def test_the_module_map_is_true() -> None:
    assert MAP.read_text("utf-8") == module_map(), "run: python tests/test_docs.py"


def test_links_between_the_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    broken = [
        f"{doc.name}: {target}"
        for doc in documents
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", doc.read_text("utf-8"))
        if "://" not in target and not (doc.parent / target).exists()
    ]
    assert broken == []


def test_the_researchers_tutorial_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "tutorial-researcher.md").read_text("utf-8"), re.DOTALL
    )
    assert len(blocks) >= 4
    for block in blocks:
        exec(compile(block, "tutorial-researcher.md", "exec"), names)
    assert "narcotics" in capsys.readouterr().out


if __name__ == "__main__":
    MAP.write_text(module_map(), encoding="utf-8")
