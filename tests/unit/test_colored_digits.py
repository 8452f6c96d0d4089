"""Coloured digits: in training image and colour both tell the label, in each test one of them alone."""

import numpy as np
import pytest

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.schemas import MEASURES, SCHEMAS
from neural_redshift.tasks import colored_digits
from neural_redshift.tasks.colored_digits import Data, draw, on_slices, only, parts, run
from neural_redshift.tasks.mnist import sklearn_digits
from neural_redshift.tasks.scores import pearson

SETTINGS = {
    "dataset": "digits",
    "seed": 0,
    "train_images": 1000,
    "test_images": 600,
    "color_noise": 0.2,
    "slices": 3,
    "slice_points": 5,
}
IMAGES, DIGITS = sklearn_digits()
DATA = draw(IMAGES, DIGITS, SETTINGS, 0)
PIXELS = 64
UNRELATED = 0.15  # 3.7 standard errors of a correlation over 600 images


def picture(inputs: np.ndarray) -> np.ndarray:
    return inputs[:PIXELS].T


def color(inputs: np.ndarray) -> np.ndarray:
    """The number that the band shows."""
    band = inputs[PIXELS:]
    assert band.shape == (8, inputs.shape[1])
    np.testing.assert_array_equal(band, np.repeat(band[:1], 8, axis=0))
    return band[0].astype(float)


KNOWN = {image.tobytes(): digit for image, digit in zip(IMAGES, DIGITS, strict=True)}
assert len(KNOWN) == len(IMAGES)  # no image occurs twice


def shown(inputs: np.ndarray) -> np.ndarray:
    """The labels of the digits in the pictures."""
    return np.array([KNOWN[image.tobytes()] for image in picture(inputs)]) / 9


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(pearson(one[None], other[None])[0])


def test_shapes():
    for (inputs, labels), size in zip(DATA, (1000, 600, 600), strict=True):
        assert inputs.shape == (PIXELS + 8, size)
        assert inputs.dtype == np.float32
        assert labels.shape == (size,)
        assert set(np.round(labels * 9, 6)) == set(range(10))


def test_in_training_picture_and_color_tell_the_label():
    inputs, labels = DATA.train
    np.testing.assert_array_equal(shown(inputs), labels)
    noise = color(inputs) - labels
    # Standard errors of mean and deviation are .0063 and .0045.
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 0.2) < 0.015
    assert abs(correlation(noise, labels)) < 0.12
    assert abs((np.abs(noise) < 0.2).mean() - 0.683) < 0.05  # normal


@pytest.mark.parametrize("noise", [0.0, 0.05, 1.0])
def test_the_noise_is_as_large_as_the_settings_say(noise):
    data = draw(IMAGES, DIGITS, SETTINGS | {"color_noise": noise}, 0)
    for inputs, labels in (data.train, data.color):
        assert abs((color(inputs) - labels).std() - noise) <= 0.08 * noise + 1e-7


def test_in_the_color_test_the_picture_tells_nothing():
    inputs, labels = DATA.color
    noise = color(inputs) - labels
    assert abs(noise.std() - 0.2) < 0.02
    assert abs(correlation(noise, labels)) < UNRELATED
    assert abs(correlation(shown(inputs), labels)) < UNRELATED
    assert abs(correlation(shown(inputs), color(inputs))) < UNRELATED
    assert abs((shown(inputs) == labels).mean() - 0.1) < 0.05


def test_in_the_digit_test_the_color_tells_nothing():
    inputs, labels = DATA.digit
    np.testing.assert_array_equal(shown(inputs), labels)
    assert abs(correlation(color(inputs), labels)) < UNRELATED
    # The color is still that of some label with noise: variances add up.
    expected = (np.arange(10) / 9).var() + 0.2**2
    assert abs(color(inputs).var() - expected) < 0.15 * expected


def test_noises_of_both_tests_and_of_training_are_unrelated():
    noise = color(DATA.color[0]) - DATA.color[1]
    others = [color(DATA.digit[0]) - DATA.color[1], (color(DATA.train[0]) - DATA.train[1])[:600]]
    for other in others:
        assert abs(correlation(noise, other)) < UNRELATED


def test_no_image_is_both_trained_and_tested_on():
    of_train, of_color, of_digit = ({image.tobytes() for image in picture(inputs)} for inputs, _ in DATA)
    assert len(of_train) == 1000
    assert len(of_digit) == 600
    assert not of_train & of_digit
    assert of_color == of_digit


def test_seeds_differ_in_images_colors_and_labels():
    for other in (draw(IMAGES, DIGITS, SETTINGS, 1), draw(IMAGES, DIGITS, SETTINGS | {"seed": 1}, 0)):
        for (inputs, labels), (inputs_of_other, labels_of_other) in zip(DATA, other, strict=True):
            assert (picture(inputs) == picture(inputs_of_other)).all(axis=1).mean() < 0.02
            assert abs(correlation(color(inputs), color(inputs_of_other))) < UNRELATED
            assert abs((labels == labels_of_other).mean() - 0.1) < 0.05
        noises = [color(data.train[0]) - data.train[1] for data in (DATA, other)]
        assert abs(correlation(*noises)) < UNRELATED


def assert_same(found: Data, expected: Data) -> None:
    for one, other in zip(found, expected, strict=True):
        for array, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(array, same)


def test_a_seed_is_the_same_alone_and_after_others():
    for seed in (3, 1, 0):
        again = draw(IMAGES, DIGITS, SETTINGS, seed)
    assert_same(again, DATA)


def test_all_images_may_be_used_and_not_one_more():
    settings = SETTINGS | {"train_images": 1197}
    assert draw(IMAGES, DIGITS, settings, 0).train[0].shape == (72, 1197)
    with pytest.raises(ValueError, match="train_images 1198 and test_images 600 found; digits has 1797"):
        draw(IMAGES, DIGITS, settings | {"train_images": 1198}, 0)


def planes(monkeypatch, seeds: int, points: int = 5) -> tuple[list[np.ndarray], list[Data], object]:
    """The inputs on which `on_slices` evaluates each seed's network, (inputs, slices, s, t); data; what it returns."""
    settings = SETTINGS | {"train_images": 20, "test_images": 50, "slice_points": points}
    cell = Cell("plain", "tanh", "glorot", 2, 6, 1.0, 1.0, inputs=72)
    data = [draw(IMAGES, DIGITS, settings, seed) for seed in range(seeds)]
    evaluate, seen = colored_digits.evaluate, []

    def watched(cell, layers, inputs, precision):
        assert precision == "float64"
        seen.append(inputs.reshape(72, 3, points, points))
        return evaluate(cell, layers, inputs, precision)

    layers = mlp.draw(cell, 0, np.arange(seeds))
    with monkeypatch.context() as patch:
        patch.setattr(colored_digits, "evaluate", watched)
        found = on_slices(cell, layers, data, settings)
    exact = mlp.chosen(layers, slice(None), np.float64)
    for seed, plane in enumerate(seen):
        outputs = mlp.forward(cell, exact, plane.reshape(72, -1))[seed].reshape(3, points, points)
        for number in range(3):
            row = 3 * seed + number
            span = np.ptp(outputs[number])
            np.testing.assert_allclose(found.minimum[row], outputs[number].min(), rtol=1e-9)
            np.testing.assert_allclose(found.values[row], (outputs[number] - outputs[number].min()) / span, atol=1e-6)
    return seen, data, found


def test_slices_go_through_three_test_inputs_of_the_network_s_own_seed(monkeypatch):
    seen, data, found = planes(monkeypatch, 2)
    assert found.values.shape == (6, 5, 5)
    assert found.float64.all()
    used = []
    for plane, each in zip(seen, data, strict=True):
        tests = {column.tobytes(): number for number, column in enumerate(each.digit[0].astype(float).T)}
        for number in range(3):
            corners = [plane[:, number, s, t] for s, t in [(2, 2), (4, 2), (2, 4)]]  # (s, t) = (0, 0), (1, 0), (0, 1)
            rows = [tests[corner.tobytes()] for corner in corners]
            assert len(set(rows)) == 3
            used.append(rows)
    assert len(set(map(tuple, used))) == 6


def test_slices_are_planes_on_minus_1_to_1(monkeypatch):
    (plane,), _, _ = planes(monkeypatch, 1, points=9)
    axis = np.linspace(-1, 1, 9)
    origin, along, across = plane[:, :, 4, 4], plane[:, :, 8, 4], plane[:, :, 4, 8]
    for s in range(9):
        for t in range(9):
            expected = origin + axis[s] * (along - origin) + axis[t] * (across - origin)
            np.testing.assert_allclose(plane[:, :, s, t], expected, atol=1e-12)


def test_slices_of_a_seed_do_not_depend_on_how_many_seeds_there_are(monkeypatch):
    alone, _, first = planes(monkeypatch, 1)
    together, _, all_three = planes(monkeypatch, 3)
    np.testing.assert_array_equal(alone[0], together[0])
    np.testing.assert_array_equal(first.values, all_three.values[:3])


def test_a_feature_alone_has_the_other_dark():
    inputs, _ = DATA.train
    color_alone, digit_alone = only("color", inputs, PIXELS), only("digit", inputs, PIXELS)
    np.testing.assert_array_equal(only("both", inputs, PIXELS), inputs)
    np.testing.assert_array_equal(color(color_alone), color(inputs))
    np.testing.assert_array_equal(picture(digit_alone), picture(inputs))
    assert not picture(color_alone).any()
    assert not color(digit_alone).any()


RUNS = [
    {"budget": "paper", "features": "both", "learning_rate_rule": "constant", "seeds": 2},
    {"budget": "paper", "features": "both", "learning_rate_rule": "scaled", "seeds": 2},
    {"budget": "alone", "features": "color", "learning_rate_rule": "constant", "seeds": 3},
    {"budget": "alone", "features": "digit", "learning_rate_rule": "constant", "seeds": 1},
]
SMALL = SETTINGS | {
    "activation": "tanh",
    "depth": 2,
    "width": 8,
    "prefactors": [0.5, 2.0],
    "train_images": 60,
    "test_images": 40,
    "slices": 1,
    "runs": RUNS,
    "budgets": {
        "paper": {"learning_rate": 0.01, "steps": 20},
        "alone": {"learning_rate": 0.01, "steps": 600, "train_loss": 0.06, "check_every": 5},
    },
}


def test_every_prefactor_is_trained_in_every_run():
    assert parts(SMALL) == [{"prefactor": prefactor, **run} for prefactor in (0.5, 2.0) for run in RUNS]


def trained(monkeypatch, number: int, prefactor: float = 2.0):
    """A part, and what it gave to `train`."""
    train, seen = colored_digits.train, []

    def watched(cell, layers, inputs, labels, how):
        seen.append((cell, layers, inputs, labels, how))
        return train(cell, layers, inputs, labels, how)

    with monkeypatch.context() as patch:
        patch.setattr(colored_digits, "train", watched)
        return run(SMALL, {"prefactor": prefactor, **RUNS[number]}), *seen


@pytest.mark.parametrize("number", range(len(RUNS)))
def test_rows_say_how_they_were_trained_and_on_what(monkeypatch, number):
    about = RUNS[number]
    part, (_, _, inputs, _, how) = trained(monkeypatch, number)
    columns = {field.name for field in SCHEMAS["colored_digits"]}
    assert set(part.table) == {name for name in columns if not name.startswith(tuple(MEASURES))}
    for name in ("budget", "features", "learning_rate_rule"):
        assert set(part.table[name]) == {about[name]}
    assert part.table["seed"].tolist() == list(range(about["seeds"]))
    expected = np.stack(
        [only(about["features"], draw(IMAGES, DIGITS, SMALL, s).train[0], PIXELS) for s in range(about["seeds"])]
    )
    np.testing.assert_array_equal(inputs, expected)
    assert how.hidden_factor == (0.5 if about["learning_rate_rule"] == "scaled" else 1.0)
    if about["budget"] == "alone":
        assert (part.table["train_loss"][part.table["reached"]] <= 0.06).all()
        assert part.table["reached"].any()


def test_runs_start_from_the_same_weights(monkeypatch):
    starts = [trained(monkeypatch, number)[1][1] for number in (0, 1, 2)]
    for layers in starts[1:]:
        for one, other in zip(layers, starts[0], strict=True):
            np.testing.assert_array_equal(one.affine[0][:2], other.affine[0])
