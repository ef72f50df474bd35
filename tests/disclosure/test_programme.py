"""The solver behind the attacker: what it answers, and that it keeps quiet about it."""

from __future__ import annotations

import subprocess
import sys

# x + y + z + w = 7 of k and n-k of two cells, each 0..5; the least of the first is 0, the most 5 (read off)
SOLVED = """
import numpy as np
from scipy.sparse import csr_matrix
from lhu_effect.disclosure.programme import Programme
def summing_to(total):
    rest = csr_matrix((0, 4)), np.zeros(0), np.zeros(4), np.full(4, 5.0)
    return Programme(np.arange(2), csr_matrix(np.ones((1, 4))), np.array([total]), *rest)
part = summing_to(7.0)
ends = [part.solve(way * np.array([1.0, 0, 0, 0]), whole=whole)[0] for whole in (False, True) for way in (1, -1)]
assert ends == [0, 5, 0, 5], ends
assert summing_to(21.0).solve(np.ones(4)) is None
"""


def test_the_solver_answers_and_writes_nothing() -> None:
    """In a process of its own: the first solver of a process greets on stdout, where a command's results go."""
    ran = subprocess.run([sys.executable, "-c", SOLVED], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
