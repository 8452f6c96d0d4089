"""The numbers that the documents quote, from the kept tables."""

import numpy as np
import pandas as pd

from neural_redshift.statistics import quadratic_peak
from neural_redshift.tables import read_table
from project import ROOT

DIVERGED = {"modulo": "modulo", "rates": "learning rates", "digits": "digits", "unbiased": "unbiased", "start": "start"}
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
        "float64": f"{100 * networks.float64.mean():.0f} % needed more than float32",
    }


def facts_of_trained() -> dict[str, str]:
    """The same of trained networks."""
    modulo, rates, digits, guesses, unbiased, starts, correlated = (
        kept(table)
        for table in (
            "modulo",
            "learning_rates",
            "colored_digits",
            "guess_and_check",
            "unbiased_training",
            "start",
            "correlations",
        )
    )
    diverged = {
        name: f"{(table.status == 'diverged').sum()} of {len(table):,}"
        for name, table in (
            ("modulo", modulo),
            ("rates", rates),
            ("digits", digits),
            ("unbiased", unbiased),
            ("start", starts),
        )
    }
    modulo, rates, digits, unbiased, starts = (t[t.status == "ok"] for t in (modulo, rates, digits, unbiased, starts))
    runs = modulo.set_index(["budget", "split", "learning_rate_rule", "activation", "modulus"]).sort_index()
    paper, converged, scaled = (
        runs.loc[run]
        for run in (("paper", "half", "constant"), ("converged", "half", "constant"), ("paper", "half", "scaled"))
    )

    def best(table: pd.DataFrame, activation: str, modulus: int) -> str:
        means = table.loc[(activation, modulus)].groupby("prefactor").test_accuracy.mean()
        return f"{number(means.max(), 2)} at {means.idxmax():.2g}"

    def smallest(table: pd.DataFrame, activation: str, modulus: int) -> str:
        rows = table.loc[(activation, modulus)]
        return number(rows[rows.prefactor == rows.prefactor.min()].test_accuracy.mean(), 2)

    def vertex(table: pd.DataFrame, modulus: int) -> str:
        rows = table.loc[("gaussian", modulus)]
        return f"{10 ** quadratic_peak(np.log10(rows.prefactor.to_numpy()), rows.test_accuracy.to_numpy()):.2f}"

    cells = rates.groupby(["learning_rate_rule", "activation", "modulus", "prefactor", "learning_rate"])
    accuracies = cells.balanced_test_accuracy.mean()

    def at_best_rate(modulus: int, rule: str = "constant") -> str:
        def along(name: str) -> str:
            best = accuracies.loc[(rule, name, modulus)].groupby("prefactor").max()
            return f"{number(best.iloc[0], 2)}, {number(best.max(), 2)}, {number(best.iloc[-1], 2)}"

        return "; ".join(
            f"{label} {along(n)}" for n, label in (("tanh", "tanh"), ("gaussian", "Gaussian"), ("sin", "sine"))
        )

    def best_prefactors(rule: str) -> str:
        best = accuracies.loc[(rule, "gaussian", 10)].unstack().idxmax()
        return ", ".join(f"{prefactor:.2g}" for prefactor in best)

    apart = (accuracies.loc["folded"] - accuracies.loc["scaled"]).dropna().groupby("activation").mean().abs().max()
    alone = digits[(digits.budget == "alone") & digits.reached]
    steps = np.log(alone.steps).groupby([alone.activation, alone.features]).mean().unstack()
    slower = np.exp(steps.digit - steps.color)
    means = guesses.groupby(["task", "points", "model", "prefactor", "method", "loss", "loss_bin"]).test_accuracy.mean()

    def guessed(task: str, model: str, method: str = "guess", loss: str = "cross_entropy", loss_bin: int = 2) -> str:
        return number(means.loc[(task, 8, model, 1.0, method, loss, loss_bin)], 2)

    def by_model(task: str) -> str:
        return ", ".join(
            f"{label} {guessed(task, model)}"
            for model, label in (("relu", "ReLU"), ("sin", "sine"), ("unbiased", "unbiased"))
        )

    def both_tasks(method: str, loss: str = "cross_entropy", loss_bin: int = 2) -> str:
        return " and ".join(guessed(task, "relu", method, loss, loss_bin) for task in ("digits", "half_plane"))

    tests = unbiased.groupby(["model", "optimizer", "weight_magnitude", "task"]).test_score.mean()

    def scored(optimizer: str, magnitude: float, model: str = "unbiased") -> str:
        return ", ".join(number(tests.loc[(model, optimizer, magnitude, f"modulo_{m}")], 2) for m in (10, 7, 4))

    both_features = digits[digits.reached & (digits.features == "both")]
    by_run = both_features.set_index(["budget", "learning_rate_rule", "activation"]).sort_index()

    def small_and_middle(run: tuple[str, str], activation: str, score: str) -> str:
        along = by_run.loc[(*run, activation)].groupby("prefactor")[score].mean()
        return f"{number(along.iloc[0], 2)} to {number(along.loc[2.0], 2)}"

    def shortcut(budget: str, rule: str = "constant") -> str:
        return ", ".join(
            f"{feature} {small_and_middle((budget, rule), 'tanh', f'r_{column}')}"
            for column, feature in (("color", "colour"), ("digit", "digit"))
        )

    fitted = starts[~(starts.start_loss > 0.05)].set_index(["activation", "points", "start"]).sort_index()

    def ended(activation: str, points: int, column: str, digits: int = 3) -> str:
        rows = fitted.loc[(activation, points)].groupby("start")[column].mean()
        return f"{number(rows['complex'], digits)} against {number(rows['random'], digits)}"

    def of_labels(measure: str) -> str:
        return ", ".join(number(modulo.set_index("modulus").loc[m, f"target_{measure}"].iloc[0], 3) for m in (10, 7, 4))

    both = correlated[(correlated.table == "before_after") & (correlated.method == "spearman")]
    both = both[both.x == "cosine_init"].set_index(["group", "key"])

    def rank(task: str, group: str = "between_architectures") -> str:
        row = both.loc[(group, task)]
        return f"{number(row.estimate, 2)} [{number(row.low, 2)}, {number(row.high, 2)}]"

    return {
        "relu": f"ReLU: {best(paper, 'relu', 10)}, {best(paper, 'relu', 7)}, {best(paper, 'relu', 4)}",
        "gaussian": "Gaussian: {}, {}, {}".format(*(best(paper, "gaussian", m) for m in (10, 7, 4))),
        "vertices": "{} for M = 10, {} for M = 7 and {} for M = 4".format(*(vertex(paper, m) for m in (10, 7, 4))),
        "vertices converged": "{}, {} and {}".format(*(vertex(converged, m) for m in (10, 7, 4))),
        "left flank": "from {} to {} for M = 10 and from {} to {} for M = 7".format(
            *(smallest(table, "gaussian", m) for m in (10, 7) for table in (paper, converged))
        ),
        "left flank scaled": "to {} and {}".format(*(smallest(scaled, "gaussian", m) for m in (10, 7))),
        "three quarters": "{}".format(
            best(runs.loc[("paper", "three_quarters", "constant")], "gaussian", 4),
        ),
        "before after": f"{rank('modulo_10')}, {rank('modulo_7')} and {rank('modulo_4')}",
        "before after smooth": f"{rank('smooth_0.5')} and {rank('smooth_2')}",
        "color paper": shortcut("paper"),
        "color matched": shortcut("matched"),
        "color scaled": shortcut("paper", "scaled"),
        "color easier": "tanh {:.1f}, Gaussian {:.1f}, sine {:.1f}".format(*slower[["tanh", "gaussian", "sin"]]),
        "rates 10": at_best_rate(10),
        "rates 7": at_best_rate(7),
        "rates best": f"at {best_prefactors('constant')}",
        "rates folded": f"within {number(apart)} of each other",
        "guess digits": by_model("digits"),
        "guess plane": by_model("half_plane"),
        "guess descent": f"descent {both_tasks('descent')}",
        "guess lowest": "guesses {} against {}".format(*(both_tasks(m, loss_bin=3) for m in ("guess", "descent"))),
        "guess poisoned": both_tasks("poisoned", loss_bin=3),
        "guess mse": both_tasks("guess", "mse"),
        "unbiased adam": scored("adam", 1.0),
        "unbiased descent": scored("gradient_descent", 1.0),
        "unbiased small": scored("gradient_descent", 0.2),
        "unbiased large": scored("gradient_descent", 5.0),
        "unbiased relu": scored("adam", 1.0, "relu"),
        "start relu": f"{ended('relu', 8, 'test_loss')} on 8 points",
        "start relu dense": f"{ended('relu', 256, 'test_loss', 4)} on 256",
        "start complexity": f"{ended('relu', 8, 'cosine')} by `cosine` on 8 points",
        "start complexity dense": f"{ended('relu', 256, 'cosine')} on 256",
        "start sine": f"{ended('sin', 8, 'test_loss', 4)} for sine",
        "targets": "{} by `fourier` and {} by `cosine`".format(*map(of_labels, ("fourier", "cosine"))),
        "diverged": ", ".join(f"{label} {diverged[name]}" for name, label in DIVERGED.items()),
    }


def facts_of_transformers() -> dict[str, str]:
    """The same of untrained transformers."""
    table = kept("transformers").set_index(["activation", "depth", "layer_norm_scale"]).sort_index()
    table = table.assign(length=table.tokens.map(len))
    names = ("gaussian", "relu", "gelu", "swish", "tanh", "sin", "selu")
    labels = dict(zip(names, ("Gaussian", "ReLU", "GELU", "Swish", "tanh", "sine", "SELU"), strict=True))

    def phrases(depth: int, scale: float, name: str, protocol: str = "paper", **about) -> float:
        rows = table.loc[(name, depth, scale)]
        wanted = {"final_norm": False, "head": "tied", "centred": False, "ablation": "none", **about}
        rows = rows[(rows.protocol == protocol) & (rows[list(wanted)] == pd.Series(wanted)).all(axis=1)]
        return float(rows.lempel_ziv.mean())

    def each(depth: int, scale: float, **about) -> str:
        return ", ".join(f"{label} {phrases(depth, scale, name, **about):.0f}" for name, label in labels.items())

    return {
        "as it is": each(12, 1.0),
        "large": each(12, 8.0),
        "authors": each(12, 1.0, protocol="authors_code"),
        "at depth 6": each(6, 1.0),
        "untied": each(6, 1.0, head="untied"),
        "centred": each(6, 1.0, centred=True),
        "centred and untied": each(6, 1.0, centred=True, head="untied"),
        **{
            ablation: each(6, 1.0, ablation=ablation)
            for ablation in ("no_attention", "no_residual", "no_norm", "no_mlp")
        },
        "small": each(12, 0.25),
    }


if __name__ == "__main__":
    for name, phrase in (facts() | facts_of_trained() | facts_of_transformers()).items():
        print(f"{name}: {phrase}")
