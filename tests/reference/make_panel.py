"""Makes panel.csv and panel.json: a small panel with fixed effects inside clusters, and others' numbers for it.

python3 -m venv ref && ref/bin/pip install pyfixest && ref/bin/python tests/reference/make_panel.py
(and Rscript with clubSandwich on the path)
"""

import csv
import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf

HERE = Path(__file__).parent


def table():
    rng = np.random.default_rng(3)
    rows = []
    for d in range(12):
        level = rng.normal(40, 6)
        for year in range(2011, 2016):
            if (d, year) == (9, 2012):
                continue
            on = int(d < 4 and year >= 2014)
            rows.append((f"t{d:02}", year, on, round(level + 2 * rng.normal() - 1.5 * on + (year - 2011), 3)))
    return pd.DataFrame(rows, columns=["town", "year", "on", "y"])


def main():
    frame = table()
    frame.to_csv(HERE / "panel.csv", index=False)
    frame["code"] = frame.town.astype("category").cat.codes
    out = []
    for kind, full in (("CR1", True), ("CR3", False)):
        ssc = pf.ssc(k_adj=full, G_adj=full, k_fixef="full", G_df="conventional")
        fit = pf.feols("y ~ on + C(town) + C(year)", frame, vcov={f"CRV{kind[-1]}": "code"}, ssc=ssc)
        out.append(
            {
                "vcov": kind,
                "estimate": float(fit.coef()["on"]),
                "std_error": float(fit.se()["on"]),
                "by": "pyfixest",
            }
        )
    made = subprocess.run(
        ["Rscript", str(HERE / "panel.R")], capture_output=True, text=True, check=True
    ).stdout
    for row in csv.DictReader(made.splitlines()):
        out.append(
            {
                "vcov": row["vcov"],
                **{x: float(row[x]) for x in ("estimate", "std_error", "df")},
                "by": "clubSandwich",
            }
        )
    (HERE / "panel.json").write_text(json.dumps({"expected": out}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
