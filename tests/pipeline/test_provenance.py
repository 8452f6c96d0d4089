"""The code that a result stands on is the code that runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from neural_redshift import provenance
from project import ROOT, TINY, Project

STEPS = (
    "sample",
    "measure",
    "calibrate",
    "join",
    "illustrate",
    "exemplify",
    "decompose",
    "correlate",
    "estimate",
    "decide",
    "plot",
    "publish",
    "vary",
    "collect",
    "gather",
    "compare",
)
TASKS = list(yaml.safe_load((ROOT / "config.yaml").read_text())["training"])
LOADED_BY_NAME = {"measure": "complexity", "calibrate": "complexity", "plot": "figures", "vary": "complexity"}
ON_A_GPU = ("neural_redshift.complexity.on_device", "of_arrays")  # where there is none, it is not imported
WHERE_A_GPU_IS = {module for module, _ in provenance._reach([ON_A_GPU], {})}
RUN = """
import importlib, sys
step, *sys.argv[1:] = sys.argv[1:]
main, called, seen = importlib.import_module(step).main, set(), set()

def note(frame, event, _):
    code = frame.f_code
    if code not in seen and code.co_flags & 1:  # a function, no module and no body of a class
        called.add(frame.f_globals.get("__name__", "") + ":" + code.co_qualname.partition(".")[0])
    seen.add(code)

sys.settrace(note)
try:
    main()
finally:
    sys.settrace(None)
    ours = lambda name: name.startswith("neural_redshift") and "<" not in name
    print(*sorted(filter(ours, sys.modules)))
    print(*sorted(filter(ours, called)))
"""


@pytest.fixture(scope="module")
def commands(built: Project) -> list[tuple[str, list[str]]]:
    """The step and the words of every shell command."""
    done = built.snakemake(*TINY, "--dry-run", "--forceall", "--printshellcmds")
    lines = re.findall(r"python -m (neural_redshift\.steps\.(\w+) .*?)2> ", done.stdout + done.stderr)
    return [(step, shlex.split(command)) for command, step in sorted(lines)]  # in whatever order they are planned


def traced(words: list[str], built: Project, folder: Path) -> tuple[set[str], set[tuple[str, str]]]:
    """The project's modules that a step imports, and the top-level definitions that it calls."""
    words = [*words]
    words[words.index("--output") + 1] = str(folder / "output")
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        cwd=built.folder,
        env={"PYTHONPATH": "src", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules, called = (line.split() for line in done.stdout.splitlines()[-2:])
    imported = {name for name in modules if not (built.folder / "src" / name.replace(".", "/")).is_dir()}
    return imported, {(module, name) for module, _, name in (each.partition(":") for each in called)}


def hashed(*modules: str) -> tuple[set[str], set[tuple[str, str]]]:
    """The modules and definitions that the hash of some modules covers; of tables, every row."""
    found = {"neural_redshift." + text.partition(".py@")[0].replace("/", ".") for text in provenance.code(*modules)}
    return found, provenance._reach([(module, provenance.WHOLE) for module in modules], {})


@pytest.mark.parametrize(
    ("step", "word"), [*((step, "") for step in STEPS), pytest.param("measure", "/trained/", id="measure_trained")]
)
def test_what_is_called_is_what_is_hashed(
    step: str, word: str, commands: list[tuple[str, list[str]]], built: Project, tmp_path: Path
):
    words = [words for name, words in commands if name == step and word in " ".join(words)][-1]
    imported, called = traced(words, built, tmp_path)
    by_name = {name for name in imported if name.split(".")[1] == LOADED_BY_NAME.get(step)}
    modules, definitions = hashed(f"neural_redshift.steps.{step}", *sorted(by_name))
    assert imported | WHERE_A_GPU_IS >= modules  # more where a module has functions that this step does not use
    assert called <= definitions
    assert (f"neural_redshift.steps.{step}", "main") in called


@pytest.mark.parametrize("task", TASKS)
def test_what_trains_is_what_is_hashed(
    task: str, commands: list[tuple[str, list[str]]], built: Project, tmp_path: Path
):
    words = next(words for name, words in commands if name == "train" and f"/trained/{task}/" in " ".join(words))
    place = words.index("--settings") + 1
    words[place] = re.sub(r'"(steps|start_steps|candidates)": \d+', r'"\1": 20', words[place])
    imported, called = traced(words, built, tmp_path)
    modules, definitions = hashed("neural_redshift.steps.train", f"neural_redshift.tasks.{task}")
    assert imported >= modules
    assert called <= definitions
    assert (f"neural_redshift.tasks.{task}", "run") in called


@pytest.mark.parametrize("step", sorted(set(STEPS) - {"sample", "vary"}))
def test_only_sampling_and_training_import_torch(step: str):
    command = f"import sys, neural_redshift.steps.{step}; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", command], env={"PYTHONPATH": "src", "PATH": ""}, check=False).returncode
        == 0
    )


def test_the_snakefile_imports_no_heavy_library(built: Project):
    done = built.snakemake(*TINY, "--list")
    assert "sample" in done.stdout
    command = "import sys, neural_redshift.provenance; sys.exit(bool({'numpy', 'torch', 'pandas'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", command], env={"PYTHONPATH": "src", "PATH": ""}, check=False).returncode
        == 0
    )
