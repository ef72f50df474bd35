"""Labels of cells into what a clustered regression needs of them: dummies and clusters, whatever was answered.

Questions asked of the same schools in the same waves share all of this; only counts differ between them. Cells
of one unit, wave and grade have the same row of X, so X is kept as its few distinct rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhu_effect.effects.noise import Array

Index = NDArray[np.intp]
Labels = Sequence[str] | Sequence[int] | NDArray[np.generic]
SMALL = 1e-9


@dataclass(frozen=True, eq=False)
class Clusters:
    """of: (rows,) integers 0..G-1."""

    of: Index

    def __len__(self) -> int:
        """G."""
        return int(self.of.max(initial=-1)) + 1

    @cached_property
    def alike(self) -> list[Index]:
        """Rows of the clusters of one size, (clusters, rows each): linear algebra goes over them together."""
        order = np.argsort(self.of, kind="stable")
        size = np.bincount(self.of)
        start = np.cumsum(size) - size
        return [
            order[start[size == rows][:, None] + np.arange(rows)]
            for rows in np.unique(size[size > 0]).tolist()
        ]

    def sums(self, values: Array) -> Array:
        """Sums over each cluster's rows; values: (rows,) or (rows, ...)."""
        out = np.zeros((len(self), *values.shape[1:]))
        for at in self.alike:
            out[self.of[at[:, 0]]] = np.einsum("gr...->g...", np.take(values, at, axis=0))
        return out


@dataclass(frozen=True, eq=False)
class Regressors:
    """X (rows, K) as its distinct rows, (U, K), and which of them each row is, (rows,); columns independent."""

    distinct: Array
    at: Index
    clusters: Clusters

    @classmethod
    def plain(cls, X: Array, cluster: Index) -> Regressors:
        """X as it is, every row taken for distinct."""
        return cls(X, np.arange(len(X)), Clusters(cluster))

    def scaled(self, root: Array) -> Array:
        """X (rows, K), each row times root (rows,)."""
        return self.distinct[self.at] * root[:, None]

    @cached_property
    def exposed_clusters(self) -> int:
        """Clusters with a row whose first regressor, the exposure, is above zero."""
        return len(np.unique(self.clusters.of[self.distinct[self.at, 0] > 0]))


def exposure_and_dummies(exposed: Array, cluster: Labels, parts: Sequence[Labels]) -> Regressors | None:
    """The exposure (rows,) first, then the levels of each part, without those that add nothing.

    None where the exposure cannot be told from the dummies.
    """
    codes = [_codes(part) for part in parts]
    _, first, at = np.unique(combined([exposed, *codes]), return_index=True, return_inverse=True)
    columns = [exposed[first], *(np.eye(int(c.max()) + 1)[c[first]].T for c in codes)]
    X = np.vstack(columns).T
    kept = independent(X, range(1, X.shape[1]))
    if 0 not in kept:
        return None
    return Regressors(X[:, [0, *(j for j in kept if j != 0)]], at, Clusters(_codes(cluster)))


def combined(labels: Sequence[NDArray[Any]]) -> Index:
    """One whole number for each combination of labels."""
    out = np.zeros(len(labels[0]), dtype=np.intp)
    for label in labels:
        code = np.unique(label, return_inverse=True)[1]
        out = out * (int(code.max(initial=0)) + 1) + code
    return out


def _codes(labels: Labels) -> Index:
    """0, 1, 2 ... in the order of the labels: whole numbers as they are, anything else as text."""
    given = np.asarray(labels)
    return np.unique(given if given.dtype.kind in "iu" else given.astype(str), return_inverse=True)[1]


def independent(X: Array, first: Sequence[int]) -> list[int]:
    """Columns of X that do not depend on earlier ones; those in `first` are tried before the others."""
    kept: list[int] = []
    basis = np.zeros((len(X), 0))
    for j in [*first, *(j for j in range(X.shape[1]) if j not in first)]:
        x = X[:, j]
        left = x - basis @ (basis.T @ x)
        left = left - basis @ (basis.T @ left)
        size = float(np.linalg.norm(left))
        if size > SMALL * max(1.0, float(np.linalg.norm(x))):
            kept.append(j)
            basis = np.column_stack([basis, left / size])
    return kept
