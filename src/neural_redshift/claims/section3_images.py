"""Section 3, on pictures of functions: is there more to them than their complexity?"""

from math import isqrt

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates, TooLittle
from neural_redshift.claims.grids import EVERY, of_units
from neural_redshift.complexity.fourier import amplitudes, multiplicity, radii

Array = np.ndarray
Table = pd.DataFrame
BINS = 8
CELL = ["depth", "weight_magnitude"]
MEASURES = ["fourier", "cosine", "chebyshev", "legendre", "lempel_ziv"]
GREYS = np.linspace(0, 256, BINS + 1)
RIDGE = 1e-3  # of the number of pictures: keeps features that say the same from being played against each other


def patterns_beyond_scalar(random_networks: Table, function_images: Table) -> Estimates:
    """How much more often the activation of a plain network is told right from its picture too than from the measures.

    Told by ridge regression on indicators (linear discrimination) from the measures, their squares and products; the
    picture adds its ring spectrum and its histogram of greys. Trained on one network of each cell, tried on another,
    both ways round. A unit is a place in the grid of depths and magnitudes.
    """
    keys = ["study", "variant", "activation", *CELL, "network"]
    plain = function_images[(function_images.variant == "plain") & function_images.activation.isin(EVERY)]
    networks = random_networks[random_networks.study.isin(plain.study)].dropna(subset=MEASURES)
    both = plain.merge(networks[[*keys, *MEASURES]], on=keys, validate="one_to_one")
    pictures = _pictures(both)
    scalars = _with_products(both[MEASURES].to_numpy(float))
    rings = np.log(coarse_spectra(pictures) + 1e-9)
    greys = np.stack([np.histogram(picture, GREYS)[0] / picture.size for picture in pictures])
    labels, network = both.activation.map(EVERY.index).to_numpy(), both.network.to_numpy()
    gain = _told(np.hstack([scalars, rings, greys]), labels, network) - _told(scalars, labels, network)
    by_place = both.assign(gain=gain).groupby(CELL).gain.mean()
    return of_units(by_place.to_numpy()[:, None], len(both))


def coarse_spectra(pictures: Array) -> Array:
    """Mean amplitude in rings of |k| of equal width, over the full plane: (pictures, 8)."""
    shape = pictures.shape[1:]
    radius, weight = radii(shape), multiplicity(shape) * np.ones(radii(shape).shape)
    ring = np.minimum((radius / radius.max() * BINS).astype(int), BINS - 1)
    weight[0, 0] = 0
    found = amplitudes(pictures) * weight
    sums = np.stack([found[:, ring == i].sum(1) for i in range(BINS)], axis=1)
    return sums / np.bincount(ring.ravel(), weight.ravel())


def _pictures(rows: Table) -> Array:
    if rows.empty:
        raise TooLittle("no pictures of such networks")
    flat = np.stack([np.frombuffer(image, np.uint8) for image in rows.image]).astype(float)
    side = isqrt(flat.shape[1])
    return flat.reshape(-1, side, side)


def _with_products(features: Array) -> Array:
    scaled = _scaled(features)
    first, second = np.triu_indices(scaled.shape[1])
    return np.hstack([scaled, scaled[:, first] * scaled[:, second]])


def _scaled(features: Array) -> Array:
    spread = features.std(0)
    return (features - features.mean(0)) / np.where(spread > 0, spread, 1.0)


def _told(features: Array, labels: Array, network: Array) -> Array:
    """Whether each picture's label is told right by what was learned from the other networks: (pictures,)."""
    inputs = np.hstack([_scaled(features), np.ones((len(features), 1))])
    right = np.zeros(len(features))
    for trained in (network % 2 == 0, network % 2 == 1):
        x, y = inputs[trained], np.eye(len(EVERY))[labels[trained]]
        weights = np.linalg.solve(x.T @ x + (RIDGE * len(x) + 1e-9) * np.eye(x.shape[1]), x.T @ y)
        right[~trained] = (inputs[~trained] @ weights).argmax(1) == labels[~trained]
    return right
