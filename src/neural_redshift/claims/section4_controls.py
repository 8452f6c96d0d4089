"""Controls of Section 4: what the findings on trained networks are made of."""

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates
from neural_redshift.claims.section4_modulo import MODULI, complexity_at_best

Array = np.ndarray
Table = pd.DataFrame
TUNED = ["tanh", "gaussian", "sin"]


def c_peaks_collapse(
    modulo: Table,
    *,
    measure: str = "fourier",
    location: str = "centroid",
    budget: str = "paper",
    split: str = "half",
    learning_rate_rule: str = "constant",
) -> Estimates:
    """ln C_init at the best prefactor of tanh, Gaussian and sine minus the mean of the three, for each M."""
    run = (budget, split, learning_rate_rule)
    accuracy, at_best = complexity_at_best(modulo, run, measure, location, activation=TUNED, modulus=MODULI)
    return accuracy.estimates(at_best - at_best.mean(1, keepdims=True))
