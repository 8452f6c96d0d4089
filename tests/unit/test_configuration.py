"""Whatever is wrong with a configuration is said in sentences that name the file, the key and what is allowed."""

import copy
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from bad_inputs import BAD_INPUTS, PAGE, SCHEMA, BadInput, page
from neural_redshift.configuration.check import SHOWN, check, merge
from neural_redshift.configuration.reading import read
from neural_redshift.configuration.study import FALSE_LABELS, IMAGES, IN_BEFORE_AND_AFTER, RUN, WRITTEN, ZEROS_AND_ONES
from neural_redshift.configuration.words import ConfigurationError
from neural_redshift.joining import before_and_after
from neural_redshift.networks.cells import architecture_name
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tasks import guess_and_check, modulo, unbiased_training
from neural_redshift.tasks.mnist import FILES, sklearn_digits
from project import ROOT

CONFIG = ROOT / "config.yaml"
STUDIES = [CONFIG.parent / name for name in ("profiles/tiny/study.yaml", "profiles/paper/study.yaml")]


def complaint(*files: str | Path, **values: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        check(SCHEMA, *files, **values)
    return str(caught.value)


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.what.replace(" ", "_"))
def test_bad_input_gets_its_sentence(bad: BadInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    files, values = bad.write(tmp_path)
    said = complaint(*files, values=values)
    assert re.fullmatch(bad.pattern(), said), said
    for sentence in said.splitlines():
        assert re.fullmatch(r"(my\.yaml|config\.yaml|--config|And \d+ more)\b.*\.", sentence)
    assert len(said.splitlines()) <= SHOWN + 1


def test_there_are_many_bad_inputs_and_no_two_are_alike():
    assert len({(bad.place, str(bad.given)) for bad in BAD_INPUTS}) == len(BAD_INPUTS) >= 45
    assert len({bad.what for bad in BAD_INPUTS}) == len(BAD_INPUTS)


def test_the_page_shows_these_bad_inputs():
    assert PAGE.read_text() == page(), "write it again: python tests/bad_inputs.py"


@pytest.mark.parametrize("files", [[], *[[study] for study in STUDIES]], ids=["laptop", "tiny", "paper"])
def test_the_configurations_that_are_here_pass_and_are_what_snakemake_reads(files: list[Path]):
    expected: dict[str, Any] = {}
    for file in [CONFIG, *files]:
        update_config(expected, load_configfile(file))
    about = yaml.safe_load(SCHEMA.read_text())["properties"]["transformers"]["properties"]["runs"]["items"][
        "properties"
    ]
    defaults = {name: key["default"] for name, key in about.items() if "default" in key}
    expected["transformers"]["runs"] = [defaults | run for run in expected["transformers"]["runs"]]
    assert check(SCHEMA, CONFIG, *files) == expected


def test_defaults_are_filled_in(tmp_path: Path):
    text, edits = re.subn(r"legendre:\n    degree: \d+", "legendre: {}", CONFIG.read_text())
    assert edits == 1
    (tmp_path / "config.yaml").write_text(text)
    default = yaml.safe_load(SCHEMA.read_text())["$defs"]["degree"]["properties"]["degree"]["default"]
    assert check(SCHEMA, tmp_path / "config.yaml")["measures"]["legendre"] == {"degree": default}


@pytest.mark.parametrize(("text", "said"), [("seed: 5", ""), ("sead: 5", "sead is unknown")])
def test_files_can_be_checked_without_snakemake(text: str, said: str, tmp_path: Path):
    (tmp_path / "my.yaml").write_text(text)
    command = [sys.executable, "-m", "neural_redshift.configuration.check", CONFIG, tmp_path / "my.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == bool(said)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_file_that_sets_a_key_last_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name, seed in (("first.yaml", "one"), ("second.yaml", "two"), ("third.yaml", 3)):
        (tmp_path / name).write_text(f"# a comment\nseed: {seed}\n")
    assert complaint(CONFIG, "first.yaml").startswith("first.yaml, line 2: seed is the text 'one'")
    assert complaint(CONFIG, "first.yaml", "second.yaml").startswith("second.yaml, line 2: seed is the text 'two'")
    assert complaint(CONFIG, "third.yaml", values={"seed": "four"}).startswith("--config: seed is the text 'four'")
    assert check(SCHEMA, CONFIG, "second.yaml", "third.yaml")["seed"] == 3


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "folder.yaml").mkdir()
    assert complaint("empty.yaml", "folder.yaml", "none.yaml").splitlines() == [
        "empty.yaml is empty; it must be a mapping of keys to values.",
        "folder.yaml cannot be read: is a directory.",
        "none.yaml does not exist.",
    ]


def test_without_any_file_everything_is_missing():
    assert complaint().startswith("the configuration: the top level lacks seed, ")


@pytest.mark.parametrize(
    ("module", "heavy"),
    [("configuration.check", ["numpy", "pandas", "torch", "sklearn"]), ("tasks.mnist", ["pandas", "torch", "sklearn"])],
    ids=["check", "mnist"],
)
def test_the_check_and_what_it_asks_read_no_heavy_library(module: str, heavy: list[str]):
    script = f"import neural_redshift.{module}, sys; print({set(heavy)} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# What the check knows of the tasks without importing them is what they do


def laid_over(folder: Path, training: dict[str, Any]) -> Path:
    (folder / "my.yaml").write_text(yaml.safe_dump({"training": training}))
    return folder / "my.yaml"


def test_there_are_as_many_images_as_the_check_says():
    images, digits = sklearn_digits()
    assert len(images) == IMAGES["digits"]
    assert (digits < 2).sum() == ZEROS_AND_ONES
    assert guess_and_check.POISONED == FALSE_LABELS


def test_the_digits_give_as_many_points_as_the_check_allows_and_no_more(tmp_path: Path):
    settings = {"seed": 0, "test_points": 256}
    check(SCHEMA, CONFIG, laid_over(tmp_path, {"guess_and_check": {"points": [294]}}))
    assert guess_and_check.draw("digits", settings | {"points": [294]}, 0).train[1].mean() == 0.5
    assert "points[0] is 296" in complaint(CONFIG, laid_over(tmp_path, {"guess_and_check": {"points": [296]}}))
    with pytest.raises(ValueError, match="points 296 found; task digits has 360 points"):
        guess_and_check.draw("digits", settings | {"points": [296]}, 0)
    check(SCHEMA, CONFIG, laid_over(tmp_path, {"guess_and_check": {"points": [1000], "tasks": ["circle"]}}))
    assert len(guess_and_check.draw("circle", settings | {"points": [1000]}, 0).test[1]) == 256


def test_mnist_passes_where_its_files_are_and_has_more_images(tmp_path: Path):
    (tmp_path / "mnist").mkdir()
    about = {"dataset": "mnist", "mnist_folder": str(tmp_path / "mnist"), "train_images": 60_000}
    for number, name in enumerate(FILES):
        there = laid_over(tmp_path, {"colored_digits": about})
        assert f"mnist_folder is {tmp_path / 'mnist'}: " in complaint(CONFIG, there)
        (tmp_path / "mnist" / (f"{name}.gz" if number % 2 else name)).touch()
    check(SCHEMA, CONFIG, laid_over(tmp_path, {"colored_digits": about | {"test_images": 10_000}}))
    more = laid_over(tmp_path, {"colored_digits": about | {"test_images": 10_001}})
    assert "test_images is 10001; mnist has 70000 images" in complaint(CONFIG, more)


@pytest.mark.parametrize(("task", "axis"), WRITTEN)
@pytest.mark.parametrize("factor", [1.01, 1.0001, 1.0000001])
def test_numbers_are_refused_exactly_where_the_tables_write_them_alike(
    task: str, axis: str, factor: float, tmp_path: Path
):
    name: Callable[[float], Any] = {
        "prefactors": lambda x: architecture_name({"activation": "relu", "depth": 1, "width": 1, "prefactor": x}),
        "cycles": lambda x: unbiased_training.parts(
            {"moduli": [], "cycles": [x], "model": "relu", "optimizers": ["adam"]}
        ),
    }[axis]
    _, said = outcome(lambda: check(SCHEMA, CONFIG, laid_over(tmp_path, {task: {axis: [1.0, factor]}})))
    assert (f"{task}.{axis}[1] is {factor}" in said) == (name(1.0) == name(factor))


def test_the_run_that_the_check_asks_for_is_the_one_that_is_compared():
    assert set(RUN) == set(modulo.RUN)
    runs = [*product(["paper", "converged"], modulo.SHARES, ["constant", "scaled"])]
    about = {"activation": "relu", "depth": 1, "width": 1, "prefactor": 1.0, "modulus": 10}
    rows = [about | dict(zip(RUN, run, strict=True)) | {"seed": number} for number, run in enumerate(runs)]
    models, smooth = (
        pd.DataFrame(found, columns=[field.name for field in SCHEMAS[table]])
        for table, found in (("modulo", rows), ("before_after", []))
    )
    assert [runs[seed] for seed in before_and_after(models, smooth).seed] == [IN_BEFORE_AND_AFTER]


# Whatever stands in a file, the check passes or raises ConfigurationError


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OTHER_KINDS = st.one_of(
    st.sampled_from(
        ["", "relu", "1e-3", "nan", "..", -1, 0, 1, 10**30, -0.5, 20.0, math.nan, math.inf, None, True, False]
    ),
    NESTED,
)


def ways(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every key and item."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from ways(inner, (*path, key))


def outcome(call: Callable[[], Any]) -> tuple[Any, str]:
    """What a call returns, or what it complains of."""
    try:
        return call(), ""
    except ConfigurationError as error:
        return None, str(error)


SHIPPED = yaml.safe_load(CONFIG.read_text())
WAYS = list(ways(SHIPPED))


@given(path=st.sampled_from(WAYS), value=OTHER_KINDS)
def test_another_value_anywhere_passes_or_is_complained_of(
    path: tuple[Any, ...], value: Any, tmp_path_factory: pytest.TempPathFactory
):
    config = copy.deepcopy(SHIPPED)
    inner = config
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    file = tmp_path_factory.getbasetemp() / "mutated.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    checked, complained = outcome(lambda: check(SCHEMA, file))
    assert checked == config or complained.startswith(str(file))


@given(
    content=st.binary(max_size=40)
    | st.text(max_size=40).map(str.encode)
    | st.text("ab01:-_.!&*<>[]{},'\"|#?% \n\t", max_size=40).map(str.encode)
)
def test_any_bytes_are_read_or_complained_of(content: bytes, tmp_path_factory: pytest.TempPathFactory):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    source, complained = outcome(lambda: read(file))
    assert source or complained.startswith(str(file))


@pytest.mark.parametrize("content", ["[" * 5000, "{a: " * 5000, "- " * 5000, "a: " + "9" * 5000])
def test_a_file_that_is_too_deep_or_too_long_is_complained_of(content: str, tmp_path: Path):
    (tmp_path / "deep.yaml").write_text(content)
    with pytest.raises(ConfigurationError, match=r"deep\.yaml"):
        read(tmp_path / "deep.yaml")


@given(base=st.dictionaries(st.sampled_from("abc"), NESTED), over=st.dictionaries(st.sampled_from("abc"), NESTED))
def test_files_are_merged_as_snakemake_merges_them(base: dict[str, Any], over: dict[str, Any]):
    expected = copy.deepcopy(base)
    update_config(expected, copy.deepcopy(over))
    assert repr(merge(copy.deepcopy(base), over)) == repr(expected)  # repr: NaN is NaN


def test_the_micro_profile_is_a_small_study_of_its_own():
    small, whole = check(SCHEMA, ROOT / "profiles/micro/study.yaml"), check(SCHEMA, ROOT / "config.yaml")
    assert set(small["studies"]) < set(whole["studies"])
    assert set(small["training"]) == set(whole["training"])
    assert all(len(study["activations"]) == len(study["variants"]) == 1 for study in small["studies"].values())
