"""Section 3, Figure 6 and Appendix E: do the measures agree, and do other priors give the same findings?"""

from itertools import combinations

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates
from neural_redshift.claims.grids import ALL, EVERY, Grid, complexity
from neural_redshift.correlations import CELL
from neural_redshift.replicates import CORRELATION
from neural_redshift.statistics import correlations

Array = np.ndarray
Table = pd.DataFrame
MEASURES = ("fourier", "chebyshev", "legendre", "lempel_ziv")  # of Figure 6
PRIORS = ("gaussian", "ball", "student_t")


def measures_agree(
    random_networks: Table,
    calibration: Table,
    *,
    constant: str = "left_out",
    method: str = "pearson",
    architectures: str = "all",
    measures: str = "Figure 6",
) -> Estimates:
    """Correlation of every pair of measures over cell means."""
    rows = random_networks[random_networks.study == "heatmaps"]
    if architectures == "plain":
        rows = rows[rows.variant == "plain"]
    rows = rows.assign(cell=rows.groupby(CELL).ngroup())
    names = MEASURES if measures == "Figure 6" else (*MEASURES, "cosine")
    grids = [complexity(rows, calibration, name, constant, cell=ALL) for name in names]
    found = [correlations(x.means, y.means, method) for x, y in combinations(grids, 2)]
    return grids[0].estimates(np.stack(found, axis=1), CORRELATION)


def priors_same_findings(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    method: str = "pearson",
    priors: str = "light tails",
) -> Estimates:
    """Correlation of cell means under Gaussian, ball and Student's t priors with those under the uniform prior."""
    names = ["glorot", *PRIORS, *(["cauchy"] if priors == "all" else [])]
    axes = {"prior": names, "activation": list(EVERY), "depth": ALL, "weight_magnitude": ALL}
    grid: Grid = complexity(random_networks, calibration, measure, constant, "priors", **axes)
    means = grid.means.reshape(len(grid.means), len(names), -1)
    return grid.estimates(correlations(means[:, :1], means[:, 1:], method), CORRELATION)
