"""Functions of trained networks are measured stage by stage, each by itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neural_redshift.complexity import measuring
from neural_redshift.complexity.measuring import load, measure_models
from neural_redshift.networks.functions import Functions, scale
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tables import Tensors, tensor_writer

COUNTS = {"initial": 3, "target": 2, "trained": 6}
POINTS = 16


def random_functions(count: int, seed: int) -> Functions:
    """White noise; the second one constant, the third not finite, every other one computed in float64."""
    outputs = np.random.default_rng(seed).normal(size=(count, POINTS, POINTS))
    outputs[1:2] = 5.0
    outputs[2:3, 0, 0] = np.nan
    return scale(outputs, np.arange(count) % 2 == 0)


def file(path: Path, functions: dict[str, Functions], model: str) -> Tensors:
    tensors = {f"{stage}_{name}": a for stage, found in functions.items() for name, a in found._asdict().items()}
    tensors = {name: values.astype(np.uint8) if values.dtype == bool else values for name, values in tensors.items()}
    shapes = {name: (values.dtype.type, values.shape) for name, values in tensors.items()}
    config = f'{{"task": "modulo", "model": "{model}"}}'
    with tensor_writer(path, shapes, {"config": config}) as writer:
        for name, values in tensors.items():
            writer.write(name, 0, values)
    return Tensors(path)


def measured(files: list[Tensors], measure: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    pieces = list(measure_models(files, measure))
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


@pytest.fixture
def functions() -> dict[str, Functions]:
    return {stage: random_functions(count, seed) for seed, (stage, count) in enumerate(COUNTS.items())}


def test_every_function_of_every_stage_has_a_row_with_its_own_value(tmp_path, functions):
    found = measured([file(tmp_path / "relu.safetensors", functions, "relu")], load("cosine"))
    assert set(found) == {field.name for field in SCHEMAS["trained_complexity"]}
    assert found["stage"].tolist() == [stage for stage, count in COUNTS.items() for _ in range(count)]
    assert found["function"].tolist() == [number for count in COUNTS.values() for number in range(count)]
    assert set(found["task"]) == {"modulo"}
    assert set(found["model"]) == {"relu"}
    for stage, expected in functions.items():
        rows = found["stage"] == stage
        for number in range(COUNTS[stage]):
            ok = expected.status[number] == 0
            alone = load("cosine")(expected.values[[number]])[0] if ok else np.nan
            np.testing.assert_allclose(found["value"][rows][number], alone, rtol=1e-12)
        assert found["float64"][rows].tolist() == expected.float64.tolist()
    names = {0: "ok", 1: "constant", 2: "non_finite"}
    statuses = [names[status] for stage in COUNTS for status in functions[stage].status.tolist()]
    assert found["status"].tolist() == statuses
    assert set(statuses) == set(names.values())
    assert np.isfinite(found["value"]).tolist() == [status == "ok" for status in statuses]


def test_a_function_that_is_constant_or_not_finite_has_no_value_whatever_the_measure_says(tmp_path, functions):
    files = [file(tmp_path / "relu.safetensors", functions, "relu")]
    found = measured(files, lambda values: np.full(len(values), 7.0))
    np.testing.assert_array_equal(found["value"], np.where(found["status"] == "ok", 7.0, np.nan))


def test_files_follow_one_another_and_each_counts_from_0(tmp_path, functions):
    files = [file(tmp_path / f"{model}.safetensors", functions, model) for model in ("relu", "sin")]
    together = measured(files, load("fourier"))
    alone = [measured([each], load("fourier")) for each in files]
    for name, values in together.items():
        np.testing.assert_array_equal(values, np.concatenate([part[name] for part in alone]))
    assert together["function"].tolist() == 2 * [number for count in COUNTS.values() for number in range(count)]
    assert together["model"].tolist() == ["relu"] * 11 + ["sin"] * 11


def test_functions_of_one_input_are_measured_too(tmp_path):
    waves = np.sin(np.pi * np.outer([1, 4], np.linspace(-1, 1, 64)))
    about = {"trained": scale(waves, np.zeros(2, bool))}
    found = measured([file(tmp_path / "relu.safetensors", about, "relu")], load("cosine"))
    assert found["value"][1] > 2 * found["value"][0]


def test_values_do_not_depend_on_how_many_functions_are_measured_at_once(tmp_path, functions, monkeypatch):
    files = [file(tmp_path / "relu.safetensors", functions, "relu")]
    expected = measured(files, load("lempel_ziv"))["value"]
    sizes = []

    def one_by_one(networks: int, numbers: int):
        sizes.append((networks, numbers))
        yield from ([number] for number in range(networks))

    monkeypatch.setattr(measuring, "chunks", one_by_one)
    np.testing.assert_array_equal(measured(files, load("lempel_ziv"))["value"], expected)
    assert sizes == [(count, POINTS**2) for count in COUNTS.values()]
