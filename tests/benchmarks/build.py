"""Start, import and the default build: seconds and peak memory of fresh processes.

    python tests/benchmarks/build.py [--runs 3]

Prints the best of the runs (the least disturbed one) beside the limit. Unix only: peak memory is the kernel's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "lhu_effect"]
JOBS: tuple[tuple[str, list[str], float, float], ...] = (
    ("python alone", [sys.executable, "-c", "pass"], float("inf"), float("inf")),
    ("import lhu_effect", [sys.executable, "-c", "import lhu_effect"], 0.3, 200),
    ("lhu-effect --help", [*PROGRAM, "--help"], 0.3, 200),
    ("lhu-effect --version", [*PROGRAM, "--version"], 0.5, 200),
    ("lhu-effect check", [*PROGRAM, "check"], 15, 600),
    ("lhu-effect effects", [*PROGRAM, "effects", "--out", "e.csv"], 15, 600),
    ("lhu-effect build", [*PROGRAM, "build", str(ROOT / "data"), "--out", "page.html"], 15, 600),
    ("lhu-effect audit", [*PROGRAM, "audit", "page.html"], 60, 1000),
)


def measure(command: list[str], folder: str) -> tuple[float, float]:
    """Wall seconds and peak MB of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"failed: {' '.join(command)}")
    return took, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    print(f"{'job':22} {'seconds':>8} {'limit':>6} {'MB':>6} {'limit':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, command, seconds, megabytes in JOBS:
            took, peak = min(measure(command, folder) for _ in range(runs))
            print(f"{name:22} {took:8.2f} {seconds:6.1f} {peak:6.0f} {megabytes:6.0f}")


if __name__ == "__main__":
    main()
