"""Where a network is looked at: on the whole grid, on planes through its input space, along straight paths.

A direction is random and of length √max(d/2, 1), so that points of a plane have the coordinates' variance, 1/3, that
points of the grid on [−1, 1]ᵈ have. Through data points, a plane goes through three of them and a path from one to
another.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from neural_redshift.networks.functions import grid
from neural_redshift.profiling.problems import BadModule
from neural_redshift.seeds import random_words, seed_for

Array = np.ndarray
GRID, SLICES = "grid", "slices"
LARGEST_GRID = 2**18  # points
PATH_POINTS = 256


class View(NamedTuple):
    """Inputs of a network, where they are looked at, and on how many points."""

    kind: str  # grid or slices
    inputs: tuple[int, ...]
    grid_points: int  # an axis, of a grid or of a slice
    slices: int
    paths: int
    data: Array | None
    seed: int

    @property
    def size(self) -> int:
        """Numbers that a network takes."""
        return int(np.prod(self.inputs))

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid on which a function is measured."""
        return (self.grid_points,) * (self.size if self.kind == GRID else 2)

    def planes(self, networks: Array, number: int) -> Array:
        """Points of the given plane of each network, (networks, points, *inputs); of the grid: (1, points, *inputs)."""
        if self.kind == GRID:
            points = grid(self.grid_points, self.size).T[None]
        else:
            steps = grid(self.grid_points, 2) if self.data is None else (grid(self.grid_points, 2) + 1) / 2
            origin, directions = self._frame(networks, "plane", number, 2)
            points = origin[:, None] + np.einsum("sp,nsd->npd", steps, directions)
        return points.reshape(len(points), -1, *self.inputs).astype(np.float32)

    def path(self, networks: Array, number: int) -> Array:
        """Points of the given path of each network, evenly spaced: (networks, points, *inputs)."""
        origin, directions = self._frame(networks, "path", number, 1)
        steps = np.linspace(-1 if self.data is None else 0, 1, PATH_POINTS)
        points = origin[:, None] + steps[:, None] * directions
        return points.reshape(len(points), -1, *self.inputs).astype(np.float32)

    def _frame(self, networks: Array, purpose: str, number: int, count: int) -> tuple[Array, Array]:
        """Origin (networks, size) and `count` directions (networks, count, size)."""
        key = seed_for(purpose, seed=self.seed, number=number, inputs=list(self.inputs))
        if self.data is None:
            words = random_words(key, networks, count * self.size)
            normal = ndtri((words + 0.5) * 2.0**-32).reshape(-1, count, self.size)
            unit = np.linalg.qr(normal.swapaxes(1, 2)).Q.swapaxes(1, 2) if self.size >= count else np.sign(normal)
            return np.zeros((len(networks), self.size)), unit * max(self.size / 2, 1) ** 0.5
        corners = self.data.reshape(len(self.data), -1)[_chosen(key, networks, count + 1, len(self.data))]
        return corners[:, 0], corners[:, 1:] - corners[:, :1]


def view(
    inputs: tuple[int, ...], kind: str | None, grid_points: int, slices: int, paths: int, data: Array | None, seed: int
) -> View:
    """The view of a kind; by default the grid of up to two inputs, else slices, and through data points always.

    Raises BadModule where the grid has more points than can be held, or data points do not fit the inputs.
    """
    size = int(np.prod(inputs))
    if not inputs or min(inputs) < 1:
        raise BadModule(f"inputs are {inputs}; they must be 1 or more numbers, such as 2 or (3, 32, 32)")
    if kind not in (None, GRID, SLICES):
        raise BadModule(f"view {kind!r} found; choose from {GRID}, {SLICES}")
    for name, number, least in (("grid_points", grid_points, 2), ("slices", slices, 1), ("paths", paths, 1)):
        if number < least:
            raise BadModule(f"{name} is {number}; it must be {least} or more")
    kind = kind or (GRID if size <= 2 and data is None else SLICES)
    if kind == GRID and data is not None:
        raise BadModule("a grid does not go through data points; choose the view slices, or leave the data out")
    if kind == GRID and grid_points**size > LARGEST_GRID:
        found = f"a grid of {grid_points} points an axis over {size} inputs has {float(grid_points) ** size:.2g} points"
        raise BadModule(f"{found}, more than {LARGEST_GRID:,}; take fewer points, or the view slices")
    if kind == SLICES and size == 1:
        raise BadModule("a single input has no plane to slice; choose the view grid")
    return View(kind, inputs, grid_points, slices if kind == SLICES else 1, paths, _checked(data, inputs), seed)


def _checked(data: Array | None, inputs: tuple[int, ...]) -> Array | None:
    if data is None:
        return None
    data = np.asarray(data, np.float32)
    if data.shape[1:] != inputs or len(data) < 3:
        raise BadModule(f"data of shape {data.shape} found; 3 or more points of shape {inputs} are needed")
    if not np.isfinite(data).all():
        raise BadModule(f"{int((~np.isfinite(data)).sum())} numbers of the data are not finite; leave them out")
    return data


def _chosen(key: int, networks: Array, count: int, points: int) -> Array:
    """`count` different data points for each network: (networks, count)."""
    words = random_words(key, networks, count).astype(np.uint64)
    chosen = np.empty(words.shape, int)
    for place in range(count):  # a number among those that are left, shifted past those that are taken
        found = (words[:, place] * np.uint64(points - place) >> np.uint64(32)).astype(int)
        for taken in np.sort(chosen[:, :place], axis=1).T:
            found += found >= taken
        chosen[:, place] = found
    return chosen
