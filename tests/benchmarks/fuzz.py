"""Break files in every way and read them: each must give a survey or one LhuError, soon and in little memory.

    python tests/benchmarks/fuzz.py [--files 20000] [--from 0] [--seed 1] [--log FILE] [--keep FOLDER]

Files are made from good ones (published tables, records, the default study's extracts) by flipping bits,
cutting, swapping pieces and parts, putting odd values into XML and CSV, and from random tables. One worker
reads them in its own process under a memory limit, each file under an alarm; a worker that dies is named by
its last file and replaced. With `--log` a run can be stopped and started again: what the log holds is not
run again. Prints a table of outcomes by kind of file and way of breaking it, the worst time and memory;
exit 1 when anything but a survey or an LhuError came out. `--only N` runs file N again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MEMORY_BYTES = 500_000_000  # the promise for any table workbook or hostile file
ADDRESS_BYTES = 4_000_000_000  # what ends a worker for certain; includes libraries and their threads
SECONDS = 30  # of computing, so that a busy machine is no hang
WORKER_FILES = 2_000  # then a fresh process, so that what the caches keep is not counted as a file's memory
LARGE = 100_000  # bytes: the study's own extracts take seconds each, so they come more seldom
RECORDS_EVERY = 50  # records start a child process each: one file in fifty

sys.path.insert(0, str(ROOT))

Random = random.Random
ODD = (
    "-1", "0", "1e309", "NaN", "inf", "99999999999999999999", "A0", "XFD1048576", "ZZZZ9", "", " ", "*", "..",
    "<5", "60-70",
    "=1+1", "#N/A", "\u202e12", "å" * 50, "A\u030aker", "0,5", "50 %", "1 234,5", "2023", "Åk 9", "Totalt", "Flicka",
    "Strängnäs", "0486", "true", "1/1/2023", "\ufffd", "0x10", "١٢", "1.2.3", "--", "\t", "k" * 5000,
)  # fmt: skip


# ---- good files ------------------------------------------------------------------------------------------


def good_files() -> dict[str, bytes]:
    """Name -> bytes of the files that get broken; those named records.* hold pupils."""
    made = {"wide.xlsx": _wide_workbook(), "rich.xlsx": _rich_workbook()}
    text = _long_csv()
    for name, encoding in (("utf8.csv", "utf-8"), ("win.csv", "cp1252"), ("wide16.csv", "utf-16")):
        made[name] = text.encode(encoding)
    made["tab.txt"] = text.replace(";", "\t").encode()
    made |= {
        p.name: p.read_bytes() for p in sorted((ROOT / "data" / "extracts").glob("*")) if p.suffix != ".toml"
    }
    made |= _tables_and_records()
    return made


def _wide_workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    ws = book.active
    ws.append(["Har använt narkotika någon gång, andel (%)"])
    ws.append([])
    ws.append(["Kommun", "Kommundel", "Årskurs", "2017", None, "2020", None])
    ws.append([None, None, None, "Andel", "Antal svar", "Andel", "Antal svar"])
    ws.merge_cells("D3:E3")
    ws.merge_cells("F3:G3")
    for place in ("Strängnäs", "Mariefred", "Åker"):
        for grade in ("Åk 7", "Åk 9"):
            ws.append(["Strängnäs", place, grade, 0.1, 120, "..", 8])
    for row in ws.iter_rows(min_row=5, min_col=4, max_col=4):
        row[0].number_format = "0%"
    return _saved(book)


def _rich_workbook() -> bytes:
    import openpyxl
    from openpyxl.comments import Comment

    book = openpyxl.Workbook()
    for title in ("Innehåll", "Åk 9", "Gy 2"):
        ws = book.create_sheet(title)
        ws["A1"] = "Trygg i skolan"
        ws["A1"].comment = Comment("x", "y")
        for r in range(3, 40):
            ws.cell(r, 1, f"Kommun {r}")
            ws.cell(r, 2, r / 40)
            ws.cell(r, 3, f"=B{r}*100")
        ws.row_dimensions[5].hidden = True
        ws.column_dimensions["C"].hidden = True
    book["Gy 2"].sheet_state = "hidden"
    return _saved(book)


def _saved(book: object) -> bytes:
    out = io.BytesIO()
    book.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def _long_csv() -> str:
    lines = ["År;Kommun;Kommundel;Årskurs;Kön;Indikator;Antal svar;Andel"]
    for year in (2017, 2020, 2023):
        for place in ("Totalt", "Mariefred", "Åker", "Strängnäs"):
            for sex in ("Totalt", "Flicka", "Pojke"):
                lines.append(f"{year};Strängnäs;{place};Åk 9;{sex};narcotics_ever;120;12,5")
    return "\n".join(lines) + "\n* färre än 5 svar\n"


def _tables_and_records() -> dict[str, bytes]:
    import polars as pl

    pick = Random(5)
    rows = [
        (
            2023,
            "Strängnäs",
            pick.choice(["Mariefred", "Åker"]),
            "Åk 9",
            pick.choice(["Flicka", "Pojke"]),
            pick.choice([1, 2, 9]),
        )
        for _ in range(300)
    ]
    frame = pl.DataFrame(rows, schema=["ar", "kommun", "del", "ak", "kon", "F46"], orient="row")
    table = pl.DataFrame(
        {"År": [2020, 2023], "Kommun": ["Strängnäs"] * 2, "Årskurs": ["Åk 9"] * 2, "Andel": [12.5, 10.0]}
    )
    out = {
        "table.parquet": _parquet(table),
        "records.csv": frame.write_csv().encode(),
        "records.parquet": _parquet(frame),
    }
    with tempfile.TemporaryDirectory() as folder:
        import pyreadstat

        pyreadstat.write_sav(
            frame.to_pandas(), f"{folder}/a.sav", variable_value_labels={"F46": {1: "Nej", 2: "Ja"}}
        )
        pyreadstat.write_dta(frame.to_pandas(), f"{folder}/a.dta")
        out |= {f"records.{s}": Path(f"{folder}/a.{s}").read_bytes() for s in ("sav", "dta")}
    import openpyxl

    book = openpyxl.Workbook()
    for row in [frame.columns, *frame.rows()]:
        book.active.append(list(row))
    return out | {"records.xlsx": _saved(book)}


def _parquet(frame: object) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)  # type: ignore[attr-defined]
    return out.getvalue()


# ---- ways to break them ----------------------------------------------------------------------------------


def flip(data: bytes, r: Random) -> bytes:
    """A few bits, now and then many."""
    bad = bytearray(data)
    for _ in range(r.choice([1, 1, 2, 8, 64])):
        bad[r.randrange(len(bad))] ^= 1 << r.randrange(8)
    return bytes(bad)


def cut(data: bytes, r: Random) -> bytes:
    """Cut off, cut out, doubled, or blanked."""
    a, b = sorted((r.randrange(len(data)), r.randrange(len(data))))
    return r.choice(
        [data[:a], data[a:], data[:a] + data[b:], data[:b] + data[a:], data[:a] + b"\0" * (b - a) + data[b:]]
    )


def splice(data: bytes, r: Random, other: bytes) -> bytes:
    """The head of one file and the tail of another."""
    return data[: r.randrange(len(data))] + other[r.randrange(len(other)) :]


def odd_text(data: bytes, r: Random) -> bytes:
    """Odd values between the delimiters of a text file."""
    text = data.decode("latin-1")
    for _ in range(r.randint(1, 6)):
        at = r.randrange(len(text) + 1)
        piece = r.choice([*ODD, ";", ";;;;", '"', "\n", "\r", ",", "\x00", "\n\n\n", '";"'])
        end = at if r.random() < 0.5 else at + r.randint(0, 12)
        text = text[:at] + piece.encode().decode("latin-1") + text[end:]
    return text.encode("latin-1")


def parts(data: bytes, r: Random, other: bytes) -> bytes:
    """Parts of a package swapped, dropped, doubled, taken from another, or odd inside."""
    try:
        have = _unzip(data)
    except zipfile.BadZipFile:
        return flip(data, r)
    names = list(have)
    kind = r.choice(["swap", "drop", "double", "foreign", "odd", "odd", "odd", "grow"])
    one, two = r.choice(names), r.choice(names)
    extra: list[tuple[str, bytes]] = []
    if kind == "swap":
        have[one], have[two] = have[two], have[one]
    elif kind == "drop":
        del have[one]
    elif kind == "double":
        extra = [(one, have[two])]
    elif kind == "foreign" and other[:2] == b"PK":
        have[one] = r.choice(list(_unzip(other).values()))
    elif kind == "grow":
        have[one] = _grown(have[one], r)
    else:
        sheets = [n for n in names if "sheet" in n or "workbook" in n or "styles" in n] or names
        one = r.choice(sheets)
        have[one] = _odd_xml(have[one], r)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in [*have.items(), *extra]:
            package.writestr(name, body)
    return out.getvalue()


def _unzip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {n: package.read(n) for n in package.namelist()}


def _odd_xml(body: bytes, r: Random) -> bytes:
    """Attribute values and texts replaced, tags dropped or doubled."""
    import re

    text = body.decode("utf-8", "replace")
    for _ in range(r.randint(1, 5)):
        spots = list(re.finditer(r'"[^"<>]*"|>[^<>]+<|<[^<>]*>', text))
        if not spots:
            break
        spot = r.choice(spots)
        old = spot[0]
        odd = r.choice(ODD).replace("&", "").replace("<", "&lt;")
        new = {'"': f'"{odd}"', ">": f">{odd}<", "<": r.choice(["", old * 2, old * 50])}[old[0]]
        text = text[: spot.start()] + new + text[spot.end() :]
    return text.encode()


def _grown(body: bytes, r: Random) -> bytes:
    """A piece repeated very many times."""
    a = r.randrange(len(body) or 1)
    piece = body[a : a + r.randint(1, 200)] or b" "
    return body[:a] + piece * r.choice([1_000, 20_000, 200_000]) + body[a:]


def random_table(r: Random) -> bytes:
    """A table of odd values, words and numbers with any delimiter and encoding."""
    words = [
        *ODD,
        "År",
        "Kommun",
        "Kommundel",
        "Kön",
        "Årskurs",
        "Andel",
        "Antal",
        "narcotics_ever",
        "Mariefred",
        "Pojke",
        "gy2",
    ]
    sep, encoding = (
        r.choice(";\t,|"),
        r.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "cp850"]),
    )
    rows = [[_field(words, r) for _ in range(r.randint(1, 12))] for _ in range(r.choice([1, 3, 20, 200]))]
    return "\n".join(sep.join(row) for row in rows).encode(encoding, "replace")


def _field(words: list[str], r: Random) -> str:
    return r.choice(words) if r.random() < 0.7 else str(r.random() * 10 ** r.randint(0, 5))


def random_workbook(r: Random) -> bytes:
    """The same as a workbook, with formats and merges anywhere."""
    import openpyxl

    book = openpyxl.Workbook()
    for _ in range(r.randint(1, 3)):
        ws = book.create_sheet(r.choice(["2020", "Åk 9", "Narkotika", "Mariefred", "Blad"]) + str(r.random()))
        for _ in range(r.choice([1, 20, 200])):
            value = r.choice([r.choice(ODD).strip(), r.random(), r.randint(0, 3000), None, True])
            cell = ws.cell(r.randint(1, 40), r.randint(1, 20), value)
            cell.number_format = r.choice(["0%", "General", '0" %"', "yyyy-mm-dd", "@"])
        if r.random() < 0.5:
            top, left = r.randint(1, 20), r.randint(1, 9)
            ws.merge_cells(
                start_row=top,
                start_column=left,
                end_row=top + r.randint(0, 3),
                end_column=left + r.randint(1, 5),
            )
    return _saved(book)


def broken(number: int, seed: int, good: dict[str, bytes]) -> tuple[str, bytes, str]:
    """(file name, bytes, how) of file `number`."""
    r = Random(seed * 1_000_003 + number)
    names = [n for n in good if n.startswith("records.") == (number % RECORDS_EVERY == 0)]
    name = r.choices(names, [1 if len(good[n]) > LARGE else 60 for n in names])[0]
    data, other = good[name], good[r.choice(list(good))]
    ways: dict[str, Callable[[], bytes]] = {
        "flip": lambda: flip(data, r),
        "cut": lambda: cut(data, r),
        "splice": lambda: splice(data, r, other),
        "parts": lambda: parts(data, r, other),
        "odd": lambda: odd_text(data, r),
        "table": lambda: random_table(r),
        "workbook": lambda: random_workbook(r),
    }
    zipped = name.endswith(".xlsx")
    weights = [3, 1, 1, 8 if zipped else 0, 0 if zipped else 6, 2, 2]
    how = r.choices(list(ways), weights)[0]
    if number % RECORDS_EVERY == 0 and how in ("table", "workbook"):
        how = "flip"
    made = {"table": "random.csv", "workbook": "random.xlsx"}.get(how, name)
    return made, ways[how](), how


# ---- running ---------------------------------------------------------------------------------------------


def work(first: int, last: int, seed: int, log: Path, good_folder: Path, keep: Path | None) -> None:
    """Read files first..last-1 and log one JSON line each; a line "start" first, so that a crash is named."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
    from lhu_effect.definitions import load_registry
    from lhu_effect.study.model import CodebookEntry, Study

    book = (CodebookEntry("narcotics_ever", 2023, "F46", yes=("2", "Ja"), no=("1", "Nej"), missing=("9",)),)
    keys = {"year": "ar", "municipality": "kommun", "district": "del", "grade": "ak", "sex": "kon"}
    tables = Study("0486", load_registry())
    records = Study("0486", load_registry(), codebook=book, codebook_keys=keys)
    good = {p.name: p.read_bytes() for p in sorted(good_folder.iterdir())}
    done = finished(log)

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, stop)
    with tempfile.TemporaryDirectory() as folder, log.open("a", encoding="utf-8") as out:
        for number in range(first, last):
            if number in done:
                continue
            name, data, how = broken(number, seed, good)
            path = Path(folder) / name
            path.write_bytes(data)
            out.write(json.dumps({"start": number, "kind": kind_of(name), "how": how}) + "\n")
            out.flush()
            study = records if name.startswith("records") else tables
            told = one(path, study, strict=number % 2 == 0)
            if told["end"].startswith("TRACEBACK"):
                sys.stderr.write(f"--- file {number} ({name}, {how})\n{told.pop('trace')}\n")
                if keep:
                    (keep / f"{seed}_{number}_{name}").write_bytes(data)
            out.write(json.dumps({"file": number, "kind": kind_of(name), "how": how} | told) + "\n")
            out.flush()
            path.unlink()


def one(path: Path, study: Any, *, strict: bool) -> dict[str, Any]:
    """What came of one file: its end, the seconds of computing, the peak memory while it was read."""
    from lhu_effect.errors import LhuError
    from lhu_effect.survey import read_survey

    forget_peak()
    began = time.process_time()
    more: dict[str, Any] = {}
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        survey = read_survey(study, [path], strict=strict)
        said = [i.rule for i in survey.found if i.severity == "error"]
        end = "survey" if len(survey.cube) else said[0] if said else "nothing"
        totals = survey.report["totals"]
        parts = totals["cells_used"] + totals["cells_rejected"] + totals["cells_ignored"]
        if totals["cells_in"] != parts:
            end, more["trace"] = "TRACEBACK cells not accounted for", str(totals)
    except LhuError as error:
        error.message("sv"), error.message("en")
        end = error.rule
    except BaseException as error:  # noqa: BLE001 - finding these is what this program is for
        end, more["trace"] = f"TRACEBACK {type(error).__name__}", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return {"end": end, "s": time.process_time() - began, "peak": peak_memory()} | more


def kind_of(name: str) -> str:
    """What a file set out as."""
    suffix = name.rsplit(".", 1)[1]
    return f"records .{suffix}" if name.startswith("records") else f"table .{suffix}"


def forget_peak() -> None:
    """Start measuring the peak memory anew (Linux; elsewhere the process's own peak is told)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_memory() -> int:
    """Bytes at the most since `forget_peak`."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def finished(log: Path) -> set[int]:
    """Numbers of the files that a log has an end for."""
    return {int(line["file"]) for line in read_log(log) if "end" in line}


def read_log(log: Path) -> list[dict[str, Any]]:
    """Its lines; a last one cut off by a kill is left out."""
    found = []
    for line in log.read_text("utf-8").splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return found


def main() -> int:
    """Run workers one after another until every file is read, then tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", type=int)
    parser.add_argument("--worker", nargs=4)
    asked = parser.parse_args()
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
    if asked.worker:
        first, last, log, good = asked.worker
        work(int(first), int(last), asked.seed, Path(log), Path(good), asked.keep)
        return 0
    first, last = (
        (asked.first, asked.first + asked.files) if asked.only is None else (asked.only, asked.only + 1)
    )
    with tempfile.TemporaryDirectory() as folder:
        good = Path(folder) / "good"
        good.mkdir()
        for name, data in good_files().items():
            (good / name).write_bytes(data)
        log = asked.log or Path(folder) / "log"
        log.touch()
        at = first
        while at < last:
            at = _batch(at, min(at + WORKER_FILES, last), asked, log, good)
        return tell([e for e in read_log(log) if first <= int(e.get("file", -1)) < last])


def _batch(at: int, until: int, asked: argparse.Namespace, log: Path, good: Path) -> int:
    """One worker over files at..until-1; where the next begins."""
    command = [
        sys.executable,
        __file__,
        "--seed",
        str(asked.seed),
        "--worker",
        str(at),
        str(until),
        str(log),
        str(good),
    ]
    if asked.keep:
        command += ["--keep", str(asked.keep)]
    done = subprocess.run(command, check=False)
    if done.returncode == 0:
        return until
    started = [line for line in read_log(log) if "start" in line]
    dead = started[-1] if started else {"start": at, "kind": "?", "how": "?"}
    crash = {"file": dead["start"], "kind": dead["kind"], "how": dead["how"], "s": 0.0, "peak": 0}
    with log.open("a", encoding="utf-8") as out:
        out.write(json.dumps(crash | {"end": f"TRACEBACK exit {done.returncode}"}) + "\n")
    return int(dead["start"]) + 1


def tell(ends: list[dict[str, Any]]) -> int:
    """Counts per kind and way, per outcome, the worst time and memory; 1 when something escaped."""
    print(
        f"{'kind':18s} {'how':9s} {'files':>6s} {'surveys':>8s} {'refused':>8s} {'escaped':>8s}"
        f" {'slowest':>8s} {'peak':>7s}"
    )
    for kind, how in sorted({(e["kind"], e["how"]) for e in ends}):
        own = [e for e in ends if (e["kind"], e["how"]) == (kind, how)]
        surveys = sum(e["end"] in ("survey", "nothing") for e in own)
        escaped = sum(e["end"].startswith("TRACEBACK") for e in own)
        slowest, peak = max(e["s"] for e in own), max(e["peak"] for e in own) / 1e6
        refused = len(own) - surveys - escaped
        print(
            f"{kind:18s} {how:9s} {len(own):6d} {surveys:8d} {refused:8d} {escaped:8d} {slowest:6.1f} s {peak:4.0f} MB"
        )
    counts = Counter(str(e["end"]) for e in ends)
    print()
    for end, count in counts.most_common():
        print(f"{count:7d}  {end}")
    slow, heavy = max(ends, key=lambda e: e["s"]), max(ends, key=lambda e: e["peak"])
    escaped = sum(n for end, n in counts.items() if end.startswith("TRACEBACK"))
    over = sum(e["peak"] > MEMORY_BYTES for e in ends)
    print(
        f"files {len(ends)}; tracebacks, hangs and crashes {escaped}; over {MEMORY_BYTES // 10**6} MB {over}"
    )
    print(
        f"slowest {slow['s']:.2f} s (file {slow['file']}); most memory {heavy['peak'] / 1e6:.0f} MB (file {heavy['file']})"
    )
    return 1 if escaped or over else 0


if __name__ == "__main__":
    raise SystemExit(main())
