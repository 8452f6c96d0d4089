"""How measures of complexity agree with each other, and before with after training."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from neural_redshift import statistics
from neural_redshift.seeds import random_words, seed_for

Array = np.ndarray
MEASURES = ("fourier", "cosine", "chebyshev", "legendre", "lempel_ziv")
CELL = ["variant", "activation", "prior", "depth", "width", "weight_magnitude", "bias_magnitude", "grid_points"]
FITTED = 0.99  # mean score on the training points
FEWEST = 4  # architectures
RESAMPLES = 200  # bootstrap standard errors settle at a few per cent


def correlate_measures(random_networks: pd.DataFrame, study: str, seed: int) -> pd.DataFrame:
    """Rows of `correlations`: every pair of measures, Pearson and Spearman, in three groups.

    Networks that are constant or not finite have no value and are left out; `n` says how many count.
    Inside a cell the interval is Fisher's; for all networks, and between the means of cells, networks
    are drawn again within their cells.
    """
    chosen = random_networks[(random_networks.study == study) & (random_networks.status == "ok")]
    values = chosen[list(MEASURES)].to_numpy(float)
    number = chosen.groupby(CELL, sort=True).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    values, number = values[order], number[order]
    names = [
        " ".join(map(str, key)) for key in chosen[CELL].drop_duplicates().sort_values(CELL).itertuples(index=False)
    ]
    frame = pd.concat(
        [
            _over(values, number, seed, "over_networks"),
            _over(values, number, seed, "between_cells"),
            _within(values, number, names),
        ],
        ignore_index=True,
    )
    return frame.assign(table="random_networks")


def _pairs() -> list[tuple[int, int, str]]:
    return [(x, y, method) for x, y in combinations(range(len(MEASURES)), 2) for method in ("pearson", "spearman")]


def correlate_before_after(models: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows of `correlations` from `before_after`: each measure before against after training, for each task.

    between_architectures: means over the seeds of an architecture. within_activation: the same for the
    architectures of one activation. fitted: of architectures whose mean score on the training points is .99
    or more. Diverged models and functions without a value are left out. Seeds are drawn again within their
    architectures. Groups of fewer than four architectures have no row.
    """
    frames = []
    for task, all_of_it in models[models.status == "ok"].groupby("task", sort=True):
        fitted = all_of_it.groupby("architecture").train_score.transform("mean") >= FITTED
        groups = [("between_architectures", str(task), all_of_it), ("fitted", str(task), all_of_it[fitted])]
        groups += [("within_activation", f"{task} {name}", rows) for name, rows in all_of_it.groupby("activation")]
        for group, key, rows in groups:
            for measure in MEASURES:
                sides = [f"{measure}_init", f"{measure}_trained"]
                known = rows.dropna(subset=sides).sort_values(["architecture", "seed"])
                number = known.groupby("architecture").ngroup().to_numpy()
                if len(set(number)) < FEWEST:
                    continue
                pairs = [(0, 1, method) for method in ("pearson", "spearman")]
                names = {"group": group, "key": key, "measure": measure}
                found = _with_errors(known[sides].to_numpy(float), number, pairs, True, seed, names)
                n = np.full(len(pairs), len(set(number)))
                frames.append(_frame(group, key, *found, n, pairs, sides))
    empty = np.empty(0)
    columns = _frame("", "", empty, empty, empty, empty, []).columns
    joined = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    return joined.assign(table="before_after")


def _over(values: Array, number: Array, seed: int, group: str) -> pd.DataFrame:
    found = _with_errors(values, number, _pairs(), group == "between_cells", seed, {"group": group})
    n = number.max() + 1 if group == "between_cells" else len(values)
    return _frame(group, "", *found, np.full(len(_pairs()), n), _pairs())


def _with_errors(
    values: Array, number: Array, pairs: list[tuple[int, int, str]], of_means: bool, seed: int, names: dict[str, str]
) -> tuple[Array, Array, Array]:
    """Correlations of columns of `values`, or of their means over the rows of a `number`, with intervals.

    Rows are sorted by number; they are drawn again among those of their number.
    """
    counts = np.bincount(number)
    start = np.cumsum(counts) - counts

    def all_pairs(rows: Array) -> Array:
        used = values[rows]
        if of_means:
            used = np.add.reduceat(used, start) / counts[:, None]
        return np.array([statistics.correlations(used[:, x], used[:, y], method) for x, y, method in pairs])

    words = random_words(seed_for("bootstrap", seed=seed, **names), np.arange(RESAMPLES), len(values))
    again = [
        all_pairs(
            start[number] + (draw.astype(np.uint64) * counts[number].astype(np.uint64) >> np.uint64(32)).astype(int)
        )
        for draw in words
    ]
    estimate = all_pairs(np.arange(len(values)))
    return estimate, *statistics.resampled_correlation_interval(estimate, np.array(again))


def _within(values: Array, number: Array, names: list[str]) -> pd.DataFrame:
    frames = []
    for cell, rows in enumerate(np.split(values, np.flatnonzero(np.diff(number)) + 1)):
        by_method = []
        for method in ("pearson", "spearman"):
            x, y = zip(*combinations(rows.T, 2), strict=True)
            estimate = statistics.correlations(np.array(x), np.array(y), method)
            by_method.append(
                np.stack([estimate, *statistics.correlation_interval(estimate, np.array(len(rows)), method)])
            )
        found = np.stack(by_method, axis=-1).reshape(3, -1)
        n = np.full(found.shape[1], len(rows))
        frames.append(_frame("within_cell", names[cell], found[0], found[1], found[2], n, _pairs()))
    return pd.concat(frames, ignore_index=True)


def _frame(
    group: str,
    key: str,
    estimate: Array,
    low: Array,
    high: Array,
    n: Array,
    pairs: list[tuple[int, int, str]],
    names: Sequence[str] = MEASURES,
) -> pd.DataFrame:
    columns = {"group": group, "key": key, "estimate": estimate, "low": low, "high": high, "n": n}
    return pd.DataFrame(columns).assign(
        x=[names[x] for x, _, _ in pairs],
        y=[names[y] for _, y, _ in pairs],
        method=[method for _, _, method in pairs],
    )
