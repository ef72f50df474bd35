"""Linear algebra on many small systems at once: matrices as lists of arrays, one array per entry.

The systems are waves x waves (at most a dozen); a loop over entries with whole arrays as numbers is faster
than a loop over systems.
"""

from __future__ import annotations

from lhu_effect.effects.noise import Array


def pairs(size: int) -> list[tuple[int, int]]:
    """Upper triangle, row by row."""
    return [(s, t) for s in range(size) for t in range(s, size)]


def product(terms: list[Array]) -> Array:
    """Elementwise product."""
    out = terms[0]
    for x in terms[1:]:
        out = out * x
    return out


def dot(x: list[Array], y: list[Array]) -> Array:
    """Sum of elementwise products."""
    out = x[0] * y[0]
    for a, b in zip(x[1:], y[1:], strict=True):
        out = out + a * b
    return out


def cholesky(A: list[list[Array]]) -> list[list[Array]]:
    """Lower triangle of lower triangle."""
    L: list[list[Array]] = []
    for s, row in enumerate(A):
        L.append([])
        for t, value in enumerate(row):
            for j in range(t):
                value = value - L[s][j] * L[t][j]
            L[s].append(value**0.5 if s == t else value / L[t][t])
    return L


def forward(L: list[list[Array]], x: list[Array]) -> list[Array]:
    """L^-1 x."""
    out: list[Array] = []
    for s, value in enumerate(x):
        for j in range(s):
            value = value - L[s][j] * out[j]
        out.append(value / L[s][s])
    return out


def backward(L: list[list[Array]], x: list[Array]) -> list[Array]:
    """L'^-1 x."""
    out = list(x)
    for s in range(len(x) - 1, -1, -1):
        for j in range(s + 1, len(x)):
            out[s] = out[s] - L[j][s] * out[j]
        out[s] = out[s] / L[s][s]
    return out


def symmetric_inverse(L: list[list[Array]]) -> dict[tuple[int, int], Array]:
    """Upper triangle of (L L')^-1."""
    T = len(L)
    inverse = [[1 / L[t][t]] for t in range(T)]  # column t of L^-1, from row t down
    for t in range(T):
        for s in range(t + 1, T):
            value = dot([L[s][j] for j in range(t, s)], inverse[t])
            inverse[t].append(-value / L[s][s])
    return {(s, t): dot(inverse[s][t - s :], inverse[t]) for s, t in pairs(T)}
