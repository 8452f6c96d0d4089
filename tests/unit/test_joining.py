"""Measures join on the network or the trained model, and a table that does not fit is refused."""

import numpy as np
import pandas as pd
import pytest

from neural_redshift.joining import KEY, before_and_after, join_measures, join_models
from neural_redshift.networks.cells import network_rows
from neural_redshift.schemas import MEASURES, SCHEMAS

SETTINGS = {
    "study": "heatmaps",
    "variant": "plain",
    "activation": "relu",
    "priors": ["glorot"],
    "depths": [1, 2],
    "widths": [8],
    "weight_magnitudes": [1.0, 3.0],
    "bias_magnitudes": [1.0],
    "grid_points": 16,
    "networks": 3,
    "seed": 0,
}


def part(measure: str, **changes) -> pd.DataFrame:
    """A table `complexity`, with a value that says which network and measure it is of; network 2 is constant."""
    rows = pd.DataFrame(network_rows({**SETTINGS, **changes}))
    ok = rows.network != 2
    value = rows.depth + rows.weight_magnitude / 10 + rows.network / 100 + 1000 * [*MEASURES].index(measure)
    return rows.assign(status=np.where(ok, "ok", "constant"), float64=~ok, value=value.where(ok).astype(np.float32))


def test_every_network_has_one_row_with_the_values_of_its_measures():
    relu, tanh = (
        {measure: part(measure, activation=activation) for measure in ("fourier", "cosine")}
        for activation in ("relu", "tanh")
    )
    parts = [(m, p.sample(frac=1, random_state=0)) for activation in (tanh, relu) for m, p in activation.items()]
    joined = join_measures(parts)
    assert set(joined) == {field.name for field in SCHEMAS["random_networks"]}
    assert len(joined) == 2 * 2 * 2 * 3
    assert not joined.duplicated(KEY).any()
    for measure in ("fourier", "cosine"):
        expected = pd.concat([tanh[measure], relu[measure]]).sort_values(KEY).value
        np.testing.assert_array_equal(joined[measure], expected)
    assert joined[[m for m in MEASURES if m not in ("fourier", "cosine")]].isna().all(axis=None)
    assert joined[KEY].equals(joined[KEY].sort_values(KEY, ignore_index=True))


def test_the_order_of_the_parts_does_not_matter():
    parts = [(m, part(m, study=s)) for s in ("heatmaps", "width") for m in ("fourier", "lempel_ziv", "cosine")]
    pd.testing.assert_frame_equal(join_measures(parts), join_measures(parts[::-1]), check_like=True)


def test_a_study_may_ask_for_fewer_measures():
    parts = [("fourier", part("fourier")), ("cosine", part("cosine")), ("cosine", part("cosine", study="width"))]
    joined = join_measures(parts)
    width = joined[(joined.study == "width") & (joined.status == "ok")]
    assert width.fourier.isna().all()
    assert width.cosine.notna().all()


def test_a_network_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="fourier: 12 networks stand twice"):
        join_measures([("fourier", part("fourier")), ("fourier", part("fourier"))])


@pytest.mark.parametrize("short", ["fourier", "cosine"])
def test_a_network_that_one_measure_lacks_is_refused(short):
    parts = {measure: part(measure) for measure in ("fourier", "cosine")}
    parts[short] = parts[short].drop(index=0)
    with pytest.raises(ValueError, match="study heatmaps: measures do not have the same networks"):
        join_measures(parts.items())


def test_measures_of_differing_functions_are_refused():
    other = part("cosine")
    other.loc[0, "float64"] = True
    with pytest.raises(ValueError, match="do not have the same networks"):
        join_measures([("fourier", part("fourier")), ("cosine", other)])


def test_nothing_to_join_is_refused():
    with pytest.raises(ValueError, match="name at least one study"):
        join_measures([])


# Trained models


MODELS = 4
MODULI = [10, 7]


def scores(table: str, rows: int = MODELS) -> pd.DataFrame:
    """Models without measures; the numbers of a row say which it is, `modulus` alternates."""
    found = pd.DataFrame({field.name: [None] * rows for field in SCHEMAS[table]})
    found["seed"] = np.arange(rows)
    if table == "modulo":
        found["modulus"] = [MODULI[row % 2] for row in range(rows)]
    return found


def functions(**stages: list[float]) -> pd.DataFrame:
    """A table `trained_complexity` in another order than that of the functions."""
    parts = [
        pd.DataFrame({"stage": stage, "function": range(len(values)), "value": values})
        for stage, values in stages.items()
    ]
    return pd.concat(parts).sample(frac=1, random_state=0)


def test_models_get_the_values_of_their_functions_and_of_their_target():
    parts = [
        ("fourier", functions(initial=[1, 2, 3, 4], trained=[5, 6, 7, 8], target=[0.1, 0.2])),
        ("lempel_ziv", functions(initial=[10, 20, 30, 40], trained=[50, 60, np.nan, 80], target=[100, np.nan])),
    ]
    filled = join_models("modulo", scores("modulo"), parts, MODULI)
    assert filled.fourier_init.tolist() == [1, 2, 3, 4]
    assert filled.fourier_trained.tolist() == [5, 6, 7, 8]
    assert filled.target_fourier.tolist() == [0.1, 0.2, 0.1, 0.2]
    assert filled.lempel_ziv_init.tolist() == [10, 20, 30, 40]
    np.testing.assert_array_equal(filled.lempel_ziv_trained, [50, 60, np.nan, 80])
    np.testing.assert_array_equal(filled.target_lempel_ziv, [100, np.nan, 100, np.nan])


def test_what_is_not_measured_stays_as_it_was():
    before = scores("modulo")
    filled = join_models("modulo", before, [("cosine", functions(initial=[1, 2, 3, 4]))], MODULI)
    assert list(filled) == list(before)
    pd.testing.assert_frame_equal(filled.drop(columns="cosine_init"), before.drop(columns="cosine_init"))
    assert before.cosine_init.isna().all()


def test_of_several_functions_of_a_model_the_mean_counts_of_those_that_have_a_value():
    slices = [1, 2, 3, 4, np.nan, 6, np.nan, np.nan, np.nan, 0, 0, 12]
    filled = join_models("colored_digits", scores("colored_digits"), [("cosine", functions(trained=slices))])
    np.testing.assert_array_equal(filled.cosine_trained, [2, 5, np.nan, 4])


def test_what_a_start_measures_is_the_start_by_the_cosine_and_the_end_by_each():
    parts = [(m, functions(initial=[n, 1, 2, 3], trained=[4, 5, 6, n])) for n, m in enumerate(["fourier", "cosine"])]
    filled = join_models("start", scores("start"), parts)
    assert filled.start_complexity.tolist() == [1, 1, 2, 3]
    assert filled.fourier.tolist() == [4, 5, 6, 0]
    assert filled.cosine.tolist() == [4, 5, 6, 1]


@pytest.mark.parametrize("count", [3, 5, 6])
def test_functions_that_do_not_share_out_among_the_models_are_refused(count):
    parts = [("cosine", functions(initial=[1.0] * count))]
    with pytest.raises(ValueError, match=f"cosine: {count} functions found for 4 models of colored_digits"):
        join_models("colored_digits", scores("colored_digits"), parts)


def test_another_number_of_targets_than_of_moduli_is_refused():
    with pytest.raises(ValueError, match="zip"):
        join_models("modulo", scores("modulo"), [("cosine", functions(target=[1, 2, 3]))], MODULI)


def modulo() -> pd.DataFrame:
    """Two models of the paper's run, and one each that differs in budget, split or learning rate rule."""
    rows, names = 5, [field.name for field in SCHEMAS["modulo"]]
    found = pd.DataFrame({name: np.arange(rows) + 10.0 * n for n, name in enumerate(names)})
    return found.assign(
        activation="tanh",
        depth=3,
        width=64,
        prefactor=[0.355655882008, 20.0, 1.0, 1.0, 1.0],
        modulus=[10, 7, 7, 7, 7],
        budget=["paper", "paper", "converged", "paper", "paper"],
        split=["half", "half", "half", "three_quarters", "half"],
        learning_rate_rule=["constant", "constant", "constant", "constant", "scaled"],
    )


def smooth() -> pd.DataFrame:
    names = ("task", "architecture", "activation", "status")
    found = {f.name: "as it was" if f.name in names else 7.0 for f in SCHEMAS["before_after"]}
    return pd.DataFrame([found] * 3)


def test_before_and_after_are_the_smooth_targets_and_modulo_addition_as_the_paper_trains_it():
    models = modulo()
    found = before_and_after(models, smooth())
    assert list(found) == [field.name for field in SCHEMAS["before_after"]]
    assert found.task.tolist() == ["modulo_10", "modulo_7"] + ["as it was"] * 3
    assert found.architecture.tolist()[:2] == ["tanh 3 x 64, prefactor 0.356", "tanh 3 x 64, prefactor 20"]
    for name in found:
        source = {"train_score": "train_accuracy", "test_score": "test_accuracy"}.get(name, name)
        if source in models:
            assert found[name].tolist()[:2] == models[source].tolist()[:2]
    pd.testing.assert_frame_equal(found[2:].reset_index(drop=True), smooth(), check_dtype=False)
    assert list(models) == list(modulo())
