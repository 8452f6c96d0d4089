"""The spectra that infinitely wide random networks are expected to have on the grid.

Their function is a Gaussian process. Its kernel is exact for the first hidden layer, whose sum has two terms,

    E φ(w·x + b) φ(w·y + b),    w and b uniform as in a network of the given width,

and from there goes on by the closed forms of `kernels`, k ← α² E φ(u) φ(v) + σ_b²; biases of these layers are taken as
normal, which matters little beside the sum. Coefficients of the FFT are normal with power P and pseudo-power C,

    P(k) = E |f̃(k)|² = Σ_xy K(x, y) exp(−2πi k·(x − y)/N),    C(k) = E f̃(k)² = Σ_xy K(x, y) exp(−2πi k·(x + y)/N),

real with x counted from the middle of the grid. Along and across its phase a coefficient has the variances a², b² =
(P ± |C|)/2, so that E |f̃(k)| = √(2/π) a E(1 − b²/a²), E the complete elliptic integral of the second kind.

Spectra are means over a ring over the mean over all k ≠ 0, each of E |f̃|: of a network the second mean varies too, so
that the mean of its ratios is a little off where few frequencies hold most of the amplitude.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ellipe

from neural_redshift.complexity.spectra import ring_means
from neural_redshift.networks.functions import grid
from neural_redshift.theory.kernels import KERNELS, Kernel
from neural_redshift.theory.mean_field import INPUTS, Prior
from neural_redshift.theory.responses import RESPONSES

Array = np.ndarray
WEIGHT_NODES, BIAS_NODES = 16, 24  # of the first layer, for each weight and for the bias
COLUMNS = ["activation", "width", "bias_magnitude", "weight_magnitude", "depth", "grid_points", "radius", "amplitude"]
TOGETHER = 16  # points whose covariances with all others are computed at once


def expected_spectra(settings: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of `expected_spectra`: activations with a closed form × width × magnitudes × depth × radius."""
    parts = []
    known = [name for name in settings["activations"] if name in KERNELS]
    axes = ("widths", "bias_magnitudes", "weight_magnitudes")
    for name, width, bias, magnitude in product(known, *(settings[axis] for axis in axes)):
        prior, points = Prior(magnitude, bias, width), settings["grid_points"]
        found = amplitudes(name, prior, settings["depths"], points)
        for depth, spectrum in zip(settings["depths"], ring_means(found, (points, points)), strict=True):
            about = {"activation": name, "width": width, "bias_magnitude": bias, "weight_magnitude": magnitude}
            about |= {"depth": depth, "grid_points": points}
            parts.append(pd.DataFrame({**about, "radius": np.arange(1, len(spectrum) + 1), "amplitude": spectrum}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def amplitudes(activation: str, prior: Prior, depths: list[int], points: int) -> Array:
    """E |f̃(k)| of networks of each depth, (depths, points, points//2 + 1), in the order of rfft2; 0 at k = 0."""
    power, pseudo = np.zeros((2, len(depths), points, points))
    features, mass = first_layer(activation, prior, points)
    kernel, factor = KERNELS[activation], prior.weight_magnitude**2
    variances = [factor * (mass @ features**2) + prior.bias_variance]
    for _ in range(max(depths) - 2):
        q = variances[-1]
        variances.append(factor * kernel(q, q, q) + prior.bias_variance)
    frequencies = np.fft.fftfreq(points, 1 / points)
    for rows, weights in octant(points):
        covariance = (features[:, rows] * mass[:, None]).T @ features
        for depth in range(1, max(depths) + 1):
            if depth > 1:
                covariance = _next(kernel, prior, covariance, variances[depth - 2], rows)
            if depth in depths:
                added = _powers(covariance.reshape(-1, points, points), rows, weights, frequencies)
                power[depths.index(depth)] += added[0]
                pseudo[depths.index(depth)] += added[1]
    power, pseudo = (_symmetric(each)[..., : points // 2 + 1] for each in (power, pseudo))
    return mean_amplitude(power, np.abs(pseudo))


def first_layer(activation: str, prior: Prior, points: int) -> tuple[Array, Array]:
    """Outputs φ(w·x + b) at nodes (w, b) of Gauss and Legendre's rule, (nodes, points²), and the nodes' weights."""
    reach = prior.weight_magnitude * np.sqrt(6 / (INPUTS + prior.width))
    sides = [np.polynomial.legendre.leggauss(n) for n in (WEIGHT_NODES, WEIGHT_NODES, BIAS_NODES)]
    w1, w2, b = (part.ravel() for part in np.meshgrid(*(nodes for nodes, _ in sides), indexing="ij"))
    mass = np.prod(np.meshgrid(*(weights / 2 for _, weights in sides), indexing="ij"), axis=0).ravel()
    inputs = grid(points, INPUTS, np.float64)
    z = reach * (np.stack([w1, w2], axis=1) @ inputs) + prior.bias_magnitude * b[:, None]
    return RESPONSES[activation].value(z), mass


def octant(points: int) -> Iterator[tuple[Array, Array]]:
    """Points of an eighth of the grid, some at a time, each with the share of eight that its mirror images are.

    The law of the networks is the same after reflections of the grid and exchange of the inputs.
    """
    first, second = np.divmod(np.arange(points**2), points)
    middle = (points - 1) / 2
    x, y = np.abs(first - middle), np.abs(second - middle)
    chosen = np.flatnonzero((first <= middle) & (second <= middle) & (first <= second))
    images = (1 + (x > 0)) * (1 + (y > 0)) * np.where(x == y, 1, 2)
    for start in range(0, len(chosen), TOGETHER):
        rows = chosen[start : start + TOGETHER]
        yield rows, images[rows] / 8


def mean_amplitude(power: Array, pseudo: Array) -> Array:
    """E |f̃| of a normal coefficient of power P and pseudo-power |C|, which is at most P; 0 at k = 0."""
    along, across = np.maximum(power + pseudo, 0) / 2, np.maximum(power - pseudo, 0) / 2
    ratio = np.divide(across, along, out=np.ones_like(along), where=along > 0)
    found = np.sqrt(2 / np.pi * along) * ellipe(1 - np.minimum(ratio, 1))
    found[..., 0, 0] = 0
    return found


def _next(kernel: Kernel, prior: Prior, covariance: Array, variance: Array, rows: Array) -> Array:
    """E φ(u) φ(v) of the next layer; the weights' variance times the width, and the biases, come in between."""
    between = prior.weight_magnitude**2 * covariance + prior.bias_variance
    return kernel(between, variance[rows, None], variance[None])


def _powers(covariance: Array, rows: Array, weights: Array, frequencies: Array) -> tuple[Array, Array]:
    """Shares of P and C that these points x bring: FFT over all y, then the phase of x."""
    points = len(frequencies)
    middle = (points - 1) / 2
    first, second = (
        np.exp(-2j * np.pi / points * np.outer(at - middle, frequencies)) for at in np.divmod(rows, points)
    )
    centre = np.exp(2j * np.pi / points * middle * frequencies)
    found = np.fft.fft2(covariance) * (centre[:, None] * centre)
    phase, share = first[:, :, None] * second[:, None, :], weights[:, None, None]
    return (share * found * np.conj(phase)).real.sum(0), (share * found * phase).real.sum(0)


def _symmetric(found: Array) -> Array:
    """The sum over the eight mirror images of a plane of frequencies."""
    found = found + np.roll(found[..., ::-1, :], 1, axis=-2)
    found = found + np.roll(found[..., ::-1], 1, axis=-1)
    return found + found.swapaxes(-1, -2)
