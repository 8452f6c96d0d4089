"""What each figure shows, in words and numbers made from its tables: for whoever does not see it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier
from neural_redshift.figures import style
from neural_redshift.figures.curves import depth_shown

Tables = Mapping[str, pd.DataFrame]
VALUES = ("fourier", "cosine", "lempel_ziv", "test_accuracy", "test_score", "test_loss", "estimate", "mean")
GROUPS = ("activation", "model", "variant", "function")
AXES = ["depth", "weight_magnitude"]


def in_words(figure: str, tables: Tables) -> str:
    """The figure in words; one that has no words of its own is told by the first numbers of its tables."""
    return WORDS.get(figure, of_tables)(tables)


def of_tables(tables: Tables) -> str:
    """Of each table its number of rows, and the range of its first known value for each group."""
    return " ".join(_of_table(name, table) for name, table in tables.items())


def heatmaps(tables: Tables) -> str:
    """Ranges of the cell means of plain networks and of the unbiased model."""
    networks = style.heatmap_networks(tables["random_networks"])
    networks = networks[networks.variant.isin(["plain", "unbiased"])]
    cells = networks.groupby(["activation", *AXES], as_index=False)[["fourier", "cosine"]].mean()
    return "Cell means, lowest to highest. " + _each(
        {"Fourier complexity": ranges(cells, "activation", "fourier"), "Cosine": ranges(cells, "activation", "cosine")}
    )


def heatmaps_and_theory(tables: Tables) -> str:
    """The same, and where mean-field theory expects depth to begin to make functions rougher."""
    found = tables["mean_field"]
    places = levels(found, "activation", "critical_magnitude")
    crossed = f" The mean-field slope passes 1 at a weight magnitude of: {places}."
    return heatmaps(tables) + (crossed if found.critical_magnitude.notna().any() else "")


def examples(tables: Tables) -> str:
    """Both spectral complexities of every function that is shown."""
    found = []
    for row in style.rows(tables["function_examples"]):
        function = np.asarray(row.values, float).reshape(1, row.grid_points, row.grid_points)
        numbers = ", ".join(f"{m.__name__} {style.decimals(float(m(function)[0]))}" for m in (fourier, cosine))
        cell = f"{row.depth} hidden layers, α = {style.short(row.weight_magnitude)}"
        found.append(f"{name(row.activation)} ({cell}): {numbers}")
    return "; ".join(found) + "."


def pictures(tables: Tables) -> str:
    """How rough the pictures are: mean step between neighbouring points at the smallest and the largest magnitude."""
    images = style.heatmap_networks(tables["function_images"])
    images = images[images.variant.isin(["plain", "unbiased"]) & (images.network == 0)]
    rough = images.assign(roughness=[_roughness(style.picture(image)) for image in images.image])
    return (
        "Mean step between neighbouring points, as a share of the function's range, over all depths, from the smallest "
        f"to the largest weight magnitude: {ends(rough, 'activation', 'weight_magnitude', 'roughness')}."
    )


def magnitude(tables: Tables) -> str:
    """Mean Fourier complexity at the smallest and largest magnitude, for each variant."""
    networks = style.heatmap_networks(tables["random_networks"])
    depth = depth_shown(networks[networks.variant != "unbiased"])
    return _curves(networks[networks.depth == depth], "variant", depth)


def priors(tables: Tables) -> str:
    """The same for each prior."""
    networks = tables["random_networks"]
    networks = networks[networks.study == "priors"]
    depth = depth_shown(networks)
    return _curves(networks[networks.depth == depth], "prior", depth)


def measures(tables: Tables) -> str:
    """Pearson correlations of measures over cell means."""
    found = tables["correlations"]
    chosen = found[(found.table == "random_networks") & (found.group == "between_cells") & (found.method == "pearson")]
    pairs = [f"{label(row.x)} and {label(row.y)} {_with_interval(row)}" for row in style.rows(chosen)]
    return f"Pearson correlations over cell means: {'; '.join(pairs)}."


def components(tables: Tables) -> str:
    """The effect of each component over the grid, by Fourier complexity."""
    found = tables["components"]
    chosen = found[(found.measure == "fourier") & (found.over == "grid")]
    effects = [
        f"{row.component} ({row.activations}) {_with_interval(row)}, {row.direction}" for row in style.rows(chosen)
    ]
    return f"Effect on calibrated Fourier complexity, averaged over the grid: {'; '.join(effects)}."


def modulo(tables: Tables) -> str:
    """Best mean test accuracy of each activation on each version."""
    models = _paper_models(tables["modulo"])
    means = models.groupby(["modulus", "activation", "prefactor"], as_index=False).test_accuracy.mean()
    best = means.groupby(["modulus", "activation"], as_index=False).test_accuracy.max()
    return "Best mean test accuracy over prefactors (half split, paper's budget). " + _each(
        {f"Modulus {m}": levels(best[best.modulus == m], "activation", "test_accuracy") for m in _falling(best.modulus)}
    )


def prefactor(tables: Tables) -> str:
    """Mean test accuracy of Gaussian networks at each prefactor."""
    models = _paper_models(tables["modulo"])
    models = models[models.activation == "gaussian"]
    return "Mean test accuracy of Gaussian networks by prefactor (half split, paper's budget). " + _each(
        {
            f"Modulus {m}": levels(models[models.modulus == m], "prefactor", "test_accuracy")
            for m in _falling(models.modulus)
        }
    )


def learning_rates(tables: Tables) -> str:
    """Balanced test accuracy of each activation at both ends of its prefactors, with the best learning rate there."""
    models = style.successful(tables["learning_rates"])
    models = models[models.learning_rate_rule == "constant"]
    by = ["modulus", "activation", "prefactor"]
    means = models.groupby([*by, "learning_rate"], as_index=False).balanced_test_accuracy.mean()
    best = means.groupby(by, as_index=False).balanced_test_accuracy.max()
    return "Balanced test accuracy at the best learning rate, from the smallest to the largest prefactor. " + _each(
        {
            f"Modulus {m}": ends(best[best.modulus == m], "activation", "prefactor", "balanced_test_accuracy")
            for m in _falling(best.modulus)
        }
    )


def digits(tables: Tables) -> str:
    """Correlation with the label where only one feature tells it."""
    models = style.successful(tables["colored_digits"])
    models = models[
        (models.budget == "paper") & (models.features == "both") & (models.learning_rate_rule == "constant")
    ]
    return "Correlation with the label, from the smallest to the largest prefactor (paper's budget). " + _each(
        {
            "Only the colour tells it": ends(models, "activation", "prefactor", "r_color"),
            "Only the digit": ends(models, "activation", "prefactor", "r_digit"),
        }
    )


def guesses(tables: Tables) -> str:
    """Mean test accuracy of guessed and trained networks that fit, by task."""
    models = tables["guess_and_check"]
    models = models[models.loss == "cross_entropy"]
    models = models.assign(kind=models.model.map(name) + " by " + models.method)
    return "Mean test accuracy of networks that fit (cross-entropy, all numbers of points, all bins of loss). " + _each(
        {task: levels(models[models.task == task], "kind", "test_accuracy") for task in dict.fromkeys(models.task)}
    )


def before_after(tables: Tables) -> str:
    """Rank correlations of complexity before and after training."""
    found = tables["correlations"]
    chosen = found[
        (found.table == "before_after")
        & (found.group == "between_architectures")
        & (found.method == "spearman")
        & (found.x == "cosine_init")
        & (found.y == "cosine_trained")
    ]
    tasks = [f"{style.task_name(row.key)} {_with_interval(row)}" for row in style.rows(chosen)]
    return f"Spearman correlation over architectures, by cosine complexity: {'; '.join(tasks)}."


def unbiased_training(tables: Tables) -> str:
    """Mean test scores of each model and optimizer."""
    models = style.successful(tables["unbiased_training"])
    models = models.assign(kind=models.model.map(name) + " with " + models.optimizer.str.replace("_", " "))
    return "Mean test score. " + _each(
        {style.task_name(t): levels(models[models.task == t], "kind", "test_score") for t in style.tasks(models.task)}
    )


def start(tables: Tables) -> str:
    """Cosine complexity after training from each start, at the fewest and the most points."""
    models = style.successful(tables["start"])
    return "Cosine complexity after training, from the fewest to the most training points. " + _each(
        {f"{s} start": ends(models[models.start == s], "activation", "points", "cosine") for s in _rising(models.start)}
    )


def closeups(tables: Tables) -> str:
    """Ranges of the cell means of the close-ups."""
    networks = tables["random_networks"]
    networks = networks[networks.study == "closeups"]
    cells = networks.groupby(["activation", *AXES], as_index=False)[["fourier", "cosine"]].mean()
    return "Cell means, lowest to highest. " + _each(
        {"Fourier complexity": ranges(cells, "activation", "fourier"), "Cosine": ranges(cells, "activation", "cosine")}
    )


def known_functions(tables: Tables) -> str:
    """Mean of each measure for each known function, on the finest grid that random networks have."""
    known = tables["calibration"]
    known = known[known.grid_points == style.heatmap_networks(tables["random_networks"]).grid_points.max()]
    return f"Means on {known.grid_points.max()} points an axis. " + _each(
        {
            label(m): levels(known[known.measure == m], "function", "mean")
            for m in style.in_order(known.measure, style.MEASURES)
        }
    )


def transformers(tables: Tables) -> str:
    """Mean phrases of the paper's protocol at each depth, and the complexity of MLPs, over LayerNorm scales."""
    rows = tables["transformers"]
    usual = rows[(rows.protocol == "paper") & (rows["head"] == "tied") & ~(rows.final_norm | rows.centred)]
    usual = usual[usual.ablation == "none"]
    networks = tables["random_networks"]
    networks = networks[(networks.study == "norm_gain") & (networks.variant == "norm_gain")]
    told = {
        f"{depth} blocks": ends(usual[usual.depth == depth], "activation", "layer_norm_scale", "lempel_ziv")
        for depth in sorted(set(usual.depth))
    }
    if len(networks):
        depth = depth_shown(networks)
        shown = ends(networks[networks.depth == depth], "activation", "weight_magnitude", "fourier")
        told[f"Fourier complexity of MLPs of {depth} hidden layers, over the same gains after LayerNorm"] = shown
    return "Phrases of the Lempel-Ziv parse, from the smallest to the largest LayerNorm scale. " + _each(told)


def spectra(tables: Tables) -> str:
    """Amplitudes of the highest frequency, measured and expected, at the largest depth and weight magnitude."""
    expected = tables["expected_spectra"]
    cell = {axis: expected[axis].max() for axis in ("depth", "weight_magnitude", "radius")}
    plain = tables["spectra"][(tables["spectra"].variant == "plain") & (tables["spectra"].prior == "glorot")]
    plain = plain[plain.activation.isin(expected.activation)]
    sides = [table.loc[(table[list(cell)] == pd.Series(cell)).all(axis=1)] for table in (plain, expected)]
    found, theory = (levels(side, "activation", "amplitude") for side in sides)
    where = f"{cell['depth']:.0f} hidden layers and a weight magnitude of {short(cell['weight_magnitude'])}"
    return (
        f"Amplitude at the highest frequency over the mean of all, with {where}, where white noise has 1. "
        f"Networks: {found}. Expected of infinitely wide ones: {theory}."
    )


WORDS: dict[str, Callable[[Tables], str]] = {
    "fig01_teaser": heatmaps,
    "fig02_method": examples,
    "fig03_functions": pictures,
    "fig04_heatmaps": heatmaps_and_theory,
    "fig05_magnitude": magnitude,
    "fig06_measures": measures,
    "table1_components": components,
    "fig07_modulo": modulo,
    "fig08_prefactor": prefactor,
    "fig09_colored_digits": digits,
    "fig10_transformers": transformers,
    "app_learning_rate": learning_rates,
    "box_guess_and_check": guesses,
    "app_before_after": before_after,
    "app_e_priors": priors,
    "app_e_unbiased_training": unbiased_training,
    "app_e_start": start,
    "app_f_closeups": closeups,
    "app_spectra": spectra,
    "app_measures": known_functions,
}


def ranges(table: pd.DataFrame, by: str, value: str) -> str:
    """`ReLU .19 to .23, tanh …`: lowest and highest value of each group."""
    return ", ".join(f"{key} {short(v.min())} to {short(v.max())}" for key, v in _groups(table, by, value))


def levels(table: pd.DataFrame, by: str, value: str) -> str:
    """`ReLU .93, tanh …`: the mean of each group."""
    return ", ".join(f"{key} {short(v.mean())}" for key, v in _groups(table, by, value))


def ends(table: pd.DataFrame, by: str, x: str, value: str) -> str:
    """`ReLU .20 to .21, tanh …`: the mean of each group at its smallest and its largest x."""
    kept = table.dropna(subset=[value])
    found = []
    for key in _order(kept[by]):
        means = kept[kept[by] == key].groupby(x)[value].mean()
        found.append(f"{name(key)} {short(means.iloc[0])} to {short(means.iloc[-1])}")
    return ", ".join(found)


def name(key: Any) -> str:
    """A group as readers know it."""
    if isinstance(key, str):
        return style.ACTIVATIONS[key].label if key in style.ACTIVATIONS else key.replace("_", " ")
    return f"at {short(float(key))}:"


def label(measure: str) -> str:
    """A measure as readers know it."""
    return style.MEASURES[measure].label if measure in style.MEASURES else measure.replace("_", " ")


def short(value: float) -> str:
    """Three digits, without a power of ten where the number is large."""
    return style.bare(f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}")


def _groups(table: pd.DataFrame, by: str, value: str) -> list[tuple[str, pd.Series]]:
    kept = table.dropna(subset=[value])
    return [(name(key), kept.loc[kept[by] == key, value]) for key in _order(kept[by])]


def _order(keys: pd.Series) -> list[Any]:
    return style.in_order(keys) if set(keys) & set(style.ACTIVATIONS) else sorted(set(keys))


def _curves(networks: pd.DataFrame, by: str, depth: int) -> str:
    order = style.in_order(networks[by], style.VARIANTS)
    return f"Fourier complexity at {depth} hidden layers, from the smallest to the largest weight magnitude. " + _each(
        {
            name(kind): ends(networks[networks[by] == kind], "activation", "weight_magnitude", "fourier")
            for kind in order
        }
    )


def _paper_models(models: pd.DataFrame) -> pd.DataFrame:
    ways = (models.budget == "paper") & (models.split == "half") & (models.learning_rate_rule == "constant")
    return style.successful(models[ways])


def _of_table(table: str, rows: pd.DataFrame) -> str:
    value = next((found for found in VALUES if found in rows and rows[found].notna().any()), None)
    by = next((found for found in GROUPS if found in rows), None)
    told = f" {label(value)}, lowest to highest: {ranges(rows, by, value)}." if value and by else ""
    return f"{len(rows):,} rows of {table}.{told}"


def _each(groups: Mapping[str, str]) -> str:
    return " ".join(f"{group[:1].upper()}{group[1:]}: {found}.".replace("_", " ") for group, found in groups.items())


def _with_interval(row: Any) -> str:
    estimate, low, high = (style.decimals(value, 2) for value in (row.estimate, row.low, row.high))
    return f"{estimate} [{low}, {high}]"


def _roughness(picture: np.ndarray) -> float:
    values = picture.astype(float) / 255
    return float(np.mean([np.abs(np.diff(values, axis=axis)).mean() for axis in (0, 1)]))


def _falling(values: pd.Series) -> list[int]:
    return sorted(set(values), reverse=True)


def _rising(values: pd.Series) -> list[str]:
    return sorted(set(values))
