"""Settings that all tests share, and one tiny run of the whole pipeline, which tests read, copy and edit."""

import os
import shutil
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from project import MICRO, TINY, Project

# Networks this small lose more by threads that wait for each other than they win. Read when numpy and torch load.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# What is not marked `gpu` is held to the CPU, to the bit.
os.environ.setdefault("NEURAL_REDSHIFT_DEVICE", "cpu")

# torchvision's wheel on PyPI is built for torch with CUDA. Beside a CPU build its import asks for operators that are
# missing; nothing here uses them, so their names are enough, for it and for `transformers`, which imports it too.
OPERATORS = torch.library.Library("torchvision", "FRAGMENT")
try:
    import torchvision
except RuntimeError:
    for name in ("nms", "qnms"):
        OPERATORS.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision  # noqa: F401  # before a benchmark does without it

# The same examples on every machine and no clock: a test that fails by chance teaches nobody.
settings.register_profile("project", derandomize=True, deadline=None, database=None, max_examples=40)
settings.load_profile("project")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no GPU, leave out what is marked `gpu`; pytest counts it as deselected."""
    if not torch.cuda.is_available():
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("gpu")])
        items[:] = [item for item in items if not item.get_closest_marker("gpu")]


class Scheduler(LoadScopeScheduling):
    """A file's tests share what they set up, so one process takes them; those of the pipeline share one run."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith("tests/pipeline/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduler:
    return Scheduler(config, log)


def run_once(tmp_path_factory: pytest.TempPathFactory, name: str, *arguments: str) -> Project:
    """A finished run, which the first process of this session that asks for it makes for all."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / name / "project", shared / f"{name}.done"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            Project.from_sources(folder).snakemake(*arguments)
            done.touch()
    return Project(folder)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished tiny run: read it, or copy it."""
    return run_once(tmp_path_factory, "built", *TINY)


@pytest.fixture(scope="session")
def micro(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tables of a run of every rule, in the smallest study, that nothing disturbed: read it, or copy it."""
    return run_once(tmp_path_factory, "micro", *MICRO, "tables", "--verbose")


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy of the finished run, to edit."""
    return built.copy(tmp_path / "project")


@pytest.fixture
def clone(built: Project, tmp_path: Path) -> Project:
    """What somebody who clones the finished run gets."""
    return built.clone(tmp_path / "clone")
