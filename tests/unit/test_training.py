"""Networks trained together are what plain PyTorch makes of each alone."""

import numpy as np
import pytest
import torch

import reference
from neural_redshift import training
from neural_redshift.networks import mlp
from neural_redshift.networks.activations import ACTIVATIONS, Activation
from neural_redshift.networks.cells import Cell
from neural_redshift.training import LOSSES, OPTIMIZERS, Recipe, Trained, train

CELL = Cell("plain", "tanh", "glorot", 2, 6, 1.0, 1.0, prefactor=1.5)
RATES = {"adam": 0.01, "gradient_descent": 0.03}
# Gradient descent only adds up float32 rounding. Adam divides a gradient by its own size, so where a gradient is
# near ε its rounding moves a weight by a share of the learning rate.
TOLERANCES = {"adam": 1e-5, "gradient_descent": 1e-6}


def problem(cell: Cell, models: int, points: int = 20) -> tuple[list[mlp.Layer], np.ndarray, np.ndarray]:
    """Untrained networks, and random inputs and labels for each."""
    rng = np.random.default_rng(1)
    inputs = rng.uniform(-1, 1, (models, cell.inputs, points)).astype(np.float32)
    return mlp.draw(cell, 0, np.arange(models)), inputs, (rng.random((models, points)) < 0.5).astype(np.float32)


def recipe(optimizer: str = "adam", loss: str = "cross_entropy", **changes) -> Recipe:
    return Recipe(loss, RATES[optimizer], 50, optimizer)._replace(**changes)


def chosen(layers: list[mlp.Layer], members) -> list[mlp.Layer]:
    return reference.changed(layers, lambda _, weights, biases: (weights[members], biases[members]))


def weights_of(layers: list[mlp.Layer]) -> list[np.ndarray]:
    return [array for layer in layers for array in layer.affine]


def everything(trained: Trained) -> list[np.ndarray]:
    return [*weights_of(trained.layers), *trained[1:]]


def assert_same(found: Trained, expected: Trained, members=slice(None)) -> None:
    """Bit for bit, `found` is those members of `expected`."""
    for one, other in zip(everything(found), everything(expected), strict=True):
        np.testing.assert_array_equal(one, other[members], strict=True)


def assert_as_torch(cell: Cell, how: Recipe) -> None:
    layers, inputs, targets = problem(cell, 3)
    found = train(cell, layers, inputs, targets, how)
    expected = reference.train(cell, reference.in_float64(layers), 1, inputs[1], targets[1], how)
    for ours, exact in zip(weights_of(found.layers), weights_of(expected), strict=True):
        np.testing.assert_allclose(ours[[1]], exact, rtol=0, atol=TOLERANCES[how.optimizer])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_weights_after_50_steps_are_those_of_a_torch_module(activation, optimizer, loss):
    assert_as_torch(CELL._replace(activation=activation), recipe(optimizer, loss, hidden_factor=0.5))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("depth", "width", "inputs"), [(1, 3, 1), (4, 1, 2), (3, 20, 5)])
def test_so_they_are_for_any_shape(optimizer, depth, width, inputs):
    cell = CELL._replace(depth=depth, width=width, inputs=inputs, prefactor=0.8)
    assert_as_torch(cell, recipe(optimizer))


def test_an_activation_without_a_slope_is_differentiated_by_torch(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "softsign", Activation(torch.nn.functional.softsign))
    monkeypatch.setitem(reference.ACTIVATIONS, "softsign", lambda z: z / (1 + z.abs()))
    assert_as_torch(CELL._replace(activation="softsign"), recipe("gradient_descent"))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_model_is_bit_for_bit_the_same_in_any_ensemble(activation, loss):
    # 13 points of 5 channels leave a rest in every vector of a processor.
    cell, how = CELL._replace(activation=activation, width=5), recipe(loss=loss, steps=30)
    layers, inputs, targets = problem(cell, 30, points=13)
    together = train(cell, layers, inputs, targets, how)
    for members in ([0], [17], [29], list(range(11, 18))):
        assert_same(train(cell, chosen(layers, members), inputs[members], targets[members], how), together, members)


@pytest.mark.parametrize("cache", [1, 20_000, 2**40])
def test_a_model_is_bit_for_bit_the_same_in_any_group(monkeypatch, cache):
    layers, inputs, targets = problem(CELL, 30, points=13)
    expected = train(CELL, layers, inputs, targets, recipe("gradient_descent", "mse"))
    monkeypatch.setattr(training, "CACHE", cache)
    assert len(list(training._groups(30, 1000))) == {1: 30, 20_000: 2, 2**40: 1}[cache]
    assert_same(train(CELL, layers, inputs, targets, recipe("gradient_descent", "mse")), expected)


@pytest.mark.parametrize("models", [1, 7, 30])
@pytest.mark.parametrize("together", [1, 4, 7, 100])
def test_groups_hold_every_model_once_and_are_of_nearly_equal_size(monkeypatch, models, together):
    monkeypatch.setattr(training, "CACHE", 1000 * together)
    groups = [list(range(models))[group] for group in training._groups(models, 1000)]
    assert [model for group in groups for model in group] == list(range(models))
    assert max(map(len, groups)) <= min(together, min(map(len, groups)) + 1)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_does_not_depend_on_where_numbers_lie_in_memory_and_leaves_them_alone(order, optimizer):
    layers, inputs, targets = problem(CELL, 3)
    expected = train(CELL, layers, inputs, targets, recipe(optimizer))
    other = reference.changed(layers, lambda _, *affine: [np.array(array, order=order) for array in affine])
    moved = [*weights_of(other), np.array(inputs, order=order), np.array(targets, order=order)]
    before = [array.copy() for array in moved]
    for array in moved:
        array.flags.writeable = False
    # A product with few columns may add in another order; a layout that is mistaken is off by far more.
    for found, same in zip(
        everything(train(CELL, other, *moved[-2:], recipe(optimizer))), everything(expected), strict=True
    ):
        np.testing.assert_allclose(found, same, atol=1e-5)
    for array, old in zip(moved, before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_is_that_of_the_weights_returned(loss):
    layers, inputs, targets = problem(CELL, 5)
    found = train(CELL, layers, inputs, targets, recipe(loss=loss))
    for model in range(5):
        exact = mlp.chosen(found.layers, [model], np.float64)
        outputs, labels = (
            torch.from_numpy(side)
            for side in (mlp.forward(CELL, exact, inputs[model].astype(float))[0], targets[model].astype(float))
        )
        criterion = torch.nn.BCEWithLogitsLoss() if loss == "cross_entropy" else torch.nn.MSELoss()
        np.testing.assert_allclose(found.loss[model], criterion(outputs, labels), rtol=1e-5)
    assert (found.steps == 50).all()
    assert not found.fitted.any()
    assert not found.diverged.any()


@pytest.mark.parametrize("steps", [0, 1, 49])
def test_as_many_steps_are_taken_as_the_recipe_says_whenever_it_checks(steps):
    layers, inputs, targets = problem(CELL, 3)
    found = [
        train(CELL, layers, inputs, targets, recipe(steps=steps, check_every=check_every)) for check_every in (1, 7, 50)
    ]
    assert_same(found[0], found[1])
    assert_same(found[0], found[2])
    assert (found[0].steps == steps).all()
    moved = [(a != b).any() for a, b in zip(weights_of(found[0].layers), weights_of(layers), strict=True)]
    assert moved == [steps > 0] * len(moved)


CHECKS = {  # of each model, whether it fits at steps 0, 7, 14, …, 49, 50
    "never": "000000000",
    "breaks off": "011001110",
    "at once": "111111111",
    "three at last": "000000111",
    "two at last": "000000011",
    "every other": "101010101",
}


def test_a_model_stops_where_it_fits_three_checks_in_a_row_and_the_others_go_on_untouched():
    layers, inputs, targets = problem(CELL, 6)
    targets[:, 0] = range(6)  # names the model to `scripted`
    check = -1

    def scripted(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        nonlocal check
        check += 1
        assert outputs.shape == targets.shape
        return torch.tensor([[*CHECKS.values()][int(model)][check] == "1" for model in targets[:, 0]])

    how = recipe(loss="mse", check_every=7)
    found = train(CELL, layers, inputs, targets, how._replace(fits=scripted, patience=3))
    assert dict(zip(CHECKS, found.steps.tolist(), strict=True)) == {
        "never": 50,
        "breaks off": 49,
        "at once": 14,
        "three at last": 50,
        "two at last": 50,
        "every other": 50,
    }
    assert found.fitted.tolist() == [False, True, True, True, False, False]
    for steps in (14, 49, 50):
        members = found.steps == steps
        expected = train(CELL, layers, inputs, targets, how._replace(steps=steps))
        expected = expected._replace(fitted=found.fitted)
        assert_same(Trained(chosen(found.layers, members), *(v[members] for v in found[1:])), expected, members)


def test_fitting_is_judged_by_the_outputs_and_targets_of_each_model():
    layers, inputs, targets = problem(CELL, 8)
    how = recipe(loss="mse", check_every=1, steps=200)

    def low(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return (outputs - targets).square().mean(1) < 0.15

    found = train(CELL, layers, inputs, targets, how._replace(fits=low))
    assert len(set(found.steps[found.fitted])) > 1
    assert (found.loss[found.fitted] < 0.15).all()
    assert (found.loss[~found.fitted] >= 0.15).all()
    for model in np.flatnonzero(found.fitted):
        only, steps = [model], int(found.steps[model])
        one_step_less = how._replace(steps=steps - 1)
        before = train(CELL, chosen(layers, only), inputs[only], targets[only], one_step_less)
        assert before.loss[0] >= 0.15


@pytest.mark.parametrize("activation", ["relu", "gelu", "swish", "selu", "tanh", "gaussian", "sin"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("learning_rate", [30.0, 1e6])
def test_a_learning_rate_far_too_large_is_told_and_warns_of_nothing(activation, loss, learning_rate):
    cell = CELL._replace(activation=activation)
    layers, inputs, targets = problem(cell, 3)
    how = recipe("gradient_descent", loss, learning_rate=learning_rate, steps=120)
    found = train(cell, layers, inputs, targets, how)
    first = train(cell, layers, inputs, targets, how._replace(steps=0)).loss
    np.testing.assert_array_equal(found.diverged, ~(found.loss <= first))
    assert loss == "cross_entropy" or found.diverged.all()
    assert not found.fitted.any()


def test_a_loss_above_the_first_has_diverged_though_it_is_finite():
    layers, inputs, targets = problem(CELL, 3)
    found = train(CELL, layers, inputs, targets, recipe("gradient_descent", learning_rate=1000))
    assert np.isfinite(found.loss).all()
    assert found.diverged.all()


def test_a_model_that_overflows_stops_at_the_next_check_and_leaves_its_neighbours_alone():
    cell = CELL._replace(activation="relu")
    layers, inputs, targets = problem(cell, 5, points=13)
    how, others = recipe("gradient_descent", "mse", check_every=10), [0, 1, 3, 4]
    alone = train(cell, chosen(layers, others), inputs[others], targets[others], how)
    targets[2] = 1e12
    found = train(cell, layers, inputs, targets, how)
    assert_same(Trained(chosen(found.layers, others), *(values[others] for values in found[1:])), alone)
    assert found.diverged.tolist() == [False, False, True, False, False]
    assert not np.isfinite(found.loss[2])
    assert found.steps.tolist() == [50, 50, 10, 50, 50]


@pytest.mark.parametrize("target", [1e30, np.inf, np.nan])
def test_a_loss_that_is_not_finite_at_the_start_has_diverged(target):
    layers, inputs, targets = problem(CELL, 3)
    targets[1] = target
    found = train(CELL, layers, inputs, targets, recipe(loss="mse"))
    assert found.diverged.tolist() == [False, True, False]
    assert found.steps.tolist() == [50, 0, 50]


class Elsewhere(torch.Tensor):
    """A tensor that says it lies on a GPU: numpy must not touch it, nor may it meet a tensor of the CPU."""

    device = torch.device("cuda")

    def numpy(self):
        raise TypeError("can't convert cuda device type tensor to numpy")

    def cpu(self):
        return self.as_subclass(torch.Tensor)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        indexing = function in (torch.Tensor.__getitem__, torch.Tensor.__setitem__)
        operands = args[0::2] if indexing else [*args, *(kwargs or {}).values()]
        if len({type(each) for each in operands if isinstance(each, torch.Tensor)}) > 1:
            raise RuntimeError("Expected all tensors to be on the same device")
        return super().__torch_function__(function, types, args, kwargs or {})


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_runs_on_a_gpu_gives_the_same_up_to_rounding(monkeypatch, activation, optimizer):
    cell = CELL._replace(activation=activation)
    layers, inputs, targets = problem(cell, 4)

    def low(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.softplus((1 - 2 * targets) * outputs).mean(1) < 0.6

    how = recipe(optimizer, hidden_factor=0.5, fits=low, check_every=5, steps=25)
    expected = train(cell, layers, inputs, targets, how)

    class Group(training._Group):
        def _make_buffers(self):
            if not isinstance(self.inputs, Elsewhere):
                self.weights = [weights.as_subclass(Elsewhere) for weights in self.weights]
                self.moments = [tuple(each.as_subclass(Elsewhere) for each in pair) for pair in self.moments]
                self.inputs, self.targets = self.inputs.as_subclass(Elsewhere), self.targets.as_subclass(Elsewhere)
            super()._make_buffers()

    monkeypatch.setattr(training, "_Group", Group)
    monkeypatch.delattr(training, "_adam_on_cpu")
    monkeypatch.setattr(np, "matmul", None)
    found = train(cell, layers, inputs, targets, how)
    for ours, same in zip(everything(found), everything(expected), strict=True):
        np.testing.assert_allclose(ours, same, atol=TOLERANCES[optimizer])


def test_variants_that_are_not_plain_are_refused():
    for variant in set(mlp.VARIANTS) - {"plain"}:
        cell = CELL._replace(variant=variant)
        with pytest.raises(ValueError, match=f"variant '{variant}' found"):
            train(cell, *problem(cell, 2), recipe())


@pytest.mark.parametrize("prefactor", [0.0, -1.0, np.nan])
def test_a_prefactor_that_is_not_above_0_is_refused(prefactor):
    layers, inputs, targets = problem(CELL, 2)
    with pytest.raises(
        ValueError,
        match=rf"prefactor {prefactor}, learning rate 0\.01, hidden_factor 1\.0 found; all of them must be above 0",
    ):
        train(CELL._replace(prefactor=prefactor), layers, inputs, targets, recipe())


@pytest.mark.parametrize("learning_rate", [0.0, -0.1, np.nan])
def test_a_learning_rate_that_is_not_above_0_is_refused(learning_rate):
    with pytest.raises(
        ValueError,
        match=rf"prefactor 1\.5, learning rate {learning_rate}, hidden_factor 1\.0 found; all of them must be above 0",
    ):
        train(CELL, *problem(CELL, 2), recipe(learning_rate=learning_rate))


@pytest.mark.parametrize(
    ("cell", "inputs", "targets", "found"),
    [
        pytest.param(CELL, (3, 2, 9), (3, 9), "3, 2, 9", id="models"),
        pytest.param(CELL, (2, 2, 9), (3, 9), "3, 9", id="models of the targets"),
        pytest.param(CELL, (2, 2, 9), (2, 8), "2, 8", id="points"),
        pytest.param(CELL, (2, 3, 9), (2, 9), "2, 3, 9", id="inputs"),
        pytest.param(CELL, (2, 9), (2, 9), "2, 9", id="inputs shared"),
        pytest.param(CELL, (2, 2, 9), (9,), r"\(9,\)", id="targets shared"),
        pytest.param(CELL._replace(inputs=3), (2, 3, 9), (2, 9), "layers", id="inputs of the layers"),
        pytest.param(CELL._replace(width=7), (2, 2, 9), (2, 9), "layers", id="width"),
        pytest.param(CELL._replace(depth=3), (2, 2, 9), (2, 9), "layers", id="depth"),
    ],
)
def test_shapes_that_do_not_agree_are_refused_and_named(cell, inputs, targets, found):
    layers = mlp.draw(CELL, 0, np.arange(2))
    with pytest.raises(ValueError, match=found):
        train(cell, layers, np.zeros(inputs, np.float32), np.zeros(targets, np.float32), recipe())
