"""Linear algebra on many small systems at once: matrices as lists of arrays, one array per entry.

The systems are waves x waves (at most a dozen); a loop over entries with whole arrays as numbers is faster
than a loop over systems.
"""

from __future__ import annotations

import numpy as np

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


def total(terms: list[Array]) -> Array:
    """Elementwise sum."""
    out = terms[0]
    for x in terms[1:]:
        out = out + x
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


def swept(A: dict[tuple[int, int], Array], pivots: int) -> Array:
    """Sweep the first `pivots` rows of symmetric A, upper triangle, in place; returns the pivots' product.

    [[N, r], [r', x]] becomes [[-N^-1, N^-1 r], [., x - r'N^-1 r]]; the product is |N| (Goodnight 1979).
    """
    size = 1 + max(t for _, t in A)
    spare = np.empty_like(A[0, 0])
    det = np.ones_like(spare)
    for k in range(pivots):
        det *= A[k, k]
        inverse = 1 / A[k, k]
        column = [A[min(j, k), max(j, k)] for j in range(size)]
        scaled = [x * inverse for x in column]
        for s in range(size):
            for t in range(s, size):
                if k not in (s, t):
                    A[s, t] -= np.multiply(scaled[s], column[t], out=spare)
        for j in range(size):
            A[min(j, k), max(j, k)] = scaled[j] if j != k else -inverse
    return det
