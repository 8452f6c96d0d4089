"""Names in the workflow's files are those of the code."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
import yaml

import reference
from neural_redshift import complexity, correlations, figures, tasks
from neural_redshift.complexity.measuring import load
from neural_redshift.complexity.sequences import SCAN_ORDERS
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.mlp import VARIANTS
from neural_redshift.networks.priors import PRIORS
from neural_redshift.schemas import MEASURES, SCHEMAS
from neural_redshift.tasks import colored_digits, guess_and_check, modulo, targets, unbiased_training
from neural_redshift.training import LOSSES, OPTIMIZERS

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
TASKS = SCHEMA["properties"]["training"]["properties"]
FIGURES = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())


def modules_with(function: str, package) -> set[str]:
    """Modules of a package that have a function of that name."""
    names = {path.stem for path in Path(package.__path__[0]).glob("*.py")} - {"__init__"}
    return {name for name in names if hasattr(import_module(f"{package.__name__}.{name}"), function)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("activation", [*ACTIVATIONS]),
        ("variant", [*VARIANTS, "unbiased"]),
        ("prior", [*PRIORS]),
        ("measure", [*MEASURES]),
    ],
)
def test_choices_of_the_configuration_are_those_of_the_code(name, expected):
    assert SCHEMA["$defs"][name]["enum"] == expected


def test_every_activation_has_a_reference():
    assert list(reference.ACTIVATIONS) == list(ACTIVATIONS)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_a_module_with_the_options_of_the_configuration(measure):
    found = import_module(f"neural_redshift.complexity.{measure}").measure
    assert found is load(measure).func
    assert found.__name__ == measure
    _, *parameters = inspect.signature(found).parameters.values()
    described = SCHEMA["properties"]["measures"]["properties"][measure]
    described = SCHEMA["$defs"][described["$ref"].rsplit("/", 1)[1]] if "$ref" in described else described
    options = {name: about["default"] for name, about in described.get("properties", {}).items()}
    assert {parameter.name: parameter.default for parameter in parameters} == options


def test_every_module_with_a_measure_computes_it_under_its_own_name():
    measured = modules_with("measure", complexity)
    assert measured >= set(MEASURES)
    for name in measured:
        module = import_module(f"neural_redshift.complexity.{name}")
        assert module.measure is getattr(module, name)


def test_scan_orders_of_the_configuration_are_those_of_the_code():
    options = SCHEMA["properties"]["measures"]["properties"]["lempel_ziv"]["properties"]
    assert options["scan_order"]["enum"] == list(SCAN_ORDERS)


def test_measures_have_columns_and_correlated_ones_are_measures():
    assert set(SCHEMA["properties"]["measures"]["properties"]) == set(MEASURES)
    assert all(MEASURES[name].name == name for name in MEASURES)
    assert set(correlations.MEASURES) <= set(MEASURES)


def test_tasks_of_the_configuration_are_the_modules_that_train():
    assert set(TASKS) == modules_with("run", tasks) == modules_with("parts", tasks)
    assert SCHEMA["properties"]["training"]["required"] == list(TASKS)


@pytest.mark.parametrize("task", TASKS)
def test_measures_of_a_task_are_those_that_have_columns_after_training(task):
    columns = [field.name for field in SCHEMAS["before_after" if task == "smooth" else task]]
    with_columns = {measure for measure in MEASURES if {measure, f"{measure}_trained"} & set(columns)}
    named = TASKS[task]["properties"].get("measures", {"items": {"enum": []}})
    named = SCHEMA["$defs"]["measures"] if "$ref" in named else named
    assert set(named["items"]["enum"]) == with_columns


def test_choices_of_training_are_those_of_the_code():
    run = TASKS["modulo"]["properties"]["runs"]["items"]["properties"]
    assert run["split"]["enum"] == list(modulo.SHARES)
    assert run["budget"]["enum"] == TASKS["modulo"]["properties"]["budgets"]["required"]
    assert set(run) == {*modulo.RUN, "seeds", "seeds_of"}
    run = TASKS["colored_digits"]["properties"]["runs"]["items"]["properties"]
    assert set(run) == {*colored_digits.RUN, "seeds"}
    assert run["budget"]["enum"] == TASKS["colored_digits"]["properties"]["budgets"]["required"]
    assert list(SCHEMA["$defs"]["optimizers"]["properties"]) == [*OPTIMIZERS] == [*unbiased_training.TORCH_OPTIMIZERS]
    shapes = TASKS["guess_and_check"]["properties"]["tasks"]["items"]["enum"]
    assert shapes[0] == "digits"
    assert all(callable(getattr(targets, shape)) for shape in shapes[1:])
    assert set(guess_and_check.LABELS) == set(LOSSES)


def test_figures_are_the_modules_that_draw_them():
    assert set(FIGURES) == modules_with("draw", figures)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_draws_the_tables_that_it_names(figure):
    draw = import_module(f"neural_redshift.figures.{figure}").draw
    assert list(inspect.signature(draw).parameters) == FIGURES[figure]
    assert set(FIGURES[figure]) <= set(SCHEMAS)
