"""Section 5: sequences of untrained transformers, in phrases of their LZ78 parse.

A unit is a draw of the weights: of the paper's protocol one a sequence, of the authors' code one for several.
"""

from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates, jackknifed
from neural_redshift.claims.grids import ALL, EVERY, Grid, complete, select
from neural_redshift.complexity.lempel_ziv import phrases
from neural_redshift.replicates import CORRELATION, fitted_rise, leave_one_out
from neural_redshift.seeds import random_words, seed_for
from neural_redshift.statistics import correlations

Array = np.ndarray
Table = pd.DataFrame
VOCABULARY = 50257  # of GPT-2
DRAWN = 200  # random sequences
MOST = 4  # of the six other activations
REMOVED = ["none", "no_attention", "no_residual", "no_norm"]


def gpt_simple(
    transformers: Table,
    *,
    protocol: str = "paper",
    depth: int = 12,
    head: str = "tied",
    centred: bool = False,
) -> Estimates:
    """Phrases of GPT-2's sequences over those of as many uniformly random tokens."""
    how: dict[str, Any] = {"protocol": protocol, "head": head, "centred": centred}
    grid = _sequences(transformers, **how, activation=["gelu"], depth=depth, layer_norm_scale=1.0)
    lengths = transformers[transformers.protocol == protocol].tokens.map(len)
    return grid.estimates(grid.means / _random_phrases(int(lengths.max())))


def gpt_order(
    transformers: Table,
    *,
    protocol: str = "paper",
    depth: int = 12,
    head: str = "tied",
    centred: bool = False,
) -> Estimates:
    """Mean phrases: SELU, tanh and sine minus GELU, GELU minus ReLU, ReLU minus Gaussian."""
    how: dict[str, Any] = {"protocol": protocol, "head": head, "centred": centred}
    names = ["selu", "tanh", "sin", "gelu", "relu", "gaussian"]
    grid = _sequences(transformers, **how, activation=names, depth=depth, layer_norm_scale=1.0)
    above, below = [0, 1, 2, 3, 4], [3, 3, 3, 4, 5]
    return grid.estimates(grid.means[:, above] - grid.means[:, below])


def gpt_gaussian_climbs(
    transformers: Table, *, protocol: str = "paper", depth: int = 12, final_norm: bool = False
) -> Estimates:
    """Mean phrases at the largest scale: Gaussian minus the one that it must be above to be above four of six."""
    how: dict[str, Any] = {"protocol": protocol, "final_norm": final_norm}
    grid = _sequences(transformers, **how, activation=list(EVERY), depth=depth, layer_norm_scale=ALL)
    last = grid.cut(grid.values[:, :, -1])
    gaussian = EVERY.index("gaussian")
    ahead = last.means[:, [gaussian]] - np.delete(last.means, gaussian, axis=1)
    return last.estimates(np.sort(ahead, axis=1)[:, -MOST])


def gpt_scale_rises(
    transformers: Table, *, protocol: str = "paper", depth: int = 12, final_norm: bool = False
) -> Estimates:
    """Fitted rise of mean phrases over all scales, for each activation."""
    how: dict[str, Any] = {"protocol": protocol, "final_norm": final_norm}
    grid = _sequences(transformers, **how, activation=list(EVERY), depth=depth, layer_norm_scale=ALL)
    return grid.estimates(fitted_rise(grid.means, grid.log("layer_norm_scale")))


def gpt_depth_activations(transformers: Table, *, layer_norm_scale: float = 1.0) -> Estimates:
    """Standard deviation of mean phrases over activations: of 12 minus of 3 blocks."""
    axes: dict[str, Any] = {"activation": list(EVERY), "depth": [3, 12], "layer_norm_scale": layer_norm_scale}
    grid = _sequences(transformers, **axes)
    spread = grid.means.std(axis=1)
    return grid.estimates(spread[:, 1] - spread[:, 0])


def gpt_depth_scales(transformers: Table, *, activations: str = "all") -> Estimates:
    """Standard deviation of mean phrases over scales, mean over activations: of 12 minus of 3 blocks."""
    names = list(EVERY) if activations == "all" else [activations]
    grid = _sequences(transformers, activation=names, depth=[3, 12], layer_norm_scale=ALL)
    spread = grid.means.std(axis=3).mean(axis=1)
    return grid.estimates(spread[:, 1] - spread[:, 0])


def gpt_like_mlp(
    transformers: Table,
    random_networks: Table,
    *,
    measure: str = "fourier",
    depth: int = 12,
    hidden_layers: int = 6,
    method: str = "spearman",
    over: str = "both",
) -> Estimates:
    """Correlation of mean phrases with the mean complexity of MLPs whose gain after LayerNorm is the LayerNorm scale.

    Over activations and scales (both), or over activations alone, mean over scales. Transformers and MLPs are drawn
    apart, so that any pairing of the one with the other makes units.
    """
    sequences = _sequences(transformers, activation=list(EVERY), depth=depth, layer_norm_scale=ALL)
    axes: dict[str, Any] = {"variant": "norm_gain", "activation": list(EVERY), "depth": hidden_layers}
    axes["weight_magnitude"] = sequences.levels["layer_norm_scale"]
    networks = random_networks[random_networks.study == "norm_gain"]
    pair = [*complete(sequences), *complete(select(networks, "network", measure, **axes))]
    units = min(grid.units for grid in pair)
    x, y = (leave_one_out(grid.values[:units]).swapaxes(1, 2) for grid in pair)
    if over == "both":
        x, y = (means.reshape(len(means), 1, -1) for means in (x, y))
    found = correlations(x, y, method).mean(axis=1, keepdims=True)
    return jackknifed(found, units, sum(grid.n for grid in pair), CORRELATION)


def gpt_components(transformers: Table, *, activation: str = "gelu", depth: int = 6) -> Estimates:
    """Mean phrases: with attention minus without, without residual connections minus with, without norms minus with."""
    axes: dict[str, Any] = {"activation": activation, "depth": depth, "layer_norm_scale": 1.0, "ablation": REMOVED}
    grid = _sequences(transformers, **axes)
    whole, *without = np.moveaxis(grid.means, 1, 0)
    return grid.estimates(np.stack([whole - without[0], without[1] - whole, without[2] - whole], axis=1))


def _sequences(transformers: Table, protocol: str = "paper", **axes: Any) -> Grid:
    """Phrases by draw of the weights; what is not named is GPT-2's."""
    usual: dict[str, Any] = {"final_norm": False, "head": "tied", "centred": False, "ablation": "none"}
    rows = transformers[transformers.protocol == protocol]
    cells = [*usual, "activation", "depth", "layer_norm_scale", "model"]
    means = rows.groupby(cells)["lempel_ziv"].mean().reset_index()
    return select(means, "model", "lempel_ziv", **usual | axes)


def _random_phrases(tokens: int) -> float:
    """Mean number of phrases of sequences of that many uniformly random tokens."""
    words = random_words(seed_for("random_tokens", tokens=tokens), np.arange(DRAWN), tokens)
    drawn = words.astype(np.uint64) * np.uint64(VOCABULARY) >> np.uint64(32)
    return float(phrases(drawn.astype(np.int32)).mean())
