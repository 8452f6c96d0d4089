"""Gaussian matrices that are drawn only where they are looked at.

Let W have independent entries N(0, σ²) and be asked for W x₁, W x₂, … one after the other, where xₜ may depend on
the answers so far. Split xₜ = Σ_{s<t} c_s q_s + r qₜ into the orthonormal directions q_s that earlier questions
spanned and a new one. W q_s for s < t are known; given them and everything that depends on them, the rest of W is
as it was: W is Gaussian, its law does not change under rotations of its rows, and qₜ is orthogonal to all q_s, so
W qₜ is a vector of fresh independent N(0, σ²), whatever the answers made of qₜ. So

    W xₜ = Σ_{s<t} c_s (W q_s) + r gₜ,   gₜ fresh, kept as W qₜ,

has exactly the law of the whole matrix, with t vectors drawn for t questions. With X the questions as columns,
the directions are Q = X Mᵀ where M is the inverse of the Cholesky factor of XᵀX, so c = M Xᵀ xₜ takes a single
pass over X. Products and M are kept in float64, because r² = |xₜ|² − |c|² is a small difference where questions are
alike. A question within rounding of the span of the earlier ones gets r = 0 and no direction of its own.

A tied head asks W (vocabulary × channels) for W h, and takes row v of W as the embedding of token v. Row v is
independent of the others, and its products a_s = W_v q_s are known, so when it is first needed it is
W_v = Σ a_s q_s + (1 − QQᵀ) z with z fresh; from then on its products are taken from the row itself.
"""

import platform
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from torch import Tensor

from neural_redshift.networks.mlp import affine
from neural_redshift.normals import fill, normals, table

Array = np.ndarray
ROUNDING = 1e-12  # of |x|²: what is left of a question below it is no direction
PIECE = 8192  # floats that stay in a core's first cache
ROWS = 144  # of a product with a whole matrix, at most
# Rows are filled up to a multiple, so that none depends on how many others there are. On x86 oneDNN sums each number in
# one order, whatever the multiple of 16; other libraries do so for the same number of rows alone.
MULTIPLE = 16 if torch.backends.mkldnn.is_available() and platform.machine() in ("x86_64", "AMD64") else ROWS


class Drawn:
    """Whose numbers: the key of each model's matrix, the numbers of the models, the standard deviation, the device."""

    def __init__(self, keys: Sequence[int], networks: Sequence[int], scale: float, place: torch.device):
        self.keys = np.array(keys, np.uint64)
        self.networks = np.array(networks, np.uint64)
        self.scale, self.place = scale, place

    def row(self, numbers: Array, count: int) -> Tensor:
        """A row of each model's numbers, (models, count)."""
        return normals(self.keys, self.networks, np.asarray(numbers, np.uint64), count, self.scale, self.place)


class Space(NamedTuple):
    """Room for the questions of a matrix (models, questions, columns), its answers and the inverse Cholesky factor.

    It is used again and again, because a system takes as long to hand memory out as a sequence takes to read it.
    """

    x: Tensor
    images: Tensor  # W q: (models, questions, rows)
    m: Tensor  # (models, questions, questions), float64

    @classmethod
    def make(cls, shape: tuple[int, int, int], rows: int, columns: int, place: torch.device) -> "list[Space]":
        """Empty room for (matrices, models, questions); in one piece, because large pages of memory are read faster."""
        tensors = [_room((*shape, size), np.float32, place) for size in (columns, rows)]
        return [cls(*parts) for parts in zip(*tensors, _room((*shape, shape[2]), np.float64, place), strict=True)]


def _room(shape: tuple[int, ...], kind: type, place: torch.device) -> Tensor:
    return torch.from_numpy(np.empty(shape, kind)).to(place)  # numpy asks the system for large pages


class LazyMatrices:
    """A matrix W (rows, columns) for each model, of which only what was asked for exists."""

    def __init__(self, drawn: Drawn, space: Space):
        self.drawn, self.asked = drawn, 0
        self.x, self.images, self.m = (tensor[: len(drawn.keys)] for tensor in space)
        self.m.zero_()
        if drawn.place.type == "cpu":
            self.arrays = self.x.numpy(), self.images.numpy(), self.m.numpy()

    def __call__(self, x: Tensor) -> Tensor:
        """W x for each model: (models, columns) → (models, rows)."""
        if self.drawn.place.type == "cpu":
            y, drawn = torch.empty(len(x), self.images.shape[2]), self.drawn
            whose = drawn.keys, drawn.networks, np.float32(drawn.scale)
            _ask(self.asked, *whose, table(), x.numpy(), *self.arrays, y.numpy())
        else:
            y = self._ask_in_torch(x)
        self.asked += 1
        return y

    def directions(self) -> Tensor:
        """q_1 … q_t as rows, float64: (models, t, columns)."""
        return self.m[:, : self.asked, : self.asked] @ self.x[:, : self.asked].double()

    def _ask_in_torch(self, x: Tensor) -> Tensor:
        """`_ask` in torch, for a GPU."""
        t = self.asked
        self.x[:, t] = x
        wide, m = x.double(), self.m[:, :t, :t]
        c = (m @ (self.x[:, :t].double() @ wide[:, :, None]))[..., 0]
        square = wide.square().sum(1)
        left = square - c.square().sum(1)
        new = left > ROUNDING * square
        r = torch.where(new, left, 1.0).sqrt()
        self.m[:, t, :t] = torch.where(new[:, None], -(c[:, None] @ m)[:, 0] / r[:, None], 0.0)
        self.m[:, t, t] = torch.where(new, 1 / r, 0.0)
        self.images[:, t] = self.drawn.row(np.full(len(x), t), self.images.shape[2])
        c = torch.cat([c, torch.where(new, r, 0.0)[:, None]], dim=1).float()
        return torch.bmm(c[:, None], self.images[:, : t + 1])[:, 0]


class TiedHead(LazyMatrices):
    """The same, whose rows are looked up too: embeddings of tokens, and scores of all tokens."""

    def __init__(self, drawn: Drawn, rows_drawn: Drawn, space: Space):
        super().__init__(drawn, space)
        self.rows_drawn = rows_drawn
        models, _, columns = self.x.shape
        self.tokens = torch.empty(models, 0, dtype=torch.int64, device=drawn.place)
        self.rows = torch.empty(models, 0, columns, device=drawn.place)

    def embed(self, tokens: Tensor) -> Tensor:
        """Row `tokens` of each model's matrix: (models,) → (models, columns)."""
        again = self.tokens == tokens[:, None]
        known, each = again.any(1), torch.arange(len(tokens), device=tokens.device)
        rows = self._fresh(tokens, each) if not known.all() else torch.empty_like(self.rows[:, 0])
        if known.any():
            rows = torch.where(known[:, None], self.rows[each, again.int().argmax(1)], rows)
        self.tokens = torch.cat([self.tokens, tokens[:, None]], dim=1)
        self.rows = torch.cat([self.rows, rows[:, None]], dim=1)
        return rows

    def _fresh(self, tokens: Tensor, each: Tensor) -> Tensor:
        """Rows that were not looked up before, as the answers so far allow them to be."""
        z = self.rows_drawn.row(tokens.cpu().numpy(), self.rows.shape[2])
        if not (t := self.asked):
            return z
        x, m = self.x[:, :t].double(), self.m[:, :t, :t]
        correction = self.images[each, :t, tokens].double() - (m @ (x @ z.double()[:, :, None]))[..., 0]
        return (z.double() + ((correction[:, None] @ m) @ x)[:, 0]).float()

    def __call__(self, x: Tensor) -> Tensor:
        """W x for each model: (models, columns) → (models, rows)."""
        scores = super().__call__(x)
        known = (self.rows.double() @ x.double()[:, :, None])[..., 0].float()
        return scores.scatter_(1, self.tokens, known)


class WholeMatrix:
    """A matrix W (rows, columns) that several sequences share."""

    def __init__(self, values: Tensor):
        self.values, self.zeros = values, values.new_zeros(len(values))

    @classmethod
    def draw(cls, drawn: Drawn, rows: int, columns: int) -> "WholeMatrix":
        """Row i of W is row i of the numbers."""
        keys, networks = np.repeat(drawn.keys[:1], rows), np.repeat(drawn.networks[:1], rows)
        numbers = np.arange(rows, dtype=np.uint64)
        return cls(normals(keys, networks, numbers, columns, drawn.scale, drawn.place))

    def embed(self, tokens: Tensor) -> Tensor:
        """Rows `tokens`: (sequences,) → (sequences, columns)."""
        return self.values[tokens]

    def __call__(self, x: Tensor) -> Tensor:
        """W x for each sequence: (sequences, columns) → (sequences, rows)."""
        if x.device.type != "cpu":
            return x @ self.values.T
        filled = torch.nn.functional.pad(x, (0, 0, 0, -len(x) % MULTIPLE))
        parts = [affine(part, (self.values, self.zeros)) for part in filled.split(ROWS)]
        return (parts[0] if len(parts) == 1 else torch.cat(parts))[: len(x)]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _dot(a: Array, b: Array) -> float:
    total = 0.0
    for i in range(a.size):
        total += np.float64(a[i]) * np.float64(b[i])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _ask(
    t: int,
    keys: Array,
    networks: Array,
    scale: np.float32,
    coefficients: Array,
    x: Array,
    asked: Array,
    images: Array,
    m: Array,
    y: Array,
) -> None:
    """Question t of every model, on a CPU: x (models, columns) → y (models, rows), the other arrays filled at t."""
    v, c = np.empty(t + 1), np.empty(t + 1)
    for model in range(x.shape[0]):
        for s in range(t):
            v[s] = _dot(asked[model, s], x[model])
        square = _dot(x[model], x[model])
        left = square
        for i in range(t):
            c[i] = _dot(m[model, i, : i + 1], v[: i + 1])
            left -= c[i] * c[i]
        asked[model, t] = x[model]
        c[t] = np.sqrt(left) if left > ROUNDING * square else 0.0
        if c[t] > 0:
            for s in range(t):
                for j in range(s + 1):
                    m[model, t, j] -= c[s] * m[model, s, j] / c[t]
            m[model, t, t] = 1 / c[t]
        fill(keys[model], networks[model], np.uint64(t), scale, coefficients, images[model, t])
        _combine(c, images[model], y[model])


@njit(cache=True, nogil=True, error_model="numpy")
def _combine(c: Array, images: Array, y: Array) -> None:
    """y = Σ c_s images_s. Memory is read in its order if y stays in the first cache, else eight rows side by side."""
    eights = 0 if y.size <= PIECE else c.size - c.size % 8
    for start in range(0, y.size, PIECE):
        end = min(start + PIECE, y.size)
        part = y[start:end]
        part[:] = 0
        for s in range(0, eights, 8):
            f0, f1, f2, f3 = np.float32(c[s]), np.float32(c[s + 1]), np.float32(c[s + 2]), np.float32(c[s + 3])
            f4, f5, f6, f7 = np.float32(c[s + 4]), np.float32(c[s + 5]), np.float32(c[s + 6]), np.float32(c[s + 7])
            g0, g1, g2, g3, g4, g5, g6, g7 = (
                images[s, start:end],
                images[s + 1, start:end],
                images[s + 2, start:end],
                images[s + 3, start:end],
                images[s + 4, start:end],
                images[s + 5, start:end],
                images[s + 6, start:end],
                images[s + 7, start:end],
            )
            for i in range(part.size):
                part[i] += (f0 * g0[i] + f1 * g1[i] + f2 * g2[i] + f3 * g3[i]) + (
                    f4 * g4[i] + f5 * g5[i] + f6 * g6[i] + f7 * g7[i]
                )
        for s in range(eights, c.size):
            factor, image = np.float32(c[s]), images[s, start:end]
            for i in range(part.size):
                part[i] += factor * image[i]
