"""Measures join on the network, and a table that does not fit is refused."""

import numpy as np
import pandas as pd
import pytest

from neural_redshift.joining import KEY, join_measures
from neural_redshift.networks.cells import network_rows
from neural_redshift.tables import MEASURES, SCHEMAS

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
