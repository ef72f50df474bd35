"""Makes clustered.json: a small table of schools, and what pyfixest and wildboottest say of its pupils.

python3 -m venv ref && ref/bin/pip install pyfixest wildboottest && ref/bin/python tests/reference/make_clustered.py
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf

SCHOOLS, YEARS = 9, (2017, 2020, 2023)


def cells():
    rng = np.random.default_rng(11)
    rows = []
    for s in range(SCHOOLS):
        unit = "own" if s < 3 else f"m{s // 3}"
        level = rng.normal(-1.4, 0.4)
        for year in YEARS:
            if s == 7 and year == 2017:
                continue
            n = int(rng.integers(15, 60))
            p = 1 / (1 + np.exp(-(level + rng.normal(0, 0.2) - 0.5 * (unit == "own") * (year == 2023))))
            exposed = int(unit == "own" and year == 2023)
            rows.append((f"s{s}", unit, year, exposed, int(rng.binomial(n, p)), n))
    return pd.DataFrame(rows, columns=["school", "unit", "year", "exposed", "k", "n"])


def main():
    table = cells()
    pupils = table.loc[table.index.repeat(table.n)].reset_index(drop=True)
    pupils["y"] = np.concatenate([[1.0] * k + [0.0] * (n - k) for k, n in zip(table.k, table.n, strict=True)])
    pupils["cluster"] = pupils.school.astype("category").cat.codes
    out = {"pupils": len(pupils)}
    for kind in ("CRV1", "CRV3"):
        ssc = pf.ssc(k_adj=kind == "CRV1", G_adj=kind == "CRV1", k_fixef="full", G_df="conventional")
        fit = pf.feols("y ~ exposed + C(unit) + C(year)", pupils, vcov={kind: "cluster"}, ssc=ssc)
        out[kind] = {"estimate": float(fit.coef()["exposed"]), "se": float(fit.se()["exposed"])}
    fit = pf.feols("y ~ exposed + C(unit) + C(year)", pupils, vcov={"CRV1": "cluster"})
    boot = fit.wildboottest(param="exposed", reps=100_000, seed=1, cluster="cluster", bootstrap_type="11")
    out["wild_p"] = float(boot["Pr(>|t|)"])
    about = "pyfixest " + pf.__version__ + "; command: python tests/reference/make_clustered.py"
    json.dump({"about": about, "cells": table.to_dict("list"), "expected": out}, sys.stdout, indent=1)


if __name__ == "__main__":
    sys.stdout = Path(__file__).with_name("clustered.json").open("w", encoding="utf-8")
    main()
