"""Kill a build at 50 moments: the target must always be the old page or the new one, whole.

    python tests/benchmarks/runs.py [MOMENTS]

Prints one line per moment and a summary; exit code 1 if a half page or a leftover was ever seen. Files that a killed
process leaves beside the target (its temporary file) are counted, not failures: nothing can remove them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "disclosure"))
from test_runs import COMMAND, OLD, environment, whole
from town import write_study


def killed_after(seconds: float, study: Path, target: Path) -> str:
    """What the target is after a build was killed: old, new or broken."""
    target.write_text(OLD, "utf-8")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    going = subprocess.Popen(
        [*COMMAND, "build", str(study), "--out", str(target)], env=environment(), **quiet
    )
    try:
        going.wait(seconds)
    except subprocess.TimeoutExpired:
        going.kill()
        going.wait()
    return "old" if target.read_text("utf-8") == OLD else "new" if whole(target) else "broken"


def main() -> int:
    moments = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as made:
        study, target = write_study(Path(made) / "study"), Path(made) / "out" / "page.html"
        target.parent.mkdir()
        start = time.perf_counter()
        subprocess.run([*COMMAND, "build", str(study), "--out", str(target)], env=environment(), check=True)
        length = time.perf_counter() - start
        seen: dict[str, int] = {}
        for i in range(moments):
            # half of the moments over the whole run, half in its last tenth, where the file is written
            share = i / (moments / 2) if i < moments / 2 else 0.9 + 0.2 * (i - moments / 2) / (moments / 2)
            state = killed_after(length * share, study, target)
            seen[state] = seen.get(state, 0) + 1
            print(f"{i:3} killed after {length * share:6.2f} s: {state}", flush=True)
        left = [p.name for p in target.parent.iterdir() if p != target]
        print(f"{seen}, {len(left)} temporary files left by killed runs")
        return int("broken" in seen)


if __name__ == "__main__":
    raise SystemExit(main())
