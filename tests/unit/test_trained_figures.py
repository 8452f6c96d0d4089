"""The figures of trained networks, on made-up tables; and the parabola of figure 8."""

import subprocess
import sys
from importlib import import_module
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_redshift.figures import style
from neural_redshift.schemas import SCHEMAS
from neural_redshift.statistics import quadratic_fit, quadratic_peak, quadratic_peak_interval

ACTIVATIONS, PREFACTORS = ["relu", "gaussian"], [0.2, 2.0, 20.0]
RUNS = [
    ("paper", "half", "constant"),
    ("converged", "half", "constant"),
    ("paper", "half", "scaled"),
    ("paper", "three_quarters", "constant"),
]
FIGURES = {
    "fig07_modulo": ["modulo"],
    "fig08_prefactor": ["modulo"],
    "app_learning_rate": ["learning_rates"],
    "fig09_colored_digits": ["colored_digits"],
    "app_before_after": ["before_after", "correlations"],
    "app_e_unbiased_training": ["unbiased_training"],
    "app_e_start": ["start"],
    "box_guess_and_check": ["guess_and_check"],
}


def made_up(name: str, /, **axes: list) -> pd.DataFrame:
    """Every combination of the values; the other columns are random numbers, 3, true and 'ok'."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(list(product(*axes.values())), columns=list(axes))
    for field in SCHEMAS[name]:
        if field.name not in frame:
            if pa.types.is_floating(field.type):
                frame[field.name] = rng.uniform(0.3, 0.9, len(frame)).astype(field.type.to_pandas_dtype())
            else:
                frame[field.name] = "ok" if pa.types.is_string(field.type) else field.type.to_pandas_dtype()(3)
    return frame[[field.name for field in SCHEMAS[name]]]


def modulo(activations=ACTIVATIONS, seeds=3) -> pd.DataFrame:
    runs = pd.DataFrame(RUNS, columns=["budget", "split", "learning_rate_rule"]).assign(run=range(len(RUNS)))
    frame = made_up(
        "modulo",
        activation=activations,
        prefactor=PREFACTORS,
        side=[16],
        modulus=[10, 4],
        seed=list(range(seeds)),
        split=list(range(len(RUNS))),
    )
    runs = runs.set_index("run").loc[frame.split].reset_index()
    return frame.assign(**{column: runs[column] for column in ("budget", "split", "learning_rate_rule")})


def learning_rates(activations=ACTIVATIONS, seeds=3) -> pd.DataFrame:
    axes = {"activation": activations, "prefactor": PREFACTORS, "modulus": [10, 4]}
    rules = {"learning_rate_rule": ["constant", "scaled", "folded"], "learning_rate": [0.001, 0.01]}
    return made_up("learning_rates", **axes, **rules, seed=list(range(seeds)))


def colored_digits(activations=ACTIVATIONS, seeds=3) -> pd.DataFrame:
    runs = [
        ("paper", "both", "constant"),
        ("matched", "both", "constant"),
        ("paper", "both", "scaled"),
        ("alone", "color", "constant"),
        ("alone", "digit", "constant"),
    ]
    axes = {"activation": activations, "prefactor": PREFACTORS, "budget": list(range(len(runs)))}
    frame = made_up("colored_digits", **axes, seed=list(range(seeds)))
    budget, features, rule = zip(*(runs[number] for number in frame.budget), strict=True)
    return frame.assign(budget=budget, features=features, learning_rate_rule=rule)


def before_after(activations=ACTIVATIONS, seeds=3) -> pd.DataFrame:
    tasks = ["smooth_0.5", "smooth_2", "modulo_4", "modulo_10"]
    axes = {"task": tasks, "activation": activations, "prefactor": PREFACTORS, "seed": list(range(seeds))}
    return made_up("before_after", **axes)


def correlations() -> pd.DataFrame:
    measures = ["cosine_init", "lempel_ziv_init"]
    axes = {"group": ["between_architectures", "fitted"], "key": ["modulo_4", "modulo_10"], "x": measures}
    frame = made_up("correlations", table=["before_after"], **axes, method=["spearman"])
    return frame.assign(y=frame.x.str.replace("init", "trained"), estimate=0.5, low=-0.25, high=0.75, n=12)


def unbiased_training(activations=ACTIVATIONS, seeds=3) -> pd.DataFrame:
    axes = {"task": ["modulo_10", "smooth_2"], "model": ["unbiased", "relu"], "optimizer": ["adam", "gradient_descent"]}
    frame = made_up("unbiased_training", **axes, weight_magnitude=[0.2, 1.0], seed=list(range(seeds)))
    return frame[(frame.model == "unbiased") | ((frame.weight_magnitude == 1) & ("relu" in activations))]


def start(activations=ACTIVATIONS, seeds=3) -> pd.DataFrame:
    axes = {"activation": activations, "start": ["random", "complex", "permuted"], "points": [8, 256]}
    frame = made_up("start", **axes, seed=list(range(seeds)))
    return frame.assign(prefactor=1.0, start_loss=np.where(frame.start == "random", np.nan, 0.001))


def guess_and_check(activations=ACTIVATIONS, seeds=3) -> pd.DataFrame:
    models = [*(name for name in activations if name in ("relu", "sin")), "unbiased"]
    axes = {"task": ["digits", "kink"], "points": [4, 16], "model": models, "prefactor": [1.0, 5.0]}
    methods = {"method": ["guess", "descent", "poisoned"], "loss": ["cross_entropy", "mse"]}
    frame = made_up("guess_and_check", **axes, **methods, loss_bin=[1, 2], split=list(range(seeds)))
    frame = frame[(frame.method != "poisoned") | (frame.loss_bin == 2)]
    frame = frame[(frame.prefactor == 1) | (frame.model == "sin")]
    return frame[(frame.model != "unbiased") | (frame.method == "guess")]


MAKE = {
    "modulo": modulo,
    "learning_rates": learning_rates,
    "colored_digits": colored_digits,
    "before_after": before_after,
    "unbiased_training": unbiased_training,
    "start": start,
    "guess_and_check": guess_and_check,
}


def drawn(figure: str, *tables: pd.DataFrame):
    given = dict(zip(FIGURES[figure], tables, strict=False))
    if "correlations" in FIGURES[figure]:
        given.setdefault("correlations", correlations())
    return import_module(f"neural_redshift.figures.{figure}").draw(**given)


def caption(figure) -> str:
    return " ".join(figure.get_supxlabel().replace("\u00a0", " ").split())


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_draws_and_says_how_many(figure):
    text = caption(drawn(figure, MAKE[FIGURES[figure][0]]()))
    assert "n = 3 " in text
    assert "nan" not in text


LEFT_OUT = {
    "fig07_modulo": "balanced_test_accuracy",
    "fig08_prefactor": "test_accuracy",
    "app_learning_rate": "balanced_test_accuracy",
    "fig09_colored_digits": "r_digit",
    "app_before_after": "cosine_trained",
    "app_e_unbiased_training": "test_score",
    "app_e_start": "test_loss",
}


@pytest.mark.parametrize("figure", LEFT_OUT)
def test_models_that_diverged_or_have_no_value_are_left_out_and_counted(figure):
    table = MAKE[FIGURES[figure][0]](["gaussian"], 2)
    shown = table[table.features == "both"] if "features" in table else table
    diverged, unknown = shown.index[[0, 4]]  # of one run
    table.loc[diverged, "status"] = "diverged"
    table.loc[[diverged, unknown], LEFT_OUT[figure]] = np.nan
    text = caption(drawn(figure, table))
    assert "1 diverged, 1 without a value" in text
    assert "n = 1–2 " in text
    assert "nan" not in text


def test_the_means_are_of_numbers():
    models = pd.DataFrame({"a": ["x", "x", "x", "y", "y"], "v": [1.0, np.nan, 3.0, np.nan, np.nan]})
    found = style.means(models, ["a"], "v")
    assert found[["a", "mean", "n"]].to_numpy().tolist() == [["x", 2.0, 2]]
    assert found.low[0] < 2 < found.high[0]
    assert np.isnan(style.means(models[:1], ["a"], "v").low[0])


def test_figure_7_shows_the_labels_and_what_is_fitted():
    table = modulo()
    table["train_accuracy"] = np.where(table.activation == "relu", 1.0, 0.6)
    figure = drawn("fig07_modulo", table)
    titles = [axes.get_title() for axes in figure.axes[:2]]
    assert titles == [f"modulus {m}; {share} % have label 1" for m, share in ((10, 49), (4, 50))]
    faces = {}
    for line in figure.axes[2].lines:
        if line.get_marker() in ("o", "P") and len(line.get_xdata()):
            faces.setdefault(line.get_marker(), set()).add(str(line.get_markerfacecolor()))
    assert faces == {"o": {style.look("relu").colour}, "P": {"white"}}


def test_figure_8_says_where_the_peak_is():
    table = modulo(["gaussian"], 4).assign(positive_rate=0.4, test_accuracy=0.5)  # a line
    x = np.log10(table.prefactor)
    paper, scaled = table.budget == "paper", table.learning_rate_rule == "scaled"
    for chosen, accuracy in (
        (paper & ~scaled & (table.modulus == 10), 0.9 - 0.1 * (x - np.log10(3)) ** 2),
        (paper & ~scaled & (table.modulus == 4), 0.9 - 0.1 * (x - np.log10(50)) ** 2),
        (paper & scaled, 0.5 + 0.1 * x**2),
    ):
        table.loc[chosen, "test_accuracy"] = accuracy[chosen]
    figure = drawn("fig08_prefactor", table)
    titles = [axes.get_title().split("\n")[-1] for axes in figure.axes]
    assert titles == ["peak 3 [3, 3]", "peak 50 [50, 50], out of range", *["no peak"] * 4]
    base = [line.get_ydata()[0] for line in figure.axes[0].lines if line.get_color() == style.FAINT]
    assert base == [pytest.approx(0.6)]


def test_figure_9_leaves_out_what_did_not_reach_the_loss():
    table = colored_digits(["tanh"])
    missed = (table.budget == "matched") & (table.prefactor == 0.2) & (table.seed < 2)
    slow = (table.features == "digit") & (table.prefactor == 20) & (table.seed == 0)
    table["reached"] = ~missed & ~slow
    table.loc[missed, ["r_color", "r_digit"]] = 99.0
    figure = drawn("fig09_colored_digits", table)
    text = caption(figure)
    assert "Of 9 matched models 2 did not reach the loss and are left out, of 18 with one feature 1." in text
    *_, paper, scaled, matched, alone = figure.axes
    written = [[text.get_text() for text in axes.texts] for axes in (paper, scaled, matched, alone)]
    assert written == [[], [], ["1"], ["5"]]
    assert max(max(line.get_ydata()) for line in matched.lines if len(line.get_xdata()) == 3) < 1


def test_the_plane_marks_the_best_prefactor_of_each_rate_and_what_is_not_fitted_in_time():
    table = learning_rates(["tanh"])
    table["balanced_test_accuracy"] = np.where(np.isclose(table.prefactor, 20 * table.learning_rate / 0.01), 0.9, 0.6)
    table["fitted"] = table.learning_rate > 0.001
    axes = drawn("app_learning_rate", table).axes[0]
    best = next(line for line in axes.lines if line.get_marker() == "o")
    unfitted = next(line for line in axes.lines if line.get_marker() == "x")
    assert list(zip(best.get_xdata(), best.get_ydata(), strict=True)) == [(1, 0), (2, 1)]
    assert sorted(zip(unfitted.get_xdata(), unfitted.get_ydata(), strict=True)) == [(0, 0), (1, 0), (2, 0)]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.6, 0.9, 0.6], [0.6, 0.6, 0.9]])


def test_before_and_after_reads_the_correlations():
    figure = drawn("app_before_after", before_after())
    titles = [axes.get_title() for axes in figure.axes]
    assert [title.split("\n")[0] for title in titles[:4]] == [
        "modulus 10",
        "modulus 4",
        "waves, .5 cycle",
        "waves, 2 cycles",
    ]
    assert "all: .50 [−.25, .75]" in titles[0]
    assert "all: –" in titles[2]  # no row of `correlations`


def test_what_started_from_a_bad_fit_is_left_out():
    table = start(["sin"])
    bad = (table.start != "random") & (table.seed == 0)
    table.loc[bad, "start_loss"] = 0.3
    table.loc[bad, ["test_loss", "cosine"]] = 99.0
    figure = drawn("app_e_start", table)
    assert "Of 3 fits to the high frequency 1 ended above a loss of .05" in caption(figure)
    assert all(max(line.get_ydata()) < 1 for axes in figure.axes for line in axes.lines)


def test_splits_without_an_accepted_network_are_counted():
    table = guess_and_check([], 1)
    empty = (table.method == "guess") & (table.model == "unbiased") & (table.points == 16)
    table.loc[empty, ["test_accuracy", "loss_value"]] = np.nan
    table.loc[empty, ["acceptance_rate", "accepted"]] = 0
    text = caption(drawn("box_guess_and_check", table))
    assert f"{empty.sum()} of {(table.method == 'guess').sum()} with guesses" in text
    assert "nan" not in text


def test_drawing_needs_no_torch():
    names = [f"neural_redshift.figures.{figure}" for figure in FIGURES]
    code = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


numbers = st.floats(-2, 2, allow_subnormal=False)


@settings(deadline=None, max_examples=50)
@given(bend=st.floats(0.01, 5), peak=numbers, height=numbers, places=st.integers(3, 9))
def test_the_peak_of_a_parabola_is_its_vertex(bend, peak, height, places):
    x = np.linspace(-1, 1.5, places)
    y = height - bend * (x - peak) ** 2
    assert quadratic_peak(x, y) == pytest.approx(peak, abs=1e-6)
    np.testing.assert_allclose(np.polyval(quadratic_fit(x, y), peak), height, atol=1e-6)
    assert np.isnan(quadratic_peak(x, -y))
    low, high = quadratic_peak_interval(x, np.tile(y, (3, 1)), seed=0)
    assert (low, high) == pytest.approx((peak, peak), abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(slope=numbers, height=numbers)
def test_a_line_has_no_peak(slope, height):
    x = np.linspace(-1, 1.5, 9)
    assert np.isnan(quadratic_peak(x, height + slope * x))


def test_what_is_no_number_does_not_count():
    x, y = np.array([0.0, 1, 2, 3, 1]), np.array([0.0, 1, 0, np.nan, np.inf])
    assert quadratic_peak(x, y) == pytest.approx(1)
    assert np.isnan(quadratic_peak(x[:2], y[:2]))
    assert np.isnan(quadratic_peak_interval(x[:2], np.zeros((5, 2)), seed=0)).all()
    assert np.isnan(quadratic_peak_interval(x, np.zeros((1, 5)), seed=0)).all()
    table = np.tile(np.array([0.0, 1, 0]), (4, 1))
    table[0, 0] = np.nan
    assert quadratic_peak_interval(x[:3], table, seed=0) == pytest.approx((1, 1))


def test_the_interval_of_a_peak_covers_the_truth_in_about_95_of_100_cases():
    rng, cases, x, truth = np.random.default_rng(1), 60, np.linspace(-1, 1, 7), 0.3
    covered = 0
    for _ in range(cases):
        seeds = rng.normal(0, 0.05, (16, 1)) + rng.normal(0, 0.1, (16, 7))
        low, high = quadratic_peak_interval(x, 0.8 - 0.2 * (x - truth) ** 2 + seeds, seed=3)
        covered += low <= truth <= high
    assert 0.8 <= covered / cases <= 1


def test_a_peak_that_may_lie_anywhere_has_an_open_end():
    x = np.linspace(-1, 1, 5)
    y = np.stack([0.1 * x + bend * x**2 for bend in (-0.1, 0.05, -0.02, 0.03)])
    low, high = quadratic_peak_interval(x, y, seed=0)
    assert np.isfinite(low)
    assert high == np.inf
    assert quadratic_peak_interval(x, y, seed=0) == (low, high)


def test_figure_9_is_drawn_where_no_model_reaches_the_matched_loss():
    table = colored_digits()
    table["reached"] = table.budget == "paper"
    assert "18 did not reach the loss" in caption(drawn("fig09_colored_digits", table))
    table["status"] = "diverged"
    drawn("fig09_colored_digits", table)


def test_figure_7_shows_a_lattice_of_another_size():
    image = drawn("fig07_modulo", modulo().assign(side=5)).axes[0].images[0].get_array()
    assert image.shape == (5, 5)
