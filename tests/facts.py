"""The numbers that the documents quote, from the kept tables."""

import numpy as np
import pandas as pd

from neural_redshift.tables import read_table
from project import ROOT

ARCHITECTURE = ["variant", "activation", "depth", "weight_magnitude"]


def number(value: float, digits: int = 3) -> str:
    """.123, as the documents write it."""
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def kept(table: str) -> pd.DataFrame:
    """A kept table."""
    return read_table(ROOT / f"results/tables/{table}.parquet", table)


def facts() -> dict[str, str]:
    """Phrases that docs/deviations.md holds, each with the numbers of today's tables."""
    networks, calibration, effects, correlated = map(
        kept, ("random_networks", "calibration", "components", "correlations")
    )
    everything, networks = networks, networks[networks.study == "heatmaps"]
    means = networks.groupby(ARCHITECTURE)[["fourier", "cosine"]].mean()
    relu, residual = means.loc["plain", "relu"], means.loc["residual"]
    corner = means.xs((8, networks.weight_magnitude.max()), level=("depth", "weight_magnitude"))
    plane = calibration[calibration.function == "plane"].set_index(["measure", "grid_points"])["mean"]

    def effect(component: str, group: str, measure: str, over: str) -> str:
        row = effects[
            (effects.component == component)
            & (effects.activations == group)
            & (effects.measure == measure)
            & (effects.over == over)
        ].iloc[0]
        return f"{number(row.estimate, 2)} [{number(row.low, 2)}, {number(row.high, 2)}]"

    between = correlated[correlated.group == "between_cells"].set_index(["x", "y", "method"]).estimate
    pearson = between.xs("pearson", level="method")
    spearman = between.xs("spearman", level="method").loc["fourier"]
    authors = everything[everything.study == "authors_code"].groupby("activation").fourier_authors.agg(["mean", "std"])
    normalised = everything[
        (everything.variant == "layer_norm") & (everything.depth == 6) & (everything.activation == "relu")
    ]
    by_study = normalised.groupby(["study", "weight_magnitude"]).cosine.mean()
    priors = (
        everything[everything.study == "priors"]
        .groupby(["prior", "activation", "depth", "weight_magnitude"])
        .fourier.mean()
    )
    apart = {
        name: (priors.loc[name] - priors.loc["glorot"]).abs().max()
        for name in ("gaussian", "ball", "student_t", "cauchy")
    }
    leaky, tight = (number(plane[measure, 64]) for measure in ("fourier", "cosine"))
    constant = int((networks.status == "constant").sum())
    return {
        "leak": f"a plane scores {leaky} on 64 points where its cosine transform scores {tight}",
        "relu fourier": f"stay within {number(np.ptp(relu.fourier))} of each other by `fourier`",
        "relu cosine": f"they rise {relu.cosine.max() / relu.cosine.min():.1f}-fold",
        "residual": f"at most {number(residual.fourier.max())} by `fourier`",
        "residual sine": f"up to {number(residual.loc['sin'].cosine.max())} for sine",
        "skip": "sine {}, Gaussian {}, tanh {}".format(
            *(number(corner.loc["skip", a].fourier) for a in ("sin", "gaussian", "tanh"))
        ),
        "gating": f"{effect('gating', 'ReLU-like', 'fourier', 'corner')} for ReLU-like activations",
        "gating others": f"{effect('gating', 'others', 'fourier', 'corner')} for tanh, Gaussian and sine",
        "width": f"{effect('width', 'others', 'cosine', 'grid')} by `cosine`",
        "pearson": f"Pearson correlations lie between {number(pearson.min(), 2)} and {number(pearson.max(), 2)}",
        "spearman": f"as low as {number(spearman.min(), 2)}",
        "authors": "ReLU {} ± {}, GELU {}, Swish {}, SELU {}".format(
            *map(number, authors.loc["relu"]), *(number(authors["mean"][name]) for name in ("gelu", "swish", "selu"))
        ),
        "norm": "from {} to {} by `cosine`".format(*(number(by_study["heatmaps"].agg(end)) for end in ("min", "max"))),
        "norm scaled": "between {} and {}".format(
            *(number(by_study["biases_scaled"].agg(end)) for end in ("min", "max"))
        ),
        "priors": "Gaussian {}, ball {}, Student t {}, Cauchy {}".format(*map(number, apart.values())),
        "constant": f"{constant} of {len(networks):,} networks of the heatmaps are constant",
        "non_finite": f"{(networks.status == 'non_finite').sum()} are not finite",
        "float64": f"{100 * networks.float64.mean():.0f} % were computed again in float64",
    }


if __name__ == "__main__":
    for phrase in facts().values():
        print(phrase)
