"""The code that a result stands on is the code that runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from neural_redshift import provenance
from project import TINY, Project

STEPS = (
    "sample",
    "measure",
    "calibrate",
    "join",
    "illustrate",
    "exemplify",
    "correlate",
    "estimate",
    "plot",
    "vary",
    "collect",
)
LOADED_BY_NAME = {"measure": "complexity", "calibrate": "complexity", "plot": "figures", "vary": "complexity"}
RUN = """
import runpy, sys
step, *sys.argv[1:] = sys.argv[1:]
try:
    runpy.run_module(step, run_name="__main__")
finally:
    print(*sorted(name for name in sys.modules if name.startswith("neural_redshift")))
"""


@pytest.fixture(scope="module")
def commands(built: Project) -> dict[str, list[str]]:
    """One shell command of each rule, as words."""
    done = built.snakemake(*TINY, "--dry-run", "--forceall", "--printshellcmds")
    lines = re.findall(r"python -m (neural_redshift\.steps\.(\w+) .*?)2> ", done.stdout + done.stderr)
    return {step: shlex.split(command) for command, step in sorted(lines)}  # in whatever order they are planned


@pytest.mark.parametrize("step", STEPS)
def test_what_is_imported_is_what_is_hashed(step: str, commands: dict[str, list[str]], built: Project, tmp_path: Path):
    words = commands[step]
    words[words.index("--output") + 1] = str(tmp_path / "output")
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        cwd=built.folder,
        env={"PYTHONPATH": "src", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    imported = {name for name in done.stdout.split() if not (built.folder / "src" / name.replace(".", "/")).is_dir()}
    by_name = {name for name in imported if name.split(".")[1] == LOADED_BY_NAME.get(step)}
    found = provenance.code(f"neural_redshift.steps.{step}", *sorted(by_name))
    hashed = {"neural_redshift." + text.partition(".py@")[0].replace("/", ".") for text in found}
    assert imported | {f"neural_redshift.steps.{step}"} == hashed


@pytest.mark.parametrize("step", sorted(set(STEPS) - {"sample", "vary"}))
def test_only_sampling_imports_torch(step: str):
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
