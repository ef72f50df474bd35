"""Workbooks written out part by part, so that a test can break one part and nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def sheet(cells: str, extra: str = "", head: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{head}<sheetData>{cells}</sheetData>{extra}</worksheet>'


def text_cell(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def parts(*sheets: str, states: tuple[str, ...] = (), styles: str = "", strings: str = "") -> dict[str, str]:
    listed = "".join(
        f'<sheet name="Blad {i}" sheetId="{i}" r:id="rId{i}" state="{dict(enumerate(states, 1)).get(i, "visible")}"/>'
        for i in range(1, len(sheets) + 1)
    )
    rels = "".join(
        f'<Relationship Id="rId{i}" Type="{REL}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    made = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{rels}</Relationships>',
    }
    for i, body in enumerate(sheets, 1):
        made[f"xl/worksheets/sheet{i}.xml"] = body
    if styles:
        made["xl/styles.xml"] = styles
    if strings:
        made["xl/sharedStrings.xml"] = strings
    return made


def write(path: Path, made: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in made.items():
            package.writestr(name, body)
    return path


def formats(*codes: str) -> str:
    own = "".join(f'<numFmt numFmtId="{200 + i}" formatCode="{c}"/>' for i, c in enumerate(codes))
    used = "".join(f'<xf numFmtId="{200 + i}"/>' for i in range(len(codes)))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts>'
        f'<cellXfs><xf numFmtId="0"/>{used}</cellXfs></styleSheet>'
    )
