"""How two nearby inputs part from layer to layer of an infinitely wide random network: the slope χ̂.

Weights are U(−s, s), s = α √(6/(fan_in + fan_out)), biases b are β U(−1, 1). Between hidden layers α² is the variance
of the weights times the width, σ_b² = β²/3 that of the biases. The weighted sum is normal, the bias is added to it:
with z ~ N(0, 1) the variance and the covariance of pre-activations at two inputs go from layer to layer by

    q ← α² E φ(√(q − σ_b²) z + b)² + σ_b²,    k ← α² E φ(u + b) φ(v + b) + σ_b²,    (u, v) normal,

and the correlation c = k/q, near 1, by a map of slope

    χ̂ = dc′/dc at c = 1 = α² q E φ′² / q′,    q′ the variance of the next layer.

At a fixed point of q this is Poole's χ₁ = α² E φ′². (They take biases as normal. Those of the paper are not, which
changes q by up to a twentieth where biases are most of it.) The width appears in the first layer alone, q = 2α²|x|²/(2
+ width) + σ_b², because there fan_in and fan_out differ; its sum of two inputs is taken as normal too.

χ̂ < 1: neighbours come together, and depth makes the function smoother; χ̂ > 1: they part, and depth makes it rougher.
ReLU is homogeneous, q E φ′² = E φ², so that χ̂ = 1 − σ_b²/q′ is below 1 whatever α is. For α < √2 the variance settles
at σ_b²/(1 − α²/2) and χ̂ at α²/2. From √2 on it grows without bound, biases that do not grow with it no longer count,
and χ̂ saturates at 1: what grows, α² E φ′² = α²/2, is divided by the growth of q. GELU, Swish and SELU are like ReLU far
from 0, so theirs does too, but from above while q is finite.

(Poole et al. 2016, "Exponential expressivity in deep neural networks through transient chaos"; Schoenholz et al. 2017,
"Deep information propagation".)
"""

from collections.abc import Iterator, Mapping
from itertools import islice, pairwise, product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr

from neural_redshift.theory.responses import RESPONSES, Response, density

Array = np.ndarray
FAR, NODES = 9.0, 200  # a normal variable is cut at ± 9, where its density is 1e-18; nodes between two places
SMALL = 1e-3  # a bias against a normal variable
MEAN_SQUARE = 2 / 3  # mean |x|² of inputs on [−1, 1]²
INPUTS = 2
UNBOUNDED = 1e12  # a variance that grows so far grows on
LAYERS, SETTLED = 10_000, 1e-12
MARGIN = 1e-3  # a slope that near to 1 is 1: where the variance is unbounded, χ̂ tends to 1
WIDEST = (0.1, 20.0)  # weight magnitudes between which the crossing is looked for
GAUSS, MASS = np.polynomial.legendre.leggauss(NODES)


class Prior(NamedTuple):
    """Weight magnitude α, bias magnitude β, width."""

    weight_magnitude: float
    bias_magnitude: float
    width: int

    @property
    def bias_variance(self) -> float:
        """σ_b² = β²/3."""
        return self.bias_magnitude**2 / 3

    def first(self, square: float = MEAN_SQUARE) -> float:
        """Variance of the first layer's pre-activations where |x|² is `square`."""
        return 2 * self.weight_magnitude**2 * square / (INPUTS + self.width) + self.bias_variance


def pre_activations(prior: Prior, q: float) -> tuple[Array, Array]:
    """Nodes and weights of E f(t), t = √(q − σ_b²) z + b, by Gauss and Legendre's rule between 0, ± β and the ends.

    Their density is (Φ((t + β)/σ) − Φ((t − β)/σ))/2β, with σ² = q − σ_b²; where β is far below σ it is taken as normal,
    which it is but for (β/σ)⁴. Activations may have a kink at 0.
    """
    sigma, beta = np.sqrt(q - prior.bias_variance), prior.bias_magnitude
    ends = np.array([0.0, beta, beta + FAR * sigma])
    right = np.concatenate([a + (b - a) * (1 + GAUSS) / 2 for a, b in pairwise(ends)])
    lengths = np.concatenate([(b - a) / 2 * MASS for a, b in pairwise(ends)])
    if beta > SMALL * sigma:
        mass = lengths * (ndtr((beta - right) / sigma) - ndtr((-beta - right) / sigma)) / (2 * beta)
    else:
        mass = lengths * density(right / np.sqrt(q)) / np.sqrt(q)
    return np.concatenate([-right, right]), np.concatenate([mass, mass])


def layer(response: Response, prior: Prior, q: float) -> tuple[float, float]:
    """Variance q′ of the next layer, and the slope χ̂ of the map of correlations to it."""
    t, mass = pre_activations(prior, q)
    factor = prior.weight_magnitude**2
    after = float(factor * (mass @ response.value(t) ** 2) + prior.bias_variance)
    return after, float(factor * q * (mass @ response.slope(t) ** 2) / after)


def layers(response: Response, prior: Prior) -> Iterator[tuple[float, float]]:
    """(q, χ̂) of the maps from layer 1 to 2, from 2 to 3, …; q is that of the layer before."""
    q = prior.first()
    while True:
        after, slope = layer(response, prior, q)
        yield q, slope
        q = after


def limit(response: Response, prior: Prior) -> tuple[float, float]:
    """Variance and slope of infinitely deep networks; a variance that grows without bound is infinite.

    What has not settled in the last of 10,000 layers, as ReLU's where α is √2, is taken as it is there.
    """
    before = np.nan
    for q, slope in islice(layers(response, prior), LAYERS):
        if q > UNBOUNDED:
            return np.inf, slope
        if q < 1 / UNBOUNDED:  # without biases it may vanish
            return 0.0, slope
        if abs(q - before) <= SETTLED * q:
            break
        before = q
    return q, slope


def slope_of_layers(response: Response, prior: Prior, depth: int) -> float:
    """Geometric mean of χ̂ over the maps from the first hidden layer to the last of `depth`; NaN for one layer."""
    slopes = [slope for _, slope in islice(layers(response, prior), depth - 1)]
    return float(np.exp(np.mean(np.log(slopes)))) if slopes else np.nan


def crossing(response: Response, prior: Prior) -> float:
    """Weight magnitude at which the limit of χ̂ passes 1; NaN where it does not rise above."""

    def above(logarithm: float) -> float:
        return limit(response, prior._replace(weight_magnitude=np.exp(logarithm)))[1] - 1

    low, high = np.log(WIDEST)
    if not above(high) > MARGIN > above(low):
        return np.nan
    return float(np.exp(brentq(above, low, high, xtol=1e-9)))


def mean_field(settings: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of `mean_field`: every activation that theory knows × width × bias magnitude × weight magnitude."""
    found: list[dict[str, Any]] = []
    known = [name for name in settings["activations"] if name in RESPONSES]
    for name, width, bias in product(known, settings["widths"], settings["bias_magnitudes"]):
        response, depth = RESPONSES[name], max(settings["depths"])
        passes = crossing(response, Prior(1.0, bias, width))
        for magnitude in settings["weight_magnitudes"]:
            prior = Prior(magnitude, bias, width)
            variance, slope = limit(response, prior)
            row = {"activation": name, "width": width, "bias_magnitude": bias, "weight_magnitude": magnitude}
            row |= {"variance": variance, "slope": slope, "depth": depth, "critical_magnitude": passes}
            found.append(row | {"slope_of_layers": slope_of_layers(response, prior, depth)})
    return pd.DataFrame(found)
